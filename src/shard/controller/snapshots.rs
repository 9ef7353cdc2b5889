//! Snapshots of the metadata log, and what of the log may go then.
//!
//! The image that every shard sees is folded into a snapshot by a job when enough was written or enough time has
//! passed; later the oldest snapshots go, and the log below the oldest one that stays.
//!
//! Kafka's controller also writes a record that changes nothing every half second (`metadata.max.idle.interval.ms`),
//! so that those who follow it see the high watermark move. Nobody follows a controller with one voter that lives in
//! its only broker, and such records would cost a flush each, for nothing; there are none here.

use super::super::Shard;
use super::super::close::CHECKPOINT_LANE;
use super::super::mail::Mail;
use super::super::partitions::ShardJobDone;
use super::super::token::Purpose;
use crate::controller::{SnapshotOnDisk, SnapshotPolicy, plan_trim};
use crate::metadata::{Quorum, Snapshot, SnapshotId, write_snapshot};
use loglane_model::{FileSystem, Instant, JobDone};
use loglane_replication::image::{METADATA_VERSION, MetadataImage};
use loglane_ring::Io;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

/// The snapshots of the metadata log and when the next one is due.
#[derive(Debug)]
pub(crate) struct Snapshots {
    policy: SnapshotPolicy,
    /// Oldest first.
    on_disk: Vec<SnapshotOnDisk>,
    /// `metadata.max.retention.bytes` and `.ms`; negative for no limit.
    retention_bytes: i64,
    retention_ms: i64,
}

impl Snapshots {
    /// `on_disk` are those that a start found, oldest first.
    pub(crate) fn new(
        policy: SnapshotPolicy,
        on_disk: Vec<SnapshotOnDisk>,
        retention_bytes: i64,
        retention_ms: i64,
    ) -> Snapshots {
        Snapshots { policy, on_disk, retention_bytes, retention_ms }
    }

    /// The shard's first turn.
    pub(super) fn begin(&mut self, now: Instant) {
        self.policy.begin(now);
    }

    /// So many bytes of records were applied.
    pub(crate) fn on_applied(&mut self, bytes: usize) {
        self.policy.on_applied(bytes);
    }
}

impl<I: Io<Mail>> Shard<I> {
    /// Writes a snapshot of the metadata if one is due. Shard 0 only; others have none.
    pub(crate) fn snapshot_metadata_when_due(&mut self) {
        let Some(shard) = self.controller.as_mut() else { return };
        let builder = shard.follower.builder();
        // Inside a transaction the image ends within a batch, where Kafka takes no snapshot either.
        if shard.controller.is_none()
            || builder.in_transaction()
            || !shard.snapshots.policy.next_snapshot_is_due(self.now)
        {
            return;
        }
        let image = Arc::new(builder.image().clone());
        let (quorum, last_timestamp_ms) =
            (shard.follower.quorum().clone(), shard.follower.last_timestamp_ms());
        let (dir, now_ms) = (shard.log.dir().to_owned(), self.wall_ms);
        let job = move |fs: &dyn FileSystem| -> JobDone {
            let version = image.feature_level(METADATA_VERSION);
            let snapshot = snapshot_of(&image, quorum, last_timestamp_ms);
            let result = write_snapshot(fs, &dir, &snapshot, version, now_ms);
            let SnapshotId { end_offset, epoch } = snapshot.id;
            Box::new(ShardJobDone::Snapshot(result.map(|bytes| SnapshotOnDisk {
                end_offset,
                epoch,
                bytes,
                last_timestamp_ms,
            })))
        };
        self.io.spawn(Purpose::Job.token(), CHECKPOINT_LANE, Box::new(job));
    }

    pub(crate) fn on_snapshot_written(&mut self, result: io::Result<SnapshotOnDisk>) {
        let snapshots = &mut self.controller.as_mut().expect("only shard 0 writes snapshots").snapshots;
        snapshots.policy.on_written();
        match result {
            Ok(written) => {
                tracing::info!(end_offset = written.end_offset.0, bytes = written.bytes, "metadata snapshot");
                snapshots.on_disk.retain(|known| known.end_offset != written.end_offset);
                snapshots.on_disk.push(written);
                self.trim_metadata();
            }
            // The log has everything; only the next start takes longer.
            Err(error) => tracing::error!(%error, "a snapshot of the metadata could not be written"),
        }
    }

    /// Removes the oldest snapshots that are too many or too old, and the log below the others.
    pub(crate) fn trim_metadata(&mut self) {
        let Some(shard) = self.controller.as_mut() else { return };
        let Snapshots { on_disk, retention_bytes, retention_ms, .. } = &mut shard.snapshots;
        let trim = plan_trim(on_disk, shard.log.size_bytes(), *retention_bytes, *retention_ms, self.wall_ms);
        let Some(start) = trim.log_start_offset else { return };
        if shard.log.delete_records_to(start, &mut self.pool).is_err() {
            return; // It is closing, or has failed; the next start finds everything as it is.
        }
        shard.is_dirty = true;
        let dir = shard.log.dir().to_owned();
        let gone: Vec<PathBuf> = on_disk
            .drain(..trim.snapshot_count)
            .map(|old| dir.join(SnapshotId { end_offset: old.end_offset, epoch: old.epoch }.file_name()))
            .collect();
        let job = move |fs: &dyn FileSystem| -> JobDone {
            let removed = gone.iter().try_for_each(|path| match fs.remove_file(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                Ok(()) | Err(_) => Ok(()),
            });
            let result = removed.and_then(|()| fs.sync_dir(&dir));
            Box::new(ShardJobDone::Written { what: "the end of an old metadata snapshot", result })
        };
        self.io.spawn(Purpose::Job.token(), CHECKPOINT_LANE, Box::new(job));
    }
}

fn snapshot_of(image: &MetadataImage, quorum: Quorum, last_contained_log_timestamp_ms: i64) -> Snapshot {
    let mut records = Vec::new();
    image.for_each_record(|record| records.push(record));
    let id = SnapshotId { end_offset: image.applied_end_offset, epoch: image.applied_epoch };
    Snapshot { id, quorum, last_contained_log_timestamp_ms, records }
}

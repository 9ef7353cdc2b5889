//! Deleting partitions: the name goes at once, the bytes after Kafka's delay.
//!
//! A deleted partition's directory is renamed to `<topic>-<partition>.<uuid>-delete` as soon as its log has nothing
//! in flight, so that a topic of the same name can be made again, and removed after `file.delete.delay.ms`. Such a
//! directory that is found at the next start is removed then.

use super::Shard;
use super::mail::Mail;
use super::partitions::ShardJobDone;
use super::recovery::LogPlace;
use super::token::Purpose;
use crate::log_dirs::rename_durably;
use crate::partition::State;
use crate::slots::SlotId;
use loglane_model::{Bug, FileSystem, Instant, JobDone, TopicId, planted};
use loglane_net::ErrorCode;
use loglane_ring::Io;
use loglane_storage::directory::{DirectoryKind, retired_directory_name};
use std::io;
use std::path::PathBuf;
use std::time::Duration;

/// Removals run in a lane of their own: a large directory takes long.
const DELETION_LANE: u32 = u32::MAX - (1 << 17);

/// A renamed directory that waits for its removal.
#[derive(Debug)]
pub(crate) struct DeletedDirectory {
    pub(crate) due: Instant,
    pub(crate) path: PathBuf,
}

impl<I: Io<Mail>> Shard<I> {
    /// The topic of a partition is gone.
    pub(super) fn begin_delete(&mut self, slot: SlotId) {
        let partition = self.partitions.get_mut(slot).expect("a topic's slots are in use");
        if matches!(partition.state, State::Moving) {
            self.begin_delete_in_move(slot);
            return;
        }
        match std::mem::replace(&mut partition.state, State::Offline(None)) {
            State::Online(served) => partition.state = State::Deleting(Box::new(served.log)),
            State::Offline(log) => partition.state = State::Offline(log),
            State::Opening | State::Moving | State::Deleting(_) => {
                unreachable!("updates are prepared before the next one, and a topic goes once")
            }
        }
        self.abandon_move(slot);
        self.fail_waiters(slot, ErrorCode::UnknownTopicOrPartition);
        self.advance_delete(slot);
        self.drop_offline(slot);
    }

    /// An offline partition of a deleted topic leaves the table once its log has nothing in flight; its directory is
    /// left as it is.
    pub(super) fn drop_offline(&mut self, slot: SlotId) {
        if let Some(partition) = self.partitions.get_mut(slot)
            && matches!(partition.state, State::Offline(_))
        {
            partition.is_deleted = true;
            if matches!(partition.state, State::Offline(None)) {
                self.partitions.remove(slot);
            }
            self.on_retired(slot);
        }
    }

    /// Goes on once the log has nothing in flight.
    pub(super) fn advance_delete(&mut self, slot: SlotId) {
        let partition = self.partitions.get_mut(slot).expect("the caller looked it up");
        if partition.in_flight > 0 {
            return;
        }
        let State::Deleting(log) = &mut partition.state else { return };
        let from = log.is_made().then(|| log.dir().to_owned());
        let delay = Duration::from_millis(u64::try_from(log.config().file_delete_delay_ms).unwrap_or(0));
        if !planted(Bug::LeakBlocks) {
            log.release(&mut self.pool);
        }
        let directory = partition.directory;
        self.retire_directory(slot, directory, from, delay);
    }

    /// Gives a partition's directory the name of a deleted one; the partition leaves the table.
    pub(super) fn retire_directory(
        &mut self,
        slot: SlotId,
        directory: u16,
        from: Option<PathBuf>,
        delay: Duration,
    ) {
        let partition = self.partitions.get(slot).expect("the caller looked it up");
        let (name, number) = (partition.topic.clone(), partition.number);
        let unique = TopicId::from_random(|| self.io.random()).0;
        let retired = retired_directory_name(&name, number, DirectoryKind::Deleted, unique);
        self.partitions.remove(slot);
        self.budgets.forget(slot.index);
        self.recovery.forget(LogPlace::Partition(slot));
        let Some(from) = from else {
            // Nobody has written to it, so there is no directory, and the checkpoint files say of it what is true of
            // every new log.
            return self.on_retired(slot);
        };
        let to = from.with_file_name(retired);
        self.retire_later(to.clone(), delay);
        let job = move |fs: &dyn FileSystem| -> JobDone {
            let result = rename_durably(fs, &from, &to);
            Box::new(ShardJobDone::Deleted { slot, directory, result })
        };
        // The same lane as the log's own jobs: a successor in the same slot opens after this.
        self.io.spawn(Purpose::Job.token(), slot.index, Box::new(job));
    }

    /// Has a directory removed after a delay.
    pub(super) fn retire_later(&mut self, path: PathBuf, delay: Duration) {
        self.deleted.push(DeletedDirectory { due: self.now.after(delay), path });
    }

    pub(super) fn on_deleted(&mut self, slot: SlotId, directory: u16, result: io::Result<()>) {
        if let Err(error) = result {
            tracing::error!(%error, "a deleted partition's directory could not be moved away");
            if error.kind() != io::ErrorKind::NotFound {
                self.on_directory_failed(directory);
            }
        }
        // The checkpoint files know logs by name: what they say must not be taken for a topic that gets this one next.
        self.retire_when_checkpointed(slot);
    }

    /// Removes the directories whose delay is over.
    pub(super) fn remove_deleted(&mut self) {
        let now = self.now;
        let due = self.deleted.extract_if(.., |deleted| deleted.due <= now);
        let due: Vec<PathBuf> = due.map(|deleted| deleted.path).collect();
        for path in due {
            let job = move |fs: &dyn FileSystem| -> JobDone {
                let result = fs.remove_dir_all(&path);
                Box::new(ShardJobDone::Written { what: "the end of a deleted partition", result })
            };
            self.io.spawn(Purpose::Job.token(), DELETION_LANE, Box::new(job));
        }
    }
}

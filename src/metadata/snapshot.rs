//! Snapshots of the metadata log: `<end offset, 20 digits>-<epoch, 10 digits>.checkpoint`.
//!
//! A snapshot is a run of batches with offsets of its own from 0 on: a control batch that opens it (and says what the
//! quorum is), the records that make the image, a control batch that closes it. One without the closing batch is not a
//! snapshot: its writing was interrupted. `bootstrap.checkpoint` has the same form.

use super::batch::{
    BatchError, ControlRecord, Entry, Quorum, encode_control_batch, encode_records, read_batch,
};
use loglane_model::{FileSystem, LeaderEpoch, Offset, OpenMode};
use loglane_replication::MetadataRecord;
use loglane_storage::batch::{Batches, DamagedBatch};
use std::fmt;
use std::io;
use std::path::Path;

/// Records in one batch of a snapshot. Smaller than what the controller writes, so that a reader needs little memory.
const SNAPSHOT_BATCH_RECORDS: usize = 1024;

/// The largest snapshot that is read. A million partitions take about 80 MB.
const SNAPSHOT_BYTES_MAX: usize = 1 << 30;

/// Enough for the batch that opens a snapshot, unless its quorum has hundreds of voters.
const HEAD_BYTES: usize = 64 * 1024;

/// Which part of the log a snapshot stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct SnapshotId {
    /// The first offset that it does not cover.
    pub end_offset: Offset,
    /// The epoch of the last record that it covers.
    pub epoch: LeaderEpoch,
}

impl SnapshotId {
    /// The snapshot that a formatted directory begins with: nothing but the quorum.
    pub const FIRST: SnapshotId = SnapshotId { end_offset: Offset::ZERO, epoch: LeaderEpoch(0) };

    /// The name of its file.
    #[must_use]
    pub fn file_name(self) -> String {
        format!("{:020}-{:010}.checkpoint", self.end_offset.0, self.epoch.0)
    }

    /// Reads a file's name; `None` if it is not a snapshot's.
    #[must_use]
    pub fn parse(file_name: &str) -> Option<SnapshotId> {
        let (offset, epoch) = file_name.strip_suffix(".checkpoint")?.split_once('-')?;
        let is_number =
            |text: &str, len: usize| text.len() == len && text.bytes().all(|b| b.is_ascii_digit());
        if !is_number(offset, 20) || !is_number(epoch, 10) {
            return None;
        }
        Some(SnapshotId { end_offset: Offset(offset.parse().ok()?), epoch: LeaderEpoch(epoch.parse().ok()?) })
    }
}

/// A snapshot's contents.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// Which part of the log it stands for.
    pub id: SnapshotId,
    /// What it says about the quorum.
    pub quorum: Quorum,
    /// The timestamp of the last record that it covers, in ms since 1970; 0 if there is none.
    pub last_contained_log_timestamp_ms: i64,
    /// The records that make the image.
    pub records: Vec<MetadataRecord>,
}

/// Why a file is not a snapshot.
#[derive(Debug)]
pub enum SnapshotError {
    /// The file cannot be read.
    Io(io::Error),
    /// A batch is damaged.
    Damaged(DamagedBatch),
    /// A batch cannot be understood.
    Batch(BatchError),
    /// It does not begin with a header.
    NoHeader,
    /// It does not end with a footer.
    NoFooter,
    /// Offsets do not run from 0 on.
    Gap,
}

impl fmt::Display for SnapshotError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SnapshotError::Io(error) => error.fmt(f),
            SnapshotError::Damaged(damage) => write!(f, "a batch is damaged: {damage:?}"),
            SnapshotError::Batch(error) => error.fmt(f),
            SnapshotError::NoHeader => f.write_str("it does not begin as a snapshot does"),
            SnapshotError::NoFooter => f.write_str("it is not complete: its end is missing"),
            SnapshotError::Gap => f.write_str("records are missing in it"),
        }
    }
}

impl std::error::Error for SnapshotError {}

impl From<BatchError> for SnapshotError {
    fn from(error: BatchError) -> SnapshotError {
        SnapshotError::Batch(error)
    }
}

/// A snapshot's bytes. The quorum is left out where it has version 0, as Kafka does.
#[must_use]
pub fn encode_snapshot(snapshot: &Snapshot, metadata_version: i16, timestamp_ms: i64) -> Vec<u8> {
    let epoch = snapshot.id.epoch;
    let last_contained_log_timestamp_ms = snapshot.last_contained_log_timestamp_ms;
    let mut opening = vec![ControlRecord::SnapshotHeader { last_contained_log_timestamp_ms }];
    if snapshot.quorum.kraft_version > 0 {
        opening.push(ControlRecord::KRaftVersion(snapshot.quorum.kraft_version));
        opening.push(ControlRecord::KRaftVoters(snapshot.quorum.voters.clone()));
    }
    let mut bytes = encode_control_batch(Offset::ZERO, epoch, timestamp_ms, &opening);
    let count = |len: usize| i64::try_from(len).expect("counts fit");
    let mut offset = Offset::ZERO.plus(count(opening.len()));
    for records in snapshot.records.chunks(SNAPSHOT_BATCH_RECORDS) {
        bytes.extend(encode_records(records, offset, epoch, metadata_version, timestamp_ms));
        offset = offset.plus(count(records.len()));
    }
    bytes.extend(encode_control_batch(offset, epoch, timestamp_ms, &[ControlRecord::SnapshotFooter]));
    bytes
}

/// Reads a snapshot's bytes; `id` is what the file's name says.
pub fn read_snapshot(bytes: &[u8], id: SnapshotId) -> Result<Snapshot, SnapshotError> {
    let mut snapshot =
        Snapshot { id, quorum: Quorum::default(), last_contained_log_timestamp_ms: 0, records: Vec::new() };
    let (mut has_header, mut has_footer) = (false, false);
    let mut due = Offset::ZERO;
    for batch in Batches::checked(bytes) {
        let batch = batch.map_err(SnapshotError::Damaged)?;
        read_batch(&batch, |entry| -> Result<(), SnapshotError> {
            let (Entry::Data { offset, .. } | Entry::Control { offset, .. }) = &entry;
            if *offset != due || has_footer {
                return Err(SnapshotError::Gap);
            }
            due = due.plus(1);
            match entry {
                Entry::Control {
                    record: ControlRecord::SnapshotHeader { last_contained_log_timestamp_ms },
                    ..
                } => {
                    snapshot.last_contained_log_timestamp_ms = last_contained_log_timestamp_ms;
                    has_header = true;
                }
                _ if !has_header => return Err(SnapshotError::NoHeader),
                Entry::Control { record: ControlRecord::SnapshotFooter, .. } => has_footer = true,
                Entry::Control { record, .. } => snapshot.quorum.on_control(&record),
                Entry::Data { record, .. } => snapshot.records.push(record),
            }
            Ok(())
        })?;
    }
    if !has_header {
        Err(SnapshotError::NoHeader)
    } else if !has_footer {
        Err(SnapshotError::NoFooter)
    } else {
        Ok(snapshot)
    }
}

/// Reads a snapshot file, or `bootstrap.checkpoint` (whose id is [`SnapshotId::FIRST`]). Blocks.
pub fn read_snapshot_file(
    fs: &dyn FileSystem,
    path: &Path,
    id: SnapshotId,
) -> Result<Snapshot, SnapshotError> {
    let bytes = fs.read_whole(path, SNAPSHOT_BYTES_MAX).map_err(SnapshotError::Io)?;
    read_snapshot(&bytes, id)
}

/// Writes a snapshot into the metadata log's directory so that it is there whole or not at all; returns its length.
/// Blocks.
pub fn write_snapshot(
    fs: &dyn FileSystem,
    directory: &Path,
    snapshot: &Snapshot,
    metadata_version: i16,
    timestamp_ms: i64,
) -> io::Result<u64> {
    let bytes = encode_snapshot(snapshot, metadata_version, timestamp_ms);
    fs.replace_whole(&directory.join(snapshot.id.file_name()), &bytes)?;
    Ok(bytes.len() as u64)
}

/// What the header of a snapshot file says, without reading all of it: the timestamp of the last record that it
/// covers, in ms since 1970. `None` if there is no header. Blocks.
pub fn read_snapshot_timestamp(fs: &dyn FileSystem, path: &Path) -> io::Result<Option<i64>> {
    let file = fs.open(path, OpenMode::DirectRead)?;
    let mut head = vec![0; HEAD_BYTES];
    let read = fs.read_at(&file, 0, &mut head)?;
    let Some(Ok(batch)) = Batches::checked(&head[..read]).next() else { return Ok(None) };
    let mut found = None;
    let outcome = read_batch(&batch, |entry| -> Result<(), BatchError> {
        if let Entry::Control {
            record: ControlRecord::SnapshotHeader { last_contained_log_timestamp_ms },
            ..
        } = entry
        {
            found = Some(last_contained_log_timestamp_ms);
        }
        Ok(())
    });
    Ok(found.filter(|_| outcome.is_ok()))
}

/// The snapshots in the metadata log's directory, oldest first. Blocks.
pub fn list_snapshots(fs: &dyn FileSystem, directory: &Path) -> io::Result<Vec<SnapshotId>> {
    let mut found: Vec<SnapshotId> =
        fs.list(directory)?.iter().filter_map(|entry| SnapshotId::parse(&entry.name)).collect();
    found.sort();
    Ok(found)
}

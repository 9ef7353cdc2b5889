//! The broker's own recovery positions: up to where a log needs no reading after a kill.
//!
//! Each shard keeps a file per log directory, [`file_name`], and appends an entry to it whenever a log hands one out.
//! An entry is written only after everything that it describes survives a power cut. It is believed only while the
//! segment's file is still the same one and the batch that ends there is still that batch: Kafka may have run in
//! between. A log without a believable entry is recovered from Kafka's recovery point.
//!
//! An entry is a u32 length of the rest, its CRC-32C, and the fields in the order of [`RecoveryPosition`], all
//! big-endian. What follows a damaged entry is not read: the file is appended to, so only its end can be torn.

use crate::close::LeftFiles;
use crate::crc::crc32c;
use crate::directory::PartitionDirectory;
use crate::index::{OffsetIndex, SegmentIndexes, TimeIndex, TimeRow};
use crate::job::Task;
use crate::leader_epoch::LeaderEpochs;
use crate::log::{Log, LogFailure, Structural};
use crate::producer_snapshot::{self, SnapshotEntry};
use crate::sums::Sums;
use crate::transaction_index::TransactionIndex;
use loglane_model::{FileStat, LeaderEpoch, Offset, PartitionId, TopicId};
use std::io;
use std::path::Path;

const VERSION: u8 = 4;

/// Index rows that an entry keeps of each kind; of more, every so-manieth is kept. A row less costs a reader a
/// longer walk, and nothing else.
const ROWS_MAX: usize = 1024;

/// So many rows are kept however little was appended since the last position.
const ROWS_MIN: usize = 128;

/// An entry may have a row of each kind for so many bytes that were appended since the last position: a sixteenth of
/// the log's own bytes at most, so that many logs that grow slowly do not write more positions than records.
const BYTES_A_ROW: u64 =
    16 * (crate::index::OFFSET_ROW_BYTES + crate::index::TIME_ROW_BYTES + crate::sums::ROW_BYTES) as u64;

/// An entry is no longer than this.
const ENTRY_BYTES_MAX: usize = 64 << 20;

/// Which batch ends at a position: enough to see that it is still that one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchMark {
    /// Where it begins in its segment.
    pub position: u64,
    /// Its leader epoch.
    pub epoch: LeaderEpoch,
    /// Its checksum.
    pub crc: u32,
}

/// A place in a log up to which everything is durable, and what the log knew there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecoveryPosition {
    /// Whose log.
    pub topic_id: TopicId,
    /// Which partition of the topic.
    pub partition: PartitionId,
    /// When it was taken, by the wall clock: of several for one log, the last one counts.
    pub taken_ms: i64,
    /// Base offset of the segment.
    pub segment: Offset,
    /// The segment file's inode: another file under that name has another story.
    pub inode: u64,
    /// Bytes of the segment that need no reading.
    pub position: u64,
    /// The offset behind the last batch of those.
    pub end_offset: Offset,
    /// The last batch of those.
    pub last_batch: BatchMark,
    /// Largest timestamp of the segment's first batch.
    pub of_first_batch: Option<i64>,
    /// Of a position that a clean stop left: when the file was last changed, in ms since 1970. As long as that, its
    /// length and its inode are the same nobody has written to it since, and nothing of it need be read.
    pub closed_ms: Option<i64>,
    /// Of such a position, if the log had no other segment: its directory as the stop left it. As long as that is so
    /// nobody has made, renamed or removed a file in it since, and its names need not be read.
    pub closed_directory: Option<DirectoryState>,
    /// The leader epochs there.
    pub epochs: LeaderEpochs,
    /// The producers there.
    pub producers: Vec<SnapshotEntry>,
    /// The index rows of those bytes.
    pub indexes: SegmentIndexes,
    /// The aborted transactions of those bytes.
    pub transactions: TransactionIndex,
    /// Their chain of checksums.
    pub sums: Sums,
}

/// Which directory it is, and which names it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DirectoryState {
    /// The directory, whatever its name.
    pub inode: u64,
    /// When a name in it was last changed, in ms since 1970.
    pub modified_ms: i64,
}

impl From<FileStat> for DirectoryState {
    fn from(stat: FileStat) -> DirectoryState {
        DirectoryState { inode: stat.inode, modified_ms: stat.modified_ms }
    }
}

/// Name of a shard's file in the root of a log directory.
#[must_use]
pub fn file_name(shard: u16) -> String {
    format!("{FILE_NAME_PREFIX}{shard}")
}

/// How the names of all shards' files begin: a start reads every one of them, whatever the number of shards now.
pub const FILE_NAME_PREFIX: &str = "loglane-recovery-";

/// The entries of a file, oldest first, up to the first damaged one.
#[must_use]
pub fn decode_file(bytes: &[u8]) -> Vec<RecoveryPosition> {
    let mut rest = Reading(bytes);
    let mut found = Vec::new();
    while let Some(position) = rest.entry() {
        found.push(position);
    }
    found
}

/// How many of a file's bytes [`decode_file`] understands; what is appended behind others would never be read.
#[must_use]
pub fn intact_len(bytes: &[u8]) -> usize {
    let mut rest = Reading(bytes);
    let mut intact = 0;
    while rest.entry().is_some() {
        intact = bytes.len() - rest.0.len();
    }
    intact
}

impl RecoveryPosition {
    /// The entry, ready to be appended to the file.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut body = vec![VERSION];
        body.extend_from_slice(&self.topic_id.0);
        body.extend_from_slice(&self.partition.0.to_be_bytes());
        body.extend_from_slice(&self.taken_ms.to_be_bytes());
        body.extend_from_slice(&self.segment.0.to_be_bytes());
        body.extend_from_slice(&self.inode.to_be_bytes());
        body.extend_from_slice(&self.position.to_be_bytes());
        body.extend_from_slice(&self.end_offset.0.to_be_bytes());
        body.extend_from_slice(&self.last_batch.position.to_be_bytes());
        body.extend_from_slice(&self.last_batch.epoch.0.to_be_bytes());
        body.extend_from_slice(&self.last_batch.crc.to_be_bytes());
        for time in [self.of_first_batch, self.closed_ms] {
            body.push(u8::from(time.is_some()));
            body.extend_from_slice(&time.unwrap_or_default().to_be_bytes());
        }
        let directory = self.closed_directory;
        let state = directory.unwrap_or(DirectoryState { inode: 0, modified_ms: 0 });
        body.push(u8::from(directory.is_some()));
        body.extend_from_slice(&state.inode.to_be_bytes());
        body.extend_from_slice(&state.modified_ms.to_be_bytes());
        for part in [
            self.epochs.encode().into_bytes(),
            producer_snapshot::encode(&self.producers),
            self.indexes.offsets.encode(),
            self.indexes.times.encode(),
            self.transactions.encode(),
            self.sums.encode(),
        ] {
            body.extend_from_slice(&length(&part));
            body.extend_from_slice(&part);
        }
        let mut entry = Vec::with_capacity(body.len() + 8);
        entry.extend_from_slice(&length(&body));
        entry.extend_from_slice(&crc32c(&body).to_be_bytes());
        entry.extend_from_slice(&body);
        entry
    }

    fn decode(body: &[u8]) -> Option<RecoveryPosition> {
        let mut rest = Reading(body);
        if rest.array::<1>()? != [VERSION] {
            return None;
        }
        let topic_id = TopicId(rest.array()?);
        let partition = PartitionId(i32::from_be_bytes(rest.array()?));
        let taken_ms = i64::from_be_bytes(rest.array()?);
        let segment = Offset(i64::from_be_bytes(rest.array()?));
        let inode = u64::from_be_bytes(rest.array()?);
        let position = u64::from_be_bytes(rest.array()?);
        let end_offset = Offset(i64::from_be_bytes(rest.array()?));
        let last_batch = BatchMark {
            position: u64::from_be_bytes(rest.array()?),
            epoch: LeaderEpoch(i32::from_be_bytes(rest.array()?)),
            crc: u32::from_be_bytes(rest.array()?),
        };
        let of_first_batch = rest.time()?;
        let closed_ms = rest.time()?;
        let has_directory = rest.array::<1>()? == [1];
        let state = DirectoryState {
            inode: u64::from_be_bytes(rest.array()?),
            modified_ms: i64::from_be_bytes(rest.array()?),
        };
        let closed_directory = has_directory.then_some(state);
        let epochs = std::str::from_utf8(rest.part()?).ok()?;
        let epochs = LeaderEpochs::decode(epochs).ok()?;
        let producers = producer_snapshot::decode(rest.part()?).ok()?;
        let offsets = OffsetIndex::decode(rest.part()?, segment, position).ok()?;
        let times = TimeIndex::decode(rest.part()?, segment).ok()?;
        let transactions = TransactionIndex::decode(rest.part()?, segment).ok()?;
        let sums = Sums::decode(rest.part()?)?;
        let in_order = segment >= Offset::ZERO
            && sums.end().position == position
            && segment < end_offset
            && last_batch.position < position
            && position <= i32::MAX as u64;
        (in_order && rest.0.is_empty()).then(|| RecoveryPosition {
            topic_id,
            partition,
            taken_ms,
            segment,
            inode,
            position,
            end_offset,
            last_batch,
            of_first_batch,
            closed_ms,
            closed_directory,
            epochs,
            producers,
            indexes: SegmentIndexes::resume(offsets, times, 0),
            transactions,
            sums,
        })
    }
}

fn length(bytes: &[u8]) -> [u8; 4] {
    u32::try_from(bytes.len()).expect("an entry is bounded by its producers and rows").to_be_bytes()
}

/// Bytes that are taken from the front.
struct Reading<'a>(&'a [u8]);

impl<'a> Reading<'a> {
    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*taken)
    }

    fn time(&mut self) -> Option<Option<i64>> {
        let is_there = self.array::<1>()? == [1];
        let time = i64::from_be_bytes(self.array()?);
        Some(is_there.then_some(time))
    }

    fn part(&mut self) -> Option<&'a [u8]> {
        let len = usize::try_from(u32::from_be_bytes(self.array()?)).ok()?;
        let (taken, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(taken)
    }

    fn entry(&mut self) -> Option<RecoveryPosition> {
        let len = usize::try_from(u32::from_be_bytes(self.array()?)).ok()?;
        let crc = u32::from_be_bytes(self.array()?);
        if len > ENTRY_BYTES_MAX {
            return None;
        }
        let (body, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        if crc32c(body) == crc { RecoveryPosition::decode(body) } else { None }
    }
}

/// A position on its way to the file.
#[derive(Debug, Default)]
pub(crate) enum Capture {
    #[default]
    None,
    /// Asked for, and not possible before a roll under way is complete.
    Wanted,
    /// Until everything below it is flushed.
    Waiting(Box<RecoveryPosition>),
    /// Flushed, and to be synced because the topic's appends are not.
    Unsynced(Box<RecoveryPosition>),
    Syncing(Box<RecoveryPosition>),
    Ready(Box<RecoveryPosition>),
}

/// The partition of a log, by its directory's name.
pub(crate) fn partition_of(dir: &Path) -> PartitionId {
    let name = dir.file_name().and_then(|name| name.to_str());
    name.and_then(PartitionDirectory::parse).map_or(PartitionId(-1), |directory| directory.partition)
}

impl Log {
    /// Bytes that would be read after a kill: what was appended since the last position that was taken.
    #[must_use]
    pub fn bytes_behind_recovery_position(&self) -> u64 {
        self.bytes_since_position
    }

    /// Asks for the log's state at its present end as a recovery position, to be taken by
    /// [`Log::take_recovery_position`] once it is durable. While a segment is being rolled the end waits for that:
    /// a position is of no use before the segments below it are complete. Nothing comes of it where the last segment
    /// is empty or the log is being cut back or closed. To be followed by [`Log::next_work`].
    pub fn capture_recovery_position(&mut self, now_ms: i64) {
        if matches!(self.capture, Capture::None) {
            self.capture = Capture::Wanted;
            self.try_capture(now_ms);
        }
    }

    /// Whether a position was asked for and will come.
    #[must_use]
    pub fn is_capturing_recovery_position(&self) -> bool {
        !matches!(self.capture, Capture::None) && !self.is_offline()
    }

    /// Takes the state that was asked for, if that can be now.
    pub(crate) fn try_capture(&mut self, now_ms: i64) {
        if !matches!(self.capture, Capture::Wanted) {
            return;
        }
        let front = self.front_open_index();
        let is_rolling = front + 1 < self.segments.len() || !self.to_seal.is_empty();
        if is_rolling && !self.is_busy() {
            return;
        }
        self.capture = Capture::None;
        if self.is_busy() {
            return;
        }
        let rows = usize::try_from(self.bytes_since_position / BYTES_A_ROW).unwrap_or(ROWS_MAX);
        let Some(position) = self.position_at_end(now_ms, rows.clamp(ROWS_MIN, ROWS_MAX)) else { return };
        self.capture = Capture::Waiting(Box::new(position));
        self.captured_bytes = self.bytes_since_position;
        self.advance_capture();
    }

    /// The log's state at its end; `None` where the last segment is empty.
    fn position_at_end(&self, now_ms: i64, rows_max: usize) -> Option<RecoveryPosition> {
        let last_batch = self.last_batch?;
        let active = &self.segments[self.front_open_index()];
        let indexes = active.indexes.as_ref().expect("an open segment has its indexes in memory");
        let transactions = active.transactions.clone();
        Some(RecoveryPosition {
            topic_id: self.topic_id,
            partition: partition_of(&self.dir),
            taken_ms: now_ms,
            segment: active.base_offset,
            inode: active.inode,
            position: active.bytes,
            end_offset: self.log_end_offset,
            last_batch,
            of_first_batch: active.times.of_first_batch,
            closed_ms: None,
            closed_directory: None,
            epochs: self.epochs.clone(),
            producers: self.producers.to_snapshot(),
            indexes: thinned(active.base_offset, indexes, rows_max),
            transactions: transactions.expect("an open segment has its transactions in memory"),
            sums: active.sums.as_ref().expect("an open segment has its chain in memory").thinned(rows_max),
        })
    }

    /// The log has closed, and this is how it left the active segment's file: a position by which the next start
    /// needs not read it. Where the index is long that start reads the index's file instead: what is kept here has
    /// few rows, and all logs together shall not write large files to save as many small reads.
    pub(crate) fn capture_at_close(&mut self, left: &LeftFiles) {
        let stat = &left.file;
        let active = &self.segments[self.front_open_index()];
        let indexes = active.indexes.as_ref().expect("an open segment has its indexes in memory");
        let is_short = indexes.offsets.len().max(indexes.times.len()) < ROWS_MIN;
        self.capture = Capture::None;
        if let Some(mut position) = self.position_at_end(stat.modified_ms, ROWS_MIN).filter(|_| is_short) {
            assert_eq!(
                (stat.inode, stat.len),
                (position.inode, position.position),
                "the file that was written"
            );
            position.closed_ms = Some(stat.modified_ms);
            // What is to be removed is looked for by the next start.
            let has_leftovers = self.has_leftovers || !self.to_remove.is_empty() || !self.doomed.is_empty();
            let is_alone = self.segments.len() == 1 && !has_leftovers;
            // Where times have whole seconds alone, the next run may change names and end within the same one.
            let is_exact = left.directory.modified_ms % 1000 != 0;
            position.closed_directory = (is_alone && is_exact).then(|| left.directory.into());
            self.captured_bytes = self.bytes_since_position;
            self.capture = Capture::Ready(Box::new(position));
        }
    }

    /// A recovery position to append to the recovery file, once.
    pub fn take_recovery_position(&mut self) -> Option<RecoveryPosition> {
        match std::mem::take(&mut self.capture) {
            Capture::Ready(position) => {
                self.bytes_since_position -= self.captured_bytes;
                Some(*position)
            }
            other => {
                self.capture = other;
                None
            }
        }
    }

    /// Moves a captured position on when the flushed end has reached it.
    pub(crate) fn advance_capture(&mut self) {
        self.capture = match std::mem::take(&mut self.capture) {
            Capture::Waiting(position) if position.end_offset <= self.flushed_end_offset => {
                // Durable topics were synced by their writes; who switches the level gets one sync too many.
                if self.is_synced { Capture::Ready(position) } else { Capture::Unsynced(position) }
            }
            other => other,
        };
    }

    pub(crate) fn next_sync(&mut self) -> Option<(Structural, Task)> {
        let front = &self.segments[self.front_open_index()];
        match std::mem::take(&mut self.capture) {
            Capture::Unsynced(position) if position.segment == front.base_offset => {
                self.capture = Capture::Syncing(position);
            }
            // Rolled meanwhile: the roll has synced it, and recovery begins behind it.
            Capture::Unsynced(_) => return None,
            other => {
                self.capture = other;
                if !std::mem::take(&mut self.wants_sync) || self.is_synced {
                    return None;
                }
            }
        }
        let file = front.file.clone().expect("it is open where something was written or is to be synced");
        self.written_since_sync = false;
        Some((Structural::Sync, Task::Sync { file }))
    }

    pub(crate) fn on_synced(&mut self, result: io::Result<()>) {
        if let Err(error) = result {
            return self.fail(LogFailure::Sync, &error);
        }
        self.is_synced |= !self.written_since_sync;
        self.capture = match std::mem::take(&mut self.capture) {
            Capture::Syncing(position) => Capture::Ready(position),
            other => other,
        };
    }
}

/// About `rows_max` rows of each index, the newest timestamp among them.
fn thinned(base_offset: Offset, indexes: &SegmentIndexes, rows_max: usize) -> SegmentIndexes {
    let mut offsets = OffsetIndex::new(base_offset);
    for row in indexes.offsets.rows().step_by(indexes.offsets.len() / rows_max + 1) {
        offsets.append(row.offset, row.position);
    }
    let mut times = TimeIndex::new(base_offset);
    for TimeRow { timestamp, offset } in indexes.times.rows().step_by(indexes.times.len() / rows_max + 1) {
        times.append(timestamp, offset);
    }
    if let Some(newest) = indexes.newest() {
        times.append(newest.timestamp, newest.offset);
    }
    SegmentIndexes::resume(offsets, times, 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sums::SumsKey;

    fn position(end_offset: i64) -> RecoveryPosition {
        let mut indexes = SegmentIndexes::new(Offset(100));
        for at in 1..50u32 {
            indexes.on_append(Offset(100 + i64::from(at)), at * 5000, 5000, 1_000 + i64::from(at), 4096);
        }
        RecoveryPosition {
            topic_id: TopicId(*b"0123456789abcdef"),
            partition: PartitionId(7),
            taken_ms: 5,
            segment: Offset(100),
            inode: 42,
            position: 250_000,
            end_offset: Offset(end_offset),
            last_batch: BatchMark { position: 245_000, epoch: LeaderEpoch(3), crc: 0xdead_beef },
            of_first_batch: Some(1_001),
            closed_ms: None,
            closed_directory: None,
            epochs: LeaderEpochs::new(),
            producers: Vec::new(),
            indexes: thinned(Offset(100), &indexes, ROWS_MAX),
            transactions: TransactionIndex::new(),
            sums: Sums::new(
                SumsKey { topic_id: TopicId(*b"0123456789abcdef"), partition: PartitionId(7) },
                Offset(100),
                250_000,
            ),
        }
    }

    #[test]
    fn entries_are_read_back_up_to_a_torn_end() {
        let (one, two) = (position(150), position(160));
        let mut file = one.encode();
        file.extend_from_slice(&two.encode());
        assert_eq!(decode_file(&file), [one.clone(), two]);
        assert_eq!(intact_len(&file), file.len());
        for cut in one.encode().len()..file.len() {
            assert_eq!(decode_file(&file[..cut]), std::slice::from_ref(&one), "cut at {cut}");
            assert_eq!(intact_len(&file[..cut]), one.encode().len(), "cut at {cut}");
        }
        let at = file.len() - 3;
        file[at] ^= 1;
        assert_eq!(decode_file(&file), [one]);
    }
}

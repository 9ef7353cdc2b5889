//! Recovery positions: so that a kill leaves little to read, however much was written.
//!
//! What each log has appended since its last position is counted here. Once all logs of the shard together are too
//! far ahead, those that are ahead the most are asked for a new one; what they hand out is durable by then, and goes
//! to the directory's file by a job. The invariant: what a recovery would read, over all shards, stays below
//! [`RESCAN_BYTES_MAX`]. Where the disk is too slow for that, appends wait until the positions on their way are down.

use super::Shard;
use super::mail::Mail;
use super::partitions::ShardJobDone;
use super::token::Purpose;
use crate::partition::Partition;
use crate::recovery_files::{LogId, Positions, ShardFile, append, rewrite};
use crate::slots::SlotId;
use loglane_model::{FileSystem, JobDone, PartitionId, ShardId, TopicId};
use loglane_ring::Io;
use loglane_storage::recovery_position::file_name;
use loglane_storage::{CloseSync, Log, RecoveryPosition};
use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;

/// What all logs of a broker together may have to read after a kill.
pub(crate) const RESCAN_BYTES_MAX: u64 = 64 << 20;

/// From here on, over all shards, new positions are taken. Half of it is left then: taking few at a time, and those
/// that are ahead the most, makes the fewest entries for a byte appended.
const TAKE_AT_BYTES: u64 = 24 << 20;

/// From here on, over all shards, appends wait for the positions on their way. What is in the air at that moment, a
/// write and a frame for each shard, fits into what is left.
const WAIT_AT_BYTES: u64 = 48 << 20;

const _: () = assert!(TAKE_AT_BYTES < WAIT_AT_BYTES && WAIT_AT_BYTES < RESCAN_BYTES_MAX);

/// A log that has gone quiet gets a position by the clock if it is ahead by that much. Less is read in no time, and
/// ten thousand logs with a trickle each shall not write as many entries a minute.
const BY_CLOCK_BYTES: u64 = 64 << 10;

/// A file is rewritten with the newest entry of each log when it is twice as long as after the last time, and at
/// least so long.
const REWRITE_AT_BYTES: u64 = 4 << 20;

/// Jobs on a directory's file run in a lane of their own.
const RECOVERY_LANE: u32 = u32::MAX - 2;

/// Which log: a partition's place in the shard's table, or the metadata log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum LogPlace {
    Partition(SlotId),
    Metadata,
}

/// How far a log is ahead of its last position.
#[derive(Debug, Clone, Copy, Default)]
struct Ahead {
    bytes: u64,
    is_capturing: bool,
}

/// One per shard.
#[derive(Debug)]
pub(crate) struct RecoveryPositions {
    /// What the files said at start, by directory, until the logs are open.
    at_start: Arc<Vec<Positions>>,
    files: Vec<PositionFile>,
    metadata: Ahead,
    /// By the index of the partition's place.
    partitions: Vec<Ahead>,
    /// Sum over all logs, and over those that a position is on its way for.
    ahead_bytes: u64,
    capturing_bytes: u64,
    /// Logs that a position is on its way for.
    capturing: usize,
    /// When the next positions are taken: above the shard's share if the last attempt did not bring enough.
    take_next_at: u64,
    take_at: u64,
    wait_at: u64,
    /// Logs that were opened at start, and what was read for that.
    pub(super) opened: u64,
    pub(super) read_bytes: u64,
}

/// The shard's file in one directory.
#[derive(Debug)]
struct PositionFile {
    waiting: Vec<RecoveryPosition>,
    /// What the log had been ahead by, for those that wait and for those that are being written.
    waiting_bytes: u64,
    writing_bytes: u64,
    is_writing: bool,
    rewrite_at: u64,
    bytes: u64,
}

impl RecoveryPositions {
    /// `at_start` and `files` are what a start found, by directory: the positions of all shards' logs, and this shard's
    /// files.
    pub(crate) fn new(
        at_start: Arc<Vec<Positions>>,
        files: Vec<ShardFile>,
        shard_count: u16,
    ) -> RecoveryPositions {
        let share = |bytes: u64| bytes / u64::from(shard_count);
        let mut known = Vec::new();
        for file in files {
            known.push(PositionFile {
                waiting: Vec::new(),
                waiting_bytes: 0,
                writing_bytes: 0,
                is_writing: false,
                rewrite_at: REWRITE_AT_BYTES.max(file.bytes),
                bytes: file.bytes,
            });
        }
        RecoveryPositions {
            at_start,
            files: known,
            metadata: Ahead::default(),
            partitions: Vec::new(),
            ahead_bytes: 0,
            capturing_bytes: 0,
            capturing: 0,
            take_next_at: share(TAKE_AT_BYTES),
            take_at: share(TAKE_AT_BYTES),
            wait_at: share(WAIT_AT_BYTES),
            opened: 0,
            read_bytes: 0,
        }
    }

    /// The position that a start found for a log.
    pub(super) fn at_start(&self, directory: u16, log: LogId) -> Option<RecoveryPosition> {
        self.at_start.get(usize::from(directory))?.get(&log).cloned()
    }

    /// Takes in where a log is, and its position if there is a new one.
    pub(super) fn note(&mut self, place: LogPlace, directory: u16, log: &mut Log) {
        let before = log.bytes_behind_recovery_position();
        if let Some(position) = log.take_recovery_position() {
            let file = &mut self.files[usize::from(directory)];
            file.waiting_bytes += before - log.bytes_behind_recovery_position();
            file.waiting.push(position);
        }
        let bytes = log.bytes_behind_recovery_position();
        self.set(place, Ahead { bytes, is_capturing: log.is_capturing_recovery_position() });
    }

    /// How much a recovery would have to read of one log.
    #[cfg(test)]
    pub(crate) fn ahead_bytes_of(&self, slot: SlotId) -> u64 {
        self.get(LogPlace::Partition(slot)).bytes
    }

    /// A log that is gone, or not served any more.
    pub(super) fn forget(&mut self, place: LogPlace) {
        self.set(place, Ahead::default());
    }

    fn set(&mut self, place: LogPlace, now: Ahead) {
        let known = match place {
            LogPlace::Metadata => &mut self.metadata,
            LogPlace::Partition(slot) => {
                let index = slot.index as usize;
                if index >= self.partitions.len() {
                    self.partitions.resize(index + 1, Ahead::default());
                }
                &mut self.partitions[index]
            }
        };
        let before = std::mem::replace(known, now);
        self.ahead_bytes = self.ahead_bytes + now.bytes - before.bytes;
        if before.is_capturing {
            self.capturing -= 1;
            self.capturing_bytes -= before.bytes;
        }
        if now.is_capturing {
            self.capturing += 1;
            self.capturing_bytes += now.bytes;
        }
    }

    /// Whether all positions that logs have handed out are in the files.
    pub(super) fn is_written(&self) -> bool {
        self.files.iter().all(|file| file.waiting.is_empty() && !file.is_writing)
    }

    fn get(&self, place: LogPlace) -> Ahead {
        match place {
            LogPlace::Metadata => self.metadata,
            LogPlace::Partition(slot) => {
                self.partitions.get(slot.index as usize).copied().unwrap_or_default()
            }
        }
    }

    /// What logs are ahead by for which no position is on its way.
    fn uncovered_bytes(&self) -> u64 {
        self.ahead_bytes - self.capturing_bytes
    }

    /// Whether appends have to wait for positions on their way; never without any.
    pub(super) fn must_wait(&self) -> bool {
        let in_files = |file: &PositionFile| file.waiting_bytes + file.writing_bytes;
        let bytes = self.ahead_bytes + self.files.iter().map(in_files).sum::<u64>();
        bytes >= self.wait_at && (self.capturing > 0 || self.files.iter().any(|file| file.is_writing))
    }

    /// Which of `places` to ask for a position: those that are ahead the most.
    fn choose(&self, places: impl Iterator<Item = LogPlace>) -> Vec<LogPlace> {
        let ahead = places.map(|place| (self.get(place), place));
        let mut idle: Vec<(u64, LogPlace)> = ahead
            .filter(|(ahead, _)| ahead.bytes > 0 && !ahead.is_capturing)
            .map(|(ahead, place)| (ahead.bytes, place))
            .collect();
        idle.sort_unstable_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        let mut left = self.uncovered_bytes();
        let is_enough = |(bytes, _): &&(u64, LogPlace)| {
            let goes_on = left > self.take_at / 2;
            left = left.saturating_sub(*bytes);
            goes_on
        };
        idle.iter().take_while(is_enough).map(|(_, place)| *place).collect()
    }
}

impl<I: Io<Mail>> Shard<I> {
    /// All logs that were there at start are open: says what that took. Positions that nobody asked for belong to
    /// logs that are gone.
    pub(super) fn end_recovery(&mut self) {
        if self.recovery.at_start.is_empty() {
            return;
        }
        self.recovery.at_start = Arc::default();
        let (logs, read_bytes) = (self.recovery.opened, self.recovery.read_bytes);
        tracing::info!(shard = self.id.0, logs, read_bytes, "the logs are open");
    }

    /// End of the turn: takes positions if enough was appended; `true` if logs have work from that.
    pub(super) fn take_recovery_positions(&mut self) -> bool {
        let positions = &self.recovery;
        if positions.uncovered_bytes() < positions.take_next_at || self.closing.has_begun() {
            return false;
        }
        let places = self.partitions.ids().map(LogPlace::Partition);
        let chosen = self.recovery.choose(places.chain([LogPlace::Metadata]));
        for place in chosen {
            self.capture_position(place);
        }
        let positions = &mut self.recovery;
        let uncovered = positions.uncovered_bytes();
        positions.take_next_at = positions.take_at.max(uncovered + positions.take_at / 2);
        true
    }

    /// Takes positions of logs that have gone quiet.
    pub(super) fn take_quiet_positions(&mut self) {
        let places = self.partitions.ids().map(LogPlace::Partition).chain([LogPlace::Metadata]);
        let behind: Vec<LogPlace> =
            places.filter(|place| self.recovery.get(*place).bytes >= BY_CLOCK_BYTES).collect();
        for place in behind {
            self.capture_position(place);
        }
    }

    /// Asks a log for a position.
    pub(super) fn capture_position(&mut self, place: LogPlace) {
        let now_ms = self.wall_ms;
        match place {
            LogPlace::Partition(slot) => {
                if let Some(served) = self.partitions.get_mut(slot).and_then(Partition::served_mut) {
                    served.log.capture_recovery_position(now_ms);
                    self.mark_dirty(slot);
                    self.note_position(slot);
                }
            }
            LogPlace::Metadata => self.capture_metadata_position(),
        }
    }

    /// Takes in where a partition's log is.
    pub(super) fn note_position(&mut self, slot: SlotId) {
        let place = LogPlace::Partition(slot);
        let Some(partition) = self.partitions.get_mut(slot) else { return };
        let directory = partition.directory;
        match partition.served_mut() {
            Some(served) => self.recovery.note(place, directory, &mut served.log),
            None => self.recovery.forget(place),
        }
    }

    /// End of the turn: positions on their way to the files.
    pub(super) fn write_recovery_positions(&mut self) {
        // What logs hand out when they have closed is not on the disk yet where all are synced at once. A start may
        // believe it without any mark of a clean stop, so it is written only after that.
        let syncs_first = self.closing.closes_logs() && self.close_sync() == CloseSync::Together;
        if syncs_first && !self.have_logs_ended() {
            return;
        }
        for directory in 0..self.recovery.files.len() {
            let number = u16::try_from(directory).expect("a configuration has few directories");
            let file = &mut self.recovery.files[directory];
            if file.waiting.is_empty() || file.is_writing {
                continue;
            }
            let positions = std::mem::take(&mut file.waiting);
            file.writing_bytes = std::mem::take(&mut file.waiting_bytes);
            if !self.directories.is_online(number) {
                file.writing_bytes = 0;
                continue;
            }
            file.is_writing = true;
            let live = (file.bytes >= file.rewrite_at).then(|| self.logs_in(number));
            let root = self.directories.path(number).to_owned();
            let path = root.join(file_name(self.id.0));
            let job = move |fs: &dyn FileSystem| -> JobDone {
                let is_rewritten = live.is_some();
                let synced = if syncs_first { fs.sync_all(&root) } else { Ok(()) };
                let result = synced.and_then(|()| match live {
                    Some(live) => rewrite(fs, &path, positions, &live),
                    None => append(fs, &path, &positions),
                });
                Box::new(ShardJobDone::Positions { directory: number, is_rewritten, result })
            };
            self.io.spawn(Purpose::Job.token(), RECOVERY_LANE - u32::from(number), Box::new(job));
        }
    }

    /// The logs of this shard in a directory.
    fn logs_in(&self, directory: u16) -> BTreeSet<LogId> {
        let partitions = self.partitions.ids().filter_map(|slot| self.partitions.get(slot));
        let mut logs: BTreeSet<LogId> = partitions
            .filter(|partition| partition.directory == directory)
            .map(|partition| (partition.topic_id, partition.number))
            .collect();
        if self.id == ShardId(0) {
            logs.insert((TopicId::METADATA, PartitionId(0)));
        }
        logs
    }

    pub(super) fn on_positions_written(
        &mut self,
        directory: u16,
        is_rewritten: bool,
        result: io::Result<u64>,
    ) {
        let file = &mut self.recovery.files[usize::from(directory)];
        file.is_writing = false;
        file.writing_bytes = 0;
        match result {
            Ok(bytes) => {
                file.bytes = bytes;
                if is_rewritten {
                    file.rewrite_at = REWRITE_AT_BYTES.max(2 * bytes);
                }
            }
            Err(error) => {
                tracing::error!(
                    path = %self.directories.path(directory).display(), %error,
                    "recovery positions could not be written: the directory goes offline"
                );
                self.on_directory_failed(directory);
            }
        }
    }
}

#[cfg(test)]
mod tests;

//! When a segment is full, and how the next one begins.
//!
//! Rolling has two jobs. The first cuts the old file to its exact size, syncs it, and only then makes the new file:
//! Kafka's recovery deletes every segment behind one that it had to truncate, so nothing in the new segment may be
//! acknowledged while the old one still ends in zeros. The second writes what belongs beside the old segment; until
//! it has, the indexes are in memory, and recovery would build them anew.

use crate::appender::Appender;
use crate::close::CloseSync;
use crate::crc::crc32c;
use crate::log::{Log, LogFailure, Structural};
use crate::log_config::LogConfig;
use crate::segment::{Segment, segment_path};
use crate::sums::{IndexSums, SumsToWrite};
use loglane_model::{BlockPool, Bug, File, FileSystem, Offset, OpenMode, TopicId, planted};
use std::io;
use std::path::PathBuf;

/// Cuts a full segment and makes its successor.
pub(crate) struct RollTask {
    pub(crate) dir: PathBuf,
    pub(crate) old_file: File,
    pub(crate) old_bytes: u64,
    pub(crate) next_base: Offset,
    /// The space that the new file gets at once.
    pub(crate) space_end: u64,
}

/// The new segment's file.
#[derive(Debug)]
pub(crate) struct Rolled {
    pub(crate) file: File,
    pub(crate) inode: u64,
    pub(crate) space_end: u64,
}

impl RollTask {
    pub(crate) fn run(self, fs: &dyn FileSystem) -> io::Result<Rolled> {
        fs.set_len(&self.old_file, self.old_bytes)?;
        if !planted(Bug::ForgetCutSync) {
            fs.sync(&self.old_file)?;
        }
        let path = segment_path(&self.dir, self.next_base, "log");
        let file = fs.open(&path, OpenMode::DirectReadWrite)?;
        // A file that was there before is no part of the log; its bytes must not show through the space ahead.
        fs.set_len(&file, 0)?;
        fs.reserve(&file, 0, self.space_end)?;
        fs.write_zeros(&file, 0, self.space_end)?;
        fs.sync(&file)?;
        if !planted(Bug::ForgetDirectorySync) {
            fs.sync_dir(&self.dir)?;
        }
        let inode = fs.stat(&path)?.inode;
        Ok(Rolled { file, inode, space_end: self.space_end })
    }
}

/// Writes the files that belong to a sealed segment.
pub(crate) struct SealTask {
    pub(crate) dir: PathBuf,
    /// The segment's checksums.
    pub(crate) sums: Option<Box<SumsToWrite>>,
    /// Path and contents, each put in place whole.
    pub(crate) files: Vec<(PathBuf, Vec<u8>)>,
    /// Files that must not be there.
    pub(crate) absent: Vec<PathBuf>,
}

impl SealTask {
    pub(crate) fn run(self, fs: &dyn FileSystem) -> io::Result<()> {
        for path in &self.absent {
            match fs.remove_file(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                Ok(()) | Err(_) => {}
            }
        }
        // Before the snapshot, which says that all is there.
        if let Some(sums) = self.sums {
            sums.write(fs, &self.dir, CloseSync::Each)?;
        }
        for (path, bytes) in &self.files {
            fs.replace_whole(path, bytes)?;
        }
        Ok(())
    }
}

/// What a batch that is about to be appended looks like to the segment it may go into.
pub(crate) struct Coming {
    pub(crate) base_offset: Offset,
    pub(crate) last_offset: Offset,
    pub(crate) bytes: usize,
    pub(crate) max_timestamp: i64,
}

/// Whether the segment must be rolled before that batch: Kafka's `LogSegment.shouldRoll`.
pub(crate) fn must_roll(
    segment: &Segment,
    config: &LogConfig,
    topic_id: TopicId,
    coming: &Coming,
    now_ms: i64,
) -> bool {
    if segment.bytes == 0 {
        // An empty segment is rolled only where its base offset cannot name the batch.
        return !crate::scan::is_relative(segment.base_offset, coming.last_offset);
    }
    let indexes = segment.indexes.as_ref().expect("an open segment has its indexes in memory");
    let index_bytes_max = usize::try_from(config.segment_index_bytes).unwrap_or(usize::MAX);
    let is_index_full = indexes.offsets.bytes() + crate::index::OFFSET_ROW_BYTES > index_bytes_max
        || indexes.times.bytes() + 2 * crate::index::TIME_ROW_BYTES > index_bytes_max;
    segment.bytes.saturating_add(coming.bytes as u64) > segment_bytes_max(config)
        || waited_ms(segment, coming.max_timestamp, now_ms)
            > roll_after_ms(config, topic_id, segment.base_offset)
        || is_index_full
        || !crate::scan::is_relative(segment.base_offset, coming.last_offset)
}

/// Positions are 31 bits in the index, whatever the configuration says.
pub(crate) fn segment_bytes_max(config: &LogConfig) -> u64 {
    config.segment_bytes.min(i32::MAX as u64)
}

/// How long the segment has been filling, by the batches' clock or, before the first timestamp, by the wall clock.
fn waited_ms(segment: &Segment, max_timestamp: i64, now_ms: i64) -> i64 {
    match segment.times.of_first_batch {
        Some(first) if first >= 0 => max_timestamp.saturating_sub(first),
        Some(_) | None => now_ms.saturating_sub(segment.times.created_ms),
    }
}

/// `segment.ms` less the jitter: a fixed share of `segment.jitter.ms` for each segment, so that the decision needs
/// no chance of its own.
fn roll_after_ms(config: &LogConfig, topic_id: TopicId, base_offset: Offset) -> i64 {
    let jitter_ms_max = config.segment_jitter_ms.min(config.segment_ms);
    if jitter_ms_max <= 0 {
        return config.segment_ms;
    }
    let mut mixed = base_offset.0.cast_unsigned();
    for half in topic_id.0.as_chunks::<8>().0 {
        mixed = (mixed ^ u64::from_be_bytes(*half)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        mixed ^= mixed >> 32;
    }
    config.segment_ms - (mixed >> 1).cast_signed() % (jitter_ms_max + 1)
}

impl Log {
    /// Begins a new segment in memory; its file follows by a job once the one before it is written.
    pub(crate) fn begin_segment(&mut self, base_offset: Offset, now_ms: i64) {
        self.is_untouched = false;
        let snapshot = self.snapshot_bytes();
        let key = self.sums_key();
        let last = self.active_mut();
        assert!(last.base_offset < base_offset);
        let indexes = last.indexes.as_mut().expect("an open segment has its indexes in memory");
        indexes.finish();
        self.snapshots.push_back((base_offset, snapshot));
        self.last_batch = None;
        self.segments.push_back(Segment::empty(base_offset, key, Appender::new(), now_ms));
    }

    /// The job that cuts the oldest open segment, once all of it is written and another one waits.
    pub(crate) fn next_roll(&mut self) -> Option<RollTask> {
        let front = self.front_open_index();
        let next = self.segments.get(front + 1)?;
        let next_appender = next.appender.as_ref().expect("segments behind an open one are open");
        let space_end = next_appender.first_space(segment_bytes_max(&self.config));
        let next_base = next.base_offset;
        let old = &self.segments[front];
        if !old.appender.as_ref().expect("it is open").is_drained() {
            return None;
        }
        Some(RollTask {
            dir: self.dir.clone(),
            old_file: old.file.clone().expect("the oldest open segment has its file"),
            old_bytes: old.bytes,
            next_base,
            space_end,
        })
    }

    /// The old segment is sealed, the next one may be written.
    pub(crate) fn on_rolled(&mut self, result: io::Result<Rolled>, pool: &mut BlockPool) {
        let rolled = match result {
            Ok(rolled) => rolled,
            Err(error) => return self.fail(LogFailure::Roll, &error),
        };
        let front = self.front_open_index();
        let old = &mut self.segments[front];
        assert_eq!(old.readable_bytes, old.bytes, "a segment is rolled once all of it is flushed");
        old.appender.take().expect("it was open").release(pool);
        old.has_transactions = old.transactions.as_ref().is_some_and(|rows| !rows.is_empty());
        let base_offset = old.base_offset;
        self.to_seal.push_back(base_offset);
        self.is_synced = true;
        let next = &mut self.segments[front + 1];
        next.file = Some(rolled.file);
        next.inode = rolled.inode;
        next.appender.as_mut().expect("it is open").set_space(rolled.space_end);
    }

    /// The job that writes the indexes of a segment that was rolled.
    pub(crate) fn next_seal(&mut self) -> Option<SealTask> {
        let base_offset = *self.to_seal.front()?;
        let segment = self.segments.iter().find(|segment| segment.base_offset == base_offset);
        let (next_base, snapshot) =
            self.snapshots.pop_front().expect("one was taken when the segment was begun");
        let Some(segment) = segment else {
            self.to_seal.pop_front(); // Removed meanwhile.
            return self.next_seal();
        };
        let mut files = Vec::new();
        if self.epochs_changed {
            // Recovery will not read this segment again, so its epochs must be known without it.
            files.push(self.epochs_file());
        }
        let mut absent = Vec::new();
        let indexes = segment.add_index_files(&self.dir, &mut files, &mut absent);
        let sums = segment.sums_to_write(self.sums_key(), next_base, indexes);
        // The one at the new base takes its place.
        let before = self.last_snapshot.take().filter(|at| *at != next_base);
        absent.extend(before.map(|at| segment_path(&self.dir, at, "snapshot")));
        // The snapshot comes last: recovery takes it as the sign that the segment before it is complete.
        files.push((segment_path(&self.dir, next_base, "snapshot"), snapshot));
        self.epochs_changed = false;
        Some(SealTask { dir: self.dir.clone(), sums, files, absent })
    }

    pub(crate) fn on_sealed(&mut self, result: io::Result<()>) {
        match result {
            Ok(()) => {
                self.to_seal.pop_front();
                self.recovery_point = self.recovery_point.max(self.first_unsealed_base());
            }
            Err(error) => self.fail(LogFailure::Roll, &error),
        }
    }

    /// Base of the oldest segment whose files are not complete yet.
    fn first_unsealed_base(&self) -> Offset {
        self.to_seal.front().copied().unwrap_or_else(|| self.segments[self.front_open_index()].base_offset)
    }

    pub(crate) fn structural_roll(&mut self) -> Option<(Structural, crate::job::Task)> {
        if let Some(task) = self.next_roll() {
            return Some((Structural::Roll, crate::job::Task::Roll(task)));
        }
        self.next_seal().map(|task| (Structural::Seal, crate::job::Task::Seal(task)))
    }
}

impl Segment {
    /// Adds the index files of a segment whose indexes are in memory; returns their checksums.
    pub(crate) fn add_index_files(
        &self,
        dir: &std::path::Path,
        files: &mut Vec<(PathBuf, Vec<u8>)>,
        absent: &mut Vec<PathBuf>,
    ) -> IndexSums {
        let indexes = self.indexes.as_ref().expect("they stay in memory until they are written");
        let (offsets, times) = (indexes.offsets.encode(), indexes.times.encode());
        let transactions = self.transactions.as_ref().expect("they stay in memory until they are written");
        let transactions = transactions.encode();
        let sums = IndexSums {
            offsets: crc32c(&offsets),
            times: crc32c(&times),
            transactions: crc32c(&transactions),
        };
        files.push((segment_path(dir, self.base_offset, "index"), offsets));
        files.push((segment_path(dir, self.base_offset, "timeindex"), times));
        let path = segment_path(dir, self.base_offset, "txnindex");
        if transactions.is_empty() {
            absent.push(path);
        } else {
            files.push((path, transactions));
        }
        sums
    }
}

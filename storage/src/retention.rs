//! What leaves the log at its start: by age, by size, or because somebody deleted records.
//!
//! Only whole segments leave. The log's start moves at once, in memory; the files follow by a job that gives them
//! the name of deleted ones, and much later another job removes them, so that who still reads them can go on.

use crate::job::Task;
use crate::log::{Log, LogFailure, Structural};
use crate::recovery_position::Capture;
use crate::segment::segment_path;
use loglane_model::{BlockPool, Bug, FileSystem, Offset, planted};
use std::io;
use std::path::{Path, PathBuf};

/// Files of one segment, the snapshot as of its base among them.
pub(crate) const SEGMENT_FILES: [&str; 6] =
    ["log", "index", "timeindex", "txnindex", "snapshot", crate::sums::EXTENSION];

/// Gives the files of segments the name of deleted ones.
pub(crate) struct RemoveTask {
    pub(crate) dir: PathBuf,
    pub(crate) bases: Vec<Offset>,
}

/// Files that may be removed for good, and when.
#[derive(Debug)]
pub(crate) struct Doomed {
    pub(crate) due_ms: i64,
    pub(crate) bases: Vec<Offset>,
}

/// Removes files for good.
pub(crate) struct UnlinkTask {
    pub(crate) dir: PathBuf,
    pub(crate) bases: Vec<Offset>,
}

impl RemoveTask {
    pub(crate) fn run(self, fs: &dyn FileSystem) -> io::Result<()> {
        retire_in_order(fs, &self.dir, self.bases)
    }
}

/// Gives the files of segments the name of deleted ones, one segment after the other: were the next one's name to go
/// without this one's, a power cut would leave a hole in the log.
pub(crate) fn retire_in_order(
    fs: &dyn FileSystem,
    dir: &Path,
    bases: impl IntoIterator<Item = Offset>,
) -> io::Result<()> {
    for base_offset in bases {
        retire_files(fs, dir, base_offset)?;
        fs.sync_dir(dir)?;
    }
    Ok(())
}

/// Renames what there is of a segment's files.
fn retire_files(fs: &dyn FileSystem, dir: &Path, base_offset: Offset) -> io::Result<()> {
    for extension in SEGMENT_FILES {
        let path = segment_path(dir, base_offset, extension);
        let retired = segment_path(dir, base_offset, &format!("{extension}.deleted"));
        match fs.rename(&path, &retired) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
    }
    Ok(())
}

impl UnlinkTask {
    /// What cannot be removed now goes at the next start.
    pub(crate) fn run(self, fs: &dyn FileSystem) {
        for &base_offset in &self.bases {
            for extension in SEGMENT_FILES {
                let retired = segment_path(&self.dir, base_offset, &format!("{extension}.deleted"));
                match fs.remove_file(&retired) {
                    Ok(()) | Err(_) => {}
                }
            }
        }
    }
}

/// Why records cannot be deleted up to an offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeleteRecordsError {
    /// It lies behind what is flushed (`OFFSET_OUT_OF_RANGE`).
    OutOfRange {
        /// The highest offset that may be named.
        end_offset: Offset,
    },
    /// The log is being cut back or closed; try again.
    Busy,
    /// The log is offline.
    Offline,
}

impl Log {
    /// Deletes the records below `offset`: nobody reads them any more, and whole segments of them leave. Returns the
    /// new start of the log, which the caller writes into `log-start-offset-checkpoint` before it answers. The
    /// caller has checked `offset` against the high watermark.
    ///
    /// # Errors
    /// [`DeleteRecordsError`]; nothing was changed.
    pub fn delete_records_to(
        &mut self,
        offset: Offset,
        pool: &mut BlockPool,
    ) -> Result<Offset, DeleteRecordsError> {
        if self.is_offline() {
            return Err(DeleteRecordsError::Offline);
        }
        if self.is_busy() {
            return Err(DeleteRecordsError::Busy);
        }
        if offset > self.flushed_end_offset {
            return Err(DeleteRecordsError::OutOfRange { end_offset: self.flushed_end_offset });
        }
        self.raise_log_start(offset);
        self.drop_segments(pool);
        Ok(self.log_start_offset)
    }

    /// Lets segments go that are too old or too many, as the topic's configuration says; never what lies at or past
    /// the high watermark. To be called every few minutes (`log.retention.check.interval.ms`). Returns whether the
    /// log's start moved.
    pub fn apply_retention(&mut self, now_ms: i64, high_watermark: Offset, pool: &mut BlockPool) -> bool {
        if self.is_offline() || self.is_busy() {
            return false;
        }
        let before = self.log_start_offset;
        if self.config.cleanup_delete {
            let count = self.count_breached(now_ms, high_watermark.min(self.flushed_end_offset));
            if count == self.segments.len() {
                // Even the active segment goes: an empty one takes its place.
                self.begin_segment(self.log_end_offset, now_ms);
            }
            if let Some(first_kept) = self.segments.get(count).filter(|_| count > 0) {
                self.raise_log_start(first_kept.base_offset);
            }
        }
        self.drop_segments(pool);
        self.log_start_offset > before
    }

    /// How many of the oldest segments breach a limit. The first that does not ends the count.
    fn count_breached(&self, now_ms: i64, high_watermark: Offset) -> usize {
        let retention_bytes = u64::try_from(self.config.retention_bytes).ok();
        let mut over = retention_bytes.map_or(0, |bytes| self.size_bytes().saturating_sub(bytes));
        let mut count = 0;
        for (at, segment) in self.segments.iter().enumerate() {
            let next_base = self.segments.get(at + 1).map(|next| next.base_offset);
            let is_last_and_empty = next_base.is_none() && segment.bytes == 0;
            if is_last_and_empty || high_watermark < next_base.unwrap_or(self.log_end_offset) {
                break;
            }
            let age_ms = now_ms.saturating_sub(segment.times.for_retention());
            let is_old = self.config.retention_ms >= 0 && age_ms > self.config.retention_ms;
            let is_too_much = retention_bytes.is_some() && over >= segment.bytes;
            if !is_old && !is_too_much {
                break;
            }
            over = over.saturating_sub(segment.bytes);
            count += 1;
        }
        count
    }

    fn raise_log_start(&mut self, offset: Offset) {
        if offset <= self.log_start_offset {
            return;
        }
        assert!(offset <= self.flushed_end_offset, "the start stays at or below what is flushed");
        self.log_start_offset = offset;
        self.producers.on_log_start(offset);
        self.assert_ordered();
    }

    /// Takes the segments that end at or before the log's start out of the log. One that is still being written or
    /// sealed waits for the next call.
    pub(crate) fn drop_segments(&mut self, pool: &mut BlockPool) {
        let beyond = i64::from(planted(Bug::DropSegmentTooMany));
        let start = self.log_start_offset.plus(beyond);
        while self.segments.len() > 1 && self.segments[1].base_offset <= start {
            let oldest = &self.segments[0];
            if oldest.is_open() || self.to_seal.contains(&oldest.base_offset) {
                break;
            }
            let dropped = self.segments.pop_front().expect("just seen");
            self.to_remove.push(dropped.base_offset);
            self.reader.forget_segment(dropped.base_offset, pool);
        }
        let first = self.segments[0].base_offset;
        self.cache.drop_before(first, pool);
    }

    /// The job that takes files out of the log's sight.
    pub(crate) fn next_removal(&mut self, now_ms: i64) -> Option<(Structural, Task)> {
        if !self.to_remove.is_empty() {
            let bases = std::mem::take(&mut self.to_remove);
            let due_ms = now_ms.saturating_add(self.config.file_delete_delay_ms);
            self.doomed.push_back(Doomed { due_ms, bases: bases.clone() });
            let dir = self.dir.clone();
            return Some((Structural::Remove, Task::Remove(RemoveTask { dir, bases })));
        }
        let is_due = self.doomed.front().is_some_and(|doomed| doomed.due_ms <= now_ms);
        if !is_due {
            return None;
        }
        let doomed = self.doomed.pop_front().expect("just seen");
        let task = UnlinkTask { dir: self.dir.clone(), bases: doomed.bases };
        Some((Structural::Unlink, Task::Unlink(task)))
    }

    pub(crate) fn on_removed(&mut self, result: io::Result<()>) {
        match result {
            // Only now: epochs must not forget batches that a crash would bring back.
            Ok(()) => {
                let next = self.to_remove.first().copied();
                let first = next.unwrap_or(self.segments[0].base_offset);
                self.epochs_changed |= self.epochs.truncate_from_start(first);
                if self.size_bytes() == 0 {
                    // Nothing is left that a recovery could read.
                    self.bytes_since_position = 0;
                    self.captured_bytes = 0;
                    self.capture = Capture::None;
                }
            }
            Err(error) => self.fail(LogFailure::Remove, &error),
        }
    }
}

//! Cutting the log back, as a follower does when its leader knows better.
//!
//! What was appended is first written out, then one job cuts the files and reads the log anew, as after a kill.
//! Until it is done nothing can be appended or read. That is slow and simple, and truncation is rare.

use crate::job::Task;
use crate::log::{Log, LogFailure, Structural};
use crate::open::{MakeLog, OpenError, OpenLog, OpenSync, Recovered};
use crate::recovery::recover;
use crate::retention::retire_in_order;
use crate::scan::Scanner;
use crate::segment::segment_path;
use loglane_model::{BlockPool, FileSystem, Offset, OpenMode};
use std::io;

/// What the log is cut to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CutTo {
    /// Nothing at or past that offset stays.
    End(Offset),
    /// Nothing stays at all, and the log begins anew at that offset.
    Restart(Offset),
}

/// Cuts the log and reads it anew.
pub(crate) struct TruncateTask {
    pub(crate) request: OpenLog,
    /// Base offsets, rising.
    pub(crate) segments: Vec<Offset>,
    pub(crate) cut_to: CutTo,
}

impl TruncateTask {
    pub(crate) fn run(mut self, fs: &dyn FileSystem) -> Result<Recovered, OpenError> {
        let keep = match self.cut_to {
            CutTo::Restart(_) => 0,
            CutTo::End(end_offset) => self.segments.partition_point(|&base| base < end_offset),
        };
        // The newest goes first.
        let leaving = self.segments[keep.max(usize::from(!self.is_restart()))..].iter().rev();
        retire_in_order(fs, &self.request.dir, leaving.copied())?;
        match self.cut_to {
            CutTo::Restart(start) => {
                self.request.log_start_offset = start;
                self.request.recovery_point = start;
            }
            CutTo::End(end_offset) => {
                let last = keep.saturating_sub(1);
                let base_offset = self.segments[last];
                let log_end_offset = self.cut(fs, base_offset, end_offset)?;
                self.request.recovery_point = base_offset;
                self.request.log_start_offset = self.request.log_start_offset.min(log_end_offset);
            }
        }
        recover(fs, &self.request, None, false)
    }

    fn is_restart(&self) -> bool {
        matches!(self.cut_to, CutTo::Restart(_))
    }

    /// Cuts a segment before the first batch that holds or follows `end_offset`; returns where it ends now.
    fn cut(&self, fs: &dyn FileSystem, base_offset: Offset, end_offset: Offset) -> io::Result<Offset> {
        let path = segment_path(&self.request.dir, base_offset, "log");
        let file = fs.open(&path, OpenMode::DirectReadWrite)?;
        let len = fs.file_len(&file)?;
        let mut scanner = Scanner::new(fs, &file, len);
        let (mut position, mut log_end_offset) = (0, base_offset);
        while let Ok((header, total)) = scanner.header(position)? {
            if header.last_offset() >= end_offset {
                break;
            }
            position += total;
            log_end_offset = header.last_offset().plus(1);
        }
        fs.set_len(&file, position)?;
        fs.sync(&file)?;
        Ok(log_end_offset)
    }
}

impl Log {
    /// Drops every batch that holds or follows `end_offset`; the log may end before it, at a batch's beginning.
    /// Returns `false` if there is nothing to drop. Otherwise appends and reads wait until
    /// [`Log::is_truncating`] is over.
    pub fn truncate_to(&mut self, end_offset: Offset) -> bool {
        if end_offset >= self.log_end_offset && self.truncating.is_none() {
            return false;
        }
        let first = self.segments[0].base_offset;
        let cut_to = if end_offset < first { CutTo::Restart(end_offset) } else { CutTo::End(end_offset) };
        self.begin_truncation(cut_to);
        true
    }

    /// Drops everything; the log begins anew at `offset`, where a leader's log begins that no longer holds what this
    /// one has. As [`Log::truncate_to`] otherwise.
    pub fn truncate_fully_and_start_at(&mut self, offset: Offset) {
        self.begin_truncation(CutTo::Restart(offset));
    }

    /// Whether the log is being cut back.
    #[must_use]
    pub fn is_truncating(&self) -> bool {
        self.truncating.is_some()
    }

    fn begin_truncation(&mut self, cut_to: CutTo) {
        let lower = match (self.truncating, cut_to) {
            (Some(CutTo::End(earlier)), CutTo::End(end)) => CutTo::End(earlier.min(end)),
            (_, cut_to) => cut_to,
        };
        self.truncating = Some(lower);
    }

    /// The job, once all that was appended is written and every segment is complete.
    pub(crate) fn next_truncation(&mut self, now_ms: i64) -> Option<(Structural, Task)> {
        let cut_to = self.truncating?;
        let front = self.front_open_index();
        let is_drained = self.segments[front].appender.as_ref().is_some_and(|a| a.is_drained());
        if front + 1 < self.segments.len() || !is_drained || !self.to_seal.is_empty() {
            return None;
        }
        let request = OpenLog {
            log: self.id,
            dir: self.dir.clone(),
            topic_id: self.topic_id,
            config: self.config.clone(),
            clean_shutdown: false,
            recovery_point: self.recovery_point,
            log_start_offset: self.log_start_offset,
            position: None,
            is_owner_known: true,
            make: MakeLog::AtOnce,
            sync: OpenSync::Each,
            now_ms,
        };
        let segments = self.segments.iter().map(|segment| segment.base_offset).collect();
        let task = Box::new(TruncateTask { request, segments, cut_to });
        Some((Structural::Truncate, Task::Truncate(task)))
    }

    pub(crate) fn on_truncated(&mut self, result: Result<Box<Recovered>, OpenError>, pool: &mut BlockPool) {
        let recovered = match result {
            Ok(recovered) => *recovered,
            Err(OpenError::Disk(kind)) => return self.fail(LogFailure::Truncate, &kind.into()),
            Err(OpenError::OtherTopic(_) | OpenError::BadMetadata | OpenError::OldFormat { .. }) => {
                return self.fail(LogFailure::Truncate, &io::ErrorKind::InvalidData.into());
            }
        };
        let old = std::mem::take(&mut self.segments).into_iter();
        let gone: Vec<Offset> = old
            .map(|mut segment| {
                if let Some(appender) = &mut segment.appender {
                    appender.release(pool);
                }
                segment.base_offset
            })
            .filter(|base| recovered.segments.iter().all(|segment| segment.base_offset != *base))
            .collect();
        // Their files have the name of deleted ones already; giving it again changes nothing.
        self.to_remove.extend(gone);
        self.cache.clear(pool);
        self.reader.forget(pool);
        self.adopt(recovered);
        self.truncating = None;
        self.assert_ordered();
    }
}

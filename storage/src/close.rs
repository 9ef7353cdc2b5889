//! The clean stop of a log: drain, cut to the exact size, write everything that belongs beside the segments, sync.
//!
//! The shard writes the checkpoints of the whole directory and, last of all, the clean-shutdown marker, once every
//! log of the directory has closed.

use crate::job::Task;
use crate::log::{Closing, Log, LogFailure, Structural};
use crate::segment::segment_path;
use crate::sums::SumsToWrite;
use loglane_model::{File, FileStat, FileSystem, Offset};
use std::io;
use std::path::PathBuf;

/// Leaves the directory as a clean stop does.
pub(crate) struct CloseTask {
    pub(crate) dir: PathBuf,
    pub(crate) base_offset: Offset,
    pub(crate) file: File,
    pub(crate) bytes: u64,
    /// The segment's checksums.
    pub(crate) sums: Option<Box<SumsToWrite>>,
    /// The epochs' checkpoint, if it has changed and recovery could not do without it: always put in place whole.
    pub(crate) epochs: Option<(PathBuf, Vec<u8>)>,
    /// Path and contents of files that recovery makes anew where they make no sense.
    pub(crate) files: Vec<(PathBuf, Vec<u8>)>,
    /// Files that must not be there.
    pub(crate) absent: Vec<PathBuf>,
    pub(crate) sync: CloseSync,
}

/// Who makes a clean stop durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CloseSync {
    /// Each log for itself.
    Each,
    /// The caller, for all logs at once ([`FileSystem::sync_all`]), before it leaves the mark of a clean stop.
    Together,
}

/// What the last job of a log has left.
#[derive(Debug)]
pub(crate) struct LeftFiles {
    /// The active segment's file.
    pub(crate) file: FileStat,
    /// The log's directory.
    pub(crate) directory: FileStat,
}

impl CloseTask {
    pub(crate) fn run(self, fs: &dyn FileSystem) -> io::Result<LeftFiles> {
        fs.set_len(&self.file, self.bytes)?;
        if self.sync == CloseSync::Each {
            fs.sync(&self.file)?;
        }
        if let Some(sums) = self.sums {
            sums.write(fs, &self.dir, self.sync)?;
        }
        if let Some((path, bytes)) = &self.epochs {
            fs.replace_whole(path, bytes)?;
        }
        for (path, bytes) in &self.files {
            match self.sync {
                CloseSync::Each => fs.replace_whole(path, bytes)?,
                CloseSync::Together => fs.overwrite(path, bytes)?,
            }
        }
        for path in &self.absent {
            match fs.remove_file(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                Ok(()) | Err(_) => {}
            }
        }
        if self.sync == CloseSync::Each {
            fs.sync_dir(&self.dir)?;
        }
        let file = fs.stat(&segment_path(&self.dir, self.base_offset, "log"))?;
        Ok(LeftFiles { file, directory: fs.stat(&self.dir)? })
    }
}

impl Log {
    /// Begins the clean stop: nothing is appended any more, what was appended is written, then a job leaves the
    /// directory as Kafka does. Drive the log on until [`Log::is_closed`] (or [`Log::is_offline`]), then
    /// [`Log::release`] it. It hands out a recovery position of its end ([`Log::take_recovery_position`]), by which
    /// the next start opens it without reading.
    pub fn close(&mut self, sync: CloseSync) {
        if self.closing == Closing::No {
            self.closing = Closing::Wanted;
            self.close_sync = sync;
        }
    }

    /// Whether the files are already as a clean stop leaves them.
    pub(crate) fn is_as_closed(&self) -> bool {
        !self.is_made && self.size_bytes() == 0 || self.is_untouched && !self.epochs_changed
    }

    /// Ends the clean stop if there is nothing to write for it.
    pub(crate) fn close_at_once(&mut self) {
        let is_idle = self.structural.is_none() && self.to_remove.is_empty();
        if self.closing == Closing::Wanted && is_idle && self.is_as_closed() {
            self.recovery_point = self.log_end_offset;
            self.closing = Closing::Done;
        }
    }

    /// Whether the clean stop is complete.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.closing == Closing::Done
    }

    /// Whether appends must wait or go elsewhere.
    pub(crate) fn is_busy(&self) -> bool {
        self.closing != Closing::No || self.truncating.is_some()
    }

    /// The last job, once nothing else is to do.
    pub(crate) fn next_close(&mut self) -> Option<(Structural, Task)> {
        let front = self.front_open_index();
        let is_last = front + 1 == self.segments.len();
        let is_drained = self.segments[front].appender.as_ref().is_some_and(|a| a.is_drained());
        if self.closing != Closing::Wanted || !is_last || !is_drained || !self.to_seal.is_empty() {
            return None;
        }
        let snapshot = segment_path(&self.dir, self.log_end_offset, "snapshot");
        let mut files = vec![(snapshot, self.snapshot_bytes())];
        let mut epochs = self.epochs_changed.then(|| self.epochs_file());
        let sync = self.close_sync;
        if self.segments.len() == 1 {
            // A recovery would find all of them in the batches.
            files.extend(epochs.take());
        }
        let mut absent = Vec::new();
        if let Some(before) = self.last_snapshot.filter(|at| *at != self.log_end_offset) {
            absent.push(segment_path(&self.dir, before, "snapshot"));
        }
        let dir = self.dir.clone();
        let (key, end_offset) = (self.sums_key(), self.log_end_offset);
        let active = self.active_mut();
        active.indexes.as_mut().expect("an open segment has its indexes in memory").finish();
        let indexes = active.add_index_files(&dir, &mut files, &mut absent);
        let sums = active.sums_to_write(key, end_offset, indexes);
        let file = active.file.clone().expect("the oldest open segment has its file");
        let (base_offset, bytes) = (active.base_offset, active.bytes);
        let task = CloseTask { dir, base_offset, file, bytes, sums, epochs, files, absent, sync };
        Some((Structural::Close, Task::Close(task)))
    }

    pub(crate) fn on_closed(&mut self, result: io::Result<LeftFiles>) {
        match result {
            Ok(left) => {
                self.capture_at_close(&left);
                self.recovery_point = self.log_end_offset;
                self.closing = Closing::Done;
            }
            Err(error) => self.fail(LogFailure::Close, &error),
        }
    }
}

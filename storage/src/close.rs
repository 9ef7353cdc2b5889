//! The clean stop of a log: drain, cut to the exact size, write everything that belongs beside the segments, sync.
//!
//! The shard writes the checkpoints of the whole directory and, last of all, the clean-shutdown marker, once every
//! log of the directory has closed.

use crate::job::Task;
use crate::log::{Closing, Log, LogFailure, Structural};
use crate::segment::segment_path;
use loglane_model::{File, FileSystem};
use std::io;
use std::path::PathBuf;

/// Leaves the directory as a clean stop does.
pub(crate) struct CloseTask {
    pub(crate) dir: PathBuf,
    pub(crate) file: File,
    pub(crate) bytes: u64,
    /// Path and contents, each put in place whole.
    pub(crate) files: Vec<(PathBuf, Vec<u8>)>,
    /// Files that must not be there.
    pub(crate) absent: Vec<PathBuf>,
}

impl CloseTask {
    pub(crate) fn run(self, fs: &dyn FileSystem) -> io::Result<()> {
        fs.set_len(&self.file, self.bytes)?;
        fs.sync(&self.file)?;
        for (path, bytes) in &self.files {
            fs.replace_whole(path, bytes)?;
        }
        for path in &self.absent {
            match fs.remove_file(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                Ok(()) | Err(_) => {}
            }
        }
        fs.sync_dir(&self.dir)
    }
}

impl Log {
    /// Begins the clean stop: nothing is appended any more, what was appended is written, then a job leaves the
    /// directory as Kafka does. Drive the log on until [`Log::is_closed`] (or [`Log::is_offline`]), then
    /// [`Log::release`] it.
    pub fn close(&mut self) {
        if self.closing == Closing::No {
            self.closing = Closing::Wanted;
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
        let mut files = vec![
            (segment_path(&self.dir, self.log_end_offset, "snapshot"), self.snapshot_bytes()),
            self.epochs_file(),
        ];
        let mut absent = Vec::new();
        let dir = self.dir.clone();
        let active = self.active_mut();
        active.indexes.as_mut().expect("an open segment has its indexes in memory").finish();
        active.add_index_files(&dir, &mut files, &mut absent);
        let file = active.file.clone().expect("the oldest open segment has its file");
        let bytes = active.bytes;
        Some((Structural::Close, Task::Close(CloseTask { dir, file, bytes, files, absent })))
    }

    pub(crate) fn on_closed(&mut self, result: io::Result<()>) {
        match result {
            Ok(()) => {
                self.recovery_point = self.log_end_offset;
                self.closing = Closing::Done;
            }
            Err(error) => self.fail(LogFailure::Close, &error),
        }
    }
}

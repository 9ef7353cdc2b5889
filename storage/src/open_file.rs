//! The file of the segment that is appended to: made with the first batch, opened when it is needed.
//!
//! A partition that nobody has written to has no directory, and one that nobody uses has no open file, so that ten
//! thousand of them cost neither a start nor descriptors. Batches that are appended meanwhile wait in memory: nothing
//! is written before the file is there, and nothing is acknowledged before it is written.

use crate::job::Task;
use crate::log::{Closing, Log, LogFailure, Structural};
use crate::partition_metadata;
use crate::recovery_position::Capture;
use crate::roll::segment_bytes_max;
use crate::segment::segment_path;
use loglane_model::{File, FileSystem, Offset, OpenMode, TopicId};
use std::io;
use std::path::{Path, PathBuf};

/// Opens or makes the file of a segment.
pub(crate) struct OpenTask {
    dir: PathBuf,
    base_offset: Offset,
    kind: Kind,
}

enum Kind {
    /// The log's directory with its first, empty segment, and space for what is to be written.
    Make { topic_id: TopicId, space_end: u64 },
    /// A file that is there, and the bytes of its last page from that position on if they are not in memory.
    Open { last_page: Option<(u64, usize)> },
}

/// The file.
#[derive(Debug)]
pub(crate) struct Opened {
    file: File,
    inode: u64,
    /// The space that a file got that was made.
    space_end: Option<u64>,
    last_page: Option<Vec<u8>>,
}

/// What became of a file that was to be closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdleFile {
    /// There is none now.
    Closed,
    /// Nobody uses it; it can be closed when it was synced.
    ToBeSynced,
    /// Something is under way with it.
    InUse,
}

impl OpenTask {
    pub(crate) fn makes_files(&self) -> bool {
        matches!(self.kind, Kind::Make { .. })
    }

    pub(crate) fn run(self, fs: &dyn FileSystem) -> io::Result<Opened> {
        match self.kind {
            Kind::Open { last_page } => self.open(fs, last_page),
            Kind::Make { .. } => {
                let dir = self.dir.clone();
                let opened = self.make(fs, |fs, path, text| fs.replace_whole(path, text))?;
                fs.sync(&opened.file)?;
                fs.sync_dir(&dir)?;
                if let Some(root) = dir.parent() {
                    fs.sync_dir(root)?;
                }
                Ok(opened)
            }
        }
    }

    /// Makes the directory and the files in it, without syncing anything. A crash can leave `partition.metadata` empty:
    /// it counts as missing then, and the directory, which holds no record, as nobody's.
    pub(crate) fn make_unsynced(self, fs: &dyn FileSystem) -> io::Result<Opened> {
        self.make(fs, |fs, path, text| fs.overwrite(path, text))
    }

    fn make(
        self,
        fs: &dyn FileSystem,
        put: impl Fn(&dyn FileSystem, &Path, &[u8]) -> io::Result<()>,
    ) -> io::Result<Opened> {
        let Kind::Make { topic_id, space_end } = self.kind else {
            panic!("the caller has asked whether the job makes files");
        };
        fs.create_dir_all(&self.dir)?;
        let metadata = self.dir.join(partition_metadata::FILE_NAME);
        put(fs, &metadata, partition_metadata::encode(topic_id).as_bytes())?;
        let path = segment_path(&self.dir, self.base_offset, "log");
        let file = fs.open(&path, OpenMode::DirectReadWrite)?;
        // A file that was there before is no part of the log; its bytes must not show through the space ahead.
        fs.set_len(&file, 0)?;
        fs.reserve(&file, 0, space_end)?;
        fs.write_zeros(&file, 0, space_end)?;
        let inode = fs.stat(&path)?.inode;
        Ok(Opened { file, inode, space_end: Some(space_end), last_page: None })
    }

    fn open(&self, fs: &dyn FileSystem, last_page: Option<(u64, usize)>) -> io::Result<Opened> {
        let path = segment_path(&self.dir, self.base_offset, "log");
        let inode = fs.stat(&path)?.inode;
        let file = fs.open(&path, OpenMode::DirectReadWrite)?;
        let last_page = match last_page {
            None => None,
            Some((position, bytes)) => {
                let mut page = vec![0; bytes];
                if fs.read_at(&file, position, &mut page)? < bytes {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                Some(page)
            }
        };
        Ok(Opened { file, inode, space_end: None, last_page })
    }
}

impl Log {
    /// Whether the log has a directory yet.
    #[must_use]
    pub fn is_made(&self) -> bool {
        self.is_made
    }

    /// Whether the log holds the file that it appends to.
    #[must_use]
    pub fn has_open_file(&self) -> bool {
        self.segments[self.front_open_index()].file.is_some()
    }

    /// Closes the file that the log appends to, if it is not in use. It is opened again when it is needed. What was
    /// written without being synced is synced first: [`Log::next_work`] has the job then.
    pub fn close_idle_file(&mut self) -> IdleFile {
        let front = self.front_open_index();
        if self.segments[front].file.is_none() {
            return IdleFile::Closed;
        }
        let is_idle = self.structural.is_none()
            && front + 1 == self.segments.len()
            && !self.needs_file()
            && self.segments[front].appender.as_ref().is_some_and(|appender| appender.is_drained());
        if !is_idle {
            return IdleFile::InUse;
        }
        if !self.is_synced && !self.is_offline() {
            self.wants_sync = true;
            return IdleFile::ToBeSynced;
        }
        self.segments[front].file = None;
        IdleFile::Closed
    }

    /// Whether something waits for the file of the oldest open segment.
    fn needs_file(&self) -> bool {
        let front = self.front_open_index();
        let appender = self.segments[front].appender.as_ref().expect("it is open");
        !appender.is_drained()
            || front + 1 < self.segments.len()
            || self.wants_file
            || matches!(self.capture, Capture::Unsynced(_))
            || (self.closing == Closing::Wanted && !self.is_as_closed())
            || self.truncating.is_some()
    }

    /// The job that brings the file, if it is not there and something waits for it. Nothing else that changes files
    /// can begin before; `None` also while it is not needed.
    pub(crate) fn next_open(&mut self) -> Option<(Structural, Task)> {
        let front = self.front_open_index();
        if self.segments[front].file.is_some() {
            self.wants_file = false;
            return None;
        }
        if !self.needs_file() {
            return None;
        }
        let segment = &self.segments[front];
        let appender = segment.appender.as_ref().expect("it is open");
        let kind = if self.is_made {
            Kind::Open { last_page: appender.missing_tail() }
        } else {
            let space_end = appender.first_space(segment_bytes_max(&self.config));
            Kind::Make { topic_id: self.topic_id, space_end }
        };
        let task = OpenTask { dir: self.dir.clone(), base_offset: segment.base_offset, kind };
        Some((Structural::Open, Task::Open(task)))
    }

    pub(crate) fn on_file_opened(&mut self, result: io::Result<Opened>) {
        self.wants_file = false;
        // Whoever waits to read tries again, and is told of a failure then.
        self.reader.ready = true;
        let opened = match result {
            Ok(opened) => opened,
            Err(error) => return self.fail(LogFailure::Open, &error),
        };
        let front = self.front_open_index();
        let segment = &mut self.segments[front];
        let appender = segment.appender.as_mut().expect("it is open");
        if let Some(space_end) = opened.space_end {
            appender.set_space(space_end);
            self.is_made = true;
        }
        if let Some(page) = opened.last_page {
            appender.set_tail(&page);
        }
        segment.inode = opened.inode;
        segment.file = Some(opened.file);
    }
}

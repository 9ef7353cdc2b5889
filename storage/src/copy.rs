//! A copy of a log's directory, made beside a log that goes on, and finished once it is closed: for a log that moves to
//! another disk.
//!
//! A Kafka that finds the copy unfinished takes it for a log and goes on where that ends. So at any moment the copy is
//! one: it says first which topic it belongs to, segments come in order, each survives a power cut before the next one
//! begins, and a segment has its indexes only when its records are complete, since one without is recovered. Every
//! other file is there as a whole or not at all.
//!
//! Sealed segments change no more, and of the segment behind them what is durable does not, either; but they may go. So
//! the last pass looks at every file again, and copies what is not the file that was copied.

use crate::directory::{SegmentFile, SegmentFileName, SegmentFileState, segment_file_name};
use crate::log::Log;
use crate::partition_metadata;
use crate::sums;
use loglane_model::{File, FileStat, FileSystem, Offset, OpenMode, PAGE_BYTES};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

/// What is read and written at once.
const CHUNK_BYTES: usize = 1 << 20;

/// What one step copies at most, so that others' jobs get their turn.
const STEP_BYTES: u64 = 16 << 20;

/// Why a log could not be copied, by whose disk it was.
#[derive(Debug)]
pub enum CopyError {
    /// The log itself could not be read.
    Source(io::Error),
    /// The copy could not be written.
    Target(io::Error),
}

impl CopyError {
    /// What the disk said.
    #[must_use]
    pub fn error(&self) -> &io::Error {
        match self {
            CopyError::Source(error) | CopyError::Target(error) => error,
        }
    }

    /// Whether the disk is to blame: it is not where there is no room, or somebody has taken a file away.
    #[must_use]
    pub fn is_disk_failure(&self) -> bool {
        is_disk_failure(self.error().kind())
    }
}

/// Whether an error says that a disk does not work any more.
#[must_use]
pub fn is_disk_failure(error: io::ErrorKind) -> bool {
    use io::ErrorKind::{NotFound, QuotaExceeded, StorageFull, UnexpectedEof};
    !matches!(error, NotFound | QuotaExceeded | StorageFull | UnexpectedEof)
}

/// Files that are not longer are put in place as a whole. Indexes are 10 MiB at most, unless somebody wants them larger.
const WHOLE_BYTES_MAX: u64 = 64 << 20;

/// What is left to the last pass, for which nobody is served, is less than this, or the log grows too fast.
const LEFT_BYTES_MAX: u64 = 8 << 20;

/// So many passes are made over a log that goes on, however fast it grows.
const PASSES_MAX: u32 = 16;

/// What of a log does not change any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settled {
    /// Segments that begin below are complete.
    pub recovery_point: Offset,
    /// So many bytes of the segment that begins there are durable.
    pub head_bytes: u64,
}

impl Log {
    /// What a copy may take of the log while it goes on.
    #[must_use]
    pub fn settled(&self) -> Settled {
        let recovery_point = self.recovery_point();
        let head = self.segments.iter().find(|segment| segment.base_offset == recovery_point);
        Settled { recovery_point, head_bytes: head.map_or(0, |segment| segment.readable_bytes) }
    }
}

/// Copies a log's directory, step by step.
#[derive(Debug)]
pub struct LogCopy {
    from: PathBuf,
    to: PathBuf,
    settled: Settled,
    pass: Pass,
    /// Passes over the log so far.
    passes: u32,
    /// The segment of which the copy has a part.
    head: Option<Head>,
    /// Files that the copy has, and what the originals were.
    copied: BTreeMap<String, FileStat>,
    /// Files that this pass still has to copy, the next one last.
    left: Vec<String>,
    open: Option<OpenFile>,
    bytes: u64,
    end_offset: Offset,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pass {
    /// The files of a pass over what is settled have not been looked for yet.
    New,
    Settled,
    Rest,
}

/// The first bytes of a segment's file, in the copy.
#[derive(Debug)]
struct Head {
    name: String,
    inode: u64,
    bytes: u64,
}

/// A file in the middle of being copied.
#[derive(Debug)]
struct OpenFile {
    name: String,
    stat: FileStat,
    source: File,
    /// Opened when the first piece is written to it.
    target: Option<File>,
    position: u64,
    /// Where the copying ends: behind the file, or behind what of it does not change.
    end: u64,
    is_whole: bool,
}

impl LogCopy {
    /// A copy of `from` at `to`, where nothing is yet.
    #[must_use]
    pub fn new(from: PathBuf, to: PathBuf, settled: Settled) -> LogCopy {
        LogCopy {
            from,
            to,
            settled,
            pass: Pass::New,
            passes: 1,
            head: None,
            copied: BTreeMap::new(),
            left: Vec::new(),
            open: None,
            bytes: 0,
            end_offset: Offset::ZERO,
        }
    }

    /// Where the copy is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.to
    }

    /// Bytes that were copied so far.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The first offset that the copy may lack: where the segment begins that is being copied.
    #[must_use]
    pub fn end_offset(&self) -> Offset {
        self.end_offset
    }

    /// Begins another pass if so much was settled since the last one that the log had better not be closed yet.
    pub fn goes_on_with(&mut self, settled: Settled) -> bool {
        let is_sealed = settled.recovery_point > self.settled.recovery_point;
        let has_more = is_sealed || settled.head_bytes > self.settled.head_bytes + LEFT_BYTES_MAX;
        let goes_on = has_more && self.passes < PASSES_MAX;
        if goes_on {
            self.settled = settled;
            self.passes += 1;
            self.pass = Pass::New;
        }
        goes_on
    }

    /// Goes on with what is settled of a log that is in use. `true`: it is copied. Blocks.
    ///
    /// # Errors
    /// One of the disks fails, or the new one is full.
    pub fn copy_settled(&mut self, fs: &dyn FileSystem) -> Result<bool, CopyError> {
        if self.pass == Pass::New {
            fs.create_dir_all(&self.to).map_err(CopyError::Target)?;
            self.left = self.settled_files(fs).map_err(CopyError::Source)?;
            self.pass = Pass::Settled;
        }
        self.step(fs)
    }

    /// Goes on with all files of a log that is closed. `true`: the copy is complete, and survives a power cut. Blocks.
    ///
    /// # Errors
    /// One of the disks fails, or the new one is full.
    pub fn copy_rest(&mut self, fs: &dyn FileSystem) -> Result<bool, CopyError> {
        if self.pass != Pass::Rest {
            assert!(self.open.is_none(), "the pass before comes to its end");
            fs.create_dir_all(&self.to).map_err(CopyError::Target)?;
            let names = self.names(fs).map_err(CopyError::Source)?;
            self.remove_others(fs, &names).map_err(CopyError::Target)?;
            self.left = self.changed(fs, names).map_err(CopyError::Source)?;
            self.pass = Pass::Rest;
        }
        if !self.step(fs)? {
            return Ok(false);
        }
        let sync = || {
            fs.sync_dir(&self.to)?;
            self.to.parent().map_or(Ok(()), |above| fs.sync_dir(above))
        };
        sync().map_err(CopyError::Target)?;
        Ok(true)
    }

    /// The files of the sealed segments that the copy lacks, the records behind them, and whose they are.
    fn settled_files(&self, fs: &dyn FileSystem) -> io::Result<Vec<String>> {
        let is_settled = |name: &str| {
            let file = SegmentFileName::parse(name).filter(|file| file.state == SegmentFileState::Live);
            name == partition_metadata::FILE_NAME
                || file.is_some_and(|file| file.base_offset < self.settled.recovery_point)
                || self.is_head(name)
        };
        let names = fs.list(&self.from)?.into_iter().map(|entry| entry.name);
        Ok(in_order(names.filter(|name| is_settled(name) && !self.copied.contains_key(name)).collect()))
    }

    fn is_head(&self, name: &str) -> bool {
        name == segment_file_name(self.settled.recovery_point, SegmentFile::Log)
    }

    /// The files of the log.
    fn names(&self, fs: &dyn FileSystem) -> io::Result<BTreeSet<String>> {
        let is_part =
            |name: &str| SegmentFileName::parse(name).is_none_or(|file| file.state == SegmentFileState::Live);
        let files = fs.list(&self.from)?.into_iter().filter(|entry| !entry.is_dir);
        Ok(files.map(|entry| entry.name).filter(|name| is_part(name)).collect())
    }

    /// Removes what the copy has beyond the log: segments that have gone since.
    fn remove_others(&self, fs: &dyn FileSystem, names: &BTreeSet<String>) -> io::Result<()> {
        for entry in fs.list(&self.to)? {
            if !names.contains(&entry.name) {
                fs.remove_file(&self.to.join(&entry.name))?;
            }
        }
        Ok(())
    }

    /// The files that the copy lacks or has in another state.
    fn changed(&self, fs: &dyn FileSystem, names: BTreeSet<String>) -> io::Result<Vec<String>> {
        let mut changed = Vec::new();
        for name in names {
            let stat = fs.stat(&self.from.join(&name))?;
            if self.copied.get(&name) != Some(&stat) {
                changed.push(name);
            }
        }
        Ok(in_order(changed))
    }

    fn step(&mut self, fs: &dyn FileSystem) -> Result<bool, CopyError> {
        let until = self.bytes + STEP_BYTES;
        let mut buffer = vec![0; CHUNK_BYTES];
        while self.bytes < until {
            let Some(mut file) = self.next_file(fs)? else { return Ok(true) };
            if !is_log(&file.name) && file.end <= WHOLE_BYTES_MAX {
                self.copy_whole(fs, file)?;
                continue;
            }
            if self.copy_chunk(fs, &mut file, &mut buffer)? {
                self.complete(fs, file).map_err(CopyError::Target)?;
            } else {
                self.open = Some(file);
            }
        }
        Ok(false)
    }

    /// Copies a small file so that it is there as a whole or not at all.
    fn copy_whole(&mut self, fs: &dyn FileSystem, file: OpenFile) -> Result<(), CopyError> {
        let mut bytes = vec![0; usize::try_from(file.end).expect("compared with a bound")];
        let read = fs.read_at(&file.source, 0, &mut bytes).map_err(CopyError::Source)?;
        if read < bytes.len() {
            return Err(CopyError::Source(io::ErrorKind::UnexpectedEof.into()));
        }
        let is_sums = SegmentFileName::parse(&file.name).filter(|name| name.file == SegmentFile::Sums);
        let bytes = match is_sums {
            Some(name) => self.sums_of_copy(fs, name.base_offset, &bytes)?,
            None => Some(bytes),
        };
        if let Some(bytes) = bytes {
            fs.replace_whole(&self.to.join(&file.name), &bytes).map_err(CopyError::Target)?;
        }
        self.bytes += file.end;
        self.copied.insert(file.name, file.stat);
        Ok(())
    }

    /// What the checksums of a segment say of its copy, which is complete; `None`: they do not fit the segment, and the
    /// copy gets none.
    fn sums_of_copy(
        &self,
        fs: &dyn FileSystem,
        base_offset: Offset,
        bytes: &[u8],
    ) -> Result<Option<Vec<u8>>, CopyError> {
        let name = segment_file_name(base_offset, SegmentFile::Log);
        let stat = |dir: &Path| match fs.stat(&dir.join(&name)) {
            // Retention has taken the segment away.
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            found => found.map(Some),
        };
        let from = stat(&self.from).map_err(CopyError::Source)?;
        let to = stat(&self.to).map_err(CopyError::Target)?;
        Ok(from.zip(to).and_then(|(from, to)| sums::for_copy(bytes, from, to)))
    }

    fn complete(&mut self, fs: &dyn FileSystem, file: OpenFile) -> io::Result<()> {
        let target = file.target.as_ref().expect("a piece was written to it");
        if file.is_whole {
            fs.set_len(target, file.end)?;
        }
        fs.sync(target)?;
        if is_log(&file.name) {
            // The next segment's name must not be there without this one's. Other files can be done without.
            fs.sync_dir(&self.to)?;
        }
        if file.is_whole {
            self.copied.insert(file.name, file.stat);
        } else {
            self.head = Some(Head { name: file.name, inode: file.stat.inode, bytes: file.end });
        }
        Ok(())
    }

    /// The file to go on with; `None`: there is no more.
    fn next_file(&mut self, fs: &dyn FileSystem) -> Result<Option<OpenFile>, CopyError> {
        if let Some(file) = self.open.take() {
            return Ok(Some(file));
        }
        while let Some(name) = self.left.pop() {
            let path = self.from.join(&name);
            let opened = fs.stat(&path).and_then(|stat| Ok((stat, fs.open(&path, OpenMode::DirectRead)?)));
            let (stat, source) = match opened {
                Ok(opened) => opened,
                // Retention has taken the segment away.
                Err(error) if error.kind() == io::ErrorKind::NotFound && self.pass == Pass::Settled => {
                    continue;
                }
                Err(error) => return Err(CopyError::Source(error)),
            };
            if let Some(file) = SegmentFileName::parse(&name).filter(|file| file.file == SegmentFile::Log) {
                self.end_offset = self.end_offset.max(file.base_offset);
            }
            let head = self.head.as_ref().filter(|head| head.name == name && head.inode == stat.inode);
            let position = head.map_or(0, |head| head.bytes);
            let is_whole = self.pass == Pass::Rest || !self.is_head(&name);
            // The page that a batch ends in is written again with the next one.
            let settled = self.settled.head_bytes / PAGE_BYTES as u64 * PAGE_BYTES as u64;
            let end = if is_whole { stat.len } else { settled.min(stat.len).max(position) };
            return Ok(Some(OpenFile { name, stat, source, target: None, position, end, is_whole }));
        }
        Ok(None)
    }

    /// The copy of a file, cut to what of it is there already.
    fn target_of(&self, fs: &dyn FileSystem, file: &mut OpenFile) -> io::Result<File> {
        if let Some(target) = &file.target {
            return Ok(target.clone());
        }
        let target = fs.open(&self.to.join(&file.name), OpenMode::DirectReadWrite)?;
        fs.set_len(&target, file.position)?;
        file.target = Some(target.clone());
        Ok(target)
    }

    /// Copies a piece of a file; `true`: it was the last one.
    fn copy_chunk(
        &mut self,
        fs: &dyn FileSystem,
        file: &mut OpenFile,
        buffer: &mut [u8],
    ) -> Result<bool, CopyError> {
        let left = file.end.saturating_sub(file.position);
        let wanted = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
        let read = fs.read_at(&file.source, file.position, &mut buffer[..wanted]);
        let read = read.map_err(CopyError::Source)?;
        if read < wanted && self.pass == Pass::Rest {
            return Err(CopyError::Source(io::ErrorKind::UnexpectedEof.into()));
        }
        // Direct writes are whole pages; the file is cut to its length at the end.
        let padded = wanted.next_multiple_of(PAGE_BYTES);
        buffer[read..padded].fill(0);
        let (target, position) = (self.target_of(fs, file).map_err(CopyError::Target)?, file.position);
        fs.write_at(&target, position, &buffer[..padded]).map_err(CopyError::Target)?;
        file.position += wanted as u64;
        self.bytes += wanted as u64;
        Ok(file.position >= file.end)
    }
}

fn is_log(name: &str) -> bool {
    SegmentFileName::parse(name).is_some_and(|name| name.file == SegmentFile::Log)
}

/// Names in the order in which they are copied, from the last one: first whose log it is, then the segments, each with
/// its records before what is made of them, then what speaks of all segments.
fn in_order(mut names: Vec<String>) -> Vec<String> {
    let place = |name: &String| match SegmentFileName::parse(name) {
        _ if name == partition_metadata::FILE_NAME => (0, Offset::ZERO, false),
        Some(file) => (1, file.base_offset, file.file != SegmentFile::Log),
        None => (2, Offset::ZERO, false),
    };
    names.sort_by_key(place);
    names.reverse();
    names
}

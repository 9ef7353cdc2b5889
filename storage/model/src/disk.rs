//! What a log may ask of a disk: direct reads and writes on the shard's ring, everything else as a job on the
//! helper pool through [`FileSystem`].

use crate::SharedBlock;
use std::any::Any;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;

/// An open file. Clones share it; it closes when the last clone goes, so an operation in flight that holds one
/// can never land in a file that has since taken the same number.
#[derive(Debug, Clone)]
pub struct File(Arc<FileInner>);

#[derive(Debug)]
struct FileInner {
    backing: Backing,
    ring_slot: AtomicU32,
}

#[derive(Debug)]
enum Backing {
    Os(OwnedFd),
    Simulated(u64),
}

impl File {
    /// A file of the operating system.
    #[must_use]
    pub fn from_fd(fd: OwnedFd) -> File {
        File(Arc::new(FileInner { backing: Backing::Os(fd), ring_slot: AtomicU32::new(u32::MAX) }))
    }

    /// A file of the in-memory world, by its handle there.
    #[must_use]
    pub fn simulated(handle: u64) -> File {
        File(Arc::new(FileInner { backing: Backing::Simulated(handle), ring_slot: AtomicU32::new(u32::MAX) }))
    }

    /// The descriptor, unless the file is simulated.
    #[must_use]
    pub fn fd(&self) -> Option<BorrowedFd<'_>> {
        match &self.0.backing {
            Backing::Os(fd) => Some(fd.as_fd()),
            Backing::Simulated(_) => None,
        }
    }

    /// The handle in the in-memory world, if the file is simulated.
    #[must_use]
    pub fn handle(&self) -> Option<u64> {
        match &self.0.backing {
            Backing::Os(_) => None,
            Backing::Simulated(handle) => Some(*handle),
        }
    }

    /// Where a ring notes under which index it has registered the file; `u32::MAX` for "not registered".
    #[must_use]
    pub fn ring_slot(&self) -> &AtomicU32 {
        &self.0.ring_slot
    }

    /// How many clones there are.
    #[must_use]
    pub fn holder_count(&self) -> usize {
        Arc::strong_count(&self.0)
    }

    /// Whether both are the same open file.
    #[must_use]
    pub fn is_same(&self, other: &File) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// A direct write of whole blocks, in order, from one position on. Comes back whole with its completion.
#[derive(Debug)]
pub struct DiskWrite {
    /// The log that asked, as its shard knows it.
    pub log: u32,
    /// Where to.
    pub file: File,
    /// First byte in the file; a multiple of the page size.
    pub position: u64,
    /// What to write: each run starts and ends on a page boundary of its block.
    pub extents: Vec<crate::Extent>,
    /// Complete only when the bytes survive a power cut (RWF_DSYNC).
    pub durable: bool,
}

/// A direct read into a block that only this operation holds. Comes back whole with its completion.
#[derive(Debug)]
pub struct DiskRead {
    /// The log that asked, as its shard knows it.
    pub log: u32,
    /// Which of the log's reads this is.
    pub cursor: u32,
    /// Where from.
    pub file: File,
    /// First byte in the file; a multiple of the page size.
    pub position: u64,
    /// How many bytes; a multiple of the page size, at most the block's capacity. The file may end before.
    pub len: usize,
    /// Where to; nobody else holds it.
    pub block: SharedBlock,
}

/// How to open a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpenMode {
    /// Read and write past the page cache; made if missing.
    DirectReadWrite,
    /// Read past the page cache; must exist.
    DirectRead,
    /// Read and append through the page cache, for small files; made if missing.
    Append,
}

/// What a directory holds under one name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirEntry {
    /// The name alone.
    pub name: String,
    /// Whether it is a directory.
    pub is_dir: bool,
}

/// How the name of a file ends that [`FileSystem::replace_whole`] was writing when it was cut off: Kafka's suffix for the
/// same purpose. Such a file may be torn, and the one whose place it was to take is still whole.
pub const UNFINISHED_SUFFIX: &str = ".tmp";

/// What is known of a file without opening it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileStat {
    /// Its length in bytes.
    pub len: u64,
    /// Which file it is, whatever its name.
    pub inode: u64,
    /// When its contents last changed, in ms since 1970; of a directory when a name in it was made, given to another
    /// file or removed.
    pub modified_ms: i64,
}

/// A blocking view of the file system, for jobs on the helper pool and for start-up. Names are UTF-8.
///
/// Nothing is durable by itself: contents want [`FileSystem::sync`], names want [`FileSystem::sync_dir`].
pub trait FileSystem: Send + Sync {
    /// Opens a file.
    fn open(&self, path: &Path, mode: OpenMode) -> io::Result<File>;
    /// Length, inode and modification time by name, of a file or a directory; `NotFound` if there is none.
    fn stat(&self, path: &Path) -> io::Result<FileStat>;
    /// Length of an open file.
    fn file_len(&self, file: &File) -> io::Result<u64>;
    /// Fills `into` from `position`, or as much as the file has; returns how much that was. Any alignment:
    /// direct files are read through an aligned buffer of the implementation's.
    fn read_at(&self, file: &File, position: u64, into: &mut [u8]) -> io::Result<usize>;
    /// Writes all of `bytes` at `position`; both multiples of the page size where the file is direct.
    fn write_at(&self, file: &File, position: u64, bytes: &[u8]) -> io::Result<()>;
    /// Appends to a file opened with [`OpenMode::Append`].
    fn append(&self, file: &File, bytes: &[u8]) -> io::Result<()>;
    /// Reserves blocks from `from` to `to` and makes the file at least `to` long, reading as zeros.
    fn reserve(&self, file: &File, from: u64, to: u64) -> io::Result<()>;
    /// Writes zeros over `from..to` (page multiples, inside the file) so that the blocks are written ones.
    fn write_zeros(&self, file: &File, from: u64, to: u64) -> io::Result<()>;
    /// Cuts or extends the file to `len`.
    fn set_len(&self, file: &File, len: u64) -> io::Result<()>;
    /// Contents and length survive a power cut after this (fdatasync).
    fn sync(&self, file: &File) -> io::Result<()>;
    /// The names in the directory survive a power cut after this.
    fn sync_dir(&self, dir: &Path) -> io::Result<()>;
    /// The names in a directory, sorted.
    fn list(&self, dir: &Path) -> io::Result<Vec<DirEntry>>;
    /// A whole small file; `InvalidData` above `bytes_max`.
    fn read_whole(&self, path: &Path, bytes_max: usize) -> io::Result<Vec<u8>>;
    /// Puts a whole small file in place so that after a crash there is either the old one or the new one: written
    /// beside it under the same name with [`UNFINISHED_SUFFIX`], synced, renamed over it, the directory synced.
    fn replace_whole(&self, path: &Path, bytes: &[u8]) -> io::Result<()>;
    /// Writes a whole small file over what was there, for files that can be done without: until
    /// [`FileSystem::sync_all`] a crash may leave the old one, the new one, or one that makes no sense.
    fn overwrite(&self, path: &Path, bytes: &[u8]) -> io::Result<()>;
    /// Everything that was changed so far on the file system that holds `path`, contents and names, survives a power
    /// cut after this (syncfs). Cheaper than syncing thousands of files, dearer than syncing a few: it writes out
    /// what others changed, too.
    fn sync_all(&self, path: &Path) -> io::Result<()>;
    /// Renames a file or a directory. The directories are not synced.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Removes a file. The directory is not synced.
    fn remove_file(&self, path: &Path) -> io::Result<()>;
    /// Makes a directory and what is missing above it. Nothing is synced.
    fn create_dir_all(&self, path: &Path) -> io::Result<()>;
    /// Removes a directory and all in it.
    fn remove_dir_all(&self, path: &Path) -> io::Result<()>;
    /// Takes the exclusive lock on a file that Kafka's JVM would take (fcntl), making the file if missing; held
    /// until the returned file is dropped. `Ok(None)`: somebody else holds it.
    fn lock(&self, path: &Path) -> io::Result<Option<File>>;
    /// Bytes free for data on the file system that holds `path`.
    fn free_bytes(&self, path: &Path) -> io::Result<u64>;
    /// Size of the file system that holds `path`.
    fn total_bytes(&self, path: &Path) -> io::Result<u64>;
}

/// What a job leaves behind; the shard knows the one type it can be.
pub type JobDone = Box<dyn Any + Send>;

/// Work for the helper pool: may block, sees the world only through the file system it is given.
pub trait Job: Send {
    /// Does the work. Runs once.
    fn run(self: Box<Self>, fs: &dyn FileSystem) -> JobDone;
}

impl<F: FnOnce(&dyn FileSystem) -> JobDone + Send> Job for F {
    fn run(self: Box<Self>, fs: &dyn FileSystem) -> JobDone {
        self(fs)
    }
}

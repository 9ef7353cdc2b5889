//! The file system of the operating system, as jobs and start-up see it.

use crate::huge_page::zeros;
use loglane_model::{Block, DirEntry, File, FileStat, FileSystem, OpenMode, PAGE_BYTES, UNFINISHED_SUFFIX};
use rustix::buffer::spare_capacity;
use rustix::fs::{FallocateFlags, FileType, Mode, OFlags, RawDir};
use rustix::io::Errno;
use std::ffi::OsStr;
use std::fs;
use std::io::{self, Write as _};
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Unaligned reads of direct files go through a buffer of this size.
const BOUNCE_PAGES: usize = 64;

/// Room for a part of a directory's listing.
const LISTING_BYTES: usize = 32 * 1024;

/// Room for the first part of a file that is read whole: most are smaller.
const SMALL_FILE_BYTES: usize = 4 * 1024;

/// The real thing.
#[derive(Debug, Default)]
pub struct OsFileSystem {
    direct_refused: Mutex<Option<PathBuf>>,
}

impl OsFileSystem {
    /// A view of the operating system's file system.
    #[must_use]
    pub fn new() -> OsFileSystem {
        OsFileSystem::default()
    }

    /// The first path where the file system refused O_DIRECT, if one did. Files there go through the page cache,
    /// which is as safe, but slower, and takes memory that nobody accounts for.
    #[must_use]
    pub fn direct_refused(&self) -> Option<PathBuf> {
        self.direct_refused.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn open_direct(&self, path: &Path, flags: OFlags) -> io::Result<OwnedFd> {
        match open(path, flags | OFlags::DIRECT) {
            Err(error) if error.raw_os_error() == Some(libc::EINVAL) => {
                let fd = open(path, flags)?;
                let mut refused = self.direct_refused.lock().unwrap_or_else(PoisonError::into_inner);
                refused.get_or_insert_with(|| path.to_owned());
                Ok(fd)
            }
            outcome => outcome,
        }
    }
}

impl FileSystem for OsFileSystem {
    fn open(&self, path: &Path, mode: OpenMode) -> io::Result<File> {
        let fd = match mode {
            OpenMode::DirectReadWrite => self.open_direct(path, OFlags::RDWR | OFlags::CREATE)?,
            OpenMode::DirectRead => self.open_direct(path, OFlags::RDONLY)?,
            OpenMode::Append => open(path, OFlags::RDWR | OFlags::CREATE | OFlags::APPEND)?,
        };
        Ok(File::from_fd(fd))
    }

    fn stat(&self, path: &Path) -> io::Result<FileStat> {
        let metadata = fs::metadata(path)?;
        let modified_ms =
            metadata.mtime().saturating_mul(1000).saturating_add(metadata.mtime_nsec() / 1_000_000);
        Ok(FileStat { len: metadata.len(), inode: metadata.ino(), modified_ms })
    }

    fn file_len(&self, file: &File) -> io::Result<u64> {
        let stat = rustix::fs::fstat(fd_of(file))?;
        Ok(u64::try_from(stat.st_size).expect("no file is shorter than nothing"))
    }

    fn read_at(&self, file: &File, position: u64, into: &mut [u8]) -> io::Result<usize> {
        let fd = fd_of(file);
        let aligned =
            is_aligned(position) && is_aligned(into.len() as u64) && is_aligned(into.as_ptr() as u64);
        if aligned || !rustix::fs::fcntl_getfl(fd)?.contains(OFlags::DIRECT) {
            return read_full(fd, position, into);
        }
        read_through_bounce(fd, position, into)
    }

    fn write_at(&self, file: &File, position: u64, bytes: &[u8]) -> io::Result<()> {
        let fd = fd_of(file);
        if is_aligned(bytes.as_ptr() as u64) || !rustix::fs::fcntl_getfl(fd)?.contains(OFlags::DIRECT) {
            return write_full(fd, position, bytes);
        }
        let mut bounce = Block::zeroed(BOUNCE_PAGES.min(loglane_model::pages_for(bytes.len())));
        let mut position = position;
        for chunk in bytes.chunks(bounce.capacity().max(1)) {
            bounce.bytes_mut()[..chunk.len()].copy_from_slice(chunk);
            write_full(fd, position, &bounce.bytes()[..chunk.len()])?;
            position += chunk.len() as u64;
        }
        Ok(())
    }

    fn append(&self, file: &File, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let written = retry(|| rustix::io::write(fd_of(file), bytes))?;
            bytes = &bytes[written..];
        }
        Ok(())
    }

    fn reserve(&self, file: &File, from: u64, to: u64) -> io::Result<()> {
        let fd = fd_of(file);
        if from >= to {
            return Ok(());
        }
        match retry(|| rustix::fs::fallocate(fd, FallocateFlags::empty(), from, to - from)) {
            Err(error) if error.raw_os_error() == Some(libc::EOPNOTSUPP) => {
                // Without reservation the file gets a hole, and a full disk shows when zeros are written into it.
                if self.file_len(file)? < to { self.set_len(file, to) } else { Ok(()) }
            }
            outcome => outcome,
        }
    }

    fn write_zeros(&self, file: &File, from: u64, to: u64) -> io::Result<()> {
        assert!(is_aligned(from) && is_aligned(to), "zeros are written in whole pages");
        // A huge page at a time: each write costs a wait, a change of the file's extents and a command to the disk, but a
        // larger one would hold up others on the disk for longer.
        let zeros = zeros();
        let mut position = from;
        while position < to {
            let len = usize::try_from(to - position).map_or(zeros.len(), |left| left.min(zeros.len()));
            write_full(fd_of(file), position, &zeros[..len])?;
            position += len as u64;
        }
        Ok(())
    }

    fn set_len(&self, file: &File, len: u64) -> io::Result<()> {
        retry(|| rustix::fs::ftruncate(fd_of(file), len))
    }

    fn sync(&self, file: &File) -> io::Result<()> {
        retry(|| rustix::fs::fdatasync(fd_of(file)))
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        let fd = open(dir, OFlags::RDONLY | OFlags::DIRECTORY)?;
        retry(|| rustix::fs::fsync(&fd))
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<DirEntry>> {
        let fd = open(dir, OFlags::RDONLY | OFlags::DIRECTORY)?;
        let mut room = Vec::with_capacity(LISTING_BYTES);
        let mut listing = RawDir::new(&fd, room.spare_capacity_mut());
        let mut entries = Vec::new();
        while let Some(entry) = listing.next() {
            let entry = entry?;
            let name = entry.file_name().to_bytes();
            if name == b"." || name == b".." {
                continue;
            }
            // The listing mostly says what an entry is; only a link has to be followed: to a directory it serves as one.
            let is_dir = match entry.file_type() {
                FileType::Directory => true,
                FileType::Symlink | FileType::Unknown => {
                    let path = dir.join(OsStr::from_bytes(name));
                    fs::metadata(path).is_ok_and(|metadata| metadata.is_dir())
                }
                _ => false,
            };
            // A name that is not UTF-8 is nobody's that we know; it is listed readably and found under no path.
            entries.push(DirEntry { name: String::from_utf8_lossy(name).into_owned(), is_dir });
        }
        entries.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        Ok(entries)
    }

    fn read_whole(&self, path: &Path, bytes_max: usize) -> io::Result<Vec<u8>> {
        let fd = open(path, OFlags::RDONLY)?;
        let mut bytes = Vec::with_capacity(SMALL_FILE_BYTES);
        while rustix::io::retry_on_intr(|| rustix::io::read(&fd, spare_capacity(&mut bytes)))? > 0 {
            // More than allowed shows that there is more, whatever the length in the inode says.
            if bytes.len() > bytes_max {
                let message = format!("{} is longer than {bytes_max} bytes", path.display());
                return Err(io::Error::new(io::ErrorKind::InvalidData, message));
            }
            if bytes.len() == bytes.capacity() {
                bytes.reserve(3 * bytes.len());
            }
        }
        Ok(bytes)
    }

    fn replace_whole(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_owned();
        name.push(UNFINISHED_SUFFIX);
        let beside = path.with_file_name(name);
        let mut file = fs::File::create(&beside)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&beside, path)?;
        self.sync_dir(parent_of(path))
    }

    fn overwrite(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        // Neither renamed into place nor emptied first: ext4 takes both for a wish to have it on the disk at once, and
        // this is for thousands of files.
        let mut file = fs::OpenOptions::new().write(true).create(true).truncate(false).open(path)?;
        file.write_all(bytes)?;
        file.set_len(bytes.len() as u64)
    }

    fn sync_all(&self, path: &Path) -> io::Result<()> {
        let fd = open(path, OFlags::RDONLY)?;
        retry(|| rustix::fs::syncfs(&fd))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn create_dir_all(&self, path: &Path) -> io::Result<()> {
        fs::create_dir_all(path)
    }

    fn remove_dir_all(&self, path: &Path) -> io::Result<()> {
        fs::remove_dir_all(path)
    }

    fn lock(&self, path: &Path) -> io::Result<Option<File>> {
        let fd = open(path, OFlags::RDWR | OFlags::CREATE)?;
        match lock_whole(&fd) {
            Ok(()) => Ok(Some(File::from_fd(fd))),
            Err(error) if matches!(error.raw_os_error(), Some(libc::EAGAIN | libc::EACCES)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn free_bytes(&self, path: &Path) -> io::Result<u64> {
        let stat = rustix::fs::statvfs(path)?;
        Ok(stat.f_bavail.saturating_mul(stat.f_frsize))
    }

    fn total_bytes(&self, path: &Path) -> io::Result<u64> {
        let stat = rustix::fs::statvfs(path)?;
        Ok(stat.f_blocks.saturating_mul(stat.f_frsize))
    }
}

fn open(path: &Path, flags: OFlags) -> io::Result<OwnedFd> {
    let mode = Mode::from_raw_mode(0o644);
    retry(|| rustix::fs::open(path, flags | OFlags::CLOEXEC, mode))
}

fn fd_of(file: &File) -> BorrowedFd<'_> {
    file.fd().expect("a simulated file has no business in the real file system")
}

fn retry<T>(call: impl FnMut() -> rustix::io::Result<T>) -> io::Result<T> {
    Ok(rustix::io::retry_on_intr(call)?)
}

fn is_aligned(number: u64) -> bool {
    number.is_multiple_of(PAGE_BYTES as u64)
}

fn parent_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

fn read_full(fd: BorrowedFd<'_>, position: u64, into: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < into.len() {
        let read = retry(|| rustix::io::pread(fd, &mut into[filled..], position + filled as u64))?;
        filled += read;
        // A direct read that ends inside a page has met the end; another one from there would be refused.
        if read == 0 || !is_aligned(read as u64) {
            break;
        }
    }
    Ok(filled)
}

fn read_through_bounce(fd: BorrowedFd<'_>, position: u64, into: &mut [u8]) -> io::Result<usize> {
    let page = PAGE_BYTES as u64;
    let mut bounce = Block::zeroed(BOUNCE_PAGES.min(loglane_model::pages_for(into.len()) + 1));
    let mut filled = 0;
    while filled < into.len() {
        let at = position + filled as u64;
        let skip = usize::try_from(at % page).expect("less than a page");
        let wanted = (skip + into.len() - filled).next_multiple_of(PAGE_BYTES).min(bounce.capacity());
        let read = read_full(fd, at - at % page, &mut bounce.bytes_mut()[..wanted])?;
        let usable = read.saturating_sub(skip).min(into.len() - filled);
        into[filled..filled + usable].copy_from_slice(&bounce.bytes()[skip..skip + usable]);
        filled += usable;
        if read < wanted {
            break;
        }
    }
    Ok(filled)
}

fn write_full(fd: BorrowedFd<'_>, mut position: u64, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match rustix::io::pwrite(fd, bytes, position) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => {
                bytes = &bytes[written..];
                position += written as u64;
            }
            Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// An open-file-description lock on the whole file. It conflicts with the record locks of a JVM as with other locks of
/// its kind, and, unlike a record lock, is not lost when the process closes some other descriptor of the file.
fn lock_whole(fd: &OwnedFd) -> io::Result<()> {
    // SAFETY: flock is plain data for which all zeros are valid.
    let mut range = unsafe { std::mem::zeroed::<libc::flock>() };
    range.l_type = libc::c_short::try_from(libc::F_WRLCK).expect("a small constant");
    range.l_whence = libc::c_short::try_from(libc::SEEK_SET).expect("a small constant");
    // SAFETY: the descriptor is open and the kernel reads one flock, which outlives the call.
    let locked = unsafe { libc::fcntl(fd.as_raw_fd(), libc::F_OFD_SETLK, &raw const range) };
    if locked == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

//! Files that have names and lengths, and no contents: what jobs of a log do to them takes no time.

use loglane_model::{DirEntry, File, FileStat, FileSystem, OpenMode};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A file system whose files read as zeros. Only for appending: what was written cannot be read back.
#[derive(Debug, Default)]
pub struct HollowFiles(Mutex<Names>);

#[derive(Debug, Default)]
struct Names {
    by_path: BTreeMap<PathBuf, u64>,
    /// By handle.
    lengths: Vec<u64>,
}

impl Names {
    fn handle(&self, path: &Path) -> io::Result<u64> {
        self.by_path.get(path).copied().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn make(&mut self, path: &Path, length: usize) -> u64 {
        let handle = self.lengths.len() as u64;
        self.lengths.push(length as u64);
        self.by_path.insert(path.to_owned(), handle);
        handle
    }

    fn length(&mut self, file: &File) -> &mut u64 {
        let handle = file.handle().expect("files of this file system are simulated");
        &mut self.lengths[usize::try_from(handle).expect("handles count files")]
    }
}

impl HollowFiles {
    fn names(&self) -> MutexGuard<'_, Names> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn grow(&self, file: &File, end: u64) {
        let mut names = self.names();
        let length = names.length(file);
        *length = (*length).max(end);
    }
}

impl FileSystem for HollowFiles {
    fn open(&self, path: &Path, mode: OpenMode) -> io::Result<File> {
        let mut names = self.names();
        match names.handle(path) {
            Ok(handle) => Ok(File::simulated(handle)),
            Err(error) if mode == OpenMode::DirectRead => Err(error),
            Err(_) => Ok(File::simulated(names.make(path, 0))),
        }
    }

    fn stat(&self, path: &Path) -> io::Result<FileStat> {
        let mut names = self.names();
        let inode = names.handle(path)?;
        Ok(FileStat { len: *names.length(&File::simulated(inode)), inode, modified_ms: 0 })
    }

    fn file_len(&self, file: &File) -> io::Result<u64> {
        Ok(*self.names().length(file))
    }

    fn read_at(&self, file: &File, position: u64, into: &mut [u8]) -> io::Result<usize> {
        let rest = self.names().length(file).saturating_sub(position);
        let count = usize::try_from(rest).map_or(into.len(), |rest| rest.min(into.len()));
        into[..count].fill(0);
        Ok(count)
    }

    fn write_at(&self, file: &File, position: u64, bytes: &[u8]) -> io::Result<()> {
        self.grow(file, position + bytes.len() as u64);
        Ok(())
    }

    fn append(&self, file: &File, bytes: &[u8]) -> io::Result<()> {
        *self.names().length(file) += bytes.len() as u64;
        Ok(())
    }

    fn reserve(&self, file: &File, _from: u64, to: u64) -> io::Result<()> {
        self.grow(file, to);
        Ok(())
    }

    fn write_zeros(&self, _file: &File, _from: u64, _to: u64) -> io::Result<()> {
        Ok(())
    }

    fn set_len(&self, file: &File, len: u64) -> io::Result<()> {
        *self.names().length(file) = len;
        Ok(())
    }

    fn sync(&self, _file: &File) -> io::Result<()> {
        Ok(())
    }

    fn sync_dir(&self, _dir: &Path) -> io::Result<()> {
        Ok(())
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<DirEntry>> {
        let names = self.names();
        let inside = names.by_path.keys().filter(|path| path.parent() == Some(dir));
        let name = |path: &PathBuf| path.file_name().map(|name| name.to_string_lossy().into_owned());
        Ok(inside.filter_map(name).map(|name| DirEntry { name, is_dir: false }).collect())
    }

    fn read_whole(&self, path: &Path, _bytes_max: usize) -> io::Result<Vec<u8>> {
        let length = self.stat(path)?.len;
        Ok(vec![0; usize::try_from(length).expect("small files are read whole")])
    }

    fn replace_whole(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        self.names().make(path, bytes.len());
        Ok(())
    }

    fn overwrite(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        self.replace_whole(path, bytes)
    }

    fn sync_all(&self, _path: &Path) -> io::Result<()> {
        Ok(())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut names = self.names();
        let handle = names.handle(from)?;
        names.by_path.remove(from);
        names.by_path.insert(to.to_owned(), handle);
        Ok(())
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        self.names().by_path.remove(path).map(|_| ()).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn create_dir_all(&self, _path: &Path) -> io::Result<()> {
        Ok(())
    }

    fn remove_dir_all(&self, path: &Path) -> io::Result<()> {
        self.names().by_path.retain(|name, _| !name.starts_with(path));
        Ok(())
    }

    fn lock(&self, path: &Path) -> io::Result<Option<File>> {
        self.open(path, OpenMode::Append).map(Some)
    }

    fn free_bytes(&self, _path: &Path) -> io::Result<u64> {
        Ok(u64::MAX)
    }

    fn total_bytes(&self, _path: &Path) -> io::Result<u64> {
        Ok(u64::MAX)
    }
}

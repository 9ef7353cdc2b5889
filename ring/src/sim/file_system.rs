//! The in-memory disk through the eyes of jobs.

use super::contents::Contents;
use super::disk::{Dir, Disk, Inode, NameChange, ROOT};
use super::{DiskCall, World};
use loglane_model::{DirEntry, File, FileStat, FileSystem, OpenMode, PAGE_BYTES, UNFINISHED_SUFFIX};
use std::io::{self, ErrorKind};
use std::path::{Component, Path};

/// The file system of a [`World`]. Paths start at its root, whether they begin with `/` or not.
#[derive(Clone)]
pub struct SimFileSystem {
    world: World,
}

impl SimFileSystem {
    pub(super) fn new(world: World) -> SimFileSystem {
        SimFileSystem { world }
    }

    fn with<T>(&self, act: impl FnOnce(&mut Disk, i64) -> io::Result<T>) -> io::Result<T> {
        let mut state = self.world.lock();
        let now_ms = state.wall_clock_ms();
        act(&mut state.disk, now_ms)
    }
}

impl FileSystem for SimFileSystem {
    fn open(&self, path: &Path, mode: OpenMode) -> io::Result<File> {
        self.with(|disk, now_ms| {
            let inode = match (disk.find(path), mode) {
                (Err(error), OpenMode::DirectReadWrite | OpenMode::Append)
                    if error.kind() == ErrorKind::NotFound =>
                {
                    disk.check_path(DiskCall::Change, path)?;
                    disk.make_file(path, now_ms)?
                }
                (found, _) => found?,
            };
            disk.file(inode)?;
            Ok(disk.open(inode))
        })
    }

    fn stat(&self, path: &Path) -> io::Result<FileStat> {
        self.with(|disk, _| {
            let inode = disk.find(path)?;
            Ok(match disk.inode(inode) {
                Inode::File(contents) => {
                    FileStat { len: contents.len, inode, modified_ms: contents.modified_ms }
                }
                // A number that never comes twice in place of a time: virtual time may stand still.
                Inode::Dir(dir) => FileStat {
                    len: 0,
                    inode,
                    modified_ms: i64::try_from(dir.changed).expect("changes are counted"),
                },
            })
        })
    }

    fn file_len(&self, file: &File) -> io::Result<u64> {
        self.with(|disk, _| Ok(disk.contents(file).len))
    }

    fn read_at(&self, file: &File, position: u64, into: &mut [u8]) -> io::Result<usize> {
        self.with(|disk, _| {
            disk.check(DiskCall::Read, disk.volume_of_file(file))?;
            Ok(disk.contents(file).read(position, into))
        })
    }

    fn write_at(&self, file: &File, position: u64, bytes: &[u8]) -> io::Result<()> {
        self.with(|disk, now_ms| {
            disk.check(DiskCall::Write, disk.volume_of_file(file))?;
            disk.check_room(file, position + bytes.len() as u64)?;
            let change = disk.next_change();
            disk.contents(file).write(change, position, bytes, now_ms);
            Ok(())
        })
    }

    fn append(&self, file: &File, bytes: &[u8]) -> io::Result<()> {
        let position = self.file_len(file)?;
        self.write_at(file, position, bytes)
    }

    fn reserve(&self, file: &File, from: u64, to: u64) -> io::Result<()> {
        self.with(|disk, _| {
            disk.check(DiskCall::Change, disk.volume_of_file(file))?;
            disk.check_room(file, to)?;
            let change = disk.next_change();
            if from < to {
                disk.contents(file).extend(change, to);
            }
            Ok(())
        })
    }

    fn write_zeros(&self, file: &File, from: u64, to: u64) -> io::Result<()> {
        let aligned = [from, to].iter().all(|at| at.is_multiple_of(PAGE_BYTES as u64));
        assert!(aligned, "zeros are written in whole pages");
        self.with(|disk, now_ms| {
            disk.check(DiskCall::Write, disk.volume_of_file(file))?;
            disk.check_room(file, to)?;
            let change = disk.next_change();
            disk.contents(file).write_zeros(change, from, to, now_ms);
            Ok(())
        })
    }

    fn set_len(&self, file: &File, len: u64) -> io::Result<()> {
        self.with(|disk, now_ms| {
            disk.check(DiskCall::Change, disk.volume_of_file(file))?;
            let change = disk.next_change();
            disk.contents(file).set_len(change, len, now_ms);
            Ok(())
        })
    }

    fn sync(&self, file: &File) -> io::Result<()> {
        self.with(|disk, _| disk.sync_file(file))
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        self.with(|disk, _| {
            disk.check_path(DiskCall::Change, dir)?;
            let inode = disk.find_dir(dir)?;
            disk.sync_dir(inode);
            Ok(())
        })
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<DirEntry>> {
        self.with(|disk, _| {
            let inode = disk.find_dir(dir)?;
            let dir = disk.dir(inode).expect("just found");
            let entry = |(name, inode): (&String, &u64)| DirEntry {
                name: name.clone(),
                is_dir: disk.dir(*inode).is_some(),
            };
            Ok(dir.names.iter().map(entry).collect())
        })
    }

    fn read_whole(&self, path: &Path, bytes_max: usize) -> io::Result<Vec<u8>> {
        self.with(|disk, _| {
            disk.check_path(DiskCall::Read, path)?;
            let inode = disk.find(path)?;
            let contents = disk.file(inode)?;
            let len = usize::try_from(contents.len).unwrap_or(usize::MAX);
            if len > bytes_max {
                let message = format!("{} is longer than {bytes_max} bytes", path.display());
                return Err(io::Error::new(ErrorKind::InvalidData, message));
            }
            let mut bytes = vec![0; len];
            contents.read(0, &mut bytes);
            Ok(bytes)
        })
    }

    fn replace_whole(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut name = path.file_name().ok_or(ErrorKind::InvalidInput)?.to_owned();
        name.push(UNFINISHED_SUFFIX);
        let beside = path.with_file_name(name);
        // The very steps of the real thing, so that one can die between them.
        let file = self.open(&beside, OpenMode::DirectReadWrite)?;
        self.set_len(&file, 0)?;
        self.write_at(&file, 0, bytes)?;
        self.sync(&file)?;
        self.rename(&beside, path)?;
        self.sync_dir(path.parent().unwrap_or(Path::new("/")))
    }

    fn overwrite(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let file = self.open(path, OpenMode::DirectReadWrite)?;
        self.write_at(&file, 0, bytes)?;
        self.set_len(&file, bytes.len() as u64)
    }

    fn sync_all(&self, path: &Path) -> io::Result<()> {
        self.with(|disk, _| {
            disk.check_path(DiskCall::Sync, path)?;
            disk.find(path)?;
            disk.sync_all();
            Ok(())
        })
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.with(|disk, _| {
            disk.check_path(DiskCall::Change, from)?;
            let inode = disk.find(from)?;
            let (from_dir, from_name) = disk.place(from)?;
            let (to_dir, to_name) = disk.place(to)?;
            if let Ok(replaced) = disk.find(to)
                && disk.dir(replaced).is_some_and(|dir| disk.dir(inode).is_none() || !dir.names.is_empty())
            {
                return Err(io::Error::from_raw_os_error(libc::ENOTEMPTY));
            }
            disk.change_name(NameChange::Rename {
                from: (from_dir, from_name),
                to: (to_dir, to_name),
                inode,
            });
            Ok(())
        })
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        self.with(|disk, _| {
            disk.check_path(DiskCall::Change, path)?;
            let inode = disk.find(path)?;
            disk.file(inode)?;
            let (dir, name) = disk.place(path)?;
            disk.change_name(NameChange::Unlink { dir, name });
            Ok(())
        })
    }

    fn create_dir_all(&self, path: &Path) -> io::Result<()> {
        self.with(|disk, _| {
            let mut dir = ROOT;
            for name in names_of(path)? {
                let found = disk.dir(dir).expect("only directories are walked").names.get(&name).copied();
                dir = match found {
                    Some(inode) if disk.dir(inode).is_some() => inode,
                    Some(_) => return Err(ErrorKind::AlreadyExists.into()),
                    None => {
                        disk.check_path(DiskCall::Change, path)?;
                        let inode = disk.make_inode_at(path, Inode::Dir(Dir::default()));
                        disk.change_name(NameChange::Link { dir, name, inode });
                        inode
                    }
                };
            }
            Ok(())
        })
    }

    fn remove_dir_all(&self, path: &Path) -> io::Result<()> {
        for entry in self.list(path)? {
            let inside = path.join(&entry.name);
            if entry.is_dir { self.remove_dir_all(&inside)? } else { self.remove_file(&inside)? }
        }
        self.with(|disk, _| {
            disk.check_path(DiskCall::Change, path)?;
            let (dir, name) = disk.place(path)?;
            disk.change_name(NameChange::Unlink { dir, name });
            Ok(())
        })
    }

    fn lock(&self, path: &Path) -> io::Result<Option<File>> {
        // Dropped again before the lock is looked for: a handle is no holder of it.
        drop(self.open(path, OpenMode::Append)?);
        self.with(|disk, _| {
            let inode = disk.find(path)?;
            Ok(disk.lock(inode))
        })
    }

    fn free_bytes(&self, path: &Path) -> io::Result<u64> {
        self.with(|disk, _| {
            disk.find(path)?;
            Ok(disk.free_bytes())
        })
    }

    fn total_bytes(&self, path: &Path) -> io::Result<u64> {
        self.with(|disk, _| {
            disk.find(path)?;
            Ok(disk.bytes_max())
        })
    }
}

fn names_of(path: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for component in path.components() {
        match component {
            Component::RootDir | Component::CurDir => {}
            Component::Normal(name) => names.push(name.to_str().ok_or(ErrorKind::InvalidInput)?.to_owned()),
            Component::ParentDir | Component::Prefix(_) => return Err(ErrorKind::InvalidInput.into()),
        }
    }
    Ok(names)
}

/// The directory of the root that a path lies below.
fn first_name(path: &Path) -> &str {
    let mut names = path.components().filter_map(|component| match component {
        Component::Normal(name) => name.to_str(),
        _ => None,
    });
    names.next().unwrap_or_default()
}

impl Disk {
    /// As [`super::World::flip_bit`].
    pub(super) fn flip_bit(&mut self, path: &Path, bit: u64) -> bool {
        let Ok(inode) = self.find(path) else { return false };
        if self.dir(inode).is_some() {
            return false;
        }
        let change = self.next_change();
        let file = self.open(inode);
        let contents = self.contents(&file);
        let mut byte = [0];
        if contents.read(bit / 8, &mut byte) == 0 {
            return false;
        }
        let modified_ms = contents.modified_ms;
        contents.write(change, bit / 8, &[byte[0] ^ (1 << (bit % 8))], modified_ms);
        contents.sync();
        true
    }

    fn find(&self, path: &Path) -> io::Result<u64> {
        let mut inode = ROOT;
        for name in names_of(path)? {
            let dir = self.dir(inode).ok_or(ErrorKind::NotADirectory)?;
            inode = *dir.names.get(&name).ok_or(ErrorKind::NotFound)?;
        }
        Ok(inode)
    }

    fn find_dir(&self, path: &Path) -> io::Result<u64> {
        let inode = self.find(path)?;
        self.dir(inode).map(|_| inode).ok_or(ErrorKind::NotADirectory.into())
    }

    /// The directory that a path lies in, and its name there.
    fn place(&self, path: &Path) -> io::Result<(u64, String)> {
        let mut names = names_of(path)?;
        let name = names.pop().ok_or(ErrorKind::InvalidInput)?;
        let parent: std::path::PathBuf = names.iter().collect();
        Ok((self.find_dir(&parent)?, name))
    }

    fn make_file(&mut self, path: &Path, now_ms: i64) -> io::Result<u64> {
        let (dir, name) = self.place(path)?;
        let inode = self.make_inode_at(path, Inode::File(Contents::empty(now_ms)));
        self.change_name(NameChange::Link { dir, name, inode });
        Ok(inode)
    }

    /// Asks for planted errors where the path lies.
    fn check_path(&mut self, call: DiskCall, path: &Path) -> io::Result<()> {
        let volume = self.volume_of_path(first_name(path));
        self.check(call, volume)
    }

    fn make_inode_at(&mut self, path: &Path, inode: Inode) -> u64 {
        let volume = self.volume_of_path(first_name(path));
        self.make_inode(inode, volume)
    }

    fn file(&self, inode: u64) -> io::Result<&Contents> {
        match self.inode(inode) {
            Inode::File(contents) => Ok(contents),
            Inode::Dir(_) => Err(ErrorKind::IsADirectory.into()),
        }
    }

    fn check_room(&mut self, file: &File, end: u64) -> io::Result<()> {
        let len = self.contents(file).len;
        if end > len && end - len > self.free_bytes() {
            return Err(io::Error::from_raw_os_error(libc::ENOSPC));
        }
        Ok(())
    }
}

//! A disk in memory with a volatile cache, for tests: what was not synced may be lost, sector by sector.

use loglane_model::{DirEntry, DiskRead, DiskWrite, File, FileStat, FileSystem, OpenMode};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

const SECTOR: usize = 512;

/// A small generator of numbers, so that a seed says everything.
#[derive(Clone, Debug)]
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end.max(1)
    }

    pub fn byte(&mut self) -> u8 {
        self.next().to_be_bytes()[0]
    }

    pub fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }
}

#[derive(Debug, Default, Clone)]
struct Node {
    /// What a reader sees.
    bytes: Vec<u8>,
    /// What a power cut leaves at least.
    durable: Vec<u8>,
    /// Grows with every change.
    modified_ms: i64,
}

#[derive(Debug, Clone)]
enum NameOp {
    Link(PathBuf, u64),
    Unlink(PathBuf),
    Rename(PathBuf, PathBuf),
}

#[derive(Debug, Default, Clone)]
struct World {
    nodes: BTreeMap<u64, Node>,
    names: BTreeMap<PathBuf, u64>,
    /// With the number of the last change of a name in each.
    dirs: BTreeMap<PathBuf, i64>,
    /// Directories that were made since the one above them was synced.
    fresh_dirs: BTreeSet<PathBuf>,
    durable_names: BTreeMap<PathBuf, u64>,
    /// What happened to names since their directory was synced, in order.
    pending: Vec<NameOp>,
    next_inode: u64,
    changes: i64,
    /// Operations until everything fails, as if the machine had stopped.
    operations_left: Option<u64>,
    pub write_bytes: u64,
    pub read_bytes: u64,
}

/// The disk. Clones are the same disk.
#[derive(Debug, Clone, Default)]
pub struct MemoryDisk(Arc<Mutex<World>>);

impl MemoryDisk {
    /// Another disk with the same contents.
    pub fn copy(&self) -> MemoryDisk {
        MemoryDisk(Arc::new(Mutex::new(self.world().clone())))
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.0.lock().unwrap()
    }

    /// Lets so much time pass: the next change is so much later.
    pub fn wait(&self, ms: i64) {
        self.world().changes += ms;
    }

    /// Lets `operations` more succeed; then all fail.
    pub fn stop_after(&self, operations: u64) {
        self.world().operations_left = Some(operations);
    }

    pub fn has_stopped(&self) -> bool {
        self.world().operations_left == Some(0)
    }

    pub fn read_bytes(&self) -> u64 {
        self.world().read_bytes
    }

    pub fn exists(&self, path: &Path) -> bool {
        self.world().names.contains_key(path)
    }

    pub fn files(&self) -> Vec<PathBuf> {
        self.world().names.keys().cloned().collect()
    }

    pub fn contents(&self, path: &Path) -> Vec<u8> {
        let world = self.world();
        world.nodes[&world.names[path]].bytes.clone()
    }

    pub fn len(&self, path: &Path) -> usize {
        let world = self.world();
        world.nodes[&world.names[path]].bytes.len()
    }

    /// Changes a file behind everybody's back, durably.
    pub fn tamper(&self, path: &Path, change: impl FnOnce(&mut Vec<u8>)) {
        let mut world = self.world();
        let inode = world.names[path];
        let node = world.nodes.get_mut(&inode).unwrap();
        change(&mut node.bytes);
        node.durable = node.bytes.clone();
    }

    /// Puts a file in place, durably.
    pub fn plant(&self, path: &Path, bytes: &[u8]) {
        self.replace_whole(path, bytes).unwrap();
    }

    /// Takes the power away: what was not synced survives or not, by sector; names by a prefix of what happened.
    pub fn power_cut(&self, random: &mut Random) {
        let mut world = self.world();
        let world = &mut *world;
        world.operations_left = None;
        for node in world.nodes.values_mut() {
            let len = if random.one_in(2) { node.bytes.len() } else { node.durable.len() };
            let mut after = node.durable.clone();
            after.resize(len, 0);
            // Most often all or nothing, sometimes a mixture.
            let keeps = random.below(4);
            for at in (0..len).step_by(SECTOR) {
                let end = (at + SECTOR).min(len);
                let survives = match keeps {
                    0 => false,
                    1 => true,
                    _ => random.one_in(2),
                };
                if survives && node.bytes.len() >= end {
                    after[at..end].copy_from_slice(&node.bytes[at..end]);
                }
            }
            node.bytes = after.clone();
            node.durable = after;
        }
        let pending = std::mem::take(&mut world.pending);
        let kept = usize::try_from(random.below(pending.len() as u64 + 1)).unwrap();
        let mut names = std::mem::take(&mut world.durable_names);
        for op in &pending[..kept] {
            apply(&mut names, op);
        }
        pending.iter().for_each(|op| world.note_change(op));
        world.names = names.clone();
        world.durable_names = names;
    }

    /// Takes the power away from a disk whose file system keeps names in no order: any of the changes of names that were
    /// not synced survive, those of directories too. What is in the files stays.
    pub fn lose_names(&self, random: &mut Random) {
        let mut world = self.world();
        world.operations_left = None;
        let mut names = std::mem::take(&mut world.durable_names);
        for op in std::mem::take(&mut world.pending) {
            if random.one_in(2) {
                apply(&mut names, &op);
            }
        }
        for dir in std::mem::take(&mut world.fresh_dirs) {
            if random.one_in(2) {
                world.dirs.remove(&dir);
                names.retain(|path, _| !path.starts_with(&dir));
            }
        }
        world.names = names.clone();
        world.durable_names = names;
    }

    /// A process that is killed loses nothing that it has written.
    pub fn kill(&self) {
        self.world().operations_left = None;
    }

    /// Carries out a write that was in flight, or only some sectors of it; `durably` as RWF_DSYNC does.
    pub fn write(&self, write: &DiskWrite, random: Option<&mut Random>) -> io::Result<()> {
        let mut world = self.world();
        world.count()?;
        let inode = write.file.handle().unwrap();
        let mut position = usize::try_from(write.position).unwrap();
        assert_eq!(position % 4096, 0, "a direct write begins on a page");
        let mut torn = random;
        let node = world.changed_node(inode);
        let total: usize = write.extents.iter().map(|extent| extent.len()).sum();
        assert!(position + total <= node.bytes.len(), "a write must stay inside the space of its file");
        assert!(position + total <= node.durable.len() || !write.durable, "and that space must be synced");
        let mut written = 0;
        for extent in &write.extents {
            assert_eq!((extent.start as usize % 4096, extent.len() % 4096), (0, 0), "whole pages");
            for sector in extent.bytes().chunks(SECTOR) {
                let keep = torn.as_mut().is_none_or(|random| random.one_in(2));
                if keep {
                    node.bytes[position..position + SECTOR].copy_from_slice(sector);
                    if write.durable {
                        node.durable[position..position + SECTOR].copy_from_slice(sector);
                    }
                }
                position += SECTOR;
                written += SECTOR;
            }
        }
        world.write_bytes += written as u64;
        Ok(())
    }

    pub fn read(&self, read: &mut DiskRead) -> io::Result<usize> {
        let mut world = self.world();
        world.count()?;
        assert_eq!((read.position % 4096, read.len % 4096), (0, 0), "a direct read takes whole pages");
        let inode = read.file.handle().unwrap();
        let node = &world.nodes[&inode];
        let from = usize::try_from(read.position).unwrap().min(node.bytes.len());
        let to = (from + read.len).min(node.bytes.len());
        let block = Arc::get_mut(&mut read.block).expect("a read holds its block alone");
        block.bytes_mut()[..to - from].copy_from_slice(&node.bytes[from..to]);
        world.read_bytes += (to - from) as u64;
        Ok(to - from)
    }
}

fn apply(names: &mut BTreeMap<PathBuf, u64>, op: &NameOp) {
    match op {
        NameOp::Link(path, inode) => {
            names.insert(path.clone(), *inode);
        }
        NameOp::Unlink(path) => {
            names.remove(path);
        }
        NameOp::Rename(from, to) => {
            if let Some(inode) = names.remove(from) {
                names.insert(to.clone(), inode);
            }
        }
    }
}

impl World {
    fn count(&mut self) -> io::Result<()> {
        match &mut self.operations_left {
            None => Ok(()),
            Some(0) => Err(io::Error::other("the machine has stopped")),
            Some(left) => {
                *left -= 1;
                Ok(())
            }
        }
    }

    fn change_name(&mut self, op: NameOp) {
        apply(&mut self.names, &op);
        self.note_change(&op);
        self.pending.push(op);
    }

    /// The directories that a change of a name is in have changed.
    fn note_change(&mut self, op: &NameOp) {
        self.changes += 1;
        let paths = match op {
            NameOp::Link(path, _) | NameOp::Unlink(path) => [path, path],
            NameOp::Rename(from, to) => [from, to],
        };
        for dir in paths.into_iter().filter_map(|path| path.parent()) {
            if let Some(changed) = self.dirs.get_mut(dir) {
                *changed = self.changes;
            }
        }
    }

    fn inode(&self, path: &Path) -> io::Result<u64> {
        self.names.get(path).copied().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn create(&mut self, path: &Path) -> u64 {
        self.next_inode += 1;
        let inode = self.next_inode;
        self.nodes.insert(inode, Node::default());
        self.change_name(NameOp::Link(path.to_owned(), inode));
        inode
    }

    fn sync_names(&mut self, dir: &Path) {
        self.fresh_dirs.retain(|fresh| fresh.parent() != Some(dir));
        let mut rest = Vec::new();
        for op in std::mem::take(&mut self.pending) {
            let path = match &op {
                NameOp::Link(path, _) | NameOp::Unlink(path) | NameOp::Rename(path, _) => path,
            };
            if path.parent() == Some(dir) {
                apply(&mut self.durable_names, &op);
            } else {
                rest.push(op);
            }
        }
        self.pending = rest;
    }

    fn node(&mut self, file: &File) -> &mut Node {
        self.nodes.get_mut(&file.handle().unwrap()).expect("a file has a node")
    }

    fn changed_node(&mut self, inode: u64) -> &mut Node {
        self.changes += 1;
        let node = self.nodes.get_mut(&inode).expect("a file has a node");
        node.modified_ms = self.changes;
        node
    }
}

fn at(position: u64) -> usize {
    usize::try_from(position).unwrap()
}

impl FileSystem for MemoryDisk {
    fn open(&self, path: &Path, mode: OpenMode) -> io::Result<File> {
        let mut world = self.world();
        world.count()?;
        let inode = match world.inode(path) {
            Ok(inode) => inode,
            Err(error) if mode == OpenMode::DirectRead => return Err(error),
            Err(_) => world.create(path),
        };
        Ok(File::simulated(inode))
    }

    fn stat(&self, path: &Path) -> io::Result<FileStat> {
        let mut world = self.world();
        world.count()?;
        if let Some(changed) = world.dirs.get(path) {
            return Ok(FileStat { len: 0, inode: 0, modified_ms: *changed });
        }
        let inode = world.inode(path)?;
        Ok(FileStat {
            len: world.nodes[&inode].bytes.len() as u64,
            inode,
            modified_ms: 1_000 + world.nodes[&inode].modified_ms,
        })
    }

    fn file_len(&self, file: &File) -> io::Result<u64> {
        let mut world = self.world();
        world.count()?;
        Ok(world.node(file).bytes.len() as u64)
    }

    fn read_at(&self, file: &File, position: u64, into: &mut [u8]) -> io::Result<usize> {
        let mut world = self.world();
        world.count()?;
        let node = world.node(file);
        let from = at(position).min(node.bytes.len());
        let to = (from + into.len()).min(node.bytes.len());
        into[..to - from].copy_from_slice(&node.bytes[from..to]);
        world.read_bytes += (to - from) as u64;
        Ok(to - from)
    }

    fn write_at(&self, file: &File, position: u64, bytes: &[u8]) -> io::Result<()> {
        let mut world = self.world();
        world.count()?;
        let node = world.changed_node(file.handle().unwrap());
        let end = at(position) + bytes.len();
        if node.bytes.len() < end {
            node.bytes.resize(end, 0);
        }
        node.bytes[at(position)..end].copy_from_slice(bytes);
        Ok(())
    }

    fn append(&self, file: &File, bytes: &[u8]) -> io::Result<()> {
        let mut world = self.world();
        world.count()?;
        world.changed_node(file.handle().unwrap()).bytes.extend_from_slice(bytes);
        Ok(())
    }

    fn reserve(&self, file: &File, from: u64, to: u64) -> io::Result<()> {
        let mut world = self.world();
        world.count()?;
        assert_eq!((from % 4096, to % 4096), (0, 0));
        let node = world.changed_node(file.handle().unwrap());
        if node.bytes.len() < at(to) {
            node.bytes.resize(at(to), 0);
        }
        Ok(())
    }

    fn write_zeros(&self, file: &File, from: u64, to: u64) -> io::Result<()> {
        let mut world = self.world();
        world.count()?;
        assert_eq!((from % 4096, to % 4096), (0, 0));
        let node = world.changed_node(file.handle().unwrap());
        assert!(node.bytes.len() >= at(to), "zeros go inside the file size");
        node.bytes[at(from)..at(to)].fill(0);
        Ok(())
    }

    fn set_len(&self, file: &File, len: u64) -> io::Result<()> {
        let mut world = self.world();
        world.count()?;
        world.changed_node(file.handle().unwrap()).bytes.resize(at(len), 0);
        Ok(())
    }

    fn sync(&self, file: &File) -> io::Result<()> {
        let mut world = self.world();
        world.count()?;
        let node = world.node(file);
        node.durable = node.bytes.clone();
        Ok(())
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        let mut world = self.world();
        world.count()?;
        world.sync_names(dir);
        Ok(())
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<DirEntry>> {
        let mut world = self.world();
        world.count()?;
        let inside = world.names.keys().filter(|path| path.parent() == Some(dir));
        let name = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().to_owned();
        Ok(inside.map(|path| DirEntry { name: name(path), is_dir: false }).collect())
    }

    fn read_whole(&self, path: &Path, bytes_max: usize) -> io::Result<Vec<u8>> {
        let mut world = self.world();
        world.count()?;
        let inode = world.inode(path)?;
        let bytes = world.nodes[&inode].bytes.clone();
        if bytes.len() > bytes_max { Err(io::ErrorKind::InvalidData.into()) } else { Ok(bytes) }
    }

    fn replace_whole(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut world = self.world();
        world.count()?;
        let mut beside = path.as_os_str().to_owned();
        beside.push(".tmp");
        let beside = PathBuf::from(beside);
        let inode = world.create(&beside);
        let node = world.nodes.get_mut(&inode).unwrap();
        node.bytes = bytes.to_vec();
        node.durable = bytes.to_vec();
        world.count()?;
        world.change_name(NameOp::Rename(beside, path.to_owned()));
        world.count()?;
        world.sync_names(path.parent().unwrap());
        Ok(())
    }

    fn overwrite(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let file = self.open(path, OpenMode::Append)?;
        self.write_at(&file, 0, bytes)?;
        self.set_len(&file, bytes.len() as u64)
    }

    fn sync_all(&self, _path: &Path) -> io::Result<()> {
        let mut world = self.world();
        world.count()?;
        for node in world.nodes.values_mut() {
            node.durable.clone_from(&node.bytes);
        }
        world.pending.clear();
        world.fresh_dirs.clear();
        world.durable_names = world.names.clone();
        Ok(())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut world = self.world();
        world.count()?;
        world.inode(from)?;
        world.change_name(NameOp::Rename(from.to_owned(), to.to_owned()));
        Ok(())
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        let mut world = self.world();
        world.count()?;
        world.inode(path)?;
        world.change_name(NameOp::Unlink(path.to_owned()));
        Ok(())
    }

    fn create_dir_all(&self, path: &Path) -> io::Result<()> {
        let mut world = self.world();
        world.count()?;
        if !world.dirs.contains_key(path) {
            world.dirs.insert(path.to_owned(), 0);
            world.fresh_dirs.insert(path.to_owned());
        }
        Ok(())
    }

    fn remove_dir_all(&self, path: &Path) -> io::Result<()> {
        let mut world = self.world();
        world.count()?;
        let inside: Vec<PathBuf> =
            world.names.keys().filter(|name| name.starts_with(path)).cloned().collect();
        for name in inside {
            world.change_name(NameOp::Unlink(name));
        }
        world.dirs.remove(path);
        Ok(())
    }

    fn lock(&self, _path: &Path) -> io::Result<Option<File>> {
        Ok(Some(File::simulated(0)))
    }

    fn free_bytes(&self, _path: &Path) -> io::Result<u64> {
        Ok(1 << 40)
    }

    fn total_bytes(&self, _path: &Path) -> io::Result<u64> {
        Ok(1 << 41)
    }
}

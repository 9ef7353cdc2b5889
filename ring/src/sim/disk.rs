//! The disk of the in-memory world: its names, its open files, and the errors that tests plant.
//!
//! Changes of names are remembered until their directory is synced; in a power cut each of them is kept or lost,
//! whatever becomes of earlier and later ones. A rename is never torn. What becomes of contents: [`super::contents`].

use super::contents::Contents;
use super::random::Random;
use super::{DiskCall, SimOptions};
use loglane_model::{DiskRead, DiskWrite, File, PAGE_BYTES};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::Arc;

const PAGE: u64 = PAGE_BYTES as u64;

/// The inode of the root directory.
pub(super) const ROOT: u64 = 1;

pub(super) struct Disk {
    inodes: BTreeMap<u64, Inode>,
    next_inode: u64,
    /// Inodes are looked through for unreachable ones when there are so many.
    collect_at: usize,
    /// Directories of the root: what lies below one fails together.
    volumes: BTreeMap<String, Volume>,
    /// Which directory of the root each inode lies below.
    volume_of: BTreeMap<u64, Volume>,
    read_only: BTreeSet<Volume>,
    /// Syncs until one finds that its file was not written back.
    lost_write_back: Option<u64>,
    /// Changes of names that are not on stable storage, oldest first.
    names_pending: Vec<NameChange>,
    handles: BTreeMap<u64, Handle>,
    sweep_at: usize,
    next_handle: u64,
    next_change: u64,
    /// By inode, the file that holds the lock.
    locks: BTreeMap<u64, File>,
    bytes_max: u64,
    /// Writes on the ring that have not completed: inode, first byte, end.
    in_flight: Vec<(u64, u64, u64)>,
    faults: Vec<Fault>,
    stops_after: Option<u64>,
    changes: u64,
}

/// A directory of the root, by number; 0: none of them.
type Volume = u32;

/// The fewest inodes that are looked through for unreachable ones.
const COLLECT_AT_MIN: usize = 64;

/// The system writes old changes of names to the disk when there are so many.
const NAMES_PENDING_MAX: usize = 512;

/// Open files are looked through for closed ones when there are so many more than the last time.
const SWEEP_MIN: usize = 32;

pub(super) enum Inode {
    Dir(Dir),
    File(Contents),
}

#[derive(Default)]
pub(super) struct Dir {
    pub(super) names: BTreeMap<String, u64>,
    durable: BTreeMap<String, u64>,
    /// Number of the last change of a name.
    pub(super) changed: u64,
}

#[derive(Clone)]
pub(super) enum NameChange {
    Link { dir: u64, name: String, inode: u64 },
    Unlink { dir: u64, name: String },
    Rename { from: (u64, String), to: (u64, String), inode: u64 },
}

struct Handle {
    inode: u64,
    file: File,
    /// What was written through it was lost, and it has not been told.
    owes_error: bool,
}

struct Fault {
    call: DiskCall,
    /// Only there.
    volume: Option<Volume>,
    /// It stays when the process dies.
    is_lasting: bool,
    /// Calls until it strikes; 1: the next.
    left: u64,
    errno: i32,
}

impl Disk {
    pub(super) fn new(bytes_max: u64) -> Disk {
        Disk {
            inodes: BTreeMap::from([(ROOT, Inode::Dir(Dir::default()))]),
            next_inode: ROOT + 1,
            collect_at: COLLECT_AT_MIN,
            volumes: BTreeMap::new(),
            volume_of: BTreeMap::new(),
            read_only: BTreeSet::new(),
            lost_write_back: None,
            names_pending: Vec::new(),
            handles: BTreeMap::new(),
            sweep_at: SWEEP_MIN,
            next_handle: 1,
            next_change: 1,
            locks: BTreeMap::new(),
            bytes_max,
            in_flight: Vec::new(),
            faults: Vec::new(),
            stops_after: None,
            changes: 0,
        }
    }

    // ---- faults ----

    pub(super) fn fail(&mut self, call: DiskCall, nth: u64, errno: i32) {
        assert!(nth > 0, "the next call is number 1");
        self.faults.push(Fault { call, volume: None, is_lasting: false, left: nth, errno });
    }

    pub(super) fn fail_below(&mut self, directory: &str, call: DiskCall, nth: u64, errno: i32) {
        assert!(nth > 0, "the next call is number 1");
        let volume = Some(self.volume(directory));
        self.faults.push(Fault { call, volume, is_lasting: true, left: nth, errno });
    }

    pub(super) fn make_read_only(&mut self, directory: &str) {
        let volume = self.volume(directory);
        self.read_only.insert(volume);
    }

    pub(super) fn lose_write_back(&mut self, nth: u64) {
        self.lost_write_back = Some(nth);
    }

    pub(super) fn repair(&mut self) {
        self.faults.clear();
        self.read_only.clear();
        self.lost_write_back = None;
    }

    pub(super) fn set_bytes_max(&mut self, bytes: u64) {
        self.bytes_max = bytes;
    }

    /// The number of a directory of the root.
    fn volume(&mut self, directory: &str) -> Volume {
        let next = Volume::try_from(self.volumes.len() + 1).expect("few directories");
        *self.volumes.entry(directory.trim_matches('/').to_owned()).or_insert(next)
    }

    /// The directory of the root that a path lies below.
    pub(super) fn volume_of_path(&mut self, first_name: &str) -> Volume {
        self.volume(first_name)
    }

    pub(super) fn volume_of_file(&self, file: &File) -> Volume {
        self.volume_of.get(&self.inode_of(file)).copied().unwrap_or_default()
    }

    pub(super) fn stop_after(&mut self, calls: u64) {
        self.stops_after = Some(calls);
    }

    pub(super) fn changes(&self) -> u64 {
        self.changes
    }

    /// To be asked before each call; `Err` is the error that a test has planted.
    pub(super) fn check(&mut self, call: DiskCall, volume: Volume) -> io::Result<()> {
        if let Some(left) = &mut self.stops_after {
            if *left == 0 {
                return Err(io::Error::from_raw_os_error(libc::EIO));
            }
            *left -= u64::from(call != DiskCall::Read);
        }
        self.changes += u64::from(call != DiskCall::Read);
        let mut outcome = Ok(());
        if call != DiskCall::Read && self.read_only.contains(&volume) {
            outcome = Err(io::Error::from_raw_os_error(libc::EROFS));
        }
        self.faults.retain_mut(|fault| {
            if fault.call != call || fault.volume.is_some_and(|of| of != volume) {
                return true;
            }
            fault.left -= 1;
            if fault.left == 0 {
                outcome = Err(io::Error::from_raw_os_error(fault.errno));
            }
            fault.left > 0
        });
        outcome
    }

    /// Syncs a file: what was written and has completed is on stable storage then, unless it was lost on the way.
    pub(super) fn sync_file(&mut self, file: &File) -> io::Result<()> {
        self.check(DiskCall::Sync, self.volume_of_file(file))?;
        let number = file.handle().expect("a real file has no business in the in-memory world");
        let inode = self.inode_of(file);
        if let Some(left) = &mut self.lost_write_back {
            *left -= 1;
            if *left == 0 {
                self.lost_write_back = None;
                self.contents_of(inode).lose_pending();
                for handle in self.handles.values_mut().filter(|handle| handle.inode == inode) {
                    handle.owes_error = true;
                }
            }
        }
        let handle = self.handles.get_mut(&number).expect("it was looked up");
        if std::mem::take(&mut handle.owes_error) {
            return Err(io::Error::from_raw_os_error(libc::EIO));
        }
        self.contents_of(inode).sync();
        Ok(())
    }

    // ---- handles ----

    pub(super) fn open(&mut self, inode: u64) -> File {
        if self.handles.len() >= self.sweep_at {
            self.sweep_handles();
        }
        let number = self.next_handle;
        self.next_handle += 1;
        let file = File::simulated(number);
        self.handles.insert(number, Handle { inode, file: file.clone(), owes_error: false });
        file
    }

    /// Forgets files that nobody holds any more.
    fn sweep_handles(&mut self) {
        self.handles.retain(|_, handle| handle.file.holder_count() > 1);
        self.sweep_at = 2 * self.handles.len() + SWEEP_MIN;
    }

    pub(super) fn lock(&mut self, inode: u64) -> Option<File> {
        // Held by the lock's table, the handles' table, and somebody.
        if self.locks.get(&inode).is_some_and(|file| file.holder_count() > 2) {
            return None;
        }
        self.locks.remove(&inode);
        let file = self.open(inode);
        self.locks.insert(inode, file.clone());
        Some(file)
    }

    fn inode_of(&self, file: &File) -> u64 {
        let number = file.handle().expect("a real file has no business in the in-memory world");
        self.handles.get(&number).expect("a file that was opened in this life of the process").inode
    }

    pub(super) fn contents(&mut self, file: &File) -> &mut Contents {
        let inode = self.inode_of(file);
        self.contents_of(inode)
    }

    fn contents_of(&mut self, inode: u64) -> &mut Contents {
        match self.inodes.get_mut(&inode) {
            Some(Inode::File(contents)) => contents,
            _ => unreachable!("only files are opened, and an open one stays"),
        }
    }

    // ---- operations of the ring ----

    pub(super) fn begin_write(&mut self, write: &DiskWrite) {
        let len: usize = write.extents.iter().map(loglane_model::Extent::len).sum();
        let whole = write.position.is_multiple_of(PAGE)
            && write
                .extents
                .iter()
                .all(|e| (e.start as usize).is_multiple_of(PAGE_BYTES) && e.len().is_multiple_of(PAGE_BYTES));
        assert!(whole, "a direct write is made of whole pages");
        let (start, end) = (write.position, write.position + len as u64);
        let inode = self.inode_of(&write.file);
        let shares = self.in_flight.iter().any(|&(of, from, to)| of == inode && from < end && start < to);
        assert!(!shares, "writes in flight share a page of inode {inode}: {start}..{end}");
        self.in_flight.push((inode, start, end));
    }

    pub(super) fn end_write(
        &mut self,
        write: &DiskWrite,
        now_ms: i64,
        random: &mut Random,
    ) -> io::Result<()> {
        let inode = self.inode_of(&write.file);
        let at = self.in_flight.iter().position(|&(of, from, _)| of == inode && from == write.position);
        self.in_flight.swap_remove(at.expect("the write has begun"));
        let volume = self.volume_of.get(&inode).copied().unwrap_or_default();
        if let Err(error) = self.check(DiskCall::Write, volume) {
            // What a failed write has done is anybody's guess.
            self.abandon_write(write, now_ms, random);
            return Err(error);
        }
        let change = self.apply_write(inode, write, usize::MAX, now_ms);
        if write.durable {
            self.check(DiskCall::Sync, volume)?;
            self.contents_of(inode).commit_write(change);
        }
        Ok(())
    }

    /// The write has failed, or the process has died before it completed: none of it, all of it, or its first pages
    /// were written.
    pub(super) fn abandon_write(&mut self, write: &DiskWrite, now_ms: i64, random: &mut Random) {
        if self.stops_after == Some(0) {
            return;
        }
        let pages: usize = write.extents.iter().map(|extent| extent.len() / PAGE_BYTES).sum();
        let written = match random.within(0..4) {
            0 | 1 => 0,
            2 => pages,
            _ => usize::try_from(random.within(0..pages as u64 + 1)).expect("a count of pages"),
        };
        if written > 0 {
            self.apply_write(self.inode_of(&write.file), write, written * PAGE_BYTES, now_ms);
        }
    }

    /// Writes the first `len` bytes.
    fn apply_write(&mut self, inode: u64, write: &DiskWrite, len: usize, now_ms: i64) -> u64 {
        let change = self.next_change();
        let contents = self.contents_of(inode);
        let mut position = write.position;
        let mut left = len;
        for extent in &write.extents {
            let part = extent.len().min(left);
            contents.write(change, position, &extent.bytes()[..part], now_ms);
            position += part as u64;
            left -= part;
            if left == 0 {
                break;
            }
        }
        change
    }

    pub(super) fn read_block(&mut self, read: &mut DiskRead) -> io::Result<usize> {
        self.check(DiskCall::Read, self.volume_of_file(&read.file))?;
        let block = Arc::get_mut(&mut read.block).expect("the submitter of a read holds the block alone");
        let inode = self.inode_of(&read.file);
        Ok(self.contents_of(inode).read(read.position, &mut block.bytes_mut()[..read.len]))
    }

    pub(super) fn next_change(&mut self) -> u64 {
        self.next_change += 1;
        self.next_change
    }

    // ---- names ----

    pub(super) fn inode(&self, inode: u64) -> &Inode {
        &self.inodes[&inode]
    }

    pub(super) fn dir(&self, inode: u64) -> Option<&Dir> {
        match self.inodes.get(&inode) {
            Some(Inode::Dir(dir)) => Some(dir),
            Some(Inode::File(_)) | None => None,
        }
    }

    pub(super) fn make_inode(&mut self, inode: Inode, volume: Volume) -> u64 {
        let number = self.next_inode;
        self.next_inode += 1;
        self.inodes.insert(number, inode);
        self.volume_of.insert(number, volume);
        number
    }

    pub(super) fn change_name(&mut self, change: NameChange) {
        apply_name(&mut self.inodes, |dir| &mut dir.names, &change);
        let number = self.next_change();
        for dir in change.directories() {
            if let Some(Inode::Dir(dir)) = self.inodes.get_mut(&dir) {
                dir.changed = number;
            }
        }
        self.names_pending.push(change);
        if self.names_pending.len() >= NAMES_PENDING_MAX {
            for change in self.names_pending.drain(..NAMES_PENDING_MAX / 2) {
                apply_name(&mut self.inodes, |dir| &mut dir.durable, &change);
            }
        }
    }

    pub(super) fn sync_dir(&mut self, dir: u64) {
        let mut at = 0;
        while at < self.names_pending.len() {
            if self.names_pending[at].touches(dir) {
                let change = self.names_pending.remove(at);
                apply_name(&mut self.inodes, |dir| &mut dir.durable, &change);
            } else {
                at += 1;
            }
        }
        self.collect();
    }

    /// Looks for unreachable contents once there are twice as many inodes as the last time.
    fn collect(&mut self) {
        if self.inodes.len() >= self.collect_at {
            self.forget_unreachable();
            self.collect_at = COLLECT_AT_MIN.max(2 * self.inodes.len());
        }
    }

    pub(super) fn bytes_max(&self) -> u64 {
        self.bytes_max
    }

    /// All contents and names are on stable storage.
    pub(super) fn sync_all(&mut self) {
        for change in std::mem::take(&mut self.names_pending) {
            apply_name(&mut self.inodes, |dir| &mut dir.durable, &change);
        }
        for inode in self.inodes.values_mut() {
            if let Inode::File(contents) = inode {
                contents.sync();
            }
        }
        self.collect();
    }

    pub(super) fn free_bytes(&mut self) -> u64 {
        if self.bytes_max >= SimOptions::UNBOUNDED {
            return self.bytes_max;
        }
        self.sweep_handles();
        self.forget_unreachable();
        let len = |inode: &Inode| match inode {
            Inode::File(contents) => contents.len,
            Inode::Dir(_) => 0,
        };
        self.bytes_max.saturating_sub(self.inodes.values().map(len).sum())
    }

    /// Contents that no name, now or after a power cut, and no open file leads to.
    fn forget_unreachable(&mut self) {
        let mut reachable: BTreeSet<u64> = self.handles.values().map(|handle| handle.inode).collect();
        let mut next = vec![ROOT];
        next.extend(self.names_pending.iter().filter_map(NameChange::inode));
        while let Some(inode) = next.pop() {
            if reachable.insert(inode)
                && let Some(Inode::Dir(dir)) = self.inodes.get(&inode)
            {
                next.extend(dir.names.values().chain(dir.durable.values()));
            }
        }
        self.inodes.retain(|inode, _| reachable.contains(inode));
        self.volume_of.retain(|inode, _| reachable.contains(inode));
    }

    // ---- the end ----

    /// The process has died.
    pub(super) fn close_all(&mut self) {
        self.in_flight.clear();
        self.handles.clear();
        self.locks.clear();
        self.stops_after = None;
        self.faults.retain(|fault| fault.is_lasting);
    }

    pub(super) fn power_cut(&mut self, random: &mut Random) {
        for change in std::mem::take(&mut self.names_pending) {
            if random.chance(50) {
                apply_name(&mut self.inodes, |dir| &mut dir.durable, &change);
            }
        }
        let number = self.next_change();
        for inode in self.inodes.values_mut() {
            match inode {
                Inode::Dir(dir) if dir.names != dir.durable => {
                    dir.names = dir.durable.clone();
                    dir.changed = number;
                }
                Inode::Dir(_) => {}
                Inode::File(contents) => contents.power_cut(random),
            }
        }
        self.forget_unreachable();
    }
}

impl NameChange {
    fn touches(&self, inode: u64) -> bool {
        self.directories().contains(&inode)
    }

    /// Whose names it changes.
    fn directories(&self) -> [u64; 2] {
        match self {
            NameChange::Link { dir, .. } | NameChange::Unlink { dir, .. } => [*dir, *dir],
            NameChange::Rename { from, to, .. } => [from.0, to.0],
        }
    }

    fn inode(&self) -> Option<u64> {
        match self {
            NameChange::Link { inode, .. } | NameChange::Rename { inode, .. } => Some(*inode),
            NameChange::Unlink { .. } => None,
        }
    }
}

/// Applies a change to one of the two states of the directories, as far as they have what it speaks of.
fn apply_name(
    inodes: &mut BTreeMap<u64, Inode>,
    names: fn(&mut Dir) -> &mut BTreeMap<String, u64>,
    change: &NameChange,
) {
    let mut in_dir = |dir: u64, act: &mut dyn FnMut(&mut BTreeMap<String, u64>)| {
        if let Some(Inode::Dir(dir)) = inodes.get_mut(&dir) {
            act(names(dir));
        }
    };
    match change {
        NameChange::Link { dir, name, inode } => in_dir(*dir, &mut |names| {
            names.insert(name.clone(), *inode);
        }),
        NameChange::Unlink { dir, name } => in_dir(*dir, &mut |names| {
            names.remove(name);
        }),
        NameChange::Rename { from, to, inode } => {
            in_dir(from.0, &mut |names| {
                if names.get(&from.1) == Some(inode) {
                    names.remove(&from.1);
                }
            });
            in_dir(to.0, &mut |names| {
                names.insert(to.1.clone(), *inode);
            });
        }
    }
}

//! The disk of the in-memory world: its names, its open files, and the errors that tests plant.
//!
//! Changes of names are remembered until their directory is synced; in a power cut each of them is kept or lost,
//! whatever becomes of earlier and later ones. A rename is never torn. What becomes of contents: [`super::contents`].

use super::DiskCall;
use super::contents::Contents;
use super::random::Random;
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
    /// Changes of names that are not on stable storage, oldest first.
    names_pending: Vec<NameChange>,
    handles: BTreeMap<u64, Handle>,
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

pub(super) enum Inode {
    Dir(Dir),
    File(Contents),
}

#[derive(Default)]
pub(super) struct Dir {
    pub(super) names: BTreeMap<String, u64>,
    durable: BTreeMap<String, u64>,
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
}

struct Fault {
    call: DiskCall,
    /// Calls until it strikes; 1: the next.
    left: u64,
    errno: i32,
}

impl Disk {
    pub(super) fn new(bytes_max: u64) -> Disk {
        Disk {
            inodes: BTreeMap::from([(ROOT, Inode::Dir(Dir::default()))]),
            next_inode: ROOT + 1,
            names_pending: Vec::new(),
            handles: BTreeMap::new(),
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
        self.faults.push(Fault { call, left: nth, errno });
    }

    pub(super) fn stop_after(&mut self, calls: u64) {
        self.stops_after = Some(calls);
    }

    pub(super) fn changes(&self) -> u64 {
        self.changes
    }

    /// To be asked before each call; `Err` is the error that a test has planted.
    pub(super) fn check(&mut self, call: DiskCall) -> io::Result<()> {
        if let Some(left) = &mut self.stops_after {
            if *left == 0 {
                return Err(io::Error::from_raw_os_error(libc::EIO));
            }
            *left -= u64::from(call != DiskCall::Read);
        }
        self.changes += u64::from(call != DiskCall::Read);
        let mut outcome = Ok(());
        self.faults.retain_mut(|fault| {
            if fault.call != call {
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

    // ---- handles ----

    pub(super) fn open(&mut self, inode: u64) -> File {
        self.handles.retain(|_, handle| handle.file.holder_count() > 1);
        let number = self.next_handle;
        self.next_handle += 1;
        let file = File::simulated(number);
        self.handles.insert(number, Handle { inode, file: file.clone() });
        file
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
        if let Err(error) = self.check(DiskCall::Write) {
            // What a failed write has done is anybody's guess.
            self.abandon_write(write, now_ms, random);
            return Err(error);
        }
        let change = self.apply_write(inode, write, now_ms);
        if write.durable {
            self.check(DiskCall::Sync)?;
            self.contents_of(inode).commit_write(change);
        }
        Ok(())
    }

    /// The write has failed, or the process has died before it completed.
    pub(super) fn abandon_write(&mut self, write: &DiskWrite, now_ms: i64, random: &mut Random) {
        if self.stops_after != Some(0) && random.chance(50) {
            self.apply_write(self.inode_of(&write.file), write, now_ms);
        }
    }

    fn apply_write(&mut self, inode: u64, write: &DiskWrite, now_ms: i64) -> u64 {
        let change = self.next_change();
        let contents = self.contents_of(inode);
        let mut position = write.position;
        for extent in &write.extents {
            contents.write(change, position, extent.bytes(), now_ms);
            position += extent.len() as u64;
        }
        change
    }

    pub(super) fn read_block(&mut self, read: &mut DiskRead) -> io::Result<usize> {
        self.check(DiskCall::Read)?;
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

    pub(super) fn make_inode(&mut self, inode: Inode) -> u64 {
        let number = self.next_inode;
        self.next_inode += 1;
        self.inodes.insert(number, inode);
        number
    }

    pub(super) fn change_name(&mut self, change: NameChange) {
        apply_name(&mut self.inodes, |dir| &mut dir.names, &change);
        self.names_pending.push(change);
    }

    pub(super) fn sync_dir(&mut self, dir: u64) {
        let (synced, pending): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.names_pending).into_iter().partition(|change| change.touches(dir));
        self.names_pending = pending;
        for change in synced {
            apply_name(&mut self.inodes, |dir| &mut dir.durable, &change);
        }
        self.forget_unreachable();
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
        self.forget_unreachable();
    }

    pub(super) fn free_bytes(&self) -> u64 {
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
    }

    // ---- the end ----

    /// The process has died.
    pub(super) fn close_all(&mut self) {
        self.in_flight.clear();
        self.handles.clear();
        self.locks.clear();
        self.stops_after = None;
        self.faults.clear();
    }

    pub(super) fn power_cut(&mut self, random: &mut Random) {
        for change in std::mem::take(&mut self.names_pending) {
            if random.chance(50) {
                apply_name(&mut self.inodes, |dir| &mut dir.durable, &change);
            }
        }
        for inode in self.inodes.values_mut() {
            match inode {
                Inode::Dir(dir) => dir.names = dir.durable.clone(),
                Inode::File(contents) => contents.power_cut(random),
            }
        }
        self.forget_unreachable();
    }
}

impl NameChange {
    fn touches(&self, inode: u64) -> bool {
        match self {
            NameChange::Link { dir, .. } | NameChange::Unlink { dir, .. } => *dir == inode,
            NameChange::Rename { from, to, .. } => from.0 == inode || to.0 == inode,
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

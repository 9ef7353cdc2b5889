//! The disk of the in-memory world: what a power cut leaves of it.
//!
//! Every page remembers what is on stable storage, and each change since. In a power cut every unsynced change meets
//! its own fate: kept, lost, or torn (each 512-byte sector by itself), whatever became of earlier and later ones. What
//! was synced, or written durably, is there. The length of a file and each change of a name are changes of the same
//! kind; a name is stable once its directory was synced. A rename is never torn.

use super::DiskCall;
use super::random::Random;
use loglane_model::{DiskRead, DiskWrite, File, PAGE_BYTES};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::Arc;

const PAGE: u64 = PAGE_BYTES as u64;
const SECTOR_BYTES: usize = 512;
const SECTORS: usize = PAGE_BYTES / SECTOR_BYTES;

/// The inode of the root directory.
pub(super) const ROOT: u64 = 1;

/// A page's contents; none is zeros.
type Image = Option<Arc<[u8; PAGE_BYTES]>>;

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

/// The contents of one file.
#[derive(Default)]
pub(super) struct Contents {
    pub(super) len: u64,
    durable_len: u64,
    lengths_pending: Vec<(u64, Length)>,
    pages: BTreeMap<u64, Page>,
    pub(super) modified_ms: i64,
}

#[derive(Clone, Copy)]
enum Length {
    AtLeast(u64),
    Exactly(u64),
}

#[derive(Default)]
struct Page {
    current: Image,
    durable: Image,
    /// Oldest first.
    pending: Vec<PageChange>,
}

struct PageChange {
    change: u64,
    /// One bit for each sector that was written.
    sectors: u8,
    /// The whole page behind the change.
    image: Image,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Kept,
    Lost,
    Torn,
}

impl Fate {
    fn draw(random: &mut Random) -> Fate {
        match random.within(0..10) {
            0..=3 => Fate::Kept,
            4..=6 => Fate::Lost,
            _ => Fate::Torn,
        }
    }

    /// Whether one sector of the change is there afterwards.
    fn keeps_sector(self, random: &mut Random) -> bool {
        match self {
            Fate::Kept => true,
            Fate::Lost => false,
            Fate::Torn => random.chance(50),
        }
    }
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
        self.check(DiskCall::Write).or_else(|error| {
            // What a failed write has done is anybody's guess.
            if self.stops_after != Some(0) && random.chance(50) {
                self.apply_write(inode, write, now_ms);
            }
            Err(error)
        })?;
        let change = self.apply_write(inode, write, now_ms);
        if write.durable {
            self.check(DiskCall::Sync)?;
            self.contents_of(inode).commit_write(change);
        }
        Ok(())
    }

    /// The process has died while the write was in flight.
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

impl Contents {
    pub(super) fn read(&self, position: u64, into: &mut [u8]) -> usize {
        let len = into.len().min(usize::try_from(self.len.saturating_sub(position)).unwrap_or(usize::MAX));
        let mut done = 0;
        while done < len {
            let at = position + done as u64;
            let skip = usize::try_from(at % PAGE).expect("less than a page");
            let piece = (PAGE_BYTES - skip).min(len - done);
            match self.pages.get(&(at / PAGE)).and_then(|page| page.current.as_ref()) {
                Some(image) => into[done..done + piece].copy_from_slice(&image[skip..skip + piece]),
                None => into[done..done + piece].fill(0),
            }
            done += piece;
        }
        len
    }

    pub(super) fn write(&mut self, change: u64, position: u64, bytes: &[u8], now_ms: i64) {
        let mut done = 0;
        while done < bytes.len() {
            let at = position + done as u64;
            let skip = usize::try_from(at % PAGE).expect("less than a page");
            let piece = (PAGE_BYTES - skip).min(bytes.len() - done);
            let piece_bytes = &bytes[done..done + piece];
            self.change_page(change, at / PAGE, skip, piece, |image| image.copy_from_slice(piece_bytes));
            done += piece;
        }
        let end = position + bytes.len() as u64;
        self.modified_ms = now_ms;
        self.extend(change, end);
    }

    pub(super) fn write_zeros(&mut self, change: u64, from: u64, to: u64, now_ms: i64) {
        for page in from / PAGE..to.div_ceil(PAGE) {
            self.change_page(change, page, 0, PAGE_BYTES, |image| image.fill(0));
        }
        self.modified_ms = now_ms;
        self.extend(change, to);
    }

    pub(super) fn extend(&mut self, change: u64, end: u64) {
        if end > self.len {
            self.len = end;
            self.lengths_pending.push((change, Length::AtLeast(end)));
        }
    }

    pub(super) fn set_len(&mut self, change: u64, len: u64, now_ms: i64) {
        if len < self.len {
            let boundary = usize::try_from(len % PAGE).expect("less than a page");
            if boundary > 0 {
                let rest = PAGE_BYTES - boundary;
                self.change_page(change, len / PAGE, boundary, rest, |image| image.fill(0));
            }
            let behind: Vec<u64> = self.pages.range(len.div_ceil(PAGE)..).map(|(page, _)| *page).collect();
            for page in behind {
                self.change_page(change, page, 0, PAGE_BYTES, |image| image.fill(0));
            }
        }
        if len != self.len {
            self.len = len;
            self.lengths_pending.push((change, Length::Exactly(len)));
            self.modified_ms = now_ms;
        }
    }

    fn change_page(
        &mut self,
        change: u64,
        number: u64,
        start: usize,
        len: usize,
        fill: impl FnOnce(&mut [u8]),
    ) {
        let page = self.pages.entry(number).or_default();
        let mut image = page.current.as_ref().map_or([0; PAGE_BYTES], |image| **image);
        fill(&mut image[start..start + len]);
        let image = if image == [0; PAGE_BYTES] { None } else { Some(Arc::new(image)) };
        if image.is_none() && page.current.is_none() && page.durable.is_none() && page.pending.is_empty() {
            self.pages.remove(&number); // Zeros over zeros: whatever happens to them, they are zeros.
            return;
        }
        let sectors =
            (start / SECTOR_BYTES..(start + len).div_ceil(SECTOR_BYTES)).fold(0, |bits, at| bits | 1 << at);
        page.current.clone_from(&image);
        page.pending.push(PageChange { change, sectors, image });
    }

    /// All that was changed is on stable storage.
    pub(super) fn sync(&mut self) {
        for page in self.pages.values_mut() {
            page.durable.clone_from(&page.current);
            page.pending.clear();
        }
        self.pages.retain(|_, page| page.durable.is_some());
        self.durable_len = self.len;
        self.lengths_pending.clear();
    }

    /// One write is on stable storage, and the length that it takes to read it back; the file system's journal keeps
    /// the order of lengths, so all earlier ones are too, with the zeros behind a cut.
    fn commit_write(&mut self, write: u64) {
        let lengths: BTreeSet<u64> = self.lengths_pending.drain(..).map(|(change, _)| change).collect();
        self.durable_len = self.len;
        for page in self.pages.values_mut() {
            let mut settled = 0u8;
            // Newest first: what a newer settled change has written, older ones can no longer alter.
            for change in page.pending.iter_mut().rev() {
                let settles =
                    change.change == write || (lengths.contains(&change.change) && change.image.is_none());
                change.sectors &= !settled;
                if settles {
                    copy_sectors(&mut page.durable, &change.image, change.sectors);
                    settled |= change.sectors;
                    change.sectors = 0;
                }
            }
            page.pending.retain(|change| change.sectors != 0);
        }
    }

    fn power_cut(&mut self, random: &mut Random) {
        let mut fates = BTreeMap::new();
        let mut fate =
            |change: u64, random: &mut Random| *fates.entry(change).or_insert_with(|| Fate::draw(random));
        let mut len = self.durable_len;
        for (change, length) in self.lengths_pending.drain(..) {
            if fate(change, random) != Fate::Lost {
                len = match length {
                    Length::AtLeast(end) => len.max(end),
                    Length::Exactly(end) => end,
                };
            }
        }
        for page in self.pages.values_mut() {
            for change in page.pending.drain(..) {
                let fate = fate(change.change, random);
                let mut kept = 0u8;
                for sector in 0..SECTORS {
                    let bit = 1 << sector;
                    if change.sectors & bit != 0 && fate.keeps_sector(random) {
                        kept |= bit;
                    }
                }
                copy_sectors(&mut page.durable, &change.image, kept);
            }
            page.current.clone_from(&page.durable);
        }
        (self.len, self.durable_len) = (len, len);
        self.zero_behind(len);
        self.pages.retain(|_, page| page.durable.is_some());
    }

    /// Bytes behind the end are none, and must not come back when the file grows.
    fn zero_behind(&mut self, len: u64) {
        for (number, page) in self.pages.range_mut(len / PAGE..) {
            let start = usize::try_from(len.saturating_sub(number * PAGE).min(PAGE)).expect("at most a page");
            if let Some(image) = &page.durable {
                let mut image = **image;
                image[start..].fill(0);
                page.durable = Some(Arc::new(image));
                page.current.clone_from(&page.durable);
            }
        }
    }
}

fn copy_sectors(into: &mut Image, from: &Image, sectors: u8) {
    if sectors == 0 {
        return;
    }
    if sectors == u8::MAX {
        into.clone_from(from);
        return;
    }
    let mut image = into.as_ref().map_or([0; PAGE_BYTES], |image| **image);
    for sector in (0..SECTORS).filter(|sector| sectors & (1 << sector) != 0) {
        let range = sector * SECTOR_BYTES..(sector + 1) * SECTOR_BYTES;
        match from {
            Some(from) => image[range.clone()].copy_from_slice(&from[range]),
            None => image[range].fill(0),
        }
    }
    *into = Some(Arc::new(image));
}

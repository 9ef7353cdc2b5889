//! The contents of a file in the in-memory world: what a power cut leaves of them.
//!
//! Every page remembers what is on stable storage, and each change since. In a power cut every unsynced change meets
//! its own fate: kept, lost, or torn (each 512-byte sector by itself), whatever became of earlier and later ones. What
//! was synced, or written durably, is there. The length of the file is a change of the same kind.

use super::random::Random;
use loglane_model::PAGE_BYTES;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

const PAGE: u64 = PAGE_BYTES as u64;
const SECTOR_BYTES: usize = 512;
const SECTORS: usize = PAGE_BYTES / SECTOR_BYTES;

/// A page's contents; none is zeros.
type Image = Option<Arc<[u8; PAGE_BYTES]>>;

/// The contents of one file.
#[derive(Default)]
pub(super) struct Contents {
    pub(super) len: u64,
    durable_len: u64,
    lengths_pending: Vec<(u64, Length)>,
    pages: BTreeMap<u64, Page>,
    /// Pages that have changes which are not on stable storage.
    unsynced: BTreeSet<u64>,
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

impl Contents {
    pub(super) fn empty(now_ms: i64) -> Contents {
        Contents { modified_ms: now_ms, ..Contents::default() }
    }

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
        // A page that is not there holds zeros, on stable storage too.
        let there = self.pages.range(from / PAGE..to.div_ceil(PAGE)).map(|(page, _)| *page);
        for page in there.collect::<Vec<u64>>() {
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
            self.unsynced.remove(&number);
            return;
        }
        let sectors =
            (start / SECTOR_BYTES..(start + len).div_ceil(SECTOR_BYTES)).fold(0, |bits, at| bits | 1 << at);
        page.current.clone_from(&image);
        page.pending.push(PageChange { change, sectors, image });
        self.unsynced.insert(number);
    }

    /// All that was changed is on stable storage.
    pub(super) fn sync(&mut self) {
        for number in std::mem::take(&mut self.unsynced) {
            let page = self.pages.get_mut(&number).expect("an unsynced page is there");
            page.durable.clone_from(&page.current);
            page.pending.clear();
            if page.durable.is_none() {
                self.pages.remove(&number);
            }
        }
        self.durable_len = self.len;
        self.lengths_pending.clear();
    }

    /// Bytes that are not on stable storage never will be, and count as if they were: the system could not write them
    /// back. They are still what everybody reads. Lengths are kept by a journal of their own.
    pub(super) fn lose_pending(&mut self) {
        for number in std::mem::take(&mut self.unsynced) {
            self.pages.get_mut(&number).expect("an unsynced page is there").pending.clear();
        }
    }

    /// One write is on stable storage, and the length that it takes to read it back; the file system's journal keeps
    /// the order of lengths, so all earlier ones are too, with the zeros behind a cut.
    pub(super) fn commit_write(&mut self, write: u64) {
        let cuts: BTreeSet<u64> = self
            .lengths_pending
            .drain(..)
            .filter(|(_, length)| matches!(length, Length::Exactly(_)))
            .map(|(change, _)| change)
            .collect();
        self.durable_len = self.len;
        for number in self.unsynced.clone() {
            let page = self.pages.get_mut(&number).expect("an unsynced page is there");
            let mut settled = 0u8;
            // Newest first: what a newer settled change has written, older ones can no longer alter.
            for change in page.pending.iter_mut().rev() {
                let settles = change.change == write || cuts.contains(&change.change);
                change.sectors &= !settled;
                if settles {
                    copy_sectors(&mut page.durable, &change.image, change.sectors);
                    settled |= change.sectors;
                    change.sectors = 0;
                }
            }
            page.pending.retain(|change| change.sectors != 0);
            if page.pending.is_empty() {
                self.unsynced.remove(&number);
            }
        }
    }

    pub(super) fn power_cut(&mut self, random: &mut Random) {
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
        self.unsynced.clear();
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

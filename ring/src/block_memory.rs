//! The memory behind blocks.
//!
//! An ordinary allocator keeps a header in front of each piece that it hands out. Where every piece begins a page, the header
//! costs the page before it, unless something else fits there: a block of one page takes two, and a budget is held on paper
//! only. So page-aligned allocations, which only blocks ask for, are cut from *chunks* whose pages are kept track of
//! elsewhere. Everything else goes to the system's allocator.
//!
//! What to remember: a page belongs to at most one block. A chunk goes back to the kernel once none of its pages belongs to
//! one; and of free pages in other chunks, which await blocks that fit there, the memory goes back as soon as it is more
//! than a sixteenth of what blocks have. So what blocks take of the machine is what they say, whatever their sizes.

#[cfg(test)]
mod tests;

use crate::mapping::{map_zeros, unmap};
use loglane_model::{PAGE_BYTES, pages_for};
use rustix::mm::{Advice, madvise};
use std::alloc::{GlobalAlloc, Layout, System};
use std::ptr::{self, NonNull};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// So much is asked of the kernel at once: enough that its share of each block is nothing, and that one block which stays
/// does not keep much else.
const CHUNK_BYTES: usize = 2 << 20;
const CHUNK_PAGES: usize = CHUNK_BYTES / PAGE_BYTES;
const WORDS: usize = CHUNK_PAGES / u64::BITS as usize;

/// Blocks of more pages get a mapping of their own.
const SHARED_PAGES_MAX: usize = CHUNK_PAGES / 2;

/// Free pages keep the memory of as many pages in any case, and beyond that of this part of the pages that blocks have.
const STALE_PAGES_MAX: usize = 1024;
const STALE_PART_MAX: usize = 16;

/// An allocator for a whole process, to be named by `#[global_allocator]`.
#[derive(Debug)]
pub struct BlockMemory {
    chunks: Mutex<Chunks>,
    map: fn(usize) -> Option<NonNull<u8>>,
}

impl BlockMemory {
    /// An allocator that holds nothing yet.
    #[must_use]
    pub const fn new() -> BlockMemory {
        BlockMemory { chunks: Mutex::new(Chunks::none()), map: map_zeros }
    }

    /// Where it goes back to is later told from size and address alone.
    fn source(&self, layout: Layout) -> Source {
        if !is_block(layout) {
            return Source::System;
        }
        match self.take(layout.size()) {
            Some(run) => Source::Ours(run),
            None if pages_of(layout.size()) > SHARED_PAGES_MAX => Source::Exhausted,
            None => Source::System,
        }
    }

    /// Memory for a block. `None`: the kernel gives no more.
    fn take(&self, size: usize) -> Option<Run> {
        let pages = pages_of(size);
        if pages > SHARED_PAGES_MAX {
            let start = (self.map)(pages_for(size) * PAGE_BYTES)?;
            return Some(Run { start, is_zero: true });
        }
        let node = memory_node();
        let mut chunks = self.lock();
        chunks.take(pages, node).or_else(|| {
            // The list itself is no block: growing it takes no lock of ours.
            chunks.list.try_reserve(1).ok()?;
            chunks.add((self.map)(CHUNK_BYTES)?, node);
            chunks.take(pages, node)
        })
    }

    /// Takes the memory of a block back. False: it did not come from here.
    ///
    /// # Safety
    /// Nobody uses the memory any more. If `size` is that of a block with a mapping of its own, it is one.
    unsafe fn give(&self, start: NonNull<u8>, size: usize) -> bool {
        let pages = pages_of(size);
        if pages > SHARED_PAGES_MAX {
            // SAFETY: `take` mapped as much for this block alone, and nobody uses it any more.
            unsafe { unmap(start, pages_for(size) * PAGE_BYTES) };
            return true;
        }
        let mut chunks = self.lock();
        let Some((at, page)) = chunks.place_of(start) else { return false };
        chunks.give(at, page, pages);
        if let Some(chunk) = chunks.remove_spare(at) {
            drop(chunks);
            // SAFETY: no page of the chunk belongs to a block, and it is not in the list any more.
            unsafe { unmap(chunk.start, CHUNK_BYTES) };
        }
        true
    }

    fn lock(&self) -> MutexGuard<'_, Chunks> {
        self.chunks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for BlockMemory {
    fn default() -> BlockMemory {
        BlockMemory::new()
    }
}

// SAFETY: memory of blocks comes from chunks, which hand each page out once until it is given back, or from a mapping
// that only this block has; both are aligned to pages and at least as large as asked. All other memory, and that of small
// blocks for which the kernel has no chunk, comes from and goes back to the system's allocator. Nothing here panics: indexes
// follow from addresses inside a chunk.
unsafe impl GlobalAlloc for BlockMemory {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        match self.source(layout) {
            Source::Ours(run) => run.start.as_ptr(),
            Source::Exhausted => ptr::null_mut(),
            Source::System => {
                // SAFETY: the caller's promises are those that the system's allocator wants.
                unsafe { System.alloc(layout) }
            }
        }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        match self.source(layout) {
            Source::Ours(run) => {
                if !run.is_zero {
                    // SAFETY: the run has at least as many bytes, and belongs to nobody but this call.
                    unsafe { run.start.as_ptr().write_bytes(0, layout.size()) };
                }
                run.start.as_ptr()
            }
            Source::Exhausted => ptr::null_mut(),
            Source::System => {
                // SAFETY: the caller's promises are those that the system's allocator wants.
                unsafe { System.alloc_zeroed(layout) }
            }
        }
    }

    unsafe fn dealloc(&self, start: *mut u8, layout: Layout) {
        if is_block(layout)
            && let Some(block) = NonNull::new(start)
        {
            // SAFETY: the caller gives up what it got from here for the same size.
            let was_ours = unsafe { self.give(block, layout.size()) };
            if was_ours {
                return;
            }
        }
        // SAFETY: it came from the system's allocator, since it lies in no chunk and is no mapping of its own.
        unsafe { System.dealloc(start, layout) };
    }

    unsafe fn realloc(&self, start: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if !is_block(layout) {
            // SAFETY: what is no block came from the system's allocator.
            return unsafe { System.realloc(start, layout, size) };
        }
        // SAFETY: the caller promises that the size is not zero and fits with this alignment.
        let moved = unsafe { self.alloc(Layout::from_size_align_unchecked(size, layout.align())) };
        if !moved.is_null() {
            // SAFETY: both are there, apart, and have as many bytes; the old one is the caller's to give up.
            unsafe {
                ptr::copy_nonoverlapping(start, moved, layout.size().min(size));
                self.dealloc(start, layout);
            }
        }
        moved
    }
}

/// Where an allocation comes from.
enum Source {
    Ours(Run),
    System,
    /// The kernel has no memory for a large block.
    Exhausted,
}

/// Pages next to each other that were taken for a block.
struct Run {
    start: NonNull<u8>,
    /// They have never been a block's since the kernel gave them.
    is_zero: bool,
}

/// All chunks.
#[derive(Debug)]
struct Chunks {
    /// By address.
    list: Vec<Chunk>,
    /// Sums over all of them.
    taken_pages: usize,
    stale_pages: usize,
}

impl Chunks {
    const fn none() -> Chunks {
        Chunks { list: Vec::new(), taken_pages: 0, stale_pages: 0 }
    }

    fn add(&mut self, start: NonNull<u8>, node: u32) {
        let at = self.list.partition_point(|other| other.start < start);
        self.list.insert(at, Chunk::new(start, node));
    }

    fn take(&mut self, pages: usize, node: u32) -> Option<Run> {
        let of_node = self.list.iter_mut().filter(|chunk| chunk.node == node);
        let (at, chunk) = of_node.filter_map(|chunk| Some((chunk.find(pages)?, chunk))).next()?;
        let stale = chunk.take(at, pages);
        self.taken_pages += pages;
        self.stale_pages -= stale;
        // SAFETY: the page lies inside the chunk.
        Some(Run { start: unsafe { chunk.start.add(at * PAGE_BYTES) }, is_zero: stale == 0 })
    }

    /// The chunk and the page in it that begins there.
    fn place_of(&self, start: NonNull<u8>) -> Option<(usize, usize)> {
        let at = self.list.partition_point(|chunk| chunk.start <= start).checked_sub(1)?;
        let offset = start.addr().get() - self.list[at].start.addr().get();
        (offset < CHUNK_BYTES).then_some((at, offset / PAGE_BYTES))
    }

    fn give(&mut self, at: usize, page: usize, pages: usize) {
        self.list[at].give(page, pages);
        self.taken_pages -= pages;
        self.stale_pages += pages;
        let most = STALE_PAGES_MAX.max(self.taken_pages / STALE_PART_MAX);
        if self.stale_pages > most {
            self.purge_down_to(most / 2); // So that it is not to be done again at the next block.
        }
    }

    fn purge_down_to(&mut self, pages: usize) {
        while self.stale_pages > pages {
            let Some(chunk) = self.list.iter_mut().max_by_key(|chunk| chunk.stale_pages) else { return };
            match chunk.purge() {
                0 => return, // The kernel takes nothing back.
                purged => self.stale_pages -= purged,
            }
        }
    }

    /// Takes an empty chunk out of the list, unless it is the only one: so a block that comes and goes does not map one
    /// each time.
    fn remove_spare(&mut self, at: usize) -> Option<Chunk> {
        if !self.list[at].is_empty() || self.list.iter().filter(|chunk| chunk.is_empty()).count() < 2 {
            return None;
        }
        let chunk = self.list.remove(at);
        self.stale_pages -= chunk.stale_pages;
        Some(chunk)
    }
}

/// A run of pages, and which of them belong to blocks.
#[derive(Debug)]
struct Chunk {
    start: NonNull<u8>,
    /// Where the memory is, on machines with several nodes: the core that first touches a page decides, so cores of other
    /// nodes take none of it.
    node: u32,
    /// One bit for each page that belongs to a block.
    taken: [u64; WORDS],
    taken_pages: usize,
    /// One bit for each page that belongs to none, but did, so that there is memory behind it.
    stale: [u64; WORDS],
    stale_pages: usize,
    /// No free run is as long, as far as it was looked for since the last page came back.
    none_of_pages: usize,
}

// SAFETY: a chunk is a range of addresses and what is known about it; any thread may keep it.
unsafe impl Send for Chunk {}

impl Chunk {
    fn new(start: NonNull<u8>, node: u32) -> Chunk {
        Chunk {
            start,
            node,
            taken: [0; WORDS],
            taken_pages: 0,
            stale: [0; WORDS],
            stale_pages: 0,
            none_of_pages: usize::MAX,
        }
    }

    fn is_empty(&self) -> bool {
        self.taken_pages == 0
    }

    /// Where there is a free run of `pages`, a power of two, at a multiple of its length: so free pages stay together.
    /// The lowest one, so that the upper ones become free.
    fn find(&mut self, pages: usize) -> Option<usize> {
        if CHUNK_PAGES - self.taken_pages < pages || self.none_of_pages <= pages {
            return None;
        }
        let is_free = |at: &usize| words(*at, pages).all(|(word, bits)| self.taken[word] & bits == 0);
        let found = (0..CHUNK_PAGES).step_by(pages).find(is_free);
        if found.is_none() {
            self.none_of_pages = pages;
        }
        found
    }

    /// Takes a run that was found; returns how many of its pages are stale.
    fn take(&mut self, at: usize, pages: usize) -> usize {
        let mut stale = 0;
        for (word, bits) in words(at, pages) {
            self.taken[word] |= bits;
            stale += (self.stale[word] & bits).count_ones() as usize;
            self.stale[word] &= !bits;
        }
        self.taken_pages += pages;
        self.stale_pages -= stale;
        stale
    }

    fn give(&mut self, at: usize, pages: usize) {
        for (word, bits) in words(at, pages) {
            self.taken[word] &= !bits;
            self.stale[word] |= bits;
        }
        self.taken_pages -= pages;
        self.stale_pages += pages;
        self.none_of_pages = usize::MAX;
    }

    /// Gives the memory of stale pages back to the kernel; returns how many they were.
    fn purge(&mut self) -> usize {
        let before = self.stale_pages;
        let mut page = 0;
        while page < CHUNK_PAGES {
            let run = (page..CHUNK_PAGES).take_while(|page| self.is_stale(*page)).count();
            // SAFETY: the pages lie inside the chunk and belong to no block.
            let is_given = run > 0
                && unsafe {
                    let start = self.start.add(page * PAGE_BYTES);
                    madvise(start.as_ptr().cast(), run * PAGE_BYTES, Advice::LinuxDontNeed).is_ok()
                };
            if is_given {
                for (word, bits) in (page..page + run).flat_map(|page| words(page, 1)) {
                    self.stale[word] &= !bits;
                }
                self.stale_pages -= run;
            }
            page += run.max(1);
        }
        before - self.stale_pages
    }

    fn is_stale(&self, page: usize) -> bool {
        words(page, 1).any(|(word, bits)| self.stale[word] & bits != 0)
    }
}

/// The words of [`Chunk::taken`], and the bits in each, that stand for a run of `pages`, a power of two, at a multiple
/// of its length.
fn words(at: usize, pages: usize) -> impl Iterator<Item = (usize, u64)> {
    let bits = u64::BITS as usize;
    let in_one = u64::MAX >> (bits - pages.min(bits));
    (at / bits..(at + pages).div_ceil(bits)).map(move |word| (word, in_one << (at % bits)))
}

/// Nothing but a block is aligned to pages.
fn is_block(layout: Layout) -> bool {
    layout.align() == PAGE_BYTES
}

/// How many pages a block of `size` bytes takes in a chunk.
fn pages_of(size: usize) -> usize {
    pages_for(size).next_power_of_two()
}

/// The memory node of the core that this thread runs on: 0 where there is only one.
fn memory_node() -> u32 {
    let mut node = 0_u32;
    let unused = ptr::null_mut::<u8>();
    // SAFETY: the kernel writes the one number, and nothing where the pointer is null.
    unsafe { libc::syscall(libc::SYS_getcpu, unused, &raw mut node, unused) };
    node
}

use super::*;
use std::collections::BTreeMap;
use std::fs;

fn layout(bytes: usize) -> Layout {
    Layout::from_size_align(bytes, PAGE_BYTES).unwrap()
}

/// A block, to fill and look at.
struct Taken<'a> {
    memory: &'a BlockMemory,
    start: *mut u8,
    layout: Layout,
    /// So many bytes have contents.
    known: usize,
}

impl<'a> Taken<'a> {
    fn zeroed(memory: &'a BlockMemory, bytes: usize) -> Taken<'a> {
        let layout = layout(bytes);
        // SAFETY: the size is not zero.
        let start = unsafe { memory.alloc_zeroed(layout) };
        assert!(!start.is_null());
        Taken { memory, start, layout, known: bytes }
    }

    fn bytes(&mut self) -> &mut [u8] {
        // SAFETY: the memory is ours until it is dropped, and so many bytes were zeroed.
        unsafe { std::slice::from_raw_parts_mut(self.start, self.known) }
    }

    fn resize(&mut self, bytes: usize) {
        // SAFETY: it came from there with this layout; the new size is not zero.
        self.start = unsafe { self.memory.realloc(self.start, self.layout, bytes) };
        assert!(!self.start.is_null());
        self.layout = layout(bytes);
        self.known = self.known.min(bytes);
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        // SAFETY: it came from there with this layout, and goes back once.
        unsafe { self.memory.dealloc(self.start, self.layout) };
    }
}

fn chunks(memory: &BlockMemory) -> usize {
    memory.lock().list.len()
}

#[test]
fn blocks_of_every_size_are_page_aligned() {
    let memory = BlockMemory::new();
    let mut held = Vec::new();
    for pages in [1, 2, 3, 4, 16, 17, 100, 256, 257, 512, 513, 1024] {
        let taken = Taken::zeroed(&memory, pages * PAGE_BYTES);
        assert_eq!(taken.start.addr() % PAGE_BYTES, 0, "{pages} pages");
        held.push(taken);
    }
    assert_eq!(chunks(&memory), 1, "those of 1 to 256 pages fit into one chunk");
}

#[test]
fn what_was_looked_for_in_vain_is_found_when_it_has_come_back() {
    let memory = BlockMemory::new();
    let mut held: Vec<_> = (0..CHUNK_PAGES).map(|_| Taken::zeroed(&memory, PAGE_BYTES)).collect();
    held.swap_remove(7);
    let elsewhere: Vec<_> = (0..CHUNK_PAGES / 2).map(|_| Taken::zeroed(&memory, 2 * PAGE_BYTES)).collect();
    assert_eq!(chunks(&memory), 2, "one free page is not two");
    held.swap_remove(6);
    let there = Taken::zeroed(&memory, 2 * PAGE_BYTES);
    assert_eq!(chunks(&memory), 2, "now there are two, side by side");
    drop((held, elsewhere, there));
}

#[test]
fn a_chunk_is_filled_to_its_last_page_before_there_is_another() {
    let memory = BlockMemory::new();
    let held: Vec<_> = (0..CHUNK_PAGES).map(|_| Taken::zeroed(&memory, PAGE_BYTES)).collect();
    assert_eq!(chunks(&memory), 1);
    let another = Taken::zeroed(&memory, 1);
    assert_eq!(chunks(&memory), 2);
    drop(held);
    drop(another);
}

#[test]
fn memory_that_was_used_before_is_zeroed_again() {
    let memory = BlockMemory::new();
    let mut first = Taken::zeroed(&memory, 4 * PAGE_BYTES);
    let beside = Taken::zeroed(&memory, PAGE_BYTES);
    let start = first.start;
    first.bytes().fill(7);
    drop(first);
    let mut again = Taken::zeroed(&memory, 2 * PAGE_BYTES);
    assert_eq!(again.start, start, "what is free is used first");
    assert!(again.bytes().iter().all(|byte| *byte == 0));
    again.bytes().fill(9);
    drop(again);
    drop(beside);
    // Some of it was used before, and some was not.
    for pages in [32, 256] {
        let mut again = Taken::zeroed(&memory, pages * PAGE_BYTES);
        assert_eq!(again.start, start);
        assert!(again.bytes().iter().all(|byte| *byte == 0), "{pages} pages");
        again.bytes().fill(9);
    }
}

#[test]
fn a_block_that_is_resized_keeps_its_bytes() {
    let memory = BlockMemory::new();
    let mut taken = Taken::zeroed(&memory, 3 * PAGE_BYTES);
    taken.bytes().fill(5);
    for pages in [5, 300, 3000, 299, 3] {
        taken.resize(pages * PAGE_BYTES);
        assert!(taken.bytes()[..3 * PAGE_BYTES].iter().all(|byte| *byte == 5), "{pages} pages");
    }
    // What is no block is the system's, also while it grows.
    let small = Layout::from_size_align(100, 8).unwrap();
    // SAFETY: sizes are not zero, and each layout is that of the memory.
    unsafe {
        let start = memory.alloc(small);
        start.write_bytes(3, 100);
        let start = memory.realloc(start, small, 1 << 20);
        assert_eq!(start.add(99).read(), 3);
        memory.dealloc(start, Layout::from_size_align(1 << 20, 8).unwrap());
    }
    drop(taken);
    assert_eq!(chunks(&memory), 1);
}

#[test]
fn chunks_without_blocks_go_back_to_the_kernel_but_one() {
    let memory = BlockMemory::new();
    let mut held: Vec<_> = (0..8).map(|_| Taken::zeroed(&memory, CHUNK_BYTES / 2)).collect();
    assert_eq!(chunks(&memory), 4);
    held.truncate(1);
    assert_eq!(chunks(&memory), 2, "the one in use and a spare one");
    held.clear();
    assert_eq!(chunks(&memory), 1);
}

#[test]
fn free_pages_keep_little_memory() {
    let memory = BlockMemory::new();
    let mut held: Vec<_> = (0..20 * CHUNK_PAGES).map(|_| Taken::zeroed(&memory, PAGE_BYTES)).collect();
    for taken in &mut held {
        taken.bytes().fill(7);
    }
    let mut nth = 0;
    held.retain(|_| {
        nth += 1;
        nth % 2 == 0
    });
    assert_eq!(chunks(&memory), 20, "there are blocks in all of them");
    let of_all = memory.lock();
    assert_eq!(of_all.taken_pages, 10 * CHUNK_PAGES);
    assert!(of_all.stale_pages <= STALE_PAGES_MAX, "{} pages", of_all.stale_pages);
    assert_eq!(of_all.stale_pages, of_all.list.iter().map(|chunk| chunk.stale_pages).sum::<usize>());
    drop(of_all);
    // Those whose memory is gone and those whose is not are zeros alike for who takes them.
    for _ in 0..10 * CHUNK_PAGES {
        let mut again = Taken::zeroed(&memory, PAGE_BYTES);
        assert!(again.bytes().iter().all(|byte| *byte == 0));
        held.push(again);
    }
    assert_eq!((chunks(&memory), memory.lock().stale_pages), (20, 0));
    assert!(held[..10 * CHUNK_PAGES].iter_mut().all(|taken| taken.bytes()[0] == 7), "others keep theirs");
}

#[test]
fn memory_that_is_given_back_is_not_mapped_any_more() {
    let memory = BlockMemory::new();
    let spare = Taken::zeroed(&memory, CHUNK_BYTES / 2);
    for (what, bytes) in [("a chunk", CHUNK_BYTES / 2), ("a mapping of its own", 2 * CHUNK_BYTES)] {
        // Other tests may be given the same addresses at once, but not every time.
        let is_given_back = (0..200).any(|_| {
            let held = [bytes; 4].map(|bytes| Taken::zeroed(&memory, bytes));
            let start = held[3].start.addr();
            assert!(is_mapped(start));
            drop(held);
            !is_mapped(start)
        });
        assert!(is_given_back, "{what}");
    }
    drop(spare);
}

/// Whether something is mapped at the address.
fn is_mapped(address: usize) -> bool {
    let maps = fs::read_to_string("/proc/self/maps").expect("Linux tells it");
    maps.lines().any(|line| {
        let (range, _) = line.split_once(' ').expect("a range comes first");
        let (from, to) = range.split_once('-').expect("a range has two ends");
        let address_of = |text| usize::from_str_radix(text, 16).expect("an address");
        (address_of(from)..address_of(to)).contains(&address)
    })
}

#[test]
fn where_the_kernel_gives_no_chunk_the_system_serves_small_blocks_and_large_ones_fail() {
    let memory = BlockMemory { chunks: Mutex::new(Chunks::none()), map: |_| None };
    let mut taken = Taken::zeroed(&memory, 16 * PAGE_BYTES);
    assert_eq!(taken.start.addr() % PAGE_BYTES, 0);
    assert!(taken.bytes().iter().all(|byte| *byte == 0));
    taken.bytes().fill(1);
    taken.resize(32 * PAGE_BYTES);
    assert_eq!(taken.bytes()[16 * PAGE_BYTES - 1], 1);
    drop(taken);
    // SAFETY: the size is not zero.
    let large = unsafe { memory.alloc(layout((SHARED_PAGES_MAX + 1) * PAGE_BYTES)) };
    assert!(large.is_null());
    assert_eq!(chunks(&memory), 0);
}

#[test]
fn a_block_of_the_system_goes_back_to_it_when_there_are_chunks_again() {
    let mut memory = BlockMemory { chunks: Mutex::new(Chunks::none()), map: |_| None };
    let layout = layout(PAGE_BYTES);
    // SAFETY: the size is not zero.
    let systems = unsafe { memory.alloc(layout) };
    memory.map = map_zeros;
    let ours = Taken::zeroed(&memory, PAGE_BYTES);
    // SAFETY: it came from there with this layout.
    unsafe { memory.dealloc(systems, layout) };
    drop(ours);
    assert_eq!(memory.lock().list[0].taken_pages, 0);
}

#[test]
fn chunks_of_another_memory_node_are_left_to_its_cores() {
    let memory = BlockMemory::new();
    let first = Taken::zeroed(&memory, PAGE_BYTES);
    memory.lock().list[0].node = u32::MAX;
    let second = Taken::zeroed(&memory, PAGE_BYTES);
    assert_eq!(chunks(&memory), 2);
    drop((first, second));
}

/// Blocks come and go on several threads; each keeps what was written to it.
#[test]
fn no_two_blocks_share_a_byte() {
    let memory = BlockMemory::new();
    std::thread::scope(|scope| {
        for seed in 1..=4_u64 {
            let memory = &memory;
            scope.spawn(move || shuffle(memory, seed));
        }
    });
    assert_eq!(chunks(&memory), 1, "all blocks are gone, and all chunks but one");
    assert!(memory.lock().list[0].is_empty());
}

fn shuffle(memory: &BlockMemory, seed: u64) {
    let mut state = seed;
    // Knuth's; the upper bits are the better ones.
    let mut below = |bound: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % bound
    };
    let mut held: BTreeMap<u64, Taken<'_>> = BTreeMap::new();
    for step in 0..500 {
        let mark = |id: u64| (id * 4 + seed).to_le_bytes();
        let pages = 1 << below(9);
        if held.len() < 40 {
            let mut taken = Taken::zeroed(memory, pages * PAGE_BYTES);
            for page in taken.bytes().chunks_mut(PAGE_BYTES) {
                assert_eq!((page[0], page[PAGE_BYTES - 1]), (0, 0), "seed {seed}, step {step}");
                page[..8].copy_from_slice(&mark(step));
                page[PAGE_BYTES - 8..].copy_from_slice(&mark(step));
            }
            held.insert(step, taken);
        }
        let nth = usize::try_from(below(held.len() as u64 * 2)).unwrap();
        let Some(id) = held.keys().nth(nth).copied() else { continue };
        let mut taken = held.remove(&id).expect("just seen");
        for page in taken.bytes().chunks(PAGE_BYTES) {
            assert_eq!(page[..8], mark(id), "seed {seed}, step {step}");
            assert_eq!(page[PAGE_BYTES - 8..], mark(id), "seed {seed}, step {step}");
        }
    }
}

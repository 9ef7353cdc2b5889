//! Page-aligned memory: received frames, the tail of each log, and what is read from disk.
//!
//! A block is written by exactly one owner, then *sealed*: shared by reference count and never changed again
//! while anybody else holds it. That rule is what lets a disk write, a cache entry and a send use one copy.

use std::collections::VecDeque;
use std::sync::Arc;
use zerocopy::{FromBytes, FromZeros, Immutable, IntoBytes, KnownLayout};

/// The unit of direct I/O.
pub const PAGE_BYTES: usize = 4096;

#[derive(FromBytes, IntoBytes, KnownLayout, Immutable)]
#[repr(C, align(4096))]
struct Page([u8; PAGE_BYTES]);

const _: () = assert!(size_of::<Page>() == PAGE_BYTES && align_of::<Page>() == PAGE_BYTES);

/// How many pages hold `bytes`.
#[must_use]
pub fn pages_for(bytes: usize) -> usize {
    bytes.div_ceil(PAGE_BYTES)
}

/// A run of pages, aligned for direct I/O.
pub struct Block {
    pages: Box<[Page]>,
}

/// A block that several may read. Only a sole owner can write it: `Arc::get_mut`.
pub type SharedBlock = Arc<Block>;

impl Block {
    /// A new block of zeros.
    #[must_use]
    pub fn zeroed(pages: usize) -> Block {
        Block { pages: <[Page]>::new_box_zeroed_with_elems(pages).expect("the budget bounds every block") }
    }

    /// The whole block.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.pages.as_bytes()
    }

    /// The whole block, to fill.
    #[must_use]
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        self.pages.as_mut_bytes()
    }

    /// Bytes of the block, a multiple of [`PAGE_BYTES`].
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.pages.len() * PAGE_BYTES
    }
}

impl std::fmt::Debug for Block {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Block({} pages)", self.pages.len())
    }
}

/// A run of bytes in a sealed block, kept alive for as long as the extent is.
#[derive(Debug, Clone)]
pub struct Extent {
    /// Who holds the bytes.
    pub block: SharedBlock,
    /// First byte in the block.
    pub start: u32,
    /// First byte behind the run.
    pub end: u32,
}

impl Extent {
    /// The bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.block.bytes()[self.start as usize..self.end as usize]
    }

    /// How many bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        (self.end - self.start) as usize
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.start == self.end
    }
}

/// Free blocks of one shard, by size class, so that the hot path takes and gives back without the allocator.
///
/// The pool counts the bytes that are out: taken and not given back, or given back while somebody still reads them
/// (a send under way, perhaps another shard's). It keeps at most `idle_bytes_max` of free ones, of the sizes that are
/// asked for. It refuses nothing by itself: who takes asks [`BlockPool::out_bytes`] against its own budget first.
#[derive(Debug)]
pub struct BlockPool {
    /// `free[k]` holds blocks of `2^k` pages.
    free: Vec<Vec<SharedBlock>>,
    /// Given back, but still read by somebody; in the order in which they were given.
    lent: VecDeque<SharedBlock>,
    lent_bytes: usize,
    idle_bytes: usize,
    idle_bytes_max: usize,
    out_bytes: usize,
}

/// How many lent blocks are looked at each time that one is taken or given.
const LOOK_AT: usize = 4;

/// The largest block, 2^16 pages (256 MiB): no frame and no read is larger.
pub const BLOCK_BYTES_MAX: usize = PAGE_BYTES << (CLASS_COUNT - 1);

/// Blocks of 2^0 to 2^16 pages are pooled.
const CLASS_COUNT: usize = 17;

impl BlockPool {
    /// An empty pool that will keep at most `idle_bytes_max` of unused blocks.
    #[must_use]
    pub fn new(idle_bytes_max: usize) -> BlockPool {
        BlockPool {
            free: (0..CLASS_COUNT).map(|_| Vec::new()).collect(),
            lent: VecDeque::new(),
            lent_bytes: 0,
            idle_bytes: 0,
            idle_bytes_max,
            out_bytes: 0,
        }
    }

    /// The bytes that a block for `bytes` will really take.
    #[must_use]
    pub fn size_class_bytes(bytes: usize) -> usize {
        pages_for(bytes.max(1)).next_power_of_two() * PAGE_BYTES
    }

    /// A block of at least `bytes`, solely owned, **with stale contents**: the taker fills or zeroes it.
    pub fn take(&mut self, bytes: usize) -> SharedBlock {
        let capacity = BlockPool::size_class_bytes(bytes);
        self.reclaim(LOOK_AT);
        self.out_bytes += capacity;
        let class = (capacity / PAGE_BYTES).trailing_zeros() as usize;
        assert!(class < CLASS_COUNT, "a block of {bytes} bytes was asked for: every caller bounds its sizes");
        match self.free[class].pop() {
            Some(block) => {
                self.idle_bytes -= capacity;
                block
            }
            None => {
                self.make_room(capacity);
                Arc::new(Block::zeroed(capacity / PAGE_BYTES))
            }
        }
    }

    /// Lets go of free blocks of other sizes, so that a block which is made now can be kept when it comes back. Without
    /// it, blocks of a size that nobody asks for any more would keep out those that are asked for, and each of them would
    /// be made anew.
    fn make_room(&mut self, capacity: usize) {
        if capacity > self.idle_bytes_max {
            return; // It is never kept.
        }
        while self.idle_bytes + capacity > self.idle_bytes_max {
            let largest = (0..CLASS_COUNT).max_by_key(|class| self.free[*class].len() << class);
            let class = largest.expect("there are classes");
            drop(self.free[class].pop().expect("the class with most bytes has some, since some are idle"));
            self.idle_bytes -= PAGE_BYTES << class;
        }
    }

    /// Takes a block back. If somebody else still holds it, it counts as out until the last one lets go.
    pub fn give(&mut self, mut block: SharedBlock) {
        if Arc::get_mut(&mut block).is_some() {
            self.keep(block);
        } else {
            self.lent_bytes += block.capacity();
            self.lent.push_back(block);
        }
    }

    /// Looks whether lent blocks have become free, at up to `count` of them. To be called once in a while, with what
    /// a turn can afford: nobody tells the pool when a reader on another core lets go.
    pub fn reclaim(&mut self, count: usize) {
        for _ in 0..count.min(self.lent.len()) {
            let Some(mut block) = self.lent.pop_front() else { return };
            if Arc::get_mut(&mut block).is_some() {
                self.lent_bytes -= block.capacity();
                self.keep(block);
            } else {
                self.lent.push_back(block);
            }
        }
    }

    fn keep(&mut self, block: SharedBlock) {
        let capacity = block.capacity();
        self.out_bytes = self.out_bytes.checked_sub(capacity).expect("a block is given back once");
        if self.idle_bytes + capacity <= self.idle_bytes_max {
            self.idle_bytes += capacity;
            let class = (capacity / PAGE_BYTES).trailing_zeros() as usize;
            self.free[class].push(block);
        }
    }

    /// Bytes of the blocks that were given back and that somebody still reads: nobody else has any use for them.
    #[must_use]
    pub fn lent_bytes(&self) -> usize {
        self.lent_bytes
    }

    /// Bytes of the blocks that are out.
    #[must_use]
    pub fn out_bytes(&self) -> usize {
        self.out_bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_is_aligned_for_direct_io() {
        let block = Block::zeroed(3);
        assert_eq!(block.bytes().as_ptr() as usize % PAGE_BYTES, 0);
        assert_eq!(block.capacity(), 3 * PAGE_BYTES);
    }

    #[test]
    fn a_block_that_came_back_is_handed_out_again_and_a_held_one_is_not() {
        let mut pool = BlockPool::new(1 << 20);
        let first = pool.take(5000);
        let address = first.bytes().as_ptr();
        pool.give(first);
        let second = pool.take(8192);
        assert_eq!(second.bytes().as_ptr(), address);
        let held = second.clone();
        pool.give(second);
        assert_eq!(pool.out_bytes(), 8192, "somebody still reads it");
        assert_ne!(pool.take(8192).bytes().as_ptr(), held.bytes().as_ptr());
        drop(held);
        pool.reclaim(1);
        assert_eq!(pool.out_bytes(), 8192, "only the third is out");
        assert_eq!(pool.take(8192).bytes().as_ptr(), address);
    }

    #[test]
    fn the_pool_keeps_no_more_than_its_bound() {
        let mut pool = BlockPool::new(PAGE_BYTES);
        let (a, b) = (pool.take(1), pool.take(1));
        pool.give(a);
        pool.give(b);
        assert_eq!((pool.idle_bytes, pool.out_bytes()), (PAGE_BYTES, 0));
    }

    #[test]
    fn sizes_that_nobody_asks_for_make_room_for_those_that_are() {
        let mut pool = BlockPool::new(8 * PAGE_BYTES);
        let small: Vec<_> = (0..8).map(|_| pool.take(1)).collect();
        small.into_iter().for_each(|block| pool.give(block));
        assert_eq!(pool.idle_bytes, 8 * PAGE_BYTES);
        let large = pool.take(4 * PAGE_BYTES);
        let address = large.bytes().as_ptr();
        pool.give(large);
        let large = pool.take(4 * PAGE_BYTES);
        assert_eq!(large.bytes().as_ptr(), address, "it was kept");
        assert_eq!(pool.idle_bytes, 4 * PAGE_BYTES, "and no more was let go than it needs");
        // One that is never kept costs the others nothing.
        let huge = pool.take(16 * PAGE_BYTES);
        assert_eq!(pool.idle_bytes, 4 * PAGE_BYTES);
        pool.give(huge);
        pool.give(large);
        assert_eq!((pool.idle_bytes, pool.out_bytes()), (8 * PAGE_BYTES, 0));
    }
}

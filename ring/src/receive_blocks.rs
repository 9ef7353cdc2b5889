//! The blocks that bytes are received into, within a bound: some free, the others out with the shard.

use loglane_model::{Block, PAGE_BYTES, SharedBlock};
use std::sync::Arc;

/// Pages of one receive block.
pub(crate) const RECEIVE_BLOCK_PAGES: usize = 4;
/// Bytes of one receive block: 16 KiB.
pub(crate) const RECEIVE_BLOCK_BYTES: usize = RECEIVE_BLOCK_PAGES * PAGE_BYTES;

/// Allocated as they are needed, up to `blocks_max`, and kept for reuse.
#[derive(Debug)]
pub(crate) struct ReceiveBlocks {
    free: Vec<SharedBlock>,
    /// Free ones and those that were taken and not given back.
    existing: usize,
    blocks_max: usize,
}

impl ReceiveBlocks {
    pub(crate) fn new(blocks_max: usize) -> ReceiveBlocks {
        ReceiveBlocks { free: Vec::new(), existing: 0, blocks_max: blocks_max.max(1) }
    }

    /// A block that nobody else holds, unless all are out.
    pub(crate) fn take(&mut self) -> Option<SharedBlock> {
        if let Some(block) = self.free.pop() {
            return Some(block);
        }
        if self.existing == self.blocks_max {
            return None;
        }
        self.existing += 1;
        Some(Arc::new(Block::zeroed(RECEIVE_BLOCK_PAGES)))
    }

    /// Takes a block back. One that is still shared goes with its last holder; a fresh one may be made instead.
    pub(crate) fn give(&mut self, mut block: SharedBlock) {
        if block.capacity() == 0 {
            return; // The block of an end of stream holds nothing and came from nowhere.
        }
        assert_eq!(block.capacity(), RECEIVE_BLOCK_BYTES, "only receive buffers are recycled");
        if Arc::get_mut(&mut block).is_some() {
            self.free.push(block);
        } else {
            self.existing = self.existing.checked_sub(1).expect("a block is recycled once");
        }
        assert!(self.free.len() <= self.existing, "a block is recycled once");
    }
}

/// The block that an end of stream comes with.
pub(crate) fn empty_block() -> SharedBlock {
    Arc::new(Block::zeroed(0))
}

//! The provided-buffer ring: receive blocks that the kernel picks from when bytes arrive, so that a connection which
//! waits holds none.

use crate::receive_blocks::{RECEIVE_BLOCK_BYTES, ReceiveBlocks};
use io_uring::Submitter;
use io_uring::types::BufRingEntry;
use loglane_model::{Block, SharedBlock, pages_for};
use std::io;
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

/// The one buffer group of a ring.
pub(super) const BUFFER_GROUP: u16 = 0;

/// How many blocks lie ready at first.
const READY_AT_FIRST: usize = 16;

/// While block `id` is in `lent`, the kernel may write into it at any time and nobody else touches it.
#[derive(Debug)]
pub(super) struct BufferRing {
    /// Where the kernel looks for buffers. Written only through `entries`, after the kernel knows of it.
    _memory: SharedBlock,
    entries: NonNull<BufRingEntry>,
    mask: u16,
    tail: u16,
    lent: Vec<Option<SharedBlock>>,
    free_ids: Vec<u16>,
    /// How many blocks shall lie ready; grows with the demand.
    ready_wanted: usize,
    blocks: ReceiveBlocks,
}

impl BufferRing {
    /// Registers an empty ring for up to `blocks_max` blocks that are lent or out.
    pub(super) fn register(submitter: &Submitter<'_>, blocks_max: usize) -> io::Result<BufferRing> {
        let count = u16::try_from(blocks_max.next_power_of_two().clamp(1, 1024)).expect("at most 1024");
        let bytes = usize::from(count) * size_of::<BufRingEntry>();
        let mut memory = Arc::new(Block::zeroed(pages_for(bytes)));
        let address = Arc::get_mut(&mut memory).expect("just made").bytes_mut().as_mut_ptr();
        // SAFETY: the block is page-aligned, holds `count` entries, and lives as long as `self`, whose owner drops it
        // only after the kernel has let go of the ring (`Uring` closes its ring first).
        unsafe { submitter.register_buf_ring_with_flags(address as u64, count, BUFFER_GROUP, 0)? };
        let mut ring = BufferRing {
            _memory: memory,
            entries: NonNull::new(address.cast()).expect("a block has an address"),
            mask: count - 1,
            tail: 0,
            lent: (0..count).map(|_| None).collect(),
            free_ids: (0..count).rev().collect(),
            ready_wanted: READY_AT_FIRST.min(usize::from(count)),
            blocks: ReceiveBlocks::new(blocks_max),
        };
        ring.top_up();
        Ok(ring)
    }

    /// The block of a completion; it is no longer the kernel's.
    pub(super) fn take(&mut self, id: u16) -> SharedBlock {
        let block = self.lent[usize::from(id)].take().expect("the kernel fills only what was lent to it");
        self.free_ids.push(id);
        block
    }

    /// Takes a block back that the shard has done with.
    pub(super) fn give(&mut self, block: SharedBlock) {
        self.blocks.give(block);
    }

    /// Lends blocks until as many lie ready as are wanted, or none is left.
    pub(super) fn top_up(&mut self) {
        let before = self.tail;
        while self.ready_count() < self.ready_wanted {
            let Some(block) = self.blocks.take() else { break };
            self.lend(block);
        }
        if self.tail != before {
            // SAFETY: the tail is the 16 bits behind the first entry's other fields (io_uring_buf_ring in
            // linux/io_uring.h), inside `_memory`; both sides access it atomically.
            let tail = unsafe { AtomicU16::from_ptr(BufRingEntry::tail(self.entries.as_ptr()).cast_mut()) };
            // Release: the kernel sees the entries before it sees that there are more of them.
            tail.store(self.tail, Ordering::Release);
        }
    }

    /// A receive found nothing ready: twice as many from now on, as far as the ring and the bound on blocks go.
    pub(super) fn want_more(&mut self) {
        self.ready_wanted = (self.ready_wanted * 2).min(self.lent.len());
    }

    /// How many blocks lie ready, as far as completions have told.
    pub(super) fn ready_count(&self) -> usize {
        self.lent.len() - self.free_ids.len()
    }

    fn lend(&mut self, mut block: SharedBlock) {
        let id = self.free_ids.pop().expect("no more blocks are lent than there are entries");
        let bytes = Arc::get_mut(&mut block).expect("a free block has one holder").bytes_mut();
        let (address, len) = (bytes.as_mut_ptr() as u64, bytes.len());
        assert_eq!(len, RECEIVE_BLOCK_BYTES);
        // SAFETY: the index is masked to the number of entries, and the kernel does not read an entry at or past the
        // tail, which is published later. The reserved field of entry 0, the tail itself, is not touched.
        let entry = unsafe { &mut *self.entries.as_ptr().add(usize::from(self.tail & self.mask)) };
        entry.set_addr(address);
        entry.set_len(u32::try_from(len).expect("16 KiB"));
        entry.set_bid(id);
        self.tail = self.tail.wrapping_add(1);
        self.lent[usize::from(id)] = Some(block);
    }
}

//! Consecutive bytes of one segment that are in memory, in pieces of sealed blocks.
//!
//! The batch cache and every cold cursor hold their bytes as runs, so that reading a batch header, checking a CRC
//! and lending extents is written once. A run knows positions only; offsets are read from the batches.

use loglane_model::{BATCH_HEADER_BYTES, BatchHeader, BlockPool, Extent, SharedBlock};
use std::collections::VecDeque;

/// The part of one block that a run shows.
#[derive(Debug)]
pub(crate) struct Piece {
    block: SharedBlock,
    /// Position in the segment of the block's first byte.
    block_position: u64,
    /// First position that this piece shows.
    start: u64,
    /// First position behind it.
    end: u64,
}

/// Consecutive pieces: each one starts where the one before it ends.
#[derive(Debug, Default)]
pub(crate) struct BlockRun {
    pieces: VecDeque<Piece>,
    block_bytes: usize,
}

impl BlockRun {
    /// First position shown; meaningless for an empty run.
    pub(crate) fn start(&self) -> u64 {
        self.pieces.front().map_or(0, |piece| piece.start)
    }

    /// First position behind the run; meaningless for an empty run.
    pub(crate) fn end(&self) -> u64 {
        self.pieces.back().map_or(0, |piece| piece.end)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// Memory of the blocks, shown or not.
    pub(crate) fn block_bytes(&self) -> usize {
        self.block_bytes
    }

    /// Whether `position` is shown.
    pub(crate) fn covers(&self, position: u64) -> bool {
        !self.is_empty() && self.start() <= position && position < self.end()
    }

    /// Appends `block`, whose first byte lies at `block_position` and whose bytes up to `end` are of use. Where it
    /// overlaps what is there (a page that was rewritten with more behind it) the new block is shown from then on,
    /// and blocks of which nothing is shown any more go back to the pool.
    pub(crate) fn push(&mut self, block: SharedBlock, block_position: u64, end: u64, pool: &mut BlockPool) {
        assert!(block_position < end && end - block_position <= block.capacity() as u64);
        while let Some(last) = self.pieces.back_mut() {
            assert!(block_position <= last.end, "a run has no holes");
            last.end = block_position;
            if last.start < last.end {
                break;
            }
            self.pop_back(pool);
        }
        self.block_bytes += block.capacity();
        self.pieces.push_back(Piece { block, block_position, start: block_position, end });
    }

    /// Gives the oldest block back; returns its bytes, 0 for an empty run.
    pub(crate) fn pop_front(&mut self, pool: &mut BlockPool) -> usize {
        let Some(piece) = self.pieces.pop_front() else { return 0 };
        let bytes = piece.block.capacity();
        self.block_bytes -= bytes;
        pool.give(piece.block);
        bytes
    }

    fn pop_back(&mut self, pool: &mut BlockPool) {
        let piece = self.pieces.pop_back().expect("asked for only where there is one");
        self.block_bytes -= piece.block.capacity();
        pool.give(piece.block);
    }

    /// The oldest block.
    pub(crate) fn front_block(&self) -> Option<&SharedBlock> {
        self.pieces.front().map(|piece| &piece.block)
    }

    /// Gives back the blocks that end at or before `position`.
    pub(crate) fn release_before(&mut self, position: u64, pool: &mut BlockPool) {
        while self.pieces.front().is_some_and(|piece| piece.end <= position) {
            self.pop_front(pool);
        }
    }

    /// Gives everything back.
    pub(crate) fn clear(&mut self, pool: &mut BlockPool) {
        while self.pop_front(pool) > 0 {}
    }

    /// Which piece shows `position`.
    fn piece_at(&self, position: u64) -> Option<usize> {
        let behind = self.pieces.partition_point(|piece| piece.end <= position);
        self.pieces.get(behind).is_some_and(|piece| piece.start <= position).then_some(behind)
    }

    /// The header of the batch at `position`; `None` unless all of it is in the run.
    pub(crate) fn header_at(&self, position: u64) -> Option<BatchHeader> {
        let first = &self.pieces[self.piece_at(position)?];
        if position + BATCH_HEADER_BYTES as u64 <= first.end {
            return BatchHeader::peek(first.bytes_from(position)).copied();
        }
        if position + BATCH_HEADER_BYTES as u64 > self.end() {
            return None;
        }
        let mut gathered = [0u8; BATCH_HEADER_BYTES];
        let mut filled = 0;
        self.for_each_slice(position, position + BATCH_HEADER_BYTES as u64, |slice| {
            gathered[filled..filled + slice.len()].copy_from_slice(slice);
            filled += slice.len();
        });
        BatchHeader::peek(&gathered).copied()
    }

    /// Calls `each` with the bytes from `from` to `to`, all of which the run shows, piece by piece.
    pub(crate) fn for_each_slice(&self, from: u64, to: u64, mut each: impl FnMut(&[u8])) {
        let mut at = from;
        let mut index = self.piece_at(from).expect("the caller asks for bytes that are there");
        while at < to {
            let piece = &self.pieces[index];
            let until = piece.end.min(to);
            each(&piece.bytes_from(at)[..to_usize(until - at)]);
            at = until;
            index += 1;
        }
    }

    /// Lends the bytes from `from` to `to`, all of which the run shows.
    pub(crate) fn lend(&self, from: u64, to: u64, out: &mut Vec<Extent>) {
        let mut at = from;
        let mut index = self.piece_at(from).expect("the caller asks for bytes that are there");
        while at < to {
            let piece = &self.pieces[index];
            let until = piece.end.min(to);
            out.push(Extent {
                block: piece.block.clone(),
                start: in_block(at - piece.block_position),
                end: in_block(until - piece.block_position),
            });
            at = until;
            index += 1;
        }
    }
}

impl Piece {
    /// What is shown from `position` on.
    fn bytes_from(&self, position: u64) -> &[u8] {
        let from = to_usize(position - self.block_position);
        &self.block.bytes()[from..to_usize(self.end - self.block_position)]
    }
}

fn in_block(at: u64) -> u32 {
    u32::try_from(at).expect("no block has 4 GiB")
}

fn to_usize(at: u64) -> usize {
    usize::try_from(at).expect("within a block")
}

#[cfg(test)]
mod tests {
    use super::*;
    use loglane_model::PAGE_BYTES;
    use std::sync::Arc;

    const PAGE: u64 = PAGE_BYTES as u64;

    fn filled(pool: &mut BlockPool, bytes: usize, with: u8) -> SharedBlock {
        let mut block = pool.take(bytes);
        Arc::get_mut(&mut block).unwrap().bytes_mut().fill(with);
        block
    }

    fn shown(run: &BlockRun, from: u64, to: u64) -> Vec<u8> {
        let mut out = Vec::new();
        run.lend(from, to, &mut out);
        out.iter().flat_map(|extent| extent.bytes().to_vec()).collect()
    }

    #[test]
    fn a_rewritten_page_replaces_the_one_before_it() {
        let mut pool = BlockPool::new(1 << 20);
        let mut run = BlockRun::default();
        let one = filled(&mut pool, 8192, 1);
        run.push(one, 0, 5000, &mut pool);
        let two = filled(&mut pool, 4096, 2);
        run.push(two, PAGE, 6000, &mut pool);
        let three = filled(&mut pool, 4096, 3);
        run.push(three, PAGE, 7000, &mut pool);
        assert_eq!(run.block_bytes(), 8192 + 4096, "the second block went back");
        assert_eq!(pool.out_bytes(), run.block_bytes());
        assert_eq!((run.start(), run.end()), (0, 7000));
        assert_eq!(shown(&run, 4095, 4098), [1, 3, 3]);
    }

    #[test]
    fn releasing_gives_blocks_back() {
        let mut pool = BlockPool::new(1 << 20);
        let mut run = BlockRun::default();
        for at in 0..4 {
            let block = filled(&mut pool, 4096, 1);
            run.push(block, at * PAGE, (at + 1) * PAGE, &mut pool);
        }
        run.release_before(PAGE + 5, &mut pool);
        assert_eq!((run.start(), run.end()), (PAGE, 4 * PAGE));
        assert!(run.covers(PAGE) && !run.covers(PAGE - 1) && !run.covers(4 * PAGE));
        run.clear(&mut pool);
        assert_eq!(pool.out_bytes(), 0);
    }

    #[test]
    fn a_header_that_lies_across_blocks_is_gathered() {
        let mut pool = BlockPool::new(1 << 20);
        let mut run = BlockRun::default();
        for value in [1, 2] {
            let block = filled(&mut pool, 4096, value);
            run.push(block, (u64::from(value) - 1) * PAGE, u64::from(value) * PAGE, &mut pool);
        }
        let header = run.header_at(PAGE - 8).unwrap();
        assert_eq!(header.base_offset.get(), 0x0101_0101_0101_0101);
        assert_eq!(header.batch_length.get(), 0x0202_0202);
        assert!(run.header_at(2 * PAGE - 60).is_none());
    }
}

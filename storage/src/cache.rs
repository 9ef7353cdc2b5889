//! The batch cache: the blocks that were written stay, as the tail of the log in memory.
//!
//! What is cached is one unbroken stretch of the log that ends at its flushed end. Blocks leave it from the old
//! end only, so within a log the order is first in, first out; [`FifoBudget`] extends that order over all logs of
//! a shard. Nothing here decides when to evict: the shard does, between turns.

use crate::block_run::BlockRun;
use crate::log::Log;
use ahash::AHashMap;
use loglane_model::{BlockPool, Offset, SharedBlock};
use std::collections::VecDeque;

/// The cached tail of one log, segment by segment, oldest first.
#[derive(Debug, Default)]
pub(crate) struct BatchCache {
    runs: VecDeque<(Offset, BlockRun)>,
    block_bytes: usize,
}

impl BatchCache {
    /// Memory of the blocks.
    pub(crate) fn block_bytes(&self) -> usize {
        self.block_bytes
    }

    /// The cached bytes of the segment with that base offset.
    pub(crate) fn run(&self, base_offset: Offset) -> Option<&BlockRun> {
        // The newest segment is asked for nearly always.
        self.runs.iter().rev().find(|(base, _)| *base == base_offset).map(|(_, run)| run)
    }

    /// Adds a block that was written; see [`BlockRun::push`].
    pub(crate) fn push(
        &mut self,
        base_offset: Offset,
        block: SharedBlock,
        block_position: u64,
        end: u64,
        pool: &mut BlockPool,
    ) {
        if self.runs.back().is_none_or(|(base, _)| *base != base_offset) {
            self.runs.push_back((base_offset, BlockRun::default()));
        }
        let (_, run) = self.runs.back_mut().expect("pushed above if it was missing");
        let before = run.block_bytes();
        run.push(block, block_position, end, pool);
        self.block_bytes = self.block_bytes + run.block_bytes() - before;
    }

    /// The block that would be evicted next.
    pub(crate) fn oldest_block(&self) -> Option<&SharedBlock> {
        self.runs.front().and_then(|(_, run)| run.front_block())
    }

    /// Evicts the oldest block; returns its bytes, 0 if there is none.
    pub(crate) fn evict_oldest(&mut self, pool: &mut BlockPool) -> usize {
        let Some((_, run)) = self.runs.front_mut() else { return 0 };
        let bytes = run.pop_front(pool);
        if run.is_empty() {
            self.runs.pop_front();
        }
        self.block_bytes -= bytes;
        bytes
    }

    /// Forgets the segments that start before `base_offset`.
    pub(crate) fn drop_before(&mut self, base_offset: Offset, pool: &mut BlockPool) {
        while self.runs.front().is_some_and(|(base, _)| *base < base_offset) {
            let (_, mut run) = self.runs.pop_front().expect("just seen");
            self.block_bytes -= run.block_bytes();
            run.clear(pool);
        }
    }

    /// Gives everything back.
    pub(crate) fn clear(&mut self, pool: &mut BlockPool) {
        while self.evict_oldest(pool) > 0 {}
    }
}

/// How much of a budget one token stands for.
const TOKEN_BYTES: usize = 64 * 1024;

/// A budget of bytes over all logs of a shard: who came first goes first.
///
/// It does not follow single blocks. Each log holds one token for every 64 KiB begun, the tokens stand in one
/// queue, and a log that grows gets its new tokens at the end. Call [`FifoBudget::update`] after anything that may
/// have changed a log's bytes, and [`FifoBudget::settle`] once per turn.
#[derive(Debug)]
pub struct FifoBudget {
    bytes_max: usize,
    bytes: usize,
    queue: VecDeque<u32>,
    logs: AHashMap<u32, Share>,
}

/// What one log has of a budget.
#[derive(Debug, Default, Clone, Copy)]
struct Share {
    bytes: usize,
    tokens: usize,
}

/// What the logs of one shard may keep in memory beside what they have not written yet.
///
/// Once per turn: [`LogBudgets::note`] for every log that was touched, then [`LogBudgets::settle`].
#[derive(Debug)]
pub struct LogBudgets {
    /// Batch caches: [`Log::cached_bytes`].
    pub cached: FifoBudget,
    /// Cold reads that were not lent yet: [`Log::cold_bytes`].
    pub cold: FifoBudget,
    /// Open files and indexes of sealed segments: [`Log::loaded_bytes`].
    pub loaded: FifoBudget,
}

impl LogBudgets {
    /// Notes what `log` takes now.
    pub fn note(&mut self, log: &Log) {
        self.cached.update(log.id, log.cached_bytes());
        self.cold.update(log.id, log.cold_bytes());
        self.loaded.update(log.id, log.loaded_bytes());
    }

    /// Forgets a log that was released.
    pub fn forget(&mut self, log: u32) {
        self.cached.update(log, 0);
        self.cold.update(log, 0);
        self.loaded.update(log, 0);
    }

    /// Brings the budgets back to what they may be, as far as logs can shrink. `with_log` finds a log by its number
    /// and hands it to its second argument; a log that is gone takes 0 bytes.
    pub fn settle(
        &mut self,
        mut with_log: impl FnMut(u32, &mut dyn FnMut(&mut Log) -> usize) -> usize,
        pool: &mut BlockPool,
    ) {
        self.cached.settle(|log, keep| with_log(log, &mut |log| log.shrink_cache(keep, pool)));
        self.cold.settle(|log, keep| with_log(log, &mut |log| log.shrink_cold_reads(keep, pool)));
        self.loaded.settle(|log, keep| with_log(log, &mut |log| log.shrink_loaded(keep)));
    }
}

impl FifoBudget {
    /// A budget of `bytes_max`.
    #[must_use]
    pub fn new(bytes_max: usize) -> FifoBudget {
        FifoBudget { bytes_max, bytes: 0, queue: VecDeque::new(), logs: AHashMap::new() }
    }

    /// Another bound from now on; [`FifoBudget::settle`] then sees to it.
    pub fn set_bytes_max(&mut self, bytes_max: usize) {
        self.bytes_max = bytes_max;
    }

    /// Notes that `log` now takes `bytes`; 0 forgets it.
    pub fn update(&mut self, log: u32, bytes: usize) {
        let share = self.logs.entry(log).or_default();
        self.bytes = self.bytes - share.bytes + bytes;
        share.bytes = bytes;
        while share.tokens * TOKEN_BYTES < bytes {
            share.tokens += 1;
            self.queue.push_back(log);
        }
        if share.bytes == 0 && share.tokens == 0 {
            self.logs.remove(&log);
        }
    }

    /// While the budget is exceeded: asks `shrink` to bring a log down to so many bytes and to return what it takes
    /// now. A log that cannot shrink (its blocks are in use) goes to the end of the queue; every token is looked
    /// at once at most, so the budget may stay exceeded.
    pub fn settle(&mut self, mut shrink: impl FnMut(u32, usize) -> usize) {
        for _ in 0..self.queue.len() {
            let Some((log, keep)) = self.next_victim() else { return };
            let bytes = shrink(log, keep);
            self.update(log, bytes);
        }
    }

    /// While the budget is exceeded: which log must shrink, and to how many bytes.
    fn next_victim(&mut self) -> Option<(u32, usize)> {
        while self.bytes > self.bytes_max {
            let log = self.queue.pop_front()?;
            let share = self.logs.get_mut(&log).expect("a log with tokens is known");
            share.tokens -= 1;
            let keep = share.tokens * TOKEN_BYTES;
            if share.bytes == 0 && share.tokens == 0 {
                self.logs.remove(&log);
            } else if share.bytes > keep {
                return Some((log, keep));
            }
        }
        None
    }

    /// Bytes that all logs take together.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_that_came_first_shrinks_first() {
        let mut budget = FifoBudget::new(4 * TOKEN_BYTES);
        budget.update(1, 2 * TOKEN_BYTES);
        budget.update(2, 2 * TOKEN_BYTES);
        assert_eq!(budget.next_victim(), None);
        budget.update(3, TOKEN_BYTES);
        assert_eq!(budget.next_victim(), Some((1, TOKEN_BYTES)));
        budget.update(1, TOKEN_BYTES);
        assert_eq!(budget.next_victim(), None);
        budget.update(1, 2 * TOKEN_BYTES);
        assert_eq!(budget.next_victim(), Some((1, TOKEN_BYTES)), "its older bytes are still the oldest");
    }

    #[test]
    fn logs_that_cannot_shrink_end_the_settling() {
        let mut budget = FifoBudget::new(0);
        budget.update(1, TOKEN_BYTES);
        budget.update(2, 3 * TOKEN_BYTES);
        let mut asked = Vec::new();
        budget.settle(|log, keep| {
            asked.push((log, keep));
            if log == 1 { TOKEN_BYTES } else { keep }
        });
        assert_eq!(asked[..2], [(1, 0), (2, 2 * TOKEN_BYTES)]);
        assert_eq!(budget.bytes(), TOKEN_BYTES);
    }

    #[test]
    fn a_trickle_does_not_grow_the_queue() {
        let mut budget = FifoBudget::new(TOKEN_BYTES);
        for _ in 0..1000 {
            budget.update(7, 4096);
            budget.update(7, 8192);
        }
        assert_eq!(budget.queue.len(), 1);
        budget.update(7, 0);
        budget.update(8, 3 * TOKEN_BYTES);
        assert_eq!(budget.next_victim(), Some((8, 2 * TOKEN_BYTES)), "the empty log is passed over");
    }
}

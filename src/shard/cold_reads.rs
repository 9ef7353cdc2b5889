//! Reads from the disk: few of them at a time, so that writes do not wait behind a queue of them.

use crate::slots::SlotId;
use loglane_model::DiskRead;
use std::collections::VecDeque;

/// What one shard reads at a time. A disk is busy with two reads of a mebibyte; more only queue inside it, and an append
/// that comes behind sixteen of them waits for eleven milliseconds.
const BYTES_MAX: usize = 2 << 20;

/// The reads of a shard that are under way, and those that wait for their turn. There are never more than the logs'
/// cursors, whose blocks are charged to the read-ahead budget from the moment at which they ask.
#[derive(Debug, Default)]
pub(crate) struct ColdReads {
    bytes_under_way: usize,
    waiting: VecDeque<(SlotId, DiskRead)>,
}

impl ColdReads {
    /// A log wants to read; [`ColdReads::next_due`] says when it may.
    pub(crate) fn ask(&mut self, slot: SlotId, read: DiskRead) {
        self.waiting.push_back((slot, read));
    }

    /// A read of so many bytes has ended.
    pub(crate) fn end(&mut self, bytes: usize) {
        self.bytes_under_way = self
            .bytes_under_way
            .checked_sub(bytes)
            .expect("a read ends once, with the length that it was given");
    }

    /// The next read to submit, those first that asked first. One that is larger than all that is allowed goes alone.
    pub(crate) fn next_due(&mut self) -> Option<(SlotId, DiskRead)> {
        let bytes = self.waiting.front()?.1.len;
        if self.bytes_under_way > 0 && self.bytes_under_way + bytes > BYTES_MAX {
            return None;
        }
        self.bytes_under_way += bytes;
        self.waiting.pop_front()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use loglane_model::{Block, File, PAGE_BYTES};
    use std::sync::Arc;

    fn read(cursor: u32, len: usize) -> DiskRead {
        let file = File::simulated(7);
        DiskRead { log: 0, cursor, file, position: 0, len, block: Arc::new(Block::zeroed(len / PAGE_BYTES)) }
    }

    fn cursors(reads: &mut ColdReads) -> Vec<u32> {
        std::iter::from_fn(|| reads.next_due()).map(|(_, read)| read.cursor).collect()
    }

    #[test]
    fn so_much_is_read_at_a_time_and_the_rest_in_the_order_in_which_it_was_asked_for() {
        let slot = SlotId { index: 3, generation: 1 };
        let mut reads = ColdReads::default();
        for cursor in 0..5 {
            reads.ask(slot, read(cursor, BYTES_MAX / 2));
        }
        assert_eq!(cursors(&mut reads), [0, 1]);
        reads.end(BYTES_MAX / 2);
        assert_eq!(cursors(&mut reads), [2]);
        reads.end(BYTES_MAX / 2);
        reads.end(BYTES_MAX / 2);
        assert_eq!(cursors(&mut reads), [3, 4]);
    }

    #[test]
    fn a_read_larger_than_all_that_is_allowed_goes_alone() {
        let slot = SlotId { index: 3, generation: 1 };
        let mut reads = ColdReads::default();
        reads.ask(slot, read(0, PAGE_BYTES));
        reads.ask(slot, read(1, 4 * BYTES_MAX));
        reads.ask(slot, read(2, PAGE_BYTES));
        assert_eq!(cursors(&mut reads), [0]);
        reads.end(PAGE_BYTES);
        assert_eq!(cursors(&mut reads), [1]);
        reads.end(4 * BYTES_MAX);
        assert_eq!(cursors(&mut reads), [2]);
    }
}

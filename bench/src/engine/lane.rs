//! One producer's way into one partition: the batch that fills, those that wait, those that are sent again.

use crate::batch::{BatchBuilder, Sequenced};
use crate::verify::Sent;
use loglane_model::Compression;
use std::collections::VecDeque;

/// A batch on its way: filled, sent, perhaps sent again.
#[derive(Debug)]
pub(super) struct Pending {
    /// As it goes over the wire.
    pub(super) bytes: Vec<u8>,
    /// Intended times and how many records have each.
    pub(super) times: Vec<(u64, u32)>,
    /// The first record's number.
    pub(super) first_sequence: u64,
    /// Number of records.
    pub(super) count: u32,
    /// Bytes of keys and values.
    pub(super) payload: u64,
    /// Bytes that the producer's buffer counts for it.
    pub(super) held: usize,
    /// Whether it was sent before.
    pub(super) is_retry: bool,
}

impl Pending {
    /// The numbers of its records: the first, and the one behind the last.
    pub(super) fn range(&self) -> (u64, u64) {
        (self.first_sequence, self.first_sequence + u64::from(self.count))
    }
}

/// A batch that fills.
#[derive(Debug)]
pub(super) struct Open {
    pub(super) builder: BatchBuilder,
    times: Vec<(u64, u32)>,
    first_sequence: u64,
    payload: u64,
}

impl Open {
    /// Counts a record that was pushed.
    pub(super) fn count_record(&mut self, intended_ns: u64, payload: usize) {
        self.payload += payload as u64;
        match self.times.last_mut() {
            Some((time, count)) if *time == intended_ns => *count += 1,
            _ => self.times.push((intended_ns, 1)),
        }
    }
}

/// The way into a partition.
#[derive(Debug, Default)]
pub(super) struct Lane {
    pub(super) open: Option<Open>,
    /// Filled, not sent yet.
    pub(super) full: VecDeque<Pending>,
    /// To be sent again, by sequence.
    pub(super) again: VecDeque<Pending>,
    /// Batches without answer.
    pub(super) in_flight: u32,
    /// After a failure nothing is sent until everything in flight is back, so that the order is kept.
    pub(super) waits: bool,
    /// Whether a queue of the producer has this lane.
    pub(super) is_queued: bool,
    /// Whether the batch that fills has waited long enough.
    pub(super) is_due: bool,
    /// Counts the batches that were opened: an entry of the linger queue is for one of them.
    pub(super) opened: u32,
    /// The next record's number.
    pub(super) next_sequence: u64,
    /// Ranges that failed for good.
    pub(super) failed: Vec<(u64, u64)>,
}

impl Lane {
    /// Begins a batch.
    pub(super) fn open(&mut self, memory: Vec<u8>) -> &mut Open {
        self.opened = self.opened.wrapping_add(1);
        self.is_due = false;
        self.open.insert(Open {
            builder: BatchBuilder::new(memory),
            times: Vec::new(),
            first_sequence: self.next_sequence,
            payload: 0,
        })
    }

    /// Ends the batch that fills, if there is one.
    pub(super) fn close(
        &mut self,
        compression: Compression,
        identity: Option<(i64, i16)>,
    ) -> Option<Pending> {
        let open = self.open.take()?;
        let sequenced = identity.map(|(producer_id, producer_epoch)| Sequenced {
            producer_id,
            producer_epoch,
            base_sequence: wire_sequence(open.first_sequence),
        });
        let (count, held) = (open.builder.count(), open.builder.len());
        Some(Pending {
            bytes: open.builder.finish(compression, sequenced),
            times: open.times,
            first_sequence: open.first_sequence,
            count,
            payload: open.payload,
            held,
            is_retry: false,
        })
    }

    /// Whether there is a batch of any kind.
    pub(super) fn has_batch(&self) -> bool {
        self.is_ready() || self.open.is_some()
    }

    /// Whether there is a batch that is to be sent now.
    pub(super) fn is_ready(&self) -> bool {
        !self.again.is_empty() || !self.full.is_empty() || (self.open.is_some() && self.is_due)
    }

    /// Whether nothing is left to be sent or answered.
    pub(super) fn is_done(&self) -> bool {
        self.in_flight == 0 && !self.has_batch()
    }

    /// A batch comes back to be sent again, in its place.
    pub(super) fn put_again(&mut self, pending: Pending) {
        let at = self.again.partition_point(|other| other.first_sequence < pending.first_sequence);
        self.again.insert(at, pending);
    }

    /// What was sent, for the comparison with what was seen. Batches that still wait were not acknowledged.
    pub(super) fn sent(&self) -> Sent {
        let mut failed = self.failed.clone();
        failed.extend(self.again.iter().chain(&self.full).map(Pending::range));
        failed.extend(self.open.as_ref().map(|open| (open.first_sequence, self.next_sequence)));
        Sent { end: self.next_sequence, failed }
    }
}

/// Sequences on the wire have 31 bits and begin again at zero.
fn wire_sequence(sequence: u64) -> i32 {
    i32::try_from(sequence & 0x7fff_ffff).expect("31 bits")
}

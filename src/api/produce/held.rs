//! Batches for a partition whose log is closed for a moment, because it moves to another log directory: they wait, in
//! their order, until it is open again.
//!
//! Kafka's producers never notice such a move, and to tell them to ask again would do harm: of two batches that a new
//! producer has under way the first could be refused and the second, which comes when the log is open again, be taken
//! for its first one. Nobody would take the first one any more.
//!
//! What waits stays in its frame, whose memory counts for its connection's shard as that of any request under way.

use super::{ProducePart, ProduceResult, ProduceTicket};
use crate::partition::Partition;
use crate::shard::Shard;
use crate::shard::mail::Mail;
use crate::slots::SlotId;
use loglane_model::{Bug, ShardId, planted};
use loglane_net::ErrorCode;
use loglane_ring::Io;

/// A part of which batches wait.
#[derive(Debug)]
pub(crate) struct HeldPart {
    from: ShardId,
    part: Box<ProducePart>,
    /// How many of them do.
    left: usize,
}

/// One that waits, in its partition's line.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HeldBatch {
    part: SlotId,
    /// Which of the part's batches.
    at: usize,
}

impl<I: Io<Mail>> Shard<I> {
    /// Whether batches for this partition have to wait. Not for a clean stop, in which a move need not come to its end.
    pub(super) fn holds_batches(&self, slot: Option<SlotId>) -> bool {
        let partition = slot.and_then(|slot| self.partitions.get(slot));
        partition.is_some_and(Partition::holds_batches)
            && !self.closing.has_begun()
            && !planted(Bug::RefuseInMove)
    }

    /// Keeps a part whose batches all have to wait.
    pub(super) fn hold(&mut self, from: ShardId, part: Box<ProducePart>) {
        let slots: Vec<Option<SlotId>> =
            part.items.iter().map(|item| self.slot_of(item.topic, item.partition)).collect();
        let id = self.requests.held.insert(HeldPart { from, part, left: slots.len() });
        for (at, slot) in slots.into_iter().enumerate() {
            let partition = slot.and_then(|slot| self.partitions.get_mut(slot));
            partition.expect("the caller looked it up").held.push_back(HeldBatch { part: id, at });
        }
    }

    /// Appends what has waited for a partition, or refuses it if the partition is not served, unless it has to wait on.
    pub(crate) fn release_held(&mut self, slot: SlotId) {
        if self.holds_batches(Some(slot)) {
            return;
        }
        let Some(partition) = self.partitions.get_mut(slot) else { return };
        let held = std::mem::take(&mut partition.held);
        let refusal = match partition.served() {
            Some(_) => None,
            None if partition.is_deleted => Some(ErrorCode::UnknownTopicOrPartition),
            None => Some(partition.absence()),
        };
        // Nobody is told before all have their places: who gets an answer, or memory, may send the next batch at once.
        let mut results = Vec::with_capacity(held.len());
        for HeldBatch { part, at } in &held {
            let held = self.requests.held.get(*part).expect("a part stays until its last batch");
            let (item, acks, version) = (&held.part.items[*at], held.part.acks, held.part.version);
            let ticket = ProduceTicket { shard: held.from, request: held.part.request, item: item.item };
            let frame = held.part.frame.clone().expect("a part that waits has the frame");
            let records = item.records.clone();
            let result = match refusal {
                Some(error) => Some(ProduceResult::failed(error)),
                None => self.append(Some(slot), &frame.bytes()[records], acks, version, ticket),
            };
            results.extend(result.map(|result| (ticket, result)));
        }
        for (ticket, result) in results {
            self.answer_ticket(ticket, result);
        }
        for HeldBatch { part, .. } in held {
            self.on_released(part);
        }
    }

    /// One batch of a part waits no longer.
    fn on_released(&mut self, id: SlotId) {
        let held = self.requests.held.get_mut(id).expect("a part stays until its last batch");
        held.left -= 1;
        if held.left == 0 {
            let HeldPart { from, part, .. } = self.requests.held.remove(id).expect("looked up above");
            self.return_part(from, part);
        }
    }

    /// Gives a handle of a frame back to the shard of its connection, which may be this one.
    pub(super) fn return_part(&mut self, to: ShardId, mut part: Box<ProducePart>) {
        part.items.clear();
        if to == self.id {
            self.on_produce_taken(part);
        } else {
            self.mail(to, Mail::ProduceTaken(part));
        }
    }
}

//! Produce: batches go to the logs of their partitions, here or on other shards; the answer waits until all of
//! them are as safe as `acks` asks.
//!
//! Two stages, as everywhere in this broker: *appended* (the order is fixed, the next request of the connection
//! may be taken up) and *replicated* (answered). The frame is read in place, by this shard and by the others
//! that own partitions in it; each copies its batches once, into its own log.

mod answer;
mod held;

pub(crate) use held::{HeldBatch, HeldPart};

use super::authorize::Authorized;
use super::{BadRequest, Call, PARTITIONS_PER_REQUEST_MAX, Pending, number_of};
use crate::connection::Frame;
use crate::error::error_of_append;
use crate::internal_topics::is_internal;
use crate::partition::ProduceWaiter;
use crate::shard::Shard;
use crate::shard::counts::Traffic;
use crate::shard::mail::Mail;
use crate::shard::receive_budget::Reservation;
use crate::slots::SlotId;
use crate::topics::NamedTopic;
use loglane_model::{BatchHeader, Bug, Offset, PartitionId, ShardId, SharedBlock, TopicId, planted};
use loglane_net::produce::{ProducePartition, ProduceRequest};
use loglane_net::topic::TopicRef;
use loglane_net::{ErrorCode, Reader, RequestHeader};
use loglane_ring::Io;
use loglane_storage::validate::Origin;
use loglane_storage::{AppendError, Appended};
use std::ops::Range;

/// Who gets the answer for one partition.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ProduceTicket {
    pub(crate) shard: ShardId,
    pub(crate) request: SlotId,
    pub(crate) item: u32,
}

/// The answer for one partition.
#[derive(Debug)]
pub(crate) struct ProduceResult {
    pub(crate) error: ErrorCode,
    pub(crate) base_offset: Offset,
    /// −1 unless the topic stamps its records itself.
    pub(crate) append_time_ms: i64,
    pub(crate) log_start_offset: Offset,
    /// What exactly was wrong with the batch.
    pub(crate) refusal: Option<Box<AppendError>>,
}

impl ProduceResult {
    pub(crate) fn failed(error: ErrorCode) -> ProduceResult {
        ProduceResult {
            error,
            base_offset: Offset(-1),
            append_time_ms: -1,
            log_start_offset: Offset(-1),
            refusal: None,
        }
    }

    fn refused(error: AppendError) -> ProduceResult {
        ProduceResult {
            error: error_of_append(&error),
            refusal: Some(Box::new(error)),
            ..ProduceResult::failed(ErrorCode::None)
        }
    }

    pub(crate) fn done(appended: &Appended, log_start_offset: Offset) -> ProduceResult {
        ProduceResult {
            error: ErrorCode::None,
            base_offset: appended.base_offset,
            append_time_ms: appended.append_time_ms,
            log_start_offset,
            refusal: None,
        }
    }
}

/// One partition of a produce.
#[derive(Debug)]
struct Item {
    partition: PartitionId,
    result: Option<ProduceResult>,
}

/// A produce whose answer is not yet encoded.
#[derive(Debug)]
pub(crate) struct PendingProduce {
    call: Call,
    /// The connection is still there.
    is_wanted: bool,
    acks: i16,
    /// The topics in request order, each with how many of the items are its partitions.
    topics: Vec<(NamedTopic, usize)>,
    items: Vec<Item>,
    /// Partitions without a result.
    outstanding: usize,
    /// The frame's memory, while other shards still read it or batches in it wait.
    memory: Option<(SharedBlock, Reservation)>,
    /// How many do.
    handles_out: usize,
}

/// The batches of one frame that belong to one other shard, or that have to wait on this one. Goes there and comes back,
/// for reuse.
#[derive(Debug)]
pub(crate) struct ProducePart {
    request: SlotId,
    acks: i16,
    version: i16,
    /// Taken out before the part is kept for reuse.
    frame: Option<Frame>,
    items: Vec<PartItem>,
}

#[derive(Debug)]
struct PartItem {
    item: u32,
    topic: TopicId,
    partition: PartitionId,
    /// In the frame.
    records: Range<usize>,
}

impl<I: Io<Mail>> Shard<I> {
    /// Takes up a produce: every batch gets its place in its log, or is refused, before this returns or before
    /// anything else that this shard sends to the batch's owner. `memory` is left if nobody else reads the frame.
    pub(super) fn on_produce(
        &mut self,
        authorized: Authorized,
        body_at: usize,
        frame: &Frame,
        memory: &mut Option<Reservation>,
    ) -> Result<(), BadRequest> {
        let call = authorized.call();
        let request = ProduceRequest::decode(frame.bytes(), body_at, call.version)?;
        if request.partition_count() > PARTITIONS_PER_REQUEST_MAX {
            return Err(BadRequest::TooManyPartitions(request.partition_count()));
        }
        self.counts.batches_asked += request.partition_count() as u64;
        let pending = self.spare_produce(call, request.acks);
        let id = self.requests.pending.insert(Pending::Produce(pending));
        self.connections.get_mut(call.connection).expect("it just sent this").produces.push_back(id);

        let mut parts = std::mem::take(&mut self.scratch.produce_parts);
        for (index, entry) in request.partitions().enumerate() {
            let item = number_of(index);
            let result = self.take_up_item(id, item, call.version, &request, &entry, frame, &mut parts);
            let pending = self.requests.produce_mut(id).expect("inserted above");
            match result {
                Some(result) => pending.items[index].result = Some(result),
                None => pending.outstanding += 1,
            }
        }
        let handles_out = parts.iter().flatten().count();
        let pending = self.requests.produce_mut(id).expect("inserted above");
        pending.handles_out = handles_out;
        if handles_out > 0
            && let Some(reservation) = memory.take()
        {
            pending.memory = Some((frame.block.clone(), reservation));
        }
        self.send_produce_parts(&mut parts);
        self.scratch.produce_parts = parts;
        self.finish_produces(call.connection);
        Ok(())
    }

    /// A box for a produce; an old one if there is any.
    fn spare_produce(&mut self, call: Call, acks: i16) -> Box<PendingProduce> {
        match self.requests.spare.produces.pop() {
            Some(mut pending) => {
                pending.call = call;
                pending.acks = acks;
                pending.is_wanted = true;
                pending
            }
            None => Box::new(PendingProduce {
                call,
                is_wanted: true,
                acks,
                topics: Vec::new(),
                items: Vec::new(),
                outstanding: 0,
                memory: None,
                handles_out: 0,
            }),
        }
    }

    /// Finds the partition of one batch and appends it there, or notes it for the shard that owns it, or for this one
    /// if it has to wait. `None`: the result comes later.
    #[expect(clippy::too_many_arguments, reason = "one step of a loop, apart so that the loop can be read")]
    fn take_up_item(
        &mut self,
        id: SlotId,
        item: u32,
        version: i16,
        request: &ProduceRequest<'_>,
        entry: &ProducePartition<'_>,
        frame: &Frame,
        parts: &mut [Option<Box<ProducePart>>],
    ) -> Option<ProduceResult> {
        let partition = PartitionId(entry.partition);
        let pending = self.requests.produce_mut(id).expect("inserted by the caller");
        if pending.topics.len() == entry.topic_index {
            pending.topics.push((self.topics.resolve(entry.topic), entry.topic_partitions));
        }
        pending.items.push(Item { partition, result: None });
        let topic = &pending.topics[entry.topic_index].0;
        if !matches!(request.acks, -1..=1) {
            return Some(ProduceResult::failed(ErrorCode::InvalidRequiredAcks));
        }
        let Some(place) = topic.place(partition) else {
            return Some(ProduceResult::failed(match (topic, entry.topic) {
                (NamedTopic::Missing { .. }, TopicRef::Id(_)) => ErrorCode::UnknownTopicId,
                _ => ErrorCode::UnknownTopicOrPartition,
            }));
        };
        let Some(records) = entry.records.clone() else {
            return Some(ProduceResult::failed(ErrorCode::InvalidRecord));
        };
        // Nobody has a transactional id here yet: Kafka's answer to a transactional batch without the right to one.
        let header = BatchHeader::peek(&frame.bytes()[records.clone()]);
        if header.is_some_and(|header| header.magic == 2 && header.attributes().is_transactional()) {
            return Some(ProduceResult::failed(ErrorCode::TransactionalIdAuthorizationFailed));
        }
        if is_internal(topic.name()) && !is_from_admin(frame) {
            return Some(ProduceResult::failed(ErrorCode::InvalidTopicException));
        }
        if place.home != self.id || self.holds_batches(place.slot) {
            let spare = &mut self.requests.spare.produce_parts;
            let part = parts[usize::from(place.home.0)].get_or_insert_with(|| spare_part(spare.pop(), id));
            part.request = id;
            part.acks = request.acks;
            part.version = version;
            part.frame.get_or_insert_with(|| frame.clone());
            let topic = self.requests.produce_mut(id).expect("still there").topics[entry.topic_index].0.id();
            part.items.push(PartItem { item, topic, partition, records });
            return None;
        }
        let ticket = ProduceTicket { shard: self.id, request: id, item };
        self.append(place.slot, &frame.bytes()[records], request.acks, version, ticket)
    }

    /// Appends a batch to a partition of this shard. `None`: the ticket's holder will be told.
    fn append(
        &mut self,
        slot: Option<SlotId>,
        batch: &[u8],
        acks: i16,
        version: i16,
        ticket: ProduceTicket,
    ) -> Option<ProduceResult> {
        let Some((slot, partition)) = slot.and_then(|slot| Some((slot, self.partitions.get_mut(slot)?)))
        else {
            return Some(ProduceResult::failed(ErrorCode::UnknownTopicOrPartition));
        };
        let origin = Origin::Client { produce_version: version };
        let appended = match partition.append(batch, origin, self.wall_ms, &mut self.pool) {
            Ok(appended) => appended,
            Err(error) => return Some(ProduceResult::refused(error)),
        };
        if !appended.duplicate {
            let traffic = Traffic::of_batch(appended.base_offset, appended.last_offset, batch.len());
            partition.traffic.add(traffic);
            self.counts.traffic.add(traffic);
        }
        let log_start_offset = partition.log_start_offset();
        let is_safe = partition.is_replicated(appended.end_offset);
        if acks != 0 && !is_safe {
            partition.wait(ProduceWaiter { ticket, appended });
        }
        self.mark_dirty(slot);
        (acks == 0 || is_safe).then(|| ProduceResult::done(&appended, log_start_offset))
    }

    /// Sends the batches of other shards on their way; what is for this one waits.
    fn send_produce_parts(&mut self, parts: &mut [Option<Box<ProducePart>>]) {
        for (shard, part) in parts.iter_mut().enumerate() {
            let Some(part) = part.take() else { continue };
            let to = ShardId(u16::try_from(shard).expect("a shard's number"));
            if to == self.id {
                self.hold(to, part);
            } else {
                self.mail(to, Mail::Produce(part));
            }
        }
    }

    /// Another shard's connection has batches for partitions of this one. Where there is no room for them, they stand in
    /// line, in turn with this shard's own connections, and keep their frame's memory: that holds their connection back.
    pub(crate) fn on_produce_part(&mut self, from: ShardId, part: Box<ProducePart>) {
        if self.parts_in_line.is_empty() && !self.is_full() || self.closing.has_begun() {
            self.take_up_part(from, part);
        } else {
            self.parts_in_line.push_back((from, part));
        }
    }

    /// Appends the batches of a part, but for those whose partitions move.
    pub(crate) fn take_up_part(&mut self, from: ShardId, mut part: Box<ProducePart>) {
        let frame = part.frame.take().expect("a part on its way has the frame");
        let (request, acks, version) = (part.request, part.acks, part.version);
        part.items.retain(|entry| {
            let slot = self.slot_of(entry.topic, entry.partition);
            if self.holds_batches(slot) {
                return true;
            }
            let ticket = ProduceTicket { shard: from, request, item: entry.item };
            let batch = &frame.bytes()[entry.records.clone()];
            if let Some(result) = self.append(slot, batch, acks, version, ticket) {
                self.answer_ticket(ticket, result);
            }
            false
        });
        part.frame = Some(frame);
        if part.items.is_empty() {
            self.return_part(from, part);
        } else {
            self.hold(from, part);
        }
    }

    /// A handle of a frame is back.
    pub(crate) fn on_produce_taken(&mut self, mut part: Box<ProducePart>) {
        let id = part.request;
        drop(part.frame.take());
        self.requests.spare.keep_produce_part(part);
        let pending = self.requests.produce_mut(id).expect("a produce stays until its handles are back");
        pending.handles_out -= 1;
        if pending.handles_out == 0 {
            if let Some((block, reservation)) = pending.memory.take() {
                self.release_frame_memory(block, reservation);
            }
            self.after_produce_progress(id);
        }
    }

    /// Tells whoever holds the ticket.
    pub(crate) fn answer_ticket(&mut self, ticket: ProduceTicket, result: ProduceResult) {
        if ticket.shard == self.id {
            self.on_produce_done(ticket.request, ticket.item, result);
        } else {
            let mail = Mail::ProduceDone { request: ticket.request, item: ticket.item, result };
            self.mail(ticket.shard, mail);
        }
    }

    /// One partition of a produce of this shard has its answer.
    pub(crate) fn on_produce_done(&mut self, id: SlotId, item: u32, result: ProduceResult) {
        let pending = self.requests.produce_mut(id).expect("a produce stays until its last result");
        let slot = &mut pending.items[item as usize].result;
        assert!(slot.is_none(), "a partition is answered once");
        *slot = Some(result);
        pending.outstanding -= 1;
        if pending.outstanding == 0 {
            self.after_produce_progress(id);
        }
    }

    fn after_produce_progress(&mut self, id: SlotId) {
        let pending = self.requests.produce_mut(id).expect("the caller looked it up");
        if pending.is_wanted {
            let connection = pending.call.connection;
            self.finish_produces(connection);
        } else {
            self.drop_abandoned(id);
        }
    }

    /// Answers the produces of a connection that are done, oldest first, and stops at the first that is not.
    pub(crate) fn finish_produces(&mut self, connection_id: SlotId) {
        loop {
            let Some(connection) = self.connections.get_mut(connection_id) else { return };
            if planted(Bug::AnswerOutOfOrder) {
                connection.produces.rotate_left(connection.produces.len().min(1));
            }
            let Some(&id) = connection.produces.front() else { break };
            let pending = self.requests.produce_mut(id).expect("queued produces exist");
            if !pending.is_done() {
                break;
            }
            connection.produces.pop_front();
            let Some(Pending::Produce(pending)) = self.requests.pending.remove(id) else {
                unreachable!("looked up as a produce just now")
            };
            self.answer_produce(&pending);
            self.requests.keep_produce(pending);
        }
        self.resume_after_answer(connection_id);
    }

    /// The connection has gone; the produce goes with its last result and handle.
    pub(crate) fn abandon_produce(&mut self, id: SlotId) {
        let pending = self.requests.produce_mut(id).expect("a connection's produces exist");
        pending.is_wanted = false;
        self.drop_abandoned(id);
    }

    fn drop_abandoned(&mut self, id: SlotId) {
        if self.requests.produce_mut(id).is_some_and(|pending| pending.is_done())
            && let Some(Pending::Produce(pending)) = self.requests.pending.remove(id)
        {
            self.requests.keep_produce(pending);
        }
    }
}

/// Whether the request comes from what calls itself Kafka's own admin client, which may write to internal topics.
fn is_from_admin(frame: &Frame) -> bool {
    let header = RequestHeader::decode(&mut Reader::new(frame.bytes()));
    header.is_ok_and(|header| header.client_id == Some("__admin_client"))
}

impl PendingProduce {
    fn is_done(&self) -> bool {
        self.outstanding == 0 && self.handles_out == 0
    }

    #[cfg(test)]
    pub(super) fn kept_bytes(&self) -> usize {
        self.items.capacity() * size_of::<Item>()
    }

    /// For how many partitions there is room without asking the allocator.
    pub(super) fn room(&self) -> usize {
        self.items.capacity().max(self.topics.capacity())
    }

    /// Ready for the next request.
    pub(super) fn clear(&mut self) {
        self.topics.clear();
        self.items.clear();
    }
}

impl ProducePart {
    /// For how many partitions there is room without asking the allocator.
    pub(super) fn room(&self) -> usize {
        self.items.capacity()
    }
}

fn spare_part(spare: Option<Box<ProducePart>>, request: SlotId) -> Box<ProducePart> {
    spare.unwrap_or_else(|| {
        Box::new(ProducePart { request, acks: 0, version: 0, frame: None, items: Vec::new() })
    })
}

//! DeleteRecords: partitions begin later from now on.
//!
//! The connection's shard coordinates as in a look-up. An owner moves the start of its log at once, and answers when the
//! start is in the directory's checkpoint file: what a client was told is gone does not come back with a kill.

use super::authorize::Authorized;
use super::{BadRequest, Call, PARTITIONS_PER_REQUEST_MAX, Pending, decode, number_of};
use crate::internal_topics::is_internal;
use crate::shard::Shard;
use crate::shard::mail::Mail;
use crate::shard::timers::Timer;
use crate::slots::SlotId;
use loglane_model::{Offset, PartitionId, ShardId, TopicId};
use loglane_net::ErrorCode;
use loglane_net::message::delete_records::{
    DeleteRecordsPartitionResult, DeleteRecordsRequest, DeleteRecordsResponse, DeleteRecordsTopicResult,
};
use loglane_net::topic::TopicRef;
use loglane_ring::Io;
use loglane_storage::DeleteRecordsError;
use std::collections::BTreeMap;
use std::time::Duration;

/// Stands for everything that may be read.
const HIGH_WATERMARK: Offset = Offset(-1);

/// The shortest that a request waits, whatever it asks for: a Kafka with one replica answers at once, without waiting
/// for its disk, and clients rely on it.
const PATIENCE_MIN: Duration = Duration::from_secs(5);

/// One partition of a request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DeletionItem {
    item: u32,
    topic: TopicId,
    partition: PartitionId,
    /// Records below are to go; −1: all that may be read.
    offset: Offset,
}

/// The partitions of a request that belong to one other shard.
#[derive(Debug)]
pub(crate) struct DeletionPart {
    request: SlotId,
    items: Vec<DeletionItem>,
}

/// Who gets the answer for one partition.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DeletionTicket {
    shard: ShardId,
    request: SlotId,
    item: u32,
}

/// The answer for one partition: where it begins now.
pub(crate) type DeletionAnswer = Result<Offset, ErrorCode>;

/// A request that is not yet answered.
#[derive(Debug)]
pub(crate) struct PendingDeletion {
    call: Call,
    /// Topics by name, and how many partitions of each.
    topics: Vec<(String, usize)>,
    partitions: Vec<i32>,
    answers: Vec<Option<DeletionAnswer>>,
    outstanding: usize,
}

impl<I: Io<Mail>> Shard<I> {
    pub(super) fn on_delete_records(
        &mut self,
        authorized: Authorized,
        body: &[u8],
    ) -> Result<(), BadRequest> {
        let call = authorized.call();
        let request: DeleteRecordsRequest<'_> = decode(call, body)?;
        // Of a partition that is named several times the last one counts, as in Kafka.
        let mut asked: BTreeMap<&str, BTreeMap<i32, Offset>> = BTreeMap::new();
        for topic in request.topics.iter() {
            let partitions = topic.partitions.iter();
            let partitions = partitions.map(|asked| (asked.partition_index, Offset(asked.offset)));
            asked.entry(topic.name).or_default().extend(partitions);
        }
        let count = asked.values().map(BTreeMap::len).sum();
        if count > PARTITIONS_PER_REQUEST_MAX {
            return Err(BadRequest::TooManyPartitions(count));
        }
        let mut pending = PendingDeletion {
            call,
            topics: Vec::new(),
            partitions: Vec::new(),
            answers: Vec::new(),
            outstanding: 0,
        };
        let mut items = Vec::new();
        for (name, partitions) in asked {
            let topic = self.topics.resolve(TopicRef::Name(name));
            pending.topics.push((name.to_owned(), partitions.len()));
            for (partition, offset) in partitions {
                let refusal = match topic.place(PartitionId(partition)) {
                    None => Some(Err(ErrorCode::UnknownTopicOrPartition)),
                    Some(_) if is_internal(name) => Some(Err(ErrorCode::InvalidTopicException)),
                    Some(_) => None,
                };
                if refusal.is_none() {
                    let item = number_of(pending.answers.len());
                    items.push(DeletionItem {
                        item,
                        topic: topic.id(),
                        partition: PartitionId(partition),
                        offset,
                    });
                }
                pending.partitions.push(partition);
                pending.answers.push(refusal);
            }
        }
        let patience = Duration::from_millis(u64::try_from(request.timeout_ms).unwrap_or(0));
        self.begin_deletion(pending, items, patience.max(PATIENCE_MIN));
        Ok(())
    }

    /// Asks the owners of all `items`.
    fn begin_deletion(&mut self, mut pending: PendingDeletion, items: Vec<DeletionItem>, patience: Duration) {
        let connection = pending.call.connection;
        pending.outstanding = items.len();
        let request = self.requests.pending.insert(Pending::Deletion(Box::new(pending)));
        self.connections.get_mut(connection).expect("it just sent this").exclusive = Some(request);
        self.timers.set(self.now.after(patience), Timer::RequestDeadline(request));
        let mut remote: Vec<Vec<DeletionItem>> = vec![Vec::new(); usize::from(self.shard_count)];
        for item in items {
            // A partition that has gone meanwhile is looked for here, and not found.
            let home = self.topics.home_of(item.topic, item.partition).unwrap_or(self.id);
            if home == self.id {
                self.delete_records(DeletionTicket { shard: self.id, request, item: item.item }, item);
            } else {
                remote[usize::from(home.0)].push(item);
            }
        }
        for (to, items) in (0..self.shard_count).map(ShardId).zip(remote) {
            if !items.is_empty() {
                self.mail(to, Mail::DeleteRecords(Box::new(DeletionPart { request, items })));
            }
        }
        self.finish_deletion(request);
    }

    /// Another shard's request.
    pub(crate) fn on_deletion_part(&mut self, from: ShardId, part: &DeletionPart) {
        for item in &part.items {
            let ticket = DeletionTicket { shard: from, request: part.request, item: item.item };
            self.delete_records(ticket, *item);
        }
    }

    /// Moves the start of one of this shard's logs. The answer follows when the start is on the disk.
    fn delete_records(&mut self, ticket: DeletionTicket, item: DeletionItem) {
        match self.move_log_start(item) {
            Ok((low_watermark, directory)) => {
                self.answer_when_checkpointed(ticket, low_watermark, directory);
            }
            Err(error) => self.answer_deletion(ticket, Err(error)),
        }
    }

    /// The new start, and the log directory that has to remember it.
    fn move_log_start(&mut self, item: DeletionItem) -> Result<(Offset, u16), ErrorCode> {
        let slot = self.slot_of(item.topic, item.partition).ok_or(ErrorCode::UnknownTopicOrPartition)?;
        let partition = self.partitions.get_mut(slot).expect("a slot in use");
        let (absence, directory) = (partition.absence(), partition.directory);
        let served = partition.served_mut().ok_or(absence)?;
        let config = served.log.config();
        // A topic whose policy is empty keeps everything, but for what somebody deletes.
        if config.cleanup_compact && !config.cleanup_delete {
            return Err(ErrorCode::PolicyViolation);
        }
        let high_watermark = served.leader.high_watermark();
        let offset = if item.offset == HIGH_WATERMARK { high_watermark } else { item.offset };
        if offset < Offset::ZERO || offset > high_watermark {
            return Err(ErrorCode::OffsetOutOfRange);
        }
        let moved = served.log.delete_records_to(offset, &mut self.pool);
        let low_watermark = moved.map_err(|error| match error {
            DeleteRecordsError::OutOfRange { .. } => ErrorCode::OffsetOutOfRange,
            DeleteRecordsError::Busy => ErrorCode::NotLeaderOrFollower,
            DeleteRecordsError::Offline => ErrorCode::KafkaStorageError,
        })?;
        self.mark_dirty(slot);
        // Who waits for records below is told that they are gone.
        self.fire_watches(slot);
        Ok((low_watermark, directory))
    }

    pub(crate) fn answer_deletion(&mut self, ticket: DeletionTicket, answer: DeletionAnswer) {
        if ticket.shard == self.id {
            self.on_records_deleted(ticket.request, ticket.item, answer);
        } else {
            let DeletionTicket { request, item, .. } = ticket;
            self.mail(ticket.shard, Mail::RecordsDeleted { request, item, answer });
        }
    }

    /// One partition has its answer.
    pub(crate) fn on_records_deleted(&mut self, request: SlotId, item: u32, answer: DeletionAnswer) {
        // It has gone if its time was up, or its connection.
        let Some(Pending::Deletion(pending)) = self.requests.pending.get_mut(request) else { return };
        pending.answers[item as usize] = Some(answer);
        pending.outstanding -= 1;
        self.finish_deletion(request);
    }

    /// The client does not wait any longer. What was begun happens all the same.
    pub(super) fn on_deletion_deadline(&mut self, request: SlotId) {
        let Some(Pending::Deletion(pending)) = self.requests.pending.get_mut(request) else { return };
        for answer in &mut pending.answers {
            answer.get_or_insert(Err(ErrorCode::RequestTimedOut));
        }
        pending.outstanding = 0;
        self.finish_deletion(request);
    }

    fn finish_deletion(&mut self, request: SlotId) {
        let Some(Pending::Deletion(pending)) = self.requests.pending.get(request) else { return };
        if pending.outstanding > 0 {
            return;
        }
        let Some(Pending::Deletion(pending)) = self.requests.pending.remove(request) else {
            unreachable!("looked up as a deletion just now")
        };
        let mut answers = pending.partitions.iter().zip(&pending.answers);
        let topics = pending.topics.iter().map(|(name, count)| {
            let partitions = answers.by_ref().take(*count).map(|(partition, answer)| {
                let answer = answer.expect("a finished deletion has every answer");
                DeleteRecordsPartitionResult {
                    partition_index: *partition,
                    low_watermark: answer.map_or(-1, |start| start.0),
                    error_code: answer.err().unwrap_or(ErrorCode::None).to_i16(),
                }
            });
            DeleteRecordsTopicResult { name, partitions: partitions.collect() }
        });
        let topics = topics.collect();
        self.answer(pending.call, &DeleteRecordsResponse { throttle_time_ms: 0, topics });
        self.end_exclusive(pending.call.connection);
    }
}

//! Looking things up in logs: offsets by timestamp (ListOffsets) and ends of epochs (OffsetForLeaderEpoch).
//!
//! The connection's shard coordinates as in a fetch; an owner answers what it knows at once and gives a job to the
//! helper pool for what takes reading.

mod list_offsets;
mod offset_for_leader_epoch;

use super::{Call, Pending};
use crate::shard::Shard;
use crate::shard::mail::Mail;
use crate::slots::SlotId;
use crate::topics::NamedTopic;
use loglane_model::{LeaderEpoch, Offset, PartitionId, ShardId, TopicId};
use loglane_net::{ApiKey, ErrorCode};
use loglane_ring::Io;

/// What is asked of one partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Question {
    /// The offset for one of Kafka's special timestamps.
    Earliest,
    Latest {
        read_committed: bool,
    },
    /// What only remote storage would have: nothing.
    Tiered,
    /// The record with the largest timestamp.
    MaxTimestamp,
    /// The first record of at least this timestamp.
    Timestamp {
        at_least_ms: i64,
        read_committed: bool,
    },
    /// The end of the largest epoch not above this one.
    EpochEnd(LeaderEpoch),
}

/// One partition of a look-up.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LookupItem {
    pub(crate) item: u32,
    pub(crate) topic: TopicId,
    pub(crate) partition: PartitionId,
    pub(crate) current_leader_epoch: Option<LeaderEpoch>,
    pub(crate) question: Question,
}

/// The answer for one partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LookupAnswer {
    pub(crate) error: ErrorCode,
    pub(crate) timestamp_ms: i64,
    /// −1: there is none.
    pub(crate) offset: Offset,
    /// `None` where it is not known.
    pub(crate) leader_epoch: Option<LeaderEpoch>,
}

impl LookupAnswer {
    pub(crate) fn failed(error: ErrorCode) -> LookupAnswer {
        LookupAnswer { error, timestamp_ms: -1, offset: Offset(-1), leader_epoch: None }
    }

    fn nothing() -> LookupAnswer {
        LookupAnswer::failed(ErrorCode::None)
    }

    fn at(offset: Offset, leader_epoch: Option<LeaderEpoch>) -> LookupAnswer {
        LookupAnswer { error: ErrorCode::None, timestamp_ms: -1, offset, leader_epoch }
    }
}

/// Who gets the answer for one partition.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LookupTicket {
    shard: ShardId,
    request: SlotId,
    item: u32,
}

/// The partitions of a look-up that belong to one other shard.
#[derive(Debug)]
pub(crate) struct LookupPart {
    pub(crate) request: SlotId,
    pub(crate) items: Vec<LookupItem>,
}

/// A look-up that is not yet answered.
#[derive(Debug)]
pub(crate) struct PendingLookup {
    call: Call,
    /// The topics in request order, each with how many partitions the request named.
    topics: Vec<(NamedTopic, usize)>,
    partitions: Vec<PartitionId>,
    answers: Vec<Option<LookupAnswer>>,
    outstanding: usize,
}

impl PendingLookup {
    fn new(call: Call) -> PendingLookup {
        PendingLookup {
            call,
            topics: Vec::new(),
            partitions: Vec::new(),
            answers: Vec::new(),
            outstanding: 0,
        }
    }
}

impl<I: Io<Mail>> Shard<I> {
    /// Asks the owners of all `items`; partitions that have an answer already are not among them.
    fn begin_lookup(&mut self, mut pending: PendingLookup, items: Vec<LookupItem>) {
        let call = pending.call;
        pending.outstanding = items.len();
        let id = self.requests.pending.insert(Pending::Lookup(Box::new(pending)));
        self.connections.get_mut(call.connection).expect("it just sent this").exclusive = Some(id);
        let mut remote: Vec<Vec<LookupItem>> = vec![Vec::new(); usize::from(self.shard_count)];
        for item in items {
            // A partition that has gone meanwhile is looked for here, and not found.
            let home = self.topics.home_of(item.topic, item.partition).unwrap_or(self.id);
            if home == self.id {
                let ticket = LookupTicket { shard: self.id, request: id, item: item.item };
                self.look_up(ticket, item);
            } else {
                remote[usize::from(home.0)].push(item);
            }
        }
        for (shard, items) in remote.into_iter().enumerate() {
            if !items.is_empty() {
                let to = ShardId(u16::try_from(shard).expect("a shard's number"));
                self.mail(to, Mail::Lookup(Box::new(LookupPart { request: id, items })));
            }
        }
        self.finish_lookup(id);
    }

    /// Another shard's look-up.
    pub(crate) fn on_lookup_part(&mut self, from: ShardId, part: &LookupPart) {
        for item in &part.items {
            let ticket = LookupTicket { shard: from, request: part.request, item: item.item };
            self.look_up(ticket, *item);
        }
    }

    /// Answers one partition of this shard, now or when a job has read.
    fn look_up(&mut self, ticket: LookupTicket, item: LookupItem) {
        let Some(slot) = self.slot_of(item.topic, item.partition) else {
            self.answer_lookup(ticket, LookupAnswer::failed(ErrorCode::UnknownTopicOrPartition));
            return;
        };
        let partition = self.partitions.get_mut(slot).expect("a slot in use");
        if let Err(error) = partition.check_epoch(item.current_leader_epoch) {
            self.answer_lookup(ticket, LookupAnswer::failed(error));
            return;
        }
        let absence = partition.absence();
        partition.next_lookup += 1;
        let number = partition.next_lookup;
        let Some(served) = partition.served_mut() else {
            self.answer_lookup(ticket, LookupAnswer::failed(absence));
            return;
        };
        let high_watermark = served.leader.high_watermark();
        let last_stable = served.last_stable_offset();
        let log = &mut served.log;
        let up_to = |read_committed| if read_committed { last_stable } else { high_watermark };
        match item.question {
            Question::Earliest => {
                let start = log.log_start_offset();
                let answer = LookupAnswer::at(start, log.epochs().epoch_at(start));
                self.answer_lookup(ticket, answer);
                return;
            }
            Question::Latest { read_committed } => {
                let end = up_to(read_committed);
                let answer = LookupAnswer::at(end, log.latest_epoch().map(|entry| entry.epoch));
                self.answer_lookup(ticket, answer);
                return;
            }
            Question::Tiered => {
                self.answer_lookup(ticket, LookupAnswer::nothing());
                return;
            }
            Question::EpochEnd(epoch) => {
                let answer = match log.end_offset_for_epoch(epoch) {
                    Some(end) => LookupAnswer::at(end.end_offset, Some(end.epoch)),
                    None => LookupAnswer::nothing(),
                };
                self.answer_lookup(ticket, answer);
                return;
            }
            Question::MaxTimestamp => log.look_up_max_timestamp(number, high_watermark),
            Question::Timestamp { at_least_ms, read_committed } => {
                log.look_up_timestamp(number, at_least_ms, up_to(read_committed));
            }
        }
        partition.lookups.push((number, ticket));
        self.mark_dirty(slot);
    }

    /// Jobs of a log have ended: hands out what they found.
    pub(crate) fn collect_lookups(&mut self, slot: SlotId) {
        loop {
            let Some(partition) = self.partitions.get_mut(slot) else { return };
            let Some(done) = partition.driven_log().and_then(|log| log.take_answer()) else { return };
            let known = partition.lookups.iter().position(|(number, _)| *number == done.lookup);
            let Some(at) = known else { continue };
            let (_, ticket) = partition.lookups.swap_remove(at);
            let answer = match done.result {
                Ok(Some(record)) => LookupAnswer {
                    error: ErrorCode::None,
                    timestamp_ms: record.timestamp,
                    offset: record.offset,
                    leader_epoch: Some(record.leader_epoch),
                },
                Ok(None) => LookupAnswer::nothing(),
                Err(error) => {
                    tracing::error!(?error, "a look-up could not read its log");
                    LookupAnswer::failed(ErrorCode::KafkaStorageError)
                }
            };
            self.answer_lookup(ticket, answer);
        }
    }

    pub(crate) fn answer_lookup(&mut self, ticket: LookupTicket, answer: LookupAnswer) {
        if ticket.shard == self.id {
            self.on_looked_up(ticket.request, ticket.item, answer);
        } else {
            self.mail(ticket.shard, Mail::LookedUp { request: ticket.request, item: ticket.item, answer });
        }
    }

    /// One partition has its answer.
    pub(crate) fn on_looked_up(&mut self, id: SlotId, item: u32, answer: LookupAnswer) {
        let Some(pending) = self.requests.lookup_mut(id) else { return };
        pending.answers[item as usize] = Some(answer);
        pending.outstanding -= 1;
        self.finish_lookup(id);
    }

    fn finish_lookup(&mut self, id: SlotId) {
        if self.requests.lookup_mut(id).is_none_or(|pending| pending.outstanding > 0) {
            return;
        }
        let Some(Pending::Lookup(pending)) = self.requests.pending.remove(id) else {
            unreachable!("looked up as a look-up just now")
        };
        match pending.call.api {
            ApiKey::ListOffsets => self.answer_list_offsets(&pending),
            _ => self.answer_offset_for_leader_epoch(&pending),
        }
        self.end_exclusive(pending.call.connection);
    }
}

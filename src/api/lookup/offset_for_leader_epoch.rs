//! OffsetForLeaderEpoch: where an epoch ended, so that a consumer notices that records it read are gone.

use super::{LookupAnswer, LookupItem, PendingLookup, Question};
use crate::api::authorize::Authorized;
use crate::api::{BadRequest, check_partition_count, decode, number_of};
use crate::shard::Shard;
use crate::shard::mail::Mail;
use loglane_model::{LeaderEpoch, PartitionId};
use loglane_net::ErrorCode;
use loglane_net::message::offset_for_leader_epoch::{
    EpochEndOffset, OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse, OffsetForLeaderTopicResult,
};
use loglane_net::topic::TopicRef;
use loglane_ring::Io;

impl<I: Io<Mail>> Shard<I> {
    pub(crate) fn on_offset_for_leader_epoch(
        &mut self,
        authorized: Authorized,
        body: &[u8],
    ) -> Result<(), BadRequest> {
        let call = authorized.call();
        let request: OffsetForLeaderEpochRequest<'_> = decode(call, body)?;
        check_partition_count(request.topics.iter().map(|topic| topic.partitions.len()))?;
        let mut pending = PendingLookup::new(call);
        let mut items = Vec::new();
        for topic in request.topics.iter() {
            let named = self.topics.resolve(TopicRef::Name(topic.topic));
            pending.topics.push((named.clone(), topic.partitions.len()));
            for asked in topic.partitions.iter() {
                let item = number_of(pending.answers.len());
                let partition = PartitionId(asked.partition);
                pending.partitions.push(partition);
                if named.place(partition).is_none() {
                    let refusal = LookupAnswer::failed(ErrorCode::UnknownTopicOrPartition);
                    pending.answers.push(Some(refusal));
                    continue;
                }
                pending.answers.push(None);
                let epoch = asked.current_leader_epoch;
                items.push(LookupItem {
                    item,
                    topic: named.id(),
                    partition,
                    current_leader_epoch: (epoch >= 0).then_some(LeaderEpoch(epoch)),
                    question: Question::EpochEnd(LeaderEpoch(asked.leader_epoch)),
                });
            }
        }
        self.begin_lookup(pending, items);
        Ok(())
    }

    pub(super) fn answer_offset_for_leader_epoch(&mut self, pending: &PendingLookup) {
        let mut answers = pending.partitions.iter().zip(&pending.answers);
        let mut topics = Vec::with_capacity(pending.topics.len());
        for (topic, count) in &pending.topics {
            let partitions: Vec<_> = answers
                .by_ref()
                .take(*count)
                .map(|(partition, answer)| {
                    let answer = answer.expect("a finished look-up has every answer");
                    EpochEndOffset {
                        error_code: answer.error.to_i16(),
                        partition: partition.0,
                        leader_epoch: answer.leader_epoch.map_or(-1, |epoch| epoch.0),
                        end_offset: answer.offset.0,
                    }
                })
                .collect();
            topics.push(OffsetForLeaderTopicResult { topic: topic.name(), partitions: partitions.into() });
        }
        let response = OffsetForLeaderEpochResponse { throttle_time_ms: 0, topics: topics.into() };
        self.answer(pending.call, &response);
    }
}

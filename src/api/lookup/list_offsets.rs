//! ListOffsets: the offset of a timestamp, and of Kafka's special ones.

use super::{LookupAnswer, LookupItem, PendingLookup, Question};
use crate::api::authorize::Authorized;
use crate::api::{BadRequest, READ_COMMITTED, READ_UNCOMMITTED, check_partition_count, decode, number_of};
use crate::shard::Shard;
use crate::shard::mail::Mail;
use loglane_model::{LeaderEpoch, Offset, PartitionId};
use loglane_net::ErrorCode;
use loglane_net::message::list_offsets::{
    ListOffsetsPartitionResponse, ListOffsetsRequest, ListOffsetsResponse, ListOffsetsTopicResponse,
};
use loglane_net::topic::TopicRef;
use loglane_ring::Io;
use std::collections::{BTreeMap, BTreeSet};

/// The special timestamps (`ListOffsetsRequest` in Kafka), with the version that brought each.
const LATEST: i64 = -1;
const EARLIEST: i64 = -2;
const MAX_TIMESTAMP: i64 = -3;
const EARLIEST_LOCAL: i64 = -4;
const LATEST_TIERED: i64 = -5;
const EARLIEST_PENDING_UPLOAD: i64 = -6;

/// The first version whose answer has the leader epoch.
const FIRST_WITH_EPOCH: i16 = 4;

/// What a timestamp asks for.
///
/// # Errors
/// `UnsupportedVersion` for a timestamp that the version does not know, `InvalidRequest` for an unknown isolation level.
fn question(timestamp: i64, version: i16, isolation_level: i8) -> Result<Question, ErrorCode> {
    let read_committed = match isolation_level {
        READ_UNCOMMITTED => false,
        READ_COMMITTED => true,
        _ => return Err(ErrorCode::InvalidRequest),
    };
    Ok(match timestamp {
        LATEST => Question::Latest { read_committed },
        EARLIEST => Question::Earliest,
        MAX_TIMESTAMP if version >= 7 => Question::MaxTimestamp,
        // Without remote storage everything is local.
        EARLIEST_LOCAL if version >= 8 => Question::Earliest,
        LATEST_TIERED if version >= 9 => Question::Tiered,
        EARLIEST_PENDING_UPLOAD if version >= 11 => Question::Tiered,
        0.. => Question::Timestamp { at_least_ms: timestamp, read_committed },
        _ => return Err(ErrorCode::UnsupportedVersion),
    })
}

/// For each topic of a request its first place in it. Names can be long, and are compared for each topic, not for each
/// partition.
fn first_places(request: &ListOffsetsRequest<'_>) -> Vec<u32> {
    let mut places = BTreeMap::new();
    let topics = request.topics.iter().enumerate();
    topics.map(|(at, topic)| *places.entry(topic.name).or_insert_with(|| number_of(at))).collect()
}

/// The partitions that a request names more than once, by first place of the topic.
fn named_twice(request: &ListOffsetsRequest<'_>, places: &[u32]) -> BTreeSet<(u32, i32)> {
    let mut seen = BTreeSet::new();
    let mut twice = BTreeSet::new();
    for (topic, place) in request.topics.iter().zip(places) {
        for asked in topic.partitions.iter() {
            let key = (*place, asked.partition_index);
            if !seen.insert(key) {
                twice.insert(key);
            }
        }
    }
    twice
}

impl<I: Io<Mail>> Shard<I> {
    pub(crate) fn on_list_offsets(&mut self, authorized: Authorized, body: &[u8]) -> Result<(), BadRequest> {
        let call = authorized.call();
        let request: ListOffsetsRequest<'_> = decode(call, body)?;
        check_partition_count(request.topics.iter().map(|topic| topic.partitions.len()))?;
        let places = first_places(&request);
        let named_twice = named_twice(&request, &places);
        let mut pending = PendingLookup::new(call);
        let mut items = Vec::new();
        let mut seen = BTreeSet::new();
        for (topic, place) in request.topics.iter().zip(&places) {
            let named = self.topics.resolve(TopicRef::Name(topic.name));
            let answers_before = pending.answers.len();
            for asked in topic.partitions.iter() {
                let key = (*place, asked.partition_index);
                // One answer for a partition, however often it is named.
                if !seen.insert(key) {
                    continue;
                }
                let item = number_of(pending.answers.len());
                let partition = PartitionId(asked.partition_index);
                pending.partitions.push(partition);
                let question = if named_twice.contains(&key) {
                    Err(ErrorCode::InvalidRequest)
                } else if named.place(partition).is_none() {
                    Err(ErrorCode::UnknownTopicOrPartition)
                } else {
                    question(asked.timestamp, call.version, request.isolation_level)
                };
                match question {
                    Err(error) => pending.answers.push(Some(LookupAnswer::failed(error))),
                    Ok(question) => {
                        pending.answers.push(None);
                        let epoch = asked.current_leader_epoch;
                        items.push(LookupItem {
                            item,
                            topic: named.id(),
                            partition,
                            current_leader_epoch: (epoch >= 0).then_some(LeaderEpoch(epoch)),
                            question,
                        });
                    }
                }
            }
            pending.topics.push((named, pending.answers.len() - answers_before));
        }
        self.begin_lookup(pending, items);
        Ok(())
    }

    pub(super) fn answer_list_offsets(&mut self, pending: &PendingLookup) {
        let version = pending.call.version;
        let mut answers = pending.partitions.iter().zip(&pending.answers);
        let mut topics = Vec::with_capacity(pending.topics.len());
        for (topic, count) in &pending.topics {
            let partitions: Vec<_> = answers
                .by_ref()
                .take(*count)
                .map(|(partition, answer)| {
                    let answer = answer.expect("a finished look-up has every answer");
                    ListOffsetsPartitionResponse {
                        partition_index: partition.0,
                        error_code: answer.error.to_i16(),
                        timestamp: answer.timestamp_ms,
                        offset: if answer.error == ErrorCode::None { answer.offset.0 } else { Offset(-1).0 },
                        leader_epoch: if version >= FIRST_WITH_EPOCH {
                            answer.leader_epoch.map_or(-1, |epoch| epoch.0)
                        } else {
                            -1
                        },
                    }
                })
                .collect();
            topics.push(ListOffsetsTopicResponse { name: topic.name(), partitions: partitions.into() });
        }
        let response = ListOffsetsResponse { throttle_time_ms: 0, topics: topics.into() };
        self.answer(pending.call, &response);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_special_timestamp_needs_the_version_that_brought_it() {
        for (timestamp, since) in
            [(MAX_TIMESTAMP, 7), (EARLIEST_LOCAL, 8), (LATEST_TIERED, 9), (EARLIEST_PENDING_UPLOAD, 11)]
        {
            assert_eq!(question(timestamp, since - 1, 0), Err(ErrorCode::UnsupportedVersion), "{timestamp}");
            assert!(question(timestamp, since, 0).is_ok(), "{timestamp}");
        }
        assert_eq!(question(-7, 11, 0), Err(ErrorCode::UnsupportedVersion));
        assert_eq!(question(LATEST, 1, READ_COMMITTED), Ok(Question::Latest { read_committed: true }));
        assert_eq!(question(LATEST, 2, 2), Err(ErrorCode::InvalidRequest));
    }
}

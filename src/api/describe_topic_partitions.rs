//! DescribeTopicPartitions: as Metadata, in pieces that a client asks for one after the other.

use super::authorize::Authorized;
use super::metadata::{OPERATIONS_NOT_ASKED, TOPIC_OPERATIONS, broker_ids, offline_replicas};
use super::{BadRequest, Call, decode};
use crate::controller::check_topic_name;
use crate::internal_topics::is_internal;
use crate::shard::Shard;
use crate::shard::mail::Mail;
use loglane_model::PartitionId;
use loglane_net::ErrorCode;
use loglane_net::message::describe_topic_partitions::{
    DescribeTopicPartitionsRequest, DescribeTopicPartitionsResponse,
    DescribeTopicPartitionsResponsePartition, DescribeTopicPartitionsResponseTopic, RequestCursor,
    ResponseCursor,
};
use loglane_replication::MetadataImage;
use loglane_replication::image::Topic;
use loglane_replication::record::PartitionRecord;
use loglane_ring::Io;
use std::collections::BTreeSet;

/// One page of the description.
#[derive(Debug, PartialEq)]
struct Page<'a> {
    topics: Vec<DescribeTopicPartitionsResponseTopic<'a>>,
    next: Option<ResponseCursor<'a>>,
}

impl<I: Io<Mail>> Shard<I> {
    pub(super) fn on_describe_topic_partitions(
        &mut self,
        authorized: Authorized,
        body: &[u8],
    ) -> Result<(), BadRequest> {
        let call = authorized.call();
        let request: DescribeTopicPartitionsRequest<'_> = decode(call, body)?;
        let image = self.metadata.image.clone();
        let asked: BTreeSet<&str> = request.topics.iter().map(|topic| topic.name).collect();
        if !is_cursor_valid(request.cursor.as_ref(), &asked) {
            self.refuse_described(call, &request);
            return Ok(());
        }
        let from = request.cursor.as_ref().map_or(("", 0), |at| (at.topic_name, at.partition_index));
        let limit_max = self.settings.config.settings.network.described_partitions_max;
        let limit = u32::try_from(request.response_partition_limit).unwrap_or(0).clamp(1, limit_max.max(1));
        let page = if asked.is_empty() {
            let all = image.topics.iter().map(|topic| topic.name.as_ref());
            page(&image, all.skip_while(|name| *name < from.0), from, limit)
        } else {
            page(&image, asked.into_iter().skip_while(|name| *name < from.0), from, limit)
        };
        let response = DescribeTopicPartitionsResponse {
            throttle_time_ms: 0,
            topics: page.topics.into(),
            next_cursor: page.next,
        };
        self.answer(call, &response);
        Ok(())
    }

    fn refuse_described(&mut self, call: Call, request: &DescribeTopicPartitionsRequest<'_>) {
        let topics = request.topics.iter();
        let topics: Vec<_> =
            topics.map(|topic| failed(topic.name, ErrorCode::InvalidRequest, OPERATIONS_NOT_ASKED)).collect();
        let response =
            DescribeTopicPartitionsResponse { throttle_time_ms: 0, topics: topics.into(), next_cursor: None };
        self.answer(call, &response);
    }
}

/// A cursor points at one of the topics that are asked for.
fn is_cursor_valid(cursor: Option<&RequestCursor<'_>>, asked: &BTreeSet<&str>) -> bool {
    cursor.is_none_or(|cursor| {
        cursor.partition_index >= 0 && (asked.is_empty() || asked.contains(cursor.topic_name))
    })
}

/// Describes up to `limit` partitions of topics in the order of their names. The first partition is `from`'s, if its
/// topic is there.
fn page<'a>(
    image: &'a MetadataImage,
    names: impl Iterator<Item = &'a str>,
    from: (&str, i32),
    limit: u32,
) -> Page<'a> {
    let mut topics = Vec::new();
    let mut left = limit as usize;
    for name in names {
        if left == 0 {
            let next = Some(ResponseCursor { topic_name: name, partition_index: 0 });
            return Page { topics, next };
        }
        let Some(topic) = image.topics.by_name(name) else {
            let is_name = check_topic_name(name).is_ok();
            let error =
                if is_name { ErrorCode::UnknownTopicOrPartition } else { ErrorCode::InvalidTopicException };
            topics.push(failed(name, error, TOPIC_OPERATIONS));
            continue;
        };
        let first = if name == from.0 { from.1 } else { 0 };
        let mut partitions = topic.partitions.iter().skip_while(|(number, _)| number.0 < first);
        let shown = partitions.by_ref().take(left);
        let shown: Vec<_> = shown.map(|(number, record)| partition(image, *number, record)).collect();
        let next = partitions.next().map(|(number, _)| number.0);
        left -= shown.len();
        topics.push(described(topic, shown));
        if let Some(partition_index) = next {
            return Page { topics, next: Some(ResponseCursor { topic_name: name, partition_index }) };
        }
    }
    Page { topics, next: None }
}

fn failed(name: &str, error: ErrorCode, operations: i32) -> DescribeTopicPartitionsResponseTopic<'_> {
    DescribeTopicPartitionsResponseTopic {
        error_code: error.to_i16(),
        name: Some(name),
        topic_authorized_operations: operations,
        ..DescribeTopicPartitionsResponseTopic::default()
    }
}

fn described<'a>(
    topic: &'a Topic,
    partitions: Vec<DescribeTopicPartitionsResponsePartition<'a>>,
) -> DescribeTopicPartitionsResponseTopic<'a> {
    DescribeTopicPartitionsResponseTopic {
        error_code: 0,
        name: Some(&topic.name),
        topic_id: topic.id,
        is_internal: is_internal(&topic.name),
        partitions: partitions.into(),
        topic_authorized_operations: TOPIC_OPERATIONS,
    }
}

fn partition(
    image: &MetadataImage,
    number: PartitionId,
    record: &PartitionRecord,
) -> DescribeTopicPartitionsResponsePartition<'static> {
    let error = if record.leader.is_some() { ErrorCode::None } else { ErrorCode::LeaderNotAvailable };
    DescribeTopicPartitionsResponsePartition {
        error_code: error.to_i16(),
        partition_index: number.0,
        leader_id: record.leader.map_or(-1, |leader| leader.0),
        leader_epoch: record.leader_epoch.0,
        replica_nodes: broker_ids(&record.replicas),
        isr_nodes: broker_ids(&record.in_sync),
        eligible_leader_replicas: Some(broker_ids(record.eligible_leaders.as_deref().unwrap_or_default())),
        last_known_elr: Some(broker_ids(record.last_known_eligible.as_deref().unwrap_or_default())),
        offline_replicas: broker_ids(&offline_replicas(image, record)),
    }
}

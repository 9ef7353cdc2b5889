//! What the null broker says to each request.

use super::records::{Records, Served};
use super::{NullTopic, World};
use loglane_model::{BatchHeader, Instant, Offset, TopicId};
use loglane_net::fetch::FetchRequest;
use loglane_net::fetch_response::{FetchOutcome, FetchResponseWriter, FetchSession};
use loglane_net::message::api_versions::ApiVersionsResponse;
use loglane_net::message::create_topics::{CreatableTopicResult, CreateTopicsRequest, CreateTopicsResponse};
use loglane_net::message::delete_topics::{DeletableTopicResult, DeleteTopicsRequest, DeleteTopicsResponse};
use loglane_net::message::init_producer_id::InitProducerIdResponse;
use loglane_net::message::list_offsets::{
    ListOffsetsPartitionResponse, ListOffsetsRequest, ListOffsetsResponse, ListOffsetsTopicResponse,
};
use loglane_net::message::metadata::{
    MetadataRequest, MetadataResponse, MetadataResponseBroker, MetadataResponsePartition,
    MetadataResponseTopic,
};
use loglane_net::produce::{ProduceOutcome, ProduceRequest, ProduceResponseWriter};
use loglane_net::{
    ApiKey, ErrorCode, Message, Reader, RequestHeader, Response, TopicRef, api_versions, header,
};
use loglane_ring::{Outgoing, OutgoingPart};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

/// The only node.
const NODE_ID: i32 = 1;

/// Partitions of topics for which nobody said a number.
const PARTITIONS: usize = 16;

/// More partitions than this are not believed.
const PARTITIONS_MAX: i32 = 1_000_000;

/// What is served, and nothing else is announced.
const SERVED: [ApiKey; 8] = [
    ApiKey::Produce,
    ApiKey::Fetch,
    ApiKey::ListOffsets,
    ApiKey::Metadata,
    ApiKey::ApiVersions,
    ApiKey::CreateTopics,
    ApiKey::DeleteTopics,
    ApiKey::InitProducerId,
];

/// A request that has no answer: the connection is closed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Unanswerable;

impl<E: std::error::Error> From<E> for Unanswerable {
    fn from(_: E) -> Unanswerable {
        Unanswerable
    }
}

/// A fetch that waits for records.
#[derive(Debug)]
pub(super) struct Parked {
    request: Vec<u8>,
    deadline: Instant,
}

/// Puts an answer behind those that wait to be sent.
fn append(
    out: &mut Outgoing,
    write: impl FnOnce(&mut Vec<u8>) -> Result<(), Unanswerable>,
) -> Result<(), Unanswerable> {
    let start = out.head.len();
    write(&mut out.head)?;
    piece(out, start, out.head.len());
    Ok(())
}

fn piece(out: &mut Outgoing, start: usize, end: usize) {
    if start < end {
        let place = |at: usize| u32::try_from(at).expect("answers that wait are far below 4 GiB");
        out.parts.push(OutgoingPart::Head { start: place(start), end: place(end) });
    }
}

/// Answers, or says that the request waits.
pub(super) fn answer(
    world: &World,
    records: &Records,
    request: &[u8],
    now: Instant,
    out: &mut Outgoing,
) -> Result<Option<Parked>, Unanswerable> {
    let mut reader = Reader::new(request);
    let header = RequestHeader::decode(&mut reader)?;
    let (version, id) = (header.version, header.correlation_id);
    match header.api {
        ApiKey::Produce => {
            let decoded = ProduceRequest::decode(request, reader.position(), version)?;
            if decoded.acks == 0 {
                produce(world, request, &decoded, None);
            } else {
                append(out, |out| {
                    produce(world, request, &decoded, Some((&mut *out, version, id)));
                    Ok(())
                })?;
            }
        }
        ApiKey::Fetch => {
            let decoded = FetchRequest::decode(&mut reader, version)?;
            if !fetch(world, records, &decoded, version, id, false, out) {
                let wait = Duration::from_millis(u64::try_from(decoded.max_wait_ms).unwrap_or(0));
                return Ok(Some(Parked { request: request.to_vec(), deadline: now.after(wait) }));
            }
        }
        ApiKey::ApiVersions => append(out, |out| {
            let response = ApiVersionsResponse {
                api_keys: SERVED.map(api_versions::advertised).into(),
                ..ApiVersionsResponse::default()
            };
            Ok(api_versions::write_response(out, version, id, &response)?)
        })?,
        ApiKey::Metadata => {
            let request = MetadataRequest::decode(&mut reader, version)?;
            append(out, |out| metadata(world, &request, version, id, out))?;
        }
        ApiKey::ListOffsets => {
            let request = ListOffsetsRequest::decode(&mut reader, version)?;
            append(out, |out| list_offsets(world, &request, version, id, out))?;
        }
        ApiKey::CreateTopics => {
            let request = CreateTopicsRequest::decode(&mut reader, version)?;
            append(out, |out| create_topics(world, &request, version, id, out))?;
        }
        ApiKey::DeleteTopics => {
            let request = DeleteTopicsRequest::decode(&mut reader, version)?;
            append(out, |out| delete_topics(world, &request, version, id, out))?;
        }
        ApiKey::InitProducerId => append(out, |out| {
            let producer_id = world.new_producer();
            let response = InitProducerIdResponse {
                producer_id,
                producer_epoch: 0,
                ..InitProducerIdResponse::default()
            };
            respond(out, version, id, &response)
        })?,
        _ => return Err(Unanswerable),
    }
    Ok(None)
}

fn respond<'a, R: Response<'a>>(
    out: &mut Vec<u8>,
    version: i16,
    id: i32,
    body: &R,
) -> Result<(), Unanswerable> {
    Ok(header::encode_response(out, version, id, body)?)
}

fn find(world: &World, topic: TopicRef<'_>) -> Option<Arc<NullTopic>> {
    match topic {
        TopicRef::Name(name) => world.find(|known| known.name == name),
        TopicRef::Id(id) => world.find(|known| known.id == id),
    }
}

fn end_of(topic: Option<&NullTopic>, partition: i32) -> Option<&AtomicI64> {
    topic?.ends.get(usize::try_from(partition).ok()?)
}

/// Counts the records of every batch, by its header.
fn produce(world: &World, frame: &[u8], request: &ProduceRequest<'_>, out: Option<(&mut Vec<u8>, i16, i32)>) {
    let mut writer =
        out.map(|(out, version, id)| ProduceResponseWriter::new(out, version, id, request.topic_count()));
    let mut topic = None;
    let mut topic_index = None;
    for partition in request.partitions() {
        if topic_index != Some(partition.topic_index) {
            topic_index = Some(partition.topic_index);
            topic = find(world, partition.topic);
            if let Some(writer) = &mut writer {
                writer.topic(partition.topic, partition.topic_partitions);
            }
        }
        let records = partition.records.map_or(&[][..], |range| &frame[range]);
        let count =
            BatchHeader::peek(records).map_or(0, |header| i64::from(header.record_count.get().max(0)));
        let outcome = match end_of(topic.as_deref(), partition.partition) {
            Some(end) => ProduceOutcome {
                error: ErrorCode::None,
                base_offset: Offset(end.fetch_add(count, Ordering::Relaxed)),
                log_start_offset: Offset(0),
                ..ProduceOutcome::failed(partition.partition, ErrorCode::None)
            },
            None => ProduceOutcome::failed(partition.partition, ErrorCode::UnknownTopicOrPartition),
        };
        if let Some(writer) = &mut writer {
            writer.partition(&outcome);
        }
    }
    if let Some(writer) = writer {
        writer.finish(0, &[]);
    }
}

impl Parked {
    /// Answers if there is something by now, or if it is time.
    pub(super) fn try_answer(
        &self,
        world: &World,
        records: &Records,
        now: Instant,
        out: &mut Outgoing,
    ) -> bool {
        let mut reader = Reader::new(&self.request);
        let Ok(header) = RequestHeader::decode(&mut reader) else { return true };
        let Ok(request) = FetchRequest::decode(&mut reader, header.version) else { return true };
        fetch(world, records, &request, header.version, header.correlation_id, now >= self.deadline, out)
    }
}

/// What a fetch finds in one partition.
struct Found {
    partition: i32,
    end: Option<i64>,
    bytes: usize,
    served: Vec<Served>,
}

/// Answers a fetch; `false` where it has to wait.
fn fetch(
    world: &World,
    records: &Records,
    request: &FetchRequest<'_>,
    version: i16,
    id: i32,
    is_due: bool,
    out: &mut Outgoing,
) -> bool {
    let mut topics: Vec<(TopicRef<'_>, Vec<Found>)> = Vec::new();
    let mut left = usize::try_from(request.max_bytes).unwrap_or(0);
    let mut bytes = 0;
    let mut topic = None;
    for asked in request.partitions() {
        if topics.last().is_none_or(|(last, _)| *last != asked.topic) {
            topic = find(world, asked.topic);
            topics.push((asked.topic, Vec::new()));
        }
        let end = end_of(topic.as_deref(), asked.partition).map(|end| {
            if world.is_endless {
                asked.fetch_offset.saturating_add(1 << 20)
            } else {
                end.load(Ordering::Relaxed)
            }
        });
        let mut found = Found { partition: asked.partition, end, bytes: 0, served: Vec::new() };
        let most = usize::try_from(asked.partition_max_bytes).unwrap_or(0).min(left);
        if let Some(end) = end
            && (most > 0 || bytes == 0)
        {
            found.bytes = records.serve(asked.fetch_offset, end, most, &mut found.served);
            left = left.saturating_sub(found.bytes);
            bytes += found.bytes;
        }
        topics.last_mut().expect("pushed above").1.push(found);
    }
    let is_failed = topics.iter().flat_map(|(_, found)| found).any(|found| found.end.is_none());
    if !is_due && !is_failed && bytes < usize::try_from(request.min_bytes).unwrap_or(0) {
        return false;
    }
    write_fetch(&topics, version, id, out);
    true
}

fn write_fetch(topics: &[(TopicRef<'_>, Vec<Found>)], version: i16, id: i32, out: &mut Outgoing) {
    let mut gaps = Vec::new();
    let mut start = out.head.len();
    let session = FetchSession { throttle_time_ms: 0, error: ErrorCode::None, session_id: 0 };
    let mut writer = FetchResponseWriter::new(&mut out.head, &mut gaps, version, id, session, topics.len());
    for (topic, partitions) in topics {
        writer.topic(*topic, partitions.len());
        for found in partitions {
            let failed = FetchOutcome::failed(found.partition, ErrorCode::UnknownTopicOrPartition);
            let outcome = match found.end {
                Some(end) => FetchOutcome {
                    error: ErrorCode::None,
                    high_watermark: Offset(end),
                    last_stable_offset: Offset(end),
                    log_start_offset: Offset(0),
                    record_bytes: u32::try_from(found.bytes).expect("bounded by the fetch"),
                    ..failed
                },
                None => failed,
            };
            writer.partition(&outcome);
        }
    }
    writer.finish(&[]);
    let end = out.head.len();
    let with_records = topics.iter().flat_map(|(_, found)| found).filter(|found| found.bytes > 0);
    for (gap, found) in gaps.iter().zip(with_records) {
        piece(out, start, gap.at as usize);
        start = gap.at as usize;
        for served in &found.served {
            let at = out.head.len();
            out.head.extend_from_slice(&served.base_offset.to_be_bytes());
            piece(out, at, at + size_of::<i64>());
            out.parts.push(OutgoingPart::Extent(served.tail.clone()));
        }
    }
    piece(out, start, end);
}

fn metadata(
    world: &World,
    request: &MetadataRequest<'_>,
    version: i16,
    id: i32,
    out: &mut Vec<u8>,
) -> Result<(), Unanswerable> {
    let host = world.address.ip().to_string();
    let brokers = [MetadataResponseBroker {
        node_id: NODE_ID,
        host: &host,
        port: i32::from(world.address.port()),
        rack: None,
    }];
    let all = world.topics();
    let mut wanted: Vec<Option<Arc<NullTopic>>> = Vec::new();
    match &request.topics {
        // In version 0 no topic stands for all of them.
        Some(asked) if version > 0 || !asked.is_empty() => {
            for topic in asked.iter() {
                if let Some(name) = topic.name {
                    world.create(name, PARTITIONS);
                    wanted.push(world.find(|known| known.name == name));
                } else {
                    wanted.push(world.find(|known| known.id == topic.topic_id));
                }
            }
        }
        _ => wanted.extend(all.into_iter().map(Some)),
    }
    let topics: Vec<MetadataResponseTopic<'_>> =
        wanted.iter().map(|topic| describe(topic.as_deref())).collect();
    let response = MetadataResponse {
        brokers: brokers.into(),
        cluster_id: Some("null"),
        controller_id: NODE_ID,
        topics: topics.into(),
        ..MetadataResponse::default()
    };
    respond(out, version, id, &response)
}

fn describe(topic: Option<&NullTopic>) -> MetadataResponseTopic<'_> {
    let Some(topic) = topic else {
        return MetadataResponseTopic {
            error_code: ErrorCode::UnknownTopicId.to_i16(),
            name: None,
            ..MetadataResponseTopic::default()
        };
    };
    let partitions: Vec<_> = (0..)
        .zip(&topic.ends)
        .map(|(partition_index, _)| MetadataResponsePartition {
            partition_index,
            leader_id: NODE_ID,
            leader_epoch: 0,
            replica_nodes: [NODE_ID].into(),
            isr_nodes: [NODE_ID].into(),
            ..MetadataResponsePartition::default()
        })
        .collect();
    MetadataResponseTopic {
        name: Some(&topic.name),
        topic_id: topic.id,
        partitions: partitions.into(),
        ..MetadataResponseTopic::default()
    }
}

fn list_offsets(
    world: &World,
    request: &ListOffsetsRequest<'_>,
    version: i16,
    id: i32,
    out: &mut Vec<u8>,
) -> Result<(), Unanswerable> {
    let of_topic = |asked: loglane_net::message::list_offsets::ListOffsetsTopic<'_>| {
        let topic = find(world, TopicRef::Name(asked.name));
        let answers: Vec<_> = asked
            .partitions
            .iter()
            .map(|partition| {
                let end = end_of(topic.as_deref(), partition.partition_index);
                let offset =
                    end.map(|end| if partition.timestamp == -1 { end.load(Ordering::Relaxed) } else { 0 });
                let error =
                    if offset.is_some() { ErrorCode::None } else { ErrorCode::UnknownTopicOrPartition };
                ListOffsetsPartitionResponse {
                    partition_index: partition.partition_index,
                    error_code: error.to_i16(),
                    offset: offset.unwrap_or(-1),
                    ..ListOffsetsPartitionResponse::default()
                }
            })
            .collect();
        answers
    };
    let names: Vec<_> = request.topics.iter().map(|topic| (topic.name, of_topic(topic.clone()))).collect();
    let topics: Vec<_> = names
        .into_iter()
        .map(|(name, partitions)| ListOffsetsTopicResponse { name, partitions: partitions.into() })
        .collect();
    respond(
        out,
        version,
        id,
        &ListOffsetsResponse { topics: topics.into(), ..ListOffsetsResponse::default() },
    )
}

fn create_topics(
    world: &World,
    request: &CreateTopicsRequest<'_>,
    version: i16,
    id: i32,
    out: &mut Vec<u8>,
) -> Result<(), Unanswerable> {
    let results: Vec<_> = request
        .topics
        .iter()
        .map(|topic| {
            let partitions = match topic.num_partitions {
                count @ 1..=PARTITIONS_MAX => usize::try_from(count).expect("positive"),
                _ => PARTITIONS,
            };
            let is_new = world.create(topic.name, partitions);
            let error = if is_new { ErrorCode::None } else { ErrorCode::TopicAlreadyExists };
            let found = world.find(|known| known.name == topic.name);
            CreatableTopicResult {
                name: topic.name,
                topic_id: found.map_or(TopicId::ZERO, |topic| topic.id),
                error_code: error.to_i16(),
                num_partitions: i32::try_from(partitions).expect("bounded above"),
                replication_factor: 1,
                ..CreatableTopicResult::default()
            }
        })
        .collect();
    respond(
        out,
        version,
        id,
        &CreateTopicsResponse { topics: results.into(), ..CreateTopicsResponse::default() },
    )
}

fn delete_topics(
    world: &World,
    request: &DeleteTopicsRequest<'_>,
    version: i16,
    id: i32,
    out: &mut Vec<u8>,
) -> Result<(), Unanswerable> {
    let by_name = request.topic_names.iter().map(|name| (Some(name), TopicId::ZERO));
    let asked = request.topics.iter().map(|topic| (topic.name, topic.topic_id)).chain(by_name);
    let results: Vec<_> = asked
        .map(|(name, topic_id)| {
            let is_gone = world.remove(|known| match name {
                Some(name) => known.name == name,
                None => known.id == topic_id,
            });
            let error = if is_gone { ErrorCode::None } else { ErrorCode::UnknownTopicOrPartition };
            DeletableTopicResult {
                name,
                topic_id,
                error_code: error.to_i16(),
                ..DeletableTopicResult::default()
            }
        })
        .collect();
    respond(
        out,
        version,
        id,
        &DeleteTopicsResponse { responses: results.into(), ..DeleteTopicsResponse::default() },
    )
}

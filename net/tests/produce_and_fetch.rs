//! The hand-written produce and fetch codec says the same as the generated one, on random messages of every version.
#![allow(clippy::unwrap_used, reason = "a test stops where something is wrong")]

use loglane_codegen::{Message as MessageSchema, Random, Schema, sample};
use loglane_model::Offset;
use loglane_net::fetch::FetchRequest;
use loglane_net::fetch_response::{
    AbortedTransaction, EpochAndOffset, FetchOutcome, FetchResponseWriter, FetchSession, Gap,
};
use loglane_net::header::encode_response;
use loglane_net::message::{fetch, produce};
use loglane_net::produce::{ProduceOutcome, ProduceRequest, ProduceResponseWriter, RecordError};
use loglane_net::{Array, CurrentLeader, DecodeError, ErrorCode, Message, NodeEndpoint, Reader, TopicRef};
use std::path::Path;

const SEEDS: u64 = 300;

fn schema() -> Schema {
    Schema::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("schema")).unwrap()
}

fn message<'s>(schema: &'s Schema, name: &str) -> &'s MessageSchema {
    let mut messages = schema.groups.iter().flat_map(|group| &group.messages);
    messages.find(|message| message.name == name).unwrap()
}

/// Calls `check` with random bytes of every version.
fn for_random(name: &str, mut check: impl FnMut(i16, &[u8], &mut Random)) {
    let schema = schema();
    let message = message(&schema, name);
    for version in message.versions.from..=message.versions.to {
        for seed in 0..SEEDS {
            let mut random = Random(seed);
            let bytes = sample(message, version, &mut random);
            eprintln!("{name} version {version} seed {seed}");
            check(version, &bytes, &mut random);
        }
    }
}

fn decode<'a, M: Message<'a>>(bytes: &'a [u8], version: i16) -> M {
    let mut reader = Reader::new(bytes);
    let message = M::decode(&mut reader, version).unwrap();
    reader.finish().unwrap();
    message
}

#[test]
fn the_produce_walk_finds_every_partition_and_its_bytes() {
    for_random("ProduceRequest", |version, bytes, _| {
        let expected: produce::ProduceRequest<'_> = decode(bytes, version);
        let frame = [&b"header"[..], bytes].concat();
        let walk = ProduceRequest::decode(&frame, 6, version).unwrap();
        assert_eq!(walk.transactional_id, expected.transactional_id);
        assert_eq!((walk.acks, walk.timeout_ms), (expected.acks, expected.timeout_ms));
        let mut partitions = walk.partitions();
        let topics = expected.topic_data.iter().filter(|topic| !topic.partition_data.is_empty());
        let mut count = 0;
        for (topic_index, topic) in topics.enumerate() {
            for partition in &topic.partition_data {
                let found = partitions.next().unwrap();
                let name =
                    if version >= 13 { TopicRef::Id(topic.topic_id) } else { TopicRef::Name(topic.name) };
                assert_eq!((found.topic, found.topic_index), (name, topic_index));
                assert_eq!(found.topic_partitions, topic.partition_data.len());
                assert_eq!(found.partition, partition.index);
                assert_eq!(found.records.map(|range| &frame[range]), partition.records);
                count += 1;
            }
        }
        assert_eq!(partitions.next(), None);
        assert_eq!(walk.partition_count(), count);
    });
}

#[test]
fn the_fetch_walk_finds_every_partition() {
    for_random("FetchRequest", |version, bytes, _| {
        let expected: fetch::FetchRequest<'_> = decode(bytes, version);
        let walk = FetchRequest::decode(&mut Reader::new(bytes), version).unwrap();
        let replica = &expected.replica_state;
        let replica_id = if version >= 15 { replica.replica_id } else { expected.replica_id };
        assert_eq!((walk.replica_id, walk.replica_epoch), (replica_id, replica.replica_epoch));
        assert_eq!((walk.cluster_id, walk.rack_id), (expected.cluster_id, expected.rack_id));
        assert_eq!((walk.max_wait_ms, walk.min_bytes), (expected.max_wait_ms, expected.min_bytes));
        assert_eq!((walk.max_bytes, walk.isolation_level), (expected.max_bytes, expected.isolation_level));
        assert_eq!((walk.session_id, walk.session_epoch), (expected.session_id, expected.session_epoch));
        let mut partitions = walk.partitions();
        let topics = expected.topics.iter().filter(|topic| !topic.partitions.is_empty());
        for (topic_index, topic) in topics.enumerate() {
            for expected in &topic.partitions {
                let found = partitions.next().unwrap();
                let named = (name(version, topic.topic, topic.topic_id), topic_index);
                assert_eq!((found.topic, found.topic_index), named);
                let rebuilt = fetch::FetchPartition {
                    partition: found.partition,
                    current_leader_epoch: found.current_leader_epoch,
                    fetch_offset: found.fetch_offset,
                    last_fetched_epoch: found.last_fetched_epoch,
                    log_start_offset: found.log_start_offset,
                    partition_max_bytes: found.partition_max_bytes,
                    replica_directory_id: found.replica_directory_id,
                    high_watermark: found.high_watermark,
                };
                assert_eq!(rebuilt, expected);
            }
        }
        assert_eq!(partitions.next(), None);
        let forgotten: Vec<_> =
            walk.forgotten().map(|one| (one.topic, one.topic_index, one.partition)).collect();
        let expected: Vec<_> = (&expected.forgotten_topics_data)
            .into_iter()
            .filter(|topic| !topic.partitions.is_empty())
            .enumerate()
            .flat_map(|(topic_index, topic)| {
                let name = name(version, topic.topic, topic.topic_id);
                let named = topic.partitions.iter().map(move |partition| (name, topic_index, partition));
                named.collect::<Vec<_>>()
            })
            .collect();
        assert_eq!(forgotten, expected);
        assert_eq!(walk.forgotten_count(), expected.len());
    });
}

fn name(version: i16, name: &str, id: loglane_model::TopicId) -> TopicRef<'_> {
    if version >= 13 { TopicRef::Id(id) } else { TopicRef::Name(name) }
}

fn some_error(random: &mut Random) -> ErrorCode {
    ErrorCode::ALL[random.below(ErrorCode::ALL.len())]
}

#[test]
fn the_produce_response_is_written_as_the_schema_has_it() {
    for_random("ProduceResponse", |version, bytes, random| {
        let mut expected: produce::ProduceResponse<'_> = decode(bytes, version);
        // Every error code must be one that exists, and topics without partitions are never answered.
        let mut topics: Vec<_> = expected.responses.iter().collect();
        topics.retain(|topic| !topic.partition_responses.is_empty());
        for topic in &mut topics {
            let mut partitions: Vec<_> = topic.partition_responses.iter().collect();
            partitions.iter_mut().for_each(|one| one.error_code = some_error(random).to_i16());
            topic.partition_responses = partitions.into();
        }
        expected.responses = topics.clone().into();
        let mut generated = Vec::new();
        encode_response(&mut generated, version, 77, &expected).unwrap();

        let mut written = Vec::new();
        let mut writer = ProduceResponseWriter::new(&mut written, version, 77, topics.len());
        for topic in &topics {
            writer.topic(name(version, topic.name, topic.topic_id), topic.partition_responses.len());
            for partition in &topic.partition_responses {
                let record_errors: Vec<_> = partition
                    .record_errors
                    .iter()
                    .map(|one| RecordError {
                        batch_index: one.batch_index,
                        message: one.batch_index_error_message,
                    })
                    .collect();
                let leader = &partition.current_leader;
                writer.partition(&ProduceOutcome {
                    partition: partition.index,
                    error: ErrorCode::from_i16(partition.error_code).unwrap(),
                    base_offset: Offset(partition.base_offset),
                    log_append_time_ms: partition.log_append_time_ms,
                    log_start_offset: Offset(partition.log_start_offset),
                    record_errors: &record_errors,
                    error_message: partition.error_message,
                    current_leader: (*leader != produce::LeaderIdAndEpoch::default()).then_some(
                        CurrentLeader { leader_id: leader.leader_id, leader_epoch: leader.leader_epoch },
                    ),
                });
            }
        }
        let endpoints: Vec<_> = expected
            .node_endpoints
            .iter()
            .map(|one| NodeEndpoint { node_id: one.node_id, host: one.host, port: one.port, rack: one.rack })
            .collect();
        writer.finish(expected.throttle_time_ms, &endpoints);
        assert_eq!(written, generated);
    });
}

#[test]
fn the_fetch_response_with_its_gaps_filled_is_what_the_schema_has() {
    for_random("FetchResponse", |version, bytes, random| {
        let mut expected: fetch::FetchResponse<'_> = decode(bytes, version);
        let session = FetchSession {
            throttle_time_ms: expected.throttle_time_ms,
            error: some_error(random),
            session_id: expected.session_id,
        };
        expected.error_code = if version >= 7 { session.error.to_i16() } else { 0 };
        let mut topics: Vec<_> = expected.responses.iter().collect();
        topics.retain(|topic| !topic.partitions.is_empty());
        for topic in &mut topics {
            let mut partitions: Vec<_> = topic.partitions.iter().collect();
            for partition in &mut partitions {
                partition.error_code = some_error(random).to_i16();
                partition.records = Some(partition.records.unwrap_or_default());
            }
            topic.partitions = partitions.into();
        }
        expected.responses = topics.clone().into();
        let mut generated = Vec::new();
        encode_response(&mut generated, version, 78, &expected).unwrap();

        // Another response stands in front, as in a buffer that holds several.
        let mut head = b"before".to_vec();
        let mut gaps = Vec::new();
        let mut records = Vec::new();
        let mut writer = FetchResponseWriter::new(&mut head, &mut gaps, version, 78, session, topics.len());
        for topic in &topics {
            writer.topic(name(version, topic.topic, topic.topic_id), topic.partitions.len());
            for partition in &topic.partitions {
                writer.partition(&fetch_outcome(&partition, &aborted(&partition)));
                records.extend(partition.records.filter(|records| !records.is_empty()));
            }
        }
        let endpoints: Vec<_> = expected
            .node_endpoints
            .iter()
            .map(|one| NodeEndpoint { node_id: one.node_id, host: one.host, port: one.port, rack: one.rack })
            .collect();
        writer.finish(&endpoints);
        assert_eq!(filled(&head, 6, &gaps, &records), generated);
    });
}

fn aborted(partition: &fetch::PartitionData<'_>) -> Option<Vec<AbortedTransaction>> {
    let read = |one: fetch::AbortedTransaction| AbortedTransaction {
        producer_id: one.producer_id,
        first_offset: one.first_offset,
    };
    partition.aborted_transactions.as_ref().map(|aborted| aborted.iter().map(read).collect())
}

fn fetch_outcome<'o>(
    partition: &fetch::PartitionData<'_>,
    aborted: &'o Option<Vec<AbortedTransaction>>,
) -> FetchOutcome<'o> {
    let (diverging, leader) = (&partition.diverging_epoch, &partition.current_leader);
    let snapshot = &partition.snapshot_id;
    FetchOutcome {
        partition: partition.partition_index,
        error: ErrorCode::from_i16(partition.error_code).unwrap(),
        high_watermark: Offset(partition.high_watermark),
        last_stable_offset: Offset(partition.last_stable_offset),
        log_start_offset: Offset(partition.log_start_offset),
        diverging_epoch: (*diverging != fetch::EpochEndOffset::default())
            .then_some(EpochAndOffset { epoch: diverging.epoch, end_offset: diverging.end_offset }),
        current_leader: (*leader != fetch::LeaderIdAndEpoch::default())
            .then_some(CurrentLeader { leader_id: leader.leader_id, leader_epoch: leader.leader_epoch }),
        snapshot_id: (*snapshot != fetch::SnapshotId::default())
            .then_some(EpochAndOffset { epoch: snapshot.epoch, end_offset: snapshot.end_offset }),
        aborted_transactions: aborted.as_deref(),
        preferred_read_replica: partition.preferred_read_replica,
        record_bytes: u32::try_from(partition.records.unwrap().len()).unwrap(),
    }
}

/// What the peer receives: `head` from `from` on, with the records in their gaps.
fn filled(head: &[u8], from: usize, gaps: &[Gap], records: &[&[u8]]) -> Vec<u8> {
    assert_eq!(gaps.len(), records.len());
    let mut out = Vec::new();
    let mut at = from;
    for (gap, records) in gaps.iter().zip(records) {
        assert_eq!(gap.bytes as usize, records.len());
        out.extend_from_slice(&head[at..gap.at as usize]);
        out.extend_from_slice(records);
        at = gap.at as usize;
    }
    out.extend_from_slice(&head[at..]);
    out
}

#[test]
fn a_request_cut_anywhere_is_refused_by_both_walks() {
    for_random("ProduceRequest", |version, bytes, _| {
        for end in 0..bytes.len() {
            assert!(ProduceRequest::decode(&bytes[..end], 0, version).is_err());
        }
    });
    for_random("FetchRequest", |version, bytes, _| {
        for end in 0..bytes.len() {
            assert!(FetchRequest::decode(&mut Reader::new(&bytes[..end]), version).is_err());
        }
    });
}

#[test]
fn a_topic_without_partitions_is_passed_over() {
    let topic = |name, partitions: Vec<i32>| produce::TopicProduceData {
        name,
        partition_data: partitions
            .into_iter()
            .map(|index| produce::PartitionProduceData { index, records: Some(b"r") })
            .collect(),
        ..Default::default()
    };
    let topics = vec![topic("none", vec![]), topic("two", vec![4, 5]), topic("also none", vec![])];
    let request = produce::ProduceRequest { topic_data: Array::from(topics), ..Default::default() };
    let mut bytes = Vec::new();
    request.encode(&mut bytes, 9).unwrap();
    let walk = ProduceRequest::decode(&bytes, 0, 9).unwrap();
    assert_eq!((walk.topic_count(), walk.partition_count()), (1, 2));
    let found: Vec<_> = walk.partitions().map(|one| (one.topic, one.topic_index, one.partition)).collect();
    assert_eq!(found, [(TopicRef::Name("two"), 0, 4), (TopicRef::Name("two"), 0, 5)]);
}

#[test]
fn a_count_of_a_billion_partitions_is_refused_at_once() {
    // Version 3: no transactional id, acks, timeout, then one topic "t" with 2^30 partitions.
    let bytes = [&[0xff, 0xff, 0, 1, 0, 0, 0, 9, 0, 0, 0, 1, 0, 1, b't'][..], &[0x40, 0, 0, 0]].concat();
    assert_eq!(ProduceRequest::decode(&bytes, 0, 3).map(|_| ()), Err(DecodeError::TooManyElements));
}

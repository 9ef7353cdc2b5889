//! Batches and requests as clients send them.

use loglane_model::{Compression, TopicId};
use loglane_net::codec::Message;
use loglane_net::message::{fetch, produce};
use loglane_storage::batch_builder::BatchBuilder;

/// The topic that requests are about.
const TOPIC: TopicId = TopicId(*b"a topic's own id");

/// A batch of `records` records without keys, of `value_bytes` each, of bytes that do not repeat.
#[must_use]
pub fn batch(records: usize, value_bytes: usize) -> Vec<u8> {
    filled(records, value_bytes, 0xff).finish()
}

/// The same, compressed, of values in which a quarter of each byte repeats.
///
/// # Panics
/// If the codec refuses it.
#[must_use]
pub fn compressed_batch(records: usize, value_bytes: usize, codec: Compression) -> Vec<u8> {
    filled(records, value_bytes, 0x3f).finish_compressed(codec, None).expect("bytes that any codec takes")
}

fn filled(records: usize, value_bytes: usize, mask: u8) -> BatchBuilder {
    let mut builder = BatchBuilder::new();
    let mut state = 7u64;
    let mut value = vec![0; value_bytes];
    for _ in 0..records {
        for byte in &mut value {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            *byte = state.to_be_bytes()[0] & mask;
        }
        builder.push(1_799_999_999_000, None, Some(&value), &[]);
    }
    builder
}

/// The body of a produce request, with this batch for each of so many partitions.
///
/// # Panics
/// If the version cannot hold it.
#[must_use]
pub fn produce_request(partitions: i32, batch: &[u8], version: i16) -> Vec<u8> {
    let partition = |index| produce::PartitionProduceData { index, records: Some(batch) };
    let topic = produce::TopicProduceData {
        topic_id: TOPIC,
        partition_data: (0..partitions).map(partition).collect::<Vec<_>>().into(),
        ..Default::default()
    };
    let request = produce::ProduceRequest {
        acks: -1,
        timeout_ms: 30_000,
        topic_data: vec![topic].into(),
        ..Default::default()
    };
    let mut body = Vec::new();
    request.encode(&mut body, version).expect("a version with topic ids");
    body
}

/// The body of a fetch request for so many partitions, without a session.
///
/// # Panics
/// If the version cannot hold it.
#[must_use]
pub fn fetch_request(partitions: i32, version: i16) -> Vec<u8> {
    let partition = |partition| fetch::FetchPartition {
        partition,
        fetch_offset: 123_456_789,
        partition_max_bytes: 1 << 20,
        ..Default::default()
    };
    let topic = fetch::FetchTopic {
        topic_id: TOPIC,
        partitions: (0..partitions).map(partition).collect::<Vec<_>>().into(),
        ..Default::default()
    };
    let request = fetch::FetchRequest {
        max_wait_ms: 500,
        min_bytes: 1,
        topics: vec![topic].into(),
        ..Default::default()
    };
    let mut body = Vec::new();
    request.encode(&mut body, version).expect("a version with topic ids");
    body
}

//! Requests read and answers written.

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use loglane_micro::{batch, fetch_request, produce_request};
use loglane_model::{Offset, TopicId};
use loglane_net::fetch::FetchRequest;
use loglane_net::fetch_response::{FetchOutcome, FetchResponseWriter, FetchSession};
use loglane_net::produce::{ProduceOutcome, ProduceRequest, ProduceResponseWriter};
use loglane_net::{ErrorCode, Reader, TopicRef};

const PRODUCE_VERSION: i16 = 13;
const FETCH_VERSION: i16 = 17;
const PARTITIONS: [i32; 3] = [1, 16, 100];
const TOPIC: TopicRef<'_> = TopicRef::Id(TopicId(*b"a topic's own id"));

/// How many there are, for the figures by partition.
fn items(partitions: i32) -> ItemsCount {
    ItemsCount::new(partitions.unsigned_abs())
}

/// As a count of what a response announces.
fn count(partitions: i32) -> usize {
    usize::try_from(partitions).expect("a few")
}

#[divan::bench(args = PARTITIONS)]
fn decode_produce(bencher: Bencher<'_, '_>, partitions: i32) {
    let body = produce_request(partitions, &batch(1, 1024), PRODUCE_VERSION);
    bencher.counter(items(partitions)).bench_local(|| {
        let request = ProduceRequest::decode(black_box(&body), 0, PRODUCE_VERSION).expect("a good request");
        request
            .partitions()
            .filter_map(|partition| partition.records)
            .map(|records| records.len())
            .sum::<usize>()
    });
}

#[divan::bench(args = PARTITIONS)]
fn decode_fetch(bencher: Bencher<'_, '_>, partitions: i32) {
    let body = fetch_request(partitions, FETCH_VERSION);
    bencher.counter(items(partitions)).bench_local(|| {
        let request = FetchRequest::decode(&mut Reader::new(black_box(&body)), FETCH_VERSION);
        request.expect("a good request").partitions().map(|partition| partition.fetch_offset).sum::<i64>()
    });
}

#[divan::bench(args = PARTITIONS)]
fn encode_produce(bencher: Bencher<'_, '_>, partitions: i32) {
    let mut out = Vec::new();
    bencher.counter(items(partitions)).bench_local(|| {
        out.clear();
        let mut writer = ProduceResponseWriter::new(&mut out, PRODUCE_VERSION, 7, 1);
        writer.topic(TOPIC, count(partitions));
        for partition in 0..partitions {
            writer.partition(&ProduceOutcome {
                base_offset: Offset(123_456),
                log_start_offset: Offset(0),
                ..ProduceOutcome::failed(partition, ErrorCode::None)
            });
        }
        writer.finish(0, &[]);
        black_box(out.len())
    });
}

#[divan::bench(args = PARTITIONS)]
fn encode_fetch(bencher: Bencher<'_, '_>, partitions: i32) {
    let (mut out, mut gaps) = (Vec::new(), Vec::new());
    bencher.counter(items(partitions)).bench_local(|| {
        out.clear();
        gaps.clear();
        let session = FetchSession { throttle_time_ms: 0, error: ErrorCode::None, session_id: 9 };
        let mut writer = FetchResponseWriter::new(&mut out, &mut gaps, FETCH_VERSION, 7, session, 1);
        writer.topic(TOPIC, count(partitions));
        for partition in 0..partitions {
            writer.partition(&FetchOutcome {
                high_watermark: Offset(123_456),
                last_stable_offset: Offset(123_456),
                log_start_offset: Offset(0),
                record_bytes: 65_536,
                ..FetchOutcome::failed(partition, ErrorCode::None)
            });
        }
        writer.finish(&[]);
        black_box((out.len(), gaps.len()))
    });
}

//! Readers of committed records see what a real Kafka shows them, from any offset on, out of a directory that it has
//! written: with transactions that were committed and aborted, across each other and across segments, and one that is
//! still open.
#![forbid(unsafe_code)]

use harness::client::FetchFrom;
use harness::driver::{Driver, Recipe};
use harness::record::{records_of, split_batch};
use harness::{Broker, Kind, Peer, Scratch};
use std::collections::BTreeSet;
use std::path::PathBuf;

const BINARY: &str = env!("CARGO_BIN_EXE_loglane");
const TOPIC: &str = "transactions";

/// A batch as far as a consumer cares.
struct Seen {
    base_offset: i64,
    last_offset: i64,
    is_transactional: bool,
    is_marker: bool,
    producer: i64,
}

fn batches(bytes: &[u8]) -> Vec<Seen> {
    let mut found = Vec::new();
    let mut rest = bytes;
    while let Some((batch, behind)) = split_batch(rest) {
        rest = behind;
        let long = |at: usize| i64::from_be_bytes(batch[at..at + 8].try_into().expect("eight bytes"));
        let delta = i32::from_be_bytes(batch[23..27].try_into().expect("four bytes"));
        found.push(Seen {
            base_offset: long(0),
            last_offset: long(0) + i64::from(delta),
            is_transactional: batch[22] & 0x10 != 0,
            is_marker: batch[22] & 0x20 != 0,
            producer: long(43),
        });
    }
    found
}

/// The offsets of the records that a consumer of committed records shows, from `offset` on, and the last stable
/// offset: what Kafka's own client does with batches and aborted transactions.
fn shown(broker: &Broker, offset: i64, max_bytes: i32) -> (Vec<i64>, i64) {
    let mut client = broker.client();
    let (mut shown, mut next) = (Vec::new(), offset);
    loop {
        let from = FetchFrom { max_bytes, read_committed: true, ..FetchFrom::now(TOPIC, 0, next) };
        let fetched = client.fetch(&from).expect("an answer");
        assert_eq!(fetched.code, 0, "at offset {next}");
        let records = records_of(&fetched.records).expect("sound batches");
        let batches = batches(&fetched.records);
        let Some(last) = batches.last() else { return (shown, fetched.last_stable_offset) };
        assert!(last.last_offset < fetched.last_stable_offset, "nothing undecided is sent");
        let mut aborted = fetched.aborted.clone();
        aborted.sort_by_key(|(_, first)| std::cmp::Reverse(*first));
        let mut skipped = BTreeSet::new();
        for batch in &batches {
            while aborted.last().is_some_and(|(_, first)| *first <= batch.last_offset) {
                skipped.insert(aborted.pop().expect("just seen").0);
            }
            if batch.is_marker {
                skipped.remove(&batch.producer);
            } else if !batch.is_transactional || !skipped.contains(&batch.producer) {
                let in_batch = batch.base_offset.max(next)..=batch.last_offset;
                shown.extend(records.iter().map(|record| record.offset).filter(|at| in_batch.contains(at)));
            }
        }
        next = last.last_offset + 1;
    }
}

fn write(driver: &mut Driver) {
    fn transaction(driver: &mut Driver, id: &str, outcome: &str) {
        let recipe = Recipe { size: 2_000, ..Recipe::plain(id, 60) };
        driver.transaction(TOPIC, 0, &recipe, id, outcome).expect("a transaction");
    }
    for _ in 0..4 {
        // The next round's use of the id aborts it: its marker comes behind the others'.
        transaction(driver, "across", "open");
        transaction(driver, "committed", "commit");
        transaction(driver, "aborted", "abort");
        transaction(driver, "across", "commit");
    }
    driver.produce(TOPIC, 0, &Recipe::plain("plain", 20), &[]).expect("plain records");
    transaction(driver, "open", "open");
    transaction(driver, "behind", "commit");
}

#[test]
fn committed_records_are_shown_as_kafka_shows_them() {
    let Some(peer) = Peer::or_skip() else { return };
    let scratch = Scratch::new("committed");
    // Made here, so that no feature has to be lowered while a transaction is open.
    let mut loglane = Broker::new(Kind::Loglane(PathBuf::from(BINARY)), scratch.path());
    loglane.set_combined();
    loglane.set("transaction.state.log.num.partitions", "3").set("log.segment.bytes", "1048576");
    loglane.start();
    loglane.stop();
    let mut kafka = loglane.taken_over_by(Kind::Kafka(peer.clone()));
    kafka.start();
    let mut driver = Driver::java(&peer, &kafka.bootstrap()).expect("the driver");
    driver.ask("create-topic", &[("topic", TOPIC), ("partitions", "1")]).expect("a topic");
    write(&mut driver);
    drop(driver);
    let starts = (0..1_100).step_by(53);
    let sizes = [1, 300_000, 1 << 20];
    let cases: Vec<(i64, i32)> = starts.flat_map(|start| sizes.map(|size| (start, size))).collect();
    let expected: Vec<(Vec<i64>, i64)> =
        cases.iter().map(|(start, size)| shown(&kafka, *start, *size)).collect();
    let consume = |broker: &Broker| {
        let bootstrap = broker.bootstrap();
        let from =
            ["--bootstrap-server", &bootstrap, "--topic", TOPIC, "--partition", "0", "--offset", "earliest"];
        let how = [
            "--isolation-level",
            "read_committed",
            "--property",
            "print.offset=true",
            "--timeout-ms",
            "4000",
        ];
        peer.tool("kafka-console-consumer", &[&from[..], &how[..]].concat()).expect("a consumer")
    };
    let printed = consume(&kafka);
    kafka.stop();
    let mut loglane = kafka.taken_over_by(Kind::Loglane(PathBuf::from(BINARY)));
    loglane.start();
    for ((start, size), (records, last_stable_offset)) in cases.iter().zip(&expected) {
        let (found, stable) = shown(&loglane, *start, *size);
        assert_eq!(stable, *last_stable_offset, "from offset {start}, {size} bytes at once");
        assert!(
            found == *records,
            "from offset {start}, {size} bytes at once: {found:?} instead of {records:?}"
        );
    }
    assert_eq!(expected[0].0.len(), 8 * 60 + 20, "the committed ones and the plain ones below the open one");
    assert_eq!(consume(&loglane), printed);
}

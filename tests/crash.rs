//! The broker is killed under load, again and again: what it acknowledged or showed is there afterwards, in its place,
//! and nothing else is.
//!
//! A kill loses no page cache, so this tests recovery; whether data were on the disk is for `power_cut`.
#![forbid(unsafe_code)]

use harness::client::Client;
use harness::ledger::batch_of;
use harness::load::{Load, at_some_moment};
use harness::{Broker, Chance, Scratch};
use std::time::Duration;

const BINARY: &str = env!("CARGO_BIN_EXE_loglane");

/// How many lives the broker has.
const KILLS: usize = 20;

#[test]
fn a_killed_broker_keeps_what_it_acknowledged() {
    let scratch = Scratch::new("crash");
    let mut chance = Chance::from_env();
    let mut broker = Broker::under_test(BINARY, scratch.path());
    // The smallest segments that Kafka allows, so that rolls are under way at some of the kills.
    broker.set("log.segment.bytes", "1048576");
    broker.start();
    broker.client().create_topic("crash", 3, &[]).expect("a topic can be created");
    let load = Load::new("crash", 3, -1);
    let mut slowest = Duration::ZERO;
    for life in 1..=KILLS {
        let batches = usize::try_from(20 + chance.below(200)).expect("small");
        let (address, mut at) = (broker.address(), chance.clone());
        load.run(address, batches, &mut chance, || {
            at_some_moment(&mut at, Duration::from_millis(30));
            broker.kill();
        });
        assert_eq!(load.take_refusals(), [0i16; 0], "life {life}: nothing is refused");
        let took = broker.start();
        slowest = slowest.max(took);
        load.check(broker.address());
    }
    load.check_going_on(broker.address());
    let records = load.check(broker.address());
    eprintln!(
        "{KILLS} kills, {} batches acknowledged, {records} records, slowest start {slowest:?}",
        load.acknowledged()
    );
}

/// A producer that is told nothing sends the same batch again, under the same sequence number.
#[test]
fn a_batch_that_is_sent_again_after_a_kill_is_there_once() {
    let scratch = Scratch::new("again");
    let mut chance = Chance::from_env();
    let mut broker = Broker::under_test(BINARY, scratch.path());
    broker.start();
    let mut client = broker.client();
    client.create_topic("again", 1, &[]).expect("a topic can be created");
    let (producer, epoch) = client.init_producer_id().expect("a producer id");
    let mut sequence = 0;
    let sealed = |sequence: i32| {
        let ids = [
            u64::try_from(sequence).expect("not negative"),
            u64::try_from(sequence).expect("not negative") + 1,
        ];
        batch_of(&ids).by_producer(producer, epoch, sequence).seal()
    };
    for _ in 0..6 {
        for _ in 0..chance.below(30) {
            let produced = client.produce("again", 0, -1, &sealed(sequence)).expect("an answer");
            assert_eq!((produced.code, produced.base_offset), (0, i64::from(sequence)));
            sequence += 2;
        }
        let body = harness::client::produce_body("again", 0, -1, &sealed(sequence));
        client.connection.send(harness::client::PRODUCE, &body).expect("the broker reads");
        at_some_moment(&mut chance, Duration::from_millis(3));
        broker.kill();
        broker.start();
        client = broker.client();
        client.await_leaders("again", 1).expect("the topic is there");
        let produced = client.produce("again", 0, -1, &sealed(sequence)).expect("an answer");
        assert_eq!((produced.code, produced.base_offset), (0, i64::from(sequence)), "written once");
        sequence += 2;
    }
    let log = client.read_all("again", 0, 0).expect("the topic can be read");
    assert_eq!(log.len(), usize::try_from(sequence).expect("not negative"));
}

#[test]
fn topics_made_and_deleted_before_a_kill_stay_so() {
    let scratch = Scratch::new("topics");
    let mut broker = Broker::under_test(BINARY, scratch.path());
    broker.start();
    for life in 0..4 {
        let mut client = broker.client();
        let (kept, gone) = (format!("kept-{life}"), format!("gone-{life}"));
        client.create_topic(&kept, 2, &[("retention.ms", "123456")]).expect("a topic can be created");
        client.create_topic(&gone, 2, &[]).expect("a topic can be created");
        for topic in [&kept, &gone] {
            let produced = client.produce(topic, 1, -1, &batch_of(&[1, 2, 3]).seal()).expect("an answer");
            assert_eq!(produced.code, 0);
        }
        client.delete_topic(&gone).expect("a topic can be deleted");
        broker.kill();
        broker.start();
        let mut client: Client = broker.client();
        for earlier in 0..=life {
            let kept = format!("kept-{earlier}");
            client.await_leaders(&kept, 2).expect("the topic is there");
            assert_eq!(client.read_all(&kept, 1, 0).expect("the topic can be read").len(), 3);
            let gone = client.metadata(&format!("gone-{earlier}"), false).expect("an answer");
            assert_eq!(gone.code, 3, "UNKNOWN_TOPIC_OR_PARTITION");
        }
    }
}

//! After a kill little is read, however much was written, and what was acknowledged is there.
#![forbid(unsafe_code)]

use harness::record::{Batch, Record};
use harness::{Broker, Chance, Scratch};
use std::fs;
use std::path::Path;

const BINARY: &str = env!("CARGO_BIN_EXE_loglane");

/// What all logs together may read at a start after a kill.
const READ_BYTES_MAX: u64 = 64 << 20;

/// Records of a test are so large that a few hundred of them are a lot of data.
const VALUE_BYTES: usize = 500_000;

/// The second one is not synced by its appends.
const TOPICS: [&str; 2] = ["wide", "quick"];

const PARTITIONS: i32 = 4;

/// What was acknowledged.
#[derive(Default)]
struct Sent(Vec<(&'static str, i32, Vec<Record>)>);

impl Sent {
    fn send(&mut self, broker: &Broker, rounds: usize, chance: &mut Chance) {
        let mut client = broker.client();
        for _ in 0..rounds {
            for topic in TOPICS {
                for partition in 0..PARTITIONS {
                    let record = Record::of_value(harness::record::now_ms(), &chance.bytes(VALUE_BYTES));
                    let batch = Batch::of(std::slice::from_ref(&record)).seal();
                    let produced = client.produce(topic, partition, -1, &batch).expect("an answer");
                    assert_eq!(produced.code, 0);
                    let known =
                        self.0.iter_mut().find(|(name, number, _)| (*name, *number) == (topic, partition));
                    match known {
                        Some((_, _, records)) => records.push(record),
                        None => self.0.push((topic, partition, vec![record])),
                    }
                }
            }
        }
    }

    fn bytes(&self) -> u64 {
        self.0.iter().map(|(_, _, records)| (records.len() * VALUE_BYTES) as u64).sum()
    }

    fn check(&self, broker: &Broker) {
        let mut client = broker.client();
        for (topic, partition, sent) in &self.0 {
            let found = client.read_all(topic, *partition, 0).expect("the partition can be read");
            assert_eq!(found.len(), sent.len(), "{topic}-{partition}");
            let is_same = found.iter().zip(sent).all(|(found, sent)| found.value == sent.value);
            assert!(is_same, "{topic}-{partition} has other records than those that were sent");
        }
    }
}

fn broker(scratch: &Scratch, settings: &[(&str, &str)]) -> Broker {
    let mut broker = Broker::under_test(BINARY, scratch.path());
    broker.set("loglane.durability.device.topics", "quick").set("num.partitions", &PARTITIONS.to_string());
    for (key, value) in settings {
        broker.set(key, value);
    }
    broker.start();
    let mut client = broker.client();
    for topic in TOPICS {
        client.metadata(topic, true).expect("a topic is made when it is asked for");
        client.await_leaders(topic, PARTITIONS).expect("its partitions get leaders");
    }
    broker
}

/// What the last start has read, all logs together.
fn read_bytes(broker: &Broker) -> u64 {
    let log = broker.process().log();
    let last = log.rfind("the metadata log is open").expect("every start says so");
    let counts = log[last..].split("read_bytes=").skip(1);
    let digits = counts.map(|rest| rest.chars().take_while(char::is_ascii_digit).collect::<String>());
    digits.map(|digits| digits.parse::<u64>().expect("a number")).sum()
}

fn restart_after_kill(broker: &mut Broker) -> u64 {
    broker.kill();
    broker.start();
    read_bytes(broker)
}

#[test]
fn little_is_read_after_a_kill_however_much_was_written() {
    check_that_little_is_read("recovery", &[]);
}

#[test]
fn little_is_read_after_a_kill_of_a_broker_that_rolls_all_the_time() {
    check_that_little_is_read("rolling", &[("log.segment.bytes", "2097152")]);
}

fn check_that_little_is_read(name: &str, settings: &[(&str, &str)]) {
    let scratch = Scratch::new(name);
    let mut chance = Chance::from_env();
    let mut broker = broker(&scratch, settings);
    if !broker.is_loglane() {
        return; // Kafka reads all of the last segments.
    }
    let mut sent = Sent::default();
    sent.send(&broker, 60, &mut chance);
    assert!(sent.bytes() > 200 << 20);
    let first = restart_after_kill(&mut broker);
    assert!(first > 0 && first <= READ_BYTES_MAX, "{first} bytes were read");
    sent.check(&broker);
    sent.send(&broker, 2, &mut chance);
    let second = restart_after_kill(&mut broker);
    assert!(second <= READ_BYTES_MAX, "{second} bytes were read");
    // Another number of shards finds the positions all the same.
    broker.set("loglane.cores", "0");
    let alone = restart_after_kill(&mut broker);
    assert!(alone <= READ_BYTES_MAX, "{alone} bytes were read");
    sent.check(&broker);
    // After a clean stop nothing is read, and a kill behind it leaves little.
    broker.stop();
    broker.start();
    let clean = read_bytes(&broker);
    assert!(clean < 16 << 20, "{clean} bytes were read after a clean stop");
    sent.send(&broker, 1, &mut chance);
    let last = restart_after_kill(&mut broker);
    assert!(last <= READ_BYTES_MAX, "{last} bytes were read");
    sent.check(&broker);
    eprintln!(
        "of {} bytes, read: {first} {second} {alone}, {clean} after a clean stop, {last}",
        sent.bytes()
    );
}

/// Puts a copy in the place of every segment, as whoever compacts or restores a log does.
fn replace_segments(data: &Path) {
    for dir in fs::read_dir(data).expect("the data can be listed").flatten() {
        let Ok(files) = fs::read_dir(dir.path()) else { continue };
        for file in files.flatten().filter(|file| file.path().extension().is_some_and(|end| end == "log")) {
            let copy = dir.path().join("copy");
            fs::copy(file.path(), &copy).expect("a segment can be copied");
            fs::rename(&copy, file.path()).expect("a segment can be replaced");
        }
    }
}

#[test]
fn positions_in_segments_that_were_replaced_are_not_believed() {
    let scratch = Scratch::new("replaced");
    let mut chance = Chance::from_env();
    let mut broker = broker(&scratch, &[]);
    if !broker.is_loglane() {
        return;
    }
    let mut sent = Sent::default();
    sent.send(&broker, 20, &mut chance);
    broker.kill();
    replace_segments(&broker.data());
    broker.start();
    let read = read_bytes(&broker);
    assert!(read >= sent.bytes(), "{read} bytes were read");
    sent.check(&broker);
}

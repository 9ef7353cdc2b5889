//! The metadata log does not grow for ever, a start needs only its newest snapshot and what came after, and Kafka can
//! take over from there.
#![forbid(unsafe_code)]

use harness::{Broker, Kind, LONG, Peer, Scratch, wait_until};
use std::fs;
use std::path::{Path, PathBuf};

const BINARY: &str = env!("CARGO_BIN_EXE_loglane");

/// Names in the metadata log's directory that end so, oldest first.
fn files(broker: &Broker, end: &str) -> Vec<PathBuf> {
    let dir = broker.data().join("__cluster_metadata-0");
    let entries = fs::read_dir(dir).expect("there is a metadata log").flatten().map(|entry| entry.path());
    let mut found: Vec<PathBuf> = entries.filter(|path| path.to_string_lossy().ends_with(end)).collect();
    found.sort();
    found
}

/// The offset that a file is named after.
fn offset_of(path: &Path) -> u64 {
    let name = path.file_name().expect("a file has a name").to_string_lossy();
    name[..20].parse().expect("it begins with an offset")
}

/// A broker that writes snapshots all the time, and how many topics it was given until its log was trimmed.
fn trimmed(scratch: &Scratch) -> (Broker, usize) {
    let mut broker = Broker::under_test(BINARY, scratch.path());
    broker.set_combined();
    broker.set("metadata.log.max.record.bytes.between.snapshots", "1000");
    broker.set("metadata.log.segment.ms", "1").set("metadata.max.retention.bytes", "400000");
    broker.start();
    let mut topics = 0;
    wait_until("the metadata log to be trimmed twice", LONG, || {
        broker.client().create_topic(&format!("topic-{topics}"), 1, &[]).expect("a topic can be made");
        topics += 1;
        let oldest = files(&broker, ".log").first().map(|path| offset_of(path));
        let is_trimmed =
            oldest.is_some_and(|oldest| oldest > 0) && offset_of(&files(&broker, ".checkpoint")[0]) > 20;
        is_trimmed.then_some(())
    });
    (broker, topics)
}

fn check(broker: &Broker, topics: usize) {
    let mut client = broker.client();
    for topic in 0..topics {
        let found = client.metadata(&format!("topic-{topic}"), false).expect("an answer");
        assert_eq!((found.code, found.partitions.len()), (0, 1), "topic-{topic}");
    }
}

#[test]
fn a_trimmed_metadata_log_and_its_snapshots_are_the_whole_truth() {
    let scratch = Scratch::new("snapshots");
    let (mut broker, topics) = trimmed(&scratch);
    if !broker.is_loglane() {
        return; // Kafka trims once a minute.
    }
    let snapshots = files(&broker, ".checkpoint");
    // Each topic made one.
    assert!(snapshots.len() < topics, "{} snapshots are kept", snapshots.len());
    assert!(offset_of(&files(&broker, ".log")[0]) <= offset_of(&snapshots[0]), "there is a gap between them");
    broker.kill();
    broker.start();
    check(&broker, topics);
    broker.stop();
    let Some(kafka) = Peer::or_skip() else { return };
    let mut kafka = broker.taken_over_by(Kind::Kafka(kafka));
    kafka.start();
    check(&kafka, topics);
    kafka.client().create_topic("one-more", 1, &[]).expect("Kafka goes on with the log");
    kafka.stop();
    let mut broker = kafka.taken_over_by(Kind::Loglane(PathBuf::from(BINARY)));
    broker.start();
    check(&broker, topics);
    broker.client().await_leaders("one-more", 1).expect("what Kafka has made is there");
}

fn damage(path: &Path) {
    let bytes = fs::read(path).expect("it can be read");
    fs::write(path, &bytes[..bytes.len() / 2]).expect("it can be written");
}

#[test]
fn a_damaged_snapshot_is_passed_over_as_long_as_an_older_one_and_the_log_make_up_for_it() {
    let scratch = Scratch::new("damaged");
    let (mut broker, topics) = trimmed(&scratch);
    if !broker.is_loglane() {
        return;
    }
    broker.kill();
    let snapshots = files(&broker, ".checkpoint");
    let (newest, older) = snapshots.split_last().expect("there are some");
    assert!(!older.is_empty(), "there is an older one");
    damage(newest);
    broker.start();
    check(&broker, topics);
    broker.kill();
    files(&broker, ".checkpoint").iter().for_each(|path| damage(path));
    broker.start_once();
    let status = broker.process_mut().wait(LONG);
    let log = broker.process().log();
    assert!(!status.success());
    assert!(log.contains("where offset 0 was due, because"), "{log}");
}

/// As a controller has it that was sent a snapshot by another one.
#[test]
fn a_log_that_ends_before_the_newest_snapshot_begins_anew_there() {
    let scratch = Scratch::new("ahead");
    let (mut broker, _) = trimmed(&scratch);
    if !broker.is_loglane() {
        return;
    }
    broker.stop();
    files(&broker, ".log").iter().for_each(|path| fs::remove_file(path).expect("a segment can be removed"));
    let end = offset_of(files(&broker, ".checkpoint").last().expect("there is a snapshot"));
    broker.start();
    assert_eq!(files(&broker, ".log").first().map(|path| offset_of(path)), Some(end));
    check(&broker, 1);
    broker.client().create_topic("after", 1, &[]).expect("a topic can be made");
    broker.kill();
    broker.start();
    broker.client().await_leaders("after", 1).expect("it is still there");
}

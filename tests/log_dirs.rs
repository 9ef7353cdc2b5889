//! A log directory that fails takes its partitions with it and nothing else, and they are back once it is.
#![forbid(unsafe_code)]

use harness::client::FetchFrom;
use harness::record::Batch;
use harness::{Broker, Cut, Disk, FileSystemKind, LONG, Scratch, wait_until};
use std::fs;
use std::path::Path;

const BINARY: &str = env!("CARGO_BIN_EXE_loglane");
const PARTITIONS: i32 = 6;

/// Kafka's KAFKA_STORAGE_ERROR.
const STORAGE_ERROR: i16 = 56;

/// A broker on two directories with a topic whose partitions are spread over them, one record in each.
fn spread(scratch: &Scratch, second: &Path) -> Broker {
    let mut broker = Broker::under_test(BINARY, scratch.path());
    let first = scratch.join("data");
    broker.set("log.dirs", &format!("{},{}", first.display(), second.display()));
    broker.start();
    let mut client = broker.client();
    client.create_topic("spread", PARTITIONS, &[]).expect("a topic can be made");
    assert_eq!(produce(&broker, "spread"), [0; PARTITIONS as usize]);
    assert_eq!(in_directory(second).len(), 3, "half of the partitions");
    broker
}

/// The partitions of the topic whose directories are there.
fn in_directory(dir: &Path) -> Vec<i32> {
    let names = fs::read_dir(dir).expect("a folder").flatten().map(|entry| entry.file_name());
    let numbers = names.filter_map(|name| name.to_str()?.strip_prefix("spread-")?.parse().ok());
    let mut numbers: Vec<i32> = numbers.collect();
    numbers.sort_unstable();
    numbers
}

/// The code for each partition.
fn produce(broker: &Broker, topic: &str) -> Vec<i16> {
    let mut client = broker.client();
    let mut one = |partition| {
        let produced = client.produce(topic, partition, -1, &Batch::one("record").seal());
        produced.expect("an answer").code
    };
    (0..PARTITIONS).map(&mut one).collect()
}

fn codes(lost: &[i32]) -> Vec<i16> {
    (0..PARTITIONS).map(|partition| if lost.contains(&partition) { STORAGE_ERROR } else { 0 }).collect()
}

fn count(broker: &Broker, partition: i32) -> usize {
    broker.client().read_all("spread", partition, 0).expect("records").len()
}

/// What a fetch, Metadata and a new topic say of it that the partitions `lost` are gone.
fn check_lost(broker: &Broker, lost: &[i32]) {
    assert_eq!(produce(broker, "spread"), codes(lost));
    let mut client = broker.client();
    for partition in 0..PARTITIONS {
        let fetched = client.fetch(&FetchFrom::now("spread", partition, 0)).expect("an answer");
        let expected = if lost.contains(&partition) { STORAGE_ERROR } else { 0 };
        assert_eq!(fetched.code, expected, "partition {partition}");
    }
    // The controller is told a little later.
    wait_until("the partitions to lose their leader", LONG, || {
        let found = client.metadata("spread", false).expect("an answer");
        let is_told = |(_, partition, leader): &(i16, i32, i32)| (*leader < 0) == lost.contains(partition);
        found.partitions.iter().all(is_told).then_some(())
    });
    client.create_topic("new", PARTITIONS, &[]).expect("a topic can be made");
    assert_eq!(produce(broker, "new"), [0; PARTITIONS as usize], "nothing new is placed on it");
}

#[test]
fn a_disk_that_fails_takes_its_partitions_offline_until_it_is_back() {
    let scratch = Scratch::new("fails");
    let Some(mut disk) = Disk::or_skip(FileSystemKind::Ext4, Cut::Journal, scratch.path()) else { return };
    let second = disk.path().join("data");
    let mut broker = spread(&scratch, &second);
    if !broker.is_loglane() {
        return; // Kafka notices later, and differently.
    }
    let lost = in_directory(&second);
    disk.cut();
    // The first writes find out; what they were answered is as sure as what comes after.
    assert_eq!(produce(&broker, "spread"), codes(&lost));
    check_lost(&broker, &lost);
    broker.kill();
    disk.power_on();
    broker.start();
    assert_eq!(produce(&broker, "spread"), [0; PARTITIONS as usize]);
    for partition in 0..PARTITIONS {
        let expected = if lost.contains(&partition) { 2 } else { 4 };
        assert_eq!(count(&broker, partition), expected, "partition {partition}");
    }
    broker.stop();
}

#[test]
fn a_directory_that_is_not_there_at_the_start_is_missed_and_not_made_anew() {
    let scratch = Scratch::new("missing");
    let second = scratch.join("second");
    let mut broker = spread(&scratch, &second);
    if !broker.is_loglane() {
        return;
    }
    let lost = in_directory(&second);
    broker.stop();
    let aside = scratch.join("aside");
    fs::rename(&second, &aside).expect("a folder can be moved");
    fs::write(&second, "something else").expect("a file can be made");
    broker.start();
    assert!(broker.process().log().contains("a log directory cannot be used"));
    check_lost(&broker, &lost);
    broker.stop();
    fs::remove_file(&second).expect("it can be removed");
    // Taken out of the configuration it is missed just the same.
    let both = format!("{},{}", scratch.join("data").display(), second.display());
    broker.set("log.dirs", &scratch.join("data").to_string_lossy());
    broker.start();
    assert_eq!(produce(&broker, "spread"), codes(&lost));
    broker.stop();
    fs::rename(&aside, &second).expect("a folder can be moved");
    broker.set("log.dirs", &both);
    broker.start();
    assert_eq!(produce(&broker, "spread"), [0; PARTITIONS as usize]);
    for partition in 0..PARTITIONS {
        let expected = if lost.contains(&partition) { 2 } else { 4 };
        assert_eq!(count(&broker, partition), expected, "partition {partition}");
    }
    broker.stop();
}

#[test]
fn the_metadata_logs_directory_takes_the_broker_with_it() {
    let scratch = Scratch::new("metadata");
    let Some(mut disk) = Disk::or_skip(FileSystemKind::Ext4, Cut::Journal, scratch.path()) else { return };
    let mut broker = Broker::under_test(BINARY, scratch.path());
    let (first, second) = (disk.path().join("data"), scratch.join("data"));
    broker.set("log.dirs", &format!("{},{}", first.display(), second.display()));
    broker.start();
    let mut client = broker.client();
    client.create_topic("orders", PARTITIONS, &[]).expect("a topic can be made");
    disk.cut();
    for partition in 0..PARTITIONS {
        // One of them is on the dead disk; the broker may be gone before the last answer.
        let _ = client.produce("orders", partition, -1, &Batch::one("record").seal());
    }
    let status = broker.process_mut().wait(LONG);
    assert!(!status.success());
    if broker.is_loglane() {
        let log = broker.process().log();
        assert!(log.contains("failed, and with it the metadata log"), "{log}");
    }
    disk.power_on();
}

#[test]
fn a_partition_that_is_found_in_another_directory_is_led_from_there() {
    let scratch = Scratch::new("found");
    let second = scratch.join("second");
    let mut broker = spread(&scratch, &second);
    if !broker.is_loglane() {
        return; // A Kafka is told of directories by its brokers, some time later.
    }
    let moved = in_directory(&second);
    broker.stop();
    for partition in &moved {
        let name = format!("spread-{partition}");
        fs::rename(second.join(&name), scratch.join("data").join(&name)).expect("a folder can be moved");
    }
    broker.start();
    assert_eq!(produce(&broker, "spread"), [0; PARTITIONS as usize]);
    broker.stop();
    // What the metadata have learned counts once the directory is gone that they named before.
    broker.set("log.dirs", &scratch.join("data").to_string_lossy());
    broker.start();
    let found = broker.client().metadata("spread", false).expect("an answer");
    assert!(found.partitions.iter().all(|(_, _, leader)| *leader == 1), "{:?}", found.partitions);
    assert_eq!(produce(&broker, "spread"), [0; PARTITIONS as usize]);
    for partition in 0..PARTITIONS {
        assert_eq!(count(&broker, partition), 3, "partition {partition}");
    }
    broker.stop();
}

//! A log directory that fails takes its partitions with it and nothing else, and they are back once it is.
#![forbid(unsafe_code)]

use harness::client::FetchFrom;
use harness::load::{Load, at_some_moment};
use harness::record::Batch;
use harness::shell::Shell;
use harness::wire::{Api, Message};
use harness::{Broker, Chance, Cut, Disk, FileSystemKind, Kind, LONG, Peer, Scratch, wait_until};
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};
use std::time::Duration;

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

const MOVED_PARTITIONS: i32 = 4;

const ALTER_REPLICA_LOG_DIRS: Api = Api { key: 34, version: 1 };

/// Moves of a topic's partitions by Kafka's own tool.
struct Moves {
    shell: Shell,
    dirs: [PathBuf; 2],
    file: PathBuf,
}

impl Moves {
    /// The words of the tool for moving all partitions to one of the directories.
    fn command(&self, broker: &str, target: usize, what: &[&str]) -> Vec<String> {
        let dir = self.dirs[target].display();
        let one = |partition| {
            format!(
                r#"{{"topic": "moved", "partition": {partition}, "replicas": [1], "log_dirs": ["{dir}"]}}"#
            )
        };
        let all: Vec<String> = (0..MOVED_PARTITIONS).map(one).collect();
        let json = format!(r#"{{"version": 1, "partitions": [{}]}}"#, all.join(", "));
        fs::write(&self.file, json).expect("a scratch folder can be written");
        let file = self.file.to_string_lossy();
        let common = ["--bootstrap-server", broker, "--reassignment-json-file", &file];
        common.iter().chain(what).map(|word| (*word).to_owned()).collect()
    }

    fn run(&mut self, broker: &str, target: usize, what: &[&str]) -> String {
        let words = self.command(broker, target, what);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let printed = self.shell.run("kafka-reassign-partitions", &words, "");
        format!("{}\n{}", printed.out.join("\n"), printed.err.join("\n"))
    }

    fn execute(&mut self, broker: &str, target: usize) {
        let printed = self.run(broker, target, &["--execute"]);
        for partition in 0..MOVED_PARTITIONS {
            let started = format!("for replica moved-{partition} with broker 1");
            assert!(printed.contains(&started), "{printed}");
        }
    }

    /// Waits until the tool finds all partitions where they are to be.
    fn until_done(&mut self, broker: &str, target: usize) {
        wait_until("the partitions to have moved", 3 * LONG, || {
            let printed = self.run(broker, target, &["--verify"]);
            let is_done = |partition| {
                let done = format!("Reassignment of replica moved-{partition}-1 completed successfully.");
                printed.contains(&done)
            };
            (0..MOVED_PARTITIONS).all(is_done).then_some(())
        });
        for (at, dir) in self.dirs.iter().enumerate() {
            let is_current = |name: &String| !name.contains('.');
            let current = self.of_topic(dir).into_iter().filter(is_current).count();
            let expected = if at == target { MOVED_PARTITIONS } else { 0 };
            assert_eq!(i32::try_from(current).expect("few"), expected, "{}", dir.display());
        }
    }

    fn of_topic(&self, dir: &Path) -> Vec<String> {
        let names = fs::read_dir(dir).expect("a folder").flatten().map(|entry| entry.file_name());
        let names = names.map(|name| name.to_string_lossy().into_owned());
        names.filter(|name| name.starts_with("moved-")).collect()
    }

    /// The copies that are not complete, in a directory.
    fn copies(&self, target: usize) -> usize {
        self.of_topic(&self.dirs[target]).iter().filter(|name| name.ends_with("-future")).count()
    }
}

/// Writes and reads while the partitions begin to move, and kills the broker as soon as they do.
fn kill_during_moves(broker: &mut Broker, load: &Load, moves: &Moves, target: usize, chance: &mut Chance) {
    let (address, mut client, mut at) = (broker.address(), broker.client(), chance.clone());
    load.run(address, 200, chance, || {
        // The tool would wait for the broker that is gone.
        let dir = moves.dirs[target].to_string_lossy().into_owned();
        let body = Message::new().i32(1).string(&dir).i32(1).string("moved").i32(MOVED_PARTITIONS);
        let body = (0..MOVED_PARTITIONS).fold(body, Message::i32);
        client.connection.send(ALTER_REPLICA_LOG_DIRS, &body).expect("the broker reads");
        wait_until("a partition to move", LONG, || {
            let names = moves.of_topic(&moves.dirs[target]);
            names.iter().any(|name| !name.ends_with("-delete")).then_some(())
        });
        at_some_moment(&mut at, Duration::from_millis(20));
        broker.kill();
    });
    assert_eq!(load.take_refusals(), [0i16; 0]);
    eprintln!("killed with {} copies on their way", moves.copies(target));
}

#[test]
fn partitions_move_while_they_are_used_whoever_is_killed_and_takes_over() {
    let Some(peer) = Peer::or_skip() else { return };
    let scratch = Scratch::new("moves");
    let mut chance = Chance::from_env();
    let mut broker = Broker::under_test(BINARY, scratch.path());
    let dirs = [scratch.join("data"), scratch.join("second")];
    broker.set_combined();
    broker.set("log.dirs", &format!("{},{}", dirs[0].display(), dirs[1].display()));
    broker.set("log.segment.bytes", "1048576");
    broker.start();
    let shell = Shell::start(&peer).expect("a virtual machine for the tools");
    let mut moves = Moves { shell, dirs, file: scratch.join("moves.json") };
    let bootstrap = broker.bootstrap();
    broker.client().create_topic("moved", MOVED_PARTITIONS, &[]).expect("a topic can be made");
    let load = Load::new("moved", MOVED_PARTITIONS, -1).of_moving_partitions();
    let address = broker.address();
    let mut outcome = Ok(());
    load.run(address, 1_000, &mut chance, || {
        // Whatever happens, the clients come to their end.
        outcome = catch_unwind(AssertUnwindSafe(|| {
            for target in [0, 1] {
                moves.execute(&bootstrap, target);
                moves.until_done(&bootstrap, target);
            }
        }));
        broker.kill();
    });
    outcome.unwrap_or_else(|panic| resume_unwind(panic));
    assert_eq!(load.take_refusals(), [0i16; 0]);
    for target in [0, 1] {
        broker.start();
        load.check(address);
        kill_during_moves(&mut broker, &load, &moves, target, &mut chance);
        broker.start();
        load.check(address);
        moves.execute(&bootstrap, target);
        moves.until_done(&bootstrap, target);
        broker.kill();
    }
    if !broker.is_loglane() {
        return;
    }
    // A Kafka goes on with what is on its way, and we with what it has begun.
    broker.start();
    kill_during_moves(&mut broker, &load, &moves, 0, &mut chance);
    let mut kafka = broker.taken_over_by(Kind::Kafka(peer));
    kafka.start();
    load.check(address);
    moves.execute(&bootstrap, 0);
    moves.until_done(&bootstrap, 0);
    load.check(address);
    let slowly = ["--execute", "--replica-alter-log-dirs-throttle", "1000"];
    moves.run(&bootstrap, 1, &slowly);
    assert!(moves.copies(1) > 0, "it goes slowly");
    kafka.kill();
    let mut broker = kafka.taken_over_by(Kind::Loglane(PathBuf::from(BINARY)));
    broker.start();
    load.check(address);
    moves.until_done(&bootstrap, 1);
    load.check_going_on(address);
    broker.stop();
    assert_eq!(moves.copies(0) + moves.copies(1), 0);
}

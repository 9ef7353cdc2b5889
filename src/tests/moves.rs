//! Partitions that move to other log directories, under load and whatever happens meanwhile.

use super::broker::Broker;
use super::client::{ClientId, Fetch, answer_of, batch, numbered_batch, read_produced};
use super::ledger::{Ledger, PARTITIONS, Random, TOPIC, load};
use super::{Setup, with_seeds};
use loglane_net::ErrorCode;
use loglane_net::message::alter_replica_log_dirs::{
    AlterReplicaLogDir, AlterReplicaLogDirTopic, AlterReplicaLogDirsRequest, AlterReplicaLogDirsResponse,
};
use loglane_net::message::delete_records::{
    DeleteRecordsPartition, DeleteRecordsRequest, DeleteRecordsResponse, DeleteRecordsTopic,
};
use loglane_net::message::describe_log_dirs::{
    DescribableLogDirTopic, DescribeLogDirsRequest, DescribeLogDirsResponse,
};
use loglane_ring::sim::DiskCall;
use std::path::Path;
use std::time::Duration;

const EIO: i32 = 5;

/// The metadata log is in the first one.
const DIRECTORIES: [&str; 3] = ["/meta", "/a", "/b"];

fn setup(seed: u64, shards: u16) -> Setup {
    Setup::new(seed, shards)
        .set("log.dirs", DIRECTORIES.join(","))
        .set("metadata.log.dir", "/meta")
        .set("log.segment.bytes", 1 << 20)
}

fn request<'a>(path: &'a str, topic: &'a str, partitions: &'a [i32]) -> AlterReplicaLogDirsRequest<'a> {
    let topic = AlterReplicaLogDirTopic { name: topic, partitions: partitions.into() };
    AlterReplicaLogDirsRequest { dirs: [AlterReplicaLogDir { path, topics: [topic].into() }].into() }
}

/// Asks for moves; the code of each partition.
pub(super) fn ask(
    broker: &mut Broker,
    client: ClientId,
    path: &str,
    topic: &str,
    partitions: &[i32],
) -> Vec<i16> {
    let body = broker.ask(client, 2, &request(path, topic, partitions));
    let answer: AlterReplicaLogDirsResponse<'_> = answer_of(&body, 2);
    let topics = answer.results.iter();
    topics.flat_map(|topic| topic.partitions.iter().map(|of| of.error_code).collect::<Vec<_>>()).collect()
}

/// The directory of each partition, and whether it moves.
fn places(broker: &Broker) -> Vec<(u16, bool)> {
    let mut places = vec![(u16::MAX, false); usize::try_from(PARTITIONS).unwrap()];
    for shard in &broker.shards {
        for partition in shard.partitions.ids().filter_map(|slot| shard.partitions.get(slot)) {
            let place = (partition.directory, partition.moving.is_some());
            places[usize::try_from(partition.number.0).unwrap()] = place;
        }
    }
    places
}

pub(super) fn moves(broker: &Broker) -> bool {
    places(broker).iter().any(|(_, moves)| *moves)
}

fn has_failed(broker: &Broker) -> bool {
    broker.shards.iter().any(|shard| shard.closing.failure().is_some())
}

/// Directories of the topic's partitions, by the ends of their names.
fn on_disk(broker: &Broker, topic: &str, is_wanted: impl Fn(&str) -> bool) -> Vec<String> {
    let fs = broker.world.file_system();
    let mut found = Vec::new();
    for root in DIRECTORIES {
        let entries = fs.list(Path::new(root)).unwrap().into_iter().map(|entry| entry.name);
        let of_topic = entries.filter(|name| name.starts_with(&format!("{topic}-")) && is_wanted(name));
        found.extend(of_topic.map(|name| format!("{root}/{name}")));
    }
    found
}

/// After a start: what was on its way arrives.
fn until_arrived(broker: &mut Broker) {
    broker.until("what was on its way has arrived", |broker| {
        broker.shards.iter().all(|shard| {
            let wanted = shard.directories.moves();
            shard.partitions.ids().filter_map(|slot| shard.partitions.get(slot)).all(|partition| {
                let target = wanted.get(&(partition.topic_id, partition.number));
                target.is_none_or(|target| partition.directory == *target && partition.moving.is_none())
            })
        })
    });
}

/// Kafka would go on with a copy as it is: it says whose it is, has the first segments of the log, and indexes only of
/// those that are complete.
fn assert_copies_are_logs(broker: &Broker) {
    let seed = broker.setup.seed;
    let fs = broker.world.file_system();
    let list = |dir: &str| -> Vec<String> {
        fs.list(Path::new(dir)).unwrap().into_iter().map(|entry| entry.name).collect()
    };
    let logs = |names: &[String]| -> Vec<String> {
        names.iter().filter(|name| name.ends_with(".log")).cloned().collect()
    };
    for copy in on_disk(broker, TOPIC, |name| name.ends_with("-future")) {
        let name = copy.rsplit('/').next().unwrap().split('.').next().unwrap();
        let sources = DIRECTORIES.map(|root| format!("{root}/{name}"));
        let Some(source) = sources.iter().find(|path| fs.list(Path::new(path)).is_ok()) else { continue };
        let (copied, all) = (list(&copy), logs(&list(source)));
        let whole = logs(&copied);
        assert!(
            whole.is_empty() || copied.contains(&"partition.metadata".to_owned()),
            "SEED={seed}: {copied:?}"
        );
        assert!(all.starts_with(&whole), "SEED={seed}: {whole:?} of {all:?}");
        for log in &whole {
            let len = |dir: &str| fs.stat(&Path::new(dir).join(log)).unwrap().len;
            let has_index = copied.contains(&log.replace(".log", ".index"));
            assert!(!has_index || len(&copy) == len(source), "SEED={seed}: {copy}/{log}");
        }
    }
}

/// A start makes order: what was on its way arrives, each partition has one directory, and no copy is left.
fn assert_in_order(broker: &mut Broker) {
    let seed = broker.setup.seed;
    until_arrived(broker);
    broker.until("copies that nobody wants are gone", |broker| {
        on_disk(broker, TOPIC, |name| name.ends_with("-future")).is_empty()
    });
    let current = on_disk(broker, TOPIC, |name| !name.contains('.'));
    let mut names: Vec<&str> = current.iter().map(|path| path.rsplit('/').next().unwrap()).collect();
    names.sort_unstable();
    let all: Vec<String> = (0..PARTITIONS).map(|number| format!("{TOPIC}-{number}")).collect();
    assert!(names.iter().all(|name| all.contains(&(*name).to_owned())), "SEED={seed}: {current:?}");
    names.dedup();
    assert_eq!(names.len(), current.len(), "SEED={seed}: {current:?}");
}

/// Asks for moves of some partitions to somewhere, without waiting.
fn ask_at_random(broker: &mut Broker, client: ClientId, random: &mut Random) {
    let path = DIRECTORIES[usize::try_from(random.below(3)).unwrap()];
    let partitions: Vec<i32> = (0..PARTITIONS).filter(|_| random.chance(60)).collect();
    broker.client(client).send(2, &request(path, TOPIC, &partitions));
}

#[test]
fn partitions_move_under_load_and_lose_nothing() {
    with_seeds(6, |seed| {
        let mut random = Random::new(seed);
        let mut broker = setup(seed, 1 + u16::try_from(seed % 3).unwrap()).start();
        let mut ledger = Ledger::new(seed, 60_000);
        ledger.connect(&mut broker, 3, 2);
        load(&mut ledger, &mut broker, 60);
        for target in ["/b", "/a", "/meta", "/b"] {
            let client = broker.connect();
            let all: Vec<i32> = (0..PARTITIONS).collect();
            assert_eq!(ask(&mut broker, client, target, TOPIC, &all), [0; 6], "SEED={seed}");
            while moves(&broker) {
                ledger.step(&mut broker);
            }
            let at = u16::try_from(DIRECTORIES.iter().position(|path| *path == target).unwrap()).unwrap();
            assert!(places(&broker).iter().all(|place| *place == (at, false)), "SEED={seed}");
            load(&mut ledger, &mut broker, 10 + random.below(20));
            if random.chance(50) {
                ledger.settle(&mut broker);
                ledger.judge(&mut broker, true);
            }
        }
        broker.disconnect_all();
        broker.assert_nothing_left();
        match seed % 3 {
            0 => broker.kill(),
            1 => broker.cut_power(),
            _ => broker.close(),
        }
        broker.boot();
        assert!(places(&broker).iter().all(|place| *place == (2, false)), "SEED={seed}");
        ledger.judge(&mut broker, true);
        broker.until("what was left is removed", |broker| {
            on_disk(broker, TOPIC, |name| name.contains('.')).is_empty()
        });
        // A stop that has nobody to send away begins with the next tick.
        broker.connect();
        broker.close();
    });
}

#[test]
fn a_move_that_is_cut_off_anywhere_loses_nothing() {
    with_seeds(40, |seed| {
        let mut random = Random::new(seed);
        let mut broker = setup(seed, 1 + u16::try_from(seed % 3).unwrap()).start();
        let mut ledger = Ledger::new(seed, 30_000);
        for _ in 0..3 {
            ledger.connect(&mut broker, 3, 1);
            load(&mut ledger, &mut broker, 20 + random.below(30));
            let client = broker.connect();
            ask_at_random(&mut broker, client, &mut random);
            for _ in 0..random.below(250) {
                ledger.step(&mut broker);
                if random.chance(2) {
                    ask_at_random(&mut broker, client, &mut random);
                }
            }
            match random.below(4) {
                0 => broker.close(),
                1 => broker.cut_power(),
                _ => broker.kill(),
            }
            assert_copies_are_logs(&broker);
            broker.boot();
            assert_in_order(&mut broker);
            ledger.judge(&mut broker, true);
        }
        broker.close();
    });
}

#[test]
fn a_move_whose_disk_stops_after_any_change_loses_nothing() {
    with_seeds(60, |seed| {
        let mut random = Random::new(seed);
        let mut broker = setup(seed, 2).start();
        let mut ledger = Ledger::new(seed, 20_000);
        ledger.connect(&mut broker, 2, 1);
        load(&mut ledger, &mut broker, 20);
        ledger.settle(&mut broker);
        let client = broker.connect();
        let path = DIRECTORIES[usize::try_from(random.below(3)).unwrap()];
        broker.client(client).send(2, &request(path, TOPIC, &[0, 1]));
        // Every change of a move is the last one of some life, so that every order that matters is seen.
        broker.world.stop_disk_after(1 + seed);
        for _ in 0..400 {
            broker.step();
            if has_failed(&broker) {
                break;
            }
        }
        if seed % 2 == 0 {
            broker.kill()
        } else {
            broker.cut_power()
        }
        assert_copies_are_logs(&broker);
        broker.boot();
        assert_in_order(&mut broker);
        ledger.judge(&mut broker, true);
        // And the next move finds nothing in its way.
        let client = broker.connect();
        assert_eq!(ask(&mut broker, client, "/b", TOPIC, &[0, 1]), [0; 2], "SEED={seed}");
        broker.until("the partitions have moved", |broker| !moves(broker));
        assert!(places(&broker)[..2].iter().all(|place| *place == (2, false)), "SEED={seed}");
        ledger.judge(&mut broker, true);
        broker.close();
    });
}

#[test]
fn a_disk_that_fails_leaves_the_partition_where_it_was_or_where_it_is_to_be() {
    let calls = [DiskCall::Write, DiskCall::Sync, DiskCall::Change, DiskCall::Read];
    let (mut stayed, mut moved) = (0, 0);
    for seed in 1..=72 {
        let mut broker = setup(seed, 2).start();
        let client = broker.connect();
        broker.create_topic(client, "t");
        let (from, target) = (places(&broker)[0].0, if places(&broker)[0].0 == 2 { 1 } else { 2 });
        let records = batch(&[b"one", b"two"]);
        broker.produce(client, -1, "t", &[(0, &records)]);
        broker.run_for(Duration::from_millis(50));
        broker.world.fail_disk(calls[usize::try_from(seed % 4).unwrap()], 1 + seed / 2, EIO);
        assert_eq!(ask(&mut broker, client, DIRECTORIES[usize::from(target)], "t", &[0]), [0]);
        let other = broker.connect();
        for _ in 0..seed {
            if !has_failed(&broker) {
                broker.step();
            }
        }
        broker.client(other).send_produce(-1, "t", &[(0, &records)]);
        broker.until("the move has ended", |broker| has_failed(broker) || !moves(broker));
        broker.run_for(Duration::from_millis(50));
        if !has_failed(&broker) {
            // Whatever becomes of the move, a batch that came meanwhile gets its answer.
            let error = read_produced(&broker.answer(other))[0].error;
            assert!(
                [ErrorCode::None, ErrorCode::KafkaStorageError].contains(&error),
                "SEED={seed}: {error:?}"
            );
            let place = places(&broker)[0].0;
            assert!([from, target].contains(&place), "SEED={seed}");
            if broker.shards.iter().all(|shard| shard.directories.is_online(place)) {
                let produced = broker.produce(client, -1, "t", &[(0, &records)]);
                if produced[0].error == ErrorCode::None {
                    assert_eq!(broker.read_all(client, "t", 0, 0).len(), 6, "SEED={seed}");
                    *(if place == from { &mut stayed } else { &mut moved }) += 1;
                } else {
                    // The disk has failed only now.
                    assert_eq!(produced[0].error, ErrorCode::KafkaStorageError, "SEED={seed}");
                    assert!(!broker.shards[0].directories.is_online(place), "SEED={seed}");
                }
            }
        }
        let there = if has_failed(&broker) { 2 } else { broker.read_if_served(client) };
        broker.kill();
        broker.boot();
        until_arrived(&mut broker);
        let client = broker.connect();
        assert!(broker.read_all(client, "t", 0, 0).len() >= there, "SEED={seed}");
    }
    assert!(stayed >= 5 && moved >= 5, "{stayed} stayed, {moved} moved");
}

/// A disk that a partition leaves because it dies may do so at any time: from when the metadata name the copy on, the
/// copy is what counts.
#[test]
fn a_directory_that_is_gone_before_it_is_left_takes_no_copy_with_it() {
    for seed in 1..=4 {
        let mut broker = setup(seed, 1).start();
        let client = broker.connect();
        broker.create_topic(client, "t");
        let from = places(&broker)[0].0;
        let target = if from == 2 { 1 } else { 2 };
        broker.produce(client, -1, "t", &[(0, &batch(&[b"one", b"two"]))]);
        let path = |directory: u16| DIRECTORIES[usize::from(directory)];
        assert_eq!(ask(&mut broker, client, path(target), "t", &[0]), [0]);
        broker.until("the copy is complete", |broker| {
            let mut partitions = broker.shards[0].partitions.ids();
            partitions.any(|slot| {
                let partition = broker.shards[0].partitions.get(slot).unwrap();
                partition.moving.as_ref().is_some_and(|moving| moving.is_assigning())
            })
        });
        let fs = broker.world.file_system();
        if seed % 2 == 0 {
            // It can be renamed no more, and not be opened again either.
            fs.rename(&Path::new(path(from)).join("t-0"), &Path::new(path(from)).join("lost")).unwrap();
        } else {
            broker.world.fail_disk_below(path(from), DiskCall::Change, 1, EIO);
        }
        if seed > 2 {
            broker.shards[0].on_directory_failed(from);
        }
        if has_failed(&broker) {
            continue;
        }
        broker.until("the move has ended", |broker| has_failed(broker) || !moves(broker));
        if !has_failed(&broker) {
            assert_eq!(places(&broker)[0], (target, false), "SEED={seed}");
            let records = batch(&[b"three"]);
            assert_eq!(broker.produce(client, -1, "t", &[(0, &records)])[0].error, ErrorCode::None);
            assert_eq!(broker.read_all(client, "t", 0, 0).len(), 3, "SEED={seed}");
        }
        broker.kill();
        broker.world.repair_disks();
        if seed % 2 == 0 {
            fs.rename(&Path::new(path(from)).join("lost"), &Path::new(path(from)).join("t-0")).unwrap();
        }
        broker.boot();
        let client = broker.connect();
        assert!(broker.read_all(client, "t", 0, 0).len() >= 2, "SEED={seed}");
    }
}

impl Broker {
    /// How many records of partition 0 are served, at least those that always are there.
    fn read_if_served(&mut self, client: ClientId) -> usize {
        let answer = self.fetch(client, &Fetch::of("t", &[(0, 0)]));
        let fetched = answer.partition(0);
        if fetched.error == ErrorCode::None { fetched.records().len() } else { 2 }
    }
}

#[test]
fn deleted_records_stay_deleted_when_the_process_dies_right_after_a_move() {
    with_seeds(12, |seed| {
        let mut broker = setup(seed, 1 + u16::try_from(seed % 3).unwrap()).start();
        let client = broker.connect();
        broker.create_topic(client, "t");
        let records = batch(&[b"0", b"1", b"2", b"3"]);
        broker.produce(client, -1, "t", &[(0, &records), (1, &records)]);
        let partitions = [(0, 3), (1, -1)]
            .map(|(partition_index, offset)| DeleteRecordsPartition { partition_index, offset });
        let topics = [DeleteRecordsTopic { name: "t", partitions: partitions.into() }].into();
        let body = broker.ask(client, 2, &DeleteRecordsRequest { topics, timeout_ms: 30_000 });
        let answer: DeleteRecordsResponse<'_> = answer_of(&body, 2);
        assert!(answer.topics.iter().all(|topic| topic.partitions.iter().all(|of| of.error_code == 0)));
        for target in ["/b", "/a", "/b"] {
            // Partition 2 has never been written to, and has no directory.
            assert_eq!(ask(&mut broker, client, target, "t", &[0, 1, 2]), [0; 3], "SEED={seed}");
            broker.until("the partitions have moved", |broker| !moves(broker));
        }
        if seed % 2 == 0 {
            broker.kill()
        } else {
            broker.cut_power()
        }
        broker.boot();
        assert!(places(&broker)[..3].iter().all(|place| *place == (2, false)), "SEED={seed}");
        let client = broker.connect();
        let answer = broker.fetch(client, &Fetch::of("t", &[(0, 3), (1, 4), (2, 0)]));
        let starts = [0, 1, 2].map(|number| answer.partition(number).log_start_offset);
        assert_eq!(starts, [3, 4, 0], "SEED={seed}");
        let produced = broker.produce(client, -1, "t", &[(0, &records), (1, &records), (2, &records)]);
        let bases: Vec<i64> = produced.iter().map(|of| of.base_offset).collect();
        assert_eq!(bases, [4, 4, 0], "SEED={seed}");
    });
}

/// Of two batches of a new producer the first must not be refused because the partition moves and the second be taken
/// because it has moved: the first would be out of order then for good.
#[test]
fn batches_that_come_in_the_middle_of_a_move_are_appended_in_their_order() {
    with_seeds(12, |seed| {
        let mut random = Random::new(seed);
        let mut broker = setup(seed, 1 + u16::try_from(seed % 3).unwrap()).start();
        let client = broker.connect();
        broker.create_topic(client, "t");
        broker.produce(client, -1, "t", &[(0, &batch(&[b"of another"]))]);
        let clients = [broker.connect(), broker.connect(), broker.connect()];
        let (mut sent, mut have_waited) = ([0; 3], false);
        for target in ["/b", "/a"] {
            assert_eq!(ask(&mut broker, client, target, "t", &[0]), [0], "SEED={seed}");
            while moves(&broker) {
                let at = usize::try_from(random.below(3)).unwrap();
                // Every one of its two batches comes from a producer that the log does not know.
                let (producer, sequence) = (i64::try_from(at).unwrap() * 1000 + sent[at] / 2, sent[at] % 2);
                let numbered = numbered_batch(producer, i32::try_from(sequence).unwrap(), &[b"x"]);
                broker.client(clients[at]).send_produce(-1, "t", &[(0, &numbered)]);
                sent[at] += 1;
                (0..1 + random.below(3)).for_each(|_| broker.step());
                have_waited |= broker.shards.iter().any(|shard| shard.requests.held.len() > 0);
            }
        }
        assert!(have_waited, "SEED={seed}");
        for (client, sent) in clients.into_iter().zip(sent) {
            let answers: Vec<_> = (0..sent).map(|_| read_produced(&broker.answer(client))).collect();
            assert!(answers.iter().all(|of| of[0].error == ErrorCode::None), "SEED={seed}: {answers:?}");
            let offsets: Vec<i64> = answers.iter().map(|of| of[0].base_offset).collect();
            assert!(offsets.is_sorted(), "SEED={seed}: {offsets:?}");
        }
        let records = broker.read_all(client, "t", 0, 0).len();
        assert_eq!(i64::try_from(records).unwrap(), 1 + sent.iter().sum::<i64>(), "SEED={seed}");
        broker.disconnect_all();
        broker.assert_nothing_left();
        broker.connect();
        broker.close();
    });
}

#[test]
fn a_topic_can_go_in_the_middle_of_a_move() {
    with_seeds(16, |seed| {
        let mut random = Random::new(seed);
        let mut broker = setup(seed, 2).start();
        let client = broker.connect();
        let records = batch(&[b"one"]);
        let mut sent = 0;
        for _ in 0..3 {
            broker.create_topic(client, "t");
            broker.produce(client, -1, "t", &[(0, &records), (1, &records)]);
            ask(
                &mut broker,
                client,
                ["/a", "/b"][usize::try_from(random.below(2)).unwrap()],
                "t",
                &[0, 1, 2],
            );
            let other = broker.connect();
            for _ in 0..random.below(60) {
                if random.chance(10) {
                    broker.client(other).send_produce(-1, "t", &[(0, &records), (1, &records)]);
                    sent += 1;
                }
                broker.step();
            }
            assert_eq!(broker.delete_topic(client, "t"), ErrorCode::None, "SEED={seed}");
            for _ in 0..std::mem::take(&mut sent) {
                let produced = read_produced(&broker.answer(other));
                let allowed = [ErrorCode::None, ErrorCode::UnknownTopicOrPartition];
                assert!(produced.iter().all(|of| allowed.contains(&of.error)), "SEED={seed}: {produced:?}");
            }
        }
        broker.create_topic(client, "t");
        assert!(broker.read_all(client, "t", 0, 0).is_empty(), "SEED={seed}");
        broker.until("the copies are gone", |broker| {
            on_disk(broker, "t", |name| name.ends_with("-future")).is_empty()
        });
        broker.disconnect_all();
        broker.assert_nothing_left();
        if seed % 2 == 0 {
            broker.kill()
        } else {
            broker.close()
        }
        broker.boot();
    });
}

#[test]
fn what_cannot_move_is_refused() {
    let mut broker = setup(1, 2).start();
    let client = broker.connect();
    broker.create_topic(client, "t");
    let at = DIRECTORIES[usize::from(places(&broker)[0].0)];
    assert_eq!(ask(&mut broker, client, at, "t", &[0]), [0], "it is there");
    assert!(!moves(&broker));
    let unknown = ErrorCode::UnknownTopicOrPartition as i16;
    assert_eq!(ask(&mut broker, client, "/a", "t", &[-1, 99]), [unknown; 2]);
    assert_eq!(ask(&mut broker, client, "/a", "absent", &[0]), [unknown]);
    assert_eq!(ask(&mut broker, client, "/c", "t", &[0]), [ErrorCode::LogDirNotFound as i16]);
    // One that is to go elsewhere before it has arrived goes there; back is where it stays.
    broker.client(client).send(2, &request("/a", "t", &[0, 1, 2, 3, 4, 5]));
    broker.client(client).send(2, &request("/b", "t", &[0, 1, 2, 3, 4, 5]));
    (0..2).for_each(|_| drop(broker.answer(client)));
    broker.until("the partitions have moved", |broker| !moves(broker));
    assert!(places(&broker).iter().all(|place| *place == (2, false)));
    broker.close();
}

/// Where DescribeLogDirs has partition 0 of a topic: the directory, whether that is a copy, how far it is behind.
fn described(broker: &mut Broker, client: ClientId, topic: &str) -> Vec<(String, bool, i64)> {
    let asked = DescribableLogDirTopic { topic, partitions: [0].into() };
    let body = broker.ask(client, 4, &DescribeLogDirsRequest { topics: Some([asked].into()) });
    let answer: DescribeLogDirsResponse<'_> = answer_of(&body, 4);
    let mut found = Vec::new();
    for dir in answer.results.iter() {
        for partition in dir.topics.iter().flat_map(|topic| topic.partitions.iter().collect::<Vec<_>>()) {
            found.push((dir.log_dir.to_owned(), partition.is_future_key, partition.offset_lag));
        }
    }
    found
}

#[test]
fn a_copy_is_shown_and_goes_on_after_a_kill() {
    with_seeds(8, |seed| {
        let mut broker = setup(seed, 2).start();
        let client = broker.connect();
        assert_eq!(ask(&mut broker, client, "/a", "t", &[0, 1, 2]), [3; 3], "it is not there yet");
        broker.create_topic(client, "t");
        assert_eq!(
            described(&mut broker, client, "t"),
            [("/a".to_owned(), false, 0)],
            "placed as it was asked for"
        );
        let large = vec![b'x'; 400_000];
        let records = batch(&[&large]);
        // Some segments of two or three records.
        for _ in 0..12 {
            broker.produce(client, -1, "t", &[(0, &records)]);
        }
        broker.client(client).send(2, &request("/b", "t", &[0]));
        drop(broker.answer(client));
        let found = described(&mut broker, client, "t");
        let [(place, false, 0), (target, true, lag)] = &found[..] else { panic!("SEED={seed}: {found:?}") };
        assert_eq!((place.as_str(), target.as_str()), ("/a", "/b"), "SEED={seed}");
        assert!((0..=12).contains(lag), "SEED={seed}: {lag}");
        broker.until("a copy is begun", |broker| {
            !on_disk(broker, "t", |name| name.ends_with("-future")).is_empty()
        });
        if seed % 2 == 0 {
            broker.kill()
        } else {
            broker.close()
        }
        broker.boot();
        until_arrived(&mut broker);
        let client = broker.connect();
        assert_eq!(described(&mut broker, client, "t"), [("/b".to_owned(), false, 0)], "SEED={seed}");
        assert_eq!(broker.read_all(client, "t", 0, 0).len(), 12, "SEED={seed}");
        broker.close();
    });
}

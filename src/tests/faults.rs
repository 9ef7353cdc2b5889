//! Disks that fail.

use super::broker::Broker;
use super::client::{Fetch, batch, read_fetched, read_produced};
use super::ledger::{Ledger, Random, load};
use super::{Setup, with_seeds};
use crate::partition::State;
use loglane_net::ErrorCode;
use loglane_net::message::list_offsets::{ListOffsetsPartition, ListOffsetsRequest, ListOffsetsTopic};
use loglane_ring::sim::{DiskCall, SimOptions};
use std::time::Duration;

const EIO: i32 = 5;
const ENOSPC: i32 = 28;

/// A broker with three log directories, the first of which has the metadata log.
fn three_directories(seed: u64, shards: u16) -> Setup {
    Setup::new(seed, shards).set("log.dirs", "/meta,/a,/b").set("metadata.log.dir", "/meta")
}

/// The index of the directory of each partition of the topic.
fn directories(broker: &Broker) -> Vec<u16> {
    let mut found = vec![u16::MAX; 6];
    for shard in &broker.shards {
        for slot in shard.partitions.ids() {
            let partition = shard.partitions.get(slot).unwrap();
            found[usize::try_from(partition.number.0).unwrap()] = partition.directory;
        }
    }
    found
}

#[test]
fn a_write_error_takes_one_directory_offline_and_the_others_serve_on() {
    with_seeds(8, |seed| {
        let call = [DiskCall::Write, DiskCall::Sync][usize::try_from(seed % 2).unwrap()];
        let mut broker = three_directories(seed, 3).start();
        let (client, other) = (broker.connect(), broker.connect());
        broker.create_topic(client, "t");
        let records = batch(&[b"record"]);
        let all = [0, 1, 2, 3, 4, 5].map(|partition| (partition, &records[..]));
        assert!(broker.produce(client, -1, "t", &all).iter().all(|of| of.error == ErrorCode::None));
        let of = directories(&broker);
        let failing = (0..6).find(|at| of[*at] == 1).unwrap();
        // Somebody waits for a partition of the same directory, and somebody for one of another.
        let fetch_of = |at: usize| [(i32::try_from(at).unwrap(), 1)];
        let beside = (0..6).rfind(|at| of[*at] == 1).unwrap();
        let waiting = fetch_of(beside);
        let fetch = Fetch { wait_ms_max: 60_000, bytes_min: 1, ..Fetch::of("t", &waiting) };
        broker.client(other).send_fetch(&fetch);
        broker.run_for(Duration::from_millis(50));

        broker.world.fail_disk(call, 1, EIO);
        let produced = broker.produce(client, -1, "t", &[(i32::try_from(failing).unwrap(), &records)]);
        assert_eq!(produced[0].error, ErrorCode::KafkaStorageError, "SEED={seed}");
        let answer = read_fetched(&broker.answer(other));
        assert_eq!(answer.partitions[0].error, ErrorCode::KafkaStorageError, "SEED={seed}");
        broker.run_for(Duration::from_millis(50));

        for produced in broker.produce(client, 1, "t", &all) {
            let is_offline = of[usize::try_from(produced.partition).unwrap()] == 1;
            let expected = if is_offline { ErrorCode::KafkaStorageError } else { ErrorCode::None };
            assert_eq!(produced.error, expected, "SEED={seed}: partition {}", produced.partition);
        }
        let answer = broker.fetch(client, &Fetch::of("t", &all.map(|(partition, _)| (partition, 0))));
        for fetched in answer.partitions {
            let is_offline = of[usize::try_from(fetched.partition).unwrap()] == 1;
            let expected = if is_offline { ErrorCode::KafkaStorageError } else { ErrorCode::None };
            assert_eq!(fetched.error, expected, "SEED={seed}: partition {}", fetched.partition);
            assert_eq!(fetched.records().len(), if is_offline { 0 } else { 2 }, "SEED={seed}");
        }
        broker.disconnect_all();
        broker.assert_nothing_left();
        broker.close();
        // The disk was repaired: nothing that was acknowledged is lost.
        broker.boot();
        let client = broker.connect();
        for (at, directory) in of.iter().enumerate() {
            let records = broker.read_all(client, "t", i32::try_from(at).unwrap(), 0);
            assert!(records.len() >= if *directory == 1 { 1 } else { 2 }, "SEED={seed}");
        }
    });
}

#[test]
fn a_directory_that_fails_at_any_moment_of_a_start_is_offline_and_the_others_serve() {
    with_seeds(2, |seed| {
        let mut broker = three_directories(seed, 3).start();
        let client = broker.connect();
        broker.create_topic(client, "t");
        let records = batch(&[b"record"]);
        let all = [0, 1, 2, 3, 4, 5].map(|partition| (partition, &records[..]));
        assert!(broker.produce(client, -1, "t", &all).iter().all(|of| of.error == ErrorCode::None));
        let of = directories(&broker);
        assert!(of.contains(&1) && of.contains(&2), "SEED={seed}: {of:?}");
        let fetch = [0, 1, 2, 3, 4, 5].map(|partition| (partition, 0));
        for (call, errno) in [(DiskCall::Change, ENOSPC), (DiskCall::Write, ENOSPC), (DiskCall::Sync, EIO)] {
            let mut outages = 0;
            for nth in 1..=12 {
                // The mark of a clean stop has to go, and with another number of shards files have to be rewritten.
                broker.close();
                broker.setup.shards = if broker.setup.shards == 3 { 2 } else { 3 };
                broker.world.fail_disk_below("/a", call, nth, errno);
                broker.boot();
                let client = broker.connect();
                let answer = broker.fetch(client, &Fetch::of("t", &fetch));
                let mut has_failed = false;
                for fetched in answer.partitions {
                    let at = usize::try_from(fetched.partition).unwrap();
                    if fetched.error == ErrorCode::KafkaStorageError && of[at] == 1 {
                        has_failed = true;
                        continue;
                    }
                    assert_eq!(fetched.error, ErrorCode::None, "SEED={seed}: {call:?} {nth}: partition {at}");
                    assert_eq!(fetched.records().len(), 1, "SEED={seed}: {call:?} {nth}: partition {at}");
                }
                outages += u32::from(has_failed);
                broker.kill();
                broker.world.repair_disks();
                broker.boot();
            }
            assert!(outages > 0, "SEED={seed}: no {call:?} has struck");
        }
    });
}

#[test]
fn the_failure_of_the_metadata_logs_directory_ends_the_process() {
    with_seeds(4, |seed| {
        let mut broker = three_directories(seed, 2).start();
        let client = broker.connect();
        broker.world.fail_disk(DiskCall::Write, 1, EIO);
        broker.client(client).ask_for_topic("t", true);
        broker.until("it gives up", |broker| broker.shards[0].closing.failure().is_some());
        broker.kill();
        broker.boot();
        let client = broker.connect();
        broker.create_topic(client, "t");
    });
}

#[test]
fn whatever_fails_and_whenever_what_was_acknowledged_is_there_after_a_repair() {
    with_seeds(40, |seed| {
        let mut random = Random::new(seed);
        let mut broker = three_directories(seed, 3).set("log.segment.bytes", 1 << 20).start();
        let mut ledger = Ledger::new(seed, 20_000);
        ledger.connect(&mut broker, 4, 2);
        load(&mut ledger, &mut broker, 20);
        let calls = [DiskCall::Write, DiskCall::Sync, DiskCall::Change, DiskCall::Read];
        for _ in 0..1 + random.below(2) {
            let call = calls[usize::try_from(random.below(4)).unwrap()];
            let errno = if random.chance(30) { ENOSPC } else { EIO };
            broker.world.fail_disk(call, 1 + random.below(60), errno);
        }
        for _ in 0..2_000 {
            ledger.step(&mut broker);
            if broker.shards.iter().any(|shard| shard.closing.failure().is_some()) {
                break;
            }
        }
        match random.below(3) {
            0 => broker.kill(),
            1 => broker.cut_power(),
            _ => {
                // What was planted may strike the stop as well.
                broker.begin_close();
                broker.until("it stops, or gives up", |broker| {
                    broker.is_closed() || broker.shards.iter().any(|shard| shard.closing.failure().is_some())
                });
                broker.kill();
            }
        }
        broker.boot();
        ledger.judge(&mut broker, true);
        ledger.connect(&mut broker, 2, 2);
        load(&mut ledger, &mut broker, 20);
        broker.close();
    });
}

/// With one core the end of one deletion and the beginning of the next are one call, in the middle of what the failure
/// of the directory does to each partition.
#[test]
fn a_directory_may_fail_while_one_deletion_drains_and_another_waits() {
    let options = SimOptions { job_us: 2_000_000..2_000_001, ..SimOptions::default() };
    let setup = Setup { options, ..three_directories(1, 1) };
    let mut broker = setup.set("num.partitions", 1).start();
    let (client, other, third) = (broker.connect(), broker.connect(), broker.connect());
    let find = |broker: &Broker, name: &str| {
        let partitions = &broker.shards[0].partitions;
        partitions.ids().find(|slot| *partitions.get(*slot).unwrap().topic == *name)
    };
    let directory_of = |broker: &Broker, name: &str| {
        broker.shards[0].partitions.get(find(broker, name).unwrap()).unwrap().directory
    };
    let names: Vec<String> = (0..9).map(|number| format!("topic-{number}")).collect();
    let first = names.iter().find(|name| {
        broker.create_topic(client, name);
        directory_of(&broker, name) == 1
    });
    let first = first.expect("one of nine is in the second of three directories");
    broker.create_topic(client, "later");
    broker.produce(client, -1, first, &[(0, &batch(&[b"record"]))]);
    let slot = find(&broker, first).unwrap();
    assert!(slot < find(&broker, "later").unwrap());
    // A look-up that is under way keeps the log from going at once.
    let asked = ListOffsetsPartition { timestamp: 1, ..ListOffsetsPartition::default() };
    let topic = ListOffsetsTopic { name: first, partitions: vec![asked].into() };
    let request = ListOffsetsRequest { topics: vec![topic].into(), ..ListOffsetsRequest::default() };
    broker.client(third).send(7, &request);
    broker.client(client).send_delete_topic(first);
    let is_draining = |broker: &mut Broker| {
        let partition = broker.shards[0].partitions.get(slot).expect("it does not go at once");
        matches!(partition.state, State::Deleting(_))
    };
    broker.until("its log drains", is_draining);
    broker.client(other).send_delete_topic("later");
    broker.run_for(Duration::from_millis(200));
    assert!(is_draining(&mut broker) && find(&broker, "later").is_some());
    assert!(broker.shards[0].recovery.ahead_bytes_of(slot) > 0);
    broker.shards[0].on_directory_failed(1);
    broker.until("both are gone", |broker| find(broker, first).is_none() && find(broker, "later").is_none());
    assert_eq!(broker.shards[0].recovery.ahead_bytes_of(slot), 0);
    broker.answer(client);
    broker.answer(other);
    broker.kill();
}

#[test]
fn a_full_disk_refuses_and_what_was_acknowledged_stays() {
    with_seeds(4, |seed| {
        let options = SimOptions { disk_bytes_max: 8 << 20, ..Default::default() };
        let mut broker = Setup { options, ..three_directories(seed, 2) }.start();
        let client = broker.connect();
        broker.create_topic(client, "t");
        let value = vec![3; 300_000];
        let records = batch(&[&value]);
        let mut acknowledged = [0; 6];
        let of = directories(&broker);
        for round in 0..60 {
            let partition = round % 6;
            if of[usize::try_from(partition).unwrap()] == 0 {
                continue;
            }
            broker.client(client).send_produce(-1, "t", &[(partition, &records)]);
            let produced = read_produced(&broker.answer(client));
            match produced[0].error {
                ErrorCode::None => acknowledged[usize::try_from(partition).unwrap()] += 1,
                error => assert_eq!(error, ErrorCode::KafkaStorageError, "SEED={seed}"),
            }
        }
        assert!((5..40).contains(&acknowledged.iter().sum::<usize>()), "SEED={seed}: {acknowledged:?}");
        for (partition, acknowledged) in acknowledged.into_iter().enumerate() {
            let partition = i32::try_from(partition).unwrap();
            let from = [(partition, 0)];
            let fetch = Fetch { partition_bytes_max: 50 << 20, ..Fetch::of("t", &from) };
            let answer = broker.fetch(client, &fetch);
            let fetched = answer.partition(partition);
            if fetched.error == ErrorCode::None {
                assert_eq!(fetched.records().len(), acknowledged, "SEED={seed}");
            }
        }
    });
}

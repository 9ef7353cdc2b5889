//! Topics that come and go while others use them.

use super::client::{Fetch, batch, numbered_batch, read_fetched, read_produced};
use super::ledger::Random;
use super::{Setup, with_seeds};
use loglane_model::TopicId;
use loglane_net::ErrorCode;
use std::path::Path;
use std::time::Duration;

#[test]
fn a_topic_that_is_deleted_and_made_again_is_a_new_one() {
    with_seeds(20, |seed| {
        let mut broker = Setup::new(seed, 3).start();
        let client = broker.connect();
        let mut last = TopicId::ZERO;
        let records = batch(&[b"of this one"]);
        for _ in 0..5 {
            let id = broker.create_topic(client, "t");
            assert_ne!(id, last, "SEED={seed}");
            last = id;
            let batches = [0, 1, 2, 3, 4, 5].map(|partition| (partition, &records[..]));
            let produced = broker.produce(client, 1, "t", &batches);
            assert!(produced.iter().all(|of| of.base_offset == 0), "SEED={seed}: {produced:?}");
            assert_eq!(broker.delete_topic(client, "t"), ErrorCode::None);
        }
        broker.close();
    });
}

#[test]
fn names_change_hands_in_one_step_without_trouble() {
    with_seeds(20, |seed| {
        let mut broker = Setup::new(seed, 3).start();
        let clients: Vec<_> = (0..4).map(|_| broker.connect()).collect();
        let mut random = Random::new(seed);
        broker.create_topic(clients[0], "t");
        // Nobody waits: what comes together is decided on together, and published together.
        for _ in 0..60 {
            let client = clients[usize::try_from(random.below(4)).unwrap()];
            match random.below(3) {
                0 => broker.client(client).ask_for_topic("t", true),
                1 => broker.client(client).send_delete_topic("t"),
                _ => {
                    broker.client(client).send_produce(1, "t", &[(0, &batch(&[b"x"])), (1, &batch(&[b"y"]))])
                }
            };
            (0..random.below(30)).for_each(|_| broker.step());
        }
        broker.run_for(Duration::from_secs(2));
        let client = broker.connect();
        broker.delete_topic(client, "t");
        broker.create_topic(client, "t");
        let records = batch(&[b"first"]);
        let batches = [0, 1, 2, 3, 4, 5].map(|partition| (partition, &records[..]));
        let produced = broker.produce(client, 1, "t", &batches);
        assert!(produced.iter().all(|of| of.base_offset == 0), "SEED={seed}: {produced:?}");
        broker.disconnect_all();
        broker.assert_nothing_left();
        broker.close();
        broker.boot();
        let client = broker.connect();
        assert_eq!(broker.read_all(client, "t", 3, 0).len(), 1);
    });
}

#[test]
fn who_waits_for_a_topic_is_told_that_it_is_gone() {
    with_seeds(6, |seed| {
        let mut broker = Setup::new(seed, 3).start();
        let (client, producer, consumer) = (broker.connect(), broker.connect(), broker.connect());
        broker.create_topic(client, "t");
        let partitions = [(0, 0), (1, 0), (2, 0), (3, 0), (4, 0), (5, 0)];
        let fetch = Fetch { wait_ms_max: 60_000, bytes_min: 1, ..Fetch::of("t", &partitions) };
        broker.client(consumer).send_fetch(&fetch);
        let records = numbered_batch(5, 0, &[b"never"]);
        broker.world.hold_writes();
        broker.client(producer).send_produce(
            -1,
            "t",
            &partitions.map(|(partition, _)| (partition, &records[..])),
        );
        broker.run_for(Duration::from_millis(100));
        broker.world.release_writes();
        broker.client(client).send_delete_topic("t");
        let produced = read_produced(&broker.answer(producer));
        for of in produced {
            let is_known = matches!(of.error, ErrorCode::None | ErrorCode::UnknownTopicOrPartition);
            assert!(is_known, "SEED={seed}: {of:?}");
        }
        read_fetched(&broker.answer(consumer));
        broker.answer(client);
        broker.disconnect_all();
        broker.assert_nothing_left();
    });
}

#[test]
fn a_crash_in_the_middle_of_a_deletion_keeps_no_name_from_being_used() {
    with_seeds(30, |seed| {
        let mut broker = Setup::new(seed, 2).start();
        let client = broker.connect();
        broker.create_topic(client, "t");
        let records = batch(&[b"old"]);
        broker.produce(client, 1, "t", &[(0, &records), (1, &records), (2, &records)]);
        broker.client(client).send_delete_topic("t");
        (0..seed * 2).for_each(|_| broker.step());
        if seed % 2 == 0 {
            broker.kill()
        } else {
            broker.cut_power()
        }
        broker.boot();
        let client = broker.connect();
        broker.create_topic(client, "t");
        broker.delete_topic(client, "t");
        broker.create_topic(client, "t");
        let produced = broker.produce(client, 1, "t", &[(0, &records), (1, &records), (2, &records)]);
        assert!(produced.iter().all(|of| (of.error, of.base_offset) == (ErrorCode::None, 0)), "SEED={seed}");
        broker.close();
        broker.boot();
    });
}

#[test]
fn the_bytes_of_deleted_topics_go_after_a_while_even_over_a_crash() {
    let mut broker = Setup::new(1, 2).set("log.segment.delete.delay.ms", 5_000).start();
    let client = broker.connect();
    let retired = |broker: &super::Broker| {
        let names = broker.world.file_system().list(Path::new("/data")).unwrap();
        names.into_iter().filter(|entry| entry.name.ends_with("-delete")).count()
    };
    // A partition has a directory once something was written to it.
    let records = batch(&[b"a record"]);
    let everywhere: Vec<_> = (0..6).map(|partition| (partition, &records[..])).collect();
    broker.create_topic(client, "t");
    broker.delete_topic(client, "t");
    assert_eq!(retired(&broker), 0);
    broker.create_topic(client, "t");
    broker.produce(client, 1, "t", &everywhere);
    broker.delete_topic(client, "t");
    assert_eq!(retired(&broker), 6);
    broker.run_for(Duration::from_secs(10));
    assert_eq!(retired(&broker), 0);
    broker.create_topic(client, "t");
    broker.produce(client, 1, "t", &everywhere);
    broker.delete_topic(client, "t");
    broker.kill();
    broker.boot();
    assert_eq!(retired(&broker), 6);
    broker.run_for(Duration::from_secs(10));
    assert_eq!(retired(&broker), 0);
}

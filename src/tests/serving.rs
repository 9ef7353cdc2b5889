//! What clients may expect of a broker that nothing happens to.

use super::broker::Broker;
use super::client::{Fetch, batch, correlation_id, numbered_batch, read_fetched, read_produced};
use super::{Setup, with_seeds};
use loglane_net::ErrorCode;
use std::time::Duration;

/// Every partition of the default topic.
const ALL: [i32; 6] = [0, 1, 2, 3, 4, 5];

/// A broker with a topic `t`, on some shards.
fn with_topic(seed: u64, shards: u16) -> (Broker, super::client::ClientId) {
    let mut broker = Setup::new(seed, shards).start();
    let client = broker.connect();
    broker.create_topic(client, "t");
    (broker, client)
}

#[test]
fn what_was_produced_is_fetched_over_one_two_and_three_shards() {
    with_seeds(4, |seed| {
        for shards in 1..=3 {
            let (mut broker, client) = with_topic(seed, shards);
            let records = batch(&[b"one", b"two"]);
            for (round, acks) in [1, -1, 1].into_iter().enumerate() {
                let batches = ALL.map(|partition| (partition, &records[..]));
                let produced = broker.produce(client, acks, "t", &batches);
                assert_eq!(produced.iter().map(|of| of.partition).collect::<Vec<_>>(), ALL);
                for of in produced {
                    assert_eq!((of.error, of.base_offset), (ErrorCode::None, 2 * round as i64));
                }
            }
            let answer = broker.fetch(client, &Fetch::of("t", &ALL.map(|partition| (partition, 0))));
            assert_eq!(answer.error, ErrorCode::None);
            for of in &answer.partitions {
                assert_eq!((of.error, of.high_watermark), (ErrorCode::None, 6));
                let values: Vec<_> = of.records().into_iter().map(|record| record.value).collect();
                assert_eq!(values, [b"one", b"two"].repeat(3));
            }
            broker.close();
        }
    });
}

#[test]
fn what_a_client_sends_behind_a_batch_is_no_part_of_the_log() {
    with_seeds(2, |seed| {
        let (mut broker, client) = with_topic(seed, 2);
        let good = batch(&[b"sound"]);
        // Too little for a length, and the beginning of a batch.
        for tail in [&[0xee; 7][..], &good[..good.len() - 1]] {
            let sent = [&good[..], tail].concat();
            for records in [&sent, &good] {
                // On the shard that the client talks to, and on the other one.
                let produced =
                    broker.produce(client, -1, "t", &ALL.map(|partition| (partition, &records[..])));
                assert!(produced.iter().all(|of| of.error == ErrorCode::None), "SEED={seed}");
            }
        }
        let is_whole = |broker: &mut Broker, client| {
            let answer = broker.fetch(client, &Fetch::of("t", &ALL.map(|partition| (partition, 0))));
            for of in &answer.partitions {
                assert_eq!((of.error, of.high_watermark), (ErrorCode::None, 4), "SEED={seed}");
                assert_eq!(of.records().len(), 4, "SEED={seed} partition {}", of.partition);
                assert_eq!(of.records.len(), 4 * good.len(), "SEED={seed} partition {}", of.partition);
            }
        };
        is_whole(&mut broker, client);
        broker.kill();
        broker.boot();
        let client = broker.connect();
        is_whole(&mut broker, client);
    });
}

#[test]
fn the_same_seed_is_the_same_history() {
    let history = |seed| {
        let (mut broker, client) = with_topic(seed, 3);
        let records = batch(&[b"value"]);
        for partition in ALL {
            broker.produce(client, -1, "t", &[(partition, &records)]);
        }
        broker.fetch(client, &Fetch::of("t", &ALL.map(|partition| (partition, 0))));
        broker.close();
        broker.boot();
        broker.world.trace_hash()
    };
    with_seeds(3, |seed| {
        assert_eq!(history(seed), history(seed));
        assert_ne!(history(seed), history(seed + 1000));
    });
}

#[test]
fn a_produce_without_acks_has_no_answer_and_is_served_all_the_same() {
    with_seeds(3, |seed| {
        let (mut broker, client) = with_topic(seed, 2);
        let records = batch(&[b"quiet"]);
        broker.client(client).send_produce(0, "t", &ALL.map(|partition| (partition, &records[..])));
        let partitions = ALL.map(|partition| (partition, 0));
        let bytes_min = 6 * i32::try_from(records.len()).unwrap();
        let fetch = Fetch { wait_ms_max: 10_000, bytes_min, ..Fetch::of("t", &partitions) };
        let answer = broker.fetch(client, &fetch);
        for of in &answer.partitions {
            assert_eq!(of.records().len(), 1, "SEED={seed} partition {}", of.partition);
        }
    });
}

#[test]
fn a_failed_produce_without_acks_closes_the_connection() {
    let (mut broker, client) = with_topic(1, 2);
    let records = batch(&[b"lost"]);
    broker.client(client).send_produce(0, "t", &[(0, &records), (6, &records)]);
    broker.until("the connection is closed", |broker| broker.client(client).is_closed);
}

#[test]
fn pipelined_requests_are_answered_in_their_order() {
    with_seeds(10, |seed| {
        let (mut broker, client) = with_topic(seed, 3);
        let records = batch(&[b"in a row"]);
        let mut expected = Vec::new();
        for number in 0..30 {
            let partition = (number * 7 + i32::try_from(seed).unwrap()) % 6;
            let id = broker.client(client).send_produce(-1, "t", &[(partition, &records)]);
            expected.push((id, Some(partition)));
            if number % 10 == 9 {
                let partitions = ALL.map(|partition| (partition, 0));
                expected.push((broker.client(client).send_fetch(&Fetch::of("t", &partitions)), None));
            }
        }
        let mut produced = 0;
        for (id, partition) in expected {
            let answer = broker.answer(client);
            assert_eq!(correlation_id(&answer), id, "SEED={seed}");
            match partition {
                Some(partition) => {
                    let of = &read_produced(&answer)[0];
                    assert_eq!((of.partition, of.error), (partition, ErrorCode::None));
                    produced += 1;
                }
                None => {
                    // A fetch sees everything that was answered before it.
                    let answer = read_fetched(&answer);
                    let seen: usize = answer.partitions.iter().map(|of| of.records().len()).sum();
                    assert_eq!(seen, produced, "SEED={seed}");
                }
            }
        }
    });
}

#[test]
fn the_batches_of_one_connection_get_their_offsets_in_order() {
    with_seeds(10, |seed| {
        let (mut broker, client) = with_topic(seed, 2);
        for number in 0..40 {
            let value = format!("{number}");
            let records = batch(&[value.as_bytes()]);
            broker.client(client).send_produce(1, "t", &[(i32::try_from(seed).unwrap() % 6, &records)]);
        }
        for number in 0..40 {
            let answer = broker.answer(client);
            assert_eq!(read_produced(&answer)[0].base_offset, number);
        }
        let read = broker.read_all(client, "t", i32::try_from(seed).unwrap() % 6, 0);
        let values: Vec<_> = read.into_iter().map(|record| record.value).collect();
        assert_eq!(values, (0..40).map(|number| number.to_string().into_bytes()).collect::<Vec<_>>());
    });
}

#[test]
fn a_fetch_waits_for_its_bytes_and_is_woken_by_any_of_its_partitions() {
    with_seeds(6, |seed| {
        for partition in ALL {
            let (mut broker, consumer) = with_topic(seed, 3);
            let producer = broker.connect();
            let partitions = ALL.map(|partition| (partition, 0));
            let fetch = Fetch { wait_ms_max: 60_000, bytes_min: 1, ..Fetch::of("t", &partitions) };
            broker.client(consumer).send_fetch(&fetch);
            broker.run_for(Duration::from_secs(1));
            assert!(!broker.client(consumer).has_answer(), "SEED={seed}: there is nothing");
            let before = broker.now();
            let records = batch(&[b"wake up"]);
            broker.produce(producer, 1, "t", &[(partition, &records)]);
            let answer = read_fetched(&broker.answer(consumer));
            assert!(broker.now().since(before) < Duration::from_millis(100), "SEED={seed}");
            assert_eq!(answer.partition(partition).records().len(), 1);
            assert_eq!(answer.record_bytes(), records.len());
        }
    });
}

#[test]
fn a_fetch_waits_for_as_many_bytes_as_it_asks_for_over_all_shards() {
    with_seeds(6, |seed| {
        let (mut broker, consumer) = with_topic(seed, 3);
        let producer = broker.connect();
        let records = batch(&[&[7; 100]]);
        let partitions = ALL.map(|partition| (partition, 0));
        let bytes_min = 4 * i32::try_from(records.len()).unwrap();
        let fetch = Fetch { wait_ms_max: 60_000, bytes_min, ..Fetch::of("t", &partitions) };
        broker.client(consumer).send_fetch(&fetch);
        for partition in 0..4 {
            broker.run_for(Duration::from_millis(100));
            assert!(!broker.client(consumer).has_answer(), "SEED={seed}: {partition} are not enough");
            broker.produce(producer, 1, "t", &[(partition, &records)]);
        }
        let answer = read_fetched(&broker.answer(consumer));
        assert_eq!(answer.record_bytes(), 4 * records.len());
    });
}

#[test]
fn a_fetch_that_waited_long_enough_takes_what_there_is() {
    with_seeds(6, |seed| {
        let (mut broker, client) = with_topic(seed, 3);
        let records = batch(&[b"too little"]);
        broker.produce(client, 1, "t", &[(2, &records)]);
        let partitions = ALL.map(|partition| (partition, 0));
        let fetch = Fetch { wait_ms_max: 500, bytes_min: 1 << 20, ..Fetch::of("t", &partitions) };
        let before = broker.now();
        let answer = broker.fetch(client, &fetch);
        let waited = broker.now().since(before);
        assert!((500..520).contains(&waited.as_millis()), "SEED={seed}: {waited:?}");
        assert_eq!(answer.record_bytes(), records.len());
    });
}

#[test]
fn an_error_is_told_at_once_whatever_the_fetch_waits_for() {
    let (mut broker, client) = with_topic(1, 3);
    let fetch = Fetch { wait_ms_max: 60_000, bytes_min: 1, ..Fetch::of("t", &[(0, 0), (1, 5)]) };
    let answer = broker.fetch(client, &fetch);
    assert_eq!(answer.partition(1).error, ErrorCode::OffsetOutOfRange);
    assert_eq!(answer.partition(0).error, ErrorCode::None);
    let fetch = Fetch { wait_ms_max: 60_000, bytes_min: 1, ..Fetch::of("t", &[(0, 0), (6, 0)]) };
    let answer = broker.fetch(client, &fetch);
    assert_eq!(answer.partition(6).error, ErrorCode::UnknownTopicOrPartition);
}

#[test]
fn a_fetch_is_bounded_by_bytes_but_gets_its_first_batch_whole() {
    with_seeds(3, |seed| {
        let (mut broker, client) = with_topic(seed, 3);
        let records = batch(&[&[9; 1000]]);
        for _ in 0..3 {
            broker.produce(client, 1, "t", &ALL.map(|partition| (partition, &records[..])));
        }
        let partitions = ALL.map(|partition| (partition, 0));
        let answer = broker.fetch(client, &Fetch { bytes_max: 10, ..Fetch::of("t", &partitions) });
        assert_eq!(answer.partitions[0].records().len(), 1, "no consumer gets stuck");
        assert_eq!(answer.record_bytes(), records.len(), "SEED={seed}");
        let bytes_max = 5 * i32::try_from(records.len()).unwrap() + 10;
        let answer = broker.fetch(client, &Fetch { bytes_max, ..Fetch::of("t", &partitions) });
        assert_eq!(answer.record_bytes(), 5 * records.len(), "SEED={seed}");
        assert_eq!(answer.partitions[0].records().len(), 3, "granted in the order of the request");
    });
}

#[test]
fn a_partition_that_a_fetch_names_again_and_again_is_watched_and_answered_once() {
    let (mut broker, client) = with_topic(1, 1);
    let mut partitions = vec![(1, 0); 10_000];
    partitions.extend([(0, 5), (0, 0)]);
    let fetch = Fetch { wait_ms_max: 60_000, bytes_min: 1, ..Fetch::of("t", &partitions) };
    broker.client(client).send_fetch(&fetch);
    broker.until("it waits", |broker| broker.shards[0].requests.pending.len() == 1);
    let slots: Vec<_> = broker.shards[0].partitions.ids().collect();
    let watches = slots.iter().map(|slot| broker.shards[0].partitions.get(*slot).unwrap().watches.len());
    assert_eq!(watches.sum::<usize>(), 2);
    let producer = broker.connect();
    let records = batch(&[b"once"]);
    broker.produce(producer, 1, "t", &[(0, &records)]);
    let answer = read_fetched(&broker.answer(client));
    assert_eq!(answer.partitions.iter().map(|of| of.partition).collect::<Vec<_>>(), [1, 0]);
    assert_eq!(answer.partition(0).records().len(), 1, "what was said last counts");
    broker.disconnect_all();
    broker.assert_nothing_left();
}

#[test]
fn a_fetch_waits_for_what_all_its_partitions_have_together() {
    with_seeds(3, |seed| {
        let (mut broker, client) = with_topic(seed, 3);
        let records = batch(&[b"a part of it"]);
        let bytes_min = i32::try_from(5 * records.len() + 1).unwrap();
        let partitions = ALL.map(|partition| (partition, 0));
        let fetch = Fetch { wait_ms_max: 60_000, bytes_min, ..Fetch::of("t", &partitions) };
        broker.client(client).send_fetch(&fetch);
        let producer = broker.connect();
        for partition in ALL {
            broker.run_for(Duration::from_millis(100));
            assert!(!broker.client(client).has_answer(), "SEED={seed}: before {partition}");
            broker.produce(producer, 1, "t", &[(partition, &records)]);
        }
        assert_eq!(read_fetched(&broker.answer(client)).record_bytes(), 6 * records.len());
    });
}

#[test]
fn an_incremental_session_tells_only_what_is_new() {
    with_seeds(4, |seed| {
        let (mut broker, client) = with_topic(seed, 3);
        let partitions = ALL.map(|partition| (partition, 0));
        let answer = broker.fetch(client, &Fetch { session: (0, 0), ..Fetch::of("t", &partitions) });
        let id = answer.session_id;
        assert!(id > 0 && answer.partitions.len() == 6);
        // The first incremental answer has nothing to tell.
        let answer = broker.fetch(client, &Fetch { session: (id, 1), ..Fetch::of("t", &[]) });
        assert_eq!((answer.error, answer.session_id, answer.partitions.len()), (ErrorCode::None, id, 0));
        // News of one partition, for which the fetch waits.
        let producer = broker.connect();
        let fetch = Fetch { session: (id, 2), wait_ms_max: 60_000, bytes_min: 1, ..Fetch::of("t", &[]) };
        broker.client(client).send_fetch(&fetch);
        broker.run_for(Duration::from_millis(50));
        let records = batch(&[b"news"]);
        broker.produce(producer, 1, "t", &[(4, &records)]);
        let answer = read_fetched(&broker.answer(client));
        assert_eq!(answer.partitions.len(), 1, "SEED={seed}");
        assert_eq!(answer.partition(4).records().len(), 1);
        // Forgotten is forgotten, and moved on is moved on.
        let fetch = Fetch { session: (id, 3), forgotten: &[0, 1], ..Fetch::of("t", &[(4, 1)]) };
        assert_eq!(broker.fetch(client, &fetch).partitions.len(), 0);
        broker.produce(producer, 1, "t", &[(0, &records), (2, &records)]);
        let answer = broker.fetch(client, &Fetch { session: (id, 4), ..Fetch::of("t", &[]) });
        assert_eq!(answer.partitions.iter().map(|of| of.partition).collect::<Vec<_>>(), [2], "SEED={seed}");
        // The wrong epoch, and a session that nobody has.
        let answer = broker.fetch(client, &Fetch { session: (id, 9), ..Fetch::of("t", &[]) });
        assert_eq!(answer.error, ErrorCode::InvalidFetchSessionEpoch);
        let answer = broker.fetch(client, &Fetch { session: (id + 3, 1), ..Fetch::of("t", &[]) });
        assert_eq!(answer.error, ErrorCode::FetchSessionIdNotFound);
    });
}

#[test]
fn a_duplicate_waits_for_the_flush_of_its_original() {
    with_seeds(6, |seed| {
        let (mut broker, first) = with_topic(seed, 2);
        let second = broker.connect();
        let records = numbered_batch(77, 0, &[b"once"]);
        // The first append makes the log's room; what comes after is one write.
        let room = batch(&[b"room"]);
        broker.produce(first, 1, "t", &[(3, &room)]);
        broker.world.hold_writes();
        broker.client(first).send_produce(-1, "t", &[(3, &records)]);
        broker.run_for(Duration::from_millis(50));
        broker.client(second).send_produce(-1, "t", &[(3, &records)]);
        broker.run_for(Duration::from_millis(500));
        assert!(!broker.client(first).has_answer() && !broker.client(second).has_answer());
        broker.world.release_writes();
        for client in [first, second] {
            let answer = broker.answer(client);
            let of = &read_produced(&answer)[0];
            assert_eq!((of.error, of.base_offset), (ErrorCode::None, 1), "SEED={seed}");
        }
        assert_eq!(broker.read_all(first, "t", 3, 0).len(), 2);
        // Flushed by now: answered with the original's offset at once.
        let of = broker.produce(first, -1, "t", &[(3, &records)]);
        assert_eq!((of[0].error, of[0].base_offset), (ErrorCode::None, 1));
        let gap = numbered_batch(77, 5, &[b"gap"]);
        let of = broker.produce(first, -1, "t", &[(3, &gap)]);
        assert_eq!(of[0].error, ErrorCode::OutOfOrderSequenceNumber);
    });
}

#[test]
fn nothing_is_acknowledged_or_served_before_its_write_has_completed() {
    with_seeds(6, |seed| {
        let (mut broker, producer) = with_topic(seed, 3);
        let consumer = broker.connect();
        let partitions = ALL.map(|partition| (partition, 0));
        let fetch = Fetch { wait_ms_max: 60_000, bytes_min: 1, ..Fetch::of("t", &partitions) };
        broker.client(consumer).send_fetch(&fetch);
        broker.world.hold_writes();
        let records = batch(&[b"not yet"]);
        broker.client(producer).send_produce(1, "t", &ALL.map(|partition| (partition, &records[..])));
        broker.run_for(Duration::from_secs(2));
        assert!(!broker.client(producer).has_answer(), "SEED={seed}: not written");
        assert!(!broker.client(consumer).has_answer(), "SEED={seed}: not written");
        let other = broker.connect();
        let answer = broker.fetch(other, &Fetch::of("t", &partitions));
        assert!(answer.partitions.iter().all(|of| of.high_watermark == 0 && of.records.is_empty()));
        broker.world.release_writes();
        assert!(read_produced(&broker.answer(producer)).iter().all(|of| of.error == ErrorCode::None));
        assert!(read_fetched(&broker.answer(consumer)).record_bytes() > 0);
    });
}

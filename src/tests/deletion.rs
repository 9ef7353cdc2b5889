//! Records that are deleted by request, and stay so.

use super::broker::{Broker, start_process};
use super::client::{ClientId, Fetch, answer_of, batch, read_fetched};
use super::configs::{TOPIC, alter};
use super::ledger::Random;
use super::{Setup, with_seeds};
use crate::fatal::FatalCode;
use loglane_net::ErrorCode;
use loglane_net::message::delete_records::{
    DeleteRecordsPartition, DeleteRecordsRequest, DeleteRecordsResponse, DeleteRecordsTopic,
};
use loglane_ring::sim::SimOptions;
use std::path::Path;
use std::time::Duration;

const VERSION: i16 = 2;

/// Every partition of the default topic.
const ALL: [i32; 6] = [0, 1, 2, 3, 4, 5];

fn request<'a>(topic: &'a str, offsets: &[(i32, i64)], timeout_ms: i32) -> DeleteRecordsRequest<'a> {
    let partitions = offsets
        .iter()
        .map(|(partition_index, offset)| DeleteRecordsPartition {
            partition_index: *partition_index,
            offset: *offset,
        })
        .collect();
    DeleteRecordsRequest { topics: [DeleteRecordsTopic { name: topic, partitions }].into(), timeout_ms }
}

/// Deletes what lies below the offsets; partition, error and new start of each.
fn delete(
    broker: &mut Broker,
    client: ClientId,
    topic: &str,
    offsets: &[(i32, i64)],
) -> Vec<(i32, i16, i64)> {
    let body = broker.ask(client, VERSION, &request(topic, offsets, 30_000));
    let answer: DeleteRecordsResponse<'_> = answer_of(&body, VERSION);
    let topic = answer.topics.iter().next().expect("the topic that was named");
    let results = topic.partitions.iter();
    results.map(|result| (result.partition_index, result.error_code, result.low_watermark)).collect()
}

/// A broker whose topic `t` has four records in each partition.
fn filled(setup: Setup) -> (Broker, ClientId) {
    let mut broker = setup.start();
    let client = broker.connect();
    broker.create_topic(client, "t");
    let records = batch(&[b"0", b"1", b"2", b"3"]);
    broker.produce(client, -1, "t", &ALL.map(|partition| (partition, &records[..])));
    (broker, client)
}

fn starts(broker: &mut Broker, client: ClientId) -> Vec<i64> {
    let answer = broker.fetch(client, &Fetch::of("t", &ALL.map(|partition| (partition, 4))));
    ALL.map(|partition| answer.partition(partition).log_start_offset).to_vec()
}

#[test]
fn only_a_policy_that_compacts_and_does_not_delete_refuses_deletions() {
    let (mut broker, client) = filled(Setup::new(1, 3));
    for (offset, policy, error) in [
        (1, "", ErrorCode::None),
        (2, "compact", ErrorCode::PolicyViolation),
        (3, "compact,delete", ErrorCode::None),
    ] {
        alter(&mut broker, client, TOPIC, &[("cleanup.policy", Some(policy))]);
        let results = delete(&mut broker, client, "t", &[(0, offset)]);
        assert_eq!(results[0].1, error as i16, "{policy:?}");
    }
}

#[test]
fn a_damaged_checkpoint_file_is_done_without_unless_deleted_records_would_come_back() {
    let damaged = b"0\n1\nt \xff\xfe 3\n";
    let setup = Setup::new(1, 2).set("log.dirs", "/meta,/a,/b").set("metadata.log.dir", "/meta");
    let (mut broker, client) = filled(setup);
    delete(&mut broker, client, "t", &ALL.map(|partition| (partition, 2)));
    let fs = broker.world.file_system();
    let is_in_a = |partition: i32| fs.stat(Path::new(&format!("/a/t-{partition}"))).is_ok();
    assert!(ALL.iter().any(|partition| is_in_a(*partition)) && !ALL.iter().all(|at| is_in_a(*at)));
    let put = |path: &str, bytes: &[u8]| fs.replace_whole(Path::new(path), bytes).unwrap();
    broker.kill();
    for name in ["recovery-point-offset-checkpoint", "replication-offset-checkpoint"] {
        for dir in ["/meta", "/a", "/b"] {
            put(&format!("{dir}/{name}"), damaged);
        }
    }
    broker.boot();
    let client = broker.connect();
    assert_eq!(starts(&mut broker, client), [2; 6]);
    broker.kill();

    // Nobody else knows where the logs begin.
    let path = Path::new("/a/log-start-offset-checkpoint");
    let right = fs.read_whole(path, 1 << 20).unwrap();
    for damaged in [&damaged[..], b"0\nx\n"] {
        put("/a/log-start-offset-checkpoint", damaged);
        broker.boot();
        let client = broker.connect();
        let answer = broker.fetch(client, &Fetch::of("t", &ALL.map(|partition| (partition, 0))));
        for fetched in answer.partitions {
            let at_home = if is_in_a(fetched.partition) {
                ErrorCode::KafkaStorageError
            } else {
                ErrorCode::OffsetOutOfRange
            };
            assert_eq!(fetched.error, at_home, "partition {}", fetched.partition);
        }
        broker.kill();
        assert_eq!(fs.read_whole(path, 1 << 20).unwrap(), damaged, "the file is left as it was");
    }
    put("/a/log-start-offset-checkpoint", &right);
    broker.boot();
    let client = broker.connect();
    assert_eq!(starts(&mut broker, client), [2; 6]);
    broker.kill();

    put("/meta/log-start-offset-checkpoint", damaged);
    let Err(fatal) = start_process(&broker.world, &broker.setup.config(), 2) else { panic!("it starts") };
    assert_eq!(fatal.code, FatalCode::DirectoryUnusable);
    assert!(fatal.what.contains("log-start-offset-checkpoint is damaged"), "{fatal}");
}

#[test]
fn deleted_records_are_gone_on_every_shard_and_stay_so_whatever_happens() {
    with_seeds(12, |seed| {
        let (mut broker, client) = filled(Setup::new(seed, 1 + u16::try_from(seed % 3).unwrap()));
        let wanted = [(0, 0), (1, 1), (2, 2), (3, 3), (4, 4), (5, -1)];
        let deleted = delete(&mut broker, client, "t", &wanted);
        let expected = [0, 1, 2, 3, 4, 4];
        assert_eq!(deleted, ALL.map(|partition| (partition, 0, expected[partition as usize])), "SEED={seed}");
        // To where it is already, and to before that.
        assert_eq!(delete(&mut broker, client, "t", &[(3, 3), (2, 0)]), [(2, 0, 2), (3, 0, 3)]);
        assert_eq!(starts(&mut broker, client), expected, "SEED={seed}");
        for how in [Broker::kill, Broker::cut_power, Broker::close, Broker::kill] {
            how(&mut broker);
            broker.boot();
            let client = broker.connect();
            assert_eq!(starts(&mut broker, client), expected, "SEED={seed}");
            let read = broker.read_all(client, "t", 3, 3);
            assert_eq!(read.iter().map(|record| record.offset).collect::<Vec<_>>(), [3]);
            let before = broker.fetch(client, &Fetch::of("t", &[(3, 2)]));
            assert_eq!(before.partition(3).error, ErrorCode::OffsetOutOfRange);
        }
        // A log that is empty goes on where it ended.
        let client = broker.connect();
        let produced = broker.produce(client, -1, "t", &[(5, &batch(&[b"next"]))]);
        assert_eq!(produced[0].base_offset, 4, "SEED={seed}");
    });
}

#[test]
fn what_was_deleted_stays_so_while_its_log_cannot_be_opened() {
    with_seeds(4, |seed| {
        let (mut broker, client) = filled(Setup::new(seed, 1 + u16::try_from(seed % 2).unwrap()));
        delete(&mut broker, client, "t", &ALL.map(|partition| (partition, 3)));
        broker.close();
        let path = Path::new("/data/t-2/partition.metadata");
        let fs = broker.world.file_system();
        let whole = fs.read_whole(path, 1000).unwrap();
        fs.replace_whole(path, b"nonsense").unwrap();
        broker.boot();
        let client = broker.connect();
        let answer = broker.fetch(client, &Fetch::of("t", &[(2, 3)]));
        assert_eq!(answer.partition(2).error, ErrorCode::KafkaStorageError, "SEED={seed}");
        // A round of checkpoints, and those of the stop.
        delete(&mut broker, client, "t", &[(1, 4)]);
        broker.close();
        broker.world.file_system().replace_whole(path, &whole).unwrap();
        broker.boot();
        let client = broker.connect();
        assert_eq!(starts(&mut broker, client), [3, 4, 3, 3, 3, 3], "SEED={seed}");
    });
}

#[test]
fn a_topic_that_is_made_again_begins_at_0_whatever_was_deleted_from_the_one_before() {
    with_seeds(6, |seed| {
        let (mut broker, client) = filled(Setup::new(seed, 1 + u16::try_from(seed % 3).unwrap()));
        delete(&mut broker, client, "t", &ALL.map(|partition| (partition, 3)));
        for how in [Broker::close, Broker::kill] {
            how(&mut broker);
            broker.boot();
            let client = broker.connect();
            broker.delete_topic(client, "t");
            broker.create_topic(client, "t");
            let records = batch(&[b"4", b"5", b"6", b"7", b"8"]);
            for produced in broker.produce(client, -1, "t", &ALL.map(|partition| (partition, &records[..]))) {
                assert_eq!(produced.base_offset, 0, "SEED={seed}");
            }
            assert_eq!(starts(&mut broker, client), [0; 6], "SEED={seed}");
            delete(&mut broker, client, "t", &ALL.map(|partition| (partition, 2)));
        }
    });
}

#[test]
fn a_topic_that_is_made_again_keeps_its_records_wherever_the_process_was_killed() {
    with_seeds(40, |seed| {
        let mut random = Random::new(seed);
        let mut setup = Setup::new(seed, 1 + u16::try_from(seed % 3).unwrap());
        // Some jobs take so long that others are done several times over meanwhile.
        setup.options = SimOptions { job_us: 50..20_000, ..SimOptions::default() };
        let (mut broker, mut client) = filled(setup);
        delete(&mut broker, client, "t", &ALL.map(|partition| (partition, 3)));
        if random.below(2) == 0 {
            broker.client(client).send_delete_topic("t");
            (0..random.below(60)).for_each(|_| broker.step());
            broker.kill();
            broker.boot();
            client = broker.connect();
        }
        // Unless it is gone already.
        broker.delete_topic(client, "t");
        broker.create_topic(client, "t");
        let records = batch(&[b"4", b"5"]);
        broker.produce(client, -1, "t", &ALL.map(|partition| (partition, &records[..])));
        let how = if random.below(2) == 0 { Broker::kill } else { Broker::cut_power };
        how(&mut broker);
        broker.boot();
        let client = broker.connect();
        let answer = broker.fetch(client, &Fetch::of("t", &ALL.map(|partition| (partition, 0))));
        for partition in ALL {
            let fetched = answer.partition(partition);
            assert_eq!((fetched.error, fetched.log_start_offset), (ErrorCode::None, 0), "SEED={seed}");
            assert_eq!(broker.read_all(client, "t", partition, 0).len(), 2, "SEED={seed}");
        }
    });
}

#[test]
fn what_cannot_be_deleted_is_refused_as_in_a_kafka() {
    let setup = Setup::new(1, 2).set("offsets.topic.replication.factor", 1);
    let (mut broker, client) = filled(setup);
    let out_of_range = ErrorCode::OffsetOutOfRange as i16;
    let unknown = ErrorCode::UnknownTopicOrPartition as i16;
    assert_eq!(
        delete(&mut broker, client, "t", &[(0, 5), (1, -2), (2, i64::MAX), (9, 0), (-1, 0)]),
        [
            (-1, unknown, -1),
            (0, out_of_range, -1),
            (1, out_of_range, -1),
            (2, out_of_range, -1),
            (9, unknown, -1)
        ]
    );
    assert_eq!(delete(&mut broker, client, "absent", &[(0, 0)]), [(0, unknown, -1)]);
    // Of a partition that is named twice the last one counts.
    assert_eq!(delete(&mut broker, client, "t", &[(0, 1), (0, 3)]), [(0, 0, 3)]);
    broker.until_topic(client, "__consumer_offsets", true);
    let internal = ErrorCode::InvalidTopicException as i16;
    assert_eq!(delete(&mut broker, client, "__consumer_offsets", &[(0, 0)]), [(0, internal, -1)]);
    broker.close();
}

#[test]
fn deletions_of_many_clients_share_the_writing_of_the_files() {
    with_seeds(6, |seed| {
        let (mut broker, _) = filled(Setup::new(seed, 3));
        let clients: Vec<ClientId> = (0..12).map(|_| broker.connect()).collect();
        for round in 1..=4 {
            for client in &clients {
                broker
                    .client(*client)
                    .send(VERSION, &request("t", &ALL.map(|partition| (partition, round)), 30_000));
                (0..round).for_each(|_| broker.step());
            }
            for client in &clients {
                let answer = broker.answer(*client);
                // The header is a correlation id and no tagged fields.
                let answer: DeleteRecordsResponse<'_> = answer_of(&answer[5..], VERSION);
                let topic = answer.topics.iter().next().expect("the topic that was named");
                let results = topic.partitions.iter().map(|of| (of.error_code, of.low_watermark));
                assert!(results.clone().all(|result| result == (0, round)), "SEED={seed}");
                assert_eq!(results.count(), 6);
            }
        }
        broker.disconnect_all();
        broker.assert_nothing_left();
        broker.close();
    });
}

#[test]
fn a_deletion_that_takes_too_long_is_answered_and_done_all_the_same() {
    let mut setup = Setup::new(1, 2);
    setup.options = SimOptions { job_us: 6_000_000..6_000_001, ..SimOptions::default() };
    let (mut broker, client) = filled(setup);
    let body = broker.ask(client, VERSION, &request("t", &[(0, 2), (7, 0)], 0));
    let answer: DeleteRecordsResponse<'_> = answer_of(&body, VERSION);
    let topic = answer.topics.iter().next().expect("the topic that was named");
    let codes: Vec<_> = topic.partitions.iter().map(|of| (of.error_code, of.low_watermark)).collect();
    assert_eq!(
        codes,
        [(ErrorCode::RequestTimedOut as i16, -1), (ErrorCode::UnknownTopicOrPartition as i16, -1)]
    );
    assert_eq!(starts(&mut broker, client)[0], 2);
    broker.run_for(Duration::from_secs(60));
    broker.disconnect_all();
    broker.assert_nothing_left();
}

#[test]
fn who_waits_below_the_new_start_is_told() {
    let (mut broker, client) = filled(Setup::new(1, 3));
    let reader = broker.connect();
    let far = Fetch { wait_ms_max: 60_000, bytes_min: 1 << 20, ..Fetch::of("t", &[(0, 1), (1, 1)]) };
    broker.client(reader).send_fetch(&far);
    broker.run_for(Duration::from_millis(200));
    assert!(!broker.client(reader).has_answer());
    assert_eq!(delete(&mut broker, client, "t", &[(1, -1)]), [(1, 0, 4)]);
    let answer = read_fetched(&broker.answer(reader));
    assert_eq!(answer.partition(1).error, ErrorCode::OffsetOutOfRange);
    assert_eq!(answer.partition(0).records().len(), 4);
    broker.close();
}

//! Memory that clients can make the broker hold, and its bounds.

use super::broker::Broker;
use super::client::{ClientId, Fetch, METADATA_VERSION, batch};
use super::{Setup, with_seeds};
use crate::api::PARTITIONS_PER_REQUEST_MAX;
use loglane_net::ErrorCode;
use loglane_net::message::describe_log_dirs::{DescribableLogDirTopic, DescribeLogDirsRequest};
use loglane_net::message::describe_producers::{DescribeProducersRequest, TopicRequest};
use loglane_net::message::list_offsets::{ListOffsetsPartition, ListOffsetsRequest, ListOffsetsTopic};
use loglane_net::message::metadata::MetadataRequest;
use loglane_net::message::offset_for_leader_epoch::{
    OffsetForLeaderEpochRequest, OffsetForLeaderPartition, OffsetForLeaderTopic,
};
use loglane_ring::sim::SimOptions;
use std::time::Duration;

const MIB: usize = 1 << 20;

/// A broker of one shard with a topic `t`.
fn one_shard(seed: u64) -> (Broker, ClientId) {
    let mut broker = Setup::new(seed, 1).start();
    let client = broker.connect();
    broker.create_topic(client, "t");
    (broker, client)
}

/// Announces a frame and sends the beginning of it.
fn announce(broker: &mut Broker, bytes: usize, sent: usize) -> ClientId {
    let client = broker.connect();
    let length = i32::try_from(bytes).unwrap();
    broker.client(client).send_bytes(&length.to_be_bytes());
    let mut frame = vec![0; sent];
    frame[..4].copy_from_slice(&[0, 0, 0, 9]);
    broker.client(client).send_bytes(&frame);
    client
}

/// Bytes of answers that a shard holds for its connections.
fn unsent_bytes(broker: &Broker) -> usize {
    let shard = &broker.shards[0];
    let held = |id| {
        let connection = shard.connections.get(id).expect("just listed");
        let sending = if connection.sending { connection.send_bytes } else { 0 };
        sending + connection.outgoing_bytes
    };
    shard.connections.ids().map(held).sum()
}

#[test]
fn a_frame_above_the_budget_is_refused_before_its_body_comes() {
    let (mut broker, _) = one_shard(1);
    let too_large = broker.shards[0].limits.receive_bytes_max;
    for bytes in [too_large, i32::MAX as usize] {
        let client = announce(&mut broker, bytes, 100);
        broker.until("it is refused", |broker| broker.client(client).is_closed);
    }
    broker.disconnect_all();
    broker.assert_nothing_left();
}

#[test]
fn small_frames_pass_while_large_ones_dribble_in() {
    with_seeds(3, |seed| {
        let (mut broker, client) = one_shard(seed);
        let bytes_max = broker.shards[0].limits.receive_bytes_max;
        // More than fit: some hold memory, some wait for it.
        let count = bytes_max / (512 << 10) + 4;
        let ordinary: Vec<_> = (0..count).map(|_| announce(&mut broker, 500_000, 1000)).collect();
        let large: Vec<_> = (0..3).map(|_| announce(&mut broker, 2 * MIB, 1000)).collect();
        broker.run_for(Duration::from_secs(1));
        assert!(broker.shards[0].receive.is_contended());
        for _ in 0..100 {
            let before = broker.now();
            broker.until_topic(client, "t", false);
            assert!(broker.now().since(before) < Duration::from_millis(50), "SEED={seed}");
        }
        // Larger than what came with the length, and still small.
        let records = batch(&[&[1; 15_000]]);
        assert_eq!(broker.produce(client, 1, "t", &[(0, &records)])[0].error, ErrorCode::None);
        // Whoever dribbles while others wait is closed, one after the other; those who wait get their turn.
        let all: Vec<_> = ordinary.into_iter().chain(large).collect();
        broker.until("the slow ones are closed", |broker| {
            all.iter().filter(|id| broker.client(**id).is_closed).count() > 5
        });
        broker.disconnect_all();
        broker.assert_nothing_left();
    });
}

#[test]
fn frames_of_all_sizes_come_in_however_slowly_while_nobody_waits() {
    with_seeds(3, |seed| {
        let (mut broker, client) = one_shard(seed);
        for bytes in [1, 5_000, 16_000, 20_000, 100_000, 700_000] {
            broker.client(client).write_bytes_max = 1 + bytes / 50;
            let value = vec![7; bytes];
            let records = batch(&[&value]);
            let produced = broker.produce(client, -1, "t", &[(1, &records)]);
            assert_eq!(produced[0].error, ErrorCode::None, "SEED={seed}: {bytes}");
        }
        assert_eq!(broker.read_all(client, "t", 1, 0).len(), 6);
        broker.disconnect_all();
        broker.assert_nothing_left();
    });
}

#[test]
fn no_more_files_of_logs_stay_open_than_may_whatever_their_durability() {
    for durability in ["durable", "device"] {
        with_seeds(2, |seed| {
            let mut broker = Setup::new(seed, 1).set("loglane.durability", durability).start();
            let client = broker.connect();
            broker.create_topic(client, "t");
            broker.shards[0].limits.log_files_max = 2;
            let records = batch(&[b"value"]);
            for round in 1..4 {
                for partition in 0..6 {
                    let produced = broker.produce(client, -1, "t", &[(partition, &records)]);
                    assert_eq!(produced[0].error, ErrorCode::None, "SEED={seed}");
                }
                broker.run_for(Duration::from_secs(1));
                let open = broker.shards[0].with_files.len();
                assert!(open <= 2, "SEED={seed}: {durability}, round {round}: {open} files");
            }
            for partition in 0..6 {
                assert_eq!(broker.read_all(client, "t", partition, 0).len(), 3, "SEED={seed}");
            }
        });
    }
}

/// Clients that ask for the first partition of `t` over and over again, from `offsets` on in turn, and read nothing of it.
fn deaf(broker: &mut Broker, count: usize, offsets: i64) -> Vec<ClientId> {
    let one = |offset| {
        let deaf = broker.connect();
        broker.client(deaf).reads = false;
        let from = [(0, offset)];
        for _ in 0..50 {
            let fetch = Fetch { partition_bytes_max: 4 << 20, ..Fetch::of("t", &from) };
            broker.client(deaf).send_fetch(&fetch);
        }
        deaf
    };
    (0..offsets).cycle().take(count).map(one).collect()
}

#[test]
fn clients_that_never_read_hold_bounded_memory_and_are_closed() {
    let (mut broker, client) = one_shard(1);
    let records = batch(&[&[5; 900_000]]);
    for _ in 0..4 {
        broker.produce(client, 1, "t", &[(0, &records)]);
    }
    let bound = broker.shards[0].limits.lent_bytes_max + records.len();
    let deaf = deaf(&mut broker, 2 * bound / records.len(), 1);
    let mut most = 0;
    let end = broker.now().after(Duration::from_secs(100));
    while broker.now() < end {
        broker.step();
        most = most.max(unsent_bytes(&broker));
    }
    assert!(most <= bound + MIB, "{most} bytes for clients that do not read, {bound} would be right");
    for deaf in &deaf {
        broker.client(*deaf).reads = true;
    }
    broker.run_for(Duration::from_secs(1));
    assert!(deaf.iter().all(|deaf| broker.client(*deaf).is_closed));
    assert_eq!(broker.read_all(client, "t", 0, 0).len(), 4);
    broker.disconnect_all();
    broker.assert_nothing_left();
}

/// Where those who do not read hold all there is to lend, of their own shard's account or of the owner's memory, others
/// are told that there is nothing, in a second, and have the records once those are closed: twice as many as can hold
/// something, so that there are two waves of them.
#[test]
fn whoever_reads_has_his_records_in_spite_of_those_who_do_not() {
    for shards in [1, 2, 4] {
        let setup = Setup::new(u64::from(shards), shards).set("loglane.memory", "128m");
        let mut broker = setup.start();
        let client = broker.connect();
        broker.create_topic(client, "t");
        let value = [5; 900_000];
        for _ in 0..40 {
            broker.produce(client, 1, "t", &[(0, &batch(&[&value]))]);
        }
        let lent_bytes_max = broker.shards[0].limits.lent_bytes_max;
        deaf(&mut broker, usize::from(shards) * 2 * lent_bytes_max / value.len(), 40);
        let mut most = 0;
        let end = broker.now().after(Duration::from_secs(1));
        while broker.now() < end {
            broker.step();
            most = most.max(broker.shards.iter().map(|shard| shard.pool.lent_bytes()).max().expect("shards"));
        }
        // What was on its way when the bound was reached: a few cold reads.
        let bound = lent_bytes_max + (8 << 20);
        assert!(most <= bound, "{shards} shards: {most} bytes of one are lent, {bound} would be right");
        let (mut empty, mut offset) = (0, 0);
        let start = broker.now();
        while offset < 10 {
            let before = broker.now();
            let answer = broker.fetch(client, &Fetch::of("t", &[(0, offset)]));
            let took = broker.now().since(before);
            assert!(took < Duration::from_millis(1_500), "{shards} shards: {took:?} for an answer");
            let records = answer.partition(0).records().len();
            empty += usize::from(records == 0);
            offset += i64::try_from(records).unwrap();
        }
        let took = broker.now().since(start);
        assert!(took < Duration::from_secs(45), "{shards} shards: {took:?}");
        assert!(empty > 5, "{shards} shards: there was enough for all, {empty} answers were empty");
        broker.disconnect_all();
        broker.run_for(Duration::from_secs(1));
        broker.assert_nothing_left();
    }
}

#[test]
fn small_requests_with_large_answers_wait_for_their_answers_to_be_taken() {
    let mut broker = Setup::new(1, 1).set("num.partitions", 100).start();
    let client = broker.connect();
    for topic in 0..4 {
        broker.create_topic(client, &format!("topic-{topic}"));
    }
    let request = MetadataRequest { topics: None, ..MetadataRequest::default() };
    broker.client(client).send(METADATA_VERSION, &request);
    let answer_bytes = broker.answer(client).len();
    let greedy = broker.connect();
    broker.client(greedy).reads = false;
    for _ in 0..1_000 {
        broker.client(greedy).send(METADATA_VERSION, &request);
    }
    let bound = 2 * (broker.shards[0].limits.outgoing_bytes_max + answer_bytes);
    let end = broker.now().after(Duration::from_secs(2));
    let mut most = 0;
    while broker.now() < end {
        broker.step();
        most = most.max(unsent_bytes(&broker));
    }
    assert!(most > answer_bytes && most <= bound, "{most} bytes of answers of {answer_bytes}, bound {bound}");
    // And all of them are answered if it reads after all.
    broker.client(greedy).reads = true;
    for _ in 0..1_000 {
        broker.answer(greedy);
    }
}

#[test]
fn the_memory_of_huge_requests_is_not_kept() {
    let (mut broker, client) = one_shard(1);
    let partitions: Vec<(i32, i64)> = (0..50_000).map(|partition| (partition, 0)).collect();
    let batches: Vec<(i32, &[u8])> = partitions.iter().map(|(partition, _)| (*partition, &b""[..])).collect();
    for _ in 0..3 {
        assert_eq!(broker.produce(client, 1, "t", &batches).len(), batches.len());
        assert_eq!(broker.fetch(client, &Fetch::of("t", &partitions)).partitions.len(), partitions.len());
    }
    let kept = broker.shards[0].requests.spare.bytes();
    assert!(kept < MIB, "{kept} bytes are kept");
}

#[test]
fn sessions_of_many_partitions_stay_within_their_part_of_the_memory() {
    let (mut broker, client) = one_shard(1);
    let bytes_max = broker.shards[0].limits.fetch_sessions.bytes_max;
    let count = i32::try_from(bytes_max / 400).unwrap();
    let partitions: Vec<(i32, i64)> = (0..count).map(|partition| (partition, 0)).collect();
    let mut made = 0;
    for _ in 0..6 {
        let fetch = Fetch { session: (0, 0), ..Fetch::of("t", &partitions) };
        let answer = broker.fetch(client, &fetch);
        assert_eq!(answer.partitions.len(), partitions.len(), "answered with and without a session");
        made += usize::from(answer.session_id != 0);
        let bytes = broker.shards[0].sessions.bytes();
        assert!(bytes <= bytes_max, "{bytes} bytes of sessions, {bytes_max} are theirs");
    }
    assert!((1..4).contains(&made), "{made} sessions");
}

#[test]
fn a_request_of_too_many_partitions_is_refused() {
    let (mut broker, _) = one_shard(1);
    let twice = || vec![0; PARTITIONS_PER_REQUEST_MAX / 2 + 1];
    let asked = |index: i32| ListOffsetsPartition { partition_index: index, ..Default::default() };
    let topic = || ListOffsetsTopic {
        name: "t",
        partitions: twice().into_iter().map(asked).collect::<Vec<_>>().into(),
    };
    let offsets = ListOffsetsRequest { topics: vec![topic(), topic()].into(), ..Default::default() };
    let asked = |partition: i32| OffsetForLeaderPartition { partition, ..Default::default() };
    let topic = || OffsetForLeaderTopic {
        topic: "t",
        partitions: twice().into_iter().map(asked).collect::<Vec<_>>().into(),
    };
    let epochs = OffsetForLeaderEpochRequest { topics: vec![topic(), topic()].into(), ..Default::default() };
    let topic = || DescribableLogDirTopic { topic: "t", partitions: twice().into() };
    let dirs = DescribeLogDirsRequest { topics: Some(vec![topic(), topic()].into()) };
    let topic = || TopicRequest { name: "t", partition_indexes: twice().into() };
    let producers = DescribeProducersRequest { topics: vec![topic(), topic()].into() };
    let clients = [(); 4].map(|()| broker.connect());
    broker.client(clients[0]).send(7, &offsets);
    broker.client(clients[1]).send(4, &epochs);
    broker.client(clients[2]).send(4, &dirs);
    broker.client(clients[3]).send(0, &producers);
    broker.until("all are refused", |broker| clients.iter().all(|id| broker.client(*id).is_closed));
    assert!(clients.iter().all(|id| broker.client(*id).take_answer().is_none()));
}

#[test]
fn requests_that_wait_for_long_leave_the_receive_buffers_to_others() {
    // With memory for what waits, and without, when half of the buffers may be kept.
    for (has_memory, kept) in [(true, 0), (false, 2)] {
        let options = SimOptions { receive_blocks_max: 4, ..SimOptions::default() };
        let mut broker = Setup { options, ..Setup::new(1, 1) }.start();
        let client = broker.connect();
        broker.create_topic(client, "t");
        let mut taken = Vec::new();
        broker.shards[0].limits.kept_buffers_max = 2;
        while !has_memory && let Some(part) = broker.shards[0].receive.reserve_arrived(4096) {
            taken.push(part);
        }
        let waiting: Vec<_> = (0..20)
            .map(|_| {
                let client = broker.connect();
                let fetch = Fetch { wait_ms_max: 60_000, bytes_min: 1, ..Fetch::of("t", &[(0, 0)]) };
                broker.client(client).send_fetch(&fetch);
                broker.client(client).send_fetch(&Fetch::of("t", &[(0, 0)]));
                // And the beginning of one more, of which the rest comes later.
                broker.client(client).send_bytes(&[0, 0, 0]);
                client
            })
            .collect();
        broker.run_for(Duration::from_secs(1));
        let waiting: Vec<_> = waiting.into_iter().filter(|id| !broker.client(*id).is_closed).collect();
        assert_eq!(waiting.len() == 20, has_memory, "others would have kept all buffers from everybody");
        assert_eq!(broker.shards[0].kept_buffers, kept);
        for part in taken {
            broker.shards[0].receive.release(part);
        }
        let before = broker.now();
        let records = batch(&[b"at last"]);
        assert_eq!(broker.produce(client, 1, "t", &[(0, &records)])[0].error, ErrorCode::None);
        for client in waiting {
            broker.answer(client);
            broker.answer(client);
            broker.client(client).send_bytes(&[8]);
            // An API that is none.
            broker.client(client).send_bytes(&[0xff; 8]);
            broker.until("it is refused", |broker| broker.client(client).is_closed);
        }
        assert!(broker.now().since(before) < Duration::from_secs(10));
        broker.disconnect_all();
        broker.assert_nothing_left();
    }
}

/// Whoever has begun another request is no better off: neither with answers that are not taken, nor with the request.
#[test]
fn a_request_that_is_begun_keeps_no_connection() {
    let mut broker = Setup::new(1, 1).set("connections.max.idle.ms", 120_000).start();
    let client = broker.connect();
    broker.create_topic(client, "t");
    broker.produce(client, 1, "t", &[(0, &batch(&[&[5; 900_000]]))]);
    let (deaf, silent) = (broker.connect(), broker.connect());
    broker.client(deaf).reads = false;
    broker.client(deaf).send_fetch(&Fetch::of("t", &[(0, 0)]));
    broker.client(deaf).send_bytes(&[0, 0, 1, 0, 0]);
    broker.client(silent).send_bytes(&[0, 0, 1, 0, 0]);
    let lent = |broker: &Broker| broker.shards[0].lent_bytes;
    broker.until("records are on their way", |broker| lent(broker) > 0);
    broker.run_for(Duration::from_secs(60));
    assert_eq!(lent(&broker), 0, "nobody holds what he does not take");
    assert!(!broker.client(silent).is_closed);
    broker.until_topic(client, "t", false);
    broker.run_for(Duration::from_secs(70));
    assert!(broker.client(silent).is_closed);
    broker.disconnect_all();
    broker.assert_nothing_left();
    // Without a limit on idleness it stays as long as nobody wants its memory.
    let mut broker = Setup::new(1, 1).set("connections.max.idle.ms", -1).start();
    let silent = broker.connect();
    broker.client(silent).send_bytes(&[0, 0, 1, 0, 0]);
    broker.run_for(Duration::from_secs(600));
    assert!(!broker.client(silent).is_closed);
}

#[test]
fn receive_buffers_come_back_whoever_waits() {
    with_seeds(3, |seed| {
        let options = SimOptions { receive_blocks_max: 4, ..SimOptions::default() };
        let mut broker = Setup { options, ..Setup::new(seed, 2) }.start();
        let client = broker.connect();
        broker.create_topic(client, "t");
        let records = batch(&[b"few buffers"]);
        broker.world.hold_writes();
        // Each holds what it sent behind a produce that is not answered.
        let waiting: Vec<_> = (0..20)
            .map(|number| {
                let client = broker.connect();
                for _ in 0..3 {
                    broker.client(client).send_produce(1, "t", &[(number % 6, &records)]);
                }
                broker.client(client).send_fetch(&Fetch::of("t", &[(number % 6, 0)]));
                client
            })
            .collect();
        broker.run_for(Duration::from_secs(1));
        broker.world.release_writes();
        for client in waiting {
            for _ in 0..4 {
                broker.answer(client);
            }
        }
        broker.disconnect_all();
        broker.assert_nothing_left();
    });
}

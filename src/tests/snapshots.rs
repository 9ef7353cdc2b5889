//! What shards say of themselves is what has happened to them.

use super::broker::Broker;
use super::client::{Fetch, batch, numbered_batch};
use super::{Setup, with_seeds};
use crate::shard::counts::Traffic;
use crate::shard::snapshot::ShardSnapshot;
use loglane_net::{ApiKey, ErrorCode};

fn snapshots(broker: &Broker) -> Vec<ShardSnapshot> {
    broker.shards.iter().map(|shard| shard.snapshot()).collect()
}

/// Of all shards, those of topics that are gone included.
fn traffic(broker: &Broker) -> Traffic {
    let mut sum = Traffic::default();
    snapshots(broker).iter().for_each(|shard| sum.add(shard.counts.traffic));
    sum
}

/// Of the partitions of a topic, wherever they are.
fn traffic_of(broker: &Broker, topic: &str) -> Traffic {
    let mut sum = Traffic::default();
    snapshots(broker).iter().filter_map(|shard| shard.topics.get(topic)).for_each(|of| sum.add(*of));
    sum
}

#[test]
fn records_and_requests_are_counted_once_wherever_they_go() {
    with_seeds(6, |seed| {
        let mut broker =
            Setup::new(seed, 1 + u16::try_from(seed % 3).unwrap()).set("num.partitions", 3).start();
        let client = broker.connect();
        broker.create_topic(client, "t");
        let records = batch(&[b"one", b"two"]);
        for partition in 0..3 {
            assert_eq!(broker.produce(client, -1, "t", &[(partition, &records)])[0].error, ErrorCode::None);
        }
        // The second one was there before.
        let numbered = numbered_batch(1, 0, &[b"once"]);
        for _ in 0..2 {
            assert_eq!(broker.produce(client, -1, "t", &[(0, &numbered)])[0].error, ErrorCode::None);
        }
        let expected =
            Traffic { messages_in: 7, bytes_in: (3 * records.len() + numbered.len()) as u64, bytes_out: 0 };
        assert_eq!(traffic(&broker), expected, "SEED={seed}");
        let answer = broker.fetch(client, &Fetch::of("t", &[(0, 0), (1, 0), (2, 7)]));
        assert_eq!(answer.partition(2).error, ErrorCode::OffsetOutOfRange);
        let expected = Traffic { bytes_out: answer.record_bytes() as u64, ..expected };
        assert!(expected.bytes_out > 0);
        assert_eq!(traffic(&broker), expected, "SEED={seed}");
        assert_eq!(traffic_of(&broker, "t"), expected, "SEED={seed}");

        let shards = snapshots(&broker);
        let requests = |api| {
            let all = shards.iter().flat_map(|shard| shard.counts.requests());
            all.filter(|(of, _)| *of == api).map(|(_, count)| count).sum::<u64>()
        };
        assert_eq!((requests(ApiKey::Produce), requests(ApiKey::Fetch)), (5, 1), "SEED={seed}");
        assert_eq!(shards.iter().map(|shard| shard.counts.batches_asked).sum::<u64>(), 5);
        assert_eq!(shards.iter().map(|shard| shard.counts.partitions_asked).sum::<u64>(), 3);
        let errors: Vec<_> = shards.iter().flat_map(|shard| shard.counts.errors()).collect();
        assert_eq!(errors, [(ApiKey::Fetch, ErrorCode::OffsetOutOfRange, 1)], "SEED={seed}");
        assert_eq!(shards.iter().map(|shard| shard.partitions.online).sum::<usize>(), 3);
        assert_eq!(shards.iter().map(|shard| shard.partitions.under_replicated).sum::<usize>(), 0);
        assert_eq!(shards.iter().flat_map(|shard| &shard.connections).sum::<usize>(), 1);
        for (part, used, limit) in shards.iter().flat_map(|shard| shard.memory) {
            assert!(used <= limit, "SEED={seed}: {part} uses {used} of {limit}");
        }
        let view = shards[0].broker.clone().expect("shard 0 knows the broker");
        assert_eq!((view.topics, view.partitions, view.partitions_without_leader), (1, 3, 0));
        assert_eq!((view.is_controller, view.brokers_active, view.brokers_fenced), (true, 1, 0));
        assert!(view.directories.iter().all(|(_, works)| *works), "{view:?}");

        assert_eq!(broker.delete_topic(client, "t"), ErrorCode::None);
        assert_eq!(traffic(&broker), expected, "SEED={seed}: what has been stays");
        assert_eq!(traffic_of(&broker, "t"), Traffic::default(), "SEED={seed}");
        broker.disconnect_all();
        broker.assert_nothing_left();
    });
}

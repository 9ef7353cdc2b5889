//! What the disk has changed by itself is found and not served, and costs what is damaged and no more.

use super::broker::Broker;
use super::client::{ClientId, Fetch, batch};
use super::moves;
use super::{Setup, with_seeds};
use crate::shard::scrub::ScrubCounts;
use loglane_net::ErrorCode;
use std::path::PathBuf;
use std::time::Duration;

/// Batches of one record each, sixteen of them in a segment.
const BATCHES: i64 = 40;
static VALUE: [u8; 60_000] = [b'v'; 60_000];
const PER_SEGMENT: i64 = 17;

fn setup(seed: u64) -> Setup {
    Setup::new(seed, 1 + u16::try_from(seed % 3).unwrap()).set("log.segment.bytes", 1 << 20)
}

/// A broker whose topic has three segments in its first partition; how long a batch is.
fn filled(setup: Setup) -> (Broker, u64) {
    let mut broker = setup.start();
    let client = broker.connect();
    broker.create_topic(client, "t");
    let records = batch(&[&VALUE]);
    for offset in 0..BATCHES {
        assert_eq!(broker.produce(client, -1, "t", &[(0, &records)])[0].base_offset, offset);
    }
    (broker, records.len() as u64)
}

fn segment(base_offset: i64, extension: &str) -> PathBuf {
    segment_in("/data", base_offset, extension)
}

fn segment_in(root: &str, base_offset: i64, extension: &str) -> PathBuf {
    PathBuf::from(format!("{root}/t-0/{base_offset:020}.{extension}"))
}

/// The offsets that cannot be read.
fn damaged_offsets(broker: &mut Broker, client: ClientId) -> Vec<i64> {
    let mut damaged = Vec::new();
    for offset in 0..BATCHES {
        let answer = broker.fetch(client, &Fetch::of("t", &[(0, offset)]));
        match answer.partition(0).error {
            ErrorCode::None => assert_eq!(answer.partition(0).records()[0].offset, offset),
            ErrorCode::CorruptMessage => damaged.push(offset),
            other => panic!("offset {offset}: {other:?}"),
        }
    }
    damaged
}

fn counts(broker: &Broker) -> ScrubCounts {
    broker.shards.iter().map(|shard| shard.scrub.counts).fold(ScrubCounts::default(), |sum, of| ScrubCounts {
        bytes: sum.bytes + of.bytes,
        segments: sum.segments + of.segments,
        renewed: sum.renewed + of.renewed,
        damaged: sum.damaged + of.damaged,
    })
}

#[test]
fn a_flipped_bit_costs_its_batch_after_a_stop_a_kill_and_a_power_cut() {
    with_seeds(6, |seed| {
        let (mut broker, batch_bytes) = filled(setup(seed));
        // A leader epoch, which no checksum of Kafka's covers.
        let bit = (3 * batch_bytes + 15) * 8;
        for (round, how) in [Broker::close, Broker::kill, Broker::cut_power].into_iter().enumerate() {
            how(&mut broker);
            if round == 0 {
                assert!(broker.world.flip_bit(&segment(PER_SEGMENT, "log"), bit));
            }
            broker.boot();
            let client = broker.connect();
            assert_eq!(damaged_offsets(&mut broker, client), [PER_SEGMENT + 3], "SEED={seed}");
            assert_eq!(damaged_offsets(&mut broker, client), [PER_SEGMENT + 3], "SEED={seed}");
            assert_eq!(counts(&broker).damaged, 1, "SEED={seed}: told once");
        }
        broker.disconnect_all();
        broker.assert_nothing_left();
    });
}

#[test]
fn the_scrub_finds_damage_that_nobody_reads_and_keeps_to_its_rate() {
    with_seeds(6, |seed| {
        let setup =
            setup(seed).set("loglane.scrub.interval.ms", 1000).set("loglane.scrub.bytes.per.second", 300_000);
        let (mut broker, batch_bytes) = filled(setup);
        broker.close();
        assert!(broker.world.flip_bit(&segment(0, "log"), (5 * batch_bytes + 3) * 8));
        let sums = segment(PER_SEGMENT, "loglane-sums");
        assert!(broker.world.flip_bit(&sums, 99));
        broker.boot();
        let before = broker.now();
        broker.until("a pass is over", |broker| counts(broker).segments >= 2);
        let took = broker.now().since(before);
        assert!(took >= Duration::from_secs(4), "SEED={seed}: 2 MiB at 300 kB a second in {took:?}");
        assert_eq!((counts(&broker).damaged, counts(&broker).renewed), (1, 1), "SEED={seed}");
        broker.until("two more passes", |broker| counts(broker).segments >= 6);
        assert_eq!((counts(&broker).damaged, counts(&broker).renewed), (1, 1), "SEED={seed}: once each");
        let client = broker.connect();
        assert_eq!(damaged_offsets(&mut broker, client), [5], "SEED={seed}");
        broker.disconnect_all();
        broker.assert_nothing_left();
    });
}

#[test]
fn a_damaged_partition_moves_with_its_damage_and_nothing_else_is_lost_or_blessed() {
    with_seeds(8, |seed| {
        let (mut broker, batch_bytes) = filled(setup(seed).set("log.dirs", "/data,/other"));
        let is_at = |broker: &Broker, root: &str| {
            broker.world.file_system().stat(&segment_in(root, 0, "log")).is_ok()
        };
        let (from, to) = if is_at(&broker, "/data") { ("/data", "/other") } else { ("/other", "/data") };
        broker.close();
        // A leader epoch, which only the checksums of our own cover; records, which Kafka's cover too; the index.
        let byte = [15, 15, 2_000][usize::try_from(seed % 3).unwrap()];
        let bit = (3 * batch_bytes + byte) * 8 + seed % 8;
        assert!(broker.world.flip_bit(&segment_in(from, PER_SEGMENT, "log"), bit));
        assert!(broker.world.flip_bit(&segment_in(from, 0, "index"), 77));
        broker.boot();
        let client = broker.connect();
        if seed % 2 == 0 {
            assert_eq!(damaged_offsets(&mut broker, client), [PER_SEGMENT + 3], "SEED={seed}");
        }
        for target in [to, from, to] {
            assert_eq!(moves::ask(&mut broker, client, target, "t", &[0]), [0], "SEED={seed}");
            broker.until("the partition has moved", |broker| !moves::moves(broker));
            assert!(is_at(&broker, target), "SEED={seed}");
            assert_eq!(damaged_offsets(&mut broker, client), [PER_SEGMENT + 3], "SEED={seed}");
        }
        for how in [Broker::kill, Broker::cut_power, Broker::close] {
            how(&mut broker);
            broker.boot();
            let client = broker.connect();
            assert!(is_at(&broker, to), "SEED={seed}");
            assert_eq!(damaged_offsets(&mut broker, client), [PER_SEGMENT + 3], "SEED={seed}");
            let produced = broker.produce(client, -1, "t", &[(0, &batch(&[b"more"]))]);
            assert_eq!(produced[0].error, ErrorCode::None, "SEED={seed}");
        }
        broker.disconnect_all();
        broker.assert_nothing_left();
    });
}

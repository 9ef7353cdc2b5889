//! Connections that come and go, and what they must not leave behind.

use super::broker::Broker;
use super::client::{ClientId, Fetch, batch};
use super::ledger::Random;
use super::{Setup, with_seeds};
use std::time::Duration;

/// A client does something, finished or not, and goes.
fn come_and_go(broker: &mut Broker, random: &mut Random) -> ClientId {
    let client = broker.connect();
    let records = batch(&[b"stormy"]);
    let partitions = [(0, 0), (1, 0), (2, 0), (3, 0), (4, 0), (5, 0)];
    match random.below(7) {
        0 => {}
        1 => broker.client(client).send_bytes(&[0, 0]),
        // The beginning of a frame that needs a block of its own.
        2 => broker.client(client).send_bytes(&[0, 4, 0, 0, 0, 0, 0, 12, 1, 2, 3]),
        // No frame.
        3 => broker.client(client).send_bytes(b"GET / HTTP/1.1\r\n\r\n"),
        4 => {
            let fetch = Fetch { wait_ms_max: i32::MAX, bytes_min: 1 << 30, ..Fetch::of("t", &partitions) };
            broker.client(client).send_fetch(&fetch);
        }
        5 => {
            for _ in 0..1 + random.below(5) {
                let produced = partitions.map(|(partition, _)| (partition, &records[..]));
                broker.client(client).send_produce(-1, "t", &produced);
            }
        }
        _ => {
            broker.client(client).send_fetch(&Fetch::of("t", &partitions));
        }
    }
    client
}

#[test]
fn a_storm_of_connections_leaves_nothing_behind() {
    with_seeds(2, |seed| {
        // Fetches that wait for weeks look the same whether their client is still there.
        let mut broker = Setup::new(seed, 3).set("connections.max.idle.ms", 20_000).start();
        let client = broker.connect();
        broker.create_topic(client, "t");
        broker.disconnect(client);
        let mut random = Random::new(seed);
        let mut open = Vec::new();
        for _ in 0..2_000 {
            open.push(come_and_go(&mut broker, &mut random));
            (0..random.below(10)).for_each(|_| broker.step());
            while open.len() > 100 {
                let at = usize::try_from(random.below(open.len() as u64)).expect("small");
                let client = open.swap_remove(at);
                if random.chance(50) { broker.reset(client) } else { broker.disconnect(client) }
            }
        }
        broker.disconnect_all();
        broker.assert_nothing_left();
        let made: u64 = broker.shards.iter().map(|shard| u64::from(shard.connections.made())).sum();
        assert!(made > 1_000, "SEED={seed}: only {made} of them got as far as a shard");
        for shard in &broker.shards {
            assert!(shard.timers.len() < 500, "SEED={seed}: {} timers", shard.timers.len());
        }
        broker.close();
    });
}

#[test]
fn fetches_that_are_answered_early_leave_no_timers() {
    let mut broker = Setup::new(1, 1).start();
    let (consumer, producer) = (broker.connect(), broker.connect());
    broker.create_topic(consumer, "t");
    let records = batch(&[b"early"]);
    for offset in 0..2_000 {
        let from = [(0, offset)];
        let fetch = Fetch { wait_ms_max: i32::MAX, bytes_min: 1, ..Fetch::of("t", &from) };
        broker.client(consumer).send_fetch(&fetch);
        broker.produce(producer, 1, "t", &[(0, &records)]);
        broker.answer(consumer);
    }
    let timers = broker.shards[0].timers.len();
    assert!(timers < 500, "{timers} timers");
}

#[test]
fn idle_connections_are_closed_and_busy_ones_are_not() {
    with_seeds(1, |seed| {
        let mut broker = Setup::new(seed, 2).set("connections.max.idle.ms", 20_000).start();
        let (idle, waiting) = (broker.connect(), broker.connect());
        broker.create_topic(idle, "t");
        let fetch = Fetch { wait_ms_max: 60_000, bytes_min: 1, ..Fetch::of("t", &[(0, 0), (1, 0)]) };
        broker.client(waiting).send_fetch(&fetch);
        broker.run_for(Duration::from_secs(40));
        assert!(broker.client(idle).is_closed);
        assert!(!broker.client(waiting).is_closed);
        broker.answer(waiting);
    })
}

//! Mailboxes that are full, disks that are slow, stops in the middle of things: nothing deadlocks.

use super::client::{Fetch, batch, read_produced};
use super::ledger::{Ledger, load};
use super::{Broker, Setup, with_seeds};
use loglane_model::PartitionId;
use loglane_net::ErrorCode;
use loglane_ring::sim::SimOptions;
use std::time::Duration;

/// Shards whose mailboxes hold next to nothing.
fn tiny_mailboxes(seed: u64) -> Setup {
    let mails_max = 1 + usize::try_from(seed % 2).unwrap();
    Setup { options: SimOptions { mails_max, ..SimOptions::default() }, ..Setup::new(seed, 3) }
}

#[test]
fn tiny_mailboxes_slow_things_down_and_lose_nothing() {
    with_seeds(10, |seed| {
        let mut broker = tiny_mailboxes(seed).start();
        let mut ledger = Ledger::new(seed, 2_000);
        ledger.connect(&mut broker, 8, 6);
        load(&mut ledger, &mut broker, 300);
        ledger.settle(&mut broker);
        ledger.judge(&mut broker, true);
        broker.disconnect_all();
        broker.assert_nothing_left();
        broker.close();
        broker.boot();
        ledger.judge(&mut broker, true);
    });
}

#[test]
fn a_clean_stop_gets_on_with_tiny_mailboxes_and_many_connections() {
    with_seeds(10, |seed| {
        let mut broker = tiny_mailboxes(seed).start();
        let mut ledger = Ledger::new(seed, 2_000);
        ledger.connect(&mut broker, 20, 20);
        load(&mut ledger, &mut broker, 50);
        broker.close();
        broker.boot();
        ledger.judge(&mut broker, true);
    });
}

#[test]
fn a_clean_stop_answers_what_is_under_way() {
    with_seeds(20, |seed| {
        // A slow disk: what is sent now is on its way to it when the stop begins.
        let options = SimOptions { disk_us: 20_000..40_000, mail_us: 1..20_000, ..SimOptions::default() };
        let mut broker = Setup { options, ..Setup::new(seed, 3) }.start();
        let client = broker.connect();
        broker.create_topic(client, "t");
        // Shards without a connection have nothing of their own to wait for.
        let clients: Vec<_> = (0..seed % 6).map(|_| broker.connect()).chain([client]).collect();
        let records = batch(&[b"last words"]);
        let batches = [0, 1, 2, 3, 4, 5].map(|partition| (partition, &records[..]));
        for client in &clients {
            for _ in 0..3 {
                broker.client(*client).send_produce(-1, "t", &batches);
            }
        }
        broker.run_for(Duration::from_millis(10 + seed % 10));
        let taken_up: usize = broker.shards.iter().map(|shard| shard.requests.pending.len()).sum();
        let before = broker.now();
        broker.begin_close();
        broker.until("the clean stop ends", |broker| broker.is_closed());
        assert!(broker.now().since(before) < Duration::from_secs(2), "SEED={seed}");
        let mut acknowledged = 0;
        for client in clients {
            while let Some(answer) = broker.client(client).take_answer() {
                for of in read_produced(&answer) {
                    assert_eq!(of.error, ErrorCode::None, "SEED={seed}");
                    acknowledged += 1;
                }
            }
        }
        assert!(acknowledged >= 6 * taken_up, "SEED={seed}: {acknowledged} of {taken_up} requests");
        broker.after_close();
        broker.boot();
        let client = broker.connect();
        let answer = broker.fetch(client, &Fetch::of("t", &[(0, 0), (1, 0), (2, 0), (3, 0), (4, 0), (5, 0)]));
        let there: usize = answer.partitions.iter().map(|of| of.records().len()).sum();
        assert!(there >= acknowledged, "SEED={seed}: {there} of {acknowledged}");
    });
}

#[test]
fn a_stop_while_a_topic_is_being_made_ends() {
    with_seeds(30, |seed| {
        let mut broker = Setup::new(seed, 1 + u16::try_from(seed % 3).unwrap()).start();
        let client = broker.connect();
        broker.create_topic(client, "t");
        broker.client(client).ask_for_topic("late", true);
        let steps = seed * 2;
        (0..steps).for_each(|_| broker.step());
        broker.close();
        broker.boot();
    });
}

#[test]
fn a_stop_in_the_middle_of_a_start_is_not_a_clean_one() {
    with_seeds(30, |seed| {
        let mut broker = Setup::new(seed, 3).start();
        let mut ledger = Ledger::new(seed, 2_000);
        ledger.connect(&mut broker, 3, 0);
        load(&mut ledger, &mut broker, 60);
        broker.cut_power();
        broker.begin_boot();
        (0..seed * 3).for_each(|_| broker.step());
        broker.close();
        broker.boot();
        ledger.judge(&mut broker, true);
    });
}

#[test]
fn whoever_waits_for_the_end_of_an_overload_has_his_turn() {
    with_seeds(5, |seed| {
        let mut broker = Setup::new(seed, 1).start();
        let modest = broker.connect();
        broker.create_topic(modest, "t");
        broker.shards[0].limits.waiters_max = 2;
        let greedy = [broker.connect(), broker.connect(), broker.connect()];
        let records = batch(&[b"and another one"]);
        for id in greedy {
            (0..40).for_each(|_| _ = broker.client(id).send_produce(-1, "t", &[(0, &records)]));
        }
        broker.until("there is too much", |broker| broker.shards[0].is_overloaded());
        broker.client(modest).ask_for_topic("t", false);
        let mut answers = 0;
        broker.until("the modest one has an answer", |broker| {
            // There is always one more of theirs.
            for id in greedy {
                while broker.client(id).take_answer().is_some() {
                    broker.client(id).send_produce(-1, "t", &[(0, &records)]);
                    answers += 1;
                }
            }
            broker.client(modest).take_answer().is_some()
        });
        assert!(answers < 40, "SEED={seed}: {answers} of theirs came first");
    });
}

#[test]
fn a_full_shard_holds_back_batches_of_other_shards_connections_too() {
    with_seeds(5, |seed| {
        let options = SimOptions { disk_us: 40_000..80_000, ..SimOptions::default() };
        let setup = Setup { options, ..Setup::new(seed, 2) }.set("loglane.memory", "128m");
        let mut broker = setup.start();
        let mut clients = vec![broker.connect()];
        let topic = broker.create_topic(clients[0], "t");
        let is_owner =
            |broker: &Broker, shard: usize| broker.shards[shard].slot_of(topic, PartitionId(0)).is_some();
        let owner = (0..2).find(|shard| is_owner(&broker, *shard)).expect("somebody has it");
        let [mut strangers, mut own] = [Vec::new(), Vec::new()];
        for _ in 0..8 {
            let before = broker.shards[owner].connections.len();
            let id = broker.connect();
            broker.until("a connection is taken", |broker| {
                broker.shards.iter().map(|shard| shard.connections.len()).sum::<usize>() > clients.len()
            });
            let is_own = broker.shards[owner].connections.len() > before;
            if is_own {
                own.push(id)
            } else {
                strangers.push(id)
            }
            clients.push(id);
        }
        let value = vec![7; 900_000];
        let records = batch(&[&value]);
        for id in &strangers {
            (0..20).for_each(|_| _ = broker.client(*id).send_produce(-1, "t", &[(0, &records)]));
        }
        broker.until("there is too much", |broker| !broker.shards[owner].parts_in_line.is_empty());
        let most = broker.shards[owner].limits.block_bytes_max + 2 * value.len();
        broker.client(own[0]).send_produce(-1, "t", &[(0, &records)]);
        let mut answers = 0;
        broker.until("one of the shard's own has an answer", |broker| {
            let blocks = broker.shards[owner].pool.out_bytes();
            assert!(blocks <= most, "SEED={seed}: {blocks} bytes of blocks, {most} at the most");
            // There is always one more of theirs.
            for id in &strangers {
                while broker.client(*id).take_answer().is_some() {
                    broker.client(*id).send_produce(-1, "t", &[(0, &records)]);
                    answers += 1;
                }
            }
            broker.client(own[0]).take_answer().is_some()
        });
        assert!(answers < 100, "SEED={seed}: {answers} of theirs came first");
        broker.disconnect_all();
        broker.until("what was asked is done", |broker| {
            broker.shards.iter().all(|shard| shard.requests.pending.len() == 0)
        });
        broker.assert_nothing_left();
    });
}

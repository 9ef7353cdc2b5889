//! What is left when the process or the machine dies, and what a clean stop keeps.

use super::broker::start_process;
use super::ledger::{Ledger, Random, load};
use super::{Setup, with_seeds};
use loglane_ring::sim::World;

/// Several lives under load, each with a number of shards of its own; `end` ends one.
fn lives(seed: u64, setup: Setup, keeps_promises: bool, end: impl Fn(&mut super::Broker)) {
    lives_with(seed, setup, 3_000, keeps_promises, end);
}

/// The same with values of another size.
fn lives_with(
    seed: u64,
    setup: Setup,
    value_bytes_max: u64,
    keeps_promises: bool,
    end: impl Fn(&mut super::Broker),
) {
    let mut random = Random::new(seed);
    let mut broker = setup.start();
    let mut ledger = Ledger::new(seed, value_bytes_max);
    let mut kept = 0;
    for life in 0..4 {
        if life > 0 {
            broker.setup.shards = 1 + u16::try_from(random.below(3)).expect("small");
            broker.boot();
            kept = ledger.judge(&mut broker, keeps_promises);
        }
        ledger.connect(&mut broker, 3, 2);
        let acknowledged = 20 + random.below(150);
        load(&mut ledger, &mut broker, acknowledged);
        end(&mut broker);
    }
    assert!(kept > 0 || !keeps_promises, "SEED={seed}");
}

#[test]
fn what_was_acknowledged_or_seen_survives_power_cuts() {
    with_seeds(12, |seed| lives(seed, Setup::new(seed, 2), true, super::Broker::cut_power));
}

#[test]
fn a_log_directory_below_others_that_were_made_with_it_survives_power_cuts() {
    with_seeds(6, |seed| {
        let setup = Setup::new(seed, 2).set("log.dirs", "/made/by/us");
        lives(seed, setup, true, super::Broker::cut_power);
    });
}

#[test]
fn what_was_acknowledged_or_seen_survives_kills() {
    with_seeds(12, |seed| lives(seed, Setup::new(seed, 3), true, super::Broker::kill));
}

#[test]
fn device_durability_survives_kills() {
    with_seeds(6, |seed| {
        let setup = Setup::new(seed, 2).set("loglane.durability", "device");
        lives(seed, setup, true, super::Broker::kill);
    });
}

#[test]
fn device_durability_may_lose_its_end_in_a_power_cut_and_nothing_else() {
    with_seeds(6, |seed| {
        let setup = Setup::new(seed, 2).set("loglane.durability", "device");
        lives(seed, setup, false, super::Broker::cut_power);
    });
}

#[test]
fn a_clean_stop_under_load_keeps_what_was_acknowledged() {
    with_seeds(12, |seed| lives(seed, Setup::new(seed, 3), true, super::Broker::close));
}

#[test]
fn rolling_segments_keep_their_promises_in_power_cuts() {
    with_seeds(4, |seed| {
        let setup = Setup::new(seed, 2).set("log.segment.bytes", 1 << 20);
        lives_with(seed, setup, 60_000, true, super::Broker::cut_power);
    });
}

#[test]
fn load_leaves_nothing_behind() {
    with_seeds(6, |seed| {
        let mut broker = Setup::new(seed, 3).start();
        let mut ledger = Ledger::new(seed, 20_000);
        ledger.connect(&mut broker, 4, 3);
        load(&mut ledger, &mut broker, 200);
        // Some are in the middle of things.
        broker.disconnect_all();
        broker.assert_nothing_left();
        broker.close();
    });
}

#[test]
fn a_first_start_that_dies_after_any_change_is_done_again() {
    // Every change is the last one of some life.
    for calls in 0.. {
        let mut is_done = true;
        for end in [World::kill, World::power_cut] {
            // The metadata log is in neither the first directory nor the last.
            let setup =
                Setup::new(calls + 1, 1).set("log.dirs", "/a,/b/c,/d").set("metadata.log.dir", "/b/c");
            let world = World::with_options(setup.seed, setup.options.clone());
            world.stop_disk_after(calls);
            is_done &= start_process(&world, &setup.config(), 1).is_ok();
            end(&world);
            println!("cut off after {calls} changes");
            setup.start_in(world).kill();
        }
        if is_done {
            break;
        }
    }
}

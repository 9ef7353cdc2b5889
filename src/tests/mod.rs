//! Whole brokers in an in-memory world: several shards, real protocol bytes, one seed for everything that is left to
//! chance. What a test says of a seed it says of every machine: the same seed gives the same history.

mod broker;
mod client;
mod ledger;
mod uncounted;

mod admin;
mod allocations;
mod configs;
mod connections;
mod crashes;
mod damage;
mod deletion;
mod every_version;
mod faults;
mod fuzz;
mod groups;
mod memory;
mod moves;
mod offsets;
mod overload;
mod repetition;
mod serving;
mod simulation;
mod snapshots;
mod topics;

use broker::{Broker, Setup};

/// Runs a test with a few seeds; `SEED=n` runs it with that one alone and tells what the broker logs, `SEEDS=n` with so
/// many.
fn with_seeds(count: u64, test: impl Fn(u64)) {
    let seeds = match std::env::var("SEED") {
        Ok(seed) => {
            let _ = tracing_subscriber::fmt().with_test_writer().try_init();
            let seed = seed.parse().expect("SEED is a number");
            seed..seed + 1
        }
        Err(_) => {
            let wanted = std::env::var("SEEDS").ok().map(|count| count.parse().expect("SEEDS is a number"));
            1..wanted.unwrap_or(count) + 1
        }
    };
    for seed in seeds {
        println!("SEED={seed}");
        test(seed);
    }
}

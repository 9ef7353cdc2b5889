//! The deterministic simulation: whole brokers in an in-memory world, under every kind of load and of trouble, from one
//! seed. What it is made of, and how to use it: `tests/README.md`.
//!
//! A run has two phases. In the first there are faults, and nothing may be broken that was promised. Then everything
//! is healed, and everybody must get on; what is left is read and judged. The same seed always gives the same run.

mod actor;
mod admin;
mod audit;
mod consumer;
mod damage;
mod line;
mod member;
mod nemesis;
mod plan;
mod planted;
mod process;
mod producer;
mod run;
mod shrink;
mod stage;
mod value;

use plan::Less;
use run::run;
use std::time::{Duration, Instant};

/// How many seeds every test run tries.
const SEEDS: u64 = 300;

/// Runs that are made to make a failing one smaller.
const SHRINK_ATTEMPTS: usize = 400;

/// Seeds that have failed once.
const FAILED_SEEDS: &str = include_str!("failed_seeds.txt");

fn number_from(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

/// How often a campaign says how far it is, in seeds.
const TOLD_EVERY: u64 = 500;

/// Runs a seed, perhaps twice; also says what was broken, in one line.
fn check(seed: u64, twice: bool) -> (stage::Counts, Result<(), String>) {
    let report = run(seed, &Less::default(), false);
    let mut counts = report.counts;
    if let Some(violation) = report.violation {
        return (counts, Err(violation.in_one_line()));
    }
    if twice {
        let again = run(seed, &Less::default(), false);
        counts.simulated += again.counts.simulated;
        if report.hash != again.hash {
            return (counts, Err("two runs of the same seed differ".to_owned()));
        }
    }
    (counts, Ok(()))
}

/// Runs seeds, and tells at once which one failed and why, and now and then how far it is and what was done; one that
/// fails stops none. Each runs twice, or as many of them as `TWICE_EVERY` says.
fn campaign(seeds: impl Iterator<Item = u64>) {
    let began = Instant::now();
    let twice_every = number_from("TWICE_EVERY").unwrap_or(1);
    let (mut count, mut failed) = (0u64, Vec::new());
    let mut total = stage::Counts::default();
    let tell = |count: u64, failed: &[u64], total: &stage::Counts| {
        let took = began.elapsed();
        println!("{count} seeds in {took:.1?}, {} failed: {}", failed.len(), total.describe(took));
    };
    for seed in seeds {
        let outcome = std::panic::catch_unwind(|| check(seed, seed.is_multiple_of(twice_every)));
        let (counts, outcome) = outcome.unwrap_or_else(|_| {
            (stage::Counts::default(), Err("the simulation itself panics, as said above".to_owned()))
        });
        count += 1;
        total.add(&counts);
        if let Err(why) = outcome {
            println!("seed {seed} failed: {why}");
            failed.push(seed);
        }
        if count.is_multiple_of(TOLD_EVERY) {
            tell(count, &failed, &total);
        }
    }
    tell(count, &failed, &total);
    assert!(failed.is_empty(), "seeds that failed: {failed:?}");
}

#[test]
fn promises_hold_whatever_happens() {
    let first = number_from("FIRST_SEED").unwrap_or(1);
    match number_from("SEED") {
        Some(seed) => replay(seed),
        None => campaign(first..first + number_from("SEEDS").unwrap_or(SEEDS)),
    }
}

#[test]
fn seeds_that_failed_once_hold() {
    if number_from("SEED").is_none() {
        let lines = FAILED_SEEDS.lines().filter(|line| !line.starts_with('#'));
        let seed = |line: &str| line.split_whitespace().next().map(|seed| seed.parse().expect("a seed"));
        campaign(lines.filter_map(seed));
    }
}

/// Tells a seed's run line by line; one that fails is made smaller first, unless `SHRINK=0` is set.
fn replay(seed: u64) {
    if std::env::var_os("LOG").is_some() {
        let _ = tracing_subscriber::fmt().with_test_writer().with_max_level(tracing::Level::DEBUG).try_init();
    }
    let report = run(seed, &Less::default(), true);
    let Some(violation) = &report.violation else {
        report.trace.iter().for_each(|line| println!("{line}"));
        println!("SEED={seed} holds: {}", report.counts.describe(Duration::from_secs(1)));
        return;
    };
    if number_from("SHRINK") == Some(0) {
        report.trace.iter().for_each(|line| println!("{line}"));
        panic!("SEED={seed}: {}", violation.in_one_line());
    }
    let (less, smaller) = shrink::shrink(seed, &violation.check, SHRINK_ATTEMPTS);
    smaller.trace.iter().for_each(|line| println!("{line}"));
    println!("left out: {less:?}");
    panic!("SEED={seed}: {}", violation.in_one_line());
}

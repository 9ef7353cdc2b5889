//! Bugs that were planted on purpose, and have to be found: the proof that the campaign would find real ones.

use super::plan::Less;
use super::run::run;
use super::shrink::shrink;
use loglane_model::{Bug, plant};
use std::fmt::Write as _;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// How the bugs were found the last time that all of them were looked for.
const TABLE: &str = "tests/planted_bugs.md";

/// A bug that so many seeds do not find is not found.
const SEEDS_MAX: u64 = 1_000;

/// As many of them in every test run.
const ROTATING: usize = 5;

/// How a bug was found.
struct Found {
    seed: u64,
    seeds: u64,
    check: String,
    took: Duration,
}

/// Runs seeds until one finds the bug; the one that found it before comes first, if it is known. A seed that fails
/// without the bug, too, finds something else.
fn hunt(bug: Bug, known: Option<u64>, seeds_max: u64) -> Option<Found> {
    let began = Instant::now();
    for (tried, seed) in (1..).zip(known.into_iter().chain(1..=seeds_max)) {
        plant(Some(bug));
        let report = run(seed, &Less::default(), false);
        plant(None);
        let took = began.elapsed();
        let Some(violation) = report.violation else { continue };
        if let Some(other) = run(seed, &Less::default(), false).violation {
            println!("SEED={seed} fails without {bug:?}, too: {}: {}", other.check, other.what);
            continue;
        }
        let check = match violation.check.as_str() {
            "panic" => format!("an assertion: {}", first_words(&violation.what)),
            check => check.to_owned(),
        };
        return Some(Found { seed, seeds: tried, check, took });
    }
    None
}

/// The beginning of a message, without the numbers of the case at hand.
fn first_words(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    let line: String = line.chars().filter(|c| *c != '|' && *c != '`').collect();
    let words: Vec<&str> =
        line.split(' ').filter(|word| !word.contains(|c: char| c.is_ascii_digit())).collect();
    words.join(" ").chars().take(80).collect()
}

/// The seed by which the table says that a bug is found.
fn known_seed(table: &str, bug: Bug) -> Option<u64> {
    let name = format!("| {bug:?} |");
    let row = table.lines().find(|line| line.starts_with(&name))?;
    row.trim_end_matches('|').rsplit('|').next()?.trim().parse().ok()
}

fn table_path() -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(TABLE)
}

#[test]
fn five_of_the_planted_bugs_are_found() {
    let table = std::fs::read_to_string(table_path()).expect("the table is there");
    let days =
        SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock is past 1970").as_secs() / 86_400;
    let day = super::number_from("DAY").unwrap_or(days);
    println!("DAY={day}");
    let first = usize::try_from(day).expect("a day") * ROTATING;
    for at in first..first + ROTATING {
        let bug = Bug::ALL[at % Bug::ALL.len()];
        let found = hunt(bug, known_seed(&table, bug), SEEDS_MAX);
        let found =
            found.unwrap_or_else(|| panic!("{bug:?} ({}) is not found by {SEEDS_MAX} seeds", bug.what()));
        println!(
            "{bug:?}: {} by seed {}, the {}th, in {:.1?}",
            found.check, found.seed, found.seeds, found.took
        );
    }
}

#[test]
fn the_table_tells_of_every_planted_bug() {
    let table = std::fs::read_to_string(table_path()).expect("the table is there");
    let missing: Vec<&Bug> = Bug::ALL.iter().filter(|bug| known_seed(&table, **bug).is_none()).collect();
    assert!(missing.is_empty(), "no seed is known for {missing:?}");
}

/// `cargo test --lib every_planted_bug_is_found -- --ignored --nocapture`, with `UPDATE=1` to write the table.
#[test]
#[ignore = "takes minutes; five of them are in every test run"]
fn every_planted_bug_is_found() {
    let mut rows = String::new();
    let mut missed = Vec::new();
    let only = std::env::var("BUG").ok();
    for bug in Bug::ALL.iter().filter(|bug| only.as_ref().is_none_or(|only| *only == format!("{bug:?}"))) {
        match hunt(*bug, None, SEEDS_MAX) {
            Some(Found { seed, seeds, check, took }) => {
                let row = format!(
                    "| {bug:?} | {} | {check} | {seeds} | {:.1} | {seed} |",
                    bug.what(),
                    took.as_secs_f64()
                );
                println!("{row}");
                writeln!(rows, "{row}").expect("a string takes everything");
            }
            None => missed.push(bug),
        }
    }
    if std::env::var_os("UPDATE").is_some() {
        let text = format!("{HEAD}{rows}");
        std::fs::write(table_path(), text).expect("the table can be written");
    }
    assert!(missed.is_empty(), "not found by {SEEDS_MAX} seeds each: {missed:?}");
}

/// What stands above the table.
const HEAD: &str = "# Planted bugs

Mistakes that a test build makes when it is told to (`storage/model/src/planted.rs`), and what finds them in the
simulation: by which check, after how many seeds from 1 on and how many seconds on one core, and by which seed. Each is
tried alone. Written by

    UPDATE=1 cargo test --lib every_planted_bug_is_found -- --ignored --nocapture

| bug | what is wrong | found by | seeds | seconds | seed |
|---|---|---|---|---|---|
";

#[test]
fn a_failing_run_is_made_smaller_and_still_fails() {
    let bug = Bug::AppendWithoutCrc;
    let Found { seed, check, .. } = hunt(bug, None, SEEDS_MAX).expect("the bug is found");
    plant(Some(bug));
    let whole = run(seed, &Less::default(), true);
    let (less, smaller) = shrink(seed, &check, 60);
    plant(None);
    assert!(!less.actors.is_empty() || !less.actions.is_empty() || less.span_ms.is_some(), "{less:?}");
    assert_eq!(smaller.violation.map(|violation| violation.check), Some(check));
    assert!(
        smaller.trace.len() < whole.trace.len(),
        "{} of {} lines",
        smaller.trace.len(),
        whole.trace.len()
    );
}

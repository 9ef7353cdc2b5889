//! Rounds of random input: a few of them in every test run, and as many as there is time for where somebody asks.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Calls `round` with seeds: those from 0 up to `count`, always the same; with `FUZZ_SECONDS=…` new ones for so long;
/// with `SEED=…` that one alone. The seed of a round that fails is printed.
///
/// # Panics
/// When a round does, and for variables that are no numbers.
pub fn rounds(count: u64, mut round: impl FnMut(u64)) {
    let number = |name: &str| {
        let value = std::env::var(name).ok()?;
        Some(value.parse::<u64>().unwrap_or_else(|_| panic!("{name} is a number")))
    };
    let (seeds, within) = match (number("SEED"), number("FUZZ_SECONDS")) {
        (Some(seed), _) => (seed..seed + 1, None),
        (None, None) => (0..count, None),
        (None, Some(seconds)) => (new_seed()..u64::MAX, Some(Duration::from_secs(seconds))),
    };
    let start = Instant::now();
    let mut done = 0;
    for seed in seeds {
        if within.is_some_and(|within| start.elapsed() >= within) {
            break;
        }
        let _tell = Tell(seed);
        round(seed);
        done += 1;
    }
    eprintln!("{done} rounds in {:.1} s", start.elapsed().as_secs_f32());
}

/// Small enough to be typed, and far enough from that of the next run.
fn new_seed() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock is past 1970");
    now.as_secs() << 30 | u64::from(now.subsec_nanos())
}

/// Names the seed when its round panics.
struct Tell(u64);

impl Drop for Tell {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("SEED={} repeats the round that failed", self.0);
        }
    }
}

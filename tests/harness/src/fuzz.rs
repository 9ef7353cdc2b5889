//! Rounds of random input: a few of them in every test run, and as many as there is time for where somebody asks.

use std::io::Write as _;
use std::sync::mpsc;
use std::thread;
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
    let (begins, begun) = mpsc::channel();
    thread::scope(|scope| {
        scope.spawn(move || name_what_hangs(&begun));
        for seed in seeds {
            if within.is_some_and(|within| start.elapsed() >= within) {
                break;
            }
            begins.send(seed).expect("the watch goes on");
            let _tell = Tell(seed);
            round(seed);
            done += 1;
        }
        drop(begins);
    });
    eprintln!("{done} rounds in {:.1} s", start.elapsed().as_secs_f32());
}

/// Names the seed of a round that does not end.
fn name_what_hangs(begun: &mpsc::Receiver<u64>) {
    let mut last = None;
    loop {
        match begun.recv_timeout(Duration::from_secs(20)) {
            Ok(seed) => last = Some(seed),
            Err(mpsc::RecvTimeoutError::Disconnected) => return,
            Err(mpsc::RecvTimeoutError::Timeout) => {
                if let Some(seed) = last.take() {
                    // Not `eprintln!`: the test runner keeps that until a test ends, which this one may not.
                    let line = format!("the round with SEED={seed} takes long\n");
                    std::io::stderr().write_all(line.as_bytes()).expect("standard error takes a line");
                }
            }
        }
    }
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
        if thread::panicking() {
            eprintln!("SEED={} repeats the round that failed", self.0);
        }
    }
}

//! In steady state an append, its write, its completion and a tail read allocate nothing.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod world;

use loglane_model::{Extent, Offset};
use loglane_storage::{LogConfig, LogWork, ReadOutcome};
use world::{Driver, batch};

fn round(driver: &mut Driver, bytes: &[u8], out: &mut Vec<Extent>) {
    let appended = driver.append(bytes).unwrap();
    while let Some(work) = driver.log.next_work(driver.now_ms, &mut driver.pool) {
        match work {
            LogWork::Write(write) => driver.log.on_written(write, Ok(()), &mut driver.pool),
            LogWork::Job(_) | LogWork::Read(_) => panic!("space was made before"),
        }
    }
    let (from, up_to) = (appended.base_offset, Offset(i64::MAX));
    let read = driver.log.read(from, up_to, 1 << 20, true, &mut driver.pool, out).unwrap();
    assert_eq!(read, ReadOutcome::Bytes { bytes: bytes.len(), end_offset: appended.end_offset });
    out.clear();
    let cached = driver.log.shrink_cache(64 * 1024, &mut driver.pool);
    assert!(cached <= 64 * 1024);
}

#[test]
fn a_steady_state_of_appends_and_tail_reads_allocates_nothing() {
    for value_bytes in [100, 3_000, 60_000] {
        let mut driver = Driver::new(&LogConfig { index_interval_bytes: 1 << 20, ..LogConfig::default() });
        let bytes = batch(1, value_bytes, 1_000_000);
        let mut out = Vec::with_capacity(64);
        // Just after space was made, none has to be made in the measured rounds, nor is the end of a step of space
        // reached, where a block may be of another size; and the cache is full.
        driver.append_until_fresh_space(&bytes, 32 << 20);
        for _ in 0..(1_000_000 / bytes.len()).max(10) {
            round(&mut driver, &bytes, &mut out);
        }
        let counted = allocation_counter::measure(|| {
            for _ in 0..50 {
                round(&mut driver, &bytes, &mut out);
            }
        });
        assert_eq!(counted.count_total, 0, "batches of {} bytes", bytes.len());
    }
}

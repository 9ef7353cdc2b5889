//! The log from append to disk and back, one behaviour at a time.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod world;

use loglane_model::Offset;
use loglane_storage::{LogConfig, MakeLog, OpenLog};
use std::path::PathBuf;
use world::{Driver, MemoryDisk, Random, batch, request};

#[test]
fn an_append_is_readable_once_it_is_written() {
    let mut driver = Driver::new(&LogConfig::default());
    let appended = driver.append(&batch(3, 100, 1_000_000)).unwrap();
    assert_eq!((appended.base_offset, appended.end_offset), (Offset(0), Offset(3)));
    assert_eq!(driver.log.flushed_end_offset(), Offset(0));
    assert_eq!(driver.read(Offset(0), Offset(3), 1000).unwrap(), b"", "not written yet");
    driver.settle();
    assert_eq!(driver.log.flushed_end_offset(), Offset(3));
    let bytes = driver.read(Offset(1), Offset(3), 1000).unwrap();
    let batches: Vec<_> = loglane_storage::batch::Batches::checked(&bytes).collect::<Result<_, _>>().unwrap();
    assert_eq!(batches.len(), 1);
    assert_eq!(batches[0].header.base_offset(), Offset(0));
    assert_eq!(batches[0].header.leader_epoch.get(), 5);
}

#[test]
fn a_closed_log_opens_as_it_was() {
    let config = LogConfig::default();
    let mut driver = Driver::new(&config);
    for at in 0..100 {
        driver.append(&batch(2, 50 * at, 1_000_000)).unwrap();
        driver.settle();
    }
    let before = driver.read_all(10_000);
    driver.close();
    let mut again = Driver::open(driver.disk, OpenLog { clean_shutdown: true, ..request(&config) });
    assert_eq!(again.log.log_end_offset(), Offset(200));
    assert_eq!(again.read_all(10_000), before);
    again.append(&batch(1, 1, 1_000_000)).unwrap();
    again.settle();
    assert_eq!(again.read_all(1 << 20).len(), before.len() + batch(1, 1, 1_000_000).len());
}

#[test]
fn small_segments_roll_and_all_is_read_across_them() {
    let config = LogConfig { segment_bytes: 20_000, ..LogConfig::default() };
    let mut driver = Driver::new(&config);
    for at in 0..300 {
        driver.append(&batch(1, at * 7 % 3000, 1_000_000)).unwrap();
        if at % 5 == 0 {
            driver.settle();
        }
    }
    driver.settle();
    assert!(driver.log.segment_count() > 10);
    let warm = driver.read_all(5000);
    while driver.log.evict_oldest_block(&mut driver.pool) > 0 {}
    assert_eq!(driver.log.cached_bytes(), 0);
    assert_eq!(driver.read_all(5000), warm, "from the disk");
    driver.append(&batch(1, 10, 1_000_000)).unwrap();
    driver.settle();
    assert!(driver.read_all(5000).starts_with(&warm));
    // As after a kill: everything is read again.
    let mut again = Driver::open(driver.disk.clone(), request(&config));
    assert!(again.read_all(100_000).starts_with(&warm));
    driver.close();
}

#[test]
fn an_empty_log_opens_and_closes() {
    let config = LogConfig::default();
    let mut driver = Driver::open(MemoryDisk::default(), request(&config));
    driver.close();
    let again = Driver::open(driver.disk, OpenLog { clean_shutdown: true, ..request(&config) });
    assert_eq!(again.log.log_end_offset(), Offset(0));
}

/// A process that dies while it makes a log leaves names that no sync has covered. What the next one writes under them must
/// not go with them.
#[test]
fn what_is_written_under_names_that_a_killed_process_has_made_survives_the_loss_of_power() {
    let request = OpenLog { make: MakeLog::WhenAppended, ..request(&LogConfig::default()) };
    let mut ended = 0;
    for operations in 0..40 {
        for seed in 1..=8 {
            let mut killed = Driver::open(MemoryDisk::default(), request.clone());
            killed.append(&batch(1, 100, 1_000_000)).unwrap();
            killed.disk.stop_after(operations);
            killed.settle();
            ended += u32::from(!killed.disk.has_stopped());
            killed.disk.kill();
            let mut next = Driver::open(killed.disk, request.clone());
            next.append(&batch(1, 100, 1_000_000)).unwrap();
            next.settle();
            let written = next.log.flushed_end_offset();
            assert!(written > Offset(0));
            next.disk.lose_names(&mut Random(seed));
            let last = Driver::open(next.disk, request.clone());
            assert_eq!(last.log.log_end_offset(), written, "{operations} operations, SEED={seed}");
        }
    }
    assert!(ended > 0, "it is over after fewer operations");
}

/// The segments whose names are there, by base offset.
fn segments(disk: &MemoryDisk) -> Vec<PathBuf> {
    let names = disk.files().into_iter();
    names.filter(|path| path.extension().is_some_and(|end| end == "log")).collect()
}

/// Lets several segments leave, with the power cut behind every number of operations, and hands over what there was and
/// what is left.
fn cut_while_segments_leave(leave: impl Fn(&mut Driver), check: impl Fn(&[PathBuf], &[PathBuf])) {
    let config = LogConfig { segment_bytes: 10_000, ..LogConfig::default() };
    let mut ended = 0;
    for operations in 0..160 {
        for seed in 1..=8 {
            let mut driver = Driver::new(&config);
            for _ in 0..20 {
                driver.append(&batch(1, 2_000, 1_000_000)).unwrap();
                driver.settle();
            }
            let before = segments(&driver.disk);
            assert!(before.len() >= 5);
            leave(&mut driver);
            driver.disk.stop_after(operations);
            driver.settle();
            ended += u32::from(!driver.disk.has_stopped());
            driver.disk.lose_names(&mut Random(seed));
            check(&before, &segments(&driver.disk));
        }
    }
    assert!(ended > 0, "it is over after fewer operations");
}

#[test]
fn segments_that_are_deleted_together_leave_no_hole_whenever_the_power_is_cut() {
    let delete = |driver: &mut Driver| {
        driver.log.delete_records_to(Offset(17), &mut driver.pool).unwrap();
    };
    cut_while_segments_leave(delete, |before, left| {
        assert!(before.ends_with(left), "{left:?} of {before:?}");
    });
}

#[test]
fn segments_that_are_cut_off_together_leave_no_hole_whenever_the_power_is_cut() {
    let cut = |driver: &mut Driver| assert!(driver.log.truncate_to(Offset(2)));
    cut_while_segments_leave(cut, |before, left| {
        assert!(before.starts_with(left), "{left:?} of {before:?}");
    });
}

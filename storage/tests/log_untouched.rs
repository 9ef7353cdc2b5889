//! Logs to which nothing was written since their clean stop: they are opened by the position that it left, without being
//! read, as long as nobody has touched them.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod world;

use loglane_model::{FileSystem as _, Offset, ProducerId};
use loglane_storage::batch_builder::BatchBuilder;
use loglane_storage::{CloseSync, LogConfig, OpenLog, RecoveryPosition};
use std::path::PathBuf;
use world::{Driver, MemoryDisk, batch, directory, request};

const SEGMENT: &str = "00000000000000000000.log";

fn at(name: &str) -> PathBuf {
    directory().join(name)
}

/// A log with three batches, one of them of a producer, as a clean stop leaves it, and the position that it leaves.
fn closed(sync: CloseSync) -> (MemoryDisk, RecoveryPosition, Vec<u8>) {
    let mut driver = Driver::new(&LogConfig::default());
    driver.append(&batch(2, 100, 1_000_000)).unwrap();
    let mut builder = BatchBuilder::new().producer(ProducerId(1), 0, 0);
    builder.push(1_000_000, None, Some(b"value"), &[]);
    driver.append(&builder.finish()).unwrap();
    driver.append(&batch(1, 3_000, 1_000_000)).unwrap();
    driver.settle();
    let bytes = driver.read_all(1 << 20);
    driver.close_with(sync);
    let position = driver.log.take_recovery_position().expect("a clean stop leaves one");
    assert!(position.closed_directory.is_some());
    (driver.disk, position, bytes)
}

/// What the next start asks for.
fn left(position: &RecoveryPosition, clean_shutdown: bool) -> OpenLog {
    OpenLog { position: Some(position.clone()), clean_shutdown, ..request(&LogConfig::default()) }
}

#[test]
fn it_is_not_read_however_the_run_ended_in_which_nobody_wrote_to_it() {
    for sync in [CloseSync::Each, CloseSync::Together] {
        for clean_shutdown in [true, false] {
            let (disk, position, bytes) = closed(sync);
            let read_before = disk.read_bytes();
            let mut again = Driver::open(disk, left(&position, clean_shutdown));
            assert_eq!(again.disk.read_bytes(), read_before);
            assert!(again.log.was_untouched());
            assert_eq!(again.log.log_end_offset(), Offset(4));
            assert!(again.log.producers().get(ProducerId(1)).is_some());
            assert!(again.read_all(1 << 20) == bytes);
            again.append(&batch(1, 10, 1_000_000)).unwrap();
            again.settle();
            assert_eq!(again.log.flushed_end_offset(), Offset(5));
            again.close();
        }
    }
}

#[test]
fn it_stays_so_through_stops_that_find_nothing_to_do() {
    let (disk, position, bytes) = closed(CloseSync::Each);
    let mut again = Driver::open(disk, left(&position, true));
    again.close();
    assert!(again.log.take_recovery_position().is_none(), "the old one is still true");
    let mut again = Driver::open(again.disk, left(&position, false));
    assert!(again.log.was_untouched());
    assert!(again.read_all(1 << 20) == bytes);
}

#[test]
fn what_was_appended_since_is_recovered_behind_it() {
    let (disk, position, _) = closed(CloseSync::Each);
    let mut driver = Driver::open(disk, left(&position, true));
    driver.append(&batch(3, 200, 1_000_000)).unwrap();
    driver.settle();
    let bytes = driver.read_all(1 << 20);
    let mut again = Driver::open(driver.disk.clone(), left(&position, false));
    assert!(!again.log.was_untouched());
    let read = again.log.recovered_bytes();
    assert!(read > 0 && read < 1_500, "{read} bytes");
    assert_eq!(again.log.log_end_offset(), Offset(7));
    assert!(again.read_all(1 << 20) == bytes);
    assert_eq!(again.disk.len(&at(SEGMENT)), bytes.len(), "the space ahead is cut off");
}

#[test]
fn a_file_of_another_time_is_read() {
    for clean_shutdown in [true, false] {
        let (disk, position, bytes) = closed(CloseSync::Each);
        let file = disk.open(&at(SEGMENT), loglane_model::OpenMode::DirectReadWrite).unwrap();
        // Its last byte, which no checksum is right without.
        let last = disk.contents(&at(SEGMENT)).pop().unwrap();
        disk.write_at(&file, bytes.len() as u64 - 1, &[last ^ 1]).unwrap();
        let again = Driver::open(disk, left(&position, clean_shutdown));
        assert!(!again.log.was_untouched());
        assert_eq!(again.log.log_end_offset(), Offset(3), "the damaged batch is no part of the log");
    }
}

#[test]
fn a_directory_with_other_names_is_looked_through() {
    for clean_shutdown in [true, false] {
        let (disk, position, _) = closed(CloseSync::Each);
        disk.plant(&at("00000000000000000000.index.deleted"), b"of a segment that is gone");
        // As another broker would, which has used the log meanwhile.
        let next = {
            let mut builder = BatchBuilder::new().base_offset(Offset(4));
            builder.push(1_000_000, None, Some(b"of another broker"), &[]);
            builder.finish()
        };
        disk.plant(&at("00000000000000000004.log"), &next);
        let again = Driver::open(disk, left(&position, clean_shutdown));
        assert_eq!((again.log.log_end_offset(), again.log.segment_count()), (Offset(5), 2));
        assert!(!again.disk.exists(&at("00000000000000000000.index.deleted")));
    }
}

#[test]
fn a_time_of_whole_seconds_says_nothing_of_the_names() {
    let mut whole = 0;
    for wait_ms in 0..1000 {
        let mut driver = Driver::new(&LogConfig::default());
        driver.append(&batch(2, 100, 1_000_000)).unwrap();
        driver.settle();
        driver.disk.wait(wait_ms);
        driver.close();
        let position = driver.log.take_recovery_position().expect("a clean stop leaves one");
        let changed_ms = driver.disk.stat(&directory()).unwrap().modified_ms;
        assert_eq!(position.closed_directory.is_none(), changed_ms % 1000 == 0);
        whole += u32::from(position.closed_directory.is_none());
    }
    assert_eq!(whole, 1);
}

#[test]
fn files_that_wait_for_their_removal_are_removed_by_the_next_start() {
    let config = LogConfig { segment_bytes: 10_000, ..LogConfig::default() };
    let mut driver = Driver::new(&config);
    for _ in 0..8 {
        driver.append(&batch(1, 2_000, 1_000_000)).unwrap();
        driver.settle();
    }
    let end = driver.log.log_end_offset();
    driver.log.delete_records_to(end, &mut driver.pool).unwrap();
    driver.settle();
    assert_eq!(driver.log.segment_count(), 1);
    let waiting = |disk: &MemoryDisk| {
        let names = disk.files().into_iter();
        names.filter(|path| path.extension().is_some_and(|end| end == "deleted")).count()
    };
    assert!(waiting(&driver.disk) > 0);
    driver.close();
    let position = driver.log.take_recovery_position().expect("the last segment is not empty");
    assert_eq!(position.closed_directory, None);
    let again = Driver::open(driver.disk, OpenLog { config, log_start_offset: end, ..left(&position, true) });
    assert_eq!(waiting(&again.disk), 0);
    assert_eq!(again.log.log_end_offset(), end);
}

#[test]
fn the_directory_of_another_topic_is_refused_all_the_same() {
    let (disk, position, _) = closed(CloseSync::Each);
    let other = loglane_model::TopicId([9; 16]);
    let opened = loglane_storage::open(&disk, OpenLog { topic_id: other, ..left(&position, true) });
    assert!(opened.is_err_and(|error| error == loglane_storage::OpenError::OtherTopic(world::TOPIC)));
}

/// Where there are snapshots of producers.
fn snapshots(disk: &MemoryDisk) -> Vec<i64> {
    let names = disk.files().into_iter().map(|path| path.file_name().unwrap().to_str().unwrap().to_owned());
    let mut found: Vec<i64> =
        names.filter_map(|name| name.strip_suffix(".snapshot").map(|at| at.parse().unwrap())).collect();
    found.sort_unstable();
    found
}

#[test]
fn of_the_snapshots_that_stops_leave_only_the_last_one_stays() {
    for by_position in [true, false] {
        let (mut disk, mut position, _) = closed(CloseSync::Each);
        let ask = |position: &RecoveryPosition, clean_shutdown| OpenLog {
            position: by_position.then(|| position.clone()),
            ..left(position, clean_shutdown)
        };
        for end in 5..9 {
            // Every second run is killed once, before the one that ends in order.
            if end % 2 == 0 {
                let driver = Driver::open(disk, ask(&position, true));
                disk = driver.disk;
            }
            let mut driver = Driver::open(disk, ask(&position, end % 2 == 1));
            driver.append(&batch(1, 10, 1_000_000)).unwrap();
            driver.settle();
            driver.close();
            position = driver.log.take_recovery_position().unwrap();
            disk = driver.disk;
            assert_eq!(snapshots(&disk), [end], "by position: {by_position}");
        }
        // The roll leaves one at the new segment's base.
        let mut driver = Driver::open(disk, ask(&position, true));
        driver.log.set_config(LogConfig { segment_bytes: 4000, ..LogConfig::default() });
        driver.append(&batch(1, 3000, 1_000_000)).unwrap();
        driver.append(&batch(1, 3000, 1_000_000)).unwrap();
        driver.settle();
        assert_eq!(driver.log.segment_count(), 3);
        assert_eq!(snapshots(&driver.disk), [8, 9], "the bases, one of which is where the last stop was");
    }
}

#[test]
fn snapshots_that_belong_to_nothing_are_removed_as_kafka_does() {
    let config = LogConfig { segment_bytes: 2000, ..LogConfig::default() };
    let mut driver = Driver::new(&config);
    for _ in 0..10 {
        driver.append(&batch(2, 400, 1_000_000)).unwrap();
        driver.settle();
    }
    let bases: Vec<i64> = snapshots(&driver.disk);
    assert!(bases.len() > 2, "{bases:?}");
    driver.close();
    let newest = at("00000000000000000020.snapshot");
    for stray in [1, 7, 19, 23] {
        let bytes = driver.disk.contents(&newest);
        driver.disk.plant(&at(&format!("{stray:020}.snapshot")), &bytes);
    }
    let expected = [&bases[..], &[20]].concat();
    for clean_shutdown in [true, false] {
        let disk = driver.disk.copy();
        let again = Driver::open(disk, OpenLog { clean_shutdown, ..request(&config) });
        assert_eq!(snapshots(&again.disk), expected, "clean: {clean_shutdown}");
    }
}

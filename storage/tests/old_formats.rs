//! Segments that a Kafka has filled with messages of the formats before v2: they are not read, and nothing of them is lost.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod world;

use crc_fast::CrcAlgorithm;
use loglane_model::{FileSystem as _, Offset};
use loglane_storage::{LogConfig, OpenError, OpenLog, open};
use std::collections::BTreeMap;
use std::path::PathBuf;
use world::{Driver, MemoryDisk, batch, directory, request};

/// A message of format 0 or 1, with a value.
fn message(magic: u8, offset: i64, value: &[u8]) -> Vec<u8> {
    let mut body = vec![magic, 0];
    if magic == 1 {
        body.extend_from_slice(&1_500_000_000_000i64.to_be_bytes());
    }
    body.extend_from_slice(&(-1i32).to_be_bytes());
    body.extend_from_slice(&i32::try_from(value.len()).unwrap().to_be_bytes());
    body.extend_from_slice(value);
    let crc = u32::try_from(crc_fast::checksum(CrcAlgorithm::Crc32IsoHdlc, &body)).unwrap();
    let length = i32::try_from(body.len() + 4).unwrap();
    [&offset.to_be_bytes()[..], &length.to_be_bytes(), &crc.to_be_bytes(), &body].concat()
}

fn messages(magic: u8, from: i64, count: i64) -> Vec<u8> {
    (from..from + count).flat_map(|offset| message(magic, offset, &[b'v'; 100])).collect()
}

/// Batches of one record from an offset on, as a log stores them.
fn batches(from: i64, count: i64) -> Vec<u8> {
    let stored = |offset: i64| {
        let mut bytes = batch(1, 100, 1_500_000_000_000);
        bytes[..8].copy_from_slice(&offset.to_be_bytes());
        bytes
    };
    (from..from + count).flat_map(stored).collect()
}

fn segment(base_offset: i64) -> PathBuf {
    directory().join(format!("{base_offset:020}.log"))
}

fn disk_with(segments: &[(i64, Vec<u8>)]) -> MemoryDisk {
    let disk = MemoryDisk::default();
    disk.create_dir_all(&directory()).unwrap();
    for (base_offset, bytes) in segments {
        disk.plant(&segment(*base_offset), bytes);
    }
    disk
}

fn records(disk: &MemoryDisk) -> BTreeMap<PathBuf, Vec<u8>> {
    let is_log = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "log");
    disk.files().into_iter().filter(is_log).map(|path| (path.clone(), disk.contents(&path))).collect()
}

/// Opens after a clean stop and after a kill; both times the log is refused for what stands there, and is as it was.
fn refused(segments: &[(i64, Vec<u8>)], recovery_point: i64, expected: (i64, usize, u8)) {
    for clean_shutdown in [true, false] {
        let disk = disk_with(segments);
        let before = records(&disk);
        let recovery_point = Offset(recovery_point);
        let request = OpenLog { clean_shutdown, recovery_point, ..request(&LogConfig::default()) };
        let error = open(&disk, request).unwrap_err();
        let (segment, position, magic) = (Offset(expected.0), expected.1 as u64, expected.2);
        assert_eq!(error, OpenError::OldFormat { segment, position, magic }, "clean: {clean_shutdown}");
        assert!(records(&disk) == before, "no record was touched");
    }
}

#[test]
fn a_log_of_an_old_format_is_refused_and_left_as_it_is() {
    for magic in [0, 1] {
        refused(&[(0, messages(magic, 0, 50))], 0, (0, 0, magic));
        refused(&[(0, messages(magic, 0, 50)), (50, messages(magic, 50, 50))], 100, (50, 0, magic));
    }
}

#[test]
fn a_log_that_changed_to_an_old_format_is_refused_wherever_that_was() {
    let sound = batches(0, 20);
    refused(&[(0, sound.clone()), (20, messages(1, 20, 5))], 0, (20, 0, 1));
    let mixed = [&sound[..], &messages(0, 20, 5)].concat();
    refused(&[(0, mixed)], 0, (0, sound.len(), 0));
    // Before the segments behind a hole are retired.
    let mut torn = sound.clone();
    torn.truncate(sound.len() - 30);
    refused(&[(0, torn), (20, messages(1, 20, 5))], 0, (20, 0, 1));
}

#[test]
fn an_old_message_is_known_by_those_behind_it_where_it_is_damaged() {
    let mut bytes = messages(1, 0, 10);
    bytes[60] ^= 1;
    refused(&[(0, bytes)], 0, (0, 0, 1));
}

#[test]
fn a_header_that_was_written_in_part_is_not_taken_for_an_old_message() {
    let sound = batches(0, 20);
    let next = batches(20, 1);
    for written in 1..next.len() - 1 {
        let bytes = [&sound[..], &next[..written], &[0; 9000]].concat();
        let driver = Driver::open(disk_with(&[(0, bytes)]), request(&LogConfig::default()));
        assert_eq!(driver.log.log_end_offset(), Offset(20), "{written} bytes");
        assert_eq!(driver.disk.len(&segment(0)), sound.len());
    }
}

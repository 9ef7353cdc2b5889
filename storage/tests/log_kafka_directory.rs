//! The log in directories that a real Kafka left, and Kafka's tool on directories that the log left.
//!
//! The second half needs Java and Kafka's jars: `KAFKA_LIBS=/path/to/kafka/libs`; skipped without.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(clippy::print_stderr, reason = "a skipped test says so")]

mod world;

use loglane_model::{FileSystem, LeaderEpoch, Offset, ProducerId, TopicId};
use loglane_storage::batch::Batches;
use loglane_storage::batch_builder::BatchBuilder;
use loglane_storage::control::{EndMarker, end_marker_batch};
use loglane_storage::transaction_index::TransactionIndex;
use loglane_storage::validate::Origin;
use loglane_storage::{
    LeaderAppend, LogConfig, OpenLog, leader_epoch, partition_metadata, producer_snapshot,
};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use world::{Driver, MemoryDisk, batch, request};

const TOPICS: [&str; 6] = ["codecs", "blocks", "stamped", "txn", "compacted", "__consumer_offsets"];

/// The files of a partition's directory by name.
fn kafka_files(topic: &str) -> BTreeMap<String, Vec<u8>> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/kafka-4.3.1").join(format!("{topic}-0"));
    let entries = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    entries
        .map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), std::fs::read(path).unwrap()))
        .collect()
}

fn dir(topic: &str) -> PathBuf {
    PathBuf::from(format!("/logs/{topic}-0"))
}

/// A disk with that directory, and how to open it.
fn planted(topic: &str, files: &BTreeMap<String, Vec<u8>>) -> (MemoryDisk, OpenLog) {
    let disk = MemoryDisk::default();
    disk.create_dir_all(&dir(topic)).unwrap();
    for (name, bytes) in files {
        disk.plant(&dir(topic).join(name), bytes);
    }
    let metadata = String::from_utf8(files[partition_metadata::FILE_NAME].clone()).unwrap();
    let config = LogConfig {
        cleanup_compact: matches!(topic, "compacted" | "__consumer_offsets"),
        index_interval_bytes: if topic == "codecs" { 700 } else { 4096 },
        ..LogConfig::default()
    };
    let topic_id: TopicId = partition_metadata::decode(&metadata).unwrap();
    (disk, OpenLog { dir: dir(topic), topic_id, ..request(&config) })
}

fn all_batches(files: &BTreeMap<String, Vec<u8>>) -> Vec<u8> {
    files.iter().filter(|(name, _)| name.ends_with(".log")).flat_map(|(_, bytes)| bytes.clone()).collect()
}

/// The newest snapshot's entries, without the times at which this broker heard of the producers.
fn newest_snapshot(files: &BTreeMap<String, Vec<u8>>) -> Option<Vec<u8>> {
    files.iter().rfind(|(name, _)| name.ends_with(".snapshot")).map(|(_, bytes)| bytes.clone())
}

fn files_on(disk: &MemoryDisk, topic: &str) -> BTreeMap<String, Vec<u8>> {
    let inside = disk.files().into_iter().filter(|path| path.parent() == Some(&dir(topic)));
    inside
        .map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), disk.contents(&path)))
        .collect()
}

/// Files that must be the same byte for byte.
fn compare(topic: &str, before: &BTreeMap<String, Vec<u8>>, after: &BTreeMap<String, Vec<u8>>) {
    for (name, bytes) in before {
        // As in Kafka an epoch without a batch is forgotten at the start.
        let is_epochs = name == leader_epoch::FILE_NAME;
        if name.ends_with(".snapshot") || is_epochs {
            continue;
        }
        assert!(after.get(name) == Some(bytes), "{topic}: {name} has changed");
    }
    let snapshot = newest_snapshot(before);
    if snapshot.as_ref().is_some_and(|bytes| !producer_snapshot::decode(bytes).unwrap().is_empty()) {
        assert_eq!(newest_snapshot(after), snapshot, "{topic}: the newest producer snapshot");
    }
}

#[test]
fn a_directory_that_kafka_closed_opens_and_is_left_as_it_was() {
    for topic in TOPICS {
        let before = kafka_files(topic);
        let (disk, request) = planted(topic, &before);
        let mut driver = Driver::open(disk, OpenLog { clean_shutdown: true, ..request });
        assert!(driver.read_all(3000) == all_batches(&before), "{topic}: the same batches");
        driver.close();
        compare(topic, &before, &files_on(&driver.disk, topic));
    }
}

#[test]
fn a_directory_that_lost_all_but_its_batches_is_built_anew() {
    for topic in TOPICS {
        let before = kafka_files(topic);
        let mut bare = before.clone();
        bare.retain(|name, _| name.ends_with(".log") || name == partition_metadata::FILE_NAME);
        // As after a kill: zeros behind the last batch.
        let last = bare.iter_mut().rfind(|(name, _)| name.ends_with(".log")).unwrap().1;
        last.resize(last.len().next_multiple_of(4096) + 65536, 0);
        let (disk, request) = planted(topic, &bare);
        let mut driver = Driver::open(disk, request);
        assert!(driver.read_all(1 << 20) == all_batches(&before), "{topic}: the same batches");
        driver.close();
        let after = files_on(&driver.disk, topic);
        if !matches!(topic, "blocks" | "__consumer_offsets") {
            // The cleaner counts index rows from its own writes, and keeps producers that left the log; a restart
            // begins to count anew in the middle of a segment.
            continue;
        }
        compare(topic, &before, &after);
    }
}

/// Kafka's indexes have no checksums, and a row that lies behind the log's end would stand in the way of the next one.
#[test]
fn an_index_of_kafka_with_a_flipped_bit_stands_in_nobody_s_way() {
    // The files, the bytes of a row, and where its offset stands in it.
    let kinds = [
        ("codecs", "index", 8, 0..4),
        ("codecs", "timeindex", 12, 8..12),
        ("txn", "index", 8, 0..4),
        ("txn", "timeindex", 12, 8..12),
        ("txn", "txnindex", 34, 18..26),
    ];
    for (topic, extension, row_bytes, offset_at) in kinds {
        let files = kafka_files(topic);
        let is_kind = |name: &str| name.rsplit('.').next() == Some(extension);
        let name = files.keys().rfind(|name| is_kind(name)).unwrap().clone();
        for bit in offset_at.start * 8..offset_at.end * 8 {
            let mut damaged = files.clone();
            let bytes = damaged.get_mut(&name).unwrap();
            let row = bytes.len() - row_bytes;
            bytes[row + bit / 8] ^= 0x80 >> (bit % 8);
            let (disk, mut request) = planted(topic, &damaged);
            request.config.segment_ms = i64::MAX;
            let mut driver = Driver::open(disk, OpenLog { clean_shutdown: true, ..request });
            driver.now_ms = 1_900_000_000_000;
            for _ in 0..20 {
                driver.append(&batch(1, 1000, driver.now_ms)).unwrap();
                driver.now_ms += 1;
            }
            abort_a_transaction(&mut driver);
            driver.settle();
            assert!(driver.read_all(3000).starts_with(&all_batches(&files)), "{name}, bit {bit}");
            driver.close();
        }
    }
}

fn abort_a_transaction(driver: &mut Driver) {
    let (id, epoch) = (ProducerId(77_777), 0);
    let mut builder = BatchBuilder::new().producer(id, epoch, 0).transactional();
    builder.push(driver.now_ms, Some(b"key"), Some(b"aborted"), &[]);
    driver.append(&builder.finish()).unwrap();
    let marker = EndMarker { committed: false, coordinator_epoch: 1 };
    let marker = end_marker_batch(id, epoch, marker, driver.now_ms);
    let epoch = LeaderEpoch(5);
    driver.log.append_leader(&marker, Origin::Coordinator, epoch, driver.now_ms, &mut driver.pool).unwrap();
}

#[test]
fn aborted_transactions_of_kafka_are_found() {
    let files = kafka_files("txn");
    let (disk, request) = planted("txn", &files);
    let mut driver = Driver::open(disk, OpenLog { clean_shutdown: true, ..request });
    let mut expected = Vec::new();
    for (name, bytes) in files.iter().filter(|(name, _)| name.ends_with(".txnindex")) {
        let base = Offset(name[..20].parse().unwrap());
        expected.extend(TransactionIndex::decode(bytes, base).unwrap().rows().to_vec());
    }
    assert!(!expected.is_empty());
    let end = driver.log.log_end_offset();
    let mut found = Vec::new();
    while !driver.log.aborted_transactions(Offset(0), end, &mut found).unwrap() {
        driver.settle();
    }
    assert_eq!(found, expected);
    assert!(driver.log.first_unstable_offset().is_some(), "one transaction was left open");
}

#[test]
fn records_are_found_by_time_as_a_walk_over_all_of_them_finds_them() {
    for topic in ["codecs", "blocks", "stamped", "txn"] {
        let files = kafka_files(topic);
        let (disk, request) = planted(topic, &files);
        let mut driver = Driver::open(disk, OpenLog { clean_shutdown: true, ..request });
        let records = times_of(&all_batches(&files));
        let end = driver.log.log_end_offset();
        let largest = records.iter().map(|(_, timestamp)| *timestamp).max().unwrap();
        let first_of_largest = records.iter().find(|(_, timestamp)| *timestamp == largest).unwrap();
        driver.log.look_up_max_timestamp(1, end);
        driver.settle();
        let answer = driver.log.take_answer().unwrap();
        let found = answer.result.unwrap().unwrap();
        assert_eq!((found.offset, found.timestamp), *first_of_largest, "{topic}");
        let step = (records.len() / 40).max(1);
        for (_, timestamp) in records.iter().step_by(step) {
            for target in [timestamp - 1, *timestamp, timestamp + 1] {
                driver.log.look_up_timestamp(7, target, end);
                driver.settle();
                let answer = driver.log.take_answer().unwrap();
                let found = answer.result.unwrap().map(|found| (found.offset, found.timestamp));
                let expected = records.iter().find(|(_, timestamp)| *timestamp >= target).copied();
                assert_eq!(found, expected, "{topic}: {target}");
            }
        }
    }
}

/// Offset and timestamp of every record.
fn times_of(bytes: &[u8]) -> Vec<(Offset, i64)> {
    let mut times = Vec::new();
    for batch in Batches::checked(bytes) {
        let batch = batch.unwrap();
        let header = batch.header;
        let codec = header.attributes().compression().unwrap();
        let area = loglane_storage::compression::decompress(codec, &batch.bytes[61..], 1 << 24).unwrap();
        for record in loglane_storage::record::Records::new(&area, header.record_count.get()) {
            let record = record.unwrap();
            let is_stamped = header.attributes().0 & 8 != 0;
            let created = header.base_timestamp.get() + record.timestamp_delta;
            let timestamp = if is_stamped { header.max_timestamp.get() } else { created };
            times.push((header.base_offset().plus(i64::from(record.offset_delta)), timestamp));
        }
    }
    times
}

/// A log with rolls, idempotent producers, transactions and several epochs.
fn written(config: &LogConfig) -> Driver {
    let mut driver = Driver::new(config);
    for round in 0..60i64 {
        let now_ms = 1_700_000_000_000 + round;
        let mut append = |bytes: &[u8], origin: Origin| {
            let append = LeaderAppend {
                origin,
                epoch: LeaderEpoch(i32::try_from(round / 20).unwrap()),
                now_ms,
                verification: None,
                transaction_version: 0,
            };
            driver.log.append_as_leader(bytes, &append, &mut driver.pool).unwrap();
        };
        append(&batch(3, 400, now_ms), world::CLIENT);
        let mut builder =
            BatchBuilder::new().producer(ProducerId(77), 0, i32::try_from(round).unwrap()).transactional();
        builder.push(now_ms, Some(b"key"), Some(b"in a transaction"), &[]);
        append(&builder.finish(), world::CLIENT);
        let marker = EndMarker { committed: round % 3 != 0, coordinator_epoch: 1 };
        append(&end_marker_batch(ProducerId(77), 0, marker, now_ms), Origin::Coordinator);
        driver.settle();
    }
    driver
}

/// Copies what is on the disk in memory to a real directory.
fn export(disk: &MemoryDisk, to: &Path) {
    let _ = std::fs::remove_dir_all(to);
    std::fs::create_dir_all(to).unwrap();
    for path in disk.files() {
        std::fs::write(to.join(path.file_name().unwrap()), disk.contents(&path)).unwrap();
    }
}

#[test]
fn kafka_reads_a_directory_that_the_log_closed() {
    let config = LogConfig { segment_bytes: 30_000, ..LogConfig::default() };
    let mut driver = written(&config);
    let end = driver.log.log_end_offset();
    driver.close();
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("closed-log");
    export(&driver.disk, &out);
    let epochs = String::from_utf8(std::fs::read(out.join(leader_epoch::FILE_NAME)).unwrap()).unwrap();
    assert_eq!(epochs, "0\n3\n0 0\n1 100\n2 200\n");
    assert!(out.join(format!("{:020}.snapshot", end.0)).exists());
    let Ok(libs) = std::env::var("KAFKA_LIBS") else {
        eprintln!("SKIPPED: KAFKA_LIBS does not name a directory of Kafka's jars");
        return;
    };
    let mut logs = 0;
    for entry in std::fs::read_dir(&out).unwrap() {
        let path = entry.unwrap().path();
        let kind = path.extension().and_then(|kind| kind.to_str()).unwrap_or_default().to_owned();
        if !matches!(kind.as_str(), "log" | "index" | "timeindex" | "txnindex" | "snapshot") {
            continue;
        }
        logs += usize::from(kind == "log");
        let output = Command::new("java")
            .args(["-Xmx256m", "-cp", &format!("{libs}/*"), "org.apache.kafka.tools.DumpLogSegments"])
            .arg("--files")
            .arg(&path)
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout).to_lowercase();
        assert!(output.status.success(), "{text}");
        for bad in ["mismatch", "isvalid: false", "invalid bytes", "non-monotonic", "corrupt"] {
            assert!(!text.contains(bad), "{}: {text}", path.display());
        }
    }
    assert!(logs > 2, "several segments");
}

/// Opens a partition's directory of a Kafka that was killed.
#[test]
#[ignore = "reads the directory named by LOGLANE_IMPORT_FROM"]
fn a_killed_kafkas_directory_opens() {
    let from = PathBuf::from(std::env::var("LOGLANE_IMPORT_FROM").unwrap());
    let entries = std::fs::read_dir(&from).unwrap().map(|entry| entry.unwrap().path());
    let files: BTreeMap<String, Vec<u8>> = entries
        .map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), std::fs::read(&path).unwrap()))
        .collect();
    let (disk, request) = planted("imported", &files);
    let mut driver = Driver::open(disk, request);
    let all = driver.read_all(1 << 20);
    eprintln!(
        "{} segments, end {}, {} bytes",
        driver.log.segment_count(),
        driver.log.log_end_offset(),
        all.len()
    );
    assert!(all_batches(&files).starts_with(&all), "only the end may have been cut");
    driver.append(&batch(1, 10, 1_000_000)).unwrap();
    driver.settle();
    assert!(driver.read_all(1 << 20).starts_with(&all));
    driver.close();
}

/// Writes two directories for a real broker to be tried on by hand: one as closed, one as killed.
#[test]
#[ignore = "only writes directories, to the place named by LOGLANE_EXPORT_TO"]
fn export_directories() {
    let to = PathBuf::from(std::env::var("LOGLANE_EXPORT_TO").unwrap());
    let config = LogConfig { segment_bytes: 30_000, ..LogConfig::default() };
    let mut driver = written(&config);
    export(&driver.disk, &to.join("killed"));
    driver.close();
    export(&driver.disk, &to.join("closed"));
}

//! What we write, Kafka's own tool reads: batches in every codec, markers, indexes, snapshots.
//!
//! Needs Java and Kafka's jars: `KAFKA_LIBS=/path/to/kafka/libs cargo test -p loglane-storage`; skipped without.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(clippy::print_stderr, reason = "a skipped test says so")]

use loglane_model::{Compression, LeaderEpoch, Offset, ProducerId};
use loglane_storage::batch_builder::BatchBuilder;
use loglane_storage::control::{EndMarker, end_marker_batch};
use loglane_storage::directory::{SegmentFile, segment_file_name};
use loglane_storage::index::SegmentIndexes;
use loglane_storage::producer_snapshot::{self, SnapshotEntry};
use loglane_storage::transaction_index::{AbortedTransaction, TransactionIndex};
use loglane_storage::validate::{patch_leader_fields, stamp_append_time};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const CODECS: [(Compression, &str); 5] = [
    (Compression::None, "none"),
    (Compression::Gzip, "gzip"),
    (Compression::Snappy, "snappy"),
    (Compression::Lz4, "lz4"),
    (Compression::Zstd, "zstd"),
];

/// What `kafka-dump-log` says of a file; `None` (and a word on why) where it is not at hand.
fn dump(file: &Path, options: &[&str]) -> Option<String> {
    let Ok(libs) = std::env::var("KAFKA_LIBS") else {
        eprintln!("SKIPPED: KAFKA_LIBS does not name a directory of Kafka's jars");
        return None;
    };
    let output = Command::new("java")
        .args(["-Xmx256m", "-cp", &format!("{libs}/*"), "org.apache.kafka.tools.DumpLogSegments"])
        .args(options)
        .arg("--files")
        .arg(file)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}\n{errors}");
    Some(text)
}

fn directory(name: &str) -> PathBuf {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&dir);
    fs::create_dir_all(&dir).unwrap();
    dir
}

#[test]
fn kafka_reads_our_batches_and_indexes() {
    let dir = directory("ours");
    let (mut log, mut offset) = (Vec::new(), Offset(0));
    let mut indexes = SegmentIndexes::new(Offset(0));
    let large = b"a large value, again and again; ".repeat(5000);
    let mut append = |mut batch: Vec<u8>, offset: &mut Offset| {
        patch_leader_fields(&mut batch, *offset, LeaderEpoch(3));
        let header = loglane_storage::batch::check_batch(&batch).unwrap();
        let (last_offset, max_timestamp) = (header.last_offset(), header.max_timestamp.get());
        let (position, bytes) = (u32::try_from(log.len()).unwrap(), u32::try_from(batch.len()).unwrap());
        indexes.on_append(last_offset, position, bytes, max_timestamp, 100);
        log.extend_from_slice(&batch);
        *offset = last_offset.plus(1);
    };
    for (codec, _) in CODECS {
        let mut builder = BatchBuilder::new().producer(ProducerId(9), 2, 40).transactional();
        builder.push(
            1_700_000_000_000 + offset.0,
            Some(b"key"),
            Some(b"value"),
            &[("h", Some(b"x")), ("n", None)],
        );
        builder.push(1_700_000_000_100 + offset.0, None, Some(&large), &[]);
        builder.push(1_700_000_000_050 + offset.0, Some(b"gone"), None, &[]);
        append(builder.finish_compressed(codec, None).unwrap(), &mut offset);
    }
    let marker = EndMarker { committed: false, coordinator_epoch: 7 };
    append(end_marker_batch(ProducerId(9), 2, marker, 1_700_000_000_500), &mut offset);
    let mut stamped = BatchBuilder::new();
    stamped.push(1, Some(b"k"), Some(b"v"), &[]);
    let mut stamped = stamped.finish();
    stamp_append_time(&mut stamped, 1_700_000_001_000);
    append(stamped, &mut offset);
    indexes.finish();

    let mut transactions = TransactionIndex::new();
    transactions.append(AbortedTransaction {
        producer_id: ProducerId(9),
        first_offset: Offset(0),
        last_offset: Offset(15),
        last_stable_offset: Offset(16),
    });
    let write = |file, bytes: &[u8]| {
        let path = dir.join(segment_file_name(Offset(0), file));
        fs::write(&path, bytes).unwrap();
        path
    };
    let log = write(SegmentFile::Log, &log);
    let offsets = write(SegmentFile::OffsetIndex, &indexes.offsets.encode());
    let times = write(SegmentFile::TimeIndex, &indexes.times.encode());
    let transactions = write(SegmentFile::TransactionIndex, &transactions.encode());

    let Some(text) = dump(&log, &["--deep-iteration"]) else { return };
    assert!(!text.contains("isvalid: false"), "{text}");
    for (_, name) in CODECS {
        assert!(text.contains(&format!("compresscodec: {name} ")), "{text}");
    }
    assert!(text.contains("valueSize: 160000"), "{text}");
    assert!(text.contains("headerKeys: [h,n]"), "{text}");
    assert!(text.contains("offset: 2 CreateTime: 1700000000050 keySize: 4 valueSize: -1"), "{text}");
    assert!(text.contains("endTxnMarker: ABORT coordinatorEpoch: 7"), "{text}");
    assert!(text.contains("baseOffset: 16 lastOffset: 16 count: 1"), "{text}");
    assert!(text.contains("LogAppendTime: 1700000001000"), "{text}");
    assert!(!text.contains("invalid bytes"), "{text}");
    for index in [&offsets, &times] {
        let text = dump(index, &["--verify-index-only"]).unwrap();
        assert!(!text.to_lowercase().contains("mismatch") && !text.contains("non-monotonic"), "{text}");
    }
    let text = dump(&offsets, &["--index-sanity-check"]).unwrap();
    assert!(text.contains("passed sanity check"), "{text}");
    let text = dump(&transactions, &[]).unwrap();
    assert!(text.contains("producerId: 9 firstOffset: 0 lastOffset: 15 lastStableOffset: 16"), "{text}");
}

#[test]
fn kafka_reads_our_producer_snapshots() {
    let entry = |id, open| SnapshotEntry {
        producer_id: ProducerId(id),
        producer_epoch: 3,
        last_sequence: 41,
        last_offset: 99,
        offset_delta: 4,
        timestamp: 1_700_000_000_000,
        coordinator_epoch: 5,
        open_transaction: open,
    };
    let bytes = producer_snapshot::encode(&[entry(1, None), entry(2, Some(Offset(77)))]);
    let path = directory("snapshot").join(segment_file_name(Offset(100), SegmentFile::ProducerSnapshot));
    fs::write(&path, bytes).unwrap();
    let Some(text) = dump(&path, &[]) else { return };
    assert!(text.contains("producerId: 2 producerEpoch: 3 coordinatorEpoch: 5"), "{text}");
    assert!(text.contains("currentTxnFirstOffset: OptionalLong[77]"), "{text}");
    assert!(text.contains("firstSequence: 37 lastSequence: 41 lastOffset: 99 offsetDelta: 4"), "{text}");
}

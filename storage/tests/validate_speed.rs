//! What validation costs per byte. A figure, not a check:
//! `cargo test --release -p loglane-storage --test validate_speed -- --ignored --nocapture`
//!
//! Three interleaved runs on one core of a busy two-core machine with AVX-512, ns per byte, the walk in one pass with
//! its predecessor in brackets: 100 x 1 KiB 0.023 (0.024), 1,000 x 100 B 0.093 (0.106), 10,000 x 10 B 0.33 (0.41).
//! The CRC alone takes 0.0145, the walk 8 ns a record.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(clippy::print_stdout, reason = "printing is what it is for")]

use loglane_model::{BATCH_HEADER_BYTES, Compression, ProducerId, TimestampType};
use loglane_storage::batch::check_batch;
use loglane_storage::batch_builder::BatchBuilder;
use loglane_storage::crc::crc32c;
use loglane_storage::record::Records;
use loglane_storage::validate::{AppendRules, Origin, validate_for_append};
use std::hint::black_box;
use std::time::Instant;

const NOW: i64 = 1_795_249_272_541;

fn batch(record_count: usize, value_bytes: usize, compression: Compression) -> Vec<u8> {
    let mut builder = BatchBuilder::new().producer(ProducerId(4000), 0, 0);
    // Bytes that no codec can do much with, as in most benchmarks' payloads.
    let mut word = 7u64;
    for at in 0..record_count {
        let value: Vec<u8> = (0..value_bytes)
            .map(|_| {
                word = word.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                word.to_le_bytes()[7] & 0x3f
            })
            .collect();
        builder.push(NOW + i64::try_from(at).unwrap() / 10, Some(b"key-0001"), Some(&value), &[]);
    }
    builder.finish_compressed(compression, None).unwrap()
}

/// The fastest of many short rounds, in ns per call: what others do on the machine only ever adds.
fn fastest(mut work: impl FnMut()) -> f64 {
    let mut least = f64::INFINITY;
    for _ in 0..1000 {
        let began = Instant::now();
        for _ in 0..5 {
            work();
        }
        least = least.min(began.elapsed().as_secs_f64() * 1e9 / 5.0);
    }
    least
}

#[test]
#[ignore = "prints figures; run it alone, with --release"]
fn nanoseconds_per_byte() {
    let rules = AppendRules {
        message_bytes_max: 1 << 21,
        segment_bytes_max: 1 << 30,
        is_compacted: false,
        timestamp_type: TimestampType::CreateTime,
        timestamp_before_ms_max: i64::MAX,
        timestamp_after_ms_max: 3_600_000,
        validate_compressed: false,
        decompressed_bytes_max: 1 << 26,
    };
    let strict = AppendRules { validate_compressed: true, ..rules };
    let client = Origin::Client { produce_version: 12 };
    for (count, bytes) in [(1, 1024), (100, 1024), (1000, 100), (10_000, 10)] {
        let batch = batch(count, bytes, Compression::None);
        let size = batch.len() as f64;
        let all = fastest(|| {
            let _ = black_box(validate_for_append(black_box(&batch), &rules, client, NOW).unwrap());
        });
        let crc = fastest(|| {
            let _ = black_box(crc32c(black_box(&batch)));
        });
        let stored = fastest(|| {
            let _ = black_box(check_batch(black_box(&batch)).unwrap().crc);
        });
        let area = &batch[BATCH_HEADER_BYTES..];
        let record_count = i32::try_from(count).unwrap();
        let walk = fastest(|| {
            let _ = black_box(Records::new(black_box(area), record_count).count());
        });
        println!(
            "{count:5} x {bytes:4} B: validate {:.4} ns/B ({all:.0} ns), CRC {:.4}, check_batch {:.4}, walk {:.4} ({:.1} ns a record)",
            all / size,
            crc / size,
            stored / size,
            walk / size,
            walk / count as f64
        );
    }
    for codec in [Compression::Gzip, Compression::Snappy, Compression::Lz4, Compression::Zstd] {
        let plain = batch(1000, 100, Compression::None).len() as f64;
        let batch = batch(1000, 100, codec);
        let trusting = fastest(|| {
            let _ = black_box(validate_for_append(black_box(&batch), &rules, client, NOW).unwrap());
        });
        let walked = fastest(|| {
            let _ = black_box(validate_for_append(black_box(&batch), &strict, client, NOW).unwrap());
        });
        println!(
            "{codec:?}: by the header {trusting:.0} ns, walked {:.3} ns per uncompressed byte",
            walked / plain
        );
    }
}

//! The checksum, the checks of an append, the log, its index.

use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use loglane_micro::{Shelf, batch, compressed_batch};
use loglane_model::{BATCH_HEADER_BYTES, Compression, Offset, TimestampType};
use loglane_storage::batch::check_batch;
use loglane_storage::crc::crc32c;
use loglane_storage::index::OffsetIndex;
use loglane_storage::record::Records;
use loglane_storage::validate::{AppendRules, Origin, validate_for_append};

/// Records and value bytes of the batches.
const SHAPES: [(usize, usize); 4] = [(1, 100), (1000, 100), (16, 1024), (120, 1024)];

fn bytes(batch: &[u8]) -> BytesCount {
    BytesCount::new(batch.len())
}

#[divan::bench(args = [64, 1024, 4096, 65_536, 1_048_576])]
fn crc(bencher: Bencher<'_, '_>, size: usize) {
    let data = batch(1, size)[..size].to_vec();
    bencher.counter(BytesCount::new(size)).bench_local(|| crc32c(black_box(&data)));
}

/// The yardstick beside the checksum: the copy of a batch into its log costs at least this.
#[divan::bench(args = [64, 1024, 4096, 65_536, 1_048_576])]
fn copy(bencher: Bencher<'_, '_>, size: usize) {
    let data = vec![1u8; size];
    let mut into = vec![0u8; size];
    bencher
        .counter(BytesCount::new(size))
        .bench_local(|| black_box(&mut into).copy_from_slice(black_box(&data)));
}

fn rules(validate_compressed: bool) -> AppendRules {
    AppendRules {
        message_bytes_max: 1 << 21,
        segment_bytes_max: 1 << 30,
        is_compacted: false,
        timestamp_type: TimestampType::CreateTime,
        timestamp_before_ms_max: i64::MAX,
        timestamp_after_ms_max: 3_600_000,
        validate_compressed,
        decompressed_bytes_max: 1 << 26,
    }
}

const CLIENT: Origin = Origin::Client { produce_version: 12 };

#[divan::bench(args = SHAPES)]
fn validate(bencher: Bencher<'_, '_>, (records, value_bytes): (usize, usize)) {
    let (batch, rules) = (batch(records, value_bytes), rules(false));
    let check = || validate_for_append(black_box(&batch), &rules, CLIENT, 1_800_000_000_000);
    bencher.counter(bytes(&batch)).counter(ItemsCount::new(records)).bench_local(check);
}

/// 1,000 records of 100 B, believed by their header or walked, as `validate_compressed` says.
#[divan::bench(args = [
    (Compression::Lz4, false), (Compression::Lz4, true), (Compression::Snappy, true),
    (Compression::Zstd, true), (Compression::Gzip, true),
])]
fn validate_compressed(bencher: Bencher<'_, '_>, (codec, is_walked): (Compression, bool)) {
    let (batch, rules) = (compressed_batch(1000, 100, codec), rules(is_walked));
    let check = || validate_for_append(black_box(&batch), &rules, CLIENT, 1_800_000_000_000);
    bencher.counter(bytes(&batch)).counter(ItemsCount::new(1000usize)).bench_local(check);
}

/// What a batch read from the disk is asked, and what reading its records takes.
#[divan::bench(args = SHAPES)]
fn check_stored(bencher: Bencher<'_, '_>, (records, value_bytes): (usize, usize)) {
    let batch = batch(records, value_bytes);
    bencher.counter(bytes(&batch)).bench_local(|| check_batch(black_box(&batch)).is_ok());
}

#[divan::bench(args = SHAPES)]
fn walk_records(bencher: Bencher<'_, '_>, (records, value_bytes): (usize, usize)) {
    let batch = batch(records, value_bytes);
    let count = i32::try_from(records).expect("thousands");
    let walk = || Records::new(black_box(&batch[BATCH_HEADER_BYTES..]), count).count();
    bencher.counter(bytes(&batch)).counter(ItemsCount::new(records)).bench_local(walk);
}

#[divan::bench(args = SHAPES)]
fn append(bencher: Bencher<'_, '_>, (records, value_bytes): (usize, usize)) {
    let batch = batch(records, value_bytes);
    let mut shelf = Shelf::new();
    bencher
        .counter(bytes(&batch))
        .counter(ItemsCount::new(1usize))
        .bench_local(|| shelf.append(black_box(&batch)));
}

#[divan::bench(args = SHAPES)]
fn append_and_tail_read(bencher: Bencher<'_, '_>, (records, value_bytes): (usize, usize)) {
    let batch = batch(records, value_bytes);
    let mut shelf = Shelf::new();
    bencher.counter(bytes(&batch)).bench_local(|| {
        let offset = shelf.append(black_box(&batch));
        shelf.read(offset, 1 << 20)
    });
}

/// A row for each 4 KiB: 262,144 of them are the index of a segment of 1 GiB.
#[divan::bench(args = [256, 262_144])]
fn index_lookup(bencher: Bencher<'_, '_>, rows: u32) {
    let mut index = OffsetIndex::new(Offset(0));
    for row in 1..=rows {
        index.append(Offset(i64::from(row) * 4), row * 4096);
    }
    let mut state = 1u32;
    bencher.bench_local(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        index.lookup(Offset(i64::from(state % (rows * 4))))
    });
}

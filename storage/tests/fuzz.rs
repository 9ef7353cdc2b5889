//! Any bytes at all as a batch or as one of a partition's files: refused, or something that whoever reads it later can
//! read. `FUZZ_SECONDS=3600 cargo test --release -p loglane-storage --test fuzz` goes on for an hour.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod world;

use harness::Chance;
use harness::fuzz::rounds;
use loglane_model::{
    Attributes, BATCH_HEADER_BYTES, BATCH_OVERHEAD_BYTES, BatchHeader, Compression, LeaderEpoch, Offset,
    ProducerId, TimestampType, varint,
};
use loglane_storage::batch::{Batches, check_batch, records_of};
use loglane_storage::batch_builder::{BatchBuilder, refresh_crc};
use loglane_storage::compression::decompress;
use loglane_storage::control::ControlBatch;
use loglane_storage::index::{OffsetIndex, TimeIndex};
use loglane_storage::leader_epoch::LeaderEpochs;
use loglane_storage::meta_properties::MetaProperties;
use loglane_storage::recompress::recompress;
use loglane_storage::record::Records;
use loglane_storage::recovery_position;
use loglane_storage::transaction_index::TransactionIndex;
use loglane_storage::validate::{AppendRules, BatchInfo, Origin, validate_for_append};
use loglane_storage::{
    AppendError, LogConfig, checkpoint, clean_shutdown, java_properties, partition_metadata,
    producer_snapshot,
};
use world::{Driver, request};

const NOW: i64 = 1_795_249_272_541;

/// The most that one batch may become here.
const DECOMPRESSED_BYTES_MAX: usize = 1 << 18;

const CODECS: [Compression; 5] =
    [Compression::None, Compression::Gzip, Compression::Snappy, Compression::Lz4, Compression::Zstd];

#[test]
fn any_bytes_as_a_batch_are_refused_or_can_be_read_ever_after() {
    let mut stored = Stored::new();
    rounds(40_000, |seed| {
        let mut chance = Chance::new(seed);
        let batch = hostile_batch(&mut chance);
        let rules = rules(&mut chance);
        let origin = match chance.below(8) {
            0 => Origin::Coordinator,
            1 => Origin::Quorum,
            _ => Origin::Client { produce_version: 3 + i16::from(chance.bytes(1)[0] % 11) },
        };
        let before = batch.clone();
        let mut result = None;
        let counted = allocation_counter::measure(|| {
            result = validate_for_append(&batch, &rules, origin, NOW).ok();
        });
        assert_eq!(before, batch, "validating changes nothing");
        // A list of what is wrong with which record, the window of a decompressor, and never what the bytes ask for.
        assert!(counted.bytes_max < 4 << 20, "{} bytes at once", counted.bytes_max);
        if let Some(info) = result {
            stored.append(&batch, &info, &rules, origin);
        }
        Batches::checked(&batch).for_each(drop);
        Batches::trusted(&batch).for_each(drop);
        let _ = ControlBatch::parse(&batch);
        let target = CODECS[index(&mut chance, CODECS.len())];
        if let Ok(again) = recompress(&batch, target, None, DECOMPRESSED_BYTES_MAX, DECOMPRESSED_BYTES_MAX) {
            assert!(check_batch(&again).is_ok() || check_batch(&batch).is_err());
        }
    });
}

/// A log that takes what is accepted, so that it is seen as everybody sees it who reads it later.
struct Stored {
    driver: Driver,
    appended: u32,
}

impl Stored {
    fn new() -> Stored {
        Stored { driver: Driver::new(&LogConfig::default()), appended: 0 }
    }

    fn append(&mut self, sent: &[u8], info: &BatchInfo<'_>, rules: &AppendRules, origin: Origin) {
        let driver = &mut self.driver;
        driver.log.set_config(config(rules));
        let bytes_before = driver.log.size_bytes();
        let appended = match driver.log.append_leader(sent, origin, LeaderEpoch(6), NOW, &mut driver.pool) {
            Ok(appended) if !appended.duplicate => appended,
            // What else the log knows of a producer speaks against it.
            Ok(_) | Err(AppendError::Producer(_) | AppendError::BadMarker(_)) => return,
            Err(error) => panic!("it was accepted, and then not: {error:?}"),
        };
        driver.settle();
        let stored_bytes = driver.log.size_bytes() - bytes_before;
        assert_eq!(stored_bytes, info.bytes.len() as u64, "nothing but the batch is stored");
        let stored = driver.read(appended.base_offset, Offset(i64::MAX), 1).expect("it can be read");
        check_accepted(&stored, info, rules, appended.base_offset);
        self.appended += 1;
        if self.appended.is_multiple_of(200) {
            self.kill();
        }
    }

    /// All that was acknowledged is there after a kill, and a new log takes the next ones.
    fn kill(&mut self) {
        let end_offset = self.driver.log.log_end_offset();
        let again = Driver::open(self.driver.disk.clone(), request(&LogConfig::default()));
        assert_eq!(again.log.log_end_offset(), end_offset);
        self.driver = Driver::new(&LogConfig::default());
    }
}

fn config(rules: &AppendRules) -> LogConfig {
    LogConfig {
        segment_bytes: rules.segment_bytes_max as u64,
        max_message_bytes: rules.message_bytes_max,
        cleanup_compact: rules.is_compacted,
        timestamp_type: rules.timestamp_type,
        timestamp_before_max_ms: rules.timestamp_before_ms_max,
        timestamp_after_max_ms: rules.timestamp_after_ms_max,
        validate_compressed: rules.validate_compressed,
        ..LogConfig::default()
    }
}

/// What was accepted is a batch for everybody who reads it later.
fn check_accepted(batch: &[u8], info: &BatchInfo<'_>, rules: &AppendRules, base_offset: Offset) {
    assert_eq!(batch.len(), info.bytes.len());
    let header = check_batch(batch).expect("an accepted batch is sound");
    assert_eq!((header.base_offset(), header.leader_epoch()), (base_offset, LeaderEpoch(6)));
    assert_eq!(header.attributes().compression(), Some(info.compression));
    assert!(Batches::checked(batch).all(|batch| batch.is_ok()));
    let was_walked = info.compression == Compression::None || rules.validate_compressed || rules.is_compacted;
    if !was_walked {
        return;
    }
    let area = decompress(info.compression, &batch[BATCH_HEADER_BYTES..], DECOMPRESSED_BYTES_MAX)
        .expect("what was walked can be decompressed");
    let records: Vec<_> = Records::new(&area, info.record_count)
        .map(|record| record.expect("what was walked can be read"))
        .collect();
    assert_eq!(i32::try_from(records.len()), Ok(info.record_count));
    let deltas: Vec<i32> = records.iter().map(|record| record.offset_delta).collect();
    assert!(deltas.is_sorted_by(|a, b| a < b), "offsets grow: {deltas:?}");
    assert_eq!(deltas.last(), Some(&info.last_offset_delta));
    assert!(!rules.is_compacted || info.is_control || records.iter().all(|record| record.key.is_some()));
    if info.compression == Compression::None {
        assert_eq!(records_of(batch).count(), records.len());
    }
}

fn rules(chance: &mut Chance) -> AppendRules {
    let hour = 3_600_000;
    AppendRules {
        message_bytes_max: if chance.below(8) == 0 { 300 } else { 1_048_588 },
        segment_bytes_max: if chance.below(8) == 0 { 400 } else { 1 << 30 },
        is_compacted: chance.below(3) == 0,
        timestamp_type: [TimestampType::CreateTime, TimestampType::LogAppendTime][index(chance, 2)],
        timestamp_before_ms_max: [i64::MAX, hour, 0][index(chance, 3)],
        timestamp_after_ms_max: [i64::MAX, hour, 0][index(chance, 3)],
        validate_compressed: chance.below(2) == 0,
        decompressed_bytes_max: DECOMPRESSED_BYTES_MAX,
    }
}

fn index(chance: &mut Chance, count: usize) -> usize {
    usize::try_from(chance.below(count as u64)).expect("below a size")
}

/// A batch that is sound but for some bytes, whose length and checksum mostly are right again.
fn hostile_batch(chance: &mut Chance) -> Vec<u8> {
    if chance.below(20) == 0 {
        let count = index(chance, 200);
        return chance.bytes(count);
    }
    let mut batch = sound_batch(chance);
    for _ in 0..chance.below(4) {
        damage(&mut batch, chance);
    }
    if batch.len() >= BATCH_HEADER_BYTES && chance.below(8) > 0 {
        let length = i32::try_from(batch.len() - BATCH_OVERHEAD_BYTES).expect("short");
        let header = BatchHeader::peek_mut(&mut batch).expect("long enough");
        header.batch_length = length.into();
        if chance.below(4) > 0 {
            header.magic = 2;
            header.base_offset = 0.into();
        }
        refresh_crc(&mut batch);
    }
    match chance.below(8) {
        // Behind it, too little to be a batch, or the beginning of one.
        0 => {
            let count = 1 + index(chance, BATCH_OVERHEAD_BYTES - 1);
            batch.extend(chance.bytes(count));
        }
        1 => {
            let count = index(chance, batch.len() + 1);
            batch.extend_from_within(..count);
        }
        _ => {}
    }
    batch
}

fn sound_batch(chance: &mut Chance) -> Vec<u8> {
    let mut builder = BatchBuilder::new();
    if chance.below(2) == 0 {
        let sequence = [0, 7, i32::MAX][index(chance, 3)];
        builder = builder.producer(ProducerId(5), 1, sequence);
    }
    if chance.below(6) == 0 {
        builder = builder.transactional();
    }
    if chance.below(10) == 0 {
        builder = builder.control();
    }
    if chance.below(10) == 0 {
        builder = builder.attribute_bits(Attributes::DELETE_HORIZON);
    }
    let mut gap = 0;
    for at in 0..1 + chance.below(6) {
        let value = vec![b'v'; index(chance, 300)];
        let key = (chance.below(3) > 0).then_some(&b"key"[..]);
        let headers: &[(&str, Option<&[u8]>)] =
            if chance.below(2) == 0 { &[("h", None), ("i", Some(b"x"))] } else { &[] };
        let timestamp = NOW + i64::try_from(at).expect("small") * [1, -1, 86_400_000][index(chance, 3)];
        gap += i32::from(chance.below(10) == 0);
        builder.push_at(i32::try_from(at).expect("small") + gap, timestamp, key, Some(&value), headers);
    }
    let codec = CODECS[index(chance, CODECS.len())];
    builder.finish_compressed(codec, None).expect("a few records can be compressed")
}

/// One change, of a kind that a length, a count or a stream's header may suffer.
fn damage(bytes: &mut Vec<u8>, chance: &mut Chance) {
    let at = index(chance, bytes.len() + 1);
    let telling: [&[u8]; 6] =
        [&[0], &[0xff], &[0x7f, 0xff, 0xff, 0xff], &[0x80; 4], &[0xff, 0xff, 0xff, 0xff, 0x0f], &[0x80; 10]];
    let telling = telling[index(chance, telling.len())];
    match chance.below(7) {
        0 => bytes.truncate(at),
        1 => bytes.splice(at..at, telling.iter().copied()).for_each(drop),
        2 => {
            let end = (at + telling.len()).min(bytes.len());
            bytes.splice(at..end, telling.iter().copied()).for_each(drop);
        }
        3 => {
            let mut number = Vec::new();
            varint::write_i32(
                &mut number,
                i32::from_be_bytes(chance.number().to_be_bytes()[..4].try_into().expect("four")),
            );
            bytes.splice(at..at, number).for_each(drop);
        }
        4 if at < bytes.len() => bytes[at] ^= 1 << chance.below(8),
        5 if at < bytes.len() => bytes[at] = chance.bytes(1)[0],
        // Most of what decides lies in the header.
        _ if bytes.len() > BATCH_HEADER_BYTES => {
            let at = 8 + index(chance, BATCH_HEADER_BYTES - 8);
            bytes[at] = chance.bytes(1)[0];
        }
        _ => bytes.push(0),
    }
}

/// A file of a partition or a directory: a sound one to start with, and what its reader makes of other bytes.
type FileKind = (Vec<u8>, fn(&[u8]));

#[test]
fn any_bytes_as_a_file_are_refused_or_read() {
    let kinds = file_kinds();
    rounds(400_000, |seed| {
        let mut chance = Chance::new(seed);
        let (sound, read) = &kinds[index(&mut chance, kinds.len())];
        let mut bytes = sound.clone();
        for _ in 0..chance.below(4) {
            damage(&mut bytes, &mut chance);
        }
        if chance.below(20) == 0 {
            let count = index(&mut chance, 100);
            bytes = chance.bytes(count);
        }
        let counted = allocation_counter::measure(|| read(&bytes));
        assert!(counted.bytes_max < 1 << 20, "{} bytes at once", counted.bytes_max);
    });
}

fn file_kinds() -> Vec<FileKind> {
    // What is read is written again, and that is read to the same.
    vec![
        (b"0\n2\ntopic 0 17\ntopic 1 9223372036854775807\n".to_vec(), |bytes| {
            let text = String::from_utf8_lossy(bytes);
            if let Ok(entries) = checkpoint::decode_offsets(&text) {
                assert_eq!(checkpoint::decode_offsets(&checkpoint::encode_offsets(&entries)), Ok(entries));
            }
        }),
        (b"0\n2\n0 0\n3 1000\n".to_vec(), |bytes| {
            if let Ok(epochs) = LeaderEpochs::decode(&String::from_utf8_lossy(bytes)) {
                assert_eq!(LeaderEpochs::decode(&epochs.encode()), Ok(epochs));
            }
        }),
        ([[0, 0, 0, 9, 0, 0, 1, 0], [0, 0, 1, 0, 0, 0, 9, 9]].concat(), |bytes| {
            if let Ok(index) = OffsetIndex::decode(bytes, Offset(100), 5_000) {
                assert_eq!(OffsetIndex::decode(&index.encode(), Offset(100), 5_000), Ok(index));
            }
        }),
        (
            [[0, 0, 1, 0xa1, 0, 0, 0, 0, 0, 0, 0, 9], [0, 0, 1, 0xa2, 0, 0, 0, 0, 0, 0, 1, 9]].concat(),
            |bytes| {
                if let Ok(index) = TimeIndex::decode(bytes, Offset(100)) {
                    assert_eq!(TimeIndex::decode(&index.encode(), Offset(100)), Ok(index));
                }
            },
        ),
        (
            [&[0; 2][..], &[0, 0, 0, 0, 0, 0, 0, 1], &100i64.to_be_bytes(), &110i64.to_be_bytes(), &[0; 8]]
                .concat(),
            |bytes| {
                if let Ok(index) = TransactionIndex::decode(bytes, Offset(100)) {
                    assert_eq!(TransactionIndex::decode(&index.encode(), Offset(100)), Ok(index));
                }
            },
        ),
        (producer_snapshot::encode(&[]), |bytes| {
            if let Ok(entries) = producer_snapshot::decode(bytes) {
                assert_eq!(producer_snapshot::decode(&producer_snapshot::encode(&entries)), Ok(entries));
            }
        }),
        (
            b"#\n#Sat\ncluster.id=abc\nversion=1\nnode.id=1\ndirectory.id=AAAAAAAAAAAAAAAAAAAAAg\n".to_vec(),
            |bytes| {
                let text = String::from_utf8_lossy(bytes);
                let _ = java_properties::parse(&text);
                if let Ok(properties) = MetaProperties::decode(&text) {
                    assert_eq!(MetaProperties::decode(&properties.encode()), Ok(properties));
                }
            },
        ),
        (b"version: 0\ntopic_id: AAAAAAAAAAAAAAAAAAAAAg".to_vec(), |bytes| {
            if let Ok(id) = partition_metadata::decode(&String::from_utf8_lossy(bytes)) {
                assert_eq!(partition_metadata::decode(&partition_metadata::encode(id)), Ok(id));
            }
        }),
        (clean_shutdown::encode(17).into_bytes(), |bytes| {
            let epoch = clean_shutdown::decode_broker_epoch(&String::from_utf8_lossy(bytes));
            assert_eq!(clean_shutdown::decode_broker_epoch(&clean_shutdown::encode(epoch)), epoch);
        }),
        (vec![1; 40], |bytes| drop(recovery_position::decode_file(bytes))),
    ]
}

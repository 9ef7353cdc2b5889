//! Every file that a real Kafka left in its log directory is read, and written again byte by byte.
//! `data/README.md` says how the files were made.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use loglane_model::{
    Attributes, BATCH_HEADER_BYTES, BatchHeader, Compression, LeaderEpoch, Offset, PartitionId, ProducerId,
};
use loglane_storage::batch::{Batches, DamagedBatch, StoredBatch, check_batch, records_of};
use loglane_storage::batch_builder::{BatchBuilder, NewHeader};
use loglane_storage::checkpoint::{decode_offsets, encode_offsets};
use loglane_storage::compression::decompress;
use loglane_storage::control::{ControlBatch, EndMarker, end_marker_batch};
use loglane_storage::directory::{
    DirectoryKind, PartitionDirectory, SegmentFile, SegmentFileName, SegmentFileState, segment_file_name,
};
use loglane_storage::index::{OffsetIndex, OffsetRow, SegmentIndexes, TimeIndex};
use loglane_storage::leader_epoch::{EpochEnd, LeaderEpochs};
use loglane_storage::meta_properties::MetaProperties;
use loglane_storage::producer_snapshot;
use loglane_storage::producer_state::{ProducerBatch, ProducerLimits, ProducerStates};
use loglane_storage::recompress::{RecompressError, recompress};
use loglane_storage::record::{RecordView, Records};
use loglane_storage::transaction_index::{AbortedTransaction, TransactionIndex};
use loglane_storage::{clean_shutdown, partition_metadata};
use std::fs;
use std::path::{Path, PathBuf};

const TOPICS: [&str; 6] = ["codecs", "blocks", "stamped", "txn", "compacted", "__consumer_offsets"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/kafka-4.3.1")
}

fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn text(path: PathBuf) -> String {
    fs::read_to_string(path).unwrap()
}

/// The files of one kind in a partition's directory, by base offset.
fn files(topic: &str, kind: SegmentFile) -> Vec<(Offset, Vec<u8>)> {
    let dir = root().join(format!("{topic}-0"));
    let of_kind = |name: String| {
        let parsed = SegmentFileName::parse(&name).filter(|parsed| parsed.file == kind)?;
        assert_eq!(segment_file_name(parsed.base_offset, kind), name);
        assert_eq!(parsed.state, SegmentFileState::Live);
        Some((parsed.base_offset, fs::read(dir.join(name)).unwrap()))
    };
    names(&dir).into_iter().filter_map(of_kind).collect()
}

fn batches(log: &[u8]) -> Vec<StoredBatch<'_>> {
    Batches::checked(log).collect::<Result<_, _>>().unwrap()
}

/// The batch as our builder makes it from its records; the codec's output may differ, so it is left uncompressed.
fn rebuild(batch: &StoredBatch<'_>, area: &[u8]) -> Vec<u8> {
    let header = batch.header;
    let bits = header.attributes().0 & !0x07;
    let mut builder = BatchBuilder::new()
        .base_offset(header.base_offset())
        .leader_epoch(header.leader_epoch())
        .producer(header.producer_id(), header.producer_epoch.get(), header.base_sequence.get())
        .attribute_bits(bits);
    for record in Records::new(area, header.record_count.get()) {
        let record = record.unwrap();
        let headers: Vec<NewHeader<'_>> =
            record.headers().map(|header| (std::str::from_utf8(header.key).unwrap(), header.value)).collect();
        let timestamp = header.base_timestamp.get() + record.timestamp_delta;
        builder.push_at(record.offset_delta, timestamp, record.key, record.value, &headers);
    }
    builder.finish()
}

#[test]
fn every_batch_is_whole_and_in_its_place() {
    for topic in TOPICS {
        let mut end = Offset(0);
        for (base, log) in files(topic, SegmentFile::Log) {
            let mut position = 0;
            for batch in batches(&log) {
                assert_eq!(batch.position, position);
                assert!(batch.header.base_offset() >= end.max(base), "{topic}");
                position += batch.bytes.len();
                end = batch.header.last_offset().plus(1);
            }
            assert_eq!(position, log.len(), "{topic}");
        }
    }
}

#[test]
fn uncompressed_batches_are_built_again_to_the_byte() {
    let mut count = 0;
    for topic in TOPICS {
        for (_, log) in files(topic, SegmentFile::Log) {
            for batch in batches(&log) {
                let header = batch.header;
                let plain = header.attributes().compression() == Some(Compression::None);
                // What the broker or the cleaner changed afterwards, the builder does not do.
                let changed =
                    header.attributes().0 & (Attributes::LOG_APPEND_TIME | Attributes::DELETE_HORIZON);
                if plain && changed == 0 {
                    assert_eq!(rebuild(&batch, &batch.bytes[BATCH_HEADER_BYTES..]), batch.bytes, "{topic}");
                    count += 1;
                }
            }
        }
    }
    assert!(count > 40, "{count} batches were compared");
}

#[test]
fn markers_are_written_as_the_coordinator_writes_them() {
    let mut seen = Vec::new();
    for (_, log) in files("txn", SegmentFile::Log) {
        for batch in batches(&log).into_iter().filter(|batch| batch.header.attributes().is_control()) {
            let header = batch.header;
            let ControlBatch::End(marker) = ControlBatch::parse(batch.bytes).unwrap() else {
                panic!("only transactions end in this log");
            };
            let timestamp = header.base_timestamp.get();
            let mut ours =
                end_marker_batch(header.producer_id(), header.producer_epoch.get(), marker, timestamp);
            loglane_storage::validate::patch_leader_fields(
                &mut ours,
                header.base_offset(),
                header.leader_epoch(),
            );
            assert_eq!(ours, batch.bytes);
            seen.push((header.base_offset().0, marker));
        }
    }
    let marker = |at, committed, coordinator_epoch| (at, EndMarker { committed, coordinator_epoch });
    let expected = [
        (8, false, 0),
        (11, true, 0),
        (12, false, 0),
        (15, false, 0),
        (31, false, 2),
        (34, true, 2),
        (35, false, 2),
        (38, false, 2),
    ];
    assert_eq!(seen, expected.map(|(at, committed, epoch)| marker(at, committed, epoch)));
}

#[test]
fn all_codecs_of_the_java_client_are_read() {
    let log = &files("codecs", SegmentFile::Log)[0].1;
    let batches = batches(log);
    let half = batches.len() / 2;
    let mut codecs = Vec::new();
    for (at, batch) in batches.iter().enumerate() {
        // The same twenty records were sent in each codec.
        let original = &batches[if at < half { at % 3 } else { half + (at - half) % 3 }];
        let codec = batch.header.attributes().compression().unwrap();
        let area = decompress(codec, &batch.bytes[BATCH_HEADER_BYTES..], 1 << 20).unwrap();
        assert_eq!(area, original.bytes[BATCH_HEADER_BYTES..], "{codec:?}");
        codecs.push(codec);
        let again = recompress(batch.bytes, codec, None, 1 << 20, 1 << 20).unwrap();
        let header = check_batch(&again).unwrap();
        assert_eq!(header.attributes(), batch.header.attributes());
        assert_eq!(decompress(codec, &again[BATCH_HEADER_BYTES..], 1 << 20).unwrap(), area, "{codec:?}");
        let plain = recompress(batch.bytes, Compression::None, None, 1 << 20, 1 << 20).unwrap();
        assert_eq!(plain, rebuild(batch, &area));
        let cut = recompress(batch.bytes, Compression::None, None, 1 << 20, plain.len() - 1);
        assert_eq!(cut, Err(RecompressError::TooLarge));
    }
    codecs.dedup();
    use Compression::{Gzip, Lz4, None as Plain, Snappy, Zstd};
    assert_eq!(codecs, [Plain, Gzip, Snappy, Lz4, Zstd, Plain, Gzip, Snappy, Lz4, Zstd]);
}

#[test]
fn records_of_several_compressed_blocks_are_read() {
    let log = &files("blocks", SegmentFile::Log)[0].1;
    for batch in batches(log) {
        let codec = batch.header.attributes().compression().unwrap();
        let area = decompress(codec, &batch.bytes[BATCH_HEADER_BYTES..], 1 << 20).unwrap();
        let records: Vec<RecordView<'_>> = Records::new(&area, 1).map(Result::unwrap).collect();
        let value = records[0].value.unwrap();
        assert_eq!(value.len(), 150_000, "{codec:?}");
        assert!(value.chunks(100).all(|chunk| chunk == &value[..100]), "{codec:?}");
    }
}

#[test]
fn the_indexes_come_out_as_kafka_wrote_them() {
    // A restart closes the indexes and begins to count anew: where it was, in each log.
    for (topic, interval, restart_at) in [
        ("codecs", 700, 300),
        ("stamped", 4096, 8),
        ("txn", 700, 23),
        ("blocks", 4096, 4),
        ("__consumer_offsets", 4096, -1),
    ] {
        let offset_files = files(topic, SegmentFile::OffsetIndex);
        let time_files = files(topic, SegmentFile::TimeIndex);
        for (at, (base, log)) in files(topic, SegmentFile::Log).into_iter().enumerate() {
            let mut indexes = SegmentIndexes::new(base);
            for batch in batches(&log) {
                let header = batch.header;
                if header.base_offset() == Offset(restart_at) {
                    indexes.finish();
                    indexes = SegmentIndexes::resume(indexes.offsets, indexes.times, 0);
                }
                indexes.on_append(
                    header.last_offset(),
                    u32::try_from(batch.position).unwrap(),
                    u32::try_from(batch.bytes.len()).unwrap(),
                    header.max_timestamp.get(),
                    interval,
                );
            }
            indexes.finish();
            assert_eq!(indexes.offsets.encode(), offset_files[at].1, "{topic} {base}");
            assert_eq!(indexes.times.encode(), time_files[at].1, "{topic} {base}");
            let read = OffsetIndex::decode(&offset_files[at].1, base, log.len() as u64).unwrap();
            assert_eq!(read, indexes.offsets);
            assert_eq!(TimeIndex::decode(&time_files[at].1, base).unwrap(), indexes.times);
        }
    }
}

#[test]
fn an_index_row_leads_to_a_batch() {
    let (base, bytes) = &files("codecs", SegmentFile::OffsetIndex)[0];
    let log = &files("codecs", SegmentFile::Log)[0].1;
    let index = OffsetIndex::decode(bytes, *base, log.len() as u64).unwrap();
    for target in 0..600 {
        let OffsetRow { offset, position } = index.lookup(Offset(target));
        assert!(offset <= Offset(target));
        let header = check_batch(&log[position as usize..]).unwrap();
        assert!(header.base_offset() <= Offset(target));
    }
    assert_eq!(index.lookup(Offset(0)), OffsetRow { offset: Offset(0), position: 0 });
}

#[test]
fn producer_state_comes_out_as_kafka_wrote_it() {
    let limits = ProducerLimits { expiration_ms: i64::MAX, count_max: 1000 };
    let snapshots = files("txn", SegmentFile::ProducerSnapshot);
    let mut states = ProducerStates::new(limits);
    let mut transactions = TransactionIndex::new();
    let mut first_unstable = Vec::new();
    let mut next_snapshot = snapshots.iter();
    let mut due = next_snapshot.next();
    let mut take_due = |end: Offset, states: &mut ProducerStates| {
        let Some((offset, bytes)) = due.filter(|(offset, _)| *offset <= end) else {
            return;
        };
        let mut theirs = producer_snapshot::decode(bytes).unwrap();
        assert_eq!(producer_snapshot::encode(&theirs), *bytes, "snapshot {offset}");
        theirs.sort_by_key(|entry| entry.producer_id);
        let mut ours = states.to_snapshot();
        if *offset == Offset(48) {
            // At the restart Kafka forgot producer 10, whose records are from 2023.
            ours.retain(|entry| entry.producer_id != ProducerId(10));
        }
        assert_eq!(ours, theirs, "snapshot {offset}");
        // From here on with what a snapshot keeps.
        *states = ProducerStates::from_snapshot(&theirs, limits, 0);
        due = next_snapshot.next();
    };
    for (_, log) in files("txn", SegmentFile::Log) {
        for batch in batches(&log) {
            let header = batch.header;
            take_due(header.base_offset(), &mut states);
            let producer = ProducerBatch::from_header(header).unwrap();
            if header.attributes().is_control() {
                let ControlBatch::End(marker) = ControlBatch::parse(batch.bytes).unwrap() else {
                    panic!("only transactions end in this log");
                };
                let ended = states.append_marker(&producer, marker, header.base_offset(), 0);
                if let Some(ended) = ended.filter(|ended| ended.is_aborted) {
                    transactions.append(AbortedTransaction {
                        producer_id: ended.producer_id,
                        first_offset: ended.first_offset,
                        last_offset: ended.last_offset,
                        last_stable_offset: ended.last_stable_offset,
                    });
                }
            } else {
                states.append(&producer, header.base_offset(), 0);
            }
            states.on_high_watermark(header.last_offset().plus(1));
            first_unstable.push(states.first_unstable_offset().map(|offset| offset.0));
        }
    }
    take_due(Offset(48), &mut states);
    assert!(due.is_none(), "every snapshot was compared");
    assert_eq!(states.first_unstable_offset(), Some(Offset(46)), "the last transaction stays open");
    assert_eq!(first_unstable[..7], [Some(0), Some(0), Some(0), Some(3), Some(3), Some(3), None]);
    let (base, file) = &files("txn", SegmentFile::TransactionIndex)[0];
    assert_eq!(transactions.encode(), *file);
    assert_eq!(TransactionIndex::decode(file, *base).unwrap(), transactions);
}

#[test]
fn every_snapshot_is_written_again_to_the_byte() {
    for topic in TOPICS {
        for (offset, bytes) in files(topic, SegmentFile::ProducerSnapshot) {
            let entries = producer_snapshot::decode(&bytes).unwrap();
            assert_eq!(producer_snapshot::encode(&entries), bytes, "{topic} {offset}");
        }
    }
}

#[test]
fn leader_epochs_are_those_of_the_batches() {
    for topic in TOPICS {
        let text = text(root().join(format!("{topic}-0/leader-epoch-checkpoint")));
        let epochs = LeaderEpochs::decode(&text).unwrap();
        assert_eq!(epochs.encode(), text);
        let mut from_log = LeaderEpochs::new();
        for (_, log) in files(topic, SegmentFile::Log) {
            for batch in batches(&log) {
                from_log.assign(batch.header.leader_epoch(), batch.header.base_offset());
                assert_eq!(epochs.epoch_at(batch.header.base_offset()), Some(batch.header.leader_epoch()));
            }
        }
        // Kafka notes an epoch when the leadership begins, before there is a batch, and keeps it after compaction.
        if ["codecs", "txn", "stamped"].contains(&topic) {
            assert_eq!(from_log, epochs, "{topic}");
        }
    }
    let epochs = LeaderEpochs::decode(&text(root().join("txn-0/leader-epoch-checkpoint"))).unwrap();
    let end =
        |epoch, end_offset| Some(EpochEnd { epoch: LeaderEpoch(epoch), end_offset: Offset(end_offset) });
    assert_eq!(epochs.end_offset_for(LeaderEpoch(0), Offset(48)), end(0, 23));
    assert_eq!(epochs.end_offset_for(LeaderEpoch(1), Offset(48)), end(0, 23));
    assert_eq!(epochs.end_offset_for(LeaderEpoch(2), Offset(48)), end(2, 48));
    assert_eq!(epochs.end_offset_for(LeaderEpoch(3), Offset(48)), None);
}

#[test]
fn a_compacted_log_is_read_with_its_gaps() {
    let log = &files("compacted", SegmentFile::Log)[0].1;
    let batches = batches(log);
    let bases: Vec<i64> = batches.iter().map(|batch| batch.header.base_offset().0).collect();
    assert_eq!(bases, [6, 13, 14, 20]);
    let horizon = batches[2].header.attributes().0 & Attributes::DELETE_HORIZON;
    assert_ne!(horizon, 0, "the batch with the tombstone waits for its horizon");
    assert_eq!(
        records_of(batches[2].bytes).map(Result::unwrap).filter(|record| record.value.is_none()).count(),
        1
    );
}

#[test]
fn the_files_of_the_root_are_read_and_written() {
    for name in [
        "recovery-point-offset-checkpoint",
        "replication-offset-checkpoint",
        "log-start-offset-checkpoint",
        "cleaner-offset-checkpoint",
    ] {
        let text = text(root().join(name));
        assert_eq!(encode_offsets(&decode_offsets(&text).unwrap()), text, "{name}");
    }
    let clean = text(root().join(clean_shutdown::FILE_NAME));
    let broker_epoch = clean_shutdown::decode_broker_epoch(&clean);
    assert!(broker_epoch > 0);
    assert_eq!(clean_shutdown::encode(broker_epoch), clean);

    let text = text(root().join("meta.properties"));
    let meta = MetaProperties::decode(&text).unwrap();
    assert_eq!(meta.node_id.0, 1);
    assert!(meta.directory_id.is_some());
    assert_eq!(MetaProperties::decode(&meta.encode()), Ok(meta.clone()));
    // The order of the lines is that of a hash table, and one line holds the time.
    let mut theirs: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    theirs.sort_unstable();
    let ours = meta.encode();
    assert_eq!(ours.lines().filter(|line| !line.starts_with('#')).collect::<Vec<_>>(), theirs);
}

#[test]
fn the_names_of_directories_and_files_are_understood() {
    for name in names(&root()) {
        let is_dir = root().join(&name).is_dir();
        let parsed = PartitionDirectory::parse(&name);
        assert_eq!(parsed.is_some(), is_dir, "{name}");
        let Some(parsed) = parsed else { continue };
        assert_eq!((parsed.partition, parsed.kind), (PartitionId(0), DirectoryKind::Current));
        let metadata = text(root().join(&name).join(partition_metadata::FILE_NAME));
        let topic_id = partition_metadata::decode(&metadata).unwrap();
        assert_eq!(partition_metadata::encode(topic_id), metadata);
    }
}

#[test]
fn every_flipped_bit_behind_the_prefix_is_noticed() {
    let log = &files("txn", SegmentFile::Log)[0].1;
    for batch in batches(log) {
        let mut bytes = batch.bytes.to_vec();
        for bit in 0..bytes.len() * 8 {
            bytes[bit / 8] ^= 1 << (bit % 8);
            let got = check_batch(&bytes);
            // Base offset (0..8) and leader epoch (12..16) lie outside the checksum; the length field (8..12) and the
            // magic (16) do too, but no other value fits.
            let outside = bit / 8 < 8 || (12..16).contains(&(bit / 8));
            match got {
                Ok(_) => assert!(outside, "bit {bit}"),
                Err(DamagedBatch::BaseOffset(_)) => assert!(bit / 8 < 8, "bit {bit}"),
                Err(_) => assert!(!outside, "bit {bit}"),
            }
            bytes[bit / 8] ^= 1 << (bit % 8);
        }
    }
}

#[test]
fn a_log_that_ends_inside_a_batch_or_in_zeros_says_where_the_good_part_ends() {
    let log = &files("txn", SegmentFile::Log)[0].1;
    let ends: Vec<usize> = batches(log).iter().map(|batch| batch.position + batch.bytes.len()).collect();
    for cut in 0..log.len() {
        let mut walk = Batches::checked(&log[..cut]);
        let last = walk.by_ref().last();
        let good_end = ends.iter().copied().filter(|&end| end <= cut).max().unwrap_or(0);
        assert_eq!(walk.position(), good_end, "cut at {cut}");
        let is_clean = cut == good_end;
        assert_eq!(matches!(last, Some(Err(DamagedBatch::Cut { .. }))), !is_clean, "cut at {cut}");
    }
    let padded = [&log[..], &[0; 4096]].concat();
    let mut walk = Batches::checked(&padded);
    assert!(matches!(walk.by_ref().last(), Some(Err(DamagedBatch::Magic(0)))));
    assert_eq!(walk.position(), log.len());
    assert!(BatchHeader::peek(&padded[log.len()..]).is_some());
}

//! What Kafka 4.3.1 wrote is understood, and written again byte for byte.

use super::*;
use crate::controller::Append;
use loglane_model::{BrokerId, FileSystem, LeaderEpoch, Offset, PartitionId};
use loglane_replication::image::BuildError;
use loglane_replication::record::{ConfigResource, PartitionRecord, ScramMechanism, Uuid};
use loglane_replication::{ImageBuilder, MetadataImage, MetadataRecord};
use loglane_ring::OsFileSystem;
use loglane_storage::batch::{Batches, StoredBatch};
use loglane_storage::batch_builder::BatchBuilder;
use std::path::{Path, PathBuf};

const LOG: &[u8] = include_bytes!("testdata/kafka-4.3.1.log");
const SNAPSHOT: &[u8] = include_bytes!("testdata/00000000000000000149-0000000002.checkpoint");
const FIRST: &[u8] = include_bytes!("testdata/00000000000000000000-0000000000.checkpoint");
const BOOTSTRAP: &[u8] = include_bytes!("testdata/bootstrap.checkpoint");
const SNAPSHOT_ID: SnapshotId = SnapshotId { end_offset: Offset(149), epoch: LeaderEpoch(2) };

/// metadata.version 4.3-IV0.
const LEVEL: i16 = 30;

fn entries(batch: &StoredBatch<'_>) -> Vec<Entry> {
    let mut found = Vec::new();
    let read: Result<(), BatchError> = read_batch(batch, |entry| {
        found.push(entry);
        Ok(())
    });
    read.unwrap();
    found
}

/// Writes a batch again from what was understood of it.
fn rewritten(batch: &StoredBatch<'_>) -> Vec<u8> {
    let header = batch.header;
    let (base_offset, epoch) = (header.base_offset(), header.leader_epoch());
    let timestamp_ms = header.base_timestamp.get();
    let entries = entries(batch);
    if header.attributes().is_control() {
        let records: Vec<ControlRecord> = entries
            .into_iter()
            .map(|entry| match entry {
                Entry::Control { record, .. } => record,
                Entry::Data { .. } => panic!("data in a control batch"),
            })
            .collect();
        return encode_control_batch(base_offset, epoch, timestamp_ms, &records);
    }
    let records: Vec<MetadataRecord> = entries
        .into_iter()
        .map(|entry| match entry {
            Entry::Data { record, version, .. } => {
                assert_eq!(record_codec::record_version(&record, LEVEL), version, "{record:?}");
                record
            }
            Entry::Control { .. } => panic!("control in a data batch"),
        })
        .collect();
    let append = Append { base_offset, epoch, records };
    encode_data_batches(&append, LEVEL, timestamp_ms).concat()
}

/// The bytes of the log below an offset that a batch begins at.
fn log_below(end: i64) -> &'static [u8] {
    let batch = Batches::checked(LOG).map(Result::unwrap).find(|batch| batch.header.base_offset().0 >= end);
    let batch = batch.unwrap();
    assert_eq!(batch.header.base_offset().0, end);
    &LOG[..batch.position]
}

fn image_of(bytes: &[u8]) -> MetadataImage {
    let mut follower = Follower::new();
    follower.on_committed(bytes).unwrap();
    (*follower.publish().unwrap().0).clone()
}

#[test]
fn every_batch_that_kafka_wrote_is_written_again_byte_for_byte() {
    for (name, bytes) in [("log", LOG), ("snapshot", SNAPSHOT), ("first", FIRST), ("bootstrap", BOOTSTRAP)] {
        let mut batch_count = 0;
        for batch in Batches::checked(bytes) {
            let batch = batch.unwrap();
            assert_eq!(rewritten(&batch), batch.bytes, "{name} at {}", batch.position);
            batch_count += 1;
        }
        assert!(batch_count >= 2, "{name}");
    }
}

#[test]
fn the_log_makes_the_image_that_kafkas_own_snapshot_holds() {
    let from_log = image_of(log_below(149));
    let snapshot = read_snapshot(SNAPSHOT, SNAPSHOT_ID).unwrap();
    assert_eq!(snapshot.quorum.voters.len(), 1);
    let from_snapshot = Follower::from_snapshot(snapshot).unwrap();
    assert!(from_snapshot.builder().image() == &from_log, "the test below says what differs");
    assert_eq!(from_snapshot.next_offset(), Offset(149));
}

#[test]
fn the_image_says_what_was_done_with_kafkas_tools() {
    let image = image_of(log_below(149));
    let names: Vec<&str> = image.topics.iter().map(|topic| &*topic.name).collect();
    assert_eq!(names, ["later", "many", "orders"]);
    assert_eq!(image.topics.by_name("orders").unwrap().partitions.len(), 5);
    let orders = ConfigResource::topic("orders");
    assert_eq!(image.config(&orders, "cleanup.policy"), Some("compact"));
    assert_eq!(image.config(&orders, "segment.bytes"), Some("1048576"));
    assert_eq!(image.config(&orders, "retention.ms"), None, "it was removed again");
    assert_eq!(image.config(&ConfigResource::all_brokers(), "log.retention.ms"), Some("3600000"));
    assert_eq!((image.feature_level("metadata.version"), image.feature_level("streams.version")), (LEVEL, 0));
    assert_eq!(image.next_producer_id, 1000);
    let users: Vec<_> = image.scram.keys().collect();
    assert_eq!(users, [&(ScramMechanism::Sha256, "ann".to_owned())]);
    assert_eq!(image.client_quotas.len(), 2);
    let rules: Vec<&str> = image.acls.values().map(|rule| rule.principal.as_str()).collect();
    assert_eq!(rules, ["User:bob"]);
    let registration = &image.brokers[&BrokerId(1)];
    assert_eq!((registration.broker_epoch, registration.in_controlled_shutdown), (87, true));
    let later = image.topics.by_name("later").unwrap();
    let partition: &PartitionRecord = later.partitions.get(&PartitionId(0)).unwrap();
    assert_eq!(
        (partition.leader, partition.in_sync.len()),
        (None, 0),
        "it was taken while the broker went down"
    );
    assert_eq!(partition.eligible_leaders, Some(vec![BrokerId(1)]));
}

#[test]
fn a_snapshot_of_ours_holds_the_same_records_as_kafkas() {
    let kafkas = read_snapshot(SNAPSHOT, SNAPSHOT_ID).unwrap();
    let mut records = Vec::new();
    image_of(log_below(149)).for_each_record(|record| records.push(record));
    // Kafka's order within a kind is that of its hash maps.
    let sorted = |records: &[MetadataRecord]| {
        let mut records = records.to_vec();
        for record in &mut records {
            match record {
                MetadataRecord::RegisterBroker(it) => it.features.sort_by(|a, b| a.name.cmp(&b.name)),
                MetadataRecord::RegisterController(it) => it.features.sort_by(|a, b| a.name.cmp(&b.name)),
                _ => {}
            }
        }
        let mut texts: Vec<String> = records.iter().map(|record| format!("{record:?}")).collect();
        texts.sort();
        texts
    };
    let (ours, theirs) = (sorted(&records), sorted(&kafkas.records));
    assert_eq!(ours.len(), theirs.len());
    for (ours, theirs) in ours.iter().zip(&theirs) {
        assert_eq!(ours, theirs);
    }
    let ours = Snapshot { records, ..kafkas };
    let read = read_snapshot(&encode_snapshot(&ours, LEVEL, 5), SNAPSHOT_ID).unwrap();
    assert_eq!(read, ours);
}

#[test]
fn following_in_pieces_ends_where_following_at_once_does() {
    let mut follower = Follower::new();
    let mut seen = Offset(0);
    let mut previous = 0;
    for batch in Batches::checked(LOG) {
        let batch = batch.unwrap();
        // Reads begin at index rows, so the batch before comes once more.
        follower.on_committed(&LOG[previous..batch.position + batch.bytes.len()]).unwrap();
        previous = batch.position;
        if let Some((image, delta)) = follower.publish() {
            assert!(image.applied_end_offset > seen && delta.from == seen);
            seen = image.applied_end_offset;
        }
    }
    assert!(follower.builder().image() == &image_of(LOG));
    assert_eq!(follower.quorum().kraft_version, 1);
    assert_eq!(follower.quorum().voters[0].endpoints[0].port, 24093);
}

#[test]
fn the_log_goes_on_where_a_snapshot_ends() {
    let snapshot = read_snapshot(SNAPSHOT, SNAPSHOT_ID).unwrap();
    let mut follower = Follower::from_snapshot(snapshot).unwrap();
    follower.on_committed(LOG).unwrap();
    assert!(follower.builder().image() == &image_of(LOG));
}

#[test]
fn a_record_of_an_unknown_type_stops_the_follower_with_its_cause() {
    let batch_of = |value: &[u8]| {
        let mut builder = BatchBuilder::new().leader_epoch(LeaderEpoch(1));
        builder.push(0, None, Some(value), &[]);
        builder.finish()
    };
    let refused = |value: &[u8]| Follower::new().on_committed(&batch_of(value)).unwrap_err().to_string();
    assert_eq!(
        refused(&[1, 99, 0, 0]),
        "the metadata record at offset 0 cannot be read: it is of type 99, which this version does not know"
    );
    assert_eq!(
        refused(&[2, 20, 0, 0]),
        "the metadata record at offset 0 cannot be read: its frame has the unknown version 2"
    );
    assert_eq!(
        refused(&[1, 20, 1, 0]),
        "the metadata record at offset 0 cannot be read: it is of type 20 in version 1, and the message has no such \
         version"
    );
    assert_eq!(
        refused(&[1, 20, 0, 0, 0]),
        "the metadata record at offset 0 cannot be read: it is of type 20 in version 0, and bytes are left behind the \
         end"
    );
}

#[test]
fn a_log_with_a_hole_or_damage_is_refused() {
    let second = Batches::checked(LOG).map(Result::unwrap).nth(1).unwrap().position;
    assert_eq!(
        Follower::new().on_committed(&LOG[second..]),
        Err(FollowError::Build(BuildError::Gap { expected: Offset(0), found: Offset(3) }))
    );
    let mut flipped = LOG.to_vec();
    flipped[100] ^= 1;
    assert!(matches!(
        Follower::new().on_committed(&flipped),
        Err(FollowError::Damaged { at: Offset(0), .. })
    ));
}

#[test]
fn no_bytes_make_the_decoder_panic() {
    let seed = 0x6d65_7461_u64;
    let mut state = seed;
    let mut next = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state >> 33
    };
    let mut values = Vec::new();
    for batch in Batches::checked(LOG) {
        for record in loglane_storage::batch::records_of(batch.unwrap().bytes) {
            values.push(record.unwrap().value.unwrap().to_vec());
        }
    }
    println!("seed {seed:#x}");
    for _ in 0..20_000 {
        let mut value = values[usize::try_from(next()).unwrap() % values.len()].clone();
        for _ in 0..=next() % 4 {
            let at = usize::try_from(next()).unwrap() % value.len();
            value[at] = u8::try_from(next() % 256).unwrap();
        }
        value.truncate(1 + usize::try_from(next()).unwrap() % value.len());
        if let Ok((record, version)) = record_codec::decode(&value) {
            let mut builder = ImageBuilder::new(MetadataImage::default());
            let _ = builder.on_record(Offset(0), LeaderEpoch(0), record.clone());
            record_codec::encode(&record, version, &mut Vec::new()).unwrap();
        }
    }
}

#[test]
fn an_incomplete_snapshot_is_none() {
    let last = Batches::checked(SNAPSHOT).map(Result::unwrap).last().unwrap().position;
    assert!(matches!(read_snapshot(&SNAPSHOT[..last], SNAPSHOT_ID), Err(SnapshotError::NoFooter)));
    assert!(matches!(read_snapshot(&[], SNAPSHOT_ID), Err(SnapshotError::NoHeader)));
    assert!(matches!(read_snapshot(&SNAPSHOT[last..], SNAPSHOT_ID), Err(SnapshotError::Gap)));
    assert!(matches!(read_snapshot(&SNAPSHOT[..50], SNAPSHOT_ID), Err(SnapshotError::Damaged(_))));
}

#[test]
fn snapshots_are_found_by_name() {
    let id = SnapshotId { end_offset: Offset(149), epoch: LeaderEpoch(2) };
    assert_eq!(id.file_name(), "00000000000000000149-0000000002.checkpoint");
    assert_eq!(SnapshotId::parse(&id.file_name()), Some(id));
    for other in
        ["bootstrap.checkpoint", "149-2.checkpoint", "00000000000000000149-0000000002.checkpoint.part"]
    {
        assert_eq!(SnapshotId::parse(other), None, "{other}");
    }
}

/// A directory that goes away with the test.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Scratch {
        let path = std::env::temp_dir().join(format!("loglane-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Scratch(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn new_cluster() -> NewCluster {
    let directory_id = Uuid::parse("f9yqJL_IQ0iwuh29LujEzw").unwrap();
    let endpoints = vec![VoterEndpoint { name: "CONTROLLER".into(), host: "127.0.0.1".into(), port: 24093 }];
    NewCluster {
        cluster_id: "6gs6zd5ETQKyHC8p3pufew".to_owned(),
        node_id: BrokerId(1),
        voter: Some(Voter { id: BrokerId(1), directory_id, endpoints, kraft_versions: (0, 1) }),
        bootstrap: default_bootstrap_records(),
    }
}

fn directory(path: &Path, has_metadata_log: bool) -> NewDirectory {
    let id = if has_metadata_log { new_cluster().voter.unwrap().directory_id } else { Uuid([5; 16]) };
    NewDirectory { path: path.to_owned(), id, has_metadata_log }
}

#[test]
fn formatting_writes_what_kafkas_tool_writes() {
    let scratch = Scratch::new("format");
    let (first, second) = (scratch.0.join("a"), scratch.0.join("deep/b"));
    let fs = OsFileSystem::default();
    format_directories(&fs, &new_cluster(), &[directory(&first, true), directory(&second, false)], 77)
        .unwrap();

    let text = std::fs::read_to_string(first.join("meta.properties")).unwrap();
    for line in
        ["cluster.id=6gs6zd5ETQKyHC8p3pufew", "directory.id=f9yqJL_IQ0iwuh29LujEzw", "node.id=1", "version=1"]
    {
        assert!(text.lines().any(|written| written == line), "{line} in {text}");
    }
    let metadata = first.join(METADATA_DIRECTORY_NAME);
    assert_eq!(list_snapshots(&fs, &metadata).unwrap(), [SnapshotId::FIRST]);
    // Kafka's tool was given the same voter; only the times of writing differ.
    let ours =
        read_snapshot_file(&fs, &metadata.join(SnapshotId::FIRST.file_name()), SnapshotId::FIRST).unwrap();
    let kafkas = read_snapshot(FIRST, SnapshotId::FIRST).unwrap();
    assert_eq!((&ours.quorum, &ours.records), (&kafkas.quorum, &kafkas.records));
    let layout = |bytes: &[u8]| -> Vec<(usize, Offset, bool)> {
        let batches = Batches::checked(bytes).map(Result::unwrap);
        batches
            .map(|batch| {
                (batch.bytes.len(), batch.header.last_offset(), batch.header.attributes().is_control())
            })
            .collect()
    };
    let written = fs.read_whole(&metadata.join(SnapshotId::FIRST.file_name()), 4096).unwrap();
    assert_eq!(layout(&written), layout(FIRST));

    for path in [&first, &second] {
        let bootstrap = read_snapshot_file(&fs, &path.join(BOOTSTRAP_FILE_NAME), SnapshotId::FIRST).unwrap();
        assert_eq!(bootstrap.records, default_bootstrap_records());
        assert_eq!((bootstrap.last_contained_log_timestamp_ms, bootstrap.quorum.kraft_version), (0, 0));
    }
    assert!(!second.join(METADATA_DIRECTORY_NAME).exists());
}

#[test]
fn nothing_is_formatted_over() {
    let scratch = Scratch::new("format-over");
    let fs = OsFileSystem::default();
    let (fresh, used) = (scratch.0.join("fresh"), scratch.0.join("used"));
    std::fs::create_dir_all(used.join(METADATA_DIRECTORY_NAME)).unwrap();
    std::fs::write(used.join(METADATA_DIRECTORY_NAME).join("00000000000000000000.log"), "").unwrap();
    let formatted =
        format_directories(&fs, &new_cluster(), &[directory(&fresh, true), directory(&used, false)], 0);
    assert!(matches!(formatted, Err(FormatError::NotEmpty(path)) if path == used));
    assert!(!fresh.exists(), "all are looked at before the first is touched");

    format_directories(&fs, &new_cluster(), &[directory(&fresh, true)], 0).unwrap();
    let again = format_directories(&fs, &new_cluster(), &[directory(&fresh, true)], 0);
    assert!(matches!(again, Err(FormatError::NotEmpty(_))));
    // Without meta.properties the formatting was interrupted, and is done again.
    std::fs::remove_file(fresh.join("meta.properties")).unwrap();
    format_directories(&fs, &new_cluster(), &[directory(&fresh, true)], 0).unwrap();
}

#[test]
fn a_written_snapshot_is_read_back() {
    let scratch = Scratch::new("snapshot");
    let fs = OsFileSystem::default();
    let snapshot = read_snapshot(SNAPSHOT, SNAPSHOT_ID).unwrap();
    let bytes = write_snapshot(&fs, &scratch.0, &snapshot, LEVEL, 9).unwrap();
    let path = scratch.0.join(SNAPSHOT_ID.file_name());
    assert_eq!(fs.stat(&path).unwrap().len, bytes);
    assert_eq!(read_snapshot_file(&fs, &path, SNAPSHOT_ID).unwrap(), snapshot);
}

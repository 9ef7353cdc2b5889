//! What a coordinator makes of its partition, and what it forgets.

use super::classic::ClassicState;
use super::coordinator::{Coordinator, Members, NewerKind};
use super::expiry::Removal;
use super::loading::LoadError;
use super::offsets::Committed;
use super::partition_of_group;
use super::records::Records;
use crate::slots::SlotId;
use loglane_model::{Compression, Offset, PartitionId, ProducerId, TopicId};
use loglane_net::DecodeError;
use loglane_net::message::consumer_group::{
    ConsumerGroupMemberMetadataKey, ConsumerGroupMemberMetadataValue, ConsumerGroupMetadataKey,
    ConsumerGroupMetadataValue,
};
use loglane_net::message::consumer_offsets::{
    GroupMetadataKey, GroupMetadataValue, LegacyOffsetCommitKey, LegacyOffsetCommitValue, MemberMetadata,
    OffsetCommitKey, OffsetCommitValue,
};
use loglane_net::record::{encode_key, encode_value};
use loglane_net::{Message, Record};
use loglane_storage::batch_builder::BatchBuilder;
use loglane_storage::control::{EndMarker, end_marker_batch};

const TOPIC: TopicId = TopicId(*b"the id of topic.");
const OTHER: TopicId = TopicId(*b"that of another.");

/// A partition as it is written, and the coordinator that reads it.
struct Log {
    coordinator: Coordinator,
    end: i64,
}

impl Log {
    fn new() -> Log {
        let slot = SlotId { index: 0, generation: 0 };
        let coordinator = Coordinator::loading(PartitionId(0), slot, Offset(0), Offset(100));
        Log { coordinator, end: 0 }
    }

    fn append(&mut self, builder: BatchBuilder) -> Result<u64, LoadError> {
        let builder = builder.base_offset(Offset(self.end));
        self.end += i64::from(builder.record_count());
        self.coordinator.replay(&builder.finish())
    }

    /// One commit in a batch of its own; `None` is its tombstone.
    fn commit(&mut self, around: BatchBuilder, group: &str, partition: i32, offset: Option<i64>) {
        let mut builder = around;
        let key = key(&OffsetCommitKey { group, topic: "t", partition });
        let value =
            offset.map(|offset| value(&OffsetCommitValue { offset, ..OffsetCommitValue::default() }, 3));
        builder.push(1, Some(&key), value.as_deref(), &[]);
        assert_eq!(self.append(builder), Ok(0));
    }

    fn end_transaction(&mut self, producer: i64, committed: bool) {
        let marker = EndMarker { committed, coordinator_epoch: 0 };
        assert_eq!(self.coordinator.replay(&end_marker_batch(ProducerId(producer), 0, marker, 1)), Ok(0));
    }

    fn push<'a, K: Record<'a>, V: Record<'a>>(
        &mut self,
        key_of: &K,
        value_of: Option<(&V, i16)>,
    ) -> Result<u64, LoadError> {
        let mut builder = BatchBuilder::new();
        let value = value_of.map(|(message, version)| value(message, version));
        builder.push(1, Some(&key(key_of)), value.as_deref(), &[]);
        self.append(builder)
    }

    fn offset(&self, group: &str, partition: i32) -> Option<i64> {
        Some(self.coordinator.group(group)?.offsets.get("t", partition)?.offset)
    }
}

fn key<'a, K: Record<'a>>(key: &K) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode_key(&mut bytes, key).expect("a key of a test");
    bytes
}

fn value<'a, V: Record<'a>>(value: &V, version: i16) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode_value(&mut bytes, value, version).expect("a value of a test");
    bytes
}

fn in_transaction(producer: i64) -> BatchBuilder {
    BatchBuilder::new().producer(ProducerId(producer), 0, 0).transactional()
}

#[test]
fn the_last_record_of_a_key_counts() {
    let mut log = Log::new();
    log.commit(BatchBuilder::new(), "g", 0, Some(1));
    log.commit(BatchBuilder::new(), "g", 1, Some(2));
    log.commit(BatchBuilder::new(), "g", 0, Some(3));
    log.commit(BatchBuilder::new(), "g", 1, None);
    log.commit(BatchBuilder::new(), "h", 0, None);
    assert_eq!((log.offset("g", 0), log.offset("g", 1), log.offset("h", 0)), (Some(3), None, None));
    assert!(log.coordinator.group("h").is_none(), "a tombstone makes no group");
    log.commit(BatchBuilder::new(), "g", 0, None);
    assert!(log.coordinator.group("g").is_some(), "a group outlives its offsets");
    let group = log.push::<_, GroupMetadataValue<'_>>(&GroupMetadataKey { group: "g" }, None);
    assert_eq!(group, Ok(0));
    assert!(log.coordinator.group("g").is_none());
    assert_eq!(log.coordinator.bytes(), 0);
}

#[test]
fn every_version_of_a_commit_is_read() {
    let mut log = Log::new();
    for version in 0..=4 {
        let commit = OffsetCommitValue {
            offset: i64::from(version),
            leader_epoch: if version >= 3 { 7 } else { -1 },
            metadata: "m",
            commit_timestamp: 5,
            expire_timestamp: if version == 1 { 9 } else { -1 },
            topic_id: if version >= 4 { TOPIC } else { TopicId::ZERO },
        };
        let key = OffsetCommitKey { group: "g", topic: "t", partition: i32::from(version) };
        assert_eq!(log.push(&key, Some((&commit, version))), Ok(0));
        let read = log.coordinator.group("g").unwrap().offsets.get("t", i32::from(version)).unwrap();
        let expected = Committed {
            offset: commit.offset,
            leader_epoch: commit.leader_epoch,
            metadata: "m".into(),
            commit_time_ms: 5,
            expire_time_ms: commit.expire_timestamp,
            topic_id: commit.topic_id,
            record_offset: Offset(i64::from(version)),
        };
        assert_eq!(*read, expected);
    }
    let key = LegacyOffsetCommitKey { group: "g", topic: "t", partition: 9 };
    let commit = LegacyOffsetCommitValue { offset: 42, metadata: "", commit_timestamp: 1 };
    assert_eq!(log.push(&key, Some((&commit, 0))), Ok(0));
    assert_eq!(log.offset("g", 9), Some(42));
}

#[test]
fn what_a_transaction_commits_counts_with_its_marker() {
    let mut log = Log::new();
    log.commit(BatchBuilder::new(), "g", 0, Some(1));
    log.commit(in_transaction(7), "g", 0, Some(10));
    log.commit(in_transaction(8), "g", 1, Some(20));
    log.commit(in_transaction(9), "new", 0, Some(30));
    assert_eq!((log.offset("g", 0), log.offset("g", 1)), (Some(1), None));
    let pending = &log.coordinator.transactions;
    assert!(pending.has("g", "t", 0) && pending.has("g", "t", 1) && !pending.has("g", "t", 2));
    assert!(pending.has_group("new") && log.coordinator.group("new").is_some());
    log.end_transaction(7, true);
    log.end_transaction(8, false);
    assert_eq!((log.offset("g", 0), log.offset("g", 1)), (Some(10), None));
    assert!(!log.coordinator.transactions.has_group("g"));
    log.end_transaction(7, true);
    assert_eq!(log.offset("g", 0), Some(10), "a marker without a transaction changes nothing");
}

#[test]
fn a_later_commit_outdoes_that_of_an_older_transaction() {
    let mut log = Log::new();
    log.commit(in_transaction(7), "g", 0, Some(10));
    log.commit(in_transaction(7), "g", 1, Some(11));
    log.commit(BatchBuilder::new(), "g", 0, Some(5));
    log.commit(BatchBuilder::new(), "g", 1, None);
    log.end_transaction(7, true);
    assert_eq!((log.offset("g", 0), log.offset("g", 1)), (Some(5), None));
    let removals = log.coordinator.whole_group("g");
    log.coordinator.forget(&removals);
    assert_eq!(log.coordinator.bytes(), 0);
}

#[test]
fn compressed_batches_are_read() {
    for codec in [Compression::Gzip, Compression::Snappy, Compression::Lz4, Compression::Zstd] {
        let mut log = Log::new();
        let mut builder = BatchBuilder::new();
        for partition in 0..100 {
            let commit = OffsetCommitValue { offset: i64::from(partition), ..OffsetCommitValue::default() };
            let key = key(&OffsetCommitKey { group: "g", topic: "t", partition });
            builder.push(1, Some(&key), Some(&value(&commit, 3)), &[]);
        }
        let batch = builder.finish_compressed(codec, None).expect("a codec that is there");
        assert_eq!(log.coordinator.replay(&batch), Ok(0));
        assert_eq!(log.offset("g", 99), Some(99));
    }
}

#[test]
fn classic_groups_come_back_with_their_members() {
    let mut log = Log::new();
    log.commit(BatchBuilder::new(), "g", 0, Some(1));
    let member = MemberMetadata {
        member_id: "m-1",
        group_instance_id: None,
        client_id: "c",
        client_host: "/1.2.3.4",
        rebalance_timeout: 1000,
        session_timeout: 1000,
        subscription: b"",
        assignment: b"mine",
    };
    let group = GroupMetadataValue {
        protocol_type: "connect",
        generation: 3,
        protocol: Some("default"),
        leader: Some("m-1"),
        current_state_timestamp: 77,
        members: [member].into(),
    };
    let key = GroupMetadataKey { group: "g" };
    assert_eq!(log.push(&key, Some((&group, 3))), Ok(0));
    let group = log.coordinator.group("g").expect("it was read");
    assert_eq!(group.classic().expect("a classic one").state(), ClassicState::Stable);
    assert_eq!(group.offsets.get("t", 0).map(|commit| commit.offset), Some(1), "offsets are kept");
    assert_eq!(log.push::<_, GroupMetadataValue<'_>>(&key, None), Ok(0));
    assert_eq!(log.offset("g", 0), Some(1), "each offset goes by a record of its own");
}

#[test]
fn groups_of_newer_protocols_are_kept_and_unknown_records_counted() {
    let mut log = Log::new();
    let group = ConsumerGroupMetadataKey { group_id: "new" };
    let member = ConsumerGroupMemberMetadataKey { group_id: "new", member_id: "m" };
    let metadata = ConsumerGroupMemberMetadataValue::default();
    for _ in 0..2 {
        assert_eq!(log.push(&member, Some((&metadata, 0))), Ok(0));
    }
    assert_eq!(log.push(&group, Some((&ConsumerGroupMetadataValue::default(), 0))), Ok(0));
    log.commit(BatchBuilder::new(), "new", 0, Some(9));
    let members = |log: &Log| match &log.coordinator.group("new").expect("it is kept").members {
        Members::Newer { kind: NewerKind::Consumer, members } => members.len(),
        other => panic!("{other:?}"),
    };
    assert_eq!(members(&log), 1);
    assert!(log.coordinator.expired(i64::MAX, 0).is_empty(), "nothing of it expires here");
    assert_eq!(log.push::<_, ConsumerGroupMemberMetadataValue<'_>>(&member, None), Ok(0));
    assert_eq!(members(&log), 0);
    let mut builder = BatchBuilder::new();
    builder.push(1, Some(&[0, 99, 1, 2, 3]), Some(b"whatever"), &[]);
    builder.push(1, None, Some(b"no key"), &[]);
    builder.push(1, Some(&[0, 18]), None, &[]);
    assert_eq!(log.append(builder), Ok(3));
}

#[test]
fn records_that_are_not_what_they_promise_are_errors() {
    let mut log = Log::new();
    log.end = 5;
    let key = key(&OffsetCommitKey { group: "g", topic: "t", partition: 0 });
    let cut = DecodeError::Truncated;
    for (key, value, error) in [
        (&key[..], &[0, 3, 1][..], cut),
        (&key[..], &[0, 9, 1, 2], DecodeError::UnsupportedVersion),
        (&key[..key.len() - 1], &[0, 3], cut),
        (&[7], &[0, 3], cut),
    ] {
        let mut builder = BatchBuilder::new();
        builder.push(1, Some(key), Some(value), &[]);
        let at = Offset(log.end);
        assert_eq!(log.append(builder), Err(LoadError::Record(at, error)), "{key:?} {value:?}");
    }
    let mut batch = BatchBuilder::new();
    batch.push(1, Some(&key), None, &[]);
    let mut batch = batch.finish();
    batch.truncate(70);
    assert_eq!(log.coordinator.replay(&batch), Err(LoadError::Batch(Offset(0))));
}

/// A coordinator with one group by the classic protocol: `record` is its state, commits are `(topic, partition, commit
/// time, end)`.
fn coordinator(record: Option<&GroupMetadataValue<'_>>, commits: &[(&str, i32, i64, i64)]) -> Coordinator {
    let mut log = Log::new();
    if let Some(record) = record {
        assert_eq!(log.push(&GroupMetadataKey { group: "g" }, Some((record, 3))), Ok(0));
    }
    for (topic, partition, commit_time_ms, expire_time_ms) in commits {
        let committed = Committed {
            offset: 1,
            leader_epoch: -1,
            metadata: "".into(),
            commit_time_ms: *commit_time_ms,
            expire_time_ms: *expire_time_ms,
            topic_id: TOPIC,
            record_offset: Offset(0),
        };
        log.coordinator.put_offset("g", topic, *partition, committed);
    }
    log.coordinator
}

fn told(removals: &[Removal]) -> Vec<String> {
    let tell = |removal: &Removal| match removal {
        Removal::Offset { topic, partition, .. } => format!("{topic}-{partition}"),
        Removal::Group(group) => group.to_string(),
    };
    removals.iter().map(tell).collect()
}

#[test]
fn offsets_of_a_group_that_was_never_joined_expire_from_their_commits() {
    let group =
        coordinator(None, &[("t", 0, 100, -1), ("t", 1, 150, -1), ("u", 0, 100, 500), ("u", 1, 100, 120)]);
    assert_eq!(told(&group.expired(199, 100)), ["u-1"]);
    assert_eq!(told(&group.expired(200, 100)), ["t-0", "u-1"]);
    assert_eq!(told(&group.expired(500, 100)), ["t-0", "t-1", "u-0", "u-1", "g"]);
}

#[test]
fn offsets_of_a_group_that_has_become_empty_expire_from_then() {
    let empty = GroupMetadataValue {
        protocol_type: "consumer",
        protocol: None,
        leader: None,
        current_state_timestamp: 1000,
        ..GroupMetadataValue::default()
    };
    let group = coordinator(Some(&empty), &[("t", 0, 5, -1), ("t", 1, 1050, -1)]);
    assert_eq!(told(&group.expired(1099, 100)), [] as [&str; 0]);
    assert_eq!(told(&group.expired(1100, 100)), ["t-0", "t-1", "g"]);
    let nothing = coordinator(Some(&empty), &[]);
    assert_eq!(told(&nothing.expired(1000, 100)), ["g"], "a group of nothing goes at once");
}

#[test]
fn what_members_consume_is_kept() {
    let subscription = {
        use loglane_net::message::client_data::ConsumerProtocolSubscription;
        let mut bytes = vec![0, 0];
        let subscription = ConsumerProtocolSubscription { topics: ["t"].into(), ..Default::default() };
        subscription.encode(&mut bytes, 0).expect("a subscription of a test");
        bytes
    };
    let member = MemberMetadata {
        member_id: "m",
        group_instance_id: None,
        subscription: &subscription,
        ..MemberMetadata::default()
    };
    let stable = GroupMetadataValue {
        protocol_type: "consumer",
        protocol: Some("range"),
        leader: Some("m"),
        members: [member].into(),
        ..GroupMetadataValue::default()
    };
    let group = coordinator(Some(&stable), &[("t", 0, 5, -1), ("u", 0, 5, -1)]);
    assert_eq!(told(&group.expired(1000, 100)), ["u-0"]);
}

#[test]
fn what_was_committed_for_a_topic_goes_with_it() {
    let mut group = coordinator(None, &[("t", 0, 5, -1), ("t", 2, 5, -1), ("u", 0, 5, -1)]);
    assert_eq!(told(&group.of_topic("t", OTHER)), [] as [&str; 0], "another topic of that name");
    let removals = group.of_topic("t", TOPIC);
    assert_eq!(told(&removals), ["t-0", "t-2"]);
    group.forget(&removals);
    assert_eq!(told(&group.whole_group("g")), ["u-0", "g"]);
    let mut records = Records::new(1);
    group.whole_group("g").iter().for_each(|removal| removal.write(&mut records));
    assert_eq!(group.replay(&records.finish()), Ok(0));
    assert!(group.group("g").is_none());
    assert_eq!(group.bytes(), 0);
}

#[test]
fn a_group_belongs_where_kafka_puts_it() {
    for (group, expected) in [
        ("", 0),
        ("a", 47),
        ("group-1", 49),
        ("\u{1d11e}-consumer", 17),
        // Java: -1906497762. With the sign masked off it would be 36.
        ("my-group", 12),
        // Java: -2147483648, whose absolute value is none.
        ("polygenelubricants", 0),
    ] {
        assert_eq!(partition_of_group(group, 50), PartitionId(expected), "{group:?}");
    }
}

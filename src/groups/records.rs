//! What is written to `__consumer_offsets`: one batch for each change, in the versions that Kafka 4.3 writes.

use super::offsets::Committed;
use loglane_net::message::consumer_offsets::{GroupMetadataKey, OffsetCommitKey, OffsetCommitValue};
use loglane_net::record::{encode_key, encode_value};
use loglane_storage::batch_builder::BatchBuilder;

/// The version of a committed offset: with the topic's id.
const COMMIT_VERSION: i16 = 4;

/// The only version that says when the offset ends.
const COMMIT_WITH_EXPIRY_VERSION: i16 = 1;

/// Records of one change; they are appended as one batch, so that all of them count or none.
pub(crate) struct Records {
    builder: BatchBuilder,
    now_ms: i64,
    key: Vec<u8>,
    value: Vec<u8>,
}

/// Every string of a record came in as a string of the protocol, which is no longer than a record's can be.
const FITS: &str = "strings of the protocol fit the records";

impl Records {
    /// No records yet; those to come were made at that time of the wall clock.
    pub(crate) fn new(now_ms: i64) -> Records {
        Records { builder: BatchBuilder::new(), now_ms, key: Vec::new(), value: Vec::new() }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.builder.record_count() == 0
    }

    /// Bytes of the batch so far.
    pub(crate) fn bytes(&self) -> usize {
        self.builder.bytes()
    }

    /// A group has committed an offset.
    pub(crate) fn commit(&mut self, group: &str, topic: &str, partition: i32, committed: &Committed) {
        let has_expiry = committed.expire_time_ms >= 0;
        let value = OffsetCommitValue {
            offset: committed.offset,
            leader_epoch: committed.leader_epoch,
            metadata: &committed.metadata,
            commit_timestamp: committed.commit_time_ms,
            expire_timestamp: committed.expire_time_ms,
            topic_id: committed.topic_id,
        };
        self.offset_key(group, topic, partition);
        self.value.clear();
        let version = if has_expiry { COMMIT_WITH_EXPIRY_VERSION } else { COMMIT_VERSION };
        encode_value(&mut self.value, &value, version).expect(FITS);
        self.builder.push(self.now_ms, Some(&self.key), Some(&self.value), &[]);
    }

    /// A committed offset counts no more.
    pub(crate) fn remove_commit(&mut self, group: &str, topic: &str, partition: i32) {
        self.offset_key(group, topic, partition);
        self.builder.push(self.now_ms, Some(&self.key), None, &[]);
    }

    /// A group's state, in the bytes of a value of its record.
    pub(crate) fn group(&mut self, group: &str, value: &[u8]) {
        self.group_key(group);
        self.builder.push(self.now_ms, Some(&self.key), Some(value), &[]);
    }

    /// A group is no more.
    pub(crate) fn remove_group(&mut self, group: &str) {
        self.group_key(group);
        self.builder.push(self.now_ms, Some(&self.key), None, &[]);
    }

    /// The batch.
    pub(crate) fn finish(self) -> Vec<u8> {
        self.builder.finish()
    }

    fn offset_key(&mut self, group: &str, topic: &str, partition: i32) {
        self.key.clear();
        encode_key(&mut self.key, &OffsetCommitKey { group, topic, partition }).expect(FITS);
    }

    fn group_key(&mut self, group: &str) {
        self.key.clear();
        encode_key(&mut self.key, &GroupMetadataKey { group }).expect(FITS);
    }
}

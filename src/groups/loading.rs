//! Reading a partition of `__consumer_offsets`: the last record of each key counts, and what a transaction wrote
//! counts when its marker says so.

use super::classic::ClassicGroup;
use super::coordinator::{Coordinator, Members, NewerKind};
use super::offsets::Committed;
use loglane_model::{BATCH_HEADER_BYTES, BatchHeader, Bug, Compression, Offset, ProducerId, planted};
use loglane_net::codec::Message;
use loglane_net::message::consumer_group::ConsumerGroupMemberMetadataKey;
use loglane_net::message::consumer_offsets::{
    GroupMetadataKey, GroupMetadataValue, OffsetCommitKey, OffsetCommitValue,
};
use loglane_net::message::share_group::ShareGroupMemberMetadataKey;
use loglane_net::message::streams_group::StreamsGroupMemberMetadataKey;
use loglane_net::record::{decode_key_number, decode_value};
use loglane_net::{DecodeError, Reader};
use loglane_storage::compression::{DecompressError, decompress};
use loglane_storage::control::ControlBatch;
use loglane_storage::record::{RecordView, Records};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

/// A coordinator's batch that decompresses to more than this is not one that a broker wrote.
pub(crate) const UNPACKED_BYTES_MAX: usize = 64 << 20;

/// What a commit of an open transaction takes of the memory for groups, its strings not counted.
const PENDING_BYTES: usize = 256;

/// How far the reading of a partition is.
#[derive(Debug)]
pub(crate) struct Loading {
    /// The first offset that was not read.
    pub(crate) next_offset: Offset,
    /// Where the log ended when the reading began: from there on only this coordinator writes.
    pub(crate) until: Offset,
    /// Topics that were deleted meanwhile.
    pub(crate) deleted_topics: Vec<(Arc<str>, loglane_model::TopicId)>,
    /// Records of kinds that this version does not know.
    pub(crate) unknown_records: u64,
    /// Bytes that were read.
    pub(crate) bytes: u64,
}

impl Loading {
    pub(super) fn new(from: Offset, until: Offset) -> Loading {
        Loading { next_offset: from, until, deleted_topics: Vec::new(), unknown_records: 0, bytes: 0 }
    }
}

/// Why a partition cannot be understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LoadError {
    /// A batch whose records cannot be walked.
    Batch(Offset),
    /// A batch that unpacks to more than so many bytes.
    TooLarge(Offset, usize),
    /// A record whose key or value is not what its number and version promise.
    Record(Offset, DecodeError),
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LoadError::Batch(offset) => write!(f, "the batch at offset {offset} cannot be read"),
            LoadError::TooLarge(offset, most) => {
                write!(f, "the batch at offset {offset} unpacks to more than {} MiB", most >> 20)
            }
            LoadError::Record(offset, error) => write!(f, "the record at offset {offset}: {error}"),
        }
    }
}

/// The commits of transactions that are not decided, by producer, group, topic and partition.
#[derive(Debug, Default)]
pub(crate) struct OpenTransactions {
    by_producer: BTreeMap<ProducerId, BTreeMap<PendingKey, Committed>>,
    bytes: usize,
}

type PendingKey = (Arc<str>, Arc<str>, i32);

impl OpenTransactions {
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    fn put(&mut self, producer: ProducerId, key: PendingKey, committed: Committed) {
        let bytes = pending_bytes(&key, &committed);
        let before = self.by_producer.entry(producer).or_default().insert(key.clone(), committed);
        self.bytes += bytes;
        self.bytes -= before.map_or(0, |before| pending_bytes(&key, &before));
    }

    /// What a producer's transaction committed; it is decided now.
    fn take(&mut self, producer: ProducerId) -> BTreeMap<PendingKey, Committed> {
        let taken = self.by_producer.remove(&producer).unwrap_or_default();
        self.bytes -= taken.iter().map(|(key, committed)| pending_bytes(key, committed)).sum::<usize>();
        taken
    }

    /// Whether an open transaction has committed an offset of this partition.
    pub(crate) fn has(&self, group: &str, topic: &str, partition: i32) -> bool {
        if self.by_producer.is_empty() {
            return false;
        }
        let key: PendingKey = (group.into(), topic.into(), partition);
        self.by_producer.values().any(|pending| pending.contains_key(&key))
    }

    /// Whether an open transaction has committed anything for the group.
    pub(crate) fn has_group(&self, group: &str) -> bool {
        self.by_producer.values().flat_map(BTreeMap::keys).any(|(name, _, _)| **name == *group)
    }

    /// Topics and partitions for which open transactions have committed offsets of the group.
    pub(crate) fn of_group(&self, group: &str) -> Vec<(Arc<str>, i32)> {
        let keys = self.by_producer.values().flat_map(BTreeMap::keys);
        keys.filter(|(name, _, _)| **name == *group).map(|(_, topic, at)| (topic.clone(), *at)).collect()
    }

    pub(super) fn forget(&mut self, group: &str, topic: &str, partition: i32) {
        if self.by_producer.is_empty() {
            return;
        }
        let key: PendingKey = (group.into(), topic.into(), partition);
        for pending in self.by_producer.values_mut() {
            if let Some(removed) = pending.remove(&key) {
                self.bytes -= pending_bytes(&key, &removed);
            }
        }
    }
}

fn pending_bytes((group, topic, _): &PendingKey, committed: &Committed) -> usize {
    PENDING_BYTES + group.len() + topic.len() + committed.metadata.len()
}

/// What a batch says about its records.
struct Around {
    base_offset: Offset,
    /// `None` where the records are not part of a transaction.
    transaction: Option<ProducerId>,
}

impl Coordinator {
    /// Takes in a whole batch of the partition, in the order of the log. Returns how many of its records are of kinds
    /// that this version does not know; they stay where they are.
    ///
    /// # Errors
    /// The batch cannot be understood; what stands in front of the bad record has been taken in.
    pub(crate) fn replay(&mut self, batch: &[u8]) -> Result<u64, LoadError> {
        let header = BatchHeader::peek(batch).ok_or(LoadError::Batch(Offset(0)))?;
        let base_offset = Offset(header.base_offset.get());
        let bad = LoadError::Batch(base_offset);
        if header.attributes().is_control() {
            self.replay_control(header.producer_id(), batch).map_err(|()| bad)?;
            return Ok(0);
        }
        let is_transactional = header.attributes().is_transactional();
        let around = Around { base_offset, transaction: is_transactional.then(|| header.producer_id()) };
        let area = &batch[BATCH_HEADER_BYTES..];
        let compression = header.attributes().compression().ok_or(bad)?;
        let unpacked;
        let area = if compression == Compression::None {
            area
        } else {
            unpacked = decompress(compression, area, UNPACKED_BYTES_MAX).map_err(|error| match error {
                DecompressError::TooLarge { cap } => LoadError::TooLarge(base_offset, cap),
                DecompressError::Corrupt => bad,
            })?;
            &unpacked
        };
        let mut unknown = 0;
        for record in Records::new(area, header.record_count.get()) {
            let record = record.map_err(|_| bad)?;
            let offset = base_offset.plus(i64::from(record.offset_delta));
            let is_known =
                self.replay_record(&around, &record).map_err(|error| LoadError::Record(offset, error))?;
            unknown += u64::from(!is_known);
        }
        Ok(unknown)
    }

    fn replay_control(&mut self, producer: ProducerId, batch: &[u8]) -> Result<(), ()> {
        match ControlBatch::parse(batch) {
            Ok(ControlBatch::End(marker)) => {
                self.end_transaction(producer, marker.committed);
                Ok(())
            }
            Ok(ControlBatch::Empty | ControlBatch::Other(_)) => Ok(()),
            Err(_) => Err(()),
        }
    }

    /// A transaction's marker is there. What it committed counts now, except where a later record says otherwise:
    /// compaction may have removed what stood between them.
    pub(crate) fn end_transaction(&mut self, producer: ProducerId, is_committed: bool) {
        let pending = self.transactions.take(producer);
        if !is_committed {
            return;
        }
        for ((group, topic, partition), committed) in pending {
            let known = self.group(&group).and_then(|group| group.offsets.get(&topic, partition));
            if known.is_none_or(|known| committed.record_offset > known.record_offset) {
                self.put_offset(&group, &topic, partition, committed);
            }
        }
    }

    /// `false`: a kind of record that this version does not know.
    fn replay_record(&mut self, around: &Around, record: &RecordView<'_>) -> Result<bool, DecodeError> {
        // Kafka skips a record without a key as well: there is nothing that it could be about.
        let Some(key) = record.key else { return Ok(false) };
        let mut reader = Reader::new(key);
        let number = decode_key_number(&mut reader)?;
        match number {
            0 | 1 => self.replay_commit(around, record, &OffsetCommitKey::decode(&mut reader, 0)?)?,
            2 => self.replay_group(&GroupMetadataKey::decode(&mut reader, 0)?, record.value)?,
            3..=23 => return self.replay_newer(number, &mut reader, record.value.is_some()),
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn replay_commit(
        &mut self,
        around: &Around,
        record: &RecordView<'_>,
        key: &OffsetCommitKey<'_>,
    ) -> Result<(), DecodeError> {
        let Some(value) = record.value else {
            self.remove_offset(key.group, key.topic, key.partition);
            return Ok(());
        };
        let value: OffsetCommitValue<'_> = decode_value(value)?;
        let committed = Committed {
            offset: value.offset,
            leader_epoch: value.leader_epoch,
            metadata: value.metadata.into(),
            commit_time_ms: value.commit_timestamp,
            expire_time_ms: value.expire_timestamp,
            topic_id: value.topic_id,
            record_offset: around.base_offset.plus(i64::from(record.offset_delta)),
        };
        match around.transaction {
            None if planted(Bug::LoadOldestCommit)
                && self
                    .group(key.group)
                    .is_some_and(|group| group.offsets.get(key.topic, key.partition).is_some()) => {}
            None => self.put_offset(key.group, key.topic, key.partition, committed),
            Some(producer) => {
                // The group is there even if the transaction comes to nothing, as in Kafka.
                self.change_group(key.group, |_| ());
                let key = (Arc::from(key.group), Arc::from(key.topic), key.partition);
                self.transactions.put(producer, key, committed);
            }
        }
        Ok(())
    }

    fn replay_group(&mut self, key: &GroupMetadataKey<'_>, value: Option<&[u8]>) -> Result<(), DecodeError> {
        let Some(value) = value else {
            self.forget_members(key.group);
            return Ok(());
        };
        let value: GroupMetadataValue<'_> = decode_value(value)?;
        let classic = ClassicGroup::from_record(key.group, &value);
        self.put_members(key.group, Members::Classic(Box::new(classic)));
        Ok(())
    }

    /// Groups of newer protocols: what is needed to keep their offsets and to refuse everything else.
    fn replay_newer(
        &mut self,
        number: i16,
        reader: &mut Reader<'_>,
        is_there: bool,
    ) -> Result<bool, DecodeError> {
        let (kind, is_member) = match number {
            3 | 5 => (NewerKind::Consumer, number == 5),
            10 | 11 => (NewerKind::Share, number == 10),
            17 | 19 => (NewerKind::Streams, number == 19),
            // Assignments and the like: nothing follows from them here.
            4 | 6..=8 | 12..=16 | 20..=23 => return Ok(true),
            _ => return Ok(false),
        };
        // Every key of these begins with the group; those of members go on with the member.
        let (group, member) = match number {
            5 => {
                let key = ConsumerGroupMemberMetadataKey::decode(reader, 0)?;
                (key.group_id, key.member_id)
            }
            10 => {
                let key = ShareGroupMemberMetadataKey::decode(reader, 0)?;
                (key.group_id, key.member_id)
            }
            19 => {
                let key = StreamsGroupMemberMetadataKey::decode(reader, 0)?;
                (key.group_id, key.member_id)
            }
            _ => (GroupMetadataKey::decode(reader, 0)?.group, ""),
        };
        if !is_member && !is_there {
            self.forget_members(group);
            return Ok(true);
        }
        let mut members = match self.group(group).map(|known| &known.members) {
            Some(Members::Newer { members, .. }) => members.clone(),
            Some(Members::Classic(_)) | None => BTreeSet::new(),
        };
        match (is_member, is_there) {
            (false, _) => {}
            (true, true) => drop(members.insert(member.into())),
            (true, false) => drop(members.remove(member)),
        }
        self.put_members(group, Members::Newer { kind, members });
        Ok(true)
    }
}

// Generated from net/schema by `cargo run -p loglane-codegen`. Change the schema, not this file.
//! The API Fetch (1).

use crate::api::ApiKey;
use crate::array::{Array, Element};
use crate::codec::{Message, Request, Response};
use crate::put::{self, EncodeError};
use crate::wire::{DecodeError, Format, Reader};
use loglane_model::TopicId;

/// Kafka's `FetchRequest`, versions 4 to 18, flexible from 12.
#[derive(Debug, Clone, PartialEq)]
pub struct FetchRequest<'a> {
    /// String, versions 12 and up, tag 0, nullable, null by default.
    pub cluster_id: Option<&'a str>,
    /// Int32, versions 4 to 14, −1 by default.
    pub replica_id: i32,
    /// [`ReplicaState`], versions 15 and up, tag 1.
    pub replica_state: ReplicaState,
    /// Int32.
    pub max_wait_ms: i32,
    /// Int32.
    pub min_bytes: i32,
    /// Int32, 2147483647 by default.
    pub max_bytes: i32,
    /// Int8.
    pub isolation_level: i8,
    /// Int32, versions 7 and up.
    pub session_id: i32,
    /// Int32, versions 7 and up, −1 by default.
    pub session_epoch: i32,
    /// Array of [`FetchTopic`].
    pub topics: Array<'a, FetchTopic<'a>>,
    /// Array of [`ForgottenTopic`], versions 7 and up.
    pub forgotten_topics_data: Array<'a, ForgottenTopic<'a>>,
    /// String, versions 11 and up.
    pub rack_id: &'a str,
}

impl Default for FetchRequest<'_> {
    fn default() -> Self {
        Self {
            cluster_id: None,
            replica_id: -1,
            replica_state: ReplicaState::default(),
            max_wait_ms: 0,
            min_bytes: 0,
            max_bytes: 2_147_483_647,
            isolation_level: 0,
            session_id: 0,
            session_epoch: -1,
            topics: Array::default(),
            forgotten_topics_data: Array::default(),
            rack_id: "",
        }
    }
}

impl<'a> Element<'a> for FetchRequest<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let replica_id = if format.version <= 14 { reader.int32()? } else { -1 };
        let max_wait_ms = reader.int32()?;
        let min_bytes = reader.int32()?;
        let max_bytes = reader.int32()?;
        let isolation_level = reader.int8()?;
        let session_id = if format.version >= 7 { reader.int32()? } else { 0 };
        let session_epoch = if format.version >= 7 { reader.int32()? } else { -1 };
        let topics = Array::read(reader, format)?;
        let forgotten_topics_data =
            if format.version >= 7 { Array::read(reader, format)? } else { Array::default() };
        let rack_id = if format.version >= 11 { reader.string(format)? } else { "" };
        let mut cluster_id = None;
        let mut replica_state = ReplicaState::default();
        if format.flexible {
            for _ in 0..reader.tag_count()? {
                let (tag, mut field) = reader.tagged_field()?;
                match tag {
                    0 => cluster_id = field.nullable_string(format)?,
                    1 if format.version >= 15 => replica_state = ReplicaState::read(&mut field, format)?,
                    _ => continue,
                }
                field.finish()?;
            }
        }
        Ok(Self {
            cluster_id,
            replica_id,
            replica_state,
            max_wait_ms,
            min_bytes,
            max_bytes,
            isolation_level,
            session_id,
            session_epoch,
            topics,
            forgotten_topics_data,
            rack_id,
        })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        if format.version <= 14 {
            put::int32(out, self.replica_id);
        } else {
            put::absent(self.replica_id == -1, "FetchRequest.replica_id", format)?;
        }
        put::int32(out, self.max_wait_ms);
        put::int32(out, self.min_bytes);
        put::int32(out, self.max_bytes);
        put::int8(out, self.isolation_level);
        if format.version >= 7 {
            put::int32(out, self.session_id);
        }
        if format.version >= 7 {
            put::int32(out, self.session_epoch);
        }
        self.topics.write(out, format)?;
        if format.version >= 7 {
            self.forgotten_topics_data.write(out, format)?;
        } else {
            put::absent(self.forgotten_topics_data.is_empty(), "FetchRequest.forgotten_topics_data", format)?;
        }
        if format.version >= 11 {
            put::string(out, self.rack_id, format)?;
        }
        let has_0 = self.cluster_id.is_some();
        let has_1 = format.version >= 15 && self.replica_state != ReplicaState::default();
        if format.version < 15 {
            put::absent(self.replica_state == ReplicaState::default(), "FetchRequest.replica_state", format)?;
        }
        if format.flexible {
            put::tag_count(out, &[has_0, has_1]);
            if has_0 {
                put::tagged_field(out, 0, |out| put::nullable_string(out, self.cluster_id, format))?;
            }
            if has_1 {
                put::tagged_field(out, 1, |out| self.replica_state.write(out, format))?;
            }
        }
        Ok(())
    }
}

/// Part of [`FetchRequest`].
#[derive(Debug, Clone, PartialEq)]
pub struct ReplicaState {
    /// Int32, −1 by default.
    pub replica_id: i32,
    /// Int64, −1 by default.
    pub replica_epoch: i64,
}

impl Default for ReplicaState {
    fn default() -> Self {
        Self { replica_id: -1, replica_epoch: -1 }
    }
}

impl Element<'_> for ReplicaState {
    fn read(reader: &mut Reader<'_>, format: Format) -> Result<Self, DecodeError> {
        let replica_id = reader.int32()?;
        let replica_epoch = reader.int64()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { replica_id, replica_epoch })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.replica_id);
        put::int64(out, self.replica_epoch);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`FetchRequest`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FetchTopic<'a> {
    /// String, versions 4 to 12.
    pub topic: &'a str,
    /// Uuid, versions 13 and up.
    pub topic_id: TopicId,
    /// Array of [`FetchPartition`].
    pub partitions: Array<'a, FetchPartition>,
}

impl<'a> Element<'a> for FetchTopic<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let topic = if format.version <= 12 { reader.string(format)? } else { "" };
        let topic_id = if format.version >= 13 { reader.uuid()? } else { TopicId::ZERO };
        let partitions = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { topic, topic_id, partitions })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        if format.version <= 12 {
            put::string(out, self.topic, format)?;
        }
        if format.version >= 13 {
            put::uuid(out, self.topic_id);
        }
        self.partitions.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`FetchRequest`].
#[derive(Debug, Clone, PartialEq)]
pub struct FetchPartition {
    /// Int32.
    pub partition: i32,
    /// Int32, versions 9 and up, −1 by default.
    pub current_leader_epoch: i32,
    /// Int64.
    pub fetch_offset: i64,
    /// Int32, versions 12 and up, −1 by default.
    pub last_fetched_epoch: i32,
    /// Int64, versions 5 and up, −1 by default.
    pub log_start_offset: i64,
    /// Int32.
    pub partition_max_bytes: i32,
    /// Uuid, versions 17 and up, tag 0.
    pub replica_directory_id: TopicId,
    /// Int64, versions 18 and up, tag 1, 9223372036854775807 by default.
    pub high_watermark: i64,
}

impl Default for FetchPartition {
    fn default() -> Self {
        Self {
            partition: 0,
            current_leader_epoch: -1,
            fetch_offset: 0,
            last_fetched_epoch: -1,
            log_start_offset: -1,
            partition_max_bytes: 0,
            replica_directory_id: TopicId::ZERO,
            high_watermark: 9_223_372_036_854_775_807,
        }
    }
}

impl Element<'_> for FetchPartition {
    fn read(reader: &mut Reader<'_>, format: Format) -> Result<Self, DecodeError> {
        let partition = reader.int32()?;
        let current_leader_epoch = if format.version >= 9 { reader.int32()? } else { -1 };
        let fetch_offset = reader.int64()?;
        let last_fetched_epoch = if format.version >= 12 { reader.int32()? } else { -1 };
        let log_start_offset = if format.version >= 5 { reader.int64()? } else { -1 };
        let partition_max_bytes = reader.int32()?;
        let mut replica_directory_id = TopicId::ZERO;
        let mut high_watermark = 9_223_372_036_854_775_807;
        if format.flexible {
            for _ in 0..reader.tag_count()? {
                let (tag, mut field) = reader.tagged_field()?;
                match tag {
                    0 if format.version >= 17 => replica_directory_id = field.uuid()?,
                    1 if format.version >= 18 => high_watermark = field.int64()?,
                    _ => continue,
                }
                field.finish()?;
            }
        }
        Ok(Self {
            partition,
            current_leader_epoch,
            fetch_offset,
            last_fetched_epoch,
            log_start_offset,
            partition_max_bytes,
            replica_directory_id,
            high_watermark,
        })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.partition);
        if format.version >= 9 {
            put::int32(out, self.current_leader_epoch);
        }
        put::int64(out, self.fetch_offset);
        if format.version >= 12 {
            put::int32(out, self.last_fetched_epoch);
        } else {
            put::absent(self.last_fetched_epoch == -1, "FetchPartition.last_fetched_epoch", format)?;
        }
        if format.version >= 5 {
            put::int64(out, self.log_start_offset);
        }
        put::int32(out, self.partition_max_bytes);
        let has_0 = format.version >= 17 && !self.replica_directory_id.is_zero();
        let has_1 = format.version >= 18 && self.high_watermark != 9_223_372_036_854_775_807;
        if format.flexible {
            put::tag_count(out, &[has_0, has_1]);
            if has_0 {
                put::tagged_field(out, 0, |out| {
                    put::uuid(out, self.replica_directory_id);
                    Ok(())
                })?;
            }
            if has_1 {
                put::tagged_field(out, 1, |out| {
                    put::int64(out, self.high_watermark);
                    Ok(())
                })?;
            }
        }
        Ok(())
    }
}

/// Part of [`FetchRequest`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ForgottenTopic<'a> {
    /// String, versions 7 to 12.
    pub topic: &'a str,
    /// Uuid, versions 13 and up.
    pub topic_id: TopicId,
    /// Array of int32.
    pub partitions: Array<'a, i32>,
}

impl<'a> Element<'a> for ForgottenTopic<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let topic = if format.version <= 12 { reader.string(format)? } else { "" };
        let topic_id = if format.version >= 13 { reader.uuid()? } else { TopicId::ZERO };
        let partitions = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { topic, topic_id, partitions })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        if format.version <= 12 {
            put::string(out, self.topic, format)?;
        }
        if format.version >= 13 {
            put::uuid(out, self.topic_id);
        }
        self.partitions.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for FetchRequest<'a> {
    const NAME: &'static str = "FetchRequest";
    const MIN_VERSION: i16 = 4;
    const MAX_VERSION: i16 = 18;
    const FIRST_FLEXIBLE_VERSION: i16 = 12;
}

impl<'a> Request<'a> for FetchRequest<'a> {
    const API_KEY: ApiKey = ApiKey::Fetch;
}

/// Kafka's `FetchResponse`, versions 4 to 18, flexible from 12.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FetchResponse<'a> {
    /// Int32.
    pub throttle_time_ms: i32,
    /// Int16, versions 7 and up.
    pub error_code: i16,
    /// Int32, versions 7 and up.
    pub session_id: i32,
    /// Array of [`FetchableTopicResponse`].
    pub responses: Array<'a, FetchableTopicResponse<'a>>,
    /// Array of [`NodeEndpoint`], versions 16 and up, tag 0.
    pub node_endpoints: Array<'a, NodeEndpoint<'a>>,
}

impl<'a> Element<'a> for FetchResponse<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let throttle_time_ms = reader.int32()?;
        let error_code = if format.version >= 7 { reader.int16()? } else { 0 };
        let session_id = if format.version >= 7 { reader.int32()? } else { 0 };
        let responses = Array::read(reader, format)?;
        let mut node_endpoints = Array::default();
        if format.flexible {
            for _ in 0..reader.tag_count()? {
                let (tag, mut field) = reader.tagged_field()?;
                match tag {
                    0 if format.version >= 16 => node_endpoints = Array::read(&mut field, format)?,
                    _ => continue,
                }
                field.finish()?;
            }
        }
        Ok(Self { throttle_time_ms, error_code, session_id, responses, node_endpoints })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.throttle_time_ms);
        if format.version >= 7 {
            put::int16(out, self.error_code);
        }
        if format.version >= 7 {
            put::int32(out, self.session_id);
        } else {
            put::absent(self.session_id == 0, "FetchResponse.session_id", format)?;
        }
        self.responses.write(out, format)?;
        let has_0 = format.version >= 16 && !self.node_endpoints.is_empty();
        if format.version < 16 {
            put::absent(self.node_endpoints.is_empty(), "FetchResponse.node_endpoints", format)?;
        }
        if format.flexible {
            put::tag_count(out, &[has_0]);
            if has_0 {
                put::tagged_field(out, 0, |out| self.node_endpoints.write(out, format))?;
            }
        }
        Ok(())
    }
}

/// Part of [`FetchResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FetchableTopicResponse<'a> {
    /// String, versions 4 to 12.
    pub topic: &'a str,
    /// Uuid, versions 13 and up.
    pub topic_id: TopicId,
    /// Array of [`PartitionData`].
    pub partitions: Array<'a, PartitionData<'a>>,
}

impl<'a> Element<'a> for FetchableTopicResponse<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let topic = if format.version <= 12 { reader.string(format)? } else { "" };
        let topic_id = if format.version >= 13 { reader.uuid()? } else { TopicId::ZERO };
        let partitions = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { topic, topic_id, partitions })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        if format.version <= 12 {
            put::string(out, self.topic, format)?;
        }
        if format.version >= 13 {
            put::uuid(out, self.topic_id);
        }
        self.partitions.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`FetchResponse`].
#[derive(Debug, Clone, PartialEq)]
pub struct PartitionData<'a> {
    /// Int32.
    pub partition_index: i32,
    /// Int16.
    pub error_code: i16,
    /// Int64.
    pub high_watermark: i64,
    /// Int64, −1 by default.
    pub last_stable_offset: i64,
    /// Int64, versions 5 and up, −1 by default.
    pub log_start_offset: i64,
    /// [`EpochEndOffset`], versions 12 and up, tag 0.
    pub diverging_epoch: EpochEndOffset,
    /// [`LeaderIdAndEpoch`], versions 12 and up, tag 1.
    pub current_leader: LeaderIdAndEpoch,
    /// [`SnapshotId`], versions 12 and up, tag 2.
    pub snapshot_id: SnapshotId,
    /// Array of [`AbortedTransaction`], nullable.
    pub aborted_transactions: Option<Array<'a, AbortedTransaction>>,
    /// Int32, versions 11 and up, −1 by default.
    pub preferred_read_replica: i32,
    /// Records, nullable.
    pub records: Option<&'a [u8]>,
}

impl Default for PartitionData<'_> {
    fn default() -> Self {
        Self {
            partition_index: 0,
            error_code: 0,
            high_watermark: 0,
            last_stable_offset: -1,
            log_start_offset: -1,
            diverging_epoch: EpochEndOffset::default(),
            current_leader: LeaderIdAndEpoch::default(),
            snapshot_id: SnapshotId::default(),
            aborted_transactions: Some(Array::default()),
            preferred_read_replica: -1,
            records: Some(&[]),
        }
    }
}

impl<'a> Element<'a> for PartitionData<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let partition_index = reader.int32()?;
        let error_code = reader.int16()?;
        let high_watermark = reader.int64()?;
        let last_stable_offset = reader.int64()?;
        let log_start_offset = if format.version >= 5 { reader.int64()? } else { -1 };
        let aborted_transactions = Array::read_nullable(reader, format)?;
        let preferred_read_replica = if format.version >= 11 { reader.int32()? } else { -1 };
        let records = reader.nullable_bytes(format)?;
        let mut diverging_epoch = EpochEndOffset::default();
        let mut current_leader = LeaderIdAndEpoch::default();
        let mut snapshot_id = SnapshotId::default();
        if format.flexible {
            for _ in 0..reader.tag_count()? {
                let (tag, mut field) = reader.tagged_field()?;
                match tag {
                    0 => diverging_epoch = EpochEndOffset::read(&mut field, format)?,
                    1 => current_leader = LeaderIdAndEpoch::read(&mut field, format)?,
                    2 => snapshot_id = SnapshotId::read(&mut field, format)?,
                    _ => continue,
                }
                field.finish()?;
            }
        }
        Ok(Self {
            partition_index,
            error_code,
            high_watermark,
            last_stable_offset,
            log_start_offset,
            diverging_epoch,
            current_leader,
            snapshot_id,
            aborted_transactions,
            preferred_read_replica,
            records,
        })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.partition_index);
        put::int16(out, self.error_code);
        put::int64(out, self.high_watermark);
        put::int64(out, self.last_stable_offset);
        if format.version >= 5 {
            put::int64(out, self.log_start_offset);
        }
        put::nullable_array(out, self.aborted_transactions.as_ref(), format)?;
        if format.version >= 11 {
            put::int32(out, self.preferred_read_replica);
        } else {
            put::absent(self.preferred_read_replica == -1, "PartitionData.preferred_read_replica", format)?;
        }
        put::nullable_bytes(out, self.records, format)?;
        let has_0 = self.diverging_epoch != EpochEndOffset::default();
        if format.version < 12 {
            put::absent(
                self.diverging_epoch == EpochEndOffset::default(),
                "PartitionData.diverging_epoch",
                format,
            )?;
        }
        let has_1 = self.current_leader != LeaderIdAndEpoch::default();
        if format.version < 12 {
            put::absent(
                self.current_leader == LeaderIdAndEpoch::default(),
                "PartitionData.current_leader",
                format,
            )?;
        }
        let has_2 = self.snapshot_id != SnapshotId::default();
        if format.version < 12 {
            put::absent(self.snapshot_id == SnapshotId::default(), "PartitionData.snapshot_id", format)?;
        }
        if format.flexible {
            put::tag_count(out, &[has_0, has_1, has_2]);
            if has_0 {
                put::tagged_field(out, 0, |out| self.diverging_epoch.write(out, format))?;
            }
            if has_1 {
                put::tagged_field(out, 1, |out| self.current_leader.write(out, format))?;
            }
            if has_2 {
                put::tagged_field(out, 2, |out| self.snapshot_id.write(out, format))?;
            }
        }
        Ok(())
    }
}

/// Part of [`FetchResponse`].
#[derive(Debug, Clone, PartialEq)]
pub struct EpochEndOffset {
    /// Int32, −1 by default.
    pub epoch: i32,
    /// Int64, −1 by default.
    pub end_offset: i64,
}

impl Default for EpochEndOffset {
    fn default() -> Self {
        Self { epoch: -1, end_offset: -1 }
    }
}

impl Element<'_> for EpochEndOffset {
    fn read(reader: &mut Reader<'_>, format: Format) -> Result<Self, DecodeError> {
        let epoch = reader.int32()?;
        let end_offset = reader.int64()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { epoch, end_offset })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.epoch);
        put::int64(out, self.end_offset);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`FetchResponse`].
#[derive(Debug, Clone, PartialEq)]
pub struct LeaderIdAndEpoch {
    /// Int32, −1 by default.
    pub leader_id: i32,
    /// Int32, −1 by default.
    pub leader_epoch: i32,
}

impl Default for LeaderIdAndEpoch {
    fn default() -> Self {
        Self { leader_id: -1, leader_epoch: -1 }
    }
}

impl Element<'_> for LeaderIdAndEpoch {
    fn read(reader: &mut Reader<'_>, format: Format) -> Result<Self, DecodeError> {
        let leader_id = reader.int32()?;
        let leader_epoch = reader.int32()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { leader_id, leader_epoch })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.leader_id);
        put::int32(out, self.leader_epoch);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`FetchResponse`].
#[derive(Debug, Clone, PartialEq)]
pub struct SnapshotId {
    /// Int64, −1 by default.
    pub end_offset: i64,
    /// Int32, −1 by default.
    pub epoch: i32,
}

impl Default for SnapshotId {
    fn default() -> Self {
        Self { end_offset: -1, epoch: -1 }
    }
}

impl Element<'_> for SnapshotId {
    fn read(reader: &mut Reader<'_>, format: Format) -> Result<Self, DecodeError> {
        let end_offset = reader.int64()?;
        let epoch = reader.int32()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { end_offset, epoch })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int64(out, self.end_offset);
        put::int32(out, self.epoch);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`FetchResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AbortedTransaction {
    /// Int64.
    pub producer_id: i64,
    /// Int64.
    pub first_offset: i64,
}

impl Element<'_> for AbortedTransaction {
    fn read(reader: &mut Reader<'_>, format: Format) -> Result<Self, DecodeError> {
        let producer_id = reader.int64()?;
        let first_offset = reader.int64()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { producer_id, first_offset })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int64(out, self.producer_id);
        put::int64(out, self.first_offset);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`FetchResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct NodeEndpoint<'a> {
    /// Int32.
    pub node_id: i32,
    /// String.
    pub host: &'a str,
    /// Int32.
    pub port: i32,
    /// String, nullable, null by default.
    pub rack: Option<&'a str>,
}

impl<'a> Element<'a> for NodeEndpoint<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let node_id = reader.int32()?;
        let host = reader.string(format)?;
        let port = reader.int32()?;
        let rack = reader.nullable_string(format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { node_id, host, port, rack })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.node_id);
        put::string(out, self.host, format)?;
        put::int32(out, self.port);
        put::nullable_string(out, self.rack, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for FetchResponse<'a> {
    const NAME: &'static str = "FetchResponse";
    const MIN_VERSION: i16 = 4;
    const MAX_VERSION: i16 = 18;
    const FIRST_FLEXIBLE_VERSION: i16 = 12;
}

impl<'a> Response<'a> for FetchResponse<'a> {
    const API_KEY: ApiKey = ApiKey::Fetch;
}

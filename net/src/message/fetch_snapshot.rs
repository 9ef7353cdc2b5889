// Generated from net/schema by `cargo run -p loglane-codegen`. Change the schema, not this file.
//! The API FetchSnapshot (59).

use crate::api::ApiKey;
use crate::array::{Array, Element};
use crate::codec::{Message, Request, Response};
use crate::put::{self, EncodeError};
use crate::wire::{DecodeError, Format, Reader};
use loglane_model::TopicId;

/// Kafka's `FetchSnapshotRequest`, versions 0 to 1, always flexible.
#[derive(Debug, Clone, PartialEq)]
pub struct FetchSnapshotRequest<'a> {
    /// String, tag 0, nullable, null by default.
    pub cluster_id: Option<&'a str>,
    /// Int32, −1 by default.
    pub replica_id: i32,
    /// Int32, 2147483647 by default.
    pub max_bytes: i32,
    /// Array of [`RequestTopicSnapshot`].
    pub topics: Array<'a, RequestTopicSnapshot<'a>>,
}

impl Default for FetchSnapshotRequest<'_> {
    fn default() -> Self {
        Self { cluster_id: None, replica_id: -1, max_bytes: 2_147_483_647, topics: Array::default() }
    }
}

impl<'a> Element<'a> for FetchSnapshotRequest<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let replica_id = reader.int32()?;
        let max_bytes = reader.int32()?;
        let topics = Array::read(reader, format)?;
        let mut cluster_id = None;
        for _ in 0..reader.tag_count()? {
            let (tag, mut field) = reader.tagged_field()?;
            match tag {
                0 => cluster_id = field.nullable_string(format)?,
                _ => continue,
            }
            field.finish()?;
        }
        Ok(Self { cluster_id, replica_id, max_bytes, topics })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.replica_id);
        put::int32(out, self.max_bytes);
        self.topics.write(out, format)?;
        let has_0 = self.cluster_id.is_some();
        put::tag_count(out, &[has_0]);
        if has_0 {
            put::tagged_field(out, 0, |out| put::nullable_string(out, self.cluster_id, format))?;
        }
        Ok(())
    }
}

/// Part of [`FetchSnapshotRequest`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RequestTopicSnapshot<'a> {
    /// String.
    pub name: &'a str,
    /// Array of [`RequestPartitionSnapshot`].
    pub partitions: Array<'a, RequestPartitionSnapshot>,
}

impl<'a> Element<'a> for RequestTopicSnapshot<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let name = reader.string(format)?;
        let partitions = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { name, partitions })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.name, format)?;
        self.partitions.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`FetchSnapshotRequest`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RequestPartitionSnapshot {
    /// Int32.
    pub partition: i32,
    /// Int32.
    pub current_leader_epoch: i32,
    /// [`RequestSnapshotId`].
    pub snapshot_id: RequestSnapshotId,
    /// Int64.
    pub position: i64,
    /// Uuid, versions 1 and up, tag 0.
    pub replica_directory_id: TopicId,
}

impl Element<'_> for RequestPartitionSnapshot {
    fn read(reader: &mut Reader<'_>, format: Format) -> Result<Self, DecodeError> {
        let partition = reader.int32()?;
        let current_leader_epoch = reader.int32()?;
        let snapshot_id = RequestSnapshotId::read(reader, format)?;
        let position = reader.int64()?;
        let mut replica_directory_id = TopicId::ZERO;
        for _ in 0..reader.tag_count()? {
            let (tag, mut field) = reader.tagged_field()?;
            match tag {
                0 if format.version >= 1 => replica_directory_id = field.uuid()?,
                _ => continue,
            }
            field.finish()?;
        }
        Ok(Self { partition, current_leader_epoch, snapshot_id, position, replica_directory_id })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.partition);
        put::int32(out, self.current_leader_epoch);
        self.snapshot_id.write(out, format)?;
        put::int64(out, self.position);
        let has_0 = format.version >= 1 && !self.replica_directory_id.is_zero();
        put::tag_count(out, &[has_0]);
        if has_0 {
            put::tagged_field(out, 0, |out| {
                put::uuid(out, self.replica_directory_id);
                Ok(())
            })?;
        }
        Ok(())
    }
}

/// Part of [`FetchSnapshotRequest`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RequestSnapshotId {
    /// Int64.
    pub end_offset: i64,
    /// Int32.
    pub epoch: i32,
}

impl Element<'_> for RequestSnapshotId {
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

impl<'a> Message<'a> for FetchSnapshotRequest<'a> {
    const NAME: &'static str = "FetchSnapshotRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 1;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Request<'a> for FetchSnapshotRequest<'a> {
    const API_KEY: ApiKey = ApiKey::FetchSnapshot;
}

/// Kafka's `FetchSnapshotResponse`, versions 0 to 1, always flexible.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FetchSnapshotResponse<'a> {
    /// Int32.
    pub throttle_time_ms: i32,
    /// Int16.
    pub error_code: i16,
    /// Array of [`ResponseTopicSnapshot`].
    pub topics: Array<'a, ResponseTopicSnapshot<'a>>,
    /// Array of [`NodeEndpoint`], versions 1 and up, tag 0.
    pub node_endpoints: Array<'a, NodeEndpoint<'a>>,
}

impl<'a> Element<'a> for FetchSnapshotResponse<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let throttle_time_ms = reader.int32()?;
        let error_code = reader.int16()?;
        let topics = Array::read(reader, format)?;
        let mut node_endpoints = Array::default();
        for _ in 0..reader.tag_count()? {
            let (tag, mut field) = reader.tagged_field()?;
            match tag {
                0 if format.version >= 1 => node_endpoints = Array::read(&mut field, format)?,
                _ => continue,
            }
            field.finish()?;
        }
        Ok(Self { throttle_time_ms, error_code, topics, node_endpoints })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.throttle_time_ms);
        put::int16(out, self.error_code);
        self.topics.write(out, format)?;
        let has_0 = format.version >= 1 && !self.node_endpoints.is_empty();
        if format.version < 1 {
            put::absent(self.node_endpoints.is_empty(), "FetchSnapshotResponse.node_endpoints", format)?;
        }
        put::tag_count(out, &[has_0]);
        if has_0 {
            put::tagged_field(out, 0, |out| self.node_endpoints.write(out, format))?;
        }
        Ok(())
    }
}

/// Part of [`FetchSnapshotResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ResponseTopicSnapshot<'a> {
    /// String.
    pub name: &'a str,
    /// Array of [`ResponsePartitionSnapshot`].
    pub partitions: Array<'a, ResponsePartitionSnapshot<'a>>,
}

impl<'a> Element<'a> for ResponseTopicSnapshot<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let name = reader.string(format)?;
        let partitions = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { name, partitions })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.name, format)?;
        self.partitions.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`FetchSnapshotResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ResponsePartitionSnapshot<'a> {
    /// Int32.
    pub index: i32,
    /// Int16.
    pub error_code: i16,
    /// [`ResponseSnapshotId`].
    pub snapshot_id: ResponseSnapshotId,
    /// [`LeaderIdAndEpoch`], tag 0.
    pub current_leader: LeaderIdAndEpoch,
    /// Int64.
    pub size: i64,
    /// Int64.
    pub position: i64,
    /// Records.
    pub unaligned_records: &'a [u8],
}

impl<'a> Element<'a> for ResponsePartitionSnapshot<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let index = reader.int32()?;
        let error_code = reader.int16()?;
        let snapshot_id = ResponseSnapshotId::read(reader, format)?;
        let size = reader.int64()?;
        let position = reader.int64()?;
        let unaligned_records = reader.bytes(format)?;
        let mut current_leader = LeaderIdAndEpoch::default();
        for _ in 0..reader.tag_count()? {
            let (tag, mut field) = reader.tagged_field()?;
            match tag {
                0 => current_leader = LeaderIdAndEpoch::read(&mut field, format)?,
                _ => continue,
            }
            field.finish()?;
        }
        Ok(Self { index, error_code, snapshot_id, current_leader, size, position, unaligned_records })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.index);
        put::int16(out, self.error_code);
        self.snapshot_id.write(out, format)?;
        put::int64(out, self.size);
        put::int64(out, self.position);
        put::bytes(out, self.unaligned_records, format)?;
        let has_0 = self.current_leader != LeaderIdAndEpoch::default();
        put::tag_count(out, &[has_0]);
        if has_0 {
            put::tagged_field(out, 0, |out| self.current_leader.write(out, format))?;
        }
        Ok(())
    }
}

/// Part of [`FetchSnapshotResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ResponseSnapshotId {
    /// Int64.
    pub end_offset: i64,
    /// Int32.
    pub epoch: i32,
}

impl Element<'_> for ResponseSnapshotId {
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

/// Part of [`FetchSnapshotResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LeaderIdAndEpoch {
    /// Int32.
    pub leader_id: i32,
    /// Int32.
    pub leader_epoch: i32,
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

/// Part of [`FetchSnapshotResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct NodeEndpoint<'a> {
    /// Int32.
    pub node_id: i32,
    /// String.
    pub host: &'a str,
    /// Uint16.
    pub port: u16,
}

impl<'a> Element<'a> for NodeEndpoint<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let node_id = reader.int32()?;
        let host = reader.string(format)?;
        let port = reader.uint16()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { node_id, host, port })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.node_id);
        put::string(out, self.host, format)?;
        put::uint16(out, self.port);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for FetchSnapshotResponse<'a> {
    const NAME: &'static str = "FetchSnapshotResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 1;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Response<'a> for FetchSnapshotResponse<'a> {
    const API_KEY: ApiKey = ApiKey::FetchSnapshot;
}

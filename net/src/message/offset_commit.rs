// Generated from net/schema by `cargo run -p loglane-codegen`. Change the schema, not this file.
//! The API OffsetCommit (8).

use crate::api::ApiKey;
use crate::array::{Array, Element};
use crate::codec::{Message, Request, Response};
use crate::put::{self, EncodeError};
use crate::wire::{DecodeError, Format, Reader};
use loglane_model::TopicId;

/// Kafka's `OffsetCommitRequest`, versions 2 to 10, flexible from 8.
#[derive(Debug, Clone, PartialEq)]
pub struct OffsetCommitRequest<'a> {
    /// String.
    pub group_id: &'a str,
    /// Int32, −1 by default.
    pub generation_id_or_member_epoch: i32,
    /// String.
    pub member_id: &'a str,
    /// String, versions 7 and up, nullable, null by default.
    pub group_instance_id: Option<&'a str>,
    /// Int64, versions 2 to 4, −1 by default.
    pub retention_time_ms: i64,
    /// Array of [`OffsetCommitRequestTopic`].
    pub topics: Array<'a, OffsetCommitRequestTopic<'a>>,
}

impl Default for OffsetCommitRequest<'_> {
    fn default() -> Self {
        Self {
            group_id: "",
            generation_id_or_member_epoch: -1,
            member_id: "",
            group_instance_id: None,
            retention_time_ms: -1,
            topics: Array::default(),
        }
    }
}

impl<'a> Element<'a> for OffsetCommitRequest<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let group_id = reader.string(format)?;
        let generation_id_or_member_epoch = reader.int32()?;
        let member_id = reader.string(format)?;
        let group_instance_id = if format.version >= 7 { reader.nullable_string(format)? } else { None };
        let retention_time_ms = if format.version <= 4 { reader.int64()? } else { -1 };
        let topics = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self {
            group_id,
            generation_id_or_member_epoch,
            member_id,
            group_instance_id,
            retention_time_ms,
            topics,
        })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.group_id, format)?;
        put::int32(out, self.generation_id_or_member_epoch);
        put::string(out, self.member_id, format)?;
        if format.version >= 7 {
            put::nullable_string(out, self.group_instance_id, format)?;
        } else {
            put::absent(self.group_instance_id.is_none(), "OffsetCommitRequest.group_instance_id", format)?;
        }
        if format.version <= 4 {
            put::int64(out, self.retention_time_ms);
        }
        self.topics.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`OffsetCommitRequest`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct OffsetCommitRequestTopic<'a> {
    /// String, versions 2 to 9.
    pub name: &'a str,
    /// Uuid, versions 10 and up.
    pub topic_id: TopicId,
    /// Array of [`OffsetCommitRequestPartition`].
    pub partitions: Array<'a, OffsetCommitRequestPartition<'a>>,
}

impl<'a> Element<'a> for OffsetCommitRequestTopic<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let name = if format.version <= 9 { reader.string(format)? } else { "" };
        let topic_id = if format.version >= 10 { reader.uuid()? } else { TopicId::ZERO };
        let partitions = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { name, topic_id, partitions })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        if format.version <= 9 {
            put::string(out, self.name, format)?;
        }
        if format.version >= 10 {
            put::uuid(out, self.topic_id);
        }
        self.partitions.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`OffsetCommitRequest`].
#[derive(Debug, Clone, PartialEq)]
pub struct OffsetCommitRequestPartition<'a> {
    /// Int32.
    pub partition_index: i32,
    /// Int64.
    pub committed_offset: i64,
    /// Int32, versions 6 and up, −1 by default.
    pub committed_leader_epoch: i32,
    /// String, nullable.
    pub committed_metadata: Option<&'a str>,
}

impl Default for OffsetCommitRequestPartition<'_> {
    fn default() -> Self {
        Self {
            partition_index: 0,
            committed_offset: 0,
            committed_leader_epoch: -1,
            committed_metadata: Some(""),
        }
    }
}

impl<'a> Element<'a> for OffsetCommitRequestPartition<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let partition_index = reader.int32()?;
        let committed_offset = reader.int64()?;
        let committed_leader_epoch = if format.version >= 6 { reader.int32()? } else { -1 };
        let committed_metadata = reader.nullable_string(format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { partition_index, committed_offset, committed_leader_epoch, committed_metadata })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.partition_index);
        put::int64(out, self.committed_offset);
        if format.version >= 6 {
            put::int32(out, self.committed_leader_epoch);
        }
        put::nullable_string(out, self.committed_metadata, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for OffsetCommitRequest<'a> {
    const NAME: &'static str = "OffsetCommitRequest";
    const MIN_VERSION: i16 = 2;
    const MAX_VERSION: i16 = 10;
    const FIRST_FLEXIBLE_VERSION: i16 = 8;
}

impl<'a> Request<'a> for OffsetCommitRequest<'a> {
    const API_KEY: ApiKey = ApiKey::OffsetCommit;
}

/// Kafka's `OffsetCommitResponse`, versions 2 to 10, flexible from 8.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct OffsetCommitResponse<'a> {
    /// Int32, versions 3 and up.
    pub throttle_time_ms: i32,
    /// Array of [`OffsetCommitResponseTopic`].
    pub topics: Array<'a, OffsetCommitResponseTopic<'a>>,
}

impl<'a> Element<'a> for OffsetCommitResponse<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let throttle_time_ms = if format.version >= 3 { reader.int32()? } else { 0 };
        let topics = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { throttle_time_ms, topics })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        if format.version >= 3 {
            put::int32(out, self.throttle_time_ms);
        }
        self.topics.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`OffsetCommitResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct OffsetCommitResponseTopic<'a> {
    /// String, versions 2 to 9.
    pub name: &'a str,
    /// Uuid, versions 10 and up.
    pub topic_id: TopicId,
    /// Array of [`OffsetCommitResponsePartition`].
    pub partitions: Array<'a, OffsetCommitResponsePartition>,
}

impl<'a> Element<'a> for OffsetCommitResponseTopic<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let name = if format.version <= 9 { reader.string(format)? } else { "" };
        let topic_id = if format.version >= 10 { reader.uuid()? } else { TopicId::ZERO };
        let partitions = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { name, topic_id, partitions })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        if format.version <= 9 {
            put::string(out, self.name, format)?;
        }
        if format.version >= 10 {
            put::uuid(out, self.topic_id);
        }
        self.partitions.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`OffsetCommitResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct OffsetCommitResponsePartition {
    /// Int32.
    pub partition_index: i32,
    /// Int16.
    pub error_code: i16,
}

impl Element<'_> for OffsetCommitResponsePartition {
    fn read(reader: &mut Reader<'_>, format: Format) -> Result<Self, DecodeError> {
        let partition_index = reader.int32()?;
        let error_code = reader.int16()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { partition_index, error_code })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.partition_index);
        put::int16(out, self.error_code);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for OffsetCommitResponse<'a> {
    const NAME: &'static str = "OffsetCommitResponse";
    const MIN_VERSION: i16 = 2;
    const MAX_VERSION: i16 = 10;
    const FIRST_FLEXIBLE_VERSION: i16 = 8;
}

impl<'a> Response<'a> for OffsetCommitResponse<'a> {
    const API_KEY: ApiKey = ApiKey::OffsetCommit;
}

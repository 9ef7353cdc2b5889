// Generated from net/schema by `cargo run -p loglane-codegen`. Change the schema, not this file.
//! The API OffsetFetch (9).

use crate::api::ApiKey;
use crate::array::{Array, Element};
use crate::codec::{Message, Request, Response};
use crate::put::{self, EncodeError};
use crate::wire::{DecodeError, Format, Reader, nullable_from};
use loglane_model::TopicId;

/// Kafka's `OffsetFetchRequest`, versions 1 to 10, flexible from 6.
#[derive(Debug, Clone, PartialEq)]
pub struct OffsetFetchRequest<'a> {
    /// String, versions 1 to 7.
    pub group_id: &'a str,
    /// Array of [`OffsetFetchRequestTopic`], versions 1 to 7, nullable from version 2.
    pub topics: Option<Array<'a, OffsetFetchRequestTopic<'a>>>,
    /// Array of [`OffsetFetchRequestGroup`], versions 8 and up.
    pub groups: Array<'a, OffsetFetchRequestGroup<'a>>,
    /// Bool, versions 7 and up.
    pub require_stable: bool,
}

impl Default for OffsetFetchRequest<'_> {
    fn default() -> Self {
        Self { group_id: "", topics: Some(Array::default()), groups: Array::default(), require_stable: false }
    }
}

impl<'a> Element<'a> for OffsetFetchRequest<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let group_id = if format.version <= 7 { reader.string(format)? } else { "" };
        let topics = if format.version <= 7 {
            nullable_from(2, format, Array::read_nullable(reader, format)?)?
        } else {
            Some(Array::default())
        };
        let groups = if format.version >= 8 { Array::read(reader, format)? } else { Array::default() };
        let require_stable = if format.version >= 7 { reader.bool()? } else { false };
        reader.skip_tagged_fields(format)?;
        Ok(Self { group_id, topics, groups, require_stable })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        if format.version <= 7 {
            put::string(out, self.group_id, format)?;
        } else {
            put::absent(self.group_id.is_empty(), "OffsetFetchRequest.group_id", format)?;
        }
        if format.version <= 7 {
            put::nullable_from(2, self.topics.is_none(), "OffsetFetchRequest.topics", format)?;
            put::nullable_array(out, self.topics.as_ref(), format)?;
        } else {
            put::absent(
                self.topics.as_ref().is_some_and(Array::is_empty),
                "OffsetFetchRequest.topics",
                format,
            )?;
        }
        if format.version >= 8 {
            self.groups.write(out, format)?;
        } else {
            put::absent(self.groups.is_empty(), "OffsetFetchRequest.groups", format)?;
        }
        if format.version >= 7 {
            put::bool(out, self.require_stable);
        } else {
            put::absent(!self.require_stable, "OffsetFetchRequest.require_stable", format)?;
        }
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`OffsetFetchRequest`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct OffsetFetchRequestTopic<'a> {
    /// String.
    pub name: &'a str,
    /// Array of int32.
    pub partition_indexes: Array<'a, i32>,
}

impl<'a> Element<'a> for OffsetFetchRequestTopic<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let name = reader.string(format)?;
        let partition_indexes = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { name, partition_indexes })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.name, format)?;
        self.partition_indexes.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`OffsetFetchRequest`].
#[derive(Debug, Clone, PartialEq)]
pub struct OffsetFetchRequestGroup<'a> {
    /// String.
    pub group_id: &'a str,
    /// String, versions 9 and up, nullable, null by default.
    pub member_id: Option<&'a str>,
    /// Int32, versions 9 and up, −1 by default.
    pub member_epoch: i32,
    /// Array of [`OffsetFetchRequestTopics`], nullable.
    pub topics: Option<Array<'a, OffsetFetchRequestTopics<'a>>>,
}

impl Default for OffsetFetchRequestGroup<'_> {
    fn default() -> Self {
        Self { group_id: "", member_id: None, member_epoch: -1, topics: Some(Array::default()) }
    }
}

impl<'a> Element<'a> for OffsetFetchRequestGroup<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let group_id = reader.string(format)?;
        let member_id = if format.version >= 9 { reader.nullable_string(format)? } else { None };
        let member_epoch = if format.version >= 9 { reader.int32()? } else { -1 };
        let topics = Array::read_nullable(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { group_id, member_id, member_epoch, topics })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.group_id, format)?;
        if format.version >= 9 {
            put::nullable_string(out, self.member_id, format)?;
        }
        if format.version >= 9 {
            put::int32(out, self.member_epoch);
        }
        put::nullable_array(out, self.topics.as_ref(), format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`OffsetFetchRequest`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct OffsetFetchRequestTopics<'a> {
    /// String, versions 8 to 9.
    pub name: &'a str,
    /// Uuid, versions 10 and up.
    pub topic_id: TopicId,
    /// Array of int32.
    pub partition_indexes: Array<'a, i32>,
}

impl<'a> Element<'a> for OffsetFetchRequestTopics<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let name = if format.version <= 9 { reader.string(format)? } else { "" };
        let topic_id = if format.version >= 10 { reader.uuid()? } else { TopicId::ZERO };
        let partition_indexes = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { name, topic_id, partition_indexes })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        if format.version <= 9 {
            put::string(out, self.name, format)?;
        }
        if format.version >= 10 {
            put::uuid(out, self.topic_id);
        }
        self.partition_indexes.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for OffsetFetchRequest<'a> {
    const NAME: &'static str = "OffsetFetchRequest";
    const MIN_VERSION: i16 = 1;
    const MAX_VERSION: i16 = 10;
    const FIRST_FLEXIBLE_VERSION: i16 = 6;
}

impl<'a> Request<'a> for OffsetFetchRequest<'a> {
    const API_KEY: ApiKey = ApiKey::OffsetFetch;
}

/// Kafka's `OffsetFetchResponse`, versions 1 to 10, flexible from 6.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct OffsetFetchResponse<'a> {
    /// Int32, versions 3 and up.
    pub throttle_time_ms: i32,
    /// Array of [`OffsetFetchResponseTopic`], versions 1 to 7.
    pub topics: Array<'a, OffsetFetchResponseTopic<'a>>,
    /// Int16, versions 2 to 7.
    pub error_code: i16,
    /// Array of [`OffsetFetchResponseGroup`], versions 8 and up.
    pub groups: Array<'a, OffsetFetchResponseGroup<'a>>,
}

impl<'a> Element<'a> for OffsetFetchResponse<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let throttle_time_ms = if format.version >= 3 { reader.int32()? } else { 0 };
        let topics = if format.version <= 7 { Array::read(reader, format)? } else { Array::default() };
        let error_code = if (2..=7).contains(&format.version) { reader.int16()? } else { 0 };
        let groups = if format.version >= 8 { Array::read(reader, format)? } else { Array::default() };
        reader.skip_tagged_fields(format)?;
        Ok(Self { throttle_time_ms, topics, error_code, groups })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        if format.version >= 3 {
            put::int32(out, self.throttle_time_ms);
        }
        if format.version <= 7 {
            self.topics.write(out, format)?;
        } else {
            put::absent(self.topics.is_empty(), "OffsetFetchResponse.topics", format)?;
        }
        if (2..=7).contains(&format.version) {
            put::int16(out, self.error_code);
        }
        if format.version >= 8 {
            self.groups.write(out, format)?;
        } else {
            put::absent(self.groups.is_empty(), "OffsetFetchResponse.groups", format)?;
        }
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`OffsetFetchResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct OffsetFetchResponseTopic<'a> {
    /// String.
    pub name: &'a str,
    /// Array of [`OffsetFetchResponsePartition`].
    pub partitions: Array<'a, OffsetFetchResponsePartition<'a>>,
}

impl<'a> Element<'a> for OffsetFetchResponseTopic<'a> {
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

/// Part of [`OffsetFetchResponse`].
#[derive(Debug, Clone, PartialEq)]
pub struct OffsetFetchResponsePartition<'a> {
    /// Int32.
    pub partition_index: i32,
    /// Int64.
    pub committed_offset: i64,
    /// Int32, versions 5 to 7, −1 by default.
    pub committed_leader_epoch: i32,
    /// String, nullable.
    pub metadata: Option<&'a str>,
    /// Int16.
    pub error_code: i16,
}

impl Default for OffsetFetchResponsePartition<'_> {
    fn default() -> Self {
        Self {
            partition_index: 0,
            committed_offset: 0,
            committed_leader_epoch: -1,
            metadata: Some(""),
            error_code: 0,
        }
    }
}

impl<'a> Element<'a> for OffsetFetchResponsePartition<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let partition_index = reader.int32()?;
        let committed_offset = reader.int64()?;
        let committed_leader_epoch = if format.version >= 5 { reader.int32()? } else { -1 };
        let metadata = reader.nullable_string(format)?;
        let error_code = reader.int16()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { partition_index, committed_offset, committed_leader_epoch, metadata, error_code })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.partition_index);
        put::int64(out, self.committed_offset);
        if format.version >= 5 {
            put::int32(out, self.committed_leader_epoch);
        }
        put::nullable_string(out, self.metadata, format)?;
        put::int16(out, self.error_code);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`OffsetFetchResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct OffsetFetchResponseGroup<'a> {
    /// String.
    pub group_id: &'a str,
    /// Array of [`OffsetFetchResponseTopics`].
    pub topics: Array<'a, OffsetFetchResponseTopics<'a>>,
    /// Int16.
    pub error_code: i16,
}

impl<'a> Element<'a> for OffsetFetchResponseGroup<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let group_id = reader.string(format)?;
        let topics = Array::read(reader, format)?;
        let error_code = reader.int16()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { group_id, topics, error_code })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.group_id, format)?;
        self.topics.write(out, format)?;
        put::int16(out, self.error_code);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`OffsetFetchResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct OffsetFetchResponseTopics<'a> {
    /// String, versions 8 to 9.
    pub name: &'a str,
    /// Uuid, versions 10 and up.
    pub topic_id: TopicId,
    /// Array of [`OffsetFetchResponsePartitions`].
    pub partitions: Array<'a, OffsetFetchResponsePartitions<'a>>,
}

impl<'a> Element<'a> for OffsetFetchResponseTopics<'a> {
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

/// Part of [`OffsetFetchResponse`].
#[derive(Debug, Clone, PartialEq)]
pub struct OffsetFetchResponsePartitions<'a> {
    /// Int32.
    pub partition_index: i32,
    /// Int64.
    pub committed_offset: i64,
    /// Int32, −1 by default.
    pub committed_leader_epoch: i32,
    /// String, nullable.
    pub metadata: Option<&'a str>,
    /// Int16.
    pub error_code: i16,
}

impl Default for OffsetFetchResponsePartitions<'_> {
    fn default() -> Self {
        Self {
            partition_index: 0,
            committed_offset: 0,
            committed_leader_epoch: -1,
            metadata: Some(""),
            error_code: 0,
        }
    }
}

impl<'a> Element<'a> for OffsetFetchResponsePartitions<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let partition_index = reader.int32()?;
        let committed_offset = reader.int64()?;
        let committed_leader_epoch = reader.int32()?;
        let metadata = reader.nullable_string(format)?;
        let error_code = reader.int16()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { partition_index, committed_offset, committed_leader_epoch, metadata, error_code })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.partition_index);
        put::int64(out, self.committed_offset);
        put::int32(out, self.committed_leader_epoch);
        put::nullable_string(out, self.metadata, format)?;
        put::int16(out, self.error_code);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for OffsetFetchResponse<'a> {
    const NAME: &'static str = "OffsetFetchResponse";
    const MIN_VERSION: i16 = 1;
    const MAX_VERSION: i16 = 10;
    const FIRST_FLEXIBLE_VERSION: i16 = 6;
}

impl<'a> Response<'a> for OffsetFetchResponse<'a> {
    const API_KEY: ApiKey = ApiKey::OffsetFetch;
}

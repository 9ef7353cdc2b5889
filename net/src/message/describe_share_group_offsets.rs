// Generated from net/schema by `cargo run -p loglane-codegen`. Change the schema, not this file.
//! The API DescribeShareGroupOffsets (90).

use crate::api::ApiKey;
use crate::array::{Array, Element};
use crate::codec::{Message, Request, Response};
use crate::put::{self, EncodeError};
use crate::wire::{DecodeError, Format, Reader};
use loglane_model::TopicId;

/// Kafka's `DescribeShareGroupOffsetsRequest`, versions 0 to 1, always flexible.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DescribeShareGroupOffsetsRequest<'a> {
    /// Array of [`DescribeShareGroupOffsetsRequestGroup`].
    pub groups: Array<'a, DescribeShareGroupOffsetsRequestGroup<'a>>,
}

impl<'a> Element<'a> for DescribeShareGroupOffsetsRequest<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let groups = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { groups })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        self.groups.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`DescribeShareGroupOffsetsRequest`].
#[derive(Debug, Clone, PartialEq)]
pub struct DescribeShareGroupOffsetsRequestGroup<'a> {
    /// String.
    pub group_id: &'a str,
    /// Array of [`DescribeShareGroupOffsetsRequestTopic`], nullable.
    pub topics: Option<Array<'a, DescribeShareGroupOffsetsRequestTopic<'a>>>,
}

impl Default for DescribeShareGroupOffsetsRequestGroup<'_> {
    fn default() -> Self {
        Self { group_id: "", topics: Some(Array::default()) }
    }
}

impl<'a> Element<'a> for DescribeShareGroupOffsetsRequestGroup<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let group_id = reader.string(format)?;
        let topics = Array::read_nullable(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { group_id, topics })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.group_id, format)?;
        put::nullable_array(out, self.topics.as_ref(), format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`DescribeShareGroupOffsetsRequest`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DescribeShareGroupOffsetsRequestTopic<'a> {
    /// String.
    pub topic_name: &'a str,
    /// Array of int32.
    pub partitions: Array<'a, i32>,
}

impl<'a> Element<'a> for DescribeShareGroupOffsetsRequestTopic<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let topic_name = reader.string(format)?;
        let partitions = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { topic_name, partitions })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.topic_name, format)?;
        self.partitions.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for DescribeShareGroupOffsetsRequest<'a> {
    const NAME: &'static str = "DescribeShareGroupOffsetsRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 1;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Request<'a> for DescribeShareGroupOffsetsRequest<'a> {
    const API_KEY: ApiKey = ApiKey::DescribeShareGroupOffsets;
}

/// Kafka's `DescribeShareGroupOffsetsResponse`, versions 0 to 1, always flexible.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DescribeShareGroupOffsetsResponse<'a> {
    /// Int32.
    pub throttle_time_ms: i32,
    /// Array of [`DescribeShareGroupOffsetsResponseGroup`].
    pub groups: Array<'a, DescribeShareGroupOffsetsResponseGroup<'a>>,
}

impl<'a> Element<'a> for DescribeShareGroupOffsetsResponse<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let throttle_time_ms = reader.int32()?;
        let groups = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { throttle_time_ms, groups })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.throttle_time_ms);
        self.groups.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`DescribeShareGroupOffsetsResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DescribeShareGroupOffsetsResponseGroup<'a> {
    /// String.
    pub group_id: &'a str,
    /// Array of [`DescribeShareGroupOffsetsResponseTopic`].
    pub topics: Array<'a, DescribeShareGroupOffsetsResponseTopic<'a>>,
    /// Int16.
    pub error_code: i16,
    /// String, nullable, null by default.
    pub error_message: Option<&'a str>,
}

impl<'a> Element<'a> for DescribeShareGroupOffsetsResponseGroup<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let group_id = reader.string(format)?;
        let topics = Array::read(reader, format)?;
        let error_code = reader.int16()?;
        let error_message = reader.nullable_string(format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { group_id, topics, error_code, error_message })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.group_id, format)?;
        self.topics.write(out, format)?;
        put::int16(out, self.error_code);
        put::nullable_string(out, self.error_message, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`DescribeShareGroupOffsetsResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DescribeShareGroupOffsetsResponseTopic<'a> {
    /// String.
    pub topic_name: &'a str,
    /// Uuid.
    pub topic_id: TopicId,
    /// Array of [`DescribeShareGroupOffsetsResponsePartition`].
    pub partitions: Array<'a, DescribeShareGroupOffsetsResponsePartition<'a>>,
}

impl<'a> Element<'a> for DescribeShareGroupOffsetsResponseTopic<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let topic_name = reader.string(format)?;
        let topic_id = reader.uuid()?;
        let partitions = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { topic_name, topic_id, partitions })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.topic_name, format)?;
        put::uuid(out, self.topic_id);
        self.partitions.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`DescribeShareGroupOffsetsResponse`].
#[derive(Debug, Clone, PartialEq)]
pub struct DescribeShareGroupOffsetsResponsePartition<'a> {
    /// Int32.
    pub partition_index: i32,
    /// Int64.
    pub start_offset: i64,
    /// Int32.
    pub leader_epoch: i32,
    /// Int64, versions 1 and up, −1 by default.
    pub lag: i64,
    /// Int16.
    pub error_code: i16,
    /// String, nullable, null by default.
    pub error_message: Option<&'a str>,
}

impl Default for DescribeShareGroupOffsetsResponsePartition<'_> {
    fn default() -> Self {
        Self {
            partition_index: 0,
            start_offset: 0,
            leader_epoch: 0,
            lag: -1,
            error_code: 0,
            error_message: None,
        }
    }
}

impl<'a> Element<'a> for DescribeShareGroupOffsetsResponsePartition<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let partition_index = reader.int32()?;
        let start_offset = reader.int64()?;
        let leader_epoch = reader.int32()?;
        let lag = if format.version >= 1 { reader.int64()? } else { -1 };
        let error_code = reader.int16()?;
        let error_message = reader.nullable_string(format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { partition_index, start_offset, leader_epoch, lag, error_code, error_message })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.partition_index);
        put::int64(out, self.start_offset);
        put::int32(out, self.leader_epoch);
        if format.version >= 1 {
            put::int64(out, self.lag);
        }
        put::int16(out, self.error_code);
        put::nullable_string(out, self.error_message, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for DescribeShareGroupOffsetsResponse<'a> {
    const NAME: &'static str = "DescribeShareGroupOffsetsResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 1;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Response<'a> for DescribeShareGroupOffsetsResponse<'a> {
    const API_KEY: ApiKey = ApiKey::DescribeShareGroupOffsets;
}

// Generated from net/schema by `cargo run -p loglane-codegen`. Change the schema, not this file.
//! The API OffsetForLeaderEpoch (23).

use crate::api::ApiKey;
use crate::array::{Array, Element};
use crate::codec::{Message, Request, Response};
use crate::put::{self, EncodeError};
use crate::wire::{DecodeError, Format, Reader};

/// Kafka's `OffsetForLeaderEpochRequest`, versions 2 to 4, flexible from 4.
#[derive(Debug, Clone, PartialEq)]
pub struct OffsetForLeaderEpochRequest<'a> {
    /// Int32, versions 3 and up, −2 by default.
    pub replica_id: i32,
    /// Array of [`OffsetForLeaderTopic`].
    pub topics: Array<'a, OffsetForLeaderTopic<'a>>,
}

impl Default for OffsetForLeaderEpochRequest<'_> {
    fn default() -> Self {
        Self { replica_id: -2, topics: Array::default() }
    }
}

impl<'a> Element<'a> for OffsetForLeaderEpochRequest<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let replica_id = if format.version >= 3 { reader.int32()? } else { -2 };
        let topics = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { replica_id, topics })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        if format.version >= 3 {
            put::int32(out, self.replica_id);
        }
        self.topics.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`OffsetForLeaderEpochRequest`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct OffsetForLeaderTopic<'a> {
    /// String.
    pub topic: &'a str,
    /// Array of [`OffsetForLeaderPartition`].
    pub partitions: Array<'a, OffsetForLeaderPartition>,
}

impl<'a> Element<'a> for OffsetForLeaderTopic<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let topic = reader.string(format)?;
        let partitions = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { topic, partitions })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.topic, format)?;
        self.partitions.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`OffsetForLeaderEpochRequest`].
#[derive(Debug, Clone, PartialEq)]
pub struct OffsetForLeaderPartition {
    /// Int32.
    pub partition: i32,
    /// Int32, −1 by default.
    pub current_leader_epoch: i32,
    /// Int32.
    pub leader_epoch: i32,
}

impl Default for OffsetForLeaderPartition {
    fn default() -> Self {
        Self { partition: 0, current_leader_epoch: -1, leader_epoch: 0 }
    }
}

impl Element<'_> for OffsetForLeaderPartition {
    fn read(reader: &mut Reader<'_>, format: Format) -> Result<Self, DecodeError> {
        let partition = reader.int32()?;
        let current_leader_epoch = reader.int32()?;
        let leader_epoch = reader.int32()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { partition, current_leader_epoch, leader_epoch })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.partition);
        put::int32(out, self.current_leader_epoch);
        put::int32(out, self.leader_epoch);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for OffsetForLeaderEpochRequest<'a> {
    const NAME: &'static str = "OffsetForLeaderEpochRequest";
    const MIN_VERSION: i16 = 2;
    const MAX_VERSION: i16 = 4;
    const FIRST_FLEXIBLE_VERSION: i16 = 4;
}

impl<'a> Request<'a> for OffsetForLeaderEpochRequest<'a> {
    const API_KEY: ApiKey = ApiKey::OffsetForLeaderEpoch;
}

/// Kafka's `OffsetForLeaderEpochResponse`, versions 2 to 4, flexible from 4.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct OffsetForLeaderEpochResponse<'a> {
    /// Int32.
    pub throttle_time_ms: i32,
    /// Array of [`OffsetForLeaderTopicResult`].
    pub topics: Array<'a, OffsetForLeaderTopicResult<'a>>,
}

impl<'a> Element<'a> for OffsetForLeaderEpochResponse<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let throttle_time_ms = reader.int32()?;
        let topics = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { throttle_time_ms, topics })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.throttle_time_ms);
        self.topics.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`OffsetForLeaderEpochResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct OffsetForLeaderTopicResult<'a> {
    /// String.
    pub topic: &'a str,
    /// Array of [`EpochEndOffset`].
    pub partitions: Array<'a, EpochEndOffset>,
}

impl<'a> Element<'a> for OffsetForLeaderTopicResult<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let topic = reader.string(format)?;
        let partitions = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { topic, partitions })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.topic, format)?;
        self.partitions.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`OffsetForLeaderEpochResponse`].
#[derive(Debug, Clone, PartialEq)]
pub struct EpochEndOffset {
    /// Int16.
    pub error_code: i16,
    /// Int32.
    pub partition: i32,
    /// Int32, −1 by default.
    pub leader_epoch: i32,
    /// Int64, −1 by default.
    pub end_offset: i64,
}

impl Default for EpochEndOffset {
    fn default() -> Self {
        Self { error_code: 0, partition: 0, leader_epoch: -1, end_offset: -1 }
    }
}

impl Element<'_> for EpochEndOffset {
    fn read(reader: &mut Reader<'_>, format: Format) -> Result<Self, DecodeError> {
        let error_code = reader.int16()?;
        let partition = reader.int32()?;
        let leader_epoch = reader.int32()?;
        let end_offset = reader.int64()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { error_code, partition, leader_epoch, end_offset })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int16(out, self.error_code);
        put::int32(out, self.partition);
        put::int32(out, self.leader_epoch);
        put::int64(out, self.end_offset);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for OffsetForLeaderEpochResponse<'a> {
    const NAME: &'static str = "OffsetForLeaderEpochResponse";
    const MIN_VERSION: i16 = 2;
    const MAX_VERSION: i16 = 4;
    const FIRST_FLEXIBLE_VERSION: i16 = 4;
}

impl<'a> Response<'a> for OffsetForLeaderEpochResponse<'a> {
    const API_KEY: ApiKey = ApiKey::OffsetForLeaderEpoch;
}

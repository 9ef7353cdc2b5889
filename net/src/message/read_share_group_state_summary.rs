// Generated from net/schema by `cargo run -p loglane-codegen`. Change the schema, not this file.
//! The API ReadShareGroupStateSummary (87).

use crate::api::ApiKey;
use crate::array::{Array, Element};
use crate::codec::{Message, Request, Response};
use crate::put::{self, EncodeError};
use crate::wire::{DecodeError, Format, Reader};
use loglane_model::TopicId;

/// Kafka's `ReadShareGroupStateSummaryRequest`, versions 0 to 1, always flexible.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ReadShareGroupStateSummaryRequest<'a> {
    /// String.
    pub group_id: &'a str,
    /// Array of [`ReadStateSummaryData`].
    pub topics: Array<'a, ReadStateSummaryData<'a>>,
}

impl<'a> Element<'a> for ReadShareGroupStateSummaryRequest<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let group_id = reader.string(format)?;
        let topics = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { group_id, topics })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.group_id, format)?;
        self.topics.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`ReadShareGroupStateSummaryRequest`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ReadStateSummaryData<'a> {
    /// Uuid.
    pub topic_id: TopicId,
    /// Array of [`PartitionData`].
    pub partitions: Array<'a, PartitionData>,
}

impl<'a> Element<'a> for ReadStateSummaryData<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let topic_id = reader.uuid()?;
        let partitions = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { topic_id, partitions })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::uuid(out, self.topic_id);
        self.partitions.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`ReadShareGroupStateSummaryRequest`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PartitionData {
    /// Int32.
    pub partition: i32,
    /// Int32.
    pub leader_epoch: i32,
}

impl Element<'_> for PartitionData {
    fn read(reader: &mut Reader<'_>, format: Format) -> Result<Self, DecodeError> {
        let partition = reader.int32()?;
        let leader_epoch = reader.int32()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { partition, leader_epoch })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.partition);
        put::int32(out, self.leader_epoch);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for ReadShareGroupStateSummaryRequest<'a> {
    const NAME: &'static str = "ReadShareGroupStateSummaryRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 1;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Request<'a> for ReadShareGroupStateSummaryRequest<'a> {
    const API_KEY: ApiKey = ApiKey::ReadShareGroupStateSummary;
}

/// Kafka's `ReadShareGroupStateSummaryResponse`, versions 0 to 1, always flexible.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ReadShareGroupStateSummaryResponse<'a> {
    /// Array of [`ReadStateSummaryResult`].
    pub results: Array<'a, ReadStateSummaryResult<'a>>,
}

impl<'a> Element<'a> for ReadShareGroupStateSummaryResponse<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let results = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { results })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        self.results.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`ReadShareGroupStateSummaryResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ReadStateSummaryResult<'a> {
    /// Uuid.
    pub topic_id: TopicId,
    /// Array of [`PartitionResult`].
    pub partitions: Array<'a, PartitionResult<'a>>,
}

impl<'a> Element<'a> for ReadStateSummaryResult<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let topic_id = reader.uuid()?;
        let partitions = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { topic_id, partitions })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::uuid(out, self.topic_id);
        self.partitions.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`ReadShareGroupStateSummaryResponse`].
#[derive(Debug, Clone, PartialEq)]
pub struct PartitionResult<'a> {
    /// Int32.
    pub partition: i32,
    /// Int16.
    pub error_code: i16,
    /// String, nullable, null by default.
    pub error_message: Option<&'a str>,
    /// Int32.
    pub state_epoch: i32,
    /// Int32.
    pub leader_epoch: i32,
    /// Int64.
    pub start_offset: i64,
    /// Int32, versions 1 and up, −1 by default.
    pub delivery_complete_count: i32,
}

impl Default for PartitionResult<'_> {
    fn default() -> Self {
        Self {
            partition: 0,
            error_code: 0,
            error_message: None,
            state_epoch: 0,
            leader_epoch: 0,
            start_offset: 0,
            delivery_complete_count: -1,
        }
    }
}

impl<'a> Element<'a> for PartitionResult<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let partition = reader.int32()?;
        let error_code = reader.int16()?;
        let error_message = reader.nullable_string(format)?;
        let state_epoch = reader.int32()?;
        let leader_epoch = reader.int32()?;
        let start_offset = reader.int64()?;
        let delivery_complete_count = if format.version >= 1 { reader.int32()? } else { -1 };
        reader.skip_tagged_fields(format)?;
        Ok(Self {
            partition,
            error_code,
            error_message,
            state_epoch,
            leader_epoch,
            start_offset,
            delivery_complete_count,
        })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.partition);
        put::int16(out, self.error_code);
        put::nullable_string(out, self.error_message, format)?;
        put::int32(out, self.state_epoch);
        put::int32(out, self.leader_epoch);
        put::int64(out, self.start_offset);
        if format.version >= 1 {
            put::int32(out, self.delivery_complete_count);
        }
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for ReadShareGroupStateSummaryResponse<'a> {
    const NAME: &'static str = "ReadShareGroupStateSummaryResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 1;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Response<'a> for ReadShareGroupStateSummaryResponse<'a> {
    const API_KEY: ApiKey = ApiKey::ReadShareGroupStateSummary;
}

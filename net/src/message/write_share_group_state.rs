// Generated from net/schema by `cargo run -p loglane-codegen`. Change the schema, not this file.
//! The API WriteShareGroupState (85).

use crate::api::ApiKey;
use crate::array::{Array, Element};
use crate::codec::{Message, Request, Response};
use crate::put::{self, EncodeError};
use crate::wire::{DecodeError, Format, Reader};
use loglane_model::TopicId;

/// Kafka's `WriteShareGroupStateRequest`, versions 0 to 1, always flexible.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct WriteShareGroupStateRequest<'a> {
    /// String.
    pub group_id: &'a str,
    /// Array of [`WriteStateData`].
    pub topics: Array<'a, WriteStateData<'a>>,
}

impl<'a> Element<'a> for WriteShareGroupStateRequest<'a> {
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

/// Part of [`WriteShareGroupStateRequest`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct WriteStateData<'a> {
    /// Uuid.
    pub topic_id: TopicId,
    /// Array of [`PartitionData`].
    pub partitions: Array<'a, PartitionData<'a>>,
}

impl<'a> Element<'a> for WriteStateData<'a> {
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

/// Part of [`WriteShareGroupStateRequest`].
#[derive(Debug, Clone, PartialEq)]
pub struct PartitionData<'a> {
    /// Int32.
    pub partition: i32,
    /// Int32.
    pub state_epoch: i32,
    /// Int32.
    pub leader_epoch: i32,
    /// Int64.
    pub start_offset: i64,
    /// Int32, versions 1 and up, −1 by default.
    pub delivery_complete_count: i32,
    /// Array of [`StateBatch`].
    pub state_batches: Array<'a, StateBatch>,
}

impl Default for PartitionData<'_> {
    fn default() -> Self {
        Self {
            partition: 0,
            state_epoch: 0,
            leader_epoch: 0,
            start_offset: 0,
            delivery_complete_count: -1,
            state_batches: Array::default(),
        }
    }
}

impl<'a> Element<'a> for PartitionData<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let partition = reader.int32()?;
        let state_epoch = reader.int32()?;
        let leader_epoch = reader.int32()?;
        let start_offset = reader.int64()?;
        let delivery_complete_count = if format.version >= 1 { reader.int32()? } else { -1 };
        let state_batches = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self {
            partition,
            state_epoch,
            leader_epoch,
            start_offset,
            delivery_complete_count,
            state_batches,
        })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.partition);
        put::int32(out, self.state_epoch);
        put::int32(out, self.leader_epoch);
        put::int64(out, self.start_offset);
        if format.version >= 1 {
            put::int32(out, self.delivery_complete_count);
        }
        self.state_batches.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`WriteShareGroupStateRequest`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StateBatch {
    /// Int64.
    pub first_offset: i64,
    /// Int64.
    pub last_offset: i64,
    /// Int8.
    pub delivery_state: i8,
    /// Int16.
    pub delivery_count: i16,
}

impl Element<'_> for StateBatch {
    fn read(reader: &mut Reader<'_>, format: Format) -> Result<Self, DecodeError> {
        let first_offset = reader.int64()?;
        let last_offset = reader.int64()?;
        let delivery_state = reader.int8()?;
        let delivery_count = reader.int16()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { first_offset, last_offset, delivery_state, delivery_count })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int64(out, self.first_offset);
        put::int64(out, self.last_offset);
        put::int8(out, self.delivery_state);
        put::int16(out, self.delivery_count);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for WriteShareGroupStateRequest<'a> {
    const NAME: &'static str = "WriteShareGroupStateRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 1;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Request<'a> for WriteShareGroupStateRequest<'a> {
    const API_KEY: ApiKey = ApiKey::WriteShareGroupState;
}

/// Kafka's `WriteShareGroupStateResponse`, versions 0 to 1, always flexible.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct WriteShareGroupStateResponse<'a> {
    /// Array of [`WriteStateResult`].
    pub results: Array<'a, WriteStateResult<'a>>,
}

impl<'a> Element<'a> for WriteShareGroupStateResponse<'a> {
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

/// Part of [`WriteShareGroupStateResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct WriteStateResult<'a> {
    /// Uuid.
    pub topic_id: TopicId,
    /// Array of [`PartitionResult`].
    pub partitions: Array<'a, PartitionResult<'a>>,
}

impl<'a> Element<'a> for WriteStateResult<'a> {
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

/// Part of [`WriteShareGroupStateResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PartitionResult<'a> {
    /// Int32.
    pub partition: i32,
    /// Int16.
    pub error_code: i16,
    /// String, nullable, null by default.
    pub error_message: Option<&'a str>,
}

impl<'a> Element<'a> for PartitionResult<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let partition = reader.int32()?;
        let error_code = reader.int16()?;
        let error_message = reader.nullable_string(format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { partition, error_code, error_message })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.partition);
        put::int16(out, self.error_code);
        put::nullable_string(out, self.error_message, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for WriteShareGroupStateResponse<'a> {
    const NAME: &'static str = "WriteShareGroupStateResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 1;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Response<'a> for WriteShareGroupStateResponse<'a> {
    const API_KEY: ApiKey = ApiKey::WriteShareGroupState;
}

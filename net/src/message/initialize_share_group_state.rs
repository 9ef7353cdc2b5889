// Generated from net/schema by `cargo run -p loglane-codegen`. Change the schema, not this file.
//! The API InitializeShareGroupState (83).

use crate::api::ApiKey;
use crate::array::{Array, Element};
use crate::codec::{Message, Request, Response};
use crate::put::{self, EncodeError};
use crate::wire::{DecodeError, Format, Reader};
use loglane_model::TopicId;

/// Kafka's `InitializeShareGroupStateRequest`, version 0, always flexible.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct InitializeShareGroupStateRequest<'a> {
    /// String.
    pub group_id: &'a str,
    /// Array of [`InitializeStateData`].
    pub topics: Array<'a, InitializeStateData<'a>>,
}

impl<'a> Element<'a> for InitializeShareGroupStateRequest<'a> {
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

/// Part of [`InitializeShareGroupStateRequest`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct InitializeStateData<'a> {
    /// Uuid.
    pub topic_id: TopicId,
    /// Array of [`PartitionData`].
    pub partitions: Array<'a, PartitionData>,
}

impl<'a> Element<'a> for InitializeStateData<'a> {
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

/// Part of [`InitializeShareGroupStateRequest`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PartitionData {
    /// Int32.
    pub partition: i32,
    /// Int32.
    pub state_epoch: i32,
    /// Int64.
    pub start_offset: i64,
}

impl Element<'_> for PartitionData {
    fn read(reader: &mut Reader<'_>, format: Format) -> Result<Self, DecodeError> {
        let partition = reader.int32()?;
        let state_epoch = reader.int32()?;
        let start_offset = reader.int64()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { partition, state_epoch, start_offset })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.partition);
        put::int32(out, self.state_epoch);
        put::int64(out, self.start_offset);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for InitializeShareGroupStateRequest<'a> {
    const NAME: &'static str = "InitializeShareGroupStateRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Request<'a> for InitializeShareGroupStateRequest<'a> {
    const API_KEY: ApiKey = ApiKey::InitializeShareGroupState;
}

/// Kafka's `InitializeShareGroupStateResponse`, version 0, always flexible.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct InitializeShareGroupStateResponse<'a> {
    /// Array of [`InitializeStateResult`].
    pub results: Array<'a, InitializeStateResult<'a>>,
}

impl<'a> Element<'a> for InitializeShareGroupStateResponse<'a> {
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

/// Part of [`InitializeShareGroupStateResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct InitializeStateResult<'a> {
    /// Uuid.
    pub topic_id: TopicId,
    /// Array of [`PartitionResult`].
    pub partitions: Array<'a, PartitionResult<'a>>,
}

impl<'a> Element<'a> for InitializeStateResult<'a> {
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

/// Part of [`InitializeShareGroupStateResponse`].
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

impl<'a> Message<'a> for InitializeShareGroupStateResponse<'a> {
    const NAME: &'static str = "InitializeShareGroupStateResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Response<'a> for InitializeShareGroupStateResponse<'a> {
    const API_KEY: ApiKey = ApiKey::InitializeShareGroupState;
}

// Generated from net/schema by `cargo run -p loglane-codegen`. Change the schema, not this file.
//! The API CreatePartitions (37).

use crate::api::ApiKey;
use crate::array::{Array, Element};
use crate::codec::{Message, Request, Response};
use crate::put::{self, EncodeError};
use crate::wire::{DecodeError, Format, Reader};

/// Kafka's `CreatePartitionsRequest`, versions 0 to 3, flexible from 2.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CreatePartitionsRequest<'a> {
    /// Array of [`CreatePartitionsTopic`].
    pub topics: Array<'a, CreatePartitionsTopic<'a>>,
    /// Int32.
    pub timeout_ms: i32,
    /// Bool.
    pub validate_only: bool,
}

impl<'a> Element<'a> for CreatePartitionsRequest<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let topics = Array::read(reader, format)?;
        let timeout_ms = reader.int32()?;
        let validate_only = reader.bool()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { topics, timeout_ms, validate_only })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        self.topics.write(out, format)?;
        put::int32(out, self.timeout_ms);
        put::bool(out, self.validate_only);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`CreatePartitionsRequest`].
#[derive(Debug, Clone, PartialEq)]
pub struct CreatePartitionsTopic<'a> {
    /// String.
    pub name: &'a str,
    /// Int32.
    pub count: i32,
    /// Array of [`CreatePartitionsAssignment`], nullable.
    pub assignments: Option<Array<'a, CreatePartitionsAssignment<'a>>>,
}

impl Default for CreatePartitionsTopic<'_> {
    fn default() -> Self {
        Self { name: "", count: 0, assignments: Some(Array::default()) }
    }
}

impl<'a> Element<'a> for CreatePartitionsTopic<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let name = reader.string(format)?;
        let count = reader.int32()?;
        let assignments = Array::read_nullable(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { name, count, assignments })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.name, format)?;
        put::int32(out, self.count);
        put::nullable_array(out, self.assignments.as_ref(), format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`CreatePartitionsRequest`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CreatePartitionsAssignment<'a> {
    /// Array of int32.
    pub broker_ids: Array<'a, i32>,
}

impl<'a> Element<'a> for CreatePartitionsAssignment<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let broker_ids = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { broker_ids })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        self.broker_ids.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for CreatePartitionsRequest<'a> {
    const NAME: &'static str = "CreatePartitionsRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 3;
    const FIRST_FLEXIBLE_VERSION: i16 = 2;
}

impl<'a> Request<'a> for CreatePartitionsRequest<'a> {
    const API_KEY: ApiKey = ApiKey::CreatePartitions;
}

/// Kafka's `CreatePartitionsResponse`, versions 0 to 3, flexible from 2.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CreatePartitionsResponse<'a> {
    /// Int32.
    pub throttle_time_ms: i32,
    /// Array of [`CreatePartitionsTopicResult`].
    pub results: Array<'a, CreatePartitionsTopicResult<'a>>,
}

impl<'a> Element<'a> for CreatePartitionsResponse<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let throttle_time_ms = reader.int32()?;
        let results = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { throttle_time_ms, results })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.throttle_time_ms);
        self.results.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`CreatePartitionsResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CreatePartitionsTopicResult<'a> {
    /// String.
    pub name: &'a str,
    /// Int16.
    pub error_code: i16,
    /// String, nullable, null by default.
    pub error_message: Option<&'a str>,
}

impl<'a> Element<'a> for CreatePartitionsTopicResult<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let name = reader.string(format)?;
        let error_code = reader.int16()?;
        let error_message = reader.nullable_string(format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { name, error_code, error_message })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.name, format)?;
        put::int16(out, self.error_code);
        put::nullable_string(out, self.error_message, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for CreatePartitionsResponse<'a> {
    const NAME: &'static str = "CreatePartitionsResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 3;
    const FIRST_FLEXIBLE_VERSION: i16 = 2;
}

impl<'a> Response<'a> for CreatePartitionsResponse<'a> {
    const API_KEY: ApiKey = ApiKey::CreatePartitions;
}

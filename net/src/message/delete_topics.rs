// Generated from net/schema by `cargo run -p loglane-codegen`. Change the schema, not this file.
//! The API DeleteTopics (20).

use crate::api::ApiKey;
use crate::array::{Array, Element};
use crate::codec::{Message, Request, Response};
use crate::put::{self, EncodeError};
use crate::wire::{DecodeError, Format, Reader, nullable_from};
use loglane_model::TopicId;

/// Kafka's `DeleteTopicsRequest`, versions 1 to 6, flexible from 4.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DeleteTopicsRequest<'a> {
    /// Array of [`DeleteTopicState`], versions 6 and up.
    pub topics: Array<'a, DeleteTopicState<'a>>,
    /// Array of string, versions 1 to 5.
    pub topic_names: Array<'a, &'a str>,
    /// Int32.
    pub timeout_ms: i32,
}

impl<'a> Element<'a> for DeleteTopicsRequest<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let topics = if format.version >= 6 { Array::read(reader, format)? } else { Array::default() };
        let topic_names = if format.version <= 5 { Array::read(reader, format)? } else { Array::default() };
        let timeout_ms = reader.int32()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { topics, topic_names, timeout_ms })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        if format.version >= 6 {
            self.topics.write(out, format)?;
        } else {
            put::absent(self.topics.is_empty(), "DeleteTopicsRequest.topics", format)?;
        }
        if format.version <= 5 {
            self.topic_names.write(out, format)?;
        }
        put::int32(out, self.timeout_ms);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`DeleteTopicsRequest`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DeleteTopicState<'a> {
    /// String, nullable, null by default.
    pub name: Option<&'a str>,
    /// Uuid.
    pub topic_id: TopicId,
}

impl<'a> Element<'a> for DeleteTopicState<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let name = reader.nullable_string(format)?;
        let topic_id = reader.uuid()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { name, topic_id })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::nullable_string(out, self.name, format)?;
        put::uuid(out, self.topic_id);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for DeleteTopicsRequest<'a> {
    const NAME: &'static str = "DeleteTopicsRequest";
    const MIN_VERSION: i16 = 1;
    const MAX_VERSION: i16 = 6;
    const FIRST_FLEXIBLE_VERSION: i16 = 4;
}

impl<'a> Request<'a> for DeleteTopicsRequest<'a> {
    const API_KEY: ApiKey = ApiKey::DeleteTopics;
}

/// Kafka's `DeleteTopicsResponse`, versions 1 to 6, flexible from 4.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DeleteTopicsResponse<'a> {
    /// Int32.
    pub throttle_time_ms: i32,
    /// Array of [`DeletableTopicResult`].
    pub responses: Array<'a, DeletableTopicResult<'a>>,
}

impl<'a> Element<'a> for DeleteTopicsResponse<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let throttle_time_ms = reader.int32()?;
        let responses = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { throttle_time_ms, responses })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.throttle_time_ms);
        self.responses.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`DeleteTopicsResponse`].
#[derive(Debug, Clone, PartialEq)]
pub struct DeletableTopicResult<'a> {
    /// String, nullable from version 6.
    pub name: Option<&'a str>,
    /// Uuid, versions 6 and up.
    pub topic_id: TopicId,
    /// Int16.
    pub error_code: i16,
    /// String, versions 5 and up, nullable, null by default.
    pub error_message: Option<&'a str>,
}

impl Default for DeletableTopicResult<'_> {
    fn default() -> Self {
        Self { name: Some(""), topic_id: TopicId::ZERO, error_code: 0, error_message: None }
    }
}

impl<'a> Element<'a> for DeletableTopicResult<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let name = nullable_from(6, format, reader.nullable_string(format)?)?;
        let topic_id = if format.version >= 6 { reader.uuid()? } else { TopicId::ZERO };
        let error_code = reader.int16()?;
        let error_message = if format.version >= 5 { reader.nullable_string(format)? } else { None };
        reader.skip_tagged_fields(format)?;
        Ok(Self { name, topic_id, error_code, error_message })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::nullable_from(6, self.name.is_none(), "DeletableTopicResult.name", format)?;
        put::nullable_string(out, self.name, format)?;
        if format.version >= 6 {
            put::uuid(out, self.topic_id);
        }
        put::int16(out, self.error_code);
        if format.version >= 5 {
            put::nullable_string(out, self.error_message, format)?;
        }
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for DeleteTopicsResponse<'a> {
    const NAME: &'static str = "DeleteTopicsResponse";
    const MIN_VERSION: i16 = 1;
    const MAX_VERSION: i16 = 6;
    const FIRST_FLEXIBLE_VERSION: i16 = 4;
}

impl<'a> Response<'a> for DeleteTopicsResponse<'a> {
    const API_KEY: ApiKey = ApiKey::DeleteTopics;
}

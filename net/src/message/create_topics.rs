// Generated from net/schema by `cargo run -p loglane-codegen`. Change the schema, not this file.
//! The API CreateTopics (19).

use crate::api::ApiKey;
use crate::array::{Array, Element};
use crate::codec::{Message, Request, Response};
use crate::put::{self, EncodeError};
use crate::wire::{DecodeError, Format, Reader};
use loglane_model::TopicId;

/// Kafka's `CreateTopicsRequest`, versions 2 to 7, flexible from 5.
#[derive(Debug, Clone, PartialEq)]
pub struct CreateTopicsRequest<'a> {
    /// Array of [`CreatableTopic`].
    pub topics: Array<'a, CreatableTopic<'a>>,
    /// Int32, 60000 by default.
    pub timeout_ms: i32,
    /// Bool.
    pub validate_only: bool,
}

impl Default for CreateTopicsRequest<'_> {
    fn default() -> Self {
        Self { topics: Array::default(), timeout_ms: 60_000, validate_only: false }
    }
}

impl<'a> Element<'a> for CreateTopicsRequest<'a> {
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

/// Part of [`CreateTopicsRequest`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CreatableTopic<'a> {
    /// String.
    pub name: &'a str,
    /// Int32.
    pub num_partitions: i32,
    /// Int16.
    pub replication_factor: i16,
    /// Array of [`CreatableReplicaAssignment`].
    pub assignments: Array<'a, CreatableReplicaAssignment<'a>>,
    /// Array of [`CreatableTopicConfig`].
    pub configs: Array<'a, CreatableTopicConfig<'a>>,
}

impl<'a> Element<'a> for CreatableTopic<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let name = reader.string(format)?;
        let num_partitions = reader.int32()?;
        let replication_factor = reader.int16()?;
        let assignments = Array::read(reader, format)?;
        let configs = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { name, num_partitions, replication_factor, assignments, configs })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.name, format)?;
        put::int32(out, self.num_partitions);
        put::int16(out, self.replication_factor);
        self.assignments.write(out, format)?;
        self.configs.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`CreateTopicsRequest`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CreatableReplicaAssignment<'a> {
    /// Int32.
    pub partition_index: i32,
    /// Array of int32.
    pub broker_ids: Array<'a, i32>,
}

impl<'a> Element<'a> for CreatableReplicaAssignment<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let partition_index = reader.int32()?;
        let broker_ids = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { partition_index, broker_ids })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.partition_index);
        self.broker_ids.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`CreateTopicsRequest`].
#[derive(Debug, Clone, PartialEq)]
pub struct CreatableTopicConfig<'a> {
    /// String.
    pub name: &'a str,
    /// String, nullable.
    pub value: Option<&'a str>,
}

impl Default for CreatableTopicConfig<'_> {
    fn default() -> Self {
        Self { name: "", value: Some("") }
    }
}

impl<'a> Element<'a> for CreatableTopicConfig<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let name = reader.string(format)?;
        let value = reader.nullable_string(format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { name, value })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.name, format)?;
        put::nullable_string(out, self.value, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for CreateTopicsRequest<'a> {
    const NAME: &'static str = "CreateTopicsRequest";
    const MIN_VERSION: i16 = 2;
    const MAX_VERSION: i16 = 7;
    const FIRST_FLEXIBLE_VERSION: i16 = 5;
}

impl<'a> Request<'a> for CreateTopicsRequest<'a> {
    const API_KEY: ApiKey = ApiKey::CreateTopics;
}

/// Kafka's `CreateTopicsResponse`, versions 2 to 7, flexible from 5.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CreateTopicsResponse<'a> {
    /// Int32.
    pub throttle_time_ms: i32,
    /// Array of [`CreatableTopicResult`].
    pub topics: Array<'a, CreatableTopicResult<'a>>,
}

impl<'a> Element<'a> for CreateTopicsResponse<'a> {
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

/// Part of [`CreateTopicsResponse`].
#[derive(Debug, Clone, PartialEq)]
pub struct CreatableTopicResult<'a> {
    /// String.
    pub name: &'a str,
    /// Uuid, versions 7 and up.
    pub topic_id: TopicId,
    /// Int16.
    pub error_code: i16,
    /// String, nullable.
    pub error_message: Option<&'a str>,
    /// Int16, versions 5 and up, tag 0.
    pub topic_config_error_code: i16,
    /// Int32, versions 5 and up, −1 by default.
    pub num_partitions: i32,
    /// Int16, versions 5 and up, −1 by default.
    pub replication_factor: i16,
    /// Array of [`CreatableTopicConfigs`], versions 5 and up, nullable.
    pub configs: Option<Array<'a, CreatableTopicConfigs<'a>>>,
}

impl Default for CreatableTopicResult<'_> {
    fn default() -> Self {
        Self {
            name: "",
            topic_id: TopicId::ZERO,
            error_code: 0,
            error_message: Some(""),
            topic_config_error_code: 0,
            num_partitions: -1,
            replication_factor: -1,
            configs: Some(Array::default()),
        }
    }
}

impl<'a> Element<'a> for CreatableTopicResult<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let name = reader.string(format)?;
        let topic_id = if format.version >= 7 { reader.uuid()? } else { TopicId::ZERO };
        let error_code = reader.int16()?;
        let error_message = reader.nullable_string(format)?;
        let num_partitions = if format.version >= 5 { reader.int32()? } else { -1 };
        let replication_factor = if format.version >= 5 { reader.int16()? } else { -1 };
        let configs =
            if format.version >= 5 { Array::read_nullable(reader, format)? } else { Some(Array::default()) };
        let mut topic_config_error_code = 0;
        if format.flexible {
            for _ in 0..reader.tag_count()? {
                let (tag, mut field) = reader.tagged_field()?;
                match tag {
                    0 => topic_config_error_code = field.int16()?,
                    _ => continue,
                }
                field.finish()?;
            }
        }
        Ok(Self {
            name,
            topic_id,
            error_code,
            error_message,
            topic_config_error_code,
            num_partitions,
            replication_factor,
            configs,
        })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.name, format)?;
        if format.version >= 7 {
            put::uuid(out, self.topic_id);
        }
        put::int16(out, self.error_code);
        put::nullable_string(out, self.error_message, format)?;
        if format.version >= 5 {
            put::int32(out, self.num_partitions);
        }
        if format.version >= 5 {
            put::int16(out, self.replication_factor);
        }
        if format.version >= 5 {
            put::nullable_array(out, self.configs.as_ref(), format)?;
        }
        let has_0 = self.topic_config_error_code != 0;
        if format.flexible {
            put::tag_count(out, &[has_0]);
            if has_0 {
                put::tagged_field(out, 0, |out| {
                    put::int16(out, self.topic_config_error_code);
                    Ok(())
                })?;
            }
        }
        Ok(())
    }
}

/// Part of [`CreateTopicsResponse`].
#[derive(Debug, Clone, PartialEq)]
pub struct CreatableTopicConfigs<'a> {
    /// String.
    pub name: &'a str,
    /// String, nullable.
    pub value: Option<&'a str>,
    /// Bool.
    pub read_only: bool,
    /// Int8, −1 by default.
    pub config_source: i8,
    /// Bool.
    pub is_sensitive: bool,
}

impl Default for CreatableTopicConfigs<'_> {
    fn default() -> Self {
        Self { name: "", value: Some(""), read_only: false, config_source: -1, is_sensitive: false }
    }
}

impl<'a> Element<'a> for CreatableTopicConfigs<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let name = reader.string(format)?;
        let value = reader.nullable_string(format)?;
        let read_only = reader.bool()?;
        let config_source = reader.int8()?;
        let is_sensitive = reader.bool()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { name, value, read_only, config_source, is_sensitive })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.name, format)?;
        put::nullable_string(out, self.value, format)?;
        put::bool(out, self.read_only);
        put::int8(out, self.config_source);
        put::bool(out, self.is_sensitive);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for CreateTopicsResponse<'a> {
    const NAME: &'static str = "CreateTopicsResponse";
    const MIN_VERSION: i16 = 2;
    const MAX_VERSION: i16 = 7;
    const FIRST_FLEXIBLE_VERSION: i16 = 5;
}

impl<'a> Response<'a> for CreateTopicsResponse<'a> {
    const API_KEY: ApiKey = ApiKey::CreateTopics;
}

// Generated from net/schema by `cargo run -p loglane-codegen`. Change the schema, not this file.
//! The API ConsumerGroupHeartbeat (68).

use crate::api::ApiKey;
use crate::array::{Array, Element, read_nullable_struct};
use crate::codec::{Message, Request, Response};
use crate::put::{self, EncodeError};
use crate::wire::{DecodeError, Format, Reader};
use loglane_model::TopicId;

/// Kafka's `ConsumerGroupHeartbeatRequest`, versions 0 to 1, always flexible.
#[derive(Debug, Clone, PartialEq)]
pub struct ConsumerGroupHeartbeatRequest<'a> {
    /// String.
    pub group_id: &'a str,
    /// String.
    pub member_id: &'a str,
    /// Int32.
    pub member_epoch: i32,
    /// String, nullable, null by default.
    pub instance_id: Option<&'a str>,
    /// String, nullable, null by default.
    pub rack_id: Option<&'a str>,
    /// Int32, −1 by default.
    pub rebalance_timeout_ms: i32,
    /// Array of string, nullable, null by default.
    pub subscribed_topic_names: Option<Array<'a, &'a str>>,
    /// String, versions 1 and up, nullable, null by default.
    pub subscribed_topic_regex: Option<&'a str>,
    /// String, nullable, null by default.
    pub server_assignor: Option<&'a str>,
    /// Array of [`RequestTopicPartitions`], nullable, null by default.
    pub topic_partitions: Option<Array<'a, RequestTopicPartitions<'a>>>,
}

impl Default for ConsumerGroupHeartbeatRequest<'_> {
    fn default() -> Self {
        Self {
            group_id: "",
            member_id: "",
            member_epoch: 0,
            instance_id: None,
            rack_id: None,
            rebalance_timeout_ms: -1,
            subscribed_topic_names: None,
            subscribed_topic_regex: None,
            server_assignor: None,
            topic_partitions: None,
        }
    }
}

impl<'a> Element<'a> for ConsumerGroupHeartbeatRequest<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let group_id = reader.string(format)?;
        let member_id = reader.string(format)?;
        let member_epoch = reader.int32()?;
        let instance_id = reader.nullable_string(format)?;
        let rack_id = reader.nullable_string(format)?;
        let rebalance_timeout_ms = reader.int32()?;
        let subscribed_topic_names = Array::read_nullable(reader, format)?;
        let subscribed_topic_regex = if format.version >= 1 { reader.nullable_string(format)? } else { None };
        let server_assignor = reader.nullable_string(format)?;
        let topic_partitions = Array::read_nullable(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self {
            group_id,
            member_id,
            member_epoch,
            instance_id,
            rack_id,
            rebalance_timeout_ms,
            subscribed_topic_names,
            subscribed_topic_regex,
            server_assignor,
            topic_partitions,
        })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.group_id, format)?;
        put::string(out, self.member_id, format)?;
        put::int32(out, self.member_epoch);
        put::nullable_string(out, self.instance_id, format)?;
        put::nullable_string(out, self.rack_id, format)?;
        put::int32(out, self.rebalance_timeout_ms);
        put::nullable_array(out, self.subscribed_topic_names.as_ref(), format)?;
        if format.version >= 1 {
            put::nullable_string(out, self.subscribed_topic_regex, format)?;
        } else {
            put::absent(
                self.subscribed_topic_regex.is_none(),
                "ConsumerGroupHeartbeatRequest.subscribed_topic_regex",
                format,
            )?;
        }
        put::nullable_string(out, self.server_assignor, format)?;
        put::nullable_array(out, self.topic_partitions.as_ref(), format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`ConsumerGroupHeartbeatRequest`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RequestTopicPartitions<'a> {
    /// Uuid.
    pub topic_id: TopicId,
    /// Array of int32.
    pub partitions: Array<'a, i32>,
}

impl<'a> Element<'a> for RequestTopicPartitions<'a> {
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

impl<'a> Message<'a> for ConsumerGroupHeartbeatRequest<'a> {
    const NAME: &'static str = "ConsumerGroupHeartbeatRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 1;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Request<'a> for ConsumerGroupHeartbeatRequest<'a> {
    const API_KEY: ApiKey = ApiKey::ConsumerGroupHeartbeat;
}

/// Kafka's `ConsumerGroupHeartbeatResponse`, versions 0 to 1, always flexible.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ConsumerGroupHeartbeatResponse<'a> {
    /// Int32.
    pub throttle_time_ms: i32,
    /// Int16.
    pub error_code: i16,
    /// String, nullable, null by default.
    pub error_message: Option<&'a str>,
    /// String, nullable, null by default.
    pub member_id: Option<&'a str>,
    /// Int32.
    pub member_epoch: i32,
    /// Int32.
    pub heartbeat_interval_ms: i32,
    /// [`Assignment`], nullable, null by default.
    pub assignment: Option<Assignment<'a>>,
}

impl<'a> Element<'a> for ConsumerGroupHeartbeatResponse<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let throttle_time_ms = reader.int32()?;
        let error_code = reader.int16()?;
        let error_message = reader.nullable_string(format)?;
        let member_id = reader.nullable_string(format)?;
        let member_epoch = reader.int32()?;
        let heartbeat_interval_ms = reader.int32()?;
        let assignment = read_nullable_struct(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self {
            throttle_time_ms,
            error_code,
            error_message,
            member_id,
            member_epoch,
            heartbeat_interval_ms,
            assignment,
        })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.throttle_time_ms);
        put::int16(out, self.error_code);
        put::nullable_string(out, self.error_message, format)?;
        put::nullable_string(out, self.member_id, format)?;
        put::int32(out, self.member_epoch);
        put::int32(out, self.heartbeat_interval_ms);
        put::nullable_struct(out, self.assignment.as_ref(), format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`ConsumerGroupHeartbeatResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Assignment<'a> {
    /// Array of [`ResponseTopicPartitions`].
    pub topic_partitions: Array<'a, ResponseTopicPartitions<'a>>,
}

impl<'a> Element<'a> for Assignment<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let topic_partitions = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { topic_partitions })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        self.topic_partitions.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`ConsumerGroupHeartbeatResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ResponseTopicPartitions<'a> {
    /// Uuid.
    pub topic_id: TopicId,
    /// Array of int32.
    pub partitions: Array<'a, i32>,
}

impl<'a> Element<'a> for ResponseTopicPartitions<'a> {
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

impl<'a> Message<'a> for ConsumerGroupHeartbeatResponse<'a> {
    const NAME: &'static str = "ConsumerGroupHeartbeatResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 1;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Response<'a> for ConsumerGroupHeartbeatResponse<'a> {
    const API_KEY: ApiKey = ApiKey::ConsumerGroupHeartbeat;
}

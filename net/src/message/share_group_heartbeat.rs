// Generated from net/schema by `cargo run -p loglane-codegen`. Change the schema, not this file.
//! The API ShareGroupHeartbeat (76).

use crate::api::ApiKey;
use crate::array::{Array, Element, read_nullable_struct};
use crate::codec::{Message, Request, Response};
use crate::put::{self, EncodeError};
use crate::wire::{DecodeError, Format, Reader};
use loglane_model::TopicId;

/// Kafka's `ShareGroupHeartbeatRequest`, version 1, always flexible.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ShareGroupHeartbeatRequest<'a> {
    /// String.
    pub group_id: &'a str,
    /// String.
    pub member_id: &'a str,
    /// Int32.
    pub member_epoch: i32,
    /// String, nullable, null by default.
    pub rack_id: Option<&'a str>,
    /// Array of string, nullable, null by default.
    pub subscribed_topic_names: Option<Array<'a, &'a str>>,
}

impl<'a> Element<'a> for ShareGroupHeartbeatRequest<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let group_id = reader.string(format)?;
        let member_id = reader.string(format)?;
        let member_epoch = reader.int32()?;
        let rack_id = reader.nullable_string(format)?;
        let subscribed_topic_names = Array::read_nullable(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { group_id, member_id, member_epoch, rack_id, subscribed_topic_names })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.group_id, format)?;
        put::string(out, self.member_id, format)?;
        put::int32(out, self.member_epoch);
        put::nullable_string(out, self.rack_id, format)?;
        put::nullable_array(out, self.subscribed_topic_names.as_ref(), format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for ShareGroupHeartbeatRequest<'a> {
    const NAME: &'static str = "ShareGroupHeartbeatRequest";
    const MIN_VERSION: i16 = 1;
    const MAX_VERSION: i16 = 1;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Request<'a> for ShareGroupHeartbeatRequest<'a> {
    const API_KEY: ApiKey = ApiKey::ShareGroupHeartbeat;
}

/// Kafka's `ShareGroupHeartbeatResponse`, version 1, always flexible.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ShareGroupHeartbeatResponse<'a> {
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

impl<'a> Element<'a> for ShareGroupHeartbeatResponse<'a> {
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

/// Part of [`ShareGroupHeartbeatResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Assignment<'a> {
    /// Array of [`TopicPartitions`].
    pub topic_partitions: Array<'a, TopicPartitions<'a>>,
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

/// Part of [`ShareGroupHeartbeatResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TopicPartitions<'a> {
    /// Uuid.
    pub topic_id: TopicId,
    /// Array of int32.
    pub partitions: Array<'a, i32>,
}

impl<'a> Element<'a> for TopicPartitions<'a> {
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

impl<'a> Message<'a> for ShareGroupHeartbeatResponse<'a> {
    const NAME: &'static str = "ShareGroupHeartbeatResponse";
    const MIN_VERSION: i16 = 1;
    const MAX_VERSION: i16 = 1;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Response<'a> for ShareGroupHeartbeatResponse<'a> {
    const API_KEY: ApiKey = ApiKey::ShareGroupHeartbeat;
}

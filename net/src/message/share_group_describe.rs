// Generated from net/schema by `cargo run -p loglane-codegen`. Change the schema, not this file.
//! The API ShareGroupDescribe (77).

use crate::api::ApiKey;
use crate::array::{Array, Element};
use crate::codec::{Message, Request, Response};
use crate::put::{self, EncodeError};
use crate::wire::{DecodeError, Format, Reader};
use loglane_model::TopicId;

/// Kafka's `ShareGroupDescribeRequest`, version 1, always flexible.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ShareGroupDescribeRequest<'a> {
    /// Array of string.
    pub group_ids: Array<'a, &'a str>,
    /// Bool.
    pub include_authorized_operations: bool,
}

impl<'a> Element<'a> for ShareGroupDescribeRequest<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let group_ids = Array::read(reader, format)?;
        let include_authorized_operations = reader.bool()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { group_ids, include_authorized_operations })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        self.group_ids.write(out, format)?;
        put::bool(out, self.include_authorized_operations);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for ShareGroupDescribeRequest<'a> {
    const NAME: &'static str = "ShareGroupDescribeRequest";
    const MIN_VERSION: i16 = 1;
    const MAX_VERSION: i16 = 1;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Request<'a> for ShareGroupDescribeRequest<'a> {
    const API_KEY: ApiKey = ApiKey::ShareGroupDescribe;
}

/// Kafka's `ShareGroupDescribeResponse`, version 1, always flexible.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ShareGroupDescribeResponse<'a> {
    /// Int32.
    pub throttle_time_ms: i32,
    /// Array of [`DescribedGroup`].
    pub groups: Array<'a, DescribedGroup<'a>>,
}

impl<'a> Element<'a> for ShareGroupDescribeResponse<'a> {
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

/// Part of [`ShareGroupDescribeResponse`].
#[derive(Debug, Clone, PartialEq)]
pub struct DescribedGroup<'a> {
    /// Int16.
    pub error_code: i16,
    /// String, nullable, null by default.
    pub error_message: Option<&'a str>,
    /// String.
    pub group_id: &'a str,
    /// String.
    pub group_state: &'a str,
    /// Int32.
    pub group_epoch: i32,
    /// Int32.
    pub assignment_epoch: i32,
    /// String.
    pub assignor_name: &'a str,
    /// Array of [`Member`].
    pub members: Array<'a, Member<'a>>,
    /// Int32, −2147483648 by default.
    pub authorized_operations: i32,
}

impl Default for DescribedGroup<'_> {
    fn default() -> Self {
        Self {
            error_code: 0,
            error_message: None,
            group_id: "",
            group_state: "",
            group_epoch: 0,
            assignment_epoch: 0,
            assignor_name: "",
            members: Array::default(),
            authorized_operations: -2_147_483_648,
        }
    }
}

impl<'a> Element<'a> for DescribedGroup<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let error_code = reader.int16()?;
        let error_message = reader.nullable_string(format)?;
        let group_id = reader.string(format)?;
        let group_state = reader.string(format)?;
        let group_epoch = reader.int32()?;
        let assignment_epoch = reader.int32()?;
        let assignor_name = reader.string(format)?;
        let members = Array::read(reader, format)?;
        let authorized_operations = reader.int32()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self {
            error_code,
            error_message,
            group_id,
            group_state,
            group_epoch,
            assignment_epoch,
            assignor_name,
            members,
            authorized_operations,
        })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int16(out, self.error_code);
        put::nullable_string(out, self.error_message, format)?;
        put::string(out, self.group_id, format)?;
        put::string(out, self.group_state, format)?;
        put::int32(out, self.group_epoch);
        put::int32(out, self.assignment_epoch);
        put::string(out, self.assignor_name, format)?;
        self.members.write(out, format)?;
        put::int32(out, self.authorized_operations);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`ShareGroupDescribeResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Member<'a> {
    /// String.
    pub member_id: &'a str,
    /// String, nullable, null by default.
    pub rack_id: Option<&'a str>,
    /// Int32.
    pub member_epoch: i32,
    /// String.
    pub client_id: &'a str,
    /// String.
    pub client_host: &'a str,
    /// Array of string.
    pub subscribed_topic_names: Array<'a, &'a str>,
    /// [`Assignment`].
    pub assignment: Assignment<'a>,
}

impl<'a> Element<'a> for Member<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let member_id = reader.string(format)?;
        let rack_id = reader.nullable_string(format)?;
        let member_epoch = reader.int32()?;
        let client_id = reader.string(format)?;
        let client_host = reader.string(format)?;
        let subscribed_topic_names = Array::read(reader, format)?;
        let assignment = Assignment::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self {
            member_id,
            rack_id,
            member_epoch,
            client_id,
            client_host,
            subscribed_topic_names,
            assignment,
        })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.member_id, format)?;
        put::nullable_string(out, self.rack_id, format)?;
        put::int32(out, self.member_epoch);
        put::string(out, self.client_id, format)?;
        put::string(out, self.client_host, format)?;
        self.subscribed_topic_names.write(out, format)?;
        self.assignment.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`ShareGroupDescribeResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TopicPartitions<'a> {
    /// Uuid.
    pub topic_id: TopicId,
    /// String.
    pub topic_name: &'a str,
    /// Array of int32.
    pub partitions: Array<'a, i32>,
}

impl<'a> Element<'a> for TopicPartitions<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let topic_id = reader.uuid()?;
        let topic_name = reader.string(format)?;
        let partitions = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { topic_id, topic_name, partitions })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::uuid(out, self.topic_id);
        put::string(out, self.topic_name, format)?;
        self.partitions.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`ShareGroupDescribeResponse`].
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

impl<'a> Message<'a> for ShareGroupDescribeResponse<'a> {
    const NAME: &'static str = "ShareGroupDescribeResponse";
    const MIN_VERSION: i16 = 1;
    const MAX_VERSION: i16 = 1;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Response<'a> for ShareGroupDescribeResponse<'a> {
    const API_KEY: ApiKey = ApiKey::ShareGroupDescribe;
}

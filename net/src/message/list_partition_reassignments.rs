// Generated from net/schema by `cargo run -p loglane-codegen`. Change the schema, not this file.
//! The API ListPartitionReassignments (46).

use crate::api::ApiKey;
use crate::array::{Array, Element};
use crate::codec::{Message, Request, Response};
use crate::put::{self, EncodeError};
use crate::wire::{DecodeError, Format, Reader};

/// Kafka's `ListPartitionReassignmentsRequest`, version 0, always flexible.
#[derive(Debug, Clone, PartialEq)]
pub struct ListPartitionReassignmentsRequest<'a> {
    /// Int32, 60000 by default.
    pub timeout_ms: i32,
    /// Array of [`ListPartitionReassignmentsTopics`], nullable, null by default.
    pub topics: Option<Array<'a, ListPartitionReassignmentsTopics<'a>>>,
}

impl Default for ListPartitionReassignmentsRequest<'_> {
    fn default() -> Self {
        Self { timeout_ms: 60_000, topics: None }
    }
}

impl<'a> Element<'a> for ListPartitionReassignmentsRequest<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let timeout_ms = reader.int32()?;
        let topics = Array::read_nullable(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { timeout_ms, topics })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.timeout_ms);
        put::nullable_array(out, self.topics.as_ref(), format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`ListPartitionReassignmentsRequest`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ListPartitionReassignmentsTopics<'a> {
    /// String.
    pub name: &'a str,
    /// Array of int32.
    pub partition_indexes: Array<'a, i32>,
}

impl<'a> Element<'a> for ListPartitionReassignmentsTopics<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let name = reader.string(format)?;
        let partition_indexes = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { name, partition_indexes })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.name, format)?;
        self.partition_indexes.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for ListPartitionReassignmentsRequest<'a> {
    const NAME: &'static str = "ListPartitionReassignmentsRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Request<'a> for ListPartitionReassignmentsRequest<'a> {
    const API_KEY: ApiKey = ApiKey::ListPartitionReassignments;
}

/// Kafka's `ListPartitionReassignmentsResponse`, version 0, always flexible.
#[derive(Debug, Clone, PartialEq)]
pub struct ListPartitionReassignmentsResponse<'a> {
    /// Int32.
    pub throttle_time_ms: i32,
    /// Int16.
    pub error_code: i16,
    /// String, nullable.
    pub error_message: Option<&'a str>,
    /// Array of [`OngoingTopicReassignment`].
    pub topics: Array<'a, OngoingTopicReassignment<'a>>,
}

impl Default for ListPartitionReassignmentsResponse<'_> {
    fn default() -> Self {
        Self { throttle_time_ms: 0, error_code: 0, error_message: Some(""), topics: Array::default() }
    }
}

impl<'a> Element<'a> for ListPartitionReassignmentsResponse<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let throttle_time_ms = reader.int32()?;
        let error_code = reader.int16()?;
        let error_message = reader.nullable_string(format)?;
        let topics = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { throttle_time_ms, error_code, error_message, topics })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.throttle_time_ms);
        put::int16(out, self.error_code);
        put::nullable_string(out, self.error_message, format)?;
        self.topics.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`ListPartitionReassignmentsResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct OngoingTopicReassignment<'a> {
    /// String.
    pub name: &'a str,
    /// Array of [`OngoingPartitionReassignment`].
    pub partitions: Array<'a, OngoingPartitionReassignment<'a>>,
}

impl<'a> Element<'a> for OngoingTopicReassignment<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let name = reader.string(format)?;
        let partitions = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { name, partitions })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.name, format)?;
        self.partitions.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`ListPartitionReassignmentsResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct OngoingPartitionReassignment<'a> {
    /// Int32.
    pub partition_index: i32,
    /// Array of int32.
    pub replicas: Array<'a, i32>,
    /// Array of int32.
    pub adding_replicas: Array<'a, i32>,
    /// Array of int32.
    pub removing_replicas: Array<'a, i32>,
}

impl<'a> Element<'a> for OngoingPartitionReassignment<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let partition_index = reader.int32()?;
        let replicas = Array::read(reader, format)?;
        let adding_replicas = Array::read(reader, format)?;
        let removing_replicas = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { partition_index, replicas, adding_replicas, removing_replicas })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.partition_index);
        self.replicas.write(out, format)?;
        self.adding_replicas.write(out, format)?;
        self.removing_replicas.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for ListPartitionReassignmentsResponse<'a> {
    const NAME: &'static str = "ListPartitionReassignmentsResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Response<'a> for ListPartitionReassignmentsResponse<'a> {
    const API_KEY: ApiKey = ApiKey::ListPartitionReassignments;
}

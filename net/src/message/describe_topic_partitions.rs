// Generated from net/schema by `cargo run -p loglane-codegen`. Change the schema, not this file.
//! The API DescribeTopicPartitions (75).

use crate::api::ApiKey;
use crate::array::{Array, Element, read_nullable_struct};
use crate::codec::{Message, Request, Response};
use crate::put::{self, EncodeError};
use crate::wire::{DecodeError, Format, Reader};
use loglane_model::TopicId;

/// Kafka's `DescribeTopicPartitionsRequest`, version 0, always flexible.
#[derive(Debug, Clone, PartialEq)]
pub struct DescribeTopicPartitionsRequest<'a> {
    /// Array of [`TopicRequest`].
    pub topics: Array<'a, TopicRequest<'a>>,
    /// Int32, 2000 by default.
    pub response_partition_limit: i32,
    /// [`RequestCursor`], nullable, null by default.
    pub cursor: Option<RequestCursor<'a>>,
}

impl Default for DescribeTopicPartitionsRequest<'_> {
    fn default() -> Self {
        Self { topics: Array::default(), response_partition_limit: 2000, cursor: None }
    }
}

impl<'a> Element<'a> for DescribeTopicPartitionsRequest<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let topics = Array::read(reader, format)?;
        let response_partition_limit = reader.int32()?;
        let cursor = read_nullable_struct(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { topics, response_partition_limit, cursor })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        self.topics.write(out, format)?;
        put::int32(out, self.response_partition_limit);
        put::nullable_struct(out, self.cursor.as_ref(), format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`DescribeTopicPartitionsRequest`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TopicRequest<'a> {
    /// String.
    pub name: &'a str,
}

impl<'a> Element<'a> for TopicRequest<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let name = reader.string(format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { name })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.name, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`DescribeTopicPartitionsRequest`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RequestCursor<'a> {
    /// String.
    pub topic_name: &'a str,
    /// Int32.
    pub partition_index: i32,
}

impl<'a> Element<'a> for RequestCursor<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let topic_name = reader.string(format)?;
        let partition_index = reader.int32()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { topic_name, partition_index })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.topic_name, format)?;
        put::int32(out, self.partition_index);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for DescribeTopicPartitionsRequest<'a> {
    const NAME: &'static str = "DescribeTopicPartitionsRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Request<'a> for DescribeTopicPartitionsRequest<'a> {
    const API_KEY: ApiKey = ApiKey::DescribeTopicPartitions;
}

/// Kafka's `DescribeTopicPartitionsResponse`, version 0, always flexible.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DescribeTopicPartitionsResponse<'a> {
    /// Int32.
    pub throttle_time_ms: i32,
    /// Array of [`DescribeTopicPartitionsResponseTopic`].
    pub topics: Array<'a, DescribeTopicPartitionsResponseTopic<'a>>,
    /// [`ResponseCursor`], nullable, null by default.
    pub next_cursor: Option<ResponseCursor<'a>>,
}

impl<'a> Element<'a> for DescribeTopicPartitionsResponse<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let throttle_time_ms = reader.int32()?;
        let topics = Array::read(reader, format)?;
        let next_cursor = read_nullable_struct(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { throttle_time_ms, topics, next_cursor })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.throttle_time_ms);
        self.topics.write(out, format)?;
        put::nullable_struct(out, self.next_cursor.as_ref(), format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`DescribeTopicPartitionsResponse`].
#[derive(Debug, Clone, PartialEq)]
pub struct DescribeTopicPartitionsResponseTopic<'a> {
    /// Int16.
    pub error_code: i16,
    /// String, nullable.
    pub name: Option<&'a str>,
    /// Uuid.
    pub topic_id: TopicId,
    /// Bool.
    pub is_internal: bool,
    /// Array of [`DescribeTopicPartitionsResponsePartition`].
    pub partitions: Array<'a, DescribeTopicPartitionsResponsePartition<'a>>,
    /// Int32, −2147483648 by default.
    pub topic_authorized_operations: i32,
}

impl Default for DescribeTopicPartitionsResponseTopic<'_> {
    fn default() -> Self {
        Self {
            error_code: 0,
            name: Some(""),
            topic_id: TopicId::ZERO,
            is_internal: false,
            partitions: Array::default(),
            topic_authorized_operations: -2_147_483_648,
        }
    }
}

impl<'a> Element<'a> for DescribeTopicPartitionsResponseTopic<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let error_code = reader.int16()?;
        let name = reader.nullable_string(format)?;
        let topic_id = reader.uuid()?;
        let is_internal = reader.bool()?;
        let partitions = Array::read(reader, format)?;
        let topic_authorized_operations = reader.int32()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { error_code, name, topic_id, is_internal, partitions, topic_authorized_operations })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int16(out, self.error_code);
        put::nullable_string(out, self.name, format)?;
        put::uuid(out, self.topic_id);
        put::bool(out, self.is_internal);
        self.partitions.write(out, format)?;
        put::int32(out, self.topic_authorized_operations);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`DescribeTopicPartitionsResponse`].
#[derive(Debug, Clone, PartialEq)]
pub struct DescribeTopicPartitionsResponsePartition<'a> {
    /// Int16.
    pub error_code: i16,
    /// Int32.
    pub partition_index: i32,
    /// Int32.
    pub leader_id: i32,
    /// Int32, −1 by default.
    pub leader_epoch: i32,
    /// Array of int32.
    pub replica_nodes: Array<'a, i32>,
    /// Array of int32.
    pub isr_nodes: Array<'a, i32>,
    /// Array of int32, nullable, null by default.
    pub eligible_leader_replicas: Option<Array<'a, i32>>,
    /// Array of int32, nullable, null by default.
    pub last_known_elr: Option<Array<'a, i32>>,
    /// Array of int32.
    pub offline_replicas: Array<'a, i32>,
}

impl Default for DescribeTopicPartitionsResponsePartition<'_> {
    fn default() -> Self {
        Self {
            error_code: 0,
            partition_index: 0,
            leader_id: 0,
            leader_epoch: -1,
            replica_nodes: Array::default(),
            isr_nodes: Array::default(),
            eligible_leader_replicas: None,
            last_known_elr: None,
            offline_replicas: Array::default(),
        }
    }
}

impl<'a> Element<'a> for DescribeTopicPartitionsResponsePartition<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let error_code = reader.int16()?;
        let partition_index = reader.int32()?;
        let leader_id = reader.int32()?;
        let leader_epoch = reader.int32()?;
        let replica_nodes = Array::read(reader, format)?;
        let isr_nodes = Array::read(reader, format)?;
        let eligible_leader_replicas = Array::read_nullable(reader, format)?;
        let last_known_elr = Array::read_nullable(reader, format)?;
        let offline_replicas = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self {
            error_code,
            partition_index,
            leader_id,
            leader_epoch,
            replica_nodes,
            isr_nodes,
            eligible_leader_replicas,
            last_known_elr,
            offline_replicas,
        })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int16(out, self.error_code);
        put::int32(out, self.partition_index);
        put::int32(out, self.leader_id);
        put::int32(out, self.leader_epoch);
        self.replica_nodes.write(out, format)?;
        self.isr_nodes.write(out, format)?;
        put::nullable_array(out, self.eligible_leader_replicas.as_ref(), format)?;
        put::nullable_array(out, self.last_known_elr.as_ref(), format)?;
        self.offline_replicas.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`DescribeTopicPartitionsResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ResponseCursor<'a> {
    /// String.
    pub topic_name: &'a str,
    /// Int32.
    pub partition_index: i32,
}

impl<'a> Element<'a> for ResponseCursor<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let topic_name = reader.string(format)?;
        let partition_index = reader.int32()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { topic_name, partition_index })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.topic_name, format)?;
        put::int32(out, self.partition_index);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for DescribeTopicPartitionsResponse<'a> {
    const NAME: &'static str = "DescribeTopicPartitionsResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Response<'a> for DescribeTopicPartitionsResponse<'a> {
    const API_KEY: ApiKey = ApiKey::DescribeTopicPartitions;
}

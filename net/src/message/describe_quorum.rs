// Generated from net/schema by `cargo run -p loglane-codegen`. Change the schema, not this file.
//! The API DescribeQuorum (55).

use crate::api::ApiKey;
use crate::array::{Array, Element};
use crate::codec::{Message, Request, Response};
use crate::put::{self, EncodeError};
use crate::wire::{DecodeError, Format, Reader};
use loglane_model::TopicId;

/// Kafka's `DescribeQuorumRequest`, versions 0 to 2, always flexible.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DescribeQuorumRequest<'a> {
    /// Array of [`RequestTopicData`].
    pub topics: Array<'a, RequestTopicData<'a>>,
}

impl<'a> Element<'a> for DescribeQuorumRequest<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let topics = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { topics })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        self.topics.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`DescribeQuorumRequest`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RequestTopicData<'a> {
    /// String.
    pub topic_name: &'a str,
    /// Array of [`RequestPartitionData`].
    pub partitions: Array<'a, RequestPartitionData>,
}

impl<'a> Element<'a> for RequestTopicData<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let topic_name = reader.string(format)?;
        let partitions = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { topic_name, partitions })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.topic_name, format)?;
        self.partitions.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`DescribeQuorumRequest`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RequestPartitionData {
    /// Int32.
    pub partition_index: i32,
}

impl Element<'_> for RequestPartitionData {
    fn read(reader: &mut Reader<'_>, format: Format) -> Result<Self, DecodeError> {
        let partition_index = reader.int32()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { partition_index })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.partition_index);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for DescribeQuorumRequest<'a> {
    const NAME: &'static str = "DescribeQuorumRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 2;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Request<'a> for DescribeQuorumRequest<'a> {
    const API_KEY: ApiKey = ApiKey::DescribeQuorum;
}

/// Kafka's `DescribeQuorumResponse`, versions 0 to 2, always flexible.
#[derive(Debug, Clone, PartialEq)]
pub struct DescribeQuorumResponse<'a> {
    /// Int16.
    pub error_code: i16,
    /// String, versions 2 and up, nullable.
    pub error_message: Option<&'a str>,
    /// Array of [`ResponseTopicData`].
    pub topics: Array<'a, ResponseTopicData<'a>>,
    /// Array of [`Node`], versions 2 and up.
    pub nodes: Array<'a, Node<'a>>,
}

impl Default for DescribeQuorumResponse<'_> {
    fn default() -> Self {
        Self { error_code: 0, error_message: Some(""), topics: Array::default(), nodes: Array::default() }
    }
}

impl<'a> Element<'a> for DescribeQuorumResponse<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let error_code = reader.int16()?;
        let error_message = if format.version >= 2 { reader.nullable_string(format)? } else { Some("") };
        let topics = Array::read(reader, format)?;
        let nodes = if format.version >= 2 { Array::read(reader, format)? } else { Array::default() };
        reader.skip_tagged_fields(format)?;
        Ok(Self { error_code, error_message, topics, nodes })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int16(out, self.error_code);
        if format.version >= 2 {
            put::nullable_string(out, self.error_message, format)?;
        }
        self.topics.write(out, format)?;
        if format.version >= 2 {
            self.nodes.write(out, format)?;
        } else {
            put::absent(self.nodes.is_empty(), "DescribeQuorumResponse.nodes", format)?;
        }
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`DescribeQuorumResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ResponseTopicData<'a> {
    /// String.
    pub topic_name: &'a str,
    /// Array of [`ResponsePartitionData`].
    pub partitions: Array<'a, ResponsePartitionData<'a>>,
}

impl<'a> Element<'a> for ResponseTopicData<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let topic_name = reader.string(format)?;
        let partitions = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { topic_name, partitions })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.topic_name, format)?;
        self.partitions.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`DescribeQuorumResponse`].
#[derive(Debug, Clone, PartialEq)]
pub struct ResponsePartitionData<'a> {
    /// Int32.
    pub partition_index: i32,
    /// Int16.
    pub error_code: i16,
    /// String, versions 2 and up, nullable.
    pub error_message: Option<&'a str>,
    /// Int32.
    pub leader_id: i32,
    /// Int32.
    pub leader_epoch: i32,
    /// Int64.
    pub high_watermark: i64,
    /// Array of [`ReplicaState`].
    pub current_voters: Array<'a, ReplicaState>,
    /// Array of [`ReplicaState`].
    pub observers: Array<'a, ReplicaState>,
}

impl Default for ResponsePartitionData<'_> {
    fn default() -> Self {
        Self {
            partition_index: 0,
            error_code: 0,
            error_message: Some(""),
            leader_id: 0,
            leader_epoch: 0,
            high_watermark: 0,
            current_voters: Array::default(),
            observers: Array::default(),
        }
    }
}

impl<'a> Element<'a> for ResponsePartitionData<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let partition_index = reader.int32()?;
        let error_code = reader.int16()?;
        let error_message = if format.version >= 2 { reader.nullable_string(format)? } else { Some("") };
        let leader_id = reader.int32()?;
        let leader_epoch = reader.int32()?;
        let high_watermark = reader.int64()?;
        let current_voters = Array::read(reader, format)?;
        let observers = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self {
            partition_index,
            error_code,
            error_message,
            leader_id,
            leader_epoch,
            high_watermark,
            current_voters,
            observers,
        })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.partition_index);
        put::int16(out, self.error_code);
        if format.version >= 2 {
            put::nullable_string(out, self.error_message, format)?;
        }
        put::int32(out, self.leader_id);
        put::int32(out, self.leader_epoch);
        put::int64(out, self.high_watermark);
        self.current_voters.write(out, format)?;
        self.observers.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`DescribeQuorumResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Node<'a> {
    /// Int32.
    pub node_id: i32,
    /// Array of [`Listener`].
    pub listeners: Array<'a, Listener<'a>>,
}

impl<'a> Element<'a> for Node<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let node_id = reader.int32()?;
        let listeners = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { node_id, listeners })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.node_id);
        self.listeners.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`DescribeQuorumResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Listener<'a> {
    /// String.
    pub name: &'a str,
    /// String.
    pub host: &'a str,
    /// Uint16.
    pub port: u16,
}

impl<'a> Element<'a> for Listener<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let name = reader.string(format)?;
        let host = reader.string(format)?;
        let port = reader.uint16()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { name, host, port })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.name, format)?;
        put::string(out, self.host, format)?;
        put::uint16(out, self.port);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`DescribeQuorumResponse`].
#[derive(Debug, Clone, PartialEq)]
pub struct ReplicaState {
    /// Int32.
    pub replica_id: i32,
    /// Uuid, versions 2 and up.
    pub replica_directory_id: TopicId,
    /// Int64.
    pub log_end_offset: i64,
    /// Int64, versions 1 and up, −1 by default.
    pub last_fetch_timestamp: i64,
    /// Int64, versions 1 and up, −1 by default.
    pub last_caught_up_timestamp: i64,
}

impl Default for ReplicaState {
    fn default() -> Self {
        Self {
            replica_id: 0,
            replica_directory_id: TopicId::ZERO,
            log_end_offset: 0,
            last_fetch_timestamp: -1,
            last_caught_up_timestamp: -1,
        }
    }
}

impl Element<'_> for ReplicaState {
    fn read(reader: &mut Reader<'_>, format: Format) -> Result<Self, DecodeError> {
        let replica_id = reader.int32()?;
        let replica_directory_id = if format.version >= 2 { reader.uuid()? } else { TopicId::ZERO };
        let log_end_offset = reader.int64()?;
        let last_fetch_timestamp = if format.version >= 1 { reader.int64()? } else { -1 };
        let last_caught_up_timestamp = if format.version >= 1 { reader.int64()? } else { -1 };
        reader.skip_tagged_fields(format)?;
        Ok(Self {
            replica_id,
            replica_directory_id,
            log_end_offset,
            last_fetch_timestamp,
            last_caught_up_timestamp,
        })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.replica_id);
        if format.version >= 2 {
            put::uuid(out, self.replica_directory_id);
        } else {
            put::absent(self.replica_directory_id.is_zero(), "ReplicaState.replica_directory_id", format)?;
        }
        put::int64(out, self.log_end_offset);
        if format.version >= 1 {
            put::int64(out, self.last_fetch_timestamp);
        }
        if format.version >= 1 {
            put::int64(out, self.last_caught_up_timestamp);
        }
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for DescribeQuorumResponse<'a> {
    const NAME: &'static str = "DescribeQuorumResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 2;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Response<'a> for DescribeQuorumResponse<'a> {
    const API_KEY: ApiKey = ApiKey::DescribeQuorum;
}

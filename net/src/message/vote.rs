// Generated from net/schema by `cargo run -p loglane-codegen`. Change the schema, not this file.
//! The API Vote (52).

use crate::api::ApiKey;
use crate::array::{Array, Element};
use crate::codec::{Message, Request, Response};
use crate::put::{self, EncodeError};
use crate::wire::{DecodeError, Format, Reader};
use loglane_model::TopicId;

/// Kafka's `VoteRequest`, versions 0 to 2, always flexible.
#[derive(Debug, Clone, PartialEq)]
pub struct VoteRequest<'a> {
    /// String, nullable, null by default.
    pub cluster_id: Option<&'a str>,
    /// Int32, versions 1 and up, −1 by default.
    pub voter_id: i32,
    /// Array of [`RequestTopicData`].
    pub topics: Array<'a, RequestTopicData<'a>>,
}

impl Default for VoteRequest<'_> {
    fn default() -> Self {
        Self { cluster_id: None, voter_id: -1, topics: Array::default() }
    }
}

impl<'a> Element<'a> for VoteRequest<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let cluster_id = reader.nullable_string(format)?;
        let voter_id = if format.version >= 1 { reader.int32()? } else { -1 };
        let topics = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { cluster_id, voter_id, topics })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::nullable_string(out, self.cluster_id, format)?;
        if format.version >= 1 {
            put::int32(out, self.voter_id);
        }
        self.topics.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`VoteRequest`].
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

/// Part of [`VoteRequest`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RequestPartitionData {
    /// Int32.
    pub partition_index: i32,
    /// Int32.
    pub replica_epoch: i32,
    /// Int32.
    pub replica_id: i32,
    /// Uuid, versions 1 and up.
    pub replica_directory_id: TopicId,
    /// Uuid, versions 1 and up.
    pub voter_directory_id: TopicId,
    /// Int32.
    pub last_offset_epoch: i32,
    /// Int64.
    pub last_offset: i64,
    /// Bool, versions 2 and up.
    pub pre_vote: bool,
}

impl Element<'_> for RequestPartitionData {
    fn read(reader: &mut Reader<'_>, format: Format) -> Result<Self, DecodeError> {
        let partition_index = reader.int32()?;
        let replica_epoch = reader.int32()?;
        let replica_id = reader.int32()?;
        let replica_directory_id = if format.version >= 1 { reader.uuid()? } else { TopicId::ZERO };
        let voter_directory_id = if format.version >= 1 { reader.uuid()? } else { TopicId::ZERO };
        let last_offset_epoch = reader.int32()?;
        let last_offset = reader.int64()?;
        let pre_vote = if format.version >= 2 { reader.bool()? } else { false };
        reader.skip_tagged_fields(format)?;
        Ok(Self {
            partition_index,
            replica_epoch,
            replica_id,
            replica_directory_id,
            voter_directory_id,
            last_offset_epoch,
            last_offset,
            pre_vote,
        })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.partition_index);
        put::int32(out, self.replica_epoch);
        put::int32(out, self.replica_id);
        if format.version >= 1 {
            put::uuid(out, self.replica_directory_id);
        }
        if format.version >= 1 {
            put::uuid(out, self.voter_directory_id);
        }
        put::int32(out, self.last_offset_epoch);
        put::int64(out, self.last_offset);
        if format.version >= 2 {
            put::bool(out, self.pre_vote);
        } else {
            put::absent(!self.pre_vote, "RequestPartitionData.pre_vote", format)?;
        }
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for VoteRequest<'a> {
    const NAME: &'static str = "VoteRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 2;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Request<'a> for VoteRequest<'a> {
    const API_KEY: ApiKey = ApiKey::Vote;
}

/// Kafka's `VoteResponse`, versions 0 to 2, always flexible.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct VoteResponse<'a> {
    /// Int16.
    pub error_code: i16,
    /// Array of [`ResponseTopicData`].
    pub topics: Array<'a, ResponseTopicData<'a>>,
    /// Array of [`NodeEndpoint`], versions 1 and up, tag 0.
    pub node_endpoints: Array<'a, NodeEndpoint<'a>>,
}

impl<'a> Element<'a> for VoteResponse<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let error_code = reader.int16()?;
        let topics = Array::read(reader, format)?;
        let mut node_endpoints = Array::default();
        for _ in 0..reader.tag_count()? {
            let (tag, mut field) = reader.tagged_field()?;
            match tag {
                0 if format.version >= 1 => node_endpoints = Array::read(&mut field, format)?,
                _ => continue,
            }
            field.finish()?;
        }
        Ok(Self { error_code, topics, node_endpoints })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int16(out, self.error_code);
        self.topics.write(out, format)?;
        let has_0 = format.version >= 1 && !self.node_endpoints.is_empty();
        if format.version < 1 {
            put::absent(self.node_endpoints.is_empty(), "VoteResponse.node_endpoints", format)?;
        }
        put::tag_count(out, &[has_0]);
        if has_0 {
            put::tagged_field(out, 0, |out| self.node_endpoints.write(out, format))?;
        }
        Ok(())
    }
}

/// Part of [`VoteResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ResponseTopicData<'a> {
    /// String.
    pub topic_name: &'a str,
    /// Array of [`ResponsePartitionData`].
    pub partitions: Array<'a, ResponsePartitionData>,
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

/// Part of [`VoteResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ResponsePartitionData {
    /// Int32.
    pub partition_index: i32,
    /// Int16.
    pub error_code: i16,
    /// Int32.
    pub leader_id: i32,
    /// Int32.
    pub leader_epoch: i32,
    /// Bool.
    pub vote_granted: bool,
}

impl Element<'_> for ResponsePartitionData {
    fn read(reader: &mut Reader<'_>, format: Format) -> Result<Self, DecodeError> {
        let partition_index = reader.int32()?;
        let error_code = reader.int16()?;
        let leader_id = reader.int32()?;
        let leader_epoch = reader.int32()?;
        let vote_granted = reader.bool()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { partition_index, error_code, leader_id, leader_epoch, vote_granted })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.partition_index);
        put::int16(out, self.error_code);
        put::int32(out, self.leader_id);
        put::int32(out, self.leader_epoch);
        put::bool(out, self.vote_granted);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`VoteResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct NodeEndpoint<'a> {
    /// Int32.
    pub node_id: i32,
    /// String.
    pub host: &'a str,
    /// Uint16.
    pub port: u16,
}

impl<'a> Element<'a> for NodeEndpoint<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let node_id = reader.int32()?;
        let host = reader.string(format)?;
        let port = reader.uint16()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { node_id, host, port })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.node_id);
        put::string(out, self.host, format)?;
        put::uint16(out, self.port);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for VoteResponse<'a> {
    const NAME: &'static str = "VoteResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 2;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Response<'a> for VoteResponse<'a> {
    const API_KEY: ApiKey = ApiKey::Vote;
}

// Generated from net/schema by `cargo run -p loglane-codegen`. Change the schema, not this file.
//! The API EndQuorumEpoch (54).

use crate::api::ApiKey;
use crate::array::{Array, Element};
use crate::codec::{Message, Request, Response};
use crate::put::{self, EncodeError};
use crate::wire::{DecodeError, Format, Reader};
use loglane_model::TopicId;

/// Kafka's `EndQuorumEpochRequest`, versions 0 to 1, flexible from 1.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct EndQuorumEpochRequest<'a> {
    /// String, nullable, null by default.
    pub cluster_id: Option<&'a str>,
    /// Array of [`RequestTopicData`].
    pub topics: Array<'a, RequestTopicData<'a>>,
    /// Array of [`LeaderEndpoint`], versions 1 and up.
    pub leader_endpoints: Array<'a, LeaderEndpoint<'a>>,
}

impl<'a> Element<'a> for EndQuorumEpochRequest<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let cluster_id = reader.nullable_string(format)?;
        let topics = Array::read(reader, format)?;
        let leader_endpoints =
            if format.version >= 1 { Array::read(reader, format)? } else { Array::default() };
        reader.skip_tagged_fields(format)?;
        Ok(Self { cluster_id, topics, leader_endpoints })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::nullable_string(out, self.cluster_id, format)?;
        self.topics.write(out, format)?;
        if format.version >= 1 {
            self.leader_endpoints.write(out, format)?;
        }
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`EndQuorumEpochRequest`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RequestTopicData<'a> {
    /// String.
    pub topic_name: &'a str,
    /// Array of [`RequestPartitionData`].
    pub partitions: Array<'a, RequestPartitionData<'a>>,
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

/// Part of [`EndQuorumEpochRequest`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RequestPartitionData<'a> {
    /// Int32.
    pub partition_index: i32,
    /// Int32.
    pub leader_id: i32,
    /// Int32.
    pub leader_epoch: i32,
    /// Array of int32, version 0.
    pub preferred_successors: Array<'a, i32>,
    /// Array of [`ReplicaInfo`], versions 1 and up.
    pub preferred_candidates: Array<'a, ReplicaInfo>,
}

impl<'a> Element<'a> for RequestPartitionData<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let partition_index = reader.int32()?;
        let leader_id = reader.int32()?;
        let leader_epoch = reader.int32()?;
        let preferred_successors =
            if format.version <= 0 { Array::read(reader, format)? } else { Array::default() };
        let preferred_candidates =
            if format.version >= 1 { Array::read(reader, format)? } else { Array::default() };
        reader.skip_tagged_fields(format)?;
        Ok(Self { partition_index, leader_id, leader_epoch, preferred_successors, preferred_candidates })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.partition_index);
        put::int32(out, self.leader_id);
        put::int32(out, self.leader_epoch);
        if format.version <= 0 {
            self.preferred_successors.write(out, format)?;
        }
        if format.version >= 1 {
            self.preferred_candidates.write(out, format)?;
        }
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`EndQuorumEpochRequest`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ReplicaInfo {
    /// Int32.
    pub candidate_id: i32,
    /// Uuid.
    pub candidate_directory_id: TopicId,
}

impl Element<'_> for ReplicaInfo {
    fn read(reader: &mut Reader<'_>, format: Format) -> Result<Self, DecodeError> {
        let candidate_id = reader.int32()?;
        let candidate_directory_id = reader.uuid()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { candidate_id, candidate_directory_id })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.candidate_id);
        put::uuid(out, self.candidate_directory_id);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`EndQuorumEpochRequest`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LeaderEndpoint<'a> {
    /// String.
    pub name: &'a str,
    /// String.
    pub host: &'a str,
    /// Uint16.
    pub port: u16,
}

impl<'a> Element<'a> for LeaderEndpoint<'a> {
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

impl<'a> Message<'a> for EndQuorumEpochRequest<'a> {
    const NAME: &'static str = "EndQuorumEpochRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 1;
    const FIRST_FLEXIBLE_VERSION: i16 = 1;
}

impl<'a> Request<'a> for EndQuorumEpochRequest<'a> {
    const API_KEY: ApiKey = ApiKey::EndQuorumEpoch;
}

/// Kafka's `EndQuorumEpochResponse`, versions 0 to 1, flexible from 1.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct EndQuorumEpochResponse<'a> {
    /// Int16.
    pub error_code: i16,
    /// Array of [`ResponseTopicData`].
    pub topics: Array<'a, ResponseTopicData<'a>>,
    /// Array of [`NodeEndpoint`], versions 1 and up, tag 0.
    pub node_endpoints: Array<'a, NodeEndpoint<'a>>,
}

impl<'a> Element<'a> for EndQuorumEpochResponse<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let error_code = reader.int16()?;
        let topics = Array::read(reader, format)?;
        let mut node_endpoints = Array::default();
        if format.flexible {
            for _ in 0..reader.tag_count()? {
                let (tag, mut field) = reader.tagged_field()?;
                match tag {
                    0 => node_endpoints = Array::read(&mut field, format)?,
                    _ => continue,
                }
                field.finish()?;
            }
        }
        Ok(Self { error_code, topics, node_endpoints })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int16(out, self.error_code);
        self.topics.write(out, format)?;
        let has_0 = !self.node_endpoints.is_empty();
        if format.version < 1 {
            put::absent(self.node_endpoints.is_empty(), "EndQuorumEpochResponse.node_endpoints", format)?;
        }
        if format.flexible {
            put::tag_count(out, &[has_0]);
            if has_0 {
                put::tagged_field(out, 0, |out| self.node_endpoints.write(out, format))?;
            }
        }
        Ok(())
    }
}

/// Part of [`EndQuorumEpochResponse`].
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

/// Part of [`EndQuorumEpochResponse`].
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
}

impl Element<'_> for ResponsePartitionData {
    fn read(reader: &mut Reader<'_>, format: Format) -> Result<Self, DecodeError> {
        let partition_index = reader.int32()?;
        let error_code = reader.int16()?;
        let leader_id = reader.int32()?;
        let leader_epoch = reader.int32()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { partition_index, error_code, leader_id, leader_epoch })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.partition_index);
        put::int16(out, self.error_code);
        put::int32(out, self.leader_id);
        put::int32(out, self.leader_epoch);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`EndQuorumEpochResponse`].
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

impl<'a> Message<'a> for EndQuorumEpochResponse<'a> {
    const NAME: &'static str = "EndQuorumEpochResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 1;
    const FIRST_FLEXIBLE_VERSION: i16 = 1;
}

impl<'a> Response<'a> for EndQuorumEpochResponse<'a> {
    const API_KEY: ApiKey = ApiKey::EndQuorumEpoch;
}

// Generated from net/schema by `cargo run -p loglane-codegen`. Change the schema, not this file.
//! The API Metadata (3).

use crate::api::ApiKey;
use crate::array::{Array, Element};
use crate::codec::{Message, Request, Response};
use crate::put::{self, EncodeError};
use crate::wire::{DecodeError, Format, Reader, nullable_from};
use loglane_model::TopicId;

/// Kafka's `MetadataRequest`, versions 0 to 13, flexible from 9.
#[derive(Debug, Clone, PartialEq)]
pub struct MetadataRequest<'a> {
    /// Array of [`MetadataRequestTopic`], nullable from version 1.
    pub topics: Option<Array<'a, MetadataRequestTopic<'a>>>,
    /// Bool, versions 4 and up, true by default.
    pub allow_auto_topic_creation: bool,
    /// Bool, versions 8 to 10.
    pub include_cluster_authorized_operations: bool,
    /// Bool, versions 8 and up.
    pub include_topic_authorized_operations: bool,
}

impl Default for MetadataRequest<'_> {
    fn default() -> Self {
        Self {
            topics: Some(Array::default()),
            allow_auto_topic_creation: true,
            include_cluster_authorized_operations: false,
            include_topic_authorized_operations: false,
        }
    }
}

impl<'a> Element<'a> for MetadataRequest<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let topics = nullable_from(1, format, Array::read_nullable(reader, format)?)?;
        let allow_auto_topic_creation = if format.version >= 4 { reader.bool()? } else { true };
        let include_cluster_authorized_operations =
            if (8..=10).contains(&format.version) { reader.bool()? } else { false };
        let include_topic_authorized_operations = if format.version >= 8 { reader.bool()? } else { false };
        reader.skip_tagged_fields(format)?;
        Ok(Self {
            topics,
            allow_auto_topic_creation,
            include_cluster_authorized_operations,
            include_topic_authorized_operations,
        })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::nullable_from(1, self.topics.is_none(), "MetadataRequest.topics", format)?;
        put::nullable_array(out, self.topics.as_ref(), format)?;
        if format.version >= 4 {
            put::bool(out, self.allow_auto_topic_creation);
        } else {
            put::absent(self.allow_auto_topic_creation, "MetadataRequest.allow_auto_topic_creation", format)?;
        }
        if (8..=10).contains(&format.version) {
            put::bool(out, self.include_cluster_authorized_operations);
        } else {
            put::absent(
                !self.include_cluster_authorized_operations,
                "MetadataRequest.include_cluster_authorized_operations",
                format,
            )?;
        }
        if format.version >= 8 {
            put::bool(out, self.include_topic_authorized_operations);
        } else {
            put::absent(
                !self.include_topic_authorized_operations,
                "MetadataRequest.include_topic_authorized_operations",
                format,
            )?;
        }
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`MetadataRequest`].
#[derive(Debug, Clone, PartialEq)]
pub struct MetadataRequestTopic<'a> {
    /// Uuid, versions 10 and up.
    pub topic_id: TopicId,
    /// String, nullable from version 10.
    pub name: Option<&'a str>,
}

impl Default for MetadataRequestTopic<'_> {
    fn default() -> Self {
        Self { topic_id: TopicId::ZERO, name: Some("") }
    }
}

impl<'a> Element<'a> for MetadataRequestTopic<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let topic_id = if format.version >= 10 { reader.uuid()? } else { TopicId::ZERO };
        let name = nullable_from(10, format, reader.nullable_string(format)?)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { topic_id, name })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        if format.version >= 10 {
            put::uuid(out, self.topic_id);
        }
        put::nullable_from(10, self.name.is_none(), "MetadataRequestTopic.name", format)?;
        put::nullable_string(out, self.name, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for MetadataRequest<'a> {
    const NAME: &'static str = "MetadataRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 13;
    const FIRST_FLEXIBLE_VERSION: i16 = 9;
}

impl<'a> Request<'a> for MetadataRequest<'a> {
    const API_KEY: ApiKey = ApiKey::Metadata;
}

/// Kafka's `MetadataResponse`, versions 0 to 13, flexible from 9.
#[derive(Debug, Clone, PartialEq)]
pub struct MetadataResponse<'a> {
    /// Int32, versions 3 and up.
    pub throttle_time_ms: i32,
    /// Array of [`MetadataResponseBroker`].
    pub brokers: Array<'a, MetadataResponseBroker<'a>>,
    /// String, versions 2 and up, nullable, null by default.
    pub cluster_id: Option<&'a str>,
    /// Int32, versions 1 and up, −1 by default.
    pub controller_id: i32,
    /// Array of [`MetadataResponseTopic`].
    pub topics: Array<'a, MetadataResponseTopic<'a>>,
    /// Int32, versions 8 to 10, −2147483648 by default.
    pub cluster_authorized_operations: i32,
    /// Int16, versions 13 and up.
    pub error_code: i16,
}

impl Default for MetadataResponse<'_> {
    fn default() -> Self {
        Self {
            throttle_time_ms: 0,
            brokers: Array::default(),
            cluster_id: None,
            controller_id: -1,
            topics: Array::default(),
            cluster_authorized_operations: -2_147_483_648,
            error_code: 0,
        }
    }
}

impl<'a> Element<'a> for MetadataResponse<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let throttle_time_ms = if format.version >= 3 { reader.int32()? } else { 0 };
        let brokers = Array::read(reader, format)?;
        let cluster_id = if format.version >= 2 { reader.nullable_string(format)? } else { None };
        let controller_id = if format.version >= 1 { reader.int32()? } else { -1 };
        let topics = Array::read(reader, format)?;
        let cluster_authorized_operations =
            if (8..=10).contains(&format.version) { reader.int32()? } else { -2_147_483_648 };
        let error_code = if format.version >= 13 { reader.int16()? } else { 0 };
        reader.skip_tagged_fields(format)?;
        Ok(Self {
            throttle_time_ms,
            brokers,
            cluster_id,
            controller_id,
            topics,
            cluster_authorized_operations,
            error_code,
        })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        if format.version >= 3 {
            put::int32(out, self.throttle_time_ms);
        }
        self.brokers.write(out, format)?;
        if format.version >= 2 {
            put::nullable_string(out, self.cluster_id, format)?;
        }
        if format.version >= 1 {
            put::int32(out, self.controller_id);
        }
        self.topics.write(out, format)?;
        if (8..=10).contains(&format.version) {
            put::int32(out, self.cluster_authorized_operations);
        } else {
            put::absent(
                self.cluster_authorized_operations == -2_147_483_648,
                "MetadataResponse.cluster_authorized_operations",
                format,
            )?;
        }
        if format.version >= 13 {
            put::int16(out, self.error_code);
        }
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`MetadataResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct MetadataResponseBroker<'a> {
    /// Int32.
    pub node_id: i32,
    /// String.
    pub host: &'a str,
    /// Int32.
    pub port: i32,
    /// String, versions 1 and up, nullable, null by default.
    pub rack: Option<&'a str>,
}

impl<'a> Element<'a> for MetadataResponseBroker<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let node_id = reader.int32()?;
        let host = reader.string(format)?;
        let port = reader.int32()?;
        let rack = if format.version >= 1 { reader.nullable_string(format)? } else { None };
        reader.skip_tagged_fields(format)?;
        Ok(Self { node_id, host, port, rack })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.node_id);
        put::string(out, self.host, format)?;
        put::int32(out, self.port);
        if format.version >= 1 {
            put::nullable_string(out, self.rack, format)?;
        }
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`MetadataResponse`].
#[derive(Debug, Clone, PartialEq)]
pub struct MetadataResponseTopic<'a> {
    /// Int16.
    pub error_code: i16,
    /// String, nullable from version 12.
    pub name: Option<&'a str>,
    /// Uuid, versions 10 and up.
    pub topic_id: TopicId,
    /// Bool, versions 1 and up.
    pub is_internal: bool,
    /// Array of [`MetadataResponsePartition`].
    pub partitions: Array<'a, MetadataResponsePartition<'a>>,
    /// Int32, versions 8 and up, −2147483648 by default.
    pub topic_authorized_operations: i32,
}

impl Default for MetadataResponseTopic<'_> {
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

impl<'a> Element<'a> for MetadataResponseTopic<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let error_code = reader.int16()?;
        let name = nullable_from(12, format, reader.nullable_string(format)?)?;
        let topic_id = if format.version >= 10 { reader.uuid()? } else { TopicId::ZERO };
        let is_internal = if format.version >= 1 { reader.bool()? } else { false };
        let partitions = Array::read(reader, format)?;
        let topic_authorized_operations = if format.version >= 8 { reader.int32()? } else { -2_147_483_648 };
        reader.skip_tagged_fields(format)?;
        Ok(Self { error_code, name, topic_id, is_internal, partitions, topic_authorized_operations })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int16(out, self.error_code);
        put::nullable_from(12, self.name.is_none(), "MetadataResponseTopic.name", format)?;
        put::nullable_string(out, self.name, format)?;
        if format.version >= 10 {
            put::uuid(out, self.topic_id);
        }
        if format.version >= 1 {
            put::bool(out, self.is_internal);
        }
        self.partitions.write(out, format)?;
        if format.version >= 8 {
            put::int32(out, self.topic_authorized_operations);
        } else {
            put::absent(
                self.topic_authorized_operations == -2_147_483_648,
                "MetadataResponseTopic.topic_authorized_operations",
                format,
            )?;
        }
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`MetadataResponse`].
#[derive(Debug, Clone, PartialEq)]
pub struct MetadataResponsePartition<'a> {
    /// Int16.
    pub error_code: i16,
    /// Int32.
    pub partition_index: i32,
    /// Int32.
    pub leader_id: i32,
    /// Int32, versions 7 and up, −1 by default.
    pub leader_epoch: i32,
    /// Array of int32.
    pub replica_nodes: Array<'a, i32>,
    /// Array of int32.
    pub isr_nodes: Array<'a, i32>,
    /// Array of int32, versions 5 and up.
    pub offline_replicas: Array<'a, i32>,
}

impl Default for MetadataResponsePartition<'_> {
    fn default() -> Self {
        Self {
            error_code: 0,
            partition_index: 0,
            leader_id: 0,
            leader_epoch: -1,
            replica_nodes: Array::default(),
            isr_nodes: Array::default(),
            offline_replicas: Array::default(),
        }
    }
}

impl<'a> Element<'a> for MetadataResponsePartition<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let error_code = reader.int16()?;
        let partition_index = reader.int32()?;
        let leader_id = reader.int32()?;
        let leader_epoch = if format.version >= 7 { reader.int32()? } else { -1 };
        let replica_nodes = Array::read(reader, format)?;
        let isr_nodes = Array::read(reader, format)?;
        let offline_replicas =
            if format.version >= 5 { Array::read(reader, format)? } else { Array::default() };
        reader.skip_tagged_fields(format)?;
        Ok(Self {
            error_code,
            partition_index,
            leader_id,
            leader_epoch,
            replica_nodes,
            isr_nodes,
            offline_replicas,
        })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int16(out, self.error_code);
        put::int32(out, self.partition_index);
        put::int32(out, self.leader_id);
        if format.version >= 7 {
            put::int32(out, self.leader_epoch);
        }
        self.replica_nodes.write(out, format)?;
        self.isr_nodes.write(out, format)?;
        if format.version >= 5 {
            self.offline_replicas.write(out, format)?;
        }
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for MetadataResponse<'a> {
    const NAME: &'static str = "MetadataResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 13;
    const FIRST_FLEXIBLE_VERSION: i16 = 9;
}

impl<'a> Response<'a> for MetadataResponse<'a> {
    const API_KEY: ApiKey = ApiKey::Metadata;
}

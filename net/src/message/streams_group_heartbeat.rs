// Generated from net/schema by `cargo run -p loglane-codegen`. Change the schema, not this file.
//! The API StreamsGroupHeartbeat (88).

use crate::api::ApiKey;
use crate::array::{Array, Element, read_nullable_struct};
use crate::codec::{Message, Request, Response};
use crate::put::{self, EncodeError};
use crate::wire::{DecodeError, Format, Reader};

/// Kafka's `StreamsGroupHeartbeatRequest`, version 0, always flexible.
#[derive(Debug, Clone, PartialEq)]
pub struct StreamsGroupHeartbeatRequest<'a> {
    /// String.
    pub group_id: &'a str,
    /// String.
    pub member_id: &'a str,
    /// Int32.
    pub member_epoch: i32,
    /// Int32.
    pub endpoint_information_epoch: i32,
    /// String, nullable, null by default.
    pub instance_id: Option<&'a str>,
    /// String, nullable, null by default.
    pub rack_id: Option<&'a str>,
    /// Int32, −1 by default.
    pub rebalance_timeout_ms: i32,
    /// [`Topology`], nullable, null by default.
    pub topology: Option<Topology<'a>>,
    /// Array of [`RequestTaskIds`], nullable, null by default.
    pub active_tasks: Option<Array<'a, RequestTaskIds<'a>>>,
    /// Array of [`RequestTaskIds`], nullable, null by default.
    pub standby_tasks: Option<Array<'a, RequestTaskIds<'a>>>,
    /// Array of [`RequestTaskIds`], nullable, null by default.
    pub warmup_tasks: Option<Array<'a, RequestTaskIds<'a>>>,
    /// String, nullable, null by default.
    pub process_id: Option<&'a str>,
    /// [`RequestEndpoint`], nullable, null by default.
    pub user_endpoint: Option<RequestEndpoint<'a>>,
    /// Array of [`KeyValue`], nullable, null by default.
    pub client_tags: Option<Array<'a, KeyValue<'a>>>,
    /// Array of [`TaskOffset`], nullable, null by default.
    pub task_offsets: Option<Array<'a, TaskOffset<'a>>>,
    /// Array of [`TaskOffset`], nullable, null by default.
    pub task_end_offsets: Option<Array<'a, TaskOffset<'a>>>,
    /// Bool.
    pub shutdown_application: bool,
}

impl Default for StreamsGroupHeartbeatRequest<'_> {
    fn default() -> Self {
        Self {
            group_id: "",
            member_id: "",
            member_epoch: 0,
            endpoint_information_epoch: 0,
            instance_id: None,
            rack_id: None,
            rebalance_timeout_ms: -1,
            topology: None,
            active_tasks: None,
            standby_tasks: None,
            warmup_tasks: None,
            process_id: None,
            user_endpoint: None,
            client_tags: None,
            task_offsets: None,
            task_end_offsets: None,
            shutdown_application: false,
        }
    }
}

impl<'a> Element<'a> for StreamsGroupHeartbeatRequest<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let group_id = reader.string(format)?;
        let member_id = reader.string(format)?;
        let member_epoch = reader.int32()?;
        let endpoint_information_epoch = reader.int32()?;
        let instance_id = reader.nullable_string(format)?;
        let rack_id = reader.nullable_string(format)?;
        let rebalance_timeout_ms = reader.int32()?;
        let topology = read_nullable_struct(reader, format)?;
        let active_tasks = Array::read_nullable(reader, format)?;
        let standby_tasks = Array::read_nullable(reader, format)?;
        let warmup_tasks = Array::read_nullable(reader, format)?;
        let process_id = reader.nullable_string(format)?;
        let user_endpoint = read_nullable_struct(reader, format)?;
        let client_tags = Array::read_nullable(reader, format)?;
        let task_offsets = Array::read_nullable(reader, format)?;
        let task_end_offsets = Array::read_nullable(reader, format)?;
        let shutdown_application = reader.bool()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self {
            group_id,
            member_id,
            member_epoch,
            endpoint_information_epoch,
            instance_id,
            rack_id,
            rebalance_timeout_ms,
            topology,
            active_tasks,
            standby_tasks,
            warmup_tasks,
            process_id,
            user_endpoint,
            client_tags,
            task_offsets,
            task_end_offsets,
            shutdown_application,
        })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.group_id, format)?;
        put::string(out, self.member_id, format)?;
        put::int32(out, self.member_epoch);
        put::int32(out, self.endpoint_information_epoch);
        put::nullable_string(out, self.instance_id, format)?;
        put::nullable_string(out, self.rack_id, format)?;
        put::int32(out, self.rebalance_timeout_ms);
        put::nullable_struct(out, self.topology.as_ref(), format)?;
        put::nullable_array(out, self.active_tasks.as_ref(), format)?;
        put::nullable_array(out, self.standby_tasks.as_ref(), format)?;
        put::nullable_array(out, self.warmup_tasks.as_ref(), format)?;
        put::nullable_string(out, self.process_id, format)?;
        put::nullable_struct(out, self.user_endpoint.as_ref(), format)?;
        put::nullable_array(out, self.client_tags.as_ref(), format)?;
        put::nullable_array(out, self.task_offsets.as_ref(), format)?;
        put::nullable_array(out, self.task_end_offsets.as_ref(), format)?;
        put::bool(out, self.shutdown_application);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`StreamsGroupHeartbeatRequest`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Topology<'a> {
    /// Int32.
    pub epoch: i32,
    /// Array of [`Subtopology`].
    pub subtopologies: Array<'a, Subtopology<'a>>,
}

impl<'a> Element<'a> for Topology<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let epoch = reader.int32()?;
        let subtopologies = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { epoch, subtopologies })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.epoch);
        self.subtopologies.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`StreamsGroupHeartbeatRequest`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Subtopology<'a> {
    /// String.
    pub subtopology_id: &'a str,
    /// Array of string.
    pub source_topics: Array<'a, &'a str>,
    /// Array of string.
    pub source_topic_regex: Array<'a, &'a str>,
    /// Array of [`TopicInfo`].
    pub state_changelog_topics: Array<'a, TopicInfo<'a>>,
    /// Array of string.
    pub repartition_sink_topics: Array<'a, &'a str>,
    /// Array of [`TopicInfo`].
    pub repartition_source_topics: Array<'a, TopicInfo<'a>>,
    /// Array of [`CopartitionGroup`].
    pub copartition_groups: Array<'a, CopartitionGroup<'a>>,
}

impl<'a> Element<'a> for Subtopology<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let subtopology_id = reader.string(format)?;
        let source_topics = Array::read(reader, format)?;
        let source_topic_regex = Array::read(reader, format)?;
        let state_changelog_topics = Array::read(reader, format)?;
        let repartition_sink_topics = Array::read(reader, format)?;
        let repartition_source_topics = Array::read(reader, format)?;
        let copartition_groups = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self {
            subtopology_id,
            source_topics,
            source_topic_regex,
            state_changelog_topics,
            repartition_sink_topics,
            repartition_source_topics,
            copartition_groups,
        })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.subtopology_id, format)?;
        self.source_topics.write(out, format)?;
        self.source_topic_regex.write(out, format)?;
        self.state_changelog_topics.write(out, format)?;
        self.repartition_sink_topics.write(out, format)?;
        self.repartition_source_topics.write(out, format)?;
        self.copartition_groups.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`StreamsGroupHeartbeatRequest`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CopartitionGroup<'a> {
    /// Array of int16.
    pub source_topics: Array<'a, i16>,
    /// Array of int16.
    pub source_topic_regex: Array<'a, i16>,
    /// Array of int16.
    pub repartition_source_topics: Array<'a, i16>,
}

impl<'a> Element<'a> for CopartitionGroup<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let source_topics = Array::read(reader, format)?;
        let source_topic_regex = Array::read(reader, format)?;
        let repartition_source_topics = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { source_topics, source_topic_regex, repartition_source_topics })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        self.source_topics.write(out, format)?;
        self.source_topic_regex.write(out, format)?;
        self.repartition_source_topics.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`StreamsGroupHeartbeatRequest`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct KeyValue<'a> {
    /// String.
    pub key: &'a str,
    /// String.
    pub value: &'a str,
}

impl<'a> Element<'a> for KeyValue<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let key = reader.string(format)?;
        let value = reader.string(format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { key, value })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.key, format)?;
        put::string(out, self.value, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`StreamsGroupHeartbeatRequest`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TopicInfo<'a> {
    /// String.
    pub name: &'a str,
    /// Int32.
    pub partitions: i32,
    /// Int16.
    pub replication_factor: i16,
    /// Array of [`KeyValue`].
    pub topic_configs: Array<'a, KeyValue<'a>>,
}

impl<'a> Element<'a> for TopicInfo<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let name = reader.string(format)?;
        let partitions = reader.int32()?;
        let replication_factor = reader.int16()?;
        let topic_configs = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { name, partitions, replication_factor, topic_configs })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.name, format)?;
        put::int32(out, self.partitions);
        put::int16(out, self.replication_factor);
        self.topic_configs.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`StreamsGroupHeartbeatRequest`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RequestEndpoint<'a> {
    /// String.
    pub host: &'a str,
    /// Uint16.
    pub port: u16,
}

impl<'a> Element<'a> for RequestEndpoint<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let host = reader.string(format)?;
        let port = reader.uint16()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { host, port })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.host, format)?;
        put::uint16(out, self.port);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`StreamsGroupHeartbeatRequest`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TaskOffset<'a> {
    /// String.
    pub subtopology_id: &'a str,
    /// Int32.
    pub partition: i32,
    /// Int64.
    pub offset: i64,
}

impl<'a> Element<'a> for TaskOffset<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let subtopology_id = reader.string(format)?;
        let partition = reader.int32()?;
        let offset = reader.int64()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { subtopology_id, partition, offset })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.subtopology_id, format)?;
        put::int32(out, self.partition);
        put::int64(out, self.offset);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`StreamsGroupHeartbeatRequest`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RequestTaskIds<'a> {
    /// String.
    pub subtopology_id: &'a str,
    /// Array of int32.
    pub partitions: Array<'a, i32>,
}

impl<'a> Element<'a> for RequestTaskIds<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let subtopology_id = reader.string(format)?;
        let partitions = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { subtopology_id, partitions })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.subtopology_id, format)?;
        self.partitions.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for StreamsGroupHeartbeatRequest<'a> {
    const NAME: &'static str = "StreamsGroupHeartbeatRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Request<'a> for StreamsGroupHeartbeatRequest<'a> {
    const API_KEY: ApiKey = ApiKey::StreamsGroupHeartbeat;
}

/// Kafka's `StreamsGroupHeartbeatResponse`, version 0, always flexible.
#[derive(Debug, Clone, PartialEq)]
pub struct StreamsGroupHeartbeatResponse<'a> {
    /// Int32.
    pub throttle_time_ms: i32,
    /// Int16.
    pub error_code: i16,
    /// String, nullable, null by default.
    pub error_message: Option<&'a str>,
    /// String.
    pub member_id: &'a str,
    /// Int32.
    pub member_epoch: i32,
    /// Int32.
    pub heartbeat_interval_ms: i32,
    /// Int32.
    pub acceptable_recovery_lag: i32,
    /// Int32.
    pub task_offset_interval_ms: i32,
    /// Array of [`Status`], nullable.
    pub status: Option<Array<'a, Status<'a>>>,
    /// Array of [`ResponseTaskIds`], nullable, null by default.
    pub active_tasks: Option<Array<'a, ResponseTaskIds<'a>>>,
    /// Array of [`ResponseTaskIds`], nullable, null by default.
    pub standby_tasks: Option<Array<'a, ResponseTaskIds<'a>>>,
    /// Array of [`ResponseTaskIds`], nullable, null by default.
    pub warmup_tasks: Option<Array<'a, ResponseTaskIds<'a>>>,
    /// Int32.
    pub endpoint_information_epoch: i32,
    /// Array of [`EndpointToPartitions`], nullable, null by default.
    pub partitions_by_user_endpoint: Option<Array<'a, EndpointToPartitions<'a>>>,
}

impl Default for StreamsGroupHeartbeatResponse<'_> {
    fn default() -> Self {
        Self {
            throttle_time_ms: 0,
            error_code: 0,
            error_message: None,
            member_id: "",
            member_epoch: 0,
            heartbeat_interval_ms: 0,
            acceptable_recovery_lag: 0,
            task_offset_interval_ms: 0,
            status: Some(Array::default()),
            active_tasks: None,
            standby_tasks: None,
            warmup_tasks: None,
            endpoint_information_epoch: 0,
            partitions_by_user_endpoint: None,
        }
    }
}

impl<'a> Element<'a> for StreamsGroupHeartbeatResponse<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let throttle_time_ms = reader.int32()?;
        let error_code = reader.int16()?;
        let error_message = reader.nullable_string(format)?;
        let member_id = reader.string(format)?;
        let member_epoch = reader.int32()?;
        let heartbeat_interval_ms = reader.int32()?;
        let acceptable_recovery_lag = reader.int32()?;
        let task_offset_interval_ms = reader.int32()?;
        let status = Array::read_nullable(reader, format)?;
        let active_tasks = Array::read_nullable(reader, format)?;
        let standby_tasks = Array::read_nullable(reader, format)?;
        let warmup_tasks = Array::read_nullable(reader, format)?;
        let endpoint_information_epoch = reader.int32()?;
        let partitions_by_user_endpoint = Array::read_nullable(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self {
            throttle_time_ms,
            error_code,
            error_message,
            member_id,
            member_epoch,
            heartbeat_interval_ms,
            acceptable_recovery_lag,
            task_offset_interval_ms,
            status,
            active_tasks,
            standby_tasks,
            warmup_tasks,
            endpoint_information_epoch,
            partitions_by_user_endpoint,
        })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.throttle_time_ms);
        put::int16(out, self.error_code);
        put::nullable_string(out, self.error_message, format)?;
        put::string(out, self.member_id, format)?;
        put::int32(out, self.member_epoch);
        put::int32(out, self.heartbeat_interval_ms);
        put::int32(out, self.acceptable_recovery_lag);
        put::int32(out, self.task_offset_interval_ms);
        put::nullable_array(out, self.status.as_ref(), format)?;
        put::nullable_array(out, self.active_tasks.as_ref(), format)?;
        put::nullable_array(out, self.standby_tasks.as_ref(), format)?;
        put::nullable_array(out, self.warmup_tasks.as_ref(), format)?;
        put::int32(out, self.endpoint_information_epoch);
        put::nullable_array(out, self.partitions_by_user_endpoint.as_ref(), format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`StreamsGroupHeartbeatResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct EndpointToPartitions<'a> {
    /// [`ResponseEndpoint`].
    pub user_endpoint: ResponseEndpoint<'a>,
    /// Array of [`TopicPartition`].
    pub active_partitions: Array<'a, TopicPartition<'a>>,
    /// Array of [`TopicPartition`].
    pub standby_partitions: Array<'a, TopicPartition<'a>>,
}

impl<'a> Element<'a> for EndpointToPartitions<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let user_endpoint = ResponseEndpoint::read(reader, format)?;
        let active_partitions = Array::read(reader, format)?;
        let standby_partitions = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { user_endpoint, active_partitions, standby_partitions })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        self.user_endpoint.write(out, format)?;
        self.active_partitions.write(out, format)?;
        self.standby_partitions.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`StreamsGroupHeartbeatResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Status<'a> {
    /// Int8.
    pub status_code: i8,
    /// String.
    pub status_detail: &'a str,
}

impl<'a> Element<'a> for Status<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let status_code = reader.int8()?;
        let status_detail = reader.string(format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { status_code, status_detail })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int8(out, self.status_code);
        put::string(out, self.status_detail, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`StreamsGroupHeartbeatResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TopicPartition<'a> {
    /// String.
    pub topic: &'a str,
    /// Array of int32.
    pub partitions: Array<'a, i32>,
}

impl<'a> Element<'a> for TopicPartition<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let topic = reader.string(format)?;
        let partitions = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { topic, partitions })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.topic, format)?;
        self.partitions.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`StreamsGroupHeartbeatResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ResponseTaskIds<'a> {
    /// String.
    pub subtopology_id: &'a str,
    /// Array of int32.
    pub partitions: Array<'a, i32>,
}

impl<'a> Element<'a> for ResponseTaskIds<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let subtopology_id = reader.string(format)?;
        let partitions = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { subtopology_id, partitions })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.subtopology_id, format)?;
        self.partitions.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`StreamsGroupHeartbeatResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ResponseEndpoint<'a> {
    /// String.
    pub host: &'a str,
    /// Uint16.
    pub port: u16,
}

impl<'a> Element<'a> for ResponseEndpoint<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let host = reader.string(format)?;
        let port = reader.uint16()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { host, port })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.host, format)?;
        put::uint16(out, self.port);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for StreamsGroupHeartbeatResponse<'a> {
    const NAME: &'static str = "StreamsGroupHeartbeatResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Response<'a> for StreamsGroupHeartbeatResponse<'a> {
    const API_KEY: ApiKey = ApiKey::StreamsGroupHeartbeat;
}

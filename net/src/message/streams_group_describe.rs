// Generated from net/schema by `cargo run -p loglane-codegen`. Change the schema, not this file.
//! The API StreamsGroupDescribe (89).

use crate::api::ApiKey;
use crate::array::{Array, Element, read_nullable_struct};
use crate::codec::{Message, Request, Response};
use crate::put::{self, EncodeError};
use crate::wire::{DecodeError, Format, Reader};

/// Kafka's `StreamsGroupDescribeRequest`, version 0, always flexible.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StreamsGroupDescribeRequest<'a> {
    /// Array of string.
    pub group_ids: Array<'a, &'a str>,
    /// Bool.
    pub include_authorized_operations: bool,
}

impl<'a> Element<'a> for StreamsGroupDescribeRequest<'a> {
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

impl<'a> Message<'a> for StreamsGroupDescribeRequest<'a> {
    const NAME: &'static str = "StreamsGroupDescribeRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Request<'a> for StreamsGroupDescribeRequest<'a> {
    const API_KEY: ApiKey = ApiKey::StreamsGroupDescribe;
}

/// Kafka's `StreamsGroupDescribeResponse`, version 0, always flexible.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StreamsGroupDescribeResponse<'a> {
    /// Int32.
    pub throttle_time_ms: i32,
    /// Array of [`DescribedGroup`].
    pub groups: Array<'a, DescribedGroup<'a>>,
}

impl<'a> Element<'a> for StreamsGroupDescribeResponse<'a> {
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

/// Part of [`StreamsGroupDescribeResponse`].
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
    /// [`Topology`], nullable, null by default.
    pub topology: Option<Topology<'a>>,
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
            topology: None,
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
        let topology = read_nullable_struct(reader, format)?;
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
            topology,
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
        put::nullable_struct(out, self.topology.as_ref(), format)?;
        self.members.write(out, format)?;
        put::int32(out, self.authorized_operations);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`StreamsGroupDescribeResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Topology<'a> {
    /// Int32.
    pub epoch: i32,
    /// Array of [`Subtopology`], nullable, null by default.
    pub subtopologies: Option<Array<'a, Subtopology<'a>>>,
}

impl<'a> Element<'a> for Topology<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let epoch = reader.int32()?;
        let subtopologies = Array::read_nullable(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { epoch, subtopologies })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.epoch);
        put::nullable_array(out, self.subtopologies.as_ref(), format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`StreamsGroupDescribeResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Subtopology<'a> {
    /// String.
    pub subtopology_id: &'a str,
    /// Array of string.
    pub source_topics: Array<'a, &'a str>,
    /// Array of string.
    pub repartition_sink_topics: Array<'a, &'a str>,
    /// Array of [`TopicInfo`].
    pub state_changelog_topics: Array<'a, TopicInfo<'a>>,
    /// Array of [`TopicInfo`].
    pub repartition_source_topics: Array<'a, TopicInfo<'a>>,
}

impl<'a> Element<'a> for Subtopology<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let subtopology_id = reader.string(format)?;
        let source_topics = Array::read(reader, format)?;
        let repartition_sink_topics = Array::read(reader, format)?;
        let state_changelog_topics = Array::read(reader, format)?;
        let repartition_source_topics = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self {
            subtopology_id,
            source_topics,
            repartition_sink_topics,
            state_changelog_topics,
            repartition_source_topics,
        })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.subtopology_id, format)?;
        self.source_topics.write(out, format)?;
        self.repartition_sink_topics.write(out, format)?;
        self.state_changelog_topics.write(out, format)?;
        self.repartition_source_topics.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`StreamsGroupDescribeResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Member<'a> {
    /// String.
    pub member_id: &'a str,
    /// Int32.
    pub member_epoch: i32,
    /// String, nullable, null by default.
    pub instance_id: Option<&'a str>,
    /// String, nullable, null by default.
    pub rack_id: Option<&'a str>,
    /// String.
    pub client_id: &'a str,
    /// String.
    pub client_host: &'a str,
    /// Int32.
    pub topology_epoch: i32,
    /// String.
    pub process_id: &'a str,
    /// [`Endpoint`], nullable, null by default.
    pub user_endpoint: Option<Endpoint<'a>>,
    /// Array of [`KeyValue`].
    pub client_tags: Array<'a, KeyValue<'a>>,
    /// Array of [`TaskOffset`].
    pub task_offsets: Array<'a, TaskOffset<'a>>,
    /// Array of [`TaskOffset`].
    pub task_end_offsets: Array<'a, TaskOffset<'a>>,
    /// [`Assignment`].
    pub assignment: Assignment<'a>,
    /// [`Assignment`].
    pub target_assignment: Assignment<'a>,
    /// Bool.
    pub is_classic: bool,
}

impl<'a> Element<'a> for Member<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let member_id = reader.string(format)?;
        let member_epoch = reader.int32()?;
        let instance_id = reader.nullable_string(format)?;
        let rack_id = reader.nullable_string(format)?;
        let client_id = reader.string(format)?;
        let client_host = reader.string(format)?;
        let topology_epoch = reader.int32()?;
        let process_id = reader.string(format)?;
        let user_endpoint = read_nullable_struct(reader, format)?;
        let client_tags = Array::read(reader, format)?;
        let task_offsets = Array::read(reader, format)?;
        let task_end_offsets = Array::read(reader, format)?;
        let assignment = Assignment::read(reader, format)?;
        let target_assignment = Assignment::read(reader, format)?;
        let is_classic = reader.bool()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self {
            member_id,
            member_epoch,
            instance_id,
            rack_id,
            client_id,
            client_host,
            topology_epoch,
            process_id,
            user_endpoint,
            client_tags,
            task_offsets,
            task_end_offsets,
            assignment,
            target_assignment,
            is_classic,
        })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.member_id, format)?;
        put::int32(out, self.member_epoch);
        put::nullable_string(out, self.instance_id, format)?;
        put::nullable_string(out, self.rack_id, format)?;
        put::string(out, self.client_id, format)?;
        put::string(out, self.client_host, format)?;
        put::int32(out, self.topology_epoch);
        put::string(out, self.process_id, format)?;
        put::nullable_struct(out, self.user_endpoint.as_ref(), format)?;
        self.client_tags.write(out, format)?;
        self.task_offsets.write(out, format)?;
        self.task_end_offsets.write(out, format)?;
        self.assignment.write(out, format)?;
        self.target_assignment.write(out, format)?;
        put::bool(out, self.is_classic);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`StreamsGroupDescribeResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Endpoint<'a> {
    /// String.
    pub host: &'a str,
    /// Uint16.
    pub port: u16,
}

impl<'a> Element<'a> for Endpoint<'a> {
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

/// Part of [`StreamsGroupDescribeResponse`].
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

/// Part of [`StreamsGroupDescribeResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Assignment<'a> {
    /// Array of [`TaskIds`].
    pub active_tasks: Array<'a, TaskIds<'a>>,
    /// Array of [`TaskIds`].
    pub standby_tasks: Array<'a, TaskIds<'a>>,
    /// Array of [`TaskIds`].
    pub warmup_tasks: Array<'a, TaskIds<'a>>,
}

impl<'a> Element<'a> for Assignment<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let active_tasks = Array::read(reader, format)?;
        let standby_tasks = Array::read(reader, format)?;
        let warmup_tasks = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { active_tasks, standby_tasks, warmup_tasks })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        self.active_tasks.write(out, format)?;
        self.standby_tasks.write(out, format)?;
        self.warmup_tasks.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`StreamsGroupDescribeResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TaskIds<'a> {
    /// String.
    pub subtopology_id: &'a str,
    /// Array of int32.
    pub partitions: Array<'a, i32>,
}

impl<'a> Element<'a> for TaskIds<'a> {
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

/// Part of [`StreamsGroupDescribeResponse`].
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

/// Part of [`StreamsGroupDescribeResponse`].
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

impl<'a> Message<'a> for StreamsGroupDescribeResponse<'a> {
    const NAME: &'static str = "StreamsGroupDescribeResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Response<'a> for StreamsGroupDescribeResponse<'a> {
    const API_KEY: ApiKey = ApiKey::StreamsGroupDescribe;
}

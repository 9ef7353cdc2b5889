// Generated from net/schema by `cargo run -p loglane-codegen`. Change the schema, not this file.
//! Records of __consumer_offsets: streams groups (KIP-1071).
//! A key begins with an int16, its record number below; a value begins with an int16, its version.

use crate::array::{Array, Element, read_nullable_struct};
use crate::codec::{Message, Record};
use crate::put::{self, EncodeError};
use crate::wire::{DecodeError, Format, Reader};

/// Kafka's `StreamsGroupMetadataKey`, version 0.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StreamsGroupMetadataKey<'a> {
    /// String.
    pub group_id: &'a str,
}

impl<'a> Element<'a> for StreamsGroupMetadataKey<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let group_id = reader.string(format)?;
        Ok(Self { group_id })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.group_id, format)?;
        Ok(())
    }
}

impl<'a> Message<'a> for StreamsGroupMetadataKey<'a> {
    const NAME: &'static str = "StreamsGroupMetadataKey";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = i16::MAX;
}

impl<'a> Record<'a> for StreamsGroupMetadataKey<'a> {
    const RECORD_NUMBER: i16 = 17;
}

/// Kafka's `StreamsGroupMetadataValue`, version 0, always flexible.
#[derive(Debug, Clone, PartialEq)]
pub struct StreamsGroupMetadataValue<'a> {
    /// Int32.
    pub epoch: i32,
    /// Int64.
    pub metadata_hash: i64,
    /// Int32, tag 0, −1 by default.
    pub validated_topology_epoch: i32,
    /// Array of [`LastAssignmentConfig`], tag 1, nullable.
    pub last_assignment_configs: Option<Array<'a, LastAssignmentConfig<'a>>>,
}

impl Default for StreamsGroupMetadataValue<'_> {
    fn default() -> Self {
        Self {
            epoch: 0,
            metadata_hash: 0,
            validated_topology_epoch: -1,
            last_assignment_configs: Some(Array::default()),
        }
    }
}

impl<'a> Element<'a> for StreamsGroupMetadataValue<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let epoch = reader.int32()?;
        let metadata_hash = reader.int64()?;
        let mut validated_topology_epoch = -1;
        let mut last_assignment_configs = Some(Array::default());
        for _ in 0..reader.tag_count()? {
            let (tag, mut field) = reader.tagged_field()?;
            match tag {
                0 => validated_topology_epoch = field.int32()?,
                1 => last_assignment_configs = Array::read_nullable(&mut field, format)?,
                _ => continue,
            }
            field.finish()?;
        }
        Ok(Self { epoch, metadata_hash, validated_topology_epoch, last_assignment_configs })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.epoch);
        put::int64(out, self.metadata_hash);
        let has_0 = self.validated_topology_epoch != -1;
        let has_1 = !self.last_assignment_configs.as_ref().is_some_and(Array::is_empty);
        put::tag_count(out, &[has_0, has_1]);
        if has_0 {
            put::tagged_field(out, 0, |out| {
                put::int32(out, self.validated_topology_epoch);
                Ok(())
            })?;
        }
        if has_1 {
            put::tagged_field(out, 1, |out| {
                put::nullable_array(out, self.last_assignment_configs.as_ref(), format)
            })?;
        }
        Ok(())
    }
}

/// Part of [`StreamsGroupMetadataValue`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LastAssignmentConfig<'a> {
    /// String.
    pub key: &'a str,
    /// String.
    pub value: &'a str,
}

impl<'a> Element<'a> for LastAssignmentConfig<'a> {
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

impl<'a> Message<'a> for StreamsGroupMetadataValue<'a> {
    const NAME: &'static str = "StreamsGroupMetadataValue";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Record<'a> for StreamsGroupMetadataValue<'a> {
    const RECORD_NUMBER: i16 = 17;
}

/// Kafka's `StreamsGroupMemberMetadataKey`, version 0.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StreamsGroupMemberMetadataKey<'a> {
    /// String.
    pub group_id: &'a str,
    /// String.
    pub member_id: &'a str,
}

impl<'a> Element<'a> for StreamsGroupMemberMetadataKey<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let group_id = reader.string(format)?;
        let member_id = reader.string(format)?;
        Ok(Self { group_id, member_id })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.group_id, format)?;
        put::string(out, self.member_id, format)?;
        Ok(())
    }
}

impl<'a> Message<'a> for StreamsGroupMemberMetadataKey<'a> {
    const NAME: &'static str = "StreamsGroupMemberMetadataKey";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = i16::MAX;
}

impl<'a> Record<'a> for StreamsGroupMemberMetadataKey<'a> {
    const RECORD_NUMBER: i16 = 19;
}

/// Kafka's `StreamsGroupMemberMetadataValue`, version 0, always flexible.
#[derive(Debug, Clone, PartialEq)]
pub struct StreamsGroupMemberMetadataValue<'a> {
    /// String, nullable.
    pub instance_id: Option<&'a str>,
    /// String, nullable.
    pub rack_id: Option<&'a str>,
    /// String.
    pub client_id: &'a str,
    /// String.
    pub client_host: &'a str,
    /// Int32, −1 by default.
    pub rebalance_timeout_ms: i32,
    /// Int32.
    pub topology_epoch: i32,
    /// String.
    pub process_id: &'a str,
    /// [`Endpoint`], nullable, null by default.
    pub user_endpoint: Option<Endpoint<'a>>,
    /// Array of [`KeyValue`].
    pub client_tags: Array<'a, KeyValue<'a>>,
}

impl Default for StreamsGroupMemberMetadataValue<'_> {
    fn default() -> Self {
        Self {
            instance_id: Some(""),
            rack_id: Some(""),
            client_id: "",
            client_host: "",
            rebalance_timeout_ms: -1,
            topology_epoch: 0,
            process_id: "",
            user_endpoint: None,
            client_tags: Array::default(),
        }
    }
}

impl<'a> Element<'a> for StreamsGroupMemberMetadataValue<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let instance_id = reader.nullable_string(format)?;
        let rack_id = reader.nullable_string(format)?;
        let client_id = reader.string(format)?;
        let client_host = reader.string(format)?;
        let rebalance_timeout_ms = reader.int32()?;
        let topology_epoch = reader.int32()?;
        let process_id = reader.string(format)?;
        let user_endpoint = read_nullable_struct(reader, format)?;
        let client_tags = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self {
            instance_id,
            rack_id,
            client_id,
            client_host,
            rebalance_timeout_ms,
            topology_epoch,
            process_id,
            user_endpoint,
            client_tags,
        })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::nullable_string(out, self.instance_id, format)?;
        put::nullable_string(out, self.rack_id, format)?;
        put::string(out, self.client_id, format)?;
        put::string(out, self.client_host, format)?;
        put::int32(out, self.rebalance_timeout_ms);
        put::int32(out, self.topology_epoch);
        put::string(out, self.process_id, format)?;
        put::nullable_struct(out, self.user_endpoint.as_ref(), format)?;
        self.client_tags.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`StreamsGroupMemberMetadataValue`].
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

/// Part of [`StreamsGroupMemberMetadataValue`].
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

impl<'a> Message<'a> for StreamsGroupMemberMetadataValue<'a> {
    const NAME: &'static str = "StreamsGroupMemberMetadataValue";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Record<'a> for StreamsGroupMemberMetadataValue<'a> {
    const RECORD_NUMBER: i16 = 19;
}

/// Kafka's `StreamsGroupTargetAssignmentMetadataKey`, version 0.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StreamsGroupTargetAssignmentMetadataKey<'a> {
    /// String.
    pub group_id: &'a str,
}

impl<'a> Element<'a> for StreamsGroupTargetAssignmentMetadataKey<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let group_id = reader.string(format)?;
        Ok(Self { group_id })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.group_id, format)?;
        Ok(())
    }
}

impl<'a> Message<'a> for StreamsGroupTargetAssignmentMetadataKey<'a> {
    const NAME: &'static str = "StreamsGroupTargetAssignmentMetadataKey";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = i16::MAX;
}

impl<'a> Record<'a> for StreamsGroupTargetAssignmentMetadataKey<'a> {
    const RECORD_NUMBER: i16 = 20;
}

/// Kafka's `StreamsGroupTargetAssignmentMetadataValue`, version 0, always flexible.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StreamsGroupTargetAssignmentMetadataValue {
    /// Int32.
    pub assignment_epoch: i32,
    /// Int64, tag 0.
    pub assignment_timestamp: i64,
}

impl Element<'_> for StreamsGroupTargetAssignmentMetadataValue {
    fn read(reader: &mut Reader<'_>, _format: Format) -> Result<Self, DecodeError> {
        let assignment_epoch = reader.int32()?;
        let mut assignment_timestamp = 0;
        for _ in 0..reader.tag_count()? {
            let (tag, mut field) = reader.tagged_field()?;
            match tag {
                0 => assignment_timestamp = field.int64()?,
                _ => continue,
            }
            field.finish()?;
        }
        Ok(Self { assignment_epoch, assignment_timestamp })
    }

    fn write(&self, out: &mut Vec<u8>, _format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.assignment_epoch);
        let has_0 = self.assignment_timestamp != 0;
        put::tag_count(out, &[has_0]);
        if has_0 {
            put::tagged_field(out, 0, |out| {
                put::int64(out, self.assignment_timestamp);
                Ok(())
            })?;
        }
        Ok(())
    }
}

impl Message<'_> for StreamsGroupTargetAssignmentMetadataValue {
    const NAME: &'static str = "StreamsGroupTargetAssignmentMetadataValue";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl Record<'_> for StreamsGroupTargetAssignmentMetadataValue {
    const RECORD_NUMBER: i16 = 20;
}

/// Kafka's `StreamsGroupTargetAssignmentMemberKey`, version 0.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StreamsGroupTargetAssignmentMemberKey<'a> {
    /// String.
    pub group_id: &'a str,
    /// String.
    pub member_id: &'a str,
}

impl<'a> Element<'a> for StreamsGroupTargetAssignmentMemberKey<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let group_id = reader.string(format)?;
        let member_id = reader.string(format)?;
        Ok(Self { group_id, member_id })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.group_id, format)?;
        put::string(out, self.member_id, format)?;
        Ok(())
    }
}

impl<'a> Message<'a> for StreamsGroupTargetAssignmentMemberKey<'a> {
    const NAME: &'static str = "StreamsGroupTargetAssignmentMemberKey";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = i16::MAX;
}

impl<'a> Record<'a> for StreamsGroupTargetAssignmentMemberKey<'a> {
    const RECORD_NUMBER: i16 = 21;
}

/// Kafka's `StreamsGroupTargetAssignmentMemberValue`, version 0, always flexible.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StreamsGroupTargetAssignmentMemberValue<'a> {
    /// Array of [`StreamsGroupTargetAssignmentMemberValueTaskIds`].
    pub active_tasks: Array<'a, StreamsGroupTargetAssignmentMemberValueTaskIds<'a>>,
    /// Array of [`StreamsGroupTargetAssignmentMemberValueTaskIds`].
    pub standby_tasks: Array<'a, StreamsGroupTargetAssignmentMemberValueTaskIds<'a>>,
    /// Array of [`StreamsGroupTargetAssignmentMemberValueTaskIds`].
    pub warmup_tasks: Array<'a, StreamsGroupTargetAssignmentMemberValueTaskIds<'a>>,
}

impl<'a> Element<'a> for StreamsGroupTargetAssignmentMemberValue<'a> {
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

/// Part of [`StreamsGroupTargetAssignmentMemberValue`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StreamsGroupTargetAssignmentMemberValueTaskIds<'a> {
    /// String.
    pub subtopology_id: &'a str,
    /// Array of int32.
    pub partitions: Array<'a, i32>,
}

impl<'a> Element<'a> for StreamsGroupTargetAssignmentMemberValueTaskIds<'a> {
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

impl<'a> Message<'a> for StreamsGroupTargetAssignmentMemberValue<'a> {
    const NAME: &'static str = "StreamsGroupTargetAssignmentMemberValue";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Record<'a> for StreamsGroupTargetAssignmentMemberValue<'a> {
    const RECORD_NUMBER: i16 = 21;
}

/// Kafka's `StreamsGroupCurrentMemberAssignmentKey`, version 0.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StreamsGroupCurrentMemberAssignmentKey<'a> {
    /// String.
    pub group_id: &'a str,
    /// String.
    pub member_id: &'a str,
}

impl<'a> Element<'a> for StreamsGroupCurrentMemberAssignmentKey<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let group_id = reader.string(format)?;
        let member_id = reader.string(format)?;
        Ok(Self { group_id, member_id })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.group_id, format)?;
        put::string(out, self.member_id, format)?;
        Ok(())
    }
}

impl<'a> Message<'a> for StreamsGroupCurrentMemberAssignmentKey<'a> {
    const NAME: &'static str = "StreamsGroupCurrentMemberAssignmentKey";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = i16::MAX;
}

impl<'a> Record<'a> for StreamsGroupCurrentMemberAssignmentKey<'a> {
    const RECORD_NUMBER: i16 = 22;
}

/// Kafka's `StreamsGroupCurrentMemberAssignmentValue`, version 0, always flexible.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StreamsGroupCurrentMemberAssignmentValue<'a> {
    /// Int32.
    pub member_epoch: i32,
    /// Int32.
    pub previous_member_epoch: i32,
    /// Int8.
    pub state: i8,
    /// Array of [`StreamsGroupCurrentMemberAssignmentValueTaskIds`].
    pub active_tasks: Array<'a, StreamsGroupCurrentMemberAssignmentValueTaskIds<'a>>,
    /// Array of [`StreamsGroupCurrentMemberAssignmentValueTaskIds`].
    pub standby_tasks: Array<'a, StreamsGroupCurrentMemberAssignmentValueTaskIds<'a>>,
    /// Array of [`StreamsGroupCurrentMemberAssignmentValueTaskIds`].
    pub warmup_tasks: Array<'a, StreamsGroupCurrentMemberAssignmentValueTaskIds<'a>>,
    /// Array of [`StreamsGroupCurrentMemberAssignmentValueTaskIds`].
    pub active_tasks_pending_revocation: Array<'a, StreamsGroupCurrentMemberAssignmentValueTaskIds<'a>>,
    /// Array of [`StreamsGroupCurrentMemberAssignmentValueTaskIds`].
    pub standby_tasks_pending_revocation: Array<'a, StreamsGroupCurrentMemberAssignmentValueTaskIds<'a>>,
    /// Array of [`StreamsGroupCurrentMemberAssignmentValueTaskIds`].
    pub warmup_tasks_pending_revocation: Array<'a, StreamsGroupCurrentMemberAssignmentValueTaskIds<'a>>,
}

impl<'a> Element<'a> for StreamsGroupCurrentMemberAssignmentValue<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let member_epoch = reader.int32()?;
        let previous_member_epoch = reader.int32()?;
        let state = reader.int8()?;
        let active_tasks = Array::read(reader, format)?;
        let standby_tasks = Array::read(reader, format)?;
        let warmup_tasks = Array::read(reader, format)?;
        let active_tasks_pending_revocation = Array::read(reader, format)?;
        let standby_tasks_pending_revocation = Array::read(reader, format)?;
        let warmup_tasks_pending_revocation = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self {
            member_epoch,
            previous_member_epoch,
            state,
            active_tasks,
            standby_tasks,
            warmup_tasks,
            active_tasks_pending_revocation,
            standby_tasks_pending_revocation,
            warmup_tasks_pending_revocation,
        })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.member_epoch);
        put::int32(out, self.previous_member_epoch);
        put::int8(out, self.state);
        self.active_tasks.write(out, format)?;
        self.standby_tasks.write(out, format)?;
        self.warmup_tasks.write(out, format)?;
        self.active_tasks_pending_revocation.write(out, format)?;
        self.standby_tasks_pending_revocation.write(out, format)?;
        self.warmup_tasks_pending_revocation.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`StreamsGroupCurrentMemberAssignmentValue`].
#[derive(Debug, Clone, PartialEq)]
pub struct StreamsGroupCurrentMemberAssignmentValueTaskIds<'a> {
    /// String.
    pub subtopology_id: &'a str,
    /// Array of int32.
    pub partitions: Array<'a, i32>,
    /// Array of int32, tag 0, nullable.
    pub assignment_epochs: Option<Array<'a, i32>>,
}

impl Default for StreamsGroupCurrentMemberAssignmentValueTaskIds<'_> {
    fn default() -> Self {
        Self { subtopology_id: "", partitions: Array::default(), assignment_epochs: Some(Array::default()) }
    }
}

impl<'a> Element<'a> for StreamsGroupCurrentMemberAssignmentValueTaskIds<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let subtopology_id = reader.string(format)?;
        let partitions = Array::read(reader, format)?;
        let mut assignment_epochs = Some(Array::default());
        for _ in 0..reader.tag_count()? {
            let (tag, mut field) = reader.tagged_field()?;
            match tag {
                0 => assignment_epochs = Array::read_nullable(&mut field, format)?,
                _ => continue,
            }
            field.finish()?;
        }
        Ok(Self { subtopology_id, partitions, assignment_epochs })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.subtopology_id, format)?;
        self.partitions.write(out, format)?;
        let has_0 = !self.assignment_epochs.as_ref().is_some_and(Array::is_empty);
        put::tag_count(out, &[has_0]);
        if has_0 {
            put::tagged_field(out, 0, |out| {
                put::nullable_array(out, self.assignment_epochs.as_ref(), format)
            })?;
        }
        Ok(())
    }
}

impl<'a> Message<'a> for StreamsGroupCurrentMemberAssignmentValue<'a> {
    const NAME: &'static str = "StreamsGroupCurrentMemberAssignmentValue";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Record<'a> for StreamsGroupCurrentMemberAssignmentValue<'a> {
    const RECORD_NUMBER: i16 = 22;
}

/// Kafka's `StreamsGroupTopologyKey`, version 0.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StreamsGroupTopologyKey<'a> {
    /// String.
    pub group_id: &'a str,
}

impl<'a> Element<'a> for StreamsGroupTopologyKey<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let group_id = reader.string(format)?;
        Ok(Self { group_id })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.group_id, format)?;
        Ok(())
    }
}

impl<'a> Message<'a> for StreamsGroupTopologyKey<'a> {
    const NAME: &'static str = "StreamsGroupTopologyKey";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = i16::MAX;
}

impl<'a> Record<'a> for StreamsGroupTopologyKey<'a> {
    const RECORD_NUMBER: i16 = 23;
}

/// Kafka's `StreamsGroupTopologyValue`, version 0, always flexible.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StreamsGroupTopologyValue<'a> {
    /// Int32.
    pub epoch: i32,
    /// Array of [`Subtopology`].
    pub subtopologies: Array<'a, Subtopology<'a>>,
}

impl<'a> Element<'a> for StreamsGroupTopologyValue<'a> {
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

/// Part of [`StreamsGroupTopologyValue`].
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

/// Part of [`StreamsGroupTopologyValue`].
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

/// Part of [`StreamsGroupTopologyValue`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TopicConfig<'a> {
    /// String.
    pub key: &'a str,
    /// String.
    pub value: &'a str,
}

impl<'a> Element<'a> for TopicConfig<'a> {
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

/// Part of [`StreamsGroupTopologyValue`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TopicInfo<'a> {
    /// String.
    pub name: &'a str,
    /// Int32.
    pub partitions: i32,
    /// Int16.
    pub replication_factor: i16,
    /// Array of [`TopicConfig`].
    pub topic_configs: Array<'a, TopicConfig<'a>>,
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

impl<'a> Message<'a> for StreamsGroupTopologyValue<'a> {
    const NAME: &'static str = "StreamsGroupTopologyValue";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Record<'a> for StreamsGroupTopologyValue<'a> {
    const RECORD_NUMBER: i16 = 23;
}

// Generated from net/schema by `cargo run -p loglane-codegen`. Change the schema, not this file.
//! Records of __consumer_offsets: share groups (KIP-932).
//! A key begins with an int16, its record number below; a value begins with an int16, its version.

use crate::array::{Array, Element};
use crate::codec::{Message, Record};
use crate::put::{self, EncodeError};
use crate::wire::{DecodeError, Format, Reader};
use loglane_model::TopicId;

/// Kafka's `ShareGroupMemberMetadataKey`, version 0.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ShareGroupMemberMetadataKey<'a> {
    /// String.
    pub group_id: &'a str,
    /// String.
    pub member_id: &'a str,
}

impl<'a> Element<'a> for ShareGroupMemberMetadataKey<'a> {
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

impl<'a> Message<'a> for ShareGroupMemberMetadataKey<'a> {
    const NAME: &'static str = "ShareGroupMemberMetadataKey";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = i16::MAX;
}

impl<'a> Record<'a> for ShareGroupMemberMetadataKey<'a> {
    const RECORD_NUMBER: i16 = 10;
}

/// Kafka's `ShareGroupMemberMetadataValue`, version 0, always flexible.
#[derive(Debug, Clone, PartialEq)]
pub struct ShareGroupMemberMetadataValue<'a> {
    /// String, nullable.
    pub rack_id: Option<&'a str>,
    /// String.
    pub client_id: &'a str,
    /// String.
    pub client_host: &'a str,
    /// Array of string.
    pub subscribed_topic_names: Array<'a, &'a str>,
}

impl Default for ShareGroupMemberMetadataValue<'_> {
    fn default() -> Self {
        Self { rack_id: Some(""), client_id: "", client_host: "", subscribed_topic_names: Array::default() }
    }
}

impl<'a> Element<'a> for ShareGroupMemberMetadataValue<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let rack_id = reader.nullable_string(format)?;
        let client_id = reader.string(format)?;
        let client_host = reader.string(format)?;
        let subscribed_topic_names = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { rack_id, client_id, client_host, subscribed_topic_names })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::nullable_string(out, self.rack_id, format)?;
        put::string(out, self.client_id, format)?;
        put::string(out, self.client_host, format)?;
        self.subscribed_topic_names.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for ShareGroupMemberMetadataValue<'a> {
    const NAME: &'static str = "ShareGroupMemberMetadataValue";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Record<'a> for ShareGroupMemberMetadataValue<'a> {
    const RECORD_NUMBER: i16 = 10;
}

/// Kafka's `ShareGroupMetadataKey`, version 0.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ShareGroupMetadataKey<'a> {
    /// String.
    pub group_id: &'a str,
}

impl<'a> Element<'a> for ShareGroupMetadataKey<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let group_id = reader.string(format)?;
        Ok(Self { group_id })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.group_id, format)?;
        Ok(())
    }
}

impl<'a> Message<'a> for ShareGroupMetadataKey<'a> {
    const NAME: &'static str = "ShareGroupMetadataKey";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = i16::MAX;
}

impl<'a> Record<'a> for ShareGroupMetadataKey<'a> {
    const RECORD_NUMBER: i16 = 11;
}

/// Kafka's `ShareGroupMetadataValue`, version 0, always flexible.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ShareGroupMetadataValue {
    /// Int32.
    pub epoch: i32,
    /// Int64.
    pub metadata_hash: i64,
}

impl Element<'_> for ShareGroupMetadataValue {
    fn read(reader: &mut Reader<'_>, format: Format) -> Result<Self, DecodeError> {
        let epoch = reader.int32()?;
        let metadata_hash = reader.int64()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { epoch, metadata_hash })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.epoch);
        put::int64(out, self.metadata_hash);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl Message<'_> for ShareGroupMetadataValue {
    const NAME: &'static str = "ShareGroupMetadataValue";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl Record<'_> for ShareGroupMetadataValue {
    const RECORD_NUMBER: i16 = 11;
}

/// Kafka's `ShareGroupTargetAssignmentMetadataKey`, version 0.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ShareGroupTargetAssignmentMetadataKey<'a> {
    /// String.
    pub group_id: &'a str,
}

impl<'a> Element<'a> for ShareGroupTargetAssignmentMetadataKey<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let group_id = reader.string(format)?;
        Ok(Self { group_id })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.group_id, format)?;
        Ok(())
    }
}

impl<'a> Message<'a> for ShareGroupTargetAssignmentMetadataKey<'a> {
    const NAME: &'static str = "ShareGroupTargetAssignmentMetadataKey";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = i16::MAX;
}

impl<'a> Record<'a> for ShareGroupTargetAssignmentMetadataKey<'a> {
    const RECORD_NUMBER: i16 = 12;
}

/// Kafka's `ShareGroupTargetAssignmentMetadataValue`, version 0, always flexible.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ShareGroupTargetAssignmentMetadataValue {
    /// Int32.
    pub assignment_epoch: i32,
    /// Int64, tag 0.
    pub assignment_timestamp: i64,
}

impl Element<'_> for ShareGroupTargetAssignmentMetadataValue {
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

impl Message<'_> for ShareGroupTargetAssignmentMetadataValue {
    const NAME: &'static str = "ShareGroupTargetAssignmentMetadataValue";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl Record<'_> for ShareGroupTargetAssignmentMetadataValue {
    const RECORD_NUMBER: i16 = 12;
}

/// Kafka's `ShareGroupTargetAssignmentMemberKey`, version 0.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ShareGroupTargetAssignmentMemberKey<'a> {
    /// String.
    pub group_id: &'a str,
    /// String.
    pub member_id: &'a str,
}

impl<'a> Element<'a> for ShareGroupTargetAssignmentMemberKey<'a> {
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

impl<'a> Message<'a> for ShareGroupTargetAssignmentMemberKey<'a> {
    const NAME: &'static str = "ShareGroupTargetAssignmentMemberKey";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = i16::MAX;
}

impl<'a> Record<'a> for ShareGroupTargetAssignmentMemberKey<'a> {
    const RECORD_NUMBER: i16 = 13;
}

/// Kafka's `ShareGroupTargetAssignmentMemberValue`, version 0, always flexible.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ShareGroupTargetAssignmentMemberValue<'a> {
    /// Array of [`TopicPartition`].
    pub topic_partitions: Array<'a, TopicPartition<'a>>,
}

impl<'a> Element<'a> for ShareGroupTargetAssignmentMemberValue<'a> {
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

/// Part of [`ShareGroupTargetAssignmentMemberValue`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TopicPartition<'a> {
    /// Uuid.
    pub topic_id: TopicId,
    /// Array of int32.
    pub partitions: Array<'a, i32>,
}

impl<'a> Element<'a> for TopicPartition<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let topic_id = reader.uuid()?;
        let partitions = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { topic_id, partitions })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::uuid(out, self.topic_id);
        self.partitions.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for ShareGroupTargetAssignmentMemberValue<'a> {
    const NAME: &'static str = "ShareGroupTargetAssignmentMemberValue";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Record<'a> for ShareGroupTargetAssignmentMemberValue<'a> {
    const RECORD_NUMBER: i16 = 13;
}

/// Kafka's `ShareGroupCurrentMemberAssignmentKey`, version 0.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ShareGroupCurrentMemberAssignmentKey<'a> {
    /// String.
    pub group_id: &'a str,
    /// String.
    pub member_id: &'a str,
}

impl<'a> Element<'a> for ShareGroupCurrentMemberAssignmentKey<'a> {
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

impl<'a> Message<'a> for ShareGroupCurrentMemberAssignmentKey<'a> {
    const NAME: &'static str = "ShareGroupCurrentMemberAssignmentKey";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = i16::MAX;
}

impl<'a> Record<'a> for ShareGroupCurrentMemberAssignmentKey<'a> {
    const RECORD_NUMBER: i16 = 14;
}

/// Kafka's `ShareGroupCurrentMemberAssignmentValue`, version 0, always flexible.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ShareGroupCurrentMemberAssignmentValue<'a> {
    /// Int32.
    pub member_epoch: i32,
    /// Int32.
    pub previous_member_epoch: i32,
    /// Int8.
    pub state: i8,
    /// Array of [`TopicPartitions`].
    pub assigned_partitions: Array<'a, TopicPartitions<'a>>,
}

impl<'a> Element<'a> for ShareGroupCurrentMemberAssignmentValue<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let member_epoch = reader.int32()?;
        let previous_member_epoch = reader.int32()?;
        let state = reader.int8()?;
        let assigned_partitions = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { member_epoch, previous_member_epoch, state, assigned_partitions })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.member_epoch);
        put::int32(out, self.previous_member_epoch);
        put::int8(out, self.state);
        self.assigned_partitions.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`ShareGroupCurrentMemberAssignmentValue`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TopicPartitions<'a> {
    /// Uuid.
    pub topic_id: TopicId,
    /// Array of int32.
    pub partitions: Array<'a, i32>,
}

impl<'a> Element<'a> for TopicPartitions<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let topic_id = reader.uuid()?;
        let partitions = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { topic_id, partitions })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::uuid(out, self.topic_id);
        self.partitions.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for ShareGroupCurrentMemberAssignmentValue<'a> {
    const NAME: &'static str = "ShareGroupCurrentMemberAssignmentValue";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Record<'a> for ShareGroupCurrentMemberAssignmentValue<'a> {
    const RECORD_NUMBER: i16 = 14;
}

/// Kafka's `ShareGroupStatePartitionMetadataKey`, version 0.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ShareGroupStatePartitionMetadataKey<'a> {
    /// String.
    pub group_id: &'a str,
}

impl<'a> Element<'a> for ShareGroupStatePartitionMetadataKey<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let group_id = reader.string(format)?;
        Ok(Self { group_id })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.group_id, format)?;
        Ok(())
    }
}

impl<'a> Message<'a> for ShareGroupStatePartitionMetadataKey<'a> {
    const NAME: &'static str = "ShareGroupStatePartitionMetadataKey";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = i16::MAX;
}

impl<'a> Record<'a> for ShareGroupStatePartitionMetadataKey<'a> {
    const RECORD_NUMBER: i16 = 15;
}

/// Kafka's `ShareGroupStatePartitionMetadataValue`, version 0, always flexible.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ShareGroupStatePartitionMetadataValue<'a> {
    /// Array of [`TopicPartitionsInfo`].
    pub initializing_topics: Array<'a, TopicPartitionsInfo<'a>>,
    /// Array of [`TopicPartitionsInfo`].
    pub initialized_topics: Array<'a, TopicPartitionsInfo<'a>>,
    /// Array of [`TopicInfo`].
    pub deleting_topics: Array<'a, TopicInfo<'a>>,
}

impl<'a> Element<'a> for ShareGroupStatePartitionMetadataValue<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let initializing_topics = Array::read(reader, format)?;
        let initialized_topics = Array::read(reader, format)?;
        let deleting_topics = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { initializing_topics, initialized_topics, deleting_topics })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        self.initializing_topics.write(out, format)?;
        self.initialized_topics.write(out, format)?;
        self.deleting_topics.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`ShareGroupStatePartitionMetadataValue`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TopicPartitionsInfo<'a> {
    /// Uuid.
    pub topic_id: TopicId,
    /// String.
    pub topic_name: &'a str,
    /// Array of int32.
    pub partitions: Array<'a, i32>,
}

impl<'a> Element<'a> for TopicPartitionsInfo<'a> {
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

/// Part of [`ShareGroupStatePartitionMetadataValue`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TopicInfo<'a> {
    /// Uuid.
    pub topic_id: TopicId,
    /// String.
    pub topic_name: &'a str,
}

impl<'a> Element<'a> for TopicInfo<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let topic_id = reader.uuid()?;
        let topic_name = reader.string(format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { topic_id, topic_name })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::uuid(out, self.topic_id);
        put::string(out, self.topic_name, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for ShareGroupStatePartitionMetadataValue<'a> {
    const NAME: &'static str = "ShareGroupStatePartitionMetadataValue";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Record<'a> for ShareGroupStatePartitionMetadataValue<'a> {
    const RECORD_NUMBER: i16 = 15;
}

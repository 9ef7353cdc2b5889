// Generated from net/schema by `cargo run -p loglane-codegen`. Change the schema, not this file.
//! Records of __consumer_offsets: groups of the consumer protocol (KIP-848).
//! A key begins with an int16, its record number below; a value begins with an int16, its version.

use crate::array::{Array, Element, read_tagged_nullable_struct};
use crate::codec::{Message, Record};
use crate::put::{self, EncodeError};
use crate::wire::{DecodeError, Format, Reader};
use loglane_model::TopicId;

/// Kafka's `ConsumerGroupMetadataKey`, version 0.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ConsumerGroupMetadataKey<'a> {
    /// String.
    pub group_id: &'a str,
}

impl<'a> Element<'a> for ConsumerGroupMetadataKey<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let group_id = reader.string(format)?;
        Ok(Self { group_id })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.group_id, format)?;
        Ok(())
    }
}

impl<'a> Message<'a> for ConsumerGroupMetadataKey<'a> {
    const NAME: &'static str = "ConsumerGroupMetadataKey";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = i16::MAX;
}

impl<'a> Record<'a> for ConsumerGroupMetadataKey<'a> {
    const RECORD_NUMBER: i16 = 3;
}

/// Kafka's `ConsumerGroupMetadataValue`, version 0, always flexible.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ConsumerGroupMetadataValue {
    /// Int32.
    pub epoch: i32,
    /// Int64, tag 0.
    pub metadata_hash: i64,
}

impl Element<'_> for ConsumerGroupMetadataValue {
    fn read(reader: &mut Reader<'_>, _format: Format) -> Result<Self, DecodeError> {
        let epoch = reader.int32()?;
        let mut metadata_hash = 0;
        for _ in 0..reader.tag_count()? {
            let (tag, mut field) = reader.tagged_field()?;
            match tag {
                0 => metadata_hash = field.int64()?,
                _ => continue,
            }
            field.finish()?;
        }
        Ok(Self { epoch, metadata_hash })
    }

    fn write(&self, out: &mut Vec<u8>, _format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.epoch);
        let has_0 = self.metadata_hash != 0;
        put::tag_count(out, &[has_0]);
        if has_0 {
            put::tagged_field(out, 0, |out| {
                put::int64(out, self.metadata_hash);
                Ok(())
            })?;
        }
        Ok(())
    }
}

impl Message<'_> for ConsumerGroupMetadataValue {
    const NAME: &'static str = "ConsumerGroupMetadataValue";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl Record<'_> for ConsumerGroupMetadataValue {
    const RECORD_NUMBER: i16 = 3;
}

/// Kafka's `ConsumerGroupPartitionMetadataKey`, version 0.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ConsumerGroupPartitionMetadataKey<'a> {
    /// String.
    pub group_id: &'a str,
}

impl<'a> Element<'a> for ConsumerGroupPartitionMetadataKey<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let group_id = reader.string(format)?;
        Ok(Self { group_id })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.group_id, format)?;
        Ok(())
    }
}

impl<'a> Message<'a> for ConsumerGroupPartitionMetadataKey<'a> {
    const NAME: &'static str = "ConsumerGroupPartitionMetadataKey";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = i16::MAX;
}

impl<'a> Record<'a> for ConsumerGroupPartitionMetadataKey<'a> {
    const RECORD_NUMBER: i16 = 4;
}

/// Kafka's `ConsumerGroupPartitionMetadataValue`, version 0, always flexible.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ConsumerGroupPartitionMetadataValue<'a> {
    /// Array of [`TopicMetadata`].
    pub topics: Array<'a, TopicMetadata<'a>>,
}

impl<'a> Element<'a> for ConsumerGroupPartitionMetadataValue<'a> {
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

/// Part of [`ConsumerGroupPartitionMetadataValue`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TopicMetadata<'a> {
    /// Uuid.
    pub topic_id: TopicId,
    /// String.
    pub topic_name: &'a str,
    /// Int32.
    pub num_partitions: i32,
    /// Array of [`PartitionMetadata`].
    pub partition_metadata: Array<'a, PartitionMetadata<'a>>,
}

impl<'a> Element<'a> for TopicMetadata<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let topic_id = reader.uuid()?;
        let topic_name = reader.string(format)?;
        let num_partitions = reader.int32()?;
        let partition_metadata = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { topic_id, topic_name, num_partitions, partition_metadata })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::uuid(out, self.topic_id);
        put::string(out, self.topic_name, format)?;
        put::int32(out, self.num_partitions);
        self.partition_metadata.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`ConsumerGroupPartitionMetadataValue`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PartitionMetadata<'a> {
    /// Int32.
    pub partition: i32,
    /// Array of string.
    pub racks: Array<'a, &'a str>,
}

impl<'a> Element<'a> for PartitionMetadata<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let partition = reader.int32()?;
        let racks = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { partition, racks })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.partition);
        self.racks.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for ConsumerGroupPartitionMetadataValue<'a> {
    const NAME: &'static str = "ConsumerGroupPartitionMetadataValue";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Record<'a> for ConsumerGroupPartitionMetadataValue<'a> {
    const RECORD_NUMBER: i16 = 4;
}

/// Kafka's `ConsumerGroupMemberMetadataKey`, version 0.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ConsumerGroupMemberMetadataKey<'a> {
    /// String.
    pub group_id: &'a str,
    /// String.
    pub member_id: &'a str,
}

impl<'a> Element<'a> for ConsumerGroupMemberMetadataKey<'a> {
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

impl<'a> Message<'a> for ConsumerGroupMemberMetadataKey<'a> {
    const NAME: &'static str = "ConsumerGroupMemberMetadataKey";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = i16::MAX;
}

impl<'a> Record<'a> for ConsumerGroupMemberMetadataKey<'a> {
    const RECORD_NUMBER: i16 = 5;
}

/// Kafka's `ConsumerGroupMemberMetadataValue`, version 0, always flexible.
#[derive(Debug, Clone, PartialEq)]
pub struct ConsumerGroupMemberMetadataValue<'a> {
    /// String, nullable.
    pub instance_id: Option<&'a str>,
    /// String, nullable.
    pub rack_id: Option<&'a str>,
    /// String.
    pub client_id: &'a str,
    /// String.
    pub client_host: &'a str,
    /// Array of string.
    pub subscribed_topic_names: Array<'a, &'a str>,
    /// String, nullable.
    pub subscribed_topic_regex: Option<&'a str>,
    /// Int32, −1 by default.
    pub rebalance_timeout_ms: i32,
    /// String, nullable.
    pub server_assignor: Option<&'a str>,
    /// [`ClassicMemberMetadata`], tag 0, nullable.
    pub classic_member_metadata: Option<ClassicMemberMetadata<'a>>,
}

impl Default for ConsumerGroupMemberMetadataValue<'_> {
    fn default() -> Self {
        Self {
            instance_id: Some(""),
            rack_id: Some(""),
            client_id: "",
            client_host: "",
            subscribed_topic_names: Array::default(),
            subscribed_topic_regex: Some(""),
            rebalance_timeout_ms: -1,
            server_assignor: Some(""),
            classic_member_metadata: Some(ClassicMemberMetadata::default()),
        }
    }
}

impl<'a> Element<'a> for ConsumerGroupMemberMetadataValue<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let instance_id = reader.nullable_string(format)?;
        let rack_id = reader.nullable_string(format)?;
        let client_id = reader.string(format)?;
        let client_host = reader.string(format)?;
        let subscribed_topic_names = Array::read(reader, format)?;
        let subscribed_topic_regex = reader.nullable_string(format)?;
        let rebalance_timeout_ms = reader.int32()?;
        let server_assignor = reader.nullable_string(format)?;
        let mut classic_member_metadata = Some(ClassicMemberMetadata::default());
        for _ in 0..reader.tag_count()? {
            let (tag, mut field) = reader.tagged_field()?;
            match tag {
                0 => classic_member_metadata = read_tagged_nullable_struct(&mut field, format)?,
                _ => continue,
            }
            field.finish()?;
        }
        Ok(Self {
            instance_id,
            rack_id,
            client_id,
            client_host,
            subscribed_topic_names,
            subscribed_topic_regex,
            rebalance_timeout_ms,
            server_assignor,
            classic_member_metadata,
        })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::nullable_string(out, self.instance_id, format)?;
        put::nullable_string(out, self.rack_id, format)?;
        put::string(out, self.client_id, format)?;
        put::string(out, self.client_host, format)?;
        self.subscribed_topic_names.write(out, format)?;
        put::nullable_string(out, self.subscribed_topic_regex, format)?;
        put::int32(out, self.rebalance_timeout_ms);
        put::nullable_string(out, self.server_assignor, format)?;
        let has_0 = self.classic_member_metadata != Some(ClassicMemberMetadata::default());
        put::tag_count(out, &[has_0]);
        if has_0 {
            put::tagged_field(out, 0, |out| {
                put::tagged_nullable_struct(out, self.classic_member_metadata.as_ref(), format)
            })?;
        }
        Ok(())
    }
}

/// Part of [`ConsumerGroupMemberMetadataValue`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ClassicMemberMetadata<'a> {
    /// Int32.
    pub session_timeout_ms: i32,
    /// Array of [`ClassicProtocol`].
    pub supported_protocols: Array<'a, ClassicProtocol<'a>>,
}

impl<'a> Element<'a> for ClassicMemberMetadata<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let session_timeout_ms = reader.int32()?;
        let supported_protocols = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { session_timeout_ms, supported_protocols })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.session_timeout_ms);
        self.supported_protocols.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`ConsumerGroupMemberMetadataValue`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ClassicProtocol<'a> {
    /// String.
    pub name: &'a str,
    /// Bytes.
    pub metadata: &'a [u8],
}

impl<'a> Element<'a> for ClassicProtocol<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let name = reader.string(format)?;
        let metadata = reader.bytes(format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { name, metadata })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.name, format)?;
        put::bytes(out, self.metadata, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for ConsumerGroupMemberMetadataValue<'a> {
    const NAME: &'static str = "ConsumerGroupMemberMetadataValue";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Record<'a> for ConsumerGroupMemberMetadataValue<'a> {
    const RECORD_NUMBER: i16 = 5;
}

/// Kafka's `ConsumerGroupTargetAssignmentMetadataKey`, version 0.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ConsumerGroupTargetAssignmentMetadataKey<'a> {
    /// String.
    pub group_id: &'a str,
}

impl<'a> Element<'a> for ConsumerGroupTargetAssignmentMetadataKey<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let group_id = reader.string(format)?;
        Ok(Self { group_id })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.group_id, format)?;
        Ok(())
    }
}

impl<'a> Message<'a> for ConsumerGroupTargetAssignmentMetadataKey<'a> {
    const NAME: &'static str = "ConsumerGroupTargetAssignmentMetadataKey";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = i16::MAX;
}

impl<'a> Record<'a> for ConsumerGroupTargetAssignmentMetadataKey<'a> {
    const RECORD_NUMBER: i16 = 6;
}

/// Kafka's `ConsumerGroupTargetAssignmentMetadataValue`, version 0, always flexible.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ConsumerGroupTargetAssignmentMetadataValue {
    /// Int32.
    pub assignment_epoch: i32,
    /// Int64, tag 0.
    pub assignment_timestamp: i64,
}

impl Element<'_> for ConsumerGroupTargetAssignmentMetadataValue {
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

impl Message<'_> for ConsumerGroupTargetAssignmentMetadataValue {
    const NAME: &'static str = "ConsumerGroupTargetAssignmentMetadataValue";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl Record<'_> for ConsumerGroupTargetAssignmentMetadataValue {
    const RECORD_NUMBER: i16 = 6;
}

/// Kafka's `ConsumerGroupTargetAssignmentMemberKey`, version 0.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ConsumerGroupTargetAssignmentMemberKey<'a> {
    /// String.
    pub group_id: &'a str,
    /// String.
    pub member_id: &'a str,
}

impl<'a> Element<'a> for ConsumerGroupTargetAssignmentMemberKey<'a> {
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

impl<'a> Message<'a> for ConsumerGroupTargetAssignmentMemberKey<'a> {
    const NAME: &'static str = "ConsumerGroupTargetAssignmentMemberKey";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = i16::MAX;
}

impl<'a> Record<'a> for ConsumerGroupTargetAssignmentMemberKey<'a> {
    const RECORD_NUMBER: i16 = 7;
}

/// Kafka's `ConsumerGroupTargetAssignmentMemberValue`, version 0, always flexible.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ConsumerGroupTargetAssignmentMemberValue<'a> {
    /// Array of [`TopicPartition`].
    pub topic_partitions: Array<'a, TopicPartition<'a>>,
}

impl<'a> Element<'a> for ConsumerGroupTargetAssignmentMemberValue<'a> {
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

/// Part of [`ConsumerGroupTargetAssignmentMemberValue`].
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

impl<'a> Message<'a> for ConsumerGroupTargetAssignmentMemberValue<'a> {
    const NAME: &'static str = "ConsumerGroupTargetAssignmentMemberValue";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Record<'a> for ConsumerGroupTargetAssignmentMemberValue<'a> {
    const RECORD_NUMBER: i16 = 7;
}

/// Kafka's `ConsumerGroupCurrentMemberAssignmentKey`, version 0.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ConsumerGroupCurrentMemberAssignmentKey<'a> {
    /// String.
    pub group_id: &'a str,
    /// String.
    pub member_id: &'a str,
}

impl<'a> Element<'a> for ConsumerGroupCurrentMemberAssignmentKey<'a> {
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

impl<'a> Message<'a> for ConsumerGroupCurrentMemberAssignmentKey<'a> {
    const NAME: &'static str = "ConsumerGroupCurrentMemberAssignmentKey";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = i16::MAX;
}

impl<'a> Record<'a> for ConsumerGroupCurrentMemberAssignmentKey<'a> {
    const RECORD_NUMBER: i16 = 8;
}

/// Kafka's `ConsumerGroupCurrentMemberAssignmentValue`, version 0, always flexible.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ConsumerGroupCurrentMemberAssignmentValue<'a> {
    /// Int32.
    pub member_epoch: i32,
    /// Int32.
    pub previous_member_epoch: i32,
    /// Int8.
    pub state: i8,
    /// Array of [`TopicPartitions`].
    pub assigned_partitions: Array<'a, TopicPartitions<'a>>,
    /// Array of [`TopicPartitions`].
    pub partitions_pending_revocation: Array<'a, TopicPartitions<'a>>,
}

impl<'a> Element<'a> for ConsumerGroupCurrentMemberAssignmentValue<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let member_epoch = reader.int32()?;
        let previous_member_epoch = reader.int32()?;
        let state = reader.int8()?;
        let assigned_partitions = Array::read(reader, format)?;
        let partitions_pending_revocation = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self {
            member_epoch,
            previous_member_epoch,
            state,
            assigned_partitions,
            partitions_pending_revocation,
        })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.member_epoch);
        put::int32(out, self.previous_member_epoch);
        put::int8(out, self.state);
        self.assigned_partitions.write(out, format)?;
        self.partitions_pending_revocation.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`ConsumerGroupCurrentMemberAssignmentValue`].
#[derive(Debug, Clone, PartialEq)]
pub struct TopicPartitions<'a> {
    /// Uuid.
    pub topic_id: TopicId,
    /// Array of int32.
    pub partitions: Array<'a, i32>,
    /// Array of int32, tag 0, nullable.
    pub assignment_epochs: Option<Array<'a, i32>>,
}

impl Default for TopicPartitions<'_> {
    fn default() -> Self {
        Self {
            topic_id: TopicId::ZERO,
            partitions: Array::default(),
            assignment_epochs: Some(Array::default()),
        }
    }
}

impl<'a> Element<'a> for TopicPartitions<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let topic_id = reader.uuid()?;
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
        Ok(Self { topic_id, partitions, assignment_epochs })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::uuid(out, self.topic_id);
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

impl<'a> Message<'a> for ConsumerGroupCurrentMemberAssignmentValue<'a> {
    const NAME: &'static str = "ConsumerGroupCurrentMemberAssignmentValue";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Record<'a> for ConsumerGroupCurrentMemberAssignmentValue<'a> {
    const RECORD_NUMBER: i16 = 8;
}

/// Kafka's `ConsumerGroupRegularExpressionKey`, version 0.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ConsumerGroupRegularExpressionKey<'a> {
    /// String.
    pub group_id: &'a str,
    /// String.
    pub regular_expression: &'a str,
}

impl<'a> Element<'a> for ConsumerGroupRegularExpressionKey<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let group_id = reader.string(format)?;
        let regular_expression = reader.string(format)?;
        Ok(Self { group_id, regular_expression })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.group_id, format)?;
        put::string(out, self.regular_expression, format)?;
        Ok(())
    }
}

impl<'a> Message<'a> for ConsumerGroupRegularExpressionKey<'a> {
    const NAME: &'static str = "ConsumerGroupRegularExpressionKey";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = i16::MAX;
}

impl<'a> Record<'a> for ConsumerGroupRegularExpressionKey<'a> {
    const RECORD_NUMBER: i16 = 16;
}

/// Kafka's `ConsumerGroupRegularExpressionValue`, version 0, always flexible.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ConsumerGroupRegularExpressionValue<'a> {
    /// Array of string.
    pub topics: Array<'a, &'a str>,
    /// Int64.
    pub version: i64,
    /// Int64.
    pub timestamp: i64,
}

impl<'a> Element<'a> for ConsumerGroupRegularExpressionValue<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let topics = Array::read(reader, format)?;
        let version = reader.int64()?;
        let timestamp = reader.int64()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { topics, version, timestamp })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        self.topics.write(out, format)?;
        put::int64(out, self.version);
        put::int64(out, self.timestamp);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for ConsumerGroupRegularExpressionValue<'a> {
    const NAME: &'static str = "ConsumerGroupRegularExpressionValue";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Record<'a> for ConsumerGroupRegularExpressionValue<'a> {
    const RECORD_NUMBER: i16 = 16;
}

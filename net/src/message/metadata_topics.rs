// Generated from net/schema by `cargo run -p loglane-codegen`. Change the schema, not this file.
//! Records of __cluster_metadata: topics, partitions and configurations.
//! Each value begins with three unsigned varints: frame version (1), record number, version.

use crate::array::{Array, Element};
use crate::codec::{Message, Record};
use crate::put::{self, EncodeError};
use crate::wire::{DecodeError, Format, Reader};
use loglane_model::TopicId;

/// Kafka's `TopicRecord`, version 0, always flexible.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TopicRecord<'a> {
    /// String.
    pub name: &'a str,
    /// Uuid.
    pub topic_id: TopicId,
}

impl<'a> Element<'a> for TopicRecord<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let name = reader.string(format)?;
        let topic_id = reader.uuid()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { name, topic_id })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.name, format)?;
        put::uuid(out, self.topic_id);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for TopicRecord<'a> {
    const NAME: &'static str = "TopicRecord";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Record<'a> for TopicRecord<'a> {
    const RECORD_NUMBER: i16 = 2;
}

/// Kafka's `PartitionRecord`, versions 0 to 2, always flexible.
#[derive(Debug, Clone, PartialEq)]
pub struct PartitionRecord<'a> {
    /// Int32, −1 by default.
    pub partition_id: i32,
    /// Uuid.
    pub topic_id: TopicId,
    /// Array of int32.
    pub replicas: Array<'a, i32>,
    /// Array of int32.
    pub isr: Array<'a, i32>,
    /// Array of int32.
    pub removing_replicas: Array<'a, i32>,
    /// Array of int32.
    pub adding_replicas: Array<'a, i32>,
    /// Int32, −1 by default.
    pub leader: i32,
    /// Int8, tag 0.
    pub leader_recovery_state: i8,
    /// Int32, −1 by default.
    pub leader_epoch: i32,
    /// Int32, −1 by default.
    pub partition_epoch: i32,
    /// Array of uuid, versions 1 and up.
    pub directories: Array<'a, TopicId>,
    /// Array of int32, versions 2 and up, tag 1, nullable, null by default.
    pub eligible_leader_replicas: Option<Array<'a, i32>>,
    /// Array of int32, versions 2 and up, tag 2, nullable, null by default.
    pub last_known_elr: Option<Array<'a, i32>>,
}

impl Default for PartitionRecord<'_> {
    fn default() -> Self {
        Self {
            partition_id: -1,
            topic_id: TopicId::ZERO,
            replicas: Array::default(),
            isr: Array::default(),
            removing_replicas: Array::default(),
            adding_replicas: Array::default(),
            leader: -1,
            leader_recovery_state: 0,
            leader_epoch: -1,
            partition_epoch: -1,
            directories: Array::default(),
            eligible_leader_replicas: None,
            last_known_elr: None,
        }
    }
}

impl<'a> Element<'a> for PartitionRecord<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let partition_id = reader.int32()?;
        let topic_id = reader.uuid()?;
        let replicas = Array::read(reader, format)?;
        let isr = Array::read(reader, format)?;
        let removing_replicas = Array::read(reader, format)?;
        let adding_replicas = Array::read(reader, format)?;
        let leader = reader.int32()?;
        let leader_epoch = reader.int32()?;
        let partition_epoch = reader.int32()?;
        let directories = if format.version >= 1 { Array::read(reader, format)? } else { Array::default() };
        let mut leader_recovery_state = 0;
        let mut eligible_leader_replicas = None;
        let mut last_known_elr = None;
        for _ in 0..reader.tag_count()? {
            let (tag, mut field) = reader.tagged_field()?;
            match tag {
                0 => leader_recovery_state = field.int8()?,
                1 if format.version >= 2 => {
                    eligible_leader_replicas = Array::read_nullable(&mut field, format)?
                }
                2 if format.version >= 2 => last_known_elr = Array::read_nullable(&mut field, format)?,
                _ => continue,
            }
            field.finish()?;
        }
        Ok(Self {
            partition_id,
            topic_id,
            replicas,
            isr,
            removing_replicas,
            adding_replicas,
            leader,
            leader_recovery_state,
            leader_epoch,
            partition_epoch,
            directories,
            eligible_leader_replicas,
            last_known_elr,
        })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.partition_id);
        put::uuid(out, self.topic_id);
        self.replicas.write(out, format)?;
        self.isr.write(out, format)?;
        self.removing_replicas.write(out, format)?;
        self.adding_replicas.write(out, format)?;
        put::int32(out, self.leader);
        put::int32(out, self.leader_epoch);
        put::int32(out, self.partition_epoch);
        if format.version >= 1 {
            self.directories.write(out, format)?;
        } else {
            put::absent(self.directories.is_empty(), "PartitionRecord.directories", format)?;
        }
        let has_0 = self.leader_recovery_state != 0;
        let has_1 = format.version >= 2 && self.eligible_leader_replicas.is_some();
        if format.version < 2 {
            put::absent(
                self.eligible_leader_replicas.is_none(),
                "PartitionRecord.eligible_leader_replicas",
                format,
            )?;
        }
        let has_2 = format.version >= 2 && self.last_known_elr.is_some();
        if format.version < 2 {
            put::absent(self.last_known_elr.is_none(), "PartitionRecord.last_known_elr", format)?;
        }
        put::tag_count(out, &[has_0, has_1, has_2]);
        if has_0 {
            put::tagged_field(out, 0, |out| {
                put::int8(out, self.leader_recovery_state);
                Ok(())
            })?;
        }
        if has_1 {
            put::tagged_field(out, 1, |out| {
                put::nullable_array(out, self.eligible_leader_replicas.as_ref(), format)
            })?;
        }
        if has_2 {
            put::tagged_field(out, 2, |out| put::nullable_array(out, self.last_known_elr.as_ref(), format))?;
        }
        Ok(())
    }
}

impl<'a> Message<'a> for PartitionRecord<'a> {
    const NAME: &'static str = "PartitionRecord";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 2;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Record<'a> for PartitionRecord<'a> {
    const RECORD_NUMBER: i16 = 3;
}

/// Kafka's `ConfigRecord`, version 0, always flexible.
#[derive(Debug, Clone, PartialEq)]
pub struct ConfigRecord<'a> {
    /// Int8.
    pub resource_type: i8,
    /// String.
    pub resource_name: &'a str,
    /// String.
    pub name: &'a str,
    /// String, nullable.
    pub value: Option<&'a str>,
}

impl Default for ConfigRecord<'_> {
    fn default() -> Self {
        Self { resource_type: 0, resource_name: "", name: "", value: Some("") }
    }
}

impl<'a> Element<'a> for ConfigRecord<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let resource_type = reader.int8()?;
        let resource_name = reader.string(format)?;
        let name = reader.string(format)?;
        let value = reader.nullable_string(format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { resource_type, resource_name, name, value })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int8(out, self.resource_type);
        put::string(out, self.resource_name, format)?;
        put::string(out, self.name, format)?;
        put::nullable_string(out, self.value, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for ConfigRecord<'a> {
    const NAME: &'static str = "ConfigRecord";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Record<'a> for ConfigRecord<'a> {
    const RECORD_NUMBER: i16 = 4;
}

/// Kafka's `PartitionChangeRecord`, versions 0 to 2, always flexible.
#[derive(Debug, Clone, PartialEq)]
pub struct PartitionChangeRecord<'a> {
    /// Int32, −1 by default.
    pub partition_id: i32,
    /// Uuid.
    pub topic_id: TopicId,
    /// Array of int32, tag 0, nullable, null by default.
    pub isr: Option<Array<'a, i32>>,
    /// Int32, tag 1, −2 by default.
    pub leader: i32,
    /// Array of int32, tag 2, nullable, null by default.
    pub replicas: Option<Array<'a, i32>>,
    /// Array of int32, tag 3, nullable, null by default.
    pub removing_replicas: Option<Array<'a, i32>>,
    /// Array of int32, tag 4, nullable, null by default.
    pub adding_replicas: Option<Array<'a, i32>>,
    /// Int8, tag 5, −1 by default.
    pub leader_recovery_state: i8,
    /// Array of uuid, versions 1 and up, tag 8, nullable, null by default.
    pub directories: Option<Array<'a, TopicId>>,
    /// Array of int32, versions 2 and up, tag 6, nullable, null by default.
    pub eligible_leader_replicas: Option<Array<'a, i32>>,
    /// Array of int32, versions 2 and up, tag 7, nullable, null by default.
    pub last_known_elr: Option<Array<'a, i32>>,
}

impl Default for PartitionChangeRecord<'_> {
    fn default() -> Self {
        Self {
            partition_id: -1,
            topic_id: TopicId::ZERO,
            isr: None,
            leader: -2,
            replicas: None,
            removing_replicas: None,
            adding_replicas: None,
            leader_recovery_state: -1,
            directories: None,
            eligible_leader_replicas: None,
            last_known_elr: None,
        }
    }
}

impl<'a> Element<'a> for PartitionChangeRecord<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let partition_id = reader.int32()?;
        let topic_id = reader.uuid()?;
        let mut isr = None;
        let mut leader = -2;
        let mut replicas = None;
        let mut removing_replicas = None;
        let mut adding_replicas = None;
        let mut leader_recovery_state = -1;
        let mut directories = None;
        let mut eligible_leader_replicas = None;
        let mut last_known_elr = None;
        for _ in 0..reader.tag_count()? {
            let (tag, mut field) = reader.tagged_field()?;
            match tag {
                0 => isr = Array::read_nullable(&mut field, format)?,
                1 => leader = field.int32()?,
                2 => replicas = Array::read_nullable(&mut field, format)?,
                3 => removing_replicas = Array::read_nullable(&mut field, format)?,
                4 => adding_replicas = Array::read_nullable(&mut field, format)?,
                5 => leader_recovery_state = field.int8()?,
                8 if format.version >= 1 => directories = Array::read_nullable(&mut field, format)?,
                6 if format.version >= 2 => {
                    eligible_leader_replicas = Array::read_nullable(&mut field, format)?
                }
                7 if format.version >= 2 => last_known_elr = Array::read_nullable(&mut field, format)?,
                _ => continue,
            }
            field.finish()?;
        }
        Ok(Self {
            partition_id,
            topic_id,
            isr,
            leader,
            replicas,
            removing_replicas,
            adding_replicas,
            leader_recovery_state,
            directories,
            eligible_leader_replicas,
            last_known_elr,
        })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.partition_id);
        put::uuid(out, self.topic_id);
        let has_0 = self.isr.is_some();
        let has_1 = self.leader != -2;
        let has_2 = self.replicas.is_some();
        let has_3 = self.removing_replicas.is_some();
        let has_4 = self.adding_replicas.is_some();
        let has_5 = self.leader_recovery_state != -1;
        let has_8 = format.version >= 1 && self.directories.is_some();
        if format.version < 1 {
            put::absent(self.directories.is_none(), "PartitionChangeRecord.directories", format)?;
        }
        let has_6 = format.version >= 2 && self.eligible_leader_replicas.is_some();
        if format.version < 2 {
            put::absent(
                self.eligible_leader_replicas.is_none(),
                "PartitionChangeRecord.eligible_leader_replicas",
                format,
            )?;
        }
        let has_7 = format.version >= 2 && self.last_known_elr.is_some();
        if format.version < 2 {
            put::absent(self.last_known_elr.is_none(), "PartitionChangeRecord.last_known_elr", format)?;
        }
        put::tag_count(out, &[has_0, has_1, has_2, has_3, has_4, has_5, has_6, has_7, has_8]);
        if has_0 {
            put::tagged_field(out, 0, |out| put::nullable_array(out, self.isr.as_ref(), format))?;
        }
        if has_1 {
            put::tagged_field(out, 1, |out| {
                put::int32(out, self.leader);
                Ok(())
            })?;
        }
        if has_2 {
            put::tagged_field(out, 2, |out| put::nullable_array(out, self.replicas.as_ref(), format))?;
        }
        if has_3 {
            put::tagged_field(out, 3, |out| {
                put::nullable_array(out, self.removing_replicas.as_ref(), format)
            })?;
        }
        if has_4 {
            put::tagged_field(out, 4, |out| put::nullable_array(out, self.adding_replicas.as_ref(), format))?;
        }
        if has_5 {
            put::tagged_field(out, 5, |out| {
                put::int8(out, self.leader_recovery_state);
                Ok(())
            })?;
        }
        if has_6 {
            put::tagged_field(out, 6, |out| {
                put::nullable_array(out, self.eligible_leader_replicas.as_ref(), format)
            })?;
        }
        if has_7 {
            put::tagged_field(out, 7, |out| put::nullable_array(out, self.last_known_elr.as_ref(), format))?;
        }
        if has_8 {
            put::tagged_field(out, 8, |out| put::nullable_array(out, self.directories.as_ref(), format))?;
        }
        Ok(())
    }
}

impl<'a> Message<'a> for PartitionChangeRecord<'a> {
    const NAME: &'static str = "PartitionChangeRecord";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 2;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Record<'a> for PartitionChangeRecord<'a> {
    const RECORD_NUMBER: i16 = 5;
}

/// Kafka's `RemoveTopicRecord`, version 0, always flexible.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RemoveTopicRecord {
    /// Uuid.
    pub topic_id: TopicId,
}

impl Element<'_> for RemoveTopicRecord {
    fn read(reader: &mut Reader<'_>, format: Format) -> Result<Self, DecodeError> {
        let topic_id = reader.uuid()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { topic_id })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::uuid(out, self.topic_id);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl Message<'_> for RemoveTopicRecord {
    const NAME: &'static str = "RemoveTopicRecord";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl Record<'_> for RemoveTopicRecord {
    const RECORD_NUMBER: i16 = 9;
}

/// Kafka's `ClearElrRecord`, version 0, always flexible.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ClearElrRecord<'a> {
    /// String.
    pub topic_name: &'a str,
}

impl<'a> Element<'a> for ClearElrRecord<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let topic_name = reader.string(format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { topic_name })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.topic_name, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for ClearElrRecord<'a> {
    const NAME: &'static str = "ClearElrRecord";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Record<'a> for ClearElrRecord<'a> {
    const RECORD_NUMBER: i16 = 28;
}

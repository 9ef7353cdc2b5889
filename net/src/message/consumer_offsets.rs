// Generated from net/schema by `cargo run -p loglane-codegen`. Change the schema, not this file.
//! Records of __consumer_offsets: committed offsets and classic groups.
//! A key begins with an int16, its record number below; a value begins with an int16, its version.

use crate::array::{Array, Element};
use crate::codec::{Message, Record};
use crate::put::{self, EncodeError};
use crate::wire::{DecodeError, Format, Reader};
use loglane_model::TopicId;

/// Kafka's `LegacyOffsetCommitKey`, version 0.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LegacyOffsetCommitKey<'a> {
    /// String.
    pub group: &'a str,
    /// String.
    pub topic: &'a str,
    /// Int32.
    pub partition: i32,
}

impl<'a> Element<'a> for LegacyOffsetCommitKey<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let group = reader.string(format)?;
        let topic = reader.string(format)?;
        let partition = reader.int32()?;
        Ok(Self { group, topic, partition })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.group, format)?;
        put::string(out, self.topic, format)?;
        put::int32(out, self.partition);
        Ok(())
    }
}

impl<'a> Message<'a> for LegacyOffsetCommitKey<'a> {
    const NAME: &'static str = "LegacyOffsetCommitKey";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = i16::MAX;
}

impl<'a> Record<'a> for LegacyOffsetCommitKey<'a> {
    const RECORD_NUMBER: i16 = 0;
}

/// Kafka's `LegacyOffsetCommitValue`, version 0.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LegacyOffsetCommitValue<'a> {
    /// Int64.
    pub offset: i64,
    /// String.
    pub metadata: &'a str,
    /// Int64.
    pub commit_timestamp: i64,
}

impl<'a> Element<'a> for LegacyOffsetCommitValue<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let offset = reader.int64()?;
        let metadata = reader.string(format)?;
        let commit_timestamp = reader.int64()?;
        Ok(Self { offset, metadata, commit_timestamp })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int64(out, self.offset);
        put::string(out, self.metadata, format)?;
        put::int64(out, self.commit_timestamp);
        Ok(())
    }
}

impl<'a> Message<'a> for LegacyOffsetCommitValue<'a> {
    const NAME: &'static str = "LegacyOffsetCommitValue";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = i16::MAX;
}

impl<'a> Record<'a> for LegacyOffsetCommitValue<'a> {
    const RECORD_NUMBER: i16 = 0;
}

/// Kafka's `OffsetCommitKey`, version 0.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct OffsetCommitKey<'a> {
    /// String.
    pub group: &'a str,
    /// String.
    pub topic: &'a str,
    /// Int32.
    pub partition: i32,
}

impl<'a> Element<'a> for OffsetCommitKey<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let group = reader.string(format)?;
        let topic = reader.string(format)?;
        let partition = reader.int32()?;
        Ok(Self { group, topic, partition })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.group, format)?;
        put::string(out, self.topic, format)?;
        put::int32(out, self.partition);
        Ok(())
    }
}

impl<'a> Message<'a> for OffsetCommitKey<'a> {
    const NAME: &'static str = "OffsetCommitKey";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = i16::MAX;
}

impl<'a> Record<'a> for OffsetCommitKey<'a> {
    const RECORD_NUMBER: i16 = 1;
}

/// Kafka's `OffsetCommitValue`, versions 0 to 4, flexible from 4.
#[derive(Debug, Clone, PartialEq)]
pub struct OffsetCommitValue<'a> {
    /// Int64.
    pub offset: i64,
    /// Int32, versions 3 and up, −1 by default.
    pub leader_epoch: i32,
    /// String.
    pub metadata: &'a str,
    /// Int64.
    pub commit_timestamp: i64,
    /// Int64, version 1, −1 by default.
    pub expire_timestamp: i64,
    /// Uuid, versions 4 and up, tag 0.
    pub topic_id: TopicId,
}

impl Default for OffsetCommitValue<'_> {
    fn default() -> Self {
        Self {
            offset: 0,
            leader_epoch: -1,
            metadata: "",
            commit_timestamp: 0,
            expire_timestamp: -1,
            topic_id: TopicId::ZERO,
        }
    }
}

impl<'a> Element<'a> for OffsetCommitValue<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let offset = reader.int64()?;
        let leader_epoch = if format.version >= 3 { reader.int32()? } else { -1 };
        let metadata = reader.string(format)?;
        let commit_timestamp = reader.int64()?;
        let expire_timestamp = if format.version == 1 { reader.int64()? } else { -1 };
        let mut topic_id = TopicId::ZERO;
        if format.flexible {
            for _ in 0..reader.tag_count()? {
                let (tag, mut field) = reader.tagged_field()?;
                match tag {
                    0 => topic_id = field.uuid()?,
                    _ => continue,
                }
                field.finish()?;
            }
        }
        Ok(Self { offset, leader_epoch, metadata, commit_timestamp, expire_timestamp, topic_id })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int64(out, self.offset);
        if format.version >= 3 {
            put::int32(out, self.leader_epoch);
        }
        put::string(out, self.metadata, format)?;
        put::int64(out, self.commit_timestamp);
        if format.version == 1 {
            put::int64(out, self.expire_timestamp);
        }
        let has_0 = !self.topic_id.is_zero();
        if format.flexible {
            put::tag_count(out, &[has_0]);
            if has_0 {
                put::tagged_field(out, 0, |out| {
                    put::uuid(out, self.topic_id);
                    Ok(())
                })?;
            }
        }
        Ok(())
    }
}

impl<'a> Message<'a> for OffsetCommitValue<'a> {
    const NAME: &'static str = "OffsetCommitValue";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 4;
    const FIRST_FLEXIBLE_VERSION: i16 = 4;
}

impl<'a> Record<'a> for OffsetCommitValue<'a> {
    const RECORD_NUMBER: i16 = 1;
}

/// Kafka's `GroupMetadataKey`, version 0.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct GroupMetadataKey<'a> {
    /// String.
    pub group: &'a str,
}

impl<'a> Element<'a> for GroupMetadataKey<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let group = reader.string(format)?;
        Ok(Self { group })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.group, format)?;
        Ok(())
    }
}

impl<'a> Message<'a> for GroupMetadataKey<'a> {
    const NAME: &'static str = "GroupMetadataKey";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = i16::MAX;
}

impl<'a> Record<'a> for GroupMetadataKey<'a> {
    const RECORD_NUMBER: i16 = 2;
}

/// Kafka's `GroupMetadataValue`, versions 0 to 4, flexible from 4.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupMetadataValue<'a> {
    /// String.
    pub protocol_type: &'a str,
    /// Int32.
    pub generation: i32,
    /// String, nullable.
    pub protocol: Option<&'a str>,
    /// String, nullable.
    pub leader: Option<&'a str>,
    /// Int64, versions 2 and up, −1 by default.
    pub current_state_timestamp: i64,
    /// Array of [`MemberMetadata`].
    pub members: Array<'a, MemberMetadata<'a>>,
}

impl Default for GroupMetadataValue<'_> {
    fn default() -> Self {
        Self {
            protocol_type: "",
            generation: 0,
            protocol: Some(""),
            leader: Some(""),
            current_state_timestamp: -1,
            members: Array::default(),
        }
    }
}

impl<'a> Element<'a> for GroupMetadataValue<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let protocol_type = reader.string(format)?;
        let generation = reader.int32()?;
        let protocol = reader.nullable_string(format)?;
        let leader = reader.nullable_string(format)?;
        let current_state_timestamp = if format.version >= 2 { reader.int64()? } else { -1 };
        let members = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { protocol_type, generation, protocol, leader, current_state_timestamp, members })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.protocol_type, format)?;
        put::int32(out, self.generation);
        put::nullable_string(out, self.protocol, format)?;
        put::nullable_string(out, self.leader, format)?;
        if format.version >= 2 {
            put::int64(out, self.current_state_timestamp);
        }
        self.members.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`GroupMetadataValue`].
#[derive(Debug, Clone, PartialEq)]
pub struct MemberMetadata<'a> {
    /// String.
    pub member_id: &'a str,
    /// String, versions 3 and up, nullable, null by default.
    pub group_instance_id: Option<&'a str>,
    /// String.
    pub client_id: &'a str,
    /// String.
    pub client_host: &'a str,
    /// Int32, versions 1 and up, −1 by default.
    pub rebalance_timeout: i32,
    /// Int32.
    pub session_timeout: i32,
    /// Bytes.
    pub subscription: &'a [u8],
    /// Bytes.
    pub assignment: &'a [u8],
}

impl Default for MemberMetadata<'_> {
    fn default() -> Self {
        Self {
            member_id: "",
            group_instance_id: None,
            client_id: "",
            client_host: "",
            rebalance_timeout: -1,
            session_timeout: 0,
            subscription: &[],
            assignment: &[],
        }
    }
}

impl<'a> Element<'a> for MemberMetadata<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let member_id = reader.string(format)?;
        let group_instance_id = if format.version >= 3 { reader.nullable_string(format)? } else { None };
        let client_id = reader.string(format)?;
        let client_host = reader.string(format)?;
        let rebalance_timeout = if format.version >= 1 { reader.int32()? } else { -1 };
        let session_timeout = reader.int32()?;
        let subscription = reader.bytes(format)?;
        let assignment = reader.bytes(format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self {
            member_id,
            group_instance_id,
            client_id,
            client_host,
            rebalance_timeout,
            session_timeout,
            subscription,
            assignment,
        })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.member_id, format)?;
        if format.version >= 3 {
            put::nullable_string(out, self.group_instance_id, format)?;
        }
        put::string(out, self.client_id, format)?;
        put::string(out, self.client_host, format)?;
        if format.version >= 1 {
            put::int32(out, self.rebalance_timeout);
        }
        put::int32(out, self.session_timeout);
        put::bytes(out, self.subscription, format)?;
        put::bytes(out, self.assignment, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for GroupMetadataValue<'a> {
    const NAME: &'static str = "GroupMetadataValue";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 4;
    const FIRST_FLEXIBLE_VERSION: i16 = 4;
}

impl<'a> Record<'a> for GroupMetadataValue<'a> {
    const RECORD_NUMBER: i16 = 2;
}

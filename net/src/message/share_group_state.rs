// Generated from net/schema by `cargo run -p loglane-codegen`. Change the schema, not this file.
//! Records of __share_group_state.
//! A key begins with an int16, its record number below; a value begins with an int16, its version.

use crate::array::{Array, Element};
use crate::codec::{Message, Record};
use crate::put::{self, EncodeError};
use crate::wire::{DecodeError, Format, Reader};
use loglane_model::TopicId;

/// Kafka's `ShareSnapshotKey`, version 0.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ShareSnapshotKey<'a> {
    /// String.
    pub group_id: &'a str,
    /// Uuid.
    pub topic_id: TopicId,
    /// Int32.
    pub partition: i32,
}

impl<'a> Element<'a> for ShareSnapshotKey<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let group_id = reader.string(format)?;
        let topic_id = reader.uuid()?;
        let partition = reader.int32()?;
        Ok(Self { group_id, topic_id, partition })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.group_id, format)?;
        put::uuid(out, self.topic_id);
        put::int32(out, self.partition);
        Ok(())
    }
}

impl<'a> Message<'a> for ShareSnapshotKey<'a> {
    const NAME: &'static str = "ShareSnapshotKey";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = i16::MAX;
}

impl<'a> Record<'a> for ShareSnapshotKey<'a> {
    const RECORD_NUMBER: i16 = 0;
}

/// Kafka's `ShareSnapshotValue`, version 0, always flexible.
#[derive(Debug, Clone, PartialEq)]
pub struct ShareSnapshotValue<'a> {
    /// Int32.
    pub snapshot_epoch: i32,
    /// Int32.
    pub state_epoch: i32,
    /// Int32.
    pub leader_epoch: i32,
    /// Int64.
    pub start_offset: i64,
    /// Int32, tag 0, −1 by default.
    pub delivery_complete_count: i32,
    /// Int64.
    pub create_timestamp: i64,
    /// Int64.
    pub write_timestamp: i64,
    /// Array of [`ShareSnapshotValueStateBatch`].
    pub state_batches: Array<'a, ShareSnapshotValueStateBatch>,
}

impl Default for ShareSnapshotValue<'_> {
    fn default() -> Self {
        Self {
            snapshot_epoch: 0,
            state_epoch: 0,
            leader_epoch: 0,
            start_offset: 0,
            delivery_complete_count: -1,
            create_timestamp: 0,
            write_timestamp: 0,
            state_batches: Array::default(),
        }
    }
}

impl<'a> Element<'a> for ShareSnapshotValue<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let snapshot_epoch = reader.int32()?;
        let state_epoch = reader.int32()?;
        let leader_epoch = reader.int32()?;
        let start_offset = reader.int64()?;
        let create_timestamp = reader.int64()?;
        let write_timestamp = reader.int64()?;
        let state_batches = Array::read(reader, format)?;
        let mut delivery_complete_count = -1;
        for _ in 0..reader.tag_count()? {
            let (tag, mut field) = reader.tagged_field()?;
            match tag {
                0 => delivery_complete_count = field.int32()?,
                _ => continue,
            }
            field.finish()?;
        }
        Ok(Self {
            snapshot_epoch,
            state_epoch,
            leader_epoch,
            start_offset,
            delivery_complete_count,
            create_timestamp,
            write_timestamp,
            state_batches,
        })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.snapshot_epoch);
        put::int32(out, self.state_epoch);
        put::int32(out, self.leader_epoch);
        put::int64(out, self.start_offset);
        put::int64(out, self.create_timestamp);
        put::int64(out, self.write_timestamp);
        self.state_batches.write(out, format)?;
        let has_0 = self.delivery_complete_count != -1;
        put::tag_count(out, &[has_0]);
        if has_0 {
            put::tagged_field(out, 0, |out| {
                put::int32(out, self.delivery_complete_count);
                Ok(())
            })?;
        }
        Ok(())
    }
}

/// Part of [`ShareSnapshotValue`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ShareSnapshotValueStateBatch {
    /// Int64.
    pub first_offset: i64,
    /// Int64.
    pub last_offset: i64,
    /// Int8.
    pub delivery_state: i8,
    /// Int16.
    pub delivery_count: i16,
}

impl Element<'_> for ShareSnapshotValueStateBatch {
    fn read(reader: &mut Reader<'_>, format: Format) -> Result<Self, DecodeError> {
        let first_offset = reader.int64()?;
        let last_offset = reader.int64()?;
        let delivery_state = reader.int8()?;
        let delivery_count = reader.int16()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { first_offset, last_offset, delivery_state, delivery_count })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int64(out, self.first_offset);
        put::int64(out, self.last_offset);
        put::int8(out, self.delivery_state);
        put::int16(out, self.delivery_count);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for ShareSnapshotValue<'a> {
    const NAME: &'static str = "ShareSnapshotValue";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Record<'a> for ShareSnapshotValue<'a> {
    const RECORD_NUMBER: i16 = 0;
}

/// Kafka's `ShareUpdateKey`, version 0.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ShareUpdateKey<'a> {
    /// String.
    pub group_id: &'a str,
    /// Uuid.
    pub topic_id: TopicId,
    /// Int32.
    pub partition: i32,
}

impl<'a> Element<'a> for ShareUpdateKey<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let group_id = reader.string(format)?;
        let topic_id = reader.uuid()?;
        let partition = reader.int32()?;
        Ok(Self { group_id, topic_id, partition })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.group_id, format)?;
        put::uuid(out, self.topic_id);
        put::int32(out, self.partition);
        Ok(())
    }
}

impl<'a> Message<'a> for ShareUpdateKey<'a> {
    const NAME: &'static str = "ShareUpdateKey";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = i16::MAX;
}

impl<'a> Record<'a> for ShareUpdateKey<'a> {
    const RECORD_NUMBER: i16 = 1;
}

/// Kafka's `ShareUpdateValue`, version 0, always flexible.
#[derive(Debug, Clone, PartialEq)]
pub struct ShareUpdateValue<'a> {
    /// Int32.
    pub snapshot_epoch: i32,
    /// Int32.
    pub leader_epoch: i32,
    /// Int64.
    pub start_offset: i64,
    /// Int32, tag 0, −1 by default.
    pub delivery_complete_count: i32,
    /// Array of [`ShareUpdateValueStateBatch`].
    pub state_batches: Array<'a, ShareUpdateValueStateBatch>,
}

impl Default for ShareUpdateValue<'_> {
    fn default() -> Self {
        Self {
            snapshot_epoch: 0,
            leader_epoch: 0,
            start_offset: 0,
            delivery_complete_count: -1,
            state_batches: Array::default(),
        }
    }
}

impl<'a> Element<'a> for ShareUpdateValue<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let snapshot_epoch = reader.int32()?;
        let leader_epoch = reader.int32()?;
        let start_offset = reader.int64()?;
        let state_batches = Array::read(reader, format)?;
        let mut delivery_complete_count = -1;
        for _ in 0..reader.tag_count()? {
            let (tag, mut field) = reader.tagged_field()?;
            match tag {
                0 => delivery_complete_count = field.int32()?,
                _ => continue,
            }
            field.finish()?;
        }
        Ok(Self { snapshot_epoch, leader_epoch, start_offset, delivery_complete_count, state_batches })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.snapshot_epoch);
        put::int32(out, self.leader_epoch);
        put::int64(out, self.start_offset);
        self.state_batches.write(out, format)?;
        let has_0 = self.delivery_complete_count != -1;
        put::tag_count(out, &[has_0]);
        if has_0 {
            put::tagged_field(out, 0, |out| {
                put::int32(out, self.delivery_complete_count);
                Ok(())
            })?;
        }
        Ok(())
    }
}

/// Part of [`ShareUpdateValue`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ShareUpdateValueStateBatch {
    /// Int64.
    pub first_offset: i64,
    /// Int64.
    pub last_offset: i64,
    /// Int8.
    pub delivery_state: i8,
    /// Int16.
    pub delivery_count: i16,
}

impl Element<'_> for ShareUpdateValueStateBatch {
    fn read(reader: &mut Reader<'_>, format: Format) -> Result<Self, DecodeError> {
        let first_offset = reader.int64()?;
        let last_offset = reader.int64()?;
        let delivery_state = reader.int8()?;
        let delivery_count = reader.int16()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { first_offset, last_offset, delivery_state, delivery_count })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int64(out, self.first_offset);
        put::int64(out, self.last_offset);
        put::int8(out, self.delivery_state);
        put::int16(out, self.delivery_count);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for ShareUpdateValue<'a> {
    const NAME: &'static str = "ShareUpdateValue";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Record<'a> for ShareUpdateValue<'a> {
    const RECORD_NUMBER: i16 = 1;
}

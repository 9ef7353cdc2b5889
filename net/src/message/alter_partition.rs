// Generated from net/schema by `cargo run -p loglane-codegen`. Change the schema, not this file.
//! The API AlterPartition (56).

use crate::api::ApiKey;
use crate::array::{Array, Element};
use crate::codec::{Message, Request, Response};
use crate::put::{self, EncodeError};
use crate::wire::{DecodeError, Format, Reader};
use loglane_model::TopicId;

/// Kafka's `AlterPartitionRequest`, versions 2 to 3, always flexible.
#[derive(Debug, Clone, PartialEq)]
pub struct AlterPartitionRequest<'a> {
    /// Int32.
    pub broker_id: i32,
    /// Int64, −1 by default.
    pub broker_epoch: i64,
    /// Array of [`RequestTopicData`].
    pub topics: Array<'a, RequestTopicData<'a>>,
}

impl Default for AlterPartitionRequest<'_> {
    fn default() -> Self {
        Self { broker_id: 0, broker_epoch: -1, topics: Array::default() }
    }
}

impl<'a> Element<'a> for AlterPartitionRequest<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let broker_id = reader.int32()?;
        let broker_epoch = reader.int64()?;
        let topics = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { broker_id, broker_epoch, topics })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.broker_id);
        put::int64(out, self.broker_epoch);
        self.topics.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`AlterPartitionRequest`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RequestTopicData<'a> {
    /// Uuid.
    pub topic_id: TopicId,
    /// Array of [`RequestPartitionData`].
    pub partitions: Array<'a, RequestPartitionData<'a>>,
}

impl<'a> Element<'a> for RequestTopicData<'a> {
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

/// Part of [`AlterPartitionRequest`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RequestPartitionData<'a> {
    /// Int32.
    pub partition_index: i32,
    /// Int32.
    pub leader_epoch: i32,
    /// Array of int32, version 2.
    pub new_isr: Array<'a, i32>,
    /// Array of [`BrokerState`], versions 3 and up.
    pub new_isr_with_epochs: Array<'a, BrokerState>,
    /// Int8.
    pub leader_recovery_state: i8,
    /// Int32.
    pub partition_epoch: i32,
}

impl<'a> Element<'a> for RequestPartitionData<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let partition_index = reader.int32()?;
        let leader_epoch = reader.int32()?;
        let new_isr = if format.version <= 2 { Array::read(reader, format)? } else { Array::default() };
        let new_isr_with_epochs =
            if format.version >= 3 { Array::read(reader, format)? } else { Array::default() };
        let leader_recovery_state = reader.int8()?;
        let partition_epoch = reader.int32()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self {
            partition_index,
            leader_epoch,
            new_isr,
            new_isr_with_epochs,
            leader_recovery_state,
            partition_epoch,
        })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.partition_index);
        put::int32(out, self.leader_epoch);
        if format.version <= 2 {
            self.new_isr.write(out, format)?;
        } else {
            put::absent(self.new_isr.is_empty(), "RequestPartitionData.new_isr", format)?;
        }
        if format.version >= 3 {
            self.new_isr_with_epochs.write(out, format)?;
        } else {
            put::absent(
                self.new_isr_with_epochs.is_empty(),
                "RequestPartitionData.new_isr_with_epochs",
                format,
            )?;
        }
        put::int8(out, self.leader_recovery_state);
        put::int32(out, self.partition_epoch);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`AlterPartitionRequest`].
#[derive(Debug, Clone, PartialEq)]
pub struct BrokerState {
    /// Int32.
    pub broker_id: i32,
    /// Int64, −1 by default.
    pub broker_epoch: i64,
}

impl Default for BrokerState {
    fn default() -> Self {
        Self { broker_id: 0, broker_epoch: -1 }
    }
}

impl Element<'_> for BrokerState {
    fn read(reader: &mut Reader<'_>, format: Format) -> Result<Self, DecodeError> {
        let broker_id = reader.int32()?;
        let broker_epoch = reader.int64()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { broker_id, broker_epoch })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.broker_id);
        put::int64(out, self.broker_epoch);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for AlterPartitionRequest<'a> {
    const NAME: &'static str = "AlterPartitionRequest";
    const MIN_VERSION: i16 = 2;
    const MAX_VERSION: i16 = 3;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Request<'a> for AlterPartitionRequest<'a> {
    const API_KEY: ApiKey = ApiKey::AlterPartition;
}

/// Kafka's `AlterPartitionResponse`, versions 2 to 3, always flexible.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AlterPartitionResponse<'a> {
    /// Int32.
    pub throttle_time_ms: i32,
    /// Int16.
    pub error_code: i16,
    /// Array of [`ResponseTopicData`].
    pub topics: Array<'a, ResponseTopicData<'a>>,
}

impl<'a> Element<'a> for AlterPartitionResponse<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let throttle_time_ms = reader.int32()?;
        let error_code = reader.int16()?;
        let topics = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { throttle_time_ms, error_code, topics })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.throttle_time_ms);
        put::int16(out, self.error_code);
        self.topics.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`AlterPartitionResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ResponseTopicData<'a> {
    /// Uuid.
    pub topic_id: TopicId,
    /// Array of [`ResponsePartitionData`].
    pub partitions: Array<'a, ResponsePartitionData<'a>>,
}

impl<'a> Element<'a> for ResponseTopicData<'a> {
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

/// Part of [`AlterPartitionResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ResponsePartitionData<'a> {
    /// Int32.
    pub partition_index: i32,
    /// Int16.
    pub error_code: i16,
    /// Int32.
    pub leader_id: i32,
    /// Int32.
    pub leader_epoch: i32,
    /// Array of int32.
    pub isr: Array<'a, i32>,
    /// Int8.
    pub leader_recovery_state: i8,
    /// Int32.
    pub partition_epoch: i32,
}

impl<'a> Element<'a> for ResponsePartitionData<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let partition_index = reader.int32()?;
        let error_code = reader.int16()?;
        let leader_id = reader.int32()?;
        let leader_epoch = reader.int32()?;
        let isr = Array::read(reader, format)?;
        let leader_recovery_state = reader.int8()?;
        let partition_epoch = reader.int32()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self {
            partition_index,
            error_code,
            leader_id,
            leader_epoch,
            isr,
            leader_recovery_state,
            partition_epoch,
        })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.partition_index);
        put::int16(out, self.error_code);
        put::int32(out, self.leader_id);
        put::int32(out, self.leader_epoch);
        self.isr.write(out, format)?;
        put::int8(out, self.leader_recovery_state);
        put::int32(out, self.partition_epoch);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for AlterPartitionResponse<'a> {
    const NAME: &'static str = "AlterPartitionResponse";
    const MIN_VERSION: i16 = 2;
    const MAX_VERSION: i16 = 3;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Response<'a> for AlterPartitionResponse<'a> {
    const API_KEY: ApiKey = ApiKey::AlterPartition;
}

// Generated from net/schema by `cargo run -p loglane-codegen`. Change the schema, not this file.
//! The API DescribeProducers (61).

use crate::api::ApiKey;
use crate::array::{Array, Element};
use crate::codec::{Message, Request, Response};
use crate::put::{self, EncodeError};
use crate::wire::{DecodeError, Format, Reader};

/// Kafka's `DescribeProducersRequest`, version 0, always flexible.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DescribeProducersRequest<'a> {
    /// Array of [`TopicRequest`].
    pub topics: Array<'a, TopicRequest<'a>>,
}

impl<'a> Element<'a> for DescribeProducersRequest<'a> {
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

/// Part of [`DescribeProducersRequest`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TopicRequest<'a> {
    /// String.
    pub name: &'a str,
    /// Array of int32.
    pub partition_indexes: Array<'a, i32>,
}

impl<'a> Element<'a> for TopicRequest<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let name = reader.string(format)?;
        let partition_indexes = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { name, partition_indexes })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.name, format)?;
        self.partition_indexes.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for DescribeProducersRequest<'a> {
    const NAME: &'static str = "DescribeProducersRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Request<'a> for DescribeProducersRequest<'a> {
    const API_KEY: ApiKey = ApiKey::DescribeProducers;
}

/// Kafka's `DescribeProducersResponse`, version 0, always flexible.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DescribeProducersResponse<'a> {
    /// Int32.
    pub throttle_time_ms: i32,
    /// Array of [`TopicResponse`].
    pub topics: Array<'a, TopicResponse<'a>>,
}

impl<'a> Element<'a> for DescribeProducersResponse<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let throttle_time_ms = reader.int32()?;
        let topics = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { throttle_time_ms, topics })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.throttle_time_ms);
        self.topics.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`DescribeProducersResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TopicResponse<'a> {
    /// String.
    pub name: &'a str,
    /// Array of [`PartitionResponse`].
    pub partitions: Array<'a, PartitionResponse<'a>>,
}

impl<'a> Element<'a> for TopicResponse<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let name = reader.string(format)?;
        let partitions = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { name, partitions })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.name, format)?;
        self.partitions.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`DescribeProducersResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PartitionResponse<'a> {
    /// Int32.
    pub partition_index: i32,
    /// Int16.
    pub error_code: i16,
    /// String, nullable, null by default.
    pub error_message: Option<&'a str>,
    /// Array of [`ProducerState`].
    pub active_producers: Array<'a, ProducerState>,
}

impl<'a> Element<'a> for PartitionResponse<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let partition_index = reader.int32()?;
        let error_code = reader.int16()?;
        let error_message = reader.nullable_string(format)?;
        let active_producers = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { partition_index, error_code, error_message, active_producers })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.partition_index);
        put::int16(out, self.error_code);
        put::nullable_string(out, self.error_message, format)?;
        self.active_producers.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`DescribeProducersResponse`].
#[derive(Debug, Clone, PartialEq)]
pub struct ProducerState {
    /// Int64.
    pub producer_id: i64,
    /// Int32.
    pub producer_epoch: i32,
    /// Int32, −1 by default.
    pub last_sequence: i32,
    /// Int64, −1 by default.
    pub last_timestamp: i64,
    /// Int32.
    pub coordinator_epoch: i32,
    /// Int64, −1 by default.
    pub current_txn_start_offset: i64,
}

impl Default for ProducerState {
    fn default() -> Self {
        Self {
            producer_id: 0,
            producer_epoch: 0,
            last_sequence: -1,
            last_timestamp: -1,
            coordinator_epoch: 0,
            current_txn_start_offset: -1,
        }
    }
}

impl Element<'_> for ProducerState {
    fn read(reader: &mut Reader<'_>, format: Format) -> Result<Self, DecodeError> {
        let producer_id = reader.int64()?;
        let producer_epoch = reader.int32()?;
        let last_sequence = reader.int32()?;
        let last_timestamp = reader.int64()?;
        let coordinator_epoch = reader.int32()?;
        let current_txn_start_offset = reader.int64()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self {
            producer_id,
            producer_epoch,
            last_sequence,
            last_timestamp,
            coordinator_epoch,
            current_txn_start_offset,
        })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int64(out, self.producer_id);
        put::int32(out, self.producer_epoch);
        put::int32(out, self.last_sequence);
        put::int64(out, self.last_timestamp);
        put::int32(out, self.coordinator_epoch);
        put::int64(out, self.current_txn_start_offset);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for DescribeProducersResponse<'a> {
    const NAME: &'static str = "DescribeProducersResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Response<'a> for DescribeProducersResponse<'a> {
    const API_KEY: ApiKey = ApiKey::DescribeProducers;
}

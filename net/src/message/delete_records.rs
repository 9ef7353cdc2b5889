// Generated from net/schema by `cargo run -p loglane-codegen`. Change the schema, not this file.
//! The API DeleteRecords (21).

use crate::api::ApiKey;
use crate::array::{Array, Element};
use crate::codec::{Message, Request, Response};
use crate::put::{self, EncodeError};
use crate::wire::{DecodeError, Format, Reader};

/// Kafka's `DeleteRecordsRequest`, versions 0 to 2, flexible from 2.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DeleteRecordsRequest<'a> {
    /// Array of [`DeleteRecordsTopic`].
    pub topics: Array<'a, DeleteRecordsTopic<'a>>,
    /// Int32.
    pub timeout_ms: i32,
}

impl<'a> Element<'a> for DeleteRecordsRequest<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let topics = Array::read(reader, format)?;
        let timeout_ms = reader.int32()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { topics, timeout_ms })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        self.topics.write(out, format)?;
        put::int32(out, self.timeout_ms);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`DeleteRecordsRequest`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DeleteRecordsTopic<'a> {
    /// String.
    pub name: &'a str,
    /// Array of [`DeleteRecordsPartition`].
    pub partitions: Array<'a, DeleteRecordsPartition>,
}

impl<'a> Element<'a> for DeleteRecordsTopic<'a> {
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

/// Part of [`DeleteRecordsRequest`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DeleteRecordsPartition {
    /// Int32.
    pub partition_index: i32,
    /// Int64.
    pub offset: i64,
}

impl Element<'_> for DeleteRecordsPartition {
    fn read(reader: &mut Reader<'_>, format: Format) -> Result<Self, DecodeError> {
        let partition_index = reader.int32()?;
        let offset = reader.int64()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { partition_index, offset })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.partition_index);
        put::int64(out, self.offset);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for DeleteRecordsRequest<'a> {
    const NAME: &'static str = "DeleteRecordsRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 2;
    const FIRST_FLEXIBLE_VERSION: i16 = 2;
}

impl<'a> Request<'a> for DeleteRecordsRequest<'a> {
    const API_KEY: ApiKey = ApiKey::DeleteRecords;
}

/// Kafka's `DeleteRecordsResponse`, versions 0 to 2, flexible from 2.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DeleteRecordsResponse<'a> {
    /// Int32.
    pub throttle_time_ms: i32,
    /// Array of [`DeleteRecordsTopicResult`].
    pub topics: Array<'a, DeleteRecordsTopicResult<'a>>,
}

impl<'a> Element<'a> for DeleteRecordsResponse<'a> {
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

/// Part of [`DeleteRecordsResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DeleteRecordsTopicResult<'a> {
    /// String.
    pub name: &'a str,
    /// Array of [`DeleteRecordsPartitionResult`].
    pub partitions: Array<'a, DeleteRecordsPartitionResult>,
}

impl<'a> Element<'a> for DeleteRecordsTopicResult<'a> {
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

/// Part of [`DeleteRecordsResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DeleteRecordsPartitionResult {
    /// Int32.
    pub partition_index: i32,
    /// Int64.
    pub low_watermark: i64,
    /// Int16.
    pub error_code: i16,
}

impl Element<'_> for DeleteRecordsPartitionResult {
    fn read(reader: &mut Reader<'_>, format: Format) -> Result<Self, DecodeError> {
        let partition_index = reader.int32()?;
        let low_watermark = reader.int64()?;
        let error_code = reader.int16()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { partition_index, low_watermark, error_code })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.partition_index);
        put::int64(out, self.low_watermark);
        put::int16(out, self.error_code);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for DeleteRecordsResponse<'a> {
    const NAME: &'static str = "DeleteRecordsResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 2;
    const FIRST_FLEXIBLE_VERSION: i16 = 2;
}

impl<'a> Response<'a> for DeleteRecordsResponse<'a> {
    const API_KEY: ApiKey = ApiKey::DeleteRecords;
}

// Generated from net/schema by `cargo run -p loglane-codegen`. Change the schema, not this file.
//! The API DescribeLogDirs (35).

use crate::api::ApiKey;
use crate::array::{Array, Element};
use crate::codec::{Message, Request, Response};
use crate::put::{self, EncodeError};
use crate::wire::{DecodeError, Format, Reader};

/// Kafka's `DescribeLogDirsRequest`, versions 1 to 5, flexible from 2.
#[derive(Debug, Clone, PartialEq)]
pub struct DescribeLogDirsRequest<'a> {
    /// Array of [`DescribableLogDirTopic`], nullable.
    pub topics: Option<Array<'a, DescribableLogDirTopic<'a>>>,
}

impl Default for DescribeLogDirsRequest<'_> {
    fn default() -> Self {
        Self { topics: Some(Array::default()) }
    }
}

impl<'a> Element<'a> for DescribeLogDirsRequest<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let topics = Array::read_nullable(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { topics })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::nullable_array(out, self.topics.as_ref(), format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`DescribeLogDirsRequest`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DescribableLogDirTopic<'a> {
    /// String.
    pub topic: &'a str,
    /// Array of int32.
    pub partitions: Array<'a, i32>,
}

impl<'a> Element<'a> for DescribableLogDirTopic<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let topic = reader.string(format)?;
        let partitions = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { topic, partitions })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.topic, format)?;
        self.partitions.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for DescribeLogDirsRequest<'a> {
    const NAME: &'static str = "DescribeLogDirsRequest";
    const MIN_VERSION: i16 = 1;
    const MAX_VERSION: i16 = 5;
    const FIRST_FLEXIBLE_VERSION: i16 = 2;
}

impl<'a> Request<'a> for DescribeLogDirsRequest<'a> {
    const API_KEY: ApiKey = ApiKey::DescribeLogDirs;
}

/// Kafka's `DescribeLogDirsResponse`, versions 1 to 5, flexible from 2.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DescribeLogDirsResponse<'a> {
    /// Int32.
    pub throttle_time_ms: i32,
    /// Int16, versions 3 and up.
    pub error_code: i16,
    /// Array of [`DescribeLogDirsResult`].
    pub results: Array<'a, DescribeLogDirsResult<'a>>,
}

impl<'a> Element<'a> for DescribeLogDirsResponse<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let throttle_time_ms = reader.int32()?;
        let error_code = if format.version >= 3 { reader.int16()? } else { 0 };
        let results = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { throttle_time_ms, error_code, results })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.throttle_time_ms);
        if format.version >= 3 {
            put::int16(out, self.error_code);
        }
        self.results.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`DescribeLogDirsResponse`].
#[derive(Debug, Clone, PartialEq)]
pub struct DescribeLogDirsResult<'a> {
    /// Int16.
    pub error_code: i16,
    /// String.
    pub log_dir: &'a str,
    /// Array of [`DescribeLogDirsTopic`].
    pub topics: Array<'a, DescribeLogDirsTopic<'a>>,
    /// Int64, versions 4 and up, −1 by default.
    pub total_bytes: i64,
    /// Int64, versions 4 and up, −1 by default.
    pub usable_bytes: i64,
    /// Bool, versions 5 and up.
    pub is_cordoned: bool,
}

impl Default for DescribeLogDirsResult<'_> {
    fn default() -> Self {
        Self {
            error_code: 0,
            log_dir: "",
            topics: Array::default(),
            total_bytes: -1,
            usable_bytes: -1,
            is_cordoned: false,
        }
    }
}

impl<'a> Element<'a> for DescribeLogDirsResult<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let error_code = reader.int16()?;
        let log_dir = reader.string(format)?;
        let topics = Array::read(reader, format)?;
        let total_bytes = if format.version >= 4 { reader.int64()? } else { -1 };
        let usable_bytes = if format.version >= 4 { reader.int64()? } else { -1 };
        let is_cordoned = if format.version >= 5 { reader.bool()? } else { false };
        reader.skip_tagged_fields(format)?;
        Ok(Self { error_code, log_dir, topics, total_bytes, usable_bytes, is_cordoned })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int16(out, self.error_code);
        put::string(out, self.log_dir, format)?;
        self.topics.write(out, format)?;
        if format.version >= 4 {
            put::int64(out, self.total_bytes);
        }
        if format.version >= 4 {
            put::int64(out, self.usable_bytes);
        }
        if format.version >= 5 {
            put::bool(out, self.is_cordoned);
        }
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`DescribeLogDirsResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DescribeLogDirsTopic<'a> {
    /// String.
    pub name: &'a str,
    /// Array of [`DescribeLogDirsPartition`].
    pub partitions: Array<'a, DescribeLogDirsPartition>,
}

impl<'a> Element<'a> for DescribeLogDirsTopic<'a> {
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

/// Part of [`DescribeLogDirsResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DescribeLogDirsPartition {
    /// Int32.
    pub partition_index: i32,
    /// Int64.
    pub partition_size: i64,
    /// Int64.
    pub offset_lag: i64,
    /// Bool.
    pub is_future_key: bool,
}

impl Element<'_> for DescribeLogDirsPartition {
    fn read(reader: &mut Reader<'_>, format: Format) -> Result<Self, DecodeError> {
        let partition_index = reader.int32()?;
        let partition_size = reader.int64()?;
        let offset_lag = reader.int64()?;
        let is_future_key = reader.bool()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { partition_index, partition_size, offset_lag, is_future_key })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.partition_index);
        put::int64(out, self.partition_size);
        put::int64(out, self.offset_lag);
        put::bool(out, self.is_future_key);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for DescribeLogDirsResponse<'a> {
    const NAME: &'static str = "DescribeLogDirsResponse";
    const MIN_VERSION: i16 = 1;
    const MAX_VERSION: i16 = 5;
    const FIRST_FLEXIBLE_VERSION: i16 = 2;
}

impl<'a> Response<'a> for DescribeLogDirsResponse<'a> {
    const API_KEY: ApiKey = ApiKey::DescribeLogDirs;
}

// Generated from net/schema by `cargo run -p loglane-codegen`. Change the schema, not this file.
//! The API OffsetDelete (47).

use crate::api::ApiKey;
use crate::array::{Array, Element};
use crate::codec::{Message, Request, Response};
use crate::put::{self, EncodeError};
use crate::wire::{DecodeError, Format, Reader};

/// Kafka's `OffsetDeleteRequest`, version 0.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct OffsetDeleteRequest<'a> {
    /// String.
    pub group_id: &'a str,
    /// Array of [`OffsetDeleteRequestTopic`].
    pub topics: Array<'a, OffsetDeleteRequestTopic<'a>>,
}

impl<'a> Element<'a> for OffsetDeleteRequest<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let group_id = reader.string(format)?;
        let topics = Array::read(reader, format)?;
        Ok(Self { group_id, topics })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.group_id, format)?;
        self.topics.write(out, format)?;
        Ok(())
    }
}

/// Part of [`OffsetDeleteRequest`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct OffsetDeleteRequestTopic<'a> {
    /// String.
    pub name: &'a str,
    /// Array of [`OffsetDeleteRequestPartition`].
    pub partitions: Array<'a, OffsetDeleteRequestPartition>,
}

impl<'a> Element<'a> for OffsetDeleteRequestTopic<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let name = reader.string(format)?;
        let partitions = Array::read(reader, format)?;
        Ok(Self { name, partitions })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.name, format)?;
        self.partitions.write(out, format)?;
        Ok(())
    }
}

/// Part of [`OffsetDeleteRequest`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct OffsetDeleteRequestPartition {
    /// Int32.
    pub partition_index: i32,
}

impl Element<'_> for OffsetDeleteRequestPartition {
    fn read(reader: &mut Reader<'_>, _format: Format) -> Result<Self, DecodeError> {
        let partition_index = reader.int32()?;
        Ok(Self { partition_index })
    }

    fn write(&self, out: &mut Vec<u8>, _format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.partition_index);
        Ok(())
    }
}

impl<'a> Message<'a> for OffsetDeleteRequest<'a> {
    const NAME: &'static str = "OffsetDeleteRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = i16::MAX;
}

impl<'a> Request<'a> for OffsetDeleteRequest<'a> {
    const API_KEY: ApiKey = ApiKey::OffsetDelete;
}

/// Kafka's `OffsetDeleteResponse`, version 0.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct OffsetDeleteResponse<'a> {
    /// Int16.
    pub error_code: i16,
    /// Int32.
    pub throttle_time_ms: i32,
    /// Array of [`OffsetDeleteResponseTopic`].
    pub topics: Array<'a, OffsetDeleteResponseTopic<'a>>,
}

impl<'a> Element<'a> for OffsetDeleteResponse<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let error_code = reader.int16()?;
        let throttle_time_ms = reader.int32()?;
        let topics = Array::read(reader, format)?;
        Ok(Self { error_code, throttle_time_ms, topics })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int16(out, self.error_code);
        put::int32(out, self.throttle_time_ms);
        self.topics.write(out, format)?;
        Ok(())
    }
}

/// Part of [`OffsetDeleteResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct OffsetDeleteResponseTopic<'a> {
    /// String.
    pub name: &'a str,
    /// Array of [`OffsetDeleteResponsePartition`].
    pub partitions: Array<'a, OffsetDeleteResponsePartition>,
}

impl<'a> Element<'a> for OffsetDeleteResponseTopic<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let name = reader.string(format)?;
        let partitions = Array::read(reader, format)?;
        Ok(Self { name, partitions })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.name, format)?;
        self.partitions.write(out, format)?;
        Ok(())
    }
}

/// Part of [`OffsetDeleteResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct OffsetDeleteResponsePartition {
    /// Int32.
    pub partition_index: i32,
    /// Int16.
    pub error_code: i16,
}

impl Element<'_> for OffsetDeleteResponsePartition {
    fn read(reader: &mut Reader<'_>, _format: Format) -> Result<Self, DecodeError> {
        let partition_index = reader.int32()?;
        let error_code = reader.int16()?;
        Ok(Self { partition_index, error_code })
    }

    fn write(&self, out: &mut Vec<u8>, _format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.partition_index);
        put::int16(out, self.error_code);
        Ok(())
    }
}

impl<'a> Message<'a> for OffsetDeleteResponse<'a> {
    const NAME: &'static str = "OffsetDeleteResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = i16::MAX;
}

impl<'a> Response<'a> for OffsetDeleteResponse<'a> {
    const API_KEY: ApiKey = ApiKey::OffsetDelete;
}

// Generated from net/schema by `cargo run -p loglane-codegen`. Change the schema, not this file.
//! The API ListOffsets (2).

use crate::api::ApiKey;
use crate::array::{Array, Element};
use crate::codec::{Message, Request, Response};
use crate::put::{self, EncodeError};
use crate::wire::{DecodeError, Format, Reader};

/// Kafka's `ListOffsetsRequest`, versions 1 to 11, flexible from 6.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ListOffsetsRequest<'a> {
    /// Int32.
    pub replica_id: i32,
    /// Int8, versions 2 and up.
    pub isolation_level: i8,
    /// Array of [`ListOffsetsTopic`].
    pub topics: Array<'a, ListOffsetsTopic<'a>>,
    /// Int32, versions 10 and up.
    pub timeout_ms: i32,
}

impl<'a> Element<'a> for ListOffsetsRequest<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let replica_id = reader.int32()?;
        let isolation_level = if format.version >= 2 { reader.int8()? } else { 0 };
        let topics = Array::read(reader, format)?;
        let timeout_ms = if format.version >= 10 { reader.int32()? } else { 0 };
        reader.skip_tagged_fields(format)?;
        Ok(Self { replica_id, isolation_level, topics, timeout_ms })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.replica_id);
        if format.version >= 2 {
            put::int8(out, self.isolation_level);
        } else {
            put::absent(self.isolation_level == 0, "ListOffsetsRequest.isolation_level", format)?;
        }
        self.topics.write(out, format)?;
        if format.version >= 10 {
            put::int32(out, self.timeout_ms);
        }
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`ListOffsetsRequest`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ListOffsetsTopic<'a> {
    /// String.
    pub name: &'a str,
    /// Array of [`ListOffsetsPartition`].
    pub partitions: Array<'a, ListOffsetsPartition>,
}

impl<'a> Element<'a> for ListOffsetsTopic<'a> {
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

/// Part of [`ListOffsetsRequest`].
#[derive(Debug, Clone, PartialEq)]
pub struct ListOffsetsPartition {
    /// Int32.
    pub partition_index: i32,
    /// Int32, versions 4 and up, −1 by default.
    pub current_leader_epoch: i32,
    /// Int64.
    pub timestamp: i64,
}

impl Default for ListOffsetsPartition {
    fn default() -> Self {
        Self { partition_index: 0, current_leader_epoch: -1, timestamp: 0 }
    }
}

impl Element<'_> for ListOffsetsPartition {
    fn read(reader: &mut Reader<'_>, format: Format) -> Result<Self, DecodeError> {
        let partition_index = reader.int32()?;
        let current_leader_epoch = if format.version >= 4 { reader.int32()? } else { -1 };
        let timestamp = reader.int64()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { partition_index, current_leader_epoch, timestamp })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.partition_index);
        if format.version >= 4 {
            put::int32(out, self.current_leader_epoch);
        }
        put::int64(out, self.timestamp);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for ListOffsetsRequest<'a> {
    const NAME: &'static str = "ListOffsetsRequest";
    const MIN_VERSION: i16 = 1;
    const MAX_VERSION: i16 = 11;
    const FIRST_FLEXIBLE_VERSION: i16 = 6;
}

impl<'a> Request<'a> for ListOffsetsRequest<'a> {
    const API_KEY: ApiKey = ApiKey::ListOffsets;
}

/// Kafka's `ListOffsetsResponse`, versions 1 to 11, flexible from 6.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ListOffsetsResponse<'a> {
    /// Int32, versions 2 and up.
    pub throttle_time_ms: i32,
    /// Array of [`ListOffsetsTopicResponse`].
    pub topics: Array<'a, ListOffsetsTopicResponse<'a>>,
}

impl<'a> Element<'a> for ListOffsetsResponse<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let throttle_time_ms = if format.version >= 2 { reader.int32()? } else { 0 };
        let topics = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { throttle_time_ms, topics })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        if format.version >= 2 {
            put::int32(out, self.throttle_time_ms);
        }
        self.topics.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`ListOffsetsResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ListOffsetsTopicResponse<'a> {
    /// String.
    pub name: &'a str,
    /// Array of [`ListOffsetsPartitionResponse`].
    pub partitions: Array<'a, ListOffsetsPartitionResponse>,
}

impl<'a> Element<'a> for ListOffsetsTopicResponse<'a> {
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

/// Part of [`ListOffsetsResponse`].
#[derive(Debug, Clone, PartialEq)]
pub struct ListOffsetsPartitionResponse {
    /// Int32.
    pub partition_index: i32,
    /// Int16.
    pub error_code: i16,
    /// Int64, −1 by default.
    pub timestamp: i64,
    /// Int64, −1 by default.
    pub offset: i64,
    /// Int32, versions 4 and up, −1 by default.
    pub leader_epoch: i32,
}

impl Default for ListOffsetsPartitionResponse {
    fn default() -> Self {
        Self { partition_index: 0, error_code: 0, timestamp: -1, offset: -1, leader_epoch: -1 }
    }
}

impl Element<'_> for ListOffsetsPartitionResponse {
    fn read(reader: &mut Reader<'_>, format: Format) -> Result<Self, DecodeError> {
        let partition_index = reader.int32()?;
        let error_code = reader.int16()?;
        let timestamp = reader.int64()?;
        let offset = reader.int64()?;
        let leader_epoch = if format.version >= 4 { reader.int32()? } else { -1 };
        reader.skip_tagged_fields(format)?;
        Ok(Self { partition_index, error_code, timestamp, offset, leader_epoch })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.partition_index);
        put::int16(out, self.error_code);
        put::int64(out, self.timestamp);
        put::int64(out, self.offset);
        if format.version >= 4 {
            put::int32(out, self.leader_epoch);
        } else {
            put::absent(self.leader_epoch == -1, "ListOffsetsPartitionResponse.leader_epoch", format)?;
        }
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for ListOffsetsResponse<'a> {
    const NAME: &'static str = "ListOffsetsResponse";
    const MIN_VERSION: i16 = 1;
    const MAX_VERSION: i16 = 11;
    const FIRST_FLEXIBLE_VERSION: i16 = 6;
}

impl<'a> Response<'a> for ListOffsetsResponse<'a> {
    const API_KEY: ApiKey = ApiKey::ListOffsets;
}

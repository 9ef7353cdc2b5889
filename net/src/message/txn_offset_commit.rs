// Generated from net/schema by `cargo run -p loglane-codegen`. Change the schema, not this file.
//! The API TxnOffsetCommit (28).

use crate::api::ApiKey;
use crate::array::{Array, Element};
use crate::codec::{Message, Request, Response};
use crate::put::{self, EncodeError};
use crate::wire::{DecodeError, Format, Reader};

/// Kafka's `TxnOffsetCommitRequest`, versions 0 to 5, flexible from 3.
#[derive(Debug, Clone, PartialEq)]
pub struct TxnOffsetCommitRequest<'a> {
    /// String.
    pub transactional_id: &'a str,
    /// String.
    pub group_id: &'a str,
    /// Int64.
    pub producer_id: i64,
    /// Int16.
    pub producer_epoch: i16,
    /// Int32, versions 3 and up, −1 by default.
    pub generation_id: i32,
    /// String, versions 3 and up.
    pub member_id: &'a str,
    /// String, versions 3 and up, nullable, null by default.
    pub group_instance_id: Option<&'a str>,
    /// Array of [`TxnOffsetCommitRequestTopic`].
    pub topics: Array<'a, TxnOffsetCommitRequestTopic<'a>>,
}

impl Default for TxnOffsetCommitRequest<'_> {
    fn default() -> Self {
        Self {
            transactional_id: "",
            group_id: "",
            producer_id: 0,
            producer_epoch: 0,
            generation_id: -1,
            member_id: "",
            group_instance_id: None,
            topics: Array::default(),
        }
    }
}

impl<'a> Element<'a> for TxnOffsetCommitRequest<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let transactional_id = reader.string(format)?;
        let group_id = reader.string(format)?;
        let producer_id = reader.int64()?;
        let producer_epoch = reader.int16()?;
        let generation_id = if format.version >= 3 { reader.int32()? } else { -1 };
        let member_id = if format.version >= 3 { reader.string(format)? } else { "" };
        let group_instance_id = if format.version >= 3 { reader.nullable_string(format)? } else { None };
        let topics = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self {
            transactional_id,
            group_id,
            producer_id,
            producer_epoch,
            generation_id,
            member_id,
            group_instance_id,
            topics,
        })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.transactional_id, format)?;
        put::string(out, self.group_id, format)?;
        put::int64(out, self.producer_id);
        put::int16(out, self.producer_epoch);
        if format.version >= 3 {
            put::int32(out, self.generation_id);
        } else {
            put::absent(self.generation_id == -1, "TxnOffsetCommitRequest.generation_id", format)?;
        }
        if format.version >= 3 {
            put::string(out, self.member_id, format)?;
        } else {
            put::absent(self.member_id.is_empty(), "TxnOffsetCommitRequest.member_id", format)?;
        }
        if format.version >= 3 {
            put::nullable_string(out, self.group_instance_id, format)?;
        } else {
            put::absent(
                self.group_instance_id.is_none(),
                "TxnOffsetCommitRequest.group_instance_id",
                format,
            )?;
        }
        self.topics.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`TxnOffsetCommitRequest`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TxnOffsetCommitRequestTopic<'a> {
    /// String.
    pub name: &'a str,
    /// Array of [`TxnOffsetCommitRequestPartition`].
    pub partitions: Array<'a, TxnOffsetCommitRequestPartition<'a>>,
}

impl<'a> Element<'a> for TxnOffsetCommitRequestTopic<'a> {
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

/// Part of [`TxnOffsetCommitRequest`].
#[derive(Debug, Clone, PartialEq)]
pub struct TxnOffsetCommitRequestPartition<'a> {
    /// Int32.
    pub partition_index: i32,
    /// Int64.
    pub committed_offset: i64,
    /// Int32, versions 2 and up, −1 by default.
    pub committed_leader_epoch: i32,
    /// String, nullable.
    pub committed_metadata: Option<&'a str>,
}

impl Default for TxnOffsetCommitRequestPartition<'_> {
    fn default() -> Self {
        Self {
            partition_index: 0,
            committed_offset: 0,
            committed_leader_epoch: -1,
            committed_metadata: Some(""),
        }
    }
}

impl<'a> Element<'a> for TxnOffsetCommitRequestPartition<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let partition_index = reader.int32()?;
        let committed_offset = reader.int64()?;
        let committed_leader_epoch = if format.version >= 2 { reader.int32()? } else { -1 };
        let committed_metadata = reader.nullable_string(format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { partition_index, committed_offset, committed_leader_epoch, committed_metadata })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.partition_index);
        put::int64(out, self.committed_offset);
        if format.version >= 2 {
            put::int32(out, self.committed_leader_epoch);
        }
        put::nullable_string(out, self.committed_metadata, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for TxnOffsetCommitRequest<'a> {
    const NAME: &'static str = "TxnOffsetCommitRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 5;
    const FIRST_FLEXIBLE_VERSION: i16 = 3;
}

impl<'a> Request<'a> for TxnOffsetCommitRequest<'a> {
    const API_KEY: ApiKey = ApiKey::TxnOffsetCommit;
}

/// Kafka's `TxnOffsetCommitResponse`, versions 0 to 5, flexible from 3.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TxnOffsetCommitResponse<'a> {
    /// Int32.
    pub throttle_time_ms: i32,
    /// Array of [`TxnOffsetCommitResponseTopic`].
    pub topics: Array<'a, TxnOffsetCommitResponseTopic<'a>>,
}

impl<'a> Element<'a> for TxnOffsetCommitResponse<'a> {
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

/// Part of [`TxnOffsetCommitResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TxnOffsetCommitResponseTopic<'a> {
    /// String.
    pub name: &'a str,
    /// Array of [`TxnOffsetCommitResponsePartition`].
    pub partitions: Array<'a, TxnOffsetCommitResponsePartition>,
}

impl<'a> Element<'a> for TxnOffsetCommitResponseTopic<'a> {
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

/// Part of [`TxnOffsetCommitResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TxnOffsetCommitResponsePartition {
    /// Int32.
    pub partition_index: i32,
    /// Int16.
    pub error_code: i16,
}

impl Element<'_> for TxnOffsetCommitResponsePartition {
    fn read(reader: &mut Reader<'_>, format: Format) -> Result<Self, DecodeError> {
        let partition_index = reader.int32()?;
        let error_code = reader.int16()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { partition_index, error_code })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.partition_index);
        put::int16(out, self.error_code);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for TxnOffsetCommitResponse<'a> {
    const NAME: &'static str = "TxnOffsetCommitResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 5;
    const FIRST_FLEXIBLE_VERSION: i16 = 3;
}

impl<'a> Response<'a> for TxnOffsetCommitResponse<'a> {
    const API_KEY: ApiKey = ApiKey::TxnOffsetCommit;
}

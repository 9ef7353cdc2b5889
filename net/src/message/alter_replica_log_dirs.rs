// Generated from net/schema by `cargo run -p loglane-codegen`. Change the schema, not this file.
//! The API AlterReplicaLogDirs (34).

use crate::api::ApiKey;
use crate::array::{Array, Element};
use crate::codec::{Message, Request, Response};
use crate::put::{self, EncodeError};
use crate::wire::{DecodeError, Format, Reader};

/// Kafka's `AlterReplicaLogDirsRequest`, versions 1 to 2, flexible from 2.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AlterReplicaLogDirsRequest<'a> {
    /// Array of [`AlterReplicaLogDir`].
    pub dirs: Array<'a, AlterReplicaLogDir<'a>>,
}

impl<'a> Element<'a> for AlterReplicaLogDirsRequest<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let dirs = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { dirs })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        self.dirs.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`AlterReplicaLogDirsRequest`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AlterReplicaLogDir<'a> {
    /// String.
    pub path: &'a str,
    /// Array of [`AlterReplicaLogDirTopic`].
    pub topics: Array<'a, AlterReplicaLogDirTopic<'a>>,
}

impl<'a> Element<'a> for AlterReplicaLogDir<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let path = reader.string(format)?;
        let topics = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { path, topics })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.path, format)?;
        self.topics.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`AlterReplicaLogDirsRequest`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AlterReplicaLogDirTopic<'a> {
    /// String.
    pub name: &'a str,
    /// Array of int32.
    pub partitions: Array<'a, i32>,
}

impl<'a> Element<'a> for AlterReplicaLogDirTopic<'a> {
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

impl<'a> Message<'a> for AlterReplicaLogDirsRequest<'a> {
    const NAME: &'static str = "AlterReplicaLogDirsRequest";
    const MIN_VERSION: i16 = 1;
    const MAX_VERSION: i16 = 2;
    const FIRST_FLEXIBLE_VERSION: i16 = 2;
}

impl<'a> Request<'a> for AlterReplicaLogDirsRequest<'a> {
    const API_KEY: ApiKey = ApiKey::AlterReplicaLogDirs;
}

/// Kafka's `AlterReplicaLogDirsResponse`, versions 1 to 2, flexible from 2.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AlterReplicaLogDirsResponse<'a> {
    /// Int32.
    pub throttle_time_ms: i32,
    /// Array of [`AlterReplicaLogDirTopicResult`].
    pub results: Array<'a, AlterReplicaLogDirTopicResult<'a>>,
}

impl<'a> Element<'a> for AlterReplicaLogDirsResponse<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let throttle_time_ms = reader.int32()?;
        let results = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { throttle_time_ms, results })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.throttle_time_ms);
        self.results.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`AlterReplicaLogDirsResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AlterReplicaLogDirTopicResult<'a> {
    /// String.
    pub topic_name: &'a str,
    /// Array of [`AlterReplicaLogDirPartitionResult`].
    pub partitions: Array<'a, AlterReplicaLogDirPartitionResult>,
}

impl<'a> Element<'a> for AlterReplicaLogDirTopicResult<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let topic_name = reader.string(format)?;
        let partitions = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { topic_name, partitions })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.topic_name, format)?;
        self.partitions.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`AlterReplicaLogDirsResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AlterReplicaLogDirPartitionResult {
    /// Int32.
    pub partition_index: i32,
    /// Int16.
    pub error_code: i16,
}

impl Element<'_> for AlterReplicaLogDirPartitionResult {
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

impl<'a> Message<'a> for AlterReplicaLogDirsResponse<'a> {
    const NAME: &'static str = "AlterReplicaLogDirsResponse";
    const MIN_VERSION: i16 = 1;
    const MAX_VERSION: i16 = 2;
    const FIRST_FLEXIBLE_VERSION: i16 = 2;
}

impl<'a> Response<'a> for AlterReplicaLogDirsResponse<'a> {
    const API_KEY: ApiKey = ApiKey::AlterReplicaLogDirs;
}

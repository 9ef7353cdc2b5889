// Generated from net/schema by `cargo run -p loglane-codegen`. Change the schema, not this file.
//! The API AssignReplicasToDirs (73).

use crate::api::ApiKey;
use crate::array::{Array, Element};
use crate::codec::{Message, Request, Response};
use crate::put::{self, EncodeError};
use crate::wire::{DecodeError, Format, Reader};
use loglane_model::TopicId;

/// Kafka's `AssignReplicasToDirsRequest`, version 0, always flexible.
#[derive(Debug, Clone, PartialEq)]
pub struct AssignReplicasToDirsRequest<'a> {
    /// Int32.
    pub broker_id: i32,
    /// Int64, −1 by default.
    pub broker_epoch: i64,
    /// Array of [`RequestDirectoryData`].
    pub directories: Array<'a, RequestDirectoryData<'a>>,
}

impl Default for AssignReplicasToDirsRequest<'_> {
    fn default() -> Self {
        Self { broker_id: 0, broker_epoch: -1, directories: Array::default() }
    }
}

impl<'a> Element<'a> for AssignReplicasToDirsRequest<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let broker_id = reader.int32()?;
        let broker_epoch = reader.int64()?;
        let directories = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { broker_id, broker_epoch, directories })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.broker_id);
        put::int64(out, self.broker_epoch);
        self.directories.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`AssignReplicasToDirsRequest`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RequestDirectoryData<'a> {
    /// Uuid.
    pub id: TopicId,
    /// Array of [`RequestTopicData`].
    pub topics: Array<'a, RequestTopicData<'a>>,
}

impl<'a> Element<'a> for RequestDirectoryData<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let id = reader.uuid()?;
        let topics = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { id, topics })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::uuid(out, self.id);
        self.topics.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`AssignReplicasToDirsRequest`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RequestTopicData<'a> {
    /// Uuid.
    pub topic_id: TopicId,
    /// Array of [`RequestPartitionData`].
    pub partitions: Array<'a, RequestPartitionData>,
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

/// Part of [`AssignReplicasToDirsRequest`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RequestPartitionData {
    /// Int32.
    pub partition_index: i32,
}

impl Element<'_> for RequestPartitionData {
    fn read(reader: &mut Reader<'_>, format: Format) -> Result<Self, DecodeError> {
        let partition_index = reader.int32()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { partition_index })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.partition_index);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for AssignReplicasToDirsRequest<'a> {
    const NAME: &'static str = "AssignReplicasToDirsRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Request<'a> for AssignReplicasToDirsRequest<'a> {
    const API_KEY: ApiKey = ApiKey::AssignReplicasToDirs;
}

/// Kafka's `AssignReplicasToDirsResponse`, version 0, always flexible.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AssignReplicasToDirsResponse<'a> {
    /// Int32.
    pub throttle_time_ms: i32,
    /// Int16.
    pub error_code: i16,
    /// Array of [`ResponseDirectoryData`].
    pub directories: Array<'a, ResponseDirectoryData<'a>>,
}

impl<'a> Element<'a> for AssignReplicasToDirsResponse<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let throttle_time_ms = reader.int32()?;
        let error_code = reader.int16()?;
        let directories = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { throttle_time_ms, error_code, directories })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.throttle_time_ms);
        put::int16(out, self.error_code);
        self.directories.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`AssignReplicasToDirsResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ResponseDirectoryData<'a> {
    /// Uuid.
    pub id: TopicId,
    /// Array of [`ResponseTopicData`].
    pub topics: Array<'a, ResponseTopicData<'a>>,
}

impl<'a> Element<'a> for ResponseDirectoryData<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let id = reader.uuid()?;
        let topics = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { id, topics })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::uuid(out, self.id);
        self.topics.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`AssignReplicasToDirsResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ResponseTopicData<'a> {
    /// Uuid.
    pub topic_id: TopicId,
    /// Array of [`ResponsePartitionData`].
    pub partitions: Array<'a, ResponsePartitionData>,
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

/// Part of [`AssignReplicasToDirsResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ResponsePartitionData {
    /// Int32.
    pub partition_index: i32,
    /// Int16.
    pub error_code: i16,
}

impl Element<'_> for ResponsePartitionData {
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

impl<'a> Message<'a> for AssignReplicasToDirsResponse<'a> {
    const NAME: &'static str = "AssignReplicasToDirsResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Response<'a> for AssignReplicasToDirsResponse<'a> {
    const API_KEY: ApiKey = ApiKey::AssignReplicasToDirs;
}

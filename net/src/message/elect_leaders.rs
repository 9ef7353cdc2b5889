// Generated from net/schema by `cargo run -p loglane-codegen`. Change the schema, not this file.
//! The API ElectLeaders (43).

use crate::api::ApiKey;
use crate::array::{Array, Element};
use crate::codec::{Message, Request, Response};
use crate::put::{self, EncodeError};
use crate::wire::{DecodeError, Format, Reader};

/// Kafka's `ElectLeadersRequest`, versions 0 to 2, flexible from 2.
#[derive(Debug, Clone, PartialEq)]
pub struct ElectLeadersRequest<'a> {
    /// Int8, versions 1 and up.
    pub election_type: i8,
    /// Array of [`TopicPartitions`], nullable.
    pub topic_partitions: Option<Array<'a, TopicPartitions<'a>>>,
    /// Int32, 60000 by default.
    pub timeout_ms: i32,
}

impl Default for ElectLeadersRequest<'_> {
    fn default() -> Self {
        Self { election_type: 0, topic_partitions: Some(Array::default()), timeout_ms: 60_000 }
    }
}

impl<'a> Element<'a> for ElectLeadersRequest<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let election_type = if format.version >= 1 { reader.int8()? } else { 0 };
        let topic_partitions = Array::read_nullable(reader, format)?;
        let timeout_ms = reader.int32()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { election_type, topic_partitions, timeout_ms })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        if format.version >= 1 {
            put::int8(out, self.election_type);
        } else {
            put::absent(self.election_type == 0, "ElectLeadersRequest.election_type", format)?;
        }
        put::nullable_array(out, self.topic_partitions.as_ref(), format)?;
        put::int32(out, self.timeout_ms);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`ElectLeadersRequest`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TopicPartitions<'a> {
    /// String.
    pub topic: &'a str,
    /// Array of int32.
    pub partitions: Array<'a, i32>,
}

impl<'a> Element<'a> for TopicPartitions<'a> {
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

impl<'a> Message<'a> for ElectLeadersRequest<'a> {
    const NAME: &'static str = "ElectLeadersRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 2;
    const FIRST_FLEXIBLE_VERSION: i16 = 2;
}

impl<'a> Request<'a> for ElectLeadersRequest<'a> {
    const API_KEY: ApiKey = ApiKey::ElectLeaders;
}

/// Kafka's `ElectLeadersResponse`, versions 0 to 2, flexible from 2.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ElectLeadersResponse<'a> {
    /// Int32.
    pub throttle_time_ms: i32,
    /// Int16, versions 1 and up.
    pub error_code: i16,
    /// Array of [`ReplicaElectionResult`].
    pub replica_election_results: Array<'a, ReplicaElectionResult<'a>>,
}

impl<'a> Element<'a> for ElectLeadersResponse<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let throttle_time_ms = reader.int32()?;
        let error_code = if format.version >= 1 { reader.int16()? } else { 0 };
        let replica_election_results = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { throttle_time_ms, error_code, replica_election_results })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.throttle_time_ms);
        if format.version >= 1 {
            put::int16(out, self.error_code);
        } else {
            put::absent(self.error_code == 0, "ElectLeadersResponse.error_code", format)?;
        }
        self.replica_election_results.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`ElectLeadersResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ReplicaElectionResult<'a> {
    /// String.
    pub topic: &'a str,
    /// Array of [`PartitionResult`].
    pub partition_result: Array<'a, PartitionResult<'a>>,
}

impl<'a> Element<'a> for ReplicaElectionResult<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let topic = reader.string(format)?;
        let partition_result = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { topic, partition_result })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.topic, format)?;
        self.partition_result.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`ElectLeadersResponse`].
#[derive(Debug, Clone, PartialEq)]
pub struct PartitionResult<'a> {
    /// Int32.
    pub partition_id: i32,
    /// Int16.
    pub error_code: i16,
    /// String, nullable.
    pub error_message: Option<&'a str>,
}

impl Default for PartitionResult<'_> {
    fn default() -> Self {
        Self { partition_id: 0, error_code: 0, error_message: Some("") }
    }
}

impl<'a> Element<'a> for PartitionResult<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let partition_id = reader.int32()?;
        let error_code = reader.int16()?;
        let error_message = reader.nullable_string(format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { partition_id, error_code, error_message })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.partition_id);
        put::int16(out, self.error_code);
        put::nullable_string(out, self.error_message, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for ElectLeadersResponse<'a> {
    const NAME: &'static str = "ElectLeadersResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 2;
    const FIRST_FLEXIBLE_VERSION: i16 = 2;
}

impl<'a> Response<'a> for ElectLeadersResponse<'a> {
    const API_KEY: ApiKey = ApiKey::ElectLeaders;
}

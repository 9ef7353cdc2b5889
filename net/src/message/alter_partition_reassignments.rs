// Generated from net/schema by `cargo run -p loglane-codegen`. Change the schema, not this file.
//! The API AlterPartitionReassignments (45).

use crate::api::ApiKey;
use crate::array::{Array, Element};
use crate::codec::{Message, Request, Response};
use crate::put::{self, EncodeError};
use crate::wire::{DecodeError, Format, Reader};

/// Kafka's `AlterPartitionReassignmentsRequest`, versions 0 to 1, always flexible.
#[derive(Debug, Clone, PartialEq)]
pub struct AlterPartitionReassignmentsRequest<'a> {
    /// Int32, 60000 by default.
    pub timeout_ms: i32,
    /// Bool, versions 1 and up, true by default.
    pub allow_replication_factor_change: bool,
    /// Array of [`ReassignableTopic`].
    pub topics: Array<'a, ReassignableTopic<'a>>,
}

impl Default for AlterPartitionReassignmentsRequest<'_> {
    fn default() -> Self {
        Self { timeout_ms: 60_000, allow_replication_factor_change: true, topics: Array::default() }
    }
}

impl<'a> Element<'a> for AlterPartitionReassignmentsRequest<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let timeout_ms = reader.int32()?;
        let allow_replication_factor_change = if format.version >= 1 { reader.bool()? } else { true };
        let topics = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { timeout_ms, allow_replication_factor_change, topics })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.timeout_ms);
        if format.version >= 1 {
            put::bool(out, self.allow_replication_factor_change);
        } else {
            put::absent(
                self.allow_replication_factor_change,
                "AlterPartitionReassignmentsRequest.allow_replication_factor_change",
                format,
            )?;
        }
        self.topics.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`AlterPartitionReassignmentsRequest`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ReassignableTopic<'a> {
    /// String.
    pub name: &'a str,
    /// Array of [`ReassignablePartition`].
    pub partitions: Array<'a, ReassignablePartition<'a>>,
}

impl<'a> Element<'a> for ReassignableTopic<'a> {
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

/// Part of [`AlterPartitionReassignmentsRequest`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ReassignablePartition<'a> {
    /// Int32.
    pub partition_index: i32,
    /// Array of int32, nullable, null by default.
    pub replicas: Option<Array<'a, i32>>,
}

impl<'a> Element<'a> for ReassignablePartition<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let partition_index = reader.int32()?;
        let replicas = Array::read_nullable(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { partition_index, replicas })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.partition_index);
        put::nullable_array(out, self.replicas.as_ref(), format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for AlterPartitionReassignmentsRequest<'a> {
    const NAME: &'static str = "AlterPartitionReassignmentsRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 1;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Request<'a> for AlterPartitionReassignmentsRequest<'a> {
    const API_KEY: ApiKey = ApiKey::AlterPartitionReassignments;
}

/// Kafka's `AlterPartitionReassignmentsResponse`, versions 0 to 1, always flexible.
#[derive(Debug, Clone, PartialEq)]
pub struct AlterPartitionReassignmentsResponse<'a> {
    /// Int32.
    pub throttle_time_ms: i32,
    /// Bool, versions 1 and up, true by default.
    pub allow_replication_factor_change: bool,
    /// Int16.
    pub error_code: i16,
    /// String, nullable.
    pub error_message: Option<&'a str>,
    /// Array of [`ReassignableTopicResponse`].
    pub responses: Array<'a, ReassignableTopicResponse<'a>>,
}

impl Default for AlterPartitionReassignmentsResponse<'_> {
    fn default() -> Self {
        Self {
            throttle_time_ms: 0,
            allow_replication_factor_change: true,
            error_code: 0,
            error_message: Some(""),
            responses: Array::default(),
        }
    }
}

impl<'a> Element<'a> for AlterPartitionReassignmentsResponse<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let throttle_time_ms = reader.int32()?;
        let allow_replication_factor_change = if format.version >= 1 { reader.bool()? } else { true };
        let error_code = reader.int16()?;
        let error_message = reader.nullable_string(format)?;
        let responses = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { throttle_time_ms, allow_replication_factor_change, error_code, error_message, responses })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.throttle_time_ms);
        if format.version >= 1 {
            put::bool(out, self.allow_replication_factor_change);
        }
        put::int16(out, self.error_code);
        put::nullable_string(out, self.error_message, format)?;
        self.responses.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`AlterPartitionReassignmentsResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ReassignableTopicResponse<'a> {
    /// String.
    pub name: &'a str,
    /// Array of [`ReassignablePartitionResponse`].
    pub partitions: Array<'a, ReassignablePartitionResponse<'a>>,
}

impl<'a> Element<'a> for ReassignableTopicResponse<'a> {
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

/// Part of [`AlterPartitionReassignmentsResponse`].
#[derive(Debug, Clone, PartialEq)]
pub struct ReassignablePartitionResponse<'a> {
    /// Int32.
    pub partition_index: i32,
    /// Int16.
    pub error_code: i16,
    /// String, nullable.
    pub error_message: Option<&'a str>,
}

impl Default for ReassignablePartitionResponse<'_> {
    fn default() -> Self {
        Self { partition_index: 0, error_code: 0, error_message: Some("") }
    }
}

impl<'a> Element<'a> for ReassignablePartitionResponse<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let partition_index = reader.int32()?;
        let error_code = reader.int16()?;
        let error_message = reader.nullable_string(format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { partition_index, error_code, error_message })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.partition_index);
        put::int16(out, self.error_code);
        put::nullable_string(out, self.error_message, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for AlterPartitionReassignmentsResponse<'a> {
    const NAME: &'static str = "AlterPartitionReassignmentsResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 1;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Response<'a> for AlterPartitionReassignmentsResponse<'a> {
    const API_KEY: ApiKey = ApiKey::AlterPartitionReassignments;
}

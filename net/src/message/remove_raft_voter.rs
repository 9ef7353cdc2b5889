// Generated from net/schema by `cargo run -p loglane-codegen`. Change the schema, not this file.
//! The API RemoveRaftVoter (81).

use crate::api::ApiKey;
use crate::array::Element;
use crate::codec::{Message, Request, Response};
use crate::put::{self, EncodeError};
use crate::wire::{DecodeError, Format, Reader};
use loglane_model::TopicId;

/// Kafka's `RemoveRaftVoterRequest`, version 0, always flexible.
#[derive(Debug, Clone, PartialEq)]
pub struct RemoveRaftVoterRequest<'a> {
    /// String, nullable.
    pub cluster_id: Option<&'a str>,
    /// Int32.
    pub voter_id: i32,
    /// Uuid.
    pub voter_directory_id: TopicId,
}

impl Default for RemoveRaftVoterRequest<'_> {
    fn default() -> Self {
        Self { cluster_id: Some(""), voter_id: 0, voter_directory_id: TopicId::ZERO }
    }
}

impl<'a> Element<'a> for RemoveRaftVoterRequest<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let cluster_id = reader.nullable_string(format)?;
        let voter_id = reader.int32()?;
        let voter_directory_id = reader.uuid()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { cluster_id, voter_id, voter_directory_id })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::nullable_string(out, self.cluster_id, format)?;
        put::int32(out, self.voter_id);
        put::uuid(out, self.voter_directory_id);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for RemoveRaftVoterRequest<'a> {
    const NAME: &'static str = "RemoveRaftVoterRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Request<'a> for RemoveRaftVoterRequest<'a> {
    const API_KEY: ApiKey = ApiKey::RemoveRaftVoter;
}

/// Kafka's `RemoveRaftVoterResponse`, version 0, always flexible.
#[derive(Debug, Clone, PartialEq)]
pub struct RemoveRaftVoterResponse<'a> {
    /// Int32.
    pub throttle_time_ms: i32,
    /// Int16.
    pub error_code: i16,
    /// String, nullable.
    pub error_message: Option<&'a str>,
}

impl Default for RemoveRaftVoterResponse<'_> {
    fn default() -> Self {
        Self { throttle_time_ms: 0, error_code: 0, error_message: Some("") }
    }
}

impl<'a> Element<'a> for RemoveRaftVoterResponse<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let throttle_time_ms = reader.int32()?;
        let error_code = reader.int16()?;
        let error_message = reader.nullable_string(format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { throttle_time_ms, error_code, error_message })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.throttle_time_ms);
        put::int16(out, self.error_code);
        put::nullable_string(out, self.error_message, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for RemoveRaftVoterResponse<'a> {
    const NAME: &'static str = "RemoveRaftVoterResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Response<'a> for RemoveRaftVoterResponse<'a> {
    const API_KEY: ApiKey = ApiKey::RemoveRaftVoter;
}

// Generated from net/schema by `cargo run -p loglane-codegen`. Change the schema, not this file.
//! The API AddRaftVoter (80).

use crate::api::ApiKey;
use crate::array::{Array, Element};
use crate::codec::{Message, Request, Response};
use crate::put::{self, EncodeError};
use crate::wire::{DecodeError, Format, Reader};
use loglane_model::TopicId;

/// Kafka's `AddRaftVoterRequest`, versions 0 to 1, always flexible.
#[derive(Debug, Clone, PartialEq)]
pub struct AddRaftVoterRequest<'a> {
    /// String, nullable.
    pub cluster_id: Option<&'a str>,
    /// Int32.
    pub timeout_ms: i32,
    /// Int32.
    pub voter_id: i32,
    /// Uuid.
    pub voter_directory_id: TopicId,
    /// Array of [`Listener`].
    pub listeners: Array<'a, Listener<'a>>,
    /// Bool, versions 1 and up, true by default.
    pub ack_when_committed: bool,
}

impl Default for AddRaftVoterRequest<'_> {
    fn default() -> Self {
        Self {
            cluster_id: Some(""),
            timeout_ms: 0,
            voter_id: 0,
            voter_directory_id: TopicId::ZERO,
            listeners: Array::default(),
            ack_when_committed: true,
        }
    }
}

impl<'a> Element<'a> for AddRaftVoterRequest<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let cluster_id = reader.nullable_string(format)?;
        let timeout_ms = reader.int32()?;
        let voter_id = reader.int32()?;
        let voter_directory_id = reader.uuid()?;
        let listeners = Array::read(reader, format)?;
        let ack_when_committed = if format.version >= 1 { reader.bool()? } else { true };
        reader.skip_tagged_fields(format)?;
        Ok(Self { cluster_id, timeout_ms, voter_id, voter_directory_id, listeners, ack_when_committed })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::nullable_string(out, self.cluster_id, format)?;
        put::int32(out, self.timeout_ms);
        put::int32(out, self.voter_id);
        put::uuid(out, self.voter_directory_id);
        self.listeners.write(out, format)?;
        if format.version >= 1 {
            put::bool(out, self.ack_when_committed);
        } else {
            put::absent(self.ack_when_committed, "AddRaftVoterRequest.ack_when_committed", format)?;
        }
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`AddRaftVoterRequest`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Listener<'a> {
    /// String.
    pub name: &'a str,
    /// String.
    pub host: &'a str,
    /// Uint16.
    pub port: u16,
}

impl<'a> Element<'a> for Listener<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let name = reader.string(format)?;
        let host = reader.string(format)?;
        let port = reader.uint16()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { name, host, port })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.name, format)?;
        put::string(out, self.host, format)?;
        put::uint16(out, self.port);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for AddRaftVoterRequest<'a> {
    const NAME: &'static str = "AddRaftVoterRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 1;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Request<'a> for AddRaftVoterRequest<'a> {
    const API_KEY: ApiKey = ApiKey::AddRaftVoter;
}

/// Kafka's `AddRaftVoterResponse`, versions 0 to 1, always flexible.
#[derive(Debug, Clone, PartialEq)]
pub struct AddRaftVoterResponse<'a> {
    /// Int32.
    pub throttle_time_ms: i32,
    /// Int16.
    pub error_code: i16,
    /// String, nullable.
    pub error_message: Option<&'a str>,
}

impl Default for AddRaftVoterResponse<'_> {
    fn default() -> Self {
        Self { throttle_time_ms: 0, error_code: 0, error_message: Some("") }
    }
}

impl<'a> Element<'a> for AddRaftVoterResponse<'a> {
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

impl<'a> Message<'a> for AddRaftVoterResponse<'a> {
    const NAME: &'static str = "AddRaftVoterResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 1;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Response<'a> for AddRaftVoterResponse<'a> {
    const API_KEY: ApiKey = ApiKey::AddRaftVoter;
}

// Generated from net/schema by `cargo run -p loglane-codegen`. Change the schema, not this file.
//! The API UnregisterBroker (64).

use crate::api::ApiKey;
use crate::array::Element;
use crate::codec::{Message, Request, Response};
use crate::put::{self, EncodeError};
use crate::wire::{DecodeError, Format, Reader};

/// Kafka's `UnregisterBrokerRequest`, version 0, always flexible.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct UnregisterBrokerRequest {
    /// Int32.
    pub broker_id: i32,
}

impl Element<'_> for UnregisterBrokerRequest {
    fn read(reader: &mut Reader<'_>, format: Format) -> Result<Self, DecodeError> {
        let broker_id = reader.int32()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { broker_id })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.broker_id);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl Message<'_> for UnregisterBrokerRequest {
    const NAME: &'static str = "UnregisterBrokerRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl Request<'_> for UnregisterBrokerRequest {
    const API_KEY: ApiKey = ApiKey::UnregisterBroker;
}

/// Kafka's `UnregisterBrokerResponse`, version 0, always flexible.
#[derive(Debug, Clone, PartialEq)]
pub struct UnregisterBrokerResponse<'a> {
    /// Int32.
    pub throttle_time_ms: i32,
    /// Int16.
    pub error_code: i16,
    /// String, nullable.
    pub error_message: Option<&'a str>,
}

impl Default for UnregisterBrokerResponse<'_> {
    fn default() -> Self {
        Self { throttle_time_ms: 0, error_code: 0, error_message: Some("") }
    }
}

impl<'a> Element<'a> for UnregisterBrokerResponse<'a> {
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

impl<'a> Message<'a> for UnregisterBrokerResponse<'a> {
    const NAME: &'static str = "UnregisterBrokerResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Response<'a> for UnregisterBrokerResponse<'a> {
    const API_KEY: ApiKey = ApiKey::UnregisterBroker;
}

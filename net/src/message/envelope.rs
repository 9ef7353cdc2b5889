// Generated from net/schema by `cargo run -p loglane-codegen`. Change the schema, not this file.
//! The API Envelope (58).

use crate::api::ApiKey;
use crate::array::Element;
use crate::codec::{Message, Request, Response};
use crate::put::{self, EncodeError};
use crate::wire::{DecodeError, Format, Reader};

/// Kafka's `EnvelopeRequest`, version 0, always flexible.
#[derive(Debug, Clone, PartialEq)]
pub struct EnvelopeRequest<'a> {
    /// Bytes.
    pub request_data: &'a [u8],
    /// Bytes, nullable.
    pub request_principal: Option<&'a [u8]>,
    /// Bytes.
    pub client_host_address: &'a [u8],
}

impl Default for EnvelopeRequest<'_> {
    fn default() -> Self {
        Self { request_data: &[], request_principal: Some(&[]), client_host_address: &[] }
    }
}

impl<'a> Element<'a> for EnvelopeRequest<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let request_data = reader.bytes(format)?;
        let request_principal = reader.nullable_bytes(format)?;
        let client_host_address = reader.bytes(format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { request_data, request_principal, client_host_address })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::bytes(out, self.request_data, format)?;
        put::nullable_bytes(out, self.request_principal, format)?;
        put::bytes(out, self.client_host_address, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for EnvelopeRequest<'a> {
    const NAME: &'static str = "EnvelopeRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Request<'a> for EnvelopeRequest<'a> {
    const API_KEY: ApiKey = ApiKey::Envelope;
}

/// Kafka's `EnvelopeResponse`, version 0, always flexible.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct EnvelopeResponse<'a> {
    /// Bytes, nullable, null by default.
    pub response_data: Option<&'a [u8]>,
    /// Int16.
    pub error_code: i16,
}

impl<'a> Element<'a> for EnvelopeResponse<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let response_data = reader.nullable_bytes(format)?;
        let error_code = reader.int16()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { response_data, error_code })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::nullable_bytes(out, self.response_data, format)?;
        put::int16(out, self.error_code);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for EnvelopeResponse<'a> {
    const NAME: &'static str = "EnvelopeResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Response<'a> for EnvelopeResponse<'a> {
    const API_KEY: ApiKey = ApiKey::Envelope;
}

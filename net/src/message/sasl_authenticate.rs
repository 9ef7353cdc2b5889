// Generated from net/schema by `cargo run -p loglane-codegen`. Change the schema, not this file.
//! The API SaslAuthenticate (36).

use crate::api::ApiKey;
use crate::array::Element;
use crate::codec::{Message, Request, Response};
use crate::put::{self, EncodeError};
use crate::wire::{DecodeError, Format, Reader};

/// Kafka's `SaslAuthenticateRequest`, versions 0 to 2, flexible from 2.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SaslAuthenticateRequest<'a> {
    /// Bytes.
    pub auth_bytes: &'a [u8],
}

impl<'a> Element<'a> for SaslAuthenticateRequest<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let auth_bytes = reader.bytes(format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { auth_bytes })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::bytes(out, self.auth_bytes, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for SaslAuthenticateRequest<'a> {
    const NAME: &'static str = "SaslAuthenticateRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 2;
    const FIRST_FLEXIBLE_VERSION: i16 = 2;
}

impl<'a> Request<'a> for SaslAuthenticateRequest<'a> {
    const API_KEY: ApiKey = ApiKey::SaslAuthenticate;
}

/// Kafka's `SaslAuthenticateResponse`, versions 0 to 2, flexible from 2.
#[derive(Debug, Clone, PartialEq)]
pub struct SaslAuthenticateResponse<'a> {
    /// Int16.
    pub error_code: i16,
    /// String, nullable.
    pub error_message: Option<&'a str>,
    /// Bytes.
    pub auth_bytes: &'a [u8],
    /// Int64, versions 1 and up.
    pub session_lifetime_ms: i64,
}

impl Default for SaslAuthenticateResponse<'_> {
    fn default() -> Self {
        Self { error_code: 0, error_message: Some(""), auth_bytes: &[], session_lifetime_ms: 0 }
    }
}

impl<'a> Element<'a> for SaslAuthenticateResponse<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let error_code = reader.int16()?;
        let error_message = reader.nullable_string(format)?;
        let auth_bytes = reader.bytes(format)?;
        let session_lifetime_ms = if format.version >= 1 { reader.int64()? } else { 0 };
        reader.skip_tagged_fields(format)?;
        Ok(Self { error_code, error_message, auth_bytes, session_lifetime_ms })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int16(out, self.error_code);
        put::nullable_string(out, self.error_message, format)?;
        put::bytes(out, self.auth_bytes, format)?;
        if format.version >= 1 {
            put::int64(out, self.session_lifetime_ms);
        }
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for SaslAuthenticateResponse<'a> {
    const NAME: &'static str = "SaslAuthenticateResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 2;
    const FIRST_FLEXIBLE_VERSION: i16 = 2;
}

impl<'a> Response<'a> for SaslAuthenticateResponse<'a> {
    const API_KEY: ApiKey = ApiKey::SaslAuthenticate;
}

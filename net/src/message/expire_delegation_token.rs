// Generated from net/schema by `cargo run -p loglane-codegen`. Change the schema, not this file.
//! The API ExpireDelegationToken (40).

use crate::api::ApiKey;
use crate::array::Element;
use crate::codec::{Message, Request, Response};
use crate::put::{self, EncodeError};
use crate::wire::{DecodeError, Format, Reader};

/// Kafka's `ExpireDelegationTokenRequest`, versions 1 to 2, flexible from 2.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ExpireDelegationTokenRequest<'a> {
    /// Bytes.
    pub hmac: &'a [u8],
    /// Int64.
    pub expiry_time_period_ms: i64,
}

impl<'a> Element<'a> for ExpireDelegationTokenRequest<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let hmac = reader.bytes(format)?;
        let expiry_time_period_ms = reader.int64()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { hmac, expiry_time_period_ms })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::bytes(out, self.hmac, format)?;
        put::int64(out, self.expiry_time_period_ms);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for ExpireDelegationTokenRequest<'a> {
    const NAME: &'static str = "ExpireDelegationTokenRequest";
    const MIN_VERSION: i16 = 1;
    const MAX_VERSION: i16 = 2;
    const FIRST_FLEXIBLE_VERSION: i16 = 2;
}

impl<'a> Request<'a> for ExpireDelegationTokenRequest<'a> {
    const API_KEY: ApiKey = ApiKey::ExpireDelegationToken;
}

/// Kafka's `ExpireDelegationTokenResponse`, versions 1 to 2, flexible from 2.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ExpireDelegationTokenResponse {
    /// Int16.
    pub error_code: i16,
    /// Int64.
    pub expiry_timestamp_ms: i64,
    /// Int32.
    pub throttle_time_ms: i32,
}

impl Element<'_> for ExpireDelegationTokenResponse {
    fn read(reader: &mut Reader<'_>, format: Format) -> Result<Self, DecodeError> {
        let error_code = reader.int16()?;
        let expiry_timestamp_ms = reader.int64()?;
        let throttle_time_ms = reader.int32()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { error_code, expiry_timestamp_ms, throttle_time_ms })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int16(out, self.error_code);
        put::int64(out, self.expiry_timestamp_ms);
        put::int32(out, self.throttle_time_ms);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl Message<'_> for ExpireDelegationTokenResponse {
    const NAME: &'static str = "ExpireDelegationTokenResponse";
    const MIN_VERSION: i16 = 1;
    const MAX_VERSION: i16 = 2;
    const FIRST_FLEXIBLE_VERSION: i16 = 2;
}

impl Response<'_> for ExpireDelegationTokenResponse {
    const API_KEY: ApiKey = ApiKey::ExpireDelegationToken;
}

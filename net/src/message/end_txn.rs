// Generated from net/schema by `cargo run -p loglane-codegen`. Change the schema, not this file.
//! The API EndTxn (26).

use crate::api::ApiKey;
use crate::array::Element;
use crate::codec::{Message, Request, Response};
use crate::put::{self, EncodeError};
use crate::wire::{DecodeError, Format, Reader};

/// Kafka's `EndTxnRequest`, versions 0 to 5, flexible from 3.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct EndTxnRequest<'a> {
    /// String.
    pub transactional_id: &'a str,
    /// Int64.
    pub producer_id: i64,
    /// Int16.
    pub producer_epoch: i16,
    /// Bool.
    pub committed: bool,
}

impl<'a> Element<'a> for EndTxnRequest<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let transactional_id = reader.string(format)?;
        let producer_id = reader.int64()?;
        let producer_epoch = reader.int16()?;
        let committed = reader.bool()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { transactional_id, producer_id, producer_epoch, committed })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.transactional_id, format)?;
        put::int64(out, self.producer_id);
        put::int16(out, self.producer_epoch);
        put::bool(out, self.committed);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for EndTxnRequest<'a> {
    const NAME: &'static str = "EndTxnRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 5;
    const FIRST_FLEXIBLE_VERSION: i16 = 3;
}

impl<'a> Request<'a> for EndTxnRequest<'a> {
    const API_KEY: ApiKey = ApiKey::EndTxn;
}

/// Kafka's `EndTxnResponse`, versions 0 to 5, flexible from 3.
#[derive(Debug, Clone, PartialEq)]
pub struct EndTxnResponse {
    /// Int32.
    pub throttle_time_ms: i32,
    /// Int16.
    pub error_code: i16,
    /// Int64, versions 5 and up, −1 by default.
    pub producer_id: i64,
    /// Int16, versions 5 and up, −1 by default.
    pub producer_epoch: i16,
}

impl Default for EndTxnResponse {
    fn default() -> Self {
        Self { throttle_time_ms: 0, error_code: 0, producer_id: -1, producer_epoch: -1 }
    }
}

impl Element<'_> for EndTxnResponse {
    fn read(reader: &mut Reader<'_>, format: Format) -> Result<Self, DecodeError> {
        let throttle_time_ms = reader.int32()?;
        let error_code = reader.int16()?;
        let producer_id = if format.version >= 5 { reader.int64()? } else { -1 };
        let producer_epoch = if format.version >= 5 { reader.int16()? } else { -1 };
        reader.skip_tagged_fields(format)?;
        Ok(Self { throttle_time_ms, error_code, producer_id, producer_epoch })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.throttle_time_ms);
        put::int16(out, self.error_code);
        if format.version >= 5 {
            put::int64(out, self.producer_id);
        }
        if format.version >= 5 {
            put::int16(out, self.producer_epoch);
        }
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl Message<'_> for EndTxnResponse {
    const NAME: &'static str = "EndTxnResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 5;
    const FIRST_FLEXIBLE_VERSION: i16 = 3;
}

impl Response<'_> for EndTxnResponse {
    const API_KEY: ApiKey = ApiKey::EndTxn;
}

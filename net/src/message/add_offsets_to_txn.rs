// Generated from net/schema by `cargo run -p loglane-codegen`. Change the schema, not this file.
//! The API AddOffsetsToTxn (25).

use crate::api::ApiKey;
use crate::array::Element;
use crate::codec::{Message, Request, Response};
use crate::put::{self, EncodeError};
use crate::wire::{DecodeError, Format, Reader};

/// Kafka's `AddOffsetsToTxnRequest`, versions 0 to 4, flexible from 3.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AddOffsetsToTxnRequest<'a> {
    /// String.
    pub transactional_id: &'a str,
    /// Int64.
    pub producer_id: i64,
    /// Int16.
    pub producer_epoch: i16,
    /// String.
    pub group_id: &'a str,
}

impl<'a> Element<'a> for AddOffsetsToTxnRequest<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let transactional_id = reader.string(format)?;
        let producer_id = reader.int64()?;
        let producer_epoch = reader.int16()?;
        let group_id = reader.string(format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { transactional_id, producer_id, producer_epoch, group_id })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.transactional_id, format)?;
        put::int64(out, self.producer_id);
        put::int16(out, self.producer_epoch);
        put::string(out, self.group_id, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for AddOffsetsToTxnRequest<'a> {
    const NAME: &'static str = "AddOffsetsToTxnRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 4;
    const FIRST_FLEXIBLE_VERSION: i16 = 3;
}

impl<'a> Request<'a> for AddOffsetsToTxnRequest<'a> {
    const API_KEY: ApiKey = ApiKey::AddOffsetsToTxn;
}

/// Kafka's `AddOffsetsToTxnResponse`, versions 0 to 4, flexible from 3.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AddOffsetsToTxnResponse {
    /// Int32.
    pub throttle_time_ms: i32,
    /// Int16.
    pub error_code: i16,
}

impl Element<'_> for AddOffsetsToTxnResponse {
    fn read(reader: &mut Reader<'_>, format: Format) -> Result<Self, DecodeError> {
        let throttle_time_ms = reader.int32()?;
        let error_code = reader.int16()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { throttle_time_ms, error_code })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.throttle_time_ms);
        put::int16(out, self.error_code);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl Message<'_> for AddOffsetsToTxnResponse {
    const NAME: &'static str = "AddOffsetsToTxnResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 4;
    const FIRST_FLEXIBLE_VERSION: i16 = 3;
}

impl Response<'_> for AddOffsetsToTxnResponse {
    const API_KEY: ApiKey = ApiKey::AddOffsetsToTxn;
}

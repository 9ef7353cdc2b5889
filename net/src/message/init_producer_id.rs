// Generated from net/schema by `cargo run -p loglane-codegen`. Change the schema, not this file.
//! The API InitProducerId (22).

use crate::api::ApiKey;
use crate::array::Element;
use crate::codec::{Message, Request, Response};
use crate::put::{self, EncodeError};
use crate::wire::{DecodeError, Format, Reader};

/// Kafka's `InitProducerIdRequest`, versions 0 to 6, flexible from 2.
#[derive(Debug, Clone, PartialEq)]
pub struct InitProducerIdRequest<'a> {
    /// String, nullable.
    pub transactional_id: Option<&'a str>,
    /// Int32.
    pub transaction_timeout_ms: i32,
    /// Int64, versions 3 and up, −1 by default.
    pub producer_id: i64,
    /// Int16, versions 3 and up, −1 by default.
    pub producer_epoch: i16,
    /// Bool, versions 6 and up.
    pub enable2_pc: bool,
    /// Bool, versions 6 and up.
    pub keep_prepared_txn: bool,
}

impl Default for InitProducerIdRequest<'_> {
    fn default() -> Self {
        Self {
            transactional_id: Some(""),
            transaction_timeout_ms: 0,
            producer_id: -1,
            producer_epoch: -1,
            enable2_pc: false,
            keep_prepared_txn: false,
        }
    }
}

impl<'a> Element<'a> for InitProducerIdRequest<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let transactional_id = reader.nullable_string(format)?;
        let transaction_timeout_ms = reader.int32()?;
        let producer_id = if format.version >= 3 { reader.int64()? } else { -1 };
        let producer_epoch = if format.version >= 3 { reader.int16()? } else { -1 };
        let enable2_pc = if format.version >= 6 { reader.bool()? } else { false };
        let keep_prepared_txn = if format.version >= 6 { reader.bool()? } else { false };
        reader.skip_tagged_fields(format)?;
        Ok(Self {
            transactional_id,
            transaction_timeout_ms,
            producer_id,
            producer_epoch,
            enable2_pc,
            keep_prepared_txn,
        })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::nullable_string(out, self.transactional_id, format)?;
        put::int32(out, self.transaction_timeout_ms);
        if format.version >= 3 {
            put::int64(out, self.producer_id);
        } else {
            put::absent(self.producer_id == -1, "InitProducerIdRequest.producer_id", format)?;
        }
        if format.version >= 3 {
            put::int16(out, self.producer_epoch);
        } else {
            put::absent(self.producer_epoch == -1, "InitProducerIdRequest.producer_epoch", format)?;
        }
        if format.version >= 6 {
            put::bool(out, self.enable2_pc);
        } else {
            put::absent(!self.enable2_pc, "InitProducerIdRequest.enable2_pc", format)?;
        }
        if format.version >= 6 {
            put::bool(out, self.keep_prepared_txn);
        } else {
            put::absent(!self.keep_prepared_txn, "InitProducerIdRequest.keep_prepared_txn", format)?;
        }
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for InitProducerIdRequest<'a> {
    const NAME: &'static str = "InitProducerIdRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 6;
    const FIRST_FLEXIBLE_VERSION: i16 = 2;
}

impl<'a> Request<'a> for InitProducerIdRequest<'a> {
    const API_KEY: ApiKey = ApiKey::InitProducerId;
}

/// Kafka's `InitProducerIdResponse`, versions 0 to 6, flexible from 2.
#[derive(Debug, Clone, PartialEq)]
pub struct InitProducerIdResponse {
    /// Int32.
    pub throttle_time_ms: i32,
    /// Int16.
    pub error_code: i16,
    /// Int64, −1 by default.
    pub producer_id: i64,
    /// Int16.
    pub producer_epoch: i16,
    /// Int64, versions 6 and up, −1 by default.
    pub ongoing_txn_producer_id: i64,
    /// Int16, versions 6 and up, −1 by default.
    pub ongoing_txn_producer_epoch: i16,
}

impl Default for InitProducerIdResponse {
    fn default() -> Self {
        Self {
            throttle_time_ms: 0,
            error_code: 0,
            producer_id: -1,
            producer_epoch: 0,
            ongoing_txn_producer_id: -1,
            ongoing_txn_producer_epoch: -1,
        }
    }
}

impl Element<'_> for InitProducerIdResponse {
    fn read(reader: &mut Reader<'_>, format: Format) -> Result<Self, DecodeError> {
        let throttle_time_ms = reader.int32()?;
        let error_code = reader.int16()?;
        let producer_id = reader.int64()?;
        let producer_epoch = reader.int16()?;
        let ongoing_txn_producer_id = if format.version >= 6 { reader.int64()? } else { -1 };
        let ongoing_txn_producer_epoch = if format.version >= 6 { reader.int16()? } else { -1 };
        reader.skip_tagged_fields(format)?;
        Ok(Self {
            throttle_time_ms,
            error_code,
            producer_id,
            producer_epoch,
            ongoing_txn_producer_id,
            ongoing_txn_producer_epoch,
        })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.throttle_time_ms);
        put::int16(out, self.error_code);
        put::int64(out, self.producer_id);
        put::int16(out, self.producer_epoch);
        if format.version >= 6 {
            put::int64(out, self.ongoing_txn_producer_id);
        } else {
            put::absent(
                self.ongoing_txn_producer_id == -1,
                "InitProducerIdResponse.ongoing_txn_producer_id",
                format,
            )?;
        }
        if format.version >= 6 {
            put::int16(out, self.ongoing_txn_producer_epoch);
        } else {
            put::absent(
                self.ongoing_txn_producer_epoch == -1,
                "InitProducerIdResponse.ongoing_txn_producer_epoch",
                format,
            )?;
        }
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl Message<'_> for InitProducerIdResponse {
    const NAME: &'static str = "InitProducerIdResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 6;
    const FIRST_FLEXIBLE_VERSION: i16 = 2;
}

impl Response<'_> for InitProducerIdResponse {
    const API_KEY: ApiKey = ApiKey::InitProducerId;
}

// Generated from net/schema by `cargo run -p loglane-codegen`. Change the schema, not this file.
//! The API AllocateProducerIds (67).

use crate::api::ApiKey;
use crate::array::Element;
use crate::codec::{Message, Request, Response};
use crate::put::{self, EncodeError};
use crate::wire::{DecodeError, Format, Reader};

/// Kafka's `AllocateProducerIdsRequest`, version 0, always flexible.
#[derive(Debug, Clone, PartialEq)]
pub struct AllocateProducerIdsRequest {
    /// Int32.
    pub broker_id: i32,
    /// Int64, −1 by default.
    pub broker_epoch: i64,
}

impl Default for AllocateProducerIdsRequest {
    fn default() -> Self {
        Self { broker_id: 0, broker_epoch: -1 }
    }
}

impl Element<'_> for AllocateProducerIdsRequest {
    fn read(reader: &mut Reader<'_>, format: Format) -> Result<Self, DecodeError> {
        let broker_id = reader.int32()?;
        let broker_epoch = reader.int64()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { broker_id, broker_epoch })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.broker_id);
        put::int64(out, self.broker_epoch);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl Message<'_> for AllocateProducerIdsRequest {
    const NAME: &'static str = "AllocateProducerIdsRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl Request<'_> for AllocateProducerIdsRequest {
    const API_KEY: ApiKey = ApiKey::AllocateProducerIds;
}

/// Kafka's `AllocateProducerIdsResponse`, version 0, always flexible.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AllocateProducerIdsResponse {
    /// Int32.
    pub throttle_time_ms: i32,
    /// Int16.
    pub error_code: i16,
    /// Int64.
    pub producer_id_start: i64,
    /// Int32.
    pub producer_id_len: i32,
}

impl Element<'_> for AllocateProducerIdsResponse {
    fn read(reader: &mut Reader<'_>, format: Format) -> Result<Self, DecodeError> {
        let throttle_time_ms = reader.int32()?;
        let error_code = reader.int16()?;
        let producer_id_start = reader.int64()?;
        let producer_id_len = reader.int32()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { throttle_time_ms, error_code, producer_id_start, producer_id_len })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.throttle_time_ms);
        put::int16(out, self.error_code);
        put::int64(out, self.producer_id_start);
        put::int32(out, self.producer_id_len);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl Message<'_> for AllocateProducerIdsResponse {
    const NAME: &'static str = "AllocateProducerIdsResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl Response<'_> for AllocateProducerIdsResponse {
    const API_KEY: ApiKey = ApiKey::AllocateProducerIds;
}

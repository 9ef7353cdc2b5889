// Generated from net/schema by `cargo run -p loglane-codegen`. Change the schema, not this file.
//! The API PushTelemetry (72).

use crate::api::ApiKey;
use crate::array::Element;
use crate::codec::{Message, Request, Response};
use crate::put::{self, EncodeError};
use crate::wire::{DecodeError, Format, Reader};
use loglane_model::TopicId;

/// Kafka's `PushTelemetryRequest`, version 0, always flexible.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PushTelemetryRequest<'a> {
    /// Uuid.
    pub client_instance_id: TopicId,
    /// Int32.
    pub subscription_id: i32,
    /// Bool.
    pub terminating: bool,
    /// Int8.
    pub compression_type: i8,
    /// Bytes.
    pub metrics: &'a [u8],
}

impl<'a> Element<'a> for PushTelemetryRequest<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let client_instance_id = reader.uuid()?;
        let subscription_id = reader.int32()?;
        let terminating = reader.bool()?;
        let compression_type = reader.int8()?;
        let metrics = reader.bytes(format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { client_instance_id, subscription_id, terminating, compression_type, metrics })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::uuid(out, self.client_instance_id);
        put::int32(out, self.subscription_id);
        put::bool(out, self.terminating);
        put::int8(out, self.compression_type);
        put::bytes(out, self.metrics, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for PushTelemetryRequest<'a> {
    const NAME: &'static str = "PushTelemetryRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Request<'a> for PushTelemetryRequest<'a> {
    const API_KEY: ApiKey = ApiKey::PushTelemetry;
}

/// Kafka's `PushTelemetryResponse`, version 0, always flexible.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PushTelemetryResponse {
    /// Int32.
    pub throttle_time_ms: i32,
    /// Int16.
    pub error_code: i16,
}

impl Element<'_> for PushTelemetryResponse {
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

impl Message<'_> for PushTelemetryResponse {
    const NAME: &'static str = "PushTelemetryResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl Response<'_> for PushTelemetryResponse {
    const API_KEY: ApiKey = ApiKey::PushTelemetry;
}

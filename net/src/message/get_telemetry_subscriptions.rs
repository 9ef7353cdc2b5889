// Generated from net/schema by `cargo run -p loglane-codegen`. Change the schema, not this file.
//! The API GetTelemetrySubscriptions (71).

use crate::api::ApiKey;
use crate::array::{Array, Element};
use crate::codec::{Message, Request, Response};
use crate::put::{self, EncodeError};
use crate::wire::{DecodeError, Format, Reader};
use loglane_model::TopicId;

/// Kafka's `GetTelemetrySubscriptionsRequest`, version 0, always flexible.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct GetTelemetrySubscriptionsRequest {
    /// Uuid.
    pub client_instance_id: TopicId,
}

impl Element<'_> for GetTelemetrySubscriptionsRequest {
    fn read(reader: &mut Reader<'_>, format: Format) -> Result<Self, DecodeError> {
        let client_instance_id = reader.uuid()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { client_instance_id })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::uuid(out, self.client_instance_id);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl Message<'_> for GetTelemetrySubscriptionsRequest {
    const NAME: &'static str = "GetTelemetrySubscriptionsRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl Request<'_> for GetTelemetrySubscriptionsRequest {
    const API_KEY: ApiKey = ApiKey::GetTelemetrySubscriptions;
}

/// Kafka's `GetTelemetrySubscriptionsResponse`, version 0, always flexible.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct GetTelemetrySubscriptionsResponse<'a> {
    /// Int32.
    pub throttle_time_ms: i32,
    /// Int16.
    pub error_code: i16,
    /// Uuid.
    pub client_instance_id: TopicId,
    /// Int32.
    pub subscription_id: i32,
    /// Array of int8.
    pub accepted_compression_types: Array<'a, i8>,
    /// Int32.
    pub push_interval_ms: i32,
    /// Int32.
    pub telemetry_max_bytes: i32,
    /// Bool.
    pub delta_temporality: bool,
    /// Array of string.
    pub requested_metrics: Array<'a, &'a str>,
}

impl<'a> Element<'a> for GetTelemetrySubscriptionsResponse<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let throttle_time_ms = reader.int32()?;
        let error_code = reader.int16()?;
        let client_instance_id = reader.uuid()?;
        let subscription_id = reader.int32()?;
        let accepted_compression_types = Array::read(reader, format)?;
        let push_interval_ms = reader.int32()?;
        let telemetry_max_bytes = reader.int32()?;
        let delta_temporality = reader.bool()?;
        let requested_metrics = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self {
            throttle_time_ms,
            error_code,
            client_instance_id,
            subscription_id,
            accepted_compression_types,
            push_interval_ms,
            telemetry_max_bytes,
            delta_temporality,
            requested_metrics,
        })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.throttle_time_ms);
        put::int16(out, self.error_code);
        put::uuid(out, self.client_instance_id);
        put::int32(out, self.subscription_id);
        self.accepted_compression_types.write(out, format)?;
        put::int32(out, self.push_interval_ms);
        put::int32(out, self.telemetry_max_bytes);
        put::bool(out, self.delta_temporality);
        self.requested_metrics.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for GetTelemetrySubscriptionsResponse<'a> {
    const NAME: &'static str = "GetTelemetrySubscriptionsResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Response<'a> for GetTelemetrySubscriptionsResponse<'a> {
    const API_KEY: ApiKey = ApiKey::GetTelemetrySubscriptions;
}

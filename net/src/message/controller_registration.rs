// Generated from net/schema by `cargo run -p loglane-codegen`. Change the schema, not this file.
//! The API ControllerRegistration (70).

use crate::api::ApiKey;
use crate::array::{Array, Element};
use crate::codec::{Message, Request, Response};
use crate::put::{self, EncodeError};
use crate::wire::{DecodeError, Format, Reader};
use loglane_model::TopicId;

/// Kafka's `ControllerRegistrationRequest`, version 0, always flexible.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ControllerRegistrationRequest<'a> {
    /// Int32.
    pub controller_id: i32,
    /// Uuid.
    pub incarnation_id: TopicId,
    /// Bool.
    pub zk_migration_ready: bool,
    /// Array of [`Listener`].
    pub listeners: Array<'a, Listener<'a>>,
    /// Array of [`Feature`].
    pub features: Array<'a, Feature<'a>>,
}

impl<'a> Element<'a> for ControllerRegistrationRequest<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let controller_id = reader.int32()?;
        let incarnation_id = reader.uuid()?;
        let zk_migration_ready = reader.bool()?;
        let listeners = Array::read(reader, format)?;
        let features = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { controller_id, incarnation_id, zk_migration_ready, listeners, features })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.controller_id);
        put::uuid(out, self.incarnation_id);
        put::bool(out, self.zk_migration_ready);
        self.listeners.write(out, format)?;
        self.features.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`ControllerRegistrationRequest`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Listener<'a> {
    /// String.
    pub name: &'a str,
    /// String.
    pub host: &'a str,
    /// Uint16.
    pub port: u16,
    /// Int16.
    pub security_protocol: i16,
}

impl<'a> Element<'a> for Listener<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let name = reader.string(format)?;
        let host = reader.string(format)?;
        let port = reader.uint16()?;
        let security_protocol = reader.int16()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { name, host, port, security_protocol })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.name, format)?;
        put::string(out, self.host, format)?;
        put::uint16(out, self.port);
        put::int16(out, self.security_protocol);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`ControllerRegistrationRequest`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Feature<'a> {
    /// String.
    pub name: &'a str,
    /// Int16.
    pub min_supported_version: i16,
    /// Int16.
    pub max_supported_version: i16,
}

impl<'a> Element<'a> for Feature<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let name = reader.string(format)?;
        let min_supported_version = reader.int16()?;
        let max_supported_version = reader.int16()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { name, min_supported_version, max_supported_version })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.name, format)?;
        put::int16(out, self.min_supported_version);
        put::int16(out, self.max_supported_version);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for ControllerRegistrationRequest<'a> {
    const NAME: &'static str = "ControllerRegistrationRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Request<'a> for ControllerRegistrationRequest<'a> {
    const API_KEY: ApiKey = ApiKey::ControllerRegistration;
}

/// Kafka's `ControllerRegistrationResponse`, version 0, always flexible.
#[derive(Debug, Clone, PartialEq)]
pub struct ControllerRegistrationResponse<'a> {
    /// Int32.
    pub throttle_time_ms: i32,
    /// Int16.
    pub error_code: i16,
    /// String, nullable.
    pub error_message: Option<&'a str>,
}

impl Default for ControllerRegistrationResponse<'_> {
    fn default() -> Self {
        Self { throttle_time_ms: 0, error_code: 0, error_message: Some("") }
    }
}

impl<'a> Element<'a> for ControllerRegistrationResponse<'a> {
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

impl<'a> Message<'a> for ControllerRegistrationResponse<'a> {
    const NAME: &'static str = "ControllerRegistrationResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Response<'a> for ControllerRegistrationResponse<'a> {
    const API_KEY: ApiKey = ApiKey::ControllerRegistration;
}

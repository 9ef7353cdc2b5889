// Generated from net/schema by `cargo run -p loglane-codegen`. Change the schema, not this file.
//! The API FindCoordinator (10).

use crate::api::ApiKey;
use crate::array::{Array, Element};
use crate::codec::{Message, Request, Response};
use crate::put::{self, EncodeError};
use crate::wire::{DecodeError, Format, Reader};

/// Kafka's `FindCoordinatorRequest`, versions 0 to 6, flexible from 3.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FindCoordinatorRequest<'a> {
    /// String, versions 0 to 3.
    pub key: &'a str,
    /// Int8, versions 1 and up.
    pub key_type: i8,
    /// Array of string, versions 4 and up.
    pub coordinator_keys: Array<'a, &'a str>,
}

impl<'a> Element<'a> for FindCoordinatorRequest<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let key = if format.version <= 3 { reader.string(format)? } else { "" };
        let key_type = if format.version >= 1 { reader.int8()? } else { 0 };
        let coordinator_keys =
            if format.version >= 4 { Array::read(reader, format)? } else { Array::default() };
        reader.skip_tagged_fields(format)?;
        Ok(Self { key, key_type, coordinator_keys })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        if format.version <= 3 {
            put::string(out, self.key, format)?;
        } else {
            put::absent(self.key.is_empty(), "FindCoordinatorRequest.key", format)?;
        }
        if format.version >= 1 {
            put::int8(out, self.key_type);
        } else {
            put::absent(self.key_type == 0, "FindCoordinatorRequest.key_type", format)?;
        }
        if format.version >= 4 {
            self.coordinator_keys.write(out, format)?;
        } else {
            put::absent(self.coordinator_keys.is_empty(), "FindCoordinatorRequest.coordinator_keys", format)?;
        }
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for FindCoordinatorRequest<'a> {
    const NAME: &'static str = "FindCoordinatorRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 6;
    const FIRST_FLEXIBLE_VERSION: i16 = 3;
}

impl<'a> Request<'a> for FindCoordinatorRequest<'a> {
    const API_KEY: ApiKey = ApiKey::FindCoordinator;
}

/// Kafka's `FindCoordinatorResponse`, versions 0 to 6, flexible from 3.
#[derive(Debug, Clone, PartialEq)]
pub struct FindCoordinatorResponse<'a> {
    /// Int32, versions 1 and up.
    pub throttle_time_ms: i32,
    /// Int16, versions 0 to 3.
    pub error_code: i16,
    /// String, versions 1 to 3, nullable.
    pub error_message: Option<&'a str>,
    /// Int32, versions 0 to 3.
    pub node_id: i32,
    /// String, versions 0 to 3.
    pub host: &'a str,
    /// Int32, versions 0 to 3.
    pub port: i32,
    /// Array of [`Coordinator`], versions 4 and up.
    pub coordinators: Array<'a, Coordinator<'a>>,
}

impl Default for FindCoordinatorResponse<'_> {
    fn default() -> Self {
        Self {
            throttle_time_ms: 0,
            error_code: 0,
            error_message: Some(""),
            node_id: 0,
            host: "",
            port: 0,
            coordinators: Array::default(),
        }
    }
}

impl<'a> Element<'a> for FindCoordinatorResponse<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let throttle_time_ms = if format.version >= 1 { reader.int32()? } else { 0 };
        let error_code = if format.version <= 3 { reader.int16()? } else { 0 };
        let error_message =
            if (1..=3).contains(&format.version) { reader.nullable_string(format)? } else { Some("") };
        let node_id = if format.version <= 3 { reader.int32()? } else { 0 };
        let host = if format.version <= 3 { reader.string(format)? } else { "" };
        let port = if format.version <= 3 { reader.int32()? } else { 0 };
        let coordinators = if format.version >= 4 { Array::read(reader, format)? } else { Array::default() };
        reader.skip_tagged_fields(format)?;
        Ok(Self { throttle_time_ms, error_code, error_message, node_id, host, port, coordinators })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        if format.version >= 1 {
            put::int32(out, self.throttle_time_ms);
        }
        if format.version <= 3 {
            put::int16(out, self.error_code);
        } else {
            put::absent(self.error_code == 0, "FindCoordinatorResponse.error_code", format)?;
        }
        if (1..=3).contains(&format.version) {
            put::nullable_string(out, self.error_message, format)?;
        }
        if format.version <= 3 {
            put::int32(out, self.node_id);
        } else {
            put::absent(self.node_id == 0, "FindCoordinatorResponse.node_id", format)?;
        }
        if format.version <= 3 {
            put::string(out, self.host, format)?;
        } else {
            put::absent(self.host.is_empty(), "FindCoordinatorResponse.host", format)?;
        }
        if format.version <= 3 {
            put::int32(out, self.port);
        } else {
            put::absent(self.port == 0, "FindCoordinatorResponse.port", format)?;
        }
        if format.version >= 4 {
            self.coordinators.write(out, format)?;
        } else {
            put::absent(self.coordinators.is_empty(), "FindCoordinatorResponse.coordinators", format)?;
        }
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`FindCoordinatorResponse`].
#[derive(Debug, Clone, PartialEq)]
pub struct Coordinator<'a> {
    /// String.
    pub key: &'a str,
    /// Int32.
    pub node_id: i32,
    /// String.
    pub host: &'a str,
    /// Int32.
    pub port: i32,
    /// Int16.
    pub error_code: i16,
    /// String, nullable.
    pub error_message: Option<&'a str>,
}

impl Default for Coordinator<'_> {
    fn default() -> Self {
        Self { key: "", node_id: 0, host: "", port: 0, error_code: 0, error_message: Some("") }
    }
}

impl<'a> Element<'a> for Coordinator<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let key = reader.string(format)?;
        let node_id = reader.int32()?;
        let host = reader.string(format)?;
        let port = reader.int32()?;
        let error_code = reader.int16()?;
        let error_message = reader.nullable_string(format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { key, node_id, host, port, error_code, error_message })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.key, format)?;
        put::int32(out, self.node_id);
        put::string(out, self.host, format)?;
        put::int32(out, self.port);
        put::int16(out, self.error_code);
        put::nullable_string(out, self.error_message, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for FindCoordinatorResponse<'a> {
    const NAME: &'static str = "FindCoordinatorResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 6;
    const FIRST_FLEXIBLE_VERSION: i16 = 3;
}

impl<'a> Response<'a> for FindCoordinatorResponse<'a> {
    const API_KEY: ApiKey = ApiKey::FindCoordinator;
}

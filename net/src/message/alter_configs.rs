// Generated from net/schema by `cargo run -p loglane-codegen`. Change the schema, not this file.
//! The API AlterConfigs (33).

use crate::api::ApiKey;
use crate::array::{Array, Element};
use crate::codec::{Message, Request, Response};
use crate::put::{self, EncodeError};
use crate::wire::{DecodeError, Format, Reader};

/// Kafka's `AlterConfigsRequest`, versions 0 to 2, flexible from 2.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AlterConfigsRequest<'a> {
    /// Array of [`AlterConfigsResource`].
    pub resources: Array<'a, AlterConfigsResource<'a>>,
    /// Bool.
    pub validate_only: bool,
}

impl<'a> Element<'a> for AlterConfigsRequest<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let resources = Array::read(reader, format)?;
        let validate_only = reader.bool()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { resources, validate_only })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        self.resources.write(out, format)?;
        put::bool(out, self.validate_only);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`AlterConfigsRequest`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AlterConfigsResource<'a> {
    /// Int8.
    pub resource_type: i8,
    /// String.
    pub resource_name: &'a str,
    /// Array of [`AlterableConfig`].
    pub configs: Array<'a, AlterableConfig<'a>>,
}

impl<'a> Element<'a> for AlterConfigsResource<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let resource_type = reader.int8()?;
        let resource_name = reader.string(format)?;
        let configs = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { resource_type, resource_name, configs })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int8(out, self.resource_type);
        put::string(out, self.resource_name, format)?;
        self.configs.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`AlterConfigsRequest`].
#[derive(Debug, Clone, PartialEq)]
pub struct AlterableConfig<'a> {
    /// String.
    pub name: &'a str,
    /// String, nullable.
    pub value: Option<&'a str>,
}

impl Default for AlterableConfig<'_> {
    fn default() -> Self {
        Self { name: "", value: Some("") }
    }
}

impl<'a> Element<'a> for AlterableConfig<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let name = reader.string(format)?;
        let value = reader.nullable_string(format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { name, value })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.name, format)?;
        put::nullable_string(out, self.value, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for AlterConfigsRequest<'a> {
    const NAME: &'static str = "AlterConfigsRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 2;
    const FIRST_FLEXIBLE_VERSION: i16 = 2;
}

impl<'a> Request<'a> for AlterConfigsRequest<'a> {
    const API_KEY: ApiKey = ApiKey::AlterConfigs;
}

/// Kafka's `AlterConfigsResponse`, versions 0 to 2, flexible from 2.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AlterConfigsResponse<'a> {
    /// Int32.
    pub throttle_time_ms: i32,
    /// Array of [`AlterConfigsResourceResponse`].
    pub responses: Array<'a, AlterConfigsResourceResponse<'a>>,
}

impl<'a> Element<'a> for AlterConfigsResponse<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let throttle_time_ms = reader.int32()?;
        let responses = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { throttle_time_ms, responses })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.throttle_time_ms);
        self.responses.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`AlterConfigsResponse`].
#[derive(Debug, Clone, PartialEq)]
pub struct AlterConfigsResourceResponse<'a> {
    /// Int16.
    pub error_code: i16,
    /// String, nullable.
    pub error_message: Option<&'a str>,
    /// Int8.
    pub resource_type: i8,
    /// String.
    pub resource_name: &'a str,
}

impl Default for AlterConfigsResourceResponse<'_> {
    fn default() -> Self {
        Self { error_code: 0, error_message: Some(""), resource_type: 0, resource_name: "" }
    }
}

impl<'a> Element<'a> for AlterConfigsResourceResponse<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let error_code = reader.int16()?;
        let error_message = reader.nullable_string(format)?;
        let resource_type = reader.int8()?;
        let resource_name = reader.string(format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { error_code, error_message, resource_type, resource_name })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int16(out, self.error_code);
        put::nullable_string(out, self.error_message, format)?;
        put::int8(out, self.resource_type);
        put::string(out, self.resource_name, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for AlterConfigsResponse<'a> {
    const NAME: &'static str = "AlterConfigsResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 2;
    const FIRST_FLEXIBLE_VERSION: i16 = 2;
}

impl<'a> Response<'a> for AlterConfigsResponse<'a> {
    const API_KEY: ApiKey = ApiKey::AlterConfigs;
}

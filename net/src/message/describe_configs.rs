// Generated from net/schema by `cargo run -p loglane-codegen`. Change the schema, not this file.
//! The API DescribeConfigs (32).

use crate::api::ApiKey;
use crate::array::{Array, Element};
use crate::codec::{Message, Request, Response};
use crate::put::{self, EncodeError};
use crate::wire::{DecodeError, Format, Reader};

/// Kafka's `DescribeConfigsRequest`, versions 1 to 4, flexible from 4.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DescribeConfigsRequest<'a> {
    /// Array of [`DescribeConfigsResource`].
    pub resources: Array<'a, DescribeConfigsResource<'a>>,
    /// Bool.
    pub include_synonyms: bool,
    /// Bool, versions 3 and up.
    pub include_documentation: bool,
}

impl<'a> Element<'a> for DescribeConfigsRequest<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let resources = Array::read(reader, format)?;
        let include_synonyms = reader.bool()?;
        let include_documentation = if format.version >= 3 { reader.bool()? } else { false };
        reader.skip_tagged_fields(format)?;
        Ok(Self { resources, include_synonyms, include_documentation })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        self.resources.write(out, format)?;
        put::bool(out, self.include_synonyms);
        if format.version >= 3 {
            put::bool(out, self.include_documentation);
        } else {
            put::absent(!self.include_documentation, "DescribeConfigsRequest.include_documentation", format)?;
        }
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`DescribeConfigsRequest`].
#[derive(Debug, Clone, PartialEq)]
pub struct DescribeConfigsResource<'a> {
    /// Int8.
    pub resource_type: i8,
    /// String.
    pub resource_name: &'a str,
    /// Array of string, nullable.
    pub configuration_keys: Option<Array<'a, &'a str>>,
}

impl Default for DescribeConfigsResource<'_> {
    fn default() -> Self {
        Self { resource_type: 0, resource_name: "", configuration_keys: Some(Array::default()) }
    }
}

impl<'a> Element<'a> for DescribeConfigsResource<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let resource_type = reader.int8()?;
        let resource_name = reader.string(format)?;
        let configuration_keys = Array::read_nullable(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { resource_type, resource_name, configuration_keys })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int8(out, self.resource_type);
        put::string(out, self.resource_name, format)?;
        put::nullable_array(out, self.configuration_keys.as_ref(), format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for DescribeConfigsRequest<'a> {
    const NAME: &'static str = "DescribeConfigsRequest";
    const MIN_VERSION: i16 = 1;
    const MAX_VERSION: i16 = 4;
    const FIRST_FLEXIBLE_VERSION: i16 = 4;
}

impl<'a> Request<'a> for DescribeConfigsRequest<'a> {
    const API_KEY: ApiKey = ApiKey::DescribeConfigs;
}

/// Kafka's `DescribeConfigsResponse`, versions 1 to 4, flexible from 4.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DescribeConfigsResponse<'a> {
    /// Int32.
    pub throttle_time_ms: i32,
    /// Array of [`DescribeConfigsResult`].
    pub results: Array<'a, DescribeConfigsResult<'a>>,
}

impl<'a> Element<'a> for DescribeConfigsResponse<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let throttle_time_ms = reader.int32()?;
        let results = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { throttle_time_ms, results })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.throttle_time_ms);
        self.results.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`DescribeConfigsResponse`].
#[derive(Debug, Clone, PartialEq)]
pub struct DescribeConfigsResult<'a> {
    /// Int16.
    pub error_code: i16,
    /// String, nullable.
    pub error_message: Option<&'a str>,
    /// Int8.
    pub resource_type: i8,
    /// String.
    pub resource_name: &'a str,
    /// Array of [`DescribeConfigsResourceResult`].
    pub configs: Array<'a, DescribeConfigsResourceResult<'a>>,
}

impl Default for DescribeConfigsResult<'_> {
    fn default() -> Self {
        Self {
            error_code: 0,
            error_message: Some(""),
            resource_type: 0,
            resource_name: "",
            configs: Array::default(),
        }
    }
}

impl<'a> Element<'a> for DescribeConfigsResult<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let error_code = reader.int16()?;
        let error_message = reader.nullable_string(format)?;
        let resource_type = reader.int8()?;
        let resource_name = reader.string(format)?;
        let configs = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { error_code, error_message, resource_type, resource_name, configs })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int16(out, self.error_code);
        put::nullable_string(out, self.error_message, format)?;
        put::int8(out, self.resource_type);
        put::string(out, self.resource_name, format)?;
        self.configs.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`DescribeConfigsResponse`].
#[derive(Debug, Clone, PartialEq)]
pub struct DescribeConfigsResourceResult<'a> {
    /// String.
    pub name: &'a str,
    /// String, nullable.
    pub value: Option<&'a str>,
    /// Bool.
    pub read_only: bool,
    /// Int8, −1 by default.
    pub config_source: i8,
    /// Bool.
    pub is_sensitive: bool,
    /// Array of [`DescribeConfigsSynonym`].
    pub synonyms: Array<'a, DescribeConfigsSynonym<'a>>,
    /// Int8, versions 3 and up.
    pub config_type: i8,
    /// String, versions 3 and up, nullable.
    pub documentation: Option<&'a str>,
}

impl Default for DescribeConfigsResourceResult<'_> {
    fn default() -> Self {
        Self {
            name: "",
            value: Some(""),
            read_only: false,
            config_source: -1,
            is_sensitive: false,
            synonyms: Array::default(),
            config_type: 0,
            documentation: Some(""),
        }
    }
}

impl<'a> Element<'a> for DescribeConfigsResourceResult<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let name = reader.string(format)?;
        let value = reader.nullable_string(format)?;
        let read_only = reader.bool()?;
        let config_source = reader.int8()?;
        let is_sensitive = reader.bool()?;
        let synonyms = Array::read(reader, format)?;
        let config_type = if format.version >= 3 { reader.int8()? } else { 0 };
        let documentation = if format.version >= 3 { reader.nullable_string(format)? } else { Some("") };
        reader.skip_tagged_fields(format)?;
        Ok(Self { name, value, read_only, config_source, is_sensitive, synonyms, config_type, documentation })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.name, format)?;
        put::nullable_string(out, self.value, format)?;
        put::bool(out, self.read_only);
        put::int8(out, self.config_source);
        put::bool(out, self.is_sensitive);
        self.synonyms.write(out, format)?;
        if format.version >= 3 {
            put::int8(out, self.config_type);
        }
        if format.version >= 3 {
            put::nullable_string(out, self.documentation, format)?;
        }
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`DescribeConfigsResponse`].
#[derive(Debug, Clone, PartialEq)]
pub struct DescribeConfigsSynonym<'a> {
    /// String.
    pub name: &'a str,
    /// String, nullable.
    pub value: Option<&'a str>,
    /// Int8.
    pub source: i8,
}

impl Default for DescribeConfigsSynonym<'_> {
    fn default() -> Self {
        Self { name: "", value: Some(""), source: 0 }
    }
}

impl<'a> Element<'a> for DescribeConfigsSynonym<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let name = reader.string(format)?;
        let value = reader.nullable_string(format)?;
        let source = reader.int8()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { name, value, source })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.name, format)?;
        put::nullable_string(out, self.value, format)?;
        put::int8(out, self.source);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for DescribeConfigsResponse<'a> {
    const NAME: &'static str = "DescribeConfigsResponse";
    const MIN_VERSION: i16 = 1;
    const MAX_VERSION: i16 = 4;
    const FIRST_FLEXIBLE_VERSION: i16 = 4;
}

impl<'a> Response<'a> for DescribeConfigsResponse<'a> {
    const API_KEY: ApiKey = ApiKey::DescribeConfigs;
}

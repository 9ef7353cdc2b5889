// Generated from net/schema by `cargo run -p loglane-codegen`. Change the schema, not this file.
//! The API ListConfigResources (74).

use crate::api::ApiKey;
use crate::array::{Array, Element};
use crate::codec::{Message, Request, Response};
use crate::put::{self, EncodeError};
use crate::wire::{DecodeError, Format, Reader};

/// Kafka's `ListConfigResourcesRequest`, versions 0 to 1, always flexible.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ListConfigResourcesRequest<'a> {
    /// Array of int8, versions 1 and up.
    pub resource_types: Array<'a, i8>,
}

impl<'a> Element<'a> for ListConfigResourcesRequest<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let resource_types =
            if format.version >= 1 { Array::read(reader, format)? } else { Array::default() };
        reader.skip_tagged_fields(format)?;
        Ok(Self { resource_types })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        if format.version >= 1 {
            self.resource_types.write(out, format)?;
        } else {
            put::absent(self.resource_types.is_empty(), "ListConfigResourcesRequest.resource_types", format)?;
        }
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for ListConfigResourcesRequest<'a> {
    const NAME: &'static str = "ListConfigResourcesRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 1;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Request<'a> for ListConfigResourcesRequest<'a> {
    const API_KEY: ApiKey = ApiKey::ListConfigResources;
}

/// Kafka's `ListConfigResourcesResponse`, versions 0 to 1, always flexible.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ListConfigResourcesResponse<'a> {
    /// Int32.
    pub throttle_time_ms: i32,
    /// Int16.
    pub error_code: i16,
    /// Array of [`ConfigResource`].
    pub config_resources: Array<'a, ConfigResource<'a>>,
}

impl<'a> Element<'a> for ListConfigResourcesResponse<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let throttle_time_ms = reader.int32()?;
        let error_code = reader.int16()?;
        let config_resources = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { throttle_time_ms, error_code, config_resources })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.throttle_time_ms);
        put::int16(out, self.error_code);
        self.config_resources.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`ListConfigResourcesResponse`].
#[derive(Debug, Clone, PartialEq)]
pub struct ConfigResource<'a> {
    /// String.
    pub resource_name: &'a str,
    /// Int8, versions 1 and up, 16 by default.
    pub resource_type: i8,
}

impl Default for ConfigResource<'_> {
    fn default() -> Self {
        Self { resource_name: "", resource_type: 16 }
    }
}

impl<'a> Element<'a> for ConfigResource<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let resource_name = reader.string(format)?;
        let resource_type = if format.version >= 1 { reader.int8()? } else { 16 };
        reader.skip_tagged_fields(format)?;
        Ok(Self { resource_name, resource_type })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.resource_name, format)?;
        if format.version >= 1 {
            put::int8(out, self.resource_type);
        }
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for ListConfigResourcesResponse<'a> {
    const NAME: &'static str = "ListConfigResourcesResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 1;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Response<'a> for ListConfigResourcesResponse<'a> {
    const API_KEY: ApiKey = ApiKey::ListConfigResources;
}

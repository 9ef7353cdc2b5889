// Generated from net/schema by `cargo run -p loglane-codegen`. Change the schema, not this file.
//! The API CreateAcls (30).

use crate::api::ApiKey;
use crate::array::{Array, Element};
use crate::codec::{Message, Request, Response};
use crate::put::{self, EncodeError};
use crate::wire::{DecodeError, Format, Reader};

/// Kafka's `CreateAclsRequest`, versions 1 to 3, flexible from 2.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CreateAclsRequest<'a> {
    /// Array of [`AclCreation`].
    pub creations: Array<'a, AclCreation<'a>>,
}

impl<'a> Element<'a> for CreateAclsRequest<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let creations = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { creations })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        self.creations.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`CreateAclsRequest`].
#[derive(Debug, Clone, PartialEq)]
pub struct AclCreation<'a> {
    /// Int8.
    pub resource_type: i8,
    /// String.
    pub resource_name: &'a str,
    /// Int8, 3 by default.
    pub resource_pattern_type: i8,
    /// String.
    pub principal: &'a str,
    /// String.
    pub host: &'a str,
    /// Int8.
    pub operation: i8,
    /// Int8.
    pub permission_type: i8,
}

impl Default for AclCreation<'_> {
    fn default() -> Self {
        Self {
            resource_type: 0,
            resource_name: "",
            resource_pattern_type: 3,
            principal: "",
            host: "",
            operation: 0,
            permission_type: 0,
        }
    }
}

impl<'a> Element<'a> for AclCreation<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let resource_type = reader.int8()?;
        let resource_name = reader.string(format)?;
        let resource_pattern_type = reader.int8()?;
        let principal = reader.string(format)?;
        let host = reader.string(format)?;
        let operation = reader.int8()?;
        let permission_type = reader.int8()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self {
            resource_type,
            resource_name,
            resource_pattern_type,
            principal,
            host,
            operation,
            permission_type,
        })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int8(out, self.resource_type);
        put::string(out, self.resource_name, format)?;
        put::int8(out, self.resource_pattern_type);
        put::string(out, self.principal, format)?;
        put::string(out, self.host, format)?;
        put::int8(out, self.operation);
        put::int8(out, self.permission_type);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for CreateAclsRequest<'a> {
    const NAME: &'static str = "CreateAclsRequest";
    const MIN_VERSION: i16 = 1;
    const MAX_VERSION: i16 = 3;
    const FIRST_FLEXIBLE_VERSION: i16 = 2;
}

impl<'a> Request<'a> for CreateAclsRequest<'a> {
    const API_KEY: ApiKey = ApiKey::CreateAcls;
}

/// Kafka's `CreateAclsResponse`, versions 1 to 3, flexible from 2.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CreateAclsResponse<'a> {
    /// Int32.
    pub throttle_time_ms: i32,
    /// Array of [`AclCreationResult`].
    pub results: Array<'a, AclCreationResult<'a>>,
}

impl<'a> Element<'a> for CreateAclsResponse<'a> {
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

/// Part of [`CreateAclsResponse`].
#[derive(Debug, Clone, PartialEq)]
pub struct AclCreationResult<'a> {
    /// Int16.
    pub error_code: i16,
    /// String, nullable.
    pub error_message: Option<&'a str>,
}

impl Default for AclCreationResult<'_> {
    fn default() -> Self {
        Self { error_code: 0, error_message: Some("") }
    }
}

impl<'a> Element<'a> for AclCreationResult<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let error_code = reader.int16()?;
        let error_message = reader.nullable_string(format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { error_code, error_message })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int16(out, self.error_code);
        put::nullable_string(out, self.error_message, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for CreateAclsResponse<'a> {
    const NAME: &'static str = "CreateAclsResponse";
    const MIN_VERSION: i16 = 1;
    const MAX_VERSION: i16 = 3;
    const FIRST_FLEXIBLE_VERSION: i16 = 2;
}

impl<'a> Response<'a> for CreateAclsResponse<'a> {
    const API_KEY: ApiKey = ApiKey::CreateAcls;
}

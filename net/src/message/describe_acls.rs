// Generated from net/schema by `cargo run -p loglane-codegen`. Change the schema, not this file.
//! The API DescribeAcls (29).

use crate::api::ApiKey;
use crate::array::{Array, Element};
use crate::codec::{Message, Request, Response};
use crate::put::{self, EncodeError};
use crate::wire::{DecodeError, Format, Reader};

/// Kafka's `DescribeAclsRequest`, versions 1 to 3, flexible from 2.
#[derive(Debug, Clone, PartialEq)]
pub struct DescribeAclsRequest<'a> {
    /// Int8.
    pub resource_type_filter: i8,
    /// String, nullable.
    pub resource_name_filter: Option<&'a str>,
    /// Int8, 3 by default.
    pub pattern_type_filter: i8,
    /// String, nullable.
    pub principal_filter: Option<&'a str>,
    /// String, nullable.
    pub host_filter: Option<&'a str>,
    /// Int8.
    pub operation: i8,
    /// Int8.
    pub permission_type: i8,
}

impl Default for DescribeAclsRequest<'_> {
    fn default() -> Self {
        Self {
            resource_type_filter: 0,
            resource_name_filter: Some(""),
            pattern_type_filter: 3,
            principal_filter: Some(""),
            host_filter: Some(""),
            operation: 0,
            permission_type: 0,
        }
    }
}

impl<'a> Element<'a> for DescribeAclsRequest<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let resource_type_filter = reader.int8()?;
        let resource_name_filter = reader.nullable_string(format)?;
        let pattern_type_filter = reader.int8()?;
        let principal_filter = reader.nullable_string(format)?;
        let host_filter = reader.nullable_string(format)?;
        let operation = reader.int8()?;
        let permission_type = reader.int8()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self {
            resource_type_filter,
            resource_name_filter,
            pattern_type_filter,
            principal_filter,
            host_filter,
            operation,
            permission_type,
        })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int8(out, self.resource_type_filter);
        put::nullable_string(out, self.resource_name_filter, format)?;
        put::int8(out, self.pattern_type_filter);
        put::nullable_string(out, self.principal_filter, format)?;
        put::nullable_string(out, self.host_filter, format)?;
        put::int8(out, self.operation);
        put::int8(out, self.permission_type);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for DescribeAclsRequest<'a> {
    const NAME: &'static str = "DescribeAclsRequest";
    const MIN_VERSION: i16 = 1;
    const MAX_VERSION: i16 = 3;
    const FIRST_FLEXIBLE_VERSION: i16 = 2;
}

impl<'a> Request<'a> for DescribeAclsRequest<'a> {
    const API_KEY: ApiKey = ApiKey::DescribeAcls;
}

/// Kafka's `DescribeAclsResponse`, versions 1 to 3, flexible from 2.
#[derive(Debug, Clone, PartialEq)]
pub struct DescribeAclsResponse<'a> {
    /// Int32.
    pub throttle_time_ms: i32,
    /// Int16.
    pub error_code: i16,
    /// String, nullable.
    pub error_message: Option<&'a str>,
    /// Array of [`DescribeAclsResource`].
    pub resources: Array<'a, DescribeAclsResource<'a>>,
}

impl Default for DescribeAclsResponse<'_> {
    fn default() -> Self {
        Self { throttle_time_ms: 0, error_code: 0, error_message: Some(""), resources: Array::default() }
    }
}

impl<'a> Element<'a> for DescribeAclsResponse<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let throttle_time_ms = reader.int32()?;
        let error_code = reader.int16()?;
        let error_message = reader.nullable_string(format)?;
        let resources = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { throttle_time_ms, error_code, error_message, resources })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.throttle_time_ms);
        put::int16(out, self.error_code);
        put::nullable_string(out, self.error_message, format)?;
        self.resources.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`DescribeAclsResponse`].
#[derive(Debug, Clone, PartialEq)]
pub struct DescribeAclsResource<'a> {
    /// Int8.
    pub resource_type: i8,
    /// String.
    pub resource_name: &'a str,
    /// Int8, 3 by default.
    pub pattern_type: i8,
    /// Array of [`AclDescription`].
    pub acls: Array<'a, AclDescription<'a>>,
}

impl Default for DescribeAclsResource<'_> {
    fn default() -> Self {
        Self { resource_type: 0, resource_name: "", pattern_type: 3, acls: Array::default() }
    }
}

impl<'a> Element<'a> for DescribeAclsResource<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let resource_type = reader.int8()?;
        let resource_name = reader.string(format)?;
        let pattern_type = reader.int8()?;
        let acls = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { resource_type, resource_name, pattern_type, acls })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int8(out, self.resource_type);
        put::string(out, self.resource_name, format)?;
        put::int8(out, self.pattern_type);
        self.acls.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`DescribeAclsResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AclDescription<'a> {
    /// String.
    pub principal: &'a str,
    /// String.
    pub host: &'a str,
    /// Int8.
    pub operation: i8,
    /// Int8.
    pub permission_type: i8,
}

impl<'a> Element<'a> for AclDescription<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let principal = reader.string(format)?;
        let host = reader.string(format)?;
        let operation = reader.int8()?;
        let permission_type = reader.int8()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { principal, host, operation, permission_type })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.principal, format)?;
        put::string(out, self.host, format)?;
        put::int8(out, self.operation);
        put::int8(out, self.permission_type);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for DescribeAclsResponse<'a> {
    const NAME: &'static str = "DescribeAclsResponse";
    const MIN_VERSION: i16 = 1;
    const MAX_VERSION: i16 = 3;
    const FIRST_FLEXIBLE_VERSION: i16 = 2;
}

impl<'a> Response<'a> for DescribeAclsResponse<'a> {
    const API_KEY: ApiKey = ApiKey::DescribeAcls;
}

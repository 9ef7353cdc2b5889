// Generated from net/schema by `cargo run -p loglane-codegen`. Change the schema, not this file.
//! The API DeleteAcls (31).

use crate::api::ApiKey;
use crate::array::{Array, Element};
use crate::codec::{Message, Request, Response};
use crate::put::{self, EncodeError};
use crate::wire::{DecodeError, Format, Reader};

/// Kafka's `DeleteAclsRequest`, versions 1 to 3, flexible from 2.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DeleteAclsRequest<'a> {
    /// Array of [`DeleteAclsFilter`].
    pub filters: Array<'a, DeleteAclsFilter<'a>>,
}

impl<'a> Element<'a> for DeleteAclsRequest<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let filters = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { filters })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        self.filters.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`DeleteAclsRequest`].
#[derive(Debug, Clone, PartialEq)]
pub struct DeleteAclsFilter<'a> {
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

impl Default for DeleteAclsFilter<'_> {
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

impl<'a> Element<'a> for DeleteAclsFilter<'a> {
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

impl<'a> Message<'a> for DeleteAclsRequest<'a> {
    const NAME: &'static str = "DeleteAclsRequest";
    const MIN_VERSION: i16 = 1;
    const MAX_VERSION: i16 = 3;
    const FIRST_FLEXIBLE_VERSION: i16 = 2;
}

impl<'a> Request<'a> for DeleteAclsRequest<'a> {
    const API_KEY: ApiKey = ApiKey::DeleteAcls;
}

/// Kafka's `DeleteAclsResponse`, versions 1 to 3, flexible from 2.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DeleteAclsResponse<'a> {
    /// Int32.
    pub throttle_time_ms: i32,
    /// Array of [`DeleteAclsFilterResult`].
    pub filter_results: Array<'a, DeleteAclsFilterResult<'a>>,
}

impl<'a> Element<'a> for DeleteAclsResponse<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let throttle_time_ms = reader.int32()?;
        let filter_results = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { throttle_time_ms, filter_results })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.throttle_time_ms);
        self.filter_results.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`DeleteAclsResponse`].
#[derive(Debug, Clone, PartialEq)]
pub struct DeleteAclsFilterResult<'a> {
    /// Int16.
    pub error_code: i16,
    /// String, nullable.
    pub error_message: Option<&'a str>,
    /// Array of [`DeleteAclsMatchingAcl`].
    pub matching_acls: Array<'a, DeleteAclsMatchingAcl<'a>>,
}

impl Default for DeleteAclsFilterResult<'_> {
    fn default() -> Self {
        Self { error_code: 0, error_message: Some(""), matching_acls: Array::default() }
    }
}

impl<'a> Element<'a> for DeleteAclsFilterResult<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let error_code = reader.int16()?;
        let error_message = reader.nullable_string(format)?;
        let matching_acls = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { error_code, error_message, matching_acls })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int16(out, self.error_code);
        put::nullable_string(out, self.error_message, format)?;
        self.matching_acls.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`DeleteAclsResponse`].
#[derive(Debug, Clone, PartialEq)]
pub struct DeleteAclsMatchingAcl<'a> {
    /// Int16.
    pub error_code: i16,
    /// String, nullable.
    pub error_message: Option<&'a str>,
    /// Int8.
    pub resource_type: i8,
    /// String.
    pub resource_name: &'a str,
    /// Int8, 3 by default.
    pub pattern_type: i8,
    /// String.
    pub principal: &'a str,
    /// String.
    pub host: &'a str,
    /// Int8.
    pub operation: i8,
    /// Int8.
    pub permission_type: i8,
}

impl Default for DeleteAclsMatchingAcl<'_> {
    fn default() -> Self {
        Self {
            error_code: 0,
            error_message: Some(""),
            resource_type: 0,
            resource_name: "",
            pattern_type: 3,
            principal: "",
            host: "",
            operation: 0,
            permission_type: 0,
        }
    }
}

impl<'a> Element<'a> for DeleteAclsMatchingAcl<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let error_code = reader.int16()?;
        let error_message = reader.nullable_string(format)?;
        let resource_type = reader.int8()?;
        let resource_name = reader.string(format)?;
        let pattern_type = reader.int8()?;
        let principal = reader.string(format)?;
        let host = reader.string(format)?;
        let operation = reader.int8()?;
        let permission_type = reader.int8()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self {
            error_code,
            error_message,
            resource_type,
            resource_name,
            pattern_type,
            principal,
            host,
            operation,
            permission_type,
        })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int16(out, self.error_code);
        put::nullable_string(out, self.error_message, format)?;
        put::int8(out, self.resource_type);
        put::string(out, self.resource_name, format)?;
        put::int8(out, self.pattern_type);
        put::string(out, self.principal, format)?;
        put::string(out, self.host, format)?;
        put::int8(out, self.operation);
        put::int8(out, self.permission_type);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for DeleteAclsResponse<'a> {
    const NAME: &'static str = "DeleteAclsResponse";
    const MIN_VERSION: i16 = 1;
    const MAX_VERSION: i16 = 3;
    const FIRST_FLEXIBLE_VERSION: i16 = 2;
}

impl<'a> Response<'a> for DeleteAclsResponse<'a> {
    const API_KEY: ApiKey = ApiKey::DeleteAcls;
}

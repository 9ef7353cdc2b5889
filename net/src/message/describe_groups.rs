// Generated from net/schema by `cargo run -p loglane-codegen`. Change the schema, not this file.
//! The API DescribeGroups (15).

use crate::api::ApiKey;
use crate::array::{Array, Element};
use crate::codec::{Message, Request, Response};
use crate::put::{self, EncodeError};
use crate::wire::{DecodeError, Format, Reader};

/// Kafka's `DescribeGroupsRequest`, versions 0 to 6, flexible from 5.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DescribeGroupsRequest<'a> {
    /// Array of string.
    pub groups: Array<'a, &'a str>,
    /// Bool, versions 3 and up.
    pub include_authorized_operations: bool,
}

impl<'a> Element<'a> for DescribeGroupsRequest<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let groups = Array::read(reader, format)?;
        let include_authorized_operations = if format.version >= 3 { reader.bool()? } else { false };
        reader.skip_tagged_fields(format)?;
        Ok(Self { groups, include_authorized_operations })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        self.groups.write(out, format)?;
        if format.version >= 3 {
            put::bool(out, self.include_authorized_operations);
        } else {
            put::absent(
                !self.include_authorized_operations,
                "DescribeGroupsRequest.include_authorized_operations",
                format,
            )?;
        }
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for DescribeGroupsRequest<'a> {
    const NAME: &'static str = "DescribeGroupsRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 6;
    const FIRST_FLEXIBLE_VERSION: i16 = 5;
}

impl<'a> Request<'a> for DescribeGroupsRequest<'a> {
    const API_KEY: ApiKey = ApiKey::DescribeGroups;
}

/// Kafka's `DescribeGroupsResponse`, versions 0 to 6, flexible from 5.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DescribeGroupsResponse<'a> {
    /// Int32, versions 1 and up.
    pub throttle_time_ms: i32,
    /// Array of [`DescribedGroup`].
    pub groups: Array<'a, DescribedGroup<'a>>,
}

impl<'a> Element<'a> for DescribeGroupsResponse<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let throttle_time_ms = if format.version >= 1 { reader.int32()? } else { 0 };
        let groups = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { throttle_time_ms, groups })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        if format.version >= 1 {
            put::int32(out, self.throttle_time_ms);
        }
        self.groups.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`DescribeGroupsResponse`].
#[derive(Debug, Clone, PartialEq)]
pub struct DescribedGroup<'a> {
    /// Int16.
    pub error_code: i16,
    /// String, versions 6 and up, nullable, null by default.
    pub error_message: Option<&'a str>,
    /// String.
    pub group_id: &'a str,
    /// String.
    pub group_state: &'a str,
    /// String.
    pub protocol_type: &'a str,
    /// String.
    pub protocol_data: &'a str,
    /// Array of [`DescribedGroupMember`].
    pub members: Array<'a, DescribedGroupMember<'a>>,
    /// Int32, versions 3 and up, −2147483648 by default.
    pub authorized_operations: i32,
}

impl Default for DescribedGroup<'_> {
    fn default() -> Self {
        Self {
            error_code: 0,
            error_message: None,
            group_id: "",
            group_state: "",
            protocol_type: "",
            protocol_data: "",
            members: Array::default(),
            authorized_operations: -2_147_483_648,
        }
    }
}

impl<'a> Element<'a> for DescribedGroup<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let error_code = reader.int16()?;
        let error_message = if format.version >= 6 { reader.nullable_string(format)? } else { None };
        let group_id = reader.string(format)?;
        let group_state = reader.string(format)?;
        let protocol_type = reader.string(format)?;
        let protocol_data = reader.string(format)?;
        let members = Array::read(reader, format)?;
        let authorized_operations = if format.version >= 3 { reader.int32()? } else { -2_147_483_648 };
        reader.skip_tagged_fields(format)?;
        Ok(Self {
            error_code,
            error_message,
            group_id,
            group_state,
            protocol_type,
            protocol_data,
            members,
            authorized_operations,
        })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int16(out, self.error_code);
        if format.version >= 6 {
            put::nullable_string(out, self.error_message, format)?;
        } else {
            put::absent(self.error_message.is_none(), "DescribedGroup.error_message", format)?;
        }
        put::string(out, self.group_id, format)?;
        put::string(out, self.group_state, format)?;
        put::string(out, self.protocol_type, format)?;
        put::string(out, self.protocol_data, format)?;
        self.members.write(out, format)?;
        if format.version >= 3 {
            put::int32(out, self.authorized_operations);
        } else {
            put::absent(
                self.authorized_operations == -2_147_483_648,
                "DescribedGroup.authorized_operations",
                format,
            )?;
        }
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`DescribeGroupsResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DescribedGroupMember<'a> {
    /// String.
    pub member_id: &'a str,
    /// String, versions 4 and up, nullable, null by default.
    pub group_instance_id: Option<&'a str>,
    /// String.
    pub client_id: &'a str,
    /// String.
    pub client_host: &'a str,
    /// Bytes.
    pub member_metadata: &'a [u8],
    /// Bytes.
    pub member_assignment: &'a [u8],
}

impl<'a> Element<'a> for DescribedGroupMember<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let member_id = reader.string(format)?;
        let group_instance_id = if format.version >= 4 { reader.nullable_string(format)? } else { None };
        let client_id = reader.string(format)?;
        let client_host = reader.string(format)?;
        let member_metadata = reader.bytes(format)?;
        let member_assignment = reader.bytes(format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { member_id, group_instance_id, client_id, client_host, member_metadata, member_assignment })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.member_id, format)?;
        if format.version >= 4 {
            put::nullable_string(out, self.group_instance_id, format)?;
        }
        put::string(out, self.client_id, format)?;
        put::string(out, self.client_host, format)?;
        put::bytes(out, self.member_metadata, format)?;
        put::bytes(out, self.member_assignment, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for DescribeGroupsResponse<'a> {
    const NAME: &'static str = "DescribeGroupsResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 6;
    const FIRST_FLEXIBLE_VERSION: i16 = 5;
}

impl<'a> Response<'a> for DescribeGroupsResponse<'a> {
    const API_KEY: ApiKey = ApiKey::DescribeGroups;
}

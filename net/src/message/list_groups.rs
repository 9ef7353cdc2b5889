// Generated from net/schema by `cargo run -p loglane-codegen`. Change the schema, not this file.
//! The API ListGroups (16).

use crate::api::ApiKey;
use crate::array::{Array, Element};
use crate::codec::{Message, Request, Response};
use crate::put::{self, EncodeError};
use crate::wire::{DecodeError, Format, Reader};

/// Kafka's `ListGroupsRequest`, versions 0 to 5, flexible from 3.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ListGroupsRequest<'a> {
    /// Array of string, versions 4 and up.
    pub states_filter: Array<'a, &'a str>,
    /// Array of string, versions 5 and up.
    pub types_filter: Array<'a, &'a str>,
}

impl<'a> Element<'a> for ListGroupsRequest<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let states_filter = if format.version >= 4 { Array::read(reader, format)? } else { Array::default() };
        let types_filter = if format.version >= 5 { Array::read(reader, format)? } else { Array::default() };
        reader.skip_tagged_fields(format)?;
        Ok(Self { states_filter, types_filter })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        if format.version >= 4 {
            self.states_filter.write(out, format)?;
        } else {
            put::absent(self.states_filter.is_empty(), "ListGroupsRequest.states_filter", format)?;
        }
        if format.version >= 5 {
            self.types_filter.write(out, format)?;
        } else {
            put::absent(self.types_filter.is_empty(), "ListGroupsRequest.types_filter", format)?;
        }
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for ListGroupsRequest<'a> {
    const NAME: &'static str = "ListGroupsRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 5;
    const FIRST_FLEXIBLE_VERSION: i16 = 3;
}

impl<'a> Request<'a> for ListGroupsRequest<'a> {
    const API_KEY: ApiKey = ApiKey::ListGroups;
}

/// Kafka's `ListGroupsResponse`, versions 0 to 5, flexible from 3.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ListGroupsResponse<'a> {
    /// Int32, versions 1 and up.
    pub throttle_time_ms: i32,
    /// Int16.
    pub error_code: i16,
    /// Array of [`ListedGroup`].
    pub groups: Array<'a, ListedGroup<'a>>,
}

impl<'a> Element<'a> for ListGroupsResponse<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let throttle_time_ms = if format.version >= 1 { reader.int32()? } else { 0 };
        let error_code = reader.int16()?;
        let groups = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { throttle_time_ms, error_code, groups })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        if format.version >= 1 {
            put::int32(out, self.throttle_time_ms);
        }
        put::int16(out, self.error_code);
        self.groups.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`ListGroupsResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ListedGroup<'a> {
    /// String.
    pub group_id: &'a str,
    /// String.
    pub protocol_type: &'a str,
    /// String, versions 4 and up.
    pub group_state: &'a str,
    /// String, versions 5 and up.
    pub group_type: &'a str,
}

impl<'a> Element<'a> for ListedGroup<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let group_id = reader.string(format)?;
        let protocol_type = reader.string(format)?;
        let group_state = if format.version >= 4 { reader.string(format)? } else { "" };
        let group_type = if format.version >= 5 { reader.string(format)? } else { "" };
        reader.skip_tagged_fields(format)?;
        Ok(Self { group_id, protocol_type, group_state, group_type })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.group_id, format)?;
        put::string(out, self.protocol_type, format)?;
        if format.version >= 4 {
            put::string(out, self.group_state, format)?;
        }
        if format.version >= 5 {
            put::string(out, self.group_type, format)?;
        }
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for ListGroupsResponse<'a> {
    const NAME: &'static str = "ListGroupsResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 5;
    const FIRST_FLEXIBLE_VERSION: i16 = 3;
}

impl<'a> Response<'a> for ListGroupsResponse<'a> {
    const API_KEY: ApiKey = ApiKey::ListGroups;
}

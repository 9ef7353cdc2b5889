// Generated from net/schema by `cargo run -p loglane-codegen`. Change the schema, not this file.
//! The API DeleteGroups (42).

use crate::api::ApiKey;
use crate::array::{Array, Element};
use crate::codec::{Message, Request, Response};
use crate::put::{self, EncodeError};
use crate::wire::{DecodeError, Format, Reader};

/// Kafka's `DeleteGroupsRequest`, versions 0 to 2, flexible from 2.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DeleteGroupsRequest<'a> {
    /// Array of string.
    pub groups_names: Array<'a, &'a str>,
}

impl<'a> Element<'a> for DeleteGroupsRequest<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let groups_names = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { groups_names })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        self.groups_names.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for DeleteGroupsRequest<'a> {
    const NAME: &'static str = "DeleteGroupsRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 2;
    const FIRST_FLEXIBLE_VERSION: i16 = 2;
}

impl<'a> Request<'a> for DeleteGroupsRequest<'a> {
    const API_KEY: ApiKey = ApiKey::DeleteGroups;
}

/// Kafka's `DeleteGroupsResponse`, versions 0 to 2, flexible from 2.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DeleteGroupsResponse<'a> {
    /// Int32.
    pub throttle_time_ms: i32,
    /// Array of [`DeletableGroupResult`].
    pub results: Array<'a, DeletableGroupResult<'a>>,
}

impl<'a> Element<'a> for DeleteGroupsResponse<'a> {
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

/// Part of [`DeleteGroupsResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DeletableGroupResult<'a> {
    /// String.
    pub group_id: &'a str,
    /// Int16.
    pub error_code: i16,
}

impl<'a> Element<'a> for DeletableGroupResult<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let group_id = reader.string(format)?;
        let error_code = reader.int16()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { group_id, error_code })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.group_id, format)?;
        put::int16(out, self.error_code);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for DeleteGroupsResponse<'a> {
    const NAME: &'static str = "DeleteGroupsResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 2;
    const FIRST_FLEXIBLE_VERSION: i16 = 2;
}

impl<'a> Response<'a> for DeleteGroupsResponse<'a> {
    const API_KEY: ApiKey = ApiKey::DeleteGroups;
}

// Generated from net/schema by `cargo run -p loglane-codegen`. Change the schema, not this file.
//! The API SyncGroup (14).

use crate::api::ApiKey;
use crate::array::{Array, Element};
use crate::codec::{Message, Request, Response};
use crate::put::{self, EncodeError};
use crate::wire::{DecodeError, Format, Reader};

/// Kafka's `SyncGroupRequest`, versions 0 to 5, flexible from 4.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SyncGroupRequest<'a> {
    /// String.
    pub group_id: &'a str,
    /// Int32.
    pub generation_id: i32,
    /// String.
    pub member_id: &'a str,
    /// String, versions 3 and up, nullable, null by default.
    pub group_instance_id: Option<&'a str>,
    /// String, versions 5 and up, nullable, null by default.
    pub protocol_type: Option<&'a str>,
    /// String, versions 5 and up, nullable, null by default.
    pub protocol_name: Option<&'a str>,
    /// Array of [`SyncGroupRequestAssignment`].
    pub assignments: Array<'a, SyncGroupRequestAssignment<'a>>,
}

impl<'a> Element<'a> for SyncGroupRequest<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let group_id = reader.string(format)?;
        let generation_id = reader.int32()?;
        let member_id = reader.string(format)?;
        let group_instance_id = if format.version >= 3 { reader.nullable_string(format)? } else { None };
        let protocol_type = if format.version >= 5 { reader.nullable_string(format)? } else { None };
        let protocol_name = if format.version >= 5 { reader.nullable_string(format)? } else { None };
        let assignments = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self {
            group_id,
            generation_id,
            member_id,
            group_instance_id,
            protocol_type,
            protocol_name,
            assignments,
        })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.group_id, format)?;
        put::int32(out, self.generation_id);
        put::string(out, self.member_id, format)?;
        if format.version >= 3 {
            put::nullable_string(out, self.group_instance_id, format)?;
        } else {
            put::absent(self.group_instance_id.is_none(), "SyncGroupRequest.group_instance_id", format)?;
        }
        if format.version >= 5 {
            put::nullable_string(out, self.protocol_type, format)?;
        }
        if format.version >= 5 {
            put::nullable_string(out, self.protocol_name, format)?;
        }
        self.assignments.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`SyncGroupRequest`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SyncGroupRequestAssignment<'a> {
    /// String.
    pub member_id: &'a str,
    /// Bytes.
    pub assignment: &'a [u8],
}

impl<'a> Element<'a> for SyncGroupRequestAssignment<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let member_id = reader.string(format)?;
        let assignment = reader.bytes(format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { member_id, assignment })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.member_id, format)?;
        put::bytes(out, self.assignment, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for SyncGroupRequest<'a> {
    const NAME: &'static str = "SyncGroupRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 5;
    const FIRST_FLEXIBLE_VERSION: i16 = 4;
}

impl<'a> Request<'a> for SyncGroupRequest<'a> {
    const API_KEY: ApiKey = ApiKey::SyncGroup;
}

/// Kafka's `SyncGroupResponse`, versions 0 to 5, flexible from 4.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SyncGroupResponse<'a> {
    /// Int32, versions 1 and up.
    pub throttle_time_ms: i32,
    /// Int16.
    pub error_code: i16,
    /// String, versions 5 and up, nullable, null by default.
    pub protocol_type: Option<&'a str>,
    /// String, versions 5 and up, nullable, null by default.
    pub protocol_name: Option<&'a str>,
    /// Bytes.
    pub assignment: &'a [u8],
}

impl<'a> Element<'a> for SyncGroupResponse<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let throttle_time_ms = if format.version >= 1 { reader.int32()? } else { 0 };
        let error_code = reader.int16()?;
        let protocol_type = if format.version >= 5 { reader.nullable_string(format)? } else { None };
        let protocol_name = if format.version >= 5 { reader.nullable_string(format)? } else { None };
        let assignment = reader.bytes(format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { throttle_time_ms, error_code, protocol_type, protocol_name, assignment })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        if format.version >= 1 {
            put::int32(out, self.throttle_time_ms);
        }
        put::int16(out, self.error_code);
        if format.version >= 5 {
            put::nullable_string(out, self.protocol_type, format)?;
        }
        if format.version >= 5 {
            put::nullable_string(out, self.protocol_name, format)?;
        }
        put::bytes(out, self.assignment, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for SyncGroupResponse<'a> {
    const NAME: &'static str = "SyncGroupResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 5;
    const FIRST_FLEXIBLE_VERSION: i16 = 4;
}

impl<'a> Response<'a> for SyncGroupResponse<'a> {
    const API_KEY: ApiKey = ApiKey::SyncGroup;
}

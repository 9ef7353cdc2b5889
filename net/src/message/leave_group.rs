// Generated from net/schema by `cargo run -p loglane-codegen`. Change the schema, not this file.
//! The API LeaveGroup (13).

use crate::api::ApiKey;
use crate::array::{Array, Element};
use crate::codec::{Message, Request, Response};
use crate::put::{self, EncodeError};
use crate::wire::{DecodeError, Format, Reader};

/// Kafka's `LeaveGroupRequest`, versions 0 to 5, flexible from 4.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LeaveGroupRequest<'a> {
    /// String.
    pub group_id: &'a str,
    /// String, versions 0 to 2.
    pub member_id: &'a str,
    /// Array of [`MemberIdentity`], versions 3 and up.
    pub members: Array<'a, MemberIdentity<'a>>,
}

impl<'a> Element<'a> for LeaveGroupRequest<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let group_id = reader.string(format)?;
        let member_id = if format.version <= 2 { reader.string(format)? } else { "" };
        let members = if format.version >= 3 { Array::read(reader, format)? } else { Array::default() };
        reader.skip_tagged_fields(format)?;
        Ok(Self { group_id, member_id, members })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.group_id, format)?;
        if format.version <= 2 {
            put::string(out, self.member_id, format)?;
        } else {
            put::absent(self.member_id.is_empty(), "LeaveGroupRequest.member_id", format)?;
        }
        if format.version >= 3 {
            self.members.write(out, format)?;
        } else {
            put::absent(self.members.is_empty(), "LeaveGroupRequest.members", format)?;
        }
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`LeaveGroupRequest`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct MemberIdentity<'a> {
    /// String.
    pub member_id: &'a str,
    /// String, nullable, null by default.
    pub group_instance_id: Option<&'a str>,
    /// String, versions 5 and up, nullable, null by default.
    pub reason: Option<&'a str>,
}

impl<'a> Element<'a> for MemberIdentity<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let member_id = reader.string(format)?;
        let group_instance_id = reader.nullable_string(format)?;
        let reason = if format.version >= 5 { reader.nullable_string(format)? } else { None };
        reader.skip_tagged_fields(format)?;
        Ok(Self { member_id, group_instance_id, reason })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.member_id, format)?;
        put::nullable_string(out, self.group_instance_id, format)?;
        if format.version >= 5 {
            put::nullable_string(out, self.reason, format)?;
        }
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for LeaveGroupRequest<'a> {
    const NAME: &'static str = "LeaveGroupRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 5;
    const FIRST_FLEXIBLE_VERSION: i16 = 4;
}

impl<'a> Request<'a> for LeaveGroupRequest<'a> {
    const API_KEY: ApiKey = ApiKey::LeaveGroup;
}

/// Kafka's `LeaveGroupResponse`, versions 0 to 5, flexible from 4.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LeaveGroupResponse<'a> {
    /// Int32, versions 1 and up.
    pub throttle_time_ms: i32,
    /// Int16.
    pub error_code: i16,
    /// Array of [`MemberResponse`], versions 3 and up.
    pub members: Array<'a, MemberResponse<'a>>,
}

impl<'a> Element<'a> for LeaveGroupResponse<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let throttle_time_ms = if format.version >= 1 { reader.int32()? } else { 0 };
        let error_code = reader.int16()?;
        let members = if format.version >= 3 { Array::read(reader, format)? } else { Array::default() };
        reader.skip_tagged_fields(format)?;
        Ok(Self { throttle_time_ms, error_code, members })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        if format.version >= 1 {
            put::int32(out, self.throttle_time_ms);
        }
        put::int16(out, self.error_code);
        if format.version >= 3 {
            self.members.write(out, format)?;
        } else {
            put::absent(self.members.is_empty(), "LeaveGroupResponse.members", format)?;
        }
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`LeaveGroupResponse`].
#[derive(Debug, Clone, PartialEq)]
pub struct MemberResponse<'a> {
    /// String.
    pub member_id: &'a str,
    /// String, nullable.
    pub group_instance_id: Option<&'a str>,
    /// Int16.
    pub error_code: i16,
}

impl Default for MemberResponse<'_> {
    fn default() -> Self {
        Self { member_id: "", group_instance_id: Some(""), error_code: 0 }
    }
}

impl<'a> Element<'a> for MemberResponse<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let member_id = reader.string(format)?;
        let group_instance_id = reader.nullable_string(format)?;
        let error_code = reader.int16()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { member_id, group_instance_id, error_code })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.member_id, format)?;
        put::nullable_string(out, self.group_instance_id, format)?;
        put::int16(out, self.error_code);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for LeaveGroupResponse<'a> {
    const NAME: &'static str = "LeaveGroupResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 5;
    const FIRST_FLEXIBLE_VERSION: i16 = 4;
}

impl<'a> Response<'a> for LeaveGroupResponse<'a> {
    const API_KEY: ApiKey = ApiKey::LeaveGroup;
}

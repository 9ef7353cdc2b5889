// Generated from net/schema by `cargo run -p loglane-codegen`. Change the schema, not this file.
//! The API JoinGroup (11).

use crate::api::ApiKey;
use crate::array::{Array, Element};
use crate::codec::{Message, Request, Response};
use crate::put::{self, EncodeError};
use crate::wire::{DecodeError, Format, Reader, nullable_from};

/// Kafka's `JoinGroupRequest`, versions 0 to 9, flexible from 6.
#[derive(Debug, Clone, PartialEq)]
pub struct JoinGroupRequest<'a> {
    /// String.
    pub group_id: &'a str,
    /// Int32.
    pub session_timeout_ms: i32,
    /// Int32, versions 1 and up, −1 by default.
    pub rebalance_timeout_ms: i32,
    /// String.
    pub member_id: &'a str,
    /// String, versions 5 and up, nullable, null by default.
    pub group_instance_id: Option<&'a str>,
    /// String.
    pub protocol_type: &'a str,
    /// Array of [`JoinGroupRequestProtocol`].
    pub protocols: Array<'a, JoinGroupRequestProtocol<'a>>,
    /// String, versions 8 and up, nullable, null by default.
    pub reason: Option<&'a str>,
}

impl Default for JoinGroupRequest<'_> {
    fn default() -> Self {
        Self {
            group_id: "",
            session_timeout_ms: 0,
            rebalance_timeout_ms: -1,
            member_id: "",
            group_instance_id: None,
            protocol_type: "",
            protocols: Array::default(),
            reason: None,
        }
    }
}

impl<'a> Element<'a> for JoinGroupRequest<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let group_id = reader.string(format)?;
        let session_timeout_ms = reader.int32()?;
        let rebalance_timeout_ms = if format.version >= 1 { reader.int32()? } else { -1 };
        let member_id = reader.string(format)?;
        let group_instance_id = if format.version >= 5 { reader.nullable_string(format)? } else { None };
        let protocol_type = reader.string(format)?;
        let protocols = Array::read(reader, format)?;
        let reason = if format.version >= 8 { reader.nullable_string(format)? } else { None };
        reader.skip_tagged_fields(format)?;
        Ok(Self {
            group_id,
            session_timeout_ms,
            rebalance_timeout_ms,
            member_id,
            group_instance_id,
            protocol_type,
            protocols,
            reason,
        })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.group_id, format)?;
        put::int32(out, self.session_timeout_ms);
        if format.version >= 1 {
            put::int32(out, self.rebalance_timeout_ms);
        }
        put::string(out, self.member_id, format)?;
        if format.version >= 5 {
            put::nullable_string(out, self.group_instance_id, format)?;
        } else {
            put::absent(self.group_instance_id.is_none(), "JoinGroupRequest.group_instance_id", format)?;
        }
        put::string(out, self.protocol_type, format)?;
        self.protocols.write(out, format)?;
        if format.version >= 8 {
            put::nullable_string(out, self.reason, format)?;
        }
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`JoinGroupRequest`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct JoinGroupRequestProtocol<'a> {
    /// String.
    pub name: &'a str,
    /// Bytes.
    pub metadata: &'a [u8],
}

impl<'a> Element<'a> for JoinGroupRequestProtocol<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let name = reader.string(format)?;
        let metadata = reader.bytes(format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { name, metadata })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.name, format)?;
        put::bytes(out, self.metadata, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for JoinGroupRequest<'a> {
    const NAME: &'static str = "JoinGroupRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 9;
    const FIRST_FLEXIBLE_VERSION: i16 = 6;
}

impl<'a> Request<'a> for JoinGroupRequest<'a> {
    const API_KEY: ApiKey = ApiKey::JoinGroup;
}

/// Kafka's `JoinGroupResponse`, versions 0 to 9, flexible from 6.
#[derive(Debug, Clone, PartialEq)]
pub struct JoinGroupResponse<'a> {
    /// Int32, versions 2 and up.
    pub throttle_time_ms: i32,
    /// Int16.
    pub error_code: i16,
    /// Int32, −1 by default.
    pub generation_id: i32,
    /// String, versions 7 and up, nullable, null by default.
    pub protocol_type: Option<&'a str>,
    /// String, nullable from version 7.
    pub protocol_name: Option<&'a str>,
    /// String.
    pub leader: &'a str,
    /// Bool, versions 9 and up.
    pub skip_assignment: bool,
    /// String.
    pub member_id: &'a str,
    /// Array of [`JoinGroupResponseMember`].
    pub members: Array<'a, JoinGroupResponseMember<'a>>,
}

impl Default for JoinGroupResponse<'_> {
    fn default() -> Self {
        Self {
            throttle_time_ms: 0,
            error_code: 0,
            generation_id: -1,
            protocol_type: None,
            protocol_name: Some(""),
            leader: "",
            skip_assignment: false,
            member_id: "",
            members: Array::default(),
        }
    }
}

impl<'a> Element<'a> for JoinGroupResponse<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let throttle_time_ms = if format.version >= 2 { reader.int32()? } else { 0 };
        let error_code = reader.int16()?;
        let generation_id = reader.int32()?;
        let protocol_type = if format.version >= 7 { reader.nullable_string(format)? } else { None };
        let protocol_name = nullable_from(7, format, reader.nullable_string(format)?)?;
        let leader = reader.string(format)?;
        let skip_assignment = if format.version >= 9 { reader.bool()? } else { false };
        let member_id = reader.string(format)?;
        let members = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self {
            throttle_time_ms,
            error_code,
            generation_id,
            protocol_type,
            protocol_name,
            leader,
            skip_assignment,
            member_id,
            members,
        })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        if format.version >= 2 {
            put::int32(out, self.throttle_time_ms);
        }
        put::int16(out, self.error_code);
        put::int32(out, self.generation_id);
        if format.version >= 7 {
            put::nullable_string(out, self.protocol_type, format)?;
        }
        put::nullable_from(7, self.protocol_name.is_none(), "JoinGroupResponse.protocol_name", format)?;
        put::nullable_string(out, self.protocol_name, format)?;
        put::string(out, self.leader, format)?;
        if format.version >= 9 {
            put::bool(out, self.skip_assignment);
        } else {
            put::absent(!self.skip_assignment, "JoinGroupResponse.skip_assignment", format)?;
        }
        put::string(out, self.member_id, format)?;
        self.members.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`JoinGroupResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct JoinGroupResponseMember<'a> {
    /// String.
    pub member_id: &'a str,
    /// String, versions 5 and up, nullable, null by default.
    pub group_instance_id: Option<&'a str>,
    /// Bytes.
    pub metadata: &'a [u8],
}

impl<'a> Element<'a> for JoinGroupResponseMember<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let member_id = reader.string(format)?;
        let group_instance_id = if format.version >= 5 { reader.nullable_string(format)? } else { None };
        let metadata = reader.bytes(format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { member_id, group_instance_id, metadata })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.member_id, format)?;
        if format.version >= 5 {
            put::nullable_string(out, self.group_instance_id, format)?;
        }
        put::bytes(out, self.metadata, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for JoinGroupResponse<'a> {
    const NAME: &'static str = "JoinGroupResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 9;
    const FIRST_FLEXIBLE_VERSION: i16 = 6;
}

impl<'a> Response<'a> for JoinGroupResponse<'a> {
    const API_KEY: ApiKey = ApiKey::JoinGroup;
}

// Generated from net/schema by `cargo run -p loglane-codegen`. Change the schema, not this file.
//! The API Heartbeat (12).

use crate::api::ApiKey;
use crate::array::Element;
use crate::codec::{Message, Request, Response};
use crate::put::{self, EncodeError};
use crate::wire::{DecodeError, Format, Reader};

/// Kafka's `HeartbeatRequest`, versions 0 to 4, flexible from 4.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct HeartbeatRequest<'a> {
    /// String.
    pub group_id: &'a str,
    /// Int32.
    pub generation_id: i32,
    /// String.
    pub member_id: &'a str,
    /// String, versions 3 and up, nullable, null by default.
    pub group_instance_id: Option<&'a str>,
}

impl<'a> Element<'a> for HeartbeatRequest<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let group_id = reader.string(format)?;
        let generation_id = reader.int32()?;
        let member_id = reader.string(format)?;
        let group_instance_id = if format.version >= 3 { reader.nullable_string(format)? } else { None };
        reader.skip_tagged_fields(format)?;
        Ok(Self { group_id, generation_id, member_id, group_instance_id })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.group_id, format)?;
        put::int32(out, self.generation_id);
        put::string(out, self.member_id, format)?;
        if format.version >= 3 {
            put::nullable_string(out, self.group_instance_id, format)?;
        } else {
            put::absent(self.group_instance_id.is_none(), "HeartbeatRequest.group_instance_id", format)?;
        }
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for HeartbeatRequest<'a> {
    const NAME: &'static str = "HeartbeatRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 4;
    const FIRST_FLEXIBLE_VERSION: i16 = 4;
}

impl<'a> Request<'a> for HeartbeatRequest<'a> {
    const API_KEY: ApiKey = ApiKey::Heartbeat;
}

/// Kafka's `HeartbeatResponse`, versions 0 to 4, flexible from 4.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct HeartbeatResponse {
    /// Int32, versions 1 and up.
    pub throttle_time_ms: i32,
    /// Int16.
    pub error_code: i16,
}

impl Element<'_> for HeartbeatResponse {
    fn read(reader: &mut Reader<'_>, format: Format) -> Result<Self, DecodeError> {
        let throttle_time_ms = if format.version >= 1 { reader.int32()? } else { 0 };
        let error_code = reader.int16()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { throttle_time_ms, error_code })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        if format.version >= 1 {
            put::int32(out, self.throttle_time_ms);
        }
        put::int16(out, self.error_code);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl Message<'_> for HeartbeatResponse {
    const NAME: &'static str = "HeartbeatResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 4;
    const FIRST_FLEXIBLE_VERSION: i16 = 4;
}

impl Response<'_> for HeartbeatResponse {
    const API_KEY: ApiKey = ApiKey::Heartbeat;
}

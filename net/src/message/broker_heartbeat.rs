// Generated from net/schema by `cargo run -p loglane-codegen`. Change the schema, not this file.
//! The API BrokerHeartbeat (63).

use crate::api::ApiKey;
use crate::array::{Array, Element};
use crate::codec::{Message, Request, Response};
use crate::put::{self, EncodeError};
use crate::wire::{DecodeError, Format, Reader};
use loglane_model::TopicId;

/// Kafka's `BrokerHeartbeatRequest`, versions 0 to 2, always flexible.
#[derive(Debug, Clone, PartialEq)]
pub struct BrokerHeartbeatRequest<'a> {
    /// Int32.
    pub broker_id: i32,
    /// Int64, −1 by default.
    pub broker_epoch: i64,
    /// Int64.
    pub current_metadata_offset: i64,
    /// Bool.
    pub want_fence: bool,
    /// Bool.
    pub want_shut_down: bool,
    /// Array of uuid, versions 1 and up, tag 0.
    pub offline_log_dirs: Array<'a, TopicId>,
    /// Array of uuid, versions 2 and up, tag 1, nullable, null by default.
    pub cordoned_log_dirs: Option<Array<'a, TopicId>>,
}

impl Default for BrokerHeartbeatRequest<'_> {
    fn default() -> Self {
        Self {
            broker_id: 0,
            broker_epoch: -1,
            current_metadata_offset: 0,
            want_fence: false,
            want_shut_down: false,
            offline_log_dirs: Array::default(),
            cordoned_log_dirs: None,
        }
    }
}

impl<'a> Element<'a> for BrokerHeartbeatRequest<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let broker_id = reader.int32()?;
        let broker_epoch = reader.int64()?;
        let current_metadata_offset = reader.int64()?;
        let want_fence = reader.bool()?;
        let want_shut_down = reader.bool()?;
        let mut offline_log_dirs = Array::default();
        let mut cordoned_log_dirs = None;
        for _ in 0..reader.tag_count()? {
            let (tag, mut field) = reader.tagged_field()?;
            match tag {
                0 if format.version >= 1 => offline_log_dirs = Array::read(&mut field, format)?,
                1 if format.version >= 2 => cordoned_log_dirs = Array::read_nullable(&mut field, format)?,
                _ => continue,
            }
            field.finish()?;
        }
        Ok(Self {
            broker_id,
            broker_epoch,
            current_metadata_offset,
            want_fence,
            want_shut_down,
            offline_log_dirs,
            cordoned_log_dirs,
        })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.broker_id);
        put::int64(out, self.broker_epoch);
        put::int64(out, self.current_metadata_offset);
        put::bool(out, self.want_fence);
        put::bool(out, self.want_shut_down);
        let has_0 = format.version >= 1 && !self.offline_log_dirs.is_empty();
        if format.version < 1 {
            put::absent(self.offline_log_dirs.is_empty(), "BrokerHeartbeatRequest.offline_log_dirs", format)?;
        }
        let has_1 = format.version >= 2 && self.cordoned_log_dirs.is_some();
        if format.version < 2 {
            put::absent(
                self.cordoned_log_dirs.is_none(),
                "BrokerHeartbeatRequest.cordoned_log_dirs",
                format,
            )?;
        }
        put::tag_count(out, &[has_0, has_1]);
        if has_0 {
            put::tagged_field(out, 0, |out| self.offline_log_dirs.write(out, format))?;
        }
        if has_1 {
            put::tagged_field(out, 1, |out| {
                put::nullable_array(out, self.cordoned_log_dirs.as_ref(), format)
            })?;
        }
        Ok(())
    }
}

impl<'a> Message<'a> for BrokerHeartbeatRequest<'a> {
    const NAME: &'static str = "BrokerHeartbeatRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 2;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Request<'a> for BrokerHeartbeatRequest<'a> {
    const API_KEY: ApiKey = ApiKey::BrokerHeartbeat;
}

/// Kafka's `BrokerHeartbeatResponse`, versions 0 to 2, always flexible.
#[derive(Debug, Clone, PartialEq)]
pub struct BrokerHeartbeatResponse {
    /// Int32.
    pub throttle_time_ms: i32,
    /// Int16.
    pub error_code: i16,
    /// Bool.
    pub is_caught_up: bool,
    /// Bool, true by default.
    pub is_fenced: bool,
    /// Bool.
    pub should_shut_down: bool,
}

impl Default for BrokerHeartbeatResponse {
    fn default() -> Self {
        Self {
            throttle_time_ms: 0,
            error_code: 0,
            is_caught_up: false,
            is_fenced: true,
            should_shut_down: false,
        }
    }
}

impl Element<'_> for BrokerHeartbeatResponse {
    fn read(reader: &mut Reader<'_>, format: Format) -> Result<Self, DecodeError> {
        let throttle_time_ms = reader.int32()?;
        let error_code = reader.int16()?;
        let is_caught_up = reader.bool()?;
        let is_fenced = reader.bool()?;
        let should_shut_down = reader.bool()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { throttle_time_ms, error_code, is_caught_up, is_fenced, should_shut_down })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.throttle_time_ms);
        put::int16(out, self.error_code);
        put::bool(out, self.is_caught_up);
        put::bool(out, self.is_fenced);
        put::bool(out, self.should_shut_down);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl Message<'_> for BrokerHeartbeatResponse {
    const NAME: &'static str = "BrokerHeartbeatResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 2;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl Response<'_> for BrokerHeartbeatResponse {
    const API_KEY: ApiKey = ApiKey::BrokerHeartbeat;
}

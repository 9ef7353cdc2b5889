// Generated from net/schema by `cargo run -p loglane-codegen`. Change the schema, not this file.
//! The API UpdateRaftVoter (82).

use crate::api::ApiKey;
use crate::array::{Array, Element};
use crate::codec::{Message, Request, Response};
use crate::put::{self, EncodeError};
use crate::wire::{DecodeError, Format, Reader};
use loglane_model::TopicId;

/// Kafka's `UpdateRaftVoterRequest`, version 0, always flexible.
#[derive(Debug, Clone, PartialEq)]
pub struct UpdateRaftVoterRequest<'a> {
    /// String, nullable.
    pub cluster_id: Option<&'a str>,
    /// Int32.
    pub current_leader_epoch: i32,
    /// Int32.
    pub voter_id: i32,
    /// Uuid.
    pub voter_directory_id: TopicId,
    /// Array of [`Listener`].
    pub listeners: Array<'a, Listener<'a>>,
    /// [`KRaftVersionFeature`].
    pub kraft_version_feature: KRaftVersionFeature,
}

impl Default for UpdateRaftVoterRequest<'_> {
    fn default() -> Self {
        Self {
            cluster_id: Some(""),
            current_leader_epoch: 0,
            voter_id: 0,
            voter_directory_id: TopicId::ZERO,
            listeners: Array::default(),
            kraft_version_feature: KRaftVersionFeature::default(),
        }
    }
}

impl<'a> Element<'a> for UpdateRaftVoterRequest<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let cluster_id = reader.nullable_string(format)?;
        let current_leader_epoch = reader.int32()?;
        let voter_id = reader.int32()?;
        let voter_directory_id = reader.uuid()?;
        let listeners = Array::read(reader, format)?;
        let kraft_version_feature = KRaftVersionFeature::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self {
            cluster_id,
            current_leader_epoch,
            voter_id,
            voter_directory_id,
            listeners,
            kraft_version_feature,
        })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::nullable_string(out, self.cluster_id, format)?;
        put::int32(out, self.current_leader_epoch);
        put::int32(out, self.voter_id);
        put::uuid(out, self.voter_directory_id);
        self.listeners.write(out, format)?;
        self.kraft_version_feature.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`UpdateRaftVoterRequest`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Listener<'a> {
    /// String.
    pub name: &'a str,
    /// String.
    pub host: &'a str,
    /// Uint16.
    pub port: u16,
}

impl<'a> Element<'a> for Listener<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let name = reader.string(format)?;
        let host = reader.string(format)?;
        let port = reader.uint16()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { name, host, port })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.name, format)?;
        put::string(out, self.host, format)?;
        put::uint16(out, self.port);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`UpdateRaftVoterRequest`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct KRaftVersionFeature {
    /// Int16.
    pub min_supported_version: i16,
    /// Int16.
    pub max_supported_version: i16,
}

impl Element<'_> for KRaftVersionFeature {
    fn read(reader: &mut Reader<'_>, format: Format) -> Result<Self, DecodeError> {
        let min_supported_version = reader.int16()?;
        let max_supported_version = reader.int16()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { min_supported_version, max_supported_version })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int16(out, self.min_supported_version);
        put::int16(out, self.max_supported_version);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for UpdateRaftVoterRequest<'a> {
    const NAME: &'static str = "UpdateRaftVoterRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Request<'a> for UpdateRaftVoterRequest<'a> {
    const API_KEY: ApiKey = ApiKey::UpdateRaftVoter;
}

/// Kafka's `UpdateRaftVoterResponse`, version 0, always flexible.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct UpdateRaftVoterResponse<'a> {
    /// Int32.
    pub throttle_time_ms: i32,
    /// Int16.
    pub error_code: i16,
    /// [`CurrentLeader`], tag 0.
    pub current_leader: CurrentLeader<'a>,
}

impl<'a> Element<'a> for UpdateRaftVoterResponse<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let throttle_time_ms = reader.int32()?;
        let error_code = reader.int16()?;
        let mut current_leader = CurrentLeader::default();
        for _ in 0..reader.tag_count()? {
            let (tag, mut field) = reader.tagged_field()?;
            match tag {
                0 => current_leader = CurrentLeader::read(&mut field, format)?,
                _ => continue,
            }
            field.finish()?;
        }
        Ok(Self { throttle_time_ms, error_code, current_leader })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.throttle_time_ms);
        put::int16(out, self.error_code);
        let has_0 = self.current_leader != CurrentLeader::default();
        put::tag_count(out, &[has_0]);
        if has_0 {
            put::tagged_field(out, 0, |out| self.current_leader.write(out, format))?;
        }
        Ok(())
    }
}

/// Part of [`UpdateRaftVoterResponse`].
#[derive(Debug, Clone, PartialEq)]
pub struct CurrentLeader<'a> {
    /// Int32, −1 by default.
    pub leader_id: i32,
    /// Int32, −1 by default.
    pub leader_epoch: i32,
    /// String.
    pub host: &'a str,
    /// Int32.
    pub port: i32,
}

impl Default for CurrentLeader<'_> {
    fn default() -> Self {
        Self { leader_id: -1, leader_epoch: -1, host: "", port: 0 }
    }
}

impl<'a> Element<'a> for CurrentLeader<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let leader_id = reader.int32()?;
        let leader_epoch = reader.int32()?;
        let host = reader.string(format)?;
        let port = reader.int32()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { leader_id, leader_epoch, host, port })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.leader_id);
        put::int32(out, self.leader_epoch);
        put::string(out, self.host, format)?;
        put::int32(out, self.port);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for UpdateRaftVoterResponse<'a> {
    const NAME: &'static str = "UpdateRaftVoterResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Response<'a> for UpdateRaftVoterResponse<'a> {
    const API_KEY: ApiKey = ApiKey::UpdateRaftVoter;
}

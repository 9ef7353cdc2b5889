// Generated from net/schema by `cargo run -p loglane-codegen`. Change the schema, not this file.
//! Control records of the logs (KRaft and transactions), and the file quorum-state.

use crate::array::{Array, Element};
use crate::codec::Message;
use crate::put::{self, EncodeError};
use crate::wire::{DecodeError, Format, Reader};
use loglane_model::TopicId;

/// Kafka's `ControlRecordTypeSchema`, version 0.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ControlRecordTypeSchema {
    /// Int16.
    pub r#type: i16,
}

impl Element<'_> for ControlRecordTypeSchema {
    fn read(reader: &mut Reader<'_>, _format: Format) -> Result<Self, DecodeError> {
        let r#type = reader.int16()?;
        Ok(Self { r#type })
    }

    fn write(&self, out: &mut Vec<u8>, _format: Format) -> Result<(), EncodeError> {
        put::int16(out, self.r#type);
        Ok(())
    }
}

impl Message<'_> for ControlRecordTypeSchema {
    const NAME: &'static str = "ControlRecordTypeSchema";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = i16::MAX;
}

/// Kafka's `EndTxnMarker`, version 0.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct EndTxnMarker {
    /// Int32.
    pub coordinator_epoch: i32,
}

impl Element<'_> for EndTxnMarker {
    fn read(reader: &mut Reader<'_>, _format: Format) -> Result<Self, DecodeError> {
        let coordinator_epoch = reader.int32()?;
        Ok(Self { coordinator_epoch })
    }

    fn write(&self, out: &mut Vec<u8>, _format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.coordinator_epoch);
        Ok(())
    }
}

impl Message<'_> for EndTxnMarker {
    const NAME: &'static str = "EndTxnMarker";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = i16::MAX;
}

/// Kafka's `KRaftVersionRecord`, version 0, always flexible.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct KRaftVersionRecord {
    /// Int16.
    pub version: i16,
    /// Int16.
    pub kraft_version: i16,
}

impl Element<'_> for KRaftVersionRecord {
    fn read(reader: &mut Reader<'_>, format: Format) -> Result<Self, DecodeError> {
        let version = reader.int16()?;
        let kraft_version = reader.int16()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { version, kraft_version })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int16(out, self.version);
        put::int16(out, self.kraft_version);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl Message<'_> for KRaftVersionRecord {
    const NAME: &'static str = "KRaftVersionRecord";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

/// Kafka's `LeaderChangeMessage`, versions 0 to 1, always flexible.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LeaderChangeMessage<'a> {
    /// Int16.
    pub version: i16,
    /// Int32.
    pub leader_id: i32,
    /// Array of [`LeaderChangeMessageVoter`].
    pub voters: Array<'a, LeaderChangeMessageVoter>,
    /// Array of [`LeaderChangeMessageVoter`].
    pub granting_voters: Array<'a, LeaderChangeMessageVoter>,
}

impl<'a> Element<'a> for LeaderChangeMessage<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let version = reader.int16()?;
        let leader_id = reader.int32()?;
        let voters = Array::read(reader, format)?;
        let granting_voters = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { version, leader_id, voters, granting_voters })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int16(out, self.version);
        put::int32(out, self.leader_id);
        self.voters.write(out, format)?;
        self.granting_voters.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`LeaderChangeMessage`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LeaderChangeMessageVoter {
    /// Int32.
    pub voter_id: i32,
    /// Uuid, versions 1 and up.
    pub voter_directory_id: TopicId,
}

impl Element<'_> for LeaderChangeMessageVoter {
    fn read(reader: &mut Reader<'_>, format: Format) -> Result<Self, DecodeError> {
        let voter_id = reader.int32()?;
        let voter_directory_id = if format.version >= 1 { reader.uuid()? } else { TopicId::ZERO };
        reader.skip_tagged_fields(format)?;
        Ok(Self { voter_id, voter_directory_id })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.voter_id);
        if format.version >= 1 {
            put::uuid(out, self.voter_directory_id);
        } else {
            put::absent(
                self.voter_directory_id.is_zero(),
                "LeaderChangeMessageVoter.voter_directory_id",
                format,
            )?;
        }
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for LeaderChangeMessage<'a> {
    const NAME: &'static str = "LeaderChangeMessage";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 1;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

/// Kafka's `SnapshotFooterRecord`, version 0, always flexible.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SnapshotFooterRecord {
    /// Int16.
    pub version: i16,
}

impl Element<'_> for SnapshotFooterRecord {
    fn read(reader: &mut Reader<'_>, format: Format) -> Result<Self, DecodeError> {
        let version = reader.int16()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { version })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int16(out, self.version);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl Message<'_> for SnapshotFooterRecord {
    const NAME: &'static str = "SnapshotFooterRecord";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

/// Kafka's `SnapshotHeaderRecord`, version 0, always flexible.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SnapshotHeaderRecord {
    /// Int16.
    pub version: i16,
    /// Int64.
    pub last_contained_log_timestamp: i64,
}

impl Element<'_> for SnapshotHeaderRecord {
    fn read(reader: &mut Reader<'_>, format: Format) -> Result<Self, DecodeError> {
        let version = reader.int16()?;
        let last_contained_log_timestamp = reader.int64()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { version, last_contained_log_timestamp })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int16(out, self.version);
        put::int64(out, self.last_contained_log_timestamp);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl Message<'_> for SnapshotHeaderRecord {
    const NAME: &'static str = "SnapshotHeaderRecord";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

/// Kafka's `VotersRecord`, version 0, always flexible.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct VotersRecord<'a> {
    /// Int16.
    pub version: i16,
    /// Array of [`VotersVoter`].
    pub voters: Array<'a, VotersVoter<'a>>,
}

impl<'a> Element<'a> for VotersRecord<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let version = reader.int16()?;
        let voters = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { version, voters })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int16(out, self.version);
        self.voters.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`VotersRecord`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct VotersVoter<'a> {
    /// Int32.
    pub voter_id: i32,
    /// Uuid.
    pub voter_directory_id: TopicId,
    /// Array of [`Endpoint`].
    pub endpoints: Array<'a, Endpoint<'a>>,
    /// [`KRaftVersionFeature`].
    pub kraft_version_feature: KRaftVersionFeature,
}

impl<'a> Element<'a> for VotersVoter<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let voter_id = reader.int32()?;
        let voter_directory_id = reader.uuid()?;
        let endpoints = Array::read(reader, format)?;
        let kraft_version_feature = KRaftVersionFeature::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { voter_id, voter_directory_id, endpoints, kraft_version_feature })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.voter_id);
        put::uuid(out, self.voter_directory_id);
        self.endpoints.write(out, format)?;
        self.kraft_version_feature.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`VotersRecord`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Endpoint<'a> {
    /// String.
    pub name: &'a str,
    /// String.
    pub host: &'a str,
    /// Uint16.
    pub port: u16,
}

impl<'a> Element<'a> for Endpoint<'a> {
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

/// Part of [`VotersRecord`].
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

impl<'a> Message<'a> for VotersRecord<'a> {
    const NAME: &'static str = "VotersRecord";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

/// Kafka's `QuorumStateData`, versions 0 to 1, always flexible.
#[derive(Debug, Clone, PartialEq)]
pub struct QuorumStateData<'a> {
    /// String, version 0.
    pub cluster_id: &'a str,
    /// Int32, −1 by default.
    pub leader_id: i32,
    /// Int32, −1 by default.
    pub leader_epoch: i32,
    /// Int32, −1 by default.
    pub voted_id: i32,
    /// Uuid, versions 1 and up.
    pub voted_directory_id: TopicId,
    /// Int64, version 0.
    pub applied_offset: i64,
    /// Array of [`QuorumStateVoter`], version 0, nullable.
    pub current_voters: Option<Array<'a, QuorumStateVoter>>,
}

impl Default for QuorumStateData<'_> {
    fn default() -> Self {
        Self {
            cluster_id: "",
            leader_id: -1,
            leader_epoch: -1,
            voted_id: -1,
            voted_directory_id: TopicId::ZERO,
            applied_offset: 0,
            current_voters: Some(Array::default()),
        }
    }
}

impl<'a> Element<'a> for QuorumStateData<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let cluster_id = if format.version <= 0 { reader.string(format)? } else { "" };
        let leader_id = reader.int32()?;
        let leader_epoch = reader.int32()?;
        let voted_id = reader.int32()?;
        let voted_directory_id = if format.version >= 1 { reader.uuid()? } else { TopicId::ZERO };
        let applied_offset = if format.version <= 0 { reader.int64()? } else { 0 };
        let current_voters =
            if format.version <= 0 { Array::read_nullable(reader, format)? } else { Some(Array::default()) };
        reader.skip_tagged_fields(format)?;
        Ok(Self {
            cluster_id,
            leader_id,
            leader_epoch,
            voted_id,
            voted_directory_id,
            applied_offset,
            current_voters,
        })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        if format.version <= 0 {
            put::string(out, self.cluster_id, format)?;
        } else {
            put::absent(self.cluster_id.is_empty(), "QuorumStateData.cluster_id", format)?;
        }
        put::int32(out, self.leader_id);
        put::int32(out, self.leader_epoch);
        put::int32(out, self.voted_id);
        if format.version >= 1 {
            put::uuid(out, self.voted_directory_id);
        } else {
            put::absent(self.voted_directory_id.is_zero(), "QuorumStateData.voted_directory_id", format)?;
        }
        if format.version <= 0 {
            put::int64(out, self.applied_offset);
        } else {
            put::absent(self.applied_offset == 0, "QuorumStateData.applied_offset", format)?;
        }
        if format.version <= 0 {
            put::nullable_array(out, self.current_voters.as_ref(), format)?;
        } else {
            put::absent(
                self.current_voters.as_ref().is_some_and(Array::is_empty),
                "QuorumStateData.current_voters",
                format,
            )?;
        }
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`QuorumStateData`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct QuorumStateVoter {
    /// Int32.
    pub voter_id: i32,
}

impl Element<'_> for QuorumStateVoter {
    fn read(reader: &mut Reader<'_>, format: Format) -> Result<Self, DecodeError> {
        let voter_id = reader.int32()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { voter_id })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.voter_id);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for QuorumStateData<'a> {
    const NAME: &'static str = "QuorumStateData";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 1;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

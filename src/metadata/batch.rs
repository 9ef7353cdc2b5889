//! Batches of the metadata log: data batches of metadata records, control batches of the quorum's own.

use super::record_codec::{self, RecordError};
use crate::controller::Append;
use loglane_model::{BATCH_HEADER_BYTES, BrokerId, LeaderEpoch, Offset, TopicId};
use loglane_net::message::control_records as wire;
use loglane_net::{DecodeError, Message, Reader};
use loglane_replication::MetadataRecord;
use loglane_replication::record::Uuid;
use loglane_storage::batch::{StoredBatch, records_of};
use loglane_storage::batch_builder::BatchBuilder;
use loglane_storage::control::ControlType;
use loglane_storage::record::BadRecord;
use std::fmt;

/// Most records in one batch, as in Kafka's controller.
pub const BATCH_RECORDS_MAX: usize = 10_000;

/// Most bytes in one batch of several records: half of what the metadata log takes, as a Kafka's does.
pub const BATCH_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Bytes that a record takes beside its value, at most: three lengths, a time that may be any, an offset, attributes.
const RECORD_OVERHEAD_BYTES_MAX: usize = 48;

/// Where a voter listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VoterEndpoint {
    /// The listener's name.
    pub name: String,
    /// Host name or address.
    pub host: String,
    /// Port.
    pub port: u16,
}

/// A voter of the metadata quorum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Voter {
    /// The node.
    pub id: BrokerId,
    /// The directory with its copy of the log: a new disk is a new voter.
    pub directory_id: Uuid,
    /// Where it listens for the quorum.
    pub endpoints: Vec<VoterEndpoint>,
    /// The lowest and highest kraft.version that it can run with.
    pub kraft_versions: (i16, i16),
}

/// What log and snapshots say about the quorum.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Quorum {
    /// 0: the voters are in the configuration; 1: they are in the log.
    pub kraft_version: i16,
    /// The voters, as the last record has them.
    pub voters: Vec<Voter>,
}

impl Quorum {
    /// Takes in what a control record says about the quorum.
    pub fn on_control(&mut self, record: &ControlRecord) {
        match record {
            ControlRecord::KRaftVersion(version) => self.kraft_version = *version,
            ControlRecord::KRaftVoters(voters) => self.voters.clone_from(voters),
            ControlRecord::LeaderChange { .. }
            | ControlRecord::SnapshotHeader { .. }
            | ControlRecord::SnapshotFooter
            | ControlRecord::Other(_) => {}
        }
    }
}

/// A control record of the metadata log or of a snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ControlRecord {
    /// Somebody leads from here on.
    LeaderChange {
        /// Who.
        leader: BrokerId,
        /// All voters, which are those that voted for it too as long as there is but one.
        voters: Vec<BrokerId>,
    },
    /// A snapshot begins.
    SnapshotHeader {
        /// The timestamp of the last record that it covers, in ms since 1970.
        last_contained_log_timestamp_ms: i64,
    },
    /// A snapshot is complete.
    SnapshotFooter,
    /// The quorum's protocol.
    KRaftVersion(i16),
    /// The quorum's voters.
    KRaftVoters(Vec<Voter>),
    /// A type that says nothing here.
    Other(i16),
}

/// A record of a batch with its place.
#[derive(Debug, Clone, PartialEq)]
pub enum Entry {
    /// A metadata record, and the version it was written in.
    Data {
        /// Its offset.
        offset: Offset,
        /// What it says.
        record: MetadataRecord,
        /// The version of its bytes.
        version: i16,
    },
    /// A control record.
    Control {
        /// Its offset.
        offset: Offset,
        /// What it says.
        record: ControlRecord,
    },
}

/// Why a batch of the metadata log cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BatchError {
    /// It is compressed; Kafka never compresses metadata.
    Compressed,
    /// A record has no value, or a control record no key.
    Empty(Offset),
    /// A record cannot be read.
    Layout(Offset, BadRecord),
    /// A record is not at the offset behind the one before: metadata is never compacted.
    Gap(Offset),
    /// A metadata record cannot be read.
    Record(Offset, RecordError),
    /// A control record cannot be read.
    Control(Offset, DecodeError),
}

impl fmt::Display for BatchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BatchError::Compressed => f.write_str("a batch of metadata is compressed"),
            BatchError::Empty(offset) => write!(f, "the metadata record at offset {offset} is empty"),
            BatchError::Layout(offset, error) => {
                write!(f, "the metadata record at offset {offset} cannot be read: {error:?}")
            }
            BatchError::Gap(offset) => write!(f, "the metadata record at offset {offset} is missing"),
            BatchError::Record(offset, error) => {
                write!(f, "the metadata record at offset {offset} cannot be read: {error}")
            }
            BatchError::Control(offset, error) => {
                write!(f, "the control record at offset {offset} cannot be read: {error}")
            }
        }
    }
}

impl std::error::Error for BatchError {}

/// Bytes that a record takes in a batch, or a few more. `scratch` is kept for its memory.
#[must_use]
pub fn record_bytes(record: &MetadataRecord, metadata_version: i16, scratch: &mut Vec<u8>) -> usize {
    scratch.clear();
    encode_value(record, metadata_version, scratch);
    scratch.len() + RECORD_OVERHEAD_BYTES_MAX
}

/// Whether records make one batch, and not several.
#[must_use]
pub fn fit_one_batch(records: &[MetadataRecord], metadata_version: i16) -> bool {
    if records.len() <= 1 || records.len() > BATCH_RECORDS_MAX {
        return records.len() <= 1;
    }
    let mut scratch = Vec::new();
    let sizes = records.iter().map(|record| record_bytes(record, metadata_version, &mut scratch));
    BATCH_HEADER_BYTES + sizes.sum::<usize>() <= BATCH_BYTES_MAX
}

/// The batches of an append, in order: one where its records [fit one](fit_one_batch), else as few as hold
/// [`BATCH_RECORDS_MAX`] records and [`BATCH_BYTES_MAX`] bytes each. No batch is too large for the metadata log,
/// whatever was decided.
///
/// # Panics
/// If a record does not fit the protocol: the controller bounds what goes into one.
#[must_use]
pub fn encode_data_batches(append: &Append, metadata_version: i16, timestamp_ms: i64) -> Vec<Vec<u8>> {
    let begin = |offset| BatchBuilder::new().base_offset(offset).leader_epoch(append.epoch);
    let mut builder = begin(append.base_offset);
    let (mut batches, mut in_batch) = (Vec::new(), 0);
    let mut value = Vec::new();
    for (offset, record) in (append.base_offset.0..).map(Offset).zip(&append.records) {
        let bytes = record_bytes(record, metadata_version, &mut value);
        if in_batch == BATCH_RECORDS_MAX || in_batch > 0 && builder.bytes() + bytes > BATCH_BYTES_MAX {
            batches.push(std::mem::replace(&mut builder, begin(offset)).finish());
            in_batch = 0;
        }
        builder.push(timestamp_ms, None, Some(&value), &[]);
        in_batch += 1;
    }
    batches.push(builder.finish());
    batches
}

fn encode_value(record: &MetadataRecord, metadata_version: i16, value: &mut Vec<u8>) {
    let version = record_codec::record_version(record, metadata_version);
    record_codec::encode(record, version, value).expect("the controller bounds what a record says");
}

/// One data batch of a snapshot.
pub(super) fn encode_records(
    records: &[MetadataRecord],
    base_offset: Offset,
    epoch: LeaderEpoch,
    metadata_version: i16,
    timestamp_ms: i64,
) -> Vec<u8> {
    let mut builder = BatchBuilder::new().base_offset(base_offset).leader_epoch(epoch);
    let mut value = Vec::new();
    for record in records {
        value.clear();
        encode_value(record, metadata_version, &mut value);
        builder.push(timestamp_ms, None, Some(&value), &[]);
    }
    builder.finish()
}

/// A control batch.
#[must_use]
pub fn encode_control_batch(
    base_offset: Offset,
    epoch: LeaderEpoch,
    timestamp_ms: i64,
    records: &[ControlRecord],
) -> Vec<u8> {
    let mut builder = BatchBuilder::new().base_offset(base_offset).leader_epoch(epoch).control();
    for record in records {
        let (kind, value) = encode_control(record);
        builder.push(timestamp_ms, Some(&kind.key()), Some(&value), &[]);
    }
    builder.finish()
}

fn encode_control(record: &ControlRecord) -> (ControlType, Vec<u8>) {
    let mut value = Vec::new();
    let (kind, encoded) = match record {
        ControlRecord::LeaderChange { leader, voters } => {
            let voters: Vec<_> = voters
                .iter()
                .map(|id| wire::LeaderChangeMessageVoter { voter_id: id.0, ..Default::default() })
                .collect();
            let message = wire::LeaderChangeMessage {
                version: 0,
                leader_id: leader.0,
                voters: voters.as_slice().into(),
                granting_voters: voters.as_slice().into(),
            };
            (ControlType::LeaderChange, message.encode(&mut value, 0))
        }
        ControlRecord::SnapshotHeader { last_contained_log_timestamp_ms } => {
            let message = wire::SnapshotHeaderRecord {
                version: 0,
                last_contained_log_timestamp: *last_contained_log_timestamp_ms,
            };
            (ControlType::SnapshotHeader, message.encode(&mut value, 0))
        }
        ControlRecord::SnapshotFooter => {
            (ControlType::SnapshotFooter, wire::SnapshotFooterRecord { version: 0 }.encode(&mut value, 0))
        }
        ControlRecord::KRaftVersion(kraft_version) => {
            let message = wire::KRaftVersionRecord { version: 0, kraft_version: *kraft_version };
            (ControlType::KraftVersion, message.encode(&mut value, 0))
        }
        ControlRecord::KRaftVoters(voters) => {
            let message =
                wire::VotersRecord { version: 0, voters: voters.iter().map(voter_on_wire).collect() };
            (ControlType::KraftVoters, message.encode(&mut value, 0))
        }
        ControlRecord::Other(code) => unreachable!("control type {code} is read, never written"),
    };
    encoded.expect("a listener's name and host were short enough for the configuration");
    (kind, value)
}

fn voter_on_wire(voter: &Voter) -> wire::VotersVoter<'_> {
    wire::VotersVoter {
        voter_id: voter.id.0,
        voter_directory_id: TopicId(voter.directory_id.0),
        endpoints: voter
            .endpoints
            .iter()
            .map(|endpoint| wire::Endpoint {
                name: &endpoint.name,
                host: &endpoint.host,
                port: endpoint.port,
            })
            .collect(),
        kraft_version_feature: wire::KRaftVersionFeature {
            min_supported_version: voter.kraft_versions.0,
            max_supported_version: voter.kraft_versions.1,
        },
    }
}

/// Hands the records of a whole batch to `take`, in order. The batch's CRC has been checked by whoever walked there.
pub fn read_batch<E: From<BatchError>>(
    batch: &StoredBatch<'_>,
    mut take: impl FnMut(Entry) -> Result<(), E>,
) -> Result<(), E> {
    let attributes = batch.header.attributes();
    if attributes.0 & 0x07 != 0 {
        return Err(BatchError::Compressed.into());
    }
    let base = batch.header.base_offset();
    // The walk has checked that base offset and last delta fit; a delta in between may still be anything.
    let mut offset = base;
    for record in records_of(batch.bytes) {
        let record = record.map_err(|error| BatchError::Layout(offset, error))?;
        if i64::from(record.offset_delta) != offset.minus(base) {
            return Err(BatchError::Gap(offset).into());
        }
        let value = record.value.ok_or(BatchError::Empty(offset))?;
        let entry = if attributes.is_control() {
            let kind = record.key.and_then(ControlType::parse_key).ok_or(BatchError::Empty(offset))?;
            let record = decode_control(kind, value).map_err(|error| BatchError::Control(offset, error))?;
            Entry::Control { offset, record }
        } else {
            let decoded = record_codec::decode(value).map_err(|error| BatchError::Record(offset, error));
            let (record, version) = decoded?;
            Entry::Data { offset, record, version }
        };
        take(entry)?;
        offset = offset.plus(1);
    }
    Ok(())
}

fn decode_control(kind: ControlType, value: &[u8]) -> Result<ControlRecord, DecodeError> {
    // Every control record of the quorum begins with its own version.
    let version =
        value.first_chunk::<2>().map(|bytes| i16::from_be_bytes(*bytes)).ok_or(DecodeError::Truncated)?;
    let reader = &mut Reader::new(value);
    Ok(match kind {
        ControlType::LeaderChange => {
            let message = wire::LeaderChangeMessage::decode(reader, version)?;
            ControlRecord::LeaderChange {
                leader: BrokerId(message.leader_id),
                voters: message.voters.iter().map(|voter| BrokerId(voter.voter_id)).collect(),
            }
        }
        ControlType::SnapshotHeader => {
            let message = wire::SnapshotHeaderRecord::decode(reader, version)?;
            let last_contained_log_timestamp_ms = message.last_contained_log_timestamp;
            ControlRecord::SnapshotHeader { last_contained_log_timestamp_ms }
        }
        ControlType::SnapshotFooter => {
            wire::SnapshotFooterRecord::decode(reader, version)?;
            ControlRecord::SnapshotFooter
        }
        ControlType::KraftVersion => {
            ControlRecord::KRaftVersion(wire::KRaftVersionRecord::decode(reader, version)?.kraft_version)
        }
        ControlType::KraftVoters => {
            let message = wire::VotersRecord::decode(reader, version)?;
            ControlRecord::KRaftVoters(message.voters.iter().map(voter_from_wire).collect())
        }
        ControlType::Abort | ControlType::Commit | ControlType::Unknown(_) => {
            ControlRecord::Other(kind.code())
        }
    })
}

fn voter_from_wire(voter: wire::VotersVoter<'_>) -> Voter {
    let endpoint = |endpoint: wire::Endpoint<'_>| VoterEndpoint {
        name: endpoint.name.to_owned(),
        host: endpoint.host.to_owned(),
        port: endpoint.port,
    };
    Voter {
        id: BrokerId(voter.voter_id),
        directory_id: Uuid(voter.voter_directory_id.0),
        endpoints: voter.endpoints.iter().map(endpoint).collect(),
        kraft_versions: (
            voter.kraft_version_feature.min_supported_version,
            voter.kraft_version_feature.max_supported_version,
        ),
    }
}

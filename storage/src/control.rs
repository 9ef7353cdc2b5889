//! Control records: the markers that end a transaction, and the ones KRaft writes into its own log.
//!
//! A control record's key is {i16 version, i16 type}. The value of an end marker is {i16 version, i32 coordinator
//! epoch}; newer versions may append fields, so longer ones are read and the rest ignored.

use crate::batch::records_of;
use crate::batch_builder::BatchBuilder;
use loglane_model::{BatchHeader, ProducerId};

/// What a control record is, after its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ControlType {
    /// Ends a transaction: what it wrote does not count.
    Abort,
    /// Ends a transaction: what it wrote counts.
    Commit,
    /// KRaft: who leads the quorum.
    LeaderChange,
    /// KRaft: first record of a snapshot.
    SnapshotHeader,
    /// KRaft: last record of a snapshot.
    SnapshotFooter,
    /// KRaft: the version of the quorum's protocol.
    KraftVersion,
    /// KRaft: who votes.
    KraftVoters,
    /// A type that this version does not know; such records are skipped.
    Unknown(i16),
}

impl ControlType {
    /// The number in the key.
    #[must_use]
    pub fn code(self) -> i16 {
        match self {
            ControlType::Abort => 0,
            ControlType::Commit => 1,
            ControlType::LeaderChange => 2,
            ControlType::SnapshotHeader => 3,
            ControlType::SnapshotFooter => 4,
            ControlType::KraftVersion => 5,
            ControlType::KraftVoters => 6,
            ControlType::Unknown(code) => code,
        }
    }

    /// Reads a control record's key; `None` if it is too short to be one.
    #[must_use]
    pub fn parse_key(key: &[u8]) -> Option<ControlType> {
        let (version_and_type, _) = key.split_first_chunk::<4>()?;
        let version = i16::from_be_bytes([version_and_type[0], version_and_type[1]]);
        let code = i16::from_be_bytes([version_and_type[2], version_and_type[3]]);
        if version < 0 {
            return None;
        }
        Some(match code {
            0 => ControlType::Abort,
            1 => ControlType::Commit,
            2 => ControlType::LeaderChange,
            3 => ControlType::SnapshotHeader,
            4 => ControlType::SnapshotFooter,
            5 => ControlType::KraftVersion,
            6 => ControlType::KraftVoters,
            other => ControlType::Unknown(other),
        })
    }

    /// The key of a control record of this type.
    #[must_use]
    pub fn key(self) -> [u8; 4] {
        let code = self.code().to_be_bytes();
        [0, 0, code[0], code[1]]
    }
}

/// The end of a transaction on one partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EndMarker {
    /// Whether what the transaction wrote counts.
    pub committed: bool,
    /// Epoch of the coordinator that decided; a lower one than seen before is a zombie's.
    pub coordinator_epoch: i32,
}

/// Why a control batch holds no readable marker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadMarker {
    /// The record itself cannot be read.
    Record(crate::record::BadRecord),
    /// The key is missing or too short.
    Key,
    /// The value is missing or too short.
    Value,
}

/// What a control batch says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ControlBatch {
    /// Compaction removed the record: the transaction has left the log altogether.
    Empty,
    /// The end of a transaction.
    End(EndMarker),
    /// Something that concerns no producer.
    Other(ControlType),
}

impl ControlBatch {
    /// Reads the first record of a whole control batch. Control batches are never compressed.
    pub fn parse(batch: &[u8]) -> Result<ControlBatch, BadMarker> {
        let Some(first) = records_of(batch).next() else {
            return Ok(ControlBatch::Empty);
        };
        let record = first.map_err(BadMarker::Record)?;
        let kind = record.key.and_then(ControlType::parse_key).ok_or(BadMarker::Key)?;
        let committed = match kind {
            ControlType::Abort => false,
            ControlType::Commit => true,
            other => return Ok(ControlBatch::Other(other)),
        };
        let value = record.value.and_then(|value| value.first_chunk::<6>()).ok_or(BadMarker::Value)?;
        let version = i16::from_be_bytes([value[0], value[1]]);
        if version < 0 {
            return Err(BadMarker::Value);
        }
        let coordinator_epoch = i32::from_be_bytes([value[2], value[3], value[4], value[5]]);
        Ok(ControlBatch::End(EndMarker { committed, coordinator_epoch }))
    }
}

/// The batch that ends a transaction: control and transactional, one record, no sequence.
#[must_use]
pub fn end_marker_batch(
    producer_id: ProducerId,
    producer_epoch: i16,
    marker: EndMarker,
    timestamp_ms: i64,
) -> Vec<u8> {
    let kind = if marker.committed { ControlType::Commit } else { ControlType::Abort };
    let mut value = [0; 6];
    value[2..].copy_from_slice(&marker.coordinator_epoch.to_be_bytes());
    let mut builder = BatchBuilder::new().producer(producer_id, producer_epoch, -1).transactional().control();
    builder.push(timestamp_ms, Some(&kind.key()), Some(&value), &[]);
    builder.finish()
}

/// Whether a batch is a control batch, by its header alone.
#[must_use]
pub fn is_control(header: &BatchHeader) -> bool {
    header.attributes().is_control()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::BadRecord;

    fn batch(key: Option<&[u8]>, value: Option<&[u8]>) -> Vec<u8> {
        let mut builder = BatchBuilder::new().control();
        builder.push(1, key, value, &[]);
        builder.finish()
    }

    #[test]
    fn a_marker_is_read_as_it_was_written() {
        for marker in [
            EndMarker { committed: true, coordinator_epoch: 0 },
            EndMarker { committed: false, coordinator_epoch: i32::MAX },
        ] {
            let batch = end_marker_batch(ProducerId(5), 3, marker, 1000);
            assert_eq!(ControlBatch::parse(&batch), Ok(ControlBatch::End(marker)));
            assert!(is_control(BatchHeader::peek(&batch).unwrap()));
        }
        let longer = batch(Some(&[0, 9, 0, 1, 7]), Some(&[0, 9, 0, 0, 0, 4, 1, 2, 3]));
        let marker = EndMarker { committed: true, coordinator_epoch: 4 };
        assert_eq!(ControlBatch::parse(&longer), Ok(ControlBatch::End(marker)), "newer versions only append");
    }

    #[test]
    fn other_control_records_are_told_apart() {
        for code in [2, 3, 4, 5, 6, 7, -1] {
            let kind = ControlType::parse_key(&ControlType::Unknown(code).key()).unwrap();
            assert_eq!(kind.code(), code);
            assert_eq!(ControlBatch::parse(&batch(Some(&kind.key()), None)), Ok(ControlBatch::Other(kind)));
        }
        assert_eq!(ControlBatch::parse(&BatchBuilder::new().control().finish()), Ok(ControlBatch::Empty));
    }

    #[test]
    fn control_records_that_say_nothing_are_refused() {
        let commit = ControlType::Commit.key();
        for (bytes, expected) in [
            (batch(None, None), BadMarker::Key),
            (batch(Some(&[0, 0, 0]), None), BadMarker::Key),
            (batch(Some(&[0xff, 0xff, 0, 1]), Some(&[0; 6])), BadMarker::Key),
            (batch(Some(&commit), None), BadMarker::Value),
            (batch(Some(&commit), Some(&[0; 5])), BadMarker::Value),
            (batch(Some(&commit), Some(&[0x80, 0, 0, 0, 0, 0])), BadMarker::Value),
            (batch(Some(&commit), Some(&[0; 6]))[..70].to_vec(), BadMarker::Record(BadRecord::Cut)),
        ] {
            assert_eq!(ControlBatch::parse(&bytes), Err(expected));
        }
    }
}

//! The header of a record batch, version 2: the same 61 bytes on the wire and on disk.
//!
//! Layout after Kafka's `DefaultRecordBatch`. The first 17 bytes (base offset, length, leader epoch, magic)
//! lie outside the CRC, which is why the leader can patch them in its own copy.

use crate::{LeaderEpoch, Offset, ProducerId};
use zerocopy::byteorder::big_endian::{I16, I32, I64, U32};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

/// Bytes of a batch before its records.
pub const BATCH_HEADER_BYTES: usize = 61;

/// Bytes of a batch that its length field does not count: the base offset and the length itself.
pub const BATCH_OVERHEAD_BYTES: usize = 12;

/// The fixed header, read and patched in place.
#[derive(Debug, Clone, Copy, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
pub struct BatchHeader {
    /// Offset of the first record; inclusive. Rewritten by the leader.
    pub base_offset: I64,
    /// Bytes that follow this field.
    pub batch_length: I32,
    /// Epoch of the leader that appended the batch. Rewritten by the leader.
    pub leader_epoch: I32,
    /// Format of the batch; 2 is the only one that is written.
    pub magic: u8,
    /// CRC-32C of everything from `attributes` to the end.
    pub crc: U32,
    /// See [`Attributes`].
    pub attributes: I16,
    /// Offset of the last record less the base offset; also the last sequence less the base sequence.
    pub last_offset_delta: I32,
    /// What the records' timestamps count from; the delete horizon when bit 6 is set.
    pub base_timestamp: I64,
    /// Largest timestamp of the records, or the append time (`LogAppendTime`).
    pub max_timestamp: I64,
    /// −1 when the producer is not idempotent.
    pub producer_id: I64,
    /// −1 when the producer is not idempotent.
    pub producer_epoch: I16,
    /// Sequence of the first record; −1 when the producer is not idempotent.
    pub base_sequence: I32,
    /// Number of records; for a compacted batch it may be less than `last_offset_delta + 1`.
    pub record_count: I32,
}

const _: () = assert!(size_of::<BatchHeader>() == BATCH_HEADER_BYTES);

impl BatchHeader {
    /// Where the CRC begins to count.
    pub const CRC_FROM: usize = 21;

    /// Views the first 61 bytes; `None` if there are fewer. Nothing is checked.
    #[must_use]
    pub fn peek(bytes: &[u8]) -> Option<&BatchHeader> {
        BatchHeader::ref_from_prefix(bytes).ok().map(|(header, _)| header)
    }

    /// As [`BatchHeader::peek`], to patch.
    #[must_use]
    pub fn peek_mut(bytes: &mut [u8]) -> Option<&mut BatchHeader> {
        BatchHeader::mut_from_prefix(bytes).ok().map(|(header, _)| header)
    }

    /// Offset of the first record.
    #[must_use]
    pub fn base_offset(&self) -> Offset {
        Offset(self.base_offset.get())
    }

    /// Offset of the last record; wraps for a header that was not checked.
    #[must_use]
    pub fn last_offset(&self) -> Offset {
        Offset(self.base_offset.get().wrapping_add(i64::from(self.last_offset_delta.get())))
    }

    /// Bytes of the whole batch on disk and wire, or `None` where the length field cannot be one.
    #[must_use]
    pub fn total_bytes(&self) -> Option<usize> {
        let total = usize::try_from(self.batch_length.get()).ok()?.checked_add(BATCH_OVERHEAD_BYTES)?;
        (total >= BATCH_HEADER_BYTES).then_some(total)
    }

    /// Epoch of the leader that appended the batch.
    #[must_use]
    pub fn leader_epoch(&self) -> LeaderEpoch {
        LeaderEpoch(self.leader_epoch.get())
    }

    /// The producer's id, [`ProducerId::NONE`] if it is not idempotent.
    #[must_use]
    pub fn producer_id(&self) -> ProducerId {
        ProducerId(self.producer_id.get())
    }

    /// The attribute bits.
    #[must_use]
    pub fn attributes(&self) -> Attributes {
        Attributes(self.attributes.get())
    }
}

/// The attribute bits of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attributes(pub i16);

impl Attributes {
    /// Bit 3: timestamps are the time of the append.
    pub const LOG_APPEND_TIME: i16 = 0x08;
    /// Bit 4: part of a transaction.
    pub const TRANSACTIONAL: i16 = 0x10;
    /// Bit 5: a marker, not data.
    pub const CONTROL: i16 = 0x20;
    /// Bit 6: `base_timestamp` is the delete horizon (KIP-534).
    pub const DELETE_HORIZON: i16 = 0x40;

    /// How the records are compressed; `None` for the three codes that nobody has defined.
    #[must_use]
    pub fn compression(self) -> Option<Compression> {
        Some(match self.0 & 0x07 {
            0 => Compression::None,
            1 => Compression::Gzip,
            2 => Compression::Snappy,
            3 => Compression::Lz4,
            4 => Compression::Zstd,
            _ => return None,
        })
    }

    /// Whether timestamps are the producer's or the append's.
    #[must_use]
    pub fn timestamp_type(self) -> TimestampType {
        if self.0 & Attributes::LOG_APPEND_TIME == 0 {
            TimestampType::CreateTime
        } else {
            TimestampType::LogAppendTime
        }
    }

    /// Part of a transaction.
    #[must_use]
    pub fn is_transactional(self) -> bool {
        self.0 & Attributes::TRANSACTIONAL != 0
    }

    /// A marker, not data.
    #[must_use]
    pub fn is_control(self) -> bool {
        self.0 & Attributes::CONTROL != 0
    }
}

/// Codec of a batch's records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Compression {
    None,
    Gzip,
    Snappy,
    Lz4,
    Zstd,
}

/// Whose clock a batch's timestamps come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimestampType {
    /// The producer's.
    CreateTime,
    /// The leader's, at the append.
    LogAppendTime,
}

//! Why a leader refuses to append a batch; what [`crate::validate`] answers with.

use crate::compression::DecompressError;
use crate::record::BadRecord;
use std::fmt;

/// At most this many records are named in a refusal; a batch can hold a hundred thousand.
pub const RECORD_ERRORS_MAX: usize = 1000;

/// Why a batch may not be appended. Each variant has one code in the protocol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AppendRefusal {
    /// `CORRUPT_MESSAGE`: the checksum does not fit, or the bytes cannot be a batch.
    Corrupt(CorruptBatch),
    /// `INVALID_RECORD`: well-formed, but against the rules as a whole.
    InvalidRecord(InvalidBatch),
    /// `INVALID_RECORD` with `record_errors`: records without a key for a compacted topic.
    MissingKeys(RecordErrors),
    /// `INVALID_TIMESTAMP` with `record_errors`: times outside what the topic allows.
    InvalidTimestamps(RecordErrors),
    /// `UNSUPPORTED_COMPRESSION_TYPE`: zstd from a client too old to know it.
    UnsupportedCompression,
    /// `MESSAGE_TOO_LARGE`.
    MessageTooLarge {
        /// Bytes of the batch.
        bytes: usize,
        /// `max.message.bytes`.
        bytes_max: usize,
    },
    /// `RECORD_LIST_TOO_LARGE`.
    LargerThanSegment {
        /// Bytes of the batch.
        bytes: usize,
        /// `segment.bytes`.
        bytes_max: usize,
    },
}

/// How bytes fail to be a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CorruptBatch {
    /// The length field cannot be right.
    Length(i32),
    /// The format is none that was ever defined.
    Magic(u8),
    /// The checksum does not fit.
    Crc,
}

/// Which rule a batch breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvalidBatch {
    /// There is no whole batch in the bytes, or more than one.
    NotOneBatch,
    /// An older format.
    Magic(u8),
    /// A codec number that nobody has defined.
    Compression,
    /// The count of records is not positive, or does not fit the last offset delta.
    Counts,
    /// A base offset other than 0 from a client.
    BaseOffset(i64),
    /// A client must not write markers.
    ControlBatch,
    /// A producer id with a negative sequence.
    Sequence(i32),
    /// A record cannot be read, or there are fewer or more than announced.
    Record(BadRecord),
    /// The offset deltas are not 0, 1, 2, ….
    OffsetDeltas,
    /// The records cannot be decompressed within the bound.
    Decompress(DecompressError),
}

/// The records at fault, by index in the batch: at most [`RECORD_ERRORS_MAX`] of them, and how many there are in all.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RecordErrors {
    /// In rising order of their indexes, the first [`RECORD_ERRORS_MAX`] only.
    pub records: Vec<RecordError>,
    /// How many records are at fault.
    pub count: usize,
}

/// One record at fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordError {
    /// Index in the batch.
    pub index: i32,
    /// What is wrong with it.
    pub fault: RecordFault,
}

/// What is wrong with a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordFault {
    /// No key, and the topic is compacted.
    MissingKey,
    /// The timestamp lies outside the window.
    Timestamp(i64),
    /// The producer claims log append time for a topic where the broker sets it.
    TimestampType,
}

impl fmt::Display for AppendRefusal {
    /// One line for the response's error message.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AppendRefusal::Corrupt(CorruptBatch::Length(length)) => write!(f, "no batch has length {length}"),
            AppendRefusal::Corrupt(CorruptBatch::Magic(magic)) => write!(f, "no batch has magic {magic}"),
            AppendRefusal::Corrupt(CorruptBatch::Crc) => {
                f.write_str("the checksum of the batch does not fit")
            }
            AppendRefusal::InvalidRecord(why) => why.fmt(f),
            AppendRefusal::MissingKeys(errors) => {
                write!(f, "{} records without a key for a compacted topic", errors.count)
            }
            AppendRefusal::InvalidTimestamps(errors) => {
                write!(f, "{} records refused, at least one for its timestamp", errors.count)
            }
            AppendRefusal::UnsupportedCompression => f.write_str("zstd needs Produce version 7 or later"),
            AppendRefusal::MessageTooLarge { bytes, bytes_max } => {
                write!(f, "the batch has {bytes} bytes, max.message.bytes is {bytes_max}")
            }
            AppendRefusal::LargerThanSegment { bytes, bytes_max } => {
                write!(f, "the batch has {bytes} bytes, segment.bytes is {bytes_max}")
            }
        }
    }
}

impl fmt::Display for InvalidBatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            InvalidBatch::NotOneBatch => f.write_str("exactly one whole batch is expected"),
            InvalidBatch::Magic(magic) => write!(f, "magic {magic} is not supported, only 2"),
            InvalidBatch::Compression => f.write_str("the compression codec is not defined"),
            InvalidBatch::Counts => f.write_str("the count of records does not fit the offsets"),
            InvalidBatch::BaseOffset(offset) => write!(f, "the base offset must be 0, not {offset}"),
            InvalidBatch::ControlBatch => f.write_str("clients must not write control batches"),
            InvalidBatch::Sequence(sequence) => write!(f, "sequence {sequence} with a producer id"),
            InvalidBatch::Record(bad) => write!(f, "the records cannot be read: {bad:?}"),
            InvalidBatch::OffsetDeltas => f.write_str("the offset deltas are not 0, 1, 2, ..."),
            InvalidBatch::Decompress(DecompressError::Corrupt) => {
                f.write_str("the records cannot be decompressed")
            }
            InvalidBatch::Decompress(DecompressError::TooLarge { cap }) => {
                write!(f, "the records decompress to more than {cap} bytes")
            }
        }
    }
}

impl fmt::Display for RecordFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RecordFault::MissingKey => f.write_str("a compacted topic needs a key in every record"),
            RecordFault::Timestamp(timestamp) => {
                write!(f, "timestamp {timestamp} is outside what the topic allows")
            }
            RecordFault::TimestampType => f.write_str("only the broker may set log append time"),
        }
    }
}

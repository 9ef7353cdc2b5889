//! Metadata records to bytes and back.
//!
//! A value is {unsigned varint frame version (1), unsigned varint record number, unsigned varint record version,
//! fields}, all of it and nothing behind it (Kafka's `AbstractApiMessageSerde`).

mod decode;
mod encode;

pub use decode::decode;
pub use encode::{encode, record_version};

use loglane_net::DecodeError;
use std::fmt;

/// The only version of the frame.
const FRAME_VERSION: u32 = 1;

/// Why bytes are not a metadata record that can be applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordError {
    /// The frame is cut short.
    Frame,
    /// The frame has a version that is not known.
    FrameVersion(u32),
    /// No record of Kafka 4.3 has this number. It cannot be skipped: what it changes would be missing for good.
    UnknownRecord(u32),
    /// The record is known, this version of it or its bytes are not.
    Fields {
        /// The record's number.
        record: u32,
        /// Its version.
        version: u32,
        /// What is wrong.
        error: DecodeError,
    },
    /// A field holds a number that has no meaning.
    Value {
        /// The record's number.
        record: u32,
        /// The field.
        field: &'static str,
    },
}

impl fmt::Display for RecordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RecordError::Frame => f.write_str("it ends inside its frame"),
            RecordError::FrameVersion(version) => write!(f, "its frame has the unknown version {version}"),
            RecordError::UnknownRecord(number) => {
                write!(f, "it is of type {number}, which this version does not know")
            }
            RecordError::Fields { record, version, error } => {
                write!(f, "it is of type {record} in version {version}, and {error}")
            }
            RecordError::Value { record, field } => {
                write!(f, "it is of type {record}, and its field {field} holds a number without a meaning")
            }
        }
    }
}

impl std::error::Error for RecordError {}

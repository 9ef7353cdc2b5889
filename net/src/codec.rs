//! What all messages have in common.

use crate::api::ApiKey;
use crate::array::Element;
use crate::put::EncodeError;
use crate::wire::{DecodeError, Format, Reader};

/// A message of the protocol, or a record of an internal topic: fields in versions.
///
/// A decoded message borrows the bytes it was read from. To write one, fill the struct (`..Default::default()` gives
/// the schema's defaults) and encode it in the version that the reader asked for: fields which that version lacks
/// are dropped if the schema says so.
pub trait Message<'a>: Element<'a> {
    /// Kafka's name.
    const NAME: &'static str;
    /// The first version that can be read and written.
    const MIN_VERSION: i16;
    /// The last one, inclusive.
    const MAX_VERSION: i16;
    /// The first version with compact lengths and tagged fields; `i16::MAX` if there is none.
    const FIRST_FLEXIBLE_VERSION: i16;

    /// The format of a version.
    ///
    /// `None`: the message has no such version.
    #[must_use]
    fn format(version: i16) -> Option<Format> {
        (Self::MIN_VERSION..=Self::MAX_VERSION)
            .contains(&version)
            .then_some(Format { version, flexible: version >= Self::FIRST_FLEXIBLE_VERSION })
    }

    /// Reads a message and checks all of it; what lies behind it stays in the reader.
    ///
    /// # Errors
    /// The bytes are no such message in that version.
    fn decode(reader: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        Self::read(reader, Self::format(version).ok_or(DecodeError::UnsupportedVersion)?)
    }

    /// Appends the message. After an error `out` holds a part of it.
    ///
    /// # Errors
    /// The version cannot hold the message.
    fn encode(&self, out: &mut Vec<u8>, version: i16) -> Result<(), EncodeError> {
        self.write(out, Self::format(version).ok_or(EncodeError::UnsupportedVersion)?)
    }
}

/// The body of a request.
pub trait Request<'a>: Message<'a> {
    /// Whose request it is.
    const API_KEY: ApiKey;
}

/// The body of a response.
pub trait Response<'a>: Message<'a> {
    /// Whose response it is.
    const API_KEY: ApiKey;
}

/// A key or a value of an internal topic, or a record of the metadata log.
pub trait Record<'a>: Message<'a> {
    /// The number that says which record it is: in front of a key, or in the frame of a metadata record.
    const RECORD_NUMBER: i16;
}

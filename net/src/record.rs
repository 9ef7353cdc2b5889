//! What stands in front of internal records: the number of a key, the version of a value, the frame of a record of
//! the metadata log.
//!
//! `__consumer_offsets`, `__transaction_state` and `__share_group_state`: a key begins with its record number, a value
//! with its version, each an int16. `__cluster_metadata`: three unsigned varints, then the record.

use crate::codec::Record;
use crate::put::{self, EncodeError};
use crate::wire::{DecodeError, Reader};

/// The only version of the frame around a metadata record.
const METADATA_FRAME_VERSION: u32 = 1;

/// Reads the number in front of a key; the reader stands behind it. Which message follows is for the caller to find:
/// compare with [`Record::RECORD_NUMBER`]. Kafka ignores records whose number it does not know.
///
/// # Errors
/// The key is too short.
pub fn decode_key_number(reader: &mut Reader<'_>) -> Result<i16, DecodeError> {
    reader.int16()
}

/// Appends a key: its number, then its fields. Keys have no versions but 0.
///
/// # Errors
/// A string is too long.
pub fn encode_key<'a, R: Record<'a>>(out: &mut Vec<u8>, key: &R) -> Result<(), EncodeError> {
    put::int16(out, R::RECORD_NUMBER);
    key.encode(out, R::MAX_VERSION)
}

/// Reads a value: its version, then its fields. Bytes behind them are ignored, as Kafka does.
///
/// # Errors
/// The bytes are no such value, or it has a version of the future.
pub fn decode_value<'a, R: Record<'a>>(value: &'a [u8]) -> Result<R, DecodeError> {
    let mut reader = Reader::new(value);
    let version = reader.int16()?;
    R::decode(&mut reader, version)
}

/// Appends a value: its version, then its fields.
///
/// # Errors
/// The version cannot hold the value.
pub fn encode_value<'a, R: Record<'a>>(
    out: &mut Vec<u8>,
    value: &R,
    version: i16,
) -> Result<(), EncodeError> {
    put::int16(out, version);
    value.encode(out, version)
}

/// What the frame around a metadata record says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MetadataHead {
    /// Which record follows; see [`Record::RECORD_NUMBER`].
    pub number: i16,
    /// In which version.
    pub version: i16,
}

/// Reads the frame around a metadata record; the record follows in the reader, and nothing may follow the record.
///
/// # Errors
/// The bytes are no frame of a known version.
pub fn decode_metadata_head(reader: &mut Reader<'_>) -> Result<MetadataHead, DecodeError> {
    if reader.unsigned_varint()? != METADATA_FRAME_VERSION {
        return Err(DecodeError::UnsupportedVersion);
    }
    let mut small = || {
        let value = reader.unsigned_varint()?;
        i16::try_from(value).map_err(|_| DecodeError::InvalidVarint)
    };
    Ok(MetadataHead { number: small()?, version: small()? })
}

/// Appends a metadata record in its frame.
///
/// # Errors
/// The version cannot hold the record.
pub fn encode_metadata<'a, R: Record<'a>>(
    out: &mut Vec<u8>,
    record: &R,
    version: i16,
) -> Result<(), EncodeError> {
    put::unsigned_varint(out, METADATA_FRAME_VERSION);
    for part in [R::RECORD_NUMBER, version] {
        put::unsigned_varint(out, u32::try_from(part).map_err(|_| EncodeError::UnsupportedVersion)?);
    }
    record.encode(out, version)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::Message;
    use crate::message::consumer_offsets::{OffsetCommitKey, OffsetCommitValue};
    use crate::message::metadata_topics::TopicRecord;

    #[test]
    fn an_offset_commit_survives_in_every_version() {
        let key = OffsetCommitKey { group: "g", topic: "t", partition: 3 };
        let mut bytes = Vec::new();
        encode_key(&mut bytes, &key).unwrap();
        assert_eq!(bytes, [0, 1, 0, 1, b'g', 0, 1, b't', 0, 0, 0, 3]);
        let mut reader = Reader::new(&bytes);
        assert_eq!(decode_key_number(&mut reader), Ok(OffsetCommitKey::RECORD_NUMBER));
        assert_eq!(OffsetCommitKey::decode(&mut reader, 0), Ok(key));
        for version in 0..=4 {
            let value = OffsetCommitValue { offset: 42, metadata: "m", ..Default::default() };
            let mut bytes = Vec::new();
            encode_value(&mut bytes, &value, version).unwrap();
            assert_eq!(decode_value(&bytes), Ok(value), "version {version}");
        }
        assert_eq!(decode_value::<OffsetCommitValue<'_>>(&[0, 9]), Err(DecodeError::UnsupportedVersion));
    }

    #[test]
    fn a_metadata_record_stands_in_its_frame() {
        let record = TopicRecord { name: "t", ..Default::default() };
        let mut bytes = Vec::new();
        encode_metadata(&mut bytes, &record, 0).unwrap();
        assert_eq!(bytes[..5], [1, 2, 0, 2, b't']);
        let mut reader = Reader::new(&bytes);
        let head = decode_metadata_head(&mut reader).unwrap();
        assert_eq!(head, MetadataHead { number: TopicRecord::RECORD_NUMBER, version: 0 });
        assert_eq!(TopicRecord::decode(&mut reader, head.version), Ok(record));
        let other_frame = decode_metadata_head(&mut Reader::new(&[2, 2, 0]));
        assert_eq!(other_frame, Err(DecodeError::UnsupportedVersion));
    }
}

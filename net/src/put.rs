//! Appends Kafka's types to a buffer. What is written here comes from ourselves, so only that fails which a caller
//! could get wrong by choosing a version: see [`EncodeError`].

use crate::array::{Array, Element};
use crate::wire::{Format, STRING_BYTES_MAX};
use loglane_model::{TopicId, varint};
use std::fmt;

/// Why a message cannot be written in a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EncodeError {
    /// The field is not at its default, the version lacks it, and it may not be dropped.
    NotInVersion {
        /// Struct and field.
        field: &'static str,
        /// The version asked for.
        version: i16,
    },
    /// The field is null, which the version does not allow.
    NullNotAllowed {
        /// Struct and field.
        field: &'static str,
        /// The version asked for.
        version: i16,
    },
    /// A string, bytes or an array is longer than its length field can say.
    TooLong,
    /// The message has no such version.
    UnsupportedVersion,
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EncodeError::NotInVersion { field, version } => write!(f, "version {version} has no {field}"),
            EncodeError::NullNotAllowed { field, version } => {
                write!(f, "{field} may not be null in version {version}")
            }
            EncodeError::TooLong => f.write_str("longer than its length field can say"),
            EncodeError::UnsupportedVersion => f.write_str("the message has no such version"),
        }
    }
}

impl std::error::Error for EncodeError {}

/// One byte.
#[inline]
pub fn bool(out: &mut Vec<u8>, value: bool) {
    out.push(u8::from(value));
}

/// One byte.
#[inline]
pub fn int8(out: &mut Vec<u8>, value: i8) {
    out.push(value.cast_unsigned());
}

/// Two bytes, big-endian, as all numbers here.
#[inline]
pub fn int16(out: &mut Vec<u8>, value: i16) {
    out.extend_from_slice(&value.to_be_bytes());
}

/// Two bytes.
#[inline]
pub fn uint16(out: &mut Vec<u8>, value: u16) {
    out.extend_from_slice(&value.to_be_bytes());
}

/// Four bytes.
#[inline]
pub fn int32(out: &mut Vec<u8>, value: i32) {
    out.extend_from_slice(&value.to_be_bytes());
}

/// Four bytes.
#[inline]
pub fn uint32(out: &mut Vec<u8>, value: u32) {
    out.extend_from_slice(&value.to_be_bytes());
}

/// Eight bytes.
#[inline]
pub fn int64(out: &mut Vec<u8>, value: i64) {
    out.extend_from_slice(&value.to_be_bytes());
}

/// Eight bytes, an IEEE double.
#[inline]
pub fn float64(out: &mut Vec<u8>, value: f64) {
    out.extend_from_slice(&value.to_be_bytes());
}

/// Sixteen bytes.
#[inline]
pub fn uuid(out: &mut Vec<u8>, value: TopicId) {
    out.extend_from_slice(&value.0);
}

/// An unsigned varint.
#[inline]
pub fn unsigned_varint(out: &mut Vec<u8>, value: u32) {
    varint::write_u32(out, value);
}

/// A length in four bytes, or plus one in a varint; null is −1, or 0.
#[inline]
fn length(out: &mut Vec<u8>, value: Option<usize>, format: Format) -> Result<(), EncodeError> {
    let value = match value {
        None => -1,
        Some(value) => i32::try_from(value).map_err(|_| EncodeError::TooLong)?,
    };
    if format.flexible {
        varint::write_u32(out, value.cast_unsigned().wrapping_add(1));
    } else {
        int32(out, value);
    }
    Ok(())
}

/// A string that may be null.
#[inline]
pub fn nullable_string(out: &mut Vec<u8>, value: Option<&str>, format: Format) -> Result<(), EncodeError> {
    if value.is_some_and(|value| value.len() > STRING_BYTES_MAX) {
        return Err(EncodeError::TooLong);
    }
    if format.flexible {
        length(out, value.map(str::len), format)?;
    } else {
        let length = value.map_or(-1, |value| i16::try_from(value.len()).expect("checked above"));
        int16(out, length);
    }
    out.extend_from_slice(value.unwrap_or_default().as_bytes());
    Ok(())
}

/// A string.
#[inline]
pub fn string(out: &mut Vec<u8>, value: &str, format: Format) -> Result<(), EncodeError> {
    nullable_string(out, Some(value), format)
}

/// Bytes that may be null; records look the same.
#[inline]
pub fn nullable_bytes(out: &mut Vec<u8>, value: Option<&[u8]>, format: Format) -> Result<(), EncodeError> {
    length(out, value.map(<[u8]>::len), format)?;
    out.extend_from_slice(value.unwrap_or_default());
    Ok(())
}

/// Bytes; records look the same.
#[inline]
pub fn bytes(out: &mut Vec<u8>, value: &[u8], format: Format) -> Result<(), EncodeError> {
    nullable_bytes(out, Some(value), format)
}

/// The length of bytes that follow from elsewhere: the records of a fetch response.
#[inline]
pub fn bytes_length(out: &mut Vec<u8>, count: usize, format: Format) -> Result<(), EncodeError> {
    length(out, Some(count), format)
}

/// The number of elements of an array that follows.
#[inline]
pub fn count(out: &mut Vec<u8>, count: usize, format: Format) -> Result<(), EncodeError> {
    length(out, Some(count), format)
}

/// An array that may be null.
#[inline]
pub fn nullable_array<'a, T: Element<'a>>(
    out: &mut Vec<u8>,
    value: Option<&Array<'a, T>>,
    format: Format,
) -> Result<(), EncodeError> {
    match value {
        Some(array) => array.write(out, format),
        None => length(out, None, format),
    }
}

/// A struct that may be null.
#[inline]
pub fn nullable_struct<'a, T: Element<'a>>(
    out: &mut Vec<u8>,
    value: Option<&T>,
    format: Format,
) -> Result<(), EncodeError> {
    int8(out, if value.is_some() { 1 } else { -1 });
    value.map_or(Ok(()), |value| value.write(out, format))
}

/// A tagged struct that may be null: Kafka says so with a varint there, not with a signed byte.
#[inline]
pub fn tagged_nullable_struct<'a, T: Element<'a>>(
    out: &mut Vec<u8>,
    value: Option<&T>,
    format: Format,
) -> Result<(), EncodeError> {
    unsigned_varint(out, u32::from(value.is_some()));
    value.map_or(Ok(()), |value| value.write(out, format))
}

/// The end of a struct without tagged fields.
#[inline]
pub fn no_tagged_fields(out: &mut Vec<u8>, format: Format) {
    if format.flexible {
        out.push(0);
    }
}

/// The number of tagged fields that follow.
#[inline]
pub fn tag_count(out: &mut Vec<u8>, present: &[bool]) {
    let count = present.iter().filter(|&&present| present).count();
    varint::write_u32(out, u32::try_from(count).expect("a struct has few tagged fields"));
}

/// A tagged field: its tag, its length, and what `value` writes.
#[inline]
pub fn tagged_field(
    out: &mut Vec<u8>,
    tag: u32,
    value: impl FnOnce(&mut Vec<u8>) -> Result<(), EncodeError>,
) -> Result<(), EncodeError> {
    varint::write_u32(out, tag);
    // One byte is kept for the length, enough for almost all; a longer one moves the field afterwards.
    out.push(0);
    let start = out.len();
    value(out)?;
    let length = u32::try_from(out.len() - start).map_err(|_| EncodeError::TooLong)?;
    if length < 0x80 {
        out[start - 1] = u8::try_from(length).expect("below 128");
    } else {
        let mut prefix = Vec::with_capacity(5);
        varint::write_u32(&mut prefix, length);
        out.splice(start - 1..start, prefix);
    }
    Ok(())
}

/// Refuses to drop a field that the version lacks, unless it is at its default.
#[inline]
pub fn absent(is_default: bool, field: &'static str, format: Format) -> Result<(), EncodeError> {
    if is_default { Ok(()) } else { Err(EncodeError::NotInVersion { field, version: format.version }) }
}

/// Refuses null in the versions before `from`.
#[inline]
pub fn nullable_from(
    from: i16,
    is_null: bool,
    field: &'static str,
    format: Format,
) -> Result<(), EncodeError> {
    if is_null && format.version < from {
        return Err(EncodeError::NullNotAllowed { field, version: format.version });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Reader;

    #[test]
    fn a_tagged_field_of_any_size_reads_back() {
        for size in [0, 1, 126, 127, 128, 200, 20_000] {
            let mut out = vec![9];
            tagged_field(&mut out, 300, |out| {
                out.resize(out.len() + size, 7);
                Ok(())
            })
            .unwrap();
            let mut reader = Reader::new(&out[1..]);
            let (tag, field) = reader.tagged_field().unwrap();
            assert_eq!((tag, field.rest().len()), (300, size));
            assert!(field.rest().iter().all(|&byte| byte == 7));
            reader.finish().unwrap();
        }
    }

    #[test]
    fn a_string_that_no_reader_would_take_is_not_written() {
        let long = "a".repeat(32_768);
        for flexible in [false, true] {
            let format = Format { version: 0, flexible };
            assert_eq!(string(&mut Vec::new(), &long, format), Err(EncodeError::TooLong));
            let mut out = Vec::new();
            string(&mut out, &long[1..], format).unwrap();
            assert_eq!(Reader::new(&out).string(format).unwrap(), &long[1..]);
        }
    }
}

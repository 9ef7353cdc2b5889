//! Reads Kafka's types from bytes that nobody has checked yet.
//!
//! Every length and count is compared with what is really there before it is used, and nothing is allocated:
//! strings and bytes are borrowed from the frame. Writing is in [`put`](crate::put).

use loglane_model::{TopicId, varint};
use std::fmt;

/// Most elements of one array; Kafka 4.4 refuses more, too.
pub const ARRAY_COUNT_MAX: usize = 1_000_000;

/// Most tagged fields of one struct; Kafka 4.4 refuses more, too.
pub const TAGGED_FIELDS_MAX: u32 = 10_000;

/// Longest string in bytes; Kafka refuses longer ones in compact form, too.
pub const STRING_BYTES_MAX: usize = i16::MAX as usize;

/// What decides how a value looks on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Format {
    /// The message's version.
    pub version: i16,
    /// Whether that version has compact lengths and tagged fields (KIP-482).
    pub flexible: bool,
}

/// Why bytes are not the message they should be. The peer is wrong; Kafka closes the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecodeError {
    /// A length or count reaches past the end of the frame.
    Truncated,
    /// A string is not UTF-8.
    InvalidUtf8,
    /// A varint has more bits than its type.
    InvalidVarint,
    /// A string is longer than [`STRING_BYTES_MAX`], or a length is below −1.
    InvalidLength,
    /// Null where the version does not allow it.
    UnexpectedNull,
    /// More than [`ARRAY_COUNT_MAX`] elements.
    TooManyElements,
    /// More than [`TAGGED_FIELDS_MAX`] tagged fields in one struct.
    TooManyTaggedFields,
    /// Bytes are left where something should have ended.
    TrailingBytes,
    /// The message has no such version.
    UnsupportedVersion,
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            DecodeError::Truncated => "a length or count reaches past the end of the frame",
            DecodeError::InvalidUtf8 => "a string is not UTF-8",
            DecodeError::InvalidVarint => "a varint has more bits than its type",
            DecodeError::InvalidLength => "a length is negative or too large for its type",
            DecodeError::UnexpectedNull => "null where the version does not allow it",
            DecodeError::TooManyElements => "an array has more than a million elements",
            DecodeError::TooManyTaggedFields => "a struct has more than ten thousand tagged fields",
            DecodeError::TrailingBytes => "bytes are left behind the end",
            DecodeError::UnsupportedVersion => "the message has no such version",
        })
    }
}

impl std::error::Error for DecodeError {}

/// A place in a frame. Copying it is how to come back later.
#[derive(Debug, Clone, Copy)]
pub struct Reader<'a> {
    rest: &'a [u8],
    whole_bytes: usize,
}

impl<'a> Reader<'a> {
    /// Starts at the first byte.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Reader<'a> {
        Reader { rest: bytes, whole_bytes: bytes.len() }
    }

    /// Bytes read so far: the place in the slice that [`Reader::new`] was given.
    #[must_use]
    pub fn position(&self) -> usize {
        self.whole_bytes - self.rest.len()
    }

    /// The bytes not read yet.
    #[must_use]
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Checks that everything was read.
    ///
    /// # Errors
    /// [`DecodeError::TrailingBytes`]
    pub fn finish(&self) -> Result<(), DecodeError> {
        if self.rest.is_empty() { Ok(()) } else { Err(DecodeError::TrailingBytes) }
    }

    /// The next `count` bytes.
    #[inline]
    pub fn take(&mut self, count: usize) -> Result<&'a [u8], DecodeError> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(DecodeError::Truncated)?;
        self.rest = rest;
        Ok(taken)
    }

    #[inline]
    fn fixed<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        let (taken, rest) = self.rest.split_first_chunk::<N>().ok_or(DecodeError::Truncated)?;
        self.rest = rest;
        Ok(*taken)
    }

    /// One byte; everything but zero is true.
    #[inline]
    pub fn bool(&mut self) -> Result<bool, DecodeError> {
        self.fixed::<1>().map(|[byte]| byte != 0)
    }

    /// One byte.
    #[inline]
    pub fn int8(&mut self) -> Result<i8, DecodeError> {
        self.fixed().map(i8::from_be_bytes)
    }

    /// Two bytes, big-endian, as all numbers here.
    #[inline]
    pub fn int16(&mut self) -> Result<i16, DecodeError> {
        self.fixed().map(i16::from_be_bytes)
    }

    /// Two bytes.
    #[inline]
    pub fn uint16(&mut self) -> Result<u16, DecodeError> {
        self.fixed().map(u16::from_be_bytes)
    }

    /// Four bytes.
    #[inline]
    pub fn int32(&mut self) -> Result<i32, DecodeError> {
        self.fixed().map(i32::from_be_bytes)
    }

    /// Four bytes.
    #[inline]
    pub fn uint32(&mut self) -> Result<u32, DecodeError> {
        self.fixed().map(u32::from_be_bytes)
    }

    /// Eight bytes.
    #[inline]
    pub fn int64(&mut self) -> Result<i64, DecodeError> {
        self.fixed().map(i64::from_be_bytes)
    }

    /// Eight bytes, an IEEE double.
    #[inline]
    pub fn float64(&mut self) -> Result<f64, DecodeError> {
        self.fixed().map(f64::from_be_bytes)
    }

    /// Sixteen bytes.
    #[inline]
    pub fn uuid(&mut self) -> Result<TopicId, DecodeError> {
        self.fixed().map(TopicId)
    }

    /// An unsigned varint of at most 32 bits.
    #[inline]
    pub fn unsigned_varint(&mut self) -> Result<u32, DecodeError> {
        if let [first @ 0..0x80, rest @ ..] = self.rest {
            self.rest = rest;
            return Ok(u32::from(*first));
        }
        match varint::read_u32(self.rest) {
            Some((value, taken)) => {
                self.rest = &self.rest[taken..];
                Ok(value)
            }
            None if self.rest.len() < 5 => Err(DecodeError::Truncated),
            None => Err(DecodeError::InvalidVarint),
        }
    }

    /// A length that a flexible version writes plus one, with 0 for null.
    #[inline]
    fn compact_length(&mut self) -> Result<Option<usize>, DecodeError> {
        Ok(self.unsigned_varint()?.checked_sub(1).map(|length| length as usize))
    }

    /// A length in a signed number, with −1 for null.
    #[inline]
    fn signed_length(length: i32) -> Result<Option<usize>, DecodeError> {
        match usize::try_from(length) {
            Ok(length) => Ok(Some(length)),
            Err(_) if length == -1 => Ok(None),
            Err(_) => Err(DecodeError::InvalidLength),
        }
    }

    /// A string that may be null.
    #[inline]
    pub fn nullable_string(&mut self, format: Format) -> Result<Option<&'a str>, DecodeError> {
        let Some(bytes) = self.nullable_string_bytes(format)? else { return Ok(None) };
        std::str::from_utf8(bytes).map(Some).map_err(|_| DecodeError::InvalidUtf8)
    }

    /// A string that may be null, up to the first byte that is no UTF-8: for names that nothing depends on. Kafka puts
    /// a replacement character there, and serves the request.
    #[inline]
    pub fn nullable_name(&mut self, format: Format) -> Result<Option<&'a str>, DecodeError> {
        let Some(bytes) = self.nullable_string_bytes(format)? else { return Ok(None) };
        Ok(Some(bytes.utf8_chunks().next().map_or("", |chunk| chunk.valid())))
    }

    fn nullable_string_bytes(&mut self, format: Format) -> Result<Option<&'a [u8]>, DecodeError> {
        let length = if format.flexible {
            self.compact_length()?
        } else {
            Reader::signed_length(i32::from(self.int16()?))?
        };
        let Some(length) = length else { return Ok(None) };
        if length > STRING_BYTES_MAX {
            return Err(DecodeError::InvalidLength);
        }
        self.take(length).map(Some)
    }

    /// A string.
    #[inline]
    pub fn string(&mut self, format: Format) -> Result<&'a str, DecodeError> {
        self.nullable_string(format)?.ok_or(DecodeError::UnexpectedNull)
    }

    /// Bytes that may be null; records look the same.
    #[inline]
    pub fn nullable_bytes(&mut self, format: Format) -> Result<Option<&'a [u8]>, DecodeError> {
        let length =
            if format.flexible { self.compact_length()? } else { Reader::signed_length(self.int32()?)? };
        length.map(|length| self.take(length)).transpose()
    }

    /// Bytes; records look the same.
    #[inline]
    pub fn bytes(&mut self, format: Format) -> Result<&'a [u8], DecodeError> {
        self.nullable_bytes(format)?.ok_or(DecodeError::UnexpectedNull)
    }

    /// The number of elements of an array that may be null. Every element takes a byte at least, so a count above
    /// the bytes that are left is refused here, before anybody loops over it.
    #[inline]
    pub fn nullable_count(&mut self, format: Format) -> Result<Option<usize>, DecodeError> {
        let count =
            if format.flexible { self.compact_length()? } else { Reader::signed_length(self.int32()?)? };
        match count {
            Some(count) if count > ARRAY_COUNT_MAX => Err(DecodeError::TooManyElements),
            Some(count) if count > self.rest.len() => Err(DecodeError::Truncated),
            count => Ok(count),
        }
    }

    /// As [`Reader::nullable_count`], for an array that may not be null.
    #[inline]
    pub fn count(&mut self, format: Format) -> Result<usize, DecodeError> {
        self.nullable_count(format)?.ok_or(DecodeError::UnexpectedNull)
    }

    /// Whether a nullable struct follows.
    #[inline]
    pub fn struct_follows(&mut self) -> Result<bool, DecodeError> {
        Ok(self.int8()? >= 0)
    }

    /// The number of tagged fields at the end of a struct of a flexible version.
    #[inline]
    pub fn tag_count(&mut self) -> Result<u32, DecodeError> {
        let count = self.unsigned_varint()?;
        if count > TAGGED_FIELDS_MAX { Err(DecodeError::TooManyTaggedFields) } else { Ok(count) }
    }

    /// The next tagged field: its tag, and its bytes to read from.
    #[inline]
    pub fn tagged_field(&mut self) -> Result<(u32, Reader<'a>), DecodeError> {
        let tag = self.unsigned_varint()?;
        let length = self.unsigned_varint()?;
        Ok((tag, Reader::new(self.take(length as usize)?)))
    }

    /// Passes over all tagged fields, where the version has any: nobody here knows one.
    #[inline]
    pub fn skip_tagged_fields(&mut self, format: Format) -> Result<(), DecodeError> {
        if format.flexible {
            for _ in 0..self.tag_count()? {
                self.tagged_field()?;
            }
        }
        Ok(())
    }
}

/// Refuses null in the versions before `from`, in which it was not allowed yet.
#[inline]
pub fn nullable_from<T>(from: i16, format: Format, value: Option<T>) -> Result<Option<T>, DecodeError> {
    if value.is_none() && format.version < from { Err(DecodeError::UnexpectedNull) } else { Ok(value) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Format = Format { version: 0, flexible: false };
    const COMPACT: Format = Format { version: 1, flexible: true };

    #[test]
    fn a_length_past_the_end_is_refused_and_not_believed() {
        assert_eq!(Reader::new(&[0, 5, b'a']).string(PLAIN), Err(DecodeError::Truncated));
        assert_eq!(Reader::new(&[0x7f, 0xff, 0xff, 0xff]).bytes(PLAIN), Err(DecodeError::Truncated));
        assert_eq!(Reader::new(&[0, 0, 0, 9, 1]).count(PLAIN), Err(DecodeError::Truncated));
        assert_eq!(Reader::new(&[6, b'a']).string(COMPACT), Err(DecodeError::Truncated));
        assert_eq!(Reader::new(&[1, 9, 4, 0]).skip_tagged_fields(COMPACT), Err(DecodeError::Truncated));
    }

    #[test]
    fn counts_have_caps_of_their_own() {
        let mut bytes = vec![0; 2_000_000];
        bytes[..4].copy_from_slice(&1_000_001i32.to_be_bytes());
        assert_eq!(Reader::new(&bytes).count(PLAIN), Err(DecodeError::TooManyElements));
        let mut tags = Vec::new();
        varint::write_u32(&mut tags, 10_001);
        tags.resize(30_000, 0);
        assert_eq!(Reader::new(&tags).skip_tagged_fields(COMPACT), Err(DecodeError::TooManyTaggedFields));
    }

    #[test]
    fn null_is_told_apart_from_empty() {
        assert_eq!(Reader::new(&[0xff, 0xff]).nullable_string(PLAIN), Ok(None));
        assert_eq!(Reader::new(&[0, 0]).nullable_string(PLAIN), Ok(Some("")));
        assert_eq!(Reader::new(&[0]).nullable_bytes(COMPACT), Ok(None));
        assert_eq!(Reader::new(&[1]).nullable_bytes(COMPACT), Ok(Some(&[][..])));
        assert_eq!(Reader::new(&[0]).string(COMPACT), Err(DecodeError::UnexpectedNull));
        assert_eq!(Reader::new(&[0xff, 0xfe]).nullable_string(PLAIN), Err(DecodeError::InvalidLength));
    }

    #[test]
    fn a_string_must_be_utf8_and_short() {
        assert_eq!(Reader::new(&[0, 1, 0xff]).string(PLAIN), Err(DecodeError::InvalidUtf8));
        let mut long = Vec::new();
        varint::write_u32(&mut long, 32_769);
        long.resize(40_000, b'a');
        assert_eq!(Reader::new(&long).string(COMPACT), Err(DecodeError::InvalidLength));
    }

    #[test]
    fn a_varint_that_is_cut_differs_from_one_too_long() {
        assert_eq!(Reader::new(&[0x80]).unsigned_varint(), Err(DecodeError::Truncated));
        assert_eq!(Reader::new(&[0xff; 6]).unsigned_varint(), Err(DecodeError::InvalidVarint));
        assert_eq!(Reader::new(&[0xff, 0xff, 0xff, 0xff, 0x0f]).unsigned_varint(), Ok(u32::MAX));
    }
}

//! One record of a version 2 batch, read in place.
//!
//! Layout: varint length, i8 attributes, varlong timestamp delta, varint offset delta, varint key length and key,
//! varint value length and value, varint header count and headers; all varints zigzag, a negative length is null.

/// Why bytes are not the record they should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadRecord {
    /// The bytes end inside a record, or before the last one that was promised.
    Cut,
    /// A varint is longer than its type allows.
    Varint,
    /// The record's own length is negative.
    NegativeLength,
    /// What the record holds is longer or shorter than its length says.
    LengthMismatch,
    /// A negative number of headers.
    HeaderCount,
    /// A header without a key.
    HeaderKey,
    /// Bytes are left behind the last record.
    BytesLeft,
}

/// A record, borrowed from its batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordView<'a> {
    /// Offset less the batch's base offset.
    pub offset_delta: i32,
    /// Timestamp less the batch's base timestamp, in ms.
    pub timestamp_delta: i64,
    /// The key; `None` is Kafka's null.
    pub key: Option<&'a [u8]>,
    /// The value; `None` is Kafka's null, the tombstone of a compacted topic.
    pub value: Option<&'a [u8]>,
    /// How many headers there are.
    pub header_count: i32,
    /// The headers' bytes, already walked once: see [`RecordView::headers`].
    header_bytes: &'a [u8],
}

impl<'a> RecordView<'a> {
    /// The headers in order.
    #[must_use]
    pub fn headers(&self) -> Headers<'a> {
        Headers { bytes: self.header_bytes }
    }
}

/// A record's header: a key and a value that may be null.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeaderView<'a> {
    /// The key. UTF-8 by convention; nobody checks.
    pub key: &'a [u8],
    /// The value.
    pub value: Option<&'a [u8]>,
}

/// The headers of a record that was read without error.
#[derive(Debug, Clone)]
pub struct Headers<'a> {
    bytes: &'a [u8],
}

impl<'a> Iterator for Headers<'a> {
    type Item = HeaderView<'a>;

    fn next(&mut self) -> Option<HeaderView<'a>> {
        if self.bytes.is_empty() {
            return None;
        }
        read_header(&mut self.bytes).ok()
    }
}

/// The records of an uncompressed batch, in order. Ends behind the first error.
#[derive(Debug, Clone)]
pub struct Records<'a> {
    bytes: &'a [u8],
    left: i32,
}

impl<'a> Records<'a> {
    /// Reads `count` records from the area behind a batch's header; a `count` of zero or less reads none.
    /// Whatever is left behind them is an error too ([`BadRecord::BytesLeft`]).
    #[must_use]
    pub fn new(area: &'a [u8], count: i32) -> Records<'a> {
        Records { bytes: area, left: count.max(0) }
    }
}

impl<'a> Iterator for Records<'a> {
    type Item = Result<RecordView<'a>, BadRecord>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.left == 0 {
            let left_over = !std::mem::take(&mut self.bytes).is_empty();
            return left_over.then_some(Err(BadRecord::BytesLeft));
        }
        self.left -= 1;
        let read = read_record(&mut self.bytes);
        if read.is_err() {
            *self = Records { bytes: &[], left: 0 };
        }
        Some(read)
    }
}

/// Takes one record off the front of `bytes`. After an error `bytes` is of no further use.
pub fn read_record<'a>(bytes: &mut &'a [u8]) -> Result<RecordView<'a>, BadRecord> {
    let length = usize::try_from(take_i32(bytes)?).map_err(|_| BadRecord::NegativeLength)?;
    let (mut body, rest) = bytes.split_at_checked(length).ok_or(BadRecord::Cut)?;
    *bytes = rest;
    let body = &mut body;
    // From here on the end of the body is not the end of the bytes: what is missing contradicts the length.
    read_body(body).map_err(|bad| if bad == BadRecord::Cut { BadRecord::LengthMismatch } else { bad })
}

#[inline]
fn read_body<'a>(body: &mut &'a [u8]) -> Result<RecordView<'a>, BadRecord> {
    let (_attributes, rest) = body.split_first().ok_or(BadRecord::Cut)?;
    *body = rest;
    let timestamp_delta = take_i64(body)?;
    let offset_delta = take_i32(body)?;
    let key = take_nullable(body)?;
    let value = take_nullable(body)?;
    let header_count = take_i32(body)?;
    let header_bytes = *body;
    if header_count < 0 {
        return Err(BadRecord::HeaderCount);
    }
    for _ in 0..header_count {
        read_header(body)?;
    }
    if !body.is_empty() {
        return Err(BadRecord::LengthMismatch);
    }
    Ok(RecordView { offset_delta, timestamp_delta, key, value, header_count, header_bytes })
}

fn read_header<'a>(bytes: &mut &'a [u8]) -> Result<HeaderView<'a>, BadRecord> {
    let key = take_nullable(bytes)?.ok_or(BadRecord::HeaderKey)?;
    Ok(HeaderView { key, value: take_nullable(bytes)? })
}

#[inline]
fn take_nullable<'a>(bytes: &mut &'a [u8]) -> Result<Option<&'a [u8]>, BadRecord> {
    let Ok(length) = usize::try_from(take_i32(bytes)?) else {
        return Ok(None);
    };
    let (taken, rest) = bytes.split_at_checked(length).ok_or(BadRecord::Cut)?;
    *bytes = rest;
    Ok(Some(taken))
}

/// One byte holds most lengths and deltas, two nearly all others: those cases are kept apart and inlined.
#[inline]
fn take_i32(bytes: &mut &[u8]) -> Result<i32, BadRecord> {
    match **bytes {
        [byte, ref rest @ ..] if byte < 0x80 => {
            *bytes = rest;
            Ok(unzigzag(u32::from(byte)))
        }
        [low, high, ref rest @ ..] if high < 0x80 => {
            *bytes = rest;
            Ok(unzigzag(u32::from(low & 0x7f) | u32::from(high) << 7))
        }
        _ => take_long_i32(bytes),
    }
}

#[inline]
fn take_i64(bytes: &mut &[u8]) -> Result<i64, BadRecord> {
    match **bytes {
        [byte, ref rest @ ..] if byte < 0x80 => {
            *bytes = rest;
            Ok(i64::from(unzigzag(u32::from(byte))))
        }
        _ => take_long_i64(bytes),
    }
}

#[inline]
fn unzigzag(value: u32) -> i32 {
    (value >> 1).cast_signed() ^ -(value & 1).cast_signed()
}

#[inline(never)]
fn take_long_i32(bytes: &mut &[u8]) -> Result<i32, BadRecord> {
    let value = take_long(bytes, 5)?;
    Ok(unzigzag(u32::try_from(value).map_err(|_| BadRecord::Varint)?))
}

#[inline(never)]
fn take_long_i64(bytes: &mut &[u8]) -> Result<i64, BadRecord> {
    let value = take_long(bytes, 10)?;
    Ok((value >> 1).cast_signed() ^ -(value & 1).cast_signed())
}

/// An unsigned varint of any width up to `bytes_max`.
#[inline]
fn take_long(bytes: &mut &[u8], bytes_max: usize) -> Result<u64, BadRecord> {
    let mut value = 0u64;
    for (at, &byte) in bytes.iter().enumerate().take(bytes_max) {
        let bits = u64::from(byte & 0x7f);
        // The tenth byte has room for one bit only.
        if at == 9 && bits > 1 {
            return Err(BadRecord::Varint);
        }
        value |= bits << (7 * at);
        if byte < 0x80 {
            *bytes = &bytes[at + 1..];
            return Ok(value);
        }
    }
    Err(if bytes.len() < bytes_max { BadRecord::Cut } else { BadRecord::Varint })
}

#[cfg(test)]
mod tests;

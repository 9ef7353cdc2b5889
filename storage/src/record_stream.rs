//! Walks the records of a compressed batch while they are being decompressed, in constant memory: keys and values
//! are skipped, never held.

use crate::compression::{DecompressError, Decompressor};
use crate::record::BadRecord;
use loglane_model::Compression;
use std::io::{self, Read, Write};

/// What validation needs to know of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordHead {
    /// Offset less the batch's base offset.
    pub offset_delta: i32,
    /// Timestamp less the batch's base timestamp, in ms.
    pub timestamp_delta: i64,
    /// Whether the key is not null.
    pub has_key: bool,
}

/// Why the records of a compressed batch cannot be walked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadStream {
    /// What came out is not the records that were promised.
    Record(BadRecord),
    /// Nothing sensible came out.
    Decompress(DecompressError),
    /// The copy cannot be written.
    Copy(io::ErrorKind),
}

/// Shows each of `count` records to `visit`, in order. At most `cap` bytes are decompressed.
pub fn walk_compressed(
    compression: Compression,
    area: &[u8],
    count: i32,
    cap: usize,
    visit: &mut dyn FnMut(RecordHead),
) -> Result<(), BadStream> {
    copy_compressed(compression, area, count, cap, &mut io::sink(), visit)
}

/// As [`walk_compressed`], and writes everything that is decompressed to `copy`.
pub fn copy_compressed(
    compression: Compression,
    area: &[u8],
    count: i32,
    cap: usize,
    copy: &mut dyn Write,
    visit: &mut dyn FnMut(RecordHead),
) -> Result<(), BadStream> {
    let mut stream = Stream::open(compression, area, cap, copy).map_err(BadStream::Decompress)?;
    for _ in 0..count {
        visit(stream.record()?);
    }
    match stream.fill()? {
        false => Ok(()),
        true => Err(BadStream::Record(BadRecord::BytesLeft)),
    }
}

const BUFFER_BYTES: usize = 8 * 1024;

struct Stream<'a> {
    source: Decompressor<'a>,
    copy: &'a mut dyn Write,
    buffer: Box<[u8; BUFFER_BYTES]>,
    start: usize,
    end: usize,
    /// Bytes of the record at hand that were not read yet; `None` between records.
    left_in_record: Option<u64>,
}

impl<'a> Stream<'a> {
    fn open(
        compression: Compression,
        area: &'a [u8],
        cap: usize,
        copy: &'a mut dyn Write,
    ) -> Result<Stream<'a>, DecompressError> {
        let source = Decompressor::new(compression, area, cap)?;
        let buffer = Box::new([0; BUFFER_BYTES]);
        Ok(Stream { source, copy, buffer, start: 0, end: 0, left_in_record: None })
    }

    /// Makes sure that there is a byte to read, unless the stream has ended.
    fn fill(&mut self) -> Result<bool, BadStream> {
        if self.start == self.end {
            self.start = 0;
            self.end = match self.source.read(&mut self.buffer[..]) {
                Ok(count) => count,
                Err(error) => return Err(BadStream::Decompress(self.source.why(&error))),
            };
            let copied = self.copy.write_all(&self.buffer[..self.end]);
            copied.map_err(|error| BadStream::Copy(error.kind()))?;
        }
        Ok(self.start < self.end)
    }

    fn record(&mut self) -> Result<RecordHead, BadStream> {
        self.left_in_record = None;
        let length = self.varint()?;
        self.left_in_record =
            Some(u64::try_from(length).map_err(|_| BadStream::Record(BadRecord::NegativeLength))?);
        let _attributes = self.byte()?;
        let timestamp_delta = self.varlong()?;
        let offset_delta = self.varint()?;
        let has_key = self.skip_nullable()?;
        self.skip_nullable()?;
        let header_count = self.varint()?;
        if header_count < 0 {
            return Err(BadStream::Record(BadRecord::HeaderCount));
        }
        for _ in 0..header_count {
            if !self.skip_nullable()? {
                return Err(BadStream::Record(BadRecord::HeaderKey));
            }
            self.skip_nullable()?;
        }
        if self.left_in_record != Some(0) {
            return Err(BadStream::Record(BadRecord::LengthMismatch));
        }
        Ok(RecordHead { offset_delta, timestamp_delta, has_key })
    }

    /// Charges `count` bytes to the record at hand.
    fn charge(&mut self, count: u64) -> Result<(), BadStream> {
        if let Some(left) = &mut self.left_in_record {
            *left = left.checked_sub(count).ok_or(BadStream::Record(BadRecord::LengthMismatch))?;
        }
        Ok(())
    }

    fn byte(&mut self) -> Result<u8, BadStream> {
        self.charge(1)?;
        if !self.fill()? {
            return Err(BadStream::Record(BadRecord::Cut));
        }
        let byte = self.buffer[self.start];
        self.start += 1;
        Ok(byte)
    }

    /// Skips a length and as many bytes; returns whether the length was one.
    fn skip_nullable(&mut self) -> Result<bool, BadStream> {
        let Ok(mut left) = usize::try_from(self.varint()?) else {
            return Ok(false);
        };
        self.charge(left as u64)?;
        while left > 0 {
            if !self.fill()? {
                return Err(BadStream::Record(BadRecord::Cut));
            }
            let step = left.min(self.end - self.start);
            self.start += step;
            left -= step;
        }
        Ok(true)
    }

    fn varint(&mut self) -> Result<i32, BadStream> {
        let value = u32::try_from(self.unsigned(5)?).map_err(|_| BadStream::Record(BadRecord::Varint))?;
        Ok((value >> 1).cast_signed() ^ -(value & 1).cast_signed())
    }

    fn varlong(&mut self) -> Result<i64, BadStream> {
        let value = u64::try_from(self.unsigned(10)?).map_err(|_| BadStream::Record(BadRecord::Varint))?;
        Ok((value >> 1).cast_signed() ^ -(value & 1).cast_signed())
    }

    fn unsigned(&mut self, bytes_max: u32) -> Result<u128, BadStream> {
        let mut value = 0u128;
        for at in 0..bytes_max {
            let byte = self.byte()?;
            value |= u128::from(byte & 0x7f) << (7 * at);
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(BadStream::Record(BadRecord::Varint))
    }
}

//! Record batches as a client makes and reads them (version 2).

use crate::codec;
use crate::payload::crc32c;
use loglane_model::{Attributes, BATCH_HEADER_BYTES, BatchHeader, Compression, varint};
use std::borrow::Cow;
use zerocopy::IntoBytes;

/// The most that a batch may hold once decompressed; brokers take 1 MiB by default, some a lot more.
const DECOMPRESSED_BYTES_MAX: usize = 256 << 20;

/// The identity of an idempotent producer, and the place of a batch among its batches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sequenced {
    /// As the broker gave it.
    pub producer_id: i64,
    /// As the broker gave it.
    pub producer_epoch: i16,
    /// Number of the first record, in this partition.
    pub base_sequence: i32,
}

/// A batch that is being filled.
#[derive(Debug)]
pub struct BatchBuilder {
    /// Room for the header, then the records.
    bytes: Vec<u8>,
    count: i32,
    base_timestamp_ms: i64,
    max_timestamp_ms: i64,
}

impl BatchBuilder {
    /// An empty batch. `memory` is used again, with whatever capacity it has.
    #[must_use]
    pub fn new(mut memory: Vec<u8>) -> BatchBuilder {
        memory.clear();
        memory.resize(BATCH_HEADER_BYTES, 0);
        BatchBuilder { bytes: memory, count: 0, base_timestamp_ms: 0, max_timestamp_ms: 0 }
    }

    /// Number of records.
    #[must_use]
    pub fn count(&self) -> u32 {
        self.count.unsigned_abs()
    }

    /// Bytes so far, before compression.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether there is no record.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Appends a record whose value has `value_bytes` and is written by `value`.
    ///
    /// # Panics
    /// If `value` writes another number of bytes: our own mistake.
    pub fn push(
        &mut self,
        timestamp_ms: i64,
        key: Option<&[u8]>,
        value_bytes: usize,
        value: impl FnOnce(&mut Vec<u8>),
    ) {
        if self.count == 0 {
            self.base_timestamp_ms = timestamp_ms;
            self.max_timestamp_ms = timestamp_ms;
        }
        self.max_timestamp_ms = self.max_timestamp_ms.max(timestamp_ms);
        let timestamp_delta = timestamp_ms - self.base_timestamp_ms;
        let key_length = key.map_or(-1, |key| i32::try_from(key.len()).expect("keys are short"));
        let value_length = i32::try_from(value_bytes).expect("values are far below 2 GiB");
        let length = 1
            + signed_bytes(timestamp_delta)
            + signed_bytes(i64::from(self.count))
            + signed_bytes(i64::from(key_length))
            + key.map_or(0, <[u8]>::len)
            + signed_bytes(i64::from(value_length))
            + value_bytes
            + 1;
        let out = &mut self.bytes;
        varint::write_i32(out, i32::try_from(length).expect("records are far below 2 GiB"));
        out.push(0);
        varint::write_i64(out, timestamp_delta);
        varint::write_i32(out, self.count);
        varint::write_i32(out, key_length);
        out.extend_from_slice(key.unwrap_or_default());
        varint::write_i32(out, value_length);
        let before = out.len();
        value(out);
        assert_eq!(out.len() - before, value_bytes, "the value has the announced size");
        out.push(0);
        self.count += 1;
    }

    /// The batch as it goes over the wire.
    ///
    /// # Panics
    /// When there is no record, or the compression library fails.
    #[must_use]
    pub fn finish(mut self, compression: Compression, sequenced: Option<Sequenced>) -> Vec<u8> {
        assert!(self.count > 0, "a batch has a record");
        if compression != Compression::None {
            let records = codec::compress(compression, &self.bytes[BATCH_HEADER_BYTES..])
                .expect("compressing into memory does not fail");
            self.bytes.truncate(BATCH_HEADER_BYTES);
            self.bytes.extend_from_slice(&records);
        }
        let header = BatchHeader {
            base_offset: 0.into(),
            batch_length: i32::try_from(self.bytes.len() - 12).expect("batches are below 2 GiB").into(),
            leader_epoch: (-1).into(),
            magic: 2,
            crc: 0.into(),
            attributes: codec::attribute_bits(compression).into(),
            last_offset_delta: (self.count - 1).into(),
            base_timestamp: self.base_timestamp_ms.into(),
            max_timestamp: self.max_timestamp_ms.into(),
            producer_id: sequenced.map_or(-1, |by| by.producer_id).into(),
            producer_epoch: sequenced.map_or(-1, |by| by.producer_epoch).into(),
            base_sequence: sequenced.map_or(-1, |by| by.base_sequence).into(),
            record_count: self.count.into(),
        };
        self.bytes[..BATCH_HEADER_BYTES].copy_from_slice(header.as_bytes());
        let crc = crc32c(&self.bytes[BatchHeader::CRC_FROM..]);
        BatchHeader::peek_mut(&mut self.bytes).expect("a whole header").crc = crc.into();
        self.bytes
    }
}

/// Bytes of a zigzag varint.
fn signed_bytes(value: i64) -> usize {
    let bits = 64 - ((value << 1) ^ (value >> 63)).cast_unsigned().leading_zeros();
    bits.div_ceil(7).max(1) as usize
}

/// Why a fetched batch is not one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BatchError {
    /// Its CRC is wrong.
    Crc,
    /// Its lengths, its records or its compressed bytes make no sense.
    Malformed,
}

/// A batch of a fetch response.
#[derive(Debug, Clone, Copy)]
pub struct Batch<'a> {
    /// The header's fields.
    pub header: &'a BatchHeader,
    bytes: &'a [u8],
}

/// One record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record<'a> {
    /// Its place in the partition.
    pub offset: i64,
    /// The key, if there is one.
    pub key: Option<&'a [u8]>,
    /// The value, if there is one.
    pub value: Option<&'a [u8]>,
}

/// The batches of a fetch response's records; the last one may be cut, and is then left out, as the protocol allows.
pub fn batches(mut bytes: &[u8]) -> impl Iterator<Item = Result<Batch<'_>, BatchError>> {
    std::iter::from_fn(move || {
        let header = BatchHeader::peek(bytes)?;
        let Some(total) = header.total_bytes() else {
            bytes = &[];
            return Some(Err(BatchError::Malformed));
        };
        let (batch, rest) = bytes.split_at_checked(total)?;
        bytes = rest;
        Some(Ok(Batch { header, bytes: batch }))
    })
}

impl<'a> Batch<'a> {
    /// Bytes of the whole batch.
    #[must_use]
    pub fn total_bytes(&self) -> usize {
        self.bytes.len()
    }

    /// Whether it holds markers of transactions, not records.
    #[must_use]
    pub fn is_control(&self) -> bool {
        self.header.attributes().is_control()
    }

    /// Checks the CRC and hands each record to `each`.
    ///
    /// # Errors
    /// The batch is damaged; records in front of the damage may have been handed out.
    pub fn for_each_record(&self, mut each: impl FnMut(Record<'_>)) -> Result<(), BatchError> {
        if crc32c(&self.bytes[BatchHeader::CRC_FROM..]) != self.header.crc.get() {
            return Err(BatchError::Crc);
        }
        let records = self.records()?;
        let mut rest: &[u8] = &records;
        for _ in 0..self.header.record_count.get() {
            let (record, behind) =
                read_record(rest, self.header.base_offset.get()).ok_or(BatchError::Malformed)?;
            each(record);
            rest = behind;
        }
        if rest.is_empty() { Ok(()) } else { Err(BatchError::Malformed) }
    }

    fn records(&self) -> Result<Cow<'a, [u8]>, BatchError> {
        let bytes = &self.bytes[BATCH_HEADER_BYTES..];
        match self.header.attributes().compression() {
            Some(Compression::None) => Ok(Cow::Borrowed(bytes)),
            Some(compression) => codec::decompress(compression, bytes, DECOMPRESSED_BYTES_MAX)
                .map(Cow::Owned)
                .map_err(|_| BatchError::Malformed),
            None => Err(BatchError::Malformed),
        }
    }
}

fn read_record(bytes: &[u8], base_offset: i64) -> Option<(Record<'_>, &[u8])> {
    let (length, taken) = varint::read_i32(bytes)?;
    let (mut body, rest) = bytes[taken..].split_at_checked(usize::try_from(length).ok()?)?;
    body = body.get(1..)?;
    body = &body[varint::read_i64(body)?.1..];
    let (offset_delta, taken) = varint::read_i32(body)?;
    body = &body[taken..];
    let (key, behind) = read_bytes(body)?;
    let (value, _headers) = read_bytes(behind)?;
    Some((Record { offset: base_offset.wrapping_add(i64::from(offset_delta)), key, value }, rest))
}

/// A length and so many bytes; −1 for none.
fn read_bytes(bytes: &[u8]) -> Option<(Option<&[u8]>, &[u8])> {
    let (length, taken) = varint::read_i32(bytes)?;
    let rest = &bytes[taken..];
    if length == -1 {
        return Some((None, rest));
    }
    let (found, rest) = rest.split_at_checked(usize::try_from(length).ok()?)?;
    Some((Some(found), rest))
}

/// Whether a batch's timestamps are the broker's.
#[must_use]
pub fn is_log_append_time(header: &BatchHeader) -> bool {
    header.attributes.get() & Attributes::LOG_APPEND_TIME != 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(compression: Compression, records: u32) -> Vec<u8> {
        let mut builder = BatchBuilder::new(Vec::new());
        for number in 0..records {
            let key = number.to_be_bytes();
            let key = (number % 2 == 0).then_some(&key[..]);
            builder.push(1000 + i64::from(number), key, number as usize, |out| {
                out.resize(out.len() + number as usize, 7);
            });
        }
        let by = Sequenced { producer_id: 5, producer_epoch: 1, base_sequence: 10 };
        builder.finish(compression, Some(by))
    }

    #[test]
    fn records_read_back_in_every_codec() {
        for compression in
            [Compression::None, Compression::Gzip, Compression::Snappy, Compression::Lz4, Compression::Zstd]
        {
            let mut bytes = sample(compression, 300);
            bytes.extend(sample(compression, 2));
            let read: Vec<_> = batches(&bytes).collect::<Result<_, _>>().unwrap();
            assert_eq!(read.len(), 2);
            let mut seen = 0;
            read[0]
                .for_each_record(|record| {
                    assert_eq!(record.offset, i64::from(seen));
                    assert_eq!(record.key.is_some(), seen % 2 == 0);
                    assert_eq!(record.value.map(<[u8]>::len), Some(seen as usize));
                    seen += 1;
                })
                .unwrap();
            assert_eq!(seen, 300);
        }
    }

    #[test]
    fn a_damaged_batch_is_an_error_and_a_cut_one_is_left_out() {
        let whole = sample(Compression::None, 3);
        for at in BatchHeader::CRC_FROM..whole.len() {
            let mut bytes = whole.clone();
            bytes[at] ^= 1;
            let batch = batches(&bytes).next().unwrap().unwrap();
            assert_eq!(batch.for_each_record(|_| {}), Err(BatchError::Crc), "byte {at}");
        }
        assert_eq!(batches(&whole[..whole.len() - 1]).count(), 0);
        let mut negative = whole;
        negative[8] = 0xff;
        assert_eq!(batches(&negative).next().unwrap().unwrap_err(), BatchError::Malformed);
    }
}

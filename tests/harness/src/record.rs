//! Record batches by hand, version 2: built whole or broken on purpose, and read back from fetched bytes.

use crate::wire::{Answer, Message, Short};
use std::time::{SystemTime, UNIX_EPOCH};

/// One record, as a test thinks of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its offset, once it is in a log; ignored when a batch is built.
    pub offset: i64,
    /// Milliseconds since 1970.
    pub timestamp: i64,
    /// The key, or none.
    pub key: Option<Vec<u8>>,
    /// The value, or none (a tombstone).
    pub value: Option<Vec<u8>>,
}

impl Record {
    /// A record without a key.
    #[must_use]
    pub fn of_value(timestamp: i64, value: &[u8]) -> Record {
        Record { offset: 0, timestamp, key: None, value: Some(value.to_vec()) }
    }
}

/// The header fields of a batch, named as in the format; [`Batch::seal`] makes the bytes.
#[derive(Debug, Clone)]
pub struct Batch {
    pub base_offset: i64,
    pub leader_epoch: i32,
    pub magic: i8,
    pub attributes: i16,
    pub last_offset_delta: i32,
    pub base_timestamp: i64,
    pub max_timestamp: i64,
    pub producer_id: i64,
    pub producer_epoch: i16,
    pub base_sequence: i32,
    pub record_count: i32,
    /// Everything behind the header.
    pub records: Vec<u8>,
    /// What to add to the right length.
    pub length_error: i32,
    /// What to flip in the right CRC.
    pub crc_error: u32,
}

/// Milliseconds since 1970. Records of long ago would be at the mercy of retention, and their producers forgotten.
///
/// # Panics
/// Before 1970.
#[must_use]
pub fn now_ms() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock is past 1970");
    i64::try_from(now.as_millis()).expect("the clock is not past all bounds")
}

/// Bytes of the header.
pub const HEADER_BYTES: usize = 61;

impl Batch {
    /// A sound, uncompressed batch of `records`.
    ///
    /// # Panics
    /// For more records than a batch can have.
    #[must_use]
    pub fn of(records: &[Record]) -> Batch {
        let count = i32::try_from(records.len()).expect("a test's batch is small");
        let base_timestamp = records.first().map_or(-1, |record| record.timestamp);
        let mut bytes = Vec::new();
        for (delta, record) in (0..).zip(records) {
            bytes.extend(record_bytes(record, delta, record.timestamp - base_timestamp));
        }
        Batch {
            base_offset: 0,
            leader_epoch: -1,
            magic: 2,
            attributes: 0,
            last_offset_delta: count - 1,
            base_timestamp,
            max_timestamp: records.iter().map(|record| record.timestamp).max().unwrap_or(-1),
            producer_id: -1,
            producer_epoch: -1,
            base_sequence: -1,
            record_count: count,
            records: bytes,
            length_error: 0,
            crc_error: 0,
        }
    }

    /// One record with this value.
    #[must_use]
    pub fn one(value: &str) -> Batch {
        Batch::of(&[Record::of_value(now_ms(), value.as_bytes())])
    }

    /// As written by an idempotent producer.
    #[must_use]
    pub fn by_producer(mut self, id: i64, epoch: i16, base_sequence: i32) -> Batch {
        self.producer_id = id;
        self.producer_epoch = epoch;
        self.base_sequence = base_sequence;
        self
    }

    /// The bytes.
    ///
    /// # Panics
    /// For a batch of 2 GiB.
    #[must_use]
    pub fn seal(&self) -> Vec<u8> {
        let covered = Message::new()
            .i16(self.attributes)
            .i32(self.last_offset_delta)
            .i64(self.base_timestamp)
            .i64(self.max_timestamp)
            .i64(self.producer_id)
            .i16(self.producer_epoch)
            .i32(self.base_sequence)
            .i32(self.record_count)
            .raw(&self.records);
        let length = i32::try_from(covered.bytes().len() + 9).expect("a test's batch is small");
        let crc = crc32c(covered.bytes()) ^ self.crc_error;
        Message::new()
            .i64(self.base_offset)
            .i32(length + self.length_error)
            .i32(self.leader_epoch)
            .i8(self.magic)
            .raw(&crc.to_be_bytes())
            .raw(covered.bytes())
            .bytes()
            .to_vec()
    }
}

fn record_bytes(record: &Record, offset_delta: i64, timestamp_delta: i64) -> Vec<u8> {
    let mut body = vec![0];
    varint(&mut body, timestamp_delta);
    varint(&mut body, offset_delta);
    for part in [&record.key, &record.value] {
        match part {
            None => varint(&mut body, -1),
            Some(bytes) => {
                varint(&mut body, i64::try_from(bytes.len()).expect("a test's record is small"));
                body.extend_from_slice(bytes);
            }
        }
    }
    varint(&mut body, 0); // No headers.
    let mut out = Vec::new();
    varint(&mut out, i64::try_from(body.len()).expect("a test's record is small"));
    out.extend(body);
    out
}

/// Appends a signed varint (zigzag).
pub fn varint(out: &mut Vec<u8>, value: i64) {
    let mut rest = (value << 1 ^ value >> 63).cast_unsigned();
    while rest >= 0x80 {
        out.push(rest.to_le_bytes()[0] | 0x80);
        rest >>= 7;
    }
    out.push(rest.to_le_bytes()[0]);
}

fn read_varint(from: &mut Answer) -> Result<i64, Short> {
    let mut value = 0u64;
    for shift in (0..64).step_by(7) {
        let byte = from.i8()?.cast_unsigned();
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Ok((value >> 1).cast_signed() ^ -(value & 1).cast_signed());
        }
    }
    Err(Short)
}

/// Why fetched bytes are not a run of whole, sound batches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Damage {
    /// A batch or a field of it goes past the end of its container.
    Short,
    /// The checksum of the batch at this base offset does not fit.
    Crc(i64),
    /// The batch at this base offset is of another format or compressed, which this reader does not read.
    Unread(i64),
}

impl From<Short> for Damage {
    fn from(Short: Short) -> Damage {
        Damage::Short
    }
}

/// All data records of a run of batches; a partial batch at the end is left out, as clients do.
///
/// # Errors
/// For bytes that no log may hold.
pub fn records_of(bytes: &[u8]) -> Result<Vec<Record>, Damage> {
    let mut records = Vec::new();
    let mut rest = bytes;
    while let Some((batch, behind)) = split_batch(rest) {
        rest = behind;
        let mut fields = Answer::new(batch.to_vec());
        let base_offset = fields.i64()?;
        let (_length, _leader_epoch, magic) = (fields.i32()?, fields.i32()?, fields.i8()?);
        let crc = fields.i32()?.cast_unsigned();
        if crc != crc32c(fields.rest()) {
            return Err(Damage::Crc(base_offset));
        }
        let attributes = fields.i16()?;
        if magic != 2 || attributes & 7 != 0 {
            return Err(Damage::Unread(base_offset));
        }
        let _last_offset_delta = fields.i32()?;
        let base_timestamp = fields.i64()?;
        // Largest timestamp, producer id, epoch and sequence say nothing about the records.
        fields.take(22)?;
        let count = fields.i32()?;
        if attributes & 0x20 != 0 {
            continue; // A transaction's marker.
        }
        for _ in 0..count {
            records.push(read_record(&mut fields, base_offset, base_timestamp)?);
        }
    }
    Ok(records)
}

/// The first batch with what follows it; `None` where no whole batch is left.
#[must_use]
pub fn split_batch(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let length = i32::from_be_bytes(bytes.get(8..12)?.try_into().ok()?);
    let total = usize::try_from(length).ok()?.checked_add(12)?;
    (total >= HEADER_BYTES && total <= bytes.len()).then(|| bytes.split_at(total))
}

fn read_record(fields: &mut Answer, base_offset: i64, base_timestamp: i64) -> Result<Record, Damage> {
    let _length = read_varint(fields)?;
    let _attributes = fields.i8()?;
    let timestamp = base_timestamp + read_varint(fields)?;
    let offset = base_offset + read_varint(fields)?;
    let mut part = || -> Result<Option<Vec<u8>>, Damage> {
        match usize::try_from(read_varint(fields)?) {
            Ok(length) => Ok(Some(fields.take(length)?.to_vec())),
            Err(_) => Ok(None),
        }
    };
    let (key, value) = (part()?, part()?);
    for _ in 0..read_varint(fields)? {
        for _ in 0..2 {
            if let Ok(length) = usize::try_from(read_varint(fields)?) {
                fields.take(length)?;
            }
        }
    }
    Ok(Record { offset, timestamp, key, value })
}

/// CRC-32C (Castagnoli), bit by bit from a table: slow and independent of the broker's.
#[must_use]
pub fn crc32c(bytes: &[u8]) -> u32 {
    const TABLE: [u32; 256] = {
        let mut table = [0; 256];
        let mut at = 0u32;
        while at < 256 {
            let mut crc = at;
            let mut bit = 0;
            while bit < 8 {
                crc = if crc & 1 == 1 { crc >> 1 ^ 0x82f6_3b78 } else { crc >> 1 };
                bit += 1;
            }
            table[at as usize] = crc;
            at += 1;
        }
        table
    };
    !bytes.iter().fold(!0, |crc, byte| crc >> 8 ^ TABLE[usize::from(crc.to_le_bytes()[0] ^ byte)])
}

#[cfg(test)]
mod tests {
    use super::{Batch, Damage, Record, crc32c, records_of};

    #[test]
    fn the_checksum_is_the_published_one() {
        assert_eq!(crc32c(b"123456789"), 0xe306_9283);
    }

    #[test]
    fn what_is_built_is_read_back() {
        let mut records: Vec<Record> = (0..3)
            .map(|at| Record::of_value(1_700_000_000_000 + at, format!("value {at}").as_bytes()))
            .collect();
        records[1].key = Some(b"key".to_vec());
        records[2].value = None;
        let mut batch = Batch::of(&records);
        batch.base_offset = 41;
        let mut bytes = batch.seal();
        let partial = bytes.clone();
        bytes.extend_from_slice(&partial[..30]);
        let read = records_of(&bytes).expect("a sound batch and part of one");
        for (offset, record) in (41..).zip(&mut records) {
            record.offset = offset;
        }
        assert_eq!(read, records);
    }

    #[test]
    fn a_wrong_checksum_is_found() {
        let batch = Batch { crc_error: 1, ..Batch::one("x") };
        assert_eq!(records_of(&batch.seal()), Err(Damage::Crc(0)));
    }
}

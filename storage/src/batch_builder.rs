//! Makes record batches: control markers, the broker's own internal topics, metadata records, tests.

use crate::batch::MAGIC;
use crate::compression::{self, CompressError};
use crate::crc::crc32c;
use loglane_model::{
    Attributes, BATCH_HEADER_BYTES, BATCH_OVERHEAD_BYTES, BatchHeader, Compression, LeaderEpoch, Offset,
    ProducerId, varint,
};
use zerocopy::IntoBytes;

/// A header to write: a key and a value that may be null.
pub type NewHeader<'a> = (&'a str, Option<&'a [u8]>);

/// Collects records into one version 2 batch. Call order: the chained settings, [`BatchBuilder::push`] for each
/// record, [`BatchBuilder::finish`].
#[derive(Debug, Clone)]
pub struct BatchBuilder {
    header: BatchHeader,
    attributes: i16,
    /// The records so far, uncompressed.
    records: Vec<u8>,
    /// One record's body, kept for its memory.
    body: Vec<u8>,
    record_count: i32,
    last_offset_delta: i32,
    max_timestamp: Option<i64>,
}

impl Default for BatchBuilder {
    fn default() -> BatchBuilder {
        BatchBuilder::new()
    }
}

impl BatchBuilder {
    /// A builder for a plain batch: base offset 0, leader epoch −1, no producer, no compression, create time.
    #[must_use]
    pub fn new() -> BatchBuilder {
        BatchBuilder {
            header: BatchHeader {
                base_offset: 0.into(),
                batch_length: 0.into(),
                leader_epoch: (-1).into(),
                magic: MAGIC,
                crc: 0.into(),
                attributes: 0.into(),
                last_offset_delta: 0.into(),
                base_timestamp: (-1).into(),
                max_timestamp: (-1).into(),
                producer_id: ProducerId::NONE.0.into(),
                producer_epoch: (-1).into(),
                base_sequence: (-1).into(),
                record_count: 0.into(),
            },
            attributes: 0,
            records: Vec::new(),
            body: Vec::new(),
            record_count: 0,
            last_offset_delta: -1,
            max_timestamp: None,
        }
    }

    /// Sets the base offset.
    #[must_use]
    pub fn base_offset(mut self, offset: Offset) -> BatchBuilder {
        self.header.base_offset = offset.0.into();
        self
    }

    /// Sets the leader epoch.
    #[must_use]
    pub fn leader_epoch(mut self, epoch: LeaderEpoch) -> BatchBuilder {
        self.header.leader_epoch = epoch.0.into();
        self
    }

    /// Sets the producer; a base sequence of −1 means that its batches are not numbered.
    #[must_use]
    pub fn producer(mut self, id: ProducerId, epoch: i16, base_sequence: i32) -> BatchBuilder {
        self.header.producer_id = id.0.into();
        self.header.producer_epoch = epoch.into();
        self.header.base_sequence = base_sequence.into();
        self
    }

    /// Marks the batch as part of a transaction.
    #[must_use]
    pub fn transactional(mut self) -> BatchBuilder {
        self.attributes |= Attributes::TRANSACTIONAL;
        self
    }

    /// Marks the batch as a control batch.
    #[must_use]
    pub fn control(mut self) -> BatchBuilder {
        self.attributes |= Attributes::CONTROL;
        self
    }

    /// Marks the timestamps as append times.
    #[must_use]
    pub fn log_append_time(mut self) -> BatchBuilder {
        self.attributes |= Attributes::LOG_APPEND_TIME;
        self
    }

    /// Adds attribute bits as they are: for batches that are copied, and for tests of what must be refused.
    #[must_use]
    pub fn attribute_bits(mut self, bits: i16) -> BatchBuilder {
        self.attributes |= bits;
        self
    }

    /// Adds a record at the next offset.
    pub fn push(
        &mut self,
        timestamp_ms: i64,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        headers: &[NewHeader<'_>],
    ) {
        self.push_at(self.last_offset_delta + 1, timestamp_ms, key, value, headers);
    }

    /// Adds a record at an offset of one's own, which lies behind all before it: what compaction leaves over.
    pub fn push_at(
        &mut self,
        offset_delta: i32,
        timestamp_ms: i64,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        headers: &[NewHeader<'_>],
    ) {
        self.begin_record(offset_delta, timestamp_ms);
        write_nullable(&mut self.body, key);
        write_nullable(&mut self.body, value);
        varint::write_i32(&mut self.body, length_of(headers.len()));
        for (name, value) in headers {
            write_nullable(&mut self.body, Some(name.as_bytes()));
            write_nullable(&mut self.body, *value);
        }
        self.end_record(offset_delta, timestamp_ms);
    }

    fn begin_record(&mut self, offset_delta: i32, timestamp_ms: i64) {
        assert!(offset_delta > self.last_offset_delta, "offsets in a batch rise");
        if self.record_count == 0 {
            self.header.base_timestamp = timestamp_ms.into();
        }
        self.body.clear();
        self.body.push(0);
        varint::write_i64(&mut self.body, timestamp_ms.wrapping_sub(self.header.base_timestamp.get()));
        varint::write_i32(&mut self.body, offset_delta);
    }

    fn end_record(&mut self, offset_delta: i32, timestamp_ms: i64) {
        varint::write_i32(&mut self.records, length_of(self.body.len()));
        self.records.extend_from_slice(&self.body);
        self.record_count += 1;
        self.last_offset_delta = offset_delta;
        self.max_timestamp = Some(self.max_timestamp.map_or(timestamp_ms, |max| max.max(timestamp_ms)));
    }

    /// How many records there are so far.
    #[must_use]
    pub fn record_count(&self) -> i32 {
        self.record_count
    }

    /// Bytes of the batch so far, uncompressed.
    #[must_use]
    pub fn bytes(&self) -> usize {
        BATCH_HEADER_BYTES + self.records.len()
    }

    /// The finished batch, uncompressed.
    #[must_use]
    pub fn finish(mut self) -> Vec<u8> {
        let records = std::mem::take(&mut self.records);
        self.assemble(&records)
    }

    /// The finished batch, its records compressed.
    pub fn finish_compressed(
        mut self,
        compression: Compression,
        level: Option<i32>,
    ) -> Result<Vec<u8>, CompressError> {
        self.attributes |= compression_code(compression);
        let records = compression::compress(compression, level, &self.records)?;
        Ok(self.assemble(&records))
    }

    fn assemble(mut self, records: &[u8]) -> Vec<u8> {
        let total = BATCH_HEADER_BYTES + records.len();
        self.header.batch_length = length_of(total - BATCH_OVERHEAD_BYTES).into();
        self.header.attributes = self.attributes.into();
        self.header.last_offset_delta = self.last_offset_delta.max(0).into();
        self.header.max_timestamp = self.max_timestamp.unwrap_or(-1).into();
        self.header.record_count = self.record_count.into();
        let mut batch = Vec::with_capacity(total);
        batch.extend_from_slice(self.header.as_bytes());
        batch.extend_from_slice(records);
        refresh_crc(&mut batch);
        batch
    }
}

/// Writes the CRC of a whole batch into its header.
///
/// # Panics
/// If `batch` is shorter than a header.
pub fn refresh_crc(batch: &mut [u8]) {
    let crc = crc32c(&batch[BatchHeader::CRC_FROM..]);
    BatchHeader::peek_mut(batch).expect("a whole batch").crc = crc.into();
}

/// The codec's number in the attributes.
#[must_use]
pub fn compression_code(compression: Compression) -> i16 {
    match compression {
        Compression::None => 0,
        Compression::Gzip => 1,
        Compression::Snappy => 2,
        Compression::Lz4 => 3,
        Compression::Zstd => 4,
    }
}

fn write_nullable(out: &mut Vec<u8>, bytes: Option<&[u8]>) {
    match bytes {
        None => varint::write_i32(out, -1),
        Some(bytes) => {
            varint::write_i32(out, length_of(bytes.len()));
            out.extend_from_slice(bytes);
        }
    }
}

fn length_of(length: usize) -> i32 {
    i32::try_from(length).expect("a batch that is built here stays below 2 GiB")
}

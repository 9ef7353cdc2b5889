//! Builds a batch anew, for topics whose `compression.type` is not the producer's.

use crate::batch_builder::BatchBuilder;
use crate::compression::{self, CompressError, DecompressError};
use crate::record::{BadRecord, Records};
use loglane_model::{Attributes, BATCH_HEADER_BYTES, BatchHeader, Compression};

/// Why a batch could not be built anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecompressError {
    /// Fewer bytes than a header, or a codec that nobody has defined.
    Header,
    /// The records could not be decompressed.
    Decompress(DecompressError),
    /// The records could not be read.
    Record(BadRecord),
    /// The level is not one of the codec's.
    Compress(CompressError),
}

/// The same records, compressed with `target` at `level`, at offsets 0, 1, 2, … from the same base. At most `cap`
/// bytes of records.
pub fn recompress(
    batch: &[u8],
    target: Compression,
    level: Option<i32>,
    cap: usize,
) -> Result<Vec<u8>, RecompressError> {
    let header = BatchHeader::peek(batch).ok_or(RecompressError::Header)?;
    let attributes = header.attributes();
    let source = attributes.compression().ok_or(RecompressError::Header)?;
    let area = compression::decompress(source, &batch[BATCH_HEADER_BYTES..], cap)
        .map_err(RecompressError::Decompress)?;
    let other_bits = Attributes::LOG_APPEND_TIME | Attributes::TRANSACTIONAL | Attributes::CONTROL;
    let mut builder = BatchBuilder::new()
        .base_offset(header.base_offset())
        .leader_epoch(header.leader_epoch())
        .producer(header.producer_id(), header.producer_epoch.get(), header.base_sequence.get())
        .attribute_bits(attributes.0 & other_bits);
    for record in Records::new(&area, header.record_count.get()) {
        let record = record.map_err(RecompressError::Record)?;
        builder.push_copy(header.base_timestamp.get().wrapping_add(record.timestamp_delta), &record);
    }
    builder.finish_compressed(target, level).map_err(RecompressError::Compress)
}

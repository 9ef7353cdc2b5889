//! Builds a batch anew, for topics whose `compression.type` is not the producer's.

use crate::batch_builder::{compression_code, refresh_crc};
use crate::compression::{CompressError, Compressor, DecompressError};
use crate::record::BadRecord;
use crate::record_stream::{BadStream, copy_compressed};
use loglane_model::{Attributes, BATCH_HEADER_BYTES, BATCH_OVERHEAD_BYTES, BatchHeader, Compression};
use std::io;
use zerocopy::IntoBytes;

/// Why a batch could not be built anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecompressError {
    /// Fewer bytes than a header, or a codec that nobody has defined.
    Header,
    /// The records could not be decompressed.
    Decompress(DecompressError),
    /// The records could not be read.
    Record(BadRecord),
    /// They do not stand at the offsets 0, 1, 2, … from the base.
    OffsetDeltas,
    /// The new batch is larger than it may be.
    TooLarge,
    /// The level is not one of the codec's.
    Compress(CompressError),
}

/// The same records, compressed with `target` at `level`. At most `unpacked_max` bytes are decompressed, and the new
/// batch may have `bytes_max`. Memory is taken for the new batch alone, whatever lies in between: the records pass
/// from one codec to the other as they are, and only their heads are looked at.
pub fn recompress(
    batch: &[u8],
    target: Compression,
    level: Option<i32>,
    unpacked_max: usize,
    bytes_max: usize,
) -> Result<Vec<u8>, RecompressError> {
    let mut header = *BatchHeader::peek(batch).ok_or(RecompressError::Header)?;
    let attributes = header.attributes();
    let source = attributes.compression().ok_or(RecompressError::Header)?;
    let area_max = bytes_max.min(i32::MAX as usize).saturating_sub(BATCH_HEADER_BYTES);
    let mut to = Compressor::new(target, level, area_max).map_err(RecompressError::Compress)?;
    let (base_timestamp, mut max_timestamp) = (header.base_timestamp.get(), None);
    let (mut next_delta, mut is_ordered) = (0, true);
    let area = &batch[BATCH_HEADER_BYTES..];
    copy_compressed(source, area, header.record_count.get(), unpacked_max, &mut to, &mut |record| {
        is_ordered &= record.offset_delta == next_delta;
        next_delta = next_delta.wrapping_add(1);
        let timestamp = base_timestamp.wrapping_add(record.timestamp_delta);
        max_timestamp = Some(max_timestamp.map_or(timestamp, |max: i64| max.max(timestamp)));
    })
    .map_err(|bad| match bad {
        BadStream::Record(bad) => RecompressError::Record(bad),
        BadStream::Decompress(error) => RecompressError::Decompress(error),
        BadStream::Copy(kind) => uncompressible(kind),
    })?;
    if !is_ordered {
        return Err(RecompressError::OffsetDeltas);
    }
    let area = to.finish().map_err(|error| uncompressible(error.kind()))?;
    let total = BATCH_HEADER_BYTES + area.len();
    let other_bits = Attributes::LOG_APPEND_TIME | Attributes::TRANSACTIONAL | Attributes::CONTROL;
    header.attributes = (attributes.0 & other_bits | compression_code(target)).into();
    header.batch_length = i32::try_from(total - BATCH_OVERHEAD_BYTES).expect("bounded above").into();
    header.max_timestamp = max_timestamp.unwrap_or(-1).into();
    let mut batch = Vec::with_capacity(total);
    batch.extend_from_slice(header.as_bytes());
    batch.extend_from_slice(&area);
    refresh_crc(&mut batch);
    Ok(batch)
}

fn uncompressible(kind: io::ErrorKind) -> RecompressError {
    match kind {
        io::ErrorKind::FileTooLarge => RecompressError::TooLarge,
        _ => RecompressError::Compress(CompressError),
    }
}

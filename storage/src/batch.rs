//! Whole record batches in a run of bytes: are they what they claim, and where does each one end.
//!
//! This is the check for bytes that were accepted once (read from disk, or replicated from a leader). What a client
//! sends has more rules: `validate.rs`.

use crate::crc::crc32c;
use crate::record::Records;
use loglane_model::{BATCH_HEADER_BYTES, BatchHeader};

/// The only batch format that is read and written.
pub const MAGIC: u8 = 2;

/// How a batch contradicts itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DamagedBatch {
    /// The bytes end before the batch does; `needed` bytes would hold it, so far as is known.
    Cut {
        /// Bytes from the batch's start to its end, or of a header where not even that is there.
        needed: usize,
    },
    /// The length field is negative or too small for a header.
    Length(i32),
    /// Not format 2: an older format (0, 1), or no batch at all.
    Magic(u8),
    /// Offsets or counts that no batch can have.
    Counts {
        /// The header's count of records.
        record_count: i32,
        /// The header's last offset less its base offset.
        last_offset_delta: i32,
    },
    /// The base offset is negative, or the last offset would pass 2^63.
    BaseOffset(i64),
    /// The contents do not fit the checksum.
    Crc {
        /// As the header has it.
        stored: u32,
        /// As the bytes have it.
        computed: u32,
    },
}

/// Checks the first batch in `bytes` (which may hold more): length, format, counts, and the CRC over exactly that
/// batch.
pub fn check_batch(bytes: &[u8]) -> Result<&BatchHeader, DamagedBatch> {
    let (header, batch) = frame_batch(bytes)?;
    let computed = crc32c(&batch[BatchHeader::CRC_FROM..]);
    let stored = header.crc.get();
    if computed != stored {
        return Err(DamagedBatch::Crc { stored, computed });
    }
    Ok(header)
}

/// As [`check_batch`] without the CRC, for bytes whose CRC was already checked. Returns the batch's own bytes too.
pub fn frame_batch(bytes: &[u8]) -> Result<(&BatchHeader, &[u8]), DamagedBatch> {
    let header = BatchHeader::peek(bytes).ok_or(DamagedBatch::Cut { needed: BATCH_HEADER_BYTES })?;
    // The format comes first: the older formats have other fields at these places.
    if header.magic != MAGIC {
        return Err(DamagedBatch::Magic(header.magic));
    }
    let total = header.total_bytes().ok_or(DamagedBatch::Length(header.batch_length.get()))?;
    let batch = bytes.get(..total).ok_or(DamagedBatch::Cut { needed: total })?;
    let (record_count, last_offset_delta) = (header.record_count.get(), header.last_offset_delta.get());
    // Compaction removes records and keeps the offsets, so there may be fewer records than offsets, even none.
    if record_count < 0 || last_offset_delta < 0 || i64::from(record_count) > i64::from(last_offset_delta) + 1
    {
        return Err(DamagedBatch::Counts { record_count, last_offset_delta });
    }
    let base = header.base_offset.get();
    if base < 0 || base.checked_add(i64::from(last_offset_delta) + 1).is_none() {
        return Err(DamagedBatch::BaseOffset(base));
    }
    Ok((header, batch))
}

/// One batch of a run.
#[derive(Debug, Clone, Copy)]
pub struct StoredBatch<'a> {
    /// Its header.
    pub header: &'a BatchHeader,
    /// The whole batch, header included.
    pub bytes: &'a [u8],
    /// Where it begins in the run.
    pub position: usize,
}

/// The batches of a run of bytes, one behind the other. Ends at the end of the bytes, or behind the first error.
///
/// A run that stops inside a batch ends with [`DamagedBatch::Cut`]; [`Batches::position`] then is where the whole
/// batches end.
#[derive(Debug, Clone)]
pub struct Batches<'a> {
    bytes: &'a [u8],
    position: usize,
    checks_crc: bool,
    failed: bool,
}

impl<'a> Batches<'a> {
    /// Walks bytes as they come from a disk or a leader: every CRC is checked.
    #[must_use]
    pub fn checked(bytes: &'a [u8]) -> Batches<'a> {
        Batches { bytes, position: 0, checks_crc: true, failed: false }
    }

    /// Walks bytes whose CRCs were checked when they were taken into memory.
    #[must_use]
    pub fn trusted(bytes: &'a [u8]) -> Batches<'a> {
        Batches { bytes, position: 0, checks_crc: false, failed: false }
    }

    /// The end of the whole batches that were handed out.
    #[must_use]
    pub fn position(&self) -> usize {
        self.position
    }
}

impl<'a> Iterator for Batches<'a> {
    type Item = Result<StoredBatch<'a>, DamagedBatch>;

    fn next(&mut self) -> Option<Self::Item> {
        let rest = &self.bytes[self.position..];
        if self.failed || rest.is_empty() {
            return None;
        }
        let checked = if self.checks_crc { check_batch(rest).map(|_| ()) } else { Ok(()) };
        match checked.and_then(|()| frame_batch(rest)) {
            Ok((header, bytes)) => {
                let position = self.position;
                self.position += bytes.len();
                Some(Ok(StoredBatch { header, bytes, position }))
            }
            Err(damage) => {
                self.failed = true;
                Some(Err(damage))
            }
        }
    }
}

/// The records of a whole **uncompressed** batch. Empty for fewer bytes than a header.
#[must_use]
pub fn records_of(batch: &[u8]) -> Records<'_> {
    match BatchHeader::peek(batch) {
        Some(header) => Records::new(&batch[BATCH_HEADER_BYTES..], header.record_count.get()),
        None => Records::new(&[], 0),
    }
}

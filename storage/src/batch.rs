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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch_builder::{BatchBuilder, refresh_crc};
    use loglane_model::{Offset, ProducerId};

    fn sample(base: i64) -> Vec<u8> {
        let mut builder = BatchBuilder::new().base_offset(Offset(base)).producer(ProducerId(3), 1, 7);
        builder.push(5, Some(b"k"), Some(b"v"), &[]);
        builder.push(6, None, Some(b"w"), &[]);
        builder.finish()
    }

    fn changed(change: impl FnOnce(&mut BatchHeader)) -> Vec<u8> {
        let mut batch = sample(10);
        change(BatchHeader::peek_mut(&mut batch).unwrap());
        refresh_crc(&mut batch);
        batch
    }

    #[test]
    fn only_the_first_batch_is_looked_at() {
        let batch = sample(10);
        let header = check_batch(&[&batch[..], b"anything"].concat()).map(|header| header.last_offset());
        assert_eq!(header, Ok(Offset(11)));
    }

    #[test]
    fn each_contradiction_has_its_name() {
        let whole = sample(10).len();
        assert_eq!(check_batch(&[]).unwrap_err(), DamagedBatch::Cut { needed: BATCH_HEADER_BYTES });
        let cut = sample(10)[..whole - 1].to_vec();
        assert_eq!(check_batch(&cut).unwrap_err(), DamagedBatch::Cut { needed: whole });
        let huge = changed(|header| header.batch_length = i32::MAX.into());
        assert!(
            matches!(check_batch(&huge), Err(DamagedBatch::Cut { needed }) if needed > i32::MAX as usize)
        );
        for length in [-1, 0, 48] {
            let bad = changed(|header| header.batch_length = length.into());
            assert_eq!(check_batch(&bad).unwrap_err(), DamagedBatch::Length(length));
        }
        for magic in [0, 1, 3] {
            let old = changed(|header| header.magic = magic);
            assert_eq!(check_batch(&old).unwrap_err(), DamagedBatch::Magic(magic));
        }
        for (record_count, last_offset_delta) in [(-1, 0), (2, -1), (3, 1), (i32::MAX, 0)] {
            let bad = changed(|header| {
                header.record_count = record_count.into();
                header.last_offset_delta = last_offset_delta.into();
            });
            assert_eq!(
                check_batch(&bad).unwrap_err(),
                DamagedBatch::Counts { record_count, last_offset_delta }
            );
        }
        for base in [-1, i64::MIN, i64::MAX] {
            let bad = changed(|header| header.base_offset = base.into());
            assert_eq!(check_batch(&bad).unwrap_err(), DamagedBatch::BaseOffset(base));
        }
        let mut flipped = sample(10);
        flipped[whole - 1] ^= 1;
        assert!(matches!(check_batch(&flipped), Err(DamagedBatch::Crc { .. })));
    }

    #[test]
    fn what_compaction_leaves_over_is_sound() {
        let emptied = changed(|header| header.record_count = 0.into());
        assert!(check_batch(&emptied).is_ok());
        let sparse = changed(|header| header.last_offset_delta = 99.into());
        assert_eq!(check_batch(&sparse).unwrap().last_offset(), Offset(109));
    }

    #[test]
    fn a_run_is_walked_to_its_end_with_and_without_checksums() {
        let mut run = [sample(10), sample(12), sample(14)].concat();
        let bases = |batches: Batches<'_>| -> Vec<i64> {
            batches.map_while(Result::ok).map(|batch| batch.header.base_offset().0).collect()
        };
        assert_eq!(bases(Batches::checked(&run)), [10, 12, 14]);
        assert_eq!(bases(Batches::trusted(&run)), [10, 12, 14]);
        let second_end = sample(10).len() * 2 - 1;
        run[second_end] ^= 1;
        assert_eq!(bases(Batches::checked(&run)), [10]);
        assert_eq!(bases(Batches::trusted(&run)), [10, 12, 14]);
        let mut walk = Batches::checked(&run);
        assert!(walk.by_ref().nth(1).unwrap().is_err());
        assert!(walk.next().is_none(), "nothing comes behind an error");
        assert_eq!(walk.position(), sample(10).len());
    }
}

//! What records hold: their number, and bytes that follow from it, so that a changed byte shows.

use harness::Chance;
use harness::history::Seen;
use loglane_model::{BATCH_HEADER_BYTES, Compression};
use loglane_storage::batch::{Batches, StoredBatch};
use loglane_storage::batch_builder::BatchBuilder;
use loglane_storage::compression::decompress;
use loglane_storage::record::Records;
use std::borrow::Cow;

/// The least work: values are random bytes, which nothing makes smaller.
pub(super) const CODEC_LEVEL: i32 = 1;

/// No batch is larger.
const UNPACKED_MAX: usize = 16 << 20;

/// The value of the record with this number, of at most so many bytes, and eight at least.
pub(super) fn value_of(id: u64, bytes_max: u64) -> Vec<u8> {
    let mut chance = Chance::new(id);
    let len = match chance.below(4) {
        0 => chance.below(bytes_max),
        _ => chance.below(bytes_max.min(60)),
    };
    let mut value = id.to_be_bytes().to_vec();
    value.extend(chance.bytes(usize::try_from(len).expect("small")));
    value
}

/// A batch of the records with these numbers.
pub(super) fn batch_of(
    mut builder: BatchBuilder,
    ids: &[u64],
    bytes_max: u64,
    at_ms: i64,
    compression: Compression,
) -> Vec<u8> {
    for id in ids {
        builder.push(at_ms, None, Some(&value_of(*id, bytes_max)), &[]);
    }
    builder.finish_compressed(compression, Some(CODEC_LEVEL)).expect("a level that all codecs have")
}

/// The records of fetched bytes from an offset on; `Err` says what is wrong with them.
pub(super) fn seen_in(bytes: &[u8], from: i64, bytes_max: u64) -> Result<Vec<Seen>, String> {
    let mut seen = Vec::new();
    for batch in Batches::checked(bytes) {
        let batch =
            batch.map_err(|damage| format!("a batch behind {:?} is damaged: {damage:?}", seen.last()))?;
        let base = batch.header.base_offset().0;
        let epoch = batch.header.leader_epoch().0;
        let records = unpacked(&batch).ok_or_else(|| format!("the batch at {base} cannot be unpacked"))?;
        for record in Records::new(&records, batch.header.record_count.get()) {
            let record = record.map_err(|bad| format!("a record of the batch at {base} is bad: {bad:?}"))?;
            let offset = base + i64::from(record.offset_delta);
            let value = record.value.unwrap_or_default();
            let Some(id) = value.first_chunk().map(|id| u64::from_be_bytes(*id)) else {
                return Err(format!("the record at {offset} has no number"));
            };
            if value != value_of(id, bytes_max) {
                return Err(format!("the record at {offset} is not what was sent with number {id}"));
            }
            if offset >= from {
                seen.push(Seen { offset, id, epoch });
            }
        }
    }
    Ok(seen)
}

/// The records of a batch as they were before it was compressed.
fn unpacked<'a>(batch: &StoredBatch<'a>) -> Option<Cow<'a, [u8]>> {
    let records = &batch.bytes[BATCH_HEADER_BYTES..];
    match batch.header.attributes().compression()? {
        Compression::None => Some(Cow::Borrowed(records)),
        codec => decompress(codec, records, UNPACKED_MAX).ok().map(Cow::Owned),
    }
}

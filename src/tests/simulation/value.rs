//! What records hold: their number, and bytes that follow from it, so that a changed byte shows.

use harness::Chance;
use harness::history::Seen;
use loglane_storage::batch::{Batches, records_of};
use loglane_storage::batch_builder::BatchBuilder;

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
pub(super) fn batch_of(mut builder: BatchBuilder, ids: &[u64], bytes_max: u64, at_ms: i64) -> Vec<u8> {
    for id in ids {
        builder.push(at_ms, None, Some(&value_of(*id, bytes_max)), &[]);
    }
    builder.finish()
}

/// The records of fetched bytes from an offset on; `Err` says what is wrong with them.
pub(super) fn seen_in(bytes: &[u8], from: i64, bytes_max: u64) -> Result<Vec<Seen>, String> {
    let mut seen = Vec::new();
    for batch in Batches::checked(bytes) {
        let batch =
            batch.map_err(|damage| format!("a batch behind {:?} is damaged: {damage:?}", seen.last()))?;
        let base = batch.header.base_offset().0;
        let epoch = batch.header.leader_epoch().0;
        for record in records_of(batch.bytes) {
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

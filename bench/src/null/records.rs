//! Made-up batches that fetches find, in sizes that add up to any number of records.

use crate::batch::BatchBuilder;
use crate::payload::{self, Mark, PAYLOAD_HEAD_BYTES};
use loglane_model::{Block, Compression, Extent, pages_for};
use std::sync::Arc;

/// About how large the largest batch is.
const BATCH_BYTES: usize = 64 * 1024;

/// A batch to be sent with any base offset: that one stands in front of everything that the CRC covers.
#[derive(Debug)]
struct Prepared {
    count: i64,
    bytes: usize,
    /// Everything behind the base offset.
    tail: Extent,
}

/// Batches of 1, 2, 4, ... records.
#[derive(Debug)]
pub(super) struct Records(Vec<Prepared>);

/// A batch of an answer.
#[derive(Debug)]
pub(super) struct Served {
    pub(super) base_offset: i64,
    pub(super) tail: Extent,
}

impl Records {
    pub(super) fn new(record_bytes: usize) -> Records {
        let value_bytes = record_bytes.max(PAYLOAD_HEAD_BYTES);
        let most = (BATCH_BYTES / value_bytes).max(1);
        let counts = (0..=most.ilog2()).map(|power| 1usize << power);
        Records(counts.map(|count| prepare(count, value_bytes)).collect())
    }

    /// Batches from `offset` up to `end`, in at most `bytes_max`, but one at least; and their bytes.
    pub(super) fn serve(&self, mut offset: i64, end: i64, bytes_max: usize, out: &mut Vec<Served>) -> usize {
        let mut bytes = 0;
        while offset < end {
            let fits = |batch: &&Prepared| {
                offset + batch.count <= end
                    && (bytes + batch.bytes <= bytes_max || (bytes == 0 && batch.count == 1))
            };
            let Some(batch) = self.0.iter().rev().find(fits) else { break };
            out.push(Served { base_offset: offset, tail: batch.tail.clone() });
            bytes += batch.bytes;
            offset += batch.count;
        }
        bytes
    }
}

fn prepare(count: usize, value_bytes: usize) -> Prepared {
    let mut builder = BatchBuilder::new(Vec::new());
    let filler = vec![0x5a; value_bytes - PAYLOAD_HEAD_BYTES];
    for number in 0..count {
        let mark = Mark { tag: 0, producer: 0, sequence: number as u64, intended_ns: 0 };
        builder.push(0, None, value_bytes, |out| payload::write(out, mark, &filler));
    }
    let bytes = builder.finish(Compression::None, None);
    let mut block = Block::zeroed(pages_for(bytes.len()));
    block.bytes_mut()[..bytes.len()].copy_from_slice(&bytes);
    let end = u32::try_from(bytes.len()).expect("a record has at most 64 MiB");
    let tail = Extent { block: Arc::new(block), start: 8, end };
    Prepared { count: i64::try_from(count).expect("a small number"), bytes: bytes.len(), tail }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_add_up_to_any_number_of_records_and_stay_below_the_limit() {
        let records = Records::new(1000);
        for (offset, end) in [(0, 1), (5, 300), (7, 7), (1000, 1063)] {
            let mut served = Vec::new();
            let bytes = records.serve(offset, end, usize::MAX, &mut served);
            let mut all = Vec::new();
            for batch in &served {
                all.extend_from_slice(&batch.base_offset.to_be_bytes());
                all.extend_from_slice(batch.tail.bytes());
            }
            assert_eq!(all.len(), bytes);
            let mut expected = offset;
            for batch in crate::batch::batches(&all) {
                batch
                    .unwrap()
                    .for_each_record(|record| {
                        assert_eq!(record.offset, expected);
                        expected += 1;
                    })
                    .unwrap();
            }
            assert_eq!(expected, end);
        }
        let mut served = Vec::new();
        assert!(records.serve(0, 1000, 20_000, &mut served) <= 20_000 && !served.is_empty());
        served.clear();
        assert!(records.serve(0, 1000, 10, &mut served) > 10 && served.len() == 1, "one at least");
    }
}

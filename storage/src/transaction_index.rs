//! `.txnindex`: the aborted transactions of a segment, in the order of their markers.
//!
//! A row has 34 bytes: i16 version 0, i64 producer id, i64 first offset, i64 last offset (the marker's), i64 last
//! stable offset at that moment. A transaction without data has no row.

use loglane_model::{Offset, ProducerId};

/// Bytes of a row.
pub const ROW_BYTES: usize = 34;

/// An aborted transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AbortedTransaction {
    /// Whose.
    pub producer_id: ProducerId,
    /// Its first record.
    pub first_offset: Offset,
    /// Its marker.
    pub last_offset: Offset,
    /// The last stable offset once this transaction was decided: no transaction that ends behind this row has a
    /// record below it.
    pub last_stable_offset: Offset,
}

/// Why a file is no transaction index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadTransactionIndex {
    /// The length is no multiple of [`ROW_BYTES`].
    Length,
    /// A row of a version that is not known.
    Version {
        /// Index of the row.
        row: usize,
    },
    /// A row whose offsets contradict each other or the rows before it.
    Offsets {
        /// Index of the row.
        row: usize,
    },
}

/// The aborted transactions of one segment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TransactionIndex {
    rows: Vec<AbortedTransaction>,
}

impl TransactionIndex {
    /// An empty index; its file need not exist.
    #[must_use]
    pub fn new() -> TransactionIndex {
        TransactionIndex::default()
    }

    /// The rows in the order of their markers.
    #[must_use]
    pub fn rows(&self) -> &[AbortedTransaction] {
        &self.rows
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Adds the transaction whose marker was just appended.
    pub fn append(&mut self, row: AbortedTransaction) {
        assert!(
            self.rows.last().is_none_or(|last| last.last_offset < row.last_offset),
            "markers are indexed in the order of the log"
        );
        self.rows.push(row);
    }

    /// Whether all markers lie below `end`. Nothing can be appended behind one that does not.
    pub(crate) fn end_before(&self, end: Offset) -> bool {
        self.rows.last().is_none_or(|row| row.last_offset < end)
    }

    /// Adds to `found` the aborted transactions that have records in `fetch_offset..end_offset`. Returns whether
    /// that is all of them; if not, the next segment's index has to be asked too.
    pub fn collect(
        &self,
        fetch_offset: Offset,
        end_offset: Offset,
        found: &mut Vec<AbortedTransaction>,
    ) -> bool {
        let first = self.rows.partition_point(|row| row.last_offset < fetch_offset);
        for row in &self.rows[first..] {
            if row.first_offset < end_offset {
                found.push(*row);
            }
            if row.last_stable_offset >= end_offset {
                return true;
            }
        }
        false
    }

    /// Forgets the transactions whose marker is at or behind a new log end.
    pub fn truncate_to(&mut self, log_end_offset: Offset) {
        let keep = self.rows.partition_point(|row| row.last_offset < log_end_offset);
        self.rows.truncate(keep);
    }

    /// The file.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.rows.len() * ROW_BYTES);
        for row in &self.rows {
            bytes.extend_from_slice(&encode_row(row));
        }
        bytes
    }

    /// Reads the file of the segment that begins at `base_offset`.
    pub fn decode(bytes: &[u8], base_offset: Offset) -> Result<TransactionIndex, BadTransactionIndex> {
        let (rows, rest) = bytes.as_chunks::<ROW_BYTES>();
        if !rest.is_empty() {
            return Err(BadTransactionIndex::Length);
        }
        let mut index = TransactionIndex::new();
        for (at, row) in rows.iter().enumerate() {
            if row[..2] != [0, 0] {
                return Err(BadTransactionIndex::Version { row: at });
            }
            let row = decode_row(row);
            let follows = index.rows.last().is_none_or(|last| last.last_offset < row.last_offset);
            let in_order = Offset(0) <= row.first_offset && row.first_offset < row.last_offset;
            if !follows || !in_order || row.last_offset < base_offset || row.last_stable_offset < Offset(0) {
                return Err(BadTransactionIndex::Offsets { row: at });
            }
            index.rows.push(row);
        }
        Ok(index)
    }
}

/// The bytes of one row, to append to the file as the marker is appended to the log.
#[must_use]
pub fn encode_row(row: &AbortedTransaction) -> [u8; ROW_BYTES] {
    let mut bytes = [0; ROW_BYTES];
    let fields = [row.producer_id.0, row.first_offset.0, row.last_offset.0, row.last_stable_offset.0];
    for (at, field) in fields.into_iter().enumerate() {
        bytes[2 + 8 * at..][..8].copy_from_slice(&field.to_be_bytes());
    }
    bytes
}

fn decode_row(bytes: &[u8; ROW_BYTES]) -> AbortedTransaction {
    let field = |at: usize| {
        i64::from_be_bytes(
            *bytes[2 + 8 * at..].first_chunk().expect("four fields of 8 bytes behind the version"),
        )
    };
    AbortedTransaction {
        producer_id: ProducerId(field(0)),
        first_offset: Offset(field(1)),
        last_offset: Offset(field(2)),
        last_stable_offset: Offset(field(3)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(id: i64, first: i64, last: i64, stable: i64) -> AbortedTransaction {
        AbortedTransaction {
            producer_id: ProducerId(id),
            first_offset: Offset(first),
            last_offset: Offset(last),
            last_stable_offset: Offset(stable),
        }
    }

    fn sample() -> TransactionIndex {
        let mut index = TransactionIndex::new();
        for row in [row(1, 0, 10, 3), row(2, 3, 20, 15), row(3, 15, 30, 31)] {
            index.append(row);
        }
        index
    }

    fn found(from: i64, to: i64) -> (Vec<i64>, bool) {
        let mut found = Vec::new();
        let is_complete = sample().collect(Offset(from), Offset(to), &mut found);
        (found.iter().map(|row| row.producer_id.0).collect(), is_complete)
    }

    #[test]
    fn a_range_gets_the_transactions_that_touch_it() {
        assert_eq!(found(0, 3), (vec![1], true), "the first row says that nothing later begins below 3");
        assert_eq!(found(0, 4), (vec![1, 2], true));
        assert_eq!(found(11, 15), (vec![2], true));
        assert_eq!(found(11, 16), (vec![2, 3], true));
        assert_eq!(found(21, 31), (vec![3], true));
        assert_eq!(found(21, 40), (vec![3], false), "the next segment has to be asked");
        assert_eq!(found(31, 40), (vec![], false));
        assert_eq!(found(10, 11), (vec![1, 2], true), "its marker lies in the range");
    }

    #[test]
    fn a_cut_forgets_transactions_whose_marker_is_gone() {
        let mut index = sample();
        index.truncate_to(Offset(20));
        assert_eq!(index.rows().len(), 1);
        index.truncate_to(Offset(11));
        assert_eq!(index.rows().len(), 1);
    }

    #[test]
    fn files_that_are_no_transaction_index_are_refused() {
        let good = sample().encode();
        assert_eq!(TransactionIndex::decode(&good, Offset(0)), Ok(sample()));
        assert_eq!(TransactionIndex::decode(&good[1..], Offset(0)), Err(BadTransactionIndex::Length));
        let mut newer = good.clone();
        newer[ROW_BYTES + 1] = 1;
        let got = TransactionIndex::decode(&newer, Offset(0));
        assert_eq!(got, Err(BadTransactionIndex::Version { row: 1 }));
        let swapped = [&good[ROW_BYTES..], &good[..ROW_BYTES]].concat();
        assert_eq!(
            TransactionIndex::decode(&swapped, Offset(0)),
            Err(BadTransactionIndex::Offsets { row: 2 })
        );
        let got = TransactionIndex::decode(&good, Offset(11));
        assert_eq!(got, Err(BadTransactionIndex::Offsets { row: 0 }), "a marker before the segment");
        for bad in [row(1, 5, 5, 6), row(1, -1, 5, 6), row(1, 0, 5, -1)] {
            let got = TransactionIndex::decode(&encode_row(&bad), Offset(0));
            assert_eq!(got, Err(BadTransactionIndex::Offsets { row: 0 }), "{bad:?}");
        }
    }
}

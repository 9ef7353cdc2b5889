//! `<offset>.snapshot`: the producers of a partition as of an offset, in Kafka's format.
//!
//! i16 version 1, u32 CRC-32C of what follows, i32 count, and per producer {i64 id, i16 epoch, i32 last sequence,
//! i64 last offset, i32 offset delta, i64 timestamp, i32 coordinator epoch, i64 first offset of the open
//! transaction}, −1 where there is none. Only the last batch of a producer survives in it.

use crate::crc::crc32c;
use loglane_model::{Offset, ProducerId};

const VERSION: i16 = 1;
const HEAD_BYTES: usize = 6;
const COUNT_BYTES: usize = 4;
const ENTRY_BYTES: usize = 46;

/// One producer in a snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SnapshotEntry {
    /// The producer.
    pub producer_id: ProducerId,
    /// Its epoch.
    pub producer_epoch: i16,
    /// Sequence of its last record; −1 if it has not written in this epoch.
    pub last_sequence: i32,
    /// Offset of its last record; −1 if it has not written in this epoch.
    pub last_offset: i64,
    /// How many offsets before the last one its last batch begins.
    pub offset_delta: i32,
    /// Largest timestamp of its last batch, or that of its last marker.
    pub timestamp: i64,
    /// Epoch of the coordinator that wrote its last marker; −1 if none did.
    pub coordinator_epoch: i32,
    /// Where its open transaction begins.
    pub open_transaction: Option<Offset>,
}

/// Why bytes are no snapshot. An older one will do, with more of the log read again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadSnapshot {
    /// Too short, or longer or shorter than its count says.
    Length,
    /// A version that is not known.
    Version(i16),
    /// The contents do not fit the checksum.
    Crc,
}

/// The file; entries in the order given.
#[must_use]
pub fn encode(entries: &[SnapshotEntry]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEAD_BYTES + COUNT_BYTES + entries.len() * ENTRY_BYTES);
    bytes.extend_from_slice(&VERSION.to_be_bytes());
    bytes.extend_from_slice(&[0; 4]);
    bytes.extend_from_slice(&i32::try_from(entries.len()).expect("producers are bounded").to_be_bytes());
    for entry in entries {
        bytes.extend_from_slice(&entry.producer_id.0.to_be_bytes());
        bytes.extend_from_slice(&entry.producer_epoch.to_be_bytes());
        bytes.extend_from_slice(&entry.last_sequence.to_be_bytes());
        bytes.extend_from_slice(&entry.last_offset.to_be_bytes());
        bytes.extend_from_slice(&entry.offset_delta.to_be_bytes());
        bytes.extend_from_slice(&entry.timestamp.to_be_bytes());
        bytes.extend_from_slice(&entry.coordinator_epoch.to_be_bytes());
        bytes.extend_from_slice(&entry.open_transaction.map_or(-1, |offset| offset.0).to_be_bytes());
    }
    let crc = crc32c(&bytes[HEAD_BYTES..]);
    bytes[2..HEAD_BYTES].copy_from_slice(&crc.to_be_bytes());
    bytes
}

/// Reads the file, in the order of its entries.
pub fn decode(bytes: &[u8]) -> Result<Vec<SnapshotEntry>, BadSnapshot> {
    let (head, body) = bytes.split_first_chunk::<HEAD_BYTES>().ok_or(BadSnapshot::Length)?;
    let version = i16::from_be_bytes([head[0], head[1]]);
    if version != VERSION {
        return Err(BadSnapshot::Version(version));
    }
    if crc32c(body) != u32::from_be_bytes([head[2], head[3], head[4], head[5]]) {
        return Err(BadSnapshot::Crc);
    }
    let (count, entries) = body.split_first_chunk::<COUNT_BYTES>().ok_or(BadSnapshot::Length)?;
    let (entries, rest) = entries.as_chunks::<ENTRY_BYTES>();
    if !rest.is_empty() || usize::try_from(i32::from_be_bytes(*count)) != Ok(entries.len()) {
        return Err(BadSnapshot::Length);
    }
    Ok(entries.iter().map(decode_entry).collect())
}

fn decode_entry(bytes: &[u8; ENTRY_BYTES]) -> SnapshotEntry {
    let mut rest = bytes.as_slice();
    let open_transaction;
    let entry = SnapshotEntry {
        producer_id: ProducerId(i64::from_be_bytes(take(&mut rest))),
        producer_epoch: i16::from_be_bytes(take(&mut rest)),
        last_sequence: i32::from_be_bytes(take(&mut rest)),
        last_offset: i64::from_be_bytes(take(&mut rest)),
        offset_delta: i32::from_be_bytes(take(&mut rest)),
        timestamp: i64::from_be_bytes(take(&mut rest)),
        coordinator_epoch: i32::from_be_bytes(take(&mut rest)),
        open_transaction: {
            open_transaction = i64::from_be_bytes(take(&mut rest));
            (open_transaction >= 0).then_some(Offset(open_transaction))
        },
    };
    assert!(rest.is_empty(), "the fields fill the entry");
    entry
}

fn take<const N: usize>(rest: &mut &[u8]) -> [u8; N] {
    let (taken, behind) = rest.split_first_chunk().expect("an entry holds all its fields");
    *rest = behind;
    *taken
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Vec<u8> {
        let entry = |id, open_transaction| SnapshotEntry {
            producer_id: ProducerId(id),
            producer_epoch: 2,
            last_sequence: 5,
            last_offset: 70,
            offset_delta: 3,
            timestamp: 1_700_000_000_000,
            coordinator_epoch: -1,
            open_transaction,
        };
        encode(&[entry(9, None), entry(4, Some(Offset(60)))])
    }

    #[test]
    fn every_flipped_bit_and_every_cut_is_noticed() {
        let good = sample();
        assert_eq!(encode(&decode(&good).unwrap()), good, "in the order of the file");
        for bit in 0..good.len() * 8 {
            let mut bad = good.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            assert!(decode(&bad).is_err(), "bit {bit}");
        }
        for cut in 0..good.len() {
            assert!(decode(&good[..cut]).is_err(), "cut at {cut}");
        }
    }

    #[test]
    fn a_count_that_lies_is_refused() {
        for count in [-1i32, 0, 1, 3, i32::MAX] {
            let mut bad = sample();
            bad[6..10].copy_from_slice(&count.to_be_bytes());
            let crc = crc32c(&bad[6..]);
            bad[2..6].copy_from_slice(&crc.to_be_bytes());
            assert_eq!(decode(&bad), Err(BadSnapshot::Length), "{count}");
        }
    }
}

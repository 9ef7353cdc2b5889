//! What the value of every record carries, so that whoever reads it knows what it is, when it was meant to be sent,
//! and whether it is whole.
//!
//! Little-endian: checksum (CRC-32C of all that follows), run tag, producer, sequence of this producer in this
//! partition, intended time in nanoseconds of the monotonic clock; then filler.

use crc_fast::CrcAlgorithm;
use zerocopy::byteorder::little_endian::{U32, U64};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

/// Bytes of a value in front of its filler: no record is smaller.
pub const PAYLOAD_HEAD_BYTES: usize = 28;

/// The head of a value.
#[derive(Debug, Clone, Copy, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
pub struct PayloadHead {
    checksum: U32,
    tag: U32,
    producer: U32,
    sequence: U64,
    intended_ns: U64,
}

const _: () = assert!(size_of::<PayloadHead>() == PAYLOAD_HEAD_BYTES);

/// What a record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// Of the run that wrote it: records of other runs are told apart.
    pub tag: u32,
    /// Which producer of the run.
    pub producer: u32,
    /// The how-manieth record of this producer in this partition, from 0.
    pub sequence: u64,
    /// When it was meant to be sent, by the monotonic clock.
    pub intended_ns: u64,
}

/// The CRC-32C of `bytes`.
#[must_use]
pub fn crc32c(bytes: &[u8]) -> u32 {
    u32::try_from(crc_fast::checksum(CrcAlgorithm::Crc32Iscsi, bytes)).expect("a CRC-32 has 32 bits")
}

/// Appends a value of `PAYLOAD_HEAD_BYTES` and the filler.
pub fn write(out: &mut Vec<u8>, mark: Mark, filler: &[u8]) {
    let start = out.len();
    let head = PayloadHead {
        checksum: 0.into(),
        tag: mark.tag.into(),
        producer: mark.producer.into(),
        sequence: mark.sequence.into(),
        intended_ns: mark.intended_ns.into(),
    };
    out.extend_from_slice(head.as_bytes());
    out.extend_from_slice(filler);
    let checksum = crc32c(&out[start + 4..]);
    out[start..start + 4].copy_from_slice(&checksum.to_le_bytes());
}

/// Reads a value; `None` if it is too short or its checksum is wrong.
#[must_use]
pub fn read(value: &[u8]) -> Option<Mark> {
    let (head, _) = PayloadHead::ref_from_prefix(value).ok()?;
    (head.checksum.get() == crc32c(&value[4..])).then(|| Mark {
        tag: head.tag.get(),
        producer: head.producer.get(),
        sequence: head.sequence.get(),
        intended_ns: head.intended_ns.get(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_reads_back_and_a_flipped_bit_does_not() {
        let mark = Mark { tag: 7, producer: 2, sequence: 1 << 40, intended_ns: 99 };
        let mut out = vec![1, 2, 3];
        write(&mut out, mark, b"filler");
        let mut value = out.split_off(3);
        assert_eq!(value.len(), PAYLOAD_HEAD_BYTES + 6);
        assert_eq!(read(&value), Some(mark));
        for at in 0..value.len() {
            value[at] ^= 0x10;
            assert_eq!(read(&value), None, "byte {at}");
            value[at] ^= 0x10;
        }
        assert_eq!(read(&value[..10]), None);
    }
}

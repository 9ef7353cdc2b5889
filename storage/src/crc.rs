//! CRC-32C (Castagnoli), the checksum of record batches and producer snapshots.

use crc_fast::CrcAlgorithm;

/// The CRC-32C of `bytes`.
///
/// `crc-fast` folds with the widest carry-less multiply the machine has: 58 GB/s on 64 KiB where the `crc32c`
/// crate reaches 26 (AVX-512 with VPCLMULQDQ). The tests hold one against the other.
#[must_use]
pub fn crc32c(bytes: &[u8]) -> u32 {
    u32::try_from(crc_fast::checksum(CrcAlgorithm::Crc32Iscsi, bytes)).expect("a CRC-32 has 32 bits")
}

/// The CRC-32C of bytes that come in pieces.
#[derive(Debug, Clone)]
pub struct Crc32c(crc_fast::Digest);

impl Crc32c {
    /// Of nothing so far.
    #[must_use]
    pub fn new() -> Crc32c {
        Crc32c(crc_fast::Digest::new(CrcAlgorithm::Crc32Iscsi))
    }

    /// Takes in the next piece.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The checksum of all pieces.
    #[must_use]
    pub fn finish(self) -> u32 {
        u32::try_from(self.0.finalize()).expect("a CRC-32 has 32 bits")
    }
}

impl Default for Crc32c {
    fn default() -> Crc32c {
        Crc32c::new()
    }
}

/// The CRC-32 of the message formats before v2, of bytes that come in pieces.
#[derive(Debug, Clone)]
pub(crate) struct Crc32(crc_fast::Digest);

impl Crc32 {
    pub(crate) fn new() -> Crc32 {
        Crc32(crc_fast::Digest::new(CrcAlgorithm::Crc32IsoHdlc))
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    pub(crate) fn finish(self) -> u32 {
        u32::try_from(self.0.finalize()).expect("a CRC-32 has 32 bits")
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn pieces_have_the_checksum_of_the_whole() {
        let bytes: Vec<u8> = (0u32..9000).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        for cut in [0, 1, 15, 16, 17, 300, 4096, 9000] {
            let mut crc = super::Crc32c::new();
            crc.update(&bytes[..cut]);
            crc.update(&bytes[cut..]);
            assert_eq!(crc.finish(), super::crc32c(&bytes), "cut at {cut}");
        }
    }

    #[test]
    fn the_check_value_of_the_catalogue_comes_out() {
        assert_eq!(super::crc32c(b"123456789"), 0xe306_9283);
        assert_eq!(super::crc32c(b""), 0);
    }

    #[test]
    fn two_implementations_agree_at_every_length_and_alignment() {
        let mut random = crate::random::Random::new(1);
        let bytes: Vec<u8> = (0..5000).map(|_| random.byte()).collect();
        for length in (0..600).chain([1023, 1024, 1025, 4095, 4096, 4900]) {
            for start in [0, 1, 7, 61] {
                let slice = &bytes[start..start + length];
                assert_eq!(super::crc32c(slice), crc32c::crc32c(slice), "start {start} length {length}");
            }
        }
    }
}

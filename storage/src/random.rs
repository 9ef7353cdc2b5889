//! Random numbers from a seed, for tests: the same seed, the same test.

/// A xorshift generator.
pub(crate) struct Random(u64);

impl Random {
    /// From any seed; neighbouring seeds give unrelated numbers.
    pub(crate) fn new(seed: u64) -> Random {
        Random((seed ^ 0x5851_f42d).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// Any 64 bits.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// A number below `bound`.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(bound).expect("a size")).expect("below a size")
    }

    /// Any byte.
    pub(crate) fn byte(&mut self) -> u8 {
        self.next().to_le_bytes()[7]
    }
}

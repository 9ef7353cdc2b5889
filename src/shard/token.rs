//! What an operation was submitted for, packed into the 64 bits that come back with its completion.

use crate::slots::SlotId;
use loglane_ring::Token;

/// One variant for each kind of operation that a shard submits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Connections from the listener of this index.
    Accept(u16),
    /// The beginning of requests.
    Receive(SlotId),
    /// The rest of a request.
    Body(SlotId),
    /// Answers.
    Send(SlotId),
    /// The tail of a partition's log.
    LogWrite(SlotId),
    /// A cold read of a partition's log.
    LogRead(SlotId),
    /// The tail of the metadata log.
    MetadataWrite,
    /// A read of the metadata log.
    MetadataRead,
    /// Work of the helper pool.
    Job,
}

impl Purpose {
    pub(crate) fn token(self) -> Token {
        let (kind, rest) = match self {
            Purpose::Accept(listener) => (0u64, u64::from(listener)),
            Purpose::Receive(id) => (1, id.pack()),
            Purpose::Body(id) => (2, id.pack()),
            Purpose::Send(id) => (3, id.pack()),
            Purpose::LogWrite(id) => (4, id.pack()),
            Purpose::LogRead(id) => (5, id.pack()),
            Purpose::MetadataWrite => (6, 0),
            Purpose::MetadataRead => (7, 0),
            Purpose::Job => (8, 0),
        };
        Token((kind << 56) | rest)
    }
}

/// The way back from a token.
pub(crate) trait Tokens {
    fn purpose(self) -> Purpose;
}

impl Tokens for Token {
    fn purpose(self) -> Purpose {
        let id = SlotId::unpack(self.0);
        match self.0 >> 56 {
            0 => Purpose::Accept((self.0 & 0xffff) as u16),
            1 => Purpose::Receive(id),
            2 => Purpose::Body(id),
            3 => Purpose::Send(id),
            4 => Purpose::LogWrite(id),
            5 => Purpose::LogRead(id),
            6 => Purpose::MetadataWrite,
            7 => Purpose::MetadataRead,
            8 => Purpose::Job,
            kind => unreachable!("token kind {kind} was never given out"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_purpose_survives_its_token() {
        let id = SlotId { index: u32::MAX, generation: 0x00ab_cdef };
        for purpose in [
            Purpose::Accept(u16::MAX),
            Purpose::Receive(id),
            Purpose::Body(id),
            Purpose::Send(id),
            Purpose::LogWrite(id),
            Purpose::LogRead(id),
            Purpose::MetadataWrite,
            Purpose::MetadataRead,
            Purpose::Job,
        ] {
            assert_eq!(purpose.token().purpose(), purpose);
        }
    }
}

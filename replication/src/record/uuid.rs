//! 128-bit ids that are not topics: directories, incarnations, access rules.

use loglane_model::TopicId;
use std::fmt;

/// A uuid in big-endian byte order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Uuid(pub [u8; 16]);

/// Before a replica's directory was ever recorded (`DirectoryId.MIGRATING`).
pub const DIRECTORY_MIGRATING: Uuid = Uuid::from_low_byte(0);
/// No directory chosen yet (`DirectoryId.UNASSIGNED`).
pub const DIRECTORY_UNASSIGNED: Uuid = Uuid::from_low_byte(1);
/// The replica's directory failed (`DirectoryId.LOST`).
pub const DIRECTORY_LOST: Uuid = Uuid::from_low_byte(2);

impl Uuid {
    /// "None".
    pub const ZERO: Uuid = Uuid::from_low_byte(0);

    const fn from_low_byte(low: u8) -> Uuid {
        let mut bytes = [0; 16];
        bytes[15] = low;
        Uuid(bytes)
    }

    /// Makes a version-4 uuid from 128 random bits; see [`TopicId::from_random`].
    #[must_use]
    pub fn from_random(next: impl FnMut() -> u64) -> Uuid {
        Uuid(TopicId::from_random(next).0)
    }

    /// Reads the 22-character base64url text that Kafka writes; `None` if it is not one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Uuid> {
        TopicId::parse(text).map(|id| Uuid(id.0))
    }

    /// Whether Kafka keeps the id for itself, so that no directory may have it: the first hundred.
    #[must_use]
    pub fn is_reserved(self) -> bool {
        self.0[..15] == [0; 15] && self.0[15] < 100
    }
}

impl fmt::Display for Uuid {
    /// The 22-character base64url text without padding, as Kafka prints uuids.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        TopicId(self.0).fmt(f)
    }
}

//! Numbers that mean different things have different types.

use std::fmt;

/// The place of a record in a partition. An `…_end_offset` is the first offset **not** covered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Offset(pub i64);

impl Offset {
    /// The first offset of every partition.
    pub const ZERO: Offset = Offset(0);

    /// The offset `count` records further; panics on overflow, which no log reaches.
    #[must_use]
    pub fn plus(self, count: i64) -> Offset {
        Offset(self.0.checked_add(count).expect("offsets stay far below 2^63"))
    }

    /// How many offsets lie from `earlier` up to this one.
    #[must_use]
    pub fn minus(self, earlier: Offset) -> i64 {
        self.0.checked_sub(earlier.0).expect("both offsets are in a log's range")
    }
}

impl fmt::Display for Offset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The number of a leadership; rises with every election. −1 on the wire means "none given".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct LeaderEpoch(pub i32);

/// Identifies an idempotent or transactional producer; −1 on the wire means "none".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProducerId(pub i64);

impl ProducerId {
    /// What a batch carries when its producer is not idempotent.
    pub const NONE: ProducerId = ProducerId(-1);
}

/// A broker's node id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BrokerId(pub i32);

/// The number of a partition in its topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PartitionId(pub i32);

/// A core's place among the cores of this process; not stable across restarts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ShardId(pub u16);

/// A topic's id for life (KIP-516), a uuid in big-endian byte order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct TopicId(pub [u8; 16]);

impl TopicId {
    /// "No id": what requests carry that name the topic instead.
    pub const ZERO: TopicId = TopicId([0; 16]);

    /// The fixed id of `__cluster_metadata` (Kafka's `Uuid.METADATA_TOPIC_ID`, Uuid(0, 1)).
    pub const METADATA: TopicId = TopicId([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);

    /// Whether this is "no id".
    #[must_use]
    pub fn is_zero(self) -> bool {
        self == TopicId::ZERO
    }

    /// Makes a version-4 uuid from 128 random bits, as Kafka's `Uuid.randomUuid` does: never one of the
    /// reserved ids, and never one whose text begins with `-` (tools would take it for an option).
    #[must_use]
    pub fn from_random(mut next: impl FnMut() -> u64) -> TopicId {
        loop {
            let mut bytes = [0; 16];
            bytes[..8].copy_from_slice(&next().to_be_bytes());
            bytes[8..].copy_from_slice(&next().to_be_bytes());
            bytes[6] = (bytes[6] & 0x0f) | 0x40;
            bytes[8] = (bytes[8] & 0x3f) | 0x80;
            let id = TopicId(bytes);
            if !id.to_string().starts_with('-') {
                return id;
            }
        }
    }

    /// Reads the 22-character base64url text that Kafka writes; `None` if it is not one.
    #[must_use]
    pub fn parse(text: &str) -> Option<TopicId> {
        if text.len() != 22 {
            return None;
        }
        let mut bytes = [0u8; 16];
        let mut accumulator: u32 = 0;
        let mut filled = 0;
        let mut at = 0;
        for &c in text.as_bytes() {
            let value = u32::try_from(BASE64_URL.iter().position(|&known| known == c)?).ok()?;
            accumulator = (accumulator << 6) | value;
            filled += 6;
            if filled >= 8 && at < 16 {
                filled -= 8;
                bytes[at] = u8::try_from((accumulator >> filled) & 0xff).expect("masked to a byte");
                at += 1;
            }
        }
        // 22 characters carry 132 bits: the four behind the uuid must be zero.
        (accumulator & 0xf == 0).then_some(TopicId(bytes))
    }
}

const BASE64_URL: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

impl fmt::Display for TopicId {
    /// The 22-character base64url text without padding, as Kafka prints uuids.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = [0u8; 22];
        let mut accumulator: u32 = 0;
        let mut filled = 0;
        let mut at = 0;
        for &byte in &self.0 {
            accumulator = (accumulator << 8) | u32::from(byte);
            filled += 8;
            while filled >= 6 {
                filled -= 6;
                text[at] = BASE64_URL[((accumulator >> filled) & 0x3f) as usize];
                at += 1;
            }
        }
        text[at] = BASE64_URL[((accumulator << (6 - filled)) & 0x3f) as usize];
        f.write_str(std::str::from_utf8(&text).expect("the alphabet is ASCII"))
    }
}

#[cfg(test)]
mod tests {
    use super::TopicId;

    #[test]
    fn a_topic_id_survives_its_text_form() {
        for bytes in [[0u8; 16], [0xff; 16], *b"0123456789abcdef"] {
            let id = TopicId(bytes);
            assert_eq!(TopicId::parse(&id.to_string()), Some(id), "{bytes:?}");
        }
        assert_eq!(TopicId::METADATA.to_string(), "AAAAAAAAAAAAAAAAAAAAAQ");
    }

    #[test]
    fn text_that_is_no_uuid_is_refused() {
        for text in ["", "AAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAB", "AAAAAAAAAAAAAAAAAAAAA*"] {
            assert_eq!(TopicId::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_random_id_is_a_version_4_uuid() {
        let mut seed = 7u64;
        let id = TopicId::from_random(|| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            seed
        });
        assert_eq!((id.0[6] >> 4, id.0[8] >> 6), (4, 2));
    }
}

//! Kafka's checkpoint files: a version, a count, and as many lines.
//!
//! ```text
//! 0
//! 2
//! orders 0 1234
//! orders 1 77
//! ```
//! In the root of a log directory stand `recovery-point-offset-checkpoint` (everything below is on disk: start
//! recovery at that segment), `log-start-offset-checkpoint` (only partitions whose start lies behind their first
//! segment's base), `replication-offset-checkpoint` (high watermarks) and `cleaner-offset-checkpoint`.

use loglane_model::{Offset, PartitionId};

/// Where recovery of each log begins.
pub const RECOVERY_POINT_FILE_NAME: &str = "recovery-point-offset-checkpoint";
/// Where each log begins, if not with its first segment.
pub const LOG_START_FILE_NAME: &str = "log-start-offset-checkpoint";
/// The high watermarks.
pub const HIGH_WATERMARK_FILE_NAME: &str = "replication-offset-checkpoint";
/// How far each compacted log is clean.
pub const CLEANER_FILE_NAME: &str = "cleaner-offset-checkpoint";

/// Why a checkpoint cannot be read. Kafka refuses such a file too; the caller decides what to do without it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadCheckpoint {
    /// The first line is not a version that is known.
    Version,
    /// The second line is not a count, or not that of the lines that follow.
    Count,
    /// The line at this index (from 0, behind the count) is malformed.
    Line(usize),
}

/// One line of an offset checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckpointEntry {
    /// The topic's name.
    pub topic: String,
    /// The partition.
    pub partition: PartitionId,
    /// The offset that is remembered.
    pub offset: Offset,
}

/// The text of an offset checkpoint, in the order given.
#[must_use]
pub fn encode_offsets(entries: &[CheckpointEntry]) -> String {
    encode(entries.iter().map(|entry| format!("{} {} {}", entry.topic, entry.partition.0, entry.offset.0)))
}

/// Reads an offset checkpoint, in the order of its lines.
pub fn decode_offsets(text: &str) -> Result<Vec<CheckpointEntry>, BadCheckpoint> {
    let read = |(at, line): (usize, &str)| {
        let bad = BadCheckpoint::Line(at);
        let mut words = line.split_ascii_whitespace();
        let (topic, partition, offset) = match (words.next(), words.next(), words.next(), words.next()) {
            (Some(topic), Some(partition), Some(offset), None) => (topic, partition, offset),
            _ => return Err(bad),
        };
        let partition: i32 = partition.parse().map_err(|_| bad)?;
        let offset: i64 = offset.parse().map_err(|_| bad)?;
        if partition < 0 {
            return Err(bad);
        }
        Ok(CheckpointEntry {
            topic: topic.to_owned(),
            partition: PartitionId(partition),
            offset: Offset(offset),
        })
    };
    decode(text)?.into_iter().enumerate().map(read).collect()
}

/// Frames lines as a checkpoint.
pub(crate) fn encode(lines: impl ExactSizeIterator<Item = String>) -> String {
    let mut text = format!("0\n{}\n", lines.len());
    for line in lines {
        text.push_str(&line);
        text.push('\n');
    }
    text
}

/// The lines of a checkpoint, once version and count are right.
pub(crate) fn decode(text: &str) -> Result<Vec<&str>, BadCheckpoint> {
    let mut lines = text.lines();
    if lines.next().map(str::trim) != Some("0") {
        return Err(BadCheckpoint::Version);
    }
    let count: usize = lines.next().and_then(|line| line.trim().parse().ok()).ok_or(BadCheckpoint::Count)?;
    let lines: Vec<&str> = lines.collect();
    if lines.len() != count {
        return Err(BadCheckpoint::Count);
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checkpoint_survives_the_round_trip() {
        let entry = |topic: &str, partition, offset| CheckpointEntry {
            topic: topic.to_owned(),
            partition: PartitionId(partition),
            offset: Offset(offset),
        };
        let entries = vec![entry("b-2", 0, 7), entry("a", 11, i64::MAX)];
        let text = encode_offsets(&entries);
        assert_eq!(text, "0\n2\nb-2 0 7\na 11 9223372036854775807\n");
        assert_eq!(decode_offsets(&text), Ok(entries));
        assert_eq!(decode_offsets(&encode_offsets(&[])), Ok(Vec::new()));
    }

    #[test]
    fn texts_that_are_no_checkpoint_are_refused() {
        for (text, expected) in [
            ("", BadCheckpoint::Version),
            ("1\n0\n", BadCheckpoint::Version),
            ("0\n", BadCheckpoint::Count),
            ("0\nmany\n", BadCheckpoint::Count),
            ("0\n-1\n", BadCheckpoint::Count),
            ("0\n1\n", BadCheckpoint::Count),
            ("0\n0\na 0 1\n", BadCheckpoint::Count),
            ("0\n99999999999999999999\n", BadCheckpoint::Count),
            ("0\n1\na 0\n", BadCheckpoint::Line(0)),
            ("0\n1\na 0 1 2\n", BadCheckpoint::Line(0)),
            ("0\n2\na 0 1\na b 1\n", BadCheckpoint::Line(1)),
            ("0\n1\na -1 1\n", BadCheckpoint::Line(0)),
            ("0\n1\na 0 1x\n", BadCheckpoint::Line(0)),
        ] {
            assert_eq!(decode_offsets(text), Err(expected), "{text:?}");
        }
    }
}

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

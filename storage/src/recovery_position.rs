//! The broker's own recovery positions: up to where a log needs no reading after a kill.

use crate::index::SegmentIndexes;
use crate::producer_snapshot::SnapshotEntry;
use crate::transaction_index::TransactionIndex;
use loglane_model::{LeaderEpoch, Offset, TopicId};

/// Which batch ends at a position: enough to see that it is still that one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchMark {
    /// Where it begins in its segment.
    pub position: u64,
    /// Its leader epoch.
    pub epoch: LeaderEpoch,
    /// Its checksum.
    pub crc: u32,
}

/// A place in a log up to which everything is durable, and what the log knew there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecoveryPosition {
    /// Whose log.
    pub topic_id: TopicId,
    /// Base offset of the segment.
    pub segment: Offset,
    /// The segment file's inode: another file under that name has another story.
    pub inode: u64,
    /// Bytes of the segment that need no reading.
    pub position: u64,
    /// The offset behind the last batch of those.
    pub end_offset: Offset,
    /// The last batch of those.
    pub last_batch: BatchMark,
    /// The producers there.
    pub producers: Vec<SnapshotEntry>,
    /// The index rows of those bytes.
    pub indexes: SegmentIndexes,
    /// The aborted transactions of those bytes.
    pub transactions: TransactionIndex,
}

//! Follows the metadata log: committed bytes in, images out. The same code for the log of the controller in this
//! process and, one day, of a remote one.

use super::batch::{BatchError, Entry, Quorum, read_batch};
use super::snapshot::Snapshot;
use loglane_model::Offset;
use loglane_replication::image::BuildError;
use loglane_replication::{Delta, ImageBuilder, MetadataImage};
use loglane_storage::batch::{Batches, DamagedBatch};
use std::fmt;
use std::sync::Arc;

/// Why the log cannot be followed any further. The broker stops with this cause; a restart would meet it again.
#[derive(Debug, Clone, PartialEq)]
pub enum FollowError {
    /// A batch is damaged, or cut.
    Damaged {
        /// The offset that was due.
        at: Offset,
        /// How.
        damage: DamagedBatch,
    },
    /// A batch cannot be understood.
    Batch(BatchError),
    /// A record does not fit what came before it.
    Build(BuildError),
}

impl fmt::Display for FollowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FollowError::Damaged { at, damage } => {
                write!(f, "the metadata log is damaged at offset {at}: {damage:?}")
            }
            FollowError::Batch(error) => error.fmt(f),
            FollowError::Build(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for FollowError {}

impl From<BatchError> for FollowError {
    fn from(error: BatchError) -> FollowError {
        FollowError::Batch(error)
    }
}

/// How far the bytes of one call went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// The offset of the record that is due next.
    pub next_offset: Offset,
    /// Bytes of data batches, for the snapshot policy.
    pub data_bytes: usize,
}

/// Applies the metadata log.
#[derive(Debug)]
pub struct Follower {
    builder: ImageBuilder,
    quorum: Quorum,
    last_timestamp_ms: i64,
}

impl Follower {
    /// Begins at offset 0 with nothing.
    #[must_use]
    pub fn new() -> Follower {
        Follower {
            builder: ImageBuilder::new(MetadataImage::default()),
            quorum: Quorum::default(),
            last_timestamp_ms: 0,
        }
    }

    /// Begins with a snapshot; the log goes on at its end.
    pub fn from_snapshot(snapshot: Snapshot) -> Result<Follower, FollowError> {
        let Snapshot { id, quorum, last_contained_log_timestamp_ms, records } = snapshot;
        let builder = ImageBuilder::from_snapshot(id.end_offset, id.epoch, records);
        Ok(Follower {
            builder: builder.map_err(FollowError::Build)?,
            quorum,
            last_timestamp_ms: last_contained_log_timestamp_ms,
        })
    }

    /// Applies whole batches that lie below the high watermark. The first batch may begin before the offset that is
    /// due, as reads do; what was applied already is passed over. After an error the follower must not be used again.
    pub fn on_committed(&mut self, bytes: &[u8]) -> Result<Progress, FollowError> {
        let mut data_bytes = 0;
        for batch in Batches::checked(bytes) {
            let at = self.builder.next_offset();
            let batch = batch.map_err(|damage| FollowError::Damaged { at, damage })?;
            if batch.header.last_offset() < at {
                continue;
            }
            let epoch = batch.header.leader_epoch();
            let (builder, quorum) = (&mut self.builder, &mut self.quorum);
            read_batch(&batch, |entry| {
                let applied = match entry {
                    // A batch is applied whole, so a part of it can lie before the due offset only if a snapshot ends
                    // inside it.
                    Entry::Data { offset, .. } | Entry::Control { offset, .. } if offset < at => Ok(()),
                    Entry::Data { offset, record, .. } => builder.on_record(offset, epoch, record),
                    Entry::Control { offset, record } => {
                        quorum.on_control(&record);
                        builder.on_control_record(offset, epoch)
                    }
                };
                applied.map_err(FollowError::Build)
            })?;
            if !batch.header.attributes().is_control() {
                data_bytes += batch.bytes.len();
            }
            self.last_timestamp_ms = self.last_timestamp_ms.max(batch.header.max_timestamp.get());
        }
        Ok(Progress { next_offset: self.builder.next_offset(), data_bytes })
    }

    /// The new image and what is different in it, if anything was applied since the last call.
    pub fn publish(&mut self) -> Option<(Arc<MetadataImage>, Delta)> {
        self.builder.publish()
    }

    /// The offset of the record that is due next.
    #[must_use]
    pub fn next_offset(&self) -> Offset {
        self.builder.next_offset()
    }

    /// The state so far, for a controller that begins to lead.
    #[must_use]
    pub fn builder(&self) -> &ImageBuilder {
        &self.builder
    }

    /// What snapshot and log say about the quorum.
    #[must_use]
    pub fn quorum(&self) -> &Quorum {
        &self.quorum
    }

    /// The latest timestamp of what was applied, in ms since 1970.
    #[must_use]
    pub fn last_timestamp_ms(&self) -> i64 {
        self.last_timestamp_ms
    }
}

impl Default for Follower {
    fn default() -> Follower {
        Follower::new()
    }
}

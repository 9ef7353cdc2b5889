//! Applies the records of the metadata log in order and publishes images.

use super::{ApplyError, Delta, MetadataImage};
use crate::MetadataRecord;
use loglane_model::{LeaderEpoch, Offset};
use std::fmt;
use std::sync::Arc;

/// Why a metadata log cannot be followed any further. Nothing is ever skipped: a broker that guesses at the state
/// of its cluster is worse than one that has stopped.
#[derive(Debug, Clone, PartialEq)]
pub enum BuildError {
    /// A record does not fit the state that the records before it make.
    Apply {
        /// Where it is in the log.
        offset: Offset,
        /// What does not fit.
        error: ApplyError,
    },
    /// The next record is not the one behind the last.
    Gap {
        /// The offset that was due.
        expected: Offset,
        /// The offset that came.
        found: Offset,
    },
    /// A transaction begins inside another.
    NestedTransaction {
        /// Where.
        offset: Offset,
    },
    /// A transaction ends or aborts that never began.
    NoTransaction {
        /// Where.
        offset: Offset,
    },
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BuildError::Apply { offset, error } => write!(f, "metadata record at offset {offset}: {error}"),
            BuildError::Gap { expected, found } => {
                write!(f, "the metadata log jumps to offset {found} where offset {expected} was due")
            }
            BuildError::NestedTransaction { offset } => {
                write!(f, "a metadata transaction begins at offset {offset} inside another one")
            }
            BuildError::NoTransaction { offset } => {
                write!(f, "a metadata transaction ends at offset {offset} that never began")
            }
        }
    }
}

impl std::error::Error for BuildError {}

/// Builds images from records. A transaction's records are kept aside until its end, so that no image ever shows a
/// part of one.
#[derive(Debug)]
pub struct ImageBuilder {
    image: MetadataImage,
    delta: Delta,
    next_offset: Offset,
    transaction: Option<Vec<(Offset, MetadataRecord)>>,
}

impl ImageBuilder {
    /// Goes on from an image; the next record is the one at its `applied_end_offset`.
    #[must_use]
    pub fn new(image: MetadataImage) -> ImageBuilder {
        ImageBuilder {
            delta: Delta::since(image.applied_end_offset),
            next_offset: image.applied_end_offset,
            image,
            transaction: None,
        }
    }

    /// Builds the image of a snapshot that covers everything below `end_offset`. The delta of the first image that
    /// is published names all of it.
    pub fn from_snapshot(
        end_offset: Offset,
        epoch: LeaderEpoch,
        records: impl IntoIterator<Item = MetadataRecord>,
    ) -> Result<ImageBuilder, BuildError> {
        let mut builder = ImageBuilder::new(MetadataImage::default());
        for (at, record) in (0..).zip(records) {
            let applied = builder.image.apply(&record, &mut builder.delta);
            applied.map_err(|error| BuildError::Apply { offset: Offset(at), error })?;
        }
        builder.image.applied_end_offset = end_offset;
        builder.image.applied_epoch = epoch;
        builder.next_offset = end_offset;
        Ok(builder)
    }

    /// The next record of the log. After an error the builder must not be used again.
    pub fn on_record(
        &mut self,
        offset: Offset,
        epoch: LeaderEpoch,
        record: MetadataRecord,
    ) -> Result<(), BuildError> {
        self.step(offset)?;
        match (record, self.transaction.take()) {
            (MetadataRecord::BeginTransaction { .. }, None) => self.transaction = Some(Vec::new()),
            (MetadataRecord::BeginTransaction { .. }, Some(_)) => {
                return Err(BuildError::NestedTransaction { offset });
            }
            (MetadataRecord::EndTransaction, Some(records)) => {
                for (offset, record) in records {
                    self.apply(offset, &record)?;
                }
            }
            (MetadataRecord::AbortTransaction { .. }, Some(_)) => {}
            (MetadataRecord::EndTransaction | MetadataRecord::AbortTransaction { .. }, None) => {
                return Err(BuildError::NoTransaction { offset });
            }
            (record, Some(mut records)) => {
                records.push((offset, record));
                self.transaction = Some(records);
            }
            (record, None) => self.apply(offset, &record)?,
        }
        self.cover(epoch);
        Ok(())
    }

    /// A control record: it takes an offset and changes nothing here.
    pub fn on_control_record(&mut self, offset: Offset, epoch: LeaderEpoch) -> Result<(), BuildError> {
        self.step(offset)?;
        self.cover(epoch);
        Ok(())
    }

    /// The image of all that counts so far and what is different from the one published before, or `None` if that
    /// was the same. Inside a transaction this is the state before its begin.
    pub fn publish(&mut self) -> Option<(Arc<MetadataImage>, Delta)> {
        if self.delta.from == self.image.applied_end_offset && self.delta.is_empty() {
            return None;
        }
        let delta = std::mem::replace(&mut self.delta, Delta::since(self.image.applied_end_offset));
        Some((Arc::new(self.image.clone()), delta))
    }

    /// The state so far, published or not.
    #[must_use]
    pub fn image(&self) -> &MetadataImage {
        &self.image
    }

    /// The offset of the record that is due next.
    #[must_use]
    pub fn next_offset(&self) -> Offset {
        self.next_offset
    }

    /// Whether a transaction is open.
    #[must_use]
    pub fn in_transaction(&self) -> bool {
        self.transaction.is_some()
    }

    fn step(&mut self, offset: Offset) -> Result<(), BuildError> {
        if offset != self.next_offset {
            return Err(BuildError::Gap { expected: self.next_offset, found: offset });
        }
        self.next_offset = offset.plus(1);
        Ok(())
    }

    fn apply(&mut self, offset: Offset, record: &MetadataRecord) -> Result<(), BuildError> {
        self.image.apply(record, &mut self.delta).map_err(|error| BuildError::Apply { offset, error })
    }

    /// Only what is outside a transaction is covered by the image: a snapshot taken at `applied_end_offset` and
    /// followed by the log from there must give the same state.
    fn cover(&mut self, epoch: LeaderEpoch) {
        if self.transaction.is_none() {
            self.image.applied_end_offset = self.next_offset;
            self.image.applied_epoch = epoch;
        }
    }
}

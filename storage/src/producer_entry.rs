//! What is known of one producer: its epoch, its newest batches, its open transaction.
//!
//! The rules that use it stand in [`crate::producer_state`].

use crate::validate::BatchInfo;
use loglane_model::{BatchHeader, Bug, Offset, ProducerId, planted};

/// How many of a producer's newest batches are remembered; a client may have as many requests in flight.
pub const REMEMBERED_BATCHES: usize = 5;

/// The fields of a batch that concern its producer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProducerBatch {
    /// The producer, which must be one (not [`ProducerId::NONE`]).
    pub producer_id: ProducerId,
    /// Its epoch.
    pub producer_epoch: i16,
    /// Sequence of the first record; −1 for what coordinators write.
    pub base_sequence: i32,
    /// Offset of the last record less that of the first; also the last sequence less the first.
    pub last_offset_delta: i32,
    /// Largest timestamp, in ms, as it is in the log.
    pub max_timestamp: i64,
    /// Part of a transaction.
    pub is_transactional: bool,
}

impl ProducerBatch {
    /// From a batch in the log. `None` if nobody numbered it.
    #[must_use]
    pub fn from_header(header: &BatchHeader) -> Option<ProducerBatch> {
        (header.producer_id().0 >= 0).then(|| ProducerBatch {
            producer_id: header.producer_id(),
            producer_epoch: header.producer_epoch.get(),
            base_sequence: header.base_sequence.get(),
            last_offset_delta: header.last_offset_delta.get(),
            max_timestamp: header.max_timestamp.get(),
            is_transactional: header.attributes().is_transactional(),
        })
    }

    /// From a batch that was just validated. `None` if nobody numbered it.
    #[must_use]
    pub fn from_info(info: &BatchInfo<'_>) -> Option<ProducerBatch> {
        (info.producer_id.0 >= 0).then_some(ProducerBatch {
            producer_id: info.producer_id,
            producer_epoch: info.producer_epoch,
            base_sequence: info.base_sequence,
            last_offset_delta: info.last_offset_delta,
            max_timestamp: info.max_timestamp,
            is_transactional: info.is_transactional,
        })
    }

    /// Sequence of the last record; −1 if the batch is not numbered.
    #[must_use]
    pub fn last_sequence(&self) -> i32 {
        if self.base_sequence < 0 { -1 } else { sequence_plus(self.base_sequence, self.last_offset_delta) }
    }
}

/// The sequence `count` records further; behind 2^31 − 1 comes 0.
#[must_use]
pub fn sequence_plus(sequence: i32, count: i32) -> i32 {
    let mask = if planted(Bug::WrongSequenceWrap) { -1 } else { i32::MAX };
    sequence.wrapping_add(count) & mask
}

/// A batch that was appended, as far as it is remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RememberedBatch {
    /// Sequence of its last record.
    pub last_sequence: i32,
    /// Offset of its last record.
    pub last_offset: Offset,
    /// How many offsets (and sequences) before the last one it begins.
    pub offset_delta: i32,
    /// Its largest timestamp, in ms; with `LogAppendTime` the time of its append.
    pub timestamp: i64,
}

impl RememberedBatch {
    /// Sequence of its first record.
    #[must_use]
    pub fn base_sequence(&self) -> i32 {
        (self.last_sequence.wrapping_sub(self.offset_delta)) & i32::MAX
    }

    /// Offset of its first record.
    #[must_use]
    pub fn base_offset(&self) -> Offset {
        Offset(self.last_offset.0 - i64::from(self.offset_delta))
    }
}

/// What is known of one producer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProducerEntry {
    /// Its epoch.
    pub producer_epoch: i16,
    /// Epoch of the coordinator that wrote its last marker; −1 if none did.
    pub coordinator_epoch: i32,
    /// Largest timestamp of its last batch, or that of its last marker.
    pub last_timestamp: i64,
    /// Where its open transaction begins.
    pub open_transaction: Option<Offset>,
    /// When this broker last heard of it, in ms: expiry counts from here. (Kafka counts from the record's timestamp,
    /// so that a producer of old records is forgotten between two batches.)
    pub(crate) seen_at_ms: i64,
    /// Where it last wrote: who wrote longest ago goes first when there are too many.
    pub(crate) touched_offset: Offset,
    /// The newest batches of this epoch, oldest first; the first `batch_count` count.
    batches: [RememberedBatch; REMEMBERED_BATCHES],
    batch_count: u8,
}

impl ProducerEntry {
    pub(crate) fn new(producer_epoch: i16) -> ProducerEntry {
        const NO_BATCH: RememberedBatch =
            RememberedBatch { last_sequence: -1, last_offset: Offset(-1), offset_delta: 0, timestamp: -1 };
        ProducerEntry {
            producer_epoch,
            coordinator_epoch: -1,
            last_timestamp: -1,
            open_transaction: None,
            seen_at_ms: 0,
            touched_offset: Offset(-1),
            batches: [NO_BATCH; REMEMBERED_BATCHES],
            batch_count: 0,
        }
    }

    /// The newest batches of this epoch, oldest first.
    #[must_use]
    pub fn batches(&self) -> &[RememberedBatch] {
        &self.batches[..usize::from(self.batch_count)]
    }

    /// The newest batch of this epoch.
    #[must_use]
    pub fn last_batch(&self) -> Option<&RememberedBatch> {
        self.batches().last()
    }

    pub(crate) fn set_epoch(&mut self, epoch: i16) {
        if self.producer_epoch != epoch {
            self.producer_epoch = epoch;
            self.batch_count = 0;
        }
    }

    pub(crate) fn remember(&mut self, batch: RememberedBatch) {
        if usize::from(self.batch_count) == REMEMBERED_BATCHES {
            self.batches.rotate_left(1);
        } else {
            self.batch_count += 1;
        }
        self.batches[usize::from(self.batch_count) - 1] = batch;
    }

    pub(crate) fn duplicate_of(&self, batch: &ProducerBatch) -> Option<RememberedBatch> {
        if self.producer_epoch != batch.producer_epoch || planted(Bug::ForgetBatches) {
            return None;
        }
        let last_sequence = batch.last_sequence();
        let same = |known: &&RememberedBatch| {
            known.last_sequence == last_sequence && known.base_sequence() == batch.base_sequence
        };
        self.batches().iter().find(same).copied()
    }
}

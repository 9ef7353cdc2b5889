//! What a partition knows of its idempotent and transactional producers: which batches are duplicates, which are out
//! of order, which producers are fenced, and where the open transactions begin.
//!
//! Call order on a leader: [`ProducerStates::check`], and once the batch has its offset
//! [`ProducerStates::append`]; for markers [`ProducerStates::check_marker`] and [`ProducerStates::append_marker`].
//! A follower and recovery only call the appends: what is in the log was checked by the leader that put it there.
//! To truncate, start anew from the newest snapshot at or below the new end and replay the batches behind it.
//!
//! # What is known of a producer that is not known
//!
//! A first batch of a producer without state may have any sequence, because its state may have been lost with the
//! records it came from (retention, `DeleteRecords`, expiry, the bound on the count). Two cases are certain and
//! refused with `OUT_OF_ORDER_SEQUENCE_NUMBER`: a partition that never held a record (its log end offset is 0) cannot
//! have lost anything, so a first sequence other than 0 means that an earlier batch was overtaken and would be lost
//! in silence (KAFKA-15591; Kafka's trunk does the same, 4.3 does not); and a transaction of version 2 begins every
//! epoch at 0.

use crate::control::EndMarker;
pub use crate::producer_entry::{
    ProducerBatch, ProducerEntry, REMEMBERED_BATCHES, RememberedBatch, sequence_plus,
};
use crate::producer_snapshot::SnapshotEntry;
use crate::validate::Origin;
use loglane_model::{Bug, Offset, ProducerId, planted};
use std::collections::BTreeMap;

/// What a check needs to know beside the batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CheckContext {
    /// Who appends; only a client's batches are numbered.
    pub origin: Origin,
    /// The partition's log end offset.
    pub log_end_offset: Offset,
    /// What the verification with the transaction coordinator said, where there was one.
    pub verification: Option<Verification>,
}

/// State of the verification of a transaction's first batch (KIP-890).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verification {
    /// The lowest sequence that was sent for verification; a higher one must not overtake it.
    pub lowest_sequence: i32,
    /// Whether the transaction is of version 2, where every epoch begins at sequence 0.
    pub supports_epoch_bump: bool,
}

/// What to do with a batch that is not refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Append it.
    Append,
    /// It is in the log already: answer as then, append nothing. The answer waits for the original's durability.
    Duplicate(RememberedBatch),
}

/// Why a batch or marker must not be appended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProducerRefusal {
    /// `INVALID_PRODUCER_EPOCH`: a newer instance of the producer is known.
    StaleEpoch {
        /// The batch's.
        producer_epoch: i16,
        /// The newest that is known.
        known: i16,
    },
    /// `OUT_OF_ORDER_SEQUENCE_NUMBER`.
    OutOfOrderSequence {
        /// The batch's first sequence.
        base_sequence: i32,
        /// The one that was expected.
        expected: i32,
    },
    /// `INVALID_TXN_STATE`: outside its open transaction, a producer must not write.
    TransactionOpen,
    /// `TRANSACTION_COORDINATOR_FENCED`: the marker of a coordinator that was replaced.
    StaleCoordinator {
        /// The marker's.
        coordinator_epoch: i32,
        /// The newest that is known.
        known: i32,
    },
}

/// A transaction that was decided by a marker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CompletedTransaction {
    /// Whose.
    pub producer_id: ProducerId,
    /// Its first record.
    pub first_offset: Offset,
    /// Its marker.
    pub last_offset: Offset,
    /// Whether it goes into the transaction index.
    pub is_aborted: bool,
    /// The last stable offset now that it is decided, the high watermark aside: what the index row says.
    pub last_stable_offset: Offset,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Decided {
    /// The marker's offset.
    last_offset: Offset,
}

/// How long and how many producers are remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProducerLimits {
    /// `producer.id.expiration.ms`: how long after it was last heard of.
    pub expiration_ms: i64,
    /// At most so many, the share of the shard's budget. The longest silent go first; open transactions never.
    pub count_max: usize,
}

/// The producers of one partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProducerStates {
    producers: BTreeMap<ProducerId, ProducerEntry>,
    /// First offset of each open transaction, and whose it is.
    open: BTreeMap<Offset, ProducerId>,
    /// First offset of each transaction whose marker may still lie above the high watermark.
    decided: BTreeMap<Offset, Decided>,
    limits: ProducerLimits,
}

impl ProducerStates {
    /// Nobody has written yet.
    #[must_use]
    pub fn new(limits: ProducerLimits) -> ProducerStates {
        ProducerStates { producers: BTreeMap::new(), open: BTreeMap::new(), decided: BTreeMap::new(), limits }
    }

    /// Starts from a snapshot; the batches from its offset on are to be appended next. All count as just heard of.
    #[must_use]
    pub fn from_snapshot(entries: &[SnapshotEntry], limits: ProducerLimits, now_ms: i64) -> ProducerStates {
        let mut states = ProducerStates::new(limits);
        for snapshot in entries {
            let mut entry = ProducerEntry::new(snapshot.producer_epoch);
            entry.coordinator_epoch = snapshot.coordinator_epoch;
            entry.last_timestamp = snapshot.timestamp;
            entry.open_transaction = snapshot.open_transaction;
            entry.seen_at_ms = now_ms;
            entry.touched_offset = Offset(snapshot.last_offset);
            if snapshot.last_offset >= 0 {
                entry.remember(RememberedBatch {
                    last_sequence: snapshot.last_sequence,
                    last_offset: Offset(snapshot.last_offset),
                    offset_delta: snapshot.offset_delta.clamp(0, i32::MAX),
                    timestamp: snapshot.timestamp,
                });
            }
            // A producer or an offset that comes twice contradicts itself; the first one counts.
            if states.producers.contains_key(&snapshot.producer_id) {
                continue;
            }
            if let Some(first_offset) = snapshot.open_transaction {
                states.open.entry(first_offset).or_insert(snapshot.producer_id);
            }
            states.producers.insert(snapshot.producer_id, entry);
        }
        states.evict_beyond_limit();
        states
    }

    /// What a snapshot keeps, in the order of the producers' ids.
    #[must_use]
    pub fn to_snapshot(&self) -> Vec<SnapshotEntry> {
        let keep = |(&producer_id, entry): (&ProducerId, &ProducerEntry)| {
            let last = entry.last_batch();
            SnapshotEntry {
                producer_id,
                producer_epoch: entry.producer_epoch,
                last_sequence: last.map_or(-1, |batch| batch.last_sequence),
                last_offset: last.map_or(-1, |batch| batch.last_offset.0),
                offset_delta: last.map_or(0, |batch| batch.offset_delta),
                timestamp: entry.last_timestamp,
                coordinator_epoch: entry.coordinator_epoch,
                open_transaction: entry.open_transaction,
            }
        };
        self.producers.iter().map(keep).collect()
    }

    /// How many producers are known.
    #[must_use]
    pub fn len(&self) -> usize {
        self.producers.len()
    }

    /// Whether none is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.producers.is_empty()
    }

    /// What is known of one producer.
    #[must_use]
    pub fn get(&self, producer_id: ProducerId) -> Option<&ProducerEntry> {
        self.producers.get(&producer_id)
    }

    /// All of them in the order of their ids (`DescribeProducers`).
    pub fn iter(&self) -> impl Iterator<Item = (ProducerId, &ProducerEntry)> {
        self.producers.iter().map(|(&id, entry)| (id, entry))
    }

    /// Changes the limits; what is too much goes at the next append.
    pub fn set_limits(&mut self, limits: ProducerLimits) {
        self.limits = limits;
    }

    /// Whether this producer has a transaction open here in this epoch: its next batch needs no verification with
    /// the coordinator (KIP-890).
    #[must_use]
    pub fn has_open_transaction(&self, producer_id: ProducerId, producer_epoch: i16) -> bool {
        self.get(producer_id)
            .is_some_and(|entry| entry.open_transaction.is_some() && entry.producer_epoch == producer_epoch)
    }

    /// Decides about a data batch: duplicate first, then epoch, sequence, transaction.
    pub fn check(&self, batch: &ProducerBatch, context: &CheckContext) -> Result<Verdict, ProducerRefusal> {
        let is_client = matches!(context.origin, Origin::Client { .. });
        let entry = self.producers.get(&batch.producer_id);
        if is_client && let Some(original) = entry.and_then(|entry| entry.duplicate_of(batch)) {
            return Ok(Verdict::Duplicate(original));
        }
        if let Some(entry) = entry
            && batch.producer_epoch < entry.producer_epoch
            && !planted(Bug::SkipEpochCheck)
        {
            let (producer_epoch, known) = (batch.producer_epoch, entry.producer_epoch);
            return Err(ProducerRefusal::StaleEpoch { producer_epoch, known });
        }
        if is_client {
            check_sequence(entry, batch, context)?;
        }
        if !batch.is_transactional && entry.is_some_and(|entry| entry.open_transaction.is_some()) {
            return Err(ProducerRefusal::TransactionOpen);
        }
        Ok(Verdict::Append)
    }

    /// Takes note of a data batch that begins at `base_offset`.
    pub fn append(&mut self, batch: &ProducerBatch, base_offset: Offset, now_ms: i64) {
        assert!(batch.producer_id.0 >= 0, "a batch without a producer has no state");
        let entry = self
            .producers
            .entry(batch.producer_id)
            .or_insert_with(|| ProducerEntry::new(batch.producer_epoch));
        let last_offset = base_offset.plus(i64::from(batch.last_offset_delta));
        entry.set_epoch(batch.producer_epoch);
        entry.remember(RememberedBatch {
            last_sequence: batch.last_sequence(),
            last_offset,
            offset_delta: batch.last_offset_delta,
            timestamp: batch.max_timestamp,
        });
        entry.last_timestamp = batch.max_timestamp;
        entry.seen_at_ms = now_ms;
        entry.touched_offset = last_offset;
        if batch.is_transactional && entry.open_transaction.is_none() {
            entry.open_transaction = Some(base_offset);
            self.open.insert(base_offset, batch.producer_id);
        }
        self.evict_beyond_limit();
    }

    /// Decides about a marker. In transactions of version 2 the coordinator raises the epoch before it writes the
    /// marker, so one with the known epoch is late, unless the transaction is over: then it repeats itself
    /// (KAFKA-19999), which is harmless.
    pub fn check_marker(
        &self,
        producer_id: ProducerId,
        producer_epoch: i16,
        coordinator_epoch: i32,
        transaction_version: i16,
    ) -> Result<(), ProducerRefusal> {
        let Some(entry) = self.producers.get(&producer_id) else {
            return Ok(());
        };
        let known = entry.producer_epoch;
        let is_late = transaction_version >= 2 && producer_epoch == known && entry.open_transaction.is_some();
        if producer_epoch < known || is_late {
            return Err(ProducerRefusal::StaleEpoch { producer_epoch, known });
        }
        if coordinator_epoch < entry.coordinator_epoch {
            let known = entry.coordinator_epoch;
            return Err(ProducerRefusal::StaleCoordinator { coordinator_epoch, known });
        }
        Ok(())
    }

    /// Takes note of a marker at `offset`. Returns the transaction that it ended; `None` if there was none, which
    /// leaves no trace in the transaction index.
    pub fn append_marker(
        &mut self,
        batch: &ProducerBatch,
        marker: EndMarker,
        offset: Offset,
        now_ms: i64,
    ) -> Option<CompletedTransaction> {
        let entry = self
            .producers
            .entry(batch.producer_id)
            .or_insert_with(|| ProducerEntry::new(batch.producer_epoch));
        entry.set_epoch(batch.producer_epoch);
        entry.coordinator_epoch = marker.coordinator_epoch;
        entry.last_timestamp = batch.max_timestamp;
        entry.seen_at_ms = now_ms;
        entry.touched_offset = offset;
        let ended = entry.open_transaction.take();
        self.evict_beyond_limit();
        let first_offset = ended?;
        // Only a snapshot that contradicts itself lists two transactions under one offset.
        if self.open.get(&first_offset) == Some(&batch.producer_id) {
            self.open.remove(&first_offset);
        }
        self.decided.insert(first_offset, Decided { last_offset: offset });
        let next_open = self.open.first_key_value().map(|(&first, _)| first);
        Some(CompletedTransaction {
            producer_id: batch.producer_id,
            first_offset,
            last_offset: offset,
            is_aborted: !marker.committed,
            last_stable_offset: next_open.unwrap_or(offset.plus(1)),
        })
    }

    /// The first offset whose fate is open: of a transaction without a marker, or with one that is not below the
    /// high watermark yet. The last stable offset is the lower of this and the high watermark.
    #[must_use]
    pub fn first_unstable_offset(&self) -> Option<Offset> {
        let decided = self.decided.first_key_value().map(|(&first, _)| first);
        match (self.first_undecided_offset(), decided) {
            (Some(open), Some(decided)) => Some(open.min(decided)),
            (open, decided) => open.or(decided),
        }
    }

    /// The first offset of the oldest open transaction; compaction must not go beyond it.
    #[must_use]
    pub fn first_undecided_offset(&self) -> Option<Offset> {
        self.open.first_key_value().map(|(&first, _)| first)
    }

    /// Everything below `high_watermark` is held by the whole in-sync set: markers below it are final.
    pub fn on_high_watermark(&mut self, high_watermark: Offset) {
        if !self.decided.is_empty() {
            self.decided.retain(|_, decided| decided.last_offset >= high_watermark);
        }
    }

    /// The log begins at `log_start_offset` now: decided transactions below it are gone. The producers' states stay,
    /// although their batches may be gone: they still recognise duplicates.
    pub fn on_log_start(&mut self, log_start_offset: Offset) {
        self.on_high_watermark(log_start_offset);
    }

    /// When the last batch of the oldest open transaction was appended here (`None`: none is open). One that stays
    /// open long after its timeout has been forgotten by its coordinator ("hanging").
    #[must_use]
    pub fn oldest_open_transaction_seen_at_ms(&self) -> Option<i64> {
        let (_, producer_id) = self.open.first_key_value()?;
        self.producers.get(producer_id).map(|entry| entry.seen_at_ms)
    }

    /// Forgets producers that were not heard of for longer than the limit and have no open transaction. Returns how
    /// many.
    pub fn remove_expired(&mut self, now_ms: i64) -> usize {
        let before = self.producers.len();
        let expiration_ms = self.limits.expiration_ms;
        self.producers.retain(|_, entry| {
            entry.open_transaction.is_some() || now_ms.saturating_sub(entry.seen_at_ms) < expiration_ms
        });
        before - self.producers.len()
    }

    /// Forgets those that wrote longest ago once there are more than the limit: an eighth at a time, so that the
    /// search for them costs little per producer.
    fn evict_beyond_limit(&mut self) {
        let count_max = self.limits.count_max;
        if self.producers.len() <= count_max {
            return;
        }
        let mut idle: Vec<(Offset, ProducerId)> = self
            .producers
            .iter()
            .filter(|(_, entry)| entry.open_transaction.is_none())
            .map(|(&id, entry)| (entry.touched_offset, id))
            .collect();
        idle.sort_unstable();
        let excess = self.producers.len() - (count_max - count_max / 8);
        for (_, producer_id) in idle.into_iter().take(excess) {
            self.producers.remove(&producer_id);
        }
    }
}

fn check_sequence(
    entry: Option<&ProducerEntry>,
    batch: &ProducerBatch,
    context: &CheckContext,
) -> Result<(), ProducerRefusal> {
    let base_sequence = batch.base_sequence;
    let refuse = |expected| Err(ProducerRefusal::OutOfOrderSequence { base_sequence, expected });
    let last = entry.and_then(ProducerEntry::last_batch);
    if let Some(verification) = context.verification {
        if verification.supports_epoch_bump && base_sequence != 0 && last.is_none() {
            return refuse(0);
        }
        if base_sequence > verification.lowest_sequence {
            return refuse(verification.lowest_sequence);
        }
    }
    let expected = match entry {
        None if context.log_end_offset > Offset::ZERO => return Ok(()),
        None => 0,
        // Without an epoch there is nothing that a sequence could belong to; Kafka takes any.
        Some(entry) if entry.producer_epoch < 0 => return Ok(()),
        Some(entry) if entry.producer_epoch != batch.producer_epoch => 0,
        // After a marker raised the epoch, the new epoch has no batch yet.
        Some(_) => last.map_or(0, |last| sequence_plus(last.last_sequence, 1)),
    };
    if base_sequence == expected || planted(Bug::SkipSequenceCheck) { Ok(()) } else { refuse(expected) }
}

#[cfg(test)]
mod tests;

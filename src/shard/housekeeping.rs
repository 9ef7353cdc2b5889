//! What a shard does by the clock: retention, expiry of producers, checkpoints, removal of what was deleted.

use super::Shard;
use super::mail::Mail;
use super::timers::Timer;
use crate::slots::SlotId;
use loglane_model::{Instant, ShardId};
use loglane_ring::Io;
use std::time::Duration;

/// How often the housekeeping looks whether something is due.
const TICK: Duration = Duration::from_secs(1);

/// When each chore is due next.
#[derive(Debug, Default)]
pub(crate) struct Chores {
    retention_at: Instant,
    expiry_at: Instant,
    checkpoint_at: Instant,
    offset_expiry_at: Instant,
    /// A log has had work since the last round.
    pub(super) is_anything_new: bool,
}

impl<I: Io<Mail>> Shard<I> {
    /// Begins the housekeeping; the first round comes after a whole period, as in Kafka.
    pub(crate) fn start_housekeeping(&mut self) {
        self.chores.retention_at = self.now.after(self.settings.retention_check_every);
        self.chores.expiry_at = self.now.after(self.settings.producer_expiry_every);
        self.chores.checkpoint_at = self.now.after(self.settings.checkpoint_every);
        self.chores.offset_expiry_at = self.now.after(self.offset_expiry_every());
        self.timers.set(self.now.after(TICK), Timer::Housekeeping);
    }

    fn offset_expiry_every(&self) -> Duration {
        let interval_ms = self.settings.config.settings.offsets.retention_check_interval_ms;
        Duration::from_millis(u64::try_from(interval_ms).unwrap_or(0))
    }

    pub(super) fn keep_house(&mut self) {
        if self.closing.has_begun() {
            return;
        }
        self.timers.set(self.now.after(TICK), Timer::Housekeeping);
        if self.now >= self.chores.retention_at {
            self.chores.retention_at = self.now.after(self.settings.retention_check_every);
            self.apply_retention();
        }
        if self.now >= self.chores.expiry_at {
            self.chores.expiry_at = self.now.after(self.settings.producer_expiry_every);
            self.expire_producers();
        }
        if self.now >= self.chores.checkpoint_at {
            self.chores.checkpoint_at = self.now.after(self.settings.checkpoint_every);
            if self.id == ShardId(0) {
                self.want_checkpoints();
            }
            self.take_quiet_positions();
            self.trim_metadata();
        }
        if self.now >= self.chores.offset_expiry_at {
            self.chores.offset_expiry_at = self.now.after(self.offset_expiry_every());
            self.expire_offsets();
        }
        // Only what is appended brings new producers, and looking through thousands of idle logs is not nothing.
        if std::mem::take(&mut self.chores.is_anything_new) {
            self.share_producers();
        }
        self.snapshot_metadata_when_due();
        self.remove_deleted();
        self.scrub_on();
    }

    fn apply_retention(&mut self) {
        let slots: Vec<SlotId> = self.partitions.ids().collect();
        for slot in slots {
            let wall_ms = self.wall_ms;
            if let Some(served) = self.partitions.get_mut(slot).and_then(|partition| partition.served_mut()) {
                served.log.apply_retention(wall_ms, served.leader.high_watermark(), &mut self.pool);
                self.mark_dirty(slot);
            }
        }
    }

    /// Keeps the producers that all logs remember together within the shard's budget: where there are too many, each
    /// log keeps its part of them.
    fn share_producers(&mut self) {
        let counts = |shard: &Self, slot| {
            let served = shard.partitions.get(slot).and_then(|partition| partition.served());
            served.map_or(0, |served| served.log.producers().len())
        };
        let slots: Vec<SlotId> = self.partitions.ids().collect();
        let total: usize = slots.iter().map(|slot| counts(self, *slot)).sum();
        let most = self.limits.producers_max;
        for slot in slots {
            let count = counts(self, slot);
            let share = if total > most { count * most / total } else { most };
            if let Some(served) = self.partitions.get_mut(slot).and_then(|partition| partition.served_mut()) {
                served.log.limit_producers(share);
            }
        }
    }

    fn expire_producers(&mut self) {
        let slots: Vec<SlotId> = self.partitions.ids().collect();
        for slot in slots {
            if let Some(served) = self.partitions.get_mut(slot).and_then(|partition| partition.served_mut()) {
                served.log.expire_producers(self.wall_ms);
            }
        }
    }
}

//! Fetches that cannot be answered because connections hold all the records that may be lent: of their shard's account,
//! or of an owner's memory. They wait a little and try again, and after a second they are answered without records, so
//! that no client takes the broker for dead. Meanwhile connections that are slow to take what they hold are closed sooner.

use super::{PendingFetch, Stage};
use crate::shard::Shard;
use crate::shard::mail::Mail;
use crate::shard::timers::Timer;
use crate::slots::SlotId;
use loglane_model::Instant;
use loglane_ring::Io;
use std::time::Duration;

/// How long a fetch waits until it tries again.
const RETRY_AFTER: Duration = Duration::from_millis(50);

/// How long it does so, if its client has not said that it wants to wait longer.
const WAIT_AT_LEAST: Duration = Duration::from_secs(1);

/// A shortage that was noticed so long ago is over.
const RECENT: Duration = Duration::from_secs(10);

/// How often a shard says that it is short.
const TELL_EVERY: Duration = Duration::from_secs(1);

/// When records could last not be lent for want of memory.
#[derive(Debug, Default)]
pub(crate) struct Shortage {
    noticed: Option<Instant>,
    told: Option<Instant>,
}

impl Shortage {
    pub(crate) fn note(&mut self, now: Instant) {
        self.noticed = Some(now);
    }

    /// Whether somebody may still be waiting.
    pub(crate) fn is_recent(&self, now: Instant) -> bool {
        self.noticed.is_some_and(|noticed| now.since(noticed) < RECENT)
    }
}

impl PendingFetch {
    /// Whether records are all that there is to tell, and its client still waits for them.
    fn can_wait(&self, now: Instant) -> bool {
        self.readable > 0 && !self.is_urgent() && self.short_until.is_none_or(|until| now < until)
    }
}

impl<I: Io<Mail>> Shard<I> {
    /// Goes on with the second pass if this shard's connections may hold any more.
    pub(super) fn grant_if_lendable(&mut self, id: SlotId) {
        if self.lent_bytes < self.limits.lent_bytes_max {
            self.grant(id);
        } else {
            self.postpone_fetch(id);
        }
    }

    /// Every owner has answered the second pass.
    pub(super) fn on_all_fetched(&mut self, id: SlotId) {
        let pending = self.requests.fetch_mut(id).expect("the caller looked it up");
        if std::mem::take(&mut pending.is_short) && pending.extents.is_empty() {
            let granted = std::mem::take(&mut pending.granted_bytes);
            self.lent_bytes -= granted;
            self.postpone_fetch(id);
        } else {
            self.answer_fetch(id);
        }
    }

    /// No records can be lent: has the fetch try again later, or answers it without.
    fn postpone_fetch(&mut self, id: SlotId) {
        let now = self.now;
        let pending = self.requests.fetch_mut(id).expect("the caller looked it up");
        if !pending.can_wait(now) {
            self.answer_fetch(id);
            return;
        }
        pending.stage = Stage::Short;
        let until = pending.deadline.max(now.after(WAIT_AT_LEAST));
        pending.short_until.get_or_insert(until);
        self.shortage.note(now);
        self.timers.set(now.after(RETRY_AFTER), Timer::RequestDeadline(id));
    }

    /// This shard lends nothing, since connections, perhaps those of other shards, hold too much of its memory.
    pub(super) fn tell_shortage(&mut self) {
        let now = self.now;
        self.shortage.note(now);
        if self.shortage.told.is_some_and(|told| now.since(told) < TELL_EVERY) {
            return;
        }
        self.shortage.told = Some(now);
        self.mail_others(|| Mail::Shortage);
    }
}

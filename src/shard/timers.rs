//! What is to happen at a given time. One table per shard.

use crate::slots::SlotId;
use loglane_model::Instant;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// What a timer is for. A timer whose object has gone meanwhile does nothing: ids carry generations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Timer {
    /// A parked request answers with what there is.
    RequestDeadline(SlotId),
    /// A connection's body or send is due, or it has been idle for too long.
    ConnectionCheck(SlotId),
    /// Retention, expiry, checkpoints.
    Housekeeping,
    /// The end of a close that does not wait any longer for connections.
    CloseDeadline,
}

/// Timers in order of time, then of what they are for.
#[derive(Debug, Default)]
pub(crate) struct Timers {
    heap: BinaryHeap<Reverse<(Instant, Timer)>>,
}

impl Timers {
    pub(crate) fn set(&mut self, at: Instant, timer: Timer) {
        self.heap.push(Reverse((at, timer)));
    }

    /// When `next_due` will have something.
    pub(crate) fn earliest(&self) -> Option<Instant> {
        self.heap.peek().map(|Reverse((at, _))| *at)
    }

    /// The next timer that is due.
    pub(crate) fn next_due(&mut self, now: Instant) -> Option<Timer> {
        if self.earliest()? > now {
            return None;
        }
        self.heap.pop().map(|Reverse((_, timer))| timer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timers_come_in_order_of_time_and_not_early() {
        let mut timers = Timers::default();
        timers.set(Instant(30), Timer::Housekeeping);
        timers.set(Instant(10), Timer::CloseDeadline);
        assert_eq!(timers.earliest(), Some(Instant(10)));
        assert_eq!(timers.next_due(Instant(9)), None);
        assert_eq!(timers.next_due(Instant(30)), Some(Timer::CloseDeadline));
        assert_eq!(timers.next_due(Instant(30)), Some(Timer::Housekeeping));
        assert_eq!(timers.next_due(Instant(u64::MAX)), None);
    }
}

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
    /// The next slice of a partition of groups that is being read.
    GroupLoad(SlotId),
    /// A member of a group has said nothing for too long, or a rebalance has lasted long enough.
    GroupDeadline(SlotId),
    /// The end of a close that does not wait any longer for connections.
    CloseDeadline,
}

/// Timers in order of time, then of what they are for.
///
/// Nothing is taken out when its object goes: a fetch that may wait for a day and is answered at once leaves its
/// timer. So that such ones cannot pile up, the owner is asked which are still of use whenever there are twice as
/// many as after the last time.
#[derive(Debug, Default)]
pub(crate) struct Timers {
    heap: BinaryHeap<Reverse<(Instant, Timer)>>,
    /// How many were of use when they were last looked through.
    useful: usize,
}

/// Fewer timers than this are not looked through.
const FEW: usize = 256;

impl Timers {
    pub(crate) fn set(&mut self, at: Instant, timer: Timer) {
        self.heap.push(Reverse((at, timer)));
    }

    /// Whether there are so many that it is time to look which are still of use.
    pub(crate) fn are_many(&self) -> bool {
        self.heap.len() >= FEW + 2 * self.useful
    }

    /// Drops the timers that are of no use any more.
    pub(crate) fn retain(&mut self, mut is_useful: impl FnMut(Instant, Timer) -> bool) {
        self.heap.retain(|Reverse((at, timer))| is_useful(*at, *timer));
        self.useful = self.heap.len();
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.heap.len()
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

    #[test]
    fn timers_that_are_of_no_use_do_not_pile_up() {
        let mut timers = Timers::default();
        for at in 0..100_000 {
            timers.set(Instant(at), Timer::Housekeeping);
            if timers.are_many() {
                timers.retain(|at, _| at.0 % 1000 == 0);
            }
        }
        assert!(timers.len() < FEW + 300, "{}", timers.len());
        timers.retain(|at, _| at.0 % 1000 == 0);
        assert_eq!(timers.len(), 100);
        assert_eq!(timers.next_due(Instant(5)), Some(Timer::Housekeeping));
        assert_eq!(timers.earliest(), Some(Instant(1000)));
    }
}

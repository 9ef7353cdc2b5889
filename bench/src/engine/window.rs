//! The times of a run, and the clock that they are by.

use rustix::time::{ClockId, clock_gettime};

fn nanos_of(clock: ClockId) -> u64 {
    let time = clock_gettime(clock);
    let seconds = u64::try_from(time.tv_sec).expect("these clocks start at zero");
    seconds * 1_000_000_000 + u64::try_from(time.tv_nsec).expect("nanoseconds are never negative")
}

/// The monotonic clock now: the same that the ring reads once a turn.
#[must_use]
pub fn monotonic_ns() -> u64 {
    nanos_of(ClockId::Monotonic)
}

/// CPU time of this thread so far.
pub(super) fn thread_cpu_ns() -> u64 {
    nanos_of(ClockId::ThreadCPUTime)
}

/// What of a run is measured, in nanoseconds of the monotonic clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// The load begins.
    pub start_ns: u64,
    /// What is meant for this time or later counts.
    pub measure_from_ns: u64,
    /// The load ends.
    pub measure_to_ns: u64,
}

impl Window {
    /// Nothing begins.
    pub const NEVER: Window =
        Window { start_ns: u64::MAX, measure_from_ns: u64::MAX, measure_to_ns: u64::MAX };

    /// Whether something that was meant for `intended_ns` is measured.
    #[inline]
    #[must_use]
    pub fn measures(&self, intended_ns: u64) -> bool {
        self.measure_from_ns <= intended_ns && intended_ns < self.measure_to_ns
    }
}

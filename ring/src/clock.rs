//! The clocks and the randomness of the operating system, read once per turn.

use loglane_model::Instant;
use rustix::rand::{GetRandomFlags, getrandom};
use rustix::time::{ClockId, Timespec, clock_gettime};

const NANOS_PER_SECOND: u64 = 1_000_000_000;

/// What the clocks said when they were last read.
#[derive(Debug)]
pub(crate) struct Clock {
    now: Instant,
    wall_clock_ms: i64,
}

impl Clock {
    pub(crate) fn read() -> Clock {
        let wall = clock_gettime(ClockId::Realtime);
        Clock { now: monotonic(), wall_clock_ms: wall.tv_sec * 1000 + wall.tv_nsec / 1_000_000 }
    }

    pub(crate) fn now(&self) -> Instant {
        self.now
    }

    pub(crate) fn wall_clock_ms(&self) -> i64 {
        self.wall_clock_ms
    }
}

/// The monotonic clock at this very moment.
pub(crate) fn monotonic() -> Instant {
    let Timespec { tv_sec, tv_nsec } = clock_gettime(ClockId::Monotonic);
    let seconds = u64::try_from(tv_sec).expect("the monotonic clock starts at zero");
    let nanos = u64::try_from(tv_nsec).expect("nanoseconds of a time are never negative");
    Instant(seconds * NANOS_PER_SECOND + nanos)
}

/// Random numbers of the kernel, fetched a handful at a time. They become hash keys and ids that others see, so
/// no cheap generator, whose next number follows from the last, will do.
#[derive(Debug)]
pub(crate) struct Randomness {
    fetched: [u64; Randomness::BATCH],
    left: usize,
}

impl Randomness {
    const BATCH: usize = 32;

    pub(crate) fn new() -> Randomness {
        Randomness { fetched: [0; Randomness::BATCH], left: 0 }
    }

    pub(crate) fn next(&mut self) -> u64 {
        if self.left == 0 {
            let mut bytes = [0u8; Randomness::BATCH * 8];
            // The kernel answers up to 256 bytes whole, once its generator was seeded at boot.
            let filled = getrandom(&mut bytes, GetRandomFlags::empty()).expect("the kernel has randomness");
            assert_eq!(filled, bytes.len(), "up to 256 random bytes come whole");
            for (number, chunk) in self.fetched.iter_mut().zip(bytes.chunks_exact(8)) {
                *number = u64::from_ne_bytes(chunk.try_into().expect("chunks of eight"));
            }
            self.left = Randomness::BATCH;
        }
        self.left -= 1;
        self.fetched[self.left]
    }
}

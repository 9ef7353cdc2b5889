//! Memory for requests that are being received.
//!
//! A frame's bytes are reserved before its body is read, first come first served; what does not fit waits, and
//! its socket is not read meanwhile. Three lanes keep one another alive: small frames have a reserve (so that
//! heartbeats pass under overload), ordinary ones share the bulk, and frames above [`LARGE_FRAME_BYTES`] are
//! received one at a time, so that a few dribbling giants stop nobody.

use crate::slots::SlotId;
use loglane_model::BlockPool;
use std::collections::VecDeque;

/// Frames up to this size may use the reserve.
pub(crate) const SMALL_FRAME_BYTES: usize = 16 * 1024;

/// Frames above this size queue apart, one at a time.
pub(crate) const LARGE_FRAME_BYTES: usize = 1024 * 1024;

/// The lane that a reservation was made in; given back with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lane {
    Small,
    Ordinary,
    Large,
}

/// Memory that a frame holds until it is given back.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "a reservation that is dropped is lost to the budget"]
pub(crate) struct Reservation {
    bytes: usize,
    lane: Lane,
}

/// What comes of asking.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Reserve {
    /// Go ahead.
    Granted(Reservation),
    /// The connection is in line; [`ReceiveBudget::next_granted`] will name it.
    Wait,
    /// The frame could never be held.
    TooLarge,
}

/// One per shard.
#[derive(Debug)]
pub(crate) struct ReceiveBudget {
    bytes_max: usize,
    reserve_bytes: usize,
    used: usize,
    large_active: bool,
    waiting: VecDeque<(SlotId, usize)>,
    waiting_large: VecDeque<(SlotId, usize)>,
}

impl ReceiveBudget {
    /// A budget of `bytes_max`, `reserve_bytes` of which only small frames may use.
    pub(crate) fn new(bytes_max: usize, reserve_bytes: usize) -> ReceiveBudget {
        assert!(reserve_bytes < bytes_max);
        ReceiveBudget {
            bytes_max,
            reserve_bytes,
            used: 0,
            large_active: false,
            waiting: VecDeque::new(),
            waiting_large: VecDeque::new(),
        }
    }

    /// Asks for the memory of a frame of `frame_bytes`; a `Wait` puts `who` in line.
    pub(crate) fn reserve(&mut self, who: SlotId, frame_bytes: usize) -> Reserve {
        let bytes = BlockPool::size_class_bytes(frame_bytes);
        if bytes > self.bytes_max - self.reserve_bytes {
            return Reserve::TooLarge;
        }
        let lane = lane_of(frame_bytes);
        let in_line = match lane {
            Lane::Small => false,
            Lane::Ordinary => !self.waiting.is_empty(),
            Lane::Large => !self.waiting_large.is_empty(),
        };
        if !in_line && let Some(granted) = self.try_grant(bytes, lane) {
            return Reserve::Granted(granted);
        }
        match lane {
            Lane::Small | Lane::Ordinary => self.waiting.push_back((who, frame_bytes)),
            Lane::Large => self.waiting_large.push_back((who, frame_bytes)),
        }
        Reserve::Wait
    }

    /// Memory for up to a receive buffer's bytes that have arrived already; nobody is put in line for it.
    pub(crate) fn reserve_arrived(&mut self, bytes: usize) -> Option<Reservation> {
        self.try_grant(BlockPool::size_class_bytes(bytes), Lane::Small)
    }

    /// Takes memory back.
    pub(crate) fn release(&mut self, reservation: Reservation) {
        self.used = self.used.checked_sub(reservation.bytes).expect("released once, as reserved");
        if reservation.lane == Lane::Large {
            assert!(self.large_active);
            self.large_active = false;
        }
    }

    /// The next connection in line whose frame fits now. The caller uses or releases what it is given.
    pub(crate) fn next_granted(&mut self) -> Option<(SlotId, Reservation)> {
        if let Some(&(who, frame_bytes)) = self.waiting.front()
            && let Some(granted) =
                self.try_grant(BlockPool::size_class_bytes(frame_bytes), lane_of(frame_bytes))
        {
            self.waiting.pop_front();
            return Some((who, granted));
        }
        if let Some(&(who, frame_bytes)) = self.waiting_large.front()
            && let Some(granted) = self.try_grant(BlockPool::size_class_bytes(frame_bytes), Lane::Large)
        {
            self.waiting_large.pop_front();
            return Some((who, granted));
        }
        None
    }

    /// Whether somebody is in line: a body that is slow now keeps others out.
    pub(crate) fn is_contended(&self) -> bool {
        !self.waiting.is_empty() || !self.waiting_large.is_empty()
    }

    /// Bytes that frames hold.
    pub(crate) fn used(&self) -> usize {
        self.used
    }

    fn try_grant(&mut self, bytes: usize, lane: Lane) -> Option<Reservation> {
        let bound = match lane {
            Lane::Small => self.bytes_max,
            Lane::Ordinary => self.bytes_max - self.reserve_bytes,
            Lane::Large if self.large_active => return None,
            Lane::Large => self.bytes_max - self.reserve_bytes,
        };
        if self.used + bytes > bound {
            return None;
        }
        self.used += bytes;
        self.large_active |= lane == Lane::Large;
        Some(Reservation { bytes, lane })
    }
}

fn lane_of(frame_bytes: usize) -> Lane {
    match frame_bytes {
        0..=SMALL_FRAME_BYTES => Lane::Small,
        _ if frame_bytes <= LARGE_FRAME_BYTES => Lane::Ordinary,
        _ => Lane::Large,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(index: u32) -> SlotId {
        SlotId { index, generation: 0 }
    }

    fn granted(outcome: Reserve) -> Reservation {
        match outcome {
            Reserve::Granted(reservation) => reservation,
            other => panic!("expected a grant, got {other:?}"),
        }
    }

    #[test]
    fn small_frames_pass_while_ordinary_ones_wait_in_order() {
        let mut budget = ReceiveBudget::new(2 << 20, 64 << 10);
        let first = granted(budget.reserve(id(1), 1 << 20));
        assert_eq!(budget.reserve(id(2), 1 << 20), Reserve::Wait);
        assert_eq!(budget.reserve(id(3), 100_000), Reserve::Wait, "nobody jumps the line");
        let small = granted(budget.reserve(id(4), 100));
        assert!(budget.next_granted().is_none());
        budget.release(first);
        let (who, second) = budget.next_granted().expect("room again");
        assert_eq!(who, id(2));
        let (who, third) = budget.next_granted().expect("room for the third as well");
        assert_eq!(who, id(3));
        for reservation in [small, second, third] {
            budget.release(reservation);
        }
        assert_eq!(budget.used, 0);
    }

    #[test]
    fn large_frames_come_one_at_a_time_and_hold_up_nobody_else() {
        let mut budget = ReceiveBudget::new(64 << 20, 64 << 10);
        let large = granted(budget.reserve(id(1), 2 << 20));
        assert_eq!(budget.reserve(id(2), 2 << 20), Reserve::Wait);
        let ordinary = granted(budget.reserve(id(3), 500_000));
        budget.release(ordinary);
        budget.release(large);
        let (who, next) = budget.next_granted().expect("the second large one");
        assert_eq!(who, id(2));
        budget.release(next);
    }

    #[test]
    fn a_frame_above_the_budget_is_refused() {
        let mut budget = ReceiveBudget::new(2 << 20, 64 << 10);
        assert_eq!(budget.reserve(id(1), 3 << 20), Reserve::TooLarge);
    }
}

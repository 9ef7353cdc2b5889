//! How a shard learns that a socket it has registered is gone: the socket's last clone leaves its slot number here.
//!
//! A registered socket would otherwise stay open for as long as the kernel's table refers to it, and its peer
//! would wait for the end of the stream.

use crate::mail::Waker;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// The slots of sockets that nobody holds any more, for one shard to take back.
#[derive(Debug)]
pub(crate) struct Releases {
    slots: Mutex<Vec<u32>>,
    pending: AtomicBool,
    waker: Arc<Waker>,
}

impl Releases {
    pub(crate) fn new(waker: Arc<Waker>) -> Arc<Releases> {
        Arc::new(Releases { slots: Mutex::new(Vec::new()), pending: AtomicBool::new(false), waker })
    }

    /// Whether there is something to take.
    pub(crate) fn is_pending(&self) -> bool {
        self.pending.load(Ordering::Acquire)
    }

    /// Moves the slots over into `into`.
    pub(crate) fn take(&self, into: &mut Vec<u32>) {
        if self.is_pending() {
            let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
            self.pending.store(false, Ordering::Release);
            into.append(&mut slots);
        }
    }

    fn push(&self, slot: u32) {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        slots.push(slot);
        self.pending.store(true, Ordering::Release);
        drop(slots);
        self.waker.wake_if_asleep();
    }
}

/// A socket's place with the shard that operates on it.
#[derive(Debug)]
pub(crate) struct Registered {
    releases: Arc<Releases>,
    slot: u32,
}

impl Registered {
    pub(crate) fn new(releases: &Arc<Releases>, slot: u32) -> Registered {
        Registered { releases: Arc::clone(releases), slot }
    }

    /// The slot, if it is one of the shard that `releases` belongs to.
    pub(crate) fn slot_with(&self, releases: &Arc<Releases>) -> Option<u32> {
        Arc::ptr_eq(&self.releases, releases).then_some(self.slot)
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        self.releases.push(self.slot);
    }
}

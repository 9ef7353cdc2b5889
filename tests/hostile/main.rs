//! Input that no decent client sends: answered as Kafka answers it, or the connection is closed; and nobody else notices.
#![forbid(unsafe_code)]

mod absurd;
mod answers;
mod batches;
mod bombs;
mod crowds;
mod ends;
mod layout;
mod memory;
mod newest;
mod planted;
mod requests;
mod sweep;
mod target;

use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

const BINARY: &str = env!("CARGO_BIN_EXE_loglane");

static MACHINE: RwLock<()> = RwLock::new(());

/// For tests that keep a machine busy, or look at how long something takes: nothing else runs meanwhile.
fn alone() -> RwLockWriteGuard<'static, ()> {
    // Who has failed has failed for himself.
    MACHINE.write().unwrap_or_else(PoisonError::into_inner)
}

/// For all others.
fn beside_others() -> RwLockReadGuard<'static, ()> {
    MACHINE.read().unwrap_or_else(PoisonError::into_inner)
}

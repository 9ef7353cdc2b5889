//! Input that no decent client sends: answered as Kafka answers it, or the connection is closed; and nobody else notices.
#![forbid(unsafe_code)]

mod absurd;
mod answers;
mod batches;
mod bombs;
mod crowds;
mod layout;
mod memory;
mod newest;
mod requests;
mod sweep;
mod target;

use std::sync::{Mutex, MutexGuard, PoisonError};

const BINARY: &str = env!("CARGO_BIN_EXE_loglane");

/// For tests that keep a machine busy, or look at how long something takes: one at a time.
fn alone() -> MutexGuard<'static, ()> {
    static MACHINE: Mutex<()> = Mutex::new(());
    // Who has failed has failed for himself.
    MACHINE.lock().unwrap_or_else(PoisonError::into_inner)
}

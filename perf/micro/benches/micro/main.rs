//! What single steps of the broker cost: `cargo bench -p loglane-micro`, or with a part of a name behind `--`.
//!
//! Everything runs on the calling thread, pinned to core 0; a second core is used where a step needs one.
#![forbid(unsafe_code)]

mod log;
mod ring;
mod wire;

use rustix::thread::{CpuSet, sched_setaffinity};

/// Pins the calling thread. Where there is no such core the figures are noisier, not wrong.
fn pin(core: usize) {
    let mut cores = CpuSet::new();
    cores.set(core);
    let _ = sched_setaffinity(None, &cores);
}

fn main() {
    pin(0);
    divan::main();
}

//! What the whole-broker tests stand on: brokers and clients as processes, scratch folders, a raw client of the
//! protocol, disks that lose their power, and a ledger that judges what a broker served.
//!
//! It shares no code with the broker, so that a mistake there cannot hide here. Nothing sleeps for a guess:
//! everything waits for a condition, with a deadline.
#![forbid(unsafe_code)]

mod chance;
mod disk;
mod packages;
mod peer;
mod process;
mod recorder;
mod scratch;
mod skip;
mod tool;
mod wait;

pub mod broker;
pub mod client;
pub mod driver;
pub mod fuzz;
pub mod history;
pub mod ledger;
pub mod load;
pub mod record;
pub mod shell;
pub mod wire;

pub use broker::{Broker, KAFKA_SESSION, Kind};
pub use chance::Chance;
pub use disk::{Cut, Disk, FileSystemKind};
pub use packages::{cargo_program, go_programs, node, npm_packages};
pub use peer::Peer;
pub use process::{Process, free_port, may_open};
pub use recorder::{Recorder, Versions};
pub use scratch::Scratch;
pub use skip::{skip, skip_missing};
pub use tool::{ensure_command, is_root, python, python_with, run};
pub use wait::{LONG, comes_true, wait_until};

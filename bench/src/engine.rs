//! The load itself: one thread for each core, each with its connections; this module starts them, reconnects for them,
//! and collects what they counted.

mod consumer;
mod group;
mod lane;
mod ledger;
mod line;
mod member;
mod notes;
mod producer;
mod request;
mod run;
mod seats;
mod timeline;
mod window;
mod worker;

pub use group::GroupOutcome;
pub(crate) use run::record_bytes;
pub use run::{Progress, RunError, RunOutcome, RunSpec, run};
pub use timeline::Slice;
pub use window::{Window, monotonic_ns};

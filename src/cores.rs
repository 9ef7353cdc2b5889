//! Which cores do what: `cores.toml`, the plan that follows from it and the rest of the configuration, and how the plan
//! is shown.
//!
//! The file belongs to one machine. It says what a `server.properties` that many machines share cannot: which cores run
//! a shard, how the memory is split, which disk and which partitions go to which core. All of it is this node's own
//! business, and none of it is ever written into the cluster's metadata.

mod file;
mod plan;
mod show;
#[cfg(test)]
mod tests;

pub use file::{CoreEntry, CoresFile, DiskEntry, Numbers, PlacementEntry};
pub use plan::{CorePlan, Machine, PlannedCore, PlannedDisk, PlannedPlacement, Told, ranges};
pub use show::{json, table, template};

use crate::fatal::{Fatal, FatalCode};

/// A file or a combination that does not do.
fn refused(what: impl Into<String>, cause: impl Into<String>, fix: impl Into<String>) -> Fatal {
    Fatal::new(FatalCode::BadConfig, what, cause, fix)
}

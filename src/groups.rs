//! Groups: who consumes together, and how far each group has come.
//!
//! A group belongs to one partition of `__consumer_offsets`, and its coordinator is the shard that owns this
//! partition. What a coordinator knows is what the records of its partition say: every change is appended there
//! first, and answers leave when the records behind them are safe.
//!
//! A group's membership is a value ([`classic`]). What happens to it comes in by `on_…` functions, with the time and
//! chance that they need as arguments; what is to be done about it comes out as [`Effects`]: answers to requests,
//! some of which have waited for long, and records for `__consumer_offsets`. The coordinator that owns the groups of
//! a shard appends those records, says when they are safe, calls again when
//! [`classic::ClassicGroup::next_deadline`] has come, and drops a group that has died.
//!
//! Nothing here knows a connection, a clock or a log: the shard's part is in `shard/groups.rs`, the requests are in
//! `api/`. The rules are Kafka's, to the letter: where one looks strange, clients depend on it.

pub mod classic;
pub(crate) mod coordinator;
mod effects;
pub(crate) mod expiry;
pub(crate) mod loading;
pub(crate) mod offsets;
pub(crate) mod records;

pub use effects::{
    Effects, GroupAnswer, GroupRecord, JoinAnswer, JoinedMember, LeaveAnswer, LeftMember, Moment,
    RecordNumber, RequestToken, SyncAnswer,
};
use loglane_model::PartitionId;

/// The partition of `__consumer_offsets` that a group belongs to: the absolute value of Java's hash of its name, as
/// Kafka's `Utils.abs` has it (that of the smallest number is 0).
pub(crate) fn partition_of_group(group: &str, partition_count: i32) -> PartitionId {
    let hash =
        group.encode_utf16().fold(0i32, |hash, unit| hash.wrapping_mul(31).wrapping_add(i32::from(unit)));
    let hash = if hash == i32::MIN { 0 } else { hash.abs() };
    PartitionId(hash % partition_count.max(1))
}

#[cfg(test)]
mod tests;

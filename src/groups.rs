//! Groups: who is a member of which generation, and who is told what when. Plain code, one module for each protocol.
//!
//! A group is a value. What happens to it comes in by `on_…` functions, with the time and chance that they need as
//! arguments; what is to be done about it comes out as [`Effects`]: answers to requests, some of which have waited
//! for long, and records for `__consumer_offsets`. The coordinator that owns the groups of a shard appends those
//! records, says when they are safe, calls again when [`classic::ClassicGroup::next_deadline`] has come, and drops a
//! group that has died.
//!
//! Nothing here knows a connection, a clock or a log. The rules are Kafka's, to the letter: where one looks strange,
//! clients depend on it.

pub mod classic;
mod effects;

pub use effects::{
    Effects, GroupAnswer, GroupRecord, JoinAnswer, JoinedMember, LeaveAnswer, LeftMember, Moment,
    RecordNumber, RequestToken, SyncAnswer,
};

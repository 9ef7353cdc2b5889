//! The metadata log as bytes: records, batches, snapshots, and the small files around them, in Kafka's formats.
//!
//! Which records are written is decided in [`crate::controller`]; what they mean, in `loglane-replication`. Here is
//! only how they look, and [`Follower`], which turns committed bytes into images. The invariant: what Kafka wrote is
//! either understood completely or refused, never half of it.

mod batch;
mod follower;
mod format;
mod quorum_state;
pub mod record_codec;
mod snapshot;
#[cfg(test)]
mod tests;

pub use batch::{
    BATCH_BYTES_MAX, BATCH_RECORDS_MAX, BatchError, ControlRecord, Entry, Quorum, Voter, VoterEndpoint,
    encode_control_batch, encode_data_batches, fit_one_batch, read_batch, record_bytes,
};
pub use follower::{FollowError, Follower, Progress};
pub use format::{
    BOOTSTRAP_FILE_NAME, FormatError, METADATA_DIRECTORY_NAME, NewCluster, NewDirectory,
    default_bootstrap_records, format_directories, may_be_left_by_formatting,
};
pub use quorum_state::{QUORUM_STATE_FILE_NAME, QuorumState, QuorumStateError};
pub use snapshot::{
    Snapshot, SnapshotError, SnapshotId, encode_snapshot, list_snapshots, read_snapshot, read_snapshot_file,
    read_snapshot_timestamp, write_snapshot,
};

//! The log of one partition, as plain code: what is accepted, how it lies on disk, what is known about it.
//!
//! Nothing here reads a clock, draws a random number, or touches a file except through
//! [`loglane_model::FileSystem`]. The formats are Kafka's own, byte for byte; every decoder takes bytes that
//! anybody may have written and answers with an error, never with a panic.
#![forbid(unsafe_code)]

mod aborted;
mod append;
mod appender;
pub mod batch;
pub mod batch_builder;
mod block_run;
pub mod cache;
pub mod checkpoint;
pub mod clean_shutdown;
mod close;
pub mod compression;
pub mod control;
mod copy;
pub mod crc;
pub mod directory;
pub mod index;
pub mod java_properties;
mod job;
pub mod leader_epoch;
mod leftovers;
pub mod log;
pub mod log_config;
mod lookup;
pub mod meta_properties;
mod open;
mod open_file;
pub mod partition_metadata;
pub mod producer_entry;
pub mod producer_snapshot;
pub mod producer_state;
#[cfg(test)]
mod random;
mod reader;
pub mod recompress;
pub mod record;
pub mod record_stream;
mod recovery;
pub mod recovery_position;
mod recovery_scan;
pub mod refusal;
mod retention;
mod roll;
mod scan;
pub mod scrub;
mod segment;
pub mod sums;
pub mod transaction_index;
mod truncate;
pub mod validate;
mod walk;

pub use append::{AppendError, Appended, LeaderAppend, ReplicatedRefusal};
pub use cache::{FifoBudget, LogBudgets};
pub use close::CloseSync;
pub use copy::{CopyError, LogCopy, Settled, is_disk_failure};
pub use job::{LogJob, LogJobDone, make_together};
pub use log::{Log, LogFailure, LogFault, LogWork};
pub use log_config::LogConfig;
pub use lookup::{FoundRecord, LookupAnswer};
pub use open::{MakeLog, OpenError, OpenLog, OpenSync, open};
pub use open_file::IdleFile;
pub use reader::{ReadError, ReadOutcome};
pub use recovery_position::RecoveryPosition;
pub use retention::DeleteRecordsError;

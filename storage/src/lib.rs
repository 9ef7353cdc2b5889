//! The log of one partition, as plain code: what is accepted, how it lies on disk, what is known about it.
//!
//! Nothing here reads a clock, draws a random number, or touches a file except through
//! [`loglane_model::FileSystem`]. The formats are Kafka's own, byte for byte; every decoder takes bytes that
//! anybody may have written and answers with an error, never with a panic.
#![forbid(unsafe_code)]

pub mod batch;
pub mod batch_builder;
pub mod checkpoint;
pub mod clean_shutdown;
pub mod compression;
pub mod control;
pub mod crc;
pub mod directory;
pub mod index;
pub mod java_properties;
pub mod leader_epoch;
pub mod meta_properties;
pub mod partition_metadata;
pub mod producer_snapshot;
pub mod producer_state;
#[cfg(test)]
mod random;
pub mod recompress;
pub mod record;
pub mod record_stream;
pub mod refusal;
pub mod transaction_index;
pub mod validate;

//! The broker as a library; `main.rs` is the one binary.
#![forbid(unsafe_code)]

mod admin;
mod api;
pub mod cli;
pub mod config;
mod connection;
mod control;
pub mod controller;
pub mod cores;
mod error;
pub mod fatal;
mod fetch_session;
mod flood;
pub mod groups;
mod homes;
mod internal_topics;
pub mod limits;
mod log_dirs;
pub mod metadata;
mod partition;
mod recovery_files;
pub mod server;
mod settings;
mod shard;
mod shard_limits;
mod slots;
mod topic_rules;
mod topics;

#[cfg(test)]
mod tests;

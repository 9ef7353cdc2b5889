//! The process around the shards: data directories, signals, start and end.

pub mod directories;
pub mod signals;

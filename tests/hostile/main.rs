//! Input that no decent client sends: answered as Kafka answers it, or the connection is closed; and nobody else notices.
#![forbid(unsafe_code)]

mod answers;
mod batches;
mod bombs;
mod layout;
mod newest;
mod requests;
mod sweep;

const BINARY: &str = env!("CARGO_BIN_EXE_loglane");

//! `loglane bench`: a load generator for anything that speaks Kafka's protocol, and what to make of its figures.
//!
//! It is a client like any other: it knows the wire, and nothing of the broker's insides. [`main`] is the command line;
//! `session` plans and runs, `engine` makes the load on one thread for each core, `result` is what is kept of it,
//! `compare` and `report` are what is made of results, `null` is the broker that costs nothing.
#![forbid(unsafe_code)]

pub mod batch;
pub mod choose;
pub mod client;
pub mod codec;
mod command;
pub mod compare;
pub mod engine;
pub mod judge;
pub mod layout;
pub mod machine;
pub mod null;
pub mod number;
pub mod options;
pub mod payload;
pub mod report;
pub mod result;
pub mod schedule;
pub mod session;
pub mod stats;
pub mod text;
pub mod verify;
pub mod workload;

pub use command::main;

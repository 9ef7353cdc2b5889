//! The broker as a library; `main.rs` is the one binary.
#![forbid(unsafe_code)]

pub mod cli;
pub mod config;
pub mod controller;
pub mod fatal;
pub mod limits;
pub mod metadata;
pub mod server;

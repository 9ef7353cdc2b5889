//! The ways in which people deploy Kafka today, with nothing changed but the program: the environment of the common
//! container images, the file that Kafka ships, the script that Testcontainers starts.
#![forbid(unsafe_code)]

mod deployment;
mod files;
mod images;
mod testcontainers;

const BINARY: &str = env!("CARGO_BIN_EXE_loglane");

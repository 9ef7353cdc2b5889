//! What the micro-benchmarks and the roofline work on: batches, requests, a log on files that hold nothing.
#![forbid(unsafe_code)]

mod files;
mod log;
mod messages;

pub use files::HollowFiles;
pub use log::Shelf;
pub use messages::{batch, compressed_batch, fetch_request, produce_request};

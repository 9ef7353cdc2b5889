//! Who holds what: the progress of replicas, the high watermark, and the state built from the metadata log.
//!
//! Nothing here does I/O, reads a clock or decodes bytes: a shard reports what happened (`on_…`) and asks what
//! follows. The one invariant to remember: a high watermark moves only in [`LeaderProgress`], and never back.
#![forbid(unsafe_code)]

mod high_watermark;
pub mod image;
mod leader;
pub mod record;

pub use high_watermark::HighWatermark;
pub use image::{Delta, ImageBuilder, MetadataImage};
pub use leader::{FollowerFetch, LeaderProgress, LeaderStart, Leadership};
pub use record::MetadataRecord;

//! The words that every other crate uses: offsets and ids, the record batch as bytes, aligned blocks, files.
//!
//! Nothing here decides anything or touches the outside world: [`FileSystem`] is a trait whose real
//! implementation lives in `loglane-ring`.
#![forbid(unsafe_code)]

mod batch;
mod block;
mod disk;
mod id;
mod planted;
mod time;
pub mod varint;

pub use batch::{
    Attributes, BATCH_HEADER_BYTES, BATCH_OVERHEAD_BYTES, BatchHeader, Compression, TimestampType,
};
pub use block::{BLOCK_BYTES_MAX, Block, BlockPool, Extent, PAGE_BYTES, SharedBlock, pages_for};
pub use disk::{
    DirEntry, DiskRead, DiskWrite, File, FileStat, FileSystem, Job, JobDone, OpenMode, UNFINISHED_SUFFIX,
};
pub use id::{BrokerId, LeaderEpoch, Offset, PartitionId, ProducerId, ShardId, TopicId};
pub use planted::{Bug, planted};
pub use time::Instant;

#[cfg(feature = "planted-bugs")]
pub use planted::plant;

//! A log without a disk: writes are done as soon as they are handed out, jobs run on the spot.

use crate::files::HollowFiles;
use loglane_model::{BlockPool, Extent, Job, LeaderEpoch, Offset, TopicId};
use loglane_storage::validate::Origin;
use loglane_storage::{
    CloseSync, Log, LogConfig, LogJobDone, LogWork, MakeLog, OpenLog, OpenSync, ReadOutcome, open,
};
use std::path::PathBuf;

/// What the batch cache of the log keeps.
const CACHE_BYTES: usize = 64 << 20;

/// The wall clock of this world.
const NOW_MS: i64 = 1_800_000_000_000;

/// One log, with what a shard has around it.
pub struct Shelf {
    files: HollowFiles,
    log: Log,
    pool: BlockPool,
    lent: Vec<Extent>,
}

impl Shelf {
    /// An empty log.
    ///
    /// # Panics
    /// If the log does not open, which is a mistake of [`HollowFiles`].
    #[must_use]
    pub fn new() -> Shelf {
        let files = HollowFiles::default();
        let request = OpenLog {
            log: 0,
            dir: PathBuf::from("/logs/measured-0"),
            topic_id: TopicId(*b"a topic's own id"),
            config: LogConfig::default(),
            clean_shutdown: false,
            recovery_point: Offset::ZERO,
            log_start_offset: Offset::ZERO,
            position: None,
            is_owner_known: false,
            make: MakeLog::AtOnce,
            sync: OpenSync::Each,
            now_ms: NOW_MS,
        };
        let log = open(&files, request).expect("an empty directory is a log");
        Shelf { files, log, pool: BlockPool::new(CACHE_BYTES), lent: Vec::new() }
    }

    /// Appends a batch, and lets everything end that this sets off: the way of a batch that is alone in its turn.
    ///
    /// # Panics
    /// If the log refuses the batch.
    pub fn append(&mut self, batch: &[u8]) -> Offset {
        let client = Origin::Client { produce_version: 12 };
        let appended = self.log.append_leader(batch, client, LeaderEpoch(0), NOW_MS, &mut self.pool);
        let appended = appended.expect("a good batch");
        self.settle();
        let cached = self.log.shrink_cache(CACHE_BYTES, &mut self.pool);
        assert!(cached <= CACHE_BYTES);
        appended.base_offset
    }

    fn settle(&mut self) {
        while let Some(work) = self.log.next_work(NOW_MS, &mut self.pool) {
            match work {
                LogWork::Write(write) => self.log.on_written(write, Ok(()), &mut self.pool),
                LogWork::Read(_) => panic!("nobody reads behind the cache"),
                LogWork::Job(job) => {
                    let done = Box::new(job).run(&self.files).downcast::<LogJobDone>();
                    self.log.on_job(*done.expect("a log's job leaves this"), &mut self.pool);
                }
            }
        }
    }

    /// Reads from an offset that is in the cache; how many bytes were lent.
    ///
    /// # Panics
    /// If the offset is not in the cache.
    pub fn read(&mut self, from: Offset, bytes_max: usize) -> usize {
        self.lent.clear();
        let up_to = self.log.flushed_end_offset();
        let read = self.log.read(from, up_to, bytes_max, true, &mut self.pool, &mut self.lent);
        match read.expect("the offset is there") {
            ReadOutcome::Bytes { bytes, .. } => bytes,
            other => panic!("not in the cache: {other:?}"),
        }
    }

    /// Closes the log, for tests of what the log gives back.
    pub fn close(&mut self) {
        self.lent.clear();
        self.log.close(CloseSync::Each);
        self.settle();
    }
}

impl Default for Shelf {
    fn default() -> Shelf {
        Shelf::new()
    }
}

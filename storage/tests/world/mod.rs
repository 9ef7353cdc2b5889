//! What the tests of this crate share: a disk in memory, and a shard that has nothing but one log.
#![allow(dead_code, reason = "each test binary uses a part of it")]
#![allow(unreachable_pub, reason = "the module is included in each test binary")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

pub mod disk;

pub use disk::{MemoryDisk, Random};

use loglane_model::{
    BlockPool, DiskRead, DiskWrite, Extent, FileSystem as _, Job, LeaderEpoch, Offset, TopicId,
};
use loglane_storage::batch_builder::BatchBuilder;
use loglane_storage::validate::Origin;
use loglane_storage::{
    AppendError, Appended, CloseSync, Log, LogConfig, LogJob, LogJobDone, LogWork, MakeLog, OpenLog,
    OpenSync, ReadError, ReadOutcome, open,
};
use std::collections::VecDeque;
use std::path::PathBuf;

pub const TOPIC: TopicId = TopicId(*b"a topic's own id");
pub const CLIENT: Origin = Origin::Client { produce_version: 12 };

pub fn directory() -> PathBuf {
    PathBuf::from("/logs/orders-0")
}

/// A log with what a shard has around it. Writes, reads and jobs wait here until the test lets them end.
pub struct Driver {
    pub disk: MemoryDisk,
    pub log: Log,
    pub pool: BlockPool,
    pub writes: Vec<DiskWrite>,
    pub reads: Vec<DiskRead>,
    pub jobs: VecDeque<LogJob>,
    pub now_ms: i64,
}

pub fn request(config: &LogConfig) -> OpenLog {
    OpenLog {
        log: 3,
        dir: directory(),
        topic_id: TOPIC,
        config: config.clone(),
        clean_shutdown: false,
        recovery_point: Offset::ZERO,
        log_start_offset: Offset::ZERO,
        position: None,
        is_owner_known: false,
        make: MakeLog::AtOnce,
        sync: OpenSync::Each,
        now_ms: 1_000_000,
    }
}

impl Driver {
    pub fn new(config: &LogConfig) -> Driver {
        Driver::open(MemoryDisk::default(), request(config))
    }

    pub fn open(disk: MemoryDisk, request: OpenLog) -> Driver {
        let now_ms = request.now_ms;
        let log = open(&disk, request).expect("the log opens");
        Driver {
            disk,
            log,
            pool: BlockPool::new(1 << 20),
            writes: Vec::new(),
            reads: Vec::new(),
            jobs: VecDeque::new(),
            now_ms,
        }
    }

    pub fn append(&mut self, batch: &[u8]) -> Result<Appended, AppendError> {
        self.log.append_leader(batch, CLIENT, LeaderEpoch(5), self.now_ms, &mut self.pool)
    }

    /// Appends copies of a batch until space has just been made, and for many more of them.
    pub fn append_until_fresh_space(&mut self, bytes: &[u8], bytes_min: usize) {
        let file = directory().join("00000000000000000000.log");
        let mut space = 0;
        loop {
            self.append(bytes).unwrap();
            self.settle();
            let grown = self.disk.len(&file);
            if grown > space && space >= bytes_min {
                return;
            }
            space = grown;
        }
    }

    /// Takes all the work that the log has.
    pub fn pump(&mut self) {
        while let Some(work) = self.log.next_work(self.now_ms, &mut self.pool) {
            match work {
                LogWork::Write(write) => self.writes.push(write),
                LogWork::Read(read) => self.reads.push(read),
                LogWork::Job(job) => self.jobs.push_back(job),
            }
            self.check_overlap();
        }
    }

    /// No two writes in flight share a page, and none is beyond the two allowed.
    fn check_overlap(&self) {
        assert!(self.writes.len() <= 2, "at most two writes in flight");
        let is_reserving = self.jobs.iter().any(|job| format!("{job:?}").contains("reserve"));
        assert!(!is_reserving || self.writes.is_empty(), "no write beside a change of the file's extents");
        if let [first, second] = self.writes.as_slice() {
            let range = |write: &DiskWrite| {
                let bytes: usize = write.extents.iter().map(Extent::len).sum();
                (write.position, write.position + bytes as u64)
            };
            let (a, b) = (range(first), range(second));
            assert!(a.1 <= b.0 || b.1 <= a.0, "two writes in flight share a page");
        }
    }

    pub fn finish_write(&mut self, at: usize) {
        let write = self.writes.remove(at);
        let result = self.disk.write(&write, None);
        self.log.on_written(write, result, &mut self.pool);
    }

    pub fn finish_read(&mut self, at: usize) {
        let mut read = self.reads.remove(at);
        let result = self.disk.read(&mut read);
        self.log.on_read(read, result, &mut self.pool);
    }

    pub fn finish_job(&mut self) {
        let job = self.jobs.pop_front().expect("a job waits");
        let done = Box::new(job).run(&self.disk);
        let done = done.downcast::<LogJobDone>().expect("a log's job leaves this");
        self.log.on_job(*done, &mut self.pool);
    }

    /// Lets one thing end, chosen by chance. Returns whether there was any.
    pub fn step(&mut self, random: &mut Random) -> bool {
        self.pump();
        let count = self.writes.len() + self.reads.len() + usize::from(!self.jobs.is_empty());
        if count == 0 {
            return false;
        }
        let mut choice = usize::try_from(random.below(count as u64)).unwrap();
        if choice < self.writes.len() {
            self.finish_write(choice);
            return true;
        }
        choice -= self.writes.len();
        if choice < self.reads.len() {
            self.finish_read(choice);
        } else {
            self.finish_job();
        }
        true
    }

    /// Lets everything end.
    pub fn settle(&mut self) {
        let mut random = Random(7);
        while self.step(&mut random) {}
    }

    /// Reads until the bytes are there.
    pub fn read(&mut self, from: Offset, up_to: Offset, bytes_max: usize) -> Result<Vec<u8>, ReadError> {
        let mut out = Vec::new();
        for _ in 0..100 {
            match self.log.read(from, up_to, bytes_max, true, &mut self.pool, &mut out)? {
                ReadOutcome::Bytes { bytes, .. } => {
                    let all: Vec<u8> = out.iter().flat_map(|extent| extent.bytes().to_vec()).collect();
                    assert_eq!(all.len(), bytes);
                    return Ok(all);
                }
                ReadOutcome::Empty => return Ok(Vec::new()),
                ReadOutcome::Pending => self.settle(),
            }
        }
        panic!("the read stays pending");
    }

    /// Reads the whole log, in steps.
    pub fn read_all(&mut self, bytes_max: usize) -> Vec<u8> {
        let (mut at, end) = (self.log.log_start_offset(), self.log.flushed_end_offset());
        let mut all = Vec::new();
        while at < end {
            let bytes = self.read(at, end, bytes_max).unwrap();
            assert!(!bytes.is_empty(), "something is there at {at} below {end}");
            let mut last = at;
            for batch in loglane_storage::batch::Batches::checked(&bytes) {
                last = batch.expect("what is read is whole and good").header.last_offset().plus(1);
            }
            all.extend_from_slice(&bytes);
            at = last;
        }
        all
    }

    pub fn close(&mut self) {
        self.close_with(CloseSync::Each);
    }

    pub fn close_with(&mut self, sync: CloseSync) {
        self.log.close(sync);
        self.settle();
        assert!(self.log.is_closed(), "the log closes: {:?}", self.log.take_failure());
        if sync == CloseSync::Together {
            self.disk.sync_all(&directory()).unwrap();
        }
        self.log.release(&mut self.pool);
        // Blocks that a test's read borrowed are free by now.
        self.pool.reclaim(usize::MAX);
        assert_eq!(self.pool.out_bytes(), 0, "every block came back");
    }
}

/// A batch of `count` records of `value_bytes` each.
pub fn batch(count: usize, value_bytes: usize, timestamp_ms: i64) -> Vec<u8> {
    let mut builder = BatchBuilder::new();
    let value = vec![0x5a; value_bytes];
    for at in 0..count {
        builder.push(timestamp_ms, Some(&at.to_be_bytes()), Some(&value), &[]);
    }
    builder.finish()
}

//! The log of one partition: the state machine that the broker drives.
//!
//! The log decides and never waits. Its call order, within one turn of its shard:
//!
//! 1. [`Log::append_leader`] or [`Log::append_replicated`] for what came in, [`Log::read`] for who asks.
//! 2. Completions: [`Log::on_written`], [`Log::on_read`], [`Log::on_job`].
//! 3. [`Log::next_work`] until it has no more; everything it hands out must come back by one of the above.
//!
//! The invariant to remember: `log_start_offset <= flushed_end_offset <= log_end_offset`, and nothing at or past
//! the flushed end is ever lent to a reader.

use crate::cache::BatchCache;
use crate::close::CloseSync;
use crate::job::{LogJob, LogJobDone, Outcome, Task};
use crate::leader_epoch::{EpochEnd, EpochEntry, LeaderEpochs};
use crate::log_config::LogConfig;
use crate::lookup::{LookupAnswer, LookupTask};
use crate::open::Recovered;
use crate::producer_snapshot;
use crate::producer_state::{ProducerLimits, ProducerStates};
use crate::reader::Reader;
use crate::recovery_position::{BatchMark, Capture, partition_of};
use crate::retention::Doomed;
use crate::roll::segment_bytes_max;
use crate::segment::Segment;
use crate::sums::{Damage, SumsKey};
use crate::truncate::CutTo;
use loglane_model::{BlockPool, Bug, DiskRead, DiskWrite, LeaderEpoch, Offset, TopicId, planted};
use std::collections::VecDeque;
use std::io;
use std::path::{Path, PathBuf};

/// Work that a log wants done.
#[derive(Debug)]
pub enum LogWork {
    /// Comes back by [`Log::on_written`].
    Write(DiskWrite),
    /// Comes back by [`Log::on_read`].
    Read(DiskRead),
    /// Comes back by [`Log::on_job`].
    Job(LogJob),
}

/// Why a log went offline. Nothing is retried: after a failed write or sync nobody knows what is on the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogFault {
    /// What failed.
    pub failure: LogFailure,
    /// How.
    pub error: io::ErrorKind,
}

/// What failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFailure {
    /// A write of batches.
    Write,
    /// Opening or making the file that is appended to.
    Open,
    /// Making room in the active segment.
    Grow,
    /// Rolling a segment, or writing what belongs beside it.
    Roll,
    /// Removing segments.
    Remove,
    /// Syncing the active segment.
    Sync,
    /// Cutting the log back.
    Truncate,
    /// The clean stop.
    Close,
}

/// The one job of a log that may be under way beside loads and look-ups: these change files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Structural {
    Open,
    Grow,
    Roll,
    Seal,
    Remove,
    Unlink,
    Sync,
    Truncate,
    Close,
}

/// The log of one partition.
#[derive(Debug)]
pub struct Log {
    pub(crate) id: u32,
    pub(crate) dir: PathBuf,
    pub(crate) topic_id: TopicId,
    pub(crate) config: LogConfig,
    /// It has a directory.
    pub(crate) is_made: bool,
    /// Its files are as a clean stop left them.
    pub(crate) is_untouched: bool,
    /// There are files in the directory that only the next start removes.
    pub(crate) has_leftovers: bool,
    /// A reader waits for the file of the oldest open segment.
    pub(crate) wants_file: bool,
    /// Oldest first, never empty. The open ones stand at the end.
    pub(crate) segments: VecDeque<Segment>,
    pub(crate) log_start_offset: Offset,
    pub(crate) flushed_end_offset: Offset,
    pub(crate) log_end_offset: Offset,
    /// Where Kafka's recovery would begin.
    pub(crate) recovery_point: Offset,
    pub(crate) producers: ProducerStates,
    pub(crate) epochs: LeaderEpochs,
    /// Batches have epochs that the checkpoint does not know. Recovery finds those in the batches, so it is written
    /// when a segment is left that recovery will not read again, and at the clean stop.
    pub(crate) epochs_changed: bool,
    pub(crate) cache: BatchCache,
    pub(crate) reader: Reader,
    /// Batches whose header changes under the CRC are put together here.
    pub(crate) scratch: Vec<u8>,
    /// Producer snapshots of segments that were begun, until they are written with the segment before them.
    pub(crate) snapshots: VecDeque<(Offset, Vec<u8>)>,
    /// Where a snapshot lies that belongs to no segment's beginning: the last clean stop has left it. It goes with the
    /// next seal, and with the next stop, which leaves another one.
    pub(crate) last_snapshot: Option<Offset>,
    /// Segments that were rolled and whose indexes are not on disk yet.
    pub(crate) to_seal: VecDeque<Offset>,
    /// Sealed segments that a reader waits for.
    pub(crate) to_load: VecDeque<Offset>,
    /// Segments that left the log and whose files have not been renamed yet.
    pub(crate) to_remove: Vec<Offset>,
    /// Segments whose files were renamed, until they are removed for good.
    pub(crate) doomed: VecDeque<Doomed>,
    pub(crate) truncating: Option<CutTo>,
    pub(crate) lookups: VecDeque<LookupTask>,
    pub(crate) answers: VecDeque<LookupAnswer>,
    /// Damage that was found and not told yet.
    pub(crate) damage: Vec<Damage>,
    /// The last batch that was appended to the active segment.
    pub(crate) last_batch: Option<BatchMark>,
    pub(crate) capture: Capture,
    /// What was appended since the last position that was taken.
    pub(crate) bytes_since_position: u64,
    /// How much of that the position on its way covers.
    pub(crate) captured_bytes: u64,
    /// All that is flushed of the active segment survives a power cut.
    pub(crate) is_synced: bool,
    /// Something was written since the last sync was handed out that does not.
    pub(crate) written_since_sync: bool,
    /// The file is to be closed, and has to be synced first.
    pub(crate) wants_sync: bool,
    /// Bytes that were read when the log was opened.
    pub(crate) recovered_bytes: u64,
    pub(crate) structural: Option<Structural>,
    pub(crate) closing: Closing,
    pub(crate) close_sync: CloseSync,
    pub(crate) fault: Option<LogFault>,
    /// The fault has not been taken yet.
    pub(crate) fault_is_news: bool,
}

/// How far the clean stop is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Closing {
    No,
    Wanted,
    Done,
}

impl Log {
    /// Brings a recovered log to life.
    pub(crate) fn new(
        id: u32,
        dir: PathBuf,
        topic_id: TopicId,
        config: LogConfig,
        recovered: Recovered,
    ) -> Log {
        let log = Log {
            id,
            dir,
            topic_id,
            config,
            is_made: recovered.is_made,
            is_untouched: recovered.is_clean,
            has_leftovers: recovered.has_leftovers,
            wants_file: false,
            segments: recovered.segments,
            log_start_offset: recovered.log_start_offset,
            flushed_end_offset: recovered.log_end_offset,
            log_end_offset: recovered.log_end_offset,
            recovery_point: recovered.recovery_point,
            producers: recovered.producers,
            epochs: recovered.epochs,
            epochs_changed: recovered.epochs_changed,
            cache: BatchCache::default(),
            reader: Reader::default(),
            scratch: Vec::new(),
            snapshots: VecDeque::new(),
            last_snapshot: recovered.last_snapshot,
            to_seal: VecDeque::new(),
            to_load: VecDeque::new(),
            to_remove: Vec::new(),
            doomed: VecDeque::new(),
            truncating: None,
            lookups: VecDeque::new(),
            answers: VecDeque::new(),
            damage: recovered.damage,
            last_batch: recovered.last_batch,
            capture: Capture::None,
            bytes_since_position: recovered.scanned_bytes,
            captured_bytes: 0,
            is_synced: true,
            written_since_sync: false,
            wants_sync: false,
            recovered_bytes: recovered.scanned_bytes,
            structural: None,
            closing: Closing::No,
            close_sync: CloseSync::Each,
            fault: None,
            fault_is_news: false,
        };
        log.assert_ordered();
        log
    }

    /// Replaces what the log knows by what was found on disk.
    pub(crate) fn adopt(&mut self, recovered: Recovered) {
        self.is_untouched = false;
        self.has_leftovers |= recovered.has_leftovers;
        self.segments = recovered.segments;
        self.log_start_offset = recovered.log_start_offset;
        self.flushed_end_offset = recovered.log_end_offset;
        self.log_end_offset = recovered.log_end_offset;
        self.recovery_point = recovered.recovery_point;
        self.producers = recovered.producers;
        self.epochs = recovered.epochs;
        self.epochs_changed = recovered.epochs_changed;
        self.damage.extend(recovered.damage);
        self.last_batch = recovered.last_batch;
        self.last_snapshot = recovered.last_snapshot;
        self.capture = Capture::None;
        self.bytes_since_position = recovered.scanned_bytes;
        self.is_synced = true;
        self.to_load.clear();
    }

    /// Whether the log was opened as a clean stop had left it, by the position that it left, or has no files yet: a
    /// kill before the next append leaves nothing to read.
    #[must_use]
    pub fn was_untouched(&self) -> bool {
        self.is_untouched && self.recovered_bytes == 0
    }

    /// How many bytes were read to open the log.
    #[must_use]
    pub fn recovered_bytes(&self) -> u64 {
        self.recovered_bytes
    }

    /// First offset that may be read.
    #[must_use]
    pub fn log_start_offset(&self) -> Offset {
        self.log_start_offset
    }

    /// Everything below has reached the topic's durability level, and may be read.
    #[must_use]
    pub fn flushed_end_offset(&self) -> Offset {
        self.flushed_end_offset
    }

    /// The next offset that will be assigned.
    #[must_use]
    pub fn log_end_offset(&self) -> Offset {
        self.log_end_offset
    }

    /// Where the oldest transaction begins that is open, or whose end is not below the high watermark yet.
    #[must_use]
    pub fn first_unstable_offset(&self) -> Option<Offset> {
        self.producers.first_unstable_offset()
    }

    /// Markers below `high_watermark` are final from now on; see [`Log::first_unstable_offset`].
    pub fn on_high_watermark(&mut self, high_watermark: Offset) {
        self.producers.on_high_watermark(high_watermark);
    }

    /// What is known of the log's producers, for `DescribeProducers` and the verification of transactions.
    #[must_use]
    pub fn producers(&self) -> &ProducerStates {
        &self.producers
    }

    /// How many producers the log may remember from now on: its share of what the shard may. Those that were not
    /// heard of for longest are forgotten at the next append.
    pub fn limit_producers(&mut self, count_max: usize) {
        let mut limits = producer_limits(&self.config);
        limits.count_max = count_max.clamp(1, limits.count_max);
        self.producers.set_limits(limits);
    }

    /// Forgets producers that were not heard of for long.
    pub fn expire_producers(&mut self, now_ms: i64) {
        self.producers.remove_expired(now_ms);
    }

    /// The log's directory.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The topic's id.
    #[must_use]
    pub fn topic_id(&self) -> TopicId {
        self.topic_id
    }

    /// What the log is told by its topic.
    #[must_use]
    pub fn config(&self) -> &LogConfig {
        &self.config
    }

    /// Replaces the configuration, from the next append or check on.
    pub fn set_config(&mut self, config: LogConfig) {
        self.producers.set_limits(producer_limits(&config));
        self.config = config;
    }

    /// Bytes of all segments, unwritten batches included.
    #[must_use]
    pub fn size_bytes(&self) -> u64 {
        self.segments.iter().map(|segment| segment.bytes).sum()
    }

    /// How many segments there are.
    #[must_use]
    pub fn segment_count(&self) -> usize {
        self.segments.len()
    }

    /// What `recovery-point-offset-checkpoint` may say of this log: the base of the oldest segment that is not
    /// complete on disk with its indexes.
    #[must_use]
    pub fn recovery_point(&self) -> Offset {
        self.recovery_point
    }

    /// The epoch of the newest batch or assignment.
    #[must_use]
    pub fn latest_epoch(&self) -> Option<EpochEntry> {
        self.epochs.latest()
    }

    /// The epochs, oldest first.
    #[must_use]
    pub fn epochs(&self) -> &LeaderEpochs {
        &self.epochs
    }

    /// Where `epoch` ends, for `OffsetForLeaderEpoch`; `None` for one that is newer than all known ones.
    #[must_use]
    pub fn end_offset_for_epoch(&self, epoch: LeaderEpoch) -> Option<EpochEnd> {
        let end = self.epochs.end_offset_for(epoch, self.log_end_offset)?;
        // Entries may reach back before the log's start, as far as the oldest segment does.
        Some(EpochEnd { end_offset: end.end_offset.max(self.log_start_offset), ..end })
    }

    /// This broker leads with `epoch` from now on: its batches begin at the log's end. An epoch without batches is
    /// nothing that a later start would have to know.
    pub fn assign_epoch(&mut self, epoch: LeaderEpoch) {
        self.epochs.assign(epoch, self.log_end_offset);
    }

    /// Whose the chains of checksums are.
    pub(crate) fn sums_key(&self) -> SumsKey {
        SumsKey { topic_id: self.topic_id, partition: partition_of(&self.dir) }
    }

    /// Damage that was found since this was last asked, each place once as long as it is not read again.
    pub fn take_damage(&mut self) -> Vec<Damage> {
        std::mem::take(&mut self.damage)
    }

    /// Takes note of damage, in a bounded list: who does not ask shall not fill the memory.
    pub(crate) fn note_damage(&mut self, damage: Damage) {
        if self.damage.len() < DAMAGE_MAX && !self.damage.contains(&damage) {
            self.damage.push(damage);
        }
    }

    /// A batch of `epoch` is about to be appended.
    pub(crate) fn note_epoch(&mut self, epoch: LeaderEpoch, base_offset: Offset) {
        self.epochs.assign(epoch, base_offset);
        self.epochs_changed |= self.epochs.latest().is_some_and(|latest| latest.start_offset == base_offset);
        self.is_untouched = false;
    }

    /// Whether the log went offline for good.
    #[must_use]
    pub fn is_offline(&self) -> bool {
        self.fault.is_some()
    }

    /// Why the log went offline, once. The shard then takes the whole log directory offline.
    pub fn take_failure(&mut self) -> Option<LogFault> {
        if !std::mem::take(&mut self.fault_is_news) {
            return None;
        }
        self.fault
    }

    /// Takes the log offline because its directory is, without a failure of its own.
    pub fn take_offline(&mut self, error: io::ErrorKind) {
        self.fault.get_or_insert(LogFault { failure: LogFailure::Write, error });
    }

    pub(crate) fn fail(&mut self, failure: LogFailure, error: &io::Error) {
        if self.fault.is_none() {
            self.fault = Some(LogFault { failure, error: error.kind() });
            self.fault_is_news = true;
        }
    }

    /// Whether reads that were pending may be tried again; asking clears it.
    pub fn take_reads_ready(&mut self) -> bool {
        std::mem::take(&mut self.reader.ready)
    }

    /// Memory of the batch cache: what a [`crate::BatchCacheBudget`] counts.
    #[must_use]
    pub fn cached_bytes(&self) -> usize {
        self.cache.block_bytes()
    }

    /// Memory of cold reads that were not lent yet.
    #[must_use]
    pub fn cold_bytes(&self) -> usize {
        self.reader.block_bytes()
    }

    /// Memory of batches that are not written yet.
    #[must_use]
    pub fn unwritten_bytes(&self) -> usize {
        self.segments.iter().filter_map(|segment| segment.appender.as_ref()).map(|a| a.block_bytes()).sum()
    }

    /// Evicts the oldest block of the batch cache; returns its bytes, 0 if nothing is cached.
    pub fn evict_oldest_block(&mut self, pool: &mut BlockPool) -> usize {
        if let Some(block) = self.cache.oldest_block() {
            for segment in &mut self.segments {
                if let Some(appender) = &mut segment.appender {
                    appender.before_eviction_of(block);
                }
            }
        }
        self.cache.evict_oldest(pool)
    }

    /// Evicts the oldest blocks until at most `keep_bytes` are cached; returns what is.
    pub fn shrink_cache(&mut self, keep_bytes: usize, pool: &mut BlockPool) -> usize {
        while self.cached_bytes() > keep_bytes && self.evict_oldest_block(pool) > 0 {}
        self.cached_bytes()
    }

    /// Drops read-ahead until at most `keep_bytes` of it are held, reads in flight aside; returns what is held.
    pub fn shrink_cold_reads(&mut self, keep_bytes: usize, pool: &mut BlockPool) -> usize {
        while self.cold_bytes() > keep_bytes && self.evict_oldest_read_ahead(pool) {}
        self.cold_bytes()
    }

    /// Memory of the indexes of sealed segments, and a nominal [`OPEN_FILE_BYTES`] for each of their open files.
    #[must_use]
    pub fn loaded_bytes(&self) -> usize {
        self.segments.iter().filter(|segment| !segment.is_open()).map(Segment::loaded_bytes).sum()
    }

    /// Closes files and forgets indexes of sealed segments, those first that were read longest ago, until at most
    /// `keep_bytes` are taken; returns what is taken.
    pub fn shrink_loaded(&mut self, keep_bytes: usize) -> usize {
        while self.loaded_bytes() > keep_bytes {
            let to_seal = &self.to_seal;
            let idle = self.segments.iter_mut().filter(|segment| {
                !segment.is_open() && segment.loaded_bytes() > 0 && !to_seal.contains(&segment.base_offset)
            });
            let Some(oldest) = idle.min_by_key(|segment| segment.used) else { break };
            oldest.unload();
        }
        self.loaded_bytes()
    }

    /// Drops the read-ahead that was used least recently; returns whether there was any that could go.
    pub fn evict_oldest_read_ahead(&mut self, pool: &mut BlockPool) -> bool {
        self.reader.drop_oldest_cursor(pool)
    }

    /// The segment that is appended to.
    pub(crate) fn active(&self) -> &Segment {
        self.segments.back().expect("a log has a segment")
    }

    pub(crate) fn active_mut(&mut self) -> &mut Segment {
        self.segments.back_mut().expect("a log has a segment")
    }

    /// The oldest open segment: the one whose bytes are being written.
    pub(crate) fn front_open_index(&self) -> usize {
        let open = self.segments.iter().rev().take_while(|segment| segment.is_open()).count();
        self.segments.len().checked_sub(open.max(1)).expect("the last segment is open")
    }

    /// The next thing to do, until there is none. `now_ms` is the wall clock.
    pub fn next_work(&mut self, now_ms: i64, pool: &mut BlockPool) -> Option<LogWork> {
        if self.fault.is_none() {
            self.close_at_once();
        }
        if self.fault.is_some() || self.closing == Closing::Done {
            return None;
        }
        self.try_capture(now_ms);
        if let Some(write) = self.next_write() {
            return Some(LogWork::Write(write));
        }
        if let Some(task) = self.next_task(now_ms) {
            return Some(LogWork::Job(LogJob { log: self.id, task }));
        }
        let segments = &self.segments;
        let file_of = |base| {
            let segment = find(segments, base)?;
            Some((segment.file.clone()?, segment.readable_bytes))
        };
        self.reader.next_read(self.id, pool, file_of).map(LogWork::Read)
    }

    fn next_write(&mut self) -> Option<DiskWrite> {
        let durable = self.config.durable && !planted(Bug::WriteWithoutFlush);
        let id = self.id;
        let front = self.front_open_index();
        let segment = &mut self.segments[front];
        let file = segment.file.as_ref()?;
        segment.appender.as_mut().expect("it is open").next_write(id, file, durable)
    }

    fn next_task(&mut self, now_ms: i64) -> Option<Task> {
        if let Some(task) = self.next_load() {
            return Some(Task::Load(task));
        }
        if let Some(task) = self.next_lookup() {
            return Some(task);
        }
        if self.structural.is_some() {
            return None;
        }
        if let Some((kind, task)) = self.next_open() {
            self.structural = Some(kind);
            return Some(task);
        }
        let growth = self.next_growth();
        if growth.is_none() && self.waits_for_growth() {
            return None; // Any other job would hold up the writes that wait for the space.
        }
        let (kind, task) = growth
            .or_else(|| self.structural_roll())
            .or_else(|| self.next_truncation(now_ms))
            .or_else(|| self.next_removal(now_ms))
            .or_else(|| self.next_sync())
            .or_else(|| self.next_close())?;
        self.structural = Some(kind);
        Some(task)
    }

    fn next_growth(&mut self) -> Option<(Structural, Task)> {
        let front = self.front_open_index();
        // Space ahead is only of use to a segment that will be appended to.
        let goes_on = front + 1 == self.segments.len() && !self.is_busy();
        let limit = if goes_on { segment_bytes_max(&self.config) } else { 0 };
        let segment = &mut self.segments[front];
        let file = segment.file.clone()?;
        let step = segment.appender.as_mut().expect("it is open").next_growth(limit)?;
        Some((Structural::Grow, step.into_task(file)))
    }

    fn waits_for_growth(&self) -> bool {
        self.segments[self.front_open_index()]
            .appender
            .as_ref()
            .is_some_and(|appender| appender.waits_for_growth())
    }

    /// Path and contents of the epochs' checkpoint.
    pub(crate) fn epochs_file(&self) -> (PathBuf, Vec<u8>) {
        let mut epochs = self.epochs.clone();
        epochs.truncate_from_end(self.log_end_offset);
        (self.dir.join(crate::leader_epoch::FILE_NAME), epochs.encode().into_bytes())
    }

    /// Takes in a completed write. A failed one takes the log offline.
    pub fn on_written(&mut self, write: DiskWrite, result: io::Result<()>, pool: &mut BlockPool) {
        assert_eq!(write.log, self.id);
        if let Err(error) = result
            && !planted(Bug::IgnoreFailedWrite)
        {
            self.fail(LogFailure::Write, &error);
        }
        if self.fault.is_some() {
            return;
        }
        let durable = write.durable;
        let front = self.front_open_index();
        let segment = &mut self.segments[front];
        let appender = segment.appender.as_mut().expect("a write belongs to the oldest open segment");
        appender.on_written(write);
        while let Some(written) = appender.next_written() {
            self.cache.push(segment.base_offset, written.block, written.position, written.end, pool);
            if let Some(end) = written.batch_end {
                assert!(end.end_offset > self.flushed_end_offset, "the flushed end only moves forward");
                self.flushed_end_offset = end.end_offset;
                segment.readable_bytes = end.position;
                segment.readable_chain = end.chain;
                segment.readable_newest = end.newest;
            }
        }
        self.is_synced &= durable;
        self.written_since_sync |= !durable;
        self.advance_capture();
        self.assert_ordered();
    }

    /// Takes in a completed read. A failed one fails the reads that wait for it.
    pub fn on_read(&mut self, read: DiskRead, result: io::Result<usize>, pool: &mut BlockPool) {
        assert_eq!(read.log, self.id);
        self.reader.on_read(read, result, pool);
    }

    /// Takes in a job that ran.
    pub fn on_job(&mut self, done: LogJobDone, pool: &mut BlockPool) {
        assert_eq!(done.log, self.id);
        match done.outcome {
            Outcome::Loaded(loaded) => self.on_loaded(loaded),
            Outcome::Opened(result) => {
                self.end_structural(Structural::Open);
                self.on_file_opened(result);
            }
            Outcome::Grown(result) => {
                self.end_structural(Structural::Grow);
                self.on_grown(result);
            }
            Outcome::Rolled(result) => {
                self.end_structural(Structural::Roll);
                self.on_rolled(result, pool);
            }
            Outcome::Sealed(result) => {
                self.end_structural(Structural::Seal);
                self.on_sealed(result);
            }
            Outcome::Removed(result) => {
                self.end_structural(Structural::Remove);
                self.on_removed(result);
            }
            Outcome::Unlinked => self.end_structural(Structural::Unlink),
            Outcome::Synced(result) => {
                self.end_structural(Structural::Sync);
                self.on_synced(result);
            }
            Outcome::Truncated(result) => {
                self.end_structural(Structural::Truncate);
                self.on_truncated(result, pool);
            }
            Outcome::Lookup(answer) => self.answers.push_back(answer),
            Outcome::Closed(result) => {
                self.end_structural(Structural::Close);
                self.on_closed(result);
            }
        }
    }

    fn end_structural(&mut self, kind: Structural) {
        assert_eq!(self.structural.take(), Some(kind), "one structural job at a time");
    }

    fn on_grown(&mut self, result: io::Result<()>) {
        match result {
            Ok(()) => {
                let front = self.front_open_index();
                self.segments[front].appender.as_mut().expect("it is open").on_grown();
            }
            Err(error) => self.fail(LogFailure::Grow, &error),
        }
    }

    /// Gives every block back to the pool: for a log that is closed, offline or deleted. Completions that are still
    /// to come must not be handed in any more.
    pub fn release(&mut self, pool: &mut BlockPool) {
        for segment in &mut self.segments {
            if let Some(appender) = &mut segment.appender {
                appender.release(pool);
            }
        }
        self.cache.clear(pool);
        self.reader.forget(pool);
        self.closing = Closing::Done;
    }

    pub(crate) fn snapshot_bytes(&self) -> Vec<u8> {
        producer_snapshot::encode(&self.producers.to_snapshot())
    }

    pub(crate) fn assert_ordered(&self) {
        assert!(self.log_start_offset <= self.flushed_end_offset);
        assert!(self.flushed_end_offset <= self.log_end_offset);
        assert!(self.active().is_open(), "the last segment is open");
    }
}

pub(crate) fn find(segments: &VecDeque<Segment>, base_offset: Offset) -> Option<&Segment> {
    segments.binary_search_by_key(&base_offset, |segment| segment.base_offset).ok().map(|at| &segments[at])
}

/// Places of damage that are remembered until somebody asks.
const DAMAGE_MAX: usize = 64;

/// What an open file counts in [`Log::loaded_bytes`]: a budget of so many bytes allows that many files at most.
pub const OPEN_FILE_BYTES: usize = 16 * 1024;

/// Bounds on what is remembered of producers.
pub(crate) fn producer_limits(config: &LogConfig) -> ProducerLimits {
    ProducerLimits { expiration_ms: config.producer_id_expiration_ms, count_max: PRODUCERS_MAX }
}

/// Producers that one log remembers; each takes about 300 bytes.
const PRODUCERS_MAX: usize = 100_000;

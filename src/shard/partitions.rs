//! The partitions of this shard: driving their logs, and what follows when a log moves on.

use super::Shard;
use super::mail::Mail;
use super::moves::{MoveFailure, MovedLog};
use super::recovery::LogPlace;
use super::token::Purpose;
use crate::api::describe_log_dirs::Volume;
use crate::api::produce::ProduceResult;
use crate::api::survey::Told;
use crate::controller::SnapshotOnDisk;
use crate::partition::{Partition, State};
use crate::slots::SlotId;
use loglane_model::{DiskRead, DiskWrite, FileSystem, Job, JobDone, PartitionId, TopicId};
use loglane_net::ErrorCode;
use loglane_ring::{Io, Op};
use loglane_storage::scrub::ScrubStep;
use loglane_storage::{
    CopyError, IdleFile, Log, LogCopy, LogJob, LogJobDone, LogWork, OpenError, make_together,
};
use std::io;

/// Lent blocks that are looked at each turn.
const RECLAIM_PER_TURN: usize = 16;

/// From so many new logs in one turn on their files are made and synced together.
const MAKE_TOGETHER_MIN: usize = 16;

/// At most so many: the first of them wait for the last, and the helpers share the work.
const MAKE_TOGETHER_MAX: usize = 512;

/// Open files that are looked at each turn while there are too many.
const FILES_PER_TURN: usize = 64;

/// Everything that the helper pool can bring back to a shard.
pub(crate) enum ShardJobDone {
    /// Logs were opened, recovered or made, or not.
    Opened(Vec<(SlotId, Result<Box<Log>, OpenError>)>),
    /// A log's own job.
    Log { slot: SlotId, done: LogJobDone },
    /// The first files of several logs were made, or not.
    Made(Vec<(SlotId, LogJobDone)>),
    /// Everything on a directory's file system was synced, or not.
    Synced { directory: u16, result: io::Result<()> },
    /// A job of the metadata log's.
    MetadataLog(LogJobDone),
    /// A deleted partition's directory was renamed, or removed, or not.
    Deleted { slot: SlotId, directory: u16, result: io::Result<()> },
    /// A snapshot of the metadata was written, or not.
    Snapshot(io::Result<SnapshotOnDisk>),
    /// Recovery positions were written: how long the directory's file is now.
    Positions { directory: u16, is_rewritten: bool, result: io::Result<u64> },
    /// A file of the broker's was written, or not.
    Written { what: &'static str, result: io::Result<()> },
    /// Checkpoint files were written, but in those directories.
    Checkpointed(Vec<(u16, io::Error)>),
    /// A step of a log's copy has ended.
    Copied { slot: SlotId, copy: Box<LogCopy>, result: Result<bool, CopyError> },
    /// A log that moves was opened in one of its directories.
    Moved { slot: SlotId, directory: u16, result: Result<MovedLog, MoveFailure> },
    /// How large the volumes are, for a request.
    Volumes { request: SlotId, volumes: Vec<Volume> },
    /// A part of a segment was scrubbed, or could not be read.
    Scrubbed { slot: SlotId, result: io::Result<ScrubStep> },
    /// The files of a clean stop were written, but in those directories.
    Closed(Vec<(u16, io::Error)>),
}

/// Jobs of requests, which belong to no log, run in a lane of their own.
const REQUEST_LANE: u32 = u32::MAX - (1 << 17) - 1;

/// Hands a log's job to the helper pool, in the log's lane.
fn spawn_log_job<I: Io<Mail>>(io: &mut I, slot: SlotId, job: LogJob) {
    let run = move |fs: &dyn FileSystem| -> JobDone {
        let done = Box::new(job).run(fs).downcast::<LogJobDone>();
        Box::new(ShardJobDone::Log { slot, done: *done.expect("a log's jobs end in one type") })
    };
    io.spawn(Purpose::Job.token(), slot.index, Box::new(run));
}

impl<I: Io<Mail>> Shard<I> {
    /// Has the helper pool do something for a request.
    pub(crate) fn spawn_aside(&mut self, job: Box<dyn Job>) {
        self.io.spawn(Purpose::Job.token(), REQUEST_LANE, job);
    }

    /// This shard's place for a partition, if it owns it. One that is ready counts before it is published here:
    /// another shard may have published it already, and send what its clients want of it.
    pub(crate) fn slot_of(&self, topic: TopicId, partition: PartitionId) -> Option<SlotId> {
        let published =
            self.topics.by_id(topic).and_then(|entry| entry.place(partition)).and_then(|place| place.slot);
        published.or_else(|| self.metadata.prepared_slot(topic, partition))
    }

    pub(crate) fn partition_of(&mut self, topic: TopicId, partition: PartitionId) -> Option<&mut Partition> {
        let slot = self.slot_of(topic, partition)?;
        self.partitions.get_mut(slot)
    }

    /// Notes that a log may have work for the disk.
    pub(crate) fn mark_dirty(&mut self, slot: SlotId) {
        if let Some(partition) = self.partitions.get_mut(slot)
            && !partition.is_dirty
        {
            partition.is_dirty = true;
            self.dirty.push(slot);
        }
    }

    /// End of the turn: hands the work of all logs that have some to the ring and the helper pool.
    pub(crate) fn submit_log_work(&mut self) {
        self.drive_dirty_logs();
        self.submit_metadata_work();
        if self.take_recovery_positions() {
            self.submit_metadata_work();
            self.drive_dirty_logs();
        }
        self.write_recovery_positions();
        self.settle_memory();
        self.settle_files();
    }

    fn drive_dirty_logs(&mut self) {
        let mut making = std::mem::take(&mut self.scratch.making);
        while let Some(slot) = self.dirty.pop() {
            let Some(partition) = self.partitions.get_mut(slot) else { continue };
            partition.is_dirty = false;
            let (mut submitted, directory) = (0, partition.directory);
            let Some(log) = partition.driven_log() else { continue };
            while let Some(work) = log.next_work(self.wall_ms, &mut self.pool) {
                submitted += 1;
                match work {
                    LogWork::Write(write) => {
                        self.io.submit(Purpose::LogWrite(slot).token(), Op::Write(write));
                    }
                    LogWork::Read(read) => self.cold_reads.ask(slot, read),
                    LogWork::Job(job) if job.makes_files() => {
                        making.push((directory, slot, job));
                    }
                    LogWork::Job(job) => spawn_log_job(&mut self.io, slot, job),
                }
            }
            self.budgets.note(log);
            partition.in_flight += submitted;
            self.chores.is_anything_new |= submitted > 0;
            self.note_position(slot);
            self.after_log_event(slot);
        }
        self.make_logs(&mut making);
        self.scratch.making = making;
        self.submit_cold_reads();
    }

    fn submit_cold_reads(&mut self) {
        while let Some((slot, read)) = self.cold_reads.next_due() {
            self.io.submit(Purpose::LogRead(slot).token(), Op::Read(read));
        }
    }

    /// Makes the first files of logs that got their first batches in this turn: many of them together.
    fn make_logs(&mut self, making: &mut Vec<(u16, SlotId, LogJob)>) {
        if making.len() < MAKE_TOGETHER_MIN {
            for (_, slot, job) in making.drain(..) {
                spawn_log_job(&mut self.io, slot, job);
            }
            return;
        }
        making.sort_unstable_by_key(|(directory, slot, _)| (*directory, *slot));
        while let Some((directory, _, _)) = making.first() {
            let directory = *directory;
            let count = making.partition_point(|(other, _, _)| *other == directory).min(MAKE_TOGETHER_MAX);
            let (slots, jobs): (Vec<SlotId>, Vec<LogJob>) =
                making.drain(..count).map(|(_, slot, job)| (slot, job)).unzip();
            let root = self.directories.path(directory).to_owned();
            // New logs have no other jobs under way that this one could overtake, so any of their lanes will do.
            let lane = slots[0].index;
            let run = move |fs: &dyn FileSystem| -> JobDone {
                let done = make_together(fs, &root, jobs);
                Box::new(ShardJobDone::Made(slots.into_iter().zip(done).collect()))
            };
            self.io.spawn(Purpose::Job.token(), lane, Box::new(run));
        }
    }

    fn on_log_job(&mut self, slot: SlotId, done: LogJobDone) {
        let partition = self.partitions.get_mut(slot).expect("a partition outlives its jobs");
        partition.in_flight -= 1;
        let log = partition.driven_log().expect("a log outlives its jobs");
        log.on_job(done, &mut self.pool);
        if log.has_open_file() && !std::mem::replace(&mut partition.has_file, true) {
            self.with_files.push_back(slot);
        }
        self.after_log_event(slot);
        self.mark_dirty(slot);
    }

    /// Keeps the number of open files within the shard's bound: those that were opened first and are idle are closed,
    /// some after a sync, which the next turn sees the end of.
    fn settle_files(&mut self) {
        let mut too_many = self.with_files.len().saturating_sub(self.limits.log_files_max);
        let mut is_one_to_be_synced = false;
        for _ in 0..FILES_PER_TURN {
            if too_many == 0 {
                break;
            }
            let Some(slot) = self.with_files.pop_front() else { break };
            let partition = self.partitions.get_mut(slot);
            let file = partition.map_or(IdleFile::Closed, |partition| {
                let file = partition.driven_log().map_or(IdleFile::Closed, Log::close_idle_file);
                partition.has_file = file != IdleFile::Closed;
                file
            });
            if file != IdleFile::Closed {
                self.with_files.push_back(slot);
            }
            if file == IdleFile::ToBeSynced {
                self.mark_dirty(slot);
                is_one_to_be_synced = true;
            }
            too_many -= usize::from(file != IdleFile::InUse);
        }
        if is_one_to_be_synced {
            // Nobody may come for long to give the shard another turn.
            self.drive_dirty_logs();
        }
    }

    pub(super) fn on_written(&mut self, slot: SlotId, write: DiskWrite, result: io::Result<()>) {
        let partition = self.partitions.get_mut(slot).expect("a partition outlives its writes");
        partition.in_flight -= 1;
        let log = partition.driven_log().expect("a log outlives its writes");
        log.on_written(write, result, &mut self.pool);
        self.after_log_event(slot);
        self.mark_dirty(slot);
    }

    pub(super) fn on_read(&mut self, slot: SlotId, read: DiskRead, result: io::Result<usize>) {
        self.cold_reads.end(read.len);
        let partition = self.partitions.get_mut(slot).expect("a partition outlives its reads");
        partition.in_flight -= 1;
        let log = partition.driven_log().expect("a log outlives its reads");
        log.on_read(read, result, &mut self.pool);
        self.after_log_event(slot);
        self.mark_dirty(slot);
    }

    pub(super) fn on_job(&mut self, done: JobDone) {
        let done = done.downcast::<ShardJobDone>().expect("a shard's jobs end in one type");
        match *done {
            ShardJobDone::Opened(logs) => self.on_opened(logs),
            ShardJobDone::Log { slot, done } => self.on_log_job(slot, done),
            ShardJobDone::Made(logs) => logs.into_iter().for_each(|(slot, done)| self.on_log_job(slot, done)),
            ShardJobDone::Synced { directory, result } => self.on_synced(directory, result),
            ShardJobDone::MetadataLog(done) => self.on_metadata_job(done),
            ShardJobDone::Snapshot(result) => self.on_snapshot_written(result),
            ShardJobDone::Positions { directory, is_rewritten, result } => {
                self.on_positions_written(directory, is_rewritten, result);
            }
            ShardJobDone::Deleted { slot, directory, result } => self.on_deleted(slot, directory, result),
            ShardJobDone::Checkpointed(failures) => self.on_checkpoints_written(failures),
            ShardJobDone::Written { what, result } => {
                if let Err(error) = result {
                    tracing::error!(%error, "{what} could not be written");
                }
            }
            ShardJobDone::Copied { slot, copy, result } => self.on_copied(slot, copy, result),
            ShardJobDone::Moved { slot, directory, result } => self.on_moved(slot, directory, result),
            ShardJobDone::Volumes { request, volumes } => self.on_told(request, Told::Volumes(volumes)),
            ShardJobDone::Scrubbed { slot, result } => self.on_scrubbed(slot, result),
            ShardJobDone::Closed(failures) => self.on_checkpoints_closed(failures),
        }
    }

    /// What follows from a log's having moved: the high watermark, answers, watches, reads; or its failure.
    fn after_log_event(&mut self, slot: SlotId) {
        let partition = self.partitions.get_mut(slot).expect("the caller looked it up");
        match &mut partition.state {
            State::Online(served) => {
                if let Some(fault) = served.log.take_failure() {
                    tracing::error!(
                        topic = %partition.topic, partition = partition.number.0, ?fault,
                        "the log failed: its directory goes offline"
                    );
                    let directory = partition.directory;
                    self.on_directory_failed(directory);
                    return;
                }
                let flushed = served.log.flushed_end_offset();
                let has_moved =
                    flushed > served.leader.flushed_end_offset() && served.leader.on_flushed(flushed);
                let has_reads = served.log.take_reads_ready();
                let has_lookups = !partition.lookups.is_empty();
                if has_moved {
                    served.log.on_high_watermark(served.leader.high_watermark());
                    self.on_high_watermark(slot);
                }
                if has_reads {
                    self.resume_parked(slot);
                    self.load_group_slice(slot);
                }
                if has_lookups {
                    self.collect_lookups(slot);
                }
                self.advance_move(slot);
            }
            State::Deleting(log) => {
                if log.take_failure().is_some() {
                    let directory = partition.directory;
                    self.on_directory_failed(directory);
                } else {
                    self.advance_delete(slot);
                }
            }
            State::Offline(Some(_)) if partition.in_flight == 0 => {
                if let State::Offline(log) = &mut partition.state
                    && let Some(mut log) = log.take()
                {
                    log.release(&mut self.pool);
                    self.budgets.forget(slot.index);
                    let is_deleted = partition.is_deleted;
                    self.recovery.forget(LogPlace::Partition(slot));
                    if is_deleted {
                        self.partitions.remove(slot);
                    }
                }
            }
            State::Opening | State::Offline(_) | State::Moving => {}
        }
    }

    /// The high watermark of a partition rose.
    fn on_high_watermark(&mut self, slot: SlotId) {
        loop {
            let partition = self.partitions.get_mut(slot).expect("the caller looked it up");
            let Some(waiter) = partition.next_replicated() else { break };
            let result = ProduceResult::done(&waiter.appended, partition.log_start_offset());
            self.answer_ticket(waiter.ticket, result);
        }
        self.on_group_high_watermark(slot);
        self.fire_watches(slot);
    }

    /// Keeps batch caches, read-ahead and loaded indexes within their budgets: what came first goes first, whichever
    /// log has it. The cache may use what the other blocks leave, since it can shrink at once.
    fn settle_memory(&mut self) {
        self.pool.reclaim(RECLAIM_PER_TURN);
        let others = self.pool.out_bytes().saturating_sub(self.budgets.cached.bytes());
        self.budgets.cached.set_bytes_max(self.limits.cache_bytes_max(others));
        let (partitions, pool) = (&mut self.partitions, &mut self.pool);
        let with_log = |slot, shrink: &mut dyn FnMut(&mut Log) -> usize| {
            partitions.by_index_mut(slot).and_then(Partition::driven_log).map_or(0, shrink)
        };
        self.budgets.settle(with_log, pool);
    }

    /// Takes a log directory offline: its partitions answer KAFKA_STORAGE_ERROR from now on. The last directory's
    /// failure, or that of the metadata log's, ends the process: nothing could be served or remembered any more.
    pub(crate) fn on_directory_failed(&mut self, directory: u16) {
        if !self.directories.take_offline(directory) {
            return;
        }
        self.mail_others(|| Mail::DirectoryFailed { directory });
        if self.directories.must_stop() {
            let why = if directory == self.directories.metadata() {
                "and with it the metadata log: nothing can be remembered any more"
            } else {
                "and it was the last one: there is nothing left to serve"
            };
            let path = self.directories.path(directory).display();
            self.closing.fail(format!("log directory {path} failed, {why}"));
        }
        let slots: Vec<SlotId> = self.partitions.ids().collect();
        for slot in slots {
            // What is dropped on the way may end a change of the metadata, and the next one remove any of these.
            let Some(partition) = self.partitions.get_mut(slot).filter(|it| it.directory == directory) else {
                continue;
            };
            let mut is_moving = false;
            match std::mem::replace(&mut partition.state, State::Offline(None)) {
                State::Online(served) => {
                    is_moving = partition.moving.is_some();
                    let mut log = served.log;
                    log.take_offline(io::ErrorKind::Other);
                    partition.state = State::Offline(Some(Box::new(log)));
                }
                State::Opening => partition.state = State::Opening,
                // Either the copy is complete, or its job fails and the log is offline then.
                State::Moving => partition.state = State::Moving,
                State::Deleting(mut log) => {
                    log.take_offline(io::ErrorKind::Other);
                    partition.state = State::Offline(Some(log));
                    self.drop_offline(slot);
                }
                offline @ State::Offline(_) => partition.state = offline,
            }
            if is_moving {
                self.abandon_move(slot);
            }
            self.fail_waiters(slot, ErrorCode::KafkaStorageError);
            self.after_log_event(slot);
        }
        self.report_lost_directories();
    }

    /// Answers everybody who waits for a partition that will not serve them any more.
    pub(crate) fn fail_waiters(&mut self, slot: SlotId, error: ErrorCode) {
        let partition = self.partitions.get_mut(slot).expect("the caller looked it up");
        let lookups = std::mem::take(&mut partition.lookups);
        for waiter in std::mem::take(&mut partition.produces) {
            self.answer_ticket(waiter.ticket, ProduceResult::failed(error));
        }
        for (_, ticket) in lookups {
            self.answer_lookup(ticket, crate::api::lookup::LookupAnswer::failed(error));
        }
        self.release_held(slot);
        self.end_coordinator(slot);
        self.fire_watches(slot);
        self.resume_parked(slot);
    }
}

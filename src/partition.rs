//! One partition on the shard that owns it: its log, the leader's view of it, and who waits for it.

use crate::api::fetch::{FetchPart, PartitionView, PeekQuery};
use crate::api::lookup::LookupTicket;
use crate::api::produce::{HeldBatch, ProduceTicket};
use crate::config::TopicConfig;
use crate::error::error_of_read;
use crate::shard::counts::Traffic;
use crate::shard::moves::Move;
use crate::slots::SlotId;
use loglane_model::{
    BlockPool, BrokerId, Bug, Instant, LeaderEpoch, Offset, PartitionId, ShardId, TopicId, planted,
};
use loglane_net::ErrorCode;
use loglane_replication::image::Topic;
use loglane_replication::record::PartitionRecord;
use loglane_replication::{LeaderProgress, LeaderStart, Leadership};
use loglane_storage::validate::Origin;
use loglane_storage::{AppendError, Appended, Log, LogConfig};
use std::collections::VecDeque;
use std::sync::Arc;

/// A produce that waits until its records have reached the topic's durability level.
#[derive(Debug)]
pub(crate) struct ProduceWaiter {
    pub(crate) ticket: ProduceTicket,
    pub(crate) appended: Appended,
}

/// A fetch that wants to be told when there is more; stays until it is taken away.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Watch {
    pub(crate) shard: ShardId,
    pub(crate) request: SlotId,
    pub(crate) item: u32,
    pub(crate) query: PeekQuery,
}

/// A log that is served, and what its leader knows.
#[derive(Debug)]
pub(crate) struct Served {
    pub(crate) log: Log,
    pub(crate) leader: LeaderProgress,
}

/// Where a partition is in its life.
#[derive(Debug)]
pub(crate) enum State {
    /// A job opens or recovers the log.
    Opening,
    Online(Box<Served>),
    /// Its log directory has failed; the log, if there is one, waits for what it has in flight.
    Offline(Option<Box<Log>>),
    /// Its log is closed, and moves to another log directory.
    Moving,
    /// Its topic has been deleted; the log drains before its directory goes.
    Deleting(Box<Log>),
}

/// One per partition, on one shard.
#[derive(Debug)]
#[expect(clippy::vec_box, reason = "parked parts travel in mail, boxed")]
pub(crate) struct Partition {
    pub(crate) topic: Arc<str>,
    pub(crate) topic_id: TopicId,
    pub(crate) number: PartitionId,
    /// Index of its log directory.
    pub(crate) directory: u16,
    /// As the metadata says.
    pub(crate) leadership: Leadership,
    pub(crate) state: State,
    /// In order of their end offsets.
    pub(crate) produces: VecDeque<ProduceWaiter>,
    /// Batches that wait for the end of a move, in the order in which they came.
    pub(crate) held: VecDeque<HeldBatch>,
    pub(crate) watches: Vec<Watch>,
    /// Fetches that wait for a cold read of this log.
    pub(crate) parked: Vec<Box<FetchPart>>,
    /// Look-ups that wait for a job of this log.
    pub(crate) lookups: Vec<(u64, LookupTicket)>,
    /// The number of the last look-up.
    pub(crate) next_lookup: u64,
    /// Reads, writes and jobs of the log that have not come back.
    pub(crate) in_flight: u32,
    /// Already in the shard's list of logs with work.
    pub(crate) is_dirty: bool,
    /// Already in the shard's list of logs with an open file.
    pub(crate) has_file: bool,
    /// It is on its way to another log directory.
    pub(crate) moving: Option<Box<Move>>,
    /// What went in and out since this broker began.
    pub(crate) traffic: Traffic,
    /// Its log could not be opened, and is as it was found.
    pub(crate) is_left_alone: bool,
    /// Its topic has gone, and so will it when nothing is in flight.
    pub(crate) is_deleted: bool,
}

/// What metadata says of a partition's leadership.
fn leadership(record: &PartitionRecord, broker: BrokerId, min_in_sync: usize) -> Leadership {
    Leadership {
        leader: broker,
        leader_epoch: record.leader_epoch,
        partition_epoch: record.partition_epoch,
        replicas: record.replicas.clone(),
        in_sync: record.in_sync.clone(),
        min_in_sync,
    }
}

impl Partition {
    /// A partition whose log is about to be opened.
    pub(crate) fn opening(
        topic: &Topic,
        record: &PartitionRecord,
        directory: u16,
        broker: BrokerId,
        min_in_sync: usize,
    ) -> Partition {
        Partition {
            topic: topic.name.clone(),
            topic_id: topic.id,
            number: record.partition,
            directory,
            leadership: leadership(record, broker, min_in_sync),
            state: State::Opening,
            produces: VecDeque::new(),
            held: VecDeque::new(),
            watches: Vec::new(),
            parked: Vec::new(),
            lookups: Vec::new(),
            next_lookup: 0,
            in_flight: 0,
            is_dirty: false,
            has_file: false,
            moving: None,
            traffic: Traffic::default(),
            is_left_alone: false,
            is_deleted: false,
        }
    }

    /// Begins to lead, with a log that was opened or with the one of the leadership before.
    pub(crate) fn begin_to_lead(&mut self, mut log: Log, high_watermark: Offset, now: Instant) {
        log.assign_epoch(self.leadership.leader_epoch);
        let start = LeaderStart {
            high_watermark: high_watermark.max(log.log_start_offset()).min(log.flushed_end_offset()),
            flushed_end_offset: log.flushed_end_offset(),
            log_end_offset: log.log_end_offset(),
        };
        let mut leadership = self.leadership.clone();
        // While the broker is still fenced the in-sync set may be without it; what counts is its own log all the same.
        if !leadership.in_sync.contains(&leadership.leader) {
            leadership.in_sync.push(leadership.leader);
        }
        let leader = LeaderProgress::new(leadership, start, now);
        log.on_high_watermark(leader.high_watermark());
        self.state = State::Online(Box::new(Served { log, leader }));
    }

    /// Metadata has changed the partition: a new leader epoch is a new leadership, of the same log.
    pub(crate) fn on_metadata(&mut self, record: &PartitionRecord, broker: BrokerId, now: Instant) {
        let before = self.leadership.leader_epoch;
        self.leadership = leadership(record, broker, self.leadership.min_in_sync);
        if record.leader_epoch <= before {
            return;
        }
        match std::mem::replace(&mut self.state, State::Opening) {
            State::Online(served) => {
                let high_watermark = served.leader.high_watermark();
                self.begin_to_lead(served.log, high_watermark, now);
            }
            other => self.state = other,
        }
    }

    /// The topic's configuration has changed.
    pub(crate) fn on_config(&mut self, config: &TopicConfig, for_log: LogConfig) {
        self.leadership.min_in_sync = config.insync_replicas_min as usize;
        if let State::Online(served) = &mut self.state {
            // With fewer replicas than that, all of them have to do, so what is committed stays so.
            served.leader.on_min_in_sync_change(self.leadership.min_in_sync);
        }
        if let Some(log) = self.driven_log() {
            log.set_config(for_log);
        }
    }

    pub(crate) fn served(&self) -> Option<&Served> {
        match &self.state {
            State::Online(served) => Some(served),
            State::Opening | State::Offline(_) | State::Moving | State::Deleting(_) => None,
        }
    }

    pub(crate) fn served_mut(&mut self) -> Option<&mut Served> {
        match &mut self.state {
            State::Online(served) => Some(served),
            State::Opening | State::Offline(_) | State::Moving | State::Deleting(_) => None,
        }
    }

    /// The log in whatever state completions still come in for it.
    pub(crate) fn driven_log(&mut self) -> Option<&mut Log> {
        match &mut self.state {
            State::Online(served) => Some(&mut served.log),
            State::Deleting(log) | State::Offline(Some(log)) => Some(log),
            State::Opening | State::Offline(None) | State::Moving => None,
        }
    }

    /// Whether the log takes nothing now because it moves, and is about to be open again.
    pub(crate) fn holds_batches(&self) -> bool {
        !self.is_deleted && self.moving.as_ref().is_some_and(|moving| moving.has_closed_log())
    }

    /// The code for requests that find no served log here.
    pub(crate) fn absence(&self) -> ErrorCode {
        match self.state {
            State::Offline(_) => ErrorCode::KafkaStorageError,
            State::Opening | State::Moving => ErrorCode::NotLeaderOrFollower,
            State::Deleting(_) | State::Online(_) => ErrorCode::UnknownTopicOrPartition,
        }
    }

    /// Appends one batch as the leader.
    pub(crate) fn append(
        &mut self,
        batch: &[u8],
        origin: Origin,
        now_ms: i64,
        pool: &mut BlockPool,
    ) -> Result<Appended, AppendError> {
        let epoch = self.leadership.leader_epoch;
        let served = match &mut self.state {
            State::Online(served) => served,
            State::Opening | State::Moving => return Err(AppendError::Busy),
            State::Offline(_) | State::Deleting(_) => return Err(AppendError::Offline),
        };
        let appended = served.log.append_leader(batch, origin, epoch, now_ms, pool)?;
        served.leader.on_appended(served.log.log_end_offset());
        if planted(Bug::ServeUnflushed) {
            served.leader.on_flushed(served.log.log_end_offset());
        }
        Ok(appended)
    }

    /// Whether what ends at `end_offset` may be acknowledged.
    pub(crate) fn is_replicated(&self, end_offset: Offset) -> bool {
        planted(Bug::AcknowledgeBeforeWritten)
            || self.served().is_some_and(|served| end_offset <= served.leader.high_watermark())
    }

    pub(crate) fn log_start_offset(&self) -> Offset {
        self.served().map_or(Offset(-1), |served| served.log.log_start_offset())
    }

    /// Puts a produce among those that wait, in order: a duplicate may end before what was appended since.
    pub(crate) fn wait(&mut self, waiter: ProduceWaiter) {
        let end = waiter.appended.end_offset;
        if planted(Bug::LoseWaiter) && end.0 % 8 == 0 {
            return;
        }
        let behind = self.produces.iter().rev().take_while(|other| other.appended.end_offset > end).count();
        self.produces.insert(self.produces.len() - behind, waiter);
    }

    /// The next produce whose records are safe.
    pub(crate) fn next_replicated(&mut self) -> Option<ProduceWaiter> {
        if self.is_replicated(self.produces.front()?.appended.end_offset) {
            self.produces.pop_front()
        } else {
            None
        }
    }

    /// What a fetch would find, in Kafka's order of checks: the leader epoch, then divergence, then the range.
    pub(crate) fn peek(&self, query: &PeekQuery) -> PartitionView {
        let Some(served) = self.served() else { return PartitionView::failed(self.absence()) };
        if let Err(error) = self.check_epoch(query.current_leader_epoch) {
            return PartitionView::failed(error);
        }
        let log = &served.log;
        let high_watermark = served.leader.high_watermark();
        let last_stable_offset = served.last_stable_offset();
        let mut view = PartitionView {
            error: ErrorCode::None,
            high_watermark,
            last_stable_offset,
            log_start_offset: log.log_start_offset(),
            up_to: if query.read_committed { last_stable_offset } else { high_watermark },
            readable: 0,
            diverging: None,
        };
        if let Some(last_fetched) = query.last_fetched_epoch {
            match log.end_offset_for_epoch(last_fetched) {
                Some(end) if end.epoch < last_fetched || end.end_offset < query.fetch_offset => {
                    view.diverging = Some((end.epoch, end.end_offset));
                    return view;
                }
                Some(_) => {}
                None => return PartitionView::failed(ErrorCode::OffsetOutOfRange),
            }
        }
        if query.fetch_offset < log.log_start_offset() || query.fetch_offset > log.log_end_offset() {
            return PartitionView::failed(ErrorCode::OffsetOutOfRange);
        }
        if view.error == ErrorCode::None && query.fetch_offset < view.up_to {
            match log.readable_bytes(query.fetch_offset, view.up_to, query.bytes_max) {
                Ok(bytes) => view.readable = bytes,
                Err(error) => view.error = error_of_read(&error),
            }
        }
        view
    }

    /// Whether a request's idea of the leader epoch is this leader's; none given is fine.
    pub(crate) fn check_epoch(&self, current: Option<LeaderEpoch>) -> Result<(), ErrorCode> {
        match current {
            Some(epoch) if epoch < self.leadership.leader_epoch => Err(ErrorCode::FencedLeaderEpoch),
            Some(epoch) if epoch > self.leadership.leader_epoch => Err(ErrorCode::UnknownLeaderEpoch),
            _ => Ok(()),
        }
    }
}

impl Served {
    /// Everything below is decided (no open transaction).
    pub(crate) fn last_stable_offset(&self) -> Offset {
        let high_watermark = self.leader.high_watermark();
        match self.log.first_unstable_offset() {
            Some(unstable) => unstable.min(high_watermark).max(self.log.log_start_offset()),
            None => high_watermark,
        }
    }
}

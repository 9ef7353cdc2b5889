//! One core's part of the broker: its connections, its partitions, its memory, and the loop over what happens.
//!
//! A shard is a value. [`Shard::turn`] takes a batch of events and leaves operations with its `Io`; nothing else
//! reaches it, and it reaches nothing else. The invariant to remember: a request waits for one of four things
//! only (a completion, an offset reaching a value, a deadline, an answer from another shard), and each of them is
//! an entry in a table here, never a blocked thread.

mod advertised;
pub(crate) mod checkpoints;
pub(crate) mod close;
mod cold_reads;
mod complaints;
pub(crate) mod connections;
pub(crate) mod controller;
pub(crate) mod counts;
mod deletion;
pub(crate) mod groups;
pub(crate) mod housekeeping;
pub(crate) mod mail;
pub(crate) mod metadata;
pub(crate) mod moves;
mod outbox;
pub(crate) mod partitions;
pub(crate) mod receive_budget;
pub(crate) mod recovery;
pub(crate) mod scrub;
pub(crate) mod snapshot;
pub(crate) mod timers;
mod token;

use crate::api::Requests;
use crate::api::fetch::{FetchPart, PartitionView, PeekPart, Shortage};
use crate::api::init_producer_id::ProducerIds;
use crate::api::produce::ProducePart;
use crate::connection::Connection;
use crate::fetch_session::FetchSessions;
use crate::flood::Flood;
use crate::homes::Homes;
use crate::log_dirs::LogDirs;
use crate::partition::{Partition, Watch};
use crate::settings::Settings;
use crate::shard_limits::ShardLimits;
use crate::slots::{SlotId, Slots};
use crate::topics::Topics;
use checkpoints::Checkpoints;
use close::Closing;
use cold_reads::ColdReads;
use connections::Acceptor;
use controller::ControllerShard;
use counts::Counts;
use deletion::DeletedDirectory;
use groups::GroupShard;
use housekeeping::Chores;
use loglane_model::{BlockPool, Extent, Instant, PartitionId, ShardId, TopicId};
use loglane_net::fetch_response::Gap;
use loglane_ring::{Done, Event, Io, Outgoing};
use loglane_storage::{FifoBudget, LogBudgets, LogJob};
use mail::Mail;
use outbox::Outbox;
use receive_budget::ReceiveBudget;
use recovery::RecoveryPositions;
use scrub::Scrubbing;
use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;
use timers::{Timer, Timers};
use token::{Purpose, Tokens as _};

/// One per core.
pub(crate) struct Shard<I: Io<Mail>> {
    pub(crate) id: ShardId,
    pub(crate) shard_count: u16,
    pub(crate) io: I,
    pub(crate) settings: Arc<Settings>,
    pub(crate) limits: ShardLimits,
    /// Time of this turn.
    pub(crate) now: Instant,
    pub(crate) wall_ms: i64,

    pub(crate) pool: BlockPool,
    pub(crate) receive: ReceiveBudget,
    /// Receive buffers of the ring that requests keep which wait for long.
    pub(crate) kept_buffers: usize,
    pub(crate) budgets: LogBudgets,
    pub(crate) cold_reads: ColdReads,
    /// Record bytes that sends under way hold.
    pub(crate) lent_bytes: usize,
    pub(crate) shortage: Shortage,

    pub(crate) connections: Slots<Connection>,
    /// Connections with something to send at the end of this turn.
    pub(crate) to_flush: Vec<SlotId>,
    /// Connections whose next request waited for an answer that has come.
    pub(crate) to_resume: Vec<SlotId>,
    /// Connections that stopped because of overload, to look at again.
    pub(crate) overloaded: VecDeque<SlotId>,
    /// Batches from other shards' connections that there was no room for.
    pub(crate) parts_in_line: VecDeque<(ShardId, Box<ProducePart>)>,
    pub(crate) spare_outgoing: Vec<Outgoing>,

    pub(crate) requests: Requests,
    pub(crate) topics: Topics,
    pub(crate) sessions: FetchSessions,
    pub(crate) producer_ids: ProducerIds,
    pub(crate) partitions: Slots<Partition>,
    pub(crate) groups: GroupShard,
    pub(crate) directories: LogDirs,
    pub(crate) homes: Arc<Homes>,
    pub(crate) recovery: RecoveryPositions,
    pub(crate) deleted: Vec<DeletedDirectory>,
    /// Partitions whose logs may have work for the disk.
    pub(crate) dirty: Vec<SlotId>,
    /// Partitions whose logs hold the file that they append to, those first that got it first.
    pub(crate) with_files: VecDeque<SlotId>,

    pub(crate) timers: Timers,
    pub(crate) outbox: Outbox,
    pub(crate) metadata: metadata::MetadataView,
    /// On shard 0 only.
    pub(crate) controller: Option<Box<ControllerShard>>,
    /// On shard 0 only: who accepts, and how many connections each shard has.
    pub(crate) acceptor: Option<Acceptor>,
    pub(crate) closing: Closing,
    pub(crate) chores: Chores,
    pub(crate) checkpoints: Checkpoints,
    pub(crate) complaints: Flood,
    pub(crate) scrub: Scrubbing,
    pub(crate) counts: Counts,
    pub(crate) scratch: Scratch,
}

/// Memory of earlier turns, kept so that the hot path does not ask the allocator. Empty between uses.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    /// By shard: the parts of the request that is being taken apart.
    pub(crate) produce_parts: Vec<Option<Box<ProducePart>>>,
    pub(crate) peek_parts: Vec<Option<Box<PeekPart>>>,
    pub(crate) fetch_parts: Vec<Option<Box<FetchPart>>>,
    pub(crate) watched: Vec<(ShardId, TopicId, PartitionId)>,
    pub(crate) fired: Vec<(Watch, PartitionView)>,
    pub(crate) extents: Vec<Extent>,
    pub(crate) making: Vec<(u16, SlotId, LogJob)>,
    pub(crate) gaps: Vec<Gap>,
}

impl Scratch {
    fn new(shard_count: u16) -> Scratch {
        let count = usize::from(shard_count);
        Scratch {
            produce_parts: (0..count).map(|_| None).collect(),
            peek_parts: (0..count).map(|_| None).collect(),
            fetch_parts: (0..count).map(|_| None).collect(),
            ..Scratch::default()
        }
    }
}

/// What a shard starts with.
pub(crate) struct ShardStart<I> {
    pub(crate) id: ShardId,
    pub(crate) shard_count: u16,
    pub(crate) io: I,
    pub(crate) settings: Arc<Settings>,
    pub(crate) limits: ShardLimits,
    pub(crate) directories: LogDirs,
    pub(crate) homes: Arc<Homes>,
    pub(crate) recovery: RecoveryPositions,
    /// On shard 0 only.
    pub(crate) controller: Option<Box<ControllerShard>>,
    /// On shard 0 only.
    pub(crate) acceptor: Option<Acceptor>,
    /// On shard 0 only: directories of deleted partitions that were found at start.
    pub(crate) leftovers: Vec<PathBuf>,
}

impl<I: Io<Mail>> Shard<I> {
    pub(crate) fn new(start: ShardStart<I>) -> Shard<I> {
        let ShardStart {
            id,
            shard_count,
            mut io,
            settings,
            limits,
            directories,
            homes,
            recovery,
            controller,
            acceptor,
            leftovers,
        } = start;
        Shard {
            id,
            shard_count,
            now: io.now(),
            wall_ms: io.wall_clock_ms(),
            pool: BlockPool::new(limits.idle_block_bytes_max),
            receive: ReceiveBudget::new(limits.receive_bytes_max, limits.small_frame_reserve_bytes),
            kept_buffers: 0,
            budgets: LogBudgets {
                cached: FifoBudget::new(limits.cache_bytes_max(0)),
                cold: FifoBudget::new(limits.read_ahead_bytes_max),
                loaded: FifoBudget::new(limits.loaded_bytes_max),
            },
            cold_reads: ColdReads::default(),
            lent_bytes: 0,
            shortage: Shortage::default(),
            connections: Slots::new(),
            to_flush: Vec::new(),
            to_resume: Vec::new(),
            overloaded: VecDeque::new(),
            parts_in_line: VecDeque::new(),
            spare_outgoing: Vec::new(),
            requests: Requests::new(),
            sessions: FetchSessions::new(limits.fetch_sessions, || io.random()),
            producer_ids: ProducerIds::default(),
            topics: Topics::new(|| io.random()),
            partitions: Slots::new(),
            groups: GroupShard::default(),
            directories,
            homes,
            recovery,
            deleted: leftovers
                .into_iter()
                .map(|path| DeletedDirectory { due: Instant::default(), path })
                .collect(),
            dirty: Vec::new(),
            with_files: VecDeque::new(),
            timers: Timers::default(),
            outbox: Outbox::new(shard_count),
            metadata: metadata::MetadataView::default(),
            controller,
            acceptor,
            closing: Closing::new(shard_count),
            chores: Chores::default(),
            checkpoints: Checkpoints::default(),
            complaints: Flood::default(),
            scrub: Scrubbing::new(&settings.config.scrub, shard_count),
            counts: Counts::new(settings.listeners.len()),
            scratch: Scratch::new(shard_count),
            settings,
            limits,
            io,
        }
    }

    /// Runs until the shard has closed.
    pub(crate) fn run(&mut self) {
        let mut events = Vec::new();
        self.start();
        while !self.closing.is_finished() {
            self.step(&mut events);
        }
    }

    /// What comes before the first turn.
    pub(crate) fn start(&mut self) {
        self.start_housekeeping();
        self.start_metadata();
        self.submit_log_work();
    }

    /// Waits for the next turn and takes it.
    pub(crate) fn step(&mut self, events: &mut Vec<Event<Mail>>) {
        self.io.wait(self.wait_until(), events);
        self.turn(events);
    }

    /// Takes what happened and does what follows from it.
    pub(crate) fn turn(&mut self, events: &mut Vec<Event<Mail>>) {
        self.now = self.io.now();
        self.wall_ms = self.io.wall_clock_ms();
        for event in events.drain(..) {
            match event {
                Event::Done { token, done } => self.on_done(token.purpose(), done),
                Event::Mail { from, mail } => self.on_mail(from, mail),
            }
        }
        while let Some(timer) = self.timers.next_due(self.now) {
            self.on_timer(timer);
        }
        if self.timers.are_many() {
            self.drop_useless_timers();
        }
        self.resume_overloaded();
        self.resume_answered();
        self.submit_log_work();
        self.flush_outbox();
        self.flush_connections();
        self.advance_close();
    }

    /// When the next turn is due even if nothing happens.
    pub(crate) fn wait_until(&self) -> Option<Instant> {
        let may_go_on = !self.overloaded.is_empty() && !self.is_overloaded();
        if may_go_on || !self.parts_in_line.is_empty() && !self.is_full() {
            // The end of this turn has ended the overload.
            return Some(self.now);
        }
        let earliest = self.timers.earliest();
        match self.outbox.retry_at(self.now) {
            Some(retry) => Some(earliest.map_or(retry, |timer| timer.min(retry))),
            None => earliest,
        }
    }

    fn on_done(&mut self, purpose: Purpose, done: Done) {
        match (purpose, done) {
            (Purpose::Accept(listener), Done::Accepted(result)) => self.on_accepted(listener, result),
            (Purpose::Receive(connection), Done::Received(result)) => self.on_received(connection, result),
            (Purpose::Body(connection), Done::ReceivedExact { block, result }) => {
                self.on_body(connection, block, result);
            }
            (Purpose::Send(connection), Done::Sent { outgoing, result }) => {
                self.on_sent(connection, outgoing, result);
            }
            (Purpose::LogWrite(partition), Done::Written { write, result }) => {
                self.on_written(partition, write, result);
            }
            (Purpose::LogRead(partition), Done::Read { read, result }) => {
                self.on_read(partition, read, result)
            }
            (Purpose::MetadataWrite, Done::Written { write, result }) => {
                self.on_metadata_written(write, result)
            }
            (Purpose::MetadataRead, Done::Read { read, result }) => self.on_metadata_read(read, result),
            (Purpose::Job, Done::Job(done)) => self.on_job(done),
            (purpose, done) => {
                unreachable!("{purpose:?} was completed as {done:?}: the ring mixed up two slots")
            }
        }
    }

    fn on_timer(&mut self, timer: Timer) {
        match timer {
            Timer::RequestDeadline(request) => self.on_request_deadline(request),
            Timer::ConnectionCheck(connection) => self.check_connection(connection),
            Timer::Housekeeping => self.keep_house(),
            Timer::GroupLoad(partition) => self.load_group_slice(partition),
            Timer::GroupDeadline(partition) => self.on_group_deadline(partition),
            Timer::CloseDeadline => self.on_close_deadline(),
        }
    }

    /// Timers of requests that were answered, and of connections that are looked at another time or are gone.
    fn drop_useless_timers(&mut self) {
        let (requests, connections) = (&self.requests.pending, &self.connections);
        let groups = &self.groups;
        self.timers.retain(|at, timer| match timer {
            Timer::RequestDeadline(request) => requests.get(request).is_some(),
            Timer::ConnectionCheck(id) => {
                connections.get(id).is_some_and(|connection| connection.next_check == Some(at))
            }
            Timer::GroupDeadline(partition) => groups.timer_at(partition) == Some(at),
            Timer::Housekeeping | Timer::GroupLoad(_) | Timer::CloseDeadline => true,
        });
    }

    /// Whether new requests have to wait.
    pub(crate) fn is_overloaded(&self) -> bool {
        self.overloads().iter().any(|(_, is_so)| *is_so)
    }

    /// Whether there is no room for batches that other shards' connections have sent. What those shards answer for, the
    /// requests under way and the mails that wait, is no reason: two shards could wait for each other.
    pub(crate) fn is_full(&self) -> bool {
        self.pool.out_bytes() > self.limits.block_bytes_max || self.recovery.must_wait()
    }

    /// Why they may have to: another shard's mailbox is full, too many requests are under way, blocks take more than
    /// their budget (the disk or slow readers hold them), or a recovery would have to read too much.
    pub(crate) fn overloads(&self) -> [(&'static str, bool); 4] {
        [
            ("mailbox", !self.outbox.is_empty()),
            ("requests", self.requests.pending.len() >= self.limits.waiters_max),
            ("blocks", self.pool.out_bytes() > self.limits.block_bytes_max),
            ("recovery", self.recovery.must_wait()),
        ]
    }
}

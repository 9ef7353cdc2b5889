//! An in-memory world for tests: shards, clients, a disk and a clock in one thread, everything decided by one seed.
//!
//! Nothing happens by itself. A test gives each shard its turn ([`crate::Io::wait`] never sleeps here and may return with
//! nothing) and then lets time go on to the next thing that happens ([`World::advance`]). With the same seed and the
//! same calls the same things happen in the same order; [`World::trace_hash`] tells whether they did.
//!
//! What is lost and what stays in a [`World::power_cut`] is the disk's business, see its own module.

mod contents;
mod disk;
mod file_system;
mod net;
mod random;
mod shard;

#[cfg(test)]
mod tests;

pub use file_system::SimFileSystem;
pub use net::{Cut, SimClient};
pub use shard::SimIo;

use crate::io::{Done, Op, Socket, Token};
use crate::receive_blocks::ReceiveBlocks;
use disk::Disk;
use loglane_model::{DiskRead, DiskWrite, FileSystem, Instant, Job};
use net::Net;
use random::Random;
use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::net::SocketAddr;
use std::ops::Range;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How the world behaves. Spans are drawn evenly from their range.
#[derive(Debug, Clone)]
pub struct SimOptions {
    /// Mails that one shard may have waiting for another one.
    pub mails_max: usize,
    /// Receive buffers of a shard, as in [`crate::Options`].
    pub receive_blocks_max: usize,
    /// How long bytes travel between a client and a shard, in microseconds.
    pub network_us: Range<u64>,
    /// How long a disk operation takes, in microseconds.
    pub disk_us: Range<u64>,
    /// How long a job waits for its thread, in microseconds.
    pub job_us: Range<u64>,
    /// How long mail travels between shards, in microseconds.
    pub mail_us: Range<u64>,
    /// Bytes on the way in one direction of a connection, and not read; more make a sender wait.
    pub socket_bytes_max: usize,
    /// Bytes that fit on the disk; from [`SimOptions::UNBOUNDED`] on they are not counted.
    pub disk_bytes_max: u64,
    /// Of a hundred sends, how many are split into pieces of any size.
    pub split_percent: u64,
}

impl SimOptions {
    /// A disk that nothing fills.
    pub const UNBOUNDED: u64 = 1 << 40;
}

impl Default for SimOptions {
    fn default() -> SimOptions {
        SimOptions {
            mails_max: 64,
            receive_blocks_max: 64,
            network_us: 10..500,
            disk_us: 30..3_000,
            job_us: 20..5_000,
            mail_us: 1..100,
            socket_bytes_max: 256 << 10,
            disk_bytes_max: SimOptions::UNBOUNDED,
            split_percent: 30,
        }
    }
}

/// Calls that reach the disk, for [`World::fail_disk`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DiskCall {
    /// Writes and appends of bytes, by operation or by job.
    Write,
    /// Reads, by operation or by job.
    Read,
    /// The syncing of a file, also as part of a durable write.
    Sync,
    /// Everything else that changes something: opening with creation, names, lengths, syncing a directory.
    Change,
}

/// The world. Clones are the same world.
#[derive(Clone)]
pub struct World {
    state: Arc<Mutex<State>>,
}

struct State {
    options: SimOptions,
    now: Instant,
    random: Random,
    schedule: BTreeMap<(Instant, u64), Action>,
    next_sequence: u64,
    shards: Vec<ShardState>,
    /// Rises when all shards die.
    life: u64,
    disk: Disk,
    /// Writes that are kept from completing, while a test wants that.
    held_writes: Option<Vec<Action>>,
    net: Net,
    wall_clock: WallClock,
    /// Disk operations of the ring, and jobs, end no earlier.
    disk_stalls_until: Instant,
    trace: u64,
}

/// What a shard has here, between its turns.
struct ShardState {
    inbox: VecDeque<Arrived>,
    /// Until when its last wait would have slept.
    deadline: Option<Instant>,
    /// Something has come for it, or its deadline, since the last time it was asked.
    is_awake: bool,
    blocks: ReceiveBlocks,
    /// When the last job of each lane runs.
    lanes: BTreeMap<u32, Instant>,
}

enum Arrived {
    Done(Token, Done),
    /// A job whose time has come; it runs in the shard's turn, when it can have the file system.
    Job(Token, Box<dyn Job>),
}

/// Something that happens at its time.
enum Action {
    Written {
        shard: usize,
        token: Token,
        write: DiskWrite,
    },
    Read {
        shard: usize,
        token: Token,
        read: DiskRead,
    },
    Deliver {
        shard: usize,
        arrived: Arrived,
    },
    Net(net::Action),
    /// A shard's mail has arrived.
    Wake {
        shard: usize,
    },
    /// Only lets time come this far.
    Tick,
}

/// 2026-01-01T00:00:00Z.
const WALL_CLOCK_START_MS: i64 = 1_767_225_600_000;

/// What people call the time; it may be wrong, jump, and stand still.
#[derive(Debug, Default)]
struct WallClock {
    offset_ms: i64,
    stands_at_ms: Option<i64>,
}

impl World {
    /// A world in which everything follows from `seed`.
    #[must_use]
    pub fn new(seed: u64) -> World {
        World::with_options(seed, SimOptions::default())
    }

    /// A world that behaves as told.
    #[must_use]
    pub fn with_options(seed: u64, options: SimOptions) -> World {
        let state = State {
            disk: Disk::new(options.disk_bytes_max),
            held_writes: None,
            options,
            now: Instant(1_000_000_000),
            random: Random::new(seed),
            schedule: BTreeMap::new(),
            next_sequence: 0,
            shards: Vec::new(),
            life: 0,
            net: Net::default(),
            wall_clock: WallClock::default(),
            disk_stalls_until: Instant::default(),
            trace: 0xcbf2_9ce4_8422_2325,
        };
        World { state: Arc::new(Mutex::new(state)) }
    }

    /// Starts the process: `shards` shards, where there were none or all have died.
    #[must_use]
    pub fn boot<M>(&self, shards: usize) -> Vec<SimIo<M>> {
        let mut state = self.lock();
        assert!(state.shards.is_empty(), "the shards of an earlier life end by a kill or a power cut");
        let blocks_max = state.options.receive_blocks_max;
        let shard = |_| ShardState {
            inbox: VecDeque::new(),
            deadline: None,
            is_awake: true,
            blocks: ReceiveBlocks::new(blocks_max),
            lanes: BTreeMap::new(),
        };
        state.shards = (0..shards).map(shard).collect();
        let seeds: Vec<u64> = (0..shards).map(|_| state.random.next()).collect();
        let (life, mails_max) = (state.life, state.options.mails_max);
        drop(state);
        SimIo::all(self, life, mails_max, &seeds)
    }

    /// The disk, as jobs see it.
    #[must_use]
    pub fn file_system(&self) -> Arc<dyn FileSystem> {
        Arc::new(SimFileSystem::new(self.clone()))
    }

    /// A listening socket on a port that is free.
    #[must_use]
    pub fn listen(&self, port: u16) -> Socket {
        self.lock().listen(port)
    }

    /// Connects from outside.
    ///
    /// # Errors
    /// `ConnectionRefused` if nobody listens there.
    pub fn connect(&self, to: SocketAddr) -> io::Result<SimClient> {
        SimClient::connect(self, to.port())
    }

    /// The time.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.lock().now
    }

    /// Lets time go on to the next thing that happens, or to the earliest deadline of a shard's wait, and makes it
    /// happen. `false`: nothing will ever happen by itself.
    pub fn advance(&self) -> bool {
        let mut state = self.lock();
        state.notice_dropped_sockets();
        let deadlines = state.shards.iter().filter_map(|shard| shard.deadline);
        let Some(next) = deadlines.chain(state.schedule.first_key_value().map(|(at, _)| at.0)).min() else {
            return false;
        };
        state.now = state.now.max(next);
        let now = state.now;
        for shard in &mut state.shards {
            if shard.deadline.is_some_and(|deadline| deadline <= now) {
                shard.deadline = None;
                shard.is_awake = true;
            }
        }
        while let Some(first) = state.schedule.first_entry()
            && first.key().0 <= now
        {
            let action = first.remove();
            state.happen(action);
        }
        true
    }

    /// Whether something has come for the shard, or the deadline of its wait, since it was last asked this: without
    /// either its turn would do nothing.
    #[must_use]
    pub fn take_awake(&self, shard: usize) -> bool {
        std::mem::take(&mut self.lock().shards[shard].is_awake)
    }

    /// Makes [`World::advance`] stop at that time, for whoever waits outside of the shards.
    pub fn stop_at(&self, when: Instant) {
        let mut state = self.lock();
        let when = when.max(state.now);
        state.at(when, Action::Tick);
    }

    /// A number that rises whenever something has happened that somebody outside of the shards may wait for: bytes or
    /// an end have arrived at a client, a client may send more, a time has come at which [`World::advance`] had to stop.
    #[must_use]
    pub fn outside_events(&self) -> u64 {
        self.lock().net.outside_events
    }

    /// Milliseconds since 1970, as the machine has it.
    #[must_use]
    pub fn wall_clock_ms(&self) -> i64 {
        self.lock().wall_clock_ms()
    }

    /// The process dies at once: what it had in flight may or may not have reached the disk, what had completed is
    /// there. Then [`World::boot`] again; listeners are made anew.
    pub fn kill(&self) {
        let mut state = self.lock();
        state.end_of_life();
    }

    /// The machine loses its power: of what was not synced, anything may be lost, old, or torn.
    pub fn power_cut(&self) {
        let mut state = self.lock();
        state.end_of_life();
        let State { disk, random, .. } = &mut *state;
        disk.power_cut(random);
    }

    /// The `nth` call of this kind from now on (1: the next) fails with this error number, and all later ones work.
    pub fn fail_disk(&self, call: DiskCall, nth: u64, errno: i32) {
        self.lock().disk.fail(call, nth, errno);
    }

    /// After `calls` more calls that change something, the disk changes no more and all calls fail with EIO, until
    /// the process or the machine has died: a way to die in the middle of a job, at every point in turn.
    pub fn stop_disk_after(&self, calls: u64) {
        self.lock().disk.stop_after(calls);
    }

    /// As [`World::fail_disk`], below one directory of the root only. Such faults outlast the process: a disk is
    /// repaired by [`World::repair_disks`].
    pub fn fail_disk_below(&self, directory: &str, call: DiskCall, nth: u64, errno: i32) {
        self.lock().disk.fail_below(directory, call, nth, errno);
    }

    /// From now on everything below one directory of the root that would change something fails with EROFS.
    pub fn make_read_only(&self, directory: &str) {
        self.lock().disk.make_read_only(directory);
    }

    /// The `nth` sync of a file from now on (1: the next) finds that the system could not write back what was written
    /// to the file: it is an error, once, for each handle that is open, and the next sync finds nothing to do. Reads
    /// see what was written until the power goes.
    pub fn lose_write_back(&self, nth: u64) {
        self.lock().disk.lose_write_back(nth);
    }

    /// Planted errors that have not struck are taken away, and what was made read-only can be written.
    pub fn repair_disks(&self) {
        self.lock().disk.repair();
    }

    /// How many bytes fit on the disk from now on.
    pub fn set_disk_bytes_max(&self, bytes: u64) {
        self.lock().disk.set_bytes_max(bytes);
    }

    /// No operation of the ring on files, and no job, that begins from now on ends before that time has gone by.
    pub fn stall_disk(&self, span: Duration) {
        let mut state = self.lock();
        state.disk_stalls_until = state.now.after(span);
    }

    /// Sets the wall clock forward or back. Deadlines do not follow it.
    pub fn move_wall_clock(&self, by_ms: i64) {
        let mut state = self.lock();
        state.wall_clock.offset_ms += by_ms;
        if let Some(at_ms) = &mut state.wall_clock.stands_at_ms {
            *at_ms += by_ms;
        }
    }

    /// The wall clock stands still, or goes on from the right time.
    pub fn hold_wall_clock(&self, stands: bool) {
        let mut state = self.lock();
        state.wall_clock.stands_at_ms = None;
        state.wall_clock.stands_at_ms = stands.then(|| state.wall_clock_ms());
    }

    /// From now on no write of the ring completes, until [`World::release_writes`] or the end of the process. Jobs
    /// write on.
    pub fn hold_writes(&self) {
        self.lock().held_writes.get_or_insert_default();
    }

    /// Writes complete again; those that were held do so at once.
    pub fn release_writes(&self) {
        let mut state = self.lock();
        let now = state.now;
        for write in state.held_writes.take().unwrap_or_default() {
            state.at(now, write);
        }
    }

    /// Flips a bit of a file as a failing disk does: for good, and without the file system's knowing of it, so that the
    /// time of the last change stays what it was. `false`: there is no such file, or it is shorter.
    pub fn flip_bit(&self, path: &Path, bit: u64) -> bool {
        self.lock().disk.flip_bit(path, bit)
    }

    /// How many calls that change something the disk has seen.
    #[must_use]
    pub fn disk_changes(&self) -> u64 {
        self.lock().disk.changes()
    }

    /// A number that depends on all that shards have been told so far, and when.
    #[must_use]
    pub fn trace_hash(&self) -> u64 {
        self.lock().trace
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn wall_clock_ms(&self) -> i64 {
        let passed = i64::try_from(self.now.0 / 1_000_000).expect("a simulated time of few years");
        self.wall_clock.stands_at_ms.unwrap_or(WALL_CLOCK_START_MS + passed + self.wall_clock.offset_ms)
    }

    /// When a disk operation that takes so long ends.
    fn disk_end(&mut self, span_us: Range<u64>) -> Instant {
        let end = self.soon(span_us);
        if end >= self.disk_stalls_until {
            return end;
        }
        // What has piled up comes in any order when the disk goes on.
        let behind = self.random.within(0..1_000);
        self.disk_stalls_until.after(Duration::from_micros(behind))
    }

    /// A moment within the span from now.
    fn soon(&mut self, span_us: Range<u64>) -> Instant {
        self.now.after(Duration::from_micros(self.random.within(span_us)))
    }

    fn at(&mut self, when: Instant, action: Action) {
        self.next_sequence += 1;
        self.schedule.insert((when, self.next_sequence), action);
    }

    fn deliver(&mut self, shard: usize, arrived: Arrived) {
        self.shards[shard].is_awake = true;
        self.shards[shard].inbox.push_back(arrived);
    }

    fn submit(&mut self, shard: usize, token: Token, op: Op) {
        match op {
            Op::Write(write) => {
                self.disk.begin_write(&write);
                let when = self.disk_end(self.options.disk_us.clone());
                self.at(when, Action::Written { shard, token, write });
            }
            Op::Read(read) => {
                let when = self.disk_end(self.options.disk_us.clone());
                self.at(when, Action::Read { shard, token, read });
            }
            Op::Accept { listener } => self.accept(shard, token, &listener),
            Op::Receive { socket } => self.receive(&socket, net::Receive { shard, token, exact: None }),
            Op::ReceiveExact { socket, block, from, to } => {
                assert!(from <= to && to <= block.capacity(), "a receive stays inside its block");
                self.receive(
                    &socket,
                    net::Receive { shard, token, exact: Some(net::Exact { block, from, to }) },
                );
            }
            Op::Send { socket, outgoing } => self.send(shard, token, &socket, outgoing),
        }
    }

    fn spawn(&mut self, shard: usize, token: Token, lane: u32, job: Box<dyn Job>) {
        let soon = self.disk_end(self.options.job_us.clone());
        let last = self.shards[shard].lanes.entry(lane).or_insert(soon);
        *last = soon.max(*last);
        let when = *last;
        self.at(when, Action::Deliver { shard, arrived: Arrived::Job(token, job) });
    }

    fn happen(&mut self, action: Action) {
        match action {
            write @ Action::Written { .. } if self.held_writes.is_some() => {
                self.held_writes.get_or_insert_default().push(write);
            }
            Action::Written { shard, token, write } => {
                let now_ms = self.wall_clock_ms();
                let result = self.disk.end_write(&write, now_ms, &mut self.random);
                self.deliver(shard, Arrived::Done(token, Done::Written { write, result }));
            }
            Action::Read { shard, token, mut read } => {
                let result = self.disk.read_block(&mut read);
                self.deliver(shard, Arrived::Done(token, Done::Read { read, result }));
            }
            Action::Deliver { shard, arrived } => self.deliver(shard, arrived),
            Action::Net(action) => self.net_happen(action),
            Action::Wake { shard } => self.shards[shard].is_awake = true,
            Action::Tick => self.net.outside_events += 1,
        }
    }

    /// All shards and their connections are gone; writes in flight reach the disk, or not.
    fn end_of_life(&mut self) {
        let now_ms = self.wall_clock_ms();
        self.life += 1;
        self.shards.clear();
        self.disk_stalls_until = self.now;
        let held = self.held_writes.take().unwrap_or_default();
        for (at, action) in std::mem::take(&mut self.schedule) {
            match action {
                Action::Written { write, .. } => self.disk.abandon_write(&write, now_ms, &mut self.random),
                Action::Tick => _ = self.schedule.insert(at, Action::Tick),
                _ => {}
            }
        }
        for action in held {
            if let Action::Written { write, .. } = action {
                self.disk.abandon_write(&write, now_ms, &mut self.random);
            }
        }
        self.disk.close_all();
        self.net.reset_all();
    }

    /// Mixes the numbers of an event into what was before.
    fn trace(&mut self, numbers: [u64; 4]) {
        for number in numbers {
            self.trace = (self.trace.rotate_left(5) ^ number).wrapping_mul(0x517c_c1b7_2722_0a95);
        }
    }
}

//! A broker of several shards in one [`World`], with the clients that talk to it.

use super::client::{Client, ClientId};
use super::uncounted::Uncounted;
use crate::config::{Config, Listener, Sources};
use crate::fatal::Fatal;
use crate::limits::Limits;
use crate::server::directories::Directories;
use crate::server::seats::{StartInputs, assemble};
use crate::server::{Bound, limit_inputs};
use crate::shard::Shard;
use crate::shard::mail::Mail;
use loglane_model::Instant;
use loglane_ring::Io as _;
use loglane_ring::sim::{SimIo, SimOptions, World};
use std::cell::RefCell;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Where the broker listens.
pub(super) const PORT: u16 = 9092;

/// Nothing that a test waits for takes longer, in the world's time.
const PATIENCE: Duration = Duration::from_secs(120);

/// The shards' door to the world.
pub(super) type TestIo = Uncounted<SimIo<Mail>>;

/// What a world and its broker are made from.
#[derive(Clone)]
pub(super) struct Setup {
    pub(super) seed: u64,
    pub(super) shards: u16,
    pub(super) options: SimOptions,
    /// Settings besides the ones that every test has.
    pub(super) settings: Vec<(&'static str, String)>,
}

impl Setup {
    pub(super) fn new(seed: u64, shards: u16) -> Setup {
        Setup { seed, shards, options: SimOptions::default(), settings: Vec::new() }
    }

    /// Sets a broker key.
    pub(super) fn set(mut self, key: &'static str, value: impl ToString) -> Setup {
        self.settings.push((key, value.to_string()));
        self
    }

    pub(super) fn config(&self) -> Config {
        let mut overrides: Vec<(String, String)> = [
            ("log.dirs", "/data"),
            ("node.id", "1"),
            ("listeners", "PLAINTEXT://localhost:9092"),
            ("num.partitions", "6"),
            ("loglane.memory", "64m"),
        ]
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .to_vec();
        overrides.extend(self.settings.iter().map(|(key, value)| ((*key).to_owned(), value.clone())));
        let sources = Sources { overrides, host_name: "localhost".into(), ..Sources::default() };
        Config::parse(&sources).expect("the settings of a test").0
    }

    /// A broker that serves.
    pub(super) fn start(self) -> Broker {
        let world = World::with_options(self.seed, self.options.clone());
        self.start_in(world)
    }

    /// The same in a world in which others may have lived before.
    pub(super) fn start_in(self, world: World) -> Broker {
        let mut broker = Broker {
            world,
            config: self.config(),
            setup: self,
            shards: Vec::new(),
            locks: None,
            ready: Arc::default(),
            clients: Vec::new(),
            turns: 0,
            counted: Counted::default(),
        };
        broker.boot();
        broker
    }
}

/// The process, the machine that it runs on, and who talks to it.
pub(super) struct Broker {
    pub(super) world: World,
    pub(super) setup: Setup,
    config: Config,
    /// Those that have not finished.
    pub(super) shards: Vec<Shard<TestIo>>,
    locks: Option<Directories>,
    ready: Arc<AtomicBool>,
    pub(super) clients: Vec<Option<Client>>,
    turns: u64,
    pub(super) counted: Counted,
}

/// What the shards have asked the allocator for, so far.
#[derive(Debug, Default)]
pub(super) struct Counted {
    pub(super) turns: u64,
    /// Turns that began a job, whose allocations are not counted.
    pub(super) turns_with_jobs: u64,
    /// Allocations in all other turns.
    pub(super) allocations: u64,
}

impl Broker {
    /// Starts the process and waits until it serves.
    pub(super) fn boot(&mut self) {
        self.begin_boot();
        self.until("the broker serves", |broker| broker.ready.load(Ordering::Relaxed));
    }

    /// Starts the process.
    pub(super) fn begin_boot(&mut self) {
        assert!(self.shards.is_empty(), "one process at a time");
        let started = start_process(&self.world, &self.config, self.setup.shards)
            .unwrap_or_else(|fatal| panic!("SEED={}: no start: {fatal}", self.setup.seed));
        self.ready = started.ready;
        self.locks = Some(started.locks);
        self.shards = started.shards;
    }

    /// Lets time go on to the next thing that happens, and gives every shard and every client its turn.
    pub(super) fn step(&mut self) {
        self.turns += 1;
        self.turn_clients();
        assert!(self.world.advance(), "SEED={}: nothing will ever happen again", self.setup.seed);
        let count = self.shards.len();
        // Another shard comes first each time: no order between shards is promised.
        let first = usize::try_from(self.turns).expect("few turns") % count.max(1);
        for place in 0..count {
            take_turns(&mut self.shards[(first + place) % count], &mut self.counted);
        }
        self.turn_clients();
    }

    fn turn_clients(&mut self) {
        for client in self.clients.iter_mut().flatten() {
            client.turn();
        }
    }

    /// Goes on until `condition` holds.
    pub(super) fn until(&mut self, what: &str, mut condition: impl FnMut(&mut Broker) -> bool) {
        let deadline = self.world.now().after(PATIENCE);
        while !condition(self) {
            self.step();
            assert!(self.world.now() < deadline, "SEED={}: {what}: not within {PATIENCE:?}", self.setup.seed);
        }
    }

    /// Goes on for a while, whatever happens.
    pub(super) fn run_for(&mut self, span: Duration) {
        let end = self.world.now().after(span);
        while self.world.now() < end {
            self.step();
        }
    }

    /// Asks for a clean stop and waits for its end, which nothing keeps from coming soon.
    pub(super) fn close(&mut self) {
        let before = self.world.now();
        self.begin_close();
        self.until("the clean stop ends", Broker::is_closed);
        let took = self.world.now().since(before);
        assert!(took < Duration::from_secs(1), "SEED={}: the clean stop took {took:?}", self.setup.seed);
        self.after_close();
    }

    pub(super) fn begin_close(&mut self) {
        self.shards[0].begin_close();
    }

    pub(super) fn is_closed(&mut self) -> bool {
        self.shards.iter().all(|shard| shard.closing.is_finished())
    }

    /// The process has ended by itself.
    pub(super) fn after_close(&mut self) {
        for shard in &self.shards {
            assert_eq!(shard.closing.failure(), None);
        }
        self.end(World::kill);
    }

    /// `kill -9`.
    pub(super) fn kill(&mut self) {
        self.end(World::kill);
    }

    /// The machine loses its power.
    pub(super) fn cut_power(&mut self) {
        self.end(World::power_cut);
    }

    fn end(&mut self, how: impl FnOnce(&World)) {
        how(&self.world);
        self.shards.clear();
        self.locks = None;
        self.turn_clients();
    }

    /// A new connection.
    pub(super) fn connect(&mut self) -> ClientId {
        self.connect_to(PORT)
    }

    /// A new connection by another listener.
    pub(super) fn connect_to(&mut self, port: u16) -> ClientId {
        let socket = self.world.connect(address(port)).expect("the broker listens");
        self.clients.push(Some(Client::new(socket)));
        ClientId(self.clients.len() - 1)
    }

    /// The connection is closed by its client.
    pub(super) fn disconnect(&mut self, id: ClientId) {
        self.clients[id.0] = None;
    }

    /// The connection is torn down by its client.
    pub(super) fn reset(&mut self, id: ClientId) {
        if let Some(client) = self.clients[id.0].take() {
            client.reset();
        }
    }

    /// Everybody goes; waits until the broker has noticed.
    pub(super) fn disconnect_all(&mut self) {
        self.clients.iter_mut().for_each(|client| *client = None);
        self.until("all connections are gone", |broker| {
            broker.shards.iter().all(|shard| shard.connections.len() == 0)
        });
        self.run_for(Duration::from_millis(100));
    }

    /// Nothing is left of connections that are gone and of requests that were answered.
    pub(super) fn assert_nothing_left(&mut self) {
        assert_nothing_left(&mut self.shards, self.setup.seed);
    }

    pub(super) fn client(&mut self, id: ClientId) -> &mut Client {
        self.clients[id.0].as_mut().expect("a client that has not disconnected")
    }

    /// The next answer to a client.
    pub(super) fn answer(&mut self, id: ClientId) -> Vec<u8> {
        self.until("an answer comes", |broker| broker.client(id).has_answer());
        let seed = self.setup.seed;
        self.client(id).take_answer().unwrap_or_else(|| panic!("SEED={seed}: closed instead of answered"))
    }

    /// The shards' time.
    pub(super) fn now(&self) -> Instant {
        self.world.now()
    }
}

/// Nothing is left of connections that are gone and of requests that were answered.
pub(super) fn assert_nothing_left(shards: &mut [Shard<TestIo>], seed: u64) {
    for shard in shards {
        let who = format!("SEED={} shard {}", seed, shard.id.0);
        assert_eq!(shard.connections.len(), 0, "{who}: connections");
        assert_eq!(shard.requests.pending.len(), 0, "{who}: requests");
        assert_eq!(shard.requests.held.len(), 0, "{who}: batches that wait for the end of a move");
        assert_eq!(shard.receive.used(), 0, "{who}: reserved memory");
        assert_eq!(shard.kept_buffers, 0, "{who}: receive buffers that are kept");
        assert!(!shard.receive.is_contended(), "{who}: in line for memory");
        assert_eq!(shard.lent_bytes, 0, "{who}: lent bytes");
        assert!(shard.outbox.is_empty(), "{who}: mail");
        let lists = [&shard.to_flush, &shard.to_resume, &shard.dirty];
        assert!(lists.iter().all(|list| list.is_empty()), "{who}: lists {lists:?}");
        assert!(shard.overloaded.is_empty(), "{who}: paused for overload {:?}", shard.overloaded);
        assert!(shard.parts_in_line.is_empty(), "{who}: batches in line");
        let mut in_logs = shard.controller.as_ref().map_or(0, |controller| controller.log_block_bytes());
        let slots: Vec<_> = shard.partitions.ids().collect();
        for slot in slots {
            let partition = shard.partitions.get_mut(slot).expect("just listed");
            assert!(partition.watches.is_empty(), "{who}: watches {:?}", partition.watches);
            assert!(partition.produces.is_empty() && partition.parked.is_empty(), "{who}: waiters");
            assert!(partition.held.is_empty(), "{who}: batches that wait for the end of a move");
            assert_eq!(partition.in_flight, 0, "{who}: operations");
            if let Some(log) = partition.driven_log() {
                in_logs += log.cached_bytes() + log.cold_bytes() + log.unwritten_bytes();
            }
        }
        assert_eq!(shard.pool.out_bytes(), in_logs, "{who}: blocks");
        if let Some(acceptor) = &shard.acceptor {
            assert!(acceptor.connection_counts.iter().all(|count| *count == 0), "{who}: counted load");
        }
    }
}

/// A process that has begun to start.
pub(super) struct Started {
    pub(super) shards: Vec<Shard<TestIo>>,
    pub(super) locks: Directories,
    /// Set once it serves.
    pub(super) ready: Arc<AtomicBool>,
}

/// Starts a process, as `main` would, in a world without one.
pub(super) fn start_process(world: &World, config: &Config, count: u16) -> Result<Started, Fatal> {
    let mut ios = world.boot::<Mail>(usize::from(count));
    let memory_bytes = config.memory_bytes.expect("set for all tests");
    let limits = Limits::derive(&limit_inputs(config, count, memory_bytes, 10_000))
        .expect("the memory of a test suffices");
    let bind = |listener: &Listener, is_controller| Bound {
        listener: listener.clone(),
        is_controller,
        socket: world.listen(listener.port),
        address: address(listener.port),
    };
    let clients = config.listeners.iter().map(|listener| bind(listener, false));
    let controllers = config.controller_listeners.iter().map(|listener| bind(listener, true));
    let bound: Vec<Bound> = clients.chain(controllers).collect();
    let wall_ms = ios[0].wall_clock_ms();
    let fs = world.file_system();
    let mut random = || ios[0].random();
    let assembled = assemble(&StartInputs {
        fs: &*fs,
        config,
        limits: &limits,
        plan: None,
        bound: &bound,
        shard_count: count,
        wall_ms,
        random: RefCell::new(&mut random),
    })?;
    let ready = Arc::new(AtomicBool::new(false));
    let told = ready.clone();
    let (seats, locks) = assembled.into_seats(Box::new(move || told.store(true, Ordering::Relaxed)));
    let mut shards: Vec<Shard<TestIo>> =
        seats.into_iter().zip(ios).map(|(seat, io)| seat.shard(Uncounted::new(io))).collect();
    for shard in &mut shards {
        shard.start();
    }
    Ok(Started { shards, locks, ready })
}

/// Lets a shard do all that it can do now, and tell the world until when it would sleep.
fn take_turns(shard: &mut Shard<TestIo>, counted: &mut Counted) {
    let mut events = Vec::new();
    while !shard.closing.is_finished() {
        shard.io.wait(shard.wait_until(), &mut events);
        let jobs = shard.io.jobs;
        let info = allocation_counter::measure(|| shard.turn(&mut events));
        counted.turns += 1;
        if shard.io.jobs > jobs {
            counted.turns_with_jobs += 1;
        } else {
            counted.allocations += info.count_total;
        }
        shard.io.wait(shard.wait_until(), &mut events);
        if events.is_empty() {
            return;
        }
    }
}

/// The machine's only address.
pub(super) fn address(port: u16) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], port))
}

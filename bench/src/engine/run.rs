//! One run from the beginning to the end, as the thread sees it that does not send.

mod outcome;

use super::group::{Group, GroupOutcome};
use super::ledger::Ledger;
use super::notes::{Note, Outcome, PaceOrder, Report};
use super::seats::{seat_of_consumer, seats};
use super::timeline::{Slice, Timeline};
use super::window::{Window, monotonic_ns};
use super::worker::Worker;
use crate::client::{self, CONNECT_TIMEOUT, Client, ClientError};
use crate::layout::Layout;
use crate::machine::{Machine, MachineSample};
use crate::number::{Rate, nanos, whole};
use crate::options::{Acks, From, Options};
use crate::schedule::Schedule;
use crate::stats::Tally;
use crate::verify::Findings;
use loglane_model::{FileSystem, ShardId};
use loglane_ring::{self as ring, Mailer, OsFileSystem, Socket};
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;
use std::{fmt, io, thread};

/// How often the coordinator looks around when nothing is reported.
const TICK: Duration = Duration::from_millis(20);

/// The load begins so long after everybody was told.
const START_AFTER_NS: u64 = 20_000_000;

/// A run that ends with its records or its backlog may take this long.
const OPEN_ENDED: Duration = Duration::from_secs(24 * 3600);

/// Why a run came to nothing.
#[derive(Debug)]
pub enum RunError {
    /// The broker did not do what was needed to begin.
    Client(ClientError),
    /// The generator's own threads could not be had.
    Threads(io::Error),
    /// The interface of the operating system that was demanded cannot be had.
    Interface(String),
    /// The consumers could not form their group.
    Group(String),
}

impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RunError::Client(error) => error.fmt(f),
            RunError::Threads(error) => write!(f, "the generator cannot start its threads: {error}"),
            RunError::Interface(text) => f.write_str(text),
            RunError::Group(text) => write!(f, "the consumers' group does not come about: {text}"),
        }
    }
}

impl std::error::Error for RunError {}

impl std::convert::From<ClientError> for RunError {
    fn from(error: ClientError) -> RunError {
        RunError::Client(error)
    }
}

/// What to run, where everything else is decided.
#[derive(Debug)]
pub struct RunSpec<'a> {
    /// Sizes, counts, limits.
    pub options: &'a Options,
    /// Marks the records of this run.
    pub tag: u32,
    /// The topics.
    pub layout: Layout,
}

/// What is told while it runs.
#[derive(Debug)]
pub enum Progress<'a> {
    /// The backlog is being made.
    Filling,
    /// Consumers join their group.
    Joining,
    /// An interval is over.
    Slice(&'a Slice),
    /// The load is over; answers and consumers are waited for.
    Draining,
}

/// What came out.
#[derive(Debug, Default)]
pub struct RunOutcome {
    /// The whole of what was measured.
    pub total: Tally,
    /// What that covers of producing, in nanoseconds.
    pub produced_ns: u64,
    /// What it covers of reading, in nanoseconds: readers may be behind when the last record is acknowledged.
    pub consumed_ns: u64,
    /// The timeline.
    pub slices: Vec<Slice>,
    /// What verification found; `None` where nobody looked.
    pub findings: Option<Findings>,
    /// Share of the time in which each thread of the generator was busy.
    pub generator_busy: Vec<f64>,
    /// Whether all answers and all records came in time.
    pub is_complete: bool,
    /// The machine's cores and the broker's process.
    pub machine: Vec<MachineSample>,
    /// Through what the generator reached the network.
    pub interface: String,
    /// What the consumers' group did; `None` where they are no group.
    pub group: Option<GroupOutcome>,
}

/// Runs the load.
///
/// # Errors
/// It could not begin.
pub fn run(spec: &RunSpec<'_>, progress: &mut dyn FnMut(Progress<'_>)) -> Result<RunOutcome, RunError> {
    let mut coordinator = Coordinator::start(spec)?;
    let result = coordinator.conduct(progress);
    // A run that came to nothing leaves no members behind.
    if let Some(group) = coordinator.group.take() {
        group.end(spec.options.keep);
    }
    coordinator.note_all(|| Note::End);
    for thread in coordinator.threads.drain(..) {
        // A panic of a worker has printed its message.
        let _ = thread.join();
    }
    result
}

struct Coordinator<'a> {
    options: &'a Options,
    tag: u32,
    layout: Arc<Layout>,
    ledger: Arc<Ledger>,
    group: Option<Group>,
    mailer: Mailer<Note>,
    reports: Receiver<Report>,
    threads: Vec<thread::JoinHandle<()>>,
    interface: String,
    /// Lines that have no connection: worker, line, node, and when to try.
    broken: Vec<(usize, u32, usize, u64)>,
    is_stale: bool,
    refresh_after_ns: u64,
    phase: u8,
    produced: usize,
    timeline: Timeline,
    /// When something was last acknowledged or read.
    moved_ns: u64,
    outcomes: Vec<Outcome>,
    machine: Machine,
    samples: Vec<MachineSample>,
    /// Connections that do nothing, held for as long as the run lasts.
    _idle: Vec<std::net::TcpStream>,
}

impl<'a> Coordinator<'a> {
    fn start(spec: &RunSpec<'a>) -> Result<Coordinator<'a>, RunError> {
        let options = spec.options;
        let layout = Arc::new(spec.layout.clone());
        let mut client = Client::open(&options.bootstrap)?;
        let ledger = Arc::new(Ledger::new(layout.places().len()));
        let (reporter, reports) = channel();
        let mut seats = seats(spec, &layout, &ledger, &mut client, &reporter)?;
        let line_counts: Vec<usize> = seats.iter().map(|seat| seat.lines.len()).collect();
        let connections: Vec<Vec<(u32, usize)>> = seats
            .iter()
            .map(|seat| (0..).zip(&seat.lines).map(|(line, (_, node))| (line, *node)).collect())
            .collect();
        let ring_options = ring::Options {
            cores: options.cores.clone(),
            mails_max: line_counts.iter().sum::<usize>() + 1024,
            helper_threads: 1,
            disk_threads: 1,
            backend: options.io,
            ..ring::Options::default()
        };
        let file_system: Arc<dyn FileSystem> = Arc::new(OsFileSystem::new());
        let connected = ring::connect::<Note>(seats.len(), &ring_options, &file_system)
            .map_err(|error| RunError::Interface(error.to_string()))?;
        let interface = connected.backend.to_string();
        let mut threads = Vec::new();
        for (builder, seat) in connected.shards.into_iter().zip(seats.drain(..)) {
            let name = format!("bench-{}", seat.index);
            let thread = thread::Builder::new().name(name).spawn(move || {
                // Without its core the thread runs anywhere.
                let _ = builder.pin_this_thread();
                match builder.build_on_this_thread() {
                    Ok(io) => Worker::new(io, seat).run(),
                    Err(error) => panic!("the kernel refuses the generator its interface: {error}"),
                }
            });
            threads.push(thread.map_err(RunError::Threads)?);
        }
        drop(reporter);
        let mut coordinator = Coordinator {
            options,
            tag: spec.tag,
            layout,
            ledger,
            group: None,
            mailer: connected.mailer,
            reports,
            threads,
            interface,
            broken: Vec::new(),
            is_stale: false,
            refresh_after_ns: 0,
            phase: 0,
            produced: 0,
            timeline: Timeline::new(Window::NEVER, 1, false),
            moved_ns: 0,
            outcomes: Vec::new(),
            machine: Machine::new(options.broker_pid),
            samples: Vec::new(),
            _idle: Vec::new(),
        };
        let opened = coordinator.open_lines(&connections);
        if let Err(error) = opened {
            coordinator.note_all(|| Note::End);
            return Err(error.into());
        }
        Ok(coordinator)
    }

    fn open_lines(&mut self, connections: &[Vec<(u32, usize)>]) -> Result<(), ClientError> {
        for (worker, lines) in connections.iter().enumerate() {
            for (line, node) in lines {
                let socket = self.connect(*node)?;
                self.note(worker, Note::Opened { line: *line, socket });
            }
        }
        for number in 0..self.options.idle_connections {
            let node = &self.layout.nodes()[number % self.layout.nodes().len()];
            let stream = client::connect(&node.address, CONNECT_TIMEOUT)?;
            self._idle.push(stream);
        }
        Ok(())
    }

    fn connect(&self, node: usize) -> Result<Socket, ClientError> {
        let stream = client::connect(&self.layout.nodes()[node].address, CONNECT_TIMEOUT)?;
        Ok(Socket::from_fd(OwnedFd::from(stream)))
    }

    fn note(&self, worker: usize, note: Note) {
        let shard = ShardId(u16::try_from(worker).expect("threads are few"));
        // A worker that has ended wants no notes; the mailboxes have room for all that are ever under way.
        let _ = self.mailer.mail(shard, note);
    }

    fn note_all(&self, note: impl Fn() -> Note) {
        for worker in 0..self.mailer.shard_count() {
            self.note(worker, note());
        }
    }

    /// Everything between the connections and the outcome.
    fn conduct(&mut self, progress: &mut dyn FnMut(Progress<'_>)) -> Result<RunOutcome, RunError> {
        if self.options.backlog > 0 {
            progress(Progress::Filling);
            self.fill()?;
        }
        self.deal_out(progress)?;
        let window = self.begin();
        let targets = self.attend_to_the_end(&window, progress)?;
        let group = self.group.take().map(|group| group.end(self.options.keep));
        Ok(self.outcome(&window, group, targets.as_deref()))
    }

    /// Waits for the end of the load and of what has to be read; where reading was to end, if that became known.
    fn attend_to_the_end(
        &mut self,
        window: &Window,
        progress: &mut dyn FnMut(Progress<'_>),
    ) -> Result<Option<Vec<i64>>, RunError> {
        let mut give_up_at = window.measure_to_ns.saturating_add(nanos(self.options.patience));
        let is_drain = self.options.rate == Some(Rate::Records(0.0));
        // Where reading ends, once that is known.
        let mut targets = if is_drain { Some(client::all_offsets(&self.layout, -1)?) } else { None };
        let workers = self.threads.len();
        let (mut is_read, mut is_ending) = (false, false);
        while self.outcomes.len() < workers {
            if !self.attend(window, progress) {
                break;
            }
            let now = monotonic_ns();
            let is_produced = self.produced == workers;
            if targets.is_none() && is_produced {
                progress(Progress::Draining);
                give_up_at = now.saturating_add(nanos(self.options.patience));
                // A broker that is gone ends the run, and what was measured until then stays.
                targets = Some(self.end_offsets().unwrap_or_else(|_| {
                    give_up_at = now;
                    vec![i64::MAX; self.layout.places().len()]
                }));
            }
            if let Some(group) = self.group.as_mut().filter(|_| targets.is_none()) {
                group.churn(self.options.churn);
            }
            is_read = is_read || targets.as_ref().is_some_and(|targets| self.ledger.is_read(targets));
            if !is_ending && is_produced && is_read {
                is_ending = true;
                self.note_all(|| Note::End);
            }
            if !is_ending && (now > give_up_at || (is_open_ended(self.options) && self.is_stuck())) {
                is_ending = true;
                self.note_all(|| Note::GiveUp);
                self.note_all(|| Note::End);
            }
        }
        Ok(targets)
    }

    /// Whether nothing was acknowledged or read for as long as the patience lasts.
    fn is_stuck(&self) -> bool {
        monotonic_ns().saturating_sub(self.moved_ns) > nanos(self.options.patience)
    }

    /// Makes the backlog, as fast as possible.
    fn fill(&mut self) -> Result<(), RunError> {
        let now = monotonic_ns();
        let window = Window { start_ns: now, measure_from_ns: u64::MAX, measure_to_ns: u64::MAX };
        let mean = record_bytes(self.options);
        let producers = u64::from(self.options.producers.max(1));
        let quota = whole(self.options.backlog as f64 / mean).div_ceil(producers);
        self.order(window, false, |_| PaceOrder::Closed { quota });
        let mut quiet = |_: Progress<'_>| {};
        while self.produced < self.threads.len() {
            if !self.attend(&window, &mut quiet) || self.is_stuck() {
                let error = io::Error::new(io::ErrorKind::TimedOut, "the backlog does not grow");
                return Err(ClientError::Broken(error).into());
            }
        }
        Ok(())
    }

    /// Gives consumers their partitions: their share of them, or as their group does.
    fn deal_out(&mut self, progress: &mut dyn FnMut(Progress<'_>)) -> Result<(), RunError> {
        let options = self.options;
        if options.consumers == 0 {
            return Ok(());
        }
        let timestamp = if options.from == From::End { -1 } else { -2 };
        let offsets = client::all_offsets(&self.layout, timestamp)?;
        let workers = self.mailer.shard_count();
        if options.group.is_some() {
            progress(Progress::Joining);
            return self.form_group(offsets);
        }
        for number in 0..options.consumers {
            let share = self.ledger.places().filter(|place| place % options.consumers == number);
            let places: Vec<(u32, i64)> = share.map(|place| (place, offsets[place as usize])).collect();
            for (place, offset) in &places {
                self.ledger.begin(*place, *offset);
            }
            let note = Note::Assign { consumer: number, places };
            self.note(seat_of_consumer(options, number, workers), note);
        }
        Ok(())
    }

    fn form_group(&mut self, offsets: Vec<i64>) -> Result<(), RunError> {
        let (options, workers) = (self.options, self.mailer.shard_count());
        let worker_of = |number: u32| {
            let worker = seat_of_consumer(options, number, workers);
            ShardId(u16::try_from(worker).expect("threads are few"))
        };
        let own_name = format!("bench-{:08x}", self.tag);
        let group =
            Group::start(options, own_name, &self.layout, offsets, &self.ledger, &self.mailer, worker_of);
        let group = group.map_err(RunError::Threads)?;
        let give_up_at = monotonic_ns().saturating_add(nanos(options.patience));
        while !group.is_formed() {
            if group.has_failed() || monotonic_ns() > give_up_at {
                let failure = group.end(options.keep).failure;
                let text = failure.unwrap_or("its partitions were not dealt out in time".to_owned());
                return Err(RunError::Group(text));
            }
            thread::sleep(TICK);
        }
        self.group = Some(group);
        Ok(())
    }

    /// The ends of all partitions. Without acknowledgements records may still be on their way: the ends have to stand
    /// still first.
    fn end_offsets(&self) -> Result<Vec<i64>, RunError> {
        if self.options.consumers == 0 {
            return Ok(Vec::new());
        }
        let mut ends = client::all_offsets(&self.layout, -1)?;
        if self.options.acks == Acks::None {
            loop {
                thread::sleep(Duration::from_millis(200));
                let later = client::all_offsets(&self.layout, -1)?;
                if later == ends {
                    break;
                }
                ends = later;
            }
        }
        Ok(ends)
    }

    /// Tells everybody when and how the load begins.
    fn begin(&mut self) -> Window {
        let options = self.options;
        let interval = nanos(options.interval());
        let start_ns = monotonic_ns() + START_AFTER_NS;
        let is_open_ended = is_open_ended(options);
        let warm_up = if is_open_ended { 0 } else { nanos(options.warm_up()).div_ceil(interval) * interval };
        // Who only reads has read everything when the end is reached, whatever the time says.
        let duration = match options.duration {
            _ if only_reads(options) => nanos(OPEN_ENDED),
            None if is_open_ended => nanos(OPEN_ENDED),
            _ => nanos(options.duration()).div_ceil(interval) * interval,
        };
        let measure_from_ns = start_ns + warm_up;
        let window = Window { start_ns, measure_from_ns, measure_to_ns: measure_from_ns + duration };
        let producers = f64::from(options.producers.max(1));
        let quota =
            options.records.map_or(u64::MAX, |records| records.div_ceil(u64::from(options.producers.max(1))));
        let mean = record_bytes(options);
        let span = (warm_up + duration) as f64 / 1e9;
        let rates = match (options.ramp, options.rate) {
            (Some((from, to)), _) => Some((from, to)),
            (None, Some(rate)) => Some((rate, rate)),
            (None, None) => None,
        };
        let of_one = |rate: Rate| rate.records(mean).map(|records| records / producers);
        let order = |number: u32| match rates.map(|(from, to)| (of_one(from), of_one(to))) {
            Some((Some(from), Some(to))) if from > 0.0 || to > 0.0 => {
                let phase = f64::from(number) / producers;
                PaceOrder::Open {
                    schedule: Schedule::new(start_ns, from, to, span, phase, options.arrivals),
                    quota,
                }
            }
            Some((Some(_), Some(_))) => PaceOrder::Stopped,
            _ => PaceOrder::Closed { quota },
        };
        self.order(window, options.consumers > 0, order);
        if let Some(group) = &mut self.group {
            group.begin_churn(options.churn);
        }
        window
    }

    /// Begins a phase.
    fn order(&mut self, window: Window, is_consuming: bool, order: impl Fn(u32) -> PaceOrder) {
        self.phase += 1;
        self.produced = 0;
        self.moved_ns = monotonic_ns();
        self.timeline = Timeline::new(window, nanos(self.options.interval()), is_open_ended(self.options));
        let workers = self.mailer.shard_count();
        for worker in 0..workers {
            let numbers = (0..self.options.producers).filter(|number| *number as usize % workers == worker);
            let paces = numbers.map(|number| (number, order(number))).collect();
            let note = Note::Begin { phase: self.phase, window, paces, is_consuming };
            self.note(worker, note);
        }
    }

    /// Takes reports, for a moment; `false` if nobody is left to report.
    fn attend(&mut self, window: &Window, progress: &mut dyn FnMut(Progress<'_>)) -> bool {
        let mut report = match self.reports.recv_timeout(TICK) {
            Ok(report) => Some(report),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => return false,
        };
        while let Some(some) = report {
            self.on_report(some);
            report = self.reports.try_recv().ok();
        }
        self.sample_machine(window);
        while let Some(slice) = self.timeline.next_complete() {
            progress(Progress::Slice(slice));
        }
        self.reconnect();
        self.refresh();
        true
    }

    fn on_report(&mut self, report: Report) {
        match report {
            Report::Interval { phase, index, tally } if phase == self.phase => {
                if tally.records_acked + tally.records_received > 0 {
                    self.moved_ns = self.moved_ns.max(monotonic_ns());
                }
                self.timeline.on_tally(index, &tally);
            }
            Report::Interval { .. } => {}
            Report::Broken { worker, line, node } => {
                self.broken.push((worker, line, node, monotonic_ns()));
                self.is_stale = true;
            }
            Report::Stale => self.is_stale = true,
            Report::Produced { phase } => self.produced += usize::from(phase == self.phase),
            Report::Finished(outcome) => self.outcomes.push(*outcome),
        }
    }

    fn sample_machine(&mut self, window: &Window) {
        let now = monotonic_ns();
        if now < window.start_ns {
            return;
        }
        let interval = nanos(self.options.interval());
        let since_start = now - window.start_ns;
        if since_start / interval >= self.samples.len() as u64
            && now <= window.measure_to_ns.saturating_add(interval)
        {
            self.samples.push(self.machine.sample(since_start));
        }
    }

    /// Makes new connections for lines that lost theirs.
    fn reconnect(&mut self) {
        let now = monotonic_ns();
        let due: Vec<_> = self.broken.extract_if(.., |(.., at)| *at <= now).collect();
        for (worker, line, node, _) in due {
            match self.connect(node) {
                Ok(socket) => self.note(worker, Note::Opened { line, socket }),
                Err(_) => self.broken.push((worker, line, node, now + 100_000_000)),
            }
        }
    }

    /// Asks who leads now, a few times a second at most, after somebody found a leader gone.
    fn refresh(&mut self) {
        let now = monotonic_ns();
        if !self.is_stale || now < self.refresh_after_ns {
            return;
        }
        self.refresh_after_ns = now + 100_000_000;
        let names: Vec<String> = self.layout.topics().iter().map(|topic| topic.name.clone()).collect();
        let addresses: Vec<String> = self.layout.nodes().iter().map(|node| node.address.clone()).collect();
        let bootstrap = format!("{},{}", self.options.bootstrap, addresses.join(","));
        let found = Client::open(&bootstrap).and_then(|mut client| client.layout(&names));
        let Ok(found) = found else { return };
        let found = found.keeping_nodes_of(&self.layout);
        if found.nodes().len() > self.layout.nodes().len() {
            // A node that was not there at the start has no lines: its partitions stay where they were.
            return;
        }
        self.is_stale = !found.is_led();
        if found != *self.layout {
            self.layout = Arc::new(found);
            self.note_all(|| Note::Moved(Arc::clone(&self.layout)));
        }
    }
}

/// Whether the run ends when something is done, not when a time is over.
fn is_open_ended(options: &Options) -> bool {
    options.records.is_some() || only_reads(options)
}

/// Whether nothing is produced while it is measured: a backlog is read.
fn only_reads(options: &Options) -> bool {
    options.rate == Some(Rate::Records(0.0)) || options.producers == 0
}

/// Mean bytes of a key and a value.
pub(crate) fn record_bytes(options: &Options) -> f64 {
    let key = if options.keys.are_there() { crate::choose::KEY_BYTES } else { 0 };
    options.record_size.mean() + key as f64
}

//! A thread of the load: its connections, its producers, its consumers, and the turns in which they move.

mod answers;

use super::consumer::Consumer;
use super::lane::Pending;
use super::line::{Half, Inbound, Line};
use super::notes::{Note, Outcome, Owner, PaceOrder, Report, Seat};
use super::producer::{Moment, Pace, Producer};
use super::request;
use super::window::{Window, monotonic_ns, thread_cpu_ns};
use crate::stats::Tally;
use loglane_model::{BlockPool, Instant};
use loglane_net::DecodeError;
use loglane_net::frame::{self, FrameError};
use loglane_ring::{Done, Event, Io, OsIo};
use std::collections::VecDeque;

/// Free blocks that a worker keeps for large answers.
const IDLE_BLOCK_BYTES: usize = 64 << 20;

/// After an error a consumer leaves the broker alone this long.
const FETCH_AGAIN_AFTER_NS: u64 = 50_000_000;

/// A request without answer.
#[derive(Debug)]
enum Flight {
    Produce { correlation_id: i32, sent_ns: u64, batches: Vec<(u32, Pending)> },
    Fetch { correlation_id: i32 },
}

/// Why a connection is given up.
#[derive(Debug)]
enum Fault {
    Closed,
    Frame,
    Answer,
}

impl From<FrameError> for Fault {
    fn from(_: FrameError) -> Fault {
        Fault::Frame
    }
}

impl From<DecodeError> for Fault {
    fn from(_: DecodeError) -> Fault {
        Fault::Answer
    }
}

impl Fault {
    fn name(&self) -> &'static str {
        match self {
            Fault::Closed => "CONNECTION_BROKEN",
            Fault::Frame | Fault::Answer => "ANSWER_NOT_UNDERSTOOD",
        }
    }
}

pub(super) struct Worker {
    io: OsIo<Note>,
    seat: Seat,
    lines: Vec<Line>,
    flights: Vec<VecDeque<Flight>>,
    pool: BlockPool,
    tally: Tally,
    /// Not known before the load begins.
    window: Window,
    phase: u8,
    has_begun: bool,
    is_consuming: bool,
    interval: u64,
    has_reported_produced: bool,
    is_over: bool,
    has_given_up: bool,
    now: Moment,
    outcome: Outcome,
    cpu_at_measure_ns: Option<(u64, u64)>,
    cpu_is_taken: bool,
}

impl Worker {
    pub(super) fn new(io: OsIo<Note>, seat: Seat) -> Worker {
        let lines: Vec<Line> =
            (0..).zip(&seat.lines).map(|(index, (_, node))| Line::new(index, *node)).collect();
        let mut worker = Worker {
            io,
            flights: lines.iter().map(|_| VecDeque::new()).collect(),
            lines,
            seat,
            pool: BlockPool::new(IDLE_BLOCK_BYTES),
            tally: Tally::default(),
            window: Window::NEVER,
            phase: 0,
            has_begun: false,
            is_consuming: false,
            interval: 0,
            has_reported_produced: false,
            is_over: false,
            has_given_up: false,
            now: Moment { ns: monotonic_ns(), wall_ms: 0 },
            outcome: Outcome::default(),
            cpu_at_measure_ns: None,
            cpu_is_taken: false,
        };
        for (index, (owner, node)) in (0..).zip(worker.seat.lines.clone()) {
            match owner {
                Owner::Producer(at) => worker.seat.producers[at].lines[node] = Some(index),
                Owner::Consumer(at) => worker.seat.consumers[at].lines[node] = Some(index),
            }
        }
        worker
    }

    /// Turns until everything is done.
    pub(super) fn run(mut self) {
        let mut events = Vec::new();
        while !self.is_over {
            let until = self.next_deadline();
            self.io.wait(until.map(Instant), &mut events);
            self.now = Moment { ns: self.io.now().0, wall_ms: self.io.wall_clock_ms() };
            for event in events.drain(..) {
                match event {
                    Event::Mail { mail, .. } => self.on_note(mail),
                    Event::Done { token, done } => {
                        let (line, generation, half) = Line::of_token(token);
                        self.on_done(line as usize, generation, half, done);
                    }
                }
            }
            self.turn();
        }
        self.finish();
    }

    /// Everything that follows from what happened.
    fn turn(&mut self) {
        self.produce();
        self.fetch();
        for line in &mut self.lines {
            line.flush(&mut self.io);
        }
        self.roll_interval();
        self.watch_cpu();
        if self.has_begun && !self.has_reported_produced && self.now.ns >= self.window.start_ns {
            let is_done = self.seat.producers.iter().all(Producer::is_done);
            if is_done || self.has_given_up {
                self.has_reported_produced = true;
                self.tell(Report::Produced { phase: self.phase });
            }
        }
    }

    fn tell(&self, report: Report) {
        // Nobody listens any more once the run was given up.
        let _ = self.seat.reports.send(report);
    }

    fn on_note(&mut self, note: Note) {
        match note {
            Note::Opened { line, socket } => self.lines[line as usize].open(&mut self.io, socket),
            Note::Begin { phase, window, paces, is_consuming } => {
                self.phase = phase;
                self.is_consuming = is_consuming;
                self.begin(window, paces);
            }
            Note::Assign { consumer, places } => self.consumer(consumer).assign(&places),
            Note::Revoke { consumer, done } => {
                self.consumer(consumer).assign(&[]);
                // Who does not wait any more needs no answer.
                let _ = done.try_send(());
            }
            Note::Moved(layout) => {
                for producer in &mut self.seat.producers {
                    producer.on_layout(&layout);
                }
                for consumer in &mut self.seat.consumers {
                    consumer.on_layout(&layout);
                }
                self.seat.layout = layout;
            }
            Note::GiveUp => self.has_given_up = true,
            Note::End => self.is_over = true,
        }
    }

    fn consumer(&mut self, number: u32) -> &mut Consumer {
        let consumer = self.seat.consumers.iter_mut().find(|consumer| consumer.number == number);
        consumer.expect("notes for a consumer go to the worker that it is of")
    }

    fn begin(&mut self, window: Window, paces: Vec<(u32, PaceOrder)>) {
        self.window = window;
        self.has_begun = true;
        self.has_reported_produced = false;
        self.interval = 0;
        self.tally = Tally::default();
        for (number, order) in paces {
            let producer = self.seat.producers.iter_mut().find(|producer| producer.number == number);
            let producer = producer.expect("paces are given to whose producers they are");
            match order {
                PaceOrder::Stopped => producer.stop(&self.seat.layout),
                PaceOrder::Closed { quota } => (producer.pace, producer.quota) = (Pace::Closed, quota),
                PaceOrder::Open { schedule, quota } => {
                    (producer.pace, producer.quota) = (Pace::Open(schedule), quota);
                }
            }
        }
    }

    fn produce(&mut self) {
        if !self.has_begun || self.now.ns < self.window.start_ns {
            return;
        }
        let is_over = self.now.ns >= self.window.measure_to_ns;
        for at in 0..self.seat.producers.len() {
            let terms = &self.seat.producer_terms;
            let producer = &mut self.seat.producers[at];
            if matches!(producer.pace, Pace::Closed) && (is_over || producer.quota == 0) {
                producer.stop(&self.seat.layout);
            }
            let takes = |line: &Option<u32>| {
                line.is_some_and(|line| {
                    self.lines[line as usize].takes_request()
                        && self.flights[line as usize].len() < terms.in_flight
                })
            };
            let free_lines = producer.lines.iter().filter(|line| takes(line)).count();
            producer.generate(self.now, free_lines, terms, &self.seat.layout, &self.window, &mut self.tally);
            self.send_ready(at);
        }
    }

    /// Writes a request for each connection of a producer that takes one and has something to send.
    fn send_ready(&mut self, at: usize) {
        let terms = &self.seat.producer_terms;
        let producer = &mut self.seat.producers[at];
        for node in 0..producer.lines.len() {
            let Some(index) = producer.lines[node] else { continue };
            let (line, flights) = (&mut self.lines[index as usize], &mut self.flights[index as usize]);
            while producer.has_ready(node) && line.takes_request() && flights.len() < terms.in_flight {
                let batches = producer.next_request(node, terms);
                if batches.is_empty() {
                    break;
                }
                let (correlation_id, out) = line.next_request();
                let bytes: Vec<(u32, &[u8])> =
                    batches.iter().map(|(place, pending)| (*place, &pending.bytes[..])).collect();
                let version = self.seat.versions.produce;
                request::produce(out, &self.seat.layout, version, correlation_id, terms.acks, &bytes);
                if terms.acks == 0 {
                    for (place, pending) in batches {
                        producer.on_acked(place, pending, self.now.ns, &self.window, &mut self.tally);
                    }
                    self.tally.requests += 1;
                    self.outcome.last_acked_ns = self.now.ns;
                } else {
                    flights.push_back(Flight::Produce { correlation_id, sent_ns: self.now.ns, batches });
                }
                // One is being sent and one may wait behind it.
                line.flush(&mut self.io);
            }
        }
    }

    fn fetch(&mut self) {
        if !self.is_consuming || self.now.ns < self.window.start_ns {
            return;
        }
        let version = self.seat.versions.fetch;
        for consumer in &mut self.seat.consumers {
            for node in 0..consumer.lines.len() {
                let Some(index) = consumer.lines[node] else { continue };
                let line = &mut self.lines[index as usize];
                let rests = consumer.rests_until_ns[node] > self.now.ns;
                if consumer.is_fetching[node] || rests || !line.takes_request() {
                    continue;
                }
                let next = consumer.next_fetch(node, &self.seat.layout, version >= 7);
                let Some(next) = next else { continue };
                let (correlation_id, out) = line.next_request();
                let terms = &self.seat.fetch_terms;
                let layout = &self.seat.layout;
                request::fetch(out, layout, version, correlation_id, terms, next.session, &next.offsets);
                consumer.is_fetching[node] = true;
                self.flights[index as usize].push_back(Flight::Fetch { correlation_id });
            }
        }
    }

    fn on_done(&mut self, line: usize, generation: u32, half: Half, done: Done) {
        let is_current = self.lines[line].is_current(generation);
        match done {
            Done::Received(Ok((block, length))) => {
                if is_current {
                    let result = if length == 0 {
                        Err(Fault::Closed)
                    } else {
                        let inbound = self.lines[line].on_bytes(&block.bytes()[..length]);
                        self.on_inbound(line, inbound)
                    };
                    self.io.recycle(block);
                    self.settle(line, result);
                } else {
                    self.io.recycle(block);
                }
            }
            Done::ReceivedExact { block, result } => {
                let bytes = frame::body_bytes(block.bytes(), usize::MAX).ok().flatten().unwrap_or(0);
                let result = match (is_current, result) {
                    (false, _) => Ok(()),
                    (true, Err(_)) => Err(Fault::Closed),
                    (true, Ok(())) => {
                        self.on_inbound(line, Inbound::Large(block.clone(), bytes + frame::LENGTH_BYTES))
                    }
                };
                self.pool.give(block);
                self.settle(line, result);
            }
            Done::Sent { outgoing, result } if is_current => {
                self.lines[line].on_sent(outgoing);
                self.settle(line, result.map_err(|_| Fault::Closed));
            }
            Done::Received(Err(_)) if is_current => self.settle(line, Err(Fault::Closed)),
            // Of an earlier socket, or nothing that was ever asked for.
            _ => debug_assert!(!is_current || half == Half::Send),
        }
    }

    fn settle(&mut self, line: usize, result: Result<(), Fault>) {
        if let Err(fault) = result {
            self.on_fault(line, &fault);
        }
    }

    /// A connection is gone: what was under way on it is sent again on the next one.
    fn on_fault(&mut self, line: usize, fault: &Fault) {
        self.lines[line].close(&mut self.io);
        self.tally.error(fault.name(), 1);
        self.tally.reconnects += 1;
        let node = self.lines[line].node;
        let (owner, _) = self.seat.lines[line];
        let flights: Vec<Flight> = self.flights[line].drain(..).collect();
        for flight in flights {
            if let (Flight::Produce { batches, .. }, Owner::Producer(at)) = (flight, owner) {
                for (place, pending) in batches {
                    self.seat.producers[at].on_retriable(place, pending, self.now.ns, &mut self.tally);
                }
            }
        }
        if let Owner::Consumer(at) = owner {
            self.seat.consumers[at].is_fetching[node] = false;
            self.seat.consumers[at].forget_session(node);
        }
        let line = u32::try_from(line).expect("lines are few");
        self.tell(Report::Broken { worker: self.seat.index, line, node });
    }

    fn roll_interval(&mut self) {
        if !self.has_begun || self.now.ns < self.window.start_ns {
            return;
        }
        let index = (self.now.ns - self.window.start_ns) / self.seat.interval_ns;
        if index > self.interval {
            let tally = Box::new(std::mem::take(&mut self.tally));
            self.tell(Report::Interval { phase: self.phase, index: self.interval, tally });
            self.interval = index;
        }
    }

    /// Notes how busy this thread is in what is measured.
    fn watch_cpu(&mut self) {
        if !self.has_begun || self.now.ns < self.window.measure_from_ns {
            return;
        }
        let (cpu_ns, at_ns) =
            *self.cpu_at_measure_ns.get_or_insert_with(|| (thread_cpu_ns(), monotonic_ns()));
        if !self.cpu_is_taken && self.now.ns >= self.window.measure_to_ns {
            self.cpu_is_taken = true;
            self.outcome.busy_ns = thread_cpu_ns() - cpu_ns;
            self.outcome.elapsed_ns = monotonic_ns() - at_ns;
        }
    }

    fn next_deadline(&self) -> Option<u64> {
        if !self.has_begun {
            return None;
        }
        if self.now.ns < self.window.start_ns {
            return Some(self.window.start_ns);
        }
        let mut deadline = self.window.start_ns + (self.interval + 1) * self.seat.interval_ns;
        if self.now.ns < self.window.measure_to_ns {
            deadline = deadline.min(self.window.measure_to_ns);
        }
        for producer in &self.seat.producers {
            deadline = deadline.min(producer.next_deadline(&self.seat.producer_terms));
        }
        for consumer in &self.seat.consumers {
            let rests = consumer.rests_until_ns.iter().filter(|until| **until > self.now.ns);
            deadline = deadline.min(rests.copied().min().unwrap_or(u64::MAX));
        }
        Some(deadline)
    }

    fn finish(mut self) {
        let index = self.interval;
        let tally = Box::new(std::mem::take(&mut self.tally));
        self.tell(Report::Interval { phase: self.phase, index, tally });
        let mut outcome = std::mem::take(&mut self.outcome);
        if !self.cpu_is_taken
            && let Some((cpu_ns, at_ns)) = self.cpu_at_measure_ns
        {
            outcome.busy_ns = thread_cpu_ns() - cpu_ns;
            outcome.elapsed_ns = monotonic_ns() - at_ns;
        }
        outcome.is_complete = self.seat.producers.iter().all(Producer::is_done);
        // What nobody has answered was not acknowledged.
        for (flights, (owner, _)) in self.flights.iter_mut().zip(&self.seat.lines) {
            for flight in flights.drain(..) {
                if let (Flight::Produce { batches, .. }, Owner::Producer(at)) = (flight, *owner) {
                    for (place, pending) in batches {
                        self.seat.producers[at].on_failed(place, pending, self.now.ns);
                    }
                }
            }
        }
        for producer in &self.seat.producers {
            let number = producer.number;
            outcome.sent.extend(producer.sent().into_iter().map(|(place, sent)| (number, place, sent)));
        }
        for consumer in &self.seat.consumers {
            outcome.corrupt += consumer.corrupt;
            outcome.foreign += consumer.foreign;
        }
        for line in &mut self.lines {
            line.close(&mut self.io);
        }
        self.tell(Report::Finished(Box::new(outcome)));
    }
}

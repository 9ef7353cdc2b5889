//! A producer: makes records when they are due, fills batches, and decides what each connection sends next.

use super::lane::{Lane, Pending};
use super::window::Window;
use crate::choose::{Chooser, Keys, partition_of_key};
use crate::layout::Layout;
use crate::payload::{self, Mark};
use crate::schedule::Schedule;
use crate::stats::Tally;
use loglane_model::Compression;
use std::collections::VecDeque;

/// What all producers of a run have in common.
#[derive(Debug, Clone)]
pub(super) struct ProducerTerms {
    pub(super) tag: u32,
    pub(super) acks: i16,
    pub(super) compression: Compression,
    pub(super) keys: Keys,
    pub(super) linger_ns: u64,
    pub(super) batch_bytes: usize,
    pub(super) batch_records: u32,
    pub(super) request_bytes: usize,
    pub(super) in_flight: usize,
    pub(super) buffer_bytes: usize,
}

/// When the next record is due.
#[derive(Debug)]
pub(super) enum Pace {
    /// Never.
    Stopped,
    /// As soon as there is room for a request.
    Closed,
    /// When the schedule says.
    Open(Schedule),
}

/// After a failure a batch is sent again this much later.
const RETRY_AFTER_NS: u64 = 20_000_000;

/// A producer.
#[derive(Debug)]
pub(super) struct Producer {
    pub(super) number: u32,
    pub(super) pace: Pace,
    /// Id and epoch, if it is idempotent.
    identity: Option<(i64, i16)>,
    /// How many more records it may make.
    pub(super) quota: u64,
    chooser: Chooser,
    lanes: Vec<Lane>,
    /// By node: lanes that have something to send.
    ready: Vec<VecDeque<u32>>,
    /// When batches that fill are sent at the latest: time, place, and which batch.
    lingering: VecDeque<(u64, u32, u32)>,
    /// When lanes that wait are looked at again.
    resting: VecDeque<(u64, u32)>,
    sticky: usize,
    /// Bytes that are not acknowledged yet.
    held_bytes: usize,
    /// Bytes that could be sent at once.
    ready_bytes: usize,
    /// Whether the buffer was full when the last record was due.
    was_held_up: bool,
    /// The line to each node.
    pub(super) lines: Vec<Option<u32>>,
    spare: Vec<Vec<u8>>,
}

/// A moment, by both clocks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment {
    pub(super) ns: u64,
    pub(super) wall_ms: i64,
}

impl Producer {
    pub(super) fn new(
        number: u32,
        identity: Option<(i64, i16)>,
        mut chooser: Chooser,
        layout: &Layout,
    ) -> Producer {
        let sticky = chooser.below(layout.places().len());
        Producer {
            number,
            pace: Pace::Stopped,
            identity,
            quota: u64::MAX,
            chooser,
            lanes: layout.places().iter().map(|_| Lane::default()).collect(),
            ready: layout.nodes().iter().map(|_| VecDeque::new()).collect(),
            lingering: VecDeque::new(),
            resting: VecDeque::new(),
            sticky,
            held_bytes: 0,
            ready_bytes: 0,
            was_held_up: false,
            lines: vec![None; layout.nodes().len()],
            spare: Vec::new(),
        }
    }

    /// Makes the records that are due. `free_lines` connections could take a request at once.
    pub(super) fn generate(
        &mut self,
        now: Moment,
        free_lines: usize,
        terms: &ProducerTerms,
        layout: &Layout,
        window: &Window,
        tally: &mut Tally,
    ) {
        match &self.pace {
            Pace::Stopped => {}
            Pace::Closed => {
                // Enough to fill a request for each connection that could take one.
                let batches = terms.batch_bytes.saturating_mul(self.lanes.len());
                let wanted = terms.request_bytes.min(batches).saturating_mul(free_lines);
                while self.ready_bytes < wanted && self.held_bytes < terms.buffer_bytes && self.quota > 0 {
                    self.make_record(now.ns, now, terms, layout, tally);
                }
            }
            Pace::Open(_) => self.generate_due(now, terms, layout, window, tally),
        }
        self.on_lingered(now.ns, layout);
    }

    fn generate_due(
        &mut self,
        now: Moment,
        terms: &ProducerTerms,
        layout: &Layout,
        window: &Window,
        tally: &mut Tally,
    ) {
        let held_up = self.was_held_up;
        loop {
            let Pace::Open(schedule) = &self.pace else { return };
            let due = schedule.next_ns();
            if due >= window.measure_to_ns || self.quota == 0 {
                self.pace = Pace::Stopped;
                return;
            }
            if due > now.ns {
                break;
            }
            if self.held_bytes >= terms.buffer_bytes {
                self.was_held_up = true;
                return;
            }
            // What waited for room is late because of the broker; only the rest is the generator's own lateness.
            if !held_up && window.measures(due) {
                tally.lag.record(now.ns - due, 1);
            }
            self.make_record(due, now, terms, layout, tally);
            let chooser = &mut self.chooser;
            if let Pace::Open(schedule) = &mut self.pace {
                schedule.advance(|| chooser.fraction());
            }
        }
        // The schedule has been caught up with: from here on lateness is the generator's again.
        self.was_held_up = false;
    }

    fn make_record(
        &mut self,
        intended_ns: u64,
        now: Moment,
        terms: &ProducerTerms,
        layout: &Layout,
        tally: &mut Tally,
    ) {
        let key = self.chooser.key();
        let place = match (&key, terms.keys) {
            (Some(key), _) => {
                let topic =
                    if layout.topics().len() > 1 { self.chooser.below(layout.topics().len()) } else { 0 };
                layout.first_place(topic) + partition_of_key(key, layout.topics()[topic].leaders.len())
            }
            (None, Keys::RoundRobin) => {
                self.sticky = (self.sticky + 1) % self.lanes.len();
                self.sticky
            }
            (None, _) => {
                if self.lanes[self.sticky].open.is_none() {
                    self.sticky = (self.sticky + 1) % self.lanes.len();
                }
                self.sticky
            }
        };
        let size = self.chooser.size();
        let payload = size + key.map_or(0, |key| key.len());
        let lane = &mut self.lanes[place];
        // A batch is closed before it grows beyond its size, as Kafka's own client does it.
        let overflows = |open: &super::lane::Open| open.builder.len() + payload + 32 > terms.batch_bytes;
        if lane.open.as_ref().is_some_and(overflows) {
            self.close_full(place, terms, layout);
        }
        let lane = &mut self.lanes[place];
        let mark = Mark { tag: terms.tag, producer: self.number, sequence: lane.next_sequence, intended_ns };
        if lane.open.is_none() {
            let memory =
                self.spare.pop().unwrap_or_else(|| Vec::with_capacity(terms.batch_bytes.min(1 << 20)));
            self.held_bytes += lane.open(memory).builder.len();
            let deadline = now.ns.saturating_add(terms.linger_ns);
            self.lingering.push_back((deadline, u32::try_from(place).expect("places are few"), lane.opened));
        }
        let open = lane.open.as_mut().expect("opened above");
        let before = open.builder.len();
        let filler = self.chooser.filler(size - payload::PAYLOAD_HEAD_BYTES);
        open.builder.push(now.wall_ms, key.as_ref().map(<[u8; _]>::as_slice), size, |out| {
            payload::write(out, mark, filler);
        });
        open.count_record(intended_ns, payload);
        self.held_bytes += open.builder.len() - before;
        let is_full = open.builder.len() >= terms.batch_bytes || open.builder.count() >= terms.batch_records;
        lane.next_sequence += 1;
        self.quota -= 1;
        tally.records_sent += 1;
        if is_full {
            self.close_full(place, terms, layout);
        }
    }

    fn close_full(&mut self, place: usize, terms: &ProducerTerms, layout: &Layout) {
        let lane = &mut self.lanes[place];
        if let Some(pending) = lane.close(terms.compression, self.identity) {
            self.ready_bytes += pending.held;
            lane.full.push_back(pending);
            self.queue(place, layout);
        }
    }

    /// Puts a lane that has something to send in line at its leader's connection.
    fn queue(&mut self, place: usize, layout: &Layout) {
        let lane = &mut self.lanes[place];
        if lane.is_queued || lane.waits {
            return;
        }
        let place_number = u32::try_from(place).expect("places are few");
        if let Some(leader) = layout.places()[place].leader {
            lane.is_queued = true;
            self.ready[leader].push_back(place_number);
        }
    }

    /// Batches that have waited long enough for more records, and lanes that have rested, get in line.
    fn on_lingered(&mut self, now_ns: u64, layout: &Layout) {
        while let Some((_, place, which)) = self.lingering.pop_front_if(|(deadline, ..)| *deadline <= now_ns)
        {
            let lane = &mut self.lanes[place as usize];
            if lane.opened == which && lane.open.is_some() {
                lane.is_due = true;
                self.queue(place as usize, layout);
            }
        }
        while let Some((_, place)) = self.resting.pop_front_if(|(until, _)| *until <= now_ns) {
            let lane = &mut self.lanes[place as usize];
            if lane.in_flight == 0 {
                lane.waits = false;
                if lane.is_ready() {
                    self.queue(place as usize, layout);
                }
            }
        }
    }

    /// The batches of the next request to `node`: one for each partition, in the order of places.
    pub(super) fn next_request(&mut self, node: usize, terms: &ProducerTerms) -> Vec<(u32, Pending)> {
        let mut chosen: Vec<(u32, Pending)> = Vec::new();
        let mut bytes = 0;
        let queue_length = self.ready[node].len();
        for _ in 0..queue_length {
            let Some(place) = self.ready[node].pop_front() else { break };
            let lane = &mut self.lanes[place as usize];
            lane.is_queued = false;
            if lane.waits {
                continue;
            }
            let pending = if let Some(again) = lane.again.pop_front() {
                Some(again)
            } else if let Some(full) = lane.full.pop_front() {
                self.ready_bytes -= full.held;
                Some(full)
            } else {
                lane.close(terms.compression, self.identity)
            };
            let Some(pending) = pending else { continue };
            bytes += pending.bytes.len();
            lane.in_flight += 1;
            if lane.is_ready() {
                lane.is_queued = true;
                self.ready[node].push_back(place);
            }
            chosen.push((place, pending));
            let next_is_large = bytes + terms.batch_bytes > terms.request_bytes;
            if next_is_large {
                break;
            }
        }
        chosen.sort_unstable_by_key(|(place, _)| *place);
        chosen
    }

    /// Whether a request to `node` could be made.
    pub(super) fn has_ready(&self, node: usize) -> bool {
        !self.ready[node].is_empty()
    }

    /// A batch is where the acknowledgement wanted it.
    pub(super) fn on_acked(
        &mut self,
        place: u32,
        pending: Pending,
        now_ns: u64,
        window: &Window,
        tally: &mut Tally,
    ) {
        tally.records_acked += u64::from(pending.count);
        tally.payload_acked += pending.payload;
        tally.wire_acked += pending.bytes.len() as u64;
        for (intended, count) in &pending.times {
            if window.measures(*intended) {
                tally.produce.record(now_ns.saturating_sub(*intended), u64::from(*count));
            }
        }
        self.let_go(place, pending, now_ns);
    }

    /// A batch failed for good.
    pub(super) fn on_failed(&mut self, place: u32, pending: Pending, now_ns: u64) {
        self.lanes[place as usize].failed.push(pending.range());
        self.let_go(place, pending, now_ns);
    }

    fn let_go(&mut self, place: u32, mut pending: Pending, now_ns: u64) {
        self.held_bytes -= pending.held;
        let lane = &mut self.lanes[place as usize];
        lane.in_flight -= 1;
        if lane.waits && lane.in_flight == 0 {
            self.resting.push_back((now_ns, place));
        }
        if self.spare.len() < 64 {
            pending.bytes.clear();
            self.spare.push(pending.bytes);
        }
    }

    /// A batch has to be sent again: nothing overtakes it.
    pub(super) fn on_retriable(&mut self, place: u32, mut pending: Pending, now_ns: u64, tally: &mut Tally) {
        tally.retries += 1;
        pending.is_retry = true;
        let lane = &mut self.lanes[place as usize];
        lane.in_flight -= 1;
        lane.waits = true;
        lane.put_again(pending);
        if lane.in_flight == 0 {
            self.resting.push_back((now_ns + RETRY_AFTER_NS, place));
        }
    }

    /// Whether a batch of the partition is to be sent again: those behind it cannot be in sequence.
    pub(super) fn is_retrying(&self, place: u32) -> bool {
        self.lanes[place as usize].waits
    }

    /// Leaders have moved.
    pub(super) fn on_layout(&mut self, layout: &Layout) {
        self.lines.resize(layout.nodes().len(), None);
        self.ready = layout.nodes().iter().map(|_| VecDeque::new()).collect();
        for place in 0..self.lanes.len() {
            self.lanes[place].is_queued = false;
            if self.lanes[place].is_ready() {
                self.queue(place, layout);
            }
        }
    }

    /// When something happens without anybody's doing.
    pub(super) fn next_deadline(&self, terms: &ProducerTerms) -> u64 {
        let mut deadline = u64::MAX;
        if let Pace::Open(schedule) = &self.pace
            && self.held_bytes < terms.buffer_bytes
        {
            deadline = schedule.next_ns();
        }
        if let Some((at, ..)) = self.lingering.front() {
            deadline = deadline.min(*at);
        }
        if let Some((at, _)) = self.resting.front() {
            deadline = deadline.min(*at);
        }
        deadline
    }

    /// Ends the making of records; what was made still goes out.
    pub(super) fn stop(&mut self, layout: &Layout) {
        self.pace = Pace::Stopped;
        for place in 0..self.lanes.len() {
            if self.lanes[place].open.is_some() {
                self.lanes[place].is_due = true;
                self.queue(place, layout);
            }
        }
    }

    /// Whether everything that was made is acknowledged or failed.
    pub(super) fn is_done(&self) -> bool {
        matches!(self.pace, Pace::Stopped) && self.held_bytes == 0 && self.lanes.iter().all(Lane::is_done)
    }

    /// What was sent, by place.
    pub(super) fn sent(&self) -> Vec<(u32, crate::verify::Sent)> {
        let lanes = (0..).zip(&self.lanes).filter(|(_, lane)| lane.next_sequence > 0);
        lanes.map(|(place, lane)| (place, lane.sent())).collect()
    }
}

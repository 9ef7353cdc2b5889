//! A consumer: fetches its share of the partitions, and looks at every record.

use super::window::Window;
use crate::batch::{self, Batch};
use crate::layout::Layout;
use crate::payload;
use crate::stats::Tally;
use crate::verify::Seen;
use std::collections::HashMap;

/// A partition that is read.
#[derive(Debug)]
struct Spot {
    place: u32,
    offset: i64,
    /// Where reading ends, once that is known.
    target: Option<i64>,
    /// Whether the broker does not know the offset yet (fetch sessions list only what changed).
    is_changed: bool,
    seen: Vec<(u32, u32, Seen)>,
    /// Whose record came last: the next one is usually of the same.
    last: usize,
}

/// An incremental fetch session (KIP-227).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Session {
    id: i32,
    epoch: i32,
}

/// What to fetch next.
#[derive(Debug)]
pub(super) struct NextFetch {
    /// Id and epoch of the session.
    pub(super) session: (i32, i32),
    /// Places and offsets to list.
    pub(super) offsets: Vec<(u32, i64)>,
}

/// What all consumers of a run have in common.
#[derive(Debug, Clone, Copy)]
pub(super) struct ConsumerTerms {
    /// Records of other runs are not looked at; `None` looks at all.
    pub(super) tag: Option<u32>,
    pub(super) verifies: bool,
}

/// A consumer.
#[derive(Debug)]
pub(super) struct Consumer {
    spots: Vec<Spot>,
    spot_of: HashMap<u32, usize>,
    /// By node.
    sessions: Vec<Session>,
    /// By node: the line, and whether a fetch is under way on it.
    pub(super) lines: Vec<Option<u32>>,
    pub(super) is_fetching: Vec<bool>,
    /// By node: nothing is fetched before this time, after an error.
    pub(super) rests_until_ns: Vec<u64>,
    pub(super) corrupt: u64,
    pub(super) foreign: u64,
}

impl Consumer {
    /// Reads these places from these offsets.
    pub(super) fn new(places: &[(u32, i64)], layout: &Layout) -> Consumer {
        let spot = |(place, offset): &(u32, i64)| Spot {
            place: *place,
            offset: *offset,
            target: None,
            is_changed: true,
            seen: Vec::new(),
            last: 0,
        };
        Consumer {
            spots: places.iter().map(spot).collect(),
            spot_of: places.iter().enumerate().map(|(at, (place, _))| (*place, at)).collect(),
            sessions: vec![Session::default(); layout.nodes().len()],
            lines: vec![None; layout.nodes().len()],
            is_fetching: vec![false; layout.nodes().len()],
            rests_until_ns: vec![0; layout.nodes().len()],
            corrupt: 0,
            foreign: 0,
        }
    }

    /// Gives the offsets to begin at, by place.
    pub(super) fn start_at(&mut self, offsets: &[i64]) {
        for spot in &mut self.spots {
            spot.offset = offsets[spot.place as usize];
        }
    }

    /// Gives the offsets at which reading ends, by place.
    pub(super) fn read_up_to(&mut self, targets: &[i64]) {
        for spot in &mut self.spots {
            spot.target = Some(targets[spot.place as usize]);
        }
    }

    /// Whether everything up to the targets was read.
    pub(super) fn is_done(&self) -> bool {
        self.spots.iter().all(|spot| spot.target.is_some_and(|target| spot.offset >= target))
    }

    /// The next fetch from `node`: the session, and what to list of it. `None` where there is nothing to fetch.
    pub(super) fn next_fetch(
        &mut self,
        node: usize,
        layout: &Layout,
        has_sessions: bool,
    ) -> Option<NextFetch> {
        let is_led = |spot: &&mut Spot| layout.places()[spot.place as usize].leader == Some(node);
        let session = self.sessions[node];
        let is_incremental = has_sessions && session.id != 0;
        let mut is_any = false;
        let mut listed = Vec::new();
        for spot in self.spots.iter_mut().filter(is_led) {
            is_any = true;
            if !is_incremental || spot.is_changed {
                spot.is_changed = false;
                listed.push((spot.place, spot.offset));
            }
        }
        let session = if has_sessions { (session.id, session.epoch) } else { (0, -1) };
        is_any.then_some(NextFetch { session, offsets: listed })
    }

    /// A fetch was answered within a session.
    pub(super) fn on_session(&mut self, node: usize, id: i32) {
        let session = &mut self.sessions[node];
        if id == 0 {
            *session = Session::default();
        } else {
            let epoch = if session.id == id { session.epoch } else { 0 };
            *session = Session { id, epoch: if epoch == i32::MAX { 1 } else { epoch + 1 } };
        }
    }

    /// The session is over, or the connection that it was on: the next fetch begins a new one.
    pub(super) fn forget_session(&mut self, node: usize) {
        self.sessions[node] = Session::default();
        for spot in &mut self.spots {
            spot.is_changed = true;
        }
    }

    /// Leaders have moved.
    pub(super) fn on_layout(&mut self, layout: &Layout) {
        let nodes = layout.nodes().len();
        self.sessions = vec![Session::default(); nodes];
        self.lines.resize(nodes, None);
        self.is_fetching.resize(nodes, false);
        self.rests_until_ns.resize(nodes, 0);
        for spot in &mut self.spots {
            spot.is_changed = true;
        }
    }

    /// Looks at the records of one partition; whether there were any.
    pub(super) fn on_records(
        &mut self,
        place: u32,
        records: &[u8],
        now_ns: u64,
        terms: &ConsumerTerms,
        window: &Window,
        tally: &mut Tally,
    ) -> bool {
        let Some(at) = self.spot_of.get(&place).copied() else { return false };
        let before = self.spots[at].offset;
        for batch in batch::batches(records) {
            match batch {
                Ok(batch) => self.on_batch(at, &batch, now_ns, terms, window, tally),
                Err(_) => self.corrupt += 1,
            }
        }
        self.spots[at].is_changed = true;
        self.spots[at].offset > before
    }

    fn on_batch(
        &mut self,
        at: usize,
        batch: &Batch<'_>,
        now_ns: u64,
        terms: &ConsumerTerms,
        window: &Window,
        tally: &mut Tally,
    ) {
        let spot = &mut self.spots[at];
        let end = batch.header.last_offset().0.saturating_add(1);
        tally.wire_received += batch.total_bytes() as u64;
        if !terms.verifies || batch.is_control() {
            let records = u64::from(batch.header.record_count.get().unsigned_abs());
            if !batch.is_control() {
                tally.records_received += records;
                tally.payload_received += batch.total_bytes() as u64;
            }
            spot.offset = spot.offset.max(end);
            return;
        }
        let (mut corrupt, mut foreign) = (0, 0);
        let mut expected = batch.header.base_offset.get();
        let (mut latency, mut latency_count) = (u64::MAX, 0);
        let looked = batch.for_each_record(|record| {
            // A fetch may begin in the middle of a batch.
            if record.offset < spot.offset {
                expected = record.offset + 1;
                return;
            }
            corrupt += u64::from(record.offset < expected);
            expected = record.offset + 1;
            let value = record.value.unwrap_or_default();
            tally.records_received += 1;
            tally.payload_received += (value.len() + record.key.map_or(0, <[u8]>::len)) as u64;
            let Some(mark) = payload::read(value) else {
                corrupt += 1;
                return;
            };
            if terms.tag.is_some_and(|tag| tag != mark.tag) {
                foreign += 1;
                return;
            }
            if window.measures(mark.intended_ns) {
                let nanos = now_ns.saturating_sub(mark.intended_ns);
                if nanos == latency {
                    latency_count += 1;
                } else {
                    if latency_count > 0 {
                        tally.end_to_end.record(latency, latency_count);
                    }
                    (latency, latency_count) = (nanos, 1);
                }
            }
            spot.see(mark.tag, mark.producer, mark.sequence, terms.tag.is_none());
        });
        if latency_count > 0 {
            tally.end_to_end.record(latency, latency_count);
        }
        self.corrupt += corrupt + u64::from(looked.is_err());
        self.foreign += foreign;
        spot.offset = spot.offset.max(end);
    }

    /// What was seen: place, tag, producer.
    pub(super) fn seen(&mut self) -> Vec<(u32, u32, u32, Seen)> {
        let of_spot = |spot: &mut Spot| {
            let place = spot.place;
            let seen = std::mem::take(&mut spot.seen);
            seen.into_iter().map(move |(tag, producer, seen)| (place, tag, producer, seen))
        };
        self.spots.iter_mut().flat_map(of_spot).collect()
    }
}

impl Spot {
    /// `begins_anywhere`: the records are of an earlier run, and the first one sets what is expected.
    #[inline]
    fn see(&mut self, tag: u32, producer: u32, sequence: u64, begins_anywhere: bool) {
        let is_it = |(known_tag, known, _): &(u32, u32, Seen)| *known_tag == tag && *known == producer;
        if !self.seen.get(self.last).is_some_and(is_it) {
            self.last = match self.seen.iter().position(is_it) {
                Some(at) => at,
                None => {
                    let first = if begins_anywhere { sequence } else { 0 };
                    self.seen.push((tag, producer, Seen::starting_at(first)));
                    self.seen.len() - 1
                }
            };
        }
        self.seen[self.last].2.on_record(sequence);
    }
}

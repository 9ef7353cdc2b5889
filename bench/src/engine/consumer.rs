//! A consumer: fetches the partitions that it was given, and looks at every record.

use super::ledger::{Ledger, Reading};
use super::window::Window;
use crate::batch::{self, Batch};
use crate::layout::Layout;
use crate::payload;
use crate::stats::Tally;
use std::collections::HashMap;

/// A partition that is read.
#[derive(Debug)]
struct Spot {
    place: u32,
    offset: i64,
    /// Whether the broker does not know the offset yet (fetch sessions list only what changed).
    is_changed: bool,
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

/// How records are looked at.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look<'a> {
    pub(super) now_ns: u64,
    pub(super) terms: &'a ConsumerTerms,
    pub(super) window: &'a Window,
}

/// A consumer.
#[derive(Debug)]
pub(super) struct Consumer {
    pub(super) number: u32,
    spots: Vec<Spot>,
    spot_of: HashMap<u32, usize>,
    /// By node.
    sessions: Vec<Session>,
    /// By node: the session of the answer that is under way is not wanted any more.
    is_outdated: Vec<bool>,
    /// By node: the line, and whether a fetch is under way on it.
    pub(super) lines: Vec<Option<u32>>,
    pub(super) is_fetching: Vec<bool>,
    /// By node: nothing is fetched before this time, after an error.
    pub(super) rests_until_ns: Vec<u64>,
    pub(super) corrupt: u64,
    pub(super) foreign: u64,
}

impl Consumer {
    /// Reads nothing yet.
    pub(super) fn new(number: u32, layout: &Layout) -> Consumer {
        let nodes = layout.nodes().len();
        Consumer {
            number,
            spots: Vec::new(),
            spot_of: HashMap::new(),
            sessions: vec![Session::default(); nodes],
            is_outdated: vec![false; nodes],
            lines: vec![None; nodes],
            is_fetching: vec![false; nodes],
            rests_until_ns: vec![0; nodes],
            corrupt: 0,
            foreign: 0,
        }
    }

    /// Reads these places, which are in order, from these offsets, and no others.
    pub(super) fn assign(&mut self, places: &[(u32, i64)]) {
        let spot = |(place, offset): &(u32, i64)| Spot { place: *place, offset: *offset, is_changed: true };
        self.spots = places.iter().map(spot).collect();
        self.spot_of = places.iter().enumerate().map(|(at, (place, _))| (*place, at)).collect();
        self.sessions.fill(Session::default());
        self.is_outdated.clone_from(&self.is_fetching);
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
        if std::mem::take(&mut self.is_outdated[node]) || id == 0 {
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
        self.is_outdated.resize(nodes, false);
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
        look: Look<'_>,
        ledger: &Ledger,
        tally: &mut Tally,
    ) -> bool {
        // A partition that was given back while its records were on their way has another reader.
        let Some(at) = self.spot_of.get(&place).copied() else { return false };
        let before = self.spots[at].offset;
        let mut reading = ledger.reading(place);
        for batch in batch::batches(records) {
            match batch {
                Ok(batch) => self.on_batch(at, &batch, look, &mut reading, tally),
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
        look: Look<'_>,
        reading: &mut Reading,
        tally: &mut Tally,
    ) {
        let Look { now_ns, terms, window } = look;
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
            reading.read_up_to(end);
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
            if !reading.is_new(record.offset) {
                return;
            }
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
            reading.see(mark.tag, mark.producer, mark.sequence, terms.tag.is_none());
        });
        if latency_count > 0 {
            tally.end_to_end.record(latency, latency_count);
        }
        self.corrupt += corrupt + u64::from(looked.is_err());
        self.foreign += foreign;
        spot.offset = spot.offset.max(end);
        reading.read_up_to(end);
    }
}

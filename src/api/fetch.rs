//! Fetch: who has how much, then who lends it.
//!
//! The connection's shard coordinates. First pass: every owner says what it could serve and keeps a watch on the
//! partition; nothing is lent, so a parked fetch costs no memory of records. Second pass, once `min_bytes` are
//! there, an error has to be told, or the wait is over: bytes are granted in request order (the first batch of the
//! first partition that has one even beyond the request's limits, so that no consumer gets stuck), owners lend extents
//! of their blocks, and the answer goes out around them. Where connections hold all that may be lent, it waits (`short.rs`).

mod answer;
mod owner;
mod short;

pub(crate) use short::Shortage;

use super::authorize::Authorized;
use super::{
    BadRequest, Call, PARTITIONS_PER_REQUEST_MAX, Pending, READ_COMMITTED, READ_UNCOMMITTED, number_of,
};
use crate::fetch_session::{SessionAnswer, SessionItem, SessionOutcome, SessionPlace};
use crate::shard::Shard;
use crate::shard::mail::Mail;
use crate::shard::timers::Timer;
use crate::slots::SlotId;
use crate::topics::NamedTopic;
use loglane_model::{Bug, Extent, Instant, LeaderEpoch, Offset, PartitionId, ShardId, TopicId, planted};
use loglane_net::fetch::FetchRequest;
use loglane_net::fetch_response::AbortedTransaction;
use loglane_net::{ErrorCode, Reader};
use loglane_ring::Io;
use loglane_storage::transaction_index;
use std::ops::Range;
use std::time::Duration;

/// The first version that names topics by id.
const FIRST_WITH_TOPIC_ID: i16 = 13;

/// No client waits longer, whatever it asks for: a parked request holds its place in tables.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 60 * 60);

/// What a fetch asks of one partition.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PeekQuery {
    pub(crate) topic: TopicId,
    pub(crate) partition: PartitionId,
    pub(crate) fetch_offset: Offset,
    pub(crate) bytes_max: usize,
    /// Below the last stable offset only.
    pub(crate) read_committed: bool,
    pub(crate) current_leader_epoch: Option<LeaderEpoch>,
    pub(crate) last_fetched_epoch: Option<LeaderEpoch>,
}

/// What a partition has for a fetch, at one moment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PartitionView {
    pub(crate) error: ErrorCode,
    pub(crate) high_watermark: Offset,
    pub(crate) last_stable_offset: Offset,
    pub(crate) log_start_offset: Offset,
    /// The end of what this fetch may see.
    pub(crate) up_to: Offset,
    /// Bytes of whole batches that could be served, the first one counted even beyond the limit.
    pub(crate) readable: usize,
    /// The fetcher's log went another way: the largest epoch not above its own, and where that ends here.
    pub(crate) diverging: Option<(LeaderEpoch, Offset)>,
}

impl PartitionView {
    pub(crate) fn failed(error: ErrorCode) -> PartitionView {
        PartitionView {
            error,
            high_watermark: Offset(-1),
            last_stable_offset: Offset(-1),
            log_start_offset: Offset(-1),
            up_to: Offset(-1),
            readable: 0,
            diverging: None,
        }
    }

    /// Whether the client has to hear of it now, whatever it wanted to wait for.
    fn is_urgent(&self) -> bool {
        self.error != ErrorCode::None || self.diverging.is_some()
    }
}

/// First pass, for the partitions of one owner; goes there and comes back filled.
#[derive(Debug, Default)]
pub(crate) struct PeekPart {
    request: Option<SlotId>,
    items: Vec<(u32, PeekQuery)>,
    views: Vec<PartitionView>,
}

/// Second pass, for the partitions of one owner; goes there and comes back filled.
#[derive(Debug, Default)]
pub(crate) struct FetchPart {
    request: Option<SlotId>,
    /// The shard that coordinates.
    reply_to: Option<ShardId>,
    items: Vec<GrantedItem>,
    extents: Vec<Extent>,
    /// Connections hold so much of the owner's memory that it lends nothing.
    is_short: bool,
}

/// Bytes granted to one partition, and what came of it.
#[derive(Debug)]
struct GrantedItem {
    item: u32,
    topic: TopicId,
    partition: PartitionId,
    from: Offset,
    up_to: Offset,
    bytes_max: usize,
    at_least_one: bool,
    want_aborted: bool,
    /// Where the batches end that were lent, once they were.
    lent_end: Option<Offset>,
    is_done: bool,
    error: ErrorCode,
    /// In the part's extents.
    extents: Range<usize>,
    aborted: Vec<transaction_index::AbortedTransaction>,
}

/// One partition of a fetch.
#[derive(Debug)]
struct Item {
    topic: NamedTopic,
    /// `None`: there is no such partition.
    home: Option<ShardId>,
    query: PeekQuery,
    view: PartitionView,
    /// Extents of the answer, in `PendingFetch::extents`.
    extents: Range<usize>,
    aborted: Vec<AbortedTransaction>,
    /// What the session last told the client: high watermark and log start offset.
    told: Option<(Offset, Offset)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Owners are being asked.
    Peeking,
    /// Not enough yet.
    Parked,
    /// Owners are lending.
    Fetching,
    /// Connections hold all that may be lent.
    Short,
}

/// A fetch that is not yet answered.
#[derive(Debug)]
pub(crate) struct PendingFetch {
    call: Call,
    session: SessionAnswer,
    min_bytes: usize,
    bytes_max: usize,
    /// Charged to the shard's lent bytes from the second pass until the answer is written.
    granted_bytes: usize,
    deadline: Instant,
    /// When it is answered without records if it cannot be lent any; `None` while it has not been short of them.
    short_until: Option<Instant>,
    /// An owner lends nothing now.
    is_short: bool,
    items: Vec<Item>,
    /// Over all items: what could be served, and how many the client has to hear of now. Kept up to date, so that news
    /// of one partition costs the same however many there are.
    readable: usize,
    urgent: usize,
    extents: Vec<Extent>,
    stage: Stage,
    /// Owners that have not answered the present stage.
    outstanding: usize,
    /// Own partitions hold a watch for it.
    is_watching: bool,
}

impl PeekPart {
    /// For how many partitions there is room without asking the allocator.
    pub(super) fn room(&self) -> usize {
        self.items.capacity().max(self.views.capacity())
    }
}

impl FetchPart {
    /// For how many partitions, or extents, there is room without asking the allocator.
    pub(super) fn room(&self) -> usize {
        self.items.capacity().max(self.extents.capacity())
    }
}

impl PendingFetch {
    /// For how many partitions, or extents, there is room without asking the allocator.
    pub(super) fn room(&self) -> usize {
        self.items.capacity().max(self.extents.capacity())
    }

    /// Whether the client has to hear of one of its partitions now.
    fn is_urgent(&self) -> bool {
        self.urgent > 0
    }

    /// One more partition, or what is wanted of one that is there already.
    fn put(&mut self, place: usize, item: Item) {
        if place == self.items.len() {
            let view = item.view;
            self.readable += view.readable;
            self.urgent += usize::from(view.is_urgent());
            self.items.push(item);
        } else {
            let view = item.view;
            self.items[place] = Item { view: self.items[place].view, ..item };
            self.see(place, view);
        }
    }

    /// What an owner says of one of its partitions.
    fn see(&mut self, item: usize, view: PartitionView) {
        let before = std::mem::replace(&mut self.items[item].view, view);
        self.readable = self.readable - before.readable + view.readable;
        self.urgent = self.urgent - usize::from(before.is_urgent()) + usize::from(view.is_urgent());
    }

    /// No owner is asked: every partition gets this error.
    fn refuse_all(&mut self, error: ErrorCode) {
        for item in 0..self.items.len() {
            self.items[item].home = None;
            self.see(item, PartitionView::failed(error));
        }
    }

    /// What the shard's lent bytes have been charged with.
    pub(super) fn granted_bytes(&self) -> usize {
        self.granted_bytes
    }

    #[cfg(test)]
    pub(super) fn kept_bytes(&self) -> usize {
        self.items.capacity() * size_of::<Item>() + self.extents.capacity() * size_of::<Extent>()
    }

    /// Ready for the next request; lets go of the blocks.
    pub(super) fn clear(&mut self) {
        self.items.clear();
        self.extents.clear();
        self.readable = 0;
        self.urgent = 0;
        self.is_watching = false;
        self.granted_bytes = 0;
        self.short_until = None;
        self.is_short = false;
    }
}

impl<I: Io<Mail>> Shard<I> {
    pub(super) fn on_fetch(&mut self, authorized: Authorized, body: &[u8]) -> Result<(), BadRequest> {
        let call = authorized.call();
        let request = FetchRequest::decode(&mut Reader::new(body), call.version)?;
        let named = request.partition_count().max(request.forgotten_count());
        if named > PARTITIONS_PER_REQUEST_MAX {
            return Err(BadRequest::TooManyPartitions(named));
        }
        let mut pending = self.spare_fetch(call);
        match self.open_session(call, &request, &mut pending) {
            SessionOutcome::Refused(error) => {
                self.answer_fetch_error(call, error);
                self.requests.keep_fetch(pending);
                return Ok(());
            }
            SessionOutcome::Go(session) => pending.session = session,
        }
        if request.replica_id >= 0 {
            // A follower: this broker has none, so whoever says so is none.
            pending.refuse_all(ErrorCode::NotLeaderOrFollower);
        } else if !matches!(request.isolation_level, READ_UNCOMMITTED | READ_COMMITTED) {
            pending.refuse_all(ErrorCode::InvalidRequest);
        }
        self.counts.partitions_asked += pending.items.len() as u64;
        let wait = Duration::from_millis(u64::try_from(request.max_wait_ms).unwrap_or(0));
        pending.min_bytes = usize::try_from(request.min_bytes).unwrap_or(0);
        pending.bytes_max =
            usize::try_from(request.max_bytes).unwrap_or(0).min(self.settings.fetch_bytes_max);
        pending.deadline = self.now.after(wait.min(LONGEST_WAIT));
        let id = self.requests.pending.insert(Pending::Fetch(pending));
        self.connections.get_mut(call.connection).expect("it just sent this").exclusive = Some(id);
        self.peek_all(id);
        Ok(())
    }

    /// A box for a fetch; an old one if there is any.
    fn spare_fetch(&mut self, call: Call) -> Box<PendingFetch> {
        match self.requests.spare.fetches.pop() {
            Some(mut pending) => {
                pending.call = call;
                pending.stage = Stage::Peeking;
                pending.outstanding = 0;
                pending
            }
            None => Box::new(PendingFetch {
                call,
                session: SessionAnswer::NONE,
                min_bytes: 0,
                bytes_max: 0,
                granted_bytes: 0,
                deadline: self.now,
                short_until: None,
                is_short: false,
                items: Vec::new(),
                readable: 0,
                urgent: 0,
                extents: Vec::new(),
                stage: Stage::Peeking,
                outstanding: 0,
                is_watching: false,
            }),
        }
    }

    /// Resolves the session and lists the partitions of this fetch.
    fn open_session(
        &mut self,
        call: Call,
        request: &FetchRequest<'_>,
        pending: &mut PendingFetch,
    ) -> SessionOutcome {
        let place = SessionPlace { shard: self.id, shard_count: self.shard_count };
        let by_id = call.version >= FIRST_WITH_TOPIC_ID;
        let (io, topics) = (&mut self.io, &self.topics);
        let outcome = self.sessions.open(place, self.now, &mut || io.random(), request, by_id, topics);
        let read_committed = request.isolation_level == READ_COMMITTED;
        let mut put =
            |place: usize, item: SessionItem| pending.put(place, Item::new(item, read_committed, by_id));
        match outcome {
            SessionOutcome::Go(SessionAnswer { id: 0, .. }) => {
                self.sessions.for_each_named(request, by_id, topics, &mut put);
            }
            SessionOutcome::Go(session) => {
                let mut place = 0;
                let mut list = |item| {
                    put(place, item);
                    place += 1;
                };
                self.sessions.for_each_item(session.id, topics, &mut list);
            }
            SessionOutcome::Refused(_) => {}
        }
        outcome
    }

    /// First pass: asks every owner. Those of this shard answer at once.
    fn peek_all(&mut self, id: SlotId) {
        let me = self.id;
        let mut parts = std::mem::take(&mut self.scratch.peek_parts);
        let Some(Pending::Fetch(pending)) = self.requests.pending.get_mut(id) else {
            unreachable!("the caller inserted it")
        };
        let mut outstanding = 0;
        for index in 0..pending.items.len() {
            let item = &pending.items[index];
            match item.home {
                None => {}
                Some(home) if home == me => {
                    let slot = item.topic.place(item.query.partition).and_then(|place| place.slot);
                    let view = match slot.and_then(|slot| self.partitions.get(slot)) {
                        Some(partition) => partition.peek(&item.query),
                        None => PartitionView::failed(ErrorCode::UnknownTopicOrPartition),
                    };
                    pending.see(index, view);
                }
                Some(home) => {
                    let spare = &mut self.requests.spare.peek_parts;
                    let part = parts[usize::from(home.0)].get_or_insert_with(|| {
                        outstanding += 1;
                        spare.pop().unwrap_or_default()
                    });
                    part.request = Some(id);
                    part.items.push((number_of(index), item.query));
                }
            }
        }
        pending.outstanding = outstanding;
        for (shard, part) in parts.iter_mut().enumerate() {
            if let Some(part) = part.take() {
                self.mail(ShardId(u16::try_from(shard).expect("a shard's number")), Mail::Peek(part));
            }
        }
        self.scratch.peek_parts = parts;
        if outstanding == 0 {
            self.decide_fetch(id);
        } else {
            // What moves here while the others answer must not be missed.
            self.watch_own_partitions(id);
        }
    }

    /// An owner has answered the first pass.
    pub(crate) fn on_peeked(&mut self, mut part: Box<PeekPart>) {
        let id = part.request.take().expect("filled by the asker");
        if let Some(pending) = self.requests.fetch_mut(id) {
            for ((number, _), view) in part.items.iter().zip(&part.views) {
                pending.see(*number as usize, *view);
            }
            pending.outstanding -= 1;
            if pending.outstanding == 0 {
                self.decide_fetch(id);
            }
        }
        part.items.clear();
        part.views.clear();
        self.requests.spare.keep_peek_part(part);
    }

    /// A watched partition has moved on.
    pub(crate) fn on_watch_fired(&mut self, id: SlotId, number: u32, view: PartitionView) {
        let Some(pending) = self.requests.fetch_mut(id) else { return };
        if pending.stage == Stage::Fetching {
            return; // What was granted stays as it was seen.
        }
        pending.see(number as usize, view);
        if pending.stage == Stage::Parked {
            self.decide_fetch(id);
        }
    }

    /// The client does not want to wait any longer.
    pub(crate) fn on_fetch_deadline(&mut self, id: SlotId) {
        match self.requests.fetch_mut(id).map(|pending| pending.stage) {
            Some(Stage::Parked) => self.begin_second_pass(id),
            Some(Stage::Short) => self.grant_if_lendable(id),
            Some(Stage::Peeking | Stage::Fetching) | None => {}
        }
    }

    /// Answers now, or parks.
    fn decide_fetch(&mut self, id: SlotId) {
        let now = self.now;
        let pending = self.requests.fetch_mut(id).expect("the caller looked it up");
        let is_enough = pending.readable >= pending.min_bytes || pending.items.is_empty();
        if is_enough || pending.is_urgent() || now >= pending.deadline {
            self.begin_second_pass(id);
        } else if pending.stage == Stage::Peeking {
            pending.stage = Stage::Parked;
            let deadline = pending.deadline;
            if !pending.is_watching {
                self.watch_own_partitions(id);
            }
            if !planted(Bug::LoseDeadline) {
                self.timers.set(deadline, Timer::RequestDeadline(id));
            }
        }
    }

    /// The fetch has seen enough.
    fn begin_second_pass(&mut self, id: SlotId) {
        self.unwatch(id);
        self.grant_if_lendable(id);
    }

    /// Grants bytes in request order and asks the owners for them.
    fn grant(&mut self, id: SlotId) {
        let lendable = self.limits.lendable(self.lent_bytes);
        let me = self.id;
        let mut parts = std::mem::take(&mut self.scratch.fetch_parts);
        let Some(Pending::Fetch(pending)) = self.requests.pending.get_mut(id) else {
            unreachable!("the caller looked it up")
        };
        pending.stage = Stage::Fetching;
        let mut left = pending.bytes_max.min(lendable);
        let mut is_first = true;
        let mut outstanding = 0;
        for (index, item) in pending.items.iter().enumerate() {
            if item.view.readable == 0 || item.view.is_urgent() || (left == 0 && !is_first) {
                continue;
            }
            let home = item.home.expect("only an owner can have said that there is something");
            let spare = &mut self.requests.spare.fetch_parts;
            let part = parts[usize::from(home.0)].get_or_insert_with(|| {
                outstanding += 1;
                spare.pop().unwrap_or_default()
            });
            part.request = Some(id);
            part.reply_to = Some(me);
            part.items.push(GrantedItem {
                item: number_of(index),
                topic: item.query.topic,
                partition: item.query.partition,
                from: item.query.fetch_offset,
                up_to: item.view.up_to,
                bytes_max: item.query.bytes_max.min(left),
                at_least_one: is_first,
                want_aborted: item.query.read_committed,
                lent_end: None,
                is_done: false,
                error: ErrorCode::None,
                extents: 0..0,
                aborted: Vec::new(),
            });
            // The first batch of all goes out even beyond the request's limits.
            let granted = if is_first { item.view.readable } else { item.view.readable.min(left) };
            pending.granted_bytes += granted;
            left = left.saturating_sub(item.view.readable);
            is_first = false;
        }
        pending.outstanding = outstanding;
        self.lent_bytes += pending.granted_bytes;
        if outstanding == 0 {
            self.scratch.fetch_parts = parts;
            self.answer_fetch(id);
            return;
        }
        let mut own = None;
        for (shard, part) in parts.iter_mut().enumerate() {
            if let Some(part) = part.take() {
                let to = ShardId(u16::try_from(shard).expect("a shard's number"));
                if to == me {
                    own = Some(part);
                } else {
                    self.mail(to, Mail::Fetch(part));
                }
            }
        }
        self.scratch.fetch_parts = parts;
        if let Some(part) = own {
            self.on_fetch_part(part);
        }
    }

    /// An owner has lent what it was asked for.
    pub(crate) fn on_fetched(&mut self, mut part: Box<FetchPart>) {
        let id = part.request.take().expect("filled by the asker");
        let mut is_done = false;
        if let Some(Pending::Fetch(pending)) = self.requests.pending.get_mut(id) {
            let base = pending.extents.len();
            pending.extents.append(&mut part.extents);
            for granted in part.items.drain(..) {
                let item = &mut pending.items[granted.item as usize];
                item.extents = base + granted.extents.start..base + granted.extents.end;
                item.aborted = granted.aborted.iter().map(as_told).collect();
                if granted.error != ErrorCode::None {
                    pending.see(granted.item as usize, PartitionView::failed(granted.error));
                }
            }
            pending.is_short |= part.is_short;
            pending.outstanding -= 1;
            is_done = pending.outstanding == 0;
        }
        part.items.clear();
        part.extents.clear();
        part.is_short = false;
        self.requests.spare.keep_fetch_part(part);
        if is_done {
            self.on_all_fetched(id);
        }
    }
}

/// What a consumer is told of a transaction that was aborted: where to begin to skip its producer's records. The
/// marker in the log ends it.
fn as_told(aborted: &transaction_index::AbortedTransaction) -> AbortedTransaction {
    AbortedTransaction { producer_id: aborted.producer_id.0, first_offset: aborted.first_offset.0 }
}

impl Item {
    fn new(item: SessionItem, read_committed: bool, by_id: bool) -> Item {
        let place = item.topic.place(item.partition);
        let missing = match (&item.topic, by_id) {
            (NamedTopic::Missing { .. }, true) => ErrorCode::UnknownTopicId,
            _ => ErrorCode::UnknownTopicOrPartition,
        };
        let topic = item.topic.id();
        Item {
            home: place.map(|place| place.home),
            query: PeekQuery {
                topic,
                partition: item.partition,
                fetch_offset: item.wanted.fetch_offset,
                bytes_max: usize::try_from(item.wanted.bytes_max).unwrap_or(0),
                read_committed,
                current_leader_epoch: item.wanted.current_leader_epoch,
                last_fetched_epoch: item.wanted.last_fetched_epoch,
            },
            view: PartitionView::failed(missing),
            extents: 0..0,
            aborted: Vec::new(),
            told: item.told,
            topic: item.topic,
        }
    }
}

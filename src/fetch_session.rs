//! Incremental fetch sessions (KIP-227): a client names its partitions once, then only what changes.
//!
//! One cache per shard; a session belongs to the shard that made it, and its id says which (`id mod shards`). A
//! client that comes back on another shard's connection is told that the session is unknown and starts anew, as
//! after any eviction. All sessions together are bounded in bytes: a client whose partitions do not fit gets none, and
//! names them all each time.

mod named;

use crate::controller::TOPIC_NAME_CHARACTERS_MAX;
use crate::limits::SESSION_PARTITION_BYTES;
use crate::topics::{NamedTopic, TopicKey, Topics};
use loglane_model::{Bug, Instant, LeaderEpoch, Offset, PartitionId, ShardId, planted};
use loglane_net::ErrorCode;
use loglane_net::fetch::{FetchPartition, FetchRequest};
use loglane_net::topic::TopicRef;
use named::Named;
use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

/// A session that was not used for this long gives way to a new one (Kafka's `MIN_INCREMENTAL_FETCH_SESSION_EVICTION_MS`).
const EVICTABLE_AFTER: Duration = Duration::from_secs(120);

/// What a session takes besides its partitions.
const SESSION_BYTES: usize = 256;

/// What a partition of a session takes besides the name of its topic: its entry, and its place in the table, which is
/// two thirds full. Names are counted with each partition, though those of one topic share one.
const ENTRY_BYTES: usize = 192;
const _: () = assert!(ENTRY_BYTES as u64 == SESSION_PARTITION_BYTES);
const _: () = assert!(size_of::<Option<Entry>>() + size_of::<(Key, usize)>() * 3 / 2 <= ENTRY_BYTES);

/// What the client asks of one partition of a session, and what it was last told.
#[derive(Debug, Clone)]
pub(crate) struct SessionItem {
    pub(crate) topic: NamedTopic,
    pub(crate) partition: PartitionId,
    pub(crate) wanted: Wanted,
    /// (high watermark, log start offset) of the last answer that named it; `None` before the first.
    pub(crate) told: Option<(Offset, Offset)>,
}

/// What a client wants of a partition.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted {
    pub(crate) fetch_offset: Offset,
    pub(crate) bytes_max: i32,
    pub(crate) current_leader_epoch: Option<LeaderEpoch>,
    pub(crate) last_fetched_epoch: Option<LeaderEpoch>,
}

impl Wanted {
    fn of(entry: &FetchPartition<'_>) -> Wanted {
        let epoch = |epoch: i32| (epoch >= 0).then_some(LeaderEpoch(epoch));
        Wanted {
            fetch_offset: Offset(entry.fetch_offset),
            bytes_max: entry.partition_max_bytes,
            current_leader_epoch: epoch(entry.current_leader_epoch),
            last_fetched_epoch: epoch(entry.last_fetched_epoch),
        }
    }
}

/// How the answer refers to the session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SessionAnswer {
    /// 0: no session.
    pub(crate) id: i32,
    /// Leave out partitions without news.
    pub(crate) is_incremental: bool,
}

impl SessionAnswer {
    /// No session, everything is told.
    pub(crate) const NONE: SessionAnswer = SessionAnswer { id: 0, is_incremental: false };
}

/// What comes of a fetch's session fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SessionOutcome {
    Go(SessionAnswer),
    /// An error for the whole request.
    Refused(ErrorCode),
}

type Key = (TopicKey, PartitionId);

/// One partition of a session.
#[derive(Debug)]
struct Entry {
    key: Key,
    wanted: Wanted,
    told: Option<(Offset, Offset)>,
}

#[derive(Debug)]
struct Session {
    /// What the next request must carry.
    next_epoch: i32,
    names_by_id: bool,
    last_used: Instant,
    /// In the order of the client's requests; `None` where one was forgotten.
    items: Vec<Option<Entry>>,
    places: HashMap<Key, usize, ahash::RandomState>,
    /// Where the next answer begins, so that a limit on bytes starves nobody.
    rotation: usize,
    /// What it is counted with.
    bytes: usize,
}

/// What all sessions of a shard may be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SessionLimits {
    pub(crate) sessions_max: usize,
    pub(crate) bytes_max: usize,
}

/// One per shard.
#[derive(Debug)]
pub(crate) struct FetchSessions {
    sessions: BTreeMap<i32, Session>,
    limits: SessionLimits,
    /// What all sessions are counted with.
    bytes: usize,
    hash: ahash::RandomState,
    /// Memory for the requests without a session.
    named: Named,
}

impl FetchSessions {
    pub(crate) fn new(limits: SessionLimits, mut random: impl FnMut() -> u64) -> FetchSessions {
        let hash = ahash::RandomState::with_seeds(random(), random(), random(), random());
        let named = Named::new(hash.clone());
        FetchSessions { sessions: BTreeMap::new(), limits, bytes: 0, hash, named }
    }

    /// Takes the session fields of a request and brings the session up to date with it.
    pub(crate) fn open(
        &mut self,
        place: SessionPlace,
        now: Instant,
        random: &mut dyn FnMut() -> u64,
        request: &FetchRequest<'_>,
        by_id: bool,
        topics: &Topics,
    ) -> SessionOutcome {
        let (id, epoch) = (request.session_id, request.session_epoch);
        if epoch == FULL_WITHOUT_SESSION || epoch == FULL_WITH_SESSION {
            if id != 0 {
                self.end(id);
            }
            let wants_session = epoch == FULL_WITH_SESSION;
            let id = if wants_session { self.make(place, now, random, request, by_id, topics) } else { None };
            return SessionOutcome::Go(SessionAnswer { id: id.unwrap_or(0), is_incremental: false });
        }
        let Some(session) = self.sessions.get_mut(&id) else {
            return SessionOutcome::Refused(ErrorCode::FetchSessionIdNotFound);
        };
        if session.next_epoch != epoch {
            return SessionOutcome::Refused(ErrorCode::InvalidFetchSessionEpoch);
        }
        if session.names_by_id != by_id {
            return SessionOutcome::Refused(ErrorCode::FetchSessionTopicIdError);
        }
        session.next_epoch = if epoch == i32::MAX { 1 } else { epoch + 1 };
        session.last_used = now;
        let others = self.bytes - session.bytes;
        session.forget_all(request, by_id, topics);
        let fits = session.put_all(request, by_id, topics, self.limits.bytes_max.saturating_sub(others));
        session.compact();
        self.bytes = others + session.bytes;
        if !fits {
            // The client begins anew, and is told then that it has no session.
            self.end(id);
            return SessionOutcome::Refused(ErrorCode::FetchSessionIdNotFound);
        }
        SessionOutcome::Go(SessionAnswer { id, is_incremental: true })
    }

    /// Hands out the partitions of a session in this answer's order.
    pub(crate) fn for_each_item(&self, id: i32, topics: &Topics, each: &mut dyn FnMut(SessionItem)) {
        let Some(session) = self.sessions.get(&id) else { return };
        let count = session.items.len();
        for step in 0..count {
            let at = (session.rotation + step) % count;
            if let Some(entry) = &session.items[at] {
                // The topic may have appeared, or gone and come again, since it was named.
                let topic = topics.resolve_key(&entry.key.0);
                let Entry { key, wanted, told } = entry;
                each(SessionItem { topic, partition: key.1, wanted: *wanted, told: *told });
            }
        }
    }

    /// Hands out the partitions of a request without a session, each with its place in the list of them. A place that
    /// comes again is that of a partition which is named again.
    pub(crate) fn for_each_named(
        &mut self,
        request: &FetchRequest<'_>,
        by_id: bool,
        topics: &Topics,
        each: &mut dyn FnMut(usize, SessionItem),
    ) {
        self.named.list(request, by_id, topics, each);
    }

    /// Notes what an answer told the client about a partition.
    pub(crate) fn told(&mut self, id: i32, key: TopicKey, partition: PartitionId, told: (Offset, Offset)) {
        if let Some(session) = self.sessions.get_mut(&id)
            && let Some(&at) = session.places.get(&(key, partition))
            && let Some(entry) = &mut session.items[at]
        {
            entry.told = Some(told);
        }
    }

    /// The next answer of the session begins with another partition.
    pub(crate) fn rotate(&mut self, id: i32) {
        if let Some(session) = self.sessions.get_mut(&id)
            && !session.items.is_empty()
        {
            session.rotation = (session.rotation + 1) % session.items.len();
        }
    }

    /// Begins a session, if there is room for one.
    fn make(
        &mut self,
        place: SessionPlace,
        now: Instant,
        random: &mut dyn FnMut() -> u64,
        request: &FetchRequest<'_>,
        by_id: bool,
        topics: &Topics,
    ) -> Option<i32> {
        let mut session = Session {
            next_epoch: 1,
            names_by_id: by_id,
            last_used: now,
            items: Vec::new(),
            places: HashMap::with_hasher(self.hash.clone()),
            rotation: 0,
            bytes: SESSION_BYTES,
        };
        if !session.put_all(request, by_id, topics, self.limits.bytes_max) {
            return None;
        }
        while self.sessions.len() >= self.limits.sessions_max
            || self.bytes + session.bytes > self.limits.bytes_max
        {
            let by_age = self.sessions.iter().map(|(id, session)| (*id, session.last_used));
            let (oldest, last_used) = by_age.min_by_key(|(_, used)| *used)?;
            if now.since(last_used) < EVICTABLE_AFTER {
                return None;
            }
            self.end(oldest);
        }
        let id = loop {
            let id = place.session_id(random());
            if id != 0 && !self.sessions.contains_key(&id) {
                break id;
            }
        };
        self.bytes += session.bytes;
        self.sessions.insert(id, session);
        Some(id)
    }

    fn end(&mut self, id: i32) {
        if let Some(session) = self.sessions.remove(&id) {
            self.bytes -= session.bytes;
        }
    }

    /// What all sessions are counted with.
    #[cfg(test)]
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }
}

/// Which shard of how many a session belongs to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SessionPlace {
    pub(crate) shard: ShardId,
    pub(crate) shard_count: u16,
}

impl SessionPlace {
    /// A positive id that leaves the shard's number as remainder.
    fn session_id(self, random: u64) -> i32 {
        let count = i64::from(self.shard_count);
        let bits = (random >> 34).cast_signed(); // 30 bits: room for the remainder below 2^31
        i32::try_from(bits / count * count + i64::from(self.shard.0)).expect("31 bits")
    }
}

const FULL_WITHOUT_SESSION: i32 = -1;
const FULL_WITH_SESSION: i32 = 0;

impl Session {
    /// Takes the request's partitions in. `false`: the session is larger than `bytes_max` now, or would name a topic
    /// with a name that no topic can have, and is to end.
    fn put_all(
        &mut self,
        request: &FetchRequest<'_>,
        by_id: bool,
        topics: &Topics,
        bytes_max: usize,
    ) -> bool {
        let mut keys = Keys::new(topics, by_id);
        for entry in request.partitions() {
            let Some(key) = keys.of(entry.topic, entry.topic_index) else { return false };
            self.put((key, PartitionId(entry.partition)), Wanted::of(&entry));
            if self.bytes > bytes_max {
                return false;
            }
        }
        self.bytes <= bytes_max
    }

    fn put(&mut self, key: Key, wanted: Wanted) {
        match self.places.get(&key) {
            Some(_) if planted(Bug::StaleSession) => {}
            Some(&at) => {
                let entry = self.items[at].as_mut().expect("what has a place is there");
                entry.wanted = wanted;
            }
            None => {
                self.bytes += entry_bytes(&key.0);
                self.places.insert(key.clone(), self.items.len());
                self.items.push(Some(Entry { key, wanted, told: None }));
            }
        }
    }

    /// Lets the partitions go that the request forgets.
    fn forget_all(&mut self, request: &FetchRequest<'_>, by_id: bool, topics: &Topics) {
        let mut keys = Keys::new(topics, by_id);
        for forgotten in request.forgotten() {
            if let Some(key) = keys.of(forgotten.topic, forgotten.topic_index) {
                self.forget(&(key, PartitionId(forgotten.partition)));
            }
        }
    }

    fn forget(&mut self, key: &Key) {
        if let Some(at) = self.places.remove(key) {
            self.bytes -= entry_bytes(&key.0);
            self.items[at] = None;
        }
    }

    /// Closes the gaps that forgotten partitions leave, once they are many.
    fn compact(&mut self) {
        if self.items.len() < 16 || self.places.len() * 2 > self.items.len() {
            return;
        }
        self.items.retain(Option::is_some);
        self.items.shrink_to_fit();
        self.places.shrink_to_fit();
        self.rotation = 0;
        for (at, entry) in self.items.iter().enumerate() {
            let Entry { key, .. } = entry.as_ref().expect("gaps were removed");
            *self.places.get_mut(key).expect("what is there has a place") = at;
        }
    }
}

/// What a partition of that topic is counted with.
fn entry_bytes(key: &TopicKey) -> usize {
    match key {
        TopicKey::Name(name) => ENTRY_BYTES + name.len(),
        TopicKey::Id(_) => ENTRY_BYTES,
    }
}

/// The keys of a request's topics, each made once for all its partitions that stand together.
struct Keys<'t> {
    topics: &'t Topics,
    by_id: bool,
    last: Option<(usize, Option<TopicKey>)>,
}

impl<'t> Keys<'t> {
    fn new(topics: &'t Topics, by_id: bool) -> Keys<'t> {
        Keys { topics, by_id, last: None }
    }

    /// `None` for a name that no topic can have: keeping it, and looking for it, would cost what the client likes.
    fn of(&mut self, topic: TopicRef<'_>, topic_index: usize) -> Option<TopicKey> {
        match &self.last {
            Some((index, key)) if *index == topic_index => key.clone(),
            _ => {
                let key = match topic {
                    TopicRef::Name(name) if name.len() > TOPIC_NAME_CHARACTERS_MAX => None,
                    topic => Some(self.topics.resolve(topic).key(self.by_id)),
                };
                self.last = Some((topic_index, key.clone()));
                key
            }
        }
    }
}

#[cfg(test)]
mod tests;

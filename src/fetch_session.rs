//! Incremental fetch sessions (KIP-227): a client names its partitions once, then only what changes.
//!
//! One cache per shard; a session belongs to the shard that made it, and its id says which (`id mod shards`). A
//! client that comes back on another shard's connection is told that the session is unknown and starts anew, as
//! after any eviction.

use crate::topics::NamedTopic;
use loglane_model::{Bug, Instant, LeaderEpoch, Offset, PartitionId, ShardId, TopicId, planted};
use loglane_net::ErrorCode;
use loglane_net::fetch::{FetchPartition, FetchRequest};
use loglane_net::topic::TopicRef;
use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

/// A session that was not used for this long gives way to a new one (Kafka's `MIN_INCREMENTAL_FETCH_SESSION_EVICTION_MS`).
const EVICTABLE_AFTER: Duration = Duration::from_secs(120);

/// What the client asks of one partition of a session, and what it was last told.
#[derive(Debug, Clone)]
pub(crate) struct SessionItem {
    pub(crate) topic: NamedTopic,
    pub(crate) partition: PartitionId,
    pub(crate) fetch_offset: Offset,
    pub(crate) bytes_max: i32,
    pub(crate) current_leader_epoch: Option<LeaderEpoch>,
    pub(crate) last_fetched_epoch: Option<LeaderEpoch>,
    /// (high watermark, log start offset) of the last answer that named it; `None` before the first.
    pub(crate) told: Option<(Offset, Offset)>,
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

/// A topic as the session's requests name it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum TopicKey {
    Name(String),
    Id(TopicId),
}

impl TopicKey {
    fn of(key: TopicRef<'_>) -> TopicKey {
        match key {
            TopicRef::Name(name) => TopicKey::Name(name.to_owned()),
            TopicRef::Id(id) => TopicKey::Id(id),
        }
    }

    fn borrow(&self) -> TopicRef<'_> {
        match self {
            TopicKey::Name(name) => TopicRef::Name(name),
            TopicKey::Id(id) => TopicRef::Id(*id),
        }
    }
}

#[derive(Debug)]
struct Session {
    /// What the next request must carry.
    next_epoch: i32,
    names_by_id: bool,
    last_used: Instant,
    /// In the order of the client's requests; `None` where one was forgotten.
    items: Vec<Option<(Key, SessionItem)>>,
    places: HashMap<Key, usize, ahash::RandomState>,
    /// Where the next answer begins, so that a limit on bytes starves nobody.
    rotation: usize,
}

/// One per shard.
#[derive(Debug)]
pub(crate) struct FetchSessions {
    sessions: BTreeMap<i32, Session>,
    sessions_max: usize,
    hash: ahash::RandomState,
}

impl FetchSessions {
    pub(crate) fn new(sessions_max: usize, mut random: impl FnMut() -> u64) -> FetchSessions {
        let hash = ahash::RandomState::with_seeds(random(), random(), random(), random());
        FetchSessions { sessions: BTreeMap::new(), sessions_max, hash }
    }

    /// Takes the session fields of a request and brings the session up to date with it.
    pub(crate) fn open(
        &mut self,
        place: SessionPlace,
        now: Instant,
        random: &mut dyn FnMut() -> u64,
        request: &FetchRequest<'_>,
        by_id: bool,
        resolve: &mut dyn FnMut(TopicRef<'_>) -> NamedTopic,
    ) -> SessionOutcome {
        let (id, epoch) = (request.session_id, request.session_epoch);
        if epoch == FULL_WITHOUT_SESSION || epoch == FULL_WITH_SESSION {
            if id != 0 {
                self.sessions.remove(&id);
            }
            let wants_session = epoch == FULL_WITH_SESSION;
            let id =
                if wants_session { self.make(place, now, random, request, by_id, resolve) } else { None };
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
        for (key, partition) in request.forgotten() {
            session.forget(&(TopicKey::of(key), PartitionId(partition)));
        }
        for entry in request.partitions() {
            session.put(&entry, resolve);
        }
        session.compact();
        SessionOutcome::Go(SessionAnswer { id, is_incremental: true })
    }

    /// Hands out the partitions of a session in this answer's order.
    pub(crate) fn for_each_item(
        &mut self,
        id: i32,
        resolve: &mut dyn FnMut(TopicRef<'_>) -> NamedTopic,
        each: &mut dyn FnMut(SessionItem),
    ) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        let count = session.items.len();
        for step in 0..count {
            let at = (session.rotation + step) % count;
            if let Some((key, item)) = &mut session.items[at] {
                // The topic may have appeared, or gone and come again, since it was named.
                item.topic = resolve(key.0.borrow());
                each(item.clone());
            }
        }
    }

    /// Notes what an answer told the client about a partition, and where the next answer is to begin.
    pub(crate) fn told(
        &mut self,
        id: i32,
        key: TopicRef<'_>,
        partition: PartitionId,
        told: (Offset, Offset),
    ) {
        if let Some(session) = self.sessions.get_mut(&id)
            && let Some(&at) = session.places.get(&(TopicKey::of(key), partition))
            && let Some((_, item)) = &mut session.items[at]
        {
            item.told = Some(told);
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

    fn make(
        &mut self,
        place: SessionPlace,
        now: Instant,
        random: &mut dyn FnMut() -> u64,
        request: &FetchRequest<'_>,
        by_id: bool,
        resolve: &mut dyn FnMut(TopicRef<'_>) -> NamedTopic,
    ) -> Option<i32> {
        if self.sessions.len() >= self.sessions_max {
            let (oldest, last_used) = self
                .sessions
                .iter()
                .map(|(id, session)| (*id, session.last_used))
                .min_by_key(|(_, used)| *used)?;
            if now.since(last_used) < EVICTABLE_AFTER {
                return None;
            }
            self.sessions.remove(&oldest);
        }
        let id = loop {
            let id = place.session_id(random());
            if id != 0 && !self.sessions.contains_key(&id) {
                break id;
            }
        };
        let mut session = Session {
            next_epoch: 1,
            names_by_id: by_id,
            last_used: now,
            items: Vec::new(),
            places: HashMap::with_hasher(self.hash.clone()),
            rotation: 0,
        };
        for entry in request.partitions() {
            session.put(&entry, resolve);
        }
        self.sessions.insert(id, session);
        Some(id)
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
    fn put(&mut self, entry: &FetchPartition<'_>, resolve: &mut dyn FnMut(TopicRef<'_>) -> NamedTopic) {
        let key = (TopicKey::of(entry.topic), PartitionId(entry.partition));
        let told = match self.places.get(&key) {
            Some(&at) => self.items[at].as_ref().and_then(|(_, item)| item.told),
            None => None,
        };
        let item = session_item(entry, resolve(entry.topic), told);
        match self.places.get(&key) {
            Some(_) if planted(Bug::StaleSession) => {}
            Some(&at) => self.items[at] = Some((key, item)),
            None => {
                self.places.insert(key.clone(), self.items.len());
                self.items.push(Some((key, item)));
            }
        }
    }

    fn forget(&mut self, key: &Key) {
        if let Some(at) = self.places.remove(key) {
            self.items[at] = None;
        }
    }

    /// Closes the gaps that forgotten partitions leave, once they are many.
    fn compact(&mut self) {
        if self.items.len() < 16 || self.places.len() * 2 > self.items.len() {
            return;
        }
        self.items.retain(Option::is_some);
        self.rotation = 0;
        for (at, item) in self.items.iter().enumerate() {
            let (key, _) = item.as_ref().expect("gaps were removed");
            self.places.insert(key.clone(), at);
        }
    }
}

/// A partition of a request as the fetch wants it.
pub(crate) fn session_item(
    entry: &FetchPartition<'_>,
    topic: NamedTopic,
    told: Option<(Offset, Offset)>,
) -> SessionItem {
    let epoch = |epoch: i32| (epoch >= 0).then_some(LeaderEpoch(epoch));
    SessionItem {
        topic,
        partition: PartitionId(entry.partition),
        fetch_offset: Offset(entry.fetch_offset),
        bytes_max: entry.partition_max_bytes,
        current_leader_epoch: epoch(entry.current_leader_epoch),
        last_fetched_epoch: epoch(entry.last_fetched_epoch),
        told,
    }
}

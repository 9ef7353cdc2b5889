//! Which topics there are, as one shard sees them: by name and by id, with the shard that owns each partition.
//! Derived from the metadata image at each change, so that a request costs one hash look-up.

use crate::slots::SlotId;
use ahash::RandomState;
use loglane_model::{PartitionId, ShardId, TopicId};
use loglane_net::topic::TopicRef;
use std::collections::HashMap;
use std::sync::Arc;

/// A topic that can be produced to and fetched from.
#[derive(Debug)]
pub(crate) struct TopicEntry {
    pub(crate) name: Arc<str>,
    pub(crate) id: TopicId,
    pub(crate) partitions: Vec<PartitionPlace>,
}

/// Where a partition is served.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PartitionPlace {
    pub(crate) home: ShardId,
    /// Its place in this shard's table, if this shard owns it.
    pub(crate) slot: Option<SlotId>,
}

impl TopicEntry {
    pub(crate) fn place(&self, partition: PartitionId) -> Option<PartitionPlace> {
        self.partitions.get(usize::try_from(partition.0).ok()?).copied()
    }
}

/// A topic as a request named it, kept for the answer.
#[derive(Debug, Clone)]
pub(crate) enum NamedTopic {
    Known(Arc<TopicEntry>),
    /// There is none; what the request said is echoed.
    Missing {
        name: Arc<str>,
        id: TopicId,
    },
}

impl NamedTopic {
    pub(crate) fn name(&self) -> &str {
        match self {
            NamedTopic::Known(entry) => &entry.name,
            NamedTopic::Missing { name, .. } => name,
        }
    }

    pub(crate) fn id(&self) -> TopicId {
        match self {
            NamedTopic::Known(entry) => entry.id,
            NamedTopic::Missing { id, .. } => *id,
        }
    }

    /// Where one of its partitions is served, if there is such a one.
    pub(crate) fn place(&self, partition: PartitionId) -> Option<PartitionPlace> {
        match self {
            NamedTopic::Known(entry) => entry.place(partition),
            NamedTopic::Missing { .. } => None,
        }
    }

    /// Whether both are the same topic, in a request's terms. Those that were resolved once are not compared by their
    /// names, which clients may make long.
    pub(crate) fn is_same(&self, other: &NamedTopic) -> bool {
        match (self, other) {
            (NamedTopic::Known(one), NamedTopic::Known(other)) if Arc::ptr_eq(one, other) => true,
            (NamedTopic::Missing { name: one, id }, NamedTopic::Missing { name: other, id: other_id })
                if Arc::ptr_eq(one, other) =>
            {
                id == other_id
            }
            _ => self.id() == other.id() && self.name() == other.name(),
        }
    }

    /// How the requests of the version name it, to be kept.
    pub(crate) fn key(&self, by_id: bool) -> TopicKey {
        match self {
            _ if by_id => TopicKey::Id(self.id()),
            NamedTopic::Known(entry) => TopicKey::Name(entry.name.clone()),
            NamedTopic::Missing { name, .. } => TopicKey::Name(name.clone()),
        }
    }

    /// The topic as an answer of the request's version names it.
    pub(crate) fn in_answer(&self, by_id: bool) -> TopicRef<'_> {
        if by_id { TopicRef::Id(self.id()) } else { TopicRef::Name(self.name()) }
    }
}

/// A topic as requests name it, kept without a copy of its name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum TopicKey {
    Name(Arc<str>),
    Id(TopicId),
}

/// One per shard.
#[derive(Debug)]
pub(crate) struct Topics {
    by_name: HashMap<Arc<str>, Arc<TopicEntry>, RandomState>,
    by_id: HashMap<TopicId, Arc<TopicEntry>, RandomState>,
    /// The name of topics that requests name by ids which nobody has.
    nameless: Arc<str>,
}

impl Topics {
    /// An empty table whose hashes nobody outside can predict.
    pub(crate) fn new(mut random: impl FnMut() -> u64) -> Topics {
        let state = RandomState::with_seeds(random(), random(), random(), random());
        let by_id = HashMap::with_hasher(state.clone());
        Topics { by_name: HashMap::with_hasher(state), by_id, nameless: Arc::from("") }
    }

    pub(crate) fn by_name(&self, name: &str) -> Option<&Arc<TopicEntry>> {
        self.by_name.get(name)
    }

    /// The shard that owns a partition, if there is such a one.
    pub(crate) fn home_of(&self, topic: TopicId, partition: PartitionId) -> Option<ShardId> {
        Some(self.by_id(topic)?.place(partition)?.home)
    }

    pub(crate) fn by_id(&self, id: TopicId) -> Option<&Arc<TopicEntry>> {
        self.by_id.get(&id)
    }

    /// The topic that a request names, found or not. Copies the name of one that is not: a request's partitions of one
    /// topic share what comes of it.
    pub(crate) fn resolve(&self, named: TopicRef<'_>) -> NamedTopic {
        match named {
            TopicRef::Name(name) => match self.by_name(name) {
                Some(entry) => NamedTopic::Known(entry.clone()),
                None => NamedTopic::Missing { name: name.into(), id: TopicId::ZERO },
            },
            TopicRef::Id(id) => self.resolve_key(&TopicKey::Id(id)),
        }
    }

    /// The topic that was named so, found or not; shares the name with the key.
    pub(crate) fn resolve_key(&self, key: &TopicKey) -> NamedTopic {
        let (found, name, id) = match key {
            TopicKey::Name(name) => (self.by_name(name), name, TopicId::ZERO),
            TopicKey::Id(id) => (self.by_id(*id), &self.nameless, *id),
        };
        match found {
            Some(entry) => NamedTopic::Known(entry.clone()),
            None => NamedTopic::Missing { name: name.clone(), id },
        }
    }

    pub(crate) fn put(&mut self, entry: TopicEntry) {
        let entry = Arc::new(entry);
        if let Some(old) = self.by_name.insert(entry.name.clone(), entry.clone())
            && old.id != entry.id
        {
            self.by_id.remove(&old.id);
        }
        self.by_id.insert(entry.id, entry);
    }

    pub(crate) fn remove(&mut self, id: TopicId) -> Option<Arc<TopicEntry>> {
        let entry = self.by_id.remove(&id)?;
        if self.by_name.get(&entry.name).is_some_and(|current| current.id == id) {
            self.by_name.remove(&entry.name);
        }
        Some(entry)
    }
}

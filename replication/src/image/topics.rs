//! Topics and their partitions, found by name and by id.

use super::SortedMap;
use crate::record::PartitionRecord;
use loglane_model::{PartitionId, TopicId};
use std::sync::Arc;

/// A topic.
#[derive(Debug, Clone, PartialEq)]
pub struct Topic {
    /// Its name.
    pub name: Arc<str>,
    /// Its id for life.
    pub id: TopicId,
    /// Its partitions by number.
    pub partitions: SortedMap<PartitionId, Arc<PartitionRecord>>,
}

/// All topics. Both maps hold the same topics, always: one of them only their ids, so that a topic which no other image
/// holds is changed where it is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Topics {
    by_name: SortedMap<Arc<str>, TopicId>,
    by_id: SortedMap<TopicId, Arc<Topic>>,
    partition_count: usize,
}

impl Topics {
    /// A topic by name.
    #[must_use]
    pub fn by_name(&self, name: &str) -> Option<&Arc<Topic>> {
        self.by_id(*self.by_name.get(name)?)
    }

    /// A topic by id.
    #[must_use]
    pub fn by_id(&self, id: TopicId) -> Option<&Arc<Topic>> {
        self.by_id.get(&id)
    }

    /// A partition by its topic's id and its number.
    #[must_use]
    pub fn partition(&self, topic: TopicId, partition: PartitionId) -> Option<&Arc<PartitionRecord>> {
        self.by_id.get(&topic)?.partitions.get(&partition)
    }

    /// All topics in the order of their names.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Arc<Topic>> {
        self.by_name.values().map(|id| self.by_id(*id).expect("both maps hold it"))
    }

    /// How many topics there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.by_name.len()
    }

    /// Whether there is no topic.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_name.is_empty()
    }

    /// How many partitions all topics have together.
    #[must_use]
    pub fn partition_count(&self) -> usize {
        self.partition_count
    }

    /// Puts a new topic in, without partitions. Neither its name nor its id is taken.
    pub(super) fn add(&mut self, name: &str, id: TopicId) {
        let topic = Topic { name: name.into(), id, partitions: SortedMap::default() };
        self.by_name.insert(Arc::clone(&topic.name), id);
        self.by_id.insert(id, Arc::new(topic));
        self.assert_paired();
    }

    /// Puts a partition in place of the one with its number, if any; whether its topic is there.
    pub(super) fn set_partition(&mut self, partition: PartitionRecord) -> bool {
        let Some(topic) = self.by_id.get_mut(&partition.topic) else { return false };
        let partitions = &mut Arc::make_mut(topic).partitions;
        let is_new = partitions.insert(partition.partition, Arc::new(partition)).is_none();
        self.partition_count += usize::from(is_new);
        true
    }

    pub(super) fn remove(&mut self, id: TopicId) -> Option<Arc<Topic>> {
        let topic = self.by_id.remove(&id)?;
        self.by_name.remove(&topic.name);
        self.partition_count -= topic.partitions.len();
        self.assert_paired();
        Some(topic)
    }

    fn assert_paired(&self) {
        assert_eq!(self.by_name.len(), self.by_id.len());
    }
}

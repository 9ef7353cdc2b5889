//! What is different between two images that follow each other.

use super::Topic;
use crate::record::ConfigResource;
use loglane_model::{BrokerId, Offset, PartitionId, TopicId};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What happened to a topic.
#[derive(Debug, Clone, PartialEq)]
pub enum TopicChange {
    /// It is new; all its partitions are in the new image.
    Created,
    /// Partitions were added or changed; how they are now is in the new image.
    Changed(BTreeSet<PartitionId>),
    /// It is gone. This is the topic as it was.
    Deleted(Arc<Topic>),
}

/// What became different since the image before. A topic that came and went in between is not in it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Delta {
    /// The `applied_end_offset` of the image before.
    pub from: Offset,
    /// Topics, in the order of their ids.
    pub topics: BTreeMap<TopicId, TopicChange>,
    /// Resources whose configuration changed; how it is now is in the new image.
    pub configs: BTreeSet<ConfigResource>,
    /// Brokers that registered, changed or left.
    pub brokers: BTreeSet<BrokerId>,
    /// Controllers that registered.
    pub controllers: BTreeSet<BrokerId>,
    /// Features whose finalized level changed.
    pub features: BTreeSet<String>,
    /// Whether any client quota changed.
    pub client_quotas: bool,
    /// Whether producer ids were given out.
    pub producer_ids: bool,
    /// Whether any access rule changed.
    pub acls: bool,
    /// Whether any SCRAM credential changed.
    pub scram: bool,
    /// Whether any delegation token changed.
    pub delegation_tokens: bool,
}

impl Delta {
    /// A delta in which nothing has happened yet.
    #[must_use]
    pub fn since(from: Offset) -> Delta {
        Delta { from, ..Delta::default() }
    }

    /// Whether nothing but the offset moved.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Delta::since(self.from)
    }

    pub(super) fn on_topic_created(&mut self, id: TopicId) {
        self.topics.insert(id, TopicChange::Created);
    }

    pub(super) fn on_partition_changed(&mut self, topic: TopicId, partition: PartitionId) {
        let change = self.topics.entry(topic).or_insert_with(|| TopicChange::Changed(BTreeSet::new()));
        match change {
            TopicChange::Changed(partitions) => {
                partitions.insert(partition);
            }
            TopicChange::Created => {}
            TopicChange::Deleted(_) => unreachable!("a deleted topic's id never comes back"),
        }
    }

    pub(super) fn on_topic_deleted(&mut self, topic: Arc<Topic>) {
        let id = topic.id;
        match self.topics.insert(id, TopicChange::Deleted(topic)) {
            Some(TopicChange::Created) => {
                self.topics.remove(&id);
            }
            Some(TopicChange::Changed(_) | TopicChange::Deleted(_)) | None => {}
        }
    }
}

//! The offsets that one group has committed.

use loglane_model::{Offset, TopicId};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

/// What a commit takes of the memory for groups, its metadata not counted.
const COMMIT_BYTES: usize = 160;
/// What a topic takes, its name not counted.
const TOPIC_BYTES: usize = 128;

/// A committed offset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Committed {
    /// The next one to be consumed. Whatever the client said: nobody looks whether there is such a record.
    pub(crate) offset: i64,
    /// −1 where the client did not say.
    pub(crate) leader_epoch: i32,
    pub(crate) metadata: Box<str>,
    pub(crate) commit_time_ms: i64,
    /// When it ends, where an old client or record said so; −1 else.
    pub(crate) expire_time_ms: i64,
    /// Zero where it is not known.
    pub(crate) topic_id: TopicId,
    /// Where its record lies: of two commits the one with the later record counts.
    pub(crate) record_offset: Offset,
}

impl Committed {
    fn bytes(&self) -> usize {
        COMMIT_BYTES + self.metadata.len()
    }
}

/// Committed offsets, by topic and partition.
#[derive(Debug, Default)]
pub(crate) struct Offsets {
    topics: BTreeMap<Arc<str>, BTreeMap<i32, Committed>>,
    bytes: usize,
}

impl Offsets {
    pub(crate) fn is_empty(&self) -> bool {
        self.topics.is_empty()
    }

    /// What they take of the memory for groups.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// By how much a commit of this topic and metadata would add to [`Offsets::bytes`] at most.
    pub(crate) fn bytes_of_new(topic: &str, metadata: &str) -> usize {
        TOPIC_BYTES + topic.len() + COMMIT_BYTES + metadata.len()
    }

    pub(crate) fn get(&self, topic: &str, partition: i32) -> Option<&Committed> {
        self.topics.get(topic)?.get(&partition)
    }

    /// All, in order of topic and partition.
    pub(crate) fn topics(&self) -> impl Iterator<Item = (&Arc<str>, &BTreeMap<i32, Committed>)> {
        self.topics.iter()
    }

    /// The partitions of one topic, in order.
    pub(crate) fn of_topic(&self, topic: &str) -> Option<&BTreeMap<i32, Committed>> {
        self.topics.get(topic)
    }

    pub(crate) fn put(&mut self, topic: &str, partition: i32, committed: Committed) {
        if !self.topics.contains_key(topic) {
            self.bytes += TOPIC_BYTES + topic.len();
            self.topics.insert(topic.into(), BTreeMap::new());
        }
        let partitions = self.topics.get_mut(topic).expect("it is there now");
        self.bytes += committed.bytes();
        match partitions.entry(partition) {
            Entry::Vacant(entry) => {
                entry.insert(committed);
            }
            Entry::Occupied(mut entry) => {
                self.bytes -= entry.get().bytes();
                entry.insert(committed);
            }
        }
    }

    pub(crate) fn remove(&mut self, topic: &str, partition: i32) -> Option<Committed> {
        let partitions = self.topics.get_mut(topic)?;
        let removed = partitions.remove(&partition)?;
        self.bytes -= removed.bytes();
        if partitions.is_empty() {
            self.topics.remove(topic);
            self.bytes -= TOPIC_BYTES + topic.len();
        }
        Some(removed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn committed(offset: i64, metadata: &str) -> Committed {
        Committed {
            offset,
            leader_epoch: -1,
            metadata: metadata.into(),
            commit_time_ms: 0,
            expire_time_ms: -1,
            topic_id: TopicId::ZERO,
            record_offset: Offset(0),
        }
    }

    #[test]
    fn the_bytes_of_offsets_come_and_go_with_them() {
        let mut offsets = Offsets::default();
        offsets.put("b", 1, committed(7, "meta"));
        offsets.put("a", 0, committed(8, ""));
        offsets.put("b", 1, committed(9, "m"));
        offsets.put("b", 0, committed(10, ""));
        assert_eq!(offsets.bytes(), 3 * COMMIT_BYTES + 1 + 2 * TOPIC_BYTES + 2);
        let all: Vec<_> = offsets
            .topics()
            .flat_map(|(topic, partitions)| {
                partitions.iter().map(|(at, it)| (topic.to_string(), *at, it.offset))
            })
            .collect();
        assert_eq!(all, [("a".into(), 0, 8), ("b".into(), 0, 10), ("b".into(), 1, 9)]);
        assert_eq!(offsets.remove("b", 1).map(|it| it.offset), Some(9));
        assert_eq!(offsets.remove("b", 1), None);
        assert_eq!(offsets.get("b", 0).map(|it| it.offset), Some(10));
        offsets.remove("b", 0);
        offsets.remove("a", 0);
        assert!(offsets.is_empty());
        assert_eq!(offsets.bytes(), 0);
    }
}

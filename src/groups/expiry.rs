//! What a coordinator forgets: offsets whose time is over, those of topics that are no more, and groups of which
//! nothing is left.

use super::classic::Expiry;
use super::coordinator::{Coordinator, Group};
use super::offsets::Committed;
use super::records::Records;
use loglane_model::TopicId;
use std::sync::Arc;

/// One thing to be forgotten.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Removal {
    /// A committed offset, and what open transactions say of it.
    Offset { group: Arc<str>, topic: Arc<str>, partition: i32 },
    /// A group, behind all its offsets.
    Group(Arc<str>),
}

impl Removal {
    pub(crate) fn write(&self, records: &mut Records) {
        match self {
            Removal::Offset { group, topic, partition } => records.remove_commit(group, topic, *partition),
            Removal::Group(group) => records.remove_group(group),
        }
    }
}

impl Coordinator {
    /// What has expired by Kafka's rules: an offset that says itself when, else one that is older than the retention;
    /// but none of a topic that members consume, and none that an open transaction is about to change. A group
    /// without members goes with its last offset.
    pub(crate) fn expired(&self, now_ms: i64, retention_ms: i64) -> Vec<Removal> {
        let mut removals = Vec::new();
        for (name, group) in self.groups() {
            let mut is_all_gone = true;
            for (topic, partitions) in group.offsets.topics() {
                let is_kept = group.is_subscribed_to(topic);
                for (partition, committed) in partitions {
                    let is_expired = !is_kept
                        && has_expired(group, committed, now_ms, retention_ms)
                        && !self.transactions.has(name, topic, *partition);
                    is_all_gone &= is_expired;
                    if is_expired {
                        let (group, topic) = (name.clone(), topic.clone());
                        removals.push(Removal::Offset { group, topic, partition: *partition });
                    }
                }
            }
            if is_all_gone && group.is_empty() && !self.transactions.has_group(name) {
                removals.push(Removal::Group(name.clone()));
            }
        }
        removals
    }

    /// What was committed for a topic that is no more.
    pub(crate) fn of_topic(&self, topic: &str, id: TopicId) -> Vec<Removal> {
        let is_of = |committed: &Committed| committed.topic_id.is_zero() || committed.topic_id == id;
        let mut removals = Vec::new();
        let removal = |group: &Arc<str>, partition| Removal::Offset {
            group: group.clone(),
            topic: topic.into(),
            partition,
        };
        for (name, group) in self.groups() {
            let committed = group.offsets.of_topic(topic).into_iter().flatten();
            let committed = committed.filter(|(_, committed)| is_of(committed));
            removals.extend(committed.map(|(partition, _)| removal(name, *partition)));
            let pending = self.transactions.of_group(name);
            let pending = pending.into_iter().filter(|(name, _)| **name == *topic);
            removals.extend(
                pending
                    .filter(|(_, partition)| group.offsets.get(topic, *partition).is_none())
                    .map(|(_, partition)| removal(name, partition)),
            );
        }
        removals
    }

    /// A group with all its offsets.
    pub(crate) fn whole_group(&self, name: &str) -> Vec<Removal> {
        let Some((name, group)) = self.name(name).zip(self.group(name)) else { return Vec::new() };
        let committed = group.offsets.topics().flat_map(|(topic, partitions)| {
            partitions.keys().map(move |partition| (topic.clone(), *partition))
        });
        let pending = self.transactions.of_group(&name).into_iter();
        let pending = pending.filter(|(topic, partition)| group.offsets.get(topic, *partition).is_none());
        let offsets = committed.chain(pending).map(|(topic, partition)| Removal::Offset {
            group: name.clone(),
            topic,
            partition,
        });
        offsets.chain([Removal::Group(name.clone())]).collect()
    }

    /// Forgets what the records say.
    pub(crate) fn forget(&mut self, removals: &[Removal]) {
        for removal in removals {
            match removal {
                Removal::Offset { group, topic, partition } => self.remove_offset(group, topic, *partition),
                Removal::Group(group) => self.remove_group(group),
            }
        }
    }
}

fn has_expired(group: &Group, committed: &Committed, now_ms: i64, retention_ms: i64) -> bool {
    let since_ms = match group.expiry() {
        Expiry::Never => return false,
        Expiry::SinceCommit => committed.commit_time_ms,
        Expiry::Since(since_ms) => since_ms,
    };
    if committed.expire_time_ms >= 0 {
        now_ms >= committed.expire_time_ms
    } else {
        now_ms.saturating_sub(since_ms) >= retention_ms
    }
}

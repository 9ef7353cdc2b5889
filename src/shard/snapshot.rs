//! What a shard says of itself when the admin server asks: a copy of its counts, and what its tables hold now.
//!
//! It takes one walk over the shard's partitions, connections and groups; whoever asks bounds how often that happens.

use super::Shard;
use super::counts::{Counts, Traffic};
use super::mail::Mail;
use super::scrub::{DamageCounts, ScrubCounts};
use crate::groups::classic::ClassicState;
use crate::groups::coordinator::{CoordinatorState, Members};
use crate::limits::WAITER_BYTES;
use crate::partition::{Partition, State};
use loglane_model::{PartitionId, ShardId, TopicId};
use loglane_replication::image::Topic;
use loglane_ring::Io;
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How the answer goes back. It must not wait for anybody.
pub(crate) struct Reply(pub(crate) Box<dyn FnOnce(ShardSnapshot) + Send>);

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Reply")
    }
}

/// One shard at one moment.
#[derive(Debug)]
pub(crate) struct ShardSnapshot {
    pub(crate) shard: ShardId,
    /// A clean stop has begun.
    pub(crate) is_closing: bool,
    pub(crate) counts: Counts,
    pub(crate) scrub: ScrubCounts,
    pub(crate) damage: DamageCounts,
    /// Partitions with known damage.
    pub(crate) damaged: Vec<DamagedPartition>,
    pub(crate) partitions: PartitionCounts,
    /// By topic, as far as its partitions are here.
    pub(crate) topics: BTreeMap<Arc<str>, Traffic>,
    /// By listener.
    pub(crate) connections: Vec<usize>,
    pub(crate) requests_under_way: usize,
    pub(crate) groups: GroupCounts,
    /// Parts of the shard's memory: name, bytes in use, bytes at the most.
    pub(crate) memory: [(&'static str, usize, usize); 9],
    /// What can keep new requests waiting, and whether it does.
    pub(crate) overloads: [(&'static str, bool); 4],
    /// From shard 0.
    pub(crate) broker: Option<BrokerView>,
}

/// What is known to be damaged in one partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DamagedPartition {
    pub(crate) topic: Arc<str>,
    pub(crate) partition: PartitionId,
    /// Places in its segments.
    pub(crate) ranges: u64,
    /// Bytes of them.
    pub(crate) bytes: u64,
}

/// Partitions by where they are in their lives.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct PartitionCounts {
    pub(crate) opening: usize,
    pub(crate) online: usize,
    pub(crate) offline: usize,
    pub(crate) moving: usize,
    /// Of those of topics that are there: fewer replicas are in sync than there are.
    pub(crate) under_replicated: usize,
    /// And fewer than produces with `acks=all` ask for.
    pub(crate) under_min_in_sync: usize,
}

impl PartitionCounts {
    /// All of them, but for those of deleted topics.
    pub(crate) fn all(&self) -> usize {
        self.opening + self.online + self.offline + self.moving
    }

    fn count(&mut self, partition: &Partition) {
        match partition.state {
            State::Opening => self.opening += 1,
            State::Online(_) => self.online += 1,
            State::Offline(_) => self.offline += 1,
            State::Moving => self.moving += 1,
            State::Deleting(_) => return,
        }
        let leadership = &partition.leadership;
        let (in_sync, replicas) = (leadership.in_sync.len(), leadership.replicas.len());
        self.under_replicated += usize::from(in_sync < replicas);
        self.under_min_in_sync += usize::from(in_sync < leadership.min_in_sync.min(replicas));
    }
}

/// Groups by state.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct GroupCounts {
    /// By the state's name, those of the classic protocol.
    pub(crate) classic: BTreeMap<&'static str, usize>,
    /// Of newer protocols: kept, and not served.
    pub(crate) newer: usize,
    /// Partitions of `__consumer_offsets` whose groups are served, are being read, and cannot be read.
    pub(crate) active: usize,
    pub(crate) loading: usize,
    pub(crate) failed: usize,
}

/// What is known once in a broker.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct BrokerView {
    /// Whether this broker's controller decides.
    pub(crate) is_controller: bool,
    /// In the whole cluster.
    pub(crate) topics: usize,
    pub(crate) partitions: usize,
    pub(crate) partitions_without_leader: usize,
    pub(crate) brokers_active: usize,
    pub(crate) brokers_fenced: usize,
    /// The configured log directories, and whether each works.
    pub(crate) directories: Vec<(PathBuf, bool)>,
}

impl<I: Io<Mail>> Shard<I> {
    /// What there is to say now.
    pub(crate) fn snapshot(&self) -> ShardSnapshot {
        let mut damaged: BTreeMap<(TopicId, PartitionId), (u64, u64)> = BTreeMap::new();
        for (topic, partition, damage) in self.scrub.places() {
            let (ranges, bytes) = damaged.entry((*topic, *partition)).or_default();
            *ranges += 1;
            *bytes += damage.end.saturating_sub(damage.position);
        }
        let mut snapshot = ShardSnapshot {
            shard: self.id,
            is_closing: self.closing.has_begun(),
            counts: self.counts.clone(),
            scrub: self.scrub.counts,
            damage: self.scrub.damage,
            damaged: Vec::new(),
            partitions: PartitionCounts::default(),
            topics: BTreeMap::new(),
            connections: vec![0; self.settings.listeners.len()],
            requests_under_way: self.requests.pending.len(),
            groups: self.group_counts(),
            memory: self.memory_in_use(),
            overloads: self.overloads(),
            broker: self.controller.is_some().then(|| self.broker_view()),
        };
        for partition in self.partitions.ids().filter_map(|slot| self.partitions.get(slot)) {
            snapshot.partitions.count(partition);
            if partition.is_deleted || matches!(partition.state, State::Deleting(_)) {
                continue;
            }
            if let Some(traffic) = snapshot.topics.get_mut(&partition.topic) {
                traffic.add(partition.traffic);
            } else {
                snapshot.topics.insert(partition.topic.clone(), partition.traffic);
            }
            if let Some((ranges, bytes)) = damaged.get(&(partition.topic_id, partition.number)) {
                snapshot.damaged.push(DamagedPartition {
                    topic: partition.topic.clone(),
                    partition: partition.number,
                    ranges: *ranges,
                    bytes: *bytes,
                });
            }
        }
        for connection in self.connections.ids().filter_map(|id| self.connections.get(id)) {
            snapshot.connections[usize::from(connection.listener)] += 1;
        }
        snapshot
    }

    fn group_counts(&self) -> GroupCounts {
        let mut counts = GroupCounts::default();
        for coordinator in self.groups.coordinators() {
            match coordinator.state {
                CoordinatorState::Active => counts.active += 1,
                CoordinatorState::Loading(_) => counts.loading += 1,
                CoordinatorState::Failed => counts.failed += 1,
            }
            for (_, group) in coordinator.groups() {
                match &group.members {
                    Members::Classic(classic) => {
                        *counts.classic.entry(ClassicState::name(classic.state())).or_default() += 1;
                    }
                    Members::Newer { .. } => counts.newer += 1,
                }
            }
        }
        counts
    }

    fn memory_in_use(&self) -> [(&'static str, usize, usize); 9] {
        let limits = &self.limits;
        let bytes_of = |count: usize, each: u64| count * usize::try_from(each).unwrap_or(0);
        let waiters = bytes_of(self.requests.pending.len(), WAITER_BYTES);
        [
            ("blocks", self.pool.out_bytes(), limits.block_bytes_max),
            ("receive", self.receive.used(), limits.receive_bytes_max),
            ("batch_cache", self.budgets.cached.bytes(), limits.cache_bytes_max(0)),
            ("read_ahead", self.budgets.cold.bytes(), limits.read_ahead_bytes_max),
            ("indexes", self.budgets.loaded.bytes(), limits.loaded_bytes_max),
            ("lent", self.lent_bytes, limits.lent_bytes_max),
            ("lent_blocks", self.pool.lent_bytes(), limits.lent_bytes_max),
            ("groups", self.groups.bytes(), limits.group_bytes_max),
            ("waiters", waiters, bytes_of(limits.waiters_max, WAITER_BYTES)),
        ]
    }

    fn broker_view(&self) -> BrokerView {
        let image = &self.metadata.image;
        let leaderless = |topic: &Arc<Topic>| {
            topic.partitions.values().filter(|partition| partition.leader.is_none()).count()
        };
        let works = |path: &Path| {
            let index = self.directories.index_of_path(path);
            index.is_some_and(|index| self.directories.is_online(index))
        };
        let paths = self.settings.config.directories();
        let active = image.brokers.keys().filter(|broker| image.is_active(**broker)).count();
        BrokerView {
            is_controller: self.has_started(),
            topics: image.topics.len(),
            partitions: image.topics.partition_count(),
            partitions_without_leader: image.topics.iter().map(leaderless).sum(),
            brokers_active: active,
            brokers_fenced: image.brokers.values().filter(|broker| broker.fenced).count(),
            directories: paths.iter().map(|path| (path.to_path_buf(), works(path))).collect(),
        }
    }
}

//! What a broker's start, and an operator, say of who has which copies: directories in which copies were found, and
//! brokers that will not come back.

use super::{Controller, Decision, StaleBrokerEpoch};
use loglane_model::{BrokerId, PartitionId, TopicId};
use loglane_replication::MetadataRecord;
use loglane_replication::image::METADATA_VERSION;
use loglane_replication::record::{
    DIRECTORY_MIGRATING, LeaderChoice, PartitionChange, PartitionRecord, Uuid,
};
use std::fmt;

/// So many partitions that are yet to be made have a directory that was asked for.
pub const PREFERRED_MAX: usize = 10_000;

/// Why a broker stays registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnregisterRefusal {
    /// BROKER_ID_NOT_REGISTERED.
    Unknown(BrokerId),
    /// INVALID_REQUEST: it is this broker, which runs. A Kafka forgets itself, and serves on until its next start.
    Running(BrokerId),
}

impl fmt::Display for UnregisterRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            UnregisterRefusal::Unknown(id) => write!(f, "Broker ID {} is not currently registered", id.0),
            UnregisterRefusal::Running(id) => {
                write!(f, "Broker {} is the one that was asked: it runs, and is the controller", id.0)
            }
        }
    }
}

impl Controller {
    /// Remembers in which of this node's directories partitions are to be that are not there yet, as Kafka's brokers do:
    /// in memory, until they are made. What is beyond the bound is placed like any other.
    pub fn prefer_directories(&mut self, wanted: Vec<(String, PartitionId, Uuid)>) {
        for (topic, partition, directory) in wanted {
            let key = (topic, partition);
            if self.preferred.len() < PREFERRED_MAX || self.preferred.contains_key(&key) {
                self.preferred.insert(key, directory);
            }
        }
    }

    /// The directory of this node that was asked for, if it can be used.
    pub(super) fn preferred_directory(&self, topic: &str, partition: PartitionId) -> Option<Uuid> {
        let directory = self.preferred.get(&(topic.to_owned(), partition)).copied()?;
        let registration = self.image.brokers.get(&self.node)?;
        registration.log_dirs.contains(&directory).then_some(directory)
    }

    /// The partitions are made: whatever gets their names next is placed like any other.
    pub(super) fn forget_preferred(&mut self, made: &[(TopicId, PartitionId)]) {
        for (id, partition) in made {
            if let Some(topic) = self.image.topics.by_id(*id) {
                self.preferred.remove(&(topic.name.to_string(), *partition));
            }
        }
    }

    pub(super) fn has_preferred(&self) -> bool {
        !self.preferred.is_empty()
    }

    /// Takes in where a broker has found its copies. Where the metadata said otherwise they do no more: a copy that is
    /// there must not count as lost with the directory that it once was in. While that directory is away nothing is
    /// changed, unless it is sure that what was found has everything: the records may be there, and what was found be
    /// older.
    pub fn assign_directories(
        &mut self,
        broker: BrokerId,
        broker_epoch: i64,
        found: &[(TopicId, PartitionId, Uuid)],
        is_sure: bool,
    ) -> Decision<Result<(), StaleBrokerEpoch>> {
        if let Err(stale) = self.check_broker_epoch(broker, broker_epoch) {
            return self.decide(vec![], Err(stale));
        }
        let knows_directories =
            self.image.feature_level(METADATA_VERSION) >= super::feature::LEVEL_WITH_DIRECTORIES;
        let here = &self.image.brokers.get(&broker).expect("its epoch was just compared").log_dirs;
        let changes = found.iter().filter(|_| knows_directories).filter_map(|(topic, number, directory)| {
            let partition = self.image.topics.partition(*topic, *number)?;
            assigned(partition, broker, *directory, here, is_sure)
        });
        let records = changes.map(MetadataRecord::PartitionChange).collect();
        self.decide(records, Ok(()))
    }

    /// Forgets a broker that will not come back.
    pub fn unregister_broker(&mut self, broker: BrokerId) -> Decision<Result<(), UnregisterRefusal>> {
        let Some(registration) = self.image.brokers.get(&broker) else {
            return self.decide(vec![], Err(UnregisterRefusal::Unknown(broker)));
        };
        if broker == self.node {
            return self.decide(vec![], Err(UnregisterRefusal::Running(broker)));
        }
        let broker_epoch = registration.broker_epoch;
        let led = self.image.topics.iter().flat_map(|topic| topic.partitions.values());
        let mut records: Vec<MetadataRecord> = led
            .filter(|partition| partition.leader == Some(broker))
            .map(|partition| {
                let next = |id: &&BrokerId| {
                    **id != broker && partition.in_sync.contains(id) && self.can_lead(partition, **id)
                };
                let mut change = PartitionChange::of(partition.topic, partition.partition);
                let next = partition.replicas.iter().find(next);
                change.leader = next.map_or(LeaderChoice::Nobody, |id| LeaderChoice::Broker(*id));
                MetadataRecord::PartitionChange(change)
            })
            .collect();
        records.push(MetadataRecord::UnregisterBroker { broker, broker_epoch });
        self.decide(records, Ok(()))
    }
}

/// The change that says where a broker's copy is; `None`: the metadata say so already, it has none, or the directory
/// that they name is none of those that are here.
fn assigned(
    partition: &PartitionRecord,
    broker: BrokerId,
    directory: Uuid,
    here: &[Uuid],
    is_sure: bool,
) -> Option<PartitionChange> {
    let replica = partition.replicas.iter().position(|id| *id == broker)?;
    let named = partition.directories.get(replica).copied().unwrap_or(DIRECTORY_MIGRATING);
    if named == directory || !(is_sure || named.is_reserved() || here.contains(&named)) {
        return None;
    }
    let mut directories = partition.directories.clone();
    directories.resize(partition.replicas.len(), DIRECTORY_MIGRATING);
    directories[replica] = directory;
    let mut change = PartitionChange::of(partition.topic, partition.partition);
    change.directories = Some(directories);
    Some(change)
}

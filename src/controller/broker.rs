//! Registration of brokers, fencing, and the elections that follow.

use super::placement::DirectoryChooser;
use super::{Controller, Decision};
use loglane_model::BrokerId;
use loglane_replication::MetadataRecord;
use loglane_replication::image::METADATA_VERSION;
use loglane_replication::record::{
    BrokerEndpoint, BrokerRegistrationChange, DIRECTORY_MIGRATING, DIRECTORY_UNASSIGNED, FenceChange,
    LeaderChoice, LeaderRecovery, PartitionChange, PartitionRecord, RegisterBroker, ShutdownChange,
    SupportedFeature, Uuid,
};
use std::fmt;

/// What a broker says of itself when it starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokerRegistration {
    /// Who.
    pub broker: BrokerId,
    /// New with every start of the process.
    pub incarnation: Uuid,
    /// Where it listens.
    pub endpoints: Vec<BrokerEndpoint>,
    /// What it can run with; must contain metadata.version.
    pub features: Vec<SupportedFeature>,
    /// Its rack.
    pub rack: Option<String>,
    /// The ids of its log directories.
    pub log_dirs: Vec<Uuid>,
}

/// Why a broker is not registered; the texts are Kafka's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RegisterBrokerError {
    /// It has no log directory.
    NoLogDirs,
    /// It lists one directory twice.
    DuplicateLogDir(Uuid),
    /// It lists an id that Kafka keeps for itself.
    ReservedLogDir(Uuid),
    /// Another broker has a directory with that id: a copied disk.
    LogDirInUse {
        /// The directory.
        dir: Uuid,
        /// Who has it.
        owner: BrokerId,
    },
    /// It cannot run at the finalized level of a feature.
    UnsupportedFeature {
        /// The feature.
        name: String,
        /// The finalized level.
        level: i16,
        /// The range it can run with; 0 to 0 when it does not name the feature.
        supported: (i16, i16),
    },
}

impl fmt::Display for RegisterBrokerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RegisterBrokerError::NoLogDirs => f.write_str("No directories specified in request"),
            RegisterBrokerError::DuplicateLogDir(_) => f.write_str("Duplicate directory ID in request"),
            RegisterBrokerError::ReservedLogDir(_) => f.write_str("Reserved directory ID in request"),
            RegisterBrokerError::LogDirInUse { dir, owner } => {
                write!(f, "Broker {} is already registered with directory {dir}", owner.0)
            }
            RegisterBrokerError::UnsupportedFeature { name, level, supported: (min, max) } => write!(
                f,
                "Unable to register because the broker does not support finalized version {level} of {name}. \
                 The broker wants a version between {min} and {max}, inclusive."
            ),
        }
    }
}

/// A request speaks for a registration that is not the current one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StaleBrokerEpoch {
    /// The registration that it means.
    pub given: i64,
    /// The current one, if there is any.
    pub current: Option<i64>,
}

impl Controller {
    /// Registers a broker; it stays fenced until [`Controller::unfence_broker`]. The answer is the broker's epoch.
    ///
    /// An older incarnation is replaced at once: with the controller in the same process, which holds the lock on the
    /// directory, it cannot be running any more, so there is no session to wait for.
    pub fn register_broker(
        &mut self,
        broker: BrokerRegistration,
    ) -> Decision<Result<i64, RegisterBrokerError>> {
        if let Err(error) = self.check_registration(&broker) {
            return self.decide(vec![], Err(error));
        }
        let broker_epoch = match self.image.brokers.get(&broker.broker) {
            // The same process again: it amends what it said.
            Some(known) if known.incarnation == broker.incarnation => known.broker_epoch,
            _ => self.next_offset.0,
        };
        let mut log_dirs = broker.log_dirs;
        log_dirs.sort();
        let record = MetadataRecord::RegisterBroker(RegisterBroker {
            broker: broker.broker,
            is_migrating_zk_broker: false,
            incarnation: broker.incarnation,
            broker_epoch,
            endpoints: broker.endpoints,
            features: broker.features,
            rack: broker.rack,
            fenced: true,
            in_controlled_shutdown: false,
            log_dirs,
            cordoned_log_dirs: None,
        });
        self.decide(vec![record], Ok(broker_epoch))
    }

    /// The broker has applied its registration and opened its logs: it may be used from now on, and leads what it can.
    ///
    /// Every partition that it leads begins a new leader epoch, even if it led before: a restart may have lost records
    /// that were never acknowledged, and the offsets behind them must not be written twice under one epoch.
    pub fn unfence_broker(
        &mut self,
        broker: BrokerId,
        broker_epoch: i64,
    ) -> Decision<Result<(), StaleBrokerEpoch>> {
        if let Err(stale) = self.check_broker_epoch(broker, broker_epoch) {
            return self.decide(vec![], Err(stale));
        }
        let is_fenced = self.image.brokers.get(&broker).is_some_and(|broker| broker.fenced);
        if !is_fenced {
            return self.decide(vec![], Ok(()));
        }
        let change = registration_change(broker, broker_epoch);
        let mut records = vec![MetadataRecord::BrokerRegistrationChange(BrokerRegistrationChange {
            fenced: FenceChange::Unfence,
            ..change.clone()
        })];
        if self.image.feature_level(METADATA_VERSION) >= super::feature::LEVEL_WITH_CORDONED_DIRS {
            records.push(MetadataRecord::BrokerRegistrationChange(BrokerRegistrationChange {
                cordoned_log_dirs: Some(vec![]),
                ..change
            }));
        }
        let mut directories = DirectoryChooser::default();
        let partitions = self.image.topics.iter().flat_map(|topic| topic.partitions.values());
        records.extend(
            partitions
                .filter_map(|partition| self.leader_change(partition, broker, &mut directories))
                .map(MetadataRecord::PartitionChange),
        );
        self.decide(records, Ok(()))
    }

    /// Directories of the broker's have failed: they take no new partitions, and nobody leads those whose copy is
    /// there, until a registration says that the directories are back.
    pub fn lose_directories(
        &mut self,
        broker: BrokerId,
        broker_epoch: i64,
        lost: &[Uuid],
    ) -> Decision<Result<(), StaleBrokerEpoch>> {
        if let Err(stale) = self.check_broker_epoch(broker, broker_epoch) {
            return self.decide(vec![], Err(stale));
        }
        let registered = self.image.brokers.get(&broker).expect("its epoch was just compared");
        let left: Vec<Uuid> = registered.log_dirs.iter().copied().filter(|dir| !lost.contains(dir)).collect();
        // An empty list in the record would mean that nothing changes; without any directory the broker ends anyway.
        if left.is_empty() || left.len() == registered.log_dirs.len() {
            return self.decide(vec![], Ok(()));
        }
        let mut records = Vec::new();
        if self.image.feature_level(METADATA_VERSION) >= super::feature::LEVEL_WITH_DIRECTORIES {
            records.push(MetadataRecord::BrokerRegistrationChange(BrokerRegistrationChange {
                log_dirs: left,
                ..registration_change(broker, broker_epoch)
            }));
        }
        let is_lost = |partition: &PartitionRecord| {
            let replica = partition.replicas.iter().position(|id| *id == broker);
            let directory = replica.and_then(|replica| partition.directories.get(replica));
            partition.leader == Some(broker) && directory.is_some_and(|directory| lost.contains(directory))
        };
        let partitions = self.image.topics.iter().flat_map(|topic| topic.partitions.values());
        records.extend(partitions.filter(|partition| is_lost(partition)).map(|partition| {
            let mut change = PartitionChange::of(partition.topic, partition.partition);
            change.leader = LeaderChoice::Nobody;
            MetadataRecord::PartitionChange(change)
        }));
        self.decide(records, Ok(()))
    }

    /// The broker is about to end in good order. A controller that takes over, Kafka's too, then knows that it is
    /// gone and need not wait for its session to run out.
    pub fn fence_broker(
        &mut self,
        broker: BrokerId,
        broker_epoch: i64,
    ) -> Decision<Result<(), StaleBrokerEpoch>> {
        if let Err(stale) = self.check_broker_epoch(broker, broker_epoch) {
            return self.decide(vec![], Err(stale));
        }
        let change = registration_change(broker, broker_epoch);
        let records = vec![
            MetadataRecord::BrokerRegistrationChange(BrokerRegistrationChange {
                in_controlled_shutdown: ShutdownChange::InControlledShutdown,
                ..change.clone()
            }),
            MetadataRecord::BrokerRegistrationChange(BrokerRegistrationChange {
                fenced: FenceChange::Fence,
                ..change
            }),
        ];
        self.decide(records, Ok(()))
    }

    pub(super) fn check_broker_epoch(&self, broker: BrokerId, given: i64) -> Result<(), StaleBrokerEpoch> {
        let current = self.image.brokers.get(&broker).map(|broker| broker.broker_epoch);
        if current == Some(given) { Ok(()) } else { Err(StaleBrokerEpoch { given, current }) }
    }

    fn check_registration(&self, broker: &BrokerRegistration) -> Result<(), RegisterBrokerError> {
        let mut dirs = broker.log_dirs.clone();
        dirs.sort();
        if dirs.is_empty() {
            return Err(RegisterBrokerError::NoLogDirs);
        }
        if let Some(pair) = dirs.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(RegisterBrokerError::DuplicateLogDir(pair[0]));
        }
        if let Some(dir) = dirs.iter().find(|dir| dir.is_reserved()) {
            return Err(RegisterBrokerError::ReservedLogDir(*dir));
        }
        for other in self.image.brokers.values().filter(|other| other.broker != broker.broker) {
            if let Some(dir) = dirs.iter().find(|dir| other.log_dirs.contains(dir)) {
                return Err(RegisterBrokerError::LogDirInUse { dir: *dir, owner: other.broker });
            }
        }
        for (name, level) in self.image.features.iter() {
            let supported = broker.features.iter().find(|feature| feature.name == *name);
            let supported = supported.map_or((0, 0), |feature| (feature.min, feature.max));
            if *level < supported.0 || *level > supported.1 {
                let (name, level) = (name.clone(), *level);
                return Err(RegisterBrokerError::UnsupportedFeature { name, level, supported });
            }
        }
        Ok(())
    }

    /// What changes for a partition when `broker` becomes usable; `None` if nothing does: it has no replica of it,
    /// another broker leads, or the in-sync set does not contain it.
    fn leader_change(
        &self,
        partition: &PartitionRecord,
        broker: BrokerId,
        directories: &mut DirectoryChooser,
    ) -> Option<PartitionChange> {
        let replica = partition.replicas.iter().position(|id| *id == broker)?;
        let is_in_sync = partition.in_sync.contains(&broker);
        // With eligible leader replicas a partition may have an empty in-sync set; those replicas have everything too.
        let eligible = partition.eligible_leaders.as_ref().is_some_and(|eligible| eligible.contains(&broker));
        let may_lead = match partition.leader {
            Some(leader) => leader == broker,
            None => is_in_sync || (partition.in_sync.is_empty() && eligible),
        };
        if !may_lead {
            return None;
        }
        let mut change = PartitionChange::of(partition.topic, partition.partition);
        change.leader = LeaderChoice::Broker(broker);
        if !is_in_sync {
            change.in_sync = Some(vec![broker]);
        }
        if partition.eligible_leaders.is_some() || partition.last_known_eligible.is_some() {
            change.eligible_leaders = Some(vec![]);
            change.last_known_eligible = Some(vec![]);
        }
        if partition.leader_recovery == LeaderRecovery::Recovering {
            change.leader_recovery = Some(LeaderRecovery::Recovered);
        }
        let known = partition.directories.get(replica).copied().unwrap_or(DIRECTORY_MIGRATING);
        if known == DIRECTORY_UNASSIGNED || known == DIRECTORY_MIGRATING {
            let mut chosen = partition.directories.clone();
            chosen.resize(partition.replicas.len(), DIRECTORY_MIGRATING);
            chosen[replica] = directories.choose(&self.image, broker);
            change.directories = Some(chosen);
        } else if !self.image.brokers.get(&broker)?.log_dirs.contains(&known) {
            // Its copy is on a disk that is not here. Leading without it would mean to serve an empty partition.
            partition.leader?;
            change = PartitionChange::of(partition.topic, partition.partition);
            change.leader = LeaderChoice::Nobody;
        }
        Some(change)
    }
}

fn registration_change(broker: BrokerId, broker_epoch: i64) -> BrokerRegistrationChange {
    BrokerRegistrationChange {
        broker,
        broker_epoch,
        fenced: FenceChange::None,
        in_controlled_shutdown: ShutdownChange::None,
        log_dirs: vec![],
        cordoned_log_dirs: None,
    }
}

//! Metadata records to bytes.

use super::FRAME_VERSION;
use loglane_model::{BrokerId, TopicId, varint};
use loglane_net::message::{metadata_brokers, metadata_security, metadata_system, metadata_topics};
use loglane_net::{Array, EncodeError, Record};
use loglane_replication::MetadataRecord;
use loglane_replication::record::{
    AccessControlEntry, BrokerRegistrationChange, ClientQuota, DelegationToken, FenceChange, LeaderChoice,
    LeaderRecovery, PartitionChange, PartitionRecord, RegisterBroker, RegisterController, ScramMechanism,
    ShutdownChange, UserScramCredential, Uuid,
};

/// metadata.version 3.4-IV0: registrations of brokers that migrate from ZooKeeper.
const LEVEL_MIGRATION: i16 = 8;
/// metadata.version 3.7-IV2: replicas are assigned to directories.
const LEVEL_DIRECTORIES: i16 = 17;
/// metadata.version 4.0-IV1: eligible leader replicas.
const LEVEL_ELIGIBLE_LEADERS: i16 = 23;
/// metadata.version 4.3-IV0: cordoned directories.
const LEVEL_CORDONED: i16 = 30;

/// The version in which Kafka writes a record at a metadata.version (its feature level): the newest that everyone in
/// the cluster reads.
#[must_use]
pub fn record_version(record: &MetadataRecord, metadata_version: i16) -> i16 {
    match record {
        MetadataRecord::RegisterBroker(_) => match metadata_version {
            LEVEL_CORDONED.. => 4,
            LEVEL_DIRECTORIES.. => 3,
            LEVEL_MIGRATION.. => 2,
            _ => 1,
        },
        MetadataRecord::Partition(_) | MetadataRecord::PartitionChange(_) => match metadata_version {
            LEVEL_ELIGIBLE_LEADERS.. => 2,
            LEVEL_DIRECTORIES.. => 1,
            _ => 0,
        },
        // The oldest version that has what the record says; Kafka writes one such record for each kind of change.
        MetadataRecord::BrokerRegistrationChange(change) => {
            if change.cordoned_log_dirs.is_some() {
                3
            } else if !change.log_dirs.is_empty() {
                2
            } else {
                i16::from(change.in_controlled_shutdown != ShutdownChange::None)
            }
        }
        MetadataRecord::UnregisterBroker { .. }
        | MetadataRecord::Topic { .. }
        | MetadataRecord::Config { .. }
        | MetadataRecord::FenceBroker { .. }
        | MetadataRecord::UnfenceBroker { .. }
        | MetadataRecord::RemoveTopic { .. }
        | MetadataRecord::DelegationToken(_)
        | MetadataRecord::RemoveDelegationToken { .. }
        | MetadataRecord::UserScramCredential(_)
        | MetadataRecord::RemoveUserScramCredential { .. }
        | MetadataRecord::FeatureLevel { .. }
        | MetadataRecord::ClientQuota(_)
        | MetadataRecord::ProducerIds { .. }
        | MetadataRecord::AccessControlEntry(_)
        | MetadataRecord::RemoveAccessControlEntry { .. }
        | MetadataRecord::NoOp
        | MetadataRecord::ZkMigrationState { .. }
        | MetadataRecord::BeginTransaction { .. }
        | MetadataRecord::EndTransaction
        | MetadataRecord::AbortTransaction { .. }
        | MetadataRecord::RegisterController(_)
        | MetadataRecord::ClearElr { .. } => 0,
    }
}

/// Appends a record in the given version. After an error `out` holds a part of it.
///
/// # Errors
/// The record says something that the version cannot, or has a string that is too long for the protocol.
pub fn encode(record: &MetadataRecord, version: i16, out: &mut Vec<u8>) -> Result<(), EncodeError> {
    let mut put = Put { version, out };
    match record {
        MetadataRecord::RegisterBroker(it) => put.register_broker(it),
        MetadataRecord::UnregisterBroker { broker, broker_epoch } => {
            let (broker_id, broker_epoch) = (broker.0, *broker_epoch);
            put.message(&metadata_brokers::UnregisterBrokerRecord { broker_id, broker_epoch })
        }
        MetadataRecord::Topic { name, id } => {
            put.message(&metadata_topics::TopicRecord { name, topic_id: *id })
        }
        MetadataRecord::Partition(it) => put.partition(it),
        MetadataRecord::Config { resource, name, value } => put.message(&metadata_topics::ConfigRecord {
            resource_type: resource.kind,
            resource_name: &resource.name,
            name,
            value: value.as_deref(),
        }),
        MetadataRecord::PartitionChange(it) => put.partition_change(it),
        MetadataRecord::FenceBroker { broker, broker_epoch } => {
            put.message(&metadata_brokers::FenceBrokerRecord { id: broker.0, epoch: *broker_epoch })
        }
        MetadataRecord::UnfenceBroker { broker, broker_epoch } => {
            put.message(&metadata_brokers::UnfenceBrokerRecord { id: broker.0, epoch: *broker_epoch })
        }
        MetadataRecord::RemoveTopic { id } => {
            put.message(&metadata_topics::RemoveTopicRecord { topic_id: *id })
        }
        MetadataRecord::DelegationToken(it) => put.delegation_token(it),
        MetadataRecord::RemoveDelegationToken { token_id } => {
            put.message(&metadata_security::RemoveDelegationTokenRecord { token_id })
        }
        MetadataRecord::UserScramCredential(it) => put.scram(it),
        MetadataRecord::RemoveUserScramCredential { name, mechanism } => {
            let mechanism = mechanism_code(*mechanism);
            put.message(&metadata_security::RemoveUserScramCredentialRecord { name, mechanism })
        }
        MetadataRecord::FeatureLevel { name, level } => {
            put.message(&metadata_system::FeatureLevelRecord { name, feature_level: *level })
        }
        MetadataRecord::ClientQuota(it) => put.client_quota(it),
        MetadataRecord::ProducerIds { broker, broker_epoch, next_producer_id } => {
            put.message(&metadata_system::ProducerIdsRecord {
                broker_id: broker.0,
                broker_epoch: *broker_epoch,
                next_producer_id: *next_producer_id,
            })
        }
        MetadataRecord::BrokerRegistrationChange(it) => put.registration_change(it),
        MetadataRecord::AccessControlEntry(it) => put.access_control_entry(it),
        MetadataRecord::RemoveAccessControlEntry { id } => {
            put.message(&metadata_security::RemoveAccessControlEntryRecord { id: TopicId(id.0) })
        }
        MetadataRecord::NoOp => put.message(&metadata_system::NoOpRecord {}),
        MetadataRecord::ZkMigrationState { state } => {
            put.message(&metadata_system::ZkMigrationStateRecord { zk_migration_state: *state })
        }
        MetadataRecord::BeginTransaction { name } => {
            put.message(&metadata_system::BeginTransactionRecord { name: name.as_deref() })
        }
        MetadataRecord::EndTransaction => put.message(&metadata_system::EndTransactionRecord {}),
        MetadataRecord::AbortTransaction { reason } => {
            put.message(&metadata_system::AbortTransactionRecord { reason: reason.as_deref() })
        }
        MetadataRecord::RegisterController(it) => put.register_controller(it),
        MetadataRecord::ClearElr { topic } => {
            put.message(&metadata_topics::ClearElrRecord { topic_name: topic })
        }
    }
}

struct Put<'o> {
    version: i16,
    out: &'o mut Vec<u8>,
}

impl Put<'_> {
    fn message<'m, M: Record<'m>>(&mut self, message: &M) -> Result<(), EncodeError> {
        varint::write_u32(self.out, FRAME_VERSION);
        varint::write_u32(self.out, u32::from(M::RECORD_NUMBER.cast_unsigned()));
        varint::write_u32(self.out, u32::from(self.version.cast_unsigned()));
        message.encode(self.out, self.version)
    }

    fn register_broker(&mut self, it: &RegisterBroker) -> Result<(), EncodeError> {
        let end_points: Vec<_> = it
            .endpoints
            .iter()
            .map(|endpoint| metadata_brokers::BrokerEndpoint {
                name: &endpoint.name,
                host: &endpoint.host,
                port: endpoint.port,
                security_protocol: endpoint.security_protocol,
            })
            .collect();
        let features: Vec<_> = it
            .features
            .iter()
            .map(|feature| metadata_brokers::BrokerFeature {
                name: &feature.name,
                min_supported_version: feature.min,
                max_supported_version: feature.max,
            })
            .collect();
        self.message(&metadata_brokers::RegisterBrokerRecord {
            broker_id: it.broker.0,
            is_migrating_zk_broker: it.is_migrating_zk_broker,
            incarnation_id: TopicId(it.incarnation.0),
            broker_epoch: it.broker_epoch,
            end_points: end_points.into(),
            features: features.into(),
            rack: it.rack.as_deref(),
            fenced: it.fenced,
            in_controlled_shutdown: it.in_controlled_shutdown,
            log_dirs: if self.version >= 3 { ids(&it.log_dirs) } else { Array::default() },
            cordoned_log_dirs: it.cordoned_log_dirs.as_deref().filter(|_| self.version >= 4).map(ids),
        })
    }

    fn register_controller(&mut self, it: &RegisterController) -> Result<(), EncodeError> {
        let end_points: Vec<_> = it
            .endpoints
            .iter()
            .map(|endpoint| metadata_brokers::ControllerEndpoint {
                name: &endpoint.name,
                host: &endpoint.host,
                port: endpoint.port,
                security_protocol: endpoint.security_protocol,
            })
            .collect();
        let features: Vec<_> = it
            .features
            .iter()
            .map(|feature| metadata_brokers::ControllerFeature {
                name: &feature.name,
                min_supported_version: feature.min,
                max_supported_version: feature.max,
            })
            .collect();
        self.message(&metadata_brokers::RegisterControllerRecord {
            controller_id: it.controller.0,
            incarnation_id: TopicId(it.incarnation.0),
            zk_migration_ready: it.zk_migration_ready,
            end_points: end_points.into(),
            features: features.into(),
        })
    }

    fn registration_change(&mut self, it: &BrokerRegistrationChange) -> Result<(), EncodeError> {
        self.message(&metadata_brokers::BrokerRegistrationChangeRecord {
            broker_id: it.broker.0,
            broker_epoch: it.broker_epoch,
            fenced: match it.fenced {
                FenceChange::Unfence => -1,
                FenceChange::None => 0,
                FenceChange::Fence => 1,
            },
            in_controlled_shutdown: match it.in_controlled_shutdown {
                ShutdownChange::None => 0,
                ShutdownChange::InControlledShutdown => 1,
            },
            log_dirs: ids(&it.log_dirs),
            cordoned_log_dirs: it.cordoned_log_dirs.as_deref().map(ids),
        })
    }

    fn partition(&mut self, it: &PartitionRecord) -> Result<(), EncodeError> {
        let with_directories = self.version >= 1;
        let with_eligible = self.version >= 2;
        self.message(&metadata_topics::PartitionRecord {
            partition_id: it.partition.0,
            topic_id: it.topic,
            replicas: brokers(&it.replicas),
            isr: brokers(&it.in_sync),
            removing_replicas: brokers(&it.removing),
            adding_replicas: brokers(&it.adding),
            leader: it.leader.map_or(-1, |leader| leader.0),
            leader_recovery_state: recovery_code(it.leader_recovery),
            leader_epoch: it.leader_epoch.0,
            partition_epoch: it.partition_epoch,
            directories: if with_directories { ids(&it.directories) } else { Array::default() },
            eligible_leader_replicas: it.eligible_leaders.as_deref().filter(|_| with_eligible).map(brokers),
            last_known_elr: it.last_known_eligible.as_deref().filter(|_| with_eligible).map(brokers),
        })
    }

    fn partition_change(&mut self, it: &PartitionChange) -> Result<(), EncodeError> {
        let with_directories = self.version >= 1;
        let with_eligible = self.version >= 2;
        self.message(&metadata_topics::PartitionChangeRecord {
            partition_id: it.partition.0,
            topic_id: it.topic,
            isr: it.in_sync.as_deref().map(brokers),
            leader: match it.leader {
                LeaderChoice::Unchanged => -2,
                LeaderChoice::Nobody => -1,
                LeaderChoice::Broker(id) => id.0,
            },
            replicas: it.replicas.as_deref().map(brokers),
            removing_replicas: it.removing.as_deref().map(brokers),
            adding_replicas: it.adding.as_deref().map(brokers),
            leader_recovery_state: it.leader_recovery.map_or(-1, recovery_code),
            directories: it.directories.as_deref().filter(|_| with_directories).map(ids),
            eligible_leader_replicas: it.eligible_leaders.as_deref().filter(|_| with_eligible).map(brokers),
            last_known_elr: it.last_known_eligible.as_deref().filter(|_| with_eligible).map(brokers),
        })
    }

    fn delegation_token(&mut self, it: &DelegationToken) -> Result<(), EncodeError> {
        self.message(&metadata_security::DelegationTokenRecord {
            owner: &it.owner,
            requester: &it.requester,
            renewers: it.renewers.iter().map(String::as_str).collect(),
            issue_timestamp: it.issued_at_ms,
            max_timestamp: it.max_at_ms,
            expiration_timestamp: it.expires_at_ms,
            token_id: &it.token_id,
        })
    }

    fn scram(&mut self, it: &UserScramCredential) -> Result<(), EncodeError> {
        self.message(&metadata_security::UserScramCredentialRecord {
            name: &it.name,
            mechanism: mechanism_code(it.mechanism),
            salt: &it.salt,
            stored_key: &it.stored_key,
            server_key: &it.server_key,
            iterations: it.iterations,
        })
    }

    fn client_quota(&mut self, it: &ClientQuota) -> Result<(), EncodeError> {
        let entity: Vec<_> = it
            .entity
            .iter()
            .map(|part| metadata_security::EntityData {
                entity_type: &part.kind,
                entity_name: part.name.as_deref(),
            })
            .collect();
        self.message(&metadata_security::ClientQuotaRecord {
            entity: entity.into(),
            key: &it.key,
            value: it.value,
            remove: it.remove,
        })
    }

    fn access_control_entry(&mut self, it: &AccessControlEntry) -> Result<(), EncodeError> {
        self.message(&metadata_security::AccessControlEntryRecord {
            id: TopicId(it.id.0),
            resource_type: it.resource_type,
            resource_name: &it.resource_name,
            pattern_type: it.pattern_type,
            principal: &it.principal,
            host: &it.host,
            operation: it.operation,
            permission_type: it.permission_type,
        })
    }
}

fn recovery_code(recovery: LeaderRecovery) -> i8 {
    match recovery {
        LeaderRecovery::Recovered => 0,
        LeaderRecovery::Recovering => 1,
    }
}

fn mechanism_code(mechanism: ScramMechanism) -> i8 {
    match mechanism {
        ScramMechanism::Sha256 => 1,
        ScramMechanism::Sha512 => 2,
    }
}

fn ids(ids: &[Uuid]) -> Array<'static, TopicId> {
    ids.iter().map(|id| TopicId(id.0)).collect()
}

fn brokers(ids: &[BrokerId]) -> Array<'static, i32> {
    ids.iter().map(|id| id.0).collect()
}

//! Bytes to metadata records.

use super::{FRAME_VERSION, RecordError};
use loglane_model::{BrokerId, LeaderEpoch, PartitionId, TopicId, varint};
use loglane_net::message::{metadata_brokers, metadata_security, metadata_system, metadata_topics};
use loglane_net::{Array, DecodeError, Element, Reader, Record};
use loglane_replication::MetadataRecord;
use loglane_replication::record::{
    AccessControlEntry, BrokerEndpoint, BrokerRegistrationChange, ClientQuota, ConfigResource,
    DelegationToken, EntityPart, FenceChange, LeaderChoice, LeaderRecovery, PartitionChange, PartitionRecord,
    RegisterBroker, RegisterController, ScramMechanism, ShutdownChange, SupportedFeature,
    UserScramCredential, Uuid,
};

/// Reads a record; the second value is the version it was written in.
pub fn decode(value: &[u8]) -> Result<(MetadataRecord, i16), RecordError> {
    let mut at = 0;
    let mut next = || -> Result<u32, RecordError> {
        let (number, taken) = varint::read_u32(&value[at..]).ok_or(RecordError::Frame)?;
        at += taken;
        Ok(number)
    };
    let frame_version = next()?;
    if frame_version != FRAME_VERSION {
        return Err(RecordError::FrameVersion(frame_version));
    }
    let (number, version) = (next()?, next()?);
    let body = Body { number, version, bytes: &value[at..] };
    let record = body.record()?;
    Ok((record, i16::try_from(version).expect("the codec knew the version")))
}

/// The fields of one record, not yet read.
#[derive(Clone, Copy)]
struct Body<'a> {
    number: u32,
    version: u32,
    bytes: &'a [u8],
}

impl<'a> Body<'a> {
    fn record(self) -> Result<MetadataRecord, RecordError> {
        match self.number {
            0..=1 | 7..=8 | 17 | 27 => self.node_record(),
            2..=5 | 9 | 28 => self.topic_record(),
            10..=11 | 14 | 18..=19 | 22 | 26 => self.security_record(),
            12 | 15 | 20..=21 | 23..=25 => self.system_record(),
            other => Err(RecordError::UnknownRecord(other)),
        }
    }

    /// Reads the whole body as one message.
    fn read<M: Record<'a>>(self) -> Result<M, RecordError> {
        assert_eq!(self.number, u32::from(M::RECORD_NUMBER.cast_unsigned()), "the number chose the message");
        let fields = |error| RecordError::Fields { record: self.number, version: self.version, error };
        let version = i16::try_from(self.version).map_err(|_| fields(DecodeError::UnsupportedVersion))?;
        let mut reader = Reader::new(self.bytes);
        let message = M::decode(&mut reader, version).map_err(fields)?;
        if !reader.rest().is_empty() {
            return Err(fields(DecodeError::TrailingBytes));
        }
        Ok(message)
    }

    fn bad(self, field: &'static str) -> RecordError {
        RecordError::Value { record: self.number, field }
    }

    fn node_record(self) -> Result<MetadataRecord, RecordError> {
        use metadata_brokers as wire;
        Ok(match self.number {
            0 => {
                let it: wire::RegisterBrokerRecord<'_> = self.read()?;
                MetadataRecord::RegisterBroker(RegisterBroker {
                    broker: BrokerId(it.broker_id),
                    is_migrating_zk_broker: it.is_migrating_zk_broker,
                    incarnation: uuid(it.incarnation_id),
                    broker_epoch: it.broker_epoch,
                    endpoints: endpoints(
                        it.end_points.iter().map(|e| (e.name, e.host, e.port, e.security_protocol)),
                    ),
                    features: features(
                        it.features
                            .iter()
                            .map(|f| (f.name, f.min_supported_version, f.max_supported_version)),
                    ),
                    rack: owned(it.rack),
                    fenced: it.fenced,
                    in_controlled_shutdown: it.in_controlled_shutdown,
                    log_dirs: uuids(&it.log_dirs),
                    cordoned_log_dirs: it.cordoned_log_dirs.as_ref().map(uuids),
                })
            }
            1 => {
                let it: wire::UnregisterBrokerRecord = self.read()?;
                let broker = BrokerId(it.broker_id);
                MetadataRecord::UnregisterBroker { broker, broker_epoch: it.broker_epoch }
            }
            7 => {
                let it: wire::FenceBrokerRecord = self.read()?;
                MetadataRecord::FenceBroker { broker: BrokerId(it.id), broker_epoch: it.epoch }
            }
            8 => {
                let it: wire::UnfenceBrokerRecord = self.read()?;
                MetadataRecord::UnfenceBroker { broker: BrokerId(it.id), broker_epoch: it.epoch }
            }
            17 => self.registration_change()?,
            27 => {
                let it: wire::RegisterControllerRecord<'_> = self.read()?;
                MetadataRecord::RegisterController(RegisterController {
                    controller: BrokerId(it.controller_id),
                    incarnation: uuid(it.incarnation_id),
                    zk_migration_ready: it.zk_migration_ready,
                    endpoints: endpoints(
                        it.end_points.iter().map(|e| (e.name, e.host, e.port, e.security_protocol)),
                    ),
                    features: features(
                        it.features
                            .iter()
                            .map(|f| (f.name, f.min_supported_version, f.max_supported_version)),
                    ),
                })
            }
            other => return Err(RecordError::UnknownRecord(other)),
        })
    }

    fn registration_change(self) -> Result<MetadataRecord, RecordError> {
        let it: metadata_brokers::BrokerRegistrationChangeRecord<'_> = self.read()?;
        Ok(MetadataRecord::BrokerRegistrationChange(BrokerRegistrationChange {
            broker: BrokerId(it.broker_id),
            broker_epoch: it.broker_epoch,
            fenced: match it.fenced {
                -1 => FenceChange::Unfence,
                0 => FenceChange::None,
                1 => FenceChange::Fence,
                _ => return Err(self.bad("fenced")),
            },
            in_controlled_shutdown: match it.in_controlled_shutdown {
                0 => ShutdownChange::None,
                1 => ShutdownChange::InControlledShutdown,
                _ => return Err(self.bad("inControlledShutdown")),
            },
            log_dirs: uuids(&it.log_dirs),
            cordoned_log_dirs: it.cordoned_log_dirs.as_ref().map(uuids),
        }))
    }

    fn topic_record(self) -> Result<MetadataRecord, RecordError> {
        use metadata_topics as wire;
        Ok(match self.number {
            2 => {
                let it: wire::TopicRecord<'_> = self.read()?;
                MetadataRecord::Topic { name: it.name.to_owned(), id: it.topic_id }
            }
            3 => self.partition()?,
            4 => {
                let it: wire::ConfigRecord<'_> = self.read()?;
                let (kind, name) = (it.resource_type, it.resource_name.to_owned());
                MetadataRecord::Config {
                    resource: ConfigResource { kind, name },
                    name: it.name.to_owned(),
                    value: owned(it.value),
                }
            }
            5 => self.partition_change()?,
            9 => {
                let it: wire::RemoveTopicRecord = self.read()?;
                MetadataRecord::RemoveTopic { id: it.topic_id }
            }
            28 => {
                let it: wire::ClearElrRecord<'_> = self.read()?;
                MetadataRecord::ClearElr { topic: it.topic_name.to_owned() }
            }
            other => return Err(RecordError::UnknownRecord(other)),
        })
    }

    fn partition(self) -> Result<MetadataRecord, RecordError> {
        let it: metadata_topics::PartitionRecord<'_> = self.read()?;
        Ok(MetadataRecord::Partition(PartitionRecord {
            partition: self.partition_id(it.partition_id)?,
            topic: it.topic_id,
            replicas: brokers(&it.replicas),
            in_sync: brokers(&it.isr),
            removing: brokers(&it.removing_replicas),
            adding: brokers(&it.adding_replicas),
            leader: match it.leader {
                -1 => None,
                id if id >= 0 => Some(BrokerId(id)),
                _ => return Err(self.bad("leader")),
            },
            leader_recovery: self.leader_recovery(it.leader_recovery_state)?,
            leader_epoch: LeaderEpoch(it.leader_epoch),
            partition_epoch: it.partition_epoch,
            directories: uuids(&it.directories),
            eligible_leaders: it.eligible_leader_replicas.as_ref().map(brokers),
            last_known_eligible: it.last_known_elr.as_ref().map(brokers),
        }))
    }

    fn partition_change(self) -> Result<MetadataRecord, RecordError> {
        let it: metadata_topics::PartitionChangeRecord<'_> = self.read()?;
        Ok(MetadataRecord::PartitionChange(PartitionChange {
            partition: self.partition_id(it.partition_id)?,
            topic: it.topic_id,
            in_sync: it.isr.as_ref().map(brokers),
            leader: match it.leader {
                -2 => LeaderChoice::Unchanged,
                -1 => LeaderChoice::Nobody,
                id if id >= 0 => LeaderChoice::Broker(BrokerId(id)),
                _ => return Err(self.bad("leader")),
            },
            replicas: it.replicas.as_ref().map(brokers),
            removing: it.removing_replicas.as_ref().map(brokers),
            adding: it.adding_replicas.as_ref().map(brokers),
            leader_recovery: match it.leader_recovery_state {
                -1 => None,
                state => Some(self.leader_recovery(state)?),
            },
            eligible_leaders: it.eligible_leader_replicas.as_ref().map(brokers),
            last_known_eligible: it.last_known_elr.as_ref().map(brokers),
            directories: it.directories.as_ref().map(uuids),
        }))
    }

    fn partition_id(self, number: i32) -> Result<PartitionId, RecordError> {
        if number < 0 { Err(self.bad("partitionId")) } else { Ok(PartitionId(number)) }
    }

    fn leader_recovery(self, state: i8) -> Result<LeaderRecovery, RecordError> {
        match state {
            0 => Ok(LeaderRecovery::Recovered),
            1 => Ok(LeaderRecovery::Recovering),
            _ => Err(self.bad("leaderRecoveryState")),
        }
    }

    fn security_record(self) -> Result<MetadataRecord, RecordError> {
        use metadata_security as wire;
        Ok(match self.number {
            10 => {
                let it: wire::DelegationTokenRecord<'_> = self.read()?;
                MetadataRecord::DelegationToken(DelegationToken {
                    owner: it.owner.to_owned(),
                    requester: it.requester.to_owned(),
                    renewers: it.renewers.iter().map(str::to_owned).collect(),
                    issued_at_ms: it.issue_timestamp,
                    max_at_ms: it.max_timestamp,
                    expires_at_ms: it.expiration_timestamp,
                    token_id: it.token_id.to_owned(),
                })
            }
            11 => {
                let it: wire::UserScramCredentialRecord<'_> = self.read()?;
                MetadataRecord::UserScramCredential(UserScramCredential {
                    name: it.name.to_owned(),
                    mechanism: self.mechanism(it.mechanism)?,
                    salt: it.salt.to_vec(),
                    stored_key: it.stored_key.to_vec(),
                    server_key: it.server_key.to_vec(),
                    iterations: it.iterations,
                })
            }
            14 => {
                let it: wire::ClientQuotaRecord<'_> = self.read()?;
                let part = |part: wire::EntityData<'_>| EntityPart {
                    kind: part.entity_type.to_owned(),
                    name: owned(part.entity_name),
                };
                MetadataRecord::ClientQuota(ClientQuota {
                    entity: it.entity.iter().map(part).collect(),
                    key: it.key.to_owned(),
                    value: it.value,
                    remove: it.remove,
                })
            }
            18 => {
                let it: wire::AccessControlEntryRecord<'_> = self.read()?;
                MetadataRecord::AccessControlEntry(AccessControlEntry {
                    id: uuid(it.id),
                    resource_type: it.resource_type,
                    resource_name: it.resource_name.to_owned(),
                    pattern_type: it.pattern_type,
                    principal: it.principal.to_owned(),
                    host: it.host.to_owned(),
                    operation: it.operation,
                    permission_type: it.permission_type,
                })
            }
            19 => {
                let it: wire::RemoveAccessControlEntryRecord = self.read()?;
                MetadataRecord::RemoveAccessControlEntry { id: uuid(it.id) }
            }
            22 => {
                let it: wire::RemoveUserScramCredentialRecord<'_> = self.read()?;
                let mechanism = self.mechanism(it.mechanism)?;
                MetadataRecord::RemoveUserScramCredential { name: it.name.to_owned(), mechanism }
            }
            26 => {
                let it: wire::RemoveDelegationTokenRecord<'_> = self.read()?;
                MetadataRecord::RemoveDelegationToken { token_id: it.token_id.to_owned() }
            }
            other => return Err(RecordError::UnknownRecord(other)),
        })
    }

    fn mechanism(self, code: i8) -> Result<ScramMechanism, RecordError> {
        match code {
            1 => Ok(ScramMechanism::Sha256),
            2 => Ok(ScramMechanism::Sha512),
            _ => Err(self.bad("mechanism")),
        }
    }

    fn system_record(self) -> Result<MetadataRecord, RecordError> {
        use metadata_system as wire;
        Ok(match self.number {
            12 => {
                let it: wire::FeatureLevelRecord<'_> = self.read()?;
                MetadataRecord::FeatureLevel { name: it.name.to_owned(), level: it.feature_level }
            }
            15 => {
                let it: wire::ProducerIdsRecord = self.read()?;
                MetadataRecord::ProducerIds {
                    broker: BrokerId(it.broker_id),
                    broker_epoch: it.broker_epoch,
                    next_producer_id: it.next_producer_id,
                }
            }
            20 => {
                let _: wire::NoOpRecord = self.read()?;
                MetadataRecord::NoOp
            }
            21 => {
                let it: wire::ZkMigrationStateRecord = self.read()?;
                MetadataRecord::ZkMigrationState { state: it.zk_migration_state }
            }
            23 => {
                let it: wire::BeginTransactionRecord<'_> = self.read()?;
                MetadataRecord::BeginTransaction { name: owned(it.name) }
            }
            24 => {
                let _: wire::EndTransactionRecord = self.read()?;
                MetadataRecord::EndTransaction
            }
            25 => {
                let it: wire::AbortTransactionRecord<'_> = self.read()?;
                MetadataRecord::AbortTransaction { reason: owned(it.reason) }
            }
            other => return Err(RecordError::UnknownRecord(other)),
        })
    }
}

fn owned(text: Option<&str>) -> Option<String> {
    text.map(str::to_owned)
}

fn uuid(id: TopicId) -> Uuid {
    Uuid(id.0)
}

fn uuids(ids: &Array<'_, TopicId>) -> Vec<Uuid> {
    collect(ids, uuid)
}

fn brokers(ids: &Array<'_, i32>) -> Vec<BrokerId> {
    collect(ids, BrokerId)
}

fn collect<'a, T: Element<'a>, U>(array: &Array<'a, T>, each: impl Fn(T) -> U) -> Vec<U> {
    array.iter().map(each).collect()
}

fn endpoints<'a>(given: impl Iterator<Item = (&'a str, &'a str, u16, i16)>) -> Vec<BrokerEndpoint> {
    let one = |(name, host, port, security_protocol): (&str, &str, u16, i16)| BrokerEndpoint {
        name: name.to_owned(),
        host: host.to_owned(),
        port,
        security_protocol,
    };
    given.map(one).collect()
}

fn features<'a>(given: impl Iterator<Item = (&'a str, i16, i16)>) -> Vec<SupportedFeature> {
    given.map(|(name, min, max)| SupportedFeature { name: name.to_owned(), min, max }).collect()
}

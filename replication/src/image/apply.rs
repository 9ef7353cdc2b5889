//! What each record does to an image.

use super::{Delta, MetadataImage, Topic};
use crate::MetadataRecord;
use crate::record::{
    BrokerRegistrationChange, ClientQuota, ConfigResource, DIRECTORY_MIGRATING, FenceChange, LeaderChoice,
    PartitionChange, PartitionRecord, RegisterBroker, ShutdownChange, SupportedFeature, Uuid,
};
use loglane_model::{BrokerId, LeaderEpoch, PartitionId, TopicId};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// Why a record does not fit the state before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ApplyError {
    /// It speaks of a topic that is not there.
    UnknownTopic(TopicId),
    /// It speaks of a partition that is not there.
    UnknownPartition(TopicId, PartitionId),
    /// It makes a topic whose name or id is taken.
    TopicExists(String),
    /// It speaks of a broker that is not registered.
    UnknownBroker(BrokerId),
    /// It speaks of a registration that is not the broker's current one.
    StaleBrokerEpoch {
        /// Whose.
        broker: BrokerId,
        /// The registration that the record means.
        record: i64,
        /// The current one.
        current: i64,
    },
    /// It removes an access rule that is not there.
    UnknownAccessControlEntry(Uuid),
    /// A partition's epoch or leader epoch cannot rise any more.
    EpochExhausted(TopicId, PartitionId),
}

impl fmt::Display for ApplyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ApplyError::UnknownTopic(id) => write!(f, "there is no topic with id {id}"),
            ApplyError::UnknownPartition(id, partition) => {
                write!(f, "the topic with id {id} has no partition {}", partition.0)
            }
            ApplyError::TopicExists(name) => write!(f, "the topic {name} exists already"),
            ApplyError::UnknownBroker(id) => write!(f, "broker {} is not registered", id.0),
            ApplyError::StaleBrokerEpoch { broker, record, current } => write!(
                f,
                "broker {} has epoch {current}, and the record is about its epoch {record}",
                broker.0
            ),
            ApplyError::UnknownAccessControlEntry(id) => write!(f, "there is no access rule with id {id}"),
            ApplyError::EpochExhausted(id, partition) => {
                write!(f, "partition {} of the topic with id {id} has used up its epochs", partition.0)
            }
        }
    }
}

impl MetadataImage {
    /// Applies one record and notes in `delta` what it changed. Transaction markers are the builder's business and
    /// change nothing here. After an error the image is as it was.
    pub fn apply(&mut self, record: &MetadataRecord, delta: &mut Delta) -> Result<(), ApplyError> {
        match record {
            MetadataRecord::RegisterBroker(broker) => {
                let id = broker.broker;
                let mut broker = broker.clone();
                sort_by_name(&mut broker.features);
                Arc::make_mut(&mut self.brokers).insert(id, Arc::new(broker));
                delta.brokers.insert(id);
            }
            MetadataRecord::UnregisterBroker { broker, broker_epoch } => {
                self.registration(*broker, *broker_epoch, delta)?;
                Arc::make_mut(&mut self.brokers).remove(broker);
            }
            MetadataRecord::FenceBroker { broker, broker_epoch } => {
                self.registration(*broker, *broker_epoch, delta)?.fenced = true;
            }
            MetadataRecord::UnfenceBroker { broker, broker_epoch } => {
                self.registration(*broker, *broker_epoch, delta)?.fenced = false;
            }
            MetadataRecord::BrokerRegistrationChange(change) => self.change_registration(change, delta)?,
            MetadataRecord::RegisterController(controller) => {
                let id = controller.controller;
                let mut controller = controller.clone();
                sort_by_name(&mut controller.features);
                Arc::make_mut(&mut self.controllers).insert(id, Arc::new(controller));
                delta.controllers.insert(id);
            }
            MetadataRecord::Topic { name, id } => self.create_topic(name, *id, delta)?,
            MetadataRecord::Partition(partition) => self.set_partition(partition.clone(), delta)?,
            MetadataRecord::PartitionChange(change) => self.change_partition(change, delta)?,
            MetadataRecord::RemoveTopic { id } => self.remove_topic(*id, delta)?,
            MetadataRecord::ClearElr { topic } => self.clear_eligible_leaders(topic, delta)?,
            MetadataRecord::Config { resource, name, value } => {
                self.set_config(resource, name, value.as_deref(), delta);
            }
            MetadataRecord::FeatureLevel { name, level } => {
                let features = Arc::make_mut(&mut self.features);
                if *level == 0 {
                    features.remove(name);
                } else {
                    features.insert(name.clone(), *level);
                }
                delta.features.insert(name.clone());
            }
            MetadataRecord::ProducerIds { next_producer_id, .. } => {
                self.next_producer_id = *next_producer_id;
                delta.producer_ids = true;
            }
            MetadataRecord::ClientQuota(quota) => self.set_quota(quota, delta),
            MetadataRecord::AccessControlEntry(entry) => {
                self.acls.insert(entry.id, Arc::new(entry.clone()));
                delta.acls = true;
            }
            MetadataRecord::RemoveAccessControlEntry { id } => {
                self.acls.remove(id).ok_or(ApplyError::UnknownAccessControlEntry(*id))?;
                delta.acls = true;
            }
            MetadataRecord::UserScramCredential(credential) => {
                let key = (credential.mechanism, credential.name.clone());
                self.scram.insert(key, Arc::new(credential.clone()));
                delta.scram = true;
            }
            MetadataRecord::RemoveUserScramCredential { name, mechanism } => {
                self.scram.remove(&(*mechanism, name.clone()));
                delta.scram = true;
            }
            MetadataRecord::DelegationToken(token) => {
                self.delegation_tokens.insert(token.token_id.clone(), Arc::new(token.clone()));
                delta.delegation_tokens = true;
            }
            MetadataRecord::RemoveDelegationToken { token_id } => {
                self.delegation_tokens.remove(token_id.as_str());
                delta.delegation_tokens = true;
            }
            MetadataRecord::NoOp
            | MetadataRecord::ZkMigrationState { .. }
            | MetadataRecord::BeginTransaction { .. }
            | MetadataRecord::EndTransaction
            | MetadataRecord::AbortTransaction { .. } => {}
        }
        Ok(())
    }

    fn registration(
        &mut self,
        id: BrokerId,
        epoch: i64,
        delta: &mut Delta,
    ) -> Result<&mut RegisterBroker, ApplyError> {
        let current = self.brokers.get(&id).ok_or(ApplyError::UnknownBroker(id))?.broker_epoch;
        if current != epoch {
            return Err(ApplyError::StaleBrokerEpoch { broker: id, record: epoch, current });
        }
        delta.brokers.insert(id);
        let broker = Arc::make_mut(&mut self.brokers).get_mut(&id).expect("it was found just above");
        Ok(Arc::make_mut(broker))
    }

    fn change_registration(
        &mut self,
        change: &BrokerRegistrationChange,
        delta: &mut Delta,
    ) -> Result<(), ApplyError> {
        let broker = self.registration(change.broker, change.broker_epoch, delta)?;
        match change.fenced {
            FenceChange::Unfence => broker.fenced = false,
            FenceChange::None => {}
            FenceChange::Fence => broker.fenced = true,
        }
        if change.in_controlled_shutdown == ShutdownChange::InControlledShutdown {
            broker.in_controlled_shutdown = true;
        }
        if !change.log_dirs.is_empty() {
            broker.log_dirs.clone_from(&change.log_dirs);
        }
        if change.cordoned_log_dirs.is_some() {
            broker.cordoned_log_dirs.clone_from(&change.cordoned_log_dirs);
        }
        Ok(())
    }

    fn create_topic(&mut self, name: &str, id: TopicId, delta: &mut Delta) -> Result<(), ApplyError> {
        if self.topics.by_name(name).is_some() || self.topics.by_id(id).is_some() {
            return Err(ApplyError::TopicExists(name.to_owned()));
        }
        self.topics.add(name, id);
        delta.on_topic_created(id);
        Ok(())
    }

    fn set_partition(&mut self, mut partition: PartitionRecord, delta: &mut Delta) -> Result<(), ApplyError> {
        // Records from before metadata.version 3.7 say nothing of directories; so does a change of the replicas.
        partition.directories.resize(partition.replicas.len(), DIRECTORY_MIGRATING);
        let (id, number) = (partition.topic, partition.partition);
        if !self.topics.set_partition(partition) {
            return Err(ApplyError::UnknownTopic(id));
        }
        delta.on_partition_changed(id, number);
        Ok(())
    }

    fn change_partition(&mut self, change: &PartitionChange, delta: &mut Delta) -> Result<(), ApplyError> {
        let topic = self.topics.by_id(change.topic).ok_or(ApplyError::UnknownTopic(change.topic))?;
        let partition = topic
            .partitions
            .get(&change.partition)
            .ok_or(ApplyError::UnknownPartition(change.topic, change.partition))?;
        let changed = changed_partition(partition, change)
            .ok_or(ApplyError::EpochExhausted(change.topic, change.partition))?;
        self.set_partition(changed, delta)
    }

    fn remove_topic(&mut self, id: TopicId, delta: &mut Delta) -> Result<(), ApplyError> {
        let topic = self.topics.remove(id).ok_or(ApplyError::UnknownTopic(id))?;
        // There is no record for it: a topic's configuration goes with the topic.
        let resource = ConfigResource::topic(&topic.name);
        if self.configs.remove(&resource).is_some() {
            delta.configs.insert(resource);
        }
        delta.on_topic_deleted(topic);
        Ok(())
    }

    fn clear_eligible_leaders(&mut self, name: &str, delta: &mut Delta) -> Result<(), ApplyError> {
        let topics: Vec<Arc<Topic>> = if name.is_empty() {
            self.topics.iter().cloned().collect()
        } else {
            self.topics.by_name(name).cloned().into_iter().collect()
        };
        for topic in topics {
            let has_some = |partition: &&Arc<PartitionRecord>| {
                partition.eligible_leaders.is_some() || partition.last_known_eligible.is_some()
            };
            for partition in topic.partitions.values().filter(has_some) {
                // A change like any other, which raises the partition's epoch (`TopicDelta.maybeClearElr`).
                let nobody = Some(Vec::new());
                let change = PartitionChange {
                    eligible_leaders: nobody.clone(),
                    last_known_eligible: nobody,
                    ..PartitionChange::of(topic.id, partition.partition)
                };
                self.change_partition(&change, delta)?;
            }
        }
        Ok(())
    }

    fn set_config(&mut self, resource: &ConfigResource, name: &str, value: Option<&str>, delta: &mut Delta) {
        if !delta.configs.contains(resource) {
            delta.configs.insert(resource.clone());
        }
        if let Some(value) = value
            && self.configs.get(resource).is_none()
        {
            let values = BTreeMap::from([(name.to_owned(), value.to_owned())]);
            self.configs.insert(resource.clone(), Arc::new(values));
            return;
        }
        // A resource may have very many keys, and there is a record for each: they are copied only where another image
        // has them too.
        let Some(values) = self.configs.get_mut(resource) else { return };
        let values = Arc::make_mut(values);
        match value {
            Some(value) => values.insert(name.to_owned(), value.to_owned()),
            None => values.remove(name),
        };
        if values.is_empty() {
            self.configs.remove(resource);
        }
    }

    fn set_quota(&mut self, quota: &ClientQuota, delta: &mut Delta) {
        delta.client_quotas = true;
        let mut entity = quota.entity.clone();
        entity.sort();
        let mut values = self.client_quotas.get(&entity).map(|values| (**values).clone()).unwrap_or_default();
        if quota.remove {
            values.remove(&quota.key);
        } else {
            values.insert(quota.key.clone(), quota.value);
        }
        if values.is_empty() {
            self.client_quotas.remove(&entity);
        } else {
            self.client_quotas.insert(entity, Arc::new(values));
        }
    }
}

/// Features have no order of their own, and Kafka writes them in any: one order keeps images comparable.
fn sort_by_name(features: &mut [SupportedFeature]) {
    features.sort_by(|a, b| a.name.cmp(&b.name));
}

/// The partition after the change; `None` if an epoch would overflow.
fn changed_partition(before: &PartitionRecord, change: &PartitionChange) -> Option<PartitionRecord> {
    let mut after = before.clone();
    after.partition_epoch = before.partition_epoch.checked_add(1)?;
    match change.leader {
        LeaderChoice::Unchanged => {}
        LeaderChoice::Nobody | LeaderChoice::Broker(_) => {
            after.leader_epoch = LeaderEpoch(before.leader_epoch.0.checked_add(1)?);
            after.leader = match change.leader {
                LeaderChoice::Broker(id) => Some(id),
                LeaderChoice::Nobody | LeaderChoice::Unchanged => None,
            };
        }
    }
    let replace = |field: &mut Vec<BrokerId>, with: &Option<Vec<BrokerId>>| {
        if let Some(with) = with {
            field.clone_from(with);
        }
    };
    replace(&mut after.replicas, &change.replicas);
    replace(&mut after.in_sync, &change.in_sync);
    replace(&mut after.removing, &change.removing);
    replace(&mut after.adding, &change.adding);
    if let Some(directories) = &change.directories {
        after.directories.clone_from(directories);
    }
    after.leader_recovery = change.leader_recovery.unwrap_or(before.leader_recovery);
    // An empty list and no list are the same state; one spelling of it keeps images comparable.
    let elr = |with: &Option<Vec<BrokerId>>, field: &mut Option<Vec<BrokerId>>| {
        if let Some(with) = with {
            *field = (!with.is_empty()).then(|| with.clone());
        }
    };
    elr(&change.eligible_leaders, &mut after.eligible_leaders);
    elr(&change.last_known_eligible, &mut after.last_known_eligible);
    Some(after)
}

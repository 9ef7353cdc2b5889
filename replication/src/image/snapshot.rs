//! An image as the fewest records that make it, which is what a snapshot holds.

use super::{METADATA_VERSION, MetadataImage};
use crate::MetadataRecord;
use crate::record::ClientQuota;
use loglane_model::BrokerId;

impl MetadataImage {
    /// Hands over every record of the image, in the order in which Kafka writes them: features (the metadata version
    /// before all, as it decides how the rest is read), nodes, topics with their partitions, configurations, quotas,
    /// producer ids, rights.
    pub fn for_each_record(&self, mut write: impl FnMut(MetadataRecord)) {
        let feature = |name: &str, level: i16| MetadataRecord::FeatureLevel { name: name.to_owned(), level };
        if let Some(level) = self.features.get(METADATA_VERSION) {
            write(feature(METADATA_VERSION, *level));
        }
        for (name, level) in self.features.iter().filter(|(name, _)| *name != METADATA_VERSION) {
            write(feature(name, *level));
        }
        for broker in self.brokers.values() {
            write(MetadataRecord::RegisterBroker((**broker).clone()));
        }
        for controller in self.controllers.values() {
            write(MetadataRecord::RegisterController((**controller).clone()));
        }
        for topic in self.topics.iter() {
            write(MetadataRecord::Topic { name: topic.name.to_string(), id: topic.id });
            for partition in topic.partitions.values() {
                write(MetadataRecord::Partition((**partition).clone()));
            }
        }
        for (resource, values) in self.configs.iter() {
            for (name, value) in values.iter() {
                let (resource, name) = (resource.clone(), name.clone());
                write(MetadataRecord::Config { resource, name, value: Some(value.clone()) });
            }
        }
        for (entity, limits) in self.client_quotas.iter() {
            for (key, value) in limits.iter() {
                let (entity, key) = (entity.clone(), key.clone());
                write(MetadataRecord::ClientQuota(ClientQuota { entity, key, value: *value, remove: false }));
            }
        }
        if self.next_producer_id > 0 {
            // Who took the last block is not part of the state, and Kafka writes −1 here too.
            write(MetadataRecord::ProducerIds {
                broker: BrokerId(-1),
                broker_epoch: -1,
                next_producer_id: self.next_producer_id,
            });
        }
        for entry in self.acls.values() {
            write(MetadataRecord::AccessControlEntry((**entry).clone()));
        }
        for credential in self.scram.values() {
            write(MetadataRecord::UserScramCredential((**credential).clone()));
        }
        for token in self.delegation_tokens.values() {
            write(MetadataRecord::DelegationToken((**token).clone()));
        }
    }
}

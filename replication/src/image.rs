//! The cluster as the metadata log describes it: immutable once published, shared by `Arc`, the one object that all
//! shards see together.
//!
//! An [`ImageBuilder`] applies records in log order and publishes a [`MetadataImage`] with the [`Delta`] that says
//! what became different. The invariant: an image is exactly the records below its `applied_end_offset`.

mod apply;
mod builder;
mod delta;
mod snapshot;
mod sorted_map;
#[cfg(test)]
mod tests;
mod topics;

pub use apply::ApplyError;
pub use builder::{BuildError, ImageBuilder};
pub use delta::{Delta, TopicChange};
pub use sorted_map::SortedMap;
pub use topics::{Topic, Topics};

use crate::record::{
    AccessControlEntry, ConfigResource, DelegationToken, EntityPart, RegisterBroker, RegisterController,
    ScramMechanism, UserScramCredential, Uuid,
};
use loglane_model::{BrokerId, LeaderEpoch, Offset};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The feature that gates all others: which record versions the log may hold.
pub const METADATA_VERSION: &str = "metadata.version";

/// The state of the cluster at one offset of the metadata log. All maps iterate in the order of their keys.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MetadataImage {
    /// The first offset of the metadata log whose record is not in the image.
    pub applied_end_offset: Offset,
    /// Epoch of the last record in the image.
    pub applied_epoch: LeaderEpoch,
    /// Levels of the finalized features; what is not here is at level 0.
    pub features: Arc<BTreeMap<String, i16>>,
    /// Registered brokers, fenced ones too.
    pub brokers: Arc<BTreeMap<BrokerId, Arc<RegisterBroker>>>,
    /// Registered controllers.
    pub controllers: Arc<BTreeMap<BrokerId, Arc<RegisterController>>>,
    /// Topics and partitions.
    pub topics: Topics,
    /// What was configured at run time; what is not here has its default. No map in it is empty.
    pub configs: SortedMap<ConfigResource, Arc<BTreeMap<String, String>>>,
    /// Client quotas by what they apply to. No map in it is empty.
    pub client_quotas: SortedMap<Vec<EntityPart>, Arc<BTreeMap<String, f64>>>,
    /// The first producer id that no block has covered.
    pub next_producer_id: i64,
    /// Access rules by id.
    pub acls: SortedMap<Uuid, Arc<AccessControlEntry>>,
    /// SCRAM credentials.
    pub scram: SortedMap<(ScramMechanism, String), Arc<UserScramCredential>>,
    /// Delegation tokens by id.
    pub delegation_tokens: SortedMap<String, Arc<DelegationToken>>,
}

impl MetadataImage {
    /// The finalized level of a feature; 0 if it is not finalized.
    #[must_use]
    pub fn feature_level(&self, name: &str) -> i16 {
        self.features.get(name).copied().unwrap_or(0)
    }

    /// A value configured at run time for exactly this resource, without any default.
    #[must_use]
    pub fn config(&self, resource: &ConfigResource, name: &str) -> Option<&str> {
        self.configs.get(resource)?.get(name).map(String::as_str)
    }

    /// A broker that may lead and take new partitions: registered, not fenced, not about to leave.
    #[must_use]
    pub fn is_active(&self, broker: BrokerId) -> bool {
        self.brokers.get(&broker).is_some_and(|broker| !broker.fenced && !broker.in_controlled_shutdown)
    }
}

//! The records of the metadata log, as plain structs: every type that Kafka 4.3 knows.
//!
//! How they look as bytes, and in which version, is the business of the crate that has the codec. Fields follow
//! Kafka's schemas (`metadata/src/main/resources/common/metadata`); what those fields mean is said here only where a
//! name does not.

mod broker;
mod security;
mod topic;
mod uuid;

pub use broker::{
    BrokerEndpoint, BrokerRegistrationChange, FenceChange, RegisterBroker, RegisterController,
    ShutdownChange, SupportedFeature,
};
pub use security::{
    AccessControlEntry, ClientQuota, DelegationToken, EntityPart, ScramMechanism, UserScramCredential,
};
pub use topic::{LeaderChoice, LeaderRecovery, PartitionChange, PartitionRecord};
pub use uuid::{DIRECTORY_LOST, DIRECTORY_MIGRATING, DIRECTORY_UNASSIGNED, Uuid};

use loglane_model::{BrokerId, TopicId};

/// What a configuration applies to; the codes are the protocol's.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConfigResource {
    /// One of the constants of this type.
    pub kind: i8,
    /// A topic, a broker's id as text (empty: all brokers), a group, ...
    pub name: String,
}

impl ConfigResource {
    /// A topic, by name.
    pub const TOPIC: i8 = 2;
    /// A broker, by id; the empty name is the default of all brokers.
    pub const BROKER: i8 = 4;
    /// A client metrics subscription.
    pub const CLIENT_METRICS: i8 = 16;
    /// A group, by id.
    pub const GROUP: i8 = 32;

    /// The configuration of a topic.
    #[must_use]
    pub fn topic(name: &str) -> ConfigResource {
        ConfigResource { kind: ConfigResource::TOPIC, name: name.to_owned() }
    }

    /// The configuration of one broker.
    #[must_use]
    pub fn broker(id: BrokerId) -> ConfigResource {
        ConfigResource { kind: ConfigResource::BROKER, name: id.0.to_string() }
    }

    /// The configuration that holds for every broker that has none of its own.
    #[must_use]
    pub fn all_brokers() -> ConfigResource {
        ConfigResource { kind: ConfigResource::BROKER, name: String::new() }
    }
}

/// One record of the metadata log.
#[derive(Debug, Clone, PartialEq)]
pub enum MetadataRecord {
    /// A broker (re-)registered.
    RegisterBroker(RegisterBroker),
    /// A broker is gone for good.
    UnregisterBroker {
        /// Which.
        broker: BrokerId,
        /// The registration that ends.
        broker_epoch: i64,
    },
    /// A topic exists; its partitions follow.
    Topic {
        /// Its name.
        name: String,
        /// Its id for life.
        id: TopicId,
    },
    /// A partition exists.
    Partition(PartitionRecord),
    /// A configuration value was set or, without a value, removed.
    Config {
        /// Whose.
        resource: ConfigResource,
        /// The key.
        name: String,
        /// The value; `None` removes the key.
        value: Option<String>,
    },
    /// A partition changed.
    PartitionChange(PartitionChange),
    /// A broker was fenced, in the words of metadata.version before 3.3.
    FenceBroker {
        /// Which.
        broker: BrokerId,
        /// Its registration.
        broker_epoch: i64,
    },
    /// A broker was unfenced, in the words of metadata.version before 3.3.
    UnfenceBroker {
        /// Which.
        broker: BrokerId,
        /// Its registration.
        broker_epoch: i64,
    },
    /// A topic, its partitions and its configuration are gone.
    RemoveTopic {
        /// Which.
        id: TopicId,
    },
    /// A delegation token was made or renewed.
    DelegationToken(DelegationToken),
    /// A delegation token is gone.
    RemoveDelegationToken {
        /// Which.
        token_id: String,
    },
    /// A user's SCRAM credential was set.
    UserScramCredential(UserScramCredential),
    /// A user's SCRAM credential is gone.
    RemoveUserScramCredential {
        /// Whose.
        name: String,
        /// For which mechanism.
        mechanism: ScramMechanism,
    },
    /// A feature was finalized at a level; level 0 takes it back.
    FeatureLevel {
        /// The feature.
        name: String,
        /// The level.
        level: i16,
    },
    /// A client quota was set or removed.
    ClientQuota(ClientQuota),
    /// Producer ids below `next_producer_id` are given out.
    ProducerIds {
        /// Who took the block.
        broker: BrokerId,
        /// Its registration.
        broker_epoch: i64,
        /// The first id that is still free.
        next_producer_id: i64,
    },
    /// A broker's fencing, shutdown or directories changed within its registration.
    BrokerRegistrationChange(BrokerRegistrationChange),
    /// An access rule was made.
    AccessControlEntry(AccessControlEntry),
    /// An access rule is gone.
    RemoveAccessControlEntry {
        /// Which.
        id: Uuid,
    },
    /// Nothing; keeps the log moving so that an idle leader is told from a dead one.
    NoOp,
    /// Left over from ZooKeeper migrations; means nothing here.
    ZkMigrationState {
        /// The state's code.
        state: i8,
    },
    /// What follows counts only at its end.
    BeginTransaction {
        /// What it is about, for people.
        name: Option<String>,
    },
    /// All since the begin counts now.
    EndTransaction,
    /// All since the begin never was.
    AbortTransaction {
        /// Why, for people.
        reason: Option<String>,
    },
    /// A controller registered.
    RegisterController(RegisterController),
    /// Eligible leader replicas are forgotten: of a topic, or of all when the name is empty.
    ClearElr {
        /// The topic, or empty.
        topic: String,
    },
}

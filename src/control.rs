//! What shards ask of the controller on shard 0, and what it answers. All owned: it crosses cores.

use crate::api::describe_quorum::QuorumView;
use crate::controller::{
    ConfigChange, CreatePartitionsError, CreateTopicError, CreatedTopic, DeleteTopicError, Elected, Election,
    FeatureDirection, FeatureUpdateRefusal, MoreTopicPartitions, NewTopic, PerResource, PerTopic,
    ProducerIdBlock, Reassigned, Reassignment, UnregisterRefusal,
};
use crate::slots::SlotId;
use loglane_model::{BrokerId, PartitionId, ShardId, TopicId};
use loglane_replication::record::{SupportedFeature, Uuid};
use std::collections::BTreeMap;

/// A change of metadata.
#[derive(Debug)]
pub(crate) enum ControlRequest {
    CreateTopics {
        topics: Vec<NewTopic>,
        validate_only: bool,
    },
    DeleteTopics {
        ids: Vec<TopicId>,
    },
    CreatePartitions {
        topics: Vec<MoreTopicPartitions>,
        validate_only: bool,
    },
    IncrementalAlterConfigs {
        changes: Vec<ConfigChange>,
        validate_only: bool,
    },
    AlterConfigs {
        changes: Vec<ConfigChange>,
        validate_only: bool,
    },
    AllocateProducerIds,
    ElectLeaders {
        election: Election,
        named: Option<PerTopic<Vec<i32>>>,
    },
    Reassign {
        wanted: PerTopic<Vec<Reassignment>>,
        other_factors: bool,
    },
    UpdateFeatures {
        updates: BTreeMap<String, (i16, FeatureDirection)>,
        supported: Vec<SupportedFeature>,
        validate_only: bool,
    },
    UnregisterBroker {
        broker: BrokerId,
    },
    /// This broker's copy of a partition is in that directory.
    AssignDirectory((TopicId, PartitionId, Uuid)),
    /// In which directories of this broker partitions are to be once they are made. Nobody waits for it.
    PreferDirectories(Vec<(String, PartitionId, Uuid)>),
    /// Changes nothing.
    DescribeQuorum,
}

/// The outcome.
#[derive(Debug)]
pub(crate) enum ControlAnswer {
    CreateTopics(PerTopic<Result<CreatedTopic, CreateTopicError>>),
    DeleteTopics(Vec<(TopicId, Result<String, DeleteTopicError>)>),
    CreatePartitions(PerTopic<Result<(), CreatePartitionsError>>),
    AlterConfigs(PerResource),
    /// `None`: there are no more, or the broker is not registered.
    ProducerIds(Option<ProducerIdBlock>),
    Elected(Elected),
    Reassigned(Reassigned),
    Features(Result<(), FeatureUpdateRefusal>),
    Unregistered(Result<(), UnregisterRefusal>),
    /// Whether the metadata say so now.
    Assigned(bool),
    Quorum(QuorumView),
}

/// Who waits for an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ControlTicket {
    /// A request of a connection.
    Request { shard: ShardId, request: SlotId },
    /// A shard that runs out of producer ids.
    ProducerIds { shard: ShardId },
    /// The start: topics of the configuration.
    ConfiguredTopics,
    /// A partition of the shard's is on its way to another directory.
    Assigned { shard: ShardId, slot: SlotId },
    /// Nobody.
    Nobody,
    /// The start: the broker has registered.
    Registered,
    /// The start: the broker is unfenced.
    Unfenced,
}

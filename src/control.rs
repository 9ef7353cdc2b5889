//! What shards ask of the controller on shard 0, and what it answers. All owned: it crosses cores.

use crate::controller::{
    CreateTopicError, CreatedTopic, DeleteTopicError, NewTopic, PerTopic, ProducerIdBlock,
};
use crate::slots::SlotId;
use loglane_model::{ShardId, TopicId};

/// A change of metadata.
#[derive(Debug)]
pub(crate) enum ControlRequest {
    CreateTopics { topics: Vec<NewTopic>, validate_only: bool },
    DeleteTopics { ids: Vec<TopicId> },
    AllocateProducerIds,
}

/// The outcome.
#[derive(Debug)]
pub(crate) enum ControlAnswer {
    CreateTopics(PerTopic<Result<CreatedTopic, CreateTopicError>>),
    DeleteTopics(Vec<(TopicId, Result<String, DeleteTopicError>)>),
    /// `None`: there are no more, or the broker is not registered.
    ProducerIds(Option<ProducerIdBlock>),
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
    /// Nobody.
    Nobody,
    /// The start: the broker has registered.
    Registered,
    /// The start: the broker is unfenced.
    Unfenced,
}

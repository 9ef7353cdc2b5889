//! AlterPartitionReassignments and ListPartitionReassignments: other replicas for partitions.

use super::authorize::Authorized;
use super::control::Asked;
use super::texts::Texts;
use super::{BadRequest, Call, check_partition_count, decode};
use crate::control::ControlRequest;
use crate::controller::{PerTopic, Reassigned, Reassignment, ReassignmentRefusal, is_reassigning};
use crate::shard::Shard;
use crate::shard::mail::Mail;
use loglane_model::{BrokerId, PartitionId};
use loglane_net::message::alter_partition_reassignments::{
    AlterPartitionReassignmentsRequest, AlterPartitionReassignmentsResponse, ReassignablePartitionResponse,
    ReassignableTopicResponse,
};
use loglane_net::message::list_partition_reassignments::{
    ListPartitionReassignmentsRequest, ListPartitionReassignmentsResponse, OngoingPartitionReassignment,
    OngoingTopicReassignment,
};
use loglane_net::{Array, ErrorCode};
use loglane_replication::image::Topic;
use loglane_ring::Io;

/// What is asked for: partitions by topic.
#[derive(Debug)]
pub(crate) struct AskedReassignments {
    named: PerTopic<Vec<i32>>,
    other_factors: bool,
}

impl<I: Io<Mail>> Shard<I> {
    pub(super) fn on_alter_partition_reassignments(
        &mut self,
        authorized: Authorized,
        body: &[u8],
    ) -> Result<(), BadRequest> {
        let call = authorized.call();
        let request: AlterPartitionReassignmentsRequest<'_> = decode(call, body)?;
        check_partition_count(request.topics.iter().map(|topic| topic.partitions.len()))?;
        let other_factors = request.allow_replication_factor_change;
        let wanted: PerTopic<Vec<Reassignment>> = request
            .topics
            .iter()
            .map(|topic| {
                let partitions = topic.partitions.iter().map(|partition| {
                    let replicas = partition.replicas.map(|ids| ids.iter().map(BrokerId).collect());
                    (partition.partition_index, replicas)
                });
                (topic.name.to_owned(), partitions.collect())
            })
            .collect();
        let numbers = |partitions: &[Reassignment]| partitions.iter().map(|(number, _)| *number).collect();
        let named = wanted.iter().map(|(topic, partitions)| (topic.clone(), numbers(partitions))).collect();
        let asked = AskedReassignments { named, other_factors };
        if asked.named.is_empty() {
            self.answer(call, &AlterPartitionReassignmentsResponse::default());
            return Ok(());
        }
        if request.timeout_ms <= 0 {
            // The time was up before anything could be done, so nothing is.
            self.time_out_reassignments(call, &asked);
            return Ok(());
        }
        let change = ControlRequest::Reassign { wanted, other_factors };
        self.begin_control(call, Asked::Reassignments(asked), change, request.timeout_ms);
        Ok(())
    }

    pub(super) fn answer_reassignments(
        &mut self,
        call: Call,
        asked: &AskedReassignments,
        reassigned: Reassigned,
    ) {
        let mut room = Texts::new();
        let mut texts_of = |topic: &str, outcomes: &[(i32, Result<(), ReassignmentRefusal>)]| {
            let text = |(number, outcome): &(i32, Result<(), ReassignmentRefusal>)| {
                let refusal = outcome.as_ref().err().filter(|refusal| says_more_than_its_code(refusal))?;
                room.say(|| refusal.text(topic, *number))
            };
            outcomes.iter().map(text).collect()
        };
        let texts: Vec<Vec<Option<String>>> =
            reassigned.iter().map(|(topic, outcomes)| texts_of(topic, outcomes)).collect();
        let responses: Vec<_> = reassigned
            .iter()
            .zip(&texts)
            .map(|((name, outcomes), texts)| {
                let partitions: Vec<_> = outcomes
                    .iter()
                    .zip(texts)
                    .map(|((partition_index, outcome), text)| ReassignablePartitionResponse {
                        partition_index: *partition_index,
                        error_code: outcome.as_ref().err().map_or(ErrorCode::None, error_code).to_i16(),
                        error_message: text.as_deref(),
                    })
                    .collect();
                ReassignableTopicResponse { name, partitions: partitions.into() }
            })
            .collect();
        let response = AlterPartitionReassignmentsResponse {
            allow_replication_factor_change: asked.other_factors,
            error_message: None,
            responses: responses.into(),
            ..AlterPartitionReassignmentsResponse::default()
        };
        self.answer(call, &response);
    }

    pub(super) fn time_out_reassignments(&mut self, call: Call, asked: &AskedReassignments) {
        let error_code = ErrorCode::RequestTimedOut.to_i16();
        let refused = |partition_index: &i32| ReassignablePartitionResponse {
            partition_index: *partition_index,
            error_code,
            error_message: None,
        };
        let responses = asked.named.iter().map(|(name, partitions)| ReassignableTopicResponse {
            name,
            partitions: partitions.iter().map(refused).collect(),
        });
        let response = AlterPartitionReassignmentsResponse {
            error_code,
            error_message: None,
            responses: responses.collect(),
            ..AlterPartitionReassignmentsResponse::default()
        };
        self.answer(call, &response);
    }

    pub(super) fn on_list_partition_reassignments(
        &mut self,
        authorized: Authorized,
        body: &[u8],
    ) -> Result<(), BadRequest> {
        let call = authorized.call();
        let request: ListPartitionReassignmentsRequest<'_> = decode(call, body)?;
        let topics = request.topics.iter().flat_map(Array::iter);
        check_partition_count(topics.map(|topic| topic.partition_indexes.len()))?;
        let image = self.metadata.image.clone();
        let topics: Vec<_> = match &request.topics {
            None => {
                let all = |topic: &Topic| topic.partitions.iter().map(|(number, _)| *number).collect();
                image.topics.iter().filter_map(|topic| ongoing(topic, all(topic))).collect()
            }
            Some(named) => named
                .iter()
                .filter_map(|named| {
                    let topic = image.topics.by_name(named.name)?;
                    ongoing(topic, named.partition_indexes.iter().map(PartitionId).collect())
                })
                .collect(),
        };
        let response = ListPartitionReassignmentsResponse {
            error_message: None,
            topics: topics.into(),
            ..ListPartitionReassignmentsResponse::default()
        };
        self.answer(call, &response);
        Ok(())
    }
}

/// The reassignments under way among a topic's partitions; `None`: there is none.
fn ongoing(topic: &Topic, partitions: Vec<PartitionId>) -> Option<OngoingTopicReassignment<'_>> {
    let ids = |brokers: &[BrokerId]| brokers.iter().map(|id| id.0).collect();
    let partitions: Vec<_> = partitions
        .iter()
        .filter_map(|number| topic.partitions.get(number).filter(|partition| is_reassigning(partition)))
        .map(|partition| OngoingPartitionReassignment {
            partition_index: partition.partition.0,
            replicas: ids(&partition.replicas),
            adding_replicas: ids(&partition.adding),
            removing_replicas: ids(&partition.removing),
        })
        .collect();
    (!partitions.is_empty())
        .then(|| OngoingTopicReassignment { name: &topic.name, partitions: partitions.into() })
}

/// Whether the answer has a sentence beside the code.
fn says_more_than_its_code(refusal: &ReassignmentRefusal) -> bool {
    *refusal != ReassignmentRefusal::NotInProgress
}

fn error_code(refusal: &ReassignmentRefusal) -> ErrorCode {
    match refusal {
        ReassignmentRefusal::UnknownTopic | ReassignmentRefusal::UnknownPartition => {
            ErrorCode::UnknownTopicOrPartition
        }
        ReassignmentRefusal::NotInProgress => ErrorCode::NoReassignmentInProgress,
        ReassignmentRefusal::Assignment(_) | ReassignmentRefusal::UncleanRevert => {
            ErrorCode::InvalidReplicaAssignment
        }
        ReassignmentRefusal::OtherFactor { .. } => ErrorCode::InvalidReplicationFactor,
    }
}

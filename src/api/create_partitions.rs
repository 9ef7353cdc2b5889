//! CreatePartitions: more partitions for topics, decided on by the controller and answered when every shard serves them.

use super::authorize::Authorized;
use super::control::{Asked, error_text};
use super::{BadRequest, Call, decode};
use crate::control::ControlRequest;
use crate::controller::{CreatePartitionsError, MoreTopicPartitions, PerTopic};
use crate::shard::Shard;
use crate::shard::mail::Mail;
use loglane_model::BrokerId;
use loglane_net::ErrorCode;
use loglane_net::message::create_partitions::{
    CreatePartitionsRequest, CreatePartitionsResponse, CreatePartitionsTopic, CreatePartitionsTopicResult,
};
use loglane_ring::Io;
use std::collections::BTreeSet;

/// The topics that a request under way names.
#[derive(Debug)]
pub(crate) struct AskedCreatePartitions {
    names: BTreeSet<String>,
}

impl<I: Io<Mail>> Shard<I> {
    pub(super) fn on_create_partitions(
        &mut self,
        authorized: Authorized,
        body: &[u8],
    ) -> Result<(), BadRequest> {
        let call = authorized.call();
        let request: CreatePartitionsRequest<'_> = decode(call, body)?;
        let topics: Vec<MoreTopicPartitions> =
            request.topics.iter().map(|topic| more_partitions(&topic)).collect();
        let names = topics.iter().map(|topic| topic.name.clone()).collect();
        let asked = AskedCreatePartitions { names };
        if request.timeout_ms <= 0 {
            // The time was up before anything could be done, so nothing is.
            self.time_out_create_partitions(call, &asked);
            return Ok(());
        }
        let change = ControlRequest::CreatePartitions { topics, validate_only: request.validate_only };
        self.begin_control(call, Asked::CreatePartitions(asked), change, request.timeout_ms);
        Ok(())
    }

    pub(super) fn answer_create_partitions(
        &mut self,
        call: Call,
        results: &PerTopic<Result<(), CreatePartitionsError>>,
    ) {
        let texts: Vec<Option<String>> =
            results.iter().map(|(_, result)| result.as_ref().err().and_then(explained)).collect();
        let results = results.iter().zip(&texts).map(|((name, result), text)| CreatePartitionsTopicResult {
            name,
            error_code: result.as_ref().err().map_or(ErrorCode::None, error_code).to_i16(),
            error_message: text.as_deref(),
        });
        self.answer(call, &CreatePartitionsResponse { throttle_time_ms: 0, results: results.collect() });
    }

    pub(super) fn time_out_create_partitions(&mut self, call: Call, asked: &AskedCreatePartitions) {
        let results = asked.names.iter().map(|name| CreatePartitionsTopicResult {
            name,
            error_code: ErrorCode::RequestTimedOut.to_i16(),
            error_message: None,
        });
        self.answer(call, &CreatePartitionsResponse { throttle_time_ms: 0, results: results.collect() });
    }
}

fn more_partitions(topic: &CreatePartitionsTopic<'_>) -> MoreTopicPartitions {
    let assignments = topic.assignments.as_ref().map(|assignments| {
        assignments.iter().map(|assigned| assigned.broker_ids.iter().map(BrokerId).collect()).collect()
    });
    MoreTopicPartitions { name: topic.name.to_owned(), partition_count: topic.count, assignments }
}

/// The sentence, if Kafka has one.
fn explained(error: &CreatePartitionsError) -> Option<String> {
    match error {
        CreatePartitionsError::Unknown => None,
        _ => Some(error_text(error)),
    }
}

fn error_code(error: &CreatePartitionsError) -> ErrorCode {
    match error {
        CreatePartitionsError::Duplicate => ErrorCode::InvalidRequest,
        CreatePartitionsError::Unknown => ErrorCode::UnknownTopicOrPartition,
        CreatePartitionsError::NoChange { .. } | CreatePartitionsError::Fewer { .. } => {
            ErrorCode::InvalidPartitions
        }
        CreatePartitionsError::Placement { .. } => ErrorCode::InvalidReplicationFactor,
        CreatePartitionsError::Assignment(_) => ErrorCode::InvalidReplicaAssignment,
        CreatePartitionsError::TooManyPartitions | CreatePartitionsError::Excess(_) => {
            ErrorCode::PolicyViolation
        }
    }
}

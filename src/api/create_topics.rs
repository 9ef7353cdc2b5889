//! CreateTopics: new topics, decided on by the controller and answered when every shard serves them.

use super::authorize::Authorized;
use super::control::{Asked, error_text};
use super::{BadRequest, Call, decode};
use crate::config::describe::{DescribedConfig, describe_topic};
use crate::config::{BrokerLevels, Properties};
use crate::control::ControlRequest;
use crate::controller::{ConfigRefusal, CreateTopicError, CreatedTopic, NewTopic, PerTopic};
use crate::shard::Shard;
use crate::shard::mail::Mail;
use crate::topic_rules::levels;
use loglane_model::BrokerId;
use loglane_net::ErrorCode;
use loglane_net::message::create_topics::{
    CreatableTopic, CreatableTopicConfigs, CreatableTopicResult, CreateTopicsRequest, CreateTopicsResponse,
};
use loglane_ring::Io;
use std::collections::BTreeMap;

/// The first version whose answer says what the topic came to.
const FIRST_WITH_DETAILS: i16 = 5;

/// What the answer needs of a request under way.
#[derive(Debug)]
pub(crate) struct AskedCreateTopics {
    /// What is configured for each topic, by name.
    configs: BTreeMap<String, Properties>,
}

impl<I: Io<Mail>> Shard<I> {
    pub(super) fn on_create_topics(&mut self, authorized: Authorized, body: &[u8]) -> Result<(), BadRequest> {
        let call = authorized.call();
        let request: CreateTopicsRequest<'_> = decode(call, body)?;
        let topics: Vec<NewTopic> = request.topics.iter().map(|topic| new_topic(&topic)).collect();
        let configs = topics.iter().map(|topic| {
            let given = topic.configs.iter();
            let given = given.filter_map(|(name, value)| Some((name.clone(), value.clone()?)));
            (topic.name.clone(), given.collect())
        });
        let asked = AskedCreateTopics { configs: configs.collect() };
        if request.timeout_ms <= 0 {
            // The time was up before anything could be done, so nothing is.
            self.time_out_create_topics(call, &asked);
            return Ok(());
        }
        let change = ControlRequest::CreateTopics { topics, validate_only: request.validate_only };
        self.begin_control(call, Asked::CreateTopics(asked), change, request.timeout_ms);
        Ok(())
    }

    pub(super) fn answer_create_topics(
        &mut self,
        call: Call,
        asked: &AskedCreateTopics,
        results: PerTopic<Result<CreatedTopic, CreateTopicError>>,
    ) {
        let image = self.metadata.image.clone();
        let settings = self.settings.clone();
        let levels = levels(&settings, &image);
        let details = call.version >= FIRST_WITH_DETAILS;
        let texts: Vec<Option<String>> =
            results.iter().map(|(_, result)| result.as_ref().err().map(error_text)).collect();
        let configs: Vec<_> = results
            .iter()
            .map(|(name, result)| match result {
                Ok(_) if details => created_configs(&asked.configs[name], &levels),
                Ok(_) | Err(_) => Vec::new(),
            })
            .collect();
        let parts = results.iter().zip(&texts).zip(&configs);
        let topics: Vec<_> = parts
            .map(|(((name, result), text), configs)| match result {
                Ok(created) if details => CreatableTopicResult {
                    name,
                    error_message: None,
                    topic_id: created.id,
                    num_partitions: created.partition_count,
                    replication_factor: created.replication_factor,
                    configs: Some(configs.iter().map(config_in_answer).collect()),
                    ..CreatableTopicResult::default()
                },
                Ok(_) => {
                    CreatableTopicResult { name, error_message: None, ..CreatableTopicResult::default() }
                }
                Err(error) => refused(name, error_code(error), text.as_deref()),
            })
            .collect();
        self.answer(call, &CreateTopicsResponse { throttle_time_ms: 0, topics: topics.into() });
    }

    pub(super) fn time_out_create_topics(&mut self, call: Call, asked: &AskedCreateTopics) {
        let topics: Vec<_> =
            asked.configs.keys().map(|name| refused(name, ErrorCode::RequestTimedOut, None)).collect();
        self.answer(call, &CreateTopicsResponse { throttle_time_ms: 0, topics: topics.into() });
    }
}

fn new_topic(topic: &CreatableTopic<'_>) -> NewTopic {
    let assignments = topic
        .assignments
        .iter()
        .map(|assignment| (assignment.partition_index, assignment.broker_ids.iter().map(BrokerId).collect()));
    let configs =
        topic.configs.iter().map(|config| (config.name.to_owned(), config.value.map(str::to_owned)));
    NewTopic {
        name: topic.name.to_owned(),
        partition_count: topic.num_partitions,
        replication_factor: topic.replication_factor,
        assignments: assignments.collect(),
        configs: configs.collect(),
    }
}

/// What a new topic's configuration comes to: ordered by name, and its own values as the request spelt them.
fn created_configs(own: &Properties, levels: &BrokerLevels<'_>) -> Vec<DescribedConfig> {
    let mut configs = describe_topic(own, levels);
    for config in &mut configs {
        if let Some(text) = own.get(&config.name) {
            config.value = Some(text.clone());
        }
    }
    configs.sort_by(|a, b| a.name.cmp(&b.name));
    configs
}

fn config_in_answer(config: &DescribedConfig) -> CreatableTopicConfigs<'_> {
    CreatableTopicConfigs {
        name: &config.name,
        value: config.value.as_deref(),
        read_only: config.is_read_only,
        config_source: config.source as i8,
        is_sensitive: config.is_sensitive,
    }
}

fn refused<'a>(name: &'a str, code: ErrorCode, text: Option<&'a str>) -> CreatableTopicResult<'a> {
    CreatableTopicResult {
        name,
        error_code: code.to_i16(),
        error_message: text,
        ..CreatableTopicResult::default()
    }
}

fn error_code(error: &CreateTopicError) -> ErrorCode {
    match error {
        CreateTopicError::Duplicate
        | CreateTopicError::Prohibited(_)
        | CreateTopicError::AssignmentBeside { .. }
        | CreateTopicError::Config(ConfigRefusal::InvalidRequest(_)) => ErrorCode::InvalidRequest,
        CreateTopicError::Name(_) | CreateTopicError::Collision { .. } => ErrorCode::InvalidTopicException,
        CreateTopicError::Exists(_) => ErrorCode::TopicAlreadyExists,
        CreateTopicError::PartitionCount => ErrorCode::InvalidPartitions,
        CreateTopicError::ReplicationFactor | CreateTopicError::Placement { .. } => {
            ErrorCode::InvalidReplicationFactor
        }
        CreateTopicError::Assignment(_) => ErrorCode::InvalidReplicaAssignment,
        CreateTopicError::Config(ConfigRefusal::InvalidConfig(_)) => ErrorCode::InvalidConfig,
        CreateTopicError::TooManyPartitions | CreateTopicError::Excess(_) => ErrorCode::PolicyViolation,
    }
}

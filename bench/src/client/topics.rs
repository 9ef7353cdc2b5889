//! Topics of the load are made before it and go after it.

use super::{Client, ClientError, decode, refuse};
use loglane_net::message::create_partitions::{
    CreatePartitionsRequest, CreatePartitionsResponse, CreatePartitionsTopic,
};
use loglane_net::message::create_topics::{
    CreatableTopic, CreatableTopicConfig, CreateTopicsRequest, CreateTopicsResponse,
};
use loglane_net::message::delete_topics::{DeleteTopicState, DeleteTopicsRequest, DeleteTopicsResponse};
use loglane_net::{ApiKey, ErrorCode};

/// So many topics are created or deleted with one request: a broker that writes each of them down needs a while for
/// thousands.
const TOPICS_PER_REQUEST: usize = 500;

/// So many partitions are created with one request. Kafka's controller takes no more than 10,000 changes at once.
const PARTITIONS_PER_REQUEST: i32 = 5_000;

/// How long the broker may take for a request.
const TIMEOUT_MS: i32 = 30_000;

/// What topics are to be.
#[derive(Debug, Clone, Copy)]
pub struct TopicTerms<'a> {
    /// How many partitions each has.
    pub partitions: i32,
    /// How many replicas each partition has; −1 for the broker's default.
    pub replication: i16,
    /// Their settings.
    pub configs: &'a [(String, String)],
}

impl Client {
    /// Creates topics, many with each request; the names of those that were not there before.
    ///
    /// # Errors
    /// The broker refuses one for another reason than that it is there, or does not answer.
    pub fn create_topics(
        &mut self,
        names: &[String],
        terms: TopicTerms<'_>,
    ) -> Result<Vec<String>, ClientError> {
        let fit = usize::try_from(PARTITIONS_PER_REQUEST / terms.partitions.max(1)).unwrap_or(0);
        let mut made = Vec::new();
        for names in names.chunks(fit.clamp(1, TOPICS_PER_REQUEST)) {
            match self.create_at_once(names, terms) {
                // One topic with more partitions than the broker makes at once.
                Err(ClientError::Refused { code: ErrorCode::PolicyViolation, .. }) if fit == 0 => {
                    let fewer = TopicTerms { partitions: PARTITIONS_PER_REQUEST, ..terms };
                    let grows = self.create_at_once(names, fewer)?;
                    for name in &grows {
                        self.grow(name, terms.partitions)?;
                    }
                    made.extend(grows);
                }
                result => made.extend(result?),
            }
        }
        Ok(made)
    }

    fn create_at_once(
        &mut self,
        names: &[String],
        terms: TopicTerms<'_>,
    ) -> Result<Vec<String>, ClientError> {
        let configs: Vec<_> = terms
            .configs
            .iter()
            .map(|(name, value)| CreatableTopicConfig { name, value: Some(value) })
            .collect();
        let topic = |name| CreatableTopic {
            name,
            num_partitions: terms.partitions,
            replication_factor: terms.replication,
            configs: configs.as_slice().into(),
            ..CreatableTopic::default()
        };
        let request = CreateTopicsRequest {
            topics: names.iter().map(|name| topic(name.as_str())).collect(),
            timeout_ms: TIMEOUT_MS,
            ..Default::default()
        };
        let (version, body) = self.ask(&request, i16::MAX)?;
        let response = decode::<CreateTopicsResponse<'_>>(&body, version)?;
        let mut made = Vec::new();
        for result in response.topics.iter() {
            if result.error_code != ErrorCode::TopicAlreadyExists.to_i16() {
                let what = format!("topic {} cannot be created", result.name);
                refuse(&what, result.error_code, result.error_message)?;
                made.push(result.name.to_owned());
            }
        }
        Ok(made)
    }

    /// Gives a topic of [`PARTITIONS_PER_REQUEST`] partitions as many as it is to have.
    fn grow(&mut self, name: &str, partitions: i32) -> Result<(), ClientError> {
        let mut count = PARTITIONS_PER_REQUEST;
        while count < partitions {
            count = count.saturating_add(PARTITIONS_PER_REQUEST).min(partitions);
            let topic = CreatePartitionsTopic { name, count, assignments: None };
            let request = CreatePartitionsRequest {
                topics: [topic].into(),
                timeout_ms: TIMEOUT_MS,
                validate_only: false,
            };
            let (version, body) = self.ask(&request, i16::MAX)?;
            let response = decode::<CreatePartitionsResponse<'_>>(&body, version)?;
            for result in response.results.iter() {
                let what = format!("topic {name} cannot have {count} partitions");
                refuse(&what, result.error_code, result.error_message)?;
            }
        }
        Ok(())
    }

    /// Deletes topics, many with each request.
    ///
    /// # Errors
    /// The broker refuses one, or does not answer.
    pub fn delete_topics(&mut self, names: &[String]) -> Result<(), ClientError> {
        let version = self.versions.of(ApiKey::DeleteTopics, i16::MAX)?;
        for names in names.chunks(TOPICS_PER_REQUEST) {
            let mut request = DeleteTopicsRequest { timeout_ms: TIMEOUT_MS, ..Default::default() };
            if version >= 6 {
                let topic = |name| DeleteTopicState { name: Some(name), ..Default::default() };
                request.topics = names.iter().map(|name| topic(name.as_str())).collect();
            } else {
                request.topic_names = names.iter().map(String::as_str).collect();
            }
            let body = self.exchange(&request, version)?;
            let response = decode::<DeleteTopicsResponse<'_>>(&body, version)?;
            for result in response.responses.iter() {
                let what = format!("topic {} cannot be deleted", result.name.unwrap_or_default());
                refuse(&what, result.error_code, None)?;
            }
        }
        Ok(())
    }
}

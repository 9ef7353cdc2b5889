//! DeleteTopics: topics named or given by id go away, decided on by the controller.
//!
//! Names are looked up here and the controller is asked for ids, as in Kafka: what is deleted is the topic that this
//! answer speaks of, not one that took its name meanwhile.

use super::authorize::Authorized;
use super::control::Asked;
use super::{BadRequest, Call, decode};
use crate::control::ControlRequest;
use crate::controller::DeleteTopicError;
use crate::shard::Shard;
use crate::shard::mail::Mail;
use loglane_model::TopicId;
use loglane_net::ErrorCode;
use loglane_net::message::delete_topics::{DeletableTopicResult, DeleteTopicsRequest, DeleteTopicsResponse};
use loglane_ring::Io;
use std::collections::BTreeMap;

/// The first version that knows TOPIC_DELETION_DISABLED.
const FIRST_WITH_DISABLED: i16 = 3;

/// What the answer needs of a request under way.
#[derive(Debug)]
pub(crate) struct AskedDeleteTopics {
    /// What is settled already.
    settled: Vec<Outcome>,
    /// What the controller was asked to delete.
    asked: BTreeMap<TopicId, Named>,
}

/// How the request named a topic.
#[derive(Debug, Clone)]
enum Named {
    ByName(String),
    ById,
}

/// One topic of the answer.
#[derive(Debug)]
struct Outcome {
    name: Option<String>,
    id: TopicId,
    error: ErrorCode,
    text: Option<&'static str>,
}

impl Outcome {
    fn refused(name: Option<&str>, id: TopicId, error: ErrorCode, text: &'static str) -> Outcome {
        Outcome { name: name.map(str::to_owned), id, error, text: Some(text) }
    }

    /// Without a text.
    fn bare(name: Option<&str>, id: TopicId, error: ErrorCode) -> Outcome {
        Outcome { name: name.map(str::to_owned), id, error, text: None }
    }
}

impl<I: Io<Mail>> Shard<I> {
    pub(super) fn on_delete_topics(&mut self, authorized: Authorized, body: &[u8]) -> Result<(), BadRequest> {
        let call = authorized.call();
        let request: DeleteTopicsRequest<'_> = decode(call, body)?;
        if !self.settings.delete_topics {
            self.refuse_all(call, &request, disabled(call.version));
            return Ok(());
        }
        if request.timeout_ms <= 0 {
            // The time was up before anything could be done, so nothing is.
            self.refuse_all(call, &request, ErrorCode::RequestTimedOut);
            return Ok(());
        }
        let asked = self.resolve_deleted(&request);
        let ids: Vec<TopicId> = asked.asked.keys().copied().collect();
        if ids.is_empty() {
            self.answer_delete_topics(call, &asked, Vec::new());
            return Ok(());
        }
        let asked = Asked::DeleteTopics(asked);
        self.begin_control(call, asked, ControlRequest::DeleteTopics { ids }, request.timeout_ms);
        Ok(())
    }

    /// Sorts what the request names into what can be asked for and what is settled.
    fn resolve_deleted(&self, request: &DeleteTopicsRequest<'_>) -> AskedDeleteTopics {
        let mut asked = AskedDeleteTopics { settled: Vec::new(), asked: BTreeMap::new() };
        let mut names: BTreeMap<&str, usize> = BTreeMap::new();
        let mut ids: BTreeMap<TopicId, usize> = BTreeMap::new();
        for name in request.topic_names.iter() {
            *names.entry(name).or_default() += 1;
        }
        for topic in request.topics.iter() {
            let id = topic.topic_id;
            match (topic.name, id.is_zero()) {
                (Some(name), true) => *names.entry(name).or_default() += 1,
                (None, false) => *ids.entry(id).or_default() += 1,
                (Some(name), false) => {
                    let text = "You may not specify both topic name and topic id.";
                    asked.refuse(Some(name), id, ErrorCode::InvalidRequest, text);
                }
                (None, true) => {
                    let text = "Neither topic name nor id were specified.";
                    asked.refuse(None, id, ErrorCode::InvalidRequest, text);
                }
            }
        }
        for (id, count) in ids {
            match self.metadata.image.topics.by_id(id) {
                _ if count > 1 => {
                    asked.refuse(None, id, ErrorCode::InvalidRequest, "Duplicate topic id.");
                }
                Some(_) => {
                    asked.asked.insert(id, Named::ById);
                }
                None => {
                    asked.refuse(None, id, ErrorCode::UnknownTopicId, UNKNOWN_ID);
                }
            }
        }
        for (name, count) in names {
            match self.metadata.image.topics.by_name(name) {
                _ if count > 1 => {
                    asked.refuse(
                        Some(name),
                        TopicId::ZERO,
                        ErrorCode::InvalidRequest,
                        "Duplicate topic name.",
                    );
                }
                Some(topic) if asked.asked.contains_key(&topic.id) => {
                    // Named in both ways, it is not deleted at all.
                    asked.asked.remove(&topic.id);
                    let text = "The provided topic name maps to an ID that was already supplied.";
                    asked.refuse(Some(name), topic.id, ErrorCode::InvalidRequest, text);
                }
                Some(topic) => {
                    asked.asked.insert(topic.id, Named::ByName(name.to_owned()));
                }
                None => {
                    asked.refuse(Some(name), TopicId::ZERO, ErrorCode::UnknownTopicOrPartition, UNKNOWN_TOPIC)
                }
            }
        }
        asked
    }

    pub(super) fn answer_delete_topics(
        &mut self,
        call: Call,
        asked: &AskedDeleteTopics,
        results: Vec<(TopicId, Result<String, DeleteTopicError>)>,
    ) {
        let outcomes = results.into_iter().map(|(id, result)| {
            let named = &asked.asked[&id];
            match result {
                Ok(name) => Outcome { name: Some(name), id, error: ErrorCode::None, text: None },
                Err(error) => failed(id, named, error, call.version),
            }
        });
        let outcomes: Vec<Outcome> = outcomes.collect();
        self.send_deleted(call, asked.settled.iter().chain(&outcomes));
    }

    pub(super) fn time_out_delete_topics(&mut self, call: Call, asked: &AskedDeleteTopics) {
        let timed_out = asked.asked.iter().map(|(id, named)| match named {
            Named::ByName(name) => Outcome::bare(Some(name), TopicId::ZERO, ErrorCode::RequestTimedOut),
            Named::ById => Outcome::bare(None, *id, ErrorCode::RequestTimedOut),
        });
        let outcomes: Vec<Outcome> = timed_out.collect();
        self.send_deleted(call, asked.settled.iter().chain(&outcomes));
    }

    /// Refuses everything that the request names, as it names it.
    fn refuse_all(&mut self, call: Call, request: &DeleteTopicsRequest<'_>, error: ErrorCode) {
        let names = request.topic_names.iter().map(|name| (Some(name), TopicId::ZERO));
        let topics = request.topics.iter().map(|topic| (topic.name, topic.topic_id));
        let outcomes: Vec<Outcome> =
            names.chain(topics).map(|(name, id)| Outcome::bare(name, id, error)).collect();
        self.send_deleted(call, outcomes.iter());
    }

    fn send_deleted<'a>(&mut self, call: Call, outcomes: impl Iterator<Item = &'a Outcome>) {
        let responses: Vec<_> = outcomes
            .map(|outcome| DeletableTopicResult {
                name: outcome.name.as_deref(),
                topic_id: outcome.id,
                error_code: outcome.error.to_i16(),
                error_message: outcome.text,
            })
            .collect();
        self.answer(call, &DeleteTopicsResponse { throttle_time_ms: 0, responses: responses.into() });
    }
}

impl AskedDeleteTopics {
    fn refuse(&mut self, name: Option<&str>, id: TopicId, error: ErrorCode, text: &'static str) {
        self.settled.push(Outcome::refused(name, id, error, text));
    }
}

/// Kafka's sentence for a name that no topic has.
const UNKNOWN_TOPIC: &str = "This server does not host this topic-partition.";

/// The same for an id.
const UNKNOWN_ID: &str = "This server does not host this topic ID.";

fn failed(id: TopicId, named: &Named, error: DeleteTopicError, version: i16) -> Outcome {
    let (error, text) = match (error, named) {
        (DeleteTopicError::Unknown, Named::ByName(_)) => (ErrorCode::UnknownTopicOrPartition, UNKNOWN_TOPIC),
        (DeleteTopicError::Unknown, Named::ById) => (ErrorCode::UnknownTopicId, UNKNOWN_ID),
        (DeleteTopicError::Duplicate, _) => (ErrorCode::InvalidRequest, "Duplicate topic id."),
        (DeleteTopicError::Disabled, Named::ByName(name)) => {
            return Outcome::bare(Some(name), id, disabled(version));
        }
        (DeleteTopicError::Disabled, Named::ById) => return Outcome::bare(None, id, disabled(version)),
    };
    match named {
        Named::ByName(name) => Outcome::refused(Some(name), id, error, text),
        Named::ById => Outcome::refused(None, id, error, text),
    }
}

/// The code where `delete.topic.enable` is false.
fn disabled(version: i16) -> ErrorCode {
    if version < FIRST_WITH_DISABLED { ErrorCode::InvalidRequest } else { ErrorCode::TopicDeletionDisabled }
}

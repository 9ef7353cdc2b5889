//! ElectLeaders: elections that somebody asks for.

use super::authorize::Authorized;
use super::control::Asked;
use super::texts::Texts;
use super::{BadRequest, Call, check_partition_count, decode};
use crate::control::ControlRequest;
use crate::controller::{Elected, Election, ElectionRefusal, PerTopic};
use crate::shard::Shard;
use crate::shard::mail::Mail;
use loglane_net::message::elect_leaders::{
    ElectLeadersRequest, ElectLeadersResponse, PartitionResult, ReplicaElectionResult,
};
use loglane_net::{Array, ErrorCode};
use loglane_ring::Io;

/// What is asked for: partitions by topic; `None`: all.
#[derive(Debug)]
pub(crate) struct AskedElections(Option<PerTopic<Vec<i32>>>);

/// The kinds of elections, as requests number them.
const PREFERRED: i8 = 0;
const UNCLEAN: i8 = 1;

impl<I: Io<Mail>> Shard<I> {
    pub(super) fn on_elect_leaders(&mut self, authorized: Authorized, body: &[u8]) -> Result<(), BadRequest> {
        let call = authorized.call();
        let request: ElectLeadersRequest<'_> = decode(call, body)?;
        let topics = request.topic_partitions.iter().flat_map(Array::iter);
        check_partition_count(topics.map(|topic| topic.partitions.len()))?;
        let named = request.topic_partitions.map(|topics| {
            topics.iter().map(|topic| (topic.topic.to_owned(), topic.partitions.iter().collect())).collect()
        });
        let asked = AskedElections(named.clone());
        let election = match request.election_type {
            PREFERRED => Election::Preferred,
            UNCLEAN => Election::Unclean,
            other => {
                let text = format!("Unknown election type {other}");
                self.refuse_elections(call, &asked, ErrorCode::InvalidRequest, Some(&text));
                return Ok(());
            }
        };
        if request.timeout_ms <= 0 {
            // The time was up before anything could be done, so nothing is.
            self.time_out_elections(call, &asked);
            return Ok(());
        }
        let change = ControlRequest::ElectLeaders { election, named };
        self.begin_control(call, Asked::Elections(asked), change, request.timeout_ms);
        Ok(())
    }

    pub(super) fn answer_elections(&mut self, call: Call, elected: Elected) {
        let mut room = Texts::new();
        let mut texts_of = |topic: &str, outcomes: &[(i32, Result<(), ElectionRefusal>)]| {
            let text = |(number, outcome): &(i32, Result<(), ElectionRefusal>)| {
                outcome.err().and_then(|refusal| room.say(|| refusal.text(topic, *number)))
            };
            outcomes.iter().map(text).collect()
        };
        let texts: Vec<Vec<Option<String>>> =
            elected.iter().map(|(topic, outcomes)| texts_of(topic, outcomes)).collect();
        let results: Vec<_> = elected
            .iter()
            .zip(&texts)
            .map(|((topic, outcomes), texts)| {
                let partitions: Vec<_> = outcomes
                    .iter()
                    .zip(texts)
                    .map(|((partition_id, outcome), text)| PartitionResult {
                        partition_id: *partition_id,
                        error_code: outcome.as_ref().err().map_or(ErrorCode::None, error_code).to_i16(),
                        error_message: text.as_deref(),
                    })
                    .collect();
                ReplicaElectionResult { topic, partition_result: partitions.into() }
            })
            .collect();
        let response = ElectLeadersResponse {
            replica_election_results: results.into(),
            ..ElectLeadersResponse::default()
        };
        self.answer(call, &response);
    }

    pub(super) fn time_out_elections(&mut self, call: Call, asked: &AskedElections) {
        self.refuse_elections(call, asked, ErrorCode::RequestTimedOut, None);
    }

    /// Refuses all elections that the request names.
    fn refuse_elections(&mut self, call: Call, asked: &AskedElections, error: ErrorCode, text: Option<&str>) {
        let refused = |partition_id: &i32| PartitionResult {
            partition_id: *partition_id,
            error_code: error.to_i16(),
            error_message: text,
        };
        let results = asked.0.iter().flatten().map(|(topic, partitions)| ReplicaElectionResult {
            topic,
            partition_result: partitions.iter().map(refused).collect(),
        });
        let response = ElectLeadersResponse {
            throttle_time_ms: 0,
            // The first version cannot say it.
            error_code: if call.version >= 1 { error.to_i16() } else { 0 },
            replica_election_results: results.collect(),
        };
        self.answer(call, &response);
    }
}

fn error_code(refusal: &ElectionRefusal) -> ErrorCode {
    match refusal {
        ElectionRefusal::UnknownTopic | ElectionRefusal::UnknownPartition => {
            ErrorCode::UnknownTopicOrPartition
        }
        ElectionRefusal::NotNeeded => ErrorCode::ElectionNotNeeded,
        ElectionRefusal::PreferredNotAvailable => ErrorCode::PreferredLeaderNotAvailable,
        ElectionRefusal::NobodyEligible => ErrorCode::EligibleLeadersNotAvailable,
    }
}

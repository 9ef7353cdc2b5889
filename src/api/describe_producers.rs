//! DescribeProducers: who writes to partitions, as the leaders' logs know them.

use super::authorize::Authorized;
use super::survey::{Question, Surveyed, Told};
use super::{BadRequest, Call, decode};
use crate::controller::check_topic_name;
use crate::shard::Shard;
use crate::shard::mail::Mail;
use loglane_model::{PartitionId, ProducerId, TopicId};
use loglane_net::ErrorCode;
use loglane_net::message::describe_producers::{
    DescribeProducersRequest, DescribeProducersResponse, PartitionResponse, ProducerState, TopicResponse,
};
use loglane_net::topic::TopicRef;
use loglane_ring::Io;
use loglane_storage::producer_state::{ProducerEntry, ProducerStates};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The producers of a partition, or why they are not known.
pub(crate) type ProducersOf = Result<Vec<ProducerState>, ErrorCode>;

/// What the answer needs of the request.
#[derive(Debug)]
pub(crate) struct AskedProducers {
    /// Each topic with its partitions, in request order.
    topics: Vec<(String, Vec<AskedPartition>)>,
}

#[derive(Debug)]
struct AskedPartition {
    number: PartitionId,
    place: Place,
}

/// Where the answer for a partition comes from.
#[derive(Debug)]
enum Place {
    /// Its place in the question to the shards.
    Asked(usize),
    Refused(ErrorCode, Option<String>),
}

impl<I: Io<Mail>> Shard<I> {
    pub(super) fn on_describe_producers(
        &mut self,
        authorized: Authorized,
        body: &[u8],
    ) -> Result<(), BadRequest> {
        let call = authorized.call();
        let request: DescribeProducersRequest<'_> = decode(call, body)?;
        let mut question: Vec<(TopicId, PartitionId)> = Vec::new();
        let mut topics = Vec::new();
        for topic in request.topics.iter() {
            let invalid = check_topic_name(topic.name).err().map(|error| error.to_string());
            let named = self.topics.resolve(TopicRef::Name(topic.name));
            let partitions = topic.partition_indexes.iter().map(|index| {
                let number = PartitionId(index);
                let place = match &invalid {
                    Some(text) => Place::Refused(ErrorCode::InvalidTopicException, Some(text.clone())),
                    None if named.id().is_zero() => {
                        Place::Refused(ErrorCode::UnknownTopicOrPartition, Some(UNKNOWN.to_owned()))
                    }
                    None if named.place(number).is_none() => {
                        Place::Refused(ErrorCode::UnknownTopicOrPartition, None)
                    }
                    None => {
                        question.push((named.id(), number));
                        Place::Asked(question.len() - 1)
                    }
                };
                AskedPartition { number, place }
            });
            topics.push((topic.name.to_owned(), partitions.collect()));
        }
        let asked = Surveyed::Producers(AskedProducers { topics });
        self.begin_survey(call, asked, &Question::Producers(Arc::new(question)), 0);
        Ok(())
    }

    /// What this shard knows of the producers of its own partitions among these.
    pub(super) fn producers_of(&self, partitions: &[(TopicId, PartitionId)]) -> Vec<(usize, ProducersOf)> {
        let of = |(at, (topic, number)): (usize, &(TopicId, PartitionId))| {
            let partition = self.partitions.get(self.slot_of(*topic, *number)?)?;
            let known = match partition.served() {
                Some(served) => Ok(states(served.log.producers())),
                None => Err(partition.absence()),
            };
            Some((at, known))
        };
        partitions.iter().enumerate().filter_map(of).collect()
    }

    pub(super) fn answer_describe_producers(&mut self, call: Call, asked: &AskedProducers, told: Vec<Told>) {
        let mut known: BTreeMap<usize, ProducersOf> = BTreeMap::new();
        for told in told {
            match told {
                Told::Producers(of_shard) => known.extend(of_shard),
                Told::Replicas(_) | Told::Volumes(_) | Told::Moves(_) => {
                    unreachable!("shards tell what they are asked")
                }
            }
        }
        let topics: Vec<_> = asked
            .topics
            .iter()
            .map(|(name, partitions)| {
                let partitions: Vec<_> =
                    partitions.iter().map(|asked| partition_in_answer(asked, &known)).collect();
                TopicResponse { name, partitions: partitions.into() }
            })
            .collect();
        self.answer(call, &DescribeProducersResponse { throttle_time_ms: 0, topics: topics.into() });
    }
}

fn partition_in_answer<'a>(
    asked: &'a AskedPartition,
    known: &'a BTreeMap<usize, ProducersOf>,
) -> PartitionResponse<'a> {
    let bare = |error: ErrorCode| PartitionResponse {
        partition_index: asked.number.0,
        error_code: error.to_i16(),
        ..PartitionResponse::default()
    };
    match &asked.place {
        Place::Refused(error, text) => PartitionResponse { error_message: text.as_deref(), ..bare(*error) },
        Place::Asked(at) => match known.get(at) {
            Some(Ok(states)) => {
                PartitionResponse { active_producers: states.as_slice().into(), ..bare(ErrorCode::None) }
            }
            Some(Err(error)) => bare(*error),
            // Its topic went while the shards were asked.
            None => bare(ErrorCode::UnknownTopicOrPartition),
        },
    }
}

/// Kafka's sentence for a name that no topic has.
const UNKNOWN: &str = "This server does not host this topic-partition.";

fn states(producers: &ProducerStates) -> Vec<ProducerState> {
    let state = |(id, entry): (ProducerId, &ProducerEntry)| ProducerState {
        producer_id: id.0,
        producer_epoch: i32::from(entry.producer_epoch),
        last_sequence: entry.last_batch().map_or(-1, |batch| batch.last_sequence),
        last_timestamp: entry.last_timestamp,
        coordinator_epoch: entry.coordinator_epoch,
        current_txn_start_offset: entry.open_transaction.map_or(-1, |offset| offset.0),
    };
    producers.iter().map(state).collect()
}

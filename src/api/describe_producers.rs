//! DescribeProducers: who writes to partitions, as the leaders' logs know them.

use super::authorize::Authorized;
use super::control::error_text;
use super::survey::{Question, Surveyed, Told};
use super::texts::Texts;
use super::{BadRequest, Call, check_partition_count, decode};
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
    /// In request order.
    topics: Vec<AskedTopic>,
}

#[derive(Debug)]
struct AskedTopic {
    name: String,
    /// What is to be said of all its partitions.
    text: Option<String>,
    partitions: Vec<AskedPartition>,
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
    Refused(ErrorCode),
}

impl<I: Io<Mail>> Shard<I> {
    pub(super) fn on_describe_producers(
        &mut self,
        authorized: Authorized,
        body: &[u8],
    ) -> Result<(), BadRequest> {
        let call = authorized.call();
        let request: DescribeProducersRequest<'_> = decode(call, body)?;
        check_partition_count(request.topics.iter().map(|topic| topic.partition_indexes.len()))?;
        let mut question: Vec<(TopicId, PartitionId)> = Vec::new();
        // Of a partition that is named several times the shards tell once.
        let mut places: BTreeMap<(TopicId, PartitionId), usize> = BTreeMap::new();
        let mut topics = Vec::new();
        for topic in request.topics.iter() {
            let invalid = check_topic_name(topic.name).err().map(|error| error_text(&error));
            let named = self.topics.resolve(TopicRef::Name(topic.name));
            let is_unknown = named.id().is_zero();
            let partitions = topic.partition_indexes.iter().map(|index| {
                let number = PartitionId(index);
                let place = if invalid.is_some() {
                    Place::Refused(ErrorCode::InvalidTopicException)
                } else if is_unknown || named.place(number).is_none() {
                    Place::Refused(ErrorCode::UnknownTopicOrPartition)
                } else {
                    Place::Asked(*places.entry((named.id(), number)).or_insert_with(|| {
                        question.push((named.id(), number));
                        question.len() - 1
                    }))
                };
                AskedPartition { number, place }
            });
            let partitions = partitions.collect();
            let text = invalid.or_else(|| is_unknown.then(|| UNKNOWN.to_owned()));
            topics.push(AskedTopic { name: topic.name.to_owned(), text, partitions });
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
        let mut room = Room { texts: Texts::new(), bytes_left: self.limits.answer_bytes_max };
        let topics = asked.topics.iter().map(|topic| {
            let partitions = topic.partitions.iter();
            let partitions: Vec<_> =
                partitions.map(|asked| partition_in_answer(topic, asked, &known, &mut room)).collect();
            TopicResponse { name: &topic.name, partitions: partitions.into() }
        });
        let topics: Vec<_> = topics.collect();
        self.answer(call, &DescribeProducersResponse { throttle_time_ms: 0, topics: topics.into() });
    }
}

/// What an answer has room for yet: a partition may be named as often as it fits the request.
struct Room {
    texts: Texts,
    bytes_left: usize,
}

fn partition_in_answer<'a>(
    topic: &'a AskedTopic,
    asked: &AskedPartition,
    known: &'a BTreeMap<usize, ProducersOf>,
    room: &mut Room,
) -> PartitionResponse<'a> {
    let bare = |error: ErrorCode, text: Option<&'a str>| PartitionResponse {
        partition_index: asked.number.0,
        error_code: error.to_i16(),
        error_message: text,
        ..PartitionResponse::default()
    };
    match &asked.place {
        Place::Refused(error) => {
            bare(*error, topic.text.as_deref().filter(|text| room.texts.has_room_for(text)))
        }
        Place::Asked(at) => match known.get(at) {
            Some(Ok(states)) if states.len() * STATE_BYTES <= room.bytes_left => {
                room.bytes_left -= states.len() * STATE_BYTES;
                let active_producers = states.as_slice().into();
                PartitionResponse { active_producers, ..bare(ErrorCode::None, None) }
            }
            Some(Ok(_)) => {
                room.bytes_left = 0;
                bare(ErrorCode::PolicyViolation, Some(TOO_MUCH).filter(|text| room.texts.has_room_for(text)))
            }
            Some(Err(error)) => bare(*error, None),
            // Its topic went while the shards were asked.
            None => bare(ErrorCode::UnknownTopicOrPartition, None),
        },
    }
}

/// What a producer takes of the answer, at most.
const STATE_BYTES: usize = 40;

/// For what does not fit the answer.
const TOO_MUCH: &str = "The request describes more than fits one answer; ask for fewer partitions.";

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

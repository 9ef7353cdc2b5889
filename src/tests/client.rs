//! A client's end of a connection: requests as bytes, answers as bytes, and what tests want to know of them.

use super::broker::Broker;
use loglane_model::{ProducerId, TopicId};
use loglane_net::codec::{Request, Response};
use loglane_net::header::{decode_response_header, encode_request};
use loglane_net::message::delete_topics::{DeleteTopicState, DeleteTopicsRequest, DeleteTopicsResponse};
use loglane_net::message::fetch::{FetchPartition, FetchRequest, FetchResponse, FetchTopic, ForgottenTopic};
use loglane_net::message::metadata::{MetadataRequest, MetadataRequestTopic, MetadataResponse};
use loglane_net::message::produce::{
    PartitionProduceData, PartitionProduceResponse, ProduceRequest, ProduceResponse, TopicProduceData,
};
use loglane_net::{ApiKey, ErrorCode, Message as _, Reader};
use loglane_ring::sim::SimClient;
use loglane_storage::batch::{Batches, records_of};
use loglane_storage::batch_builder::BatchBuilder;
use std::collections::VecDeque;
use std::time::Duration;

/// Names a client of a [`Broker`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ClientId(pub(super) usize);

/// One connection.
pub(super) struct Client {
    socket: SimClient,
    unsent: Vec<u8>,
    received: Vec<u8>,
    /// Whole answers, lengths not included.
    answers: VecDeque<Vec<u8>>,
    correlation_id: i32,
    /// The broker has closed the connection.
    pub(super) is_closed: bool,
    /// Takes what has arrived at each turn.
    pub(super) reads: bool,
    /// The most bytes that are taken in a turn.
    pub(super) write_bytes_max: usize,
}

impl Client {
    pub(super) fn new(socket: SimClient) -> Client {
        Client {
            socket,
            unsent: Vec::new(),
            received: Vec::new(),
            answers: VecDeque::new(),
            correlation_id: 0,
            is_closed: false,
            reads: true,
            write_bytes_max: usize::MAX,
        }
    }

    /// Moves bytes as far as they go.
    pub(super) fn turn(&mut self) {
        let len = self.unsent.len().min(self.write_bytes_max);
        if len > 0 {
            let sent = self.socket.write(&self.unsent[..len]);
            self.unsent.drain(..sent);
        }
        if !self.reads || self.is_closed {
            return;
        }
        while let Some(bytes) = self.socket.read() {
            if bytes.is_empty() {
                self.is_closed = true;
                break;
            }
            self.received.extend(bytes);
        }
        while let Some(length) = self.received.first_chunk::<4>() {
            let end = 4 + usize::try_from(i32::from_be_bytes(*length)).expect("a length of the broker's");
            if self.received.len() < end {
                break;
            }
            self.answers.push_back(self.received[4..end].to_vec());
            self.received.drain(..end);
        }
    }

    /// Tears the connection down.
    pub(super) fn reset(self) {
        self.socket.reset();
    }

    /// An answer has come, or none will.
    pub(super) fn has_answer(&self) -> bool {
        !self.answers.is_empty() || self.is_closed
    }

    /// The next answer; `None` if none has come.
    pub(super) fn take_answer(&mut self) -> Option<Vec<u8>> {
        self.answers.pop_front()
    }

    /// Sends bytes as they are.
    pub(super) fn send_bytes(&mut self, bytes: &[u8]) {
        self.unsent.extend_from_slice(bytes);
    }

    /// Sends a request; returns its correlation id.
    pub(super) fn send<'a, R: Request<'a>>(&mut self, version: i16, request: &R) -> i32 {
        self.correlation_id += 1;
        encode_request(&mut self.unsent, version, self.correlation_id, Some("test"), request)
            .expect("a request of a test");
        self.correlation_id
    }

    /// Asks for the metadata of a topic, perhaps to make it.
    pub(super) fn ask_for_topic(&mut self, topic: &str, create: bool) -> i32 {
        let asked = vec![MetadataRequestTopic { topic_id: TopicId::ZERO, name: Some(topic) }];
        let request = MetadataRequest {
            topics: Some(asked.into()),
            allow_auto_topic_creation: create,
            ..MetadataRequest::default()
        };
        self.send(METADATA_VERSION, &request)
    }

    /// Asks for a topic to be deleted.
    pub(super) fn send_delete_topic(&mut self, topic: &str) -> i32 {
        let topics = vec![DeleteTopicState { name: Some(topic), topic_id: TopicId::ZERO }];
        let request = DeleteTopicsRequest {
            topics: topics.into(),
            timeout_ms: 30_000,
            ..DeleteTopicsRequest::default()
        };
        self.send(DELETE_TOPICS_VERSION, &request)
    }

    /// Sends a produce of one or more batches to partitions of one topic.
    pub(super) fn send_produce(&mut self, acks: i16, topic: &str, batches: &[(i32, &[u8])]) -> i32 {
        let partitions: Vec<_> = batches
            .iter()
            .map(|(index, records)| PartitionProduceData { index: *index, records: Some(records) })
            .collect();
        let topic_data = vec![TopicProduceData {
            name: topic,
            topic_id: TopicId::ZERO,
            partition_data: partitions.into(),
        }];
        let request = ProduceRequest {
            transactional_id: None,
            acks,
            timeout_ms: 30_000,
            topic_data: topic_data.into(),
        };
        self.send(PRODUCE_VERSION, &request)
    }

    /// Sends a fetch.
    pub(super) fn send_fetch(&mut self, fetch: &Fetch<'_>) -> i32 {
        let partition = |&(partition, offset): &(i32, i64)| FetchPartition {
            partition,
            fetch_offset: offset,
            partition_max_bytes: fetch.partition_bytes_max,
            ..FetchPartition::default()
        };
        let topic = |partitions: &[(i32, i64)]| {
            let partitions: Vec<_> = partitions.iter().map(partition).collect();
            FetchTopic { topic: fetch.topic, topic_id: TopicId::ZERO, partitions: partitions.into() }
        };
        let topics: Vec<_> =
            (!fetch.partitions.is_empty()).then(|| topic(fetch.partitions)).into_iter().collect();
        let forgotten: Vec<_> = (!fetch.forgotten.is_empty())
            .then(|| ForgottenTopic {
                topic: fetch.topic,
                topic_id: TopicId::ZERO,
                partitions: fetch.forgotten.to_vec().into(),
            })
            .into_iter()
            .collect();
        let request = FetchRequest {
            max_wait_ms: fetch.wait_ms_max,
            min_bytes: fetch.bytes_min,
            max_bytes: fetch.bytes_max,
            session_id: fetch.session.0,
            session_epoch: fetch.session.1,
            topics: topics.into(),
            forgotten_topics_data: forgotten.into(),
            ..FetchRequest::default()
        };
        self.send(FETCH_VERSION, &request)
    }
}

/// The last version of Produce that names topics.
pub(super) const PRODUCE_VERSION: i16 = 12;
/// The last version of Fetch that names topics.
pub(super) const FETCH_VERSION: i16 = 12;
/// One that names topics.
const DELETE_TOPICS_VERSION: i16 = 6;
/// One that names topics, and has their ids.
pub(super) const METADATA_VERSION: i16 = 12;

/// A fetch from partitions of one topic.
#[derive(Debug, Clone)]
pub(super) struct Fetch<'a> {
    pub(super) topic: &'a str,
    /// Numbers and offsets.
    pub(super) partitions: &'a [(i32, i64)],
    pub(super) forgotten: &'a [i32],
    pub(super) wait_ms_max: i32,
    pub(super) bytes_min: i32,
    pub(super) bytes_max: i32,
    pub(super) partition_bytes_max: i32,
    /// Id and epoch; (0, −1): none.
    pub(super) session: (i32, i32),
}

impl<'a> Fetch<'a> {
    /// What there is, at once, without a session.
    pub(super) fn of(topic: &'a str, partitions: &'a [(i32, i64)]) -> Fetch<'a> {
        Fetch {
            topic,
            partitions,
            forgotten: &[],
            wait_ms_max: 0,
            bytes_min: 0,
            bytes_max: 50 << 20,
            partition_bytes_max: 1 << 20,
            session: (0, -1),
        }
    }
}

/// What a produce's answer says of one partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Produced {
    pub(super) partition: i32,
    pub(super) error: ErrorCode,
    pub(super) base_offset: i64,
}

/// What a fetch's answer says of one partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fetched {
    pub(super) partition: i32,
    pub(super) error: ErrorCode,
    pub(super) high_watermark: i64,
    pub(super) log_start_offset: i64,
    pub(super) records: Vec<u8>,
}

/// One record that was fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) offset: i64,
    pub(super) value: Vec<u8>,
}

impl Fetched {
    /// The records of all batches, each batch checked.
    pub(super) fn records(&self) -> Vec<Record> {
        let mut records = Vec::new();
        for batch in Batches::checked(&self.records) {
            let batch = batch.expect("whole batches");
            let base = batch.header.base_offset().0;
            for record in records_of(batch.bytes) {
                let record = record.expect("a record that the broker has checked");
                records.push(Record {
                    offset: base + i64::from(record.offset_delta),
                    value: record.value.expect("tests write values").to_vec(),
                });
            }
        }
        records
    }
}

/// A whole answer of a fetch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FetchAnswer {
    pub(super) error: ErrorCode,
    pub(super) session_id: i32,
    /// In the answer's order, topics not told apart.
    pub(super) partitions: Vec<Fetched>,
}

impl FetchAnswer {
    pub(super) fn partition(&self, number: i32) -> &Fetched {
        self.partitions.iter().find(|fetched| fetched.partition == number).expect("the answer has it")
    }

    /// Bytes of records in all partitions.
    pub(super) fn record_bytes(&self) -> usize {
        self.partitions.iter().map(|fetched| fetched.records.len()).sum()
    }
}

fn error(code: i16) -> ErrorCode {
    ErrorCode::from_i16(code).expect("a code of Kafka's")
}

pub(super) fn reader(answer: &[u8], api: ApiKey, version: i16) -> (i32, Reader<'_>) {
    let mut reader = Reader::new(answer);
    let id = decode_response_header(&mut reader, api, version).expect("a header");
    (id, reader)
}

/// The correlation id of an answer, whatever it answers.
pub(super) fn correlation_id(answer: &[u8]) -> i32 {
    i32::from_be_bytes(*answer.first_chunk().expect("an answer has a header"))
}

/// Reads the body of an answer to its end.
pub(super) fn answer_of<'a, R: Response<'a>>(body: &'a [u8], version: i16) -> R {
    let mut reader = Reader::new(body);
    let answer = R::decode(&mut reader, version);
    let answer = answer.unwrap_or_else(|error| panic!("{} v{version}: {error}", R::NAME));
    assert!(reader.rest().is_empty(), "{} v{version}: bytes are left", R::NAME);
    answer
}

/// Reads a whole answer, header and body.
pub(super) fn answer_body<'a, R: Response<'a>>(answer: &'a [u8], version: i16) -> R {
    let (_, reader) = reader(answer, R::API_KEY, version);
    answer_of(&answer[answer.len() - reader.rest().len()..], version)
}

/// Reads a produce's answer.
pub(super) fn read_produced(answer: &[u8]) -> Vec<Produced> {
    let (_, mut reader) = reader(answer, ApiKey::Produce, PRODUCE_VERSION);
    let answer = ProduceResponse::decode(&mut reader, PRODUCE_VERSION).expect("an answer of Produce");
    let topics = answer.responses.iter();
    let produced = topics.flat_map(|topic| {
        let of = |partition: PartitionProduceResponse<'_>| Produced {
            partition: partition.index,
            error: error(partition.error_code),
            base_offset: partition.base_offset,
        };
        topic.partition_responses.iter().map(of).collect::<Vec<_>>()
    });
    produced.collect()
}

/// Reads a fetch's answer.
pub(super) fn read_fetched(answer: &[u8]) -> FetchAnswer {
    let (_, mut reader) = reader(answer, ApiKey::Fetch, FETCH_VERSION);
    let answer = FetchResponse::decode(&mut reader, FETCH_VERSION).expect("an answer of Fetch");
    let mut partitions = Vec::new();
    for topic in answer.responses.iter() {
        for partition in topic.partitions.iter() {
            partitions.push(Fetched {
                partition: partition.partition_index,
                error: error(partition.error_code),
                high_watermark: partition.high_watermark,
                log_start_offset: partition.log_start_offset,
                records: partition.records.unwrap_or_default().to_vec(),
            });
        }
    }
    FetchAnswer { error: error(answer.error_code), session_id: answer.session_id, partitions }
}

/// A batch without a producer id, one record for each value.
pub(super) fn batch(values: &[&[u8]]) -> Vec<u8> {
    fill(BatchBuilder::new(), values)
}

/// A batch of an idempotent producer.
pub(super) fn numbered_batch(producer: i64, base_sequence: i32, values: &[&[u8]]) -> Vec<u8> {
    fill(BatchBuilder::new().producer(ProducerId(producer), 0, base_sequence), values)
}

fn fill(mut builder: BatchBuilder, values: &[&[u8]]) -> Vec<u8> {
    for value in values {
        builder.push(1_767_225_600_000, None, Some(value), &[]);
    }
    builder.finish()
}

impl Broker {
    /// Makes a topic by asking for it, as clients do; returns its id.
    pub(super) fn create_topic(&mut self, client: ClientId, topic: &str) -> TopicId {
        self.until_topic(client, topic, true)
    }

    /// Waits until every partition of a topic has a leader; returns the topic's id.
    pub(super) fn until_topic(&mut self, client: ClientId, topic: &str, create: bool) -> TopicId {
        loop {
            self.client(client).ask_for_topic(topic, create);
            let answer = self.answer(client);
            let (_, mut reader) = reader(&answer, ApiKey::Metadata, METADATA_VERSION);
            let answer = MetadataResponse::decode(&mut reader, METADATA_VERSION).expect("an answer");
            let topic = answer.topics.iter().next().expect("the topic that was asked for");
            if topic.error_code == 0 && topic.partitions.iter().all(|partition| partition.error_code == 0) {
                return topic.topic_id;
            }
            self.run_for(Duration::from_millis(20));
        }
    }

    /// Asks whatever it is and waits; the answer's body, for [`answer_of`].
    pub(super) fn ask<'a, R: Request<'a>>(&mut self, client: ClientId, version: i16, request: &R) -> Vec<u8> {
        let id = self.client(client).send(version, request);
        let answer = self.answer(client);
        let (answered, reader) = reader(&answer, R::API_KEY, version);
        assert_eq!(answered, id);
        reader.rest().to_vec()
    }

    /// Deletes a topic and waits until it is gone.
    pub(super) fn delete_topic(&mut self, client: ClientId, topic: &str) -> ErrorCode {
        self.client(client).send_delete_topic(topic);
        let answer = self.answer(client);
        let (_, mut reader) = reader(&answer, ApiKey::DeleteTopics, DELETE_TOPICS_VERSION);
        let answer = DeleteTopicsResponse::decode(&mut reader, DELETE_TOPICS_VERSION).expect("an answer");
        error(answer.responses.iter().next().expect("the topic").error_code)
    }

    /// Produces and waits for the answer.
    pub(super) fn produce(
        &mut self,
        client: ClientId,
        acks: i16,
        topic: &str,
        batches: &[(i32, &[u8])],
    ) -> Vec<Produced> {
        let id = self.client(client).send_produce(acks, topic, batches);
        let answer = self.answer(client);
        assert_eq!(correlation_id(&answer), id);
        read_produced(&answer)
    }

    /// Fetches and waits for the answer.
    pub(super) fn fetch(&mut self, client: ClientId, fetch: &Fetch<'_>) -> FetchAnswer {
        let id = self.client(client).send_fetch(fetch);
        let answer = self.answer(client);
        assert_eq!(correlation_id(&answer), id);
        read_fetched(&answer)
    }

    /// Everything that a partition serves from an offset on, read to its end.
    pub(super) fn read_all(
        &mut self,
        client: ClientId,
        topic: &str,
        partition: i32,
        from: i64,
    ) -> Vec<Record> {
        let mut records: Vec<Record> = Vec::new();
        let mut next = from;
        loop {
            let answer = self.fetch(client, &Fetch::of(topic, &[(partition, next)]));
            let fetched = answer.partition(partition);
            assert_eq!(fetched.error, ErrorCode::None, "SEED={}", self.setup.seed);
            let more = fetched.records();
            records.extend(more.into_iter().filter(|record| record.offset >= next));
            match records.last() {
                Some(last) if last.offset >= next => next = last.offset + 1,
                _ => return records,
            }
        }
    }
}

//! The data path asks the allocator for nothing, once it has what it needs.

use super::Setup;
use super::broker::{Broker, Counted};
use super::client::{ClientId, answer_of, batch, numbered_batch};
use loglane_model::TopicId;
use loglane_net::message::fetch::{FetchPartition, FetchRequest, FetchResponse, FetchTopic};
use loglane_net::message::produce::{
    PartitionProduceData, ProduceRequest, ProduceResponse, TopicProduceData,
};
use loglane_ring::sim::SimOptions;

/// Versions that name topics by id, as clients of today do: names are strings, and sessions keep them.
const PRODUCE_VERSION: i16 = 13;
const FETCH_VERSION: i16 = 17;

/// Rounds before the counting begins. By then tables, pools and spare boxes have their size, the batch cache is full,
/// and the rows of the active segment's index in memory have just doubled their room.
const WARM_UP: i64 = 9_000;
const COUNTED: i64 = 1_000;

/// How the consumer fetches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fetching {
    /// After the produce, without a session.
    Afterwards,
    /// Before the produce, waiting for it, in an incremental session.
    Waiting,
}

struct Load {
    broker: Broker,
    producer: ClientId,
    consumer: ClientId,
    topic: TopicId,
    partitions: Vec<i32>,
    session: (i32, i32),
}

impl Load {
    fn new(shards: u16, partitions: &[i32]) -> Load {
        // A quick world: what happens by the clock, once in a second, is nobody's produce or fetch.
        let options = SimOptions {
            network_us: 1..5,
            disk_us: 1..5,
            job_us: 1..5,
            mail_us: 1..2,
            ..SimOptions::default()
        };
        // Little memory: the cache is full soon, and blocks come back.
        let memory = format!("{}m", 16 + 8 * shards);
        let setup = Setup { options, ..Setup::new(1, shards) };
        let mut broker = setup.set("loglane.memory", memory).start();
        let (producer, consumer) = (broker.connect(), broker.connect());
        let topic = broker.create_topic(producer, "t");
        Load { broker, producer, consumer, topic, partitions: partitions.to_vec(), session: (0, -1) }
    }

    fn send_produce(&mut self, partition: i32, records: &[u8]) {
        let partition = PartitionProduceData { index: partition, records: Some(records) };
        let topic =
            TopicProduceData { topic_id: self.topic, name: "", partition_data: vec![partition].into() };
        let request = ProduceRequest {
            transactional_id: None,
            acks: -1,
            timeout_ms: 30_000,
            topic_data: vec![topic].into(),
        };
        self.broker.client(self.producer).send(PRODUCE_VERSION, &request);
    }

    fn expect_produced(&mut self, offset: i64) {
        let answer = self.broker.answer(self.producer);
        let answer: ProduceResponse<'_> = answer_of(&answer[5..], PRODUCE_VERSION);
        let topic = answer.responses.iter().next().unwrap();
        let partition = topic.partition_responses.iter().next().unwrap();
        assert_eq!((partition.error_code, partition.base_offset), (0, offset));
    }

    fn send_fetch(&mut self, partitions: &[(i32, i64)], wait_ms_max: i32) {
        let partition = |&(partition, fetch_offset): &(i32, i64)| FetchPartition {
            partition,
            fetch_offset,
            partition_max_bytes: 1 << 20,
            ..FetchPartition::default()
        };
        let partitions: Vec<_> = partitions.iter().map(partition).collect();
        let topic = FetchTopic { topic: "", topic_id: self.topic, partitions: partitions.into() };
        let request = FetchRequest {
            max_wait_ms: wait_ms_max,
            min_bytes: 1,
            max_bytes: 50 << 20,
            session_id: self.session.0,
            session_epoch: self.session.1,
            topics: vec![topic].into(),
            ..FetchRequest::default()
        };
        self.broker.client(self.consumer).send(FETCH_VERSION, &request);
    }

    /// The records of a fetch's answer, whichever partitions they are of.
    fn expect_fetched(&mut self, bytes: usize) {
        let answer = self.broker.answer(self.consumer);
        let answer: FetchResponse<'_> = answer_of(&answer[5..], FETCH_VERSION);
        let topics = answer.responses.iter();
        let fetched: usize = topics
            .flat_map(|topic| topic.partitions.iter().collect::<Vec<_>>())
            .map(|partition| partition.records.map_or(0, <[u8]>::len))
            .sum();
        assert_eq!((answer.error_code, fetched), (0, bytes));
        if self.session.1 >= 0 {
            self.session = (answer.session_id, self.session.1 + 1);
        }
    }

    /// A produce to each of the partitions, and a fetch of it.
    fn round(&mut self, fetching: Fetching, offset: i64) {
        for partition in self.partitions.clone() {
            match fetching {
                Fetching::Afterwards => {
                    let records = batch(&[&[1; 1_000]]);
                    self.send_produce(partition, &records);
                    self.expect_produced(offset);
                    self.send_fetch(&[(partition, offset)], 0);
                    self.expect_fetched(records.len());
                }
                Fetching::Waiting => {
                    let sequence = i32::try_from(offset).unwrap();
                    let records = numbered_batch(i64::from(partition) + 1, sequence, &[&[1; 1_000]]);
                    let at = |of: &i32| (*of, if *of < partition { offset + 1 } else { offset });
                    let next: Vec<_> = self.partitions.iter().map(at).collect();
                    self.send_fetch(&next, 60_000);
                    self.broker.until("the fetch is under way", |broker| {
                        broker.shards.iter().any(|shard| shard.requests.pending.len() > 0)
                    });
                    self.send_produce(partition, &records);
                    self.expect_fetched(records.len());
                    self.expect_produced(offset);
                }
            }
        }
    }

    /// What the shards allocate in the counted rounds, beside the turns that begin a job.
    fn allocations(mut self, fetching: Fetching) -> u64 {
        if fetching == Fetching::Waiting {
            self.session = (0, 0);
            let all: Vec<(i32, i64)> = self.partitions.iter().map(|partition| (*partition, 0)).collect();
            self.send_fetch(&all, 0);
            self.expect_fetched(0);
        }
        (0..WARM_UP).for_each(|offset| self.round(fetching, offset));
        self.broker.counted = Counted::default();
        (WARM_UP..WARM_UP + COUNTED).for_each(|offset| self.round(fetching, offset));
        let counted = &self.broker.counted;
        assert!(counted.turns_with_jobs * 50 < counted.turns, "{counted:?}: jobs are rare");
        counted.allocations
    }
}

#[test]
fn produces_and_tail_fetches_of_a_shards_own_partitions_allocate_nothing() {
    assert_eq!(Load::new(1, &[0]).allocations(Fetching::Afterwards), 0);
}

#[test]
fn produces_and_tail_fetches_of_another_shards_partitions_allocate_nothing() {
    assert_eq!(Load::new(3, &[0, 1, 2]).allocations(Fetching::Afterwards), 0);
}

#[test]
fn fetches_that_wait_in_a_session_allocate_nothing() {
    assert_eq!(Load::new(1, &[0, 1]).allocations(Fetching::Waiting), 0);
}

#[test]
fn fetches_that_wait_in_a_session_over_shards_allocate_nothing() {
    assert_eq!(Load::new(3, &[0, 1, 2]).allocations(Fetching::Waiting), 0);
}

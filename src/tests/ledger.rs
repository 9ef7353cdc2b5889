//! Load from a seed, what it was promised, and the judgement on what a broker has left of it.

use super::broker::Broker;
use super::client::{ClientId, Fetch, batch, correlation_id, read_fetched, read_produced};
use loglane_net::ErrorCode;
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

/// Chance of a test's own (splitmix64).
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Random {
        Random(seed ^ 0x005e_ed0f_7e57)
    }

    pub(super) fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }

    pub(super) fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
}

/// The topic that the load goes to, and how many partitions it has.
pub(super) const TOPIC: &str = "load";
pub(super) const PARTITIONS: i32 = 6;

/// One produce that is not answered.
struct Sent {
    id: i32,
    acks: i16,
    /// Partition and number of each batch.
    batches: Vec<(i32, u64)>,
}

struct Producer {
    client: ClientId,
    sent: VecDeque<Sent>,
}

struct Consumer {
    client: ClientId,
    partition: i32,
    waits: bool,
}

/// The load and its history over all lives of the process.
pub(super) struct Ledger {
    random: Random,
    producers: Vec<Producer>,
    consumers: Vec<Consumer>,
    /// By number: its partition, and how many bytes its value has.
    batches: BTreeMap<u64, (i32, usize)>,
    /// By partition and offset: numbers that were acknowledged, or that a consumer has seen.
    promised: BTreeMap<(i32, i64), u64>,
    next_number: u64,
    pub(super) acknowledged: u64,
    /// The longest value.
    value_bytes_max: u64,
}

impl Ledger {
    pub(super) fn new(seed: u64, value_bytes_max: u64) -> Ledger {
        Ledger {
            random: Random::new(seed),
            producers: Vec::new(),
            consumers: Vec::new(),
            batches: BTreeMap::new(),
            promised: BTreeMap::new(),
            next_number: 0,
            acknowledged: 0,
            value_bytes_max,
        }
    }

    /// Connects the load's clients, in a new life of the process.
    pub(super) fn connect(&mut self, broker: &mut Broker, producers: usize, consumers: usize) {
        for client in 0..broker.clients.len() {
            broker.disconnect(ClientId(client));
        }
        let first = broker.connect();
        broker.create_topic(first, TOPIC);
        let producer = |client| Producer { client, sent: VecDeque::new() };
        self.producers = (0..producers).map(|_| producer(broker.connect())).collect();
        let mut consumer = || Consumer { client: broker.connect(), partition: 0, waits: false };
        self.consumers = (0..consumers).map(|_| consumer()).collect();
    }

    /// One step of the world under load.
    pub(super) fn step(&mut self, broker: &mut Broker) {
        for at in 0..self.producers.len() {
            if self.producers[at].sent.len() < 8 && self.random.chance(30) {
                self.send(broker, at);
            }
            self.take_answers(broker, at);
        }
        for at in 0..self.consumers.len() {
            self.consume(broker, at);
        }
        broker.step();
    }

    /// Lets what is under way be answered.
    pub(super) fn settle(&mut self, broker: &mut Broker) {
        for at in 0..self.producers.len() {
            broker.until("all answers come", |broker| {
                self.take_answers(broker, at);
                self.producers[at].sent.is_empty()
            });
        }
    }

    fn send(&mut self, broker: &mut Broker, at: usize) {
        let acks = [1, -1, -1, 0][usize::try_from(self.random.below(4)).expect("small")];
        let mut bytes = Vec::new();
        for partition in 0..PARTITIONS {
            if self.random.chance(25) {
                let number = self.next_number;
                self.next_number += 1;
                let len = usize::try_from(20 + self.random.below(self.value_bytes_max)).expect("small");
                self.batches.insert(number, (partition, len));
                bytes.push((partition, number, batch(&[&value(number, len)])));
            }
        }
        if bytes.is_empty() {
            return;
        }
        let batches: Vec<_> = bytes.iter().map(|(partition, _, batch)| (*partition, &batch[..])).collect();
        let producer = &mut self.producers[at];
        let id = broker.client(producer.client).send_produce(acks, TOPIC, &batches);
        let batches = bytes.iter().map(|(partition, number, _)| (*partition, *number)).collect();
        if acks != 0 {
            producer.sent.push_back(Sent { id, acks, batches });
        }
    }

    fn take_answers(&mut self, broker: &mut Broker, at: usize) {
        let seed = broker.setup.seed;
        while let Some(answer) = broker.client(self.producers[at].client).take_answer() {
            let sent = self.producers[at].sent.pop_front().expect("an answer to something");
            assert_eq!(correlation_id(&answer), sent.id, "SEED={seed}: answers come in order");
            let produced = read_produced(&answer);
            assert_eq!(produced.len(), sent.batches.len());
            for (of, (partition, number)) in produced.iter().zip(sent.batches) {
                assert_eq!(of.partition, partition);
                match of.error {
                    ErrorCode::None => {
                        self.acknowledged += 1;
                        self.promise(seed, partition, of.base_offset, number);
                    }
                    error => {
                        let expected = ErrorCode::KafkaStorageError;
                        assert!(error == expected, "SEED={seed} acks={}: {error:?}", sent.acks);
                    }
                }
            }
        }
    }

    fn promise(&mut self, seed: u64, partition: i32, offset: i64, number: u64) {
        let before = self.promised.insert((partition, offset), number);
        assert!(
            before.is_none_or(|before| before == number),
            "SEED={seed}: partition {partition} has {before:?} and {number} at offset {offset}"
        );
    }

    fn consume(&mut self, broker: &mut Broker, at: usize) {
        let seed = broker.setup.seed;
        let Consumer { client, partition, waits } = self.consumers[at];
        if waits {
            let Some(answer) = broker.client(client).take_answer() else { return };
            self.consumers[at].waits = false;
            let answer = read_fetched(&answer);
            let fetched = answer.partition(partition);
            for record in fetched.records() {
                let number = self.check_value(seed, partition, &record.value);
                self.promise(seed, partition, record.offset, number);
            }
        } else if self.random.chance(30) {
            let partition = i32::try_from(self.random.below(6)).expect("small");
            let end = self.promised.range((partition, 0)..(partition + 1, 0)).next_back();
            let end = end.map_or(0, |((_, offset), _)| offset + 1);
            let back = i64::try_from(self.random.below(20)).expect("small");
            let from = [(partition, (end - back).max(0))];
            let fetch = Fetch { wait_ms_max: 50, bytes_min: 1, ..Fetch::of(TOPIC, &from) };
            broker.client(client).send_fetch(&fetch);
            self.consumers[at] = Consumer { client, partition, waits: true };
        }
    }

    /// A value is one that was sent to this partition; returns its number.
    fn check_value(&self, seed: u64, partition: i32, bytes: &[u8]) -> u64 {
        let number = u64::from_be_bytes(*bytes.first_chunk().expect("a value of this load"));
        let (sent_to, len) = self.batches[&number];
        assert_eq!(sent_to, partition, "SEED={seed}: value {number} is in the wrong partition");
        assert_eq!(bytes, value(number, len), "SEED={seed}: value {number} is damaged");
        number
    }

    /// Reads everything and compares it with what was promised. Returns how many records there are.
    pub(super) fn judge(&mut self, broker: &mut Broker, keeps_promises: bool) -> usize {
        let seed = broker.setup.seed;
        let client = broker.connect();
        broker.until_topic(client, TOPIC, false);
        let mut count = 0;
        for partition in 0..PARTITIONS {
            let records = broker.read_all(client, TOPIC, partition, 0);
            let mut seen = BTreeMap::new();
            for (expected, record) in (0..).zip(&records) {
                assert_eq!(record.offset, expected, "SEED={seed}: partition {partition} has a hole");
                let number = self.check_value(seed, partition, &record.value);
                assert_eq!(seen.insert(number, expected), None, "SEED={seed}: {number} is there twice");
            }
            let promised = self.promised.range((partition, 0)..(partition + 1, 0));
            for (&(_, offset), number) in promised.filter(|_| keeps_promises) {
                assert_eq!(seen.get(number), Some(&offset), "SEED={seed}: {number} of partition {partition}");
            }
            count += records.len();
            // What is there now was served, and is promised from now on.
            self.promised.retain(|(of, _), _| *of != partition);
            self.promised.extend(seen.into_iter().map(|(number, offset)| ((partition, offset), number)));
        }
        broker.disconnect(client);
        count
    }
}

/// A value that says which one it is, with contents of its own.
fn value(number: u64, len: usize) -> Vec<u8> {
    let mut value = number.to_be_bytes().to_vec();
    let mut random = Random(number);
    while value.len() < len {
        value.extend(random.below(u64::MAX).to_be_bytes());
    }
    value.truncate(len);
    value
}

/// Load until about so many batches are acknowledged.
pub(super) fn load(ledger: &mut Ledger, broker: &mut Broker, acknowledged: u64) {
    let end = ledger.acknowledged + acknowledged;
    let deadline = broker.now().after(Duration::from_secs(120));
    while ledger.acknowledged < end {
        ledger.step(broker);
        assert!(broker.now() < deadline, "SEED={}: the load does not get on", broker.setup.seed);
    }
}

//! Producers and consumers at work on one topic until their broker dies, and the judgement over what it kept.

use crate::chance::Chance;
use crate::client::{self, Client, Failure, FetchFrom, Fetched};
use crate::history::{History, LogNumber, Promise, Seen, What};
use crate::ledger::{Ledger, batch_of};
use crate::record::{Record, records_of};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicI32, AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// Requests that a producer has under way at once.
const IN_FLIGHT_MAX: usize = 6;

/// Kafka's NOT_LEADER_OR_FOLLOWER.
const NOT_LEADER: i16 = 6;

/// The history of a topic over many lives of its broker.
#[derive(Debug)]
pub struct Load {
    topic: String,
    acks: i16,
    ledgers: Vec<Mutex<Ledger>>,
    /// What was asked and told, in the order of time, since that moment.
    history: Mutex<History>,
    began: Instant,
    /// How many lives the broker has had: watermarks are compared within one.
    lives: AtomicI32,
    next_id: AtomicU64,
    acknowledged: AtomicUsize,
    /// Error codes that producers were given.
    refused: Mutex<Vec<i16>>,
    /// Partitions move between directories, and have no leader for a moment: whoever reads asks again.
    may_move: bool,
    /// How long the acknowledgements of a life may take.
    patience: Duration,
}

impl Load {
    /// A load on the `partitions` of `topic`, which exists. `acks` as in a produce, not 0.
    #[must_use]
    pub fn new(topic: &str, partitions: i32, acks: i16) -> Load {
        assert!(acks != 0, "without acknowledgements nothing is promised");
        let mut history = History::default();
        for partition in 0..partitions {
            let (name, promise) = (format!("{topic}-{partition}"), Promise::default());
            history.note(0, What::Log { log: number_of(partition), name, promise });
        }
        Load {
            topic: topic.to_owned(),
            acks,
            history: Mutex::new(history),
            began: Instant::now(),
            lives: AtomicI32::new(0),
            ledgers: (0..partitions).map(|_| Mutex::default()).collect(),
            next_id: AtomicU64::new(1),
            acknowledged: AtomicUsize::new(0),
            refused: Mutex::default(),
            may_move: false,
            patience: crate::LONG,
        }
    }

    /// The same, where partitions move between log directories meanwhile.
    #[must_use]
    pub fn of_moving_partitions(self) -> Load {
        Load { may_move: true, ..self }
    }

    /// The same, whose acknowledgements may take so long.
    #[must_use]
    pub fn with_patience(self, patience: Duration) -> Load {
        Load { patience, ..self }
    }

    fn ledger(&self, partition: i32) -> MutexGuard<'_, Ledger> {
        // A poisoned ledger has already failed the test; the others go on to their end.
        let ledger = &self.ledgers[usize::try_from(partition).expect("an index")];
        ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes into the history, with the time.
    fn tell<T>(&self, write: impl FnOnce(&mut History, u64) -> T) -> T {
        let mut history = self.history.lock().unwrap_or_else(PoisonError::into_inner);
        let at = u64::try_from(self.began.elapsed().as_nanos()).expect("a test of less than centuries");
        write(&mut history, at)
    }

    fn partitions(&self) -> std::ops::Range<i32> {
        0..i32::try_from(self.ledgers.len()).expect("few partitions")
    }

    /// How many batches were acknowledged so far, in all lives together.
    #[must_use]
    pub fn acknowledged(&self) -> usize {
        self.acknowledged.load(Ordering::Relaxed)
    }

    /// The error codes that producers were given since the last call.
    ///
    /// # Panics
    /// When a producer has panicked.
    #[must_use]
    pub fn take_refusals(&self) -> Vec<i16> {
        std::mem::take(&mut self.refused.lock().expect("producers do not panic"))
    }

    /// Produces to and consumes from every partition until `batches` more are acknowledged, then calls `end`, which
    /// must end the broker's life, and returns when the clients have noticed.
    ///
    /// # Panics
    /// When a broker that lives answers nonsense, or acknowledges nothing for a long time.
    pub fn run(&self, address: SocketAddr, batches: usize, chance: &mut Chance, end: impl FnOnce()) {
        let target = self.acknowledged() + batches;
        self.lives.fetch_add(1, Ordering::Relaxed);
        thread::scope(|scope| {
            for partition in self.partitions() {
                let chance = Chance::new(chance.number());
                let (sent, to_answer) = sync_channel(IN_FLIGHT_MAX - 1);
                let sender = Client::open(address).expect("the broker takes connections");
                let receiver = Client { connection: sender.connection.split().expect("a descriptor") };
                scope.spawn(move || self.produce(partition, sender, &sent, chance));
                scope.spawn(move || self.acknowledge(partition, receiver, &to_answer));
                let consumer = Client::open(address).expect("the broker takes connections");
                scope.spawn(move || self.consume(partition, consumer));
            }
            let came = crate::comes_true(self.patience, || self.acknowledged() >= target);
            // In any case: the clients go on for as long as the broker does.
            end();
            let acknowledged = self.acknowledged();
            assert!(came, "{acknowledged} batches were acknowledged in {:?}, of {target}", self.patience);
        });
    }

    fn produce(&self, partition: i32, mut client: Client, sent: &SyncSender<Sending>, mut chance: Chance) {
        let (log, process) = (number_of(partition), 2 * number_of(partition));
        loop {
            // Mostly small batches, now and then one of about 100 KB.
            let count = if chance.below(40) == 0 { 300 } else { 1 + chance.below(12) };
            let first = self.next_id.fetch_add(count, Ordering::Relaxed);
            let ids: Vec<u64> = (first..first + count).collect();
            let batch = batch_of(&ids).seal();
            self.ledger(partition).on_send(&ids);
            let body = client::produce_body(&self.topic, partition, self.acks, &batch);
            let send = What::Send { log, ids: ids.clone(), transaction: None };
            let op = self.tell(|history, at| history.ask(at, process, send));
            if client.connection.send(client::PRODUCE, &body).is_err()
                || sent.send(Sending { op, ids }).is_err()
            {
                return;
            }
        }
    }

    fn acknowledge(&self, partition: i32, mut client: Client, sent: &Receiver<Sending>) {
        let process = 2 * number_of(partition);
        for Sending { op, ids } in sent {
            let Ok((_, mut answer)) = client.connection.receive() else { return };
            let produced = client::produced(&mut answer).expect("a sound answer");
            if produced.code == 0 {
                let base_offset = Some(produced.base_offset);
                self.tell(|history, at| history.answer(at, process, op, What::Sent { base_offset }));
                self.ledger(partition).on_acknowledged(&ids, produced.base_offset);
                self.acknowledged.fetch_add(1, Ordering::Relaxed);
            } else {
                self.refused.lock().expect("producers do not panic").push(produced.code);
                return;
            }
        }
    }

    /// Whether a consumer that is told so asks again.
    fn goes_on_at(&self, code: i16) -> bool {
        self.may_move && code == NOT_LEADER
    }

    fn consume(&self, partition: i32, mut client: Client) {
        let mut next = self.ledger(partition).end();
        let (log, process) = (number_of(partition), 2 * number_of(partition) + 1);
        loop {
            let poll = What::Poll { log, from: next, transaction: None };
            let op = self.tell(|history, at| history.ask(at, process, poll));
            let from =
                FetchFrom { wait_ms: 200, min_bytes: 1, ..FetchFrom::now(&self.topic, partition, next) };
            let Ok(fetched) = client.fetch(&from) else { return };
            if self.goes_on_at(fetched.code) {
                continue;
            }
            if fetched.code != 0 {
                return;
            }
            let records = records_of(&fetched.records).expect("a broker serves sound batches");
            let polled = self.polled(next, &fetched, &records);
            self.tell(|history, at| history.answer(at, process, op, polled));
            if let Some(last) = records.last() {
                next = last.offset + 1;
            }
            self.ledger(partition).on_shown(&records);
        }
    }

    fn polled(&self, from: i64, fetched: &Fetched, records: &[Record]) -> What {
        let &Fetched { high_watermark, last_stable_offset, log_start_offset, .. } = fetched;
        let mut records = seen(records);
        records.retain(|seen| seen.offset >= from);
        let epoch = self.lives.load(Ordering::Relaxed);
        What::Polled { from, records, epoch, high_watermark, last_stable_offset, log_start_offset }
    }

    /// Reads everything back and judges it; how many records there are.
    ///
    /// # Panics
    /// With the first thing that is wrong.
    pub fn check(&self, address: SocketAddr) -> usize {
        let mut client = Client::open(address).expect("the broker takes connections");
        let partitions = i32::try_from(self.ledgers.len()).expect("few partitions");
        client.await_leaders(&self.topic, partitions).expect("the topic is there");
        let mut count = 0;
        for partition in self.partitions() {
            let (log, end) = crate::wait_until("a partition to have a leader", crate::LONG, || {
                let read = client.read_all(&self.topic, partition, 0);
                let all = read.and_then(|log| Ok((log, client.list_offset(&self.topic, partition, -1)?.1)));
                match all {
                    Err(Failure::Code(code)) if self.goes_on_at(code) => None,
                    all => Some(all.expect("the topic can be read, and its end is known")),
                }
            });
            self.ledger(partition).check(&log);
            let audited =
                What::Audited { log: number_of(partition), log_start_offset: 0, records: seen(&log) };
            self.tell(|history, at| history.note(at, audited));
            count += log.len();
            assert_eq!(usize::try_from(end).ok(), Some(log.len()), "the end that ListOffsets tells");
        }
        let anomalies = self.tell(|history, _| history.check());
        assert!(anomalies.is_empty(), "no broker could have told all this: {anomalies:?}");
        count
    }

    /// Writes one more batch to every partition and judges again: a broker that recovered also goes on.
    ///
    /// # Panics
    /// When it does not.
    pub fn check_going_on(&self, address: SocketAddr) {
        let mut client = Client::open(address).expect("the broker takes connections");
        for partition in self.partitions() {
            let id = self.next_id.fetch_add(1, Ordering::Relaxed);
            let mut ledger = self.ledger(partition);
            ledger.on_send(&[id]);
            let (log, process) = (number_of(partition), 2 * number_of(partition));
            let send = What::Send { log, ids: vec![id], transaction: None };
            let op = self.tell(|history, at| history.ask(at, process, send));
            let produced = client.produce(&self.topic, partition, self.acks, &batch_of(&[id]).seal());
            let produced = produced.expect("an answer");
            assert_eq!(produced.code, 0, "a write after the recovery");
            ledger.on_acknowledged(&[id], produced.base_offset);
            let sent = What::Sent { base_offset: Some(produced.base_offset) };
            self.tell(|history, at| history.answer(at, process, op, sent));
        }
        self.check(address);
    }
}

/// A batch on its way: its question in the history, and its records.
#[derive(Debug)]
struct Sending {
    op: u64,
    ids: Vec<u64>,
}

/// A partition's log in the history.
fn number_of(partition: i32) -> LogNumber {
    LogNumber::try_from(partition).expect("a partition") + 1
}

/// Records as the history has them; the ledger has looked at their contents, or will.
fn seen(records: &[Record]) -> Vec<Seen> {
    let seen = |record: &Record| {
        let value = record.value.as_deref().unwrap_or_default();
        let id = value.first_chunk().map_or(0, |id| u64::from_be_bytes(*id));
        Seen { offset: record.offset, id, epoch: -1 }
    };
    records.iter().map(seen).collect()
}

/// A pause that is part of a scenario: the plug is pulled at some moment, not at a certain event.
pub fn at_some_moment(chance: &mut Chance, most: Duration) {
    let most = u64::try_from(most.as_micros()).expect("short");
    thread::sleep(Duration::from_micros(chance.below(most)));
}

//! A directory with everything in it goes from Kafka to Loglane, back, and back again: three log directories, records
//! that compaction has left, producers in the middle of their sequences, groups, configurations, transactions.
#![forbid(unsafe_code)]

use harness::client::FetchFrom;
use harness::driver::{Driver, Recipe};
use harness::record::{Batch, Record, now_ms};
use harness::{Broker, Kind, LONG, Peer, Scratch, wait_until};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

const BINARY: &str = env!("CARGO_BIN_EXE_loglane");

/// Of the topic `spread`: two for each log directory.
const PARTITIONS: i32 = 6;

/// Kafka's OUT_OF_ORDER_SEQUENCE_NUMBER.
const OUT_OF_ORDER: i16 = 45;

/// Kafka's OFFSET_OUT_OF_RANGE.
const OUT_OF_RANGE: i16 = 1;

/// What must be there, whoever serves it.
struct Story {
    peer: Peer,
    /// One producer: its id and epoch.
    producer: (i64, i16),
    /// Values in each partition of `spread`; the producer's next sequence is their number.
    spread: Vec<Vec<String>>,
    /// The newest value of each key of `compacted`, and the offsets at which records were left.
    compacted: BTreeMap<Vec<u8>, Vec<u8>>,
    left: BTreeSet<i64>,
    /// What the transactions have left, with their offsets.
    committed: Vec<(Recipe, Vec<i64>)>,
    /// Configurations that somebody has set: of the topic, of the broker.
    configs: Vec<Vec<String>>,
    /// How many values the group has seen.
    consumed: usize,
    /// Where the log of `trimmed` begins and ends.
    trimmed: (i64, i64),
    /// The log directories.
    dirs: [PathBuf; 3],
}

impl Story {
    fn driver(&self, broker: &Broker) -> Driver {
        Driver::java(&self.peer, &broker.bootstrap()).expect("the Java client starts")
    }

    /// Writes to every partition of `spread`, as the producer's next batch.
    fn write(&mut self, broker: &Broker, word: &str) {
        let mut client = broker.client();
        client.await_leaders("spread", PARTITIONS).expect("the topic is there");
        for (partition, values) in (0..).zip(&mut self.spread) {
            let sequence = i32::try_from(values.len()).expect("few");
            let value = format!("{word} {partition}");
            let batch = Batch::one(&value).by_producer(self.producer.0, self.producer.1, sequence).seal();
            let produced = client.produce("spread", partition, -1, &batch).expect("an answer");
            assert_eq!((produced.code, produced.base_offset), (0, i64::from(sequence)), "{word} {partition}");
            values.push(value);
        }
    }

    /// The producer's sequences go on where they were: what it repeats is known, what it leaves out is missed.
    fn check_sequences(&self, broker: &Broker) {
        let mut client = broker.client();
        client.await_leaders("spread", PARTITIONS).expect("the topic is there");
        for (partition, values) in (0..).zip(&self.spread) {
            let end = i32::try_from(values.len()).expect("few");
            let mut send = |sequence: i32| {
                let batch = Batch::one("again").by_producer(self.producer.0, self.producer.1, sequence);
                client.produce("spread", partition, -1, &batch.seal()).expect("an answer")
            };
            let repeated = send(end - 1);
            assert_eq!((repeated.code, repeated.base_offset), (0, i64::from(end - 1)), "{partition}");
            assert_eq!(send(end + 3).code, OUT_OF_ORDER, "partition {partition}");
        }
    }

    /// Writes to `trimmed`, and deletes some of what it has. No kill may bring that back from here on.
    fn trim(&mut self, broker: &Broker, driver: &mut Driver) {
        let mut client = broker.client();
        client.await_leaders("trimmed", 1).expect("the topic is there");
        for _ in 0..10 {
            let produced =
                client.produce("trimmed", 0, -1, &Batch::one("trimmed").seal()).expect("an answer");
            assert_eq!((produced.code, produced.base_offset), (0, self.trimmed.1));
            self.trimmed.1 += 1;
        }
        self.trimmed.0 += 7;
        let start = self.trimmed.0.to_string();
        let trim = [("topic", "trimmed"), ("partition", "0"), ("offset", start.as_str())];
        assert_eq!(driver.ask("delete-records", &trim).expect("records can be deleted"), [start.as_str()]);
        let row = format!("trimmed 0 {start}");
        let is_noted = || {
            let files =
                self.dirs.iter().map(|dir| fs::read_to_string(dir.join("log-start-offset-checkpoint")));
            files.flatten().any(|file| file.lines().any(|line| line == row))
        };
        if broker.is_loglane() {
            assert!(is_noted(), "noted before it is answered");
        } else {
            wait_until("Kafka to note where the log begins", LONG, || is_noted().then_some(()));
        }
    }

    fn check_trimmed(&self, broker: &Broker) {
        let mut client = broker.client();
        client.await_leaders("trimmed", 1).expect("the topic is there");
        let (start, end) = self.trimmed;
        assert_eq!(client.list_offset("trimmed", 0, -2).expect("an answer").1, start, "where it begins");
        assert_eq!(client.list_offset("trimmed", 0, -1).expect("an answer").1, end, "where it ends");
        let gone = client.fetch(&FetchFrom::now("trimmed", 0, start - 1)).expect("an answer");
        assert_eq!(gone.code, OUT_OF_RANGE);
        let log = client.read_all("trimmed", 0, start).expect("records");
        let offsets = log.iter().map(|record| record.offset).filter(|offset| *offset >= start);
        assert!(offsets.eq(start..end), "{start} to {end}");
    }

    fn check_records(&self, broker: &Broker, driver: &mut Driver) {
        let mut client = broker.client();
        for (partition, values) in (0..).zip(&self.spread) {
            let log = client.read_all("spread", partition, 0).expect("records");
            let text = |record: &Record| {
                String::from_utf8_lossy(record.value.as_ref().expect("a value")).into_owned()
            };
            assert_eq!(log.iter().map(text).collect::<Vec<_>>(), *values, "partition {partition}");
            assert!(log.iter().map(|record| record.offset).eq(0..i64::try_from(values.len()).expect("few")));
        }
        client.await_leaders("compacted", 1).expect("the topic is there");
        let log = client.read_all("compacted", 0, 0).expect("records");
        // Kafka may have gone on; it removes, and never adds.
        assert!(
            log.iter().all(|record| self.left.contains(&record.offset)),
            "what was removed does not come back"
        );
        assert_eq!(newest(&log), self.compacted);
        for (recipe, offsets) in &self.committed {
            let client = [("isolation.level", "read_committed")];
            let seen = driver.consume("tx", 0, offsets[0], recipe.count, &client).expect("records");
            recipe.expect(0, offsets, &seen);
        }
        assert_eq!(configs(driver), self.configs);
    }

    /// A member of the group gets what was written since, and nothing else.
    fn check_group(&mut self, driver: &mut Driver) {
        let total: usize = self.spread.iter().map(Vec::len).sum();
        let member = [("member", "one"), ("group", "workers"), ("topic", "spread")];
        driver.ask("join", &member).expect("the group takes it");
        let count = (total - self.consumed).to_string();
        let read = driver.ask("read", &[("count", &count)]).expect("what is new");
        let mut expected = Vec::new();
        for (partition, values) in self.spread.iter().enumerate() {
            let first = self.consumed / self.spread.len();
            expected.extend((first..values.len()).map(|offset| format!("one\t{partition}\t{offset}")));
        }
        let (read, expected): (BTreeSet<_>, BTreeSet<_>) =
            (read.into_iter().collect(), expected.into_iter().collect());
        assert_eq!(read, expected);
        driver.ask("quit", &[("member", "one")]).expect("it leaves");
        self.consumed = total;
    }

    /// One stay: everything is there, and goes on.
    fn stay(&mut self, broker: &Broker, word: &str) {
        let mut driver = self.driver(broker);
        self.check_sequences(broker);
        self.check_records(broker, &mut driver);
        self.check_trimmed(broker);
        self.trim(broker, &mut driver);
        self.check_trimmed(broker);
        self.write(broker, word);
        self.check_group(&mut driver);
        self.check_records(broker, &mut driver);
    }
}

/// The newest value of each key that has one.
fn newest(log: &[Record]) -> BTreeMap<Vec<u8>, Vec<u8>> {
    let mut newest = BTreeMap::new();
    for record in log {
        let key = record.key.clone().expect("a key");
        match &record.value {
            Some(value) => newest.insert(key, value.clone()),
            None => newest.remove(&key),
        };
    }
    newest
}

/// What somebody has set on the topic and on the broker.
fn configs(driver: &mut Driver) -> Vec<Vec<String>> {
    let mut set = |what: (&str, &str)| {
        let lines = driver.ask("configs", &[what]).expect("configurations");
        lines.into_iter().filter(|line| line.contains("DYNAMIC_")).collect()
    };
    vec![set(("topic", "compacted")), set(("broker", "1"))]
}

/// Writes keys over and over again, and some tombstones, until the cleaner has been there.
fn compact(broker: &Broker, driver: &mut Driver) -> Vec<Record> {
    let topic = [
        ("topic", "compacted"),
        ("partitions", "1"),
        ("config.cleanup.policy", "compact"),
        ("config.segment.bytes", "1048576"),
        ("config.min.cleanable.dirty.ratio", "0.01"),
        ("config.delete.retention.ms", "100"),
        ("config.segment.ms", "500"),
    ];
    driver.ask("create-topic", &topic).expect("a topic");
    let mut client = broker.client();
    client.await_leaders("compacted", 1).expect("the topic is there");
    let mut sent = 0;
    wait_until("the cleaner", 2 * LONG, || {
        for round in 0..30 {
            for key in 0..20u8 {
                let value = (key >= 5 || round % 2 == 0).then(|| vec![key; 5_000]);
                let record = Record { offset: 0, timestamp: now_ms(), key: Some(vec![key]), value };
                let batch = Batch::of(&[record]).seal();
                assert_eq!(client.produce("compacted", 0, 1, &batch).expect("an answer").code, 0);
                sent += 1;
            }
        }
        let log = client.read_all("compacted", 0, 0).expect("records");
        (log.len() * 2 < sent).then_some(log)
    })
}

fn dirs_in(scratch: &Scratch) -> [PathBuf; 3] {
    ["data", "second", "third"].map(|name| scratch.join(name))
}

fn begin(peer: &Peer, scratch: &Scratch) -> Broker {
    let mut kafka = Broker::new(Kind::Kafka(peer.clone()), scratch.path());
    kafka.set_combined();
    kafka.set("log.dirs", &dirs_in(scratch).map(|dir| dir.to_string_lossy().into_owned()).join(","));
    kafka.set("offsets.topic.num.partitions", "3").set("transaction.state.log.num.partitions", "3");
    kafka.set("log.cleaner.backoff.ms", "100").set("log.cleaner.threads", "1");
    // A Kafka that is killed forgets what it has deleted since.
    kafka.set("log.flush.start.offset.checkpoint.interval.ms", "100");
    kafka
}

fn fill(kafka: &Broker, peer: &Peer, scratch: &Scratch) -> Story {
    let mut driver = Driver::java(peer, &kafka.bootstrap()).expect("the Java client starts");
    let partitions = PARTITIONS.to_string();
    driver.ask("create-topic", &[("topic", "spread"), ("partitions", &partitions)]).expect("a topic");
    let log = compact(kafka, &mut driver);
    for topic in ["tx", "trimmed"] {
        driver.ask("create-topic", &[("topic", topic), ("partitions", "1")]).expect("a topic");
    }
    let mut committed = Vec::new();
    for (id, outcome) in [("first", "commit"), ("second", "abort"), ("third", "commit")] {
        let recipe = Recipe::rich(id, 10);
        let offsets = driver.transaction("tx", 0, &recipe, id, outcome).expect("a transaction");
        if outcome == "commit" {
            committed.push((recipe, offsets));
        }
    }
    for (what, key, value) in [
        (("topic", "compacted"), "max.message.bytes", "123456"),
        (("broker", "1"), "log.retention.ms", "987654321"),
    ] {
        driver.ask("set-config", &[what, ("key", key), ("value", value)]).expect("it can be set");
    }
    // Kafka answers before it has applied what was set.
    let configs = wait_until("the configurations to be applied", LONG, || {
        let configs = configs(&mut driver);
        let has = |set: &[String], what: &str| set.iter().any(|line| line.starts_with(what));
        let is_applied = has(&configs[0], "retention.ms\t987654321\t")
            && has(&configs[0], "max.message.bytes\t123456\t")
            && has(&configs[1], "log.retention.ms\t987654321\t");
        is_applied.then_some(configs)
    });
    let producer = kafka.client().init_producer_id().expect("a producer id");
    let mut story = Story {
        peer: peer.clone(),
        producer,
        spread: vec![Vec::new(); PARTITIONS as usize],
        compacted: newest(&log),
        left: log.iter().map(|record| record.offset).collect(),
        committed,
        configs,
        consumed: 0,
        trimmed: (0, 0),
        dirs: dirs_in(scratch),
    };
    story.trim(kafka, &mut driver);
    for word in ["a", "b", "c"] {
        story.write(kafka, word);
    }
    story.check_group(&mut driver);
    story
}

#[test]
fn everything_goes_to_loglane_back_and_back_again_after_clean_stops() {
    travel("clean", Broker::stop);
}

#[test]
fn everything_goes_to_loglane_back_and_back_again_after_kills() {
    travel("killed", Broker::kill);
}

fn travel(name: &str, end: fn(&mut Broker)) {
    let Some(peer) = Peer::or_skip() else { return };
    let loglane = || Kind::Loglane(PathBuf::from(BINARY));
    let scratch = Scratch::new(&format!("round-trip-{name}"));
    let mut kafka = begin(&peer, &scratch);
    kafka.start();
    let mut story = fill(&kafka, &peer, &scratch);
    for dir in &story.dirs {
        let names = fs::read_dir(dir).expect("a folder").flatten();
        let found = names.filter(|entry| entry.file_name().to_string_lossy().starts_with("spread-")).count();
        assert!(found > 0, "{} has a share", dir.display());
    }
    end(&mut kafka);

    let mut here = kafka.taken_over_by(loglane());
    here.start();
    story.stay(&here, "here");
    end(&mut here);
    here.start();
    story.stay(&here, "here again");
    end(&mut here);

    let mut kafka = here.taken_over_by(Kind::Kafka(peer.clone()));
    kafka.start();
    story.stay(&kafka, "home");
    end(&mut kafka);

    let mut here = kafka.taken_over_by(loglane());
    here.start();
    story.stay(&here, "back");
    here.stop();
    let log = fs::read_to_string(scratch.join("broker.log")).expect("both have written it");
    assert!(!log.contains("is not used") && !log.contains("-stray"), "{log}");
}

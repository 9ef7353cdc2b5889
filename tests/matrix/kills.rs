//! A broker that is killed and restarted while a family produces and consumes.

use crate::members::{Group, PATIENCE};
use crate::stage::Stage;
use harness::driver::{Driver, Refused};
use harness::history::{History, LogNumber, Promise, Seen, What};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

const PARTITIONS: i32 = 3;
/// Acknowledgements between two blows.
const STRETCH: usize = 200;

/// The numbers of records, by partition and offset.
type Records = BTreeMap<(i32, i64), String>;

/// What a producer was told.
#[derive(Debug, Default)]
struct Told {
    /// The number of the record that was acknowledged, by partition and offset.
    acknowledged: Records,
    /// What the client said of records that it has given up: they may be there or not.
    given_up: Vec<String>,
}

impl Told {
    fn on_line(&mut self, line: &str) {
        if let Some(refused) = Refused::parse(line) {
            panic!("the producer: {refused:?}");
        }
        let fields: Vec<&str> = line.split('\t').collect();
        match fields[..] {
            ["acked", n, partition, offset] => {
                let at = (partition.parse().expect("a partition"), offset.parse().expect("an offset"));
                let before = self.acknowledged.insert(at, n.to_owned());
                assert_eq!(before, None, "two records are acknowledged at {at:?}");
            }
            ["failed-record", ..] => self.given_up.push(line.to_owned()),
            _ => panic!("the producer says {line:?}"),
        }
    }

    /// Waits for so many more acknowledgements.
    fn wait(&mut self, producer: &mut Driver, group: &mut Group, more: usize) {
        let target = self.acknowledged.len() + more;
        let start = Instant::now();
        while self.acknowledged.len() < target {
            producer.said().iter().for_each(|(_, line)| self.on_line(line));
            group.listen();
            let (count, given_up) = (self.acknowledged.len(), self.given_up.last());
            assert!(
                start.elapsed() < PATIENCE,
                "{count} of {target} acknowledgements; last given up: {given_up:?}"
            );
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

/// Produces and consumes through a kill, a clean restart and another kill, and compares what was promised, what was
/// shown, and what is there.
pub(crate) fn nothing_acknowledged_is_lost(stage: &mut Stage) {
    stage.create_topic("battered", PARTITIONS);
    let mut group = Group::new(stage, "watchers", "battered");
    group.join(stage, "watcher");
    group.wait_until_shared(PARTITIONS);
    let mut producer = stage.another_driver();
    let partitions = PARTITIONS.to_string();
    let codec = stage.family.codecs.last().expect("at least one");
    producer.tell("load", &[("topic", "battered"), ("partitions", &partitions), ("codec", codec)]);
    let mut told = Told::default();
    for blow in ["kill", "restart", "kill"] {
        told.wait(&mut producer, &mut group, STRETCH);
        if blow == "kill" {
            stage.kill_broker();
        } else {
            stage.broker.stop();
            stage.broker.start();
        }
    }
    told.wait(&mut producer, &mut group, STRETCH);
    producer.tell("stop", &[]);
    let last = producer.rest().unwrap_or_else(|refused| panic!("the producer: {refused:?}"));
    last.iter().for_each(|line| told.on_line(line));
    check(stage, &mut group, &told);
}

fn check(stage: &mut Stage, group: &mut Group, told: &Told) {
    let mut log = BTreeMap::new();
    let mut numbers = BTreeSet::new();
    for partition in 0..PARTITIONS {
        let (_, end) =
            stage.broker.client().list_offset("battered", partition, -1).expect("the end is known");
        let count = usize::try_from(end).expect("an end");
        let seen = stage.driver.consume("battered", partition, 0, count, &[]).expect("the topic can be read");
        let mut before = -1;
        for record in seen {
            assert!(numbers.insert(record.value.clone()), "record {} is there twice", record.value);
            // An idempotent producer also keeps the order.
            let ordered: i64 = record.value.parse().expect("a number");
            assert!(ordered > before, "{partition}:{}: {ordered} stands behind {before}", record.offset);
            before = ordered;
            log.insert((partition, record.offset), record.value);
        }
    }
    assert!(log.len() <= told.acknowledged.len() + told.given_up.len(), "nothing is there that nobody sent");
    group.wait("everything to be shown", |group| log.keys().all(|at| group.shown.contains_key(at)));
    assert_eq!(group.shown, log, "what was shown is what is there");
    let anomalies = history_of(told, &group.shown, &log).check();
    assert!(anomalies.is_empty(), "no broker could have told all this: {anomalies:?}");
    group.leave("watcher");
}

/// What clients were told, as a history: what was sent in the order of its numbers, what was shown, what is there.
fn history_of(told: &Told, shown: &Records, log: &Records) -> History {
    let number = |text: &str| text.parse::<u64>().expect("a number");
    let number_of = |partition: i32| LogNumber::try_from(partition).expect("a partition") + 1;
    let of_partition = |records: &Records, partition: i32| -> Vec<Seen> {
        let records = records.range((partition, 0)..=(partition, i64::MAX));
        records.map(|((_, offset), id)| Seen { offset: *offset, id: number(id), epoch: -1 }).collect()
    };
    let mut history = History::default();
    for partition in 0..PARTITIONS {
        let (name, promise) = (format!("battered-{partition}"), Promise::default());
        history.note(0, What::Log { log: number_of(partition), name, promise });
    }
    let acknowledged = told.acknowledged.iter().map(|(at, id)| (number(id), (at.0, Some(at.1))));
    let mut sent: BTreeMap<u64, (i32, Option<i64>)> = acknowledged.collect();
    for ((partition, _), id) in log {
        sent.entry(number(id)).or_insert((*partition, None));
    }
    for (id, (partition, base_offset)) in sent {
        let send = What::Send { log: number_of(partition), ids: vec![id], transaction: None };
        let op = history.ask(1, 1, send);
        if base_offset.is_some() {
            history.answer(1, 1, op, What::Sent { base_offset });
        }
    }
    for partition in 0..PARTITIONS {
        let number = number_of(partition);
        let op = history.ask(2, 2, What::Poll { log: number, from: 0, transaction: None });
        let records = of_partition(shown, partition);
        let (epoch, high_watermark, last_stable_offset, log_start_offset) = (-1, -1, -1, -1);
        let polled =
            What::Polled { from: 0, records, epoch, high_watermark, last_stable_offset, log_start_offset };
        history.answer(2, 2, op, polled);
        let records = of_partition(log, partition);
        history.note(2, What::Audited { log: number, log_start_offset: 0, records });
    }
    history
}

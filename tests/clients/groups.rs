//! Consumers of groups: partitions are shared, every record is read once, and the group goes on where it was.

use crate::{java, python, started};
use harness::driver::Driver;
use harness::ledger::batch_of;
use harness::{Broker, Scratch};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

const TOPIC: &str = "shared";
const PARTITIONS: i32 = 6;

/// Records in each partition, each time.
const COUNT: usize = 20;

/// The longest that a group takes to share its partitions on a slow machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Members of a group in one program.
struct Members<'a> {
    driver: &'a mut Driver,
    group: &'a str,
    settings: Vec<(&'static str, &'static str)>,
}

impl Members<'_> {
    fn join(&mut self, member: &str, more: &[(&str, &str)]) {
        let mut arguments: Vec<(String, String)> = self
            .settings
            .iter()
            .chain(more)
            .map(|(key, value)| (format!("client.{key}"), (*value).to_owned()))
            .collect();
        for (key, value) in [("member", member), ("group", self.group), ("topic", TOPIC)] {
            arguments.push((key.to_owned(), value.to_owned()));
        }
        let arguments: Vec<_> = arguments.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        self.driver.ask("join", &arguments).expect("a consumer is made");
    }

    fn quit(&mut self, member: &str) {
        self.driver.ask("quit", &[("member", member)]).expect("a consumer that closes");
    }

    /// Waits until the members of this program have so many partitions; who has which.
    fn converge(&mut self, partitions: i32) -> BTreeMap<String, BTreeSet<i32>> {
        let partitions = partitions.to_string();
        let lines = self.driver.ask("converge", &[("partitions", &partitions)]).expect("an assignment");
        let of_line = |line: &String| {
            let (member, numbers) = line.split_once('\t').expect("two fields");
            let numbers = numbers.split(',').map(|number| number.parse().expect("a number")).collect();
            (member.to_owned(), numbers)
        };
        lines.iter().map(of_line).collect()
    }

    /// Waits until each of the members has its share of all partitions: no assignor moves any after that. A cooperative
    /// group first hands out what nobody has to give back, and in that moment every partition has one owner, too.
    fn settle(&mut self, members: usize) -> BTreeMap<String, BTreeSet<i32>> {
        let share = PARTITIONS as usize / members;
        let deadline = Instant::now() + PATIENCE;
        loop {
            let had = self.converge(PARTITIONS);
            if had.len() == members && had.values().all(|has| has.len() == share) {
                return had;
            }
            assert!(Instant::now() < deadline, "{members} members do not share evenly: {had:?}");
        }
    }

    /// Reads so many records, each by the member that has its partition; commits.
    fn read(&mut self, had: &BTreeMap<String, BTreeSet<i32>>, count: usize) -> BTreeSet<(i32, i64)> {
        let count_text = count.to_string();
        let lines = self.driver.ask("read", &[("count", &count_text)]).expect("the records");
        let mut seen = BTreeSet::new();
        for line in &lines {
            let fields: Vec<&str> = line.split('\t').collect();
            let (partition, offset) =
                (fields[1].parse().expect("a number"), fields[2].parse().expect("a number"));
            assert!(had[fields[0]].contains(&partition), "{line}: {had:?}");
            assert!(seen.insert((partition, offset)), "{line}: twice");
        }
        assert_eq!(seen.len(), count);
        seen
    }
}

/// All of six partitions, each once.
fn assert_shared(had: &BTreeMap<String, BTreeSet<i32>>) {
    let all: Vec<i32> = had.values().flatten().copied().collect();
    assert_eq!(all.len(), PARTITIONS as usize, "{had:?}");
    assert_eq!(all.into_iter().collect::<BTreeSet<i32>>(), (0..PARTITIONS).collect(), "{had:?}");
}

fn fill(broker: &Broker) {
    let mut client = broker.client();
    for partition in 0..PARTITIONS {
        let ids: Vec<u64> = (0..COUNT as u64).collect();
        let batch = batch_of(&ids).seal();
        assert_eq!(client.produce(TOPIC, partition, -1, &batch).expect("an answer").code, 0);
    }
}

fn expected(round: usize) -> BTreeSet<(i32, i64)> {
    let first = (round * COUNT) as i64;
    let offsets = first..first + COUNT as i64;
    (0..PARTITIONS).flat_map(|partition| offsets.clone().map(move |offset| (partition, offset))).collect()
}

/// Members come and go, the broker is restarted, and every record is read once.
fn check_sharing(scratch: &Scratch, open: fn(&Broker) -> Option<Driver>, strategy: &'static str) {
    let mut broker = Broker::under_test(super::BINARY, scratch.path());
    broker.set("group.initial.rebalance.delay.ms", "500");
    broker.start();
    let Some(mut driver) = open(&broker) else { return };
    broker.client().create_topic(TOPIC, PARTITIONS, &[]).expect("a topic can be created");
    let settings = vec![("partition.assignment.strategy", strategy), ("session.timeout.ms", "30000")];
    let mut members = Members { driver: &mut driver, group: "readers", settings };
    members.join("ann", &[]);
    members.join("bob", &[("group.instance.id", "static-bob")]);
    assert_shared(&members.settle(2));
    members.join("cid", &[]);
    let had = members.settle(3);
    assert_shared(&had);
    fill(&broker);
    assert_eq!(members.read(&had, COUNT * PARTITIONS as usize), expected(0));
    // One goes: the others have its partitions, from where it has committed.
    members.quit("ann");
    let had = members.settle(2);
    assert_shared(&had);
    fill(&broker);
    assert_eq!(members.read(&had, COUNT * PARTITIONS as usize), expected(1));
    // A static member that is restarted gets what it had, and nobody else notices.
    members.quit("bob");
    members.join("bob", &[("group.instance.id", "static-bob")]);
    assert_eq!(members.converge(PARTITIONS), had);
    // The broker is restarted under the group.
    broker.stop();
    broker.start();
    fill(&broker);
    assert_eq!(members.read(&had, COUNT * PARTITIONS as usize), expected(2));
    assert_eq!(members.converge(PARTITIONS), had);
}

#[test]
fn java_consumers_share_a_topic() {
    let assignor = "org.apache.kafka.clients.consumer.RangeAssignor";
    check_sharing(&Scratch::new("java-groups"), java, assignor);
}

#[test]
fn cooperative_java_consumers_share_a_topic() {
    let assignor = "org.apache.kafka.clients.consumer.CooperativeStickyAssignor";
    check_sharing(&Scratch::new("java-cooperative"), java, assignor);
}

#[test]
fn librdkafka_consumers_share_a_topic() {
    check_sharing(&Scratch::new("python-groups"), python, "range");
}

#[test]
fn cooperative_librdkafka_consumers_share_a_topic() {
    check_sharing(&Scratch::new("python-cooperative"), python, "cooperative-sticky");
}

#[test]
fn clients_of_two_kinds_share_a_group() {
    let scratch = Scratch::new("mixed-groups");
    let broker = started(&scratch);
    let (Some(mut java), Some(mut python)) = (java(&broker), python(&broker)) else { return };
    broker.client().create_topic(TOPIC, PARTITIONS, &[]).expect("a topic can be created");
    let of = |driver, assignor| Members {
        driver,
        group: "mixed",
        settings: vec![("partition.assignment.strategy", assignor)],
    };
    let mut ours = of(&mut java, "org.apache.kafka.clients.consumer.RangeAssignor");
    let mut theirs = of(&mut python, "range");
    ours.join("java", &[]);
    theirs.join("python", &[]);
    let (had, others) = std::thread::scope(|scope| {
        let others = scope.spawn(|| theirs.converge(PARTITIONS / 2));
        (ours.converge(PARTITIONS / 2), others.join().expect("the other kind"))
    });
    assert_shared(&had.iter().chain(&others).map(|(name, has)| (name.clone(), has.clone())).collect());
    fill(&broker);
    let half = COUNT * PARTITIONS as usize / 2;
    let mut seen = ours.read(&had, half);
    seen.extend(theirs.read(&others, half));
    assert_eq!(seen, expected(0));
}

//! Ten thousand partitions, in one topic and in as many topics: made, listed, written to, stopped, killed, and there
//! again. Figures go to standard error; what is asserted is what must hold on any machine.
#![forbid(unsafe_code)]

use harness::client::{CREATE_TOPICS, Client, LIST_OFFSETS, METADATA, PRODUCE};
use harness::record::Batch;
use harness::wire::{Answer, Api, Message, Short};
use harness::{Broker, Kind, Scratch};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

const BINARY: &str = env!("CARGO_BIN_EXE_loglane");

const PARTITIONS: i32 = 10_000;

/// What the broker may have open, however many partitions are in use.
const DESCRIPTORS_MAX: usize = 20_000;

/// What it may have open when nobody uses any.
const IDLE_DESCRIPTORS_MAX: usize = 500;

/// What it may take beyond its budget: the budget is of what it asks for, not of what the allocator keeps.
const MEMORY_MIB: u64 = 512;
const RESIDENT_BYTES_MAX: u64 = MEMORY_MIB * 1024 * 1024 * 21 / 20;

/// An answer about thousands of partitions may take its time on a small and busy machine.
const PATIENCE: Duration = Duration::from_secs(300);

/// Topics, or partitions, in one request.
const PER_REQUEST: i32 = 500;

/// Creates partitions (version 1).
const CREATE_PARTITIONS: Api = Api { key: 37, version: 1 };

/// How the partitions are spread over topics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    OneTopic,
    OnePartitionEach,
}

#[test]
fn ten_thousand_partitions_of_one_topic() {
    live(Shape::OneTopic);
}

#[test]
fn ten_thousand_topics_of_one_partition() {
    live(Shape::OnePartitionEach);
}

fn live(shape: Shape) {
    let scratch = Scratch::new("many-partitions");
    let mut broker = Broker::new(Kind::Loglane(PathBuf::from(BINARY)), scratch.path());
    broker.set("loglane.memory", &format!("{MEMORY_MIB}m"));
    broker.start_within(PATIENCE);
    let partitions = told(shape, "created", || create(&mut client(&broker), shape));
    told(shape, "listed and described", || expect_leaders(&mut client(&broker), &partitions));
    check_idle(&broker, shape, "after the creation");

    told(shape, "stopped, empty", || broker.stop_within(PATIENCE));
    told(shape, "started, empty", || broker.start_within(PATIENCE));
    told(shape, "listed and described", || expect_leaders(&mut client(&broker), &partitions));

    told(shape, "first batch everywhere", || produce(&mut client(&broker), &partitions, 0));
    told(shape, "second batch everywhere", || produce(&mut client(&broker), &partitions, 1));
    check_limits(&broker, shape, "in use");
    told(shape, "offsets asked for", || expect_ends(&mut client(&broker), &partitions, 2));

    told(shape, "stopped, in use", || broker.stop_within(PATIENCE));
    told(shape, "started after a clean stop", || broker.start_within(PATIENCE));
    check_idle(&broker, shape, "after a clean stop");
    told(shape, "offsets asked for", || expect_ends(&mut client(&broker), &partitions, 2));
    told(shape, "third batch everywhere", || produce(&mut client(&broker), &partitions, 2));

    broker.kill();
    told(shape, "started after a kill", || broker.start_within(PATIENCE));
    check_idle(&broker, shape, "after a kill");
    told(shape, "offsets asked for", || expect_ends(&mut client(&broker), &partitions, 3));
    told(shape, "fourth batch everywhere", || produce(&mut client(&broker), &partitions, 3));
    expect_records(&mut client(&broker), &partitions);
    check_limits(&broker, shape, "in use again");
    broker.stop_within(PATIENCE);
}

fn client(broker: &Broker) -> Client {
    let mut client = broker.client();
    client.connection.answer_within(PATIENCE).expect("the socket takes a limit");
    client
}

fn told<T>(shape: Shape, what: &str, act: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = act();
    eprintln!("{shape:?}: {what} in {:.3} s", start.elapsed().as_secs_f64());
    result
}

/// Nobody uses any partition: next to nothing is open, and hardly anything happens.
fn check_idle(broker: &Broker, shape: Shape, when: &str) {
    let before = broker.process().cpu_seconds();
    // The span that is measured, not a guess about when something is over.
    let span = Duration::from_secs(2);
    std::thread::sleep(span);
    let busy = (broker.process().cpu_seconds() - before) / span.as_secs_f64();
    eprintln!("{shape:?}: idle {when}: {:.1} % of a core", busy * 100.0);
    let open = check_limits(broker, shape, when);
    assert!(open <= IDLE_DESCRIPTORS_MAX, "{open} descriptors are open for idle partitions {when}");
}

/// Descriptors and memory keep their bounds; returns how many descriptors are open.
fn check_limits(broker: &Broker, shape: Shape, when: &str) -> usize {
    let (open, resident) = (broker.process().open_files(), broker.process().resident_bytes());
    eprintln!("{shape:?}: {when}: {open} descriptors, {} MiB", resident >> 20);
    assert!(open <= DESCRIPTORS_MAX, "{open} descriptors are open {when}");
    assert!(resident <= RESIDENT_BYTES_MAX, "{} MiB are resident {when}", resident >> 20);
    open
}

/// Topics with how many partitions each has.
type Partitions = BTreeMap<String, i32>;

fn create(client: &mut Client, shape: Shape) -> Partitions {
    match shape {
        Shape::OneTopic => {
            // One request makes ten thousand records at most, and the topic itself is one of them.
            let first = create_topics(client, &["many".to_owned()], PARTITIONS - 1);
            let offers_more = client.api_versions().expect("an answer").iter().any(|(key, _, _)| *key == 37);
            let count = if offers_more { PARTITIONS } else { PARTITIONS - 1 };
            if offers_more {
                let body = Message::new().i32(1).string("many").i32(count).i32(-1).i32(60_000).i8(0);
                let mut answer = client.connection.call(CREATE_PARTITIONS, &body).expect("an answer");
                let code = created_code(&mut answer).expect("well formed");
                assert_eq!(code, [0], "the topic grows");
            }
            first.into_keys().map(|topic| (topic, count)).collect()
        }
        Shape::OnePartitionEach => {
            let names: Vec<String> = (0..PARTITIONS).map(|number| format!("topic-{number:05}")).collect();
            let requests = names.chunks(usize::try_from(PER_REQUEST).expect("small"));
            requests.flat_map(|names| create_topics(client, names, 1)).collect()
        }
    }
}

fn create_topics(client: &mut Client, names: &[String], partitions: i32) -> Partitions {
    let mut body = Message::new().i32(i32::try_from(names.len()).expect("few"));
    for name in names {
        body = body.string(name).i32(partitions).i16(1).i32(0).i32(0);
    }
    let mut answer =
        client.connection.call(CREATE_TOPICS, &body.i32(300_000).i8(0)).expect("topics are created");
    let codes = created_code(&mut answer).expect("well formed");
    assert_eq!(codes, vec![0; names.len()], "all topics are created");
    names.iter().map(|name| (name.clone(), partitions)).collect()
}

/// The error codes of CreateTopics and CreatePartitions, which answer alike.
fn created_code(answer: &mut Answer) -> Result<Vec<i16>, Short> {
    let _throttle = answer.i32()?;
    let mut codes = Vec::new();
    for _ in 0..answer.count()? {
        let _name = answer.string()?;
        codes.push(answer.i16()?);
        let _message = answer.string()?;
    }
    Ok(codes)
}

/// All topics in one answer, each partition with a leader.
fn expect_leaders(client: &mut Client, partitions: &Partitions) {
    let body = Message::new().i32(-1).i8(0);
    let mut answer = client.connection.call(METADATA, &body).expect("the topics are listed");
    let found = leaders(&mut answer).expect("well formed");
    assert!(found == *partitions, "{} of {} topics are as they should be", found.len(), partitions.len());
}

/// Topics and how many of their partitions have a leader.
fn leaders(answer: &mut Answer) -> Result<Partitions, Short> {
    let _throttle = answer.i32()?;
    for _ in 0..answer.count()? {
        let (_id, _host, _port, _rack) = (answer.i32()?, answer.string()?, answer.i32()?, answer.string()?);
    }
    let (_cluster, _controller) = (answer.string()?, answer.i32()?);
    let mut found = Partitions::new();
    for _ in 0..answer.count()? {
        let (_code, name, _internal) = (answer.i16()?, answer.string()?, answer.i8()?);
        let mut led = 0;
        for _ in 0..answer.count()? {
            let (code, _index, leader) = (answer.i16()?, answer.i32()?, answer.i32()?);
            led += i32::from(code == 0 && leader >= 0);
            let _leader_epoch = answer.i32()?;
            for _ in 0..3 {
                let count = answer.count()?;
                answer.take(count * 4)?;
            }
        }
        found.insert(name, led);
    }
    Ok(found)
}

/// The partitions in requests of some hundred: for each the topics with their partitions' numbers.
fn requests(partitions: &Partitions) -> Vec<Vec<(&str, Vec<i32>)>> {
    let all: Vec<(&str, i32)> = partitions
        .iter()
        .flat_map(|(topic, count)| (0..*count).map(move |number| (&**topic, number)))
        .collect();
    let by_topic = |chunk: &[(&'_ str, i32)]| -> Vec<(usize, Vec<i32>)> {
        let mut topics: Vec<(usize, Vec<i32>)> = Vec::new();
        for (at, (topic, number)) in chunk.iter().enumerate() {
            match topics.last_mut() {
                Some((first, numbers)) if chunk[*first].0 == *topic => numbers.push(*number),
                _ => topics.push((at, vec![*number])),
            }
        }
        topics
    };
    all.chunks(usize::try_from(PER_REQUEST).expect("small"))
        .map(|chunk| by_topic(chunk).into_iter().map(|(at, numbers)| (chunk[at].0, numbers)).collect())
        .collect()
}

/// A request's topics and partitions, each partition with what `field` adds.
fn listing(head: Message, topics: &[(&str, Vec<i32>)], field: impl Fn(Message) -> Message) -> Message {
    let count = |len: usize| i32::try_from(len).expect("few");
    let mut body = head.i32(count(topics.len()));
    for (topic, numbers) in topics {
        body = body.string(topic).i32(count(numbers.len()));
        for number in numbers {
            body = field(body.i32(*number));
        }
    }
    body
}

/// Produces one batch to every partition, which becomes the one at `offset`. Requests follow each other without
/// waiting for answers, as a producer's do.
fn produce(client: &mut Client, partitions: &Partitions, offset: i64) {
    let batch = Batch::one(&format!("record {offset}")).seal();
    let requests = requests(partitions);
    let head = || Message::new().null_string().i16(-1).i32(300_000);
    for topics in &requests {
        let body = listing(head(), topics, |body| body.blob(&batch));
        client.connection.send(PRODUCE, &body).expect("a produce is sent");
    }
    for topics in &requests {
        let (_, mut answer) = client.connection.receive().expect("a produce is answered");
        let expected = topics.iter().map(|(_, numbers)| numbers.len()).sum::<usize>();
        let offsets = produced(&mut answer).expect("well formed");
        assert!(offsets.iter().all(|answered| *answered == (0, offset)), "{offsets:?}");
        assert_eq!(offsets.len(), expected);
    }
}

/// Error code and base offset of each partition.
fn produced(answer: &mut Answer) -> Result<Vec<(i16, i64)>, Short> {
    let mut offsets = Vec::new();
    for _ in 0..answer.count()? {
        let _name = answer.string()?;
        for _ in 0..answer.count()? {
            let _index = answer.i32()?;
            offsets.push((answer.i16()?, answer.i64()?));
            let (_append_time, _log_start) = (answer.i64()?, answer.i64()?);
        }
    }
    Ok(offsets)
}

/// Every partition ends at `end`.
fn expect_ends(client: &mut Client, partitions: &Partitions, end: i64) {
    for topics in requests(partitions) {
        let head = Message::new().i32(-1).i8(0);
        let body = listing(head, &topics, |body| body.i32(-1).i64(-1));
        let mut answer = client.connection.call(LIST_OFFSETS, &body).expect("offsets are listed");
        let ends = ends(&mut answer).expect("well formed");
        assert!(ends.iter().all(|answered| *answered == (0, end)), "{ends:?}");
    }
}

fn ends(answer: &mut Answer) -> Result<Vec<(i16, i64)>, Short> {
    let _throttle = answer.i32()?;
    let mut ends = Vec::new();
    for _ in 0..answer.count()? {
        let _name = answer.string()?;
        for _ in 0..answer.count()? {
            let (_index, code, _timestamp, offset) =
                (answer.i32()?, answer.i16()?, answer.i64()?, answer.i64()?);
            let _leader_epoch = answer.i32()?;
            ends.push((code, offset));
        }
    }
    Ok(ends)
}

/// A partition here and there has its records.
fn expect_records(client: &mut Client, partitions: &Partitions) {
    let all = partitions.iter().flat_map(|(topic, count)| (0..*count).map(move |number| (topic, number)));
    for (topic, number) in all.step_by(997) {
        let records = client.read_all(topic, number, 0).expect("records are read");
        let values: Vec<String> = records
            .iter()
            .map(|record| String::from_utf8_lossy(record.value.as_deref().unwrap_or_default()).into_owned())
            .collect();
        assert_eq!(values, ["record 0", "record 1", "record 2", "record 3"], "{topic}-{number}");
    }
}

//! Clients that nobody here wrote: Kafka's Java client, librdkafka from Python, and kcat. Each gets back exactly what
//! was sent.
#![forbid(unsafe_code)]

mod groups;
mod offsets;
mod topics;

use harness::driver::{Driver, Recipe};
use harness::{Broker, LONG, Peer, Scratch, ensure_command, skip_missing};
use std::process::Command;

const BINARY: &str = env!("CARGO_BIN_EXE_loglane");

const CODECS: [&str; 5] = ["none", "gzip", "snappy", "lz4", "zstd"];

fn started(scratch: &Scratch) -> Broker {
    let mut broker = Broker::under_test(BINARY, scratch.path());
    broker.start();
    broker
}

fn java(broker: &Broker) -> Option<Driver> {
    let peer = Peer::or_skip()?;
    Some(Driver::java(&peer, &broker.bootstrap()).expect("the Java client starts"))
}

fn python(broker: &Broker) -> Option<Driver> {
    let driver = Driver::python(&broker.bootstrap());
    driver.inspect_err(|error| skip_missing(&format!("confluent-kafka: {error}"))).ok()
}

/// Settings of a producer, as the option names of both client libraries have them.
type Settings = Vec<(&'static str, &'static str)>;

/// Every codec, acknowledgement and kind of batch at least once.
fn ways_to_produce() -> Vec<(String, Settings)> {
    let mut ways = Vec::new();
    for codec in CODECS {
        ways.push((
            format!("idempotent-{codec}"),
            vec![
                ("acks", "all"),
                ("enable.idempotence", "true"),
                ("compression.type", codec),
                ("linger.ms", "20"),
            ],
        ));
    }
    for acks in ["0", "1", "all"] {
        ways.push((
            format!("plain-acks-{acks}"),
            vec![("acks", acks), ("enable.idempotence", "false"), ("linger.ms", "20")],
        ));
        ways.push((
            format!("singles-acks-{acks}"),
            vec![("acks", acks), ("enable.idempotence", "false"), ("linger.ms", "0"), ("batch.size", "1")],
        ));
    }
    ways
}

/// Sends in every way into partitions of their own and reads each back with `reader`.
fn check_every_way(broker: &Broker, writer: &mut Driver, mut reader: Option<&mut Driver>, topic: &str) {
    let ways = ways_to_produce();
    let partitions = i32::try_from(ways.len()).expect("few ways");
    broker.client().create_topic(topic, partitions, &[]).expect("a topic can be created");
    for (partition, (name, settings)) in (0..).zip(ways) {
        let recipe = Recipe::rich(&name, 50);
        let told = writer.produce(topic, partition, &recipe, &settings);
        let told = told.unwrap_or_else(|refused| panic!("{name}: {refused:?}"));
        let offsets: Vec<i64> = (0..50).collect();
        if name.ends_with("acks-0") {
            assert!(
                told.iter().all(|offset| *offset == -1),
                "{name}: nothing is told without acknowledgements"
            );
        } else {
            assert_eq!(told, offsets, "{name}: the offsets that were told");
        }
        let reader = reader.as_deref_mut().unwrap_or(&mut *writer);
        let seen = reader.consume(topic, partition, 0, recipe.count, &[]);
        recipe.expect(partition, &offsets, &seen.unwrap_or_else(|refused| panic!("{name}: {refused:?}")));
    }
}

#[test]
fn the_java_client_reads_what_it_wrote() {
    let scratch = Scratch::new("java");
    let broker = started(&scratch);
    let Some(mut java) = java(&broker) else { return };
    check_every_way(&broker, &mut java, None, "java");
}

#[test]
fn librdkafka_reads_what_it_wrote() {
    let scratch = Scratch::new("librdkafka");
    let broker = started(&scratch);
    let Some(mut python) = python(&broker) else { return };
    check_every_way(&broker, &mut python, None, "librdkafka");
}

#[test]
fn the_java_client_and_librdkafka_read_each_other() {
    let scratch = Scratch::new("each-other");
    let broker = started(&scratch);
    let (Some(mut java), Some(mut python)) = (java(&broker), python(&broker)) else { return };
    check_every_way(&broker, &mut java, Some(&mut python), "from-java");
    check_every_way(&broker, &mut python, Some(&mut java), "from-librdkafka");
}

#[test]
fn everything_works_on_epoll_too() {
    let scratch = Scratch::new("epoll");
    let mut broker = Broker::under_test(BINARY, scratch.path());
    broker.set("loglane.io.backend", "epoll");
    broker.start();
    let Some(mut python) = python(&broker) else { return };
    check_every_way(&broker, &mut python, None, "epoll");
    broker.stop();
    broker.start();
    let kept =
        broker.client().read_all("epoll", partition_of("plain-acks-all"), 0).expect("a readable topic");
    assert_eq!(kept.len(), 50);
}

fn partition_of(way: &str) -> i32 {
    let at = ways_to_produce().iter().position(|(name, _)| name == way).expect("a way of the list");
    i32::try_from(at).expect("few ways")
}

#[test]
fn kcat_reads_what_it_wrote() {
    if !ensure_command("kcat", "kcat") {
        return;
    }
    let scratch = Scratch::new("kcat");
    let broker = started(&scratch);
    broker.client().create_topic("kcat", 2, &[]).expect("a topic can be created");
    let bootstrap = broker.bootstrap();
    for codec in CODECS {
        let lines: String = (0..100).map(|n| format!("key{n}:{codec} value {n}\n")).collect();
        let input = scratch.join("input");
        std::fs::write(&input, &lines).expect("the folder can be written");
        let written = Command::new("kcat")
            .args(["-P", "-b", &bootstrap, "-t", "kcat", "-p", "1", "-K", ":", "-z", codec, "-X", "acks=all"])
            .args(["-H", "name=value", "-l"])
            .arg(&input)
            .output()
            .expect("kcat runs");
        assert!(written.status.success(), "{codec}: {}", String::from_utf8_lossy(&written.stderr));
        let read = Command::new("kcat")
            .args([
                "-C",
                "-b",
                &bootstrap,
                "-t",
                "kcat",
                "-p",
                "1",
                "-o",
                "-100",
                "-e",
                "-q",
                "-f",
                "%k:%s|%h\n",
            ])
            .output()
            .expect("kcat runs");
        assert!(read.status.success(), "{codec}: {}", String::from_utf8_lossy(&read.stderr));
        let expected = lines.replace('\n', "|name=value\n");
        assert_eq!(String::from_utf8_lossy(&read.stdout), expected, "{codec}");
    }
    let listed = Command::new("kcat").args(["-L", "-b", &bootstrap]).output().expect("kcat runs");
    let listed = String::from_utf8_lossy(&listed.stdout);
    assert!(listed.contains("topic \"kcat\" with 2 partitions"), "{listed}");
}

#[test]
fn a_consumer_at_the_end_sees_a_record_as_soon_as_it_is_there() {
    let scratch = Scratch::new("tail");
    let broker = started(&scratch);
    let mut producer = broker.client();
    producer.create_topic("tail", 1, &[]).expect("a topic can be created");
    let mut consumer = broker.client();
    for round in 0..20 {
        let from = harness::client::FetchFrom {
            wait_ms: 120_000,
            min_bytes: 1,
            ..harness::client::FetchFrom::now("tail", 0, round)
        };
        let body = harness::client::fetch_body(&from);
        consumer.connection.send(harness::client::FETCH, &body).expect("the broker reads");
        let batch = harness::record::Batch::one(&format!("round {round}")).seal();
        let produced = producer.produce("tail", 0, 1, &batch).expect("an answer");
        assert_eq!((produced.code, produced.base_offset), (0, round));
        consumer.connection.answer_within(LONG).expect("a connected socket");
        let (_, mut answer) =
            consumer.connection.receive().expect("an answer long before the fetch's own deadline");
        let fetched = harness::client::fetched(&mut answer).expect("a sound answer");
        let records = harness::record::records_of(&fetched.records).expect("sound batches");
        assert_eq!(records.len(), 1, "round {round}: the new record and nothing before it");
        assert_eq!(records[0].value.as_deref(), Some(format!("round {round}").as_bytes()));
    }
}

#[test]
fn large_records_pass_whole() {
    let scratch = Scratch::new("large");
    let broker = started(&scratch);
    let (Some(mut java), Some(mut python)) = (java(&broker), python(&broker)) else { return };
    broker.client().create_topic("large", 2, &[("max.message.bytes", "20000000")]).expect("a topic");
    let recipe = Recipe { size: 6_000_000, ..Recipe::plain("large", 5) };
    let client = [("max.request.size", "20000000"), ("buffer.memory", "60000000")];
    let offsets = java.produce("large", 0, &recipe, &client).expect("a produce");
    recipe.expect(0, &offsets, &java.consume("large", 0, 0, 5, &[]).expect("the records"));
    recipe.expect(0, &offsets, &python.consume("large", 0, 0, 5, &[]).expect("the records"));
    let offsets =
        python.produce("large", 1, &recipe, &[("message.max.bytes", "20000000")]).expect("a produce");
    recipe.expect(1, &offsets, &java.consume("large", 1, 0, 5, &[]).expect("the records"));
    let too_large = Recipe { size: 25_000_000, ..Recipe::plain("too-large", 1) };
    let client = [("max.request.size", "90000000"), ("buffer.memory", "90000000")];
    let refused = java.produce("large", 0, &too_large, &client).expect_err("more than the topic allows");
    assert_eq!(refused.kind, "RecordTooLargeException");
}

#[test]
fn five_hundred_partitions_are_written_and_read_and_come_back() {
    let scratch = Scratch::new("many");
    let mut broker = Broker::under_test(BINARY, scratch.path());
    broker.start();
    let mut client = broker.client();
    client.create_topic("many", 500, &[]).expect("a topic can be created");
    for partition in 0..500 {
        let id = u64::try_from(partition).expect("not negative");
        let produced = client.produce("many", partition, 1, &harness::ledger::batch_of(&[id]).seal());
        assert_eq!(produced.expect("an answer").code, 0);
    }
    for clean in [true, false] {
        if clean {
            broker.stop()
        } else {
            broker.kill()
        }
        broker.start();
        let mut client = broker.client();
        client.await_leaders("many", 500).expect("the topic is there");
        for partition in 0..500 {
            let log = client.read_all("many", partition, 0).expect("the topic can be read");
            let id = u64::try_from(partition).expect("not negative");
            assert_eq!(log[0].value, Some(harness::ledger::value_of(id)));
            assert_eq!(log.len(), 1);
        }
    }
}

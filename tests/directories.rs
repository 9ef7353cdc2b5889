//! Data directories go from Kafka to Loglane and back, and Kafka's own tools read them.
#![forbid(unsafe_code)]

use harness::client::FetchFrom;
use harness::driver::{Driver, Recipe};
use harness::record::{records_of, split_batch};
use harness::{Broker, Kind, Peer, Scratch};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

const BINARY: &str = env!("CARGO_BIN_EXE_loglane");

/// What a partition is known to hold, in order: the records of a recipe at their offsets.
struct Written {
    topic: String,
    partition: i32,
    recipe: Recipe,
    offsets: Vec<i64>,
}

/// What was written so far, and how to write and read it.
struct Story {
    peer: Peer,
    written: Vec<Written>,
}

impl Story {
    fn driver(&self, broker: &Broker) -> Driver {
        Driver::java(&self.peer, &broker.bootstrap()).expect("the Java client starts")
    }

    fn write(
        &mut self,
        driver: &mut Driver,
        topic: &str,
        partition: i32,
        recipe: Recipe,
        client: &[(&str, &str)],
    ) {
        let offsets = driver.produce(topic, partition, &recipe, client).expect("a produce");
        self.written.push(Written { topic: topic.to_owned(), partition, recipe, offsets });
    }

    /// Everything that was committed is served, to a reader who wants only that.
    fn check(&self, driver: &mut Driver) {
        for written in &self.written {
            let client = [("isolation.level", "read_committed")];
            let Written { topic, partition, recipe, offsets } = written;
            let seen = driver.consume(topic, *partition, offsets[0], recipe.count, &client);
            let seen = seen.unwrap_or_else(|refused| panic!("{topic}-{partition}: {refused:?}"));
            recipe.expect(*partition, offsets, &seen);
        }
    }
}

/// Settings that both brokers get, and that make small things happen soon.
fn settle(broker: &mut Broker) {
    broker.set_combined();
    broker.set("log.segment.bytes", "1048576");
    broker.set("transaction.state.log.num.partitions", "3");
    broker.set("offsets.topic.num.partitions", "3");
}

/// Topics with everything in them that a directory can hold.
fn fill(story: &mut Story, broker: &Broker, driver: &mut Driver) {
    for codec in ["none", "gzip", "snappy", "lz4", "zstd"] {
        let topic = format!("codec-{codec}");
        driver.ask("create-topic", &[("topic", &topic), ("partitions", "2")]).expect("a topic");
        let settings = [("compression.type", codec), ("linger.ms", "20")];
        story.write(driver, &topic, 0, Recipe::rich(codec, 100), &settings);
        let large = Recipe { size: 2000, ..Recipe::plain(&format!("large-{codec}"), 900) };
        story.write(driver, &topic, 1, large, &settings);
    }
    let stamped =
        [("topic", "stamped"), ("partitions", "1"), ("config.message.timestamp.type", "LogAppendTime")];
    driver.ask("create-topic", &stamped).expect("a topic");
    story.write(driver, "stamped", 0, Recipe::plain("stamped", 20), &[]);
    let compacted = [("topic", "compacted"), ("partitions", "1"), ("config.cleanup.policy", "compact")];
    driver.ask("create-topic", &compacted).expect("a topic");
    story.write(driver, "compacted", 0, Recipe { keys: true, ..Recipe::plain("compacted", 20) }, &[]);
    driver.ask("create-topic", &[("topic", "gone"), ("partitions", "2")]).expect("a topic");
    driver.produce("gone", 0, &Recipe::plain("gone", 5), &[]).expect("a produce");
    driver.ask("delete-topic", &[("topic", "gone")]).expect("a topic can be deleted");
    driver.ask("create-topic", &[("topic", "trimmed"), ("partitions", "1")]).expect("a topic");
    driver.produce("trimmed", 0, &Recipe::plain("trimmed", 30), &[]).expect("a produce");
    if !broker.client().offers_or_skip(21, "DeleteRecords").expect("an answer") {
        return;
    }
    let trim = [("topic", "trimmed"), ("partition", "0"), ("offset", "12")];
    assert_eq!(driver.ask("delete-records", &trim).expect("records can be deleted"), ["12"]);
}

/// Transactions of every outcome in one partition.
fn fill_transactions(story: &mut Story, driver: &mut Driver) {
    driver.ask("create-topic", &[("topic", "tx"), ("partitions", "1")]).expect("a topic");
    let mut write = |prefix: &str, outcome: &str| {
        let recipe = Recipe::rich(prefix, 10);
        let offsets = driver.transaction("tx", 0, &recipe, prefix, outcome).expect("a transaction");
        if outcome == "commit" {
            story.written.push(Written { topic: "tx".into(), partition: 0, recipe, offsets });
        }
    };
    write("first-committed", "commit");
    write("aborted", "abort");
    write("second-committed", "commit");
    write("aborted-too", "abort");
    write("third-committed", "commit");
}

/// What both brokers must say of the offsets. A Kafka that is killed may forget for a minute that records were deleted.
fn check_offsets(driver: &mut Driver, earliest: &[&str]) {
    let mut offset = |topic: &str, at: &str, committed: &str| -> String {
        let arguments = [("topic", topic), ("partition", "0"), ("at", at), ("committed", committed)];
        let lines = driver.ask("offset", &arguments).expect("an offset");
        lines[0].split('\t').next().expect("an offset").to_owned()
    };
    assert!(earliest.contains(&offset("trimmed", "earliest", "false").as_str()));
    assert_eq!(offset("trimmed", "latest", "false"), "30");
    assert_eq!(offset("codec-zstd", "latest", "false"), "100");
    // Five transactions of ten records and a marker each.
    assert_eq!(offset("tx", "latest", "false"), "55");
    assert_eq!(offset("tx", "latest", "true"), "55");
}

#[test]
fn a_directory_that_kafka_closed_is_served_and_goes_back() {
    check_there_and_back("closed", true);
}

#[test]
fn a_directory_of_a_killed_kafka_is_served_and_goes_back() {
    check_there_and_back("killed", false);
}

fn check_there_and_back(name: &str, clean: bool) {
    let Some(peer) = Peer::or_skip() else { return };
    let scratch = Scratch::new(name);
    let mut story = Story { peer: peer.clone(), written: Vec::new() };
    let mut broker = Broker::new(Kind::Kafka(peer.clone()), scratch.path());
    settle(&mut broker);
    broker.start();
    let mut driver = story.driver(&broker);
    fill(&mut story, &broker, &mut driver);
    fill_transactions(&mut story, &mut driver);
    story.check(&mut driver);
    check_offsets(&mut driver, &["12"]);
    let topics = driver.ask("topics", &[]).expect("a list");
    if clean {
        broker.stop()
    } else {
        broker.kill()
    }

    let mut broker = under_test(broker, &peer);
    broker.start();
    let mut driver = story.driver(&broker);
    assert_eq!(driver.ask("topics", &[]).expect("a list"), topics);
    story.check(&mut driver);
    check_offsets(&mut driver, if clean { &["12"] } else { &["0", "12"] });
    story.write(&mut driver, "codec-zstd", 0, Recipe::rich("after", 50), &[("compression.type", "zstd")]);
    driver.ask("create-topic", &[("topic", "new"), ("partitions", "3")]).expect("a topic");
    story.write(&mut driver, "new", 2, Recipe::rich("new", 50), &[]);
    story.check(&mut driver);
    if clean {
        broker.stop()
    } else {
        broker.kill()
    }

    let mut broker = broker.taken_over_by(Kind::Kafka(peer));
    broker.start();
    let mut driver = story.driver(&broker);
    story.check(&mut driver);
    story.write(&mut driver, "new", 0, Recipe::rich("home", 50), &[]);
    story.check(&mut driver);
}

/// The other half of the way: the broker under test goes on where Kafka stopped.
fn under_test(broker: Broker, peer: &Peer) -> Broker {
    if std::env::var("BROKER").is_ok_and(|broker| broker == "kafka") {
        broker.taken_over_by(Kind::Kafka(peer.clone()))
    } else {
        broker.taken_over_by(Kind::Loglane(PathBuf::from(BINARY)))
    }
}

#[test]
fn kafka_reads_and_serves_what_was_written() {
    let Some(peer) = Peer::or_skip() else { return };
    let scratch = Scratch::new("dump");
    let mut story = Story { peer: peer.clone(), written: Vec::new() };
    let mut broker = Broker::under_test(BINARY, scratch.path());
    settle(&mut broker);
    broker.start();
    let mut driver = story.driver(&broker);
    fill(&mut story, &broker, &mut driver);
    drop(driver);
    broker.stop();

    let data = broker.data();
    let sums = sums_of(&data);
    assert_eq!(sums.is_empty(), !broker.is_loglane());
    for written in &story.written {
        let folder = data.join(format!("{}-{}", written.topic, written.partition));
        let files = files_of(&folder, &["log", "index", "timeindex"]);
        let dump = peer.tool("kafka-dump-log", &["--files", &files, "--print-data-log", "--deep-iteration"]);
        let dump = dump.expect("the tool can read it");
        assert!(!dump.contains("mismatch") && !dump.contains("Mismatch"), "{dump}");
        assert!(!dump.contains("isvalid: false"), "{dump}");
        for n in 0..written.recipe.count {
            let value = written.recipe.value(n);
            assert!(
                value == "-" || dump.contains(&format!("payload: {value}")),
                "{value} is not in the dump"
            );
        }
    }
    let log = files_of(&data.join("__cluster_metadata-0"), &["log"]);
    let dump = peer.tool("kafka-dump-log", &["--files", &log, "--cluster-metadata-decoder"]);
    let dump = dump.expect("the tool can read it");
    for expected in
        ["REGISTER_BROKER_RECORD", "FEATURE_LEVEL_RECORD", "TOPIC_RECORD", "PARTITION_RECORD", "codec-zstd"]
    {
        assert!(dump.contains(expected), "{expected} is not in\n{dump}");
    }
    assert!(!dump.contains("isvalid: false"), "{dump}");

    let mut broker = broker.taken_over_by(Kind::Kafka(peer));
    broker.start();
    let mut driver = story.driver(&broker);
    story.check(&mut driver);
    story.write(&mut driver, "codec-lz4", 1, Recipe::rich("kafka", 50), &[]);
    story.check(&mut driver);
    drop(driver);
    broker.stop();

    // Kafka has left the checksums alone; those of what it has written since are not held against it.
    if !sums.is_empty() {
        assert_eq!(sums_of(&data), sums);
        let mut doctor = Command::new(BINARY);
        doctor.args(["doctor", "--data"]).arg(&data);
        let said = harness::run(&mut doctor, "", Duration::from_secs(60)).expect("the binary runs");
        assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stdout));
    }
    let mut broker = under_test(broker, &story.peer);
    broker.start();
    let mut driver = story.driver(&broker);
    story.check(&mut driver);
}

/// The broker's own checksums in all partitions: files and what is in them.
fn sums_of(data: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let below = |path: &Path| fs::read_dir(path).expect("a directory").flatten().map(|entry| entry.path());
    let partitions: Vec<PathBuf> = below(data).filter(|path| path.is_dir()).collect();
    let files = partitions.iter().flat_map(|partition| below(partition));
    // The metadata log goes on wherever it is led.
    let wanted = files.filter(|path| {
        path.extension().is_some_and(|extension| extension == "loglane-sums")
            && !path.starts_with(data.join("__cluster_metadata-0"))
    });
    let mut sums: Vec<(PathBuf, Vec<u8>)> =
        wanted.map(|path| (path.clone(), fs::read(path).expect("a file"))).collect();
    sums.sort();
    sums
}

/// The files of a folder with these endings, joined by commas as the tool wants them.
fn files_of(folder: &Path, endings: &[&str]) -> String {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let paths = entries.flatten().map(|entry| entry.path());
    let wanted = paths.filter(|path| path.extension().is_some_and(|have| endings.iter().any(|e| have == *e)));
    let mut names: Vec<_> = wanted.map(|path| path.to_string_lossy().into_owned()).collect();
    names.sort();
    names.join(",")
}

/// Segments that were damaged while the broker was down: what is served is right or refused, never wrong.
#[test]
fn a_flipped_bit_is_never_served() {
    const PARTITIONS: i32 = 32;
    let scratch = Scratch::new("bit");
    let mut broker = Broker::under_test(BINARY, scratch.path());
    if !broker.is_loglane() {
        harness::skip("Kafka serves what stands in the file and leaves the check to its clients");
        return;
    }
    broker.start();
    let mut client = broker.client();
    client.create_topic("bit", PARTITIONS, &[]).expect("a topic can be created");
    let mut sound = Vec::new();
    for partition in 0..PARTITIONS {
        for id in 0..20 {
            let batch = harness::ledger::batch_of(&[id, id + 100]).seal();
            assert_eq!(client.produce("bit", partition, -1, &batch).expect("an answer").code, 0);
        }
        sound.push(client.read_all("bit", partition, 0).expect("the topic can be read"));
    }
    let mut chance = harness::Chance::from_env();
    for clean in [true, false] {
        if clean {
            broker.stop()
        } else {
            broker.kill()
        }
        for partition in 0..PARTITIONS {
            let segment = broker.data().join(format!("bit-{partition}/00000000000000000000.log"));
            let mut bytes = fs::read(&segment).expect("the segment is there");
            // Behind the checksum of its batch: what lies before is not covered by Kafka's format.
            let position = covered_position(&bytes, &mut chance);
            bytes[position] ^= 1 << chance.below(8);
            fs::write(&segment, bytes).expect("the segment can be written");
        }
        broker.start();
        let mut client = broker.client();
        for (partition, sound) in (0..).zip(&sound) {
            for offset in (0..40).step_by(2) {
                let from = FetchFrom { max_bytes: 1, ..FetchFrom::now("bit", partition, offset) };
                let fetched = client.fetch(&from).expect("an answer");
                let records = records_of(&fetched.records).expect("only sound batches are served");
                for record in records {
                    assert_eq!(record, sound[usize::try_from(record.offset).expect("an index")]);
                }
            }
        }
    }
}

/// A byte of some batch behind its checksum.
fn covered_position(segment: &[u8], chance: &mut harness::Chance) -> usize {
    loop {
        let position = usize::try_from(chance.below(segment.len() as u64)).expect("an index");
        let mut start = 0;
        while let Some((batch, _)) = split_batch(&segment[start..]) {
            if (start + 21..start + batch.len()).contains(&position) {
                return position;
            }
            start += batch.len();
        }
    }
}

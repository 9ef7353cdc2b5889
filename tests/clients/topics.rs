//! Topics as the Java admin client makes, changes and deletes them, and how they come about by themselves.

use crate::{BINARY, java, started};
use harness::driver::Recipe;
use harness::{Broker, LONG, Scratch, wait_until};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

#[test]
fn asking_for_a_topic_makes_it_where_that_is_allowed() {
    for enabled in [true, false] {
        let scratch = Scratch::new("auto");
        let mut broker = Broker::under_test(BINARY, scratch.path());
        broker.set("num.partitions", "4").set("auto.create.topics.enable", &enabled.to_string());
        broker.start();
        let mut client = broker.client();
        assert_eq!(client.metadata("quiet", false).expect("an answer").code, 3, "nobody wants it made");
        let first = client.metadata("auto", true).expect("an answer");
        assert_eq!((first.code, first.partitions.len()), (3, 0), "it is not there yet");
        if enabled {
            let made = wait_until("the topic to be there", LONG, || {
                let seen = client.metadata("auto", false).expect("an answer");
                (seen.code == 0).then_some(seen)
            });
            assert_eq!(made.partitions.len(), 4);
            assert_eq!(
                client.metadata("no/such", true).expect("an answer").code,
                17,
                "INVALID_TOPIC_EXCEPTION"
            );
        }
        assert_eq!(client.metadata("quiet", false).expect("an answer").code, 3);
        if !enabled {
            assert_eq!(client.metadata("auto", false).expect("an answer").code, 3);
        }
    }
}

#[test]
fn a_producer_may_begin_with_a_topic_that_is_not_there() {
    let scratch = Scratch::new("begin");
    let broker = started(&scratch);
    let Some(mut java) = java(&broker) else { return };
    let recipe = Recipe::rich("begin", 20);
    let offsets = java.produce("begin", 0, &recipe, &[]).expect("a produce");
    assert_eq!(offsets, (0..20).collect::<Vec<i64>>());
    recipe.expect(0, &offsets, &java.consume("begin", 0, 0, 20, &[]).expect("the records"));
}

#[test]
fn a_topic_that_is_made_again_is_another_one() {
    let scratch = Scratch::new("again");
    let broker = started(&scratch);
    let Some(mut java) = java(&broker) else { return };
    for life in 0..5 {
        java.ask("create-topic", &[("topic", "again"), ("partitions", "2")]).expect("a topic");
        let exists = java.ask("create-topic", &[("topic", "again"), ("partitions", "2")]);
        assert_eq!(exists.expect_err("it exists").kind, "TopicExistsException");
        let recipe = Recipe::plain(&format!("life{life}"), 7);
        let offsets = java.produce("again", 1, &recipe, &[]).expect("a produce");
        assert_eq!(offsets[0], 0, "the new topic is empty");
        recipe.expect(1, &offsets, &java.consume("again", 1, 0, 7, &[]).expect("the records"));
        java.ask("delete-topic", &[("topic", "again")]).expect("a topic can be deleted");
        let gone = java.ask("describe-topic", &[("topic", "again")]);
        assert_eq!(gone.expect_err("it is gone").kind, "UnknownTopicOrPartitionException");
    }
    let gone = java.ask("delete-topic", &[("topic", "again")]);
    assert_eq!(gone.expect_err("it is gone").kind, "UnknownTopicOrPartitionException");
}

#[test]
fn a_topic_grows_and_keeps_what_it_has() {
    let scratch = Scratch::new("grow");
    let broker = started(&scratch);
    if !broker.client().offers_or_skip(37, "CreatePartitions").expect("an answer") {
        return;
    }
    let Some(mut java) = java(&broker) else { return };
    java.ask("create-topic", &[("topic", "grow"), ("partitions", "2")]).expect("a topic");
    let recipe = Recipe::plain("before", 10);
    let offsets = java.produce("grow", 1, &recipe, &[]).expect("a produce");
    java.ask("create-partitions", &[("topic", "grow"), ("partitions", "6")]).expect("more partitions");
    let fewer = java.ask("create-partitions", &[("topic", "grow"), ("partitions", "4")]);
    assert_eq!(fewer.expect_err("never fewer").kind, "InvalidPartitionsException");
    assert_eq!(java.ask("describe-topic", &[("topic", "grow")]).expect("a description").len(), 6);
    recipe.expect(1, &offsets, &java.consume("grow", 1, 0, 10, &[]).expect("the records"));
    let late = Recipe::plain("after", 10);
    let offsets = java.produce("grow", 5, &late, &[]).expect("a produce");
    late.expect(5, &offsets, &java.consume("grow", 5, 0, 10, &[]).expect("the records"));
}

#[test]
fn the_cluster_describes_itself() {
    let scratch = Scratch::new("cluster");
    let broker = started(&scratch);
    let Some(mut java) = java(&broker) else { return };
    let lines = java.ask("describe-cluster", &[]).expect("a description");
    let cluster = lines[0].strip_prefix("cluster\t").expect("the id first");
    assert_eq!(cluster.len(), 22, "{cluster}");
    assert_eq!(lines[1], "controller\t1");
    let port = broker.address().port();
    assert_eq!(lines[2..], [format!("node\t1\t127.0.0.1\t{port}")]);
}

/// Keys, defaults, types and whether they can be changed are Kafka's: `configs.txt`, written by
/// `UPDATE=1 BROKER=kafka cargo test --test clients configs`.
#[test]
fn configs_are_those_of_kafka() {
    let scratch = Scratch::new("configs");
    let broker = started(&scratch);
    if !broker.client().offers_or_skip(32, "DescribeConfigs").expect("an answer") {
        return;
    }
    let Some(mut java) = java(&broker) else { return };
    let create = [("topic", "configs"), ("partitions", "1"), ("config.retention.ms", "77777")];
    java.ask("create-topic", &create).expect("a topic");
    let mut rows = BTreeMap::new();
    for (kind, name) in [("topic", "configs"), ("broker", "1")] {
        for line in java.ask("configs", &[(kind, name)]).expect("a description") {
            let fields: Vec<&str> = line.split('\t').collect();
            let [key, value, source, type_name, read_only] = fields[..] else {
                panic!("five fields: {line}")
            };
            // What is set differs from broker to broker; what is not set must have the same default.
            let value = if source == "DEFAULT_CONFIG" { value } else { "set" };
            rows.insert(format!("{kind} {key}"), format!("{value} {type_name} read-only={read_only}"));
        }
    }
    let table = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients/configs.txt");
    if std::env::var_os("UPDATE").is_some() {
        assert!(!broker.is_loglane(), "the table says what a real Kafka answers: BROKER=kafka");
        let mut text = String::new();
        for (key, row) in &rows {
            writeln!(text, "{key}: {row}").expect("a string takes everything");
        }
        fs::write(&table, text).expect("the table can be written");
    }
    let text = fs::read_to_string(&table).expect("the table is there");
    let mut differences = String::new();
    for (key, wanted) in text.lines().filter_map(|line| line.split_once(": ")) {
        let got = rows.get(key).map_or("missing", String::as_str);
        // A key that only one of the two has set has its type and changeability still.
        let comparable = |row: &str| row.split_once(' ').map(|(_, rest)| rest.to_owned());
        let either_set = wanted.starts_with("set ") || got.starts_with("set ");
        let same = if either_set { comparable(wanted) == comparable(got) } else { wanted == got };
        if !same {
            writeln!(differences, "{key}\n    wanted {wanted}\n    got    {got}").expect("a string");
        }
    }
    let ours = |key: &&String| !text.contains(&format!("{key}: ")) && !key.contains(" loglane.");
    for key in rows.keys().filter(ours) {
        writeln!(differences, "{key}\n    Kafka has no such key").expect("a string");
    }
    assert!(differences.is_empty(), "configs that differ:\n{differences}");
}

//! Requests that would write more than a batch of the metadata log holds, or fill a resource.

use super::*;
use crate::metadata::BATCH_BYTES_MAX;

const TOO_LARGE: &str = "The request would write more than 4194304 bytes of metadata; change less at once.";

fn resource(kind: i8, name: &str) -> ConfigResource {
    ConfigResource { kind, name: name.to_owned() }
}

fn alter_all(cluster: &mut Cluster, changes: Vec<ConfigChange>) -> Vec<String> {
    let decision = cluster.controller.incremental_alter_configs(changes, &RULES, false);
    cluster.take(decision).into_iter().map(|(_, answer)| said(answer)).collect()
}

fn keys(count: usize, value: &str) -> Vec<(String, ConfigEdit)> {
    (0..count).map(|key| (format!("key.{key}"), set(value))).collect()
}

#[test]
fn configurations_of_more_bytes_than_a_batch_are_refused_as_a_whole() {
    let mut cluster = Cluster::ready();
    let end = cluster.controller.next_offset();
    let long = "v".repeat(32_000);
    let small = ConfigChange { resource: resource(ConfigResource::BROKER, "1"), edits: keys(1, "v") };
    let large = ConfigChange { resource: resource(ConfigResource::BROKER, ""), edits: keys(300, &long) };
    assert_eq!(alter_all(&mut cluster, vec![small, large]), [TOO_LARGE, TOO_LARGE]);
    let group = |number: u32| ConfigChange {
        resource: resource(ConfigResource::GROUP, &format!("{number}{}", "g".repeat(32_000))),
        edits: vec![("consumer.session.timeout.ms".to_owned(), set("50000"))],
    };
    assert_eq!(alter_all(&mut cluster, (0..300).map(group).collect()), vec![TOO_LARGE; 300]);
    let decision = cluster.controller.legacy_alter_configs((0..300).map(group).collect(), &RULES, false);
    assert!(cluster.take(decision).into_iter().all(|(_, answer)| said(answer) == TOO_LARGE));
    assert_eq!(cluster.controller.next_offset(), end);
}

#[test]
fn new_topics_with_configurations_of_more_bytes_than_a_batch_are_refused_as_a_whole() {
    let mut cluster = Cluster::ready();
    let end = cluster.controller.next_offset();
    let throttled = "0:1,".repeat(8_000);
    let new = |number: u32| {
        let configs = [("leader.replication.throttled.replicas", Some(throttled.trim_end_matches(',')))];
        configured(&format!("t{number}"), &configs)
    };
    let answers = cluster.create((0..300).map(new).collect());
    assert!(answers.iter().all(|answer| answer.ends_with(TOO_LARGE)), "{}", answers[0]);
    assert_eq!(cluster.controller.next_offset(), end);
    assert_eq!(cluster.create((0..3).map(new).collect()), ["t0: created", "t1: created", "t2: created"]);
}

#[test]
fn a_brokers_number_is_written_in_one_way_however_it_was_spelt() {
    let mut cluster = Cluster::ready();
    let spelt = format!("{}1", "0".repeat(32_000));
    let change = ConfigChange { resource: resource(ConfigResource::BROKER, &spelt), edits: keys(260, "v") };
    let decision = cluster.controller.incremental_alter_configs(vec![change.clone()], &RULES, false);
    let answers = cluster.take(decision);
    assert_eq!(
        answers,
        [(resource(ConfigResource::BROKER, &spelt), Ok(()))],
        "the answer names what was asked for"
    );
    let image = cluster.controller.image();
    assert_eq!(image.config(&ConfigResource::broker(NODE), "key.7"), Some("v"));
    assert!(!image.configs.contains_key(&change.resource));
    let again = ConfigChange { resource: resource(ConfigResource::BROKER, "1"), ..change.clone() };
    let twice = "Each resource must appear at most once.";
    assert_eq!(alter_all(&mut cluster, vec![change, again]), [twice, twice]);
}

#[test]
fn a_resource_takes_a_thousand_keys_and_lets_go_of_more() {
    let mut cluster = Cluster::ready();
    let change = |edits| ConfigChange { resource: resource(ConfigResource::BROKER, ""), edits };
    let full = "A resource can have 1000 configuration keys at most.";
    assert_eq!(alter_all(&mut cluster, vec![change(keys(1_001, "v"))]), [full]);
    assert_eq!(alter_all(&mut cluster, vec![change(keys(1_000, "v"))]), ["done"]);
    assert_eq!(alter_all(&mut cluster, vec![change(vec![("more".to_owned(), set("v"))])]), [full]);
    // One that a Kafka has filled can be emptied.
    let records = (0..10).map(|key| MetadataRecord::Config {
        resource: resource(ConfigResource::BROKER, ""),
        name: format!("kafkas.{key}"),
        value: Some("v".to_owned()),
    });
    let decision = cluster.controller.decide(records.collect(), ());
    cluster.take(decision);
    let less = vec![("key.0".to_owned(), ConfigEdit::Delete), ("key.1".to_owned(), set("w"))];
    assert_eq!(alter_all(&mut cluster, vec![change(less)]), ["done"]);
}

#[test]
fn what_is_decided_never_makes_a_batch_that_is_too_large_for_the_log() {
    let mut cluster = Cluster::ready();
    let config = |key: usize| MetadataRecord::Config {
        resource: ConfigResource::all_brokers(),
        name: format!("key.{key}"),
        value: Some("v".repeat(32_000)),
    };
    let decision = cluster.controller.decide((0..300).map(config).collect(), ());
    let append = decision.append.as_ref().unwrap();
    assert_eq!(append.records[0], MetadataRecord::BeginTransaction { name: None });
    assert_eq!(append.records.last(), Some(&MetadataRecord::EndTransaction));
    let level = cluster.controller.image().feature_level(METADATA_VERSION);
    let batches = encode_data_batches(append, level, 1);
    assert_eq!(batches.len(), 3);
    assert!(batches.iter().all(|batch| batch.len() <= BATCH_BYTES_MAX));
    cluster.take(decision);
    let fits = cluster.controller.decide((0..100).map(config).collect(), ());
    assert_eq!(fits.append.as_ref().unwrap().records.len(), 100, "no transaction where one batch holds it");
    cluster.take(fits);
}

//! Configurations, described.

use crate::talk::{Talk, read};
use crate::topics::create;
use loglane_net::message::create_topics::{CreatableTopic, CreatableTopicConfig};
use loglane_net::message::describe_configs::{
    DescribeConfigsRequest, DescribeConfigsResource, DescribeConfigsResponse,
};

const TOPIC: i8 = 2;
const BROKER: i8 = 4;
const BROKER_LOGGER: i8 = 8;
const CLIENT_METRICS: i8 = 16;
const GROUP: i8 = 32;

fn resource<'a>(kind: i8, name: &'a str, keys: Option<&'a [&'a str]>) -> DescribeConfigsResource<'a> {
    DescribeConfigsResource {
        resource_type: kind,
        resource_name: name,
        configuration_keys: keys.map(|keys| keys.iter().copied().collect()),
    }
}

fn describe(
    talk: &mut Talk,
    version: i16,
    resources: Vec<DescribeConfigsResource<'_>>,
    synonyms: bool,
    documentation: bool,
) {
    let request = DescribeConfigsRequest {
        resources: resources.into(),
        include_synonyms: synonyms,
        include_documentation: documentation && version >= 3,
    };
    talk.note(&request);
    let Some(body) = talk.send(version, &request) else { return };
    let answer: DescribeConfigsResponse<'_> = read(&body, version);
    talk.note(&format!("throttle {}", answer.throttle_time_ms));
    for result in answer.results.iter() {
        let kind = result.resource_type;
        // For these Kafka has only the code's own sentence.
        let text = result
            .error_message
            .filter(|_| [TOPIC, BROKER, BROKER_LOGGER, CLIENT_METRICS, GROUP].contains(&kind));
        talk.line(&(kind, result.resource_name, result.error_code, text));
        let mut configs: Vec<_> = result.configs.iter().collect();
        configs.sort_by_key(|config| config.name);
        for mut config in configs {
            // Sentences are ours.
            config.documentation = config.documentation.map(|text| if text.is_empty() { "" } else { "some" });
            talk.line(&config);
        }
    }
}

pub(crate) fn describe_topic(talk: &mut Talk, name: &str) {
    describe(talk, 4, vec![resource(TOPIC, name, None)], true, false);
}

pub(crate) fn describe_broker(talk: &mut Talk, name: &str) {
    describe(talk, 4, vec![resource(BROKER, name, None)], true, false);
}

/// Describes some keys of a resource, or all if none is named.
pub(crate) fn describe_keys(talk: &mut Talk, kind: i8, name: &str, keys: &[&str]) {
    describe(talk, 4, vec![resource(kind, name, (!keys.is_empty()).then_some(keys))], true, false);
}

pub(crate) fn topics(talk: &mut Talk) {
    let configs = [("retention.ms", "86400000"), ("cleanup.policy", "compact")];
    let configs: Vec<_> =
        configs.iter().map(|(name, value)| CreatableTopicConfig { name, value: Some(*value) }).collect();
    let bare =
        CreatableTopic { name: "c-bare", num_partitions: 1, replication_factor: 1, ..Default::default() };
    create(talk, 7, vec![CreatableTopic { name: "c-set", configs: configs.into(), ..bare.clone() }, bare]);
    for version in 1..=4 {
        for (synonyms, documentation) in [(false, false), (true, true)] {
            describe(talk, version, vec![resource(TOPIC, "c-bare", None)], synonyms, documentation);
        }
        describe(talk, version, vec![resource(TOPIC, "c-set", None)], true, false);
        describe(
            talk,
            version,
            vec![resource(TOPIC, "c-set", Some(&["retention.ms", "no.such.key", "retention.ms"]))],
            true,
            false,
        );
        describe(talk, version, vec![resource(TOPIC, "c-set", Some(&[]))], true, false);
    }
    for name in ["absent", "", "a b", ".."] {
        describe(talk, 4, vec![resource(TOPIC, name, None)], false, false);
    }
    let twice = resource(TOPIC, "c-set", Some(&["retention.ms"]));
    describe(talk, 4, vec![twice.clone(), twice], true, false);
    describe(talk, 4, vec![], true, false);
}

pub(crate) fn brokers(talk: &mut Talk) {
    for version in 1..=4 {
        for (synonyms, documentation) in [(false, false), (true, true)] {
            describe(talk, version, vec![resource(BROKER, "1", None)], synonyms, documentation);
        }
    }
    describe(talk, 4, vec![resource(BROKER, "", None)], true, true);
    describe(
        talk,
        4,
        vec![resource(BROKER, "1", Some(&["log.retention.ms", "log.retention.hours", "foo"]))],
        true,
        true,
    );
    for name in ["2", "x", "-1", "01", " 1"] {
        describe(talk, 4, vec![resource(BROKER, name, Some(&["node.id"]))], false, false);
    }
}

pub(crate) fn others(talk: &mut Talk) {
    for (kind, name) in [
        (BROKER_LOGGER, ""),
        (BROKER_LOGGER, "2"),
        (BROKER_LOGGER, "x"),
        (CLIENT_METRICS, ""),
        (CLIENT_METRICS, "subscription"),
        (GROUP, ""),
        (GROUP, "group"),
        (0, "x"),
        (1, "x"),
        (3, "x"),
        (7, "x"),
        (64, "x"),
        (-1, "x"),
    ] {
        describe(talk, 4, vec![resource(kind, name, None)], true, false);
    }
    describe(talk, 4, vec![resource(BROKER_LOGGER, "1", Some(&["none"]))], true, false);
    describe(talk, 4, vec![resource(7, "x", None), resource(3, "y", None)], true, false);
}

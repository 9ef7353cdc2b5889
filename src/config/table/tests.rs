//! The table against what a real Kafka 4.3.1 says of itself (`tests/peer/reference`).

use super::*;
use std::collections::BTreeSet;
use std::fmt::Write;

/// One row of the reference: name, default, type, read-only, sensitive, synonyms.
fn check<'a>(
    reference: &'static str,
    what: &str,
    keys: impl Iterator<Item = &'a Key> + Clone,
    is_broker: bool,
) {
    let mut complaints = String::new();
    let mut seen = BTreeSet::new();
    for line in reference.lines().skip(1) {
        let fields: Vec<&str> = line.split('\t').collect();
        let &[name, default, kind, read_only, sensitive, ..] = fields.as_slice() else { panic!("{line:?}") };
        seen.insert(name);
        let Some(key) = keys.clone().find(|key| key.name == name) else {
            let _ = writeln!(complaints, "{what} key {name} is missing");
            continue;
        };
        let ours = match key.preset {
            Preset::Is(text) => text,
            Preset::Null => "null",
            Preset::Required => "(no default)",
        };
        // The reference was taken from a broker that had set these; the class file knows the default.
        let is_local =
            matches!(name, "log.dir" | "log.dirs" | "advertised.listeners" | "inter.broker.listener.name");
        if ours != default && !is_local {
            let _ = writeln!(complaints, "{name}: default {ours:?}, the broker says {default:?}");
        }
        if key.kind.name() != kind {
            let _ = writeln!(complaints, "{name}: type {}, the broker says {kind}", key.kind.name());
        }
        if key.is_sensitive().to_string() != sensitive {
            let _ = writeln!(complaints, "{name}: the broker says sensitive={sensitive}");
        }
        if is_broker && (!key.is_dynamic()).to_string() != read_only {
            let _ = writeln!(complaints, "{name}: the broker says read-only={read_only}");
        }
        if key.is_hidden() {
            let _ = writeln!(complaints, "{name}: hidden here, listed by the broker");
        }
    }
    for key in keys {
        if !seen.contains(key.name) && !key.is_hidden() && !key.name.starts_with("loglane.") {
            let _ = writeln!(complaints, "{what} key {} is unknown to the broker", key.name);
        }
    }
    assert!(complaints.is_empty(), "{complaints}");
}

const BROKER: &str = include_str!("../../../tests/peer/reference/configs-broker.tsv");
const TOPIC: &str = include_str!("../../../tests/peer/reference/configs-topic.tsv");
const GROUP: &str = include_str!("../../../tests/peer/reference/configs-group.tsv");
const CLIENT_METRICS: &str = include_str!("../../../tests/peer/reference/configs-client-metrics.tsv");

#[test]
fn broker_keys_are_those_of_a_real_broker() {
    let keys: Vec<Key> = broker_keys().cloned().collect();
    check(BROKER, "broker", keys.iter(), true);
}

#[test]
fn topic_keys_are_those_of_a_real_broker() {
    check(TOPIC, "topic", topic_keys().iter(), false);
}

#[test]
fn group_and_client_metrics_keys_are_those_of_a_real_broker() {
    check(GROUP, "group", group_keys().iter(), false);
    check(CLIENT_METRICS, "client-metrics", client_metrics_keys().iter(), false);
}

#[test]
fn topic_synonyms_are_those_of_a_real_broker() {
    for line in TOPIC.lines().skip(1) {
        let fields: Vec<&str> = line.split('\t').collect();
        // A synonym whose own default is null is not listed by the broker, but it is one.
        if !fields[5].is_empty() {
            assert_eq!(broker_synonym(fields[0]), Some(fields[5]), "{}", fields[0]);
        }
    }
    for key in topic_keys() {
        if let Some(synonym) = broker_synonym(key.name) {
            let broker = broker_key(synonym).unwrap_or_else(|| panic!("{synonym} is no broker key"));
            assert_eq!(broker.kind, key.kind, "{} and {synonym}", key.name);
        }
    }
}

#[test]
fn group_synonyms_are_those_of_a_real_broker() {
    for line in GROUP.lines().skip(1) {
        let fields: Vec<&str> = line.split('\t').collect();
        // A key without a broker's counterpart is its own synonym.
        let ours = group_broker_synonym(fields[0]).map_or(fields[0], |key| key.name);
        assert_eq!(ours, fields[5], "{}", fields[0]);
    }
}

#[test]
fn no_key_is_listed_twice() {
    let mut names = BTreeSet::new();
    for key in broker_keys() {
        assert!(names.insert(key.name), "{} is listed twice", key.name);
    }
}

#[test]
fn every_sentence_is_one() {
    let all = broker_keys().chain(topic_keys()).chain(group_keys()).chain(client_metrics_keys());
    for key in all {
        let text = key.documentation;
        assert!(text.ends_with('.') && text.len() > 10, "{}: {text:?}", key.name);
    }
}

#[test]
fn keys_of_older_files_and_of_others_are_known() {
    for name in ["zookeeper.connect", "zookeeper.session.timeout.ms", "confluent.support.metrics.enable"] {
        assert!(accepted_without_effect(name).is_some(), "{name}");
    }
    assert_eq!(accepted_without_effect("zookeeper"), None);
    assert!(is_listener_security_key("listener.name.external.ssl.keystore.location"));
    assert!(is_listener_security_key("listener.name.external.plain.sasl.jaas.config"));
    assert!(!is_listener_security_key("listener.name.external.max.connections"));
}

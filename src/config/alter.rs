//! What may be configured at run time on brokers, groups and client-metrics subscriptions. (Topics:
//! [`super::topic::validate_topic`].) The controller asks here before it writes a record.

use super::settings::{check_forms, check_requirements, number_of};
use super::table::{
    Change, Treatment, broker_key, client_metrics_keys, group_keys, is_listener_security_key,
};
use super::value::{self, Value};
use super::{BrokerLevels, Properties};

/// Why a change is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// INVALID_CONFIG (40).
    InvalidConfig(String),
    /// INVALID_REQUEST (42).
    InvalidRequest(String),
}

/// Checks all settings that one broker (or, with `is_default`, all of them) would have at run time.
///
/// Keys that nobody knows are kept, as in Kafka: they may be a plugin's.
///
/// # Errors
/// Kafka's refusals.
pub fn validate_broker(own: &Properties, is_default: bool) -> Result<(), Refusal> {
    let mut read_only = Vec::new();
    let mut per_broker = Vec::new();
    let mut security = Vec::new();
    for name in own.keys() {
        let Some(key) = broker_key(name) else { continue };
        match key.change {
            Change::ReadOnly | Change::Internal => read_only.push(name.as_str()),
            Change::PerBroker if key.treatment == Treatment::Refused => security.push(name.as_str()),
            Change::PerBroker if is_default => per_broker.push(name.as_str()),
            Change::PerBroker | Change::ClusterWide | Change::PerResource | Change::Throttle => {}
        }
    }
    let refuse = |why: &str, names: &[&str]| {
        if names.is_empty() {
            return Ok(());
        }
        Err(Refusal::InvalidRequest(format!("{why}: [{}]", names.join(", "))))
    };
    refuse("Cannot update these configs dynamically", &read_only)?;
    refuse(
        "These security configs can be dynamically updated only per-listener using the listener prefix",
        &security,
    )?;
    for (name, text) in own {
        if let Some(key) = broker_key(name) {
            let value = value::check(key, text).map_err(Refusal::InvalidRequest)?;
            let is_default = Some(value.to_string().as_str()) == key.preset.text();
            if key.treatment == Treatment::Refused && !is_default {
                return Err(Refusal::InvalidRequest(format!("{name} is not implemented and cannot be set")));
            }
        } else if is_listener_security_key(name) {
            return Err(Refusal::InvalidRequest(format!("{name} is not implemented and cannot be set")));
        }
    }
    refuse("Cannot update these configs at default cluster level, broker id must be specified", &per_broker)
}

/// Keys that a Kafka can change at run time, within limits, and this broker cannot.
const AT_START: &[&str] = &["listeners", "listener.security.protocol.map"];

/// Keys that say how many threads there are of a kind; a change may halve or double them at most. Here it changes
/// nothing, but who is refused by a Kafka shall be refused.
const POOLS: &[&str] = &[
    "num.io.threads",
    "num.replica.fetchers",
    "num.recovery.threads.per.data.dir",
    "background.threads",
    "num.network.threads",
    CLEANER_THREADS,
];

const CLEANER_THREADS: &str = "log.cleaner.threads";

/// Checks what would hold for a broker as a whole, given what holds now.
///
/// # Errors
/// Kafka's refusals.
pub fn validate_reconfiguration(before: &BrokerLevels<'_>, after: &BrokerLevels<'_>) -> Result<(), Refusal> {
    let required = check_requirements(after).map_err(|why| format!("requirement failed: {why}"));
    required.and_then(|()| check_forms(after)).map_err(Refusal::InvalidRequest)?;
    for name in AT_START {
        if before.value_of(name) != after.value_of(name) {
            return Err(Refusal::InvalidRequest(format!("{name} changes with a restart of the broker only")));
        }
    }
    for name in POOLS {
        let (old, new) = (number_of(before, name), number_of(after, name));
        if let Some(why) = refused_count(name, old, new) {
            return Err(Refusal::InvalidRequest(format!(
                "Invalid value org.apache.kafka.common.config.ConfigException: {why} for configuration Invalid dynamic \
                 configuration"
            )));
        }
    }
    Ok(())
}

/// Why a number of threads may not become another.
fn refused_count(name: &str, old: i64, new: i64) -> Option<String> {
    let is_cleaner = name == CLEANER_THREADS;
    if new < 1 {
        Some(format!("{name} should be at least 1"))
    } else if new < old / 2 && is_cleaner {
        Some(format!("Log cleaner threads cannot be reduced to less than half the current value {old}"))
    } else if new > old * 2 && is_cleaner {
        Some(format!("Log cleaner threads cannot be increased to more than double the current value {old}"))
    } else if new < old / 2 {
        Some(format!(
            "Dynamic thread count update validation failed for {name}={new}, value should be at least half the current \
             value {old}"
        ))
    } else if new > old * 2 {
        Some(format!(
            "Dynamic thread count update validation failed for {name}={new}, value should not be greater than double \
             the current value {old}"
        ))
    } else {
        None
    }
}

/// Checks all settings of a group, given the bounds that its broker sets (`broker_number` of `group.…` keys).
///
/// # Errors
/// Kafka's refusals.
pub fn validate_group(own: &Properties, broker_number: impl Fn(&str) -> Option<i64>) -> Result<(), Refusal> {
    for (name, text) in own {
        let Some(key) = group_keys().iter().find(|key| key.name == name) else {
            return Err(Refusal::InvalidConfig(format!("Unknown group config name: {name}")));
        };
        let value = value::check(key, text).map_err(Refusal::InvalidConfig)?;
        let (Value::Number(number), Some((kind, what))) = (value, name.split_once('.')) else { continue };
        let (least, most) = (format!("group.{kind}.min.{what}"), format!("group.{kind}.max.{what}"));
        if broker_number(&least).is_some_and(|least| number < least) {
            return Err(Refusal::InvalidConfig(format!("{name} must be greater than or equal to {least}")));
        }
        if broker_number(&most).is_some_and(|most| number > most) {
            return Err(Refusal::InvalidConfig(format!("{name} must be less than or equal to {most}")));
        }
    }
    Ok(())
}

/// Checks all settings of a client-metrics subscription.
///
/// # Errors
/// Kafka's refusals.
pub fn validate_client_metrics(own: &Properties) -> Result<(), Refusal> {
    for (name, text) in own {
        let Some(key) = client_metrics_keys().iter().find(|key| key.name == name) else {
            return Err(Refusal::InvalidRequest(format!("Unknown client metrics configuration: {name}")));
        };
        match value::check(key, text).map_err(Refusal::InvalidConfig)? {
            Value::Number(ms) if !(100..=3_600_000).contains(&ms) => {
                return Err(Refusal::InvalidRequest(format!(
                    "Invalid value {ms} for interval.ms, interval must be between 100 and 3600000 (1 hour)"
                )));
            }
            Value::List(patterns) if name == "match" => {
                if let Some(wrong) = patterns.iter().find(|pattern| !is_client_match(pattern)) {
                    return Err(Refusal::InvalidConfig(format!("Illegal client matching pattern: {wrong}")));
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// Whether a pattern names a property of clients (its expression is compiled when clients are matched).
fn is_client_match(pattern: &str) -> bool {
    const PROPERTIES: &[&str] = &[
        "client_instance_id",
        "client_id",
        "client_software_name",
        "client_software_version",
        "client_source_address",
        "client_source_port",
    ];
    pattern
        .split_once('=')
        .is_some_and(|(property, expression)| PROPERTIES.contains(&property.trim()) && !expression.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn properties(text: &str) -> Properties {
        text.split_whitespace()
            .map(|pair| pair.split_once('=').expect("key=value"))
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect()
    }

    #[track_caller]
    fn check_broker(is_default: bool, own: &str, why: &str) {
        let refused = validate_broker(&properties(own), is_default);
        assert_eq!(refused, Err(Refusal::InvalidRequest(why.to_owned())));
    }

    #[test]
    fn broker_changes_are_refused_in_kafkas_words() {
        check_broker(false, "num.partitions=3", "Cannot update these configs dynamically: [num.partitions]");
        check_broker(true, "node.id=7", "Cannot update these configs dynamically: [node.id]");
        let why = "Invalid value abc for configuration log.retention.ms: Not a number of type LONG";
        check_broker(false, "log.retention.ms=abc", why);
        check_broker(
            true,
            "listeners=PLAINTEXT://:1",
            "Cannot update these configs at default cluster level, broker id must be specified: [listeners]",
        );
        check_broker(
            false,
            "ssl.keystore.password=pw",
            "These security configs can be dynamically updated only per-listener using the listener prefix: \
             [ssl.keystore.password]",
        );
        check_broker(
            false,
            "listener.name.x.ssl.keystore.location=/k",
            "listener.name.x.ssl.keystore.location is not implemented and cannot be set",
        );
        let fine = properties("log.retention.ms=5000 foo=1 leader.replication.throttled.rate=100");
        assert_eq!(validate_broker(&fine, false), Ok(()));
    }

    #[test]
    fn group_changes_are_refused_in_kafkas_words() {
        let bounds = |name: &str| match name {
            "group.consumer.min.session.timeout.ms" => Some(45_000),
            "group.consumer.max.session.timeout.ms" => Some(60_000),
            _ => None,
        };
        for (change, why) in [
            ("foo=1", "Unknown group config name: foo"),
            (
                "consumer.session.timeout.ms=1",
                "consumer.session.timeout.ms must be greater than or equal to group.consumer.min.session.timeout.ms",
            ),
            (
                "consumer.session.timeout.ms=100000000",
                "consumer.session.timeout.ms must be less than or equal to group.consumer.max.session.timeout.ms",
            ),
            (
                "consumer.session.timeout.ms=abc",
                "Invalid value abc for configuration consumer.session.timeout.ms: Not a number of type INT",
            ),
        ] {
            let refused = validate_group(&properties(change), bounds);
            assert_eq!(refused, Err(Refusal::InvalidConfig(why.to_owned())));
        }
        assert_eq!(validate_group(&properties("consumer.session.timeout.ms=50000"), bounds), Ok(()));
    }

    #[test]
    fn client_metrics_changes_are_refused_in_kafkas_words() {
        let check = |change: &str| validate_client_metrics(&properties(change));
        let why = "Unknown client metrics configuration: foo";
        assert_eq!(check("foo=1"), Err(Refusal::InvalidRequest(why.to_owned())));
        let why = "Invalid value 1 for interval.ms, interval must be between 100 and 3600000 (1 hour)";
        assert_eq!(check("interval.ms=1"), Err(Refusal::InvalidRequest(why.to_owned())));
        let why = "Illegal client matching pattern: garbage";
        assert_eq!(check("match=garbage"), Err(Refusal::InvalidConfig(why.to_owned())));
        assert_eq!(check("match=client_id=app.*,client_source_port=9 interval.ms=100"), Ok(()));
    }
}

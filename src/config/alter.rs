//! Changes of configuration at run time: what `IncrementalAlterConfigs` and `AlterConfigs` ask for, checked.
//!
//! The controller keeps the outcome as records; every broker sees them in the metadata image.

use super::Properties;
use super::table::{Change, Treatment, Type, broker_key, client_metrics_keys, group_keys, topic_key};
use super::value::{self, Value, read_list};

/// Why a change is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// INVALID_CONFIG (40).
    InvalidConfig(String),
    /// INVALID_REQUEST (42).
    InvalidRequest(String),
}

/// What is to happen to one key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlterOp {
    /// Takes the value.
    Set,
    /// Goes back to the weaker levels.
    Delete,
    /// Gets the value's items added, those that it has not yet.
    Append,
    /// Gets the value's items taken out.
    Subtract,
}

impl AlterOp {
    /// The operation by its number on the wire.
    #[must_use]
    pub fn from_wire(number: i8) -> Option<AlterOp> {
        Some(match number {
            0 => AlterOp::Set,
            1 => AlterOp::Delete,
            2 => AlterOp::Append,
            3 => AlterOp::Subtract,
            _ => return None,
        })
    }
}

/// Whose configuration it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resource {
    /// A topic.
    Topic,
    /// One broker.
    Broker,
    /// All brokers.
    BrokerDefault,
    /// A group.
    Group,
    /// A client-metrics subscription.
    ClientMetrics,
}

impl Resource {
    fn kind_of(self, name: &str) -> Option<Type> {
        let key = match self {
            Resource::Topic => topic_key(name),
            Resource::Broker | Resource::BrokerDefault => broker_key(name),
            Resource::Group => group_keys().iter().find(|key| key.name == name),
            Resource::ClientMetrics => client_metrics_keys().iter().find(|key| key.name == name),
        };
        key.map(|key| key.kind)
    }

    fn default_of(self, name: &str) -> &'static str {
        let key = match self {
            Resource::Topic => topic_key(name),
            Resource::Broker | Resource::BrokerDefault => broker_key(name),
            Resource::Group | Resource::ClientMetrics => None,
        };
        key.and_then(|key| key.preset.text()).unwrap_or("")
    }
}

/// The value that a key has after an operation; `None`: it is no longer set.
///
/// # Errors
/// A null value, or items added to what is no list.
pub fn apply(
    resource: Resource,
    name: &str,
    current: Option<&str>,
    op: AlterOp,
    operand: Option<&str>,
) -> Result<Option<String>, Refusal> {
    let null = || Refusal::InvalidRequest(format!("Null value not supported for : {name}"));
    match op {
        AlterOp::Delete => return Ok(None),
        AlterOp::Set => return Ok(Some(operand.ok_or_else(null)?.to_owned())),
        AlterOp::Append | AlterOp::Subtract => {}
    }
    let operand = operand.ok_or_else(null)?;
    if resource.kind_of(name) != Some(Type::List) {
        let word = if op == AlterOp::Append { "APPEND" } else { "SUBTRACT" };
        let why = format!("Can't {word} to key {name} because its type is not LIST.");
        return Err(Refusal::InvalidConfig(why));
    }
    // A key that is not set on the resource begins with its default, as in Kafka.
    let mut items = read_list(current.unwrap_or(resource.default_of(name)));
    for item in read_list(operand) {
        match op {
            AlterOp::Append if !items.contains(&item) => items.push(item),
            AlterOp::Subtract => items.retain(|known| *known != item),
            _ => {}
        }
    }
    Ok(Some(items.join(",")))
}

/// Checks a change of broker settings: the keys that are set (`changed`) and all that would then be set at that level
/// (`after`).
///
/// # Errors
/// Kafka's refusals.
pub fn validate_broker<'a>(
    resource: Resource,
    changed: impl IntoIterator<Item = &'a str>,
    after: &Properties,
) -> Result<(), Refusal> {
    let mut read_only = Vec::new();
    let mut per_broker = Vec::new();
    let mut security = Vec::new();
    for name in changed {
        let Some(key) = broker_key(name) else { continue };
        match key.change {
            Change::ReadOnly | Change::Internal => read_only.push(name),
            Change::PerBroker if resource == Resource::BrokerDefault => per_broker.push(name),
            Change::PerBroker if key.treatment == Treatment::Refused => security.push(name),
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
    refuse("Cannot update these configs at default cluster level, broker id must be specified", &per_broker)?;
    for (name, text) in after {
        if let Some(key) = broker_key(name) {
            let value = value::check(key, text).map_err(Refusal::InvalidRequest)?;
            let is_default = Some(value.to_string().as_str()) == key.preset.text();
            if key.treatment == Treatment::Refused && !is_default {
                return Err(Refusal::InvalidRequest(format!("{name} is not implemented and cannot be set")));
            }
        } else if super::table::is_listener_security_key(name) {
            return Err(Refusal::InvalidRequest(format!("{name} is not implemented and cannot be set")));
        }
    }
    Ok(())
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

    fn apply_topic(name: &str, current: Option<&str>, op: AlterOp, operand: &str) -> Option<String> {
        apply(Resource::Topic, name, current, op, Some(operand)).unwrap()
    }

    #[test]
    fn lists_grow_and_shrink_by_items() {
        use AlterOp::{Append, Delete, Set, Subtract};
        let policy = "cleanup.policy";
        assert_eq!(apply_topic(policy, None, Append, "compact").as_deref(), Some("delete,compact"));
        assert_eq!(
            apply_topic(policy, Some("delete,compact"), Append, "compact").as_deref(),
            Some("delete,compact")
        );
        assert_eq!(
            apply_topic(policy, Some("delete,compact"), Subtract, "delete").as_deref(),
            Some("compact")
        );
        assert_eq!(apply_topic(policy, Some("compact"), Subtract, "compact").as_deref(), Some(""));
        assert_eq!(apply_topic(policy, Some("compact"), Set, "delete").as_deref(), Some("delete"));
        assert_eq!(apply_topic(policy, Some("compact"), Delete, ""), None);
    }

    #[test]
    fn operations_are_refused_in_kafkas_words() {
        let why = "Can't APPEND to key retention.ms because its type is not LIST.";
        let refused = apply(Resource::Topic, "retention.ms", None, AlterOp::Append, Some("1"));
        assert_eq!(refused, Err(Refusal::InvalidConfig(why.to_owned())));
        let refused = apply(Resource::Topic, "retention.ms", None, AlterOp::Set, None);
        assert_eq!(
            refused,
            Err(Refusal::InvalidRequest("Null value not supported for : retention.ms".to_owned()))
        );
        assert_eq!(AlterOp::from_wire(4), None);
    }

    #[track_caller]
    fn check_broker(resource: Resource, change: &str, why: &str) {
        let after = properties(change);
        let refused = validate_broker(resource, after.keys().map(String::as_str), &after);
        assert_eq!(refused, Err(Refusal::InvalidRequest(why.to_owned())));
    }

    #[test]
    fn broker_changes_are_refused_in_kafkas_words() {
        use Resource::{Broker, BrokerDefault};
        check_broker(Broker, "num.partitions=3", "Cannot update these configs dynamically: [num.partitions]");
        check_broker(BrokerDefault, "node.id=7", "Cannot update these configs dynamically: [node.id]");
        let why = "Invalid value abc for configuration log.retention.ms: Not a number of type LONG";
        check_broker(Broker, "log.retention.ms=abc", why);
        check_broker(
            BrokerDefault,
            "listeners=PLAINTEXT://:1",
            "Cannot update these configs at default cluster level, broker id must be specified: [listeners]",
        );
        check_broker(
            Broker,
            "ssl.keystore.password=pw",
            "These security configs can be dynamically updated only per-listener using the listener prefix: \
             [ssl.keystore.password]",
        );
        check_broker(
            Broker,
            "listener.name.x.ssl.keystore.location=/k",
            "listener.name.x.ssl.keystore.location is not implemented and cannot be set",
        );
        let fine = properties("log.retention.ms=5000 foo=1 leader.replication.throttled.rate=100");
        assert_eq!(validate_broker(Broker, fine.keys().map(String::as_str), &fine), Ok(()));
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

//! What `DescribeConfigs` answers: every key with its value, where that comes from, and what else was set for it.

use super::Properties;
use super::levels::BrokerLevels;
use super::table::{
    Key, Type, broker_key, broker_keys, broker_relatives, broker_synonym, client_metrics_keys,
    group_broker_synonym, group_keys, topic_keys,
};
use super::topic::effective_value;
use super::value::{self, Value};

/// Where a value comes from; the number is that of `DescribeConfigs`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(i8)]
pub enum Source {
    /// Set on the topic.
    DynamicTopic = 1,
    /// Set at run time for one broker.
    DynamicBroker = 2,
    /// Set at run time for all brokers.
    DynamicDefaultBroker = 3,
    /// Set in the broker's file.
    StaticBroker = 4,
    /// Nobody set it.
    Default = 5,
    /// Set on the client-metrics subscription.
    ClientMetrics = 7,
    /// Set on the group.
    Group = 8,
}

/// One level's value for a key, under the name that the level knows it by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Synonym {
    /// The key at that level.
    pub name: String,
    /// Its value there; `None` where it is secret.
    pub value: Option<String>,
    /// The level.
    pub source: Source,
}

/// One key of a described resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DescribedConfig {
    /// Its name.
    pub name: String,
    /// Its value; `None` where it is secret, or has none.
    pub value: Option<String>,
    /// Whether it can be changed only by a restart.
    pub is_read_only: bool,
    /// Where the value comes from.
    pub source: Source,
    /// Whether the value is secret.
    pub is_sensitive: bool,
    /// The levels that have a value, strongest first.
    pub synonyms: Vec<Synonym>,
    /// What its values are.
    pub kind: Type,
    /// What it is, in a sentence.
    pub documentation: Option<&'static str>,
}

impl DescribedConfig {
    /// Whether nobody set it (what the oldest version of the answer says instead of the source).
    #[must_use]
    pub fn is_default(&self) -> bool {
        self.source == Source::Default
    }
}

/// Describes a topic: every topic key, and the hidden ones that are set.
#[must_use]
pub fn describe_topic(own: &Properties, levels: &BrokerLevels) -> Vec<DescribedConfig> {
    topic_keys()
        .iter()
        .filter(|key| !key.is_hidden() || own.contains_key(key.name))
        .map(|key| {
            let value = effective_value(own, levels, key.name).map(|value| value.to_string());
            let mut synonyms = match broker_synonym(key.name) {
                Some(broker_name) => broker_synonyms(broker_name, levels),
                None => Vec::new(),
            };
            if own.contains_key(key.name) {
                let source = Source::DynamicTopic;
                synonyms.insert(0, Synonym { name: key.name.to_owned(), value: value.clone(), source });
            }
            described(key, false, value, synonyms)
        })
        .collect()
}

/// Describes a broker: every broker key, the hidden ones that are set, and what was set that nobody knows.
#[must_use]
pub fn describe_broker(levels: &BrokerLevels) -> Vec<DescribedConfig> {
    let maps = [levels.dynamic_broker, levels.dynamic_default, levels.static_broker];
    let is_set = |name: &str| maps.iter().any(|map| map.contains_key(name));
    let mut all: Vec<DescribedConfig> = broker_keys()
        .filter(|key| !key.is_hidden() || is_set(key.name))
        .map(|key| {
            let value = levels.value(key).map(|value| value.to_string());
            described(key, !key.is_dynamic(), value, broker_synonyms(key.name, levels))
        })
        .collect();
    let mut unknown: Vec<&String> =
        maps.iter().flat_map(|map| map.keys()).filter(|name| broker_key(name).is_none()).collect();
    unknown.sort();
    unknown.dedup();
    all.extend(unknown.into_iter().map(|name| described_unknown(name, broker_synonyms(name, levels))));
    all
}

/// Describes the settings that all brokers share: those that were set at run time, and no others.
#[must_use]
pub fn describe_broker_default(dynamic_default: &Properties) -> Vec<DescribedConfig> {
    dynamic_default
        .iter()
        .map(|(name, text)| {
            let synonym = |value: Option<String>| {
                vec![Synonym { name: name.clone(), value, source: Source::DynamicDefaultBroker }]
            };
            match broker_key(name) {
                Some(key) => {
                    let value = shown(key, text);
                    described(key, !key.is_dynamic(), value.clone(), synonym(value))
                }
                None => described_unknown(name, synonym(None)),
            }
        })
        .collect()
}

/// Describes a group; what it does not set itself it takes from the broker.
#[must_use]
pub fn describe_group(own: &Properties, levels: &BrokerLevels) -> Vec<DescribedConfig> {
    group_keys()
        .iter()
        .map(|key| {
            let mut synonyms = match group_broker_synonym(key.name) {
                Some(broker) => broker_synonyms(broker.name, levels),
                // Without a broker's counterpart the key's own default stands there.
                None => default_synonym(key).into_iter().collect(),
            };
            let set = own.get(key.name).and_then(|text| value::check(key, text).ok());
            let inherited = || group_broker_synonym(key.name).and_then(|broker| levels.value(broker));
            let value = set
                .or_else(inherited)
                .or_else(|| key.preset.text().and_then(|text| value::check(key, text).ok()))
                .map(|value| value.to_string());
            if own.contains_key(key.name) {
                let source = Source::Group;
                synonyms.insert(0, Synonym { name: key.name.to_owned(), value: value.clone(), source });
            }
            described(key, false, value, synonyms)
        })
        .collect()
}

/// Describes a client-metrics subscription.
#[must_use]
pub fn describe_client_metrics(own: &Properties) -> Vec<DescribedConfig> {
    client_metrics_keys()
        .iter()
        .map(|key| {
            let set = own.get(key.name).map(|text| shown(key, text));
            let synonyms = match &set {
                Some(value) => vec![Synonym {
                    name: key.name.to_owned(),
                    value: value.clone(),
                    source: Source::ClientMetrics,
                }],
                None => Vec::new(),
            };
            let value = set.unwrap_or_else(|| key.preset.text().map(str::to_owned));
            described(key, false, value, synonyms)
        })
        .collect()
}

fn described(
    key: &Key,
    is_read_only: bool,
    value: Option<String>,
    synonyms: Vec<Synonym>,
) -> DescribedConfig {
    DescribedConfig {
        name: key.name.to_owned(),
        value: if key.is_sensitive() { None } else { value },
        is_read_only,
        source: synonyms.first().map_or(Source::Default, |synonym| synonym.source),
        is_sensitive: key.is_sensitive(),
        synonyms,
        kind: key.kind,
        documentation: Some(key.documentation),
    }
}

/// A key that nobody knows may be anything, a secret included, so its value is not shown.
fn described_unknown(name: &str, synonyms: Vec<Synonym>) -> DescribedConfig {
    DescribedConfig {
        name: name.to_owned(),
        value: None,
        is_read_only: true,
        source: synonyms.first().map_or(Source::Default, |synonym| synonym.source),
        is_sensitive: true,
        synonyms,
        kind: Type::Unknown,
        documentation: None,
    }
}

fn shown(key: &Key, text: &str) -> Option<String> {
    if key.is_sensitive() {
        return None;
    }
    Some(value::check(key, text).as_ref().map_or_else(|_| text.to_owned(), Value::to_string))
}

/// What the broker's levels hold for a key and its relatives in other units, strongest level first.
///
/// As in Kafka the list begins where the key itself is first named: `log.retention.hours` in the file is no synonym
/// of `log.retention.ms` unless some level names that.
fn broker_synonyms(name: &str, levels: &BrokerLevels) -> Vec<Synonym> {
    let own = [(name, 1)];
    // The scheduler's key lends its value, but Kafka does not list it.
    let relatives = match broker_relatives(name) {
        [] => &own[..],
        relatives if name.starts_with("log.flush.") => &relatives[..1],
        relatives => relatives,
    };
    let mut synonyms = Vec::new();
    for (properties, source) in [
        (levels.dynamic_broker, Source::DynamicBroker),
        (levels.dynamic_default, Source::DynamicDefaultBroker),
        (levels.static_broker, Source::StaticBroker),
    ] {
        for (relative, _) in relatives {
            let Some(text) = properties.get(*relative) else { continue };
            let value = match broker_key(relative) {
                Some(key) if !key.is_sensitive() => Some(text.clone()),
                _ => None,
            };
            synonyms.push(Synonym { name: (*relative).to_owned(), value, source });
        }
    }
    synonyms.extend(relatives.iter().filter_map(|(relative, _)| default_synonym(broker_key(relative)?)));
    let first = synonyms.iter().position(|synonym| synonym.name == name).unwrap_or(synonyms.len());
    synonyms.split_off(first)
}

fn default_synonym(key: &Key) -> Option<Synonym> {
    let value = key.preset.text()?.to_owned();
    Some(Synonym { name: key.name.to_owned(), value: Some(value), source: Source::Default })
}

#[cfg(test)]
mod tests {
    //! Expected lines are what a real broker answered, `name=value source [synonyms]`.

    use super::*;
    use std::fmt::Write;

    fn properties(text: &str) -> Properties {
        text.split_whitespace()
            .map(|pair| pair.split_once('=').expect("key=value"))
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect()
    }

    fn shown(config: &DescribedConfig) -> String {
        let mut text =
            format!("{}={} {:?}", config.name, config.value.as_deref().unwrap_or("null"), config.source);
        for synonym in &config.synonyms {
            let value = synonym.value.as_deref().unwrap_or("null");
            let _ = write!(text, " {}={value}@{}", synonym.name, synonym.source as i8);
        }
        text
    }

    struct Broker {
        own: Properties,
        default: Properties,
        file: Properties,
    }

    impl Broker {
        fn new(own: &str, default: &str, file: &str) -> Broker {
            Broker { own: properties(own), default: properties(default), file: properties(file) }
        }

        fn levels(&self) -> BrokerLevels<'_> {
            BrokerLevels {
                dynamic_broker: &self.own,
                dynamic_default: &self.default,
                static_broker: &self.file,
            }
        }

        #[track_caller]
        fn check(&self, expected: &str) {
            check(&describe_broker(&self.levels()), expected);
        }

        #[track_caller]
        fn check_topic(&self, own: &str, expected: &str) {
            check(&describe_topic(&properties(own), &self.levels()), expected);
        }
    }

    #[track_caller]
    fn check(all: &[DescribedConfig], expected: &str) {
        for line in expected.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let name = line.split(['=', ' ']).next().unwrap();
            let config = all.iter().find(|config| config.name == name).unwrap_or_else(|| panic!("no {name}"));
            assert_eq!(shown(config), line);
        }
    }

    #[test]
    fn a_topic_is_described_as_a_real_broker_does() {
        let file = "log.retention.hours=5 log.retention.minutes=7 log.roll.hours=3 \
                    log.flush.scheduler.interval.ms=1234567 log.segment.bytes=2000000";
        let broker = Broker::new("", "min.insync.replicas=1", file);
        broker.check_topic(
            "retention.ms=77 cleanup.policy= internal.segment.bytes=100",
            "min.insync.replicas=1 DynamicDefaultBroker min.insync.replicas=1@3 min.insync.replicas=1@5
             segment.jitter.ms=0 Default
             internal.segment.bytes=100 DynamicTopic internal.segment.bytes=100@1
             cleanup.policy= DynamicTopic cleanup.policy=@1 log.cleanup.policy=delete@5
             flush.ms=1234567 Default
             segment.bytes=2000000 StaticBroker log.segment.bytes=2000000@4 log.segment.bytes=1073741824@5
             retention.ms=77 DynamicTopic retention.ms=77@1
             segment.ms=10800000 Default
             unclean.leader.election.enable=false Default unclean.leader.election.enable=false@5",
        );
        let broker = Broker::new("log.retention.ms=5000", "log.retention.ms=0", file);
        broker.check_topic(
            "retention.ms=77",
            "retention.ms=77 DynamicTopic retention.ms=77@1 log.retention.ms=5000@2 log.retention.ms=0@3 \
             log.retention.minutes=7@4 log.retention.hours=5@4 log.retention.hours=168@5",
        );
    }

    #[test]
    fn a_topic_lists_all_its_keys_and_no_hidden_one() {
        let broker = Broker::new("", "", "");
        let all = describe_topic(&Properties::new(), &broker.levels());
        assert_eq!(all.len(), 33);
        assert!(all.iter().all(|config| !config.is_read_only && config.documentation.is_some()));
    }

    #[test]
    fn a_broker_is_described_as_a_real_broker_does() {
        let broker = Broker::new(
            "log.retention.ms=5000 max.connections=1000 foo=1 leader.replication.throttled.rate=100",
            "log.retention.ms=0 foo.bar=7",
            "log.retention.hours=5 log.retention.minutes=7 log.roll.hours=3 static.unknown=5 broker.id=1 \
             log.flush.scheduler.interval.ms=1234567",
        );
        broker.check(
            "log.flush.interval.ms=null Default
             max.connections=1000 DynamicBroker max.connections=1000@2 max.connections=2147483647@5
             log.retention.hours=168 StaticBroker log.retention.hours=5@4 log.retention.hours=168@5
             log.roll.ms=null Default
             log.retention.minutes=null StaticBroker log.retention.minutes=7@4 log.retention.hours=5@4 \
             log.retention.hours=168@5
             foo=null DynamicBroker foo=null@2
             foo.bar=null DynamicDefaultBroker foo.bar=null@3
             static.unknown=null StaticBroker static.unknown=null@4
             log.retention.ms=5000 DynamicBroker log.retention.ms=5000@2 log.retention.ms=0@3 \
             log.retention.minutes=7@4 log.retention.hours=5@4 log.retention.hours=168@5
             log.flush.scheduler.interval.ms=1234567 StaticBroker log.flush.scheduler.interval.ms=1234567@4 \
             log.flush.scheduler.interval.ms=9223372036854775807@5
             log.roll.hours=3 StaticBroker log.roll.hours=3@4 log.roll.hours=168@5
             leader.replication.throttled.rate=100 DynamicBroker leader.replication.throttled.rate=100@2
             broker.id=1 StaticBroker broker.id=1@4 broker.id=-1@5
             ssl.keystore.password=null Default",
        );
        let all = describe_broker(&broker.levels());
        let unknown = all.iter().find(|config| config.name == "foo").unwrap();
        assert_eq!((unknown.is_sensitive, unknown.is_read_only, unknown.kind), (true, true, Type::Unknown));
        let password = all.iter().find(|config| config.name == "ssl.keystore.password").unwrap();
        assert!(password.is_sensitive && !password.is_read_only);
        assert!(all.iter().all(|config| config.name != "group.consumer.regex.refresh.interval.ms"));
    }

    #[test]
    fn the_settings_of_all_brokers_are_only_those_that_were_set() {
        check(
            &describe_broker_default(&properties("log.retention.ms=0 foo.bar=7")),
            "log.retention.ms=0 DynamicDefaultBroker log.retention.ms=0@3
             foo.bar=null DynamicDefaultBroker foo.bar=null@3",
        );
    }

    #[test]
    fn groups_and_client_metrics_are_described() {
        let broker = Broker::new("", "", "group.consumer.session.timeout.ms=50000");
        check(
            &describe_group(&properties("consumer.heartbeat.interval.ms=6000"), &broker.levels()),
            "consumer.heartbeat.interval.ms=6000 Group consumer.heartbeat.interval.ms=6000@8 \
             group.consumer.heartbeat.interval.ms=5000@5
             consumer.session.timeout.ms=50000 StaticBroker group.consumer.session.timeout.ms=50000@4 \
             group.consumer.session.timeout.ms=45000@5
             share.auto.offset.reset=latest Default share.auto.offset.reset=latest@5",
        );
        check(
            &describe_client_metrics(&properties("interval.ms=100")),
            "interval.ms=100 ClientMetrics interval.ms=100@7
             match= Default",
        );
    }

    #[test]
    fn secrets_are_shown_nowhere() {
        let broker = Broker::new("", "", "ssl.keystore.password=hunter2 my.plugin.password=hunter2");
        let text = format!("{:?}", describe_broker(&broker.levels()));
        assert!(!text.contains("hunter2"));
    }
}

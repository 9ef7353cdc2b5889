//! The one table of configuration keys: brokers, topics, groups, client metrics.
//!
//! Reading files, checking values, `DescribeConfigs` and the documentation all come from it. Names, types, defaults,
//! ranges and what may change at run time are Kafka 4.3's (a test compares them with what a real broker says of
//! itself); the sentences are ours. Keys that begin with `loglane.` are our own.

mod client_metrics;
mod cluster;
mod coordinators;
mod group;
mod known;
mod log;
mod network;
mod own;
mod quotas;
mod remote;
mod security;
mod topic;
mod topics;

/// What a value is; the number is that of `DescribeConfigs`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(i8)]
pub enum Type {
    /// A key that nobody has heard of.
    Unknown = 0,
    /// `true` or `false`.
    Boolean = 1,
    /// Text.
    String = 2,
    /// A 32-bit number.
    Int = 3,
    /// A 16-bit number.
    Short = 4,
    /// A 64-bit number.
    Long = 5,
    /// A floating-point number.
    Double = 6,
    /// Texts, separated by commas.
    List = 7,
    /// The name of a Java class.
    Class = 8,
    /// Text that is never shown.
    Password = 9,
}

impl Type {
    /// The type's name as Kafka's messages spell it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Type::Unknown => "UNKNOWN",
            Type::Boolean => "BOOLEAN",
            Type::String => "STRING",
            Type::Int => "INT",
            Type::Short => "SHORT",
            Type::Long => "LONG",
            Type::Double => "DOUBLE",
            Type::List => "LIST",
            Type::Class => "CLASS",
            Type::Password => "PASSWORD",
        }
    }
}

/// The value of a key that nobody has set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preset {
    /// This one.
    Is(&'static str),
    /// None; the broker does without.
    Null,
    /// None, and Kafka does not start without one. Loglane has a sensible value for each such key.
    Required,
}

impl Preset {
    /// The text of the default, if there is one.
    #[must_use]
    pub fn text(self) -> Option<&'static str> {
        match self {
            Preset::Is(text) => Some(text),
            Preset::Null | Preset::Required => None,
        }
    }
}

/// Which values of the right type are accepted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Rule {
    /// All.
    Any,
    /// This number or a larger one.
    AtLeast(i64),
    /// From the first number to the second, both included.
    Between(i64, i64),
    /// As [`Rule::Between`], and the third number too.
    BetweenOr(i64, i64, i64),
    /// From 0 to this number, both included.
    UpTo(f64),
    /// Text that is not empty.
    NonEmpty,
    /// One of these.
    OneOf(&'static [&'static str]),
    /// One of these, in whatever case.
    OneOfAnyCase(&'static [&'static str]),
    /// A list, whose items are not empty.
    Items,
    /// As [`Rule::Items`], and at least one.
    SomeItems,
    /// A list of some of these.
    ItemsOf(&'static [&'static str]),
    /// As [`Rule::ItemsOf`], and at least one.
    SomeItemsOf(&'static [&'static str]),
    /// Controllers, as `id@host:port`.
    Voters,
    /// Controllers, as `host:port`.
    BootstrapServers,
    /// `*`, or partitions and brokers as `0:1`.
    ThrottledReplicas,
    /// `earliest`, `latest`, or `by_duration:` and an ISO-8601 duration.
    OffsetReset,
    /// A number of bytes: digits, and perhaps `k`, `m`, `g` or `t` (powers of 1,024).
    Size,
    /// Numbers of cores, as `0-3,6`.
    Cores,
}

/// When a value may change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// At a restart.
    ReadOnly,
    /// At run time, for each broker by itself.
    PerBroker,
    /// At run time, for one broker or for all.
    ClusterWide,
    /// At run time, on the topic, group or subscription that it belongs to.
    PerResource,
    /// As [`Change::ReadOnly`] on a broker and [`Change::PerResource`] elsewhere; not listed unless it is set.
    Internal,
    /// As [`Change::ClusterWide`]; not listed unless it is set, and never in a file.
    Throttle,
}

/// What Loglane does with a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Treatment {
    /// Acts on it.
    Acts,
    /// Checks it, keeps it and shows it, but does not act on it yet.
    Stored,
    /// Checks it, keeps it and shows it. It is about Kafka's threads, their tasks, or Java's machine, of which there are
    /// none.
    NoEffect,
    /// Does not start (does not change) with any value but the default: to ignore it would leave the broker open, or
    /// would not do what was asked with the data.
    Refused,
}

/// One configuration key.
#[derive(Debug, Clone, PartialEq)]
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// What its values are.
    pub kind: Type,
    /// The value where nobody sets one.
    pub preset: Preset,
    /// Which values are accepted.
    pub rule: Rule,
    /// When it may change.
    pub change: Change,
    /// What Loglane does with it.
    pub treatment: Treatment,
    /// What it is, in a sentence.
    pub documentation: &'static str,
}

impl Key {
    /// Whether the value is never shown.
    #[must_use]
    pub fn is_sensitive(&self) -> bool {
        self.kind == Type::Password
    }

    /// Whether it is listed only where it is set.
    #[must_use]
    pub fn is_hidden(&self) -> bool {
        matches!(self.change, Change::Internal | Change::Throttle)
    }

    /// Whether a broker takes it at run time.
    #[must_use]
    pub fn is_dynamic(&self) -> bool {
        match self.change {
            Change::PerBroker | Change::ClusterWide | Change::PerResource | Change::Throttle => true,
            Change::ReadOnly | Change::Internal => false,
        }
    }
}

/// A slice of [`Key`]s, two lines each: name, type, default, rule, change and treatment; then the sentence.
macro_rules! keys {
    ($($name:literal $kind:ident $preset:expr, $rule:expr, $change:ident, $treatment:ident, $text:literal;)*) => {
        &[$(Key {
            name: $name,
            kind: $kind,
            preset: $preset,
            rule: $rule,
            change: $change,
            treatment: $treatment,
            documentation: $text,
        }),*]
    };
}
use keys;

/// Every broker key, Kafka's and ours, in the table's order.
pub fn broker_keys() -> impl Iterator<Item = &'static Key> {
    [
        log::BROKER_LOG,
        network::BROKER_NETWORK,
        topics::BROKER_TOPICS,
        coordinators::BROKER_COORDINATORS,
        cluster::BROKER_CLUSTER,
        quotas::BROKER_QUOTAS,
        security::BROKER_SECURITY,
        remote::BROKER_REMOTE,
        known::BROKER_THROTTLES,
        own::OWN,
    ]
    .into_iter()
    .flatten()
}

/// Every topic key.
#[must_use]
pub fn topic_keys() -> &'static [Key] {
    topic::TOPIC
}

/// Every key of a group.
#[must_use]
pub fn group_keys() -> &'static [Key] {
    group::GROUP
}

/// Every key of a client-metrics subscription.
#[must_use]
pub fn client_metrics_keys() -> &'static [Key] {
    client_metrics::CLIENT_METRICS
}

/// The broker key of that name.
#[must_use]
pub fn broker_key(name: &str) -> Option<&'static Key> {
    broker_keys().find(|key| key.name == name)
}

/// The topic key of that name.
#[must_use]
pub fn topic_key(name: &str) -> Option<&'static Key> {
    topic_keys().iter().find(|key| key.name == name)
}

/// Why a key outside the table is nevertheless no mistake, if it is one of those that are accepted without effect.
#[must_use]
pub fn accepted_without_effect(name: &str) -> Option<&'static str> {
    known::OTHERS
        .iter()
        .find(|(known, _)| if known.ends_with('.') { name.starts_with(known) } else { name == *known })
        .map(|(_, why)| *why)
}

/// Whether the key configures security for one listener (`listener.name.internal.ssl.keystore.location`).
#[must_use]
pub fn is_listener_security_key(name: &str) -> bool {
    name.strip_prefix("listener.name.").is_some_and(|rest| {
        rest.split_once('.').is_some_and(|(_, key)| {
            key.starts_with("ssl.")
                || key.contains("sasl.")
                || key == "connections.max.reauth.ms"
                || key == "principal.builder.class"
        })
    })
}

/// The broker key whose value a topic takes where it has none of its own, as Kafka lists it among the synonyms.
#[must_use]
pub fn broker_synonym(topic_key: &str) -> Option<&'static str> {
    Some(match topic_key {
        "cleanup.policy" => "log.cleanup.policy",
        "compression.gzip.level" => "compression.gzip.level",
        "compression.lz4.level" => "compression.lz4.level",
        "compression.type" => "compression.type",
        "compression.zstd.level" => "compression.zstd.level",
        "delete.retention.ms" => "log.cleaner.delete.retention.ms",
        "file.delete.delay.ms" => "log.segment.delete.delay.ms",
        "flush.messages" => "log.flush.interval.messages",
        "flush.ms" => "log.flush.interval.ms",
        "index.interval.bytes" => "log.index.interval.bytes",
        "local.retention.bytes" => "log.local.retention.bytes",
        "local.retention.ms" => "log.local.retention.ms",
        "max.compaction.lag.ms" => "log.cleaner.max.compaction.lag.ms",
        "max.message.bytes" => "message.max.bytes",
        "message.timestamp.after.max.ms" => "log.message.timestamp.after.max.ms",
        "message.timestamp.before.max.ms" => "log.message.timestamp.before.max.ms",
        "message.timestamp.type" => "log.message.timestamp.type",
        "min.cleanable.dirty.ratio" => "log.cleaner.min.cleanable.ratio",
        "min.compaction.lag.ms" => "log.cleaner.min.compaction.lag.ms",
        "min.insync.replicas" => "min.insync.replicas",
        "preallocate" => "log.preallocate",
        "retention.bytes" => "log.retention.bytes",
        "retention.ms" => "log.retention.ms",
        "segment.bytes" => "log.segment.bytes",
        "segment.index.bytes" => "log.index.size.max.bytes",
        "segment.jitter.ms" => "log.roll.jitter.ms",
        "segment.ms" => "log.roll.ms",
        "unclean.leader.election.enable" => "unclean.leader.election.enable",
        _ => return None,
    })
}

/// The broker keys that say the same thing in other units, strongest first, and how many of the first key's units
/// one of theirs is. A key without such relatives is alone with itself.
#[must_use]
pub fn broker_relatives(name: &str) -> &'static [(&'static str, i64)] {
    const HOUR_MS: i64 = 60 * 60 * 1000;
    const MINUTE_MS: i64 = 60 * 1000;
    match name {
        "log.retention.ms" | "log.retention.minutes" | "log.retention.hours" => {
            &[("log.retention.ms", 1), ("log.retention.minutes", MINUTE_MS), ("log.retention.hours", HOUR_MS)]
        }
        "log.roll.ms" | "log.roll.hours" => &[("log.roll.ms", 1), ("log.roll.hours", HOUR_MS)],
        "log.roll.jitter.ms" | "log.roll.jitter.hours" => {
            &[("log.roll.jitter.ms", 1), ("log.roll.jitter.hours", HOUR_MS)]
        }
        "log.flush.interval.ms" => &[("log.flush.interval.ms", 1), ("log.flush.scheduler.interval.ms", 1)],
        _ => &[],
    }
}

/// The broker key whose value a group takes where it has none of its own.
#[must_use]
pub fn group_broker_synonym(group_key: &str) -> Option<&'static Key> {
    broker_keys().find(|key| key.name.strip_prefix("group.") == Some(group_key))
}

#[cfg(test)]
mod tests;

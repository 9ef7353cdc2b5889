//! The broker's own numbers and switches, typed, from whichever level set them.
//!
//! At the start they come from the file; after a change at run time [`BrokerSettings::resolve`] is asked again with
//! the levels above it. What belongs to a topic is in [`super::topic`]; identity, addresses and directories, which
//! never change while the broker runs, are in [`super::broker`].

use super::levels::BrokerLevels;
use super::table::broker_key;
use super::value::{Value, read_list};
use std::collections::BTreeMap;
use std::net::IpAddr;

/// Connections and requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetworkSettings {
    /// `socket.send.buffer.bytes`; `None`: the system's. The defaults of this and the next two are nobody's choice (the
    /// file that Kafka ships repeats them), and the system does better.
    pub send_buffer_bytes: Option<u32>,
    /// `socket.receive.buffer.bytes`; `None`: the system's.
    pub receive_buffer_bytes: Option<u32>,
    /// `socket.listen.backlog.size`; `None`: plenty.
    pub listen_backlog: Option<u32>,
    /// `socket.request.max.bytes`.
    pub request_bytes_max: u32,
    /// `connections.max.idle.ms`; `None`: idle connections stay.
    pub connection_idle_ms_max: Option<i64>,
    /// `max.connections`.
    pub connections_max: u32,
    /// `max.connections.per.ip`.
    pub connections_per_ip_max: u32,
    /// `max.connections.per.ip.overrides`, by address.
    pub connections_per_ip_overrides: BTreeMap<IpAddr, u32>,
    /// `fetch.max.bytes`.
    pub fetch_bytes_max: u32,
    /// `max.incremental.fetch.session.cache.slots`.
    pub fetch_sessions_max: u32,
    /// `max.request.partition.size.limit`.
    pub described_partitions_max: u32,
}

/// How topics are made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicSettings {
    /// `num.partitions`.
    pub partitions_default: u32,
    /// `default.replication.factor`.
    pub replication_factor_default: i16,
    /// `auto.create.topics.enable`.
    pub auto_create: bool,
    /// `delete.topic.enable`.
    pub delete_enabled: bool,
    /// `auto.leader.rebalance.enable`.
    pub auto_leader_rebalance: bool,
}

/// Housekeeping of logs. Times in milliseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogSettings {
    /// `log.retention.check.interval.ms`.
    pub retention_check_interval_ms: i64,
    /// `log.cleaner.enable`.
    pub cleaner_enabled: bool,
    /// `log.flush.offset.checkpoint.interval.ms`.
    pub recovery_point_interval_ms: i64,
    /// `log.flush.start.offset.checkpoint.interval.ms`.
    pub start_offset_interval_ms: i64,
    /// `producer.id.expiration.ms`.
    pub producer_id_expiration_ms: i64,
    /// `producer.id.expiration.check.interval.ms`.
    pub producer_id_check_interval_ms: i64,
}

/// Groups. Times in milliseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupSettings {
    /// `group.initial.rebalance.delay.ms`.
    pub initial_rebalance_delay_ms: i64,
    /// `group.min.session.timeout.ms`.
    pub session_timeout_ms_min: i64,
    /// `group.max.session.timeout.ms`.
    pub session_timeout_ms_max: i64,
    /// `group.max.size`.
    pub size_max: u32,
    /// `group.consumer.session.timeout.ms`.
    pub consumer_session_timeout_ms: i64,
    /// `group.consumer.heartbeat.interval.ms`.
    pub consumer_heartbeat_interval_ms: i64,
    /// `group.consumer.max.size`.
    pub consumer_size_max: u32,
    /// `group.consumer.assignors`.
    pub consumer_assignors: Vec<String>,
}

/// Committed offsets. Times in milliseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OffsetSettings {
    /// `offset.metadata.max.bytes`.
    pub metadata_bytes_max: u32,
    /// `offsets.commit.timeout.ms`.
    pub commit_timeout_ms: i64,
    /// `offsets.retention.minutes`, in milliseconds.
    pub retention_ms: i64,
    /// `offsets.retention.check.interval.ms`.
    pub retention_check_interval_ms: i64,
    /// The topic `__consumer_offsets`.
    pub topic: InternalTopic,
}

/// Transactions. Times in milliseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransactionSettings {
    /// `transaction.max.timeout.ms`.
    pub timeout_ms_max: i64,
    /// `transaction.abort.timed.out.transaction.cleanup.interval.ms`.
    pub abort_check_interval_ms: i64,
    /// `transaction.remove.expired.transaction.cleanup.interval.ms`.
    pub expiration_check_interval_ms: i64,
    /// `transactional.id.expiration.ms`.
    pub id_expiration_ms: i64,
    /// `transaction.partition.verification.enable`.
    pub partition_verification: bool,
    /// The topic `__transaction_state`.
    pub topic: InternalTopic,
}

/// How an internal topic is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InternalTopic {
    /// How many partitions.
    pub partitions: u32,
    /// How many replicas.
    pub replication_factor: i16,
    /// `segment.bytes`.
    pub segment_bytes: u32,
    /// `min.insync.replicas`, where the broker has a key for it.
    pub insync_replicas_min: Option<u32>,
}

/// The metadata log. Times in milliseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetadataSettings {
    /// `metadata.log.segment.bytes`.
    pub segment_bytes: u32,
    /// `metadata.log.segment.ms`.
    pub segment_ms: i64,
    /// `metadata.log.max.record.bytes.between.snapshots`.
    pub snapshot_after_bytes: u64,
    /// `metadata.log.max.snapshot.interval.ms`; `None`: only by size.
    pub snapshot_interval_ms: Option<i64>,
    /// `metadata.max.retention.bytes`; `None`: no bound.
    pub retention_bytes: Option<u64>,
    /// `metadata.max.retention.ms`; `None`: no bound.
    pub retention_ms: Option<i64>,
}

/// All of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokerSettings {
    /// Connections and requests.
    pub network: NetworkSettings,
    /// How topics are made.
    pub topics: TopicSettings,
    /// Housekeeping of logs.
    pub logs: LogSettings,
    /// Groups.
    pub groups: GroupSettings,
    /// Committed offsets.
    pub offsets: OffsetSettings,
    /// Transactions.
    pub transactions: TransactionSettings,
    /// The metadata log.
    pub metadata: MetadataSettings,
}

impl BrokerSettings {
    /// What holds on a broker with those levels.
    #[must_use]
    pub fn resolve(levels: &BrokerLevels) -> BrokerSettings {
        let read = Reader { levels };
        BrokerSettings {
            network: network(&read),
            topics: TopicSettings {
                partitions_default: read.size("num.partitions"),
                replication_factor_default: read.short("default.replication.factor"),
                auto_create: read.switch("auto.create.topics.enable"),
                delete_enabled: read.switch("delete.topic.enable"),
                auto_leader_rebalance: read.switch("auto.leader.rebalance.enable"),
            },
            logs: LogSettings {
                retention_check_interval_ms: read.number("log.retention.check.interval.ms"),
                cleaner_enabled: read.switch("log.cleaner.enable"),
                recovery_point_interval_ms: read.number("log.flush.offset.checkpoint.interval.ms"),
                start_offset_interval_ms: read.number("log.flush.start.offset.checkpoint.interval.ms"),
                producer_id_expiration_ms: read.number("producer.id.expiration.ms"),
                producer_id_check_interval_ms: read.number("producer.id.expiration.check.interval.ms"),
            },
            groups: groups(&read),
            offsets: OffsetSettings {
                metadata_bytes_max: read.size("offset.metadata.max.bytes"),
                commit_timeout_ms: read.number("offsets.commit.timeout.ms"),
                retention_ms: read.number("offsets.retention.minutes") * 60_000,
                retention_check_interval_ms: read.number("offsets.retention.check.interval.ms"),
                topic: InternalTopic {
                    partitions: read.size("offsets.topic.num.partitions"),
                    replication_factor: read.short("offsets.topic.replication.factor"),
                    segment_bytes: read.size("offsets.topic.segment.bytes"),
                    insync_replicas_min: None,
                },
            },
            transactions: transactions(&read),
            metadata: MetadataSettings {
                segment_bytes: read.size("metadata.log.segment.bytes"),
                segment_ms: read.number("metadata.log.segment.ms"),
                snapshot_after_bytes: read
                    .number("metadata.log.max.record.bytes.between.snapshots")
                    .unsigned_abs(),
                snapshot_interval_ms: read.positive("metadata.log.max.snapshot.interval.ms"),
                retention_bytes: u64::try_from(read.number("metadata.max.retention.bytes")).ok(),
                retention_ms: Some(read.number("metadata.max.retention.ms")).filter(|ms| *ms >= 0),
            },
        }
    }
}

fn network(read: &Reader) -> NetworkSettings {
    let overrides = read.text("max.connections.per.ip.overrides");
    NetworkSettings {
        send_buffer_bytes: read.chosen("socket.send.buffer.bytes"),
        receive_buffer_bytes: read.chosen("socket.receive.buffer.bytes"),
        listen_backlog: read.chosen("socket.listen.backlog.size"),
        request_bytes_max: read.size("socket.request.max.bytes"),
        connection_idle_ms_max: Some(read.number("connections.max.idle.ms")).filter(|ms| *ms >= 0),
        connections_max: read.size("max.connections"),
        connections_per_ip_max: read.size("max.connections.per.ip"),
        connections_per_ip_overrides: read_ip_overrides(&overrides).unwrap_or_default(),
        fetch_bytes_max: read.size("fetch.max.bytes"),
        fetch_sessions_max: read.size("max.incremental.fetch.session.cache.slots"),
        described_partitions_max: read.size("max.request.partition.size.limit"),
    }
}

fn groups(read: &Reader) -> GroupSettings {
    GroupSettings {
        initial_rebalance_delay_ms: read.number("group.initial.rebalance.delay.ms").max(0),
        session_timeout_ms_min: read.number("group.min.session.timeout.ms"),
        session_timeout_ms_max: read.number("group.max.session.timeout.ms"),
        size_max: read.size("group.max.size"),
        consumer_session_timeout_ms: read.number("group.consumer.session.timeout.ms"),
        consumer_heartbeat_interval_ms: read.number("group.consumer.heartbeat.interval.ms"),
        consumer_size_max: read.size("group.consumer.max.size"),
        consumer_assignors: read_list(&read.text("group.consumer.assignors")),
    }
}

fn transactions(read: &Reader) -> TransactionSettings {
    TransactionSettings {
        timeout_ms_max: read.number("transaction.max.timeout.ms"),
        abort_check_interval_ms: read.number("transaction.abort.timed.out.transaction.cleanup.interval.ms"),
        expiration_check_interval_ms: read
            .number("transaction.remove.expired.transaction.cleanup.interval.ms"),
        id_expiration_ms: read.number("transactional.id.expiration.ms"),
        partition_verification: read.switch("transaction.partition.verification.enable"),
        topic: InternalTopic {
            partitions: read.size("transaction.state.log.num.partitions"),
            replication_factor: read.short("transaction.state.log.replication.factor"),
            segment_bytes: read.size("transaction.state.log.segment.bytes"),
            insync_replicas_min: Some(read.size("transaction.state.log.min.isr")),
        },
    }
}

/// Reads `address:count` entries, separated by commas; `None` where one is not so. Kafka takes names of hosts, too,
/// and looks them up once; what a name means may change, so here it has to be an address. As in Java an IPv4 address
/// that is written in the form of IPv6 (`::ffff:10.0.0.5`) is an IPv4 address.
#[must_use]
pub fn read_ip_overrides(text: &str) -> Option<BTreeMap<IpAddr, u32>> {
    read_list(text)
        .iter()
        .map(|entry| {
            let (address, count) = entry.rsplit_once(':')?;
            let address = address.trim().trim_start_matches('[').trim_end_matches(']');
            let address: IpAddr = address.parse().ok()?;
            Some((address.to_canonical(), count.trim().parse().ok()?))
        })
        .collect()
}

struct Reader<'a> {
    levels: &'a BrokerLevels<'a>,
}

impl Reader<'_> {
    fn number(&self, name: &str) -> i64 {
        match self.levels.value_of(name) {
            Some(Value::Number(number)) => number,
            other => panic!("{name} is a number with a default in the table, not {other:?}"),
        }
    }

    /// A number that is not negative; one that is counts as 0.
    fn size(&self, name: &str) -> u32 {
        u32::try_from(self.number(name).max(0)).unwrap_or(u32::MAX)
    }

    fn short(&self, name: &str) -> i16 {
        i16::try_from(self.number(name)).unwrap_or(i16::MAX)
    }

    fn positive(&self, name: &str) -> Option<i64> {
        Some(self.number(name)).filter(|number| *number > 0)
    }

    /// A positive number that is not the default.
    fn chosen(&self, name: &str) -> Option<u32> {
        let default = broker_key(name).and_then(|key| key.preset.text()).expect("it has a default");
        let number = self.positive(name).filter(|number| number.to_string() != default)?;
        u32::try_from(number).ok()
    }

    fn switch(&self, name: &str) -> bool {
        self.levels.value_of(name) == Some(Value::Boolean(true))
    }

    fn text(&self, name: &str) -> String {
        self.levels.value_of(name).map(|value| value.to_string()).unwrap_or_default()
    }
}

/// Refuses combinations that Kafka refuses, given the broker's own file.
///
/// # Errors
/// What does not go together, in Kafka's words.
pub fn check_combinations(levels: &BrokerLevels) -> Result<(), String> {
    check_requirements(levels)?;
    check_forms(levels)
}

/// The combinations that Kafka states as requirements: at run time it says `requirement failed: ` before them.
///
/// # Errors
/// What does not go together, in Kafka's words.
pub fn check_requirements(levels: &BrokerLevels) -> Result<(), String> {
    let number = |name: &str| number_of(levels, name);
    if levels.number_with_relatives("log.retention.ms") == Some(0) {
        return Err("log.retention.ms must be unlimited (-1) or, greater than or equal to 1".to_owned());
    }
    if levels.number_with_relatives("log.roll.ms").is_some_and(|ms| ms < 1) {
        return Err("log.roll.ms must be greater than or equal to 1".to_owned());
    }
    if levels.number_with_relatives("log.roll.jitter.ms").is_some_and(|ms| ms < 0) {
        return Err("log.roll.jitter.ms must be greater than or equal to 0".to_owned());
    }
    if number("max.connections.per.ip") == 0 && ip_overrides(levels).is_empty() {
        return Err(
            "max.connections.per.ip can be set to zero only if max.connections.per.ip.overrides property is \
                    set."
                .to_owned(),
        );
    }
    if number("replica.fetch.wait.max.ms") > number("replica.socket.timeout.ms") {
        return Err(
            "replica.socket.timeout.ms should always be at least replica.fetch.wait.max.ms to prevent \
                    unnecessary socket timeouts"
                .to_owned(),
        );
    }
    Ok(())
}

/// The other combinations.
///
/// # Errors
/// What does not go together, in Kafka's words.
pub fn check_forms(levels: &BrokerLevels) -> Result<(), String> {
    let overrides = ip_overrides(levels);
    if read_ip_overrides(&overrides).is_none() {
        return Err(format!(
            "max.connections.per.ip.overrides: {overrides} is not of the form address:count,..."
        ));
    }
    for kind in ["consumer", "share", "streams"] {
        for what in ["session.timeout.ms", "heartbeat.interval.ms", "assignment.interval.ms"] {
            let value = format!("group.{kind}.{what}");
            let (least, most) = (format!("group.{kind}.min.{what}"), format!("group.{kind}.max.{what}"));
            let [value_ms, least_ms, most_ms] = [&value, &least, &most].map(|name| number_of(levels, name));
            if most_ms < least_ms {
                return Err(format!("{most} must be greater than or equal to {least}"));
            }
            if value_ms < least_ms {
                return Err(format!("{value} must be greater than or equal to {least}"));
            }
            if value_ms > most_ms {
                return Err(format!("{value} must be less than or equal to {most}"));
            }
        }
    }
    Ok(())
}

fn ip_overrides(levels: &BrokerLevels) -> String {
    levels.value_of("max.connections.per.ip.overrides").map(|value| value.to_string()).unwrap_or_default()
}

/// The value of a key that the table has as a number with a default.
pub(super) fn number_of(levels: &BrokerLevels, name: &str) -> i64 {
    match levels.value_of(name) {
        Some(Value::Number(number)) => number,
        other => panic!("{name} is a number with a default in the table, not {other:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Properties;

    fn with<T>(file: &[(&str, &str)], ask: impl Fn(&BrokerLevels) -> T) -> T {
        let empty = Properties::new();
        let file: Properties = file.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        ask(&BrokerLevels { dynamic_broker: &empty, dynamic_default: &empty, static_broker: &file })
    }

    #[test]
    fn a_bare_broker_has_kafkas_defaults() {
        let settings = with(&[], BrokerSettings::resolve);
        assert_eq!(settings.network.request_bytes_max, 100 << 20);
        assert_eq!(settings.topics.partitions_default, 1);
        assert_eq!(settings.offsets.retention_ms, 7 * 24 * 3_600_000);
        assert_eq!(settings.offsets.topic.replication_factor, 3);
        assert_eq!(settings.groups.consumer_assignors, ["uniform", "range"]);
        assert_eq!(settings.transactions.topic.insync_replicas_min, Some(2));
        assert_eq!(with(&[], check_combinations), Ok(()));
    }

    #[test]
    fn what_is_off_is_none() {
        let file = [
            ("connections.max.idle.ms", "-1"),
            ("metadata.log.max.snapshot.interval.ms", "0"),
            ("socket.send.buffer.bytes", "-1"),
        ];
        let settings = with(&file, BrokerSettings::resolve);
        assert_eq!(settings.network.connection_idle_ms_max, None);
        assert_eq!(settings.network.send_buffer_bytes, None);
        assert_eq!(settings.metadata.snapshot_interval_ms, None);
    }

    #[test]
    fn what_sockets_get_is_the_systems_until_somebody_chooses() {
        let read = |send: &str, receive: &str, backlog: &str| {
            let file = [
                ("socket.send.buffer.bytes", send),
                ("socket.receive.buffer.bytes", receive),
                ("socket.listen.backlog.size", backlog),
            ];
            let network = with(&file, BrokerSettings::resolve).network;
            (network.send_buffer_bytes, network.receive_buffer_bytes, network.listen_backlog)
        };
        assert_eq!(read("102400", "102400", "50"), (None, None, None));
        assert_eq!(read("-1", "0", "51"), (None, None, Some(51)));
        assert_eq!(read("65536", "1048576", "1"), (Some(65_536), Some(1 << 20), Some(1)));
    }

    #[test]
    fn combinations_are_refused_in_kafkas_words() {
        let limit = "log.retention.ms must be unlimited (-1) or, greater than or equal to 1";
        for (key, value, why) in [
            ("log.retention.ms", "0", limit),
            ("log.retention.minutes", "0", limit),
            ("log.retention.hours", "0", limit),
            ("log.roll.ms", "0", "log.roll.ms must be greater than or equal to 1"),
            (
                "max.connections.per.ip",
                "0",
                "max.connections.per.ip can be set to zero only if max.connections.per.ip.overrides property is set.",
            ),
            (
                "group.consumer.heartbeat.interval.ms",
                "100",
                "group.consumer.heartbeat.interval.ms must be greater than or equal to \
                 group.consumer.min.heartbeat.interval.ms",
            ),
            (
                "replica.fetch.wait.max.ms",
                "100000",
                "replica.socket.timeout.ms should always be at least replica.fetch.wait.max.ms to prevent unnecessary \
                 socket timeouts",
            ),
        ] {
            assert_eq!(with(&[(key, value)], check_combinations), Err(why.to_owned()));
        }
        assert_eq!(with(&[("log.retention.ms", "-2")], check_combinations), Ok(()));
        let file = [("max.connections.per.ip", "0"), ("max.connections.per.ip.overrides", "127.0.0.1:5")];
        assert_eq!(with(&file, check_combinations), Ok(()));
        assert!(with(&[("max.connections.per.ip.overrides", "garbage")], check_combinations).is_err());
    }

    #[test]
    fn an_ipv4_address_is_one_however_it_is_written() {
        let read = read_ip_overrides("10.0.0.5:1, [::ffff:10.0.0.6]:2, ::1:3").unwrap();
        let address = |text: &str| text.parse::<IpAddr>().unwrap();
        let wanted = [(address("10.0.0.5"), 1), (address("10.0.0.6"), 2), (address("::1"), 3)];
        assert_eq!(read, BTreeMap::from(wanted));
    }
}

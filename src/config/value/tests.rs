//! Every refusal below was first heard from a real broker.

use super::*;
use crate::config::table::{broker_key, group_keys, topic_key};

fn topic(name: &str, text: &str) -> Result<String, String> {
    check(topic_key(name).expect(name), text).map(|value| value.to_string())
}

fn broker(name: &str, text: &str) -> Result<String, String> {
    check(broker_key(name).expect(name), text).map(|value| value.to_string())
}

#[test]
fn good_values_are_read_as_kafka_reads_them() {
    for (name, text, shown) in [
        ("retention.ms", " 5 ", "5"),
        ("retention.ms", "+5", "5"),
        ("retention.ms", "-1", "-1"),
        ("cleanup.policy", "", ""),
        ("cleanup.policy", "delete,delete", "delete"),
        ("cleanup.policy", " compact , delete ", "compact,delete"),
        ("compression.type", " gzip ", "gzip"),
        ("compression.gzip.level", "-1", "-1"),
        ("preallocate", " TRUE ", "true"),
        ("min.cleanable.dirty.ratio", "1f", "1.0"),
        ("min.cleanable.dirty.ratio", "5e-1", "0.5"),
        ("min.cleanable.dirty.ratio", "NaN", "NaN"),
        ("leader.replication.throttled.replicas", "*", "*"),
        ("leader.replication.throttled.replicas", " 0:1 , 1:1 ", "0:1,1:1"),
        ("leader.replication.throttled.replicas", "", ""),
    ] {
        assert_eq!(topic(name, text).as_deref(), Ok(shown), "{name}={text:?}");
    }
}

#[test]
fn bad_values_are_refused_in_kafkas_words() {
    for (name, text, why) in [
        ("retention.ms", "abc", "Not a number of type LONG"),
        ("retention.ms", "-2", "Value must be at least -1"),
        ("retention.ms", "", "Not a number of type LONG"),
        ("retention.ms", "1.0", "Not a number of type LONG"),
        ("retention.ms", "9223372036854775808", "Not a number of type LONG"),
        ("segment.bytes", "5", "Value must be at least 1048576"),
        ("segment.bytes", "3000000000", "Not a number of type INT"),
        ("cleanup.policy", "foo", "String must be one of: compact, delete"),
        ("cleanup.policy", "Delete", "String must be one of: compact, delete"),
        (
            "compression.type",
            "GZIP",
            "String must be one of: uncompressed, zstd, lz4, snappy, gzip, producer",
        ),
        ("compression.type", "", "String must be one of: uncompressed, zstd, lz4, snappy, gzip, producer"),
        ("compression.gzip.level", "10", "Value must be between 1 and 9 or equal to -1"),
        ("compression.zstd.level", "23", "Value must be no more than 22"),
        ("preallocate", "yes", "Expected value to be either true or false"),
        ("min.cleanable.dirty.ratio", "1.5", "Value must be no more than 1"),
        ("min.cleanable.dirty.ratio", "-0.5", "Value must be at least 0"),
        ("min.cleanable.dirty.ratio", "abc", "Not a number of type DOUBLE"),
        ("min.cleanable.dirty.ratio", "inf", "Not a number of type DOUBLE"),
        ("message.timestamp.type", "createtime", "String must be one of: CreateTime, LogAppendTime"),
    ] {
        let expected = format!("Invalid value {text} for configuration {name}: {why}");
        assert_eq!(topic(name, text), Err(expected));
    }
    let expected = "Configuration 'cleanup.policy' values must not be empty.";
    assert_eq!(topic("cleanup.policy", "compact,delete,"), Err(expected.to_owned()));
    let expected = "Invalid value [*, 0:1] for configuration leader.replication.throttled.replicas: \
                    leader.replication.throttled.replicas must be the literal '*' or a list of replicas in the \
                    following format: [partitionId]:[brokerId],[partitionId]:[brokerId],...";
    assert_eq!(topic("leader.replication.throttled.replicas", "*,0:1"), Err(expected.to_owned()));
}

#[test]
fn broker_lists_and_words_are_refused_in_kafkas_words() {
    for (name, text, why) in [
        (
            "process.roles",
            "",
            "Configuration 'process.roles' must not be empty. Valid values include: [broker, controller]",
        ),
        (
            "log.dirs",
            "",
            "Configuration 'log.dirs' must not be empty. Valid values include: any non-empty value",
        ),
        ("log.dirs", "/a,,/b", "Configuration 'log.dirs' values must not be empty."),
        (
            "controller.quorum.voters",
            "garbage",
            "Invalid configuration value for controller.quorum.voters. Each entry should be in the form \
             `{id}@{host}:{port}`.",
        ),
        (
            "controller.quorum.bootstrap.servers",
            "garbage",
            "Failed to parse host name from garbage for the configuration controller.quorum.bootstrap.servers. Each \
             entry should be in the form \"{host}:{port}\"",
        ),
        (
            "group.consumer.migration.policy",
            "x",
            "Invalid value x for configuration group.consumer.migration.policy: String must be one of (case \
             insensitive): DISABLED, DOWNGRADE, UPGRADE, BIDIRECTIONAL",
        ),
        (
            "offsets.topic.replication.factor",
            "40000",
            "Invalid value 40000 for configuration offsets.topic.replication.factor: Not a number of type SHORT",
        ),
    ] {
        assert_eq!(broker(name, text), Err(why.to_owned()));
    }
}

#[test]
fn where_a_share_group_starts_is_checked() {
    let key = group_keys().iter().find(|key| key.name == "share.auto.offset.reset").unwrap();
    for good in ["earliest", "latest", "by_duration:PT1H", "by_duration:P1DT2H3M4.5S", "by_duration:P2D"] {
        assert!(check(key, good).is_ok(), "{good}");
    }
    for bad in [
        "",
        "Latest",
        "foo",
        "by_duration:",
        "by_duration:x",
        "by_duration:-PT1H",
        "by_duration:PT",
        "by_duration:P1H",
    ] {
        let why = format!(
            "Invalid value {bad} for configuration share.auto.offset.reset: Invalid value `{bad}` for configuration \
             share.auto.offset.reset. The value must be either 'earliest', 'latest' or of the format \
             'by_duration:<PnDTnHnMn.nS>'."
        );
        assert_eq!(check(key, bad), Err(why));
    }
}

#[test]
fn defaults_pass_their_own_checks() {
    use crate::config::table::{broker_keys, client_metrics_keys, topic_keys};
    let all = broker_keys().chain(topic_keys()).chain(group_keys()).chain(client_metrics_keys());
    for key in all {
        if let Some(text) = key.preset.text() {
            assert_eq!(check(key, text).map(|value| value.to_string()).as_deref(), Ok(text), "{}", key.name);
        }
    }
}

#[test]
fn doubles_are_written_as_java_writes_them() {
    for (value, text) in [
        (1000.0, "1000.0"),
        (0.05, "0.05"),
        (123_456_789.0, "1.23456789E8"),
        (1e-5, "1.0E-5"),
        (1e10, "1.0E10"),
        (f64::MAX, "1.7976931348623157E308"),
        (0.0, "0.0"),
    ] {
        assert_eq!(Value::Double(value).to_string(), text);
    }
}

#[test]
fn sizes_and_cores_are_read() {
    assert_eq!(read_size("512m"), Some(512 << 20));
    assert_eq!(read_size("2GiB"), Some(2 << 30));
    assert_eq!(read_size("4096"), Some(4096));
    assert_eq!(read_size(""), None);
    assert_eq!(read_size("99999999999t"), None);
    assert_eq!(read_cores("6,0-2"), Some(vec![0, 1, 2, 6]));
    assert_eq!(read_cores("2-1"), None);
    assert_eq!(read_cores("0-65535"), None);
    assert_eq!(read_cores(""), None);
}

#[test]
fn addresses_are_read() {
    assert_eq!(read_voter("1@[::1]:9093"), Some((1, "::1".to_owned(), 9093)));
    assert_eq!(read_voter("x@a:1"), None);
    assert_eq!(read_host_and_port("::1:9093"), None);
    assert_eq!(read_host_and_port("kafka_1.net-a:9093"), Some(("kafka_1.net-a".to_owned(), 9093)));
    assert_eq!(read_host_and_port("a:70000"), None);
}

#[test]
fn a_secret_is_never_repeated() {
    let key = broker_key("ssl.key.password").unwrap();
    assert!(!invalid(key, "hunter2", "too short").contains("hunter2"));
}

//! The configuration of one topic as the log needs it: typed, every level considered, no text left.

use super::Properties;
use super::levels::BrokerLevels;
use super::table::{Treatment, broker_synonym, topic_key, topic_keys};
use super::value::{self, Value};
use loglane_model::{Compression, TimestampType};
use loglane_storage::LogConfig;
use std::fmt;

/// `cleanup.policy`. Neither: old segments stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CleanupPolicy {
    /// Segments past retention are deleted.
    pub delete: bool,
    /// Of each key the last record stays.
    pub compact: bool,
}

/// `compression.type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CompressionType {
    /// As the producer sent it.
    Producer,
    /// Not compressed.
    Uncompressed,
    /// Gzip.
    Gzip,
    /// Snappy.
    Snappy,
    /// Lz4.
    Lz4,
    /// Zstd.
    Zstd,
}

const GZIP_LEVEL: &str = "compression.gzip.level";

impl CompressionType {
    /// The codec of stored batches; `None` for the producer's.
    #[must_use]
    pub fn codec(self) -> Option<Compression> {
        match self {
            CompressionType::Producer => None,
            CompressionType::Uncompressed => Some(Compression::None),
            CompressionType::Gzip => Some(Compression::Gzip),
            CompressionType::Snappy => Some(Compression::Snappy),
            CompressionType::Lz4 => Some(Compression::Lz4),
            CompressionType::Zstd => Some(Compression::Zstd),
        }
    }

    /// The key of the codec's level; `None` for codecs without levels. (Lz4 has one in a Kafka, and here has not.)
    fn level_key(self) -> Option<&'static str> {
        match self {
            CompressionType::Gzip => Some(GZIP_LEVEL),
            CompressionType::Zstd => Some("compression.zstd.level"),
            CompressionType::Producer
            | CompressionType::Uncompressed
            | CompressionType::Snappy
            | CompressionType::Lz4 => None,
        }
    }
}

/// The configuration of one topic. Times are in milliseconds, sizes in bytes; `i64::MAX` stands for "never".
#[derive(Debug, Clone, PartialEq)]
pub struct TopicConfig {
    /// `cleanup.policy`.
    pub cleanup: CleanupPolicy,
    /// `compression.type`.
    pub compression: CompressionType,
    /// `compression.gzip.level` or `compression.zstd.level`, by the type; `None` for the codec's own default.
    pub compression_level: Option<i32>,
    /// `delete.retention.ms`.
    pub delete_retention_ms: i64,
    /// `file.delete.delay.ms`.
    pub file_delete_delay_ms: i64,
    /// `flush.messages`; 1 makes every acknowledgement durable.
    pub flush_messages: i64,
    /// `flush.ms`.
    pub flush_ms: i64,
    /// `index.interval.bytes`.
    pub index_interval_bytes: u32,
    /// `max.compaction.lag.ms`.
    pub compaction_lag_ms_max: i64,
    /// `min.compaction.lag.ms`.
    pub compaction_lag_ms_min: i64,
    /// `max.message.bytes`: the largest batch.
    pub message_bytes_max: u32,
    /// `message.timestamp.after.max.ms`.
    pub timestamp_after_ms_max: i64,
    /// `message.timestamp.before.max.ms`.
    pub timestamp_before_ms_max: i64,
    /// `message.timestamp.type`.
    pub timestamp_type: TimestampType,
    /// `min.cleanable.dirty.ratio`, from 0 to 1.
    pub dirty_ratio_min: f64,
    /// `min.insync.replicas`.
    pub insync_replicas_min: u32,
    /// `retention.bytes`; `None`: no bound.
    pub retention_bytes: Option<u64>,
    /// `retention.ms`; `None`: no bound.
    pub retention_ms: Option<i64>,
    /// `segment.bytes`, or `internal.segment.bytes` where that is set.
    pub segment_bytes: u32,
    /// `segment.index.bytes`.
    pub segment_index_bytes: u32,
    /// `segment.jitter.ms`.
    pub segment_jitter_ms: i64,
    /// `segment.ms`.
    pub segment_ms: i64,
    /// `unclean.leader.election.enable`.
    pub unclean_leader_election: bool,
}

impl TopicConfig {
    /// What holds for a topic with these settings of its own on a broker with those levels.
    #[must_use]
    pub fn resolve(own: &Properties, levels: &BrokerLevels) -> TopicConfig {
        let sight = Resolver { own, levels };
        let policies = sight.list("cleanup.policy");
        let compression = match sight.text("compression.type").as_str() {
            "uncompressed" => CompressionType::Uncompressed,
            "gzip" => CompressionType::Gzip,
            "snappy" => CompressionType::Snappy,
            "lz4" => CompressionType::Lz4,
            "zstd" => CompressionType::Zstd,
            _ => CompressionType::Producer,
        };
        TopicConfig {
            cleanup: CleanupPolicy {
                delete: policies.iter().any(|policy| policy == "delete"),
                compact: policies.iter().any(|policy| policy == "compact"),
            },
            compression,
            compression_level: compression.level_key().and_then(|key| {
                // Of gzip's levels −1 is the codec's own.
                i32::try_from(sight.number(key)).ok().filter(|level| key != GZIP_LEVEL || *level > 0)
            }),
            delete_retention_ms: sight.number("delete.retention.ms"),
            file_delete_delay_ms: sight.number("file.delete.delay.ms"),
            flush_messages: sight.number("flush.messages"),
            flush_ms: sight.number("flush.ms"),
            index_interval_bytes: sight.size("index.interval.bytes"),
            compaction_lag_ms_max: sight.number("max.compaction.lag.ms"),
            compaction_lag_ms_min: sight.number("min.compaction.lag.ms"),
            message_bytes_max: sight.size("max.message.bytes"),
            timestamp_after_ms_max: sight.number("message.timestamp.after.max.ms"),
            timestamp_before_ms_max: sight.number("message.timestamp.before.max.ms"),
            timestamp_type: match sight.text("message.timestamp.type").as_str() {
                "LogAppendTime" => TimestampType::LogAppendTime,
                _ => TimestampType::CreateTime,
            },
            dirty_ratio_min: sight.ratio("min.cleanable.dirty.ratio"),
            insync_replicas_min: sight.size("min.insync.replicas"),
            // Kafka takes every negative number for "no bound".
            retention_bytes: u64::try_from(sight.number("retention.bytes")).ok(),
            retention_ms: Some(sight.number("retention.ms")).filter(|ms| *ms >= 0),
            segment_bytes: match sight.value("internal.segment.bytes") {
                Some(Value::Number(bytes)) => u32::try_from(bytes).unwrap_or(1).max(1),
                _ => sight.size("segment.bytes"),
            },
            segment_index_bytes: sight.size("segment.index.bytes"),
            segment_jitter_ms: sight.number("segment.jitter.ms"),
            segment_ms: sight.number("segment.ms").max(1),
            unclean_leader_election: sight.value("unclean.leader.election.enable")
                == Some(Value::Boolean(true)),
        }
    }
}

impl TopicConfig {
    /// What the topic's logs are told. `durable` is the outcome of [`super::Config::durability_of`].
    #[must_use]
    pub fn log_config(
        &self,
        durable: bool,
        producer_id_expiration_ms: i64,
        validate_compressed: bool,
    ) -> LogConfig {
        LogConfig {
            segment_bytes: self.segment_bytes.into(),
            segment_ms: self.segment_ms,
            segment_jitter_ms: self.segment_jitter_ms,
            index_interval_bytes: self.index_interval_bytes.into(),
            segment_index_bytes: self.segment_index_bytes.into(),
            max_message_bytes: self.message_bytes_max as usize,
            compression: self.compression.codec(),
            compression_level: self.compression_level,
            timestamp_type: self.timestamp_type,
            timestamp_before_max_ms: self.timestamp_before_ms_max,
            timestamp_after_max_ms: self.timestamp_after_ms_max,
            cleanup_delete: self.cleanup.delete,
            cleanup_compact: self.cleanup.compact,
            retention_ms: self.retention_ms.unwrap_or(-1),
            retention_bytes: self.retention_bytes.and_then(|bytes| i64::try_from(bytes).ok()).unwrap_or(-1),
            file_delete_delay_ms: self.file_delete_delay_ms,
            durable,
            producer_id_expiration_ms,
            validate_compressed,
        }
    }
}

/// One topic's view over all levels.
struct Resolver<'a> {
    own: &'a Properties,
    levels: &'a BrokerLevels<'a>,
}

impl Resolver<'_> {
    fn value(&self, name: &str) -> Option<Value> {
        effective_value(self.own, self.levels, name)
    }

    fn number(&self, name: &str) -> i64 {
        match self.value(name) {
            Some(Value::Number(number)) => number,
            other => panic!("{name} is a number in the table, not {other:?}"),
        }
    }

    /// A number whose rule keeps it between 0 and `i32::MAX`.
    fn size(&self, name: &str) -> u32 {
        u32::try_from(self.number(name)).expect("the key's rule admits no negative number")
    }

    fn ratio(&self, name: &str) -> f64 {
        match self.value(name) {
            Some(Value::Double(ratio)) => ratio,
            other => panic!("{name} is a double in the table, not {other:?}"),
        }
    }

    fn text(&self, name: &str) -> String {
        match self.value(name) {
            Some(Value::Text(text)) => text,
            other => panic!("{name} is a text in the table, not {other:?}"),
        }
    }

    fn list(&self, name: &str) -> Vec<String> {
        match self.value(name) {
            Some(Value::List(items)) => items,
            other => panic!("{name} is a list in the table, not {other:?}"),
        }
    }
}

/// The value of one topic key: the topic's own, else the broker's, else the default. A value that does not pass its
/// check (another program put it into the metadata) is passed over.
pub(super) fn effective_value(own: &Properties, levels: &BrokerLevels, name: &str) -> Option<Value> {
    let key = topic_key(name).expect("the name is one of the table's");
    if let Some(value) = own.get(name).and_then(|text| value::check(key, text).ok()) {
        return Some(value);
    }
    let default = || key.preset.text().and_then(|text| value::check(key, text).ok());
    let Some(synonym) = broker_synonym(name) else { return default() };
    match name {
        "retention.ms" | "segment.ms" | "segment.jitter.ms" | "flush.ms" => {
            levels.number_with_relatives(synonym).map(Value::Number).or_else(default)
        }
        _ => levels.value_of(synonym).or_else(default),
    }
}

/// Why a topic's settings are refused: INVALID_CONFIG with this sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidTopicConfig(pub String);

impl fmt::Display for InvalidTopicConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Checks the settings that a topic would have on a broker with those levels: those of a creation, or all that it has
/// after a change.
///
/// # Errors
/// The first thing that is wrong, in Kafka's words.
pub fn validate_topic(own: &Properties, levels: &BrokerLevels<'_>) -> Result<(), InvalidTopicConfig> {
    if let Some(unknown) = own.keys().find(|name| topic_key(name).is_none()) {
        return Err(InvalidTopicConfig(format!("Unknown topic config name: {unknown}")));
    }
    for key in topic_keys() {
        let Some(text) = own.get(key.name) else { continue };
        let value = value::check(key, text).map_err(InvalidTopicConfig)?;
        // The one refused topic key. Kafka answers so where tiered storage is off in the broker.
        if key.treatment == Treatment::Refused && value == Value::Boolean(true) {
            return Err(InvalidTopicConfig(
                "Tiered Storage functionality is disabled in the broker. Topic cannot be configured with remote log \
                 storage."
                    .to_owned(),
            ));
        }
    }
    let number = |name: &str| match effective_value(own, levels, name) {
        Some(Value::Number(number)) => number,
        other => unreachable!("{name} is a number with a default in the table, not {other:?}"),
    };
    let (least, most) = (number("min.compaction.lag.ms"), number("max.compaction.lag.ms"));
    if least > most {
        return Err(InvalidTopicConfig(format!(
            "conflict topic config setting min.compaction.lag.ms ({least}) > max.compaction.lag.ms ({most})"
        )));
    }
    Ok(())
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

    fn resolve(own: &str, broker: &str, default: &str, file: &str) -> TopicConfig {
        let (broker, default, file) = (properties(broker), properties(default), properties(file));
        let levels =
            BrokerLevels { dynamic_broker: &broker, dynamic_default: &default, static_broker: &file };
        TopicConfig::resolve(&properties(own), &levels)
    }

    fn validate(own: &str, file: &str) -> Result<(), InvalidTopicConfig> {
        let (nothing, file) = (Properties::new(), properties(file));
        let levels =
            BrokerLevels { dynamic_broker: &nothing, dynamic_default: &nothing, static_broker: &file };
        validate_topic(&properties(own), &levels)
    }

    #[test]
    fn a_bare_topic_has_kafkas_defaults() {
        let config = resolve("", "", "", "");
        assert_eq!(config.cleanup, CleanupPolicy { delete: true, compact: false });
        assert_eq!(config.retention_ms, Some(7 * 24 * 60 * 60 * 1000));
        assert_eq!(config.retention_bytes, None);
        assert_eq!((config.segment_bytes, config.segment_ms), (1 << 30, 7 * 24 * 60 * 60 * 1000));
        assert_eq!((config.message_bytes_max, config.flush_ms), (1_048_588, i64::MAX));
        assert_eq!(config.compression, CompressionType::Producer);
    }

    #[test]
    fn a_bare_topics_logs_are_told_what_a_log_assumes() {
        let nothing = Properties::new();
        let levels =
            BrokerLevels { dynamic_broker: &nothing, dynamic_default: &nothing, static_broker: &nothing };
        let logs = crate::config::BrokerSettings::resolve(&levels).logs;
        assert_eq!(
            resolve("", "", "", "").log_config(true, logs.producer_id_expiration_ms, false),
            LogConfig::default()
        );
    }

    #[test]
    fn the_strongest_level_wins() {
        let file = "log.retention.hours=5 log.segment.bytes=2000000";
        assert_eq!(resolve("", "", "", file).retention_ms, Some(5 * 3_600_000));
        assert_eq!(resolve("", "", "", file).segment_bytes, 2_000_000);
        let file = "log.retention.hours=5 log.retention.minutes=7";
        assert_eq!(resolve("", "", "", file).retention_ms, Some(7 * 60_000));
        assert_eq!(resolve("", "", "log.retention.ms=6000", file).retention_ms, Some(6000));
        assert_eq!(
            resolve("", "log.retention.ms=5000", "log.retention.ms=6000", file).retention_ms,
            Some(5000)
        );
        let all = resolve("retention.ms=77", "log.retention.ms=5000", "log.retention.ms=6000", file);
        assert_eq!(all.retention_ms, Some(77));
    }

    #[test]
    fn no_bound_is_none() {
        assert_eq!(resolve("retention.ms=-1", "", "", "").retention_ms, None);
        assert_eq!(resolve("", "", "", "log.retention.hours=-1").retention_ms, None);
        assert_eq!(resolve("retention.bytes=0", "", "", "").retention_bytes, Some(0));
    }

    #[test]
    fn broker_keys_in_hours_count_where_no_milliseconds_are_set() {
        assert_eq!(resolve("", "", "", "log.roll.hours=3").segment_ms, 3 * 3_600_000);
        assert_eq!(resolve("", "", "", "log.roll.hours=3 log.roll.ms=9").segment_ms, 9);
        assert_eq!(resolve("", "", "", "log.roll.jitter.hours=1").segment_jitter_ms, 3_600_000);
        assert_eq!(resolve("", "", "", "log.flush.scheduler.interval.ms=1234567").flush_ms, 1_234_567);
    }

    #[test]
    fn a_stored_value_that_does_not_pass_is_passed_over() {
        assert_eq!(resolve("segment.bytes=5", "", "", "").segment_bytes, 1 << 30);
        assert_eq!(resolve("segment.bytes=x", "log.segment.bytes=y", "", "").segment_bytes, 1 << 30);
    }

    #[test]
    fn tests_may_have_segments_below_kafkas_minimum() {
        assert_eq!(resolve("internal.segment.bytes=65536", "", "", "").segment_bytes, 65536);
    }

    #[test]
    fn settings_are_refused_in_kafkas_words() {
        for (own, why) in [
            ("foo=1 retention.ms=abc", "Unknown topic config name: foo"),
            (
                "retention.ms=abc",
                "Invalid value abc for configuration retention.ms: Not a number of type LONG",
            ),
            (
                "min.compaction.lag.ms=10 max.compaction.lag.ms=5",
                "conflict topic config setting min.compaction.lag.ms (10) > max.compaction.lag.ms (5)",
            ),
            (
                "remote.storage.enable=true",
                "Tiered Storage functionality is disabled in the broker. Topic cannot be configured with remote log \
                 storage.",
            ),
        ] {
            assert_eq!(validate(own, ""), Err(InvalidTopicConfig(why.to_owned())));
        }
        assert_eq!(validate("remote.storage.enable=false min.insync.replicas=5", ""), Ok(()));
        let why = "conflict topic config setting min.compaction.lag.ms (10) > max.compaction.lag.ms (5)";
        let refused = validate("min.compaction.lag.ms=10", "log.cleaner.max.compaction.lag.ms=5");
        assert_eq!(refused, Err(InvalidTopicConfig(why.to_owned())), "what the broker sets counts, too");
    }
}

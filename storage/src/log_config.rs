//! What a log is told by its topic's configuration.

use loglane_model::{Compression, TimestampType};

/// The configuration of one log. All keys are Kafka's topic keys of that name unless said otherwise; a change
/// applies from the next append or check on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogConfig {
    /// `segment.bytes`: a segment that would grow past it is rolled.
    pub segment_bytes: u64,
    /// `segment.ms`: a segment whose first batch is older (by the timestamps of the batches) is rolled.
    pub segment_ms: i64,
    /// `segment.jitter.ms`: up to how much earlier a segment may roll, so that not all roll at once.
    pub segment_jitter_ms: i64,
    /// `index.interval.bytes`: about one index row for so many bytes of batches.
    pub index_interval_bytes: u64,
    /// `segment.index.bytes`: a segment whose index would grow past it is rolled.
    pub segment_index_bytes: u64,
    /// `max.message.bytes`: the largest batch a client may send.
    pub max_message_bytes: usize,
    /// `compression.type`: the codec of stored batches; `None` for the producer's.
    pub compression: Option<Compression>,
    /// The codec's level, from `compression.gzip.level` and its like; `None` for the codec's default.
    pub compression_level: Option<i32>,
    /// `message.timestamp.type`.
    pub timestamp_type: TimestampType,
    /// `message.timestamp.before.max.ms`.
    pub timestamp_before_max_ms: i64,
    /// `message.timestamp.after.max.ms`.
    pub timestamp_after_max_ms: i64,
    /// `cleanup.policy` names `delete`.
    pub cleanup_delete: bool,
    /// `cleanup.policy` names `compact`: records without a key are refused.
    pub cleanup_compact: bool,
    /// `retention.ms`; negative for no limit.
    pub retention_ms: i64,
    /// `retention.bytes`; negative for no limit.
    pub retention_bytes: i64,
    /// `file.delete.delay.ms`: how long a removed segment's files stay under another name.
    pub file_delete_delay_ms: i64,
    /// Whether an append counts as flushed only once it survives a power cut.
    pub durable: bool,
    /// The broker's `producer.id.expiration.ms`.
    pub producer_id_expiration_ms: i64,
    /// The broker's `loglane.validate.compressed`: look inside compressed batches as well.
    pub validate_compressed: bool,
}

impl Default for LogConfig {
    /// Kafka's defaults.
    fn default() -> LogConfig {
        LogConfig {
            segment_bytes: 1 << 30,
            segment_ms: 7 * 24 * 3_600_000,
            segment_jitter_ms: 0,
            index_interval_bytes: 4096,
            segment_index_bytes: 10 << 20,
            max_message_bytes: 1_048_588,
            compression: None,
            compression_level: None,
            timestamp_type: TimestampType::CreateTime,
            timestamp_before_max_ms: i64::MAX,
            timestamp_after_max_ms: 3_600_000,
            cleanup_delete: true,
            cleanup_compact: false,
            retention_ms: 7 * 24 * 3_600_000,
            retention_bytes: -1,
            file_delete_delay_ms: 60_000,
            durable: true,
            producer_id_expiration_ms: 86_400_000,
            validate_compressed: false,
        }
    }
}

//! What follows from the configuration, in the file and in the metadata, for a topic and its logs.

use crate::config::broker::Durability;
use crate::config::{BrokerLevels, Properties, TopicConfig};
use crate::settings::Settings;
use loglane_replication::MetadataImage;
use loglane_replication::record::ConfigResource;
use loglane_storage::LogConfig;

static NOTHING: Properties = Properties::new();

/// What is configured for a resource at run time; nothing if nothing is.
pub(crate) fn configured<'a>(image: &'a MetadataImage, resource: &ConfigResource) -> &'a Properties {
    image.configs.get(resource).map_or(&NOTHING, |values| values)
}

/// The levels of broker configuration that hold with this image.
pub(crate) fn levels<'a>(settings: &'a Settings, image: &'a MetadataImage) -> BrokerLevels<'a> {
    BrokerLevels {
        dynamic_broker: configured(image, &ConfigResource::broker(settings.broker)),
        dynamic_default: configured(image, &ConfigResource::all_brokers()),
        static_broker: &settings.config.static_properties,
    }
}

/// What holds for a topic.
pub(crate) fn topic_config(topic: &str, settings: &Settings, image: &MetadataImage) -> TopicConfig {
    TopicConfig::resolve(configured(image, &ConfigResource::topic(topic)), &levels(settings, image))
}

/// What a log is told of its topic's configuration.
pub(crate) fn log_config(topic: &str, settings: &Settings, config: &TopicConfig) -> LogConfig {
    let is_device_topic = settings.config.device_topics.iter().any(|name| name == topic);
    let may_be_device = settings.config.durability == Durability::Device || is_device_topic;
    let segment_bytes = u64::from(config.segment_bytes);
    LogConfig {
        segment_bytes,
        segment_ms: config.segment_ms,
        segment_jitter_ms: config.segment_jitter_ms,
        index_interval_bytes: u64::from(config.index_interval_bytes),
        segment_index_bytes: u64::from(config.segment_index_bytes),
        max_message_bytes: config.message_bytes_max as usize,
        timestamp_type: config.timestamp_type,
        timestamp_before_max_ms: config.timestamp_before_ms_max,
        timestamp_after_max_ms: config.timestamp_after_ms_max,
        cleanup_delete: config.cleanup.delete,
        cleanup_compact: config.cleanup.compact,
        retention_ms: config.retention_ms.unwrap_or(-1),
        retention_bytes: config.retention_bytes.map_or(-1, |bytes| i64::try_from(bytes).unwrap_or(i64::MAX)),
        file_delete_delay_ms: config.file_delete_delay_ms,
        durable: !may_be_device || config.flush_messages == 1,
        producer_id_expiration_ms: settings.producer_id_expiration_ms,
        validate_compressed: settings.config.validate_compressed,
    }
}

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
    let durable = settings.config.durability_of(topic, config) == Durability::Durable;
    let validate_compressed = settings.config.validate_compressed;
    config.log_config(durable, settings.producer_id_expiration_ms, validate_compressed)
}

//! The configuration rules that the tables of keys make.

use super::config::{ConfigRefusal, ConfigRules};
use crate::config::alter::{
    Refusal, validate_broker, validate_client_metrics, validate_group, validate_reconfiguration,
};
use crate::config::table::{Type, broker_key, topic_key};
use crate::config::value::Value;
use crate::config::{BrokerLevels, Properties, topic};
use crate::topic_rules::configured;
use loglane_model::BrokerId;
use loglane_replication::MetadataImage;
use loglane_replication::record::ConfigResource;
use std::collections::BTreeMap;

/// Rules by [`crate::config::table`], for a broker with this configuration of its own.
#[derive(Debug, Clone, Copy)]
pub struct TableRules<'a> {
    /// Which broker.
    pub broker: BrokerId,
    /// What its file, its environment and its command line say.
    pub static_broker: &'a Properties,
}

impl TableRules<'_> {
    /// The levels of the broker's configuration with this image.
    fn levels<'b>(&'b self, image: &'b MetadataImage) -> BrokerLevels<'b> {
        BrokerLevels {
            dynamic_broker: configured(image, &ConfigResource::broker(self.broker)),
            dynamic_default: configured(image, &ConfigResource::all_brokers()),
            static_broker: self.static_broker,
        }
    }

    /// Checks a broker's values by themselves, and then all that would hold with them.
    fn check_broker(
        &self,
        image: &MetadataImage,
        values: &Properties,
        is_default: bool,
    ) -> Result<(), Refusal> {
        validate_broker(values, is_default)?;
        let before = self.levels(image);
        let after = if is_default {
            BrokerLevels { dynamic_default: values, ..before }
        } else {
            BrokerLevels { dynamic_broker: values, ..before }
        };
        validate_reconfiguration(&before, &after)
    }
}

impl ConfigRules for TableRules<'_> {
    fn check(
        &self,
        image: &MetadataImage,
        resource: &ConfigResource,
        values: &BTreeMap<String, String>,
    ) -> Result<(), ConfigRefusal> {
        match resource.kind {
            ConfigResource::TOPIC => topic::validate_topic(values, &self.levels(image))
                .map_err(|error| ConfigRefusal::InvalidConfig(error.to_string())),
            ConfigResource::BROKER => Ok(self.check_broker(image, values, resource.name.is_empty())?),
            ConfigResource::GROUP => {
                let levels = self.levels(image);
                Ok(validate_group(values, |name| match broker_key(name).and_then(|key| levels.value(key)) {
                    Some(Value::Number(number)) => Some(number),
                    _ => None,
                })?)
            }
            ConfigResource::CLIENT_METRICS => Ok(validate_client_metrics(values)?),
            _ => Ok(()),
        }
    }

    /// Lists of groups and of client-metrics subscriptions are set as a whole, as in Kafka.
    fn list_default(&self, resource: &ConfigResource, name: &str) -> Option<String> {
        let key = match resource.kind {
            ConfigResource::TOPIC => topic_key(name),
            ConfigResource::BROKER => broker_key(name),
            _ => None,
        };
        let key = key.filter(|key| key.kind == Type::List)?;
        Some(key.preset.text().unwrap_or_default().to_owned())
    }
}

impl From<Refusal> for ConfigRefusal {
    fn from(refusal: Refusal) -> ConfigRefusal {
        match refusal {
            Refusal::InvalidConfig(text) => ConfigRefusal::InvalidConfig(text),
            Refusal::InvalidRequest(text) => ConfigRefusal::InvalidRequest(text),
        }
    }
}

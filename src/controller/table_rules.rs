//! The configuration rules that the tables of keys make.

use super::config::{ConfigRefusal, ConfigRules};
use crate::config::alter::{Refusal, validate_broker, validate_client_metrics, validate_group};
use crate::config::table::{Type, broker_key, client_metrics_keys, group_keys, topic_key};
use crate::config::topic;
use loglane_replication::record::ConfigResource;
use std::collections::BTreeMap;

/// Rules by [`crate::config::table`].
#[derive(Debug, Clone, Copy, Default)]
pub struct TableRules;

impl ConfigRules for TableRules {
    fn check(
        &self,
        resource: &ConfigResource,
        values: &BTreeMap<String, String>,
    ) -> Result<(), ConfigRefusal> {
        match resource.kind {
            ConfigResource::TOPIC => {
                topic::validate_topic(values).map_err(|error| ConfigRefusal::InvalidConfig(error.to_string()))
            }
            ConfigResource::BROKER => Ok(validate_broker(values, resource.name.is_empty())?),
            // Which bounds the broker sets for groups is not known here: each broker applies its own.
            ConfigResource::GROUP => Ok(validate_group(values, |_| None)?),
            ConfigResource::CLIENT_METRICS => Ok(validate_client_metrics(values)?),
            _ => Ok(()),
        }
    }

    fn list_default(&self, resource: &ConfigResource, name: &str) -> Option<String> {
        let key = match resource.kind {
            ConfigResource::TOPIC => topic_key(name),
            ConfigResource::BROKER => broker_key(name),
            ConfigResource::GROUP => group_keys().iter().find(|key| key.name == name),
            ConfigResource::CLIENT_METRICS => client_metrics_keys().iter().find(|key| key.name == name),
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

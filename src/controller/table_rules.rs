//! The configuration rules that the tables of keys make.

use super::config::{ConfigRefusal, ConfigRules};
use crate::config::table::{Change, Key, Type, broker_key, client_metrics_keys, group_keys, topic_key};
use crate::config::{topic, value};
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
            ConfigResource::BROKER => check_broker(values, resource.name.is_empty()),
            ConfigResource::GROUP => check_known(values, group_keys(), "Unknown group config name: ")
                .map_err(ConfigRefusal::InvalidConfig),
            ConfigResource::CLIENT_METRICS => {
                check_known(values, client_metrics_keys(), "Unknown client metrics configuration: ")
                    .map_err(ConfigRefusal::InvalidRequest)
            }
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

/// Keys that are not known are kept: they may be a plugin's, and Kafka keeps them too. Known ones must be of those
/// that change at run time, and have a value that fits.
fn check_broker(values: &BTreeMap<String, String>, is_default: bool) -> Result<(), ConfigRefusal> {
    let known = || values.iter().filter_map(|(name, text)| Some((broker_key(name)?, text)));
    let names = |refused: &dyn Fn(&Key) -> bool| -> Option<String> {
        let names: Vec<&str> =
            known().map(|(key, _)| key.name).filter(|name| broker_key(name).is_some_and(refused)).collect();
        (!names.is_empty()).then(|| names.join(", "))
    };
    if let Some(fixed) = names(&|key| !key.is_dynamic()) {
        let text = format!("Cannot update these configs dynamically: [{fixed}]");
        return Err(ConfigRefusal::InvalidRequest(text));
    }
    if is_default && let Some(single) = names(&|key| key.change == Change::PerBroker) {
        let text = format!(
            "Cannot update these configs at default cluster level, broker id must be specified: [{single}]"
        );
        return Err(ConfigRefusal::InvalidRequest(text));
    }
    for (key, text) in known() {
        value::check(key, text).map_err(ConfigRefusal::InvalidRequest)?;
    }
    Ok(())
}

fn check_known(values: &BTreeMap<String, String>, keys: &[Key], unknown: &str) -> Result<(), String> {
    for (name, text) in values {
        let key = keys.iter().find(|key| key.name == name);
        value::check(key.ok_or_else(|| format!("{unknown}{name}"))?, text)?;
    }
    Ok(())
}

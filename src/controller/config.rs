//! Configurations that change at run time. What a key may hold is asked of [`ConfigRules`]; how changes turn into
//! records is decided here, as Kafka does it: only what really changes is written.

use super::topic::{TopicNameError, check_topic_name};
use super::{Controller, Decision, RECORDS_PER_REQUEST_MAX};
use loglane_model::BrokerId;
use loglane_replication::MetadataRecord;
use loglane_replication::record::ConfigResource;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// Bytes of a value: a string of the protocol is not longer. What is appended to may grow beyond what a request can carry.
const VALUE_BYTES_MAX: usize = 32_767;

/// Why a configuration is refused; the code follows the kind, the text is for the client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConfigRefusal {
    /// INVALID_CONFIG.
    InvalidConfig(String),
    /// INVALID_REQUEST.
    InvalidRequest(String),
}

impl fmt::Display for ConfigRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ConfigRefusal::InvalidConfig(text) | ConfigRefusal::InvalidRequest(text) => f.write_str(text),
        }
    }
}

/// What the broker's configuration knows about keys.
pub trait ConfigRules {
    /// Whether a resource may have exactly these values configured.
    fn check(
        &self,
        resource: &ConfigResource,
        values: &BTreeMap<String, String>,
    ) -> Result<(), ConfigRefusal>;

    /// For a key whose value is a list: the value that holds where none is configured. `None` for every other key,
    /// which cannot be appended to.
    fn list_default(&self, resource: &ConfigResource, name: &str) -> Option<String>;
}

/// What to do with one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConfigEdit {
    /// Take this value; a missing one is refused with Kafka's words.
    Set(Option<String>),
    /// Go back to the default.
    Delete,
    /// Add the entries of a comma-separated list that are not there yet.
    Append(Option<String>),
    /// Take the entries of a comma-separated list away.
    Subtract(Option<String>),
}

/// What to do with a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigChange {
    /// Which.
    pub resource: ConfigResource,
    /// Key by key, in the request's order.
    pub edits: Vec<(String, ConfigEdit)>,
}

/// Why a resource's configuration is not changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AlterConfigError {
    /// The request names the resource twice. INVALID_REQUEST.
    DuplicateResource,
    /// A key comes twice. INVALID_REQUEST.
    DuplicateKey,
    /// Keys come without a value. INVALID_REQUEST.
    NullValues(Vec<String>),
    /// UNKNOWN_TOPIC_OR_PARTITION.
    UnknownTopic(String),
    /// INVALID_TOPIC_EXCEPTION.
    TopicName(TopicNameError),
    /// The resource must have a name. INVALID_REQUEST.
    Unnamed(&'static str),
    /// INVALID_REQUEST.
    BrokerNotANumber(String),
    /// Not the broker that is here. INVALID_REQUEST.
    OtherBroker {
        /// The one that is here.
        expected: BrokerId,
        /// The one that was named.
        received: i32,
    },
    /// INVALID_REQUEST.
    UnknownResourceType(i8),
    /// INVALID_CONFIG.
    NotAList {
        /// APPEND or SUBTRACT.
        operation: &'static str,
        /// The key.
        name: String,
    },
    /// Appending would make a value that is too long for the protocol. INVALID_CONFIG.
    TooLong(String),
    /// The request makes too many records. POLICY_VIOLATION.
    TooManyRecords,
    /// What the configuration rules say.
    Refused(ConfigRefusal),
}

impl fmt::Display for AlterConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AlterConfigError::DuplicateResource => f.write_str("Each resource must appear at most once."),
            AlterConfigError::DuplicateKey => f.write_str("Error due to duplicate config keys"),
            AlterConfigError::NullValues(names) => {
                write!(f, "Null value not supported for : {}", names.join(","))
            }
            AlterConfigError::UnknownTopic(name) => write!(f, "The topic '{name}' does not exist."),
            AlterConfigError::TopicName(error) => error.fmt(f),
            AlterConfigError::Unnamed(text) => f.write_str(text),
            AlterConfigError::BrokerNotANumber(name) => {
                write!(f, "Node id must be an integer, but it is: {name}")
            }
            AlterConfigError::OtherBroker { expected, received } => {
                write!(f, "Unexpected broker id, expected {}, but received {received}", expected.0)
            }
            AlterConfigError::UnknownResourceType(kind) => write!(f, "Unknown resource type {kind}"),
            AlterConfigError::NotAList { operation, name } => {
                write!(f, "Can't {operation} to key {name} because its type is not LIST.")
            }
            AlterConfigError::TooLong(name) => {
                write!(f, "The value of {name} would have more than {VALUE_BYTES_MAX} bytes.")
            }
            AlterConfigError::TooManyRecords => {
                f.write_str("Unable to perform excessively large batch operation.")
            }
            AlterConfigError::Refused(refusal) => refusal.fmt(f),
        }
    }
}

/// One answer for each resource of the request, in its order.
pub type PerResource = Vec<(ConfigResource, Result<(), AlterConfigError>)>;

impl Controller {
    /// Changes single keys (IncrementalAlterConfigs), each resource for itself.
    pub fn incremental_alter_configs(
        &mut self,
        changes: Vec<ConfigChange>,
        rules: &dyn ConfigRules,
        validate_only: bool,
    ) -> Decision<PerResource> {
        self.alter(changes, validate_only, |controller, change| controller.edited(change, rules))
    }

    /// Sets a resource's whole configuration (AlterConfigs): what is not named goes back to its default. Only
    /// [`ConfigEdit::Set`] makes sense here.
    pub fn legacy_alter_configs(
        &mut self,
        changes: Vec<ConfigChange>,
        rules: &dyn ConfigRules,
        validate_only: bool,
    ) -> Decision<PerResource> {
        self.alter(changes, validate_only, |controller, change| {
            let mut whole = change.clone();
            let named: BTreeSet<&String> = change.edits.iter().map(|(name, _)| name).collect();
            if let Some(current) = controller.image.configs.get(&change.resource) {
                let absent = current.keys().filter(|name| !named.contains(name));
                whole.edits.extend(absent.map(|name| (name.clone(), ConfigEdit::Delete)));
            }
            controller.edited(&whole, rules)
        })
    }

    fn alter(
        &mut self,
        changes: Vec<ConfigChange>,
        validate_only: bool,
        plan: impl Fn(&Controller, &ConfigChange) -> Result<Vec<MetadataRecord>, AlterConfigError>,
    ) -> Decision<PerResource> {
        let mut times: BTreeMap<ConfigResource, usize> = BTreeMap::new();
        for change in &changes {
            *times.entry(change.resource.clone()).or_default() += 1;
        }
        let mut records = Vec::new();
        let mut answers = Vec::new();
        for change in changes {
            let planned = if times[&change.resource] > 1 {
                Err(AlterConfigError::DuplicateResource)
            } else {
                plan(self, &change)
            };
            answers.push((change.resource, planned.map(|planned| records.extend(planned))));
        }
        if records.len() > RECORDS_PER_REQUEST_MAX {
            let refused = |(resource, _)| (resource, Err(AlterConfigError::TooManyRecords));
            return self.decide(vec![], answers.into_iter().map(refused).collect());
        }
        if validate_only {
            records.clear();
        }
        self.decide(records, answers)
    }

    /// The records that an edit comes to: one for each key whose value becomes another.
    fn edited(
        &self,
        change: &ConfigChange,
        rules: &dyn ConfigRules,
    ) -> Result<Vec<MetadataRecord>, AlterConfigError> {
        check_keys(change)?;
        self.check_resource(&change.resource)?;
        let current = self.image.configs.get(&change.resource);
        let current: BTreeMap<String, String> = current.map(|values| (**values).clone()).unwrap_or_default();
        let mut after = current.clone();
        for (name, edit) in &change.edits {
            match edit {
                ConfigEdit::Set(value) => {
                    let value = value.clone().expect("null values were refused above");
                    after.insert(name.clone(), value);
                }
                ConfigEdit::Delete => {
                    after.remove(name);
                }
                ConfigEdit::Append(entries) | ConfigEdit::Subtract(entries) => {
                    let is_append = matches!(edit, ConfigEdit::Append(_));
                    let operation = if is_append { "APPEND" } else { "SUBTRACT" };
                    let default = rules
                        .list_default(&change.resource, name)
                        .ok_or_else(|| AlterConfigError::NotAList { operation, name: name.clone() })?;
                    let before = current.get(name).cloned().unwrap_or(default);
                    let entries = entries.as_deref().expect("null values were refused above");
                    let list = edited_list(&before, entries, is_append);
                    if list.len() > VALUE_BYTES_MAX {
                        return Err(AlterConfigError::TooLong(name.clone()));
                    }
                    after.insert(name.clone(), list);
                }
            }
        }
        rules.check(&change.resource, &after).map_err(AlterConfigError::Refused)?;
        let changed =
            change.edits.iter().map(|(name, _)| name).filter(|name| current.get(*name) != after.get(*name));
        let record = |name: &String| MetadataRecord::Config {
            resource: change.resource.clone(),
            name: name.clone(),
            value: after.get(name).cloned(),
        };
        Ok(changed.map(record).collect())
    }

    fn check_resource(&self, resource: &ConfigResource) -> Result<(), AlterConfigError> {
        let name = resource.name.as_str();
        match resource.kind {
            ConfigResource::TOPIC if name.is_empty() => {
                Err(AlterConfigError::Unnamed("Default topic resources are not allowed."))
            }
            ConfigResource::TOPIC => {
                check_topic_name(name).map_err(AlterConfigError::TopicName)?;
                let found = self.image.topics.by_name(name);
                found.map(|_| ()).ok_or_else(|| AlterConfigError::UnknownTopic(name.to_owned()))
            }
            ConfigResource::BROKER if name.is_empty() => Ok(()),
            ConfigResource::BROKER => match name.parse::<i32>() {
                Ok(id) if id == self.node.0 => Ok(()),
                Ok(received) => Err(AlterConfigError::OtherBroker { expected: self.node, received }),
                Err(_) => Err(AlterConfigError::BrokerNotANumber(name.to_owned())),
            },
            ConfigResource::GROUP if name.is_empty() => {
                Err(AlterConfigError::Unnamed("Default group resources are not allowed."))
            }
            ConfigResource::CLIENT_METRICS if name.is_empty() => {
                Err(AlterConfigError::Unnamed("Subscription name can't be empty"))
            }
            ConfigResource::GROUP | ConfigResource::CLIENT_METRICS => Ok(()),
            other => Err(AlterConfigError::UnknownResourceType(other)),
        }
    }
}

fn check_keys(change: &ConfigChange) -> Result<(), AlterConfigError> {
    let mut seen = BTreeSet::new();
    if !change.edits.iter().all(|(name, _)| seen.insert(name)) {
        return Err(AlterConfigError::DuplicateKey);
    }
    let is_null = |edit: &ConfigEdit| {
        matches!(edit, ConfigEdit::Set(None) | ConfigEdit::Append(None) | ConfigEdit::Subtract(None))
    };
    let nulls: Vec<String> =
        change.edits.iter().filter(|(_, edit)| is_null(edit)).map(|(name, _)| name.clone()).collect();
    if nulls.is_empty() { Ok(()) } else { Err(AlterConfigError::NullValues(nulls)) }
}

/// A comma-separated list with entries added, unless they are there, or taken away.
fn edited_list(before: &str, entries: &str, is_append: bool) -> String {
    let split = |text: &str| -> Vec<String> {
        text.split(',').map(|entry| entry.trim().to_owned()).filter(|entry| !entry.is_empty()).collect()
    };
    let (mut list, entries) = (split(before), split(entries));
    if is_append {
        for entry in entries {
            if !list.contains(&entry) {
                list.push(entry);
            }
        }
    } else {
        list.retain(|entry| !entries.contains(entry));
    }
    list.join(",")
}

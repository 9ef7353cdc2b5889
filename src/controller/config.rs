//! Configurations that change at run time. What a key may hold is asked of [`ConfigRules`]; how changes turn into
//! records is decided here, as Kafka does it: only what really changes is written.

use super::request_records::{RecordExcess, RequestRecords};
use super::topic::{TopicNameError, check_topic_name};
use super::{Controller, Decision};
use loglane_model::BrokerId;
use loglane_replication::record::ConfigResource;
use loglane_replication::{MetadataImage, MetadataRecord};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// Most keys that a resource can have. Each is kept in the memory of everyone who follows the metadata, and looked at
/// whenever one of them changes; Kafka knows some four hundred.
pub const KEYS_PER_RESOURCE_MAX: usize = 1_000;

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
    /// Whether a resource may have exactly these values configured, beside what `image` has configured for others.
    fn check(
        &self,
        image: &MetadataImage,
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
    /// An operation that nobody knows.
    Unknown {
        /// Its number.
        operation: i8,
        /// Its value.
        value: Option<String>,
    },
}

/// What can be done with a list, besides setting it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListOperation {
    /// Entries are added.
    Append,
    /// Entries are taken away.
    Subtract,
}

impl ListOperation {
    fn name(self) -> &'static str {
        match self {
            ListOperation::Append => "APPEND",
            ListOperation::Subtract => "SUBTRACT",
        }
    }
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
    /// As [`AlterConfigError::OtherBroker`], of loggers. INVALID_REQUEST.
    OtherNode {
        /// The one that is here.
        expected: BrokerId,
        /// The one that was named.
        received: i32,
    },
    /// INVALID_REQUEST.
    UnknownResourceType(i8),
    /// INVALID_REQUEST.
    UnknownOperation(i8),
    /// INVALID_CONFIG.
    NotAList {
        /// What was to be done with the list.
        operation: ListOperation,
        /// The key.
        name: String,
    },
    /// As [`AlterConfigError::NotAList`], of a broker's key. INVALID_CONFIG.
    NotABrokersList {
        /// What was to be done with the list.
        operation: ListOperation,
        /// The key.
        name: String,
    },
    /// Loggers are not configured in this way, and there is none of that name. INVALID_CONFIG.
    UnknownLogger(String),
    /// Loggers have no lists. INVALID_REQUEST.
    LoggerOperation(ListOperation),
    /// Appending would make a value that is too long for the protocol. INVALID_CONFIG.
    TooLong(String),
    /// The resource would have too many keys. POLICY_VIOLATION.
    TooManyKeys,
    /// The request makes too many records. POLICY_VIOLATION.
    Excess(RecordExcess),
    /// What the configuration rules say.
    Refused(ConfigRefusal),
}

impl fmt::Display for AlterConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AlterConfigError::DuplicateResource => f.write_str("Each resource must appear at most once."),
            AlterConfigError::DuplicateKey => f.write_str("Error due to duplicate config keys"),
            AlterConfigError::NullValues(names) => {
                write!(f, "Null value not supported for : {}", names.join(", "))
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
            AlterConfigError::OtherNode { expected, received } => {
                write!(f, "Unexpected node id. Expected {}, but received {received}", expected.0)
            }
            AlterConfigError::UnknownResourceType(kind) => write!(f, "Unknown resource type {kind}"),
            AlterConfigError::UnknownOperation(operation) => write!(f, "Unknown operations type {operation}"),
            AlterConfigError::NotAList { operation, name } => {
                write!(f, "Can't {} to key {name} because its type is not LIST.", operation.name())
            }
            AlterConfigError::NotABrokersList { operation, name } => write!(
                f,
                "Config value {} is not allowed for config key: {name}",
                operation.name().to_ascii_lowercase()
            ),
            AlterConfigError::UnknownLogger(name) => write!(f, "Logger {name} does not exist!"),
            AlterConfigError::LoggerOperation(operation) => {
                write!(f, "{} operation is not allowed for the BROKER_LOGGER resource", operation.name())
            }
            AlterConfigError::TooLong(name) => {
                write!(f, "The value of {name} would have more than {VALUE_BYTES_MAX} bytes.")
            }
            AlterConfigError::TooManyKeys => {
                write!(f, "A resource can have {KEYS_PER_RESOURCE_MAX} configuration keys at most.")
            }
            AlterConfigError::Excess(excess) => excess.fmt(f),
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
    /// [`ConfigEdit::Set`] makes sense here, and no loggers.
    pub fn legacy_alter_configs(
        &mut self,
        changes: Vec<ConfigChange>,
        rules: &dyn ConfigRules,
        validate_only: bool,
    ) -> Decision<PerResource> {
        self.alter(changes, validate_only, |controller, change| {
            if change.resource.kind == BROKER_LOGGER {
                return Err(AlterConfigError::UnknownResourceType(BROKER_LOGGER));
            }
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
            *times.entry(canonical(&change.resource)).or_default() += 1;
        }
        let mut records = RequestRecords::new(&self.image);
        let mut answers = Vec::new();
        for change in changes {
            let resource = canonical(&change.resource);
            let planned = if let Some(excess) = records.excess() {
                Err(AlterConfigError::Excess(excess))
            } else if times[&resource] > 1 {
                Err(AlterConfigError::DuplicateResource)
            } else {
                plan(self, &ConfigChange { resource, edits: change.edits })
            };
            answers.push((change.resource, planned.map(|planned| records.extend(planned))));
        }
        if let Some(excess) = records.excess() {
            let refused = |(resource, _)| (resource, Err(AlterConfigError::Excess(excess)));
            return self.decide(vec![], answers.into_iter().map(refused).collect());
        }
        self.decide(records.finish(validate_only), answers)
    }

    /// The records that an edit comes to: one for each key whose value becomes another.
    fn edited(
        &self,
        change: &ConfigChange,
        rules: &dyn ConfigRules,
    ) -> Result<Vec<MetadataRecord>, AlterConfigError> {
        check_keys(change)?;
        self.check_name(change)?;
        let current = self.image.configs.get(&change.resource);
        let current: BTreeMap<String, String> = current.map(|values| (**values).clone()).unwrap_or_default();
        let mut after = current.clone();
        for (name, edit) in &change.edits {
            match edited_value(&change.resource, name, edit, current.get(name), rules)? {
                Some(value) => after.insert(name.clone(), value),
                None => after.remove(name),
            };
        }
        if after.len() > KEYS_PER_RESOURCE_MAX.max(current.len()) {
            return Err(AlterConfigError::TooManyKeys);
        }
        rules.check(&self.image, &change.resource, &after).map_err(AlterConfigError::Refused)?;
        self.check_existence(&change.resource)?;
        let changed =
            change.edits.iter().map(|(name, _)| name).filter(|name| current.get(*name) != after.get(*name));
        let record = |name: &String| MetadataRecord::Config {
            resource: change.resource.clone(),
            name: name.clone(),
            value: after.get(name).cloned(),
        };
        Ok(changed.map(record).collect())
    }

    /// Whether there can be such a resource. Loggers are not among the metadata, and no log of this broker's has one
    /// whose level could be changed from outside: whatever is named does not exist.
    fn check_name(&self, change: &ConfigChange) -> Result<(), AlterConfigError> {
        let name = change.resource.name.as_str();
        match change.resource.kind {
            ConfigResource::TOPIC if name.is_empty() => {
                Err(AlterConfigError::Unnamed("Default topic resources are not allowed."))
            }
            ConfigResource::TOPIC => check_topic_name(name).map_err(AlterConfigError::TopicName),
            ConfigResource::BROKER if name.is_empty() => Ok(()),
            ConfigResource::BROKER => self
                .check_node(name, |expected, received| AlterConfigError::OtherBroker { expected, received }),
            BROKER_LOGGER => {
                self.check_node(name, |expected, received| AlterConfigError::OtherNode {
                    expected,
                    received,
                })?;
                change.edits.first().map_or(Ok(()), |(logger, edit)| Err(refused_logger(logger, edit)))
            }
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

    fn check_node(
        &self,
        name: &str,
        other: impl Fn(BrokerId, i32) -> AlterConfigError,
    ) -> Result<(), AlterConfigError> {
        match name.parse::<i32>() {
            Ok(id) if id == self.node.0 => Ok(()),
            Ok(received) => Err(other(self.node, received)),
            Err(_) => Err(AlterConfigError::BrokerNotANumber(name.to_owned())),
        }
    }

    fn check_existence(&self, resource: &ConfigResource) -> Result<(), AlterConfigError> {
        let name = resource.name.as_str();
        if resource.kind == ConfigResource::TOPIC && self.image.topics.by_name(name).is_none() {
            return Err(AlterConfigError::UnknownTopic(name.to_owned()));
        }
        Ok(())
    }
}

/// The resource by the name that its records have: each of them repeats it, and the number of a broker can be written in
/// as many ways as it may have leading zeros. (A Kafka writes it as it came.)
fn canonical(resource: &ConfigResource) -> ConfigResource {
    match resource.name.parse::<i32>() {
        Ok(id) if resource.kind == ConfigResource::BROKER => {
            ConfigResource { kind: resource.kind, name: id.to_string() }
        }
        Ok(_) | Err(_) => resource.clone(),
    }
}

/// Loggers of a broker, in the protocol; [`ConfigResource`] does not know them, because metadata never hold any.
const BROKER_LOGGER: i8 = 8;

fn refused_logger(logger: &str, edit: &ConfigEdit) -> AlterConfigError {
    match edit {
        ConfigEdit::Set(_) | ConfigEdit::Delete => AlterConfigError::UnknownLogger(logger.to_owned()),
        ConfigEdit::Append(_) => AlterConfigError::LoggerOperation(ListOperation::Append),
        ConfigEdit::Subtract(_) => AlterConfigError::LoggerOperation(ListOperation::Subtract),
        ConfigEdit::Unknown { operation, .. } => AlterConfigError::UnknownOperation(*operation),
    }
}

/// What a key's value becomes; `None` where it goes back to the default.
fn edited_value(
    resource: &ConfigResource,
    name: &str,
    edit: &ConfigEdit,
    current: Option<&String>,
    rules: &dyn ConfigRules,
) -> Result<Option<String>, AlterConfigError> {
    let (entries, operation) = match edit {
        ConfigEdit::Set(value) => return Ok(value.clone()),
        ConfigEdit::Delete => return Ok(None),
        ConfigEdit::Unknown { operation, .. } => return Err(AlterConfigError::UnknownOperation(*operation)),
        ConfigEdit::Append(entries) => (entries, ListOperation::Append),
        ConfigEdit::Subtract(entries) => (entries, ListOperation::Subtract),
    };
    let not_a_list = || {
        let name = name.to_owned();
        match resource.kind {
            ConfigResource::BROKER => AlterConfigError::NotABrokersList { operation, name },
            _ => AlterConfigError::NotAList { operation, name },
        }
    };
    let default = rules.list_default(resource, name).ok_or_else(not_a_list)?;
    let entries = entries.as_deref().expect("null values were refused above");
    let list = edited_list(current.unwrap_or(&default), entries, operation);
    if list.len() > VALUE_BYTES_MAX {
        return Err(AlterConfigError::TooLong(name.to_owned()));
    }
    Ok(Some(list))
}

fn check_keys(change: &ConfigChange) -> Result<(), AlterConfigError> {
    let mut seen = BTreeSet::new();
    if !change.edits.iter().all(|(name, _)| seen.insert(name)) {
        return Err(AlterConfigError::DuplicateKey);
    }
    let is_null = |edit: &ConfigEdit| match edit {
        ConfigEdit::Set(value) | ConfigEdit::Append(value) | ConfigEdit::Subtract(value) => value.is_none(),
        ConfigEdit::Unknown { value, .. } => value.is_none(),
        ConfigEdit::Delete => false,
    };
    let nulls: Vec<String> =
        change.edits.iter().filter(|(_, edit)| is_null(edit)).map(|(name, _)| name.clone()).collect();
    if nulls.is_empty() { Ok(()) } else { Err(AlterConfigError::NullValues(nulls)) }
}

/// A comma-separated list with entries added, unless they are there, or taken away. Nothing is trimmed, as in Kafka.
fn edited_list(before: &str, entries: &str, operation: ListOperation) -> String {
    let mut list: Vec<&str> = before.split(',').filter(|entry| !entry.is_empty()).collect();
    for entry in entries.split(',') {
        let at = list.iter().position(|known| *known == entry);
        match (operation, at) {
            (ListOperation::Append, None) => list.push(entry),
            (ListOperation::Subtract, Some(at)) => {
                list.remove(at);
            }
            (ListOperation::Append, Some(_)) | (ListOperation::Subtract, None) => {}
        }
    }
    list.join(",")
}

//! The file, the environment and the command line, laid over each other, key by key. Below all of them is what follows
//! from the environment without anybody having said it.

use super::environment::{Environment, Guess, read_environment};
use super::nearest::nearest;
use super::properties;
use super::table::{
    Change, Treatment, accepted_without_effect, broker_key, broker_keys, is_listener_security_key,
};
use super::value;
use super::{ConfigError, Properties, Warning};
use std::collections::BTreeMap;
use std::fmt;

/// Where configuration text comes from, weakest first. Nothing here is read by this module: the caller has.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// The properties file: its name, for messages, and its text.
    pub file: Option<(String, String)>,
    /// The environment; only the variables that the images' rules name count.
    pub environment: BTreeMap<String, String>,
    /// `--override key=value`, in order.
    pub overrides: Vec<(String, String)>,
    /// The machine's name: what is advertised where a listener names no host.
    pub host_name: String,
}

/// Who set a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A line of the file.
    File {
        /// The file's name.
        name: String,
        /// Counted from 1.
        line: usize,
    },
    /// An environment variable.
    Environment {
        /// Its name.
        variable: String,
    },
    /// The command line.
    Override,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::File { name, line } => write!(f, "{name}:{line}"),
            Origin::Environment { variable } => f.write_str(variable),
            Origin::Override => f.write_str("--override"),
        }
    }
}

/// Keys with their values and who set them.
#[derive(Debug, Clone, Default)]
pub(super) struct Merged {
    pub(super) values: Properties,
    pub(super) origins: BTreeMap<String, Origin>,
    /// Whether neither a file nor the environment says anything: a start from nothing.
    pub(super) is_bare: bool,
}

impl Merged {
    pub(super) fn get(&self, key: &str) -> Option<&str> {
        self.values.get(key).map(String::as_str)
    }

    pub(super) fn set(&mut self, key: &str, value: impl Into<String>) {
        self.values.insert(key.to_owned(), value.into());
    }

    /// An error about a key, with the place where it was set.
    pub(super) fn error(&self, key: &str, what: impl Into<String>) -> ConfigError {
        ConfigError::at(self.origins.get(key).cloned(), what)
    }

    fn put(&mut self, key: String, value: String, origin: Origin) {
        self.origins.insert(key.clone(), origin);
        self.values.insert(key, value);
    }
}

/// Lays the sources over each other and checks every key by itself.
pub(super) fn merge(sources: &Sources) -> Result<(Merged, Vec<Warning>), ConfigError> {
    let mut merged = Merged { is_bare: sources.file.is_none(), ..Merged::default() };
    if let Some((name, text)) = &sources.file {
        let parsed = properties::parse(text).map_err(|error| {
            ConfigError::at(Some(Origin::File { name: name.clone(), line: error.line }), error.to_string())
        })?;
        for property in parsed {
            let origin = Origin::File { name: name.clone(), line: property.line };
            merged.put(property.key, property.value, origin);
        }
    }
    let Environment { settings, guesses, mut notes } = read_environment(&sources.environment);
    merged.is_bare &= settings.is_empty() && guesses.is_empty();
    for setting in settings {
        merged.put(setting.key, setting.value, Origin::Environment { variable: setting.variable });
    }
    for (key, value) in &sources.overrides {
        merged.put(key.clone(), value.clone(), Origin::Override);
    }
    for Guess { setting, unless, note } in guesses {
        if !unless.iter().any(|key| merged.values.contains_key(*key)) {
            merged.put(setting.key, setting.value, Origin::Environment { variable: setting.variable });
            notes.extend(note);
        }
    }
    let mut warnings: Vec<Warning> = notes.into_iter().map(Warning).collect();
    check_each(&merged, &mut warnings)?;
    Ok((merged, warnings))
}

fn check_each(merged: &Merged, warnings: &mut Vec<Warning>) -> Result<(), ConfigError> {
    let mut without_effect = Vec::new();
    for (name, text) in &merged.values {
        let origin = &merged.origins[name];
        let Some(key) = broker_key(name) else {
            check_outside_the_table(merged, name, origin, warnings)?;
            continue;
        };
        if key.change == Change::Throttle {
            warnings.push(Warning(format!("{origin}: {name} is set at run time, not here: it is ignored")));
            continue;
        }
        let value = value::check(key, text).map_err(|why| merged.error(name, why))?;
        match key.treatment {
            Treatment::NoEffect => without_effect.push(name.as_str()),
            Treatment::Refused if Some(value.to_string().as_str()) != key.preset.text() => {
                if !(value.to_string().is_empty() && key.preset.text().is_none()) {
                    return Err(not_implemented(merged, name));
                }
            }
            Treatment::Refused | Treatment::Acts | Treatment::Stored => {}
        }
    }
    if !without_effect.is_empty() {
        let names = without_effect.join(", ");
        warnings.push(Warning(format!(
            "without effect in Loglane, which has no such threads, tasks or classes: {names}"
        )));
    }
    Ok(())
}

fn check_outside_the_table(
    merged: &Merged,
    name: &str,
    origin: &Origin,
    warnings: &mut Vec<Warning>,
) -> Result<(), ConfigError> {
    if is_listener_security_key(name) {
        return Err(not_implemented(merged, name));
    }
    if let Some(why) = accepted_without_effect(name) {
        warnings.push(Warning(format!("{origin}: {name} is without effect: {why}")));
        return Ok(());
    }
    // A per-listener form of a key that is no security key.
    let base = name.strip_prefix("listener.name.").and_then(|rest| rest.split_once('.'));
    if base.is_some_and(|(_, key)| broker_key(key).is_some()) {
        warnings.push(Warning(format!("{origin}: {name} is without effect: listeners share one setting")));
        return Ok(());
    }
    let meant = match nearest(name, broker_keys().map(|key| key.name)) {
        Some(known) => format!("; is {known} meant?"),
        None => String::new(),
    };
    warnings.push(Warning(format!("{origin}: there is no key {name}, it is ignored{meant}")));
    Ok(())
}

fn not_implemented(merged: &Merged, name: &str) -> ConfigError {
    let error = merged.error(name, format!("{name} is set, and Loglane does not implement it"));
    error.not_implemented(
        "the setting asks for protection, policy or storage that would silently be missing",
        format!("remove {name} if the broker may run without it (Kafka's default is what Loglane does)"),
    )
}

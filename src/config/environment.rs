//! Settings from environment variables, by the rules of the common container images.
//!
//! The apache/kafka and cp-kafka images turn `KAFKA_LOG_RETENTION_MS` into `log.retention.ms`: `_` stands for `.`,
//! `__` for `_`, `___` for `-`. Another common image writes `KAFKA_CFG_` before the same. `LOGLANE_MEMORY` stands
//! for `loglane.memory`. The environment comes in as a map: nothing here asks the system.

use super::value::read_list;
use std::collections::BTreeMap;

/// One setting, and the variable that made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvironmentSetting {
    /// The configuration key.
    pub key: String,
    /// Its value.
    pub value: String,
    /// The variable.
    pub variable: String,
}

/// A setting that nobody has named: it is concluded from what the environment says of something else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guess {
    /// What is concluded, and from which variable.
    pub setting: EnvironmentSetting,
    /// It holds only where nobody, the file included, has named any of these keys.
    pub unless: &'static [&'static str],
    /// Worth a line at the start if it holds.
    pub note: Option<String>,
}

/// What the environment says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Environment {
    /// Settings, ordered by variable; of two for one key the later counts.
    pub settings: Vec<EnvironmentSetting>,
    /// Settings that follow where they are not made by anybody.
    pub guesses: Vec<Guess>,
    /// Things worth a line at the start.
    pub notes: Vec<String>,
}

/// Variables of the images' scripts and of Java that are no settings.
const NOT_SETTINGS: &[&str] = &[
    "KAFKA_VERSION",
    "KAFKA_HEAP_OPTS",
    "KAFKA_LOG4J_OPTS",
    "KAFKA_OPTS",
    "KAFKA_JMX_OPTS",
    "KAFKA_JMX_HOSTNAME",
    "KAFKA_JMX_PORT",
    "KAFKA_JVM_PERFORMANCE_OPTS",
    "KAFKA_GC_LOG_OPTS",
    "KAFKA_LOG4J_ROOT_LOGLEVEL",
    "KAFKA_LOG4J_LOGGERS",
    "KAFKA_LOG4J_CMD_OPTS",
    "KAFKA_TOOLS_LOG4J_LOGLEVEL",
    "KAFKA_HOME",
    "KAFKA_CLASSPATH",
    "KAFKA_DEBUG",
    "KAFKA_KRAFT_MODE",
    "KAFKA_ENABLE_KRAFT",
    "KAFKA_MOUNTED_CONF_DIR",
    "KAFKA_CERTIFICATE_PASSWORD",
    "KAFKA_TLS_TYPE",
];

/// Beginnings of variables that are no settings. Kubernetes sets the first two groups for a service called "kafka".
const NOT_SETTING_PREFIXES: &[&str] =
    &["KAFKA_SERVICE_", "KAFKA_PORT_", "KAFKA_CLIENT_", "KAFKA_TLS_", "KAFKA_JAVA_"];

/// Reads the settings out of an environment.
#[must_use]
pub fn read_environment(variables: &BTreeMap<String, String>) -> Environment {
    let mut environment = Environment::default();
    for (variable, value) in variables {
        if let Some(key) = key_of(variable, value) {
            environment.settings.push(EnvironmentSetting {
                key,
                value: value.clone(),
                variable: variable.clone(),
            });
        } else if matches!(variable.as_str(), "KAFKA_KRAFT_MODE" | "KAFKA_ENABLE_KRAFT") {
            environment.notes.push(format!("{variable}: metadata is always in KRaft"));
        }
    }
    derive_node_id(variables, &mut environment);
    derive_advertised(variables, &mut environment);
    derive_listeners(&mut environment);
    environment
}

/// The configuration key that a variable stands for, if it stands for one.
fn key_of(variable: &str, value: &str) -> Option<String> {
    match variable {
        "CLUSTER_ID" | "KAFKA_CLUSTER_ID" | "KAFKA_KRAFT_CLUSTER_ID" | "KAFKA_CFG_CLUSTER_ID" => {
            return Some("loglane.cluster.id".to_owned());
        }
        "KAFKA_CREATE_TOPICS" => return Some("loglane.create.topics".to_owned()),
        // The addresses of older images; `derive_advertised` makes one setting of both.
        "KAFKA_ADVERTISED_HOST_NAME" | "KAFKA_ADVERTISED_PORT" => return None,
        // Kubernetes: tcp://10.0.0.1:9092.
        "KAFKA_PORT" if value.contains("://") => return None,
        _ => {}
    }
    if NOT_SETTINGS.contains(&variable)
        || NOT_SETTING_PREFIXES.iter().any(|prefix| variable.starts_with(prefix))
    {
        return None;
    }
    if let Some(rest) = variable.strip_prefix("LOGLANE_") {
        return Some(format!("loglane.{}", dotted(rest)));
    }
    let rest = variable.strip_prefix("KAFKA_")?;
    let rest = rest.strip_prefix("CFG_").unwrap_or(rest);
    if rest.is_empty() { None } else { Some(dotted(rest)) }
}

/// Lower case, one `_` for `.`, two for `_`, three for `-`.
fn dotted(name: &str) -> String {
    let mut key = String::with_capacity(name.len());
    let mut rest = name;
    while let Some(start) = rest.find('_') {
        key.push_str(&rest[..start].to_ascii_lowercase());
        let run = rest[start..].bytes().take_while(|b| *b == b'_').count();
        match run {
            1 => key.push('.'),
            2 => key.push('_'),
            3 => key.push('-'),
            _ => key.push_str(&rest[start..start + run]),
        }
        rest = &rest[start + run..];
    }
    key.push_str(&rest.to_ascii_lowercase());
    key
}

impl Environment {
    fn has(&self, key: &str) -> bool {
        self.settings.iter().any(|setting| setting.key == key)
    }

    fn value(&self, key: &str) -> Option<&str> {
        self.settings.iter().rev().find(|setting| setting.key == key).map(|setting| setting.value.as_str())
    }
}

/// In Kubernetes, pods of a stateful set are called `name-0`, `name-1`, ...: their number is the node id.
fn derive_node_id(variables: &BTreeMap<String, String>, environment: &mut Environment) {
    let in_kubernetes = variables.contains_key("KUBERNETES_SERVICE_HOST");
    let pod = match variables.get("POD_NAME") {
        Some(pod) => ("POD_NAME", pod),
        None if in_kubernetes => match variables.get("HOSTNAME") {
            Some(host) => ("HOSTNAME", host),
            None => return,
        },
        None => return,
    };
    let Some((_, ordinal)) = pod.1.rsplit_once('-') else { return };
    let is_ordinal = ordinal.parse::<i32>().is_ok_and(|id| id.to_string() == ordinal);
    if is_ordinal {
        environment.guesses.push(Guess {
            setting: EnvironmentSetting {
                key: "node.id".to_owned(),
                value: ordinal.to_owned(),
                variable: pod.0.to_owned(),
            },
            unless: &["node.id", "broker.id"],
            note: Some(format!("node.id={ordinal}, from the pod's name {}", pod.1)),
        });
    }
}

/// Older images take the advertised host and port apart.
fn derive_advertised(variables: &BTreeMap<String, String>, environment: &mut Environment) {
    const HOST: &str = "KAFKA_ADVERTISED_HOST_NAME";
    let Some(host) = variables.get(HOST) else { return };
    if environment.has("advertised.listeners") {
        return;
    }
    let port = variables.get("KAFKA_ADVERTISED_PORT").map_or("9092", String::as_str);
    environment.settings.push(EnvironmentSetting {
        key: "advertised.listeners".to_owned(),
        value: format!("PLAINTEXT://{host}:{port}"),
        variable: HOST.to_owned(),
    });
}

/// Where only advertised addresses are given, the broker listens on their ports, on all addresses.
fn derive_listeners(environment: &mut Environment) {
    let Some(advertised) = environment.value("advertised.listeners") else { return };
    let listeners: Vec<String> = read_list(advertised)
        .iter()
        .filter_map(|entry| {
            let (name, address) = entry.split_once("://")?;
            let (_, port) = address.rsplit_once(':')?;
            Some(format!("{name}://0.0.0.0:{port}"))
        })
        .collect();
    if listeners.is_empty() {
        return;
    }
    environment.guesses.push(Guess {
        setting: EnvironmentSetting {
            key: "listeners".to_owned(),
            value: listeners.join(","),
            variable: "KAFKA_ADVERTISED_LISTENERS".to_owned(),
        },
        unless: &["listeners"],
        note: None,
    });
}

/// One topic of `KAFKA_CREATE_TOPICS`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicToCreate {
    /// Its name.
    pub name: String,
    /// How many partitions.
    pub partitions: u32,
    /// How many replicas.
    pub replicas: u16,
    /// `cleanup.policy`, if given.
    pub cleanup_policy: Option<String>,
}

/// Reads `name:partitions:replicas[:cleanup.policy]` entries, separated by commas or line ends. Partitions and
/// replicas may be left out: 1.
///
/// # Errors
/// The entry that cannot be read.
pub fn read_topics_to_create(text: &str) -> Result<Vec<TopicToCreate>, String> {
    text.split([',', '\n'])
        .map(str::trim)
        .filter(|entry| !entry.is_empty())
        .map(|entry| {
            let mut fields = entry.split(':').map(str::trim);
            let wrong = || format!("{entry} is not of the form name:partitions:replicas[:cleanup.policy]");
            let name = fields.next().filter(|name| !name.is_empty()).ok_or_else(wrong)?.to_owned();
            let partitions = fields.next().unwrap_or("1").parse().map_err(|_| wrong())?;
            let replicas = fields.next().unwrap_or("1").parse().map_err(|_| wrong())?;
            let cleanup_policy = fields.next().filter(|policy| !policy.is_empty()).map(str::to_owned);
            if fields.next().is_some() || partitions == 0 || replicas == 0 {
                return Err(wrong());
            }
            Ok(TopicToCreate { name, partitions, replicas, cleanup_policy })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Environment {
        read_environment(&pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect())
    }

    /// What is set, and behind it what is guessed where it is not set here.
    fn settings(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        let Environment { mut settings, guesses, .. } = read(pairs);
        for guess in guesses {
            if !settings.iter().any(|setting| guess.unless.contains(&setting.key.as_str())) {
                settings.push(guess.setting);
            }
        }
        settings.into_iter().map(|s| (s.key, s.value)).collect()
    }

    #[track_caller]
    fn check(pairs: &[(&str, &str)], expected: &[(&str, &str)]) {
        let expected: Vec<_> = expected.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        assert_eq!(settings(pairs), expected);
    }

    #[test]
    fn names_become_keys_by_the_rule_of_the_images() {
        for (variable, key) in [
            ("KAFKA_LOG_RETENTION_MS", "log.retention.ms"),
            ("KAFKA_CFG_LOG_RETENTION_MS", "log.retention.ms"),
            ("KAFKA_NODE_ID", "node.id"),
            ("KAFKA_BROKER_ID", "broker.id"),
            ("KAFKA_FOO__BAR_BAZ", "foo_bar.baz"),
            ("KAFKA_FOO___BAR", "foo-bar"),
            ("LOGLANE_IO_BACKEND", "loglane.io.backend"),
            ("KAFKA_LISTENER_NAME_INTERNAL_SSL_KEY_PASSWORD", "listener.name.internal.ssl.key.password"),
            ("KAFKA_LOGLANE_MEMORY", "loglane.memory"),
            ("CLUSTER_ID", "loglane.cluster.id"),
            ("KAFKA_CREATE_TOPICS", "loglane.create.topics"),
        ] {
            check(&[(variable, "1")], &[(key, "1")]);
        }
    }

    #[test]
    fn variables_of_scripts_java_and_kubernetes_are_no_settings() {
        check(
            &[
                ("KAFKA_HEAP_OPTS", "-Xmx1g"),
                ("KAFKA_OPTS", "-D"),
                ("KAFKA_JMX_PORT", "9999"),
                ("KAFKA_PORT", "tcp://10.0.0.1:9092"),
                ("KAFKA_PORT_9092_TCP_ADDR", "10.0.0.1"),
                ("KAFKA_SERVICE_HOST", "10.0.0.1"),
                ("KAFKA_VERSION", "4.3.1"),
                ("KAFKA_", "x"),
                ("PATH", "/bin"),
            ],
            &[],
        );
    }

    #[test]
    fn listeners_follow_from_advertised_ones() {
        let advertised = "PLAINTEXT://broker:29092,HOST://localhost:9092";
        let found = settings(&[("KAFKA_ADVERTISED_LISTENERS", advertised)]);
        assert_eq!(found[1].1, "PLAINTEXT://0.0.0.0:29092,HOST://0.0.0.0:9092");
        check(
            &[("KAFKA_ADVERTISED_LISTENERS", advertised), ("KAFKA_LISTENERS", "PLAINTEXT://:1")],
            &[("advertised.listeners", advertised), ("listeners", "PLAINTEXT://:1")],
        );
    }

    #[test]
    fn older_images_take_the_address_apart() {
        let found = settings(&[("KAFKA_ADVERTISED_HOST_NAME", "kafka"), ("KAFKA_ADVERTISED_PORT", "9094")]);
        assert_eq!(found[0], ("advertised.listeners".to_owned(), "PLAINTEXT://kafka:9094".to_owned()));
        assert_eq!(found[1].1, "PLAINTEXT://0.0.0.0:9094");
    }

    #[test]
    fn a_pod_of_a_stateful_set_knows_its_number() {
        check(&[("POD_NAME", "kafka-2")], &[("node.id", "2")]);
        check(&[("KUBERNETES_SERVICE_HOST", "x"), ("HOSTNAME", "kafka-0")], &[("node.id", "0")]);
        check(&[("HOSTNAME", "kafka-0")], &[]);
        check(&[("POD_NAME", "kafka-7d9f8b-x2x4z")], &[]);
        check(&[("POD_NAME", "kafka-2"), ("KAFKA_NODE_ID", "5")], &[("node.id", "5")]);
        check(&[("POD_NAME", "kafka-2"), ("KAFKA_BROKER_ID", "5")], &[("broker.id", "5")]);
    }

    #[test]
    fn the_mode_of_older_images_is_noted() {
        assert_eq!(read(&[("KAFKA_KRAFT_MODE", "true")]).notes.len(), 1);
    }

    #[test]
    fn topics_to_create_are_read() {
        let topics = read_topics_to_create("a:3:1, b:1:1:compact\n c ,").unwrap();
        let shown: Vec<_> = topics.iter().map(|t| (t.name.as_str(), t.partitions, t.replicas)).collect();
        assert_eq!(shown, [("a", 3, 1), ("b", 1, 1), ("c", 1, 1)]);
        assert_eq!(topics[1].cleanup_policy.as_deref(), Some("compact"));
        for wrong in ["a:x:1", ":1:1", "a:0:1", "a:1:1:compact:5"] {
            assert!(read_topics_to_create(wrong).is_err(), "{wrong}");
        }
    }
}

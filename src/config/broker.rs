//! The broker's configuration: typed, checked, complete. Past this point there is no text and no default.

use super::environment::{TopicToCreate, read_topics_to_create};
use super::levels::BrokerLevels;
use super::listeners::{
    AdminListener, Listener, ProtocolMap, SecurityProtocol, check_distinct, parse_listeners,
    parse_protocol_map,
};
use super::settings::{BrokerSettings, check_combinations};
use super::sources::{Merged, Origin, Sources, merge};
use super::table::broker_key;
use super::value::{read_cores, read_list, read_size, read_voter};
use super::{Properties, TopicConfig};
use crate::cores::CoresFile;
use loglane_model::BrokerId;
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

/// What an acknowledgement means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// It survives a power cut.
    Durable,
    /// It survives the end of the process: the write has completed, but may sit in the disk's own cache.
    Device,
}

/// How the broker talks to the kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IoBackend {
    /// io_uring where it works, else epoll.
    Auto,
    /// io_uring, or no start.
    IoUring,
    /// epoll and a pool of threads.
    Epoll,
}

/// How the broker's own log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// The configuration of a broker.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// `node.id`.
    pub node_id: BrokerId,
    /// The cluster id that was asked for, if one was; a used directory brings its own.
    pub cluster_id: Option<String>,
    /// `broker.rack`.
    pub rack: Option<String>,
    /// The listeners of clients and brokers, to bind.
    pub listeners: Vec<Listener>,
    /// The controller's listeners, to bind; may be none.
    pub controller_listeners: Vec<Listener>,
    /// What clients are told, by listener name; each of [`Config::listeners`] has at most one. Port 0 stands for the
    /// port that was bound.
    pub advertised: Vec<Listener>,
    /// What other nodes are told of the controller's listeners. Port 0 stands for the port that was bound.
    pub controller_advertised: Vec<Listener>,
    /// The security protocol of each listener name.
    pub protocols: ProtocolMap,
    /// `inter.broker.listener.name`.
    pub inter_broker_listener: String,
    /// `controller.listener.names`.
    pub controller_listener_names: Vec<String>,
    /// `log.dirs`, without repeated ones.
    pub log_dirs: Vec<PathBuf>,
    /// `metadata.log.dir`, else the first of [`Config::log_dirs`].
    pub metadata_log_dir: PathBuf,
    /// `loglane.durability`.
    pub durability: Durability,
    /// `loglane.durability.device.topics`.
    pub device_topics: Vec<String>,
    /// `loglane.io.backend`.
    pub io_backend: IoBackend,
    /// `loglane.memory`; `None`: by the machine, see [`default_memory_bytes`].
    pub memory_bytes: Option<u64>,
    /// `loglane.cores`; `None`: all that the process may use, and for which the memory suffices.
    pub cores: Option<Vec<u16>>,
    /// `loglane.cores.file`.
    pub cores_file: Option<PathBuf>,
    /// What that file says, once it was read.
    pub layout: Option<CoresFile>,
    /// Who set which key.
    pub origins: BTreeMap<String, Origin>,
    /// `loglane.connections.max`.
    pub connections_max: u32,
    /// `loglane.validate.compressed`.
    pub validate_compressed: bool,
    /// `loglane.scrub.*`.
    pub scrub: ScrubSettings,
    /// `loglane.create.topics`.
    pub topics_to_create: Vec<TopicToCreate>,
    /// `loglane.admin.listener`; `None`: there is to be no admin server.
    pub admin: Option<AdminListener>,
    /// `loglane.log.format`.
    pub log_format: LogFormat,
    /// `loglane.log.level`.
    pub log_level: String,
    /// Everything else, from the static level alone.
    pub settings: BrokerSettings,
    /// What the file, the environment and the command line say, and the values that were filled in: the static level
    /// of `DescribeConfigs` and of every later resolution.
    pub static_properties: Properties,
}

/// How sealed segments are read in the background.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScrubSettings {
    /// `loglane.scrub.bytes.per.second`, of the whole broker; 0: not at all.
    pub bytes_per_second: u64,
    /// `loglane.scrub.interval.ms`: how far apart passes begin at the least.
    pub interval_ms: u64,
}

impl ScrubSettings {
    fn resolve(levels: &BrokerLevels<'_>) -> ScrubSettings {
        let number = |name: &str| {
            let value = levels.value_of(name).expect("it has a default").to_string();
            value.parse().expect("the table's rule for it was applied")
        };
        ScrubSettings {
            bytes_per_second: number("loglane.scrub.bytes.per.second"),
            interval_ms: number("loglane.scrub.interval.ms"),
        }
    }
}

/// Something that deserves a line at the start, but does not stop it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning(pub String);

/// Why a configuration does not do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    /// Where the value was set, if somebody set it.
    pub origin: Option<Origin>,
    /// What is wrong.
    pub what: String,
    /// Why that probably is so, where there is more to say than "a typing error".
    pub cause: Option<String>,
    /// What to do, where it is not obvious.
    pub fix: Option<String>,
    /// Whether the setting is right, but Loglane cannot do it.
    pub is_not_implemented: bool,
}

impl ConfigError {
    pub(super) fn at(origin: Option<Origin>, what: impl Into<String>) -> ConfigError {
        ConfigError { origin, what: what.into(), cause: None, fix: None, is_not_implemented: false }
    }

    pub(super) fn because(mut self, cause: impl Into<String>, fix: impl Into<String>) -> ConfigError {
        self.cause = Some(cause.into());
        self.fix = Some(fix.into());
        self
    }

    pub(super) fn not_implemented(self, cause: impl Into<String>, fix: impl Into<String>) -> ConfigError {
        ConfigError { is_not_implemented: true, ..self.because(cause, fix) }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.origin {
            Some(origin) => write!(f, "{origin}: {}", self.what),
            None => f.write_str(&self.what),
        }
    }
}

/// The memory budget of a machine whose owner has not said: a quarter of its memory, 1 GiB at the most.
#[must_use]
pub fn default_memory_bytes(machine_bytes: u64) -> u64 {
    (machine_bytes / 4).min(1 << 30)
}

impl Config {
    /// Reads, checks and completes a configuration.
    ///
    /// # Errors
    /// The first thing that keeps the broker from starting.
    pub fn parse(sources: &Sources) -> Result<(Config, Vec<Warning>), ConfigError> {
        let (mut merged, mut warnings) = merge(sources)?;
        fill_in(&mut merged)?;
        check_roles(&merged)?;
        check_quorum(&merged)?;
        let addresses = addresses(&mut merged, sources)?;
        let log_dirs = log_dirs(&mut merged, &mut warnings)?;
        let metadata_log_dir =
            merged.get("metadata.log.dir").map_or_else(|| log_dirs[0].clone(), |dir| dir.trim().into());
        let nothing = Properties::new();
        let levels = BrokerLevels {
            dynamic_broker: &nothing,
            dynamic_default: &nothing,
            static_broker: &merged.values,
        };
        check_combinations(&levels).map_err(|what| ConfigError::at(None, what))?;
        let settings = BrokerSettings::resolve(&levels);
        warn_of_replicas(&merged, &mut warnings);
        let text = |name: &str| levels.value_of(name).map(|value| value.to_string());
        let create = text("loglane.create.topics").unwrap_or_default();
        let topics_to_create = read_topics_to_create(&create)
            .map_err(|why| merged.error("loglane.create.topics", format!("loglane.create.topics: {why}")))?;
        let admin = admin_listener(&merged)?;
        let config = Config {
            node_id: BrokerId(node_id(&merged)),
            cluster_id: text("loglane.cluster.id"),
            rack: text("broker.rack"),
            listeners: addresses.listeners,
            controller_listeners: addresses.controller_listeners,
            advertised: addresses.advertised,
            controller_advertised: addresses.controller_advertised,
            protocols: addresses.protocols,
            inter_broker_listener: addresses.inter_broker_listener,
            controller_listener_names: addresses.controller_listener_names,
            log_dirs,
            metadata_log_dir,
            durability: match text("loglane.durability").as_deref() {
                Some("device") => Durability::Device,
                _ => Durability::Durable,
            },
            device_topics: read_list(&text("loglane.durability.device.topics").unwrap_or_default()),
            io_backend: match text("loglane.io.backend").as_deref() {
                Some("io_uring") => IoBackend::IoUring,
                Some("epoll") => IoBackend::Epoll,
                _ => IoBackend::Auto,
            },
            memory_bytes: text("loglane.memory").and_then(|text| read_size(&text)),
            cores: text("loglane.cores").and_then(|text| read_cores(&text)),
            cores_file: text("loglane.cores.file").map(PathBuf::from),
            layout: None,
            origins: merged.origins,
            connections_max: text("loglane.connections.max")
                .and_then(|text| text.parse().ok())
                .unwrap_or(10_000),
            validate_compressed: text("loglane.validate.compressed").as_deref() == Some("true"),
            scrub: ScrubSettings::resolve(&levels),
            topics_to_create,
            admin,
            log_format: match text("loglane.log.format").as_deref() {
                Some("json") => LogFormat::Json,
                _ => LogFormat::Text,
            },
            log_level: text("loglane.log.level").unwrap_or_else(|| "info".to_owned()),
            settings,
            static_properties: merged.values,
        };
        Ok((config, warnings))
    }

    /// The levels of this broker's values, with what was set at run time.
    #[must_use]
    pub fn levels<'a>(
        &'a self,
        dynamic_broker: &'a Properties,
        dynamic_default: &'a Properties,
    ) -> BrokerLevels<'a> {
        BrokerLevels { dynamic_broker, dynamic_default, static_broker: &self.static_properties }
    }

    /// Every directory of this broker: those of `log.dirs`, and behind them that of the metadata log if it is none of
    /// them.
    #[must_use]
    pub fn directories(&self) -> Vec<&Path> {
        let mut paths: Vec<&Path> = self.log_dirs.iter().map(PathBuf::as_path).collect();
        if !self.log_dirs.contains(&self.metadata_log_dir) {
            paths.push(&self.metadata_log_dir);
        }
        paths
    }

    /// What an acknowledgement means for a topic: `flush.messages=1` makes any topic durable.
    #[must_use]
    pub fn durability_of(&self, topic: &str, config: &TopicConfig) -> Durability {
        let is_device =
            self.durability == Durability::Device || self.device_topics.iter().any(|name| name == topic);
        // What the broker itself relies on is always durable.
        let is_internal =
            matches!(topic, "__consumer_offsets" | "__transaction_state" | "__share_group_state");
        if is_device && !is_internal && config.flush_messages > 1 {
            Durability::Device
        } else {
            Durability::Durable
        }
    }
}

/// Values for keys that Kafka asks for and nobody has set. They count as set in the file.
fn fill_in(merged: &mut Merged) -> Result<(), ConfigError> {
    if merged.get("process.roles").is_none() {
        merged.set("process.roles", "broker,controller");
    }
    let (node, broker) = (merged.get("node.id").map(str::trim), merged.get("broker.id").map(str::trim));
    match (node, broker) {
        (Some(node), Some(broker)) if node != broker => {
            let error = merged.error("broker.id", "You must set `node.id` to the same value as `broker.id`.");
            return Err(error.because("broker.id is the older name of node.id", "remove broker.id"));
        }
        (None, Some(broker)) if broker.starts_with('-') => {
            return Err(merged
                .error("broker.id", format!("broker.id={broker}: node ids are not chosen by the broker"))
                .because("the file was made for ZooKeeper mode", "set node.id to a number of 0 or more"));
        }
        (None, Some(broker)) => merged.set("node.id", broker.to_owned()),
        (Some(node), None) => merged.set("broker.id", node.to_owned()),
        (None, None) => {
            merged.set("node.id", "1");
            merged.set("broker.id", "1");
        }
        (Some(_), Some(_)) => {}
    }
    // Until there are clusters, internal topics with Kafka's three replicas could never be made.
    for key in [
        "offsets.topic.replication.factor",
        "transaction.state.log.replication.factor",
        "transaction.state.log.min.isr",
        "share.coordinator.state.topic.replication.factor",
        "share.coordinator.state.topic.min.isr",
    ] {
        if merged.get(key).is_none() {
            merged.set(key, "1");
        }
    }
    Ok(())
}

fn node_id(merged: &Merged) -> i32 {
    let text = merged.get("node.id").expect("it was filled in").trim();
    text.parse().expect("the table's rule for node.id was applied, or it is the checked broker.id")
}

fn check_roles(merged: &Merged) -> Result<(), ConfigError> {
    let roles = read_list(merged.get("process.roles").expect("it was filled in"));
    if roles.len() == 2 {
        return Ok(());
    }
    let error = merged.error(
        "process.roles",
        format!(
            "process.roles={}: Loglane is broker and controller in one \
                                                       process until it can form clusters",
            roles.join(",")
        ),
    );
    Err(error.not_implemented(
        "the file is that of one node of a cluster",
        "set process.roles=broker,controller for a broker of its own",
    ))
}

fn check_quorum(merged: &Merged) -> Result<(), ConfigError> {
    let id = node_id(merged);
    let cluster = "the file is that of one node of a cluster, which Loglane cannot form yet";
    if let Some(voters) = merged.get("controller.quorum.voters") {
        let voters: Vec<_> = read_list(voters).iter().filter_map(|voter| read_voter(voter)).collect();
        let others: Vec<String> = voters
            .iter()
            .filter(|voter| voter.0 != id)
            .map(|(other, host, port)| format!("{other}@{host}:{port}"))
            .collect();
        if !others.is_empty() {
            let what =
                format!("controller.quorum.voters names other nodes than node {id}: {}", others.join(", "));
            let fix = format!("keep only this node's own entry ({id}@host:port), or remove the key");
            return Err(merged.error("controller.quorum.voters", what).not_implemented(cluster, fix));
        }
    }
    if let Some(servers) = merged.get("controller.quorum.bootstrap.servers") {
        let servers = read_list(servers);
        if servers.len() > 1 {
            let what = format!(
                "controller.quorum.bootstrap.servers names several controllers: {}",
                servers.join(", ")
            );
            let fix = "keep only this node's own address, or remove the key";
            return Err(merged
                .error("controller.quorum.bootstrap.servers", what)
                .not_implemented(cluster, fix));
        }
    }
    Ok(())
}

struct Addresses {
    listeners: Vec<Listener>,
    controller_listeners: Vec<Listener>,
    advertised: Vec<Listener>,
    controller_advertised: Vec<Listener>,
    protocols: ProtocolMap,
    inter_broker_listener: String,
    controller_listener_names: Vec<String>,
}

fn addresses(merged: &mut Merged, sources: &Sources) -> Result<Addresses, ConfigError> {
    if merged.get("listeners").is_none() {
        // From nothing the broker serves this machine alone; a file means what it means to Kafka.
        let default = if merged.is_bare {
            "PLAINTEXT://127.0.0.1:9092"
        } else {
            broker_key("listeners").and_then(|key| key.preset.text()).expect("it has a default")
        };
        merged.set("listeners", default);
    }
    let error = |key: &str, what: String| merged.error(key, what);
    let text = merged.get("listeners").expect("it was filled in");
    let all = parse_listeners("listeners", text).map_err(|what| error("listeners", what))?;
    check_distinct("listeners", &all).map_err(|what| error("listeners", what))?;
    let controller_names = controller_names(merged, &all)?;
    let protocols = protocols(merged, &all, &controller_names)?;
    let is_controller = |listener: &Listener| controller_names.contains(&listener.name);
    let (controller_listeners, listeners): (Vec<_>, Vec<_>) = all.into_iter().partition(is_controller);
    if listeners.is_empty() {
        let what =
            "there is no listener for clients: all of listeners are controller.listener.names".to_owned();
        return Err(error("listeners", what).because(
            "process.roles=broker,controller needs both",
            "add PLAINTEXT://host:9092 to listeners",
        ));
    }
    let named: Option<Vec<Listener>> = match merged.get("advertised.listeners") {
        Some(text) => {
            let key = "advertised.listeners";
            let named = parse_listeners(key, text).map_err(|what| error(key, what))?;
            Some(named)
        }
        None => None,
    };
    let (controller_named, broker_named): (Vec<_>, Vec<_>) =
        named.clone().unwrap_or_default().into_iter().partition(is_controller);
    let advertised = if named.is_some() { broker_named } else { listeners.clone() };
    let controller_advertised =
        if controller_named.is_empty() { controller_listeners.clone() } else { controller_named };
    let advertised = with_hosts(advertised, &sources.host_name);
    let controller_advertised = with_hosts(controller_advertised, &sources.host_name);
    check_advertised(merged, &listeners, &advertised)?;
    let inter_broker_listener = inter_broker_listener(merged, &advertised, &protocols)?;
    Ok(Addresses {
        listeners,
        controller_listeners,
        advertised,
        controller_advertised,
        protocols,
        inter_broker_listener,
        controller_listener_names: controller_names,
    })
}

fn admin_listener(merged: &Merged) -> Result<Option<AdminListener>, ConfigError> {
    const KEY: &str = "loglane.admin.listener";
    let default = broker_key(KEY).and_then(|key| key.preset.text()).expect("it has a default");
    let wanted = merged.get(KEY);
    AdminListener::parse(wanted.unwrap_or(default), wanted.is_some()).map_err(|why| merged.error(KEY, why))
}

fn controller_names(merged: &Merged, all: &[Listener]) -> Result<Vec<String>, ConfigError> {
    let Some(text) = merged.get("controller.listener.names") else {
        return Ok(vec!["CONTROLLER".to_owned()]);
    };
    let names: Vec<String> = read_list(text).iter().map(|name| name.to_ascii_uppercase()).collect();
    if !all.iter().any(|listener| names.contains(&listener.name)) {
        let what = "controller.listener.names must contain at least one value appearing in the 'listeners' \
                    configuration when running the KRaft controller role";
        return Err(merged.error("controller.listener.names", what).because(
            format!("listeners has no {}", names.join(" and no ")),
            format!("add {}://127.0.0.1:9093 to listeners", names[0]),
        ));
    }
    Ok(names)
}

/// The protocol of each listener, every one of them plain until TLS and SASL are there.
fn protocols(merged: &Merged, all: &[Listener], controllers: &[String]) -> Result<ProtocolMap, ConfigError> {
    const KEY: &str = "listener.security.protocol.map";
    let explicit = merged.get(KEY);
    let default = broker_key(KEY).and_then(|key| key.preset.text()).expect("it has a default");
    let mut map = parse_protocol_map(explicit.unwrap_or(default)).map_err(|what| merged.error(KEY, what))?;
    if explicit.is_none() {
        // As in Kafka: with the default map a controller's listener is plain.
        for name in controllers {
            map.entry(name.clone()).or_insert(SecurityProtocol::Plaintext);
        }
    }
    for listener in all {
        match map.get(&listener.name) {
            Some(SecurityProtocol::Plaintext) => {}
            Some(protocol) => {
                let what = format!(
                    "listener {listener} asks for {}, which Loglane does not implement",
                    protocol.name()
                );
                return Err(merged.error("listeners", what).not_implemented(
                    "the listener is meant to be encrypted or to ask who connects, and would be open",
                    format!("map {} to PLAINTEXT in {KEY} if it may be open", listener.name),
                ));
            }
            None => {
                let what = format!("No security protocol defined for listener {}", listener.name);
                let fix = format!("add {}:PLAINTEXT to {KEY}", listener.name);
                return Err(merged.error("listeners", what).because(format!("{KEY} does not name it"), fix));
            }
        }
    }
    Ok(map)
}

/// Where no host is named, clients are told the machine's name.
fn with_hosts(listeners: Vec<Listener>, host_name: &str) -> Vec<Listener> {
    let host = if host_name.is_empty() { "localhost" } else { host_name };
    listeners
        .into_iter()
        .map(|listener| Listener { host: listener.host.or_else(|| Some(host.to_owned())), ..listener })
        .collect()
}

fn check_advertised(
    merged: &Merged,
    listeners: &[Listener],
    advertised: &[Listener],
) -> Result<(), ConfigError> {
    let key = if merged.get("advertised.listeners").is_some() { "advertised.listeners" } else { "listeners" };
    for listener in advertised {
        if matches!(listener.host.as_deref(), Some("0.0.0.0" | "::")) {
            let what = "advertised.listeners cannot use the nonroutable meta-address 0.0.0.0. Use a routable IP address.";
            return Err(merged.error(key, what).because(
                "clients connect to the advertised address, and nobody can connect to 0.0.0.0",
                format!(
                    "set advertised.listeners={}://HOST:{}, with a host that clients reach",
                    listener.name, listener.port
                ),
            ));
        }
        if !listeners.iter().any(|bound| bound.name == listener.name) {
            let valid = listeners.iter().map(|bound| bound.name.as_str()).collect::<Vec<_>>().join(",");
            let what = format!(
                "advertised.listeners listener names must be equal to or a subset of the ones defined in listeners. \
                 Found {}. The valid options based on the current configuration are {valid}",
                listener.name
            );
            return Err(merged.error(key, what));
        }
    }
    for (index, listener) in advertised.iter().enumerate() {
        if advertised[..index].iter().any(|earlier| earlier.name == listener.name) {
            return Err(merged
                .error(key, format!("{key}: Each listener must have a different name: {}", listener.name)));
        }
    }
    if advertised.is_empty() {
        return Err(merged.error(key, "advertised.listeners names no listener of clients"));
    }
    Ok(())
}

fn inter_broker_listener(
    merged: &Merged,
    advertised: &[Listener],
    protocols: &ProtocolMap,
) -> Result<String, ConfigError> {
    const KEY: &str = "inter.broker.listener.name";
    if merged.get(KEY).is_some() && merged.get("security.inter.broker.protocol").is_some() {
        let what = "Only one of inter.broker.listener.name and security.inter.broker.protocol should be set.";
        return Err(merged.error(KEY, what));
    }
    let Some(name) = merged.get(KEY).map(|name| name.trim().to_ascii_uppercase()) else {
        // Kafka's default is the listener called like the protocol. A single broker can do without it.
        let plain = advertised.iter().find(|listener| listener.name == "PLAINTEXT");
        return Ok(plain.unwrap_or(&advertised[0]).name.clone());
    };
    if !protocols.contains_key(&name) {
        let what = format!(
            "Listener with name {name} defined in {KEY} not found in listener.security.protocol.map."
        );
        return Err(merged.error(KEY, what));
    }
    if !advertised.iter().any(|listener| listener.name == name) {
        let valid = advertised.iter().map(|listener| listener.name.as_str()).collect::<Vec<_>>().join(",");
        let what = format!(
            "{KEY} must be a listener name defined in advertised.listeners. The valid options based on currently \
             configured listeners are {valid}"
        );
        return Err(merged.error(KEY, what));
    }
    Ok(name)
}

fn log_dirs(merged: &mut Merged, warnings: &mut Vec<Warning>) -> Result<Vec<PathBuf>, ConfigError> {
    let key = ["log.dirs", "log.dir"].into_iter().find(|key| merged.get(key).is_some());
    let text = match key {
        Some(key) => merged.get(key).expect("it was found").to_owned(),
        None => {
            let default =
                broker_key("loglane.data").and_then(|key| key.preset.text()).expect("it has a default");
            merged.get("loglane.data").unwrap_or(default).trim().to_owned()
        }
    };
    if key.is_none() {
        // Who names a directory, or nothing at all, need not be told.
        if !merged.is_bare && merged.get("loglane.data").is_none() {
            warnings.push(Warning(format!(
                "log.dirs is not set: data goes to {text} (Kafka's would go to /tmp)"
            )));
        }
        merged.set("log.dirs", text.clone());
    }
    let dirs: Vec<PathBuf> = read_list(&text).iter().map(PathBuf::from).collect();
    if dirs.is_empty() {
        return Err(merged.error("log.dirs", "log.dirs names no directory"));
    }
    Ok(dirs)
}

/// Replication beyond the one broker there is: Kafka starts so, and refuses the topics later.
fn warn_of_replicas(merged: &Merged, warnings: &mut Vec<Warning>) {
    for (key, what) in [
        ("offsets.topic.replication.factor", "consumer groups will not work"),
        ("transaction.state.log.replication.factor", "transactions will not work"),
        ("default.replication.factor", "topics made without a replication factor will be refused"),
        ("min.insync.replicas", "produces with acks=all will be refused"),
    ] {
        let Some(text) = merged.get(key) else { continue };
        if text.trim().parse::<i64>().is_ok_and(|number| number > 1) {
            let origin = merged.origins.get(key).map_or(String::new(), |origin| format!("{origin}: "));
            warnings.push(Warning(format!("{origin}{key}={} with one broker: {what}", text.trim())));
        }
    }
}

#[cfg(test)]
mod tests;

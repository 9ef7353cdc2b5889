//! What shards need to know of the configuration and of this node: plain values. They are settled at the start, and
//! anew where the broker's configuration is changed at run time: shard 0 then hands out another value with the image
//! that says so.

use crate::config::{BrokerLevels, BrokerSettings, Config};
use loglane_model::BrokerId;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// A directory of `log.dirs`.
#[derive(Debug, Clone)]
pub(crate) struct LogDirName {
    /// As it is configured.
    pub(crate) configured: PathBuf,
    /// As clients see it: absolute, and otherwise the same.
    pub(crate) absolute: String,
}

impl LogDirName {
    /// The two names of a directory.
    pub(crate) fn of(configured: &Path) -> LogDirName {
        let absolute = std::path::absolute(configured).unwrap_or_else(|_| configured.to_owned());
        LogDirName { configured: configured.to_owned(), absolute: absolute.to_string_lossy().into_owned() }
    }
}

/// Shared by all shards, never changed once it is handed out.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// As it was at the start: nothing in it follows a change at run time.
    pub(crate) config: Arc<Config>,
    /// `node.id`.
    pub(crate) broker: BrokerId,
    /// The cluster's id, as text.
    pub(crate) cluster_id: String,
    /// The finalized level of kraft.version, which is not in the image but among the quorum's own records.
    pub(crate) kraft_version: i16,
    /// Names of the listeners, in the order in which shard 0 accepts on them.
    pub(crate) listeners: Vec<String>,
    /// How many of them, from the front, are for clients; the others are the controller's.
    pub(crate) client_listeners: usize,
    /// `log.dirs`, in its order.
    pub(crate) log_dirs: Vec<LogDirName>,
    /// `auto.create.topics.enable`.
    pub(crate) auto_create_topics: bool,
    /// `num.partitions`.
    pub(crate) default_partitions: i32,
    /// `default.replication.factor`.
    pub(crate) default_replication_factor: i16,
    /// `delete.topic.enable`.
    pub(crate) delete_topics: bool,
    /// `fetch.max.bytes`.
    pub(crate) fetch_bytes_max: usize,
    /// `socket.request.max.bytes`, or what the receive budget can hold.
    pub(crate) request_bytes_max: usize,
    /// `connections.max.idle.ms`.
    pub(crate) connection_idle_max: Duration,
    /// `log.retention.check.interval.ms`.
    pub(crate) retention_check_every: Duration,
    /// `log.flush.offset.checkpoint.interval.ms`.
    pub(crate) checkpoint_every: Duration,
    /// `producer.id.expiration.check.interval.ms`.
    pub(crate) producer_expiry_every: Duration,
    /// `producer.id.expiration.ms`.
    pub(crate) producer_id_expiration_ms: i64,
    /// `max.connections`.
    pub(crate) connections_max: usize,
    /// `max.connections.per.ip` and its overrides.
    pub(crate) connections_per_address: ConnectionsPerAddress,
}

impl Settings {
    /// The same, with what these levels make of the keys that may change at run time. Keys of logs are not among them:
    /// each log is told of its own.
    pub(crate) fn with_levels(&self, levels: &BrokerLevels<'_>) -> Settings {
        let values = BrokerSettings::resolve(levels);
        Settings {
            producer_id_expiration_ms: values.logs.producer_id_expiration_ms,
            connections_max: values.network.connections_max as usize,
            connections_per_address: ConnectionsPerAddress {
                most: values.network.connections_per_ip_max,
                overrides: values.network.connections_per_ip_overrides,
            },
            ..self.clone()
        }
    }
}

/// How many connections one client address may have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ConnectionsPerAddress {
    /// `max.connections.per.ip`.
    pub(crate) most: u32,
    /// `max.connections.per.ip.overrides`.
    pub(crate) overrides: BTreeMap<IpAddr, u32>,
}

impl ConnectionsPerAddress {
    /// The most that this address may have.
    pub(crate) fn most_of(&self, address: IpAddr) -> u32 {
        self.overrides.get(&address).copied().unwrap_or(self.most)
    }
}

//! What shards need to know of the configuration and of this node: plain values, settled at start.

use crate::config::Config;
use loglane_model::BrokerId;
use std::sync::Arc;
use std::time::Duration;

/// Shared by all shards, never changed.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) config: Arc<Config>,
    /// `node.id`.
    pub(crate) broker: BrokerId,
    /// The cluster's id, as text.
    pub(crate) cluster_id: String,
    /// Names of the listeners, in the order in which shard 0 accepts on them.
    pub(crate) listeners: Vec<String>,
    /// How many of them, from the front, are for clients; the others are the controller's.
    pub(crate) client_listeners: usize,
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
}

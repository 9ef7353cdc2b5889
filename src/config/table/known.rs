//! Keys that Kafka 4.3 does not list itself, but that files in use contain or that a broker resource may carry.

use super::{Change::*, Key, Preset::*, Rule::*, Treatment::*, Type::*, keys};

/// Throttles that Kafka keeps on broker resources though its broker does not define them; listed once they are set. None
/// of them is obeyed: there are no followers, and moves between directories go as fast as the disks.
pub(super) static BROKER_THROTTLES: &[Key] = keys! {
    "leader.replication.throttled.rate" Long Null, AtLeast(0), Throttle, Stored,
        "The most that throttled partitions send to followers in a second.";
    "follower.replication.throttled.rate" Long Null, AtLeast(0), Throttle, Stored,
        "The most that throttled replicas fetch in a second.";
    "replica.alter.log.dirs.io.max.bytes.per.second" Long Null, AtLeast(0), Throttle, Stored,
        "The most that moving replicas between directories reads and writes in a second.";
};

/// Keys that mean something to somebody, and nothing that Loglane would list: of Kafka's authorizer (which asks for
/// them only where one is configured), of older Kafkas, and of other distributions. A trailing dot stands for every
/// key that begins so.
pub(super) static OTHERS: &[(&str, &str)] = &[
    ("super.users", "there is no authorizer, so every principal may do everything"),
    ("allow.everyone.if.no.acl.found", "there is no authorizer, so every principal may do everything"),
    ("zookeeper.connect", "metadata is in KRaft"),
    ("zookeeper.", "metadata is in KRaft"),
    ("control.plane.listener.name", "it belonged to ZooKeeper mode"),
    ("broker.id.generation.enable", "it belonged to ZooKeeper mode"),
    ("reserved.broker.max.id", "it belonged to ZooKeeper mode"),
    ("inter.broker.protocol.version", "brokers agree on features instead"),
    ("log.message.format.version", "there is one message format"),
    ("log.message.downconversion.enable", "there is one message format"),
    ("log.message.timestamp.difference.max.ms", "log.message.timestamp.before.max.ms took its place"),
    ("offsets.commit.required.acks", "offset commits always wait for all in-sync replicas"),
    ("group.coordinator.new.enable", "there is one group coordinator"),
    ("group.consumer.enable", "there is one group coordinator"),
    ("delegation.token.master.key", "delegation.token.secret.key took its place"),
    ("node.id.generation.enable", "node ids are given"),
    ("quota.producer.default", "quotas are kept in the metadata"),
    ("quota.consumer.default", "quotas are kept in the metadata"),
    ("auto.include.jmx.reporter", "Loglane serves its metrics over HTTP"),
    ("metrics.", "Loglane serves its metrics over HTTP"),
    ("kafka.metrics.", "Loglane serves its metrics over HTTP"),
    ("confluent.", "it belongs to another distribution"),
    ("rlmm.config.", "there is no tiered storage"),
    ("rsm.config.", "there is no tiered storage"),
];

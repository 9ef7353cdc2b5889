//! Broker keys of how topics are made and led.

use super::{Change::*, Key, Preset::*, Rule::*, Treatment::*, Type::*, keys};

pub(super) static BROKER_TOPICS: &[Key] = keys! {
    "num.partitions" Int Is("1"), AtLeast(1), ReadOnly, Acts,
        "Partitions of a topic that is made without a count.";
    "default.replication.factor" Int Is("1"), Any, ReadOnly, Acts,
        "Replicas of a topic that is made without a count.";
    "min.insync.replicas" Int Is("1"), AtLeast(1), ClusterWide, Acts,
        "Replicas that must hold a record of an acks=all produce before it is acknowledged.";
    "auto.create.topics.enable" Boolean Is("true"), Any, ReadOnly, Acts,
        "Whether asking for an unknown topic makes it.";
    "delete.topic.enable" Boolean Is("true"), Any, ReadOnly, Acts,
        "Whether topics may be deleted.";
    "unclean.leader.election.enable" Boolean Is("false"), Any, ClusterWide, Stored,
        "Whether a replica outside the in-sync set may lead when nobody else can.";
    "create.topic.policy.class.name" Class Null, Any, ReadOnly, Refused,
        "A Java class that judges CreateTopics requests; Loglane loads no Java.";
    "alter.config.policy.class.name" Class Null, Any, ReadOnly, Refused,
        "A Java class that judges configuration changes; Loglane loads no Java.";
    "auto.leader.rebalance.enable" Boolean Is("true"), Any, ReadOnly, Acts,
        "Whether leadership goes back to the preferred replicas by itself.";
    "leader.imbalance.check.interval.seconds" Long Is("300"), AtLeast(1), ReadOnly, Stored,
        "How often that is looked into.";
    "unclean.leader.election.interval.ms" Long Is("300000"), AtLeast(1), Internal, Stored,
        "How often partitions without a leader are looked at for an unclean election.";
};

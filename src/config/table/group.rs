//! Keys of a group resource.

use super::{Change::*, Key, Preset::*, Rule::*, Treatment::*, Type::*, keys};

pub(super) static GROUP: &[Key] = keys! {
    "consumer.assignment.interval.ms" Int Is("1000"), AtLeast(0), PerResource, Stored,
        "The least time between two assignments of the group.";
    "consumer.heartbeat.interval.ms" Int Is("5000"), AtLeast(1), PerResource, Acts,
        "How often the group's members are told to send heartbeats.";
    "consumer.session.timeout.ms" Int Is("45000"), AtLeast(1), PerResource, Acts,
        "A member that is silent for this long is removed.";
    "share.assignment.interval.ms" Int Is("1000"), AtLeast(0), PerResource, Stored,
        "The least time between two assignments of the group.";
    "share.auto.offset.reset" String Is("latest"), OffsetReset, PerResource, Stored,
        "Where a share group starts: earliest, latest, or by_duration: and how far back.";
    "share.delivery.count.limit" Int Is("5"), AtLeast(2), PerResource, Stored,
        "How often a record is handed out before it is archived.";
    "share.heartbeat.interval.ms" Int Is("5000"), AtLeast(1), PerResource, Stored,
        "How often the group's members are told to send heartbeats.";
    "share.isolation.level" String Is("read_uncommitted"),
        OneOf(&["read_committed", "read_uncommitted"]), PerResource, Stored,
        "Whether the group sees records of open and aborted transactions.";
    "share.partition.max.record.locks" Int Is("2000"), AtLeast(100), PerResource, Stored,
        "Records of one partition that may be locked at a time.";
    "share.record.lock.duration.ms" Int Is("30000"), AtLeast(1_000), PerResource, Stored,
        "How long a record handed to a consumer is locked for it.";
    "share.renew.acknowledge.enable" Boolean Is("true"), Any, PerResource, Stored,
        "Whether consumers may prolong their locks.";
    "share.session.timeout.ms" Int Is("45000"), AtLeast(1), PerResource, Stored,
        "A member that is silent for this long is removed.";
    "streams.assignment.interval.ms" Int Is("1000"), AtLeast(0), PerResource, Stored,
        "The least time between two assignments of the group.";
    "streams.heartbeat.interval.ms" Int Is("5000"), AtLeast(1), PerResource, Stored,
        "How often the group's members are told to send heartbeats.";
    "streams.initial.rebalance.delay.ms" Int Is("3000"), AtLeast(0), PerResource, Stored,
        "How long the empty group waits for more members before its first assignment.";
    "streams.num.standby.replicas" Int Is("0"), AtLeast(0), PerResource, Stored,
        "Standby copies of each task.";
    "streams.session.timeout.ms" Int Is("45000"), AtLeast(1), PerResource, Stored,
        "A member that is silent for this long is removed.";
};

//! Broker keys of groups, offsets, share state and transactions.

use super::{Change::*, Key, Preset::*, Rule::*, Treatment::*, Type::*, keys};

pub(super) static BROKER_COORDINATORS: &[Key] = keys! {
    "group.initial.rebalance.delay.ms" Int Is("3000"), Any, ReadOnly, Acts,
        "How long an empty classic group waits for more members before its first rebalance.";
    "group.min.session.timeout.ms" Int Is("6000"), Any, ReadOnly, Acts,
        "The shortest session timeout that a classic member may ask for.";
    "group.max.session.timeout.ms" Int Is("1800000"), Any, ReadOnly, Acts,
        "The longest session timeout that a classic member may ask for.";
    "group.max.size" Int Is("2147483647"), AtLeast(1), ReadOnly, Acts,
        "The most members of a classic group.";
    "group.coordinator.rebalance.protocols" List Is("classic,consumer,streams"),
        SomeItemsOf(&["consumer", "classic", "share", "streams"]), ReadOnly, Stored,
        "The kinds of groups that are served.";
    "group.coordinator.threads" Int Is("4"), AtLeast(1), ReadOnly, NoEffect,
        "Threads of the group coordinator; in Loglane a group lives on the core of its partition.";
    "group.coordinator.background.threads" Int Is("2"), AtLeast(1), ReadOnly, NoEffect,
        "Threads for the group coordinator's heavy work.";
    "group.coordinator.append.linger.ms" Int Is("-1"), AtLeast(-1), ReadOnly, NoEffect,
        "How long coordinator writes wait for company; Loglane commits in groups by itself.";
    "group.coordinator.cached.buffer.max.bytes" Int Is("1048588"), AtLeast(524_288), ClusterWide, NoEffect,
        "The largest write buffer that the coordinator keeps.";
    "group.consumer.session.timeout.ms" Int Is("45000"), AtLeast(1), ReadOnly, Acts,
        "A member of a consumer group that is silent for this long is removed.";
    "group.consumer.min.session.timeout.ms" Int Is("45000"), AtLeast(1), ReadOnly, Acts,
        "The least that a group's own session timeout may be.";
    "group.consumer.max.session.timeout.ms" Int Is("60000"), AtLeast(1), ReadOnly, Acts,
        "The most that a group's own session timeout may be.";
    "group.consumer.heartbeat.interval.ms" Int Is("5000"), AtLeast(1), ReadOnly, Acts,
        "How often members of a consumer group are told to send heartbeats.";
    "group.consumer.min.heartbeat.interval.ms" Int Is("5000"), AtLeast(1), ReadOnly, Acts,
        "The least that a group's own heartbeat interval may be.";
    "group.consumer.max.heartbeat.interval.ms" Int Is("15000"), AtLeast(1), ReadOnly, Acts,
        "The most that a group's own heartbeat interval may be.";
    "group.consumer.assignment.interval.ms" Int Is("1000"), AtLeast(0), ClusterWide, Stored,
        "The least time between two assignments of a consumer group.";
    "group.consumer.min.assignment.interval.ms" Int Is("0"), AtLeast(0), ReadOnly, Stored,
        "The least that a group's own assignment interval may be.";
    "group.consumer.max.assignment.interval.ms" Int Is("15000"), AtLeast(0), ReadOnly, Stored,
        "The most that a group's own assignment interval may be.";
    "group.consumer.max.size" Int Is("2147483647"), AtLeast(1), ReadOnly, Acts,
        "The most members of a consumer group.";
    "group.consumer.assignors" List Is("uniform,range"), SomeItems, ReadOnly, Acts,
        "The assignors that consumer groups may name; the first is the default.";
    "group.consumer.migration.policy" String Is("bidirectional"),
        OneOfAnyCase(&["DISABLED", "DOWNGRADE", "UPGRADE", "BIDIRECTIONAL"]), ReadOnly, Acts,
        "Whether groups may turn from classic to consumer and back while they have members.";
    "group.consumer.regex.refresh.interval.ms" Int Is("600000"), AtLeast(10_000), Internal, Stored,
        "How often subscribed expressions are matched against the topics again.";
    "group.share.session.timeout.ms" Int Is("45000"), AtLeast(1), ReadOnly, Stored,
        "A member of a share group that is silent for this long is removed.";
    "group.share.min.session.timeout.ms" Int Is("45000"), AtLeast(1), ReadOnly, Stored,
        "The least that a share group's own session timeout may be.";
    "group.share.max.session.timeout.ms" Int Is("60000"), AtLeast(1), ReadOnly, Stored,
        "The most that a share group's own session timeout may be.";
    "group.share.heartbeat.interval.ms" Int Is("5000"), AtLeast(1), ReadOnly, Stored,
        "How often members of a share group are told to send heartbeats.";
    "group.share.min.heartbeat.interval.ms" Int Is("5000"), AtLeast(1), ReadOnly, Stored,
        "The least that a share group's own heartbeat interval may be.";
    "group.share.max.heartbeat.interval.ms" Int Is("15000"), AtLeast(1), ReadOnly, Stored,
        "The most that a share group's own heartbeat interval may be.";
    "group.share.assignment.interval.ms" Int Is("1000"), AtLeast(0), ClusterWide, Stored,
        "The least time between two assignments of a share group.";
    "group.share.min.assignment.interval.ms" Int Is("0"), AtLeast(0), ReadOnly, Stored,
        "The least that a share group's own assignment interval may be.";
    "group.share.max.assignment.interval.ms" Int Is("15000"), AtLeast(0), ReadOnly, Stored,
        "The most that a share group's own assignment interval may be.";
    "group.share.assignors" List Is("simple"), SomeItems, ReadOnly, Stored,
        "The assignors that share groups may name; the first is the default.";
    "group.share.max.size" Int Is("200"), Between(1, 1_000), ReadOnly, Stored,
        "The most members of a share group.";
    "group.share.max.share.sessions" Int Is("2000"), AtLeast(1), ReadOnly, Stored,
        "Share sessions that the broker remembers.";
    "group.share.delivery.count.limit" Int Is("5"), Between(2, 10), ReadOnly, Stored,
        "How often a record is handed to share consumers before it is archived.";
    "group.share.min.delivery.count.limit" Int Is("2"), Between(2, 5), ReadOnly, Stored,
        "The least that a share group's own delivery limit may be.";
    "group.share.max.delivery.count.limit" Int Is("10"), Between(5, 25), ReadOnly, Stored,
        "The most that a share group's own delivery limit may be.";
    "group.share.record.lock.duration.ms" Int Is("30000"), Between(1_000, 3_600_000), ReadOnly, Stored,
        "How long a record handed to a share consumer is locked for it.";
    "group.share.min.record.lock.duration.ms" Int Is("15000"), Between(1_000, 30_000), ReadOnly, Stored,
        "The least that a share group's own lock duration may be.";
    "group.share.max.record.lock.duration.ms" Int Is("60000"), Between(30_000, 3_600_000), ReadOnly, Stored,
        "The most that a share group's own lock duration may be.";
    "group.share.partition.max.record.locks" Int Is("2000"), Between(100, 10_000), ReadOnly, Stored,
        "Records of one share partition that may be locked at a time.";
    "group.share.min.partition.max.record.locks" Int Is("100"), Between(100, 2_000), ReadOnly, Stored,
        "The least that a share group's own number of locks may be.";
    "group.share.max.partition.max.record.locks" Int Is("4000"), Between(2_000, 10_000), ReadOnly, Stored,
        "The most that a share group's own number of locks may be.";
    "group.share.initialize.retry.interval.ms" Int Is("30000"), AtLeast(1), Internal, Stored,
        "How long until a failed set-up of a share partition is tried again.";
    "group.share.persister.class.name" String Is("org.apache.kafka.server.share.persister.DefaultStatePersister"),
        Any, Internal, Stored,
        "The Java class that keeps the state of share groups.";
    "group.streams.session.timeout.ms" Int Is("45000"), AtLeast(1), ReadOnly, Stored,
        "A member of a streams group that is silent for this long is removed.";
    "group.streams.min.session.timeout.ms" Int Is("45000"), AtLeast(1), ReadOnly, Stored,
        "The least that a streams group's own session timeout may be.";
    "group.streams.max.session.timeout.ms" Int Is("60000"), AtLeast(1), ReadOnly, Stored,
        "The most that a streams group's own session timeout may be.";
    "group.streams.heartbeat.interval.ms" Int Is("5000"), AtLeast(1), ReadOnly, Stored,
        "How often members of a streams group are told to send heartbeats.";
    "group.streams.min.heartbeat.interval.ms" Int Is("5000"), AtLeast(1), ReadOnly, Stored,
        "The least that a streams group's own heartbeat interval may be.";
    "group.streams.max.heartbeat.interval.ms" Int Is("15000"), AtLeast(1), ReadOnly, Stored,
        "The most that a streams group's own heartbeat interval may be.";
    "group.streams.assignment.interval.ms" Int Is("1000"), AtLeast(0), ClusterWide, Stored,
        "The least time between two assignments of a streams group.";
    "group.streams.min.assignment.interval.ms" Int Is("0"), AtLeast(0), ReadOnly, Stored,
        "The least that a streams group's own assignment interval may be.";
    "group.streams.max.assignment.interval.ms" Int Is("15000"), AtLeast(0), ReadOnly, Stored,
        "The most that a streams group's own assignment interval may be.";
    "group.streams.initial.rebalance.delay.ms" Int Is("3000"), AtLeast(0), ReadOnly, Stored,
        "How long an empty streams group waits for more members before its first assignment.";
    "group.streams.max.size" Int Is("2147483647"), AtLeast(1), ReadOnly, Stored,
        "The most members of a streams group.";
    "group.streams.num.standby.replicas" Int Is("0"), AtLeast(0), ReadOnly, Stored,
        "Standby copies of each task in a streams group.";
    "group.streams.max.standby.replicas" Int Is("2"), AtLeast(0), ReadOnly, Stored,
        "The most standby copies that a streams group may ask for.";
    "offset.metadata.max.bytes" Int Is("4096"), Any, ReadOnly, Acts,
        "The longest note that a consumer may attach to a committed offset.";
    "offsets.commit.timeout.ms" Int Is("5000"), AtLeast(1), ReadOnly, Stored,
        "How long an offset commit may wait to be replicated.";
    "offsets.load.buffer.size" Int Is("5242880"), AtLeast(1), ReadOnly, NoEffect,
        "Bytes read at a time when a coordinator loads offsets.";
    "offsets.retention.minutes" Int Is("10080"), AtLeast(1), ReadOnly, Acts,
        "Committed offsets of an empty group expire after this.";
    "offsets.retention.check.interval.ms" Long Is("600000"), AtLeast(1), ReadOnly, Acts,
        "How often expired offsets are looked for.";
    "offsets.topic.num.partitions" Int Is("50"), AtLeast(1), ReadOnly, Acts,
        "Partitions of __consumer_offsets.";
    "offsets.topic.replication.factor" Short Is("3"), AtLeast(1), ReadOnly, Acts,
        "Replicas of __consumer_offsets.";
    "offsets.topic.segment.bytes" Int Is("104857600"), AtLeast(1), ReadOnly, Acts,
        "segment.bytes of __consumer_offsets.";
    "offsets.topic.compression.codec" Int Is("0"), Any, ReadOnly, Stored,
        "The codec of batches in __consumer_offsets, by number.";
    "share.coordinator.append.linger.ms" Int Is("-1"), AtLeast(-1), ReadOnly, NoEffect,
        "How long writes of share state wait for company.";
    "share.coordinator.cached.buffer.max.bytes" Int Is("1048588"), AtLeast(524_288), ClusterWide, NoEffect,
        "The largest write buffer that the share coordinator keeps.";
    "share.coordinator.cold.partition.snapshot.interval.ms" Int Is("300000"), AtLeast(1), Internal, Stored,
        "How often idle share partitions get a snapshot.";
    "share.coordinator.load.buffer.size" Int Is("5242880"), AtLeast(1), ReadOnly, NoEffect,
        "Bytes read at a time when share state is loaded.";
    "share.coordinator.snapshot.update.records.per.snapshot" Int Is("500"), Between(0, 500), ReadOnly, Stored,
        "Updates of share state between two snapshots.";
    "share.coordinator.state.topic.compression.codec" Int Is("0"), Any, ReadOnly, Stored,
        "The codec of batches in __share_group_state, by number.";
    "share.coordinator.state.topic.min.isr" Short Is("2"), AtLeast(1), ReadOnly, Stored,
        "min.insync.replicas of __share_group_state.";
    "share.coordinator.state.topic.num.partitions" Int Is("50"), AtLeast(1), ReadOnly, Stored,
        "Partitions of __share_group_state.";
    "share.coordinator.state.topic.prune.interval.ms" Int Is("300000"), AtLeast(1), Internal, Stored,
        "How often records of __share_group_state that are no longer needed are deleted.";
    "share.coordinator.state.topic.replication.factor" Short Is("3"), AtLeast(1), ReadOnly, Stored,
        "Replicas of __share_group_state.";
    "share.coordinator.state.topic.segment.bytes" Int Is("104857600"), AtLeast(1), ReadOnly, Stored,
        "segment.bytes of __share_group_state.";
    "share.coordinator.threads" Int Is("1"), AtLeast(1), ReadOnly, NoEffect,
        "Threads of the share coordinator.";
    "share.coordinator.write.timeout.ms" Int Is("5000"), AtLeast(1), ReadOnly, Stored,
        "How long a write of share state may take.";
    "transaction.max.timeout.ms" Int Is("900000"), AtLeast(1), ReadOnly, Acts,
        "The longest transaction timeout that a producer may ask for.";
    "transaction.state.log.num.partitions" Int Is("50"), AtLeast(1), ReadOnly, Acts,
        "Partitions of __transaction_state.";
    "transaction.state.log.replication.factor" Short Is("3"), AtLeast(1), ReadOnly, Acts,
        "Replicas of __transaction_state.";
    "transaction.state.log.min.isr" Int Is("2"), AtLeast(1), ReadOnly, Acts,
        "min.insync.replicas of __transaction_state.";
    "transaction.state.log.segment.bytes" Int Is("104857600"), AtLeast(1), ReadOnly, Acts,
        "segment.bytes of __transaction_state.";
    "transaction.state.log.load.buffer.size" Int Is("5242880"), AtLeast(1), ReadOnly, NoEffect,
        "Bytes read at a time when transactions are loaded.";
    "transaction.abort.timed.out.transaction.cleanup.interval.ms" Int Is("10000"), AtLeast(1), ReadOnly, Acts,
        "How often transactions past their timeout are looked for.";
    "transaction.remove.expired.transaction.cleanup.interval.ms" Int Is("3600000"),
        AtLeast(1), ReadOnly, Acts,
        "How often expired transactional ids are looked for.";
    "transaction.partition.verification.enable" Boolean Is("true"), Any, ClusterWide, Stored,
        "Whether a partition's leader checks that it belongs to the transaction.";
    "transaction.two.phase.commit.enable" Boolean Is("false"), Any, ReadOnly, Stored,
        "Whether transactions may take part in a two-phase commit.";
    "transactional.id.expiration.ms" Int Is("604800000"), AtLeast(1), ReadOnly, Acts,
        "A transactional id without a transaction for this long is forgotten.";
    "add.partitions.to.txn.retry.backoff.ms" Int Is("20"), AtLeast(1), ReadOnly, Stored,
        "How long a broker waits before it asks the transaction coordinator again.";
    "add.partitions.to.txn.retry.backoff.max.ms" Int Is("100"), AtLeast(0), ReadOnly, Stored,
        "The longest that it may try.";
};

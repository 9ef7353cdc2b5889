//! Broker keys of tiered storage.

use super::{Change::*, Key, Preset::*, Rule::*, Treatment::*, Type::*, keys};

pub(super) static BROKER_REMOTE: &[Key] = keys! {
    "remote.log.storage.system.enable" Boolean Is("false"), Any, ReadOnly, Refused,
        "Whether old segments go to tiered storage.";
    "remote.log.storage.manager.class.name" String Null, NonEmpty, ReadOnly, Refused,
        "The Java class of the tiered storage.";
    "remote.log.storage.manager.class.path" String Null, Any, ReadOnly, Refused,
        "Where that class is.";
    "remote.log.storage.manager.impl.prefix" String Is("rsm.config."), NonEmpty, ReadOnly, Stored,
        "The prefix of that class's own keys.";
    "remote.log.metadata.manager.class.name" String Is("org.apache.kafka.server.log.remote.metadata.storage.TopicBasedRemoteLogMetadataManager"),
        NonEmpty, ReadOnly, Refused,
        "The Java class that knows what tiered storage holds.";
    "remote.log.metadata.manager.class.path" String Null, Any, ReadOnly, Refused,
        "Where that class is.";
    "remote.log.metadata.manager.impl.prefix" String Is("rlmm.config."), NonEmpty, ReadOnly, Stored,
        "The prefix of that class's own keys.";
    "remote.log.metadata.manager.listener.name" String Null, NonEmpty, ReadOnly, Refused,
        "The listener that class connects to.";
    "remote.log.metadata.custom.metadata.max.bytes" Int Is("128"), AtLeast(0), ReadOnly, Stored,
        "The most metadata that tiered storage may attach to a segment.";
    "remote.log.index.file.cache.total.size.bytes" Long Is("1073741824"), AtLeast(1), ClusterWide, Stored,
        "Disk space for cached indexes of remote segments.";
    "remote.log.index.file.cache.ttl.ms" Long Is("900000"), AtLeast(-1), Internal, Stored,
        "How long unused ones stay.";
    "remote.log.manager.thread.pool.size" Int Is("2"), AtLeast(1), ReadOnly, NoEffect,
        "Threads of tiered storage.";
    "remote.log.manager.copier.thread.pool.size" Int Is("10"), AtLeast(1), ClusterWide, NoEffect,
        "Threads that copy segments away.";
    "remote.log.manager.expiration.thread.pool.size" Int Is("10"), AtLeast(1), ClusterWide, NoEffect,
        "Threads that delete remote segments.";
    "remote.log.manager.follower.thread.pool.size" Int Is("2"), AtLeast(1), ClusterWide, NoEffect,
        "Threads of followers of tiered partitions.";
    "remote.log.manager.task.interval.ms" Long Is("30000"), AtLeast(1), ReadOnly, Stored,
        "How often tiered storage looks for work.";
    "remote.log.manager.task.retry.backoff.ms" Long Is("500"), AtLeast(1), Internal, Stored,
        "How long until failed work is tried again.";
    "remote.log.manager.task.retry.backoff.max.ms" Long Is("30000"), AtLeast(1), Internal, Stored,
        "The longest such pause.";
    "remote.log.manager.task.retry.jitter" Double Is("0.2"), UpTo(0.5), Internal, Stored,
        "How much chance moves that pause.";
    "remote.log.manager.copy.max.bytes.per.second" Long Is("9223372036854775807"),
        AtLeast(1), ClusterWide, Stored,
        "The most that is copied away in a second.";
    "remote.log.manager.copy.quota.window.num" Int Is("11"), AtLeast(1), ReadOnly, Stored,
        "Samples over which that is measured.";
    "remote.log.manager.copy.quota.window.size.seconds" Int Is("1"), AtLeast(1), ReadOnly, Stored,
        "The length of one such sample.";
    "remote.log.manager.fetch.max.bytes.per.second" Long Is("9223372036854775807"),
        AtLeast(1), ClusterWide, Stored,
        "The most that is fetched back in a second.";
    "remote.log.manager.fetch.quota.window.num" Int Is("11"), AtLeast(1), ReadOnly, Stored,
        "Samples over which that is measured.";
    "remote.log.manager.fetch.quota.window.size.seconds" Int Is("1"), AtLeast(1), ReadOnly, Stored,
        "The length of one such sample.";
    "remote.log.reader.threads" Int Is("10"), AtLeast(1), ClusterWide, NoEffect,
        "Threads that read from tiered storage.";
    "remote.log.reader.max.pending.tasks" Int Is("100"), AtLeast(1), ReadOnly, Stored,
        "Remote reads that may wait.";
    "remote.fetch.max.wait.ms" Int Is("500"), AtLeast(1), ClusterWide, Stored,
        "How long a fetch may wait for a remote read.";
    "remote.list.offsets.request.timeout.ms" Long Is("30000"), AtLeast(1), ClusterWide, Stored,
        "How long a search for an offset in tiered storage may take.";
    "follower.fetch.last.tiered.offset.enable" Boolean Is("false"), Any, ClusterWide, Stored,
        "Whether a new follower starts behind what tiered storage holds.";
};

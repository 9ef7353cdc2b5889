//! Broker keys of the logs: segments, retention, compaction, flushing, timestamps.

use super::{Change::*, Key, Preset::*, Rule::*, Treatment::*, Type::*, keys};

pub(super) static BROKER_LOG: &[Key] = keys! {
    "log.dir" List Is("/tmp/kafka-logs"), SomeItems, ReadOnly, Acts,
        "The data directory, where log.dirs is not set.";
    "log.dirs" List Null, SomeItems, ReadOnly, Acts,
        "The data directories; partitions are spread over them.";
    "log.segment.bytes" Int Is("1073741824"), AtLeast(1_048_576), ClusterWide, Acts,
        "A segment is closed before it would grow beyond this many bytes.";
    "log.roll.ms" Long Null, Any, ClusterWide, Acts,
        "A segment is closed once its first record is this old; before log.roll.hours.";
    "log.roll.hours" Int Is("168"), AtLeast(1), ReadOnly, Acts,
        "A segment is closed once its first record is this many hours old.";
    "log.roll.jitter.ms" Long Null, Any, ClusterWide, Acts,
        "At most this is taken off log.roll.ms, at random, so that segments do not all roll at once.";
    "log.roll.jitter.hours" Int Is("0"), AtLeast(0), ReadOnly, Acts,
        "As log.roll.jitter.ms, in hours.";
    "log.retention.ms" Long Null, Any, ClusterWide, Acts,
        "Segments whose newest record is older are deleted; -1 keeps them; before the minutes and the hours.";
    "log.retention.minutes" Int Null, Any, ReadOnly, Acts,
        "As log.retention.ms, in minutes; before the hours.";
    "log.retention.hours" Int Is("168"), Any, ReadOnly, Acts,
        "As log.retention.ms, in hours.";
    "log.retention.bytes" Long Is("-1"), Any, ClusterWide, Acts,
        "The oldest segments of a partition are deleted while it holds more bytes than this; -1: no bound.";
    "log.retention.check.interval.ms" Long Is("300000"), AtLeast(1), ReadOnly, Acts,
        "How often retention looks for segments to delete.";
    "log.segment.delete.delay.ms" Long Is("60000"), AtLeast(0), ClusterWide, Acts,
        "How long a segment's files stay after it left the log.";
    "log.cleanup.policy" List Is("delete"), ItemsOf(&["compact", "delete"]), ClusterWide, Acts,
        "What becomes of old segments: delete them, compact them, both, or (empty) neither.";
    "log.cleaner.enable" Boolean Is("true"), Any, ReadOnly, Stored,
        "Whether logs with cleanup.policy=compact are compacted.";
    "log.cleaner.threads" Int Is("1"), AtLeast(0), ClusterWide, NoEffect,
        "Threads that compact; Loglane compacts on the core that owns the log.";
    "log.cleaner.backoff.ms" Long Is("15000"), AtLeast(0), ClusterWide, Stored,
        "How long compaction rests when there is nothing to compact.";
    "log.cleaner.dedupe.buffer.size" Long Is("134217728"), Any, ClusterWide, NoEffect,
        "Memory of the compaction threads' key maps; Loglane's comes out of loglane.memory.";
    "log.cleaner.io.buffer.size" Int Is("524288"), AtLeast(0), ClusterWide, NoEffect,
        "Memory of the compaction threads' read and write buffers.";
    "log.cleaner.io.buffer.load.factor" Double Is("0.9"), Any, ClusterWide, NoEffect,
        "How full the compaction threads' key maps may become.";
    "log.cleaner.io.max.bytes.per.second" Double Is("1.7976931348623157E308"), Any, ClusterWide, Stored,
        "The most that compaction reads and writes in a second.";
    "log.cleaner.min.cleanable.ratio" Double Is("0.5"), Between(0, 1), ClusterWide, Stored,
        "A log is compacted once this share of it has not been compacted yet.";
    "log.cleaner.delete.retention.ms" Long Is("86400000"), AtLeast(0), ClusterWide, Stored,
        "How long a tombstone stays readable in a compacted log.";
    "log.cleaner.min.compaction.lag.ms" Long Is("0"), AtLeast(0), ClusterWide, Stored,
        "A record is compacted away no earlier than this after it was written.";
    "log.cleaner.max.compaction.lag.ms" Long Is("9223372036854775807"), AtLeast(1), ClusterWide, Stored,
        "A record waits for compaction no longer than this.";
    "log.flush.interval.messages" Long Is("9223372036854775807"), AtLeast(1), ClusterWide, Acts,
        "Records before a flush is forced; 1 makes every acknowledgement durable, whatever loglane.durability says.";
    "log.flush.interval.ms" Long Null, Any, ClusterWide, Stored,
        "The longest that a record stays unflushed in device durability.";
    "log.flush.scheduler.interval.ms" Long Is("9223372036854775807"), Any, ReadOnly, Stored,
        "The default of log.flush.interval.ms.";
    "log.flush.offset.checkpoint.interval.ms" Int Is("60000"), AtLeast(0), ReadOnly, Acts,
        "How often the recovery points are written down; the log start offsets always go with them.";
    "log.flush.start.offset.checkpoint.interval.ms" Int Is("60000"), AtLeast(0), ReadOnly, Acts,
        "How often the log start offsets are written down; the recovery points always go with them.";
    "log.index.interval.bytes" Int Is("4096"), AtLeast(0), ClusterWide, Acts,
        "Bytes of records between two index entries.";
    "log.index.size.max.bytes" Int Is("10485760"), AtLeast(4), ClusterWide, Acts,
        "The largest that an index file may become; a full one closes its segment.";
    "log.preallocate" Boolean Is("false"), Any, ClusterWide, Stored,
        "Whether a segment takes its full size at once; Loglane reserves space ahead in steps anyway.";
    "log.message.timestamp.type" String Is("CreateTime"),
        OneOf(&["CreateTime", "LogAppendTime"]), ClusterWide, Acts,
        "Which time a record carries: its producer's, or that of the append.";
    "log.message.timestamp.before.max.ms" Long Is("9223372036854775807"), AtLeast(0), ClusterWide, Acts,
        "A record whose timestamp is further in the past is refused.";
    "log.message.timestamp.after.max.ms" Long Is("3600000"), AtLeast(0), ClusterWide, Acts,
        "A record whose timestamp is further in the future is refused.";
    "log.dir.failure.timeout.ms" Long Is("30000"), AtLeast(1), ReadOnly, Stored,
        "How long a broker may fail to tell the controller of a lost directory before it stops.";
    "log.local.retention.ms" Long Is("-2"), AtLeast(-2), ClusterWide, Stored,
        "As retention.ms, for what tiered storage also holds; -2: the same as retention.ms.";
    "log.local.retention.bytes" Long Is("-2"), AtLeast(-2), ClusterWide, Stored,
        "As retention.bytes, for what tiered storage also holds; -2: the same as retention.bytes.";
    "log.initial.task.delay.ms" Long Is("30000"), AtLeast(0), Internal, Stored,
        "How long after the start the first retention check comes.";
    "cordoned.log.dirs" List Is(""), Items, PerBroker, Stored,
        "Data directories that take no new partitions.";
    "message.max.bytes" Int Is("1048588"), AtLeast(0), ClusterWide, Acts,
        "The largest record batch that a producer may send, as it arrives.";
    "compression.type" String Is("producer"),
        OneOf(&["uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"]), ClusterWide, Acts,
        "The codec of stored batches; producer keeps the one they came with.";
    "compression.gzip.level" Int Is("-1"), BetweenOr(1, 9, -1), ClusterWide, Acts,
        "The level where batches are compressed anew with gzip.";
    "compression.lz4.level" Int Is("9"), Between(1, 17), ClusterWide, Stored,
        "The level where batches are compressed anew with lz4.";
    "compression.zstd.level" Int Is("3"), Between(-131_072, 22), ClusterWide, Acts,
        "The level where batches are compressed anew with zstd.";
    "num.recovery.threads.per.data.dir" Int Is("2"), AtLeast(1), ClusterWide, NoEffect,
        "Threads that open logs at the start; Loglane's helper pool does.";
    "producer.id.expiration.ms" Int Is("86400000"), AtLeast(1), ClusterWide, Acts,
        "A producer id that has not written for this long is forgotten.";
    "producer.id.expiration.check.interval.ms" Int Is("600000"), AtLeast(1), Internal, Acts,
        "How often expired producer ids are looked for.";
};

//! Topic keys.

use super::{Change::*, Key, Preset::*, Rule::*, Treatment::*, Type::*, keys};

pub(super) static TOPIC: &[Key] = keys! {
    "cleanup.policy" List Is("delete"), ItemsOf(&["compact", "delete"]), PerResource, Acts,
        "What becomes of old segments: delete them, compact them, both, or (empty) neither.";
    "compression.type" String Is("producer"),
        OneOf(&["uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"]), PerResource, Acts,
        "The codec of stored batches; producer keeps the one they came with.";
    "compression.gzip.level" Int Is("-1"), BetweenOr(1, 9, -1), PerResource, Acts,
        "The level where batches are compressed anew with gzip.";
    "compression.lz4.level" Int Is("9"), Between(1, 17), PerResource, Stored,
        "The level where batches are compressed anew with lz4.";
    "compression.zstd.level" Int Is("3"), Between(-131_072, 22), PerResource, Acts,
        "The level where batches are compressed anew with zstd.";
    "delete.retention.ms" Long Is("86400000"), AtLeast(0), PerResource, Stored,
        "How long a tombstone stays readable in a compacted log.";
    "file.delete.delay.ms" Long Is("60000"), AtLeast(0), PerResource, Acts,
        "How long a segment's files stay after it left the log.";
    "flush.messages" Long Is("9223372036854775807"), AtLeast(1), PerResource, Acts,
        "Records before a flush is forced; 1 makes every acknowledgement durable, whatever loglane.durability says.";
    "flush.ms" Long Is("9223372036854775807"), AtLeast(0), PerResource, Stored,
        "The longest that a record stays unflushed in device durability.";
    "follower.replication.throttled.replicas" List Is(""), ThrottledReplicas, PerResource, Stored,
        "Replicas whose fetching is throttled, as partition:broker pairs or *.";
    "leader.replication.throttled.replicas" List Is(""), ThrottledReplicas, PerResource, Stored,
        "Replicas whose serving of followers is throttled, as partition:broker pairs or *.";
    "index.interval.bytes" Int Is("4096"), AtLeast(0), PerResource, Acts,
        "Bytes of records between two index entries.";
    "local.retention.bytes" Long Is("-2"), AtLeast(-2), PerResource, Stored,
        "As retention.bytes, for what tiered storage also holds; -2: the same as retention.bytes.";
    "local.retention.ms" Long Is("-2"), AtLeast(-2), PerResource, Stored,
        "As retention.ms, for what tiered storage also holds; -2: the same as retention.ms.";
    "max.compaction.lag.ms" Long Is("9223372036854775807"), AtLeast(1), PerResource, Stored,
        "A record waits for compaction no longer than this.";
    "max.message.bytes" Int Is("1048588"), AtLeast(0), PerResource, Acts,
        "The largest record batch that a producer may send, as it arrives.";
    "message.timestamp.after.max.ms" Long Is("3600000"), AtLeast(0), PerResource, Acts,
        "A record whose timestamp is further in the future is refused.";
    "message.timestamp.before.max.ms" Long Is("9223372036854775807"), AtLeast(0), PerResource, Acts,
        "A record whose timestamp is further in the past is refused.";
    "message.timestamp.type" String Is("CreateTime"),
        OneOf(&["CreateTime", "LogAppendTime"]), PerResource, Acts,
        "Which time a record carries: its producer's, or that of the append.";
    "min.cleanable.dirty.ratio" Double Is("0.5"), Between(0, 1), PerResource, Stored,
        "The log is compacted once this share of it has not been compacted yet.";
    "min.compaction.lag.ms" Long Is("0"), AtLeast(0), PerResource, Stored,
        "A record is compacted away no earlier than this after it was written.";
    "min.insync.replicas" Int Is("1"), AtLeast(1), PerResource, Acts,
        "Replicas that must hold a record of an acks=all produce before it is acknowledged.";
    "preallocate" Boolean Is("false"), Any, PerResource, Stored,
        "Whether a segment takes its full size at once; Loglane reserves space ahead in steps anyway.";
    "remote.log.copy.disable" Boolean Is("false"), Any, PerResource, Stored,
        "Whether a tiered topic stops copying segments away.";
    "remote.log.delete.on.disable" Boolean Is("false"), Any, PerResource, Stored,
        "Whether turning tiered storage off deletes what it holds.";
    "remote.storage.enable" Boolean Is("false"), Any, PerResource, Refused,
        "Whether the topic's old segments go to tiered storage.";
    "retention.bytes" Long Is("-1"), Any, PerResource, Acts,
        "The oldest segments of a partition are deleted while it holds more bytes than this; -1: no bound.";
    "retention.ms" Long Is("604800000"), AtLeast(-1), PerResource, Acts,
        "Segments whose newest record is older are deleted; -1 keeps them.";
    "segment.bytes" Int Is("1073741824"), AtLeast(1_048_576), PerResource, Acts,
        "A segment is closed before it would grow beyond this many bytes.";
    "segment.index.bytes" Int Is("10485760"), AtLeast(4), PerResource, Acts,
        "The largest that an index file may become; a full one closes its segment.";
    "segment.jitter.ms" Long Is("0"), AtLeast(0), PerResource, Acts,
        "At most this is taken off segment.ms, at random, so that segments do not all roll at once.";
    "segment.ms" Long Is("604800000"), AtLeast(1), PerResource, Acts,
        "A segment is closed once its first record is this old.";
    "unclean.leader.election.enable" Boolean Is("false"), Any, PerResource, Stored,
        "Whether a replica outside the in-sync set may lead when nobody else can.";
    "internal.segment.bytes" Int Null, Any, Internal, Acts,
        "As segment.bytes, without a lower bound, for tests.";
};

//! Broker keys of the node, the controller quorum, the metadata log and replication.

use super::{Change::*, Key, Preset::*, Rule::*, Treatment::*, Type::*, keys};

pub(super) static BROKER_CLUSTER: &[Key] = keys! {
    "node.id" Int Required, AtLeast(0), ReadOnly, Acts,
        "The number of this node in its cluster.";
    "broker.id" Int Is("-1"), Any, ReadOnly, Acts,
        "The older name of node.id.";
    "broker.rack" String Null, Any, ReadOnly, Acts,
        "Where the broker stands; consumers and placement compare it.";
    "process.roles" List Required, SomeItemsOf(&["broker", "controller"]), ReadOnly, Acts,
        "What this process is: broker, controller, or both.";
    "inter.broker.listener.name" String Null, Any, ReadOnly, Acts,
        "The listener on which brokers reach each other.";
    "security.inter.broker.protocol" String Is("PLAINTEXT"),
        OneOf(&["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]), ReadOnly, Acts,
        "The security protocol between brokers, where no listener is named.";
    "controller.listener.names" List Required, SomeItems, ReadOnly, Acts,
        "Which listeners are the controller's.";
    "controller.quorum.voters" List Is(""), Voters, ReadOnly, Acts,
        "The controllers, as id@host:port; until there are clusters, this node alone.";
    "controller.quorum.bootstrap.servers" List Is(""), BootstrapServers, ReadOnly, Acts,
        "Where controllers are found, as host:port.";
    "controller.quorum.auto.join.enable" Boolean Is("false"), Any, ReadOnly, Stored,
        "Whether a new controller joins the quorum by itself.";
    "controller.quorum.append.linger.ms" Int Is("25"), AtLeast(0), ReadOnly, Stored,
        "How long metadata records wait for company.";
    "controller.quorum.election.backoff.max.ms" Int Is("1000"), AtLeast(0), ReadOnly, Stored,
        "The longest pause between two elections.";
    "controller.quorum.election.timeout.ms" Int Is("1000"), AtLeast(0), ReadOnly, Stored,
        "How long a candidate waits for votes.";
    "controller.quorum.fetch.max.bytes" Int Is("1048576"), AtLeast(1), ReadOnly, Stored,
        "The most metadata that one fetch of a follower carries.";
    "controller.quorum.fetch.snapshot.max.bytes" Int Is("1048576"), AtLeast(1), ReadOnly, Stored,
        "The most of a snapshot that one fetch of a follower carries.";
    "controller.quorum.fetch.timeout.ms" Int Is("2000"), AtLeast(0), ReadOnly, Stored,
        "How long a follower goes without its leader before it stands for election.";
    "controller.quorum.request.timeout.ms" Int Is("2000"), AtLeast(0), ReadOnly, Stored,
        "How long a request between controllers may take.";
    "controller.quorum.retry.backoff.ms" Int Is("20"), AtLeast(0), ReadOnly, Stored,
        "How long until such a request is tried again.";
    "controller.socket.timeout.ms" Int Is("30000"), Any, ReadOnly, Stored,
        "How long a request to the controller may take.";
    "controller.performance.always.log.threshold.ms" Long Is("2000"), AtLeast(0), Internal, Stored,
        "Controller events that take longer are logged.";
    "controller.performance.sample.period.ms" Long Is("60000"), AtLeast(100), Internal, Stored,
        "How often the controller logs what it spends its time on.";
    "initial.broker.registration.timeout.ms" Int Is("60000"), Any, ReadOnly, Stored,
        "How long a starting broker tries to register before it stops.";
    "broker.heartbeat.interval.ms" Int Is("2000"), Any, ReadOnly, Stored,
        "How often a broker tells the controller that it lives.";
    "broker.session.timeout.ms" Int Is("9000"), Any, ReadOnly, Stored,
        "How long a broker may be silent before it is fenced.";
    "server.max.startup.time.ms" Long Is("9223372036854775807"), AtLeast(0), Internal, Stored,
        "How long a start may take.";
    "controlled.shutdown.enable" Boolean Is("true"), Any, ReadOnly, Stored,
        "Whether a stopping broker hands its leaderships over first.";
    "metadata.log.dir" String Null, Any, ReadOnly, Acts,
        "The directory of the metadata log; by default the first data directory.";
    "metadata.log.segment.bytes" Int Is("1073741824"), AtLeast(8_388_608), ReadOnly, Acts,
        "The largest segment of the metadata log.";
    "metadata.log.segment.ms" Long Is("604800000"), AtLeast(1), ReadOnly, Acts,
        "The longest that a segment of the metadata log stays open.";
    "metadata.log.max.record.bytes.between.snapshots" Long Is("20971520"), AtLeast(1), ReadOnly, Acts,
        "A metadata snapshot is made after this many bytes of records.";
    "metadata.log.max.snapshot.interval.ms" Long Is("3600000"), AtLeast(0), ReadOnly, Acts,
        "A metadata snapshot is made at least this often while records come; 0: only by size.";
    "metadata.max.idle.interval.ms" Int Is("500"), AtLeast(0), ReadOnly, NoEffect,
        "How often Kafka's idle controller writes a record that says nothing; Loglane's never does.";
    "metadata.max.retention.bytes" Long Is("104857600"), Any, ReadOnly, Acts,
        "The most that metadata log and snapshots hold before old ones go.";
    "metadata.max.retention.ms" Long Is("604800000"), Any, ReadOnly, Acts,
        "How long metadata snapshots are kept.";
    "internal.metadata.delete.delay.millis" Long Is("60000"), Any, Internal, Stored,
        "How long a deleted file of the metadata log stays.";
    "internal.metadata.log.segment.bytes" Int Null, Any, Internal, Stored,
        "The largest segment of the metadata log, without a lower bound, for tests.";
    "internal.metadata.max.batch.size.in.bytes" Int Is("8388608"), Any, Internal, Stored,
        "The largest batch of metadata records.";
    "unstable.api.versions.enable" Boolean Is("false"), Any, Internal, Stored,
        "Whether unreleased request versions are spoken.";
    "unstable.feature.versions.enable" Boolean Is("false"), Any, Internal, Stored,
        "Whether unreleased feature levels are offered.";
    "num.replica.fetchers" Int Is("1"), AtLeast(1), ClusterWide, NoEffect,
        "Threads that fetch from each leader; in Loglane the core that owns a replica fetches for it.";
    "num.replica.alter.log.dirs.threads" Int Null, Any, ReadOnly, NoEffect,
        "Threads that move replicas between directories.";
    "replica.fetch.backoff.ms" Int Is("1000"), AtLeast(0), ReadOnly, Stored,
        "How long a follower waits after a failed fetch.";
    "replica.fetch.max.bytes" Int Is("1048576"), AtLeast(0), ReadOnly, Stored,
        "The most of one partition that a follower fetches at a time, save for a first batch that is larger.";
    "replica.fetch.min.bytes" Int Is("1"), Any, ReadOnly, Stored,
        "How much must be there before a follower's fetch is answered.";
    "replica.fetch.response.max.bytes" Int Is("10485760"), AtLeast(0), ReadOnly, Stored,
        "The most that one answer to a follower carries, save for a first batch that is larger.";
    "replica.fetch.wait.max.ms" Int Is("500"), Any, ReadOnly, Stored,
        "How long a follower's fetch may wait for data.";
    "replica.high.watermark.checkpoint.interval.ms" Long Is("5000"), Any, ReadOnly, NoEffect,
        "How often Kafka writes the high watermarks down; Loglane does when it writes the recovery points down.";
    "replica.lag.time.max.ms" Long Is("30000"), Any, ReadOnly, Stored,
        "A follower that has not caught up for this long leaves the in-sync set.";
    "replica.selector.class" String Null, Any, ReadOnly, Stored,
        "How consumers are sent to a close replica; the name of the rack-aware selector is understood.";
    "replica.socket.receive.buffer.bytes" Int Is("65536"), Any, ReadOnly, NoEffect,
        "SO_RCVBUF of connections to leaders.";
    "replica.socket.timeout.ms" Int Is("30000"), Any, ReadOnly, Stored,
        "How long a request to a leader may take.";
};

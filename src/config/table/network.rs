//! Broker keys of listeners, connections and requests.

use super::{Change::*, Key, Preset::*, Rule::*, Treatment::*, Type::*, keys};

pub(super) static BROKER_NETWORK: &[Key] = keys! {
    "listeners" List Is("PLAINTEXT://:9092"), SomeItems, PerBroker, Acts,
        "Where the broker listens: NAME://host:port, separated by commas. No host: all addresses.";
    "advertised.listeners" List Null, SomeItems, ReadOnly, Acts,
        "The addresses that clients are told; by default those of listeners.";
    "listener.security.protocol.map" String Is("SASL_SSL:SASL_SSL,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT"),
        Any, PerBroker, Acts,
        "The security protocol of each listener name.";
    "early.start.listeners" List Null, Items, ReadOnly, Stored,
        "Listeners that answer before the broker is ready.";
    "socket.send.buffer.bytes" Int Is("102400"), Any, ReadOnly, Acts,
        "SO_SNDBUF of client connections; -1, or the default: the system's, which grows as a connection needs.";
    "socket.receive.buffer.bytes" Int Is("102400"), Any, ReadOnly, Acts,
        "SO_RCVBUF of client connections; -1, or the default: the system's, which grows as a connection needs.";
    "socket.listen.backlog.size" Int Is("50"), AtLeast(1), ReadOnly, Acts,
        "How many connections may wait to be accepted; with the default 4096 may. The system has its own bound, too.";
    "socket.request.max.bytes" Int Is("104857600"), AtLeast(1), ReadOnly, Acts,
        "The largest request that is read; a larger one closes its connection.";
    "socket.connection.setup.timeout.ms" Long Is("10000"), Any, ReadOnly, Stored,
        "How long a connection to another broker may take to be established.";
    "socket.connection.setup.timeout.max.ms" Long Is("30000"), Any, ReadOnly, Stored,
        "The most that repeated failures stretch that time to.";
    "connections.max.idle.ms" Long Is("600000"), Any, ReadOnly, Acts,
        "A connection without a request for this long is closed.";
    "connections.max.reauth.ms" Long Is("0"), Any, ReadOnly, Refused,
        "How long a client may stay connected before it has to authenticate again.";
    "connection.failed.authentication.delay.ms" Int Is("100"), AtLeast(0), ReadOnly, Stored,
        "How long a failed authentication waits for its answer.";
    "max.connections" Int Is("2147483647"), AtLeast(0), ClusterWide, Acts,
        "Connections that the broker holds at a time.";
    "max.connections.per.ip" Int Is("2147483647"), AtLeast(0), ClusterWide, Acts,
        "Connections that the broker holds from one address.";
    "max.connections.per.ip.overrides" String Is(""), Any, ClusterWide, Acts,
        "As max.connections.per.ip, for the addresses listed: host:count, separated by commas.";
    "max.connection.creation.rate" Int Is("2147483647"), AtLeast(0), ClusterWide, Stored,
        "New connections that are accepted in a second.";
    "queued.max.requests" Int Is("500"), AtLeast(1), ReadOnly, NoEffect,
        "Requests that wait between network and I/O threads; Loglane bounds them by memory.";
    "queued.max.request.bytes" Long Is("-1"), Any, ReadOnly, NoEffect,
        "Bytes of the requests that wait; Loglane bounds them by loglane.memory.";
    "num.network.threads" Int Is("3"), AtLeast(1), ClusterWide, NoEffect,
        "Network threads; Loglane has one thread for each core (loglane.cores).";
    "num.io.threads" Int Is("8"), AtLeast(1), ClusterWide, NoEffect,
        "I/O threads; Loglane has one thread for each core (loglane.cores).";
    "background.threads" Int Is("10"), AtLeast(1), ClusterWide, NoEffect,
        "Threads for housekeeping; Loglane's cores do it themselves.";
    "request.timeout.ms" Int Is("30000"), Any, ReadOnly, Stored,
        "How long a request to another node may take.";
    "fetch.max.bytes" Int Is("57671680"), AtLeast(1_024), ReadOnly, Acts,
        "The most that one fetch answer carries, save for a first batch that is larger.";
    "max.incremental.fetch.session.cache.slots" Int Is("1000"), AtLeast(0), ReadOnly, Acts,
        "Incremental fetch sessions that are remembered.";
    "max.request.partition.size.limit" Int Is("2000"), AtLeast(1), ReadOnly, Acts,
        "The most partitions that one DescribeTopicPartitions answer lists.";
    "fetch.purgatory.purge.interval.requests" Int Is("1000"), Any, ReadOnly, NoEffect,
        "Housekeeping of waiting fetches in Kafka's threads.";
    "producer.purgatory.purge.interval.requests" Int Is("1000"), Any, ReadOnly, NoEffect,
        "Housekeeping of waiting produces in Kafka's threads.";
    "delete.records.purgatory.purge.interval.requests" Int Is("1"), Any, ReadOnly, NoEffect,
        "Housekeeping of waiting DeleteRecords in Kafka's threads.";
    "share.fetch.purgatory.purge.interval.requests" Int Is("1000"), Any, ReadOnly, NoEffect,
        "Housekeeping of waiting share fetches in Kafka's threads.";
    "telemetry.max.bytes" Int Is("1048576"), AtLeast(1), ReadOnly, Stored,
        "The largest metrics report of a client.";
};

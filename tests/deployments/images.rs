//! The environments of the images that people run, as their manuals and compose files write them.

use crate::deployment::Deployment;

const NOTHING: Deployment = Deployment {
    environment: &[],
    port: 9092,
    advertised: "localhost:9092",
    node: 1,
    cluster: None,
    topics: &[],
    lines: &[],
};

#[test]
fn apache_kafka() {
    Deployment {
        environment: &[
            ("KAFKA_NODE_ID", "1"),
            ("KAFKA_PROCESS_ROLES", "broker,controller"),
            ("KAFKA_LISTENERS", "CONTROLLER://:29093,PLAINTEXT_HOST://:9092,PLAINTEXT://:19092"),
            ("KAFKA_ADVERTISED_LISTENERS", "PLAINTEXT_HOST://localhost:9092,PLAINTEXT://broker:19092"),
            (
                "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP",
                "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,PLAINTEXT_HOST:PLAINTEXT",
            ),
            ("KAFKA_CONTROLLER_QUORUM_VOTERS", "1@broker:29093"),
            ("KAFKA_INTER_BROKER_LISTENER_NAME", "PLAINTEXT"),
            ("KAFKA_CONTROLLER_LISTENER_NAMES", "CONTROLLER"),
            ("CLUSTER_ID", "4L6g3nShT-eMCtK--X86sw"),
            ("KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR", "1"),
            ("KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS", "0"),
            ("KAFKA_TRANSACTION_STATE_LOG_MIN_ISR", "1"),
            ("KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR", "1"),
            ("KAFKA_SHARE_COORDINATOR_STATE_TOPIC_REPLICATION_FACTOR", "1"),
            ("KAFKA_SHARE_COORDINATOR_STATE_TOPIC_MIN_ISR", "1"),
            ("KAFKA_LOG_DIRS", "logs"),
            ("KAFKA_HEAP_OPTS", "-Xmx1G"),
        ],
        cluster: Some("4L6g3nShT-eMCtK--X86sw"),
        ..NOTHING
    }
    .check("apache-kafka");
}

#[test]
fn cp_kafka() {
    Deployment {
        environment: &[
            ("KAFKA_NODE_ID", "1"),
            ("KAFKA_PROCESS_ROLES", "broker,controller"),
            (
                "KAFKA_LISTENERS",
                "PLAINTEXT://localhost:29092,CONTROLLER://localhost:29093,PLAINTEXT_HOST://0.0.0.0:9092",
            ),
            ("KAFKA_ADVERTISED_LISTENERS", "PLAINTEXT://broker:29092,PLAINTEXT_HOST://localhost:9092"),
            (
                "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP",
                "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,PLAINTEXT_HOST:PLAINTEXT",
            ),
            ("KAFKA_CONTROLLER_QUORUM_VOTERS", "1@broker:29093"),
            ("KAFKA_INTER_BROKER_LISTENER_NAME", "PLAINTEXT"),
            ("KAFKA_CONTROLLER_LISTENER_NAMES", "CONTROLLER"),
            ("CLUSTER_ID", "MkU3OEVBNTcwNTJENDM2Qk"),
            ("KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR", "1"),
            ("KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS", "0"),
            ("KAFKA_TRANSACTION_STATE_LOG_MIN_ISR", "1"),
            ("KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR", "1"),
            ("KAFKA_JMX_PORT", "9101"),
            ("KAFKA_JMX_HOSTNAME", "localhost"),
            ("KAFKA_LOG4J_ROOT_LOGLEVEL", "WARN"),
        ],
        cluster: Some("MkU3OEVBNTcwNTJENDM2Qk"),
        ..NOTHING
    }
    .check("cp-kafka");
}

#[test]
fn cp_kafka_of_the_days_of_zookeeper() {
    Deployment {
        environment: &[
            ("KAFKA_BROKER_ID", "1"),
            ("KAFKA_ZOOKEEPER_CONNECT", "zookeeper:2181"),
            ("KAFKA_LISTENER_SECURITY_PROTOCOL_MAP", "PLAINTEXT:PLAINTEXT,PLAINTEXT_HOST:PLAINTEXT"),
            ("KAFKA_ADVERTISED_LISTENERS", "PLAINTEXT://broker:29092,PLAINTEXT_HOST://localhost:9092"),
            ("KAFKA_METRIC_REPORTERS", "io.confluent.metrics.reporter.ConfluentMetricsReporter"),
            ("KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR", "1"),
            ("KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS", "0"),
            ("KAFKA_CONFLUENT_LICENSE_TOPIC_REPLICATION_FACTOR", "1"),
            ("KAFKA_TRANSACTION_STATE_LOG_MIN_ISR", "1"),
            ("KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR", "1"),
            ("CONFLUENT_METRICS_ENABLE", "true"),
        ],
        lines: &[
            "WARN KAFKA_CONFLUENT_LICENSE_TOPIC_REPLICATION_FACTOR: confluent.license.topic.replication.factor is \
             without effect: it belongs to another distribution",
            "WARN KAFKA_ZOOKEEPER_CONNECT: zookeeper.connect is without effect: metadata is in KRaft",
            "WARN without effect in Loglane, which has no such threads, tasks or classes: metric.reporters",
        ],
        ..NOTHING
    }
    .check("cp-kafka-zookeeper");
}

#[test]
fn bitnami() {
    Deployment {
        environment: &[
            ("KAFKA_CFG_NODE_ID", "0"),
            ("KAFKA_CFG_PROCESS_ROLES", "controller,broker"),
            ("KAFKA_CFG_LISTENERS", "PLAINTEXT://:9092,CONTROLLER://:9093,EXTERNAL://:9094"),
            ("KAFKA_CFG_ADVERTISED_LISTENERS", "PLAINTEXT://kafka:9092,EXTERNAL://localhost:9094"),
            (
                "KAFKA_CFG_LISTENER_SECURITY_PROTOCOL_MAP",
                "CONTROLLER:PLAINTEXT,EXTERNAL:PLAINTEXT,PLAINTEXT:PLAINTEXT",
            ),
            ("KAFKA_CFG_CONTROLLER_QUORUM_VOTERS", "0@kafka:9093"),
            ("KAFKA_CFG_CONTROLLER_LISTENER_NAMES", "CONTROLLER"),
            ("KAFKA_CFG_INTER_BROKER_LISTENER_NAME", "PLAINTEXT"),
            ("KAFKA_CFG_AUTO_CREATE_TOPICS_ENABLE", "true"),
            ("KAFKA_KRAFT_CLUSTER_ID", "MkU3OEVBNTcwNTJENDM2Qk"),
            ("KAFKA_ENABLE_KRAFT", "yes"),
            ("ALLOW_PLAINTEXT_LISTENER", "yes"),
            ("BITNAMI_DEBUG", "false"),
        ],
        port: 9094,
        advertised: "localhost:9094",
        node: 0,
        cluster: Some("MkU3OEVBNTcwNTJENDM2Qk"),
        lines: &["WARN KAFKA_ENABLE_KRAFT: metadata is always in KRaft"],
        ..NOTHING
    }
    .check("bitnami");
}

#[test]
fn wurstmeister() {
    Deployment {
        environment: &[
            ("KAFKA_ADVERTISED_HOST_NAME", "192.168.99.100"),
            ("KAFKA_ADVERTISED_PORT", "9092"),
            ("KAFKA_ZOOKEEPER_CONNECT", "zookeeper:2181"),
            ("KAFKA_CREATE_TOPICS", "Topic1:1:1,Topic2:3:1:compact"),
            ("KAFKA_BROKER_ID", "1"),
        ],
        advertised: "192.168.99.100:9092",
        topics: &[("Topic1", 1), ("Topic2", 3)],
        lines: &["WARN KAFKA_ZOOKEEPER_CONNECT: zookeeper.connect is without effect: metadata is in KRaft"],
        ..NOTHING
    }
    .check("wurstmeister");
}

#[test]
fn a_pod_of_a_stateful_set() {
    Deployment {
        environment: &[
            ("POD_NAME", "kafka-2"),
            ("KUBERNETES_SERVICE_HOST", "10.0.0.1"),
            ("KAFKA_SERVICE_HOST", "10.0.0.7"),
            ("KAFKA_SERVICE_PORT", "9092"),
            ("KAFKA_PORT", "tcp://10.0.0.7:9092"),
            ("KAFKA_PORT_9092_TCP_ADDR", "10.0.0.7"),
            ("KAFKA_LISTENERS", "PLAINTEXT://:9092"),
            ("KAFKA_ADVERTISED_LISTENERS", "PLAINTEXT://kafka-2.kafka:9092"),
        ],
        advertised: "kafka-2.kafka:9092",
        node: 2,
        lines: &["WARN node.id=2, from the pod's name kafka-2"],
        ..NOTHING
    }
    .check("pod");
}

use super::*;
use std::collections::BTreeMap;

fn parse_sources(file: Option<&str>, environment: &[(&str, &str)], overrides: &[(&str, &str)]) -> Parsed {
    let pairs = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
        pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    };
    Config::parse(&Sources {
        file: file.map(|text| ("server.properties".to_owned(), text.to_owned())),
        environment: pairs(environment).into_iter().collect::<BTreeMap<_, _>>(),
        overrides: pairs(overrides),
        host_name: "broker-host".to_owned(),
    })
}

type Parsed = Result<(Config, Vec<Warning>), ConfigError>;

fn parse(file: &str) -> Parsed {
    parse_sources(Some(file), &[], &[])
}

#[track_caller]
fn warnings(file: &str) -> Vec<String> {
    parse(file).unwrap().1.into_iter().map(|warning| warning.0).collect()
}

fn shown(listeners: &[Listener]) -> Vec<String> {
    listeners.iter().map(Listener::to_string).collect()
}

/// A combined-mode file as Kafka ships it.
const SHIPPED: &str = "\
process.roles=broker,controller
node.id=7
controller.quorum.bootstrap.servers=localhost:9093
listeners=PLAINTEXT://:9092,CONTROLLER://:9093
inter.broker.listener.name=PLAINTEXT
advertised.listeners=PLAINTEXT://localhost:9092,CONTROLLER://localhost:9093
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT
num.network.threads=3
num.io.threads=8
socket.send.buffer.bytes=102400
log.dirs=/var/lib/kafka
num.partitions=1
offsets.topic.replication.factor=1
log.retention.hours=168
";

#[test]
fn a_start_from_nothing_serves_this_machine_alone() {
    let (config, warnings) = parse_sources(None, &[], &[]).unwrap();
    assert_eq!(warnings, []);
    assert_eq!(config.node_id, BrokerId(1));
    assert_eq!(shown(&config.listeners), ["PLAINTEXT://127.0.0.1:9092"]);
    assert_eq!(shown(&config.advertised), ["PLAINTEXT://127.0.0.1:9092"]);
    assert_eq!(config.controller_listeners, []);
    assert_eq!(config.log_dirs, [PathBuf::from("./data")]);
    assert_eq!(config.durability, Durability::Durable);
    assert_eq!(config.settings.offsets.topic.replication_factor, 1);
    assert_eq!((config.memory_bytes, config.cores), (None, None));
}

#[test]
fn the_file_that_kafka_ships_is_understood() {
    let (config, warnings) = parse(SHIPPED).unwrap();
    assert_eq!(config.node_id, BrokerId(7));
    assert_eq!(shown(&config.listeners), ["PLAINTEXT://:9092"]);
    assert_eq!(shown(&config.controller_listeners), ["CONTROLLER://:9093"]);
    assert_eq!(shown(&config.advertised), ["PLAINTEXT://localhost:9092"]);
    assert_eq!(shown(&config.controller_advertised), ["CONTROLLER://localhost:9093"]);
    assert_eq!(config.inter_broker_listener, "PLAINTEXT");
    assert_eq!(config.log_dirs, [PathBuf::from("/var/lib/kafka")]);
    assert_eq!(config.static_properties["broker.id"], "7");
    let expected = "without effect in Loglane, which has no such threads, tasks or classes: num.io.threads, \
                    num.network.threads";
    assert_eq!(warnings, [Warning(expected.to_owned())]);
}

#[test]
fn the_environment_overrules_the_file_and_the_command_line_both() {
    let environment = [("KAFKA_NUM_PARTITIONS", "3"), ("KAFKA_LOG_RETENTION_HOURS", "3")];
    let (config, _) = parse_sources(Some(SHIPPED), &environment, &[("num.partitions", "4")]).unwrap();
    assert_eq!(config.settings.topics.partitions_default, 4);
    assert_eq!(config.static_properties["log.retention.hours"], "3");
}

#[test]
fn what_is_only_concluded_from_the_environment_does_not_overrule_the_file() {
    let pod = [("KUBERNETES_SERVICE_HOST", "10.0.0.1"), ("HOSTNAME", "kafka-0")];
    let note = |warnings: &[Warning]| warnings.iter().any(|warning| warning.0.contains("the pod's name"));
    for (file, overrides, node) in [
        ("node.id=1", vec![], 1),
        ("broker.id=4", vec![], 4),
        ("", vec![("node.id", "5")], 5),
        ("", vec![("broker.id", "6")], 6),
        ("", vec![], 0),
    ] {
        let (config, warnings) = parse_sources(Some(file), &pod, &overrides).unwrap();
        assert_eq!(config.node_id, BrokerId(node), "{file:?} {overrides:?}");
        assert_eq!(note(&warnings), node == 0, "{file:?} {overrides:?}");
    }
    let advertised = [("KAFKA_ADVERTISED_LISTENERS", "PLAINTEXT://h:31092")];
    let listens = |file: &str, overrides: &[(&str, &str)]| {
        let (config, _) = parse_sources(Some(file), &advertised, overrides).unwrap();
        assert_eq!(shown(&config.advertised), ["PLAINTEXT://h:31092"]);
        shown(&config.listeners)
    };
    assert_eq!(listens("listeners=PLAINTEXT://:9092", &[]), ["PLAINTEXT://:9092"]);
    assert_eq!(listens("", &[("listeners", "PLAINTEXT://:9093")]), ["PLAINTEXT://:9093"]);
    assert_eq!(listens("", &[]), ["PLAINTEXT://0.0.0.0:31092"]);
}

#[test]
fn a_container_needs_no_file() {
    let environment = [
        ("KAFKA_BROKER_ID", "3"),
        ("KAFKA_ZOOKEEPER_CONNECT", "zookeeper:2181"),
        ("KAFKA_ADVERTISED_LISTENERS", "PLAINTEXT://kafka:29092,PLAINTEXT_HOST://localhost:9092"),
        ("KAFKA_LISTENER_SECURITY_PROTOCOL_MAP", "PLAINTEXT:PLAINTEXT,PLAINTEXT_HOST:PLAINTEXT"),
        ("KAFKA_INTER_BROKER_LISTENER_NAME", "PLAINTEXT"),
        ("KAFKA_CREATE_TOPICS", "orders:3:1,keys:1:1:compact"),
        ("CLUSTER_ID", "MkU3OEVBNTcwNTJENDM2Qk"),
        ("LOGLANE_MEMORY", "256m"),
    ];
    let (config, warnings) = parse_sources(None, &environment, &[]).unwrap();
    assert_eq!(config.node_id, BrokerId(3));
    assert_eq!(shown(&config.listeners), ["PLAINTEXT://0.0.0.0:29092", "PLAINTEXT_HOST://0.0.0.0:9092"]);
    assert_eq!(shown(&config.advertised), ["PLAINTEXT://kafka:29092", "PLAINTEXT_HOST://localhost:9092"]);
    assert_eq!(config.cluster_id.as_deref(), Some("MkU3OEVBNTcwNTJENDM2Qk"));
    assert_eq!(config.memory_bytes, Some(256 << 20));
    assert_eq!(config.topics_to_create.len(), 2);
    let zookeeper = "KAFKA_ZOOKEEPER_CONNECT: zookeeper.connect is without effect: metadata is in KRaft";
    assert!(warnings.contains(&Warning(zookeeper.to_owned())), "{warnings:?}");
}

#[test]
fn the_directory_of_the_metadata_log_is_read_without_the_white_space_around_it() {
    let (config, _) = parse_sources(Some("log.dirs=/a,/b\nmetadata.log.dir=/b \t\n"), &[], &[]).unwrap();
    assert_eq!(config.metadata_log_dir, PathBuf::from("/b"));
    assert_eq!(config.directories(), [Path::new("/a"), Path::new("/b")]);
    let (config, _) = parse_sources(None, &[], &[("metadata.log.dir", " /meta ")]).unwrap();
    assert_eq!(config.metadata_log_dir, PathBuf::from("/meta"));
}

#[test]
fn a_metadata_log_that_would_roll_at_every_append_is_refused() {
    for wrong in ["0", "-1"] {
        let error = parse(&format!("metadata.log.segment.ms={wrong}")).unwrap_err().to_string();
        assert!(error.contains("metadata.log.segment.ms: Value must be at least 1"), "{error}");
    }
    assert_eq!(parse("metadata.log.segment.ms=1").unwrap().0.settings.metadata.segment_ms, 1);
}

#[test]
fn what_acts_on_nothing_is_said_to_be_without_effect() {
    let found = warnings(
        "log.dirs=/d\nmetadata.max.idle.interval.ms=9\nreplica.high.watermark.checkpoint.interval.ms=9\n\
         log.flush.start.offset.checkpoint.interval.ms=9\n",
    );
    let expected = "without effect in Loglane, which has no such threads, tasks or classes: \
                    metadata.max.idle.interval.ms, replica.high.watermark.checkpoint.interval.ms";
    assert_eq!(found, [expected]);
}

#[test]
fn an_unknown_key_is_named_with_its_line_and_the_key_that_was_meant() {
    let found = warnings("# comment\nlog.retention.hour=5\nmy.plugin=1\nlog.dirs=/d\n");
    assert_eq!(
        found,
        [
            "server.properties:2: there is no key log.retention.hour, it is ignored; is log.retention.hours meant?",
            "server.properties:3: there is no key my.plugin, it is ignored",
        ]
    );
}

#[test]
fn a_bad_value_of_a_known_key_is_fatal_with_its_place() {
    let error = parse("\nnum.partitions=abc").unwrap_err();
    let what =
        "server.properties:2: Invalid value abc for configuration num.partitions: Not a number of type INT";
    assert_eq!(error.to_string(), what);
    let error = parse_sources(None, &[("KAFKA_NUM_PARTITIONS", "0")], &[]).unwrap_err();
    let what =
        "KAFKA_NUM_PARTITIONS: Invalid value 0 for configuration num.partitions: Value must be at least 1";
    assert_eq!(error.to_string(), what);
    let error = parse_sources(None, &[], &[("loglane.memory", "lots")]).unwrap_err();
    assert!(error.to_string().starts_with("--override: Invalid value lots for configuration loglane.memory"));
}

#[test]
fn security_that_is_not_implemented_is_fatal() {
    for file in [
        "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "sasl.enabled.mechanisms=PLAIN",
        "ssl.keystore.location=/k.jks",
        "ssl.client.auth=required",
        "listener.name.external.ssl.keystore.location=/k.jks",
        "listener.name.external.plain.sasl.jaas.config=x",
        "security.providers=x",
        "remote.log.storage.system.enable=true",
        "listeners=SSL://:9092",
        "listeners=EXTERNAL://:9092\nlistener.security.protocol.map=EXTERNAL:SASL_PLAINTEXT",
    ] {
        let error = parse(file).unwrap_err();
        assert!(error.is_not_implemented, "{file}: {error}");
        assert!(error.cause.is_some() && error.fix.is_some(), "{file}: {error}");
    }
    for file in ["authorizer.class.name=", "ssl.client.auth=none", "sasl.enabled.mechanisms=GSSAPI"] {
        assert!(parse(&format!("{file}\nlog.dirs=/d")).is_ok(), "{file}");
    }
}

#[test]
fn clusters_are_refused_with_the_cause() {
    for (file, part) in [
        ("node.id=1\ncontroller.quorum.voters=1@a:9093,2@b:9093,3@c:9093", "2@b:9093, 3@c:9093"),
        ("node.id=1\ncontroller.quorum.bootstrap.servers=a:9093,b:9093", "several controllers"),
        ("process.roles=broker", "until it can form clusters"),
        ("process.roles=controller", "until it can form clusters"),
    ] {
        let error = parse(file).unwrap_err();
        assert!(error.is_not_implemented && error.what.contains(part), "{file}: {error}");
    }
    assert!(parse("node.id=1\ncontroller.quorum.voters=1@a:9093").is_ok());
}

#[test]
fn addresses_are_checked_as_kafka_does() {
    for (file, part) in [
        ("listeners=PLAINTEXT://0.0.0.0:9092", "cannot use the nonroutable meta-address 0.0.0.0"),
        ("listeners=FOO://:9092", "No security protocol defined for listener FOO"),
        ("listeners=PLAINTEXT://:9092,PLAINTEXT://:9094", "must have a different name"),
        ("listeners=PLAINTEXT://:9092,SSL://:9092", "on the same port"),
        ("listeners=", "Configuration 'listeners' must not be empty"),
        ("advertised.listeners=FOO://a:1", "equal to or a subset of the ones defined in listeners"),
        (
            "controller.listener.names=CONTROLLER",
            "must contain at least one value appearing in the 'listeners'",
        ),
        ("listeners=CONTROLLER://:9093", "no listener for clients"),
        ("inter.broker.listener.name=FOO", "not found in listener.security.protocol.map"),
        ("inter.broker.listener.name=SSL", "must be a listener name defined in advertised.listeners"),
        (
            "inter.broker.listener.name=PLAINTEXT\nsecurity.inter.broker.protocol=PLAINTEXT",
            "Only one of inter.broker.listener.name and security.inter.broker.protocol",
        ),
        ("listener.security.protocol.map=PLAINTEXT:FOO", "Invalid security protocol `FOO`"),
        ("log.dirs=", "Configuration 'log.dirs' must not be empty"),
    ] {
        let error = parse(file).unwrap_err();
        assert!(error.what.contains(part), "{file}: {error}");
    }
}

#[test]
fn a_listener_without_a_host_is_advertised_by_the_machines_name() {
    let (config, _) = parse("listeners=PLAINTEXT://:9092\nlog.dirs=/d").unwrap();
    assert_eq!(shown(&config.advertised), ["PLAINTEXT://broker-host:9092"]);
    let (config, _) = parse("log.dirs=/d").unwrap();
    assert_eq!(shown(&config.listeners), ["PLAINTEXT://:9092"]);
}

#[test]
fn node_and_broker_id_are_one() {
    assert_eq!(parse("broker.id=3").unwrap().0.node_id, BrokerId(3));
    let error = parse("broker.id=3\nnode.id=4").unwrap_err();
    assert_eq!(error.what, "You must set `node.id` to the same value as `broker.id`.");
    assert!(parse("broker.id=-1").is_err());
    assert!(parse("node.id=-1").is_err());
}

#[test]
fn where_the_data_go_is_told_to_those_who_expect_them_elsewhere() {
    let told = |environment: &[(&str, &str)]| parse_sources(None, environment, &[]).unwrap().1;
    let expected = "log.dirs is not set: data goes to ./data (Kafka's would go to /tmp)";
    assert_eq!(told(&[("KAFKA_NODE_ID", "1")]), [Warning(expected.to_owned())]);
    for named in [("LOGLANE_DATA", "/d"), ("KAFKA_LOG_DIRS", "/d")] {
        assert_eq!(told(&[("KAFKA_NODE_ID", "1"), named]), []);
    }
    assert_eq!(told(&[]), []);
}

#[test]
fn more_replicas_than_brokers_are_named() {
    let found = warnings("log.dirs=/d\noffsets.topic.replication.factor=3");
    let expected = "server.properties:2: offsets.topic.replication.factor=3 with one broker: consumer groups will \
                    not work";
    assert_eq!(found, [expected]);
}

#[test]
fn device_durability_is_by_broker_or_by_topic_and_flush_messages_overrules_it() {
    let (config, _) = parse("log.dirs=/d\nloglane.durability.device.topics=metrics, logs").unwrap();
    let nothing = Properties::new();
    let plain = TopicConfig::resolve(&nothing, &config.levels(&nothing, &nothing));
    let synced = TopicConfig { flush_messages: 1, ..plain.clone() };
    assert_eq!(config.durability_of("orders", &plain), Durability::Durable);
    assert_eq!(config.durability_of("logs", &plain), Durability::Device);
    assert_eq!(config.durability_of("logs", &synced), Durability::Durable);
    let (config, _) = parse("log.dirs=/d\nloglane.durability=device").unwrap();
    assert_eq!(config.durability_of("orders", &plain), Durability::Device);
    assert_eq!(config.durability_of("__consumer_offsets", &plain), Durability::Durable);
}

#[test]
fn the_default_budget_is_a_quarter_up_to_a_gibibyte() {
    assert_eq!(default_memory_bytes(512 << 20), 128 << 20);
    assert_eq!(default_memory_bytes(64 << 30), 1 << 30);
}

//! What Testcontainers expects of an image of Kafka, without containers: it starts a shell that waits for a script,
//! puts the script there when it knows the port that is forwarded, and waits for one line.

use crate::BINARY;
use crate::deployment::{Ports, connect, write_and_read};
use harness::{LONG, Process, Scratch, wait_until};
use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The variables of its modules for Java.
const ENVIRONMENT: &[(&str, &str)] = &[
    ("CLUSTER_ID", "4L6g3nShT-eMCtK--X86sw"),
    ("KAFKA_LISTENERS", "PLAINTEXT://:9092,BROKER://:9093,CONTROLLER://:9094"),
    ("KAFKA_LISTENER_SECURITY_PROTOCOL_MAP", "BROKER:PLAINTEXT,PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT"),
    ("KAFKA_INTER_BROKER_LISTENER_NAME", "BROKER"),
    ("KAFKA_PROCESS_ROLES", "broker,controller"),
    ("KAFKA_CONTROLLER_LISTENER_NAMES", "CONTROLLER"),
    ("KAFKA_NODE_ID", "1"),
    ("KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR", "1"),
    ("KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS", "1"),
    ("KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR", "1"),
    ("KAFKA_TRANSACTION_STATE_LOG_MIN_ISR", "1"),
    ("KAFKA_LOG_FLUSH_INTERVAL_MESSAGES", "9223372036854775807"),
    ("KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS", "0"),
];

/// Those of its module for Go, as far as they are others.
const OF_GO: &[(&str, &str)] = &[
    ("KAFKA_LISTENERS", "PLAINTEXT://0.0.0.0:9093,BROKER://0.0.0.0:9092,CONTROLLER://0.0.0.0:9094"),
    (
        "KAFKA_REST_BOOTSTRAP_SERVERS",
        "PLAINTEXT://0.0.0.0:9093,BROKER://0.0.0.0:9092,CONTROLLER://0.0.0.0:9094",
    ),
    ("KAFKA_BROKER_ID", "1"),
    ("KAFKA_CONTROLLER_QUORUM_VOTERS", "1@localhost:9094"),
];

/// What it waits for.
const LINE: &str = "Transitioning from RECOVERY to RUNNING";

/// A folder with the program under its name, as images have it in the path.
fn path_with_loglane(scratch: &Scratch) -> String {
    let bin = scratch.join("bin");
    fs::create_dir(&bin).expect("the folder can be written");
    std::os::unix::fs::symlink(BINARY, bin.join("loglane")).expect("the folder can be written");
    format!("{}:{}", bin.display(), std::env::var("PATH").expect("there is a path"))
}

/// What an image has below `/etc`.
fn packaged() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging/image/etc")
}

/// The image's own start script; in an image it is `/etc/kafka/docker/run`.
fn run_script() -> String {
    packaged().join("kafka/docker/run").display().to_string()
}

/// A container that waits for a script, which then comes, with these lines behind the first. `/etc/` in them is the
/// image's, which they may write to.
fn check(name: &str, environment: &[(&str, &str)], port: u16, lines: &str) {
    let scratch = Scratch::new(name);
    let ports = Ports::new();
    let copied = Command::new("cp").arg("-a").arg(packaged()).arg(scratch.join("etc")).status();
    assert!(copied.expect("cp runs").success());
    let script = scratch.join("testcontainers_start.sh");
    let wait = format!("while [ ! -f {0} ]; do sleep 0.1; done; exec bash {0}", script.display());
    let mut container = Command::new("sh");
    container.args(["-c", &wait]).env_clear().env("PATH", path_with_loglane(&scratch));
    container.env("LOGLANE_DATA", scratch.join("data")).env("LOGLANE_ADMIN_LISTENER", "off");
    container.envs(environment.iter().map(|(variable, value)| (variable, ports.put_into(value))));
    let container = Process::start(&mut container, &scratch.join("broker.log"));

    let etc = format!("{}/", scratch.join("etc").display());
    let text = format!("#!/bin/bash\n{}\n", ports.put_into(lines).replace("/etc/", &etc));
    let unfinished = scratch.join("unfinished");
    fs::write(&unfinished, text).expect("the folder can be written");
    fs::set_permissions(&unfinished, fs::Permissions::from_mode(0o777)).expect("its own file");
    fs::rename(&unfinished, &script).expect("the folder can be written");

    wait_until("the line that says that it runs", LONG, || container.log().contains(LINE).then_some(()));
    assert_eq!(container.log().matches(LINE).count(), 1, "once:\n{}", container.log());
    // From that line on there is no waiting: the first request is answered.
    let address = SocketAddr::from(([127, 0, 0, 1], ports.of(port)));
    let mut client = harness::client::Client::open(address).expect("the broker takes connections");
    write_and_read(&mut client);
}

#[test]
fn its_module_for_kafka_starts_and_reads_and_writes() {
    let lines = "export KAFKA_ADVERTISED_LISTENERS=PLAINTEXT://localhost:9092,BROKER://container:9093\n\
                 /etc/kafka/docker/run ";
    check("testcontainers", ENVIRONMENT, 9092, lines);
}

#[test]
fn its_module_for_cp_kafka_starts_and_reads_and_writes() {
    let lines = "export KAFKA_ADVERTISED_LISTENERS=PLAINTEXT://localhost:9092,BROKER://container:9093\n\
                 /etc/confluent/docker/run ";
    check("testcontainers-confluent", ENVIRONMENT, 9092, lines);
}

/// It takes the steps of that image one by one, and writes to the scripts before.
#[test]
fn its_module_for_go_starts_and_reads_and_writes() {
    let lines = "source /etc/confluent/docker/bash-config\n\
                 export KAFKA_ADVERTISED_LISTENERS=PLAINTEXT://localhost:9093,BROKER://container:9092\n\
                 sed -i '/KAFKA_ZOOKEEPER_CONNECT/d' /etc/confluent/docker/configure\n\
                 echo 'kafka-storage format -c /etc/kafka/kafka.properties' >> /etc/confluent/docker/configure\n\
                 echo '' > /etc/confluent/docker/ensure\n\
                 /etc/confluent/docker/configure\n\
                 /etc/confluent/docker/launch";
    check("testcontainers-go", &[ENVIRONMENT, OF_GO].concat(), 9093, lines);
}

#[test]
fn a_container_that_is_told_nothing_serves_where_images_of_kafka_do() {
    let scratch = Scratch::new("container");
    let ports = Ports::new();
    // The only difference to an image: another port, which nobody else uses.
    let text = fs::read_to_string(run_script()).expect("the script is there");
    let script = scratch.join("run");
    fs::write(&script, ports.put_into(&text)).expect("the folder can be written");
    let mut command = Command::new("sh");
    command.arg(&script).env_clear().env("PATH", path_with_loglane(&scratch));
    command.env("LOGLANE_DATA", scratch.join("data"));
    let process = Process::start(&mut command, &scratch.join("broker.log"));
    let address = SocketAddr::from(([127, 0, 0, 1], ports.of(9092)));
    write_and_read(&mut connect(address, &process));
    assert!(scratch.join("data/meta.properties").exists());
}

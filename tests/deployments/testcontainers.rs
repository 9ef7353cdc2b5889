//! What Testcontainers expects of an image of Kafka, without containers: it starts a shell that waits for a script,
//! puts the script there when it knows the port that is forwarded, and waits for one line.

use crate::BINARY;
use crate::deployment::{Ports, connect, write_and_read};
use harness::{LONG, Process, Scratch, wait_until};
use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

/// The variables of its module for Kafka.
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

/// What it waits for.
const LINE: &str = "Transitioning from RECOVERY to RUNNING";

/// A folder with the program under its name, as images have it in the path.
fn path_with_loglane(scratch: &Scratch) -> String {
    let bin = scratch.join("bin");
    fs::create_dir(&bin).expect("the folder can be written");
    std::os::unix::fs::symlink(BINARY, bin.join("loglane")).expect("the folder can be written");
    format!("{}:{}", bin.display(), std::env::var("PATH").expect("there is a path"))
}

/// The image's own start script; in an image it is `/etc/kafka/docker/run`.
fn run_script() -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging/image/etc/kafka/docker/run");
    script.display().to_string()
}

#[test]
fn its_module_for_kafka_starts_and_reads_and_writes() {
    let scratch = Scratch::new("testcontainers");
    let ports = Ports::new();
    let script = scratch.join("testcontainers_start.sh");
    let wait = format!("while [ ! -f {0} ]; do sleep 0.1; done; exec {0}", script.display());
    let mut container = Command::new("sh");
    container.args(["-c", &wait]).env_clear().env("PATH", path_with_loglane(&scratch));
    container.env("LOGLANE_DATA", scratch.join("data"));
    container.envs(ENVIRONMENT.iter().map(|(variable, value)| (variable, ports.put_into(value))));
    let container = Process::start(&mut container, &scratch.join("broker.log"));

    let advertised = ports.put_into("PLAINTEXT://localhost:9092,BROKER://container:9093");
    let text = format!("#!/bin/sh\nexport KAFKA_ADVERTISED_LISTENERS={advertised}\nexec {} \n", run_script());
    let unfinished = scratch.join("unfinished");
    fs::write(&unfinished, text).expect("the folder can be written");
    fs::set_permissions(&unfinished, fs::Permissions::from_mode(0o777)).expect("its own file");
    fs::rename(&unfinished, &script).expect("the folder can be written");

    wait_until("the line that says that it runs", LONG, || container.log().contains(LINE).then_some(()));
    assert_eq!(container.log().matches(LINE).count(), 1, "once:\n{}", container.log());
    // From that line on there is no waiting: the first request is answered.
    let address = SocketAddr::from(([127, 0, 0, 1], ports.of(9092)));
    let mut client = harness::client::Client::open(address).expect("the broker takes connections");
    write_and_read(&mut client);
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

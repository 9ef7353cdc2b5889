//! The file that Kafka ships for a single node, and files that are mounted where its image looks for them.

use crate::BINARY;
use crate::deployment::{Ports, connect, told, write_and_read};
use harness::{Process, Scratch, skip};
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The settings of Kafka's `config/server.properties`.
const SHIPPED: &str = "
# The role of this server. Setting this puts us in KRaft mode
process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers=localhost:9093
listeners=PLAINTEXT://:9092,CONTROLLER://:9093
inter.broker.listener.name=PLAINTEXT
advertised.listeners=PLAINTEXT://localhost:9092,CONTROLLER://localhost:9093
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT,SASL_SSL:SASL_SSL
num.network.threads=3
num.io.threads=8
socket.send.buffer.bytes=102400
socket.receive.buffer.bytes=102400
socket.request.max.bytes=104857600
log.dirs=kraft-combined-logs
num.partitions=1
num.recovery.threads.per.data.dir=1
offsets.topic.replication.factor=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
#log.flush.interval.messages=10000
log.retention.hours=168
log.segment.bytes=1073741824
log.retention.check.interval.ms=300000
";

/// The file with free ports.
fn shipped(scratch: &Scratch, ports: &Ports) -> PathBuf {
    let file = scratch.join("server.properties");
    fs::write(&file, ports.put_into(SHIPPED)).expect("the folder can be written");
    file
}

/// It serves, and its directory is the one of the file.
fn check(process: &Process, ports: &Ports, data: &Path) {
    let address = SocketAddr::from(([127, 0, 0, 1], ports.of(9092)));
    write_and_read(&mut connect(address, process));
    assert!(data.join("kraft-combined-logs/meta.properties").exists());
}

#[test]
fn the_file_that_kafka_ships_is_all_that_it_needs() {
    let scratch = Scratch::new("shipped");
    let ports = Ports::new();
    let mut command = Command::new(BINARY);
    command.arg("serve").arg(shipped(&scratch, &ports)).env_clear().current_dir(scratch.path());
    // Others have the port that is the default, and there would be a line about it.
    command.env("LOGLANE_ADMIN_LISTENER", "off");
    let process = Process::start(&mut command, &scratch.join("broker.log"));
    check(&process, &ports, scratch.path());
    let log = process.log();
    let lines: Vec<_> = told(&log).collect();
    assert_eq!(
        lines,
        [
            "WARN without effect in Loglane, which has no such threads, tasks or classes: num.io.threads, num.network.threads, \
          num.recovery.threads.per.data.dir"
        ],
        "in\n{log}"
    );
}

/// `/mnt/shared/config/server.properties`, in a world of its own: only this process sees what is mounted.
#[test]
fn a_file_that_is_mounted_where_the_image_looks_for_it_is_read() {
    let scratch = Scratch::new("mounted");
    let hides = |path: &Path| path.starts_with("/mnt");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging/image/etc/kafka/docker/run");
    if hides(scratch.path()) || hides(Path::new(BINARY)) || hides(&script) {
        skip("what is tested lies where the file would be mounted");
        return;
    }
    let may_mount =
        Command::new("unshare").args(["--mount", "mount", "-t", "tmpfs", "none", "/mnt"]).output();
    if !may_mount.is_ok_and(|output| output.status.success()) {
        skip("nothing can be mounted here");
        return;
    }
    let ports = Ports::new();
    let file = shipped(&scratch, &ports);
    let bin = scratch.join("bin");
    fs::create_dir(&bin).expect("the folder can be written");
    std::os::unix::fs::symlink(BINARY, bin.join("loglane")).expect("the folder can be written");
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").expect("there is a path"));
    let mount = "mount -t tmpfs none /mnt && mkdir -p /mnt/shared/config \
                 && cp \"$1\" /mnt/shared/config/server.properties && exec \"$2\"";
    let mut command = Command::new("unshare");
    command.args(["--mount", "sh", "-c", mount, "sh"]).arg(&file).arg(&script);
    // The environment counts above the file.
    command.env_clear().env("PATH", path).env("KAFKA_NUM_PARTITIONS", "3").current_dir(scratch.path());
    command.env("LOGLANE_ADMIN_LISTENER", "off");
    let process = Process::start(&mut command, &scratch.join("broker.log"));
    check(&process, &ports, scratch.path());
    let address = SocketAddr::from(([127, 0, 0, 1], ports.of(9092)));
    let seen = connect(address, &process).metadata("first", false).expect("an answer");
    assert_eq!(seen.partitions.len(), 3);
}

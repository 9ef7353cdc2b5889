//! The families: what each can do, and how its driver is started.

use harness::Peer;
use harness::driver::{Driver, Recipe};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A client library, and what it lacks.
#[derive(Debug)]
pub(crate) struct Family {
    /// As in `versions.txt`.
    pub(crate) name: &'static str,
    /// The codecs that it compresses with.
    pub(crate) codecs: &'static [&'static str],
    /// Whether it administers, and tells what it commits. Else the raw client does, and the broker is asked.
    pub(crate) has_admin: bool,
    /// Whether its members commit what they have shown before they take more, so that it is not shown again.
    pub(crate) commits_in_step: bool,
    /// What its records can have.
    pub(crate) recipe: fn(&str, usize) -> Recipe,
    /// The command that starts its driver, without the address.
    start: fn() -> Result<Command, String>,
}

const CODECS: &[&str] = &["none", "gzip", "snappy", "lz4", "zstd"];

const FAMILY: Family = Family {
    name: "",
    codecs: CODECS,
    has_admin: true,
    commits_in_step: true,
    recipe: Recipe::rich,
    start: || Err("no driver".to_owned()),
};

/// Kafka's own, of the release that the tests compare with.
pub(crate) const JAVA: Family =
    Family { name: "java-4.3", start: || Peer::find()?.program_of(&source("java/Matrix.java")), ..FAMILY };

/// The oldest of Kafka's own that a broker of today takes.
pub(crate) const OLD_JAVA: Family = Family {
    name: "java-2.1",
    start: || Peer::of_pom(&source("java/pom.xml"), "clients-2.1.1")?.program_of(&source("java/Matrix.java")),
    ..FAMILY
};

/// confluent-kafka: librdkafka from Python.
pub(crate) const CONFLUENT: Family =
    Family { name: "confluent-kafka", start: || python("drive_confluent.py"), ..FAMILY };

/// kafka-python, which knows the newest versions.
pub(crate) const KAFKA_PYTHON: Family =
    Family { name: "kafka-python", start: || python("drive_kafka_python.py"), ..FAMILY };

/// aiokafka, which has no flexible versions.
pub(crate) const AIOKAFKA: Family =
    Family { name: "aiokafka", start: || python("drive_aiokafka.py"), ..FAMILY };

/// kafkajs, which is not developed any more and much used.
pub(crate) const KAFKAJS: Family = Family { name: "kafkajs", start: || node("kafkajs.mjs"), ..FAMILY };

/// @platformatic/kafka: it goes on with what it has fetched while commits are under way, and after a rebalance begins
/// again where they were.
pub(crate) const PLATFORMATIC: Family =
    Family { name: "platformatic", commits_in_step: false, start: || node("platformatic.mjs"), ..FAMILY };

/// franz-go.
pub(crate) const FRANZ_GO: Family = Family { name: "franz-go", start: || go("franz"), ..FAMILY };

/// sarama, with the versions that it takes by default.
pub(crate) const SARAMA: Family = Family { name: "sarama", start: || go("sarama"), ..FAMILY };

/// rdkafka: librdkafka from Rust.
pub(crate) const RDKAFKA: Family = Family { name: "rdkafka", start: rust, ..FAMILY };

/// kcat with the librdkafka of the distribution: it has no administrative client, and gives all records of a run the
/// same headers.
pub(crate) const KCAT: Family = Family {
    name: "kcat",
    has_admin: false,
    commits_in_step: false,
    recipe: |prefix, count| Recipe { keys: true, ..Recipe::plain(prefix, count) },
    start: || {
        if harness::ensure_command("kcat", "kcat") { python("drive_kcat.py") } else { Err("kcat".to_owned()) }
    },
    ..FAMILY
};

impl Family {
    /// Another process of the driver. What the library has to complain about while brokers go and come is for those
    /// who look into the log.
    pub(crate) fn driver(&self, bootstrap: &str, log: &Path) -> Result<Driver, String> {
        let log = File::options().create(true).append(true).open(log).map_err(|error| error.to_string())?;
        Driver::start_with_log((self.start)()?.arg(bootstrap), log)
    }
}

fn source(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/matrix").join(name)
}

fn python(program: &str) -> Result<Command, String> {
    let mut python = Command::new(harness::python_with(&source("requirements.txt"))?);
    python.arg(source("python").join(program));
    Ok(python)
}

fn node(program: &str) -> Result<Command, String> {
    // The Python package brings a Node.js that is new enough for every client.
    let python = harness::python_with(&source("requirements.txt"))?;
    let folder = harness::npm_packages(&python, &source("node"))?;
    let mut node = harness::node(&python)?;
    node.arg(folder.join(program));
    Ok(node)
}

fn go(program: &str) -> Result<Command, String> {
    Ok(Command::new(harness::go_programs(&source("go"))?.join(program)))
}

fn rust() -> Result<Command, String> {
    Ok(Command::new(harness::cargo_program(&source("rust"), "driver")?))
}

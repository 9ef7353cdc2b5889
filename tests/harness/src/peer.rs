//! A real Apache Kafka: its jars, its tools, and how its broker is started.

use crate::tool::{self, cache_folder, once, output};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where Kafka's jars are.
#[derive(Debug, Clone)]
pub struct Peer {
    jars: PathBuf,
}

/// The release that the tests compare with; the same as in `tests/peer/pom.xml`.
const VERSION: &str = "4.3.1";

impl Peer {
    /// Collects the jars if they are not there yet (about 130 MB).
    ///
    /// # Errors
    /// Why they cannot be had.
    pub fn find() -> Result<Peer, String> {
        Peer::of_pom(&sources().join("pom.xml"), &format!("kafka-{VERSION}"))
    }

    /// As [`Peer::find`], with the jars that another `pom` names, kept under this name.
    ///
    /// # Errors
    /// Why they cannot be had.
    pub fn of_pom(pom: &Path, name: &str) -> Result<Peer, String> {
        let jars = cache_folder().join(name);
        once(&jars, || {
            let mut mvn = Command::new("mvn");
            mvn.args(["-q", "-B", "-f"]).arg(pom).arg("dependency:copy-dependencies");
            mvn.arg(format!("-DoutputDirectory={}", jars.display()));
            output(&mut mvn).map(|_| ())
        })?;
        Ok(Peer { jars })
    }

    /// As [`Peer::find`]; says `SKIPPED`, or fails where `CI=true`, when there is none.
    #[must_use]
    pub fn or_skip() -> Option<Peer> {
        Peer::find().inspect_err(|error| crate::skip_missing(&format!("Apache Kafka: {error}"))).ok()
    }

    /// A Java virtual machine about to run `main`. Tools live for a second: the first compiler is enough for them.
    #[must_use]
    pub fn java(&self, main: &str) -> Command {
        java(&self.class_path(), main)
    }

    fn class_path(&self) -> String {
        format!("{}/*", self.jars.display())
    }

    /// Runs one of Kafka's shell tools to its end; what it printed on standard output.
    ///
    /// # Errors
    /// What it printed, when it failed.
    ///
    /// # Panics
    /// For a tool that is not in the table.
    pub fn tool(&self, name: &str, arguments: &[&str]) -> Result<String, String> {
        self.tool_with_input(name, arguments, "")
    }

    /// As [`Peer::tool`], with something to read on standard input.
    ///
    /// # Errors
    /// What it printed, when it failed.
    ///
    /// # Panics
    /// For a tool that is not in the table.
    pub fn tool_with_input(&self, name: &str, arguments: &[&str], input: &str) -> Result<String, String> {
        let main = main_class(name).expect("a tool of the table");
        let output = tool::output_of_input(self.java(main).args(arguments), input)?;
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// A Java program of `tests/peer`, compiled, such as the one behind [`crate::driver::Driver::java`].
    ///
    /// # Errors
    /// Why it cannot be.
    pub fn program(&self, name: &str) -> Result<Command, String> {
        self.program_of(&sources().join(format!("{name}.java")))
    }

    /// A Java program of one file, compiled with these jars.
    ///
    /// # Errors
    /// Why it cannot be.
    ///
    /// # Panics
    /// When the file has no name.
    pub fn program_of(&self, source: &Path) -> Result<Command, String> {
        let name = source.file_stem().expect("a file has a name").to_string_lossy();
        let text = fs::read(source).map_err(|error| error.to_string())?;
        let path = self.class_path();
        // Another text or other jars make another folder.
        let sum = crate::record::crc32c(&[&text, path.as_bytes()].concat());
        let classes = cache_folder().join(format!("{}-{sum:08x}", name.to_lowercase()));
        once(&classes, || {
            let mut javac = Command::new("javac");
            javac.args(["-nowarn", "-cp", &path, "-d"]).arg(&classes).arg(source);
            output(&mut javac).map(|_| ())
        })?;
        Ok(java(&format!("{}:{path}", classes.display()), &name))
    }
}

fn java(class_path: &str, main: &str) -> Command {
    let mut java = Command::new("java");
    java.args(["-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto"]);
    java.args(["-Djava.awt.headless=true", "-Dorg.slf4j.simpleLogger.defaultLogLevel=error"]);
    java.args(["-cp", class_path, main]);
    java
}

/// The folder of the peer's own files.
fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../peer")
}

/// The class behind one of Kafka's shell tools, by the tool's name without `.sh`.
#[must_use]
pub(crate) fn main_class(tool: &str) -> Option<&'static str> {
    TOOLS.iter().find(|(name, _)| *name == tool).map(|(_, main)| *main)
}

const TOOLS: &[(&str, &str)] = &[
    ("kafka-acls", "org.apache.kafka.tools.AclCommand"),
    ("kafka-broker-api-versions", "org.apache.kafka.tools.BrokerApiVersionsCommand"),
    ("kafka-client-metrics", "org.apache.kafka.tools.ClientMetricsCommand"),
    ("kafka-cluster", "org.apache.kafka.tools.ClusterTool"),
    ("kafka-configs", "kafka.admin.ConfigCommand"),
    ("kafka-console-consumer", "org.apache.kafka.tools.consumer.ConsoleConsumer"),
    ("kafka-console-producer", "org.apache.kafka.tools.ConsoleProducer"),
    ("kafka-console-share-consumer", "org.apache.kafka.tools.consumer.ConsoleShareConsumer"),
    ("kafka-consumer-groups", "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand"),
    ("kafka-consumer-perf-test", "org.apache.kafka.tools.ConsumerPerformance"),
    ("kafka-delegation-tokens", "org.apache.kafka.tools.DelegationTokenCommand"),
    ("kafka-delete-records", "org.apache.kafka.tools.DeleteRecordsCommand"),
    ("kafka-dump-log", "org.apache.kafka.tools.DumpLogSegments"),
    ("kafka-e2e-latency", "org.apache.kafka.tools.EndToEndLatency"),
    ("kafka-features", "org.apache.kafka.tools.FeatureCommand"),
    ("kafka-get-offsets", "org.apache.kafka.tools.GetOffsetShell"),
    ("kafka-groups", "org.apache.kafka.tools.GroupsCommand"),
    ("kafka-leader-election", "org.apache.kafka.tools.LeaderElectionCommand"),
    ("kafka-log-dirs", "org.apache.kafka.tools.LogDirsCommand"),
    ("kafka-metadata-quorum", "org.apache.kafka.tools.MetadataQuorumCommand"),
    ("kafka-producer-perf-test", "org.apache.kafka.tools.ProducerPerformance"),
    ("kafka-reassign-partitions", "org.apache.kafka.tools.reassign.ReassignPartitionsCommand"),
    ("kafka-replica-verification", "org.apache.kafka.tools.ReplicaVerificationTool"),
    ("kafka-share-groups", "org.apache.kafka.tools.consumer.group.ShareGroupCommand"),
    ("kafka-storage", "kafka.tools.StorageTool"),
    ("kafka-streams-groups", "org.apache.kafka.tools.streams.StreamsGroupCommand"),
    ("kafka-topics", "org.apache.kafka.tools.TopicCommand"),
    ("kafka-transactions", "org.apache.kafka.tools.TransactionsCommand"),
    ("kafka-verifiable-consumer", "org.apache.kafka.tools.VerifiableConsumer"),
    ("kafka-verifiable-producer", "org.apache.kafka.tools.VerifiableProducer"),
];

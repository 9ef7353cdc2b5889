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
        let jars = cache_folder().join(format!("kafka-{VERSION}"));
        let pom = sources().join("pom.xml");
        once(&jars, || {
            let mut mvn = Command::new("mvn");
            mvn.args(["-q", "-B", "-f"]).arg(&pom).arg("dependency:copy-dependencies");
            mvn.arg(format!("-Dkafka.version={VERSION}"))
                .arg(format!("-DoutputDirectory={}", jars.display()));
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
        let (_, main) = TOOLS.iter().find(|(tool, _)| *tool == name).expect("a tool of the table");
        let output = tool::output_of_input(self.java(main).args(arguments), input)?;
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// The program behind [`crate::driver::Driver::java`], compiled.
    ///
    /// # Errors
    /// Why it cannot be.
    pub fn driver(&self) -> Result<Command, String> {
        let source = sources().join("Driver.java");
        let text = fs::read(&source).map_err(|error| error.to_string())?;
        let classes = cache_folder().join(format!("driver-{:08x}", crate::record::crc32c(&text)));
        let path = self.class_path();
        once(&classes, || {
            let mut javac = Command::new("javac");
            javac.args(["-nowarn", "-cp", &path, "-d"]).arg(&classes).arg(&source);
            output(&mut javac).map(|_| ())
        })?;
        Ok(java(&format!("{}:{path}", classes.display()), "Driver"))
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

const TOOLS: [(&str, &str); 13] = [
    ("kafka-topics", "org.apache.kafka.tools.TopicCommand"),
    ("kafka-configs", "kafka.admin.ConfigCommand"),
    ("kafka-console-producer", "org.apache.kafka.tools.ConsoleProducer"),
    ("kafka-console-consumer", "org.apache.kafka.tools.consumer.ConsoleConsumer"),
    ("kafka-producer-perf-test", "org.apache.kafka.tools.ProducerPerformance"),
    ("kafka-verifiable-producer", "org.apache.kafka.tools.VerifiableProducer"),
    ("kafka-get-offsets", "org.apache.kafka.tools.GetOffsetShell"),
    ("kafka-delete-records", "org.apache.kafka.tools.DeleteRecordsCommand"),
    ("kafka-log-dirs", "org.apache.kafka.tools.LogDirsCommand"),
    ("kafka-broker-api-versions", "org.apache.kafka.tools.BrokerApiVersionsCommand"),
    ("kafka-cluster", "org.apache.kafka.tools.ClusterTool"),
    ("kafka-dump-log", "org.apache.kafka.tools.DumpLogSegments"),
    ("kafka-storage", "kafka.tools.StorageTool"),
];

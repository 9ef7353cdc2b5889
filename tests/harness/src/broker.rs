//! A broker as a process: the one under test, or a real Kafka in its place.

use crate::client::Client;
use crate::peer::Peer;
use crate::process::{Process, free_port};
use crate::wait::{LONG, wait_until};
use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// Which program is the broker.
#[derive(Debug, Clone)]
pub enum Kind {
    /// The binary of this project, at this path.
    Loglane(PathBuf),
    /// Apache Kafka: the tests themselves are tested with it (`BROKER=kafka`).
    Kafka(Peer),
}

/// A broker, running or not, with its settings and its data.
#[derive(Debug)]
pub struct Broker {
    kind: Kind,
    folder: PathBuf,
    port: u16,
    controller_port: u16,
    settings: Vec<(String, String)>,
    process: Option<Process>,
}

impl Broker {
    /// The broker under test: `binary`, or a real Kafka where the environment says `BROKER=kafka`. Data and log
    /// lie in `folder`. Not started yet.
    ///
    /// # Panics
    /// When Kafka is asked for and cannot be had.
    #[must_use]
    pub fn under_test(binary: &str, folder: &Path) -> Broker {
        if std::env::var("BROKER").is_ok_and(|broker| broker == "kafka") {
            Broker::new(Kind::Kafka(Peer::find().expect("BROKER=kafka needs Apache Kafka")), folder)
        } else {
            Broker::new(Kind::Loglane(PathBuf::from(binary)), folder)
        }
    }

    /// The broker under test by way of a shell that first runs `before`, such as `ulimit -n 200`. Not started yet.
    ///
    /// # Panics
    /// When the folder cannot be written.
    #[must_use]
    pub fn behind_shell(binary: &str, folder: &Path, before: &str) -> Broker {
        let path = folder.join("start.sh");
        fs::write(&path, format!("#!/bin/sh\n{before}\nexec {binary} \"$@\"\n"))
            .expect("the folder can be written");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("its own file");
        Broker::new(Kind::Loglane(path), folder)
    }

    /// A broker of this kind with its data in `folder/data`. Not started yet.
    #[must_use]
    pub fn new(kind: Kind, folder: &Path) -> Broker {
        let mut broker = Broker {
            kind,
            folder: folder.to_owned(),
            port: free_port(),
            controller_port: free_port(),
            settings: Vec::new(),
            process: None,
        };
        let data = folder.join("data");
        broker.set("log.dirs", &data.to_string_lossy());
        // Many brokers of tests run at a time, and the port that is the default is one.
        broker.set("loglane.admin.listener", "off");
        broker
    }

    /// Gives a setting for the next start; a later one for the same key wins.
    pub fn set(&mut self, key: &str, value: &str) -> &mut Broker {
        self.settings.retain(|(known, _)| known != key);
        self.settings.push((key.to_owned(), value.to_owned()));
        self
    }

    /// Gives the listeners, node id and roles of a combined broker and controller, as a `server.properties` for one
    /// node has them. A Kafka always gets them.
    pub fn set_combined(&mut self) -> &mut Broker {
        let (port, controller) = (self.port, self.controller_port);
        self.set("process.roles", "broker,controller");
        self.set("node.id", "1");
        self.set("controller.quorum.bootstrap.servers", &format!("127.0.0.1:{controller}"));
        self.set("listeners", &format!("PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}"));
        self.set("advertised.listeners", &format!("PLAINTEXT://127.0.0.1:{port}"));
        self.set("controller.listener.names", "CONTROLLER");
        self.set("inter.broker.listener.name", "PLAINTEXT");
        self.set("offsets.topic.replication.factor", "1");
        self.set("transaction.state.log.replication.factor", "1");
        self.set("transaction.state.log.min.isr", "1");
        self.set("group.initial.rebalance.delay.ms", "0")
    }

    /// Goes on with the data, ports and settings of `self` as another program.
    #[must_use]
    pub fn taken_over_by(mut self, kind: Kind) -> Broker {
        assert!(self.process.is_none(), "stopped before it is taken over");
        self.kind = kind;
        self
    }

    /// Whether this is the project's own broker.
    #[must_use]
    pub fn is_loglane(&self) -> bool {
        matches!(self.kind, Kind::Loglane(_))
    }

    /// Where clients connect.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.port))
    }

    /// Where the controller listens, after [`Broker::set_combined`].
    #[must_use]
    pub fn controller_address(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.controller_port))
    }

    /// `host:port`, as tools want it.
    #[must_use]
    pub fn bootstrap(&self) -> String {
        self.address().to_string()
    }

    /// Where its log and, unless it was told otherwise, its data lie.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The first folder of its data.
    ///
    /// # Panics
    /// Never: the setting is always there.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        let (_, dirs) =
            self.settings.iter().find(|(key, _)| key == "log.dirs").expect("set at the beginning");
        PathBuf::from(dirs.split(',').next().expect("a first one"))
    }

    /// The running process.
    ///
    /// # Panics
    /// When it is not running.
    #[must_use]
    pub fn process(&self) -> &Process {
        self.process.as_ref().expect("the broker runs")
    }

    /// The running process, to signal it or ask for its end.
    ///
    /// # Panics
    /// When it is not running.
    pub fn process_mut(&mut self) -> &mut Process {
        self.process.as_mut().expect("the broker runs")
    }

    /// A new connection.
    ///
    /// # Panics
    /// When the broker does not take it.
    #[must_use]
    pub fn client(&self) -> Client {
        Client::open(self.address()).expect("the broker takes connections")
    }

    /// The command line of a start with the settings so far.
    ///
    /// # Panics
    /// When the files for it cannot be written.
    #[must_use]
    pub fn command(&mut self) -> Command {
        match &self.kind {
            Kind::Loglane(binary) => {
                let mut command = Command::new(binary);
                command.arg("serve").current_dir(&self.folder);
                if !self.settings.iter().any(|(key, _)| key == "listeners") {
                    let listeners = format!("PLAINTEXT://127.0.0.1:{}", self.port);
                    self.set("listeners", &listeners);
                }
                for (key, value) in &self.settings {
                    command.arg("--override").arg(format!("{key}={value}"));
                }
                command
            }
            Kind::Kafka(peer) => {
                let peer = peer.clone();
                if !self.settings.iter().any(|(key, _)| key == "process.roles") {
                    self.set_combined();
                }
                for (key, value) in KAFKA_SESSION {
                    self.set(key, value);
                }
                let properties = self.write_properties();
                if !self.data().join("meta.properties").exists() {
                    let file = properties.to_string_lossy();
                    let format = ["format", "--standalone", "-t", CLUSTER_ID, "-c", &file];
                    peer.tool("kafka-storage", &format).expect("an empty folder can be formatted");
                }
                let mut command = peer.java("kafka.Kafka");
                command.arg(properties).current_dir(&self.folder);
                command
            }
        }
    }

    /// Writes the settings as a `server.properties`; those of Loglane's own are left out for Kafka.
    fn write_properties(&self) -> PathBuf {
        let path = self.folder.join("server.properties");
        let known = self.settings.iter().filter(|(key, _)| !key.starts_with("loglane."));
        let lines: String = known.map(|(key, value)| format!("{key}={value}\n")).collect();
        fs::write(&path, lines).expect("the folder can be written");
        path
    }

    /// Starts and waits until requests are answered; how long that took.
    ///
    /// # Panics
    /// When it ends or is silent instead.
    pub fn start(&mut self) -> Duration {
        self.start_within(LONG)
    }

    /// As [`Broker::start`], with another patience.
    ///
    /// # Panics
    /// When it ends or is silent instead.
    pub fn start_within(&mut self, patience: Duration) -> Duration {
        self.start_once();
        let start = Instant::now();
        let address = self.address();
        wait_until("the broker to answer", patience, || {
            let process = self.process_mut();
            if let Some(status) = process.ended() {
                panic!("the broker ended with {status}:\n{}", process.log());
            }
            Client::open(address).ok()?.api_versions().ok()
        });
        start.elapsed()
    }

    /// Starts without waiting for anything.
    ///
    /// # Panics
    /// When it is running.
    pub fn start_once(&mut self) {
        assert!(self.process.is_none(), "started twice");
        let mut command = self.command();
        self.process = Some(Process::start(&mut command, &self.folder.join("broker.log")));
    }

    /// SIGTERM, and waits for a clean end.
    ///
    /// # Panics
    /// When it does not end in time, or not cleanly.
    pub fn stop(&mut self) {
        self.stop_within(LONG);
    }

    /// As [`Broker::stop`], with another patience.
    ///
    /// # Panics
    /// When it does not end in time, or not cleanly.
    pub fn stop_within(&mut self, patience: Duration) {
        let mut process = self.process.take().expect("the broker runs");
        process.signal("TERM");
        let status = process.wait(patience);
        // A Java virtual machine ends with 128 and the signal's number.
        let clean = status.success() || (!self.is_loglane() && status.code() == Some(143));
        assert!(clean, "the broker ended with {status}:\n{}", process.log());
    }

    /// SIGKILL.
    ///
    /// # Panics
    /// When it is not running.
    pub fn kill(&mut self) {
        self.process.take().expect("the broker runs").kill();
    }
}

/// What every Kafka of the tests is told of its session. A killed one is let in again only when its old session has ended; and
/// one whose session ends because the machine is busy takes its partitions' leaders away.
pub const KAFKA_SESSION: [(&str, &str); 2] =
    [("broker.session.timeout.ms", "4000"), ("broker.heartbeat.interval.ms", "400")];

/// The cluster that a Kafka of the tests belongs to.
const CLUSTER_ID: &str = "TG9nbGFuZS10ZXN0cy0xMQ";

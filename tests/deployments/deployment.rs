//! One deployment: it is started, used, and must say what it is expected to say, and nothing else.

use crate::BINARY;
use harness::client::{Client, Failure, METADATA};
use harness::ledger::batch_of;
use harness::wire::Message;
use harness::{LONG, Process, Scratch, free_port, wait_until};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::process::Command;

/// What somebody has written down for an image of Kafka, and what must come of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deployment {
    /// The variables. Ports are replaced by free ones, and hosts of a container network by this machine.
    pub(crate) environment: &'static [(&'static str, &'static str)],
    /// The port that clients connect to.
    pub(crate) port: u16,
    /// What they are told there.
    pub(crate) advertised: &'static str,
    /// The node's id.
    pub(crate) node: i32,
    /// The cluster's id, where the deployment has one.
    pub(crate) cluster: Option<&'static str>,
    /// Topics that are there from the start, with their partitions.
    pub(crate) topics: &'static [(&'static str, usize)],
    /// Every line of the log above information.
    pub(crate) lines: &'static [&'static str],
}

/// Ports that deployments name; each is replaced everywhere.
const PORTS: [u16; 7] = [9092, 9093, 9094, 19092, 29092, 29093, 29094];

/// Free ports in place of those that a deployment names.
#[derive(Debug)]
pub(crate) struct Ports(BTreeMap<u16, u16>);

impl Ports {
    pub(crate) fn new() -> Ports {
        Ports(PORTS.into_iter().map(|port| (port, free_port())).collect())
    }

    /// The free port for one that a deployment names.
    pub(crate) fn of(&self, port: u16) -> u16 {
        self.0[&port]
    }

    /// A setting with free ports.
    pub(crate) fn put_into(&self, text: &str) -> String {
        if let Some(free) = text.parse().ok().and_then(|named: u16| self.0.get(&named)) {
            return free.to_string();
        }
        let ports = self.0.iter().rev();
        ports.fold(text.to_owned(), |text, (named, free)| {
            text.replace(&format!(":{named}"), &format!(":{free}"))
        })
    }

    /// A line with the ports that were named.
    fn take_out_of(&self, text: &str) -> String {
        let ports = self.0.iter();
        ports.fold(text.to_owned(), |text, (named, free)| {
            text.replace(&format!(":{free}"), &format!(":{named}"))
        })
    }
}

impl Deployment {
    /// Starts it, uses it and judges it.
    pub(crate) fn check(&self, name: &str) {
        let scratch = Scratch::new(name);
        let ports = Ports::new();
        let mut command = Command::new(BINARY);
        command.env_clear().env("LOGLANE_DATA", scratch.join("data")).current_dir(scratch.path());
        // Others have the port that is the default, and there would be a line about it.
        command.env("LOGLANE_ADMIN_LISTENER", "off");
        for (variable, value) in self.environment {
            command.env(variable, ports.put_into(value));
        }
        let process = Process::start(&mut command, &scratch.join("broker.log"));
        let address = SocketAddr::from(([127, 0, 0, 1], ports.of(self.port)));
        let mut client = connect(address, &process);
        let (brokers, cluster) = cluster(&mut client).expect("an answer");
        assert_eq!(brokers, [(self.node, ports.put_into(self.advertised))], "{name}: what clients are told");
        if let Some(expected) = self.cluster {
            assert_eq!(cluster, expected, "{name}: the cluster's id");
        }
        for (topic, partitions) in self.topics {
            // They are made in the first moment after the start.
            client
                .await_leaders(topic, i32::try_from(*partitions).expect("few"))
                .expect("the topic is there");
            let found = client.metadata(topic, false).expect("an answer");
            assert_eq!(found.partitions.len(), *partitions, "{name}: the topic {topic}");
        }
        write_and_read(&mut client);
        let log = process.log();
        let lines: Vec<String> = told(&log).map(|line| ports.take_out_of(line)).collect();
        assert_eq!(lines, self.lines, "{name}: what is said in\n{log}");
    }
}

/// What the log says above information, without times.
pub(crate) fn told(log: &str) -> impl Iterator<Item = &str> {
    log.lines().filter_map(|line| {
        let at = [" WARN ", "ERROR "].iter().find_map(|level| line.find(level))?;
        Some(line[at..].trim_start())
    })
}

/// A connection to a broker that is about to serve.
pub(crate) fn connect(address: SocketAddr, process: &Process) -> Client {
    wait_until(&format!("the broker to answer:\n{}", process.log()), LONG, || {
        let mut client = Client::open(address).ok()?;
        client.api_versions().ok()?;
        Some(client)
    })
}

/// The brokers (id, host and port) and the id of the cluster, as clients are told.
fn cluster(client: &mut Client) -> Result<(Vec<(i32, String)>, String), Failure> {
    // No topics.
    let mut answer = client.connection.call(METADATA, &Message::new().i32(0).i8(0))?;
    let _throttle = answer.i32()?;
    let mut brokers = Vec::new();
    for _ in 0..answer.count()? {
        let (id, host, port, _rack) = (answer.i32()?, answer.string()?, answer.i32()?, answer.string()?);
        brokers.push((id, format!("{host}:{port}")));
    }
    Ok((brokers, answer.string()?))
}

/// The first thing that anybody tries.
pub(crate) fn write_and_read(client: &mut Client) {
    client.metadata("first", true).expect("an answer");
    client.await_leaders("first", 1).expect("the topic is made by asking");
    let produced = client.produce("first", 0, -1, &batch_of(&[1]).seal()).expect("an answer");
    assert_eq!((produced.code, produced.base_offset), (0, 0));
    assert_eq!(client.read_all("first", 0, 0).expect("the topic can be read").len(), 1);
}

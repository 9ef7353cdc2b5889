//! One of the two brokers, with a virtual machine for its tools.

use crate::plain;
use crate::script::{Effect, Step};
use harness::shell::Shell;
use harness::{Broker, KAFKA_SESSION, Kind, LONG, Peer};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

pub(crate) struct Side {
    broker: Broker,
    shell: Shell,
    folder: PathBuf,
    /// What is replaced in command lines, and in what they print.
    names: Vec<(&'static str, String)>,
    offered: Vec<String>,
}

impl Side {
    /// The broker under test.
    pub(crate) fn under_test(binary: &str, peer: &Peer, folder: &Path) -> Side {
        fs::create_dir_all(folder).expect("a scratch folder can be written");
        Side::with(Broker::under_test(binary, folder), peer, folder)
    }

    pub(crate) fn start(kind: Kind, peer: &Peer, folder: &Path) -> Side {
        fs::create_dir_all(folder).expect("a scratch folder can be written");
        Side::with(Broker::new(kind, folder), peer, folder)
    }

    fn with(mut broker: Broker, peer: &Peer, folder: &Path) -> Side {
        broker.set_combined();
        let same = [
            // What this broker sets itself where it is alone.
            ("share.coordinator.state.topic.min.isr", "1"),
            ("share.coordinator.state.topic.replication.factor", "1"),
            // Fewer partitions, so that they are there sooner.
            ("offsets.topic.num.partitions", "5"),
            ("transaction.state.log.num.partitions", "5"),
        ];
        for (key, value) in KAFKA_SESSION.into_iter().chain(same) {
            broker.set(key, value);
        }
        broker.start();
        let mut shell = Shell::start(peer).expect("a virtual machine for the tools");
        if !broker.is_loglane() {
            without_eligible_replicas(&mut shell, &broker.bootstrap());
        }
        let names = vec![
            ("DATA", broker.data().to_string_lossy().into_owned()),
            ("FOLDER", folder.to_string_lossy().into_owned()),
            ("BROKER", broker.bootstrap()),
            ("CONTROLLER", broker.controller_address().to_string()),
            ("PORT", broker.address().port().to_string()),
            ("CONTROLLER-PORT", broker.controller_address().port().to_string()),
        ];
        let offered = broker.client().api_versions().expect("an answer");
        let offered = offered.iter().filter_map(|(key, _, _)| loglane_net::ApiKey::from_i16(*key));
        let offered = offered.map(|key| key.name().to_owned()).collect();
        Side { broker, shell, folder: folder.to_owned(), names, offered }
    }

    /// Those of the APIs `needs` that the broker does not offer.
    pub(crate) fn missing(&self, needs: &[String]) -> Vec<String> {
        needs.iter().filter(|name| !self.offered.contains(name)).cloned().collect()
    }

    /// Runs a command; its exit status and what it printed, with what differs between any two brokers made equal.
    pub(crate) fn run(&mut self, step: &Step) -> Vec<String> {
        for (name, text) in &step.files {
            fs::write(self.folder.join(name), self.with_places(text))
                .expect("a scratch folder can be written");
        }
        let words: Vec<String> = step.words.iter().map(|word| self.with_places(word)).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let start = Instant::now();
        let may_repeat = self.missing(&step.needs).is_empty();
        loop {
            let printed = match step.effect {
                Effect::Asks | Effect::Changes if step.is_alone => {
                    self.shell.run_alone(words[0], &words[1..], &step.input)
                }
                Effect::Asks | Effect::Changes => self.shell.run(words[0], &words[1..], &step.input),
                Effect::Starts => {
                    self.shell.start_tool(words[0], words[1], &words[2..]);
                    return Vec::new();
                }
                Effect::Stops => self.shell.stop_tool(words[0]),
                Effect::Restarts => {
                    self.broker.stop();
                    self.broker.start();
                    return Vec::new();
                }
                Effect::Halts => {
                    self.broker.stop();
                    return Vec::new();
                }
            };
            let lines = plain::lines(&printed, &self.names);
            let is_there =
                step.until.as_ref().is_none_or(|text| lines.iter().any(|line| line.contains(text)));
            if is_there || !may_repeat || start.elapsed() > LONG {
                return lines;
            }
        }
    }

    /// Puts the places of this side in for their names.
    fn with_places(&self, text: &str) -> String {
        let places = self.names.iter().filter(|(name, _)| !name.contains("PORT"));
        places.fold(text.to_owned(), |text, (name, place)| text.replace(name, place))
    }
}

/// Takes back a feature of a new Kafka that sets min.insync.replicas for all brokers, and shows that everywhere.
fn without_eligible_replicas(shell: &mut Shell, bootstrap: &str) {
    let feature = ["downgrade", "--feature", "eligible.leader.replicas.version=0"];
    let config = ["--alter", "--broker-defaults", "--delete-config", "min.insync.replicas"];
    for (tool, arguments) in [("kafka-features", &feature[..]), ("kafka-configs", &config)] {
        let all: Vec<&str> = ["--bootstrap-server", bootstrap].iter().chain(arguments).copied().collect();
        let printed = shell.run(tool, &all, "");
        assert_eq!(printed.status, "0", "{printed:?}");
    }
}

//! What the scenes of one family play on: a broker, the recorder before it, and drivers.

use crate::BINARY;
use crate::family::Family;
use harness::driver::{Driver, Refused};
use harness::{Broker, Recorder, Scratch, Versions, skip_missing};

/// A broker behind a recorder, and the driver that administers, produces and reads.
#[derive(Debug)]
pub(crate) struct Stage {
    pub(crate) family: &'static Family,
    pub(crate) driver: Driver,
    pub(crate) recorder: Recorder,
    pub(crate) broker: Broker,
    /// What was seen before the broker was killed for the first time.
    pub(crate) undisturbed: Option<Versions>,
    scratch: Scratch,
}

impl Stage {
    /// Starts everything; says `SKIPPED` where the family cannot be had.
    pub(crate) fn open(family: &'static Family, backend: &str) -> Option<Stage> {
        let scratch = Scratch::new(family.name);
        let mut broker = Broker::under_test(BINARY, scratch.path());
        let recorder = Recorder::before(broker.address());
        broker.set_combined();
        broker.set("advertised.listeners", &format!("PLAINTEXT://{}", recorder.address()));
        broker.set("loglane.io.backend", backend);
        broker.set("group.min.session.timeout.ms", "1000");
        broker.set("auto.create.topics.enable", "false");
        let driver = family.driver(&recorder.address().to_string(), &scratch.join("clients.log"));
        let driver = driver.inspect_err(|error| skip_missing(&format!("{}: {error}", family.name))).ok()?;
        broker.start();
        Some(Stage { family, driver, recorder, broker, undisturbed: None, scratch })
    }

    /// Takes the broker away with SIGKILL, and starts it again.
    pub(crate) fn kill_broker(&mut self) {
        self.undisturbed.get_or_insert_with(|| self.recorder.versions());
        self.broker.kill();
        self.broker.start();
    }

    /// One more process of the driver.
    pub(crate) fn another_driver(&self) -> Driver {
        let log = self.scratch.join("clients.log");
        let driver = self.family.driver(&self.recorder.address().to_string(), &log);
        driver.expect("there was one before")
    }

    /// Asks the driver for what must work.
    pub(crate) fn ask(&mut self, command: &str, arguments: &[(&str, &str)]) -> Vec<String> {
        self.try_to(command, arguments)
            .unwrap_or_else(|refused| panic!("{command} {arguments:?}: {refused:?}"))
    }

    /// Asks the driver for what may be refused.
    pub(crate) fn try_to(
        &mut self,
        command: &str,
        arguments: &[(&str, &str)],
    ) -> Result<Vec<String>, Refused> {
        self.driver.ask(command, arguments)
    }

    /// What a group has committed, −1 for nothing.
    pub(crate) fn committed(&mut self, group: &str, topic: &str, partition: i32) -> i64 {
        if !self.family.has_admin {
            return self.broker.client().committed_offset(group, topic, partition).expect("an answer");
        }
        let partition = partition.to_string();
        let told = self.ask("committed", &[("group", group), ("topic", topic), ("partition", &partition)]);
        told[0].parse().expect("an offset")
    }

    /// Sets the offset of a group that has no members.
    pub(crate) fn commit(&mut self, group: &str, topic: &str, partition: i32, offset: i64) {
        if !self.family.has_admin {
            let done = self.broker.client().commit_offset(group, topic, partition, offset);
            return done.expect("an offset can be committed");
        }
        let (partition, offset) = (partition.to_string(), offset.to_string());
        let arguments = [("group", group), ("topic", topic), ("partition", &partition), ("offset", &offset)];
        self.ask("commit", &arguments);
    }

    /// A topic that is there and can be written.
    pub(crate) fn create_topic(&mut self, topic: &str, partitions: i32) {
        if self.family.has_admin {
            let count = partitions.to_string();
            self.ask("create-topic", &[("topic", topic), ("partitions", &count)]);
            self.broker.client().await_leaders(topic, partitions).expect("the topic was created");
        } else {
            self.broker.client().create_topic(topic, partitions, &[]).expect("a topic can be created");
        }
    }
}

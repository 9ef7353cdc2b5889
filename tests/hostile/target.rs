//! A broker with something in it that must be there afterwards.

use crate::BINARY;
use harness::client::Client;
use harness::ledger::batch_of;
use harness::wire::{Connection, Message};
use harness::{Broker, LONG, Scratch, wait_until};
use std::io::ErrorKind;
use std::time::Duration;

/// Topics that damaged requests have made have files, among them the 50 partitions of `__consumer_offsets`.
const OPEN_FILES_GROWTH_MAX: usize = 32 + 50 * 3;

/// What hostile input may cost for good; the blocks of a pool, once touched, stay.
const RESIDENT_GROWTH_MAX: u64 = 64 << 20;

/// A connection that asks for something long (a fetch may wait for weeks) is left alone after this.
const PATIENCE: Duration = Duration::from_millis(150);

/// A broker with a topic that nobody here may change, and what it used before.
pub(crate) struct Target {
    _scratch: Scratch,
    pub(crate) broker: Broker,
    pub(crate) witness: Client,
    pub(crate) resident: u64,
    open_files: usize,
}

/// Records of the topic `kept`.
pub(crate) const KEPT: usize = 50;

impl Target {
    pub(crate) fn new(name: &str) -> Target {
        Target::with(name, &[])
    }

    /// The same with settings of one's own.
    pub(crate) fn with(name: &str, settings: &[(&str, &str)]) -> Target {
        let scratch = Scratch::new(name);
        let broker = Broker::under_test(BINARY, scratch.path());
        Target::of(scratch, broker, settings)
    }

    /// The same of a broker that is not started yet.
    pub(crate) fn of(scratch: Scratch, mut broker: Broker, settings: &[(&str, &str)]) -> Target {
        for (key, value) in settings {
            broker.set(key, value);
        }
        // A random request that creates a topic must not fill the disk.
        broker.set("auto.create.topics.enable", "false");
        // One that looks for a coordinator makes this one all the same.
        broker.set("offsets.topic.num.partitions", "1");
        broker.start();
        let mut witness = broker.client();
        witness.create_topic("kept", 1, &[]).expect("a topic can be created");
        let ids: Vec<u64> = (0..KEPT as u64).collect();
        assert_eq!(witness.produce("kept", 0, -1, &batch_of(&ids).seal()).expect("an answer").code, 0);
        let (resident, open_files) = (broker.process().resident_bytes(), broker.process().open_files());
        Target { _scratch: scratch, broker, witness, resident, open_files }
    }

    /// Sends one frame on a connection of its own and waits a moment for what comes.
    pub(crate) fn send(&self, frame: &[u8]) {
        let mut connection = Connection::open(self.broker.address()).expect("the broker takes connections");
        connection.answer_within(PATIENCE).expect("a connected socket");
        let sent = connection.send_raw(Message::new().blob(frame).bytes());
        match sent.and_then(|()| connection.receive()) {
            Ok(_) => {}
            Err(error) => {
                let ended = [ErrorKind::UnexpectedEof, ErrorKind::ConnectionReset, ErrorKind::BrokenPipe];
                let silent = [ErrorKind::WouldBlock, ErrorKind::TimedOut];
                assert!(ended.contains(&error.kind()) || silent.contains(&error.kind()), "{error}");
            }
        }
    }

    /// Fails unless all is as before.
    pub(crate) fn check_unharmed(self) {
        self.check_unharmed_within(RESIDENT_GROWTH_MAX);
    }

    /// Fails unless all is as before, but for so much more memory.
    pub(crate) fn check_unharmed_within(mut self, growth_max: u64) {
        let log = self.witness.read_all("kept", 0, 0).expect("the connection and the topic are still there");
        assert_eq!(log.len(), KEPT);
        if !self.broker.is_loglane() {
            return; // What a virtual machine uses says nothing.
        }
        let before = self.open_files;
        wait_until("descriptors to be closed", LONG, || {
            (self.broker.process().open_files() <= before + OPEN_FILES_GROWTH_MAX).then_some(())
        });
        let grown = self.broker.process().resident_bytes().saturating_sub(self.resident);
        assert!(grown <= growth_max, "resident memory grew by {grown} bytes");
    }
}

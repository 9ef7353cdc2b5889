//! Committed offsets lie in `__consumer_offsets` as Kafka writes them: its tools read them, and a directory with groups
//! goes from one broker to the other and back.
#![forbid(unsafe_code)]

use harness::record::Batch;
use harness::wire::{Answer, Api, Connection, Message};
use harness::{Broker, Kind, LONG, Peer, Scratch, wait_until};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

const BINARY: &str = env!("CARGO_BIN_EXE_loglane");

/// Versions without anything that these tests do not need.
const FIND_COORDINATOR: Api = Api { key: 10, version: 1 };
const OFFSET_COMMIT: Api = Api { key: 8, version: 3 };
const OFFSET_FETCH: Api = Api { key: 9, version: 3 };

/// Partitions of `__consumer_offsets`.
const PARTITIONS: usize = 3;

/// By group and partition of the one topic.
type Offsets = BTreeMap<(String, i32), i64>;

const TOPIC: &str = "orders";

/// Where the offsets of groups are asked for.
struct Coordinator(Connection);

impl Coordinator {
    /// The coordinator of every group, once it serves this one.
    fn of(broker: &Broker, group: &str) -> Coordinator {
        let connection = Connection::open(broker.address()).expect("the broker takes connections");
        let mut coordinator = Coordinator(connection);
        wait_until("a coordinator", LONG, || {
            let mut answer = coordinator.call(FIND_COORDINATOR, &Message::new().string(group).i8(0));
            answer.i32().expect("a throttle time");
            (answer.i16().expect("a code") == 0).then_some(())
        });
        wait_until("the groups to be loaded", LONG, || coordinator.try_committed(group, 0));
        coordinator
    }

    fn call(&mut self, api: Api, body: &Message) -> Answer {
        self.0.call(api, body).expect("an answer")
    }

    fn commit(&mut self, group: &str, partition: i32, offset: i64, metadata: &str) {
        let body = Message::new().string(group).i32(-1).string("").i64(-1);
        let body = body.i32(1).string(TOPIC).i32(1).i32(partition).i64(offset).string(metadata);
        let mut answer = self.call(OFFSET_COMMIT, &body);
        answer.i32().expect("a throttle time");
        assert_eq!(answer.i32().expect("topics"), 1);
        assert_eq!(answer.string().expect("a topic"), TOPIC);
        assert_eq!((answer.i32().expect("partitions"), answer.i32().expect("a partition")), (1, partition));
        assert_eq!(answer.i16().expect("a code"), 0, "{group} {partition}");
    }

    /// The committed offset and its metadata, unless the group is not served yet.
    fn try_committed(&mut self, group: &str, partition: i32) -> Option<(i64, String)> {
        let body = Message::new().string(group).i32(1).string(TOPIC).i32(1).i32(partition);
        let mut answer = self.call(OFFSET_FETCH, &body);
        answer.i32().expect("a throttle time");
        if answer.i32().expect("topics") == 0 {
            let code = answer.i16().expect("a code");
            assert!([14, 15, 16].contains(&code), "{code}");
            return None;
        }
        assert_eq!(answer.string().expect("a topic"), TOPIC);
        assert_eq!((answer.i32().expect("partitions"), answer.i32().expect("a partition")), (1, partition));
        let offset = answer.i64().expect("an offset");
        let metadata = answer.string().expect("metadata");
        assert_eq!((answer.i16().expect("a code"), answer.i16().expect("a code")), (0, 0));
        Some((offset, metadata))
    }

    fn committed(&mut self, group: &str, partition: i32) -> (i64, String) {
        wait_until("the group to be served", LONG, || self.try_committed(group, partition))
    }
}

fn prepared(kind: Kind, scratch: &Scratch) -> Broker {
    let mut broker = Broker::new(kind, scratch.path());
    broker.set_combined();
    broker.set("offsets.topic.num.partitions", &PARTITIONS.to_string());
    broker
}

/// Commits of several groups, some of them more than once.
fn commit_some(coordinator: &mut Coordinator, round: i64, offsets: &mut Offsets) {
    for group in 0..12i64 {
        let name = format!("group-{group}");
        for partition in 0..2 {
            let offset = round * 1000 + group * 10 + i64::from(partition);
            coordinator.commit(&name, partition, offset - 1, "before");
            coordinator.commit(&name, partition, offset, &format!("round {round}"));
            offsets.insert((name.clone(), partition), offset);
        }
    }
}

fn check(coordinator: &mut Coordinator, offsets: &Offsets) {
    for ((group, partition), offset) in offsets {
        let (found, metadata) = coordinator.committed(group, *partition);
        assert_eq!(found, *offset, "{group} {partition}");
        assert!(metadata.starts_with("round"), "{metadata}");
    }
    assert_eq!(coordinator.committed("nobody's", 0).0, -1);
}

/// The segments of a partition, joined by commas as the tool wants them.
fn segments(folder: &Path) -> String {
    let files = fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.path());
    let files = files.filter(|path| path.extension().is_some_and(|end| end == "log"));
    let mut names: Vec<_> = files.map(|path| path.to_string_lossy().into_owned()).collect();
    names.sort();
    names.join(",")
}

#[test]
fn kafkas_tools_read_the_offsets() {
    let Some(peer) = Peer::or_skip() else { return };
    let scratch = Scratch::new("offsets-tools");
    let mut broker = Broker::under_test(BINARY, scratch.path());
    broker.set_combined();
    broker.set("offsets.topic.num.partitions", "1");
    broker.start();
    broker.client().create_topic(TOPIC, 2, &[]).expect("a topic can be made");
    let mut coordinator = Coordinator::of(&broker, "group-0");
    coordinator.commit("group-0", 0, 41, "of the first");
    coordinator.commit("group-0", 1, 42, "");

    let bootstrap = broker.bootstrap();
    let formatter = "org.apache.kafka.tools.consumer.OffsetsMessageFormatter";
    let consume = ["--bootstrap-server", &bootstrap, "--topic", "__consumer_offsets"];
    let from = ["--partition", "0", "--offset", "earliest"];
    let rest = ["--formatter", formatter, "--max-messages", "2", "--timeout-ms", "60000"];
    let shown = peer.tool("kafka-console-consumer", &[&consume[..], &from[..], &rest[..]].concat());
    let shown = shown.expect("the consumer reads the topic");
    for expected in
        [r#""group":"group-0""#, r#""topic":"orders""#, r#""offset":41"#, r#""metadata":"of the first""#]
    {
        assert!(shown.contains(expected), "{expected} is not in\n{shown}");
    }
    assert!(shown.contains(r#""version":4"#) || shown.contains(r#""version":"4""#), "{shown}");

    broker.stop();
    let dump = peer.tool(
        "kafka-dump-log",
        &["--files", &segments(&broker.data().join("__consumer_offsets-0")), "--offsets-decoder"],
    );
    let dump = dump.expect("the tool can read it");
    for expected in [r#""group":"group-0""#, r#""topic":"orders""#, r#""offset":42"#] {
        assert!(dump.contains(expected), "{expected} is not in\n{dump}");
    }
    assert!(!dump.contains("isvalid: false"), "{dump}");
}

#[test]
fn a_directory_with_groups_goes_there_and_back() {
    for clean in [true, false] {
        check_there_and_back(clean);
    }
}

fn check_there_and_back(clean: bool) {
    let Some(peer) = Peer::or_skip() else { return };
    let scratch = Scratch::new(if clean { "offsets-closed" } else { "offsets-killed" });
    let mut kafka = prepared(Kind::Kafka(peer.clone()), &scratch);
    kafka.start();
    kafka.client().create_topic(TOPIC, 2, &[]).expect("a topic can be made");
    for partition in 0..2 {
        let batch = Batch::one("one").seal();
        assert_eq!(kafka.client().produce(TOPIC, partition, -1, &batch).expect("an answer").code, 0);
    }
    let mut offsets = Offsets::new();
    commit_some(&mut Coordinator::of(&kafka, "group-0"), 1, &mut offsets);
    // A group with a member, in the classic protocol.
    let bootstrap = kafka.bootstrap();
    let consume = ["--bootstrap-server", &bootstrap, "--topic", TOPIC, "--group", "workers"];
    let rest = ["--from-beginning", "--max-messages", "2", "--timeout-ms", "60000"];
    peer.tool("kafka-console-consumer", &[&consume[..], &rest[..]].concat()).expect("a consumer");
    let mut coordinator = Coordinator::of(&kafka, "workers");
    assert_eq!([0, 1].map(|partition| coordinator.committed("workers", partition).0), [1, 1]);
    drop(coordinator);
    end(&mut kafka, clean);

    let mut here = kafka.taken_over_by(Kind::Loglane(PathBuf::from(BINARY)));
    here.start();
    let mut coordinator = Coordinator::of(&here, "group-0");
    check(&mut coordinator, &offsets);
    assert_eq!([0, 1].map(|partition| coordinator.committed("workers", partition).0), [1, 1]);
    commit_some(&mut coordinator, 2, &mut offsets);
    drop(coordinator);
    end(&mut here, clean);
    here.start();
    check(&mut Coordinator::of(&here, "group-0"), &offsets);
    end(&mut here, clean);

    let mut kafka = here.taken_over_by(Kind::Kafka(peer.clone()));
    kafka.start();
    let mut coordinator = Coordinator::of(&kafka, "group-0");
    check(&mut coordinator, &offsets);
    assert_eq!([0, 1].map(|partition| coordinator.committed("workers", partition).0), [1, 1]);
    let bootstrap = kafka.bootstrap();
    let described = peer.tool(
        "kafka-consumer-groups",
        &["--bootstrap-server", &bootstrap, "--describe", "--group", "group-3"],
    );
    let described = described.expect("the group is described");
    assert!(described.contains("2030") && described.contains("2031"), "{described}");
}

fn end(broker: &mut Broker, clean: bool) {
    if clean { broker.stop() } else { broker.kill() }
}

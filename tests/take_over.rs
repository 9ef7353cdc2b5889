//! What a start does with directories that others have used: it refuses without leaving a trace, or moves aside what is
//! nobody's.
#![forbid(unsafe_code)]

use harness::client::{PRODUCE, produce_body};
use harness::driver::{Driver, Recipe};
use harness::record::{Batch, Record, now_ms};
use harness::wire::{Api, Message};
use harness::{Broker, Kind, LONG, Peer, Scratch, wait_until};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

const BINARY: &str = env!("CARGO_BIN_EXE_loglane");

/// Every file below a folder with its contents, the lock file aside.
fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(contents(&path));
        } else if !path.ends_with(".lock") {
            found.insert(path.clone(), fs::read(&path).expect("a file"));
        }
    }
    found
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder").flatten();
    entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}

#[test]
fn a_directory_with_groups_that_are_not_served_is_refused_and_left_as_it_was() {
    check_groups_refused("the consumer protocol", |kafka, peer| {
        let bootstrap = kafka.bootstrap();
        let consume = ["--bootstrap-server", &bootstrap, "--topic", "orders", "--group", "newcomers"];
        let rest =
            ["--consumer-property", "group.protocol=consumer", "--from-beginning", "--max-messages", "1"];
        peer.tool("kafka-console-consumer", &[&consume[..], &rest[..]].concat()).expect("a consumer");
    });
}

#[test]
fn a_directory_with_share_groups_is_refused_and_left_as_it_was() {
    check_groups_refused("the share group protocol", |kafka, _| {
        // No rack, one topic.
        let body = newcomer().compact_null().compact_count(1).compact_string("orders").no_tags();
        await_joined(kafka, SHARE_GROUP_HEARTBEAT, &body);
    });
}

#[test]
fn a_directory_with_streams_groups_is_refused_and_left_as_it_was() {
    check_groups_refused("the streams protocol", |kafka, _| {
        // Neither instance nor rack; one subtopology that reads the topic and nothing else.
        let named = newcomer().i32(0).compact_null().compact_null().i32(60_000);
        let reads = named.i8(1).i32(0).compact_count(1).compact_string("0");
        let topology = (0..5)
            .fold(reads.compact_count(1).compact_string("orders"), |message, _| message.compact_count(0));
        let told = topology.no_tags().no_tags();
        // No tasks, no endpoint, no tags, no offsets, and it goes on.
        let tasks = (0..3).fold(told, |message, _| message.compact_count(0));
        let place = tasks.compact_string("process").i8(-1).compact_count(0);
        await_joined(kafka, STREAMS_GROUP_HEARTBEAT, &place.compact_null().compact_null().i8(0).no_tags());
    });
}

const FIND_COORDINATOR: Api = Api { key: 10, version: 0 };
const SHARE_GROUP_HEARTBEAT: Api = Api { key: 76, version: 1 };
const STREAMS_GROUP_HEARTBEAT: Api = Api { key: 88, version: 0 };

/// The beginning of the first heartbeat of a group's only member: group, member id, epoch.
fn newcomer() -> Message {
    Message::new().compact_string("newcomers").compact_string("AAAAAAAAAAAAAAAAAAAAAQ").i32(0)
}

/// Sends a first heartbeat until the group's coordinator is there and has taken it.
fn await_joined(kafka: &Broker, heartbeat: Api, body: &Message) {
    let mut connection = kafka.client().connection;
    wait_until("the coordinator", LONG, || {
        let mut found =
            connection.call(FIND_COORDINATOR, &Message::new().string("newcomers")).expect("an answer");
        (found.i16() == Ok(0)).then_some(())
    });
    wait_until("the member to be in its group", LONG, || {
        connection.send_as(heartbeat, body, true).expect("the broker reads");
        let (_, mut answer) = connection.receive().expect("an answer");
        let (_, _, code) = (answer.tags().expect("tags"), answer.i32().expect("a time"), answer.i16());
        // COORDINATOR_LOAD_IN_PROGRESS, COORDINATOR_NOT_AVAILABLE, NOT_COORDINATOR: until it is there.
        assert!(
            matches!(code, Ok(0 | 14 | 15 | 16)),
            "{code:?}: {:?}",
            String::from_utf8_lossy(answer.rest())
        );
        (code == Ok(0)).then_some(())
    });
}

/// A Kafka with a group of a newer kind, which `join` makes.
fn check_groups_refused(protocol: &str, join: impl FnOnce(&Broker, &Peer)) {
    let Some(peer) = Peer::or_skip() else { return };
    let scratch = Scratch::new("refused");
    let mut kafka = Broker::new(Kind::Kafka(peer.clone()), scratch.path());
    kafka.set_combined();
    kafka.set("offsets.topic.num.partitions", "3");
    kafka.start();
    kafka.client().create_topic("orders", 1, &[]).expect("a topic can be made");
    let produced = kafka.client().produce("orders", 0, -1, &Batch::one("one").seal());
    assert_eq!(produced.expect("an answer").code, 0);
    join(&kafka, &peer);
    kafka.stop();
    check_refused(kafka, &format!("the group newcomers uses {protocol}"));
}

#[test]
fn a_directory_with_an_open_transaction_is_refused_and_left_as_it_was() {
    let Some(peer) = Peer::or_skip() else { return };
    for clean in [true, false] {
        let scratch = Scratch::new("refused-open");
        let mut kafka = Broker::new(Kind::Kafka(peer.clone()), scratch.path());
        kafka.set_combined();
        kafka.set("transaction.state.log.num.partitions", "3");
        kafka.start();
        let mut driver = Driver::java(&peer, &kafka.bootstrap()).expect("the Java client starts");
        driver.ask("create-topic", &[("topic", "orders"), ("partitions", "1")]).expect("a topic");
        driver.transaction("orders", 0, &Recipe::plain("x", 3), "undecided", "open").expect("a transaction");
        drop(driver);
        if clean {
            kafka.stop()
        } else {
            kafka.kill()
        }
        check_refused(kafka, "a transaction of undecided is open");
    }
}

/// The directory of this Kafka, which has ended, is not taken over for this cause, and no file in it is touched.
fn check_refused(kafka: Broker, cause: &str) {
    let before = contents(&kafka.data());
    let mut loglane = kafka.taken_over_by(Kind::Loglane(PathBuf::from(BINARY)));
    loglane.start_once();
    let status = loglane.process_mut().wait(LONG);
    let log = loglane.process().log();
    assert!(!status.success(), "{log}");
    assert!(log.contains("error[cannot-take-over]") && log.contains(cause), "{log}");
    let after = contents(&loglane.data());
    let differs = |path: &&PathBuf| before.get(*path) != after.get(*path);
    let changed: Vec<_> = before.keys().chain(after.keys()).filter(differs).collect();
    assert!(changed.is_empty(), "{changed:?}");
}

#[test]
fn what_is_nobodys_is_moved_aside_and_what_was_deleted_goes() {
    let scratch = Scratch::new("strays");
    let mut broker = Broker::under_test(BINARY, scratch.path());
    broker.start();
    let mut client = broker.client();
    client.create_topic("orders", 1, &[]).expect("a topic can be made");
    assert_eq!(client.produce("orders", 0, -1, &Batch::one("kept").seal()).expect("an answer").code, 0);
    broker.kill();
    let data = broker.data();
    // A copy of a partition that nobody knows, and the rest of a deletion that a kill has cut off.
    let copy = |name: &str| {
        fs::create_dir(data.join(name)).expect("a folder can be made");
        for file in names(&data.join("orders-0")) {
            fs::copy(data.join("orders-0").join(&file), data.join(name).join(&file)).expect("a copy");
        }
    };
    copy("orders-1");
    let retired = "old-0.0123456789abcdef0123456789abcdef-delete";
    copy(retired);
    broker.start();
    let stray = wait_until("the stray to be moved", LONG, || {
        names(&data).into_iter().find(|name| name.starts_with("orders-1.") && name.ends_with("-stray"))
    });
    assert!(data.join(stray).join("partition.metadata").exists(), "its files are kept");
    assert!(!data.join("orders-1").exists());
    if broker.is_loglane() {
        wait_until("the deleted partition to go", LONG, || (!data.join(retired).exists()).then_some(()));
        let log = broker.process().log();
        assert!(log.contains("a directory of a partition that is not here"), "{log}");
    }
    let kept = broker.client().read_all("orders", 0, 0).expect("what is known is served");
    assert_eq!(kept.len(), 1);
}

#[test]
fn a_topic_can_be_made_again_as_soon_as_its_deletion_is_answered() {
    let scratch = Scratch::new("again");
    let mut broker = Broker::under_test(BINARY, scratch.path());
    broker.start();
    let mut client = broker.client();
    let large = Batch::of(&[Record::of_value(now_ms(), &[7; 900_000])]).seal();
    for round in 0..30 {
        client.create_topic("again", 6, &[]).unwrap_or_else(|error| panic!("round {round}: {error:?}"));
        for partition in 0..6 {
            let produced = client.produce("again", partition, 1, &Batch::one("x").seal()).expect("an answer");
            assert_eq!((produced.code, produced.base_offset), (0, 0), "round {round}");
        }
        // Writes are under way when the deletion comes.
        for partition in 0..6 {
            let body = produce_body("again", partition, 0, &large);
            client.connection.send(PRODUCE, &body).expect("the broker reads");
        }
        client.delete_topic("again").unwrap_or_else(|error| panic!("round {round}: {error:?}"));
    }
}

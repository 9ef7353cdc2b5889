//! Requests that ask for what is not there or must not be, and frames that are no requests.

use crate::answers::Case;
use harness::client::{
    API_VERSIONS, CREATE_TOPICS, DELETE_TOPICS, FETCH, FetchFrom, INIT_PRODUCER_ID, LIST_OFFSETS, METADATA,
    fetch_body,
};
use harness::wire::{Api, Message};

const FETCHED: &str = "throttle:i32 code:i16 ~session:i32 topics:[ name:str partitions:[ index:i32 code:i16 \
                       high_watermark:i64 last_stable:i64 start:i64 aborted:[ producer:i64 first:i64 ] \
                       preferred:i32 records:bytes ] ]";
const LISTED: &str = "throttle:i32 topics:[ name:str partitions:[ index:i32 code:i16 ~timestamp:i64 offset:i64 \
                      epoch:i32 ] ]";
const DESCRIBED: &str = "throttle:i32 ~brokers:[ id:i32 host:str port:i32 rack:str ] ~cluster:str ~controller:i32 \
                         topics:[ code:i16 name:str internal:i8 partitions:[ code:i16 index:i32 ~leader:i32 epoch:i32 \
                         replicas:[ ~id:i32 ] in_sync:[ ~id:i32 ] offline:[ ~id:i32 ] ] ]";
/// The messages are for people and need not be the same.
const CREATED: &str = "throttle:i32 topics:[ name:str code:i16 ~message:str ]";
const DELETED: &str = "throttle:i32 topics:[ name:str code:i16 ]";
const PRODUCER: &str = "throttle:i32 code:i16 ~id:i64 epoch:i16";
/// Which APIs there are is not the question here.
const VERSIONS: &str = "code:i16 ~apis:[ key:i16 low:i16 high:i16 ]";

/// Everything but batches.
pub(crate) fn cases() -> Vec<Case> {
    let mut cases = fetches();
    cases.extend(sessions());
    cases.extend(list_offsets());
    cases.extend(metadata());
    cases.extend(create_topics());
    cases.extend(others());
    cases.extend(malformed());
    cases
}

fn fetches() -> Vec<Case> {
    let now = FetchFrom::now("t", 0, 0);
    [
        ("from offset 0", now),
        ("from the last record", FetchFrom { offset: 4, ..now }),
        ("from the end", FetchFrom { offset: 5, ..now }),
        ("from behind the end", FetchFrom { offset: 6, ..now }),
        ("from far behind the end", FetchFrom { offset: i64::MAX, ..now }),
        ("from offset -1", FetchFrom { offset: -1, ..now }),
        ("from the lowest offset", FetchFrom { offset: i64::MIN, ..now }),
        ("at most 0 bytes", FetchFrom { max_bytes: 0, ..now }),
        ("at most 1 byte", FetchFrom { max_bytes: 1, ..now }),
        ("at most -1 bytes", FetchFrom { max_bytes: -1, ..now }),
        ("at least 2 GiB, not waiting", FetchFrom { min_bytes: i32::MAX, ..now }),
        ("at least -1 bytes", FetchFrom { min_bytes: -1, ..now }),
        ("waiting -1 ms", FetchFrom { wait_ms: -1, ..now }),
        ("an unknown topic", FetchFrom { topic: "unknown", ..now }),
        ("a topic of an illegal name", FetchFrom { topic: "no/such", ..now }),
        ("partition 3 of 3", FetchFrom { partition: 3, ..now }),
        ("partition -1", FetchFrom { partition: -1, ..now }),
        ("committed records", FetchFrom { read_committed: true, ..now }),
    ]
    .into_iter()
    .map(|(name, from)| Case::new(&format!("fetch {name}"), FETCH, fetch_body(&from), FETCHED))
    .collect()
}

/// A fetch of `t-0` with a session, a leader epoch, a replica and an isolation level of the caller's choice.
fn fetch(replica: i32, isolation: i8, session: i32, session_epoch: i32, leader_epoch: i32) -> Message {
    let head =
        Message::new().i32(replica).i32(0).i32(0).i32(1 << 20).i8(isolation).i32(session).i32(session_epoch);
    let partition = head.i32(1).string("t").i32(1).i32(0).i32(leader_epoch).i64(0).i64(-1).i32(1 << 20);
    partition.i32(0).string("")
}

fn sessions() -> Vec<Case> {
    [
        ("in an unknown session", fetch(-1, 0, 4711, 1, -1)),
        ("in no session, epoch 1", fetch(-1, 0, 0, 1, -1)),
        ("that closes an unknown session", fetch(-1, 0, 4711, -1, -1)),
        ("with session epoch -2", fetch(-1, 0, 0, -2, -1)),
        ("with leader epoch 0", fetch(-1, 0, 0, -1, 0)),
        ("with leader epoch 7", fetch(-1, 0, 0, -1, 7)),
        ("with leader epoch -2", fetch(-1, 0, 0, -1, -2)),
        ("with isolation level 2", fetch(-1, 2, 0, -1, -1)),
        ("with isolation level -1", fetch(-1, -1, 0, -1, -1)),
        ("as replica 99", fetch(99, 0, 0, -1, -1)),
    ]
    .into_iter()
    .map(|(name, body)| Case::new(&format!("fetch {name}"), FETCH, body, FETCHED))
    .collect()
}

fn list_offsets() -> Vec<Case> {
    let body = |topic: &str, partition: i32, epoch: i32, timestamp: i64| {
        let head = Message::new().i32(-1).i8(0).i32(1).string(topic);
        head.i32(1).i32(partition).i32(epoch).i64(timestamp)
    };
    let case = |name: &str, body: Message| Case::new(&format!("offsets {name}"), LIST_OFFSETS, body, LISTED);
    let mut cases: Vec<Case> = (-7..=0)
        .map(|timestamp| case(&format!("at {timestamp} before that was known"), body("t", 0, -1, timestamp)))
        .collect();
    cases.push(case("at the end of time", body("t", 0, -1, i64::MAX)));
    cases.push(case("at the lowest time", body("t", 0, -1, i64::MIN)));
    cases.push(case("of an unknown topic", body("unknown", 0, -1, -1)));
    cases.push(case("of partition 3 of 3", body("t", 3, -1, -1)));
    cases.push(case("with leader epoch 0", body("t", 0, 0, -1)));
    cases.push(case("with leader epoch 7", body("t", 0, 7, -1)));
    let twice = Message::new().i32(-1).i8(0).i32(1).string("t").i32(2);
    cases.push(case("of a partition twice", twice.i32(0).i32(-1).i64(-1).i32(0).i32(-1).i64(-1)));
    cases.push(case("of no topics", Message::new().i32(-1).i8(0).i32(0)));
    cases.push(case("with isolation level 9", Message::new().i32(-1).i8(9).i32(0)));
    cases
}

fn metadata() -> Vec<Case> {
    let body = |topic: &str| Message::new().i32(1).string(topic).i8(0);
    let long = "x".repeat(250);
    vec![
        Case::new("metadata of a topic", METADATA, body("t"), DESCRIBED),
        Case::new("metadata of an unknown topic", METADATA, body("unknown"), DESCRIBED),
        Case::new("metadata of an illegal name", METADATA, body("no/such"), DESCRIBED),
        Case::new("metadata of an empty name", METADATA, body(""), DESCRIBED),
        Case::new("metadata of two dots", METADATA, body(".."), DESCRIBED),
        Case::new("metadata of a name that is too long", METADATA, body(&long), DESCRIBED),
        Case::new(
            "metadata of a topic twice",
            METADATA,
            Message::new().i32(2).string("t").string("t").i8(0),
            DESCRIBED,
        ),
        Case::new("metadata of no topics", METADATA, Message::new().i32(0).i8(0), DESCRIBED),
        Case::new("metadata of a null name", METADATA, Message::new().i32(1).null_string().i8(0), DESCRIBED),
    ]
}

/// CreateTopics of one topic: name, partitions, replicas, config.
fn create(name: &str, partitions: i32, replicas: i16, config: Option<(&str, Option<&str>)>) -> Message {
    let topic = Message::new().i32(1).string(name).i32(partitions).i16(replicas).i32(0);
    let topic = match config {
        None => topic.i32(0),
        Some((key, Some(value))) => topic.i32(1).string(key).string(value),
        Some((key, None)) => topic.i32(1).string(key).null_string(),
    };
    topic.i32(30_000).i8(0)
}

fn create_topics() -> Vec<Case> {
    let mut cases: Vec<Case> = [
        ("that exists", create("t", 1, 1, None)),
        ("of an illegal name", create("no/such", 1, 1, None)),
        ("of an empty name", create("", 1, 1, None)),
        ("of one dot", create(".", 1, 1, None)),
        ("of a name that is too long", create(&"x".repeat(250), 1, 1, None)),
        ("of the longest name", create(&"x".repeat(249), 1, 1, None)),
        ("with a dot", create("a.b", 1, 1, None)),
        ("whose metrics would collide", create("a_b", 1, 1, None)),
        ("of an internal name", create("__transaction_state", 1, 1, None)),
        ("with 0 partitions", create("p0", 0, 1, None)),
        ("with -1 partitions", create("p-1", -1, -1, None)),
        ("with -2 partitions", create("p-2", -2, 1, None)),
        ("with a billion partitions", create("p9", 1_000_000_000, 1, None)),
        ("with 0 replicas", create("r0", 1, 0, None)),
        ("with 2 replicas", create("r2", 1, 2, None)),
        ("with -2 replicas", create("r-2", 1, -2, None)),
        ("with an unknown config", create("c1", 1, 1, Some(("no.such.config", Some("1"))))),
        ("with a config of no name", create("c2", 1, 1, Some(("", Some("1"))))),
        ("with a config that is no number", create("c3", 1, 1, Some(("retention.ms", Some("soon"))))),
        ("with a config out of range", create("c4", 1, 1, Some(("segment.bytes", Some("-1"))))),
        (
            "with a config beyond 64 bits",
            create("c5", 1, 1, Some(("retention.ms", Some("9223372036854775808")))),
        ),
        ("with a null config", create("c6", 1, 1, Some(("retention.ms", None)))),
        ("with a wrong policy", create("c7", 1, 1, Some(("cleanup.policy", Some("forget"))))),
        ("with both policies", create("c8", 1, 1, Some(("cleanup.policy", Some("compact,delete"))))),
        ("with remote storage", create("c9", 1, 1, Some(("remote.storage.enable", Some("true"))))),
    ]
    .into_iter()
    .map(|(name, body)| Case::new(&format!("create a topic {name}"), CREATE_TOPICS, body, CREATED))
    .collect();
    let twice = Message::new().i32(2).string("tw").i32(1).i16(1).i32(0).i32(0);
    let twice = twice.string("tw").i32(1).i16(1).i32(0).i32(0).i32(30_000).i8(0);
    cases.push(Case::new("create a topic twice", CREATE_TOPICS, twice, CREATED));
    let only_checked = Message::new().i32(1).string("checked").i32(1).i16(1).i32(0).i32(0).i32(30_000).i8(1);
    cases.push(Case::new("create a topic only to check", CREATE_TOPICS, only_checked, CREATED));
    // Partition index, brokers: with both counts −1, as an assignment by hand demands.
    let assigned = |name: &str, index: i32, brokers: &[i32]| {
        let mut topic = Message::new().i32(1).string(name).i32(-1).i16(-1).i32(1).i32(index);
        topic = topic.i32(i32::try_from(brokers.len()).expect("few"));
        for broker in brokers {
            topic = topic.i32(*broker);
        }
        topic.i32(0).i32(30_000).i8(0)
    };
    cases.push(Case::new("create a topic on broker 77", CREATE_TOPICS, assigned("as1", 0, &[77]), CREATED));
    cases.push(Case::new("create a topic on no broker", CREATE_TOPICS, assigned("as2", 0, &[]), CREATED));
    cases.push(Case::new(
        "create a topic without partition 0",
        CREATE_TOPICS,
        assigned("as3", 1, &[1]),
        CREATED,
    ));
    let deleted = |name: &str| Message::new().i32(1).string(name).i32(30_000);
    cases.push(Case::new("delete an unknown topic", DELETE_TOPICS, deleted("unknown"), DELETED));
    cases.push(Case::new("delete a topic of no name", DELETE_TOPICS, deleted(""), DELETED));
    cases.push(Case::new("delete a topic", DELETE_TOPICS, deleted("a.b"), DELETED));
    cases
}

fn others() -> Vec<Case> {
    let producer = |body: Message, name: &str| {
        Case::new(&format!("producer id {name}"), INIT_PRODUCER_ID, body, PRODUCER)
    };
    vec![
        producer(Message::new().null_string().i32(0), "without a transaction, timeout 0"),
        producer(Message::new().string("").i32(60_000), "with an empty transactional id"),
        Case::new("versions in version 99", Api { key: 18, version: 99 }, Message::new().no_tags(), VERSIONS),
        Case::new("versions in version -1", Api { key: 18, version: -1 }, Message::new(), VERSIONS),
        Case::new("versions with a byte more", API_VERSIONS, Message::new().i8(1), VERSIONS),
        Case::new(
            "versions in version 3 with an illegal name",
            Api { key: 18, version: 3 },
            {
                // The header of version 2 ends with its tags.
                Message::new().no_tags().compact_string("no name!").compact_string("1").no_tags()
            },
            "code:i16",
        ),
    ]
}

/// What cannot be read closes the connection.
fn malformed() -> Vec<Case> {
    let api = |key, version| Api { key, version };
    let case =
        |name: &str, api: Api, body: Message| Case::new(&format!("malformed {name}"), api, body, "code:i16");
    let mut cases = vec![
        case("key -1", api(-1, 0), Message::new()),
        case("key 4, long gone", api(4, 0), Message::new()),
        case("key 500", api(500, 0), Message::new()),
        case("key 10000", api(10_000, 0), Message::new()),
        case("metadata of the controllers' kind", api(52, 0), Message::new()),
        case("fetch version 3", api(1, 3), Message::new()),
        case("fetch version 99", api(1, 99), Message::new()),
        case("metadata version -1", api(3, -1), Message::new()),
        case("metadata without a body", METADATA, Message::new()),
        case("metadata of -2 topics", METADATA, Message::new().i32(-2).i8(0)),
        case("metadata of two billion topics", METADATA, Message::new().i32(i32::MAX).i8(0)),
        case("metadata of a million topics and none there", METADATA, Message::new().i32(1_000_000).i8(0)),
        case("metadata of a name past the end", METADATA, Message::new().i32(1).i16(1000).i8(0)),
        case("metadata of a name of length -2", METADATA, Message::new().i32(1).i16(-2).i8(0)),
        case("produce of records past the end", api(0, 7), {
            Message::new().null_string().i16(-1).i32(1).i32(1).string("t").i32(1).i32(0).i32(i32::MAX)
        }),
        case("produce of records of length -2", api(0, 7), {
            Message::new().null_string().i16(-1).i32(1).i32(1).string("t").i32(1).i32(0).i32(-2)
        })
        .may_be_silent(),
        case("produce of two billion partitions", api(0, 7), {
            Message::new().null_string().i16(-1).i32(1).i32(1).string("t").i32(i32::MAX)
        }),
        case("fetch of two billion topics", FETCH, {
            Message::new().i32(-1).i32(0).i32(0).i32(1).i8(0).i32(0).i32(-1).i32(i32::MAX)
        }),
        case("create of -5 topics", CREATE_TOPICS, Message::new().i32(-5).i32(1000).i8(0)),
    ];
    let names = Message::new().i32(1).i16(2).raw(&[0xff, 0xfe]).i8(0);
    cases.push(Case::new("malformed metadata of a name that is no text", METADATA, names, DESCRIBED));
    cases
}

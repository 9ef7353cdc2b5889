//! Requests in which every number is as large as it may be, and things without end: fetches, topics with the longest
//! names, groups, members, producer ids, transactional ids. What is refused is refused, what is not costs little.

use crate::target::Target;
use harness::client::{
    CREATE_TOPICS, Client, FETCH, FetchFrom, INIT_PRODUCER_ID, PRODUCE, fetch_body, produce_body, produced,
};
use harness::record::{Batch, Record, now_ms};
use harness::wire::{Answer, Api, Connection, Message};
use harness::{LONG, wait_until};
use std::fs;
use std::io::ErrorKind;
use std::time::Duration;

const FIND_COORDINATOR: Api = Api { key: 10, version: 1 };
const OFFSET_COMMIT: Api = Api { key: 8, version: 3 };
const HEARTBEAT: Api = Api { key: 12, version: 0 };
const SYNC_GROUP: Api = Api { key: 14, version: 0 };
/// The last version in which a member gets its id with its first assignment.
const JOIN_GROUP: Api = Api { key: 11, version: 3 };
/// The first in which it is told its id and asked to come again.
const JOIN_GROUP_TWICE: Api = Api { key: 11, version: 4 };

/// Kafka's MEMBER_ID_REQUIRED.
const MEMBER_ID_REQUIRED: i16 = 79;

/// What a flood may cost beyond the budget, which is small here.
const RESIDENT_GROWTH_MAX: u64 = 96 << 20;

/// What a flood may add to the log.
const LOG_LINES_MAX: usize = 300;

/// A broker with little memory, so that there is an end to what it takes.
fn small(name: &str) -> Target {
    Target::with(name, &[("loglane.memory", "64m"), ("group.initial.rebalance.delay.ms", "0")])
}

/// Lines that were logged since, at most [`LOG_LINES_MAX`].
fn check_log(target: &Target, before: usize) {
    let lines = target.broker.process().log().lines().count() - before;
    assert!(!target.broker.is_loglane() || lines <= LOG_LINES_MAX, "{lines} lines in the log");
}

fn log_lines(target: &Target) -> usize {
    target.broker.process().log().lines().count()
}

/// Sends `count` requests without waiting, and looks at the answers in order.
fn pipelined(
    connection: &mut Connection,
    count: usize,
    request: impl Fn(usize) -> (Api, Message) + Sync,
    mut answered: impl FnMut(usize, Answer),
) {
    let mut receiver = connection.split().expect("a descriptor");
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for at in 0..count {
                let (api, body) = request(at);
                connection.send(api, &body).expect("the broker reads");
            }
        });
        for at in 0..count {
            let (_, answer) = receiver.receive().unwrap_or_else(|error| panic!("request {at}: {error}"));
            answered(at, answer);
        }
    });
}

/// Five mebibytes in four partitions.
fn much(target: &mut Target) {
    target.witness.create_topic("much", 4, &[]).expect("a topic can be created");
    for at in 0..80 {
        let batch = Batch::of(&[Record::of_value(now_ms(), &[7; 64 << 10])]).seal();
        assert_eq!(target.witness.produce("much", at % 4, -1, &batch).expect("an answer").code, 0);
    }
}

#[test]
fn fetches_with_absurd_limits_cost_little() {
    let _alone = crate::alone();
    let mut target = small("absurd-fetches");
    much(&mut target);
    let numbers = [i32::MAX, i32::MIN, -1, 0, 1];
    let mut parked = Vec::new();
    for wait_ms in numbers {
        for min_bytes in numbers {
            for max_bytes in numbers {
                for offset in [0, 19, i64::MAX, i64::MIN] {
                    let from =
                        FetchFrom { wait_ms, min_bytes, max_bytes, ..FetchFrom::now("much", 0, offset) };
                    let mut connection = Connection::open(target.broker.address()).expect("a connection");
                    connection.answer_within(Duration::from_millis(20)).expect("a connected socket");
                    connection.send(FETCH, &fetch_body(&from)).expect("the broker reads");
                    match connection.receive() {
                        // Some wait for weeks, as they asked.
                        Err(error) if error.kind() == ErrorKind::WouldBlock => parked.push(connection),
                        Err(error) => assert_eq!(error.kind(), ErrorKind::UnexpectedEof, "{from:?}"),
                        Ok(_) => {}
                    }
                }
            }
        }
    }
    eprintln!("{} fetches wait", parked.len());
    for at in 0..50 {
        let fetched = target.witness.fetch(&FetchFrom::now("much", 1, at % 20)).expect("an answer");
        assert_eq!((fetched.code, fetched.records.is_empty()), (0, false));
    }
    drop(parked);
    // One partition twenty thousand times, and sessions that nobody comes back to.
    let repeated = |sessions: (i32, i32), count: i32| {
        let head = Message::new().i32(-1).i32(0).i32(0).i32(i32::MAX).i8(0).i32(sessions.0).i32(sessions.1);
        let mut body = head.i32(1).string("much").i32(count);
        for at in 0..count {
            body = body.i32(at % 4).i32(-1).i64(0).i64(-1).i32(i32::MAX);
        }
        body.i32(0).string("")
    };
    let mut connection = Connection::open(target.broker.address()).expect("a connection");
    connection.send(FETCH, &repeated((0, -1), 20_000)).expect("the broker reads");
    connection.receive().expect("an answer, however long the question");
    pipelined(&mut connection, 3_000, |_| (FETCH, repeated((0, 0), 4)), |_, _| {});
    target.check_unharmed_within(RESIDENT_GROWTH_MAX);
}

/// As long as a topic's name may be.
fn longest(at: usize) -> String {
    format!("{at:03}{}", "n".repeat(246))
}

#[test]
fn topics_with_the_longest_names_live_and_go() {
    let _alone = crate::alone();
    const TOPICS: usize = 60;
    let mut target = Target::with("longest-names", &[("log.segment.delete.delay.ms", "100")]);
    let data = target.broker.data();
    let directories = || {
        let names = fs::read_dir(&data).expect("a folder").flatten().map(|entry| entry.file_name());
        names.filter(|name| name.to_string_lossy().contains("nnnnn")).count()
    };
    for at in 0..TOPICS {
        let name = longest(at);
        target.witness.create_topic(&name, 2, &[]).expect("a topic can be created");
        for partition in 0..2 {
            let batch = Batch::one(&name).seal();
            assert_eq!(target.witness.produce(&name, partition, -1, &batch).expect("an answer").code, 0);
        }
    }
    for length in [250, 32_767] {
        let name = "n".repeat(length);
        let body = Message::new().i32(1).string(&name).i32(1).i16(1).i32(0).i32(0).i32(1000).i8(0);
        let mut answer = target.witness.connection.call(CREATE_TOPICS, &body).expect("an answer");
        answer.take(8).expect("a throttle time and a count");
        assert_eq!(answer.string().expect("a name"), name);
        assert_eq!(answer.i16().expect("a code"), 17, "{length} bytes");
    }
    target.broker.kill();
    target.broker.start();
    target.witness = target.broker.client();
    for at in 0..TOPICS {
        target.witness.await_leaders(&longest(at), 2).expect("it is there");
        for partition in 0..2 {
            assert_eq!(target.witness.read_all(&longest(at), partition, 0).expect("records").len(), 1);
        }
    }
    for at in 0..TOPICS {
        target.witness.delete_topic(&longest(at)).expect("a topic can be deleted");
    }
    if target.broker.is_loglane() {
        wait_until("the directories to go", LONG, || (directories() == 0).then_some(()));
    }
    target.broker.stop();
    target.broker.start();
    target.witness = target.broker.client();
    target.witness.create_topic(&longest(0), 2, &[]).expect("its name is free");
    assert_eq!(target.witness.read_all(&longest(0), 1, 0).expect("records").len(), 0);
}

/// A client that found the coordinator of every group.
pub(crate) fn coordinator(target: &Target) -> Client {
    let mut client = target.broker.client();
    wait_until("a coordinator", LONG, || {
        let body = Message::new().string("mine").i8(0);
        let mut answer = client.connection.call(FIND_COORDINATOR, &body).expect("an answer");
        answer.i32().expect("a throttle time");
        (answer.i16().expect("a code") == 0).then_some(())
    });
    wait_until("the groups to be loaded", LONG, || {
        let (api, body) = commit("mine", "first");
        (commit_code(client.connection.call(api, &body).expect("an answer")) == 0).then_some(())
    });
    client
}

pub(crate) fn commit(group: &str, metadata: &str) -> (Api, Message) {
    let body = Message::new().string(group).i32(-1).string("").i64(-1);
    (OFFSET_COMMIT, body.i32(1).string("kept").i32(1).i32(0).i64(7).string(metadata))
}

pub(crate) fn commit_code(mut answer: Answer) -> i16 {
    answer.i32().expect("a throttle time");
    assert_eq!(answer.count().expect("topics"), 1);
    answer.string().expect("a topic");
    answer.take(8).expect("a count and a partition");
    answer.i16().expect("a code")
}

fn join(api: Api, group: &str, member: &str, metadata: &[u8]) -> (Api, Message) {
    let body = Message::new().string(group).i32(30_000).i32(30_000).string(member).string("consumer");
    (api, body.i32(1).string("range").blob(metadata))
}

/// The code, the generation, and the member's id.
fn joined(mut answer: Answer) -> (i16, i32, String) {
    answer.i32().expect("a throttle time");
    let (code, generation) = (answer.i16().expect("a code"), answer.i32().expect("a generation"));
    answer.string().expect("a protocol");
    answer.string().expect("a leader");
    (code, generation, answer.string().expect("a member"))
}

/// Somebody's group, which must go on.
struct Mine {
    client: Client,
    generation: i32,
    member: String,
}

impl Mine {
    fn new(target: &Target) -> Mine {
        let mut client = coordinator(target);
        let (api, body) = join(JOIN_GROUP, "mine", "", b"me");
        let (code, generation, member) = joined(client.connection.call(api, &body).expect("an answer"));
        assert_eq!(code, 0);
        let sync = Message::new().string("mine").i32(generation).string(&member);
        let sync = sync.i32(1).string(&member).blob(b"all of it");
        assert_eq!(client.connection.call(SYNC_GROUP, &sync).expect("an answer").i16(), Ok(0));
        Mine { client, generation, member }
    }

    fn check(&mut self) {
        let body = Message::new().string("mine").i32(self.generation).string(&self.member);
        assert_eq!(self.client.connection.call(HEARTBEAT, &body).expect("an answer").i16(), Ok(0));
        let body = Message::new().string("mine").i32(self.generation).string(&self.member).i64(-1);
        let body = body.i32(1).string("kept").i32(1).i32(0).i64(8).string("first");
        assert_eq!(commit_code(self.client.connection.call(OFFSET_COMMIT, &body).expect("an answer")), 0);
    }
}

/// How often each code was answered.
fn told(what: &str, codes: &[i16]) {
    let mut counts = std::collections::BTreeMap::new();
    codes.iter().for_each(|code| *counts.entry(code).or_insert(0) += 1);
    eprintln!("{what}: {counts:?}");
}

#[test]
fn groups_and_members_without_end_are_refused_and_harm_nobody() {
    let _alone = crate::alone();
    let target = small("groups");
    let mut mine = Mine::new(&target);
    let before = log_lines(&target);
    let mut flood = target.broker.client().connection;
    let mut codes = Vec::new();

    // One group, and tens of thousands who are told their ids and do not come back.
    let once = |_| join(JOIN_GROUP_TWICE, "crowd", "", &[1; 100]);
    pipelined(&mut flood, 20_000, once, |_, answer| codes.push(joined(answer).0));
    told("members that do not come back", &codes);
    assert_eq!(codes[0], MEMBER_ID_REQUIRED);
    mine.check();

    codes.clear();
    let member = |at: usize| join(JOIN_GROUP, &format!("group-{at}"), "", &[2; 500]);
    pipelined(&mut flood, 4_000, member, |_, answer| codes.push(joined(answer).0));
    told("groups with a member", &codes);
    mine.check();

    codes.clear();
    let name = |at: usize| format!("{at:05}{}", "g".repeat(30_000));
    pipelined(&mut flood, 400, |at| commit(&name(at), "m"), |_, answer| codes.push(commit_code(answer)));
    told("groups with long names", &codes);
    assert!(!target.broker.is_loglane() || codes.iter().any(|code| *code != 0), "there is an end");
    mine.check();
    check_log(&target, before);
    target.check_unharmed_within(RESIDENT_GROWTH_MAX);
}

#[test]
fn producer_ids_without_end_harm_nobody() {
    let _alone = crate::alone();
    const PRODUCERS: i64 = 20_000;
    let mut target = small("producers");
    target.witness.create_topic("beside", 2, &[]).expect("a topic can be created");
    let before = log_lines(&target);
    let mut ids = Vec::new();
    let mut flood = target.broker.client().connection;
    target.witness.init_producer_id().expect("producer ids are given out");
    let ask = |_| (INIT_PRODUCER_ID, Message::new().null_string().i32(60_000));
    pipelined(&mut flood, 5_000, ask, |_, mut answer| {
        answer.i32().expect("a throttle time");
        assert_eq!(answer.i16(), Ok(0));
        ids.push(answer.i64().expect("an id"));
    });
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 5_000, "each is another");
    // Whoever makes his ids up is believed, as Kafka believes him.
    let batch = |at: usize| {
        let id = 1_000_000 + i64::try_from(at).expect("few");
        produce_body("beside", 0, 1, &Batch::one("x").by_producer(id, 0, 0).seal())
    };
    let count = usize::try_from(PRODUCERS).expect("few");
    pipelined(
        &mut flood,
        count,
        |at| (PRODUCE, batch(at)),
        |at, mut answer| {
            assert_eq!(produced(&mut answer).expect("an answer").code, 0, "producer {at}");
        },
    );
    // One that comes now is told duplicates and gaps.
    let (id, epoch) = target.witness.init_producer_id().expect("an id");
    for (sequence, code) in [(0, 0), (1, 0), (1, 0), (9, 45)] {
        let batch = Batch::one("y").by_producer(id, epoch, sequence).seal();
        assert_eq!(target.witness.produce("beside", 0, -1, &batch).expect("an answer").code, code);
    }
    let end = target.witness.list_offset("beside", 0, -1).expect("an end").1;
    assert_eq!(end, PRODUCERS + 2);
    check_log(&target, before);
    target.check_unharmed_within(RESIDENT_GROWTH_MAX);
}

#[test]
fn transactional_ids_without_end_harm_nobody() {
    let _alone = crate::alone();
    let target = small("transactional-ids");
    let before = log_lines(&target);
    let mut flood = target.broker.client().connection;
    let id = |at: usize| format!("{at:06}{}", "t".repeat(20_000));
    let mut codes = Vec::new();
    let ask = |at: usize| (INIT_PRODUCER_ID, Message::new().string(&id(at)).i32(60_000));
    pipelined(&mut flood, 3_000, ask, |_, mut answer| {
        answer.i32().expect("a throttle time");
        codes.push(answer.i16().expect("a code"));
    });
    told("producer ids for transactional ids", &codes);
    codes.clear();
    let find = |at: usize| (FIND_COORDINATOR, Message::new().string(&id(at)).i8(1));
    pipelined(&mut flood, 3_000, find, |_, mut answer| {
        answer.i32().expect("a throttle time");
        codes.push(answer.i16().expect("a code"));
    });
    told("coordinators of transactional ids", &codes);
    check_log(&target, before);
    target.check_unharmed_within(RESIDENT_GROWTH_MAX);
}

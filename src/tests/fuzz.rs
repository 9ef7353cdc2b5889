//! Requests of every API and version that is served, drawn by chance from words that mean something here, sound and
//! damaged: each is answered in its version or its connection is closed, nothing is left behind, and who did not take
//! part notices nothing. `FUZZ_SECONDS=3600 cargo test --release --lib fuzz` goes on for an hour.

use super::client::{ClientId, batch, numbered_batch};
use super::{Broker, Setup};
use crate::api::versions::SERVED;
use harness::fuzz::rounds;
use loglane_codegen::{Kind, Message as Schema, Random, Vocabulary, sample_of};
use loglane_model::TopicId;
use loglane_net::header::decode_response_header;
use loglane_net::{ApiKey, Message, Reader, RequestHeader};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

/// Topics, groups, keys, values and whatever else is text. The topic `kept` is not among them.
const WORDS: &[&str] = &[
    "there",
    "absent",
    "__consumer_offsets",
    "__cluster_metadata",
    "group",
    "other",
    "member",
    "consumer",
    "range",
    "roundrobin",
    "",
    "1",
    "0",
    "-1",
    "7",
    "retention.ms",
    "cleanup.policy",
    "compact",
    "delete",
    "segment.bytes",
    "max.message.bytes",
    "log.retention.ms",
    "message.timestamp.type",
    "LogAppendTime",
    "1048576",
    "CreateTime",
    "true",
    "User:alice",
    "*",
    "/data",
    "metadata.version",
    "group.version",
    "client-id",
    "user",
    "ip",
    "localhost",
];

/// Nothing that would be a topic of thousands of partitions, which takes its time here.
const NUMBERS: &[i64] = &[
    0,
    1,
    2,
    3,
    4,
    5,
    6,
    40,
    -1,
    -2,
    1 << 20,
    1 << 31,
    i64::MAX,
    i64::MIN,
    i32::MAX as i64,
    i32::MIN as i64,
];

/// Requests in one round.
const REQUESTS: usize = 60;

#[test]
fn any_requests_are_answered_and_harm_nobody() {
    let apis = Apis::load();
    let (mut done, mut answered) = (0, 0);
    rounds(100, |seed| {
        answered += Round::new(&apis, seed).run();
        done += 1;
    });
    // Of all of them: in a single one nearly everybody may wait behind a request that asked to wait for weeks.
    assert!(answered > done * REQUESTS / 8, "{answered} answers in {done} rounds");
}

/// Decodes an answer to its end.
type Check = fn(&[u8], i16) -> bool;

/// The requests that are served, and how their answers are read.
struct Apis {
    requests: Vec<(ApiKey, Schema)>,
    answers: BTreeMap<String, Check>,
}

impl Apis {
    fn load() -> Apis {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("net/schema");
        let schema = loglane_codegen::Schema::load(&folder).expect("the schema of the codec");
        let mut requests = Vec::new();
        for group in schema.groups {
            let Some(api) = group.api.as_ref().and_then(|api| ApiKey::from_i16(api.key)) else { continue };
            if SERVED.contains(&api) {
                let request = group.messages.into_iter().find(|message| message.kind == Kind::Request);
                requests.push((api, request.expect("an API has a request")));
            }
        }
        assert_eq!(requests.len(), SERVED.len());
        Apis { requests, answers: answers() }
    }
}

fn answers() -> BTreeMap<String, Check> {
    let mut answers: BTreeMap<String, Check> = BTreeMap::new();
    macro_rules! each {
        ($module:ident, $message:ident) => {{
            fn check(bytes: &[u8], version: i16) -> bool {
                is_whole::<loglane_net::message::$module::$message>(bytes, version)
            }
            answers.insert(stringify!($message).to_owned(), check);
        }};
    }
    loglane_net::for_each_message!(each);
    answers
}

fn is_whole<'a, M: Message<'a>>(bytes: &'a [u8], version: i16) -> bool {
    let mut reader = Reader::new(bytes);
    M::decode(&mut reader, version).is_ok() && reader.rest().is_empty()
}

/// One life of a broker.
struct Round<'a> {
    apis: &'a Apis,
    random: Random,
    broker: Broker,
    clients: Vec<ClientId>,
    /// The id of the topic `there`.
    topic: TopicId,
    records: [Vec<u8>; 3],
    /// What was asked under which correlation id.
    asked: Vec<(ApiKey, i16)>,
    answered: usize,
}

impl<'a> Round<'a> {
    fn new(apis: &'a Apis, seed: u64) -> Round<'a> {
        let broker = Setup::new(seed, 2).set("offsets.topic.num.partitions", 3);
        // Some will have asked to wait for weeks, and are not told apart from those who still wait.
        let mut broker = broker.set("connections.max.idle.ms", 60_000).start();
        let witness = broker.connect();
        let topic = broker.create_topic(witness, "there");
        broker.create_topic(witness, "kept");
        let records = [batch(&[b"one", b"two"]), numbered_batch(3, 0, &[b"three"]), vec![0; 70]];
        broker.produce(witness, -1, "there", &[(0, &records[0]), (1, &records[0])]);
        broker.produce(witness, -1, "kept", &[(0, &records[0])]);
        broker.disconnect(witness);
        let clients = (0..5).map(|_| broker.connect()).collect();
        Round { apis, random: Random(seed), broker, clients, topic, records, asked: Vec::new(), answered: 0 }
    }

    /// Returns how many requests were answered.
    fn run(mut self) -> usize {
        for _ in 0..REQUESTS {
            self.ask();
            if self.random.one_in(3) {
                let span = Duration::from_millis(self.random.below(400) as u64);
                self.broker.run_for(span);
            }
            self.take_answers();
        }
        self.broker.run_for(Duration::from_secs(2));
        self.take_answers();
        self.broker.disconnect_all();
        self.broker.assert_nothing_left();
        if self.random.one_in(2) {
            self.broker.close();
        } else {
            self.broker.kill();
        }
        self.broker.boot();
        let client = self.broker.connect();
        let kept = self.broker.read_all(client, "kept", 0, 0);
        assert_eq!(kept.iter().map(|record| &record.value[..]).collect::<Vec<_>>(), [b"one", b"two"]);
        self.broker.close();
        self.answered
    }

    /// Sends one request on one of the connections.
    fn ask(&mut self) {
        let (api, request) = &self.apis.requests[self.random.below(self.apis.requests.len())];
        let versions = api.versions();
        let span = usize::try_from(versions.max - versions.min + 1).expect("a range");
        let version = versions.min + i16::try_from(self.random.below(span)).expect("small");
        let records: Vec<&[u8]> = self.records.iter().map(Vec::as_slice).collect();
        let vocabulary =
            Vocabulary { strings: WORDS, bytes: &records, ids: &[[0; 16], self.topic.0], numbers: NUMBERS };
        let mut body = sample_of(request, version, &mut self.random, &vocabulary);
        if self.random.one_in(8) {
            for _ in 0..=self.random.below(3) {
                let at = self.random.below(body.len().max(1));
                if let Some(byte) = body.get_mut(at) {
                    *byte = [0, 1, 0x7f, 0x80, 0xff][self.random.below(5)];
                }
            }
        }
        let correlation_id = i32::try_from(self.asked.len()).expect("few requests");
        self.asked.push((*api, version));
        let header = RequestHeader { api: *api, version, correlation_id, client_id: Some("fuzz") };
        let mut frame = vec![0; 4];
        header.encode(&mut frame).expect("a header of a known API");
        frame.extend(&body);
        let length = i32::try_from(frame.len() - 4).expect("short");
        frame[..4].copy_from_slice(&length.to_be_bytes());
        let place = self.random.below(self.clients.len());
        self.broker.client(self.clients[place]).send_bytes(&frame);
    }

    /// Reads what has come, and opens what was closed anew.
    fn take_answers(&mut self) {
        for client in &mut self.clients {
            while let Some(answer) = self.broker.client(*client).take_answer() {
                let id = i32::from_be_bytes(*answer.first_chunk().expect("an answer has a header"));
                let (api, version) = self.asked[usize::try_from(id).expect("an id of ours")];
                let mut reader = Reader::new(&answer);
                decode_response_header(&mut reader, api, version).expect("a header of that version");
                let check = self.apis.answers[&format!("{}Response", api.name())];
                assert!(check(reader.rest(), version), "an answer of {} v{version}", api.name());
                self.answered += 1;
            }
            if self.broker.client(*client).is_closed {
                self.broker.disconnect(*client);
                *client = self.broker.connect();
            }
        }
    }
}

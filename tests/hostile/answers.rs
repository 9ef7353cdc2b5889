//! Raw conversations whose answers a real Kafka has given: `answers.txt`, written by
//! `UPDATE=1 BROKER=kafka cargo test --test hostile answers`. The broker under test must answer the same, field by
//! field, but for the differences that are wanted and said here.

use crate::{BINARY, batches, layout, newest, requests};
use harness::record::{Batch, Record, now_ms};
use harness::wire::{Api, Connection, Message};
use harness::{Broker, LONG, Scratch};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

/// Where this broker answers otherwise than Kafka 4.3.1 on purpose.
fn wanted_difference(case: &str) -> Option<&'static str> {
    const CORRUPT: &str = r#"topics=(name="t" partitions=(index=1 code=2 base=-1)) throttle=0"#;
    const INVALID: &str = r#"topics=(name="t" partitions=(index=1 code=87 base=-1)) throttle=0"#;
    Some(match case {
        // What Kafka's codecs throw comes out as UNKNOWN_SERVER_ERROR; these say what is wrong.
        "batch attribute codec 5" | "batch attribute codec 6" | "batch attribute codec 7" => INVALID,
        "batch record with a number of eleven bytes" => INVALID,
        "batch codec 2 with nothing inside" | "batch codec 3 with nothing inside" => INVALID,
        "batch codec 1 with garbage inside" | "batch codec 1 with nothing inside" => CORRUPT,
        "batch codec 2 with garbage inside" | "batch codec 3 with garbage inside" => CORRUPT,
        "batch codec 4 with garbage inside" | "batch codec 4 with nothing inside" => CORRUPT,
        // Kafka renumbers such records in a copy of the batch; no client sends them.
        "batch record with offset delta 1 for 0" | "batch record with offset delta -1" => INVALID,
        // Kafka never answers these two.
        "produce null records" => r#"topics=(name="t" partitions=(index=2 code=87 base=-1)) throttle=0"#,
        "malformed produce of records of length -2" => "closed",
        // Kafka appends one of the two and says nothing of the other.
        "produce a partition twice" => {
            r#"topics=(name="t" partitions=(index=2 code=0 base=end+0 start=0)(index=2 code=0 base=end+3 start=0)) throttle=0"#
        }
        // At least one batch, as for 0 bytes.
        "fetch at most -1 bytes" => {
            r#"throttle=0 code=0 topics=(name="t" partitions=(index=0 code=0 high_watermark=5 last_stable=5 start=0 aborted= preferred=-1 records=76 bytes))"#
        }
        // A length below -1 and a name that is no text cannot be read.
        "malformed metadata of -2 topics" | "malformed metadata of a name that is no text" => "closed",
        // INVALID_REQUEST instead of UNKNOWN_SERVER_ERROR.
        "fetch with isolation level 2" | "fetch with isolation level -1" => {
            r#"throttle=0 code=0 topics=(name="t" partitions=(index=0 code=42 high_watermark=-1 last_stable=-1 start=-1 aborted= preferred=-1 records=0 bytes))"#
        }
        "metadata of no id" => {
            r#"throttle=0 topics=(code=42 name="" internal=0 partitions= rights=-2147483648)"#
        }
        _ => return None,
    })
}

/// One request and how its answer is laid out.
pub(crate) struct Case {
    /// Its name in the table.
    pub(crate) name: String,
    /// Which API.
    pub(crate) api: Api,
    /// The body behind the header.
    pub(crate) body: Message,
    /// See `layout`.
    pub(crate) layout: &'static str,
    /// Whether request and answer have headers with tagged fields.
    pub(crate) flexible: bool,
    /// The partition against whose end offsets are shown.
    pub(crate) partition: Option<(&'static str, i32)>,
    /// Whether Kafka leaves it without an answer.
    pub(crate) silent: bool,
}

impl Case {
    /// A request that must be answered, or its connection closed.
    pub(crate) fn new(name: &str, api: Api, body: Message, layout: &'static str) -> Case {
        Case { name: name.to_owned(), api, body, layout, flexible: false, partition: None, silent: false }
    }

    /// As [`Case::new`] in a version with tagged fields; the layout begins behind those of the header.
    pub(crate) fn flexible(name: &str, api: Api, body: Message, layout: &'static str) -> Case {
        Case { flexible: true, ..Case::new(name, api, body, layout) }
    }

    /// Shows offsets against the end of this partition.
    pub(crate) fn against(mut self, topic: &'static str, partition: i32) -> Case {
        self.partition = Some((topic, partition));
        self
    }

    /// Kafka never answers this one, so nobody waits long for it.
    pub(crate) fn may_be_silent(mut self) -> Case {
        self.silent = true;
        self
    }
}

/// What a refused produce says of the log's start is Kafka's own business: it depends on how far the request got.
fn without_refused_start(answer: &str) -> String {
    answer.replace("base=-1 start=0)", "base=-1)").replace("base=-1 start=-1)", "base=-1)")
}

/// Sends the request on a connection of its own.
fn outcome(broker: &Broker, case: &Case) -> String {
    let end = end_of(broker, case);
    let mut connection = Connection::open(broker.address()).expect("the broker takes connections");
    let patience = if case.silent { Duration::from_secs(1) } else { LONG };
    connection.answer_within(patience).expect("a connected socket");
    let sent = connection.send_as(case.api, &case.body, case.flexible);
    match sent.and_then(|correlation| Ok((correlation, connection.receive()?))) {
        Ok((sent, (answered, mut answer))) if sent == answered => {
            if case.flexible && answer.tags().is_err() {
                return "an answer without tagged fields in its header".to_owned();
            }
            layout::show(case.layout, &mut answer, end)
        }
        Ok((_, (answered, _))) => format!("answers {answered}, which was not asked"),
        Err(error) if error.kind() == ErrorKind::WouldBlock => "silence".to_owned(),
        Err(_) => "closed".to_owned(),
    }
}

/// Where the partition ends that a case is about: what is appended and what is a duplicate shows against it.
fn end_of(broker: &Broker, case: &Case) -> i64 {
    match case.partition {
        None => 0,
        Some((topic, partition)) => broker.client().list_offset(topic, partition, -1).expect("an end").1,
    }
}

/// Makes what the cases speak of.
fn prepare(broker: &Broker) {
    let mut client = broker.client();
    client.create_topic("t", 3, &[]).expect("a topic can be created");
    client.create_topic("small", 1, &[("max.message.bytes", "1000")]).expect("a topic can be created");
    client.create_topic("compacted", 1, &[("cleanup.policy", "compact")]).expect("a topic can be created");
    client
        .create_topic("stamped", 1, &[("message.timestamp.type", "LogAppendTime")])
        .expect("a topic can be created");
    let now = now_ms();
    for n in 0..5 {
        let record = Record::of_value(now + n, format!("record {n}").as_bytes());
        assert_eq!(client.produce("t", 0, -1, &Batch::of(&[record]).seal()).expect("an answer").code, 0);
    }
}

#[test]
fn answers_are_those_of_kafka() {
    let _beside_others = crate::beside_others();
    let scratch = Scratch::new("answers");
    let mut broker = Broker::under_test(BINARY, scratch.path());
    // Kafka unpacks what is compressed; Loglane does if it is told to.
    broker.set("loglane.validate.compressed", "true");
    broker.start();
    prepare(&broker);
    let mut producers = Vec::new();
    for _ in 0..8 {
        producers.push(broker.client().init_producer_id().expect("a producer id").0);
    }
    let cases: Vec<Case> =
        batches::cases(&producers).into_iter().chain(requests::cases()).chain(newest::cases()).collect();
    let answers: Vec<(&str, String)> =
        cases.iter().map(|case| (case.name.as_str(), outcome(&broker, case))).collect();

    let table = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/hostile/answers.txt");
    if std::env::var_os("UPDATE").is_some() {
        assert!(!broker.is_loglane(), "the table says what a real Kafka answers: BROKER=kafka");
        let mut text = String::new();
        for (name, answer) in &answers {
            writeln!(text, "{name}: {answer}").expect("a string takes everything");
        }
        fs::write(&table, text).expect("the table can be written");
    }
    let text = fs::read_to_string(&table).expect("the table is there");
    let expected: BTreeMap<&str, &str> = text.lines().filter_map(|line| line.split_once(": ")).collect();
    assert_eq!(expected.len(), answers.len(), "the table has a row for each case");
    let differences = if broker.is_loglane() {
        let offered: Vec<i16> =
            broker.client().api_versions().expect("an answer").iter().map(|api| api.0).collect();
        let is_offered = |case: &Case| offered.contains(&case.api.key) || case.name.starts_with("malformed");
        let left_out = cases.iter().filter(|case| !is_offered(case)).count();
        if left_out > 0 {
            harness::skip(&format!("{left_out} conversations about APIs that are not offered yet"));
        }
        let asked = cases.iter().zip(&answers).filter(|(case, _)| is_offered(case));
        compare(&expected, asked.map(|(_, (name, answer))| (*name, answer.as_str())), true)
    } else {
        compare(&expected, answers.iter().map(|(name, answer)| (*name, answer.as_str())), false)
    };
    assert!(differences.is_empty(), "answers that differ:\n{differences}");
    // Nothing of this has harmed anybody else.
    assert_eq!(broker.client().read_all("t", 0, 0).expect("the topic can be read").len(), 5);
}

/// What is not as the table, or as the wanted differences from it, say.
fn compare<'a>(
    expected: &BTreeMap<&str, &str>,
    answers: impl Iterator<Item = (&'a str, &'a str)>,
    ours: bool,
) -> String {
    let mut differences = String::new();
    for (name, answer) in answers {
        let kafkas = expected.get(name).copied().unwrap_or("no row in the table");
        let wanted = if ours { wanted_difference(name).unwrap_or(kafkas) } else { kafkas };
        let same = without_refused_start(answer) == without_refused_start(wanted);
        if !same {
            writeln!(differences, "{name}\n    wanted {wanted}\n    got    {answer}").expect("a string");
        }
    }
    differences
}

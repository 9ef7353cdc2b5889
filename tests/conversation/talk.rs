//! One side of a conversation: requests in, a transcript out.

use harness::{LONG, wait_until};
use loglane_model::TopicId;
use loglane_net::header::{decode_response_header, encode_request};
use loglane_net::message::metadata::{MetadataRequest, MetadataRequestTopic, MetadataResponse};
use loglane_net::message::produce::{
    PartitionProduceData, ProduceRequest, ProduceResponse, TopicProduceData,
};
use loglane_net::{Reader, Request, Response};
use std::fmt::Debug;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// Kafka's NOT_LEADER_OR_FOLLOWER.
const NOT_LEADER: i16 = 6;

/// A connection whose conversation is written down, one field a line, with what each broker makes up made equal.
pub(crate) struct Talk {
    address: SocketAddr,
    stream: TcpStream,
    correlation_id: i32,
    transcript: String,
    aliases: Vec<(String, String)>,
    topic_ids: Vec<String>,
    marks: u32,
}

impl Talk {
    /// A conversation that begins; `first_mark` is not one of another's.
    pub(crate) fn with(address: SocketAddr, aliases: Vec<(String, String)>, first_mark: u32) -> Talk {
        Talk {
            address,
            stream: connect(address),
            correlation_id: 0,
            transcript: String::new(),
            aliases,
            topic_ids: Vec::new(),
            marks: first_mark,
        }
    }

    /// What was said.
    pub(crate) fn into_transcript(self) -> String {
        self.transcript
    }

    /// A connection of its own for somebody else.
    pub(crate) fn open(&self) -> Line {
        Line { stream: connect(self.address), correlation_id: 0 }
    }

    /// What is written as `alias`.
    pub(crate) fn text_of(&self, alias: &str) -> String {
        let known = self.aliases.iter().find(|(_, known)| known == alias);
        known.expect("an alias that was given").0.clone()
    }

    /// From now on `text` is written as `alias`.
    pub(crate) fn alias(&mut self, text: &str, alias: &str) {
        self.aliases.push((text.to_owned(), alias.to_owned()));
    }

    /// Writes something down.
    pub(crate) fn note(&mut self, what: &(impl Debug + ?Sized)) {
        // Before the lines are laid out: places of different lengths would lay them out differently.
        let text = self.with_topic_ids(&format!("{what:#?}"));
        let text = compact(&self.with_aliases(text));
        self.transcript.push_str(&text);
        self.transcript.push('\n');
    }

    /// Writes something down in one line.
    pub(crate) fn line(&mut self, what: &impl Debug) {
        let text = format!("{what:?}");
        let text = self.with_aliases(text);
        self.transcript.push_str(&text);
        self.transcript.push('\n');
    }

    fn with_aliases(&self, mut text: String) -> String {
        for (from, to) in &self.aliases {
            text = text.replace(from, to);
        }
        text
    }

    /// Writes a line down, unless it says the same as the last one.
    fn say(&mut self, line: &str) {
        if self.transcript.lines().last() != Some(line) {
            self.transcript.push_str(line);
            self.transcript.push('\n');
        }
    }

    /// Sends a request; the answer's body, or `None` where the connection was closed instead.
    pub(crate) fn send<'q, Q: Request<'q>>(&mut self, version: i16, request: &Q) -> Option<Vec<u8>> {
        self.say(&format!("> {} v{version}", Q::API_KEY.name()));
        self.send_quietly(version, request)
    }

    /// As [`Talk::send`], unwritten.
    pub(crate) fn send_quietly<'q, Q: Request<'q>>(&mut self, version: i16, request: &Q) -> Option<Vec<u8>> {
        self.correlation_id += 1;
        let mut out = Vec::new();
        encode_request(&mut out, version, self.correlation_id, Some("conversation"), request)
            .expect("a request that its version can hold");
        let frame = self.exchange(&out)?;
        let mut reader = Reader::new(&frame);
        let id = decode_response_header(&mut reader, Q::API_KEY, version).expect("a response header");
        assert_eq!(id, self.correlation_id, "answers come in order");
        Some(reader.rest().to_vec())
    }

    /// A number that was not given before.
    pub(crate) fn next_mark(&mut self) -> u32 {
        self.marks += 1;
        self.marks
    }

    /// Waits until the broker serves so many partitions of a topic.
    pub(crate) fn until_partitions(&mut self, name: &str, count: usize) {
        let topic = MetadataRequestTopic { name: Some(name), topic_id: TopicId::ZERO };
        let request = MetadataRequest {
            topics: Some([topic].into()),
            allow_auto_topic_creation: false,
            ..MetadataRequest::default()
        };
        wait_until("partitions to come", LONG, || {
            let body = self.send_quietly(12, &request).expect("an answer");
            let answer: MetadataResponse<'_> = read(&body, 12);
            let topic = answer.topics.iter().next().expect("the topic that was asked for");
            let served = topic.partitions.iter().filter(|partition| partition.error_code == 0).count();
            (served == count).then_some(())
        });
    }

    /// Waits until the broker knows a topic, or no longer: a Kafka learns of changes after they were answered.
    pub(crate) fn until_topic(&mut self, name: &str, is_there: bool) {
        let topic = MetadataRequestTopic { name: Some(name), topic_id: TopicId::ZERO };
        let request = MetadataRequest {
            topics: Some([topic].into()),
            allow_auto_topic_creation: false,
            ..MetadataRequest::default()
        };
        wait_until("a topic to come or go", LONG, || {
            let body = self.send_quietly(12, &request).expect("an answer");
            let answer: MetadataResponse<'_> = read(&body, 12);
            let topic = answer.topics.iter().next().expect("the topic that was asked for");
            let serves = topic.error_code == 0 && topic.partitions.iter().all(|part| part.error_code == 0);
            (serves == is_there).then_some(())
        });
    }

    /// Appends a batch of records, unwritten.
    pub(crate) fn append(&mut self, topic: &str, index: i32, records: &[u8]) {
        let data = PartitionProduceData { index, records: Some(records) };
        let topic_data =
            TopicProduceData { name: topic, topic_id: TopicId::ZERO, partition_data: [data].into() };
        let request = ProduceRequest {
            transactional_id: None,
            acks: -1,
            timeout_ms: 30_000,
            topic_data: [topic_data].into(),
        };
        // A Kafka leads a new partition some time after it says so.
        wait_until("the records to be taken", LONG, || {
            let body = self.send_quietly(9, &request).expect("an answer");
            let answer: ProduceResponse<'_> = read(&body, 9);
            let mut codes = Vec::new();
            for topic in answer.responses.iter() {
                codes.extend(topic.partition_responses.iter().map(|partition| partition.error_code));
            }
            assert!(
                codes == [0] || codes == [NOT_LEADER],
                "{topic} {index} takes the records, not {codes:?}"
            );
            (codes == [0]).then_some(())
        });
    }

    /// The id of a topic that is there.
    pub(crate) fn topic_id(&mut self, name: &str) -> TopicId {
        let topic = MetadataRequestTopic { name: Some(name), topic_id: TopicId::ZERO };
        let request = MetadataRequest {
            topics: Some([topic].into()),
            allow_auto_topic_creation: false,
            ..MetadataRequest::default()
        };
        let body = self.send_quietly(12, &request).expect("an answer");
        let answer: MetadataResponse<'_> = read(&body, 12);
        answer.topics.iter().next().expect("the topic that was asked for").topic_id
    }

    /// Sends a whole frame as it is and receives one; `None` where the connection was closed instead.
    pub(crate) fn exchange(&mut self, frame: &[u8]) -> Option<Vec<u8>> {
        let answer = self.try_exchange(frame);
        if answer.is_none() {
            self.note("closed");
            self.stream = connect(self.address);
        }
        answer
    }

    fn try_exchange(&mut self, frame: &[u8]) -> Option<Vec<u8>> {
        self.stream.write_all(frame).ok()?;
        let mut length = [0; 4];
        self.stream.read_exact(&mut length).ok()?;
        let mut frame = vec![0; u32::from_be_bytes(length) as usize];
        self.stream.read_exact(&mut frame).ok()?;
        Some(frame)
    }

    /// The number under which a topic id appeared first, if it has.
    pub(crate) fn number_of(&self, id: TopicId) -> Option<usize> {
        let bytes = |text: &str| -> Vec<String> {
            let numbers = text.split(|character: char| !character.is_ascii_digit());
            numbers.filter(|number| !number.is_empty()).map(str::to_owned).collect()
        };
        let id = bytes(&format!("{id:?}"));
        self.topic_ids.iter().position(|known| bytes(known) == id)
    }

    /// Numbers topic ids by their first appearance.
    fn with_topic_ids(&mut self, text: &str) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some(at) = rest.find("TopicId(") {
            let (before, behind) = rest.split_at(at);
            let end = behind.find(')').expect("a closed bracket") + 1;
            let id: String = behind[..end].split_whitespace().collect();
            let number = self.topic_ids.iter().position(|known| *known == id).unwrap_or_else(|| {
                self.topic_ids.push(id.clone());
                self.topic_ids.len() - 1
            });
            out.push_str(before);
            if id.contains("[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0") {
                out.push_str("no topic id");
            } else {
                out.push_str(&format!("topic id {number}"));
            }
            rest = &behind[end..];
        }
        out.push_str(rest);
        out
    }
}

/// A connection besides the conversation's own, on which an answer may be long in coming.
pub(crate) struct Line {
    stream: TcpStream,
    correlation_id: i32,
}

impl Line {
    /// Sends a request.
    pub(crate) fn ask<'q, Q: Request<'q>>(&mut self, version: i16, request: &Q) {
        self.correlation_id += 1;
        let mut out = Vec::new();
        encode_request(&mut out, version, self.correlation_id, Some("conversation"), request)
            .expect("a request that its version can hold");
        self.stream.write_all(&out).expect("a broker that reads");
    }

    /// Waits for the answer; its body, or `None` where the connection was closed instead.
    pub(crate) fn hear<'a, R: Response<'a>>(&mut self, version: i16) -> Option<Vec<u8>> {
        let mut length = [0; 4];
        if let Err(error) = self.stream.read_exact(&mut length) {
            let is_closed = matches!(error.kind(), ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset);
            assert!(is_closed, "no answer of {}: {error}", R::NAME);
            return None;
        }
        let mut frame = vec![0; u32::from_be_bytes(length) as usize];
        self.stream.read_exact(&mut frame).expect("the rest of an answer");
        let mut reader = Reader::new(&frame);
        let id = decode_response_header(&mut reader, R::API_KEY, version).expect("a response header");
        assert_eq!(id, self.correlation_id, "answers come in order");
        Some(reader.rest().to_vec())
    }
}

/// Puts what fits into one line.
fn compact(text: &str) -> String {
    let mut blocks: Vec<Vec<String>> = vec![Vec::new()];
    for line in text.lines() {
        if line.ends_with(['{', '[', '(']) {
            blocks.push(Vec::new());
        }
        blocks.last_mut().expect("one at least").push(line.to_owned());
        if line.trim_start().starts_with(['}', ']', ')']) {
            let block = blocks.pop().expect("brackets come in pairs");
            let joined: Vec<&str> = block.iter().map(|line| line.trim()).collect();
            let outer = blocks.last_mut().expect("brackets come in pairs");
            let joined = joined.join(" ");
            if joined.len() <= 160 {
                let indent = block[0].len() - block[0].trim_start().len();
                outer.push(format!("{:indent$}{joined}", ""));
            } else {
                outer.extend(block);
            }
        }
    }
    blocks.concat().join("\n")
}

/// Reads an answer's body to its end.
pub(crate) fn read<'a, R: Response<'a>>(body: &'a [u8], version: i16) -> R {
    let mut reader = Reader::new(body);
    let answer = R::decode(&mut reader, version).expect("an answer of that version");
    assert!(reader.rest().is_empty(), "bytes behind an answer of {} v{version}", R::NAME);
    answer
}

fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).expect("the broker takes connections");
    stream.set_nodelay(true).expect("an option that every system has");
    stream.set_read_timeout(Some(Duration::from_secs(30))).expect("an option that every system has");
    stream
}

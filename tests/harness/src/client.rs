//! A small client on the raw connection, in the newest versions that have no tagged fields: one call a method, no
//! retries, no hidden state.

use crate::wire::{Answer, Api, Connection, Message, Short};
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

/// Produce v7.
pub const PRODUCE: Api = Api { key: 0, version: 7 };
/// Fetch v11.
pub const FETCH: Api = Api { key: 1, version: 11 };
/// ListOffsets v5.
pub const LIST_OFFSETS: Api = Api { key: 2, version: 5 };
/// OffsetCommit v2.
pub const OFFSET_COMMIT: Api = Api { key: 8, version: 2 };
/// OffsetFetch v1.
pub const OFFSET_FETCH: Api = Api { key: 9, version: 1 };
/// Metadata v7.
pub const METADATA: Api = Api { key: 3, version: 7 };
/// ApiVersions v0.
pub const API_VERSIONS: Api = Api { key: 18, version: 0 };
/// CreateTopics v4.
pub const CREATE_TOPICS: Api = Api { key: 19, version: 4 };
/// DeleteTopics v3.
pub const DELETE_TOPICS: Api = Api { key: 20, version: 3 };
/// InitProducerId v1.
pub const INIT_PRODUCER_ID: Api = Api { key: 22, version: 1 };

/// Why a call has no result.
#[derive(Debug)]
pub enum Failure {
    /// The connection broke.
    Io(io::Error),
    /// The answer is not of the expected form.
    Malformed,
    /// The broker's error code.
    Code(i16),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        Failure::Io(error)
    }
}

impl From<Short> for Failure {
    fn from(Short: Short) -> Failure {
        Failure::Malformed
    }
}

fn refuse(code: i16) -> Result<(), Failure> {
    if code == 0 { Ok(()) } else { Err(Failure::Code(code)) }
}

/// What a produce was answered for one partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Produced {
    /// The error code; 0 is success.
    pub code: i16,
    /// The offset of the first record.
    pub base_offset: i64,
    /// −1, or the append time where the topic asks for it.
    pub append_time: i64,
    /// The first offset of the log.
    pub log_start_offset: i64,
}

/// What a fetch was answered for one partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// The error code; 0 is success.
    pub code: i16,
    /// The first offset that consumers may not see yet.
    pub high_watermark: i64,
    /// The first offset that is not decided.
    pub last_stable_offset: i64,
    /// The first offset of the log.
    pub log_start_offset: i64,
    /// Aborted transactions in the range: producer id, first offset.
    pub aborted: Vec<(i64, i64)>,
    /// The batches.
    pub records: Vec<u8>,
}

/// What Metadata says of one topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicMetadata {
    /// The error code; 0 is success.
    pub code: i16,
    /// The name.
    pub name: String,
    /// For each partition: error code, index, leader.
    pub partitions: Vec<(i16, i32, i32)>,
}

/// A request for records of one partition.
#[derive(Debug, Clone, Copy)]
pub struct FetchFrom<'a> {
    /// The topic.
    pub topic: &'a str,
    /// The partition.
    pub partition: i32,
    /// The first offset wanted.
    pub offset: i64,
    /// How long the broker may wait for `min_bytes`.
    pub wait_ms: i32,
    /// When the broker must answer at once.
    pub min_bytes: i32,
    /// The most bytes wanted.
    pub max_bytes: i32,
    /// Whether records of open and aborted transactions are held back.
    pub read_committed: bool,
}

impl<'a> FetchFrom<'a> {
    /// A mebibyte from `offset`, without waiting.
    #[must_use]
    pub fn now(topic: &'a str, partition: i32, offset: i64) -> FetchFrom<'a> {
        FetchFrom {
            topic,
            partition,
            offset,
            wait_ms: 0,
            min_bytes: 0,
            max_bytes: 1 << 20,
            read_committed: false,
        }
    }
}

/// The body of a produce of `records` to one partition.
#[must_use]
pub fn produce_body(topic: &str, partition: i32, acks: i16, records: &[u8]) -> Message {
    let head = Message::new().null_string().i16(acks).i32(30_000);
    head.i32(1).string(topic).i32(1).i32(partition).blob(records)
}

/// Reads the answer to [`produce_body`].
///
/// # Errors
/// For an answer of another form.
pub fn produced(answer: &mut Answer) -> Result<Produced, Failure> {
    let topics = answer.count()?;
    let _name = answer.string()?;
    let partitions = answer.count()?;
    if (topics, partitions) != (1, 1) {
        return Err(Failure::Malformed);
    }
    let _index = answer.i32()?;
    Ok(Produced {
        code: answer.i16()?,
        base_offset: answer.i64()?,
        append_time: answer.i64()?,
        log_start_offset: answer.i64()?,
    })
}

/// The body of a fetch of one partition, outside any session.
#[must_use]
pub fn fetch_body(from: &FetchFrom<'_>) -> Message {
    let isolation = i8::from(from.read_committed);
    let head = Message::new().i32(-1).i32(from.wait_ms).i32(from.min_bytes).i32(from.max_bytes).i8(isolation);
    let session = head.i32(0).i32(-1);
    let topic = session.i32(1).string(from.topic).i32(1);
    // Partition, current leader epoch (not checked), offset, the follower's log start, limit.
    let partition = topic.i32(from.partition).i32(-1).i64(from.offset).i64(-1).i32(from.max_bytes);
    partition.i32(0).string("")
}

/// Reads the answer to [`fetch_body`].
///
/// # Errors
/// For an answer of another form, and the code that stands for the whole request.
pub fn fetched(answer: &mut Answer) -> Result<Fetched, Failure> {
    let _throttle = answer.i32()?;
    refuse(answer.i16()?)?;
    let _session = answer.i32()?;
    let topics = answer.count()?;
    let _name = answer.string()?;
    let partitions = answer.count()?;
    if (topics, partitions) != (1, 1) {
        return Err(Failure::Malformed);
    }
    let _index = answer.i32()?;
    let (code, high_watermark, last_stable_offset) = (answer.i16()?, answer.i64()?, answer.i64()?);
    let log_start_offset = answer.i64()?;
    let mut aborted = Vec::new();
    for _ in 0..answer.count()? {
        aborted.push((answer.i64()?, answer.i64()?));
    }
    let _preferred_replica = answer.i32()?;
    let records = answer.blob()?;
    Ok(Fetched { code, high_watermark, last_stable_offset, log_start_offset, aborted, records })
}

/// A connection that knows the calls.
#[derive(Debug)]
pub struct Client {
    /// The connection, for everything that has no method here.
    pub connection: Connection,
}

impl Client {
    /// Connects.
    ///
    /// # Errors
    /// Those of the socket.
    pub fn open(address: SocketAddr) -> io::Result<Client> {
        Ok(Client { connection: Connection::open(address)? })
    }

    /// The ranges that the broker offers: key, lowest and highest version.
    ///
    /// # Errors
    /// As every call here: the connection's, a malformed answer, or the broker's code.
    pub fn api_versions(&mut self) -> Result<Vec<(i16, i16, i16)>, Failure> {
        let mut answer = self.connection.call(API_VERSIONS, &Message::new())?;
        refuse(answer.i16()?)?;
        let mut ranges = Vec::new();
        for _ in 0..answer.count()? {
            ranges.push((answer.i16()?, answer.i16()?, answer.i16()?));
        }
        Ok(ranges)
    }

    /// Whether the broker offers an API; says `SKIPPED` if not. For what is not served yet: once it is offered, the
    /// test runs.
    pub fn offers_or_skip(&mut self, key: i16, name: &str) -> Result<bool, Failure> {
        let offered = self.api_versions()?.iter().any(|(offered, _, _)| *offered == key);
        if !offered {
            crate::skip(&format!("{name} is not offered yet"));
        }
        Ok(offered)
    }

    /// What the broker knows of `topic`; creates it where `create` and the broker agree.
    pub fn metadata(&mut self, topic: &str, create: bool) -> Result<TopicMetadata, Failure> {
        let body = Message::new().i32(1).string(topic).i8(i8::from(create));
        let mut answer = self.connection.call(METADATA, &body)?;
        let _throttle = answer.i32()?;
        for _ in 0..answer.count()? {
            let (_id, _host, _port, _rack) =
                (answer.i32()?, answer.string()?, answer.i32()?, answer.string()?);
        }
        let (_cluster, _controller) = (answer.string()?, answer.i32()?);
        if answer.count()? != 1 {
            return Err(Failure::Malformed);
        }
        let (code, name, _internal) = (answer.i16()?, answer.string()?, answer.i8()?);
        let mut partitions = Vec::new();
        for _ in 0..answer.count()? {
            partitions.push((answer.i16()?, answer.i32()?, answer.i32()?));
            let _leader_epoch = answer.i32()?;
            for _ in 0..3 {
                for _ in 0..answer.count()? {
                    answer.i32()?;
                }
            }
        }
        Ok(TopicMetadata { code, name, partitions })
    }

    /// Creates a topic with one replica and returns when its partitions have a leader.
    pub fn create_topic(
        &mut self,
        topic: &str,
        partitions: i32,
        configs: &[(&str, &str)],
    ) -> Result<(), Failure> {
        let count = i32::try_from(configs.len()).expect("few configs");
        let mut body = Message::new().i32(1).string(topic).i32(partitions).i16(1).i32(0).i32(count);
        for (key, value) in configs {
            body = body.string(key).string(value);
        }
        let mut answer = self.connection.call(CREATE_TOPICS, &body.i32(30_000).i8(0))?;
        let (_throttle, _count, _name) = (answer.i32()?, answer.count()?, answer.string()?);
        refuse(answer.i16()?)?;
        self.await_leaders(topic, partitions)
    }

    /// Waits until every partition of `topic` has a leader that knows it.
    ///
    /// # Panics
    /// When that takes too long.
    pub fn await_leaders(&mut self, topic: &str, partitions: i32) -> Result<(), Failure> {
        for partition in 0..partitions {
            crate::wait_until(&format!("a leader of {topic}-{partition}"), crate::LONG, || {
                match self.list_offset(topic, partition, -1) {
                    Ok(_) => Some(Ok(())),
                    // UNKNOWN_TOPIC_OR_PARTITION, LEADER_NOT_AVAILABLE, NOT_LEADER_OR_FOLLOWER.
                    Err(Failure::Code(3 | 5 | 6)) => None,
                    Err(failure) => Some(Err(failure)),
                }
            })?;
        }
        Ok(())
    }

    /// Deletes a topic.
    pub fn delete_topic(&mut self, topic: &str) -> Result<(), Failure> {
        let body = Message::new().i32(1).string(topic).i32(30_000);
        let mut answer = self.connection.call(DELETE_TOPICS, &body)?;
        let (_throttle, _count, _name) = (answer.i32()?, answer.count()?, answer.string()?);
        refuse(answer.i16()?)
    }

    /// A new producer id and its epoch. A coordinator that is still loading is asked again, as clients do.
    pub fn init_producer_id(&mut self) -> Result<(i64, i16), Failure> {
        crate::wait_until("a producer id", crate::LONG, || {
            let body = Message::new().null_string().i32(60_000);
            let answer = self.connection.call(INIT_PRODUCER_ID, &body).map_err(Failure::from);
            let result = answer.and_then(|mut answer| {
                let _throttle = answer.i32()?;
                refuse(answer.i16()?)?;
                Ok((answer.i64()?, answer.i16()?))
            });
            match result {
                Err(Failure::Code(14)) => None,
                result => Some(result),
            }
        })
    }

    /// Produces `records` to one partition and waits for the answer; `acks` must not be 0.
    pub fn produce(
        &mut self,
        topic: &str,
        partition: i32,
        acks: i16,
        records: &[u8],
    ) -> Result<Produced, Failure> {
        produced(&mut self.connection.call(PRODUCE, &produce_body(topic, partition, acks, records))?)
    }

    /// Fetches from one partition.
    pub fn fetch(&mut self, from: &FetchFrom<'_>) -> Result<Fetched, Failure> {
        let wait = Duration::from_millis(u64::try_from(from.wait_ms).unwrap_or(0));
        self.connection.answer_within(wait + crate::LONG)?;
        fetched(&mut self.connection.call(FETCH, &fetch_body(from))?)
    }

    /// The offset for a timestamp (−1 latest, −2 earliest): timestamp and offset.
    pub fn list_offset(
        &mut self,
        topic: &str,
        partition: i32,
        timestamp: i64,
    ) -> Result<(i64, i64), Failure> {
        let body =
            Message::new().i32(-1).i8(0).i32(1).string(topic).i32(1).i32(partition).i32(-1).i64(timestamp);
        let mut answer = self.connection.call(LIST_OFFSETS, &body)?;
        let (_throttle, _topics, _name) = (answer.i32()?, answer.count()?, answer.string()?);
        let (_partitions, _index) = (answer.count()?, answer.i32()?);
        refuse(answer.i16()?)?;
        Ok((answer.i64()?, answer.i64()?))
    }

    /// Commits an offset for a group that has no members.
    pub fn commit_offset(
        &mut self,
        group: &str,
        topic: &str,
        partition: i32,
        offset: i64,
    ) -> Result<(), Failure> {
        // No generation, no member, and the broker's own retention.
        let head = Message::new().string(group).i32(-1).string("").i64(-1);
        let body = head.i32(1).string(topic).i32(1).i32(partition).i64(offset).string("");
        let mut answer = self.connection.call(OFFSET_COMMIT, &body)?;
        let (_topics, _name) = (answer.count()?, answer.string()?);
        let (_partitions, _index) = (answer.count()?, answer.i32()?);
        refuse(answer.i16()?)
    }

    /// The offset that a group has committed, −1 for none.
    pub fn committed_offset(&mut self, group: &str, topic: &str, partition: i32) -> Result<i64, Failure> {
        let body = Message::new().string(group).i32(1).string(topic).i32(1).i32(partition);
        let mut answer = self.connection.call(OFFSET_FETCH, &body)?;
        let (_topics, _name) = (answer.count()?, answer.string()?);
        let (_partitions, _index) = (answer.count()?, answer.i32()?);
        let (offset, _metadata) = (answer.i64()?, answer.string()?);
        refuse(answer.i16()?)?;
        Ok(offset)
    }

    /// Every record of a partition from `offset` on.
    ///
    /// # Panics
    /// For damaged batches.
    pub fn read_all(
        &mut self,
        topic: &str,
        partition: i32,
        offset: i64,
    ) -> Result<Vec<crate::record::Record>, Failure> {
        let mut records: Vec<crate::record::Record> = Vec::new();
        let mut next = offset;
        loop {
            let got = self.fetch(&FetchFrom::now(topic, partition, next))?;
            refuse(got.code)?;
            let batches = crate::record::records_of(&got.records)
                .unwrap_or_else(|damage| panic!("{topic}-{partition} from offset {next}: {damage:?}"));
            // A batch may begin before the offset that was asked for.
            records.extend(batches.into_iter().filter(|record| record.offset >= next));
            match records.last() {
                Some(last) if last.offset >= next => next = last.offset + 1,
                _ => return Ok(records),
            }
        }
    }
}

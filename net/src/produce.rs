//! Produce requests and responses, by hand: every produced byte passes here.
//!
//! [`ProduceRequest`] checks a whole request and then walks over its partitions without allocating; record bytes
//! come as ranges of the frame, so that the frame can be handed around and its batches copied by whoever owns the
//! partition. What is in the records is nobody's business here. The generated
//! [`message::produce`](crate::message::produce) has the same messages as structs, for clients and tests.

use crate::api::ApiKey;
use crate::error_code::ErrorCode;
use crate::frame::{self, FrameStart};
use crate::header::begin_response;
use crate::leader::{self, CurrentLeader, NodeEndpoint};
use crate::put;
use crate::topic::TopicRef;
use crate::wire::{DecodeError, Format, Reader};
use loglane_model::Offset;
use std::ops::Range;

/// The first version that names topics by id.
const FIRST_WITH_TOPIC_ID: i16 = 13;
/// The first response version with the log start offset.
const FIRST_WITH_LOG_START: i16 = 5;
/// The first response version with errors of single records and a message.
const FIRST_WITH_RECORD_ERRORS: i16 = 8;
/// The first response version that says where the leader is.
const FIRST_WITH_LEADER: i16 = 10;

/// The format of a version; panics on one that the header's check has refused.
fn format(version: i16) -> Format {
    assert!(ApiKey::Produce.versions().contains(version), "Produce version {version} was refused before");
    Format { version, flexible: ApiKey::Produce.is_flexible(version) }
}

/// A checked produce request.
#[derive(Debug, Clone, Copy)]
pub struct ProduceRequest<'a> {
    /// Set by transactional producers.
    pub transactional_id: Option<&'a str>,
    /// What to wait for: 0, 1 or −1; other values are for the caller to refuse.
    pub acks: i16,
    /// How long to wait for the replicas.
    pub timeout_ms: i32,
    format: Format,
    topics: usize,
    topics_with_partitions: usize,
    partitions: usize,
    /// Behind the count of topics.
    reader: Reader<'a>,
}

/// One partition of a produce request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProducePartition<'a> {
    /// Its topic.
    pub topic: TopicRef<'a>,
    /// The topic's place among those of the request that have partitions.
    pub topic_index: usize,
    /// How many partitions the request has for this topic.
    pub topic_partitions: usize,
    /// The partition's number.
    pub partition: i32,
    /// Where its record bytes lie in the frame; `None` for null.
    pub records: Option<Range<usize>>,
}

impl<'a> ProduceRequest<'a> {
    /// Checks the request at `frame[body_at..]`, of a version that the header's check has let through. Ranges of
    /// records count from the beginning of `frame`.
    ///
    /// # Errors
    /// The bytes are no produce request.
    pub fn decode(frame: &'a [u8], body_at: usize, version: i16) -> Result<Self, DecodeError> {
        let format = format(version);
        let mut reader = Reader::new(frame);
        reader.take(body_at)?;
        let transactional_id = reader.nullable_string(format)?;
        let acks = reader.int16()?;
        let timeout_ms = reader.int32()?;
        let topics = reader.count(format)?;
        let mut request = ProduceRequest {
            transactional_id,
            acks,
            timeout_ms,
            format,
            topics,
            topics_with_partitions: 0,
            partitions: 0,
            reader,
        };
        for _ in 0..topics {
            TopicRef::read(&mut reader, format, FIRST_WITH_TOPIC_ID)?;
            let partitions = reader.count(format)?;
            for _ in 0..partitions {
                read_partition(&mut reader, format)?;
            }
            reader.skip_tagged_fields(format)?;
            request.partitions += partitions;
            request.topics_with_partitions += usize::from(partitions > 0);
        }
        reader.skip_tagged_fields(format)?;
        Ok(request)
    }

    /// Number of topics that have partitions: those that the response lists.
    #[must_use]
    pub fn topic_count(&self) -> usize {
        self.topics_with_partitions
    }

    /// Number of partitions, over all topics.
    #[must_use]
    pub fn partition_count(&self) -> usize {
        self.partitions
    }

    /// The partitions in the order of the request, those of a topic side by side.
    #[must_use]
    pub fn partitions(&self) -> ProducePartitions<'a> {
        ProducePartitions {
            reader: self.reader,
            format: self.format,
            topics_left: self.topics,
            partitions_left: 0,
            topic: TopicRef::Name(""),
            topic_index: 0,
            topic_partitions: 0,
        }
    }
}

#[inline]
fn read_partition(
    reader: &mut Reader<'_>,
    format: Format,
) -> Result<(i32, Option<Range<usize>>), DecodeError> {
    let partition = reader.int32()?;
    let records = reader.nullable_bytes(format)?;
    let end = reader.position();
    reader.skip_tagged_fields(format)?;
    Ok((partition, records.map(|records| end - records.len()..end)))
}

/// The partitions of a [`ProduceRequest`].
#[derive(Debug, Clone)]
pub struct ProducePartitions<'a> {
    reader: Reader<'a>,
    format: Format,
    topics_left: usize,
    partitions_left: usize,
    topic: TopicRef<'a>,
    topic_index: usize,
    topic_partitions: usize,
}

impl<'a> ProducePartitions<'a> {
    #[inline]
    fn read_next(&mut self) -> Result<Option<ProducePartition<'a>>, DecodeError> {
        while self.partitions_left == 0 {
            if self.topics_left == 0 {
                return Ok(None);
            }
            self.begin_topic()?;
        }
        let (partition, records) = read_partition(&mut self.reader, self.format)?;
        self.partitions_left -= 1;
        if self.partitions_left == 0 {
            self.reader.skip_tagged_fields(self.format)?;
        }
        Ok(Some(ProducePartition {
            topic: self.topic,
            topic_index: self.topic_index,
            topic_partitions: self.topic_partitions,
            partition,
            records,
        }))
    }

    fn begin_topic(&mut self) -> Result<(), DecodeError> {
        self.topics_left -= 1;
        self.topic = TopicRef::read(&mut self.reader, self.format, FIRST_WITH_TOPIC_ID)?;
        self.topic_index += usize::from(self.topic_partitions > 0);
        self.topic_partitions = self.reader.count(self.format)?;
        self.partitions_left = self.topic_partitions;
        if self.topic_partitions == 0 {
            self.reader.skip_tagged_fields(self.format)?;
        }
        Ok(())
    }
}

impl<'a> Iterator for ProducePartitions<'a> {
    type Item = ProducePartition<'a>;

    #[inline]
    fn next(&mut self) -> Option<ProducePartition<'a>> {
        self.read_next().expect("checked when the request was decoded")
    }
}

/// One record that was refused, with the rest of its batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordError<'a> {
    /// The record's place in the batch.
    pub batch_index: i32,
    /// What is wrong with it.
    pub message: Option<&'a str>,
}

/// How the append to one partition ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProduceOutcome<'a> {
    /// The partition's number.
    pub partition: i32,
    /// [`ErrorCode::None`] if the batches are where acks wanted them.
    pub error: ErrorCode,
    /// Offset of the first record; −1 after an error.
    pub base_offset: Offset,
    /// The broker's time where the topic has `LogAppendTime`, else −1.
    pub log_append_time_ms: i64,
    /// First offset of the log; −1 after an error. Dropped before version 5.
    pub log_start_offset: Offset,
    /// Which records were wrong. Dropped before version 8.
    pub record_errors: &'a [RecordError<'a>],
    /// What was wrong. Dropped before version 8.
    pub error_message: Option<&'a str>,
    /// Where the leader is, if it is not here. Dropped before version 10.
    pub current_leader: Option<CurrentLeader>,
}

impl ProduceOutcome<'_> {
    /// The answer to a partition whose append failed.
    #[must_use]
    pub fn failed(partition: i32, error: ErrorCode) -> Self {
        ProduceOutcome {
            partition,
            error,
            base_offset: Offset(-1),
            log_append_time_ms: -1,
            log_start_offset: Offset(-1),
            record_errors: &[],
            error_message: None,
            current_leader: None,
        }
    }
}

/// Writes a produce response, frame and header included. Topics and partitions are announced and then given; the
/// writer panics when the numbers do not agree.
#[derive(Debug)]
pub struct ProduceResponseWriter<'o> {
    out: &'o mut Vec<u8>,
    start: FrameStart,
    format: Format,
    topics_left: usize,
    partitions_left: usize,
}

impl<'o> ProduceResponseWriter<'o> {
    /// Begins a response with this many topics.
    pub fn new(out: &'o mut Vec<u8>, version: i16, correlation_id: i32, topics: usize) -> Self {
        let format = format(version);
        let start = begin_response(out, ApiKey::Produce, version, correlation_id);
        put::count(out, topics, format).expect("as many as the request had");
        ProduceResponseWriter { out, start, format, topics_left: topics, partitions_left: 0 }
    }

    /// Begins the next topic, with this many partitions, at least one.
    pub fn topic(&mut self, topic: TopicRef<'_>, partitions: usize) {
        assert!(self.partitions_left == 0 && self.topics_left > 0 && partitions > 0);
        self.topics_left -= 1;
        self.partitions_left = partitions;
        topic.write(self.out, self.format, FIRST_WITH_TOPIC_ID);
        put::count(self.out, partitions, self.format).expect("as many as the request had");
    }

    /// Gives the next partition of the topic.
    pub fn partition(&mut self, outcome: &ProduceOutcome<'_>) {
        assert!(self.partitions_left > 0);
        self.partitions_left -= 1;
        let (version, out) = (self.format.version, &mut *self.out);
        put::int32(out, outcome.partition);
        put::int16(out, outcome.error.to_i16());
        put::int64(out, outcome.base_offset.0);
        put::int64(out, outcome.log_append_time_ms);
        if version >= FIRST_WITH_LOG_START {
            put::int64(out, outcome.log_start_offset.0);
        }
        if version >= FIRST_WITH_RECORD_ERRORS {
            put::count(out, outcome.record_errors.len(), self.format)
                .expect("fewer than the batch has records");
            for error in outcome.record_errors {
                put::int32(out, error.batch_index);
                put::nullable_string(out, error.message, self.format).expect("our own texts are short");
                put::no_tagged_fields(out, self.format);
            }
            put::nullable_string(out, outcome.error_message, self.format).expect("our own texts are short");
        }
        match outcome.current_leader {
            Some(leader) if version >= FIRST_WITH_LEADER => {
                put::unsigned_varint(out, 1);
                leader.write_tagged(out, 0, self.format);
            }
            _ => put::no_tagged_fields(out, self.format),
        }
        if self.partitions_left == 0 {
            put::no_tagged_fields(out, self.format);
        }
    }

    /// Ends the response. `endpoints` say how to reach the leaders that were named.
    pub fn finish(self, throttle_time_ms: i32, endpoints: &[NodeEndpoint<'_>]) {
        assert!(self.partitions_left == 0 && self.topics_left == 0);
        put::int32(self.out, throttle_time_ms);
        leader::write_endpoints(self.out, endpoints, self.format, FIRST_WITH_LEADER);
        frame::end(self.out, self.start, 0);
    }
}

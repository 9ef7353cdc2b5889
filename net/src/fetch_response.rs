//! Writes fetch responses: everything but the record bytes, which are sent from the blocks that hold them.

use crate::api::ApiKey;
use crate::error_code::ErrorCode;
use crate::fetch::{FIRST_WITH_SESSION, FIRST_WITH_TOPIC_ID, format};
use crate::frame::{self, FrameStart};
use crate::header::begin_response;
use crate::leader::{self, CurrentLeader, NodeEndpoint};
use crate::put;
use crate::topic::TopicRef;
use crate::wire::Format;
use loglane_model::Offset;

/// The first version that says where the leaders are.
const FIRST_WITH_ENDPOINTS: i16 = 16;

/// Record bytes that are sent in between: first the written bytes before `at`, then the records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap {
    /// A place in the buffer that the response was written to.
    pub at: u32,
    /// How many record bytes go there; never 0.
    pub bytes: u32,
}

/// A transaction that was aborted, for consumers to skip its records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AbortedTransaction {
    /// Its producer.
    pub producer_id: i64,
    /// Its first offset.
    pub first_offset: i64,
}

/// An epoch and an offset: where a diverging log ends, or which snapshot to fetch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EpochAndOffset {
    /// The leader epoch.
    pub epoch: i32,
    /// The first offset that is not covered.
    pub end_offset: i64,
}

/// What one partition is answered with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FetchOutcome<'a> {
    /// The partition's number.
    pub partition: i32,
    /// [`ErrorCode::None`] if the rest counts.
    pub error: ErrorCode,
    /// −1 after an error.
    pub high_watermark: Offset,
    /// −1 after an error.
    pub last_stable_offset: Offset,
    /// First offset of the log; −1 after an error. Dropped before version 5.
    pub log_start_offset: Offset,
    /// Where the follower's log parts from this one. Dropped before version 12.
    pub diverging_epoch: Option<EpochAndOffset>,
    /// Where the leader is, if the client has to know. Dropped before version 12.
    pub current_leader: Option<CurrentLeader>,
    /// Fetch this snapshot first (KRaft). Dropped before version 12.
    pub snapshot_id: Option<EpochAndOffset>,
    /// For read-committed consumers; `None` for the others.
    pub aborted_transactions: Option<&'a [AbortedTransaction]>,
    /// A nearer replica to ask instead; −1 for none. Dropped before version 11.
    pub preferred_read_replica: i32,
    /// How many record bytes follow from elsewhere.
    pub record_bytes: u32,
}

impl FetchOutcome<'_> {
    /// The answer to a partition that cannot be read.
    #[must_use]
    pub fn failed(partition: i32, error: ErrorCode) -> Self {
        FetchOutcome {
            partition,
            error,
            high_watermark: Offset(-1),
            last_stable_offset: Offset(-1),
            log_start_offset: Offset(-1),
            diverging_epoch: None,
            current_leader: None,
            snapshot_id: None,
            aborted_transactions: None,
            preferred_read_replica: -1,
            record_bytes: 0,
        }
    }
}

/// Writes a fetch response, frame and header included, and notes where record bytes go in between. Topics and
/// partitions are announced and then given; the writer panics when the numbers do not agree.
#[derive(Debug)]
pub struct FetchResponseWriter<'o> {
    out: &'o mut Vec<u8>,
    gaps: &'o mut Vec<Gap>,
    start: FrameStart,
    format: Format,
    topics_left: usize,
    partitions_left: usize,
    record_bytes: usize,
}

impl<'o> FetchResponseWriter<'o> {
    /// Begins a response with this many topics. `gaps` are appended to, in the order of their places.
    pub fn new(
        out: &'o mut Vec<u8>,
        gaps: &'o mut Vec<Gap>,
        version: i16,
        correlation_id: i32,
        session: FetchSession,
        topics: usize,
    ) -> Self {
        let format = format(version);
        let start = begin_response(out, ApiKey::Fetch, version, correlation_id);
        put::int32(out, session.throttle_time_ms);
        if version >= FIRST_WITH_SESSION {
            put::int16(out, session.error.to_i16());
            put::int32(out, session.session_id);
        }
        put::count(out, topics, format).expect("as many as the request had");
        FetchResponseWriter {
            out,
            gaps,
            start,
            format,
            topics_left: topics,
            partitions_left: 0,
            record_bytes: 0,
        }
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
    pub fn partition(&mut self, outcome: &FetchOutcome<'_>) {
        assert!(self.partitions_left > 0);
        self.partitions_left -= 1;
        let (version, out) = (self.format.version, &mut *self.out);
        put::int32(out, outcome.partition);
        put::int16(out, outcome.error.to_i16());
        put::int64(out, outcome.high_watermark.0);
        put::int64(out, outcome.last_stable_offset.0);
        if version >= 5 {
            put::int64(out, outcome.log_start_offset.0);
        }
        match outcome.aborted_transactions {
            Some(aborted) => {
                put::count(out, aborted.len(), self.format).expect("the index of a log is far smaller");
                for transaction in aborted {
                    put::int64(out, transaction.producer_id);
                    put::int64(out, transaction.first_offset);
                    put::no_tagged_fields(out, self.format);
                }
            }
            None if self.format.flexible => put::unsigned_varint(out, 0),
            None => put::int32(out, -1),
        }
        if version >= 11 {
            put::int32(out, outcome.preferred_read_replica);
        }
        put::bytes_length(out, outcome.record_bytes as usize, self.format).expect("far below 2 GiB");
        if outcome.record_bytes > 0 {
            let at = u32::try_from(out.len()).expect("a response's own bytes are far below 4 GiB");
            self.gaps.push(Gap { at, bytes: outcome.record_bytes });
            self.record_bytes += outcome.record_bytes as usize;
        }
        if self.format.flexible {
            write_tagged_fields(out, outcome, self.format);
        }
        if self.partitions_left == 0 {
            put::no_tagged_fields(self.out, self.format);
        }
    }

    /// Ends the response. `endpoints` say how to reach the leaders that were named.
    pub fn finish(self, endpoints: &[NodeEndpoint<'_>]) {
        assert!(self.partitions_left == 0 && self.topics_left == 0);
        leader::write_endpoints(self.out, endpoints, self.format, FIRST_WITH_ENDPOINTS);
        frame::end(self.out, self.start, self.record_bytes);
    }
}

/// What a fetch response says besides its partitions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FetchSession {
    /// How long the client is kept waiting for its quota.
    pub throttle_time_ms: i32,
    /// What is wrong with the request as a whole. Dropped before version 7.
    pub error: ErrorCode,
    /// The fetch session; 0 for none. Dropped before version 7.
    pub session_id: i32,
}

fn write_tagged_fields(out: &mut Vec<u8>, outcome: &FetchOutcome<'_>, format: Format) {
    put::tag_count(
        out,
        &[outcome.diverging_epoch.is_some(), outcome.current_leader.is_some(), outcome.snapshot_id.is_some()],
    );
    if let Some(diverging) = outcome.diverging_epoch {
        put::tagged_field(out, 0, |out| {
            put::int32(out, diverging.epoch);
            put::int64(out, diverging.end_offset);
            put::no_tagged_fields(out, format);
            Ok(())
        })
        .expect("two numbers fit");
    }
    if let Some(leader) = outcome.current_leader {
        leader.write_tagged(out, 1, format);
    }
    if let Some(snapshot) = outcome.snapshot_id {
        put::tagged_field(out, 2, |out| {
            put::int64(out, snapshot.end_offset);
            put::int32(out, snapshot.epoch);
            put::no_tagged_fields(out, format);
            Ok(())
        })
        .expect("two numbers fit");
    }
}

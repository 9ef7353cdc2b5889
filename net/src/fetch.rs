//! Fetch requests, by hand: every consumed byte is asked for here. The response is in
//! [`fetch_response`](crate::fetch_response).
//!
//! [`FetchRequest`] checks a whole request and then walks over its partitions without allocating. The generated
//! [`message::fetch`](crate::message::fetch) has the same messages as structs, for clients and tests.

use crate::api::ApiKey;
use crate::topic::TopicRef;
use crate::wire::{DecodeError, Format, Reader};
use loglane_model::TopicId;

/// The first version that names topics by id.
pub(crate) const FIRST_WITH_TOPIC_ID: i16 = 13;
/// The first version with fetch sessions (KIP-227).
pub(crate) const FIRST_WITH_SESSION: i16 = 7;
/// The first version that carries the replica's id and epoch in a tagged field (KIP-903).
const FIRST_WITH_REPLICA_STATE: i16 = 15;

/// The format of a version; panics on one that the header's check has refused.
pub(crate) fn format(version: i16) -> Format {
    assert!(ApiKey::Fetch.versions().contains(version), "Fetch version {version} was refused before");
    Format { version, flexible: ApiKey::Fetch.is_flexible(version) }
}

/// A checked fetch request.
#[derive(Debug, Clone, Copy)]
pub struct FetchRequest<'a> {
    /// Whose quorum the follower takes this for; KRaft only.
    pub cluster_id: Option<&'a str>,
    /// The follower that asks; −1 for a consumer.
    pub replica_id: i32,
    /// The follower's broker epoch, −1 if not given.
    pub replica_epoch: i64,
    /// How long to wait for `min_bytes`.
    pub max_wait_ms: i32,
    /// Answer when this much is there.
    pub min_bytes: i32,
    /// Answer with no more than this, the first batch excepted.
    pub max_bytes: i32,
    /// 0: read uncommitted, 1: read committed.
    pub isolation_level: i8,
    /// The fetch session; 0 for none.
    pub session_id: i32,
    /// 0 begins a session, −1 ends it.
    pub session_epoch: i32,
    /// Where the consumer is, to read from a near replica (KIP-392).
    pub rack_id: &'a str,
    format: Format,
    topics: usize,
    partitions: usize,
    forgotten_topics: usize,
    forgotten_partitions: usize,
    /// Behind the count of topics.
    topics_reader: Reader<'a>,
    /// Behind the count of forgotten topics.
    forgotten_reader: Reader<'a>,
}

/// One partition of a fetch request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FetchPartition<'a> {
    /// Its topic.
    pub topic: TopicRef<'a>,
    /// The topic's place among those of the request that have partitions.
    pub topic_index: usize,
    /// The partition's number.
    pub partition: i32,
    /// The leader epoch that the client knows of; −1 to skip the check.
    pub current_leader_epoch: i32,
    /// The first offset wanted.
    pub fetch_offset: i64,
    /// The epoch of the last record the client has, to find where logs part (KIP-320); −1 to skip the check.
    pub last_fetched_epoch: i32,
    /// First offset of the follower's log; −1 for a consumer.
    pub log_start_offset: i64,
    /// Answer with no more than this for the partition, a first batch excepted.
    pub partition_max_bytes: i32,
    /// The follower's log directory; KRaft only.
    pub replica_directory_id: TopicId,
    /// The high watermark that the follower knows; `i64::MAX` if not given.
    pub high_watermark: i64,
}

/// One partition that leaves a fetch session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ForgottenPartition<'a> {
    /// Its topic.
    pub topic: TopicRef<'a>,
    /// The topic's place among those that the request forgets partitions of.
    pub topic_index: usize,
    /// The partition's number.
    pub partition: i32,
}

impl<'a> FetchRequest<'a> {
    /// Checks a request body of a version that the header's check has let through.
    ///
    /// # Errors
    /// The bytes are no fetch request.
    pub fn decode(reader: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let format = format(version);
        let replica_id = if version < FIRST_WITH_REPLICA_STATE { reader.int32()? } else { -1 };
        let (max_wait_ms, min_bytes, max_bytes) = (reader.int32()?, reader.int32()?, reader.int32()?);
        let isolation_level = reader.int8()?;
        let (session_id, session_epoch) =
            if version >= FIRST_WITH_SESSION { (reader.int32()?, reader.int32()?) } else { (0, -1) };
        let topics = reader.count(format)?;
        let topics_reader = *reader;
        let mut partitions = 0;
        for _ in 0..topics {
            TopicRef::read(reader, format, FIRST_WITH_TOPIC_ID)?;
            let count = reader.count(format)?;
            for _ in 0..count {
                read_partition(reader, format, TopicRef::Name(""), 0)?;
            }
            reader.skip_tagged_fields(format)?;
            partitions += count;
        }
        let forgotten_topics = if version >= FIRST_WITH_SESSION { reader.count(format)? } else { 0 };
        let forgotten_reader = *reader;
        let mut forgotten_partitions = 0;
        for _ in 0..forgotten_topics {
            TopicRef::read(reader, format, FIRST_WITH_TOPIC_ID)?;
            let count = reader.count(format)?;
            reader.take(count * size_of::<i32>())?;
            reader.skip_tagged_fields(format)?;
            forgotten_partitions += count;
        }
        let rack_id = if version >= 11 { reader.string(format)? } else { "" };
        let mut request = FetchRequest {
            cluster_id: None,
            replica_id,
            replica_epoch: -1,
            max_wait_ms,
            min_bytes,
            max_bytes,
            isolation_level,
            session_id,
            session_epoch,
            rack_id,
            format,
            topics,
            partitions,
            forgotten_topics,
            forgotten_partitions,
            topics_reader,
            forgotten_reader,
        };
        request.read_tagged_fields(reader)?;
        Ok(request)
    }

    fn read_tagged_fields(&mut self, reader: &mut Reader<'a>) -> Result<(), DecodeError> {
        if !self.format.flexible {
            return Ok(());
        }
        for _ in 0..reader.tag_count()? {
            let (tag, mut field) = reader.tagged_field()?;
            match tag {
                0 => self.cluster_id = field.nullable_string(self.format)?,
                1 if self.format.version >= FIRST_WITH_REPLICA_STATE => {
                    self.replica_id = field.int32()?;
                    self.replica_epoch = field.int64()?;
                    field.skip_tagged_fields(self.format)?;
                }
                _ => continue,
            }
            field.finish()?;
        }
        Ok(())
    }

    /// Number of partitions, over all topics.
    #[must_use]
    pub fn partition_count(&self) -> usize {
        self.partitions
    }

    /// Number of partitions that leave the session, over all topics.
    #[must_use]
    pub fn forgotten_count(&self) -> usize {
        self.forgotten_partitions
    }

    /// The partitions in the order of the request, those of a topic side by side.
    #[must_use]
    pub fn partitions(&self) -> FetchPartitions<'a> {
        FetchPartitions(Topics::new(self.topics_reader, self.format, self.topics))
    }

    /// The partitions that leave the session, with their topics.
    #[must_use]
    pub fn forgotten(&self) -> ForgottenPartitions<'a> {
        ForgottenPartitions(Topics::new(self.forgotten_reader, self.format, self.forgotten_topics))
    }
}

#[inline]
fn read_partition<'a>(
    reader: &mut Reader<'_>,
    format: Format,
    topic: TopicRef<'a>,
    topic_index: usize,
) -> Result<FetchPartition<'a>, DecodeError> {
    let version = format.version;
    let mut partition = FetchPartition {
        topic,
        topic_index,
        partition: reader.int32()?,
        current_leader_epoch: if version >= 9 { reader.int32()? } else { -1 },
        fetch_offset: reader.int64()?,
        last_fetched_epoch: if version >= 12 { reader.int32()? } else { -1 },
        log_start_offset: if version >= 5 { reader.int64()? } else { -1 },
        partition_max_bytes: reader.int32()?,
        replica_directory_id: TopicId::ZERO,
        high_watermark: i64::MAX,
    };
    if format.flexible {
        for _ in 0..reader.tag_count()? {
            let (tag, mut field) = reader.tagged_field()?;
            match tag {
                0 if version >= 17 => partition.replica_directory_id = field.uuid()?,
                1 if version >= 18 => partition.high_watermark = field.int64()?,
                _ => continue,
            }
            field.finish()?;
        }
    }
    Ok(partition)
}

/// Where a walk over the partitions of several topics is.
#[derive(Debug, Clone)]
struct Topics<'a> {
    reader: Reader<'a>,
    format: Format,
    topics_left: usize,
    partitions_left: usize,
    topic: TopicRef<'a>,
    topic_index: usize,
    /// Some topic has had partitions.
    has_begun: bool,
}

impl<'a> Topics<'a> {
    fn new(reader: Reader<'a>, format: Format, topics: usize) -> Topics<'a> {
        let topic = TopicRef::Name("");
        let (partitions_left, topic_index, has_begun) = (0, 0, false);
        Topics { reader, format, topics_left: topics, partitions_left, topic, topic_index, has_begun }
    }

    /// Reads the next partition with `read`, passing from topic to topic.
    #[inline]
    fn next<T>(
        &mut self,
        read: impl FnOnce(&mut Reader<'a>, Format, TopicRef<'a>, usize) -> Result<T, DecodeError>,
    ) -> Result<Option<T>, DecodeError> {
        while self.partitions_left == 0 {
            if self.topics_left == 0 {
                return Ok(None);
            }
            self.begin_topic()?;
        }
        let partition = read(&mut self.reader, self.format, self.topic, self.topic_index)?;
        self.partitions_left -= 1;
        if self.partitions_left == 0 {
            self.reader.skip_tagged_fields(self.format)?;
        }
        Ok(Some(partition))
    }

    fn begin_topic(&mut self) -> Result<(), DecodeError> {
        self.topics_left -= 1;
        self.topic = TopicRef::read(&mut self.reader, self.format, FIRST_WITH_TOPIC_ID)?;
        self.partitions_left = self.reader.count(self.format)?;
        if self.partitions_left == 0 {
            self.reader.skip_tagged_fields(self.format)?;
        } else {
            self.topic_index += usize::from(std::mem::replace(&mut self.has_begun, true));
        }
        Ok(())
    }
}

/// The partitions of a [`FetchRequest`].
#[derive(Debug, Clone)]
pub struct FetchPartitions<'a>(Topics<'a>);

impl<'a> Iterator for FetchPartitions<'a> {
    type Item = FetchPartition<'a>;

    #[inline]
    fn next(&mut self) -> Option<FetchPartition<'a>> {
        self.0.next(read_partition).expect("checked when the request was decoded")
    }
}

/// The partitions that leave a fetch session.
#[derive(Debug, Clone)]
pub struct ForgottenPartitions<'a>(Topics<'a>);

impl<'a> Iterator for ForgottenPartitions<'a> {
    type Item = ForgottenPartition<'a>;

    fn next(&mut self) -> Option<ForgottenPartition<'a>> {
        let next = self.0.next(|reader, _, topic, topic_index| {
            Ok(ForgottenPartition { topic, topic_index, partition: reader.int32()? })
        });
        next.expect("checked when the request was decoded")
    }
}

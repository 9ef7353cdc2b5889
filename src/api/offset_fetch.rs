//! OffsetFetch: how far a group has come.
//!
//! From version 8 on a request names many groups, each with an owner of its own; before, there is one. An answer
//! waits until the commits that it has seen are safe.

use super::authorize::Authorized;
use super::groups::{GroupItem, GroupPart, encoded, encoded_element};
use super::{BadRequest, check_partition_count, decode};
use crate::connection::Frame;
use crate::groups::coordinator::{Coordinator, GroupReply};
use crate::groups::offsets::Committed;
use crate::shard::Shard;
use crate::shard::mail::Mail;
use crate::topics::Topics;
use loglane_model::TopicId;
use loglane_net::message::offset_fetch::{
    OffsetFetchRequest, OffsetFetchRequestGroup, OffsetFetchRequestTopics, OffsetFetchResponse,
    OffsetFetchResponseGroup, OffsetFetchResponsePartition, OffsetFetchResponsePartitions,
    OffsetFetchResponseTopic, OffsetFetchResponseTopics,
};
use loglane_net::{Array, EncodeError, ErrorCode, Message, put};
use loglane_ring::Io;

/// The first version that asks about many groups.
const FIRST_WITH_GROUPS: i16 = 8;

/// The first version that names topics by id.
const FIRST_WITH_TOPIC_ID: i16 = 10;

/// The first version whose answer has an error of its own.
const FIRST_WITH_ERROR: i16 = 2;

/// "There is none", in place of an offset.
const NO_OFFSET: i64 = -1;

/// One group's answer, in the form of the newest version.
type GroupAnswer<'a> = OffsetFetchResponseGroup<'a>;

impl<I: Io<Mail>> Shard<I> {
    pub(super) fn on_offset_fetch(
        &mut self,
        authorized: Authorized,
        frame: &Frame,
        body: &[u8],
    ) -> Result<(), BadRequest> {
        let call = authorized.call();
        let request: OffsetFetchRequest<'_> = decode(call, body)?;
        if call.version < FIRST_WITH_GROUPS {
            let topics = request.topics.iter().flat_map(Array::iter);
            check_partition_count(topics.map(|topic| topic.partition_indexes.len()))?;
            self.begin_groups(call, frame, body, std::iter::once(request.group_id));
        } else {
            let of_group = |group: OffsetFetchRequestGroup<'_>| {
                let topics = group.topics.iter().flat_map(Array::iter);
                topics.map(|topic| topic.partition_indexes.len().max(1)).sum()
            };
            check_partition_count(request.groups.iter().map(of_group))?;
            let groups: Vec<&str> = request.groups.iter().map(|group| group.group_id).collect();
            self.begin_groups(call, frame, body, groups.into_iter());
        }
        Ok(())
    }

    pub(super) fn serve_offset_fetch(&mut self, part: &GroupPart) {
        let request: OffsetFetchRequest<'_> = part.request();
        // A group may be named as often as it fits the request, and so may a partition: Kafka answers each time.
        let mut bytes_left = self.limits.answer_bytes_max;
        if part.version < FIRST_WITH_GROUPS {
            let group = only_group(&request);
            self.fetch_offsets(part, &part.only_item(), &group, request.require_stable, &mut bytes_left);
            return;
        }
        let mut items = part.items.iter().peekable();
        for (at, group) in (0u32..).zip(request.groups.iter()) {
            let Some(item) = items.next_if(|item| item.item == at) else { continue };
            self.fetch_offsets(part, item, &group, request.require_stable, &mut bytes_left);
        }
    }

    /// Answers for one group, as long as that takes no more than is left.
    fn fetch_offsets(
        &mut self,
        part: &GroupPart,
        item: &GroupItem,
        group: &OffsetFetchRequestGroup<'_>,
        require_stable: bool,
        bytes_left: &mut usize,
    ) {
        let ticket = part.ticket(item);
        let refused = |error| write_group(&failed(group, error, part.version), part.version);
        let coordinator = match self.active_coordinator(item.partition) {
            Ok(_) if *bytes_left == 0 => return self.reply_to_group(ticket, refused(TOO_MUCH)),
            Ok(_) => item.partition.and_then(|partition| self.groups.coordinator(partition)),
            Err(error) => return self.reply_to_group(ticket, refused(error)),
        };
        let coordinator = coordinator.expect("it is active");
        let view = View { coordinator, topics: &self.topics, require_stable, version: part.version };
        let answer = match &group.topics {
            Some(topics) => view.asked(group, topics),
            None => view.all(group),
        };
        let bytes = bytes_of(&answer);
        if bytes > *bytes_left {
            tracing::warn!("a request for offsets of groups asks for more than an answer may hold");
            *bytes_left = 0;
            return self.reply_to_group(ticket, refused(TOO_MUCH));
        }
        *bytes_left -= bytes;
        let (partition, reply) = (coordinator.partition, write_group(&answer, part.version));
        self.reply_when_safe(partition, ticket, reply);
    }
}

/// The code for what does not fit the answer.
const TOO_MUCH: ErrorCode = ErrorCode::UnknownServerError;

/// What a group's answer comes to in bytes, or a few more.
fn bytes_of(answer: &GroupAnswer<'_>) -> usize {
    const PARTITION_BYTES: usize = 32;
    const TOPIC_BYTES: usize = 32;
    let of_topic = |topic: OffsetFetchResponseTopics<'_>| {
        let partitions = topic.partitions.iter();
        let partitions = partitions.map(|it| PARTITION_BYTES + it.metadata.map_or(0, str::len));
        TOPIC_BYTES + topic.name.len() + partitions.sum::<usize>()
    };
    answer.group_id.len() + answer.topics.iter().map(of_topic).sum::<usize>()
}

/// The one group of an older request, in the form of the newer ones.
fn only_group<'a>(request: &OffsetFetchRequest<'a>) -> OffsetFetchRequestGroup<'a> {
    let topics = request.topics.as_ref().map(|topics| {
        let topics = topics.iter().map(|topic| OffsetFetchRequestTopics {
            name: topic.name,
            topic_id: TopicId::ZERO,
            partition_indexes: topic.partition_indexes,
        });
        topics.collect()
    });
    OffsetFetchRequestGroup { group_id: request.group_id, topics, ..OffsetFetchRequestGroup::default() }
}

/// What there is to be seen of a group.
struct View<'a> {
    coordinator: &'a Coordinator,
    topics: &'a Topics,
    require_stable: bool,
    version: i16,
}

impl<'a> View<'a> {
    /// The topics that a request names.
    fn asked<'r: 'a>(
        &self,
        group: &OffsetFetchRequestGroup<'r>,
        topics: &Array<'r, OffsetFetchRequestTopics<'r>>,
    ) -> GroupAnswer<'a> {
        let offsets = self.coordinator.group(group.group_id).map(|known| &known.offsets);
        let by_id = self.version >= FIRST_WITH_TOPIC_ID;
        let entry = |topic: &OffsetFetchRequestTopics<'_>| {
            if by_id { self.topics.by_id(topic.topic_id) } else { self.topics.by_name(topic.name) }
        };
        // As Kafka has it: what nobody knows comes last.
        let unknown = topics.iter().filter(|topic| by_id && entry(topic).is_none());
        let unknown = unknown.map(|topic| unknown_topic(&topic));
        let known = topics.iter().filter(|topic| !by_id || entry(topic).is_some()).map(|topic| {
            let entry = entry(&topic);
            let (name, id) = match entry {
                Some(entry) => (&*entry.name, entry.id),
                None => (topic.name, TopicId::ZERO),
            };
            let partitions = topic.partition_indexes.iter().map(|number| {
                let committed = offsets.and_then(|offsets| offsets.get(name, number));
                // What was committed for another topic of this name says nothing about this one.
                let committed = committed.filter(|committed| is_of(committed.topic_id, id));
                self.partition(group.group_id, name, number, committed)
            });
            OffsetFetchResponseTopics {
                name: topic.name,
                topic_id: topic.topic_id,
                partitions: partitions.collect(),
            }
        });
        let topics = known.chain(unknown);
        GroupAnswer { group_id: group.group_id, topics: topics.collect(), error_code: 0 }
    }

    /// All topics for which the group has committed offsets.
    fn all(&self, group: &OffsetFetchRequestGroup<'a>) -> GroupAnswer<'a> {
        let by_id = self.version >= FIRST_WITH_TOPIC_ID;
        let offsets = self.coordinator.group(group.group_id).map(|known| &known.offsets);
        let topics =
            offsets.into_iter().flat_map(|offsets| offsets.topics()).filter_map(|(name, partitions)| {
                let id = self.topics.by_name(name).map_or(TopicId::ZERO, |entry| entry.id);
                // A topic that is no more has no id to be named by.
                if by_id && id.is_zero() {
                    return None;
                }
                let partitions = partitions.iter().map(|(number, committed)| {
                    self.partition(group.group_id, name, *number, Some(committed))
                });
                Some(OffsetFetchResponseTopics { name, topic_id: id, partitions: partitions.collect() })
            });
        GroupAnswer { group_id: group.group_id, topics: topics.collect(), error_code: 0 }
    }

    fn partition(
        &self,
        group: &str,
        topic: &str,
        number: i32,
        committed: Option<&'a Committed>,
    ) -> OffsetFetchResponsePartitions<'a> {
        if self.require_stable && self.coordinator.transactions.has(group, topic, number) {
            return no_offset(number, ErrorCode::UnstableOffsetCommit);
        }
        match committed {
            None => no_offset(number, ErrorCode::None),
            Some(committed) => OffsetFetchResponsePartitions {
                partition_index: number,
                committed_offset: committed.offset,
                committed_leader_epoch: committed.leader_epoch,
                metadata: Some(&committed.metadata),
                error_code: 0,
            },
        }
    }
}

/// Whether a commit for a topic of one id counts for one of another, where both are known.
fn is_of(committed: TopicId, asked: TopicId) -> bool {
    committed.is_zero() || asked.is_zero() || committed == asked
}

fn no_offset(partition_index: i32, error: ErrorCode) -> OffsetFetchResponsePartitions<'static> {
    OffsetFetchResponsePartitions {
        partition_index,
        committed_offset: NO_OFFSET,
        committed_leader_epoch: -1,
        metadata: Some(""),
        error_code: error.to_i16(),
    }
}

fn unknown_topic<'a>(topic: &OffsetFetchRequestTopics<'_>) -> OffsetFetchResponseTopics<'a> {
    let partitions = topic.partition_indexes.iter();
    OffsetFetchResponseTopics {
        name: "",
        topic_id: topic.topic_id,
        partitions: partitions.map(|number| no_offset(number, ErrorCode::UnknownTopicId)).collect(),
    }
}

/// The answer about a group that is not served here now. The first version has no place for the code but beside each
/// partition.
fn failed<'a>(group: &OffsetFetchRequestGroup<'a>, error: ErrorCode, version: i16) -> GroupAnswer<'a> {
    let topics = group.topics.as_ref().filter(|_| version < FIRST_WITH_ERROR);
    let topics = topics.into_iter().flat_map(Array::iter).map(|topic| OffsetFetchResponseTopics {
        name: topic.name,
        topic_id: topic.topic_id,
        partitions: topic.partition_indexes.iter().map(|number| no_offset(number, error)).collect(),
    });
    GroupAnswer { group_id: group.group_id, topics: topics.collect(), error_code: error.to_i16() }
}

/// A group's part of the answer; of an older version, all of it.
fn write_group(group: &GroupAnswer<'_>, version: i16) -> GroupReply {
    if version >= FIRST_WITH_GROUPS {
        let format = OffsetFetchResponse::format(version).expect("a version that is served");
        return encoded_element(group, format);
    }
    let topics: Vec<_> = group
        .topics
        .iter()
        .map(|topic| OffsetFetchResponseTopic {
            name: topic.name,
            partitions: topic
                .partitions
                .iter()
                .map(|partition| OffsetFetchResponsePartition {
                    partition_index: partition.partition_index,
                    committed_offset: partition.committed_offset,
                    committed_leader_epoch: partition.committed_leader_epoch,
                    metadata: partition.metadata,
                    error_code: partition.error_code,
                })
                .collect(),
        })
        .collect();
    let response = OffsetFetchResponse {
        topics: topics.into(),
        error_code: group.error_code,
        ..OffsetFetchResponse::default()
    };
    encoded(&response, version)
}

/// The whole answer, of what each owner said.
pub(super) fn write_body(out: &mut Vec<u8>, version: i16, replies: &[GroupReply]) -> Result<(), EncodeError> {
    if version < FIRST_WITH_GROUPS {
        out.extend_from_slice(&replies[0].bytes);
        return Ok(());
    }
    let format = OffsetFetchResponse::format(version).ok_or(EncodeError::UnsupportedVersion)?;
    put::int32(out, 0);
    put::count(out, replies.len(), format)?;
    for reply in replies {
        out.extend_from_slice(&reply.bytes);
    }
    put::no_tagged_fields(out, format);
    Ok(())
}

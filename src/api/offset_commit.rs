//! OffsetCommit: a group remembers how far it has come.

use super::authorize::Authorized;
use super::groups::{GroupPart, encoded};
use super::{BadRequest, check_partition_count, decode};
use crate::connection::Frame;
use crate::groups::coordinator::GroupReply;
use crate::groups::offsets::Committed;
use crate::groups::records::Records;
use crate::shard::Shard;
use crate::shard::groups::TOO_LARGE;
use crate::shard::mail::Mail;
use crate::topics::{NamedTopic, Topics};
use loglane_model::{Offset, PartitionId, TopicId};
use loglane_net::ErrorCode;
use loglane_net::message::offset_commit::{
    OffsetCommitRequest, OffsetCommitRequestPartition, OffsetCommitResponse, OffsetCommitResponsePartition,
    OffsetCommitResponseTopic,
};
use loglane_net::topic::TopicRef;
use loglane_ring::Io;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// The first version whose answer says that there is no such group.
const FIRST_WITH_NO_GROUP: i16 = 9;

/// The first version that names topics by id.
const FIRST_WITH_TOPIC_ID: i16 = 10;

/// "As long as the broker says", in place of a retention of the client's.
const BROKERS_RETENTION: i64 = -1;

/// The topics of the answer in order, and where each of them is: a request may name very many.
#[derive(Default)]
struct Answered<'a> {
    topics: Vec<AnsweredTopic<'a>>,
    places: BTreeMap<(&'a str, TopicId), usize>,
}

/// A topic of the answer, with the code of each partition.
struct AnsweredTopic<'a> {
    name: &'a str,
    id: TopicId,
    partitions: Vec<OffsetCommitResponsePartition>,
}

/// A topic of the request whose partitions are there.
struct Accepted<'a> {
    topic: NamedTopic,
    asked: &'a str,
    partitions: Vec<OffsetCommitRequestPartition<'a>>,
}

impl<I: Io<Mail>> Shard<I> {
    pub(super) fn on_offset_commit(
        &mut self,
        authorized: Authorized,
        frame: &Frame,
        body: &[u8],
    ) -> Result<(), BadRequest> {
        let call = authorized.call();
        let request: OffsetCommitRequest<'_> = decode(call, body)?;
        check_partition_count(request.topics.iter().map(|topic| topic.partitions.len()))?;
        self.begin_groups(call, frame, body, std::iter::once(request.group_id));
        Ok(())
    }

    pub(super) fn serve_offset_commit(&mut self, part: &GroupPart) {
        let request: OffsetCommitRequest<'_> = part.request();
        let item = part.only_item();
        let (mut answered, accepted) = take_apart(&self.topics, &request, part.version);
        // What nobody could commit is answered without asking for the group, as in Kafka.
        if accepted.is_empty() {
            self.reply_to_group(part.ticket(&item), answered.reply(part.version));
            return;
        }
        let outcome = match item.partition {
            Some(partition) => self.commit_offsets(partition, &request, part.version, &accepted),
            None => Err(ErrorCode::NotCoordinator),
        };
        let metadata_max = self.metadata_bytes_max();
        for accepted in &accepted {
            let partitions = accepted.partitions.iter().map(|asked| {
                let error = match outcome {
                    Ok(()) if is_too_large(asked.committed_metadata, metadata_max) => {
                        ErrorCode::OffsetMetadataTooLarge
                    }
                    Ok(()) => ErrorCode::None,
                    Err(error) => error,
                };
                outcome_of(asked.partition_index, error)
            });
            answered.add(accepted.asked, accepted.topic.id(), partitions);
        }
        let reply = answered.reply(part.version);
        match (outcome, item.partition) {
            (Ok(()), Some(partition)) => self.reply_when_safe(partition, part.ticket(&item), reply),
            _ => self.reply_to_group(part.ticket(&item), reply),
        }
    }

    /// Appends what is committed to the group's partition, and remembers it.
    fn commit_offsets(
        &mut self,
        partition: PartitionId,
        request: &OffsetCommitRequest<'_>,
        version: i16,
        accepted: &[Accepted<'_>],
    ) -> Result<(), ErrorCode> {
        let (group, now_ms) = (request.group_id, self.wall_ms);
        self.check_committer(partition, request, version)?;
        let metadata_max = self.metadata_bytes_max();
        let expire_time_ms = match request.retention_time_ms {
            BROKERS_RETENTION => -1,
            retention_ms => now_ms.saturating_add(retention_ms),
        };
        // Of a partition that is named several times the last one counts; the group's name is in each record.
        let mut places: BTreeMap<(&str, i32), usize> = BTreeMap::new();
        let mut commits = Vec::with_capacity(accepted.iter().map(|topic| topic.partitions.len()).sum());
        for topic in accepted {
            for asked in &topic.partitions {
                if is_too_large(asked.committed_metadata, metadata_max) {
                    continue;
                }
                let committed = Committed {
                    offset: asked.committed_offset,
                    leader_epoch: asked.committed_leader_epoch,
                    metadata: asked.committed_metadata.unwrap_or_default().into(),
                    commit_time_ms: now_ms,
                    expire_time_ms,
                    topic_id: topic.topic.id(),
                    record_offset: Offset(0),
                };
                let (topic, number) = (topic.topic.name(), asked.partition_index);
                match places.entry((topic, number)) {
                    Entry::Occupied(place) => commits[*place.get()] = (topic, number, committed),
                    Entry::Vacant(place) => {
                        place.insert(commits.len());
                        commits.push((topic, number, committed));
                    }
                }
            }
        }
        let batch_bytes_max = self.group_batch_bytes_max(partition);
        let mut records = Records::new(now_ms);
        for (topic, number, committed) in &commits {
            records.commit(group, topic, *number, committed);
            if records.bytes() > batch_bytes_max {
                return Err(TOO_LARGE);
            }
        }
        let coordinator = self.active_coordinator(Some(partition))?;
        let more = commits
            .iter()
            .map(|(topic, at, commit)| coordinator.bytes_of_commit(group, topic, *at, &commit.metadata));
        let more = more.sum();
        self.check_group_memory(more)?;
        let base_offset =
            if records.is_empty() { Offset(0) } else { self.append_group_records(partition, records)? };
        let coordinator = self.active_coordinator(Some(partition))?;
        coordinator.change_group(group, |_| ());
        for (at, (topic, number, mut committed)) in (0..).zip(commits) {
            committed.record_offset = base_offset.plus(at);
            coordinator.put_offset(group, topic, number, committed);
        }
        Ok(())
    }

    /// Whether the group lets this client commit. For a member it is a sign of life.
    fn check_committer(
        &mut self,
        partition: PartitionId,
        request: &OffsetCommitRequest<'_>,
        version: i16,
    ) -> Result<(), ErrorCode> {
        let (group, generation) = (request.group_id, request.generation_id_or_member_epoch);
        let settings = self.settings.clone();
        let moment = self.group_moment(&settings);
        let coordinator = self.active_coordinator(Some(partition))?;
        if coordinator.group(group).is_none() {
            return match generation {
                // Somebody who assigns partitions to himself, or an administrator: the group begins with this commit.
                ..0 => Ok(()),
                _ if version >= FIRST_WITH_NO_GROUP => Err(ErrorCode::GroupIdNotFound),
                _ => Err(ErrorCode::IllegalGeneration),
            };
        }
        coordinator.change_group(group, |group| {
            group.on_commit(&moment, request.member_id, request.group_instance_id, generation)
        })?;
        if generation >= 0 {
            coordinator.settle(group);
            self.set_group_timer(partition);
        }
        Ok(())
    }

    fn metadata_bytes_max(&self) -> usize {
        self.settings.config.settings.offsets.metadata_bytes_max as usize
    }
}

/// Java counts UTF-16 units.
fn is_too_large(metadata: Option<&str>, units_max: usize) -> bool {
    let Some(metadata) = metadata else { return false };
    metadata.len() > units_max && metadata.encode_utf16().count() > units_max
}

/// Tells the partitions that are there from those that are not, which are answered already.
fn take_apart<'a>(
    topics: &Topics,
    request: &OffsetCommitRequest<'a>,
    version: i16,
) -> (Answered<'a>, Vec<Accepted<'a>>) {
    let (mut answered, mut accepted) = (Answered::default(), Vec::new());
    for topic in request.topics.iter() {
        let by_id = version >= FIRST_WITH_TOPIC_ID;
        let named = if by_id { TopicRef::Id(topic.topic_id) } else { TopicRef::Name(topic.name) };
        let resolved = topics.resolve(named);
        let error = match &resolved {
            NamedTopic::Missing { .. } if by_id => ErrorCode::UnknownTopicId,
            _ => ErrorCode::UnknownTopicOrPartition,
        };
        let is_there = |asked: &OffsetCommitRequestPartition<'_>| {
            resolved.place(PartitionId(asked.partition_index)).is_some()
        };
        let (there, missing): (Vec<_>, Vec<_>) = topic.partitions.iter().partition(is_there);
        if !missing.is_empty() {
            let missing = missing.iter().map(|asked| outcome_of(asked.partition_index, error));
            answered.add(topic.name, topic.topic_id, missing);
        }
        if !there.is_empty() {
            accepted.push(Accepted { topic: resolved, asked: topic.name, partitions: there });
        }
    }
    (answered, accepted)
}

fn outcome_of(partition_index: i32, error: ErrorCode) -> OffsetCommitResponsePartition {
    OffsetCommitResponsePartition { partition_index, error_code: error.to_i16() }
}

impl<'a> Answered<'a> {
    /// Adds partitions, to what is said of their topic already if there is anything.
    fn add(
        &mut self,
        name: &'a str,
        id: TopicId,
        partitions: impl Iterator<Item = OffsetCommitResponsePartition>,
    ) {
        let key = if name.is_empty() { (name, id) } else { (name, TopicId::ZERO) };
        let place = *self.places.entry(key).or_insert(self.topics.len());
        if place == self.topics.len() {
            self.topics.push(AnsweredTopic { name, id, partitions: Vec::new() });
        }
        self.topics[place].partitions.extend(partitions);
    }

    fn reply(self, version: i16) -> GroupReply {
        let topics = self.topics.into_iter().map(|topic| OffsetCommitResponseTopic {
            name: topic.name,
            topic_id: topic.id,
            partitions: topic.partitions.into(),
        });
        encoded(&OffsetCommitResponse { throttle_time_ms: 0, topics: topics.collect() }, version)
    }
}

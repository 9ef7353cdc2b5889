//! The coordinators of this shard: one for each partition of `__consumer_offsets` that it owns.
//!
//! A coordinator begins when its partition is published here, reads the partition in slices of a turn, and is gone
//! when the partition is: its topic deleted, its disk failed. What it decides is appended to the partition like any
//! other batch, and takes effect in memory at once; answers wait in line until everything that was appended before
//! them is safe, whether they changed something or only looked. So nobody ever sees what a crash could take back.

mod members;

use super::Shard;
use super::counts::Traffic;
use super::mail::Mail;
use super::scrub::Finder;
use super::timers::Timer;
use crate::groups::coordinator::{Coordinator, CoordinatorState, GroupReply, GroupTicket, Then, Waiting};
use crate::groups::expiry::Removal;
use crate::groups::loading::LoadError;
use crate::groups::partition_of_group;
use crate::groups::records::Records;
use crate::internal_topics::CONSUMER_OFFSETS;
use crate::slots::SlotId;
use loglane_model::{Bug, Offset, PartitionId, ShardId, TopicId, planted};
use loglane_net::ErrorCode;
use loglane_ring::Io;
use loglane_storage::batch::Batches;
use loglane_storage::validate::Origin;
use loglane_storage::{AppendError, ReadOutcome};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// One slice of a partition that is being read: what a turn can take in without others noticing.
const LOAD_BYTES: usize = 128 * 1024;

/// One batch of tombstones, or little more: below what any topic should allow.
const REMOVAL_BYTES: usize = 64 * 1024;

/// The code for a change that makes a larger batch than the partition takes: Kafka's coordinators have no better one.
pub(crate) const TOO_LARGE: ErrorCode = ErrorCode::UnknownServerError;

/// Until the next slice: any time at all is the next turn.
const NEXT_TURN: Duration = Duration::from_nanos(1);

/// One per shard.
#[derive(Debug, Default)]
pub(crate) struct GroupShard {
    /// The topic of the groups, once there is one, and how many partitions it had when it was first seen: another
    /// number would put groups elsewhere than where their records are.
    topic: Option<(TopicId, i32)>,
    /// By partition.
    coordinators: BTreeMap<PartitionId, Coordinator>,
}

/// Where a group is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct GroupHome {
    pub(crate) partition: PartitionId,
    pub(crate) shard: ShardId,
}

impl GroupShard {
    /// The coordinator of a partition, if it is one of this shard's.
    pub(crate) fn coordinator(&self, partition: PartitionId) -> Option<&Coordinator> {
        self.coordinators.get(&partition)
    }

    /// All of this shard's, in order of their partitions.
    pub(crate) fn coordinators(&self) -> impl Iterator<Item = &Coordinator> {
        self.coordinators.values()
    }

    /// What all groups of this shard take of the memory for them.
    pub(crate) fn bytes(&self) -> usize {
        self.coordinators.values().map(Coordinator::bytes).sum()
    }
}

impl<I: Io<Mail>> Shard<I> {
    /// Where a group is served. `None`: there is no `__consumer_offsets` yet.
    pub(crate) fn home_of_group(&self, group: &str) -> Option<GroupHome> {
        let (topic, partition_count) = self.groups.topic?;
        let partition = partition_of_group(group, partition_count);
        Some(GroupHome { partition, shard: self.topics.home_of(topic, partition)? })
    }

    /// The partition of `__consumer_offsets` that a group belongs to, if the topic is there.
    pub(crate) fn partition_of_group(&self, group: &str) -> Option<PartitionId> {
        self.home_of_group(group).map(|home| home.partition)
    }

    /// The coordinator of a partition, ready to serve.
    ///
    /// # Errors
    /// The code for a request: it is still loading, or not here.
    pub(crate) fn active_coordinator(
        &mut self,
        partition: Option<PartitionId>,
    ) -> Result<&mut Coordinator, ErrorCode> {
        let found = partition.and_then(|partition| self.groups.coordinators.get_mut(&partition));
        let coordinator = found.ok_or(ErrorCode::NotCoordinator)?;
        coordinator.absence().map_or(Ok(coordinator), Err)
    }

    /// Appends what a coordinator has decided, as one batch. The caller brings the coordinator up to date with it.
    /// Returns the offset of the first record.
    ///
    /// # Errors
    /// Nothing was appended; the code is the one for the request.
    pub(crate) fn append_group_records(
        &mut self,
        partition: PartitionId,
        records: Records,
    ) -> Result<Offset, ErrorCode> {
        let coordinator = self.groups.coordinators.get(&partition).ok_or(ErrorCode::NotCoordinator)?;
        let slot = coordinator.slot;
        let batch = records.finish();
        let log = self.partitions.get_mut(slot).ok_or(ErrorCode::NotCoordinator)?;
        match log.append(&batch, Origin::Coordinator, self.wall_ms, &mut self.pool) {
            Ok(appended) => {
                let traffic = Traffic::of_batch(appended.base_offset, appended.last_offset, batch.len());
                log.traffic.add(traffic);
                self.counts.traffic.add(traffic);
                self.mark_dirty(slot);
                Ok(appended.base_offset)
            }
            Err(error) => Err(code_of_append(&error)),
        }
    }

    /// The largest batch that a coordinator's partition takes. Who puts together what a client asks for ends there: each
    /// record repeats the name of its group.
    pub(crate) fn group_batch_bytes_max(&self, partition: PartitionId) -> usize {
        let coordinator = self.groups.coordinators.get(&partition);
        let log = coordinator.and_then(|coordinator| self.partitions.get(coordinator.slot)?.served());
        // Where there is no log the append says what is the matter.
        log.map_or(1024 * 1024, |served| served.log.config().max_message_bytes)
    }

    /// Whether groups may take so much more memory. A code that clients retry would make them wait for what does not
    /// come by itself.
    ///
    /// # Errors
    /// The code for the request.
    pub(crate) fn check_group_memory(&mut self, more: usize) -> Result<(), ErrorCode> {
        let (taken, most) = (self.groups.bytes(), self.limits.group_bytes_max);
        if taken + more <= most {
            return Ok(());
        }
        tracing::warn!(taken, most, "groups have no memory left: raise loglane.memory, or delete groups");
        Err(ErrorCode::PolicyViolation)
    }

    /// Answers when everything that was appended to the partition so far is safe.
    pub(crate) fn reply_when_safe(&mut self, partition: PartitionId, ticket: GroupTicket, reply: GroupReply) {
        let Some(coordinator) = self.groups.coordinators.get_mut(&partition) else {
            self.reply_to_group(ticket, reply);
            return;
        };
        let served = self.partitions.get(coordinator.slot).and_then(|log| log.served());
        let end_offset = served.map_or(Offset(0), |served| served.log.log_end_offset());
        let is_safe = served.is_none_or(|served| end_offset <= served.leader.high_watermark());
        if (is_safe && coordinator.waiting.is_empty()) || planted(Bug::CommitBeforeReplicated) {
            self.reply_to_group(ticket, reply);
        } else {
            coordinator.waiting.push_back(Waiting { end_offset, then: Then::Reply { ticket, reply } });
        }
    }

    /// Tells the connection's shard.
    pub(crate) fn reply_to_group(&mut self, ticket: GroupTicket, reply: GroupReply) {
        if ticket.shard == self.id {
            self.on_group_reply(ticket.request, ticket.item, reply);
        } else {
            let mail = Mail::GroupReply { request: ticket.request, item: ticket.item, reply };
            self.mail(ticket.shard, mail);
        }
    }

    fn lose_group_reply(&mut self, ticket: GroupTicket) {
        if ticket.shard == self.id {
            self.on_group_lost(ticket.request);
        } else {
            self.mail(ticket.shard, Mail::GroupLost { request: ticket.request });
        }
    }

    /// The high watermark of a partition rose: if it is one of `__consumer_offsets`, answers leave, and a reading that
    /// came to its end goes on.
    pub(super) fn on_group_high_watermark(&mut self, slot: SlotId) {
        let Some(number) = self.coordinated(slot) else { return };
        let Some(served) = self.partitions.get(slot).and_then(|partition| partition.served()) else { return };
        let high_watermark = served.leader.high_watermark();
        while let Some(coordinator) = self.groups.coordinators.get_mut(&number)
            && let Some(then) = coordinator.next_safe(high_watermark)
        {
            match then {
                Then::Reply { ticket, reply } => self.reply_to_group(ticket, reply),
                Then::Recorded { group, number: record } => self.on_group_recorded(number, &group, record),
            }
        }
        self.load_group_slice(slot);
    }

    /// The coordinator's partition in a slot, if it is one of `__consumer_offsets` that has a coordinator.
    fn coordinated(&self, slot: SlotId) -> Option<PartitionId> {
        let (topic, _) = self.groups.topic?;
        let partition = self.partitions.get(slot)?;
        let number = partition.number;
        let is_coordinated = partition.topic_id == topic
            && self.groups.coordinators.get(&number).is_some_and(|coordinator| coordinator.slot == slot);
        is_coordinated.then_some(number)
    }

    /// Metadata were published: coordinators begin for partitions of `__consumer_offsets` that are new here.
    pub(super) fn begin_coordinators(&mut self) {
        let Some(entry) = self.topics.by_name(CONSUMER_OFFSETS).cloned() else {
            self.groups.topic = None;
            return;
        };
        if self.groups.topic.is_none_or(|(known, _)| known != entry.id) {
            let count = i32::try_from(entry.partitions.len()).unwrap_or(i32::MAX);
            self.groups.topic = Some((entry.id, count));
        }
        for (number, place) in (0..).zip(&entry.partitions) {
            let number = PartitionId(number);
            let Some(slot) = place.slot else { continue };
            if self.groups.coordinators.contains_key(&number) {
                continue;
            }
            let Some(served) = self.partitions.get(slot).and_then(|partition| partition.served()) else {
                continue;
            };
            let (from, until) = (served.log.log_start_offset(), served.log.log_end_offset());
            let coordinator = Coordinator::loading(number, slot, from, until);
            self.groups.coordinators.insert(number, coordinator);
            self.load_group_slice(slot);
        }
    }

    /// A partition serves no more: if it had a coordinator, that is gone. Whether what its clients wait for has
    /// reached the disk nobody knows, so that there is no answer: they are disconnected, and look for a coordinator.
    pub(super) fn end_coordinator(&mut self, slot: SlotId) {
        let Some(number) = self.coordinated(slot) else { return };
        let Some(mut coordinator) = self.groups.coordinators.remove(&number) else { return };
        self.unload_members(&mut coordinator);
        for waiting in coordinator.waiting {
            match waiting.then {
                Then::Reply { ticket, .. } => self.lose_group_reply(ticket),
                // Whoever waits for it was told just now.
                Then::Recorded { .. } => {}
            }
        }
    }

    /// Reads the next slice of a partition that is being loaded.
    pub(super) fn load_group_slice(&mut self, slot: SlotId) {
        let Some(number) = self.coordinated(slot) else { return };
        let coordinator = self.groups.coordinators.get_mut(&number).expect("it is coordinated");
        let CoordinatorState::Loading(loading) = &mut coordinator.state else { return };
        let (from, until) = (loading.next_offset, loading.until);
        if from >= until {
            self.end_group_load(number);
            return;
        }
        let partition = self.partitions.get_mut(slot).expect("it is coordinated");
        let Some(served) = partition.served_mut() else { return };
        let high_watermark = served.leader.high_watermark();
        let extents = &mut self.scratch.extents;
        let outcome = served.log.read(from, high_watermark, LOAD_BYTES, true, &mut self.pool, extents);
        match outcome {
            Ok(ReadOutcome::Bytes { .. }) => {
                let mut bytes = Vec::new();
                for extent in self.scratch.extents.drain(..) {
                    bytes.extend_from_slice(extent.bytes());
                }
                self.take_in_group_slice(number, &bytes);
                self.timers.set(self.now.after(NEXT_TURN), Timer::GroupLoad(slot));
            }
            // The log tells when it has read; or the high watermark has yet to rise.
            Ok(ReadOutcome::Pending) => self.mark_dirty(slot),
            Ok(ReadOutcome::Empty) if from < high_watermark => {
                // Nothing is left below the end: compaction may have removed the last records.
                self.end_group_load(number);
            }
            Ok(ReadOutcome::Empty) => {}
            Err(error) => {
                tracing::error!(partition = number.0, ?error, "the groups of a partition cannot be read");
                self.fail_coordinator(number);
                self.report_found_damage(slot, Finder::Read);
            }
        }
    }

    fn take_in_group_slice(&mut self, number: PartitionId, bytes: &[u8]) {
        let coordinator = self.groups.coordinators.get_mut(&number).expect("the caller looked it up");
        if let Err(error) = take_in(coordinator, bytes) {
            tracing::error!(
                partition = number.0, %error,
                "the groups of a partition of __consumer_offsets cannot be understood: they are not served"
            );
            self.fail_coordinator(number);
        }
    }

    fn fail_coordinator(&mut self, number: PartitionId) {
        let coordinator = self.groups.coordinators.get_mut(&number).expect("the caller looked it up");
        coordinator.state = CoordinatorState::Failed;
    }

    /// Everything was read: groups are served.
    fn end_group_load(&mut self, number: PartitionId) {
        let coordinator = self.groups.coordinators.get_mut(&number).expect("the caller looked it up");
        let state = std::mem::replace(&mut coordinator.state, CoordinatorState::Active);
        let CoordinatorState::Loading(loading) = state else { unreachable!("the caller looked") };
        if loading.unknown_records > 0 {
            tracing::warn!(
                partition = number.0,
                records = loading.unknown_records,
                "__consumer_offsets has records of kinds that this version does not know: they are kept"
            );
        }
        if loading.bytes > 0 {
            let groups = coordinator.groups().count();
            tracing::info!(partition = number.0, groups, bytes = loading.bytes, "groups are loaded");
        }
        self.begin_sessions(number);
        for (topic, id) in loading.deleted_topics {
            self.forget_topic_in(number, &topic, id);
        }
    }

    /// Topics are no more: what was committed for them is forgotten.
    pub(super) fn forget_topics(&mut self, deleted: &[(Arc<str>, TopicId)]) {
        if deleted.is_empty() {
            return;
        }
        let numbers: Vec<PartitionId> = self.groups.coordinators.keys().copied().collect();
        for number in numbers {
            for (topic, id) in deleted {
                self.forget_topic_in(number, topic, *id);
            }
        }
    }

    fn forget_topic_in(&mut self, number: PartitionId, topic: &Arc<str>, id: TopicId) {
        let Some(coordinator) = self.groups.coordinators.get_mut(&number) else { return };
        match &mut coordinator.state {
            CoordinatorState::Loading(loading) => loading.deleted_topics.push((topic.clone(), id)),
            CoordinatorState::Active => {
                let removals = coordinator.of_topic(topic, id);
                self.forget_in_group_partition(number, &removals);
            }
            CoordinatorState::Failed => {}
        }
    }

    /// Forgets what has expired in all groups of this shard.
    pub(super) fn expire_offsets(&mut self) {
        let retention_ms = self.settings.config.settings.offsets.retention_ms;
        let numbers: Vec<PartitionId> = self.groups.coordinators.keys().copied().collect();
        for number in numbers {
            let now_ms = self.wall_ms;
            let Ok(coordinator) = self.active_coordinator(Some(number)) else { continue };
            let removals = coordinator.expired(now_ms, retention_ms);
            if !removals.is_empty() {
                tracing::info!(
                    partition = number.0,
                    records = removals.len(),
                    "offsets and groups have expired"
                );
                self.forget_in_group_partition(number, &removals);
            }
        }
    }

    /// Writes tombstones, and forgets what they stand for. As far as the log takes them: what is left is tried again
    /// when it expires the next time. Returns whether it took all.
    pub(crate) fn forget_in_group_partition(&mut self, number: PartitionId, removals: &[Removal]) -> bool {
        let mut left = removals;
        while !left.is_empty() {
            let mut records = Records::new(self.wall_ms);
            let mut count = 0;
            while count < left.len() && records.bytes() < REMOVAL_BYTES {
                left[count].write(&mut records);
                count += 1;
            }
            if let Err(error) = self.append_group_records(number, records) {
                tracing::warn!(partition = number.0, error = error.name(), "tombstones could not be written");
                return false;
            }
            for removal in &left[..count] {
                if let Removal::Group(name) = removal {
                    self.unload_group(number, name);
                }
            }
            if let Some(coordinator) = self.groups.coordinators.get_mut(&number) {
                coordinator.forget(&left[..count]);
            }
            left = &left[count..];
        }
        true
    }
}

/// Takes in the batches of a slice.
fn take_in(coordinator: &mut Coordinator, bytes: &[u8]) -> Result<(), LoadError> {
    for batch in Batches::trusted(bytes) {
        let CoordinatorState::Loading(loading) = &coordinator.state else { return Ok(()) };
        let batch = batch.map_err(|_| LoadError::Batch(loading.next_offset))?;
        let next_offset = batch.header.last_offset().plus(1);
        let unknown = coordinator.replay(batch.bytes)?;
        let CoordinatorState::Loading(loading) = &mut coordinator.state else { return Ok(()) };
        loading.unknown_records += unknown;
        loading.next_offset = next_offset;
    }
    if let CoordinatorState::Loading(loading) = &mut coordinator.state {
        loading.bytes += bytes.len() as u64;
    }
    Ok(())
}

/// The code for a request whose records were not appended, as Kafka's coordinators have it.
fn code_of_append(error: &AppendError) -> ErrorCode {
    match error {
        // Too large for the topic, or for any segment.
        AppendError::Refused(_) => TOO_LARGE,
        AppendError::Busy => ErrorCode::CoordinatorNotAvailable,
        AppendError::Offline => ErrorCode::NotCoordinator,
        AppendError::Producer(_) | AppendError::BadMarker(_) | AppendError::Replicated(_) => {
            unreachable!("a coordinator's records have no producer, and are its own")
        }
    }
}

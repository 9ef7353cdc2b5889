//! The members of groups, on the coordinator's shard: what follows when something happens to a group.
//!
//! Whoever lets something happen to a [`ClassicGroup`](crate::groups::classic::ClassicGroup) hands the effects to
//! [`Shard::apply_effects`], which sends the answers, appends the records, tells the group when they are safe, and
//! sees to it that the group is called when it wants to be.

use super::super::Shard;
use super::super::mail::Mail;
use super::super::timers::Timer;
use super::GroupShard;
use crate::groups::classic::ClassicGroup;
use crate::groups::coordinator::{Coordinator, Then, Waiting};
use crate::groups::records::Records;
use crate::groups::{Effects, Moment, RecordNumber};
use crate::settings::Settings;
use crate::slots::SlotId;
use loglane_model::{Instant, Offset, PartitionId};
use loglane_net::ErrorCode;
use loglane_ring::Io;
use std::sync::Arc;

impl GroupShard {
    /// For when a coordinator's timer is set.
    pub(crate) fn timer_at(&self, slot: SlotId) -> Option<Instant> {
        self.coordinators().find(|coordinator| coordinator.slot == slot)?.timer_at
    }
}

impl<I: Io<Mail>> Shard<I> {
    /// What groups may know of this moment.
    pub(crate) fn group_moment<'a>(&self, settings: &'a Settings) -> Moment<'a> {
        let settings = &settings.config.settings.groups;
        Moment { now: self.now, wall_ms: self.wall_ms, settings }
    }

    /// Has something happen to a group by the classic protocol, if it is here, and does what follows.
    pub(crate) fn change_members(
        &mut self,
        partition: PartitionId,
        group: &str,
        change: impl FnOnce(&mut ClassicGroup, &Moment<'_>) -> Effects,
    ) {
        let settings = self.settings.clone();
        let moment = self.group_moment(&settings);
        let Some(coordinator) = self.groups.coordinators.get_mut(&partition) else { return };
        let Some(classic) = coordinator.classic_mut(group) else { return };
        let effects = change(classic, &moment);
        self.apply_effects(partition, group, effects);
    }

    /// Something has happened to a group, and this follows from it.
    pub(crate) fn apply_effects(&mut self, partition: PartitionId, group: &str, effects: Effects) {
        let mut left = vec![effects];
        while let Some(effects) = left.pop() {
            for (token, answer) in effects.answers {
                self.answer_member(token, answer);
            }
            for record in effects.records {
                match self.append_group_record(partition, group, &record.value) {
                    Ok(end_offset) => self.await_group_record(partition, group, record.number, end_offset),
                    Err(error) => left.extend(self.fail_group_record(partition, group, record.number, error)),
                }
            }
        }
        if let Some(coordinator) = self.groups.coordinators.get_mut(&partition) {
            coordinator.settle(group);
            self.set_group_timer(partition);
        }
    }

    /// Appends a group's state; returns where the log ends behind it.
    fn append_group_record(
        &mut self,
        partition: PartitionId,
        group: &str,
        value: &[u8],
    ) -> Result<Offset, ErrorCode> {
        let mut records = Records::new(self.wall_ms);
        records.group(group, value);
        Ok(self.append_group_records(partition, records)?.plus(1))
    }

    fn await_group_record(
        &mut self,
        partition: PartitionId,
        group: &str,
        number: RecordNumber,
        end_offset: Offset,
    ) {
        let coordinator = self.groups.coordinators.get_mut(&partition).expect("it has just written");
        let group = coordinator.name(group).unwrap_or_else(|| Arc::from(group));
        coordinator.waiting.push_back(Waiting { end_offset, then: Then::Recorded { group, number } });
    }

    fn fail_group_record(
        &mut self,
        partition: PartitionId,
        group: &str,
        number: RecordNumber,
        error: ErrorCode,
    ) -> Option<Effects> {
        let settings = self.settings.clone();
        let moment = self.group_moment(&settings);
        let coordinator = self.groups.coordinators.get_mut(&partition)?;
        Some(coordinator.classic_mut(group)?.on_record_failed(&moment, number, error))
    }

    /// A group's record is safe.
    pub(super) fn on_group_recorded(&mut self, partition: PartitionId, group: &str, number: RecordNumber) {
        self.change_members(partition, group, |classic, moment| classic.on_record_committed(moment, number));
    }

    /// A partition was loaded: from now on the members of its groups have to show that they live.
    pub(super) fn begin_sessions(&mut self, partition: PartitionId) {
        let Some(coordinator) = self.groups.coordinators.get(&partition) else { return };
        let names: Vec<Arc<str>> = coordinator.groups().map(|(name, _)| name.clone()).collect();
        for name in names {
            self.change_members(partition, &name, ClassicGroup::on_loaded);
        }
    }

    /// A group is deleted: whoever still waits for it is told.
    pub(super) fn unload_group(&mut self, partition: PartitionId, group: &str) {
        let settings = self.settings.clone();
        let moment = self.group_moment(&settings);
        let Some(coordinator) = self.groups.coordinators.get_mut(&partition) else { return };
        let Some(classic) = coordinator.classic_mut(group) else { return };
        for (token, answer) in classic.on_unloaded(&moment).answers {
            self.answer_member(token, answer);
        }
    }

    /// A coordinator goes: whoever waits for one of its groups looks for another.
    pub(super) fn unload_members(&mut self, coordinator: &mut Coordinator) {
        let settings = self.settings.clone();
        let moment = self.group_moment(&settings);
        let names: Vec<Arc<str>> = coordinator.groups().map(|(name, _)| name.clone()).collect();
        for name in names {
            if let Some(classic) = coordinator.classic_mut(&name) {
                for (token, answer) in classic.on_unloaded(&moment).answers {
                    self.answer_member(token, answer);
                }
            }
        }
    }

    /// Sees to it that the first group of a partition that wants to be called is called in time.
    pub(crate) fn set_group_timer(&mut self, partition: PartitionId) {
        let Some(coordinator) = self.groups.coordinators.get_mut(&partition) else { return };
        let Some(wanted) = coordinator.next_deadline() else { return };
        if coordinator.timer_at.is_none_or(|at| wanted < at) {
            coordinator.timer_at = Some(wanted);
            let slot = coordinator.slot;
            self.timers.set(wanted, Timer::GroupDeadline(slot));
        }
    }

    /// Groups of a partition want to be called, or wanted to before something happened to them.
    pub(crate) fn on_group_deadline(&mut self, slot: SlotId) {
        let Some(partition) = self.coordinated(slot) else { return };
        if self.closing.has_begun() {
            return;
        }
        let settings = self.settings.clone();
        let moment = self.group_moment(&settings);
        if let Some(coordinator) = self.groups.coordinators.get_mut(&partition) {
            coordinator.timer_at = None;
        }
        while let Some(coordinator) = self.groups.coordinators.get_mut(&partition)
            && let Some(name) = coordinator.next_due(self.now)
        {
            let Some(classic) = coordinator.classic_mut(&name) else { break };
            let effects = classic.on_deadline(&moment);
            self.apply_effects(partition, &name, effects);
        }
        self.set_group_timer(partition);
    }
}

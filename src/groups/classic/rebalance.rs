//! From one generation to the next: members are called in, counted, and told.

use super::member::span;
use super::record::Then;
use super::{ClassicGroup, ClassicState, Due};
use crate::groups::{Effects, JoinAnswer, Moment, SyncAnswer};
use loglane_net::ErrorCode;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

/// The first rebalance of an empty group: how the wait for more members goes on.
#[derive(Debug, Clone, Copy)]
pub(super) struct InitialDelay {
    /// The part that is being waited now.
    delay_ms: i64,
    /// How much it may be prolonged, all in all.
    remaining_ms: i64,
}

/// A rebalance that nobody joined is not looked at more often than this: its members may ask for no time at all.
const POSTPONED_MS_MIN: i64 = 100;

impl ClassicGroup {
    /// Begins a rebalance, or looks whether the one under way is complete.
    pub(super) fn rebalance_or_go_on(
        &mut self,
        effects: &mut Effects,
        moment: &Moment<'_>,
        why: fmt::Arguments<'_>,
        client_reason: Option<&str>,
    ) {
        match self.state {
            ClassicState::Empty | ClassicState::CompletingRebalance | ClassicState::Stable => {
                self.prepare_rebalance(effects, moment, why, client_reason);
            }
            ClassicState::PreparingRebalance => self.complete_join_if_all_are_here(effects, moment),
            ClassicState::Dead => {}
        }
    }

    /// Begins a rebalance: every member has to join again.
    pub(super) fn prepare_rebalance(
        &mut self,
        effects: &mut Effects,
        moment: &Moment<'_>,
        why: fmt::Arguments<'_>,
        client_reason: Option<&str>,
    ) {
        if self.state == ClassicState::CompletingRebalance {
            self.forget_assignments(effects, moment, ErrorCode::RebalanceInProgress);
        }
        self.pending_sync.clear();
        self.deadlines.cancel(&Due::Sync);
        let is_initial = self.state == ClassicState::Empty;
        self.enter(ClassicState::PreparingRebalance, moment);
        tracing::info!(
            group = %self.id,
            generation = self.generation_id,
            %why,
            client = client_reason.unwrap_or("not provided"),
            "a group rebalances"
        );
        if is_initial {
            let delay_ms = moment.settings.initial_rebalance_delay_ms;
            let remaining_ms = (self.rebalance_timeout_ms() - delay_ms).max(0);
            self.initial_delay = Some(InitialDelay { delay_ms, remaining_ms });
            self.deadlines.set(Due::Join, moment.now.after(span(delay_ms)));
        } else if self.has_everyone() {
            self.complete_join(effects, moment);
        } else {
            self.deadlines.set(Due::Join, moment.now.after(span(self.rebalance_timeout_ms())));
        }
    }

    /// The join phase ends when the last member is in, except the one of an empty group: it takes its time.
    pub(super) fn complete_join_if_all_are_here(&mut self, effects: &mut Effects, moment: &Moment<'_>) {
        if self.state == ClassicState::PreparingRebalance
            && self.previous_state != ClassicState::Empty
            && self.has_everyone()
        {
            self.complete_join(effects, moment);
        }
    }

    /// Whether every member waits for the next generation, and nobody holds an id that is not used yet.
    pub(super) fn has_everyone(&self) -> bool {
        self.members.len() == self.awaiting_join && self.pending_members.is_empty()
    }

    /// The time for joining is up.
    pub(super) fn on_join_deadline(&mut self, effects: &mut Effects, moment: &Moment<'_>) {
        match self.initial_delay.take() {
            Some(InitialDelay { delay_ms, remaining_ms }) if self.new_member_added && remaining_ms > 0 => {
                self.new_member_added = false;
                let next_delay_ms = moment.settings.initial_rebalance_delay_ms.min(remaining_ms);
                self.initial_delay = Some(InitialDelay {
                    delay_ms: next_delay_ms,
                    remaining_ms: (remaining_ms - delay_ms).max(0),
                });
                self.deadlines.set(Due::Join, moment.now.after(span(next_delay_ms)));
            }
            _ => self.complete_join(effects, moment),
        }
    }

    /// Ends the join phase: whoever is not here is left behind, and the next generation begins.
    ///
    /// Static members stay until their session is over: they are expected back.
    pub(super) fn complete_join(&mut self, effects: &mut Effects, moment: &Moment<'_>) {
        self.deadlines.cancel(&Due::Join);
        self.initial_delay = None;
        for id in self.member_ids() {
            let member = &self.members[&id];
            if member.awaiting_join.is_none() && !member.is_static() {
                tracing::info!(group = %self.id, member = %id, "a member did not join in time");
                self.remove_member(&id);
            }
        }
        if self.state == ClassicState::Dead {
            return;
        }
        if !self.members.is_empty() && !self.elect_leader() {
            // Static members alone, none of them here: wait until one comes or their sessions are over.
            tracing::info!(group = %self.id, "nobody joined; the rebalance goes on");
            let timeout_ms = self.rebalance_timeout_ms().max(POSTPONED_MS_MIN);
            self.deadlines.set(Due::Join, moment.now.after(span(timeout_ms)));
            return;
        }
        self.begin_generation(effects, moment);
    }

    /// Makes sure that the leader is one who has joined; whether there is one.
    fn elect_leader(&mut self) -> bool {
        let is_here =
            |id: &Arc<str>| self.members.get(id).is_some_and(|member| member.awaiting_join.is_some());
        if self.leader.as_ref().is_some_and(is_here) {
            return true;
        }
        let Some(next) = self.oldest_member(|member| member.awaiting_join.is_some()) else { return false };
        tracing::info!(group = %self.id, leader = %next, "the leader did not join; another one leads");
        self.leader = Some(next);
        true
    }

    fn begin_generation(&mut self, effects: &mut Effects, moment: &Moment<'_>) {
        self.generation_id = self.generation_id.wrapping_add(1);
        self.pending_sync.clear();
        self.protocol_name = self.select_protocol();
        self.subscribed_topics = self.find_subscribed_topics();
        if self.members.is_empty() {
            self.enter(ClassicState::Empty, moment);
            tracing::info!(group = %self.id, generation = self.generation_id, "a group is empty");
            self.write_group(effects, Then::Nothing, None);
            return;
        }
        self.enter(ClassicState::CompletingRebalance, moment);
        tracing::info!(
            group = %self.id,
            generation = self.generation_id,
            members = self.members.len(),
            "a generation begins"
        );
        for id in self.member_ids() {
            let answer = self.generation_answer(&id, self.is_leader(&id));
            self.answer_join(effects, &id, answer);
            self.expect_heartbeat(&id, moment);
            if let Some(member) = self.members.get_mut(&id) {
                member.is_new = false;
            }
            self.pending_sync.insert(id);
        }
        self.sync_generation = self.generation_id;
        self.deadlines.set(Due::Sync, moment.now.after(span(self.rebalance_timeout_ms())));
    }

    /// The longest time that a member asks for.
    pub(super) fn rebalance_timeout_ms(&self) -> i64 {
        let longest = self.members.values().map(|member| member.rebalance_timeout_ms).max();
        i64::from(longest.unwrap_or(0).max(0))
    }

    /// What a member is told of the current generation.
    pub(super) fn generation_answer(&self, member_id: &str, with_members: bool) -> JoinAnswer {
        let protocol = self.protocol_name.as_deref().unwrap_or("");
        let members = if with_members {
            self.members.values().map(|member| member.joined(protocol)).collect()
        } else {
            Vec::new()
        };
        JoinAnswer {
            error: ErrorCode::None,
            generation_id: self.generation_id,
            protocol_type: self.protocol_type.clone(),
            protocol_name: self.protocol_name.clone(),
            leader: self.leader.clone().unwrap_or_else(|| Arc::from("")),
            skip_assignment: false,
            member_id: Arc::from(member_id),
            members,
        }
    }

    /// The vote: among the protocols that all support, each member has one for the first of its list. Of several with
    /// as many votes the one that the oldest of their voters chose.
    pub(super) fn select_protocol(&self) -> Option<Arc<str>> {
        let everyone = self.members.len();
        let candidates: BTreeSet<Arc<str>> = self
            .supported
            .iter()
            .filter(|(_, count)| **count == everyone)
            .map(|(name, _)| Arc::clone(name))
            .collect();
        let mut votes: BTreeMap<&Arc<str>, (usize, u64)> = BTreeMap::new();
        for member in self.members.values() {
            let vote = member.vote(&candidates).expect("whoever enters supports what all support");
            let (count, oldest) = votes.entry(vote).or_insert((0, u64::MAX));
            *count += 1;
            *oldest = member.arrival.min(*oldest);
        }
        let winner = votes.into_iter().max_by_key(|(_, (count, oldest))| (*count, u64::MAX - *oldest));
        winner.map(|(name, _)| Arc::clone(name))
    }

    /// Nobody has an assignment any more, and whoever waits for one is told why.
    pub(super) fn forget_assignments(
        &mut self,
        effects: &mut Effects,
        moment: &Moment<'_>,
        error: ErrorCode,
    ) {
        assert_eq!(self.state, ClassicState::CompletingRebalance);
        for id in self.member_ids() {
            self.members.get_mut(&id).expect("listed just now").assignment = Arc::from([]);
            if self.answer_sync(effects, &id, SyncAnswer::failed(error)) {
                self.expect_heartbeat(&id, moment);
            }
        }
    }
}

//! Assignments: the leader hands in all of them, and each member fetches its own.

use super::record::Then;
use super::{ClassicGroup, ClassicState, Due};
use crate::groups::{Effects, GroupAnswer, Moment, RequestToken, SyncAnswer};
use loglane_model::{Bug, planted};
use loglane_net::ErrorCode;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A SyncGroup whose group id is in order.
#[derive(Debug, Clone)]
pub struct SyncRequest<'a> {
    /// Whose assignment is asked for.
    pub member_id: &'a str,
    /// Of a static member.
    pub instance_id: Option<&'a str>,
    /// In which generation.
    pub generation_id: i32,
    /// The kind of group that the member believes in; `None` below version 5.
    pub protocol_type: Option<&'a str>,
    /// The protocol that the member believes in; `None` below version 5.
    pub protocol_name: Option<&'a str>,
    /// By member id, from the leader; nobody looks at what others send.
    pub assignments: Vec<(&'a str, &'a [u8])>,
}

/// What each member gets, on its way to the log.
pub(super) type Assignments = BTreeMap<Arc<str>, Arc<[u8]>>;

impl ClassicGroup {
    /// A SyncGroup.
    #[must_use]
    pub fn on_sync(&mut self, token: RequestToken, request: &SyncRequest<'_>) -> Effects {
        let mut effects = Effects::default();
        if let Err(error) = self.check_sync(request) {
            effects.answer(token, GroupAnswer::Sync(SyncAnswer::failed(error)));
            return effects;
        }
        match self.state {
            ClassicState::PreparingRebalance => {
                let answer = SyncAnswer::failed(ErrorCode::RebalanceInProgress);
                effects.answer(token, GroupAnswer::Sync(answer));
            }
            ClassicState::CompletingRebalance => {
                self.note_sync(request.member_id);
                self.members.get_mut(request.member_id).expect("checked just now").awaiting_sync =
                    Some(token);
                if self.is_leader(request.member_id) {
                    self.store_assignments(&mut effects, request);
                }
            }
            ClassicState::Stable => {
                self.note_sync(request.member_id);
                effects.answer(token, GroupAnswer::Sync(self.assignment_of(request.member_id)));
            }
            ClassicState::Empty | ClassicState::Dead => unreachable!("refused just now"),
        }
        self.assert_sound();
        effects
    }

    fn check_sync(&self, request: &SyncRequest<'_>) -> Result<(), ErrorCode> {
        match self.state {
            ClassicState::Dead => return Err(ErrorCode::CoordinatorNotAvailable),
            ClassicState::Empty => return Err(ErrorCode::UnknownMemberId),
            ClassicState::PreparingRebalance | ClassicState::CompletingRebalance | ClassicState::Stable => {}
        }
        self.check_member(request.member_id, request.instance_id)?;
        if request.generation_id != self.generation_id {
            return Err(ErrorCode::IllegalGeneration);
        }
        let differ = |theirs: Option<&str>, ours: Option<&str>| {
            theirs.zip(ours).is_some_and(|(theirs, ours)| theirs != ours)
        };
        if differ(request.protocol_type, self.protocol_type.as_deref())
            || differ(request.protocol_name, self.protocol_name.as_deref())
        {
            return Err(ErrorCode::InconsistentGroupProtocol);
        }
        Ok(())
    }

    /// A member has asked for its assignment.
    fn note_sync(&mut self, member_id: &str) {
        self.pending_sync.remove(member_id);
        if self.pending_sync.is_empty() {
            self.deadlines.cancel(&Due::Sync);
        }
    }

    /// The leader has spoken: what it says goes to the log first.
    fn store_assignments(&mut self, effects: &mut Effects, request: &SyncRequest<'_>) {
        let mut assignments = Assignments::new();
        for (member_id, assignment) in &request.assignments {
            if let Some((id, _)) = self.members.get_key_value(*member_id) {
                assignments.insert(Arc::clone(id), Arc::from(*assignment));
            }
        }
        let without = self.members.len() - assignments.len();
        if without > 0 {
            tracing::warn!(group = %self.id, members = without, "the leader assigned nothing to some members");
        }
        let assignments = Arc::new(assignments);
        let then =
            Then::Assigned { generation_id: self.generation_id, assignments: Arc::clone(&assignments) };
        self.write_group(effects, then, Some(&assignments));
    }

    /// The assignments are in the log: all may have them.
    pub(super) fn publish_assignments(
        &mut self,
        effects: &mut Effects,
        moment: &Moment<'_>,
        assignments: &Assignments,
    ) {
        for id in self.member_ids() {
            let member = self.members.get_mut(&id).expect("listed just now");
            member.assignment = assignments.get(&id).cloned().unwrap_or_else(|| Arc::from([]));
            let answer = self.assignment_of(&id);
            if self.answer_sync(effects, &id, answer) {
                // Its session may have passed while it waited here.
                self.expect_heartbeat(&id, moment);
            }
        }
        self.enter(ClassicState::Stable, moment);
        tracing::info!(
            group = %self.id,
            generation = self.generation_id,
            members = self.members.len(),
            "a group is stable"
        );
    }

    fn assignment_of(&self, member_id: &str) -> SyncAnswer {
        let mut member = self.members.get(member_id).expect("only members are answered");
        if planted(Bug::SwapAssignments) {
            member = self.members.values().next().unwrap_or(member);
        }
        SyncAnswer {
            error: ErrorCode::None,
            protocol_type: self.protocol_type.clone(),
            protocol_name: self.protocol_name.clone(),
            assignment: Arc::clone(&member.assignment),
        }
    }
}

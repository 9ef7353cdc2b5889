//! What the passing of time does to a group.

use super::{ClassicGroup, ClassicState, Due};
use crate::groups::{Effects, JoinAnswer, Moment};
use loglane_model::{Bug, planted};
use loglane_net::ErrorCode;
use std::sync::Arc;

impl ClassicGroup {
    /// The time of [`ClassicGroup::next_deadline`] has come. Too early a call does nothing.
    #[must_use]
    pub fn on_deadline(&mut self, moment: &Moment<'_>) -> Effects {
        let mut effects = Effects::default();
        while let Some(due) = self.deadlines.take_due(moment.now) {
            match due {
                Due::Join => self.on_join_deadline(&mut effects, moment),
                Due::Sync => self.on_sync_deadline(&mut effects, moment),
                Due::Session(id) => self.on_session_deadline(&mut effects, moment, &id),
            }
        }
        self.assert_sound();
        effects
    }

    /// Nothing was heard of a member for too long, or an id that was given out was not used.
    fn on_session_deadline(&mut self, effects: &mut Effects, moment: &Moment<'_>, id: &Arc<str>) {
        if planted(Bug::NeverExpireMembers) {
            return;
        }
        if let Some(member) = self.members.get(id) {
            if member.is_excused() {
                // The next deadline is set when it is answered.
                return;
            }
            tracing::info!(group = %self.id, member = %id, "nothing was heard of a member, it is removed");
            self.answer_join(effects, id, JoinAnswer::failed(ErrorCode::UnknownMemberId, ""));
        } else {
            assert!(self.pending_members.contains(id), "a session is that of a member");
            tracing::info!(group = %self.id, member = %id, "a pending member did not come back");
        }
        let was_pending = !self.members.contains_key(id);
        self.remove_member(id);
        match self.state {
            ClassicState::Stable | ClassicState::CompletingRebalance if !was_pending => {
                self.rebalance_or_go_on(effects, moment, format_args!("member {id} is silent"), None);
            }
            // Unlike a join, an expiry also ends the initial wait.
            ClassicState::PreparingRebalance if self.has_everyone() => self.complete_join(effects, moment),
            ClassicState::PreparingRebalance
            | ClassicState::Stable
            | ClassicState::CompletingRebalance
            | ClassicState::Empty
            | ClassicState::Dead => {}
        }
    }

    /// Members have joined the generation and then not asked for their assignment.
    fn on_sync_deadline(&mut self, effects: &mut Effects, moment: &Moment<'_>) {
        assert_eq!(self.sync_generation, self.generation_id, "a new generation has a deadline of its own");
        assert!(
            matches!(self.state, ClassicState::CompletingRebalance | ClassicState::Stable),
            "a rebalance cancels the deadline"
        );
        let silent: Vec<Arc<str>> = self.pending_sync.iter().cloned().collect();
        if silent.is_empty() {
            return;
        }
        for id in &silent {
            tracing::info!(group = %self.id, member = %id, "a member did not ask for its assignment");
            self.remove_member(id);
        }
        self.prepare_rebalance(effects, moment, format_args!("members did not ask for assignments"), None);
    }
}

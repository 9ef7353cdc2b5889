//! Signs of life, and goodbyes.

use super::record::Then;
use super::{ClassicGroup, ClassicState};
use crate::groups::{
    Effects, GroupAnswer, JoinAnswer, LeaveAnswer, LeftMember, Moment, RequestToken, SyncAnswer,
};
use loglane_net::ErrorCode;
use std::sync::Arc;

/// A Heartbeat whose group id is in order.
#[derive(Debug, Clone, Copy)]
pub struct HeartbeatRequest<'a> {
    /// Who lives.
    pub member_id: &'a str,
    /// Of a static member.
    pub instance_id: Option<&'a str>,
    /// In which generation.
    pub generation_id: i32,
}

/// One member of a LeaveGroup. Below version 3 there is one, without an instance.
#[derive(Debug, Clone, Copy)]
pub struct LeavingMember<'a> {
    /// May be empty where the instance is named: an administrator removes a static member.
    pub member_id: &'a str,
    /// Of a static member.
    pub instance_id: Option<&'a str>,
    /// Why it goes, for the log.
    pub reason: Option<&'a str>,
}

impl ClassicGroup {
    /// A Heartbeat. The answer is the error.
    pub fn on_heartbeat(&mut self, moment: &Moment<'_>, request: &HeartbeatRequest<'_>) -> ErrorCode {
        if self.state == ClassicState::Dead {
            return ErrorCode::CoordinatorNotAvailable;
        }
        if let Err(error) = self.check_member(request.member_id, request.instance_id) {
            return error;
        }
        if request.generation_id != self.generation_id {
            return ErrorCode::IllegalGeneration;
        }
        self.expect_heartbeat(request.member_id, moment);
        match self.state {
            ClassicState::PreparingRebalance => ErrorCode::RebalanceInProgress,
            // Members begin to send heartbeats as soon as they know the generation.
            ClassicState::CompletingRebalance | ClassicState::Stable => ErrorCode::None,
            ClassicState::Empty | ClassicState::Dead => unreachable!("such groups have no members"),
        }
    }

    /// A LeaveGroup. Its answer waits for the log if nobody is left.
    #[must_use]
    pub fn on_leave(
        &mut self,
        moment: &Moment<'_>,
        token: RequestToken,
        leaving: &[LeavingMember<'_>],
    ) -> Effects {
        let mut effects = Effects::default();
        if self.state == ClassicState::Dead {
            let answer = LeaveAnswer::failed(ErrorCode::CoordinatorNotAvailable);
            effects.answer(token, GroupAnswer::Leave(answer));
            return effects;
        }
        let mut members = Vec::with_capacity(leaving.len());
        let mut has_left = false;
        for member in leaving {
            let result = self.leave(&mut effects, member);
            has_left |= result.is_ok();
            members.push(LeftMember {
                member_id: Arc::from(member.member_id),
                instance_id: member.instance_id.map(Arc::from),
                error: result.err().unwrap_or(ErrorCode::None),
            });
        }
        if has_left && self.state != ClassicState::Empty {
            self.rebalance_or_go_on(&mut effects, moment, format_args!("members have left"), None);
        }
        let answer = LeaveAnswer { error: ErrorCode::None, members };
        match effects.records.last() {
            Some(record) => {
                self.in_flight.insert(record.number, Then::Left { token, answer });
            }
            None => effects.answer(token, GroupAnswer::Leave(answer)),
        }
        self.assert_sound();
        effects
    }

    fn leave(&mut self, effects: &mut Effects, leaving: &LeavingMember<'_>) -> Result<(), ErrorCode> {
        let id = if leaving.member_id.is_empty() {
            let instance = leaving.instance_id.ok_or(ErrorCode::UnknownMemberId)?;
            self.static_members.get(instance).cloned().ok_or(ErrorCode::UnknownMemberId)?
        } else {
            if !self.pending_members.contains(leaving.member_id) {
                self.check_member(leaving.member_id, leaving.instance_id)?;
            }
            Arc::from(leaving.member_id)
        };
        tracing::info!(
            group = %self.id,
            member = %id,
            client = leaving.reason.unwrap_or("not provided"),
            "a member leaves"
        );
        // If it is still there after all it joins anew.
        self.answer_join(effects, &id, JoinAnswer::failed(ErrorCode::UnknownMemberId, ""));
        self.answer_sync(effects, &id, SyncAnswer::failed(ErrorCode::UnknownMemberId));
        self.remove_member(&id);
        Ok(())
    }
}

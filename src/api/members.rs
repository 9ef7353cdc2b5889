//! JoinGroup, SyncGroup, Heartbeat and LeaveGroup: a client becomes a member of a group, learns what it has to do, shows
//! that it lives, and goes.
//!
//! The group decides (`groups/classic`), at once or much later; here is what stands around it: the checks that need no
//! group, and the form of the answers.

use super::authorize::Authorized;
use super::groups::{GroupPart, encoded};
use super::{BadRequest, decode};
use crate::connection::Frame;
use crate::groups::classic::{
    ClassicGroup, HeartbeatRequest as Heartbeat, JoinRequest, LeavingMember, Protocol, SyncRequest,
};
use crate::groups::coordinator::{GroupReply, GroupTicket, Members};
use crate::groups::{GroupAnswer, JoinAnswer, LeaveAnswer, LeftMember, RequestToken, SyncAnswer};
use crate::shard::Shard;
use crate::shard::mail::Mail;
use crate::slots::SlotId;
use loglane_model::PartitionId;
use loglane_net::ErrorCode;
use loglane_net::message::heartbeat::{HeartbeatRequest, HeartbeatResponse};
use loglane_net::message::join_group::{JoinGroupRequest, JoinGroupResponse, JoinGroupResponseMember};
use loglane_net::message::leave_group::{LeaveGroupRequest, LeaveGroupResponse, MemberResponse};
use loglane_net::message::sync_group::{SyncGroupRequest, SyncGroupResponse};
use loglane_ring::Io;
use std::sync::Arc;

/// JoinGroup: the first version with a rebalance timeout of its own.
const FIRST_WITH_REBALANCE_TIMEOUT: i16 = 1;
/// JoinGroup: the first version in which a new member gets an id and then joins with it.
const FIRST_WITH_MEMBER_ID_REQUIRED: i16 = 4;
/// JoinGroup: the first version in which a protocol may have no name.
const FIRST_WITHOUT_PROTOCOL: i16 = 7;
/// JoinGroup: the first version in which a leader may have nothing to assign.
const FIRST_WITH_SKIPPED_ASSIGNMENT: i16 = 9;
/// SyncGroup: the first version that has to say which protocol it is about.
const FIRST_WITH_NAMED_PROTOCOL: i16 = 5;
/// LeaveGroup: the first version with many members.
const FIRST_WITH_MEMBERS: i16 = 3;

/// What a member takes of the memory for groups besides the bytes of its request.
const MEMBER_BYTES: usize = 1024;

impl<I: Io<Mail>> Shard<I> {
    pub(super) fn on_join_group(
        &mut self,
        authorized: Authorized,
        frame: &Frame,
        body: &[u8],
    ) -> Result<(), BadRequest> {
        let request: JoinGroupRequest<'_> = decode(authorized.call(), body)?;
        self.begin_groups(authorized.call(), frame, body, std::iter::once(request.group_id));
        Ok(())
    }

    pub(super) fn on_sync_group(
        &mut self,
        authorized: Authorized,
        frame: &Frame,
        body: &[u8],
    ) -> Result<(), BadRequest> {
        let request: SyncGroupRequest<'_> = decode(authorized.call(), body)?;
        self.begin_groups(authorized.call(), frame, body, std::iter::once(request.group_id));
        Ok(())
    }

    pub(super) fn on_heartbeat(
        &mut self,
        authorized: Authorized,
        frame: &Frame,
        body: &[u8],
    ) -> Result<(), BadRequest> {
        let request: HeartbeatRequest<'_> = decode(authorized.call(), body)?;
        self.begin_groups(authorized.call(), frame, body, std::iter::once(request.group_id));
        Ok(())
    }

    pub(super) fn on_leave_group(
        &mut self,
        authorized: Authorized,
        frame: &Frame,
        body: &[u8],
    ) -> Result<(), BadRequest> {
        let request: LeaveGroupRequest<'_> = decode(authorized.call(), body)?;
        self.begin_groups(authorized.call(), frame, body, std::iter::once(request.group_id));
        Ok(())
    }

    pub(super) fn serve_join_group(&mut self, part: &GroupPart) {
        let request: JoinGroupRequest<'_> = part.request();
        let item = part.only_item();
        match self.prepare_join(item.partition, &request, part) {
            Err(answer) => {
                self.answer_member(part.token(), GroupAnswer::Join(answer));
            }
            Ok(partition) => {
                let random = u128::from(self.io.random()) << 64 | u128::from(self.io.random());
                let (client_id, client_host) = (part.client_id(), part.client_host());
                let join = join_request(&request, client_id, &client_host, part.version);
                let token = part.token();
                self.change_members(partition, request.group_id, |group, moment| {
                    group.on_join(moment, token, &join, random)
                });
            }
        }
    }

    /// Refuses what needs no group to be refused, and makes a group for the first member of one.
    fn prepare_join(
        &mut self,
        partition: Option<PartitionId>,
        request: &JoinGroupRequest<'_>,
        part: &GroupPart,
    ) -> Result<PartitionId, JoinAnswer> {
        let refused = |error| JoinAnswer::failed(error, request.member_id);
        if request.group_id.is_empty() {
            return Err(refused(ErrorCode::InvalidGroupId));
        }
        let bounds = &self.settings.config.settings.groups;
        let bounds = bounds.session_timeout_ms_min..=bounds.session_timeout_ms_max;
        if !bounds.contains(&i64::from(request.session_timeout_ms)) {
            return Err(refused(ErrorCode::InvalidSessionTimeout));
        }
        let wall_ms = self.wall_ms;
        let coordinator =
            self.active_coordinator(partition).map_err(|error| JoinAnswer::failed(error, ""))?;
        let partition = coordinator.partition;
        let is_known = match coordinator.group(request.group_id).map(|group| &group.members) {
            None if !request.member_id.is_empty() => return Err(refused(ErrorCode::UnknownMemberId)),
            None => false,
            Some(Members::Newer { .. }) => {
                return Err(JoinAnswer::failed(ErrorCode::InconsistentGroupProtocol, ""));
            }
            Some(Members::Classic(_)) => true,
        };
        self.check_group_memory(part.body_bytes() + MEMBER_BYTES)
            .map_err(|_| JoinAnswer::failed(ErrorCode::GroupMaxSizeReached, ""))?;
        if !is_known {
            let coordinator = self.active_coordinator(Some(partition)).expect("it was just now");
            let group = ClassicGroup::new(request.group_id, wall_ms);
            coordinator.put_members(request.group_id, Members::Classic(Box::new(group)));
        }
        Ok(partition)
    }

    pub(super) fn serve_sync_group(&mut self, part: &GroupPart) {
        let request: SyncGroupRequest<'_> = part.request();
        let item = part.only_item();
        let is_named = request.protocol_type.is_some() && request.protocol_name.is_some();
        if part.version >= FIRST_WITH_NAMED_PROTOCOL && !is_named {
            let answer = SyncAnswer::failed(ErrorCode::InconsistentGroupProtocol);
            self.answer_member(part.token(), GroupAnswer::Sync(answer));
            return;
        }
        let checked = self
            .find_members(item.partition, request.group_id)
            .and_then(|partition| self.check_group_memory(part.body_bytes()).map(|()| partition));
        let partition = match checked {
            Ok(partition) => partition,
            Err(error) => {
                self.answer_member(part.token(), GroupAnswer::Sync(SyncAnswer::failed(error)));
                return;
            }
        };
        let sync = SyncRequest {
            member_id: request.member_id,
            instance_id: request.group_instance_id,
            generation_id: request.generation_id,
            protocol_type: request.protocol_type,
            protocol_name: request.protocol_name,
            assignments: request
                .assignments
                .iter()
                .map(|given| (given.member_id, given.assignment))
                .collect(),
        };
        let token = part.token();
        self.change_members(partition, request.group_id, |group, _| group.on_sync(token, &sync));
    }

    pub(super) fn serve_heartbeat(&mut self, part: &GroupPart) {
        let request: HeartbeatRequest<'_> = part.request();
        let item = part.only_item();
        let ticket = part.ticket(&item);
        let found = self.find_members(item.partition, request.group_id);
        let settings = Arc::clone(&self.settings);
        let moment = self.group_moment(&settings);
        let heartbeat = Heartbeat {
            member_id: request.member_id,
            instance_id: request.group_instance_id,
            generation_id: request.generation_id,
        };
        let error = match found {
            Ok(partition) => self
                .active_coordinator(Some(partition))
                .expect("it was just now")
                .classic_mut(request.group_id)
                .map_or(ErrorCode::UnknownMemberId, |group| group.on_heartbeat(&moment, &heartbeat)),
            // Nobody knows yet. Members are given the benefit of the doubt, as in Kafka.
            Err(ErrorCode::CoordinatorLoadInProgress) => ErrorCode::None,
            Err(error) => error,
        };
        let response = HeartbeatResponse { throttle_time_ms: 0, error_code: error.to_i16() };
        let reply = encoded(&response, part.version);
        match found {
            // In line with the records before it, which may be what the member hears of by it.
            Ok(partition) => self.reply_when_safe(partition, ticket, reply),
            Err(_) => self.reply_to_group(ticket, reply),
        }
    }

    pub(super) fn serve_leave_group(&mut self, part: &GroupPart) {
        let request: LeaveGroupRequest<'_> = part.request();
        let item = part.only_item();
        let leaving: Vec<LeavingMember<'_>> = if part.version < FIRST_WITH_MEMBERS {
            vec![LeavingMember { member_id: request.member_id, instance_id: None, reason: None }]
        } else {
            let members = request.members.iter();
            let leaving = members.map(|member| LeavingMember {
                member_id: member.member_id,
                instance_id: member.group_instance_id,
                reason: member.reason,
            });
            leaving.collect()
        };
        match self.find_members(item.partition, request.group_id) {
            Ok(partition) => {
                let token = part.token();
                self.change_members(partition, request.group_id, |group, moment| {
                    group.on_leave(moment, token, &leaving)
                });
            }
            Err(error) => {
                let answer = match error {
                    ErrorCode::UnknownMemberId => nobody_left(&leaving),
                    error => LeaveAnswer::failed(error),
                };
                self.answer_member(part.token(), GroupAnswer::Leave(answer));
            }
        }
    }

    /// Where a group by the classic protocol is served: here, and ready.
    fn find_members(&mut self, partition: Option<PartitionId>, name: &str) -> Result<PartitionId, ErrorCode> {
        if name.is_empty() {
            return Err(ErrorCode::InvalidGroupId);
        }
        let coordinator = self.active_coordinator(partition)?;
        let partition = coordinator.partition;
        coordinator.classic_mut(name).map(|_| partition).ok_or(ErrorCode::UnknownMemberId)
    }
}

fn join_request<'a>(
    request: &JoinGroupRequest<'a>,
    client_id: &'a str,
    client_host: &'a str,
    version: i16,
) -> JoinRequest<'a> {
    let protocols = request
        .protocols
        .iter()
        .map(|protocol| Protocol { name: Arc::from(protocol.name), metadata: Arc::from(protocol.metadata) });
    JoinRequest {
        client_id,
        client_host,
        member_id: request.member_id,
        instance_id: request.group_instance_id,
        session_timeout_ms: request.session_timeout_ms,
        rebalance_timeout_ms: if version < FIRST_WITH_REBALANCE_TIMEOUT {
            request.session_timeout_ms
        } else {
            request.rebalance_timeout_ms
        },
        protocol_type: request.protocol_type,
        protocols: protocols.collect(),
        reason: request.reason.filter(|reason| !reason.is_empty()),
        requires_known_member_id: version >= FIRST_WITH_MEMBER_ID_REQUIRED,
        may_skip_assignment: version >= FIRST_WITH_SKIPPED_ASSIGNMENT,
    }
}

/// The answer to a LeaveGroup of a group that is not there.
fn nobody_left(leaving: &[LeavingMember<'_>]) -> LeaveAnswer {
    let members = leaving.iter().map(|member| LeftMember {
        member_id: Arc::from(member.member_id),
        instance_id: member.instance_id.map(Arc::from),
        error: ErrorCode::UnknownMemberId,
    });
    LeaveAnswer { error: ErrorCode::None, members: members.collect() }
}

impl GroupPart {
    /// The request, which is about one group, as its members keep it.
    pub(crate) fn token(&self) -> RequestToken {
        RequestToken { shard: self.shard, request: self.request.pack(), version: self.version }
    }
}

impl<I: Io<Mail>> Shard<I> {
    /// Answers a member, now or long after it has asked.
    pub(crate) fn answer_member(&mut self, token: RequestToken, answer: GroupAnswer) {
        let ticket = GroupTicket { shard: token.shard, request: SlotId::unpack(token.request), item: 0 };
        let reply = match answer {
            GroupAnswer::Join(answer) => join_reply(&answer, token.version),
            GroupAnswer::Sync(answer) => sync_reply(&answer, token.version),
            GroupAnswer::Heartbeat(error) => {
                let response = HeartbeatResponse { throttle_time_ms: 0, error_code: error.to_i16() };
                encoded(&response, token.version)
            }
            GroupAnswer::Leave(answer) => leave_reply(&answer, token.version),
        };
        self.reply_to_group(ticket, reply);
    }
}

fn join_reply(answer: &JoinAnswer, version: i16) -> GroupReply {
    let no_name = if version >= FIRST_WITHOUT_PROTOCOL { None } else { Some("") };
    let members = answer.members.iter().map(|member| JoinGroupResponseMember {
        member_id: &member.member_id,
        group_instance_id: member.instance_id.as_deref(),
        metadata: &member.metadata,
    });
    let response = JoinGroupResponse {
        throttle_time_ms: 0,
        error_code: answer.error.to_i16(),
        generation_id: answer.generation_id,
        protocol_type: answer.protocol_type.as_deref(),
        protocol_name: answer.protocol_name.as_deref().or(no_name),
        leader: &answer.leader,
        skip_assignment: answer.skip_assignment,
        member_id: &answer.member_id,
        members: members.collect(),
    };
    encoded(&response, version)
}

fn sync_reply(answer: &SyncAnswer, version: i16) -> GroupReply {
    let response = SyncGroupResponse {
        throttle_time_ms: 0,
        error_code: answer.error.to_i16(),
        protocol_type: answer.protocol_type.as_deref(),
        protocol_name: answer.protocol_name.as_deref(),
        assignment: &answer.assignment,
    };
    encoded(&response, version)
}

fn leave_reply(answer: &LeaveAnswer, version: i16) -> GroupReply {
    if version < FIRST_WITH_MEMBERS {
        let of_member = answer.members.first().map_or(ErrorCode::None, |member| member.error);
        let error = if answer.error == ErrorCode::None { of_member } else { answer.error };
        return encoded(
            &LeaveGroupResponse { error_code: error.to_i16(), ..LeaveGroupResponse::default() },
            version,
        );
    }
    let members = answer.members.iter().map(|member| MemberResponse {
        member_id: &member.member_id,
        group_instance_id: member.instance_id.as_deref(),
        error_code: member.error.to_i16(),
    });
    let response = LeaveGroupResponse {
        throttle_time_ms: 0,
        error_code: answer.error.to_i16(),
        members: members.collect(),
    };
    encoded(&response, version)
}

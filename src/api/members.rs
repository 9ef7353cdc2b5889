//! What members of groups are told, in the form of the version in which they asked.

use super::groups::{GroupPart, encoded};
use crate::groups::coordinator::{GroupReply, GroupTicket};
use crate::groups::{GroupAnswer, JoinAnswer, LeaveAnswer, RequestToken, SyncAnswer};
use crate::shard::Shard;
use crate::shard::mail::Mail;
use crate::slots::SlotId;
use loglane_net::ErrorCode;
use loglane_net::message::heartbeat::HeartbeatResponse;
use loglane_net::message::join_group::{JoinGroupResponse, JoinGroupResponseMember};
use loglane_net::message::leave_group::{LeaveGroupResponse, MemberResponse};
use loglane_net::message::sync_group::SyncGroupResponse;
use loglane_ring::Io;

/// The first version of JoinGroup in which a protocol may have no name.
const FIRST_WITHOUT_PROTOCOL: i16 = 7;

/// The first version of LeaveGroup with many members.
const FIRST_WITH_MEMBERS: i16 = 3;

impl GroupPart {
    /// The request, which is about one group, as its members keep it.
    #[allow(dead_code, reason = "for members, whose requests come next")]
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

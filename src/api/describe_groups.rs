//! DescribeGroups: the members of groups by the classic protocol, and what they have.

use super::authorize::Authorized;
use super::groups::{GroupPart, encoded_element, number_of_groups};
use super::{BadRequest, decode};
use crate::connection::Frame;
use crate::groups::classic::{ClassicGroup, ClassicState};
use crate::groups::coordinator::{GroupReply, Members};
use crate::shard::Shard;
use crate::shard::mail::Mail;
use loglane_model::PartitionId;
use loglane_net::message::describe_groups::{
    DescribeGroupsRequest, DescribeGroupsResponse, DescribedGroup, DescribedGroupMember,
};
use loglane_net::{EncodeError, ErrorCode, Message as _, put};
use loglane_ring::Io;

/// The first version with a throttle time.
const FIRST_WITH_THROTTLE_TIME: i16 = 1;
/// The first version that can ask what the client may do with a group.
const FIRST_WITH_OPERATIONS: i16 = 3;
/// The first version that says that there is no such group; before, it is dead.
const FIRST_WITH_NO_GROUP: i16 = 6;

/// What everybody may do with groups where nobody is asked who he is: read, delete, describe, describe and alter
/// configurations. A bit for each operation, by its number in Kafka.
const ALL_OPERATIONS: i32 = 1 << 3 | 1 << 6 | 1 << 8 | 1 << 10 | 1 << 11;

impl<I: Io<Mail>> Shard<I> {
    pub(super) fn on_describe_groups(
        &mut self,
        authorized: Authorized,
        frame: &Frame,
        body: &[u8],
    ) -> Result<(), BadRequest> {
        let request: DescribeGroupsRequest<'_> = decode(authorized.call(), body)?;
        number_of_groups(request.groups.len())?;
        let names: Vec<&str> = request.groups.iter().collect();
        self.begin_groups(authorized.call(), frame, body, names.into_iter());
        Ok(())
    }

    pub(super) fn serve_describe_groups(&mut self, part: &GroupPart) {
        let request: DescribeGroupsRequest<'_> = part.request();
        let with_operations = part.version >= FIRST_WITH_OPERATIONS && request.include_authorized_operations;
        let mut bytes_left = self.limits.answer_bytes_max;
        let mut items = part.items.iter().peekable();
        for (at, name) in (0u32..).zip(request.groups.iter()) {
            let Some(item) = items.next_if(|item| item.item == at) else { continue };
            let reply = if bytes_left == 0 {
                // A name may be repeated as often as it fits the request.
                tracing::warn!("a request for descriptions of groups asks for more than an answer may hold");
                write(&failed(name, ErrorCode::UnknownServerError), part.version)
            } else {
                self.describe_group(item.partition, name, with_operations, part.version)
            };
            bytes_left = bytes_left.saturating_sub(reply.bytes.len());
            match item.partition {
                Some(partition) => self.reply_when_safe(partition, part.ticket(item), reply),
                None => self.reply_to_group(part.ticket(item), reply),
            }
        }
    }

    fn describe_group(
        &mut self,
        partition: Option<PartitionId>,
        name: &str,
        with_operations: bool,
        version: i16,
    ) -> GroupReply {
        let coordinator = match self.active_coordinator(partition) {
            Ok(coordinator) => coordinator,
            Err(error) => return write(&failed(name, error), version),
        };
        let mut described = match coordinator.group(name).map(|group| &group.members) {
            Some(Members::Classic(group)) => described(group),
            Some(Members::Newer { .. }) => {
                let message = format!("Group {name} is not a classic group.");
                return write(&missing(name, version, &message), version);
            }
            None => {
                let message = format!("Group {name} not found.");
                return write_missing(name, version, &message, with_operations);
            }
        };
        if with_operations {
            described.authorized_operations = ALL_OPERATIONS;
        }
        write(&described, version)
    }
}

fn described(group: &ClassicGroup) -> DescribedGroup<'_> {
    let members = group.described_members().map(|member| DescribedGroupMember {
        member_id: member.member_id,
        group_instance_id: member.instance_id,
        client_id: member.client_id,
        client_host: member.client_host,
        member_metadata: member.metadata,
        member_assignment: member.assignment,
    });
    DescribedGroup {
        group_id: group.id(),
        group_state: group.state().name(),
        protocol_type: group.protocol_type(),
        protocol_data: group.protocol_data(),
        members: members.collect(),
        ..DescribedGroup::default()
    }
}

/// A group that is not there. Older versions have no code for it.
fn missing<'a>(name: &'a str, version: i16, message: &'a str) -> DescribedGroup<'a> {
    let dead = DescribedGroup {
        group_id: name,
        group_state: ClassicState::Dead.name(),
        ..DescribedGroup::default()
    };
    if version < FIRST_WITH_NO_GROUP {
        return dead;
    }
    DescribedGroup { error_code: ErrorCode::GroupIdNotFound.to_i16(), error_message: Some(message), ..dead }
}

/// In versions without a code for it, a group that is not there is one like others.
fn write_missing(name: &str, version: i16, message: &str, with_operations: bool) -> GroupReply {
    let mut missing = missing(name, version, message);
    if with_operations && missing.error_code == 0 {
        missing.authorized_operations = ALL_OPERATIONS;
    }
    write(&missing, version)
}

fn failed(name: &str, error: ErrorCode) -> DescribedGroup<'_> {
    DescribedGroup { error_code: error.to_i16(), group_id: name, ..DescribedGroup::default() }
}

fn write(described: &DescribedGroup<'_>, version: i16) -> GroupReply {
    encoded_element(described, DescribeGroupsResponse::format(version).expect("a version that is served"))
}

/// The whole answer, of what the owners said.
pub(super) fn write_body(out: &mut Vec<u8>, version: i16, replies: &[GroupReply]) -> Result<(), EncodeError> {
    let format = DescribeGroupsResponse::format(version).ok_or(EncodeError::UnsupportedVersion)?;
    if version >= FIRST_WITH_THROTTLE_TIME {
        put::int32(out, 0);
    }
    put::count(out, replies.len(), format)?;
    for reply in replies {
        out.extend_from_slice(&reply.bytes);
    }
    put::no_tagged_fields(out, format);
    Ok(())
}

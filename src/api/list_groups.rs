//! ListGroups: the groups of this broker, from all shards.

use super::authorize::Authorized;
use super::groups::{GroupPart, number_of_groups};
use super::{BadRequest, decode};
use crate::connection::Frame;
use crate::groups::coordinator::{Group, GroupReply, Members, NewerKind};
use crate::shard::Shard;
use crate::shard::mail::Mail;
use loglane_net::message::list_groups::{ListGroupsRequest, ListGroupsResponse, ListedGroup};
use loglane_net::{Element as _, EncodeError, ErrorCode, Message as _, put};
use loglane_ring::Io;
use std::collections::BTreeSet;

/// The first version with filters, and an error before the groups.
const FIRST_WITH_THROTTLE_TIME: i16 = 1;

impl<I: Io<Mail>> Shard<I> {
    pub(super) fn on_list_groups(
        &mut self,
        authorized: Authorized,
        frame: &Frame,
        body: &[u8],
    ) -> Result<(), BadRequest> {
        let request: ListGroupsRequest<'_> = decode(authorized.call(), body)?;
        number_of_groups(request.states_filter.len() + request.types_filter.len())?;
        self.begin_groups_of_all_shards(authorized.call(), frame, body);
        Ok(())
    }

    pub(super) fn serve_list_groups(&mut self, part: &GroupPart) {
        let request: ListGroupsRequest<'_> = part.request();
        let states: BTreeSet<String> =
            request.states_filter.iter().map(|state| state.to_lowercase().trim().to_owned()).collect();
        let types: BTreeSet<String> = request.types_filter.iter().map(str::to_lowercase).collect();
        let format = ListGroupsResponse::format(part.version).expect("a version that is served");
        let mut reply = GroupReply::default();
        for coordinator in self.groups.coordinators() {
            match coordinator.absence() {
                None => {}
                // Of what cannot be served here nothing is shown either; what is still being read might be anything.
                Some(ErrorCode::NotCoordinator) => continue,
                Some(error) => {
                    reply = GroupReply { error: Some(error), ..GroupReply::default() };
                    break;
                }
            }
            for (name, group) in coordinator.groups() {
                let listed = listed(name, group);
                let fits = |filter: &BTreeSet<String>, text: &str| {
                    filter.is_empty() || filter.contains(&text.to_lowercase())
                };
                if fits(&states, listed.group_state) && fits(&types, listed.group_type) {
                    listed.write(&mut reply.bytes, format).expect("names come from names of the protocol");
                    reply.elements += 1;
                }
            }
        }
        self.reply_to_group(part.ticket(&part.only_item()), reply);
    }
}

fn listed<'a>(name: &'a str, group: &'a Group) -> ListedGroup<'a> {
    let (protocol_type, group_state, group_type) = match &group.members {
        Members::Classic(group) => (group.protocol_type(), group.state().name(), "classic"),
        Members::Newer { kind, members } => {
            let state = if members.is_empty() { "Empty" } else { "Stable" };
            match kind {
                NewerKind::Consumer => ("consumer", state, "consumer"),
                NewerKind::Share => ("share", state, "share"),
                NewerKind::Streams => ("streams", state, "streams"),
            }
        }
    };
    ListedGroup { group_id: name, protocol_type, group_state, group_type }
}

/// The whole answer, of what each shard said.
pub(super) fn write_body(out: &mut Vec<u8>, version: i16, replies: &[GroupReply]) -> Result<(), EncodeError> {
    let format = ListGroupsResponse::format(version).ok_or(EncodeError::UnsupportedVersion)?;
    let error = replies.iter().find_map(|reply| reply.error);
    let replies = if error.is_some() { &[] } else { replies };
    if version >= FIRST_WITH_THROTTLE_TIME {
        put::int32(out, 0);
    }
    put::int16(out, error.unwrap_or(ErrorCode::None).to_i16());
    put::count(out, replies.iter().map(|reply| reply.elements as usize).sum(), format)?;
    for reply in replies {
        out.extend_from_slice(&reply.bytes);
    }
    put::no_tagged_fields(out, format);
    Ok(())
}

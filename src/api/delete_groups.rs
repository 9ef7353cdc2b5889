//! DeleteGroups: groups without members go, and what they have committed.

use super::authorize::Authorized;
use super::groups::{GroupPart, encoded_element, number_of_groups};
use super::{BadRequest, decode};
use crate::connection::Frame;
use crate::groups::coordinator::{GroupReply, Members};
use crate::shard::Shard;
use crate::shard::mail::Mail;
use loglane_model::PartitionId;
use loglane_net::message::delete_groups::{DeletableGroupResult, DeleteGroupsRequest, DeleteGroupsResponse};
use loglane_net::{EncodeError, ErrorCode, Message as _, put};
use loglane_ring::Io;

impl<I: Io<Mail>> Shard<I> {
    pub(super) fn on_delete_groups(
        &mut self,
        authorized: Authorized,
        frame: &Frame,
        body: &[u8],
    ) -> Result<(), BadRequest> {
        let request: DeleteGroupsRequest<'_> = decode(authorized.call(), body)?;
        number_of_groups(request.groups_names.len())?;
        let names: Vec<&str> = request.groups_names.iter().collect();
        self.begin_groups(authorized.call(), frame, body, names.into_iter());
        Ok(())
    }

    pub(super) fn serve_delete_groups(&mut self, part: &GroupPart) {
        let request: DeleteGroupsRequest<'_> = part.request();
        let mut items = part.items.iter().peekable();
        for (at, group_id) in (0u32..).zip(request.groups_names.iter()) {
            let Some(item) = items.next_if(|item| item.item == at) else { continue };
            let outcome = self.delete_group(item.partition, group_id);
            let error = outcome.err().unwrap_or(ErrorCode::None);
            let result = DeletableGroupResult { group_id, error_code: error.to_i16() };
            let format = DeleteGroupsResponse::format(part.version).expect("a version that is served");
            let reply = encoded_element(&result, format);
            match outcome {
                Ok(partition) => self.reply_when_safe(partition, part.ticket(item), reply),
                Err(_) => self.reply_to_group(part.ticket(item), reply),
            }
        }
    }

    fn delete_group(&mut self, partition: Option<PartitionId>, name: &str) -> Result<PartitionId, ErrorCode> {
        let coordinator = self.active_coordinator(partition)?;
        let group = coordinator.group(name).ok_or(ErrorCode::GroupIdNotFound)?;
        match &group.members {
            Members::Classic(group) => group.check_delete()?,
            // It is kept, with records of kinds that are not written here.
            Members::Newer { .. } => return Err(ErrorCode::NonEmptyGroup),
        }
        let removals = coordinator.whole_group(name);
        let partition = coordinator.partition;
        if self.forget_in_group_partition(partition, &removals) {
            Ok(partition)
        } else {
            Err(ErrorCode::CoordinatorNotAvailable)
        }
    }
}

/// The whole answer, of what the owners said.
pub(super) fn write_body(out: &mut Vec<u8>, version: i16, replies: &[GroupReply]) -> Result<(), EncodeError> {
    let format = DeleteGroupsResponse::format(version).ok_or(EncodeError::UnsupportedVersion)?;
    put::int32(out, 0);
    put::count(out, replies.len(), format)?;
    for reply in replies {
        out.extend_from_slice(&reply.bytes);
    }
    put::no_tagged_fields(out, format);
    Ok(())
}

//! Requests about groups: each group is served by the shard that owns its partition of `__consumer_offsets`.
//!
//! The connection's shard decodes a request, finds the owners of the groups that it names, and hands each of them the
//! frame; an owner decodes it again where it lies, decides, and answers with the bytes of its part of the answer. A
//! request that names a group of this very shard goes the same way without the mail.

use super::{Call, Pending};
use crate::connection::Frame;
use crate::groups::coordinator::{GroupReply, GroupTicket};
use crate::shard::Shard;
use crate::shard::mail::Mail;
use crate::slots::SlotId;
use loglane_model::{PartitionId, ShardId};
use loglane_net::header::begin_response;
use loglane_net::{ApiKey, Element, EncodeError, Format, Message, Reader, Request, frame};
use loglane_ring::Io;
use std::net::SocketAddr;

/// One group of a request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct GroupItem {
    /// Its place in the request.
    pub(crate) item: u32,
    /// The group's partition of `__consumer_offsets`; `None` while there is no such topic.
    pub(crate) partition: Option<PartitionId>,
}

/// The groups of a request that one shard owns.
#[derive(Debug)]
pub(crate) struct GroupPart {
    /// The connection's shard.
    pub(crate) shard: ShardId,
    pub(crate) request: SlotId,
    pub(crate) api: ApiKey,
    pub(crate) version: i16,
    /// Whose request it is.
    #[allow(dead_code, reason = "for members, whose requests come next")]
    pub(crate) peer: SocketAddr,
    frame: Frame,
    body_at: usize,
    pub(crate) items: Vec<GroupItem>,
}

impl GroupPart {
    /// The request, which the connection's shard has decoded before.
    pub(crate) fn request<'a, R: Request<'a>>(&'a self) -> R {
        let mut reader = Reader::new(&self.frame.bytes()[self.body_at..]);
        R::decode(&mut reader, self.version).expect("decoded before it was handed on")
    }

    /// Who gets the answer about an item.
    pub(crate) fn ticket(&self, item: &GroupItem) -> GroupTicket {
        GroupTicket { shard: self.shard, request: self.request, item: item.item }
    }

    /// The one item of a request about one group.
    pub(crate) fn only_item(&self) -> GroupItem {
        self.items[0]
    }
}

/// A request about groups that is not yet answered.
#[derive(Debug)]
pub(crate) struct PendingGroups {
    pub(crate) call: Call,
    /// In request order.
    pub(crate) replies: Vec<Option<GroupReply>>,
    outstanding: usize,
}

impl<I: Io<Mail>> Shard<I> {
    /// Hands a request to the owners of its groups, given by name in request order. The request has been decoded.
    pub(super) fn begin_groups<'a>(
        &mut self,
        call: Call,
        frame: &Frame,
        body: &[u8],
        groups: impl ExactSizeIterator<Item = &'a str>,
    ) {
        let count = groups.len();
        let pending = PendingGroups { call, replies: vec![None; count], outstanding: count };
        let request = self.requests.pending.insert(Pending::Groups(Box::new(pending)));
        let connection = self.connections.get_mut(call.connection).expect("it just sent this");
        connection.exclusive = Some(request);
        let peer = connection.peer;
        let body_at = frame.bytes().len() - body.len();
        let mut parts: Vec<Option<Box<GroupPart>>> = Vec::new();
        parts.resize_with(usize::from(self.shard_count), || None);
        for (item, group) in (0u32..).zip(groups) {
            // Without the topic nobody owns the group: this shard says so as well as any.
            let home = self.home_of_group(group);
            let shard = home.map_or(self.id, |home| home.shard);
            let part = parts[usize::from(shard.0)].get_or_insert_with(|| {
                Box::new(GroupPart {
                    shard: self.id,
                    request,
                    api: call.api,
                    version: call.version,
                    peer,
                    frame: frame.clone(),
                    body_at,
                    items: Vec::new(),
                })
            });
            part.items.push(GroupItem { item, partition: home.map(|home| home.partition) });
        }
        for (shard, part) in (0u16..).zip(parts) {
            match part {
                Some(part) if ShardId(shard) == self.id => self.serve_group_part(&part),
                Some(part) => self.mail(ShardId(shard), Mail::Group(part)),
                None => {}
            }
        }
        self.finish_groups(request);
    }

    /// The owner's side.
    pub(crate) fn serve_group_part(&mut self, part: &GroupPart) {
        match part.api {
            ApiKey::OffsetCommit => self.serve_offset_commit(part),
            ApiKey::OffsetFetch => self.serve_offset_fetch(part),
            ApiKey::OffsetDelete => self.serve_offset_delete(part),
            api => unreachable!("{} does not go to the owners of groups", api.name()),
        }
    }

    /// One group of a request of this shard has its answer.
    pub(crate) fn on_group_reply(&mut self, request: SlotId, item: u32, reply: GroupReply) {
        // It has gone if its connection has.
        let Some(pending) = self.requests.groups_mut(request) else { return };
        let place = &mut pending.replies[item as usize];
        assert!(place.is_none(), "a group is answered once");
        *place = Some(reply);
        pending.outstanding -= 1;
        self.finish_groups(request);
    }

    /// The coordinator has gone, and nobody knows what has become of the request.
    pub(crate) fn on_group_lost(&mut self, request: SlotId) {
        if let Some(pending) = self.requests.groups_mut(request) {
            let connection = pending.call.connection;
            self.close_connection(connection);
        }
    }

    fn finish_groups(&mut self, request: SlotId) {
        if self.requests.groups_mut(request).is_none_or(|pending| pending.outstanding > 0) {
            return;
        }
        let Some(Pending::Groups(pending)) = self.requests.pending.remove(request) else {
            unreachable!("looked up just now")
        };
        let call = pending.call;
        let replies =
            pending.replies.into_iter().map(|reply| reply.expect("a finished request has every answer"));
        let replies: Vec<GroupReply> = replies.collect();
        self.answer_by(call, |out| {
            let start = begin_response(out, call.api, call.version, call.correlation_id);
            write_body(out, call, &replies)?;
            frame::end(out, start, 0);
            Ok(())
        });
        self.end_exclusive(call.connection);
    }
}

/// Puts the answer together from what the owners said.
fn write_body(out: &mut Vec<u8>, call: Call, replies: &[GroupReply]) -> Result<(), EncodeError> {
    // Nothing that can be said takes no bytes: it could not be encoded.
    if replies.iter().any(|reply| reply.bytes.is_empty()) {
        return Err(EncodeError::TooLong);
    }
    match call.api {
        ApiKey::OffsetFetch => super::offset_fetch::write_body(out, call.version, replies),
        _ => {
            out.extend_from_slice(&replies[0].bytes);
            Ok(())
        }
    }
}

/// The body of an answer in bytes.
pub(crate) fn encoded<'a, M: Message<'a>>(body: &M, version: i16) -> GroupReply {
    encoded_element(body, M::format(version).expect("a version that is served"))
}

/// An element of an answer in bytes. None at all where the version cannot hold it, which closes the connection.
pub(crate) fn encoded_element<'a, E: Element<'a>>(element: &E, format: Format) -> GroupReply {
    let mut bytes = Vec::new();
    if let Err(error) = element.write(&mut bytes, format) {
        tracing::error!(%error, version = format.version, "a part of an answer could not be encoded");
        bytes.clear();
    }
    GroupReply { bytes, elements: 1 }
}

//! Requests about groups: each group is served by the shard that owns its partition of `__consumer_offsets`.
//!
//! The connection's shard decodes a request, finds the owners of the groups that it names, and hands each of them the
//! frame; an owner decodes it again where it lies, decides, and answers with the bytes of its part of the answer. A
//! request that names a group of this very shard goes the same way without the mail.

use super::{BadRequest, Call, PARTITIONS_PER_REQUEST_MAX, Pending};
use crate::connection::Frame;
use crate::groups::coordinator::{GroupReply, GroupTicket};
use crate::shard::Shard;
use crate::shard::mail::Mail;
use crate::slots::SlotId;
use loglane_model::{PartitionId, ShardId};
use loglane_net::header::begin_response;
use loglane_net::{ApiKey, Element, EncodeError, Format, Message, Reader, Request, RequestHeader, frame};
use loglane_ring::Io;
use std::net::{IpAddr, SocketAddr};

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

    /// The client's name for itself, from the header.
    pub(crate) fn client_id(&self) -> &str {
        let mut reader = Reader::new(self.frame.bytes());
        let header = RequestHeader::decode(&mut reader).expect("decoded before it was handed on");
        header.client_id.unwrap_or("")
    }

    /// The client's address as Kafka shows it.
    pub(crate) fn client_host(&self) -> String {
        java_address(self.peer.ip())
    }

    /// How long the request is, without its header.
    pub(crate) fn body_bytes(&self) -> usize {
        self.frame.bytes().len() - self.body_at
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
        let mut items: Vec<Vec<GroupItem>> = vec![Vec::new(); usize::from(self.shard_count)];
        for (item, group) in (0u32..).zip(groups) {
            // Without the topic nobody owns the group: this shard says so as well as any.
            let home = self.home_of_group(group);
            let shard = home.map_or(self.id, |home| home.shard);
            let partition = home.map(|home| home.partition);
            items[usize::from(shard.0)].push(GroupItem { item, partition });
        }
        self.hand_out(call, frame, body, items, count);
    }

    /// Hands a request to every shard, as one item each.
    pub(super) fn begin_groups_of_all_shards(&mut self, call: Call, frame: &Frame, body: &[u8]) {
        let count = usize::from(self.shard_count);
        let items = (0..u32::from(self.shard_count)).map(|item| vec![GroupItem { item, partition: None }]);
        self.hand_out(call, frame, body, items.collect(), count);
    }

    /// Hands each shard its items, `count` of them all in all.
    fn hand_out(&mut self, call: Call, frame: &Frame, body: &[u8], items: Vec<Vec<GroupItem>>, count: usize) {
        let pending = PendingGroups { call, replies: vec![None; count], outstanding: count };
        let request = self.requests.pending.insert(Pending::Groups(Box::new(pending)));
        let connection = self.connections.get_mut(call.connection).expect("it just sent this");
        connection.exclusive = Some(request);
        let peer = connection.peer;
        let body_at = frame.bytes().len() - body.len();
        for (shard, items) in (0u16..).zip(items) {
            if items.is_empty() {
                continue;
            }
            let part = GroupPart {
                shard: self.id,
                request,
                api: call.api,
                version: call.version,
                peer,
                frame: frame.clone(),
                body_at,
                items,
            };
            if ShardId(shard) == self.id {
                self.serve_group_part(&part);
            } else {
                self.mail(ShardId(shard), Mail::Group(Box::new(part)));
            }
        }
        self.finish_groups(request);
    }

    /// The owner's side.
    pub(crate) fn serve_group_part(&mut self, part: &GroupPart) {
        match part.api {
            ApiKey::JoinGroup => self.serve_join_group(part),
            ApiKey::SyncGroup => self.serve_sync_group(part),
            ApiKey::Heartbeat => self.serve_heartbeat(part),
            ApiKey::LeaveGroup => self.serve_leave_group(part),
            ApiKey::ListGroups => self.serve_list_groups(part),
            ApiKey::DescribeGroups => self.serve_describe_groups(part),
            ApiKey::DeleteGroups => self.serve_delete_groups(part),
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
            frame::try_end(out, start, 0)
        });
        self.end_exclusive(call.connection);
    }
}

/// Puts the answer together from what the owners said.
fn write_body(out: &mut Vec<u8>, call: Call, replies: &[GroupReply]) -> Result<(), EncodeError> {
    // Nothing that can be said takes no bytes: it could not be encoded.
    if replies.iter().any(|reply| reply.elements > 0 && reply.bytes.is_empty()) {
        return Err(EncodeError::TooLong);
    }
    match call.api {
        ApiKey::OffsetFetch => super::offset_fetch::write_body(out, call.version, replies),
        ApiKey::ListGroups => super::list_groups::write_body(out, call.version, replies),
        ApiKey::DescribeGroups => super::describe_groups::write_body(out, call.version, replies),
        ApiKey::DeleteGroups => super::delete_groups::write_body(out, call.version, replies),
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
    GroupReply { bytes, elements: 1, error: None }
}

/// Checks how many groups a request names: each takes a place in the answer that is put together.
pub(crate) fn number_of_groups(count: usize) -> Result<(), BadRequest> {
    if count > PARTITIONS_PER_REQUEST_MAX { Err(BadRequest::TooManyPartitions(count)) } else { Ok(()) }
}

/// An address as Java writes it: behind a slash, and of IPv6 all eight parts.
fn java_address(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => format!("/{address}"),
        IpAddr::V6(address) => {
            let parts: Vec<String> = address.segments().iter().map(|part| format!("{part:x}")).collect();
            format!("/{}", parts.join(":"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_written_as_java_writes_them() {
        for (address, expected) in [
            ("127.0.0.1", "/127.0.0.1"),
            ("::1", "/0:0:0:0:0:0:0:1"),
            ("::ffff:10.0.0.7", "/10.0.0.7"),
            ("2001:db8::ff00:42:8329", "/2001:db8:0:0:0:ff00:42:8329"),
        ] {
            assert_eq!(java_address(address.parse().unwrap()), expected);
        }
    }
}

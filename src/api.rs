//! One file for each Kafka API; here is what they share: the table of requests under way, the dispatch by key,
//! and how an answer is written into its connection.

mod acls;
mod alter_configs;
mod alter_replica_log_dirs;
pub(crate) mod authorize;
pub(crate) mod control;
mod create_partitions;
mod create_topics;
mod delete_groups;
pub(crate) mod delete_records;
mod delete_topics;
mod describe_client_quotas;
mod describe_cluster;
mod describe_configs;
mod describe_groups;
pub(crate) mod describe_log_dirs;
mod describe_producers;
pub(crate) mod describe_quorum;
mod describe_scram;
mod describe_topic_partitions;
mod elect_leaders;
pub(crate) mod fetch;
mod find_coordinator;
pub(crate) mod groups;
pub(crate) mod init_producer_id;
mod list_config_resources;
mod list_groups;
pub(crate) mod lookup;
mod members;
pub(crate) mod metadata;
mod offset_commit;
mod offset_delete;
mod offset_fetch;
pub(crate) mod produce;
mod reassignments;
pub(crate) mod survey;
mod texts;
mod unregister_broker;
mod update_features;
pub(crate) mod versions;

use crate::connection::Frame;
use crate::shard::Shard;
use crate::shard::mail::Mail;
use crate::shard::receive_budget::Reservation;
use crate::slots::{SlotId, Slots};
use control::PendingControl;
use delete_records::PendingDeletion;
use fetch::{FetchPart, PeekPart, PendingFetch};
use groups::PendingGroups;
use loglane_net::header::encode_response;
use loglane_net::{ApiKey, DecodeError, EncodeError, HeaderError, Reader, Request, RequestHeader, Response};
use loglane_ring::Io;
use lookup::PendingLookup;
use produce::{HeldPart, PendingProduce, ProducePart};
use std::fmt;
use survey::PendingSurvey;

/// A request that waits for a completion, an offset, a deadline or another shard.
#[derive(Debug)]
pub(crate) enum Pending {
    Produce(Box<PendingProduce>),
    Fetch(Box<PendingFetch>),
    Lookup(Box<PendingLookup>),
    Survey(Box<PendingSurvey>),
    Control(PendingControl),
    Groups(Box<PendingGroups>),
    Deletion(Box<PendingDeletion>),
}

/// What is needed to answer a request, whatever it was.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Call {
    pub(crate) connection: SlotId,
    pub(crate) api: ApiKey,
    pub(crate) version: i16,
    pub(crate) correlation_id: i32,
}

/// Requests under way on one shard. Bounded: a connection has one that is not a produce, and produces up to a
/// configured number.
#[derive(Debug)]
pub(crate) struct Requests {
    pub(crate) pending: Slots<Pending>,
    /// Parts of produces, of this shard's connections and of others, whose partitions cannot take them now.
    pub(crate) held: Slots<HeldPart>,
    pub(crate) spare: Spare,
}

/// Memory of answered requests, for the next ones: as many boxes of each kind, with as much room, as ordinary
/// traffic needs. What a huge request needed goes back to the allocator.
#[derive(Debug, Default)]
#[expect(
    clippy::vec_box,
    reason = "it is the boxes that travel, in tables and mail, and come back for reuse"
)]
pub(crate) struct Spare {
    pub(crate) produces: Vec<Box<PendingProduce>>,
    pub(crate) produce_parts: Vec<Box<ProducePart>>,
    pub(crate) fetches: Vec<Box<PendingFetch>>,
    pub(crate) peek_parts: Vec<Box<PeekPart>>,
    pub(crate) fetch_parts: Vec<Box<FetchPart>>,
}

/// Boxes of one kind that are kept.
const SPARES_MAX: usize = 256;
/// The room for partitions that a kept box may have.
const SPARE_ROOM_MAX: usize = 256;

fn keep<T>(kept: &mut Vec<Box<T>>, spare: Box<T>, room: usize) {
    if room <= SPARE_ROOM_MAX && kept.len() < SPARES_MAX {
        kept.push(spare);
    }
}

impl Spare {
    pub(crate) fn keep_produce_part(&mut self, part: Box<ProducePart>) {
        let room = part.room();
        keep(&mut self.produce_parts, part, room);
    }

    pub(crate) fn keep_peek_part(&mut self, part: Box<PeekPart>) {
        let room = part.room();
        keep(&mut self.peek_parts, part, room);
    }

    pub(crate) fn keep_fetch_part(&mut self, part: Box<FetchPart>) {
        let room = part.room();
        keep(&mut self.fetch_parts, part, room);
    }

    /// What the kept boxes hold.
    #[cfg(test)]
    pub(crate) fn bytes(&self) -> usize {
        let produces = self.produces.iter().map(|kept| kept.kept_bytes());
        let fetches = self.fetches.iter().map(|kept| kept.kept_bytes());
        produces.chain(fetches).sum()
    }
}

impl Requests {
    pub(crate) fn new() -> Requests {
        Requests { pending: Slots::new(), held: Slots::new(), spare: Spare::default() }
    }

    /// Keeps the memory of an answered produce.
    pub(crate) fn keep_produce(&mut self, mut pending: Box<PendingProduce>) {
        pending.clear();
        let room = pending.room();
        keep(&mut self.spare.produces, pending, room);
    }

    /// Keeps the memory of an answered fetch.
    pub(crate) fn keep_fetch(&mut self, mut pending: Box<PendingFetch>) {
        pending.clear();
        let room = pending.room();
        keep(&mut self.spare.fetches, pending, room);
    }

    pub(crate) fn produce_mut(&mut self, id: SlotId) -> Option<&mut PendingProduce> {
        let Pending::Produce(pending) = self.pending.get_mut(id)? else { return None };
        Some(pending)
    }

    pub(crate) fn fetch_mut(&mut self, id: SlotId) -> Option<&mut PendingFetch> {
        let Pending::Fetch(pending) = self.pending.get_mut(id)? else { return None };
        Some(pending)
    }

    pub(crate) fn lookup_mut(&mut self, id: SlotId) -> Option<&mut PendingLookup> {
        let Pending::Lookup(pending) = self.pending.get_mut(id)? else { return None };
        Some(pending)
    }

    pub(crate) fn groups_mut(&mut self, id: SlotId) -> Option<&mut PendingGroups> {
        let Pending::Groups(pending) = self.pending.get_mut(id)? else { return None };
        Some(pending)
    }
}

/// Why a request cannot be answered: its connection is closed, as Kafka does.
#[derive(Debug)]
pub(crate) enum BadRequest {
    /// The header is none, or names what is not served.
    Header(HeaderError),
    /// The bytes behind the header are no such request.
    Body(DecodeError),
    /// The API is not served by this broker.
    NotServed(ApiKey),
    /// It names kinds of things that are none.
    UnknownKinds,
    /// More partitions than any answer is made for.
    TooManyPartitions(usize),
}

impl From<HeaderError> for BadRequest {
    fn from(error: HeaderError) -> BadRequest {
        BadRequest::Header(error)
    }
}

impl From<DecodeError> for BadRequest {
    fn from(error: DecodeError) -> BadRequest {
        BadRequest::Body(error)
    }
}

impl fmt::Display for BadRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BadRequest::Header(error) => write!(f, "{error}"),
            BadRequest::Body(error) => write!(f, "{error}"),
            BadRequest::NotServed(api) => write!(f, "{} is not served", api.name()),
            BadRequest::UnknownKinds => f.write_str("it names kinds that are unknown"),
            BadRequest::TooManyPartitions(count) => {
                write!(f, "it names {count} partitions, {PARTITIONS_PER_REQUEST_MAX} are the most")
            }
        }
    }
}

/// The isolation levels of fetches and look-ups (`IsolationLevel` in Kafka).
pub(crate) const READ_UNCOMMITTED: i8 = 0;
/// Nothing of open or aborted transactions.
pub(crate) const READ_COMMITTED: i8 = 1;

/// More partitions than this in one request are refused: each takes a place in the answer that is put together.
pub(crate) const PARTITIONS_PER_REQUEST_MAX: usize = 200_000;

/// Checks how many partitions a request names, given by what it has them in: topics, groups, directories. What names
/// none counts as one.
pub(crate) fn check_partition_count(partitions: impl Iterator<Item = usize>) -> Result<(), BadRequest> {
    let count = partitions.map(|count| count.max(1)).sum();
    if count > PARTITIONS_PER_REQUEST_MAX { Err(BadRequest::TooManyPartitions(count)) } else { Ok(()) }
}

/// The number of one of a request's partitions.
pub(crate) fn number_of(index: usize) -> u32 {
    u32::try_from(index).expect("bounded by PARTITIONS_PER_REQUEST_MAX")
}

/// The body of a request, decoded in place. What stands behind the last field is ignored, as Kafka does.
pub(crate) fn decode<'a, R: Request<'a>>(call: Call, body: &'a [u8]) -> Result<R, DecodeError> {
    R::decode(&mut Reader::new(body), call.version)
}

impl<I: Io<Mail>> Shard<I> {
    /// Whether the connection's next request may be taken up now: see `connection.rs` on order.
    pub(crate) fn may_take_up(&self, id: SlotId, frame: &[u8]) -> bool {
        let Some(connection) = self.connections.get(id) else { return false };
        let is_produce = frame[..2] == ApiKey::Produce.to_i16().to_be_bytes();
        if is_produce {
            connection.exclusive.is_none() && connection.produces.len() < self.limits.produces_in_flight_max
        } else {
            connection.exclusive.is_none() && connection.produces.is_empty()
        }
    }

    /// Takes up a request.
    pub(crate) fn dispatch(&mut self, connection: SlotId, frame: &Frame, reservation: Option<Reservation>) {
        let mut memory = reservation;
        if let Err(error) = self.handle(connection, frame, &mut memory)
            && let Some(peer) = self.connections.get(connection).map(|connection| connection.peer)
        {
            self.complain(peer, format_args!("bad request: {error}"));
            self.close_connection(connection);
        }
        // Whoever still reads the frame has taken its memory over.
        if let Some(reservation) = memory {
            self.release_frame_memory(frame.block.clone(), reservation);
        }
    }

    fn handle(
        &mut self,
        connection: SlotId,
        frame: &Frame,
        memory: &mut Option<Reservation>,
    ) -> Result<(), BadRequest> {
        let mut reader = Reader::new(frame.bytes());
        let header = RequestHeader::decode(&mut reader)?;
        self.counts.on_request(header.api);
        let call = Call {
            connection,
            api: header.api,
            version: header.version,
            correlation_id: header.correlation_id,
        };
        let served =
            if self.is_client(connection) { versions::SERVED } else { versions::SERVED_TO_CONTROLLERS };
        if !served.contains(&call.api) {
            return Err(BadRequest::NotServed(call.api));
        }
        let authorized = authorize::authorize(call)?;
        let body = reader.rest();
        match call.api {
            ApiKey::Produce => self.on_produce(authorized, reader.position(), frame, memory),
            ApiKey::Fetch => self.on_fetch(authorized, body),
            ApiKey::ListOffsets => self.on_list_offsets(authorized, body),
            ApiKey::Metadata => self.on_metadata(authorized, body),
            ApiKey::ApiVersions => self.on_api_versions(authorized, body),
            ApiKey::CreateTopics => self.on_create_topics(authorized, body),
            ApiKey::DeleteTopics => self.on_delete_topics(authorized, body),
            ApiKey::InitProducerId => self.on_init_producer_id(authorized, body),
            ApiKey::DeleteRecords => self.on_delete_records(authorized, body),
            ApiKey::CreatePartitions => self.on_create_partitions(authorized, body),
            ApiKey::IncrementalAlterConfigs => self.on_incremental_alter_configs(authorized, body),
            ApiKey::AlterConfigs => self.on_alter_configs(authorized, body),
            ApiKey::ListConfigResources => self.on_list_config_resources(authorized, body),
            ApiKey::DescribeConfigs => self.on_describe_configs(authorized, body),
            ApiKey::AlterReplicaLogDirs => self.on_alter_replica_log_dirs(authorized, body),
            ApiKey::DescribeLogDirs => self.on_describe_log_dirs(authorized, body),
            ApiKey::DescribeProducers => self.on_describe_producers(authorized, body),
            ApiKey::DescribeAcls => self.on_describe_acls(authorized, body),
            ApiKey::CreateAcls => self.on_create_acls(authorized, body),
            ApiKey::DeleteAcls => self.on_delete_acls(authorized, body),
            ApiKey::DescribeClientQuotas => self.on_describe_client_quotas(authorized, body),
            ApiKey::DescribeUserScramCredentials => self.on_describe_user_scram_credentials(authorized, body),
            ApiKey::ElectLeaders => self.on_elect_leaders(authorized, body),
            ApiKey::AlterPartitionReassignments => self.on_alter_partition_reassignments(authorized, body),
            ApiKey::ListPartitionReassignments => self.on_list_partition_reassignments(authorized, body),
            ApiKey::UpdateFeatures => self.on_update_features(authorized, body),
            ApiKey::UnregisterBroker => self.on_unregister_broker(authorized, body),
            ApiKey::DescribeQuorum => self.on_describe_quorum(authorized, body),
            ApiKey::DescribeCluster => self.on_describe_cluster(authorized, body),
            ApiKey::DescribeTopicPartitions => self.on_describe_topic_partitions(authorized, body),
            ApiKey::FindCoordinator => self.on_find_coordinator(authorized, body),
            ApiKey::JoinGroup => self.on_join_group(authorized, frame, body),
            ApiKey::SyncGroup => self.on_sync_group(authorized, frame, body),
            ApiKey::Heartbeat => self.on_heartbeat(authorized, frame, body),
            ApiKey::LeaveGroup => self.on_leave_group(authorized, frame, body),
            ApiKey::ListGroups => self.on_list_groups(authorized, frame, body),
            ApiKey::DescribeGroups => self.on_describe_groups(authorized, frame, body),
            ApiKey::DeleteGroups => self.on_delete_groups(authorized, frame, body),
            ApiKey::OffsetCommit => self.on_offset_commit(authorized, frame, body),
            ApiKey::OffsetFetch => self.on_offset_fetch(authorized, frame, body),
            ApiKey::OffsetDelete => self.on_offset_delete(authorized, frame, body),
            ApiKey::OffsetForLeaderEpoch => self.on_offset_for_leader_epoch(authorized, body),
            api => Err(BadRequest::NotServed(api)),
        }
    }

    /// Writes a whole answer.
    pub(crate) fn answer<'a, R: Response<'a>>(&mut self, call: Call, response: &R) {
        self.answer_by(call, |out| encode_response(out, call.version, call.correlation_id, response));
    }

    /// Has a whole answer written, length and header included.
    pub(crate) fn answer_by(
        &mut self,
        call: Call,
        write: impl FnOnce(&mut Vec<u8>) -> Result<(), EncodeError>,
    ) {
        let Some(connection) = self.connections.get_mut(call.connection) else { return };
        if connection.closing {
            return;
        }
        let head = &mut connection.outgoing.head;
        let from = head.len();
        if let Err(error) = write(head) {
            // Only our own values can be at fault; a missing answer would hang the client.
            tracing::error!(api = call.api.name(), version = call.version, %error, "an answer could not be encoded");
            self.close_connection(call.connection);
            return;
        }
        connection.end_answer(from);
        self.want_flush(call.connection);
    }

    /// Whether a connection came in by a listener for clients, and not by the controller's.
    pub(crate) fn is_client(&self, id: SlotId) -> bool {
        let listener = self.connections.get(id).map_or(0, |connection| usize::from(connection.listener));
        listener < self.settings.client_listeners
    }

    /// The request that was not a produce has been answered: the next one may come.
    pub(crate) fn end_exclusive(&mut self, id: SlotId) {
        if let Some(connection) = self.connections.get_mut(id) {
            connection.exclusive = None;
        }
        self.resume_after_answer(id);
    }

    /// An answer has been determined: a request that waited for it may be taken up.
    pub(crate) fn resume_after_answer(&mut self, id: SlotId) {
        if let Some(connection) = self.connections.get_mut(id) {
            // It was waiting, not idle.
            connection.last_active = self.now;
            if std::mem::take(&mut connection.pause.order) || connection.has_ended {
                self.to_resume.push(id);
            }
        }
    }

    /// The connection has gone: nothing that it asked for is answered any more.
    pub(crate) fn abandon_requests(&mut self, id: SlotId) {
        let Some(connection) = self.connections.get_mut(id) else { return };
        let exclusive = connection.exclusive.take();
        for request in std::mem::take(&mut connection.produces) {
            self.abandon_produce(request);
        }
        if let Some(request) = exclusive {
            self.unwatch(request);
            if let Some(Pending::Fetch(pending)) = self.requests.pending.remove(request) {
                self.lent_bytes -= pending.granted_bytes();
            }
        }
    }

    pub(crate) fn on_request_deadline(&mut self, id: SlotId) {
        match self.requests.pending.get(id) {
            Some(Pending::Fetch(_)) => self.on_fetch_deadline(id),
            Some(Pending::Control(_)) => self.on_control_deadline(id),
            Some(Pending::Deletion(_)) => self.on_deletion_deadline(id),
            Some(Pending::Produce(_) | Pending::Lookup(_) | Pending::Survey(_) | Pending::Groups(_))
            | None => {}
        }
    }
}

//! What shards say to each other. Everything in a mail is owned by it; frames and extents are handles.

use super::close::LogAtClose;
use super::metadata::{MetadataUpdate, UpdateStep};
use super::snapshot::Reply;
use crate::api::delete_records::{DeletionAnswer, DeletionPart};
use crate::api::fetch::{FetchPart, PartitionView, PeekPart};
use crate::api::groups::GroupPart;
use crate::api::lookup::{LookupAnswer, LookupPart};
use crate::api::produce::{ProducePart, ProduceResult};
use crate::api::survey::{Question, Told};
use crate::control::{ControlAnswer, ControlRequest, ControlTicket};
use crate::groups::coordinator::GroupReply;
use crate::shard::Shard;
use crate::slots::SlotId;
use loglane_model::{PartitionId, ShardId, TopicId};
use loglane_ring::{Io, Socket};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// A closed list: everything that can come from another core, or from the side thread.
#[derive(Debug)]
pub(crate) enum Mail {
    /// The acceptor hands over a connection that nobody has read from yet.
    Connection { socket: Socket, peer: SocketAddr, listener: u16 },
    /// To the acceptor: a connection has gone, for the counting of load.
    ConnectionClosed { address: IpAddr },

    /// Append these batches of a frame to your partitions.
    Produce(Box<ProducePart>),
    /// The frame has been copied from; here is its handle, and the part for reuse.
    ProduceTaken(Box<ProducePart>),
    /// One partition of a produce has its answer.
    ProduceDone { request: SlotId, item: u32, result: ProduceResult },

    /// First pass of a fetch: how much is there? And keep a watch on it.
    Peek(Box<PeekPart>),
    /// The answer to a peek.
    Peeked(Box<PeekPart>),
    /// A watched partition has moved on.
    WatchFired { request: SlotId, item: u32, view: PartitionView },
    /// The fetch that watches this partition has been answered.
    Unwatch { request: SlotId, topic: TopicId, partition: PartitionId },
    /// Second pass: lend these bytes.
    Fetch(Box<FetchPart>),
    /// The bytes, lent until the connection's shard drops them.
    Fetched(Box<FetchPart>),

    /// Connections, perhaps yours, hold so much of my memory that I lend nothing: be strict with those that are slow.
    Shortage,

    /// Offsets by timestamp, ends of epochs.
    Lookup(Box<LookupPart>),
    /// The answer for one partition.
    LookedUp { request: SlotId, item: u32, answer: LookupAnswer },

    /// Requests about groups of yours.
    Group(Box<GroupPart>),
    /// The answer about one group.
    GroupReply { request: SlotId, item: u32, reply: GroupReply },
    /// There will be no answer: the coordinator has gone in the middle.
    GroupLost { request: SlotId },
    /// Tell what you know of your partitions.
    Survey { request: SlotId, question: Question },
    /// The answer.
    Told { request: SlotId, told: Box<Told> },

    /// To shard 0: a change of metadata.
    Control { ticket: ControlTicket, request: Box<ControlRequest> },
    /// Committed, and published by every shard.
    ControlDone { ticket: ControlTicket, answer: Box<ControlAnswer> },
    /// From shard 0: do this step of an update.
    UpdateMetadata { update: Arc<MetadataUpdate>, step: UpdateStep },
    /// To shard 0: the step under way is done here.
    MetadataAcknowledged { update: u64 },

    /// Delete the first records of your partitions.
    DeleteRecords(Box<DeletionPart>),
    /// The answer for one partition.
    RecordsDeleted { request: SlotId, item: u32, answer: DeletionAnswer },

    /// To shard 0: somebody waits for the checkpoint files.
    WantCheckpoints,
    /// From shard 0: report on your logs.
    ReportLogs,
    /// To shard 0: what the checkpoint files should say of this shard's logs.
    LogsReported { logs: Vec<LogAtClose> },
    /// From shard 0: what was reported last is on the disk.
    Checkpointed,
    /// Shard 0: the start is over. Partitions that were on their way to other directories go on.
    ResumeMoves,
    /// Take a log directory offline: somebody saw it fail.
    DirectoryFailed { directory: u16 },
    /// From the admin server: say how you are.
    Snapshot(Reply),
    /// Stop serving, and answer what is under way.
    Close,
    /// To shard 0: everything of this shard's connections is answered.
    Answered,
    /// No shard has anybody left to answer: close the logs.
    CloseLogs,
    /// To shard 0: all logs of this shard are closed.
    Closed { logs: Vec<LogAtClose> },
}

impl<I: Io<Mail>> Shard<I> {
    pub(super) fn on_mail(&mut self, from: ShardId, mail: Mail) {
        match mail {
            Mail::Connection { socket, peer, listener } => self.adopt_connection(socket, peer, listener),
            Mail::ConnectionClosed { address } => self.on_connection_closed(from, address),
            Mail::Produce(part) => self.on_produce_part(from, part),
            Mail::ProduceTaken(part) => self.on_produce_taken(part),
            Mail::ProduceDone { request, item, result } => self.on_produce_done(request, item, result),
            Mail::Peek(part) => self.on_peek(from, part),
            Mail::Peeked(part) => self.on_peeked(part),
            Mail::WatchFired { request, item, view } => self.on_watch_fired(request, item, view),
            Mail::Unwatch { request, topic, partition } => self.on_unwatch(from, request, topic, partition),
            Mail::Fetch(part) => self.on_fetch_part(part),
            Mail::Fetched(part) => self.on_fetched(part),
            Mail::Shortage => self.shortage.note(self.now),
            Mail::Lookup(part) => self.on_lookup_part(from, &part),
            Mail::LookedUp { request, item, answer } => self.on_looked_up(request, item, answer),
            Mail::Group(part) => self.serve_group_part(&part),
            Mail::GroupReply { request, item, reply } => self.on_group_reply(request, item, reply),
            Mail::GroupLost { request } => self.on_group_lost(request),
            Mail::Survey { request, question } => self.on_survey(from, request, &question),
            Mail::Told { request, told } => self.on_told(request, *told),
            Mail::Control { ticket, request } => self.on_control(ticket, *request),
            Mail::ControlDone { ticket, answer } => self.on_control_done(ticket, *answer),
            Mail::UpdateMetadata { update, step } => self.update_metadata(update, step),
            Mail::MetadataAcknowledged { update } => self.on_metadata_acknowledged(update),
            Mail::DeleteRecords(part) => self.on_deletion_part(from, &part),
            Mail::RecordsDeleted { request, item, answer } => self.on_records_deleted(request, item, answer),
            Mail::WantCheckpoints => self.want_checkpoints(),
            Mail::ReportLogs => self.report_logs(),
            Mail::LogsReported { logs } => self.on_logs_reported(logs),
            Mail::Checkpointed => self.on_checkpointed(),
            Mail::ResumeMoves => self.resume_moves(),
            Mail::DirectoryFailed { directory } => self.on_directory_failed(directory),
            Mail::Snapshot(Reply(reply)) => reply(self.snapshot()),
            Mail::Close => self.begin_close(),
            Mail::Answered => self.on_answered(),
            Mail::CloseLogs => self.close_logs(),
            Mail::Closed { logs } => self.on_closed(logs),
        }
    }
}

//! The embedded controller on shard 0: requests become records of the metadata log, committed records become an
//! image, and every shard gets it.
//!
//! The log's own bytes below the high watermark are read back and applied: the same path that will follow a
//! remote controller. With one voter a record is committed once it is flushed. At start the log is followed to its
//! end first; only then does the controller begin to lead, register this broker, and, once all logs are open, unfence
//! it; then connections are accepted.

mod followed;
mod snapshots;
mod start;

pub(crate) use followed::Followed;
pub(crate) use snapshots::Snapshots;
pub(crate) use start::ControllerStart;

use super::Shard;
use super::mail::Mail;
use super::metadata::{MetadataUpdate, UpdateStep};
use super::partitions::ShardJobDone;
use super::recovery::LogPlace;
use super::token::Purpose;
use crate::api::describe_quorum::QuorumView;
use crate::control::{ControlAnswer, ControlRequest, ControlTicket};
use crate::controller::{Append, Controller, CreateTopicRules, Decision, TableRules};
use crate::metadata::{Follower, Voter, encode_data_batches};
use loglane_model::{DiskRead, DiskWrite, FileSystem, Job as _, JobDone, LeaderEpoch, Offset, ShardId};
use loglane_replication::LeaderProgress;
use loglane_replication::image::METADATA_VERSION;
use loglane_ring::{Io, Op};
use loglane_storage::validate::Origin;
use loglane_storage::{CloseSync, Log, LogJobDone, LogWork, ReadOutcome};
use std::collections::VecDeque;
use std::io;
use std::sync::Arc;

/// One read of the metadata log.
const READ_BYTES: usize = 1024 * 1024;

/// Jobs of the metadata log run in a lane that no partition's slot has.
const METADATA_LANE: u32 = u32::MAX;

/// On shard 0 only.
pub(crate) struct ControllerShard {
    log: Log,
    epoch: LeaderEpoch,
    progress: LeaderProgress,
    follower: Follower,
    /// What the follower had followed before the log was opened, until it is read again.
    followed: Option<Followed>,
    snapshots: Snapshots,
    /// What the start still has to do; then nothing.
    start: Option<Box<ControllerStart>>,
    /// From the moment that this node leads.
    controller: Option<Controller>,
    /// This broker's epoch, once it is registered.
    broker_epoch: i64,
    /// Answers that wait until their records are committed and published, in order of offset.
    waiting: VecDeque<WaitingAnswer>,
    update: Option<UpdateUnderWay>,
    updates: u64,
    is_dirty: bool,
}

#[derive(Debug)]
struct WaitingAnswer {
    visible_at: Offset,
    ticket: ControlTicket,
    answer: Option<Box<ControlAnswer>>,
}

struct UpdateUnderWay {
    update: Arc<MetadataUpdate>,
    step: UpdateStep,
    acknowledgements_left: u16,
}

impl ControllerShard {
    /// A controller that has yet to follow its log to the end.
    pub(crate) fn new(
        log: Log,
        epoch: LeaderEpoch,
        progress: LeaderProgress,
        (follower, followed): (Follower, Followed),
        snapshots: Snapshots,
        start: ControllerStart,
    ) -> ControllerShard {
        ControllerShard {
            log,
            epoch,
            progress,
            follower,
            followed: Some(followed),
            snapshots,
            start: Some(Box::new(start)),
            controller: None,
            broker_epoch: -1,
            waiting: VecDeque::new(),
            update: None,
            updates: 0,
            is_dirty: true,
        }
    }

    pub(super) fn close_log(&mut self) {
        self.log.close(CloseSync::Each);
        self.is_dirty = true;
    }

    /// Whether the start is over: every log is open, and connections are accepted.
    pub(super) fn has_started(&self) -> bool {
        self.start.is_none()
    }

    pub(super) fn is_log_closed(&self) -> bool {
        self.log.is_closed() || self.log.is_offline()
    }

    /// Blocks that the metadata log holds.
    #[cfg(test)]
    pub(crate) fn log_block_bytes(&self) -> usize {
        self.log.cached_bytes() + self.log.cold_bytes() + self.log.unwritten_bytes()
    }

    pub(super) fn broker_epoch(&self) -> i64 {
        self.broker_epoch
    }

    /// Waits with an answer until its records are visible everywhere.
    fn answer_when_visible(
        &mut self,
        visible_at: Offset,
        ticket: ControlTicket,
        answer: Option<ControlAnswer>,
    ) {
        let answer = answer.map(Box::new);
        self.waiting.push_back(WaitingAnswer { visible_at, ticket, answer });
    }
}

impl<I: Io<Mail>> Shard<I> {
    /// How many answers of the controller wait for their records.
    #[cfg(test)]
    pub(crate) fn controls_waiting(&self) -> usize {
        self.controller.as_ref().map_or(0, |shard| shard.waiting.len())
    }

    /// Asks the controller for a change.
    pub(crate) fn control(&mut self, ticket: ControlTicket, request: ControlRequest) {
        if self.id == ShardId(0) {
            self.on_control(ticket, request);
        } else {
            self.mail(ShardId(0), Mail::Control { ticket, request: Box::new(request) });
        }
    }

    /// Shard 0 decides on a change.
    pub(crate) fn on_control(&mut self, ticket: ControlTicket, request: ControlRequest) {
        let settings = self.settings.clone();
        let (append, visible_at, answer) = {
            let io = &mut self.io;
            let mut random = || io.random();
            let shard = self.controller.as_mut().expect("control requests go to shard 0");
            let Some(controller) = shard.controller.as_mut() else {
                // Nothing is accepted before the controller leads; this can only be mail of another shard's start.
                return;
            };
            let rules =
                TableRules { broker: settings.broker, static_broker: &settings.config.static_properties };
            match request {
                ControlRequest::CreateTopics { topics, validate_only } => {
                    let rules = CreateTopicRules {
                        default_partition_count: settings.default_partitions,
                        default_replication_factor: settings.default_replication_factor,
                        configs: &rules,
                        validate_only,
                    };
                    split(controller.create_topics(topics, &rules, &mut random), ControlAnswer::CreateTopics)
                }
                ControlRequest::DeleteTopics { ids } => split(
                    controller.delete_topics_by_id(ids, settings.delete_topics),
                    ControlAnswer::DeleteTopics,
                ),
                ControlRequest::CreatePartitions { topics, validate_only } => split(
                    controller.create_partitions(topics, validate_only, &mut random),
                    ControlAnswer::CreatePartitions,
                ),
                ControlRequest::IncrementalAlterConfigs { changes, validate_only } => split(
                    controller.incremental_alter_configs(changes, &rules, validate_only),
                    ControlAnswer::AlterConfigs,
                ),
                ControlRequest::AlterConfigs { changes, validate_only } => split(
                    controller.legacy_alter_configs(changes, &rules, validate_only),
                    ControlAnswer::AlterConfigs,
                ),
                ControlRequest::AllocateProducerIds => {
                    split(controller.allocate_producer_ids(settings.broker, shard.broker_epoch), |block| {
                        ControlAnswer::ProducerIds(block.ok())
                    })
                }
                ControlRequest::ElectLeaders { election, named } => {
                    split(controller.elect_leaders(election, named), ControlAnswer::Elected)
                }
                ControlRequest::Reassign { wanted, other_factors } => {
                    split(controller.reassign(wanted, other_factors), ControlAnswer::Reassigned)
                }
                ControlRequest::UpdateFeatures { updates, supported, validate_only } => split(
                    controller.update_features(&updates, &supported, settings.kraft_version, validate_only),
                    ControlAnswer::Features,
                ),
                ControlRequest::UnregisterBroker { broker } => {
                    split(controller.unregister_broker(broker), ControlAnswer::Unregistered)
                }
                ControlRequest::AssignDirectory(found) => split(
                    controller.assign_directories(settings.broker, shard.broker_epoch, &[found], true),
                    |assigned| ControlAnswer::Assigned(assigned.is_ok()),
                ),
                ControlRequest::PreferDirectories(wanted) => return controller.prefer_directories(wanted),
                ControlRequest::DescribeQuorum => return self.answer_with_quorum(ticket),
            }
        };
        self.append_metadata(append);
        let shard = self.controller.as_mut().expect("checked above");
        shard.answer_when_visible(visible_at, ticket, Some(answer));
        self.answer_controls();
    }

    /// Waits for nothing: what is told is how far the log is now.
    fn answer_with_quorum(&mut self, ticket: ControlTicket) {
        let answer = Some(Box::new(ControlAnswer::Quorum(self.quorum_view())));
        self.answer_control(WaitingAnswer { visible_at: Offset::ZERO, ticket, answer });
    }

    /// The quorum as it is now.
    fn quorum_view(&self) -> QuorumView {
        let shard = self.controller.as_ref().expect("only shard 0 leads");
        let voter = shard.follower.quorum().voters.first();
        let listeners = |voter: &Voter| {
            let endpoints = voter.endpoints.iter();
            endpoints.map(|endpoint| (endpoint.name.clone(), endpoint.host.clone(), endpoint.port)).collect()
        };
        QuorumView {
            leader: self.settings.broker,
            leader_epoch: shard.epoch,
            high_watermark: shard.progress.high_watermark(),
            log_end_offset: shard.log.log_end_offset(),
            directory: voter.map(|voter| voter.directory_id).unwrap_or_default(),
            listeners: voter.map(listeners).unwrap_or_default(),
            at_ms: self.wall_ms,
        }
    }

    /// Appends what the controller decided to the metadata log.
    fn append_metadata(&mut self, append: Option<Append>) {
        let Some(append) = append else { return };
        let shard = self.controller.as_mut().expect("only shard 0 has the metadata log");
        let controller = shard.controller.as_ref().expect("it decided just now");
        let level = controller.image().feature_level(METADATA_VERSION);
        for batch in encode_data_batches(&append, level, self.wall_ms) {
            self.append_metadata_batch(&batch);
        }
    }

    fn append_metadata_batch(&mut self, batch: &[u8]) {
        let shard = self.controller.as_mut().expect("only shard 0 has the metadata log");
        let epoch = shard.epoch;
        match shard.log.append_leader(batch, Origin::Quorum, epoch, self.wall_ms, &mut self.pool) {
            Ok(appended) => {
                shard.progress.on_appended(appended.end_offset);
                shard.is_dirty = true;
            }
            // A stop in the middle of a start: what was to be written is written by the next one.
            Err(error) if self.closing.closes_logs() => {
                tracing::debug!(?error, "the metadata log is closing")
            }
            Err(error) => self.closing.fail(format!("the metadata log refuses a record: {error:?}")),
        }
    }

    /// End of the turn: the metadata log's work for the disk.
    pub(super) fn submit_metadata_work(&mut self) {
        let Some(shard) = self.controller.as_mut() else { return };
        if !std::mem::take(&mut shard.is_dirty) {
            return;
        }
        while let Some(work) = shard.log.next_work(self.wall_ms, &mut self.pool) {
            match work {
                LogWork::Write(write) => self.io.submit(Purpose::MetadataWrite.token(), Op::Write(write)),
                LogWork::Read(read) => self.io.submit(Purpose::MetadataRead.token(), Op::Read(read)),
                LogWork::Job(job) => {
                    let run = move |fs: &dyn FileSystem| -> JobDone {
                        let done = Box::new(job).run(fs).downcast::<LogJobDone>();
                        let done = done.expect("a log's jobs end in one type");
                        Box::new(ShardJobDone::MetadataLog(*done))
                    };
                    self.io.spawn(Purpose::Job.token(), METADATA_LANE, Box::new(run));
                }
            }
        }
        self.recovery.note(LogPlace::Metadata, self.directories.metadata(), &mut shard.log);
    }

    pub(super) fn capture_metadata_position(&mut self) {
        if let Some(shard) = &mut self.controller {
            shard.log.capture_recovery_position(self.wall_ms);
            shard.is_dirty = true;
        }
    }

    pub(super) fn on_metadata_written(&mut self, write: DiskWrite, result: io::Result<()>) {
        let shard = self.controller.as_mut().expect("only shard 0 writes metadata");
        shard.log.on_written(write, result, &mut self.pool);
        self.after_metadata_log_event();
    }

    pub(super) fn on_metadata_read(&mut self, read: DiskRead, result: io::Result<usize>) {
        let shard = self.controller.as_mut().expect("only shard 0 reads metadata");
        shard.log.on_read(read, result, &mut self.pool);
        self.after_metadata_log_event();
    }

    pub(super) fn on_metadata_job(&mut self, done: LogJobDone) {
        let shard = self.controller.as_mut().expect("only shard 0 has metadata jobs");
        shard.log.on_job(done, &mut self.pool);
        self.after_metadata_log_event();
    }

    fn after_metadata_log_event(&mut self) {
        let shard = self.controller.as_mut().expect("the caller has it");
        shard.is_dirty = true;
        if let Some(fault) = shard.log.take_failure() {
            tracing::error!(?fault, "the metadata log failed");
            self.on_directory_failed(self.directories.metadata());
            return;
        }
        shard.progress.on_flushed(shard.log.flushed_end_offset());
        self.advance_metadata();
    }

    /// Applies what is committed, and begins to tell the shards, unless they are still busy with the last update.
    pub(crate) fn advance_metadata(&mut self) {
        if self.controller.as_ref().is_none_or(|shard| shard.update.is_some()) || !self.apply_committed() {
            return;
        }
        self.begin_to_lead_when_caught_up();
        let shard = self.controller.as_mut().expect("checked above");
        let Some((image, delta)) = shard.follower.publish() else {
            self.answer_controls();
            return;
        };
        shard.updates += 1;
        let update = Arc::new(MetadataUpdate::new(shard.updates, image, delta, &self.settings));
        shard.update = Some(UpdateUnderWay {
            update: update.clone(),
            step: if update.removes_topics() { UpdateStep::Retire } else { UpdateStep::Prepare },
            acknowledgements_left: self.shard_count,
        });
        self.begin_update_step();
    }

    /// Asks every shard for the next step of the update.
    fn begin_update_step(&mut self) {
        let shard = self.controller.as_mut().expect("only shard 0 has updates");
        let under_way = shard.update.as_mut().expect("the caller has just moved it on");
        under_way.acknowledgements_left = self.shard_count;
        let (update, step) = (under_way.update.clone(), under_way.step);
        self.mail_others(|| Mail::UpdateMetadata { update: update.clone(), step });
        self.update_metadata(update, step);
    }

    /// Reads the metadata log up to its high watermark into the follower, which may have some of it already. `false`:
    /// a read is under way, or the process has to end.
    fn apply_committed(&mut self) -> bool {
        let shard = self.controller.as_mut().expect("the caller has it");
        let high_watermark = shard.progress.high_watermark();
        let mut bytes = Vec::new();
        loop {
            let unread = shard.followed.as_ref().map(Followed::unread);
            if let Some(None) = unread
                && !shard.followed.take().is_some_and(|followed| followed.is_same())
            {
                self.closing.fail(
                    "the metadata log was read twice, and was not the same: look at the disk".to_owned(),
                );
                return false;
            }
            let (from, up_to) = unread.flatten().unwrap_or((shard.follower.next_offset(), high_watermark));
            if from >= up_to {
                return true;
            }
            let extents = &mut self.scratch.extents;
            let outcome = shard.log.read(from, up_to, READ_BYTES, true, &mut self.pool, extents);
            bytes.clear();
            for extent in extents.drain(..) {
                bytes.extend_from_slice(extent.bytes());
            }
            match outcome {
                Ok(ReadOutcome::Bytes { end_offset, .. }) => {
                    if let Some(followed) = &mut shard.followed {
                        followed.on_read(&bytes, end_offset);
                        continue;
                    }
                }
                Ok(ReadOutcome::Pending) => {
                    shard.is_dirty = true;
                    return false;
                }
                Ok(ReadOutcome::Empty) => return true,
                Err(error) => {
                    self.closing.fail(format!("the metadata log cannot be read at offset {from}: {error:?}"));
                    return false;
                }
            }
            match shard.follower.on_committed(&bytes) {
                Ok(progress) => shard.snapshots.on_applied(progress.data_bytes),
                Err(error) => {
                    self.closing.fail(format!("the metadata log cannot be followed: {error}"));
                    return false;
                }
            }
        }
    }

    /// A shard has done its part of a step.
    pub(crate) fn on_metadata_acknowledged(&mut self, number: u64) {
        let shard = self.controller.as_mut().expect("shards answer to shard 0");
        let under_way = shard.update.as_mut().expect("acknowledged while under way");
        assert_eq!(under_way.update.number, number, "one update at a time");
        under_way.acknowledgements_left -= 1;
        if under_way.acknowledgements_left > 0 {
            return;
        }
        under_way.step = match under_way.step {
            UpdateStep::Retire => UpdateStep::Prepare,
            UpdateStep::Prepare => UpdateStep::Publish,
            UpdateStep::Publish => {
                shard.update = None;
                self.answer_controls();
                self.advance_metadata();
                return;
            }
        };
        self.begin_update_step();
    }

    /// Gives the answers whose records every shard has published.
    fn answer_controls(&mut self) {
        loop {
            let shard = self.controller.as_mut().expect("the caller has it");
            let is_visible = |waiting: &WaitingAnswer| waiting.visible_at <= shard.follower.next_offset();
            if shard.update.is_some() || !shard.waiting.front().is_some_and(is_visible) {
                return;
            }
            let done = shard.waiting.pop_front().expect("looked at above");
            self.answer_control(done);
        }
    }

    fn answer_control(&mut self, done: WaitingAnswer) {
        match (done.ticket, done.answer) {
            (
                ControlTicket::Request { shard, .. }
                | ControlTicket::ProducerIds { shard }
                | ControlTicket::Assigned { shard, .. },
                Some(answer),
            ) => {
                if shard == self.id {
                    self.on_control_done(done.ticket, *answer);
                } else {
                    self.mail(shard, Mail::ControlDone { ticket: done.ticket, answer });
                }
            }
            (ControlTicket::ConfiguredTopics, Some(answer)) => self.report_configured_topics(&answer),
            (ControlTicket::Registered, _) => self.unfence(),
            (ControlTicket::Unfenced, _) => self.open_for_business(),
            (_, _) => {}
        }
    }
}

/// A decision in parts, with its answer in the closed list.
fn split<T>(
    decision: Decision<T>,
    answer: impl FnOnce(T) -> ControlAnswer,
) -> (Option<Append>, Offset, ControlAnswer) {
    (decision.append, decision.visible_at, answer(decision.answer))
}

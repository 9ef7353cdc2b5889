//! How shard 0 gets from a metadata log on disk to a broker that accepts connections.

use super::super::Shard;
use super::super::mail::Mail;
use crate::control::{ControlAnswer, ControlRequest, ControlTicket};
use crate::controller::{BrokerRegistration, Controller, NewTopic};
use crate::metadata::{Voter, encode_control_batch};
use loglane_replication::MetadataRecord;
use loglane_replication::record::{RegisterController, SupportedFeature};
use loglane_ring::Io;
use std::collections::BTreeMap;

/// What the start needs once the metadata log has been followed to its end.
pub(crate) struct ControllerStart {
    /// This node as a voter.
    pub(crate) own: Voter,
    /// The records of `bootstrap.checkpoint`.
    pub(crate) bootstrap: Vec<MetadataRecord>,
    /// What this broker can run with.
    pub(crate) supported: Vec<SupportedFeature>,
    pub(crate) controller: RegisterController,
    pub(crate) broker: BrokerRegistration,
    /// What uses the features that have to be lowered, as found in the logs.
    pub(crate) uses: BTreeMap<String, String>,
    /// Called once, when connections are accepted.
    pub(crate) on_ready: Box<dyn FnOnce() + Send>,
}

impl<I: Io<Mail>> Shard<I> {
    /// Shard 0's first turn: follows what is on disk.
    pub(crate) fn start_metadata(&mut self) {
        if let Some(shard) = self.controller.as_mut() {
            shard.is_dirty = true;
            shard.snapshots.begin(self.now);
            shard.progress.on_flushed(shard.log.flushed_end_offset());
            if self.directories.at_start(self.directories.metadata()).clean_shutdown {
                self.capture_metadata_position();
            }
            self.advance_metadata();
        }
    }

    /// Begins to lead once everything that was in the log at the start is applied.
    pub(super) fn begin_to_lead_when_caught_up(&mut self) {
        let wall_ms = self.wall_ms;
        let shard = self.controller.as_mut().expect("the caller has it");
        if shard.controller.is_some() || shard.follower.next_offset() < shard.log.log_end_offset() {
            return;
        }
        let start = shard.start.as_ref().expect("kept until connections are accepted");
        let activation = Controller::activate(
            shard.epoch,
            shard.follower.builder(),
            shard.follower.quorum(),
            &start.own,
            &start.bootstrap,
            &start.supported,
            &|feature| start.uses.get(feature).cloned(),
        );
        let activation = match activation {
            Ok(activation) => activation,
            Err(refusal) => {
                self.closing.fail(format!("this broker cannot lead its metadata log: {refusal}"));
                return;
            }
        };
        let (registration, broker) = (start.controller.clone(), start.broker.clone());
        let control =
            encode_control_batch(activation.control_base_offset, shard.epoch, wall_ms, &activation.control);
        shard.log.assign_epoch(shard.epoch);
        shard.controller = Some(activation.controller);
        self.append_metadata_batch(&control);
        for append in activation.appends {
            self.append_metadata(Some(append));
        }
        let registered = self.lead(|controller| controller.register_controller(registration));
        self.append_metadata(registered.append);
        let id = broker.broker;
        let registered = self.lead(|controller| controller.register_broker(broker));
        self.append_metadata(registered.append);
        if let Ok(epoch) = registered.answer {
            let found = self.directories.found();
            let assigned = self.lead(|controller| controller.assign_directories(id, epoch, &found, false));
            self.append_metadata(assigned.append);
        }
        let shard = self.controller.as_mut().expect("the caller has it");
        match registered.answer {
            Ok(epoch) => {
                shard.broker_epoch = epoch;
                shard.answer_when_visible(registered.visible_at, ControlTicket::Registered, None);
            }
            Err(error) => self.closing.fail(format!("this broker cannot be registered: {error}")),
        }
    }

    fn lead<T>(&mut self, decide: impl FnOnce(&mut Controller) -> T) -> T {
        let shard = self.controller.as_mut().expect("only shard 0 leads");
        decide(shard.controller.as_mut().expect("it leads by now"))
    }

    /// Every shard has opened its logs: this broker may lead.
    pub(super) fn unfence(&mut self) {
        let shard = self.controller.as_ref().expect("only shard 0 leads");
        let (broker, epoch) = (self.settings.broker, shard.broker_epoch);
        let decision = self.lead(|controller| controller.unfence_broker(broker, epoch));
        self.append_metadata(decision.append);
        let shard = self.controller.as_mut().expect("only shard 0 leads");
        match decision.answer {
            Ok(()) => {
                shard.answer_when_visible(decision.visible_at, ControlTicket::Unfenced, None);
                self.report_lost_directories();
            }
            Err(stale) => self.closing.fail(format!("this broker's registration was overtaken: {stale:?}")),
        }
    }

    /// Log directories have failed: the metadata say so, and nothing new is placed there.
    pub(crate) fn report_lost_directories(&mut self) {
        let Some(shard) = self.controller.as_ref().filter(|shard| shard.controller.is_some()) else { return };
        if self.closing.has_begun() || self.directories.must_stop() {
            return;
        }
        let (broker, epoch) = (self.settings.broker, shard.broker_epoch);
        let lost = self.directories.lost();
        let decision = self.lead(|controller| controller.lose_directories(broker, epoch, &lost));
        // A registration that was overtaken is somebody else's to keep up to date.
        self.append_metadata(decision.append);
    }

    /// Every shard knows that this broker leads: clients may come.
    pub(super) fn open_for_business(&mut self) {
        if self.closing.has_begun() {
            return;
        }
        let shard = self.controller.as_mut().expect("only shard 0 leads");
        if let Some(start) = shard.start.take() {
            (start.on_ready)();
        }
        self.mail_others(|| Mail::ResumeMoves);
        self.resume_moves();
        self.create_configured_topics();
        self.start_accepting();
    }

    /// `loglane.create.topics`, as the environment of some images asks for it: makes what is not there yet.
    fn create_configured_topics(&mut self) {
        let settings = self.settings.clone();
        let image = &self.metadata.image;
        let missing = settings
            .config
            .topics_to_create
            .iter()
            .filter(|topic| image.topics.by_name(&topic.name).is_none());
        let topics: Vec<NewTopic> = missing
            .map(|topic| NewTopic {
                name: topic.name.clone(),
                partition_count: i32::try_from(topic.partitions).unwrap_or(i32::MAX),
                replication_factor: i16::try_from(topic.replicas).unwrap_or(i16::MAX),
                configs: topic
                    .cleanup_policy
                    .iter()
                    .map(|policy| ("cleanup.policy".to_owned(), Some(policy.clone())))
                    .collect(),
                ..NewTopic::default()
            })
            .collect();
        if !topics.is_empty() {
            let request = ControlRequest::CreateTopics { topics, validate_only: false };
            self.control(ControlTicket::ConfiguredTopics, request);
        }
    }

    /// What came of the configured topics: nobody else would hear of a refusal.
    pub(crate) fn report_configured_topics(&self, answer: &ControlAnswer) {
        let ControlAnswer::CreateTopics(topics) = answer else { return };
        for (name, outcome) in topics {
            match outcome {
                Ok(_) => tracing::info!(topic = %name, "topic created, as loglane.create.topics asks"),
                Err(error) => {
                    tracing::error!(topic = %name, %error, "a topic of loglane.create.topics is not made")
                }
            }
        }
    }
}

//! How this shard follows the metadata log.
//!
//! Shard 0 turns committed records into an image and tells every shard, itself included, in three steps, each begun
//! when all shards are done with the one before. *Retire*: what the new image does not have is served no more, and its
//! directories take names that a new topic of the same name does not need. *Prepare*: make what is new ready (open the
//! logs of new partitions). *Publish*: from now on requests see the new image. A topic is therefore never visible on one
//! core before every core can serve it, and an admin request is answered only when every shard has published.

use super::Shard;
use super::close::CHECKPOINT_LANE;
use super::mail::Mail;
use super::partitions::ShardJobDone;
use super::recovery::LogPlace;
use super::scrub::Finder;
use super::token::Purpose;
use crate::log_dirs::LogName;
use crate::partition::{Partition, State};
use crate::settings::Settings;
use crate::slots::SlotId;
use crate::topic_rules::{levels, log_config, topic_config};
use crate::topics::{PartitionPlace, TopicEntry};
use loglane_model::{FileSystem, JobDone, Offset, PartitionId, ShardId, TopicId};
use loglane_replication::image::{Delta, MetadataImage, Topic, TopicChange};
use loglane_replication::record::ConfigResource;
use loglane_replication::record::PartitionRecord;
use loglane_ring::Io;
use loglane_storage::directory::partition_directory_name;
use loglane_storage::{CloseSync, Log, LogConfig, MakeLog, OpenError, OpenLog, OpenSync};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::Arc;

/// From so many logs on whatever is done to all of them is made durable at once, for the whole file system, instead of
/// file by file. For fewer that would cost more: it writes out what others have changed there, too.
pub(crate) const SYNC_TOGETHER_MIN: usize = 256;

/// Logs are opened in about so many jobs by each shard, for helpers to share, however many logs there are: a way to a
/// helper and back for each of ten thousand costs more than what most of them have to do.
const OPENING_JOBS: usize = 64;

/// In one job at most: it holds no other one up for long.
const OPEN_TOGETHER_MAX: usize = 64;

/// One step of the metadata log, the same value on every shard.
#[derive(Debug)]
pub(crate) struct MetadataUpdate {
    /// Counts up by one.
    pub(crate) number: u64,
    pub(crate) image: Arc<MetadataImage>,
    pub(crate) delta: Delta,
    /// The settings that hold with this image, where the broker's configuration changed.
    pub(crate) settings: Option<Arc<Settings>>,
}

impl MetadataUpdate {
    /// The step from the image before to `image`, for shards that have `settings`.
    pub(super) fn new(number: u64, image: Arc<MetadataImage>, delta: Delta, settings: &Settings) -> Self {
        let changed = delta.configs.iter().any(|resource| resource.kind == ConfigResource::BROKER);
        let settings = changed.then(|| Arc::new(settings.with_levels(&levels(settings, &image))));
        MetadataUpdate { number, image, delta, settings }
    }

    /// Whether there is something to retire.
    pub(crate) fn removes_topics(&self) -> bool {
        self.delta.topics.values().any(|change| matches!(change, TopicChange::Deleted(_)))
    }
}

/// What shards are to do about an update.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UpdateStep {
    Retire,
    Prepare,
    Publish,
}

/// Where a shard is with the metadata.
#[derive(Debug, Default)]
pub(crate) struct MetadataView {
    /// What requests see.
    pub(crate) image: Arc<MetadataImage>,
    /// The step that is under way here, and of which update.
    under_way: Option<(Arc<MetadataUpdate>, UpdateStep)>,
    /// Logs that are being opened for it.
    opening: usize,
    /// Whether they leave it to this shard to sync what they change.
    syncs_together: bool,
    /// Directories that are to be synced for that once they are open.
    to_sync: BTreeSet<u16>,
    /// Directories that are being synced.
    syncing: usize,
    /// Partitions of retired topics whose directories still have their names, or of which a checkpoint file speaks.
    retiring: BTreeSet<SlotId>,
    /// New partitions of the update, until it is published: topic and partition to their place in the table.
    prepared: BTreeMap<(TopicId, PartitionId), SlotId>,
}

impl MetadataView {
    /// The place of a partition that is not published yet.
    pub(crate) fn prepared_slot(&self, topic: TopicId, partition: PartitionId) -> Option<SlotId> {
        self.prepared.get(&(topic, partition)).copied()
    }
}

impl<I: Io<Mail>> Shard<I> {
    /// Does this shard's part of a step.
    pub(crate) fn update_metadata(&mut self, update: Arc<MetadataUpdate>, step: UpdateStep) {
        assert!(self.metadata.under_way.is_none(), "shard 0 begins one step at a time");
        self.metadata.under_way = Some((update.clone(), step));
        match step {
            UpdateStep::Retire => self.retire_topics(&update),
            UpdateStep::Prepare => self.prepare_metadata(&update),
            UpdateStep::Publish => self.publish_metadata(&update),
        }
        self.acknowledge_when_done();
    }

    /// First step: what is gone is served no more.
    fn retire_topics(&mut self, update: &MetadataUpdate) {
        let mut slots = Vec::new();
        for (id, change) in &update.delta.topics {
            if let TopicChange::Deleted(_) = change
                && let Some(entry) = self.topics.remove(*id)
            {
                slots.extend(entry.partitions.iter().filter_map(|place| place.slot));
            }
        }
        self.metadata.retiring.extend(&slots);
        slots.into_iter().for_each(|slot| self.begin_delete(slot));
    }

    /// A partition's directory has another name now, or never will have, and no checkpoint file speaks of it.
    pub(super) fn on_retired(&mut self, slot: SlotId) {
        self.metadata.retiring.remove(&slot);
        self.acknowledge_when_done();
    }

    /// Second step: opens what is new here.
    fn prepare_metadata(&mut self, update: &MetadataUpdate) {
        let mut coming = Vec::new();
        for (id, change) in &update.delta.topics {
            if let TopicChange::Created | TopicChange::Changed(_) = change
                && let Some(topic) = update.image.topics.by_id(*id)
            {
                self.add_new_partitions(topic, change, &update.image, &mut coming);
            }
        }
        self.open_logs(coming);
    }

    /// Has logs opened.
    fn open_logs(&mut self, coming: Vec<(SlotId, Arc<Topic>, LogConfig)>) {
        let sync = if coming.len() < SYNC_TOGETHER_MIN { OpenSync::Each } else { OpenSync::Together };
        self.metadata.syncs_together = sync == OpenSync::Together;
        self.metadata.opening += coming.len();
        let together = (coming.len() / OPENING_JOBS).clamp(1, OPEN_TOGETHER_MAX);
        let mut coming = coming.into_iter().peekable();
        while coming.peek().is_some() {
            let logs: Vec<(SlotId, OpenLog)> = coming
                .by_ref()
                .take(together)
                .map(|(slot, topic, config)| (slot, self.open_request(slot, &topic, sync, config)))
                .collect();
            // They have no other jobs under way that this one could overtake, so any of their lanes will do.
            let lane = logs[0].0.index;
            let open = move |fs: &dyn FileSystem| -> JobDone {
                let open = |(slot, request)| (slot, loglane_storage::open(fs, request).map(Box::new));
                Box::new(ShardJobDone::Opened(logs.into_iter().map(open).collect()))
            };
            self.io.spawn(Purpose::Job.token(), lane, Box::new(open));
        }
    }

    /// Makes places for the partitions that are new here. Those in `coming` wait for their logs.
    fn add_new_partitions(
        &mut self,
        topic: &Arc<Topic>,
        change: &TopicChange,
        image: &MetadataImage,
        coming: &mut Vec<(SlotId, Arc<Topic>, LogConfig)>,
    ) {
        let mut config = None;
        for (number, record) in topic.partitions.iter() {
            let number = *number;
            if let TopicChange::Changed(partitions) = change
                && !partitions.contains(&number)
            {
                continue;
            }
            let is_mine = self.home_of(topic, number, record) == self.id;
            let is_known = self.slot_of(topic.id, number).is_some();
            if !is_mine || is_known || !record.replicas.contains(&self.settings.broker) {
                continue;
            }
            let directory = self.directories.index_of(record, self.settings.broker);
            let config = config.get_or_insert_with(|| topic_config(&topic.name, &self.settings, image));
            let min_in_sync = config.insync_replicas_min as usize;
            let partition = Partition::opening(topic, record, directory, self.settings.broker, min_in_sync);
            let slot = self.partitions.insert(partition);
            self.metadata.prepared.insert((topic.id, number), slot);
            if self.directories.is_online(directory) {
                let config = log_config(&topic.name, &self.settings, config);
                coming.push((slot, topic.clone(), config));
            } else {
                self.partitions.get_mut(slot).expect("inserted above").state = State::Offline(None);
            }
        }
    }

    fn open_request(&self, slot: SlotId, topic: &Topic, sync: OpenSync, config: LogConfig) -> OpenLog {
        let partition = self.partitions.get(slot).expect("added just now");
        let (number, directory) = (partition.number, partition.directory);
        let name = (topic.name.to_string(), number);
        let position = self.recovery.at_start(directory, (topic.id, number));
        let at_start = self.directories.at_start(directory);
        let was_found = self.directories.was_found(topic.id, number);
        let checkpointed = |offsets: &BTreeMap<LogName, Offset>| {
            offsets.get(&name).copied().filter(|_| was_found).unwrap_or_default()
        };
        OpenLog {
            log: slot.index,
            dir: at_start.path.join(partition_directory_name(&topic.name, number)),
            topic_id: topic.id,
            config,
            clean_shutdown: at_start.clean_shutdown,
            recovery_point: checkpointed(&at_start.recovery_points),
            log_start_offset: checkpointed(&at_start.log_starts),
            position,
            is_owner_known: was_found,
            make: MakeLog::WhenAppended,
            sync,
            now_ms: self.wall_ms,
        }
    }

    /// Logs were opened, or not.
    pub(super) fn on_opened(&mut self, logs: Vec<(SlotId, Result<Box<Log>, OpenError>)>) {
        let count = logs.len();
        for (slot, result) in logs {
            self.on_log_opened(slot, result);
        }
        self.metadata.opening -= count;
        self.acknowledge_when_done();
    }

    fn on_log_opened(&mut self, slot: SlotId, result: Result<Box<Log>, OpenError>) {
        let now = self.now;
        let partition = self.partitions.get_mut(slot).expect("a partition waits for its opening");
        let is_online = self.directories.is_online(partition.directory);
        match result {
            // The directory has failed meanwhile.
            Ok(mut log) if !is_online => {
                log.release(&mut self.pool);
                partition.state = State::Offline(None);
            }
            Ok(log) => {
                let name = (partition.topic.to_string(), partition.number);
                let was_untouched = log.was_untouched();
                let at_start = self.directories.at_start(partition.directory);
                let was_found = self.directories.was_found(partition.topic_id, partition.number);
                let known = at_start.high_watermarks.get(&name).copied().filter(|_| was_found);
                self.recovery.opened += 1;
                self.recovery.read_bytes += log.recovered_bytes();
                partition.begin_to_lead(*log, known.unwrap_or_default(), now);
                if self.closing.closes_logs()
                    && let Some(served) = partition.served_mut()
                {
                    served.log.close(CloseSync::Each);
                }
                if self.metadata.syncs_together && !was_untouched {
                    self.metadata.to_sync.insert(partition.directory);
                }
                if at_start.clean_shutdown && !was_untouched {
                    // What was read says nothing of what a kill would leave to read: there may be no position at all.
                    self.capture_position(LogPlace::Partition(slot));
                }
            }
            Err(OpenError::Disk(error)) => {
                tracing::error!(
                    topic = %partition.topic, partition = partition.number.0, %error,
                    "the log could not be opened: its directory goes offline"
                );
                partition.state = State::Offline(None);
                let directory = partition.directory;
                self.on_directory_failed(directory);
            }
            Err(OpenError::OldFormat { segment, position, magic }) => {
                tracing::error!(
                    topic = %partition.topic, partition = partition.number.0, %segment, position,
                    "the log holds messages of format {magic}, which Kafka wrote before 0.11 or for topics with an old \
                     message.format.version, and which this broker does not read: the partition is offline, and nothing \
                     of it was changed; start Kafka again and copy its records to a new topic there, or delete the topic"
                );
                partition.state = State::Offline(None);
                partition.is_left_alone = true;
            }
            // The directory works; what is in this one place belongs to somebody, and is left alone.
            Err(error @ (OpenError::OtherTopic(_) | OpenError::BadMetadata)) => {
                tracing::error!(
                    topic = %partition.topic, partition = partition.number.0, ?error,
                    "the log could not be opened: the partition is offline"
                );
                partition.state = State::Offline(None);
                partition.is_left_alone = true;
            }
        }
        self.report_found_damage(slot, Finder::Recovery);
        self.mark_dirty(slot);
    }

    /// The logs are open: what they have changed without syncing it is made durable before anybody is served.
    fn sync_opened(&mut self) {
        for directory in std::mem::take(&mut self.metadata.to_sync) {
            if !self.directories.is_online(directory) {
                continue;
            }
            self.metadata.syncing += 1;
            let path = self.directories.path(directory).to_owned();
            let job = move |fs: &dyn FileSystem| -> JobDone {
                Box::new(ShardJobDone::Synced { directory, result: fs.sync_all(&path) })
            };
            self.io.spawn(Purpose::Job.token(), CHECKPOINT_LANE, Box::new(job));
        }
    }

    pub(super) fn on_synced(&mut self, directory: u16, result: io::Result<()>) {
        self.metadata.syncing -= 1;
        if let Err(error) = result {
            let path = self.directories.path(directory).display();
            tracing::error!(%path, %error, "recovered logs could not be synced: the directory goes offline");
            self.on_directory_failed(directory);
        }
        self.acknowledge_when_done();
    }

    /// Tells shard 0 once the step under way is done here.
    fn acknowledge_when_done(&mut self) {
        if self.metadata.opening > 0 || !self.metadata.retiring.is_empty() {
            return;
        }
        self.sync_opened();
        if self.metadata.syncing > 0 {
            return;
        }
        let Some((update, _)) = self.metadata.under_way.take() else { return };
        if self.id == ShardId(0) {
            self.on_metadata_acknowledged(update.number);
        } else {
            self.mail(ShardId(0), Mail::MetadataAcknowledged { update: update.number });
        }
    }

    /// Third step: requests see the update.
    fn publish_metadata(&mut self, update: &MetadataUpdate) {
        self.metadata.image = update.image.clone();
        if let Some(settings) = &update.settings {
            self.settings = settings.clone();
        }
        self.end_recovery();
        for (id, change) in &update.delta.topics {
            if let TopicChange::Created | TopicChange::Changed(_) = change
                && let Some(topic) = update.image.topics.by_id(*id)
            {
                self.publish_topic(topic);
            }
        }
        self.apply_config_changes(&update.delta);
        self.begin_coordinators();
        let deleted = update.delta.topics.iter().filter_map(|(id, change)| match change {
            TopicChange::Deleted(topic) => Some((topic.name.clone(), *id)),
            TopicChange::Created | TopicChange::Changed(_) => None,
        });
        self.forget_topics(&deleted.collect::<Vec<_>>());
    }

    /// The shard that owns a partition: as it has been, or, of a new one, as this node's own rules have it.
    fn home_of(&self, topic: &Topic, number: PartitionId, record: &PartitionRecord) -> ShardId {
        let known = self.topics.home_of(topic.id, number);
        known.unwrap_or_else(|| {
            let directory = self.directories.index_of(record, self.settings.broker);
            self.homes.home_of(&topic.name, topic.id, number, directory)
        })
    }

    fn publish_topic(&mut self, topic: &Arc<Topic>) {
        let known = self.topics.by_id(topic.id).cloned();
        let mut partitions = Vec::with_capacity(topic.partitions.len());
        for (number, record) in topic.partitions.iter() {
            let slot = match self.metadata.prepared.remove(&(topic.id, *number)) {
                Some(slot) => Some(slot),
                None => known.as_ref().and_then(|entry| entry.place(*number)).and_then(|place| place.slot),
            };
            if let Some(partition) = slot.and_then(|slot| self.partitions.get_mut(slot)) {
                partition.on_metadata(record, self.settings.broker, self.now);
            }
            if let Some(slot) = slot {
                self.mark_dirty(slot);
            }
            partitions.push(PartitionPlace { home: self.home_of(topic, *number, record), slot });
        }
        self.topics.put(TopicEntry { name: topic.name.clone(), id: topic.id, partitions });
    }

    /// Applies changed configurations to the logs that they concern: those of a topic, or all where the broker's
    /// changed.
    fn apply_config_changes(&mut self, delta: &Delta) {
        let of_brokers = delta.configs.iter().any(|resource| resource.kind == ConfigResource::BROKER);
        let is_changed = |topic: &str| of_brokers || delta.configs.contains(&ConfigResource::topic(topic));
        if delta.configs.is_empty() {
            return;
        }
        let slots: Vec<SlotId> = self.partitions.ids().collect();
        for slot in slots {
            let partition = self.partitions.get_mut(slot).expect("listed just now");
            if !is_changed(&partition.topic) {
                continue;
            }
            let config = topic_config(&partition.topic, &self.settings, &self.metadata.image);
            let for_log = log_config(&partition.topic, &self.settings, &config);
            partition.on_config(&config, for_log);
            self.mark_dirty(slot);
        }
    }
}

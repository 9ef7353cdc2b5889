//! The metadata log at start: its newest snapshot, its log, the epoch that this node leads in.

use super::Bound;
pub(super) mod snapshots;

use super::boot::{OpenedDirectories, own_voter};
use super::seats::StartInputs;
use crate::api::versions::supported_features;
use crate::config::Config;
use crate::config::listeners::SecurityProtocol;
use crate::config::settings::MetadataSettings;
use crate::controller::{BrokerRegistration, SnapshotOnDisk, SnapshotPolicy};
use crate::fatal::{Fatal, FatalCode};
use crate::metadata::{
    BOOTSTRAP_FILE_NAME, Follower, METADATA_DIRECTORY_NAME, QUORUM_STATE_FILE_NAME, QuorumState, SnapshotId,
    read_snapshot_file,
};
use crate::shard::controller::{ControllerShard, ControllerStart, Followed, Snapshots};
use loglane_model::{Bug, FileSystem, Instant, LeaderEpoch, Offset, PartitionId, TopicId, planted};
use loglane_replication::record::{BrokerEndpoint, RegisterController, Uuid};
use loglane_replication::{LeaderProgress, LeaderStart, Leadership, MetadataRecord};
use loglane_storage::{Log, LogConfig, MakeLog, OpenError, OpenLog, OpenSync};
use snapshots::SnapshotsAtStart;
use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::time::Duration;

/// Everything that shard 0 needs to begin.
pub(super) struct MetadataAtStart {
    log: Log,
    epoch: LeaderEpoch,
    follower: (Follower, Followed),
    snapshots: Snapshots,
    leadership: Leadership,
    start: StartParts,
}

struct StartParts {
    own: crate::metadata::Voter,
    bootstrap: Vec<MetadataRecord>,
    controller: RegisterController,
    broker: BrokerRegistration,
    uses: BTreeMap<String, String>,
}

/// Opens the metadata log and takes the next epoch for this node, durably.
pub(super) fn open(
    inputs: &StartInputs<'_>,
    directories: &mut OpenedDirectories,
) -> Result<MetadataAtStart, Fatal> {
    let StartInputs { fs, config, bound, .. } = *inputs;
    let followed = directories.inspection.followed.take();
    let directories = &*directories;
    let directory = &directories.at_start[usize::from(directories.metadata_index)];
    let dir = directory.path.join(METADATA_DIRECTORY_NAME);
    let find = || snapshots::find(fs, &dir).map_err(|error| Fatal::directory_unusable(&dir, &error));
    let mut found = followed.map_or_else(find, Ok)?;
    if let Some(unusable) = &found.unusable {
        tracing::warn!(%unusable, "a metadata snapshot cannot be used");
    }
    let log = open_log(inputs, directories, &dir, found.followed.next_offset())?;
    if found.followed.end_offset() > log.log_end_offset() {
        // What was followed is more than what recovery has left of the log.
        found = find()?;
    }
    let SnapshotsAtStart { follower, followed, on_disk, unusable } = found;
    if log.log_start_offset() > follower.next_offset() {
        let (start, next) = (log.log_start_offset().0, follower.next_offset().0);
        let gap = format!(
            "it begins at offset {start}, and what can be read of the metadata before ends at {next}"
        );
        return Err(bad_data(&dir, &unusable.map_or(gap.clone(), |unusable| format!("{gap} ({unusable})"))));
    }
    tracing::info!(read_bytes = log.recovered_bytes(), "the metadata log is open");
    let epoch = take_epoch(fs, &dir, config, &log, &follower)?;
    let incarnation = Uuid::from_random(|| inputs.random());
    let endpoints = |controllers: bool| endpoints(config, bound, controllers);
    let working = directories.at_start.iter().filter(|directory| !directory.failed);
    let start = StartParts {
        own: own_voter(config, directory.id, bound),
        bootstrap: bootstrap_records(fs, &directory.path)?,
        controller: RegisterController {
            controller: config.node_id,
            incarnation,
            zk_migration_ready: false,
            endpoints: endpoints(true),
            features: supported_features(),
        },
        broker: BrokerRegistration {
            broker: config.node_id,
            incarnation,
            endpoints: endpoints(false),
            features: supported_features(),
            rack: config.rack.clone(),
            log_dirs: working.map(|directory| directory.id).collect(),
        },
        uses: directories.inspection.uses.clone(),
    };
    let leadership = Leadership {
        leader: config.node_id,
        leader_epoch: epoch,
        partition_epoch: 0,
        replicas: vec![config.node_id],
        in_sync: vec![config.node_id],
        min_in_sync: 1,
    };
    let mut snapshots = snapshots_of(&config.settings.metadata, on_disk);
    snapshots.on_applied(followed.data_bytes());
    Ok(MetadataAtStart { log, epoch, follower: (follower, followed), snapshots, leadership, start })
}

/// Opens the log. What is missing before `from` is not needed, because a snapshot has it: a log that ends before,
/// as that of a controller that was sent a snapshot, begins anew there.
fn open_log(
    inputs: &StartInputs<'_>,
    directories: &OpenedDirectories,
    dir: &Path,
    from: Offset,
) -> Result<Log, Fatal> {
    let directory = &directories.at_start[usize::from(directories.metadata_index)];
    let recovery = &directories.recovery[usize::from(directories.metadata_index)][0];
    let request = OpenLog {
        log: u32::MAX,
        dir: dir.to_owned(),
        topic_id: TopicId::METADATA,
        config: metadata_log_config(inputs.config),
        clean_shutdown: directory.clean_shutdown,
        recovery_point: Offset::ZERO,
        log_start_offset: Offset::ZERO,
        position: recovery.positions.get(&(TopicId::METADATA, PartitionId(0))).cloned(),
        is_owner_known: false,
        make: MakeLog::AtOnce,
        sync: OpenSync::Each,
        now_ms: inputs.wall_ms,
    };
    let open = |request| {
        loglane_storage::open(inputs.fs, request).map_err(|error| match error {
            OpenError::Disk(kind) => Fatal::directory_unusable(dir, &kind.into()),
            OpenError::OtherTopic(_) | OpenError::BadMetadata | OpenError::OldFormat { .. } => {
                bad_data(dir, &format!("{error:?}"))
            }
        })
    };
    let log = open(request.clone())?;
    if log.log_end_offset() >= from {
        return Ok(log);
    }
    drop(log);
    open(OpenLog { log_start_offset: from, ..request })
}

fn snapshots_of(settings: &MetadataSettings, on_disk: Vec<SnapshotOnDisk>) -> Snapshots {
    let interval_ms = settings.snapshot_interval_ms.and_then(|ms| u64::try_from(ms).ok()).unwrap_or(0);
    let interval = Duration::from_millis(interval_ms);
    let policy = SnapshotPolicy::new(settings.snapshot_after_bytes, interval, Instant::default());
    let retention_bytes = settings.retention_bytes.and_then(|bytes| i64::try_from(bytes).ok());
    Snapshots::new(policy, on_disk, retention_bytes.unwrap_or(-1), settings.retention_ms.unwrap_or(-1))
}

impl MetadataAtStart {
    /// The level of kraft.version, as far as the snapshots tell.
    pub(super) fn kraft_version(&self) -> i16 {
        self.follower.0.quorum().kraft_version
    }

    pub(super) fn into_controller(self, on_ready: Box<dyn FnOnce() + Send>) -> Box<ControllerShard> {
        let MetadataAtStart { log, epoch, follower, snapshots, leadership, start } = self;
        let end = log.log_end_offset();
        let at = LeaderStart { high_watermark: end, flushed_end_offset: end, log_end_offset: end };
        let progress = LeaderProgress::new(leadership, at, Instant::default());
        let start = ControllerStart {
            own: start.own,
            bootstrap: start.bootstrap,
            supported: supported_features(),
            controller: start.controller,
            broker: start.broker,
            uses: start.uses,
            on_ready,
        };
        Box::new(ControllerShard::new(log, epoch, progress, follower, snapshots, start))
    }
}

/// What is on disk cannot be understood; nothing is written over it.
pub(super) fn bad_data(path: &Path, error: &dyn std::fmt::Display) -> Fatal {
    Fatal::new(
        FatalCode::BadData,
        format!("{}: {error}", path.display()),
        "the disk damaged it, somebody edited it, or a newer version wrote it",
        "restore the directory from a backup, or start the program that wrote it",
    )
}

/// The records that an empty log begins with.
pub(super) fn bootstrap_records(fs: &dyn FileSystem, root: &Path) -> Result<Vec<MetadataRecord>, Fatal> {
    let path = root.join(BOOTSTRAP_FILE_NAME);
    match fs.stat(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        _ => read_snapshot_file(fs, &path, SnapshotId::FIRST)
            .map(|snapshot| snapshot.records)
            .map_err(|error| bad_data(&path, &error)),
    }
}

/// The epoch of this leadership: above every one that was, and on disk before anything is written in it.
fn take_epoch(
    fs: &dyn FileSystem,
    dir: &Path,
    config: &Config,
    log: &Log,
    follower: &Follower,
) -> Result<LeaderEpoch, Fatal> {
    let path = dir.join(QUORUM_STATE_FILE_NAME);
    let failed = |error: &dyn std::fmt::Display| bad_data(&path, error);
    let before = match fs.read_whole(&path, 64 * 1024) {
        Ok(bytes) => {
            let text = String::from_utf8(bytes).map_err(|error| failed(&error))?;
            QuorumState::decode(&text).map_err(|error| failed(&error))?.leader_epoch
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => LeaderEpoch(0),
        Err(error) => return Err(failed(&error)),
    };
    let in_snapshot = follower.builder().image().applied_epoch;
    let in_log = log.latest_epoch().map_or(in_snapshot, |entry| entry.epoch.max(in_snapshot));
    let epoch =
        LeaderEpoch(before.0.max(in_log.0).checked_add(1).ok_or_else(|| failed(&"no epoch is left"))?);
    let state = QuorumState::leading(config.node_id, epoch, None);
    fs.replace_whole(&path, state.encode().as_bytes()).map_err(|error| failed(&error))?;
    Ok(epoch)
}

fn endpoints(config: &Config, bound: &[Bound], controllers: bool) -> Vec<BrokerEndpoint> {
    let advertised = if controllers { &config.controller_advertised } else { &config.advertised };
    advertised
        .iter()
        .map(|listener| {
            let own = bound.iter().find(|bound| bound.listener.name == listener.name);
            let port =
                if listener.port == 0 { own.map_or(0, |own| own.address.port()) } else { listener.port };
            let protocol = config.protocols.get(&listener.name);
            BrokerEndpoint {
                name: listener.name.clone(),
                host: listener.host.clone().unwrap_or_else(|| "localhost".into()),
                port,
                security_protocol: protocol.map_or(0, |protocol| security_protocol_number(*protocol)),
            }
        })
        .collect()
}

/// A protocol's number in registrations (Kafka's `SecurityProtocol`).
fn security_protocol_number(protocol: SecurityProtocol) -> i16 {
    match protocol {
        SecurityProtocol::Plaintext => 0,
        SecurityProtocol::Ssl => 1,
        SecurityProtocol::SaslPlaintext => 2,
        SecurityProtocol::SaslSsl => 3,
    }
}

/// The metadata log's own settings; it is never deleted by time or size, only below a snapshot.
fn metadata_log_config(config: &Config) -> LogConfig {
    LogConfig {
        segment_bytes: u64::from(config.settings.metadata.segment_bytes),
        segment_ms: config.settings.metadata.segment_ms,
        max_message_bytes: 8 << 20,
        cleanup_delete: false,
        retention_ms: -1,
        durable: !planted(Bug::VolatileMetadata),
        ..LogConfig::default()
    }
}

//! Opening a log that has moved, or that could not: names change, the log is opened, and the partition is served.

use super::Step;
use crate::log_dirs::{rename_durably, sync_above};
use crate::partition::State;
use crate::shard::Shard;
use crate::shard::mail::Mail;
use crate::shard::partitions::ShardJobDone;
use crate::shard::recovery::LogPlace;
use crate::shard::token::Purpose;
use crate::slots::SlotId;
use crate::topic_rules::{log_config, topic_config};
use loglane_model::{FileSystem, JobDone};
use loglane_ring::Io;
use loglane_storage::directory::{DirectoryKind, partition_directory_name, retired_directory_name};
use loglane_storage::{CloseSync, Log, MakeLog, OpenError, OpenLog, OpenSync, is_disk_failure};
use std::io;
use std::path::PathBuf;
use std::time::Duration;

/// What changes its name before a log is opened in its new directory.
struct Change {
    future: PathBuf,
    source: PathBuf,
    retired: PathBuf,
}

/// A log that is open again.
pub(crate) struct MovedLog {
    log: Box<Log>,
    left: Option<Left>,
}

/// The old directory of a log that has moved.
struct Left {
    /// Its name now; `None`: it could not be renamed, and has the one that it had.
    retired: Option<PathBuf>,
    /// Nobody knows which name it has after a power cut.
    failure: Option<io::Error>,
}

/// A log that could not be opened.
pub(crate) struct MoveFailure {
    error: OpenError,
    /// The copy may have taken the partition's name all the same.
    has_name: bool,
    /// The old directory has its name.
    is_undone: bool,
}

/// Opens a log that was moved, or stays. Blocks: runs inside a job.
fn open_in_place(
    fs: &dyn FileSystem,
    request: OpenLog,
    change: Option<Change>,
) -> Result<MovedLog, MoveFailure> {
    let Some(change) = change else {
        let log = open_what_is_there(fs, request);
        let failure = |error| MoveFailure { error, has_name: false, is_undone: true };
        return Ok(MovedLog { log: Box::new(log.map_err(failure)?), left: None });
    };
    let Change { future, source, retired } = change;
    // Where that fails, or is not durable, the metadata decide: they name the copy, and it is complete. What the old
    // directory has may soon not be read any more.
    let renamed = fs.rename(&source, &retired);
    let is_renamed = renamed.is_ok();
    let failure = renamed.and_then(|()| sync_above(fs, &retired)).err();
    let mut has_name = false;
    let opened = fs.rename(&future, &request.dir).map_err(OpenError::from).and_then(|()| {
        has_name = true;
        sync_above(fs, &request.dir)?;
        open_what_is_there(fs, request)
    });
    match opened {
        Ok(log) => {
            let left = Left { retired: is_renamed.then_some(retired), failure };
            Ok(MovedLog { log: Box::new(log), left: Some(left) })
        }
        Err(error) if !is_renamed => Err(MoveFailure { error, has_name, is_undone: true }),
        Err(error) => {
            let back = rename_durably(fs, &retired, &source);
            if let Err(error) = &back {
                tracing::error!(%error, path = %source.display(), "a directory did not get its name back");
            }
            Err(MoveFailure { error, has_name, is_undone: back.is_ok() })
        }
    }
}

/// Opens a log whose directory is there, if somebody has written to it: without one it would begin anew.
fn open_what_is_there(fs: &dyn FileSystem, request: OpenLog) -> Result<Log, OpenError> {
    if request.make == MakeLog::AtOnce {
        fs.stat(&request.dir)?;
    }
    loglane_storage::open(fs, request)
}

impl<I: Io<Mail>> Shard<I> {
    /// Opens the log in one of its two directories. Before it is opened in the new one the old directory loses its name,
    /// and the copy takes it, so that there are never two: Kafka would not start with them.
    pub(super) fn open_moved(&mut self, slot: SlotId, directory: u16) {
        let settings = self.settings.clone();
        let retired = self.retired_name(slot);
        let partition = self.partitions.get_mut(slot).expect("the caller looked it up");
        let moving = partition.moving.as_mut().expect("the caller looked it up");
        moving.step = Step::Opening;
        let at_close = moving.at_close.clone().expect("it was closed");
        let config = topic_config(&partition.topic, &settings, &self.metadata.image);
        let name = partition_directory_name(&partition.topic, partition.number);
        let request = OpenLog {
            log: slot.index,
            dir: self.directories.path(directory).join(&name),
            topic_id: partition.topic_id,
            config: log_config(&partition.topic, &settings, &config),
            clean_shutdown: true,
            recovery_point: at_close.recovery_point,
            log_start_offset: at_close.log_start_offset,
            position: None,
            is_owner_known: false,
            make: if moving.is_made { MakeLog::AtOnce } else { MakeLog::WhenAppended },
            sync: OpenSync::Each,
            now_ms: self.wall_ms,
        };
        let source = self.directories.path(partition.directory);
        let change = (moving.is_made && directory != partition.directory).then(|| Change {
            future: moving.future.clone(),
            source: source.join(name),
            retired: source.join(retired),
        });
        let job = move |fs: &dyn FileSystem| -> JobDone {
            Box::new(ShardJobDone::Moved { slot, directory, result: open_in_place(fs, request, change) })
        };
        self.io.spawn(Purpose::Job.token(), slot.index, Box::new(job));
    }

    /// A name for a directory of a partition's that goes.
    pub(super) fn retired_name(&mut self, slot: SlotId) -> String {
        let unique = self.random_id();
        let partition = self.partitions.get(slot).expect("the caller looked it up");
        retired_directory_name(&partition.topic, partition.number, DirectoryKind::Deleted, unique)
    }

    /// The log is open again, in the new directory or in the old one; or not.
    pub(crate) fn on_moved(&mut self, slot: SlotId, directory: u16, result: Result<MovedLog, MoveFailure>) {
        match result {
            Ok(moved) => self.on_opened_again(slot, directory, moved),
            Err(failure) => self.on_not_opened_again(slot, directory, &failure),
        }
    }

    fn on_opened_again(&mut self, slot: SlotId, directory: u16, moved: MovedLog) {
        let now = self.now;
        let partition = self.partitions.get_mut(slot).expect("a partition waits for its opening");
        let moving = partition.moving.take().expect("it was moving");
        let high_watermark = moving.at_close.as_ref().expect("it was closed").high_watermark;
        let source = std::mem::replace(&mut partition.directory, directory);
        // The log is open where it was. Only now nobody needs what was copied of it.
        let came_to_nothing =
            directory == source && moving.target != source && self.directories.is_online(source);
        let is_deleted = partition.is_deleted;
        let mut log = moved.log;
        let delay = Duration::from_millis(u64::try_from(log.config().file_delete_delay_ms).unwrap_or(0));
        if self.directories.is_online(directory) {
            let config = topic_config(&partition.topic, &self.settings, &self.metadata.image);
            let for_log = log_config(&partition.topic, &self.settings, &config);
            partition.begin_to_lead(*log, high_watermark, now);
            // It may have changed meanwhile.
            partition.on_config(&config, for_log);
        } else {
            log.release(&mut self.pool);
            partition.state = State::Offline(None);
        }
        if let Some(Left { retired, failure }) = moved.left {
            let is_renamed = retired.is_some();
            if let Some(retired) = retired {
                self.retire_later(retired, delay);
            }
            if let Some(error) = failure {
                tracing::error!(%error, "a directory that a partition has left did not get the name of a deleted one");
                if is_renamed || is_disk_failure(error.kind()) {
                    self.on_directory_failed(source);
                }
            }
        }
        if came_to_nothing {
            self.drop_copy(slot, &moving);
        }
        if is_deleted {
            self.begin_delete(slot);
            return;
        }
        self.release_held(slot);
        // Batches that waited were refused when the stop began: none that follow them may be taken.
        if self.closing.has_begun()
            && let Some(served) = self.partitions.get_mut(slot).and_then(|partition| partition.served_mut())
        {
            served.log.close(CloseSync::Each);
        }
        self.capture_position(LogPlace::Partition(slot));
        self.mark_dirty(slot);
        self.begin_coordinators();
        if let Some(next) = moving.next.filter(|_| !self.closing.has_begun()) {
            self.move_replica(slot, next);
        }
    }

    fn on_not_opened_again(&mut self, slot: SlotId, directory: u16, failure: &MoveFailure) {
        let partition = self.partitions.get_mut(slot).expect("a partition waits for its opening");
        tracing::error!(
            topic = %partition.topic, partition = partition.number.0, error = ?failure.error,
            path = %self.directories.path(directory).display(), "the log could not be opened in its directory"
        );
        let source = partition.directory;
        let moving = partition.moving.as_mut().expect("it was moving");
        let is_disk = match &failure.error {
            OpenError::Disk(error) => is_disk_failure(*error),
            OpenError::OtherTopic(_) | OpenError::BadMetadata | OpenError::OldFormat { .. } => false,
        };
        if !failure.is_undone || !self.directories.is_online(source) {
            // The copy is where the partition is, and the next start finds it there.
            partition.directory = directory;
            self.end_move_offline(slot);
        } else if directory == source {
            self.end_move_offline(slot);
        } else {
            // Not before the metadata name the old directory again may anything be acknowledged there: a start that
            // finds both would take the other one.
            moving.step = Step::Returning;
            moving.has_name = failure.has_name;
            if partition.is_deleted {
                self.delete_in_move(slot);
            } else if !self.closing.closes_logs() {
                self.assign_directory(slot, source);
            }
        }
        if is_disk {
            self.on_directory_failed(directory);
        }
    }

    /// A log that moved is open nowhere. Its topic may have gone meanwhile.
    pub(super) fn end_move_offline(&mut self, slot: SlotId) {
        let partition = self.partitions.get_mut(slot).expect("the caller looked it up");
        partition.moving = None;
        partition.state = State::Offline(None);
        let is_deleted = partition.is_deleted;
        self.release_held(slot);
        if is_deleted {
            self.drop_offline(slot);
        }
    }
}

//! Opening a log: what is asked for, whether the directory is this log's, and what comes of it.

use crate::appender::Appender;
use crate::leader_epoch::LeaderEpochs;
use crate::log::{Log, producer_limits};
use crate::log_config::LogConfig;
use crate::partition_metadata;
use crate::producer_state::ProducerStates;
use crate::recovery::recover;
use crate::recovery_position::{BatchMark, DirectoryState, RecoveryPosition, partition_of};
use crate::segment::{Segment, read_if_there};
use crate::sums::{Damage, SumsKey};
use loglane_model::{FileSystem, Offset, TopicId};
use std::collections::VecDeque;
use std::io;
use std::path::PathBuf;

/// What is to be opened, and what is known of it.
#[derive(Debug, Clone)]
pub struct OpenLog {
    /// The log's number in its shard.
    pub log: u32,
    /// The log's directory; made if missing.
    pub dir: PathBuf,
    /// The topic's id.
    pub topic_id: TopicId,
    /// The topic's configuration.
    pub config: LogConfig,
    /// The log directory was left by a clean stop.
    pub clean_shutdown: bool,
    /// From `recovery-point-offset-checkpoint`; 0 if there is none.
    pub recovery_point: Offset,
    /// From `log-start-offset-checkpoint`; 0 if there is none.
    pub log_start_offset: Offset,
    /// The newest entry of the broker's own recovery file.
    pub position: Option<RecoveryPosition>,
    /// Whether the caller has read in `partition.metadata` that the directory is this topic's.
    pub is_owner_known: bool,
    /// Whether a log that has no directory gets it at once, or with its first batch.
    pub make: MakeLog,
    /// Who makes durable what recovery changes.
    pub sync: OpenSync,
    /// The wall clock.
    pub now_ms: i64,
}

/// When a log gets its directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MakeLog {
    /// When it is opened.
    AtOnce,
    /// When something is appended.
    WhenAppended,
}

/// Who syncs what the recovery of a log has changed, and the segments that it takes over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpenSync {
    /// Each log for itself.
    Each,
    /// The caller, for all logs at once ([`FileSystem::sync_all`]), before anything is appended or served.
    Together,
}

/// Why a log cannot be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpenError {
    /// The disk refused; the log directory goes offline.
    Disk(io::ErrorKind),
    /// The directory belongs to another topic of that name.
    OtherTopic(TopicId),
    /// `partition.metadata` cannot be read.
    BadMetadata,
    /// Where recovery would cut the log off stand messages of a format that is not read. They are somebody's records:
    /// nothing was cut.
    OldFormat {
        /// Base offset of the segment.
        segment: Offset,
        /// Where in it they begin.
        position: u64,
        /// Their format, 0 or 1.
        magic: u8,
    },
}

impl From<io::Error> for OpenError {
    fn from(error: io::Error) -> OpenError {
        OpenError::Disk(error.kind())
    }
}

/// A log as it was found.
#[derive(Debug)]
pub(crate) struct Recovered {
    pub(crate) segments: VecDeque<Segment>,
    pub(crate) log_start_offset: Offset,
    pub(crate) log_end_offset: Offset,
    pub(crate) recovery_point: Offset,
    pub(crate) producers: ProducerStates,
    pub(crate) epochs: LeaderEpochs,
    /// The file of the epochs says something else.
    pub(crate) epochs_changed: bool,
    /// The last batch of the last segment.
    pub(crate) last_batch: Option<BatchMark>,
    /// What is not as it was written, and stays where it is.
    pub(crate) damage: Vec<Damage>,
    /// Bytes that were read to find the end.
    pub(crate) scanned_bytes: u64,
    /// The log has a directory.
    pub(crate) is_made: bool,
    /// The files are as a clean stop left them.
    pub(crate) is_clean: bool,
    /// There are files that only the next start removes.
    pub(crate) has_leftovers: bool,
    /// A snapshot of the producers that belongs to no segment's beginning.
    pub(crate) last_snapshot: Option<Offset>,
}

/// Opens a log, or makes it. Blocks: runs inside a job.
///
/// # Errors
/// [`OpenError`]; the log must not be used then.
pub fn open(fs: &dyn FileSystem, mut request: OpenLog) -> Result<Log, OpenError> {
    let position = request.position.take().filter(|position| position.topic_id == request.topic_id);
    let recovered = match (fs.stat(&request.dir), request.make) {
        (Err(error), MakeLog::WhenAppended) if error.kind() == io::ErrorKind::NotFound => unmade(&request),
        (found, _) => {
            let directory = found.ok().map(DirectoryState::from);
            let left = position.as_ref().and_then(|position| position.closed_directory);
            let is_as_left = directory.is_some() && directory == left;
            let is_known = is_as_left || (request.is_owner_known && directory.is_some());
            if !is_known {
                make_directory(fs, &request, directory.is_some())?;
            }
            recover(fs, &request, position, is_as_left)?
        }
    };
    Ok(Log::new(request.log, request.dir, request.topic_id, request.config, recovered))
}

/// Whose the chains of checksums are.
pub(crate) fn sums_key(request: &OpenLog) -> SumsKey {
    SumsKey { topic_id: request.topic_id, partition: partition_of(&request.dir) }
}

/// A log of which nothing is on disk yet.
fn unmade(request: &OpenLog) -> Recovered {
    let base_offset = request.log_start_offset.max(Offset::ZERO);
    let segment = Segment::empty(base_offset, sums_key(request), Appender::new(), request.now_ms);
    Recovered {
        segments: VecDeque::from([segment]),
        log_start_offset: base_offset,
        log_end_offset: base_offset,
        recovery_point: base_offset,
        producers: ProducerStates::new(producer_limits(&request.config)),
        epochs: LeaderEpochs::new(),
        epochs_changed: false,
        last_batch: None,
        damage: Vec::new(),
        scanned_bytes: 0,
        is_made: false,
        is_clean: true,
        has_leftovers: false,
        last_snapshot: None,
    }
}

/// Makes the directory and `partition.metadata`, or checks that it is this topic's.
fn make_directory(fs: &dyn FileSystem, request: &OpenLog, is_there: bool) -> Result<(), OpenError> {
    let dir = &request.dir;
    if !is_there {
        fs.create_dir_all(dir)?;
        if let Some(above) = dir.parent() {
            fs.sync_dir(above)?;
        }
    }
    let path = dir.join(partition_metadata::FILE_NAME);
    // An empty one was made together with others, and the power went before it was on disk: there is no record here.
    match read_if_there(fs, &path)?.filter(|text| !text.is_empty()) {
        Some(text) => {
            let text = std::str::from_utf8(&text).map_err(|_| OpenError::BadMetadata)?;
            let found = partition_metadata::decode(text).map_err(|_| OpenError::BadMetadata)?;
            if found == request.topic_id { Ok(()) } else { Err(OpenError::OtherTopic(found)) }
        }
        None => Ok(fs.replace_whole(&path, partition_metadata::encode(request.topic_id).as_bytes())?),
    }
}

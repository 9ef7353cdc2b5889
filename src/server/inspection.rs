//! Looking at used directories before anything in them is changed: can this broker lead their metadata, does anything
//! in them need a feature that it lacks, and where is which partition?
//!
//! Everything here only reads, so that a refusal leaves Kafka a directory as it was. The metadata log is followed from
//! its files, without recovery: what lies behind the first damage is what recovery would cut off.

mod batches;
mod partitions;
#[cfg(test)]
mod tests;
mod uses;

pub(super) use partitions::Stray;

use super::directories::Directories;
use super::metadata_log::snapshots::{self, SnapshotsAtStart};
use super::metadata_log::{bad_data, bootstrap_records};
use crate::api::versions::supported_features;
use crate::controller::{ActivationRefusal, Controller, features_to_lower};
use crate::fatal::{Fatal, FatalCode};
use crate::metadata::{FollowError, METADATA_DIRECTORY_NAME, Voter};
use crate::recovery_files::{FoundFiles, LogId};
use batches::{WalkError, for_each_batch};
use loglane_model::{BrokerId, FileSystem, LeaderEpoch};
use loglane_replication::MetadataImage;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Inspection {
    /// For each feature that has to be lowered and is in use: by what.
    pub(super) uses: BTreeMap<String, String>,
    /// In which of the online directories a partition of this broker is.
    pub(super) places: BTreeMap<LogId, u16>,
    /// Directories of partitions that the metadata does not know here.
    pub(super) strays: Vec<Stray>,
    /// Directories of partitions that were deleted and whose files are still there.
    pub(super) deleted: Vec<PathBuf>,
    /// Copies of partitions that were to take another directory's place, and do now: from where to where.
    pub(super) promoted: Vec<(PathBuf, PathBuf)>,
    /// Copies that are of no use.
    pub(super) unwanted: Vec<PathBuf>,
    /// Where partitions were on their way to, by such copies.
    pub(super) moves: BTreeMap<LogId, u16>,
    /// What the recovery files of the directories say that were looked through.
    pub(super) recovery: BTreeMap<usize, FoundFiles>,
    /// The level of kraft.version; `None`: there is no metadata log yet.
    pub(super) kraft_version: Option<i16>,
    /// The metadata, for the start to go on with.
    pub(super) followed: Option<SnapshotsAtStart>,
}

/// Looks at all directories; one that cannot be read goes offline. `own` is this node as a voter, which runs so many
/// shards.
///
/// # Errors
/// Why this broker cannot go on with these directories. Nothing was changed.
pub(super) fn inspect(
    fs: &dyn FileSystem,
    directories: &mut Directories,
    own: &Voter,
    shard_count: u16,
) -> Result<Inspection, Fatal> {
    let metadata = &directories.online[directories.metadata];
    let dir = metadata.path.join(METADATA_DIRECTORY_NAME);
    if metadata.meta.is_none() || fs.stat(&dir).is_err() {
        return Ok(Inspection::default());
    }
    let followed = follow(fs, &dir)?;
    let follower = &followed.follower;
    let image = follower.builder().image();
    let lowered = features_to_lower(image, &supported_features());
    let uses = uses::find(fs, directories, image, own.id, &lowered);
    let bootstrap = bootstrap_records(fs, &directories.online[directories.metadata].path)?;
    let activation = Controller::activate(
        LeaderEpoch(image.applied_epoch.0.saturating_add(1)),
        follower.builder(),
        follower.quorum(),
        own,
        &bootstrap,
        &supported_features(),
        &|feature| uses.get(feature).cloned(),
    );
    activation.map_err(|refusal| refused(&dir, &refusal))?;
    let found = find_partitions(fs, directories, image, own.id, shard_count)?;
    let kraft_version = Some(follower.quorum().kraft_version);
    Ok(Inspection { uses, kraft_version, followed: Some(followed), ..found })
}

/// Looks once more which partition is where, because a directory is out. What else was found stays: it was found while
/// that directory could be read.
///
/// # Errors
/// The directory with the metadata log cannot be read.
pub(super) fn place_again(
    fs: &dyn FileSystem,
    directories: &mut Directories,
    found: Inspection,
    broker: BrokerId,
    shard_count: u16,
) -> Result<Inspection, Fatal> {
    let Some(followed) = &found.followed else { return Ok(found) };
    let image = followed.follower.builder().image();
    let placed = find_partitions(fs, directories, image, broker, shard_count)?;
    let Inspection { uses, kraft_version, followed, .. } = found;
    Ok(Inspection { uses, kraft_version, followed, ..placed })
}

/// The metadata as the files have it.
///
/// # Errors
/// They cannot be read, or not be understood.
pub(super) fn follow(fs: &dyn FileSystem, dir: &Path) -> Result<SnapshotsAtStart, Fatal> {
    let failed = |error: &io::Error| Fatal::directory_unusable(dir, error);
    let mut found = snapshots::find(fs, dir).map_err(|error| failed(&error))?;
    let from = found.follower.next_offset();
    let (follower, followed) = (&mut found.follower, &mut found.followed);
    let walked = for_each_batch(fs, dir, from, |batch| {
        let before = follower.next_offset();
        let progress = follower.on_committed(batch)?;
        if progress.next_offset > before {
            followed.on_followed(batch, progress.next_offset, progress.data_bytes);
        }
        Ok::<(), FollowError>(())
    });
    match walked {
        Ok(()) => Ok(found),
        Err(WalkError::Disk(error)) => Err(failed(&error)),
        Err(WalkError::Visit(error)) => Err(match &found.unusable {
            Some(unusable) => bad_data(dir, &format!("{error}, because {unusable}")),
            None => bad_data(dir, &error),
        }),
    }
}

fn find_partitions(
    fs: &dyn FileSystem,
    directories: &mut Directories,
    image: &MetadataImage,
    broker: BrokerId,
    shard_count: u16,
) -> Result<Inspection, Fatal> {
    loop {
        match partitions::find(fs, directories, image, broker, shard_count) {
            Ok(found) => return Ok(found),
            Err((index, error)) if index == directories.metadata => {
                return Err(Fatal::directory_unusable(&directories.online[index].path, &error));
            }
            Err((index, error)) => directories.set_aside(index, &error),
        }
    }
}

fn refused(dir: &Path, refusal: &ActivationRefusal) -> Fatal {
    let (cause, fix) = match refusal {
        ActivationRefusal::Feature(_) => (
            "a newer version, or a Kafka with features that this broker lacks, has used the directory",
            "start that one again and end the use of the feature (`kafka-features downgrade` lowers it there), or set \
             another log.dirs; nothing was changed",
        ),
        ActivationRefusal::OtherVoters(_) => (
            "the directory belongs to a cluster with several controllers",
            "start Kafka on it again and remove the other voters (`kafka-metadata-quorum remove-controller`), or set \
             another log.dirs; nothing was changed",
        ),
        ActivationRefusal::OtherDirectory { .. } => (
            "the metadata log was copied from another directory, or directory.id in meta.properties was changed",
            "restore meta.properties; nothing was changed",
        ),
        ActivationRefusal::NoMetadataVersion => (
            "the file was damaged or edited before the first start",
            "format the directory anew (it holds nothing yet), or restore the file; nothing was changed",
        ),
    };
    let what = format!("the metadata log in {} cannot be led here: {refusal}", dir.display());
    Fatal::new(FatalCode::CannotTakeOver, what, cause, fix)
}

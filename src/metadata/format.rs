//! What an empty data directory gets before a broker can start on it: the same files as from Kafka's
//! `kafka-storage format --standalone`.
//!
//! `meta.properties` comes last: a directory that has it is formatted, one without may be formatted again. Everything
//! is synced: with an empty `bootstrap.checkpoint` after a power cut Kafka would never start again.

use super::batch::{ControlRecord, Quorum, Voter, encode_control_batch, encode_records};
use super::snapshot::{Snapshot, SnapshotId, encode_snapshot};
use crate::controller::METADATA_VERSION_LATEST;
use loglane_model::{BrokerId, FileSystem, LeaderEpoch, Offset, TopicId, UNFINISHED_SUFFIX};
use loglane_replication::MetadataRecord;
use loglane_replication::image::METADATA_VERSION;
use loglane_replication::record::Uuid;
use loglane_storage::meta_properties::{self, MetaProperties};
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// The records that an empty metadata log begins with.
pub const BOOTSTRAP_FILE_NAME: &str = "bootstrap.checkpoint";

/// The directory of the metadata log.
pub const METADATA_DIRECTORY_NAME: &str = "__cluster_metadata-0";

/// The cluster that directories are formatted for.
#[derive(Debug, Clone)]
pub struct NewCluster {
    /// The cluster's id; usually a uuid as text.
    pub cluster_id: String,
    /// This node.
    pub node_id: BrokerId,
    /// The node as the only voter of a quorum with kraft.version 1, in the directory that has the metadata log. `None`
    /// where the configuration names static voters, or the node is no controller.
    pub voter: Option<Voter>,
    /// What goes into `bootstrap.checkpoint`; see [`default_bootstrap_records`].
    pub bootstrap: Vec<MetadataRecord>,
}

/// A directory to format.
#[derive(Debug, Clone)]
pub struct NewDirectory {
    /// Where; made if missing.
    pub path: PathBuf,
    /// Its id for life.
    pub id: Uuid,
    /// Whether it has the metadata log.
    pub has_metadata_log: bool,
}

/// Why directories were not formatted.
#[derive(Debug)]
pub enum FormatError {
    /// The file system refused something.
    Io {
        /// Where.
        path: PathBuf,
        /// What it said.
        error: io::Error,
    },
    /// There is a formatted directory already, or a metadata log: nothing is ever formatted over.
    NotEmpty(PathBuf),
}

impl fmt::Display for FormatError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FormatError::Io { path, error } => write!(f, "{}: {error}", path.display()),
            FormatError::NotEmpty(path) => {
                write!(f, "{} is in use already and is not formatted again", path.display())
            }
        }
    }
}

impl std::error::Error for FormatError {}

/// The features of a new cluster: metadata.version 4.3-IV0. Others are finalized once they are implemented.
#[must_use]
pub fn default_bootstrap_records() -> Vec<MetadataRecord> {
    vec![MetadataRecord::FeatureLevel { name: METADATA_VERSION.to_owned(), level: METADATA_VERSION_LATEST }]
}

/// Whether an unfinished [`format_directories`] may have left an entry of that name in the root of a directory.
#[must_use]
pub fn may_be_left_by_formatting(name: &str) -> bool {
    let of_file = name.strip_suffix(UNFINISHED_SUFFIX).unwrap_or(name);
    name == METADATA_DIRECTORY_NAME || [BOOTSTRAP_FILE_NAME, meta_properties::FILE_NAME].contains(&of_file)
}

/// Formats directories, each durably. All are looked at before the first is touched. Blocks.
pub fn format_directories(
    fs: &dyn FileSystem,
    cluster: &NewCluster,
    directories: &[NewDirectory],
    timestamp_ms: i64,
) -> Result<(), FormatError> {
    for directory in directories {
        check_empty(fs, &directory.path)?;
    }
    // The one with the metadata log comes first: if this is cut off, no used directory stands beside it while it is empty.
    let (first, others): (Vec<_>, Vec<_>) =
        directories.iter().partition(|directory| directory.has_metadata_log);
    for directory in first.into_iter().chain(others) {
        format_one(fs, cluster, directory, timestamp_ms)
            .map_err(|error| FormatError::Io { path: directory.path.clone(), error })?;
    }
    Ok(())
}

fn check_empty(fs: &dyn FileSystem, path: &Path) -> Result<(), FormatError> {
    let in_use = || FormatError::NotEmpty(path.to_owned());
    if exists(fs, &path.join(meta_properties::FILE_NAME))? {
        return Err(in_use());
    }
    let metadata = path.join(METADATA_DIRECTORY_NAME);
    let entries = match fs.list(&metadata) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(FormatError::Io { path: metadata, error }),
    };
    // An interrupted formatting leaves the first snapshot at most; a log is somebody's cluster.
    if entries.iter().any(|entry| entry.name.ends_with(".log")) { Err(in_use()) } else { Ok(()) }
}

fn exists(fs: &dyn FileSystem, path: &Path) -> Result<bool, FormatError> {
    match fs.stat(path) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(FormatError::Io { path: path.to_owned(), error }),
    }
}

fn format_one(
    fs: &dyn FileSystem,
    cluster: &NewCluster,
    directory: &NewDirectory,
    timestamp_ms: i64,
) -> io::Result<()> {
    let root = &directory.path;
    fs.create_dir_all(root)?;
    sync_names_above(fs, root)?;
    fs.replace_whole(&root.join(BOOTSTRAP_FILE_NAME), &encode_bootstrap(&cluster.bootstrap, timestamp_ms))?;
    if let (true, Some(voter)) = (directory.has_metadata_log, &cluster.voter) {
        let metadata = root.join(METADATA_DIRECTORY_NAME);
        fs.create_dir_all(&metadata)?;
        fs.sync_dir(root)?;
        let first = first_snapshot(voter, timestamp_ms);
        let bytes = encode_snapshot(&first, METADATA_VERSION_LATEST, timestamp_ms);
        fs.replace_whole(&metadata.join(first.id.file_name()), &bytes)?;
    }
    let properties = MetaProperties {
        cluster_id: cluster.cluster_id.clone(),
        node_id: cluster.node_id,
        directory_id: Some(TopicId(directory.id.0)),
    };
    fs.replace_whole(&root.join(meta_properties::FILE_NAME), properties.encode().as_bytes())
}

/// Sees to it that every name on the way to the directory survives a power cut. Who made them nobody knows any more: an
/// earlier start may have, and died. What may not be read, or knows no sync, was not made by any of them.
fn sync_names_above(fs: &dyn FileSystem, root: &Path) -> io::Result<()> {
    for above in root.ancestors().skip(1) {
        let above = if above.as_os_str().is_empty() { Path::new(".") } else { above };
        match fs.sync_dir(above) {
            Err(error) if !is_elsewhere(&error) => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// What a sync says of directories that belong to somebody else, or to an image that cannot be written.
fn is_elsewhere(error: &io::Error) -> bool {
    use io::ErrorKind::{InvalidInput, PermissionDenied, ReadOnlyFilesystem, Unsupported};
    matches!(error.kind(), InvalidInput | PermissionDenied | ReadOnlyFilesystem | Unsupported)
}

/// `bootstrap.checkpoint`: a snapshot that covers nothing, so its header has no timestamp.
fn encode_bootstrap(records: &[MetadataRecord], timestamp_ms: i64) -> Vec<u8> {
    let epoch = LeaderEpoch(0);
    let header = ControlRecord::SnapshotHeader { last_contained_log_timestamp_ms: 0 };
    let mut bytes = encode_control_batch(Offset::ZERO, epoch, timestamp_ms, &[header]);
    bytes.extend(encode_records(records, Offset(1), epoch, METADATA_VERSION_LATEST, timestamp_ms));
    let end = Offset(1).plus(i64::try_from(records.len()).expect("a handful"));
    bytes.extend(encode_control_batch(end, epoch, timestamp_ms, &[ControlRecord::SnapshotFooter]));
    bytes
}

/// The snapshot at offset 0, which says who the quorum is before there is a log.
fn first_snapshot(voter: &Voter, timestamp_ms: i64) -> Snapshot {
    Snapshot {
        id: SnapshotId::FIRST,
        quorum: Quorum { kraft_version: 1, voters: vec![voter.clone()] },
        last_contained_log_timestamp_ms: timestamp_ms,
        records: vec![],
    }
}

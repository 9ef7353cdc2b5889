//! The data directories at start: whose they are, whether they may be used, and which of them work.
//!
//! Nothing is changed in a directory before all of them were looked at, except that missing ones are made and that
//! `.lock` is taken. A directory that holds other files is refused before even that. Formatting an empty directory and
//! reading the logs are others' work.
//!
//! As in Kafka a directory that cannot be read or written goes offline and the others carry on, unless it is the one
//! with the metadata log, or the last.

use crate::fatal::{Fatal, FatalCode};
use crate::metadata::may_be_left_by_formatting;
use loglane_model::{BrokerId, DirEntry, File, FileSystem, TopicId};
use loglane_storage::clean_shutdown;
use loglane_storage::directory::{LOCK_FILE_NAME, PartitionDirectory};
use loglane_storage::meta_properties::{self, BadMetaProperties, MetaProperties};
use std::io;
use std::path::{Path, PathBuf};

/// Small files in the root of a directory are a few hundred bytes; a longer one is damaged.
const SMALL_FILE_BYTES_MAX: usize = 64 * 1024;

/// What a fresh file system has in its root.
const LOST_AND_FOUND: &str = "lost+found";

/// Directories of Kafka's beside those of partitions.
const KAFKA_DIRECTORIES: &[&str] = &["remote-log-index-cache"];

/// A data directory that can be used. Nobody else uses it while this value lives.
#[derive(Debug)]
pub struct DataDirectory {
    /// Where it is.
    pub path: PathBuf,
    /// What its `meta.properties` says; `None`: it is empty, and to be formatted.
    pub meta: Option<MetaProperties>,
    /// Whether its logs were closed in order, as far as [`Directories::take_clean_shutdown`] was asked.
    pub was_clean: bool,
    /// The broker epoch at the last clean close, −1 where it is unknown.
    pub last_broker_epoch: i64,
    lock: File,
}

impl DataDirectory {
    /// The lock that keeps others out; dropped with the directory.
    #[must_use]
    pub fn lock(&self) -> &File {
        &self.lock
    }

    /// Whether a directory of that name, which is no partition's, has its place in a data directory.
    #[must_use]
    pub fn may_hold(name: &str) -> bool {
        name == LOST_AND_FOUND || KAFKA_DIRECTORIES.contains(&name)
    }
}

/// A data directory that cannot be used, while others can.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfflineDirectory {
    /// Where it is.
    pub path: PathBuf,
    /// What the system says.
    pub error: String,
}

/// An online directory that turns out to be of no use.
#[derive(Debug)]
pub struct UnusableDirectory {
    /// Where it is.
    pub path: PathBuf,
    /// What the system says.
    pub error: io::Error,
}

/// All data directories of a broker.
#[derive(Debug)]
pub struct Directories {
    /// Those that can be used; never empty. The one with the metadata log is among them.
    pub online: Vec<DataDirectory>,
    /// Those that cannot.
    pub offline: Vec<OfflineDirectory>,
    /// The cluster that the formatted ones belong to; `None` if none is formatted.
    pub cluster_id: Option<String>,
    /// Which of [`Directories::online`] holds the metadata log.
    pub metadata: usize,
}

/// What the configuration says of the directories.
#[derive(Debug, Clone, Copy)]
pub struct DirectoryInputs<'a> {
    /// All of them.
    pub paths: &'a [&'a Path],
    /// The one of them where the metadata log is.
    pub metadata_log_dir: &'a Path,
    /// `node.id`.
    pub node_id: BrokerId,
    /// The cluster id that was asked for, if one was.
    pub cluster_id: Option<&'a str>,
}

/// Why one directory cannot be used.
enum Trouble {
    /// The start ends.
    Fatal(Fatal),
    /// The directory goes offline.
    Offline(io::Error),
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Trouble {
        Trouble::Offline(error)
    }
}

impl Directories {
    /// Looks at all directories and takes their locks.
    ///
    /// # Errors
    /// What keeps the broker from using them, with cause and fix.
    pub fn open(fs: &dyn FileSystem, inputs: &DirectoryInputs) -> Result<Directories, Fatal> {
        let mut opened =
            Directories { online: Vec::new(), offline: Vec::new(), cluster_id: None, metadata: 0 };
        for &path in inputs.paths {
            match open_one(fs, path) {
                Ok(directory) => opened.online.push(directory),
                Err(Trouble::Fatal(fatal)) => return Err(fatal),
                Err(Trouble::Offline(error)) if path == inputs.metadata_log_dir => {
                    return Err(Fatal::directory_unusable(path, &error));
                }
                Err(Trouble::Offline(error)) => {
                    opened.offline.push(OfflineDirectory { path: path.to_owned(), error: error.to_string() });
                }
            }
        }
        let metadata = opened.online.iter().position(|directory| directory.path == inputs.metadata_log_dir);
        opened.metadata = metadata.expect("an unusable metadata directory was fatal");
        opened.check_agreement(inputs)?;
        Ok(opened)
    }

    /// Reads and removes the marks of a clean close, so that whatever ends this run finds none. To be asked after
    /// everything that may still end the start, and before the first change to a log. What was once taken stays so, if
    /// this is asked again because a directory is out.
    ///
    /// # Errors
    /// A mark that cannot be removed: what comes after it would pass for closed in order.
    pub fn take_clean_shutdown(&mut self, fs: &dyn FileSystem) -> Result<(), UnusableDirectory> {
        for directory in &mut self.online {
            let taken = take_mark(fs, &directory.path)
                .map_err(|error| UnusableDirectory { path: directory.path.clone(), error })?;
            if let Some(epoch) = taken {
                directory.was_clean = true;
                directory.last_broker_epoch = epoch;
            }
        }
        Ok(())
    }

    /// Takes a directory out by its path, as [`Directories::set_aside`].
    ///
    /// # Errors
    /// It is the one with the metadata log.
    pub(super) fn set_aside_unusable(&mut self, unusable: &UnusableDirectory) -> Result<(), Fatal> {
        let UnusableDirectory { path, error } = unusable;
        let index = self.online.iter().position(|directory| directory.path == *path);
        let index = index.expect("a directory is used while it is online");
        if index == self.metadata {
            return Err(Fatal::directory_unusable(path, error));
        }
        self.set_aside(index, error);
        Ok(())
    }

    /// Takes a directory out that turned out to be unreadable. Not the one with the metadata log: nothing goes without.
    pub(super) fn set_aside(&mut self, index: usize, error: &io::Error) {
        assert!(index != self.metadata, "without the metadata log there is no start");
        let directory = self.online.remove(index);
        self.offline.push(OfflineDirectory { path: directory.path, error: error.to_string() });
        if index < self.metadata {
            self.metadata -= 1;
        }
    }

    fn check_agreement(&mut self, inputs: &DirectoryInputs) -> Result<(), Fatal> {
        let mut expected = inputs.cluster_id.map(|id| (id, "loglane.cluster.id".to_owned()));
        let formatted = || self.online.iter().filter_map(|dir| Some((dir, dir.meta.as_ref()?)));
        for (directory, meta) in formatted() {
            let path = directory.path.display();
            if meta.node_id != inputs.node_id {
                return Err(Fatal::new(
                    FatalCode::NodeIdMismatch,
                    format!(
                        "data directory {path} belongs to node {}, and node.id={}",
                        meta.node_id.0, inputs.node_id.0
                    ),
                    "node.id was changed, or the directory of another broker is mounted here",
                    format!("set node.id={}, or log.dirs to this node's own directory", meta.node_id.0),
                ));
            }
            match &expected {
                Some((id, source)) if *id != meta.cluster_id => {
                    return Err(Fatal::new(
                        FatalCode::ClusterIdMismatch,
                        format!(
                            "data directory {path} belongs to cluster {}, and {source} says {id}",
                            meta.cluster_id
                        ),
                        "the directory comes from another cluster, or the cluster id was changed",
                        format!(
                            "set the cluster id to {} (CLUSTER_ID, loglane.cluster.id), or set another log.dirs",
                            meta.cluster_id
                        ),
                    ));
                }
                Some(_) => {}
                None => expected = Some((&meta.cluster_id, path.to_string())),
            }
        }
        let duplicate = formatted().find_map(|(directory, meta)| {
            let id: TopicId = meta.directory_id?;
            let first = formatted().find(|(_, other)| other.directory_id == Some(id))?.0;
            (first.path != directory.path).then(|| (first.path.clone(), directory.path.clone()))
        });
        if let Some((first, second)) = duplicate {
            return Err(Fatal::new(
                FatalCode::DuplicateDirectory,
                format!("{} and {} have the same directory id", first.display(), second.display()),
                "one is a copy of the other",
                "remove the copy from log.dirs",
            ));
        }
        let metadata = &self.online[self.metadata];
        let used = formatted().map(|(directory, _)| directory).next();
        if let (None, Some(used)) = (&metadata.meta, used) {
            return Err(Fatal::new(
                FatalCode::BadMetaProperties,
                format!(
                    "{} is empty, and holds the metadata log of the used directory {}",
                    metadata.path.display(),
                    used.path.display()
                ),
                "log.dirs was given a new first directory, metadata.log.dir was changed, or a disk is not mounted",
                "mount the disk, keep the order of log.dirs, or set metadata.log.dir to where __cluster_metadata-0 is",
            ));
        }
        let cluster_id = formatted().map(|(_, meta)| meta.cluster_id.clone()).next();
        self.cluster_id = cluster_id;
        Ok(())
    }
}

fn open_one(fs: &dyn FileSystem, path: &Path) -> Result<DataDirectory, Trouble> {
    fs.create_dir_all(path)?;
    let entries = fs.list(path)?;
    let is_formatted = entries.iter().any(|entry| entry.name == meta_properties::FILE_NAME);
    check_entries(path, &entries, is_formatted).map_err(Trouble::Fatal)?;
    let Some(lock) = fs.lock(&path.join(LOCK_FILE_NAME))? else {
        return Err(Trouble::Fatal(Fatal::directory_in_use(path)));
    };
    // Another start may have formatted the directory between the first look and the lock.
    let is_formatted = is_formatted || has_meta(fs, path)?;
    let meta = if is_formatted { Some(read_meta(fs, path)?) } else { None };
    Ok(DataDirectory { path: path.to_owned(), meta, was_clean: false, last_broker_epoch: -1, lock })
}

fn has_meta(fs: &dyn FileSystem, path: &Path) -> io::Result<bool> {
    match fs.stat(&path.join(meta_properties::FILE_NAME)) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// A directory without `meta.properties` has to be empty, but for what a start has left that died while it formatted it:
/// that file comes last. One with it may hold other files, but as with Kafka no other directories.
fn check_entries(path: &Path, entries: &[DirEntry], is_formatted: bool) -> Result<(), Fatal> {
    let is_harmless = |entry: &&DirEntry| entry.name == LOCK_FILE_NAME || entry.name == LOST_AND_FOUND;
    let shown = path.display();
    if is_formatted {
        let is_known = |entry: &DirEntry| {
            PartitionDirectory::parse(&entry.name).is_some()
                || KAFKA_DIRECTORIES.contains(&entry.name.as_str())
        };
        let foreign = entries.iter().find(|entry| entry.is_dir && !is_harmless(entry) && !is_known(entry));
        return match foreign {
            None => Ok(()),
            Some(entry) => Err(Fatal::new(
                FatalCode::ForeignDirectory,
                format!("{shown} holds a directory that is no partition's: {}", entry.name),
                "something else stores its files there, or a partition's directory was renamed",
                format!("move {shown}/{} out of the data directory", entry.name),
            )),
        };
    }
    let is_other = |entry: &&DirEntry| !is_harmless(entry) && !may_be_left_by_formatting(&entry.name);
    let others: Vec<&DirEntry> = entries.iter().filter(is_other).collect();
    if others.is_empty() {
        return Ok(());
    }
    if others.iter().any(|entry| entry.is_dir && PartitionDirectory::parse(&entry.name).is_some()) {
        return Err(Fatal::new(
            FatalCode::BadMetaProperties,
            format!("{shown} holds partitions, but no {}", meta_properties::FILE_NAME),
            "the file was deleted, or the files were copied without it",
            format!(
                "put {} back (cluster.id, node.id, version=1), or set another log.dirs",
                meta_properties::FILE_NAME
            ),
        ));
    }
    const NAMED_MAX: usize = 3;
    let names: Vec<&str> = others.iter().take(NAMED_MAX).map(|entry| entry.name.as_str()).collect();
    let more = if others.len() > NAMED_MAX {
        format!(" and {} more", others.len() - NAMED_MAX)
    } else {
        String::new()
    };
    Err(Fatal::new(
        FatalCode::ForeignDirectory,
        format!("{shown} is no data directory and not empty: it holds {}{more}", names.join(", ")),
        "log.dirs names a directory that something else uses",
        "set log.dirs to an empty directory, or to one of Kafka's or Loglane's",
    ))
}

fn read_meta(fs: &dyn FileSystem, path: &Path) -> Result<MetaProperties, Trouble> {
    let file = path.join(meta_properties::FILE_NAME);
    let bad = |cause: &str, fix: String| {
        let what = format!("{} cannot be understood", file.display());
        Trouble::Fatal(Fatal::new(FatalCode::BadMetaProperties, what, cause, fix))
    };
    let restore = || "restore it from a backup (cluster.id, node.id, version=1)".to_owned();
    let bytes = match fs.read_whole(&file, SMALL_FILE_BYTES_MAX) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::InvalidData => {
            return Err(bad("it is far longer than it ever is", restore()));
        }
        Err(error) => return Err(Trouble::Offline(error)),
    };
    let text = String::from_utf8_lossy(&bytes);
    MetaProperties::decode(&text).map_err(|error| match error {
        BadMetaProperties::Syntax => bad("it is damaged", restore()),
        BadMetaProperties::Version => bad(
            "its version is not 1: the directory comes from a Kafka with ZooKeeper",
            "migrate it to KRaft with Kafka 3.9 first, or set another log.dirs".to_owned(),
        ),
        BadMetaProperties::ClusterId => bad("it lacks cluster.id", restore()),
        BadMetaProperties::NodeId => bad("it lacks node.id", restore()),
        BadMetaProperties::DirectoryId => {
            bad("its directory.id is no uuid", "correct the line, or remove it: a new id is made".to_owned())
        }
    })
}

/// The broker epoch of the mark, which is then gone for good; `None`: there was none.
fn take_mark(fs: &dyn FileSystem, dir: &Path) -> io::Result<Option<i64>> {
    let mark = dir.join(clean_shutdown::FILE_NAME);
    let bytes = match fs.read_whole(&mark, SMALL_FILE_BYTES_MAX) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        // Its presence says what matters.
        Err(error) if error.kind() == io::ErrorKind::InvalidData => Vec::new(),
        Err(error) => return Err(error),
    };
    fs.remove_file(&mark)?;
    fs.sync_dir(dir)?;
    Ok(Some(clean_shutdown::decode_broker_epoch(&String::from_utf8_lossy(&bytes))))
}

#[cfg(test)]
mod tests;

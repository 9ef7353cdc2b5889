//! Which partition is in which directory, and what is in directories that the metadata does not know.

use super::Inspection;
use crate::metadata::METADATA_DIRECTORY_NAME;
use crate::recovery_files::{self, FoundFiles};
use crate::server::directories::Directories;
use loglane_model::{BrokerId, FileSystem, PartitionId, TopicId};
use loglane_replication::MetadataImage;
use loglane_replication::record::Uuid;
use loglane_storage::directory::{DirectoryKind, PartitionDirectory, partition_directory_name};
use loglane_storage::partition_metadata;
use loglane_storage::recovery_position::DirectoryState;
use std::io;
use std::path::{Path, PathBuf};

/// `partition.metadata` has two short lines.
const PARTITION_METADATA_BYTES_MAX: usize = 4096;

/// A directory of a partition that is not this broker's.
#[derive(Debug)]
pub(in crate::server) struct Stray {
    pub(in crate::server) path: PathBuf,
    pub(in crate::server) topic: String,
    pub(in crate::server) partition: PartitionId,
    /// Why nobody misses it.
    pub(in crate::server) why: &'static str,
}

/// Looks through all online directories. An error names the directory that cannot be read.
///
/// As in Kafka a partition's directory without an id in it is a stray: the id is on disk before the first record.
pub(super) fn find(
    fs: &dyn FileSystem,
    directories: &Directories,
    image: &MetadataImage,
    broker: BrokerId,
    shard_count: u16,
) -> Result<Inspection, (usize, io::Error)> {
    let known = Known { directories, image, broker };
    let mut found = Inspection::default();
    let mut futures = Vec::new();
    for (index, directory) in directories.online.iter().enumerate() {
        if directory.meta.is_none() {
            continue;
        }
        let entries = fs.list(&directory.path).map_err(|error| (index, error))?;
        let files = recovery_files::find(fs, &directory.path, &entries, shard_count);
        let files = files.map_err(|error| (index, error))?;
        for entry in entries {
            let path = directory.path.join(&entry.name);
            let parsed = PartitionDirectory::parse(&entry.name).filter(|_| entry.is_dir);
            let Some(name) = parsed.filter(|_| entry.name != METADATA_DIRECTORY_NAME) else { continue };
            match name.kind {
                DirectoryKind::Deleted => found.deleted.push(path),
                DirectoryKind::Stray => {}
                DirectoryKind::Future => {
                    let owner = owner_of(fs, &path).map_err(|error| (index, error))?;
                    futures.push(Seen { index, path, name, owner });
                }
                DirectoryKind::Current => {
                    let owner = match known.owner_as_left(fs, &path, &name, &files) {
                        Some(id) => Owner::Topic(id),
                        None => owner_of(fs, &path).map_err(|error| (index, error))?,
                    };
                    found.place(&known, Seen { index, path, name, owner });
                }
            }
        }
        found.recovery.insert(index, files);
    }
    for future in futures {
        found.place_future(&known, future);
    }
    Ok(found)
}

/// What the directories are held against.
struct Known<'a> {
    directories: &'a Directories,
    image: &'a MetadataImage,
    broker: BrokerId,
}

/// A partition's directory in one of the online directories.
struct Seen {
    index: usize,
    path: PathBuf,
    name: PartitionDirectory,
    owner: Owner,
}

/// Whose directory it is.
enum Owner {
    Topic(TopicId),
    Nobody,
    /// `partition.metadata` is damaged.
    Unknown,
}

fn owner_of(fs: &dyn FileSystem, dir: &Path) -> io::Result<Owner> {
    let bytes = match fs.read_whole(&dir.join(partition_metadata::FILE_NAME), PARTITION_METADATA_BYTES_MAX) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Owner::Nobody),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => return Ok(Owner::Unknown),
        Err(error) => return Err(error),
    };
    // The directory was made together with others, and the power went before that was on disk: there is no record in it.
    if bytes.is_empty() {
        return Ok(Owner::Nobody);
    }
    let text = String::from_utf8_lossy(&bytes);
    Ok(partition_metadata::decode(&text).map_or(Owner::Unknown, Owner::Topic))
}

impl Known<'_> {
    /// The topic that a directory belonged to at a clean stop, if no name in it has changed since: then its
    /// `partition.metadata`, which is written once, is still the same, and ten thousand of them need not be read.
    fn owner_as_left(
        &self,
        fs: &dyn FileSystem,
        path: &Path,
        name: &PartitionDirectory,
        files: &FoundFiles,
    ) -> Option<TopicId> {
        let id = self.image.topics.by_name(&name.topic)?.id;
        let left = files.position((id, name.partition))?.closed_directory?;
        let stat = fs.stat(path).ok()?;
        (left == DirectoryState::from(stat)).then_some(id)
    }

    /// Where the metadata have this broker's replica of a partition, or why there is none.
    fn recorded(&self, id: TopicId, name: &PartitionDirectory) -> Result<Option<Uuid>, &'static str> {
        let topic = self.image.topics.by_id(id).filter(|topic| *topic.name == *name.topic);
        let topic = topic.ok_or("its topic was deleted")?;
        let replica = topic.partitions.get(&name.partition).and_then(|record| {
            let replica = record.replicas.iter().position(|replica| *replica == self.broker)?;
            Some(record.directories.get(replica).copied())
        });
        replica.ok_or("the partition is not on this broker")
    }

    fn is_at(&self, index: u16, recorded: Option<Uuid>) -> bool {
        let meta = self.directories.online[usize::from(index)].meta.as_ref();
        let id = meta.and_then(|meta| meta.directory_id);
        id.is_some_and(|id| recorded == Some(Uuid(id.0)))
    }
}

impl Inspection {
    fn place(&mut self, known: &Known<'_>, seen: Seen) {
        let Seen { index, path, name, owner } = seen;
        let here = u16::try_from(index).expect("a configuration has few directories");
        let mut stray = |path, why| {
            self.strays.push(Stray { path, topic: name.topic.clone(), partition: name.partition, why });
        };
        let id = match owner {
            Owner::Topic(id) => id,
            Owner::Nobody => return stray(path, "it does not say which topic it belongs to"),
            // Opening it says so and takes the partition offline: it may well be one that is missed.
            Owner::Unknown => return,
        };
        let recorded = match known.recorded(id, &name) {
            Ok(recorded) => recorded,
            Err(why) => return stray(path, why),
        };
        match self.places.get(&(id, name.partition)).copied() {
            None => {
                self.places.insert((id, name.partition), here);
            }
            // Two directories for one partition: the one that the metadata name has the records.
            Some(other) if known.is_at(here, recorded) => {
                let dir = path.file_name().expect("it was listed under a name");
                let other = known.directories.online[usize::from(other)].path.join(dir);
                stray(other, "another log directory has the partition");
                self.places.insert((id, name.partition), here);
            }
            Some(_) => stray(path, "another log directory has the partition"),
        }
    }

    /// A copy that was on its way to another directory. Where the partition itself is there the copy is of no use: it is
    /// made anew, since nobody knows how much of it is there. Where the partition is not there, the copy counts if the
    /// metadata name its directory, which they do only once it is complete; else the partition is with a directory that
    /// is away.
    fn place_future(&mut self, known: &Known<'_>, seen: Seen) {
        let Seen { index, path, name, owner } = seen;
        let here = u16::try_from(index).expect("a configuration has few directories");
        let (id, has_id) = match owner {
            Owner::Topic(id) => (Some(id), true),
            Owner::Nobody | Owner::Unknown => {
                (known.image.topics.by_name(&name.topic).map(|topic| topic.id), false)
            }
        };
        let recorded = id.and_then(|id| Some((id, known.recorded(id, &name).ok()?)));
        let Some((id, recorded)) = recorded else { return self.unwanted.push(path) };
        let key = (id, name.partition);
        match self.places.get(&key) {
            Some(place) => {
                if *place != here {
                    self.moves.insert(key, here);
                }
                self.unwanted.push(path);
            }
            None if has_id && known.is_at(here, recorded) => {
                let to = path.with_file_name(partition_directory_name(&name.topic, name.partition));
                self.places.insert(key, here);
                self.promoted.push((path, to));
            }
            None => {}
        }
    }
}

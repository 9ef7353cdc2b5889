//! The log directories as a shard knows them: where they are, whether they still work, and what their files said
//! at start about the logs in them.

use crate::recovery_files::LogId;
use loglane_model::{BrokerId, FileSystem, Offset, PartitionId, TopicId};
use loglane_replication::record::{DIRECTORY_MIGRATING, DIRECTORY_UNASSIGNED, PartitionRecord, Uuid};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A log, by what its directory is named after.
pub(crate) type LogName = (String, PartitionId);

/// Makes durable what has become of a name in a log directory. Blocks.
pub(crate) fn sync_above(fs: &dyn FileSystem, path: &Path) -> io::Result<()> {
    fs.sync_dir(path.parent().expect("it lies in a log directory"))
}

/// Gives a partition's directory another name in the same log directory, durably. Blocks.
pub(crate) fn rename_durably(fs: &dyn FileSystem, from: &Path, to: &Path) -> io::Result<()> {
    fs.rename(from, to)?;
    sync_above(fs, to)
}

/// What was read from one directory at start. Shared by all shards, never changed.
#[derive(Debug, Default)]
pub(crate) struct DirectoryAtStart {
    pub(crate) path: PathBuf,
    pub(crate) id: Uuid,
    /// It was left by a clean stop: nothing in it needs recovery.
    pub(crate) clean_shutdown: bool,
    pub(crate) recovery_points: BTreeMap<LogName, Offset>,
    pub(crate) log_starts: BTreeMap<LogName, Offset>,
    pub(crate) high_watermarks: BTreeMap<LogName, Offset>,
    /// It could not be read when the process started.
    pub(crate) failed: bool,
}

impl DirectoryAtStart {
    /// Stands for every directory that is not here: it was taken out of the configuration, or cannot be read, so that
    /// nobody knows its id.
    pub(crate) fn missing() -> DirectoryAtStart {
        DirectoryAtStart {
            path: PathBuf::from("a directory that is not here"),
            failed: true,
            ..DirectoryAtStart::default()
        }
    }
}

/// One per shard.
#[derive(Debug, Clone)]
pub(crate) struct LogDirs {
    /// Those that could be used, then [`DirectoryAtStart::missing`].
    at_start: Arc<Vec<DirectoryAtStart>>,
    /// Where partitions were found at start.
    places: Arc<BTreeMap<LogId, u16>>,
    /// Where partitions were on their way to when the process before ended.
    moves: Arc<BTreeMap<LogId, u16>>,
    online: Vec<bool>,
    /// The directory of the metadata log.
    metadata: u16,
}

impl LogDirs {
    pub(crate) fn new(
        at_start: Arc<Vec<DirectoryAtStart>>,
        places: Arc<BTreeMap<LogId, u16>>,
        moves: Arc<BTreeMap<LogId, u16>>,
        metadata: u16,
    ) -> LogDirs {
        let online = at_start.iter().map(|directory| !directory.failed).collect();
        LogDirs { at_start, places, moves, online, metadata }
    }

    /// Which directory holds this broker's replica: the one where it was found, else the one that the record names,
    /// else, where no directory was chosen yet, the first one. One that is named and is not here is never replaced
    /// by another: an empty log would take the place of the records.
    pub(crate) fn index_of(&self, record: &PartitionRecord, broker: BrokerId) -> u16 {
        if let Some(found) = self.places.get(&(record.topic, record.partition)) {
            return *found;
        }
        let replica = record.replicas.iter().position(|replica| *replica == broker);
        let id = replica.and_then(|replica| record.directories.get(replica)).copied();
        let is_chosen = |id: &Uuid| *id != DIRECTORY_MIGRATING && *id != DIRECTORY_UNASSIGNED;
        let index = match id.filter(is_chosen) {
            Some(id) => {
                let known = self.at_start.iter().position(|directory| directory.id == id);
                known.unwrap_or(self.at_start.len() - 1)
            }
            None => self.at_start.iter().position(|directory| !directory.failed).unwrap_or(0),
        };
        u16::try_from(index).expect("a configuration has few directories")
    }

    pub(crate) fn at_start(&self, directory: u16) -> &DirectoryAtStart {
        &self.at_start[usize::from(directory)]
    }

    pub(crate) fn path(&self, directory: u16) -> &Path {
        &self.at_start(directory).path
    }

    /// Whether this very partition was there at start, so that the checkpoint files, which know logs by name, speak of
    /// it: a topic that was made since may have the name of one that is gone.
    pub(crate) fn was_found(&self, topic: TopicId, partition: PartitionId) -> bool {
        self.places.contains_key(&(topic, partition))
    }

    /// Where partitions were on their way to when the process before ended.
    pub(crate) fn moves(&self) -> Arc<BTreeMap<LogId, u16>> {
        self.moves.clone()
    }

    /// Where partitions were found at start: the ids of the directories.
    pub(crate) fn found(&self) -> Vec<(TopicId, PartitionId, Uuid)> {
        let places = self.places.iter();
        places.map(|((topic, number), place)| (*topic, *number, self.at_start(*place).id)).collect()
    }

    /// The directory of this path, as it is configured; `None`: it could not be used at start.
    pub(crate) fn index_of_path(&self, path: &Path) -> Option<u16> {
        let index = self.at_start.iter().position(|directory| directory.path == path)?;
        Some(u16::try_from(index).expect("a configuration has few directories"))
    }

    /// The directory of the metadata log.
    pub(crate) fn metadata(&self) -> u16 {
        self.metadata
    }

    pub(crate) fn is_online(&self, directory: u16) -> bool {
        self.online[usize::from(directory)]
    }

    pub(crate) fn online(&self) -> impl Iterator<Item = u16> + '_ {
        let numbered = self.online.iter().enumerate().filter(|(_, online)| **online);
        numbered.map(|(number, _)| u16::try_from(number).expect("a configuration has few directories"))
    }

    /// Ids of the directories that have failed since the start.
    pub(crate) fn lost(&self) -> Vec<Uuid> {
        let numbered = self.at_start.iter().zip(&self.online);
        numbered
            .filter(|(at_start, online)| !**online && !at_start.failed)
            .map(|(at_start, _)| at_start.id)
            .collect()
    }

    /// Notes that a directory failed; whether that was news.
    pub(crate) fn take_offline(&mut self, directory: u16) -> bool {
        std::mem::replace(&mut self.online[usize::from(directory)], false)
    }

    /// Nothing can be served or remembered any more: the last directory is gone, or the metadata log's.
    pub(crate) fn must_stop(&self) -> bool {
        !self.online.contains(&true) || !self.is_online(self.metadata)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_process_stops_with_the_last_directory_or_the_metadata_logs() {
        let two = || Arc::new(vec![DirectoryAtStart::default(), DirectoryAtStart::default()]);
        let mut dirs = LogDirs::new(two(), Arc::default(), Arc::default(), 0);
        assert!(dirs.take_offline(1) && !dirs.take_offline(1));
        assert!(!dirs.must_stop());
        assert!(dirs.take_offline(0) && dirs.must_stop());
        let mut dirs = LogDirs::new(two(), Arc::default(), Arc::default(), 0);
        dirs.take_offline(0);
        assert!(dirs.must_stop(), "metadata cannot be remembered any more");
    }
}

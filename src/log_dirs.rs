//! The log directories as a shard knows them: where they are, whether they still work, and what their files said
//! at start about the logs in them.

use loglane_model::{BrokerId, Offset, PartitionId};
use loglane_replication::record::{PartitionRecord, Uuid};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A log, by what its directory is named after.
pub(crate) type LogName = (String, PartitionId);

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

/// One per shard.
#[derive(Debug, Clone)]
pub(crate) struct LogDirs {
    at_start: Arc<Vec<DirectoryAtStart>>,
    online: Vec<bool>,
    /// The directory of the metadata log.
    metadata: u16,
}

impl LogDirs {
    pub(crate) fn new(at_start: Arc<Vec<DirectoryAtStart>>, metadata: u16) -> LogDirs {
        let online = at_start.iter().map(|directory| !directory.failed).collect();
        LogDirs { at_start, online, metadata }
    }

    /// Which directory holds this broker's replica; the first one where the record does not say.
    pub(crate) fn index_of(&self, record: &PartitionRecord, broker: BrokerId) -> u16 {
        let place = record.replicas.iter().position(|replica| *replica == broker);
        let id = place.and_then(|place| record.directories.get(place));
        let found = id.and_then(|id| self.at_start.iter().position(|directory| directory.id == *id));
        u16::try_from(found.unwrap_or(0)).expect("a configuration has few directories")
    }

    pub(crate) fn at_start(&self, directory: u16) -> &DirectoryAtStart {
        &self.at_start[usize::from(directory)]
    }

    pub(crate) fn path(&self, directory: u16) -> &Path {
        &self.at_start(directory).path
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
        let mut dirs = LogDirs::new(two(), 0);
        assert!(dirs.take_offline(1) && !dirs.take_offline(1));
        assert!(!dirs.must_stop());
        assert!(dirs.take_offline(0) && dirs.must_stop());
        let mut dirs = LogDirs::new(two(), 0);
        dirs.take_offline(0);
        assert!(dirs.must_stop(), "metadata cannot be remembered any more");
    }
}

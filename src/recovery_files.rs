//! The files in the root of a log directory that say up to where each log needs no reading after a kill.
//!
//! Each shard appends to a file of its own per directory, [`file_name`]. A start brings the entries of all files to
//! the shards that own the logs now, whatever the number of shards was before, and leaves one file for each shard
//! with nothing torn at its end: [`find`] reads them, [`FoundFiles::settle`] brings them in order. Entries are hints:
//! each is checked against the log before it is believed, so that an old one is never a danger, and a missing one costs
//! time only.

use crate::homes::spread;
use loglane_model::{DirEntry, FileSystem, OpenMode, PartitionId, ShardId, TopicId, UNFINISHED_SUFFIX};
use loglane_storage::RecoveryPosition;
use loglane_storage::recovery_position::{FILE_NAME_PREFIX, decode_file, file_name, intact_len};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;

/// A file is rewritten long before it is that large; a larger one is not ours.
const FILE_BYTES_MAX: usize = 1 << 30;

/// A log, by what its entries are named after.
pub(crate) type LogId = (TopicId, PartitionId);

/// The newest entry of each log.
pub(crate) type Positions = BTreeMap<LogId, RecoveryPosition>;

/// What a start found in one directory for one shard.
#[derive(Debug, Clone, Default)]
pub(crate) struct ShardFile {
    pub(crate) positions: Positions,
    /// How long the shard's file is.
    pub(crate) bytes: u64,
}

/// Which shard writes a log's entries, unless this node places its partition somewhere else: then the file is another
/// one's, and a start brings the entry here.
fn writer_of((topic, partition): LogId, shard_count: u16) -> ShardId {
    if topic == TopicId::METADATA { ShardId(0) } else { spread(topic, partition, shard_count) }
}

/// What the files of all shards in a directory say.
#[derive(Debug)]
pub(crate) struct FoundFiles {
    /// By the shard that would write a log's entries now.
    shards: Vec<ShardFile>,
    /// Whether the shard's file does not say just that.
    is_stale: Vec<bool>,
    /// Files of shards that are no more.
    left_over: Vec<String>,
    /// Files that were to take another one's place when the process ended.
    unfinished: Vec<String>,
}

/// Reads all shards' files of a directory, in which `names` are. Changes nothing. Blocks.
///
/// # Errors
/// The directory cannot be read.
pub(crate) fn find(
    fs: &dyn FileSystem,
    dir: &Path,
    names: &[DirEntry],
    shard_count: u16,
) -> io::Result<FoundFiles> {
    let mut found: Vec<ShardFile> = (0..shard_count).map(|_| ShardFile::default()).collect();
    let mut is_stale = vec![false; found.len()];
    let (mut left_over, mut unfinished) = (Vec::new(), Vec::new());
    for DirEntry { name, .. } in names {
        let Some(number) = name.strip_prefix(FILE_NAME_PREFIX) else { continue };
        if number.ends_with(UNFINISHED_SUFFIX) {
            unfinished.push(name.clone());
            continue;
        }
        let own = number.parse().ok().filter(|shard| *shard < shard_count && file_name(*shard) == *name);
        let bytes = match fs.read_whole(&dir.join(name), FILE_BYTES_MAX) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::InvalidData => vec![0],
            Err(error) => return Err(error),
        };
        for (log, position) in newest(decode_file(&bytes)) {
            let home = usize::from(writer_of(log, shard_count).0);
            is_stale[home] |= own.map(usize::from) != Some(home);
            let positions = &mut found[home].positions;
            if positions.get(&log).is_none_or(|other| other.taken_ms <= position.taken_ms) {
                positions.insert(log, position);
            }
        }
        match own {
            Some(shard) => {
                found[usize::from(shard)].bytes = bytes.len() as u64;
                is_stale[usize::from(shard)] |= intact_len(&bytes) != bytes.len();
            }
            None => left_over.push(name.clone()),
        }
    }
    Ok(FoundFiles { shards: found, is_stale, left_over, unfinished })
}

impl FoundFiles {
    /// The newest entry of a log.
    pub(crate) fn position(&self, log: LogId) -> Option<&RecoveryPosition> {
        let shard_count = u16::try_from(self.shards.len()).expect("a machine has few cores");
        self.shards[usize::from(writer_of(log, shard_count).0)].positions.get(&log)
    }

    /// Brings the files in order; one [`ShardFile`] for each shard. Blocks.
    ///
    /// # Errors
    /// The directory cannot be written.
    pub(crate) fn settle(self, fs: &dyn FileSystem, dir: &Path) -> io::Result<Vec<ShardFile>> {
        let FoundFiles { mut shards, is_stale, left_over, unfinished } = self;
        // Before others get these names. What they say is in other files, too, or nobody was told that it is written.
        for name in &unfinished {
            fs.remove_file(&dir.join(name))?;
        }
        for (shard, file) in (0..).zip(&mut shards) {
            if is_stale[usize::from(shard)] {
                let bytes = encode(file.positions.values());
                fs.replace_whole(&dir.join(file_name(shard)), &bytes)?;
                file.bytes = bytes.len() as u64;
            }
        }
        // Only now: until here every entry was in some file.
        for name in &left_over {
            fs.remove_file(&dir.join(name))?;
        }
        if !(left_over.is_empty() && unfinished.is_empty()) {
            fs.sync_dir(dir)?;
        }
        Ok(shards)
    }
}

/// The last entry of each log.
fn newest(entries: Vec<RecoveryPosition>) -> Positions {
    entries.into_iter().map(|position| ((position.topic_id, position.partition), position)).collect()
}

fn encode<'a>(positions: impl Iterator<Item = &'a RecoveryPosition>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for position in positions {
        bytes.extend_from_slice(&position.encode());
    }
    bytes
}

/// Appends entries, durably; returns the file's length. Blocks.
///
/// # Errors
/// The directory fails.
pub(crate) fn append(fs: &dyn FileSystem, path: &Path, positions: &[RecoveryPosition]) -> io::Result<u64> {
    let is_new = matches!(fs.stat(path), Err(error) if error.kind() == io::ErrorKind::NotFound);
    let file = fs.open(path, OpenMode::Append)?;
    fs.append(&file, &encode(positions.iter()))?;
    fs.sync(&file)?;
    if is_new && let Some(dir) = path.parent() {
        fs.sync_dir(dir)?;
    }
    fs.file_len(&file)
}

/// Puts a file in place that has the newest entry of each log in `live`, those of `positions` among them; returns
/// its length. Blocks.
///
/// # Errors
/// The directory fails.
pub(crate) fn rewrite(
    fs: &dyn FileSystem,
    path: &Path,
    positions: Vec<RecoveryPosition>,
    live: &BTreeSet<LogId>,
) -> io::Result<u64> {
    let mut kept = match fs.read_whole(path, FILE_BYTES_MAX) {
        Ok(bytes) => newest(decode_file(&bytes)),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::InvalidData) => {
            Positions::new()
        }
        Err(error) => return Err(error),
    };
    kept.extend(newest(positions));
    kept.retain(|log, _| live.contains(log));
    let bytes = encode(kept.values());
    fs.replace_whole(path, &bytes)?;
    Ok(bytes.len() as u64)
}

#[cfg(test)]
mod tests;

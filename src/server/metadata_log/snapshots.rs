//! Which snapshot of the metadata log a start begins with.

use crate::controller::SnapshotOnDisk;
use crate::metadata::{Follower, SnapshotId, list_snapshots, read_snapshot_file, read_snapshot_timestamp};
use crate::shard::controller::Followed;
use loglane_model::{FileSystem, Offset};
use std::io;
use std::path::Path;

/// The snapshots that a start finds.
#[derive(Debug)]
pub(in crate::server) struct SnapshotsAtStart {
    /// Follows the log from the newest snapshot on that can be read; from offset 0 if there is none.
    pub(in crate::server) follower: Follower,
    /// What it has followed of the log already.
    pub(in crate::server) followed: Followed,
    /// All that can be read, oldest first.
    pub(in crate::server) on_disk: Vec<SnapshotOnDisk>,
    /// The newest that is newer than that, and why it cannot be used.
    pub(in crate::server) unusable: Option<String>,
}

/// Reads the newest usable snapshot of the metadata log's directory.
///
/// # Errors
/// The directory cannot be read.
pub(in crate::server) fn find(fs: &dyn FileSystem, dir: &Path) -> io::Result<SnapshotsAtStart> {
    let ids = match list_snapshots(fs, dir) {
        Ok(ids) => ids,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(error),
    };
    let mut found = SnapshotsAtStart {
        follower: Follower::new(),
        followed: Followed::begin(Offset::ZERO),
        on_disk: Vec::new(),
        unusable: None,
    };
    for (newer, id) in ids.iter().rev().enumerate() {
        match begin_with(fs, dir, *id) {
            Ok(follower) => {
                found.followed = Followed::begin(follower.next_offset());
                found.follower = follower;
                let usable = ids.len() - newer;
                found.on_disk = describe(fs, dir, &ids[..usable])?;
                break;
            }
            Err(why) => {
                let path = dir.join(id.file_name());
                found.unusable.get_or_insert(format!("{}: {why}", path.display()));
            }
        }
    }
    Ok(found)
}

fn begin_with(fs: &dyn FileSystem, dir: &Path, id: SnapshotId) -> Result<Follower, String> {
    let snapshot =
        read_snapshot_file(fs, &dir.join(id.file_name()), id).map_err(|error| error.to_string())?;
    Follower::from_snapshot(snapshot).map_err(|error| error.to_string())
}

/// What the trimming wants to know of snapshots. Of older ones only the beginning is read.
fn describe(fs: &dyn FileSystem, dir: &Path, ids: &[SnapshotId]) -> io::Result<Vec<SnapshotOnDisk>> {
    let mut described: Vec<SnapshotOnDisk> = Vec::new();
    for id in ids {
        let path = dir.join(id.file_name());
        let timestamp = read_snapshot_timestamp(fs, &path)?;
        let SnapshotId { end_offset, epoch } = *id;
        let bytes = fs.stat(&path)?.len;
        // Two with one end cannot come from one history; the later epoch is the one that counts.
        described.pop_if(|other| other.end_offset == end_offset);
        described.push(SnapshotOnDisk {
            end_offset,
            epoch,
            bytes,
            last_timestamp_ms: timestamp.unwrap_or(0),
        });
    }
    Ok(described)
}

//! The batches of a log as its files have them.

use loglane_model::{FileSystem, Offset, OpenMode};
use loglane_storage::batch::{Batches, DamagedBatch};
use loglane_storage::directory::{SegmentFile, SegmentFileName, SegmentFileState, segment_file_name};
use std::io;
use std::path::Path;

/// Read at once, unless a batch is longer.
const READ_BYTES: usize = 4 << 20;

/// A longer batch counts as damaged.
const BATCH_BYTES_MAX: usize = 256 << 20;

/// Why a walk ended early.
pub(super) enum WalkError<E> {
    Disk(io::Error),
    Visit(E),
}

/// Hands over the batches of a log's directory, those that end at or before `from` aside as far as whole segments of
/// them go, up to the first damage: there a recovery would cut the log.
pub(super) fn for_each_batch<E>(
    fs: &dyn FileSystem,
    dir: &Path,
    from: Offset,
    mut visit: impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<(), WalkError<E>> {
    let names = fs.list(dir).map_err(WalkError::Disk)?;
    let parsed = names.iter().filter_map(|entry| SegmentFileName::parse(&entry.name));
    let mut bases: Vec<Offset> = parsed
        .filter(|name| name.file == SegmentFile::Log && name.state == SegmentFileState::Live)
        .map(|name| name.base_offset)
        .collect();
    bases.sort_unstable();
    let first = bases.partition_point(|base| *base <= from).saturating_sub(1);
    for base_offset in &bases[first..] {
        let path = dir.join(segment_file_name(*base_offset, SegmentFile::Log));
        if !walk_segment(fs, &path, &mut visit)? {
            break;
        }
    }
    Ok(())
}

/// Returns whether the segment is whole.
fn walk_segment<E>(
    fs: &dyn FileSystem,
    path: &Path,
    visit: &mut impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<bool, WalkError<E>> {
    let file = fs.open(path, OpenMode::DirectRead).map_err(WalkError::Disk)?;
    let len = fs.file_len(&file).map_err(WalkError::Disk)?;
    let (mut position, mut want) = (0, READ_BYTES);
    while position < len {
        let left = usize::try_from(len - position).unwrap_or(usize::MAX);
        let mut bytes = vec![0; want.min(left)];
        let read = fs.read_at(&file, position, &mut bytes).map_err(WalkError::Disk)?;
        let mut batches = Batches::checked(&bytes[..read]);
        let damage = loop {
            match batches.next() {
                Some(Ok(batch)) => visit(batch.bytes).map_err(WalkError::Visit)?,
                Some(Err(damage)) => break Some(damage),
                None => break None,
            }
        };
        let walked = batches.position();
        position += walked as u64;
        match damage {
            None => want = READ_BYTES,
            // The rest of the batch is in the next read.
            Some(DamagedBatch::Cut { needed }) if needed <= BATCH_BYTES_MAX && walked + needed <= left => {
                want = needed.max(READ_BYTES);
            }
            Some(_) => return Ok(false),
        }
    }
    Ok(true)
}

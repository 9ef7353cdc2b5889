//! Damage: the disk changes a bit of what it holds. What it has changed is never served, and costs the batches between
//! two rows of a segment's checksums at most.
//!
//! Only sealed segments are struck, and of each log one: the end of an active segment that was damaged cannot be told
//! from a write that was never completed, and two damages can be what neither of them alone is.

use super::plan::{DIRECTORIES, percent, pick};
use super::stage::Stage;
use harness::Chance;
use harness::history::LogNumber;
use loglane_model::{BatchHeader, FileSystem, Offset};
use loglane_storage::directory::{
    DirectoryKind, PartitionDirectory, SegmentFile, SegmentFileName, SegmentFileState, segment_file_name,
};
use loglane_storage::partition_metadata;
use loglane_storage::sums::{self, SumsKey};
use std::collections::BTreeSet;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// No file of a run is longer.
const FILE_BYTES_MAX: usize = 16 << 20;

/// A segment that is complete, with everything that belongs to it.
struct Sealed {
    dir: PathBuf,
    base_offset: Offset,
    key: SumsKey,
    log: LogNumber,
}

/// Changes a bit of some sealed segment or of a file beside it, if there is one.
pub(super) fn flip_a_bit(stage: &mut Stage, chance: &mut Chance) {
    let found = sealed_segments(stage);
    if found.is_empty() {
        return;
    }
    let sealed = &found[usize::try_from(chance.below(found.len() as u64)).expect("an index")];
    let beside = [SegmentFile::OffsetIndex, SegmentFile::TimeIndex, SegmentFile::Sums];
    let file = if percent(chance, 70) { SegmentFile::Log } else { pick(chance, &beside) };
    let path = sealed.dir.join(segment_file_name(sealed.base_offset, file));
    let fs = stage.world.file_system();
    let Ok(stat) = fs.stat(&path) else { return };
    if stat.len == 0 {
        return;
    }
    let bit = chance.below(stat.len * 8);
    // What is made of the records is made again: none of them may be refused for its sake.
    let mut offsets = sealed.base_offset.0..sealed.base_offset.0;
    if file == SegmentFile::Log {
        let Some(between) = offsets_between_rows(&*fs, sealed, bit / 8) else { return };
        offsets = between;
    }
    stage.say(|| format!("bit {bit} of {} is flipped", path.display()));
    assert!(stage.world.flip_bit(&path, bit), "the file is there");
    stage.on_damaged(sealed.log, offsets);
}

/// Segments that may be struck.
fn sealed_segments(stage: &mut Stage) -> Vec<Sealed> {
    let fs = stage.world.file_system();
    let mut found = Vec::new();
    for root in &DIRECTORIES[..usize::try_from(stage.wishes.directories).expect("few")] {
        for entry in fs.list(Path::new(root)).unwrap_or_default() {
            let dir = Path::new(root).join(&entry.name);
            let of = PartitionDirectory::parse(&entry.name).filter(|of| of.kind == DirectoryKind::Current);
            let Some(of) = of else { continue };
            let metadata = fs.read_whole(&dir.join(partition_metadata::FILE_NAME), 1000).unwrap_or_default();
            let Ok(id) = partition_metadata::decode(&String::from_utf8_lossy(&metadata)) else { continue };
            if stage.topic(id).is_none_or(|topic| topic.is_deleted) {
                continue;
            }
            let log = stage.log(id, of.partition.0);
            if !stage.damaged.contains_key(&log) {
                let key = SumsKey { topic_id: id, partition: of.partition };
                let of_log = complete_segments(&*fs, &dir, key).into_iter();
                found.extend(of_log.map(|base_offset| Sealed { dir: dir.clone(), base_offset, key, log }));
            }
        }
    }
    found
}

/// Segments of a log that have others behind them, and all that is written when they are sealed.
fn complete_segments(fs: &dyn FileSystem, dir: &Path, key: SumsKey) -> Vec<Offset> {
    let entries = fs.list(dir).unwrap_or_default();
    let names = entries.iter().filter_map(|entry| SegmentFileName::parse(&entry.name));
    let live = names.filter(|name| name.state == SegmentFileState::Live);
    let files: BTreeSet<(SegmentFile, Offset)> = live.map(|name| (name.file, name.base_offset)).collect();
    let bases: Vec<Offset> =
        files.iter().filter(|(file, _)| *file == SegmentFile::Log).map(|(_, base)| *base).collect();
    let is_complete = |pair: &&[Offset]| {
        let beside = [SegmentFile::OffsetIndex, SegmentFile::TimeIndex, SegmentFile::Sums];
        let has_all = beside.iter().all(|file| files.contains(&(*file, pair[0])))
            && files.contains(&(SegmentFile::ProducerSnapshot, pair[1]));
        let path = dir.join(segment_file_name(pair[0], SegmentFile::Log));
        let known = || sums::load(fs, dir, key, pair[0], fs.stat(&path).ok()?).ok()?;
        has_all && known().is_some_and(|known| known.end_offset == pair[1])
    };
    bases.windows(2).filter(is_complete).map(|pair| pair[0]).collect()
}

/// The offsets of the batches that have to be read together with a byte of a segment; `None`: nobody has vouched for it.
fn offsets_between_rows(fs: &dyn FileSystem, sealed: &Sealed, position: u64) -> Option<Range<i64>> {
    let Sealed { dir, base_offset, key, .. } = sealed;
    let path = dir.join(segment_file_name(*base_offset, SegmentFile::Log));
    let known = sums::load(fs, dir, *key, *base_offset, fs.stat(&path).ok()?).ok()??;
    let (from, to) = known.sums.stretch(position, known.sums.end())?;
    let bytes = fs.read_whole(&path, FILE_BYTES_MAX).ok()?;
    let offset_at = |position: u64| {
        let header = bytes.get(usize::try_from(position).ok()?..).and_then(BatchHeader::peek);
        Some(header.map_or(known.end_offset.0, |header| header.base_offset().0))
    };
    Some(offset_at(from.position)?..offset_at(to.position)?)
}

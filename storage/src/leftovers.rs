//! What a stop left half done with whole files, and which files make up the log.

use crate::directory::{SegmentFile, SegmentFileName, SegmentFileState};
use crate::scan::scan_headers;
use loglane_model::{FileSystem, Offset, OpenMode};
use std::io;
use std::path::Path;

/// The live files of a log's directory, by offset, rising.
#[derive(Debug, Default)]
pub(crate) struct Names {
    pub(crate) segments: Vec<Offset>,
    pub(crate) snapshots: Vec<Offset>,
    /// Segments with a transaction index.
    pub(crate) transactions: Vec<Offset>,
}

/// Completes or undoes what Kafka (or this broker) was doing to whole files when it stopped: `.deleted` and
/// `.cleaned` files go, `.swap` files take the place of the segments that they were made from, and indexes and
/// checksums without a segment go.
pub(crate) fn tidy(fs: &dyn FileSystem, dir: &Path) -> io::Result<Names> {
    let mut found: Vec<(SegmentFileName, String)> = Vec::new();
    for entry in fs.list(dir)? {
        if let Some(name) = SegmentFileName::parse(&entry.name).filter(|_| !entry.is_dir) {
            found.push((name, entry.name));
        }
    }
    let of_state = |state| found.iter().filter(move |(name, _)| name.state == state);
    let mut changed = false;
    let mut remove = |name: &str| {
        changed = true;
        fs.remove_file(&dir.join(name))
    };
    // A swap at or past the first file of an unfinished cleaning belongs to that cleaning (KAFKA-6264).
    let first_cleaned = of_state(SegmentFileState::Cleaned).map(|(name, _)| name.base_offset).min();
    let is_void = |name: &SegmentFileName| first_cleaned.is_some_and(|first| name.base_offset >= first);
    let swaps: Vec<&(SegmentFileName, String)> =
        of_state(SegmentFileState::Swap).filter(|(name, _)| !is_void(name)).collect();
    let replaced = replaced_by_swaps(fs, dir, &swaps)?;
    let mut names = Names::default();
    for (name, text) in &found {
        match name.state {
            SegmentFileState::Deleted | SegmentFileState::Cleaned => remove(text)?,
            SegmentFileState::Swap if is_void(name) => remove(text)?,
            SegmentFileState::Swap => {}
            SegmentFileState::Live if name.file == SegmentFile::ProducerSnapshot => {
                names.snapshots.push(name.base_offset);
            }
            SegmentFileState::Live => {
                let is_replaced = replaced.is_some_and(|(from, to)| (from..to).contains(&name.base_offset));
                if is_replaced {
                    remove(text)?;
                } else if name.file == SegmentFile::Log {
                    names.segments.push(name.base_offset);
                } else if name.file == SegmentFile::TransactionIndex {
                    names.transactions.push(name.base_offset);
                }
            }
        }
    }
    for (name, text) in &swaps {
        let live = text.strip_suffix(".swap").expect("its state was read from this suffix");
        fs.rename(&dir.join(text), &dir.join(live))?;
        changed = true;
        if name.file == SegmentFile::Log {
            names.segments.push(name.base_offset);
        } else if name.file == SegmentFile::TransactionIndex {
            names.transactions.push(name.base_offset);
        }
    }
    names.segments.sort_unstable();
    names.segments.dedup();
    names.snapshots.sort_unstable();
    for (name, text) in of_state(SegmentFileState::Live) {
        let is_index = !matches!(name.file, SegmentFile::Log | SegmentFile::ProducerSnapshot);
        let is_gone = replaced.is_some_and(|(from, to)| (from..to).contains(&name.base_offset));
        if is_index && !is_gone && names.segments.binary_search(&name.base_offset).is_err() {
            fs.remove_file(&dir.join(text))?;
            changed = true;
        }
    }
    if changed {
        fs.sync_dir(dir)?;
    }
    Ok(names)
}

/// The offsets that swapped-in segments cover: live segments that begin there are what they were made from.
fn replaced_by_swaps(
    fs: &dyn FileSystem,
    dir: &Path,
    swaps: &[&(SegmentFileName, String)],
) -> io::Result<Option<(Offset, Offset)>> {
    let mut range: Option<(Offset, Offset)> = None;
    for (name, text) in swaps.iter().filter(|(name, _)| name.file == SegmentFile::Log) {
        let file = fs.open(&dir.join(text), OpenMode::DirectRead)?;
        let len = fs.file_len(&file)?;
        let mut end = name.base_offset;
        let base = name.base_offset;
        scan_headers(fs, &file, base, base, 0, len, |_, header, _| end = header.last_offset().plus(1))?;
        let (from, to) = range.unwrap_or((name.base_offset, end));
        range = Some((from.min(name.base_offset), to.max(end)));
    }
    Ok(range)
}

//! Looking offsets up by timestamp: the first record that is as late as asked, or the latest of all.
//!
//! The time index names a batch that cannot be too late; from there a job walks over batch headers, and looks into
//! the first batch that may hold the record. Answers come through [`Log::take_answer`].

use crate::index::SegmentIndexes;
use crate::job::Task;
use crate::log::Log;
use crate::record_stream::walk_compressed;
use crate::scan::Scanner;
use crate::segment::{load_indexes, segment_path};
use crate::sums::{self, Row, Sums, SumsKey, check_stretch};
use loglane_model::{
    BATCH_HEADER_BYTES, BatchHeader, Compression, File, FileSystem, LeaderEpoch, Offset, OpenMode,
    TimestampType,
};
use std::io;
use std::path::PathBuf;

/// A batch that is looked into is no larger than this; of a larger one the first offset is the answer.
const BATCH_BYTES_MAX: u64 = 128 << 20;

/// What a batch that is looked into may decompress to.
const DECOMPRESSED_BYTES_MAX: usize = 128 << 20;

/// A record that was found by its timestamp.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FoundRecord {
    /// Its timestamp, in ms since 1970.
    pub timestamp: i64,
    /// Its offset.
    pub offset: Offset,
    /// The leader epoch of its batch.
    pub leader_epoch: LeaderEpoch,
}

/// The end of a look-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LookupAnswer {
    /// What the asker called it.
    pub lookup: u64,
    /// The record, `None` if there is none; or how the disk failed.
    pub result: Result<Option<FoundRecord>, io::ErrorKind>,
}

/// One segment to search.
#[derive(Debug)]
struct Candidate {
    base_offset: Offset,
    bytes: u64,
    /// Where to begin, if the indexes are in memory.
    from: Option<u64>,
    /// The chain of checksums, if it is in memory, and where it ends for readers.
    sums: Option<(Sums, Row)>,
}

/// Finds a record by its timestamp.
#[derive(Debug)]
pub(crate) struct LookupTask {
    lookup: u64,
    dir: PathBuf,
    key: SumsKey,
    target: i64,
    from: Offset,
    up_to: Offset,
    candidates: Vec<Candidate>,
}

impl LookupTask {
    pub(crate) fn run(self, fs: &dyn FileSystem) -> LookupAnswer {
        LookupAnswer { lookup: self.lookup, result: self.search(fs).map_err(|error| error.kind()) }
    }

    fn search(&self, fs: &dyn FileSystem) -> io::Result<Option<FoundRecord>> {
        for candidate in &self.candidates {
            let path = segment_path(&self.dir, candidate.base_offset, "log");
            let file = match fs.open(&path, OpenMode::DirectRead) {
                // Retention was faster: what was here is before the log's start now.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                other => other?,
            };
            let known = match candidate.from {
                Some(_) => None,
                None => sums::load(fs, &self.dir, self.key, candidate.base_offset, fs.stat(&path)?)?,
            };
            let from = match candidate.from {
                Some(from) => from,
                None => load_indexes(fs, &self.dir, candidate.base_offset, candidate.bytes, known.as_ref())?
                    .map_or(0, |indexes| start_position(&indexes, self.target)),
            };
            let of_file = known.map(|known| (known.sums.end(), known.sums)).map(|(end, sums)| (sums, end));
            let sums = candidate.sums.as_ref().or(of_file.as_ref());
            if let Some(found) = self.search_segment(fs, &file, candidate, sums, from)? {
                return Ok(found);
            }
        }
        Ok(None)
    }

    /// `Some(None)`: the search is over without a record.
    fn search_segment(
        &self,
        fs: &dyn FileSystem,
        file: &File,
        candidate: &Candidate,
        sums: Option<&(Sums, Row)>,
        from: u64,
    ) -> io::Result<Option<Option<FoundRecord>>> {
        let mut scanner = Scanner::new(fs, file, candidate.bytes);
        let mut position = from;
        let mut checked_to = 0;
        loop {
            if position >= checked_to
                && let Some((from, to)) = sums.and_then(|(sums, end)| sums.stretch(position, *end))
            {
                let mut damage = Vec::new();
                check_stretch(&mut scanner, candidate.base_offset, from, to, &mut damage)?;
                if !damage.is_empty() {
                    return Err(io::ErrorKind::InvalidData.into());
                }
                checked_to = to.position;
            }
            let Ok((header, total)) = scanner.header(position)? else { break };
            if header.base_offset() >= self.up_to {
                return Ok(Some(None));
            }
            if header.max_timestamp.get() >= self.target && header.last_offset() >= self.from {
                if !scanner.crc_is_right(position, &header, total)? {
                    return Err(io::ErrorKind::InvalidData.into());
                }
                let found = self.search_batch(&mut scanner, position, &header, total)?;
                if let Some(found) = found {
                    return Ok(Some(Some(found).filter(|found| found.offset < self.up_to)));
                }
            }
            position += total;
        }
        Ok(None)
    }

    fn search_batch(
        &self,
        scanner: &mut Scanner<'_>,
        position: u64,
        header: &BatchHeader,
        total: u64,
    ) -> io::Result<Option<FoundRecord>> {
        let base_offset = header.base_offset();
        let found =
            |timestamp, offset| FoundRecord { timestamp, offset, leader_epoch: header.leader_epoch() };
        let whole_batch = found(header.max_timestamp.get(), base_offset.max(self.from));
        if header.attributes().timestamp_type() == TimestampType::LogAppendTime || total > BATCH_BYTES_MAX {
            return Ok(Some(whole_batch));
        }
        let batch = scanner.read_batch(position, total)?;
        let area = batch.get(BATCH_HEADER_BYTES..).unwrap_or_default();
        let base_timestamp = header.base_timestamp.get();
        let mut first = None;
        let mut visit = |offset_delta: i32, timestamp_delta: i64| {
            let timestamp = base_timestamp.wrapping_add(timestamp_delta);
            let offset = Offset(base_offset.0.wrapping_add(i64::from(offset_delta)));
            if first.is_none() && timestamp >= self.target && offset >= self.from {
                first = Some(found(timestamp, offset));
            }
        };
        let count = header.record_count.get();
        let is_readable = match header.attributes().compression() {
            Some(Compression::None) => crate::record::Records::new(area, count)
                .try_for_each(|record| record.map(|r| visit(r.offset_delta, r.timestamp_delta)))
                .is_ok(),
            Some(compression) => {
                walk_compressed(compression, area, count, DECOMPRESSED_BYTES_MAX, &mut |head| {
                    visit(head.offset_delta, head.timestamp_delta);
                })
                .is_ok()
            }
            None => false,
        };
        // What cannot be read inside was accepted as it is: the batch as a whole answers.
        Ok(if is_readable { first } else { Some(whole_batch) })
    }
}

/// Where the search for `target` begins in a segment.
fn start_position(indexes: &SegmentIndexes, target: i64) -> u64 {
    // A row says that everything up to its offset is at most as late as its timestamp: earlier than the target
    // only if that timestamp is.
    let row = indexes.times.lookup(target.saturating_sub(1));
    row.map_or(0, |row| u64::from(indexes.offsets.lookup(row.offset).position))
}

impl Log {
    /// Looks for the first record at or past the log's start, below `up_to` and the flushed end, whose timestamp is
    /// at least `target`. The answer comes through [`Log::take_answer`] under the name `lookup`.
    pub fn look_up_timestamp(&mut self, lookup: u64, target: i64, up_to: Offset) {
        let may_hold = |segment: &crate::segment::Segment| {
            segment.readable_bytes > 0 && segment.times.newest.is_none_or(|newest| newest.timestamp >= target)
        };
        let candidates = self.segments.iter().filter(|segment| may_hold(segment)).map(|segment| Candidate {
            base_offset: segment.base_offset,
            bytes: segment.readable_bytes,
            from: segment.indexes.as_ref().map(|indexes| start_position(indexes, target)),
            sums: segment.sums.clone().map(|sums| {
                let readable = Row { position: segment.readable_bytes, chain: segment.readable_chain };
                let end = if segment.is_open() { readable } else { sums.end() };
                (sums, end)
            }),
        });
        let task = LookupTask {
            lookup,
            dir: self.dir.clone(),
            key: self.sums_key(),
            target,
            from: self.log_start_offset,
            up_to: up_to.min(self.flushed_end_offset),
            candidates: candidates.collect(),
        };
        self.lookups.push_back(task);
    }

    /// Looks for the first record with the largest timestamp of the log, below `up_to`. As
    /// [`Log::look_up_timestamp`] otherwise.
    pub fn look_up_max_timestamp(&mut self, lookup: u64, up_to: Offset) {
        // What is not flushed yet may be later than all that is, and is nobody's answer.
        let newest = self
            .segments
            .iter()
            .filter_map(|segment| segment.readable_newest)
            .max_by_key(|row| row.timestamp);
        match newest {
            Some(newest) => self.look_up_timestamp(lookup, newest.timestamp, up_to),
            None => self.answers.push_back(LookupAnswer { lookup, result: Ok(None) }),
        }
    }

    /// The next answer to a look-up. All of them are lost when the log goes offline.
    pub fn take_answer(&mut self) -> Option<LookupAnswer> {
        self.answers.pop_front()
    }

    pub(crate) fn next_lookup(&mut self) -> Option<Task> {
        self.lookups.pop_front().map(Task::Lookup)
    }
}

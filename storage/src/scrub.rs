//! Reading sealed segments in the background, so that damage is found while there still is another copy somewhere.
//!
//! A [`Scrub`] is the reading of one segment in steps, each a job that reads a bounded number of bytes; how many steps
//! a second there are is the shard's business. A segment with checksums of its own ([`crate::sums`]) that fit its file
//! is held against them. One without (a Kafka has written it, or it was copied here) is read by what Kafka's own
//! checksums say, and gets some. Nothing that was found damaged is ever changed, moved or removed.

use crate::close::CloseSync;
use crate::index::{OffsetRow, SegmentIndexes, TimeRow};
use crate::log::Log;
use crate::scan::{NoBatch, Scanner, is_relative};
use crate::segment::{build_indexes, load_indexes, segment_path};
use crate::sums::{
    Damage, EXTENSION, FileState, IndexSums, SegmentSums, Sums, SumsKey, SumsToWrite, check_segment,
    index_sums, load,
};
use loglane_model::{File, FileSystem, Offset, OpenMode};
use std::io;
use std::path::{Path, PathBuf};

/// The reading of one segment.
#[derive(Debug)]
pub struct Scrub {
    dir: PathBuf,
    key: SumsKey,
    base_offset: Offset,
    /// Where the next segment begins.
    end_offset: Offset,
    index_interval_bytes: u64,
    /// Whether what is missing or out of date beside the segment may be written.
    may_write: bool,
    damage: Vec<Damage>,
    progress: Progress,
}

#[derive(Debug)]
enum Progress {
    Begun,
    Checking { file: File, known: Box<SegmentSums>, position: u64 },
    Building(Box<Building>),
}

/// Checksums of a segment in the making.
#[derive(Debug)]
struct Building {
    file: File,
    state: FileState,
    position: u64,
    expected: Offset,
    sums: Sums,
    indexes: SegmentIndexes,
    /// The rows of the indexes as they lie beside the segment, and how many of them were found right so far.
    found: Option<(Vec<OffsetRow>, Vec<TimeRow>)>,
    offsets_right: usize,
    times_right: usize,
}

/// What one step came to.
#[derive(Debug)]
pub struct ScrubStep {
    /// About how many bytes it read.
    pub read_bytes: u64,
    /// What comes next.
    pub next: ScrubNext,
}

/// How a segment's reading goes on.
#[derive(Debug)]
pub enum ScrubNext {
    /// There is more to read.
    More(Box<Scrub>),
    /// All of it was read.
    Done(ScrubVerdict),
}

/// What was found of a segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScrubVerdict {
    /// What is not as it was written, in order.
    pub damage: Vec<Damage>,
    /// How it stood about its checksums.
    pub sums: SumsFound,
    /// The offset behind the last batch, as far as it could be read.
    pub end_offset: Offset,
    /// Where the damage is that begins with zeros and goes on to the end of the file: space that was never written, in a
    /// segment that was being appended to.
    pub zeros_from: Option<u64>,
}

/// How a segment stood about its checksums.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SumsFound {
    /// They are those of its file as it is.
    Fitting,
    /// The same, but the indexes beside it are others.
    OtherIndexes,
    /// They are of another state of its file, damaged, or of another log: somebody else has written it, or them.
    Misfit,
    /// There are none.
    Missing,
    /// The segment has gone meanwhile.
    SegmentGone,
}

/// Places of damage that one segment's reading tells at the most.
const DAMAGE_MAX: usize = 1000;

impl Scrub {
    /// The reading of a segment that nobody writes to. `end_offset` is where the next one begins; `may_write`: missing
    /// or outdated checksums and indexes that are not those of the segment are made anew.
    #[must_use]
    pub fn new(
        dir: &Path,
        key: SumsKey,
        base_offset: Offset,
        end_offset: Offset,
        index_interval_bytes: u64,
        may_write: bool,
    ) -> Scrub {
        Scrub {
            dir: dir.to_owned(),
            key,
            base_offset,
            end_offset,
            index_interval_bytes,
            may_write,
            damage: Vec::new(),
            progress: Progress::Begun,
        }
    }

    /// The segment's base offset.
    #[must_use]
    pub fn segment(&self) -> Offset {
        self.base_offset
    }

    /// Goes on reading, for about `bytes_max`. Blocks.
    ///
    /// # Errors
    /// The disk refuses: what could not be read may well be damage, too.
    pub fn step(mut self, fs: &dyn FileSystem, bytes_max: u64) -> io::Result<ScrubStep> {
        match std::mem::replace(&mut self.progress, Progress::Begun) {
            Progress::Begun => self.begin(fs, bytes_max),
            Progress::Checking { file, known, position } => self.check(fs, file, known, position, bytes_max),
            Progress::Building(building) => self.build(fs, building, bytes_max),
        }
    }

    fn done(self, read_bytes: u64, sums: SumsFound, end_offset: Offset) -> ScrubStep {
        let verdict = ScrubVerdict { damage: self.damage, sums, end_offset, zeros_from: None };
        ScrubStep { read_bytes, next: ScrubNext::Done(verdict) }
    }

    fn begin(self, fs: &dyn FileSystem, bytes_max: u64) -> io::Result<ScrubStep> {
        let path = segment_path(&self.dir, self.base_offset, "log");
        let file = match fs.open(&path, OpenMode::DirectRead) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let base_offset = self.base_offset;
                return Ok(self.done(0, SumsFound::SegmentGone, base_offset));
            }
            other => other?,
        };
        let stat = fs.stat(&path)?;
        match load(fs, &self.dir, self.key, self.base_offset, stat)? {
            // A chain that begins in the middle says too little: what comes before may be read here for the first time.
            Some(known) if known.sums.from() == 0 => self.check(fs, file, Box::new(known), 0, bytes_max),
            Some(_) | None => {
                let found = load_indexes(fs, &self.dir, self.base_offset, stat.len, None)?;
                let building = Building {
                    file,
                    state: stat.into(),
                    position: 0,
                    expected: self.base_offset,
                    sums: Sums::new(self.key, self.base_offset, 0),
                    indexes: SegmentIndexes::new(self.base_offset),
                    found: found.map(|found| (found.offsets.rows().collect(), found.times.rows().collect())),
                    offsets_right: 0,
                    times_right: 0,
                };
                self.build(fs, Box::new(building), bytes_max)
            }
        }
    }

    fn check(
        mut self,
        fs: &dyn FileSystem,
        file: File,
        known: Box<SegmentSums>,
        position: u64,
        bytes_max: u64,
    ) -> io::Result<ScrubStep> {
        let segment = self.base_offset;
        let next = check_segment(fs, &file, segment, &known.sums, position, bytes_max, &mut self.damage)?;
        let end = next.unwrap_or(known.state.len);
        if self.damage.len() < DAMAGE_MAX && next.is_some() {
            self.progress = Progress::Checking { file, known, position: end };
            let next = ScrubNext::More(Box::new(self));
            return Ok(ScrubStep { read_bytes: end - position, next });
        }
        if index_sums(fs, &self.dir, segment)? == known.indexes {
            return Ok(self.done(end - position, SumsFound::Fitting, known.end_offset));
        }
        let end_offset = known.end_offset;
        if self.damage.is_empty() && self.may_write {
            let found = load_indexes(fs, &self.dir, segment, known.state.len, Some(&known))?;
            if found.is_none() {
                let bytes = known.state.len;
                let interval = self.index_interval_bytes;
                let indexes = build_indexes(fs, &file, segment, bytes, interval, Some(&known.sums))?;
                self.write_indexes(fs, known.state, &indexes)?;
            }
            // A transaction index that does not fit is made anew by whoever reads the segment.
            let indexes = index_sums(fs, &self.dir, segment)?;
            let kept = IndexSums { transactions: known.indexes.transactions, ..indexes };
            self.write_sums(fs, known.state, known.sums, known.newest, kept)?;
        }
        Ok(self.done(end - position, SumsFound::OtherIndexes, end_offset))
    }

    fn build(
        mut self,
        fs: &dyn FileSystem,
        mut building: Box<Building>,
        bytes_max: u64,
    ) -> io::Result<ScrubStep> {
        let begin = building.position;
        let len = building.state.len.min(i32::MAX as u64);
        let file = building.file.clone();
        let mut scanner = Scanner::new(fs, &file, len);
        let mut begins_with_zeros = false;
        while building.position < len {
            if building.position - begin >= bytes_max {
                let read_bytes = building.position - begin;
                self.progress = Progress::Building(building);
                return Ok(ScrubStep { read_bytes, next: ScrubNext::More(Box::new(self)) });
            }
            let position = building.position;
            let (header, total) = match scanner.header(position)? {
                Ok(found) => found,
                Err(no_batch) => {
                    begins_with_zeros = no_batch == NoBatch::End;
                    break;
                }
            };
            let is_good = header.base_offset() >= building.expected
                && is_relative(self.base_offset, header.last_offset())
                && header.last_offset() < self.end_offset
                && scanner.crc_is_right(position, &header, total)?;
            if !is_good {
                break;
            }
            building.take_in(&header, total, self.index_interval_bytes);
        }
        let read_bytes = building.position - begin;
        let (state, end_offset) = (building.state, building.expected);
        let zeros_from = begins_with_zeros.then_some(building.position);
        let has_sums = fs.stat(&segment_path(&self.dir, self.base_offset, EXTENSION)).is_ok();
        let sums = if has_sums { SumsFound::Misfit } else { SumsFound::Missing };
        if building.position < state.len {
            self.damage.push(Damage {
                segment: self.base_offset,
                position: building.position,
                end: state.len,
            });
        } else if self.may_write {
            let are_right = building.are_found_indexes_right();
            let Building { sums, mut indexes, .. } = *building;
            indexes.finish();
            if !are_right {
                self.write_indexes(fs, state, &indexes)?;
            }
            let of_indexes = index_sums(fs, &self.dir, self.base_offset)?;
            self.write_sums(fs, state, sums, indexes.newest(), of_indexes)?;
        }
        let mut step = self.done(read_bytes, sums, end_offset);
        if let ScrubNext::Done(verdict) = &mut step.next {
            verdict.zeros_from = zeros_from;
        }
        Ok(step)
    }

    /// Puts indexes in place, if the segment is still the one that was read.
    fn write_indexes(
        &self,
        fs: &dyn FileSystem,
        state: FileState,
        indexes: &SegmentIndexes,
    ) -> io::Result<()> {
        if !self.is_still(fs, state)? {
            return Ok(());
        }
        let path = |extension| segment_path(&self.dir, self.base_offset, extension);
        fs.replace_whole(&path("index"), &indexes.offsets.encode())?;
        fs.replace_whole(&path("timeindex"), &indexes.times.encode())
    }

    fn write_sums(
        &self,
        fs: &dyn FileSystem,
        state: FileState,
        sums: Sums,
        newest: Option<TimeRow>,
        indexes: IndexSums,
    ) -> io::Result<()> {
        if !self.is_still(fs, state)? {
            return Ok(());
        }
        let (key, base_offset, end_offset) = (self.key, self.base_offset, self.end_offset);
        SumsToWrite { key, base_offset, end_offset, newest, indexes, sums }.write(
            fs,
            &self.dir,
            CloseSync::Each,
        )
    }

    fn is_still(&self, fs: &dyn FileSystem, state: FileState) -> io::Result<bool> {
        match fs.stat(&segment_path(&self.dir, self.base_offset, "log")) {
            Ok(stat) => Ok(FileState::from(stat) == state),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }
}

impl Building {
    fn take_in(&mut self, header: &loglane_model::BatchHeader, total: u64, interval_bytes: u64) {
        let position = u32::try_from(self.position).expect("below the limit of 31 bits");
        let bytes = u32::try_from(total).expect("below the limit of 31 bits");
        let (last_offset, max_timestamp) = (header.last_offset(), header.max_timestamp.get());
        self.indexes.on_append(last_offset, position, bytes, max_timestamp, interval_bytes);
        if let Some((offsets, times)) = &self.found {
            let row = offsets.get(self.offsets_right);
            if row.is_some_and(|row| (row.position, row.offset) == (position, last_offset)) {
                self.offsets_right += 1;
            }
            // Kafka names the last offset of the batch that first had the timestamp.
            let newest = self.indexes.newest().filter(|newest| newest.offset == last_offset);
            let row = times.get(self.times_right).copied();
            if row.is_some() && row == newest {
                self.times_right += 1;
            }
        }
        self.sums.on_append(header, total);
        self.position += total;
        self.expected = last_offset.plus(1);
    }

    /// Whether every row of the indexes names a batch, and the newest timestamp is there.
    fn are_found_indexes_right(&self) -> bool {
        self.found.as_ref().is_some_and(|(offsets, times)| {
            offsets.len() == self.offsets_right
                && times.len() == self.times_right
                && times.last().copied() == self.indexes.newest()
        })
    }
}

impl Log {
    /// The reading of the first sealed segment behind the one that begins at `after`; `None` if there is none that
    /// nothing else is about to change.
    #[must_use]
    pub fn next_to_scrub(&self, after: Option<Offset>) -> Option<Scrub> {
        let is_next = |base: Offset| after.is_none_or(|after| base > after);
        let at = self.segments.iter().position(|segment| {
            is_next(segment.base_offset) && !segment.is_open() && !self.to_seal.contains(&segment.base_offset)
        })?;
        let end_offset = self.segments.get(at + 1)?.base_offset;
        let base_offset = self.segments[at].base_offset;
        let interval = self.config.index_interval_bytes;
        Some(Scrub::new(&self.dir, self.sums_key(), base_offset, end_offset, interval, true))
    }
}

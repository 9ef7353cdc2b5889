//! Reading: from the batch cache where the bytes are in memory, else by direct reads with a read-ahead cursor.
//!
//! A read names offsets; the log knows positions. The way from one to the other is a hint (where an earlier read
//! ended), or else the sparse index and a walk over batch headers. Everything lent is whole batches below the
//! flushed end. Bytes that came from the disk are lent only after their batch's CRC was checked, and its head against the
//! segment's chain of checksums; cached ones were checked when they came in.

use crate::block_run::BlockRun;
use crate::log::{Log, find};
use crate::segment::{LoadTask, Loaded};
use crate::sums::Damage;
use crate::walk::{Checks, Verified, Walk, Wanted, walk};
use loglane_model::{BlockPool, DiskRead, Extent, File, Offset, PAGE_BYTES, SharedBlock};
use std::io;

const PAGE: u64 = PAGE_BYTES as u64;
/// The first read of a cursor, unless less was asked.
const WINDOW_MIN: usize = 128 * 1024;
/// What the window grows to while a cursor is followed.
const WINDOW_MAX: usize = 1024 * 1024;
/// Cursors of one log; the one that was used least recently makes room.
const CURSORS_MAX: usize = 16;
/// Remembered ends of reads.
const HINTS: usize = 8;

/// What a read brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadOutcome {
    /// Whole batches were lent.
    Bytes {
        /// So many bytes.
        bytes: usize,
        /// The offset behind the last of them.
        end_offset: Offset,
    },
    /// Nothing below the limits.
    Empty,
    /// The bytes come from the disk; try again once [`Log::take_reads_ready`] says so.
    Pending,
}

/// Why a read failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadError {
    /// The offset lies before the log's start or behind its flushed end.
    OutOfRange {
        /// First offset that can be read.
        log_start_offset: Offset,
        /// First offset that cannot be.
        end_offset: Offset,
    },
    /// The bytes on disk at that place are not what was written.
    Corrupt {
        /// Base offset of the segment.
        segment: Offset,
        /// Where in it the damaged batch begins.
        position: u64,
    },
    /// The disk refused to read.
    Disk(io::ErrorKind),
    /// The log is offline.
    Offline,
}

/// Where a batch begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    /// Base offset of the segment.
    pub(crate) segment: Offset,
    pub(crate) position: u64,
}

/// The state of all reads of a log.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    hints: [Option<(Offset, Place)>; HINTS],
    hint_next: usize,
    cursors: Vec<Cursor>,
    cursor_id_next: u32,
    use_next: u64,
    pub(crate) ready: bool,
}

/// One reader that follows the disk.
#[derive(Debug)]
struct Cursor {
    id: u32,
    segment: Offset,
    run: BlockRun,
    verified: Verified,
    /// Behind the last byte that was lent, or the place where the first read wants to begin.
    next: u64,
    window: usize,
    fetch: Fetch,
    used: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fetch {
    Idle,
    /// A read of so many bytes from that page on is to be handed out.
    Wanted {
        from: u64,
        bytes: usize,
    },
    /// In flight. Only what was readable when it was handed out is of use: more may have been flushed since, and the
    /// read may have been faster than that.
    Reading {
        limit: u64,
    },
    Failed(io::ErrorKind),
}

impl Reader {
    pub(crate) fn hint(&self, offset: Offset) -> Option<Place> {
        self.hints.iter().flatten().find(|(at, _)| *at == offset).map(|(_, place)| *place)
    }

    fn remember(&mut self, offset: Offset, place: Place) {
        if self.hint(offset) == Some(place) {
            return;
        }
        self.hints[self.hint_next] = Some((offset, place));
        self.hint_next = (self.hint_next + 1) % HINTS;
    }

    /// Forgets all that is known about places; for truncation and removal of segments.
    pub(crate) fn forget(&mut self, pool: &mut BlockPool) {
        self.hints = [None; HINTS];
        for mut cursor in self.cursors.drain(..) {
            cursor.run.clear(pool);
        }
        self.ready = true;
    }

    /// Forgets a segment that left the log.
    pub(crate) fn forget_segment(&mut self, segment: Offset, pool: &mut BlockPool) {
        for hint in &mut self.hints {
            *hint = hint.filter(|(_, place)| place.segment != segment);
        }
        for cursor in self.cursors.extract_if(.., |cursor| cursor.segment == segment) {
            let mut run = cursor.run;
            run.clear(pool);
        }
        self.ready = true;
    }

    /// Memory of read-ahead blocks.
    pub(crate) fn block_bytes(&self) -> usize {
        self.cursors.iter().map(|cursor| cursor.run.block_bytes()).sum()
    }

    /// Drops the cursor that was used least recently and has no read in flight; returns whether there was one.
    pub(crate) fn drop_oldest_cursor(&mut self, pool: &mut BlockPool) -> bool {
        let idle = self
            .cursors
            .iter()
            .enumerate()
            .filter(|(_, cursor)| !matches!(cursor.fetch, Fetch::Reading { .. }));
        let Some((index, _)) = idle.min_by_key(|(_, cursor)| cursor.used) else { return false };
        let mut cursor = self.cursors.swap_remove(index);
        cursor.run.clear(pool);
        true
    }

    /// Numbers the uses of cursors and segments, so that the oldest can be told.
    pub(crate) fn next_use(&mut self) -> u64 {
        self.use_next += 1;
        self.use_next
    }

    /// The cursor that has, or is about to have, the bytes at `place`; a new one if there is none. `None`: all
    /// cursors are busy reading for others.
    fn cursor_at(&mut self, place: Place, bytes_max: usize, pool: &mut BlockPool) -> Option<&mut Cursor> {
        let used = self.next_use();
        let known = self.cursors.iter().position(|cursor| cursor.serves(place));
        let index = match known {
            Some(index) => index,
            None => {
                if self.cursors.len() == CURSORS_MAX && !self.drop_oldest_cursor(pool) {
                    return None;
                }
                self.cursor_id_next = self.cursor_id_next.wrapping_add(1);
                self.cursors.push(Cursor::new(self.cursor_id_next, place, bytes_max));
                self.cursors.len() - 1
            }
        };
        let cursor = &mut self.cursors[index];
        cursor.used = used;
        Some(cursor)
    }

    fn drop_cursor_at(&mut self, place: Place, pool: &mut BlockPool) {
        let index = self.cursors.iter().position(|cursor| cursor.serves(place)).expect("it was just used");
        let mut cursor = self.cursors.swap_remove(index);
        cursor.run.clear(pool);
    }

    /// The next read to hand out. `file_of` gives the open file of a segment, and where its readable part ends.
    pub(crate) fn next_read(
        &mut self,
        log: u32,
        pool: &mut BlockPool,
        file_of: impl Fn(Offset) -> Option<(File, u64)>,
    ) -> Option<DiskRead> {
        for cursor in &mut self.cursors {
            let Fetch::Wanted { from, bytes } = cursor.fetch else { continue };
            let Some((file, limit)) = file_of(cursor.segment) else { continue };
            cursor.fetch = Fetch::Reading { limit };
            let block = pool.take(bytes);
            return Some(DiskRead { log, cursor: cursor.id, file, position: from, len: bytes, block });
        }
        None
    }

    /// Takes in a completed read.
    pub(crate) fn on_read(&mut self, read: DiskRead, result: io::Result<usize>, pool: &mut BlockPool) {
        self.ready = true;
        let Some(cursor) = self.cursors.iter_mut().find(|cursor| cursor.id == read.cursor) else {
            pool.give(read.block); // The log was truncated meanwhile.
            return;
        };
        let Fetch::Reading { limit } = cursor.fetch else {
            panic!("a completion for a read never handed out")
        };
        cursor.fetch = Fetch::Idle;
        match result {
            Ok(bytes) => cursor.take_in(read.block, read.position, bytes, limit, pool),
            Err(error) => {
                pool.give(read.block);
                cursor.fetch = Fetch::Failed(error.kind());
            }
        }
    }
}

impl Cursor {
    /// The first read is sized by what was asked, and what lies before it since the last index row.
    fn new(id: u32, place: Place, bytes_max: usize) -> Cursor {
        Cursor {
            id,
            segment: place.segment,
            run: BlockRun::default(),
            verified: Verified::default(),
            next: place.position,
            window: bytes_max
                .min(WINDOW_MIN)
                .saturating_add(2 * PAGE_BYTES)
                .next_power_of_two()
                .min(WINDOW_MIN),
            fetch: Fetch::Idle,
            used: 0,
        }
    }

    fn serves(&self, place: Place) -> bool {
        self.segment == place.segment && (self.run.covers(place.position) || self.next == place.position)
    }

    fn take_in(&mut self, block: SharedBlock, position: u64, bytes: usize, limit: u64, pool: &mut BlockPool) {
        let end = (position + bytes as u64).min(limit);
        let extends = self.run.is_empty() || (position <= self.run.end() && self.run.end() < end);
        if end <= position || !extends {
            pool.give(block);
            if end <= position {
                self.fetch = Fetch::Failed(io::ErrorKind::UnexpectedEof);
            }
            return;
        }
        self.run.push(block, position, end, pool);
    }

    /// Asks for more of the segment, so that at least `to` is reached.
    fn want(&mut self, from: u64, to: u64, segment_end: u64) {
        if self.fetch != Fetch::Idle {
            return;
        }
        let start = if self.run.is_empty() { from } else { self.run.end() } / PAGE * PAGE;
        let needed = to.saturating_sub(start).next_multiple_of(PAGE);
        let left = segment_end.saturating_sub(start).next_multiple_of(PAGE);
        let bytes = needed.max(self.window as u64).min(left).max(PAGE);
        let bytes = usize::try_from(bytes).expect("a batch and a window are far smaller");
        self.fetch = Fetch::Wanted { from: start, bytes };
    }

    /// After bytes up to `to` were lent: lets go of what is behind, and reads ahead.
    fn advance(&mut self, to: u64, segment_end: u64, pool: &mut BlockPool) {
        self.next = to;
        self.run.release_before(to, pool);
        self.window = (self.window * 2).min(WINDOW_MAX);
        let ahead = if self.run.is_empty() { 0 } else { self.run.end().saturating_sub(to) };
        let read_to = to + ahead;
        if ahead < self.window as u64 / 2 && read_to < segment_end {
            self.want(read_to, read_to + 1, segment_end);
        }
    }
}

impl Log {
    /// Lends whole batches that begin with the one that holds `from`, all below `up_to` and the flushed end, at
    /// most `bytes_max` bytes; with `at_least_one` the first batch may be larger than that.
    ///
    /// # Errors
    /// [`ReadError`]; nothing was lent.
    pub fn read(
        &mut self,
        from: Offset,
        up_to: Offset,
        bytes_max: usize,
        at_least_one: bool,
        pool: &mut BlockPool,
        out: &mut Vec<Extent>,
    ) -> Result<ReadOutcome, ReadError> {
        if self.truncating.is_some() {
            return Ok(ReadOutcome::Pending);
        }
        self.check_readable(from)?;
        let up_to = up_to.min(self.flushed_end_offset);
        if from >= up_to {
            return Ok(ReadOutcome::Empty);
        }
        let Some(mut place) = self.place_of(from)? else { return Ok(ReadOutcome::Pending) };
        loop {
            let at = self.segment_index(place.segment).expect("places name segments of the log");
            self.segments[at].used = self.reader.next_use();
            let segment_end = self.segments[at].readable_bytes;
            let wanted = Wanted { from, up_to, bytes_max, at_least_one, segment_end };
            match self.read_at(place, &wanted, pool, out)? {
                Step::Done(outcome) => return Ok(outcome),
                Step::NextSegment => match self.segments.get(at + 1) {
                    Some(next) => place = Place { segment: next.base_offset, position: 0 },
                    None => return Ok(ReadOutcome::Empty),
                },
            }
        }
    }

    fn check_readable(&self, from: Offset) -> Result<(), ReadError> {
        if self.fault.is_some() {
            return Err(ReadError::Offline);
        }
        if from < self.log_start_offset || from > self.log_end_offset {
            return Err(ReadError::OutOfRange {
                log_start_offset: self.log_start_offset,
                end_offset: self.flushed_end_offset,
            });
        }
        Ok(())
    }

    /// A batch at or before the one that holds `offset`. `None`: the segment's index has to be loaded first.
    fn place_of(&mut self, offset: Offset) -> Result<Option<Place>, ReadError> {
        if let Some(place) = self.reader.hint(offset) {
            return Ok(Some(place));
        }
        let at = self.segments.partition_point(|segment| segment.base_offset <= offset).saturating_sub(1);
        let segment = &self.segments[at];
        let base_offset = segment.base_offset;
        let Some(indexes) = &segment.indexes else {
            self.want_loaded(at)?;
            return Ok(None);
        };
        let row = indexes.offsets.lookup(offset);
        Ok(Some(Place { segment: base_offset, position: u64::from(row.position) }))
    }

    fn read_at(
        &mut self,
        place: Place,
        wanted: &Wanted,
        pool: &mut BlockPool,
        out: &mut Vec<Extent>,
    ) -> Result<Step, ReadError> {
        if let Some(run) = self.cache.run(place.segment).filter(|run| run.covers(place.position)) {
            match walk(run, place.position, wanted, None) {
                Walk::Found { from, to, end_offset } => {
                    run.lend(from, to, out);
                    self.reader.remember(end_offset, Place { segment: place.segment, position: to });
                    return Ok(Step::lent(to - from, end_offset));
                }
                Walk::AtLimit => return Ok(Step::Done(ReadOutcome::Empty)),
                Walk::SegmentEnds => return Ok(Step::NextSegment),
                Walk::Corrupt { position, .. } => {
                    return Err(ReadError::Corrupt { segment: place.segment, position });
                }
                // The cache ends before the readable part does only where the log was cut back: ask the disk.
                Walk::NeedsMore { .. } | Walk::BeginsTooLate => {}
            }
        }
        self.read_cold(place, wanted, pool, out)
    }

    fn read_cold(
        &mut self,
        place: Place,
        wanted: &Wanted,
        pool: &mut BlockPool,
        out: &mut Vec<Extent>,
    ) -> Result<Step, ReadError> {
        if place.position >= wanted.segment_end {
            return Ok(Step::NextSegment);
        }
        let at = self.segment_index(place.segment).expect("places name segments of the log");
        if self.segments[at].file.is_none() {
            self.want_loaded(at)?;
            return Ok(Step::Done(ReadOutcome::Pending));
        }
        let (cursor, walked) = loop {
            let Some(cursor) = self.reader.cursor_at(place, wanted.bytes_max, pool) else {
                return Ok(Step::Done(ReadOutcome::Pending));
            };
            if let Fetch::Failed(error) = cursor.fetch {
                self.reader.drop_cursor_at(place, pool);
                return Err(ReadError::Disk(error));
            }
            let checks = Checks { verified: &mut cursor.verified, segment: &self.segments[at] };
            match walk(&cursor.run, place.position, wanted, Some(checks)) {
                // Another cursor begins where the stretch does.
                Walk::BeginsTooLate => self.reader.drop_cursor_at(place, pool),
                walked => break (self.reader.cursor_at(place, wanted.bytes_max, pool), walked),
            }
        };
        let cursor = cursor.expect("it was just used");
        match walked {
            Walk::Found { from, to, end_offset } => {
                cursor.run.lend(from, to, out);
                cursor.advance(to, wanted.segment_end, pool);
                self.reader.remember(end_offset, Place { segment: place.segment, position: to });
                Ok(Step::lent(to - from, end_offset))
            }
            Walk::AtLimit => Ok(Step::Done(ReadOutcome::Empty)),
            Walk::SegmentEnds => Ok(Step::NextSegment),
            Walk::Corrupt { position, end } => {
                self.reader.drop_cursor_at(place, pool);
                self.note_damage(Damage { segment: place.segment, position, end });
                Err(ReadError::Corrupt { segment: place.segment, position })
            }
            Walk::BeginsTooLate => unreachable!("such a cursor was dropped above"),
            Walk::NeedsMore { from, to } => {
                cursor.want(from, to, wanted.segment_end);
                Ok(Step::Done(ReadOutcome::Pending))
            }
        }
    }

    /// How many bytes a [`Log::read`] could lend, as far as that can be told without the disk: exact where the
    /// bytes are in memory, else by the positions in the index, else `bytes_max`.
    ///
    /// # Errors
    /// [`ReadError::OutOfRange`] and [`ReadError::Offline`].
    pub fn readable_bytes(&self, from: Offset, up_to: Offset, bytes_max: usize) -> Result<usize, ReadError> {
        if self.truncating.is_some() {
            return Ok(0);
        }
        self.check_readable(from)?;
        let up_to = up_to.min(self.flushed_end_offset);
        if from >= up_to {
            return Ok(0);
        }
        let at = self.segments.partition_point(|segment| segment.base_offset <= from).saturating_sub(1);
        let segment = &self.segments[at];
        let position = match (self.reader.hint(from), &segment.indexes) {
            (Some(place), _) if place.segment == segment.base_offset => place.position,
            (_, Some(indexes)) => u64::from(indexes.offsets.lookup(from).position),
            (_, None) => return Ok(bytes_max.max(1)),
        };
        let segment_end = segment.readable_bytes;
        let wanted = Wanted { from, up_to, bytes_max, at_least_one: true, segment_end };
        if let Some(run) = self.cache.run(segment.base_offset).filter(|run| run.covers(position)) {
            match walk(run, position, &wanted, None) {
                Walk::Found { from, to, .. } => return Ok(to_usize(to - from)),
                Walk::AtLimit => return Ok(0),
                Walk::SegmentEnds | Walk::NeedsMore { .. } | Walk::BeginsTooLate | Walk::Corrupt { .. } => {}
            }
        }
        let is_last = self.segments.get(at + 1).is_none_or(|next| next.base_offset >= up_to);
        if !is_last {
            return Ok(bytes_max.max(1));
        }
        Ok(to_usize(segment_end.saturating_sub(position)).clamp(1, bytes_max.max(1)))
    }

    pub(crate) fn segment_index(&self, base_offset: Offset) -> Option<usize> {
        self.segments.binary_search_by_key(&base_offset, |segment| segment.base_offset).ok()
    }

    /// Asks for the file and the indexes of a sealed segment; an earlier attempt's failure is told once.
    pub(crate) fn want_loaded(&mut self, at: usize) -> Result<(), ReadError> {
        let segment = &mut self.segments[at];
        if let Some(error) = segment.load_error.take() {
            return Err(ReadError::Disk(error));
        }
        if segment.is_open() {
            // The file that is appended to serves readers, too.
            self.wants_file = true;
            return Ok(());
        }
        if !segment.is_loading {
            segment.is_loading = true;
            self.to_load.push_back(segment.base_offset);
        }
        Ok(())
    }

    pub(crate) fn next_load(&mut self) -> Option<LoadTask> {
        while let Some(base_offset) = self.to_load.pop_front() {
            if let Some(segment) = find(&self.segments, base_offset) {
                return Some(LoadTask {
                    dir: self.dir.clone(),
                    key: self.sums_key(),
                    base_offset,
                    bytes: segment.bytes,
                    index_interval_bytes: self.config.index_interval_bytes,
                });
            }
        }
        None
    }

    pub(crate) fn on_loaded(&mut self, loaded: Loaded) {
        self.reader.ready = true;
        let Some(at) = self.segment_index(loaded.base_offset) else { return };
        let segment = &mut self.segments[at];
        segment.is_loading = false;
        match loaded.result {
            Ok(loaded) => {
                segment.file = Some(loaded.file);
                segment.indexes.get_or_insert(loaded.indexes);
                segment.transactions.get_or_insert(loaded.transactions);
                segment.sums = segment.sums.take().or(loaded.sums);
            }
            Err(error) => segment.load_error = Some(error.kind()),
        }
    }
}

/// What one segment had to say to a read.
enum Step {
    Done(ReadOutcome),
    NextSegment,
}

impl Step {
    fn lent(bytes: u64, end_offset: Offset) -> Step {
        Step::Done(ReadOutcome::Bytes { bytes: to_usize(bytes), end_offset })
    }
}

fn to_usize(bytes: u64) -> usize {
    usize::try_from(bytes).expect("a segment is smaller than memory")
}

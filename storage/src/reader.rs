//! Reading: from the batch cache where the bytes are in memory, else by direct reads with a read-ahead cursor.
//!
//! A read names offsets; the log knows positions. The way from one to the other is a hint (where an earlier read
//! ended), or else the sparse index and a walk over batch headers. Everything lent is whole batches below the
//! flushed end. Bytes that came from the disk are lent only after their batch's CRC was checked; cached ones were
//! checked when they came in.

use crate::block_run::BlockRun;
use crate::log::{Log, find};
use crate::segment::{LoadTask, Loaded};
use loglane_model::{
    BATCH_HEADER_BYTES, BatchHeader, BlockPool, DiskRead, Extent, File, Offset, PAGE_BYTES, SharedBlock,
};
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
    /// Whole batches up to here have passed the CRC check.
    verified_to: u64,
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

/// What one walk over batches found.
enum Walk {
    /// The batches from..to answer the read; `end_offset` is where the next one begins.
    Found {
        from: u64,
        to: u64,
        end_offset: Offset,
    },
    /// The first batch that matters begins at or past the limit offset.
    AtLimit,
    /// More of the segment must be in memory: up to that position at least, and the walk goes on from `from`.
    NeedsMore {
        from: u64,
        to: u64,
    },
    /// The segment ends before a batch that holds the offset.
    SegmentEnds,
    Corrupt {
        position: u64,
    },
}

/// What a walk looks for.
struct Wanted {
    from: Offset,
    up_to: Offset,
    bytes_max: usize,
    at_least_one: bool,
    /// Where the readable part of the segment ends.
    segment_end: u64,
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
            verified_to: place.position,
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

/// Walks over the batches of `run` from `position` on. With `verified_to` the CRC of each batch that was not
/// checked before is checked.
fn walk(run: &BlockRun, mut position: u64, wanted: &Wanted, mut verified_to: Option<&mut u64>) -> Walk {
    let mut found: Option<(u64, u64, Offset)> = None;
    loop {
        if position >= wanted.segment_end {
            return end_of_walk(found, Walk::SegmentEnds);
        }
        let header_end = position + BATCH_HEADER_BYTES as u64;
        let Some(header) = (if run.covers(position) { run.header_at(position) } else { None }) else {
            return end_of_walk(found, Walk::NeedsMore { from: position, to: header_end });
        };
        let Some(end) = batch_end(&header, position, wanted.segment_end) else {
            return end_of_walk(found, Walk::Corrupt { position });
        };
        if header.last_offset() < wanted.from {
            position = end;
            continue;
        }
        if header.last_offset() >= wanted.up_to {
            return end_of_walk(found, Walk::AtLimit);
        }
        let first = found.map_or(position, |(first, _, _)| first);
        let over = end - first > wanted.bytes_max as u64;
        if over && (found.is_some() || !wanted.at_least_one) {
            return end_of_walk(found, Walk::AtLimit);
        }
        if end > run.end() {
            return end_of_walk(found, Walk::NeedsMore { from: position, to: end });
        }
        if let Some(verified_to) = verified_to.as_deref_mut()
            && *verified_to < end
        {
            if !crc_is_right(run, &header, position, end) {
                return end_of_walk(found, Walk::Corrupt { position });
            }
            *verified_to = end;
        }
        found = Some((first, end, header.last_offset().plus(1)));
        position = end;
    }
}

fn end_of_walk(found: Option<(u64, u64, Offset)>, otherwise: Walk) -> Walk {
    found.map_or(otherwise, |(from, to, end_offset)| Walk::Found { from, to, end_offset })
}

/// Where the batch at `position` ends, if its header can be that of a batch in this segment.
fn batch_end(header: &BatchHeader, position: u64, segment_end: u64) -> Option<u64> {
    let end = position.checked_add(header.total_bytes()? as u64)?;
    let sane = header.magic == 2 && header.last_offset_delta.get() >= 0 && header.base_offset.get() >= 0;
    (sane && end <= segment_end && header.base_offset.get().checked_add(1 << 32).is_some()).then_some(end)
}

fn crc_is_right(run: &BlockRun, header: &BatchHeader, position: u64, end: u64) -> bool {
    let mut crc = crate::crc::Crc32c::new();
    run.for_each_slice(position + BatchHeader::CRC_FROM as u64, end, |slice| crc.update(slice));
    crc.finish() == header.crc.get()
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
                Walk::Corrupt { position } => {
                    return Err(ReadError::Corrupt { segment: place.segment, position });
                }
                // The cache ends before the readable part does only where the log was cut back: ask the disk.
                Walk::NeedsMore { .. } => {}
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
        let Some(cursor) = self.reader.cursor_at(place, wanted.bytes_max, pool) else {
            return Ok(Step::Done(ReadOutcome::Pending));
        };
        if let Fetch::Failed(error) = cursor.fetch {
            self.reader.drop_cursor_at(place, pool);
            return Err(ReadError::Disk(error));
        }
        match walk(&cursor.run, place.position, wanted, Some(&mut cursor.verified_to)) {
            Walk::Found { from, to, end_offset } => {
                cursor.run.lend(from, to, out);
                cursor.advance(to, wanted.segment_end, pool);
                self.reader.remember(end_offset, Place { segment: place.segment, position: to });
                Ok(Step::lent(to - from, end_offset))
            }
            Walk::AtLimit => Ok(Step::Done(ReadOutcome::Empty)),
            Walk::SegmentEnds => Ok(Step::NextSegment),
            Walk::Corrupt { position } => {
                self.reader.drop_cursor_at(place, pool);
                Err(ReadError::Corrupt { segment: place.segment, position })
            }
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
                Walk::SegmentEnds | Walk::NeedsMore { .. } | Walk::Corrupt { .. } => {}
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

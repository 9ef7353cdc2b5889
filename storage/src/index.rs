//! The sparse indexes of a segment: offset to position (`.index`) and timestamp to offset (`.timeindex`).
//!
//! Both live in memory while the segment is written and become files when it is rolled or closed. The row for a
//! batch is written once more than `index.interval.bytes` lie behind the last row, and names the batch's *last*
//! offset and its *first* position: whoever looks for an offset takes the greatest row not above it and reads on
//! from there.

use loglane_model::{Bug, Offset, planted};

/// Bytes of a row of `.index`: u32 offset less the base, u32 position.
pub const OFFSET_ROW_BYTES: usize = 8;

/// Bytes of a row of `.timeindex`: i64 timestamp, u32 offset less the base.
pub const TIME_ROW_BYTES: usize = 12;

/// An offset and where its batch begins in the segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OffsetRow {
    /// The last offset of a batch.
    pub offset: Offset,
    /// Where this batch begins.
    pub position: u32,
}

/// A timestamp and the last offset of the batch that first reached it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeRow {
    /// The largest timestamp up to and including that batch, in ms.
    pub timestamp: i64,
    /// The last offset of the batch that carries it.
    pub offset: Offset,
}

/// Why a file is no index of its segment. Indexes hold nothing that the log does not: build them anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadIndex {
    /// The length is no multiple of a row.
    Length,
    /// The row at this index is not above the one before it, or lies outside the segment. A file that a killed
    /// Kafka left behind has zeros at its end and ends up here.
    Row(usize),
}

/// Offset to position, for one segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OffsetIndex {
    base_offset: Offset,
    /// Offset less the base, position.
    rows: Vec<(u32, u32)>,
}

impl OffsetIndex {
    /// An empty index for the segment that begins at `base_offset`.
    #[must_use]
    pub fn new(base_offset: Offset) -> OffsetIndex {
        OffsetIndex { base_offset, rows: Vec::new() }
    }

    /// How many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Bytes that the rows take in memory and as a file.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.rows.len() * OFFSET_ROW_BYTES
    }

    /// The rows in order.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = OffsetRow> {
        self.rows.iter().map(|&row| self.row(row))
    }

    /// The newest row.
    #[must_use]
    pub fn last(&self) -> Option<OffsetRow> {
        self.rows.last().map(|&row| self.row(row))
    }

    /// Adds a row behind the others.
    pub fn append(&mut self, last_offset: Offset, position: u32) {
        let relative =
            relative(self.base_offset, last_offset).expect("a segment spans less than 2^31 offsets");
        assert!(
            self.rows.last().is_none_or(|&last| last.0 < relative && last.1 < position),
            "index rows rise with the log"
        );
        self.rows.push((relative, position));
    }

    /// Where to begin reading for `target`: the greatest row not above it, or the segment's beginning.
    #[must_use]
    pub fn lookup(&self, target: Offset) -> OffsetRow {
        let after = self.rows.partition_point(|&row| self.row(row).offset <= target);
        match after.checked_sub(1) {
            Some(at) => self.row(self.rows[at]),
            None => OffsetRow { offset: self.base_offset, position: 0 },
        }
    }

    /// Forgets the rows at or behind a new log end.
    pub fn truncate_to(&mut self, log_end_offset: Offset) {
        let keep = self.rows.partition_point(|&row| self.row(row).offset < log_end_offset);
        self.rows.truncate(keep);
    }

    /// The file.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.bytes());
        for (relative, position) in &self.rows {
            bytes.extend_from_slice(&relative.to_be_bytes());
            bytes.extend_from_slice(&position.to_be_bytes());
        }
        bytes
    }

    /// Reads the file of a segment of `segment_bytes`.
    pub fn decode(bytes: &[u8], base_offset: Offset, segment_bytes: u64) -> Result<OffsetIndex, BadIndex> {
        let (rows, rest) = bytes.as_chunks::<OFFSET_ROW_BYTES>();
        if !rest.is_empty() {
            return Err(BadIndex::Length);
        }
        let mut index = OffsetIndex::new(base_offset);
        for (at, row) in rows.iter().enumerate() {
            let relative = u32::from_be_bytes([row[0], row[1], row[2], row[3]]);
            let position = u32::from_be_bytes([row[4], row[5], row[6], row[7]]);
            // A first row may name the first batch of a one-record segment only if something lay before it, which
            // is impossible: a row at position 0 is a row of zeros.
            let rises = index.rows.last().map_or(position > 0, |last| last.0 < relative && last.1 < position);
            let is_inside = u64::from(position) < segment_bytes && i32::try_from(relative).is_ok();
            if !rises || !is_inside {
                return Err(BadIndex::Row(at));
            }
            index.rows.push((relative, position));
        }
        Ok(index)
    }

    fn row(&self, (relative, position): (u32, u32)) -> OffsetRow {
        OffsetRow { offset: absolute(self.base_offset, relative), position }
    }
}

/// Timestamp to offset, for one segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeIndex {
    base_offset: Offset,
    /// Timestamp, offset less the base.
    rows: Vec<(i64, u32)>,
}

impl TimeIndex {
    /// An empty index for the segment that begins at `base_offset`.
    #[must_use]
    pub fn new(base_offset: Offset) -> TimeIndex {
        TimeIndex { base_offset, rows: Vec::new() }
    }

    /// How many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Bytes of the file.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.rows.len() * TIME_ROW_BYTES
    }

    /// The rows in order.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = TimeRow> {
        self.rows.iter().map(|&row| self.row(row))
    }

    /// The newest row, which has the largest timestamp that was indexed.
    #[must_use]
    pub fn last(&self) -> Option<TimeRow> {
        self.rows.last().map(|&row| self.row(row))
    }

    /// Adds a row if its timestamp is above the last one's; older ones say nothing new.
    pub fn append(&mut self, timestamp: i64, last_offset: Offset) {
        let relative =
            relative(self.base_offset, last_offset).expect("a segment spans less than 2^31 offsets");
        match self.rows.last() {
            Some(&(newest, _)) if timestamp <= newest => {}
            Some(&(_, offset)) => {
                assert!(offset <= relative, "the largest timestamp moves forward with the log");
                self.rows.push((timestamp, relative));
            }
            None if timestamp >= 0 => self.rows.push((timestamp, relative)),
            None => {}
        }
    }

    /// The greatest row whose timestamp is not above `timestamp`: everything up to its offset is older than, or as
    /// old as, its timestamp. `None`: begin at the segment's start.
    #[must_use]
    pub fn lookup(&self, timestamp: i64) -> Option<TimeRow> {
        let after = self.rows.partition_point(|&(at, _)| at <= timestamp);
        after.checked_sub(1).map(|at| self.row(self.rows[at]))
    }

    /// Forgets the rows at or behind a new log end.
    pub fn truncate_to(&mut self, log_end_offset: Offset) {
        let keep = self.rows.partition_point(|&row| self.row(row).offset < log_end_offset);
        self.rows.truncate(keep);
    }

    /// The file.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.bytes());
        for (timestamp, relative) in &self.rows {
            bytes.extend_from_slice(&timestamp.to_be_bytes());
            bytes.extend_from_slice(&relative.to_be_bytes());
        }
        bytes
    }

    /// Reads the file.
    pub fn decode(bytes: &[u8], base_offset: Offset) -> Result<TimeIndex, BadIndex> {
        let (rows, rest) = bytes.as_chunks::<TIME_ROW_BYTES>();
        if !rest.is_empty() {
            return Err(BadIndex::Length);
        }
        let mut index = TimeIndex::new(base_offset);
        for (at, row) in rows.iter().enumerate() {
            let (timestamp, relative) = row.split_first_chunk::<8>().expect("a row has 12 bytes");
            let timestamp = i64::from_be_bytes(*timestamp);
            let relative = u32::from_be_bytes(*relative.first_chunk().expect("a row has 12 bytes"));
            let rises = index.rows.last().is_none_or(|last| last.0 < timestamp && last.1 <= relative);
            if !rises || timestamp < 0 || i32::try_from(relative).is_err() {
                return Err(BadIndex::Row(at));
            }
            index.rows.push((timestamp, relative));
        }
        Ok(index)
    }

    fn row(&self, (timestamp, relative): (i64, u32)) -> TimeRow {
        TimeRow { timestamp, offset: absolute(self.base_offset, relative) }
    }
}

/// The indexes of the segment that is being written, and what decides when a row is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentIndexes {
    /// Offset to position.
    pub offsets: OffsetIndex,
    /// Timestamp to offset.
    pub times: TimeIndex,
    bytes_since_row: u64,
    newest: Option<TimeRow>,
}

impl SegmentIndexes {
    /// For the new segment that begins at `base_offset`.
    #[must_use]
    pub fn new(base_offset: Offset) -> SegmentIndexes {
        SegmentIndexes {
            offsets: OffsetIndex::new(base_offset),
            times: TimeIndex::new(base_offset),
            bytes_since_row: 0,
            newest: None,
        }
    }

    /// For a segment whose indexes were read from their files, or cut at a new end. `bytes_since_row` are the bytes
    /// of the batches behind the newest row's; Kafka begins with 0 again.
    #[must_use]
    pub fn resume(offsets: OffsetIndex, times: TimeIndex, bytes_since_row: u64) -> SegmentIndexes {
        let newest = times.last();
        SegmentIndexes { offsets, times, bytes_since_row, newest }
    }

    /// The largest timestamp of the segment and the last offset of the batch that has it; retention and
    /// `ListOffsets` go by it. `None` while no batch has a timestamp.
    #[must_use]
    pub fn newest(&self) -> Option<TimeRow> {
        self.newest
    }

    /// Whether all rows speak of records below `end`. Nothing can be appended behind a row that does not.
    pub(crate) fn end_before(&self, end: Offset) -> bool {
        self.offsets.last().is_none_or(|row| row.offset < end)
            && self.times.last().is_none_or(|row| row.offset < end)
    }

    /// Takes note of an appended batch, in Kafka's order: the timestamp first, then a row if more than
    /// `interval_bytes` (`index.interval.bytes`) were appended since the last one.
    pub fn on_append(
        &mut self,
        last_offset: Offset,
        position: u32,
        batch_bytes: u32,
        max_timestamp: i64,
        interval_bytes: u64,
    ) {
        if max_timestamp > self.newest.map_or(-1, |newest| newest.timestamp) {
            self.newest = Some(TimeRow { timestamp: max_timestamp, offset: last_offset });
        }
        let position = if planted(Bug::IndexBehindData) { position + batch_bytes } else { position };
        if self.bytes_since_row > interval_bytes {
            self.offsets.append(last_offset, position);
            self.append_newest();
            self.bytes_since_row = 0;
        }
        self.bytes_since_row += u64::from(batch_bytes);
    }

    /// Drops every second row of both indexes, which doubles how far a reader may have to walk and says nothing wrong.
    /// The newest rows stay.
    pub fn thin(&mut self) {
        fn halve<T>(rows: &mut Vec<T>) {
            let is_odd = rows.len() % 2;
            let mut at = 0;
            rows.retain(|_| {
                at += 1;
                at % 2 == is_odd
            });
        }
        halve(&mut self.offsets.rows);
        halve(&mut self.times.rows);
    }

    /// Adds the row that closes the time index: the segment's largest timestamp. Before the indexes are written to
    /// their files.
    pub fn finish(&mut self) {
        self.append_newest();
    }

    fn append_newest(&mut self) {
        if let Some(newest) = self.newest {
            self.times.append(newest.timestamp, newest.offset);
        }
    }
}

fn relative(base_offset: Offset, offset: Offset) -> Option<u32> {
    i32::try_from(offset.minus(base_offset)).ok().and_then(|relative| u32::try_from(relative).ok())
}

fn absolute(base_offset: Offset, relative: u32) -> Offset {
    base_offset.plus(i64::from(relative))
}

#[cfg(test)]
mod tests;

//! One segment of a log as it is known in memory: where it begins and ends, its sparse indexes, its times.
//!
//! The segments at the end of the log are *open*: batches are appended to the last one, and the ones before it are
//! still being written. All others are sealed: their files do not change, and neither their file nor their indexes
//! need to be in memory until somebody reads them.

use crate::appender::Appender;
use crate::crc::crc32c;
use crate::index::{OffsetIndex, SegmentIndexes, TIME_ROW_BYTES, TimeIndex, TimeRow};
use crate::log::OPEN_FILE_BYTES;
use crate::recovery_scan::rebuild_transactions;
use crate::roll::Coming;
use crate::scan::scan_headers;
use crate::sums::{self, IndexSums, Row, SegmentSums, Sums, SumsKey, SumsToWrite};
use crate::transaction_index::{ROW_BYTES, TransactionIndex};
use loglane_model::{BatchHeader, File, FileSystem, Offset, OpenMode};
use std::io;
use std::path::{Path, PathBuf};

/// Rows of an open segment's index in memory: with those of its time index at most 768 KiB. A segment of 1 GiB then has
/// a row for each 32 KiB to 64 KiB, however small its batches are.
const ROWS_MAX: usize = 32 * 1024;

/// One segment.
#[derive(Debug)]
pub(crate) struct Segment {
    pub(crate) base_offset: Offset,
    /// Bytes of the batches appended, written or not.
    pub(crate) bytes: u64,
    /// Bytes of the batches that may be read: below the flushed end.
    pub(crate) readable_bytes: u64,
    pub(crate) times: SegmentTimes,
    /// The largest timestamp of the batches that may be read.
    pub(crate) readable_newest: Option<TimeRow>,
    /// `None` where they are only on disk.
    pub(crate) indexes: Option<SegmentIndexes>,
    /// The chain of checksums. `None` where it is only on disk, or nowhere: somebody else has written the segment.
    pub(crate) sums: Option<Sums>,
    /// The chain at `readable_bytes`; only of open segments.
    pub(crate) readable_chain: u32,
    /// By how much rows lie further apart than configured: it doubles whenever there are too many of them.
    pub(crate) row_spacing: u64,
    /// `None` where it is only on disk.
    pub(crate) transactions: Option<TransactionIndex>,
    /// Whether it may have aborted transactions.
    pub(crate) has_transactions: bool,
    /// Of its file; only of open segments.
    pub(crate) inode: u64,
    /// `None` where it is not open.
    pub(crate) file: Option<File>,
    pub(crate) is_loading: bool,
    /// Why it could not be loaded; told to the next reader.
    pub(crate) load_error: Option<io::ErrorKind>,
    /// Grows with every read, to tell which loaded segment was used least recently.
    pub(crate) used: u64,
    /// Only of open segments.
    pub(crate) appender: Option<Box<Appender>>,
}

/// What a segment knows of time, in ms since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SegmentTimes {
    /// The largest timestamp of a batch and the last offset of the first batch that has it.
    pub(crate) newest: Option<TimeRow>,
    /// Largest timestamp of the first batch: what rolling by time counts from.
    pub(crate) of_first_batch: Option<i64>,
    /// When the segment was made or, for one found on disk, last changed.
    pub(crate) created_ms: i64,
}

impl SegmentTimes {
    /// What retention by time counts from: the largest timestamp or, as in Kafka, the file's age if there is none.
    pub(crate) fn for_retention(&self) -> i64 {
        self.newest.map_or(self.created_ms, |newest| newest.timestamp)
    }
}

impl Segment {
    /// An empty segment to append to.
    pub(crate) fn empty(base_offset: Offset, key: SumsKey, appender: Appender, now_ms: i64) -> Segment {
        let sums = Sums::new(key, base_offset, 0);
        Segment {
            base_offset,
            bytes: 0,
            readable_bytes: 0,
            times: SegmentTimes { newest: None, of_first_batch: None, created_ms: now_ms },
            readable_newest: None,
            indexes: Some(SegmentIndexes::new(base_offset)),
            readable_chain: sums.end().chain,
            sums: Some(sums),
            row_spacing: 1,
            transactions: Some(TransactionIndex::new()),
            has_transactions: true,
            inode: 0,
            file: None,
            is_loading: false,
            load_error: None,
            used: 0,
            appender: Some(Box::new(appender)),
        }
    }

    /// A segment that nobody appends to, of which nothing is in memory.
    pub(crate) fn sealed(base_offset: Offset, bytes: u64, times: SegmentTimes) -> Segment {
        Segment {
            base_offset,
            bytes,
            readable_bytes: bytes,
            readable_newest: times.newest,
            times,
            indexes: None,
            sums: None,
            readable_chain: 0,
            row_spacing: 1,
            transactions: None,
            has_transactions: false,
            inode: 0,
            file: None,
            is_loading: false,
            load_error: None,
            used: 0,
            appender: None,
        }
    }

    /// Whether batches of it are still to be written, or it is the last one.
    pub(crate) fn is_open(&self) -> bool {
        self.appender.is_some()
    }

    /// What it takes in memory to be read at once.
    pub(crate) fn loaded_bytes(&self) -> usize {
        let indexes =
            self.indexes.as_ref().map_or(0, |indexes| indexes.offsets.bytes() + 2 * indexes.times.bytes());
        let transactions = self.transactions.as_ref().map_or(0, |rows| rows.rows().len() * ROW_BYTES);
        let sums = self.sums.as_ref().map_or(0, Sums::bytes);
        indexes + transactions + sums + if self.file.is_some() { OPEN_FILE_BYTES } else { 0 }
    }

    /// Leaves it on disk alone. Reads in flight have their own handle of the file.
    pub(crate) fn unload(&mut self) {
        assert!(!self.is_open());
        self.indexes = None;
        self.sums = None;
        self.transactions = None;
        self.file = None;
    }

    /// The rows of the chain of checksums around the batch at `position`, below the readable end; `None` where nothing is
    /// known of it.
    pub(crate) fn stretch(&self, position: u64) -> Option<(Row, Row)> {
        let sums = self.sums.as_ref()?;
        let readable = Row { position: self.readable_bytes, chain: self.readable_chain };
        sums.stretch(position, if self.is_open() { readable } else { sums.end() })
    }

    /// Notes a batch that is about to be copied in at the end; returns the chain of checksums behind it.
    pub(crate) fn on_append(&mut self, header: &BatchHeader, coming: &Coming, interval_bytes: u64) -> u32 {
        let Coming { last_offset, bytes, max_timestamp, .. } = *coming;
        let indexes = self.indexes.as_mut().expect("an open segment has its indexes in memory");
        let position = u32::try_from(self.bytes).expect("a segment rolls below 2 GiB");
        let batch_bytes = u32::try_from(bytes).expect("a batch is smaller than a segment");
        let interval_bytes = interval_bytes.saturating_mul(self.row_spacing);
        indexes.on_append(last_offset, position, batch_bytes, max_timestamp, interval_bytes);
        if indexes.offsets.len() > ROWS_MAX {
            indexes.thin();
            self.row_spacing *= 2;
        }
        self.times.newest = indexes.newest();
        self.times.of_first_batch.get_or_insert(max_timestamp);
        self.bytes += bytes as u64;
        let sums = self.sums.as_mut().expect("an open segment has its chain in memory");
        sums.on_append(header, bytes as u64);
        assert_eq!(sums.end().position, self.bytes, "the chain and its segment agree on the end");
        sums.end().chain
    }

    /// What the file of the chain is to say, once the segment's own file does not change any more.
    pub(crate) fn sums_to_write(
        &self,
        key: SumsKey,
        end_offset: Offset,
        indexes: IndexSums,
    ) -> Option<Box<SumsToWrite>> {
        let (base_offset, newest) = (self.base_offset, self.times.newest);
        let sums = self.sums.clone()?;
        Some(Box::new(SumsToWrite { key, base_offset, end_offset, newest, indexes, sums }))
    }
}

/// `<base offset, 20 digits>.<extension>`.
pub(crate) fn segment_path(dir: &Path, base_offset: Offset, extension: &str) -> PathBuf {
    dir.join(format!("{:020}.{extension}", base_offset.0))
}

/// Opens a sealed segment's file and reads its indexes.
pub(crate) struct LoadTask {
    pub(crate) dir: PathBuf,
    pub(crate) key: SumsKey,
    pub(crate) base_offset: Offset,
    pub(crate) bytes: u64,
    pub(crate) index_interval_bytes: u64,
}

/// A sealed segment, ready to be read.
#[derive(Debug)]
pub(crate) struct LoadedSegment {
    pub(crate) file: File,
    pub(crate) indexes: SegmentIndexes,
    pub(crate) transactions: TransactionIndex,
    /// `None`: there is no chain of checksums of the file as it is.
    pub(crate) sums: Option<Sums>,
}

/// The outcome of a [`LoadTask`].
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) base_offset: Offset,
    pub(crate) result: io::Result<LoadedSegment>,
}

impl LoadTask {
    pub(crate) fn run(self, fs: &dyn FileSystem) -> Loaded {
        Loaded { base_offset: self.base_offset, result: self.load(fs) }
    }

    fn load(&self, fs: &dyn FileSystem) -> io::Result<LoadedSegment> {
        let path = segment_path(&self.dir, self.base_offset, "log");
        let file = fs.open(&path, OpenMode::DirectRead)?;
        let stat = fs.stat(&path)?;
        let known = sums::load(fs, &self.dir, self.key, self.base_offset, stat)?;
        let known = known.filter(|known| known.state.len == self.bytes);
        let indexes = match load_indexes(fs, &self.dir, self.base_offset, self.bytes, known.as_ref())? {
            Some(indexes) => indexes,
            None => {
                let sums = known.as_ref().map(|known| &known.sums);
                let (bytes, interval) = (self.bytes, self.index_interval_bytes);
                build_indexes(fs, &file, self.base_offset, bytes, interval, sums)?
            }
        };
        let transactions = match load_transactions(fs, &self.dir, self.base_offset, known.as_ref())? {
            Some(transactions) => transactions,
            // To take it for empty would show aborted records to readers of committed ones.
            None => rebuild_transactions(fs, &self.dir, &file, self.base_offset, self.bytes)?,
        };
        Ok(LoadedSegment { file, indexes, transactions, sums: known.map(|known| known.sums) })
    }
}

/// Builds the indexes of a sealed segment from its batches' headers. Behind damage it goes on where the chain has its
/// next row, so that what lies there can be found.
pub(crate) fn build_indexes(
    fs: &dyn FileSystem,
    file: &File,
    base_offset: Offset,
    bytes: u64,
    interval_bytes: u64,
    sums: Option<&Sums>,
) -> io::Result<SegmentIndexes> {
    let mut indexes = SegmentIndexes::new(base_offset);
    let (mut from, mut expected) = (0, base_offset);
    loop {
        let mut at = from;
        let mut end_offset = expected;
        scan_headers(
            fs,
            file,
            base_offset,
            expected,
            from,
            bytes,
            |position, header: &BatchHeader, total| {
                let max_timestamp = header.max_timestamp.get();
                indexes.on_append(header.last_offset(), position, total, max_timestamp, interval_bytes);
                at = u64::from(position) + u64::from(total);
                end_offset = header.last_offset().plus(1);
            },
        )?;
        expected = end_offset;
        let next = sums.and_then(|sums| sums.stretch(at, sums.end()));
        match next.filter(|_| at < bytes) {
            Some((_, next)) => from = next.position,
            None => break,
        }
    }
    indexes.finish();
    Ok(indexes)
}

/// More index than any segment can have.
const INDEX_BYTES_MAX: usize = 256 << 20;

/// Reads the indexes of a sealed segment; `None` where they are missing, no indexes of this segment, or others than
/// those that `known` vouches for.
pub(crate) fn load_indexes(
    fs: &dyn FileSystem,
    dir: &Path,
    base_offset: Offset,
    segment_bytes: u64,
    known: Option<&SegmentSums>,
) -> io::Result<Option<SegmentIndexes>> {
    let Some(offsets) = read_if_there(fs, &segment_path(dir, base_offset, "index"))? else { return Ok(None) };
    let Some(times) = read_if_there(fs, &segment_path(dir, base_offset, "timeindex"))? else {
        return Ok(None);
    };
    let known = known.map(|known| (known.indexes.offsets, known.indexes.times));
    if known.is_some_and(|known| known != (crc32c(&offsets), crc32c(&times))) {
        return Ok(None);
    }
    let offsets = OffsetIndex::decode(&offsets, base_offset, segment_bytes);
    let times = TimeIndex::decode(&times, base_offset);
    Ok(match (offsets, times) {
        (Ok(offsets), Ok(times)) => Some(SegmentIndexes::resume(offsets, times, 0)),
        (Err(_), _) | (_, Err(_)) => None,
    })
}

/// Reads the aborted transactions of a sealed segment: none where there is no file, `None` where it makes no sense or
/// is not the one that `known` vouches for.
pub(crate) fn load_transactions(
    fs: &dyn FileSystem,
    dir: &Path,
    base_offset: Offset,
    known: Option<&SegmentSums>,
) -> io::Result<Option<TransactionIndex>> {
    let bytes = read_if_there(fs, &segment_path(dir, base_offset, "txnindex"))?.unwrap_or_default();
    if known.is_some_and(|known| known.indexes.transactions != crc32c(&bytes)) {
        return Ok(None);
    }
    Ok(TransactionIndex::decode(&bytes, base_offset).ok())
}

/// The last row of a sealed segment's time index: its largest timestamp.
pub(crate) fn newest_in_time_index(
    fs: &dyn FileSystem,
    dir: &Path,
    base_offset: Offset,
) -> io::Result<Option<TimeRow>> {
    let file = match fs.open(&segment_path(dir, base_offset, "timeindex"), OpenMode::DirectRead) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        other => other?,
    };
    let Some(from) = fs.file_len(&file)?.checked_sub(TIME_ROW_BYTES as u64) else { return Ok(None) };
    let mut row = [0; TIME_ROW_BYTES];
    let read = fs.read_at(&file, from, &mut row)?;
    let index = TimeIndex::decode(&row[..read], base_offset).ok();
    Ok(index.and_then(|index| index.last()))
}

pub(crate) fn read_if_there(fs: &dyn FileSystem, path: &Path) -> io::Result<Option<Vec<u8>>> {
    match fs.read_whole(path, INDEX_BYTES_MAX) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::InvalidData) => {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

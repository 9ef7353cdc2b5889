//! Checksums of our own over what Kafka's leave open, in a plain file beside each segment.
//!
//! Kafka's CRC of a batch covers neither its base offset nor its length, leader epoch and magic, and no CRC of a batch
//! knows where the batch belongs: one that was written to another place, or an old one that is still there because its
//! successor was lost, has a right one. So the heads of a segment's batches (those 17 bytes and the CRC, which stands
//! for all others) are chained, beginning with whose log and which segment it is: each link is the CRC-32C of the link
//! before and a head. Every few KiB the chain is noted as a *row*. Whoever reads the batches between two rows and comes
//! from one row's chain to the next one's has read what was written there, once each batch's own CRC is right, too.
//! Any row may be left out: the stretch that has to be read together only becomes longer.
//!
//! The file says which segment file it speaks of: inode, length, time of change. It is believed only as long as they
//! are the same. Kafka does not know it and does not touch it, and a segment that Kafka has written to has another time,
//! so that what the file says is never held against Kafka's records; it is made anew. One that is lost or damaged is made
//! anew, too, from what Kafka's checksums say.

use crate::close::CloseSync;
use crate::crc::{Crc32c, crc32c};
use crate::index::TimeRow;
use crate::scan::Scanner;
use crate::segment::{read_if_there, segment_path};
use loglane_model::{BatchHeader, File, FileStat, FileSystem, Offset, OpenMode, PartitionId, TopicId};
use std::io;
use std::path::Path;
use zerocopy::IntoBytes;

/// How the file's name ends, behind the segment's base offset.
pub const EXTENSION: &str = "loglane-sums";

/// So many bytes of batches at least lie between two rows.
const INTERVAL_BYTES: u64 = 4096;

/// Of more rows every second one is dropped: 256 KiB for a segment, however large it is.
const ROWS_MAX: usize = 32 * 1024;

/// Base offset, length, leader epoch, magic, CRC.
const HEAD_BYTES: usize = 21;

const MAGIC: [u8; 8] = *b"LLsums\0\x01";

/// What stands before the rows.
const FILE_HEAD_BYTES: usize = 108;

/// Where the head says of which state of the segment it speaks.
const STATE_AT: usize = 60;

/// Inode, length and time of change.
const FILE_STATE_BYTES: usize = 24;

/// Position and chain.
pub(crate) const ROW_BYTES: usize = 8;

/// No file of this kind is longer.
const FILE_BYTES_MAX: usize = FILE_HEAD_BYTES + (ROWS_MAX + 2) * ROW_BYTES;

/// Whose log it is: where each chain begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SumsKey {
    /// The topic.
    pub topic_id: TopicId,
    /// The partition.
    pub partition: PartitionId,
}

impl SumsKey {
    /// What the chain of a segment begins with that is followed from the position `from` on.
    fn seed(&self, base_offset: Offset, from: u64) -> u32 {
        let mut crc = Crc32c::new();
        crc.update(&self.topic_id.0);
        crc.update(&self.partition.0.to_be_bytes());
        crc.update(&base_offset.0.to_be_bytes());
        crc.update(&from.to_be_bytes());
        crc.finish()
    }
}

/// The chain at the beginning of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// Where the batch begins in its segment.
    pub position: u64,
    /// The chain of the batches before it.
    pub chain: u32,
}

/// The next link: the chain behind the batch of this header.
#[must_use]
pub fn link(chain: u32, header: &BatchHeader) -> u32 {
    let mut bytes = [0; 4 + HEAD_BYTES];
    let (before, head) = bytes.split_at_mut(4);
    before.copy_from_slice(&chain.to_be_bytes());
    head.copy_from_slice(&header.as_bytes()[..HEAD_BYTES]);
    crc32c(&bytes)
}

/// The chain of one segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sums {
    /// Rising. The first one is where the chain begins: with the segment or, where somebody else has written what lies
    /// before, later.
    rows: Vec<Row>,
    /// Behind the last batch.
    end: Row,
    /// By how much rows lie further apart than [`INTERVAL_BYTES`].
    spacing: u64,
}

impl Sums {
    /// A chain that begins at a position of a segment.
    #[must_use]
    pub fn new(key: SumsKey, base_offset: Offset, from: u64) -> Sums {
        let end = Row { position: from, chain: key.seed(base_offset, from) };
        Sums { rows: vec![end], end, spacing: 1 }
    }

    /// Where the chain begins.
    #[must_use]
    pub fn from(&self) -> u64 {
        self.rows[0].position
    }

    /// Behind the last batch.
    #[must_use]
    pub fn end(&self) -> Row {
        self.end
    }

    /// How many rows there are.
    #[must_use]
    pub fn row_count(&self) -> usize {
        self.rows.len()
    }

    /// What the rows take in memory.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.rows.len() * size_of::<Row>()
    }

    /// Takes in the next batch, which is `bytes` long.
    pub fn on_append(&mut self, header: &BatchHeader, bytes: u64) {
        let last = self.rows.last().expect("a chain begins with a row");
        if self.end.position - last.position >= INTERVAL_BYTES * self.spacing {
            self.rows.push(self.end);
            if self.rows.len() > ROWS_MAX {
                self.thin();
            }
        }
        self.end = Row { position: self.end.position + bytes, chain: link(self.end.chain, header) };
    }

    /// Drops every second row, never the first.
    fn thin(&mut self) {
        let mut at = 0;
        self.rows.retain(|_| {
            at += 1;
            at % 2 == 1
        });
        self.spacing *= 2;
    }

    /// The same chain with at most about `rows_max` rows.
    #[must_use]
    pub fn thinned(&self, rows_max: usize) -> Sums {
        let step = self.rows.len() / rows_max.max(1) + 1;
        let rows = self.rows.iter().copied().step_by(step).collect();
        Sums { rows, end: self.end, spacing: 1 }
    }

    /// The rows around the batch at `position`, of which only what lies below `limit`, a place of the chain, is to be
    /// read. `None`: the chain does not say anything of it.
    #[must_use]
    pub fn stretch(&self, position: u64, limit: Row) -> Option<(Row, Row)> {
        if position < self.from() || position >= limit.position {
            return None;
        }
        let next = self.rows.partition_point(|row| row.position <= position);
        let to = self.rows.get(next).copied().filter(|row| row.position <= limit.position);
        Some((self.rows[next - 1], to.unwrap_or(limit)))
    }

    /// The chain as bytes, in its own file and in others.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity((self.rows.len() + 1) * ROW_BYTES);
        for row in self.rows.iter().chain([&self.end]) {
            // No segment is larger; of a file that is, what is written does not fit when it is read.
            let position = u32::try_from(row.position).unwrap_or(u32::MAX);
            bytes.extend_from_slice(&position.to_be_bytes());
            bytes.extend_from_slice(&row.chain.to_be_bytes());
        }
        bytes
    }

    /// Reads what [`Sums::encode`] wrote; `None` if that is no chain.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Option<Sums> {
        let (rows, rest) = bytes.as_chunks::<ROW_BYTES>();
        if !rest.is_empty() || rows.len() < 2 || rows.len() > ROWS_MAX + 2 {
            return None;
        }
        let mut rows: Vec<Row> = rows
            .iter()
            .map(|row| Row {
                position: u64::from(u32::from_be_bytes([row[0], row[1], row[2], row[3]])),
                chain: u32::from_be_bytes([row[4], row[5], row[6], row[7]]),
            })
            .collect();
        let end = rows.pop().expect("there are two at the least");
        let rises = rows.windows(2).all(|pair| pair[0].position < pair[1].position)
            && rows.last().is_some_and(|last| last.position <= end.position);
        // The distance of rows is a matter of size alone: there is room again for rows that lie closer.
        rises.then_some(Sums { rows, end, spacing: 1 })
    }
}

/// Which state of a segment's file the chain speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileState {
    /// The file, whatever its name.
    pub inode: u64,
    /// Its length.
    pub len: u64,
    /// When it was last changed, in ms since 1970.
    pub modified_ms: i64,
}

impl From<FileStat> for FileState {
    fn from(stat: FileStat) -> FileState {
        FileState { inode: stat.inode, len: stat.len, modified_ms: stat.modified_ms }
    }
}

impl FileState {
    fn encode(self) -> [u8; FILE_STATE_BYTES] {
        let mut bytes = [0; FILE_STATE_BYTES];
        bytes[..8].copy_from_slice(&self.inode.to_be_bytes());
        bytes[8..16].copy_from_slice(&self.len.to_be_bytes());
        bytes[16..].copy_from_slice(&self.modified_ms.to_be_bytes());
        bytes
    }
}

/// Checksums of the files that Kafka keeps beside a segment; those of nothing for files that are not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IndexSums {
    /// `.index`.
    pub offsets: u32,
    /// `.timeindex`.
    pub times: u32,
    /// `.txnindex`.
    pub transactions: u32,
}

/// What the file beside a segment says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentSums {
    /// Of which file it says so.
    pub state: FileState,
    /// The offset behind the segment's last batch.
    pub end_offset: Offset,
    /// The largest timestamp.
    pub newest: Option<TimeRow>,
    /// The indexes' files.
    pub indexes: IndexSums,
    /// The chain, up to the end of the file.
    pub sums: Sums,
}

impl SegmentSums {
    /// The file.
    #[must_use]
    pub fn encode(&self, key: SumsKey, base_offset: Offset) -> Vec<u8> {
        let rows = self.sums.encode();
        let newest = self.newest.unwrap_or(TimeRow { timestamp: -1, offset: Offset(-1) });
        let mut bytes = Vec::with_capacity(FILE_HEAD_BYTES + rows.len());
        bytes.extend_from_slice(&MAGIC);
        bytes.extend_from_slice(&key.topic_id.0);
        bytes.extend_from_slice(&key.partition.0.to_be_bytes());
        for number in [base_offset.0, self.end_offset.0, newest.timestamp, newest.offset.0] {
            bytes.extend_from_slice(&number.to_be_bytes());
        }
        bytes.extend_from_slice(&self.state.encode());
        let count = u32::try_from(rows.len() / ROW_BYTES).expect("rows are few");
        let IndexSums { offsets, times, transactions } = self.indexes;
        for number in [offsets, times, transactions, count, crc32c(&rows)] {
            bytes.extend_from_slice(&number.to_be_bytes());
        }
        let crc = crc32c(&bytes);
        bytes.extend_from_slice(&crc.to_be_bytes());
        assert_eq!(bytes.len(), FILE_HEAD_BYTES);
        bytes.extend_from_slice(&rows);
        bytes
    }

    /// Reads the file; `None` if it is damaged or another segment's.
    #[must_use]
    pub fn decode(bytes: &[u8], key: SumsKey, base_offset: Offset) -> Option<SegmentSums> {
        let (head, rows) = bytes.split_at_checked(FILE_HEAD_BYTES)?;
        let head = FileHead::decode(head, key, base_offset)?;
        if rows.len() != head.row_count as usize * ROW_BYTES || crc32c(rows) != head.rows_crc {
            return None;
        }
        let sums = Sums::decode(rows)?;
        let begins = sums.rows[0].chain == key.seed(base_offset, sums.from());
        (begins && sums.end.position == head.state.len).then_some(SegmentSums {
            state: head.state,
            end_offset: head.end_offset,
            newest: head.newest,
            indexes: head.indexes,
            sums,
        })
    }
}

/// What stands before the rows.
struct FileHead {
    state: FileState,
    end_offset: Offset,
    newest: Option<TimeRow>,
    indexes: IndexSums,
    row_count: u32,
    rows_crc: u32,
}

impl FileHead {
    fn decode(bytes: &[u8], key: SumsKey, base_offset: Offset) -> Option<FileHead> {
        let (covered, crc) = bytes.split_last_chunk::<4>()?;
        if crc32c(covered) != u32::from_be_bytes(*crc) {
            return None;
        }
        let rest = covered.strip_prefix(&MAGIC)?.strip_prefix(&key.topic_id.0)?;
        let rest = rest.strip_prefix(&key.partition.0.to_be_bytes())?;
        let rest = rest.strip_prefix(&base_offset.0.to_be_bytes())?;
        let (wide, narrow) = rest.as_chunks::<8>();
        let [end_offset, timestamp, newest_offset, inode, len, modified_ms, a, b] = wide else { return None };
        let signed = |bytes: &[u8; 8]| i64::from_be_bytes(*bytes);
        let halves = |bytes: &[u8; 8]| {
            let [a, b, c, d, e, f, g, h] = *bytes;
            (u32::from_be_bytes([a, b, c, d]), u32::from_be_bytes([e, f, g, h]))
        };
        let ((offsets, times), (transactions, row_count)) = (halves(a), halves(b));
        let rows_crc = u32::from_be_bytes(narrow.try_into().ok()?);
        let newest = TimeRow { timestamp: signed(timestamp), offset: Offset(signed(newest_offset)) };
        Some(FileHead {
            state: FileState {
                inode: u64::from_be_bytes(*inode),
                len: u64::from_be_bytes(*len),
                modified_ms: signed(modified_ms),
            },
            end_offset: Offset(signed(end_offset)),
            newest: (newest.timestamp >= 0).then_some(newest),
            indexes: IndexSums { offsets, times, transactions },
            row_count,
            rows_crc,
        })
    }
}

/// Reads the file of a segment that was found as `stat` says. `None`: there is none, it is damaged, or it speaks of
/// another state of the segment.
///
/// # Errors
/// The disk's.
pub fn load(
    fs: &dyn FileSystem,
    dir: &Path,
    key: SumsKey,
    base_offset: Offset,
    stat: FileStat,
) -> io::Result<Option<SegmentSums>> {
    let path = segment_path(dir, base_offset, EXTENSION);
    let bytes = match fs.read_whole(&path, FILE_BYTES_MAX) {
        Ok(bytes) => bytes,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::InvalidData) => {
            return Ok(None);
        }
        Err(error) => return Err(error),
    };
    let found = SegmentSums::decode(&bytes, key, base_offset);
    Ok(found.filter(|found| found.state == stat.into()))
}

/// The largest timestamp of a segment that was found as `stat` says, without reading the rows; as [`load`] otherwise.
pub(crate) fn load_newest(
    fs: &dyn FileSystem,
    dir: &Path,
    key: SumsKey,
    base_offset: Offset,
    stat: FileStat,
) -> io::Result<Option<Option<TimeRow>>> {
    let file = match fs.open(&segment_path(dir, base_offset, EXTENSION), OpenMode::DirectRead) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        other => other?,
    };
    let mut head = [0; FILE_HEAD_BYTES];
    let read = fs.read_at(&file, 0, &mut head)?;
    let head = FileHead::decode(&head[..read], key, base_offset);
    Ok(head.filter(|head| head.state == stat.into()).map(|head| head.newest))
}

/// The same file for an exact copy of the segment: of one that was found as `from` says, for one that is found as `to`
/// says. What the chain has against the original it has against the copy, so that no damage is blessed by copying it.
/// `None`: it does not fit the original.
pub(crate) fn for_copy(bytes: &[u8], from: FileStat, to: FileStat) -> Option<Vec<u8>> {
    let (head, rows) = bytes.split_at_checked(FILE_HEAD_BYTES)?;
    let (covered, crc) = head.split_last_chunk::<4>()?;
    let state = STATE_AT..STATE_AT + FILE_STATE_BYTES;
    let fits = crc32c(covered) == u32::from_be_bytes(*crc)
        && covered.starts_with(&MAGIC)
        && covered[state.clone()] == FileState::from(from).encode()
        && from.len == to.len;
    if !fits {
        return None;
    }
    let mut copy = covered.to_vec();
    copy[state].copy_from_slice(&FileState::from(to).encode());
    let crc = crc32c(&copy);
    copy.extend_from_slice(&crc.to_be_bytes());
    copy.extend_from_slice(rows);
    Some(copy)
}

/// The checksums of what lies beside a segment now.
pub(crate) fn index_sums(fs: &dyn FileSystem, dir: &Path, base_offset: Offset) -> io::Result<IndexSums> {
    let sum = |extension| {
        let bytes = read_if_there(fs, &segment_path(dir, base_offset, extension))?;
        Ok::<u32, io::Error>(crc32c(&bytes.unwrap_or_default()))
    };
    Ok(IndexSums { offsets: sum("index")?, times: sum("timeindex")?, transactions: sum("txnindex")? })
}

/// The file of a segment's chain, to be written once the segment's own file does not change any more.
#[derive(Debug, Clone)]
pub(crate) struct SumsToWrite {
    pub(crate) key: SumsKey,
    pub(crate) base_offset: Offset,
    pub(crate) end_offset: Offset,
    pub(crate) newest: Option<TimeRow>,
    pub(crate) indexes: IndexSums,
    pub(crate) sums: Sums,
}

impl SumsToWrite {
    /// Puts the file in place, durably or for the caller to sync.
    pub(crate) fn write(self, fs: &dyn FileSystem, dir: &Path, sync: CloseSync) -> io::Result<()> {
        let state = FileState::from(fs.stat(&segment_path(dir, self.base_offset, "log"))?);
        if state.len != self.sums.end.position {
            return Ok(()); // Somebody else has changed the segment; there is nothing to vouch for.
        }
        let SumsToWrite { key, base_offset, end_offset, newest, indexes, sums } = self;
        let file = SegmentSums { state, end_offset, newest, indexes, sums };
        let (path, bytes) = (segment_path(dir, base_offset, EXTENSION), file.encode(key, base_offset));
        match sync {
            CloseSync::Each => fs.replace_whole(&path, &bytes),
            CloseSync::Together => fs.overwrite(&path, &bytes),
        }
    }
}

/// Bytes of a segment that are not what was written there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Damage {
    /// The segment's base offset.
    pub segment: Offset,
    /// Where the damage begins, or the batches that cannot be told from damaged ones.
    pub position: u64,
    /// Behind it.
    pub end: u64,
}

/// Reads the batches from `from` to `to`, two places of a segment's chain, and checks them against it and against their
/// own checksums. What is damaged begins and ends with a batch, or with the stretch.
///
/// # Errors
/// The disk's.
pub(crate) fn check_stretch(
    scanner: &mut Scanner<'_>,
    segment: Offset,
    from: Row,
    to: Row,
    found: &mut Vec<Damage>,
) -> io::Result<()> {
    let damage = |position, end| Damage { segment, position, end };
    let mut at = from;
    while at.position < to.position {
        let Ok((header, total)) = scanner.header(at.position)? else { break };
        at = Row { position: at.position + total, chain: link(at.chain, &header) };
    }
    if at != to {
        found.push(damage(from.position, to.position));
        return Ok(());
    }
    // The lengths are what they were, so each batch can be judged by itself.
    let mut position = from.position;
    while position < to.position {
        let Ok((header, total)) = scanner.header(position)? else {
            found.push(damage(position, to.position));
            return Ok(());
        };
        if !scanner.crc_is_right(position, &header, total)? {
            found.push(damage(position, position + total));
        }
        position += total;
    }
    Ok(())
}

/// Checks the part of a segment that the chain speaks of, from the row at or before `position` on, until `bytes_max`
/// were read; returns where to go on, `None` at the end.
pub(crate) fn check_segment(
    fs: &dyn FileSystem,
    file: &File,
    segment: Offset,
    sums: &Sums,
    position: u64,
    bytes_max: u64,
    found: &mut Vec<Damage>,
) -> io::Result<Option<u64>> {
    let end = sums.end;
    let mut scanner = Scanner::new(fs, file, end.position);
    let begin = position.max(sums.from());
    let mut at = begin;
    while let Some((from, to)) = sums.stretch(at, end) {
        if from.position.saturating_sub(begin) >= bytes_max {
            return Ok(Some(from.position));
        }
        check_stretch(&mut scanner, segment, from, to, found)?;
        at = to.position;
    }
    Ok(None)
}

#[cfg(test)]
mod tests;

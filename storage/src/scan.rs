//! Reading a segment file from front to back, batch by batch, in jobs.
//!
//! Memory is bounded by the chunk: a length field that lies cannot size an allocation, because checksums are
//! computed chunk by chunk and only headers and small batches are ever looked at whole.

use crate::crc::{Crc32, Crc32c};
use loglane_model::{BATCH_HEADER_BYTES, BatchHeader, File, FileSystem, Offset, PAGE_BYTES};
use std::io;

/// What is read at once, at the most.
const CHUNK_BYTES: usize = 1 << 20;

/// What is read first: the end of a log is often all that matters, and thousands of logs are opened at once.
const WINDOW_BYTES_MIN: usize = 4 * PAGE_BYTES;

/// Bytes of a message of a format before v2 that its length does not count: offset and length.
const OLD_OVERHEAD_BYTES: u64 = 12;

/// Where its format stands, behind offset, length and checksum; the checksum counts from here on.
const OLD_MAGIC_AT: usize = 16;

/// The length of the shortest: checksum, format, attributes, and the lengths of a key and a value that are not there.
const OLD_LENGTH_MIN: u32 = 14;

/// Of so many of them in a row one has the right checksum, or they are none.
const OLD_MESSAGES_MAX: usize = 4;

/// A window over a file.
pub(crate) struct Scanner<'a> {
    fs: &'a dyn FileSystem,
    file: File,
    /// Nothing at or past this position is looked at.
    limit: u64,
    buffer: Vec<u8>,
    buffer_start: u64,
    buffer_len: usize,
    /// What the next read takes; it grows as the reading goes on.
    window: usize,
}

/// Why there is no good batch at a position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoBatch {
    /// The file ends there, or holds only zeros where a batch would begin.
    End,
    /// Something is there, and it is no batch or only a part of one.
    Bad,
}

impl<'a> Scanner<'a> {
    /// A window over the first `limit` bytes of `file`.
    pub(crate) fn new(fs: &'a dyn FileSystem, file: &File, limit: u64) -> Scanner<'a> {
        let (file, window) = (file.clone(), WINDOW_BYTES_MIN);
        Scanner { fs, file, limit, buffer: Vec::new(), buffer_start: 0, buffer_len: 0, window }
    }

    /// The file.
    pub(crate) fn file(&self) -> &File {
        &self.file
    }

    /// Looks at nothing at or past `limit`, either.
    pub(crate) fn limit_to(&mut self, limit: u64) {
        self.limit = self.limit.min(limit);
    }

    /// Up to `len` bytes at `position` (at most a chunk); fewer where the file or the limit ends.
    pub(crate) fn bytes(&mut self, position: u64, len: usize) -> io::Result<&[u8]> {
        assert!(len <= CHUNK_BYTES - PAGE_BYTES);
        let len = usize::try_from(self.limit.saturating_sub(position)).map_or(len, |left| left.min(len));
        let inside = position >= self.buffer_start
            && position + len as u64 <= self.buffer_start + self.buffer_len as u64;
        if !inside {
            self.fill(position, len)?;
        }
        let from = usize::try_from(position - self.buffer_start).expect("inside the buffer");
        let to = (from + len).min(self.buffer_len);
        Ok(&self.buffer[from.min(to)..to])
    }

    /// Reads from the page of `position` on, `len` bytes behind it at the least.
    fn fill(&mut self, position: u64, len: usize) -> io::Result<()> {
        self.buffer_start = position / PAGE_BYTES as u64 * PAGE_BYTES as u64;
        let left = usize::try_from(self.limit.saturating_sub(self.buffer_start)).unwrap_or(CHUNK_BYTES);
        let wanted =
            self.window.max(len + PAGE_BYTES).min(left.next_multiple_of(PAGE_BYTES)).min(CHUNK_BYTES);
        self.window = (self.window * 4).min(CHUNK_BYTES);
        self.buffer.resize(wanted, 0);
        self.buffer_len = self.fs.read_at(&self.file, self.buffer_start, &mut self.buffer)?;
        Ok(())
    }

    /// The header at `position` and the bytes of its batch, if they can be that of a batch that ends inside the
    /// limit.
    pub(crate) fn header(&mut self, position: u64) -> io::Result<Result<(BatchHeader, u64), NoBatch>> {
        let limit = self.limit;
        let bytes = self.bytes(position, BATCH_HEADER_BYTES)?;
        if bytes.iter().all(|&byte| byte == 0) {
            return Ok(Err(NoBatch::End));
        }
        let Some(header) = BatchHeader::peek(bytes).copied() else { return Ok(Err(NoBatch::Bad)) };
        let Some(total) = header.total_bytes() else { return Ok(Err(NoBatch::Bad)) };
        let sane = header.magic == crate::batch::MAGIC
            && header.last_offset_delta.get() >= 0
            && header.base_offset.get() >= 0
            && header.base_offset.get() < i64::MAX - (1 << 32)
            && position + total as u64 <= limit;
        Ok(if sane { Ok((header, total as u64)) } else { Err(NoBatch::Bad) })
    }

    /// The format of the messages from `position` on, if they are of one before v2: 0 or 1. A checksum has to tell, since
    /// a header that was written in part may look like one; where the first message is damaged, that of one behind it.
    pub(crate) fn old_format(&mut self, mut position: u64) -> io::Result<Option<u8>> {
        for _ in 0..OLD_MESSAGES_MAX {
            let bytes = self.bytes(position, OLD_MAGIC_AT + 1)?;
            let (Some(&magic), Some((_, rest))) = (bytes.get(OLD_MAGIC_AT), bytes.split_first_chunk::<8>())
            else {
                return Ok(None);
            };
            let field = |at: usize| u32::from_be_bytes(*rest[at..].first_chunk().expect("before the format"));
            let (length, crc) = (field(0), field(4));
            let end = position + OLD_OVERHEAD_BYTES + u64::from(length);
            if magic >= crate::batch::MAGIC || length < OLD_LENGTH_MIN || end > self.limit {
                return Ok(None);
            }
            if self.old_checksum(position + OLD_MAGIC_AT as u64, end)? == crc {
                return Ok(Some(magic));
            }
            position = end;
        }
        Ok(None)
    }

    fn old_checksum(&mut self, mut position: u64, end: u64) -> io::Result<u32> {
        let mut crc = Crc32::new();
        while position < end {
            let wanted =
                usize::try_from(end - position).map_or(CHUNK_BYTES / 2, |left| left.min(CHUNK_BYTES / 2));
            let bytes = self.bytes(position, wanted)?;
            if bytes.is_empty() {
                break;
            }
            crc.update(bytes);
            position += bytes.len() as u64;
        }
        Ok(crc.finish())
    }

    /// The bytes of a batch whose checksum was found to be right, so that its length is no lie.
    pub(crate) fn read_batch(&mut self, position: u64, total: u64) -> io::Result<Vec<u8>> {
        let mut batch = vec![0; usize::try_from(total).expect("it lies inside the limit")];
        let read = self.fs.read_at(&self.file, position, &mut batch)?;
        batch.truncate(read);
        Ok(batch)
    }

    /// Whether the checksum of the batch at `position` is right.
    pub(crate) fn crc_is_right(
        &mut self,
        position: u64,
        header: &BatchHeader,
        total: u64,
    ) -> io::Result<bool> {
        let mut crc = Crc32c::new();
        let mut at = position + BatchHeader::CRC_FROM as u64;
        let end = position + total;
        while at < end {
            let wanted = usize::try_from(end - at).map_or(CHUNK_BYTES / 2, |left| left.min(CHUNK_BYTES / 2));
            let bytes = self.bytes(at, wanted)?;
            if bytes.is_empty() {
                return Ok(false);
            }
            crc.update(bytes);
            at += bytes.len() as u64;
        }
        Ok(crc.finish() == header.crc.get())
    }
}

/// Walks over the headers of a segment whose batches are known to be good, from `from` to `to`, all at or behind the
/// offset `expected`, and calls `each` with position, header and bytes. Ends early where no header can be read: what lies
/// behind has to be read with care anyway.
pub(crate) fn scan_headers(
    fs: &dyn FileSystem,
    file: &File,
    base_offset: Offset,
    mut expected: Offset,
    from: u64,
    to: u64,
    mut each: impl FnMut(u32, &BatchHeader, u32),
) -> io::Result<()> {
    let mut scanner = Scanner::new(fs, file, to);
    let mut position = from;
    while position < to {
        let Ok((header, total)) = scanner.header(position)? else { break };
        let (Ok(at), Ok(bytes)) = (u32::try_from(position), u32::try_from(total)) else { break };
        if header.base_offset() < expected || !is_relative(base_offset, header.last_offset()) {
            break;
        }
        expected = header.last_offset().plus(1);
        each(at, &header, bytes);
        position += total;
    }
    Ok(())
}

/// Whether `offset` can be in the segment: its distance from the base fits 31 bits, as in Kafka.
pub(crate) fn is_relative(base_offset: Offset, offset: Offset) -> bool {
    offset.0.checked_sub(base_offset.0).is_some_and(|distance| (0..=i64::from(i32::MAX)).contains(&distance))
}

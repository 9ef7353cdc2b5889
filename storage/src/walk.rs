//! Walking over the batches of a segment that are in memory, from the one that a read begins with to the last one that
//! it may have; and checking those that came from the disk.

use crate::block_run::BlockRun;
use crate::segment::Segment;
use crate::sums::{Row, link};
use loglane_model::{BATCH_HEADER_BYTES, BLOCK_BYTES_MAX, BatchHeader, Offset, PAGE_BYTES};
use std::ops::Range;

/// What has to be in memory as one piece is no larger: it is read into one block, from the beginning of a page to the end
/// of one. A batch came in one request, of `socket.request.max.bytes` at the most: 100 MiB, unless somebody wants more,
/// and here never more than a block. So a length beyond this is damage, also where Kafka has written the segment.
const READ_BYTES_MAX: u64 = (BLOCK_BYTES_MAX - 2 * PAGE_BYTES) as u64;

/// Which bytes of a cursor were checked.
#[derive(Debug, Clone, Default)]
pub(crate) struct Verified {
    /// Heads of batches, against the segment's chain of checksums.
    chain: Range<u64>,
    /// Whole batches, against their CRCs.
    crc: Range<u64>,
}

/// Adds what was checked to what was checked before, if the one follows the other; else the new one counts.
fn extend(checked: &mut Range<u64>, position: u64, end: u64) {
    if position == checked.end {
        checked.end = end;
    } else {
        *checked = position..end;
    }
}

/// What a walk over bytes from the disk checks.
pub(crate) struct Checks<'a> {
    pub(crate) verified: &'a mut Verified,
    pub(crate) segment: &'a Segment,
}

/// What one walk over batches found.
pub(crate) enum Walk {
    /// The batches from..to answer the read; `end_offset` is where the next one begins.
    Found { from: u64, to: u64, end_offset: Offset },
    /// The first batch that matters begins at or past the limit offset.
    AtLimit,
    /// More of the segment must be in memory: up to that position at least, and the walk goes on from `from`.
    NeedsMore { from: u64, to: u64 },
    /// The bytes that are there begin behind the place from which on they can be checked.
    BeginsTooLate,
    /// The segment ends before a batch that holds the offset.
    SegmentEnds,
    /// What begins here, and ends there, is not what was written.
    Corrupt { position: u64, end: u64 },
}

/// What a walk looks for.
pub(crate) struct Wanted {
    pub(crate) from: Offset,
    pub(crate) up_to: Offset,
    pub(crate) bytes_max: usize,
    pub(crate) at_least_one: bool,
    /// Where the readable part of the segment ends.
    pub(crate) segment_end: u64,
}

/// Walks over the batches of `run` from `position` on. With `checks` nothing is believed of a batch before its head was
/// checked, and none is found whose CRC was not; damage that lies wholly before what is looked for is passed over.
pub(crate) fn walk(
    run: &BlockRun,
    mut position: u64,
    wanted: &Wanted,
    mut checks: Option<Checks<'_>>,
) -> Walk {
    loop {
        let walked = walk_up_to_damage(run, position, wanted, checks.as_mut());
        let (Walk::Corrupt { position: damaged, end }, Some(checks)) = (&walked, &mut checks) else {
            return walked;
        };
        match checks.lies_behind(run, *damaged, *end, wanted) {
            Ok(true) => position = *end,
            Ok(false) => return walked,
            Err(otherwise) => return otherwise,
        }
    }
}

/// As [`walk`], to the first damage.
fn walk_up_to_damage(
    run: &BlockRun,
    mut position: u64,
    wanted: &Wanted,
    mut checks: Option<&mut Checks<'_>>,
) -> Walk {
    let mut found: Option<(u64, u64, Offset)> = None;
    loop {
        if position >= wanted.segment_end {
            return end_of_walk(found, Walk::SegmentEnds);
        }
        if let Some(checks) = &mut checks
            && let Err(otherwise) = checks.chain(run, position)
        {
            return end_of_walk(found, otherwise);
        }
        let header_end = position + BATCH_HEADER_BYTES as u64;
        if header_end > wanted.segment_end {
            return end_of_walk(found, Walk::Corrupt { position, end: wanted.segment_end });
        }
        let Some(header) = (if run.covers(position) { run.header_at(position) } else { None }) else {
            return end_of_walk(found, Walk::NeedsMore { from: position, to: header_end });
        };
        let Some(end) = batch_end(&header, position, wanted.segment_end) else {
            return end_of_walk(found, Walk::Corrupt { position, end: wanted.segment_end });
        };
        // Which offsets a batch has, and so whether it is the one, is for its CRC to say, too.
        if let Some(checks) = checks.as_mut().filter(|_| found.is_none())
            && let Err(otherwise) = checks.crc(run, &header, position, end)
        {
            return otherwise;
        }
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
        if let Some(checks) = &mut checks
            && let Err(otherwise) = checks.crc(run, &header, position, end)
        {
            return end_of_walk(found, otherwise);
        }
        found = Some((first, end, header.last_offset().plus(1)));
        position = end;
    }
}

fn end_of_walk(found: Option<(u64, u64, Offset)>, otherwise: Walk) -> Walk {
    found.map_or(otherwise, |(from, to, end_offset)| Walk::Found { from, to, end_offset })
}

impl Checks<'_> {
    /// Checks the head of the batch at `position`, with those of the batches around it.
    fn chain(&mut self, run: &BlockRun, position: u64) -> Result<(), Walk> {
        if self.verified.chain.contains(&position) {
            return Ok(());
        }
        let Some((from, to)) = self.segment.stretch(position) else { return Ok(()) };
        if !run.is_empty() && from.position < run.start() {
            return Err(Walk::BeginsTooLate);
        }
        if run.is_empty() || run.end() < to.position {
            if to.position - from.position > READ_BYTES_MAX {
                return Err(Walk::Corrupt { position: from.position, end: to.position });
            }
            return Err(Walk::NeedsMore { from: from.position, to: to.position });
        }
        let mut at = from;
        while at.position < to.position
            && let Some(header) = run.header_at(at.position)
            && let Some(end) = batch_end(&header, at.position, to.position)
        {
            at = Row { position: end, chain: link(at.chain, &header) };
        }
        if at != to {
            return Err(Walk::Corrupt { position: from.position, end: to.position });
        }
        extend(&mut self.verified.chain, from.position, to.position);
        Ok(())
    }

    /// Whether what is looked for lies behind damage that ends at `end`. The chain says where that is and what stands
    /// there, unless it says nothing of this place: then no length can be believed, and nothing lies behind for sure.
    fn lies_behind(&mut self, run: &BlockRun, damaged: u64, end: u64, wanted: &Wanted) -> Result<bool, Walk> {
        let is_chained = |position| self.segment.stretch(position).is_some();
        if end >= wanted.segment_end || !is_chained(damaged) || !is_chained(end) {
            return Ok(false);
        }
        match self.chain(run, end) {
            Ok(()) => {}
            // What lies behind that one is seen by who goes on from here.
            Err(Walk::Corrupt { .. }) => return Ok(true),
            Err(otherwise) => return Err(otherwise),
        }
        let Some(header) = run.header_at(end) else {
            return Err(Walk::NeedsMore { from: end, to: end + BATCH_HEADER_BYTES as u64 });
        };
        Ok(header.base_offset() <= wanted.from)
    }

    /// Checks the CRC of a batch.
    fn crc(&mut self, run: &BlockRun, header: &BatchHeader, position: u64, end: u64) -> Result<(), Walk> {
        if self.verified.crc.contains(&position) && end <= self.verified.crc.end {
            return Ok(());
        }
        if end > run.end() {
            return Err(Walk::NeedsMore { from: position, to: end });
        }
        if !crc_is_right(run, header, position, end) {
            return Err(Walk::Corrupt { position, end });
        }
        extend(&mut self.verified.crc, position, end);
        Ok(())
    }
}

/// Where the batch at `position` ends, if its header can be that of a batch in this segment.
fn batch_end(header: &BatchHeader, position: u64, segment_end: u64) -> Option<u64> {
    let total = header.total_bytes()? as u64;
    let end = position.checked_add(total)?;
    let sane = header.magic == 2
        && header.last_offset_delta.get() >= 0
        && header.base_offset.get() >= 0
        && total <= READ_BYTES_MAX;
    (sane && end <= segment_end && header.base_offset.get().checked_add(1 << 32).is_some()).then_some(end)
}

fn crc_is_right(run: &BlockRun, header: &BatchHeader, position: u64, end: u64) -> bool {
    let mut crc = crate::crc::Crc32c::new();
    run.for_each_slice(position + BatchHeader::CRC_FROM as u64, end, |slice| crc.update(slice));
    crc.finish() == header.crc.get()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch_builder::BatchBuilder;
    use crate::segment::SegmentTimes;
    use loglane_model::{BATCH_OVERHEAD_BYTES, BlockPool};
    use std::sync::Arc;

    /// What a walk over a segment of a GiB, of which the first page is there, says of a batch of that length.
    fn walk_over(total_bytes: usize) -> Walk {
        let mut batch = BatchBuilder::new();
        batch.push(1, None, Some(b"value"), &[]);
        let mut batch = batch.finish();
        let length = i32::try_from(total_bytes - BATCH_OVERHEAD_BYTES).unwrap();
        BatchHeader::peek_mut(&mut batch).unwrap().batch_length = length.into();
        let mut pool = BlockPool::new(0);
        let mut block = pool.take(PAGE_BYTES);
        Arc::get_mut(&mut block).unwrap().bytes_mut()[100..100 + batch.len()].copy_from_slice(&batch);
        let mut run = BlockRun::default();
        run.push(block, 0, PAGE_BYTES as u64, &mut pool);
        let segment_end = 1 << 30;
        let times = SegmentTimes { newest: None, of_first_batch: None, created_ms: 0 };
        let segment = Segment::sealed(Offset::ZERO, segment_end, times);
        let wanted = Wanted {
            from: Offset::ZERO,
            up_to: Offset(1000),
            bytes_max: 1 << 20,
            at_least_one: true,
            segment_end,
        };
        let mut verified = Verified::default();
        walk(&run, 100, &wanted, Some(Checks { verified: &mut verified, segment: &segment }))
    }

    #[test]
    fn a_length_that_no_block_can_hold_is_damage() {
        let largest = usize::try_from(READ_BYTES_MAX).unwrap();
        let walked = walk_over(largest);
        let Walk::NeedsMore { from: 100, to } = walked else { panic!("a large batch is read") };
        let page = PAGE_BYTES as u64;
        let read_bytes = to.next_multiple_of(page);
        assert!(read_bytes <= BLOCK_BYTES_MAX as u64);
        for total_bytes in [largest + 1, 1 << 28, (1 << 28) + 80, 1 << 29] {
            let walked = walk_over(total_bytes);
            assert!(matches!(walked, Walk::Corrupt { position: 100, .. }), "{total_bytes}");
        }
    }
}

//! The writing end of one segment: copies batches into blocks, hands the blocks out as direct writes, and knows up
//! to where the unbroken prefix of completed writes reaches.
//!
//! What to remember:
//! - A block is *open* (held by the appender alone, still filling) or *sealed* (in a write; never changed again).
//!   A sealed block may end inside a page. The next open block then begins with a copy of that page's bytes, and
//!   its write covers the page again with an identical prefix.
//! - Therefore two writes that share a page must never be in flight together: disk and kernel may complete them in
//!   any order, and the older one would undo the newer. A write that ends inside a page is the last one until it
//!   completes.
//! - Writes stay inside the *space* of the file: bytes that are already written zeros. Space grows by two jobs.
//!   Reserving changes the extents of the file, so no write is in flight beside it; the zeros that follow lie
//!   inside the file size and run beside the writes.

use crate::index::TimeRow;
use crate::job::Task;
use loglane_model::{BlockPool, Bug, DiskWrite, Extent, File, Offset, PAGE_BYTES, SharedBlock, planted};
use std::collections::VecDeque;
use std::sync::Arc;

/// Blocks of a log have 1 to 16 pages.
const BLOCK_BYTES_MAX: usize = 16 * PAGE_BYTES;
/// What one write carries at most: beyond it, larger writes only add latency.
pub(crate) const WRITE_BYTES_MAX: usize = 512 * 1024;
/// More than two writes in flight on one log only queue in the disk.
const WRITES_IN_FLIGHT_MAX: usize = 2;
/// Where the first step of space ends; each later one doubles.
const SPACE_STEP_MIN: u64 = 64 * 1024;
/// The largest step.
const SPACE_STEP_MAX: u64 = 64 * 1024 * 1024;

const PAGE: u64 = PAGE_BYTES as u64;

/// Where space ends as it grows: at 64 KiB, then doubled up to 64 MiB, then at every multiple of that.
fn step_end_after(position: u64) -> u64 {
    if position < SPACE_STEP_MAX {
        (position + 1).next_power_of_two().max(SPACE_STEP_MIN)
    } else {
        (position / SPACE_STEP_MAX + 1) * SPACE_STEP_MAX
    }
}

/// The writing end of one segment.
#[derive(Debug)]
pub(crate) struct Appender {
    /// Position behind the last byte that was appended.
    end: u64,
    /// Blocks that no write carries yet, in file order. All are full but the last one.
    pending: VecDeque<Filling>,
    /// Blocks of writes whose completion has not been taken in yet, in file order.
    submitted: VecDeque<Filling>,
    in_flight: VecDeque<InFlight>,
    /// The page that `end` lay in when the last block was sealed, if it was not full.
    tail: Tail,
    /// Extent lists of completed writes, for the next ones.
    spare: Vec<Vec<Extent>>,
    space: Space,
}

/// A block and what it holds.
#[derive(Debug)]
struct Filling {
    block: SharedBlock,
    /// Position of its first byte; a page multiple.
    position: u64,
    filled: usize,
    /// Bytes that may be filled: no block reaches over a [`step_end_after`].
    limit: usize,
    /// The last batch whose last byte is in this block.
    batch_end: Option<BatchEnd>,
}

impl Filling {
    fn end(&self) -> u64 {
        self.position + self.filled as u64
    }
}

#[derive(Debug)]
struct InFlight {
    position: u64,
    /// Position behind its last byte of data.
    end: u64,
    block_count: usize,
    is_complete: bool,
}

/// The bytes of the last, partly filled page.
#[derive(Debug)]
enum Tail {
    /// The end lies on a page boundary.
    Full,
    /// In a block that the batch cache accounts for.
    Cached { block: SharedBlock, at: usize },
    /// A copy: read when the file was opened, or kept when the cache evicted the block.
    Kept(Vec<u8>),
    /// Only on disk, where the segment ended at `end` when it was found. The first block leaves room for it, and is
    /// not written before it is there.
    OnDisk { end: u64 },
}

/// What of the file may be written.
#[derive(Debug)]
struct Space {
    /// Writes may reach up to here (a page multiple).
    end: u64,
    /// Zeros go from here on. Behind `end` only for a file that was found with a partly filled last page: it cannot
    /// be written while the file ends inside it, and zeros over it would destroy what is in it.
    zero_from: u64,
    /// Where the file ended when it was opened, rounded up to a page: what lies behind was reserved apart.
    opened_end: u64,
    step: u64,
    growth: Growth,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Growth {
    Idle,
    /// Waits until no write is in flight.
    Wanted,
    Reserving {
        to: u64,
    },
    Reserved {
        to: u64,
    },
    Zeroing {
        to: u64,
    },
}

/// A job that makes room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum GrowStep {
    /// Reserve blocks; nothing may be written meanwhile.
    Reserve { from: u64, to: u64 },
    /// Write zeros, if there is room for any, and sync.
    Zero { from: u64, to: u64 },
}

impl GrowStep {
    pub(crate) fn into_task(self, file: File) -> Task {
        match self {
            GrowStep::Reserve { from, to } => Task::Reserve { file, from, to },
            GrowStep::Zero { from, to } => Task::Zero { file, from, to },
        }
    }
}

/// A block whose write completed, with all before it.
pub(crate) struct WrittenBlock {
    pub(crate) block: SharedBlock,
    pub(crate) position: u64,
    /// Position behind its last byte of data.
    pub(crate) end: u64,
    /// The last batch that ends in it.
    pub(crate) batch_end: Option<BatchEnd>,
}

/// Where a batch ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BatchEnd {
    /// Position behind it in the segment.
    pub(crate) position: u64,
    /// The offset behind its last record.
    pub(crate) end_offset: Offset,
    /// The segment's chain of checksums there.
    pub(crate) chain: u32,
    /// The segment's largest timestamp up to there.
    pub(crate) newest: Option<TimeRow>,
}

impl Appender {
    /// The writing end of an empty segment.
    pub(crate) fn new() -> Appender {
        Appender::unread(0)
    }

    /// The writing end of a segment that holds `end` bytes, where its file ends too. The bytes of its partly filled last
    /// page come by [`Appender::set_tail`], before the first write.
    pub(crate) fn unread(end: u64) -> Appender {
        Appender {
            end,
            pending: VecDeque::new(),
            submitted: VecDeque::new(),
            in_flight: VecDeque::with_capacity(WRITES_IN_FLIGHT_MAX),
            tail: if end.is_multiple_of(PAGE) { Tail::Full } else { Tail::OnDisk { end } },
            spare: Vec::new(),
            space: Space {
                end: end / PAGE * PAGE,
                zero_from: end.next_multiple_of(PAGE),
                opened_end: end.next_multiple_of(PAGE),
                step: 0,
                growth: Growth::Idle,
            },
        }
    }

    /// Where the last page begins that [`Appender::set_tail`] wants, and how many bytes of it are used.
    pub(crate) fn missing_tail(&self) -> Option<(u64, usize)> {
        match self.tail {
            Tail::OnDisk { end } => {
                Some((end / PAGE * PAGE, usize::try_from(end % PAGE).expect("less than a page")))
            }
            Tail::Full | Tail::Cached { .. } | Tail::Kept(_) => None,
        }
    }

    /// Brings the bytes of the last page that were only on disk.
    pub(crate) fn set_tail(&mut self, page: &[u8]) {
        let (position, bytes) = self.missing_tail().expect("asked for by missing_tail");
        assert_eq!(page.len(), bytes);
        if let Some(first) = self.pending.front_mut() {
            assert_eq!(first.position, position, "nothing was written before the last page is known");
            let block = Arc::get_mut(&mut first.block).expect("an open block has one holder");
            block.bytes_mut()[..bytes].copy_from_slice(page);
        }
        self.tail = Tail::Kept(page.to_vec());
    }

    /// Whether all that was appended is written, and no write or growth is under way.
    pub(crate) fn is_drained(&self) -> bool {
        self.pending.is_empty()
            && self.in_flight.is_empty()
            && matches!(self.space.growth, Growth::Idle | Growth::Wanted)
    }

    /// Memory of blocks that are not in the batch cache yet, or never will be.
    pub(crate) fn block_bytes(&self) -> usize {
        self.pending.iter().chain(&self.submitted).map(|filling| filling.block.capacity()).sum()
    }

    /// Copies a batch, which comes in two parts, behind what is there, up to `end`.
    pub(crate) fn append(&mut self, head: &[u8], rest: &[u8], end: BatchEnd, pool: &mut BlockPool) {
        assert!(!head.is_empty());
        self.copy_in(head, rest.len(), pool);
        self.copy_in(rest, 0, pool);
        let open = self.pending.back_mut().expect("a batch has bytes, and they are not in a write yet");
        assert_eq!(end.position, self.end, "the appender and its segment agree on the end");
        open.batch_end = Some(end);
    }

    /// Copies `bytes`; `following` bytes will come right behind them.
    fn copy_in(&mut self, mut bytes: &[u8], following: usize, pool: &mut BlockPool) {
        while !bytes.is_empty() {
            let Some(open) = self.pending.back_mut().filter(|open| open.filled < open.limit) else {
                self.open_block(bytes.len() + following, pool);
                continue;
            };
            let count = bytes.len().min(open.limit - open.filled);
            let block = Arc::get_mut(&mut open.block).expect("an open block has one holder");
            block.bytes_mut()[open.filled..open.filled + count].copy_from_slice(&bytes[..count]);
            open.filled += count;
            self.end += count as u64;
            bytes = &bytes[count..];
        }
    }

    /// Opens a block for at least a part of `wanted` bytes. Blocks grow with what is waiting, so that a trickle
    /// costs a page and a stream few blocks.
    fn open_block(&mut self, wanted: usize, pool: &mut BlockPool) {
        let carried = usize::try_from(self.end % PAGE).expect("less than a page");
        let waiting: usize = self.pending.iter().map(|filling| filling.filled).sum();
        let position = self.end - carried as u64;
        let room = usize::try_from(self.step_end_after(position) - position).unwrap_or(usize::MAX);
        let mut block = pool.take((carried + wanted.max(waiting)).min(BLOCK_BYTES_MAX));
        if carried > 0 {
            assert!(self.pending.is_empty(), "only the last block may end inside a page");
        }
        if carried > 0 && self.missing_tail().is_none() && !planted(Bug::ForgetTail) {
            let bytes = Arc::get_mut(&mut block).expect("the pool hands out blocks that nobody else holds");
            bytes.bytes_mut()[..carried].copy_from_slice(&self.tail_page()[..carried]);
        }
        let limit = block.capacity().min(room);
        self.pending.push_back(Filling { block, position, filled: carried, limit, batch_end: None });
    }

    /// The first position behind `position` that no write may cross. What was reserved in different steps may lie in
    /// different extents of the file system, and ext4 takes a direct write over two extents for one that needs the
    /// inode's lock: without waiting it is refused, and a kernel worker would have to do it.
    fn step_end_after(&self, position: u64) -> u64 {
        if position < self.space.opened_end { self.space.opened_end } else { step_end_after(position) }
    }

    fn tail_page(&self) -> &[u8] {
        match &self.tail {
            Tail::Full | Tail::OnDisk { .. } => {
                panic!("the end lies inside a page, so its bytes were kept")
            }
            Tail::Cached { block, at } => &block.bytes()[*at..],
            Tail::Kept(page) => page,
        }
    }

    /// The next write, if one may go now.
    pub(crate) fn next_write(&mut self, log: u32, file: &File, durable: bool) -> Option<DiskWrite> {
        assert!(self.missing_tail().is_none(), "a file is opened with its last page");
        if self.pending.is_empty()
            || self.in_flight.len() == WRITES_IN_FLIGHT_MAX
            || matches!(self.space.growth, Growth::Wanted | Growth::Reserving { .. })
            || (self.in_flight.back().is_some_and(|last| !last.end.is_multiple_of(PAGE))
                && !planted(Bug::TwoWritesOnOnePage))
        {
            return None;
        }
        let mut extents = self.spare.pop().unwrap_or_default();
        let mut bytes = 0;
        let position = self.pending[0].position;
        let step_end = self.step_end_after(position);
        while let Some(front) = self.pending.front() {
            let page_bytes = front.filled.next_multiple_of(PAGE_BYTES);
            let fits = extents.is_empty() || bytes + page_bytes <= WRITE_BYTES_MAX;
            let end = front.position + page_bytes as u64;
            if !fits || end > self.space.end || end > step_end {
                break;
            }
            let mut filling = self.pending.pop_front().expect("just seen");
            if filling.filled < page_bytes {
                self.pad_and_keep_tail(&mut filling, page_bytes);
            } else {
                self.tail = Tail::Full;
            }
            bytes += page_bytes;
            let end = u32::try_from(page_bytes).expect("blocks are small");
            extents.push(Extent { block: filling.block.clone(), start: 0, end });
            self.submitted.push_back(filling);
        }
        if extents.is_empty() {
            self.spare.push(extents);
            return None;
        }
        let end = self.submitted.back().expect("just pushed").end();
        self.in_flight.push_back(InFlight { position, end, block_count: extents.len(), is_complete: false });
        self.assert_no_shared_page();
        Some(DiskWrite { log, file: file.clone(), position, extents, durable })
    }

    /// Zeroes what the pool left behind the data in the last page, and remembers that page for the next block.
    fn pad_and_keep_tail(&mut self, filling: &mut Filling, page_bytes: usize) {
        let block = Arc::get_mut(&mut filling.block).expect("an open block has one holder");
        block.bytes_mut()[filling.filled..page_bytes].fill(0);
        self.tail = Tail::Cached { block: filling.block.clone(), at: page_bytes - PAGE_BYTES };
    }

    /// Before the cache gives `block` back: if the last page is in it, keeps a copy of that page alone.
    pub(crate) fn before_eviction_of(&mut self, block: &SharedBlock) {
        let Tail::Cached { block: kept, at } = &self.tail else { return };
        if Arc::ptr_eq(kept, block) {
            let used = usize::try_from(self.end % PAGE).expect("less than a page");
            self.tail = Tail::Kept(kept.bytes()[*at..*at + used].to_vec());
        }
    }

    /// Takes in a completed write. The blocks up to the end of the unbroken prefix then wait for
    /// [`Appender::next_written`].
    pub(crate) fn on_written(&mut self, mut write: DiskWrite) {
        let of_ours = self.in_flight.iter_mut().find(|flight| flight.position == write.position);
        let flight = of_ours.expect("a completion belongs to a write that was handed out");
        assert!(!flight.is_complete, "a write completes once");
        flight.is_complete = true;
        write.extents.clear();
        self.spare.push(write.extents);
    }

    /// The next block of the unbroken prefix of completed writes.
    pub(crate) fn next_written(&mut self) -> Option<WrittenBlock> {
        let front = self.in_flight.front_mut().filter(|front| front.is_complete)?;
        let filling = self.submitted.pop_front().expect("a write in flight has its blocks here");
        front.block_count -= 1;
        if front.block_count == 0 {
            self.in_flight.pop_front();
        }
        let end = filling.end();
        Some(WrittenBlock {
            end,
            position: filling.position,
            batch_end: filling.batch_end,
            block: filling.block,
        })
    }

    /// The next step of making room, if it may be taken now. `limit` is the size at which the segment rolls.
    pub(crate) fn next_growth(&mut self, limit: u64) -> Option<GrowStep> {
        if self.space.growth == Growth::Idle && self.wants_space(limit) {
            self.space.growth = Growth::Wanted;
        }
        let from = self.space.end;
        match self.space.growth {
            Growth::Wanted if self.in_flight.is_empty() => {
                let to = self.grown_end(limit);
                self.space.growth = Growth::Reserving { to };
                Some(GrowStep::Reserve { from, to })
            }
            Growth::Reserved { to } => {
                self.space.growth = Growth::Zeroing { to };
                Some(GrowStep::Zero { from: self.space.zero_from, to })
            }
            Growth::Idle | Growth::Wanted | Growth::Reserving { .. } | Growth::Zeroing { .. } => None,
        }
    }

    /// Whether nothing is written until the space has grown.
    pub(crate) fn waits_for_growth(&self) -> bool {
        self.space.growth == Growth::Wanted
    }

    /// Takes in the end of a step.
    pub(crate) fn on_grown(&mut self) {
        self.space.growth = match self.space.growth {
            Growth::Reserving { to } => Growth::Reserved { to },
            Growth::Zeroing { to } => {
                self.space.step = (to - self.space.end).clamp(SPACE_STEP_MIN, SPACE_STEP_MAX);
                self.space.end = to;
                self.space.zero_from = to;
                Growth::Idle
            }
            Growth::Idle | Growth::Wanted | Growth::Reserved { .. } => panic!("no step was under way"),
        };
    }

    /// Space is wanted when what is pending does not fit, or ahead of that once half of the last step is used. An
    /// idle log that was opened with no space ahead wants none.
    fn wants_space(&self, limit: u64) -> bool {
        let needed = self.end.next_multiple_of(PAGE);
        if !self.pending.is_empty() && needed > self.space.end {
            return true;
        }
        let ahead = self.space.end.saturating_sub(needed);
        ahead < self.space.step / 2 && self.space.end < limit.next_multiple_of(PAGE)
    }

    /// To where the space grows next: the end of a step, the roll size at most unless what was appended already is
    /// beyond it.
    fn grown_end(&self, limit: u64) -> u64 {
        let needed = self.end.next_multiple_of(PAGE);
        let mut to = step_end_after(self.space.end);
        while to < needed {
            to = step_end_after(to);
        }
        to.min(limit.next_multiple_of(PAGE)).max(needed).max(self.space.zero_from)
    }

    /// How much space a file gets that is made for what is pending.
    pub(crate) fn first_space(&self, limit: u64) -> u64 {
        self.grown_end(limit)
    }

    /// The file was made with space up to `end`.
    pub(crate) fn set_space(&mut self, end: u64) {
        assert!(self.space.end == 0 && self.space.growth == Growth::Idle);
        self.space.end = end;
        self.space.zero_from = end;
        self.space.step = end.clamp(SPACE_STEP_MIN, SPACE_STEP_MAX);
    }

    /// Gives every block back; nothing may be appended afterwards.
    pub(crate) fn release(&mut self, pool: &mut BlockPool) {
        // The tail first: a block is only free once nobody holds it.
        self.tail = Tail::Full;
        self.in_flight.clear();
        for filling in self.pending.drain(..).chain(self.submitted.drain(..)) {
            pool.give(filling.block);
        }
    }

    fn assert_no_shared_page(&self) {
        assert!(self.in_flight.len() <= WRITES_IN_FLIGHT_MAX);
        if let (Some(first), Some(second)) = (self.in_flight.front(), self.in_flight.get(1)) {
            assert!(first.end.next_multiple_of(PAGE) <= second.position, "two writes in flight share a page");
        }
    }
}

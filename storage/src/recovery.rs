//! Recovering a log: from the segments in its directory to a state that can be appended to.
//!
//! A log to which nothing was written since its clean stop is not read: the position that the stop left says what it
//! was, and the times of its directory and its last segment that it still is. Else only the last segment's tail is
//! looked at after a clean stop, and otherwise everything from Kafka's recovery point
//! (a segment's base) on is read and checked, or less where an own [`RecoveryPosition`] still fits. What lies behind
//! the last good batch is cut off, because a write that survived behind a lost one would come back once the hole
//! before it is filled; then the file and its directory are synced before anything is appended or served.
//!
//! Indexes and producer state are only caches of the log: where they are missing or wrong they are built anew. No
//! file is removed because it looks wrong: segments that do not fit get the name that Kafka gives to deleted ones.

use crate::appender::Appender;
use crate::index::{OffsetRow, SegmentIndexes, TimeRow};
use crate::leader_epoch::{self, LeaderEpochs};
use crate::leftovers::{Names, tidy};
use crate::log::producer_limits;
use crate::open::{OpenError, OpenLog, OpenSync, Recovered, sums_key};
use crate::producer_state::ProducerStates;
use crate::recovery_position::{BatchMark, RecoveryPosition};
use crate::recovery_scan::{Replay, ScanEnd, SegmentScan, read_snapshot, rebuild_transactions, scan_limit};
use crate::retention::retire_in_order;
use crate::scan::Scanner;
use crate::segment::{
    Segment, SegmentTimes, build_indexes, load_indexes, load_transactions, read_if_there, segment_path,
};
use crate::sums::{self, Damage, SegmentSums, Sums};
use crate::transaction_index::TransactionIndex;
use loglane_model::{BatchHeader, Bug, File, FileStat, FileSystem, Offset, OpenMode, planted};
use std::collections::VecDeque;
use std::io;
use std::path::PathBuf;

/// Finds the segments, decides how much of them to read, and reads it. `is_as_left` says that no name in the directory
/// has changed since the clean stop that left `position`.
pub(crate) fn recover(
    fs: &dyn FileSystem,
    request: &OpenLog,
    position: Option<RecoveryPosition>,
    is_as_left: bool,
) -> Result<Recovered, OpenError> {
    let mut recovery = Recovery::new(fs, request, position);
    if is_as_left {
        // Beside the segment lies the snapshot of the stop.
        recovery.names.segments.extend(recovery.position.as_ref().map(|position| position.segment));
        recovery.names.snapshots.extend(recovery.position.as_ref().map(|position| position.end_offset));
    } else {
        recovery.names = tidy(fs, &request.dir)?;
    }
    if recovery.open_untouched()? {
        recovery.names_known_durable = true;
        return recovery.finish(true);
    }
    let mut resumed = None;
    if is_as_left {
        resumed = if request.clean_shutdown { None } else { recovery.resume()? };
        if resumed.is_none() {
            recovery.names = tidy(fs, &request.dir)?;
        }
    }
    recovery.load_epochs()?;
    let is_clean = request.clean_shutdown && recovery.open_clean()?;
    if !is_clean {
        recovery.names_changed = true;
        if resumed.is_none() {
            resumed = recovery.resume()?;
        }
        recovery.open_unclean(resumed)?;
    }
    recovery.finish(is_clean)
}

/// What was found of the segment that is appended to.
struct Found {
    indexes: SegmentIndexes,
    transactions: TransactionIndex,
    /// `None`: nobody knows.
    sums: Option<Sums>,
}

/// A recovery under way.
struct Recovery<'a> {
    fs: &'a dyn FileSystem,
    request: &'a OpenLog,
    /// This log's, unless it was found not to fit.
    position: Option<RecoveryPosition>,
    names: Names,
    segments: VecDeque<Segment>,
    replay: Replay,
    epochs_found: LeaderEpochs,
    last_batch: Option<BatchMark>,
    damage: Vec<Damage>,
    scanned_bytes: u64,
    log_end_offset: Offset,
    /// Files have come, gone, or may have.
    names_changed: bool,
    /// The directory is as a clean stop of ours left it, which syncs it.
    names_known_durable: bool,
    has_leftovers: bool,
}

impl<'a> Recovery<'a> {
    fn new(fs: &'a dyn FileSystem, request: &'a OpenLog, position: Option<RecoveryPosition>) -> Recovery<'a> {
        Recovery {
            fs,
            request,
            position,
            names: Names::default(),
            segments: VecDeque::new(),
            replay: Replay::new(ProducerStates::new(producer_limits(&request.config)), request.now_ms),
            epochs_found: LeaderEpochs::new(),
            last_batch: None,
            damage: Vec::new(),
            scanned_bytes: 0,
            log_end_offset: Offset::ZERO,
            names_changed: false,
            names_known_durable: false,
            has_leftovers: false,
        }
    }

    fn load_epochs(&mut self) -> io::Result<()> {
        let path = self.request.dir.join(leader_epoch::FILE_NAME);
        let text = read_if_there(self.fs, &path)?.unwrap_or_default();
        let epochs = std::str::from_utf8(&text).ok().and_then(|text| LeaderEpochs::decode(text).ok());
        // One that cannot be read counts as empty: the batches carry their epochs.
        self.replay.epochs = epochs.unwrap_or_default();
        self.epochs_found = self.replay.epochs.clone();
        Ok(())
    }

    fn path(&self, base_offset: Offset) -> PathBuf {
        segment_path(&self.request.dir, base_offset, "log")
    }

    /// Opens a log that was closed in order, by the position that it left, without reading it. Returns `false`, with
    /// nothing done, if there is none or somebody has used the log since. How the run ended that comes after the clean
    /// stop does not matter: its first append would have made the file longer, and that is on the disk before the append
    /// is.
    fn open_untouched(&mut self) -> io::Result<bool> {
        let Some(position) = &self.position else { return Ok(false) };
        let (Some(&base_offset), Some(closed_ms)) = (self.names.segments.last(), position.closed_ms) else {
            return Ok(false);
        };
        let is_complete = self.request.clean_shutdown || self.is_complete_before(base_offset);
        if position.segment != base_offset || !is_complete {
            return Ok(false);
        }
        let stat = self.fs.stat(&self.path(base_offset))?;
        if (stat.inode, stat.len, stat.modified_ms) != (position.inode, position.position, closed_ms) {
            return Ok(false);
        }
        let position = self.position.take().expect("it was just looked at");
        self.adopt_sealed(self.names.segments.len() - 1)?;
        self.start_from_position(&position);
        self.epochs_found = self.replay.epochs.clone();
        self.last_batch = Some(position.last_batch);
        let times = SegmentTimes {
            newest: position.indexes.newest(),
            of_first_batch: position.of_first_batch,
            created_ms: stat.modified_ms,
        };
        let mut segment = Segment::sealed(base_offset, stat.len, times);
        segment.indexes = Some(position.indexes);
        segment.transactions = Some(position.transactions);
        segment.readable_chain = position.sums.end().chain;
        segment.sums = Some(position.sums);
        segment.inode = stat.inode;
        segment.has_transactions = true;
        segment.appender = Some(Box::new(Appender::unread(stat.len)));
        self.segments.push_back(segment);
        Ok(true)
    }

    /// Opens a log that was closed in order. Returns `false`, with nothing done, if it was not after all.
    fn open_clean(&mut self) -> io::Result<bool> {
        let Some(&base_offset) = self.names.segments.last() else { return Ok(false) };
        let dir = &self.request.dir;
        let file = self.fs.open(&self.path(base_offset), OpenMode::DirectReadWrite)?;
        let len = self.fs.file_len(&file)?;
        let known = self.known_sums(base_offset)?;
        let Some(indexes) = load_indexes(self.fs, dir, base_offset, len, known.as_ref())? else {
            return Ok(false);
        };
        let Some(transactions) = load_transactions(self.fs, dir, base_offset, known.as_ref())? else {
            return Ok(false);
        };
        let from = indexes.offsets.last().map_or(0, |row| u64::from(row.position));
        let mut end = base_offset;
        let mut end_position = from;
        let mut last_batch = None;
        let mut is_good = true;
        let mut scanner = Scanner::new(self.fs, &file, len);
        while end_position < len && is_good {
            let Ok((header, total)) = scanner.header(end_position)? else { return Ok(false) };
            let is_indexed = |row: OffsetRow| end_position > from || row.offset >= header.base_offset();
            is_good = indexes.offsets.last().is_none_or(is_indexed)
                && scanner.crc_is_right(end_position, &header, total)?
                && header.base_offset() >= end
                && crate::scan::is_relative(base_offset, header.last_offset());
            end = header.last_offset().plus(1);
            let (epoch, crc) = (header.leader_epoch(), header.crc.get());
            last_batch = Some(BatchMark { position: end_position, epoch, crc });
            end_position += total;
        }
        if !is_good || (len > 0 && end == base_offset) {
            return Ok(false);
        }
        if known.as_ref().is_some_and(|known| known.end_offset != end) {
            return Ok(false);
        }
        if !indexes.end_before(end) || !transactions.end_before(end) {
            return Ok(false);
        }
        self.scanned_bytes += len - from;
        self.last_batch = last_batch;
        self.adopt_sealed(self.names.segments.len() - 1)?;
        let of_first_batch = self.first_timestamp(&file, len)?;
        self.log_end_offset = end;
        self.start_producers(end)?;
        let sums = known.map(|known| known.sums);
        self.adopt_last(base_offset, len, Found { indexes, transactions, sums }, of_first_batch)?;
        Ok(true)
    }

    /// Reads and checks from the recovery point on, or from the own position if that is where `resumed` is, and cuts
    /// behind the last good batch.
    fn open_unclean(&mut self, mut resumed: Option<Scanner<'a>>) -> Result<(), OpenError> {
        if self.names.segments.is_empty() {
            return Ok(self.make_first(self.request.log_start_offset.max(Offset::ZERO))?);
        }
        let position = self.position.take().filter(|_| resumed.is_some());
        let first = match &position {
            Some(position) => self.names.segments.binary_search(&position.segment).expect("it was looked up"),
            None => {
                let recovery_point = self.request.recovery_point;
                let from = self.names.segments.partition_point(|&base| base <= recovery_point);
                self.first_incomplete(from.saturating_sub(1))?
            }
        };
        // What is resumed this broker has written.
        self.refuse_old_formats(first + usize::from(position.is_some()))?;
        self.adopt_sealed(first)?;
        match &position {
            Some(position) => self.start_from_position(position),
            None => {
                self.log_end_offset = self.names.segments[first];
                self.start_producers(self.log_end_offset)?;
            }
        }
        // The epochs from here on are found again, in the order in which they began.
        self.replay.epochs.truncate_from_end(self.log_end_offset);
        let mut position = position;
        for at in first..self.names.segments.len() {
            let base_offset = self.names.segments[at];
            let is_last = at + 1 == self.names.segments.len();
            if at > first && base_offset < self.log_end_offset {
                return Ok(self.retire_from(at)?);
            }
            let was_cut = self.scan_segment(base_offset, is_last, position.take(), resumed.take())?;
            if was_cut && !is_last {
                return Ok(self.retire_from(at + 1)?);
            }
        }
        Ok(())
    }

    /// Refuses a log if one of its segments from that one on begins with messages of a format that is not read: before
    /// anything is cut off or retired, since that would be the end of them.
    fn refuse_old_formats(&self, from: usize) -> Result<(), OpenError> {
        for &base_offset in &self.names.segments[from..] {
            let file = self.fs.open(&self.path(base_offset), OpenMode::DirectRead)?;
            let mut scanner = Scanner::new(self.fs, &file, scan_limit(self.fs.file_len(&file)?));
            refuse_old_format(&mut scanner, base_offset, 0)?;
        }
        Ok(())
    }

    /// The first segment from that one on that has to be read: the ones before it are as this broker sealed them, with
    /// all that lies beside them. Damage in them is for readers and the scrub to find; to cut it off would lose what
    /// lies behind.
    fn first_incomplete(&self, mut at: usize) -> io::Result<usize> {
        while let Some(next) = self.names.segments.get(at + 1) {
            let base_offset = self.names.segments[at];
            let is_complete = self.names.snapshots.binary_search(next).is_ok()
                && self.known_newest(base_offset, self.fs.stat(&self.path(base_offset))?)?.is_some();
            if !is_complete {
                break;
            }
            at += 1;
        }
        Ok(at)
    }

    /// The checksums of a segment, if its file is still as it was when they were written.
    fn known_sums(&self, base_offset: Offset) -> io::Result<Option<SegmentSums>> {
        let stat = self.fs.stat(&self.path(base_offset))?;
        sums::load(self.fs, &self.request.dir, sums_key(self.request), base_offset, stat)
    }

    /// The largest timestamp of a segment, by its checksums' file.
    fn known_newest(&self, base_offset: Offset, stat: FileStat) -> io::Result<Option<Option<TimeRow>>> {
        sums::load_newest(self.fs, &self.request.dir, sums_key(self.request), base_offset, stat)
    }

    /// Opens the segment of the own recovery position, if the file is still the one that it speaks of and the batch that
    /// ends there is still that batch. Kafka may have run in between.
    fn resume(&self) -> io::Result<Option<Scanner<'a>>> {
        let Some(position) = &self.position else { return Ok(None) };
        let is_there = self.names.segments.binary_search(&position.segment).is_ok();
        if !is_there || !self.is_complete_before(position.segment) {
            return Ok(None);
        }
        let path = self.path(position.segment);
        let stat = self.fs.stat(&path)?;
        if stat.inode != position.inode || stat.len < position.position {
            return Ok(None);
        }
        let file = self.fs.open(&path, OpenMode::DirectReadWrite)?;
        let mut scanner = Scanner::new(self.fs, &file, scan_limit(stat.len));
        let at = position.last_batch.position;
        let Ok((header, total)) = scanner.header(at)? else { return Ok(None) };
        let fits = at + total == position.position
            && header.last_offset().plus(1) == position.end_offset
            && header.leader_epoch() == position.last_batch.epoch
            && header.crc.get() == position.last_batch.crc
            && scanner.crc_is_right(at, &header, total)?;
        Ok(fits.then_some(scanner))
    }

    /// Whether the segments before `segment` need not be read because what lies beside them is complete: that was
    /// written before the snapshot at `segment`, and otherwise the recovery point has not passed them.
    fn is_complete_before(&self, segment: Offset) -> bool {
        segment <= self.request.recovery_point
            || Some(&segment) == self.names.segments.first()
            || self.names.snapshots.binary_search(&segment).is_ok()
    }

    fn start_from_position(&mut self, position: &RecoveryPosition) {
        self.replay.producers = ProducerStates::from_snapshot(
            &position.producers,
            producer_limits(&self.request.config),
            self.request.now_ms,
        );
        self.replay.epochs = position.epochs.clone();
        self.log_end_offset = position.end_offset;
    }

    /// Adopts the first `count` segments as sealed ones, without reading them.
    fn adopt_sealed(&mut self, count: usize) -> io::Result<()> {
        for &base_offset in &self.names.segments[..count] {
            let stat = self.fs.stat(&self.path(base_offset))?;
            let dir = &self.request.dir;
            let newest = match self.known_newest(base_offset, stat)? {
                Some(newest) => newest,
                None => crate::segment::newest_in_time_index(self.fs, dir, base_offset)?,
            };
            let times = SegmentTimes { newest, of_first_batch: None, created_ms: stat.modified_ms };
            let mut segment = Segment::sealed(base_offset, stat.len, times);
            segment.has_transactions = self.names.transactions.contains(&base_offset);
            self.segments.push_back(segment);
        }
        Ok(())
    }

    /// Producer state as of `offset`: the newest snapshot at or before it that can be read, and the batches since.
    fn start_producers(&mut self, offset: Offset) -> io::Result<()> {
        let mut from = self.names.segments.first().copied().unwrap_or(offset);
        let usable = self.names.snapshots.iter().rev().filter(|&&at| at <= offset);
        for &at in usable {
            if let Some(entries) = read_snapshot(self.fs, &self.request.dir, at)? {
                let limits = producer_limits(&self.request.config);
                self.replay.producers = ProducerStates::from_snapshot(&entries, limits, self.request.now_ms);
                from = at;
                break;
            }
        }
        self.replay_producers(from, offset)
    }

    /// Replays what lies between a snapshot and the place where recovery begins.
    fn replay_producers(&mut self, from: Offset, to: Offset) -> io::Result<()> {
        if from >= to {
            return Ok(());
        }
        let first = self.names.segments.partition_point(|&base| base <= from).saturating_sub(1);
        let bases: Vec<Offset> =
            self.names.segments[first..].iter().copied().filter(|&base| base < to).collect();
        for base_offset in bases {
            let file = self.fs.open(&self.path(base_offset), OpenMode::DirectRead)?;
            let len = self.fs.file_len(&file)?;
            self.scanned_bytes += len;
            self.replay.producers_only(self.fs, &file, base_offset, len, from, to)?;
        }
        Ok(())
    }

    /// Reads one segment to its last good batch, cuts it there and syncs it. Returns whether batches may have been
    /// cut off.
    fn scan_segment(
        &mut self,
        base_offset: Offset,
        is_last: bool,
        position: Option<RecoveryPosition>,
        opened: Option<Scanner<'a>>,
    ) -> Result<bool, OpenError> {
        let file = match &opened {
            Some(scanner) => scanner.file().clone(),
            None => self.fs.open(&self.path(base_offset), OpenMode::DirectReadWrite)?,
        };
        let len = self.fs.file_len(&file)?.saturating_sub(u64::from(planted(Bug::CutOneBatchTooMany)));
        let mut scanner = opened.unwrap_or_else(|| Scanner::new(self.fs, &file, scan_limit(len)));
        scanner.limit_to(len);
        // Followers of a compacted log hold gaps; everywhere else the next batch's offset is known.
        let demands_next_offset = is_last && !self.request.config.cleanup_compact;
        let of_first_batch = position.as_ref().and_then(|position| position.of_first_batch);
        let mut scan = match position {
            Some(position) => SegmentScan::resume(&position),
            None => SegmentScan::new(base_offset, sums_key(self.request)),
        };
        scan.demands_next_offset = demands_next_offset;
        let from = scan.position;
        let end = scan.run(&mut scanner, self.request.config.index_interval_bytes, &mut self.replay)?;
        self.scanned_bytes += scan.position - from;
        let was_cut = scan.position < len;
        if self.adopt_damaged(&file, &scan, is_last)? {
            return Ok(false);
        }
        if was_cut {
            if end == ScanEnd::Damage {
                refuse_old_format(&mut scanner, base_offset, scan.position)?;
            }
            self.fs.set_len(&file, scan.position)?;
        }
        if self.request.sync == OpenSync::Each {
            self.fs.sync(&file)?;
        }
        self.log_end_offset = scan.next_offset;
        let of_first_batch = match of_first_batch {
            None => self.first_timestamp(&file, scan.position)?,
            known => known,
        };
        self.last_batch = scan.last_batch;
        if is_last || was_cut {
            let SegmentScan { indexes, transactions, sums, .. } = scan;
            let found = Found { indexes, transactions, sums: Some(sums) };
            self.adopt_last(base_offset, scan.position, found, of_first_batch)?;
        } else {
            self.adopt_scanned(base_offset, scan)?;
        }
        // Zeros behind the last batch of the last segment are the usual sight; anywhere else they mean a loss.
        Ok(was_cut && (end == ScanEnd::Damage || !is_last))
    }

    /// Looks whether a segment that was read as far as `scan` is damaged, and adopts it as it is if so: its checksums say
    /// that it ended there, and that nobody has written to it since. What cannot be read is not the end of a write that
    /// was lost then, so nothing is cut off. Returns `false`, with nothing done, if nothing is damaged, or nobody knows.
    fn adopt_damaged(&mut self, file: &File, scan: &SegmentScan, is_last: bool) -> io::Result<bool> {
        let base_offset = scan.base_offset;
        let Some(known) = self.known_sums(base_offset)? else { return Ok(false) };
        if scan.sums.end() == known.sums.end() {
            return Ok(false);
        }
        let (dir, len) = (&self.request.dir, known.state.len);
        let mut damage = Vec::new();
        sums::check_segment(self.fs, file, base_offset, &known.sums, 0, u64::MAX, &mut damage)?;
        let Some(indexes) = load_indexes(self.fs, dir, base_offset, len, Some(&known))? else {
            return Ok(false);
        };
        let Some(transactions) = load_transactions(self.fs, dir, base_offset, Some(&known))? else {
            return Ok(false);
        };
        if damage.is_empty() {
            return Ok(false);
        }
        self.damage.append(&mut damage);
        self.log_end_offset = known.end_offset;
        self.last_batch = None;
        if let Some(entries) = read_snapshot(self.fs, &self.request.dir, known.end_offset)? {
            let limits = producer_limits(&self.request.config);
            self.replay.producers = ProducerStates::from_snapshot(&entries, limits, self.request.now_ms);
        }
        if is_last {
            let of_first_batch = known.newest.map(|newest| newest.timestamp);
            let found = Found { indexes, transactions, sums: Some(known.sums) };
            self.adopt_last(base_offset, len, found, of_first_batch)?;
        } else {
            let created_ms = known.state.modified_ms;
            let times = SegmentTimes { newest: known.newest, of_first_batch: None, created_ms };
            let mut segment = Segment::sealed(base_offset, len, times);
            segment.has_transactions = !transactions.is_empty();
            self.segments.push_back(segment);
        }
        Ok(true)
    }

    /// A segment that was read to its end and has others behind it: its indexes are written anew.
    fn adopt_scanned(&mut self, base_offset: Offset, mut scan: SegmentScan) -> io::Result<()> {
        scan.indexes.finish();
        let stat = self.fs.stat(&self.path(base_offset))?;
        let times = SegmentTimes {
            newest: scan.indexes.newest(),
            of_first_batch: None,
            created_ms: stat.modified_ms,
        };
        let mut segment = Segment::sealed(base_offset, scan.position, times);
        segment.indexes = Some(scan.indexes);
        segment.has_transactions = !scan.transactions.is_empty();
        segment.transactions = Some(scan.transactions);
        segment.sums = Some(scan.sums);
        let (mut files, mut absent) = (Vec::new(), Vec::new());
        let indexes = segment.add_index_files(&self.request.dir, &mut files, &mut absent);
        let sums = segment.sums_to_write(sums_key(self.request), scan.next_offset, indexes);
        let snapshot = crate::producer_snapshot::encode(&self.replay.producers.to_snapshot());
        files.push((segment_path(&self.request.dir, scan.next_offset, "snapshot"), snapshot));
        self.names.snapshots.push(scan.next_offset);
        let dir = self.request.dir.clone();
        crate::roll::SealTask { dir, sums, files, absent }.run(self.fs)?;
        // Whoever reads it loads it: an open file and an index for each segment would be too many.
        segment.indexes = None;
        segment.sums = None;
        segment.transactions = None;
        self.segments.push_back(segment);
        Ok(())
    }

    /// The segment that is appended to. Whoever writes to it or reads it opens its file: thousands of idle logs shall
    /// not hold one each.
    fn adopt_last(
        &mut self,
        base_offset: Offset,
        bytes: u64,
        found: Found,
        of_first_batch: Option<i64>,
    ) -> io::Result<()> {
        let stat = self.fs.stat(&self.path(base_offset))?;
        let Found { indexes, transactions, sums } = found;
        // Of what somebody else has written the chain says nothing; it begins behind it.
        let sums = sums.unwrap_or_else(|| Sums::new(sums_key(self.request), base_offset, bytes));
        assert_eq!(sums.end().position, bytes, "the chain and its segment agree on the end");
        let times = SegmentTimes { newest: indexes.newest(), of_first_batch, created_ms: stat.modified_ms };
        let mut segment = Segment::sealed(base_offset, bytes, times);
        segment.indexes = Some(indexes);
        segment.transactions = Some(transactions);
        segment.readable_chain = sums.end().chain;
        segment.sums = Some(sums);
        segment.inode = stat.inode;
        segment.has_transactions = true;
        segment.appender = Some(Box::new(Appender::unread(bytes)));
        self.segments.push_back(segment);
        Ok(())
    }

    /// The largest timestamp of a segment's first batch.
    fn first_timestamp(&self, file: &File, bytes: u64) -> io::Result<Option<i64>> {
        if bytes == 0 {
            return Ok(None);
        }
        let header = Scanner::new(self.fs, file, bytes).header(0)?;
        Ok(header.ok().map(|(header, _): (BatchHeader, u64)| header.max_timestamp.get()))
    }

    /// Makes the only segment of an empty log.
    fn make_first(&mut self, base_offset: Offset) -> io::Result<()> {
        let path = self.path(base_offset);
        let file = self.fs.open(&path, OpenMode::DirectReadWrite)?;
        self.fs.sync(&file)?;
        self.fs.sync_dir(&self.request.dir)?;
        let inode = self.fs.stat(&path)?.inode;
        self.log_end_offset = base_offset;
        let key = sums_key(self.request);
        let mut segment = Segment::empty(base_offset, key, Appender::new(), self.request.now_ms);
        segment.inode = inode;
        self.segments.push_back(segment);
        Ok(())
    }

    /// Segments behind a hole are no part of the log any more.
    fn retire_from(&mut self, at: usize) -> io::Result<()> {
        let retired = self.names.segments.split_off(at);
        self.has_leftovers = true;
        retire_in_order(self.fs, &self.request.dir, retired.into_iter().rev())?;
        let needs_writer = self.segments.back().is_some_and(|segment| !segment.is_open());
        if needs_writer {
            self.reopen_last()?;
        }
        Ok(())
    }

    /// The last segment that is left becomes the one that is appended to.
    fn reopen_last(&mut self) -> io::Result<()> {
        let sealed = self.segments.pop_back().expect("just seen");
        let base_offset = sealed.base_offset;
        let file = self.fs.open(&self.path(base_offset), OpenMode::DirectReadWrite)?;
        let dir = &self.request.dir;
        let known = self.known_sums(base_offset)?;
        let (bytes, end) = (sealed.bytes, self.log_end_offset);
        let indexes = load_indexes(self.fs, dir, base_offset, bytes, known.as_ref())?;
        let indexes = match indexes.filter(|indexes| indexes.end_before(end)) {
            Some(indexes) => indexes,
            None => {
                let interval_bytes = self.request.config.index_interval_bytes;
                let sums = known.as_ref().map(|known| &known.sums);
                build_indexes(self.fs, &file, base_offset, bytes, interval_bytes, sums)?
            }
        };
        let transactions = load_transactions(self.fs, dir, base_offset, known.as_ref())?;
        let transactions = match transactions.filter(|transactions| transactions.end_before(end)) {
            Some(transactions) => transactions,
            None => rebuild_transactions(self.fs, dir, &file, base_offset, sealed.bytes)?,
        };
        let of_first_batch = self.first_timestamp(&file, sealed.bytes)?;
        let sums = known.map(|known| known.sums);
        self.adopt_last(base_offset, sealed.bytes, Found { indexes, transactions, sums }, of_first_batch)
    }

    /// A log whose end was lost beyond its start begins anew there, as in Kafka.
    fn restart_at(&mut self, log_start_offset: Offset) -> io::Result<()> {
        self.segments.clear();
        self.names_changed = true;
        self.retire_all()?;
        self.replay.producers = ProducerStates::new(producer_limits(&self.request.config));
        self.replay.epochs.clear();
        self.make_first(log_start_offset)
    }

    fn retire_all(&mut self) -> io::Result<()> {
        self.has_leftovers = true;
        let retired = std::mem::take(&mut self.names.segments);
        retire_in_order(self.fs, &self.request.dir, retired.into_iter().rev())
    }

    fn finish(mut self, is_clean: bool) -> Result<Recovered, OpenError> {
        if self.log_end_offset < self.request.log_start_offset {
            self.restart_at(self.request.log_start_offset)?;
        }
        let last_snapshot = self.remove_stray_snapshots()?;
        if self.request.sync == OpenSync::Each && (self.names_changed || !self.names_known_durable) {
            // A process that was killed, or somebody else, may have made the directory or a file in it, and not synced
            // the name: whatever is written in it from now on would go with it.
            self.fs.sync_dir(&self.request.dir)?;
            if let Some(above) = self.request.dir.parent() {
                self.fs.sync_dir(above)?;
            }
        }
        let first = self.segments.front().expect("recovery ends with a segment").base_offset;
        let log_start_offset = self.request.log_start_offset.max(first);
        self.replay.epochs.truncate_from_end(self.log_end_offset);
        self.replay.epochs.truncate_from_start(first);
        self.replay.producers.on_log_start(log_start_offset);
        let last = self.segments.back().expect("recovery ends with a segment");
        // What the file has behind the log's end is nobody's, and goes when it is written next.
        self.epochs_found.truncate_from_end(self.log_end_offset);
        let mut epochs_changed = self.replay.epochs != self.epochs_found;
        if epochs_changed && self.lacks_epochs_before(last.base_offset) {
            // Before the recovery point moves: the segments before it will not be asked for their epochs again. Those
            // of the last one will, and thousands of logs that are opened at once would wait for the disk.
            let path = self.request.dir.join(leader_epoch::FILE_NAME);
            self.fs.replace_whole(&path, self.replay.epochs.encode().as_bytes())?;
            epochs_changed = false;
        }
        Ok(Recovered {
            log_start_offset,
            log_end_offset: self.log_end_offset,
            recovery_point: last.base_offset,
            producers: self.replay.producers,
            epochs: self.replay.epochs,
            epochs_changed,
            last_batch: self.last_batch,
            damage: self.damage,
            scanned_bytes: self.scanned_bytes,
            is_made: true,
            is_clean: is_clean && !self.names_changed && !epochs_changed,
            has_leftovers: self.has_leftovers,
            last_snapshot,
            segments: self.segments,
        })
    }

    /// Whether the file of the epochs says something else of what lies before `base_offset` than the batches do.
    fn lacks_epochs_before(&self, base_offset: Offset) -> bool {
        let before = |epochs: &LeaderEpochs| {
            let mut epochs = epochs.clone();
            epochs.truncate_from_end(base_offset);
            epochs
        };
        before(&self.replay.epochs) != before(&self.epochs_found)
    }

    /// Removes the snapshots that are of no use, as Kafka does: each clean stop leaves one at its end, and only the newest
    /// counts. Those at the beginning of a segment stay, unless they speak of a state that was lost: the next recovery
    /// would believe it. Returns where the newest one is, if it is none of a segment's.
    fn remove_stray_snapshots(&mut self) -> io::Result<Option<Offset>> {
        let end = self.log_end_offset;
        let is_base =
            |at: Offset| self.segments.binary_search_by_key(&at, |segment| segment.base_offset).is_ok();
        let last_base = self.segments.back().map(|segment| segment.base_offset);
        let newest = self.names.snapshots.iter().copied().filter(|&at| at <= end).max();
        let newest = newest.filter(|&at| !is_base(at) && Some(at) > last_base);
        let is_stray = |at: Offset| at > end || (!is_base(at) && Some(at) != newest);
        let strays: Vec<Offset> = self.names.snapshots.iter().copied().filter(|&at| is_stray(at)).collect();
        for at in strays {
            self.names_changed = true;
            match self.fs.remove_file(&segment_path(&self.request.dir, at, "snapshot")) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                Ok(()) | Err(_) => {}
            }
        }
        Ok(newest)
    }
}

/// Refuses to go on where messages of a format that is not read stand at `position`.
fn refuse_old_format(scanner: &mut Scanner<'_>, segment: Offset, position: u64) -> Result<(), OpenError> {
    match scanner.old_format(position)? {
        Some(magic) => Err(OpenError::OldFormat { segment, position, magic }),
        None => Ok(()),
    }
}

//! The reading part of recovery: batch by batch, with everything that is derived from batches built on the way.

use crate::control::ControlBatch;
use crate::index::SegmentIndexes;
use crate::leader_epoch::LeaderEpochs;
use crate::producer_snapshot::{self, SnapshotEntry};
use crate::producer_state::{ProducerBatch, ProducerLimits, ProducerStates};
use crate::recovery_position::{BatchMark, RecoveryPosition};
use crate::scan::{NoBatch, Scanner, is_relative};
use crate::segment::{read_if_there, segment_path};
use crate::sums::{Sums, SumsKey};
use crate::transaction_index::{AbortedTransaction, TransactionIndex};
use loglane_model::{BatchHeader, Bug, File, FileSystem, Offset, PartitionId, TopicId, planted};
use std::io;
use std::path::Path;

/// A marker's batch is about 80 bytes; a control batch far larger than that is read no further than this.
const CONTROL_BYTES_MAX: u64 = 64 * 1024;

/// What the batches of a log say about producers and epochs.
pub(crate) struct Replay {
    pub(crate) producers: ProducerStates,
    pub(crate) epochs: LeaderEpochs,
    now_ms: i64,
}

impl Replay {
    pub(crate) fn new(producers: ProducerStates, now_ms: i64) -> Replay {
        Replay { producers, epochs: LeaderEpochs::new(), now_ms }
    }

    /// Notes one batch; `batch` holds its bytes where it is a control batch. Returns a row for the transaction
    /// index if a transaction was aborted.
    fn producer(&mut self, header: &BatchHeader, batch: Option<&[u8]>) -> Option<AbortedTransaction> {
        let producer = ProducerBatch::from_header(header)?;
        if planted(Bug::ForgetProducers) {
            return None;
        }
        let control = batch.and_then(|batch| ControlBatch::parse(batch).ok());
        match control {
            None if header.attributes().is_control() => None,
            None => {
                self.producers.append(&producer, header.base_offset(), self.now_ms);
                None
            }
            Some(ControlBatch::Empty | ControlBatch::Other(_)) => None,
            Some(ControlBatch::End(marker)) => {
                let offset = header.last_offset();
                let completed = self.producers.append_marker(&producer, marker, offset, self.now_ms)?;
                completed.is_aborted.then_some(AbortedTransaction {
                    producer_id: completed.producer_id,
                    first_offset: completed.first_offset,
                    last_offset: completed.last_offset,
                    last_stable_offset: completed.last_stable_offset,
                })
            }
        }
    }

    /// Notes the producers of the batches that begin in `from..to`, of a segment that was good before.
    pub(crate) fn producers_only(
        &mut self,
        fs: &dyn FileSystem,
        file: &File,
        base_offset: Offset,
        len: u64,
        from: Offset,
        to: Offset,
    ) -> io::Result<()> {
        let mut scanner = Scanner::new(fs, file, len);
        let (mut position, mut expected) = (0, base_offset);
        while let Ok((header, total)) = scanner.header(position)? {
            if header.base_offset() < expected || !is_relative(base_offset, header.last_offset()) {
                break;
            }
            if header.base_offset() >= to {
                break;
            }
            if header.base_offset() >= from {
                let batch = control_bytes(&mut scanner, position, &header, total)?;
                self.producer(&header, batch);
            }
            expected = header.last_offset().plus(1);
            position += total;
        }
        Ok(())
    }
}

/// Finds the aborted transactions of a sealed segment again: from the snapshot at its base and its batches.
pub(crate) fn rebuild_transactions(
    fs: &dyn FileSystem,
    dir: &Path,
    file: &File,
    base_offset: Offset,
    bytes: u64,
) -> io::Result<TransactionIndex> {
    let no_limits = ProducerLimits { expiration_ms: i64::MAX, count_max: usize::MAX };
    let producers = match read_snapshot(fs, dir, base_offset)? {
        Some(entries) => ProducerStates::from_snapshot(&entries, no_limits, 0),
        None if base_offset == Offset::ZERO => ProducerStates::new(no_limits),
        None => return Err(io::ErrorKind::InvalidData.into()),
    };
    // Nobody asks this scan for its chain, so it does not matter whose that is.
    let key = SumsKey { topic_id: TopicId::ZERO, partition: PartitionId(0) };
    let mut scan = SegmentScan::new(base_offset, key);
    let mut scanner = Scanner::new(fs, file, scan_limit(bytes));
    scan.run(&mut scanner, u64::MAX, &mut Replay::new(producers, 0))?;
    if scan.position < bytes {
        return Err(io::ErrorKind::InvalidData.into());
    }
    Ok(scan.transactions)
}

/// The producers as of `offset`, if there is a snapshot of them that makes sense.
pub(crate) fn read_snapshot(
    fs: &dyn FileSystem,
    dir: &Path,
    offset: Offset,
) -> io::Result<Option<Vec<SnapshotEntry>>> {
    let bytes = read_if_there(fs, &segment_path(dir, offset, "snapshot"))?;
    let entries = bytes.and_then(|bytes| producer_snapshot::decode(&bytes).ok());
    Ok(entries.filter(|entries| open_transactions_make_sense(entries, offset)))
}

/// Each open transaction begins at a record of its own below the snapshot's offset.
fn open_transactions_make_sense(entries: &[SnapshotEntry], offset: Offset) -> bool {
    let mut open: Vec<Offset> = entries.iter().filter_map(|entry| entry.open_transaction).collect();
    open.sort_unstable();
    open.windows(2).all(|pair| pair[0] < pair[1]) && open.last().is_none_or(|&last| last < offset)
}

/// The bytes of a control batch; `None` for others and for one that cannot be a marker.
fn control_bytes<'a>(
    scanner: &'a mut Scanner<'_>,
    position: u64,
    header: &BatchHeader,
    total: u64,
) -> io::Result<Option<&'a [u8]>> {
    if !header.attributes().is_control() || total > CONTROL_BYTES_MAX {
        return Ok(None);
    }
    let bytes = usize::try_from(total).expect("just bounded");
    scanner.bytes(position, bytes).map(Some)
}

/// How much of a file of so many bytes is read: positions have 31 bits, and nothing behind them was ever written as a
/// batch.
pub(crate) fn scan_limit(len: u64) -> u64 {
    len.min(i32::MAX as u64)
}

/// How the good batches of a segment end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ScanEnd {
    /// With the file, or with zeros.
    Clean,
    /// With something that is no good batch.
    Damage,
}

/// One segment, read up to `position`.
pub(crate) struct SegmentScan {
    pub(crate) base_offset: Offset,
    pub(crate) position: u64,
    pub(crate) next_offset: Offset,
    /// Each batch must begin where the one before it ended.
    pub(crate) demands_next_offset: bool,
    pub(crate) indexes: SegmentIndexes,
    pub(crate) sums: Sums,
    pub(crate) transactions: TransactionIndex,
    pub(crate) last_batch: Option<BatchMark>,
}

impl SegmentScan {
    pub(crate) fn new(base_offset: Offset, key: SumsKey) -> SegmentScan {
        SegmentScan {
            base_offset,
            position: 0,
            next_offset: base_offset,
            demands_next_offset: false,
            indexes: SegmentIndexes::new(base_offset),
            sums: Sums::new(key, base_offset, 0),
            transactions: TransactionIndex::new(),
            last_batch: None,
        }
    }

    /// Begins behind what a recovery position vouches for.
    pub(crate) fn resume(position: &RecoveryPosition) -> SegmentScan {
        SegmentScan {
            base_offset: position.segment,
            position: position.position,
            next_offset: position.end_offset,
            demands_next_offset: false,
            indexes: position.indexes.clone(),
            sums: position.sums.clone(),
            transactions: position.transactions.clone(),
            last_batch: Some(position.last_batch),
        }
    }

    /// Reads to the last good batch.
    pub(crate) fn run(
        &mut self,
        scanner: &mut Scanner<'_>,
        index_interval_bytes: u64,
        replay: &mut Replay,
    ) -> io::Result<ScanEnd> {
        loop {
            let (header, total) = match scanner.header(self.position)? {
                Ok(found) => found,
                Err(NoBatch::End) => return Ok(ScanEnd::Clean),
                Err(NoBatch::Bad) => return Ok(ScanEnd::Damage),
            };
            let base_offset = header.base_offset();
            let follows = base_offset == self.next_offset
                || (!self.demands_next_offset && base_offset > self.next_offset);
            if !follows
                || !is_relative(self.base_offset, header.last_offset())
                || !(planted(Bug::RecoverWithoutCrc)
                    || scanner.crc_is_right(self.position, &header, total)?)
            {
                return Ok(ScanEnd::Damage);
            }
            let batch = control_bytes(scanner, self.position, &header, total)?;
            if let Some(row) = replay.producer(&header, batch) {
                self.transactions.append(row);
            }
            replay.epochs.assign(header.leader_epoch(), base_offset);
            self.note(&header, total, index_interval_bytes);
        }
    }

    fn note(&mut self, header: &BatchHeader, total: u64, index_interval_bytes: u64) {
        let position = u32::try_from(self.position).expect("below the limit of 31 bits");
        let bytes = u32::try_from(total).expect("below the limit of 31 bits");
        let max_timestamp = header.max_timestamp.get();
        self.indexes.on_append(header.last_offset(), position, bytes, max_timestamp, index_interval_bytes);
        self.sums.on_append(header, total);
        self.last_batch =
            Some(BatchMark { position: self.position, epoch: header.leader_epoch(), crc: header.crc.get() });
        self.position += total;
        self.next_offset = header.last_offset().plus(1);
    }
}

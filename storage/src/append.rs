//! Appending: from a batch in a received frame to bytes in the active segment's open block.
//!
//! A leader's append validates, looks at the producer's state, assigns offsets, and copies once; the base offset and
//! the leader epoch are written into the copy. A follower's append keeps both and checks that they fit. When either
//! returns, the order is fixed: the batch is in the write queue, and it is flushed once
//! [`Log::flushed_end_offset`] has reached [`Appended::end_offset`].

use crate::appender::BatchEnd;
use crate::batch::{DamagedBatch, check_batch};
use crate::control::{BadMarker, ControlBatch, EndMarker};
use crate::log::Log;
use crate::producer_state::{
    CheckContext, ProducerBatch, ProducerRefusal, RememberedBatch, Verdict, Verification,
};
use crate::recompress::{RecompressError, recompress};
use crate::recovery_position::BatchMark;
use crate::roll::{Coming, must_roll, segment_bytes_max};
use crate::scan::is_relative;
use crate::transaction_index::AbortedTransaction;
use crate::validate::{
    AppendRefusal, AppendRules, BatchInfo, HeaderFix, InvalidBatch, Origin, apply_header_fix, check_size,
    too_large, validate_for_append,
};
use loglane_model::{BATCH_HEADER_BYTES, BatchHeader, BlockPool, LeaderEpoch, Offset, TimestampType};
use zerocopy::IntoBytes;

/// What one batch may decompress to while it is checked.
const DECOMPRESSED_BYTES_MAX: usize = 128 << 20;

/// What a leader's append needs beside the batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeaderAppend {
    /// Who appends.
    pub origin: Origin,
    /// The epoch of this leadership.
    pub epoch: LeaderEpoch,
    /// The wall clock.
    pub now_ms: i64,
    /// What the verification with the transaction coordinator said, where there was one.
    pub verification: Option<Verification>,
    /// Of a marker: the version of the transaction protocol (`WriteTxnMarkers` carries it); 0 or 1 before KIP-890.
    pub transaction_version: i16,
}

/// Where a batch stands in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Appended {
    /// Offset of its first record.
    pub base_offset: Offset,
    /// Offset of its last record.
    pub last_offset: Offset,
    /// The append is flushed once `flushed_end_offset` is here.
    pub end_offset: Offset,
    /// The time of the append where the topic's timestamps are the broker's (`log_append_time` of the response);
    /// −1 otherwise.
    pub append_time_ms: i64,
    /// It had been appended before; nothing was appended now.
    pub duplicate: bool,
}

/// Why a batch was not appended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AppendError {
    /// It breaks a rule; the variant says which protocol error that is.
    Refused(AppendRefusal),
    /// Its producer may not append it.
    Producer(ProducerRefusal),
    /// A control batch without a readable marker.
    BadMarker(BadMarker),
    /// A replicated batch does not fit behind the log's end.
    Replicated(ReplicatedRefusal),
    /// The log is closing, or being cut back: try again later, or elsewhere.
    Busy,
    /// The log is offline (`KAFKA_STORAGE_ERROR`).
    Offline,
}

/// Why a replicated batch does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReplicatedRefusal {
    /// It is not what the leader wrote.
    Damaged(DamagedBatch),
    /// There is more or less than one batch.
    NotOneBatch,
    /// It begins before the log's end.
    BeforeEnd {
        /// Where it begins.
        base_offset: Offset,
        /// Where the log ends.
        log_end_offset: Offset,
    },
    /// It is larger than a segment can be, or spans more offsets.
    TooLarge,
    /// Its leader epoch is older than one in the log.
    StaleEpoch {
        /// The batch's.
        epoch: LeaderEpoch,
        /// The newest in the log.
        latest: LeaderEpoch,
    },
}

impl Log {
    /// Appends one client batch as leader of `epoch`. `batch` is one batch, in a received frame; of what stands behind it
    /// nothing is appended (see [`validate_for_append`]).
    ///
    /// # Errors
    /// Nothing was changed; see [`AppendError`].
    pub fn append_leader(
        &mut self,
        batch: &[u8],
        origin: Origin,
        epoch: LeaderEpoch,
        now_ms: i64,
        pool: &mut BlockPool,
    ) -> Result<Appended, AppendError> {
        let append = LeaderAppend { origin, epoch, now_ms, verification: None, transaction_version: 0 };
        self.append_as_leader(batch, &append, pool)
    }

    /// As [`Log::append_leader`], with all that transactions need.
    ///
    /// # Errors
    /// Nothing was changed; see [`AppendError`].
    pub fn append_as_leader(
        &mut self,
        batch: &[u8],
        append: &LeaderAppend,
        pool: &mut BlockPool,
    ) -> Result<Appended, AppendError> {
        self.check_open()?;
        let rules = self.append_rules();
        let info =
            validate_for_append(batch, &rules, append.origin, append.now_ms).map_err(AppendError::Refused)?;
        self.append_validated(&info, append, pool)
    }

    fn append_validated(
        &mut self,
        info: &BatchInfo<'_>,
        append: &LeaderAppend,
        pool: &mut BlockPool,
    ) -> Result<Appended, AppendError> {
        let batch = info.bytes;
        let producer = ProducerBatch::from_info(info);
        let marker = if info.is_control { read_marker(batch)? } else { None };
        if let Some(producer) = &producer {
            match self.check_producer(producer, marker, append)? {
                Verdict::Append => {}
                Verdict::Duplicate(original) => return Ok(self.appended_before(&original)),
            }
        }
        let recompressed = self.recompressed(info).map_err(AppendError::Refused)?;
        let batch = recompressed.as_deref().unwrap_or(batch);
        let base_offset = self.log_end_offset;
        let last_offset = base_offset.plus(i64::from(info.last_offset_delta));
        let (bytes, max_timestamp) = (batch.len(), info.max_timestamp);
        let coming = Coming { base_offset, last_offset, bytes, max_timestamp };
        self.make_room(&coming, append.now_ms);
        self.note_epoch(append.epoch, base_offset);
        self.copy_leader_batch(batch, info, append.epoch, &coming, pool);
        self.note_producer(producer.as_ref(), marker, &coming, append.now_ms);
        Ok(Appended {
            base_offset,
            last_offset,
            end_offset: self.log_end_offset,
            append_time_ms: self.append_time_ms(append.now_ms),
            duplicate: false,
        })
    }

    /// The batch with the topic's codec, where that is not the one it has. What it comes to is measured again: it may
    /// have become too large.
    fn recompressed(&self, info: &BatchInfo<'_>) -> Result<Option<Vec<u8>>, AppendRefusal> {
        let Some(target) = self.config.compression.filter(|target| *target != info.compression) else {
            return Ok(None);
        };
        if info.is_control {
            return Ok(None);
        }
        let (level, rules) = (self.config.compression_level, self.append_rules());
        let bytes_max = rules.message_bytes_max;
        let batch = recompress(info.bytes, target, level, DECOMPRESSED_BYTES_MAX, bytes_max)
            .map_err(|error| refused_recompression(error, &rules))?;
        check_size(batch.len(), &rules)?;
        Ok(Some(batch))
    }

    /// Copies the batch once, with its place written into the copy. Only where the header changes under the CRC is
    /// the batch put together beside it first.
    fn copy_leader_batch(
        &mut self,
        batch: &[u8],
        info: &BatchInfo<'_>,
        epoch: LeaderEpoch,
        coming: &Coming,
        pool: &mut BlockPool,
    ) {
        let mut scratch = std::mem::take(&mut self.scratch);
        let batch = if info.header_fix == HeaderFix::None {
            batch
        } else {
            scratch.clear();
            scratch.extend_from_slice(batch);
            apply_header_fix(&mut scratch, info);
            &scratch
        };
        let mut header = *BatchHeader::peek(batch).expect("a validated batch has a header");
        header.base_offset = coming.base_offset.0.into();
        header.leader_epoch = epoch.0.into();
        self.copy_in(header.as_bytes(), &batch[BATCH_HEADER_BYTES..], coming, pool);
        self.scratch = scratch;
    }

    /// Appends one batch that a leader appended before: offsets and epoch are kept, and must fit.
    ///
    /// # Errors
    /// Nothing was changed; see [`AppendError::Replicated`].
    pub fn append_replicated(
        &mut self,
        batch: &[u8],
        now_ms: i64,
        pool: &mut BlockPool,
    ) -> Result<Appended, AppendError> {
        self.check_open()?;
        let header = *self.check_replicated(batch).map_err(AppendError::Replicated)?;
        let marker = if header.attributes().is_control() { read_marker(batch)? } else { None };
        let coming = Coming {
            base_offset: header.base_offset(),
            last_offset: header.last_offset(),
            bytes: batch.len(),
            max_timestamp: header.max_timestamp.get(),
        };
        self.make_room(&coming, now_ms);
        self.note_epoch(header.leader_epoch(), coming.base_offset);
        let (head, rest) = batch.split_at(BATCH_HEADER_BYTES);
        self.copy_in(head, rest, &coming, pool);
        self.note_producer(ProducerBatch::from_header(&header).as_ref(), marker, &coming, now_ms);
        Ok(Appended {
            base_offset: coming.base_offset,
            last_offset: coming.last_offset,
            end_offset: self.log_end_offset,
            append_time_ms: -1,
            duplicate: false,
        })
    }

    fn check_replicated<'a>(&self, batch: &'a [u8]) -> Result<&'a BatchHeader, ReplicatedRefusal> {
        let header = check_batch(batch).map_err(ReplicatedRefusal::Damaged)?;
        if header.total_bytes() != Some(batch.len()) {
            return Err(ReplicatedRefusal::NotOneBatch);
        }
        let (base_offset, log_end_offset) = (header.base_offset(), self.log_end_offset);
        if base_offset < log_end_offset {
            return Err(ReplicatedRefusal::BeforeEnd { base_offset, log_end_offset });
        }
        if batch.len() as u64 > i32::MAX as u64 || !is_relative(base_offset, header.last_offset()) {
            return Err(ReplicatedRefusal::TooLarge);
        }
        let epoch = header.leader_epoch();
        match self.epochs.latest() {
            Some(latest) if epoch.0 >= 0 && epoch < latest.epoch => {
                Err(ReplicatedRefusal::StaleEpoch { epoch, latest: latest.epoch })
            }
            Some(_) | None => Ok(header),
        }
    }

    fn check_open(&self) -> Result<(), AppendError> {
        if self.fault.is_some() {
            return Err(AppendError::Offline);
        }
        if self.is_busy() { Err(AppendError::Busy) } else { Ok(()) }
    }

    fn append_rules(&self) -> AppendRules {
        let config = &self.config;
        AppendRules {
            message_bytes_max: config.max_message_bytes,
            segment_bytes_max: usize::try_from(segment_bytes_max(config)).unwrap_or(usize::MAX),
            is_compacted: config.cleanup_compact,
            timestamp_type: config.timestamp_type,
            timestamp_before_ms_max: config.timestamp_before_max_ms,
            timestamp_after_ms_max: config.timestamp_after_max_ms,
            validate_compressed: config.validate_compressed,
            decompressed_bytes_max: DECOMPRESSED_BYTES_MAX,
        }
    }

    fn append_time_ms(&self, now_ms: i64) -> i64 {
        match self.config.timestamp_type {
            TimestampType::CreateTime => -1,
            TimestampType::LogAppendTime => now_ms,
        }
    }

    fn check_producer(
        &self,
        producer: &ProducerBatch,
        marker: Option<EndMarker>,
        append: &LeaderAppend,
    ) -> Result<Verdict, AppendError> {
        if let Some(marker) = marker {
            let (id, epoch) = (producer.producer_id, producer.producer_epoch);
            self.producers
                .check_marker(id, epoch, marker.coordinator_epoch, append.transaction_version)
                .map_err(AppendError::Producer)?;
            return Ok(Verdict::Append);
        }
        let context = CheckContext {
            origin: append.origin,
            log_end_offset: self.log_end_offset,
            verification: append.verification,
        };
        self.producers.check(producer, &context).map_err(AppendError::Producer)
    }

    fn appended_before(&self, original: &RememberedBatch) -> Appended {
        Appended {
            base_offset: original.base_offset(),
            last_offset: original.last_offset,
            end_offset: original.last_offset.plus(1),
            append_time_ms: self.append_time_ms(original.timestamp),
            duplicate: true,
        }
    }

    /// Begins a new segment if the active one must not take the batch.
    fn make_room(&mut self, coming: &Coming, now_ms: i64) {
        if must_roll(self.active(), &self.config, self.topic_id, coming, now_ms) {
            self.begin_segment(coming.base_offset, now_ms);
        }
    }

    fn copy_in(&mut self, head: &[u8], rest: &[u8], coming: &Coming, pool: &mut BlockPool) {
        let interval_bytes = self.config.index_interval_bytes;
        let header = BatchHeader::peek(head).expect("the head of a batch is its header");
        let segment = self.active_mut();
        let chain = segment.on_append(header, coming, interval_bytes);
        let end_offset = coming.last_offset.plus(1);
        let end = BatchEnd { position: segment.bytes, end_offset, chain, newest: segment.times.newest };
        let appender = segment.appender.as_mut().expect("the last segment is open");
        appender.append(head, rest, end, pool);
        let (epoch, crc) = (header.leader_epoch(), header.crc.get());
        let position = segment.bytes - coming.bytes as u64;
        self.last_batch = Some(BatchMark { position, epoch, crc });
        self.bytes_since_position += coming.bytes as u64;
        self.log_end_offset = end_offset;
    }

    fn note_producer(
        &mut self,
        producer: Option<&ProducerBatch>,
        marker: Option<EndMarker>,
        coming: &Coming,
        now_ms: i64,
    ) {
        let Some(producer) = producer else { return };
        let Some(marker) = marker else {
            self.producers.append(producer, coming.base_offset, now_ms);
            return;
        };
        let completed = self.producers.append_marker(producer, marker, coming.base_offset, now_ms);
        if let Some(completed) = completed.filter(|completed| completed.is_aborted) {
            let transactions = self.active_mut().transactions.as_mut();
            transactions.expect("an open segment has its transactions in memory").append(
                AbortedTransaction {
                    producer_id: completed.producer_id,
                    first_offset: completed.first_offset,
                    last_offset: completed.last_offset,
                    last_stable_offset: completed.last_stable_offset,
                },
            );
        }
    }
}

fn refused_recompression(error: RecompressError, rules: &AppendRules) -> AppendRefusal {
    AppendRefusal::InvalidRecord(match error {
        // How large it would have become, nobody has waited to see.
        RecompressError::TooLarge => return too_large(rules.message_bytes_max.saturating_add(1), rules),
        RecompressError::OffsetDeltas => InvalidBatch::OffsetDeltas,
        RecompressError::Decompress(error) => InvalidBatch::Decompress(error),
        RecompressError::Record(bad) => InvalidBatch::Record(bad),
        RecompressError::Header | RecompressError::Compress(_) => InvalidBatch::Compression,
    })
}

/// The marker in a control batch; `None` for control batches of other kinds.
pub(crate) fn read_marker(batch: &[u8]) -> Result<Option<EndMarker>, AppendError> {
    match ControlBatch::parse(batch) {
        Ok(ControlBatch::End(marker)) => Ok(Some(marker)),
        Ok(ControlBatch::Empty | ControlBatch::Other(_)) => Ok(None),
        Err(bad) => Err(AppendError::BadMarker(bad)),
    }
}

//! What a leader demands of a batch before it appends it.
//!
//! The rules are those of Kafka's `ProduceRequest.validateRecords`, `UnifiedLog.analyzeAndValidateRecords` and
//! `LogValidator`. The common case, an uncompressed batch that is in order, costs one pass of the CRC and one walk
//! over the records, and allocates nothing.

use crate::batch::MAGIC;
use crate::batch_builder::refresh_crc;
use crate::crc::crc32c;
use crate::record::{BadRecord, Records, read_record};
use crate::record_stream::{BadStream, RecordHead, walk_compressed};
pub use crate::refusal::{
    AppendRefusal, CorruptBatch, InvalidBatch, RECORD_ERRORS_MAX, RecordError, RecordErrors, RecordFault,
};
use loglane_model::{
    Attributes, BATCH_HEADER_BYTES, BATCH_OVERHEAD_BYTES, BatchHeader, Bug, Compression, LeaderEpoch, Offset,
    ProducerId, TimestampType, planted,
};

/// Who wants to append.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// A client's produce request of this version.
    Client {
        /// Version of the Produce request; below 7 nobody may send zstd.
        produce_version: i16,
    },
    /// A coordinator of this broker: markers, group offsets, transaction states.
    Coordinator,
    /// The leader of the metadata quorum.
    Quorum,
}

/// What the topic asks of its batches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AppendRules {
    /// `max.message.bytes`: largest batch, compressed, header included.
    pub message_bytes_max: usize,
    /// `segment.bytes`: no batch may be larger than a segment.
    pub segment_bytes_max: usize,
    /// `cleanup.policy` contains `compact`: every record needs a key.
    pub is_compacted: bool,
    /// `message.timestamp.type`.
    pub timestamp_type: TimestampType,
    /// `message.timestamp.before.max.ms`: how far a record's time may lie in the past.
    pub timestamp_before_ms_max: i64,
    /// `message.timestamp.after.max.ms`: how far a record's time may lie in the future.
    pub timestamp_after_ms_max: i64,
    /// Decompress every compressed batch to check its records, as Kafka does. Compacted topics always do.
    pub validate_compressed: bool,
    /// Most bytes that one batch may decompress to while it is checked.
    pub decompressed_bytes_max: usize,
}

/// What is known of a batch that may be appended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchInfo<'a> {
    /// The batch itself: what was sent behind it is no part of it, and must not reach the log.
    pub bytes: &'a [u8],
    /// Number of records; at least 1 from a client.
    pub record_count: i32,
    /// Offset of the last record less that of the first.
    pub last_offset_delta: i32,
    /// Largest timestamp, in ms: of the records where they were walked, else as the header has it. With
    /// `LogAppendTime` it is the time of the append.
    pub max_timestamp: i64,
    /// Offset delta of the first record that has `max_timestamp`; `None` where the records were not walked.
    pub offset_delta_of_max_timestamp: Option<i32>,
    /// What must be written into the header before the append, and the CRC again with it.
    pub header_fix: HeaderFix,
    /// Codec of the records.
    pub compression: Compression,
    /// [`ProducerId::NONE`] if the producer is not idempotent.
    pub producer_id: ProducerId,
    /// −1 if the producer is not idempotent.
    pub producer_epoch: i16,
    /// −1 if the batch is not numbered.
    pub base_sequence: i32,
    /// Part of a transaction.
    pub is_transactional: bool,
    /// A marker, not data.
    pub is_control: bool,
}

/// How the header must change before the append; see [`apply_header_fix`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeaderFix {
    /// Not at all: only the fields outside the CRC are patched.
    None,
    /// Create time: bit 3 is cleared and the maximum becomes [`BatchInfo::max_timestamp`].
    MaxTimestamp,
    /// Log append time: bit 3 is set and the maximum becomes [`BatchInfo::max_timestamp`].
    AppendTime,
}

/// Decides whether the one batch in `bytes` may be appended now.
///
/// `now_ms` is the wall clock. Nothing is changed: the caller copies the first [`BatchInfo::bytes`] and gives its
/// copy to [`apply_header_fix`] and [`patch_leader_fields`]. Where Kafka 4.3 answers `UNKNOWN_SERVER_ERROR`
/// (an undefined codec, records that cannot be decompressed), this is `INVALID_RECORD`; where it stores an
/// uncompressed batch whose offset deltas are wrong, this refuses it.
pub fn validate_for_append<'a>(
    bytes: &'a [u8],
    rules: &AppendRules,
    origin: Origin,
    now_ms: i64,
) -> Result<BatchInfo<'a>, AppendRefusal> {
    let (header, batch) = frame_one_batch(bytes)?;
    let compression = check_header(header, batch, rules, origin)?;
    let attributes = header.attributes();
    let mut info = BatchInfo {
        bytes: batch,
        record_count: header.record_count.get(),
        last_offset_delta: header.last_offset_delta.get(),
        max_timestamp: header.max_timestamp.get(),
        offset_delta_of_max_timestamp: None,
        header_fix: HeaderFix::None,
        compression,
        producer_id: header.producer_id(),
        producer_epoch: header.producer_epoch.get(),
        base_sequence: header.base_sequence.get(),
        is_transactional: attributes.is_transactional(),
        is_control: attributes.is_control(),
    };
    let mut walk = Walk::new(header, rules, now_ms);
    let area = &batch[BATCH_HEADER_BYTES..];
    if compression == Compression::None {
        walk_plain(area, info.record_count, &mut walk)
            .map_err(|bad| AppendRefusal::InvalidRecord(InvalidBatch::Record(bad)))?;
    } else if walk.needs_records() {
        walk_compressed(compression, area, info.record_count, rules.decompressed_bytes_max, &mut |head| {
            walk.visit(head);
        })
        .map_err(refuse_stream)?;
    }
    walk.finish(&mut info)?;
    if batch.len() > rules.segment_bytes_max {
        return Err(AppendRefusal::LargerThanSegment {
            bytes: batch.len(),
            bytes_max: rules.segment_bytes_max,
        });
    }
    Ok(info)
}

/// Whether a batch of so many bytes may be stored: asked again of one that was built anew.
pub fn check_size(bytes: usize, rules: &AppendRules) -> Result<(), AppendRefusal> {
    if bytes > rules.message_bytes_max {
        return Err(too_large(bytes, rules));
    }
    if bytes > rules.segment_bytes_max {
        return Err(AppendRefusal::LargerThanSegment { bytes, bytes_max: rules.segment_bytes_max });
    }
    Ok(())
}

pub(crate) fn too_large(bytes: usize, rules: &AppendRules) -> AppendRefusal {
    AppendRefusal::MessageTooLarge { bytes, bytes_max: rules.message_bytes_max }
}

/// Writes what [`BatchInfo::header_fix`] asks for, and the CRC that goes with it.
pub fn apply_header_fix(batch: &mut [u8], info: &BatchInfo<'_>) {
    match info.header_fix {
        HeaderFix::None => {}
        HeaderFix::MaxTimestamp => stamp(batch, TimestampType::CreateTime, info.max_timestamp),
        HeaderFix::AppendTime => stamp(batch, TimestampType::LogAppendTime, info.max_timestamp),
    }
}

/// Gives a whole batch the time of its append: sets bit 3 and the maximum timestamp, and computes the CRC again.
/// The records keep their deltas; readers use the maximum for all of them.
pub fn stamp_append_time(batch: &mut [u8], now_ms: i64) {
    stamp(batch, TimestampType::LogAppendTime, now_ms);
}

fn stamp(batch: &mut [u8], timestamp_type: TimestampType, max_timestamp: i64) {
    let header = BatchHeader::peek_mut(batch).expect("a whole batch");
    let others = header.attributes.get() & !Attributes::LOG_APPEND_TIME;
    let bit = match timestamp_type {
        TimestampType::CreateTime => 0,
        TimestampType::LogAppendTime => Attributes::LOG_APPEND_TIME,
    };
    header.attributes = (others | bit).into();
    header.max_timestamp = max_timestamp.into();
    refresh_crc(batch);
}

/// Gives a batch its place in the log. Both fields lie outside the CRC.
pub fn patch_leader_fields(batch: &mut [u8], base_offset: Offset, leader_epoch: LeaderEpoch) {
    let header = BatchHeader::peek_mut(batch).expect("a whole batch");
    header.base_offset = base_offset.0.into();
    header.leader_epoch = leader_epoch.0.into();
}

/// The first batch of `bytes`, which must be the only whole one. An incomplete one behind it is ignored, and dropped, as
/// Kafka does: fewer bytes than a length field ends in, or ones that promise more than there is. Bytes that cannot begin
/// a batch are not.
fn frame_one_batch(bytes: &[u8]) -> Result<(&BatchHeader, &[u8]), AppendRefusal> {
    const NOT_ONE: AppendRefusal = AppendRefusal::InvalidRecord(InvalidBatch::NotOneBatch);
    let (batch, rest) = split_whole_batch(bytes).map_err(AppendRefusal::Corrupt)?.ok_or(NOT_ONE)?;
    let magic = batch[MAGIC_AT];
    if magic != MAGIC {
        return Err(AppendRefusal::InvalidRecord(InvalidBatch::Magic(magic)));
    }
    if split_whole_batch(rest).map_err(AppendRefusal::Corrupt)?.is_some() {
        return Err(NOT_ONE);
    }
    let too_short = || CorruptBatch::Length(i32::try_from(batch.len()).unwrap_or(i32::MAX) - 12);
    let header = BatchHeader::peek(batch).ok_or_else(|| AppendRefusal::Corrupt(too_short()))?;
    Ok((header, batch))
}

/// Where the magic stands, in every format there ever was.
const MAGIC_AT: usize = 16;

/// A batch and what stands behind it.
type BatchAndRest<'a> = (&'a [u8], &'a [u8]);

/// Splits off one batch of any format; `None` if the bytes end before it does.
fn split_whole_batch(bytes: &[u8]) -> Result<Option<BatchAndRest<'_>>, CorruptBatch> {
    /// The smallest length of the oldest format.
    const LENGTH_MIN: i32 = 14;
    let Some(start) = bytes.first_chunk::<BATCH_OVERHEAD_BYTES>() else {
        return Ok(None);
    };
    let length = i32::from_be_bytes([start[8], start[9], start[10], start[11]]);
    if length < LENGTH_MIN {
        return Err(CorruptBatch::Length(length));
    }
    let Some(&magic) = bytes.get(MAGIC_AT) else {
        return Ok(None);
    };
    if magic > MAGIC {
        return Err(CorruptBatch::Magic(magic));
    }
    let total = usize::try_from(length).ok().and_then(|length| length.checked_add(BATCH_OVERHEAD_BYTES));
    Ok(total.and_then(|total| bytes.split_at_checked(total)))
}

fn check_header(
    header: &BatchHeader,
    batch: &[u8],
    rules: &AppendRules,
    origin: Origin,
) -> Result<Compression, AppendRefusal> {
    let invalid = |why| Err(AppendRefusal::InvalidRecord(why));
    let attributes = header.attributes();
    let Some(compression) = attributes.compression() else {
        return invalid(InvalidBatch::Compression);
    };
    let base_offset = header.base_offset.get();
    if let Origin::Client { produce_version } = origin {
        if compression == Compression::Zstd && produce_version < 7 {
            return Err(AppendRefusal::UnsupportedCompression);
        }
        if base_offset != 0 {
            return invalid(InvalidBatch::BaseOffset(base_offset));
        }
    }
    if batch.len() > rules.message_bytes_max {
        return Err(too_large(batch.len(), rules));
    }
    if crc32c(&batch[BatchHeader::CRC_FROM..]) != header.crc.get() && !planted(Bug::AppendWithoutCrc) {
        return Err(AppendRefusal::Corrupt(CorruptBatch::Crc));
    }
    let record_count = header.record_count.get();
    if record_count <= 0 || i64::from(header.last_offset_delta.get()) + 1 != i64::from(record_count) {
        return invalid(InvalidBatch::Counts);
    }
    if let Origin::Client { .. } = origin {
        if attributes.is_control() {
            return invalid(InvalidBatch::ControlBatch);
        }
        let base_sequence = header.base_sequence.get();
        if header.producer_id() > ProducerId::NONE && base_sequence < 0 {
            return invalid(InvalidBatch::Sequence(base_sequence));
        }
    }
    Ok(compression)
}

fn refuse_stream(bad: BadStream) -> AppendRefusal {
    AppendRefusal::InvalidRecord(match bad {
        BadStream::Record(bad) => InvalidBatch::Record(bad),
        BadStream::Decompress(bad) => InvalidBatch::Decompress(bad),
        BadStream::Copy(_) => unreachable!("nothing is copied"),
    })
}

fn walk_plain(area: &[u8], count: i32, walk: &mut Walk<'_>) -> Result<(), BadRecord> {
    let summary = Summary::of(area, count, walk.base_timestamp)?;
    if walk.accepts(&summary) {
        return Ok(());
    }
    // Something is wrong: again, record by record, to name those at fault.
    for record in Records::new(area, count) {
        let record = record?;
        walk.visit(RecordHead {
            offset_delta: record.offset_delta,
            timestamp_delta: record.timestamp_delta,
            has_key: record.key.is_some(),
        });
    }
    Ok(())
}

/// What one quick pass over sound records shows: enough to see that all is well, as it nearly always is.
struct Summary {
    record_count: i32,
    offsets_in_order: bool,
    all_have_keys: bool,
    /// Of the records that have one; `i64::MAX` if none has.
    min_timestamp: i64,
    max_timestamp: i64,
    index_of_max: i32,
}

impl Summary {
    fn of(mut area: &[u8], count: i32, base_timestamp: i64) -> Result<Summary, BadRecord> {
        let mut summary = Summary {
            record_count: count,
            offsets_in_order: true,
            all_have_keys: true,
            min_timestamp: i64::MAX,
            max_timestamp: NO_TIMESTAMP,
            index_of_max: 0,
        };
        for index in 0..count {
            let record = read_record(&mut area)?;
            let timestamp = base_timestamp.wrapping_add(record.timestamp_delta);
            summary.offsets_in_order &= record.offset_delta == index;
            summary.all_have_keys &= record.key.is_some();
            // A record without a timestamp says nothing of how old the others are.
            let counts = if timestamp == NO_TIMESTAMP { i64::MAX } else { timestamp };
            summary.min_timestamp = summary.min_timestamp.min(counts);
            if timestamp > summary.max_timestamp {
                summary.max_timestamp = timestamp;
                summary.index_of_max = index;
            }
        }
        if area.is_empty() { Ok(summary) } else { Err(BadRecord::BytesLeft) }
    }
}

/// "No timestamp"; lower ones do not count either.
const NO_TIMESTAMP: i64 = -1;

/// What the walk over the records finds out.
struct Walk<'a> {
    rules: &'a AppendRules,
    header: &'a BatchHeader,
    now_ms: i64,
    base_timestamp: i64,
    header_type: TimestampType,
    index: i32,
    max_timestamp: i64,
    index_of_max: i32,
    offsets_in_order: bool,
    any_timestamp_fault: bool,
    errors: RecordErrors,
}

impl<'a> Walk<'a> {
    fn new(header: &'a BatchHeader, rules: &'a AppendRules, now_ms: i64) -> Walk<'a> {
        Walk {
            rules,
            header,
            now_ms,
            base_timestamp: header.base_timestamp.get(),
            header_type: header.attributes().timestamp_type(),
            index: 0,
            max_timestamp: NO_TIMESTAMP,
            index_of_max: 0,
            offsets_in_order: true,
            any_timestamp_fault: false,
            errors: RecordErrors::default(),
        }
    }

    /// Whether the header alone cannot settle a compressed batch.
    fn needs_records(&self) -> bool {
        let rules = self.rules;
        let by_topic = rules.is_compacted || rules.validate_compressed;
        let window_has_a_past =
            rules.timestamp_type == TimestampType::CreateTime && rules.timestamp_before_ms_max != i64::MAX;
        by_topic || window_has_a_past || self.timestamp_fault(self.header.max_timestamp.get()).is_some()
    }

    /// Takes over what a quick pass found, if no record can be at fault.
    fn accepts(&mut self, summary: &Summary) -> bool {
        let rules = self.rules;
        let none_has_one = summary.max_timestamp == NO_TIMESTAMP && summary.min_timestamp == i64::MAX;
        let is_fine = self.header_type == TimestampType::CreateTime
            && (summary.all_have_keys || !rules.is_compacted)
            && (none_has_one || self.timestamp_fault(summary.min_timestamp).is_none())
            && self.timestamp_fault(summary.max_timestamp).is_none();
        if is_fine {
            self.index = summary.record_count;
            self.offsets_in_order = summary.offsets_in_order;
            self.max_timestamp = summary.max_timestamp;
            self.index_of_max = summary.index_of_max;
        }
        is_fine
    }

    fn visit(&mut self, head: RecordHead) {
        self.offsets_in_order &= head.offset_delta == self.index;
        let timestamp = match self.header_type {
            TimestampType::CreateTime => self.base_timestamp.wrapping_add(head.timestamp_delta),
            TimestampType::LogAppendTime => self.header.max_timestamp.get(),
        };
        if self.rules.is_compacted && !head.has_key {
            self.fault(RecordFault::MissingKey);
        } else if let Some(fault) = self.timestamp_fault(timestamp) {
            self.any_timestamp_fault = true;
            self.fault(fault);
        }
        if timestamp > self.max_timestamp {
            self.max_timestamp = timestamp;
            self.index_of_max = self.index;
        }
        self.index += 1;
    }

    fn timestamp_fault(&self, timestamp: i64) -> Option<RecordFault> {
        if self.rules.timestamp_type == TimestampType::CreateTime && timestamp != NO_TIMESTAMP {
            // A difference that overflows is beyond every limit.
            let is_inside = self.now_ms.checked_sub(timestamp).is_some_and(|age| {
                age <= self.rules.timestamp_before_ms_max
                    && age.saturating_neg() <= self.rules.timestamp_after_ms_max
            });
            return (!is_inside).then_some(RecordFault::Timestamp(timestamp));
        }
        (self.header_type == TimestampType::LogAppendTime).then_some(RecordFault::TimestampType)
    }

    #[cold]
    fn fault(&mut self, fault: RecordFault) {
        self.errors.count += 1;
        if self.errors.records.len() < RECORD_ERRORS_MAX {
            self.errors.records.push(RecordError { index: self.index, fault });
        }
    }

    /// Puts what was found into `info`, or refuses the batch.
    fn finish(self, info: &mut BatchInfo<'_>) -> Result<(), AppendRefusal> {
        if !self.offsets_in_order {
            return Err(AppendRefusal::InvalidRecord(InvalidBatch::OffsetDeltas));
        }
        if self.errors.count > 0 {
            return Err(if self.any_timestamp_fault {
                AppendRefusal::InvalidTimestamps(self.errors)
            } else {
                AppendRefusal::MissingKeys(self.errors)
            });
        }
        let was_walked = self.index > 0;
        if was_walked {
            info.offset_delta_of_max_timestamp = Some(self.index_of_max);
        }
        match self.rules.timestamp_type {
            TimestampType::LogAppendTime => {
                info.max_timestamp = self.now_ms;
                info.offset_delta_of_max_timestamp = Some(0);
                info.header_fix = HeaderFix::AppendTime;
            }
            TimestampType::CreateTime => {
                if was_walked {
                    info.max_timestamp = self.max_timestamp;
                }
                let is_right = self.header_type == TimestampType::CreateTime
                    && info.max_timestamp == self.header.max_timestamp.get();
                info.header_fix = if is_right { HeaderFix::None } else { HeaderFix::MaxTimestamp };
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;

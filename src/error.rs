//! What went wrong in a log, in the protocol's words: code, sentence, records at fault. The one place that maps.

use loglane_net::ErrorCode;
use loglane_net::produce::RecordError;
use loglane_storage::compression::DecompressError;
use loglane_storage::producer_state::ProducerRefusal;
use loglane_storage::validate::{AppendRefusal, CorruptBatch, InvalidBatch, RecordFault};
use loglane_storage::{AppendError, ReadError};

/// The code for a batch that was not appended.
pub(crate) fn error_of_append(error: &AppendError) -> ErrorCode {
    match error {
        AppendError::Refused(refusal) => match refusal {
            AppendRefusal::Corrupt(_) => ErrorCode::CorruptMessage,
            // A code that lets clients cut the batch in two; they would send a corrupt one again as it is.
            AppendRefusal::InvalidRecord(InvalidBatch::Decompress(DecompressError::TooLarge { .. })) => {
                ErrorCode::MessageTooLarge
            }
            AppendRefusal::InvalidRecord(InvalidBatch::Decompress(DecompressError::Corrupt)) => {
                ErrorCode::CorruptMessage
            }
            AppendRefusal::InvalidRecord(_) | AppendRefusal::MissingKeys(_) => ErrorCode::InvalidRecord,
            AppendRefusal::InvalidTimestamps(_) => ErrorCode::InvalidTimestamp,
            AppendRefusal::UnsupportedCompression => ErrorCode::UnsupportedCompressionType,
            AppendRefusal::MessageTooLarge { .. } => ErrorCode::MessageTooLarge,
            AppendRefusal::LargerThanSegment { .. } => ErrorCode::RecordListTooLarge,
        },
        AppendError::Producer(refusal) => match refusal {
            ProducerRefusal::StaleEpoch { .. } => ErrorCode::InvalidProducerEpoch,
            ProducerRefusal::OutOfOrderSequence { .. } => ErrorCode::OutOfOrderSequenceNumber,
            ProducerRefusal::TransactionOpen => ErrorCode::InvalidTxnState,
            ProducerRefusal::StaleCoordinator { .. } => ErrorCode::TransactionCoordinatorFenced,
        },
        AppendError::BadMarker(_) => ErrorCode::InvalidRecord,
        AppendError::Replicated(_) => ErrorCode::CorruptMessage,
        AppendError::Busy => ErrorCode::NotLeaderOrFollower,
        AppendError::Offline => ErrorCode::KafkaStorageError,
    }
}

/// The code for a read that failed.
pub(crate) fn error_of_read(error: &ReadError) -> ErrorCode {
    match error {
        ReadError::OutOfRange { .. } => ErrorCode::OffsetOutOfRange,
        ReadError::Corrupt { .. } => ErrorCode::CorruptMessage,
        ReadError::Disk(_) | ReadError::Offline => ErrorCode::KafkaStorageError,
    }
}

/// A sentence for the producer, where the code alone does not say it.
pub(crate) fn explain_append(error: &AppendError) -> Option<String> {
    match error {
        AppendError::Refused(refusal) => Some(explain_refusal(refusal)),
        AppendError::Producer(ProducerRefusal::OutOfOrderSequence { base_sequence, expected }) => {
            Some(format!(
                "Out of order sequence number: {base_sequence} (incoming seq. number), {} (current end sequence number)",
                expected - 1
            ))
        }
        AppendError::Producer(ProducerRefusal::StaleEpoch { producer_epoch, known }) => Some(format!(
            "Epoch of producer is {producer_epoch}, which is smaller than the last seen epoch {known}"
        )),
        AppendError::Producer(
            ProducerRefusal::TransactionOpen | ProducerRefusal::StaleCoordinator { .. },
        )
        | AppendError::BadMarker(_)
        | AppendError::Replicated(_)
        | AppendError::Busy
        | AppendError::Offline => None,
    }
}

fn explain_refusal(refusal: &AppendRefusal) -> String {
    match refusal {
        AppendRefusal::Corrupt(CorruptBatch::Crc) => {
            "Record is corrupt: the stored CRC does not fit the contents".into()
        }
        AppendRefusal::Corrupt(CorruptBatch::Length(length)) => {
            format!("Record batch is corrupt: {length} cannot be its length")
        }
        AppendRefusal::Corrupt(CorruptBatch::Magic(magic)) => format!("Unknown record batch magic {magic}"),
        AppendRefusal::InvalidRecord(invalid) => explain_invalid(invalid),
        AppendRefusal::MissingKeys(_) => {
            "One or more records have been rejected: Compacted topic cannot accept message without key".into()
        }
        AppendRefusal::InvalidTimestamps(_) => {
            "One or more records have been rejected due to invalid timestamp".into()
        }
        AppendRefusal::UnsupportedCompression => {
            "Produce requests with version before 7 are not allowed to use ZStandard compression".into()
        }
        AppendRefusal::MessageTooLarge { bytes, bytes_max } => format!(
            "The record batch size is {bytes} bytes which exceeds the maximum configured value of {bytes_max}."
        ),
        AppendRefusal::LargerThanSegment { bytes, bytes_max } => format!(
            "Message batch size is {bytes} bytes which exceeds the maximum configured segment size of {bytes_max}."
        ),
    }
}

fn explain_invalid(invalid: &InvalidBatch) -> String {
    match invalid {
        InvalidBatch::NotOneBatch => {
            "Produce requests are only allowed to contain exactly one record batch".into()
        }
        InvalidBatch::Magic(magic) => {
            format!(
                "Produce requests are only allowed to contain record batches with magic version 2, not {magic}"
            )
        }
        InvalidBatch::Compression => "The batch names a compression codec that does not exist".into(),
        InvalidBatch::Counts => "The batch's record count does not fit its last offset delta".into(),
        InvalidBatch::BaseOffset(offset) => format!("The batch's base offset is {offset} instead of 0"),
        InvalidBatch::ControlBatch => "Clients are not allowed to write control records".into(),
        InvalidBatch::Sequence(sequence) => {
            format!("Invalid sequence number {sequence} in record batch with a producer id")
        }
        InvalidBatch::Record(bad) => format!("A record cannot be read: {bad:?}"),
        InvalidBatch::OffsetDeltas => "The records' offsets are not consecutive".into(),
        InvalidBatch::Decompress(error) => format!("The records cannot be decompressed: {error:?}"),
    }
}

/// A record at fault, with its sentence.
#[derive(Debug)]
pub(crate) struct RecordFaultText {
    index: i32,
    message: String,
}

impl RecordFaultText {
    pub(crate) fn view(&self) -> RecordError<'_> {
        RecordError { batch_index: self.index, message: Some(&self.message) }
    }
}

/// The records that a refusal is about.
pub(crate) fn record_errors(error: &AppendError) -> Vec<RecordFaultText> {
    let (AppendError::Refused(AppendRefusal::MissingKeys(errors))
    | AppendError::Refused(AppendRefusal::InvalidTimestamps(errors))) = error
    else {
        return Vec::new();
    };
    let text = |fault: &RecordFault| match fault {
        RecordFault::MissingKey => "Compacted topic cannot accept message without key.".to_owned(),
        RecordFault::Timestamp(timestamp) => {
            format!("Timestamp {timestamp} of message is out of range.")
        }
        RecordFault::TimestampType => {
            "Invalid timestamp type in message. Producer should not set timestamp type to LogAppendTime."
                .into()
        }
    };
    errors
        .records
        .iter()
        .map(|record| RecordFaultText { index: record.index, message: text(&record.fault) })
        .collect()
}

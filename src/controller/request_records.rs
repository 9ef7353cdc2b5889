//! The records that one request of a client makes, as far as they are not too many: what a client sends must not decide
//! how much is written at once.

use crate::metadata::{BATCH_BYTES_MAX, record_bytes};
use loglane_replication::image::METADATA_VERSION;
use loglane_replication::{MetadataImage, MetadataRecord};
use std::fmt;

/// Most records that one request may make (Kafka's `MAX_RECORDS_PER_USER_OP`).
pub const RECORDS_PER_REQUEST_MAX: usize = 10_000;

/// Most bytes of records that one request may make: they fit one batch. (Of more than 8 MiB a Kafka's controller says
/// UNKNOWN_SERVER_ERROR, and resigns.)
pub const RECORD_BYTES_PER_REQUEST_MAX: usize = BATCH_BYTES_MAX;

/// Why a request makes too many records: nothing of it is done. POLICY_VIOLATION.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordExcess {
    /// More than [`RECORDS_PER_REQUEST_MAX`].
    Records,
    /// More bytes than [`RECORD_BYTES_PER_REQUEST_MAX`].
    Bytes,
}

impl fmt::Display for RecordExcess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RecordExcess::Records => f.write_str("Unable to perform excessively large batch operation."),
            RecordExcess::Bytes => write!(
                f,
                "The request would write more than {RECORD_BYTES_PER_REQUEST_MAX} bytes of metadata; change less at once."
            ),
        }
    }
}

/// Collects the records of a request until there are too many.
pub(super) struct RequestRecords {
    records: Vec<MetadataRecord>,
    bytes: usize,
    metadata_version: i16,
    scratch: Vec<u8>,
}

impl RequestRecords {
    /// None yet; they will be written as this image has it.
    pub(super) fn new(image: &MetadataImage) -> RequestRecords {
        let metadata_version = image.feature_level(METADATA_VERSION);
        RequestRecords { records: Vec::new(), bytes: 0, metadata_version, scratch: Vec::new() }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.records.len()
    }

    /// Adds records.
    pub(super) fn extend(&mut self, records: Vec<MetadataRecord>) {
        for record in &records {
            self.bytes += record_bytes(record, self.metadata_version, &mut self.scratch);
        }
        self.records.extend(records);
    }

    /// Whether there are too many of them already: more need not be made.
    pub(super) fn excess(&self) -> Option<RecordExcess> {
        if self.records.len() > RECORDS_PER_REQUEST_MAX {
            Some(RecordExcess::Records)
        } else if self.bytes > RECORD_BYTES_PER_REQUEST_MAX {
            Some(RecordExcess::Bytes)
        } else {
            None
        }
    }

    /// The records; none where the request only checks.
    pub(super) fn finish(self, validate_only: bool) -> Vec<MetadataRecord> {
        if validate_only { Vec::new() } else { self.records }
    }
}

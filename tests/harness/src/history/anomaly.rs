//! What can be wrong with a history.

use std::fmt;

/// Something that no correct broker could have said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anomaly {
    /// Of which kind.
    pub kind: Kind,
    /// What it was, for people.
    pub what: String,
}

/// Kinds of anomalies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A record that was acknowledged or shown is gone, and others behind it are there.
    LostWrite,
    /// A record that was acknowledged or shown is behind the end of the log.
    Unseen,
    /// A record was shown whose sending had been refused, or whose transaction was aborted (G1a).
    AbortedRead,
    /// A record is in a log twice.
    Duplicate,
    /// Two records at one offset.
    InconsistentOffsets,
    /// One record in two leader epochs.
    LogMatching,
    /// A record that nobody sent to this log.
    Invented,
    /// What one process sent later to a log stands before what it sent earlier.
    NonMonotonicSend,
    /// Records of one answer are not in order, or lie before what was asked for.
    NonMonotonicPoll,
    /// An answer left out a record that was there.
    PollSkip,
    /// Records that were deleted are back.
    Undeleted,
    /// The front of a log is gone, and nobody asked for that.
    FrontLost,
    /// The high watermark was lower than before.
    HighWatermarkRegress,
    /// The last stable offset was lower than before.
    LastStableOffsetRegress,
    /// Two leaders in one epoch, or an older epoch after a newer one.
    Leaders,
    /// An older commit was found after a newer one had been acknowledged, or none at all.
    OffsetRegress,
    /// A commit was found that nobody made.
    OffsetInvented,
    /// Transactions that saw each other's records in a circle.
    G1c,
    /// Of a transaction that counts a part is missing.
    TornTransaction,
}

impl fmt::Display for Anomaly {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.kind, self.what)
    }
}

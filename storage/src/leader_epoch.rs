//! Which leader epoch wrote which offsets of a partition, and the `leader-epoch-checkpoint` file (KIP-101, KIP-279).
//!
//! An entry is an epoch and the offset of its first batch. Both rise from entry to entry: that is the invariant, and
//! an assignment that contradicts older entries removes them, as Kafka does.

use crate::checkpoint::{self, BadCheckpoint};
use loglane_model::{LeaderEpoch, Offset};

/// Name of the checkpoint file in a partition's directory.
pub const FILE_NAME: &str = "leader-epoch-checkpoint";

/// An epoch and where it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EpochEntry {
    /// The epoch.
    pub epoch: LeaderEpoch,
    /// Offset of its first batch.
    pub start_offset: Offset,
}

/// The end of an epoch: the answer of `OffsetForLeaderEpoch`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EpochEnd {
    /// The largest known epoch that is not above the one asked for (or that one itself, if it is older than all).
    pub epoch: LeaderEpoch,
    /// First offset that this epoch did not write.
    pub end_offset: Offset,
}

/// The epochs of one partition.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LeaderEpochs {
    entries: Vec<EpochEntry>,
}

impl LeaderEpochs {
    /// No epochs yet.
    #[must_use]
    pub fn new() -> LeaderEpochs {
        LeaderEpochs::default()
    }

    /// The entries, oldest first.
    #[must_use]
    pub fn entries(&self) -> &[EpochEntry] {
        &self.entries
    }

    /// The epoch of the newest batch, if there is one with an epoch.
    #[must_use]
    pub fn latest(&self) -> Option<EpochEntry> {
        self.entries.last().copied()
    }

    /// Notes that a batch of `epoch` begins at `start_offset`. Returns whether anything changed, so that the
    /// checkpoint has to be written. A negative epoch means "not recorded" and changes nothing.
    ///
    /// Entries with the same or a higher epoch, or at the same or a higher offset, contradict the new one and go.
    pub fn assign(&mut self, epoch: LeaderEpoch, start_offset: Offset) -> bool {
        if epoch.0 < 0 || start_offset.0 < 0 {
            return false;
        }
        if self.latest().is_some_and(|last| last.epoch == epoch && start_offset >= last.start_offset) {
            return false;
        }
        while self.latest().is_some_and(|last| last.epoch >= epoch || last.start_offset >= start_offset) {
            self.entries.pop();
        }
        self.entries.push(EpochEntry { epoch, start_offset });
        self.assert_rising();
        true
    }

    /// Where `epoch` ends. `None` ("undefined" on the wire, epoch and offset −1) if the epoch is newer than all
    /// known ones, or −1.
    #[must_use]
    pub fn end_offset_for(&self, epoch: LeaderEpoch, log_end_offset: Offset) -> Option<EpochEnd> {
        if epoch.0 == -1 {
            return None;
        }
        if self.latest()?.epoch == epoch {
            return Some(EpochEnd { epoch, end_offset: log_end_offset });
        }
        let next = self.entries.partition_point(|entry| entry.epoch <= epoch);
        let end_offset = self.entries.get(next)?.start_offset;
        // An epoch older than all known ones has left the log; its end is where the known part begins.
        let epoch = next.checked_sub(1).map_or(epoch, |at| self.entries[at].epoch);
        Some(EpochEnd { epoch, end_offset })
    }

    /// The epoch that wrote `offset`, if the entries reach back so far.
    #[must_use]
    pub fn epoch_at(&self, offset: Offset) -> Option<LeaderEpoch> {
        let after = self.entries.partition_point(|entry| entry.start_offset <= offset);
        Some(self.entries[after.checked_sub(1)?].epoch)
    }

    /// Forgets what begins at or behind a new log end. Returns whether anything changed.
    pub fn truncate_from_end(&mut self, log_end_offset: Offset) -> bool {
        let keep = self.entries.partition_point(|entry| entry.start_offset < log_end_offset);
        let changed = keep < self.entries.len();
        self.entries.truncate(keep);
        changed
    }

    /// Forgets what ends at or before a new log start; the epoch that holds the new start now begins there. Returns
    /// whether anything changed.
    pub fn truncate_from_start(&mut self, log_start_offset: Offset) -> bool {
        let after = self.entries.partition_point(|entry| entry.start_offset <= log_start_offset);
        let Some(holder) = after.checked_sub(1) else {
            return false;
        };
        let changed = holder > 0 || self.entries[holder].start_offset != log_start_offset;
        self.entries.drain(..holder);
        self.entries[0].start_offset = log_start_offset;
        self.assert_rising();
        changed
    }

    /// Forgets everything. Returns whether anything changed.
    pub fn clear(&mut self) -> bool {
        let changed = !self.entries.is_empty();
        self.entries.clear();
        changed
    }

    /// The text of `leader-epoch-checkpoint`.
    #[must_use]
    pub fn encode(&self) -> String {
        checkpoint::encode(
            self.entries.iter().map(|entry| format!("{} {}", entry.epoch.0, entry.start_offset.0)),
        )
    }

    /// Reads `leader-epoch-checkpoint`. Entries that contradict each other are resolved as [`LeaderEpochs::assign`]
    /// does, the later line winning.
    pub fn decode(text: &str) -> Result<LeaderEpochs, BadCheckpoint> {
        let mut epochs = LeaderEpochs::new();
        for (at, line) in checkpoint::decode(text)?.into_iter().enumerate() {
            let bad = BadCheckpoint::Line(at);
            let (epoch, offset) = line.split_once(' ').ok_or(bad)?;
            let epoch: i32 = epoch.parse().map_err(|_| bad)?;
            let offset: i64 = offset.trim().parse().map_err(|_| bad)?;
            if epoch < 0 || offset < 0 {
                return Err(bad);
            }
            epochs.assign(LeaderEpoch(epoch), Offset(offset));
        }
        Ok(epochs)
    }

    fn assert_rising(&self) {
        let last_two = &self.entries[self.entries.len().saturating_sub(2)..];
        if let [earlier, later] = last_two {
            assert!(earlier.epoch < later.epoch && earlier.start_offset < later.start_offset);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn epochs(entries: &[(i32, i64)]) -> LeaderEpochs {
        let mut epochs = LeaderEpochs::new();
        for &(epoch, start) in entries {
            assert!(epochs.assign(LeaderEpoch(epoch), Offset(start)));
        }
        epochs
    }

    #[test]
    fn a_batch_without_an_epoch_changes_nothing() {
        let mut epochs = epochs(&[(3, 0)]);
        assert!(!epochs.assign(LeaderEpoch(-1), Offset(10)));
        assert!(!epochs.assign(LeaderEpoch(3), Offset(10)), "the epoch is known");
        assert_eq!(epochs.entries().len(), 1);
    }

    #[test]
    fn the_caller_is_told_when_the_file_has_to_be_written() {
        let mut epochs = epochs(&[(0, 0), (2, 10), (3, 20)]);
        assert!(!epochs.truncate_from_end(Offset(21)));
        assert!(epochs.truncate_from_end(Offset(20)));
        assert!(!epochs.truncate_from_start(Offset(0)));
        assert!(epochs.truncate_from_start(Offset(5)));
        assert_eq!(epochs.encode(), "0\n2\n0 5\n2 10\n");
        assert!(epochs.clear() && !epochs.clear());
    }

    #[test]
    fn texts_that_are_no_checkpoint_are_refused() {
        for (text, expected) in [
            ("1\n0\n", BadCheckpoint::Version),
            ("0\n1\n", BadCheckpoint::Count),
            ("0\n1\n5\n", BadCheckpoint::Line(0)),
            ("0\n2\n0 0\n-1 4\n", BadCheckpoint::Line(1)),
            ("0\n1\n0 -4\n", BadCheckpoint::Line(0)),
            ("0\n1\n0 x\n", BadCheckpoint::Line(0)),
        ] {
            assert_eq!(LeaderEpochs::decode(text), Err(expected), "{text:?}");
        }
    }
}

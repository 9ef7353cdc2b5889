//! When the metadata log is folded into a snapshot, and what may go then.

use loglane_model::{Instant, LeaderEpoch, Offset};
use std::time::Duration;

/// When to write a snapshot: after so many bytes of records, or after so much time if there was any record at all.
#[derive(Debug, Clone)]
pub struct SnapshotPolicy {
    /// `metadata.log.max.record.bytes.between.snapshots`; Kafka's default is 20 MiB.
    bytes_max: u64,
    /// `metadata.log.max.snapshot.interval.ms`; Kafka's default is an hour. Zero turns it off.
    interval_max: Duration,
    bytes: u64,
    since: Instant,
    in_progress: bool,
}

impl SnapshotPolicy {
    /// Begins to count at `now`.
    #[must_use]
    pub fn new(bytes_max: u64, interval_max: Duration, now: Instant) -> SnapshotPolicy {
        SnapshotPolicy { bytes_max, interval_max, bytes: 0, since: now, in_progress: false }
    }

    /// Counts time from `now` on, for one that was made before the clock was known.
    pub fn begin(&mut self, now: Instant) {
        self.since = now;
    }

    /// Committed batches of so many bytes were applied.
    pub fn on_applied(&mut self, bytes: usize) {
        self.bytes = self.bytes.saturating_add(bytes as u64);
    }

    /// Whether a snapshot of the image as it is should be written now. Once it has said so it stays silent until
    /// [`SnapshotPolicy::on_written`].
    pub fn next_snapshot_is_due(&mut self, now: Instant) -> bool {
        let too_old = !self.interval_max.is_zero() && now.since(self.since) >= self.interval_max;
        if self.in_progress || self.bytes == 0 || (self.bytes < self.bytes_max && !too_old) {
            return false;
        }
        self.in_progress = true;
        self.bytes = 0;
        self.since = now;
        true
    }

    /// The snapshot is on disk, or could not be written; in both cases the next one has its full distance.
    pub fn on_written(&mut self) {
        assert!(self.in_progress, "a snapshot was written that nobody asked for");
        self.in_progress = false;
    }
}

/// A snapshot in the metadata log's directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SnapshotOnDisk {
    /// The first offset that it does not cover.
    pub end_offset: Offset,
    /// The epoch of the last record that it covers.
    pub epoch: LeaderEpoch,
    /// The length of its file.
    pub bytes: u64,
    /// The timestamp of the last record that it covers, in ms since 1970.
    pub last_timestamp_ms: i64,
}

/// What of the metadata log may go.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trim {
    /// How many of the oldest snapshots to remove.
    pub snapshot_count: usize,
    /// Where the log starts from then on, if that changes: segments that end at or before it may go.
    pub log_start_offset: Option<Offset>,
}

/// What may go of a log of `log_bytes` and its snapshots, oldest first, by Kafka's rule: the oldest snapshot and the
/// log before the next one go while there is a next one and all together are larger than `retention_bytes`
/// (`metadata.max.retention.bytes`) or the oldest is older than `retention_ms` (`metadata.max.retention.ms`); a
/// negative limit is none. The log always starts at or below the oldest snapshot that stays, so that snapshot and log
/// have no gap between them.
#[must_use]
pub fn plan_trim(
    snapshots: &[SnapshotOnDisk],
    log_bytes: u64,
    retention_bytes: i64,
    retention_ms: i64,
    now_ms: i64,
) -> Trim {
    let mut trim = Trim::default();
    let mut total = snapshots.iter().fold(log_bytes, |sum, snapshot| sum.saturating_add(snapshot.bytes));
    for pair in snapshots.windows(2) {
        let (oldest, next) = (pair[0], pair[1]);
        assert!(oldest.end_offset < next.end_offset, "snapshots come oldest first");
        let too_large = u64::try_from(retention_bytes).is_ok_and(|max| total > max);
        let too_old = retention_ms >= 0 && now_ms.saturating_sub(oldest.last_timestamp_ms) > retention_ms;
        if !too_large && !too_old {
            break;
        }
        trim.snapshot_count += 1;
        trim.log_start_offset = Some(next.end_offset);
        // How much of the log goes is not known here: whole segments do. Leaving it out of the sum would remove more
        // snapshots than needed, so what remains is judged at the next cleaning.
        total = total.saturating_sub(oldest.bytes);
        if too_large && !too_old {
            break;
        }
    }
    trim
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    fn at(seconds: u64) -> Instant {
        Instant(0).after(Duration::from_secs(seconds))
    }

    #[test]
    fn a_snapshot_is_due_after_enough_bytes_or_enough_time_but_never_without_news() {
        let mut policy = SnapshotPolicy::new(100, HOUR, at(0));
        assert!(!policy.next_snapshot_is_due(at(7200)), "nothing was written");
        policy.on_applied(99);
        assert!(!policy.next_snapshot_is_due(at(10)));
        policy.on_applied(1);
        assert!(policy.next_snapshot_is_due(at(11)));
        policy.on_applied(500);
        assert!(!policy.next_snapshot_is_due(at(12)), "one is being written");
        policy.on_written();
        assert!(policy.next_snapshot_is_due(at(13)));
        policy.on_written();
        policy.on_applied(1);
        assert!(!policy.next_snapshot_is_due(at(3612)));
        assert!(policy.next_snapshot_is_due(at(3613)));
    }

    fn snapshot(end: i64, last_timestamp_ms: i64) -> SnapshotOnDisk {
        SnapshotOnDisk { end_offset: Offset(end), epoch: LeaderEpoch(1), bytes: 10, last_timestamp_ms }
    }

    #[test]
    fn the_newest_snapshot_stays_whatever_the_limits() {
        assert_eq!(plan_trim(&[snapshot(5, 0)], 1_000, 1, 1, 1_000_000), Trim::default());
        assert_eq!(plan_trim(&[], 1_000, 1, 1, 1_000_000), Trim::default());
    }

    #[test]
    fn what_is_too_old_goes_up_to_the_next_snapshot_that_is_not() {
        let snapshots = [snapshot(5, 0), snapshot(9, 100), snapshot(12, 900)];
        let trim = plan_trim(&snapshots, 10, -1, 500, 1_000);
        assert_eq!(trim, Trim { snapshot_count: 2, log_start_offset: Some(Offset(12)) });
        assert_eq!(plan_trim(&snapshots, 10, -1, 5_000, 1_000), Trim::default());
    }

    #[test]
    fn what_is_too_large_loses_one_snapshot_at_a_time() {
        let snapshots = [snapshot(5, 0), snapshot(9, 100), snapshot(12, 900)];
        let trim = plan_trim(&snapshots, 10, 30, -1, 1_000);
        assert_eq!(trim, Trim { snapshot_count: 1, log_start_offset: Some(Offset(9)) });
    }
}

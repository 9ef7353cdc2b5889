//! The high watermark of one partition on its leader.

use loglane_model::Offset;

/// The first offset that is not yet held by the whole in-sync set. It only rises: who has seen a record below it
/// may rely on that record for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HighWatermark(Offset);

impl HighWatermark {
    /// Begins where the log left off: what an earlier leadership has shown stays shown.
    #[must_use]
    pub fn starting_at(offset: Offset) -> HighWatermark {
        HighWatermark(offset)
    }

    /// The offset itself.
    #[must_use]
    pub fn offset(self) -> Offset {
        self.0
    }

    /// Takes the lowest of `ends`, one for each in-sync replica, if that is a step forward; says whether it was.
    ///
    /// `None` for an end means that the replica has not fetched from this leader yet. Such a replica holds the
    /// high watermark where it is, because nothing is known about what it has. A lower end than the current value
    /// is ordinary too: a replica that has just joined, or a leader that starts with followers behind it.
    pub fn advance(&mut self, ends: impl Iterator<Item = Option<Offset>>) -> bool {
        let mut lowest = None;
        for end in ends {
            let Some(end) = end else { return false };
            lowest = Some(lowest.map_or(end, |lowest: Offset| lowest.min(end)));
        }
        match lowest {
            Some(end) if end > self.0 => {
                self.0 = end;
                true
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn advanced(from: i64, ends: &[Option<i64>]) -> i64 {
        let mut high_watermark = HighWatermark::starting_at(Offset(from));
        high_watermark.advance(ends.iter().map(|end| end.map(Offset)));
        high_watermark.offset().0
    }

    #[test]
    fn the_slowest_replica_decides() {
        assert_eq!(advanced(0, &[Some(7), Some(5), Some(9)]), 5);
    }

    #[test]
    fn it_never_moves_back_and_waits_for_who_has_not_reported() {
        assert_eq!(advanced(6, &[Some(7), Some(5)]), 6);
        assert_eq!(advanced(6, &[Some(7), None]), 6);
        assert_eq!(advanced(6, &[]), 6, "no replica is no evidence");
    }
}

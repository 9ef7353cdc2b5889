//! Whether what was read is what was written: each producer numbers its records in each partition, and whoever reads a
//! partition expects the numbers in order.
//!
//! A number that is skipped is missing; if it comes later it was reordered; a number that came before is a duplicate.
//! At the end a missing number is lost if its record had been acknowledged.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Ranges of missing numbers that are remembered for each stream; what is missing beyond counts as lost even if it
/// comes later, or was never acknowledged.
const GAPS_MAX: usize = 10_000;

/// What a verification found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Findings {
    /// Records that were looked at.
    pub checked: u64,
    /// Acknowledged, and never seen.
    pub lost: u64,
    /// Seen again.
    pub duplicated: u64,
    /// Seen behind a later one.
    pub reordered: u64,
    /// Records or batches whose checksum, offset or form is wrong.
    pub corrupt: u64,
    /// Not acknowledged, and seen all the same. Nothing is wrong with that.
    pub unacknowledged_seen: u64,
    /// Records of other runs, or of other programs: not looked at.
    pub foreign: u64,
}

impl Findings {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn are_clean(&self) -> bool {
        self.lost == 0 && self.duplicated == 0 && self.reordered == 0 && self.corrupt == 0
    }

    /// Adds what somebody else found.
    pub fn add(&mut self, other: &Findings) {
        self.checked += other.checked;
        self.lost += other.lost;
        self.duplicated += other.duplicated;
        self.reordered += other.reordered;
        self.corrupt += other.corrupt;
        self.unacknowledged_seen += other.unacknowledged_seen;
        self.foreign += other.foreign;
    }
}

/// What was seen of one producer in one partition.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    /// First number not seen yet, gaps apart.
    next: u64,
    /// Missing below `next`: start and end of each range.
    gaps: BTreeMap<u64, u64>,
    /// How many are missing beyond those.
    forgotten: u64,
    duplicated: u64,
    reordered: u64,
    checked: u64,
}

impl Seen {
    /// Nothing was seen, and nothing before `first` is expected.
    #[must_use]
    pub fn starting_at(first: u64) -> Seen {
        Seen { next: first, ..Seen::default() }
    }

    /// The next record of the stream has this number.
    #[inline]
    pub fn on_record(&mut self, sequence: u64) {
        self.checked += 1;
        if sequence == self.next {
            self.next += 1;
        } else {
            self.on_surprise(sequence);
        }
    }

    /// The number behind the last one that came.
    #[must_use]
    pub fn next(&self) -> u64 {
        self.next
    }

    /// What was sent at least, as far as this knows: for records of which no producer is here to tell.
    #[must_use]
    pub fn as_sent(&self) -> Sent {
        Sent { end: self.next, failed: Vec::new() }
    }

    fn on_surprise(&mut self, sequence: u64) {
        if sequence > self.next {
            if self.gaps.len() < GAPS_MAX {
                self.gaps.insert(self.next, sequence);
            } else {
                self.forgotten += sequence - self.next;
            }
            self.next = sequence + 1;
            return;
        }
        let gap = self.gaps.range(..=sequence).next_back().map(|(start, end)| (*start, *end));
        match gap {
            Some((start, end)) if sequence < end => {
                self.gaps.remove(&start);
                if start < sequence {
                    self.gaps.insert(start, sequence);
                }
                if sequence + 1 < end {
                    self.gaps.insert(sequence + 1, end);
                }
                self.reordered += 1;
            }
            _ => self.duplicated += 1,
        }
    }
}

/// What one producer sent to one partition.
#[derive(Debug, Clone, Default)]
pub struct Sent {
    /// Numbers given out.
    pub end: u64,
    /// Those that were not acknowledged: start and end of each range, in no order.
    pub failed: Vec<(u64, u64)>,
}

impl Sent {
    fn is_acknowledged(&self, sequence: u64) -> bool {
        sequence < self.end && !self.failed.iter().any(|(start, end)| (*start..*end).contains(&sequence))
    }

    /// How many numbers in `start..end` were acknowledged.
    fn acknowledged_in(&self, start: u64, end: u64) -> u64 {
        let end = end.min(self.end);
        if start >= end {
            return 0;
        }
        let overlap = |(from, to): &(u64, u64)| (*to).min(end).saturating_sub((*from).max(start));
        (end - start) - self.failed.iter().map(overlap).sum::<u64>()
    }
}

/// What the two sides of one stream say together.
#[must_use]
pub fn compare(sent: &Sent, seen: &Seen) -> Findings {
    let missing = seen.gaps.iter().map(|(start, end)| sent.acknowledged_in(*start, *end)).sum::<u64>();
    let at_the_end = sent.acknowledged_in(seen.next, sent.end);
    // Where nobody promised anything nothing is lost, remembered or not.
    let forgotten = seen.forgotten.min(sent.acknowledged_in(0, sent.end));
    let gap =
        |sequence: u64| seen.gaps.range(..=sequence).next_back().is_some_and(|(_, end)| sequence < *end);
    let unacknowledged_seen = sent
        .failed
        .iter()
        .flat_map(|(start, end)| *start..*end)
        .filter(|sequence| *sequence < seen.next && !gap(*sequence) && !sent.is_acknowledged(*sequence))
        .count() as u64;
    Findings {
        checked: seen.checked,
        lost: missing + at_the_end + forgotten,
        duplicated: seen.duplicated,
        reordered: seen.reordered,
        corrupt: 0,
        unacknowledged_seen,
        foreign: 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(sequences: &[u64], sent: &Sent) -> Findings {
        let mut seen = Seen::default();
        for sequence in sequences {
            seen.on_record(*sequence);
        }
        compare(sent, &seen)
    }

    fn all(end: u64) -> Sent {
        Sent { end, failed: Vec::new() }
    }

    #[test]
    fn what_comes_once_and_in_order_is_clean() {
        let findings = check(&[0, 1, 2, 3], &all(4));
        assert!(findings.are_clean());
        assert_eq!(findings.checked, 4);
    }

    #[test]
    fn each_kind_of_damage_is_told_apart() {
        let lost = check(&[0, 1, 4, 5], &all(8));
        assert_eq!(
            (lost.lost, lost.duplicated, lost.reordered),
            (4, 0, 0),
            "2, 3 in the middle, 6, 7 at the end"
        );
        let duplicated = check(&[0, 1, 1, 0, 2], &all(3));
        assert_eq!((duplicated.lost, duplicated.duplicated, duplicated.reordered), (0, 2, 0));
        let reordered = check(&[0, 3, 2, 1, 4], &all(5));
        assert_eq!((reordered.lost, reordered.duplicated, reordered.reordered), (0, 0, 2));
        let both = check(&[0, 3, 1, 1, 5], &all(6));
        assert_eq!((both.lost, both.duplicated, both.reordered), (2, 1, 1), "2 and 4 never came");
    }

    #[test]
    fn what_is_missing_beyond_the_gaps_that_are_remembered_is_lost() {
        let end = 2 * (GAPS_MAX as u64 + 5);
        let every_second: Vec<u64> = (0..end).step_by(2).collect();
        let findings = check(&every_second, &all(end));
        assert_eq!((findings.lost, findings.duplicated), (end / 2, 0));
        let unpromised = Sent { end, failed: vec![(0, end)] };
        assert_eq!(check(&every_second, &unpromised).lost, 0, "without acknowledgements nothing is");
    }

    #[test]
    fn what_was_not_acknowledged_is_not_lost() {
        let sent = Sent { end: 10, failed: vec![(2, 4), (8, 10)] };
        let findings = check(&[0, 1, 3, 4, 5, 6, 7], &sent);
        assert_eq!((findings.lost, findings.unacknowledged_seen), (0, 1), "3 came although nobody said so");
        assert_eq!(check(&[0, 1], &sent).lost, 4);
    }
}

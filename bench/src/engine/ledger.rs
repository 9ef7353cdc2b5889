//! What was read of each partition, by whichever consumer: partitions of a group change hands while they are read.
//!
//! A reader looks at a batch under the lock of its partition. Outside of a rebalance nobody else wants it.

use crate::verify::Seen;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What was read of one partition.
#[derive(Debug, Default)]
pub(super) struct Reading {
    /// The first offset that nobody has read; `None` before anybody was told to read.
    position: Option<i64>,
    /// What the group's coordinator acknowledged last.
    committed: Option<i64>,
    /// Records of offsets that had been read before: what was not committed is delivered again.
    redelivered: u64,
    seen: Vec<(u32, u32, Seen)>,
    /// Whose record came last: the next one is usually of the same.
    last: usize,
}

impl Reading {
    /// A record has come; `false` if somebody has read that offset before.
    pub(super) fn is_new(&mut self, offset: i64) -> bool {
        let is_new = self.position.is_none_or(|position| offset >= position);
        self.redelivered += u64::from(!is_new);
        is_new
    }

    /// Everything below `end` has been read.
    pub(super) fn read_up_to(&mut self, end: i64) {
        self.position = self.position.max(Some(end));
    }

    /// Looks at the number of a record. `begins_anywhere`: the records are of an earlier run, and the first one sets
    /// what is expected.
    #[inline]
    pub(super) fn see(&mut self, tag: u32, producer: u32, sequence: u64, begins_anywhere: bool) {
        let is_it = |(known_tag, known, _): &(u32, u32, Seen)| *known_tag == tag && *known == producer;
        if !self.seen.get(self.last).is_some_and(is_it) {
            self.last = match self.seen.iter().position(is_it) {
                Some(at) => at,
                None => {
                    let first = if begins_anywhere { sequence } else { 0 };
                    self.seen.push((tag, producer, Seen::starting_at(first)));
                    self.seen.len() - 1
                }
            };
        }
        self.seen[self.last].2.on_record(sequence);
    }

    /// Something was seen before this was read: what a commit may say.
    pub(super) fn position(&self) -> Option<i64> {
        self.position
    }

    /// What the coordinator acknowledged last.
    pub(super) fn committed(&self) -> Option<i64> {
        self.committed
    }

    /// The coordinator has acknowledged a commit.
    pub(super) fn on_committed(&mut self, offset: i64) {
        self.committed = Some(offset);
    }

    /// What was seen so far: tag, producer. What is read from now on begins with nothing.
    pub(super) fn take_seen(&mut self) -> Vec<(u32, u32, Seen)> {
        self.last = 0;
        std::mem::take(&mut self.seen)
    }

    /// How many records came again.
    pub(super) fn redelivered(&self) -> u64 {
        self.redelivered
    }
}

/// The readings of all partitions, by place.
#[derive(Debug)]
pub(super) struct Ledger(Vec<Mutex<Reading>>);

impl Ledger {
    /// Nothing was read yet.
    pub(super) fn new(places: usize) -> Ledger {
        Ledger((0..places).map(|_| Mutex::default()).collect())
    }

    /// What was read of a partition.
    pub(super) fn reading(&self, place: u32) -> MutexGuard<'_, Reading> {
        self.0[place as usize].lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Somebody is about to read the partition from `offset` on.
    pub(super) fn begin(&self, place: u32, offset: i64) {
        self.reading(place).position.get_or_insert(offset);
    }

    /// Whether every partition was read up to its target.
    pub(super) fn is_read(&self, targets: &[i64]) -> bool {
        (0..).zip(targets).all(|(place, target)| self.is_read_to(place, *target))
    }

    /// Whether a partition was read up to `end`.
    pub(super) fn is_read_to(&self, place: u32, end: i64) -> bool {
        self.reading(place).position.is_some_and(|at| at >= end)
    }

    /// All places.
    pub(super) fn places(&self) -> impl Iterator<Item = u32> {
        (0..).take(self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::{Sent, compare};

    /// Reads `offsets`, each the number of its record, as one owner of the partition after the other would.
    fn read(ledger: &Ledger, offsets: std::ops::Range<i64>) {
        ledger.begin(0, offsets.start);
        let mut reading = ledger.reading(0);
        for offset in offsets.clone() {
            if reading.is_new(offset) {
                reading.see(1, 0, offset.unsigned_abs(), false);
            }
        }
        reading.read_up_to(offsets.end);
    }

    fn lost(ledger: &Ledger, end: u64) -> u64 {
        let seen = ledger.reading(0).take_seen();
        compare(&Sent { end, failed: Vec::new() }, &seen[0].2).lost
    }

    #[test]
    fn what_the_next_owner_reads_again_is_neither_lost_nor_a_duplicate() {
        let ledger = Ledger::new(1);
        assert!(!ledger.is_read(&[0]), "nobody was told to read it");
        read(&ledger, 0..10);
        // The first owner went without a commit of its last four records.
        read(&ledger, 6..15);
        // And comes back late with an answer of its own.
        read(&ledger, 10..13);
        assert_eq!(ledger.reading(0).redelivered(), 4 + 3);
        assert!(ledger.is_read(&[15]) && !ledger.is_read(&[16]));
        assert_eq!(lost(&ledger, 15), 0);
    }

    #[test]
    fn what_a_wrong_commit_skips_is_lost() {
        let ledger = Ledger::new(1);
        read(&ledger, 0..5);
        read(&ledger, 8..12);
        assert_eq!(lost(&ledger, 12), 3);
    }
}

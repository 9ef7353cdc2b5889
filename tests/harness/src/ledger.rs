//! The judge: what producers sent and were promised, what consumers were shown, and what a log holds in the end.

use crate::chance::Chance;
use crate::record::{Batch, Record, now_ms};
use std::collections::{BTreeMap, HashMap};

/// The content of a record, which follows from its number, so that nothing has to be remembered but numbers.
#[must_use]
pub fn value_of(id: u64) -> Vec<u8> {
    let mut chance = Chance::new(id);
    let filler = usize::try_from(chance.below(700)).expect("small");
    let mut value = id.to_be_bytes().to_vec();
    value.extend(chance.bytes(filler));
    value
}

/// A batch of the records with these numbers.
#[must_use]
pub fn batch_of(ids: &[u64]) -> Batch {
    let now = now_ms();
    let records: Vec<Record> = ids.iter().map(|id| Record::of_value(now, &value_of(*id))).collect();
    Batch::of(&records)
}

/// The history of one partition. Every record is sent once, under a number of its own, without retries.
#[derive(Debug, Default)]
pub struct Ledger {
    /// Numbers that were sent, with the offset that an acknowledgement named.
    sent: HashMap<u64, Option<i64>>,
    /// What stands at an offset for good: acknowledged, or shown to a consumer.
    fixed: BTreeMap<i64, u64>,
}

impl Ledger {
    /// The records with these numbers are about to be sent.
    ///
    /// # Panics
    /// When a number is used twice.
    pub fn on_send(&mut self, ids: &[u64]) {
        for id in ids {
            assert!(self.sent.insert(*id, None).is_none(), "number {id} is used twice");
        }
    }

    /// They were acknowledged: the first of them at `base_offset`, the others behind it.
    ///
    /// # Panics
    /// When the offsets belong to other records.
    pub fn on_acknowledged(&mut self, ids: &[u64], base_offset: i64) {
        for (offset, id) in (base_offset..).zip(ids) {
            *self.sent.get_mut(id).expect("sent before it was acknowledged") = Some(offset);
            self.fix(offset, *id, "acknowledged");
        }
    }

    /// A consumer was shown these records.
    ///
    /// # Panics
    /// When they are not what was sent, or not what stood there before.
    pub fn on_shown(&mut self, records: &[Record]) {
        for record in records {
            let id = self.id_of(record);
            self.fix(record.offset, id, "shown");
        }
    }

    fn fix(&mut self, offset: i64, id: u64, how: &str) {
        let before = self.fixed.insert(offset, id);
        assert!(
            before.is_none_or(|before| before == id),
            "offset {offset}: {how} as {id}, before as {before:?}"
        );
    }

    /// The number of a record that was sent.
    fn id_of(&self, record: &Record) -> u64 {
        let offset = record.offset;
        let value = record.value.as_deref().unwrap_or_default();
        let id = value.first_chunk().map(|id| u64::from_be_bytes(*id));
        let id = id.unwrap_or_else(|| panic!("offset {offset} holds what nobody sent: {value:?}"));
        assert!(self.sent.contains_key(&id), "offset {offset} holds number {id:#x}, which nobody sent here");
        assert!(value == value_of(id), "offset {offset}: the record with number {id:#x} was changed");
        id
    }

    /// How many records were acknowledged.
    #[must_use]
    pub fn acknowledged(&self) -> usize {
        self.sent.values().flatten().count()
    }

    /// Behind the last offset whose record is known.
    #[must_use]
    pub fn end(&self) -> i64 {
        self.fixed.last_key_value().map_or(0, |(offset, _)| offset + 1)
    }

    /// Judges everything that the log holds, from its first offset on: dense, nothing invented, changed or twice, and
    /// everything that was acknowledged or shown in its place. What it holds is fixed from now on.
    ///
    /// # Panics
    /// With the first thing that is wrong.
    pub fn check(&mut self, log: &[Record]) {
        let mut seen = HashMap::new();
        for (expected, record) in (0..).zip(log) {
            assert_eq!(record.offset, expected, "the offsets have a gap");
            let before = seen.insert(self.id_of(record), record.offset);
            assert_eq!(before, None, "the record at offset {} is there twice", record.offset);
        }
        let lost: Vec<_> = self
            .fixed
            .iter()
            .filter(|(offset, id)| seen.get(id) != Some(offset))
            .map(|(offset, id)| format!("offset {offset}, number {id:#x}"))
            .collect();
        assert!(
            lost.is_empty(),
            "{} of {} acknowledged or shown records are lost; the log ends at {}; the first: {}",
            lost.len(),
            self.fixed.len(),
            log.len(),
            lost[0]
        );
        self.on_shown(log);
    }
}

#[cfg(test)]
mod tests {
    use super::{Ledger, value_of};
    use crate::record::Record;

    fn log(ids: &[u64]) -> Vec<Record> {
        let record = |(offset, id): (i64, &u64)| Record { offset, ..Record::of_value(0, &value_of(*id)) };
        (0..).zip(ids).map(record).collect()
    }

    fn ledger() -> Ledger {
        let mut ledger = Ledger::default();
        ledger.on_send(&[10, 11, 12, 13]);
        ledger.on_acknowledged(&[10, 11], 0);
        ledger
    }

    #[test]
    fn unacknowledged_records_may_be_there_or_not() {
        ledger().check(&log(&[10, 11]));
        ledger().check(&log(&[10, 11, 12]));
        assert_eq!(ledger().acknowledged(), 2);
    }

    #[test]
    #[should_panic(expected = "1 of 2 acknowledged or shown records are lost")]
    fn a_lost_record_is_found() {
        ledger().check(&log(&[10]));
    }

    #[test]
    #[should_panic(expected = "are lost")]
    fn a_moved_record_is_found() {
        ledger().check(&log(&[12, 10, 11]));
    }

    #[test]
    #[should_panic(expected = "is there twice")]
    fn a_doubled_record_is_found() {
        ledger().check(&log(&[10, 11, 11]));
    }

    #[test]
    #[should_panic(expected = "which nobody sent here")]
    fn an_invented_record_is_found() {
        ledger().check(&log(&[10, 11, 99]));
    }

    #[test]
    #[should_panic(expected = "was changed")]
    fn a_changed_record_is_found() {
        let mut log = log(&[10, 11]);
        let value = log[1].value.as_mut().expect("a value");
        let last = value.len() - 1;
        value[last] ^= 1;
        ledger().check(&log);
    }

    #[test]
    #[should_panic(expected = "gap")]
    fn a_gap_is_found() {
        let mut log = log(&[10, 11, 12]);
        log[2].offset = 3;
        ledger().check(&log);
    }

    #[test]
    #[should_panic(expected = "are lost")]
    fn a_record_that_was_shown_and_vanished_is_found() {
        let mut ledger = ledger();
        ledger.on_shown(&log(&[10, 11, 12])[2..]);
        ledger.check(&log(&[10, 11, 13]));
    }
}

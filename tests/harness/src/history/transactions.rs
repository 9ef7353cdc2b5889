//! Transactions: those that were aborted are never seen, those that count are seen whole, and none saw, by whatever
//! way around, what came of itself.

use super::anomaly::{Anomaly, Kind};
use super::{Entry, LogNumber, Seen, What};
use std::collections::{BTreeMap, BTreeSet, HashMap};

#[derive(Debug, Default)]
struct Transaction {
    /// `None`: not known.
    committed: Option<bool>,
    /// Its records, by log.
    records: BTreeMap<LogNumber, Vec<u64>>,
    /// Those whose records it has seen.
    saw: BTreeSet<u64>,
}

#[derive(Default)]
struct Checker {
    transactions: BTreeMap<u64, Transaction>,
    /// Which one a record belongs to.
    of_record: HashMap<u64, u64>,
    /// What stands where, of records that belong to one.
    places: BTreeMap<(LogNumber, i64), u64>,
    polls: HashMap<u64, (LogNumber, Option<u64>)>,
    audited: BTreeMap<LogNumber, BTreeSet<u64>>,
    deleted: BTreeSet<LogNumber>,
    found: Vec<Anomaly>,
}

pub(super) fn check(entries: &[Entry]) -> Vec<Anomaly> {
    let mut checker = Checker::default();
    for entry in entries {
        checker.take(entry);
    }
    if !checker.transactions.is_empty() {
        checker.find_aborted_and_torn();
        checker.find_circles();
    }
    checker.found
}

impl Checker {
    fn take(&mut self, entry: &Entry) {
        match &entry.what {
            What::Begin { transaction } => _ = self.transactions.entry(*transaction).or_default(),
            What::Ended { transaction, committed } => {
                self.transactions.entry(*transaction).or_default().committed = Some(*committed);
            }
            What::Send { log, ids, transaction: Some(transaction) } => {
                self.of_record.extend(ids.iter().map(|id| (*id, *transaction)));
                let known = self.transactions.entry(*transaction).or_default();
                known.records.entry(*log).or_default().extend(ids);
            }
            What::Poll { log, transaction, .. } => _ = self.polls.insert(entry.op, (*log, *transaction)),
            What::Polled { records, .. } => {
                if let Some((log, reader)) = self.polls.remove(&entry.op) {
                    self.on_seen(log, reader, records);
                }
            }
            What::Audited { log, records, .. } => {
                self.on_seen(*log, None, records);
                self.audited.insert(*log, records.iter().map(|seen| seen.id).collect());
            }
            What::Deleted { log } => _ = self.deleted.insert(*log),
            // Records that were deleted are missing for a reason.
            What::Cut { log, .. } => _ = self.deleted.insert(*log),
            What::Log { log, promise, .. } if promise.is_weak || promise.forgets => {
                self.deleted.insert(*log);
            }
            _ => {}
        }
    }

    fn on_seen(&mut self, log: LogNumber, reader: Option<u64>, records: &[Seen]) {
        for seen in records {
            let Some(&writer) = self.of_record.get(&seen.id) else { continue };
            self.places.insert((log, seen.offset), writer);
            if let Some(reader) = reader.filter(|reader| *reader != writer) {
                self.transactions.entry(reader).or_default().saw.insert(writer);
            }
        }
    }

    fn find_aborted_and_torn(&mut self) {
        let seen: BTreeSet<u64> = self.places.values().copied().collect();
        for (number, transaction) in &self.transactions {
            if transaction.committed == Some(false) && seen.contains(number) {
                let what = format!("transaction {number} was aborted, and its records were shown");
                self.found.push(Anomaly { kind: Kind::AbortedRead, what });
            }
            let logs = transaction.records.iter().filter(|(log, _)| !self.deleted.contains(log));
            let (mut there, mut missing) = (0, 0);
            for (log, ids) in logs {
                let Some(audited) = self.audited.get(log) else { continue };
                let present = ids.iter().filter(|id| audited.contains(id)).count();
                there += present;
                missing += ids.len() - present;
            }
            if transaction.committed != Some(false)
                && missing > 0
                && (there > 0 || transaction.committed == Some(true))
            {
                let what = format!("of transaction {number} {there} records are there and {missing} are not");
                self.found.push(Anomaly { kind: Kind::TornTransaction, what });
            }
        }
    }

    /// Edges lead from a transaction to those that came after it: who saw its records, and who wrote behind them in the
    /// same log.
    fn find_circles(&mut self) {
        let mut edges: BTreeMap<u64, BTreeSet<u64>> = BTreeMap::new();
        for (reader, transaction) in &self.transactions {
            for writer in &transaction.saw {
                edges.entry(*writer).or_default().insert(*reader);
            }
        }
        let places: Vec<_> = self.places.iter().collect();
        for pair in places.windows(2) {
            let ((log, _), first) = pair[0];
            let ((next_log, _), second) = pair[1];
            if log == next_log && first != second {
                edges.entry(*first).or_default().insert(*second);
            }
        }
        if let Some(circle) = find_circle(&edges) {
            let what = format!("transactions {circle:?} came after each other in a circle");
            self.found.push(Anomaly { kind: Kind::G1c, what });
        }
    }
}

/// Nodes of a circle, if there is one: those that are left when all without a way in have been taken away, as long as
/// there are such.
fn find_circle(edges: &BTreeMap<u64, BTreeSet<u64>>) -> Option<Vec<u64>> {
    let mut ways_in: BTreeMap<u64, usize> = BTreeMap::new();
    for (from, to) in edges {
        ways_in.entry(*from).or_default();
        for node in to {
            *ways_in.entry(*node).or_default() += 1;
        }
    }
    let mut free: Vec<u64> =
        ways_in.iter().filter(|(_, count)| **count == 0).map(|(node, _)| *node).collect();
    while let Some(node) = free.pop() {
        ways_in.remove(&node);
        for next in edges.get(&node).into_iter().flatten() {
            let count = ways_in.get_mut(next).expect("it was counted");
            *count -= 1;
            if *count == 0 {
                free.push(*next);
            }
        }
    }
    // From any that is left one can go back for ever; the first node that comes again closes a circle.
    let start = *ways_in.keys().next()?;
    let mut back: BTreeMap<u64, u64> = BTreeMap::new();
    for (from, to) in edges.iter().filter(|(from, _)| ways_in.contains_key(from)) {
        back.extend(to.iter().filter(|node| ways_in.contains_key(node)).map(|node| (*node, *from)));
    }
    let mut path = vec![start];
    let mut places = BTreeMap::from([(start, 0)]);
    loop {
        let before = back[path.last().expect("it has a start")];
        if let Some(at) = places.insert(before, path.len()) {
            let mut circle = path.split_off(at);
            circle.reverse();
            return Some(circle);
        }
        path.push(before);
    }
}

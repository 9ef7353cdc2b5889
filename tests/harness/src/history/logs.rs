//! Records: nothing acknowledged or shown is lost, nothing is there twice, invented, moved, or back from the dead.
//!
//! What stands at an offset is *fixed* once it was acknowledged or shown. A power cut lets a weak log lose its end: from
//! then on it may hold a first part of what was fixed, and other records behind that.

use super::anomaly::{Anomaly, Kind};
use super::{Entry, LogNumber, Promise, Seen, What};
use std::collections::{BTreeMap, HashMap};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Fixed {
    id: u64,
    /// −1: not known yet.
    epoch: i32,
}

#[derive(Debug, Default)]
struct Log {
    name: String,
    promise: Promise,
    is_deleted: bool,
    fixed: BTreeMap<i64, Fixed>,
    /// Where each record that is fixed stands.
    places: HashMap<u64, i64>,
    /// What was fixed before the last power cut and may be gone, and what is known of it: kept up to here, and
    /// replaced by others from there on.
    before: BTreeMap<i64, Fixed>,
    kept_end: i64,
    replaced_from: Option<i64>,
    /// The highest offset before which somebody has asked records to be deleted, and had them deleted.
    asked_start: i64,
    deleted_start: i64,
    /// Retention was allowed to remove records at some time.
    may_forget: bool,
    /// Offsets that were left out between two records of one answer.
    gaps: Vec<(i64, i64)>,
    /// Offsets that may be refused, since the disk has changed them.
    damaged: Vec<(i64, i64)>,
}

#[derive(Debug)]
struct Sending {
    log: LogNumber,
    process: u32,
    ids: Vec<u64>,
}

/// Who sent a record, and what became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Origin {
    log: LogNumber,
    was_refused: bool,
}

#[derive(Default)]
struct Checker {
    logs: BTreeMap<LogNumber, Log>,
    origins: HashMap<u64, Origin>,
    sendings: HashMap<u64, Sending>,
    /// By question: which log, and up to where its records had been deleted when it was asked.
    polls: HashMap<u64, (LogNumber, i64)>,
    cuts: HashMap<u64, LogNumber>,
    /// By process and log: the number of the last question whose records have a place, and that place.
    last_sent: HashMap<(u32, LogNumber), BTreeMap<u64, i64>>,
    found: Vec<Anomaly>,
}

pub(super) fn check(entries: &[Entry]) -> Vec<Anomaly> {
    let mut checker = Checker::default();
    for entry in entries {
        checker.take(entry);
    }
    checker.end();
    checker.found
}

impl Checker {
    fn take(&mut self, entry: &Entry) {
        match &entry.what {
            What::Log { log, name, promise } => {
                let known = self.logs.entry(*log).or_default();
                known.name.clone_from(name);
                known.promise = *promise;
                known.may_forget |= promise.forgets;
            }
            What::Deleted { log } => self.logs.entry(*log).or_default().is_deleted = true,
            What::Damaged { log, from, to } => {
                self.logs.entry(*log).or_default().damaged.push((*from, *to));
            }
            What::PowerCut => {
                self.logs.values_mut().filter(|log| log.promise.is_weak).for_each(Log::cut_power);
                // What was sent before may have gone with the power, and come again.
                self.last_sent.clear();
            }
            What::Send { log, ids, .. } => {
                for id in ids {
                    self.origins.insert(*id, Origin { log: *log, was_refused: false });
                }
                let sending = Sending { log: *log, process: entry.process, ids: ids.clone() };
                self.sendings.insert(entry.op, sending);
            }
            What::Sent { base_offset } => self.on_sent(entry.op, *base_offset),
            What::Refused => {
                if let Some(sending) = self.sendings.remove(&entry.op) {
                    for id in sending.ids {
                        self.origins.insert(id, Origin { log: sending.log, was_refused: true });
                    }
                }
            }
            What::Poll { log, .. } => {
                let deleted_start = self.logs.entry(*log).or_default().deleted_start;
                self.polls.insert(entry.op, (*log, deleted_start));
            }
            What::Polled { from, records, log_start_offset, .. } => {
                if let Some((log, deleted_start)) = self.polls.remove(&entry.op) {
                    self.on_polled(log, *from, records, &[]);
                    self.check_start(log, records, *log_start_offset, deleted_start);
                }
            }
            What::Audited { log, log_start_offset, records } => {
                self.on_audited(*log, *log_start_offset, records);
            }
            What::Cut { log, before } => {
                let known = self.logs.entry(*log).or_default();
                known.asked_start = known.asked_start.max(*before);
                self.cuts.insert(entry.op, *log);
            }
            What::WasCut { log_start_offset } => {
                if let Some(log) = self.cuts.remove(&entry.op) {
                    let known = self.logs.entry(log).or_default();
                    known.deleted_start = known.deleted_start.max(*log_start_offset);
                    // Up to the high watermark may be asked for without naming it.
                    known.asked_start = known.asked_start.max(*log_start_offset);
                }
            }
            _ => {}
        }
    }

    fn report(&mut self, kind: Kind, log: LogNumber, what: impl std::fmt::Display) {
        let name = self.logs.get(&log).map(|log| log.name.clone()).unwrap_or_default();
        self.found.push(Anomaly { kind, what: format!("{name}: {what}") });
    }

    fn on_sent(&mut self, op: u64, base_offset: Option<i64>) {
        let Some(sending) = self.sendings.remove(&op) else { return };
        let Some(base_offset) = base_offset else { return };
        for (offset, id) in (base_offset..).zip(&sending.ids) {
            self.fix(sending.log, Seen { offset, id: *id, epoch: -1 }, "acknowledged");
        }
        let sent = self.last_sent.entry((sending.process, sending.log)).or_default();
        let earlier = sent.range(..op).next_back().map(|(op, offset)| (*op, *offset));
        let later = sent.range(op + 1..).next().map(|(op, offset)| (*op, *offset));
        // Only the nearest ones are kept: those between have been compared.
        sent.insert(op, base_offset);
        if sent.len() > 64 {
            sent.pop_first();
        }
        if earlier.is_some_and(|(_, offset)| offset >= base_offset)
            || later.is_some_and(|(_, offset)| offset <= base_offset)
        {
            let what =
                format!("question {op} went to offset {base_offset}, beside {earlier:?} and {later:?}");
            self.report(Kind::NonMonotonicSend, sending.log, what);
        }
    }

    /// From now on this record stands at that offset.
    fn fix(&mut self, log: LogNumber, seen: Seen, how: &str) {
        let Seen { offset, id, epoch } = seen;
        match self.origins.get(&id) {
            Some(origin) if origin.log != log => {
                let what = format!("offset {offset} holds {id:#x}, which was sent to log {}", origin.log);
                self.report(Kind::Invented, log, what);
            }
            Some(origin) if origin.was_refused => {
                self.report(
                    Kind::AbortedRead,
                    log,
                    format!("offset {offset} holds {id:#x}, which was refused"),
                );
            }
            Some(_) => {}
            None => {
                self.report(Kind::Invented, log, format!("offset {offset} holds {id:#x}, which nobody sent"));
            }
        }
        let known = self.logs.entry(log).or_default();
        known.compare_with_before(offset, id);
        let torn = known.replaced_from.is_some_and(|from| from < known.kept_end);
        let fixed = *known.fixed.entry(offset).or_insert(Fixed { id, epoch });
        if fixed.epoch < 0 && epoch >= 0 && fixed.id == id {
            known.fixed.insert(offset, Fixed { id, epoch });
        }
        let place = *known.places.entry(id).or_insert(offset);
        if torn {
            let what = format!("offset {offset} {how} as {id:#x}: a power cut took more than the end");
            self.report(Kind::LostWrite, log, what);
        }
        if fixed.id != id {
            let what = format!("offset {offset} {how} as {id:#x}, before as {:#x}", fixed.id);
            self.report(Kind::InconsistentOffsets, log, what);
        } else if fixed.epoch >= 0 && epoch >= 0 && fixed.epoch != epoch {
            let what = format!("offset {offset} has epoch {epoch}, and had {}", fixed.epoch);
            self.report(Kind::LogMatching, log, what);
        }
        if place != offset {
            let what = format!("{id:#x} is {how} at offset {offset}, and stands at {place}");
            self.report(Kind::Duplicate, log, what);
        }
    }

    /// Takes in what was read in one go, past the offsets that were `refused`.
    fn on_polled(&mut self, log: LogNumber, from: i64, records: &[Seen], refused: &[(i64, i64)]) {
        let mut next = from;
        for seen in records {
            if seen.offset < next {
                let what = format!("offset {} where {next} or more was due", seen.offset);
                self.report(Kind::NonMonotonicPoll, log, what);
            } else if seen.offset > next
                && !refused.iter().any(|(from, to)| *from <= next && seen.offset <= *to)
            {
                self.logs.entry(log).or_default().gaps.push((next, seen.offset));
            }
            next = next.max(seen.offset + 1);
            self.fix(log, *seen, "shown");
        }
    }

    /// What was deleted before the question is not in the answer.
    fn check_start(&mut self, log: LogNumber, records: &[Seen], log_start_offset: i64, deleted: i64) {
        let known = self.logs.entry(log).or_default();
        let first = records.first().map_or(i64::MAX, |seen| seen.offset);
        if log_start_offset >= 0 && (log_start_offset < deleted || first < deleted) && !known.promise.is_weak
        {
            let what = format!("begins at {log_start_offset}, shows {first}, and was cut at {deleted}");
            self.report(Kind::Undeleted, log, what);
        }
    }

    fn on_audited(&mut self, log: LogNumber, log_start_offset: i64, records: &[Seen]) {
        if self.logs.entry(log).or_default().is_deleted {
            return;
        }
        let damaged = self.logs[&log].damaged.clone();
        self.on_polled(log, log_start_offset, records, &damaged);
        let deleted_start = self.logs[&log].deleted_start;
        self.check_start(log, records, log_start_offset, deleted_start);
        let mut ids = HashMap::new();
        for seen in records {
            if let Some(other) = ids.insert(seen.id, seen.offset) {
                let what = format!("{:#x} is there at {other} and at {}", seen.id, seen.offset);
                self.report(Kind::Duplicate, log, what);
            }
        }
        let known = &self.logs[&log];
        let asked = known.asked_start;
        if !known.may_forget && log_start_offset > asked {
            let what = format!("begins at {log_start_offset}, and was cut at {asked} at most");
            self.report(Kind::FrontLost, log, what);
        }
        let known = &self.logs[&log];
        let end = records.last().map_or(log_start_offset, |seen| seen.offset + 1);
        let present: HashMap<i64, u64> = records.iter().map(|seen| (seen.offset, seen.id)).collect();
        let kept = known.before.range(log_start_offset..known.kept_end.max(log_start_offset));
        let due = known.fixed.range(log_start_offset..).chain(kept);
        let is_refused = |offset: i64| damaged.iter().any(|(from, to)| (*from..*to).contains(&offset));
        let missing: Vec<i64> = due
            .filter(|(offset, fixed)| present.get(offset) != Some(&fixed.id) && !is_refused(**offset))
            .map(|(at, _)| *at)
            .collect();
        if let Some(first) = missing.first() {
            let kind = if *first >= end { Kind::Unseen } else { Kind::LostWrite };
            let what = format!(
                "{} records are gone that were acknowledged or shown, the first at {first}; it holds \
                 {log_start_offset}..{end}",
                missing.len()
            );
            self.report(kind, log, what);
        }
    }

    fn end(&mut self) {
        let mut skipped = Vec::new();
        for (number, log) in &self.logs {
            let fixed = |(from, to): &(i64, i64)| log.fixed.range(*from..*to).next().map(|(at, _)| *at);
            skipped.extend(log.gaps.iter().filter_map(fixed).map(|at| (*number, at)));
        }
        for (log, offset) in skipped {
            self.report(Kind::PollSkip, log, format!("offset {offset} was left out of an answer"));
        }
    }
}

impl Log {
    /// From now on the log may hold less.
    fn cut_power(&mut self) {
        // What earlier cuts have left is what this one may take.
        let kept_end = self.kept_end;
        self.before.retain(|offset, _| *offset < kept_end);
        self.before.append(&mut self.fixed);
        self.places.clear();
        self.gaps.clear();
        self.kept_end = 0;
        self.replaced_from = None;
    }

    fn compare_with_before(&mut self, offset: i64, id: u64) {
        match self.before.get(&offset) {
            Some(before) if before.id == id => self.kept_end = self.kept_end.max(offset + 1),
            Some(_) => {
                self.replaced_from = Some(self.replaced_from.map_or(offset, |from| from.min(offset)));
            }
            None => {}
        }
    }
}

//! Committed offsets: whoever looks finds the newest commit that was acknowledged before, or a later one; nothing, where
//! it was forgotten since.

use super::anomaly::{Anomaly, Kind};
use super::{Entry, LogNumber, What};
use std::collections::HashMap;

type Key = (String, LogNumber);

/// A commit, or that one is forgotten.
#[derive(Debug)]
struct Change {
    key: Key,
    forgets: bool,
    /// Places in the history; an end that has not come is none.
    asked: usize,
    answered: Option<usize>,
}

/// What was asked for last, among the changes that are acknowledged.
#[derive(Debug, Clone, Copy, Default)]
struct Newest {
    asked: Option<usize>,
    op: u64,
}

/// What is known of one group's offset of one log.
#[derive(Debug, Clone, Copy, Default)]
struct Known {
    newest: Newest,
    /// Questions to forget it that may have their effect yet.
    forgetting: usize,
    /// Where the last such question was answered.
    forgotten: Option<usize>,
}

#[derive(Default)]
struct Checker {
    changes: HashMap<u64, Change>,
    known: HashMap<Key, Known>,
    /// With what was acknowledged when they were asked.
    looks: HashMap<u64, (Key, Newest)>,
    found: Vec<Anomaly>,
}

pub(super) fn check(entries: &[Entry]) -> Vec<Anomaly> {
    let mut checker = Checker::default();
    for (at, entry) in entries.iter().enumerate() {
        checker.take(at, entry);
    }
    checker.found
}

impl Checker {
    fn take(&mut self, at: usize, entry: &Entry) {
        match &entry.what {
            What::CommitsLost => {
                self.known.values_mut().for_each(|known| known.newest = Newest::default());
                self.looks.clear();
            }
            What::Deleted { log } => {
                // Its commits go with it, whenever that is.
                self.known.retain(|(_, of), _| of != log);
                self.looks.retain(|_, ((_, of), _)| of != log);
            }
            What::Commit { group, log } => self.on_asked(at, entry.op, (group.clone(), *log), false),
            What::Uncommit { group, log } => self.on_asked(at, entry.op, (group.clone(), *log), true),
            What::Committed | What::Uncommitted => self.on_done(at, entry.op),
            What::Refused => {
                let Some(change) = self.changes.get(&entry.op).filter(|change| change.forgets) else {
                    return;
                };
                if let Some(known) = self.known.get_mut(&change.key) {
                    known.forgetting = known.forgetting.saturating_sub(1);
                }
            }
            What::Look { group, log } => {
                let key = (group.clone(), *log);
                let newest = self.known.get(&key).copied().unwrap_or_default().newest;
                self.looks.insert(entry.op, (key, newest));
            }
            What::Found { commit } => {
                let Some((key, newest)) = self.looks.remove(&entry.op) else { return };
                let anomaly = match commit {
                    Some(commit) => self.judge(&key, *commit, newest),
                    None => self.judge_none(&key, newest),
                };
                self.found.extend(anomaly);
            }
            _ => {}
        }
    }

    fn on_asked(&mut self, at: usize, op: u64, key: Key, forgets: bool) {
        self.known.entry(key.clone()).or_default().forgetting += usize::from(forgets);
        self.changes.insert(op, Change { key, forgets, asked: at, answered: None });
    }

    fn on_done(&mut self, at: usize, op: u64) {
        let Some(change) = self.changes.get_mut(&op) else { return };
        change.answered = Some(at);
        // Of a log that was deleted meanwhile nothing is known.
        let Some(known) = self.known.get_mut(&change.key) else { return };
        if change.forgets {
            known.forgetting = known.forgetting.saturating_sub(1);
            known.forgotten = Some(at);
        }
        if known.newest.asked.is_none_or(|asked| asked < change.asked) {
            known.newest = Newest { asked: Some(change.asked), op };
        }
    }

    fn judge(&self, key: &Key, found: u64, newest: Newest) -> Option<Anomaly> {
        let (group, log) = key;
        let commit = self.changes.get(&found).filter(|change| change.key == *key && !change.forgets);
        let Some(commit) = commit else {
            let what = format!("group {group}, log {log}: commit {found}, which nobody made there");
            return Some(Anomaly { kind: Kind::OffsetInvented, what });
        };
        // It was over before the newest one was asked for.
        let is_over = |asked| commit.answered.is_some_and(|answered| answered < asked);
        let what = format!("group {group}, log {log}: commit {found} after {}", newest.op);
        newest.asked.is_some_and(is_over).then_some(Anomaly { kind: Kind::OffsetRegress, what })
    }

    fn judge_none(&self, key: &Key, newest: Newest) -> Option<Anomaly> {
        let asked = newest.asked?;
        let known = self.known.get(key)?;
        let may_be_forgotten = known.forgetting > 0 || known.forgotten.is_some_and(|at| at >= asked);
        let (group, log) = key;
        let what = format!("group {group}, log {log}: nothing, after commit {}", newest.op);
        (!may_be_forgotten).then_some(Anomaly { kind: Kind::OffsetRegress, what })
    }
}

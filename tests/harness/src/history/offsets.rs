//! Committed offsets: whoever looks finds the newest commit that was acknowledged before, or a later one.

use super::anomaly::{Anomaly, Kind};
use super::{Entry, LogNumber, What};
use std::collections::HashMap;

type Key = (String, LogNumber);

#[derive(Debug)]
struct Commit {
    key: Key,
    /// Places in the history; an end that has not come is none.
    asked: usize,
    answered: Option<usize>,
}

/// What was asked for last, among the commits that are acknowledged.
#[derive(Debug, Clone, Copy, Default)]
struct Newest {
    asked: Option<usize>,
    commit: u64,
}

pub(super) fn check(entries: &[Entry]) -> Vec<Anomaly> {
    let mut commits: HashMap<u64, Commit> = HashMap::new();
    let mut newest: HashMap<Key, Newest> = HashMap::new();
    let mut looks: HashMap<u64, (Key, Newest)> = HashMap::new();
    let mut found = Vec::new();
    for (at, entry) in entries.iter().enumerate() {
        match &entry.what {
            What::CommitsLost => {
                newest.clear();
                looks.clear();
            }
            What::Deleted { log } => {
                // Its commits go with it, whenever that is.
                newest.retain(|(_, of), _| of != log);
                looks.retain(|_, ((_, of), _)| of != log);
            }
            What::Commit { group, log } => {
                let key = (group.clone(), *log);
                commits.insert(entry.op, Commit { key, asked: at, answered: None });
            }
            What::Committed => {
                let Some(commit) = commits.get_mut(&entry.op) else { continue };
                commit.answered = Some(at);
                let known = newest.entry(commit.key.clone()).or_default();
                if known.asked.is_none_or(|asked| asked < commit.asked) {
                    *known = Newest { asked: Some(commit.asked), commit: entry.op };
                }
            }
            What::Look { group, log } => {
                let key = (group.clone(), *log);
                let known = newest.get(&key).copied().unwrap_or_default();
                looks.insert(entry.op, (key, known));
            }
            What::Found { commit } => {
                let Some((key, known)) = looks.remove(&entry.op) else { continue };
                found.extend(judge(&key, *commit, known, &commits));
            }
            _ => {}
        }
    }
    found
}

fn judge(key: &Key, found: Option<u64>, newest: Newest, commits: &HashMap<u64, Commit>) -> Option<Anomaly> {
    let (group, log) = key;
    let Some(found) = found else {
        let what = format!("group {group}, log {log}: nothing, after commit {}", newest.commit);
        return newest.asked.map(|_| Anomaly { kind: Kind::OffsetRegress, what });
    };
    let Some(commit) = commits.get(&found).filter(|commit| commit.key == *key) else {
        let what = format!("group {group}, log {log}: commit {found}, which nobody made there");
        return Some(Anomaly { kind: Kind::OffsetInvented, what });
    };
    // It was over before the newest one was asked for.
    let is_stale = commit.answered.is_some_and(|answered| newest.asked.is_some_and(|asked| answered < asked));
    let what = format!("group {group}, log {log}: commit {found} after commit {}", newest.commit);
    is_stale.then_some(Anomaly { kind: Kind::OffsetRegress, what })
}

//! What is due in a group, and when.

use loglane_model::Instant;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What a group waits for no longer than until a deadline.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Due {
    /// Members that have to join the next generation.
    Join,
    /// Members that have to fetch their assignment.
    Sync,
    /// A sign of life of the member with this id, pending ones included.
    Session(Arc<str>),
}

/// One deadline at most for each thing that can be due.
#[derive(Debug, Default)]
pub(super) struct Deadlines {
    by_time: BTreeSet<(Instant, Due)>,
    by_subject: BTreeMap<Due, Instant>,
}

/// Roughly what an entry takes in both tables, its member id not counted: that one is shared.
const ENTRY_BYTES: usize = 2 * (size_of::<Due>() + size_of::<Instant>()) * 3 / 2;

impl Deadlines {
    /// Sets or moves a deadline.
    pub(super) fn set(&mut self, due: Due, at: Instant) {
        if let Some(before) = self.by_subject.insert(due.clone(), at) {
            self.by_time.remove(&(before, due.clone()));
        }
        self.by_time.insert((at, due));
    }

    pub(super) fn cancel(&mut self, due: &Due) {
        if let Some(at) = self.by_subject.remove(due) {
            self.by_time.remove(&(at, due.clone()));
        }
    }

    pub(super) fn next(&self) -> Option<Instant> {
        self.by_time.first().map(|(at, _)| *at)
    }

    /// Takes out the first that is due.
    pub(super) fn take_due(&mut self, now: Instant) -> Option<Due> {
        if self.next()? > now {
            return None;
        }
        let (_, due) = self.by_time.pop_first()?;
        self.by_subject.remove(&due);
        Some(due)
    }

    pub(super) fn clear(&mut self) {
        self.by_time.clear();
        self.by_subject.clear();
    }

    /// All of them in order of time.
    #[cfg(test)]
    pub(super) fn iter(&self) -> impl Iterator<Item = &(Instant, Due)> {
        self.by_time.iter()
    }

    pub(super) fn heap_bytes(&self) -> usize {
        self.by_time.len() * ENTRY_BYTES
    }
}

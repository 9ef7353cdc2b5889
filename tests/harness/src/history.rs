//! What clients saw of a broker, and whether it could be the truth.
//!
//! A history is a list of what clients asked and what they were told, in the order of time, of a real broker or of a
//! simulated one; as text it has one line of JSON for each entry. [`History::check`] finds what no correct broker could
//! have said. It takes linear time in the length of the history (times a logarithm where things are kept in order).
//!
//! What to remember: a question without an answer may have had its effect or not, at any time after it was asked.

mod anomaly;
mod logs;
mod offsets;
mod transactions;
mod watermarks;

#[cfg(test)]
mod tests;

pub use anomaly::{Anomaly, Kind};

use serde::{Deserialize, Serialize};

/// Names a log (one partition of one topic; a topic that is made again has others) within a history.
pub type LogNumber = u32;

/// One line of a history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Nanoseconds since some moment.
    pub at: u64,
    /// Who asked. A process asks in an order of its own, and may ask again before it is answered.
    pub process: u32,
    /// Which question; the answer has the same number. 0 where nothing is asked.
    pub op: u64,
    /// What happened.
    pub what: What,
}

/// A record as a client was shown it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// Its offset.
    pub offset: i64,
    /// The number by which its sender knows it.
    pub id: u64,
    /// The leader epoch of its batch.
    pub epoch: i32,
}

/// What a log promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Promise {
    /// A power cut may take its end away.
    pub is_weak: bool,
    /// Retention may take its front away.
    pub forgets: bool,
}

/// What happens in a history: questions, the answers to them, and what is known beside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum What {
    /// There is a log, or it promises something else from now on.
    Log {
        /// Which one.
        log: LogNumber,
        /// For people.
        name: String,
        /// What holds from now on.
        promise: Promise,
    },
    /// Somebody asked for the log to be deleted: nothing is promised of it any more.
    Deleted {
        /// Which one.
        log: LogNumber,
    },
    /// The disk has changed some of its bytes by itself: these records may be refused from now on.
    Damaged {
        /// Which log.
        log: LogNumber,
        /// The first offset that may be.
        from: i64,
        /// The first one behind them that may not.
        to: i64,
    },
    /// The power went.
    PowerCut,

    /// Asks for records to be appended.
    Send {
        /// Where to.
        log: LogNumber,
        /// Their numbers, each of which is used once in the whole history.
        ids: Vec<u64>,
        /// The transaction that they belong to.
        transaction: Option<u64>,
    },
    /// They were appended; where, if that was said.
    Sent {
        /// The first one's offset.
        base_offset: Option<i64>,
    },
    /// They were not, and never will be.
    Refused,

    /// Asks for records.
    Poll {
        /// Of which log.
        log: LogNumber,
        /// From where.
        from: i64,
        /// The transaction that reads.
        transaction: Option<u64>,
    },
    /// Some records, in order.
    Polled {
        /// From where they were asked for.
        from: i64,
        /// The records.
        records: Vec<Seen>,
        /// The leader's epoch, or −1.
        epoch: i32,
        /// As the answer said.
        high_watermark: i64,
        /// As the answer said.
        last_stable_offset: i64,
        /// As the answer said.
        log_start_offset: i64,
    },
    /// Everything that a log holds, read while nobody wrote.
    Audited {
        /// Which one.
        log: LogNumber,
        /// Where it begins.
        log_start_offset: i64,
        /// All of it.
        records: Vec<Seen>,
    },

    /// Asks for the records before an offset to be deleted.
    Cut {
        /// Of which log.
        log: LogNumber,
        /// The first one that stays.
        before: i64,
    },
    /// They are.
    WasCut {
        /// Where the log begins now.
        log_start_offset: i64,
    },

    /// Asks for an offset to be committed; the number of the question is what identifies the commit later.
    Commit {
        /// For which group.
        group: String,
        /// Of which log.
        log: LogNumber,
    },
    /// It was.
    Committed,
    /// A power cut has taken commits with it, perhaps.
    CommitsLost,
    /// Asks for a committed offset to be forgotten.
    Uncommit {
        /// Of which group.
        group: String,
        /// Of which log.
        log: LogNumber,
    },
    /// It is. (It was not, and never will be: [`What::Refused`].)
    Uncommitted,
    /// Asks for a committed offset.
    Look {
        /// Of which group.
        group: String,
        /// Of which log.
        log: LogNumber,
    },
    /// The commit that was found.
    Found {
        /// Its number; none: nothing was committed.
        commit: Option<u64>,
    },

    /// A transaction begins.
    Begin {
        /// Its number, used once in the whole history.
        transaction: u64,
    },
    /// It ended, in one way or the other.
    Ended {
        /// Which one.
        transaction: u64,
        /// Whether it counts.
        committed: bool,
    },

    /// Somebody was told who leads.
    Led {
        /// Which log.
        log: LogNumber,
        /// In which epoch.
        epoch: i32,
        /// The leader.
        leader: i32,
    },
}

/// A history that is being written, or was read.
#[derive(Debug, Clone, Default)]
pub struct History {
    entries: Vec<Entry>,
    next_op: u64,
}

impl History {
    /// What happened so far.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Somebody asks something. Returns the number of the question.
    pub fn ask(&mut self, at: u64, process: u32, what: What) -> u64 {
        self.next_op += 1;
        self.push(at, process, self.next_op, what);
        self.next_op
    }

    /// The answer to a question.
    pub fn answer(&mut self, at: u64, process: u32, op: u64, what: What) {
        self.push(at, process, op, what);
    }

    /// Something that nobody asked.
    pub fn note(&mut self, at: u64, what: What) {
        self.push(at, 0, 0, what);
    }

    fn push(&mut self, at: u64, process: u32, op: u64, what: What) {
        debug_assert!(self.entries.last().is_none_or(|last| last.at <= at), "time goes on");
        self.entries.push(Entry { at, process, op, what });
    }

    /// As text.
    ///
    /// # Panics
    /// Never: an entry is made of what JSON has.
    #[must_use]
    pub fn to_lines(&self) -> String {
        let line = |entry| serde_json::to_string(entry).expect("an entry is plain data") + "\n";
        self.entries.iter().map(line).collect()
    }

    /// From text.
    ///
    /// # Errors
    /// With the first line that is no entry.
    pub fn from_lines(text: &str) -> Result<History, String> {
        let entry = |line: &str| serde_json::from_str(line).map_err(|error| format!("{error}: {line}"));
        let entries: Vec<Entry> = text.lines().map(entry).collect::<Result<_, _>>()?;
        let next_op = entries.iter().map(|entry| entry.op).max().unwrap_or_default();
        Ok(History { entries, next_op })
    }

    /// Everything that no correct broker could have said.
    #[must_use]
    pub fn check(&self) -> Vec<Anomaly> {
        let mut found = logs::check(&self.entries);
        found.extend(watermarks::check(&self.entries));
        found.extend(offsets::check(&self.entries));
        found.extend(transactions::check(&self.entries));
        found
    }
}

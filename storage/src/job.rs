//! The rare and blocking work of a log, for the helper pool.
//!
//! A job is plain sequential code over the [`FileSystem`]. It owns copies of what it needs, so that the log goes
//! on meanwhile, and its outcome comes back to the log as a [`LogJobDone`]. Each is written so that a power cut at
//! any point of it leaves a directory from which Kafka itself can recover.

use crate::close::{CloseTask, LeftFiles};
use crate::lookup::{LookupAnswer, LookupTask};
use crate::open::{OpenError, Recovered};
use crate::open_file::{OpenTask, Opened};
use crate::retention::{RemoveTask, UnlinkTask};
use crate::roll::{RollTask, Rolled, SealTask};
use crate::segment::{LoadTask, Loaded};
use crate::truncate::TruncateTask;
use loglane_model::{File, FileSystem, Job, JobDone};
use std::io;

/// A job of one log. Jobs of one log must run in the order in which they were handed out: give them one lane.
pub struct LogJob {
    /// The log that asked, as its shard knows it.
    pub log: u32,
    pub(crate) task: Task,
}

/// The outcome of a [`LogJob`]: what its [`Job::run`] leaves behind.
#[derive(Debug)]
pub struct LogJobDone {
    /// The log that asked.
    pub log: u32,
    pub(crate) outcome: Outcome,
}

pub(crate) enum Task {
    /// Open the file that is appended to, or make it.
    Open(OpenTask),
    /// Reserve blocks of the file.
    Reserve { file: File, from: u64, to: u64 },
    /// Make reserved blocks written ones.
    Zero { file: File, from: u64, to: u64 },
    /// Cut a full segment and make its successor.
    Roll(RollTask),
    /// Write what belongs beside a segment that was rolled.
    Seal(SealTask),
    /// Open a sealed segment and read its indexes.
    Load(LoadTask),
    /// Take segments out of the log's directory.
    Remove(RemoveTask),
    /// Remove files for good.
    Unlink(UnlinkTask),
    /// Make what was written survive a power cut.
    Sync { file: File },
    /// Cut the log back and read it anew.
    Truncate(Box<TruncateTask>),
    /// Look an offset up by timestamp.
    Lookup(LookupTask),
    /// Leave the directory as a clean stop does.
    Close(CloseTask),
}

#[derive(Debug)]
pub(crate) enum Outcome {
    Opened(io::Result<Opened>),
    Grown(io::Result<()>),
    Rolled(io::Result<Rolled>),
    Sealed(io::Result<()>),
    Loaded(Loaded),
    Removed(io::Result<()>),
    Unlinked,
    Synced(io::Result<()>),
    Truncated(Result<Box<Recovered>, OpenError>),
    Lookup(LookupAnswer),
    Closed(io::Result<LeftFiles>),
}

impl LogJob {
    /// Whether the job makes a log's directory and first file: the kind that [`make_together`] does for many.
    #[must_use]
    pub fn makes_files(&self) -> bool {
        matches!(&self.task, Task::Open(task) if task.makes_files())
    }
}

/// Runs jobs that make files ([`LogJob::makes_files`]) of logs in one log directory, `root`, and syncs once for all
/// of them: a produce to thousands of new partitions does not wait for thousands of syncs. Blocks.
///
/// # Panics
/// If one of the jobs is of another kind.
#[must_use]
pub fn make_together(fs: &dyn FileSystem, root: &std::path::Path, jobs: Vec<LogJob>) -> Vec<LogJobDone> {
    let make = |job: LogJob| match job.task {
        Task::Open(task) => (job.log, task.make_unsynced(fs)),
        _ => panic!("the caller has asked whether the job makes files"),
    };
    let made: Vec<(u32, io::Result<Opened>)> = jobs.into_iter().map(make).collect();
    let synced = fs.sync_all(root);
    let done = |(log, opened): (u32, io::Result<Opened>)| {
        let synced = synced.as_ref().map_err(|error| io::Error::from(error.kind()));
        LogJobDone { log, outcome: Outcome::Opened(opened.and_then(|opened| synced.map(|()| opened))) }
    };
    made.into_iter().map(done).collect()
}

impl Job for LogJob {
    fn run(self: Box<Self>, fs: &dyn FileSystem) -> JobDone {
        Box::new(LogJobDone { log: self.log, outcome: self.task.run(fs) })
    }
}

impl Task {
    fn run(self, fs: &dyn FileSystem) -> Outcome {
        match self {
            Task::Open(task) => Outcome::Opened(task.run(fs)),
            Task::Reserve { file, from, to } => Outcome::Grown(fs.reserve(&file, from, to)),
            Task::Zero { file, from, to } => {
                let zeroed = if from < to { fs.write_zeros(&file, from, to) } else { Ok(()) };
                Outcome::Grown(zeroed.and_then(|()| fs.sync(&file)))
            }
            Task::Roll(task) => Outcome::Rolled(task.run(fs)),
            Task::Seal(task) => Outcome::Sealed(task.run(fs)),
            Task::Load(task) => Outcome::Loaded(task.run(fs)),
            Task::Remove(task) => Outcome::Removed(task.run(fs)),
            Task::Unlink(task) => {
                task.run(fs);
                Outcome::Unlinked
            }
            Task::Sync { file } => Outcome::Synced(fs.sync(&file)),
            Task::Truncate(task) => Outcome::Truncated(task.run(fs).map(Box::new)),
            Task::Lookup(task) => Outcome::Lookup(task.run(fs)),
            Task::Close(task) => Outcome::Closed(task.run(fs)),
        }
    }
}

impl std::fmt::Debug for LogJob {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = match &self.task {
            Task::Open(_) => "open",
            Task::Reserve { .. } => "reserve",
            Task::Zero { .. } => "zero",
            Task::Roll(_) => "roll",
            Task::Seal(_) => "seal",
            Task::Load(_) => "load",
            Task::Remove(_) => "remove",
            Task::Unlink(_) => "unlink",
            Task::Sync { .. } => "sync",
            Task::Truncate(_) => "truncate",
            Task::Lookup(_) => "look up",
            Task::Close(_) => "close",
        };
        write!(f, "LogJob({name}, log {})", self.log)
    }
}

//! The rare and blocking work of a log, for the helper pool.
//!
//! A job is plain sequential code over the [`FileSystem`]. It owns copies of what it needs, so that the log goes
//! on meanwhile, and its outcome comes back to the log as a [`LogJobDone`]. Each is written so that a power cut at
//! any point of it leaves a directory from which Kafka itself can recover.

use crate::close::CloseTask;
use crate::lookup::{LookupAnswer, LookupTask};
use crate::recovery::{OpenError, Recovered};
use crate::retention::{RemoveTask, UnlinkTask};
use crate::roll::{RollTask, Rolled, SealTask};
use crate::segment::{LoadTask, Loaded};
use crate::truncate::TruncateTask;
use loglane_model::{File, FileSystem, Job, JobDone};
use std::io;
use std::path::PathBuf;

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
    /// Put the leader epochs on disk.
    Epochs { path: PathBuf, text: Vec<u8> },
    /// Leave the directory as a clean stop does.
    Close(CloseTask),
}

#[derive(Debug)]
pub(crate) enum Outcome {
    Grown(io::Result<()>),
    Rolled(io::Result<Rolled>),
    Sealed(io::Result<()>),
    Loaded(Loaded),
    Removed(io::Result<()>),
    Unlinked,
    Synced(io::Result<()>),
    Truncated(Result<Box<Recovered>, OpenError>),
    Lookup(LookupAnswer),
    Epochs(io::Result<()>),
    Closed(io::Result<()>),
}

impl Job for LogJob {
    fn run(self: Box<Self>, fs: &dyn FileSystem) -> JobDone {
        Box::new(LogJobDone { log: self.log, outcome: self.task.run(fs) })
    }
}

impl Task {
    fn run(self, fs: &dyn FileSystem) -> Outcome {
        match self {
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
            Task::Epochs { path, text } => Outcome::Epochs(fs.replace_whole(&path, &text)),
            Task::Close(task) => Outcome::Closed(task.run(fs)),
        }
    }
}

impl std::fmt::Debug for LogJob {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = match &self.task {
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
            Task::Epochs { .. } => "epochs",
            Task::Close(_) => "close",
        };
        write!(f, "LogJob({name}, log {})", self.log)
    }
}

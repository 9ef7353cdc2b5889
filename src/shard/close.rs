//! The clean stop: answer what is under way, drain the logs, write what makes the next start quick.
//!
//! In order: no new connections or requests; produces that are on their way to the disk are answered; connections
//! close. Once that is so on every shard (another one's produces may be waiting for logs of this one), every log is
//! cut, indexed and synced; then shard 0 writes the checkpoint files of each directory and, last of all,
//! `.kafka_cleanshutdown`. A stop that is cut off anywhere is a crash, from which recovery knows the way.

use super::Shard;
use super::mail::Mail;
use super::metadata::SYNC_TOGETHER_MIN;
use super::partitions::ShardJobDone;
use super::timers::Timer;
use super::token::Purpose;
use crate::log_dirs::LogName;
use crate::partition::{Partition, State};
use crate::slots::SlotId;
use loglane_model::{FileSystem, JobDone, Offset, ShardId};
use loglane_ring::Io;
use loglane_storage::checkpoint::{CheckpointEntry, encode_offsets};
use loglane_storage::{CloseSync, clean_shutdown};
use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

/// How long produces that are under way may take to be answered.
const ANSWERS_WITHIN: Duration = Duration::from_secs(10);

/// How far the stop is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Serving,
    /// Produces under way are being answered.
    Answering,
    /// Nobody waits for this shard's connections; another shard's may still wait for its logs.
    Answered,
    /// Logs are being closed.
    ClosingLogs,
    /// Shard 0: other shards are not done yet. Others: their last mail is on its way.
    Reporting,
    /// Shard 0: the directories' files are being written.
    WritingCheckpoints,
    Finished,
}

/// What the checkpoint files say of one log.
#[derive(Debug, Clone)]
pub(crate) struct LogAtClose {
    pub(crate) directory: u16,
    pub(crate) name: LogName,
    pub(crate) recovery_point: Offset,
    pub(crate) log_start_offset: Offset,
    pub(crate) high_watermark: Offset,
}

/// One per shard.
#[derive(Debug)]
pub(crate) struct Closing {
    step: Step,
    /// Shard 0: shards with produces that are not answered.
    answers_left: u16,
    /// Shard 0: shards whose logs are not closed.
    reports_left: u16,
    logs: Vec<LogAtClose>,
    /// Why the process must end at once, without a clean stop.
    failure: Option<String>,
}

impl Closing {
    pub(crate) fn new(shard_count: u16) -> Closing {
        Closing {
            step: Step::Serving,
            answers_left: shard_count,
            reports_left: shard_count,
            logs: Vec::new(),
            failure: None,
        }
    }

    pub(crate) fn has_begun(&self) -> bool {
        self.step != Step::Serving
    }

    /// Whether logs take nothing more: one that opens now closes at once.
    pub(crate) fn closes_logs(&self) -> bool {
        !matches!(self.step, Step::Serving | Step::Answering | Step::Answered)
    }

    pub(crate) fn is_finished(&self) -> bool {
        self.step == Step::Finished || self.failure.is_some()
    }

    /// Ends the shard's loop now: what is on disk is all that the next start will have.
    pub(crate) fn fail(&mut self, why: String) {
        tracing::error!("{why}");
        self.failure.get_or_insert(why);
    }

    pub(crate) fn failure(&self) -> Option<&str> {
        self.failure.as_deref()
    }
}

impl<I: Io<Mail>> Shard<I> {
    /// Begins the clean stop.
    pub(crate) fn begin_close(&mut self) {
        if self.closing.has_begun() {
            return;
        }
        self.closing.step = Step::Answering;
        for (from, part) in std::mem::take(&mut self.parts_in_line) {
            self.take_up_part(from, part);
        }
        self.refuse_held();
        if self.id == ShardId(0) {
            self.mail_others(|| Mail::Close);
            self.stop_accepting();
        }
        self.timers.set(self.now.after(ANSWERS_WITHIN), Timer::CloseDeadline);
        let idle: Vec<SlotId> = self.connections.ids().collect();
        for id in idle {
            if self.connections.get(id).is_some_and(|connection| connection.produces.is_empty()) {
                self.close_connection(id);
            }
        }
    }

    /// Produces that wait for the end of a move, which may not come any more, are refused.
    fn refuse_held(&mut self) {
        let slots: Vec<SlotId> = self.partitions.ids().collect();
        for slot in slots {
            self.release_held(slot);
        }
    }

    pub(super) fn on_close_deadline(&mut self) {
        let left: Vec<SlotId> = self.connections.ids().collect();
        for id in left {
            self.close_connection(id);
        }
    }

    /// End of the turn: goes on with the stop as far as possible.
    pub(super) fn advance_close(&mut self) {
        if self.closing.step == Step::Answering {
            let answered: Vec<SlotId> = self.connections.ids().collect();
            for id in answered {
                let is_done = self.connections.get(id).is_some_and(|connection| {
                    connection.produces.is_empty()
                        && !connection.sending
                        && connection.outgoing.parts.is_empty()
                });
                if is_done {
                    self.close_connection(id);
                }
            }
            if self.connections.len() == 0 {
                self.closing.step = Step::Answered;
                if self.id == ShardId(0) {
                    self.on_answered();
                } else {
                    self.mail(ShardId(0), Mail::Answered);
                }
            }
        }
        if self.closing.step == Step::ClosingLogs && self.are_logs_closed() {
            self.report_closed();
        }
        if self.closing.step == Step::Reporting {
            if self.id != ShardId(0) {
                // Other shards may have gone already, and take no mail any more.
                if self.outbox.is_empty_to(ShardId(0)) {
                    self.closing.step = Step::Finished;
                }
            } else if self.closing.reports_left == 0 {
                if self.has_started() {
                    self.write_checkpoints();
                } else {
                    // Logs that were not opened are in the state that they were found in, which may be a crash's.
                    tracing::info!("stopped in the middle of the start, without the mark of a clean stop");
                    self.closing.step = Step::Finished;
                }
            }
        }
    }

    /// Shard 0: a shard has nobody left to answer. After the last one logs may close everywhere.
    pub(super) fn on_answered(&mut self) {
        self.closing.answers_left -= 1;
        if self.closing.answers_left == 0 {
            self.mail_others(|| Mail::CloseLogs);
            self.close_logs();
        }
    }

    pub(super) fn close_logs(&mut self) {
        self.closing.step = Step::ClosingLogs;
        let slots: Vec<SlotId> = self.partitions.ids().collect();
        let sync = self.close_sync();
        for slot in slots {
            if let Some(served) = self.partitions.get_mut(slot).and_then(Partition::served_mut) {
                served.log.close(sync);
            }
            self.mark_dirty(slot);
        }
        if let Some(controller) = &mut self.controller {
            controller.close_log();
        }
        self.submit_log_work();
    }

    /// Who makes the logs' last changes durable; the same on every shard.
    pub(super) fn close_sync(&self) -> CloseSync {
        let count = self.metadata.image.topics.partition_count();
        if count < SYNC_TOGETHER_MIN { CloseSync::Each } else { CloseSync::Together }
    }

    fn are_logs_closed(&self) -> bool {
        // Where the logs end is for the next start to know.
        self.have_logs_ended() && self.recovery.is_written()
    }

    /// Whether no log has anything left to do.
    pub(super) fn have_logs_ended(&self) -> bool {
        let partition = |slot| self.partitions.get(slot).expect("listed just now");
        let is_open = |slot| match &partition(slot).state {
            State::Online(served) => !served.log.is_closed(),
            State::Opening => true,
            State::Moving => partition(slot).moving.as_ref().is_some_and(|moving| moving.is_busy()),
            State::Deleting(_) => true,
            State::Offline(_) => false,
        };
        !self.partitions.ids().any(is_open)
            && self.controller.as_ref().is_none_or(|controller| controller.is_log_closed())
    }

    fn report_closed(&mut self) {
        self.closing.step = Step::Reporting;
        let logs = self.logs_at_close();
        if self.id == ShardId(0) {
            self.on_closed(logs);
        } else {
            self.mail(ShardId(0), Mail::Closed { logs });
        }
    }

    /// What the checkpoint files are to say of this shard's logs.
    pub(super) fn logs_at_close(&self) -> Vec<LogAtClose> {
        let mut logs = Vec::new();
        for partition in self.partitions.ids().filter_map(|slot| self.partitions.get(slot)) {
            match (partition.served(), &partition.moving) {
                (Some(served), _) => logs.push(LogAtClose {
                    directory: partition.directory,
                    name: (partition.topic.to_string(), partition.number),
                    recovery_point: served.log.recovery_point(),
                    log_start_offset: served.log.log_start_offset(),
                    high_watermark: served.leader.high_watermark(),
                }),
                // It is closed, and the next start finds it in one directory or in the other.
                (None, Some(moving)) => logs.extend(moving.in_both_directories(partition.directory)),
                (None, None) if partition.is_left_alone => logs.extend(self.as_found(partition)),
                (None, None) => {}
            }
        }
        logs
    }

    /// What the files said at start of a log that could not be opened, while its directory works. Whoever opens it next
    /// must not see records again that were deleted.
    fn as_found(&self, partition: &Partition) -> Option<LogAtClose> {
        let at_start = self.directories.at_start(partition.directory);
        let name = (partition.topic.to_string(), partition.number);
        let files = [&at_start.recovery_points, &at_start.log_starts, &at_start.high_watermarks];
        let [recovery_point, log_start_offset, high_watermark] =
            files.map(|offsets| offsets.get(&name).copied().unwrap_or_default());
        let is_known = files.iter().any(|offsets| offsets.contains_key(&name));
        let directory = partition.directory;
        is_known.then_some(LogAtClose { directory, name, recovery_point, log_start_offset, high_watermark })
    }

    /// A shard has closed its logs.
    pub(super) fn on_closed(&mut self, mut logs: Vec<LogAtClose>) {
        self.closing.logs.append(&mut logs);
        self.closing.reports_left -= 1;
    }

    /// Shard 0: whether all logs are open, so that the checkpoint files can speak of all of them.
    pub(super) fn has_started(&self) -> bool {
        self.controller.as_ref().is_some_and(|controller| controller.has_started())
    }

    fn write_checkpoints(&mut self) {
        self.closing.step = Step::WritingCheckpoints;
        let logs = std::mem::take(&mut self.closing.logs);
        let mut files = self.checkpoint_files(&logs);
        let broker_epoch = self.controller.as_ref().map_or(-1, |controller| controller.broker_epoch());
        for directory in &mut files {
            let mark = clean_shutdown::encode(broker_epoch);
            // The last one: it says that all before it is there.
            directory.files.push((clean_shutdown::FILE_NAME, mark));
        }
        let sync = self.close_sync();
        let job = move |fs: &dyn FileSystem| -> JobDone {
            let mut failures = Vec::new();
            if sync == CloseSync::Together {
                files.retain(|directory| match fs.sync_all(&directory.path) {
                    Ok(()) => true,
                    Err(error) => {
                        failures.push((directory.directory, error));
                        false
                    }
                });
            }
            failures.extend(write_files(fs, &files));
            Box::new(ShardJobDone::Closed(failures))
        };
        self.io.spawn(Purpose::Job.token(), CHECKPOINT_LANE, Box::new(job));
    }

    pub(super) fn on_checkpoints_closed(&mut self, failures: Vec<(u16, io::Error)>) {
        for (directory, error) in failures {
            // The next start finds no mark of a clean stop there and recovers: slower, not wrong.
            let path = self.directories.path(directory).display();
            tracing::error!(%path, %error, "the files of a clean stop could not be written");
        }
        self.closing.step = Step::Finished;
    }

    /// The checkpoint files of all working directories, as Kafka names and writes them.
    pub(super) fn checkpoint_files(&self, logs: &[LogAtClose]) -> Vec<DirectoryFiles> {
        let mut files = Vec::new();
        for directory in self.directories.online() {
            let mut of_directory: BTreeMap<&LogName, &LogAtClose> = BTreeMap::new();
            of_directory
                .extend(logs.iter().filter(|log| log.directory == directory).map(|log| (&log.name, log)));
            let encode = |offset: &dyn Fn(&LogAtClose) -> Offset| {
                let entries: Vec<CheckpointEntry> = of_directory
                    .values()
                    .map(|log| CheckpointEntry {
                        topic: log.name.0.clone(),
                        partition: log.name.1,
                        offset: offset(log),
                    })
                    .collect();
                encode_offsets(&entries)
            };
            files.push(DirectoryFiles {
                directory,
                path: self.directories.path(directory).to_owned(),
                files: vec![
                    ("recovery-point-offset-checkpoint", encode(&|log| log.recovery_point)),
                    ("replication-offset-checkpoint", encode(&|log| log.high_watermark)),
                    ("log-start-offset-checkpoint", encode(&|log| log.log_start_offset)),
                ],
            });
        }
        files
    }
}

/// Files in the root of a log directory, to be written in this order.
pub(super) struct DirectoryFiles {
    directory: u16,
    path: PathBuf,
    files: Vec<(&'static str, String)>,
}

/// Puts files in place, one after the other; returns the directories where that did not work, and why.
pub(super) fn write_files(fs: &dyn FileSystem, directories: &[DirectoryFiles]) -> Vec<(u16, io::Error)> {
    let mut failures = Vec::new();
    for DirectoryFiles { directory, path, files } in directories {
        let written =
            files.iter().try_for_each(|(name, text)| fs.replace_whole(&path.join(name), text.as_bytes()));
        failures.extend(written.err().map(|error| (*directory, error)));
    }
    failures
}

/// Jobs that write the directories' own files run in a lane of their own.
pub(super) const CHECKPOINT_LANE: u32 = u32::MAX - 1;

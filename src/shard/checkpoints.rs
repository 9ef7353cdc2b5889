//! The checkpoint files of the log directories: where each log begins, where its recovery would, what may be read.
//!
//! Kafka has one file of a kind for each directory and not for each shard, so shard 0 writes them, in rounds: every
//! shard reports on its logs, and when all have, the files are written. A round comes every minute, and as soon as
//! somebody waits for one: a deletion of records is answered when the new start is on the disk, and a partition changes
//! its directory when the new one's file has its start. The invariant: what a shard reports in a round is answered only
//! after that round's files are there.
//!
//! The files know logs by name. Therefore a name is free for a new topic only when no file speaks of the old one any
//! more: whoever waits here is told of that, too. What a crash has left in between goes at the next start.

use super::Shard;
use super::close::{CHECKPOINT_LANE, LogAtClose, write_files};
use super::mail::Mail;
use super::partitions::ShardJobDone;
use super::token::Purpose;
use crate::api::delete_records::DeletionTicket;
use crate::slots::SlotId;
use loglane_model::{Bug, FileSystem, JobDone, Offset, ShardId, planted};
use loglane_net::ErrorCode;
use loglane_ring::Io;
use std::io;

/// One per shard; most of it is shard 0's.
#[derive(Debug, Default)]
pub(crate) struct Checkpoints {
    /// On shard 0: what shards have reported in the round under way, and how many have.
    logs: Vec<LogAtClose>,
    reports: u16,
    /// On shard 0: from the first report that is asked for until the files are there.
    is_under_way: bool,
    /// On shard 0: somebody wants a round that begins after now.
    is_wanted: bool,
    /// What this shard has yet to report, and what it has reported in the round under way.
    unreported: Vec<Waiting>,
    reported: Vec<Waiting>,
}

/// What is not on the disk yet.
#[derive(Debug)]
enum Waiting {
    /// A deletion of records.
    Deletion { ticket: DeletionTicket, low_watermark: Offset, directory: u16 },
    /// A partition that is gone.
    Retired(SlotId),
    /// A partition that is on its way to another directory.
    Move(SlotId),
}

impl<I: Io<Mail>> Shard<I> {
    /// Answers a deletion when the log's new start is in the checkpoint file.
    pub(crate) fn answer_when_checkpointed(
        &mut self,
        ticket: DeletionTicket,
        low_watermark: Offset,
        directory: u16,
    ) {
        if planted(Bug::DeleteBeforeCheckpoint) {
            self.answer_deletion(ticket, Ok(low_watermark));
            return;
        }
        self.wait_for_checkpoints(Waiting::Deletion { ticket, low_watermark, directory });
    }

    /// Goes on with a move when the start of its log is in the new directory's checkpoint file.
    pub(super) fn move_on_when_checkpointed(&mut self, slot: SlotId) {
        self.wait_for_checkpoints(Waiting::Move(slot));
    }

    /// Ends the retirement of a partition that is in no table any more when it is in no checkpoint file either.
    pub(super) fn retire_when_checkpointed(&mut self, slot: SlotId) {
        self.wait_for_checkpoints(Waiting::Retired(slot));
    }

    fn wait_for_checkpoints(&mut self, waiting: Waiting) {
        let is_first = self.checkpoints.unreported.is_empty();
        self.checkpoints.unreported.push(waiting);
        if !is_first {
            return;
        }
        if self.id == ShardId(0) {
            self.want_checkpoints();
        } else {
            self.mail(ShardId(0), Mail::WantCheckpoints);
        }
    }

    /// Shard 0: a round is to begin after now.
    pub(super) fn want_checkpoints(&mut self) {
        self.checkpoints.is_wanted = true;
        self.begin_checkpoints();
    }

    fn begin_checkpoints(&mut self) {
        if self.checkpoints.is_under_way || self.closing.has_begun() || !self.has_started() {
            return;
        }
        self.checkpoints.is_wanted = false;
        self.checkpoints.is_under_way = true;
        self.mail_others(|| Mail::ReportLogs);
        self.report_logs();
    }

    /// Says what the checkpoint files should say of this shard's logs.
    pub(super) fn report_logs(&mut self) {
        assert!(self.checkpoints.reported.is_empty(), "one round at a time");
        self.checkpoints.reported = std::mem::take(&mut self.checkpoints.unreported);
        let logs = self.logs_at_close();
        if self.id == ShardId(0) {
            self.on_logs_reported(logs);
        } else {
            self.mail(ShardId(0), Mail::LogsReported { logs });
        }
    }

    /// Shard 0: the files are written once every shard has reported.
    pub(super) fn on_logs_reported(&mut self, mut logs: Vec<LogAtClose>) {
        self.checkpoints.logs.append(&mut logs);
        self.checkpoints.reports += 1;
        if self.checkpoints.reports < self.shard_count || self.closing.has_begun() {
            return;
        }
        self.checkpoints.reports = 0;
        let logs = std::mem::take(&mut self.checkpoints.logs);
        let files = self.checkpoint_files(&logs);
        let job = move |fs: &dyn FileSystem| -> JobDone {
            Box::new(ShardJobDone::Checkpointed(write_files(fs, &files)))
        };
        self.io.spawn(Purpose::Job.token(), CHECKPOINT_LANE, Box::new(job));
    }

    /// Shard 0: the files were written, but in those directories.
    pub(super) fn on_checkpoints_written(&mut self, failures: Vec<(u16, io::Error)>) {
        for (directory, error) in failures {
            let path = self.directories.path(directory).display();
            tracing::error!(%path, %error, "the checkpoints could not be written: the directory goes offline");
            self.on_directory_failed(directory);
        }
        // Behind the news of directories that failed: nobody is told that something is there which is not.
        self.mail_others(|| Mail::Checkpointed);
        self.on_checkpointed();
        self.checkpoints.is_under_way = false;
        if self.checkpoints.is_wanted {
            self.begin_checkpoints();
        }
    }

    /// What this shard has reported is on the disk.
    pub(super) fn on_checkpointed(&mut self) {
        for waiting in std::mem::take(&mut self.checkpoints.reported) {
            match waiting {
                Waiting::Deletion { ticket, low_watermark, directory } => {
                    let is_there = self.directories.is_online(directory);
                    let answer = if is_there { Ok(low_watermark) } else { Err(ErrorCode::KafkaStorageError) };
                    self.answer_deletion(ticket, answer);
                }
                Waiting::Retired(slot) => self.on_retired(slot),
                Waiting::Move(slot) => self.on_move_checkpointed(slot),
            }
        }
    }
}

//! Logs that move to another log directory.
//!
//! In order: what is durable is copied while the partition is served; the log is closed; the rest is copied; the
//! new directory's checkpoint file gets the log's start; the metadata say that the copy is where the partition is; the
//! old directory takes the name of a deleted one; the copy takes the partition's name; the log is opened there, and
//! the partition is served. From the close until then batches wait (`api/produce/held.rs`); who wants anything else is
//! told that the partition has no leader here, and asks again.
//!
//! Cut off at any point there is one complete directory that a start finds (`server/inspection/partitions.rs`), and so
//! does a start of Kafka's: the old one as long as it has its name, then the copy, since the metadata name its place.
//! While both are there and the metadata name the new one they are the same: nothing is appended to the new one before
//! the old one has lost its name, and after a failure nothing to the old one before the metadata name it again.
//!
//! An old directory that cannot be renamed, because its disk fails, keeps its name: the log is opened in the new one all
//! the same, and the metadata tell a start which of the two has the records. A copy is removed only when it is not the
//! partition's place and the log is open where it is.
//!
//! A copy that a start finds unfinished is made anew, and so the partition moves on.

mod opening;

pub(crate) use opening::{MoveFailure, MovedLog};

use super::Shard;
use super::close::LogAtClose;
use super::mail::Mail;
use super::partitions::ShardJobDone;
use super::recovery::LogPlace;
use super::token::Purpose;
use crate::control::{ControlRequest, ControlTicket};
use crate::log_dirs::rename_durably;
use crate::partition::State;
use crate::slots::SlotId;
use loglane_model::{FileSystem, JobDone, Offset};
use loglane_net::ErrorCode;
use loglane_ring::Io;
use loglane_storage::directory::{
    DirectoryKind, NAME_BYTES_MAX, partition_directory_name, retired_directory_name, unwanted_copy_name,
};
use loglane_storage::{CloseSync, CopyError, LogCopy};
use std::io;
use std::path::PathBuf;
use std::time::Duration;

/// Copies run in a lane of their own, a step of one at a time.
const MOVE_LANE: u32 = u32::MAX - (1 << 17) - 2;

/// A move under way.
#[derive(Debug)]
pub(crate) struct Move {
    /// Index of the new directory.
    pub(crate) target: u16,
    /// Where the copy is until it takes the partition's name.
    future: PathBuf,
    step: Step,
    /// What somebody has asked for since: where to go from there.
    next: Option<u16>,
    /// Bytes copied so far, and the first offset that the copy may lack.
    pub(crate) bytes: u64,
    end_offset: Offset,
    /// Between two jobs.
    copy: Option<Box<LogCopy>>,
    /// From the close on: what the checkpoint files say of the log.
    at_close: Option<LogAtClose>,
    /// Somebody has written to the log, so that there are files; known from the close on.
    is_made: bool,
    /// After a failure: the copy has the partition's name already.
    has_name: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// What is durable is copied; the partition is served.
    Copying,
    /// The log is closing.
    Closing,
    /// The rest is copied.
    Rest,
    /// The new directory's checkpoint file gets the log's start.
    Recording,
    /// The controller writes down where the partition is.
    Assigning,
    /// The log is opened: in the new directory, or in the old one after a failure.
    Opening,
    /// It could not be opened in the new directory, and the controller writes down that it is in the old one.
    Returning,
}

/// A copy's move, when one of its steps has ended.
struct Copied {
    step: Step,
    has_next: bool,
    is_deleted: bool,
    source: u16,
    target: u16,
}

impl Move {
    /// Whether a job is under way that a clean stop has to wait for.
    pub(crate) fn is_busy(&self) -> bool {
        match self.step {
            Step::Copying | Step::Closing | Step::Recording | Step::Assigning | Step::Returning => false,
            Step::Rest => self.copy.is_none(),
            Step::Opening => true,
        }
    }

    /// Whether the copy is complete, and the metadata are to say so.
    #[cfg(test)]
    pub(crate) fn is_assigning(&self) -> bool {
        self.step == Step::Assigning
    }

    /// Whether the log is closing or closed.
    pub(crate) fn has_closed_log(&self) -> bool {
        self.step != Step::Copying
    }

    /// How many offsets the copy is behind a log that ends there; one that is closed ends where it was closed.
    pub(crate) fn lag(&self, log_end_offset: Option<Offset>) -> i64 {
        let closed_at = self.at_close.as_ref().map(|at_close| at_close.high_watermark);
        let end = log_end_offset.or(closed_at).unwrap_or_default();
        (end.0 - self.end_offset.0).max(0)
    }

    /// What the checkpoint files are to say, from the close on.
    pub(super) fn in_both_directories(&self, source: u16) -> impl Iterator<Item = LogAtClose> {
        let at = |directory| self.at_close.clone().map(|at_close| LogAtClose { directory, ..at_close });
        [at(source), at(self.target)].into_iter().flatten()
    }
}

impl<I: Io<Mail>> Shard<I> {
    /// Begins to move a partition of this shard's; the code tells whether it will happen, not that it has.
    pub(crate) fn move_replica(&mut self, slot: SlotId, target: u16) -> ErrorCode {
        let unique = self.random_id();
        let path = self.directories.path(target).to_owned();
        let partition = self.partitions.get_mut(slot).expect("the caller looked it up");
        let name = retired_directory_name(&partition.topic, partition.number, DirectoryKind::Future, unique);
        if name.len() > NAME_BYTES_MAX {
            return ErrorCode::InvalidTopicException;
        }
        if !self.directories.is_online(target) {
            return ErrorCode::KafkaStorageError;
        }
        if let Some(moving) = &mut partition.moving {
            moving.next = (moving.target != target).then_some(target);
            return ErrorCode::None;
        }
        let (settled, is_made) = match &partition.state {
            State::Online(_) if partition.directory == target => return ErrorCode::None,
            State::Online(served) => (served.log.settled(), served.log.is_made()),
            State::Offline(_) => return ErrorCode::KafkaStorageError,
            State::Opening | State::Deleting(_) | State::Moving => return ErrorCode::ReplicaNotAvailable,
        };
        let from = self.directories.path(partition.directory);
        let from = from.join(partition_directory_name(&partition.topic, partition.number));
        let future = path.join(name);
        partition.moving = Some(Box::new(Move {
            target,
            future: future.clone(),
            step: Step::Copying,
            next: None,
            bytes: 0,
            end_offset: Offset::ZERO,
            copy: None,
            at_close: None,
            is_made: false,
            has_name: false,
        }));
        tracing::info!(
            topic = %partition.topic, partition = partition.number.0, to = %path.display(),
            "a partition moves to another log directory"
        );
        let copy = Box::new(LogCopy::new(from, future, settled));
        if is_made {
            self.spawn_copy(slot, copy, false);
        } else {
            self.close_for_move(slot, copy);
        }
        ErrorCode::None
    }

    /// The start is over: partitions go on that were on their way before it.
    pub(crate) fn resume_moves(&mut self) {
        let wanted = self.directories.moves();
        for ((topic, number), target) in wanted.iter() {
            let Some(slot) = self.slot_of(*topic, *number) else { continue };
            let code = self.move_replica(slot, *target);
            if code != ErrorCode::None {
                let partition = self.partitions.get(slot).expect("looked up above");
                tracing::warn!(
                    topic = %partition.topic, partition = number.0, ?code,
                    "a partition that was on its way to another log directory stays"
                );
            }
        }
    }

    fn random_id(&mut self) -> [u8; 16] {
        let mut id = [0; 16];
        id[..8].copy_from_slice(&self.io.random().to_be_bytes());
        id[8..].copy_from_slice(&self.io.random().to_be_bytes());
        id
    }

    fn spawn_copy(&mut self, slot: SlotId, mut copy: Box<LogCopy>, is_rest: bool) {
        let job = move |fs: &dyn FileSystem| -> JobDone {
            let result = if is_rest { copy.copy_rest(fs) } else { copy.copy_settled(fs) };
            Box::new(ShardJobDone::Copied { slot, copy, result })
        };
        // Nobody is served during the last pass: it waits for no other copy.
        let lane = if is_rest { slot.index } else { MOVE_LANE };
        self.io.spawn(Purpose::Job.token(), lane, Box::new(job));
    }

    /// A step of a copy has ended.
    pub(super) fn on_copied(&mut self, slot: SlotId, copy: Box<LogCopy>, result: Result<bool, CopyError>) {
        let (is_closing, closes_logs) = (self.closing.has_begun(), self.closing.closes_logs());
        let copied = self.note_copied(slot, &copy);
        let Some(Copied { step, has_next, is_deleted, source, target }) = copied else {
            // The topic is gone, or the directory that the log was in.
            self.remove_future(copy.path().to_owned());
            return;
        };
        let result = if self.directories.is_online(target) {
            result
        } else {
            Err(CopyError::Target(io::Error::other("its log directory has failed")))
        };
        if let Err(failure) = &result {
            let to = copy.path().display();
            tracing::error!(error = %failure.error(), %to, "a partition could not be copied: it stays");
        }
        let failed = result.as_ref().err().filter(|failure| failure.is_disk_failure());
        let failed = failed.map(|failure| match failure {
            CopyError::Source(_) => source,
            CopyError::Target(_) => target,
        });
        match (step, result) {
            // A clean stop: the next start begins with what it finds.
            (Step::Copying, _) if is_closing => {}
            (Step::Rest, _) if closes_logs => self.moving(slot).copy = Some(copy),
            (Step::Copying, _) if has_next => self.give_up_move(slot),
            (Step::Copying, Ok(false)) => self.spawn_copy(slot, copy, false),
            (Step::Copying, Ok(true)) => self.copy_more_or_close(slot, copy),
            (Step::Copying, Err(_)) => self.give_up_move(slot),
            (Step::Rest, _) if is_deleted => self.delete_in_move(slot),
            (Step::Rest, Ok(false)) => self.spawn_copy(slot, copy, true),
            (Step::Rest, Ok(true)) => self.record_move(slot),
            (Step::Rest, Err(_)) => self.reopen_source(slot),
            (Step::Closing | Step::Recording | Step::Assigning | Step::Opening | Step::Returning, _) => {
                unreachable!("no copy is under way then")
            }
        }
        if let Some(directory) = failed {
            self.on_directory_failed(directory);
        }
    }

    /// What a copy has now; `None`: nobody wants it any more.
    fn note_copied(&mut self, slot: SlotId, copy: &LogCopy) -> Option<Copied> {
        let partition = self.partitions.get_mut(slot)?;
        let moving = partition.moving.as_mut().filter(|moving| moving.future == copy.path())?;
        moving.bytes = copy.bytes();
        moving.end_offset = copy.end_offset();
        Some(Copied {
            step: moving.step,
            has_next: moving.next.is_some(),
            is_deleted: partition.is_deleted,
            source: partition.directory,
            target: moving.target,
        })
    }

    fn moving(&mut self, slot: SlotId) -> &mut Move {
        let partition = self.partitions.get_mut(slot).expect("the caller looked it up");
        partition.moving.as_mut().expect("the caller looked it up")
    }

    /// What was settled is copied. What was written meanwhile is copied before the close, too, so that little is left
    /// then.
    fn copy_more_or_close(&mut self, slot: SlotId, mut copy: Box<LogCopy>) {
        let partition = self.partitions.get(slot).expect("the caller looked it up");
        let settled = partition.served().expect("served until it is closed").log.settled();
        if copy.goes_on_with(settled) {
            self.spawn_copy(slot, copy, false);
        } else {
            self.close_for_move(slot, copy);
        }
    }

    /// The copy is complete: the new directory's checkpoint file gets the log's start.
    fn record_move(&mut self, slot: SlotId) {
        let moving = self.moving(slot);
        moving.step = Step::Recording;
        moving.end_offset = moving.at_close.as_ref().expect("it is closed").high_watermark;
        self.move_on_when_checkpointed(slot);
    }

    /// From here on nobody is served until the log is open in the new directory.
    fn close_for_move(&mut self, slot: SlotId, copy: Box<LogCopy>) {
        let partition = self.partitions.get_mut(slot).expect("the caller looked it up");
        let moving = partition.moving.as_mut().expect("the caller looked it up");
        moving.step = Step::Closing;
        moving.copy = Some(copy);
        partition.served_mut().expect("served until it is closed").log.close(CloseSync::Each);
        self.mark_dirty(slot);
    }

    /// The new directory's checkpoint file has the log's start.
    pub(super) fn on_move_checkpointed(&mut self, slot: SlotId) {
        let moving = self.partitions.get_mut(slot).and_then(|partition| partition.moving.as_deref_mut());
        let Some(moving) = moving.filter(|moving| moving.step == Step::Recording) else { return };
        let target = moving.target;
        if self.directories.is_online(target) {
            moving.step = Step::Assigning;
            self.assign_directory(slot, target);
        } else {
            self.reopen_source(slot);
        }
    }

    /// The copy came to nothing: the closed log is opened again where it is, and where the metadata say. The copy stays
    /// until it is open: if it cannot be, what was copied may be all that there is.
    fn reopen_source(&mut self, slot: SlotId) {
        let source = self.partitions.get(slot).expect("the caller looked it up").directory;
        if !self.closing.closes_logs() {
            self.open_moved(slot, source);
        }
    }

    /// The partition stays where it is, or goes somewhere else.
    fn give_up_move(&mut self, slot: SlotId) {
        let partition = self.partitions.get_mut(slot).expect("the caller looked it up");
        let moving = partition.moving.take().expect("the caller looked it up");
        self.remove_future(moving.future);
        if let Some(next) = moving.next {
            self.move_replica(slot, next);
        }
    }

    /// A served partition's log goes another way, with its topic or its directory: the move is off.
    pub(super) fn abandon_move(&mut self, slot: SlotId) {
        let Some(partition) = self.partitions.get_mut(slot) else { return };
        if let Some(moving) = partition.moving.take_if(|moving| moving.copy.is_some()) {
            self.remove_future(moving.future);
        } else {
            // The step of the copy that is under way finds nobody who wants it.
            partition.moving = None;
        }
    }

    /// Removes a copy that nobody wants. It loses its name first: Kafka would go on with what is left of it, and never
    /// miss a segment at its front.
    fn remove_future(&mut self, path: PathBuf) {
        let name = path.file_name().and_then(|name| unwanted_copy_name(&name.to_string_lossy()));
        let unwanted = path.with_file_name(name.expect("copies are named so"));
        let job = move |fs: &dyn FileSystem| -> JobDone {
            let renamed = rename_durably(fs, &path, &unwanted);
            let result = match renamed.and_then(|()| fs.remove_dir_all(&unwanted)) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
                result => result,
            };
            Box::new(ShardJobDone::Written { what: "the end of a copy that nobody wants", result })
        };
        self.io.spawn(Purpose::Job.token(), MOVE_LANE, Box::new(job));
    }

    /// Something has happened to a log that is to be closed for its move.
    pub(super) fn advance_move(&mut self, slot: SlotId) {
        let closes_logs = self.closing.closes_logs();
        let partition = self.partitions.get_mut(slot).expect("the caller looked it up");
        let is_idle = partition.in_flight == 0;
        let is_closed = partition.served().is_some_and(|served| served.log.is_closed());
        let Some(moving) = partition.moving.as_mut().filter(|moving| moving.step == Step::Closing) else {
            return;
        };
        if !is_idle || !is_closed || closes_logs {
            return;
        }
        moving.step = Step::Rest;
        let copy = moving.copy.take().expect("kept since the first pass");
        let State::Online(mut served) = std::mem::replace(&mut partition.state, State::Moving) else {
            unreachable!("looked at above")
        };
        let at_close = LogAtClose {
            directory: partition.directory,
            name: (partition.topic.to_string(), partition.number),
            recovery_point: served.log.recovery_point(),
            log_start_offset: served.log.log_start_offset(),
            high_watermark: served.leader.high_watermark(),
        };
        let is_made = served.log.is_made();
        let moving = partition.moving.as_mut().expect("looked up above");
        moving.at_close = Some(at_close);
        moving.is_made = is_made;
        if !is_made {
            moving.step = Step::Recording;
        }
        served.log.release(&mut self.pool);
        self.budgets.forget(slot.index);
        self.recovery.forget(LogPlace::Partition(slot));
        self.fail_waiters(slot, ErrorCode::NotLeaderOrFollower);
        if is_made {
            self.spawn_copy(slot, copy, true);
        } else {
            self.move_on_when_checkpointed(slot);
        }
    }

    /// Has the controller write down in which directory a partition is.
    fn assign_directory(&mut self, slot: SlotId, directory: u16) {
        let partition = self.partitions.get(slot).expect("the caller looked it up");
        let (topic, number) = (partition.topic_id, partition.number);
        let directory = self.directories.at_start(directory).id;
        let ticket = ControlTicket::Assigned { shard: self.id, slot };
        self.control(ticket, ControlRequest::AssignDirectory((topic, number, directory)));
    }

    /// The metadata name the directory that was asked for: the new one, or after a failure the old one.
    pub(crate) fn on_directory_assigned(&mut self, slot: SlotId, is_done: bool) {
        if self.closing.closes_logs() {
            return;
        }
        let Some(partition) = self.partitions.get_mut(slot) else { return };
        let source = partition.directory;
        let Some(moving) = partition.moving.as_mut() else { return };
        match moving.step {
            Step::Assigning if is_done && self.directories.is_online(moving.target) => {
                let target = moving.target;
                self.open_moved(slot, target);
            }
            Step::Assigning => {
                moving.step = Step::Returning;
                self.assign_directory(slot, source);
            }
            Step::Returning if is_done => self.reopen_source(slot),
            Step::Returning => {
                // Both directories may have the partition, and the metadata name the wrong one: whatever was
                // acknowledged now could be lost. The next start finds out.
                tracing::error!(
                    topic = %partition.topic, partition = partition.number.0,
                    "a partition that could not be moved is offline"
                );
                self.end_move_offline(slot);
            }
            Step::Copying | Step::Closing | Step::Rest | Step::Recording | Step::Opening => {
                unreachable!("nobody has asked the controller then")
            }
        }
    }

    /// A copy that nobody needs goes, whichever of its names it has.
    fn drop_copy(&mut self, slot: SlotId, moving: &Move) {
        self.remove_future(moving.future.clone());
        if !moving.has_name {
            return;
        }
        let retired = self.retired_name(slot);
        let partition = self.partitions.get(slot).expect("the caller looked it up");
        let root = self.directories.path(moving.target).to_owned();
        let from = root.join(partition_directory_name(&partition.topic, partition.number));
        let to = root.join(retired);
        self.retire_later(to.clone(), Duration::ZERO);
        let job = move |fs: &dyn FileSystem| -> JobDone {
            let result = rename_durably(fs, &from, &to);
            Box::new(ShardJobDone::Written { what: "the end of a copy that is of no use", result })
        };
        self.io.spawn(Purpose::Job.token(), slot.index, Box::new(job));
    }

    /// The topic of a partition is gone whose log is closed: its directory goes, and the copy.
    pub(super) fn delete_in_move(&mut self, slot: SlotId) {
        let partition = self.partitions.get_mut(slot).expect("the caller looked it up");
        let moving = partition.moving.take().expect("the caller looked it up");
        let directory = partition.directory;
        let name = partition_directory_name(&partition.topic, partition.number);
        self.drop_copy(slot, &moving);
        let from = moving.is_made.then(|| self.directories.path(directory).join(name));
        self.retire_directory(slot, directory, from, Duration::ZERO);
    }

    /// The topic of a moving partition is gone.
    pub(super) fn begin_delete_in_move(&mut self, slot: SlotId) {
        let partition = self.partitions.get_mut(slot).expect("the caller looked it up");
        partition.is_deleted = true;
        let is_busy = partition.moving.as_ref().expect("its state says so").is_busy();
        self.release_held(slot);
        if !is_busy {
            self.delete_in_move(slot);
        }
    }
}

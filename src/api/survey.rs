//! Requests whose answer is put together from what every shard says of its partitions: what the log directories hold,
//! who writes.
//!
//! The connection's shard asks all shards once and answers when the last has told. Each tells what it sees at that
//! moment; nothing waits for the disk, except where the answer says how large the volumes are.

use super::alter_replica_log_dirs::{AskedMoves, Wish};
use super::describe_log_dirs::{AskedLogDirs, Replica, Volume};
use super::describe_producers::{AskedProducers, ProducersOf};
use super::{Call, Pending};
use crate::shard::Shard;
use crate::shard::mail::Mail;
use crate::slots::SlotId;
use loglane_model::{PartitionId, ShardId, TopicId};
use loglane_net::ErrorCode;
use loglane_ring::Io;
use std::sync::Arc;

/// What every shard is asked.
#[derive(Debug, Clone)]
pub(crate) enum Question {
    /// Which logs there are, where, and how large.
    Replicas,
    /// Who writes to these partitions. A shard tells of those that are its own.
    Producers(Arc<Vec<(TopicId, PartitionId)>>),
    /// Move those that are yours.
    Moves(Arc<Vec<Wish>>),
}

/// What a shard, or the disk, has told.
#[derive(Debug)]
pub(crate) enum Told {
    Replicas(Vec<Replica>),
    /// From the helper pool: the volumes of the directories, in their order.
    Volumes(Vec<Volume>),
    /// Each with its place in the question.
    Producers(Vec<(usize, ProducersOf)>),
    Moves(Vec<(usize, ErrorCode)>),
}

/// What the answer needs of the request.
#[derive(Debug)]
pub(crate) enum Surveyed {
    LogDirs(AskedLogDirs),
    Producers(AskedProducers),
    Moves(AskedMoves),
}

/// A survey that is not yet complete.
#[derive(Debug)]
pub(crate) struct PendingSurvey {
    call: Call,
    asked: Surveyed,
    told: Vec<Told>,
    outstanding: usize,
}

impl<I: Io<Mail>> Shard<I> {
    /// Asks every shard. `jobs` more answers are on their way by [`Shard::on_told`].
    pub(super) fn begin_survey(
        &mut self,
        call: Call,
        asked: Surveyed,
        question: &Question,
        jobs: usize,
    ) -> SlotId {
        let outstanding = usize::from(self.shard_count) + jobs;
        let pending = PendingSurvey { call, asked, told: Vec::new(), outstanding };
        let id = self.requests.pending.insert(Pending::Survey(Box::new(pending)));
        self.connections.get_mut(call.connection).expect("it just sent this").exclusive = Some(id);
        for shard in (0..self.shard_count).map(ShardId) {
            if shard != self.id {
                self.mail(shard, Mail::Survey { request: id, question: question.clone() });
            }
        }
        let own = self.tell(question);
        self.on_told(id, own);
        id
    }

    /// Another shard wants to know.
    pub(crate) fn on_survey(&mut self, from: ShardId, request: SlotId, question: &Question) {
        let told = self.tell(question);
        self.mail(from, Mail::Told { request, told: Box::new(told) });
    }

    fn tell(&mut self, question: &Question) -> Told {
        match question {
            Question::Replicas => Told::Replicas(self.replicas()),
            Question::Moves(wishes) => Told::Moves(self.begin_moves(wishes)),
            Question::Producers(partitions) => Told::Producers(self.producers_of(partitions)),
        }
    }

    /// Somebody has told.
    pub(crate) fn on_told(&mut self, id: SlotId, told: Told) {
        // It has gone if its connection has.
        let Some(Pending::Survey(pending)) = self.requests.pending.get_mut(id) else { return };
        pending.told.push(told);
        pending.outstanding -= 1;
        if pending.outstanding > 0 {
            return;
        }
        let Some(Pending::Survey(pending)) = self.requests.pending.remove(id) else {
            unreachable!("looked up as a survey just now")
        };
        let PendingSurvey { call, asked, told, .. } = *pending;
        match asked {
            Surveyed::LogDirs(asked) => self.answer_describe_log_dirs(call, &asked, told),
            Surveyed::Moves(asked) => self.answer_alter_replica_log_dirs(call, &asked, told),
            Surveyed::Producers(asked) => self.answer_describe_producers(call, &asked, told),
        }
        self.end_exclusive(call.connection);
    }
}

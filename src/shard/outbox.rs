//! Mail on its way to other shards.
//!
//! A full mailbox never blocks the loop: what does not fit waits here in order, and as long as anything waits no
//! new request is taken up. What can still be added meanwhile are answers to requests that other shards already
//! count as theirs, so the queue is bounded by the requests in flight.

use super::Shard;
use super::mail::Mail;
use loglane_model::{Bug, Instant, ShardId, planted};
use loglane_ring::{Io, MailFull};
use std::collections::VecDeque;
use std::time::Duration;

/// How soon a full mailbox is tried again when nothing else wakes the shard.
const RETRY: Duration = Duration::from_micros(200);

/// One queue for each other shard.
#[derive(Debug)]
pub(crate) struct Outbox {
    queues: Vec<VecDeque<Mail>>,
    queued: usize,
}

impl Outbox {
    pub(crate) fn new(shard_count: u16) -> Outbox {
        Outbox { queues: (0..shard_count).map(|_| VecDeque::new()).collect(), queued: 0 }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.queued == 0
    }

    pub(crate) fn is_empty_to(&self, to: ShardId) -> bool {
        self.queues[usize::from(to.0)].is_empty()
    }

    pub(crate) fn retry_at(&self, now: Instant) -> Option<Instant> {
        (self.queued > 0).then(|| now.after(RETRY))
    }
}

impl<I: Io<Mail>> Shard<I> {
    /// Sends mail, behind what already waits for that shard.
    pub(crate) fn mail(&mut self, to: ShardId, mail: Mail) {
        assert!(to != self.id, "a shard does not write to itself");
        let queue = &mut self.outbox.queues[usize::from(to.0)];
        if queue.is_empty() {
            match self.io.mail(to, mail) {
                Ok(()) => return,
                Err(MailFull(_)) if planted(Bug::DropMail) => return,
                Err(MailFull(mail)) => queue.push_back(mail),
            }
        } else {
            queue.push_back(mail);
        }
        self.outbox.queued += 1;
    }

    /// Sends the same to every other shard.
    pub(crate) fn mail_others(&mut self, mut mail: impl FnMut() -> Mail) {
        for to in (0..self.shard_count).map(ShardId) {
            if to != self.id {
                self.mail(to, mail());
            }
        }
    }

    /// Tries again what did not fit.
    pub(crate) fn flush_outbox(&mut self) {
        if self.outbox.is_empty() {
            return;
        }
        for to in 0..self.shard_count {
            let queue = &mut self.outbox.queues[usize::from(to)];
            while let Some(mail) = next_of(queue) {
                match self.io.mail(ShardId(to), mail) {
                    Ok(()) => self.outbox.queued -= 1,
                    Err(MailFull(mail)) => {
                        queue.push_front(mail);
                        break;
                    }
                }
            }
        }
    }
}

/// What has waited longest.
fn next_of(queue: &mut VecDeque<Mail>) -> Option<Mail> {
    if planted(Bug::ReorderMail) { queue.pop_back() } else { queue.pop_front() }
}

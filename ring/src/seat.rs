//! What a shard has besides its sockets and files, whatever serves those: its number, mail, jobs, clock, chance.

use crate::clock::{Clock, Randomness};
use crate::io::{Done, Event, MailFull, Token};
use crate::mail::{Mailbox, Waker};
use crate::release::Releases;
use crate::workers::{Lane, Workers};
use loglane_model::{FileSystem, Instant, Job, ShardId};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

pub(crate) struct Seat<M> {
    shard: ShardId,
    pub(crate) mailbox: Mailbox<M>,
    pub(crate) waker: Arc<Waker>,
    pub(crate) releases: Arc<Releases>,
    clock: Clock,
    randomness: Randomness,
    helpers: Arc<Workers>,
    file_system: Arc<dyn FileSystem>,
    returns: Arc<Returns>,
}

/// What other threads have done for the shard, on its way back.
pub(crate) struct Returns {
    outcomes: Mutex<Vec<(Token, std::thread::Result<Done>)>>,
    pending: AtomicBool,
    waker: Arc<Waker>,
}

impl<M> Seat<M> {
    pub(crate) fn new(
        shard: ShardId,
        (mailbox, waker): (Mailbox<M>, Arc<Waker>),
        helpers: Arc<Workers>,
        file_system: Arc<dyn FileSystem>,
    ) -> Seat<M> {
        let returns = Returns {
            outcomes: Mutex::new(Vec::new()),
            pending: AtomicBool::new(false),
            waker: Arc::clone(&waker),
        };
        Seat {
            shard,
            mailbox,
            releases: Releases::new(Arc::clone(&waker)),
            waker,
            clock: Clock::read(),
            randomness: Randomness::new(),
            helpers,
            file_system,
            returns: Arc::new(returns),
        }
    }

    pub(crate) fn now(&self) -> Instant {
        self.clock.now()
    }

    pub(crate) fn wall_clock_ms(&self) -> i64 {
        self.clock.wall_clock_ms()
    }

    pub(crate) fn random(&mut self) -> u64 {
        self.randomness.next()
    }

    pub(crate) fn mail(&mut self, to: ShardId, mail: M) -> Result<(), MailFull<M>> {
        self.mailbox.post(to, mail)
    }

    pub(crate) fn spawn(&self, token: Token, lane: u32, job: Box<dyn Job>) {
        let file_system = Arc::clone(&self.file_system);
        let returns = Arc::clone(&self.returns);
        let work = move || returns.run(token, || Done::Job(job.run(&*file_system)));
        self.helpers.run_in_lane(Lane { shard: self.shard, lane }, Box::new(work));
    }

    /// Where other threads leave what they have done for this shard.
    pub(crate) fn returns(&self) -> Arc<Returns> {
        Arc::clone(&self.returns)
    }

    /// Says whether the shard may sleep. If so, everybody who leaves something from here on wakes it, until
    /// [`Seat::collect`].
    pub(crate) fn may_sleep(&self) -> bool {
        self.waker.falls_asleep();
        let pending = self.mailbox.is_pending() || self.returns.is_pending() || self.releases.is_pending();
        if pending {
            self.waker.is_awake();
        }
        !pending
    }

    /// Reads the clocks and hands out jobs' outcomes and mail.
    pub(crate) fn collect(&mut self, events: &mut Vec<Event<M>>) {
        self.waker.is_awake();
        self.clock = Clock::read();
        if self.returns.is_pending() {
            for (token, outcome) in self.returns.take() {
                let done = outcome.unwrap_or_else(|panic| resume_unwind(panic));
                events.push(Event::Done { token, done });
            }
        }
        self.mailbox.collect(|from, mail| events.push(Event::Mail { from, mail }));
    }
}

impl Returns {
    /// Does the work and leaves its outcome. Work that panics takes the shard along, which is where a panic is noticed.
    pub(crate) fn run(&self, token: Token, work: impl FnOnce() -> Done) {
        let outcome = catch_unwind(AssertUnwindSafe(work));
        let mut outcomes = self.outcomes.lock().unwrap_or_else(PoisonError::into_inner);
        outcomes.push((token, outcome));
        self.pending.store(true, Ordering::Release);
        drop(outcomes);
        self.waker.wake_if_asleep();
    }

    fn is_pending(&self) -> bool {
        self.pending.load(Ordering::Acquire)
    }

    fn take(&self) -> Vec<(Token, std::thread::Result<Done>)> {
        let mut outcomes = self.outcomes.lock().unwrap_or_else(PoisonError::into_inner);
        self.pending.store(false, Ordering::Release);
        std::mem::take(&mut *outcomes)
    }
}

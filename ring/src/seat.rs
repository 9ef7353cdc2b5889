//! What a shard has besides its sockets and files, whatever serves those: its number, mail, jobs, clock, chance.

use crate::clock::{Clock, Randomness};
use crate::io::{Done, Event, MailFull, Token};
use crate::mail::{Mailbox, Waker};
use crate::release::Releases;
use crate::workers::{Lane, Workers};
use loglane_model::{FileSystem, Instant, Job, JobDone, ShardId};
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
    jobs_done: Arc<JobsDone>,
}

/// Outcomes of jobs on their way back to the shard.
struct JobsDone {
    outcomes: Mutex<Vec<(Token, std::thread::Result<JobDone>)>>,
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
        let jobs_done = JobsDone {
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
            jobs_done: Arc::new(jobs_done),
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
        let jobs_done = Arc::clone(&self.jobs_done);
        let work = move || {
            // A job that panics takes its shard along, which is where the panic would be noticed.
            let outcome = catch_unwind(AssertUnwindSafe(|| job.run(&*file_system)));
            jobs_done.leave(token, outcome);
        };
        self.helpers.run_in_lane(Lane { shard: self.shard, lane }, Box::new(work));
    }

    /// Says whether the shard may sleep. If so, everybody who leaves something from here on wakes it, until
    /// [`Seat::collect`].
    pub(crate) fn may_sleep(&self) -> bool {
        self.waker.falls_asleep();
        let pending = self.mailbox.is_pending() || self.jobs_done.is_pending() || self.releases.is_pending();
        if pending {
            self.waker.is_awake();
        }
        !pending
    }

    /// Reads the clocks and hands out jobs' outcomes and mail.
    pub(crate) fn collect(&mut self, events: &mut Vec<Event<M>>) {
        self.waker.is_awake();
        self.clock = Clock::read();
        if self.jobs_done.is_pending() {
            for (token, outcome) in self.jobs_done.take() {
                let done = outcome.unwrap_or_else(|panic| resume_unwind(panic));
                events.push(Event::Done { token, done: Done::Job(done) });
            }
        }
        self.mailbox.collect(|from, mail| events.push(Event::Mail { from, mail }));
    }
}

impl JobsDone {
    fn leave(&self, token: Token, outcome: std::thread::Result<JobDone>) {
        let mut outcomes = self.outcomes.lock().unwrap_or_else(PoisonError::into_inner);
        outcomes.push((token, outcome));
        self.pending.store(true, Ordering::Release);
        drop(outcomes);
        self.waker.wake_if_asleep();
    }

    fn is_pending(&self) -> bool {
        self.pending.load(Ordering::Acquire)
    }

    fn take(&self) -> Vec<(Token, std::thread::Result<JobDone>)> {
        let mut outcomes = self.outcomes.lock().unwrap_or_else(PoisonError::into_inner);
        self.pending.store(false, Ordering::Release);
        std::mem::take(&mut *outcomes)
    }
}

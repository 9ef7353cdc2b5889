//! The world behind a door of its own: what it allocates to make things happen is no allocation of the shard's.

use allocation_counter::opt_out;
use loglane_model::{Instant, Job, ShardId, SharedBlock};
use loglane_ring::{Event, Io, MailFull, Op, Socket, Token};

/// Another [`Io`], whose allocations do not count. Jobs run behind it as well.
pub(super) struct Uncounted<I> {
    io: I,
    /// Jobs that were given to it. One job is an allocation, and many on the threads that run them.
    pub(super) jobs: u64,
}

impl<I> Uncounted<I> {
    pub(super) fn new(io: I) -> Uncounted<I> {
        Uncounted { io, jobs: 0 }
    }
}

/// [`opt_out`] with a result.
fn uncounted<T>(act: impl FnOnce() -> T) -> T {
    let mut outcome = None;
    opt_out(|| outcome = Some(act()));
    outcome.expect("the closure has run")
}

impl<M, I: Io<M>> Io<M> for Uncounted<I> {
    fn now(&self) -> Instant {
        self.io.now()
    }

    fn wall_clock_ms(&self) -> i64 {
        self.io.wall_clock_ms()
    }

    fn random(&mut self) -> u64 {
        self.io.random()
    }

    fn submit(&mut self, token: Token, op: Op) {
        uncounted(|| self.io.submit(token, op));
    }

    fn spawn(&mut self, token: Token, lane: u32, job: Box<dyn Job>) {
        self.jobs += 1;
        uncounted(|| self.io.spawn(token, lane, job));
    }

    fn shutdown(&mut self, socket: &Socket) {
        uncounted(|| self.io.shutdown(socket));
    }

    fn cancel_accept(&mut self, token: Token) {
        uncounted(|| self.io.cancel_accept(token));
    }

    fn mail(&mut self, to: ShardId, mail: M) -> Result<(), MailFull<M>> {
        uncounted(|| self.io.mail(to, mail))
    }

    fn recycle(&mut self, block: SharedBlock) {
        uncounted(|| self.io.recycle(block));
    }

    fn wait(&mut self, until: Option<Instant>, events: &mut Vec<Event<M>>) {
        uncounted(|| self.io.wait(until, events));
    }
}

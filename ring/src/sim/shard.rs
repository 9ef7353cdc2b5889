//! One shard's door to the in-memory world.

use super::random::Random;
use super::{Action, Arrived, World};
use crate::io::{Done, Event, Io, MailFull, Op, Socket, Token};
use loglane_model::{FileSystem, Instant, Job, ShardId, SharedBlock};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::Arc;

/// One shard's [`Io`] in a [`World`].
pub struct SimIo<M> {
    world: World,
    /// Which life of the process it belongs to; it has no part in a later one.
    life: u64,
    shard: ShardId,
    now: Instant,
    wall_clock_ms: i64,
    random: Random,
    post: Rc<RefCell<Post<M>>>,
    file_system: Arc<dyn FileSystem>,
}

/// Mail on its way between the shards of one life.
struct Post<M> {
    mails_max: usize,
    /// `ways[from][to]`; each keeps its order.
    ways: Vec<Vec<VecDeque<(Instant, M)>>>,
}

impl<M> SimIo<M> {
    pub(super) fn all(world: &World, life: u64, mails_max: usize, seeds: &[u64]) -> Vec<SimIo<M>> {
        let ways = seeds.iter().map(|_| seeds.iter().map(|_| VecDeque::new()).collect()).collect();
        let post = Rc::new(RefCell::new(Post { mails_max, ways }));
        let (now, wall_clock_ms) = {
            let state = world.lock();
            (state.now, state.wall_clock_ms())
        };
        let io = |(shard, seed): (usize, &u64)| SimIo {
            world: world.clone(),
            life,
            shard: ShardId(u16::try_from(shard).expect("shards are numbered by u16")),
            now,
            wall_clock_ms,
            random: Random::new(*seed),
            post: Rc::clone(&post),
            file_system: world.file_system(),
        };
        seeds.iter().enumerate().map(io).collect()
    }

    /// The world it belongs to.
    #[must_use]
    pub fn world(&self) -> &World {
        &self.world
    }

    fn index(&self) -> usize {
        usize::from(self.shard.0)
    }

    fn state(&self) -> std::sync::MutexGuard<'_, super::State> {
        let state = self.world.lock();
        assert_eq!(state.life, self.life, "this shard has died");
        state
    }

    fn collect_mail(&mut self, events: &mut Vec<Event<M>>) {
        let to = self.index();
        for (from, ways) in self.post.borrow_mut().ways.iter_mut().enumerate() {
            while ways[to].front().is_some_and(|(when, _)| *when <= self.now) {
                let (_, mail) = ways[to].pop_front().expect("just seen");
                let from = ShardId(u16::try_from(from).expect("shards are numbered by u16"));
                self.state().trace([self.now.0, u64::from(self.shard.0), u64::from(from.0), 1000]);
                events.push(Event::Mail { from, mail });
            }
        }
    }
}

impl<M> Io<M> for SimIo<M> {
    fn now(&self) -> Instant {
        self.now
    }

    fn wall_clock_ms(&self) -> i64 {
        self.wall_clock_ms
    }

    fn random(&mut self) -> u64 {
        self.random.next()
    }

    fn submit(&mut self, token: Token, op: Op) {
        self.state().submit(self.index(), token, op);
    }

    fn spawn(&mut self, token: Token, lane: u32, job: Box<dyn Job>) {
        self.state().spawn(self.index(), token, lane, job);
    }

    fn shutdown(&mut self, socket: &Socket) {
        self.state().shut_down(socket);
    }

    fn cancel_accept(&mut self, token: Token) {
        self.state().cancel_accept(self.index(), token);
    }

    fn mail(&mut self, to: ShardId, mail: M) -> Result<(), MailFull<M>> {
        let mut post = self.post.borrow_mut();
        let mails_max = post.mails_max;
        let way = &mut post.ways[self.index()][usize::from(to.0)];
        if way.len() >= mails_max {
            return Err(MailFull(mail));
        }
        let mut state = self.state();
        let span = state.options.mail_us.clone();
        let mut when = state.soon(span);
        if let Some((before, _)) = way.back() {
            when = when.max(*before);
        }
        state.at(when, Action::Wake { shard: usize::from(to.0) });
        way.push_back((when, mail));
        Ok(())
    }

    fn recycle(&mut self, block: SharedBlock) {
        let mut state = self.state();
        let shard = self.index();
        state.shards[shard].blocks.give(block);
        state.feed_starved(shard);
    }

    fn wait(&mut self, until: Option<Instant>, events: &mut Vec<Event<M>>) {
        let mut state = self.state();
        state.notice_dropped_sockets();
        let shard = self.index();
        state.shards[shard].deadline = until;
        let (now, wall_clock_ms) = (state.now, state.wall_clock_ms());
        let arrived = std::mem::take(&mut state.shards[shard].inbox);
        drop(state);
        (self.now, self.wall_clock_ms) = (now, wall_clock_ms);
        for arrived in arrived {
            let (token, done) = match arrived {
                Arrived::Done(token, done) => (token, done),
                // The world is not locked here: the job uses it.
                Arrived::Job(token, job) => (token, Done::Job(job.run(&*self.file_system))),
            };
            let kind = kind_of(&done);
            self.state().trace([self.now.0, u64::from(self.shard.0), token.0, kind]);
            events.push(Event::Done { token, done });
        }
        self.collect_mail(events);
    }
}

/// A number that tells outcomes apart, for the trace.
fn kind_of(done: &Done) -> u64 {
    let (kind, amount) = match done {
        Done::Accepted(outcome) => (1, u64::from(outcome.is_ok())),
        Done::Received(outcome) => (2, outcome.as_ref().map_or(u64::MAX, |(_, len)| *len as u64)),
        Done::ReceivedExact { result, .. } => (3, u64::from(result.is_ok())),
        Done::Sent { result, .. } => (4, u64::from(result.is_ok())),
        Done::Written { result, .. } => (5, u64::from(result.is_ok())),
        Done::Read { result, .. } => (6, result.as_ref().map_or(u64::MAX, |len| *len as u64)),
        Done::Job(_) => (7, 0),
    };
    amount.wrapping_mul(8).wrapping_add(kind)
}

//! The world through io_uring: one ring per shard, one system call per turn for everything that was queued.
//!
//! Every operation has a slot, which owns its buffers until the kernel has reported the completion; a ring that is
//! dropped cancels what is in flight and waits for it. No operation used here is one that the kernel would hand to
//! its worker threads (`iou-wrk`): a test watches for them.

mod buffer_ring;
mod file_table;
mod kernel;
mod slot;
#[cfg(test)]
mod tests;

use crate::clock::monotonic;
use crate::io::{Done, Event, Io, MailFull, Op, Socket, Token};
use crate::net::accepted_socket;
use crate::probe::{Failure, UringLevel};
use crate::receive_blocks::empty_block;
use crate::seat::Seat;
use crate::turns::{Crowd, SEND_PARTS_PER_TURN, SMALL_SEND_BYTES};
use buffer_ring::BufferRing;
use file_table::{FileTable, Target};
use io_uring::squeue::Entry;
use io_uring::{IoUring, cqueue, opcode, types};
use kernel::{Door, Wait};
use loglane_model::{Instant, Job, ShardId, SharedBlock};
use slot::{Slot, State};
use std::collections::VecDeque;
use std::io;
use std::marker::PhantomData;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

/// Bounds of one ring.
#[derive(Debug, Clone, Copy)]
pub(crate) struct UringOptions {
    pub(crate) queue_entries: u32,
    pub(crate) receive_blocks_max: usize,
    pub(crate) registered_files_max: u32,
}

/// `user_data` of completions that belong to no slot; slots stay below 2^32 - 2.
const WAKE: u64 = u64::MAX;
const CANCEL: u64 = u64::MAX - 1;

/// How long accepting pauses when the process has run out of descriptors or memory.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// A disk operation that the kernel puts off more often than this has failed.
const PUT_OFF_MAX: u32 = 1000;

/// A shard's io_uring. Stays on the thread that made it.
///
/// The ring comes first among the fields: it is closed before the memory goes that it was told of.
pub(crate) struct Uring<M> {
    ring: IoUring,
    door: Door,
    files: FileTable,
    buffers: BufferRing,
    slots: Vec<Slot>,
    free: Vec<u32>,
    /// Submissions whose last completion is still to come: so long the kernel may use what they point to.
    live: usize,
    /// Submissions that found the queue full.
    backlog: VecDeque<Entry>,
    /// Receives that found no buffer, in order.
    starved: VecDeque<u32>,
    /// Accepts that pause, and until when.
    paused: Vec<(Instant, u32)>,
    /// Sends of which much is left, in line for their next part.
    large_sends: VecDeque<u32>,
    crowd: Crowd,
    /// Outcomes that needed no kernel.
    ready: Vec<(Token, Done)>,
    reaped: Vec<(u64, i32, u32)>,
    /// Where the kernel puts what it reads from the waker.
    wake_count: Arc<AtomicU64>,
    seat: Seat<M>,
    _stays_on_its_thread: PhantomData<*const ()>,
}

impl<M> Uring<M> {
    pub(crate) fn new(options: UringOptions, seat: Seat<M>) -> io::Result<Uring<M>> {
        let (ring, _) = kernel::make_ring(options.queue_entries)?;
        let buffers = BufferRing::register(&ring.submitter(), options.receive_blocks_max)?;
        let files =
            FileTable::new(&ring.submitter(), options.registered_files_max, Arc::clone(&seat.releases));
        let mut uring = Uring {
            door: Door::new(&ring),
            ring,
            files,
            buffers,
            slots: Vec::new(),
            free: Vec::new(),
            live: 0,
            backlog: VecDeque::new(),
            starved: VecDeque::new(),
            paused: Vec::new(),
            large_sends: VecDeque::new(),
            crowd: Crowd::default(),
            ready: Vec::new(),
            reaped: Vec::new(),
            wake_count: Arc::new(AtomicU64::new(0)),
            seat,
            _stays_on_its_thread: PhantomData,
        };
        uring.arm_waker();
        Ok(uring)
    }

    fn arm_waker(&mut self) {
        self.live += 1;
        let waker = types::Fd(self.seat.waker.fd().as_raw_fd());
        self.push(opcode::Read::new(waker, self.wake_count.as_ptr().cast(), 8).build().user_data(WAKE));
    }

    /// Queues a submission. What it points to is owned by a slot, by `wake_count`, or by nobody (a cancellation).
    fn push(&mut self, entry: Entry) {
        if !self.backlog.is_empty() || !self.try_push(&entry) {
            // The kernel takes what it can; where it wants completions reaped first, the rest waits for that.
            let _ = self.enter(Wait::Submit);
            self.backlog.push_back(entry);
            self.push_backlog();
        }
    }

    fn push_backlog(&mut self) {
        while let Some(entry) = self.backlog.pop_front() {
            if !self.try_push(&entry) {
                self.backlog.push_front(entry);
                return;
            }
        }
    }

    fn try_push(&mut self, entry: &Entry) -> bool {
        // SAFETY: the entry points into its slot's state, pieces and message, or into `wake_count`. Slots are not
        // freed or restarted before their completion, growing the slab moves no heap memory that a slot points to,
        // and dropping `Uring` waits for all completions first.
        unsafe { self.ring.submission().push(entry) }.is_ok()
    }

    fn enter(&mut self, wait: Wait) -> io::Result<()> {
        let queued = self.ring.submission().len();
        self.door.enter(queued, wait)
    }

    /// Submits the next step of a slot's operation, or puts it in line.
    fn start(&mut self, index: u32) {
        match self.slots[index as usize].state {
            State::Send { sent, total, .. } if total - sent > SMALL_SEND_BYTES => {
                self.large_sends.push_back(index)
            }
            _ => self.submit_step(index),
        }
    }

    /// Submits the parts of large sends whose turn it is.
    fn send_next_parts(&mut self) {
        for _ in 0..SEND_PARTS_PER_TURN.min(self.large_sends.len()) {
            let index = self.large_sends.pop_front().expect("counted");
            self.submit_step(index);
        }
    }

    fn submit_step(&mut self, index: u32) {
        let slot = &mut self.slots[index as usize];
        let submitter = self.ring.submitter();
        let target = match &slot.state {
            State::Receive { socket } | State::ReceiveExact { socket, .. } | State::Send { socket, .. } => {
                self.files.socket(&submitter, socket)
            }
            State::Write { write, .. } => self.files.file(&submitter, &write.file),
            State::Read(read) => self.files.file(&submitter, &read.file),
            State::Accept { .. } | State::Free => Target::Descriptor(-1),
        };
        let user_data = (u64::from(slot.generation) << 32) | u64::from(index);
        let entry = slot.submission(target).user_data(user_data);
        self.live += 1;
        self.push(entry);
    }

    fn cancel(&mut self, index: u32) {
        let user_data = (u64::from(self.slots[index as usize].generation) << 32) | u64::from(index);
        self.push(opcode::AsyncCancel::new(user_data).build().user_data(CANCEL));
    }

    /// Frees a slot whose last completion is in, and hands out what it owned.
    fn finish(&mut self, index: u32) -> (Token, State) {
        let slot = &mut self.slots[index as usize];
        // Half of the user data; the two highest values are never reached together with a real index.
        slot.generation = slot.generation.wrapping_add(1) & 0x7fff_ffff;
        let state = std::mem::replace(&mut slot.state, State::Free);
        let token = slot.token;
        self.free.push(index);
        (token, state)
    }

    /// Moves all completions that are there to `reaped`.
    fn take_completions(&mut self) {
        for completion in self.ring.completion() {
            let (user_data, flags) = (completion.user_data(), completion.flags());
            if user_data != CANCEL && !cqueue::more(flags) {
                self.live -= 1;
            }
            self.reaped.push((user_data, completion.result(), flags));
        }
    }

    /// Acts on all completions that are there.
    fn reap(&mut self) {
        self.take_completions();
        let mut reaped = std::mem::take(&mut self.reaped);
        for (user_data, result, flags) in reaped.drain(..) {
            match user_data {
                WAKE => self.arm_waker(),
                CANCEL => {}
                _ => {
                    let index = u32::try_from(user_data & 0xffff_ffff).expect("masked");
                    let generation = self.slots[index as usize].generation;
                    assert_eq!(
                        u64::from(generation),
                        user_data >> 32,
                        "a completion of a slot's earlier use"
                    );
                    self.complete(index, result, flags);
                }
            }
        }
        self.reaped = reaped;
    }

    fn complete(&mut self, index: u32, result: i32, flags: u32) {
        if self.is_put_off(index, result) {
            return self.start(index);
        }
        match &mut self.slots[index as usize].state {
            State::Free => unreachable!("the kernel reports each operation once"),
            State::Accept { .. } => self.accepted(index, result, flags),
            State::Receive { .. } => self.received(index, result, flags),
            State::ReceiveExact { .. } => self.received_exact(index, result),
            State::Send { .. } => self.sent(index, result),
            State::Write { total, .. } => {
                let total = *total;
                let (token, State::Write { write, .. }) = self.finish(index) else {
                    unreachable!("matched above")
                };
                let result = bytes_done(result).and_then(|written| match written == total {
                    true => Ok(()),
                    false => Err(io::Error::new(
                        io::ErrorKind::WriteZero,
                        "the disk took only a part of the write",
                    )),
                });
                self.ready.push((token, Done::Written { write, result }));
            }
            State::Read(_) => {
                let (token, State::Read(read)) = self.finish(index) else { unreachable!("matched above") };
                self.ready.push((token, Done::Read { read, result: bytes_done(result) }));
            }
        }
    }

    /// Whether a disk operation is to be begun again: the kernel had no room for it, or was interrupted. Ring operations
    /// on files are known to end so where a blocking system call would have waited; the bytes go to the same place.
    fn is_put_off(&mut self, index: u32, result: i32) -> bool {
        let slot = &mut self.slots[index as usize];
        if !is_again(result) || !matches!(slot.state, State::Write { .. } | State::Read(_)) {
            return false;
        }
        slot.put_off += 1;
        slot.put_off <= PUT_OFF_MAX
    }

    fn accepted(&mut self, index: u32, result: i32, flags: u32) {
        let slot = &self.slots[index as usize];
        let State::Accept { cancelled, .. } = slot.state else { unreachable!("matched by the caller") };
        let token = slot.token;
        let outcome = bytes_done(result).map(|_| {
            // SAFETY: a non-negative result of an accept is a new descriptor that nobody else knows of.
            unsafe { OwnedFd::from_raw_fd(result) }
        });
        let pause = outcome.as_ref().is_err_and(is_exhaustion);
        if !cancelled {
            self.crowd.push(token, Done::Accepted(outcome.and_then(accepted_socket)));
        }
        if cqueue::more(flags) {
            return;
        }
        if cancelled {
            self.finish(index);
        } else if pause {
            self.paused.push((monotonic().after(ACCEPT_PAUSE), index));
        } else if result == -libc::EINVAL || result == -libc::EBADF || result == -libc::ENOTSOCK {
            // The listener is shut down: nothing will ever come.
            self.finish(index);
        } else {
            self.start(index);
        }
    }

    fn received(&mut self, index: u32, result: i32, flags: u32) {
        let block = cqueue::buffer_select(flags).map(|id| self.buffers.take(id));
        match result {
            n if n == -libc::ENOBUFS => {
                self.buffers.want_more();
                self.starved.push_back(index);
                return;
            }
            n if is_again(n) => {
                self.again(index);
                if let Some(block) = block {
                    self.buffers.give(block);
                }
                return;
            }
            _ => {}
        }
        let (token, _) = self.finish(index);
        match (bytes_done(result), block) {
            (Ok(len @ 1..), Some(block)) => self.ready.push((token, Done::Received(Ok((block, len))))),
            (Ok(1..), None) => unreachable!("bytes arrive in a buffer"),
            (nothing, block) => {
                if let Some(block) = block {
                    self.buffers.give(block);
                }
                self.crowd.push(token, Done::Received(nothing.map(|_| (empty_block(), 0))));
            }
        }
    }

    fn received_exact(&mut self, index: u32, result: i32) {
        let State::ReceiveExact { from, to, .. } = &mut self.slots[index as usize].state else {
            unreachable!("matched by the caller")
        };
        let result = match bytes_done(result) {
            Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(received) => {
                *from += received;
                if from < to {
                    return self.start(index);
                }
                Ok(())
            }
            Err(_) if is_again(result) => return self.again(index),
            Err(error) => Err(error),
        };
        let (token, State::ReceiveExact { block, .. }) = self.finish(index) else {
            unreachable!("matched by the caller")
        };
        self.ready.push((token, Done::ReceivedExact { block, result }));
    }

    fn sent(&mut self, index: u32, result: i32) {
        let State::Send { sent, total, .. } = &mut self.slots[index as usize].state else {
            unreachable!("matched by the caller")
        };
        let result = match bytes_done(result) {
            Ok(some) => {
                *sent += some;
                if sent < total {
                    return self.start(index);
                }
                Ok(())
            }
            Err(_) if is_again(result) => return self.again(index),
            Err(error) => Err(error),
        };
        let (token, State::Send { outgoing, .. }) = self.finish(index) else {
            unreachable!("matched by the caller")
        };
        self.ready.push((token, Done::Sent { outgoing, result }));
    }

    /// The kernel answers EAGAIN instead of waiting where the socket is set to non-blocking, and EINTR at times.
    fn again(&mut self, index: u32) {
        if let State::Receive { socket } | State::ReceiveExact { socket, .. } | State::Send { socket, .. } =
            &self.slots[index as usize].state
            && let Some(fd) = socket.fd()
        {
            // If it fails, so does the next attempt of the operation.
            let _ = rustix::io::ioctl_fionbio(fd, false);
        }
        self.start(index);
    }

    /// Lends the kernel what came back, and starts the receives again that waited for it. All of them: most will
    /// only go to wait for bytes without a buffer, and the others come back here.
    fn feed_starved(&mut self) {
        self.buffers.top_up();
        if self.buffers.ready_count() > 0 {
            for _ in 0..self.starved.len() {
                let index = self.starved.pop_front().expect("counted");
                self.start(index);
            }
        }
    }

    /// Starts the accepts again whose pause is over.
    fn resume_paused(&mut self) {
        if self.paused.is_empty() {
            return;
        }
        let now = monotonic();
        for at in (0..self.paused.len()).rev() {
            if self.paused[at].0 <= now {
                let (_, index) = self.paused.swap_remove(at);
                self.start(index);
            }
        }
    }

    fn wait_until(&mut self, until: Option<Instant>) -> Wait {
        let is_work_left = !self.ready.is_empty()
            || !self.backlog.is_empty()
            || !self.large_sends.is_empty()
            || !self.crowd.is_empty();
        if is_work_left || !self.seat.may_sleep() {
            return Wait::Poll;
        }
        let resume = self.paused.iter().map(|paused| paused.0).min();
        match until.into_iter().chain(resume).min() {
            None => Wait::Sleep(None),
            Some(until) => match until.since(monotonic()) {
                Duration::ZERO => Wait::Poll,
                span => Wait::Sleep(Some(span)),
            },
        }
    }
}

impl<M> Io<M> for Uring<M> {
    fn now(&self) -> Instant {
        self.seat.now()
    }

    fn wall_clock_ms(&self) -> i64 {
        self.seat.wall_clock_ms()
    }

    fn random(&mut self) -> u64 {
        self.seat.random()
    }

    fn submit(&mut self, token: Token, op: Op) {
        let index = self.free.pop().unwrap_or_else(|| {
            self.slots.push(Slot::new());
            u32::try_from(self.slots.len() - 1).expect("fewer operations than 2^32")
        });
        let slot = &mut self.slots[index as usize];
        slot.token = token;
        slot.state = State::of(op);
        slot.put_off = 0;
        if slot.state.is_done_at_once() {
            let (token, state) = self.finish(index);
            self.ready.push((token, nothing_to_do(state)));
        } else {
            self.start(index);
        }
    }

    fn spawn(&mut self, token: Token, lane: u32, job: Box<dyn Job>) {
        self.seat.spawn(token, lane, job);
    }

    fn shutdown(&mut self, socket: &Socket) {
        if let Some(fd) = socket.fd() {
            // A connection that is gone already needs no shutdown.
            let _ = rustix::net::shutdown(fd, rustix::net::Shutdown::Both);
        }
        for at in (0..self.starved.len()).rev() {
            let index = self.starved[at];
            let waits = matches!(&self.slots[index as usize].state, State::Receive { socket: of } if of.is_same(socket));
            if waits {
                self.starved.remove(at);
                let (token, _) = self.finish(index);
                self.ready.push((token, Done::Received(Ok((empty_block(), 0)))));
            }
        }
    }

    fn cancel_accept(&mut self, token: Token) {
        for index in 0..self.slots.len() {
            let slot = &mut self.slots[index];
            let State::Accept { cancelled, .. } = &mut slot.state else { continue };
            if slot.token != token || *cancelled {
                continue;
            }
            *cancelled = true;
            let index = u32::try_from(index).expect("fewer operations than 2^32");
            match self.paused.iter().position(|paused| paused.1 == index) {
                // The kernel knows nothing of it at the moment.
                Some(at) => {
                    self.paused.swap_remove(at);
                    self.finish(index);
                }
                None => self.cancel(index),
            }
        }
    }

    fn mail(&mut self, to: ShardId, mail: M) -> Result<(), MailFull<M>> {
        self.seat.mail(to, mail)
    }

    fn recycle(&mut self, block: SharedBlock) {
        self.buffers.give(block);
    }

    fn wait(&mut self, until: Option<Instant>, events: &mut Vec<Event<M>>) {
        self.seat.mailbox.wake_peers();
        self.push_backlog();
        self.files.tidy(&self.ring.submitter());
        self.feed_starved();
        self.resume_paused();
        self.send_next_parts();
        let wait = self.wait_until(until);
        if let Err(error) = self.enter(wait) {
            // Short of memory, or completions must be reaped first: both pass. All else would be our own mistake.
            let passes = matches!(error.raw_os_error(), Some(libc::EAGAIN | libc::EBUSY | libc::ENOMEM));
            assert!(passes, "entering the ring: {error}");
        }
        self.reap();
        self.seat.collect(events);
        let happened = self.ready.drain(..).chain(self.crowd.next_few());
        events.extend(happened.map(|(token, done)| Event::Done { token, done }));
    }
}

impl<M> Drop for Uring<M> {
    /// Cancels what is in flight and waits until the kernel has let go of every buffer.
    fn drop(&mut self) {
        let mut quiet = true;
        while self.live > 0 {
            if quiet {
                // Again when nothing comes: an earlier round may have met an operation on its way between two states.
                let everything = types::CancelBuilder::any();
                self.push(opcode::AsyncCancel2::new(everything).build().user_data(CANCEL));
            }
            self.push_backlog();
            let _ = self.enter(Wait::Sleep(Some(Duration::from_millis(20))));
            self.take_completions();
            quiet = self.reaped.is_empty();
            for (user_data, result, _) in std::mem::take(&mut self.reaped) {
                let index = usize::try_from(user_data & 0xffff_ffff).expect("masked");
                let slot = self.slots.get(index);
                if result >= 0 && slot.is_some_and(|slot| matches!(slot.state, State::Accept { .. })) {
                    // SAFETY: as in `accepted`; a connection that came too late is closed.
                    drop(unsafe { OwnedFd::from_raw_fd(result) });
                }
            }
        }
        let _ = self.ring.submitter().unregister_buf_ring(buffer_ring::BUFFER_GROUP);
    }
}

/// Whether a ring with all that is needed can be had by this thread.
pub(crate) fn try_out() -> Result<UringLevel, Failure> {
    let (ring, level) = kernel::make_ring(8).map_err(Failure::Setup)?;
    if !ring.params().is_feature_ext_arg() || !ring.params().is_feature_nodrop() {
        return Err(Failure::Lacks("waits with a timeout (Linux 5.11)"));
    }
    BufferRing::register(&ring.submitter(), 1)
        .map_err(|_| Failure::Lacks("rings of provided buffers (Linux 5.19)"))?;
    Ok(level)
}

/// The outcome of an operation on no bytes.
fn nothing_to_do(state: State) -> Done {
    match state {
        State::ReceiveExact { block, .. } => Done::ReceivedExact { block, result: Ok(()) },
        State::Send { outgoing, .. } => Done::Sent { outgoing, result: Ok(()) },
        State::Write { write, .. } => Done::Written { write, result: Ok(()) },
        State::Read(read) => Done::Read { read, result: Ok(0) },
        State::Free | State::Accept { .. } | State::Receive { .. } => unreachable!("these wait for somebody"),
    }
}

/// A completion's result: bytes (or a descriptor), or a negated error number.
fn bytes_done(result: i32) -> io::Result<usize> {
    usize::try_from(result).map_err(|_| io::Error::from_raw_os_error(-result))
}

fn is_again(result: i32) -> bool {
    result == -libc::EAGAIN || result == -libc::EINTR
}

fn is_exhaustion(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::EMFILE | libc::ENFILE | libc::ENOBUFS | libc::ENOMEM))
}

//! The world where io_uring is not to be had: sockets through epoll, reads and writes of files on a few threads.
//!
//! It behaves as the ring does, and costs more: system calls for each operation, a thread hop for each disk access.

mod watch;

use crate::clock::monotonic;
use crate::io::{Done, Event, Io, MailFull, Op, Socket, Token};
use crate::net::accepted_socket;
use crate::receive_blocks::{ReceiveBlocks, empty_block};
use crate::release::Registered;
use crate::seat::Seat;
use crate::turns::{CONNECTIONS_PER_TURN, Crowd, SEND_PARTS_PER_TURN};
use crate::workers::Workers;
use loglane_model::{DiskRead, DiskWrite, Instant, Job, ShardId, SharedBlock};
use rustix::event::epoll::{self, EventData, EventFlags};
use rustix::io::{Errno, ReadWriteFlags};
use rustix::net::SocketFlags;
use rustix::time::Timespec;
use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::os::fd::{BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::time::Duration;
use watch::{Accept, Progress, Receive, Send, Watch, descriptor, receive_some};

/// What an event of the waker carries; sockets carry slot and generation.
const WAKE: u64 = u64::MAX;

/// Events taken at once; the others come with the next turn.
const EVENTS_MAX: usize = 256;

/// How long accepting pauses when the process has run out of descriptors or memory.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// A shard's sockets and files without io_uring.
pub(crate) struct Epoll<M> {
    epoll: OwnedFd,
    watches: Vec<Watch>,
    free: Vec<u32>,
    /// Watches to be attempted before the next sleep.
    queue: VecDeque<u32>,
    /// Watches whose receive found no buffer.
    starved: Vec<u32>,
    paused: Vec<(Instant, u32)>,
    /// Watches whose next send is a large one, in line for its next part.
    large_sends: VecDeque<u32>,
    crowd: Crowd,
    ready: Vec<(Token, Done)>,
    blocks: ReceiveBlocks,
    disk: Arc<Workers>,
    released: Vec<u32>,
    seat: Seat<M>,
}

impl<M> Epoll<M> {
    pub(crate) fn new(receive_blocks_max: usize, disk: Arc<Workers>, seat: Seat<M>) -> io::Result<Epoll<M>> {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        epoll::add(&epoll, seat.waker.fd(), EventData::new_u64(WAKE), EventFlags::IN)?;
        Ok(Epoll {
            epoll,
            watches: Vec::new(),
            free: Vec::new(),
            queue: VecDeque::new(),
            starved: Vec::new(),
            paused: Vec::new(),
            large_sends: VecDeque::new(),
            crowd: Crowd::default(),
            ready: Vec::new(),
            blocks: ReceiveBlocks::new(receive_blocks_max),
            disk,
            released: Vec::new(),
            seat,
        })
    }

    /// The socket's slot, which it gets with its first operation.
    fn slot_of(&mut self, socket: &Socket) -> io::Result<u32> {
        let elsewhere = || io::Error::other("the socket already belongs to another shard");
        if let Some(registered) = socket.registered().get() {
            return registered.slot_with(&self.seat.releases).ok_or_else(elsewhere);
        }
        let slot = self.free.pop().unwrap_or_else(|| {
            self.watches.push(Watch::default());
            u32::try_from(self.watches.len() - 1).expect("fewer sockets than 2^32")
        });
        let watch = &mut self.watches[slot as usize];
        // As if ready: the first attempt shows.
        (watch.readable, watch.writable) = (true, true);
        let data = EventData::new_u64((u64::from(watch.generation) << 32) | u64::from(slot));
        let flags = EventFlags::IN | EventFlags::OUT | EventFlags::RDHUP | EventFlags::ET;
        if let Err(error) = epoll::add(&self.epoll, descriptor(socket), data, flags) {
            self.free.push(slot);
            return Err(error.into());
        }
        let registered = socket.registered().get_or_init(|| Registered::new(&self.seat.releases, slot));
        registered.slot_with(&self.seat.releases).ok_or_else(elsewhere)
    }

    /// Closing its descriptor has taken the socket out of epoll; its slot is free once its last clone is gone.
    fn take_releases(&mut self) {
        let mut released = std::mem::take(&mut self.released);
        self.seat.releases.take(&mut released);
        for slot in released.drain(..) {
            let generation = (self.watches[slot as usize].generation + 1) & 0x7fff_ffff;
            self.watches[slot as usize] = Watch { generation, ..Watch::default() };
            self.free.push(slot);
        }
        self.released = released;
    }

    fn enqueue(&mut self, slot: u32) {
        let watch = &mut self.watches[slot as usize];
        if !std::mem::replace(&mut watch.queued, true) {
            self.queue.push_back(slot);
        }
    }

    fn attempt_queued(&mut self) {
        for _ in 0..self.queue.len() {
            let slot = self.queue.pop_front().expect("counted");
            self.watches[slot as usize].queued = false;
            self.attempt(slot);
        }
    }

    /// Does what is asked of the socket, as far as it is ready.
    fn attempt(&mut self, slot: u32) {
        let watch = &self.watches[slot as usize];
        if watch.readable && watch.accept.is_some() {
            self.accept_some(slot);
        }
        let watch = &self.watches[slot as usize];
        if watch.readable && watch.receive.is_some() {
            self.receive(slot);
        }
        while self.watches[slot as usize].writable
            && let Some(send) = self.watches[slot as usize].sends.front()
        {
            if send.is_large() {
                if !std::mem::replace(&mut self.watches[slot as usize].in_line, true) {
                    self.large_sends.push_back(slot);
                }
                return;
            }
            self.send_part(slot);
        }
    }

    /// Sends the next parts of the large sends whose turn it is.
    fn send_next_parts(&mut self) {
        for _ in 0..SEND_PARTS_PER_TURN.min(self.large_sends.len()) {
            let slot = self.large_sends.pop_front().expect("counted");
            let watch = &mut self.watches[slot as usize];
            watch.in_line = false;
            if watch.writable && !watch.sends.is_empty() {
                self.send_part(slot);
                self.enqueue(slot);
            }
        }
    }

    fn send_part(&mut self, slot: u32) {
        let watch = &mut self.watches[slot as usize];
        let mut send = watch.sends.pop_front().expect("the caller has seen it");
        match send.push() {
            Progress::Ended(result) => {
                self.ready.push((send.token, Done::Sent { outgoing: send.outgoing, result }));
            }
            partly => {
                watch.writable = matches!(partly, Progress::Partly);
                watch.sends.push_front(send);
            }
        }
    }

    /// Accepts those who wait; whoever comes behind the first few is accepted in the next turn.
    fn accept_some(&mut self, slot: u32) {
        let Some(Accept { token, listener }) = self.watches[slot as usize].accept.take() else { return };
        let mut may_be_more = true;
        for _ in 0..CONNECTIONS_PER_TURN {
            match rustix::net::accept_with(descriptor(&listener), SocketFlags::CLOEXEC) {
                Ok(fd) => self.crowd.push(token, Done::Accepted(accepted_socket(fd))),
                Err(Errno::AGAIN) => {
                    self.watches[slot as usize].readable = false;
                    may_be_more = false;
                    break;
                }
                Err(Errno::INTR) => {}
                // The listener is shut down: nothing will ever come.
                Err(error @ (Errno::INVAL | Errno::BADF | Errno::NOTSOCK)) => {
                    self.ready.push((token, Done::Accepted(Err(error.into()))));
                    return;
                }
                Err(error) => {
                    self.ready.push((token, Done::Accepted(Err(error.into()))));
                    if matches!(error, Errno::MFILE | Errno::NFILE | Errno::NOBUFS | Errno::NOMEM) {
                        self.paused.push((monotonic().after(ACCEPT_PAUSE), slot));
                        may_be_more = false;
                        break;
                    }
                }
            }
        }
        self.watches[slot as usize].accept = Some(Accept { token, listener });
        if may_be_more {
            self.enqueue(slot);
        }
    }

    fn receive(&mut self, slot: u32) {
        let Some(mut receive) = self.watches[slot as usize].receive.take() else { return };
        let token = receive.token;
        if receive.exact.is_some() {
            match receive.fill() {
                Some(result) => {
                    let (block, _, _) = receive.exact.expect("just filled");
                    self.ready.push((token, Done::ReceivedExact { block, result }));
                }
                None => self.not_readable(slot, receive),
            }
            return;
        }
        if self.watches[slot as usize].shut {
            self.ready.push((token, Done::Received(Ok((empty_block(), 0)))));
            return;
        }
        let Some(mut block) = self.blocks.take() else {
            self.watches[slot as usize].receive = Some(receive);
            self.starved.push(slot);
            return;
        };
        let bytes = Arc::get_mut(&mut block).expect("a free block has one holder").bytes_mut();
        match receive_some(descriptor(&receive.socket), bytes) {
            Some(Ok(len @ 1..)) => self.ready.push((token, Done::Received(Ok((block, len))))),
            nothing => {
                self.blocks.give(block);
                match nothing {
                    Some(ended) => {
                        self.crowd.push(token, Done::Received(ended.map(|_| (empty_block(), 0))));
                    }
                    None => self.not_readable(slot, receive),
                }
            }
        }
    }

    fn not_readable(&mut self, slot: u32, receive: Receive) {
        let watch = &mut self.watches[slot as usize];
        watch.readable = false;
        watch.receive = Some(receive);
    }

    fn submit_accept(&mut self, token: Token, listener: Socket) {
        // Somebody may have gone between the event and the call, which must not wait for the next one.
        let prepared = rustix::io::ioctl_fionbio(descriptor(&listener), true).map_err(io::Error::from);
        match prepared.and_then(|()| self.slot_of(&listener)) {
            Ok(slot) => {
                self.watches[slot as usize].accept = Some(Accept { token, listener });
                self.enqueue(slot);
            }
            Err(error) => self.ready.push((token, Done::Accepted(Err(error)))),
        }
    }

    fn submit_receive(&mut self, receive: Receive) {
        match self.slot_of(&receive.socket) {
            Ok(slot) => {
                let pending = self.watches[slot as usize].receive.replace(receive);
                assert!(pending.is_none(), "one receive at a time on a connection");
                self.enqueue(slot);
            }
            Err(error) => {
                let done = match receive.exact {
                    Some((block, _, _)) => Done::ReceivedExact { block, result: Err(error) },
                    None => Done::Received(Err(error)),
                };
                self.ready.push((receive.token, done));
            }
        }
    }

    fn submit_send(&mut self, send: Send) {
        match self.slot_of(&send.socket) {
            Ok(slot) => {
                self.watches[slot as usize].sends.push_back(send);
                self.enqueue(slot);
            }
            Err(error) => {
                self.ready.push((send.token, Done::Sent { outgoing: send.outgoing, result: Err(error) }));
            }
        }
    }

    fn resume_paused(&mut self) {
        if self.paused.is_empty() {
            return;
        }
        let now = monotonic();
        for at in (0..self.paused.len()).rev() {
            if self.paused[at].0 <= now {
                let (_, slot) = self.paused.swap_remove(at);
                self.enqueue(slot);
            }
        }
    }

    /// How long epoll may sleep; `None`: for ever.
    fn sleep_span(&self, until: Option<Instant>) -> Option<Duration> {
        let is_work_left = !self.ready.is_empty()
            || !self.queue.is_empty()
            || !self.large_sends.is_empty()
            || !self.crowd.is_empty();
        if is_work_left || !self.seat.may_sleep() {
            return Some(Duration::ZERO);
        }
        let resume = self.paused.iter().map(|paused| paused.0).min();
        until.into_iter().chain(resume).min().map(|until| until.since(monotonic()))
    }

    fn heed_events(&mut self, span: Option<Duration>) {
        let timeout = span.map(|span| Timespec {
            tv_sec: i64::try_from(span.as_secs()).unwrap_or(i64::MAX).min(86_400),
            tv_nsec: span.subsec_nanos().into(),
        });
        let no_event = epoll::Event { flags: EventFlags::empty(), data: EventData::new_u64(0) };
        let mut happened = [no_event; EVENTS_MAX];
        let count = match epoll::wait(&self.epoll, &mut happened[..], timeout.as_ref()) {
            Ok(count) => count,
            Err(Errno::INTR) => 0,
            Err(error) => panic!("waiting for events: {error}"),
        };
        for event in &happened[..count] {
            let (data, flags) = (event.data.u64(), event.flags);
            if data == WAKE {
                let mut wakes = [0; 8];
                // Readable, so it does not block; what it says is of no interest.
                let _ = rustix::io::read(self.seat.waker.fd(), &mut wakes);
                continue;
            }
            let slot = u32::try_from(data & 0xffff_ffff).expect("masked");
            let watch = &mut self.watches[slot as usize];
            if u64::from(watch.generation) == data >> 32 {
                let ended = EventFlags::RDHUP | EventFlags::HUP | EventFlags::ERR;
                watch.readable |= flags.intersects(EventFlags::IN | ended);
                watch.writable |= flags.intersects(EventFlags::OUT | EventFlags::HUP | EventFlags::ERR);
                self.attempt(slot);
            }
        }
    }
}

impl<M> Io<M> for Epoll<M> {
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
        match op {
            Op::Accept { listener } => self.submit_accept(token, listener),
            Op::Receive { socket } => self.submit_receive(Receive { token, socket, exact: None }),
            Op::ReceiveExact { socket, block, from, to } => {
                assert!(from <= to && to <= block.capacity(), "a receive stays inside its block");
                self.submit_receive(Receive { token, socket, exact: Some((block, from, to)) });
            }
            Op::Send { socket, outgoing } => self.submit_send(Send { token, socket, outgoing, sent: 0 }),
            Op::Write(write) => {
                let returns = self.seat.returns();
                self.disk.run(Box::new(move || returns.run(token, || run_write(write))));
            }
            Op::Read(read) => {
                assert!(read.len <= read.block.capacity(), "a read stays inside its block");
                let returns = self.seat.returns();
                self.disk.run(Box::new(move || returns.run(token, || run_read(read))));
            }
        }
    }

    fn spawn(&mut self, token: Token, lane: u32, job: Box<dyn Job>) {
        self.seat.spawn(token, lane, job);
    }

    fn shutdown(&mut self, socket: &Socket) {
        // A connection that is gone already needs no shutdown.
        let _ = rustix::net::shutdown(descriptor(socket), rustix::net::Shutdown::Both);
        if let Some(slot) = socket.registered().get().and_then(|of| of.slot_with(&self.seat.releases)) {
            let watch = &mut self.watches[slot as usize];
            (watch.readable, watch.writable, watch.shut) = (true, true, true);
            self.enqueue(slot);
        }
    }

    fn cancel_accept(&mut self, token: Token) {
        for watch in &mut self.watches {
            watch.accept.take_if(|accept| accept.token == token);
        }
    }

    fn mail(&mut self, to: ShardId, mail: M) -> Result<(), MailFull<M>> {
        self.seat.mail(to, mail)
    }

    fn recycle(&mut self, block: SharedBlock) {
        self.blocks.give(block);
        for slot in std::mem::take(&mut self.starved) {
            self.enqueue(slot);
        }
    }

    fn wait(&mut self, until: Option<Instant>, events: &mut Vec<Event<M>>) {
        self.seat.mailbox.wake_peers();
        self.take_releases();
        self.resume_paused();
        self.attempt_queued();
        self.send_next_parts();
        let span = self.sleep_span(until);
        self.heed_events(span);
        self.seat.collect(events);
        let happened = self.ready.drain(..).chain(self.crowd.next_few());
        events.extend(happened.map(|(token, done)| Event::Done { token, done }));
    }
}

fn file_descriptor(file: &loglane_model::File) -> BorrowedFd<'_> {
    file.fd().expect("a simulated file has no business in the real world")
}

fn run_write(write: DiskWrite) -> Done {
    let pieces: Vec<IoSlice<'_>> = write.extents.iter().map(|extent| IoSlice::new(extent.bytes())).collect();
    let total: usize = pieces.iter().map(|piece| piece.len()).sum();
    let flags = if write.durable { ReadWriteFlags::DSYNC } else { ReadWriteFlags::empty() };
    let fd = file_descriptor(&write.file);
    let result = match total {
        0 => Ok(()),
        _ => match rustix::io::retry_on_intr(|| rustix::io::pwritev2(fd, &pieces, write.position, flags)) {
            Ok(written) if written == total => Ok(()),
            Ok(_) => Err(io::Error::new(io::ErrorKind::WriteZero, "the disk took only a part of the write")),
            Err(error) => Err(error.into()),
        },
    };
    drop(pieces);
    Done::Written { write, result }
}

fn run_read(mut read: DiskRead) -> Done {
    let block = Arc::get_mut(&mut read.block).expect("the submitter of a read holds the block alone");
    let into = &mut block.bytes_mut()[..read.len];
    let fd = file_descriptor(&read.file);
    let result = rustix::io::retry_on_intr(|| rustix::io::pread(fd, &mut *into, read.position));
    Done::Read { result: result.map_err(io::Error::from), read }
}

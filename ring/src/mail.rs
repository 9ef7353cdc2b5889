//! Mail between shards: a bounded queue for each ordered pair, and a wake-up only for a peer that sleeps.

use crate::io::MailFull;
use loglane_model::ShardId;
use rtrb::{Consumer, Producer, RingBuffer};
use rustix::event::{EventfdFlags, eventfd};
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering, fence};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};

/// Wakes one shard out of its wait.
///
/// The shard says that it sleeps, then looks once more for input; a sender leaves its input, then looks whether
/// the shard sleeps. With a full fence between the two steps on each side, one of them sees the other.
#[derive(Debug)]
pub(crate) struct Waker {
    sleeping: AtomicBool,
    eventfd: OwnedFd,
}

impl Waker {
    pub(crate) fn new() -> io::Result<Arc<Waker>> {
        // Blocking on purpose: io_uring answers EAGAIN at once for descriptors that are set to non-blocking.
        let eventfd = eventfd(0, EventfdFlags::CLOEXEC)?;
        Ok(Arc::new(Waker { sleeping: AtomicBool::new(false), eventfd }))
    }

    /// Becomes readable (eight bytes) when the shard is to wake up.
    pub(crate) fn fd(&self) -> BorrowedFd<'_> {
        self.eventfd.as_fd()
    }

    /// For senders, after their input is in its queue.
    pub(crate) fn wake_if_asleep(&self) {
        fence(Ordering::SeqCst);
        if self.sleeping.load(Ordering::Relaxed) && self.sleeping.swap(false, Ordering::AcqRel) {
            let one = 1u64.to_ne_bytes();
            // It can fail only when the counter is full, and then the shard is being woken anyhow.
            let _ = rustix::io::write(&self.eventfd, &one);
        }
    }

    /// For the shard: from here on senders wake it; it looks at its queues once more before it sleeps.
    pub(crate) fn falls_asleep(&self) {
        self.sleeping.store(true, Ordering::Relaxed);
        fence(Ordering::SeqCst);
    }

    /// For the shard: it looks at its queues anyhow, no need to wake it.
    pub(crate) fn is_awake(&self) {
        self.sleeping.store(false, Ordering::Relaxed);
    }
}

/// What one shard holds of the mail system.
#[derive(Debug)]
pub(crate) struct Mailbox<M> {
    shard: ShardId,
    /// By sender; a shard's mail to itself takes the same way.
    inbound: Vec<Inbound<M>>,
    /// By recipient.
    outbound: Vec<Outbound<M>>,
    side: Receiver<M>,
    side_pending: Arc<AtomicBool>,
    unsent_wakes: bool,
    wants_room: bool,
}

#[derive(Debug)]
struct Inbound<M> {
    queue: Consumer<M>,
    found_full: Arc<AtomicBool>,
    sender: Arc<Waker>,
}

#[derive(Debug)]
struct Outbound<M> {
    queue: Producer<M>,
    waker: Arc<Waker>,
    wants_wake: bool,
    /// The sender sets it when it is refused, the recipient clears it once it has made room.
    found_full: Arc<AtomicBool>,
    wants_room: bool,
}

impl<M> Mailbox<M> {
    /// Puts mail into the queue of `to`, which is woken by the next [`Mailbox::wake_peers`].
    ///
    /// After a refusal the recipient wakes this shard as soon as there is room.
    pub(crate) fn post(&mut self, to: ShardId, mail: M) -> Result<(), MailFull<M>> {
        let outbound = &mut self.outbound[usize::from(to.0)];
        let mail = match outbound.queue.push(mail) {
            Ok(()) => {
                self.posted(to);
                return Ok(());
            }
            Err(rtrb::PushError::Full(mail)) => mail,
        };
        outbound.wants_room = true;
        outbound.found_full.store(true, Ordering::Relaxed);
        fence(Ordering::SeqCst);
        self.wants_room = true;
        // The recipient may have made room before it could see the flag.
        match outbound.queue.push(mail) {
            Ok(()) => {
                self.posted(to);
                Ok(())
            }
            Err(rtrb::PushError::Full(mail)) => Err(MailFull(mail)),
        }
    }

    fn posted(&mut self, to: ShardId) {
        self.outbound[usize::from(to.0)].wants_wake = true;
        self.unsent_wakes = true;
    }

    /// One wake-up for all the mail of a turn.
    pub(crate) fn wake_peers(&mut self) {
        if self.unsent_wakes {
            self.unsent_wakes = false;
            for outbound in self.outbound.iter_mut().filter(|outbound| outbound.wants_wake) {
                outbound.wants_wake = false;
                outbound.waker.wake_if_asleep();
            }
        }
    }

    /// Whether there is a reason not to sleep: mail has come, or a queue that was full has room again.
    pub(crate) fn is_pending(&self) -> bool {
        self.side_pending.load(Ordering::Acquire)
            || self.inbound.iter().any(|inbound| !inbound.queue.is_empty())
            || (self.wants_room && self.outbound.iter().any(Outbound::has_room_again))
    }

    /// Hands out what is there; what arrives meanwhile waits for the next turn.
    pub(crate) fn collect(&mut self, mut each: impl FnMut(ShardId, M)) {
        if self.wants_room {
            for outbound in &mut self.outbound {
                outbound.wants_room &= !outbound.has_room_again();
            }
            self.wants_room = self.outbound.iter().any(|outbound| outbound.wants_room);
        }
        for (from, inbound) in self.inbound.iter_mut().enumerate() {
            let arrived = inbound.queue.slots();
            if arrived == 0 {
                continue;
            }
            let from = ShardId(u16::try_from(from).expect("shards are numbered by u16"));
            for _ in 0..arrived {
                each(from, inbound.queue.pop().expect("only this shard takes from the queue"));
            }
            fence(Ordering::SeqCst);
            if inbound.found_full.load(Ordering::Relaxed) {
                inbound.found_full.store(false, Ordering::Release);
                inbound.sender.wake_if_asleep();
            }
        }
        if self.side_pending.load(Ordering::Relaxed) && self.side_pending.swap(false, Ordering::AcqRel) {
            while let Ok(mail) = self.side.try_recv() {
                each(self.shard, mail);
            }
        }
    }
}

impl<M> Outbound<M> {
    fn has_room_again(&self) -> bool {
        self.wants_room && !self.found_full.load(Ordering::Acquire)
    }
}

/// Sends mail to shards from outside of them: from the thread that handles signals, from the admin server.
#[derive(Debug)]
pub struct Mailer<M> {
    shards: Vec<SideDoor<M>>,
}

#[derive(Debug)]
struct SideDoor<M> {
    queue: SyncSender<M>,
    pending: Arc<AtomicBool>,
    waker: Arc<Waker>,
}

impl<M> Clone for SideDoor<M> {
    fn clone(&self) -> SideDoor<M> {
        let SideDoor { queue, pending, waker } = self;
        SideDoor { queue: queue.clone(), pending: Arc::clone(pending), waker: Arc::clone(waker) }
    }
}

impl<M> Clone for Mailer<M> {
    fn clone(&self) -> Mailer<M> {
        Mailer { shards: self.shards.clone() }
    }
}

impl<M> Mailer<M> {
    /// How many shards there are.
    #[must_use]
    pub fn shard_count(&self) -> usize {
        self.shards.len()
    }

    /// Leaves mail for a shard and wakes it. There it arrives as mail from the shard itself.
    ///
    /// # Errors
    /// [`MailFull`] if the bounded mailbox has no room, or the shard is gone.
    pub fn mail(&self, to: ShardId, mail: M) -> Result<(), MailFull<M>> {
        let door = &self.shards[usize::from(to.0)];
        match door.queue.try_send(mail) {
            Ok(()) => {
                door.pending.store(true, Ordering::Release);
                door.waker.wake_if_asleep();
                Ok(())
            }
            Err(TrySendError::Full(mail) | TrySendError::Disconnected(mail)) => Err(MailFull(mail)),
        }
    }
}

/// The mail system of a process: a mailbox and a waker for each shard, and the mailer for everybody else.
#[expect(clippy::type_complexity, reason = "taken apart at once by the one caller")]
pub(crate) fn mail_system<M>(
    shards: usize,
    mails_max: usize,
) -> io::Result<(Vec<(Mailbox<M>, Arc<Waker>)>, Mailer<M>)> {
    let wakers = (0..shards).map(|_| Waker::new()).collect::<io::Result<Vec<_>>>()?;
    let mut inbound: Vec<Vec<Inbound<M>>> = (0..shards).map(|_| Vec::new()).collect();
    let mut outbound: Vec<Vec<Outbound<M>>> = (0..shards).map(|_| Vec::new()).collect();
    for (sender, sender_waker) in outbound.iter_mut().zip(&wakers) {
        for (recipient, waker) in inbound.iter_mut().zip(&wakers) {
            let (producer, queue) = RingBuffer::new(mails_max);
            let found_full = Arc::new(AtomicBool::new(false));
            sender.push(Outbound {
                queue: producer,
                waker: Arc::clone(waker),
                wants_wake: false,
                found_full: Arc::clone(&found_full),
                wants_room: false,
            });
            recipient.push(Inbound { queue, found_full, sender: Arc::clone(sender_waker) });
        }
    }
    let mut side = Vec::new();
    let mut mailboxes = Vec::new();
    for (shard, ((inbound, outbound), waker)) in inbound.into_iter().zip(outbound).zip(&wakers).enumerate() {
        let (sender, receiver) = sync_channel(mails_max);
        let pending = Arc::new(AtomicBool::new(false));
        side.push(SideDoor { queue: sender, pending: Arc::clone(&pending), waker: Arc::clone(waker) });
        let shard = ShardId(u16::try_from(shard).expect("shards are numbered by u16"));
        let mailbox = Mailbox {
            shard,
            inbound,
            outbound,
            side: receiver,
            side_pending: pending,
            unsent_wakes: false,
            wants_room: false,
        };
        mailboxes.push((mailbox, Arc::clone(waker)));
    }
    Ok((mailboxes, Mailer { shards: side }))
}

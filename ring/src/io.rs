//! The trait between a shard and the world, and the operations that cross it.

use loglane_model::{DiskRead, DiskWrite, Extent, Instant, Job, JobDone, ShardId, SharedBlock};
use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::{Arc, OnceLock};

use crate::release::Registered;

/// What the shard calls an operation; comes back with each of its completions. Opaque to `Io`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Token(pub u64);

/// A listening or connected socket. Closes when the last clone goes.
#[derive(Debug, Clone)]
pub struct Socket(Arc<SocketInner>);

#[derive(Debug)]
struct SocketInner {
    backing: Backing,
    registered: OnceLock<Registered>,
}

#[derive(Debug)]
enum Backing {
    Os(OwnedFd),
    Simulated(u64),
}

impl Socket {
    /// A socket of the operating system.
    #[must_use]
    pub fn from_fd(fd: OwnedFd) -> Socket {
        Socket(Arc::new(SocketInner { backing: Backing::Os(fd), registered: OnceLock::new() }))
    }

    /// A socket of the in-memory world, by its handle there.
    #[must_use]
    pub fn simulated(handle: u64) -> Socket {
        Socket(Arc::new(SocketInner { backing: Backing::Simulated(handle), registered: OnceLock::new() }))
    }

    /// The descriptor, unless the socket is simulated.
    #[must_use]
    pub fn fd(&self) -> Option<BorrowedFd<'_>> {
        match &self.0.backing {
            Backing::Os(fd) => Some(fd.as_fd()),
            Backing::Simulated(_) => None,
        }
    }

    /// The handle in the in-memory world, if the socket is simulated.
    #[must_use]
    pub fn handle(&self) -> Option<u64> {
        match &self.0.backing {
            Backing::Os(_) => None,
            Backing::Simulated(handle) => Some(*handle),
        }
    }

    /// Whether both are the same socket.
    #[must_use]
    pub fn is_same(&self, other: &Socket) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// How many clones there are.
    pub(crate) fn holder_count(&self) -> usize {
        Arc::strong_count(&self.0)
    }

    /// Under which slot which shard knows the socket. The first shard that operates on a socket keeps it: a
    /// connection moves between shards only before its first operation.
    pub(crate) fn registered(&self) -> &OnceLock<Registered> {
        &self.0.registered
    }
}

/// Bytes to send, in order: pieces of `head` and extents of sealed blocks. Comes back for reuse when sent.
#[derive(Debug, Default)]
pub struct Outgoing {
    /// The bytes that were written for this send: frame headers, response bodies without records.
    pub head: Vec<u8>,
    /// The order in which head pieces and extents go out.
    pub parts: Vec<OutgoingPart>,
}

impl Outgoing {
    /// How many bytes there are to send.
    #[must_use]
    pub fn len(&self) -> usize {
        self.pieces().map(<[u8]>::len).sum()
    }

    /// Whether there is nothing to send.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes to send, piece by piece.
    pub fn pieces(&self) -> impl Iterator<Item = &[u8]> {
        self.parts.iter().map(|part| match part {
            OutgoingPart::Head { start, end } => &self.head[*start as usize..*end as usize],
            OutgoingPart::Extent(extent) => extent.bytes(),
        })
    }
}

/// One piece of an [`Outgoing`].
#[derive(Debug)]
pub enum OutgoingPart {
    /// `head[start..end]`.
    Head {
        /// First byte.
        start: u32,
        /// First byte behind the piece.
        end: u32,
    },
    /// Record bytes, sent from the block that holds them.
    Extent(Extent),
}

/// An operation on the ring.
///
/// On one connection at most one receive (of either kind) and one send are under way at a time: the kernel keeps no
/// order among several. Writes and reads of files are not ordered either.
#[derive(Debug)]
pub enum Op {
    /// Accepts connections until the token is cancelled; one completion for each. Should the listener itself be shut
    /// down, an error is the last completion.
    Accept {
        /// The listening socket.
        listener: Socket,
    },
    /// Receives what is there into a buffer that the ring provides when bytes arrive: an idle connection holds
    /// none. One completion.
    Receive {
        /// From where.
        socket: Socket,
    },
    /// Receives until `block[from..to]` is full. One completion. The submitter holds the block alone.
    ReceiveExact {
        /// From where.
        socket: Socket,
        /// Into what.
        block: SharedBlock,
        /// First byte to fill.
        from: usize,
        /// First byte not to fill.
        to: usize,
    },
    /// Sends everything. One completion.
    Send {
        /// To where.
        socket: Socket,
        /// What.
        outgoing: Outgoing,
    },
    /// A direct write.
    Write(DiskWrite),
    /// A direct read.
    Read(DiskRead),
}

/// The outcome of an operation, with everything that the operation owned.
#[derive(Debug)]
pub enum Done {
    /// A connection, not yet read from; or the error that ended the accepting of this one (it goes on).
    Accepted(io::Result<(Socket, SocketAddr)>),
    /// Bytes in `block[..len]`, which goes back by [`Io::recycle`] once nobody holds it; `len` 0: the peer has closed.
    Received(io::Result<(SharedBlock, usize)>),
    /// The block; `Err(UnexpectedEof)` if the peer closed before it was full.
    ReceivedExact {
        /// The block of the operation.
        block: SharedBlock,
        /// Full, or why not.
        result: io::Result<()>,
    },
    /// All sent, or why not.
    Sent {
        /// What was to be sent.
        outgoing: Outgoing,
        /// All sent, or why not.
        result: io::Result<()>,
    },
    /// All written (and on stable storage where asked), or why not.
    Written {
        /// The write of the operation.
        write: DiskWrite,
        /// All written, or why not. A short write is an error.
        result: io::Result<()>,
    },
    /// The bytes read; fewer than asked only where the file ends.
    Read {
        /// The read of the operation.
        read: DiskRead,
        /// Bytes read.
        result: io::Result<usize>,
    },
    /// What the job left.
    Job(JobDone),
}

/// Everything that can wake a shard.
#[derive(Debug)]
pub enum Event<M> {
    /// An operation or a job has ended (or, for `Accept`, has yielded).
    Done {
        /// Whose.
        token: Token,
        /// How.
        done: Done,
    },
    /// Mail from another shard, or from the side thread (then `from` is the receiving shard itself).
    Mail {
        /// The sender.
        from: ShardId,
        /// What it says.
        mail: M,
    },
}

/// The mailbox is full; the mail comes back. The sender stops reading sockets until there is room again.
#[derive(Debug)]
pub struct MailFull<M>(pub M);

/// One shard's door to the world. `M` is what shards send each other.
///
/// Call order: any number of `submit`, `spawn`, `mail`, `recycle`; then `wait`, which sends everything off, sleeps
/// until something happens or the deadline comes, and hands out what happened.
pub trait Io<M> {
    /// The time at which the last `wait` returned. Cheap; the clock is read once per turn.
    fn now(&self) -> Instant;

    /// Milliseconds since 1970, read together with `now`.
    fn wall_clock_ms(&self) -> i64;

    /// Chance: producer of ids, hash keys, jitter.
    fn random(&mut self) -> u64;

    /// Queues an operation. Never fails and never blocks; errors come as completions.
    fn submit(&mut self, token: Token, op: Op);

    /// Gives a job to the helper pool; it comes back as [`Done::Job`]. Jobs with the same `lane` run one after the
    /// other in the order given, others side by side.
    fn spawn(&mut self, token: Token, lane: u32, job: Box<dyn Job>);

    /// Stops both directions of a connection: pending operations on it complete soon, with an error or end of
    /// stream. The socket closes when its last clone goes.
    fn shutdown(&mut self, socket: &Socket);

    /// Ends an [`Op::Accept`]. Nothing tells that it has ended; connections that were accepted before are handed out.
    fn cancel_accept(&mut self, token: Token);

    /// Sends mail to another shard.
    ///
    /// # Errors
    /// [`MailFull`] where the bounded mailbox has no room. As soon as the recipient has made some, a `wait` of the
    /// sender returns (perhaps with nothing), so that it can try again.
    fn mail(&mut self, to: ShardId, mail: M) -> Result<(), MailFull<M>>;

    /// Gives a receive buffer back. One that is still shared is replaced by a fresh one.
    fn recycle(&mut self, block: SharedBlock);

    /// Submits what is queued, sleeps until something happens or `until` has come (`None`: however long), and
    /// appends what happened. May return with nothing.
    fn wait(&mut self, until: Option<Instant>, events: &mut Vec<Event<M>>);
}

//! Puts the shards of a process together: their doors to the world, and the ways between them.

use crate::epoll::Epoll;
use crate::io::{Event, Io, MailFull, Op, Socket, Token};
use crate::mail::{Mailbox, Mailer, Waker, mail_system};
use crate::probe::{Backend, BackendChoice, Unusable, choose_backend};
use crate::seat::Seat;
use crate::uring::{Uring, UringOptions};
use crate::workers::Workers;
use loglane_model::{FileSystem, Instant, Job, ShardId, SharedBlock};
use rustix::thread::{CpuSet, sched_setaffinity};
use std::sync::Arc;
use std::{fmt, io};

/// How the shards are put together.
#[derive(Debug, Clone)]
pub struct Options {
    /// The core of each shard, shard 0 first; shards behind the end are not pinned.
    pub cores: Vec<usize>,
    /// Mails that one shard may have waiting for another one; as many again from the side thread.
    pub mails_max: usize,
    /// Threads that jobs run on, for all shards together.
    pub helper_threads: usize,
    /// Receive buffers of 16 KiB for each shard, those that it has not given back included. Receives beyond
    /// that wait.
    pub receive_blocks_max: usize,
    /// Through which interface of the operating system.
    pub backend: BackendChoice,
    /// Threads that read and write files where there is no io_uring, for all shards together.
    pub disk_threads: usize,
    /// Operations that one system call sends off; more take more calls.
    pub queue_entries: u32,
    /// Files and sockets that a ring knows by index; others work as well, a little slower.
    pub registered_files_max: u32,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            cores: Vec::new(),
            mails_max: 1024,
            helper_threads: 4,
            receive_blocks_max: 1024,
            backend: BackendChoice::Auto,
            disk_threads: 8,
            queue_entries: 512,
            registered_files_max: 16_384,
        }
    }
}

/// What [`connect`] made.
pub struct Connected<M> {
    /// One for each shard, in order; each goes to its own thread.
    pub shards: Vec<IoBuilder<M>>,
    /// What the shards go through, with the reason where it is not io_uring: for the banner.
    pub backend: Backend,
    /// For everybody who is not a shard.
    pub mailer: Mailer<M>,
}

/// A shard's part of the whole, on the way to its thread.
pub struct IoBuilder<M> {
    shard: ShardId,
    core: Option<usize>,
    mail: (Mailbox<M>, Arc<Waker>),
    helpers: Arc<Workers>,
    /// Threads for files, where there is no io_uring.
    disk: Option<Arc<Workers>>,
    file_system: Arc<dyn FileSystem>,
    options: Options,
}

/// Why the shards could not be put together.
#[derive(Debug)]
pub enum ConnectError {
    /// io_uring was demanded and cannot be had.
    Unusable(Unusable),
    /// Threads or descriptors could not be had.
    Failed(io::Error),
}

impl std::error::Error for ConnectError {}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ConnectError::Unusable(reason) => reason.fmt(f),
            ConnectError::Failed(error) => write!(f, "cannot start the threads of the broker: {error}"),
        }
    }
}

impl From<io::Error> for ConnectError {
    fn from(error: io::Error) -> ConnectError {
        ConnectError::Failed(error)
    }
}

/// Puts `shards` shards together, whose jobs see the world through `file_system`.
///
/// # Errors
/// [`ConnectError`].
pub fn connect<M: Send>(
    shards: usize,
    options: &Options,
    file_system: &Arc<dyn FileSystem>,
) -> Result<Connected<M>, ConnectError> {
    let backend = choose_backend(options.backend).map_err(ConnectError::Unusable)?;
    let disk = match backend {
        Backend::IoUring { .. } => None,
        Backend::Epoll { .. } => Some(Arc::new(Workers::start(options.disk_threads, "disk")?)),
    };
    let (mailboxes, mailer) = mail_system(shards, options.mails_max)?;
    let helpers = Arc::new(Workers::start(options.helper_threads, "helper")?);
    let builder = |(shard, mail)| IoBuilder {
        shard: ShardId(u16::try_from(shard).expect("shards are numbered by u16")),
        core: options.cores.get(shard).copied(),
        mail,
        helpers: Arc::clone(&helpers),
        disk: disk.clone(),
        file_system: Arc::clone(file_system),
        options: options.clone(),
    };
    Ok(Connected { shards: mailboxes.into_iter().enumerate().map(builder).collect(), backend, mailer })
}

impl<M> IoBuilder<M> {
    /// Which shard this is.
    #[must_use]
    pub fn shard(&self) -> ShardId {
        self.shard
    }

    /// Pins the calling thread to the shard's core, if it is to have one. A failure is worth a warning, not more.
    ///
    /// # Errors
    /// If there is no such core for this process.
    pub fn pin_this_thread(&self) -> io::Result<()> {
        let Some(core) = self.core else { return Ok(()) };
        if core >= CpuSet::MAX_CPU {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, format!("there is no core {core}")));
        }
        let mut cores = CpuSet::new();
        cores.set(core);
        Ok(sched_setaffinity(None, &cores)?)
    }

    /// Makes the shard's door to the world, which stays on this thread.
    ///
    /// # Errors
    /// If the kernel refuses.
    pub fn build_on_this_thread(self) -> io::Result<OsIo<M>> {
        let seat = Seat::new(self.shard, self.mail, self.helpers, self.file_system);
        if let Some(disk) = self.disk {
            return Ok(OsIo(Door::Epoll(Epoll::new(self.options.receive_blocks_max, disk, seat)?)));
        }
        let options = UringOptions {
            queue_entries: self.options.queue_entries,
            receive_blocks_max: self.options.receive_blocks_max,
            registered_files_max: self.options.registered_files_max,
        };
        Ok(OsIo(Door::Uring(Uring::new(options, seat)?)))
    }
}

/// The operating system, through whichever of its interfaces there is.
pub struct OsIo<M>(Door<M>);

#[expect(clippy::large_enum_variant, reason = "one for each shard, made once and not moved about")]
enum Door<M> {
    Uring(Uring<M>),
    Epoll(Epoll<M>),
}

macro_rules! either {
    ($self:expr, |$io:ident| $call:expr) => {
        match &mut $self.0 {
            Door::Uring($io) => $call,
            Door::Epoll($io) => $call,
        }
    };
}

#[cfg(test)]
impl<M> OsIo<M> {
    /// The ring, for tests of what a kernel does seldom.
    pub(crate) fn uring(&mut self) -> &mut Uring<M> {
        match &mut self.0 {
            Door::Uring(uring) => uring,
            Door::Epoll(_) => panic!("the test has asked for a ring"),
        }
    }
}

impl<M> Io<M> for OsIo<M> {
    fn now(&self) -> Instant {
        match &self.0 {
            Door::Uring(io) => io.now(),
            Door::Epoll(io) => io.now(),
        }
    }

    fn wall_clock_ms(&self) -> i64 {
        match &self.0 {
            Door::Uring(io) => io.wall_clock_ms(),
            Door::Epoll(io) => io.wall_clock_ms(),
        }
    }

    fn random(&mut self) -> u64 {
        either!(self, |io| io.random())
    }

    fn submit(&mut self, token: Token, op: Op) {
        either!(self, |io| io.submit(token, op));
    }

    fn spawn(&mut self, token: Token, lane: u32, job: Box<dyn Job>) {
        either!(self, |io| io.spawn(token, lane, job));
    }

    fn shutdown(&mut self, socket: &Socket) {
        either!(self, |io| io.shutdown(socket));
    }

    fn cancel_accept(&mut self, token: Token) {
        either!(self, |io| io.cancel_accept(token));
    }

    fn mail(&mut self, to: ShardId, mail: M) -> Result<(), MailFull<M>> {
        either!(self, |io| io.mail(to, mail))
    }

    fn recycle(&mut self, block: SharedBlock) {
        either!(self, |io| io.recycle(block));
    }

    fn wait(&mut self, until: Option<Instant>, events: &mut Vec<Event<M>>) {
        either!(self, |io| io.wait(until, events));
    }
}

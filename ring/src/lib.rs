//! The world as one shard sees it: one trait, [`Io`], between the plain code of the broker and sockets, files,
//! other cores, the clock and chance.
//!
//! The ownership rule of this crate: a buffer belongs to its operation from [`Io::submit`] until the completion
//! is handed out by [`Io::wait`]. All `unsafe` of the project lives here, and only to keep that rule; and where memory is
//! asked of the kernel: for zeros that it can pin at once, and for blocks ([`BlockMemory`]).

mod block_memory;
mod clock;
#[cfg(test)]
mod conformance;
mod connect;
mod epoll;
mod huge_page;
mod io;
mod mail;
mod mapping;
mod net;
mod os_fs;
mod probe;
mod receive_blocks;
mod release;
mod seat;
pub mod sim;
mod turns;
mod uring;
mod workers;

pub use block_memory::BlockMemory;
pub use connect::{ConnectError, Connected, IoBuilder, Options, OsIo, connect};
pub use io::{Done, Event, Io, MailFull, Op, Outgoing, OutgoingPart, Socket, Token};
pub use mail::Mailer;
pub use net::{Holder, ListenError, ListenOptions, listen, listen_aside, listen_with};
pub use os_fs::OsFileSystem;
pub use probe::{Backend, BackendChoice, Unusable, UringLevel, choose_backend};

//! One socket under epoll: what is asked of it, and whether it was ready when last heard of.

use crate::io::{Outgoing, Socket, Token};
use crate::turns::{SEND_PART_BYTES, SMALL_SEND_BYTES, within};
use loglane_model::SharedBlock;
use rustix::io::Errno;
use rustix::net::{RecvFlags, SendAncillaryBuffer, SendFlags};
use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::os::fd::BorrowedFd;
use std::sync::Arc;

/// Pieces that one system call gets; the next call gets the rest.
const PIECES_MAX: usize = 64;

/// Events come on changes only (edge-triggered), so `readable` and `writable` hold until a call says otherwise.
#[derive(Debug, Default)]
pub(super) struct Watch {
    /// Rises with each use of the slot, so that a late event is told from one of its own.
    pub(super) generation: u32,
    pub(super) readable: bool,
    pub(super) writable: bool,
    /// Both directions were shut down by us.
    pub(super) shut: bool,
    /// Whether it is already in line for an attempt.
    pub(super) queued: bool,
    /// Whether its next send is in line among the large ones.
    pub(super) in_line: bool,
    pub(super) accept: Option<Accept>,
    pub(super) receive: Option<Receive>,
    pub(super) sends: VecDeque<Send>,
}

#[derive(Debug)]
pub(super) struct Accept {
    pub(super) token: Token,
    pub(super) listener: Socket,
}

#[derive(Debug)]
pub(super) struct Receive {
    pub(super) token: Token,
    pub(super) socket: Socket,
    /// Into which block, from where to where; `None`: into a receive buffer.
    pub(super) exact: Option<(SharedBlock, usize, usize)>,
}

#[derive(Debug)]
pub(super) struct Send {
    pub(super) token: Token,
    pub(super) socket: Socket,
    pub(super) outgoing: Outgoing,
    pub(super) sent: usize,
}

impl Receive {
    /// Goes on with an exact receive until it is full or there is no more: `None` then.
    pub(super) fn fill(&mut self) -> Option<io::Result<()>> {
        let (block, from, to) = self.exact.as_mut().expect("an exact receive");
        let fd = descriptor(&self.socket);
        let bytes =
            Arc::get_mut(block).expect("the submitter of a receive holds the block alone").bytes_mut();
        while from < to {
            match receive_some(fd, &mut bytes[*from..*to])? {
                Ok(0) => return Some(Err(io::ErrorKind::UnexpectedEof.into())),
                Ok(len) => *from += len,
                Err(error) => return Some(Err(error)),
            }
        }
        Some(Ok(()))
    }
}

/// How far a send has come.
#[derive(Debug)]
pub(super) enum Progress {
    /// To its end, good or bad.
    Ended(io::Result<()>),
    /// Until the socket had no more room.
    Full,
    /// There may be room for more.
    Partly,
}

impl Send {
    /// Whether it takes its turns.
    pub(super) fn is_large(&self) -> bool {
        self.outgoing.len() - self.sent > SMALL_SEND_BYTES
    }

    /// Sends the next part.
    pub(super) fn push(&mut self) -> Progress {
        let total = self.outgoing.len();
        let end = total.min(self.sent + SEND_PART_BYTES);
        while self.sent < end {
            let mut pieces = [IoSlice::new(&[]); PIECES_MAX];
            let count = gather(&mut pieces, within(self.outgoing.pieces(), self.sent..end));
            let flags = SendFlags::DONTWAIT | SendFlags::NOSIGNAL;
            let mut control = SendAncillaryBuffer::default();
            match rustix::net::sendmsg(descriptor(&self.socket), &pieces[..count], &mut control, flags) {
                Ok(sent) => self.sent += sent,
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => return Progress::Full,
                Err(error) => return Progress::Ended(Err(error.into())),
            }
        }
        if end == total { Progress::Ended(Ok(())) } else { Progress::Partly }
    }
}

/// Receives what is there; `None` if nothing is.
pub(super) fn receive_some(fd: BorrowedFd<'_>, into: &mut [u8]) -> Option<io::Result<usize>> {
    loop {
        match rustix::net::recv(fd, &mut *into, RecvFlags::DONTWAIT) {
            Ok((len, _)) => return Some(Ok(len)),
            Err(Errno::INTR) => {}
            Err(Errno::AGAIN) => return None,
            Err(error) => return Some(Err(error.into())),
        }
    }
}

pub(super) fn descriptor(socket: &Socket) -> BorrowedFd<'_> {
    socket.fd().expect("a simulated socket has no business in the real world")
}

/// Fills `pieces` with as much as there is room for; says how many there are.
fn gather<'a>(pieces: &mut [IoSlice<'a>; PIECES_MAX], bytes: impl Iterator<Item = &'a [u8]>) -> usize {
    let mut count = 0;
    for (place, piece) in pieces.iter_mut().zip(bytes) {
        *place = IoSlice::new(piece);
        count += 1;
    }
    count
}

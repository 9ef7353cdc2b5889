//! One operation in flight, and the kernel's view of it: who owns the memory that a submission points into.

use super::file_table::Target;
use crate::io::{Op, Outgoing, Socket, Token};
use crate::turns::{SEND_PART_BYTES, within};
use crate::uring::buffer_ring::BUFFER_GROUP;
use io_uring::squeue::{Entry, Flags};
use io_uring::{opcode, types};
use loglane_model::{DiskRead, DiskWrite, SharedBlock};
use std::os::fd::AsRawFd;
use std::sync::Arc;

/// Pieces that one system call takes (`UIO_MAXIOV`).
const PIECES_MAX: usize = 1024;

/// A slot owns all that its operation points to until the last completion; it is not reused before.
#[derive(Debug)]
pub(super) struct Slot {
    /// Rises with each use, so that a completion can be told from one of an earlier use.
    pub(super) generation: u32,
    pub(super) token: Token,
    pub(super) state: State,
    /// How often the kernel has put the operation off.
    pub(super) put_off: u32,
    /// What the kernel reads of a vectored operation; kept for the next use.
    pieces: Vec<libc::iovec>,
    message: Box<libc::msghdr>,
}

#[derive(Debug)]
pub(super) enum State {
    Free,
    Accept { listener: Socket, cancelled: bool },
    Receive { socket: Socket },
    ReceiveExact { socket: Socket, block: SharedBlock, from: usize, to: usize },
    Send { socket: Socket, outgoing: Outgoing, sent: usize, total: usize },
    Write { write: DiskWrite, total: usize },
    Read(DiskRead),
}

impl State {
    pub(super) fn of(op: Op) -> State {
        match op {
            Op::Accept { listener } => State::Accept { listener, cancelled: false },
            Op::Receive { socket } => State::Receive { socket },
            Op::ReceiveExact { socket, block, from, to } => {
                assert!(from <= to && to <= block.capacity(), "a receive stays inside its block");
                State::ReceiveExact { socket, block, from, to }
            }
            Op::Send { socket, outgoing } => {
                let total = outgoing.len();
                State::Send { socket, outgoing, sent: 0, total }
            }
            Op::Write(write) => {
                let total = write.extents.iter().map(loglane_model::Extent::len).sum();
                assert!(
                    write.extents.len() <= PIECES_MAX,
                    "a log writes at most 1 MiB at once, in whole pages"
                );
                State::Write { write, total }
            }
            Op::Read(read) => {
                assert!(read.len <= read.block.capacity(), "a read stays inside its block");
                State::Read(read)
            }
        }
    }

    /// Whether there is nothing to do.
    pub(super) fn is_done_at_once(&self) -> bool {
        match self {
            State::ReceiveExact { from, to, .. } => from == to,
            State::Send { total, .. } | State::Write { total, .. } => *total == 0,
            State::Read(read) => read.len == 0,
            State::Free | State::Accept { .. } | State::Receive { .. } => false,
        }
    }
}

/// Builds a submission for either kind of file name.
macro_rules! on {
    ($target:expr, |$fd:ident| $build:expr) => {
        match $target {
            Target::Registered(index) => {
                let $fd = types::Fixed(index);
                $build
            }
            Target::Descriptor(descriptor) => {
                let $fd = types::Fd(descriptor);
                $build
            }
        }
    };
}

impl Slot {
    pub(super) fn new() -> Slot {
        // SAFETY: msghdr is plain data for which all zeros are valid: no name, no pieces, no control data.
        let message = Box::new(unsafe { std::mem::zeroed::<libc::msghdr>() });
        Slot { generation: 0, token: Token(0), state: State::Free, put_off: 0, pieces: Vec::new(), message }
    }

    /// The next submission of the operation. What it points to stays valid for as long as `state` is neither
    /// changed nor moved out and the slot starts nothing else.
    pub(super) fn submission(&mut self, target: Target) -> Entry {
        match &mut self.state {
            State::Free => unreachable!("a free slot submits nothing"),
            // The listener is named by descriptor: there are too few to register.
            State::Accept { listener, .. } => {
                let listener = listener.fd().expect("a simulated socket has no business on a real ring");
                opcode::AcceptMulti::new(types::Fd(listener.as_raw_fd())).flags(libc::SOCK_CLOEXEC).build()
            }
            State::Receive { .. } => on!(target, |fd| opcode::Recv::new(fd, std::ptr::null_mut(), 0)
                .buf_group(BUFFER_GROUP)
                .build()
                .flags(Flags::BUFFER_SELECT)),
            State::ReceiveExact { block, from, to, .. } => {
                let block = Arc::get_mut(block).expect("the submitter of a receive holds the block alone");
                let bytes = &mut block.bytes_mut()[*from..*to];
                let len = u32::try_from(bytes.len()).expect("a block is smaller than 4 GiB");
                let address = bytes.as_mut_ptr();
                on!(target, |fd| opcode::Recv::new(fd, address, len).flags(libc::MSG_WAITALL).build())
            }
            State::Send { outgoing, sent, .. } => {
                gather(&mut self.pieces, within(outgoing.pieces(), *sent..*sent + SEND_PART_BYTES));
                self.message.msg_iov = self.pieces.as_mut_ptr();
                self.message.msg_iovlen = self.pieces.len();
                let message: *const libc::msghdr = &raw const *self.message;
                let flags = u32::try_from(libc::MSG_WAITALL | libc::MSG_NOSIGNAL).expect("flags are bits");
                on!(target, |fd| opcode::SendMsg::new(fd, message).flags(flags).build())
            }
            State::Write { write, .. } => {
                gather(&mut self.pieces, write.extents.iter().map(loglane_model::Extent::bytes));
                let count = u32::try_from(self.pieces.len()).expect("at most 1024 pieces");
                let (pieces, position) = (self.pieces.as_ptr(), write.position);
                let flags = if write.durable { libc::RWF_DSYNC } else { 0 };
                on!(target, |fd| opcode::Writev::new(fd, pieces, count)
                    .offset(position)
                    .rw_flags(flags)
                    .build())
            }
            State::Read(read) => {
                let block =
                    Arc::get_mut(&mut read.block).expect("the submitter of a read holds the block alone");
                let bytes = &mut block.bytes_mut()[..read.len];
                let len = u32::try_from(bytes.len()).expect("a block is smaller than 4 GiB");
                let (address, position) = (bytes.as_mut_ptr(), read.position);
                on!(target, |fd| opcode::Read::new(fd, address, len).offset(position).build())
            }
        }
    }
}

/// Fills `pieces` with as much as one system call takes.
fn gather<'a>(pieces: &mut Vec<libc::iovec>, bytes: impl Iterator<Item = &'a [u8]>) {
    pieces.clear();
    let bytes = bytes.filter(|piece| !piece.is_empty()).take(PIECES_MAX);
    pieces.extend(
        bytes.map(|piece| libc::iovec { iov_base: piece.as_ptr().cast_mut().cast(), iov_len: piece.len() }),
    );
}

//! A connection of the load: requests go out in order, answers come back in order.

use loglane_model::{BlockPool, SharedBlock};
use loglane_net::frame::{self, FrameError};
use loglane_ring::{Io, Op, Outgoing, OutgoingPart, Socket, Token};

/// Frames beyond this are received into a block of their own instead of being put together from pieces.
const PIECED_BYTES_MAX: usize = 32 * 1024;

/// No answer is larger: a fetch of 50 MiB and what is around it, with room to spare.
pub(super) const ANSWER_BYTES_MAX: usize = 200 << 20;

/// Which completion a token stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Half {
    Receive,
    Send,
}

/// One connection.
#[derive(Debug)]
pub(super) struct Line {
    /// Index of the broker.
    pub(super) node: usize,
    index: u32,
    /// Counts the sockets that this line had: completions of an earlier one are not for the present one.
    generation: u32,
    socket: Option<Socket>,
    /// Requests that wait for the send before them.
    out: Vec<u8>,
    spare: Option<Outgoing>,
    is_sending: bool,
    inbound: Vec<u8>,
    correlation_id: i32,
}

/// What came in.
pub(super) enum Inbound {
    /// Whole frames, one behind the other, and the part of a next one.
    Pieces(Vec<u8>),
    /// One large frame of so many bytes, its length included.
    Large(SharedBlock, usize),
}

impl Line {
    /// A line without a connection yet.
    pub(super) fn new(index: u32, node: usize) -> Line {
        Line {
            node,
            index,
            generation: 0,
            socket: None,
            out: Vec::new(),
            spare: Some(Outgoing::default()),
            is_sending: false,
            inbound: Vec::new(),
            correlation_id: 0,
        }
    }

    /// The line, its generation and the half that a token stands for.
    pub(super) fn of_token(token: Token) -> (u32, u32, Half) {
        let line = u32::try_from(token.0 >> 32).expect("32 bits");
        let rest = u32::try_from(token.0 & 0xffff_ffff).expect("32 bits");
        (line, rest >> 1, if rest & 1 == 0 { Half::Receive } else { Half::Send })
    }

    fn token(&self, half: Half) -> Token {
        let kind = u64::from(half == Half::Send);
        Token(u64::from(self.index) << 32 | u64::from(self.generation & 0x7fff_ffff) << 1 | kind)
    }

    /// Whether completions of this generation are for the present socket.
    pub(super) fn is_current(&self, generation: u32) -> bool {
        self.generation & 0x7fff_ffff == generation && self.socket.is_some()
    }

    /// Begins with a fresh connection.
    pub(super) fn open<M>(&mut self, io: &mut impl Io<M>, socket: Socket) {
        self.generation = self.generation.wrapping_add(1);
        self.out.clear();
        self.inbound.clear();
        self.is_sending = false;
        self.socket = Some(socket.clone());
        io.submit(self.token(Half::Receive), Op::Receive { socket });
    }

    /// Gives the connection up.
    pub(super) fn close<M>(&mut self, io: &mut impl Io<M>) {
        if let Some(socket) = self.socket.take() {
            io.shutdown(&socket);
        }
    }

    /// Whether another request may be written now: at most one waits behind the one that is being sent.
    pub(super) fn takes_request(&self) -> bool {
        self.socket.is_some() && self.out.is_empty()
    }

    /// The number of the next request, and where to write it.
    pub(super) fn next_request(&mut self) -> (i32, &mut Vec<u8>) {
        self.correlation_id = self.correlation_id.wrapping_add(1);
        (self.correlation_id, &mut self.out)
    }

    /// Sends what was written, unless a send is under way: then it goes behind it.
    pub(super) fn flush<M>(&mut self, io: &mut impl Io<M>) {
        if self.is_sending || self.out.is_empty() {
            return;
        }
        let Some(socket) = self.socket.clone() else { return };
        let mut outgoing = self.spare.take().unwrap_or_default();
        std::mem::swap(&mut outgoing.head, &mut self.out);
        self.out.clear();
        let end = u32::try_from(outgoing.head.len()).expect("requests are far below 4 GiB");
        outgoing.parts.clear();
        outgoing.parts.push(OutgoingPart::Head { start: 0, end });
        self.is_sending = true;
        io.submit(self.token(Half::Send), Op::Send { socket, outgoing });
    }

    /// A send has ended.
    pub(super) fn on_sent(&mut self, outgoing: Outgoing) {
        self.is_sending = false;
        self.spare = Some(outgoing);
    }

    /// Bytes came in: everything that is there now.
    pub(super) fn on_bytes(&mut self, bytes: &[u8]) -> Inbound {
        let mut pieces = std::mem::take(&mut self.inbound);
        pieces.extend_from_slice(bytes);
        Inbound::Pieces(pieces)
    }

    /// Goes on receiving, with what is left behind the whole frames: `pieces[used..]`.
    ///
    /// # Errors
    /// The length of the next frame is none.
    pub(super) fn receive_more<M>(
        &mut self,
        io: &mut impl Io<M>,
        pool: &mut BlockPool,
        mut pieces: Vec<u8>,
        used: usize,
    ) -> Result<(), FrameError> {
        let Some(socket) = self.socket.clone() else { return Ok(()) };
        pieces.drain(..used);
        let whole = frame::body_bytes(&pieces, ANSWER_BYTES_MAX)?.map(|body| body + frame::LENGTH_BYTES);
        match whole {
            Some(whole) if whole > PIECED_BYTES_MAX => {
                let mut block = pool.take(whole);
                let memory =
                    std::sync::Arc::get_mut(&mut block).expect("a block of the pool is held by nobody");
                memory.bytes_mut()[..pieces.len()].copy_from_slice(&pieces);
                let from = pieces.len();
                pieces.clear();
                io.submit(self.token(Half::Receive), Op::ReceiveExact { socket, block, from, to: whole });
            }
            _ => io.submit(self.token(Half::Receive), Op::Receive { socket }),
        }
        self.inbound = pieces;
        Ok(())
    }
}

/// The frames at the beginning of `pieces`: calls `each` with the body of every whole one, and says how many bytes they
/// took.
///
/// # Errors
/// A length is none, or what `each` says.
pub(super) fn each_frame<E: From<FrameError>>(
    pieces: &[u8],
    mut each: impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<usize, E> {
    let mut used = 0;
    while let Some(body) = frame::body_bytes(&pieces[used..], ANSWER_BYTES_MAX)? {
        let start = used + frame::LENGTH_BYTES;
        let Some(frame) = pieces.get(start..start + body) else { break };
        each(frame)?;
        used = start + body;
    }
    Ok(used)
}

//! One client's connection: how bytes become frames, in which order answers leave, and why reading is paused.
//!
//! Produces of one connection overlap: the next frame is taken up as soon as the one before has its place in the
//! log. Any other request waits until the answers before it are determined, and nothing is taken up while it is
//! itself undetermined. That is Kafka's order as a client can observe it.

use crate::shard::receive_budget::Reservation;
use crate::slots::SlotId;
use loglane_model::{Extent, Instant, SharedBlock};
use loglane_ring::{Outgoing, OutgoingPart, Socket};
use std::collections::VecDeque;
use std::net::SocketAddr;

/// Bytes of the length in front of each frame.
pub(crate) const LENGTH_BYTES: usize = 4;

/// A whole request, still in the memory that it was received into. Frozen: owners of partitions read it from
/// other cores.
#[derive(Debug, Clone)]
pub(crate) struct Frame {
    pub(crate) block: SharedBlock,
    /// First byte of the request header.
    pub(crate) start: usize,
    /// First byte behind the request.
    pub(crate) end: usize,
}

impl Frame {
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.block.bytes()[self.start..self.end]
    }
}

/// Why a connection is not being read. Reading goes on when no reason is left.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Pause {
    /// A frame has been announced and its memory is not to be had yet.
    pub(crate) memory: bool,
    /// The next request waits for the answers before it, or too many are in flight.
    pub(crate) order: bool,
    /// The client does not take its answers.
    pub(crate) unsent: bool,
    /// A mailbox or the disk does not keep up: see `Shard::is_overloaded`.
    pub(crate) overload: bool,
    /// A quota says so, until a timer ends it.
    pub(crate) quota: bool,
}

impl Pause {
    pub(crate) fn is_paused(self) -> bool {
        self != Pause::default()
    }
}

/// Whose a block of received bytes is.
#[derive(Debug)]
pub(crate) enum BlockFrom {
    /// The ring's, which has few.
    Ring,
    /// The ring's, and its request waits for long: there was no memory to put it elsewhere. Counted.
    RingKept,
    /// The pool's, with the memory that goes back with it.
    Pool(Reservation),
}

/// Where the connection is in its input.
#[derive(Debug)]
pub(crate) enum Input {
    /// Nothing buffered beyond a piece of a length; a receive is under way unless reading is paused.
    Waiting,
    /// Received bytes that are not yet taken up.
    Buffered {
        /// What holds them, which goes back to where it is from once used up.
        block: SharedBlock,
        from: BlockFrom,
        /// First byte not taken up.
        at: usize,
        /// First byte not received.
        end: usize,
    },
    /// The beginning of a frame whose memory is not to be had yet: less than a receive buffer.
    Announced {
        /// What has arrived of it.
        arrived: Box<[u8]>,
    },
    /// The rest of a frame is being received into a block of its own; the operation holds the block.
    Body {
        /// Bytes of the frame.
        frame_bytes: usize,
        /// Memory that goes back with the frame.
        reservation: Reservation,
        /// When the receive began, to tell a slow sender.
        since: Instant,
    },
    /// A frame that came whole into its own block and waits for its turn.
    Whole {
        /// The request.
        frame: Frame,
        /// Memory that goes back with the frame.
        reservation: Reservation,
    },
}

/// One per connection, on the shard that serves it.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) socket: Socket,
    pub(crate) peer: SocketAddr,
    /// Which of the configured listeners it came in by.
    pub(crate) listener: u16,
    pub(crate) input: Input,
    /// The length of the next frame, as far as it has arrived.
    pub(crate) length: [u8; LENGTH_BYTES],
    /// Bytes of `length` that have arrived; all of them while its frame waits for memory or for its turn.
    pub(crate) length_filled: usize,
    /// A receive operation is under way.
    pub(crate) receiving: bool,
    /// A send operation is under way.
    pub(crate) sending: bool,
    pub(crate) send_since: Instant,
    pub(crate) send_bytes: usize,
    /// Record bytes lent to the send under way, counted in the shard's total.
    pub(crate) sending_lent_bytes: usize,
    /// Produces whose answers are not yet encoded, oldest first.
    pub(crate) produces: VecDeque<SlotId>,
    /// The one request that is not a produce and not yet answered.
    pub(crate) exclusive: Option<SlotId>,
    /// Encoded answers that wait for the send under way.
    pub(crate) outgoing: Outgoing,
    pub(crate) outgoing_bytes: usize,
    /// Record bytes lent to them, counted in the shard's total as well.
    pub(crate) outgoing_lent_bytes: usize,
    pub(crate) pause: Pause,
    /// No more requests are taken up; the connection goes when its operations have ended.
    pub(crate) closing: bool,
    /// Close once everything encoded has been sent.
    pub(crate) close_after_send: bool,
    /// The client has said that it will send nothing more. It may still wait for answers.
    pub(crate) has_ended: bool,
    pub(crate) last_active: Instant,
    /// When a timer will look at it.
    pub(crate) next_check: Option<Instant>,
    /// Already in the shard's list of connections with something to send.
    pub(crate) in_flush_list: bool,
}

impl Connection {
    pub(crate) fn new(socket: Socket, peer: SocketAddr, listener: u16, now: Instant) -> Connection {
        Connection {
            socket,
            peer,
            listener,
            input: Input::Waiting,
            length: [0; LENGTH_BYTES],
            length_filled: 0,
            receiving: false,
            sending: false,
            send_since: now,
            send_bytes: 0,
            sending_lent_bytes: 0,
            produces: VecDeque::new(),
            exclusive: None,
            outgoing: Outgoing::default(),
            outgoing_bytes: 0,
            outgoing_lent_bytes: 0,
            pause: Pause::default(),
            closing: false,
            close_after_send: false,
            has_ended: false,
            last_active: now,
            next_check: None,
            in_flush_list: false,
        }
    }

    /// Whether nothing of it is in the hands of `Io`.
    pub(crate) fn is_quiet(&self) -> bool {
        !self.receiving && !self.sending
    }

    /// Nothing that was asked is still to be answered, and no answer to be sent.
    pub(crate) fn is_answered(&self) -> bool {
        self.produces.is_empty()
            && self.exclusive.is_none()
            && self.outgoing.parts.is_empty()
            && !self.sending
    }

    /// Bytes of answers that the client has not taken, so far as is known.
    pub(crate) fn unsent_bytes(&self) -> usize {
        self.outgoing_bytes + if self.sending { self.send_bytes } else { 0 }
    }

    /// Completes an answer whose bytes begin at `from` in the head.
    pub(crate) fn end_answer(&mut self, from: usize) {
        self.add_head(from, self.outgoing.head.len());
    }

    /// Sends these head bytes next; joined with the piece before where they meet.
    pub(crate) fn add_head(&mut self, from: usize, to: usize) {
        if from == to {
            return;
        }
        self.outgoing_bytes += to - from;
        let to_u32 =
            |at: usize| u32::try_from(at).expect("a connection's own bytes are bounded far below 4 GiB");
        let (start, behind) = (to_u32(from), to_u32(to));
        match self.outgoing.parts.last_mut() {
            Some(OutgoingPart::Head { end, .. }) if *end == start => *end = behind,
            _ => self.outgoing.parts.push(OutgoingPart::Head { start, end: behind }),
        }
    }

    /// Sends record bytes next, from the block that holds them.
    pub(crate) fn add_extent(&mut self, extent: Extent) {
        self.outgoing_bytes += extent.len();
        self.outgoing_lent_bytes += extent.len();
        self.outgoing.parts.push(OutgoingPart::Extent(extent));
    }
}

/// The bytes of the frame behind a length, or the length itself where no request can have it: a request header
/// alone is eight bytes, and what is above `frame_bytes_max` (`socket.request.max.bytes`) is refused as in Kafka.
pub(crate) fn frame_bytes(length: [u8; LENGTH_BYTES], frame_bytes_max: usize) -> Result<usize, i32> {
    let length = i32::from_be_bytes(length);
    match usize::try_from(length) {
        Ok(bytes) if bytes <= frame_bytes_max && bytes >= 8 => Ok(bytes),
        _ => Err(length),
    }
}

/// What a client speaks whose first bytes are no length, for the line that tells of it; nothing where nobody knows.
pub(crate) fn other_protocol(length: [u8; LENGTH_BYTES]) -> &'static str {
    match &length {
        // The handshake record of TLS 1.x.
        [0x16, 3, ..] => ": that is TLS, and the listener is plain text (security.protocol=PLAINTEXT)",
        b"GET " | b"POST" | b"PUT " | b"HEAD" | b"OPTI" => ": that is HTTP, and the port is Kafka's",
        b"SSH-" => ": that is SSH, and the port is Kafka's",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_that_no_request_can_have_is_refused() {
        assert_eq!(frame_bytes(10i32.to_be_bytes(), 100), Ok(10));
        assert_eq!(frame_bytes(100i32.to_be_bytes(), 100), Ok(100));
        for length in [101, 7, 0, -1, i32::MIN, i32::MAX] {
            assert_eq!(frame_bytes(length.to_be_bytes(), 100), Err(length));
        }
    }

    #[test]
    fn who_speaks_something_else_is_recognized() {
        assert!(other_protocol([0x16, 3, 1, 2]).contains("TLS"));
        assert!(other_protocol(*b"GET ").contains("HTTP"));
        assert_eq!(other_protocol([0x16, 0, 0, 0]), "");
        assert_eq!(other_protocol([0xff; 4]), "");
    }
}

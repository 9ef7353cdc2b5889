//! Connections: who accepts them, how their bytes become requests, how answers leave.

use super::Shard;
use super::advertised::Hints;
use super::mail::Mail;
use super::receive_budget::{Reservation, Reserve};
use super::timers::Timer;
use super::token::Purpose;
use crate::connection::{BlockFrom, Connection, Frame, Input, LENGTH_BYTES, frame_bytes, other_protocol};
use crate::settings::Settings;
use crate::slots::SlotId;
use loglane_model::{Bug, ShardId, SharedBlock, planted};
use loglane_ring::{Io, Op, Outgoing, Socket};
use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

/// A body or a send slower than this, while others want its memory, loses its connection.
const SLOWEST_BYTES_PER_SECOND: u64 = 64 * 1024;

/// And a send, while the records that it holds are all that may be lent.
const SLOWEST_IN_SHORTAGE: u64 = 512 * 1024;

/// A body slower than this does not come to its end, though nobody wants its memory. The ring does not tell how far a
/// body is, so this and `connections.max.idle.ms` count from its beginning.
const SLOWEST_ALONE: u64 = 4 * 1024;

/// What every body and every send gets whatever its size.
const TRANSFER_GRACE: Duration = Duration::from_secs(10);

/// How often a connection with a transfer under way is looked at.
const CHECK_EVERY: Duration = Duration::from_secs(5);

/// On shard 0: the listening sockets, and how many connections each shard has.
#[derive(Debug)]
pub(crate) struct Acceptor {
    pub(crate) listeners: Vec<Socket>,
    pub(crate) connection_counts: Vec<usize>,
    /// By shard; at least one does.
    takes_connections: Vec<bool>,
    /// How many each client address has; none that has none.
    by_address: BTreeMap<IpAddr, u32>,
    /// What memory was set aside for.
    capacity: usize,
    hints: Hints,
}

impl Acceptor {
    /// An acceptor that has not accepted anything.
    pub(crate) fn new(listeners: Vec<Socket>, takes_connections: Vec<bool>, capacity: usize) -> Acceptor {
        let connection_counts = vec![0; takes_connections.len()];
        let (by_address, hints) = (BTreeMap::new(), Hints::default());
        Acceptor { listeners, connection_counts, takes_connections, by_address, capacity, hints }
    }

    /// Why one more connection from this address is not taken.
    fn refusal(&self, address: IpAddr, settings: &Settings) -> Option<&'static str> {
        let has = self.by_address.get(&address).copied().unwrap_or(0);
        if self.connection_counts.iter().sum::<usize>() >= self.capacity.min(settings.connections_max) {
            Some("the limit of connections is reached")
        } else if has >= settings.connections_per_address.most_of(address) {
            Some("the limit of connections from one address is reached")
        } else {
            None
        }
    }

    fn on_closed(&mut self, shard: ShardId, address: IpAddr) {
        self.connection_counts[usize::from(shard.0)] -= 1;
        let count = self.by_address.get_mut(&address).expect("it was counted when it came");
        *count -= 1;
        if *count == 0 {
            self.by_address.remove(&address);
        }
    }

    /// The shard with the fewest connections, of those that take any; the lowest of equals.
    fn least_loaded(&self) -> usize {
        let counts = self.connection_counts.iter().enumerate();
        let counts = counts.filter(|(shard, _)| self.takes_connections[*shard]);
        counts.min_by_key(|(_, count)| **count).map_or(0, |(shard, _)| shard)
    }
}

impl<I: Io<Mail>> Shard<I> {
    /// Begins to accept on every listener.
    pub(crate) fn start_accepting(&mut self) {
        let Some(acceptor) = &self.acceptor else { return };
        for (index, listener) in acceptor.listeners.iter().enumerate() {
            let index = u16::try_from(index).expect("a configuration has few listeners");
            self.io.submit(Purpose::Accept(index).token(), Op::Accept { listener: listener.clone() });
        }
    }

    pub(super) fn on_accepted(&mut self, listener: u16, result: io::Result<(Socket, SocketAddr)>) {
        let (socket, peer) = match result {
            Ok(accepted) => accepted,
            Err(error) => {
                match error.kind() {
                    // It was gone before it was taken up: the client's business.
                    io::ErrorKind::NotConnected | io::ErrorKind::ConnectionAborted => {}
                    _ => tracing::warn!(%error, "a connection could not be accepted"),
                }
                return;
            }
        };
        let acceptor = self.acceptor.as_mut().expect("only the acceptor's shard submits accepts");
        if let Some(why) = acceptor.refusal(peer.ip(), &self.settings) {
            tracing::debug!(%peer, "refused: {why}");
            return;
        }
        let name = &self.settings.listeners[usize::from(listener)];
        if let Some(hint) = acceptor.hints.next(peer.ip(), name, &self.settings.config.advertised) {
            tracing::info!("{hint}");
        }
        let shard = acceptor.least_loaded();
        acceptor.connection_counts[shard] += 1;
        *acceptor.by_address.entry(peer.ip()).or_default() += 1;
        let to = ShardId(u16::try_from(shard).expect("a shard's number"));
        if to == self.id {
            self.adopt_connection(socket, peer, listener);
        } else {
            self.mail(to, Mail::Connection { socket, peer, listener });
        }
    }

    /// Begins to serve a connection.
    pub(super) fn adopt_connection(&mut self, socket: Socket, peer: SocketAddr, listener: u16) {
        if self.closing.has_begun() {
            self.count_closed(peer.ip());
            return;
        }
        self.counts.connections_made[usize::from(listener)] += 1;
        let id = self.connections.insert(Connection::new(socket, peer, listener, self.now));
        self.check_connection_in(id, self.settings.connection_idle_max);
        self.continue_input(id);
    }

    pub(super) fn on_received(&mut self, id: SlotId, result: io::Result<(SharedBlock, usize)>) {
        let connection = self.connections.get_mut(id).expect("a connection outlives its operations");
        connection.receiving = false;
        connection.last_active = self.now;
        match result {
            Ok((block, 0)) => {
                self.io.recycle(block);
                connection.has_ended = true;
                self.end_connection(id);
            }
            Ok((block, len)) if connection.closing => {
                debug_assert!(len > 0);
                self.io.recycle(block);
                self.reap_if_quiet(id);
            }
            Ok((block, len)) => {
                assert!(matches!(connection.input, Input::Waiting), "one receive at a time");
                connection.input = Input::Buffered { block, from: BlockFrom::Ring, at: 0, end: len };
                self.continue_input(id);
            }
            Err(_) => self.close_connection(id),
        }
    }

    /// The client sends nothing more: its connection ends as soon as everything that it has asked is answered. What
    /// waits for others is answered in its time as well, as in Kafka, which does not look for an end before it has
    /// answered. Whoever has closed his connection for good says no more than this, and may have asked to wait for
    /// weeks: what has an end and is idle for too long is closed, whatever it waits for.
    fn end_connection(&mut self, id: SlotId) {
        let Some(connection) = self.connections.get(id) else { return };
        if connection.closing || connection.is_answered() {
            self.close_connection(id);
        }
    }

    pub(super) fn on_body(&mut self, id: SlotId, block: SharedBlock, result: io::Result<()>) {
        let connection = self.connections.get_mut(id).expect("a connection outlives its operations");
        connection.receiving = false;
        connection.last_active = self.now;
        let Input::Body { frame_bytes, reservation, .. } =
            std::mem::replace(&mut connection.input, Input::Waiting)
        else {
            unreachable!("a body completes only while one is being received");
        };
        let is_closing = connection.closing;
        if let Err(error) = &result {
            // The end came within a request. Those before it are answered all the same.
            connection.has_ended |= error.kind() == io::ErrorKind::UnexpectedEof;
        }
        if result.is_err() || is_closing {
            let has_ended = connection.has_ended;
            if !planted(Bug::LeakReservation) {
                self.release_frame_memory(block, reservation);
            }
            if has_ended && !is_closing {
                self.end_connection(id);
            } else {
                self.close_connection(id);
            }
            return;
        }
        let frame = Frame { block, start: 0, end: frame_bytes };
        connection.input = Input::Whole { frame, reservation };
        self.continue_input(id);
    }

    /// Takes up as many requests as may be, then sees to it that more bytes will come.
    pub(crate) fn continue_input(&mut self, id: SlotId) {
        // Nobody passes those who already wait for the end of an overload.
        if self.overloaded.is_empty() {
            self.take_up_input(id);
        } else {
            self.pause_for_overload(id);
        }
    }

    fn take_up_input(&mut self, id: SlotId) {
        loop {
            if self.is_overloaded() {
                self.pause_for_overload(id);
                return;
            }
            let is_stopping = self.closing.has_begun();
            let Some(connection) = self.connections.get_mut(id) else { return };
            if is_stopping
                || connection.closing
                || connection.close_after_send
                || connection.pause.is_paused()
            {
                return;
            }
            if connection.has_ended {
                self.end_connection(id);
                return;
            }
            if connection.unsent_bytes() > self.limits.outgoing_bytes_max {
                // Goes on when a send has ended; there is one, or will be at the end of this turn.
                connection.pause.unsent = true;
                self.move_out_of_ring(id);
                return;
            }
            match std::mem::replace(&mut connection.input, Input::Waiting) {
                Input::Waiting => {
                    self.submit_receive(id);
                    return;
                }
                busy @ (Input::Body { .. } | Input::Announced { .. }) => {
                    connection.input = busy;
                    return;
                }
                Input::Whole { frame, reservation } => {
                    if self.may_take_up(id, frame.bytes()) {
                        let connection = self.connections.get_mut(id).expect("looked up above");
                        connection.length_filled = 0;
                        self.dispatch(id, &frame, Some(reservation));
                    } else {
                        let connection = self.connections.get_mut(id).expect("looked up above");
                        connection.input = Input::Whole { frame, reservation };
                        connection.pause.order = true;
                    }
                }
                Input::Buffered { block, from, at, end } => {
                    let from = self.no_longer_kept(from);
                    self.take_up_buffered(id, (block, from), at, end);
                }
            }
        }
    }

    /// Takes up the next request of a receive buffer, or begins to receive its rest.
    fn take_up_buffered(
        &mut self,
        id: SlotId,
        (block, from): (SharedBlock, BlockFrom),
        mut at: usize,
        end: usize,
    ) {
        let frame_bytes_max = self.settings.request_bytes_max;
        let connection = self.connections.get_mut(id).expect("the caller looked it up");
        let wanted = (LENGTH_BYTES - connection.length_filled).min(end - at);
        let filled = connection.length_filled;
        connection.length[filled..filled + wanted].copy_from_slice(&block.bytes()[at..at + wanted]);
        connection.length_filled += wanted;
        at += wanted;
        if connection.length_filled < LENGTH_BYTES {
            self.give_back(block, from);
            return;
        }
        let length = match frame_bytes(connection.length, frame_bytes_max) {
            Ok(length) => length,
            Err(length) => {
                let (peer, spoken) = (connection.peer, other_protocol(connection.length));
                self.give_back(block, from);
                self.complain(peer, format_args!("no request is {length} bytes long{spoken}"));
                self.close_connection(id);
                return;
            }
        };
        if end - at >= length {
            let frame = Frame { block: block.clone(), start: at, end: at + length };
            if !self.may_take_up(id, frame.bytes()) {
                drop(frame);
                let connection = self.connections.get_mut(id).expect("looked up above");
                connection.pause.order = true;
                connection.input = Input::Buffered { block, from, at, end };
                // Produces are over when the disk has them. Anything else may wait for what others send.
                if connection.exclusive.is_some() {
                    self.move_out_of_ring(id);
                }
                return;
            }
            let connection = self.connections.get_mut(id).expect("looked up above");
            connection.length_filled = 0;
            at += length;
            if at < end {
                connection.input = Input::Buffered { block, from, at, end };
                self.dispatch(id, &frame, None);
            } else {
                // The buffer goes back after the request was looked at: unless another shard still reads the
                // frame, the ring has it again at once.
                self.dispatch(id, &frame, None);
                drop(frame);
                self.give_back(block, from);
            }
            return;
        }
        connection.input = Input::Buffered { block, from, at, end };
        match self.receive.reserve(id, length) {
            Reserve::Granted(reservation) => self.begin_body(id, reservation),
            Reserve::Wait => self.wait_for_memory(id),
            Reserve::TooLarge => {
                let peer = self.connections.get(id).expect("looked up above").peer;
                self.complain(peer, format_args!("a request of {length} bytes is above the receive budget"));
                self.close_connection(id);
            }
        }
    }

    /// The frame is in line for memory. What has arrived of it moves out of the ring's receive buffer meanwhile: the
    /// ring has few, and those who wait must not keep them from those who need no memory.
    fn wait_for_memory(&mut self, id: SlotId) {
        let connection = self.connections.get_mut(id).expect("the caller looked it up");
        connection.pause.memory = true;
        let Input::Buffered { block, from, at, end } =
            std::mem::replace(&mut connection.input, Input::Waiting)
        else {
            unreachable!("memory is asked for with the beginning of the frame in hand");
        };
        connection.input = Input::Announced { arrived: block.bytes()[at..end].into() };
        self.give_back(block, from);
    }

    /// The next request may have to wait for long. What has arrived of it, and of those behind it, moves out of the
    /// ring's receive buffer: the ring has few, and whoever brings the end of the waiting needs one.
    fn move_out_of_ring(&mut self, id: SlotId) {
        let connection = self.connections.get_mut(id).expect("the caller looked it up");
        let Input::Buffered { block, from: from @ BlockFrom::Ring, at, end } = &mut connection.input else {
            return;
        };
        let len = *end - *at;
        if let Some(reservation) = self.receive.reserve_arrived(len) {
            let mut moved = self.pool.take(len);
            let into = Arc::get_mut(&mut moved).expect("fresh from the pool").bytes_mut();
            into[..len].copy_from_slice(&block.bytes()[*at..*end]);
            let left = std::mem::replace(block, moved);
            (*from, *at, *end) = (BlockFrom::Pool(reservation), 0, len);
            self.io.recycle(left);
        } else if self.kept_buffers < self.limits.kept_buffers_max {
            *from = BlockFrom::RingKept;
            self.kept_buffers += 1;
        } else {
            let peer = connection.peer;
            self.complain(peer, "there is no memory for the requests that it sends ahead");
            self.close_connection(id);
        }
    }

    fn no_longer_kept(&mut self, from: BlockFrom) -> BlockFrom {
        match from {
            BlockFrom::RingKept => {
                self.kept_buffers -= 1;
                BlockFrom::Ring
            }
            from @ (BlockFrom::Ring | BlockFrom::Pool(_)) => from,
        }
    }

    /// A block of received bytes is used up.
    fn give_back(&mut self, block: SharedBlock, from: BlockFrom) {
        match self.no_longer_kept(from) {
            BlockFrom::Ring | BlockFrom::RingKept => self.io.recycle(block),
            BlockFrom::Pool(reservation) => self.release_frame_memory(block, reservation),
        }
    }

    /// Moves what has arrived of a frame into a block of its own and receives the rest there.
    fn begin_body(&mut self, id: SlotId, reservation: Reservation) {
        let connection = self.connections.get_mut(id).expect("the caller looked it up");
        let length = frame_bytes(connection.length, usize::MAX).expect("checked before memory was asked for");
        let mut body = self.pool.take(length);
        let into = Arc::get_mut(&mut body).expect("fresh from the pool").bytes_mut();
        let (have, used) = match std::mem::replace(&mut connection.input, Input::Waiting) {
            Input::Buffered { block, from, at, end } => {
                into[..end - at].copy_from_slice(&block.bytes()[at..end]);
                (end - at, Some((block, from)))
            }
            Input::Announced { arrived } => {
                into[..arrived.len()].copy_from_slice(&arrived);
                (arrived.len(), None)
            }
            Input::Waiting | Input::Body { .. } | Input::Whole { .. } => {
                unreachable!("memory is asked for with the beginning of the frame in hand")
            }
        };
        connection.input = Input::Body { frame_bytes: length, reservation, since: self.now };
        connection.receiving = true;
        let receive =
            Op::ReceiveExact { socket: connection.socket.clone(), block: body, from: have, to: length };
        self.io.submit(Purpose::Body(id).token(), receive);
        self.check_connection_in(id, CHECK_EVERY);
        if let Some((block, from)) = used {
            self.give_back(block, from);
        }
    }

    /// Gives memory that has become free to the connections that wait for it.
    pub(crate) fn release_frame_memory(&mut self, block: SharedBlock, reservation: Reservation) {
        self.pool.give(block);
        self.receive.release(reservation);
        while let Some((id, granted)) = self.receive.next_granted() {
            match self.connections.get_mut(id) {
                Some(connection) if !connection.closing => {
                    connection.pause.memory = false;
                    self.begin_body(id, granted);
                }
                _ => self.receive.release(granted),
            }
        }
    }

    fn submit_receive(&mut self, id: SlotId) {
        let connection = self.connections.get_mut(id).expect("the caller looked it up");
        if !connection.receiving {
            connection.receiving = true;
            self.io.submit(Purpose::Receive(id).token(), Op::Receive { socket: connection.socket.clone() });
        }
    }

    /// Puts a connection in line for the end of an overload, unless it only waits for bytes.
    fn pause_for_overload(&mut self, id: SlotId) {
        let Some(connection) = self.connections.get_mut(id) else { return };
        // What is only waiting for bytes goes on: a receive costs no memory until bytes come.
        let only_waits = matches!(connection.input, Input::Waiting) && connection.receiving;
        if !only_waits && !connection.pause.overload {
            connection.pause.overload = true;
            self.overloaded.push_back(id);
        }
    }

    /// Lets connections go on that were paused for overload, in the order in which they came, and in turn with them the
    /// batches from other shards' connections. Whoever brings the next overload about waits behind the others.
    pub(super) fn resume_overloaded(&mut self) {
        let mut connections = self.overloaded.len();
        loop {
            let mut is_over = true;
            if !self.is_full()
                && let Some((from, part)) = self.parts_in_line.pop_front()
            {
                is_over = false;
                self.take_up_part(from, part);
            }
            if connections > 0 && !self.is_overloaded() {
                is_over = false;
                connections -= 1;
                let id = self.overloaded.pop_front().expect("counted; what is taken up only adds to it");
                if let Some(connection) = self.connections.get_mut(id) {
                    connection.pause.overload = false;
                    self.take_up_input(id);
                }
            }
            if is_over {
                return;
            }
        }
    }

    /// Notes that the connection has encoded answers.
    pub(crate) fn want_flush(&mut self, id: SlotId) {
        if let Some(connection) = self.connections.get_mut(id)
            && !connection.in_flush_list
        {
            connection.in_flush_list = true;
            self.to_flush.push(id);
        }
    }

    /// Sends what this turn encoded: one send for each connection, however many answers.
    pub(super) fn flush_connections(&mut self) {
        while let Some(id) = self.to_flush.pop() {
            let Some(connection) = self.connections.get_mut(id) else { continue };
            connection.in_flush_list = false;
            if connection.sending || connection.closing || connection.outgoing.parts.is_empty() {
                continue;
            }
            let spare = self.spare_outgoing.pop().unwrap_or_default();
            let outgoing = std::mem::replace(&mut connection.outgoing, spare);
            connection.sending = true;
            connection.send_since = self.now;
            connection.send_bytes = std::mem::take(&mut connection.outgoing_bytes);
            connection.sending_lent_bytes = std::mem::take(&mut connection.outgoing_lent_bytes);
            let send = Op::Send { socket: connection.socket.clone(), outgoing };
            self.io.submit(Purpose::Send(id).token(), send);
            self.check_connection_in(id, CHECK_EVERY);
        }
    }

    pub(super) fn on_sent(&mut self, id: SlotId, mut outgoing: Outgoing, result: io::Result<()>) {
        let connection = self.connections.get_mut(id).expect("a connection outlives its operations");
        connection.sending = false;
        connection.last_active = self.now;
        self.lent_bytes -= std::mem::take(&mut connection.sending_lent_bytes);
        outgoing.parts.clear();
        outgoing.head.clear();
        if self.spare_outgoing.len() < self.limits.spare_outgoing_max
            && outgoing.head.capacity() <= self.limits.spare_head_bytes_max
        {
            self.spare_outgoing.push(outgoing);
        }
        if result.is_err() || connection.closing {
            self.close_connection(id);
            return;
        }
        if !connection.outgoing.parts.is_empty() {
            self.want_flush(id);
        } else if connection.close_after_send {
            self.close_connection(id);
            return;
        }
        let connection = self.connections.get_mut(id).expect("still there");
        if std::mem::take(&mut connection.pause.unsent) || connection.has_ended {
            self.continue_input(id);
        }
    }

    /// Sees to it that the connection is looked at after `span`, or before.
    fn check_connection_in(&mut self, id: SlotId, span: Duration) {
        let at = self.now.after(span);
        if let Some(connection) = self.connections.get_mut(id)
            && connection.next_check.is_none_or(|set| at < set)
        {
            connection.next_check = Some(at);
            self.timers.set(at, Timer::ConnectionCheck(id));
        }
    }

    /// A timer's look at a connection: idle for too long, or too slow while others wait?
    pub(super) fn check_connection(&mut self, id: SlotId) {
        let Some(connection) = self.connections.get_mut(id) else { return };
        if connection.next_check.is_none_or(|set| set > self.now) {
            return; // A later look was moved forward; this is the old timer.
        }
        connection.next_check = None;
        let is_too_slow = |grace: Duration, bytes: usize, since, slowest| {
            self.now.since(since) > grace.saturating_add(Duration::from_secs(bytes as u64 / slowest))
        };
        // Kafka closes what is idle even while it is busy; who has said all may not be there any more.
        let is_waiting = connection.exclusive.is_some() || !connection.produces.is_empty();
        let is_busy = is_waiting && !connection.has_ended;
        let idle_max = self.settings.connection_idle_max;
        let holds_what_others_need = connection.sending_lent_bytes > 0 && self.shortage.is_recent(self.now);
        let slowest = if holds_what_others_need { SLOWEST_IN_SHORTAGE } else { SLOWEST_BYTES_PER_SECOND };
        let is_stalled = connection.sending
            && is_too_slow(TRANSFER_GRACE, connection.send_bytes, connection.send_since, slowest);
        let (verdict, next) = match &connection.input {
            // Whatever it has begun to send: the send is judged for itself.
            _ if is_stalled => (Some("it does not take its answers"), CHECK_EVERY),
            Input::Body { frame_bytes, since, .. } => {
                let (bytes, since) = (*frame_bytes, *since);
                let verdict = if self.receive.is_contended()
                    && is_too_slow(TRANSFER_GRACE, bytes, since, SLOWEST_BYTES_PER_SECOND)
                {
                    Some("its request arrives too slowly while others wait")
                } else if is_too_slow(idle_max, bytes, since, SLOWEST_ALONE) {
                    Some("the rest of its request does not arrive")
                } else {
                    None
                };
                (verdict, CHECK_EVERY)
            }
            _ if connection.sending => (None, CHECK_EVERY),
            _ => {
                let idle = self.now.since(connection.last_active);
                let next = idle_max.saturating_sub(idle).max(CHECK_EVERY);
                ((!is_busy && idle >= idle_max).then_some("idle"), next)
            }
        };
        match verdict {
            Some(why) => {
                let peer = connection.peer;
                self.complain(peer, why);
                self.close_connection(id);
            }
            None => self.check_connection_in(id, next),
        }
    }

    /// Ends a connection: nothing more is taken up or answered; it goes when its operations have ended.
    pub(crate) fn close_connection(&mut self, id: SlotId) {
        let Some(connection) = self.connections.get_mut(id) else { return };
        if !connection.closing {
            connection.closing = true;
            connection.outgoing = Outgoing::default();
            self.lent_bytes -= std::mem::take(&mut connection.outgoing_lent_bytes);
            self.io.shutdown(&connection.socket);
            match std::mem::replace(&mut connection.input, Input::Waiting) {
                Input::Waiting | Input::Announced { .. } => {}
                Input::Buffered { block, from, .. } => self.give_back(block, from),
                body @ Input::Body { .. } => connection.input = body,
                Input::Whole { frame, reservation } => self.release_frame_memory(frame.block, reservation),
            }
            self.abandon_requests(id);
        }
        self.reap_if_quiet(id);
    }

    fn reap_if_quiet(&mut self, id: SlotId) {
        let Some(connection) = self.connections.get(id) else { return };
        if connection.closing && connection.is_quiet() {
            let address = connection.peer.ip();
            self.connections.remove(id);
            self.count_closed(address);
        }
    }

    /// Ends the accepting of connections.
    pub(super) fn stop_accepting(&mut self) {
        let Some(acceptor) = &self.acceptor else { return };
        for index in 0..acceptor.listeners.len() {
            let index = u16::try_from(index).expect("a configuration has few listeners");
            self.io.cancel_accept(Purpose::Accept(index).token());
        }
    }

    /// Goes on with connections whose next request waited for an answer.
    pub(super) fn resume_answered(&mut self) {
        while let Some(id) = self.to_resume.pop() {
            self.continue_input(id);
        }
    }

    /// The name of the listener that a connection came in by.
    pub(crate) fn listener_name(&self, id: SlotId) -> &str {
        let listener = self.connections.get(id).map_or(0, |connection| connection.listener);
        &self.settings.listeners[usize::from(listener)]
    }

    fn count_closed(&mut self, address: IpAddr) {
        match &mut self.acceptor {
            Some(acceptor) => acceptor.on_closed(self.id, address),
            None => self.mail(ShardId(0), Mail::ConnectionClosed { address }),
        }
    }

    /// Another shard says that one of its connections has gone.
    pub(super) fn on_connection_closed(&mut self, on: ShardId, address: IpAddr) {
        self.acceptor.as_mut().expect("only the acceptor is told").on_closed(on, address);
    }
}

//! The network of the in-memory world: byte streams that arrive late and in pieces of any size.

use super::{Arrived, State, World};
use crate::io::{Done, Outgoing, Socket, Token};
use crate::receive_blocks::{RECEIVE_BLOCK_BYTES, empty_block};
use loglane_model::{Instant, SharedBlock};
use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

#[derive(Default)]
pub(super) struct Net {
    next_handle: u64,
    /// Rises whenever something has happened that somebody outside of the shards may wait for.
    pub(super) outside_events: u64,
    /// What is on its way, or will be, arrives no earlier.
    pub(super) stalls_until: Instant,
    listeners: BTreeMap<u64, Listener>,
    connections: BTreeMap<u64, Connection>,
}

struct Listener {
    port: u16,
    accept: Option<(usize, Token)>,
    backlog: VecDeque<u64>,
}

/// Seen from the shard: `inbound` comes from the client.
struct Connection {
    inbound: Stream,
    outbound: Stream,
    /// The world's own clone; when it is the only one left, the shard has closed the connection.
    socket: Option<Socket>,
    receive: Option<Receive>,
    sends: VecDeque<Send>,
    /// The client reads no more and answers bytes with a reset.
    client_gone: bool,
    peer: SocketAddr,
}

#[derive(Default)]
struct Stream {
    arrived: VecDeque<u8>,
    /// Bytes on the way.
    in_flight: usize,
    /// Nothing overtakes what was sent before.
    last_arrival: Instant,
    /// Whether the sender has ended it, whoever knows of that already.
    ended: bool,
    end_arrived: Option<End>,
    /// What is sent never arrives, and nobody is told.
    is_cut: bool,
}

/// How a connection breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// Both ends learn of it.
    Reset,
    /// Nothing arrives any more, on either side, and nobody is told.
    Silent,
    /// The shard hears nothing more of its client, which hears it on.
    Requests,
    /// The client hears nothing more of the shard, which hears it on.
    Answers,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Finished,
    Reset,
}

/// A receive that waits for bytes (or for a buffer).
pub(super) struct Receive {
    pub(super) shard: usize,
    pub(super) token: Token,
    pub(super) exact: Option<Exact>,
}

pub(super) struct Exact {
    pub(super) block: SharedBlock,
    pub(super) from: usize,
    pub(super) to: usize,
}

struct Send {
    shard: usize,
    token: Token,
    outgoing: Outgoing,
    /// All bytes, in order.
    bytes: Vec<u8>,
    sent: usize,
}

pub(super) enum Action {
    Knock { listener: u64, connection: u64 },
    Arrive { connection: u64, to: To, what: What },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum To {
    Shard,
    Client,
}

pub(super) enum What {
    Bytes(Vec<u8>),
    End(End),
}

impl Net {
    fn next_handle(&mut self) -> u64 {
        self.next_handle += 1;
        self.next_handle
    }

    /// All shards have died.
    pub(super) fn reset_all(&mut self) {
        self.listeners.clear();
        self.outside_events += 1;
        for connection in self.connections.values_mut() {
            connection.socket = None;
            connection.receive = None;
            connection.sends.clear();
            connection.inbound.ended = true;
            connection.outbound.ended = true;
            connection.outbound.end_arrived = Some(End::Reset);
        }
    }
}

impl Connection {
    fn stream(&mut self, to: To) -> &mut Stream {
        match to {
            To::Shard => &mut self.inbound,
            To::Client => &mut self.outbound,
        }
    }

    fn is_cut(&self) -> bool {
        self.inbound.is_cut || self.outbound.is_cut
    }
}

impl Stream {
    fn room(&self, bytes_max: usize) -> usize {
        bytes_max.saturating_sub(self.in_flight + self.arrived.len())
    }
}

/// Moves the first bytes of a queue, which has as many.
fn take_into(queue: &mut VecDeque<u8>, into: &mut [u8]) {
    let (front, back) = queue.as_slices();
    let (head, tail) = into.split_at_mut(front.len().min(into.len()));
    head.copy_from_slice(&front[..head.len()]);
    tail.copy_from_slice(&back[..tail.len()]);
    queue.drain(..into.len());
}

fn handle_of(socket: &Socket) -> u64 {
    socket.handle().expect("a real socket has no business in the in-memory world")
}

impl State {
    pub(super) fn listen(&mut self, port: u16) -> Socket {
        let taken = self.net.listeners.values().any(|listener| listener.port == port);
        assert!(!taken, "port {port} is taken");
        let handle = self.net.next_handle();
        self.net.listeners.insert(handle, Listener { port, accept: None, backlog: VecDeque::new() });
        Socket::simulated(handle)
    }

    pub(super) fn accept(&mut self, shard: usize, token: Token, listener: &Socket) {
        let listener = self.net.listeners.get_mut(&handle_of(listener)).expect("a listener of this life");
        assert!(listener.accept.is_none(), "one accept at a time");
        listener.accept = Some((shard, token));
        for connection in std::mem::take(&mut listener.backlog) {
            self.accepted(shard, token, connection);
        }
    }

    pub(super) fn cancel_accept(&mut self, shard: usize, token: Token) {
        for listener in self.net.listeners.values_mut() {
            if listener.accept == Some((shard, token)) {
                listener.accept = None;
            }
        }
    }

    fn accepted(&mut self, shard: usize, token: Token, handle: u64) {
        // The client may have gone again.
        let Some(connection) = self.net.connections.get_mut(&handle) else { return };
        let socket = Socket::simulated(handle);
        connection.socket = Some(socket.clone());
        let done = Done::Accepted(Ok((socket, connection.peer)));
        self.deliver(shard, Arrived::Done(token, done));
    }

    pub(super) fn receive(&mut self, socket: &Socket, receive: Receive) {
        let handle = handle_of(socket);
        let connection = self.net.connections.get_mut(&handle).expect("a held socket's connection stays");
        assert!(connection.receive.is_none(), "one receive at a time on a connection");
        connection.receive = Some(receive);
        self.progress_receive(handle);
    }

    pub(super) fn send(&mut self, shard: usize, token: Token, socket: &Socket, outgoing: Outgoing) {
        let handle = handle_of(socket);
        let bytes = outgoing.pieces().collect::<Vec<_>>().concat();
        let connection = self.net.connections.get_mut(&handle).expect("a held socket's connection stays");
        connection.sends.push_back(Send { shard, token, outgoing, bytes, sent: 0 });
        self.progress_sends(handle);
    }

    pub(super) fn shut_down(&mut self, socket: &Socket) {
        let handle = handle_of(socket);
        let Some(connection) = self.net.connections.get_mut(&handle) else { return };
        connection.inbound.arrived.clear();
        connection.inbound.end_arrived.get_or_insert(End::Finished);
        self.end_stream(handle, To::Client, End::Finished);
        self.progress_receive(handle);
        self.progress_sends(handle);
    }

    /// Connections whose sockets nobody holds any more are closed, as their descriptors would be.
    pub(super) fn notice_dropped_sockets(&mut self) {
        let dropped = |connection: &Connection| {
            connection.socket.as_ref().is_some_and(|socket| socket.holder_count() == 1)
                && connection.receive.is_none()
                && connection.sends.is_empty()
        };
        let handles: Vec<u64> =
            self.net.connections.iter().filter(|(_, c)| dropped(c)).map(|(handle, _)| *handle).collect();
        for handle in handles {
            self.end_stream(handle, To::Client, End::Finished);
            let connection = self.net.connections.get_mut(&handle).expect("just listed");
            connection.socket = None;
            connection.inbound.ended = true;
        }
        self.net.connections.retain(|_, c| !(c.client_gone && c.socket.is_none() && c.inbound.ended));
    }

    /// Receives of the shard that found no buffer may have one now.
    pub(super) fn feed_starved(&mut self, shard: usize) {
        let waits = |connection: &Connection| connection.receive.as_ref().is_some_and(|r| r.shard == shard);
        let handles: Vec<u64> =
            self.net.connections.iter().filter(|(_, c)| waits(c)).map(|(handle, _)| *handle).collect();
        for handle in handles {
            self.progress_receive(handle);
        }
    }

    pub(super) fn net_happen(&mut self, action: Action) {
        match action {
            Action::Knock { listener, connection } => {
                // The listener may be gone; the client then waits until it gives up.
                let Some(to) = self.net.listeners.get_mut(&listener) else { return };
                match to.accept {
                    Some((shard, token)) => self.accepted(shard, token, connection),
                    None => to.backlog.push_back(connection),
                }
            }
            Action::Arrive { connection: handle, to, what } => {
                let Some(connection) = self.net.connections.get_mut(&handle) else { return };
                if connection.stream(to).is_cut {
                    return;
                }
                self.net.outside_events += u64::from(to == To::Client);
                let client_gone = connection.client_gone;
                let stream = connection.stream(to);
                match what {
                    What::Bytes(bytes) => {
                        stream.in_flight -= bytes.len();
                        if stream.end_arrived.is_none() {
                            stream.arrived.extend(bytes);
                        }
                        if to == To::Client && client_gone {
                            self.end_stream(handle, To::Shard, End::Reset);
                        }
                    }
                    // A reset ends even what had merely finished.
                    What::End(End::Reset) => stream.end_arrived = Some(End::Reset),
                    What::End(End::Finished) => {
                        stream.end_arrived.get_or_insert(End::Finished);
                    }
                }
                self.progress_receive(handle);
                self.progress_sends(handle);
            }
        }
    }

    /// Puts bytes on their way, in one piece or several.
    fn transmit(&mut self, handle: u64, to: To, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let len = match self.random.chance(self.options.split_percent) {
                true => usize::try_from(self.random.within(1..bytes.len() as u64 + 1)).expect("a length"),
                false => bytes.len(),
            };
            let (piece, rest) = bytes.split_at(len);
            bytes = rest;
            self.arrives(handle, to, What::Bytes(piece.to_vec()));
        }
    }

    fn end_stream(&mut self, handle: u64, to: To, end: End) {
        let Some(connection) = self.net.connections.get_mut(&handle) else { return };
        let stream = connection.stream(to);
        if !stream.ended || end == End::Reset {
            stream.ended = true;
            self.arrives(handle, to, What::End(end));
        }
    }

    fn arrives(&mut self, handle: u64, to: To, what: What) {
        let soon = self.soon(self.options.network_us.clone()).max(self.net.stalls_until);
        let connection = self.net.connections.get_mut(&handle).expect("checked by the caller");
        let stream = connection.stream(to);
        if let What::Bytes(bytes) = &what {
            stream.in_flight += bytes.len();
        }
        stream.last_arrival = stream.last_arrival.max(soon);
        let when = stream.last_arrival;
        self.at(when, super::Action::Net(Action::Arrive { connection: handle, to, what }));
    }

    fn progress_receive(&mut self, handle: u64) {
        let connection = self.net.connections.get_mut(&handle).expect("checked by the caller");
        let Some(mut receive) = connection.receive.take() else { return };
        let (shard, token) = (receive.shard, receive.token);
        // What is taken makes room for a client's next bytes.
        self.net.outside_events += u64::from(!connection.inbound.arrived.is_empty());
        let inbound = &mut connection.inbound;
        if inbound.end_arrived == Some(End::Reset) {
            inbound.arrived.clear();
        }
        let reset = || io::Error::from(io::ErrorKind::ConnectionReset);
        if let Some(mut exact) = receive.exact.take() {
            let len = inbound.arrived.len().min(exact.to - exact.from);
            let bytes =
                Arc::get_mut(&mut exact.block).expect("the submitter of a receive holds the block alone");
            take_into(&mut inbound.arrived, &mut bytes.bytes_mut()[exact.from..exact.from + len]);
            exact.from += len;
            let result = match inbound.end_arrived {
                _ if exact.from == exact.to => Ok(()),
                Some(End::Finished) => Err(io::ErrorKind::UnexpectedEof.into()),
                Some(End::Reset) => Err(reset()),
                None => {
                    connection.receive = Some(Receive { exact: Some(exact), ..receive });
                    return;
                }
            };
            self.done_soon(shard, token, Done::ReceivedExact { block: exact.block, result });
            return;
        }
        let outcome = match inbound.end_arrived {
            _ if !inbound.arrived.is_empty() => {
                let Some(mut block) = self.shards[shard].blocks.take() else {
                    connection.receive = Some(receive);
                    return;
                };
                let len = inbound.arrived.len().min(RECEIVE_BLOCK_BYTES);
                let into = Arc::get_mut(&mut block).expect("a free block has one holder").bytes_mut();
                take_into(&mut inbound.arrived, &mut into[..len]);
                Ok((block, len))
            }
            Some(End::Finished) => Ok((empty_block(), 0)),
            Some(End::Reset) => Err(reset()),
            None => {
                connection.receive = Some(receive);
                return;
            }
        };
        self.done_soon(shard, token, Done::Received(outcome));
    }

    fn progress_sends(&mut self, handle: u64) {
        let bytes_max = self.options.socket_bytes_max;
        loop {
            let connection = self.net.connections.get_mut(&handle).expect("checked by the caller");
            let Some(mut send) = connection.sends.pop_front() else { return };
            let closed = connection.outbound.ended || connection.inbound.end_arrived == Some(End::Reset);
            let room = connection.outbound.room(bytes_max).min(send.bytes.len() - send.sent);
            let result = if closed && send.sent < send.bytes.len() {
                Err(io::ErrorKind::BrokenPipe.into())
            } else {
                self.transmit(handle, To::Client, &send.bytes[send.sent..send.sent + room]);
                send.sent += room;
                if send.sent < send.bytes.len() {
                    let connection = self.net.connections.get_mut(&handle).expect("just used");
                    connection.sends.push_front(send);
                    return;
                }
                Ok(())
            };
            self.done_soon(send.shard, send.token, Done::Sent { outgoing: send.outgoing, result });
        }
    }

    /// Completions of the network take a moment as well, and overtake each other.
    fn done_soon(&mut self, shard: usize, token: Token, done: Done) {
        let when = self.soon(0..20);
        self.at(when, super::Action::Deliver { shard, arrived: Arrived::Done(token, done) });
    }
}

/// The far end of a connection, in the hands of a test. Dropping it closes the connection.
pub struct SimClient {
    world: World,
    handle: u64,
}

impl SimClient {
    pub(super) fn connect(world: &World, port: u16) -> io::Result<SimClient> {
        let mut state = world.lock();
        let found = state.net.listeners.iter().find(|(_, listener)| listener.port == port);
        let listener = *found.ok_or(io::ErrorKind::ConnectionRefused)?.0;
        let handle = state.net.next_handle();
        let peer_port = 40_000 + u16::try_from(handle % 20_000).expect("below 20,000");
        let connection = Connection {
            inbound: Stream::default(),
            outbound: Stream::default(),
            socket: None,
            receive: None,
            sends: VecDeque::new(),
            client_gone: false,
            peer: SocketAddr::from(([127, 0, 0, 1], peer_port)),
        };
        state.net.connections.insert(handle, connection);
        let span = state.options.network_us.clone();
        let when = state.soon(span);
        state.at(when, super::Action::Net(Action::Knock { listener, connection: handle }));
        drop(state);
        Ok(SimClient { world: world.clone(), handle })
    }

    /// Sends as many of the bytes as there is room for; says how many. To a connection that is gone: all, in vain.
    pub fn write(&mut self, bytes: &[u8]) -> usize {
        let mut state = self.world.lock();
        let bytes_max = state.options.socket_bytes_max;
        let connection = state.net.connections.get_mut(&self.handle).expect("it stays while the client does");
        if connection.inbound.ended {
            return bytes.len();
        }
        let len = connection.inbound.room(bytes_max).min(bytes.len());
        state.transmit(self.handle, To::Shard, &bytes[..len]);
        len
    }

    /// What has arrived: nothing yet (`None`), bytes, or the end of the stream (no bytes). A reset is an end as well,
    /// see [`SimClient::was_reset`].
    pub fn read(&mut self) -> Option<Vec<u8>> {
        let mut state = self.world.lock();
        let connection = state.net.connections.get_mut(&self.handle).expect("it stays while the client does");
        if connection.outbound.arrived.is_empty() {
            return connection.outbound.end_arrived.map(|_| Vec::new());
        }
        let bytes = Vec::from(std::mem::take(&mut connection.outbound.arrived));
        state.progress_sends(self.handle);
        Some(bytes)
    }

    /// Whether the connection ended by force.
    #[must_use]
    pub fn was_reset(&self) -> bool {
        let state = self.world.lock();
        state.net.connections[&self.handle].outbound.end_arrived == Some(End::Reset)
    }

    /// Sends no more; still reads.
    pub fn finish(&mut self) {
        self.world.lock().end_stream(self.handle, To::Shard, End::Finished);
    }

    /// Goes away with a reset: what the shard has not received yet is lost to it.
    pub fn reset(self) {
        self.world.lock().end_stream(self.handle, To::Shard, End::Reset);
    }
}

impl World {
    /// Nothing that is on its way now, or is sent from now on, arrives before that time has gone by.
    pub fn stall_network(&self, span: Duration) {
        let mut state = self.lock();
        state.net.stalls_until = state.now.after(span);
    }

    /// Connections that were cut without a reset are reset.
    pub fn reset_cut_connections(&self) {
        let mut state = self.lock();
        let cut = state.net.connections.iter_mut().filter(|(_, connection)| connection.is_cut());
        let handles: Vec<u64> = cut
            .map(|(handle, connection)| {
                (connection.inbound.is_cut, connection.outbound.is_cut) = (false, false);
                *handle
            })
            .collect();
        for handle in handles {
            state.end_stream(handle, To::Shard, End::Reset);
            state.end_stream(handle, To::Client, End::Reset);
        }
    }

    /// One connection breaks, chosen by `chance` among those that there are.
    pub fn cut_connection(&self, chance: u64, how: Cut) {
        let mut state = self.lock();
        let open = |connection: &Connection| connection.socket.is_some() && !connection.is_cut();
        let handles: Vec<u64> =
            state.net.connections.iter().filter(|(_, c)| open(c)).map(|(handle, _)| *handle).collect();
        if handles.is_empty() {
            return;
        }
        let handle = handles[usize::try_from(chance % handles.len() as u64).expect("an index")];
        if how == Cut::Reset {
            state.end_stream(handle, To::Shard, End::Reset);
            state.end_stream(handle, To::Client, End::Reset);
            return;
        }
        let connection = state.net.connections.get_mut(&handle).expect("just listed");
        connection.inbound.is_cut = how != Cut::Answers;
        connection.outbound.is_cut = how != Cut::Requests;
    }
}

impl Drop for SimClient {
    fn drop(&mut self) {
        let mut state = self.world.lock();
        state.end_stream(self.handle, To::Shard, End::Finished);
        if let Some(connection) = state.net.connections.get_mut(&self.handle) {
            connection.client_gone = true;
            connection.outbound.arrived.clear();
        }
        state.progress_sends(self.handle);
    }
}

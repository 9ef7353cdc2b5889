//! A thread of the null broker: takes connections, reads frames, sends answers.

use super::World;
use super::answers::{self, Parked};
use super::records::Records;
use loglane_model::{BlockPool, Instant, ShardId, SharedBlock};
use loglane_net::frame;
use loglane_ring::{Done, Event, Io, Op, OsIo, Outgoing, Socket, Token};
use std::sync::Arc;
use std::time::Duration;

/// Requests up to this size are served.
const REQUEST_BYTES_MAX: usize = 100 << 20;

/// Frames beyond this are received into a block of their own.
const PIECED_BYTES_MAX: usize = 32 * 1024;

/// How often fetches that wait look again for what other threads took in.
const LOOK_AGAIN_AFTER: Duration = Duration::from_micros(500);

/// What threads tell each other.
#[derive(Debug)]
pub(crate) enum Mail {
    /// A fresh connection, for this thread.
    Connection(Socket),
    /// The end.
    Stop,
}

/// A client's connection.
struct Peer {
    socket: Option<Socket>,
    pieces: Vec<u8>,
    /// Answers that wait for the send before them.
    next: Outgoing,
    spare: Option<Outgoing>,
    is_sending: bool,
}

pub(super) struct Shard {
    io: OsIo<Mail>,
    world: Arc<World>,
    shards: usize,
    records: Records,
    peers: Vec<Peer>,
    parked: Vec<(usize, Parked)>,
    pool: BlockPool,
    accepted: usize,
}

const ACCEPT: Token = Token(u64::MAX);

impl Shard {
    pub(super) fn new(io: OsIo<Mail>, world: Arc<World>, shards: usize, record_bytes: usize) -> Shard {
        let records = Records::new(record_bytes);
        let pool = BlockPool::new(64 << 20);
        Shard { io, world, shards, records, peers: Vec::new(), parked: Vec::new(), pool, accepted: 0 }
    }

    pub(super) fn run(mut self, listener: Option<Socket>) {
        if let Some(listener) = listener {
            self.io.submit(ACCEPT, Op::Accept { listener });
        }
        let mut events = Vec::new();
        loop {
            let until = (!self.parked.is_empty()).then(|| self.io.now().after(LOOK_AGAIN_AFTER));
            self.io.wait(until, &mut events);
            for event in events.drain(..) {
                match event {
                    Event::Mail { mail: Mail::Stop, .. } => return,
                    Event::Mail { mail: Mail::Connection(socket), .. } => self.adopt(socket),
                    Event::Done { token: ACCEPT, done } => self.on_accepted(done),
                    Event::Done { token, done } => self.on_done(token, done),
                }
            }
            self.look_again();
            for peer in 0..self.peers.len() {
                self.flush(peer);
            }
        }
    }

    fn on_accepted(&mut self, done: Done) {
        let Done::Accepted(Ok((socket, _))) = done else { return };
        let shard = self.accepted % self.shards;
        self.accepted += 1;
        if shard == 0 {
            self.adopt(socket);
        } else {
            let shard = ShardId(u16::try_from(shard).expect("threads are few"));
            // A mailbox that is full drops the connection, as a broker without room would.
            let _ = self.io.mail(shard, Mail::Connection(socket));
        }
    }

    fn adopt(&mut self, socket: Socket) {
        let peer = Peer {
            socket: Some(socket.clone()),
            pieces: Vec::new(),
            next: Outgoing::default(),
            spare: Some(Outgoing::default()),
            is_sending: false,
        };
        let index = self.peers.len();
        self.peers.push(peer);
        self.io.submit(token(index, false), Op::Receive { socket });
    }

    fn on_done(&mut self, token: Token, done: Done) {
        let index = usize::try_from(token.0 >> 1).expect("an index of peers");
        let is_well = match done {
            Done::Received(Ok((block, length))) => {
                self.peers[index].pieces.extend_from_slice(&block.bytes()[..length]);
                self.io.recycle(block);
                length > 0 && self.on_pieces(index)
            }
            Done::ReceivedExact { block, result } => {
                let is_well = result.is_ok() && self.on_large(index, &block);
                self.pool.give(block);
                is_well
            }
            Done::Sent { outgoing, result } => {
                self.peers[index].is_sending = false;
                self.peers[index].spare = Some(outgoing);
                result.is_ok()
            }
            _ => false,
        };
        if !is_well && let Some(socket) = self.peers[index].socket.take() {
            self.io.shutdown(&socket);
        }
    }

    fn on_pieces(&mut self, index: usize) -> bool {
        let pieces = std::mem::take(&mut self.peers[index].pieces);
        let mut used = 0;
        loop {
            let Ok(body) = frame::body_bytes(&pieces[used..], REQUEST_BYTES_MAX) else { return false };
            let Some(body) = body else { break };
            let start = used + frame::LENGTH_BYTES;
            let Some(request) = pieces.get(start..start + body) else { break };
            if !self.on_request(index, request) {
                return false;
            }
            used = start + body;
        }
        self.receive_more(index, pieces, used)
    }

    fn on_large(&mut self, index: usize, block: &SharedBlock) -> bool {
        let Ok(Some(body)) = frame::body_bytes(block.bytes(), REQUEST_BYTES_MAX) else { return false };
        let request = &block.bytes()[frame::LENGTH_BYTES..frame::LENGTH_BYTES + body];
        self.on_request(index, request) && self.receive_more(index, Vec::new(), 0)
    }

    fn receive_more(&mut self, index: usize, mut pieces: Vec<u8>, used: usize) -> bool {
        let Some(socket) = self.peers[index].socket.clone() else { return true };
        pieces.drain(..used);
        let Ok(body) = frame::body_bytes(&pieces, REQUEST_BYTES_MAX) else { return false };
        match body.map(|body| body + frame::LENGTH_BYTES) {
            Some(whole) if whole > PIECED_BYTES_MAX => {
                let mut block = self.pool.take(whole);
                let memory = Arc::get_mut(&mut block).expect("a block of the pool is held by nobody");
                memory.bytes_mut()[..pieces.len()].copy_from_slice(&pieces);
                let from = pieces.len();
                pieces.clear();
                self.io.submit(token(index, false), Op::ReceiveExact { socket, block, from, to: whole });
            }
            _ => self.io.submit(token(index, false), Op::Receive { socket }),
        }
        self.peers[index].pieces = pieces;
        true
    }

    fn on_request(&mut self, index: usize, request: &[u8]) -> bool {
        let next = &mut self.peers[index].next;
        match answers::answer(&self.world, &self.records, request, self.io.now(), next) {
            Ok(None) => true,
            Ok(Some(parked)) => {
                self.parked.push((index, parked));
                true
            }
            Err(answers::Unanswerable) => false,
        }
    }

    /// Answers the fetches that have found something, or waited long enough.
    fn look_again(&mut self) {
        let now: Instant = self.io.now();
        let (world, records, peers) = (&self.world, &self.records, &mut self.peers);
        self.parked.retain(|(index, parked)| {
            let peer = &mut peers[*index];
            peer.socket.is_some() && !parked.try_answer(world, records, now, &mut peer.next)
        });
    }

    fn flush(&mut self, index: usize) {
        let peer = &mut self.peers[index];
        if peer.is_sending || peer.next.parts.is_empty() {
            return;
        }
        let Some(socket) = peer.socket.clone() else { return };
        let mut empty = peer.spare.take().unwrap_or_default();
        empty.head.clear();
        empty.parts.clear();
        let outgoing = std::mem::replace(&mut peer.next, empty);
        peer.is_sending = true;
        self.io.submit(token(index, true), Op::Send { socket, outgoing });
    }
}

fn token(index: usize, is_send: bool) -> Token {
    Token((index as u64) << 1 | u64::from(is_send))
}

//! One set of scripted behaviours that every implementation of [`Io`] must show.
//!
//! A [`Rig`] is a world with shards in it, turned by the script one step at a time. Clients are ends of connections
//! outside of the shards. No script relies on how long anything takes, only on what comes in the end.
#![allow(clippy::cast_possible_truncation, reason = "test patterns are cut to bytes on purpose")]

pub(crate) mod disk;
pub(crate) mod network;
pub(crate) mod os;
pub(crate) mod shards;
pub(crate) mod turns;

use crate::io::{Done, Event, Io, Op, Outgoing, OutgoingPart, Socket, Token};
use loglane_model::{Extent, FileSystem, ShardId, SharedBlock};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

/// What shards send each other here.
pub(crate) type Mail = u64;

/// A world to run the scripts in.
pub(crate) trait Rig {
    type Io: Io<Mail>;
    type Client: Client;

    /// The shard's door.
    fn io(&mut self, shard: usize) -> &mut Self::Io;

    /// Waits once with one shard, for a bounded time, and appends what happened. The others get their turn too where
    /// one thread runs them all.
    fn turn(&mut self, shard: usize, events: &mut Vec<Event<Mail>>);

    /// A listening socket, and how to connect to it.
    fn listen(&mut self) -> (Socket, SocketAddr);

    /// Connects from outside.
    fn connect(&mut self, to: SocketAddr) -> Self::Client;

    /// The file system of the world, and an empty directory in it.
    fn file_system(&mut self) -> (Arc<dyn FileSystem>, PathBuf);
}

/// The other end of a connection. Nothing blocks.
pub(crate) trait Client {
    /// Writes as much as there is room for; says how much.
    fn write_some(&mut self, bytes: &[u8]) -> usize;
    /// What has arrived: nothing yet (`None`), the end of the stream (empty), or bytes.
    fn read_some(&mut self) -> Option<Vec<u8>>;
    /// Ends the stream in our direction.
    fn finish(&mut self);
    /// Goes away with a reset.
    fn reset(self);
}

/// Turns that a script gives the world to come up with something.
const TURNS_MAX: usize = 20_000;

/// The script's view: a rig, and what has happened and was not asked for yet.
pub(crate) struct Stage<R: Rig> {
    rig: R,
    happened: Vec<Vec<Event<Mail>>>,
}

impl<R: Rig> Stage<R> {
    pub(crate) fn new(rig: R) -> Stage<R> {
        Stage { rig, happened: vec![Vec::new(), Vec::new()] }
    }

    fn io(&mut self, shard: usize) -> &mut R::Io {
        self.rig.io(shard)
    }

    fn submit(&mut self, token: u64, op: Op) {
        self.rig.io(0).submit(Token(token), op);
    }

    /// Turns shard 0 until the operation is done.
    fn done(&mut self, token: u64) -> Done {
        for _ in 0..TURNS_MAX {
            let wanted =
                |event: &Event<Mail>| matches!(event, Event::Done { token: Token(t), .. } if *t == token);
            if let Some(at) = self.happened[0].iter().position(wanted) {
                let Event::Done { done, .. } = self.happened[0].remove(at) else { unreachable!() };
                return done;
            }
            self.rig.turn(0, &mut self.happened[0]);
        }
        panic!("operation {token} never ended; instead: {:?}", self.happened);
    }

    /// Turns a shard until it has mail.
    fn mail(&mut self, shard: usize) -> (ShardId, Mail) {
        for _ in 0..TURNS_MAX {
            let wanted = |event: &Event<Mail>| matches!(event, Event::Mail { .. });
            if let Some(at) = self.happened[shard].iter().position(wanted) {
                let Event::Mail { from, mail } = self.happened[shard].remove(at) else { unreachable!() };
                return (from, mail);
            }
            self.rig.turn(shard, &mut self.happened[shard]);
        }
        panic!("no mail came to shard {shard}");
    }

    /// Turns shard 0 until `ready` says so.
    fn until<T>(&mut self, mut ready: impl FnMut(&mut Stage<R>) -> Option<T>) -> T {
        for _ in 0..TURNS_MAX {
            if let Some(outcome) = ready(self) {
                return outcome;
            }
            let mut events = std::mem::take(&mut self.happened[0]);
            self.rig.turn(0, &mut events);
            self.happened[0] = events;
        }
        panic!("it never came to that; instead: {:?}", self.happened);
    }

    /// A connection: the client's end and the shard's.
    fn connection(&mut self) -> (R::Client, Socket) {
        let (listener, address) = self.rig.listen();
        self.submit(900, Op::Accept { listener });
        let client = self.rig.connect(address);
        let Done::Accepted(accepted) = self.done(900) else { panic!("not an accept") };
        self.rig.io(0).cancel_accept(Token(900));
        (client, accepted.expect("accepting works").0)
    }

    fn client_writes(&mut self, client: &mut R::Client, mut bytes: &[u8]) {
        self.until(|_| {
            bytes = &bytes[client.write_some(bytes)..];
            bytes.is_empty().then_some(())
        });
    }

    /// What the client reads until `len` bytes are there or the stream ends.
    fn client_reads(&mut self, client: &mut R::Client, len: usize) -> Vec<u8> {
        let mut read = Vec::new();
        self.until(|_| {
            let ended = match client.read_some() {
                Some(bytes) if bytes.is_empty() => true,
                Some(bytes) => {
                    read.extend(bytes);
                    false
                }
                None => false,
            };
            (ended || read.len() >= len).then_some(())
        });
        read
    }

    /// One receive of shard 0, given back at once.
    fn receive(&mut self, socket: &Socket) -> std::io::Result<Vec<u8>> {
        self.submit(901, Op::Receive { socket: socket.clone() });
        let Done::Received(received) = self.done(901) else { panic!("not a receive") };
        received.map(|(block, len)| {
            let bytes = block.bytes()[..len].to_vec();
            self.io(0).recycle(block);
            bytes
        })
    }
}

/// Bytes that differ from place to place.
fn pattern(len: usize, seed: u64) -> Vec<u8> {
    let mut state = seed | 1;
    let next = |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    };
    (0..len).map(next).collect()
}

fn block_of(bytes: &[u8]) -> SharedBlock {
    let mut block = loglane_model::Block::zeroed(loglane_model::pages_for(bytes.len()));
    block.bytes_mut()[..bytes.len()].copy_from_slice(bytes);
    Arc::new(block)
}

fn extent_of(bytes: &[u8]) -> Extent {
    Extent { block: block_of(bytes), start: 0, end: u32::try_from(bytes.len()).unwrap() }
}

fn outgoing_of(bytes: &[u8]) -> Outgoing {
    let end = u32::try_from(bytes.len()).unwrap();
    Outgoing { head: bytes.to_vec(), parts: vec![OutgoingPart::Head { start: 0, end }] }
}

/// Runs every script in the worlds that `$rigs` makes, each as a test of its own.
macro_rules! conformance {
    ($rigs:expr; $($module:ident: $($script:ident),+;)+) => {
        $($(
            #[test]
            fn $script() {
                for rig in $rigs {
                    crate::conformance::$module::$script(&mut crate::conformance::Stage::new(rig));
                }
            }
        )+)+
    };
    ($rigs:expr) => {
        crate::conformance::conformance! { $rigs;
            network: a_connection_is_accepted_and_echoes, frames_larger_than_a_buffer_arrive_whole,
                a_vectored_send_larger_than_the_socket_buffer_arrives_in_order,
                a_send_of_more_pieces_than_a_call_takes_arrives_in_order,
                the_end_of_a_stream_is_a_receive_of_nothing, an_exact_receive_reports_an_early_end,
                a_reset_is_an_error_or_an_end, shutdown_ends_pending_operations,
                receives_wait_for_buffers_and_go_on, a_dropped_socket_reaches_its_peer_as_an_end,
                many_connections_are_served_side_by_side, a_cancelled_accept_accepts_no_more;
            disk: what_was_written_is_read_back, reading_past_the_end_is_short, zeros_cover_just_what_they_shall,
                writes_in_flight_side_by_side_all_arrive, an_operation_on_no_bytes_is_done,
                files_that_come_and_go_are_let_go, the_file_system_does_what_it_says,
                replacing_a_file_leaves_nothing_beside_it, a_directory_changes_with_its_names,
                a_lock_excludes_a_second_one;
            shards: jobs_come_back_with_their_outcome, jobs_of_one_lane_keep_their_order,
                jobs_see_the_file_system, a_deadline_ends_the_wait, mail_reaches_the_other_shard_in_order,
                a_full_mailbox_gives_the_mail_back_and_says_when_there_is_room, mail_to_oneself_arrives,
                chance_does_not_repeat_itself, time_moves_on;
        }
    };
}
pub(crate) use conformance;

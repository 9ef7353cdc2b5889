//! On the broker's own ring, as the broker uses it: small requests out of the ring's receive buffers, a large frame into a
//! block of its own, direct writes, one send for each connection and turn.

use super::say;
use crate::Failure;
use crate::load::{ANSWER_BYTES, CONNECTIONS, Load, WRITE_BYTES};
use crate::staging::{Aligned, Staging};
use loglane_model::{Block, DiskWrite, Extent, File, FileSystem, OpenMode, PAGE_BYTES, SharedBlock};
use loglane_ring::{
    BackendChoice, Done, Event, Io, Op, Options, OsFileSystem, OsIo, Outgoing, OutgoingPart, Socket, Token,
    connect, listen,
};
use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;

const ACCEPT: Token = Token(u64::MAX);
const WRITE: Token = Token(u64::MAX - 1);

/// A block that is written to the log; solely held while it is filled.
struct Staged(SharedBlock);

impl Aligned for Staged {
    fn all(&mut self) -> &mut [u8] {
        Arc::get_mut(&mut self.0).expect("a block is filled by its only holder").bytes_mut()
    }
}

struct Connection {
    socket: Socket,
    /// Bytes of a request that is not complete yet.
    partial: usize,
    answers_due: usize,
    is_sending: bool,
}

struct Server {
    io: OsIo<()>,
    load: Load,
    connections: Vec<Connection>,
    staging: Staging<Staged>,
    file: File,
    /// What writes under way have made due, in the order of their submission.
    under_way: VecDeque<(u64, [usize; CONNECTIONS])>,
    spare: Vec<Outgoing>,
}

pub(super) fn serve(load: Load, file: &Path, backend: BackendChoice) -> Result<(), Failure> {
    let files = Arc::new(OsFileSystem::new());
    let staging =
        Staging::new(super::file_bytes(file)?, || Staged(Arc::new(Block::zeroed(WRITE_BYTES / PAGE_BYTES))));
    let file = files.open(file, OpenMode::DirectReadWrite)?;
    let files: Arc<dyn FileSystem> = files;
    let mut connected = connect::<()>(1, &Options { backend, ..Options::default() }, &files)?;
    let (listener, address) = listen("127.0.0.1:0".parse()?).map_err(|error| error.to_string())?;
    say(address)?;
    let mut io = connected.shards.remove(0).build_on_this_thread()?;
    io.submit(ACCEPT, Op::Accept { listener });
    let connections = Vec::new();
    let mut server =
        Server { io, load, connections, staging, file, under_way: VecDeque::new(), spare: Vec::new() };
    let mut events = Vec::new();
    loop {
        server.io.wait(None, &mut events);
        for event in events.drain(..) {
            if let Event::Done { token, done } = event {
                server.on_done(token, done)?;
            }
        }
        server.end_turn();
    }
}

impl Server {
    fn on_done(&mut self, token: Token, done: Done) -> Result<(), Failure> {
        let at = usize::try_from(token.0).unwrap_or(usize::MAX);
        match done {
            Done::Accepted(accepted) => self.on_accepted(accepted?.0),
            Done::Received(received) => {
                let (block, len) = received?;
                self.io.recycle(block);
                let connection = &mut self.connections[at];
                connection.partial += len;
                connection.answers_due += connection.partial / self.load.frame_bytes();
                connection.partial %= self.load.frame_bytes();
                self.io.submit(token, Op::Receive { socket: connection.socket.clone() });
            }
            Done::ReceivedExact { block, result } => {
                result?;
                let frame = &block.bytes()[..self.load.frame_bytes()];
                match self.load {
                    Load::Append => self.staging.take_in(at, frame),
                    Load::Small | Load::Large => self.connections[at].answers_due += 1,
                }
                self.receive_frame(at, block);
            }
            Done::Sent { outgoing, result } => {
                result?;
                self.connections[at].is_sending = false;
                self.spare.push(outgoing);
            }
            Done::Written { write, result } => {
                result?;
                self.on_written(write)?;
            }
            Done::Read { .. } | Done::Job(_) => return Err("an answer to nothing that was asked".into()),
        }
        Ok(())
    }

    fn on_accepted(&mut self, socket: Socket) {
        let at = self.connections.len();
        self.connections.push(Connection {
            socket: socket.clone(),
            partial: 0,
            answers_due: 0,
            is_sending: false,
        });
        match self.load {
            Load::Small => self.io.submit(Token(at as u64), Op::Receive { socket }),
            Load::Large | Load::Append => {
                self.receive_frame(at, Arc::new(Block::zeroed(self.load.frame_bytes() / PAGE_BYTES)));
            }
        }
    }

    fn receive_frame(&mut self, at: usize, block: SharedBlock) {
        let socket = self.connections[at].socket.clone();
        let op = Op::ReceiveExact { socket, block, from: 0, to: self.load.frame_bytes() };
        self.io.submit(Token(at as u64), op);
    }

    fn on_written(&mut self, mut write: DiskWrite) -> Result<(), Failure> {
        let found = self.under_way.iter().position(|(position, _)| *position == write.position);
        let (_, owed) = found.and_then(|at| self.under_way.remove(at)).ok_or("a write that nobody made")?;
        for (connection, owed) in self.connections.iter_mut().zip(owed) {
            connection.answers_due += owed;
        }
        self.staging.on_written(write.extents.pop().map(|extent| Staged(extent.block)));
        Ok(())
    }

    fn end_turn(&mut self) {
        while let Some(write) = self.staging.next_write() {
            self.under_way.push_back((write.position, write.owed));
            let end = u32::try_from(write.bytes).expect("half a MiB at most");
            let extents = vec![Extent { block: write.buffer.0, start: 0, end }];
            let (file, position) = (self.file.clone(), write.position);
            self.io.submit(WRITE, Op::Write(DiskWrite { log: 0, file, position, extents, durable: false }));
        }
        for (token, connection) in (0..).zip(&mut self.connections) {
            if connection.answers_due == 0 || connection.is_sending {
                continue;
            }
            let mut outgoing = self.spare.pop().unwrap_or_default();
            outgoing.head.resize(std::mem::take(&mut connection.answers_due) * ANSWER_BYTES, 7);
            let end = u32::try_from(outgoing.head.len()).expect("a few answers");
            outgoing.parts.clear();
            outgoing.parts.push(OutgoingPart::Head { start: 0, end });
            connection.is_sending = true;
            self.io.submit(Token(token), Op::Send { socket: connection.socket.clone(), outgoing });
        }
    }
}

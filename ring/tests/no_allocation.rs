//! In the steady state the ring allocates nothing: requests, answers, writes and reads reuse what there is.

#![allow(clippy::unwrap_used, reason = "a test, also in its own functions")]

use loglane_model::{Block, DiskRead, DiskWrite, Extent, FileSystem, OpenMode, PAGE_BYTES};
use loglane_ring::{
    BackendChoice, Done, Event, Io, Op, Options, OsFileSystem, OsIo, Outgoing, OutgoingPart, Token, connect,
    listen,
};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

/// What one round needs, moved in and out of operations.
struct Round {
    outgoing: Outgoing,
    write: Option<DiskWrite>,
    read: Option<DiskRead>,
}

#[test]
fn a_steady_state_allocates_nothing() {
    let dir =
        std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("allocation-{}", std::process::id()));
    let fs: Arc<dyn FileSystem> = Arc::new(OsFileSystem::new());
    fs.create_dir_all(&dir).unwrap();
    let file = fs.open(&dir.join("log"), OpenMode::DirectReadWrite).unwrap();
    fs.reserve(&file, 0, 16 * PAGE_BYTES as u64).unwrap();
    fs.write_zeros(&file, 0, 16 * PAGE_BYTES as u64).unwrap();

    let options = Options { backend: BackendChoice::IoUring, ..Options::default() };
    let Ok(mut connected) = connect::<()>(1, &options, &fs) else {
        eprintln!("SKIPPED: there is no io_uring here");
        return;
    };
    let mut io = connected.shards.pop().unwrap().build_on_this_thread().unwrap();
    let (listener, address) = listen("127.0.0.1:0".parse().unwrap()).unwrap();
    io.submit(Token(9), Op::Accept { listener });
    let mut client = TcpStream::connect(address).unwrap();
    let mut events = Vec::with_capacity(64);
    while events.is_empty() {
        io.wait(None, &mut events);
    }
    let Some(Event::Done { done: Done::Accepted(Ok((socket, _))), .. }) = events.pop() else {
        panic!("no accept")
    };

    let page = Arc::new(Block::zeroed(1));
    let extent = Extent { block: page, start: 0, end: 4096 };
    let parts = vec![OutgoingPart::Head { start: 0, end: 16 }, OutgoingPart::Extent(extent.clone())];
    let (log, cursor) = (0, 0);
    let mut round = Round {
        outgoing: Outgoing { head: vec![0; 16], parts },
        write: Some(DiskWrite {
            log,
            file: file.clone(),
            position: 0,
            extents: vec![extent],
            durable: false,
        }),
        read: Some(DiskRead {
            log,
            cursor,
            file,
            position: 0,
            len: PAGE_BYTES,
            block: Arc::new(Block::zeroed(1)),
        }),
    };
    let mut answer = [0; 16 + 4096];
    let mut rounds = |count| {
        for _ in 0..count {
            client.write_all(&[1; 100]).unwrap();
            one_round(&mut io, &socket, &mut round, &mut events);
            client.read_exact(&mut answer).unwrap();
        }
    };
    rounds(100);
    let allocations = allocation_counter::measure(|| rounds(200)).count_total;
    std::fs::remove_dir_all(dir).unwrap();
    assert_eq!(allocations, 0, "in 200 rounds of a receive, a write, a read and a send");
}

fn one_round(
    io: &mut OsIo<()>,
    socket: &loglane_ring::Socket,
    round: &mut Round,
    events: &mut Vec<Event<()>>,
) {
    io.submit(Token(1), Op::Receive { socket: socket.clone() });
    io.submit(Token(2), Op::Write(round.write.take().expect("came back")));
    io.submit(Token(3), Op::Read(round.read.take().expect("came back")));
    io.submit(Token(4), Op::Send { socket: socket.clone(), outgoing: std::mem::take(&mut round.outgoing) });
    let mut left = 4;
    while left > 0 {
        io.wait(None, events);
        for event in events.drain(..) {
            let Event::Done { done, .. } = event else { panic!("no mail was sent") };
            left -= 1;
            match done {
                Done::Received(received) => io.recycle(received.unwrap().0),
                Done::Written { write, result } => {
                    result.unwrap();
                    round.write = Some(write);
                }
                Done::Read { read, result } => {
                    result.unwrap();
                    round.read = Some(read);
                }
                Done::Sent { outgoing, result } => {
                    result.unwrap();
                    round.outgoing = outgoing;
                }
                Done::Accepted(_) | Done::ReceivedExact { .. } | Done::Job(_) => panic!("never asked for"),
            }
        }
    }
}

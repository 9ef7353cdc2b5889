//! How much CPU a request of 1 KiB costs: `cargo run --release -p loglane-ring --example echo -- [seconds]`.
//!
//! A server shard on core 0 receives frames of 1 KiB and answers each with 16 bytes; a client on core 1 keeps five
//! requests under way on each of four connections. Printed are requests per second, and the CPU time of the server's
//! thread per request. The kernel's share of receiving is charged to the client, as always on loopback.
#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "an example, to be read on a terminal")]

use loglane_model::FileSystem;
use loglane_ring::{
    BackendChoice, Done, Event, Io, IoBuilder, Op, Options, OsFileSystem, OsIo, Outgoing, OutgoingPart,
    Socket, Token, connect, listen,
};
use rustix::thread::{CpuSet, sched_setaffinity};
use rustix::time::{ClockId, clock_gettime};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

const REQUEST_BYTES: usize = 1024;
const ANSWER_BYTES: usize = 16;
const CONNECTIONS: usize = 4;
const DEPTH: usize = 5;

fn main() {
    let seconds = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(2);
    for backend in
        [BackendChoice::IoUring, BackendChoice::Epoll, BackendChoice::IoUring, BackendChoice::Epoll]
    {
        let fs: Arc<dyn FileSystem> = Arc::new(OsFileSystem::new());
        let options = Options { cores: vec![0], backend, ..Options::default() };
        let mut connected = connect::<()>(1, &options, &fs).unwrap();
        let (listener, address) = listen("127.0.0.1:0".parse().unwrap()).unwrap();
        let shard = connected.shards.pop().unwrap();
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let server = std::thread::spawn(move || serve(shard, listener, &stopped));
        let started = Instant::now();
        drive(address, Duration::from_secs(seconds));
        stop.store(true, Ordering::Relaxed);
        connected.mailer.mail(loglane_model::ShardId(0), ()).unwrap();
        let elapsed = started.elapsed().as_secs_f64();
        let (requests, cpu, turns) = server.join().unwrap();
        let count = f64::from(u32::try_from(requests).unwrap());
        println!(
            "{backend:?}: {:.0} requests/s, {:.2} us CPU/request, {:.1} requests/turn",
            count / elapsed,
            cpu.as_secs_f64() * 1e6 / count,
            count / f64::from(u32::try_from(turns).unwrap()),
        );
    }
}

/// Answers until told to stop; says how many requests there were, the CPU time they took, and the turns.
fn serve(shard: IoBuilder<()>, listener: Socket, stop: &AtomicBool) -> (usize, Duration, usize) {
    shard.pin_this_thread().unwrap();
    let mut io = shard.build_on_this_thread().unwrap();
    io.submit(Token(u64::MAX), Op::Accept { listener });
    let mut connections: Vec<(Socket, usize)> = Vec::new();
    let mut spare: Vec<Outgoing> = Vec::new();
    let mut events = Vec::new();
    let (mut requests, mut turns) = (0, 0);
    let cpu_at_start = cpu_time();
    while !stop.load(Ordering::Relaxed) {
        io.wait(None, &mut events);
        turns += 1;
        for event in events.drain(..) {
            let Event::Done { token, done } = event else { continue };
            match done {
                Done::Accepted(accepted) => {
                    let socket = accepted.unwrap().0;
                    io.submit(Token(connections.len() as u64), Op::Receive { socket: socket.clone() });
                    connections.push((socket, 0));
                }
                Done::Received(received) => {
                    // The client ends with answers unread, which resets the connection.
                    let Ok((block, len)) = received else { continue };
                    io.recycle(block);
                    let (socket, pending) = &mut connections[usize::try_from(token.0).unwrap()];
                    if len == 0 {
                        continue;
                    }
                    *pending += len;
                    let whole = *pending / REQUEST_BYTES;
                    *pending %= REQUEST_BYTES;
                    requests += whole;
                    let socket = socket.clone();
                    if whole > 0 {
                        answer(&mut io, token, &socket, whole, spare.pop().unwrap_or_default());
                    }
                    io.submit(token, Op::Receive { socket });
                }
                Done::Sent { outgoing, .. } => spare.push(outgoing),
                other => panic!("{other:?}"),
            }
        }
    }
    (requests, cpu_time() - cpu_at_start, turns)
}

fn answer(io: &mut OsIo<()>, token: Token, socket: &Socket, answers: usize, mut outgoing: Outgoing) {
    outgoing.head.resize(answers * ANSWER_BYTES, 7);
    outgoing.parts.clear();
    outgoing.parts.push(OutgoingPart::Head { start: 0, end: u32::try_from(outgoing.head.len()).unwrap() });
    io.submit(token, Op::Send { socket: socket.clone(), outgoing });
}

fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(u64::try_from(time.tv_sec).unwrap(), u32::try_from(time.tv_nsec).unwrap())
}

/// Keeps requests under way on all connections for so long.
fn drive(address: SocketAddr, span: Duration) {
    let mut cores = CpuSet::new();
    cores.set(1);
    // On a machine with one core they share it.
    let _ = sched_setaffinity(None, &cores);
    let request = [1; REQUEST_BYTES * DEPTH];
    let mut answers = [0; ANSWER_BYTES * DEPTH];
    let mut clients: Vec<(TcpStream, usize)> = Vec::new();
    for _ in 0..CONNECTIONS {
        let mut client = TcpStream::connect(address).unwrap();
        client.set_nodelay(true).unwrap();
        client.write_all(&request).unwrap();
        clients.push((client, 0));
    }
    let end = Instant::now() + span;
    while Instant::now() < end {
        for (client, pending) in &mut clients {
            let read = client.read(&mut answers).unwrap();
            *pending += read;
            let whole = *pending / ANSWER_BYTES;
            *pending %= ANSWER_BYTES;
            client.write_all(&request[..whole * REQUEST_BYTES]).unwrap();
        }
    }
}

//! A shard's door to the world: operations through it, and mail to another core.

use crate::pin;
use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use loglane_model::{FileSystem, ShardId};
use loglane_ring::{
    BackendChoice, Done, Event, Io, Op, Options, OsFileSystem, OsIo, Outgoing, OutgoingPart, Socket, Token,
    connect,
};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::sync::Arc;

const BACKENDS: [Interface; 2] = [Interface::IoUring, Interface::Epoll];

/// Through which interface, for the names of the figures.
#[derive(Debug, Clone, Copy)]
enum Interface {
    IoUring,
    Epoll,
}

impl Interface {
    /// Doors for so many shards; `None` where the machine does not allow this interface.
    fn connect(self, shards: usize) -> Option<Vec<loglane_ring::IoBuilder<u64>>> {
        let backend = match self {
            Interface::IoUring => BackendChoice::IoUring,
            Interface::Epoll => BackendChoice::Epoll,
        };
        let files: Arc<dyn FileSystem> = Arc::new(OsFileSystem::new());
        let options = Options { backend, ..Options::default() };
        connect(shards, &options, &files).ok().map(|connected| connected.shards)
    }
}

/// Sends 64 bytes into a pair of local sockets and receives them at the other end, on so many pairs at a time: two
/// operations submitted and two completions handed out for each pair.
#[divan::bench(args = BACKENDS, consts = [1, 32])]
fn submit_and_complete<const PAIRS: usize>(bencher: Bencher<'_, '_>, interface: Interface) {
    let Some(mut shards) = interface.connect(1) else { return };
    let mut io = shards.remove(0).build_on_this_thread().expect("the interface was there");
    let socket = |stream: UnixStream| Socket::from_fd(OwnedFd::from(stream));
    let pairs: Vec<(Socket, Socket)> = (0..PAIRS)
        .map(|_| UnixStream::pair().expect("two descriptors"))
        .map(|(a, b)| (socket(a), socket(b)))
        .collect();
    let mut spare: Vec<Outgoing> = (0..PAIRS).map(|_| message()).collect();
    let mut events = Vec::new();
    bencher.counter(ItemsCount::new(2 * PAIRS)).bench_local(|| {
        for (token, (from, to)) in (0..).zip(&pairs) {
            let outgoing = spare.pop().expect("all came back");
            io.submit(Token(token), Op::Receive { socket: to.clone() });
            io.submit(Token(token), Op::Send { socket: from.clone(), outgoing });
        }
        let mut left = 2 * PAIRS;
        while left > 0 {
            io.wait(None, &mut events);
            for event in events.drain(..) {
                left -= 1;
                match event {
                    Event::Done { done: Done::Sent { outgoing, .. }, .. } => spare.push(outgoing),
                    Event::Done { done: Done::Received(received), .. } => {
                        io.recycle(received.expect("a local socket").0);
                    }
                    other => panic!("{other:?}"),
                }
            }
        }
    });
}

fn message() -> Outgoing {
    Outgoing { head: vec![7; 64], parts: vec![OutgoingPart::Head { start: 0, end: 64 }] }
}

/// Waits for mail; what it says.
fn next_mail(io: &mut OsIo<u64>, events: &mut Vec<Event<u64>>) -> u64 {
    loop {
        if let Some(Event::Mail { mail, .. }) = events.pop() {
            return mail;
        }
        io.wait(None, events);
    }
}

/// There and back between two cores, both asleep when their mail comes: two hops.
#[divan::bench(args = BACKENDS)]
fn mail_there_and_back(bencher: Bencher<'_, '_>, interface: Interface) {
    const END: u64 = u64::MAX;
    let Some(mut shards) = interface.connect(2) else { return };
    let other = shards.pop().expect("two");
    let echo = std::thread::spawn(move || {
        pin(1);
        let mut io = other.build_on_this_thread().expect("the interface was there");
        let mut events = Vec::new();
        loop {
            let mail = next_mail(&mut io, &mut events);
            if mail == END {
                return;
            }
            io.mail(ShardId(0), mail).expect("one at a time");
        }
    });
    let mut io = shards.remove(0).build_on_this_thread().expect("the interface was there");
    let mut events = Vec::new();
    bencher.counter(ItemsCount::new(2usize)).bench_local(|| {
        io.mail(ShardId(1), 1).expect("one at a time");
        black_box(next_mail(&mut io, &mut events))
    });
    io.mail(ShardId(1), END).expect("one at a time");
    // The mail leaves with the next turn.
    let now = io.now();
    io.wait(Some(now), &mut events);
    echo.join().expect("it only echoes");
}

/// A hundred mails to oneself, which take the same queues without a wake-up: what a mail costs beside the waking.
#[divan::bench(args = BACKENDS)]
fn mail_to_oneself(bencher: Bencher<'_, '_>, interface: Interface) {
    const MAILS: usize = 100;
    let Some(mut shards) = interface.connect(1) else { return };
    let mut io = shards.remove(0).build_on_this_thread().expect("the interface was there");
    let mut events = Vec::new();
    bencher.counter(ItemsCount::new(MAILS)).bench_local(|| {
        for mail in 0..MAILS as u64 {
            io.mail(ShardId(0), mail).expect("there is room for a thousand");
        }
        for _ in 0..MAILS {
            black_box(next_mail(&mut io, &mut events));
        }
    });
}

//! What only the ring promises: no kernel workers, nothing left behind, no allocation per operation.

#![allow(clippy::cast_possible_truncation, reason = "small constants")]

use super::slot::{Slot, State};
use super::{PUT_OFF_MAX, Uring};
use crate::conformance::os::test_dir;
use crate::connect::{Options, OsIo, connect};
use crate::io::{Done, Event, Io, Op, Outgoing, OutgoingPart, Socket, Token};
use crate::os_fs::OsFileSystem;
use loglane_model::{Block, DiskRead, DiskWrite, Extent, File, FileSystem, OpenMode, PAGE_BYTES, ShardId};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

const PAGE: u64 = PAGE_BYTES as u64;

fn one_shard() -> OsIo<u64> {
    let fs: Arc<dyn FileSystem> = Arc::new(OsFileSystem::new());
    let options = Options { backend: crate::BackendChoice::IoUring, ..Options::default() };
    connect(1, &options, &fs).unwrap().shards.pop().unwrap().build_on_this_thread().unwrap()
}

/// Turns the shard until `count` operations are done.
fn done(io: &mut OsIo<u64>, count: usize) -> Vec<(Token, Done)> {
    let deadline = Instant::now() + Duration::from_secs(20);
    let (mut events, mut outcomes) = (Vec::new(), Vec::new());
    while outcomes.len() < count {
        assert!(Instant::now() < deadline, "{count} operations take too long; done: {outcomes:?}");
        let until = io.now().after(Duration::from_millis(100));
        io.wait(Some(until), &mut events);
        for event in events.drain(..) {
            let Event::Done { token, done } = event else { panic!("{event:?}") };
            outcomes.push((token, done));
        }
    }
    outcomes
}

fn connection(io: &mut OsIo<u64>) -> (TcpStream, Socket) {
    let (listener, address) = crate::net::listen("127.0.0.1:0".parse().unwrap()).unwrap();
    io.submit(Token(1000), Op::Accept { listener });
    let client = TcpStream::connect(address).unwrap();
    let Some((_, Done::Accepted(accepted))) = done(io, 1).pop() else { panic!("not an accept") };
    io.cancel_accept(Token(1000));
    (client, accepted.unwrap().0)
}

fn kernel_workers() -> Vec<String> {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap().flatten();
    let names = tasks.filter_map(|task| std::fs::read_to_string(task.path().join("comm")).ok());
    names.filter(|name| name.starts_with("iou-wrk")).collect()
}

fn segment(pages: u64) -> (std::path::PathBuf, Arc<dyn FileSystem>, File) {
    let dir = test_dir();
    let fs: Arc<dyn FileSystem> = Arc::new(OsFileSystem::new());
    let file = fs.open(&dir.join("00000000000000000000.log"), OpenMode::DirectReadWrite).unwrap();
    fs.reserve(&file, 0, pages * PAGE).unwrap();
    fs.write_zeros(&file, 0, pages * PAGE).unwrap();
    fs.sync(&file).unwrap();
    (dir, fs, file)
}

#[test]
fn produce_and_fetch_never_reach_a_kernel_worker() {
    let (dir, _fs, file) = segment(512);
    let mut io = one_shard();
    let (mut client, socket) = connection(&mut io);
    let block = Arc::new(Block::zeroed(16));
    for round in 0..64u64 {
        client.write_all(&[1; 1024]).unwrap();
        io.submit(Token(1), Op::Receive { socket: socket.clone() });
        for half in 0..2 {
            let extents = vec![Extent { block: block.clone(), start: 0, end: 4 * PAGE_BYTES as u32 }];
            let position = (round * 2 + half) * 4 * PAGE;
            let durable = round % 2 == 0;
            io.submit(
                Token(2),
                Op::Write(DiskWrite { log: 0, file: file.clone(), position, extents, durable }),
            );
        }
        let read = Arc::new(Block::zeroed(8));
        let read =
            DiskRead { log: 0, cursor: 0, file: file.clone(), position: 0, len: 8 * PAGE_BYTES, block: read };
        io.submit(Token(3), Op::Read(read));
        let whole = Extent { block: block.clone(), start: 0, end: 16 * PAGE_BYTES as u32 };
        let outgoing = Outgoing { head: Vec::new(), parts: vec![OutgoingPart::Extent(whole)] };
        io.submit(Token(4), Op::Send { socket: socket.clone(), outgoing });
        for (_, done) in done(&mut io, 5) {
            match done {
                Done::Received(received) => io.recycle(received.unwrap().0),
                Done::Written { result, .. } | Done::Sent { result, .. } => result.unwrap(),
                Done::Read { result, .. } => assert_eq!(result.unwrap(), 8 * PAGE_BYTES),
                other => panic!("{other:?}"),
            }
        }
        let mut fetched = vec![0; 16 * PAGE_BYTES];
        client.read_exact(&mut fetched).unwrap_or_else(|_| panic!("round {round}"));
        let workers = kernel_workers();
        assert!(workers.is_empty(), "{workers:?} in round {round}");
    }
    std::fs::remove_dir_all(dir).unwrap();
}

#[test]
fn a_write_beyond_the_end_is_what_a_kernel_worker_looks_like() {
    // The counter-test: the watch above sees workers where there are some. In a process of its own, because workers
    // linger, and the other test would see them.
    if std::env::var_os("LOGLANE_WORKER_TEST").is_none() {
        let name = "uring::tests::a_write_beyond_the_end_is_what_a_kernel_worker_looks_like";
        let mut child = std::process::Command::new(std::env::current_exe().unwrap());
        let output = child.args(["--exact", name]).env("LOGLANE_WORKER_TEST", "1").output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        return;
    }
    let (dir, fs, _) = segment(1);
    let file = fs.open(&dir.join("growing"), OpenMode::DirectReadWrite).unwrap();
    let mut io = one_shard();
    let extents = vec![Extent { block: Arc::new(Block::zeroed(1)), start: 0, end: PAGE_BYTES as u32 }];
    io.submit(Token(1), Op::Write(DiskWrite { log: 0, file, position: 0, extents, durable: false }));
    done(&mut io, 1);
    let workers = kernel_workers();
    std::fs::remove_dir_all(dir).unwrap();
    assert!(!workers.is_empty(), "an extending write went without a worker: does the watch still see them?");
}

#[test]
fn a_disk_operation_that_the_kernel_puts_off_is_begun_again_but_not_for_ever() {
    let (dir, _fs, file) = segment(1);
    let mut io = one_shard();
    for (put_off, outcome) in [(0, Ok(PAGE_BYTES)), (PUT_OFF_MAX, Err(Some(libc::EAGAIN)))] {
        let block = Arc::new(Block::zeroed(1));
        let read = DiskRead { log: 0, cursor: 0, file: file.clone(), position: 0, len: PAGE_BYTES, block };
        // As if it had been submitted, and the kernel had said so.
        let uring = io.uring();
        let index = uring.slots.len() as u32;
        let mut slot = Slot::new();
        (slot.state, slot.put_off) = (State::of(Op::Read(read)), put_off);
        uring.slots.push(slot);
        uring.complete(index, -libc::EAGAIN, 0);
        let outcomes = done(&mut io, 1);
        let [(_, Done::Read { result, .. })] = &outcomes[..] else { panic!("{outcomes:?}") };
        assert_eq!(result.as_ref().map(|bytes| *bytes).map_err(std::io::Error::raw_os_error), outcome);
    }
    std::fs::remove_dir_all(dir).unwrap();
}

#[test]
fn dropping_the_ring_ends_what_is_in_flight() {
    let (dir, _fs, file) = segment(64);
    let mut io = one_shard();
    let (client, socket) = connection(&mut io);
    let (_second_client, second) = connection(&mut io);
    let (listener, _) = crate::net::listen("127.0.0.1:0".parse().unwrap()).unwrap();
    io.submit(Token(1), Op::Accept { listener });
    io.submit(Token(2), Op::Receive { socket: socket.clone() });
    let held = Arc::new(Block::zeroed(4096));
    let received = Arc::new(Block::zeroed(4));
    io.submit(Token(3), Op::ReceiveExact { socket: second.clone(), block: received, from: 0, to: 100 });
    let whole = Extent { block: held.clone(), start: 0, end: 4096 * PAGE_BYTES as u32 };
    let outgoing = Outgoing { head: Vec::new(), parts: vec![OutgoingPart::Extent(whole)] };
    io.submit(Token(4), Op::Send { socket: socket.clone(), outgoing });
    for page in 0..32u64 {
        let extents = vec![Extent { block: held.clone(), start: 0, end: PAGE_BYTES as u32 }];
        let position = page * PAGE;
        io.submit(
            Token(5),
            Op::Write(DiskWrite { log: 0, file: file.clone(), position, extents, durable: true }),
        );
    }
    let mut events = Vec::new();
    let now = io.now();
    io.wait(Some(now), &mut events);
    let outcomes = events.len();
    drop(events);
    drop(io);
    assert!(outcomes <= 32, "the others were still in flight");
    assert_eq!(Arc::strong_count(&held), 1, "every operation has let go of its buffer");
    assert_eq!(file.holder_count(), 1);
    drop(client);
    std::fs::remove_dir_all(dir).unwrap();
}

#[test]
fn a_ring_that_slept_is_woken_by_mail_from_another_thread() {
    let fs: Arc<dyn FileSystem> = Arc::new(OsFileSystem::new());
    for backend in [crate::BackendChoice::IoUring, crate::BackendChoice::Epoll] {
        let options = Options { backend, cores: vec![0, 1], ..Options::default() };
        let connected = connect::<u64>(2, &options, &fs).unwrap();
        // Both threads send a number to and fro, asleep in between, without deadlines: a lost wake-up hangs.
        let threads: Vec<_> = connected
            .shards
            .into_iter()
            .map(|shard| {
                std::thread::spawn(move || {
                    let me = shard.shard();
                    shard.pin_this_thread().unwrap_or(());
                    let mut io = shard.build_on_this_thread().unwrap();
                    let mut events = Vec::new();
                    loop {
                        io.wait(None, &mut events);
                        for event in events.drain(..) {
                            let Event::Mail { mail, .. } = event else { panic!("{event:?}") };
                            let _ = io.mail(ShardId(1 - me.0), mail + 1);
                            if mail >= 20_000 {
                                io.wait(Some(io.now()), &mut Vec::new());
                                return mail;
                            }
                        }
                    }
                })
            })
            .collect();
        connected.mailer.mail(ShardId(0), 0).unwrap();
        let last: Vec<u64> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
        assert_eq!(last.iter().max(), Some(&20_001), "{backend:?}");
    }
}

#[test]
fn a_shard_that_found_a_mailbox_full_is_woken_when_there_is_room() {
    const MAILS: u64 = 5_000;
    let fs: Arc<dyn FileSystem> = Arc::new(OsFileSystem::new());
    let options = Options { mails_max: 4, ..Options::default() };
    let mut shards = connect::<u64>(2, &options, &fs).unwrap().shards.into_iter();
    let (sender, recipient) = (shards.next().unwrap(), shards.next().unwrap());
    let sender = std::thread::spawn(move || {
        let mut io = sender.build_on_this_thread().unwrap();
        for number in 0..MAILS {
            while io.mail(ShardId(1), number).is_err() {
                let deadline = io.now().after(Duration::from_secs(20));
                io.wait(Some(deadline), &mut Vec::new());
                assert!(io.now() < deadline, "nobody said that there is room for mail {number}");
            }
        }
        io.wait(Some(io.now()), &mut Vec::new());
    });
    let mut io = recipient.build_on_this_thread().unwrap();
    let mut events = Vec::new();
    let mut next = 0;
    while next < MAILS {
        let deadline = io.now().after(Duration::from_secs(20));
        io.wait(Some(deadline), &mut events);
        assert!(io.now() < deadline, "mail {next} never came");
        for event in events.drain(..) {
            let Event::Mail { mail, .. } = event else { panic!("{event:?}") };
            assert_eq!(mail, next);
            next += 1;
        }
    }
    sender.join().unwrap();
}

#[test]
fn a_broken_promise_panics_and_leaves_nothing_behind() {
    let mut io = one_shard();
    let (_client, socket) = connection(&mut io);
    io.submit(Token(1), Op::Receive { socket: socket.clone() });
    let shared = Arc::new(Block::zeroed(1));
    let died = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        io.submit(Token(2), Op::ReceiveExact { socket, block: shared.clone(), from: 0, to: 10 });
    }));
    assert!(died.is_err(), "a block that others read is never received into");
    drop(io);
    assert_eq!(Arc::strong_count(&shared), 1);
}

#[test]
fn a_panicking_job_takes_its_shard_along() {
    let mut io = one_shard();
    io.spawn(Token(1), 0, Box::new(|_: &dyn FileSystem| -> loglane_model::JobDone { panic!("job panic") }));
    let died = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| done(&mut io, 1)));
    assert_eq!(died.unwrap_err().downcast_ref::<&str>(), Some(&"job panic"));
}

#[test]
fn a_queue_that_is_too_short_only_costs_more_calls() {
    let (dir, _fs, file) = segment(256);
    let fs: Arc<dyn FileSystem> = Arc::new(OsFileSystem::new());
    let backend = crate::BackendChoice::IoUring;
    let options = Options { backend, queue_entries: 2, ..Options::default() };
    let mut io =
        connect::<u64>(1, &options, &fs).unwrap().shards.pop().unwrap().build_on_this_thread().unwrap();
    let block = Arc::new(Block::zeroed(1));
    for page in 0..256 {
        let extents = vec![Extent { block: block.clone(), start: 0, end: PAGE_BYTES as u32 }];
        let write = DiskWrite { log: 0, file: file.clone(), position: page * PAGE, extents, durable: false };
        io.submit(Token(page), Op::Write(write));
    }
    let mut tokens: Vec<u64> = Vec::new();
    for (token, done) in done(&mut io, 256) {
        let Done::Written { result, .. } = done else { panic!("not a write") };
        result.unwrap();
        tokens.push(token.0);
    }
    tokens.sort_unstable();
    assert_eq!(tokens, (0..256).collect::<Vec<_>>());
    std::fs::remove_dir_all(dir).unwrap();
}

#[test]
fn a_socket_set_to_non_blocking_is_waited_for_all_the_same() {
    let mut io = one_shard();
    let (mut client, socket) = connection(&mut io);
    rustix::io::ioctl_fionbio(socket.fd().unwrap(), true).unwrap();
    io.submit(Token(1), Op::Receive { socket });
    let mut events = Vec::new();
    let now = io.now();
    io.wait(Some(now), &mut events);
    client.write_all(b"late").unwrap();
    let Some((_, Done::Received(Ok((block, 4))))) = done(&mut io, 1).pop() else { panic!("not 4 bytes") };
    assert_eq!(&block.bytes()[..4], b"late");
}

const fn _stays_on_its_thread() {
    // `Uring` must not be `Send`: the kernel ties the ring to the thread. Had it been, this would be ambiguous.
    trait Ambiguous<A> {
        fn check() {}
    }
    impl<T: ?Sized> Ambiguous<()> for T {}
    impl<T: ?Sized + Send> Ambiguous<u8> for T {}
    let _ = <Uring<u64> as Ambiguous<_>>::check;
}

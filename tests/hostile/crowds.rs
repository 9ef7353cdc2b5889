//! Many at once: clients that say nothing, come and go, break off, dawdle, or do not read, and two hundred others that
//! have to live beside them.

use crate::BINARY;
use crate::target::Target;
use harness::client::{Client, FETCH, FetchFrom, METADATA, PRODUCE, fetch_body};
use harness::ledger::batch_of;
use harness::wire::{Connection, Message};
use harness::{Broker, LONG, Scratch, may_open, wait_until};
use rustix::net::sockopt::set_socket_linger;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Clients that work.
const OTHERS: usize = 200;

/// Threads that they share.
const LANES: usize = 8;

/// Clients that say nothing.
const IDLE: usize = 2_000;

/// How often each of the others asks while it is measured how long they wait.
const ASKED: usize = 8;

/// What waiting is compared with where there is next to none: a machine with two busy cores has its moments.
const WAIT_FLOOR: Duration = Duration::from_millis(40);

/// How often it is measured before the crowd is to blame, and not the machine.
const TRIES: usize = 8;

/// What a flood may add to the log.
const LOG_LINES_MAX: usize = 100;

/// The clients that work.
struct Others(Vec<Vec<Client>>);

impl Others {
    fn of(target: &mut Target) -> Others {
        target.witness.create_topic("beside", 4, &[]).expect("a topic can be created");
        let lane = |_| (0..OTHERS / LANES).map(|_| target.broker.client()).collect();
        Others((0..LANES).map(lane).collect())
    }

    /// The 99th percentile of what they wait for an answer.
    fn wait(&mut self) -> Duration {
        let mut waited: Vec<Duration> = thread::scope(|scope| {
            let lanes: Vec<_> = self.0.iter_mut().map(|lane| scope.spawn(|| waits(lane))).collect();
            lanes.into_iter().flat_map(|lane| lane.join().expect("everybody is answered")).collect()
        });
        waited.sort_unstable();
        waited[waited.len() * 99 / 100]
    }
}

fn waits(clients: &mut [Client]) -> Vec<Duration> {
    let mut waited = Vec::new();
    for asked in 0..ASKED {
        for (partition, client) in (0..4).cycle().zip(&mut *clients) {
            let start = Instant::now();
            if asked % 2 == 0 {
                let produced = client.produce("beside", partition, 1, &batch_of(&[1]).seal());
                assert_eq!(produced.expect("an answer").code, 0);
            } else {
                let fetched = client.fetch(&FetchFrom::now("beside", partition, 0));
                assert_eq!(fetched.expect("an answer").code, 0);
            }
            waited.push(start.elapsed());
            // They are to be served beside the crowd, not to be one themselves.
            thread::sleep(Duration::from_millis(4));
        }
    }
    waited
}

/// Goes on until it is told to stop; returns what it did, in numbers.
type Attack = fn(SocketAddr, &AtomicBool) -> String;

const ATTACKS: &[(&str, Attack)] = &[
    ("clients that say nothing", idle),
    ("a flood of connects", connects),
    ("connections that are reset", resets),
    ("clients that have said all", half_closed),
    ("clients that dawdle in a length", slow_headers),
    ("clients that dawdle in a request", slow_bodies),
    ("clients that do not read", deaf),
];

/// A pause that keeps the attackers from taking the cores themselves.
fn breathe() {
    thread::sleep(Duration::from_millis(2));
}

/// Does it over and over again; how often.
fn repeat(stop: &AtomicBool, mut once: impl FnMut()) -> String {
    let mut count = 0;
    while !stop.load(Ordering::Relaxed) {
        once();
        count += 1;
        breathe();
    }
    format!("{count} times")
}

fn connection(address: SocketAddr) -> TcpStream {
    TcpStream::connect_timeout(&address, Duration::from_secs(30)).expect("the broker takes connections")
}

fn until(stop: &AtomicBool) {
    while !stop.load(Ordering::Relaxed) {
        breathe();
    }
}

fn idle(address: SocketAddr, stop: &AtomicBool) -> String {
    let all: Vec<TcpStream> = (0..IDLE).map(|_| connection(address)).collect();
    until(stop);
    format!("{} of them", all.len())
}

fn connects(address: SocketAddr, stop: &AtomicBool) -> String {
    repeat(stop, || drop(connection(address)))
}

/// A request of [`METADATA`] about everything, with its length.
fn request() -> Vec<u8> {
    let frame = Connection::header(METADATA, 1, false).i32(-1).i8(0);
    Message::new().blob(frame.bytes()).bytes().to_vec()
}

/// In turns: nothing sent, a piece of a request, a request whose answer is on its way, one whose answer lies unread.
fn resets(address: SocketAddr, stop: &AtomicBool) -> String {
    let whole = request();
    let mut turn = 0;
    repeat(stop, || {
        let mut stream = connection(address);
        set_socket_linger(&stream, Some(Duration::ZERO)).expect("a socket can be told");
        let sent = [0, 7, whole.len(), whole.len()][turn % 4];
        stream.write_all(&whole[..sent]).expect("the broker reads");
        if turn % 4 == 3 {
            stream.set_read_timeout(Some(LONG)).expect("a connected socket");
            stream.peek(&mut [0]).expect("an answer");
        }
        turn += 1;
    })
}

fn half_closed(address: SocketAddr, stop: &AtomicBool) -> String {
    let whole = request();
    let mut turn = 0;
    repeat(stop, || {
        let mut stream = connection(address);
        stream.write_all([&whole[..], &whole[..3]][turn % 2]).expect("the broker reads");
        stream.shutdown(Shutdown::Write).expect("a connected socket");
        stream.set_read_timeout(Some(LONG)).expect("a connected socket");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("the broker answers, and closes");
        assert_eq!(answer.is_empty(), turn % 2 == 1, "who asked is answered");
        turn += 1;
    })
}

/// Connections that get a byte each in turns; one that the broker has closed is opened anew.
fn dawdle(address: SocketAddr, stop: &AtomicBool, count: usize, begin: &[u8]) -> String {
    let open = || {
        let mut stream = connection(address);
        stream.write_all(begin).expect("the broker reads");
        stream
    };
    let mut slow: Vec<TcpStream> = (0..count).map(|_| open()).collect();
    let mut at = 0;
    repeat(stop, || {
        let stream = &mut slow[at % count];
        at += 1;
        if stream.write_all(&[0]).is_err() {
            *stream = open();
        }
    })
}

fn slow_headers(address: SocketAddr, stop: &AtomicBool) -> String {
    // Four bytes of length come within a second and a half; what they announce is no request.
    dawdle(address, stop, 200, &[])
}

fn slow_bodies(address: SocketAddr, stop: &AtomicBool) -> String {
    let header = Connection::header(PRODUCE, 1, false);
    dawdle(address, stop, 200, Message::new().i32(900_000).raw(header.bytes()).bytes())
}

fn deaf(address: SocketAddr, stop: &AtomicBool) -> String {
    let mut silent = Vec::new();
    for _ in 0..60 {
        let mut connection = Connection::open(address).expect("the broker takes connections");
        for offset in [0, 10, 20, 30] {
            let from = FetchFrom { max_bytes: 8 << 20, ..FetchFrom::now("much", 0, offset) };
            connection.send(FETCH, &fetch_body(&from)).expect("the broker reads");
        }
        silent.push(connection);
    }
    until(stop);
    format!("{} of them", silent.len())
}

/// What the others wait beside the attack, at best.
fn wait_beside(
    attack: Attack,
    address: SocketAddr,
    others: &mut Others,
    most: Duration,
) -> (Duration, String) {
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        let attacker = scope.spawn(|| attack(address, &stop));
        let mut best = Duration::MAX;
        for _ in 0..TRIES {
            best = best.min(others.wait());
            if best < most {
                break;
            }
        }
        stop.store(true, Ordering::Relaxed);
        (best, attacker.join().expect("the attack goes on to its end"))
    })
}

#[test]
fn a_crowd_does_not_keep_others_waiting_and_leaves_nothing_behind() {
    let _alone = crate::alone();
    if !may_open(4_096) {
        return;
    }
    let mut target = Target::new("crowds");
    target.witness.create_topic("much", 1, &[]).expect("a topic can be created");
    for first in 0..40 {
        let ids: Vec<u64> = (first * 1000..(first + 1) * 1000).collect();
        assert_eq!(target.witness.produce("much", 0, -1, &batch_of(&ids).seal()).expect("an answer").code, 0);
    }
    let address = target.broker.address();
    let mut others = Others::of(&mut target);
    others.wait();
    for (name, attack) in ATTACKS {
        let open_files = target.broker.process().open_files();
        let lines = target.broker.process().log().lines().count();
        let alone = others.wait();
        let most = 2 * alone.max(WAIT_FLOOR);
        let (beside, done) = wait_beside(*attack, address, &mut others, most);
        eprintln!(
            "{name} ({done}): others wait {beside:.1?} (p99), {alone:.1?} without: {:.1}x",
            beside.as_secs_f64() / alone.as_secs_f64()
        );
        // A machine that has become slow meanwhile is slow without the crowd as well.
        let most = if beside < most { most } else { most.max(2 * others.wait()) };
        assert!(beside < most, "{name}: others wait {beside:?} (p99), {alone:?} without");
        if !target.broker.is_loglane() {
            continue;
        }
        target.broker.process().await_open_files(open_files, 3 * LONG);
        let more = target.broker.process().log().lines().count() - lines;
        assert!(more <= LOG_LINES_MAX, "{name}: {more} lines in the log");
    }
    drop(others);
    target.check_unharmed_within(256 << 20);
}

/// The process may have few descriptors, and clients take them all: who is there is served, and who comes later is.
#[test]
fn a_flood_beyond_all_descriptors_passes() {
    let _alone = crate::alone();
    if !may_open(2_048) {
        return;
    }
    let scratch = Scratch::new("descriptors");
    let broker = Broker::behind_shell(BINARY, scratch.path(), "ulimit -n 300");
    let mut target = Target::of(scratch, broker, &[]);
    let open_files = target.broker.process().open_files();
    let lines = target.broker.process().log().lines().count();
    let flood: Vec<TcpStream> = (0..1_000).map(|_| connection(target.broker.address())).collect();
    // What lies in the backlog is refused all the time; the log says so now and then.
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(3) {
        let fetched = target.witness.fetch(&FetchFrom::now("kept", 0, 0)).expect("an answer");
        assert_eq!(fetched.code, 0);
        breathe();
    }
    drop(flood);
    let mut client = wait_until("a new connection to be served", LONG, || {
        let mut client = Client::open(target.broker.address()).ok()?;
        client.connection.answer_within(Duration::from_secs(1)).ok()?;
        client.api_versions().ok().map(|_| client)
    });
    let log = target.broker.process().log();
    assert!(log.lines().count() - lines <= LOG_LINES_MAX, "{log}");
    assert_eq!(client.fetch(&FetchFrom::now("kept", 0, 0)).expect("an answer").code, 0);
    drop(client);
    target.broker.process().await_open_files(open_files, LONG);
    target.check_unharmed();
}

//! A broker in a control group with little memory, under more load than it can take: it holds back, loses nothing, and
//! the kernel has no reason to kill it.

use crate::bombs::bombs;
use harness::client::{Client, FETCH, FetchFrom, PRODUCE, fetch_body, produce_body, produced};
use harness::load::Load;
use harness::record::{Batch, Record, now_ms};
use harness::wire::Connection;
use harness::{Broker, Chance, Scratch, is_root, skip};
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

const MEMORY: &str = "/sys/fs/cgroup/memory";

/// What the group may have.
const LIMIT_BYTES: u64 = 512 << 20;

/// What the broker is told to take: the rest is for the kernel, which keeps pages and sockets on the group's account.
const BUDGET: &str = "384m";

/// What the broker is told to take where sizes change.
const SIZES_BUDGET_MIB: u64 = 128;

/// So much fills its cache in any case.
const CACHE_FULL_BYTES: usize = 100 << 20;

/// Batches that are acknowledged under load.
const BATCHES: usize = 10_000;

/// How long their acknowledgements may take: those who press want more than the disk takes, and have their turns, too.
const PATIENCE: Duration = Duration::from_secs(180);

/// A control group of version 1, removed when dropped.
struct Group(PathBuf);

impl Group {
    fn or_skip() -> Option<Group> {
        let root = Path::new(MEMORY);
        if !root.join("memory.limit_in_bytes").exists() {
            skip("there are no control groups of version 1 for memory");
            return None;
        }
        if !is_root() {
            skip("only root makes control groups");
            return None;
        }
        let group = Group(root.join(format!("loglane-tests-{}", std::process::id())));
        let made = fs::create_dir(&group.0);
        let limited =
            made.and_then(|()| fs::write(group.file("memory.limit_in_bytes"), LIMIT_BYTES.to_string()));
        if let Err(error) = limited {
            skip(&format!("control groups cannot be made here: {error}"));
            return None;
        }
        // Where there is room to swap to, nothing would ever be out of memory.
        let _ = fs::write(group.file("memory.swappiness"), "0");
        Some(group)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.file(name)).expect("the group is there")
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // Its processes are gone; if not, it stays, and does no harm.
        let _ = fs::remove_dir(&self.0);
    }
}

/// Batches of most of a mebibyte, more than the disk takes, from clients that do not wait.
fn press(address: SocketAddr, stop: &AtomicBool) {
    let mut client = Client::open(address).expect("the broker takes connections");
    let batch = Batch::of(&[Record::of_value(now_ms(), &[9; 900_000])]).seal();
    let body = produce_body("press", 0, 1, &batch);
    let mut receiver = client.connection.split().expect("a descriptor");
    thread::scope(|scope| {
        scope.spawn(move || while receiver.receive().is_ok() {});
        while !stop.load(Ordering::Relaxed) && client.connection.send(PRODUCE, &body).is_ok() {}
        // Half-closed: what was sent is answered, then the receiver sees the end.
        let _ = client.connection.end_sending();
    });
}

/// Fetches from the front, over and over again, which nobody has in memory.
fn reread(address: SocketAddr, stop: &AtomicBool) {
    let mut client = Client::open(address).expect("the broker takes connections");
    let mut offset = 0;
    while !stop.load(Ordering::Relaxed) {
        let from = FetchFrom { max_bytes: 8 << 20, ..FetchFrom::now("press", 0, offset) };
        let Ok(fetched) = client.fetch(&from) else { return };
        offset = if fetched.records.is_empty() { 0 } else { offset + 8 };
    }
}

/// Asks for all there is and takes nothing.
fn deaf(address: SocketAddr) -> Vec<Connection> {
    let mut silent = Vec::new();
    for _ in 0..50 {
        let mut connection = Connection::open(address).expect("the broker takes connections");
        for _ in 0..4 {
            let from = FetchFrom { max_bytes: i32::MAX, ..FetchFrom::now("press", 0, 0) };
            connection.send(FETCH, &fetch_body(&from)).expect("the broker reads");
        }
        silent.push(connection);
    }
    silent
}

fn explode(address: SocketAddr, stop: &AtomicBool) {
    let mut client = Client::open(address).expect("the broker takes connections");
    let bombs = bombs();
    for (_, bomb) in bombs.iter().cycle() {
        for topic in ["gzip", "uncompressed", "compacted"] {
            if stop.load(Ordering::Relaxed) || client.produce(topic, 0, 1, bomb).is_err() {
                return;
            }
        }
    }
}

#[test]
fn full_load_in_little_memory_is_held_back_and_nobody_is_killed() {
    let _alone = crate::alone();
    let Some(group) = Group::or_skip() else { return };
    let scratch = Scratch::new("memory");
    let enter = format!("echo $$ > {}", group.file("cgroup.procs").display());
    let mut broker = Broker::behind_shell(crate::BINARY, scratch.path(), &enter);
    broker.start();
    // Where nobody says how much memory it may take, it is a quarter of what there is.
    assert!(broker.process().log().contains("memory      128 MiB"), "{}", broker.process().log());
    broker.stop();
    broker.set("loglane.memory", BUDGET).set("log.retention.bytes", "200000000");
    broker.start();
    let address = broker.address();
    let mut client = broker.client();
    client.create_topic("load", 8, &[]).expect("a topic can be created");
    client.create_topic("press", 1, &[("segment.bytes", "33554432")]).expect("a topic can be created");
    for (topic, key, value) in [
        ("gzip", "compression.type", "gzip"),
        ("uncompressed", "compression.type", "uncompressed"),
        ("compacted", "cleanup.policy", "compact"),
    ] {
        let settings = [(key, value), ("max.message.bytes", "10000000")];
        client.create_topic(topic, 1, &settings).expect("a topic can be created");
    }
    for _ in 0..40 {
        let batch = Batch::of(&[Record::of_value(now_ms(), &[9; 900_000])]).seal();
        assert_eq!(client.produce("press", 0, -1, &batch).expect("an answer").code, 0);
    }
    let load = Load::new("load", 8, -1).with_patience(PATIENCE);
    let mut chance = Chance::from_env();
    let stop = AtomicBool::new(false);
    let silent = deaf(address);
    thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| press(address, &stop));
        }
        scope.spawn(|| reread(address, &stop));
        scope.spawn(|| reread(address, &stop));
        scope.spawn(|| explode(address, &stop));
        load.run(address, BATCHES, &mut chance, || {
            stop.store(true, Ordering::Relaxed);
            let peak = group.read("memory.max_usage_in_bytes");
            let peak: u64 = peak.trim().parse().expect("a number");
            let resident = broker.process().peak_resident_bytes();
            eprintln!("the group had {} MiB at most, the broker {} MiB", peak >> 20, resident >> 20);
            assert!(broker.process_mut().ended().is_none(), "{}", broker.process().log());
            let killed = group.read("memory.oom_control");
            assert!(!killed.contains("oom_kill ") || killed.contains("oom_kill 0"), "{killed}");
            broker.kill();
        });
    });
    drop(silent);
    broker.start();
    assert!(load.check(address) > BATCHES, "what was acknowledged is there");
    load.check_going_on(address);
    broker.stop();
}

/// Partitions that are written to in turn.
const LANES: usize = 64;

/// Bytes of produces that nobody waits for one by one.
const WINDOW_BYTES: usize = 4 << 20;

/// Writes as many batches of one size as fill the cache, to all partitions in turn.
fn fill_cache(client: &mut Client, record_bytes: usize) {
    let batch = Batch::of(&[Record::of_value(now_ms(), &vec![9; record_bytes])]).seal();
    let bodies: Vec<_> =
        (0..LANES).map(|lane| produce_body("sizes", i32::try_from(lane).expect("few"), 1, &batch)).collect();
    let window = (WINDOW_BYTES / batch.len()).min(512);
    for _ in 0..(CACHE_FULL_BYTES / batch.len()).div_ceil(window) {
        for body in bodies.iter().cycle().take(window) {
            client.connection.send(PRODUCE, body).expect("the broker reads");
        }
        for _ in 0..window {
            let (_, mut answer) = client.connection.receive().expect("an answer");
            assert_eq!(produced(&mut answer).expect("of this form").code, 0);
        }
    }
}

/// What a cache takes of the machine is what the budget says, whatever the sizes of batches that come after each other:
/// what one leaves is of use to the next.
#[test]
fn a_cache_keeps_the_budget_while_sizes_change() {
    let _alone = crate::alone();
    let scratch = Scratch::new("sizes");
    let mut broker = Broker::under_test(crate::BINARY, scratch.path());
    broker.set("loglane.memory", &format!("{SIZES_BUDGET_MIB}m"));
    broker.start();
    let mut client = broker.client();
    client.create_topic("sizes", i32::try_from(LANES).expect("few"), &[]).expect("a topic can be created");
    for record_bytes in [3_500, 100_000, 11_000, 700_000, 40_000, 7_000, 200_000, 1_000] {
        fill_cache(&mut client, record_bytes);
        if broker.is_loglane() {
            let peak = broker.process().peak_resident_bytes() >> 20;
            eprintln!("after records of {record_bytes} bytes: {peak} MiB of {SIZES_BUDGET_MIB}");
            assert!(peak <= SIZES_BUDGET_MIB + SIZES_BUDGET_MIB / 20, "{record_bytes}: {peak} MiB");
        }
    }
    broker.stop();
}

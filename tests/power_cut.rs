//! The disk loses its power under load: nothing that was acknowledged, and nothing that a consumer was shown, is gone
//! when it comes back.
//!
//! The power is lost in two ways, see `harness::Disk`: one takes what the file system has not synced, the other any
//! sector that the disk has not synced. Needs root.
#![forbid(unsafe_code)]

use harness::ledger::{batch_of, value_of};
use harness::load::{Load, at_some_moment};
use harness::{Broker, Chance, Cut, Disk, FileSystemKind, Kind, Peer, Scratch};
use std::fs::{self, File};
use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::Duration;

const BINARY: &str = env!("CARGO_BIN_EXE_loglane");

/// Cuts for each file system and way.
const CUTS: usize = 10;

/// KAFKA_STORAGE_ERROR: what producers may be told while the power goes away.
const STORAGE_ERROR: i16 = 56;

#[test]
fn nothing_acknowledged_is_lost_with_the_journal_on_ext4() {
    check_cuts(FileSystemKind::Ext4, |_| Cut::Journal);
}

#[test]
fn nothing_acknowledged_is_lost_with_the_journal_on_xfs() {
    check_cuts(FileSystemKind::Xfs, |_| Cut::Journal);
}

#[test]
fn nothing_acknowledged_is_lost_with_the_cache_on_ext4() {
    check_cuts(FileSystemKind::Ext4, |chance| Cut::Cache(chance.number()));
}

#[test]
fn nothing_acknowledged_is_lost_with_the_cache_on_xfs() {
    check_cuts(FileSystemKind::Xfs, |chance| Cut::Cache(chance.number()));
}

fn check_cuts(kind: FileSystemKind, way: impl FnOnce(&mut Chance) -> Cut) {
    let scratch = Scratch::new("power-cut");
    let mut chance = Chance::from_env();
    let Some(mut disk) = Disk::or_skip(kind, way(&mut chance), scratch.path()) else { return };
    let mut broker = Broker::under_test(BINARY, scratch.path());
    let data = disk.path().join("data");
    broker.set("log.dirs", &data.to_string_lossy());
    broker.set("log.segment.bytes", "1048576");
    broker.start();
    // What Kafka needs to be told, Loglane does by default.
    let configs: &[(&str, &str)] = if broker.is_loglane() { &[] } else { &[("flush.messages", "1")] };
    broker.client().create_topic("cut", 2, configs).expect("a topic can be created");
    if !broker.is_loglane() {
        disk.sync(); // Kafka does not sync what formatting writes, and never starts again without it.
    }
    let load = Load::new("cut", 2, -1);
    for cut in 1..=CUTS {
        let batches = usize::try_from(10 + chance.below(60)).expect("small");
        let (address, mut at) = (broker.address(), chance.clone());
        load.run(address, batches, &mut chance, || {
            at_some_moment(&mut at, Duration::from_millis(30));
            disk.cut();
            broker.kill();
        });
        let refused = load.take_refusals();
        // Kafka says UNKNOWN_SERVER_ERROR where a read meets the dead disk.
        let allowed = |code: &i16| *code == STORAGE_ERROR || (!broker.is_loglane() && *code == -1);
        assert!(refused.iter().all(allowed), "cut {cut}: {refused:?}");
        disk.power_on();
        broker.start();
        load.check(broker.address());
    }
    load.check_going_on(broker.address());
    eprintln!("{CUTS} cuts on {kind:?}, {} batches acknowledged, none lost", load.acknowledged());
    broker.kill();
}

/// A disk that is full refuses what it cannot take, and gives back everything that it took.
#[test]
fn a_full_disk_loses_nothing_acknowledged() {
    let scratch = Scratch::new("full");
    let Some(mut disk) = Disk::or_skip(FileSystemKind::Ext4, Cut::Journal, scratch.path()) else { return };
    let mut broker = Broker::under_test(BINARY, scratch.path());
    let data = disk.path().join("data");
    broker.set("log.dirs", &data.to_string_lossy());
    broker.start();
    let mut client = broker.client();
    let configs: &[(&str, &str)] = if broker.is_loglane() { &[] } else { &[("flush.messages", "1")] };
    client.create_topic("full", 1, configs).expect("a topic can be created");
    let filler = disk.path().join("filler");
    File::create(&filler).and_then(|file| fill(file, 300 << 20)).expect("a fresh disk takes a file");
    let mut next = 0;
    let code = loop {
        let ids: Vec<u64> = (next..next + 2000).collect();
        match client.produce("full", 0, -1, &batch_of(&ids).seal()) {
            Ok(produced) if produced.code == 0 => next += 2000,
            Ok(produced) => break produced.code,
            // A broker that has lost its last folder may end at once.
            Err(_) => break STORAGE_ERROR,
        }
    };
    assert_eq!(code, STORAGE_ERROR);
    assert!(next > 20_000, "some went before the disk was full: {next}");
    drop(client);
    broker.kill();
    fs::remove_file(filler).expect("a file can be removed");
    disk.sync();
    disk.cut();
    disk.power_on();
    broker.start();
    let mut client = broker.client();
    client.await_leaders("full", 1).expect("the topic is there");
    let log = client.read_all("full", 0, 0).expect("the topic can be read");
    assert!(log.len() as u64 >= next, "{} of {next} are there", log.len());
    for (id, record) in (0..next).zip(&log) {
        assert_eq!(record.value, Some(value_of(id)), "offset {id}");
    }
    broker.kill();
}

fn fill(mut file: File, bytes: usize) -> std::io::Result<()> {
    let chunk = vec![1; 1 << 20];
    for _ in 0..bytes / chunk.len() {
        file.write_all(&chunk)?;
    }
    file.sync_all()
}

/// The disks can fail: they tell what was synced from what was not.
#[test]
fn a_cut_takes_what_was_not_synced_and_only_that() {
    for kind in [FileSystemKind::Ext4, FileSystemKind::Xfs] {
        for cut in [Cut::Journal, Cut::Cache(kind as u64)] {
            let scratch = Scratch::new("cut-itself");
            let Some(mut disk) = Disk::or_skip(kind, cut, scratch.path()) else { return };
            for name in ["synced", "not-synced"] {
                let mut file = File::create(disk.path().join(name)).expect("a fresh disk takes a file");
                file.write_all(&[7; 100_000]).expect("a fresh disk takes a file");
                if name == "synced" {
                    file.sync_all().expect("a fresh disk syncs");
                    File::open(disk.path()).and_then(|folder| folder.sync_all()).expect("a fresh disk syncs");
                }
            }
            disk.cut();
            disk.power_on();
            let read = |name: &str| fs::read(disk.path().join(name)).unwrap_or_default();
            assert!(read("synced") == [7; 100_000], "{kind:?}, {cut:?}: what was synced is there");
            assert!(read("not-synced") != [7; 100_000], "{kind:?}, {cut:?}: what was not synced is not");
        }
    }
}

/// The judge can fail: a Kafka that is not told to sync loses what it acknowledged.
#[test]
fn a_broker_that_does_not_sync_is_found_out() {
    let Some(peer) = Peer::or_skip() else { return };
    expect_loss(
        "found-out",
        |_| Cut::Journal,
        |directory| Broker::new(Kind::Kafka(peer.clone()), directory),
        |_| {},
    );
}

/// The same for the broker under test, where its durability is turned down.
#[test]
fn a_broker_that_does_not_wait_for_the_disk_is_found_out() {
    let turned_down = |directory: &Path| {
        let mut broker = Broker::under_test(BINARY, directory);
        broker.set("loglane.durability", "device");
        broker
    };
    expect_loss("turned-down", Cut::Cache, turned_down, |_| {});
}

/// The same where the disk lies, though not before the topic is there, which is to survive.
#[test]
fn a_broker_whose_disk_lies_is_found_out() {
    expect_loss(
        "lying",
        Cut::Cache,
        |directory| Broker::under_test(BINARY, directory),
        |disk| disk.set_honest(false),
    );
}

/// Cuts the power of one disk after the other until what was acknowledged is lost.
///
/// One cut need not lose anything: what it takes is left to chance, and so is what the file system has written of its
/// own accord. It may also take the file system itself, where the disk lies.
fn expect_loss(
    name: &str,
    way: impl Fn(u64) -> Cut,
    make: impl Fn(&Path) -> Broker,
    trouble: impl Fn(&mut Disk),
) {
    let mut findings = Vec::new();
    for seed in 11..21 {
        let scratch = Scratch::new(name);
        let Some(mut disk) = Disk::or_skip(FileSystemKind::Ext4, way(seed), scratch.path()) else { return };
        let mut broker = make(scratch.path());
        let load = load_until_cut(&mut broker, &mut disk, &trouble);
        let finding = disk.try_power_on().err().unwrap_or_else(|| finding(&mut broker, &load));
        if finding.contains("are lost") {
            return;
        }
        eprintln!("seed {seed}: {finding}");
        findings.push(finding);
    }
    panic!("no loss was found: {findings:#?}");
}

/// Starts the broker on the disk, makes a topic that survives, and loads it until the power is cut.
fn load_until_cut(broker: &mut Broker, disk: &mut Disk, trouble: impl FnOnce(&mut Disk)) -> Load {
    let data = disk.path().join("data");
    broker.set("log.dirs", &data.to_string_lossy());
    broker.start();
    broker.client().create_topic("cut", 1, &[]).expect("a topic can be created");
    disk.sync();
    trouble(disk);
    let load = Load::new("cut", 1, -1);
    let address = broker.address();
    load.run(address, 50, &mut Chance::new(1), || {
        disk.cut();
        broker.kill();
    });
    load
}

/// What the judge says of the broker on the disk as it is now.
fn finding(broker: &mut Broker, load: &Load) -> String {
    let verdict = catch_unwind(AssertUnwindSafe(|| {
        broker.start();
        load.check(broker.address());
    }));
    broker.kill();
    match verdict {
        Ok(()) => "nothing".to_owned(),
        Err(panic) => panic.downcast_ref::<String>().expect("a panic says why").clone(),
    }
}

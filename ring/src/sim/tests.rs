//! That the world is deterministic, and that a power cut takes what it may and nothing else.

use super::{Cut, DiskCall, SimClient, SimIo, SimOptions, World};
use crate::conformance::{Client, Rig, conformance};
use crate::io::{Done, Event, Io, Op, Outgoing, OutgoingPart, Socket, Token};
use loglane_model::{Block, DiskWrite, Extent, File, FileSystem, OpenMode, PAGE_BYTES};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

struct SimRig {
    world: World,
    shards: Vec<SimIo<u64>>,
    next_port: u16,
}

impl SimRig {
    fn new(seed: u64) -> SimRig {
        eprintln!("seed {seed}");
        let options = SimOptions { receive_blocks_max: 8, ..SimOptions::default() };
        let world = World::with_options(seed, options);
        SimRig { shards: world.boot(2), world, next_port: 9000 }
    }
}

impl Rig for SimRig {
    type Io = SimIo<u64>;
    type Client = SimClient;

    fn io(&mut self, shard: usize) -> &mut SimIo<u64> {
        &mut self.shards[shard]
    }

    fn turn(&mut self, shard: usize, events: &mut Vec<Event<u64>>) {
        let until = self.world.now().after(Duration::from_millis(1));
        self.shards[shard].wait(Some(until), events);
        self.world.advance();
    }

    fn listen(&mut self) -> (Socket, SocketAddr) {
        self.next_port += 1;
        (self.world.listen(self.next_port), SocketAddr::from(([127, 0, 0, 1], self.next_port)))
    }

    fn connect(&mut self, to: SocketAddr) -> SimClient {
        self.world.connect(to).unwrap()
    }

    fn file_system(&mut self) -> (Arc<dyn FileSystem>, PathBuf) {
        let fs = self.world.file_system();
        fs.create_dir_all(Path::new("/data")).unwrap();
        (fs, PathBuf::from("/data"))
    }
}

impl Client for SimClient {
    fn write_some(&mut self, bytes: &[u8]) -> usize {
        self.write(bytes)
    }

    fn read_some(&mut self) -> Option<Vec<u8>> {
        self.read()
    }

    fn finish(&mut self) {
        SimClient::finish(self);
    }

    fn reset(self) {
        SimClient::reset(self);
    }
}

conformance!((0..10).map(SimRig::new));

/// Turns one shard until nothing more happens; returns what did.
fn run(world: &World, io: &mut SimIo<u64>) -> Vec<Event<u64>> {
    let mut events = Vec::new();
    loop {
        io.wait(None, &mut events);
        if !world.advance() {
            return events;
        }
    }
}

fn page_of(byte: u8) -> Extent {
    let mut block = Block::zeroed(1);
    block.bytes_mut().fill(byte);
    Extent { block: Arc::new(block), start: 0, end: u32::try_from(PAGE_BYTES).unwrap() }
}

fn write(file: &File, page: u64, byte: u8, durable: bool) -> Op {
    let position = page * PAGE_BYTES as u64;
    Op::Write(DiskWrite { log: 0, file: file.clone(), position, extents: vec![page_of(byte)], durable })
}

fn log_path() -> &'static Path {
    Path::new("/t-0/00000000000000000000.log")
}

/// A file of 16 pages, synced with its names.
fn synced_log(fs: &dyn FileSystem) -> File {
    fs.create_dir_all(Path::new("/t-0")).unwrap();
    let file = fs.open(log_path(), OpenMode::DirectReadWrite).unwrap();
    fs.reserve(&file, 0, 16 * PAGE_BYTES as u64).unwrap();
    fs.sync(&file).unwrap();
    fs.sync_dir(Path::new("/t-0")).unwrap();
    fs.sync_dir(Path::new("/")).unwrap();
    file
}

/// What one seed leads to: a few writes of both kinds, a power cut, and then the byte in each sector.
fn sectors_after_a_cut(seed: u64) -> (Vec<u8>, u64) {
    let world = World::new(seed);
    let fs = world.file_system();
    let mut io = world.boot(1).pop().unwrap();
    let file = synced_log(&*fs);
    for page in 0..8 {
        io.submit(Token(page), write(&file, page, 1, true));
    }
    assert_eq!(run(&world, &mut io).len(), 8);
    for page in 4..12 {
        io.submit(Token(page), write(&file, page, 2, false));
    }
    assert_eq!(run(&world, &mut io).len(), 8);
    world.power_cut();
    let mut bytes = vec![9; 16 * PAGE_BYTES];
    let file = fs.open(log_path(), OpenMode::DirectRead).unwrap();
    assert_eq!(fs.read_at(&file, 0, &mut bytes).unwrap(), bytes.len());
    let sectors = bytes.chunks(512).map(|sector| {
        assert!(sector.iter().all(|byte| *byte == sector[0]), "a sector is never torn");
        sector[0]
    });
    (sectors.collect(), world.trace_hash())
}

#[test]
fn the_same_seed_gives_the_same_world() {
    for seed in 0..20 {
        assert_eq!(sectors_after_a_cut(seed), sectors_after_a_cut(seed), "seed {seed}");
    }
    assert_ne!(sectors_after_a_cut(1).1, sectors_after_a_cut(2).1);
}

#[test]
fn durable_writes_survive_a_power_cut_and_others_may_not() {
    let (mut kept, mut lost, mut torn) = (0, 0, 0);
    for seed in 0..100 {
        let (sectors, _) = sectors_after_a_cut(seed);
        for (page, sectors) in sectors.chunks(8).enumerate() {
            let before = if page < 8 { 1 } else { 0 };
            let changed = sectors.iter().filter(|byte| **byte == 2).count();
            assert!(sectors.iter().all(|byte| *byte == before || *byte == 2), "seed {seed} page {page}");
            match page {
                0..4 | 12.. => assert_eq!(changed, 0, "seed {seed} page {page}"),
                _ if changed == 8 => kept += 1,
                _ if changed == 0 => lost += 1,
                _ => torn += 1,
            }
        }
    }
    assert!(kept > 100 && lost > 100 && torn > 100, "kept {kept}, lost {lost}, torn {torn} of 800");
}

#[test]
fn what_was_synced_survives_and_a_sync_covers_only_completed_writes() {
    for seed in 0..50 {
        let world = World::new(seed);
        let fs = world.file_system();
        let mut io = world.boot(1).pop().unwrap();
        let file = synced_log(&*fs);
        io.submit(Token(1), write(&file, 0, 1, false));
        assert_eq!(run(&world, &mut io).len(), 1);
        io.submit(Token(2), write(&file, 1, 1, false));
        fs.sync(&file).unwrap();
        world.power_cut();
        let file = fs.open(log_path(), OpenMode::DirectRead).unwrap();
        let mut byte = [9];
        fs.read_at(&file, 0, &mut byte).unwrap();
        assert_eq!(byte, [1], "seed {seed}");
    }
}

#[test]
fn a_killed_process_leaves_what_had_completed() {
    for seed in 0..50 {
        let world = World::new(seed);
        let fs = world.file_system();
        let mut io = world.boot(1).pop().unwrap();
        let file = synced_log(&*fs);
        io.submit(Token(1), write(&file, 0, 1, false));
        assert_eq!(run(&world, &mut io).len(), 1);
        fs.open(Path::new("/unsynced"), OpenMode::Append).unwrap();
        world.kill();
        let file = fs.open(log_path(), OpenMode::DirectRead).unwrap();
        let mut byte = [9];
        fs.read_at(&file, 0, &mut byte).unwrap();
        assert_eq!(byte, [1], "seed {seed}");
        fs.stat(Path::new("/unsynced")).unwrap();
        let _next_life = world.boot::<u64>(1);
    }
}

#[test]
fn names_are_stable_only_after_their_directory_was_synced() {
    let mut found = 0;
    for seed in 0..100 {
        let world = World::new(seed);
        let fs = world.file_system();
        for name in ["/synced", "/renamed-from", "/unsynced"] {
            let file = fs.open(Path::new(name), OpenMode::Append).unwrap();
            fs.append(&file, name.as_bytes()).unwrap();
            fs.sync(&file).unwrap();
            if name == "/renamed-from" {
                fs.sync_dir(Path::new("/")).unwrap();
            }
        }
        fs.rename(Path::new("/renamed-from"), Path::new("/renamed-to")).unwrap();
        world.power_cut();
        let names: Vec<String> =
            fs.list(Path::new("/")).unwrap().into_iter().map(|entry| entry.name).collect();
        assert!(names.contains(&"synced".to_owned()), "seed {seed}: {names:?}");
        let renames = names.iter().filter(|name| name.starts_with("renamed")).count();
        assert_eq!(renames, 1, "a rename is old or new, seed {seed}: {names:?}");
        found += usize::from(names.contains(&"unsynced".to_owned()));
        for name in names {
            let contents = fs.read_whole(Path::new(&name), 100).unwrap();
            let renamed = name.starts_with("renamed");
            assert_eq!(
                contents,
                if renamed { b"/renamed-from".to_vec() } else { format!("/{name}").into_bytes() }
            );
        }
    }
    assert!((20..80).contains(&found), "{found} of 100 unsynced names survived");
}

#[test]
fn a_replaced_file_is_the_old_or_the_new_one_wherever_one_dies() {
    let (old, new) = (vec![b'o'; 700], vec![b'n'; 9000]);
    let mut seen = [0, 0];
    for seed in 0..200 {
        let world = World::new(seed);
        let fs = world.file_system();
        fs.replace_whole(Path::new("/checkpoint"), &old).unwrap();
        world.stop_disk_after(seed % 8);
        let outcome = fs.replace_whole(Path::new("/checkpoint"), &new);
        world.power_cut();
        let contents = fs.read_whole(Path::new("/checkpoint"), 10_000).unwrap();
        assert!(contents == old || contents == new, "seed {seed}: {} bytes", contents.len());
        assert!(outcome.is_err() || contents == new, "seed {seed}: what was reported as done is done");
        seen[usize::from(contents == new)] += 1;
    }
    assert!(seen[0] > 20 && seen[1] > 20, "{seen:?}");
}

#[test]
fn a_cut_file_keeps_its_durable_bytes_until_the_cut_is_synced() {
    for (seed, synced) in (0..100).map(|seed| (seed, seed % 2 == 0)) {
        let world = World::new(seed);
        let fs = world.file_system();
        let file = synced_log(&*fs);
        fs.write_at(&file, 0, &[1; 4 * PAGE_BYTES]).unwrap();
        fs.sync(&file).unwrap();
        fs.set_len(&file, 5000).unwrap();
        if synced {
            fs.sync(&file).unwrap();
        }
        world.power_cut();
        let len = fs.stat(log_path()).unwrap().len;
        assert!(len == 5000 || (!synced && len == 16 * PAGE_BYTES as u64), "seed {seed}: {len}");
        let file = fs.open(log_path(), OpenMode::DirectReadWrite).unwrap();
        let mut bytes = vec![9; 5000];
        fs.read_at(&file, 0, &mut bytes).unwrap();
        assert!(bytes.iter().all(|byte| *byte == 1), "seed {seed}: bytes in front of the cut");
        if len == 5000 {
            fs.reserve(&file, 0, 4 * PAGE_BYTES as u64).unwrap();
            let mut behind = vec![9; 4 * PAGE_BYTES - 5000];
            fs.read_at(&file, 5000, &mut behind).unwrap();
            assert!(behind.iter().all(|byte| *byte == 0), "seed {seed}: what was cut off comes back");
        }
    }
}

#[test]
fn a_durable_write_takes_an_earlier_length_along() {
    for seed in 0..50 {
        let world = World::new(seed);
        let fs = world.file_system();
        let mut io = world.boot(1).pop().unwrap();
        let file = synced_log(&*fs);
        fs.set_len(&file, 0).unwrap();
        fs.reserve(&file, 0, 2 * PAGE_BYTES as u64).unwrap();
        io.submit(Token(1), write(&file, 1, 1, true));
        assert_eq!(run(&world, &mut io).len(), 1);
        world.power_cut();
        assert_eq!(fs.stat(log_path()).unwrap().len, 2 * PAGE_BYTES as u64, "seed {seed}");
    }
}

#[test]
fn planted_errors_strike_once_at_their_call() {
    let world = World::new(1);
    let fs = world.file_system();
    let mut io = world.boot(1).pop().unwrap();
    let file = synced_log(&*fs);
    world.fail_disk(DiskCall::Write, 2, libc::EIO);
    world.fail_disk(DiskCall::Sync, 1, libc::ENOSPC);
    let mut errors = Vec::new();
    for page in 0..3 {
        io.submit(Token(page), write(&file, page, 1, page == 2));
        for event in run(&world, &mut io) {
            let Event::Done { done: Done::Written { result, .. }, .. } = event else { panic!("{event:?}") };
            errors.push(result.err().and_then(|error| error.raw_os_error()));
        }
    }
    assert_eq!(errors, [None, Some(libc::EIO), Some(libc::ENOSPC)]);
    fs.sync(&file).unwrap();
}

#[test]
fn held_writes_complete_when_they_are_released() {
    let world = World::new(1);
    let fs = world.file_system();
    let mut io = world.boot(1).pop().unwrap();
    let file = synced_log(&*fs);
    world.hold_writes();
    io.submit(Token(0), write(&file, 0, 1, true));
    assert_eq!(run(&world, &mut io).len(), 0);
    world.release_writes();
    assert_eq!(run(&world, &mut io).len(), 1);
}

#[test]
#[should_panic(expected = "share a page")]
fn writes_in_flight_must_not_share_a_page() {
    let world = World::new(1);
    let fs = world.file_system();
    let mut io = world.boot::<u64>(1).pop().unwrap();
    let file = synced_log(&*fs);
    io.submit(Token(1), write(&file, 3, 1, false));
    io.submit(Token(2), write(&file, 3, 2, false));
}

#[test]
fn a_full_disk_says_so() {
    let options = SimOptions { disk_bytes_max: 10 * PAGE_BYTES as u64, ..SimOptions::default() };
    let world = World::with_options(3, options);
    let fs = world.file_system();
    let file = fs.open(Path::new("/a"), OpenMode::DirectReadWrite).unwrap();
    fs.reserve(&file, 0, 8 * PAGE_BYTES as u64).unwrap();
    let error = fs.reserve(&file, 0, 11 * PAGE_BYTES as u64).unwrap_err();
    assert_eq!(error.raw_os_error(), Some(libc::ENOSPC));
    assert_eq!(fs.free_bytes(Path::new("/")).unwrap(), 2 * PAGE_BYTES as u64);
}

#[test]
fn clients_notice_that_the_process_is_gone() {
    let world = World::new(5);
    let mut io = world.boot::<u64>(1).pop().unwrap();
    let listener = world.listen(9092);
    let address = SocketAddr::from(([127, 0, 0, 1], 9092));
    io.submit(Token(1), Op::Accept { listener });
    let mut client = world.connect(address).unwrap();
    assert_eq!(run(&world, &mut io).len(), 1);
    world.kill();
    assert_eq!(client.read(), Some(Vec::new()));
    assert!(client.was_reset());
    assert!(world.connect(address).is_err(), "nobody listens any more");
}

#[test]
fn errors_below_one_directory_leave_the_others_alone_and_last_until_repaired() {
    let world = World::new(1);
    let fs = world.file_system();
    for dir in ["/a", "/b"] {
        fs.create_dir_all(Path::new(dir)).unwrap();
    }
    let make = |path: &str| {
        let made = fs.open(Path::new(path), OpenMode::DirectReadWrite);
        made.err().and_then(|error| error.raw_os_error())
    };
    world.fail_disk_below("/a", DiskCall::Change, 2, libc::EIO);
    world.make_read_only("/b");
    assert_eq!((make("/a/1"), make("/a/2"), make("/a/3")), (None, Some(libc::EIO), None));
    assert_eq!((make("/b/1"), make("/c")), (Some(libc::EROFS), None));
    world.kill();
    assert_eq!(make("/b/1"), Some(libc::EROFS), "a restart repairs no disk");
    world.repair_disks();
    assert_eq!(make("/b/1"), None);
}

#[test]
fn what_could_not_be_written_back_is_told_once_to_each_open_file_and_lost() {
    for seed in 0..20 {
        let world = World::new(seed);
        let fs = world.file_system();
        let file = synced_log(&*fs);
        let other = fs.open(log_path(), OpenMode::DirectReadWrite).unwrap();
        fs.write_at(&file, 0, b"lost").unwrap();
        world.lose_write_back(1);
        assert_eq!(fs.sync(&file).unwrap_err().raw_os_error(), Some(libc::EIO));
        fs.sync(&file).unwrap();
        assert_eq!(fs.sync(&other).unwrap_err().raw_os_error(), Some(libc::EIO), "told to each");
        let late = fs.open(log_path(), OpenMode::DirectReadWrite).unwrap();
        fs.sync(&late).unwrap();
        let mut bytes = [0; 4];
        fs.read_at(&late, 0, &mut bytes).unwrap();
        assert_eq!(&bytes, b"lost", "as long as the machine runs it is what everybody reads");
        world.power_cut();
        let file = fs.open(log_path(), OpenMode::DirectRead).unwrap();
        fs.read_at(&file, 0, &mut bytes).unwrap();
        assert_eq!(bytes, [0; 4]);
    }
}

#[test]
fn a_write_that_was_cut_short_by_a_kill_leaves_its_first_pages() {
    let mut seen = std::collections::BTreeSet::new();
    for seed in 0..60 {
        let world = World::new(seed);
        let fs = world.file_system();
        let mut io = world.boot::<u64>(1).pop().unwrap();
        let file = synced_log(&*fs);
        let extents = vec![page_of(1), page_of(1), page_of(1)];
        let write = DiskWrite { log: 0, file: file.clone(), position: 0, extents, durable: true };
        io.submit(Token(1), Op::Write(write));
        world.kill();
        let file = fs.open(log_path(), OpenMode::DirectRead).unwrap();
        let mut bytes = vec![9; 3 * PAGE_BYTES];
        fs.read_at(&file, 0, &mut bytes).unwrap();
        let pages: Vec<u8> = bytes.chunks(PAGE_BYTES).map(|page| page[0]).collect();
        assert!(pages.is_sorted_by(|a, b| a >= b), "seed {seed}: {pages:?}");
        seen.insert(pages.iter().filter(|byte| **byte == 1).count());
    }
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), [0, 1, 2, 3]);
}

#[test]
fn a_stalled_disk_ends_nothing_before_its_time() {
    let world = World::new(1);
    let fs = world.file_system();
    let mut io = world.boot::<u64>(1).pop().unwrap();
    let file = synced_log(&*fs);
    let began = world.now();
    world.stall_disk(Duration::from_secs(5));
    io.submit(Token(1), write(&file, 0, 1, true));
    assert_eq!(run(&world, &mut io).len(), 1);
    assert!(world.now().since(began) >= Duration::from_secs(5));
}

#[test]
fn the_wall_clock_moves_and_stands_while_time_goes_on() {
    let world = World::new(1);
    let start = world.wall_clock_ms();
    world.move_wall_clock(-3_600_000);
    assert_eq!(world.wall_clock_ms(), start - 3_600_000);
    world.hold_wall_clock(true);
    world.stop_at(world.now().after(Duration::from_secs(10)));
    assert!(world.advance());
    assert_eq!(world.wall_clock_ms(), start - 3_600_000);
    world.hold_wall_clock(false);
    assert_eq!(world.wall_clock_ms(), start - 3_600_000 + 10_000);
}

/// A listener with one connection that the shard has accepted.
fn connected(world: &World, io: &mut SimIo<u64>) -> (SimClient, Socket) {
    io.submit(Token(1), Op::Accept { listener: world.listen(9092) });
    let client = world.connect(SocketAddr::from(([127, 0, 0, 1], 9092))).unwrap();
    let mut events = run(world, io);
    let Some(Event::Done { done: Done::Accepted(Ok((socket, _))), .. }) = events.pop() else {
        panic!("{events:?}")
    };
    (client, socket)
}

#[test]
fn a_cut_connection_says_nothing_until_it_is_reset() {
    let world = World::new(1);
    let mut io = world.boot::<u64>(1).pop().unwrap();
    let (mut client, socket) = connected(&world, &mut io);
    io.submit(Token(2), Op::Receive { socket: socket.clone() });
    world.cut_connection(0, Cut::Silent);
    client.write(b"unheard");
    assert!(run(&world, &mut io).is_empty());
    assert_eq!(client.read(), None);
    world.reset_cut_connections();
    assert!(matches!(run(&world, &mut io)[..], [Event::Done { done: Done::Received(Err(_)), .. }]));
    assert!(client.was_reset());
}

#[test]
fn a_connection_that_is_cut_one_way_works_the_other_way() {
    for how in [Cut::Requests, Cut::Answers] {
        let world = World::new(1);
        let mut io = world.boot::<u64>(1).pop().unwrap();
        let (mut client, socket) = connected(&world, &mut io);
        io.submit(Token(2), Op::Receive { socket: socket.clone() });
        world.cut_connection(0, how);
        client.write(b"question");
        let heard = run(&world, &mut io);
        assert_eq!(heard.len(), usize::from(how == Cut::Answers), "{how:?}: {heard:?}");
        let outgoing = Outgoing { head: vec![7; 10], parts: vec![OutgoingPart::Head { start: 0, end: 10 }] };
        io.submit(Token(3), Op::Send { socket: socket.clone(), outgoing });
        drop(run(&world, &mut io));
        assert_eq!(client.read().map(|bytes| bytes.len()), (how == Cut::Requests).then_some(10), "{how:?}");
        world.reset_cut_connections();
        drop(run(&world, &mut io));
        assert!(client.was_reset(), "{how:?}");
    }
}

#[test]
fn a_shard_is_awake_when_something_has_come_for_it() {
    let world = World::new(1);
    let mut shards = world.boot::<u64>(2);
    for shard in 0..2 {
        assert!(world.take_awake(shard), "the first turn is due");
        assert!(!world.take_awake(shard));
    }
    shards[0].mail(loglane_model::ShardId(1), 7).unwrap();
    let deadline = world.now().after(Duration::from_secs(1));
    shards[0].wait(Some(deadline), &mut Vec::new());
    assert!(world.advance());
    assert!(world.take_awake(1) && !world.take_awake(0));
    assert!(world.advance());
    assert!(world.take_awake(0) && !world.take_awake(1), "its deadline has come");
}

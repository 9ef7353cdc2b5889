//! Files, on the ring and through the file system.

use super::{Rig, Stage, block_of, extent_of, pattern};
use crate::io::{Done, Op};
use loglane_model::{Block, DiskRead, DiskWrite, Extent, File, FileSystem, OpenMode, PAGE_BYTES};
use std::io::ErrorKind;
use std::sync::Arc;

const PAGE: u64 = PAGE_BYTES as u64;

fn write(file: &File, position: u64, extents: Vec<Extent>, durable: bool) -> Op {
    Op::Write(DiskWrite { log: 7, file: file.clone(), position, extents, durable })
}

fn read(file: &File, position: u64, len: usize) -> Op {
    let block = Arc::new(Block::zeroed(len / PAGE_BYTES));
    Op::Read(DiskRead { log: 7, cursor: 9, file: file.clone(), position, len, block })
}

fn wrote(done: Done) {
    let Done::Written { result, .. } = done else { panic!("not a write") };
    result.unwrap();
}

fn were_read(done: Done) -> Vec<u8> {
    let Done::Read { result, read } = done else { panic!("not a read") };
    assert_eq!((read.log, read.cursor), (7, 9));
    read.block.bytes()[..result.unwrap()].to_vec()
}

/// A direct file with room for `pages` written pages.
fn prepared<R: Rig>(stage: &mut Stage<R>, pages: u64) -> (Arc<dyn FileSystem>, File) {
    let (fs, dir) = stage.rig.file_system();
    let file = fs.open(&dir.join("00000000000000000000.log"), OpenMode::DirectReadWrite).unwrap();
    fs.reserve(&file, 0, pages * PAGE).unwrap();
    fs.write_zeros(&file, 0, pages * PAGE).unwrap();
    fs.sync(&file).unwrap();
    (fs, file)
}

pub(crate) fn what_was_written_is_read_back<R: Rig>(stage: &mut Stage<R>) {
    let (fs, file) = prepared(stage, 64);
    for durable in [false, true] {
        let bytes = pattern(20 * PAGE_BYTES, u64::from(durable) + 8);
        let extents = bytes.chunks(5 * PAGE_BYTES).map(extent_of).collect();
        stage.submit(1, write(&file, 3 * PAGE, extents, durable));
        wrote(stage.done(1));
        stage.submit(2, read(&file, 3 * PAGE, bytes.len()));
        assert!(were_read(stage.done(2)) == bytes, "durable: {durable}");
        let mut piece = [0; 100];
        fs.read_at(&file, 3 * PAGE + 4000, &mut piece).unwrap();
        assert_eq!(piece, bytes[4000..4100], "an unaligned read of a direct file");
    }
}

pub(crate) fn reading_past_the_end_is_short<R: Rig>(stage: &mut Stage<R>) {
    let (fs, file) = prepared(stage, 4);
    stage.submit(1, read(&file, 2 * PAGE, 8 * PAGE_BYTES));
    assert_eq!(were_read(stage.done(1)).len(), 2 * PAGE_BYTES);
    fs.set_len(&file, 3 * PAGE + 100).unwrap();
    stage.submit(2, read(&file, 3 * PAGE, PAGE_BYTES));
    assert_eq!(were_read(stage.done(2)).len(), 100);
    stage.submit(3, read(&file, 40 * PAGE, PAGE_BYTES));
    assert_eq!(were_read(stage.done(3)).len(), 0);
}

/// However they are divided into writes, zeros cover what they shall and no page beside it.
pub(crate) fn zeros_cover_just_what_they_shall<R: Rig>(stage: &mut Stage<R>) {
    let (fs, dir) = stage.rig.file_system();
    let file = fs.open(&dir.join("zeros.log"), OpenMode::DirectReadWrite).unwrap();
    // More than one write takes, and no multiple of anything but the page.
    let pages = 1300;
    let ones = block_of(&vec![1; pages * PAGE_BYTES]);
    fs.write_at(&file, 0, ones.bytes()).unwrap();
    for (from, to) in [(7, 8), (10, 75), (80, 1299)] {
        fs.write_zeros(&file, from as u64 * PAGE, to as u64 * PAGE).unwrap();
        let mut read = Block::zeroed(pages);
        assert_eq!(fs.read_at(&file, 0, read.bytes_mut()).unwrap(), pages * PAGE_BYTES);
        let page = |at: usize| &read.bytes()[at * PAGE_BYTES..][..PAGE_BYTES];
        assert!((from..to).all(|at| page(at) == [0; PAGE_BYTES]), "pages {from} to {to}");
        assert!(page(from - 1) == [1; PAGE_BYTES] && page(to) == [1; PAGE_BYTES], "pages {from} to {to}");
    }
}

pub(crate) fn writes_in_flight_side_by_side_all_arrive<R: Rig>(stage: &mut Stage<R>) {
    let (_, file) = prepared(stage, 64);
    for page in 0..64 {
        stage.submit(
            page,
            write(&file, page * PAGE, vec![extent_of(&[page as u8; PAGE_BYTES])], page % 2 == 0),
        );
    }
    for page in 0..64 {
        wrote(stage.done(page));
    }
    stage.submit(99, read(&file, 0, 64 * PAGE_BYTES));
    let bytes = were_read(stage.done(99));
    for page in 0..64 {
        assert_eq!(bytes[page * PAGE_BYTES..][..PAGE_BYTES], [page as u8; PAGE_BYTES], "page {page}");
    }
}

pub(crate) fn an_operation_on_no_bytes_is_done<R: Rig>(stage: &mut Stage<R>) {
    let (_, file) = prepared(stage, 1);
    stage.submit(1, write(&file, 0, Vec::new(), true));
    wrote(stage.done(1));
    stage.submit(2, read(&file, 0, 0));
    assert!(were_read(stage.done(2)).is_empty());
}

pub(crate) fn files_that_come_and_go_are_let_go<R: Rig>(stage: &mut Stage<R>) {
    let (fs, dir) = stage.rig.file_system();
    let page = block_of(&[5; PAGE_BYTES]);
    for round in 0..50 {
        let file = fs.open(&dir.join(format!("{round}.log")), OpenMode::DirectReadWrite).unwrap();
        fs.reserve(&file, 0, PAGE).unwrap();
        let extent = Extent { block: page.clone(), start: 0, end: PAGE_BYTES as u32 };
        stage.submit(1, write(&file, 0, vec![extent], false));
        wrote(stage.done(1));
        drop(file);
        let again = fs.open(&dir.join(format!("{round}.log")), OpenMode::DirectRead).unwrap();
        stage.submit(2, read(&again, 0, PAGE_BYTES));
        assert_eq!(were_read(stage.done(2)), [5; PAGE_BYTES]);
    }
    assert_eq!(Arc::strong_count(&page), 1, "completed writes hold no block");
}

pub(crate) fn the_file_system_does_what_it_says<R: Rig>(stage: &mut Stage<R>) {
    let (fs, dir) = stage.rig.file_system();
    let missing = dir.join("missing");
    assert_eq!(fs.stat(&missing).unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(fs.open(&missing, OpenMode::DirectRead).unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(fs.list(&missing).unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(fs.remove_file(&missing).unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(fs.rename(&missing, &dir.join("other")).unwrap_err().kind(), ErrorKind::NotFound);

    let deep = dir.join("a/b");
    fs.create_dir_all(&deep).unwrap();
    fs.create_dir_all(&deep).unwrap();
    let path = deep.join("notes");
    let notes = fs.open(&path, OpenMode::Append).unwrap();
    fs.append(&notes, b"one ").unwrap();
    fs.append(&notes, b"two").unwrap();
    fs.sync(&notes).unwrap();
    assert_eq!(fs.read_whole(&path, 7).unwrap(), b"one two");
    assert_eq!(fs.read_whole(&path, 6).unwrap_err().kind(), ErrorKind::InvalidData);
    let mut middle = [0; 10];
    assert_eq!(fs.read_at(&notes, 2, &mut middle).unwrap(), 5);
    assert_eq!(&middle[..5], b"e two");
    assert_eq!((fs.file_len(&notes).unwrap(), fs.stat(&path).unwrap().len), (7, 7));

    fs.rename(&path, &deep.join("renamed")).unwrap();
    fs.append(&notes, b"!").unwrap();
    fs.rename(&deep, &dir.join("c")).unwrap();
    let renamed = dir.join("c/renamed");
    assert_eq!(fs.read_whole(&renamed, 100).unwrap(), b"one two!");
    assert_eq!(fs.stat(&renamed).unwrap().len, 8);
    fs.sync_dir(&dir).unwrap();
    let names = |fs: &dyn FileSystem| {
        fs.list(&dir).unwrap().into_iter().map(|e| (e.name, e.is_dir)).collect::<Vec<_>>()
    };
    assert_eq!(names(&*fs), [("a".to_owned(), true), ("c".to_owned(), true)]);
    fs.remove_file(&renamed).unwrap();
    assert_eq!(fs.file_len(&notes).unwrap(), 8, "an open file outlives its name");
    fs.remove_dir_all(&dir.join("a")).unwrap();
    assert_eq!(names(&*fs), [("c".to_owned(), true)]);

    let direct = fs.open(&dir.join("direct"), OpenMode::DirectReadWrite).unwrap();
    let inode = fs.stat(&dir.join("direct")).unwrap().inode;
    fs.write_at(&direct, 0, &pattern(4 * PAGE_BYTES, 11)[..]).unwrap();
    fs.reserve(&direct, 0, 6 * PAGE).unwrap();
    assert_eq!(fs.file_len(&direct).unwrap(), 6 * PAGE);
    let mut bytes = vec![1; 7 * PAGE_BYTES];
    assert_eq!(fs.read_at(&direct, 1, &mut bytes).unwrap(), 6 * PAGE_BYTES - 1);
    assert!(bytes[..4 * PAGE_BYTES - 1] == pattern(4 * PAGE_BYTES, 11)[1..], "reserving changes no contents");
    assert!(
        bytes[4 * PAGE_BYTES - 1..6 * PAGE_BYTES - 1].iter().all(|&byte| byte == 0),
        "reserved space reads as zeros"
    );
    fs.set_len(&direct, 10).unwrap();
    fs.set_len(&direct, PAGE).unwrap();
    assert_eq!(fs.read_at(&direct, 0, &mut bytes).unwrap(), PAGE_BYTES);
    assert!(bytes[10..PAGE_BYTES].iter().all(|&byte| byte == 0), "what was cut off does not come back");
    assert_eq!(fs.stat(&dir.join("direct")).unwrap().inode, inode);
    assert!(fs.free_bytes(&dir).unwrap() > 0);
    assert!(fs.free_bytes(&dir).unwrap() <= fs.total_bytes(&dir).unwrap());
}

pub(crate) fn replacing_a_file_leaves_nothing_beside_it<R: Rig>(stage: &mut Stage<R>) {
    let (fs, dir) = stage.rig.file_system();
    let path = dir.join("checkpoint");
    for contents in [&b"first"[..], b"second, longer", b""] {
        fs.replace_whole(&path, contents).unwrap();
        assert_eq!(fs.read_whole(&path, 100).unwrap(), contents);
        assert_eq!(fs.list(&dir).unwrap().len(), 1);
    }
}

pub(crate) fn a_directory_changes_with_its_names<R: Rig>(stage: &mut Stage<R>) {
    let (fs, dir) = stage.rig.file_system();
    let dir = dir.join("orders-0");
    fs.create_dir_all(&dir).unwrap();
    let path = dir.join("notes");
    let state = || {
        let stat = fs.stat(&dir).unwrap();
        (stat.inode, stat.modified_ms)
    };
    // The clock of a real directory may stand still for some milliseconds.
    let until_changed = |change: &dyn Fn()| {
        let before = state();
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
        while state() == before {
            assert!(std::time::Instant::now() < deadline, "the directory stays as it was");
            change();
        }
        assert_eq!(state().0, before.0, "it is still the same directory");
    };
    until_changed(&|| {
        drop(fs.open(&path, OpenMode::Append).unwrap());
        fs.remove_file(&path).unwrap();
    });
    let notes = fs.open(&path, OpenMode::Append).unwrap();
    until_changed(&|| fs.replace_whole(&path, b"others").unwrap());
    until_changed(&|| {
        fs.rename(&path, &dir.join("renamed")).unwrap();
        fs.rename(&dir.join("renamed"), &path).unwrap();
    });
    let before = state();
    fs.append(&notes, b"one").unwrap();
    fs.overwrite(&path, b"two").unwrap();
    fs.sync_dir(&dir).unwrap();
    assert_eq!(fs.list(&dir).unwrap().len(), 1);
    assert_eq!(state(), before, "no name has changed");
}

pub(crate) fn a_lock_excludes_a_second_one<R: Rig>(stage: &mut Stage<R>) {
    let (fs, dir) = stage.rig.file_system();
    let path = dir.join(".lock");
    let held = fs.lock(&path).unwrap().expect("nobody holds it");
    assert!(fs.lock(&path).unwrap().is_none());
    // Opening and closing the file elsewhere does not lose the lock.
    drop(fs.open(&path, OpenMode::Append).unwrap());
    assert!(fs.lock(&path).unwrap().is_none());
    drop(held);
    assert!(fs.lock(&path).unwrap().is_some());
}

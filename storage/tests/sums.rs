//! Damage is found, whatever Kafka's own checksums leave open, and never served.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod world;

use loglane_model::{FileSystem as _, Offset};
use loglane_storage::batch_builder::BatchBuilder;
use loglane_storage::scrub::{ScrubNext, ScrubVerdict, SumsFound};
use loglane_storage::sums::{Damage, EXTENSION};
use loglane_storage::{LogConfig, OpenLog, ReadError};
use std::path::{Path, PathBuf};
use world::{Driver, MemoryDisk, Random, batch, directory, request};

/// Batches of one segment; and what one of them holds, so that a segment has several stretches.
const BATCHES: usize = 24;
const VALUE_BYTES: usize = 250;

fn file(base_offset: i64, extension: &str) -> PathBuf {
    directory().join(format!("{base_offset:020}.{extension}"))
}

fn sums(base_offset: i64) -> PathBuf {
    file(base_offset, EXTENSION)
}

fn config() -> LogConfig {
    let bytes = batch(1, VALUE_BYTES, 1_000_000).len();
    LogConfig { segment_bytes: (BATCHES * bytes) as u64, index_interval_bytes: 1000, ..LogConfig::default() }
}

fn clean(config: &LogConfig) -> OpenLog {
    OpenLog { clean_shutdown: true, ..request(config) }
}

/// Three segments, the last one with a few batches, closed in order; and what offsets hold.
fn closed_log() -> (MemoryDisk, Vec<Vec<u8>>) {
    closed_log_of(&config())
}

fn closed_log_of(config: &LogConfig) -> (MemoryDisk, Vec<Vec<u8>>) {
    let mut driver = Driver::new(config);
    for at in 0..2 * BATCHES + 5 {
        driver.append(&batch(1, VALUE_BYTES, 1_000_000 + i64::try_from(at).unwrap())).unwrap();
        driver.settle();
    }
    let written = (0..2 * BATCHES + 5).map(|at| read_one(&mut driver, at).unwrap()).collect();
    driver.close();
    (driver.disk, written)
}

fn offset(at: usize) -> Offset {
    Offset(i64::try_from(at).unwrap())
}

/// The batch that holds an offset.
fn read_one(driver: &mut Driver, at: usize) -> Result<Vec<u8>, ReadError> {
    driver.read(offset(at), Offset(i64::MAX), 1)
}

/// Reads every offset; those that cannot be read for damage. Panics over bytes that were not written there.
fn damaged_offsets(disk: &MemoryDisk, request: OpenLog, written: &[Vec<u8>]) -> Vec<usize> {
    let mut driver = Driver::open(disk.clone(), request);
    assert_eq!(driver.log.log_end_offset(), offset(written.len()));
    let mut damaged = Vec::new();
    for (at, expected) in written.iter().enumerate() {
        match read_one(&mut driver, at) {
            Ok(bytes) => assert!(bytes == *expected, "offset {at}: other bytes than were written"),
            Err(ReadError::Corrupt { .. }) => damaged.push(at),
            Err(error) => panic!("offset {at}: {error:?}"),
        }
    }
    damaged
}

/// Reads all sealed segments to their end.
fn scrub(disk: &MemoryDisk, request: OpenLog) -> Vec<ScrubVerdict> {
    let driver = Driver::open(disk.clone(), request);
    let mut verdicts = Vec::new();
    let mut after = None;
    while let Some(scrub) = driver.log.next_to_scrub(after) {
        after = Some(scrub.segment());
        let mut scrub = Box::new(scrub);
        let verdict = loop {
            let step = scrub.step(disk, 2000).unwrap();
            assert!(step.read_bytes < 20_000, "a step reads about as much as it was told to");
            match step.next {
                ScrubNext::More(more) => scrub = more,
                ScrubNext::Done(verdict) => break verdict,
            }
        };
        verdicts.push(verdict);
    }
    verdicts
}

/// What the scrub says of the two sealed segments where nothing is damaged.
fn undamaged(first: SumsFound, second: SumsFound) -> [ScrubVerdict; 2] {
    [(first, 24), (second, 48)].map(|(sums, end)| ScrubVerdict {
        damage: Vec::new(),
        sums,
        end_offset: Offset(end),
        zeros_from: None,
    })
}

fn fitting() -> [ScrubVerdict; 2] {
    undamaged(SumsFound::Fitting, SumsFound::Fitting)
}

fn flip(disk: &MemoryDisk, path: &Path, bit: usize) {
    disk.tamper(path, |bytes| bytes[bit / 8] ^= 1 << (bit % 8));
}

#[test]
fn a_log_in_order_is_read_and_scrubbed_without_complaint() {
    let (disk, written) = closed_log();
    for base_offset in [0, 24, 48] {
        assert!(disk.exists(&sums(base_offset)), "{base_offset}");
    }
    assert_eq!(damaged_offsets(&disk, clean(&config()), &written), []);
    assert_eq!(scrub(&disk, clean(&config())), fitting());
}

#[test]
fn every_flipped_bit_of_a_segment_is_found_and_none_is_served() {
    let (disk, written) = closed_log();
    let path = file(24, "log");
    let batch_bytes = written[24].len();
    for bit in 0..disk.len(&path) * 8 {
        flip(&disk, &path, bit);
        let hit = 24 + bit / 8 / batch_bytes;
        let mut driver = Driver::open(disk.clone(), clean(&config()));
        let read = read_one(&mut driver, hit);
        assert!(matches!(read, Err(ReadError::Corrupt { .. })), "bit {bit}: {read:?}");
        let found = driver.log.take_damage();
        let is_there = |damage: &Damage| {
            let at = (bit / 8) as u64;
            damage.segment == Offset(24) && (damage.position..damage.end).contains(&at)
        };
        assert!(found.iter().any(is_there), "bit {bit}: {found:?}");
        flip(&disk, &path, bit);
    }
    assert_eq!(damaged_offsets(&disk, clean(&config()), &written), []);
}

#[test]
fn a_flipped_bit_costs_the_batches_around_it_and_no_others() {
    // Where the index leads to what lies behind the damage, and where it leads into it or before it.
    for index_interval_bytes in [1000, 1 << 20] {
        a_flipped_bit_costs_little(&LogConfig { index_interval_bytes, ..config() });
    }
}

fn a_flipped_bit_costs_little(config: &LogConfig) {
    let (disk, written) = closed_log_of(config);
    let batch_bytes = written[0].len();
    let stretch = 4096usize.div_ceil(batch_bytes);
    // Base offset, length, leader epoch, magic, CRC, and what the CRC covers; in sealed segments and the last one.
    for (at, byte) in
        [(30, 7), (30, 11), (30, 15), (30, 16), (30, 20), (30, 200), (3, 15), (40, 15), (50, 15), (50, 100)]
    {
        let base_offset = at / BATCHES * BATCHES;
        let path = file(i64::try_from(base_offset).unwrap(), "log");
        let bit = ((at - base_offset) * batch_bytes + byte) * 8;
        flip(&disk, &path, bit);
        for request in [clean(config), OpenLog { recovery_point: Offset(48), ..request(config) }] {
            let damaged = damaged_offsets(&disk.copy(), request, &written);
            if base_offset == 2 * BATCHES {
                assert!(damaged.contains(&at), "{at} {byte}: {damaged:?}");
                continue;
            }
            // A head vouches for those around it, the rest of a batch for itself.
            let begin = base_offset + (at - base_offset) / stretch * stretch;
            let of_head = begin..(begin + stretch).min(base_offset + BATCHES);
            let expected = if byte < 21 { of_head } else { at..at + 1 };
            assert_eq!(damaged, expected.collect::<Vec<usize>>(), "{at} {byte}");
        }
        let verdicts = scrub(&disk, clean(config));
        let found: Vec<usize> = verdicts.iter().map(|verdict| verdict.damage.len()).collect();
        match base_offset {
            0 => assert_eq!(found, [1, 0]),
            24 => assert_eq!(found, [0, 1]),
            _ => assert_eq!(found, [0, 0], "the last segment is not sealed"),
        }
        flip(&disk, &path, bit);
    }
}

#[test]
fn every_flipped_bit_beside_a_segment_is_harmless() {
    let (disk, written) = closed_log();
    let mut random = Random(3);
    for extension in ["index", "timeindex", EXTENSION] {
        let path = file(24, extension);
        for bit in 0..disk.len(&path) * 8 {
            flip(&disk, &path, bit);
            let mut driver = Driver::open(disk.clone(), clean(&config()));
            for _ in 0..3 {
                let at = 24 + usize::try_from(random.below(24)).unwrap();
                assert!(
                    read_one(&mut driver, at).unwrap() == written[at],
                    "{extension}: bit {bit}, offset {at}"
                );
                driver.log.look_up_timestamp(1, 1_000_000 + i64::try_from(at).unwrap(), Offset(i64::MAX));
                driver.settle();
                let found = driver.log.take_answer().unwrap().result.unwrap().unwrap();
                assert_eq!(found.offset, offset(at), "{extension}: bit {bit}");
            }
            flip(&disk, &path, bit);
        }
    }
}

#[test]
fn the_scrub_makes_anew_what_does_not_fit_beside_a_good_segment() {
    for (extension, expected) in [
        ("index", SumsFound::OtherIndexes),
        ("timeindex", SumsFound::OtherIndexes),
        (EXTENSION, SumsFound::Misfit),
    ] {
        let (disk, written) = closed_log();
        let before = disk.contents(&file(24, extension));
        flip(&disk, &file(24, extension), 77);
        let renewed = undamaged(SumsFound::Fitting, expected);
        assert_eq!(scrub(&disk, clean(&config())), renewed, "{extension}");
        assert_eq!(scrub(&disk, clean(&config())), fitting(), "{extension}");
        assert_eq!(disk.contents(&file(24, extension)), before, "{extension}");
        assert_eq!(damaged_offsets(&disk, clean(&config()), &written), []);
    }
    let (disk, _) = closed_log();
    disk.remove_file(&sums(0)).unwrap();
    assert_eq!(scrub(&disk, clean(&config())), undamaged(SumsFound::Missing, SumsFound::Fitting));
    assert_eq!(scrub(&disk, clean(&config())), fitting());
}

#[test]
fn the_scrub_blesses_nothing_that_is_damaged() {
    let (disk, written) = closed_log();
    flip(&disk, &file(24, "log"), (3 * written[0].len() + 15) * 8);
    flip(&disk, &file(24, "index"), 33);
    let before: Vec<(PathBuf, Vec<u8>)> =
        disk.files().into_iter().map(|path| (path.clone(), disk.contents(&path))).collect();
    for _ in 0..2 {
        let verdicts = scrub(&disk, clean(&config()));
        assert_eq!((verdicts[1].damage.len(), verdicts[1].sums), (1, SumsFound::OtherIndexes));
    }
    let after: Vec<(PathBuf, Vec<u8>)> =
        disk.files().into_iter().map(|path| (path.clone(), disk.contents(&path))).collect();
    assert!(before == after, "nothing is changed, moved or removed");
    assert!(damaged_offsets(&disk, clean(&config()), &written).contains(&27));
}

#[test]
fn misdirected_and_stale_pages_are_found() {
    let (disk, written) = closed_log();
    // Another partition with batches of the same sizes, times and offsets, each with a right CRC.
    let other = {
        let elsewhere = PathBuf::from("/logs/orders-1");
        let mut driver =
            Driver::open(MemoryDisk::default(), OpenLog { dir: elsewhere.clone(), ..request(&config()) });
        for at in 0..2 * BATCHES + 5 {
            let mut builder = BatchBuilder::new();
            let timestamp_ms = 1_000_000 + i64::try_from(at).unwrap();
            builder.push(timestamp_ms, Some(&[0; 8]), Some(&[b'x'; VALUE_BYTES]), &[]);
            driver.append(&builder.finish()).unwrap();
            driver.settle();
        }
        driver.close();
        driver.disk.contents(&elsewhere.join(format!("{:020}.log", 24)))
    };
    let good = disk.contents(&file(24, "log"));
    assert_eq!(good.len(), other.len());
    let page = |bytes: &[u8], at: usize| bytes[at * 4096..((at + 1) * 4096).min(bytes.len())].to_vec();
    let pages = good.len().div_ceil(4096);
    let mut tried = 0;
    for at in 0..pages {
        let here = page(&good, at);
        let mut replacements = vec![page(&other, at), vec![0; here.len()]];
        // An older state of the page: what it held when only a part of it was written.
        let mut older = here.clone();
        older[here.len() / 3..].fill(0);
        replacements.push(older);
        replacements.extend((0..pages).filter(|from| *from != at).map(|from| page(&good, from)));
        for replacement in
            replacements.into_iter().filter(|bytes| bytes.len() == here.len() && *bytes != here)
        {
            let put = |bytes: &[u8]| {
                disk.tamper(&file(24, "log"), |all| {
                    all[at * 4096..at * 4096 + bytes.len()].copy_from_slice(bytes)
                });
            };
            put(&replacement);
            let damaged = damaged_offsets(&disk, clean(&config()), &written);
            assert!(!damaged.is_empty(), "page {at}");
            assert!(!scrub(&disk, clean(&config()))[1].damage.is_empty(), "page {at}");
            put(&here);
            tried += 1;
        }
    }
    assert!(tried > 3, "{tried}");
    // The whole file of the other partition in the place of this one's.
    disk.tamper(&file(24, "log"), |bytes| bytes.clone_from(&other));
    assert_eq!(damaged_offsets(&disk, clean(&config()), &written), (24..48).collect::<Vec<_>>());
}

#[test]
fn what_somebody_else_wrote_is_never_held_against_them() {
    let (disk, mut written) = closed_log();
    // Kafka has rewritten the segment with another leader epoch: the same batches, the same length.
    let mut rewritten = disk.contents(&file(24, "log"));
    let batch_bytes = written[24].len();
    for at in 0..BATCHES {
        rewritten[at * batch_bytes + 15] ^= 2;
        written[24 + at] = rewritten[at * batch_bytes..(at + 1) * batch_bytes].to_vec();
    }
    disk.plant(&file(24, "log"), &rewritten);
    assert_eq!(damaged_offsets(&disk, clean(&config()), &written), []);
    assert_eq!(scrub(&disk, clean(&config())), undamaged(SumsFound::Fitting, SumsFound::Misfit));
    assert_eq!(scrub(&disk, clean(&config())), fitting());
    // And from then on damage is found there, too.
    flip(&disk, &file(24, "log"), 15 * 8);
    assert!(damaged_offsets(&disk, clean(&config()), &written).contains(&24));
}

#[test]
fn a_kafka_s_log_gets_its_chain_from_where_this_broker_goes_on() {
    let (disk, written) = closed_log();
    for base_offset in [0, 24, 48] {
        disk.remove_file(&sums(base_offset)).unwrap();
    }
    let mut driver = Driver::open(disk.clone(), clean(&config()));
    let mut expected = written;
    for at in 0..BATCHES {
        driver.append(&batch(1, VALUE_BYTES, 2_000_000 + i64::try_from(at).unwrap())).unwrap();
        driver.settle();
    }
    for at in expected.len()..2 * BATCHES + 5 + BATCHES {
        expected.push(read_one(&mut driver, at).unwrap());
    }
    driver.close();
    let batch_bytes = expected[0].len();
    assert_eq!(damaged_offsets(&disk, clean(&config()), &expected), []);
    // What this broker has appended to the segment is vouched for, even before the first scrub.
    flip(&disk, &file(48, "log"), (10 * batch_bytes + 15) * 8);
    assert!(damaged_offsets(&disk, clean(&config()), &expected).contains(&58));
}

#[test]
fn a_kill_loses_neither_the_chain_nor_batches_that_are_sealed() {
    let mut driver = Driver::new(&config());
    for at in 0..2 * BATCHES + 5 {
        driver.append(&batch(1, VALUE_BYTES, 1_000_000 + i64::try_from(at).unwrap())).unwrap();
        driver.settle();
        if at == 2 * BATCHES + 2 {
            driver.log.capture_recovery_position(5);
        }
    }
    driver.settle();
    let written: Vec<Vec<u8>> = (0..2 * BATCHES + 5).map(|at| read_one(&mut driver, at).unwrap()).collect();
    let position = driver.log.take_recovery_position().expect("it was asked for");
    let disk = driver.disk.copy();
    disk.kill();
    let batch_bytes = written[0].len();
    for position in [None, Some(position)] {
        let killed = || OpenLog { position: position.clone(), ..request(&config()) };
        assert_eq!(damaged_offsets(&disk.copy(), killed(), &written), []);
        let damaged = disk.copy();
        flip(&damaged, &file(24, "log"), (3 * batch_bytes + 15) * 8);
        flip(&damaged, &file(0, "log"), (3 * batch_bytes + 100) * 8);
        let found = damaged_offsets(&damaged, killed(), &written);
        assert!(found.contains(&3) && found.contains(&27), "{found:?}");
        assert!(found.iter().all(|at| at.abs_diff(3) < 16 || at.abs_diff(27) < 16), "{found:?}");
        // What is appended behind goes on with the chain.
        let mut driver = Driver::open(disk.copy(), killed());
        driver.append(&batch(1, VALUE_BYTES, 3_000_000)).unwrap();
        driver.settle();
        let last = read_one(&mut driver, written.len()).unwrap();
        driver.close();
        let mut all = written.clone();
        all.push(last);
        assert_eq!(damaged_offsets(&driver.disk, clean(&config()), &all), []);
        flip(&driver.disk, &file(48, "log"), (4 * batch_bytes + 15) * 8);
        assert!(damaged_offsets(&driver.disk, clean(&config()), &all).contains(&52));
    }
}

#[test]
fn retention_takes_the_checksums_along_and_a_start_those_without_a_segment() {
    let (disk, _) = closed_log();
    let mut driver = Driver::open(disk.clone(), clean(&config()));
    driver.log.delete_records_to(Offset(30), &mut driver.pool).unwrap();
    driver.settle();
    assert!(!disk.exists(&sums(0)) && disk.exists(&sums(24)));
    driver.close();
    disk.remove_file(&file(24, "log")).unwrap();
    drop(Driver::open(disk.clone(), OpenLog { log_start_offset: Offset(48), ..clean(&config()) }));
    assert!(!disk.exists(&sums(24)) && disk.exists(&sums(48)));
}

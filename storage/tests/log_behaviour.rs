//! What the log promises, one promise at a time.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod world;

use loglane_model::{
    BatchHeader, Compression, Extent, FileSystem, LeaderEpoch, Offset, PAGE_BYTES, ProducerId, TimestampType,
    TopicId,
};
use loglane_storage::batch_builder::BatchBuilder;
use loglane_storage::control::{EndMarker, end_marker_batch};
use loglane_storage::recovery_position::decode_file;
use loglane_storage::validate::Origin;
use loglane_storage::{
    AppendError, IdleFile, LogBudgets, LogConfig, LogFailure, OpenError, OpenLog, ReadError, ReadOutcome,
    ReplicatedRefusal, open,
};
use std::io;
use world::{Driver, MemoryDisk, Random, batch, directory, request};

fn write_bytes(write: &loglane_model::DiskWrite) -> usize {
    write.extents.iter().map(Extent::len).sum()
}

/// A log whose active segment has space for several MiB.
fn with_space(config: &LogConfig) -> Driver {
    let mut driver = Driver::new(config);
    driver.append_until_fresh_space(&batch(1, 100_000, 1_000_000), 4 << 20);
    driver
}

#[test]
fn what_arrives_while_a_write_is_in_flight_goes_into_the_next_one() {
    let mut driver = with_space(&LogConfig::default());
    driver.append(&batch(1, 100, 1_000_000)).unwrap();
    driver.pump();
    assert_eq!(driver.writes.len(), 1);
    for _ in 0..500 {
        driver.append(&batch(1, 100, 1_000_000)).unwrap();
        driver.pump();
    }
    assert_eq!(driver.writes.len(), 1, "a write that ends inside a page is alone");
    driver.finish_write(0);
    driver.pump();
    assert_eq!(driver.writes.len(), 1, "all that came meanwhile goes together");
    assert!(write_bytes(&driver.writes[0]) > 500 * 100);
    driver.finish_write(0);
    assert_eq!(driver.log.flushed_end_offset(), driver.log.log_end_offset());
}

#[test]
fn two_large_writes_overlap_and_only_the_unbroken_prefix_counts() {
    let mut driver = with_space(&LogConfig::default());
    let before = driver.log.flushed_end_offset();
    for _ in 0..30 {
        driver.append(&batch(1, 50_000, 1_000_000)).unwrap();
    }
    driver.pump();
    assert_eq!(driver.writes.len(), 2);
    assert_eq!(write_bytes(&driver.writes[0]), 512 * 1024);
    driver.finish_write(1);
    assert_eq!(driver.log.flushed_end_offset(), before, "the first one is missing");
    driver.pump();
    assert!(driver.writes.len() <= 2);
    let first = driver.writes.iter().position(|write| write.position < 5_000_000).unwrap();
    driver.finish_write(first);
    assert!(driver.log.flushed_end_offset().0 > before.0 + 15);
    driver.settle();
    assert_eq!(driver.log.flushed_end_offset(), driver.log.log_end_offset());
}

#[test]
fn the_last_page_is_padded_with_zeros_although_blocks_come_back_dirty() {
    let mut driver = Driver::new(&LogConfig::default());
    for _ in 0..4 {
        let mut block = driver.pool.take(4096);
        std::sync::Arc::get_mut(&mut block).unwrap().bytes_mut().fill(0xee);
        driver.pool.give(block);
    }
    driver.append(&batch(1, 100, 1_000_000)).unwrap();
    driver.settle();
    let bytes = driver.disk.contents(&directory().join("00000000000000000000.log"));
    let used = batch(1, 100, 1_000_000).len();
    assert!(bytes[used..].iter().all(|&byte| byte == 0), "nothing stale reaches the disk");
}

#[test]
fn an_idle_log_takes_no_space_and_a_busy_one_never_more_than_its_segment() {
    let config = LogConfig { segment_bytes: 300_000, ..LogConfig::default() };
    let mut driver = Driver::new(&config);
    driver.settle();
    let active = directory().join("00000000000000000000.log");
    assert_eq!(driver.disk.contents(&active).len(), 0);
    driver.append(&batch(1, 10, 1_000_000)).unwrap();
    driver.settle();
    assert_eq!(driver.disk.contents(&active).len(), 64 * 1024, "the first step");
    while driver.log.segment_count() == 1 {
        driver.append(&batch(1, 5_000, 1_000_000)).unwrap();
        driver.settle();
        let len = driver.disk.contents(&active).len();
        assert!(len <= 300_000usize.next_multiple_of(PAGE_BYTES), "never past the roll size: {len}");
    }
}

#[test]
fn nothing_in_a_new_segment_is_flushed_before_the_old_one_is_cut() {
    let config = LogConfig { segment_bytes: 100_000, ..LogConfig::default() };
    let mut driver = Driver::new(&config);
    let old = directory().join("00000000000000000000.log");
    let bytes = batch(1, 3_000, 1_000_000);
    let in_old = 100_000 / bytes.len();
    for _ in 0..60 {
        driver.append(&bytes).unwrap();
    }
    let old_end = Offset(i64::try_from(in_old).unwrap());
    let mut random = Random(5);
    while driver.step(&mut random) {
        if driver.log.flushed_end_offset() > old_end {
            assert_eq!(driver.disk.len(&old), in_old * bytes.len(), "cut to its exact size");
            return;
        }
    }
    panic!("nothing of the new segment was flushed");
}

#[test]
fn a_failed_write_takes_the_log_offline_for_good() {
    let mut driver = Driver::new(&LogConfig::default());
    driver.append(&batch(1, 10, 1_000_000)).unwrap();
    driver.settle();
    driver.append(&batch(1, 10, 1_000_000)).unwrap();
    driver.pump();
    let write = driver.writes.remove(0);
    driver.log.on_written(write, Err(io::ErrorKind::StorageFull.into()), &mut driver.pool);
    assert!(driver.log.is_offline());
    let fault = driver.log.take_failure().unwrap();
    assert_eq!((fault.failure, fault.error), (LogFailure::Write, io::ErrorKind::StorageFull));
    assert!(driver.log.take_failure().is_none(), "told once");
    assert_eq!(driver.append(&batch(1, 10, 1_000_000)), Err(AppendError::Offline));
    assert_eq!(driver.read(Offset(0), Offset(1), 100), Err(ReadError::Offline));
    assert_eq!(driver.log.flushed_end_offset(), Offset(1));
    assert!(driver.log.next_work(0, &mut driver.pool).is_none());
    driver.log.release(&mut driver.pool);
    driver.pool.reclaim(usize::MAX);
    assert_eq!(driver.pool.out_bytes(), 0);
}

/// What a client may send behind a batch: fewer bytes than a length field ends in, or the start of another batch.
fn tails() -> Vec<Vec<u8>> {
    let other = batch(3, 500, 1_000_000);
    let mut long = other[..70].to_vec();
    long[8..12].copy_from_slice(&i32::MAX.to_be_bytes());
    vec![vec![0xee], vec![0xff; 11], other[..16].to_vec(), other[..other.len() - 1].to_vec(), long]
}

#[test]
fn what_stands_behind_a_batch_does_not_reach_the_log() {
    let by_log = LogConfig { timestamp_type: TimestampType::LogAppendTime, ..LogConfig::default() };
    let gzip = LogConfig { compression: Some(Compression::Gzip), ..LogConfig::default() };
    for config in [LogConfig::default(), by_log, gzip] {
        let (mut driver, mut plain) = (Driver::new(&config), Driver::new(&config));
        let sent = batch(2, 100, 1_000_000);
        for tail in tails() {
            driver.append(&[&sent[..], &tail].concat()).unwrap();
            plain.append(&sent).unwrap();
            driver.settle();
            plain.settle();
        }
        let expected = plain.read_all(1);
        assert!(driver.read_all(1) == expected, "batch by batch, from memory");
        driver.log.shrink_cache(0, &mut driver.pool);
        assert!(driver.read_all(1 << 20) == expected, "from the disk");
        let mut again = Driver::open(driver.disk.clone(), request(&config));
        assert!(again.read_all(1 << 20) == expected, "after a kill");
    }
}

#[test]
fn damage_on_disk_is_reported_and_never_lent() {
    let mut driver = Driver::new(&LogConfig::default());
    for _ in 0..20 {
        driver.append(&batch(1, 2_000, 1_000_000)).unwrap();
    }
    driver.settle();
    driver.log.shrink_cache(0, &mut driver.pool);
    let path = directory().join("00000000000000000000.log");
    driver.disk.tamper(&path, |bytes| bytes[10_000] ^= 1);
    let bytes = driver.read(Offset(0), Offset(20), 1 << 20).unwrap();
    let batches = loglane_storage::batch::Batches::checked(&bytes).map(Result::unwrap).count();
    assert_eq!(batches, 4, "what lies before the damage");
    let error = driver.read(Offset(4), Offset(20), 1 << 20).unwrap_err();
    assert!(matches!(error, ReadError::Corrupt { segment: Offset(0), .. }), "{error:?}");
    driver.disk.tamper(&path, |bytes| bytes[10_000] ^= 1);
    assert!(!driver.read(Offset(4), Offset(20), 1 << 20).unwrap().is_empty(), "it is looked at again");
}

#[test]
fn cold_reads_of_a_follower_grow_and_are_few() {
    let mut driver = Driver::new(&LogConfig::default());
    for _ in 0..400 {
        driver.append(&batch(1, 20_000, 1_000_000)).unwrap();
        driver.settle();
    }
    driver.log.shrink_cache(0, &mut driver.pool);
    let (mut at, end) = (Offset(0), driver.log.flushed_end_offset());
    let (mut reads, mut largest) = (0, 0);
    let mut out = Vec::new();
    while at < end {
        match driver.log.read(at, end, 100_000, true, &mut driver.pool, &mut out).unwrap() {
            ReadOutcome::Bytes { .. } => {
                let bytes: Vec<u8> = out.drain(..).flat_map(|extent| extent.bytes().to_vec()).collect();
                let last = loglane_storage::batch::Batches::checked(&bytes).last().unwrap().unwrap();
                at = last.header.last_offset().plus(1);
            }
            ReadOutcome::Empty => panic!("there is more"),
            ReadOutcome::Pending => {}
        }
        driver.pump();
        while !driver.reads.is_empty() {
            largest = largest.max(driver.reads[0].len);
            reads += 1;
            driver.finish_read(0);
        }
    }
    assert_eq!(largest, 1 << 20);
    assert!(reads < 20, "{reads} reads for 8 MB");
    assert_eq!(driver.log.cached_bytes(), 0, "a cold reader puts nothing into the cache");
}

#[test]
fn budgets_take_from_the_log_that_came_first() {
    let mut driver = with_space(&LogConfig::default());
    let mut budgets = LogBudgets {
        cached: loglane_storage::FifoBudget::new(1 << 20),
        cold: loglane_storage::FifoBudget::new(1 << 20),
        loaded: loglane_storage::FifoBudget::new(1 << 20),
    };
    budgets.note(&driver.log);
    assert!(budgets.cached.bytes() > 2 << 20);
    let (log, pool) = (&mut driver.log, &mut driver.pool);
    budgets.settle(
        |number, shrink| {
            assert_eq!(number, 3);
            shrink(log)
        },
        pool,
    );
    assert!(driver.log.cached_bytes() <= 1 << 20);
    assert_eq!(budgets.cached.bytes(), driver.log.cached_bytes());
}

#[test]
fn batches_of_a_leader_are_kept_as_they_are_and_must_fit() {
    let mut driver = Driver::new(&LogConfig::default());
    let mut replicated = |base: i64, epoch: i32| {
        let mut builder = BatchBuilder::new().base_offset(Offset(base)).leader_epoch(LeaderEpoch(epoch));
        builder.push(1_000_000, None, Some(b"value"), &[]);
        builder.push(1_000_000, None, Some(b"value"), &[]);
        driver.log.append_replicated(&builder.finish(), 1_000_000, &mut driver.pool)
    };
    assert_eq!(replicated(0, 4).unwrap().end_offset, Offset(2));
    assert_eq!(replicated(7, 6).unwrap().end_offset, Offset(9), "compaction leaves gaps");
    let refused = |result: Result<_, AppendError>| match result {
        Err(AppendError::Replicated(refusal)) => refusal,
        other => panic!("{other:?}"),
    };
    assert!(matches!(refused(replicated(8, 6)), ReplicatedRefusal::BeforeEnd { .. }));
    assert!(matches!(refused(replicated(9, 5)), ReplicatedRefusal::StaleEpoch { .. }));
    driver.settle();
    assert_eq!(driver.log.end_offset_for_epoch(LeaderEpoch(4)).unwrap().end_offset, Offset(7));
    assert_eq!(driver.log.latest_epoch().unwrap().epoch, LeaderEpoch(6));
    let mut damaged = batch(1, 10, 1_000_000);
    damaged[70] ^= 1;
    let result = driver.log.append_replicated(&damaged, 1_000_000, &mut driver.pool);
    assert!(matches!(refused(result), ReplicatedRefusal::Damaged(_)));
    let bytes = driver.read(Offset(3), Offset(9), 1000).unwrap();
    assert_eq!(BatchHeader::peek(&bytes).unwrap().base_offset(), Offset(7));
}

#[test]
fn log_append_time_is_stamped_into_the_copy() {
    let config = LogConfig { timestamp_type: TimestampType::LogAppendTime, ..LogConfig::default() };
    let mut driver = Driver::new(&config);
    driver.now_ms = 5_000_000;
    let appended = driver.append(&batch(2, 10, 1_000_000)).unwrap();
    assert_eq!(appended.append_time_ms, 5_000_000);
    driver.settle();
    let bytes = driver.read(Offset(0), Offset(2), 1000).unwrap();
    let header = loglane_storage::batch::check_batch(&bytes).unwrap();
    assert_eq!(header.max_timestamp.get(), 5_000_000);
    assert_eq!(header.attributes().timestamp_type(), TimestampType::LogAppendTime);
}

#[test]
fn segments_roll_by_the_time_of_their_batches() {
    let config = LogConfig { segment_ms: 1_000, ..LogConfig::default() };
    let mut driver = Driver::new(&config);
    for timestamp in [1_000_000, 1_000_900, 1_001_000, 1_001_001, 1_001_002] {
        driver.append(&batch(1, 10, timestamp)).unwrap();
    }
    driver.settle();
    assert_eq!(driver.log.segment_count(), 2);
    assert!(driver.disk.exists(&directory().join("00000000000000000003.log")));
    assert!(driver.disk.exists(&directory().join("00000000000000000003.snapshot")));
}

#[test]
fn the_latest_record_is_found_while_a_later_one_is_being_written() {
    let mut driver = Driver::new(&LogConfig::default());
    driver.append(&batch(2, 100, 1_000_000)).unwrap();
    driver.append(&batch(1, 100, 3_000_000)).unwrap();
    driver.append(&batch(1, 100, 2_000_000)).unwrap();
    driver.settle();
    driver.append(&batch(1, 100, 4_000_000)).unwrap();
    let latest = |driver: &mut Driver| {
        driver.log.look_up_max_timestamp(1, driver.log.flushed_end_offset());
        loop {
            if let Some(answer) = driver.log.take_answer() {
                return answer.result.unwrap().map(|found| (found.offset, found.timestamp));
            }
            driver.pump();
            driver.finish_job();
        }
    };
    driver.pump();
    assert_eq!(driver.writes.len(), 1, "the write is under way");
    assert_eq!(latest(&mut driver), Some((Offset(2), 3_000_000)));
    driver.settle();
    assert_eq!(latest(&mut driver), Some((Offset(4), 4_000_000)));
    // The same where nothing of the newest segment can be read yet.
    driver.log.set_config(LogConfig { segment_bytes: 1000, ..LogConfig::default() });
    driver.append(&batch(1, 900, 4_500_000)).unwrap();
    assert_eq!(driver.log.segment_count(), 2);
    assert_eq!(latest(&mut driver), Some((Offset(4), 4_000_000)));
}

#[test]
fn a_file_whose_writes_are_not_durable_is_synced_and_then_closed() {
    let config = LogConfig { durable: false, ..LogConfig::default() };
    let mut driver = Driver::new(&config);
    driver.append(&batch(1, 100, 1_000_000)).unwrap();
    driver.settle();
    assert_eq!(driver.log.close_idle_file(), IdleFile::ToBeSynced);
    driver.pump();
    assert_eq!(format!("{:?}", driver.jobs), "[LogJob(sync, log 3)]");
    // What is written beside the sync may have come too late for it.
    driver.append(&batch(1, 100, 1_000_000)).unwrap();
    driver.pump();
    driver.finish_write(0);
    assert_eq!(driver.log.close_idle_file(), IdleFile::InUse);
    driver.finish_job();
    assert_eq!(driver.log.close_idle_file(), IdleFile::ToBeSynced);
    driver.settle();
    assert_eq!(driver.log.close_idle_file(), IdleFile::Closed);
    assert!(!driver.log.has_open_file());
    driver.disk.power_cut(&mut Random(1));
    let again = Driver::open(driver.disk, request(&config));
    assert_eq!(again.log.log_end_offset(), Offset(2));
}

#[test]
fn retention_by_age_takes_even_the_active_segment_and_keeps_offsets() {
    let config = LogConfig {
        segment_bytes: 10_000,
        retention_ms: 1_000,
        file_delete_delay_ms: 100,
        ..LogConfig::default()
    };
    let mut driver = Driver::new(&config);
    for _ in 0..20 {
        driver.append(&batch(1, 1_000, 1_000_000)).unwrap();
    }
    driver.settle();
    let pool = &mut driver.pool;
    assert!(!driver.log.apply_retention(1_001_000, Offset(20), pool), "not old enough");
    assert!(driver.log.apply_retention(1_001_001, Offset(12), pool));
    let start = driver.log.log_start_offset();
    assert!(start > Offset(0) && start <= Offset(12), "nothing at or past the high watermark");
    assert!(driver.log.apply_retention(1_001_001, Offset(20), pool));
    assert_eq!(driver.log.log_start_offset(), Offset(20));
    driver.now_ms = 1_001_001;
    driver.settle();
    driver.log.apply_retention(1_001_001, Offset(20), &mut driver.pool);
    driver.settle();
    let first = directory().join("00000000000000000000.log");
    assert!(!driver.disk.exists(&first), "renamed at once");
    assert!(driver.disk.exists(&first.with_extension("log.deleted")));
    driver.now_ms += 1_000;
    driver.settle();
    assert!(!driver.disk.exists(&first.with_extension("log.deleted")), "removed later");
    assert_eq!(driver.append(&batch(1, 10, 1_002_000)).unwrap().base_offset, Offset(20));
    driver.close();
}

#[test]
fn retention_by_size_keeps_as_much_as_is_allowed() {
    let config = LogConfig { segment_bytes: 10_000, retention_bytes: 35_000, ..LogConfig::default() };
    let mut driver = Driver::new(&config);
    for _ in 0..100 {
        driver.append(&batch(1, 1_000, 1_000_000)).unwrap();
    }
    driver.settle();
    assert!(driver.log.apply_retention(1_000_001, Offset(100), &mut driver.pool));
    let size = driver.log.size_bytes();
    assert!((35_000..46_000).contains(&size), "{size}");
}

#[test]
fn the_aborted_transactions_of_a_range_are_known_at_once_and_after_a_restart() {
    let config = LogConfig { segment_bytes: 8_000, ..LogConfig::default() };
    let mut driver = Driver::new(&config);
    let append = |driver: &mut Driver, bytes: &[u8], origin| {
        driver.log.append_leader(bytes, origin, LeaderEpoch(0), 1_000_000, &mut driver.pool).unwrap()
    };
    for round in 0..30 {
        let mut builder = BatchBuilder::new().producer(ProducerId(9), 0, round).transactional();
        builder.push(1_000_000, None, Some(&[7; 1_000]), &[]);
        append(&mut driver, &builder.finish(), world::CLIENT);
        assert_eq!(driver.log.first_unstable_offset(), Some(Offset(i64::from(round) * 2)));
        let marker = EndMarker { committed: round % 2 == 0, coordinator_epoch: 0 };
        append(&mut driver, &end_marker_batch(ProducerId(9), 0, marker, 1_000_000), Origin::Coordinator);
        driver.settle();
        driver.log.on_high_watermark(driver.log.flushed_end_offset());
        assert_eq!(driver.log.first_unstable_offset(), None);
    }
    let expected: Vec<Offset> =
        (0..30).filter(|round| round % 2 == 1).map(|round| Offset(round * 2)).collect();
    let collect = |driver: &mut Driver, from: i64, end: i64| {
        let mut found = Vec::new();
        while !driver.log.aborted_transactions(Offset(from), Offset(end), &mut found).unwrap() {
            driver.settle();
        }
        found.iter().map(|row| row.first_offset).collect::<Vec<_>>()
    };
    assert_eq!(collect(&mut driver, 0, 60), expected);
    assert_eq!(collect(&mut driver, 2, 7), [Offset(2), Offset(6)]);
    driver.log.shrink_loaded(0);
    assert_eq!(collect(&mut driver, 0, 60), expected, "from the files");
    let damaged = directory().join("00000000000000000000.txnindex");
    driver.disk.tamper(&damaged, |bytes| bytes[1] ^= 1);
    driver.log.shrink_loaded(0);
    assert_eq!(collect(&mut driver, 0, 60), expected, "a damaged index is built anew, not taken for empty");
    driver.disk.tamper(&damaged, |bytes| bytes[1] ^= 1);
    let bits = 8 * driver.disk.contents(&damaged).len();
    let in_segment: Vec<Offset> = expected.iter().copied().filter(|offset| offset.0 < 7).collect();
    for bit in 0..bits {
        driver.disk.tamper(&damaged, |bytes| bytes[bit / 8] ^= 1 << (bit % 8));
        driver.log.shrink_loaded(0);
        assert_eq!(collect(&mut driver, 0, 7), in_segment, "bit {bit}");
        driver.disk.tamper(&damaged, |bytes| bytes[bit / 8] ^= 1 << (bit % 8));
    }
    driver.disk.tamper(&damaged, |bytes| bytes[1] ^= 1);
    let mut killed = Driver::open(driver.disk.clone(), request(&config));
    assert_eq!(collect(&mut killed, 0, 60), expected, "built anew");
}

#[test]
fn a_position_that_is_asked_for_during_a_roll_comes_behind_it_and_nothing_counts_as_covered_before() {
    let config = LogConfig { segment_bytes: 20_000, ..LogConfig::default() };
    let mut driver = Driver::new(&config);
    let sent = batch(5, 2_000, 1_000_000);
    driver.append(&sent).unwrap();
    driver.append(&sent).unwrap();
    assert!(driver.log.segment_count() > 1, "the second batch did not fit");
    driver.log.capture_recovery_position(1_000_000);
    let behind = 2 * sent.len() as u64;
    assert_eq!(driver.log.bytes_behind_recovery_position(), behind);
    assert!(driver.log.take_recovery_position().is_none());
    assert!(driver.log.is_capturing_recovery_position());
    driver.settle();
    assert_eq!(driver.log.bytes_behind_recovery_position(), behind, "until it is taken");
    let position = driver.log.take_recovery_position().expect("the roll is complete");
    assert_eq!(position.end_offset, driver.log.log_end_offset());
    assert_eq!(driver.log.bytes_behind_recovery_position(), 0);
    assert!(!driver.log.is_capturing_recovery_position());
    let again = Driver::open(driver.disk.clone(), OpenLog { position: Some(position), ..request(&config) });
    assert_eq!(again.log.recovered_bytes(), 0);
}

#[test]
fn an_own_position_spares_reading_and_is_not_believed_when_it_does_not_fit() {
    let config = LogConfig::default();
    let mut driver = with_space(&config);
    driver.log.capture_recovery_position(1_000_000);
    assert!(driver.log.is_capturing_recovery_position());
    driver.settle();
    let position = driver.log.take_recovery_position().unwrap();
    assert_eq!(decode_file(&position.encode()), std::slice::from_ref(&position));
    driver.append(&batch(5, 100, 1_000_000)).unwrap();
    driver.settle();
    let end = driver.log.log_end_offset();
    let before = driver.read_all(1 << 20);
    let with = |position| OpenLog { position: Some(position), ..request(&config) };
    let mut again = Driver::open(driver.disk.clone(), with(position.clone()));
    assert_eq!(again.log.log_end_offset(), end);
    assert!(again.log.recovered_bytes() < 2_000, "{} bytes read", again.log.recovered_bytes());
    assert_eq!(again.read_all(1 << 20), before);
    let other = |change: &dyn Fn(&mut loglane_storage::RecoveryPosition)| {
        let mut other = position.clone();
        change(&mut other);
        let log = Driver::open(driver.disk.clone(), with(other)).log;
        assert_eq!(log.log_end_offset(), end);
        assert!(log.recovered_bytes() > 3_000_000, "everything was read");
    };
    other(&|position| position.inode += 1);
    other(&|position| position.last_batch.crc ^= 1);
    other(&|position| position.last_batch.epoch = LeaderEpoch(9));
    other(&|position| position.end_offset = position.end_offset.plus(1));
    other(&|position| position.topic_id = TopicId([1; 16]));
}

#[test]
fn a_survivor_behind_a_lost_write_does_not_come_back() {
    let config = LogConfig::default();
    let mut driver = with_space(&config);
    let path = directory().join("00000000000000000000.log");
    let end = driver.log.log_end_offset();
    let bytes_before = driver.log.size_bytes();
    for _ in 0..3 {
        driver.append(&batch(1, 5_000, 1_000_000)).unwrap();
    }
    driver.settle();
    // The first of the three is lost, the others stay.
    let lost = usize::try_from(bytes_before).unwrap();
    driver.disk.tamper(&path, |bytes| bytes[lost..lost + 4_000].fill(0));
    let mut again = Driver::open(driver.disk.clone(), request(&config));
    assert_eq!(again.log.log_end_offset(), end);
    assert_eq!(again.disk.len(&path), lost, "cut behind the last good batch");
    again.append(&batch(1, 5_000, 1_000_000)).unwrap();
    again.settle();
    let third = Driver::open(again.disk.clone(), request(&config));
    assert_eq!(third.log.log_end_offset(), end.plus(1), "only what was appended since");
}

#[test]
fn a_good_batch_with_an_offset_that_is_not_the_next_one_is_no_part_of_the_log() {
    let config = LogConfig::default();
    let mut driver = Driver::new(&config);
    driver.append(&batch(2, 100, 1_000_000)).unwrap();
    driver.settle();
    let path = directory().join("00000000000000000000.log");
    let used = usize::try_from(driver.log.size_bytes()).unwrap();
    let mut stale = BatchBuilder::new().base_offset(Offset(7));
    stale.push(1_000_000, None, Some(b"of another time"), &[]);
    let stale = stale.finish();
    driver.disk.tamper(&path, |bytes| bytes[used..used + stale.len()].copy_from_slice(&stale));
    let log = Driver::open(driver.disk.clone(), request(&config)).log;
    assert_eq!(log.log_end_offset(), Offset(2));
}

#[test]
fn a_snapshot_of_a_state_that_was_lost_is_removed() {
    let config = LogConfig::default();
    let mut driver = Driver::new(&config);
    for sequence in 0..3 {
        let mut builder = BatchBuilder::new().producer(ProducerId(1), 0, sequence);
        builder.push(1_000_000, None, Some(b"value"), &[]);
        driver.append(&builder.finish()).unwrap();
    }
    driver.close();
    let snapshot = directory().join("00000000000000000003.snapshot");
    assert!(driver.disk.exists(&snapshot));
    let path = directory().join("00000000000000000000.log");
    driver.disk.tamper(&path, |bytes| bytes.truncate(bytes.len() - 1));
    let log = Driver::open(driver.disk.clone(), request(&config)).log;
    assert_eq!(log.log_end_offset(), Offset(2));
    assert!(!driver.disk.exists(&snapshot));
    let entry = *log.producers().get(ProducerId(1)).unwrap();
    assert_eq!(entry.last_batch().unwrap().last_sequence, 1);
}

#[test]
fn a_position_behind_a_segment_that_is_not_sealed_yet_is_not_believed() {
    let config = LogConfig { segment_bytes: 60_000, index_interval_bytes: 1, ..LogConfig::default() };
    let mut driver = Driver::new(&config);
    for _ in 0..20 {
        driver.append(&batch(1, 2_000, 1_000_000)).unwrap();
    }
    driver.close();
    // Indexes of the first contents are on disk now. Other contents take their place.
    let clean = OpenLog { clean_shutdown: true, ..request(&config) };
    let mut driver = Driver::open(driver.disk, clean);
    assert!(driver.log.truncate_to(Offset(3)));
    driver.settle();
    for _ in 0..80 {
        driver.append(&batch(1, 700, 1_000_000)).unwrap();
    }
    loop {
        driver.pump();
        match driver.jobs.front() {
            Some(job) if format!("{job:?}").contains("seal") && driver.writes.is_empty() => break,
            Some(job) if !format!("{job:?}").contains("seal") => driver.finish_job(),
            Some(_) | None => driver.finish_write(0),
        }
    }
    // The disk as it is now, with a position that was taken later: a seal that was lost.
    let before = driver.disk.copy();
    driver.settle();
    driver.log.capture_recovery_position(1_000_000);
    let position = driver.log.take_recovery_position().unwrap();
    assert!(position.segment > Offset(0));
    let mut again = Driver::open(before, OpenLog { position: Some(position), ..request(&config) });
    // Backwards, so that every read has to ask the index.
    for at in (0..again.log.flushed_end_offset().0).rev() {
        let bytes = again.read(Offset(at), Offset(at + 1), 1).unwrap();
        assert_eq!(BatchHeader::peek(&bytes).unwrap().base_offset(), Offset(at));
    }
}

#[test]
fn index_rows_of_a_large_segment_stay_bounded() {
    let config = LogConfig { index_interval_bytes: 1, ..LogConfig::default() };
    let mut driver = Driver::new(&config);
    let bytes = batch(1, 1, 1_000_000);
    for _ in 0..100_000 {
        driver.append(&bytes).unwrap();
    }
    driver.settle();
    driver.close();
    let rows = driver.disk.len(&directory().join("00000000000000000000.index")) / 8;
    assert!((16 * 1024..=32 * 1024).contains(&rows), "{rows}");
    let mut again = Driver::open(driver.disk, OpenLog { clean_shutdown: true, ..request(&config) });
    for at in [0, 1, 777, 50_000, 99_998, 99_999] {
        let found = again.read(Offset(at), Offset(at + 1), 1).unwrap();
        assert_eq!(BatchHeader::peek(&found).unwrap().base_offset(), Offset(at));
    }
}

#[test]
fn leftovers_of_kafka_are_completed_or_removed_as_kafka_does() {
    let config = LogConfig { segment_bytes: 10_000, cleanup_compact: true, ..LogConfig::default() };
    let mut driver = Driver::new(&LogConfig { cleanup_compact: false, ..config.clone() });
    for _ in 0..40 {
        driver.append(&batch(1, 1_000, 1_000_000)).unwrap();
    }
    driver.settle();
    let all = driver.read_all(1 << 20);
    driver.close();
    let disk = driver.disk;
    let at = |name: &str| directory().join(name);
    let segments: Vec<_> =
        disk.files().into_iter().filter(|path| path.extension().is_some_and(|kind| kind == "log")).collect();
    // The first two segments were merged and the merger was about to take their place.
    let merged = [disk.contents(&segments[0]), disk.contents(&segments[1])].concat();
    disk.plant(&at("00000000000000000000.log.swap"), &merged);
    disk.plant(&at("00000000000000000000.index.swap"), b"");
    disk.plant(&at("00000000000000000000.timeindex.swap"), b"");
    disk.plant(&at("00000000000000000003.log.deleted"), b"old");
    disk.plant(&at("00000000000000000777.index"), b"");
    let mut again = Driver::open(disk.clone(), request(&config));
    assert_eq!(again.read_all(5_000), all);
    assert_eq!(again.log.segment_count(), segments.len() - 1);
    for gone in
        ["00000000000000000003.log.deleted", "00000000000000000777.index", "00000000000000000000.log.swap"]
    {
        assert!(!disk.exists(&at(gone)), "{gone}");
    }
    assert!(!disk.exists(&segments[1]), "it was merged into the first");
    // A cleaning that had not ended is undone, and a swap that belongs to it.
    disk.plant(&at("00000000000000000000.log.cleaned"), b"half");
    disk.plant(&at("00000000000000000000.log.swap"), b"half");
    let mut third = Driver::open(disk.clone(), request(&config));
    assert_eq!(third.read_all(5_000), all);
    assert!(!disk.exists(&at("00000000000000000000.log.cleaned")));
}

#[test]
fn a_directory_of_another_topic_is_refused() {
    let driver = Driver::new(&LogConfig::default());
    let other = OpenLog { topic_id: TopicId([9; 16]), ..request(&LogConfig::default()) };
    assert_eq!(open(&driver.disk, other).unwrap_err(), OpenError::OtherTopic(world::TOPIC));
    let disk = MemoryDisk::default();
    disk.create_dir_all(&directory()).unwrap();
    disk.plant(&directory().join("partition.metadata"), b"nonsense");
    assert_eq!(open(&disk, request(&LogConfig::default())).unwrap_err(), OpenError::BadMetadata);
}

#[test]
fn random_bytes_as_a_log_are_cut_and_never_panic() {
    for seed in 0..300 {
        let mut random = Random(seed);
        let mut driver = Driver::new(&LogConfig { segment_bytes: 4_000, ..LogConfig::default() });
        for _ in 0..10 {
            driver.append(&batch(1, 700, 1_000_000)).unwrap();
        }
        driver.settle();
        let is_clean = random.one_in(2);
        if is_clean {
            driver.close();
        }
        let disk = driver.disk;
        for path in disk.files() {
            let kind = path.extension().and_then(|kind| kind.to_str()).unwrap_or_default().to_owned();
            if kind == "metadata" || random.one_in(3) {
                continue;
            }
            disk.tamper(&path, |bytes| {
                for _ in 0..=random.below(3) {
                    let len = bytes.len() as u64;
                    match random.below(3) {
                        0 if len > 0 => {
                            bytes[usize::try_from(random.below(len)).unwrap()] ^= 1 << random.below(8)
                        }
                        1 => bytes.truncate(usize::try_from(random.below(len + 1)).unwrap()),
                        _ => bytes.extend((0..random.below(100)).map(|_| random.byte())),
                    }
                }
            });
        }
        let request = OpenLog {
            clean_shutdown: is_clean,
            ..request(&LogConfig { segment_bytes: 4_000, ..LogConfig::default() })
        };
        let mut again = Driver::open(disk, request);
        let (mut at, end) = (again.log.log_start_offset(), again.log.flushed_end_offset());
        while at < end {
            match again.read(at, end, 1 << 20) {
                Ok(bytes) if bytes.is_empty() => break,
                Ok(bytes) => {
                    let last = loglane_storage::batch::Batches::checked(&bytes).last().unwrap().unwrap();
                    at = last.header.last_offset().plus(1);
                }
                Err(ReadError::Corrupt { .. } | ReadError::Disk(_)) => break,
                Err(error) => panic!("seed {seed}: {error:?}"),
            }
        }
        let mut found = Vec::new();
        for _ in 0..10 {
            if again.log.aborted_transactions(Offset(0), end, &mut found) != Ok(false) {
                break;
            }
            again.settle();
        }
        again.append(&batch(1, 10, 1_000_000)).unwrap();
        again.settle();
        again.close();
    }
}

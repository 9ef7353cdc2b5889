use super::*;
use loglane_model::{LeaderEpoch, Offset};
use loglane_ring::sim::World;
use loglane_storage::index::SegmentIndexes;
use loglane_storage::leader_epoch::LeaderEpochs;
use loglane_storage::recovery_position::BatchMark;
use loglane_storage::sums::{Sums, SumsKey};
use loglane_storage::transaction_index::TransactionIndex;
use std::path::PathBuf;
use std::sync::Arc;

const DIR: &str = "/data";

fn disk() -> Arc<dyn FileSystem> {
    let fs = World::new(1).file_system();
    fs.create_dir_all(Path::new(DIR)).unwrap();
    fs
}

fn path(shard: u16) -> PathBuf {
    Path::new(DIR).join(file_name(shard))
}

fn position(partition: i32, end_offset: i64, taken_ms: i64) -> RecoveryPosition {
    let key = SumsKey { topic_id: TopicId([7; 16]), partition: PartitionId(partition) };
    RecoveryPosition {
        topic_id: TopicId([7; 16]),
        partition: PartitionId(partition),
        taken_ms,
        segment: Offset::ZERO,
        inode: 1,
        position: 100,
        end_offset: Offset(end_offset),
        last_batch: BatchMark { position: 20, epoch: LeaderEpoch(0), crc: 5 },
        of_first_batch: None,
        closed_ms: None,
        closed_directory: None,
        epochs: LeaderEpochs::new(),
        producers: Vec::new(),
        indexes: SegmentIndexes::new(Offset::ZERO),
        transactions: TransactionIndex::new(),
        sums: Sums::new(key, Offset::ZERO, 100),
    }
}

fn read_all(fs: &dyn FileSystem, dir: &Path, shard_count: u16) -> io::Result<Vec<ShardFile>> {
    find(fs, dir, &fs.list(dir)?, shard_count)?.settle(fs, dir)
}

fn names(fs: &dyn FileSystem) -> Vec<String> {
    fs.list(Path::new(DIR)).unwrap().into_iter().map(|entry| entry.name).collect()
}

fn ends(file: &ShardFile) -> Vec<(i32, i64)> {
    file.positions.iter().map(|((_, partition), position)| (partition.0, position.end_offset.0)).collect()
}

#[test]
fn entries_reach_the_shards_that_own_the_logs_now() {
    let fs = disk();
    for partition in 0..8 {
        let shard = writer_of((TopicId([7; 16]), PartitionId(partition)), 4).0;
        append(&*fs, &path(shard), &[position(partition, 10 + i64::from(partition), 1)]).unwrap();
    }
    let found = read_all(&*fs, Path::new(DIR), 3).unwrap();
    let mut all = Vec::new();
    for (shard, file) in found.iter().enumerate() {
        let is_home = |log: &LogId| usize::from(writer_of(*log, 3).0) == shard && log.0 == TopicId([7; 16]);
        assert!(file.positions.keys().all(is_home));
        assert_eq!(file.bytes, fs.stat(&path(u16::try_from(shard).unwrap())).unwrap().len);
        all.extend(ends(file));
    }
    all.sort_unstable();
    assert_eq!(all, (0..8).map(|at| (at, 10 + i64::from(at))).collect::<Vec<_>>());
    assert_eq!(names(&*fs), (0..3).map(file_name).collect::<Vec<_>>(), "the fourth shard's file is gone");
    let again = read_all(&*fs, Path::new(DIR), 3).unwrap();
    for (before, after) in found.iter().zip(&again) {
        assert_eq!(before.positions, after.positions, "the files alone say the same");
    }
}

#[test]
fn the_metadata_log_is_shard_0s() {
    let fs = disk();
    let metadata = RecoveryPosition { topic_id: TopicId::METADATA, ..position(0, 5, 1) };
    append(&*fs, &path(3), &[metadata]).unwrap();
    let found = read_all(&*fs, Path::new(DIR), 2).unwrap();
    assert_eq!(ends(&found[0]), [(0, 5)]);
}

#[test]
fn the_last_entry_of_a_file_and_the_newest_of_several_files_count() {
    let fs = disk();
    append(&*fs, &path(0), &[position(0, 10, 50), position(0, 20, 40)]).unwrap();
    append(&*fs, &path(1), &[position(0, 15, 45)]).unwrap();
    let found = read_all(&*fs, Path::new(DIR), 1).unwrap();
    assert_eq!(ends(&found[0]), [(0, 15)]);
}

#[test]
fn what_is_appended_behind_a_torn_end_would_be_lost_so_a_start_cuts_it_off() {
    let fs = disk();
    append(&*fs, &path(0), &[position(0, 10, 1)]).unwrap();
    let file = fs.open(&path(0), OpenMode::Append).unwrap();
    fs.append(&file, &position(1, 11, 2).encode()[..30]).unwrap();
    read_all(&*fs, Path::new(DIR), 1).unwrap();
    append(&*fs, &path(0), &[position(2, 12, 3)]).unwrap();
    let found = read_all(&*fs, Path::new(DIR), 1).unwrap();
    assert_eq!(ends(&found[0]), [(0, 10), (2, 12)]);
}

#[test]
fn a_rewritten_file_has_the_newest_entry_of_each_log_that_is_still_there() {
    let fs = disk();
    let log = |partition| (TopicId([7; 16]), PartitionId(partition));
    append(&*fs, &path(0), &[position(0, 10, 1), position(1, 11, 1), position(2, 12, 1)]).unwrap();
    let live = BTreeSet::from([log(0), log(2), log(3)]);
    let bytes = rewrite(&*fs, &path(0), vec![position(2, 30, 2), position(3, 31, 2)], &live).unwrap();
    let found = read_all(&*fs, Path::new(DIR), 1).unwrap();
    assert_eq!(ends(&found[0]), [(0, 10), (2, 30), (3, 31)]);
    assert_eq!(found[0].bytes, bytes);
}

#[test]
fn a_file_that_was_to_take_the_place_of_another_is_passed_over_and_goes() {
    let fs = disk();
    append(&*fs, &path(0), &[position(0, 10, 1)]).unwrap();
    for shard in [0, 7] {
        let unfinished = Path::new(DIR).join(format!("{}{UNFINISHED_SUFFIX}", file_name(shard)));
        append(&*fs, &unfinished, &[position(0, 20, 2), position(1, 21, 2)]).unwrap();
    }
    let found = read_all(&*fs, Path::new(DIR), 1).unwrap();
    assert_eq!(ends(&found[0]), [(0, 10)]);
    assert_eq!(names(&*fs), [file_name(0)]);
}

#[test]
fn a_start_that_dies_while_it_brings_the_files_in_order_does_not_keep_the_next_one_from_it() {
    // Every change is the last one of some life.
    for calls in 0.. {
        let mut is_done = true;
        for end in [World::kill, World::power_cut] {
            let world = World::new(calls);
            let fs = world.file_system();
            fs.create_dir_all(Path::new(DIR)).unwrap();
            fs.sync_dir(Path::new("/")).unwrap();
            for partition in 0..8 {
                let shard = writer_of((TopicId([7; 16]), PartitionId(partition)), 4).0;
                append(&*fs, &path(shard), &[position(partition, 10 + i64::from(partition), 1)]).unwrap();
            }
            world.stop_disk_after(calls);
            is_done &= read_all(&*fs, Path::new(DIR), 2).is_ok();
            end(&world);
            let found = read_all(&*fs, Path::new(DIR), 2);
            let found = found.unwrap_or_else(|error| panic!("cut off after {calls} changes: {error}"));
            let mut all: Vec<(i32, i64)> = found.iter().flat_map(ends).collect();
            all.sort_unstable();
            assert_eq!(all, (0..8).map(|at| (at, 10 + i64::from(at))).collect::<Vec<_>>(), "{calls} changes");
            assert_eq!(names(&*fs), (0..2).map(file_name).collect::<Vec<_>>(), "{calls} changes");
        }
        if is_done {
            break;
        }
    }
}

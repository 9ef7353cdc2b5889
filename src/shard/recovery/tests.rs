use super::*;

const MIB: u64 = 1 << 20;

fn place(index: u32) -> LogPlace {
    LogPlace::Partition(SlotId { index, generation: 0 })
}

fn positions(shard_count: u16, ahead_mib: &[u64]) -> RecoveryPositions {
    let mut positions = RecoveryPositions::new(Arc::default(), vec![ShardFile::default()], shard_count);
    for (index, mib) in (0..).zip(ahead_mib) {
        positions.set(place(index), Ahead { bytes: mib * MIB, is_capturing: false });
    }
    positions
}

fn chosen(positions: &RecoveryPositions, count: u32) -> Vec<LogPlace> {
    positions.choose((0..count).map(place).chain([LogPlace::Metadata]))
}

#[test]
fn the_logs_that_are_ahead_the_most_are_asked_until_half_is_left() {
    let positions = positions(1, &[1, 9, 2, 9, 3]);
    assert_eq!(chosen(&positions, 5), [place(1), place(3)], "6 of 24 MiB are left");
}

#[test]
fn a_log_whose_position_is_on_its_way_is_not_asked_again() {
    let mut positions = positions(1, &[20, 10, 10]);
    positions.set(place(0), Ahead { bytes: 20 * MIB, is_capturing: true });
    assert_eq!(positions.uncovered_bytes(), 20 * MIB);
    assert_eq!(chosen(&positions, 3), [place(1)]);
    positions.forget(place(0));
    assert_eq!((positions.ahead_bytes, positions.capturing_bytes, positions.capturing), (20 * MIB, 0, 0));
}

#[test]
fn the_metadata_log_counts_as_any_other() {
    let mut positions = positions(1, &[5]);
    positions.set(LogPlace::Metadata, Ahead { bytes: 30 * MIB, is_capturing: false });
    assert_eq!(chosen(&positions, 1), [LogPlace::Metadata]);
}

#[test]
fn appends_wait_for_positions_on_their_way_but_never_for_nothing() {
    let mut positions = positions(2, &[20, 10]);
    assert!(!positions.must_wait(), "over the shard's share of 24 MiB, and nothing is on its way");
    positions.set(place(0), Ahead { bytes: 20 * MIB, is_capturing: true });
    assert!(positions.must_wait());
    positions.set(place(0), Ahead { bytes: MIB, is_capturing: false });
    assert!(!positions.must_wait());
    let file = &mut positions.files[0];
    (file.is_writing, file.writing_bytes) = (true, 14 * MIB);
    assert!(positions.must_wait(), "what is being written does not count as written");
}

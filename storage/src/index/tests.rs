use super::*;

fn rows(rows: &[(i64, u32)]) -> OffsetIndex {
    let mut index = OffsetIndex::new(Offset(100));
    for &(offset, position) in rows {
        index.append(Offset(offset), position);
    }
    index
}

#[test]
fn a_lookup_finds_the_row_at_or_before_the_offset() {
    let index = rows(&[(110, 500), (130, 900)]);
    let found = |target| (index.lookup(Offset(target)).offset.0, index.lookup(Offset(target)).position);
    assert_eq!(found(90), (100, 0));
    assert_eq!(found(109), (100, 0));
    assert_eq!(found(110), (110, 500));
    assert_eq!(found(129), (110, 500));
    assert_eq!(found(i64::MAX), (130, 900));
}

#[test]
fn the_time_index_keeps_only_what_rises() {
    let mut index = TimeIndex::new(Offset(100));
    index.append(-1, Offset(100));
    assert!(index.is_empty(), "a batch without a time says nothing");
    for (timestamp, offset) in [(50, 110), (50, 120), (40, 130), (60, 130)] {
        index.append(timestamp, Offset(offset));
    }
    let rows: Vec<(i64, i64)> = index.rows().map(|row| (row.timestamp, row.offset.0)).collect();
    assert_eq!(rows, [(50, 110), (60, 130)]);
    assert_eq!(index.lookup(49), None);
    assert_eq!(index.lookup(59).map(|row| row.offset), Some(Offset(110)));
    assert_eq!(index.lookup(i64::MAX).map(|row| row.offset), Some(Offset(130)));
}

#[test]
fn a_cut_forgets_what_is_at_or_behind_the_new_end() {
    let mut index = rows(&[(110, 500), (130, 900), (150, 1300)]);
    index.truncate_to(Offset(131));
    assert_eq!(index.last(), Some(OffsetRow { offset: Offset(130), position: 900 }));
    index.truncate_to(Offset(130));
    assert_eq!(index.len(), 1);
    index.truncate_to(Offset(0));
    assert!(index.is_empty());
}

#[test]
fn files_that_are_no_index_are_refused() {
    let good = rows(&[(110, 500), (130, 900)]).encode();
    assert_eq!(OffsetIndex::decode(&good, Offset(100), 1000), Ok(rows(&[(110, 500), (130, 900)])));
    assert_eq!(OffsetIndex::decode(&good[..15], Offset(100), 1000), Err(BadIndex::Length));
    assert_eq!(OffsetIndex::decode(&good, Offset(100), 900), Err(BadIndex::Row(1)), "past the segment");
    let preallocated = [&good[..], &[0; 16]].concat();
    assert_eq!(OffsetIndex::decode(&preallocated, Offset(100), 1000), Err(BadIndex::Row(2)));
    assert_eq!(OffsetIndex::decode(&[0; 8], Offset(100), 1000), Err(BadIndex::Row(0)));
    let reversed = [&good[8..], &good[..8]].concat();
    assert_eq!(OffsetIndex::decode(&reversed, Offset(100), 1000), Err(BadIndex::Row(1)));
    let negative = [0xff, 0xff, 0xff, 0xff, 0, 0, 0, 9];
    assert_eq!(OffsetIndex::decode(&negative, Offset(100), 1000), Err(BadIndex::Row(0)));
    assert!(OffsetIndex::decode(&[], Offset(100), 0).is_ok_and(|index| index.is_empty()));

    let mut times = TimeIndex::new(Offset(100));
    times.append(5, Offset(110));
    times.append(9, Offset(120));
    let good = times.encode();
    assert_eq!(TimeIndex::decode(&good, Offset(100)), Ok(times));
    assert_eq!(TimeIndex::decode(&good[..13], Offset(100)), Err(BadIndex::Length));
    assert_eq!(TimeIndex::decode(&[&good[..], &[0; 12]].concat(), Offset(100)), Err(BadIndex::Row(2)));
    assert_eq!(TimeIndex::decode(&[0xff; 12], Offset(100)), Err(BadIndex::Row(0)));
}

#[test]
fn a_row_is_due_once_more_than_the_interval_lies_behind_the_last() {
    let mut indexes = SegmentIndexes::new(Offset(0));
    let mut append = |last_offset: i64, position, timestamp| {
        indexes.on_append(Offset(last_offset), position, 100, timestamp, 200);
        indexes.offsets.len()
    };
    assert_eq!(append(9, 0, 7), 0);
    assert_eq!(append(19, 100, 3), 0);
    assert_eq!(append(29, 200, 5), 0, "200 bytes are not more than 200");
    assert_eq!(append(39, 300, 6), 1);
    assert_eq!(append(49, 400, 9), 1);
    assert_eq!(indexes.offsets.last(), Some(OffsetRow { offset: Offset(39), position: 300 }));
    assert_eq!(indexes.times.last(), Some(TimeRow { timestamp: 7, offset: Offset(9) }));
    assert_eq!(indexes.newest(), Some(TimeRow { timestamp: 9, offset: Offset(49) }));
    indexes.finish();
    assert_eq!(indexes.times.last(), indexes.newest());
    let resumed = SegmentIndexes::resume(indexes.offsets.clone(), indexes.times.clone(), 100);
    assert_eq!(resumed.newest(), indexes.newest());
}

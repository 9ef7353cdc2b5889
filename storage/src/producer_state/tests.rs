//! The rules that are ours or newer than the reference; all others are held against Kafka's own class in
//! `tests/producer_state.rs`.

use super::*;
use crate::producer_snapshot;
use crate::random::Random;

const CLIENT: Origin = Origin::Client { produce_version: 12 };
const LIMITS: ProducerLimits = ProducerLimits { expiration_ms: 1000, count_max: 8 };

fn batch(id: i64, epoch: i16, base_sequence: i32, count: i32) -> ProducerBatch {
    ProducerBatch {
        producer_id: ProducerId(id),
        producer_epoch: epoch,
        base_sequence,
        last_offset_delta: count - 1,
        max_timestamp: 5,
        is_transactional: false,
    }
}

fn transactional(id: i64, epoch: i16, base_sequence: i32, count: i32) -> ProducerBatch {
    ProducerBatch { is_transactional: true, ..batch(id, epoch, base_sequence, count) }
}

fn at(log_end_offset: i64) -> CheckContext {
    CheckContext { origin: CLIENT, log_end_offset: Offset(log_end_offset), verification: None }
}

#[test]
fn the_first_batch_of_a_partition_that_never_held_one_must_be_the_producer_s_first() {
    let states = ProducerStates::new(LIMITS);
    let overtaking = batch(1, 0, 17, 5);
    let refusal = ProducerRefusal::OutOfOrderSequence { base_sequence: 17, expected: 0 };
    assert_eq!(states.check(&overtaking, &at(0)), Err(refusal));
    assert_eq!(states.check(&batch(1, 0, 0, 17), &at(0)), Ok(Verdict::Append));
    assert_eq!(states.check(&overtaking, &at(1)), Ok(Verdict::Append), "its state may have been lost");
    let coordinator = CheckContext { origin: Origin::Coordinator, ..at(0) };
    assert_eq!(states.check(&overtaking, &coordinator), Ok(Verdict::Append));
}

#[test]
fn sequences_go_on_behind_the_largest_at_zero() {
    let mut states = ProducerStates::new(LIMITS);
    let wrapping = batch(1, 0, i32::MAX - 1, 4);
    assert_eq!(wrapping.last_sequence(), 1);
    states.append(&wrapping, Offset(100), 0);
    let duplicate = states.check(&wrapping, &at(104)).unwrap();
    let Verdict::Duplicate(original) = duplicate else { panic!("{duplicate:?}") };
    assert_eq!((original.base_offset(), original.base_sequence()), (Offset(100), i32::MAX - 1));
    assert_eq!(states.check(&batch(1, 0, 2, 1), &at(104)), Ok(Verdict::Append));
}

#[test]
fn a_producer_is_forgotten_once_it_was_silent_for_too_long_but_not_inside_a_transaction() {
    let mut states = ProducerStates::new(LIMITS);
    states.append(&batch(1, 0, 0, 1), Offset(0), 100);
    states.append(&transactional(2, 0, 0, 1), Offset(1), 100);
    states.append(&batch(3, 0, 0, 1), Offset(2), 600);
    assert_eq!(states.remove_expired(1099), 0);
    assert_eq!(states.remove_expired(1100), 1);
    assert!(states.get(ProducerId(1)).is_none());
    assert_eq!(states.remove_expired(i64::MAX), 1);
    assert!(states.has_open_transaction(ProducerId(2), 0) && !states.has_open_transaction(ProducerId(2), 1));
    assert_eq!(states.oldest_open_transaction_seen_at_ms(), Some(100));
}

#[test]
fn too_many_producers_push_out_those_that_wrote_longest_ago() {
    let mut states = ProducerStates::new(LIMITS);
    states.append(&transactional(100, 0, 0, 1), Offset(0), 0);
    for id in 1..=8 {
        states.append(&batch(id, 0, 0, 1), Offset(id), 0);
    }
    let left: Vec<i64> = states.iter().map(|(id, _)| id.0).collect();
    assert_eq!(left, [3, 4, 5, 6, 7, 8, 100], "an eighth of the limit is made free");
    states.append(&batch(3, 0, 1, 1), Offset(20), 0);
    for id in 9..=10 {
        states.append(&batch(id, 0, 0, 1), Offset(20 + id), 0);
    }
    let left: Vec<i64> = states.iter().map(|(id, _)| id.0).collect();
    assert_eq!(left, [3, 6, 7, 8, 9, 10, 100]);
}

#[test]
fn open_transactions_are_kept_beyond_every_limit() {
    let mut states = ProducerStates::new(LIMITS);
    for id in 0..20 {
        states.append(&transactional(id, 0, 0, 1), Offset(id), 0);
    }
    assert_eq!(states.len(), 20);
    assert_eq!(states.first_unstable_offset(), Some(Offset(0)));
}

#[test]
fn a_transaction_stays_unstable_until_its_marker_is_below_the_high_watermark() {
    let mut states = ProducerStates::new(LIMITS);
    states.append(&transactional(1, 0, 0, 2), Offset(10), 0);
    states.append(&transactional(2, 0, 0, 2), Offset(12), 0);
    let marker = EndMarker { committed: true, coordinator_epoch: 1 };
    let ended = states.append_marker(&transactional(1, 0, -1, 1), marker, Offset(14), 0).unwrap();
    assert_eq!((ended.first_offset, ended.last_stable_offset), (Offset(10), Offset(12)));
    assert_eq!(
        (states.first_unstable_offset(), states.first_undecided_offset()),
        (Some(Offset(10)), Some(Offset(12)))
    );
    states.on_high_watermark(Offset(14));
    assert_eq!(states.first_unstable_offset(), Some(Offset(10)), "the marker itself is not below it");
    states.on_high_watermark(Offset(15));
    assert_eq!(states.first_unstable_offset(), Some(Offset(12)));
    states.append_marker(&transactional(2, 0, -1, 1), marker, Offset(15), 0).unwrap();
    states.on_log_start(Offset(16));
    assert_eq!(states.first_unstable_offset(), None);
}

#[test]
fn a_log_that_no_leader_would_have_written_is_replayed_without_a_panic() {
    for seed in 0..200 {
        let mut random = Random::new(seed);
        let mut states = ProducerStates::new(LIMITS);
        let mut offset = 0;
        for _ in 0..200 {
            let id = i64::try_from(random.below(12)).unwrap();
            let epoch = i16::try_from(random.below(4)).unwrap() - 1;
            let sequence = i32::from_be_bytes([random.byte(), random.byte(), random.byte(), random.byte()]);
            let count = 1 + i32::try_from(random.below(5)).unwrap();
            let data = if random.below(2) == 0 {
                batch(id, epoch, sequence, count)
            } else {
                transactional(id, epoch, sequence, count)
            };
            if random.below(3) == 0 {
                let marker = EndMarker { committed: random.below(2) == 0, coordinator_epoch: sequence };
                states.append_marker(&data, marker, Offset(offset), 0);
                offset += 1;
            } else {
                let _ = states.check(&data, &at(offset));
                states.append(&data, Offset(offset), 0);
                offset += i64::from(count);
            }
            if random.below(10) == 0 {
                let file = producer_snapshot::encode(&states.to_snapshot());
                let entries = producer_snapshot::decode(&file).unwrap();
                let reloaded = ProducerStates::from_snapshot(&entries, LIMITS, 0);
                assert_eq!(reloaded.first_undecided_offset(), states.first_undecided_offset(), "seed {seed}");
                states = reloaded;
            }
        }
    }
}

#[test]
fn a_snapshot_with_entries_that_contradict_each_other_does_no_harm() {
    let entry = |id, open: i64| SnapshotEntry {
        producer_id: ProducerId(id),
        producer_epoch: 0,
        last_sequence: i32::MIN,
        last_offset: i64::MAX,
        offset_delta: i32::MIN,
        timestamp: i64::MIN,
        coordinator_epoch: -1,
        open_transaction: Some(Offset(open)),
    };
    for entries in [
        vec![entry(1, 5), entry(2, 5)],
        vec![entry(1, 5), entry(2, 5), entry(1, 6), entry(-7, 9)],
        vec![entry(3, 10)],
    ] {
        let mut states = ProducerStates::from_snapshot(&entries, LIMITS, 0);
        states.append(&transactional(4, 0, 0, 1), Offset(10), 0);
        let marker = EndMarker { committed: false, coordinator_epoch: 1 };
        for id in [1, 2, 3, 4] {
            states.append_marker(&transactional(id, 0, -1, 1), marker, Offset(11), 0);
        }
        let _ = states.to_snapshot();
        let _ = states.check(&batch(1, 0, 0, 1), &at(12));
    }
}

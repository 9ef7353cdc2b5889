//! Batches that unpack to a gibibyte, in a data directory before the start: what looks into them then must not hold
//! what comes out, and says which one it was.

use crate::BINARY;
use crate::absurd::{commit, commit_code, coordinator};
use crate::bombs::bombs;
use crate::target::Target;
use harness::client::FetchFrom;
use harness::record::split_batch;
use harness::{Broker, Kind, LONG, Peer, Scratch, wait_until};
use std::fs;
use std::path::{Path, PathBuf};

/// What may come out of a batch, the buffer that was too small for it, the batch itself, and what reads it.
const PEAK_BYTES_MAX: u64 = (64 + 32 + 40 + 24) << 20;

/// Kafka's NOT_COORDINATOR.
const NOT_COORDINATOR: i16 = 16;

/// Puts a batch behind the last one of a partition's first segment, as if it had been appended there.
fn plant(partition: &Path, batch: &[u8]) {
    let segment = partition.join("00000000000000000000.log");
    let mut bytes = fs::read(&segment).expect("the segment is there");
    let (mut position, mut next_offset) = (0, 0);
    while let Some((last, _)) = split_batch(&bytes[position..]) {
        let field = |at: usize| last[at..].first_chunk().copied().expect("a whole batch");
        let delta = i32::from_be_bytes(last[23..].first_chunk().copied().expect("a whole batch"));
        next_offset = i64::from_be_bytes(field(0)) + i64::from(delta) + 1;
        position += last.len();
    }
    assert!(next_offset > 0, "something is there before");
    // Behind it are zeros, if anything.
    bytes.truncate(position);
    bytes.extend_from_slice(batch);
    // Neither field is covered by the checksum.
    bytes[position..position + 8].copy_from_slice(&next_offset.to_be_bytes());
    bytes[position + 12..position + 16].copy_from_slice(&[0; 4]);
    fs::write(&segment, bytes).expect("the segment can be written");
}

#[test]
fn a_planted_bomb_among_committed_offsets_costs_its_groups_and_nothing_else() {
    let _alone = crate::alone();
    for (codec, bomb) in bombs() {
        let mut target = Target::new("planted");
        if !target.broker.is_loglane() {
            harness::skip("a Kafka unpacks what it finds there, whatever comes out");
            return;
        }
        coordinator(&target);
        let before = target.broker.process().resident_bytes();
        target.broker.kill();
        plant(&target.broker.data().join("__consumer_offsets-0"), &bomb);
        target.broker.start();
        let line = "unpacks to more than";
        wait_until("the bomb to be found", LONG, || {
            target.broker.process().log().contains(line).then_some(())
        });
        let peak = target.broker.process().peak_resident_bytes();
        assert!(
            peak <= before + PEAK_BYTES_MAX,
            "{codec}: {} MiB at most, {} before",
            peak >> 20,
            before >> 20
        );
        let log = target.broker.process().log();
        let told =
            "the groups of a partition of __consumer_offsets cannot be understood: they are not served";
        assert!(log.contains(told) && log.contains("the batch at offset "), "{codec}: {log}");
        target.witness = target.broker.client();
        let (api, body) = commit("mine", "first");
        let answer = target.witness.connection.call(api, &body).expect("an answer");
        assert_eq!(commit_code(answer), NOT_COORDINATOR, "{codec}");
        target.witness.await_leaders("kept", 1).expect("the topic is there");
        assert_eq!(target.witness.fetch(&FetchFrom::now("kept", 0, 0)).expect("an answer").code, 0);
        target.broker.stop();
    }
}

#[test]
fn a_planted_bomb_in_a_kafkas_directory_keeps_it_from_being_taken_over() {
    let Some(peer) = Peer::or_skip() else { return };
    let _alone = crate::alone();
    let scratch = Scratch::new("planted-kafka");
    let mut kafka = Broker::new(Kind::Kafka(peer), scratch.path());
    kafka.set_combined();
    kafka.set("offsets.topic.num.partitions", "1");
    let mut target = Target::of(scratch, kafka, &[]);
    coordinator(&target);
    target.broker.stop();
    let (codec, bomb) = bombs().swap_remove(2);
    assert_eq!(codec, "zstd");
    plant(&target.broker.data().join("__consumer_offsets-0"), &bomb);
    let mut loglane = target.broker.taken_over_by(Kind::Loglane(PathBuf::from(BINARY)));
    loglane.start_once();
    let status = loglane.process_mut().wait(LONG);
    let log = loglane.process().log();
    assert!(!status.success(), "{log}");
    let cause = "a batch in __consumer_offsets-0 unpacks to more than 64 MiB";
    assert!(log.contains("error[cannot-take-over]") && log.contains(cause), "{log}");
}

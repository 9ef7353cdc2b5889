//! Producer state held against Kafka's own: `data/producer-state/*.txt` is what Kafka's class answered to random
//! batches and markers (`data/Transcript.java` wrote it), and ours must answer the same.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use loglane_model::{Offset, ProducerId};
use loglane_storage::control::EndMarker;
use loglane_storage::producer_snapshot;
use loglane_storage::producer_state::{
    CheckContext, ProducerBatch, ProducerLimits, ProducerRefusal, ProducerStates, Verdict, Verification,
};
use loglane_storage::validate::Origin;
use std::fs;
use std::path::Path;

const LIMITS: ProducerLimits = ProducerLimits { expiration_ms: i64::MAX, count_max: 1000 };

fn number<T: std::str::FromStr>(word: &str) -> T {
    word.parse().ok().unwrap_or_else(|| panic!("{word} is no number"))
}

/// The name of the exception that stands for a refusal.
fn exception(refusal: ProducerRefusal) -> String {
    match refusal {
        ProducerRefusal::StaleEpoch { .. } => "InvalidProducerEpochException",
        ProducerRefusal::OutOfOrderSequence { .. } => "OutOfOrderSequenceException",
        ProducerRefusal::TransactionOpen => "InvalidTxnStateException",
        ProducerRefusal::StaleCoordinator { .. } => "TransactionCoordinatorFencedException",
    }
    .to_owned()
}

/// `data ID EPOCH SEQUENCE COUNT TRANSACTIONAL ORIGIN VERIFICATION at OFFSET TIMESTAMP`
fn data(states: &mut ProducerStates, words: &[&str]) -> String {
    let [id, epoch, sequence, count, transactional, origin, verification, "at", offset, timestamp] = words
    else {
        panic!("{words:?}");
    };
    let batch = ProducerBatch {
        producer_id: ProducerId(number(id)),
        producer_epoch: number(epoch),
        base_sequence: number(sequence),
        last_offset_delta: number::<i32>(count) - 1,
        max_timestamp: number(timestamp),
        is_transactional: *transactional == "1",
    };
    let verification = (*verification != "-").then(|| Verification {
        lowest_sequence: number(verification.trim_end_matches('+')),
        supports_epoch_bump: verification.ends_with('+'),
    });
    let client = Origin::Client { produce_version: 12 };
    let origin = if *origin == "client" { client } else { Origin::Coordinator };
    let log_end_offset = Offset(number(offset));
    match states.check(&batch, &CheckContext { origin, log_end_offset, verification }) {
        Ok(Verdict::Append) => {
            states.append(&batch, log_end_offset, 0);
            "append".to_owned()
        }
        Ok(Verdict::Duplicate(original)) => format!("duplicate {}", original.base_offset()),
        Err(refusal) => exception(refusal),
    }
}

/// `marker ID EPOCH COORDINATOR commit|abort VERSION at OFFSET TIMESTAMP`
fn marker(states: &mut ProducerStates, words: &[&str]) -> String {
    let [id, epoch, coordinator_epoch, decision, version, "at", offset, timestamp] = words else {
        panic!("{words:?}");
    };
    let batch = ProducerBatch {
        producer_id: ProducerId(number(id)),
        producer_epoch: number(epoch),
        base_sequence: -1,
        last_offset_delta: 0,
        max_timestamp: number(timestamp),
        is_transactional: true,
    };
    let marker = EndMarker { committed: *decision == "commit", coordinator_epoch: number(coordinator_epoch) };
    let (id, epoch) = (batch.producer_id, batch.producer_epoch);
    if let Err(refusal) = states.check_marker(id, epoch, marker.coordinator_epoch, number(version)) {
        return exception(refusal);
    }
    match states.append_marker(&batch, marker, Offset(number(offset)), 0) {
        None => "nothing".to_owned(),
        Some(ended) => {
            let decision = if ended.is_aborted { "abort" } else { "commit" };
            format!(
                "ended {} {} {decision} {}",
                ended.first_offset, ended.last_offset, ended.last_stable_offset
            )
        }
    }
}

/// `state ID EPOCH COORDINATOR TIMESTAMP OPEN : BATCHES`, for every producer.
fn describe(states: &ProducerStates) -> Vec<String> {
    let one = |(id, entry): (ProducerId, &loglane_storage::producer_state::ProducerEntry)| {
        let open = entry.open_transaction.map_or("-".to_owned(), |offset| offset.to_string());
        let (epoch, coordinator, timestamp) =
            (entry.producer_epoch, entry.coordinator_epoch, entry.last_timestamp);
        let mut line = format!("state {} {epoch} {coordinator} {timestamp} {open} :", id.0);
        for batch in entry.batches() {
            let (first, last) = (batch.base_sequence(), batch.last_sequence);
            line += &format!(" {first}-{last}@{}-{}", batch.base_offset(), batch.last_offset);
        }
        line
    };
    states.iter().map(one).collect()
}

#[test]
fn every_answer_is_that_of_kafka() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/producer-state");
    let mut answers = 0;
    for file in fs::read_dir(dir).unwrap() {
        let path = file.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        let mut states = ProducerStates::new(LIMITS);
        let mut expected_states: Vec<&str> = Vec::new();
        for (at, line) in text.lines().chain(["end"]).enumerate() {
            if line.starts_with("state ") {
                expected_states.push(line);
                continue;
            }
            if !expected_states.is_empty() {
                assert_eq!(describe(&states), expected_states, "{} before line {}", path.display(), at + 1);
                expected_states.clear();
            }
            let Some((question, expected)) = line.split_once(" ->") else { continue };
            let words: Vec<&str> = question.split(' ').collect();
            let answer = match words[0] {
                "data" => data(&mut states, &words[1..]) + " ",
                "marker" => marker(&mut states, &words[1..]) + " ",
                "high-watermark" => {
                    states.on_high_watermark(Offset(number(words[1])));
                    String::new()
                }
                "reload" => {
                    states.on_high_watermark(Offset(number(words[1])));
                    let file = producer_snapshot::encode(&states.to_snapshot());
                    states =
                        ProducerStates::from_snapshot(&producer_snapshot::decode(&file).unwrap(), LIMITS, 0);
                    String::new()
                }
                other => panic!("{other}"),
            };
            let unstable = states.first_unstable_offset().map_or("-".to_owned(), |offset| offset.to_string());
            assert_eq!(
                format!("{answer}unstable={unstable}"),
                expected.trim(),
                "{} line {}: {question}",
                path.display(),
                at + 1
            );
            answers += 1;
        }
    }
    assert!(answers >= 1600, "{answers} answers were compared");
}

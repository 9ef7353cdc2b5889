//! Leader epochs held against Kafka's own: `data/leader-epochs/*.txt` is what Kafka's class answered at random
//! (`data/EpochTranscript.java` wrote it), and ours must answer the same and hold the same entries.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use loglane_model::{LeaderEpoch, Offset};
use loglane_storage::leader_epoch::LeaderEpochs;
use std::fs;
use std::path::Path;

fn offset(word: &str) -> Offset {
    Offset(word.parse().unwrap())
}

fn epoch(word: &str) -> LeaderEpoch {
    LeaderEpoch(word.parse().unwrap())
}

fn answer(epochs: &mut LeaderEpochs, question: &str) -> Option<String> {
    let words: Vec<&str> = question.split(' ').collect();
    match words[..] {
        ["assign", number, at] => {
            epochs.assign(epoch(number), offset(at));
            None
        }
        ["cut-end", end] => {
            epochs.truncate_from_end(offset(end));
            None
        }
        ["cut-start", start] => {
            epochs.truncate_from_start(offset(start));
            None
        }
        ["epoch-at", at] => {
            Some(epochs.epoch_at(offset(at)).map_or("-".to_owned(), |found| found.0.to_string()))
        }
        ["end-of", number, "with", log_end] => {
            let found = epochs.end_offset_for(epoch(number), offset(log_end));
            Some(found.map_or("-1 -1".to_owned(), |end| format!("{} {}", end.epoch.0, end.end_offset)))
        }
        _ => panic!("{question}"),
    }
}

#[test]
fn every_answer_is_that_of_kafka() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/leader-epochs");
    let mut answers = 0;
    for file in fs::read_dir(dir).unwrap() {
        let path = file.unwrap().path();
        let mut epochs = LeaderEpochs::new();
        for (at, line) in fs::read_to_string(&path).unwrap().lines().enumerate() {
            let (exchange, entries) = line.split_once(" |").unwrap();
            let (question, expected) = exchange.split_once(" -> ").unwrap_or((exchange, ""));
            let place = format!("{} line {}: {question}", path.display(), at + 1);
            assert_eq!(answer(&mut epochs, question).unwrap_or_default(), expected, "{place}");
            let ours: Vec<String> = epochs
                .entries()
                .iter()
                .map(|entry| format!("{}@{}", entry.epoch.0, entry.start_offset))
                .collect();
            assert_eq!(ours.join(" "), entries.trim(), "{place}");
            assert_eq!(LeaderEpochs::decode(&epochs.encode()), Ok(epochs.clone()), "{place}");
            answers += 1;
        }
    }
    assert!(answers >= 400, "{answers} answers were compared");
}

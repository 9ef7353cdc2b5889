//! Kafka's own shell tools, with the flags that people type: each command line of the scripts in this folder, run
//! against this broker and against a real Kafka, prints the same. How a script is written is told in `script.rs`.
#![forbid(unsafe_code)]

mod plain;
mod script;
mod side;

use harness::{Kind, Peer, Scratch};
use script::{Effect, Step};
use side::Side;
use std::io::Write as _;
use std::time::{Duration, Instant};

/// In this order; each goes on with what the one before it has left.
const SCRIPTS: &[(&str, &str)] = &[
    ("topics", include_str!("topics.txt")),
    ("records", include_str!("records.txt")),
    ("configs", include_str!("configs.txt")),
    ("groups", include_str!("groups.txt")),
    ("cluster", include_str!("cluster.txt")),
    ("files", include_str!("files.txt")),
];

/// The APIs that are not here yet. The conversations with a real Kafka keep the list true.
const MISSING: &str = include_str!("../conversation/missing.txt");

/// How long both sides may take to agree: a Kafka learns of some changes after they were answered.
const AGREE_WITHIN: Duration = Duration::from_secs(60);

#[test]
fn every_tool_prints_what_it_prints_for_a_real_kafka() {
    let Some(peer) = Peer::or_skip() else { return };
    let scratch = Scratch::new("tools");
    let binary = env!("CARGO_BIN_EXE_loglane");
    let (here, kafka) = std::thread::scope(|scope| {
        let kafka = scope.spawn(|| Side::start(Kind::Kafka(peer.clone()), &peer, &scratch.join("kafka")));
        let here = Side::under_test(binary, &peer, &scratch.join("here"));
        (here, kafka.join().expect("a Kafka that starts"))
    });
    let mut both = Both { here, kafka, differences: Vec::new(), absent: Vec::new(), steps: 0 };
    for (name, text) in SCRIPTS {
        both.run(name, text);
    }
    both.tell();
}

/// The broker under test, a real Kafka, and what was found.
struct Both {
    here: Side,
    kafka: Side,
    differences: Vec<String>,
    /// What is missing, and for which command.
    absent: Vec<(String, String)>,
    steps: usize,
}

impl Both {
    fn run(&mut self, name: &str, text: &str) {
        let only = std::env::var("ONLY").ok();
        let start = Instant::now();
        for step in script::steps(text).unwrap_or_else(|error| panic!("{name}.txt: {error}")) {
            if only.as_ref().is_none_or(|only| only.split(',').any(|one| one == name)) {
                self.step(name, &step);
            }
        }
        eprintln!("{name}: {:.1} s", start.elapsed().as_secs_f32());
    }

    fn step(&mut self, script: &str, step: &Step) {
        self.steps += 1;
        let missing = self.here.missing(&step.needs);
        let is_listed = |name: &&String| MISSING.lines().any(|line| line.starts_with(&format!("{name} (")));
        if let Some(lost) = missing.iter().find(|name| !is_listed(name)) {
            let what = format!("{lost} is not announced, and not in the list of what is not there yet");
            self.differences.push(format!("{script}.txt: {}\n  {what}", step.command()));
        }
        let start = Instant::now();
        // Who has failed need not be patient any more.
        let patience = if self.differences.is_empty() { AGREE_WITHIN } else { Duration::from_secs(1) };
        loop {
            let (here, kafka) = std::thread::scope(|scope| {
                let kafka = scope.spawn(|| self.kafka.run(step));
                (self.here.run(step), kafka.join().expect("a tool ends"))
            });
            let difference = step.difference(&here, &kafka);
            match (&difference, missing.is_empty()) {
                (Some(_), true) if step.effect == Effect::Asks && start.elapsed() < patience => continue,
                (Some(difference), true) => {
                    self.differences.push(format!("{script}.txt: {}\n{difference}", step.command()));
                }
                (None, true) => {}
                (None, false) if !step.effect.is_told() => {}
                // What a Kafka has not learned of yet looks just as what is not there.
                (None, false) if step.effect == Effect::Asks && start.elapsed() < patience => continue,
                (Some(_), false) => {
                    let command = format!("{script}.txt: {}", step.command());
                    self.absent.push((missing.join(", "), command));
                }
                (None, false) => self.differences.push(format!(
                    "{script}.txt: {}\n  works without {}: it does not need that",
                    step.command(),
                    missing.join(", ")
                )),
            }
            if std::env::var_os("SHOW").is_some() {
                let shown = kafka[..kafka.len().min(14)].join("\n");
                eprintln!("{}  [{:.1} s]\n{shown}", step.command(), start.elapsed().as_secs_f32());
            }
            return;
        }
    }

    fn tell(self) {
        let mut lines = format!("{} commands, {} of them not there yet\n", self.steps, self.absent.len());
        for (missing, command) in &self.absent {
            lines.push_str(&format!("not there yet, for want of {missing}: {command}\n"));
        }
        // Not `eprintln!`: the test runner would keep that to itself.
        std::io::stderr().write_all(lines.as_bytes()).expect("standard error takes lines");
        let differences = self.differences;
        assert!(differences.is_empty(), "{} differences:\n{}", differences.len(), differences.join("\n"));
    }
}

//! Runs the scenarios of `testdata/*.txt` and compares the full output.
//!
//! A scenario is a block of commands, a line `----`, and what came of them; blank lines separate blocks. The state
//! goes on from block to block; `lead` begins a new leadership. `UPDATE=1` writes the output into the files.

#![allow(clippy::unwrap_used, reason = "a scenario that cannot be read stops the test")]

use loglane_model::{BrokerId, Instant, LeaderEpoch, Offset};
use loglane_replication::{FollowerFetch, LeaderProgress, LeaderStart, Leadership};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

#[test]
fn the_leaders_scenarios_come_out_as_written() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata");
    let mut files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty(), "no scenarios in {}", folder.display());
    for file in files {
        let written = std::fs::read_to_string(&file).unwrap();
        let came = run(&written);
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&file, came).unwrap();
        } else {
            assert_eq!(came, written, "{}: run with UPDATE=1 and read the difference", file.display());
        }
    }
}

fn run(text: &str) -> String {
    let mut leader = None;
    let mut out = String::new();
    for block in text.split("\n\n") {
        let block = block.trim_matches('\n');
        let commands = block.split("----").next().unwrap();
        out.push_str(commands);
        if commands.lines().all(|line| line.starts_with('#') || line.is_empty()) {
            out.push_str("\n\n");
            continue;
        }
        out.push_str("----\n");
        for line in commands.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
            writeln!(out, "{}", command(&mut leader, line)).unwrap();
        }
        out.push('\n');
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

struct Arguments<'a>(BTreeMap<&'a str, &'a str>);

impl Arguments<'_> {
    fn number(&self, name: &str) -> Option<i64> {
        self.0.get(name).map(|text| text.parse().expect(name))
    }
    fn offset(&self, name: &str) -> Offset {
        Offset(self.number(name).unwrap_or(0))
    }
    fn brokers(&self, name: &str) -> Vec<BrokerId> {
        self.0[name].split(',').map(|id| BrokerId(id.parse().unwrap())).collect()
    }
    fn ms(&self, name: &str) -> Duration {
        Duration::from_millis(u64::try_from(self.number(name).unwrap_or(0)).unwrap())
    }
    fn now(&self) -> Instant {
        Instant(0).after(self.ms("at"))
    }
}

fn command(leader: &mut Option<LeaderProgress>, line: &str) -> String {
    let mut words = line.split_whitespace();
    let verb = words.next().unwrap();
    let arguments = Arguments(words.map(|word| word.split_once('=').expect(word)).collect());
    if verb == "lead" {
        *leader = Some(lead(&arguments));
        return state(leader.as_ref().unwrap());
    }
    let leader = leader.as_mut().expect("`lead` comes first");
    match verb {
        "append" => {
            leader.on_appended(leader.log_end_offset().plus(arguments.number("count").unwrap()));
            state(leader)
        }
        "flush" => {
            let advanced = leader.on_flushed(arguments.offset("end"));
            format!("{}{}", state(leader), if advanced { " advanced" } else { "" })
        }
        "fetch" => {
            let from = arguments.brokers("broker")[0];
            let fetch = leader.on_follower_fetch(arguments.now(), from, arguments.offset("offset"));
            match fetch {
                FollowerFetch::NotAReplica => "not a replica".to_owned(),
                FollowerFetch::OutOfRange => "out of range".to_owned(),
                FollowerFetch::Progress { advanced, may_join_in_sync } => format!(
                    "{}{}{}",
                    state(leader),
                    if advanced { " advanced" } else { "" },
                    if may_join_in_sync { " may-join" } else { "" }
                ),
            }
        }
        "change" => {
            let epoch = i32::try_from(arguments.number("partition-epoch").unwrap()).unwrap();
            let (replicas, in_sync) = (arguments.brokers("replicas"), arguments.brokers("in-sync"));
            let advanced = leader.on_partition_change(epoch, replicas, in_sync, arguments.now());
            format!("{}{}", state(leader), if advanced { " advanced" } else { "" })
        }
        "min-in-sync" => {
            let count = usize::try_from(arguments.number("count").unwrap()).unwrap();
            let advanced = leader.on_min_in_sync_change(count);
            format!("{}{}", state(leader), if advanced { " advanced" } else { "" })
        }
        "lagging" => {
            let ids = leader.lagging(arguments.now(), arguments.ms("max"));
            format!("lagging={:?}", ids.iter().map(|id| id.0).collect::<Vec<_>>())
        }
        other => panic!("unknown command {other}"),
    }
}

fn lead(arguments: &Arguments<'_>) -> LeaderProgress {
    let leadership = Leadership {
        leader: arguments.brokers("broker")[0],
        leader_epoch: LeaderEpoch(i32::try_from(arguments.number("epoch").unwrap_or(0)).unwrap()),
        partition_epoch: 0,
        replicas: arguments.brokers("replicas"),
        in_sync: arguments.brokers("in-sync"),
        min_in_sync: usize::try_from(arguments.number("min-in-sync").unwrap_or(1)).unwrap(),
    };
    let start = LeaderStart {
        high_watermark: arguments.offset("high-watermark"),
        flushed_end_offset: arguments.offset("flushed"),
        log_end_offset: arguments.offset("end"),
    };
    LeaderProgress::new(leadership, start, arguments.now())
}

fn state(leader: &LeaderProgress) -> String {
    format!(
        "end={} flushed={} high-watermark={}{}",
        leader.log_end_offset(),
        leader.flushed_end_offset(),
        leader.high_watermark(),
        if leader.has_enough_in_sync() { "" } else { " too-few-in-sync" }
    )
}

//! `cores.toml`: shown by `loglane cores plan`, obeyed by the broker, and nothing that clients or data notice.
#![forbid(unsafe_code)]

use harness::ledger::batch_of;
use harness::{Broker, Kind, Scratch, run};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

const BINARY: &str = env!("CARGO_BIN_EXE_loglane");

fn plan(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(BINARY);
    command.args(["cores", "plan"]).args(arguments).current_dir(folder);
    run(&mut command, "", Duration::from_secs(60)).expect("the binary runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn the_plan_is_shown_written_and_taken_up_again() {
    let scratch = Scratch::new("cores-plan");
    let shown = plan(scratch.path(), &["--write", "cores.toml"]);
    assert!(shown.status.success(), "{}", text(&shown.stderr));
    assert!(text(&shown.stdout).starts_with("what "), "{}", text(&shown.stdout));
    assert!(text(&shown.stdout).contains("default (all that the process may use)"));
    let again = plan(scratch.path(), &["--write", "cores.toml"]);
    assert_eq!(again.status.code(), Some(1), "a file that is there stays as it is");
    assert!(text(&again.stderr).contains("error[bad-config]: cores.toml is not written"));
    let from_file = plan(scratch.path(), &["--override", "loglane.cores.file=cores.toml", "-o", "json"]);
    assert!(from_file.status.success(), "{}", text(&from_file.stderr));
    assert!(text(&from_file.stdout).contains(r#""origin":"cores.toml""#), "{}", text(&from_file.stdout));
}

#[test]
fn a_bad_or_missing_file_keeps_the_broker_from_starting_and_says_why() {
    let scratch = Scratch::new("cores-bad");
    fs::write(scratch.join("cores.toml"), "cores = [0]\nspeed = 9\n").expect("the folder can be written");
    for (file, code, what) in [
        ("cores.toml", "error[bad-config]", "cores.toml:2: unknown field `speed`"),
        ("missing.toml", "error[unreadable-file]", "cannot read missing.toml"),
    ] {
        let set = format!("loglane.cores.file={file}");
        let refused = plan(scratch.path(), &["--override", &set]);
        assert_eq!(refused.status.code(), Some(1));
        let told = text(&refused.stderr);
        assert!(told.contains(code) && told.contains(what) && told.contains("fix:"), "{told}");
        let mut serve = Command::new(BINARY);
        serve.args(["serve", "--override", &set]).current_dir(scratch.path());
        let refused = run(&mut serve, "", Duration::from_secs(60)).expect("the binary runs");
        assert_eq!(refused.status.code(), Some(1), "{}", text(&refused.stderr));
        assert!(text(&refused.stderr).contains(what), "{}", text(&refused.stderr));
    }
}

#[test]
fn placement_moves_ownership_and_no_data() {
    let scratch = Scratch::new("cores-placement");
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    if cores < 2 {
        return harness::skip("placement needs two cores");
    }
    let mut broker = Broker::new(Kind::Loglane(PathBuf::from(BINARY)), scratch.path());
    let file = scratch.join("cores.toml");
    broker.set("loglane.cores.file", &file.to_string_lossy());
    let layouts = [
        "",
        "[[core]]\ncore = 0\nconnections = false\n[[placement]]\ntopic = \"placed\"\ncore = 0\n",
        "[[placement]]\ntopic = \"placed\"\npartitions = \"1-2\"\ncore = 1\n\
         [[placement]]\ntopic = \"placed\"\ncore = 0\n",
        "cores = [1]\n[[placement]]\ntopic = \"placed\"\npartitions = [0]\ncore = 1\n",
    ];
    for (round, layout) in layouts.iter().enumerate() {
        fs::write(&file, layout).expect("the folder can be written");
        broker.start();
        let mut client = broker.client();
        if round == 0 {
            client.create_topic("placed", 4, &[]).expect("a topic can be created");
        }
        client.await_leaders("placed", 4).expect("the topic is there");
        for partition in 0..4 {
            let number = u64::try_from(round).expect("few");
            let produced =
                client.produce("placed", partition, -1, &batch_of(&[number]).seal()).expect("an answer");
            assert_eq!((produced.code, produced.base_offset), (0, i64::try_from(round).expect("few")));
            let records = client.read_all("placed", partition, 0).expect("records are read");
            assert_eq!(records.len(), round + 1, "partition {partition}, layout {round}");
        }
        // A kill and a clean stop in turn: recovery positions find their logs on whichever core they are now.
        if round % 2 == 0 {
            broker.kill();
        } else {
            broker.stop();
        }
    }
}

//! The way of somebody who has nothing but the README: its commands, as they stand there, lead to a first record that
//! was consumed.
#![forbid(unsafe_code)]

use harness::{LONG, Process, Scratch, ensure_command, free_port, run, wait_until};
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

const BINARY: &str = env!("CARGO_BIN_EXE_loglane");

/// The heading over the commands.
const HEADING: &str = "\n## The first record\n";

/// How the README calls the program.
const PROGRAM: &str = "target/release/loglane";

/// From the first of the commands to the record.
const AT_MOST: Duration = Duration::from_secs(20);

/// The blocks of commands below a heading of the README, one line each.
fn blocks(heading: &str) -> Vec<Vec<String>> {
    let readme =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).expect("it is there");
    let (_, section) = readme.split_once(heading).expect("the heading is there");
    let section = section.split("\n## ").next().expect("the first piece");
    let blocks = section.split("```").skip(1).step_by(2);
    blocks.map(|block| block.trim().lines().map(str::to_owned).collect()).collect()
}

#[test]
fn three_commands_of_the_readme_lead_to_a_record() {
    if !ensure_command("kcat", "kcat") {
        return;
    }
    let blocks = blocks(HEADING);
    assert!(blocks[0].iter().all(|line| line.starts_with("cargo ")), "first it is built: {:?}", blocks[0]);
    let [serve, produce, consume] = &blocks[1][..] else {
        panic!("there are three commands: {:?}", blocks[1]);
    };
    // Another port, because this machine may have a broker; everything else as it is typed.
    let port = free_port();
    let typed = |line: &String| line.replace(":9092", &format!(":{port}"));
    assert_eq!(*serve, format!("{PROGRAM} &"));

    let scratch = Scratch::new("first-record");
    let start = Instant::now();
    let mut command = Command::new(BINARY);
    command.args(["serve", "--override", &format!("listeners=PLAINTEXT://127.0.0.1:{port}")]);
    let broker = Process::start(command.current_dir(scratch.path()), &scratch.join("broker.log"));
    wait_until("the banner", LONG, || broker.log().contains(" is ready after ").then_some(()));
    let shell = |line: String| {
        let output = run(Command::new("sh").args(["-c", &line]).current_dir(scratch.path()), "", LONG);
        let output = output.expect("sh runs");
        assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    shell(typed(produce));
    let seen = shell(typed(consume));
    let took = start.elapsed();
    assert_eq!(seen, "hello, world\n");
    assert!(took < AT_MOST, "it took {took:?}");
    // The README says where the data are.
    assert!(scratch.join("data/meta.properties").exists());
}

#[test]
fn what_the_banner_tells_to_type_next_is_right() {
    let scratch = Scratch::new("banner");
    let port = free_port();
    let mut command = Command::new(BINARY);
    command.args(["serve", "--override", &format!("listeners=PLAINTEXT://127.0.0.1:{port}")]);
    let broker = Process::start(command.current_dir(scratch.path()), &scratch.join("broker.log"));
    wait_until("the banner", LONG, || broker.log().contains("\n  next ").then_some(()));
    let log = broker.log();
    for line in ["listeners", "advertised", "data", "I/O", "cores", "durability", "memory", "next"] {
        assert!(log.contains(&format!("\n  {line} ")), "no line for {line}:\n{log}");
    }
    assert!(log.contains(&format!("--bootstrap-server 127.0.0.1:{port} ")), "{log}");
}

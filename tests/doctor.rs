//! `loglane doctor` says what is wrong in a stopped broker's directory, and damage costs what is damaged and no more.
#![forbid(unsafe_code)]

use harness::client::FetchFrom;
use harness::record::{Batch, Record, now_ms};
use harness::{Broker, Kind, Scratch};
use std::fs;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

const BINARY: &str = env!("CARGO_BIN_EXE_loglane");

const ALL_WELL: i32 = 0;
const FAILED: i32 = 1;
const FOUND_SOMETHING: i32 = 3;

const CORRUPT_MESSAGE: i16 = 2;

/// Batches of the topic, each of one record of that many bytes: more than two segments of 1 MiB.
const BATCHES: u64 = 30;
const VALUE_BYTES: usize = 100_000;

fn doctor(data: &Path, format: &str) -> (i32, String) {
    let mut command = Command::new(BINARY);
    command.args(["doctor", "--format", format, "--data"]).arg(data);
    let Output { status, stdout, stderr } =
        harness::run(&mut command, "", Duration::from_secs(60)).expect("the binary runs");
    let text = format!("{}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    (status.code().expect("it ends by itself"), text)
}

/// Expects this exit code, and findings of these codes and no others.
#[track_caller]
fn expect(data: &Path, exit_code: i32, codes: &[&str]) -> String {
    let (code, text) = doctor(data, "text");
    let mut found: Vec<&str> =
        text.lines().filter_map(|line| line.split_once('[')?.1.split_once("]: ")).map(|it| it.0).collect();
    found.sort_unstable();
    found.dedup();
    assert_eq!((code, found.as_slice()), (exit_code, codes), "{text}");
    text
}

fn broker(scratch: &Scratch) -> Broker {
    let mut broker = Broker::new(Kind::Loglane(PathBuf::from(BINARY)), scratch.path());
    broker.set("log.segment.bytes", "1048576");
    broker
}

/// A broker that was stopped in order, with a topic of three segments.
fn filled(scratch: &Scratch) -> Broker {
    let mut broker = broker(scratch);
    broker.start();
    let mut client = broker.client();
    client.create_topic("t", 1, &[]).expect("a topic can be created");
    for id in 0..BATCHES {
        let value = vec![u8::try_from(id).expect("few"); VALUE_BYTES];
        let batch = Batch::of(&[Record::of_value(now_ms(), &value)]).seal();
        assert_eq!(client.produce("t", 0, -1, &batch).expect("an answer").code, 0);
    }
    broker.stop();
    broker
}

/// Segments of the topic, oldest first.
fn segments(broker: &Broker) -> Vec<PathBuf> {
    let entries = fs::read_dir(broker.data().join("t-0")).expect("the partition's directory");
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "log"))
        .collect();
    paths.sort();
    paths
}

/// Flips a bit as a failing disk does: the file system does not know of it.
fn flip(path: &Path, byte: u64) {
    let modified = fs::metadata(path).and_then(|metadata| metadata.modified()).expect("a time");
    let file = fs::OpenOptions::new().read(true).write(true).open(path).expect("the file opens");
    let mut value = [0];
    file.read_exact_at(&mut value, byte).expect("a byte");
    file.write_all_at(&[value[0] ^ 4], byte).expect("a byte");
    file.set_modified(modified).expect("its time can be set");
    file.sync_all().expect("it can be synced");
}

#[test]
fn a_directory_in_order_is_called_so_and_one_in_use_is_left_alone() {
    let scratch = Scratch::new("doctor-well");
    let mut broker = filled(&scratch);
    let text = expect(&broker.data(), ALL_WELL, &[]);
    assert!(text.contains("0 problems, 0 warnings, 0 notes"), "{text}");
    broker.start();
    let text = expect(&broker.data(), FAILED, &["directory-in-use"]);
    assert!(text.contains("stop it first"), "{text}");
    broker.kill();
    expect(&broker.data(), ALL_WELL, &["unclean-stop"]);
    let (code, text) = doctor(&broker.data(), "json");
    let found: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!((code, &found["problems"], &found["notes"]), (ALL_WELL, &0.into(), &1.into()), "{text}");
    assert_eq!(found["findings"][0]["code"], "unclean-stop");
    let text = expect(&scratch.join("nothing"), FAILED, &["directory-unusable"]);
    assert!(text.contains("is not there"), "{text}");
    fs::create_dir(scratch.join("empty")).expect("a directory");
    expect(&scratch.join("empty"), FAILED, &["foreign-directory"]);
}

#[test]
fn damage_that_kafka_s_checksums_leave_open_is_named_and_costs_its_batches_alone() {
    let scratch = Scratch::new("doctor-damage");
    let mut broker = filled(&scratch);
    let sealed = segments(&broker)[1].clone();
    let name = sealed.file_stem().and_then(|stem| stem.to_str()).expect("a name");
    let base_offset: i64 = name.parse().expect("an offset");
    // The leader epoch of the segment's third batch, and the index.
    let batch_bytes = fs::metadata(&sealed).expect("a file").len() / (i64::cast_unsigned(base_offset));
    flip(&sealed, 2 * batch_bytes + 15);
    let text = expect(&broker.data(), FOUND_SOMETHING, &["damaged-batches"]);
    assert!(text.contains(sealed.to_str().expect("a name")) && text.contains("CORRUPT_MESSAGE"), "{text}");
    for how in [Broker::stop, Broker::kill] {
        broker.start();
        let mut client = broker.client();
        for offset in 0..i64::try_from(BATCHES).expect("few") {
            let answer = client.fetch(&FetchFrom::now("t", 0, offset)).expect("an answer");
            let expected = if offset == base_offset + 2 { CORRUPT_MESSAGE } else { 0 };
            assert_eq!(answer.code, expected, "offset {offset}");
        }
        let log = broker.process().log();
        assert!(log.contains("batches on the disk are not what was written there"), "{log}");
        how(&mut broker);
        assert!(sealed.exists(), "damage is never removed");
    }
    expect(&broker.data(), FOUND_SOMETHING, &["damaged-batches", "unclean-stop"]);
    flip(&sealed, 2 * batch_bytes + 15);
    expect(&broker.data(), ALL_WELL, &["unclean-stop"]);
    flip(&sealed.with_extension("index"), 6);
    expect(&broker.data(), FOUND_SOMETHING, &["other-indexes", "unclean-stop"]);
}

#[test]
fn what_is_missing_or_does_not_fit_is_named() {
    let scratch = Scratch::new("doctor-missing");
    let broker = filled(&scratch);
    let data = broker.data();
    let (partition, aside) = (data.join("t-0"), scratch.join("aside"));
    let starts = data.join("log-start-offset-checkpoint");
    let right = fs::read_to_string(&starts).expect("a checkpoint");

    fs::write(&starts, right.replace("t 0 0", "t 0 1000")).expect("a file");
    expect(&data, FOUND_SOMETHING, &["checkpoint-beyond-end"]);
    fs::write(&starts, "1\n").expect("a file");
    expect(&data, FOUND_SOMETHING, &["bad-checkpoint"]);
    fs::write(&starts, &right).expect("a file");

    fs::rename(&partition, &aside).expect("a rename");
    let text = expect(&data, FOUND_SOMETHING, &["missing-directory"]);
    assert!(text.contains("t-0: the log had records up to offset 30"), "{text}");
    fs::create_dir(data.join("lost")).expect("a directory");
    expect(&data, FOUND_SOMETHING, &["foreign-directory", "missing-directory"]);
    fs::remove_dir(data.join("lost")).expect("a directory");
    fs::rename(&aside, &partition).expect("a rename");

    let last = segments(&broker).pop().expect("a segment");
    fs::rename(&last, &aside).expect("a rename");
    expect(&data, FOUND_SOMETHING, &["lost-end"]);
    fs::rename(&aside, &last).expect("a rename");

    fs::rename(partition.join("partition.metadata"), &aside).expect("a rename");
    let text = expect(&data, FOUND_SOMETHING, &["no-topic-id"]);
    assert!(text.contains("a stray"), "{text}");
    fs::rename(&aside, partition.join("partition.metadata")).expect("a rename");

    fs::rename(data.join("meta.properties"), &aside).expect("a rename");
    expect(&data, FOUND_SOMETHING, &["bad-meta-properties"]);
    fs::rename(&aside, data.join("meta.properties")).expect("a rename");

    fs::rename(data.join("__cluster_metadata-0"), &aside).expect("a rename");
    expect(&data, FOUND_SOMETHING, &["no-metadata-log"]);
    fs::rename(&aside, data.join("__cluster_metadata-0")).expect("a rename");

    let stray = format!("u-0.{}-stray", "0".repeat(32));
    fs::create_dir(data.join(&stray)).expect("a directory");
    expect(&data, ALL_WELL, &["stray-directory"]);
    fs::remove_dir(data.join(&stray)).expect("a directory");
    expect(&data, ALL_WELL, &[]);
}

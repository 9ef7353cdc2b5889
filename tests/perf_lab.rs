//! The programs that measure speed run, and leave what they promise; figures are not looked at.
#![forbid(unsafe_code)]

use harness::{Scratch, free_port, skip};
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

const BINARY: &str = env!("CARGO_BIN_EXE_loglane");

/// The exit code of `perf/where` on a machine that does not let processes be sampled.
const NO_PERF: i32 = 3;

fn lab(program: &str, arguments: &[&str]) -> Output {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("perf").join(program);
    let port = free_port().to_string();
    Command::new(path)
        .args(["--short", "--loglane", BINARY, "--port", &port])
        .args(arguments)
        .output()
        .expect("Python runs")
}

fn assert_well(output: &Output) {
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{}\n{out}\n{err}", output.status);
}

#[test]
fn a_comparison_leaves_rows_a_table_and_a_picture() {
    let scratch = Scratch::new("compare");
    let folder = scratch.path().to_str().expect("a path of plain characters");
    assert_well(&lab("compare", &["--dir", folder, "--out", folder]));
    let read = |name: &str| fs::read_to_string(scratch.join(name)).expect("the comparison left it");
    let (json, table, picture) = (read("compare.json"), read("compare.md"), read("compare-pooled.svg"));
    for broker in ["loglane", "loglane-device", "null"] {
        assert!(json.contains(&format!("\"broker\": \"{broker}\"")), "{broker} has rows");
    }
    for wanted in ["Mann-Whitney", "| short closed loop | produced MB/s |", "CPU-s/GB", "end to end p99, ms"]
    {
        assert!(table.contains(wanted), "{wanted}: {table}");
    }
    assert!(picture.contains("</svg>") && picture.contains("short fixed rate"));
}

#[test]
fn crowds_are_measured_against_the_same_load_without_them() {
    let scratch = Scratch::new("crowds");
    let folder = scratch.path().to_str().expect("a path of plain characters");
    let prefix = scratch.join("crowds");
    let prefix = prefix.to_str().expect("plain characters");
    assert_well(&lab("crowds", &["--dir", folder, "--attacks", "opened,deaf", "--out", prefix]));
    let table = fs::read_to_string(scratch.join("crowds.md")).expect("the program left it");
    for row in ["| loglane | 2,000 connections, opened at once", "| loglane | 60 clients that do not read | "]
    {
        assert!(table.contains(row), "{row}: {table}");
    }
}

#[test]
fn a_profile_is_folded_into_the_rows_of_the_cost_model() {
    let scratch = Scratch::new("where");
    let folder = scratch.path().to_str().expect("a path of plain characters");
    let prefix = scratch.join("where");
    let output = lab("where", &["--dir", folder, "--out", prefix.to_str().expect("plain characters")]);
    if output.status.code() == Some(NO_PERF) {
        skip(&String::from_utf8_lossy(&output.stderr));
        return;
    }
    assert_well(&output);
    let table = fs::read_to_string(scratch.join("where.md")).expect("the profile left it");
    for row in ["rx", "copy", "crc", "dma", "request", "batch", "flush"] {
        assert!(table.contains(&format!("\n| {row} | ")), "{row}: {table}");
    }
}

#[test]
fn what_is_asked_of_the_broker_alone_stands_beside_what_it_reaches() {
    let scratch = Scratch::new("goals");
    let folder = scratch.path().to_str().expect("a path of plain characters");
    let prefix = scratch.join("goals");
    let checks = "start,overload,cold,partitions,connections,compressed,recovery,steady";
    let out = prefix.to_str().expect("plain characters");
    assert_well(&lab("goals", &["--dir", folder, "--checks", checks, "--out", out]));
    let table = fs::read_to_string(scratch.join("goals.md")).expect("the program left it");
    for what in [
        "start, empty",
        "resident memory",
        "cold read",
        "10,000 partitions",
        "idle connection",
        "zstd",
        "kill -9",
    ] {
        assert!(table.contains(what), "{what}: {table}");
    }
    assert!(table.matches("| ≤ ").count() + table.matches("| ≥ ").count() >= 18, "{table}");
}

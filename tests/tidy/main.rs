//! The rules of the house that a program can check: sizes, names, `unsafe`, links, dependencies, format.
//!
//! A ratchet is a committed figure that may only get better. `UPDATE=1 cargo test --test tidy` rewrites the list
//! of long functions and the tables of the README.
#![forbid(unsafe_code)]

mod apis;
mod commands;
mod crates;
mod links;
mod sizes;
mod source;
mod tree;
mod words;
mod works;

use std::process::Command;

/// Fails with one line for each finding.
fn report(rule: &str, findings: &[String]) {
    assert!(findings.is_empty(), "{rule}: {} finding(s)\n  {}", findings.len(), findings.join("\n  "));
}

fn run(program: &str, arguments: &[&str]) {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(tree::root())
        .output()
        .unwrap_or_else(|error| panic!("{program} cannot be run: {error}"));
    assert!(
        output.status.success(),
        "{program} {} failed\n{}{}",
        arguments.join(" "),
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

fn in_ci() -> bool {
    std::env::var("CI").is_ok_and(|value| value == "true")
}

#[test]
fn sources_are_formatted() {
    run("cargo", &["fmt", "--all", "--check"]);
}

/// Takes a minute or two on a cold machine, so it runs where `CI=true`.
#[test]
fn clippy_has_nothing_to_say() {
    if in_ci() {
        run("cargo", &["clippy", "--locked", "--workspace", "--all-targets", "--", "-D", "warnings"]);
    } else {
        harness::skip("clippy runs where CI=true");
    }
}

#[test]
fn dependencies_have_allowed_licences_and_sources() {
    if Command::new("cargo").args(["deny", "--version"]).output().is_ok_and(|output| output.status.success())
    {
        run("cargo", &["deny", "--offline", "--log-level", "error", "check", "bans", "licenses", "sources"]);
    } else {
        harness::skip("cargo-deny is not installed (cargo install --locked cargo-deny)");
    }
}

//! Saying that a test did not run.

use std::io::Write as _;

/// Says that the running test does nothing, and why. Reaches the terminal although the test passes.
pub fn skip(why: &str) {
    let thread = std::thread::current();
    let test = thread.name().unwrap_or("a test");
    // Not `eprintln!`: the test runner would keep that to itself.
    let line = format!("SKIPPED: {test}: {why}\n");
    std::io::stderr().write_all(line.as_bytes()).expect("standard error takes a line");
}

/// As [`skip`], for something that a test machine can be given: where `CI=true` that is a failure.
///
/// # Panics
/// Where `CI=true`.
pub fn skip_missing(what: &str) {
    assert!(!std::env::var("CI").is_ok_and(|value| value == "true"), "missing where CI=true: {what}");
    skip(what);
}

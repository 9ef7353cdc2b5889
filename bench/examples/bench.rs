//! `loglane bench` without the broker, for those who work on it: `cargo run -p loglane-bench --example bench -- --help`.
#![forbid(unsafe_code)]

use std::ffi::OsString;
use std::process::ExitCode;

fn main() -> ExitCode {
    let words: Vec<OsString> = std::env::args_os().skip(1).collect();
    ExitCode::from(loglane_bench::main(&words))
}

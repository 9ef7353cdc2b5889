//! The command line: what was asked for, and how its outcome is told.
//!
//! Exit codes: 0 all is well, 1 it failed, 2 the command line is wrong.

pub mod arguments;
pub mod banner;
pub mod logging;
pub mod sources;

use std::fmt;
use std::io::Write;

/// Exit code of a command that failed.
pub const FAILED: u8 = 1;

/// Says something on standard error, where whoever started the broker looks. What cannot be said is not said: the
/// exit code remains.
pub fn tell(what: impl fmt::Display) {
    let _ = writeln!(std::io::stderr(), "{what}");
}

/// Prints on standard output.
pub fn print(what: impl fmt::Display) {
    let mut out = std::io::stdout();
    let _ = writeln!(out, "{what}").and_then(|()| out.flush());
}

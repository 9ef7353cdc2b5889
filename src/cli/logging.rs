//! The broker's own log lines: on standard error, for people or for machines, nothing per record.

use crate::config::LogFormat;
use std::io::IsTerminal;
use tracing::Level;

/// Sends log lines of at least `level` to standard error. Asked once; a second time changes nothing.
pub fn start(format: LogFormat, level: &str) {
    let level = level.parse().unwrap_or(Level::INFO);
    let lines =
        tracing_subscriber::fmt().with_max_level(level).with_writer(std::io::stderr).with_target(false);
    // Someone else (a test) may have done it before.
    let _ = match format {
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
        LogFormat::Text => {
            let colours = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
            lines.with_ansi(colours).try_init()
        }
    };
}

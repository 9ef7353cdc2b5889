//! The broker's own log lines: on standard error, for people or for machines, nothing per record, and no flood of them
//! whatever clients do.

use crate::config::LogFormat;
use crate::flood::{Flood, Verdict};
use loglane_model::Instant;
use std::collections::HashMap;
use std::io::{IsTerminal, Write as _};
use std::sync::{Mutex, PoisonError};
use tracing::callsite::Identifier;
use tracing::{Event, Level, Metadata};
use tracing_subscriber::layer::{Context, Filter, Layer as _, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;

/// Lines that one place in the code writes in one window; the others are counted, and the number told with the next
/// line.
const LINES_PER_WINDOW: u32 = 30;

/// Sends log lines of at least `level` to standard error. Asked once; a second time changes nothing.
///
/// Who asks for the levels below INFO gets every line; others are spared floods, see [`LINES_PER_WINDOW`].
pub fn start(format: LogFormat, level: &str) {
    let level = level.parse().unwrap_or(Level::INFO);
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_target(false);
    let filter = Sparing { level, format, began: std::time::Instant::now(), places: Mutex::default() };
    // Someone else (a test) may have done it before.
    let _ = match format {
        LogFormat::Json => {
            let lines = lines.json().flatten_event(true).with_filter(filter);
            tracing_subscriber::registry().with(lines).try_init()
        }
        LogFormat::Text => {
            let colours = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
            tracing_subscriber::registry().with(lines.with_ansi(colours).with_filter(filter)).try_init()
        }
    };
}

/// Lets lines of a level pass, and not too many from one place.
struct Sparing {
    level: Level,
    format: LogFormat,
    /// Time is told from here on.
    began: std::time::Instant,
    places: Mutex<HashMap<Identifier, Flood>>,
}

impl<S> Filter<S> for Sparing {
    fn enabled(&self, metadata: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        *metadata.level() <= self.level
    }

    fn event_enabled(&self, event: &Event<'_>, _: &Context<'_, S>) -> bool {
        if self.level > Level::INFO {
            return true;
        }
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        let place = places.entry(event.metadata().callsite()).or_default();
        let now = Instant::default().after(self.began.elapsed());
        match place.next(now, LINES_PER_WINDOW) {
            Verdict::Write => true,
            Verdict::WriteAfterGap(left_out) => {
                tell_gap(self.format, left_out);
                true
            }
            Verdict::LeaveOut => false,
        }
    }
}

/// Written past the subscriber, which must not be asked from within itself.
fn tell_gap(format: LogFormat, left_out: u32) {
    let line = match format {
        LogFormat::Text => format!("{left_out} more lines like the next one were left out\n"),
        LogFormat::Json => {
            format!(
                "{{\"level\":\"WARN\",\"message\":\"more lines like the next one were left out\",\"left_out\":{left_out}}}\n"
            )
        }
    };
    // Nobody can be told that nothing can be told.
    let _ = std::io::stderr().write_all(line.as_bytes());
}

//! Lines that clients can set off: enough to see what happens, never a flood of them.

use loglane_model::Instant;
use std::time::Duration;

/// The span that lines are counted in.
pub(crate) const WINDOW: Duration = Duration::from_secs(10);

/// What was written and left out lately.
#[derive(Debug, Default)]
pub(crate) struct Flood {
    /// When the window began; `None`: nothing was written yet.
    since: Option<Instant>,
    written: u32,
    left_out: u32,
}

/// What to do with a line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Write,
    /// Write it, and that so many were left out before.
    WriteAfterGap(u32),
    LeaveOut,
}

impl Flood {
    /// Decides on the next line, where each [`WINDOW`] takes `lines_max`.
    pub(crate) fn next(&mut self, now: Instant, lines_max: u32) -> Verdict {
        if self.since.is_none_or(|since| now.since(since) >= WINDOW) {
            self.since = Some(now);
            self.written = 0;
        }
        if self.written >= lines_max {
            self.left_out += 1;
            return Verdict::LeaveOut;
        }
        self.written += 1;
        match std::mem::take(&mut self.left_out) {
            0 => Verdict::Write,
            left_out => Verdict::WriteAfterGap(left_out),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_becomes_a_few_lines_and_a_number() {
        for lines_max in [10, 30] {
            let mut flood = Flood::default();
            let start = Instant(1_000_000_000_000);
            let written = (0..1_000).filter(|_| flood.next(start, lines_max) == Verdict::Write).count();
            assert_eq!(written, lines_max as usize);
            let later = start.after(WINDOW);
            assert_eq!(flood.next(later, lines_max), Verdict::WriteAfterGap(1_000 - lines_max));
            assert_eq!(flood.next(later, lines_max), Verdict::Write);
        }
    }
}

//! Lines about what clients do wrong: enough to see it, never a flood of them.

use super::Shard;
use super::mail::Mail;
use loglane_model::Instant;
use loglane_ring::Io;
use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

/// Lines that one shard writes about clients in one [`WINDOW`].
const LINES_PER_WINDOW: u32 = 10;

const WINDOW: Duration = Duration::from_secs(10);

/// What was written and left out lately.
#[derive(Debug, Default)]
pub(crate) struct Complaints {
    window_since: Instant,
    written: u32,
    left_out: u32,
}

/// What to do with a line.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Write,
    /// Write it, and that so many were left out before.
    WriteAfterGap(u32),
    LeaveOut,
}

impl Complaints {
    fn next(&mut self, now: Instant) -> Verdict {
        let is_over = now.since(self.window_since) >= WINDOW;
        if is_over {
            self.window_since = now;
            self.written = 0;
        }
        if self.written >= LINES_PER_WINDOW {
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

impl<I: Io<Mail>> Shard<I> {
    /// Says that a connection was closed for what its client did.
    pub(crate) fn complain(&mut self, peer: SocketAddr, why: impl fmt::Display) {
        match self.complaints.next(self.now) {
            Verdict::Write => tracing::warn!(%peer, "connection closed: {why}"),
            Verdict::WriteAfterGap(left_out) => {
                tracing::warn!(%peer, "connection closed: {why} ({left_out} others before it are not shown)");
            }
            Verdict::LeaveOut => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_becomes_a_few_lines_and_a_number() {
        let mut complaints = Complaints::default();
        let start = Instant(1_000_000_000_000);
        let shown = (0..1000).filter(|_| complaints.next(start) == Verdict::Write).count();
        assert_eq!(shown, LINES_PER_WINDOW as usize);
        assert_eq!(complaints.next(start.after(WINDOW)), Verdict::WriteAfterGap(990));
        assert_eq!(complaints.next(start.after(WINDOW)), Verdict::Write);
    }
}

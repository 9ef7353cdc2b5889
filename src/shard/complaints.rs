//! Lines about what clients do wrong: enough to see it, never a flood of them.

use super::Shard;
use super::mail::Mail;
use crate::flood::Verdict;
use loglane_ring::Io;
use std::fmt;
use std::net::SocketAddr;

/// Lines that one shard writes about clients in one window.
const LINES_PER_WINDOW: u32 = 10;

impl<I: Io<Mail>> Shard<I> {
    /// Says that a connection was closed for what its client did.
    pub(crate) fn complain(&mut self, peer: SocketAddr, why: impl fmt::Display) {
        self.counts.connections_refused += 1;
        match self.complaints.next(self.now, LINES_PER_WINDOW) {
            Verdict::Write => tracing::warn!(%peer, "connection closed: {why}"),
            Verdict::WriteAfterGap(left_out) => {
                tracing::warn!(%peer, "connection closed: {why} ({left_out} others before it are not shown)");
            }
            Verdict::LeaveOut => {}
        }
    }
}

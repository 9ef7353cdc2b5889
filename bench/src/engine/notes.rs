//! What the coordinator and the workers tell each other, and what a worker begins with.

use super::consumer::{Consumer, ConsumerTerms};
use super::ledger::Ledger;
use super::producer::{Producer, ProducerTerms};
use super::request::{FetchTerms, WireVersions};
use super::window::Window;
use crate::layout::Layout;
use crate::stats::Tally;
use crate::verify::Sent;
use loglane_ring::Socket;
use std::sync::Arc;
use std::sync::mpsc::{Sender, SyncSender};

/// What a worker is told.
#[derive(Debug)]
pub(super) enum Note {
    /// A line has its connection.
    Opened { line: u32, socket: Socket },
    /// The load begins, or its next phase, at these times; consumers read, or not yet.
    Begin { phase: u8, window: Window, paces: Vec<(u32, PaceOrder)>, is_consuming: bool },
    /// A consumer reads these places from these offsets.
    Assign { consumer: u32, places: Vec<(u32, i64)> },
    /// A consumer reads nothing any more; whoever wants that is told when it is so.
    Revoke { consumer: u32, done: SyncSender<()> },
    /// Leaders have moved.
    Moved(Arc<Layout>),
    /// Enough was waited: whatever is missing is missing.
    GiveUp,
    /// The worker ends.
    End,
}

/// What a producer does from the beginning on.
#[derive(Debug)]
pub(super) enum PaceOrder {
    /// Nothing any more.
    Stopped,
    /// As much as it can, up to so many records.
    Closed { quota: u64 },
    /// By a schedule, up to so many records.
    Open { schedule: crate::schedule::Schedule, quota: u64 },
}

/// What a worker tells.
#[derive(Debug)]
pub(super) enum Report {
    /// An interval is over.
    Interval { phase: u8, index: u64, tally: Box<Tally> },
    /// A connection broke.
    Broken { worker: usize, line: u32, node: usize },
    /// A partition's leader is elsewhere.
    Stale,
    /// This worker's producers have nothing left to send or wait for.
    Produced { phase: u8 },
    /// The worker has ended.
    Finished(Box<Outcome>),
}

/// What a worker leaves.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// Producer, place, what was sent.
    pub(super) sent: Vec<(u32, u32, Sent)>,
    pub(super) corrupt: u64,
    pub(super) foreign: u64,
    /// CPU time of the thread, and time that went by, in what was measured.
    pub(super) busy_ns: u64,
    pub(super) elapsed_ns: u64,
    pub(super) last_acked_ns: u64,
    pub(super) last_received_ns: u64,
    /// Whether producers had all answers.
    pub(super) is_complete: bool,
}

/// What a worker begins with.
pub(super) struct Seat {
    pub(super) index: usize,
    pub(super) layout: Arc<Layout>,
    pub(super) ledger: Arc<Ledger>,
    pub(super) producer_terms: ProducerTerms,
    pub(super) consumer_terms: ConsumerTerms,
    pub(super) fetch_terms: FetchTerms,
    pub(super) versions: WireVersions,
    pub(super) interval_ns: u64,
    pub(super) producers: Vec<Producer>,
    pub(super) consumers: Vec<Consumer>,
    /// For each line, in order: its owner and its node.
    pub(super) lines: Vec<(Owner, usize)>,
    pub(super) reports: Sender<Report>,
}

/// Whose connection it is, as an index of the worker's producers or consumers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    Producer(usize),
    Consumer(usize),
}

//! What one turn has for those who ask for much, so that it stays short for everybody else.
//!
//! A socket that has room takes megabytes at once, and the copying of them is the turn's own time: sixty clients that
//! ask for much and read nothing have cost the others 70 ms in one go. A thousand connections that end at once are a
//! thousand times the few microseconds of one. Both take their turns here, in the order in which they came, and what
//! is small or in hurry passes.

use crate::io::{Done, Token};
use std::collections::VecDeque;
use std::ops::Range;

/// Sends of which no more than this is left do not wait in line: answers to requests that carry no records, mostly.
pub(crate) const SMALL_SEND_BYTES: usize = 64 * 1024;

/// The most that a socket is given of a send at once.
pub(crate) const SEND_PART_BYTES: usize = 1024 * 1024;

/// Parts of large sends that one turn submits: 2 MiB, about half a millisecond of copying.
pub(crate) const SEND_PARTS_PER_TURN: usize = 2;

/// Connections that come or end in one turn.
pub(crate) const CONNECTIONS_PER_TURN: usize = 32;

/// What lies in a range of the bytes that `pieces` make up, without empty ones.
pub(crate) fn within<'a>(
    pieces: impl Iterator<Item = &'a [u8]>,
    range: Range<usize>,
) -> impl Iterator<Item = &'a [u8]> {
    let (mut skip, mut left) = (range.start, range.len());
    let inside = pieces.map(move |piece| {
        let skipped = skip.min(piece.len());
        skip -= skipped;
        let taken = left.min(piece.len() - skipped);
        left -= taken;
        &piece[skipped..skipped + taken]
    });
    inside.filter(|piece| !piece.is_empty())
}

/// Connections that have come or ended, and of which the shard is told a few at a time.
#[derive(Debug, Default)]
pub(crate) struct Crowd {
    waiting: VecDeque<(Token, Done)>,
}

impl Crowd {
    /// Puts one in line: an accept, or a receive that found the end.
    pub(crate) fn push(&mut self, token: Token, done: Done) {
        self.waiting.push_back((token, done));
    }

    /// Whether nobody is in line.
    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Those whose turn it is.
    pub(crate) fn next_few(&mut self) -> impl Iterator<Item = (Token, Done)> {
        let count = self.waiting.len().min(CONNECTIONS_PER_TURN);
        self.waiting.drain(..count)
    }
}

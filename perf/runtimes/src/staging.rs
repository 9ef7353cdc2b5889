//! Frames on their way to the disk: copied into a buffer while up to two buffers are being written.

use crate::load::{CONNECTIONS, WRITE_BYTES, WRITES_MAX};
use loglane_model::Block;
use loglane_storage::crc::crc32c;
use std::collections::VecDeque;

/// Memory that a direct write can start from.
pub(crate) trait Aligned {
    fn all(&mut self) -> &mut [u8];
}

impl Aligned for Block {
    fn all(&mut self) -> &mut [u8] {
        self.bytes_mut()
    }
}

/// A write, to be made or being filled.
pub(crate) struct Write<B> {
    pub(crate) buffer: B,
    pub(crate) bytes: usize,
    pub(crate) position: u64,
    /// Frames of each connection that are in it.
    pub(crate) owed: [usize; CONNECTIONS],
}

/// The buffers of a server. How many there are is bound by what the client has under way.
pub(crate) struct Staging<B> {
    /// All but the last are full.
    waiting: VecDeque<Write<B>>,
    spare: Vec<B>,
    make: Box<dyn Fn() -> B>,
    under_way: usize,
    position: u64,
    file_bytes: u64,
    /// Nobody looks at it, but a checksum that nobody keeps is not computed.
    pub(crate) checksum: u32,
}

impl<B: Aligned> Staging<B> {
    pub(crate) fn new(file_bytes: u64, make: impl Fn() -> B + 'static) -> Staging<B> {
        Staging {
            waiting: VecDeque::new(),
            spare: Vec::new(),
            make: Box::new(make),
            under_way: 0,
            position: 0,
            file_bytes,
            checksum: 0,
        }
    }

    /// Takes in a frame of a connection.
    pub(crate) fn take_in(&mut self, connection: usize, frame: &[u8]) {
        self.checksum ^= crc32c(frame);
        if self.waiting.back().is_none_or(|last| last.bytes + frame.len() > WRITE_BYTES) {
            let buffer = self.spare.pop().unwrap_or_else(|| (self.make)());
            self.waiting.push_back(Write { buffer, bytes: 0, position: 0, owed: [0; CONNECTIONS] });
        }
        let last = self.waiting.back_mut().expect("there is one with room");
        last.buffer.all()[last.bytes..last.bytes + frame.len()].copy_from_slice(frame);
        last.bytes += frame.len();
        last.owed[connection] += 1;
    }

    /// The next write, if there is something to write and a write may start.
    pub(crate) fn next_write(&mut self) -> Option<Write<B>> {
        if self.under_way == WRITES_MAX {
            return None;
        }
        let mut write = self.waiting.pop_front()?;
        if self.position + write.bytes as u64 > self.file_bytes {
            self.position = 0;
        }
        write.position = self.position;
        self.position += write.bytes as u64;
        self.under_way += 1;
        Some(write)
    }

    /// A write has ended; its buffer comes back where the runtime gives it back.
    pub(crate) fn on_written(&mut self, buffer: Option<B>) {
        self.under_way -= 1;
        self.spare.extend(buffer);
    }
}

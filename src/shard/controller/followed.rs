//! What a start has followed of the metadata log before the log was opened.
//!
//! A start looks at the metadata before it changes anything, in the log's files as they are. What it has made of them
//! is not made a second time. But a look at the files checks less than a read through the log, which knows the chain of
//! checksums: so the log is read all the same, and the bytes have to be the very same.

use loglane_model::Offset;
use loglane_storage::crc::Crc32c;

/// The batches between two offsets, by a checksum over all of them.
#[derive(Debug)]
pub(crate) struct Followed {
    /// Where the next read begins; before, where the following began.
    next_offset: Offset,
    /// Where the following ended.
    end_offset: Offset,
    followed: Crc32c,
    read: Crc32c,
    data_bytes: usize,
}

impl Followed {
    /// Nothing, from `offset` on.
    pub(crate) fn begin(offset: Offset) -> Followed {
        Followed {
            next_offset: offset,
            end_offset: offset,
            followed: Crc32c::new(),
            read: Crc32c::new(),
            data_bytes: 0,
        }
    }

    /// The next batch, which ends before `end_offset`, with so many bytes of data.
    pub(crate) fn on_followed(&mut self, batch: &[u8], end_offset: Offset, data_bytes: usize) {
        self.followed.update(batch);
        self.end_offset = end_offset;
        self.data_bytes += data_bytes;
    }

    /// Where the following began or, once bytes are read again, where those end.
    pub(crate) fn next_offset(&self) -> Offset {
        self.next_offset
    }

    /// Where the following ended.
    pub(crate) fn end_offset(&self) -> Offset {
        self.end_offset
    }

    /// Bytes of data batches.
    pub(crate) fn data_bytes(&self) -> usize {
        self.data_bytes
    }

    /// What is still to be read: from an offset up to another.
    pub(super) fn unread(&self) -> Option<(Offset, Offset)> {
        (self.next_offset < self.end_offset).then_some((self.next_offset, self.end_offset))
    }

    /// Batches were read through the log, up to `end_offset`.
    pub(super) fn on_read(&mut self, bytes: &[u8], end_offset: Offset) {
        self.read.update(bytes);
        self.next_offset = end_offset;
    }

    /// Whether what was read is what was followed.
    pub(super) fn is_same(&self) -> bool {
        let (read, followed) = (self.read.clone().finish(), self.followed.clone().finish());
        self.next_offset == self.end_offset && read == followed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn followed() -> Followed {
        let mut followed = Followed::begin(Offset(10));
        followed.on_followed(b"control", Offset(11), 0);
        followed.on_followed(b"data", Offset(20), 4);
        followed
    }

    #[test]
    fn what_is_read_again_in_other_pieces_is_the_same() {
        let mut read = followed();
        assert_eq!((read.data_bytes(), read.unread()), (4, Some((Offset(10), Offset(20)))));
        read.on_read(b"cont", Offset(11));
        assert_eq!(read.unread(), Some((Offset(11), Offset(20))));
        read.on_read(b"roldata", Offset(20));
        assert!(read.unread().is_none() && read.is_same());
    }

    #[test]
    fn other_bytes_and_fewer_are_not_the_same() {
        for (bytes, end_offset) in [(&b"controldatb"[..], 20), (b"controldat", 20), (b"controldata", 19)] {
            let mut read = followed();
            read.on_read(bytes, Offset(end_offset));
            assert!(!read.is_same());
        }
        assert!(Followed::begin(Offset(3)).is_same(), "nothing was followed");
    }
}

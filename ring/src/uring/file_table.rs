//! Sockets and files that the kernel knows by index, which spares it the look-up of the descriptor in every operation.
//!
//! A file is registered when it is first used, and stays open for as long as the table refers to it. Sockets report
//! that their last clone went ([`crate::release`]); of files the table holds a clone, and a sweep over a few entries
//! per turn lets go of those that nobody else holds.

use crate::io::Socket;
use crate::release::{Registered, Releases};
use io_uring::Submitter;
use loglane_model::File;
use std::os::fd::{AsRawFd, RawFd};
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// How an operation names its file.
#[derive(Debug, Clone, Copy)]
pub(super) enum Target {
    Registered(u32),
    Descriptor(RawFd),
}

#[derive(Debug)]
enum Entry {
    Free,
    Socket,
    File(File),
}

#[derive(Debug)]
pub(super) struct FileTable {
    entries: Vec<Entry>,
    free: Vec<u32>,
    /// Zero where the kernel refused a table: then everything goes by descriptor.
    entries_max: u32,
    sweep_next: usize,
    releases: Arc<Releases>,
    released: Vec<u32>,
}

/// Entries that one turn looks at.
const SWEEP_ENTRIES: usize = 16;

/// A file's cell when no table knows it.
const UNREGISTERED: u32 = u32::MAX;

impl FileTable {
    pub(super) fn new(submitter: &Submitter<'_>, entries_max: u32, releases: Arc<Releases>) -> FileTable {
        // The kernel wants no more entries than this process may have files.
        let files_max = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
        let entries_max =
            files_max.map_or(entries_max, |max| entries_max.min(u32::try_from(max).unwrap_or(u32::MAX)));
        let registered = submitter.register_files_sparse(entries_max).is_ok();
        FileTable {
            entries: Vec::new(),
            free: Vec::new(),
            entries_max: if registered { entries_max } else { 0 },
            sweep_next: 0,
            releases,
            released: Vec::new(),
        }
    }

    pub(super) fn socket(&mut self, submitter: &Submitter<'_>, socket: &Socket) -> Target {
        let descriptor = socket.fd().expect("a simulated socket has no business on a real ring").as_raw_fd();
        if let Some(registered) = socket.registered().get() {
            return match registered.slot_with(&self.releases) {
                Some(slot) => Target::Registered(slot),
                None => Target::Descriptor(descriptor),
            };
        }
        let Some(slot) = self.register(submitter, descriptor, Entry::Socket) else {
            return Target::Descriptor(descriptor);
        };
        let registered = socket.registered().get_or_init(|| Registered::new(&self.releases, slot));
        match registered.slot_with(&self.releases) {
            Some(slot) => Target::Registered(slot),
            // Another shard was faster. Ours goes back, which that shard's registration does not.
            None => {
                self.unregister(submitter, slot);
                Target::Descriptor(descriptor)
            }
        }
    }

    pub(super) fn file(&mut self, submitter: &Submitter<'_>, file: &File) -> Target {
        let descriptor = file.fd().expect("a simulated file has no business on a real ring").as_raw_fd();
        let slot = file.ring_slot().load(Ordering::Relaxed);
        if slot != UNREGISTERED {
            // The cell may speak of another shard's table.
            return match self.entries.get(slot as usize) {
                Some(Entry::File(known)) if known.is_same(file) => Target::Registered(slot),
                _ => Target::Descriptor(descriptor),
            };
        }
        match self.register(submitter, descriptor, Entry::File(file.clone())) {
            Some(slot) => {
                file.ring_slot().store(slot, Ordering::Relaxed);
                Target::Registered(slot)
            }
            None => Target::Descriptor(descriptor),
        }
    }

    /// Lets go of what nobody uses: all sockets that have reported, and what a few further entries hold alone.
    pub(super) fn tidy(&mut self, submitter: &Submitter<'_>) {
        if self.releases.is_pending() {
            let mut released = std::mem::take(&mut self.released);
            self.releases.take(&mut released);
            for slot in released.drain(..) {
                self.unregister(submitter, slot);
            }
            self.released = released;
        }
        for _ in 0..SWEEP_ENTRIES.min(self.entries.len()) {
            self.sweep_next = (self.sweep_next + 1) % self.entries.len();
            let Entry::File(file) = &self.entries[self.sweep_next] else { continue };
            if file.holder_count() == 1 {
                let slot = u32::try_from(self.sweep_next).expect("the table is numbered by u32");
                self.unregister(submitter, slot);
            }
        }
    }

    fn register(&mut self, submitter: &Submitter<'_>, descriptor: RawFd, entry: Entry) -> Option<u32> {
        let next = u32::try_from(self.entries.len()).expect("the table is numbered by u32");
        let slot = match self.free.pop() {
            Some(slot) => slot,
            None if next < self.entries_max => {
                self.entries.push(Entry::Free);
                next
            }
            None => return None,
        };
        match submitter.register_files_update(slot, &[descriptor]) {
            Ok(1) => {
                self.entries[slot as usize] = entry;
                Some(slot)
            }
            // It is only the shortcut that is missing.
            Ok(_) | Err(_) => {
                self.free.push(slot);
                None
            }
        }
    }

    fn unregister(&mut self, submitter: &Submitter<'_>, slot: u32) {
        // An entry that cannot be emptied would keep a connection open for ever.
        let emptied = submitter.register_files_update(slot, &[-1]);
        assert!(matches!(emptied, Ok(1)), "emptying entry {slot} of the file table: {emptied:?}");
        if let Entry::File(file) = std::mem::replace(&mut self.entries[slot as usize], Entry::Free) {
            file.ring_slot().store(UNREGISTERED, Ordering::Relaxed);
        }
        self.free.push(slot);
    }
}

impl Drop for FileTable {
    /// Files may live on with another ring. Sockets name this table's releases, which no other table has.
    fn drop(&mut self) {
        for entry in &self.entries {
            if let Entry::File(file) = entry {
                file.ring_slot().store(UNREGISTERED, Ordering::Relaxed);
            }
        }
    }
}

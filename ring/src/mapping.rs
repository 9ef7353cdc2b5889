//! Memory straight from the kernel.

use rustix::mm::{MapFlags, ProtFlags, mmap_anonymous, munmap};
use std::ptr::{self, NonNull};

/// Maps `len` bytes of zeros. Nothing is touched. `None`: the kernel gives no more.
pub(crate) fn map_zeros(len: usize) -> Option<NonNull<u8>> {
    let protection = ProtFlags::READ | ProtFlags::WRITE;
    // SAFETY: a new mapping, at an address that the kernel chooses, is nobody else's memory.
    let mapped = unsafe { mmap_anonymous(ptr::null_mut(), len, protection, MapFlags::PRIVATE) };
    NonNull::new(mapped.ok()?.cast())
}

/// Gives memory back to the kernel.
///
/// # Safety
/// It is a part of a mapping, and nobody uses it, now or later.
pub(crate) unsafe fn unmap(start: NonNull<u8>, len: usize) {
    if len > 0 {
        // SAFETY: the caller's promise. Where the kernel refuses, which it may for want of memory, addresses are lost.
        let _ = unsafe { munmap(start.as_ptr().cast(), len) };
    }
}

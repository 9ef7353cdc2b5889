//! Memory that direct I/O pins in one step: zeros on a huge page, where the kernel has one to give.
//!
//! Direct I/O pins what it writes page by page, and the disk gets one piece of memory for each run of neighbours. Memory
//! from an ordinary allocator is scattered pages of 4 KiB; a huge page is pinned at once, and is one piece.

use crate::mapping::{map_zeros, unmap};
use loglane_model::{Block, PAGE_BYTES};
use rustix::mm::{Advice, madvise};
use std::sync::OnceLock;

/// A huge page, where pages have 4 KiB.
pub(crate) const HUGE_PAGE_BYTES: usize = 2 << 20;

/// A huge page of zeros, page-aligned in any case. It stays for as long as the process.
pub(crate) fn zeros() -> &'static [u8] {
    static ZEROS: OnceLock<&[u8]> = OnceLock::new();
    ZEROS.get_or_init(|| match mapped_zeros(HUGE_PAGE_BYTES) {
        Some(zeros) => zeros,
        // The allocator may still have what the kernel does not give at once.
        None => Box::leak(Box::new(Block::zeroed(HUGE_PAGE_BYTES / PAGE_BYTES))).bytes(),
    })
}

/// Maps `len` bytes of zeros at a multiple of [`HUGE_PAGE_BYTES`], asks for huge pages, and touches them, so that there is
/// memory of their own behind them: what was never written stands for a page of zeros that all processes share, and which
/// is pinned in the slow way. They stay for as long as the process. `None`: the kernel has no memory to give.
fn mapped_zeros(len: usize) -> Option<&'static [u8]> {
    let room = len.checked_add(HUGE_PAGE_BYTES)?;
    let mapped = map_zeros(room)?;
    let before = mapped.align_offset(HUGE_PAGE_BYTES);
    // SAFETY: what is asked for, and what lies before and behind it, make up the mapping. The two are unmapped and never
    // used; the rest is initialized, since the kernel maps zeros, is written here alone, and is never unmapped.
    unsafe {
        let start = mapped.add(before);
        unmap(mapped, before);
        unmap(start.add(len), HUGE_PAGE_BYTES - before);
        // Advice: a kernel without huge pages refuses it, and small ones do.
        let _ = madvise(start.as_ptr().cast(), len, Advice::LinuxHugepage);
        for at in (0..len).step_by(PAGE_BYTES) {
            start.add(at).write_volatile(0);
        }
        Some(std::slice::from_raw_parts(start.as_ptr(), len))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn the_zeros_are_zeros_and_begin_a_huge_page() {
        assert_eq!(zeros().as_ptr().addr() % HUGE_PAGE_BYTES, 0);
        assert_eq!(zeros().len(), HUGE_PAGE_BYTES);
        assert!(zeros().iter().all(|byte| *byte == 0));
        assert_eq!(zeros().as_ptr(), zeros().as_ptr(), "there is one");
    }

    #[test]
    fn a_huge_page_is_asked_for() {
        if fs::metadata("/sys/kernel/mm/transparent_hugepage").is_err() {
            eprintln!("SKIPPED: this kernel has no huge pages");
            return;
        }
        let told = mapping_of(zeros().as_ptr().addr());
        let huge = told.lines().find(|line| line.starts_with("AnonHugePages")).unwrap_or_default();
        eprintln!("{huge}");
        assert!(!told.contains("VmFlags") || told.contains(" hg"), "{told}");
    }

    /// What the kernel tells of the mapping that holds the address.
    fn mapping_of(address: usize) -> String {
        let (mut told, mut is_it) = (String::new(), false);
        for line in fs::read_to_string("/proc/self/smaps").unwrap().lines() {
            let range = line.split(' ').next().and_then(|word| word.split_once('-'));
            let ends =
                range.map(|(from, to)| (usize::from_str_radix(from, 16), usize::from_str_radix(to, 16)));
            if let Some((Ok(from), Ok(to))) = ends {
                is_it = (from..to).contains(&address);
            } else if is_it {
                told += &format!("{line}\n");
            }
        }
        told
    }

    #[test]
    fn more_than_there_is_is_not_mapped() {
        assert!(mapped_zeros(usize::MAX - PAGE_BYTES).is_none());
        assert!(mapped_zeros(1 << 60).is_none());
    }
}

//! The io_uring system calls that the `io-uring` crate does not wrap the way this loop needs them, and the setup.

use crate::probe::UringLevel;
use io_uring::{EnterFlags, IoUring};
use rustix::time::Timespec;
use std::io;
use std::os::fd::{AsRawFd, RawFd};
use std::time::Duration;

/// `IORING_REGISTER_RING_FDS` and `IORING_UNREGISTER_RING_FDS` of linux/io_uring.h.
const REGISTER_RING_FDS: u32 = 20;
const UNREGISTER_RING_FDS: u32 = 21;

/// `struct io_uring_getevents_arg`.
#[repr(C)]
struct GetEventsArg {
    sigmask: u64,
    sigmask_bytes: u32,
    min_wait_usec: u32,
    timespec: u64,
}

/// `struct io_uring_rsrc_update`.
#[repr(C)]
struct ResourceUpdate {
    offset: u32,
    reserved: u32,
    data: u64,
}

/// What the wait shall do about completions.
#[derive(Debug, Clone, Copy)]
pub(super) enum Wait {
    /// Only send off what is queued.
    Submit,
    /// Also take what is complete.
    Poll,
    /// Also sleep until something completes, at most this long.
    Sleep(Option<Duration>),
}

/// How this thread enters its ring.
#[derive(Debug)]
pub(super) struct Door {
    ring_fd: RawFd,
    /// The index of the ring among the thread's registered ones, which spares the look-up of the descriptor.
    registered: Option<u32>,
    flags: EnterFlags,
}

/// Makes the ring, with the fastest set of flags that the kernel has. `SINGLE_ISSUER` and `DEFER_TASKRUN` tie it to
/// the calling thread.
pub(super) fn make_ring(entries: u32) -> io::Result<(IoUring, UringLevel)> {
    const LEVELS: [UringLevel; 4] =
        [UringLevel::Deferred, UringLevel::SingleIssuer, UringLevel::Cooperative, UringLevel::Plain];
    for level in LEVELS {
        let mut builder = IoUring::builder();
        builder.dontfork().setup_cqsize(entries * 8).setup_clamp();
        if level >= UringLevel::Cooperative {
            builder.setup_submit_all().setup_coop_taskrun();
        }
        if level >= UringLevel::SingleIssuer {
            builder.setup_single_issuer();
        }
        if level >= UringLevel::Deferred {
            builder.setup_defer_taskrun();
        }
        match builder.build(entries) {
            Ok(ring) => return Ok((ring, level)),
            // A flag that the kernel does not know.
            Err(error) if error.raw_os_error() == Some(libc::EINVAL) && level > UringLevel::Plain => {}
            Err(error) => return Err(error),
        }
    }
    unreachable!("the last level returns whatever it gets")
}

impl Door {
    pub(super) fn new(ring: &IoUring) -> Door {
        let ring_fd = ring.as_raw_fd();
        let mut flags = EnterFlags::empty();
        if ring.params().is_feature_no_iowait() {
            // A core that waits for requests is idle, and must not look like one that waits for its disk.
            flags |= EnterFlags::NO_IOWAIT;
        }
        let mut update = ResourceUpdate {
            offset: u32::MAX,
            reserved: 0,
            data: u64::try_from(ring_fd).expect("an open descriptor"),
        };
        // SAFETY: the kernel reads and writes one ResourceUpdate, which outlives the call.
        let outcome = unsafe { register_ring_fds(ring_fd, REGISTER_RING_FDS, &mut update) };
        let registered = outcome.is_ok().then_some(update.offset);
        Door { ring_fd, registered, flags }
    }

    /// Submits `to_submit` entries and waits as told. `Ok` too if the time ran out or a signal came.
    pub(super) fn enter(&self, to_submit: usize, wait: Wait) -> io::Result<()> {
        let mut flags = self.flags;
        let mut min_complete = 0;
        let mut timespec = Timespec { tv_sec: 0, tv_nsec: 0 };
        let mut argument = GetEventsArg { sigmask: 0, sigmask_bytes: 0, min_wait_usec: 0, timespec: 0 };
        match wait {
            Wait::Submit => {}
            // With DEFER_TASKRUN nothing completes outside of an enter that asks for events.
            Wait::Poll => flags |= EnterFlags::GETEVENTS,
            Wait::Sleep(timeout) => {
                flags |= EnterFlags::GETEVENTS | EnterFlags::EXT_ARG;
                min_complete = 1;
                if let Some(timeout) = timeout {
                    timespec.tv_sec = i64::try_from(timeout.as_secs()).unwrap_or(i64::MAX);
                    timespec.tv_nsec = i64::from(timeout.subsec_nanos());
                    argument.timespec = std::ptr::from_ref(&timespec) as u64;
                }
            }
        }
        let fd = match self.registered {
            Some(index) => {
                flags |= EnterFlags::REGISTERED_RING;
                libc::c_long::from(index)
            }
            None => libc::c_long::from(self.ring_fd),
        };
        let (argument, argument_bytes) = if flags.contains(EnterFlags::EXT_ARG) {
            (std::ptr::from_ref(&argument), size_of::<GetEventsArg>())
        } else {
            (std::ptr::null(), 0)
        };
        // SAFETY: the argument and the time it points to outlive the call. What the queued entries point to is
        // kept alive by whoever pushed them: that is the contract of the push.
        let entered = unsafe {
            libc::syscall(
                libc::SYS_io_uring_enter,
                fd,
                to_submit,
                min_complete,
                libc::c_ulong::from(flags.bits()),
                argument,
                argument_bytes,
            )
        };
        if entered >= 0 {
            return Ok(());
        }
        let error = io::Error::last_os_error();
        match error.raw_os_error() {
            Some(libc::ETIME | libc::EINTR) => Ok(()),
            _ => Err(error),
        }
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        if let Some(offset) = self.registered {
            let mut update = ResourceUpdate { offset, reserved: 0, data: 0 };
            // SAFETY: the kernel reads one ResourceUpdate, which outlives the call. Should it fail, the thread's end
            // unregisters the ring.
            let _ = unsafe { register_ring_fds(self.ring_fd, UNREGISTER_RING_FDS, &mut update) };
        }
    }
}

/// # Safety
/// `update` must be what `operation` expects, which is one entry of ring descriptors.
unsafe fn register_ring_fds(ring_fd: RawFd, operation: u32, update: &mut ResourceUpdate) -> io::Result<()> {
    let update = std::ptr::from_mut(update);
    // SAFETY: the caller vouches for the entry; the count of one says how far the kernel looks.
    let done = unsafe { libc::syscall(libc::SYS_io_uring_register, ring_fd, operation, update, 1u32) };
    if done >= 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

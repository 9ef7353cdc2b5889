//! What is served, and by what.

use crate::Failure;

/// Connections of the client.
pub(crate) const CONNECTIONS: usize = 4;
/// Frames under way on each.
pub(crate) const DEPTH: usize = 5;
/// Bytes of an answer.
pub(crate) const ANSWER_BYTES: usize = 16;
/// What a small request's connection receives at a time.
pub(crate) const WINDOW_BYTES: usize = 64 << 10;
/// Bytes that are written at once, at most.
pub(crate) const WRITE_BYTES: usize = 512 << 10;
/// Writes under way.
pub(crate) const WRITES_MAX: usize = 2;

/// One of the loads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Load {
    /// Requests of 1 KiB, answered at once.
    Small,
    /// Frames of 64 KiB, answered at once.
    Large,
    /// Frames of 64 KiB: checked, copied, written, answered when written.
    Append,
}

impl Load {
    pub(crate) const ALL: [Load; 3] = [Load::Small, Load::Large, Load::Append];

    pub(crate) fn named(name: &str) -> Result<Load, Failure> {
        let found = Load::ALL.into_iter().find(|load| load.name() == name);
        found.ok_or_else(|| format!("{name} is none of small, large, append").into())
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Load::Small => "small",
            Load::Large => "large",
            Load::Append => "append",
        }
    }

    pub(crate) fn about(self) -> &'static str {
        match self {
            Load::Small => "requests of 1 KiB, answers of 16 B",
            Load::Large => "frames of 64 KiB, answers of 16 B",
            Load::Append => "frames of 64 KiB: received, CRC, one copy, direct write, answer of 16 B",
        }
    }

    pub(crate) fn frame_bytes(self) -> usize {
        match self {
            Load::Small => 1 << 10,
            Load::Large | Load::Append => 64 << 10,
        }
    }
}

/// What serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Runtime {
    Ring,
    Epoll,
    Glommio,
    Tokio,
    Compio,
}

impl Runtime {
    pub(crate) const ALL: [Runtime; 5] =
        [Runtime::Ring, Runtime::Epoll, Runtime::Glommio, Runtime::Tokio, Runtime::Compio];

    pub(crate) fn named(name: &str) -> Result<Runtime, Failure> {
        let found = Runtime::ALL.into_iter().find(|runtime| runtime.name() == name);
        found.ok_or_else(|| format!("{name} is none of ring, epoll, glommio, tokio, compio").into())
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Runtime::Ring => "ring",
            Runtime::Epoll => "epoll",
            Runtime::Glommio => "glommio",
            Runtime::Tokio => "tokio",
            Runtime::Compio => "compio",
        }
    }

    pub(crate) fn about(self) -> &'static str {
        match self {
            Runtime::Ring => "loglane-ring, io_uring",
            Runtime::Epoll => "loglane-ring, epoll and disk threads",
            Runtime::Glommio => "glommio 0.9",
            Runtime::Tokio => "tokio, current thread, disk by spawn_blocking",
            Runtime::Compio => "compio, with the ring's setup flags",
        }
    }
}

//! Decides at start how this process reaches the world: through io_uring, or through epoll, and why.

use crate::uring;
use std::{fmt, fs, io, str::FromStr};

/// What the operator wants (`loglane.io.backend`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BackendChoice {
    /// io_uring if it can be had, else epoll.
    #[default]
    Auto,
    /// io_uring or nothing.
    IoUring,
    /// epoll, although io_uring may be there.
    Epoll,
}

impl FromStr for BackendChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<BackendChoice, String> {
        match text {
            "auto" => Ok(BackendChoice::Auto),
            "io_uring" => Ok(BackendChoice::IoUring),
            "epoll" => Ok(BackendChoice::Epoll),
            _ => Err(format!("{text:?} is none of auto, io_uring, epoll")),
        }
    }
}

/// How the process reaches the world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Backend {
    /// io_uring; `level` says how well the kernel can do it.
    IoUring {
        /// The setup that the kernel accepted.
        level: UringLevel,
    },
    /// epoll and a few threads; because of this, or because it was asked for (`None`).
    Epoll {
        /// What speaks against io_uring.
        because: Option<Unusable>,
    },
}

/// Which of io_uring's setup flags the kernel has; they are worth 1.5 times the CPU at small requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum UringLevel {
    /// Linux 5.19 without the flags.
    Plain,
    /// COOP_TASKRUN and SUBMIT_ALL.
    Cooperative,
    /// Also SINGLE_ISSUER (Linux 6.0).
    SingleIssuer,
    /// Also DEFER_TASKRUN (Linux 6.1): all of them.
    Deferred,
}

impl fmt::Display for Backend {
    /// For the banner: one line, or the whole story of what stands in the way of io_uring.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Backend::IoUring { level: UringLevel::Deferred } => f.write_str("io_uring"),
            Backend::IoUring { level } => {
                write!(f, "io_uring with less than the best setup ({level:?}): Linux 6.1 or later saves CPU")
            }
            Backend::Epoll { because: None } => f.write_str("epoll, as configured"),
            Backend::Epoll { because: Some(reason) } => {
                write!(f, "epoll, slower than io_uring would be.\n{reason}\nGoing on with epoll.")
            }
        }
    }
}

/// Why io_uring cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unusable {
    /// The system call does not exist.
    Missing {
        /// The kernel's release.
        kernel: String,
    },
    /// `kernel.io_uring_disabled` forbids it.
    Disabled {
        /// 1: for all but privileged processes and a group; 2: for all.
        sysctl: u8,
    },
    /// Refused although the sysctl allows it.
    Forbidden {
        /// Whether a system-call filter is known to be in place.
        filtered: bool,
    },
    /// No memory, or none that may be locked.
    NoMemory,
    /// The kernel has io_uring, but not all that is needed of it.
    TooOld {
        /// The kernel's release.
        kernel: String,
        /// What is missing.
        lacks: &'static str,
    },
    /// Anything else.
    Failed {
        /// What the kernel says.
        message: String,
    },
}

impl std::error::Error for Unusable {}

impl fmt::Display for Unusable {
    /// What happened, the likely cause, and the remedy.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unusable::Missing { kernel } => write!(
                f,
                "io_uring does not exist here: io_uring_setup answered ENOSYS (kernel {kernel}).\n\
                 Likely cause: a kernel built without CONFIG_IO_URING, a sandbox such as gVisor, or a seccomp filter \
                 that answers ENOSYS.\n\
                 Remedy: Linux 6.1 or later with CONFIG_IO_URING=y, run outside of the sandbox; in a container, allow \
                 the calls as for a refusal:\n{ALLOW_THE_CALLS}"
            ),
            Unusable::Disabled { sysctl: 2 } => f.write_str(
                "io_uring is switched off on this machine: kernel.io_uring_disabled is 2.\n\
                 Remedy, on the host: `sysctl -w kernel.io_uring_disabled=0`, and the same in /etc/sysctl.d/ for the \
                 next boot.",
            ),
            Unusable::Disabled { sysctl } => write!(
                f,
                "io_uring is kept for privileged processes on this machine: kernel.io_uring_disabled is {sysctl}.\n\
                 Remedy, on the host: `sysctl -w kernel.io_uring_disabled=0`; or run the broker as a member of the \
                 group that `sysctl kernel.io_uring_group` names."
            ),
            Unusable::Forbidden { filtered } => {
                let cause = if *filtered {
                    "a seccomp filter is active in this process, as Docker, containerd and Kubernetes (RuntimeDefault) \
                     set one by default"
                } else {
                    "a security module (SELinux, AppArmor) or a seccomp filter"
                };
                write!(
                    f,
                    "io_uring is forbidden: io_uring_setup was refused with EPERM.\nLikely cause: {cause}.\n\
                     Remedy: allow the calls:\n{ALLOW_THE_CALLS}"
                )
            }
            Unusable::NoMemory => f.write_str(
                "io_uring got no memory: io_uring_setup answered ENOMEM.\n\
                 Likely cause: the limit of locked memory (kernels before 5.12 charge rings to it), or the container's \
                 memory limit.\n\
                 Remedy: Docker: `--ulimit memlock=-1`; systemd: `LimitMEMLOCK=infinity`; Kubernetes: raise the node's \
                 default in the container runtime's unit, or the pod's memory limit.",
            ),
            Unusable::TooOld { kernel, lacks } => write!(
                f,
                "io_uring of kernel {kernel} lacks {lacks}.\nRemedy: Linux 5.19 or later, best 6.1 or later."
            ),
            Unusable::Failed { message } => write!(f, "io_uring cannot be set up: {message}."),
        }
    }
}

const ALLOW_THE_CALLS: &str = "  Docker: `--security-opt seccomp=profile.json`, the default profile with \
    io_uring_setup, io_uring_enter and io_uring_register added to the allowed calls (to try: `seccomp=unconfined`)\n  \
    Kubernetes: put that profile on the node under /var/lib/kubelet/seccomp/ and set \
    `securityContext.seccompProfile: {type: Localhost, localhostProfile: profile.json}` (to try: `type: Unconfined`)\n  \
    systemd: add `@aio` to the unit's `SystemCallFilter=`";

/// Finds out how the process will reach the world.
///
/// # Errors
/// If io_uring is demanded and cannot be had.
pub fn choose_backend(choice: BackendChoice) -> Result<Backend, Unusable> {
    if choice == BackendChoice::Epoll {
        return Ok(Backend::Epoll { because: None });
    }
    match uring::try_out() {
        Ok(level) => Ok(Backend::IoUring { level }),
        Err(failure) => {
            let reason = explain(&failure, &Surroundings::look());
            match choice {
                BackendChoice::IoUring => Err(reason),
                BackendChoice::Auto | BackendChoice::Epoll => Ok(Backend::Epoll { because: Some(reason) }),
            }
        }
    }
}

/// Where trying it out has failed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Making a ring.
    Setup(io::Error),
    /// Something that a ring must have.
    Lacks(&'static str),
}

/// What helps to tell one EPERM from another.
struct Surroundings {
    kernel: String,
    /// `kernel.io_uring_disabled`, where it exists and can be read.
    sysctl: Option<u8>,
    filtered: bool,
}

impl Surroundings {
    fn look() -> Surroundings {
        let read = |path: &str| fs::read_to_string(path).ok();
        let status = read("/proc/thread-self/status").unwrap_or_default();
        let seccomp = status.lines().find_map(|line| line.strip_prefix("Seccomp:"));
        Surroundings {
            kernel: read("/proc/sys/kernel/osrelease")
                .map_or("unknown".to_owned(), |text| text.trim().to_owned()),
            sysctl: read("/proc/sys/kernel/io_uring_disabled").and_then(|text| text.trim().parse().ok()),
            // 2 is SECCOMP_MODE_FILTER (proc_pid_status(5)).
            filtered: seccomp.is_some_and(|mode| mode.trim() == "2"),
        }
    }
}

fn explain(failure: &Failure, around: &Surroundings) -> Unusable {
    let kernel = around.kernel.clone();
    let error = match failure {
        Failure::Lacks(lacks) => return Unusable::TooOld { kernel, lacks },
        Failure::Setup(error) => error,
    };
    match error.raw_os_error() {
        Some(libc::ENOSYS) => Unusable::Missing { kernel },
        Some(libc::EPERM | libc::EACCES) => match around.sysctl {
            Some(sysctl @ 1..) => Unusable::Disabled { sysctl },
            Some(0) | None => Unusable::Forbidden { filtered: around.filtered },
        },
        Some(libc::ENOMEM) => Unusable::NoMemory,
        Some(_) | None => Unusable::Failed { message: error.to_string() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use seccompiler::{BpfProgram, SeccompAction, SeccompFilter, TargetArch};

    fn around(sysctl: Option<u8>, filtered: bool) -> Surroundings {
        Surroundings { kernel: "6.6.6".to_owned(), sysctl, filtered }
    }

    fn setup(errno: i32) -> Failure {
        Failure::Setup(io::Error::from_raw_os_error(errno))
    }

    #[test]
    fn every_refusal_is_told_from_the_others() {
        let cases = [
            (setup(libc::ENOSYS), None, Unusable::Missing { kernel: "6.6.6".to_owned() }),
            (setup(libc::EPERM), Some(2), Unusable::Disabled { sysctl: 2 }),
            (setup(libc::EPERM), Some(1), Unusable::Disabled { sysctl: 1 }),
            (setup(libc::EPERM), Some(0), Unusable::Forbidden { filtered: true }),
            (setup(libc::EACCES), None, Unusable::Forbidden { filtered: true }),
            (setup(libc::ENOMEM), Some(0), Unusable::NoMemory),
            (
                Failure::Lacks("provided buffers"),
                Some(0),
                Unusable::TooOld { kernel: "6.6.6".to_owned(), lacks: "provided buffers" },
            ),
        ];
        for (failure, sysctl, expected) in cases {
            let reason = explain(&failure, &around(sysctl, true));
            assert_eq!(reason, expected, "{failure:?}");
            let text = Backend::Epoll { because: Some(reason) }.to_string();
            assert!(text.contains("Remedy") && text.contains("Going on with epoll"), "{text}");
        }
    }

    #[test]
    fn a_seccomp_filter_is_recognized_and_lived_with() {
        // The filter holds for this thread and its children alone.
        std::thread::spawn(|| {
            let calls = [libc::SYS_io_uring_setup, libc::SYS_io_uring_enter, libc::SYS_io_uring_register];
            let filter = SeccompFilter::new(
                calls.into_iter().map(|call| (call, Vec::new())).collect(),
                SeccompAction::Allow,
                SeccompAction::Errno(u32::try_from(libc::EPERM).unwrap()),
                TargetArch::try_from(std::env::consts::ARCH).unwrap(),
            );
            let program: BpfProgram = filter.unwrap().try_into().unwrap();
            seccompiler::apply_filter(&program).unwrap();

            let backend = choose_backend(BackendChoice::Auto).unwrap();
            assert_eq!(backend, Backend::Epoll { because: Some(Unusable::Forbidden { filtered: true }) });
            assert!(backend.to_string().contains("seccomp"), "{backend}");
            let refused = choose_backend(BackendChoice::IoUring).unwrap_err();
            assert_eq!(refused, Unusable::Forbidden { filtered: true });
            crate::conformance::os::echoes_with(BackendChoice::Auto);
        })
        .join()
        .unwrap();
    }

    #[test]
    fn epoll_can_be_asked_for() {
        assert_eq!(choose_backend(BackendChoice::Epoll), Ok(Backend::Epoll { because: None }));
        assert_eq!("epoll".parse(), Ok(BackendChoice::Epoll));
        assert!("kqueue".parse::<BackendChoice>().unwrap_err().contains("none of auto, io_uring, epoll"));
    }
}

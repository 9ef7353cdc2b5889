//! What keeps the broker from starting, told so that the reader can act: what happened, the likely cause, the fix,
//! and a code to search for.

use crate::config::ConfigError;
use crate::limits::LimitsError;
use loglane_ring::ListenError;
use std::fmt;
use std::io;
use std::path::Path;

/// The kinds of fatal errors; the text of a code never changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FatalCode {
    /// A configuration that does not do.
    BadConfig,
    /// A setting that is right and that Loglane cannot do.
    NotImplemented,
    /// A file that was named and cannot be read.
    UnreadableFile,
    /// A budget, a limit of the system, or a size that does not fit.
    Limits,
    /// Another process holds a data directory.
    DirectoryInUse,
    /// A data directory holds what is neither Kafka's nor ours.
    ForeignDirectory,
    /// A data directory cannot be read or written.
    DirectoryUnusable,
    /// `meta.properties` is damaged or missing.
    BadMetaProperties,
    /// A data directory belongs to another cluster.
    ClusterIdMismatch,
    /// A data directory belongs to another node.
    NodeIdMismatch,
    /// Two data directories are one.
    DuplicateDirectory,
    /// Another process has the port.
    PortInUse,
    /// The address cannot be listened on.
    CannotListen,
    /// io_uring was demanded and does not work.
    IoUringUnavailable,
    /// What is on disk cannot be understood.
    BadData,
    /// What is on disk needs something that this broker lacks.
    CannotTakeOver,
    /// The system refused something that every start needs.
    System,
}

impl FatalCode {
    /// The code as it is printed.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            FatalCode::BadConfig => "bad-config",
            FatalCode::NotImplemented => "not-implemented",
            FatalCode::UnreadableFile => "unreadable-file",
            FatalCode::Limits => "limits",
            FatalCode::DirectoryInUse => "directory-in-use",
            FatalCode::ForeignDirectory => "foreign-directory",
            FatalCode::DirectoryUnusable => "directory-unusable",
            FatalCode::BadMetaProperties => "bad-meta-properties",
            FatalCode::ClusterIdMismatch => "cluster-id-mismatch",
            FatalCode::NodeIdMismatch => "node-id-mismatch",
            FatalCode::DuplicateDirectory => "duplicate-directory",
            FatalCode::PortInUse => "port-in-use",
            FatalCode::CannotListen => "cannot-listen",
            FatalCode::IoUringUnavailable => "io-uring-unavailable",
            FatalCode::BadData => "bad-data",
            FatalCode::CannotTakeOver => "cannot-take-over",
            FatalCode::System => "system",
        }
    }
}

/// Why the broker does not start, or stops.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fatal {
    /// What to search for.
    pub code: FatalCode,
    /// What happened.
    pub what: String,
    /// Why, most likely.
    pub cause: String,
    /// What to do.
    pub fix: String,
}

impl Fatal {
    /// A fatal error.
    pub fn new(
        code: FatalCode,
        what: impl Into<String>,
        cause: impl Into<String>,
        fix: impl Into<String>,
    ) -> Fatal {
        Fatal { code, what: what.into(), cause: cause.into(), fix: fix.into() }
    }

    /// A data directory that another process holds.
    #[must_use]
    pub fn directory_in_use(dir: &Path) -> Fatal {
        let dir = dir.display();
        Fatal::new(
            FatalCode::DirectoryInUse,
            format!("data directory {dir} is in use: its file .lock is held"),
            "another Loglane or Kafka runs on it, or log.dirs names it twice",
            format!("stop the other one (`fuser {dir}/.lock` names it), or set another log.dirs"),
        )
    }

    /// A data directory that the system does not let us use.
    #[must_use]
    pub fn directory_unusable(dir: &Path, error: &io::Error) -> Fatal {
        let shown = dir.display();
        let what = format!("data directory {shown} cannot be used: {error}");
        let (cause, fix) = match error.kind() {
            io::ErrorKind::PermissionDenied => (
                "the directory, or the one above it, belongs to another user".to_owned(),
                format!("`chown -R $(id -u) {shown}` as root, or set log.dirs to a directory of this user"),
            ),
            io::ErrorKind::ReadOnlyFilesystem => (
                "the file system is mounted read-only, perhaps after an error of the disk".to_owned(),
                "look into the kernel's log (`dmesg`), remount it, or set another log.dirs".to_owned(),
            ),
            io::ErrorKind::NotFound => (
                "nothing can be made there: the directory above it is gone, or belongs to the kernel"
                    .to_owned(),
                "make it by hand (`mkdir -p`), or set another log.dirs".to_owned(),
            ),
            io::ErrorKind::StorageFull => (
                "the file system is full".to_owned(),
                "make room, or set log.dirs to a directory on another file system".to_owned(),
            ),
            io::ErrorKind::InvalidData => (
                "a fault of the disk, or somebody else has written to the file".to_owned(),
                "restore the file, or move it away if what follows is acceptable; or set another log.dirs"
                    .to_owned(),
            ),
            io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => (
                "something of that name exists and is no directory".to_owned(),
                "set log.dirs to a directory".to_owned(),
            ),
            _ => (
                "the disk or its file system has a fault".to_owned(),
                "look into the kernel's log (`dmesg`), or set another log.dirs".to_owned(),
            ),
        };
        Fatal { code: FatalCode::DirectoryUnusable, what, cause, fix }
    }

    /// A configuration file that cannot be read.
    #[must_use]
    pub fn unreadable_file(path: &Path, error: &io::Error) -> Fatal {
        let cause = match error.kind() {
            io::ErrorKind::NotFound => "there is no such file",
            io::ErrorKind::PermissionDenied => "it belongs to another user",
            _ => "it is no plain file of text",
        };
        Fatal::new(
            FatalCode::UnreadableFile,
            format!("cannot read {}: {error}", path.display()),
            cause,
            "name a readable properties file, or none: `loglane serve` needs none",
        )
    }
}

impl fmt::Display for Fatal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "error[{}]: {}", self.code.text(), self.what)?;
        writeln!(f, "  cause: {}", self.cause)?;
        write!(f, "  fix:   {}", self.fix)
    }
}

impl std::error::Error for Fatal {}

impl From<ConfigError> for Fatal {
    fn from(error: ConfigError) -> Fatal {
        let code = if error.is_not_implemented { FatalCode::NotImplemented } else { FatalCode::BadConfig };
        let what = error.to_string();
        let cause =
            error.cause.unwrap_or_else(|| "the value is mistyped, or meant for another key".to_owned());
        let fix = error.fix.unwrap_or_else(|| match &error.origin {
            Some(origin) => format!("correct or remove it ({origin})"),
            None => "correct or remove it".to_owned(),
        });
        Fatal { code, what, cause, fix }
    }
}

impl From<LimitsError> for Fatal {
    fn from(error: LimitsError) -> Fatal {
        const MIB: u64 = 1 << 20;
        let (cause, fix) = match &error {
            LimitsError::MemoryTooSmall { shards, needed_bytes, .. } => (
                "every core needs room for one request, one batch on its way to the disk, and a little of the rest",
                format!(
                    "set loglane.memory={}m, or fewer cores with loglane.cores (there are {shards})",
                    needed_bytes / MIB
                ),
            ),
            LimitsError::CoreTooSmall { needed_bytes, .. } => (
                "the memory of a [[core]] in cores.toml has to hold one request, one batch, and a little of the rest",
                format!("give it memory = \"{}m\" or more, or leave memory out", needed_bytes / MIB),
            ),
            LimitsError::MessageTooLarge { needed_bytes, .. } => (
                "the largest batch has to fit into each core's part of the memory budget",
                format!(
                    "set loglane.memory={}m, a smaller message.max.bytes, or fewer cores",
                    needed_bytes / MIB
                ),
            ),
            LimitsError::TooFewFiles { needed, .. } => (
                "the limit on open files is low (`ulimit -n`; LimitNOFILE in systemd; nofile in Docker)",
                format!("raise it to {needed} or more; 100000 leaves room"),
            ),
        };
        Fatal::new(FatalCode::Limits, error.to_string(), cause, fix)
    }
}

impl From<ListenError> for Fatal {
    fn from(error: ListenError) -> Fatal {
        match &error {
            ListenError::Taken { address, holder: Some(holder) } => Fatal::new(
                FatalCode::PortInUse,
                format!("{address} is taken by process {} ({})", holder.pid, holder.command_line),
                "another broker, or another program on the same port, is running",
                format!("stop it (`kill {}`), or set another port in listeners", holder.pid),
            ),
            ListenError::Taken { address, holder: None } => Fatal::new(
                FatalCode::PortInUse,
                format!("{address} is taken by a process that this user cannot look into"),
                "it belongs to another user, or runs in another container",
                "`ss -ltnp` as root names it; stop it, or set another port in listeners",
            ),
            ListenError::Failed { address, error } => {
                let (cause, fix) = match error.kind() {
                    io::ErrorKind::AddrNotAvailable => (
                        "no interface of this machine has that address",
                        "set listeners to an address of this machine (`ip addr`), or leave the host out",
                    ),
                    io::ErrorKind::PermissionDenied => (
                        "ports below 1024 are for root",
                        "set a port of 1024 or more in listeners, or grant CAP_NET_BIND_SERVICE",
                    ),
                    _ => {
                        ("the system's network does not offer that kind of address", "set another listeners")
                    }
                };
                Fatal::new(
                    FatalCode::CannotListen,
                    format!("cannot listen on {address}: {error}"),
                    cause,
                    fix,
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Sources};
    use loglane_ring::Holder;

    fn of_file(text: &str) -> String {
        let file = Some(("server.properties".to_owned(), text.to_owned()));
        Fatal::from(Config::parse(&Sources { file, ..Sources::default() }).unwrap_err()).to_string()
    }

    #[test]
    fn a_bad_value_is_told_with_its_place() {
        assert_eq!(
            of_file("num.partitions=abc"),
            "error[bad-config]: server.properties:1: Invalid value abc for configuration num.partitions: Not a number \
             of type INT\n  cause: the value is mistyped, or meant for another key\n  fix:   correct or remove it \
             (server.properties:1)"
        );
    }

    #[test]
    fn security_is_told_as_not_implemented() {
        assert_eq!(
            of_file("ssl.client.auth=required"),
            "error[not-implemented]: server.properties:1: ssl.client.auth is set, and Loglane does not implement it\n  \
             cause: the setting asks for protection, policy or storage that would silently be missing\n  fix:   remove \
             ssl.client.auth if the broker may run without it (Kafka's default is what Loglane does)"
        );
    }

    #[test]
    fn a_taken_port_names_who_has_it() {
        let holder = Holder { pid: 42, command_line: "java kafka.Kafka".to_owned() };
        let taken = ListenError::Taken { address: "127.0.0.1:9092".parse().unwrap(), holder: Some(holder) };
        assert_eq!(
            Fatal::from(taken).to_string(),
            "error[port-in-use]: 127.0.0.1:9092 is taken by process 42 (java kafka.Kafka)\n  cause: another broker, or \
             another program on the same port, is running\n  fix:   stop it (`kill 42`), or set another port in \
             listeners"
        );
        let taken = ListenError::Taken { address: "127.0.0.1:9092".parse().unwrap(), holder: None };
        assert!(Fatal::from(taken).to_string().contains("`ss -ltnp` as root names it"));
        let error = io::Error::from(io::ErrorKind::PermissionDenied);
        let failed = ListenError::Failed { address: "127.0.0.1:80".parse().unwrap(), error };
        assert!(Fatal::from(failed).to_string().contains("ports below 1024 are for root"));
    }

    #[test]
    fn limits_name_the_value_that_would_do() {
        let small = LimitsError::MemoryTooSmall { memory_bytes: 8 << 20, shards: 2, needed_bytes: 22 << 20 };
        assert_eq!(
            Fatal::from(small).to_string(),
            "error[limits]: a memory budget of 8 MiB does not suffice for 2 cores, which need 22 MiB\n  cause: every \
             core needs room for one request, one batch on its way to the disk, and a little of the rest\n  fix:   set \
             loglane.memory=22m, or fewer cores with loglane.cores (there are 2)"
        );
    }

    #[test]
    fn directories_are_told_with_a_remedy() {
        let denied = io::Error::from(io::ErrorKind::PermissionDenied);
        let text = Fatal::directory_unusable(Path::new("/data"), &denied).to_string();
        assert!(
            text.starts_with("error[directory-unusable]: data directory /data cannot be used: "),
            "{text}"
        );
        assert!(text.contains("`chown -R $(id -u) /data` as root"), "{text}");
        let text = Fatal::directory_in_use(Path::new("/data")).to_string();
        assert!(text.contains("`fuser /data/.lock` names it"), "{text}");
        let missing = io::Error::from(io::ErrorKind::NotFound);
        let text = Fatal::unreadable_file(Path::new("/etc/x"), &missing).to_string();
        assert!(text.contains("cause: there is no such file"), "{text}");
    }
}

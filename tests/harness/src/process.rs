//! A process that a test started: its log, its resources, its end.

use crate::skip::skip;
use crate::wait::wait_until;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// A running process; killed when dropped. What it prints goes to a file.
#[derive(Debug)]
pub struct Process {
    child: Child,
    log: PathBuf,
}

/// Files that come and go.
const OPEN_FILES_SLACK: usize = 8;

/// Lets this process have as many files open as it may. If those are fewer than `files` it says that the test is
/// skipped, and returns `false`.
///
/// # Panics
/// When its limit cannot be raised to the hard limit.
#[must_use]
pub fn may_open(files: u64) -> bool {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    setrlimit(Resource::Nofile, raised).expect("up to the hard limit");
    let most = limit.maximum.unwrap_or(u64::MAX);
    if most < files {
        skip(&format!("{most} descriptors are allowed here, {files} are needed"));
    }
    most >= files
}

impl Process {
    /// Starts `command` with standard output and error in the file `log`, appended.
    ///
    /// # Panics
    /// When it cannot be started.
    #[must_use]
    pub fn start(command: &mut Command, log: &Path) -> Process {
        let out = File::options().create(true).append(true).open(log).expect("the log can be written");
        let err = out.try_clone().expect("a file can be shared");
        let child = command.stdin(Stdio::null()).stdout(out).stderr(err).spawn();
        let child = child.unwrap_or_else(|error| panic!("{command:?} does not start: {error}"));
        Process { child, log: log.to_owned() }
    }

    /// Its process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What it has printed so far.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// How it ended, if it has.
    ///
    /// # Panics
    /// When the system does not know the process.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().expect("a child can be asked")
    }

    /// Waits for its end.
    ///
    /// # Panics
    /// When the deadline comes first; with the log's end.
    pub fn wait(&mut self, deadline: Duration) -> ExitStatus {
        let what = format!("the end of process {}; its log: {}", self.pid(), self.log.display());
        wait_until(&what, deadline, || self.ended())
    }

    /// SIGKILL, and waits for the end.
    ///
    /// # Panics
    /// When the process cannot be killed.
    pub fn kill(&mut self) {
        self.child.kill().expect("a child can be killed");
        self.child.wait().expect("a killed child ends");
    }

    /// Sends a signal by its name, such as `TERM`, `STOP`, `CONT`.
    ///
    /// # Panics
    /// When the process is gone.
    pub fn signal(&self, name: &str) {
        // The shell's own `kill`, so that no package and no `unsafe` is needed.
        let status = Command::new("sh").args(["-c", &format!("kill -{name} {}", self.pid())]).status();
        assert!(status.expect("sh runs").success(), "kill -{name} {}", self.pid());
    }

    /// Resident memory in bytes.
    ///
    /// # Panics
    /// When the process is gone.
    #[must_use]
    pub fn resident_bytes(&self) -> u64 {
        self.status_bytes("VmRSS:")
    }

    fn status_bytes(&self, name: &str) -> u64 {
        let status =
            fs::read_to_string(format!("/proc/{}/status", self.pid())).expect("the process is there");
        let line = status.lines().find(|line| line.starts_with(name)).expect("a live process has memory");
        let kib = line.split_whitespace().nth(1).expect("a figure");
        kib.parse::<u64>().expect("a number") * 1024
    }

    /// The most resident memory since the last [`Process::forget_peak`], in bytes.
    ///
    /// # Panics
    /// When the process is gone.
    #[must_use]
    pub fn peak_resident_bytes(&self) -> u64 {
        self.status_bytes("VmHWM:")
    }

    /// The peak of resident memory begins anew.
    ///
    /// # Panics
    /// When the process is gone.
    pub fn forget_peak(&self) {
        fs::write(format!("/proc/{}/clear_refs", self.pid()), "5").expect("the process is there");
    }

    /// Open file descriptors.
    ///
    /// # Panics
    /// When the process is gone.
    #[must_use]
    pub fn open_files(&self) -> usize {
        fs::read_dir(format!("/proc/{}/fd", self.pid())).expect("the process is there").count()
    }

    /// Waits until the process has no more files open than it `had`, but for a few that come and go with whatever it
    /// does for itself.
    ///
    /// # Panics
    /// When the deadline comes first, or the process is gone.
    pub fn await_open_files(&self, had: usize, deadline: Duration) {
        wait_until("the descriptors to be given back", deadline, || {
            (self.open_files() <= had + OPEN_FILES_SLACK).then_some(())
        });
    }

    /// The names of its threads. `iou-wrk-…` is a kernel worker that blocks in place of the ring.
    ///
    /// # Panics
    /// When the process is gone.
    #[must_use]
    pub fn thread_names(&self) -> Vec<String> {
        let tasks = fs::read_dir(format!("/proc/{}/task", self.pid())).expect("the process is there");
        let names = tasks.flatten().filter_map(|task| fs::read_to_string(task.path().join("comm")).ok());
        names.map(|name| name.trim().to_owned()).collect()
    }

    /// CPU seconds used so far, of user and system together.
    ///
    /// # Panics
    /// When the process is gone.
    #[must_use]
    pub fn cpu_seconds(&self) -> f64 {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.pid())).expect("the process is there");
        let behind_name = stat.rsplit_once(") ").expect("the name ends").1;
        let field =
            |at: usize| behind_name.split(' ').nth(at).expect("a field").parse::<f64>().expect("ticks");
        // Ticks of 1/100 s on every Linux that matters here.
        (field(11) + field(12)) / 100.0
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.ended().is_none() {
            self.kill();
        }
        if std::thread::panicking() {
            let log = self.log();
            let from = log.lines().count().saturating_sub(25);
            let tail: Vec<&str> = log.lines().skip(from).collect();
            eprintln!("the end of {}:\n  {}", self.log.display(), tail.join("\n  "));
        }
    }
}

/// A port on which nothing listens right now, another one at each call: tests run side by side, and between two lives
/// of a broker its port is free.
///
/// # Panics
/// When the system has none.
#[must_use]
pub fn free_port() -> u16 {
    static GIVEN: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());
    loop {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("a bound socket has an address").port();
        if GIVEN.lock().unwrap_or_else(PoisonError::into_inner).insert(port) {
            return port;
        }
    }
}

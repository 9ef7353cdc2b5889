//! Programs that the tests need and that a machine may lack.

use crate::skip::{skip, skip_missing};
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// Whether this process may mount, format and install.
#[must_use]
pub fn is_root() -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("Uid:")).unwrap_or_default();
    line.split_whitespace().nth(2) == Some("0")
}

/// Where downloaded things stay between runs.
///
/// # Panics
/// When the folder cannot be made.
#[must_use]
pub(crate) fn cache_folder() -> PathBuf {
    let base = std::env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .unwrap_or_else(|| PathBuf::from(std::env::var_os("HOME").expect("HOME is set")).join(".cache"));
    let folder = base.join("loglane-tests");
    fs::create_dir_all(&folder).expect("the cache folder can be made");
    folder
}

/// Runs `make` once for `folder`, whoever asks first; the others wait. `make` leaves the folder's content there.
pub(crate) fn once(folder: &Path, make: impl FnOnce() -> Result<(), String>) -> Result<(), String> {
    let complete = folder.join(".complete");
    let lock = File::create(folder.with_extension("lock")).map_err(|error| error.to_string())?;
    lock.lock().map_err(|error| error.to_string())?;
    if complete.exists() {
        return Ok(());
    }
    fs::create_dir_all(folder).map_err(|error| error.to_string())?;
    make()?;
    File::create(complete).map_err(|error| error.to_string())?;
    Ok(())
}

/// Runs to the end; what it printed, or why it failed.
pub(crate) fn output(command: &mut Command) -> Result<Output, String> {
    output_of_input(command, "")
}

/// As [`output`], with something to read.
pub(crate) fn output_of_input(command: &mut Command, input: &str) -> Result<Output, String> {
    output_within(command, input, RUN_WITHIN)
}

/// Runs a compiler, or whatever takes as long; why it failed.
pub(crate) fn build(command: &mut Command) -> Result<(), String> {
    output_within(command, "", BUILD_WITHIN).map(|_| ())
}

fn output_within(command: &mut Command, input: &str, within: Duration) -> Result<Output, String> {
    let told = format!("{command:?}");
    let output = run(command, input, within).map_err(|error| format!("{told}: {error}"))?;
    if output.status.success() {
        return Ok(output);
    }
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    Err(format!("{told}: {}\n{out}{err}", output.status))
}

/// The longest that a program may run: downloads on a cold machine included.
const RUN_WITHIN: Duration = Duration::from_secs(300);

/// The longest that a compiler may run, with its downloads, on a cold and busy machine.
const BUILD_WITHIN: Duration = Duration::from_secs(900);

/// Runs to the end, or kills the program when it takes longer than `within`; its exit status says which.
///
/// # Errors
/// When it cannot be started.
///
/// # Panics
/// When it cannot be killed.
pub fn run(command: &mut Command, input: &str, within: Duration) -> std::io::Result<Output> {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let pid = child.id();
    let mut stdin = child.stdin.take().expect("piped");
    let (done, ended) = mpsc::channel();
    thread::scope(|scope| {
        // A program that does not read its input may close it early: its own exit says whether that was right.
        scope.spawn(move || stdin.write_all(input.as_bytes()));
        let waiter = scope.spawn(move || {
            let output = child.wait_with_output();
            // Nobody listens any more after the deadline.
            let _ = done.send(());
            output
        });
        if ended.recv_timeout(within).is_err() {
            let kill = Command::new("sh").args(["-c", &format!("kill -KILL {pid}")]).status();
            kill.expect("sh runs");
        }
        waiter.join().expect("waiting does not panic")
    })
}

fn has_command(name: &str) -> bool {
    let found = Command::new("sh").args(["-c", &format!("command -v {name}")]).output();
    found.is_ok_and(|output| output.status.success())
}

/// Whether the program is there; installs `package` where that is possible. Says `SKIPPED` if not.
#[must_use]
pub fn ensure_command(name: &str, package: &str) -> bool {
    if has_command(name) {
        return true;
    }
    if !is_root() {
        skip(&format!("{name} is not installed, and only root can install it (apt-get install {package})"));
        return false;
    }
    let lock = File::create(cache_folder().join("apt.lock")).expect("the cache folder can be written");
    lock.lock().expect("a lock can be waited for");
    let install = format!(
        "export DEBIAN_FRONTEND=noninteractive; apt-get install -y -q {package} || \
         {{ apt-get update -q && apt-get install -y -q {package}; }}"
    );
    match output(Command::new("sh").args(["-c", &install])) {
        Ok(_) if has_command(name) => true,
        Ok(_) => {
            skip_missing(&format!("{name} is not in the package {package}"));
            false
        }
        Err(error) => {
            skip_missing(&format!("{name} cannot be installed: {error}"));
            false
        }
    }
}

/// A Python with the packages of `tests/python/requirements.txt`, in an environment of the tests' own.
///
/// # Errors
/// Why it cannot be had.
pub fn python() -> Result<PathBuf, String> {
    python_with(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../python/requirements.txt"))
}

/// A Python with the packages of another list.
///
/// # Errors
/// Why it cannot be had.
pub fn python_with(requirements: &Path) -> Result<PathBuf, String> {
    let pinned = fs::read_to_string(requirements).map_err(|error| error.to_string())?;
    // Another list makes another environment.
    let folder = cache_folder().join(format!("python-{:08x}", crate::record::crc32c(pinned.as_bytes())));
    once(&folder, || {
        output(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
        let pip = folder.join("bin/pip");
        output(Command::new(pip).args(["install", "--quiet", "--no-deps", "-r"]).arg(requirements))?;
        Ok(())
    })?;
    Ok(folder.join("bin/python"))
}

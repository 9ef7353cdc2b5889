//! Rounds of turns: a server of its own for each runtime and load.

use crate::client::Client;
use crate::load::{Load, Runtime};
use crate::{Failure, Plan, machine};
use loglane_model::{FileSystem as _, OpenMode};
use loglane_ring::OsFileSystem;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// What one turn came to.
pub(crate) struct Outcome {
    pub(crate) runtime: Runtime,
    pub(crate) load: Load,
    pub(crate) frames_per_s: f64,
    /// CPU nanoseconds of the server for a byte, which are CPU seconds for a gigabyte.
    pub(crate) cpu_ns_per_byte: f64,
    /// The same, in units of what the machine takes to move a byte through a pipe at the time.
    pub(crate) norm: f64,
}

impl Outcome {
    pub(crate) fn mb_per_s(&self) -> f64 {
        self.frames_per_s * self.load.frame_bytes() as f64 / 1e6
    }

    pub(crate) fn cpu_us_per_frame(&self) -> f64 {
        self.cpu_ns_per_byte * self.load.frame_bytes() as f64 / 1e3
    }
}

/// A file of zeros that were written, gone with the value.
struct Zeros(PathBuf);

impl Zeros {
    fn make(folder: &Path, bytes: u64) -> Result<Zeros, Failure> {
        let zeros = Zeros(folder.join(format!("loglane-runtimes-{}", std::process::id())));
        let files = OsFileSystem::new();
        let file = files.open(&zeros.0, OpenMode::DirectReadWrite)?;
        files.reserve(&file, 0, bytes)?;
        files.write_zeros(&file, 0, bytes)?;
        files.sync(&file)?;
        Ok(zeros)
    }
}

impl Drop for Zeros {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_file(&self.0) {
            eprintln!("not removed: {}: {error}", self.0.display());
        }
    }
}

/// A server's process, gone with the value.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        // It serves until it is ended, and may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Everything that was planned.
pub(crate) fn measure(plan: &Plan) -> Result<Vec<Outcome>, Failure> {
    let zeros = Zeros::make(&plan.folder, plan.file_bytes)?;
    machine::pin(1)?;
    let mut outcomes = Vec::new();
    for round in 1..=plan.rounds {
        for &load in &plan.loads {
            for &runtime in &plan.runtimes {
                let outcome = turn(runtime, load, plan, &zeros.0)?;
                eprintln!(
                    "round {round}: {:7} {:6} {:6.0} MB/s {:.3} CPU-s/GB",
                    runtime.name(),
                    load.name(),
                    outcome.mb_per_s(),
                    outcome.cpu_ns_per_byte
                );
                outcomes.push(outcome);
            }
        }
    }
    Ok(outcomes)
}

fn turn(runtime: Runtime, load: Load, plan: &Plan, file: &Path) -> Result<Outcome, Failure> {
    let child = Command::new(std::env::current_exe()?)
        .args(["serve", runtime.name(), load.name()])
        .arg(file)
        .stdout(Stdio::piped())
        .spawn()?;
    let mut server = Server(child);
    let pid = server.0.id();
    let mut line = String::new();
    BufReader::new(server.0.stdout.take().ok_or("its output is piped")?).read_line(&mut line)?;
    let address = line.trim().parse().map_err(|_| format!("{} did not start", runtime.name()))?;
    let before = machine::calibrate()?;
    let mut client = Client::connect(address, load)?;
    let seen = client.drive(plan.span, || machine::process_cpu_ns(pid))?;
    // Before its connections are closed: no server has to expect that.
    drop(server);
    let calibration = (before + machine::calibrate()?) / 2.0;
    let bytes = (seen.frames * load.frame_bytes()) as f64;
    let cpu_ns_per_byte = seen.cpu_ns as f64 / bytes;
    let norm = cpu_ns_per_byte / calibration;
    Ok(Outcome { runtime, load, frames_per_s: seen.frames as f64 / seen.seconds, cpu_ns_per_byte, norm })
}

//! Cores, CPU time, and how fast the machine is at the moment.

use crate::Failure;
use rustix::thread::{CpuSet, sched_setaffinity};
use rustix::time::{ClockId, clock_gettime};
use std::fs;
use std::io::{Read as _, Write as _};
use std::process::Command;
use std::time::{Duration, Instant};

/// How long the calibration runs.
const CALIBRATION: Duration = Duration::from_millis(100);

/// Pins the calling thread, and those that it starts.
pub(crate) fn pin(core: usize) -> Result<(), Failure> {
    let mut cores = CpuSet::new();
    cores.set(core);
    Ok(sched_setaffinity(None, &cores)?)
}

/// CPU time of all threads of a process, the kernel's workers for its rings included.
pub(crate) fn process_cpu_ns(pid: u32) -> Result<u64, Failure> {
    let mut sum = 0;
    for task in fs::read_dir(format!("/proc/{pid}/task"))? {
        // A thread may have ended since the folder was read.
        let Ok(told) = fs::read_to_string(task?.path().join("schedstat")) else { continue };
        sum += told.split(' ').next().unwrap_or_default().parse::<u64>()?;
    }
    Ok(sum)
}

/// CPU seconds that this machine takes at the moment for moving a gigabyte through a pipe, 64 KiB at a time. Machines drift
/// by a factor of two within minutes, and this with them: ratios to it can be compared.
pub(crate) fn calibrate() -> Result<f64, Failure> {
    let (mut from, mut to) = std::io::pipe()?;
    let mut bytes = vec![1u8; 64 << 10];
    let (began, cpu, mut moved) = (Instant::now(), thread_cpu_ns(), 0);
    while began.elapsed() < CALIBRATION {
        to.write_all(&bytes)?;
        from.read_exact(&mut bytes)?;
        moved += bytes.len();
    }
    Ok((thread_cpu_ns() - cpu) / moved as f64)
}

fn thread_cpu_ns() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 * 1e9 + time.tv_nsec as f64
}

/// Processor, kernel and commit, in a line.
pub(crate) fn description() -> String {
    let cpu_info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu_info.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or_default();
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let said = |program: &str, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).output();
        output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default()
    };
    format!(
        "{}, {} cores, Linux {}; commit {}; {}.",
        model.trim_start_matches([' ', '\t', ':']),
        cpu_info.lines().filter(|line| line.starts_with("processor")).count(),
        kernel.trim(),
        said("git", &["rev-parse", "--short=12", "HEAD"]),
        said("rustc", &["--version"]),
    )
}

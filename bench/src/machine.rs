//! What the machine's cores and the broker's process do meanwhile, as Linux counts it.

use serde::{Deserialize, Serialize};
use std::fs;

/// Clock ticks of a second in `/proc`: fixed for user space since long ago.
const TICKS_PER_SECOND: f64 = 100.0;

/// The state of things at one moment.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct MachineSample {
    /// Since the start of the load.
    pub at_ns: u64,
    /// For each core the share of time, since the sample before, in which it was busy.
    pub cores: Vec<f64>,
    /// CPU seconds of all cores since the start, time stolen by the host not counted.
    pub machine_cpu_s: f64,
    /// CPU seconds of this process since the start.
    pub generator_cpu_s: f64,
    /// CPU seconds of the broker's process since the start, where its id is known.
    pub broker_cpu_s: Option<f64>,
    /// Its resident memory.
    pub broker_rss_bytes: Option<u64>,
}

/// Takes samples.
#[derive(Debug)]
pub struct Machine {
    broker: Option<u32>,
    /// Busy and all ticks of each core, at the sample before.
    before: Vec<(f64, f64)>,
    /// Ticks of the machine, of this process, of the broker at the first sample.
    first: Option<(f64, f64, f64)>,
}

impl Machine {
    /// Looks at the machine, this process, and the process with this id.
    #[must_use]
    pub fn new(broker: Option<u32>) -> Machine {
        Machine { broker, before: Vec::new(), first: None }
    }

    /// How it is now.
    pub fn sample(&mut self, at_ns: u64) -> MachineSample {
        let cores = core_ticks(&fs::read_to_string("/proc/stat").unwrap_or_default());
        let machine: f64 = cores.iter().map(|(busy, _)| busy).sum();
        let own = process_ticks("self").unwrap_or(0.0);
        let broker = self.broker.map(|pid| pid.to_string());
        let broker_ticks = broker.as_deref().and_then(process_ticks);
        let first = *self.first.get_or_insert((machine, own, broker_ticks.unwrap_or(0.0)));
        let share = |(at, (busy, all)): (usize, &(f64, f64))| {
            let (busy_before, all_before) = self.before.get(at).copied().unwrap_or((*busy, *all));
            if *all > all_before { (busy - busy_before) / (all - all_before) } else { 0.0 }
        };
        let sample = MachineSample {
            at_ns,
            cores: cores.iter().enumerate().map(share).collect(),
            machine_cpu_s: (machine - first.0) / TICKS_PER_SECOND,
            generator_cpu_s: (own - first.1) / TICKS_PER_SECOND,
            broker_cpu_s: broker_ticks.map(|ticks| (ticks - first.2) / TICKS_PER_SECOND),
            broker_rss_bytes: broker.as_deref().and_then(resident_bytes),
        };
        self.before = cores;
        sample
    }
}

/// Busy and all ticks of each core: user, nice, system, idle, iowait, irq, softirq, steal.
fn core_ticks(stat: &str) -> Vec<(f64, f64)> {
    let core = |line: &str| {
        let mut fields = line.split_ascii_whitespace();
        let name = fields.next()?;
        if name == "cpu" || !name.starts_with("cpu") {
            return None;
        }
        let ticks: Vec<f64> = fields.take(8).filter_map(|field| field.parse().ok()).collect();
        let idle = ticks.get(3)? + ticks.get(4)?;
        let stolen = ticks.get(7).copied().unwrap_or(0.0);
        let all: f64 = ticks.iter().sum();
        Some((all - idle - stolen, all))
    };
    stat.lines().filter_map(core).collect()
}

/// User and system ticks of a process, its threads included.
fn process_ticks(process: &str) -> Option<f64> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name in brackets may hold anything.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_ascii_whitespace().collect();
    Some(fields.get(11)?.parse::<f64>().ok()? + fields.get(12)?.parse::<f64>().ok()?)
}

fn resident_bytes(process: &str) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    line.split_ascii_whitespace().nth(1)?.parse::<u64>().ok().map(|kib| kib * 1024)
}

/// Where a figure was taken.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Environment {
    /// The kernel's release.
    pub kernel: String,
    /// The processor, as it calls itself.
    pub processor: String,
    /// How many cores this process may use.
    pub cores: usize,
    /// The machine's memory.
    pub memory_bytes: u64,
    /// Of this program.
    pub version: String,
}

impl Environment {
    /// Of this machine.
    #[must_use]
    pub fn here() -> Environment {
        let line_of = |file: &str, key: &str| {
            let text = fs::read_to_string(file).unwrap_or_default();
            let line = text.lines().find(|line| line.starts_with(key)).unwrap_or_default();
            line.split_once(':').map_or(String::new(), |(_, value)| value.trim().to_owned())
        };
        let memory = line_of("/proc/meminfo", "MemTotal");
        let kib: u64 = memory.split(' ').next().and_then(|text| text.parse().ok()).unwrap_or(0);
        let release = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
        Environment {
            kernel: release.trim().to_owned(),
            processor: line_of("/proc/cpuinfo", "model name"),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            memory_bytes: kib * 1024,
            version: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cores_are_busy_but_for_idling_waiting_and_stolen_time() {
        let stat =
            "cpu  9 9 9 9 9 9 9 9 0 0\ncpu0 10 0 20 60 5 1 2 2 0 0\ncpu1 0 0 0 100 0 0 0 0 0 0\nintr 5";
        assert_eq!(core_ticks(stat), [(33.0, 100.0), (0.0, 100.0)]);
    }

    #[test]
    fn this_process_and_machine_can_be_looked_at() {
        let mut machine = Machine::new(Some(std::process::id()));
        machine.sample(0);
        let sample = machine.sample(1);
        assert!(!sample.cores.is_empty() && sample.broker_cpu_s.is_some());
        assert!(sample.broker_rss_bytes.unwrap() > 1 << 20);
        assert!(Environment::here().memory_bytes > 1 << 20);
    }
}

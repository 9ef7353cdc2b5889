//! What the kernel says of this process and of its threads. What cannot be read is left out.

use rustix::param::{clock_ticks_per_second, page_size};
use rustix::process::{Resource, getrlimit};
use std::fs;
use std::path::Path;

/// The process as a whole.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct ProcessFigures {
    pub(super) cpu_seconds: Option<f64>,
    /// Seconds since 1970.
    pub(super) started_at: Option<f64>,
    pub(super) resident_bytes: Option<u64>,
    pub(super) open_files: Option<usize>,
    pub(super) open_files_max: Option<u64>,
}

impl ProcessFigures {
    pub(super) fn read() -> ProcessFigures {
        let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
        let booted_at = fs::read_to_string("/proc/stat").ok().and_then(|text| booted_at(&text));
        let start = field(&stat, 22).map(seconds);
        let pages = fs::read_to_string("/proc/self/statm")
            .ok()
            .and_then(|text| text.split(' ').nth(1).and_then(|pages| pages.parse::<u64>().ok()));
        ProcessFigures {
            cpu_seconds: cpu_seconds(&stat),
            started_at: booted_at.zip(start).map(|(booted, after)| booted + after),
            resident_bytes: pages.map(|pages| pages * page_size() as u64),
            open_files: fs::read_dir("/proc/self/fd").ok().map(Iterator::count),
            open_files_max: getrlimit(Resource::Nofile).current,
        }
    }
}

/// How long the threads that run shards have been busy, in seconds by shard. A shard sleeps when it has nothing to do.
pub(super) fn shard_seconds() -> Vec<(usize, f64)> {
    let Ok(tasks) = fs::read_dir("/proc/self/task") else { return Vec::new() };
    let mut found: Vec<(usize, f64)> = tasks.flatten().filter_map(|task| of_thread(&task.path())).collect();
    found.sort_by_key(|(shard, _)| *shard);
    found
}

fn of_thread(task: &Path) -> Option<(usize, f64)> {
    let name = fs::read_to_string(task.join("comm")).ok()?;
    let shard = name.trim_end().strip_prefix("shard-")?.parse().ok()?;
    Some((shard, cpu_seconds(&fs::read_to_string(task.join("stat")).ok()?)?))
}

/// User and system time of a `stat` file.
fn cpu_seconds(stat: &str) -> Option<f64> {
    Some(seconds(field(stat, 14)? + field(stat, 15)?))
}

fn seconds(ticks: u64) -> f64 {
    ticks as f64 / clock_ticks_per_second() as f64
}

/// A field of a `stat` file by its number in proc(5), from 3 on. The name before them is in parentheses, and may have
/// anything in it.
fn field(stat: &str, number: usize) -> Option<u64> {
    let (_, behind_name) = stat.rsplit_once(") ")?;
    behind_name.split(' ').nth(number - 3)?.parse().ok()
}

fn booted_at(stat: &str) -> Option<f64> {
    stat.lines().find_map(|line| line.strip_prefix("btime "))?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;
    use std::thread;

    #[test]
    fn fields_are_found_behind_any_name() {
        let stat = "7 (shard-1) 2) x) S 1 7 7 0 -1 4194304 1 0 0 0 150 50 0 0 20 0 1 0 900 0 0";
        assert_eq!((field(stat, 14), field(stat, 15), field(stat, 22)), (Some(150), Some(50), Some(900)));
        assert_eq!(cpu_seconds(stat), Some(seconds(200)));
        assert_eq!(field(stat, 99), None);
        assert_eq!(field("", 14), None);
        assert_eq!(booted_at("cpu 1 2\nbtime 1700000000\n"), Some(1_700_000_000.0));
    }

    #[test]
    fn this_process_is_described() {
        let figures = ProcessFigures::read();
        assert!(figures.resident_bytes.unwrap() > 1 << 20, "{figures:?}");
        assert!(figures.open_files.unwrap() >= 3, "{figures:?}");
        assert!(figures.cpu_seconds.is_some() && figures.started_at.unwrap() > 1.0e9, "{figures:?}");
    }

    #[test]
    fn threads_of_shards_are_found_by_their_names() {
        let (end, until) = mpsc::channel::<()>();
        let run = move || until.recv();
        let thread = thread::Builder::new().name("shard-907".to_owned()).spawn(run).unwrap();
        // A thread gives itself its name.
        let found = (0..6000).any(|_| {
            thread::park_timeout(std::time::Duration::from_millis(10));
            shard_seconds().iter().any(|(shard, seconds)| *shard == 907 && *seconds >= 0.0)
        });
        drop(end);
        assert!(thread.join().unwrap().is_err());
        assert!(found);
    }
}

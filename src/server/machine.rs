//! What the machine offers this process: cores, memory, files, chance.

use rustix::process::{Resource, getrlimit};
use rustix::rand::{GetRandomFlags, getrandom};
use rustix::thread::{CpuSet, sched_getaffinity};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// The cores that this process may run on, in order.
pub(super) fn cores() -> Vec<usize> {
    let set = sched_getaffinity(None).unwrap_or_default();
    let cores: Vec<usize> = (0..CpuSet::MAX_CPU).filter(|core| set.is_set(*core)).collect();
    if cores.is_empty() { vec![0] } else { cores }
}

/// The machine's memory in bytes, or what the control group leaves of it.
pub(super) fn memory_bytes() -> u64 {
    let machine = fs::read_to_string("/proc/meminfo").ok().and_then(|text| {
        let line = text.lines().find(|line| line.starts_with("MemTotal:"))?;
        line.split_whitespace().nth(1)?.parse::<u64>().ok()
    });
    let machine = machine.unwrap_or(1 << 20) * 1024;
    let groups = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let limit = |path: &Path| fs::read_to_string(path).ok()?.trim().parse::<u64>().ok();
    group_limits(&groups)
        .iter()
        .filter_map(|path| limit(path))
        .min()
        .map_or(machine, |group| group.min(machine))
}

/// The files that may hold a limit of this process, by the text of `/proc/self/cgroup`: those of its own control group
/// and of all above it, in both versions. In a container its own group may be mounted as the root, so that only that
/// one is found.
fn group_limits(groups: &str) -> Vec<PathBuf> {
    let mut paths = Vec::new();
    for line in groups.lines().chain(["0::/", "0:memory:/"]) {
        let mut fields = line.splitn(3, ':').skip(1);
        let (Some(controllers), Some(group)) = (fields.next(), fields.next()) else { continue };
        let (root, file) = match controllers {
            "" => ("/sys/fs/cgroup", "memory.max"),
            "memory" => ("/sys/fs/cgroup/memory", "memory.limit_in_bytes"),
            _ => continue,
        };
        let group = Path::new(group.trim_start_matches('/'));
        paths.extend(group.ancestors().map(|above| Path::new(root).join(above).join(file)));
    }
    paths.sort();
    paths.dedup();
    paths
}

/// How many files the process may have open.
pub(super) fn open_files_max() -> u64 {
    getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX)
}

/// Milliseconds since 1970.
pub(super) fn wall_clock_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// Random bits of the kernel's, for ids.
pub(super) fn random() -> u64 {
    let mut bytes = [0; 8];
    match getrandom(&mut bytes, GetRandomFlags::empty()) {
        Ok(8) => u64::from_ne_bytes(bytes),
        other => panic!("the kernel gives no random bits: {other:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_looked_for_in_the_own_group_and_above() {
        let text = "5:cpu,cpuacct:/else\n4:memory:/system.slice/a.service\n0::/b:c\nnonsense\n";
        let paths = [
            "/sys/fs/cgroup/b:c/memory.max",
            "/sys/fs/cgroup/memory/memory.limit_in_bytes",
            "/sys/fs/cgroup/memory/system.slice/a.service/memory.limit_in_bytes",
            "/sys/fs/cgroup/memory/system.slice/memory.limit_in_bytes",
            "/sys/fs/cgroup/memory.max",
        ];
        assert_eq!(group_limits(text), paths.map(PathBuf::from));
        assert_eq!(group_limits(""), [paths[1], paths[4]].map(PathBuf::from));
    }
}

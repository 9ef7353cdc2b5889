//! From the machine, the configuration and `cores.toml` to what each core does.

use super::file::{CoreEntry, CoresFile};
use super::refused;
use crate::config::{Config, Origin, default_memory_bytes};
use crate::fatal::Fatal;
use crate::limits::{LimitInputs, Limits, shards_that_fit};
use crate::server;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::PathBuf;

/// What the machine offers the process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Machine {
    /// The cores that the process may run on, in order.
    pub cores: Vec<usize>,
    /// Bytes of memory, or of the control group's limit.
    pub memory_bytes: u64,
    /// How many files the process may have open.
    pub open_files: u64,
}

/// A value and who decided on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told<T> {
    /// The value.
    pub value: T,
    /// `default (…)`, `cores.toml`, or where the configuration has it from.
    pub origin: String,
}

impl<T> Told<T> {
    fn by_default(value: T, why: &str) -> Told<T> {
        Told { value, origin: format!("default ({why})") }
    }

    fn of(value: T, origin: impl fmt::Display) -> Told<T> {
        Told { value, origin: origin.to_string() }
    }
}

/// One core with a shard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedCore {
    /// The shard's number.
    pub shard: u16,
    /// The core's.
    pub core: usize,
    /// Its part of the memory budget, in bytes.
    pub memory_bytes: Told<u64>,
    /// Whether it takes connections.
    pub connections: Told<bool>,
}

/// One log directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedDisk {
    /// Where.
    pub dir: PathBuf,
    /// The cores that its partitions go to.
    pub cores: Told<Vec<usize>>,
    /// Sequential direct reads and writes in MB/s, as somebody measured them.
    pub measured: (Option<u32>, Option<u32>),
}

/// Partitions with a core of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedPlacement {
    /// The topic.
    pub topic: String,
    /// Ranges of its partitions, first and last; `None` for those that no other placement names.
    pub partitions: Option<Vec<(u32, u32)>>,
    /// The core.
    pub core: usize,
    /// The shard on it.
    pub shard: u16,
    /// Who says so.
    pub origin: String,
}

/// What each core does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CorePlan {
    /// The cores that run a shard, in the order of the shards.
    pub core_list: Told<Vec<usize>>,
    /// How many more the process may use, which have no shard because the memory does not suffice for them.
    pub cores_left_out: usize,
    /// The memory budget in bytes.
    pub memory_bytes: Told<u64>,
    /// Each core.
    pub cores: Vec<PlannedCore>,
    /// Each log directory.
    pub disks: Vec<PlannedDisk>,
    /// Placements, in the file's order.
    pub placements: Vec<PlannedPlacement>,
    /// Every bound that follows.
    pub limits: Limits,
}

impl CorePlan {
    /// Works the plan out.
    ///
    /// # Errors
    /// What in the file does not fit the machine, the configuration or itself.
    pub fn derive(config: &Config, machine: &Machine) -> Result<CorePlan, Fatal> {
        let planner = Planner { config, machine, file: config.layout.as_ref() };
        let core_list = planner.core_list()?;
        let memory_bytes = planner.memory()?;
        let (core_list, cores_left_out) = planner.with_room(core_list, memory_bytes.value);
        let entries = planner.core_entries(&core_list.value)?;
        let limits = planner.limits(&core_list.value, memory_bytes.value, &entries)?;
        let cores = planner.cores(&core_list.value, &entries, &limits)?;
        let disks = planner.disks(&core_list.value)?;
        let placements = planner.placements(&core_list.value)?;
        Ok(CorePlan { core_list, cores_left_out, memory_bytes, cores, disks, placements, limits })
    }

    /// The shards that take connections, by shard.
    #[must_use]
    pub fn takes_connections(&self) -> Vec<bool> {
        self.cores.iter().map(|core| core.connections.value).collect()
    }
}

struct Planner<'a> {
    config: &'a Config,
    machine: &'a Machine,
    file: Option<&'a CoresFile>,
}

impl Planner<'_> {
    fn file_name(&self) -> &str {
        self.file.map_or("cores.toml", |file| &file.name)
    }

    /// What the environment or the command line says is meant for this start, and overrules the file of the machine;
    /// that overrules the properties, which many machines share.
    fn overrules_the_file(&self, key: &str) -> Option<&Origin> {
        self.config.origins.get(key).filter(|origin| !matches!(origin, Origin::File { .. }))
    }

    fn core_list(&self) -> Result<Told<Vec<usize>>, Fatal> {
        let configured = self.config.cores.as_ref().zip(self.config.origins.get("loglane.cores"));
        let in_file = self.file.and_then(|file| Some((file, file.cores.as_ref()?)));
        let told = match (configured, in_file) {
            (Some((cores, origin)), _) if self.overrules_the_file("loglane.cores").is_some() => {
                Told::of(as_cores(cores), origin)
            }
            (_, Some((file, numbers))) => Told::of(file.cores("cores", numbers)?, &file.name),
            (Some((cores, origin)), None) => Told::of(as_cores(cores), origin),
            (None, None) => {
                return Ok(Told::by_default(self.machine.cores.clone(), "all that the process may use"));
            }
        };
        let missing: Vec<usize> =
            told.value.iter().copied().filter(|core| !self.machine.cores.contains(core)).collect();
        if !missing.is_empty() {
            return Err(refused(
                format!("{}: the process may not run on core {}", told.origin, ranges(&missing)),
                format!(
                    "the machine, its container (cpuset) or `taskset` leaves it the cores {}",
                    ranges(&self.machine.cores)
                ),
                "name only those, or give the process more",
            ));
        }
        Ok(told)
    }

    /// Where nobody has named a core, those that the memory suffices for, and how many others there are: nobody has
    /// asked for these, and without them there is a broker.
    fn with_room(&self, cores: Told<Vec<usize>>, memory_bytes: u64) -> (Told<Vec<usize>>, usize) {
        let in_file = self.file.is_some_and(CoresFile::names_cores);
        if in_file || self.config.cores.is_some() {
            return (cores, 0);
        }
        let all = cores.value.len();
        let most = u16::try_from(all).expect("a machine has few cores");
        let count = usize::from(shards_that_fit(memory_bytes, most));
        if count == all {
            return (cores, 0);
        }
        let first = cores.value[..count].to_vec();
        let why = format!("the first {count} of {all}: the memory does not suffice for more");
        (Told::by_default(first, &why), all - count)
    }

    fn memory(&self) -> Result<Told<u64>, Fatal> {
        let configured = self.config.memory_bytes.zip(self.config.origins.get("loglane.memory"));
        let in_file = self.file.and_then(|file| Some((file, file.memory.as_ref()?)));
        Ok(match (configured, in_file) {
            (Some((bytes, origin)), _) if self.overrules_the_file("loglane.memory").is_some() => {
                Told::of(bytes, origin)
            }
            (_, Some((file, text))) => Told::of(file.size("memory", text)?, &file.name),
            (Some((bytes, origin)), None) => Told::of(bytes, origin),
            (None, None) => Told::by_default(
                default_memory_bytes(self.machine.memory_bytes),
                "a quarter of the machine's, 1 GiB at most",
            ),
        })
    }

    /// The `[[core]]` entries by core.
    fn core_entries(&self, cores: &[usize]) -> Result<BTreeMap<usize, &CoreEntry>, Fatal> {
        let mut entries = BTreeMap::new();
        for entry in self.file.iter().flat_map(|file| &file.core) {
            let core = usize::from(entry.core);
            self.expect_planned(core, cores, "[[core]]")?;
            if entries.insert(core, entry).is_some() {
                return Err(refused(
                    format!("{}: [[core]] speaks of core {core} twice", self.file_name()),
                    "an entry was copied and its number not changed",
                    "make one entry of both",
                ));
            }
        }
        Ok(entries)
    }

    fn expect_planned(&self, core: usize, cores: &[usize], place: &str) -> Result<(), Fatal> {
        if cores.contains(&core) {
            return Ok(());
        }
        Err(refused(
            format!("{}: {place} names core {core}, which runs no shard", self.file_name()),
            format!("the cores with a shard are {}", ranges(cores)),
            "name one of those, or add it to cores",
        ))
    }

    fn limits(
        &self,
        cores: &[usize],
        memory_bytes: u64,
        entries: &BTreeMap<usize, &CoreEntry>,
    ) -> Result<Limits, Fatal> {
        let shards = u16::try_from(cores.len()).expect("a machine has few cores");
        let inputs: LimitInputs =
            server::limit_inputs(self.config, shards, memory_bytes, self.machine.open_files);
        let mut own = Vec::new();
        for core in cores {
            let text = entries.get(core).and_then(|entry| entry.memory.as_ref());
            own.push(match (text, self.file) {
                (Some(text), Some(file)) => Some(file.size("core.memory", text)?),
                _ => None,
            });
        }
        Ok(Limits::derive_with(&inputs, &own)?)
    }

    fn cores(
        &self,
        cores: &[usize],
        entries: &BTreeMap<usize, &CoreEntry>,
        limits: &Limits,
    ) -> Result<Vec<PlannedCore>, Fatal> {
        let plan = |(shard, core): (u16, &usize)| {
            let entry = entries.get(core);
            let bytes = limits.shards[usize::from(shard)].sum();
            PlannedCore {
                shard,
                core: *core,
                memory_bytes: match entry.and_then(|entry| entry.memory.as_ref()) {
                    Some(_) => Told::of(bytes, self.file_name()),
                    None => Told::by_default(bytes, "an even share"),
                },
                connections: match entry.and_then(|entry| entry.connections) {
                    Some(takes) => Told::of(takes, self.file_name()),
                    None => Told::by_default(true, "every core"),
                },
            }
        };
        let planned: Vec<PlannedCore> = (0..).zip(cores).map(plan).collect();
        if planned.iter().any(|core| core.connections.value) {
            return Ok(planned);
        }
        Err(refused(
            format!("{}: no core takes connections", self.file_name()),
            "every [[core]] has connections = false",
            "leave at least one core with connections",
        ))
    }

    fn disks(&self, cores: &[usize]) -> Result<Vec<PlannedDisk>, Fatal> {
        let dirs = &self.config.log_dirs;
        let mut seen = BTreeSet::new();
        for disk in self.file.iter().flat_map(|file| &file.disk) {
            if !dirs.contains(&disk.dir) {
                let shown: Vec<String> = dirs.iter().map(|dir| dir.display().to_string()).collect();
                return Err(refused(
                    format!("{}: [[disk]] names {}", self.file_name(), disk.dir.display()),
                    format!("the log directories are {}", shown.join(", ")),
                    "write the directory as log.dirs has it, or remove the entry",
                ));
            }
            if !seen.insert(&disk.dir) {
                return Err(refused(
                    format!("{}: [[disk]] speaks of {} twice", self.file_name(), disk.dir.display()),
                    "an entry was copied and its directory not changed",
                    "make one entry of both",
                ));
            }
        }
        let plan = |dir: &PathBuf| {
            let entry = self.file.and_then(|file| file.disk.iter().find(|disk| disk.dir == *dir));
            let told = match entry.and_then(|entry| entry.cores.as_ref()).zip(self.file) {
                Some((numbers, file)) => {
                    let named = file.cores("disk.cores", numbers)?;
                    named.iter().try_for_each(|core| self.expect_planned(*core, cores, "[[disk]]"))?;
                    Told::of(named, &file.name)
                }
                None => Told::by_default(cores.to_vec(), "every core"),
            };
            let measured = entry.map_or((None, None), |entry| (entry.read_mb_per_s, entry.write_mb_per_s));
            Ok(PlannedDisk { dir: dir.clone(), cores: told, measured })
        };
        dirs.iter().map(plan).collect()
    }

    fn placements(&self, cores: &[usize]) -> Result<Vec<PlannedPlacement>, Fatal> {
        let mut planned: Vec<PlannedPlacement> = Vec::new();
        let Some(file) = self.file else { return Ok(planned) };
        for entry in &file.placement {
            let core = usize::from(entry.core);
            self.expect_planned(core, cores, "[[placement]]")?;
            let shard = cores.iter().position(|planned| *planned == core).expect("checked just now");
            let partitions = match &entry.partitions {
                Some(numbers) => Some(file.ranges("placement.partitions", numbers)?),
                None => None,
            };
            let overlaps = |other: &&PlannedPlacement| {
                other.topic == entry.topic
                    && match (&other.partitions, &partitions) {
                        (Some(some), Some(others)) => some
                            .iter()
                            .any(|one| others.iter().any(|other| one.0 <= other.1 && other.0 <= one.1)),
                        (None, None) => true,
                        // All partitions, and some that are an exception.
                        (Some(_), None) | (None, Some(_)) => false,
                    }
            };
            if planned.iter().any(|other| overlaps(&other)) {
                return Err(refused(
                    format!("{}: a partition of {} is placed twice", file.name, entry.topic),
                    "two [[placement]] entries name it",
                    "name each partition once; an entry without partitions is for those that no other one names",
                ));
            }
            planned.push(PlannedPlacement {
                topic: entry.topic.clone(),
                partitions,
                core,
                shard: u16::try_from(shard).expect("a machine has few cores"),
                origin: file.name.clone(),
            });
        }
        Ok(planned)
    }
}

fn as_cores(numbers: &[u16]) -> Vec<usize> {
    numbers.iter().map(|number| usize::from(*number)).collect()
}

/// `0-3, 6`.
#[must_use]
pub fn ranges(numbers: &[usize]) -> String {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for number in numbers {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == *number => *last = *number,
            _ => runs.push((*number, *number)),
        }
    }
    let run = |(first, last): &(usize, usize)| {
        if first == last { first.to_string() } else { format!("{first}-{last}") }
    };
    runs.iter().map(run).collect::<Vec<_>>().join(", ")
}

//! `cores.toml` as it is written.

use super::refused;
use crate::config::value::read_size;
use crate::fatal::Fatal;
use serde::Deserialize;
use std::path::PathBuf;

/// No machine has more.
const CORES_MAX: u32 = 1024;

/// The whole file. Everything may be left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CoresFile {
    /// The file's name, for messages and origins.
    #[serde(skip)]
    pub name: String,
    /// The cores that run a shard: `"0-3,6"` or `[0, 1]`.
    pub cores: Option<Numbers>,
    /// The memory budget: `"2g"`.
    pub memory: Option<String>,
    /// What is different on one core.
    #[serde(default)]
    pub core: Vec<CoreEntry>,
    /// What is known of a log directory's disk.
    #[serde(default)]
    pub disk: Vec<DiskEntry>,
    /// Partitions with a core of their own.
    #[serde(default)]
    pub placement: Vec<PlacementEntry>,
}

/// `[[core]]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CoreEntry {
    /// Which one.
    pub core: u16,
    /// Its part of the memory budget; the other cores share the rest evenly.
    pub memory: Option<String>,
    /// Whether it takes connections. One that does not is left to its partitions.
    pub connections: Option<bool>,
}

/// `[[disk]]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DiskEntry {
    /// One of `log.dirs`.
    pub dir: PathBuf,
    /// The cores that its partitions go to.
    pub cores: Option<Numbers>,
    /// Sequential direct reads, as measured.
    pub read_mb_per_s: Option<u32>,
    /// Sequential direct writes, as measured.
    pub write_mb_per_s: Option<u32>,
}

/// `[[placement]]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlacementEntry {
    /// The topic's name.
    pub topic: String,
    /// Its partitions: `"0-3,6"` or `[0, 1]`; all where nothing is said.
    pub partitions: Option<Numbers>,
    /// Their core.
    pub core: u16,
}

/// A list of numbers, as TOML has it or as `0-3,6`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Numbers {
    /// `[0, 1]`
    List(Vec<u32>),
    /// `"0-3,6"`
    Text(String),
}

impl Numbers {
    /// First and last number of each range; `None` where there is none, one runs backwards, or the text is no list.
    #[must_use]
    pub fn ranges(&self) -> Option<Vec<(u32, u32)>> {
        let range = |part: &str| {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            Some((first.trim().parse().ok()?, last.trim().parse().ok()?))
        };
        let ranges: Vec<(u32, u32)> = match self {
            Numbers::List(numbers) => numbers.iter().map(|number| (*number, *number)).collect(),
            Numbers::Text(text) => text.split(',').map(range).collect::<Option<_>>()?,
        };
        (!ranges.is_empty() && ranges.iter().all(|(first, last)| first <= last)).then_some(ranges)
    }

    /// The numbers of cores, in rising order, each once.
    fn cores(&self) -> Option<Vec<usize>> {
        let ranges = self.ranges()?;
        if ranges.iter().any(|(_, last)| *last >= CORES_MAX) {
            return None;
        }
        let mut cores: Vec<usize> =
            ranges.iter().flat_map(|(first, last)| *first..=*last).map(|core| core as usize).collect();
        cores.sort_unstable();
        cores.dedup();
        Some(cores)
    }
}

impl CoresFile {
    /// Whether any core is named, in whichever place.
    #[must_use]
    pub fn names_cores(&self) -> bool {
        self.cores.is_some()
            || !(self.core.is_empty() && self.placement.is_empty())
            || self.disk.iter().any(|disk| disk.cores.is_some())
    }

    /// Reads the text of the file `name`.
    ///
    /// # Errors
    /// What is wrong in it, with its place.
    pub fn parse(name: &str, text: &str) -> Result<CoresFile, Fatal> {
        let mut file: CoresFile = toml::from_str(text).map_err(|error| {
            let line = error.span().map_or(1, |span| text[..span.start].matches('\n').count() + 1);
            refused(
                format!("{name}:{line}: {}", error.message().replace('\n', "; ")),
                "a typing error, or a key that there is not; nothing in the file is ignored",
                format!("correct it; `loglane cores plan --write {name}.new` writes one that is right"),
            )
        })?;
        name.clone_into(&mut file.name);
        Ok(file)
    }

    /// A number of bytes in the file, such as `512m`.
    pub(super) fn size(&self, key: &str, text: &str) -> Result<u64, Fatal> {
        read_size(text).filter(|bytes| *bytes > 0).ok_or_else(|| {
            refused(
                format!("{}: {key} = {text:?} is no size", self.name),
                "a size is a number with k, m or g behind it",
                format!("write it as {key} = \"512m\""),
            )
        })
    }

    /// A list of cores in the file.
    pub(super) fn cores(&self, key: &str, numbers: &Numbers) -> Result<Vec<usize>, Fatal> {
        numbers.cores().ok_or_else(|| self.no_list(key))
    }

    /// Ranges of partitions in the file.
    pub(super) fn ranges(&self, key: &str, numbers: &Numbers) -> Result<Vec<(u32, u32)>, Fatal> {
        numbers.ranges().ok_or_else(|| self.no_list(key))
    }

    fn no_list(&self, key: &str) -> Fatal {
        refused(
            format!("{}: {key} is no list of numbers", self.name),
            "the list is empty, or a range in it runs backwards, or a core is beyond 1023",
            format!("write it as {key} = \"0-3,6\" or {key} = [0, 1]"),
        )
    }
}

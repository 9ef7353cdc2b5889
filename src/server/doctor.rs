//! `loglane doctor`: looks through the directories of a broker that is stopped, and says what is wrong in them and what
//! to do about it.
//!
//! It holds the directories' locks as long as it looks, so that nothing changes meanwhile, and changes nothing itself
//! (but for making the file of the lock where there is none). Everything that a start does by itself is told as a note,
//! so that a note alone is no reason to do anything.

mod partition;
mod report;

pub use report::{Finding, Report, Weight};

use super::directories::DataDirectory;
use super::inspection;
use crate::fatal::{Fatal, FatalCode};
use crate::log_dirs::LogName;
use crate::metadata::METADATA_DIRECTORY_NAME;
use loglane_model::{File, FileSystem, Offset};
use loglane_replication::MetadataImage;
use loglane_ring::OsFileSystem;
use loglane_storage::checkpoint::{
    HIGH_WATERMARK_FILE_NAME, LOG_START_FILE_NAME, RECOVERY_POINT_FILE_NAME, decode_offsets,
};
use loglane_storage::clean_shutdown;
use loglane_storage::directory::{DirectoryKind, LOCK_FILE_NAME, PartitionDirectory};
use loglane_storage::meta_properties::{self, MetaProperties};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

/// Small files in the root of a directory.
const SMALL_FILE_BYTES_MAX: usize = 64 << 20;

/// Looks through the data directories of one broker.
///
/// # Errors
/// One is in use, is none, or cannot be read.
pub fn examine(paths: &[PathBuf]) -> Result<Report, Fatal> {
    examine_on(&OsFileSystem::new(), paths)
}

/// As [`examine`], on any file system.
fn examine_on(fs: &dyn FileSystem, paths: &[PathBuf]) -> Result<Report, Fatal> {
    let mut report = Report::default();
    let mut directories = Vec::new();
    for path in paths {
        directories.push(Examined::open(fs, path)?);
    }
    let image = read_metadata(fs, &directories, &mut report);
    for directory in &directories {
        let look = Look { fs, directory, image: image.as_ref() };
        look.examine(&mut report).map_err(|error| Fatal::directory_unusable(&directory.path, &error))?;
    }
    report.order();
    Ok(report)
}

/// A data directory that nobody uses meanwhile.
struct Examined {
    path: PathBuf,
    is_clean: bool,
    /// Held until the end.
    _lock: File,
}

impl Examined {
    fn open(fs: &dyn FileSystem, path: &Path) -> Result<Examined, Fatal> {
        let unusable = |error: &io::Error| Fatal::directory_unusable(path, error);
        let entries = fs.list(path).map_err(|error| not_there(path, &error))?;
        let has_meta = entries.iter().any(|entry| entry.name == meta_properties::FILE_NAME);
        let has_partitions = entries.iter().any(|entry| PartitionDirectory::parse(&entry.name).is_some());
        if !has_meta && !has_partitions {
            return Err(Fatal::new(
                FatalCode::ForeignDirectory,
                format!(
                    "{} is no data directory: it has neither meta.properties nor partitions",
                    path.display()
                ),
                "--data names another directory than log.dirs does, or a disk is not mounted",
                "name the directories of log.dirs, each with a --data of its own",
            ));
        }
        let lock = fs.lock(&path.join(LOCK_FILE_NAME)).map_err(|error| unusable(&error))?;
        let lock = lock.ok_or_else(|| {
            let in_use = Fatal::directory_in_use(path);
            Fatal { fix: format!("stop it first: {}", in_use.fix), ..in_use }
        })?;
        let is_clean = entries.iter().any(|entry| entry.name == clean_shutdown::FILE_NAME);
        Ok(Examined { path: path.to_owned(), is_clean, _lock: lock })
    }
}

fn not_there(path: &Path, error: &io::Error) -> Fatal {
    if error.kind() == io::ErrorKind::NotFound {
        return Fatal::new(
            FatalCode::DirectoryUnusable,
            format!("{} is not there", path.display()),
            "the name is misspelled, or a disk is not mounted",
            "name the directories of log.dirs, each with a --data of its own",
        );
    }
    Fatal::directory_unusable(path, error)
}

/// The metadata as the metadata log has them; `None`, with a finding, where it cannot be read.
fn read_metadata(
    fs: &dyn FileSystem,
    directories: &[Examined],
    report: &mut Report,
) -> Option<MetadataImage> {
    let dirs = directories.iter().map(|directory| directory.path.join(METADATA_DIRECTORY_NAME));
    let mut dirs = dirs.filter(|dir| fs.stat(dir).is_ok());
    let Some(dir) = dirs.next() else {
        report.add(
            Weight::Problem,
            "no-metadata-log",
            &directories[0].path,
            "none of these directories has the metadata log, so nobody can say which partitions belong here",
            "name all directories of log.dirs and metadata.log.dir, each with a --data of its own; a broker that starts \
             without its metadata log begins as a new cluster",
        );
        return None;
    };
    match inspection::follow(fs, &dir) {
        Ok(found) => Some(found.follower.builder().image().clone()),
        Err(fatal) => {
            report.add(Weight::Problem, "bad-metadata-log", &dir, &fatal.what, &fatal.fix);
            None
        }
    }
}

/// What is looked at, and what it is held against.
struct Look<'a> {
    fs: &'a dyn FileSystem,
    directory: &'a Examined,
    image: Option<&'a MetadataImage>,
}

impl Look<'_> {
    /// A small file as text, whatever is in it; `None`: it is not there.
    fn read_text(&self, path: &Path) -> io::Result<Option<String>> {
        match self.fs.read_whole(path, SMALL_FILE_BYTES_MAX) {
            Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn examine(&self, report: &mut Report) -> io::Result<()> {
        let root = &self.directory.path;
        self.examine_meta(report)?;
        if !self.directory.is_clean {
            report.add(
                Weight::Note,
                "unclean-stop",
                root,
                "the last broker here was not stopped in order (a kill, a power cut, or it runs no more for another reason)",
                "nothing: the next start looks at the end of each log and cuts off what was not completely written",
            );
        }
        let mut ends = BTreeMap::new();
        for entry in self.fs.list(root)?.into_iter().filter(|entry| entry.is_dir) {
            let path = root.join(&entry.name);
            match PartitionDirectory::parse(&entry.name) {
                Some(name) if name.kind == DirectoryKind::Current => {
                    let end = self.examine_partition(&path, &name, report)?;
                    ends.insert((name.topic, name.partition), end);
                }
                Some(name) => report_retired(&path, name.kind, report),
                None if DataDirectory::may_hold(&entry.name) => {}
                None => report.add(
                    Weight::Problem,
                    "foreign-directory",
                    &path,
                    "a directory that is no partition's; no broker starts with it",
                    "move it out of the data directory",
                ),
            }
        }
        self.examine_checkpoints(&ends, report)
    }

    fn examine_meta(&self, report: &mut Report) -> io::Result<()> {
        let path = self.directory.path.join(meta_properties::FILE_NAME);
        let found = match self.read_text(&path)? {
            Some(text) => MetaProperties::decode(&text).err().map(|_| "it is damaged"),
            None => Some("it is missing"),
        };
        if let Some(what) = found {
            report.add(
                Weight::Problem,
                "bad-meta-properties",
                &path,
                &format!("{what}: no broker starts without knowing whose directory this is"),
                "restore it from a backup or from another directory of the same broker (version=1, cluster.id, node.id; \
                 without directory.id a new one is made)",
            );
        }
        Ok(())
    }

    /// Whether the checkpoints speak of logs that are not here, or of places that these do not have.
    fn examine_checkpoints(
        &self,
        ends: &BTreeMap<LogName, Option<Offset>>,
        report: &mut Report,
    ) -> io::Result<()> {
        for name in [RECOVERY_POINT_FILE_NAME, LOG_START_FILE_NAME, HIGH_WATERMARK_FILE_NAME] {
            let path = self.directory.path.join(name);
            let Some(text) = self.read_text(&path)? else { continue };
            let Ok(entries) = decode_offsets(&text) else {
                report.add(
                    Weight::Warning,
                    "bad-checkpoint",
                    &path,
                    "the file is damaged, and the next start does without it",
                    if name == LOG_START_FILE_NAME {
                        "nothing can bring it back: records that were deleted by request may be there again; delete them anew"
                    } else {
                        "nothing: the start takes longer"
                    },
                );
                continue;
            };
            for entry in entries {
                let log = format!("{}-{}", entry.topic, entry.partition.0);
                match ends.get(&(entry.topic, entry.partition)) {
                    None if name == HIGH_WATERMARK_FILE_NAME && entry.offset > Offset::ZERO => report.add(
                        Weight::Problem,
                        "missing-directory",
                        &self.directory.path.join(&log),
                        &format!("the log had records up to offset {}, and its directory is not here", entry.offset.0),
                        "put the directory back, from where it was moved to or from a backup; if the topic was deleted \
                         just before the last stop, nothing is missing",
                    ),
                    None | Some(None) => {}
                    Some(Some(end)) if entry.offset > *end => report_beyond_end(
                        &path,
                        &log,
                        name,
                        entry.offset,
                        *end,
                        report,
                    ),
                    Some(Some(_)) => {}
                }
            }
        }
        Ok(())
    }
}

fn report_beyond_end(path: &Path, log: &str, name: &str, offset: Offset, end: Offset, report: &mut Report) {
    let (offset, end) = (offset.0, end.0);
    if name == LOG_START_FILE_NAME {
        report.add(
            Weight::Problem,
            "checkpoint-beyond-end",
            path,
            &format!("{log} is said to begin at offset {offset}, and ends at {end}: the next start would begin it anew there"),
            "copy the log's directory before the next start; if the records below that offset were not deleted on \
             purpose, remove the log's line (and correct the number of lines above it)",
        );
    } else {
        report.add(
            Weight::Problem,
            "lost-end",
            path,
            &format!("{log} ends at offset {end}, and was known to have records up to {offset}: its end is lost"),
            "look for missing segment files, and restore them before the next start; else the records are gone",
        );
    }
}

fn report_retired(path: &Path, kind: DirectoryKind, report: &mut Report) {
    let (code, what, fix) = match kind {
        DirectoryKind::Deleted => (
            "deleted-directory",
            "what is left of a partition that was deleted",
            "nothing: the next start removes it",
        ),
        DirectoryKind::Stray => (
            "stray-directory",
            "a partition that the metadata did not know at some start; its records were kept",
            "remove it, or read it with Kafka's tools, if nobody misses its records",
        ),
        DirectoryKind::Future => (
            "future-directory",
            "the copy of a partition that was on its way to this directory",
            "nothing: the next start goes on with the move",
        ),
        DirectoryKind::Current => return,
    };
    report.add(Weight::Note, code, path, what, fix);
}

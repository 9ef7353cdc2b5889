//! What happens once, before the first shard runs.

use super::Bound;
use super::directories::{DataDirectory, Directories, DirectoryInputs, UnusableDirectory};
use super::inspection::{self, Inspection, Stray};
use super::seats::StartInputs;
use crate::config::Config;
use crate::config::IoBackend;
use crate::fatal::{Fatal, FatalCode};
use crate::limits::Limits;
use crate::log_dirs::{DirectoryAtStart, LogName, rename_durably};
use crate::metadata::{
    FormatError, NewCluster, NewDirectory, Voter, VoterEndpoint, default_bootstrap_records,
    format_directories,
};
use crate::recovery_files::{self, FoundFiles, ShardFile};
use crate::settings::{ConnectionsPerAddress, LogDirName, Settings};
use loglane_model::{DirEntry, FileSystem, Offset, TopicId};
use loglane_replication::record::Uuid;
use loglane_ring::{BackendChoice, ListenError, ListenOptions, Options, listen_with};
use loglane_storage::checkpoint::{CheckpointEntry, decode_offsets, encode_offsets};
use loglane_storage::directory::{
    DirectoryKind, PartitionDirectory, retired_directory_name, unwanted_copy_name,
};
use loglane_storage::meta_properties::{self, MetaProperties};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// What the ring receives into when a connection has nothing announced.
const RECEIVE_BLOCK_BYTES: u64 = 16 * 1024;

/// Small files of a log directory are not larger than this.
const SMALL_FILE_BYTES_MAX: usize = 64 << 20;

/// How the shards' doors to the world are made.
pub(super) fn ring_options(config: &Config, cores: &[usize], limits: &Limits) -> Options {
    let receive_blocks = limits.shard.receive_ring_bytes / RECEIVE_BLOCK_BYTES;
    Options {
        backend: match config.io_backend {
            IoBackend::Auto => BackendChoice::Auto,
            IoBackend::IoUring => BackendChoice::IoUring,
            IoBackend::Epoll => BackendChoice::Epoll,
        },
        cores: cores.to_vec(),
        mails_max: limits.shard.mailbox_slots as usize,
        receive_blocks_max: usize::try_from(receive_blocks).expect("a budget fits the address space"),
        ..Options::default()
    }
}

/// Binds every listener; clients' first.
pub(super) fn bind(config: &Config) -> Result<Vec<Bound>, Fatal> {
    let clients = config.listeners.iter().map(|listener| (listener, false));
    let controllers = config.controller_listeners.iter().map(|listener| (listener, true));
    let network = &config.settings.network;
    let options = ListenOptions {
        backlog: network.listen_backlog,
        send_buffer_bytes: network.send_buffer_bytes,
        receive_buffer_bytes: network.receive_buffer_bytes,
    };
    let mut bound = Vec::new();
    for (listener, is_controller) in clients.chain(controllers) {
        let address = address_of(listener.host.as_deref(), listener.port)?;
        let (socket, address) = or_without_ipv6(address, |address| listen_with(address, &options))?;
        bound.push(Bound { listener: listener.clone(), is_controller, socket, address });
    }
    Ok(bound)
}

/// Listens by `listen`. On a machine without IPv6 all addresses are those of IPv4.
///
/// # Errors
/// What `listen` says.
pub(crate) fn or_without_ipv6<T>(
    address: SocketAddr,
    listen: impl Fn(SocketAddr) -> Result<T, ListenError>,
) -> Result<T, ListenError> {
    match listen(address) {
        Err(ListenError::Failed { .. }) if address.ip() == Ipv6Addr::UNSPECIFIED => {
            listen(SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), address.port()))
        }
        outcome => outcome,
    }
}

fn unknown_host(host: &str, error: &dyn std::fmt::Display) -> Fatal {
    Fatal::new(
        FatalCode::CannotListen,
        format!("the host {host} of a listener cannot be resolved: {error}"),
        "the name is misspelled, or the machine's resolver does not know it",
        "name an address of this machine in listeners; what clients are told belongs into advertised.listeners",
    )
}

/// The address that a host and a port stand for; no host stands for all addresses.
pub(crate) fn address_of(host: Option<&str>, port: u16) -> Result<SocketAddr, Fatal> {
    let Some(host) = host else {
        return Ok(SocketAddr::new(Ipv6Addr::UNSPECIFIED.into(), port));
    };
    let found = (host, port).to_socket_addrs().map_err(|error| unknown_host(host, &error))?;
    preferred(found).ok_or_else(|| unknown_host(host, &"it has no address"))
}

/// Of the addresses that a name has, the first of IPv4, as in Java; else the first.
fn preferred(addresses: impl Iterator<Item = SocketAddr>) -> Option<SocketAddr> {
    let addresses: Vec<SocketAddr> = addresses.collect();
    addresses.iter().find(|address| address.is_ipv4()).or(addresses.first()).copied()
}

/// The log directories, ready for their logs.
pub(super) struct OpenedDirectories {
    pub(super) at_start: Arc<Vec<DirectoryAtStart>>,
    pub(super) metadata_index: u16,
    pub(super) cluster_id: String,
    pub(super) is_new: bool,
    /// What the directories' recovery files say, by directory and by shard.
    pub(super) recovery: Vec<Vec<ShardFile>>,
    pub(super) inspection: Inspection,
    /// The locks, held until the process ends.
    pub(super) held: Directories,
}

/// Checks and locks the directories, formats the empty ones, and reads what each says of its logs.
pub(super) fn open_directories(start: &StartInputs<'_>) -> Result<OpenedDirectories, Fatal> {
    let StartInputs { fs, config, bound, shard_count, wall_ms, .. } = *start;
    let random = || start.random();
    let inputs = DirectoryInputs {
        paths: &config.directories(),
        metadata_log_dir: &config.metadata_log_dir,
        node_id: config.node_id,
        cluster_id: config.cluster_id.as_deref(),
    };
    let mut directories = Directories::open(fs, &inputs)?;
    let is_new = directories.online.iter().all(|directory| directory.meta.is_none());
    let cluster_id = directories
        .cluster_id
        .clone()
        .or_else(|| config.cluster_id.clone())
        .unwrap_or_else(|| TopicId::from_random(random).to_string());
    let metadata_meta = directories.online[directories.metadata].meta.as_ref();
    let known = metadata_meta.and_then(|meta| meta.directory_id);
    let metadata_id = known.map_or_else(|| Uuid::from_random(random), |id| Uuid(id.0));
    let own = own_voter(config, metadata_id, bound);
    let mut inspection = inspection::inspect(fs, &mut directories, &own, shard_count)?;
    let mut ids = BTreeMap::new();
    let mut new = Vec::new();
    for (index, directory) in directories.online.iter().enumerate() {
        let has_metadata_log = index == directories.metadata;
        let known = directory.meta.as_ref().and_then(|meta| meta.directory_id);
        let id = match known {
            _ if has_metadata_log => metadata_id,
            Some(id) => Uuid(id.0),
            None => Uuid::from_random(random),
        };
        ids.insert(directory.path.clone(), id);
        if directory.meta.is_none() {
            new.push(NewDirectory { path: directory.path.clone(), id, has_metadata_log });
        }
    }
    let cluster = NewCluster {
        cluster_id: cluster_id.clone(),
        node_id: config.node_id,
        voter: Some(own),
        bootstrap: default_bootstrap_records(),
    };
    format_directories(fs, &cluster, &new, wall_ms).map_err(|error| unformatted(&error))?;
    let (mut at_start, recovery) = loop {
        match make_ready(start, &mut directories, &ids, &mut inspection) {
            Ok(ready) => break ready,
            Err(unusable) => {
                directories.set_aside_unusable(&unusable)?;
                let broker = config.node_id;
                inspection = inspection::place_again(fs, &mut directories, inspection, broker, shard_count)?;
            }
        }
    };
    for offline in &directories.offline {
        tracing::error!(path = %offline.path.display(), error = offline.error, "a log directory cannot be used");
    }
    at_start.push(DirectoryAtStart::missing());
    let metadata_index = u16::try_from(directories.metadata).expect("a configuration has few directories");
    Ok(OpenedDirectories {
        at_start: Arc::new(at_start),
        metadata_index,
        cluster_id,
        is_new,
        recovery,
        inspection,
        held: directories,
    })
}

/// Brings the online directories in order and reads what each says of its logs, by directory. May be asked again with
/// the directories that are left, and what was found in those: what was done is not done twice.
///
/// # Errors
/// A directory that cannot be read or written.
fn make_ready(
    start: &StartInputs<'_>,
    directories: &mut Directories,
    ids: &BTreeMap<PathBuf, Uuid>,
    inspection: &mut Inspection,
) -> Result<(Vec<DirectoryAtStart>, Vec<Vec<ShardFile>>), UnusableDirectory> {
    let StartInputs { fs, shard_count, .. } = *start;
    directories.take_clean_shutdown(fs)?;
    write_missing_ids(fs, directories, ids)?;
    move_strays(fs, &inspection.strays, start)?;
    promote_copies(fs, &inspection.promoted)?;
    inspection.deleted.extend(rename_unwanted(fs, &inspection.unwanted)?);
    let (mut at_start, mut recovery) = (Vec::new(), Vec::new());
    for (index, directory) in directories.online.iter().enumerate() {
        let files = inspection.recovery.remove(&index);
        let (read, files) = read_directory(fs, directory, ids[&directory.path], files, shard_count)
            .map_err(|error| UnusableDirectory { path: directory.path.clone(), error })?;
        at_start.push(read);
        recovery.push(files);
    }
    Ok((at_start, recovery))
}

/// The log directory in whose root `path` is cannot be used.
fn unusable_around(path: &Path, error: io::Error) -> UnusableDirectory {
    let root = path.parent().expect("it was listed in a log directory");
    UnusableDirectory { path: root.to_owned(), error }
}

/// Directories of older versions have no id of their own; from now on they have, as after a start of Kafka's.
fn write_missing_ids(
    fs: &dyn FileSystem,
    directories: &Directories,
    ids: &BTreeMap<PathBuf, Uuid>,
) -> Result<(), UnusableDirectory> {
    for directory in &directories.online {
        let Some(meta) = directory.meta.as_ref().filter(|meta| meta.directory_id.is_none()) else { continue };
        let meta = MetaProperties { directory_id: Some(TopicId(ids[&directory.path].0)), ..meta.clone() };
        let path = directory.path.join(meta_properties::FILE_NAME);
        fs.replace_whole(&path, meta.encode().as_bytes()).map_err(|error| unusable_around(&path, error))?;
    }
    Ok(())
}

/// Gives directories of partitions that nobody knows the name of strays. They are never removed: whoever misses
/// their records finds them there.
fn move_strays(
    fs: &dyn FileSystem,
    strays: &[Stray],
    start: &StartInputs<'_>,
) -> Result<(), UnusableDirectory> {
    for stray in strays {
        let unique = TopicId::from_random(|| start.random()).0;
        let name = retired_directory_name(&stray.topic, stray.partition, DirectoryKind::Stray, unique);
        let to = stray.path.with_file_name(&name);
        rename_durably(fs, &stray.path, &to).map_err(|error| unusable_around(&stray.path, error))?;
        let path = stray.path.display();
        tracing::warn!(%path, why = stray.why, renamed_to = name, "a directory of a partition that is not here");
    }
    Ok(())
}

/// Copies take the names of the partitions whose place they have taken.
fn promote_copies(fs: &dyn FileSystem, promoted: &[(PathBuf, PathBuf)]) -> Result<(), UnusableDirectory> {
    for (from, to) in promoted {
        rename_durably(fs, from, to).map_err(|error| unusable_around(from, error))?;
        tracing::info!(path = %to.display(), "a partition is where it was moved to before the last stop");
    }
    Ok(())
}

/// Copies that are of no use take the names of deleted partitions before anything in them goes.
fn rename_unwanted(fs: &dyn FileSystem, unwanted: &[PathBuf]) -> Result<Vec<PathBuf>, UnusableDirectory> {
    let mut renamed = Vec::new();
    for from in unwanted {
        let name = from.file_name().and_then(|name| unwanted_copy_name(&name.to_string_lossy()));
        let to = from.with_file_name(name.expect("copies are named so"));
        rename_durably(fs, from, &to).map_err(|error| unusable_around(from, error))?;
        renamed.push(to);
    }
    Ok(renamed)
}

fn unformatted(error: &FormatError) -> Fatal {
    match error {
        FormatError::Io { path, error } => Fatal::directory_unusable(path, error),
        FormatError::NotEmpty(path) => Fatal::new(
            FatalCode::BadMetaProperties,
            format!("{} has a metadata log, but no meta.properties", path.display()),
            "meta.properties was removed, or the directory is a part of another one",
            "put meta.properties back (every log directory of a node has one), or set another log.dirs",
        ),
    }
}

/// The logs that have a directory among `entries`.
fn logs_in(entries: &[DirEntry]) -> BTreeSet<LogName> {
    let directories = entries.iter().filter(|entry| entry.is_dir);
    let names = directories.filter_map(|entry| PartitionDirectory::parse(&entry.name));
    let current = names.filter(|name| name.kind == DirectoryKind::Current);
    current.map(|name| (name.topic, name.partition)).collect()
}

/// Takes out of a checkpoint file what it says of logs that are not here. It knows them by name: where a crash came
/// between the end of a topic and the next writing of the file, a topic that gets the name would be taken for it.
fn forget_others(
    fs: &dyn FileSystem,
    path: &Path,
    offsets: &mut BTreeMap<LogName, Offset>,
    logs: &BTreeSet<LogName>,
) -> io::Result<()> {
    let before = offsets.len();
    offsets.retain(|log, _| logs.contains(log));
    if offsets.len() == before {
        return Ok(());
    }
    let entry = |(log, offset): (&LogName, &Offset)| CheckpointEntry {
        topic: log.0.clone(),
        partition: log.1,
        offset: *offset,
    };
    let entries: Vec<CheckpointEntry> = offsets.iter().map(entry).collect();
    fs.replace_whole(path, encode_offsets(&entries).as_bytes())
}

/// What a directory's files say of its logs; `found` are its recovery files, if they were read already.
fn read_directory(
    fs: &dyn FileSystem,
    directory: &DataDirectory,
    id: Uuid,
    found: Option<FoundFiles>,
    shard_count: u16,
) -> io::Result<(DirectoryAtStart, Vec<ShardFile>)> {
    let path = &directory.path;
    let entries = fs.list(path)?;
    let logs = logs_in(&entries);
    let read = |name: &str, if_damaged: IfDamaged| {
        let path = path.join(name);
        let mut offsets = match (read_offsets(fs, &path)?, if_damaged) {
            (Some(offsets), _) => offsets,
            (None, IfDamaged::DoWithout) => {
                tracing::warn!(path = %path.display(), "a checkpoint file is damaged and is not used");
                BTreeMap::new()
            }
            (None, IfDamaged::Refuse) => {
                let what = format!("{name} is damaged; without it records that were deleted would come back");
                return Err(io::Error::new(io::ErrorKind::InvalidData, what));
            }
        };
        forget_others(fs, &path, &mut offsets, &logs)?;
        Ok(offsets)
    };
    let at_start = DirectoryAtStart {
        path: path.clone(),
        id,
        clean_shutdown: directory.was_clean,
        recovery_points: read("recovery-point-offset-checkpoint", IfDamaged::DoWithout)?,
        log_starts: read("log-start-offset-checkpoint", IfDamaged::Refuse)?,
        high_watermarks: read("replication-offset-checkpoint", IfDamaged::DoWithout)?,
        failed: false,
    };
    let found = match found {
        Some(found) => found,
        None => recovery_files::find(fs, path, &entries, shard_count)?,
    };
    Ok((at_start, found.settle(fs, path)?))
}

/// What a checkpoint file that cannot be understood means. To Kafka each of them is the end of its directory.
#[derive(Debug, Clone, Copy)]
enum IfDamaged {
    /// The logs say the same: to do without it costs time at recovery and nothing else.
    DoWithout,
    /// Nobody else knows what it says: the directory cannot be used.
    Refuse,
}

/// A checkpoint file; `None`: it is damaged. There may be none.
fn read_offsets(fs: &dyn FileSystem, path: &Path) -> io::Result<Option<BTreeMap<LogName, Offset>>> {
    let bytes = match fs.read_whole(path, SMALL_FILE_BYTES_MAX) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Some(BTreeMap::new())),
        // It is far longer than it ever is.
        Err(error) if error.kind() == io::ErrorKind::InvalidData => return Ok(None),
        Err(error) => return Err(error),
    };
    if bytes.is_empty() {
        // Kafka makes the file at its first start and writes to it a minute later; it may be killed before.
        return Ok(Some(BTreeMap::new()));
    }
    let entries = str::from_utf8(&bytes).ok().and_then(|text| decode_offsets(text).ok());
    let offset = |entry: CheckpointEntry| ((entry.topic, entry.partition), entry.offset);
    Ok(entries.map(|entries| entries.into_iter().map(offset).collect()))
}

/// This node as the one voter of its quorum.
pub(super) fn own_voter(config: &Config, directory_id: Uuid, bound: &[Bound]) -> Voter {
    let controllers = bound.iter().filter(|bound| bound.is_controller);
    let endpoints: Vec<VoterEndpoint> = controllers
        .map(|bound| VoterEndpoint {
            name: bound.listener.name.clone(),
            host: bound.listener.host.clone().unwrap_or_else(|| bound.address.ip().to_string()),
            port: bound.address.port(),
        })
        .collect();
    Voter { id: config.node_id, directory_id, endpoints, kraft_versions: (0, 1) }
}

pub(super) fn settings(config: &Config, cluster_id: &str, bound: &[Bound], limits: &Limits) -> Settings {
    let ms = |ms: i64| Duration::from_millis(u64::try_from(ms).unwrap_or(u64::MAX));
    let values = &config.settings;
    let request_bytes_max = u64::from(values.network.request_bytes_max).min(limits.shard.frame_bytes_max);
    Settings {
        config: Arc::new(config.clone()),
        broker: config.node_id,
        cluster_id: cluster_id.to_owned(),
        kraft_version: 0,
        listeners: bound.iter().map(|bound| bound.listener.name.clone()).collect(),
        client_listeners: bound.iter().filter(|bound| !bound.is_controller).count(),
        log_dirs: config.log_dirs.iter().map(|path| LogDirName::of(path)).collect(),
        auto_create_topics: values.topics.auto_create,
        default_partitions: i32::try_from(values.topics.partitions_default).unwrap_or(i32::MAX),
        default_replication_factor: values.topics.replication_factor_default,
        delete_topics: values.topics.delete_enabled,
        fetch_bytes_max: values.network.fetch_bytes_max as usize,
        request_bytes_max: usize::try_from(request_bytes_max).expect("a budget fits the address space"),
        connection_idle_max: values.network.connection_idle_ms_max.map_or(Duration::MAX, ms),
        retention_check_every: ms(values.logs.retention_check_interval_ms),
        // One round writes them all, so that each is written at least as often as it was asked for.
        checkpoint_every: ms(values
            .logs
            .recovery_point_interval_ms
            .min(values.logs.start_offset_interval_ms)),
        producer_expiry_every: ms(values.logs.producer_id_check_interval_ms),
        producer_id_expiration_ms: values.logs.producer_id_expiration_ms,
        connections_max: values.network.connections_max as usize,
        connections_per_address: ConnectionsPerAddress {
            most: values.network.connections_per_ip_max,
            overrides: values.network.connections_per_ip_overrides.clone(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(texts: &[&str]) -> Vec<SocketAddr> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn a_name_stands_for_its_first_ipv4_address_if_it_has_one() {
        let all = addresses(&["[::1]:9092", "127.0.0.1:9092", "127.0.0.2:9092"]);
        assert_eq!(preferred(all.iter().copied()), Some(all[1]));
        let six = addresses(&["[::1]:9092", "[fe80::1]:9092"]);
        assert_eq!(preferred(six.iter().copied()), Some(six[0]));
        assert_eq!(preferred([].into_iter()), None);
    }

    #[test]
    fn all_addresses_are_those_of_ipv4_where_there_is_no_ipv6() {
        let listen = |address: SocketAddr| match address {
            SocketAddr::V4(_) => Ok(address),
            SocketAddr::V6(_) => {
                Err(ListenError::Failed { address, error: io::ErrorKind::AddrNotAvailable.into() })
            }
        };
        let all = address_of(None, 9644).unwrap();
        assert_eq!(or_without_ipv6(all, listen).unwrap(), "0.0.0.0:9644".parse().unwrap());
        let one = "[::1]:9644".parse().unwrap();
        assert!(matches!(or_without_ipv6(one, listen), Err(ListenError::Failed { .. })));
        let taken = |address| Err::<(), _>(ListenError::Taken { address, holder: None });
        assert!(
            matches!(or_without_ipv6(all, taken), Err(ListenError::Taken { address, .. }) if address == all)
        );
    }
}

//! What uses a feature that has to be lowered, as far as it is not in the metadata: groups of the newer protocols in
//! `__consumer_offsets`, open transactions in `__transaction_state`.

use super::batches::{WalkError, for_each_batch};
use crate::groups::loading::UNPACKED_BYTES_MAX;
use crate::server::directories::Directories;
use loglane_model::{BATCH_HEADER_BYTES, BatchHeader, BrokerId, Compression, FileSystem, Offset};
use loglane_replication::MetadataImage;
use loglane_storage::batch::records_of;
use loglane_storage::compression::{DecompressError, decompress};
use loglane_storage::directory::partition_directory_name;
use loglane_storage::record::{BadRecord, RecordView, Records};
use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

const OFFSETS_TOPIC: &str = "__consumer_offsets";
const TRANSACTIONS_TOPIC: &str = "__transaction_state";

/// For each of `features` that is in use: by what. What cannot be found out counts as a use.
pub(super) fn find(
    fs: &dyn FileSystem,
    directories: &Directories,
    image: &MetadataImage,
    broker: BrokerId,
    features: &[String],
) -> BTreeMap<String, String> {
    let source = Source { fs, directories, image, broker };
    let cause = |feature: &String| Some((feature.clone(), source.use_of(feature)?));
    features.iter().filter_map(cause).collect()
}

struct Source<'a> {
    fs: &'a dyn FileSystem,
    directories: &'a Directories,
    image: &'a MetadataImage,
    broker: BrokerId,
}

/// The records of a coordinator's topic that say what is there: the newest one of each key.
type Newest = BTreeMap<Vec<u8>, Vec<u8>>;

impl Source<'_> {
    fn use_of(&self, feature: &str) -> Option<String> {
        let outcome = match feature {
            "group.version" => self.group_of_kind(3, "the consumer protocol"),
            "share.version" => self.group_of_kind(11, "the share group protocol"),
            "streams.version" => self.group_of_kind(17, "the streams protocol"),
            "transaction.version" => self.open_transaction(),
            // What it has written stands in the metadata and is taken back there.
            "eligible.leader.replicas.version" => Ok(None),
            _ => Err("this broker does not know what uses it".to_owned()),
        };
        match outcome {
            Ok(cause) => cause,
            Err(unknown) => Some(unknown),
        }
    }

    /// A group whose metadata are kept in records of that type.
    fn group_of_kind(&self, kind: i16, protocol: &str) -> Result<Option<String>, String> {
        let groups = self.newest(OFFSETS_TOPIC, kind)?;
        let first = groups.keys().next();
        Ok(first.map(|key| format!("the group {} uses {protocol}", name_in(key))))
    }

    fn open_transaction(&self) -> Result<Option<String>, String> {
        let transactions = self.newest(TRANSACTIONS_TOPIC, 0)?;
        let open = transactions.iter().find(|(_, value)| is_open(value));
        Ok(open.map(|(key, _)| format!("a transaction of {} is open", name_in(key))))
    }

    /// The newest value of each key of one type in this broker's partitions of a topic. Tombstones are left out.
    fn newest(&self, topic: &str, kind: i16) -> Result<Newest, String> {
        let mut newest = Newest::new();
        let Some(topic) = self.image.topics.by_name(topic) else { return Ok(newest) };
        for (number, record) in topic.partitions.iter() {
            if !record.replicas.contains(&self.broker) {
                continue;
            }
            let name = partition_directory_name(&topic.name, *number);
            let Some(dir) = self.directory_of(&name) else {
                if let Some(offline) = self.directories.offline.first() {
                    return Err(format!("{name} may be in {}, which cannot be read", offline.path.display()));
                }
                continue;
            };
            let walked =
                for_each_batch(self.fs, &dir, Offset::ZERO, |batch| collect(batch, kind, &mut newest));
            match walked {
                Ok(()) => {}
                Err(WalkError::Disk(error)) => return Err(format!("{name} cannot be read: {error}")),
                Err(WalkError::Visit(why)) => return Err(format!("a batch in {name} {why}")),
            }
        }
        Ok(newest)
    }

    fn directory_of(&self, name: &str) -> Option<PathBuf> {
        let paths = self.directories.online.iter().map(|directory| directory.path.join(name));
        paths.into_iter().find(|path| self.fs.stat(path).is_ok())
    }
}

/// Why a batch is not looked into.
enum Unreadable {
    /// What is in it cannot be walked.
    Damaged,
    /// More than so many bytes come out of it, and a coordinator writes less.
    TooLarge(usize),
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unreadable::Damaged => f.write_str("cannot be read"),
            Unreadable::TooLarge(most) => write!(f, "unpacks to more than {} MiB", most >> 20),
        }
    }
}

impl From<BadRecord> for Unreadable {
    fn from(_: BadRecord) -> Unreadable {
        Unreadable::Damaged
    }
}

impl From<DecompressError> for Unreadable {
    fn from(error: DecompressError) -> Unreadable {
        match error {
            DecompressError::Corrupt => Unreadable::Damaged,
            DecompressError::TooLarge { cap } => Unreadable::TooLarge(cap),
        }
    }
}

fn collect(batch: &[u8], kind: i16, newest: &mut Newest) -> Result<(), Unreadable> {
    let header = BatchHeader::peek(batch).ok_or(Unreadable::Damaged)?;
    if header.attributes().is_control() {
        return Ok(());
    }
    match header.attributes().compression().ok_or(Unreadable::Damaged)? {
        Compression::None => records_of(batch).try_for_each(|record| note(&record?, kind, newest)),
        compression => {
            let area = decompress(compression, &batch[BATCH_HEADER_BYTES..], UNPACKED_BYTES_MAX)?;
            let count = header.record_count.get();
            Records::new(&area, count).try_for_each(|record| note(&record?, kind, newest))
        }
    }
}

fn note(record: &RecordView<'_>, kind: i16, newest: &mut Newest) -> Result<(), Unreadable> {
    let Some(key) = record.key.filter(|key| key.starts_with(&kind.to_be_bytes())) else { return Ok(()) };
    match record.value {
        Some(value) => newest.insert(key.to_vec(), value.to_vec()),
        None => newest.remove(key),
    };
    Ok(())
}

/// The string behind a key's type.
fn name_in(key: &[u8]) -> String {
    String::from_utf8_lossy(key.get(4..).unwrap_or_default()).into_owned()
}

/// Whether a transaction's state (behind the version, the producer's id and epoch, and the timeout) is one of Ongoing,
/// PrepareCommit, PrepareAbort, PrepareEpochFence. One that cannot be read counts as open.
fn is_open(value: &[u8]) -> bool {
    let state = value.get(2 + 8 + 2 + 4);
    state.is_none_or(|state| matches!(state, 1 | 2 | 3 | 7))
}

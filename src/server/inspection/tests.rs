use super::*;
use crate::controller::Append;
use crate::metadata::{VoterEndpoint, encode_control_batch, encode_data_batches};
use crate::server::directories::DirectoryInputs;
use loglane_model::{Offset, PartitionId, TopicId};
use loglane_replication::MetadataRecord;
use loglane_replication::record::{LeaderRecovery, PartitionRecord, Uuid};
use loglane_ring::sim::World;
use loglane_storage::RecoveryPosition;
use loglane_storage::batch_builder::BatchBuilder;
use loglane_storage::index::SegmentIndexes;
use loglane_storage::leader_epoch::LeaderEpochs;
use loglane_storage::meta_properties::MetaProperties;
use loglane_storage::partition_metadata;
use loglane_storage::recovery_position::BatchMark;
use loglane_storage::sums::{Sums, SumsKey};
use loglane_storage::transaction_index::TransactionIndex;
use std::sync::Arc;

const BROKER: BrokerId = BrokerId(1);
const FIRST: u8 = 0x11;
const SECOND: u8 = 0x22;

/// A broker's two directories, left by somebody else.
struct Left {
    fs: Arc<dyn FileSystem>,
    records: Vec<MetadataRecord>,
}

fn own() -> Voter {
    let endpoints = vec![VoterEndpoint { name: "CONTROLLER".into(), host: "localhost".into(), port: 9093 }];
    Voter { id: BROKER, directory_id: Uuid([FIRST; 16]), endpoints, kraft_versions: (0, 1) }
}

impl Left {
    fn new() -> Left {
        let left = Left { fs: World::new(1).file_system(), records: Vec::new() };
        left.feature("metadata.version", 30)
    }

    fn feature(mut self, name: &str, level: i16) -> Left {
        self.records.push(MetadataRecord::FeatureLevel { name: name.to_owned(), level });
        self
    }

    /// A topic whose one partition is in the directory of that id.
    fn topic(mut self, name: &str, id: u8, directory: u8) -> Left {
        let topic = TopicId([id; 16]);
        self.records.push(MetadataRecord::Topic { name: name.to_owned(), id: topic });
        self.records.push(MetadataRecord::Partition(PartitionRecord {
            partition: PartitionId(0),
            topic,
            replicas: vec![BROKER],
            in_sync: vec![BROKER],
            removing: vec![],
            adding: vec![],
            leader: Some(BROKER),
            leader_epoch: LeaderEpoch(0),
            partition_epoch: 0,
            leader_recovery: LeaderRecovery::Recovered,
            directories: vec![Uuid([directory; 16])],
            eligible_leaders: None,
            last_known_eligible: None,
        }));
        self
    }

    fn put(&self, path: &str, bytes: &[u8]) {
        let path = Path::new(path);
        self.fs.create_dir_all(path.parent().unwrap()).unwrap();
        self.fs.replace_whole(path, bytes).unwrap();
    }

    /// A partition's directory that says which topic it belongs to.
    fn partition(self, path: &str, id: u8) -> Left {
        self.put(
            &format!("{path}/partition.metadata"),
            partition_metadata::encode(TopicId([id; 16])).as_bytes(),
        );
        self
    }

    /// A coordinator's log: records by key and value.
    fn records(self, path: &str, records: &[(&[u8], Option<&[u8]>)]) -> Left {
        let mut builder = BatchBuilder::new();
        for (key, value) in records {
            builder.push(1, Some(key), *value, &[]);
        }
        self.put(&format!("{path}/00000000000000000000.log"), &builder.finish());
        self
    }

    fn open(&self) -> Directories {
        let control = crate::metadata::ControlRecord::KRaftVersion(1);
        let voters = crate::metadata::ControlRecord::KRaftVoters(vec![own()]);
        let mut log = encode_control_batch(Offset(0), LeaderEpoch(1), 1, &[control, voters]);
        let append = Append { base_offset: Offset(2), epoch: LeaderEpoch(1), records: self.records.clone() };
        log.extend(encode_data_batches(&append, 30, 1).concat());
        log.extend([0; 5000]);
        self.put("/a/__cluster_metadata-0/00000000000000000000.log", &log);
        for (dir, id) in [("/a", FIRST), ("/b", SECOND)] {
            let meta = MetaProperties {
                cluster_id: "c".to_owned(),
                node_id: BROKER,
                directory_id: Some(TopicId([id; 16])),
            };
            self.put(&format!("{dir}/meta.properties"), meta.encode().as_bytes());
        }
        let paths = [Path::new("/a"), Path::new("/b")];
        let inputs =
            DirectoryInputs { paths: &paths, metadata_log_dir: paths[0], node_id: BROKER, cluster_id: None };
        Directories::open(&*self.fs, &inputs).unwrap()
    }

    fn inspect(&self) -> Result<Inspection, Fatal> {
        inspect(&*self.fs, &mut self.open(), &own(), 2)
    }

    #[track_caller]
    fn refused(&self, why: &str) {
        let fatal = self.inspect().unwrap_err();
        assert_eq!(fatal.code, FatalCode::CannotTakeOver);
        assert!(fatal.what.contains(why), "{fatal}");
    }
}

fn key(kind: i16, name: &str) -> Vec<u8> {
    let mut key = kind.to_be_bytes().to_vec();
    key.extend_from_slice(&i16::try_from(name.len()).unwrap().to_be_bytes());
    key.extend_from_slice(name.as_bytes());
    key
}

/// Of a transaction: version, producer id and epoch, timeout, state.
fn transaction(state: u8) -> Vec<u8> {
    let mut value = vec![0; 16];
    value.push(state);
    value.extend_from_slice(&[0; 12]);
    value
}

#[test]
fn partitions_are_found_where_they_are_and_not_where_they_were() {
    let left = Left::new().topic("here", 1, FIRST).topic("moved", 2, FIRST).topic("there", 3, SECOND);
    let left = left.partition("/a/here-0", 1).partition("/b/moved-0", 2).partition("/b/there-0", 3);
    let found = left.inspect().unwrap();
    let places: Vec<(u8, u16)> = found.places.iter().map(|((id, _), place)| (id.0[0], *place)).collect();
    assert_eq!(places, [(1, 0), (2, 1), (3, 1)]);
    assert!(found.strays.is_empty() && found.deleted.is_empty() && found.uses.is_empty());
}

#[test]
fn what_the_metadata_do_not_know_here_is_a_stray_and_nothing_else_is() {
    let left = Left::new().topic("twice", 1, SECOND).topic("again", 2, FIRST);
    let left = left.partition("/a/twice-0", 1).partition("/b/twice-0", 1);
    let left = left.partition("/a/again-0", 3).partition("/a/gone-0", 4).partition("/a/twice-7", 1);
    let unique = "0123456789abcdef0123456789abcdef";
    let left = left
        .partition(&format!("/a/old-0.{unique}-delete"), 5)
        .partition(&format!("/a/old-0.{unique}-future"), 5)
        .partition(&format!("/a/old-0.{unique}-stray"), 5);
    left.fs.create_dir_all(Path::new("/a/nameless-0")).unwrap();
    left.put("/a/damaged-0/partition.metadata", b"nonsense");
    let found = left.inspect().unwrap();
    let mut strays: Vec<(String, &str)> =
        found.strays.iter().map(|stray| (stray.path.display().to_string(), stray.why)).collect();
    strays.sort_unstable();
    let deleted = "its topic was deleted";
    assert_eq!(
        strays,
        [
            ("/a/again-0".to_owned(), deleted),
            ("/a/gone-0".to_owned(), deleted),
            ("/a/nameless-0".to_owned(), "it does not say which topic it belongs to"),
            ("/a/twice-0".to_owned(), "another log directory has the partition"),
            ("/a/twice-7".to_owned(), "the partition is not on this broker"),
        ]
    );
    assert_eq!(found.places[&(TopicId([1; 16]), PartitionId(0))], 1);
    assert_eq!(found.deleted, [PathBuf::from(format!("/a/old-0.{unique}-delete"))]);
    assert_eq!(found.unwanted, [PathBuf::from(format!("/a/old-0.{unique}-future"))]);
}

#[test]
fn a_directory_that_nobody_has_changed_since_a_clean_stop_belongs_to_whom_it_did() {
    let left = Left::new().topic("t", 1, FIRST).topic("u", 2, FIRST);
    let left = left.partition("/a/t-0", 1).partition("/a/u-0", 2);
    let entry = |id: u8, dir: &str| {
        let key = SumsKey { topic_id: TopicId([id; 16]), partition: PartitionId(0) };
        let directory = left.fs.stat(Path::new(dir)).unwrap().into();
        RecoveryPosition {
            topic_id: key.topic_id,
            partition: key.partition,
            taken_ms: 1,
            segment: Offset::ZERO,
            inode: 1,
            position: 100,
            end_offset: Offset(2),
            last_batch: BatchMark { position: 20, epoch: LeaderEpoch(0), crc: 5 },
            of_first_batch: None,
            closed_ms: Some(1),
            closed_directory: Some(directory),
            epochs: LeaderEpochs::new(),
            producers: Vec::new(),
            indexes: SegmentIndexes::new(Offset::ZERO),
            transactions: TransactionIndex::new(),
            sums: Sums::new(key, Offset::ZERO, 100),
        }
    };
    let entries = [entry(1, "/a/t-0").encode(), entry(2, "/a/u-0").encode()].concat();
    left.put("/a/loglane-recovery-0", &entries);
    // One that is written over and one that gets another file: only the second can be seen without a look into it.
    left.fs.overwrite(Path::new("/a/t-0/partition.metadata"), b"nonsense").unwrap();
    left.put("/a/u-0/partition.metadata", b"nonsense");
    let found = left.inspect().unwrap();
    let places: Vec<u8> = found.places.keys().map(|(id, _)| id.0[0]).collect();
    assert_eq!(places, [1]);
}

#[test]
fn a_copy_counts_where_the_metadata_name_it_and_the_partition_is_nowhere_else() {
    let unique = "0123456789abcdef0123456789abcdef";
    let copy = |root: &str, name: &str| format!("{root}/{name}-0.{unique}-future");
    let left = Left::new().topic("begun", 1, FIRST).topic("complete", 2, SECOND);
    let left = left.topic("arrived", 3, SECOND).topic("away", 4, FIRST).topic("inside", 5, FIRST);
    let left = left.partition("/a/begun-0", 1).partition(&copy("/b", "begun"), 1);
    let left = left.partition("/a/complete-0", 2).partition(&copy("/b", "complete"), 2);
    let left = left.partition(&copy("/b", "arrived"), 3).partition(&copy("/b", "away"), 4);
    let left = left.partition("/a/inside-0", 5).partition(&copy("/a", "inside"), 5);
    let left = left.topic("new", 6, SECOND).partition("/b/new-0", 6).topic("lost", 7, SECOND);
    // A power cut has left nothing in it.
    left.fs.create_dir_all(Path::new(&copy("/a", "new"))).unwrap();
    left.put(&format!("{}/partition.metadata", copy("/b", "lost")), b"nonsense");
    let found = left.inspect().unwrap();
    let numbers = |places: &BTreeMap<LogId, u16>| -> Vec<(u8, u16)> {
        places.iter().map(|((id, _), place)| (id.0[0], *place)).collect()
    };
    assert_eq!(numbers(&found.places), [(1, 0), (2, 0), (3, 1), (5, 0), (6, 1)]);
    assert_eq!(numbers(&found.moves), [(1, 1), (2, 1), (6, 0)]);
    assert_eq!(found.promoted, [(PathBuf::from(copy("/b", "arrived")), PathBuf::from("/b/arrived-0"))]);
    let mut unwanted = found.unwanted;
    unwanted.sort_unstable();
    let copies = [copy("/a", "inside"), copy("/a", "new"), copy("/b", "begun"), copy("/b", "complete")];
    assert_eq!(unwanted, copies.map(PathBuf::from));
    assert!(found.strays.is_empty() && found.deleted.is_empty());
}

#[test]
fn features_that_nothing_uses_stand_in_nobodys_way() {
    let names = ["group.version", "share.version", "streams.version", "eligible.leader.replicas.version"];
    let left = names.iter().fold(Left::new(), |left, name| left.feature(name, 1));
    let left = left.feature("transaction.version", 2);
    let left = left.topic("__consumer_offsets", 1, FIRST).topic("__transaction_state", 2, SECOND);
    let classic = (&key(2, "classic")[..], Some(&b"members"[..]));
    let offset = (&key(1, "classic")[..], Some(&b"offset"[..]));
    let deleted = [(&key(3, "gone")[..], Some(&b"members"[..])), (&key(3, "gone")[..], None)];
    let left = left
        .partition("/a/__consumer_offsets-0", 1)
        .records("/a/__consumer_offsets-0", &[classic, offset, deleted[0], deleted[1]]);
    let (ongoing, complete) = (transaction(1), transaction(4));
    let left = left.partition("/b/__transaction_state-0", 2).records(
        "/b/__transaction_state-0",
        &[(&key(0, "pay"), Some(&ongoing)), (&key(0, "pay"), Some(&complete))],
    );
    assert_eq!(left.inspect().unwrap().uses, BTreeMap::new());
}

#[test]
fn a_group_of_the_consumer_protocol_stands_in_the_way() {
    let left = Left::new().feature("group.version", 1).topic("__consumer_offsets", 1, FIRST);
    let left = left
        .partition("/a/__consumer_offsets-0", 1)
        .records("/a/__consumer_offsets-0", &[(&key(3, "orders"), Some(b"epoch"))]);
    left.refused("the group orders uses the consumer protocol");
}

#[test]
fn an_open_transaction_stands_in_the_way() {
    let left = Left::new().feature("transaction.version", 2).topic("__transaction_state", 1, FIRST);
    let left = left
        .partition("/a/__transaction_state-0", 1)
        .records("/a/__transaction_state-0", &[(&key(0, "pay"), Some(&transaction(2)))]);
    left.refused("a transaction of pay is open");
}

#[test]
fn a_feature_that_nobody_here_has_heard_of_stands_in_the_way() {
    Left::new().feature("time.travel.version", 1).refused("this broker does not know what uses it");
}

#[test]
fn a_newer_metadata_version_stands_in_the_way() {
    Left::new().feature("metadata.version", 31).refused("metadata.version level 31");
}

#[test]
fn a_directory_that_cannot_be_listed_goes_offline() {
    let left = Left::new().topic("there", 3, SECOND).partition("/b/there-0", 3);
    let mut directories = left.open();
    left.fs.remove_dir_all(Path::new("/b")).unwrap();
    inspect(&*left.fs, &mut directories, &own(), 2).unwrap();
    assert_eq!(directories.online.len(), 1);
    assert_eq!(directories.offline[0].path, Path::new("/b"));
}

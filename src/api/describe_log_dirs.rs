//! DescribeLogDirs: what each log directory holds, and how large its volume is.

use super::authorize::Authorized;
use super::survey::{Question, Surveyed, Told};
use super::{BadRequest, Call, check_partition_count, decode};
use crate::shard::Shard;
use crate::shard::mail::Mail;
use crate::shard::partitions::ShardJobDone;
use loglane_model::{FileSystem, JobDone, PartitionId};
use loglane_net::message::describe_log_dirs::{
    DescribeLogDirsPartition, DescribeLogDirsRequest, DescribeLogDirsResponse, DescribeLogDirsResult,
    DescribeLogDirsTopic,
};
use loglane_net::{Array, ErrorCode};
use loglane_ring::Io;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// One log of a shard's.
#[derive(Debug)]
pub(crate) struct Replica {
    /// Index of its log directory.
    directory: u16,
    topic: String,
    partition: PartitionId,
    bytes: u64,
    /// A copy on its way to take the other one's place; how many offsets it is behind.
    future_lag: Option<i64>,
}

/// A directory's volume; `None`: the system cannot say.
#[derive(Debug)]
pub(crate) struct Volume(Option<Space>);

#[derive(Debug, Clone, Copy)]
struct Space {
    total_bytes: u64,
    usable_bytes: u64,
}

/// What the answer needs of the request: which partitions it is about; `None`: all.
#[derive(Debug)]
pub(crate) struct AskedLogDirs(Option<BTreeMap<String, BTreeSet<PartitionId>>>);

impl AskedLogDirs {
    fn wants(&self, replica: &Replica) -> bool {
        let is_named = |asked: &BTreeMap<String, BTreeSet<PartitionId>>| {
            asked.get(&replica.topic).is_some_and(|numbers| numbers.contains(&replica.partition))
        };
        self.0.as_ref().is_none_or(is_named)
    }
}

impl<I: Io<Mail>> Shard<I> {
    pub(super) fn on_describe_log_dirs(
        &mut self,
        authorized: Authorized,
        body: &[u8],
    ) -> Result<(), BadRequest> {
        let call = authorized.call();
        let request: DescribeLogDirsRequest<'_> = decode(call, body)?;
        let named = request.topics.iter().flat_map(Array::iter);
        check_partition_count(named.map(|topic| topic.partitions.len()))?;
        let asked = request.topics.map(|topics| {
            let mut asked: BTreeMap<String, BTreeSet<PartitionId>> = BTreeMap::new();
            for topic in topics.iter() {
                let numbers = topic.partitions.iter().map(PartitionId);
                asked.entry(topic.topic.to_owned()).or_default().extend(numbers);
            }
            asked
        });
        let asked = Surveyed::LogDirs(AskedLogDirs(asked));
        let request = self.begin_survey(call, asked, &Question::Replicas, 1);
        let settings = self.settings.clone();
        let job = move |fs: &dyn FileSystem| -> JobDone {
            let volumes = settings.log_dirs.iter().map(|log_dir| volume(fs, &log_dir.configured)).collect();
            Box::new(ShardJobDone::Volumes { request, volumes })
        };
        self.spawn_aside(Box::new(job));
        Ok(())
    }

    /// The logs of this shard.
    pub(super) fn replicas(&self) -> Vec<Replica> {
        let mut replicas = Vec::new();
        for partition in self.partitions.ids().filter_map(|slot| self.partitions.get(slot)) {
            let mut tell = |directory, bytes, future_lag| {
                let (topic, partition) = (partition.topic.to_string(), partition.number);
                replicas.push(Replica { directory, topic, partition, bytes, future_lag });
            };
            let served = partition.served();
            let moved = partition.moving.as_ref();
            let bytes = served.map(|served| served.log.size_bytes());
            if let Some(bytes) = bytes.or(moved.map(|moving| moving.bytes)) {
                tell(partition.directory, bytes, None);
            }
            if let Some(moving) = moved {
                let lag = moving.lag(served.map(|served| served.log.log_end_offset()));
                tell(moving.target, moving.bytes, Some(lag));
            }
        }
        replicas
    }

    pub(super) fn answer_describe_log_dirs(&mut self, call: Call, asked: &AskedLogDirs, told: Vec<Told>) {
        let (mut replicas, mut volumes) = (Vec::new(), Vec::new());
        for told in told {
            match told {
                Told::Replicas(of_shard) => replicas.extend(of_shard),
                Told::Volumes(of_directories) => volumes = of_directories,
                Told::Producers(_) | Told::Moves(_) => unreachable!("shards tell what they are asked"),
            }
        }
        replicas.retain(|replica| asked.wants(replica));
        let settings = self.settings.clone();
        let results: Vec<_> = settings
            .log_dirs
            .iter()
            .zip(&volumes)
            .map(|(log_dir, Volume(space))| {
                let online = self.directories.index_of_path(&log_dir.configured);
                let online = online.filter(|directory| self.directories.is_online(*directory));
                let log_dir = log_dir.absolute.as_str();
                let (Some(directory), Some(space)) = (online, space) else {
                    let error_code = ErrorCode::KafkaStorageError.to_i16();
                    return DescribeLogDirsResult { error_code, log_dir, ..DescribeLogDirsResult::default() };
                };
                DescribeLogDirsResult {
                    log_dir,
                    topics: topics_in(directory, &replicas).into(),
                    total_bytes: wire_bytes(space.total_bytes),
                    usable_bytes: wire_bytes(space.usable_bytes),
                    ..DescribeLogDirsResult::default()
                }
            })
            .collect();
        self.answer(call, &DescribeLogDirsResponse { results: results.into(), ..Default::default() });
    }
}

/// The replicas in a directory, by topic.
fn topics_in(directory: u16, replicas: &[Replica]) -> Vec<DescribeLogDirsTopic<'_>> {
    let mut topics: BTreeMap<&str, Vec<DescribeLogDirsPartition>> = BTreeMap::new();
    for replica in replicas.iter().filter(|replica| replica.directory == directory) {
        topics.entry(&replica.topic).or_default().push(DescribeLogDirsPartition {
            partition_index: replica.partition.0,
            partition_size: wire_bytes(replica.bytes),
            // A leader's log is never behind its own high watermark.
            offset_lag: replica.future_lag.unwrap_or(0),
            is_future_key: replica.future_lag.is_some(),
        });
    }
    let topic = |(name, mut partitions): (_, Vec<DescribeLogDirsPartition>)| {
        partitions.sort_by_key(|partition| partition.partition_index);
        DescribeLogDirsTopic { name, partitions: partitions.into() }
    };
    topics.into_iter().map(topic).collect()
}

fn volume(fs: &dyn FileSystem, path: &Path) -> Volume {
    let space =
        || Some(Space { total_bytes: fs.total_bytes(path).ok()?, usable_bytes: fs.free_bytes(path).ok()? });
    Volume(space())
}

fn wire_bytes(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

//! AlterReplicaLogDirs: moves partitions to other log directories of this broker. The answer says that they will move,
//! not that they have: DescribeLogDirs shows how far they are.

use super::authorize::Authorized;
use super::survey::{Question, Surveyed, Told};
use super::{BadRequest, Call, check_partition_count, decode};
use crate::control::{ControlRequest, ControlTicket};
use crate::controller::PREFERRED_MAX;
use crate::shard::Shard;
use crate::shard::mail::Mail;
use loglane_model::{PartitionId, TopicId};
use loglane_net::ErrorCode;
use loglane_net::message::alter_replica_log_dirs::{
    AlterReplicaLogDir, AlterReplicaLogDirPartitionResult, AlterReplicaLogDirTopicResult,
    AlterReplicaLogDirsRequest, AlterReplicaLogDirsResponse,
};
use loglane_net::topic::TopicRef;
use loglane_ring::Io;
use loglane_storage::directory::is_topic_name;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A partition, and the index of the directory that it is to be in.
pub(crate) type Wish = (TopicId, PartitionId, u16);

/// What the answer needs of the request.
#[derive(Debug)]
pub(crate) struct AskedMoves {
    /// By topic, in the order of their names.
    topics: Vec<(String, Vec<AskedMove>)>,
}

/// A partition; where the shards are asked, the place in the question.
type AskedMove = (i32, Result<usize, ErrorCode>);

impl<I: Io<Mail>> Shard<I> {
    pub(super) fn on_alter_replica_log_dirs(
        &mut self,
        authorized: Authorized,
        body: &[u8],
    ) -> Result<(), BadRequest> {
        let call = authorized.call();
        let request: AlterReplicaLogDirsRequest<'_> = decode(call, body)?;
        let of_dir =
            |dir: AlterReplicaLogDir<'_>| dir.topics.iter().map(|topic| topic.partitions.len().max(1)).sum();
        check_partition_count(request.dirs.iter().map(of_dir))?;
        // Of a partition that is named twice the last one counts.
        let mut wanted: BTreeMap<&str, BTreeMap<i32, Result<u16, ErrorCode>>> = BTreeMap::new();
        for dir in request.dirs.iter() {
            let target = self.directory_of_path(dir.path);
            for topic in dir.topics.iter() {
                let numbers = topic.partitions.iter().map(|number| (number, target));
                wanted.entry(topic.name).or_default().extend(numbers);
            }
        }
        // As in Kafka, which answers partition by partition.
        wanted.retain(|_, numbers| !numbers.is_empty());
        let mut question: Vec<Wish> = Vec::new();
        let mut preferred = Vec::new();
        let mut topics = Vec::new();
        for (topic, numbers) in wanted {
            let named = self.topics.resolve(TopicRef::Name(topic));
            let is_name = is_topic_name(topic);
            let mut place = |index: i32, target: u16| {
                let number = PartitionId(index);
                if named.place(number).is_some() {
                    question.push((named.id(), number, target));
                    return Ok(question.len() - 1);
                }
                if is_name && index >= 0 && preferred.len() < PREFERRED_MAX {
                    preferred.push((topic.to_owned(), number, self.directories.at_start(target).id));
                }
                Err(ErrorCode::UnknownTopicOrPartition)
            };
            let numbers = numbers.into_iter();
            let places =
                numbers.map(|(index, target)| (index, target.and_then(|target| place(index, target))));
            topics.push((topic.to_owned(), places.collect()));
        }
        if !preferred.is_empty() {
            // Once they are made they are to be there.
            self.control(ControlTicket::Nobody, ControlRequest::PreferDirectories(preferred));
        }
        let asked = Surveyed::Moves(AskedMoves { topics });
        self.begin_survey(call, asked, &Question::Moves(Arc::new(question)), 0);
        Ok(())
    }

    /// The directory that a client names, if it can take anything.
    fn directory_of_path(&self, path: &str) -> Result<u16, ErrorCode> {
        let named = self.settings.log_dirs.iter().find(|dir| dir.absolute == path);
        let configured = &named.ok_or(ErrorCode::LogDirNotFound)?.configured;
        let index = self.directories.index_of_path(configured);
        index.filter(|index| self.directories.is_online(*index)).ok_or(ErrorCode::KafkaStorageError)
    }

    /// Begins to move those partitions that are this shard's.
    pub(super) fn begin_moves(&mut self, wishes: &[Wish]) -> Vec<(usize, ErrorCode)> {
        let mut begun = Vec::new();
        for (at, (topic, number, target)) in wishes.iter().enumerate() {
            if let Some(slot) = self.slot_of(*topic, *number) {
                begun.push((at, self.move_replica(slot, *target)));
            }
        }
        begun
    }

    pub(super) fn answer_alter_replica_log_dirs(&mut self, call: Call, asked: &AskedMoves, told: Vec<Told>) {
        let mut begun: BTreeMap<usize, ErrorCode> = BTreeMap::new();
        for told in told {
            match told {
                Told::Moves(of_shard) => begun.extend(of_shard),
                Told::Replicas(_) | Told::Volumes(_) | Told::Producers(_) => {
                    unreachable!("shards tell what they are asked")
                }
            }
        }
        let outcome = |(partition_index, place): &AskedMove| {
            let error = match place {
                Err(error) => *error,
                // Its topic went while the shards were asked.
                Ok(at) => begun.get(at).copied().unwrap_or(ErrorCode::ReplicaNotAvailable),
            };
            AlterReplicaLogDirPartitionResult {
                partition_index: *partition_index,
                error_code: error.to_i16(),
            }
        };
        let results = asked.topics.iter().map(|(topic_name, partitions)| AlterReplicaLogDirTopicResult {
            topic_name,
            partitions: partitions.iter().map(outcome).collect(),
        });
        let results = results.collect();
        self.answer(call, &AlterReplicaLogDirsResponse { throttle_time_ms: 0, results });
    }
}

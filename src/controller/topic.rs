//! Creating, deleting and growing topics. Checks, their order and their texts are Kafka's.

mod refusal;

pub use refusal::{
    AssignmentError, CreatePartitionsError, CreateTopicError, DeleteTopicError, TOPIC_NAME_CHARACTERS_MAX,
    TopicNameError,
};

use super::config::{ConfigRefusal, ConfigRules};
use super::placement::{DirectoryChooser, place_replicas};
use super::request_records::RequestRecords;
use super::{Controller, Decision, PARTITIONS_PER_REQUEST_MAX};
use loglane_model::{BrokerId, LeaderEpoch, PartitionId, TopicId};
use loglane_replication::MetadataRecord;
use loglane_replication::image::Topic;
use loglane_replication::record::{ConfigResource, LeaderRecovery, PartitionRecord, Uuid};
use std::collections::{BTreeMap, BTreeSet};

/// The topic that no client makes: the metadata log itself.
const CLUSTER_METADATA_TOPIC: &str = "__cluster_metadata";

/// A topic to create, as the request says it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewTopic {
    /// Its name.
    pub name: String,
    /// How many partitions; −1 for the broker's default, and with `assignments`.
    pub partition_count: i32,
    /// How many replicas of each; −1 for the broker's default, and with `assignments`.
    pub replication_factor: i16,
    /// The brokers of each partition; empty to leave the choice to the controller.
    pub assignments: Vec<(i32, Vec<BrokerId>)>,
    /// What is configured for it; the last of equal keys counts.
    pub configs: Vec<(String, Option<String>)>,
}

/// A topic that was created, or would have been.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreatedTopic {
    /// Its id; when it was only checked, one that means nothing (Kafka makes one up, too).
    pub id: TopicId,
    /// How many partitions.
    pub partition_count: i32,
    /// How many replicas of the first partition.
    pub replication_factor: i16,
}

/// Whether a name can be a topic's.
pub fn check_topic_name(name: &str) -> Result<(), TopicNameError> {
    let is_legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    if name.is_empty() {
        Err(TopicNameError::Empty)
    } else if name == "." || name == ".." {
        Err(TopicNameError::Dots(name.to_owned()))
    } else if name.chars().count() > TOPIC_NAME_CHARACTERS_MAX {
        Err(TopicNameError::TooLong(name.to_owned()))
    } else if !name.chars().all(is_legal) {
        Err(TopicNameError::Characters(name.to_owned()))
    } else {
        Ok(())
    }
}

/// A topic that gets more partitions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MoreTopicPartitions {
    /// The topic's name.
    pub name: String,
    /// How many partitions it has afterwards.
    pub partition_count: i32,
    /// The brokers of each new partition; `None` leaves the choice to the controller.
    pub assignments: Option<Vec<Vec<BrokerId>>>,
}

/// One answer for each name, in the request's order; names that occur several times come last, once.
pub type PerTopic<T> = Vec<(String, T)>;

/// What the controller takes for what a create request leaves open, and whom it asks about configurations.
pub struct CreateTopicRules<'a> {
    /// The broker's `num.partitions`.
    pub default_partition_count: i32,
    /// The broker's `default.replication.factor`.
    pub default_replication_factor: i16,
    /// What may be configured.
    pub configs: &'a dyn ConfigRules,
    /// Check only.
    pub validate_only: bool,
}

impl Controller {
    /// Creates topics, each for itself: what is wrong with one does not stop the others. `next_random` gives random
    /// bits for ids and placement.
    pub fn create_topics(
        &mut self,
        topics: Vec<NewTopic>,
        rules: &CreateTopicRules<'_>,
        mut next_random: impl FnMut() -> u64,
    ) -> Decision<PerTopic<Result<CreatedTopic, CreateTopicError>>> {
        let (topics, duplicates) = split_duplicates(topics, |topic| &topic.name);
        let duplicates = duplicates.into_iter().map(|name| (name, Err(CreateTopicError::Duplicate)));
        let partition_total = topics.iter().map(|topic| wanted_partitions(topic, rules)).sum::<usize>();
        if partition_total > PARTITIONS_PER_REQUEST_MAX {
            let refused = |topic: NewTopic| (topic.name, Err(CreateTopicError::TooManyPartitions));
            return self.decide(vec![], topics.into_iter().map(refused).chain(duplicates).collect());
        }
        let mut answers = Vec::new();
        let mut records = RequestRecords::new(&self.image);
        let mut directories = DirectoryChooser::default();
        for topic in topics {
            let planned = match records.excess() {
                Some(excess) => Err(CreateTopicError::Excess(excess)),
                None => self.plan_topic(&topic, rules, &mut directories, &mut next_random),
            };
            let answer = planned.map(|(created, planned)| {
                records.extend(planned);
                created
            });
            answers.push((topic.name, answer));
        }
        if let Some(excess) = records.excess() {
            let refused = |(name, _)| (name, Err(CreateTopicError::Excess(excess)));
            return self.decide(vec![], answers.into_iter().map(refused).chain(duplicates).collect());
        }
        answers.extend(duplicates);
        self.make_partitions(records.finish(rules.validate_only), answers)
    }

    /// Deletes topics by name.
    pub fn delete_topics_by_name(
        &mut self,
        names: Vec<String>,
        is_enabled: bool,
    ) -> Decision<PerTopic<Result<TopicId, DeleteTopicError>>> {
        let (names, duplicates) = split_duplicates(names, |name| name);
        let duplicates = duplicates.into_iter().map(|name| (name, Err(DeleteTopicError::Duplicate)));
        let find = |name: &str| match self.image.topics.by_name(name) {
            _ if !is_enabled => Err(DeleteTopicError::Disabled),
            Some(topic) => Ok(topic.id),
            None => Err(DeleteTopicError::Unknown),
        };
        let found = names.into_iter().map(|name| {
            let id = find(&name);
            (name, id)
        });
        let answers: PerTopic<_> = found.chain(duplicates).collect();
        let records =
            answers.iter().filter_map(|(_, id)| Some(MetadataRecord::RemoveTopic { id: (*id).ok()? }));
        self.decide(records.collect(), answers)
    }

    /// Deletes topics by id; the answers name them.
    pub fn delete_topics_by_id(
        &mut self,
        ids: Vec<TopicId>,
        is_enabled: bool,
    ) -> Decision<Vec<(TopicId, Result<String, DeleteTopicError>)>> {
        let (ids, duplicates) = split_duplicates(ids, |id| id);
        let duplicates = duplicates.into_iter().map(|id| (id, Err(DeleteTopicError::Duplicate)));
        let find = |id: TopicId| match self.image.topics.by_id(id) {
            _ if !is_enabled => Err(DeleteTopicError::Disabled),
            Some(topic) => Ok(topic.name.to_string()),
            None => Err(DeleteTopicError::Unknown),
        };
        let answers: Vec<_> = ids.into_iter().map(|id| (id, find(id))).chain(duplicates).collect();
        let deleted = answers.iter().filter(|(_, name)| name.is_ok());
        let records = deleted.map(|(id, _)| MetadataRecord::RemoveTopic { id: *id }).collect();
        self.decide(records, answers)
    }

    /// Gives topics more partitions, each for itself.
    pub fn create_partitions(
        &mut self,
        topics: Vec<MoreTopicPartitions>,
        validate_only: bool,
        mut next_random: impl FnMut() -> u64,
    ) -> Decision<PerTopic<Result<(), CreatePartitionsError>>> {
        let (topics, duplicates) = split_duplicates(topics, |topic| &topic.name);
        let duplicates = duplicates.into_iter().map(|name| (name, Err(CreatePartitionsError::Duplicate)));
        let mut answers = Vec::new();
        let mut records = RequestRecords::new(&self.image);
        let mut directories = DirectoryChooser::default();
        for topic in topics {
            let room = PARTITIONS_PER_REQUEST_MAX.saturating_sub(records.len());
            let planned = match records.excess() {
                Some(excess) => Err(CreatePartitionsError::Excess(excess)),
                None => self.plan_partitions(&topic, room, &mut directories, &mut next_random),
            };
            answers.push((topic.name, planned.map(|planned| records.extend(planned))));
        }
        if let Some(excess) = records.excess() {
            let refused = |(name, _)| (name, Err(CreatePartitionsError::Excess(excess)));
            return self.decide(vec![], answers.into_iter().map(refused).chain(duplicates).collect());
        }
        answers.extend(duplicates);
        self.make_partitions(records.finish(validate_only), answers)
    }

    fn plan_topic(
        &self,
        topic: &NewTopic,
        rules: &CreateTopicRules<'_>,
        directories: &mut DirectoryChooser,
        next_random: &mut impl FnMut() -> u64,
    ) -> Result<(CreatedTopic, Vec<MetadataRecord>), CreateTopicError> {
        self.check_new_name(&topic.name)?;
        let configs = self.checked_configs(topic, rules.configs)?;
        let placements = self.plan_replicas(topic, rules, next_random)?;
        let id = TopicId::from_random(&mut *next_random);
        let resource = ConfigResource::topic(&topic.name);
        let mut records = vec![MetadataRecord::Topic { name: topic.name.clone(), id }];
        records.extend(configs.into_iter().map(|(name, value)| MetadataRecord::Config {
            resource: resource.clone(),
            name,
            value: Some(value),
        }));
        let created = CreatedTopic {
            id,
            partition_count: i32::try_from(placements.len()).expect("bounded by the request's limit"),
            replication_factor: i16::try_from(placements[0].len()).unwrap_or(i16::MAX),
        };
        for (number, replicas) in (0..).zip(placements) {
            let partition = self.new_partition((&topic.name, id), PartitionId(number), replicas, directories);
            records.push(MetadataRecord::Partition(partition));
        }
        Ok((created, records))
    }

    fn checked_configs(
        &self,
        topic: &NewTopic,
        rules: &dyn ConfigRules,
    ) -> Result<BTreeMap<String, String>, CreateTopicError> {
        let nulls: Vec<&str> = topic
            .configs
            .iter()
            .filter(|(_, value)| value.is_none())
            .map(|(name, _)| name.as_str())
            .collect();
        if !nulls.is_empty() {
            let message = format!("Null value not supported for topic configs: {}", nulls.join(","));
            return Err(CreateTopicError::Config(ConfigRefusal::InvalidConfig(message)));
        }
        let given = topic.configs.iter().filter_map(|(name, value)| Some((name.clone(), value.clone()?)));
        let configs: BTreeMap<String, String> = given.collect();
        rules
            .check(&self.image, &ConfigResource::topic(&topic.name), &configs)
            .map_err(CreateTopicError::Config)?;
        Ok(configs)
    }

    fn check_new_name(&self, name: &str) -> Result<(), CreateTopicError> {
        if name == CLUSTER_METADATA_TOPIC {
            return Err(CreateTopicError::Prohibited(name.to_owned()));
        }
        check_topic_name(name).map_err(CreateTopicError::Name)?;
        if self.image.topics.by_name(name).is_some() {
            return Err(CreateTopicError::Exists(name.to_owned()));
        }
        // Only names with one of the two characters can collide, so most creations do not look through all topics.
        if name.contains(['.', '_']) {
            let collides = |existing: &&Topic| is_metric_name_shared(&existing.name, name);
            if let Some(existing) = self.image.topics.iter().map(AsRef::as_ref).find(collides) {
                let (name, existing) = (name.to_owned(), existing.name.to_string());
                return Err(CreateTopicError::Collision { name, existing });
            }
        }
        Ok(())
    }

    /// The replicas of each partition; there is at least one partition, with at least one replica.
    fn plan_replicas(
        &self,
        topic: &NewTopic,
        rules: &CreateTopicRules<'_>,
        next_random: &mut impl FnMut() -> u64,
    ) -> Result<Vec<Vec<BrokerId>>, CreateTopicError> {
        if !topic.assignments.is_empty() {
            return self.plan_assigned(topic);
        }
        let replication_factor = match topic.replication_factor {
            -1 => rules.default_replication_factor,
            given => given,
        };
        let replica_count = usize::try_from(replication_factor).ok().filter(|count| *count > 0);
        let replica_count = replica_count.ok_or(CreateTopicError::ReplicationFactor)?;
        let partition_count = match topic.partition_count {
            -1 => rules.default_partition_count,
            given => given,
        };
        if partition_count <= 0 {
            return Err(CreateTopicError::PartitionCount);
        }
        let start = start_of_placement(next_random);
        let place = |number| place_replicas(&self.image, PartitionId(number), replica_count, start);
        let placed: Result<Vec<_>, _> = (0..partition_count).map(place).collect();
        placed.map_err(|error| CreateTopicError::Placement { replication_factor, error })
    }

    fn plan_assigned(&self, topic: &NewTopic) -> Result<Vec<Vec<BrokerId>>, CreateTopicError> {
        if topic.replication_factor != -1 {
            return Err(CreateTopicError::AssignmentBeside { field: "replication factor" });
        }
        if topic.partition_count != -1 {
            return Err(CreateTopicError::AssignmentBeside { field: "numPartitions" });
        }
        let mut by_number = BTreeMap::new();
        for (number, replicas) in &topic.assignments {
            if by_number.insert(*number, replicas.clone()).is_some() {
                return Err(CreateTopicError::Assignment(AssignmentError::Repeated(*number)));
            }
            let expected = topic.assignments[0].1.len();
            self.check_assignment(*number, replicas, expected).map_err(CreateTopicError::Assignment)?;
        }
        if by_number.keys().zip(0..).any(|(number, due)| *number != due) {
            return Err(CreateTopicError::Assignment(AssignmentError::NotConsecutive));
        }
        Ok(by_number.into_values().collect())
    }

    fn check_assignment(
        &self,
        partition: i32,
        replicas: &[BrokerId],
        expected: usize,
    ) -> Result<(), AssignmentError> {
        self.check_replicas(replicas)?;
        if replicas.len() != expected {
            return Err(AssignmentError::Uneven { found: replicas.len(), expected });
        }
        if !replicas.iter().any(|id| self.image.is_active(*id)) {
            return Err(AssignmentError::AllFenced { partition });
        }
        Ok(())
    }

    /// Whether a partition can have these replicas: known brokers, each of them once.
    pub(super) fn check_replicas(&self, replicas: &[BrokerId]) -> Result<(), AssignmentError> {
        if replicas.is_empty() {
            return Err(AssignmentError::NoReplicas);
        }
        let mut sorted = replicas.to_vec();
        sorted.sort();
        for (at, id) in sorted.iter().enumerate() {
            if !self.image.brokers.contains_key(id) {
                return Err(AssignmentError::UnknownBroker(*id));
            }
            if at > 0 && sorted[at - 1] == *id {
                return Err(AssignmentError::DuplicateBroker(*id));
            }
        }
        Ok(())
    }

    fn plan_partitions(
        &self,
        wanted: &MoreTopicPartitions,
        room: usize,
        directories: &mut DirectoryChooser,
        next_random: &mut impl FnMut() -> u64,
    ) -> Result<Vec<MetadataRecord>, CreatePartitionsError> {
        let topic = self.image.topics.by_name(&wanted.name).ok_or(CreatePartitionsError::Unknown)?;
        let current = topic.partitions.len();
        let count = match usize::try_from(wanted.partition_count) {
            Ok(count) if count > current => count - current,
            Ok(count) if count == current => return Err(CreatePartitionsError::NoChange { current }),
            _ => {
                let (name, wanted) = (wanted.name.clone(), wanted.partition_count);
                return Err(CreatePartitionsError::Fewer { name, current, wanted });
            }
        };
        if count > room {
            return Err(CreatePartitionsError::TooManyPartitions);
        }
        let first = i32::try_from(current).expect("a topic's partitions are numbered by i32");
        let replication_factor =
            topic.partitions.values().next().map_or(1, |partition| partition.replicas.len());
        let numbers = first..wanted.partition_count;
        let placements: Vec<Vec<BrokerId>> = match &wanted.assignments {
            Some(assignments) => {
                if assignments.len() != count {
                    let error = AssignmentError::WrongCount { wanted: count, found: assignments.len() };
                    return Err(CreatePartitionsError::Assignment(error));
                }
                for (number, replicas) in numbers.clone().zip(assignments) {
                    let checked = self.check_assignment(number, replicas, replication_factor);
                    checked.map_err(CreatePartitionsError::Assignment)?;
                }
                assignments.clone()
            }
            None => {
                let start = start_of_placement(next_random);
                let place =
                    |number| place_replicas(&self.image, PartitionId(number), replication_factor, start);
                let placed: Result<_, _> = numbers.clone().map(place).collect();
                placed.map_err(|error| CreatePartitionsError::Placement { replication_factor, error })?
            }
        };
        let made = numbers.zip(placements).map(|(number, replicas)| {
            MetadataRecord::Partition(self.new_partition(
                (&topic.name, topic.id),
                PartitionId(number),
                replicas,
                directories,
            ))
        });
        Ok(made.collect())
    }

    fn make_partitions<T>(&mut self, records: Vec<MetadataRecord>, answer: T) -> Decision<T> {
        let made: Vec<(TopicId, PartitionId)> =
            if self.has_preferred() { records.iter().filter_map(partition_of).collect() } else { vec![] };
        let decision = self.decide(records, answer);
        self.forget_preferred(&made);
        decision
    }

    fn new_partition(
        &self,
        (name, topic): (&str, TopicId),
        partition: PartitionId,
        replicas: Vec<BrokerId>,
        directories: &mut DirectoryChooser,
    ) -> PartitionRecord {
        let in_sync: Vec<BrokerId> =
            replicas.iter().copied().filter(|id| self.image.is_active(*id)).collect();
        let mut choose = |id: BrokerId| {
            let preferred = (id == self.node).then(|| self.preferred_directory(name, partition));
            preferred.flatten().unwrap_or_else(|| directories.choose(&self.image, id))
        };
        let chosen: Vec<Uuid> = replicas.iter().map(|id| choose(*id)).collect();
        PartitionRecord {
            partition,
            topic,
            leader: in_sync.first().copied(),
            in_sync,
            replicas,
            removing: vec![],
            adding: vec![],
            leader_recovery: LeaderRecovery::Recovered,
            leader_epoch: LeaderEpoch(0),
            partition_epoch: 0,
            directories: chosen,
            eligible_leaders: None,
            last_known_eligible: None,
        }
    }
}

fn partition_of(record: &MetadataRecord) -> Option<(TopicId, PartitionId)> {
    match record {
        MetadataRecord::Partition(partition) => Some((partition.topic, partition.partition)),
        _ => None,
    }
}

/// Partitions that the topic will have if nothing is wrong with it.
fn wanted_partitions(topic: &NewTopic, rules: &CreateTopicRules<'_>) -> usize {
    if !topic.assignments.is_empty() {
        return topic.assignments.len();
    }
    let count =
        if topic.partition_count == -1 { rules.default_partition_count } else { topic.partition_count };
    usize::try_from(count).unwrap_or(0)
}

/// Keeps the entries whose name occurs once, in their order, and names those that occur more often, in order.
fn split_duplicates<T, K: Ord + Clone>(entries: Vec<T>, key: impl Fn(&T) -> &K) -> (Vec<T>, Vec<K>) {
    let mut seen = BTreeSet::new();
    let mut duplicates = BTreeSet::new();
    for entry in &entries {
        if !seen.insert(key(entry).clone()) {
            duplicates.insert(key(entry).clone());
        }
    }
    let unique = entries.into_iter().filter(|entry| !duplicates.contains(key(entry))).collect();
    (unique, duplicates.into_iter().collect())
}

/// Whether two names differ only by dots for underscores: Kafka's metrics cannot tell such topics apart.
fn is_metric_name_shared(one: &str, other: &str) -> bool {
    let folded = |byte: u8| if byte == b'.' { b'_' } else { byte };
    one.len() == other.len() && one.bytes().map(folded).eq(other.bytes().map(folded))
}

fn start_of_placement(next_random: &mut impl FnMut() -> u64) -> u32 {
    u32::try_from(next_random() >> 33).expect("31 bits are left")
}

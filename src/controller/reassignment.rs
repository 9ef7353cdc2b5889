//! Partitions that are given other replicas, as far as one node goes: what needs no copy from another broker is done at
//! once, and a reassignment that was under way in a cluster can be seen and taken back.

use super::topic::AssignmentError;
use super::{Controller, Decision, PerTopic};
use loglane_model::{BrokerId, PartitionId};
use loglane_replication::MetadataRecord;
use loglane_replication::image::{METADATA_VERSION, Topic};
use loglane_replication::record::{
    DIRECTORY_MIGRATING, DIRECTORY_UNASSIGNED, LeaderChoice, PartitionChange, PartitionRecord, Uuid,
};

/// What a partition's replicas are to be; `None`: as they were before the reassignment that is under way.
pub type Reassignment = (i32, Option<Vec<BrokerId>>);

/// Why a partition is not reassigned; the texts are Kafka's. The topic's name is not in it: there is one for each partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReassignmentRefusal {
    /// UNKNOWN_TOPIC_OR_PARTITION.
    UnknownTopic,
    /// UNKNOWN_TOPIC_OR_PARTITION.
    UnknownPartition,
    /// NO_REASSIGNMENT_IN_PROGRESS.
    NotInProgress,
    /// INVALID_REPLICA_ASSIGNMENT.
    Assignment(AssignmentError),
    /// INVALID_REPLICA_ASSIGNMENT: only replicas that the reassignment added are in sync.
    UncleanRevert,
    /// INVALID_REPLICATION_FACTOR: the request forbids other numbers of replicas.
    OtherFactor {
        /// How many replicas there are.
        current: usize,
        /// How many there would be.
        wanted: usize,
    },
}

impl ReassignmentRefusal {
    /// The sentence for the client about this partition.
    #[must_use]
    pub fn text(&self, topic: &str, partition: i32) -> String {
        match self {
            ReassignmentRefusal::UnknownTopic => format!("Unable to find a topic named {topic}."),
            ReassignmentRefusal::UnknownPartition => format!("Unable to find partition {topic}:{partition}."),
            ReassignmentRefusal::NotInProgress => "No partition reassignment is in progress.".to_owned(),
            ReassignmentRefusal::Assignment(error) => error.to_string(),
            ReassignmentRefusal::UncleanRevert => format!(
                "Unable to revert partition assignment for {topic}:{partition} because it would require an unclean \
                 leader election."
            ),
            ReassignmentRefusal::OtherFactor { current, wanted } => {
                format!("The replication factor is changed from {current} to {wanted}")
            }
        }
    }
}

/// What came of each partition, by topic.
pub type Reassigned = PerTopic<Vec<(i32, Result<(), ReassignmentRefusal>)>>;

/// Whether a reassignment of the partition is under way.
#[must_use]
pub fn is_reassigning(partition: &PartitionRecord) -> bool {
    !partition.adding.is_empty() || !partition.removing.is_empty()
}

impl Controller {
    /// Reassigns partitions. `other_factors`: whether their number of replicas may become another.
    pub fn reassign(
        &mut self,
        wanted: PerTopic<Vec<Reassignment>>,
        other_factors: bool,
    ) -> Decision<Reassigned> {
        let mut records = Vec::new();
        let mut reassigned = Vec::new();
        for (topic, partitions) in wanted {
            let known = self.image.topics.by_name(&topic);
            let mut outcomes = Vec::new();
            for (number, target) in partitions {
                let outcome = known.ok_or(ReassignmentRefusal::UnknownTopic);
                let outcome =
                    outcome.and_then(|known| self.plan_reassignment(known, number, target, other_factors));
                let outcome =
                    outcome.map(|change| records.extend(change.map(MetadataRecord::PartitionChange)));
                outcomes.push((number, outcome));
            }
            reassigned.push((topic, outcomes));
        }
        self.decide(records, reassigned)
    }

    fn plan_reassignment(
        &self,
        topic: &Topic,
        number: i32,
        target: Option<Vec<BrokerId>>,
        other_factors: bool,
    ) -> Result<Option<PartitionChange>, ReassignmentRefusal> {
        let partition = topic.partitions.get(&PartitionId(number));
        let partition = partition.ok_or(ReassignmentRefusal::UnknownPartition)?;
        match target {
            None => self.plan_revert(partition).map(Some),
            Some(target) => self.plan_change(partition, &target, other_factors),
        }
    }

    /// Back to what the partition had before.
    fn plan_revert(&self, partition: &PartitionRecord) -> Result<PartitionChange, ReassignmentRefusal> {
        if !is_reassigning(partition) {
            return Err(ReassignmentRefusal::NotInProgress);
        }
        let without_added = |ids: &[BrokerId]| -> Vec<BrokerId> {
            ids.iter().copied().filter(|id| !partition.adding.contains(id)).collect()
        };
        let in_sync = without_added(&partition.in_sync);
        if in_sync.is_empty() {
            return Err(ReassignmentRefusal::UncleanRevert);
        }
        Ok(self.change(partition, without_added(&partition.replicas), in_sync, vec![], vec![]))
    }

    /// To other replicas: at once where those that stay are in sync and none is new, else as a reassignment that lasts
    /// until the new ones are.
    fn plan_change(
        &self,
        partition: &PartitionRecord,
        target: &[BrokerId],
        other_factors: bool,
    ) -> Result<Option<PartitionChange>, ReassignmentRefusal> {
        self.check_replicas(target).map_err(ReassignmentRefusal::Assignment)?;
        if !other_factors {
            let current = partition.replicas.iter().filter(|id| !partition.removing.contains(id)).count();
            if current != target.len() {
                return Err(ReassignmentRefusal::OtherFactor { current, wanted: target.len() });
            }
        }
        let beyond = |ids: &[BrokerId], others: &[BrokerId]| {
            let mut beyond: Vec<BrokerId> = ids.iter().copied().filter(|id| !others.contains(id)).collect();
            beyond.sort();
            beyond
        };
        let removing = beyond(&partition.replicas, target);
        let adding = beyond(target, &partition.replicas);
        let mut staying = partition.in_sync.clone();
        staying.retain(|id| !removing.contains(id));
        let is_complete = target.iter().all(|id| staying.contains(id));
        let change = if is_complete {
            self.change(partition, target.to_vec(), staying, vec![], vec![])
        } else {
            let replicas = target.iter().chain(&removing).copied().collect();
            self.change(partition, replicas, partition.in_sync.clone(), adding, removing)
        };
        let nothing = PartitionChange::of(partition.topic, partition.partition);
        Ok((change != nothing).then_some(change))
    }

    /// What becomes different in a partition.
    fn change(
        &self,
        partition: &PartitionRecord,
        replicas: Vec<BrokerId>,
        in_sync: Vec<BrokerId>,
        adding: Vec<BrokerId>,
        removing: Vec<BrokerId>,
    ) -> PartitionChange {
        let mut change = PartitionChange::of(partition.topic, partition.partition);
        if replicas != partition.replicas {
            let loses_one = partition.replicas.iter().any(|id| !replicas.contains(id));
            let leader = partition.leader.filter(|id| replicas.contains(id) && in_sync.contains(id));
            let next =
                || replicas.iter().copied().find(|id| in_sync.contains(id) && self.image.is_active(*id));
            change.leader = match (leader, partition.leader) {
                // Nobody who is no replica any more may go on in this epoch.
                (Some(leader), _) if loses_one => LeaderChoice::Broker(leader),
                (Some(_), _) | (None, None) => LeaderChoice::Unchanged,
                (None, Some(_)) => next().map_or(LeaderChoice::Nobody, LeaderChoice::Broker),
            };
            if self.image.feature_level(METADATA_VERSION) >= super::feature::LEVEL_WITH_DIRECTORIES {
                change.directories = Some(replicas.iter().map(|id| directory_of(partition, *id)).collect());
            }
        }
        let other = |now: Vec<BrokerId>, before: &[BrokerId]| (now != before).then_some(now);
        change.replicas = other(replicas, &partition.replicas);
        change.in_sync = other(in_sync, &partition.in_sync);
        change.adding = other(adding, &partition.adding);
        change.removing = other(removing, &partition.removing);
        change
    }
}

/// Where a replica is; a new one has no directory yet.
fn directory_of(partition: &PartitionRecord, broker: BrokerId) -> Uuid {
    match partition.replicas.iter().position(|id| *id == broker) {
        Some(replica) => partition.directories.get(replica).copied().unwrap_or(DIRECTORY_MIGRATING),
        None => DIRECTORY_UNASSIGNED,
    }
}

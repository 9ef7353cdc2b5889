//! Elections that somebody asks for: of the preferred leaders, or of whoever is left.

use super::{Controller, Decision, PerTopic};
use loglane_model::{BrokerId, PartitionId};
use loglane_replication::MetadataRecord;
use loglane_replication::record::{
    DIRECTORY_MIGRATING, DIRECTORY_UNASSIGNED, LeaderChoice, LeaderRecovery, PartitionChange, PartitionRecord,
};
use std::fmt;

/// Which leaders are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Election {
    /// The first of the replicas.
    Preferred,
    /// Anybody, where nobody leads: a replica outside the in-sync set too, whatever records that costs.
    Unclean,
}

/// Why there was no election; the texts are Kafka's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ElectionRefusal {
    /// UNKNOWN_TOPIC_OR_PARTITION.
    UnknownTopic(String),
    /// UNKNOWN_TOPIC_OR_PARTITION.
    UnknownPartition {
        /// The topic.
        topic: String,
        /// The number that it does not have.
        partition: i32,
    },
    /// ELECTION_NOT_NEEDED: the leader that is wanted leads.
    NotNeeded,
    /// PREFERRED_LEADER_NOT_AVAILABLE.
    PreferredNotAvailable,
    /// ELIGIBLE_LEADERS_NOT_AVAILABLE.
    NobodyEligible,
}

impl fmt::Display for ElectionRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ElectionRefusal::UnknownTopic(topic) => write!(f, "No such topic as {topic}"),
            ElectionRefusal::UnknownPartition { topic, partition } => {
                write!(f, "No such partition as {topic}-{partition}")
            }
            ElectionRefusal::NotNeeded => f.write_str("Leader election not needed for topic partition."),
            ElectionRefusal::PreferredNotAvailable => f.write_str("The preferred leader was not available."),
            ElectionRefusal::NobodyEligible => {
                f.write_str("Eligible topic partition leaders are not available.")
            }
        }
    }
}

/// What came of the election in each partition, by topic.
pub type Elected = PerTopic<Vec<(i32, Result<(), ElectionRefusal>)>>;

impl Controller {
    /// Elects leaders for the partitions that are named; for all where none are, and then those that need no election
    /// are not in the answer.
    pub fn elect_leaders(
        &mut self,
        election: Election,
        named: Option<PerTopic<Vec<i32>>>,
    ) -> Decision<Elected> {
        let is_for_all = named.is_none();
        let wanted = named.unwrap_or_else(|| {
            let numbers = |topic: &loglane_replication::image::Topic| {
                topic.partitions.iter().map(|(number, _)| number.0).collect()
            };
            self.image.topics.iter().map(|topic| (topic.name.to_string(), numbers(topic))).collect()
        });
        let mut records = Vec::new();
        let mut elected = Vec::new();
        for (topic, numbers) in wanted {
            let mut outcomes = Vec::new();
            for number in numbers {
                let outcome = match self.elect_leader(election, &topic, number) {
                    Err(ElectionRefusal::NotNeeded) if is_for_all => continue,
                    Err(refusal) => Err(refusal),
                    Ok(change) => {
                        records.push(MetadataRecord::PartitionChange(change));
                        Ok(())
                    }
                };
                outcomes.push((number, outcome));
            }
            elected.push((topic, outcomes));
        }
        self.decide(records, elected)
    }

    fn elect_leader(
        &self,
        election: Election,
        topic: &str,
        number: i32,
    ) -> Result<PartitionChange, ElectionRefusal> {
        let known = self.image.topics.by_name(topic);
        let known = known.ok_or_else(|| ElectionRefusal::UnknownTopic(topic.to_owned()))?;
        let Some(partition) = known.partitions.get(&PartitionId(number)) else {
            return Err(ElectionRefusal::UnknownPartition { topic: topic.to_owned(), partition: number });
        };
        let preferred = partition.replicas.first().copied();
        let is_needed = match election {
            Election::Preferred => partition.leader.is_none() || partition.leader != preferred,
            Election::Unclean => partition.leader.is_none(),
        };
        if !is_needed {
            return Err(ElectionRefusal::NotNeeded);
        }
        let in_sync = |id: &BrokerId| partition.in_sync.contains(id) && self.can_lead(partition, *id);
        let mut change = PartitionChange::of(partition.topic, partition.partition);
        let clean = match election {
            Election::Preferred => {
                let first = preferred.filter(in_sync).or(partition.leader.filter(in_sync));
                first.or_else(|| partition.replicas.iter().copied().find(in_sync))
            }
            Election::Unclean => partition.replicas.iter().copied().find(in_sync),
        };
        match (election, clean) {
            (_, Some(leader)) if Some(leader) != partition.leader => {
                change.leader = LeaderChoice::Broker(leader);
                Ok(change)
            }
            (Election::Preferred, _) => Err(ElectionRefusal::PreferredNotAvailable),
            (Election::Unclean, _) => {
                let usable = |id: &BrokerId| self.can_lead(partition, *id);
                let leader = partition.replicas.iter().copied().find(usable);
                let leader = leader.ok_or(ElectionRefusal::NobodyEligible)?;
                change.leader = LeaderChoice::Broker(leader);
                change.in_sync = Some(vec![leader]);
                change.leader_recovery = Some(LeaderRecovery::Recovering);
                Ok(change)
            }
        }
    }

    /// Whether a replica's broker is there, and the directory with the copy too.
    pub(super) fn can_lead(&self, partition: &PartitionRecord, broker: BrokerId) -> bool {
        let Some(registration) = self.image.brokers.get(&broker) else { return false };
        let replica = partition.replicas.iter().position(|replica| *replica == broker);
        let directory = replica.and_then(|replica| partition.directories.get(replica));
        let is_there = directory.is_none_or(|directory| {
            *directory == DIRECTORY_UNASSIGNED
                || *directory == DIRECTORY_MIGRATING
                || registration.log_dirs.contains(directory)
        });
        self.image.is_active(broker) && is_there
    }
}

//! Elections that somebody asks for: of the preferred leaders, or of whoever is left.

use super::{Controller, Decision, PerTopic};
use loglane_model::{BrokerId, PartitionId};
use loglane_replication::MetadataRecord;
use loglane_replication::image::Topic;
use loglane_replication::record::{
    DIRECTORY_MIGRATING, DIRECTORY_UNASSIGNED, LeaderChoice, LeaderRecovery, PartitionChange, PartitionRecord,
};

/// Which leaders are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Election {
    /// The first of the replicas.
    Preferred,
    /// Anybody, where nobody leads: a replica outside the in-sync set too, whatever records that costs.
    Unclean,
}

/// Why there was no election; the texts are Kafka's. The topic's name is not in it: there is one for each partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ElectionRefusal {
    /// UNKNOWN_TOPIC_OR_PARTITION.
    UnknownTopic,
    /// UNKNOWN_TOPIC_OR_PARTITION.
    UnknownPartition,
    /// ELECTION_NOT_NEEDED: the leader that is wanted leads.
    NotNeeded,
    /// PREFERRED_LEADER_NOT_AVAILABLE.
    PreferredNotAvailable,
    /// ELIGIBLE_LEADERS_NOT_AVAILABLE.
    NobodyEligible,
}

impl ElectionRefusal {
    /// The sentence for the client about this partition.
    #[must_use]
    pub fn text(self, topic: &str, partition: i32) -> String {
        match self {
            ElectionRefusal::UnknownTopic => format!("No such topic as {topic}"),
            ElectionRefusal::UnknownPartition => format!("No such partition as {topic}-{partition}"),
            ElectionRefusal::NotNeeded => "Leader election not needed for topic partition.".to_owned(),
            ElectionRefusal::PreferredNotAvailable => "The preferred leader was not available.".to_owned(),
            ElectionRefusal::NobodyEligible => {
                "Eligible topic partition leaders are not available.".to_owned()
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
            let numbers = |topic: &Topic| topic.partitions.iter().map(|(number, _)| number.0).collect();
            self.image.topics.iter().map(|topic| (topic.name.to_string(), numbers(topic))).collect()
        });
        let mut records = Vec::new();
        let mut elected = Vec::new();
        for (topic, numbers) in wanted {
            let known = self.image.topics.by_name(&topic);
            let mut outcomes = Vec::new();
            for number in numbers {
                let elected = known.ok_or(ElectionRefusal::UnknownTopic);
                let outcome = match elected.and_then(|known| self.elect_leader(election, known, number)) {
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
        topic: &Topic,
        number: i32,
    ) -> Result<PartitionChange, ElectionRefusal> {
        let partition =
            topic.partitions.get(&PartitionId(number)).ok_or(ElectionRefusal::UnknownPartition)?;
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

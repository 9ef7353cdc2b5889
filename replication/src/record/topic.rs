//! Records about partitions.

use super::Uuid;
use loglane_model::{BrokerId, LeaderEpoch, PartitionId, TopicId};

/// Whether the leader came from the in-sync set, or was elected uncleanly and has not said yet that it is whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LeaderRecovery {
    /// 0: from the in-sync set.
    #[default]
    Recovered,
    /// 1: elected uncleanly.
    Recovering,
}

/// A partition as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartitionRecord {
    /// Its number in the topic.
    pub partition: PartitionId,
    /// Its topic.
    pub topic: TopicId,
    /// All that should hold a copy, the preferred leader first.
    pub replicas: Vec<BrokerId>,
    /// The in-sync set.
    pub in_sync: Vec<BrokerId>,
    /// Replicas that a reassignment takes away.
    pub removing: Vec<BrokerId>,
    /// Replicas that a reassignment adds.
    pub adding: Vec<BrokerId>,
    /// Who leads; `None` (−1) when nobody does.
    pub leader: Option<BrokerId>,
    /// How the leader came to be.
    pub leader_recovery: LeaderRecovery,
    /// The number of the leadership.
    pub leader_epoch: LeaderEpoch,
    /// Rises with every change.
    pub partition_epoch: i32,
    /// The directory of each replica, in the order of `replicas`; empty in records older than version 1.
    pub directories: Vec<Uuid>,
    /// Replicas outside the in-sync set that are known to have everything committed (KIP-966).
    pub eligible_leaders: Option<Vec<BrokerId>>,
    /// The last such replica when none is left.
    pub last_known_eligible: Option<Vec<BrokerId>>,
}

/// What a partition change says about the leader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LeaderChoice {
    /// −2: as before, and so is the leader epoch.
    #[default]
    Unchanged,
    /// −1: nobody.
    Nobody,
    /// This broker. The leader epoch rises even if it led before.
    Broker(BrokerId),
}

/// A change of a partition; what is `None` stays. The partition epoch rises by one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartitionChange {
    /// Its number in the topic.
    pub partition: PartitionId,
    /// Its topic.
    pub topic: TopicId,
    /// The in-sync set from now on.
    pub in_sync: Option<Vec<BrokerId>>,
    /// The leader.
    pub leader: LeaderChoice,
    /// The replicas from now on.
    pub replicas: Option<Vec<BrokerId>>,
    /// What a reassignment takes away.
    pub removing: Option<Vec<BrokerId>>,
    /// What a reassignment adds.
    pub adding: Option<Vec<BrokerId>>,
    /// How the leader came to be.
    pub leader_recovery: Option<LeaderRecovery>,
    /// Replicas known to have everything committed.
    pub eligible_leaders: Option<Vec<BrokerId>>,
    /// The last of those.
    pub last_known_eligible: Option<Vec<BrokerId>>,
    /// The directory of each replica.
    pub directories: Option<Vec<Uuid>>,
}

impl PartitionChange {
    /// A change that changes nothing yet.
    #[must_use]
    pub fn of(topic: TopicId, partition: PartitionId) -> PartitionChange {
        PartitionChange {
            partition,
            topic,
            in_sync: None,
            leader: LeaderChoice::Unchanged,
            replicas: None,
            removing: None,
            adding: None,
            leader_recovery: None,
            eligible_leaders: None,
            last_known_eligible: None,
            directories: None,
        }
    }
}

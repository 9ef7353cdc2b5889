//! Which brokers, and which of their directories, get the replicas of a new partition.

use loglane_model::{BrokerId, PartitionId};
use loglane_replication::MetadataImage;
use loglane_replication::record::{DIRECTORY_UNASSIGNED, RegisterBroker, Uuid};
use std::collections::BTreeMap;

/// Why replicas cannot be placed; the texts are Kafka's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlacementError {
    /// There is no broker at all.
    NoBrokers,
    /// None of the brokers is usable.
    AllFenced,
    /// There are fewer brokers than replicas.
    TooFewBrokers {
        /// How many replicas were asked for.
        wanted: usize,
        /// How many brokers could take one.
        usable: usize,
    },
}

impl std::fmt::Display for PlacementError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            PlacementError::NoBrokers => f.write_str("There are no brokers registered."),
            PlacementError::AllFenced => f.write_str("All brokers are currently fenced."),
            PlacementError::TooFewBrokers { wanted, usable } => write!(
                f,
                "The target replication factor of {wanted} cannot be reached because only {usable} broker(s) are \
                 registered or some brokers have all their log directories cordoned."
            ),
        }
    }
}

/// Spreads a topic's partitions over the brokers.
///
/// Replicas go round the brokers in the order of their ids, from a start of the caller's choice, so that leaders and
/// followers are even. Racks and fenced brokers as a last resort are matters of clusters with more than one broker;
/// such clusters have a remote controller.
pub(super) fn place_replicas(
    image: &MetadataImage,
    partition: PartitionId,
    replication_factor: usize,
    start: u32,
) -> Result<Vec<BrokerId>, PlacementError> {
    let takes_partitions = |broker: &RegisterBroker| match &broker.cordoned_log_dirs {
        Some(cordoned) => {
            broker.log_dirs.iter().any(|dir| !cordoned.contains(dir)) || broker.log_dirs.is_empty()
        }
        None => true,
    };
    let usable: Vec<BrokerId> = image
        .brokers
        .values()
        .filter(|broker| takes_partitions(broker))
        .map(|broker| broker.broker)
        .collect();
    if image.brokers.is_empty() {
        return Err(PlacementError::NoBrokers);
    }
    if replication_factor > usable.len() {
        return Err(PlacementError::TooFewBrokers { wanted: replication_factor, usable: usable.len() });
    }
    let active: Vec<BrokerId> = usable.into_iter().filter(|id| image.is_active(*id)).collect();
    if active.is_empty() {
        return Err(PlacementError::AllFenced);
    }
    if replication_factor > active.len() {
        return Err(PlacementError::TooFewBrokers { wanted: replication_factor, usable: active.len() });
    }
    let first = start as usize + usize::try_from(partition.0).expect("partitions are numbered from 0");
    Ok((0..replication_factor).map(|replica| active[(first + replica) % active.len()]).collect())
}

/// Chooses directories for new replicas: on each broker the one with the fewest partitions, the first of equals.
#[derive(Debug, Default)]
pub(super) struct DirectoryChooser {
    /// Partitions in each directory of the brokers with several; filled at the first use.
    counts: Option<BTreeMap<(BrokerId, Uuid), usize>>,
}

impl DirectoryChooser {
    /// The directory for a new replica on a broker; [`DIRECTORY_UNASSIGNED`] if the broker has told none.
    pub(super) fn choose(&mut self, image: &MetadataImage, broker: BrokerId) -> Uuid {
        let Some(registration) = image.brokers.get(&broker) else { return DIRECTORY_UNASSIGNED };
        let is_cordoned = |dir: &Uuid| {
            registration.cordoned_log_dirs.as_ref().is_some_and(|cordoned| cordoned.contains(dir))
        };
        match registration.log_dirs.as_slice() {
            [] => DIRECTORY_UNASSIGNED,
            [only] => *only,
            several => {
                let counts = self.counts.get_or_insert_with(|| count_partitions(image));
                let emptiest = several
                    .iter()
                    .filter(|dir| !is_cordoned(dir))
                    .min_by_key(|dir| counts.get(&(broker, **dir)).copied().unwrap_or(0));
                let Some(dir) = emptiest else { return DIRECTORY_UNASSIGNED };
                *counts.entry((broker, *dir)).or_insert(0) += 1;
                *dir
            }
        }
    }
}

fn count_partitions(image: &MetadataImage) -> BTreeMap<(BrokerId, Uuid), usize> {
    let mut counts = BTreeMap::new();
    for partition in image.topics.iter().flat_map(|topic| topic.partitions.values()) {
        for place in partition.replicas.iter().copied().zip(partition.directories.iter().copied()) {
            *counts.entry(place).or_insert(0) += 1;
        }
    }
    counts
}

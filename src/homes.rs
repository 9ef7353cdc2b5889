//! Which shard owns which partition.
//!
//! A topic's partitions are spread evenly, beginning at a place that its id decides; `cores.toml` may say otherwise for a
//! log directory or for a partition. The answer depends on this node alone and is never stored: another number of cores,
//! or another file, at the next start moves ownership, never data. Every shard has the same table and comes to the same
//! answer; once a partition is known its home stays until the process ends.

use crate::cores::CorePlan;
use loglane_model::{PartitionId, ShardId, TopicId};
use std::collections::BTreeMap;

/// The same on every shard.
#[derive(Debug, Clone, Default)]
pub(crate) struct Homes {
    shard_count: u16,
    /// By log directory, as it is numbered: the shards that its partitions go to, where that is not all of them.
    directories: BTreeMap<u16, Vec<ShardId>>,
    /// By topic: ranges of partitions and their shard; the range of all comes last.
    placements: BTreeMap<String, Vec<(u32, u32, ShardId)>>,
}

impl Homes {
    /// Spreads everything over so many shards.
    pub(crate) fn spread(shard_count: u16) -> Homes {
        Homes { shard_count, ..Homes::default() }
    }

    /// As a plan has it. `number_of` gives the number of a log directory, if it is in use.
    pub(crate) fn planned(plan: &CorePlan, number_of: impl Fn(&std::path::Path) -> Option<u16>) -> Homes {
        let shard_of = |core: &usize| {
            let at = plan.core_list.value.iter().position(|planned| planned == core);
            ShardId(u16::try_from(at.expect("the plan was checked")).expect("a machine has few cores"))
        };
        let mut homes = Homes::spread(u16::try_from(plan.cores.len()).expect("a machine has few cores"));
        for disk in plan.disks.iter().filter(|disk| disk.cores.value.len() < plan.cores.len()) {
            if let Some(number) = number_of(&disk.dir) {
                homes.directories.insert(number, disk.cores.value.iter().map(shard_of).collect());
            }
        }
        for placement in &plan.placements {
            let shard = ShardId(placement.shard);
            let of_topic = homes.placements.entry(placement.topic.clone()).or_default();
            match &placement.partitions {
                Some(ranges) => {
                    // Before the range of all, if that is there already.
                    ranges.iter().for_each(|(first, last)| of_topic.insert(0, (*first, *last, shard)));
                }
                None => of_topic.push((0, u32::MAX, shard)),
            }
        }
        homes
    }

    /// The shard that owns a partition in the log directory of that number.
    pub(crate) fn home_of(
        &self,
        name: &str,
        topic: TopicId,
        partition: PartitionId,
        directory: u16,
    ) -> ShardId {
        let number = partition.0.unsigned_abs();
        let placed = self
            .placements
            .get(name)
            .and_then(|ranges| ranges.iter().find(|(first, last, _)| (*first..=*last).contains(&number)));
        if let Some((_, _, shard)) = placed {
            return *shard;
        }
        match self.directories.get(&directory) {
            Some(shards) => {
                let count = u16::try_from(shards.len()).expect("a machine has few cores");
                shards[usize::from(spread(topic, partition, count).0)]
            }
            None => spread(topic, partition, self.shard_count),
        }
    }
}

/// The place of a partition among so many that all are equal.
pub(crate) fn spread(topic: TopicId, partition: PartitionId, count: u16) -> ShardId {
    let halves = topic.0.split_at(8);
    let read = |half: &[u8]| u64::from_be_bytes(half.try_into().expect("half of sixteen bytes"));
    let hash = (read(halves.0) ^ read(halves.1)).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
    let place = (hash + u64::from(partition.0.unsigned_abs())) % u64::from(count);
    ShardId(u16::try_from(place).expect("below the count"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOPIC: TopicId = TopicId(*b"0123456789abcdef");

    #[test]
    fn the_partitions_of_a_topic_are_spread_evenly() {
        let mut counts = [0; 3];
        for partition in 0..9 {
            counts[usize::from(spread(TOPIC, PartitionId(partition), 3).0)] += 1;
        }
        assert_eq!(counts, [3, 3, 3]);
    }

    #[test]
    fn a_placement_goes_before_a_directory_and_that_before_the_spread() {
        let homes = Homes {
            shard_count: 4,
            directories: BTreeMap::from([(1, vec![ShardId(3)])]),
            placements: BTreeMap::from([(
                "orders".to_owned(),
                vec![(2, 3, ShardId(1)), (0, u32::MAX, ShardId(2))],
            )]),
        };
        let home = |name: &str, partition, directory| {
            homes.home_of(name, TOPIC, PartitionId(partition), directory).0
        };
        assert_eq!([home("orders", 1, 1), home("orders", 2, 0), home("orders", 3, 1)], [2, 1, 1]);
        assert_eq!([home("others", 1, 1), home("others", 2, 1)], [3, 3]);
        let mut spread: Vec<u16> = (0..4).map(|partition| home("others", partition, 0)).collect();
        spread.sort_unstable();
        assert_eq!(spread, [0, 1, 2, 3]);
    }
}

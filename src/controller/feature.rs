//! Finalized features that this version lacks: lowered when a directory is taken over and nothing uses them, refused
//! with the cause otherwise.

use loglane_replication::image::METADATA_VERSION;
use loglane_replication::record::{PartitionChange, PartitionRecord, SupportedFeature};
use loglane_replication::{MetadataImage, MetadataRecord};
use std::fmt;

/// metadata.version 3.3-IV3, the oldest that Kafka 4 reads.
pub const METADATA_VERSION_OLDEST: i16 = 7;

/// The feature that says where the voters are: in the configuration (0), or in the log (1).
pub const KRAFT_VERSION: &str = "kraft.version";

/// metadata.version 4.3-IV0, which new directories get.
pub const METADATA_VERSION_LATEST: i16 = 30;

/// From metadata.version 3.7-IV2 on, replicas are assigned to directories.
pub(super) const LEVEL_WITH_DIRECTORIES: i16 = 17;

/// From metadata.version 4.3-IV0 on, registrations speak of cordoned directories.
pub(super) const LEVEL_WITH_CORDONED_DIRS: i16 = 30;

/// The levels of metadata.version that brought records, or versions of records, which older ones do not know.
const LEVELS_WITH_NEW_RECORDS: [i16; 9] = [7, 8, 11, 13, 14, 15, 17, 23, 30];

/// Whether a metadata log of level `from` may hold what one of the lower level `to` may not.
pub(super) fn metadata_changes_between(to: i16, from: i16) -> bool {
    LEVELS_WITH_NEW_RECORDS.iter().any(|level| *level > to && *level <= from)
}

const ELIGIBLE_LEADER_REPLICAS: &str = "eligible.leader.replicas.version";
const SHARE_VERSION: &str = "share.version";
const SHARE_STATE_TOPIC: &str = "__share_group_state";

/// Why a directory cannot be taken over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FeatureRefusal {
    /// Its metadata has a version that this broker does not read.
    MetadataVersion {
        /// The version's level.
        level: i16,
        /// The levels that can be read.
        supported: (i16, i16),
    },
    /// A feature is finalized at a level below what this broker can run with.
    TooLow {
        /// The feature.
        name: String,
        /// Its level.
        level: i16,
        /// The lowest level that would do.
        min: i16,
    },
    /// A feature is finalized at a level that this broker lacks, and something uses it.
    InUse {
        /// The feature.
        name: String,
        /// Its level.
        level: i16,
        /// The highest level that would do.
        max: i16,
        /// What uses it.
        cause: String,
    },
}

impl fmt::Display for FeatureRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FeatureRefusal::MetadataVersion { level, supported: (min, max) } => write!(
                f,
                "the directory has metadata.version level {level}; this broker reads levels {min} to {max}"
            ),
            FeatureRefusal::TooLow { name, level, min } => {
                write!(f, "the directory has {name} at level {level}; this broker needs {min} at least")
            }
            FeatureRefusal::InUse { name, level, max, cause } => write!(
                f,
                "the directory has {name} at level {level}, this broker can run with {max} at most, and it cannot be \
                 lowered because {cause}"
            ),
        }
    }
}

/// The records that bring every finalized feature into the supported range. `in_use` says what uses a feature, as far
/// as it is not in the metadata: newer groups, open transactions.
pub(super) fn plan_lowering(
    image: &MetadataImage,
    supported: &[SupportedFeature],
    in_use: &dyn Fn(&str) -> Option<String>,
) -> Result<Vec<MetadataRecord>, FeatureRefusal> {
    let mut records = Vec::new();
    for (name, level) in image.features.iter() {
        let Some(lowered) = lowered_level(name, *level, supported)? else { continue };
        if let Some(cause) = used_by_metadata(image, name).or_else(|| in_use(name)) {
            return Err(FeatureRefusal::InUse { name: name.clone(), level: *level, max: lowered, cause });
        }
        if name == ELIGIBLE_LEADER_REPLICAS && lowered == 0 {
            let partitions = image.topics.iter().flat_map(|topic| topic.partitions.values());
            records.extend(partitions.filter_map(|partition| without_eligible_leaders(partition)));
        }
        records.push(MetadataRecord::FeatureLevel { name: name.clone(), level: lowered });
    }
    Ok(records)
}

/// The features of an image that have to be lowered, or cannot be.
#[must_use]
pub fn features_to_lower(image: &MetadataImage, supported: &[SupportedFeature]) -> Vec<String> {
    let fits = |name: &String, level: i16| matches!(lowered_level(name, level, supported), Ok(None));
    image.features.iter().filter(|(name, level)| !fits(name, **level)).map(|(name, _)| name.clone()).collect()
}

/// The level to go down to, or `None` where the level may stay.
pub(super) fn lowered_level(
    name: &str,
    level: i16,
    supported: &[SupportedFeature],
) -> Result<Option<i16>, FeatureRefusal> {
    let range = supported
        .iter()
        .find(|feature| feature.name == name)
        .map_or((0, 0), |feature| (feature.min, feature.max));
    let (min, max) = range;
    if name == METADATA_VERSION {
        let fits = level >= min && level <= max;
        return if fits {
            Ok(None)
        } else {
            Err(FeatureRefusal::MetadataVersion { level, supported: range })
        };
    }
    if level < min {
        return Err(FeatureRefusal::TooLow { name: name.to_owned(), level, min });
    }
    Ok((level > max).then_some(max))
}

fn used_by_metadata(image: &MetadataImage, name: &str) -> Option<String> {
    let used = name == SHARE_VERSION && image.topics.by_name(SHARE_STATE_TOPIC).is_some();
    used.then(|| format!("share groups have their state in the topic {SHARE_STATE_TOPIC}"))
}

/// Takes a partition back to plain in-sync replicas. Eligible leaders have everything that was committed, so where the
/// in-sync set has become empty they are the in-sync set; Kafka leaves a partition so when its only broker shuts down.
fn without_eligible_leaders(partition: &PartitionRecord) -> Option<MetadataRecord> {
    if partition.eligible_leaders.is_none() && partition.last_known_eligible.is_none() {
        return None;
    }
    let mut change = PartitionChange::of(partition.topic, partition.partition);
    if partition.in_sync.is_empty() {
        change.in_sync.clone_from(&partition.eligible_leaders);
    }
    change.eligible_leaders = Some(vec![]);
    change.last_known_eligible = Some(vec![]);
    Some(MetadataRecord::PartitionChange(change))
}

//! Features that somebody wants at another level.

use super::feature::{KRAFT_VERSION, metadata_changes_between};
use super::{Controller, Decision};
use loglane_replication::MetadataRecord;
use loglane_replication::image::METADATA_VERSION;
use loglane_replication::record::SupportedFeature;
use std::collections::BTreeMap;
use std::fmt;

/// What Kafka 4.3 knows as features; those that this broker lacks are at level 0, and may be asked to stay there.
const KNOWN_FEATURES: [&str; 7] = [
    METADATA_VERSION,
    KRAFT_VERSION,
    "transaction.version",
    "group.version",
    "eligible.leader.replicas.version",
    "share.version",
    "streams.version",
];

/// Which way a level may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FeatureDirection {
    /// Up.
    Upgrade,
    /// Down, where nothing gets lost.
    SafeDowngrade,
    /// Down, whatever gets lost.
    UnsafeDowngrade,
    /// None that this broker knows.
    Unknown,
}

/// Why no feature is changed; all are INVALID_UPDATE_VERSION, and the texts are Kafka's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeatureUpdateRefusal(String);

impl fmt::Display for FeatureUpdateRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("The update failed for all features since the following feature had an error: ")?;
        f.write_str(&self.0)
    }
}

impl Controller {
    /// Brings features to other levels: all of them or, where one cannot be, none.
    pub fn update_features(
        &mut self,
        updates: &BTreeMap<String, (i16, FeatureDirection)>,
        supported: &[SupportedFeature],
        kraft_version: i16,
        validate_only: bool,
    ) -> Decision<Result<(), FeatureUpdateRefusal>> {
        let mut records = Vec::new();
        for (feature, (level, direction)) in updates {
            let current = match feature.as_str() {
                KRAFT_VERSION => kraft_version,
                other => self.image.feature_level(other),
            };
            if let Err(text) = self.check_update(feature, current, *level, *direction, supported) {
                return self.decide(vec![], Err(FeatureUpdateRefusal(text)));
            }
            // It stays as it is, and has no record in any case.
            if feature != KRAFT_VERSION {
                records.push(MetadataRecord::FeatureLevel { name: feature.clone(), level: *level });
            }
        }
        if validate_only {
            records.clear();
        }
        self.decide(records, Ok(()))
    }

    fn check_update(
        &self,
        feature: &str,
        current: i16,
        level: i16,
        direction: FeatureDirection,
        supported: &[SupportedFeature],
    ) -> Result<(), String> {
        let invalid =
            |reason: &str| Err(format!("Invalid update version {level} for feature {feature}. {reason}"));
        if direction == FeatureDirection::Unknown {
            return invalid("The controller does not support the given upgrade type.");
        }
        if level < 0 {
            return invalid("A feature version cannot be less than 0.");
        }
        if let Err(reason) = self.check_supported(feature, level, supported) {
            return invalid(&reason);
        }
        if level < current && direction == FeatureDirection::Upgrade {
            return invalid(
                "Can't downgrade the version of this feature without setting the upgrade type to either safe or unsafe \
                 downgrade.",
            );
        }
        if level > current && direction != FeatureDirection::Upgrade {
            return invalid("Can't downgrade to a newer version.");
        }
        if level == 0 && !KNOWN_FEATURES.contains(&feature) {
            return invalid(&format!("Feature {feature} not found."));
        }
        if feature == KRAFT_VERSION && level < current {
            return invalid("Can't downgrade the version of this feature.");
        }
        if feature == KRAFT_VERSION && level > current {
            // Not Kafka's: it would write the voters into the log.
            return invalid("This broker does not move the voters from the configuration into the log.");
        }
        if feature == METADATA_VERSION && level < current && metadata_changes_between(level, current) {
            let reason = match direction {
                FeatureDirection::UnsafeDowngrade => {
                    "Unsafe metadata downgrade is not supported in this version."
                }
                _ => {
                    "Refusing to perform the requested downgrade because it might delete metadata information."
                }
            };
            return Err(format!(
                "Unsupported metadata.version downgrade from {current} to {level}. {reason}"
            ));
        }
        Ok(())
    }

    /// Whether this node and all registered ones can run at the level.
    fn check_supported(
        &self,
        feature: &str,
        level: i16,
        supported: &[SupportedFeature],
    ) -> Result<(), String> {
        let range_of = |features: &[SupportedFeature]| {
            let named = features.iter().find(|known| known.name == feature);
            named.map_or((0, 0), |known| (known.min, known.max))
        };
        let check = |who: String, (min, max): (i16, i16)| match (min..=max).contains(&level) {
            true => Ok(()),
            false if max == 0 => Err(format!("{who} does not support this feature.")),
            false => Err(format!("{who} only supports versions {min}-{max}")),
        };
        check(format!("Local controller {}", self.node.0), range_of(supported))?;
        for broker in self.image.brokers.values() {
            check(format!("Broker {}", broker.broker.0), range_of(&broker.features))?;
        }
        Ok(())
    }
}

//! Features at other levels, and brokers that are to be forgotten.

use crate::talk::{Talk, read};
use loglane_net::message::unregister_broker::{UnregisterBrokerRequest, UnregisterBrokerResponse};
use loglane_net::message::update_features::{
    FeatureUpdateKey, UpdateFeaturesRequest, UpdateFeaturesResponse,
};

const UPGRADE: i8 = 1;
const SAFE: i8 = 2;
const UNSAFE: i8 = 3;

type Update = (&'static str, i16, i8);

fn update(talk: &mut Talk, version: i16, updates: &[Update], validate_only: bool) {
    let key = |(feature, max_version_level, upgrade_type): &Update| FeatureUpdateKey {
        feature,
        max_version_level: *max_version_level,
        allow_downgrade: version == 0 && *upgrade_type != UPGRADE,
        upgrade_type: if version == 0 { UPGRADE } else { *upgrade_type },
    };
    let request = UpdateFeaturesRequest {
        timeout_ms: 30_000,
        feature_updates: updates.iter().map(key).collect(),
        validate_only: validate_only && version >= 1,
    };
    talk.note(&request);
    let Some(body) = talk.send(version, &request) else { return };
    talk.note(&read::<UpdateFeaturesResponse<'_>>(&body, version));
}

/// Nothing of this changes a feature: the log's level decides how everything after it is written.
pub(crate) fn updates(talk: &mut Talk) {
    for version in 0..=2 {
        for validate_only in [true, false] {
            for updates in [
                &[("metadata.version", 30, UPGRADE)][..],
                &[("metadata.version", 30, SAFE)],
                &[("metadata.version", 29, UPGRADE)],
                &[("metadata.version", 29, SAFE)],
                &[("metadata.version", 29, UNSAFE)],
                &[("metadata.version", 7, SAFE)],
                &[("metadata.version", 6, SAFE)],
                &[("metadata.version", 0, SAFE)],
                &[("metadata.version", 99, UPGRADE)],
                &[("metadata.version", -1, SAFE)],
                &[("metadata.version", 30, 0)],
                &[("metadata.version", 30, 9)],
                &[("kraft.version", 1, UPGRADE)],
                &[("kraft.version", 1, SAFE)],
                &[("kraft.version", 0, SAFE)],
                &[("kraft.version", 0, UPGRADE)],
                &[("kraft.version", 2, UPGRADE)],
                &[("no.such.feature", 0, UPGRADE)],
                &[("no.such.feature", 1, UPGRADE)],
                &[("", 1, UPGRADE)],
                &[("metadata.version", 30, UPGRADE), ("no.such.feature", 1, UPGRADE)],
                &[],
            ] {
                update(talk, version, updates, validate_only);
            }
        }
    }
}

/// Of brokers that are not registered: a real one forgets itself, too, and this broker does not.
pub(crate) fn unregistrations(talk: &mut Talk) {
    for broker_id in [77, 0, -1] {
        let request = UnregisterBrokerRequest { broker_id };
        talk.note(&request);
        let Some(body) = talk.send(0, &request) else { continue };
        talk.note(&read::<UnregisterBrokerResponse<'_>>(&body, 0));
    }
}

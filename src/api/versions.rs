//! ApiVersions: which APIs are served here, in which versions. The one list of them.

use super::authorize::Authorized;
use super::{BadRequest, decode};
use crate::controller::{METADATA_VERSION_LATEST, METADATA_VERSION_OLDEST};
use crate::shard::Shard;
use crate::shard::mail::Mail;
use loglane_net::codec::Response;
use loglane_net::message::api_versions::{
    ApiVersion, ApiVersionsRequest, ApiVersionsResponse, FinalizedFeatureKey, SupportedFeatureKey,
};
use loglane_net::{ApiKey, ErrorCode};
use loglane_replication::record::SupportedFeature;
use loglane_ring::Io;

/// What works, in every version that Kafka 4.3 has of it. Nothing else is advertised: clients fall back from what
/// is not there, and break on what is there and does not work.
pub(crate) const SERVED: &[ApiKey] = &[
    ApiKey::Produce,
    ApiKey::Fetch,
    ApiKey::ListOffsets,
    ApiKey::Metadata,
    ApiKey::ApiVersions,
    ApiKey::CreateTopics,
    ApiKey::DeleteTopics,
    ApiKey::InitProducerId,
    ApiKey::OffsetForLeaderEpoch,
];

/// The features that this broker can work with, and up to which level.
pub(crate) const SUPPORTED_FEATURES: &[(&str, i16, i16)] =
    &[("kraft.version", 0, 1), ("metadata.version", METADATA_VERSION_OLDEST, METADATA_VERSION_LATEST)];

/// The same, as registrations say it.
pub(crate) fn supported_features() -> Vec<SupportedFeature> {
    let feature = |(name, min, max): &(&str, i16, i16)| SupportedFeature {
        name: (*name).to_owned(),
        min: *min,
        max: *max,
    };
    SUPPORTED_FEATURES.iter().map(feature).collect()
}

impl<I: Io<Mail>> Shard<I> {
    pub(super) fn on_api_versions(&mut self, authorized: Authorized, body: &[u8]) -> Result<(), BadRequest> {
        let mut call = authorized.call();
        if !ApiKey::ApiVersions.versions().contains(call.version) {
            // KIP-511: the one thing that both sides are sure to understand.
            call.version = 0;
            let own = ApiKey::ApiVersions.versions();
            let own = ApiVersion {
                api_key: ApiKey::ApiVersions.to_i16(),
                min_version: own.min,
                max_version: own.max,
            };
            let response = ApiVersionsResponse {
                error_code: ErrorCode::UnsupportedVersion.to_i16(),
                api_keys: vec![own].into(),
                ..Default::default()
            };
            self.answer(call, &response);
            return Ok(());
        }
        let request: ApiVersionsRequest<'_> = decode(call, body)?;
        let is_named = call.version < 3
            || (is_software_name(request.client_software_name)
                && is_software_name(request.client_software_version));
        if !is_named {
            let response =
                ApiVersionsResponse { error_code: ErrorCode::InvalidRequest.to_i16(), ..Default::default() };
            self.answer(call, &response);
            return Ok(());
        }
        let image = self.metadata.image.clone();
        let response = describe(call.version, &image);
        self.answer(call, &response);
        Ok(())
    }
}

fn describe(version: i16, image: &loglane_replication::MetadataImage) -> impl Response<'_> {
    let api_keys: Vec<ApiVersion> = SERVED
        .iter()
        .map(|api| {
            let range = api.advertised_versions();
            ApiVersion { api_key: api.to_i16(), min_version: range.min, max_version: range.max }
        })
        .collect();
    // A minimum of 0 breaks clients that speak 3 (KAFKA-17011).
    let supported: Vec<_> = SUPPORTED_FEATURES
        .iter()
        .filter(|(_, min, _)| version >= 4 || *min > 0)
        .map(|(name, min, max)| SupportedFeatureKey { name, min_version: *min, max_version: *max })
        .collect();
    let finalized: Vec<_> = image
        .features
        .iter()
        .filter(|(_, level)| **level > 0)
        .map(|(name, level)| FinalizedFeatureKey {
            name,
            max_version_level: *level,
            min_version_level: *level,
        })
        .collect();
    ApiVersionsResponse {
        api_keys: api_keys.into(),
        supported_features: supported.into(),
        finalized_features_epoch: image.applied_end_offset.0 - 1,
        finalized_features: finalized.into(),
        ..Default::default()
    }
}

/// Kafka's rule for client software names and versions: `[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?`.
fn is_software_name(text: &str) -> bool {
    let ends = |c: Option<&u8>| c.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = text.as_bytes();
    ends(bytes.first())
        && ends(bytes.last())
        && bytes.iter().all(|c| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'.'))
}

#[cfg(test)]
mod tests {
    use super::is_software_name;

    #[test]
    fn client_software_is_named_as_kafka_demands() {
        for good in ["a", "apache-kafka-java", "4.3.1", "librdkafka"] {
            assert!(is_software_name(good), "{good}");
        }
        for bad in ["", "-a", "a-", "a b", ".", "ä"] {
            assert!(!is_software_name(bad), "{bad}");
        }
    }
}

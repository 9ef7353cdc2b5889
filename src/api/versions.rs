//! ApiVersions: which APIs are served here, in which versions. The one list of them.

use super::authorize::Authorized;
use super::{BadRequest, decode};
use crate::controller::{KRAFT_VERSION, METADATA_VERSION_LATEST, METADATA_VERSION_OLDEST};
use crate::shard::Shard;
use crate::shard::mail::Mail;
use loglane_net::api_versions::{advertised, is_software_name, write_response};
use loglane_net::message::api_versions::{
    ApiVersionsRequest, ApiVersionsResponse, FinalizedFeatureKey, SupportedFeatureKey,
};
use loglane_net::{ApiKey, ErrorCode};
use loglane_replication::MetadataImage;
use loglane_replication::record::SupportedFeature;
use loglane_ring::Io;

/// What works, in every version that Kafka 4.3 has of it. Nothing else is advertised: clients fall back from what
/// is not there, and break on what is there and does not work.
pub(crate) const SERVED: &[ApiKey] = &[
    ApiKey::Produce,
    ApiKey::Fetch,
    ApiKey::ListOffsets,
    ApiKey::Metadata,
    ApiKey::OffsetCommit,
    ApiKey::OffsetFetch,
    ApiKey::FindCoordinator,
    ApiKey::JoinGroup,
    ApiKey::Heartbeat,
    ApiKey::LeaveGroup,
    ApiKey::SyncGroup,
    ApiKey::DescribeGroups,
    ApiKey::ListGroups,
    ApiKey::ApiVersions,
    ApiKey::CreateTopics,
    ApiKey::DeleteTopics,
    ApiKey::DeleteRecords,
    ApiKey::InitProducerId,
    ApiKey::OffsetForLeaderEpoch,
    ApiKey::DescribeAcls,
    ApiKey::CreateAcls,
    ApiKey::DeleteAcls,
    ApiKey::DescribeConfigs,
    ApiKey::AlterConfigs,
    ApiKey::AlterReplicaLogDirs,
    ApiKey::DescribeLogDirs,
    ApiKey::CreatePartitions,
    ApiKey::DeleteGroups,
    ApiKey::ElectLeaders,
    ApiKey::IncrementalAlterConfigs,
    ApiKey::AlterPartitionReassignments,
    ApiKey::ListPartitionReassignments,
    ApiKey::OffsetDelete,
    ApiKey::DescribeClientQuotas,
    ApiKey::DescribeUserScramCredentials,
    ApiKey::DescribeQuorum,
    ApiKey::UpdateFeatures,
    ApiKey::DescribeCluster,
    ApiKey::DescribeProducers,
    ApiKey::UnregisterBroker,
    ApiKey::ListConfigResources,
    ApiKey::DescribeTopicPartitions,
];

/// What a controller's listener answers. Other controllers and brokers of a cluster will ask for more.
pub(crate) const SERVED_TO_CONTROLLERS: &[ApiKey] = &[
    ApiKey::ApiVersions,
    ApiKey::DescribeAcls,
    ApiKey::CreateAcls,
    ApiKey::DeleteAcls,
    ApiKey::DescribeQuorum,
    ApiKey::UpdateFeatures,
    ApiKey::DescribeCluster,
];

/// The features that this broker can work with, and up to which level.
pub(crate) const SUPPORTED_FEATURES: &[(&str, i16, i16)] =
    &[(KRAFT_VERSION, 0, 1), ("metadata.version", METADATA_VERSION_OLDEST, METADATA_VERSION_LATEST)];

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
        let call = authorized.call();
        let is_known = ApiKey::ApiVersions.versions().contains(call.version);
        if is_known && !is_well_named(&decode(call, body)?, call.version) {
            let error_code = ErrorCode::InvalidRequest.to_i16();
            self.answer(call, &ApiVersionsResponse { error_code, ..ApiVersionsResponse::default() });
            return Ok(());
        }
        let served = if self.is_client(call.connection) { SERVED } else { SERVED_TO_CONTROLLERS };
        let image = self.metadata.image.clone();
        let response = describe(served, &image, self.settings.kraft_version);
        self.answer_by(call, |out| write_response(out, call.version, call.correlation_id, &response));
        Ok(())
    }
}

/// Clients say what they are from version 3 on.
fn is_well_named(request: &ApiVersionsRequest<'_>, version: i16) -> bool {
    version < 3
        || (is_software_name(request.client_software_name)
            && is_software_name(request.client_software_version))
}

fn describe<'a>(served: &[ApiKey], image: &'a MetadataImage, kraft_version: i16) -> ApiVersionsResponse<'a> {
    let supported = SUPPORTED_FEATURES.iter().map(|(name, min, max)| SupportedFeatureKey {
        name,
        min_version: *min,
        max_version: *max,
    });
    let of_image = image.features.iter().map(|(name, level)| (name.as_str(), *level));
    let finalized = of_image.chain([(KRAFT_VERSION, kraft_version)]).filter(|(_, level)| *level > 0);
    let finalized = finalized.map(|(name, level)| FinalizedFeatureKey {
        name,
        max_version_level: level,
        min_version_level: level,
    });
    ApiVersionsResponse {
        api_keys: served.iter().map(|api| advertised(*api)).collect(),
        supported_features: supported.collect(),
        finalized_features_epoch: image.applied_end_offset.0 - 1,
        finalized_features: finalized.collect(),
        ..ApiVersionsResponse::default()
    }
}

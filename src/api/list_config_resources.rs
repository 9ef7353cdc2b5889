//! ListConfigResources: what there is that has a configuration. Of groups and client-metrics subscriptions those that
//! have one set, of the others all.

use super::authorize::Authorized;
use super::{BadRequest, decode};
use crate::shard::Shard;
use crate::shard::mail::Mail;
use loglane_net::ErrorCode;
use loglane_net::message::list_config_resources::{
    ConfigResource as Listed, ListConfigResourcesRequest, ListConfigResourcesResponse,
};
use loglane_replication::MetadataImage;
use loglane_replication::record::ConfigResource;
use loglane_ring::Io;

/// The loggers of a broker.
const BROKER_LOGGER: i8 = 8;

/// What version 0 lists.
const FIRST_VERSION: &[i8] = &[ConfigResource::CLIENT_METRICS];

/// What the other versions list if they are asked for nothing in particular.
const ALL: &[i8] = &[
    ConfigResource::TOPIC,
    ConfigResource::BROKER,
    BROKER_LOGGER,
    ConfigResource::CLIENT_METRICS,
    ConfigResource::GROUP,
];

impl<I: Io<Mail>> Shard<I> {
    pub(super) fn on_list_config_resources(
        &mut self,
        authorized: Authorized,
        body: &[u8],
    ) -> Result<(), BadRequest> {
        let call = authorized.call();
        let request: ListConfigResourcesRequest<'_> = decode(call, body)?;
        let known = if call.version == 0 { FIRST_VERSION } else { ALL };
        if request.resource_types.iter().any(|kind| !known.contains(&kind)) {
            let error_code = ErrorCode::UnsupportedVersion.to_i16();
            self.answer(call, &ListConfigResourcesResponse { error_code, ..Default::default() });
            return Ok(());
        }
        let is_asked = |kind: i8| {
            request.resource_types.is_empty() || request.resource_types.iter().any(|asked| asked == kind)
        };
        let image = self.metadata.image.clone();
        let brokers: Vec<String> = image.brokers.keys().map(|id| id.0.to_string()).collect();
        let mut listed = Vec::new();
        for kind in known.iter().copied().filter(|kind| is_asked(*kind)) {
            let of_kind = |name| Listed { resource_name: name, resource_type: kind };
            match kind {
                ConfigResource::TOPIC => {
                    listed.extend(image.topics.iter().map(|topic| of_kind(&*topic.name)));
                }
                ConfigResource::BROKER | BROKER_LOGGER => {
                    listed.extend(brokers.iter().map(|name| of_kind(name.as_str())));
                }
                _ => listed.extend(configured_names(&image, kind).map(of_kind)),
            }
        }
        let config_resources = listed.into();
        self.answer(call, &ListConfigResourcesResponse { config_resources, ..Default::default() });
        Ok(())
    }
}

fn configured_names(image: &MetadataImage, kind: i8) -> impl Iterator<Item = &str> {
    let resources = image.configs.iter().map(|(resource, _)| resource);
    resources.filter(move |resource| resource.kind == kind).map(|resource| resource.name.as_str())
}

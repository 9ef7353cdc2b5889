//! DescribeCluster: the brokers, or, on a controller's listener, the controllers.

use super::authorize::Authorized;
use super::metadata::{CLUSTER_OPERATIONS, OPERATIONS_NOT_ASKED, endpoint};
use super::{BadRequest, decode};
use crate::shard::Shard;
use crate::shard::mail::Mail;
use loglane_net::ErrorCode;
use loglane_net::message::describe_cluster::{
    DescribeClusterBroker, DescribeClusterRequest, DescribeClusterResponse,
};
use loglane_replication::MetadataImage;
use loglane_ring::Io;

/// The kinds of endpoints, as requests number them.
const BROKERS: i8 = 1;
const CONTROLLERS: i8 = 2;

/// The first version that can ask for a kind of endpoint, and can be told that it was the wrong one.
const FIRST_WITH_KIND: i16 = 1;

impl<I: Io<Mail>> Shard<I> {
    pub(super) fn on_describe_cluster(
        &mut self,
        authorized: Authorized,
        body: &[u8],
    ) -> Result<(), BadRequest> {
        let call = authorized.call();
        let request: DescribeClusterRequest = decode(call, body)?;
        let here = if self.is_client(call.connection) { BROKERS } else { CONTROLLERS };
        if let Some((error, text)) = refusal(request.endpoint_type, here, call.version) {
            let response = DescribeClusterResponse {
                error_code: error.to_i16(),
                error_message: Some(&text),
                ..DescribeClusterResponse::default()
            };
            self.answer(call, &response);
            return Ok(());
        }
        let (image, settings) = (self.metadata.image.clone(), self.settings.clone());
        let listener = self.listener_name(call.connection);
        let nodes = if here == BROKERS {
            brokers(&image, listener, request.include_fenced_brokers)
        } else {
            controllers(&image, listener)
        };
        let asked = request.include_cluster_authorized_operations;
        let response = DescribeClusterResponse {
            error_message: None,
            endpoint_type: here,
            cluster_id: &settings.cluster_id,
            controller_id: settings.broker.0,
            brokers: nodes.into(),
            cluster_authorized_operations: if asked { CLUSTER_OPERATIONS } else { OPERATIONS_NOT_ASKED },
            ..DescribeClusterResponse::default()
        };
        self.answer(call, &response);
        Ok(())
    }
}

/// Why a kind of endpoint is not described on this listener.
fn refusal(wanted: i8, here: i8, version: i16) -> Option<(ErrorCode, String)> {
    let name = |kind| if kind == BROKERS { "BROKER" } else { "CONTROLLER" };
    if !matches!(wanted, BROKERS | CONTROLLERS) {
        let text = format!("Unsupported endpoint type {wanted}");
        return Some((ErrorCode::UnsupportedEndpointType, text));
    }
    if wanted == here {
        return None;
    }
    let error =
        if version < FIRST_WITH_KIND { ErrorCode::InvalidRequest } else { ErrorCode::MismatchedEndpointType };
    let (here, wanted) = (name(here), name(wanted));
    let text = format!(
        "The request was sent to an endpoint of type {here}, but we wanted an endpoint of type {wanted}"
    );
    Some((error, text))
}

fn brokers<'a>(
    image: &'a MetadataImage,
    listener: &str,
    include_fenced: bool,
) -> Vec<DescribeClusterBroker<'a>> {
    let shown = image.brokers.values().filter(|broker| include_fenced || !broker.fenced);
    shown
        .filter_map(|broker| {
            let endpoint = endpoint(&broker.endpoints, listener)?;
            Some(DescribeClusterBroker {
                broker_id: broker.broker.0,
                host: &endpoint.host,
                port: i32::from(endpoint.port),
                rack: broker.rack.as_deref(),
                is_fenced: broker.fenced,
            })
        })
        .collect()
}

fn controllers<'a>(image: &'a MetadataImage, listener: &str) -> Vec<DescribeClusterBroker<'a>> {
    image
        .controllers
        .values()
        .filter_map(|controller| {
            let endpoint = endpoint(&controller.endpoints, listener)?;
            Some(DescribeClusterBroker {
                broker_id: controller.controller.0,
                host: &endpoint.host,
                port: i32::from(endpoint.port),
                rack: None,
                is_fenced: false,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_listener_describes_what_is_behind_it() {
        let code = |wanted, here, version| refusal(wanted, here, version).map(|(code, _)| code);
        assert_eq!(code(BROKERS, BROKERS, 2), None);
        assert_eq!(code(CONTROLLERS, CONTROLLERS, 1), None);
        assert_eq!(code(CONTROLLERS, BROKERS, 1), Some(ErrorCode::MismatchedEndpointType));
        // Version 0 cannot say what it wants, and does not know the newer code.
        assert_eq!(code(BROKERS, CONTROLLERS, 0), Some(ErrorCode::InvalidRequest));
        assert_eq!(code(3, BROKERS, 2), Some(ErrorCode::UnsupportedEndpointType));
    }
}

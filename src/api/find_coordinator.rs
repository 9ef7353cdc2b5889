//! FindCoordinator: who coordinates a group. Asking for the first one makes the topic that groups are kept in.

use super::authorize::Authorized;
use super::groups::number_of_groups;
use super::metadata::endpoint;
use super::{BadRequest, Call, decode};
use crate::groups::partition_of_group;
use crate::internal_topics::CONSUMER_OFFSETS;
use crate::shard::Shard;
use crate::shard::mail::Mail;
use loglane_net::ErrorCode;
use loglane_net::message::find_coordinator::{Coordinator, FindCoordinatorRequest, FindCoordinatorResponse};
use loglane_ring::Io;

/// The kinds of keys, as requests number them.
const GROUP: i8 = 0;
const TRANSACTION: i8 = 1;
const SHARE: i8 = 2;

/// The first version that asks for many keys at once.
const FIRST_WITH_MANY: i16 = 4;

/// The node that a key leads to.
#[derive(Clone)]
struct Found {
    error: ErrorCode,
    node: i32,
    host: String,
    port: i32,
}

impl Found {
    fn failed(error: ErrorCode) -> Found {
        Found { error, node: -1, host: String::new(), port: -1 }
    }
}

impl<I: Io<Mail>> Shard<I> {
    pub(super) fn on_find_coordinator(
        &mut self,
        authorized: Authorized,
        body: &[u8],
    ) -> Result<(), BadRequest> {
        let call = authorized.call();
        let request: FindCoordinatorRequest<'_> = decode(call, body)?;
        number_of_groups(request.coordinator_keys.len())?;
        let asks = call.version < FIRST_WITH_MANY || !request.coordinator_keys.is_empty();
        if asks && request.key_type == GROUP && self.metadata.image.topics.by_name(CONSUMER_OFFSETS).is_none()
        {
            self.auto_create(&[CONSUMER_OFFSETS]);
        }
        if call.version < FIRST_WITH_MANY {
            let found = self.find_coordinator(call, request.key_type, request.key);
            let response = FindCoordinatorResponse {
                error_code: found.error.to_i16(),
                error_message: Some(message(found.error)),
                node_id: found.node,
                host: &found.host,
                port: found.port,
                ..FindCoordinatorResponse::default()
            };
            self.answer(call, &response);
            return Ok(());
        }
        let is_known = matches!(request.key_type, GROUP | TRANSACTION | SHARE);
        let keys: Vec<&str> = request.coordinator_keys.iter().collect();
        let found: Vec<Found> =
            keys.iter().map(|key| self.find_coordinator(call, request.key_type, key)).collect();
        let coordinators: Vec<Coordinator<'_>> = keys
            .iter()
            .zip(&found)
            .map(|(key, found)| Coordinator {
                key,
                node_id: found.node,
                host: &found.host,
                port: found.port,
                error_code: found.error.to_i16(),
                // Only a kind that does not exist is explained in these versions.
                error_message: Some(if is_known { "" } else { message(found.error) }),
            })
            .collect();
        let response = FindCoordinatorResponse {
            coordinators: coordinators.into(),
            ..FindCoordinatorResponse::default()
        };
        self.answer(call, &response);
        Ok(())
    }

    fn find_coordinator(&self, call: Call, kind: i8, key: &str) -> Found {
        match kind {
            GROUP => self.find_group_coordinator(call, key),
            // Nobody has a transactional id here yet; a code that clients retry would make them wait for ever.
            TRANSACTION => Found::failed(ErrorCode::TransactionalIdAuthorizationFailed),
            // Kafka's answer where share groups are not served, and to versions that do not know them.
            SHARE => Found::failed(ErrorCode::InvalidRequest),
            _ => Found::failed(ErrorCode::InvalidRequest),
        }
    }

    fn find_group_coordinator(&self, call: Call, group: &str) -> Found {
        let not_there = Found::failed(ErrorCode::CoordinatorNotAvailable);
        let image = &self.metadata.image;
        let Some(topic) = image.topics.by_name(CONSUMER_OFFSETS) else { return not_there };
        let partition = match self.partition_of_group(group) {
            Some(partition) => partition,
            None => partition_of_group(group, i32::try_from(topic.partitions.len()).unwrap_or(i32::MAX)),
        };
        let mut partitions = topic.partitions.iter();
        let leader =
            partitions.find(|(number, _)| **number == partition).and_then(|(_, record)| record.leader);
        let broker = leader.and_then(|leader| image.brokers.get(&leader)).filter(|broker| !broker.fenced);
        let listener = self.listener_name(call.connection);
        match broker.and_then(|broker| Some((broker.broker, endpoint(&broker.endpoints, listener)?))) {
            Some((node, endpoint)) => Found {
                error: ErrorCode::None,
                node: node.0,
                host: endpoint.host.clone(),
                port: i32::from(endpoint.port),
            },
            None => not_there,
        }
    }
}

/// Kafka's words for the codes that are answered here.
fn message(error: ErrorCode) -> &'static str {
    match error {
        ErrorCode::None => "NONE",
        ErrorCode::CoordinatorNotAvailable => "The coordinator is not available.",
        ErrorCode::TransactionalIdAuthorizationFailed => "Transactional Id authorization failed.",
        _ => {
            "This most likely occurs because of a request being malformed by the client library or the message \
             was sent to an incompatible broker. See the broker logs for more details."
        }
    }
}

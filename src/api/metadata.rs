//! Metadata: which topics there are and who leads their partitions; asking for one may create it.

use super::authorize::Authorized;
use super::{BadRequest, decode};
use crate::control::{ControlRequest, ControlTicket};
use crate::controller::{NewTopic, check_topic_name};
use crate::shard::Shard;
use crate::shard::mail::Mail;
use loglane_model::TopicId;
use loglane_net::ErrorCode;
use loglane_net::message::metadata::{
    MetadataRequest, MetadataResponse, MetadataResponseBroker, MetadataResponsePartition,
    MetadataResponseTopic,
};
use loglane_replication::MetadataImage;
use loglane_replication::image::Topic;
use loglane_replication::record::{BrokerEndpoint, RegisterBroker};
use loglane_ring::Io;

/// "Not asked for", in the fields of authorized operations.
pub(crate) const OPERATIONS_NOT_ASKED: i32 = i32::MIN;

/// Every operation that a cluster has, as bits by Kafka's operation codes: what everybody may do where nothing is
/// forbidden.
pub(crate) const CLUSTER_OPERATIONS: i32 =
    bits(&[5 /* create */, 7 /* alter */, 8 /* describe */, 9, 10, 11, 12]);

/// As [`CLUSTER_OPERATIONS`], for a topic: read, write, create, delete, alter, describe and their configs.
pub(crate) const TOPIC_OPERATIONS: i32 = bits(&[3, 4, 5, 6, 7, 8, 10, 11]);

const fn bits(codes: &[u8]) -> i32 {
    let mut bits = 0;
    let mut at = 0;
    while at < codes.len() {
        bits |= 1 << codes[at];
        at += 1;
    }
    bits
}

/// A topic as the request names it.
enum Asked<'a> {
    Name(&'a str),
    Id(TopicId),
}

impl<I: Io<Mail>> Shard<I> {
    pub(super) fn on_metadata(&mut self, authorized: Authorized, body: &[u8]) -> Result<(), BadRequest> {
        let call = authorized.call();
        let request: MetadataRequest<'_> = decode(call, body)?;
        let image = self.metadata.image.clone();
        let may_create =
            (call.version < 4 || request.allow_auto_topic_creation) && self.settings.auto_create_topics;
        let operations = |asked: bool, operations| if asked { operations } else { OPERATIONS_NOT_ASKED };
        let topic_operations = operations(request.include_topic_authorized_operations, TOPIC_OPERATIONS);
        let writer = TopicWriter { image: &image, topic_operations };
        let mut topics = Vec::new();
        let mut to_create = Vec::new();
        match &request.topics {
            // Version 0 has no null: an empty list asks for all.
            Some(asked) if call.version == 0 && asked.is_empty() => writer.all(&mut topics),
            None => writer.all(&mut topics),
            Some(asked) => {
                for topic in asked.iter() {
                    let asked = match topic.name {
                        Some(name) if topic.topic_id.is_zero() => Asked::Name(name),
                        _ => Asked::Id(topic.topic_id),
                    };
                    topics.push(writer.asked(&asked, may_create, &mut to_create));
                }
            }
        }
        let settings = self.settings.clone();
        let response = MetadataResponse {
            throttle_time_ms: 0,
            brokers: brokers(&image, self.listener_name(call.connection)).into(),
            cluster_id: Some(&settings.cluster_id),
            controller_id: settings.broker.0,
            topics: topics.into(),
            cluster_authorized_operations: operations(
                request.include_cluster_authorized_operations,
                CLUSTER_OPERATIONS,
            ),
            error_code: 0,
        };
        self.answer(call, &response);
        for name in to_create {
            self.auto_create(name);
        }
        Ok(())
    }

    /// Asks for a topic to be made with the broker's defaults. Nobody waits: the client asks again.
    fn auto_create(&mut self, name: &str) {
        let topic = NewTopic {
            name: name.to_owned(),
            partition_count: -1,
            replication_factor: -1,
            ..NewTopic::default()
        };
        let request = ControlRequest::CreateTopics { topics: vec![topic], validate_only: false };
        self.control(ControlTicket::Nobody, request);
    }
}

struct TopicWriter<'a> {
    image: &'a MetadataImage,
    topic_operations: i32,
}

impl<'a> TopicWriter<'a> {
    fn all(&self, out: &mut Vec<MetadataResponseTopic<'a>>) {
        out.extend(self.image.topics.iter().map(|topic| self.known(topic)));
    }

    fn asked(
        &self,
        asked: &Asked<'a>,
        may_create: bool,
        to_create: &mut Vec<&'a str>,
    ) -> MetadataResponseTopic<'a> {
        let missing = |error: ErrorCode, name: Option<&'a str>, topic_id| MetadataResponseTopic {
            error_code: error.to_i16(),
            name,
            topic_id,
            topic_authorized_operations: OPERATIONS_NOT_ASKED,
            ..Default::default()
        };
        match *asked {
            Asked::Name(name) => match self.image.topics.by_name(name) {
                Some(topic) => self.known(topic),
                None if check_topic_name(name).is_err() => {
                    missing(ErrorCode::InvalidTopicException, Some(name), TopicId::ZERO)
                }
                None => {
                    if may_create {
                        to_create.push(name);
                    }
                    missing(ErrorCode::UnknownTopicOrPartition, Some(name), TopicId::ZERO)
                }
            },
            Asked::Id(id) => match self.image.topics.by_id(id) {
                Some(topic) => self.known(topic),
                None => missing(ErrorCode::UnknownTopicId, None, id),
            },
        }
    }

    fn known(&self, topic: &'a Topic) -> MetadataResponseTopic<'a> {
        let partitions: Vec<_> = topic
            .partitions
            .iter()
            .map(|(number, record)| {
                let ids = |brokers: &[loglane_model::BrokerId]| {
                    brokers.iter().map(|broker| broker.0).collect::<Vec<i32>>().into()
                };
                let error =
                    if record.leader.is_some() { ErrorCode::None } else { ErrorCode::LeaderNotAvailable };
                MetadataResponsePartition {
                    error_code: error.to_i16(),
                    partition_index: number.0,
                    leader_id: record.leader.map_or(-1, |leader| leader.0),
                    leader_epoch: record.leader_epoch.0,
                    replica_nodes: ids(&record.replicas),
                    isr_nodes: ids(&record.in_sync),
                    offline_replicas: Vec::new().into(),
                }
            })
            .collect();
        MetadataResponseTopic {
            error_code: 0,
            name: Some(&topic.name),
            topic_id: topic.id,
            is_internal: is_internal(&topic.name),
            partitions: partitions.into(),
            topic_authorized_operations: self.topic_operations,
        }
    }
}

/// The topics that Kafka itself writes to.
pub(crate) fn is_internal(topic: &str) -> bool {
    matches!(topic, "__consumer_offsets" | "__transaction_state" | "__share_group_state")
}

fn brokers<'a>(image: &'a MetadataImage, listener: &str) -> Vec<MetadataResponseBroker<'a>> {
    let active = image.brokers.values().filter(|broker| !broker.fenced);
    active
        .filter_map(|broker| {
            let endpoint = endpoint(broker, listener)?;
            Some(MetadataResponseBroker {
                node_id: broker.broker.0,
                host: &endpoint.host,
                port: i32::from(endpoint.port),
                rack: broker.rack.as_deref(),
            })
        })
        .collect()
}

/// Where a broker is reached by those who came in through a listener of this name.
pub(crate) fn endpoint<'a>(broker: &'a RegisterBroker, listener: &str) -> Option<&'a BrokerEndpoint> {
    broker.endpoints.iter().find(|endpoint| endpoint.name == listener)
}

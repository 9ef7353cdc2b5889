//! Metadata: which topics there are and who leads their partitions; asking for one may create it.

use super::authorize::Authorized;
use super::{BadRequest, decode};
use crate::control::{ControlRequest, ControlTicket};
use crate::controller::check_topic_name;
use crate::internal_topics::{is_internal, topic_on_demand};
use crate::shard::Shard;
use crate::shard::mail::Mail;
use loglane_model::{BrokerId, TopicId};
use loglane_net::message::metadata::{
    MetadataRequest, MetadataResponse, MetadataResponseBroker, MetadataResponsePartition,
    MetadataResponseTopic,
};
use loglane_net::{Array, ErrorCode};
use loglane_replication::MetadataImage;
use loglane_replication::image::Topic;
use loglane_replication::record::{BrokerEndpoint, DIRECTORY_LOST, DIRECTORY_MIGRATING, PartitionRecord};
use loglane_ring::Io;
use std::collections::BTreeSet;

/// The first version in which topics may be asked for by id.
const FIRST_WITH_IDS: i16 = 12;

/// The first version whose answer has an error of its own.
const FIRST_WITH_ERROR: i16 = 13;

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

impl<I: Io<Mail>> Shard<I> {
    pub(super) fn on_metadata(&mut self, authorized: Authorized, body: &[u8]) -> Result<(), BadRequest> {
        let call = authorized.call();
        let request: MetadataRequest<'_> = decode(call, body)?;
        if let Some(refused) = refused_topics(&request, call.version) {
            let error = ErrorCode::InvalidRequest.to_i16();
            let response = MetadataResponse {
                topics: refused.into(),
                error_code: if call.version >= FIRST_WITH_ERROR { error } else { 0 },
                ..MetadataResponse::default()
            };
            self.answer(call, &response);
            return Ok(());
        }
        let image = self.metadata.image.clone();
        let may_create = request.allow_auto_topic_creation && self.settings.auto_create_topics;
        let operations = |asked: bool, operations| if asked { operations } else { OPERATIONS_NOT_ASKED };
        let topic_operations = operations(request.include_topic_authorized_operations, TOPIC_OPERATIONS);
        let writer = TopicWriter { image: &image, topic_operations };
        let (topics, missing) = writer.asked(&request, call.version);
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
        if may_create {
            self.auto_create(&missing);
        }
        Ok(())
    }

    /// Asks for topics to be made. Nobody waits: the client asks again.
    pub(super) fn auto_create(&mut self, names: &[&str]) {
        let settings = &self.settings.config.settings;
        let topics: Vec<_> = names.iter().filter_map(|name| topic_on_demand(name, settings)).collect();
        if !topics.is_empty() {
            let request = ControlRequest::CreateTopics { topics, validate_only: false };
            self.control(ControlTicket::Nobody, request);
        }
    }
}

/// The answer's topics where the request makes no sense: ids in versions whose clients cannot mean them
/// (KAFKA-12701), or a topic with neither name nor id. Kafka answers the latter from version 12 on with an
/// error that it did not expect itself.
fn refused_topics<'a>(request: &MetadataRequest<'a>, version: i16) -> Option<Vec<MetadataResponseTopic<'a>>> {
    let topics = request.topics.as_ref()?;
    let makes_sense = if version < FIRST_WITH_IDS {
        topics.iter().all(|topic| topic.name.is_some() && topic.topic_id.is_zero())
    } else {
        topics.iter().any(|topic| !topic.topic_id.is_zero())
            || topics.iter().all(|topic| topic.name.is_some())
    };
    let refused = topics.iter().map(|topic| MetadataResponseTopic {
        error_code: ErrorCode::InvalidRequest.to_i16(),
        name: Some(topic.name.unwrap_or_default()),
        topic_id: topic.topic_id,
        ..MetadataResponseTopic::default()
    });
    (!makes_sense).then(|| refused.collect())
}

struct TopicWriter<'a> {
    image: &'a MetadataImage,
    topic_operations: i32,
}

impl<'a> TopicWriter<'a> {
    /// The topics that are asked for, each once, and the names among them that could become topics.
    fn asked(
        &self,
        request: &MetadataRequest<'a>,
        version: i16,
    ) -> (Vec<MetadataResponseTopic<'a>>, Vec<&'a str>) {
        let asked = match &request.topics {
            // Version 0 has no null: an empty list asks for all.
            Some(asked) if version > 0 || !asked.is_empty() => asked,
            Some(_) | None => {
                return (self.image.topics.iter().map(|topic| self.known(topic)).collect(), vec![]);
            }
        };
        let mut ids = BTreeSet::new();
        let by_id = asked.iter().map(|topic| topic.topic_id).filter(|id| !id.is_zero() && ids.insert(*id));
        let by_id: Vec<_> = by_id.map(|id| self.by_id(id)).collect();
        if !by_id.is_empty() {
            // Kafka looks at names only where there is no id.
            return (by_id, vec![]);
        }
        let mut names = BTreeSet::new();
        let mut missing = Vec::new();
        let by_name = asked.iter().filter_map(|topic| topic.name).filter(|name| names.insert(*name));
        let by_name = by_name.map(|name| self.by_name(name, &mut missing)).collect();
        (by_name, missing)
    }

    fn by_name(&self, name: &'a str, missing: &mut Vec<&'a str>) -> MetadataResponseTopic<'a> {
        if let Some(topic) = self.image.topics.by_name(name) {
            return self.known(topic);
        }
        let is_name = check_topic_name(name).is_ok();
        if is_name {
            missing.push(name);
        }
        let error =
            if is_name { ErrorCode::UnknownTopicOrPartition } else { ErrorCode::InvalidTopicException };
        MetadataResponseTopic {
            error_code: error.to_i16(),
            name: Some(name),
            is_internal: is_internal(name),
            topic_authorized_operations: self.topic_operations,
            ..MetadataResponseTopic::default()
        }
    }

    fn by_id(&self, id: TopicId) -> MetadataResponseTopic<'a> {
        match self.image.topics.by_id(id) {
            Some(topic) => self.known(topic),
            None => MetadataResponseTopic {
                error_code: ErrorCode::UnknownTopicId.to_i16(),
                name: None,
                topic_id: id,
                ..MetadataResponseTopic::default()
            },
        }
    }

    fn known(&self, topic: &'a Topic) -> MetadataResponseTopic<'a> {
        let partitions: Vec<_> = topic
            .partitions
            .iter()
            .map(|(number, record)| {
                let error =
                    if record.leader.is_some() { ErrorCode::None } else { ErrorCode::LeaderNotAvailable };
                MetadataResponsePartition {
                    error_code: error.to_i16(),
                    partition_index: number.0,
                    leader_id: record.leader.map_or(-1, |leader| leader.0),
                    leader_epoch: record.leader_epoch.0,
                    replica_nodes: broker_ids(&record.replicas),
                    isr_nodes: broker_ids(&record.in_sync),
                    offline_replicas: broker_ids(&offline_replicas(self.image, record)),
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

/// Brokers as messages have them.
pub(crate) fn broker_ids(brokers: &[BrokerId]) -> Array<'static, i32> {
    brokers.iter().map(|broker| broker.0).collect()
}

/// The replicas of a partition that cannot be reached: their broker is not usable, or their directory failed.
pub(crate) fn offline_replicas(image: &MetadataImage, partition: &PartitionRecord) -> Vec<BrokerId> {
    let is_online = |(at, replica): (usize, &BrokerId)| {
        let Some(broker) = image.brokers.get(replica) else { return false };
        let directory = partition.directories.get(at).copied().unwrap_or(DIRECTORY_MIGRATING);
        let has_directory = if directory.is_reserved() {
            directory != DIRECTORY_LOST
        } else {
            broker.log_dirs.is_empty() || broker.log_dirs.contains(&directory)
        };
        !broker.fenced && has_directory
    };
    let replicas = partition.replicas.iter().enumerate();
    replicas.filter(|replica| !is_online(*replica)).map(|(_, replica)| *replica).collect()
}

fn brokers<'a>(image: &'a MetadataImage, listener: &str) -> Vec<MetadataResponseBroker<'a>> {
    let active = image.brokers.values().filter(|broker| !broker.fenced);
    active
        .filter_map(|broker| {
            let endpoint = endpoint(&broker.endpoints, listener)?;
            Some(MetadataResponseBroker {
                node_id: broker.broker.0,
                host: &endpoint.host,
                port: i32::from(endpoint.port),
                rack: broker.rack.as_deref(),
            })
        })
        .collect()
}

/// Where a node is reached by those who came in through a listener of this name.
pub(crate) fn endpoint<'a>(endpoints: &'a [BrokerEndpoint], listener: &str) -> Option<&'a BrokerEndpoint> {
    endpoints.iter().find(|endpoint| endpoint.name == listener)
}

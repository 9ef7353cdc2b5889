//! What the broker says of itself: versions, the cluster, topics and their partitions.

use crate::configs::describe_topic;
use crate::talk::{Talk, read};
use crate::topics::create;
use loglane_model::TopicId;
use loglane_net::message::api_versions::{ApiVersionsRequest, ApiVersionsResponse};
use loglane_net::message::create_topics::CreatableTopic;
use loglane_net::message::describe_cluster::{DescribeClusterRequest, DescribeClusterResponse};
use loglane_net::message::describe_topic_partitions::{
    DescribeTopicPartitionsRequest, DescribeTopicPartitionsResponse, RequestCursor, TopicRequest,
};
use loglane_net::message::metadata::{MetadataRequest, MetadataRequestTopic, MetadataResponse};

fn topic(name: &str, num_partitions: i32) -> CreatableTopic<'_> {
    CreatableTopic { name, num_partitions, replication_factor: 1, ..Default::default() }
}

pub(crate) fn api_versions(talk: &mut Talk) {
    for version in 0..=4 {
        let request =
            ApiVersionsRequest { client_software_name: "conversation", client_software_version: "1.0" };
        ask_api_versions(talk, version, &request);
    }
    for name in ["", "-a", "a b"] {
        let request = ApiVersionsRequest { client_software_name: name, client_software_version: "1.0" };
        ask_api_versions(talk, 3, &request);
    }
    // A version that is not served is answered in version 0.
    for (version, tail) in [(5i16, &[0u8][..]), (77, &[0]), (77, &[0, 1, 2, 3]), (-1, &[])] {
        talk.note(&format!("> ApiVersions v{version} {tail:?}"));
        let mut frame = vec![0, 0, 0, 10 + u8::try_from(tail.len()).expect("a short one"), 0, 18];
        frame.extend(version.to_be_bytes());
        frame.extend([0, 0, 0, 9, 0xff, 0xff]);
        frame.extend(tail);
        if let Some(answer) = talk.exchange(&frame) {
            talk.note(&read::<ApiVersionsResponse<'_>>(&answer[4..], 0));
        }
    }
}

fn ask_api_versions(talk: &mut Talk, version: i16, request: &ApiVersionsRequest<'_>) {
    let Some(body) = talk.send(version, request) else { return };
    let answer: ApiVersionsResponse<'_> = read(&body, version);
    answer.api_keys.iter().for_each(|api| talk.line(&api));
    answer.supported_features.iter().for_each(|feature| talk.line(&feature));
    // Kafka's order is that of a hash table.
    let mut finalized: Vec<_> = answer.finalized_features.iter().collect();
    finalized.sort_by_key(|feature| feature.name);
    finalized.iter().for_each(|feature| talk.line(feature));
    // The epoch is an offset of the metadata log.
    let epoch = answer.finalized_features_epoch.min(0);
    talk.line(&(answer.error_code, answer.throttle_time_ms, epoch, answer.zk_migration_ready));
}

pub(crate) fn describe_cluster(talk: &mut Talk) {
    for version in 0..=2 {
        for operations in [false, true] {
            for endpoint_type in [1, 2, 3, 0] {
                if version == 0 && endpoint_type != 1 {
                    continue;
                }
                for include_fenced_brokers in [false, true] {
                    if version < 2 && include_fenced_brokers {
                        continue;
                    }
                    let request = DescribeClusterRequest {
                        include_cluster_authorized_operations: operations,
                        endpoint_type,
                        include_fenced_brokers,
                    };
                    talk.note(&request);
                    let Some(body) = talk.send(version, &request) else { continue };
                    let answer: DescribeClusterResponse<'_> = read(&body, version);
                    if !answer.cluster_id.is_empty() {
                        talk.alias(answer.cluster_id, "CLUSTER");
                    }
                    talk.note(&answer);
                }
            }
        }
    }
}

fn metadata(
    talk: &mut Talk,
    version: i16,
    topics: Option<Vec<MetadataRequestTopic<'_>>>,
    create: bool,
    operations: bool,
) {
    let request = MetadataRequest {
        topics: topics.map(Into::into),
        allow_auto_topic_creation: if version >= 4 { create } else { true },
        include_cluster_authorized_operations: operations && (8..=10).contains(&version),
        include_topic_authorized_operations: operations && version >= 8,
    };
    talk.note(&request);
    let Some(body) = talk.send(version, &request) else { return };
    let mut answer: MetadataResponse<'_> = read(&body, version);
    if let Some(id) = answer.cluster_id {
        talk.alias(id, "CLUSTER");
    }
    // Kafka's order is that of a hash table.
    let mut topics: Vec<_> = answer.topics.iter().collect();
    topics.sort_by_key(|topic| (topic.name, talk.number_of(topic.topic_id)));
    answer.topics = topics.into();
    talk.note(&answer);
}

fn named(name: &str) -> MetadataRequestTopic<'_> {
    MetadataRequestTopic { name: Some(name), topic_id: TopicId::ZERO }
}

pub(crate) fn metadata_every_version(talk: &mut Talk) {
    let ids = create(talk, 7, vec![topic("m-one", 1), topic("m-three", 3)]);
    for version in 0..=13 {
        if version > 0 {
            metadata(talk, version, None, false, false);
        }
        metadata(talk, version, Some(vec![]), false, true);
        metadata(talk, version, Some(vec![named("m-three"), named("m-one")]), false, true);
        metadata(talk, version, Some(vec![named("m-three"), named("m-three")]), false, false);
        if version >= 4 {
            metadata(
                talk,
                version,
                Some(vec![named("absent"), named("a b"), named(""), named("..")]),
                false,
                true,
            );
        }
    }
    let stranger = TopicId(*b"0123456789abcdef");
    for version in 10..=13 {
        let by_id = |topic_id| MetadataRequestTopic { name: None, topic_id };
        let both = MetadataRequestTopic { name: Some("m-one"), topic_id: ids[1] };
        let neither = MetadataRequestTopic { name: None, topic_id: TopicId::ZERO };
        for topics in [
            vec![by_id(ids[0]), by_id(ids[1])],
            vec![by_id(ids[0]), by_id(ids[0])],
            vec![by_id(stranger), by_id(ids[0])],
            vec![both.clone()],
            vec![neither, by_id(ids[1])],
            vec![named("m-one"), by_id(ids[1])],
            vec![named("m-one"), by_id(ids[0])],
            vec![named("absent"), by_id(ids[0])],
        ] {
            metadata(talk, version, Some(topics), true, true);
        }
    }
}

/// A topic is made because somebody asks for it.
pub(crate) fn auto_creation(talk: &mut Talk) {
    for version in [0, 1, 3, 4, 8, 9, 12, 13] {
        let name = format!("auto-{version}");
        if version >= 4 {
            metadata(talk, version, Some(vec![named(&name)]), false, false);
        }
        metadata(talk, version, Some(vec![named(&name), named("bad name"), named("")]), true, true);
    }
    metadata(talk, 12, Some(vec![named("auto.dot")]), true, false);
    metadata(talk, 12, Some(vec![named("auto_dot")]), true, false);
    metadata(talk, 12, Some(vec![named("twice"), named("twice")]), true, false);
    metadata(talk, 12, Some(vec![named("__cluster_metadata")]), true, false);
}

/// The coordinators' topics are made as the coordinators need them.
pub(crate) fn internal_topics(talk: &mut Talk) {
    for name in ["__consumer_offsets", "__transaction_state"] {
        metadata(talk, 12, Some(vec![named(name)]), true, false);
        talk.until_topic(name, true);
        metadata(talk, 12, Some(vec![named(name)]), true, false);
        describe_topic(talk, name);
    }
}

fn partitions(talk: &mut Talk, names: &[&str], limit: i32, cursor: Option<(&str, i32)>) {
    let request = DescribeTopicPartitionsRequest {
        topics: names.iter().map(|name| TopicRequest { name }).collect(),
        response_partition_limit: limit,
        cursor: cursor.map(|(topic_name, partition_index)| RequestCursor { topic_name, partition_index }),
    };
    talk.note(&request);
    let Some(body) = talk.send(0, &request) else { return };
    talk.note(&read::<DescribeTopicPartitionsResponse<'_>>(&body, 0));
}

pub(crate) fn topic_partitions(talk: &mut Talk) {
    create(talk, 7, vec![topic("p-a", 3), topic("p-b", 2), topic("p-c", 1)]);
    partitions(talk, &[], 2000, Some(("p-", 0)));
    partitions(talk, &["p-c", "p-a"], 2000, None);
    partitions(talk, &["p-a", "p-a"], 2000, None);
    partitions(talk, &["p-absent"], 2000, None);
    for limit in [0, -1, 1, 2, 3, 4, 5, 6, 7] {
        partitions(talk, &["p-a", "p-b", "p-c"], limit, None);
    }
    for cursor in
        [("p-a", 0), ("p-a", 2), ("p-a", 3), ("p-a", 9), ("p-b", 1), ("p-c", 1), ("p-aa", 5), ("p-z", 0)]
    {
        partitions(talk, &["p-a", "p-b", "p-c"], 2, Some(cursor));
    }
    partitions(talk, &["p-a", "p-absent", "p-b"], 1, Some(("p-absent", 0)));
    partitions(talk, &["p-a", "p-absent", "p-b"], 3, None);
    partitions(talk, &["p-a", "p-b"], 3, Some(("p-a", -1)));
    partitions(talk, &["p-a", "p-b"], 3, Some(("", 0)));
}

/// On the controller's listener.
pub(crate) fn controller(talk: &mut Talk) {
    for version in 0..=4 {
        let request =
            ApiVersionsRequest { client_software_name: "conversation", client_software_version: "1.0" };
        ask_api_versions(talk, version, &request);
    }
    describe_cluster(talk);
    crate::leadership::quorum(talk);
    crate::security::acls(talk);
    metadata(talk, 12, None, false, false);
}

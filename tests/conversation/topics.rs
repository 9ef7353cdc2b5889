//! Creating and deleting topics.

use crate::talk::{Talk, read};
use loglane_model::TopicId;
use loglane_net::message::create_topics::{
    CreatableReplicaAssignment, CreatableTopic, CreatableTopicConfig, CreateTopicsRequest,
    CreateTopicsResponse,
};
use loglane_net::message::delete_topics::{DeleteTopicState, DeleteTopicsRequest, DeleteTopicsResponse};

fn topic(name: &str) -> CreatableTopic<'_> {
    CreatableTopic { name, num_partitions: 1, replication_factor: 1, ..Default::default() }
}

/// Creates topics; the ids of those that were created.
pub(crate) fn create(talk: &mut Talk, version: i16, topics: Vec<CreatableTopic<'_>>) -> Vec<TopicId> {
    create_with(talk, version, topics, false, 30_000)
}

fn create_with(
    talk: &mut Talk,
    version: i16,
    topics: Vec<CreatableTopic<'_>>,
    validate_only: bool,
    timeout_ms: i32,
) -> Vec<TopicId> {
    let request = CreateTopicsRequest { topics: topics.into(), timeout_ms, validate_only };
    let Some(body) = talk.send(version, &request) else { return Vec::new() };
    let mut answer: CreateTopicsResponse<'_> = read(&body, version);
    let mut topics: Vec<_> = answer.topics.iter().collect();
    topics.sort_by_key(|topic| topic.name);
    let ids = topics.iter().map(|topic| topic.topic_id).collect();
    for created in topics.iter().filter(|topic| topic.error_code == 0 && !validate_only) {
        talk.until_topic(created.name, true);
    }
    answer.topics = topics.into();
    talk.note(&answer);
    ids
}

pub(crate) fn delete(talk: &mut Talk, version: i16, topics: Vec<DeleteTopicState<'_>>, timeout_ms: i32) {
    let request = if version >= 6 {
        DeleteTopicsRequest { topics: topics.into(), timeout_ms, ..Default::default() }
    } else {
        let topic_names = topics.iter().filter_map(|topic| topic.name).collect();
        DeleteTopicsRequest { topic_names, timeout_ms, ..Default::default() }
    };
    let Some(body) = talk.send(version, &request) else { return };
    let mut answer: DeleteTopicsResponse<'_> = read(&body, version);
    let mut topics: Vec<_> = answer.responses.iter().collect();
    topics.sort_by_key(|topic| (topic.name.map(str::to_owned), topic.topic_id, topic.error_code));
    for deleted in topics.iter().filter(|topic| topic.error_code == 0) {
        talk.until_topic(deleted.name.expect("what is deleted has a name"), false);
    }
    answer.responses = topics.into();
    talk.note(&answer);
}

pub(crate) fn named(name: &str) -> DeleteTopicState<'_> {
    DeleteTopicState { name: Some(name), topic_id: TopicId::ZERO }
}

fn with_id(topic_id: TopicId) -> DeleteTopicState<'static> {
    DeleteTopicState { name: None, topic_id }
}

pub(crate) fn every_version(talk: &mut Talk) {
    for version in 2..=7 {
        let name = format!("version-{version}");
        let config = CreatableTopicConfig { name: "retention.ms", value: Some("86400000") };
        let configured = CreatableTopic { configs: vec![config].into(), ..topic(&name) };
        create_with(talk, version, vec![configured.clone()], true, 30_000);
        create(talk, version, vec![configured]);
        create(talk, version, vec![topic(&name)]);
        let delete_version = version - 1;
        delete(talk, delete_version, vec![named(&name)], 30_000);
        delete(talk, delete_version, vec![named(&name), named("ümlaut"), named("")], 30_000);
    }
}

pub(crate) fn refusals(talk: &mut Talk) {
    create(talk, 7, vec![topic("taken"), topic("dotted.name")]);
    let long = "l".repeat(250);
    for name in ["taken", "", ".", "..", "a b", "ü", &long, "dotted_name", "__cluster_metadata"] {
        create(talk, 7, vec![topic(name)]);
    }
    create(talk, 7, vec![topic("twice"), topic("twice"), topic("once")]);
    create(talk, 7, vec![]);
    for (partitions, replication) in
        [(0, 1), (-1, -1), (-2, 1), (1, 0), (1, -2), (1, 2), (1, 32_767), (10_001, 1), (-1, 1), (1, -1)]
    {
        let name = format!("sized-{partitions}-{replication}");
        create(
            talk,
            7,
            vec![CreatableTopic {
                num_partitions: partitions,
                replication_factor: replication,
                ..topic(&name)
            }],
        );
    }
    for version in 2..=4 {
        let name = format!("defaults-{version}");
        create(
            talk,
            version,
            vec![CreatableTopic { num_partitions: -1, replication_factor: -1, ..topic(&name) }],
        );
    }
    for (name, version, timeout_ms) in [("late-0", 7, 0), ("late-1", 7, -1)] {
        create_with(talk, version, vec![topic(name)], false, timeout_ms);
    }
}

pub(crate) fn assignments(talk: &mut Talk) {
    type Assigned = &'static [(i32, &'static [i32])];
    let cases: [(&str, i32, i16, Assigned); 13] = [
        ("assigned", -1, -1, &[(0, &[1]), (1, &[1])]),
        ("backwards", -1, -1, &[(1, &[1]), (0, &[1])]),
        ("counted", 2, -1, &[(0, &[1]), (1, &[1])]),
        ("replicated", -1, 1, &[(0, &[1])]),
        ("gap", -1, -1, &[(0, &[1]), (2, &[1])]),
        ("from-one", -1, -1, &[(1, &[1])]),
        ("negative", -1, -1, &[(-1, &[1])]),
        ("repeated", -1, -1, &[(0, &[1]), (0, &[1])]),
        ("nobody", -1, -1, &[(0, &[])]),
        ("stranger", -1, -1, &[(0, &[7])]),
        ("same-broker", -1, -1, &[(0, &[1, 1])]),
        ("uneven", -1, -1, &[(0, &[1]), (1, &[1, 7])]),
        ("negative-broker", -1, -1, &[(0, &[-1])]),
    ];
    for (name, num_partitions, replication_factor, assigned) in cases {
        let assignments: Vec<_> = assigned
            .iter()
            .map(|(partition_index, brokers)| CreatableReplicaAssignment {
                partition_index: *partition_index,
                broker_ids: (*brokers).into(),
            })
            .collect();
        let topic = CreatableTopic {
            num_partitions,
            replication_factor,
            assignments: assignments.into(),
            ..topic(name)
        };
        create(talk, 7, vec![topic]);
    }
}

pub(crate) fn configs(talk: &mut Talk) {
    type Configs = &'static [(&'static str, Option<&'static str>)];
    let cases: [(&str, Configs); 10] = [
        ("plain", &[]),
        ("set", &[("cleanup.policy", Some("compact,delete")), ("segment.bytes", Some("2000000"))]),
        ("unknown", &[("foo", Some("bar"))]),
        ("null", &[("retention.ms", None), ("segment.ms", None)]),
        ("no-number", &[("retention.ms", Some("x"))]),
        ("out-of-range", &[("retention.ms", Some("-2"))]),
        ("twice", &[("retention.ms", Some("1")), ("retention.ms", Some("2"))]),
        ("tiered", &[("remote.storage.enable", Some("true"))]),
        ("hidden", &[("internal.segment.bytes", Some("1000000"))]),
        ("spaces", &[("retention.ms", Some(" 86400000 "))]),
    ];
    for (name, configs) in cases {
        let configs: Vec<_> =
            configs.iter().map(|(name, value)| CreatableTopicConfig { name, value: *value }).collect();
        create(talk, 7, vec![CreatableTopic { configs: configs.into(), ..topic(name) }]);
    }
}

/// For a broker that forbids deletions.
pub(crate) fn forbidden_deletions(talk: &mut Talk) {
    let ids = create(talk, 7, vec![topic("kept")]);
    for version in 1..=6 {
        for timeout_ms in [0, 30_000] {
            delete(talk, version, vec![named("kept"), named("none"), named("kept")], timeout_ms);
        }
    }
    delete(talk, 6, vec![with_id(ids[0]), DeleteTopicState { name: Some("kept"), topic_id: ids[0] }], 30_000);
}

pub(crate) fn deletions(talk: &mut Talk) {
    let ids = create(talk, 7, ["d0", "d1", "d2", "d3", "d4", "d5"].map(topic).to_vec());
    let stranger = TopicId(*b"0123456789abcdef");
    delete(talk, 6, vec![named("d0"), with_id(ids[1]), with_id(stranger), named("none")], 30_000);
    delete(talk, 6, vec![named("d2"), named("d2"), with_id(ids[3]), with_id(ids[3])], 30_000);
    delete(talk, 6, vec![with_id(TopicId::ZERO)], 30_000);
    delete(talk, 6, vec![DeleteTopicState { name: Some("d4"), topic_id: ids[4] }], 30_000);
    delete(talk, 6, vec![named("d4"), with_id(ids[4])], 30_000);
    delete(talk, 6, vec![with_id(ids[4]), named("d4")], 30_000);
    delete(talk, 5, vec![named("d3"), named("d3"), named("none"), named("none")], 30_000);
    delete(talk, 5, vec![], 30_000);
    delete(talk, 6, vec![], 30_000);
    delete(talk, 6, vec![named("__cluster_metadata"), named("")], 30_000);
    delete(talk, 6, vec![named("d5")], 0);
    delete(talk, 6, vec![named("d5")], 30_000);
}

//! Elections and reassignments of partitions, the metadata log's quorum.

use crate::talk::{Talk, read};
use crate::topics::create;
use loglane_model::TopicId;
use loglane_net::message::alter_partition_reassignments::{
    AlterPartitionReassignmentsRequest, AlterPartitionReassignmentsResponse, ReassignablePartition,
    ReassignableTopic,
};
use loglane_net::message::create_topics::CreatableTopic;
use loglane_net::message::describe_quorum::{
    DescribeQuorumRequest, DescribeQuorumResponse, RequestPartitionData, RequestTopicData,
};
use loglane_net::message::elect_leaders::{ElectLeadersRequest, ElectLeadersResponse, TopicPartitions};
use loglane_net::message::list_partition_reassignments::{
    ListPartitionReassignmentsRequest, ListPartitionReassignmentsResponse, ListPartitionReassignmentsTopics,
};

fn topic(name: &str, num_partitions: i32) -> CreatableTopic<'_> {
    CreatableTopic { name, num_partitions, replication_factor: 1, ..CreatableTopic::default() }
}

fn elect(
    talk: &mut Talk,
    version: i16,
    election_type: i8,
    named: Option<&[(&str, &[i32])]>,
    timeout_ms: i32,
) {
    let topic_partitions = named.map(|named| {
        named
            .iter()
            .map(|(topic, numbers)| TopicPartitions { topic, partitions: (*numbers).into() })
            .collect()
    });
    let request = ElectLeadersRequest { election_type, topic_partitions, timeout_ms };
    talk.note(&request);
    let Some(body) = talk.send(version, &request) else { return };
    let mut answer: ElectLeadersResponse<'_> = read(&body, version);
    // Kafka's order is that of a hash table.
    let mut results: Vec<_> = answer.replica_election_results.iter().collect();
    results.sort_by_key(|topic| topic.topic);
    if named.is_none() {
        // What other conversations have made is none of this one's business.
        results.retain(|topic| topic.topic.starts_with("elected") || !topic.partition_result.is_empty());
    }
    answer.replica_election_results = results.into();
    talk.note(&answer);
}

pub(crate) fn elections(talk: &mut Talk) {
    create(talk, 7, vec![topic("elected", 3)]);
    for version in 0..=2 {
        for election_type in 0..=1 {
            if version == 0 && election_type > 0 {
                continue;
            }
            elect(talk, version, election_type, Some(&[("elected", &[0, 2])]), 30_000);
            elect(talk, version, election_type, Some(&[("elected", &[1, 9, -1]), ("absent", &[0])]), 30_000);
            elect(
                talk,
                version,
                election_type,
                Some(&[("elected", &[1, 1]), ("a b", &[0]), ("", &[])]),
                30_000,
            );
            elect(talk, version, election_type, Some(&[]), 30_000);
            elect(talk, version, election_type, None, 30_000);
            elect(talk, version, election_type, Some(&[("elected", &[0])]), 0);
            elect(talk, version, election_type, None, -1);
        }
        if version >= 1 {
            elect(talk, version, 2, Some(&[("elected", &[0])]), 30_000);
            elect(talk, version, -1, None, 30_000);
        }
    }
}

type Target<'a> = (i32, Option<&'a [i32]>);

fn reassign(
    talk: &mut Talk,
    version: i16,
    named: &[(&str, &[Target<'_>])],
    other_factors: bool,
    timeout_ms: i32,
) {
    let partition = |(partition_index, replicas): &Target<'_>| ReassignablePartition {
        partition_index: *partition_index,
        replicas: replicas.map(|replicas| replicas.to_vec().into()),
    };
    let topics = named.iter().map(|(name, partitions)| ReassignableTopic {
        name,
        partitions: partitions.iter().map(partition).collect(),
    });
    let request = AlterPartitionReassignmentsRequest {
        timeout_ms,
        allow_replication_factor_change: other_factors,
        topics: topics.collect(),
    };
    talk.note(&request);
    let Some(body) = talk.send(version, &request) else { return };
    talk.note(&read::<AlterPartitionReassignmentsResponse<'_>>(&body, version));
}

fn list(talk: &mut Talk, named: Option<&[(&'static str, &[i32])]>, timeout_ms: i32) {
    let topic = |(name, numbers): &(&'static str, &[i32])| ListPartitionReassignmentsTopics {
        name,
        partition_indexes: numbers.to_vec().into(),
    };
    let topics = named.map(|named| named.iter().map(topic).collect());
    let request = ListPartitionReassignmentsRequest { timeout_ms, topics };
    talk.note(&request);
    let Some(body) = talk.send(0, &request) else { return };
    talk.note(&read::<ListPartitionReassignmentsResponse<'_>>(&body, 0));
}

pub(crate) fn reassignments(talk: &mut Talk) {
    create(talk, 7, vec![topic("moved", 3)]);
    let one: &[i32] = &[1];
    for version in 0..=1 {
        let factors: &[bool] = if version == 0 { &[true] } else { &[true, false] };
        for &other_factors in factors {
            for target in [
                Some(one),
                None,
                Some(&[]),
                Some(&[1, 1]),
                Some(&[1, 2]),
                Some(&[2]),
                Some(&[-1]),
                Some(&[2, 1, 1]),
            ] {
                reassign(talk, version, &[("moved", &[(0, target)])], other_factors, 30_000);
            }
            let several: &[(&str, &[Target<'_>])] = &[
                ("moved", &[(1, Some(one)), (2, None), (9, Some(one)), (-1, None)]),
                ("absent", &[(0, Some(one)), (1, None)]),
                ("", &[]),
                ("moved", &[(1, Some(one)), (1, Some(one))]),
            ];
            reassign(talk, version, several, other_factors, 30_000);
            reassign(talk, version, &[], other_factors, 30_000);
            reassign(talk, version, &[("moved", &[(0, Some(one))])], other_factors, 0);
        }
    }
    list(talk, None, 30_000);
    list(talk, Some(&[]), 30_000);
    list(talk, Some(&[("moved", &[0, 1, 9]), ("absent", &[0])]), 30_000);
    list(talk, Some(&[("moved", &[0])]), 0);
    list(talk, None, -1);
}

fn describe_quorum(talk: &mut Talk, version: i16, named: &[(&str, &[i32])]) {
    let number = |partition_index: &i32| RequestPartitionData { partition_index: *partition_index };
    let topics = named.iter().map(|(topic_name, numbers)| RequestTopicData {
        topic_name,
        partitions: numbers.iter().map(number).collect(),
    });
    let request = DescribeQuorumRequest { topics: topics.collect() };
    talk.note(&request);
    let Some(body) = talk.send(version, &request) else { return };
    let mut answer: DescribeQuorumResponse<'_> = read(&body, version);
    let topics = answer.topics.iter().map(|mut topic| {
        let partitions = topic.partitions.iter().map(|mut partition| {
            let voters = partition.current_voters.iter().map(|mut voter| {
                assert!(
                    voter.log_end_offset >= partition.high_watermark,
                    "nothing is committed that is not there"
                );
                // How far the log is, and when, differs.
                voter.log_end_offset = voter.log_end_offset.signum();
                voter.last_fetch_timestamp = voter.last_fetch_timestamp.signum();
                voter.last_caught_up_timestamp = voter.last_caught_up_timestamp.signum();
                assert_eq!(voter.replica_directory_id.is_zero(), version < 2);
                voter.replica_directory_id = TopicId::ZERO;
                voter
            });
            partition.current_voters = voters.collect();
            partition.leader_epoch = partition.leader_epoch.signum();
            partition.high_watermark = partition.high_watermark.signum();
            partition
        });
        topic.partitions = partitions.collect();
        topic
    });
    answer.topics = topics.collect();
    talk.note(&answer);
}

pub(crate) fn quorum(talk: &mut Talk) {
    for version in 0..=2 {
        for named in [
            &[("__cluster_metadata", &[0][..])][..],
            &[("__cluster_metadata", &[1])],
            &[("__cluster_metadata", &[0, 0])],
            &[("__cluster_metadata", &[])],
            &[("__cluster_metadata", &[0]), ("__cluster_metadata", &[0])],
            &[("elected", &[0, 1]), ("", &[])],
            &[],
        ] {
            describe_quorum(talk, version, named);
        }
    }
}

//! Requests that say little and ask for much: the same name over and over, a long name beside very many numbers. And
//! ordinary large ones beside them, which are answered in full.

use super::Setup;
use super::broker::Broker;
use super::client::{ClientId, answer_of, batch, numbered_batch};
use loglane_net::message::alter_partition_reassignments::{
    AlterPartitionReassignmentsRequest, AlterPartitionReassignmentsResponse, ReassignablePartition,
    ReassignableTopic,
};
use loglane_net::message::alter_replica_log_dirs::{
    AlterReplicaLogDir, AlterReplicaLogDirTopic, AlterReplicaLogDirsRequest, AlterReplicaLogDirsResponse,
};
use loglane_net::message::describe_groups::{DescribeGroupsRequest, DescribeGroupsResponse};
use loglane_net::message::describe_log_dirs::{DescribableLogDirTopic, DescribeLogDirsRequest};
use loglane_net::message::describe_producers::{
    DescribeProducersRequest, DescribeProducersResponse, TopicRequest,
};
use loglane_net::message::elect_leaders::{ElectLeadersRequest, ElectLeadersResponse, TopicPartitions};
use loglane_net::message::find_coordinator::{FindCoordinatorRequest, FindCoordinatorResponse};
use loglane_net::message::join_group::{JoinGroupRequest, JoinGroupRequestProtocol, JoinGroupResponse};
use loglane_net::message::offset_commit::{
    OffsetCommitRequest, OffsetCommitRequestPartition, OffsetCommitRequestTopic, OffsetCommitResponse,
};
use loglane_net::message::offset_delete::{
    OffsetDeleteRequest, OffsetDeleteRequestPartition, OffsetDeleteRequestTopic, OffsetDeleteResponse,
};
use loglane_net::message::offset_fetch::{
    OffsetFetchRequest, OffsetFetchRequestGroup, OffsetFetchRequestTopic, OffsetFetchRequestTopics,
    OffsetFetchResponse,
};
use loglane_net::message::sync_group::{SyncGroupRequest, SyncGroupRequestAssignment, SyncGroupResponse};
use loglane_net::{ErrorCode, Request};

const COMMIT_VERSION: i16 = 8;
const FETCH_VERSION: i16 = 6;
const MANY_VERSION: i16 = 8;

/// One more than a request may name.
const TOO_MANY: usize = 200_001;

fn start(partitions: i32) -> (Broker, ClientId) {
    let setup = Setup::new(1, 1)
        .set("offsets.topic.replication.factor", 1)
        .set("offsets.topic.num.partitions", 3)
        .set("group.initial.rebalance.delay.ms", 0)
        .set("num.partitions", partitions);
    let mut broker = setup.start();
    let client = broker.connect();
    broker.create_topic(client, "t");
    broker.find_coordinator(client, "any");
    (broker, client)
}

fn end(mut broker: Broker) {
    broker.disconnect_all();
    broker.assert_nothing_left();
}

/// Commits offsets; the codes of the answer.
fn commit(
    broker: &mut Broker,
    client: ClientId,
    group: &str,
    offsets: &[(i32, i64)],
    metadata: &str,
) -> Vec<ErrorCode> {
    let partition = |(partition_index, committed_offset): &(i32, i64)| OffsetCommitRequestPartition {
        partition_index: *partition_index,
        committed_offset: *committed_offset,
        committed_metadata: Some(metadata),
        ..OffsetCommitRequestPartition::default()
    };
    let partitions = offsets.iter().map(partition).collect();
    let topics = [OffsetCommitRequestTopic { name: "t", partitions, ..Default::default() }];
    let request = OffsetCommitRequest { group_id: group, topics: topics.into(), ..Default::default() };
    let body = broker.ask(client, COMMIT_VERSION, &request);
    let answer: OffsetCommitResponse<'_> = answer_of(&body, COMMIT_VERSION);
    let topic = answer.topics.iter().next().expect("the topic");
    topic.partitions.iter().map(|it| code(it.error_code)).collect()
}

/// The offsets of partitions, or why there are none.
fn fetch(broker: &mut Broker, client: ClientId, group: &str, numbers: &[i32]) -> Result<Vec<i64>, ErrorCode> {
    let topics = [OffsetFetchRequestTopic { name: "t", partition_indexes: numbers.into() }];
    let request = OffsetFetchRequest { group_id: group, topics: Some(topics.into()), ..Default::default() };
    let body = broker.ask(client, FETCH_VERSION, &request);
    let answer: OffsetFetchResponse<'_> = answer_of(&body, FETCH_VERSION);
    match code(answer.error_code) {
        ErrorCode::None => {
            let topic = answer.topics.iter().next().expect("the topic");
            Ok(topic.partitions.iter().map(|it| it.committed_offset).collect())
        }
        error => Err(error),
    }
}

/// The number of partitions, or the code, of each group.
fn fetch_groups(
    broker: &mut Broker,
    client: ClientId,
    groups: &[&str],
    numbers: &[i32],
) -> Vec<Result<usize, ErrorCode>> {
    let asked = groups.iter().map(|group_id| {
        let topics =
            [OffsetFetchRequestTopics { name: "t", partition_indexes: numbers.into(), ..Default::default() }];
        OffsetFetchRequestGroup { group_id, topics: Some(topics.into()), ..Default::default() }
    });
    let request = OffsetFetchRequest { groups: asked.collect(), ..Default::default() };
    let body = broker.ask(client, MANY_VERSION, &request);
    let answer: OffsetFetchResponse<'_> = answer_of(&body, MANY_VERSION);
    let of_group = answer.groups.iter().map(|group| match code(group.error_code) {
        ErrorCode::None => {
            let partitions = group
                .topics
                .iter()
                .map(|topic| topic.partitions.iter().filter(|it| it.committed_offset >= 0).count());
            Ok(partitions.sum())
        }
        error => Err(error),
    });
    of_group.collect()
}

fn code(code: i16) -> ErrorCode {
    ErrorCode::from_i16(code).expect("a known code")
}

#[test]
fn an_offset_that_is_asked_for_thousands_of_times_does_not_fill_the_memory() {
    let (mut broker, client) = start(1);
    assert_eq!(commit(&mut broker, client, "g", &[(0, 7)], &"m".repeat(4_096)), [ErrorCode::None]);
    assert_eq!(fetch(&mut broker, client, "g", &[0, 0, 0]), Ok(vec![7; 3]), "Kafka answers each time");
    let times = broker.shards[0].limits.answer_bytes_max / 4_096 + 1;
    let numbers = vec![0; times];
    assert_eq!(fetch(&mut broker, client, "g", &numbers), Err(ErrorCode::UnknownServerError));
    let too_much = Err(ErrorCode::UnknownServerError);
    assert_eq!(fetch_groups(&mut broker, client, &["g", "g"], &numbers), [too_much, too_much]);
    let half = &numbers[..times / 2];
    let answers = fetch_groups(&mut broker, client, &["g", "g", "g"], half);
    assert_eq!(answers, [Ok(times / 2), too_much, too_much]);
    end(broker);
}

#[test]
fn the_offsets_of_many_groups_come_in_one_answer() {
    let (mut broker, client) = start(20);
    let numbers: Vec<i32> = (0..20).collect();
    let offsets: Vec<(i32, i64)> = numbers.iter().map(|number| (*number, 1)).collect();
    let groups = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
    for group in groups {
        let codes = commit(&mut broker, client, group, &offsets, &"m".repeat(4_000));
        assert_eq!(codes, [ErrorCode::None; 20]);
    }
    assert!(broker.shards[0].limits.outgoing_bytes_max < 10 * 20 * 4_000, "more than waits for one socket");
    assert_eq!(fetch_groups(&mut broker, client, &groups, &numbers), [Ok(20); 10]);
    end(broker);
}

#[test]
fn the_members_of_many_groups_come_in_one_answer() {
    let (mut broker, client) = start(1);
    let subscription = vec![7; 100_000];
    let groups = ["a", "b", "c", "d", "e", "f", "g", "h"];
    for group_id in groups {
        let protocols = [JoinGroupRequestProtocol { name: "p", metadata: &subscription }];
        let request = JoinGroupRequest {
            group_id,
            session_timeout_ms: 30_000,
            rebalance_timeout_ms: 30_000,
            protocol_type: "test",
            protocols: protocols.into(),
            ..JoinGroupRequest::default()
        };
        let body = broker.ask(client, 3, &request);
        let joined: JoinGroupResponse<'_> = answer_of(&body, 3);
        assert_eq!(joined.error_code, 0);
        let assignments = [SyncGroupRequestAssignment { member_id: joined.member_id, assignment: b"all" }];
        let request = SyncGroupRequest {
            group_id,
            generation_id: joined.generation_id,
            member_id: joined.member_id,
            assignments: assignments.into(),
            ..SyncGroupRequest::default()
        };
        let body = broker.ask(client, 2, &request);
        assert_eq!(answer_of::<SyncGroupResponse<'_>>(&body, 2).error_code, 0);
    }
    assert!(broker.shards[0].limits.outgoing_bytes_max < 8 * 100_000, "more than waits for one socket");
    let request = DescribeGroupsRequest { groups: groups[..].into(), ..DescribeGroupsRequest::default() };
    let body = broker.ask(client, 5, &request);
    let answer: DescribeGroupsResponse<'_> = answer_of(&body, 5);
    for group in &answer.groups {
        assert_eq!(code(group.error_code), ErrorCode::None, "{}", group.group_id);
        assert_eq!(group.members.iter().next().map(|member| member.member_metadata.len()), Some(100_000));
    }
    assert_eq!(answer.groups.len(), 8);
    end(broker);
}

#[test]
fn a_partition_that_is_committed_or_deleted_many_times_is_written_once() {
    let (mut broker, client) = start(40);
    let group = "g".repeat(32_000);
    let often: Vec<(i32, i64)> = (1..=2_000).map(|offset| (0, offset)).collect();
    let codes = commit(&mut broker, client, &group, &often, "");
    assert_eq!(codes, vec![ErrorCode::None; 2_000], "one record, and an answer for each");
    assert_eq!(fetch(&mut broker, client, &group, &[0]), Ok(vec![2_000]), "the last one counts");
    // So many names of the group are more than a batch may have.
    let all: Vec<(i32, i64)> = (0..40).map(|number| (number, 1)).collect();
    let codes = commit(&mut broker, client, &group, &all, "");
    assert_eq!(codes, vec![ErrorCode::UnknownServerError; 40]);
    assert_eq!(fetch(&mut broker, client, &group, &[0, 1]), Ok(vec![2_000, -1]));
    assert_eq!(commit(&mut broker, client, &group, &all[..20], ""), vec![ErrorCode::None; 20]);
    assert_eq!(commit(&mut broker, client, &group, &all[20..], ""), vec![ErrorCode::None; 20]);

    let mut delete = |numbers: &[i32]| {
        let partitions =
            numbers.iter().map(|number| OffsetDeleteRequestPartition { partition_index: *number });
        let topics = [OffsetDeleteRequestTopic { name: "t", partitions: partitions.collect() }];
        let request = OffsetDeleteRequest { group_id: &group, topics: topics.into() };
        let body = broker.ask(client, 0, &request);
        let answer: OffsetDeleteResponse<'_> = answer_of(&body, 0);
        (code(answer.error_code), answer.topics.iter().map(|topic| topic.partitions.len()).sum::<usize>())
    };
    let numbers: Vec<i32> = (0..40).collect();
    assert_eq!(delete(&numbers), (ErrorCode::UnknownServerError, 0));
    assert_eq!(delete(&[3; 2_000]), (ErrorCode::None, 2_000));
    assert_eq!(fetch(&mut broker, client, &group, &[0, 3]), Ok(vec![1, -1]));
    end(broker);
}

#[test]
fn a_long_name_beside_many_numbers_is_not_repeated_for_each() {
    let (mut broker, client) = start(1);
    let (name, numbers) = ("x".repeat(32_000), vec![1; 2_000]);
    let answer_bytes_max = 2 * 1024 * 1024;

    let partitions = numbers[..].into();
    let topics = [TopicPartitions { topic: &name, partitions }];
    let request = ElectLeadersRequest {
        topic_partitions: Some(topics.into()),
        timeout_ms: 1_000,
        ..Default::default()
    };
    let body = broker.ask(client, 2, &request);
    assert!(body.len() < answer_bytes_max, "{}", body.len());
    let answer: ElectLeadersResponse<'_> = answer_of(&body, 2);
    let topic = answer.replica_election_results.iter().next().unwrap();
    let codes = topic.partition_result.iter().map(|it| (it.error_code, it.error_message.is_some()));
    check(codes.collect(), ErrorCode::UnknownTopicOrPartition);

    let partitions =
        numbers.iter().map(|number| ReassignablePartition { partition_index: *number, replicas: None });
    let topics = [ReassignableTopic { name: &name, partitions: partitions.collect() }];
    let request =
        AlterPartitionReassignmentsRequest { timeout_ms: 1_000, topics: topics.into(), ..Default::default() };
    let body = broker.ask(client, 0, &request);
    assert!(body.len() < answer_bytes_max, "{}", body.len());
    let answer: AlterPartitionReassignmentsResponse<'_> = answer_of(&body, 0);
    let topic = answer.responses.iter().next().unwrap();
    let codes = topic.partitions.iter().map(|it| (it.error_code, it.error_message.is_some()));
    check(codes.collect(), ErrorCode::UnknownTopicOrPartition);

    let topics = [TopicRequest { name: &name, partition_indexes: numbers[..].into() }];
    let body = broker.ask(client, 0, &DescribeProducersRequest { topics: topics.into() });
    assert!(body.len() < answer_bytes_max, "{}", body.len());
    let answer: DescribeProducersResponse<'_> = answer_of(&body, 0);
    let topic = answer.topics.iter().next().unwrap();
    let codes = topic.partitions.iter().map(|it| (it.error_code, it.error_message.is_some()));
    check(codes.collect(), ErrorCode::InvalidTopicException);

    let topics = [AlterReplicaLogDirTopic { name: &name, partitions: (0..2_000).collect() }];
    let dirs = [AlterReplicaLogDir { path: "/data", topics: topics.into() }];
    let body = broker.ask(client, 2, &AlterReplicaLogDirsRequest { dirs: dirs.into() });
    let answer: AlterReplicaLogDirsResponse<'_> = answer_of(&body, 2);
    let topic = answer.results.iter().next().unwrap();
    assert_eq!((topic.topic_name, topic.partitions.len()), (name.as_str(), 2_000));
    end(broker);
}

/// Each partition has its code; the first ones have a sentence, too.
fn check(partitions: Vec<(i16, bool)>, error: ErrorCode) {
    assert_eq!(partitions.len(), 2_000);
    assert!(partitions.iter().all(|(code, _)| *code == error.to_i16()), "{error:?}");
    let with_text = partitions.iter().take_while(|(_, has_text)| *has_text).count();
    assert_eq!(with_text, partitions.iter().filter(|(_, has_text)| *has_text).count());
    assert!((10..100).contains(&with_text), "{with_text}");
}

#[test]
fn the_producers_of_a_partition_are_told_as_often_as_it_is_named() {
    let (mut broker, client) = start(1);
    broker.produce(client, -1, "t", &[(0, &numbered_batch(7, 0, &[b"value"]))]);
    broker.produce(client, -1, "t", &[(0, &batch(&[b"nobody's"]))]);
    let topics = [TopicRequest { name: "t", partition_indexes: [0, 0, 9, 0].into() }];
    let body = broker.ask(client, 0, &DescribeProducersRequest { topics: topics.into() });
    let answer: DescribeProducersResponse<'_> = answer_of(&body, 0);
    let topic = answer.topics.iter().next().unwrap();
    let told = topic.partitions.iter().map(|it| (it.error_code, it.active_producers.len()));
    assert_eq!(
        told.collect::<Vec<_>>(),
        [(0, 1), (0, 1), (ErrorCode::UnknownTopicOrPartition.to_i16(), 0), (0, 1)]
    );
    end(broker);
}

#[test]
fn many_keys_without_the_topic_of_the_groups_ask_for_it_once() {
    let mut broker = Setup::new(1, 1).set("offsets.topic.replication.factor", 1).start();
    let client = broker.connect();
    let keys = vec!["k"; 1_000];
    let request = FindCoordinatorRequest { coordinator_keys: keys[..].into(), ..Default::default() };
    broker.client(client).send(4, &request);
    broker.until("it is asked for", |broker| broker.shards[0].controls_waiting() > 0);
    assert_eq!(broker.shards[0].controls_waiting(), 1);
    let body = broker.answer(client);
    let answer: FindCoordinatorResponse<'_> = super::client::answer_body(&body, 4);
    let codes = answer.coordinators.iter().map(|it| code(it.error_code));
    assert_eq!(codes.collect::<Vec<_>>(), vec![ErrorCode::CoordinatorNotAvailable; 1_000]);
    end(broker);
}

fn refused<'a, R: Request<'a>>(broker: &mut Broker, version: i16, request: &R) {
    let client = broker.connect();
    broker.client(client).send(version, request);
    broker.until(R::NAME, |broker| broker.client(client).has_answer());
    assert!(broker.client(client).is_closed, "{} v{version}", R::NAME);
}

#[test]
fn requests_that_name_too_many_partitions_lose_their_connection() {
    let (mut broker, _) = start(1);
    let numbers = vec![0; TOO_MANY];
    let numbers = || numbers[..].into();
    let broker = &mut broker;

    let topics = [OffsetFetchRequestTopic { name: "t", partition_indexes: numbers() }];
    refused(
        broker,
        6,
        &OffsetFetchRequest { group_id: "g", topics: Some(topics.into()), ..Default::default() },
    );
    let groups = vec![OffsetFetchRequestGroup { group_id: "g", ..Default::default() }; TOO_MANY];
    refused(broker, 8, &OffsetFetchRequest { groups: groups.into(), ..Default::default() });
    let partitions = vec![OffsetCommitRequestPartition::default(); TOO_MANY];
    let topics =
        [OffsetCommitRequestTopic { name: "t", partitions: partitions.into(), ..Default::default() }];
    refused(broker, 8, &OffsetCommitRequest { group_id: "g", topics: topics.into(), ..Default::default() });
    let partitions = vec![OffsetDeleteRequestPartition::default(); TOO_MANY];
    let topics = [OffsetDeleteRequestTopic { name: "t", partitions: partitions.into() }];
    refused(broker, 0, &OffsetDeleteRequest { group_id: "g", topics: topics.into() });
    let topics = [AlterReplicaLogDirTopic { name: "t", partitions: numbers() }];
    let dirs = [AlterReplicaLogDir { path: "/data", topics: topics.into() }];
    refused(broker, 2, &AlterReplicaLogDirsRequest { dirs: dirs.into() });
    let topics = [DescribableLogDirTopic { topic: "t", partitions: numbers() }];
    refused(broker, 4, &DescribeLogDirsRequest { topics: Some(topics.into()) });
    let topics = [TopicRequest { name: "t", partition_indexes: numbers() }];
    refused(broker, 0, &DescribeProducersRequest { topics: topics.into() });
    let topics = [TopicPartitions { topic: "t", partitions: numbers() }];
    refused(broker, 2, &ElectLeadersRequest { topic_partitions: Some(topics.into()), ..Default::default() });
    let partitions = vec![ReassignablePartition { partition_index: 0, replicas: None }; TOO_MANY];
    let topics = [ReassignableTopic { name: "t", partitions: partitions.into() }];
    refused(broker, 0, &AlterPartitionReassignmentsRequest { topics: topics.into(), ..Default::default() });
    let keys = vec!["k"; TOO_MANY];
    refused(broker, 4, &FindCoordinatorRequest { coordinator_keys: keys[..].into(), ..Default::default() });
}

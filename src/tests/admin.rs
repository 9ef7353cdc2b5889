//! Topics, producer ids and descriptions, asked for over several shards.

use super::broker::Broker;
use super::client::{ClientId, Fetch, answer_of, batch};
use super::{Setup, with_seeds};
use loglane_model::TopicId;
use loglane_net::message::api_versions::{ApiVersionsRequest, ApiVersionsResponse};
use loglane_net::message::create_topics::{CreatableTopic, CreateTopicsRequest, CreateTopicsResponse};
use loglane_net::message::delete_topics::{DeleteTopicState, DeleteTopicsRequest, DeleteTopicsResponse};
use loglane_net::message::describe_cluster::{DescribeClusterRequest, DescribeClusterResponse};
use loglane_net::message::describe_configs::{
    DescribeConfigsRequest, DescribeConfigsResource, DescribeConfigsResponse,
};
use loglane_net::message::describe_topic_partitions::{
    DescribeTopicPartitionsRequest, DescribeTopicPartitionsResponse, RequestCursor,
};
use loglane_net::message::init_producer_id::{InitProducerIdRequest, InitProducerIdResponse};
use loglane_net::message::metadata::{MetadataRequest, MetadataRequestTopic, MetadataResponse};
use loglane_net::{ApiKey, ErrorCode};
use loglane_ring::sim::SimOptions;
use std::collections::BTreeSet;
use std::time::Duration;

const CREATE: i16 = 7;
const DELETE: i16 = 6;

fn topic(name: &str, num_partitions: i32) -> CreatableTopic<'_> {
    CreatableTopic { name, num_partitions, replication_factor: 1, ..CreatableTopic::default() }
}

/// Creates a topic; its error and its id.
fn create(broker: &mut Broker, client: ClientId, name: &str, timeout_ms: i32) -> (i16, TopicId) {
    let request = CreateTopicsRequest { topics: [topic(name, 6)].into(), timeout_ms, validate_only: false };
    let body = broker.ask(client, CREATE, &request);
    let answer: CreateTopicsResponse<'_> = answer_of(&body, CREATE);
    let created = answer.topics.iter().next().expect("the topic that was named");
    assert_eq!(created.name, name);
    (created.error_code, created.topic_id)
}

fn delete(broker: &mut Broker, client: ClientId, id: TopicId) -> i16 {
    let request = DeleteTopicsRequest {
        topics: [DeleteTopicState { name: None, topic_id: id }].into(),
        timeout_ms: 30_000,
        ..DeleteTopicsRequest::default()
    };
    let body = broker.ask(client, DELETE, &request);
    let answer: DeleteTopicsResponse<'_> = answer_of(&body, DELETE);
    answer.responses.iter().next().expect("the topic that was named").error_code
}

#[test]
fn a_created_topic_is_served_at_once_and_a_deleted_one_no_more() {
    with_seeds(4, |seed| {
        let mut broker = Setup::new(seed, 3).start();
        // One connection for each shard at least.
        let clients: Vec<ClientId> = (0..6).map(|_| broker.connect()).collect();
        let records = batch(&[b"value"]);
        for round in 0..3 {
            let (code, id) = create(&mut broker, clients[round], "t", 30_000);
            assert_eq!(code, 0);
            for client in &clients {
                for partition in 0..6 {
                    let produced = broker.produce(*client, -1, "t", &[(partition, &records)]);
                    assert_eq!(produced[0].error, ErrorCode::None, "SEED={seed}");
                }
            }
            assert_eq!(create(&mut broker, clients[0], "t", 30_000).0, ErrorCode::TopicAlreadyExists as i16);
            assert_eq!(delete(&mut broker, clients[5 - round], id), 0);
            for client in &clients {
                let answer = broker.fetch(*client, &Fetch::of("t", &[(0, 0)]));
                assert_eq!(answer.partition(0).error, ErrorCode::UnknownTopicOrPartition, "SEED={seed}");
            }
            assert_eq!(delete(&mut broker, clients[0], id), ErrorCode::UnknownTopicId as i16);
        }
        broker.close();
    });
}

#[test]
fn a_timeout_ends_the_wait_and_not_the_change() {
    let mut setup = Setup::new(1, 2);
    setup.options = SimOptions { disk_us: 20_000..30_000, ..SimOptions::default() };
    let mut broker = setup.start();
    let client = broker.connect();
    assert_eq!(create(&mut broker, client, "late", 1), (ErrorCode::RequestTimedOut as i16, TopicId::ZERO));
    let id = broker.until_topic(client, "late", false);
    assert_eq!(delete(&mut broker, client, id), 0);
    // No time at all: nothing is done.
    assert_eq!(create(&mut broker, client, "never", 0).0, ErrorCode::RequestTimedOut as i16);
    assert_eq!(create(&mut broker, client, "never", 30_000).0, 0);
    broker.disconnect_all();
    broker.assert_nothing_left();
    broker.close();
}

#[test]
fn a_client_that_leaves_while_the_controller_decides_is_forgotten() {
    with_seeds(4, |seed| {
        let mut broker = Setup::new(seed, 3).start();
        for round in 0..6 {
            let client = broker.connect();
            let name = format!("t-{round}");
            let topics = [topic(&name, 3)].into();
            let request = CreateTopicsRequest { topics, timeout_ms: 30_000, validate_only: false };
            broker.client(client).send(CREATE, &request);
            let asking = broker.connect();
            broker
                .client(asking)
                .send(5, &InitProducerIdRequest { transactional_id: None, ..Default::default() });
            (0..round * 3).for_each(|_| broker.step());
            broker.reset(client);
            broker.disconnect(asking);
        }
        broker.disconnect_all();
        broker.assert_nothing_left();
        broker.close();
    });
}

fn producer_id(body: &[u8]) -> i64 {
    let answer: InitProducerIdResponse = answer_of(body, 5);
    assert_eq!((answer.error_code, answer.producer_epoch), (0, 0));
    answer.producer_id
}

#[test]
fn no_producer_id_is_given_out_twice() {
    with_seeds(2, |seed| {
        let mut broker = Setup::new(seed, 3).start();
        let request = InitProducerIdRequest { transactional_id: None, ..InitProducerIdRequest::default() };
        let mut seen = BTreeSet::new();
        for _life in 0..2 {
            let clients: Vec<ClientId> = (0..12).map(|_| broker.connect()).collect();
            // More than a block for each shard, and many that wait for the same one.
            for _ in 0..300 {
                for client in &clients {
                    broker.client(*client).send(5, &request);
                }
                for client in &clients {
                    let answer = broker.answer(*client);
                    // The header is a correlation id and no tagged fields.
                    assert!(seen.insert(producer_id(&answer[5..])), "SEED={seed}: an id came twice");
                }
            }
            broker.kill();
            broker.boot();
        }
        assert_eq!(seen.len(), 7200);
        broker.close();
    });
}

#[test]
fn topics_are_asked_for_by_id_from_version_12_on_and_told_once() {
    let mut broker = Setup::new(1, 2).start();
    let client = broker.connect();
    let (_, id) = create(&mut broker, client, "t", 30_000);
    let stranger = TopicId(*b"0123456789abcdef");
    let mut told = |version, asked: &[(Option<&str>, TopicId)]| {
        let topics =
            asked.iter().map(|(name, topic_id)| MetadataRequestTopic { name: *name, topic_id: *topic_id });
        let request = MetadataRequest {
            topics: Some(topics.collect()),
            allow_auto_topic_creation: true,
            ..MetadataRequest::default()
        };
        let body = broker.ask(client, version, &request);
        let answer: MetadataResponse<'_> = answer_of(&body, version);
        let told = answer
            .topics
            .iter()
            .map(|topic| (topic.error_code, topic.name.map(str::to_owned), topic.topic_id));
        told.collect::<Vec<_>>()
    };
    let (unknown, invalid) = (ErrorCode::UnknownTopicId as i16, ErrorCode::InvalidRequest as i16);
    let known = || (0, Some("t".to_owned()), id);
    // Names do not count where there are ids, so `absent` is not made either.
    let asked = [(None, id), (None, stranger), (None, id), (Some("absent"), TopicId::ZERO)];
    assert_eq!(told(12, &asked), [known(), (unknown, None, stranger)]);
    assert_eq!(told(12, &[(Some("t"), TopicId::ZERO), (Some("t"), TopicId::ZERO)]), [known()]);
    assert_eq!(told(11, &[(None, id)]), [(invalid, Some(String::new()), id)]);
    assert_eq!(told(12, &[(None, TopicId::ZERO)]), [(invalid, Some(String::new()), TopicId::ZERO)]);
    broker.run_for(Duration::from_secs(1));
    assert_eq!(create(&mut broker, client, "absent", 30_000).0, 0);
    broker.close();
}

#[test]
fn pages_of_partitions_make_up_the_whole() {
    let mut broker = Setup::new(1, 2).set("max.request.partition.size.limit", 5).start();
    let client = broker.connect();
    for name in ["a", "b", "c"] {
        assert_eq!(create(&mut broker, client, name, 30_000).0, 0);
    }
    let mut seen = Vec::new();
    let mut cursor: Option<(String, i32)> = None;
    loop {
        let request = DescribeTopicPartitionsRequest {
            // The broker's limit is the lower one.
            response_partition_limit: 7,
            cursor: cursor.as_ref().map(|(topic_name, partition_index)| RequestCursor {
                topic_name,
                partition_index: *partition_index,
            }),
            ..DescribeTopicPartitionsRequest::default()
        };
        let body = broker.ask(client, 0, &request);
        let answer: DescribeTopicPartitionsResponse<'_> = answer_of(&body, 0);
        let before = seen.len();
        for topic in answer.topics.iter() {
            let name = topic.name.expect("a topic has a name").to_owned();
            seen.extend(topic.partitions.iter().map(|partition| (name.clone(), partition.partition_index)));
        }
        assert!(seen.len() - before <= 5);
        match answer.next_cursor {
            Some(next) => cursor = Some((next.topic_name.to_owned(), next.partition_index)),
            None => break,
        }
    }
    let whole = ["a", "b", "c"].iter().flat_map(|name| (0..6).map(|number| ((*name).to_owned(), number)));
    assert_eq!(seen, whole.collect::<Vec<_>>());
    broker.close();
}

#[test]
fn a_description_ends_before_it_takes_all_memory() {
    let mut broker = Setup::new(1, 2).start();
    let client = broker.connect();
    assert_eq!(create(&mut broker, client, "t", 30_000).0, 0);
    let resource = DescribeConfigsResource { resource_type: 2, resource_name: "t", configuration_keys: None };
    let request = DescribeConfigsRequest {
        resources: vec![resource; 10_000].into(),
        include_synonyms: true,
        include_documentation: true,
    };
    let body = broker.ask(client, 4, &request);
    assert!(body.len() < 16 << 20, "{} bytes", body.len());
    let answer: DescribeConfigsResponse<'_> = answer_of(&body, 4);
    let codes: Vec<i16> = answer.results.iter().map(|result| result.error_code).collect();
    let described = codes.iter().take_while(|code| **code == 0).count();
    assert!((100..10_000).contains(&described), "{described} were described");
    assert!(codes[described..].iter().all(|code| *code == ErrorCode::PolicyViolation as i16));
    broker.close();
}

#[test]
fn the_controllers_listener_tells_who_it_is_and_nothing_else() {
    let mut broker = Setup::new(1, 2)
        .set("process.roles", "broker,controller")
        .set("listeners", "PLAINTEXT://localhost:9092,CONTROLLER://localhost:9093")
        .set("controller.listener.names", "CONTROLLER")
        .set("controller.quorum.bootstrap.servers", "localhost:9093")
        .start();
    let client = broker.connect_to(9093);
    let request = ApiVersionsRequest { client_software_name: "test", client_software_version: "1" };
    let body = broker.ask(client, 4, &request);
    let answer: ApiVersionsResponse<'_> = answer_of(&body, 4);
    let apis: Vec<i16> = answer.api_keys.iter().map(|api| api.api_key).collect();
    let of_security = [ApiKey::DescribeAcls, ApiKey::CreateAcls, ApiKey::DeleteAcls];
    let of_cluster = [ApiKey::DescribeQuorum, ApiKey::UpdateFeatures, ApiKey::DescribeCluster];
    let expected = [ApiKey::ApiVersions].into_iter().chain(of_security).chain(of_cluster);
    assert_eq!(apis, expected.map(ApiKey::to_i16).collect::<Vec<_>>());

    let request = DescribeClusterRequest { endpoint_type: 2, ..DescribeClusterRequest::default() };
    let body = broker.ask(client, 2, &request);
    let answer: DescribeClusterResponse<'_> = answer_of(&body, 2);
    let controllers: Vec<_> = answer.brokers.iter().map(|node| (node.broker_id, node.port)).collect();
    assert_eq!((answer.error_code, answer.controller_id), (0, 1));
    assert_eq!(controllers, [(1, 9093)]);

    broker.client(client).ask_for_topic("t", false);
    broker.until("the connection is closed", |broker| broker.client(client).has_answer());
    assert!(broker.client(client).is_closed);
    broker.close();
}

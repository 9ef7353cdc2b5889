//! Every API that is advertised is asked in every version, with what exists and with what does not: no version of an
//! answer may fail to be written.

mod groups;
mod partitions;
mod security;

use super::Setup;
use super::broker::Broker;
use super::client::{ClientId, answer_of, batch};
use crate::api::versions::SERVED;
use loglane_model::TopicId;
use loglane_net::ApiKey;
use loglane_net::message::alter_configs::{self as whole, AlterConfigsRequest, AlterConfigsResponse};
use loglane_net::message::api_versions::{ApiVersionsRequest, ApiVersionsResponse};
use loglane_net::message::create_partitions::{
    CreatePartitionsRequest, CreatePartitionsResponse, CreatePartitionsTopic,
};
use loglane_net::message::create_topics::{
    CreatableTopic, CreatableTopicConfig, CreateTopicsRequest, CreateTopicsResponse,
};
use loglane_net::message::delete_records::{
    DeleteRecordsPartition, DeleteRecordsRequest, DeleteRecordsResponse, DeleteRecordsTopic,
};
use loglane_net::message::delete_topics::{DeleteTopicState, DeleteTopicsRequest, DeleteTopicsResponse};
use loglane_net::message::describe_cluster::{DescribeClusterRequest, DescribeClusterResponse};
use loglane_net::message::describe_configs::{
    DescribeConfigsRequest, DescribeConfigsResource, DescribeConfigsResponse,
};
use loglane_net::message::describe_topic_partitions::{
    DescribeTopicPartitionsRequest, DescribeTopicPartitionsResponse, RequestCursor, TopicRequest,
};
use loglane_net::message::fetch::{FetchPartition, FetchRequest, FetchResponse, FetchTopic};
use loglane_net::message::find_coordinator::{FindCoordinatorRequest, FindCoordinatorResponse};
use loglane_net::message::incremental_alter_configs::{
    self as single, IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse,
};
use loglane_net::message::init_producer_id::{InitProducerIdRequest, InitProducerIdResponse};
use loglane_net::message::list_config_resources::{ListConfigResourcesRequest, ListConfigResourcesResponse};
use loglane_net::message::list_offsets::{
    ListOffsetsPartition, ListOffsetsRequest, ListOffsetsResponse, ListOffsetsTopic,
};
use loglane_net::message::metadata::{MetadataRequest, MetadataRequestTopic, MetadataResponse};
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
use loglane_net::message::offset_for_leader_epoch::{
    OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse, OffsetForLeaderPartition, OffsetForLeaderTopic,
};
use loglane_net::message::produce::{
    PartitionProduceData, ProduceRequest, ProduceResponse, TopicProduceData,
};

/// A topic that is there, and one that is not.
const TOPICS: [&str; 2] = ["there", "absent"];

const ABSENT: TopicId = TopicId(*b"no topic has it.");

#[test]
fn every_advertised_version_is_answered() {
    let mut broker = Setup::new(1, 2).start();
    let client = broker.connect();
    let topic = broker.create_topic(client, TOPICS[0]);
    let records = batch(&[b"one", b"two"]);
    broker.produce(client, -1, TOPICS[0], &[(0, &records), (1, &records)]);
    let mut asking = Asking { broker, client, topic, records };
    for api in SERVED {
        let versions = api.versions();
        for version in versions.min..=versions.max {
            asking.ask(*api, version);
        }
    }
    asking.broker.close();
}

struct Asking {
    broker: Broker,
    client: ClientId,
    /// The id of the topic that is there.
    topic: TopicId,
    records: Vec<u8>,
}

impl Asking {
    fn ask(&mut self, api: ApiKey, version: i16) {
        match api {
            ApiKey::Produce => self.produce(version),
            ApiKey::Fetch => self.fetch(version),
            ApiKey::ListOffsets => self.list_offsets(version),
            ApiKey::Metadata => self.metadata(version),
            ApiKey::ApiVersions => self.api_versions(version),
            ApiKey::CreateTopics => self.create_topics(version),
            ApiKey::DeleteTopics => self.delete_topics(version),
            ApiKey::InitProducerId => self.init_producer_id(version),
            ApiKey::OffsetForLeaderEpoch => self.offset_for_leader_epoch(version),
            ApiKey::DescribeConfigs => self.describe_configs(version),
            ApiKey::AlterConfigs => self.alter_configs(version),
            ApiKey::IncrementalAlterConfigs => self.incremental_alter_configs(version),
            ApiKey::ListConfigResources => self.list_config_resources(version),
            ApiKey::DeleteRecords => self.delete_records(version),
            ApiKey::CreatePartitions => self.create_partitions(version),
            ApiKey::DescribeCluster => self.describe_cluster(version),
            ApiKey::DescribeTopicPartitions => self.describe_topic_partitions(version),
            ApiKey::FindCoordinator => self.find_coordinator(version),
            ApiKey::JoinGroup => self.join_group(version),
            ApiKey::SyncGroup => self.sync_group(version),
            ApiKey::Heartbeat => self.heartbeat(version),
            ApiKey::LeaveGroup => self.leave_group(version),
            ApiKey::ListGroups => self.list_groups(version),
            ApiKey::DescribeGroups => self.describe_groups(version),
            ApiKey::DeleteGroups => self.delete_groups(version),
            ApiKey::OffsetCommit => self.offset_commit(version),
            ApiKey::OffsetFetch => self.offset_fetch(version),
            ApiKey::OffsetDelete => self.offset_delete(version),
            ApiKey::AlterReplicaLogDirs
            | ApiKey::DescribeLogDirs
            | ApiKey::DescribeProducers
            | ApiKey::ElectLeaders
            | ApiKey::AlterPartitionReassignments
            | ApiKey::ListPartitionReassignments
            | ApiKey::UpdateFeatures
            | ApiKey::UnregisterBroker
            | ApiKey::DescribeQuorum => self.ask_about_partitions(api, version),
            ApiKey::DescribeAcls
            | ApiKey::CreateAcls
            | ApiKey::DeleteAcls
            | ApiKey::DescribeClientQuotas
            | ApiKey::DescribeUserScramCredentials => self.ask_about_security(api, version),
            other => panic!("{} is advertised: what is to be asked of it belongs here", other.name()),
        }
    }

    fn produce(&mut self, version: i16) {
        let by_id = version >= 13;
        let topics = [self.topic, ABSENT].into_iter().zip(TOPICS).map(|(id, name)| TopicProduceData {
            name: if by_id { "" } else { name },
            topic_id: if by_id { id } else { TopicId::ZERO },
            partition_data: [0, 1, 99]
                .map(|index| PartitionProduceData { index, records: Some(&self.records) })
                .into(),
        });
        let request = ProduceRequest {
            transactional_id: None,
            acks: -1,
            timeout_ms: 1000,
            topic_data: topics.collect(),
        };
        let body = self.broker.ask(self.client, version, &request);
        let answer: ProduceResponse<'_> = answer_of(&body, version);
        assert_eq!(answer.responses.len(), 2);
    }

    fn fetch(&mut self, version: i16) {
        let by_id = version >= 13;
        let topics = [self.topic, ABSENT].into_iter().zip(TOPICS).map(|(id, topic)| FetchTopic {
            topic: if by_id { "" } else { topic },
            topic_id: if by_id { id } else { TopicId::ZERO },
            partitions: [(0, 0), (0, 1 << 40), (99, 0)]
                .map(|(partition, fetch_offset)| FetchPartition {
                    partition,
                    fetch_offset,
                    current_leader_epoch: if version >= 9 { 0 } else { -1 },
                    partition_max_bytes: 1 << 20,
                    ..FetchPartition::default()
                })
                .into(),
        });
        let request =
            FetchRequest { max_bytes: 1 << 20, topics: topics.collect(), ..FetchRequest::default() };
        let body = self.broker.ask(self.client, version, &request);
        let answer: FetchResponse<'_> = answer_of(&body, version);
        assert_eq!(answer.responses.len(), 2);
    }

    fn list_offsets(&mut self, version: i16) {
        let partition = |(partition_index, timestamp)| ListOffsetsPartition {
            partition_index,
            timestamp,
            current_leader_epoch: if version >= 4 { 0 } else { -1 },
        };
        let mut asked: Vec<_> = (-7..=1).map(|timestamp| (0, timestamp)).collect();
        asked.extend([(1, -1), (1, i64::MAX), (99, -1)]);
        // One partition may be named once.
        for question in asked {
            let topics =
                TOPICS.map(|name| ListOffsetsTopic { name, partitions: [partition(question)].into() });
            let request = ListOffsetsRequest { replica_id: -1, topics: topics.into(), ..Default::default() };
            let body = self.broker.ask(self.client, version, &request);
            let answer: ListOffsetsResponse<'_> = answer_of(&body, version);
            assert_eq!(answer.topics.len(), 2);
        }
    }

    fn metadata(&mut self, version: i16) {
        let named = |name| MetadataRequestTopic { name: Some(name), topic_id: TopicId::ZERO };
        let with_id = |topic_id| MetadataRequestTopic { name: None, topic_id };
        // Before version 4 nobody can help making the topic that is asked for.
        let absent = if version < 4 { "made" } else { TOPICS[1] };
        let mut asked = vec![Some(vec![]), Some(vec![named(TOPICS[0]), named(absent), named("a b")])];
        if version >= 1 {
            asked.push(None);
        }
        if version >= 10 {
            asked.push(Some(vec![with_id(self.topic), with_id(ABSENT)]));
            asked.push(Some(vec![with_id(TopicId::ZERO)]));
        }
        for topics in asked {
            let request = MetadataRequest {
                topics: topics.map(Into::into),
                allow_auto_topic_creation: version < 4,
                include_cluster_authorized_operations: (8..=10).contains(&version),
                include_topic_authorized_operations: version >= 8,
            };
            let body = self.broker.ask(self.client, version, &request);
            let answer: MetadataResponse<'_> = answer_of(&body, version);
            let codes: Vec<_> = answer.topics.iter().map(|topic| topic.error_code).collect();
            assert!(request.topics.is_none_or(|topics| topics.len() <= codes.len()), "v{version}: {codes:?}");
        }
    }

    fn api_versions(&mut self, version: i16) {
        for name in ["test", "no name"] {
            let request = ApiVersionsRequest { client_software_name: name, client_software_version: "1" };
            let body = self.broker.ask(self.client, version, &request);
            let answer: ApiVersionsResponse<'_> = answer_of(&body, version);
            assert_eq!(answer.error_code == 0, version < 3 || name == "test");
        }
    }

    fn create_topics(&mut self, version: i16) {
        let name = format!("created-{version}");
        let config = CreatableTopicConfig { name: "retention.ms", value: Some("1000") };
        let topic = |name| CreatableTopic {
            name,
            num_partitions: 1,
            replication_factor: 1,
            configs: [config.clone()].into(),
            ..CreatableTopic::default()
        };
        for (timeout_ms, codes) in [(1000, [0, 17]), (1000, [36, 17]), (0, [7, 7])] {
            let topics = [topic(&name), topic("a b")];
            let request = CreateTopicsRequest { topics: topics.into(), timeout_ms, validate_only: false };
            let body = self.broker.ask(self.client, version, &request);
            let answer: CreateTopicsResponse<'_> = answer_of(&body, version);
            let mut answered: Vec<_> =
                answer.topics.iter().map(|topic| (topic.name, topic.error_code)).collect();
            answered.sort_by_key(|(topic, _)| *topic != name);
            assert_eq!(answered, [(&*name, codes[0]), ("a b", codes[1])]);
        }
    }

    fn delete_topics(&mut self, version: i16) {
        // Created above, in a version that is one higher.
        let name = format!("created-{}", version + 1);
        for (timeout_ms, code) in [(0, 7), (1000, 0), (1000, 3)] {
            let state = |name| DeleteTopicState { name: Some(name), topic_id: TopicId::ZERO };
            let mut request = DeleteTopicsRequest { timeout_ms, ..DeleteTopicsRequest::default() };
            if version >= 6 {
                request.topics = [state(&name)].into();
            } else {
                request.topic_names = [&*name].into();
            }
            let body = self.broker.ask(self.client, version, &request);
            let answer: DeleteTopicsResponse<'_> = answer_of(&body, version);
            let answered: Vec<_> =
                answer.responses.iter().map(|topic| (topic.name, topic.error_code)).collect();
            assert_eq!(answered, [(Some(&*name), code)]);
        }
    }

    fn init_producer_id(&mut self, version: i16) {
        for (transactional_id, code) in [(None, 0), (Some(""), 42), (Some("id"), 53)] {
            let request = InitProducerIdRequest { transactional_id, ..InitProducerIdRequest::default() };
            let body = self.broker.ask(self.client, version, &request);
            let answer: InitProducerIdResponse = answer_of(&body, version);
            assert_eq!((answer.error_code, answer.producer_id >= 0), (code, code == 0));
        }
    }

    fn offset_for_leader_epoch(&mut self, version: i16) {
        let partition = |(partition, leader_epoch)| OffsetForLeaderPartition {
            partition,
            leader_epoch,
            current_leader_epoch: 0,
        };
        let topics = TOPICS.map(|topic| OffsetForLeaderTopic {
            topic,
            partitions: [(0, 0), (1, 7), (99, 0)].map(partition).into(),
        });
        let replica_id = if version >= 3 { -1 } else { -2 };
        let request = OffsetForLeaderEpochRequest { replica_id, topics: topics.into() };
        let body = self.broker.ask(self.client, version, &request);
        let answer: OffsetForLeaderEpochResponse<'_> = answer_of(&body, version);
        assert_eq!(answer.topics.len(), 2);
    }

    fn describe_configs(&mut self, version: i16) {
        let named =
            [(2, TOPICS[0]), (2, TOPICS[1]), (4, "1"), (4, ""), (4, "2"), (8, "1"), (16, "m"), (32, "g")];
        let resources = named.map(|(resource_type, resource_name)| DescribeConfigsResource {
            resource_type,
            resource_name,
            configuration_keys: None,
        });
        let request = DescribeConfigsRequest {
            resources: resources.into(),
            include_synonyms: true,
            include_documentation: version >= 3,
        };
        let body = self.broker.ask(self.client, version, &request);
        let answer: DescribeConfigsResponse<'_> = answer_of(&body, version);
        let codes: Vec<_> = answer.results.iter().map(|result| result.error_code).collect();
        assert_eq!(codes, [0, 3, 0, 0, 42, 0, 0, 0]);
    }

    fn alter_configs(&mut self, version: i16) {
        let named =
            [(2, TOPICS[0]), (2, TOPICS[1]), (4, "1"), (4, ""), (4, "2"), (8, "1"), (16, "m"), (32, "g")];
        let resources = named.map(|(resource_type, resource_name)| whole::AlterConfigsResource {
            resource_type,
            resource_name,
            configs: [].into(),
        });
        let request = AlterConfigsRequest { resources: resources.into(), validate_only: version == 0 };
        let body = self.broker.ask(self.client, version, &request);
        let answer: AlterConfigsResponse<'_> = answer_of(&body, version);
        let codes: Vec<_> = answer.responses.iter().map(|response| response.error_code).collect();
        assert_eq!(codes, [0, 3, 0, 0, 42, 42, 0, 0]);
    }

    fn incremental_alter_configs(&mut self, version: i16) {
        let named =
            [(2, TOPICS[0], 0), (2, TOPICS[1], 3), (4, "1", 40), (4, "2", 42), (8, "1", 40), (3, "x", 42)];
        let resources = named.map(|(resource_type, resource_name, _)| single::AlterConfigsResource {
            resource_type,
            resource_name,
            configs: [single::AlterableConfig {
                name: if resource_type == 2 { "cleanup.policy" } else { "log.retention.ms" },
                config_operation: if resource_type == 8 { 0 } else { 2 },
                value: Some("compact"),
            }]
            .into(),
        });
        let request =
            IncrementalAlterConfigsRequest { resources: resources.into(), validate_only: version == 0 };
        let body = self.broker.ask(self.client, version, &request);
        let answer: IncrementalAlterConfigsResponse<'_> = answer_of(&body, version);
        let codes: Vec<_> = answer.responses.iter().map(|response| response.error_code).collect();
        assert_eq!(codes, named.map(|(_, _, code)| code));
        self.alter_configs(1);
    }

    fn list_config_resources(&mut self, version: i16) {
        let asked: &[&[i8]] = if version == 0 { &[&[]] } else { &[&[], &[2], &[4, 8], &[3]] };
        for kinds in asked {
            let request = ListConfigResourcesRequest { resource_types: (*kinds).into() };
            let body = self.broker.ask(self.client, version, &request);
            let answer: ListConfigResourcesResponse<'_> = answer_of(&body, version);
            assert_eq!(answer.error_code, if *kinds == [3] { 35 } else { 0 });
            assert_eq!(answer.config_resources.is_empty(), version == 0 || *kinds == [3]);
        }
    }

    fn delete_records(&mut self, version: i16) {
        let partition = |(partition_index, offset)| DeleteRecordsPartition { partition_index, offset };
        let topics = TOPICS.map(|name| DeleteRecordsTopic {
            name,
            partitions: [(0, 0), (1, 1 << 40), (99, 0)].map(partition).into(),
        });
        let request = DeleteRecordsRequest { topics: topics.into(), timeout_ms: 1000 };
        let body = self.broker.ask(self.client, version, &request);
        let answer: DeleteRecordsResponse<'_> = answer_of(&body, version);
        for topic in answer.topics.iter() {
            let codes: Vec<_> = topic.partitions.iter().map(|result| result.error_code).collect();
            assert_eq!(codes, if topic.name == TOPICS[0] { [0, 1, 3] } else { [3, 3, 3] });
        }
        assert_eq!(answer.topics.len(), 2);
    }

    fn create_partitions(&mut self, version: i16) {
        let more = |name, count| CreatePartitionsTopic { name, count, assignments: None };
        let count = 7 + i32::from(version);
        for (timeout_ms, validate_only, codes) in
            [(0, false, [7, 7]), (1000, true, [0, 3]), (1000, false, [0, 3]), (1000, false, [37, 3])]
        {
            let topics = TOPICS.map(|name| more(name, count)).into();
            let request = CreatePartitionsRequest { topics, timeout_ms, validate_only };
            let body = self.broker.ask(self.client, version, &request);
            let answer: CreatePartitionsResponse<'_> = answer_of(&body, version);
            let mut answered: Vec<_> =
                answer.results.iter().map(|result| (result.name, result.error_code)).collect();
            answered.sort_by_key(|(name, _)| *name != TOPICS[0]);
            assert_eq!(answered, [(TOPICS[0], codes[0]), (TOPICS[1], codes[1])]);
        }
    }

    fn describe_cluster(&mut self, version: i16) {
        for (endpoint_type, code) in [(1, 0), (2, 114), (3, 115)] {
            let request = DescribeClusterRequest {
                include_cluster_authorized_operations: true,
                endpoint_type: if version >= 1 { endpoint_type } else { 1 },
                include_fenced_brokers: version >= 2,
            };
            let body = self.broker.ask(self.client, version, &request);
            let answer: DescribeClusterResponse<'_> = answer_of(&body, version);
            assert_eq!(answer.error_code, if version >= 1 { code } else { 0 });
        }
    }

    fn describe_topic_partitions(&mut self, version: i16) {
        for cursor in [None, Some((TOPICS[0], 3)), Some(("stranger", 0))] {
            let request = DescribeTopicPartitionsRequest {
                topics: TOPICS.iter().map(|name| TopicRequest { name }).collect(),
                response_partition_limit: 2,
                cursor: cursor
                    .map(|(topic_name, partition_index)| RequestCursor { topic_name, partition_index }),
            };
            let body = self.broker.ask(self.client, version, &request);
            let answer: DescribeTopicPartitionsResponse<'_> = answer_of(&body, version);
            assert!(!answer.topics.is_empty());
        }
    }

    fn find_coordinator(&mut self, version: i16) {
        self.broker.find_coordinator(self.client, "group");
        for (key_type, code) in [(0, 0), (1, 53), (2, 42)] {
            let mut request = FindCoordinatorRequest { key: "group", key_type, ..Default::default() };
            if version >= 4 {
                request =
                    FindCoordinatorRequest { key: "", key_type, coordinator_keys: ["group", ""].into() };
            }
            if version == 0 {
                request.key_type = 0;
            }
            let body = self.broker.ask(self.client, version, &request);
            let answer: FindCoordinatorResponse<'_> = answer_of(&body, version);
            let codes: Vec<i16> = if version >= 4 {
                answer.coordinators.iter().map(|coordinator| coordinator.error_code).collect()
            } else {
                vec![answer.error_code]
            };
            let code = if version == 0 { 0 } else { code };
            assert!(codes.iter().all(|answered| *answered == code), "v{version}: {codes:?}");
        }
    }

    fn offset_commit(&mut self, version: i16) {
        self.broker.find_coordinator(self.client, "group");
        let by_id = version >= 10;
        let topics =
            [self.topic, ABSENT].into_iter().zip(TOPICS).map(|(id, name)| OffsetCommitRequestTopic {
                name: if by_id { "" } else { name },
                topic_id: if by_id { id } else { TopicId::ZERO },
                partitions: [0, 99]
                    .map(|partition_index| OffsetCommitRequestPartition {
                        partition_index,
                        committed_offset: i64::from(version),
                        committed_metadata: Some("here"),
                        ..OffsetCommitRequestPartition::default()
                    })
                    .into(),
            });
        let topics: Vec<_> = topics.collect();
        let no_group = if version >= 9 { 69 } else { 22 };
        for (generation, group_id, expected) in [(-1, "group", 0), (0, "nobody's", no_group)] {
            let request = OffsetCommitRequest {
                group_id,
                generation_id_or_member_epoch: generation,
                retention_time_ms: if (2..=4).contains(&version) { 1 << 40 } else { -1 },
                topics: topics.clone().into(),
                ..OffsetCommitRequest::default()
            };
            let body = self.broker.ask(self.client, version, &request);
            let answer: OffsetCommitResponse<'_> = answer_of(&body, version);
            let mut codes: Vec<(i32, i16)> = answer
                .topics
                .iter()
                .flat_map(|topic| topic.partitions.iter().collect::<Vec<_>>())
                .map(|partition| (partition.partition_index, partition.error_code))
                .collect();
            codes.sort_unstable();
            let missing = if by_id { 100 } else { 3 };
            let mut wanted = vec![(0, expected), (0, missing), (99, 3), (99, missing)];
            wanted.sort_unstable();
            assert_eq!(codes, wanted, "v{version}");
        }
    }

    fn offset_fetch(&mut self, version: i16) {
        self.broker.find_coordinator(self.client, "group");
        self.broker.commit(self.client, "group", TOPICS[0], &[(1, 77)]);
        let by_id = version >= 10;
        for all in [false, true] {
            if all && version < 2 {
                continue;
            }
            let require_stable = version >= 7;
            let mut request = OffsetFetchRequest { require_stable, ..OffsetFetchRequest::default() };
            if version < 8 {
                request.group_id = "group";
                let named = OffsetFetchRequestTopic { name: TOPICS[0], partition_indexes: [1, 5, 99].into() };
                request.topics = (!all).then(|| [named].into());
            } else {
                let named = OffsetFetchRequestTopics {
                    name: if by_id { "" } else { TOPICS[0] },
                    topic_id: if by_id { self.topic } else { TopicId::ZERO },
                    partition_indexes: [1, 5, 99].into(),
                };
                let group = |group_id| OffsetFetchRequestGroup {
                    group_id,
                    topics: (!all).then(|| [named.clone()].into()),
                    ..OffsetFetchRequestGroup::default()
                };
                request.groups = [group("nobody's"), group("group")].into();
            }
            let body = self.broker.ask(self.client, version, &request);
            let answer: OffsetFetchResponse<'_> = answer_of(&body, version);
            let offsets: Vec<i64> = if version < 8 {
                answer
                    .topics
                    .iter()
                    .flat_map(|topic| topic.partitions.iter().collect::<Vec<_>>())
                    .map(|it| it.committed_offset)
                    .collect()
            } else {
                let group = answer.groups.iter().last().expect("two were asked for");
                group
                    .topics
                    .iter()
                    .flat_map(|topic| topic.partitions.iter().collect::<Vec<_>>())
                    .map(|it| it.committed_offset)
                    .collect()
            };
            assert!(offsets.contains(&77), "v{version}, all: {all}: {offsets:?}");
            assert!(all || offsets == [77, -1, -1], "v{version}: {offsets:?}");
        }
    }

    fn offset_delete(&mut self, version: i16) {
        self.broker.find_coordinator(self.client, "group");
        self.broker.commit(self.client, "group", TOPICS[0], &[(1, 77)]);
        for (group_id, code) in [("group", 0), ("nobody's", 69)] {
            let partitions =
                [1, 99].map(|partition_index| OffsetDeleteRequestPartition { partition_index }).into();
            let topics = [OffsetDeleteRequestTopic { name: TOPICS[0], partitions }].into();
            let body = self.broker.ask(self.client, version, &OffsetDeleteRequest { group_id, topics });
            let answer: OffsetDeleteResponse<'_> = answer_of(&body, version);
            assert_eq!(answer.error_code, code);
        }
        assert_eq!(self.broker.committed(self.client, "group", TOPICS[0], 1), -1);
    }
}

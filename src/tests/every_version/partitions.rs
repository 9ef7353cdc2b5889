//! Log directories, moves between them, producers, elections, reassignments, features, the quorum.

use super::{Asking, TOPICS};
use crate::tests::client::answer_of;
use loglane_net::ApiKey;
use loglane_net::message::alter_partition_reassignments::{
    AlterPartitionReassignmentsRequest, AlterPartitionReassignmentsResponse, ReassignablePartition,
    ReassignableTopic,
};
use loglane_net::message::alter_replica_log_dirs::{
    AlterReplicaLogDir, AlterReplicaLogDirTopic, AlterReplicaLogDirsRequest, AlterReplicaLogDirsResponse,
};
use loglane_net::message::describe_log_dirs::{
    DescribableLogDirTopic, DescribeLogDirsRequest, DescribeLogDirsResponse,
};
use loglane_net::message::describe_producers::{
    DescribeProducersRequest, DescribeProducersResponse, TopicRequest,
};
use loglane_net::message::describe_quorum::{
    DescribeQuorumRequest, DescribeQuorumResponse, RequestPartitionData, RequestTopicData,
};
use loglane_net::message::elect_leaders::{ElectLeadersRequest, ElectLeadersResponse, TopicPartitions};
use loglane_net::message::list_partition_reassignments::{
    ListPartitionReassignmentsRequest, ListPartitionReassignmentsResponse, ListPartitionReassignmentsTopics,
};
use loglane_net::message::unregister_broker::{UnregisterBrokerRequest, UnregisterBrokerResponse};
use loglane_net::message::update_features::{
    FeatureUpdateKey, UpdateFeaturesRequest, UpdateFeaturesResponse,
};

impl Asking {
    pub(super) fn ask_about_partitions(&mut self, api: ApiKey, version: i16) {
        match api {
            ApiKey::AlterReplicaLogDirs => self.alter_replica_log_dirs(version),
            ApiKey::DescribeLogDirs => self.describe_log_dirs(version),
            ApiKey::DescribeProducers => self.describe_producers(version),
            ApiKey::ElectLeaders => self.elect_leaders(version),
            ApiKey::AlterPartitionReassignments => self.alter_partition_reassignments(version),
            ApiKey::ListPartitionReassignments => self.list_partition_reassignments(version),
            ApiKey::UpdateFeatures => self.update_features(version),
            ApiKey::UnregisterBroker => self.unregister_broker(version),
            _ => self.describe_quorum(version),
        }
    }

    fn alter_replica_log_dirs(&mut self, version: i16) {
        for (path, codes) in [("/data", [0, 3, 3, 3]), ("/absent", [57; 4])] {
            let topics = TOPICS.map(|name| AlterReplicaLogDirTopic { name, partitions: [0, 99].into() });
            let dirs = [AlterReplicaLogDir { path, topics: topics.into() }].into();
            let body = self.broker.ask(self.client, version, &AlterReplicaLogDirsRequest { dirs });
            let answer: AlterReplicaLogDirsResponse<'_> = answer_of(&body, version);
            let answered = answer.results.iter().flat_map(|topic| {
                topic.partitions.iter().map(|partition| partition.error_code).collect::<Vec<_>>()
            });
            let mut answered: Vec<_> = answered.collect();
            answered.sort_unstable();
            assert_eq!(answered, codes);
        }
    }

    fn describe_log_dirs(&mut self, version: i16) {
        let named = TOPICS.map(|topic| DescribableLogDirTopic { topic, partitions: [0, 99].into() });
        for (topics, count) in [(None, 1), (Some(named.into()), 1), (Some([].into()), 0)] {
            let request = DescribeLogDirsRequest { topics };
            let body = self.broker.ask(self.client, version, &request);
            let answer: DescribeLogDirsResponse<'_> = answer_of(&body, version);
            let directory = answer.results.iter().next().expect("there is one");
            assert_eq!((directory.error_code, directory.usable_bytes > 0), (0, version >= 4));
            let of_topic = directory.topics.iter().filter(|topic| topic.name == TOPICS[0]);
            assert_eq!(of_topic.count(), count);
        }
    }

    fn describe_producers(&mut self, version: i16) {
        let topics = TOPICS.map(|name| TopicRequest { name, partition_indexes: [0, 99].into() });
        let request = DescribeProducersRequest { topics: topics.into() };
        let body = self.broker.ask(self.client, version, &request);
        let answer: DescribeProducersResponse<'_> = answer_of(&body, version);
        let codes = answer.topics.iter().flat_map(|topic| {
            topic.partitions.iter().map(|partition| partition.error_code).collect::<Vec<_>>()
        });
        assert_eq!(codes.collect::<Vec<_>>(), [0, 3, 3, 3]);
    }

    fn elect_leaders(&mut self, version: i16) {
        for (timeout_ms, codes) in [(1000, [84, 3, 3, 3]), (0, [7; 4])] {
            let topics = TOPICS.map(|topic| TopicPartitions { topic, partitions: [0, 99].into() });
            let request = ElectLeadersRequest {
                topic_partitions: Some(topics.into()),
                timeout_ms,
                ..Default::default()
            };
            let body = self.broker.ask(self.client, version, &request);
            let answer: ElectLeadersResponse<'_> = answer_of(&body, version);
            let answered = answer.replica_election_results.iter().flat_map(|topic| {
                topic.partition_result.iter().map(|partition| partition.error_code).collect::<Vec<_>>()
            });
            assert_eq!(answered.collect::<Vec<_>>(), codes);
        }
    }

    fn alter_partition_reassignments(&mut self, version: i16) {
        let partition = |replicas: Option<[i32; 1]>| ReassignablePartition {
            partition_index: 0,
            replicas: replicas.map(Into::into),
        };
        for (timeout_ms, codes) in [(1000, [0, 39, 85, 3, 3, 3]), (0, [7; 6])] {
            let topics = TOPICS.map(|name| ReassignableTopic {
                name,
                partitions: [partition(Some([1])), partition(Some([2])), partition(None)].into(),
            });
            let request = AlterPartitionReassignmentsRequest {
                timeout_ms,
                topics: topics.into(),
                allow_replication_factor_change: version < 1,
            };
            let body = self.broker.ask(self.client, version, &request);
            let answer: AlterPartitionReassignmentsResponse<'_> = answer_of(&body, version);
            let answered = answer.responses.iter().flat_map(|topic| {
                topic.partitions.iter().map(|partition| partition.error_code).collect::<Vec<_>>()
            });
            assert_eq!(answered.collect::<Vec<_>>(), codes);
        }
    }

    fn list_partition_reassignments(&mut self, version: i16) {
        let named =
            TOPICS.map(|name| ListPartitionReassignmentsTopics { name, partition_indexes: [0, 99].into() });
        for topics in [None, Some(named.into())] {
            let request = ListPartitionReassignmentsRequest { topics, ..Default::default() };
            let body = self.broker.ask(self.client, version, &request);
            let answer: ListPartitionReassignmentsResponse<'_> = answer_of(&body, version);
            assert_eq!((answer.error_code, answer.topics.len()), (0, 0));
        }
    }

    fn update_features(&mut self, version: i16) {
        for (feature, max_version_level, code) in [("metadata.version", 30, 0), ("no.such", 1, 95)] {
            let update = FeatureUpdateKey { feature, max_version_level, ..FeatureUpdateKey::default() };
            let request = UpdateFeaturesRequest {
                feature_updates: [update].into(),
                ..UpdateFeaturesRequest::default()
            };
            let body = self.broker.ask(self.client, version, &request);
            let answer: UpdateFeaturesResponse<'_> = answer_of(&body, version);
            let named = usize::from(code == 0 && version < 2);
            assert_eq!((answer.error_code, answer.results.len()), (code, named));
        }
    }

    fn unregister_broker(&mut self, version: i16) {
        for (broker_id, code) in [(77, 102), (1, 42)] {
            let body = self.broker.ask(self.client, version, &UnregisterBrokerRequest { broker_id });
            let answer: UnregisterBrokerResponse<'_> = answer_of(&body, version);
            assert_eq!(answer.error_code, code);
        }
    }

    fn describe_quorum(&mut self, version: i16) {
        for (topic_name, code) in [("__cluster_metadata", 0), (TOPICS[0], 3)] {
            let partitions = [RequestPartitionData { partition_index: 0 }].into();
            let request =
                DescribeQuorumRequest { topics: [RequestTopicData { topic_name, partitions }].into() };
            let body = self.broker.ask(self.client, version, &request);
            let answer: DescribeQuorumResponse<'_> = answer_of(&body, version);
            let topic = answer.topics.iter().next().expect("the topic that was named");
            let partition = topic.partitions.iter().next().expect("the partition that was named");
            assert_eq!((partition.error_code, partition.high_watermark > 0), (code, code == 0));
        }
    }
}

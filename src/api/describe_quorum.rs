//! DescribeQuorum: who votes on the metadata log, who leads, and how far everybody is.

use super::authorize::Authorized;
use super::control::Asked;
use super::{BadRequest, Call, decode};
use crate::control::{ControlRequest, ControlTicket};
use crate::shard::Shard;
use crate::shard::mail::Mail;
use loglane_model::{BrokerId, LeaderEpoch, Offset, TopicId};
use loglane_net::ErrorCode;
use loglane_net::message::describe_quorum::{
    DescribeQuorumRequest, DescribeQuorumResponse, Listener, Node, ReplicaState, ResponsePartitionData,
    ResponseTopicData,
};
use loglane_replication::record::Uuid;
use loglane_ring::Io;

/// The one topic that has a quorum.
const METADATA_TOPIC: &str = "__cluster_metadata";

/// The first version that knows directories and listeners of voters, and sentences beside error codes.
const FIRST_WITH_DIRECTORIES: i16 = 2;

/// The quorum, as its leader sees it. This node is the only voter, and nobody observes.
#[derive(Debug)]
pub(crate) struct QuorumView {
    pub(crate) leader: BrokerId,
    pub(crate) leader_epoch: LeaderEpoch,
    pub(crate) high_watermark: Offset,
    pub(crate) log_end_offset: Offset,
    /// The voter's directory; zero where the voters are in the configuration.
    pub(crate) directory: Uuid,
    /// Where the voter listens: name, host, port.
    pub(crate) listeners: Vec<(String, String, u16)>,
    /// When this was so, in ms since 1970.
    pub(crate) at_ms: i64,
}

/// The partitions that a refused request names, by topic.
type Named = Vec<(String, Vec<i32>)>;

impl<I: Io<Mail>> Shard<I> {
    pub(super) fn on_describe_quorum(
        &mut self,
        authorized: Authorized,
        body: &[u8],
    ) -> Result<(), BadRequest> {
        let call = authorized.call();
        let request: DescribeQuorumRequest<'_> = decode(call, body)?;
        let numbers = |topic: &loglane_net::message::describe_quorum::RequestTopicData<'_>| {
            topic.partitions.iter().map(|partition| partition.partition_index).collect()
        };
        let named: Named =
            request.topics.iter().map(|topic| (topic.topic_name.to_owned(), numbers(&topic))).collect();
        if named != [(METADATA_TOPIC.to_owned(), vec![0])] {
            self.refuse_quorum(call, &named);
            return Ok(());
        }
        let request = self.wait_for_control(call, Asked::Quorum);
        self.control(ControlTicket::Request { shard: self.id, request }, ControlRequest::DescribeQuorum);
        Ok(())
    }

    fn refuse_quorum(&mut self, call: Call, named: &Named) {
        let refused = |partition_index: &i32| ResponsePartitionData {
            partition_index: *partition_index,
            error_code: ErrorCode::UnknownTopicOrPartition.to_i16(),
            error_message: Some("This server does not host this topic-partition."),
            ..ResponsePartitionData::default()
        };
        let topics = named.iter().map(|(topic_name, partitions)| ResponseTopicData {
            topic_name,
            partitions: partitions.iter().map(refused).collect(),
        });
        self.answer(call, &DescribeQuorumResponse { topics: topics.collect(), ..Default::default() });
    }

    pub(super) fn answer_describe_quorum(&mut self, call: Call, quorum: &QuorumView) {
        let with_directories = call.version >= FIRST_WITH_DIRECTORIES;
        let voter = ReplicaState {
            replica_id: quorum.leader.0,
            replica_directory_id: if with_directories { TopicId(quorum.directory.0) } else { TopicId::ZERO },
            log_end_offset: quorum.log_end_offset.0,
            // The leader is always as far as itself.
            last_fetch_timestamp: quorum.at_ms,
            last_caught_up_timestamp: quorum.at_ms,
        };
        let partition = ResponsePartitionData {
            leader_id: quorum.leader.0,
            leader_epoch: quorum.leader_epoch.0,
            high_watermark: quorum.high_watermark.0,
            current_voters: [voter].into(),
            ..ResponsePartitionData::default()
        };
        let listeners =
            quorum.listeners.iter().map(|(name, host, port)| Listener { name, host, port: *port });
        let node = Node { node_id: quorum.leader.0, listeners: listeners.collect() };
        let topic = ResponseTopicData { topic_name: METADATA_TOPIC, partitions: [partition].into() };
        let response = DescribeQuorumResponse {
            topics: [topic].into(),
            nodes: if with_directories { [node].into() } else { [].into() },
            ..DescribeQuorumResponse::default()
        };
        self.answer(call, &response);
    }
}

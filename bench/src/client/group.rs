//! What a member of a consumer group asks its coordinator, in the classic protocol.

use super::{Client, ClientError, address_text, decode, refuse};
use loglane_net::message::client_data::{
    ConsumerProtocolAssignment, ConsumerProtocolAssignmentTopicPartition, ConsumerProtocolSubscription,
};
use loglane_net::message::delete_groups::{DeleteGroupsRequest, DeleteGroupsResponse};
use loglane_net::message::find_coordinator::{FindCoordinatorRequest, FindCoordinatorResponse};
use loglane_net::message::heartbeat::{HeartbeatRequest, HeartbeatResponse};
use loglane_net::message::join_group::{JoinGroupRequest, JoinGroupRequestProtocol, JoinGroupResponse};
use loglane_net::message::leave_group::{LeaveGroupRequest, LeaveGroupResponse};
use loglane_net::message::offset_commit::{
    OffsetCommitRequest, OffsetCommitRequestPartition, OffsetCommitRequestTopic, OffsetCommitResponse,
};
use loglane_net::message::offset_fetch::{OffsetFetchRequest, OffsetFetchRequestTopic, OffsetFetchResponse};
use loglane_net::message::sync_group::{SyncGroupRequest, SyncGroupRequestAssignment, SyncGroupResponse};
use loglane_net::{EncodeError, ErrorCode, Message, Reader};
use std::io;

/// What members call the way in which their leader deals partitions out.
const ASSIGNOR: &str = "roundrobin";

/// The kind of group that consumers make.
const PROTOCOL_TYPE: &str = "consumer";

/// The last version of FindCoordinator that asks for a single group.
const FIND_ONE: i16 = 3;
/// The last version of LeaveGroup in which a member speaks for itself alone.
const LEAVE_ALONE: i16 = 2;
/// The last version of OffsetCommit that names topics.
const COMMIT_BY_NAME: i16 = 9;
/// The last version of OffsetFetch that asks for a single group.
const FETCH_ONE: i16 = 7;

/// Partitions by the name of their topic.
pub type Partitions<'a> = Vec<(&'a str, Vec<i32>)>;

/// Offsets of partitions, by the name of their topic.
pub type Offsets<'a> = Vec<(&'a str, Vec<(i32, i64)>)>;

/// A member's place in its group.
#[derive(Debug, Clone, Default)]
pub struct Membership {
    /// The group.
    pub group: String,
    /// What the coordinator calls the member; empty before it said so.
    pub member_id: String,
    /// Counts how often partitions were dealt out.
    pub generation: i32,
}

impl Client {
    /// The address of a group's coordinator, as `host:port`.
    ///
    /// # Errors
    /// There is none now, or no answer.
    pub fn coordinator(&mut self, group: &str) -> Result<String, ClientError> {
        let request = FindCoordinatorRequest { key: group, ..Default::default() };
        let (version, body) = self.ask(&request, FIND_ONE)?;
        let response = decode::<FindCoordinatorResponse<'_>>(&body, version)?;
        let what = format!("the coordinator of group {group}");
        refuse(&what, response.error_code, response.error_message)?;
        Ok(address_text(response.host, response.port))
    }

    /// Joins, and waits until everybody has. The ids of all members for the one that leads, nothing for the others.
    ///
    /// # Errors
    /// The coordinator refuses, or does not answer.
    pub fn join_group(
        &mut self,
        me: &mut Membership,
        session_ms: i32,
        rebalance_ms: i32,
        topics: &[&str],
    ) -> Result<Vec<String>, ClientError> {
        let subscription =
            encoded(&ConsumerProtocolSubscription { topics: topics.into(), ..Default::default() })?;
        loop {
            let protocol = JoinGroupRequestProtocol { name: ASSIGNOR, metadata: &subscription };
            let request = JoinGroupRequest {
                group_id: &me.group,
                session_timeout_ms: session_ms,
                rebalance_timeout_ms: rebalance_ms,
                member_id: &me.member_id,
                protocol_type: PROTOCOL_TYPE,
                protocols: [protocol].into(),
                ..Default::default()
            };
            let (version, body) = self.ask(&request, i16::MAX)?;
            let response = decode::<JoinGroupResponse<'_>>(&body, version)?;
            // The coordinator names a new member first, and waits for it to come back under that name.
            let is_named = response.error_code == ErrorCode::MemberIdRequired.to_i16();
            if is_named && me.member_id.is_empty() && !response.member_id.is_empty() {
                response.member_id.clone_into(&mut me.member_id);
                continue;
            }
            refuse(&format!("group {} cannot be joined", me.group), response.error_code, None)?;
            response.member_id.clone_into(&mut me.member_id);
            me.generation = response.generation_id;
            let leads = response.leader == response.member_id;
            let members = response.members.iter().filter(|_| leads);
            return Ok(members.map(|member| member.member_id.to_owned()).collect());
        }
    }

    /// Tells the assignments, where the member leads, and gets its own: topics and partitions.
    ///
    /// # Errors
    /// The coordinator refuses, or does not answer.
    pub fn sync_group(
        &mut self,
        me: &Membership,
        assignments: &[(String, Partitions<'_>)],
    ) -> Result<Vec<(String, Vec<i32>)>, ClientError> {
        let dealt = assignments.iter().map(|(_, share)| {
            let topics = share.iter().map(|(topic, partitions)| ConsumerProtocolAssignmentTopicPartition {
                topic,
                partitions: partitions.as_slice().into(),
            });
            encoded(&ConsumerProtocolAssignment { assigned_partitions: topics.collect(), user_data: None })
        });
        let dealt = dealt.collect::<Result<Vec<_>, _>>()?;
        let shares = assignments
            .iter()
            .zip(&dealt)
            .map(|((member_id, _), assignment)| SyncGroupRequestAssignment { member_id, assignment });
        let request = SyncGroupRequest {
            group_id: &me.group,
            generation_id: me.generation,
            member_id: &me.member_id,
            protocol_type: Some(PROTOCOL_TYPE),
            protocol_name: Some(ASSIGNOR),
            assignments: shares.collect(),
            ..Default::default()
        };
        let (version, body) = self.ask(&request, i16::MAX)?;
        let response = decode::<SyncGroupResponse<'_>>(&body, version)?;
        refuse(&format!("group {} deals nothing out", me.group), response.error_code, None)?;
        let mut reader = Reader::new(response.assignment);
        if response.assignment.is_empty() || reader.int16()? < 0 {
            return Ok(Vec::new());
        }
        // Each version begins as version 0 does.
        let assignment = ConsumerProtocolAssignment::decode(&mut reader, 0)?;
        let topics = assignment.assigned_partitions.iter();
        Ok(topics.map(|topic| (topic.topic.to_owned(), topic.partitions.iter().collect())).collect())
    }

    /// Says that the member is there.
    ///
    /// # Errors
    /// It is no member any more, partitions are dealt out anew, or there is no answer.
    pub fn heartbeat(&mut self, me: &Membership) -> Result<(), ClientError> {
        let request = HeartbeatRequest {
            group_id: &me.group,
            generation_id: me.generation,
            member_id: &me.member_id,
            ..Default::default()
        };
        let (version, body) = self.ask(&request, i16::MAX)?;
        let response = decode::<HeartbeatResponse>(&body, version)?;
        refuse(&format!("a member of group {}", me.group), response.error_code, None)
    }

    /// Commits offsets.
    ///
    /// # Errors
    /// What the coordinator says about the first partition that it refuses, or no answer.
    pub fn commit(&mut self, me: &Membership, offsets: &Offsets<'_>) -> Result<(), ClientError> {
        let partition = |(partition, offset): &(i32, i64)| OffsetCommitRequestPartition {
            partition_index: *partition,
            committed_offset: *offset,
            ..Default::default()
        };
        let topics = offsets.iter().map(|(name, partitions)| OffsetCommitRequestTopic {
            name,
            partitions: partitions.iter().map(partition).collect(),
            ..Default::default()
        });
        let request = OffsetCommitRequest {
            group_id: &me.group,
            generation_id_or_member_epoch: me.generation,
            member_id: &me.member_id,
            topics: topics.collect(),
            ..Default::default()
        };
        let (version, body) = self.ask(&request, COMMIT_BY_NAME)?;
        let response = decode::<OffsetCommitResponse<'_>>(&body, version)?;
        let what = format!("group {} cannot commit", me.group);
        for topic in response.topics.iter() {
            for partition in topic.partitions.iter() {
                refuse(&what, partition.error_code, None)?;
            }
        }
        Ok(())
    }

    /// What a group has committed: topic, partition and offset, −1 where there is none.
    ///
    /// # Errors
    /// The coordinator refuses, or does not answer.
    pub fn committed(
        &mut self,
        group: &str,
        partitions: &Partitions<'_>,
    ) -> Result<Vec<(String, i32, i64)>, ClientError> {
        let topics = partitions.iter().map(|(name, partitions)| OffsetFetchRequestTopic {
            name,
            partition_indexes: partitions.as_slice().into(),
        });
        let request =
            OffsetFetchRequest { group_id: group, topics: Some(topics.collect()), ..Default::default() };
        let (version, body) = self.ask(&request, FETCH_ONE)?;
        let response = decode::<OffsetFetchResponse<'_>>(&body, version)?;
        let what = format!("what group {group} has committed");
        refuse(&what, response.error_code, None)?;
        let mut found = Vec::new();
        for topic in response.topics.iter() {
            for partition in topic.partitions.iter() {
                refuse(&what, partition.error_code, None)?;
                found.push((topic.name.to_owned(), partition.partition_index, partition.committed_offset));
            }
        }
        Ok(found)
    }

    /// Leaves.
    ///
    /// # Errors
    /// The coordinator refuses, or does not answer.
    pub fn leave_group(&mut self, me: &Membership) -> Result<(), ClientError> {
        let request =
            LeaveGroupRequest { group_id: &me.group, member_id: &me.member_id, ..Default::default() };
        let (version, body) = self.ask(&request, LEAVE_ALONE)?;
        let response = decode::<LeaveGroupResponse<'_>>(&body, version)?;
        refuse(&format!("group {} cannot be left", me.group), response.error_code, None)
    }

    /// Deletes a group that nobody is a member of.
    ///
    /// # Errors
    /// The coordinator refuses, or does not answer.
    pub fn delete_group(&mut self, group: &str) -> Result<(), ClientError> {
        let request = DeleteGroupsRequest { groups_names: [group].into() };
        let (version, body) = self.ask(&request, i16::MAX)?;
        let response = decode::<DeleteGroupsResponse<'_>>(&body, version)?;
        let code = response.results.iter().next().map_or(0, |result| result.error_code);
        refuse(&format!("group {group} cannot be deleted"), code, None)
    }
}

/// What consumers tell each other through the coordinator: a version, here 0, and its fields.
fn encoded<'a>(message: &impl Message<'a>) -> Result<Vec<u8>, ClientError> {
    let mut out = vec![0, 0];
    message.encode(&mut out, 0).map_err(|error: EncodeError| ClientError::Broken(io::Error::other(error)))?;
    Ok(out)
}

//! What goes into a group besides requests, and what comes out.

use crate::config::settings::GroupSettings;
use loglane_model::{Instant, ShardId};
use loglane_net::ErrorCode;
use std::sync::Arc;

/// A request that is to be answered, now or much later. A group only keeps it and gives it back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestToken {
    /// The shard of the connection.
    pub shard: ShardId,
    /// The packed id of the request there.
    pub request: u64,
    /// The version in which it asks.
    pub version: i16,
}

/// What a group may know of the world when something happens to it.
#[derive(Debug, Clone, Copy)]
pub struct Moment<'a> {
    /// For deadlines.
    pub now: Instant,
    /// For what is written into records.
    pub wall_ms: i64,
    /// The broker's bounds and delays.
    pub settings: &'a GroupSettings,
}

/// What is to be done after something happened to a group.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Effects {
    /// Answers, each to a request that is not answered a second time.
    pub answers: Vec<(RequestToken, GroupAnswer)>,
    /// To be appended in this order. Of each the group wants to hear: `on_record_committed` or `on_record_failed`.
    pub records: Vec<GroupRecord>,
}

/// The state of a group, to be appended under its key to its partition of `__consumer_offsets`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupRecord {
    /// Which one it is, among the records of this group.
    pub number: RecordNumber,
    /// The record's value: its version, and the group in it.
    pub value: Vec<u8>,
}

/// Numbers the records of one group, for as long as the group is in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordNumber(pub u64);

/// The answer to a request, without its wire form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GroupAnswer {
    /// To JoinGroup.
    Join(JoinAnswer),
    /// To SyncGroup.
    Sync(SyncAnswer),
    /// To Heartbeat.
    Heartbeat(ErrorCode),
    /// To LeaveGroup.
    Leave(LeaveAnswer),
}

/// The answer to JoinGroup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JoinAnswer {
    /// `None`: the member is in the generation.
    pub error: ErrorCode,
    /// −1 if there is an error.
    pub generation_id: i32,
    /// The kind of group, such as `consumer` or `connect`.
    pub protocol_type: Option<Arc<str>>,
    /// The protocol that the members have voted for.
    pub protocol_name: Option<Arc<str>>,
    /// The member that assigns; empty if there is an error.
    pub leader: Arc<str>,
    /// Whether the leader has nothing to assign, because nothing has changed.
    pub skip_assignment: bool,
    /// The member's id, which it may learn here.
    pub member_id: Arc<str>,
    /// All members, for the leader only.
    pub members: Vec<JoinedMember>,
}

/// A member as its leader is told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JoinedMember {
    /// Its id.
    pub member_id: Arc<str>,
    /// The instance id of a static member.
    pub instance_id: Option<Arc<str>>,
    /// What it says of itself under the chosen protocol.
    pub metadata: Arc<[u8]>,
}

/// The answer to SyncGroup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyncAnswer {
    /// `None`: here is the assignment.
    pub error: ErrorCode,
    /// The kind of group.
    pub protocol_type: Option<Arc<str>>,
    /// The chosen protocol.
    pub protocol_name: Option<Arc<str>>,
    /// What the leader has given to this member; empty if there is an error, or nothing.
    pub assignment: Arc<[u8]>,
}

/// The answer to LeaveGroup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaveAnswer {
    /// An error of the whole request.
    pub error: ErrorCode,
    /// One by one, in the order of the request.
    pub members: Vec<LeftMember>,
}

/// One member of a LeaveGroup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftMember {
    /// As the request has it.
    pub member_id: Arc<str>,
    /// As the request has it.
    pub instance_id: Option<Arc<str>>,
    /// `None`: it is not a member any more.
    pub error: ErrorCode,
}

impl JoinAnswer {
    /// The member is not in the generation.
    #[must_use]
    pub fn failed(error: ErrorCode, member_id: &str) -> JoinAnswer {
        JoinAnswer {
            error,
            generation_id: -1,
            protocol_type: None,
            protocol_name: None,
            leader: Arc::from(""),
            skip_assignment: false,
            member_id: Arc::from(member_id),
            members: Vec::new(),
        }
    }
}

impl SyncAnswer {
    /// There is no assignment.
    #[must_use]
    pub fn failed(error: ErrorCode) -> SyncAnswer {
        SyncAnswer { error, protocol_type: None, protocol_name: None, assignment: Arc::from([]) }
    }
}

impl LeaveAnswer {
    /// The request as a whole is refused.
    #[must_use]
    pub fn failed(error: ErrorCode) -> LeaveAnswer {
        LeaveAnswer { error, members: Vec::new() }
    }
}

impl Effects {
    pub(super) fn answer(&mut self, to: RequestToken, answer: GroupAnswer) {
        self.answers.push((to, answer));
    }
}

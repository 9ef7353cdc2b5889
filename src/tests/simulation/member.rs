//! Members of groups, who commit what they have been assigned, and clients that commit without being one.

use super::actor::{LASTING, Pace, choose_topic, code, is_passing};
use super::line::{Heard, Line};
use super::plan::{Less, mix, percent, pick};
use super::stage::{Stage, Topic};
use crate::tests::client::answer_body;
use harness::Chance;
use harness::history::{LogNumber, What};
use loglane_model::Instant;
use loglane_net::ErrorCode;
use loglane_net::message::delete_groups::{DeleteGroupsRequest, DeleteGroupsResponse};
use loglane_net::message::find_coordinator::{FindCoordinatorRequest, FindCoordinatorResponse};
use loglane_net::message::heartbeat::{HeartbeatRequest, HeartbeatResponse};
use loglane_net::message::join_group::{JoinGroupRequest, JoinGroupRequestProtocol, JoinGroupResponse};
use loglane_net::message::leave_group::{LeaveGroupRequest, LeaveGroupResponse, MemberIdentity};
use loglane_net::message::offset_commit::{
    OffsetCommitRequest, OffsetCommitRequestPartition, OffsetCommitRequestTopic, OffsetCommitResponse,
};
use loglane_net::message::offset_delete::{
    OffsetDeleteRequest, OffsetDeleteRequestPartition, OffsetDeleteRequestTopic, OffsetDeleteResponse,
};
use loglane_net::message::offset_fetch::{
    OffsetFetchRequest, OffsetFetchRequestGroup, OffsetFetchRequestTopics, OffsetFetchResponse,
};
use loglane_net::message::sync_group::{SyncGroupRequest, SyncGroupRequestAssignment, SyncGroupResponse};
use std::time::Duration;

const FIND_VERSION: i16 = 4;
const JOIN_VERSION: i16 = 9;
const SYNC_VERSION: i16 = 5;
const HEARTBEAT_VERSION: i16 = 4;
const LEAVE_VERSION: i16 = 5;
const COMMIT_VERSION: i16 = 10;
const LOOK_VERSION: i16 = 10;
const FORGET_VERSION: i16 = 0;
const DELETE_VERSION: i16 = 2;

/// A member of a group, or somebody who only commits.
pub(super) struct Member {
    pub(super) pace: Pace,
    line: Line<Asked>,
    group: String,
    is_member: bool,
    instance: Option<String>,
    id: String,
    generation: i32,
    /// Members to give their parts to, if it leads; it has to ask for its own in any case.
    to_sync: Option<Vec<String>>,
    is_assigned: bool,
    heartbeat_at: Instant,
    is_found: bool,
}

/// What a member has asked.
enum Asked {
    Coordinator,
    Join,
    Sync,
    Heartbeat,
    Leave,
    Commit(u64),
    Look(LogNumber, u64),
    /// That a group forgets an offset, or all of them with itself.
    Forget(u64),
    DeleteGroup(Vec<u64>),
}

impl Member {
    pub(super) fn new(who: u32, seed: u64, group: Option<u8>, less: &Less) -> Member {
        let mut chance = Chance::new(mix(&[seed, u64::from(who)]));
        let is_static = percent(&mut chance, 25);
        Member {
            pace: Pace::new(who, seed, less),
            line: Line::new(chance.number()),
            group: group.map_or("alone".to_owned(), |group| format!("group{group}")),
            is_member: group.is_some(),
            instance: is_static.then(|| format!("instance{who}")),
            id: String::new(),
            generation: -1,
            to_sync: None,
            is_assigned: false,
            heartbeat_at: Instant::default(),
            is_found: false,
        }
    }

    pub(super) fn is_idle(&self) -> bool {
        self.line.waiting() == 0
    }

    pub(super) fn turn(&mut self, stage: &mut Stage) {
        while let Some(heard) = self.line.hear(stage) {
            match heard {
                Heard::Answer(asked, answer) => self.on_answer(stage, asked, &answer),
                // Who knows what became of it: begin anew, under the same name.
                Heard::Lost => (self.is_assigned, self.to_sync, self.is_found) = (false, None, false),
            }
        }
        if !self.line.connect(stage) || self.line.waiting() > 0 {
            return;
        }
        if self.is_assigned && stage.now >= self.heartbeat_at {
            return self.beat(stage);
        }
        let Some(mut chance) = self.pace.next(stage) else { return };
        if !self.is_found {
            let keys = [&*self.group];
            let request = FindCoordinatorRequest { coordinator_keys: keys.into(), ..Default::default() };
            self.line.ask(stage, FIND_VERSION, &request, Asked::Coordinator);
        } else if !self.is_member {
            self.commit_or_look(stage, &mut chance);
        } else if let Some(members) = self.to_sync.take() {
            self.sync(stage, &members);
        } else if !self.is_assigned {
            self.join(stage);
        } else if percent(&mut chance, 5) && self.instance.is_none() && !stage.is_healed {
            self.leave(stage);
        } else if percent(&mut chance, 3) && !stage.is_healed {
            // Gone without a word; it may come again as somebody else.
            self.line.hang_up(stage);
            (self.is_assigned, self.is_found) = (false, false);
            if percent(&mut chance, 50) {
                (self.id, self.generation) = (String::new(), -1);
            }
        } else {
            self.commit_or_look(stage, &mut chance);
        }
    }

    fn join(&mut self, stage: &mut Stage) {
        let request = JoinGroupRequest {
            group_id: &self.group,
            session_timeout_ms: 10_000,
            rebalance_timeout_ms: 15_000,
            member_id: &self.id,
            group_instance_id: self.instance.as_deref(),
            protocol_type: "test",
            protocols: [JoinGroupRequestProtocol { name: "by-name", metadata: b"me" }].into(),
            reason: None,
        };
        self.line.ask(stage, JOIN_VERSION, &request, Asked::Join);
    }

    /// A leader gives each member its name, signed by itself.
    fn sync(&mut self, stage: &mut Stage, members: &[String]) {
        let given: Vec<String> = members.iter().map(|id| format!("{}/{id}", self.id)).collect();
        let assignments = members
            .iter()
            .zip(&given)
            .map(|(member_id, given)| SyncGroupRequestAssignment { member_id, assignment: given.as_bytes() });
        let request = SyncGroupRequest {
            group_id: &self.group,
            generation_id: self.generation,
            member_id: &self.id,
            group_instance_id: self.instance.as_deref(),
            protocol_type: Some("test"),
            protocol_name: Some("by-name"),
            assignments: assignments.collect(),
        };
        self.line.ask(stage, SYNC_VERSION, &request, Asked::Sync);
    }

    fn beat(&mut self, stage: &mut Stage) {
        self.heartbeat_at = stage.now.after(Duration::from_secs(3));
        if stage.is_ending {
            return;
        }
        stage.world.stop_at(self.heartbeat_at);
        let request = HeartbeatRequest {
            group_id: &self.group,
            generation_id: self.generation,
            member_id: &self.id,
            group_instance_id: self.instance.as_deref(),
        };
        self.line.ask(stage, HEARTBEAT_VERSION, &request, Asked::Heartbeat);
    }

    fn leave(&mut self, stage: &mut Stage) {
        let member = MemberIdentity { member_id: &self.id, group_instance_id: None, reason: None };
        let request =
            LeaveGroupRequest { group_id: &self.group, members: [member].into(), ..Default::default() };
        self.line.ask(stage, LEAVE_VERSION, &request, Asked::Leave);
        self.is_assigned = false;
    }

    /// Asks that a group, one's own or another one, forgets what was committed.
    fn forget(&mut self, stage: &mut Stage, chance: &mut Chance) {
        let group = pick(chance, &["alone", "alone", "group0", "group1"]);
        let known: Vec<Topic> = LASTING.iter().filter_map(|name| stage.topic_named(name)).cloned().collect();
        if known.len() < LASTING.len() {
            return;
        }
        let mut ask = |topic: &Topic| {
            let log = stage.log(topic.id, 0);
            stage.ask(self.pace.who, What::Uncommit { group: group.to_owned(), log })
        };
        if percent(chance, 50) {
            let ops = known.iter().map(ask).collect();
            stage.deleted_groups.insert(group.to_owned());
            let request = DeleteGroupsRequest { groups_names: [group].into() };
            self.line.ask(stage, DELETE_VERSION, &request, Asked::DeleteGroup(ops));
            return;
        }
        let topic = &known[usize::from(percent(chance, 50))];
        let op = ask(topic);
        let partition = OffsetDeleteRequestPartition { partition_index: 0 };
        let topics = [OffsetDeleteRequestTopic { name: &topic.name, partitions: [partition].into() }];
        let request = OffsetDeleteRequest { group_id: group, topics: topics.into() };
        self.line.ask(stage, FORGET_VERSION, &request, Asked::Forget(op));
    }

    fn on_forgotten(&mut self, stage: &mut Stage, ops: &[u64], error: ErrorCode) {
        let outcome = match error {
            // A group that is not there has no offsets.
            ErrorCode::None | ErrorCode::GroupIdNotFound => What::Uncommitted,
            ErrorCode::NonEmptyGroup | ErrorCode::CoordinatorLoadInProgress => What::Refused,
            error => return self.on_refused(stage, error),
        };
        for op in ops {
            stage.answer(self.pace.who, *op, outcome.clone());
        }
    }

    fn commit_or_look(&mut self, stage: &mut Stage, chance: &mut Chance) {
        if !self.is_member && percent(chance, 15) {
            return self.forget(stage, chance);
        }
        let Some(topic) = choose_topic(stage, chance, true) else { return };
        // Few places, so that commits meet.
        let log = stage.log(topic.id, 0);
        let group = self.group.clone();
        if percent(chance, 40) {
            let op = stage.ask(self.pace.who, What::Look { group, log });
            let topic =
                OffsetFetchRequestTopics { name: "", topic_id: topic.id, partition_indexes: [0].into() };
            let group = OffsetFetchRequestGroup {
                group_id: &self.group,
                member_epoch: -1,
                topics: Some([topic].into()),
                ..OffsetFetchRequestGroup::default()
            };
            let request = OffsetFetchRequest { groups: [group].into(), ..OffsetFetchRequest::default() };
            self.line.ask(stage, LOOK_VERSION, &request, Asked::Look(log, op));
            return;
        }
        let op = stage.ask(self.pace.who, What::Commit { group, log });
        let metadata = op.to_string();
        let partition = OffsetCommitRequestPartition {
            partition_index: 0,
            committed_offset: i64::try_from(op).expect("small"),
            committed_leader_epoch: -1,
            committed_metadata: Some(&metadata),
        };
        let topic = OffsetCommitRequestTopic { name: "", topic_id: topic.id, partitions: [partition].into() };
        let request = OffsetCommitRequest {
            group_id: &self.group,
            generation_id_or_member_epoch: if self.is_member { self.generation } else { -1 },
            member_id: if self.is_member { &self.id } else { "" },
            group_instance_id: self.instance.as_deref().filter(|_| self.is_member),
            topics: [topic].into(),
            ..OffsetCommitRequest::default()
        };
        self.line.ask(stage, COMMIT_VERSION, &request, Asked::Commit(op));
    }

    fn on_answer(&mut self, stage: &mut Stage, asked: Asked, answer: &[u8]) {
        match asked {
            Asked::Coordinator => {
                let body = answer_body::<FindCoordinatorResponse<'_>>(answer, FIND_VERSION);
                self.is_found = body.coordinators.iter().next().is_some_and(|found| found.error_code == 0);
            }
            Asked::Join => {
                let body = answer_body::<JoinGroupResponse<'_>>(answer, JOIN_VERSION);
                self.on_joined(stage, &body);
            }
            Asked::Sync => {
                let body = answer_body::<SyncGroupResponse<'_>>(answer, SYNC_VERSION);
                self.on_synced(stage, &body);
            }
            Asked::Heartbeat => {
                let body = answer_body::<HeartbeatResponse>(answer, HEARTBEAT_VERSION);
                match code(body.error_code) {
                    ErrorCode::None => self.pace.has_done(stage),
                    error => self.on_refused(stage, error),
                }
            }
            Asked::Leave => {
                let body = answer_body::<LeaveGroupResponse<'_>>(answer, LEAVE_VERSION);
                let _ = body.error_code;
                (self.id, self.generation) = (String::new(), -1);
            }
            Asked::Commit(op) => {
                let body = answer_body::<OffsetCommitResponse<'_>>(answer, COMMIT_VERSION);
                let topic = body.topics.iter().next().expect("the topic that was named");
                let partition = topic.partitions.iter().next().expect("the partition that was named");
                match code(partition.error_code) {
                    ErrorCode::None => {
                        self.pace.has_done(stage);
                        stage.answer(self.pace.who, op, What::Committed);
                    }
                    error => self.on_refused(stage, error),
                }
            }
            Asked::Look(log, op) => self.on_looked(stage, log, op, answer),
            Asked::Forget(op) => {
                let body = answer_body::<OffsetDeleteResponse<'_>>(answer, FORGET_VERSION);
                let of_topic = body.topics.iter().next().and_then(|topic| topic.partitions.iter().next());
                let of_partition = of_topic.map_or(0, |partition| partition.error_code);
                let error = if body.error_code == 0 { of_partition } else { body.error_code };
                self.on_forgotten(stage, &[op], code(error));
            }
            Asked::DeleteGroup(ops) => {
                let body = answer_body::<DeleteGroupsResponse<'_>>(answer, DELETE_VERSION);
                let result = body.results.iter().next().expect("the group that was named");
                self.on_forgotten(stage, &ops, code(result.error_code));
            }
        }
    }

    fn on_joined(&mut self, stage: &mut Stage, body: &JoinGroupResponse<'_>) {
        match code(body.error_code) {
            ErrorCode::None => {
                self.id = body.member_id.to_owned();
                self.generation = body.generation_id;
                let members = body.members.iter().map(|member| member.member_id.to_owned()).collect();
                self.to_sync = Some(members);
            }
            ErrorCode::MemberIdRequired => self.id = body.member_id.to_owned(),
            error => self.on_refused(stage, error),
        }
    }

    fn on_synced(&mut self, stage: &mut Stage, body: &SyncGroupResponse<'_>) {
        match code(body.error_code) {
            ErrorCode::None => {
                let given = String::from_utf8_lossy(body.assignment).into_owned();
                let Some((leader, name)) = given.rsplit_once('/') else {
                    return stage.violate("groups", format!("the assignment {given:?} is nobody's"));
                };
                // A static member that comes again is given what its former self had.
                if name != self.id && self.instance.is_none() {
                    stage.violate("groups", format!("{} was given the part of {name}", self.id));
                }
                stage.on_assigned(&self.group, self.generation, leader, &self.id);
                self.is_assigned = true;
                self.heartbeat_at = stage.now.after(Duration::from_secs(3));
                self.pace.has_done(stage);
                stage.world.stop_at(self.heartbeat_at);
            }
            error => self.on_refused(stage, error),
        }
    }

    fn on_looked(&mut self, stage: &mut Stage, log: LogNumber, op: u64, answer: &[u8]) {
        let body = answer_body::<OffsetFetchResponse<'_>>(answer, LOOK_VERSION);
        let group = body.groups.iter().next().expect("the group that was named");
        if group.error_code != 0 {
            return self.on_refused(stage, code(group.error_code));
        }
        let topic = group.topics.iter().next().expect("the topic that was named");
        let partition = topic.partitions.iter().next().expect("the partition that was named");
        match code(partition.error_code) {
            ErrorCode::None => {
                self.pace.has_done(stage);
                let commit = partition.metadata.and_then(|text| text.parse().ok());
                let offset = partition.committed_offset;
                if commit.map_or(-1, u64::cast_signed) != offset {
                    stage.violate(
                        "groups",
                        format!("log {log}: offset {offset} with the metadata of {commit:?}"),
                    );
                }
                stage.answer(self.pace.who, op, What::Found { commit });
            }
            error => self.on_refused(stage, error),
        }
    }

    fn on_refused(&mut self, stage: &mut Stage, error: ErrorCode) {
        match error {
            ErrorCode::RebalanceInProgress | ErrorCode::IllegalGeneration => {}
            ErrorCode::UnknownMemberId | ErrorCode::FencedInstanceId => {
                (self.id, self.generation) = (String::new(), -1);
            }
            error if is_passing(error) => self.is_found = false,
            error => stage.violate("errors", format!("{} was refused: {error:?}", self.group)),
        }
        (self.is_assigned, self.to_sync) = (false, None);
    }
}

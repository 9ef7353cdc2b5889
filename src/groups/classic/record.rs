//! The group in the log: what is written when, what happens when that is safe, and the way back after a start.

use super::member::Member;
use super::sync::Assignments;
use super::{ClassicGroup, ClassicState, Protocol};
use crate::groups::{
    Effects, GroupAnswer, GroupRecord, JoinAnswer, LeaveAnswer, Moment, RecordNumber, RequestToken,
};
use loglane_net::ErrorCode;
use loglane_net::message::consumer_offsets::{GroupMetadataKey, GroupMetadataValue, MemberMetadata};
use loglane_net::record::{encode_key, encode_value};
use std::sync::Arc;

/// The version in which Kafka 4.3 writes the value.
const VALUE_VERSION: i16 = 3;

/// What happens when a record is in the log, or cannot be written.
#[derive(Debug)]
pub(super) enum Then {
    /// Nobody waits.
    Nothing,
    /// The group is there. If it cannot be written it is not.
    Created { token: RequestToken },
    /// The leader's assignments may be handed out.
    Assigned { generation_id: i32, assignments: Arc<Assignments> },
    /// A static member has another id now and keeps its assignment.
    StaticReturn(Box<StaticReturn>),
    /// The last members have left.
    Left { token: RequestToken, answer: LeaveAnswer },
}

/// A static member that has come back.
#[derive(Debug)]
pub(super) struct StaticReturn {
    /// The JoinGroup by which it came.
    pub(super) token: RequestToken,
    pub(super) new_id: Arc<str>,
    /// The member as it was, in case that the log does not take it.
    pub(super) before: Member,
    pub(super) old_leader: Arc<str>,
    pub(super) may_skip_assignment: bool,
}

impl Then {
    pub(super) fn heap_bytes(&self) -> usize {
        size_of::<Then>()
            + match self {
                Then::Nothing | Then::Created { .. } => 0,
                Then::Assigned { assignments, .. } => {
                    assignments.values().map(|assignment| assignment.len() + 64).sum()
                }
                Then::StaticReturn(returned) => returned.before.heap_bytes(),
                Then::Left { answer, .. } => answer.members.len() * 128,
            }
    }
}

/// The key under which a group is written.
#[must_use]
pub fn encode_group_key(group_id: &str) -> Vec<u8> {
    let mut key = Vec::with_capacity(4 + group_id.len());
    encode_key(&mut key, &GroupMetadataKey { group: group_id }).expect("group ids come from short strings");
    key
}

/// The value of a group that nobody has joined yet.
#[must_use]
pub fn encode_new_group(state_since_ms: i64) -> Vec<u8> {
    let value = GroupMetadataValue {
        protocol: None,
        leader: None,
        current_state_timestamp: state_since_ms,
        ..GroupMetadataValue::default()
    };
    encode(&value)
}

fn encode(value: &GroupMetadataValue<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode_value(&mut bytes, value, VALUE_VERSION).expect("all strings come from strings of this length");
    bytes
}

impl ClassicGroup {
    /// A group as the log has it. Members are those of the record; their sessions begin with
    /// [`ClassicGroup::on_loaded`].
    #[must_use]
    pub fn from_record(id: &str, value: &GroupMetadataValue<'_>) -> ClassicGroup {
        let mut group = ClassicGroup::with_offsets(id, value.current_state_timestamp);
        group.state_since_ms = (value.current_state_timestamp != -1).then_some(value.current_state_timestamp);
        group.generation_id = value.generation;
        group.protocol_type = Some(value.protocol_type).filter(|kind| !kind.is_empty()).map(Arc::from);
        group.protocol_name = value.protocol.map(Arc::from);
        for member in value.members.iter() {
            // A record of ours has each once; with one that has not, the first stays.
            let is_known = group.members.contains_key(member.member_id)
                || member.group_instance_id.is_some_and(|id| group.static_members.contains_key(id));
            if !is_known {
                let protocol = value.protocol.unwrap_or("");
                group.add_member(loaded_member(&member, protocol), value.protocol_type);
            }
        }
        if let Some(leader) = value.leader.filter(|leader| group.members.contains_key(*leader)) {
            group.leader = Some(Arc::from(leader));
        }
        if !group.members.is_empty() {
            group.state = ClassicState::Stable;
        }
        group.subscribed_topics = group.find_subscribed_topics();
        group.assert_sound();
        group
    }

    /// The log has been read: from now on members have to show that they live.
    #[must_use]
    pub fn on_loaded(&mut self, moment: &Moment<'_>) -> Effects {
        let mut effects = Effects::default();
        for id in self.member_ids() {
            self.expect_heartbeat(&id, moment);
        }
        if self.members.len() > moment.settings.size_max as usize {
            // The bound has been lowered. In a rebalance members can commit before the last ones are sent away.
            self.prepare_rebalance(&mut effects, moment, format_args!("the group is too large"), None);
        }
        self.assert_sound();
        effects
    }

    /// The record that says that there is such a group.
    pub(super) fn write_creation(&mut self, effects: &mut Effects, token: RequestToken) {
        self.is_new = false;
        let value = encode_new_group(self.state_since_ms.unwrap_or(-1));
        self.write(effects, Then::Created { token }, value);
    }

    /// The record that holds the group as it is, with its members' assignments or with new ones.
    pub(super) fn write_group(
        &mut self,
        effects: &mut Effects,
        then: Then,
        assignments: Option<&Assignments>,
    ) {
        self.is_new = false;
        let protocol = self.protocol_name.as_deref().unwrap_or("");
        let members: Vec<MemberMetadata<'_>> = self
            .members
            .values()
            .map(|member| {
                let assignment = match assignments {
                    None => &member.assignment[..],
                    Some(assignments) => assignments.get(&member.id).map_or(&[][..], |assignment| assignment),
                };
                member.record(protocol, assignment)
            })
            .collect();
        let value = encode(&GroupMetadataValue {
            protocol_type: self.protocol_type.as_deref().unwrap_or(""),
            generation: self.generation_id,
            protocol: self.protocol_name.as_deref(),
            leader: self.leader.as_deref(),
            current_state_timestamp: self.state_since_ms.unwrap_or(-1),
            members: members.into(),
        });
        self.write(effects, then, value);
    }

    fn write(&mut self, effects: &mut Effects, then: Then, value: Vec<u8>) {
        let number = RecordNumber(self.next_record);
        self.next_record += 1;
        self.in_flight.insert(number, then);
        effects.records.push(GroupRecord { number, value });
    }

    /// A record is safe.
    #[must_use]
    pub fn on_record_committed(&mut self, moment: &Moment<'_>, number: RecordNumber) -> Effects {
        let mut effects = Effects::default();
        match self.in_flight.remove(&number) {
            None | Some(Then::Nothing | Then::Created { .. }) => {}
            Some(Then::Assigned { generation_id, assignments }) => {
                // Somebody may have joined or gone meanwhile, and then these assignments are of the past.
                if self.awaits_assignments_of(generation_id) {
                    self.publish_assignments(&mut effects, moment, &assignments);
                }
            }
            Some(Then::StaticReturn(returned)) => {
                if self.is_waiting_in_join(&returned.new_id, returned.token) {
                    let answer = self.return_answer(&returned);
                    self.answer_join(&mut effects, &returned.new_id, answer);
                }
            }
            Some(Then::Left { token, answer }) => effects.answer(token, GroupAnswer::Leave(answer)),
        }
        self.assert_sound();
        effects
    }

    /// A record could not be written.
    #[must_use]
    pub fn on_record_failed(
        &mut self,
        moment: &Moment<'_>,
        number: RecordNumber,
        error: ErrorCode,
    ) -> Effects {
        let mut effects = Effects::default();
        let error = response_error(error);
        let then = self.in_flight.remove(&number);
        tracing::warn!(group = %self.id, ?error, "a group could not be written");
        match then {
            // The log may bring an old generation back at the next start. All of its members have gone.
            None | Some(Then::Nothing) => {}
            Some(Then::Created { token }) => {
                self.fail_created(&mut effects, moment, token, error);
            }
            Some(Then::Assigned { generation_id, .. }) => {
                if self.awaits_assignments_of(generation_id) {
                    self.forget_assignments(&mut effects, moment, error);
                    let why = format_args!("the assignments could not be stored");
                    self.rebalance_or_go_on(&mut effects, moment, why, None);
                }
            }
            Some(Then::StaticReturn(returned)) => {
                if self.members.contains_key(&returned.new_id) {
                    self.undo_return(&mut effects, moment, *returned, error);
                }
            }
            Some(Then::Left { token, .. }) => {
                effects.answer(token, GroupAnswer::Leave(LeaveAnswer::failed(error)));
            }
        }
        self.assert_sound();
        effects
    }

    fn awaits_assignments_of(&self, generation_id: i32) -> bool {
        self.state == ClassicState::CompletingRebalance && self.generation_id == generation_id
    }

    /// Whether that very JoinGroup still waits, and no rebalance has begun that will answer it.
    fn is_waiting_in_join(&self, member_id: &str, token: RequestToken) -> bool {
        matches!(self.state, ClassicState::Stable | ClassicState::CompletingRebalance)
            && self.members.get(member_id).is_some_and(|member| member.awaiting_join == Some(token))
    }

    /// A static member is back, and nothing changes. A leader that knows no better would assign anew, and from a
    /// generation in which it has not joined: it is told the old leader's id instead, so that it takes itself for a
    /// follower.
    fn return_answer(&self, returned: &StaticReturn) -> JoinAnswer {
        let id = &returned.new_id;
        if returned.may_skip_assignment {
            let leads = self.is_leader(id);
            JoinAnswer { skip_assignment: leads, ..self.generation_answer(id, leads) }
        } else {
            let leader = Arc::clone(&returned.old_leader);
            JoinAnswer { leader, ..self.generation_answer(id, false) }
        }
    }

    /// A static member's new id could not be stored: it never had one.
    fn undo_return(
        &mut self,
        effects: &mut Effects,
        moment: &Moment<'_>,
        returned: StaticReturn,
        error: ErrorCode,
    ) {
        let StaticReturn { token, new_id, before, old_leader, .. } = returned;
        let is_waiting = self.members.get(&new_id).is_some_and(|member| member.awaiting_join == Some(token));
        if is_waiting {
            let answer = JoinAnswer {
                error,
                leader: old_leader,
                member_id: Arc::from(""),
                ..self.generation_answer("", false)
            };
            self.answer_join(effects, &new_id, answer);
        }
        let old_id = Arc::clone(&before.id);
        self.replace_static(effects, &new_id, Arc::clone(&old_id));
        let member = self.members.get_mut(&old_id).expect("put back just now");
        let names = member.protocol_names();
        member.rebalance_timeout_ms = before.rebalance_timeout_ms;
        member.session_timeout_ms = before.session_timeout_ms;
        member.protocols = before.protocols;
        let names_before = member.protocol_names();
        self.discount_protocols(&names);
        self.count_protocols(&names_before);
        self.expect_heartbeat(&old_id, moment);
    }

    /// A new group could not be written: there is none.
    fn fail_created(
        &mut self,
        effects: &mut Effects,
        moment: &Moment<'_>,
        token: RequestToken,
        error: ErrorCode,
    ) {
        let creator = self.members.values().find(|member| member.awaiting_join == Some(token));
        if let Some(id) = creator.map(|member| Arc::clone(&member.id)) {
            self.answer_join(effects, &id, JoinAnswer::failed(error, ""));
        }
        self.fail_all_waiting(effects, error);
        self.enter(ClassicState::Dead, moment);
        self.deadlines.clear();
    }
}

/// The error that a member is told when the log refused a record.
fn response_error(append_error: ErrorCode) -> ErrorCode {
    match append_error {
        ErrorCode::UnknownTopicOrPartition | ErrorCode::NotEnoughReplicas | ErrorCode::RequestTimedOut => {
            ErrorCode::CoordinatorNotAvailable
        }
        ErrorCode::NotLeaderOrFollower | ErrorCode::KafkaStorageError => ErrorCode::NotCoordinator,
        ErrorCode::MessageTooLarge | ErrorCode::RecordListTooLarge | ErrorCode::InvalidFetchSize => {
            ErrorCode::UnknownServerError
        }
        other => other,
    }
}

fn loaded_member(record: &MemberMetadata<'_>, protocol: &str) -> Member {
    let rebalance_timeout_ms = match record.rebalance_timeout {
        -1 => record.session_timeout,
        timeout => timeout,
    };
    Member {
        id: Arc::from(record.member_id),
        instance_id: record.group_instance_id.map(Arc::from),
        client_id: Arc::from(record.client_id),
        client_host: Arc::from(record.client_host),
        rebalance_timeout_ms,
        session_timeout_ms: record.session_timeout,
        protocols: vec![Protocol { name: Arc::from(protocol), metadata: Arc::from(record.subscription) }],
        assignment: Arc::from(record.assignment),
        awaiting_join: None,
        awaiting_sync: None,
        is_new: false,
        arrival: 0,
    }
}

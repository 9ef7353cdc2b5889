//! Who may enter a group, and with which id.

use super::member::{Member, Protocol, span};
use super::record::{StaticReturn, Then};
use super::{ClassicGroup, ClassicState, Due};
use crate::groups::{Effects, GroupAnswer, JoinAnswer, Moment, RequestToken, SyncAnswer};
use loglane_net::ErrorCode;
use std::fmt::Write as _;
use std::sync::Arc;

/// A JoinGroup whose group id and session timeout are in order.
#[derive(Debug, Clone)]
pub struct JoinRequest<'a> {
    /// From the request's header.
    pub client_id: &'a str,
    /// The client's address as Kafka writes it: a slash, then the IP address.
    pub client_host: &'a str,
    /// Empty: the member has none yet.
    pub member_id: &'a str,
    /// A static member's name of its own.
    pub instance_id: Option<&'a str>,
    /// A member that is silent for longer is removed.
    pub session_timeout_ms: i32,
    /// How long the member may take to join a new generation; in version 0 the session timeout.
    pub rebalance_timeout_ms: i32,
    /// The kind of group.
    pub protocol_type: &'a str,
    /// In the order of preference.
    pub protocols: Vec<Protocol>,
    /// Why the client joins, for the log.
    pub reason: Option<&'a str>,
    /// Whether a new dynamic member first gets an id and then joins with it: version 4 and up.
    pub requires_known_member_id: bool,
    /// Whether the client knows what it means to skip the assignment: version 9.
    pub may_skip_assignment: bool,
}

/// How long a new member may wait in JoinGroup. It cannot send heartbeats, for it does not know its id, and its
/// connection may have gone long ago; if it is still there it tries again.
const NEW_MEMBER_JOIN_TIMEOUT_MS: i64 = 5 * 60 * 1000;

impl ClassicGroup {
    /// A JoinGroup. `random` makes the member's id if it needs one.
    ///
    /// The coordinator makes a new group for a member without an id only; a member with an id and no group is answered
    /// UNKNOWN_MEMBER_ID there.
    #[must_use]
    pub fn on_join(
        &mut self,
        moment: &Moment<'_>,
        token: RequestToken,
        request: &JoinRequest<'_>,
        random: u128,
    ) -> Effects {
        let mut effects = Effects::default();
        if !self.has_room_for(moment, request.member_id) {
            self.remove_member(request.member_id);
            refuse(&mut effects, token, ErrorCode::GroupMaxSizeReached, "");
        } else if self.state == ClassicState::Dead {
            refuse(&mut effects, token, ErrorCode::CoordinatorNotAvailable, request.member_id);
        } else if !self.supports(request) {
            refuse(&mut effects, token, ErrorCode::InconsistentGroupProtocol, request.member_id);
        } else if request.member_id.is_empty() {
            self.join_new(&mut effects, moment, token, request, random);
        } else {
            self.join_known(&mut effects, moment, token, request);
        }
        if self.is_new && effects.records.is_empty() {
            // Whatever came of the request, Kafka has the group from now on.
            self.write_creation(&mut effects, token);
        }
        self.assert_sound();
        effects
    }

    /// Whether the group is below its greatest size, or the member is in it.
    ///
    /// While members rejoin it is those who wait that count: a group that is too large, because the bound was lowered,
    /// loses whoever comes last.
    fn has_room_for(&self, moment: &Moment<'_>, member_id: &str) -> bool {
        let size_max = moment.settings.size_max as usize;
        match self.state {
            ClassicState::Empty | ClassicState::Dead => true,
            ClassicState::PreparingRebalance => {
                let member = self.members.get(member_id);
                member.is_some_and(|member| member.awaiting_join.is_some()) || self.awaiting_join < size_max
            }
            ClassicState::CompletingRebalance | ClassicState::Stable => {
                self.members.contains_key(member_id) || self.members.len() < size_max
            }
        }
    }

    /// Whether the protocol type is the group's and all members support one of the protocols.
    fn supports(&self, request: &JoinRequest<'_>) -> bool {
        if self.state == ClassicState::Empty {
            return !request.protocol_type.is_empty() && !request.protocols.is_empty();
        }
        let everyone = self.members.len();
        self.protocol_type.as_deref() == Some(request.protocol_type)
            && request
                .protocols
                .iter()
                .any(|protocol| self.supported.get(&protocol.name).copied().unwrap_or(0) == everyone)
    }

    /// A member without an id.
    fn join_new(
        &mut self,
        effects: &mut Effects,
        moment: &Moment<'_>,
        token: RequestToken,
        request: &JoinRequest<'_>,
        random: u128,
    ) {
        let Some(new_id) = new_member_id(request.instance_id.unwrap_or(request.client_id), random) else {
            refuse(effects, token, ErrorCode::UnknownServerError, "");
            return;
        };
        let existing = request.instance_id.and_then(|instance| self.static_members.get(instance).cloned());
        if let Some(old_id) = existing {
            tracing::info!(group = %self.id, member = %new_id, replaced = %old_id, "a static member is back");
            self.join_returning(effects, moment, token, request, &old_id, new_id);
        } else if request.instance_id.is_none() && request.requires_known_member_id {
            let at = moment.now.after(span(i64::from(request.session_timeout_ms)));
            self.deadlines.set(Due::Session(Arc::clone(&new_id)), at);
            refuse(effects, token, ErrorCode::MemberIdRequired, &new_id);
            self.pending_members.insert(new_id);
        } else {
            self.enter_group(effects, moment, token, request, new_id);
        }
    }

    /// A member with an id: one that was just given out, or one of a member.
    fn join_known(
        &mut self,
        effects: &mut Effects,
        moment: &Moment<'_>,
        token: RequestToken,
        request: &JoinRequest<'_>,
    ) {
        let id = request.member_id;
        if self.pending_members.contains(id) {
            // Only dynamic members are ever pending. Kafka fails on this one, with its code for whatever it did not
            // expect.
            if request.instance_id.is_some() {
                refuse(effects, token, ErrorCode::UnknownServerError, "");
                return;
            }
            self.enter_group(effects, moment, token, request, Arc::from(id));
            return;
        }
        if let Err(error) = self.check_member(id, request.instance_id) {
            refuse(effects, token, error, id);
            return;
        }
        let member = self.members.get(id).expect("checked just now");
        let is_unchanged = member.protocols == request.protocols;
        let may_stay = match self.state {
            ClassicState::PreparingRebalance => false,
            // It may have missed the answer to its first JoinGroup.
            ClassicState::CompletingRebalance => is_unchanged,
            // The leader joins again to have things assigned anew, which need not show in its metadata.
            ClassicState::Stable => is_unchanged && !self.is_leader(id),
            ClassicState::Empty | ClassicState::Dead => {
                unreachable!("an empty group has no members, and a dead one has been dealt with")
            }
        };
        if may_stay {
            let is_told = self.is_leader(id) && self.state == ClassicState::CompletingRebalance;
            let answer = self.generation_answer(id, is_told);
            effects.answer(token, GroupAnswer::Join(answer));
        } else {
            self.update_member(id, request, Some(token));
            self.rebalance_or_go_on(effects, moment, format_args!("member {id} joins again"), request.reason);
        }
    }

    /// A new member enters, and a new generation is on its way.
    fn enter_group(
        &mut self,
        effects: &mut Effects,
        moment: &Moment<'_>,
        token: RequestToken,
        request: &JoinRequest<'_>,
        id: Arc<str>,
    ) {
        if self.state == ClassicState::PreparingRebalance && self.previous_state == ClassicState::Empty {
            self.new_member_added = true;
        }
        self.add_member(new_member(request, Arc::clone(&id), token), request.protocol_type);
        let at = moment.now.after(span(NEW_MEMBER_JOIN_TIMEOUT_MS));
        self.deadlines.set(Due::Session(Arc::clone(&id)), at);
        self.rebalance_or_go_on(effects, moment, format_args!("new member {id}"), request.reason);
    }

    /// A static member has been restarted, and comes without the id that it had: it takes its own place.
    fn join_returning(
        &mut self,
        effects: &mut Effects,
        moment: &Moment<'_>,
        token: RequestToken,
        request: &JoinRequest<'_>,
        old_id: &Arc<str>,
        new_id: Arc<str>,
    ) {
        let old_leader = self.leader.clone().expect("a group with members has a leader");
        let before = self.members.get(old_id).expect("instances name members").clone();
        self.replace_static(effects, old_id, Arc::clone(&new_id));
        self.expect_heartbeat(&new_id, moment);
        self.update_member(&new_id, request, Some(token));
        match self.state {
            ClassicState::Stable if self.select_protocol() == self.protocol_name => {
                // The old assignment stays good: no generation is needed, only the log has to know the new id.
                let may_skip_assignment = request.may_skip_assignment;
                let returned = StaticReturn { token, new_id, before, old_leader, may_skip_assignment };
                self.write_group(effects, Then::StaticReturn(Box::new(returned)), None);
            }
            ClassicState::Stable => {
                let reason = format_args!("static member {new_id} changes the vote");
                self.rebalance_or_go_on(effects, moment, reason, request.reason);
            }
            // The leader may be assigning to the old id right now.
            ClassicState::CompletingRebalance => {
                let reason = format_args!("static member {new_id} is back");
                self.prepare_rebalance(effects, moment, reason, request.reason);
            }
            ClassicState::PreparingRebalance => self.complete_join_if_all_are_here(effects, moment),
            ClassicState::Empty | ClassicState::Dead => unreachable!("such groups have no static members"),
        }
    }

    /// Gives a static member another id. Who still uses the old one is fenced.
    pub(super) fn replace_static(&mut self, effects: &mut Effects, old_id: &Arc<str>, new_id: Arc<str>) {
        let fenced = ErrorCode::FencedInstanceId;
        self.answer_join(effects, old_id, JoinAnswer::failed(fenced, old_id));
        self.answer_sync(effects, old_id, SyncAnswer::failed(fenced));
        let mut member = self.members.remove(old_id).expect("only members are replaced");
        // Its sync, if one was due, is the old id's: Kafka waits for it until the deadline, so that a static member which
        // is replaced before it synced makes the group rebalance. Leaving it out would only be quicker.
        let instance_id = member.instance_id.clone().expect("it is static");
        self.deadlines.cancel(&Due::Session(Arc::clone(old_id)));
        member.id = Arc::clone(&new_id);
        member.is_new = false;
        self.members.insert(Arc::clone(&new_id), member);
        if self.is_leader(old_id) {
            self.leader = Some(Arc::clone(&new_id));
        }
        self.static_members.insert(instance_id, new_id);
    }

    /// A member joins with what may be new timeouts and protocols.
    fn update_member(&mut self, id: &str, request: &JoinRequest<'_>, token: Option<RequestToken>) {
        let member = self.members.get_mut(id).expect("only members are updated");
        member.rebalance_timeout_ms = request.rebalance_timeout_ms;
        member.session_timeout_ms = request.session_timeout_ms;
        self.awaiting_join += usize::from(token.is_some());
        self.awaiting_join -= usize::from(member.awaiting_join.is_some());
        // A client that gave up and joins again on another connection: nobody listens on the old one.
        member.awaiting_join = token;
        let names_before = member.protocol_names();
        member.protocols.clone_from(&request.protocols);
        let names = member.protocol_names();
        self.discount_protocols(&names_before);
        self.count_protocols(&names);
    }
}

fn refuse(effects: &mut Effects, token: RequestToken, error: ErrorCode, member_id: &str) {
    effects.answer(token, GroupAnswer::Join(JoinAnswer::failed(error, member_id)));
}

fn new_member(request: &JoinRequest<'_>, id: Arc<str>, token: RequestToken) -> Member {
    Member {
        id,
        instance_id: request.instance_id.map(Arc::from),
        client_id: Arc::from(request.client_id),
        client_host: Arc::from(request.client_host),
        rebalance_timeout_ms: request.rebalance_timeout_ms,
        session_timeout_ms: request.session_timeout_ms,
        protocols: request.protocols.clone(),
        assignment: Arc::from([]),
        awaiting_join: Some(token),
        awaiting_sync: None,
        is_new: true,
        arrival: 0,
    }
}

/// `prefix-uuid`, with a random uuid (version 4). `None`: no string of the protocol is that long.
fn new_member_id(prefix: &str, random: u128) -> Option<Arc<str>> {
    const UUID_CHARS: usize = 37;
    if prefix.len() + UUID_CHARS > usize::from(i16::MAX.unsigned_abs()) {
        return None;
    }
    let version = 0x4u128 << 76;
    let variant = 0x2u128 << 62;
    let bits = (random & !(0xfu128 << 76) & !(0x3u128 << 62)) | version | variant;
    let hex = format!("{bits:032x}");
    let mut id = String::with_capacity(prefix.len() + UUID_CHARS);
    id.push_str(prefix);
    for part in [0..8, 8..12, 12..16, 16..20, 20..32] {
        write!(id, "-{}", &hex[part]).expect("strings take everything");
    }
    Some(Arc::from(id))
}

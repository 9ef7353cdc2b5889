//! A group by Kafka's classic protocol: the broker keeps the membership and counts generations, the members vote for
//! a protocol, and one of them, the leader, tells all what to do.
//!
//! ```text
//!            a member joins                 all have joined, or time is up
//!   Empty ───────────────────▶ PreparingRebalance ───────────────▶ CompletingRebalance
//!     ▲                          │    ▲    ▲                              │      │
//!     └── nobody is left ────────┘    │    └── somebody joins or goes ────┘      │ the leader's assignment
//!                                     │                                          ▼ is in the log
//!                                     └────── somebody joins or goes ───────── Stable
//! ```
//!
//! A JoinGroup waits until its generation begins, a SyncGroup until the leader's assignment is in the log. Files by
//! subject: [`join`] who may enter, [`rebalance`] from one generation to the next, [`sync`] assignments, [`leave`]
//! leaving and heartbeats, [`expiry`] what time does, [`record`] the log, [`view`] what others ask of a group.
//!
//! The invariant to remember: every member supports the group's protocol type and at least one protocol that all
//! others support too, so that a vote has always a winner.

mod deadlines;
mod expiry;
mod join;
mod leave;
mod member;
mod rebalance;
mod record;
mod sync;
mod view;

#[cfg(test)]
mod scripts;

pub use join::JoinRequest;
pub use leave::{HeartbeatRequest, LeavingMember};
pub use member::Protocol;
pub use record::{encode_group_key, encode_new_group};
pub use sync::SyncRequest;
pub use view::{DescribedMember, Expiry};

use super::{Effects, GroupAnswer, JoinAnswer, LeaveAnswer, Moment, RecordNumber, SyncAnswer};
use deadlines::{Deadlines, Due};
use loglane_model::Instant;
use loglane_net::ErrorCode;
use member::Member;
use rebalance::InitialDelay;
use record::Then;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

/// Where a group is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClassicState {
    /// No members; perhaps committed offsets.
    Empty,
    /// Members are joining the next generation.
    PreparingRebalance,
    /// All know the generation, and wait for the leader's assignment.
    CompletingRebalance,
    /// All can have their assignment.
    Stable,
    /// It is no more: the coordinator has let it go, or could not write that it is there.
    Dead,
}

impl ClassicState {
    /// The state's name as Kafka shows it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            ClassicState::Empty => "Empty",
            ClassicState::PreparingRebalance => "PreparingRebalance",
            ClassicState::CompletingRebalance => "CompletingRebalance",
            ClassicState::Stable => "Stable",
            ClassicState::Dead => "Dead",
        }
    }
}

impl fmt::Display for ClassicState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A group by the classic protocol, or one that only holds committed offsets.
#[derive(Debug)]
pub struct ClassicGroup {
    id: Arc<str>,
    state: ClassicState,
    previous_state: ClassicState,
    /// When the state was entered; `None`: an old record did not say.
    state_since_ms: Option<i64>,
    /// `None`: nobody has ever joined.
    protocol_type: Option<Arc<str>>,
    /// What the current generation has voted for.
    protocol_name: Option<Arc<str>>,
    generation_id: i32,
    leader: Option<Arc<str>>,
    members: BTreeMap<Arc<str>, Member>,
    /// Member ids of static members by instance id.
    static_members: BTreeMap<Arc<str>, Arc<str>>,
    /// Ids that were given out with MEMBER_ID_REQUIRED and not used yet.
    pending_members: BTreeSet<Arc<str>>,
    /// Members of this generation that have not sent SyncGroup.
    pending_sync: BTreeSet<Arc<str>>,
    /// By protocol: how many members support it.
    supported: BTreeMap<Arc<str>, usize>,
    /// The topics of all members; `None` where that is not known.
    subscribed_topics: Option<BTreeSet<Box<str>>>,
    /// How many members wait in JoinGroup.
    awaiting_join: usize,
    /// Somebody joined during the initial delay, which is a reason to prolong it.
    new_member_added: bool,
    /// While the first rebalance of an empty group waits for more members.
    initial_delay: Option<InitialDelay>,
    /// The generation for which a sync deadline was set.
    sync_generation: i32,
    deadlines: Deadlines,
    /// Nothing of it is in the log or on the way there.
    is_new: bool,
    next_record: u64,
    /// Records that are on their way to the log, and what is to happen then.
    in_flight: BTreeMap<RecordNumber, Then>,
    next_arrival: u64,
}

impl ClassicGroup {
    /// A group of which nothing is known yet: somebody joins, or commits an offset.
    #[must_use]
    pub fn new(id: &str, wall_ms: i64) -> ClassicGroup {
        ClassicGroup {
            id: Arc::from(id),
            state: ClassicState::Empty,
            previous_state: ClassicState::Dead,
            state_since_ms: Some(wall_ms),
            protocol_type: None,
            protocol_name: None,
            generation_id: 0,
            leader: None,
            members: BTreeMap::new(),
            static_members: BTreeMap::new(),
            pending_members: BTreeSet::new(),
            pending_sync: BTreeSet::new(),
            supported: BTreeMap::new(),
            subscribed_topics: None,
            awaiting_join: 0,
            new_member_added: false,
            initial_delay: None,
            sync_generation: 0,
            deadlines: Deadlines::default(),
            is_new: true,
            next_record: 0,
            in_flight: BTreeMap::new(),
            next_arrival: 0,
        }
    }

    /// When [`ClassicGroup::on_deadline`] wants to be called, if at all.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Instant> {
        self.deadlines.next()
    }

    /// The coordinator lets the group go: to another broker, or because it was deleted. Whoever waits is told to look
    /// for the coordinator again.
    #[must_use]
    pub fn on_unloaded(&mut self, moment: &Moment<'_>) -> Effects {
        let mut effects = Effects::default();
        self.fail_all_waiting(&mut effects, ErrorCode::NotCoordinator);
        for then in std::mem::take(&mut self.in_flight).into_values() {
            if let Then::Left { token, .. } = then {
                let answer = LeaveAnswer::failed(ErrorCode::NotCoordinator);
                effects.answer(token, GroupAnswer::Leave(answer));
            }
        }
        self.enter(ClassicState::Dead, moment);
        self.deadlines.clear();
        effects
    }

    /// Roughly the memory that the group takes, for the budget of groups.
    #[must_use]
    pub fn heap_bytes(&self) -> usize {
        const NODE_BYTES: usize = 48;
        let members: usize = self.members.values().map(Member::heap_bytes).sum();
        let pending: usize = self.pending_members.iter().map(|id| id.len() + NODE_BYTES).sum();
        let topics = self
            .subscribed_topics
            .as_ref()
            .map_or(0, |topics| topics.iter().map(|topic| topic.len() + NODE_BYTES).sum::<usize>());
        let protocols: usize = self.supported.keys().map(|name| name.len() + NODE_BYTES).sum();
        let in_flight: usize = self.in_flight.values().map(Then::heap_bytes).sum();
        size_of::<ClassicGroup>()
            + self.id.len()
            + members
            + pending
            + topics
            + protocols
            + in_flight
            + self.deadlines.heap_bytes()
    }

    /// Whether the static member of this instance and this member are one, or, without an instance, whether there is
    /// such a member.
    fn check_member(&self, member_id: &str, instance_id: Option<&str>) -> Result<(), ErrorCode> {
        if let Some(instance_id) = instance_id {
            match self.static_members.get(instance_id) {
                None => return Err(ErrorCode::UnknownMemberId),
                Some(current) if &**current != member_id => return Err(ErrorCode::FencedInstanceId),
                Some(_) => {}
            }
        }
        if self.members.contains_key(member_id) { Ok(()) } else { Err(ErrorCode::UnknownMemberId) }
    }

    fn is_leader(&self, member_id: &str) -> bool {
        self.leader.as_deref() == Some(member_id)
    }

    fn enter(&mut self, state: ClassicState, moment: &Moment<'_>) {
        use ClassicState::{CompletingRebalance, Dead, Empty, PreparingRebalance, Stable};
        let allowed = match state {
            Empty | CompletingRebalance => self.state == PreparingRebalance,
            PreparingRebalance => matches!(self.state, Stable | CompletingRebalance | Empty),
            Stable => self.state == CompletingRebalance,
            Dead => true,
        };
        assert!(allowed, "a group goes from {} to {state}", self.state);
        self.previous_state = self.state;
        self.state = state;
        self.state_since_ms = Some(moment.wall_ms);
    }

    /// Takes a member in. Its protocols fit, or it is the first.
    fn add_member(&mut self, mut member: Member, protocol_type: &str) {
        if self.members.is_empty() {
            self.protocol_type = Some(Arc::from(protocol_type));
        }
        if let Some(instance_id) = &member.instance_id {
            let before = self.static_members.insert(Arc::clone(instance_id), Arc::clone(&member.id));
            assert!(before.is_none(), "one member for each instance");
        }
        if self.leader.is_none() {
            self.leader = Some(Arc::clone(&member.id));
        }
        member.arrival = self.next_arrival;
        self.next_arrival += 1;
        self.awaiting_join += usize::from(member.awaiting_join.is_some());
        self.count_protocols(&member.protocol_names());
        self.pending_members.remove(&member.id);
        let before = self.members.insert(Arc::clone(&member.id), member);
        assert!(before.is_none(), "member ids are given out once");
    }

    /// Removes a member, pending or not. A request in which it waits is for the caller to answer before.
    fn remove_member(&mut self, member_id: &str) {
        if let Some(member) = self.members.remove(member_id) {
            self.discount_protocols(&member.protocol_names());
            self.awaiting_join -= usize::from(member.awaiting_join.is_some());
            if let Some(instance_id) = &member.instance_id {
                self.static_members.remove(instance_id);
            }
            self.deadlines.cancel(&Due::Session(member.id));
        } else if let Some(pending) = self.pending_members.take(member_id) {
            self.deadlines.cancel(&Due::Session(pending));
        }
        self.pending_sync.remove(member_id);
        if self.is_leader(member_id) {
            self.leader = self.oldest_member(|_| true);
        }
    }

    fn oldest_member(&self, fits: impl Fn(&Member) -> bool) -> Option<Arc<str>> {
        let candidates = self.members.values().filter(|member| fits(member));
        candidates.min_by_key(|member| member.arrival).map(|member| Arc::clone(&member.id))
    }

    fn count_protocols(&mut self, names: &BTreeSet<Arc<str>>) {
        for name in names {
            *self.supported.entry(Arc::clone(name)).or_default() += 1;
        }
    }

    fn discount_protocols(&mut self, names: &BTreeSet<Arc<str>>) {
        for name in names {
            let count = self.supported.get_mut(name).expect("each name of a member is counted");
            *count -= 1;
            if *count == 0 {
                self.supported.remove(name);
            }
        }
    }

    /// Gives a member a (new) deadline for its next sign of life.
    fn expect_heartbeat(&mut self, member_id: &str, moment: &Moment<'_>) {
        if let Some(member) = self.members.get(member_id) {
            let at = moment.now.after(member.session_timeout());
            self.deadlines.set(Due::Session(Arc::clone(&member.id)), at);
        }
    }

    /// Answers the JoinGroup in which a member waits, if it does.
    fn answer_join(&mut self, effects: &mut Effects, member_id: &str, answer: JoinAnswer) {
        let Some(member) = self.members.get_mut(member_id) else { return };
        if let Some(token) = member.awaiting_join.take() {
            self.awaiting_join -= 1;
            effects.answer(token, GroupAnswer::Join(answer));
        }
    }

    /// Answers the SyncGroup in which a member waits, if it does; whether it did.
    fn answer_sync(&mut self, effects: &mut Effects, member_id: &str, answer: SyncAnswer) -> bool {
        let token = self.members.get_mut(member_id).and_then(|member| member.awaiting_sync.take());
        if let Some(token) = token {
            effects.answer(token, GroupAnswer::Sync(answer));
        }
        token.is_some()
    }

    fn fail_all_waiting(&mut self, effects: &mut Effects, error: ErrorCode) {
        for id in self.member_ids() {
            self.answer_join(effects, &id, JoinAnswer::failed(error, &id));
            self.answer_sync(effects, &id, SyncAnswer::failed(error));
        }
    }

    /// The ids of all members, for loops that change them.
    fn member_ids(&self) -> Vec<Arc<str>> {
        self.members.keys().cloned().collect()
    }

    /// A step is over: what must hold between steps.
    fn assert_sound(&self) {
        let awaiting = self.members.values().filter(|member| member.awaiting_join.is_some()).count();
        assert_eq!(self.awaiting_join, awaiting, "waiting members are counted");
        assert!(self.static_members.len() <= self.members.len());
        if !self.members.is_empty() && self.state != ClassicState::Dead {
            let leader = self.leader.as_ref().expect("a group with members has a leader");
            assert!(self.members.contains_key(leader), "the leader is a member");
        }
    }
}

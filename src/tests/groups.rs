//! Groups with members: a whole group by hand, over raw connections, through rebalances, silence and deaths of the
//! broker.

use super::broker::Broker;
use super::client::{ClientId, answer_of, reader};
use super::ledger::Random;
use super::{Setup, with_seeds};
use loglane_net::message::describe_groups::{DescribeGroupsRequest, DescribeGroupsResponse};
use loglane_net::message::heartbeat::{HeartbeatRequest, HeartbeatResponse};
use loglane_net::message::join_group::{JoinGroupRequest, JoinGroupRequestProtocol, JoinGroupResponse};
use loglane_net::message::leave_group::{LeaveGroupRequest, LeaveGroupResponse, MemberIdentity};
use loglane_net::message::sync_group::{SyncGroupRequest, SyncGroupRequestAssignment, SyncGroupResponse};
use loglane_net::{ApiKey, ErrorCode, Response};
use std::collections::BTreeMap;
use std::time::Duration;

/// Versions in which the members speak.
const JOIN_VERSION: i16 = 9;
const SYNC_VERSION: i16 = 5;
const HEARTBEAT_VERSION: i16 = 4;
const LEAVE_VERSION: i16 = 5;
const DESCRIBE_VERSION: i16 = 6;

const GROUP: &str = "group";

/// A member by Kafka's rules for clients: it joins until it has an assignment, and then shows that it lives.
pub(super) struct Member {
    client: ClientId,
    instance: Option<String>,
    id: String,
    generation: i32,
    waits_for: Option<ApiKey>,
    /// The generation and the assignment that it has.
    pub(super) assigned: Option<(i32, String)>,
    /// It has joined and has to ask for its assignment; as a leader with the ids of all members.
    to_sync: Option<Vec<String>>,
    next_heartbeat: Duration,
}

/// What one member was given: by whom and which one of that leader's assignments.
type Handed = BTreeMap<i32, String>;

impl Member {
    pub(super) fn new(client: ClientId, instance: Option<String>) -> Member {
        Member {
            client,
            instance,
            id: String::new(),
            generation: -1,
            waits_for: None,
            assigned: None,
            to_sync: None,
            next_heartbeat: Duration::ZERO,
        }
    }

    /// Sends what is due, if nothing is under way.
    fn act(&mut self, broker: &mut Broker) {
        if self.waits_for.is_some() {
            return;
        }
        let now = Duration::from_nanos(broker.now().0);
        if let Some(members) = self.to_sync.take() {
            self.sync(broker, &members);
        } else if self.assigned.is_none() {
            self.join(broker);
        } else if now >= self.next_heartbeat {
            self.next_heartbeat = now + Duration::from_millis(500);
            let request = HeartbeatRequest {
                group_id: GROUP,
                generation_id: self.generation,
                member_id: &self.id,
                group_instance_id: self.instance.as_deref(),
            };
            broker.client(self.client).send(HEARTBEAT_VERSION, &request);
            self.waits_for = Some(ApiKey::Heartbeat);
        }
    }

    fn join(&mut self, broker: &mut Broker) {
        let request = JoinGroupRequest {
            group_id: GROUP,
            session_timeout_ms: 10_000,
            rebalance_timeout_ms: 20_000,
            member_id: &self.id,
            group_instance_id: self.instance.as_deref(),
            protocol_type: "test",
            protocols: [JoinGroupRequestProtocol { name: "by-name", metadata: b"me" }].into(),
            reason: None,
        };
        broker.client(self.client).send(JOIN_VERSION, &request);
        self.waits_for = Some(ApiKey::JoinGroup);
    }

    /// A leader gives each member its name in that generation, signed by itself.
    fn sync(&mut self, broker: &mut Broker, members: &[String]) {
        let given: Vec<String> =
            members.iter().map(|id| format!("{}/{}/{id}", self.generation, self.id)).collect();
        let assignments = members
            .iter()
            .zip(&given)
            .map(|(member_id, given)| SyncGroupRequestAssignment { member_id, assignment: given.as_bytes() });
        let request = SyncGroupRequest {
            group_id: GROUP,
            generation_id: self.generation,
            member_id: &self.id,
            group_instance_id: self.instance.as_deref(),
            protocol_type: Some("test"),
            protocol_name: Some("by-name"),
            assignments: assignments.collect(),
        };
        broker.client(self.client).send(SYNC_VERSION, &request);
        self.waits_for = Some(ApiKey::SyncGroup);
    }

    /// Takes an answer in, if one has come.
    fn listen(&mut self, broker: &mut Broker, handed: &mut Handed) {
        let Some(answer) = broker.client(self.client).take_answer() else { return };
        match self.waits_for.take().expect("answers come to questions") {
            ApiKey::JoinGroup => self.on_joined(&body::<JoinGroupResponse<'_>>(&answer, JOIN_VERSION)),
            ApiKey::SyncGroup => {
                self.on_synced(&body::<SyncGroupResponse<'_>>(&answer, SYNC_VERSION), handed);
            }
            _ => {
                let answer = body::<HeartbeatResponse>(&answer, HEARTBEAT_VERSION);
                match code(answer.error_code) {
                    ErrorCode::None => {}
                    ErrorCode::RebalanceInProgress | ErrorCode::IllegalGeneration => self.assigned = None,
                    error => self.start_again(error),
                }
            }
        }
    }

    fn on_joined(&mut self, answer: &JoinGroupResponse<'_>) {
        match code(answer.error_code) {
            ErrorCode::None => {
                self.id = answer.member_id.to_owned();
                self.generation = answer.generation_id;
                let members = answer.members.iter().map(|member| member.member_id.to_owned()).collect();
                self.to_sync = Some(members);
            }
            ErrorCode::MemberIdRequired => self.id = answer.member_id.to_owned(),
            error => self.start_again(error),
        }
    }

    fn on_synced(&mut self, answer: &SyncGroupResponse<'_>, handed: &mut Handed) {
        match code(answer.error_code) {
            ErrorCode::None => {
                let given = String::from_utf8(answer.assignment.to_vec()).unwrap();
                // What one leader has said for a generation stands, whatever has died since.
                let signed = given.rsplit_once('/').expect("the leader names everybody").0.to_owned();
                let known = handed.entry(self.generation).or_insert_with(|| signed.clone());
                assert_eq!(*known, signed, "one assignment for each generation");
                self.assigned = Some((self.generation, given));
            }
            ErrorCode::RebalanceInProgress | ErrorCode::IllegalGeneration => {}
            error => self.start_again(error),
        }
    }

    fn start_again(&mut self, error: ErrorCode) {
        assert!(
            matches!(
                error,
                ErrorCode::UnknownMemberId
                    | ErrorCode::FencedInstanceId
                    | ErrorCode::NotCoordinator
                    | ErrorCode::CoordinatorLoadInProgress
                    | ErrorCode::CoordinatorNotAvailable
            ),
            "{error:?}"
        );
        self.assigned = None;
        if error == ErrorCode::UnknownMemberId || error == ErrorCode::FencedInstanceId {
            self.id.clear();
            self.generation = -1;
        }
    }

    /// Says goodbye, and waits until that is heard.
    fn leave(&mut self, broker: &mut Broker) {
        assert!(self.waits_for.is_none());
        let member = MemberIdentity {
            member_id: &self.id,
            group_instance_id: self.instance.as_deref(),
            reason: Some("the test says so"),
        };
        let request = LeaveGroupRequest { group_id: GROUP, members: [member].into(), ..Default::default() };
        let body = broker.ask(self.client, LEAVE_VERSION, &request);
        let answer: LeaveGroupResponse<'_> = answer_of(&body, LEAVE_VERSION);
        assert_eq!((answer.error_code, answer.members.iter().next().unwrap().error_code), (0, 0));
        *self = Member::new(self.client, None);
    }
}

fn code(code: i16) -> ErrorCode {
    ErrorCode::from_i16(code).expect("a known code")
}

fn body<'a, R: Response<'a>>(answer: &'a [u8], version: i16) -> R {
    let (_, mut reader) = reader(answer, R::API_KEY, version);
    R::decode(&mut reader, version).expect("an answer of that version")
}

/// A group of which all are there: the same generation, and everybody with his own part of one assignment.
fn is_complete(members: &[Member], since: i32) -> bool {
    let generation =
        members.first().map(|member| member.generation).filter(|generation| *generation >= since);
    members.iter().all(|member| {
        let is_here = Some(member.generation) == generation && member.waits_for != Some(ApiKey::JoinGroup);
        is_here
            && member.assigned.as_ref().is_some_and(|(_, given)| given.ends_with(&format!("/{}", member.id)))
    })
}

fn turn(broker: &mut Broker, members: &mut [Member], handed: &mut Handed) {
    for member in members.iter_mut() {
        member.listen(broker, handed);
        member.act(broker);
    }
    broker.step();
}

/// Goes on until the group is complete, in that generation or a later one; returns which.
fn until_complete(broker: &mut Broker, members: &mut [Member], handed: &mut Handed, since: i32) -> i32 {
    let deadline = broker.now().after(Duration::from_secs(600));
    while !is_complete(members, since) {
        turn(broker, members, handed);
        assert!(broker.now() < deadline, "SEED={}: the group does not come together", broker.setup.seed);
    }
    members[0].generation
}

fn setup(seed: u64, shards: u16) -> Setup {
    Setup::new(seed, shards)
        .set("offsets.topic.replication.factor", 1)
        .set("offsets.topic.num.partitions", 5)
        .set("group.initial.rebalance.delay.ms", 500)
}

fn describe(broker: &mut Broker, client: ClientId) -> (String, usize) {
    let request = DescribeGroupsRequest { groups: [GROUP].into(), ..Default::default() };
    let body = broker.ask(client, DESCRIBE_VERSION, &request);
    let answer: DescribeGroupsResponse<'_> = answer_of(&body, DESCRIBE_VERSION);
    let group = answer.groups.iter().next().unwrap();
    (group.group_state.to_owned(), group.members.len())
}

#[test]
fn a_hundred_members_share_a_group_through_arrivals_and_departures() {
    with_seeds(2, |seed| {
        let mut broker = setup(seed, 3).start();
        let asking = broker.connect();
        broker.find_coordinator(asking, GROUP);
        let mut handed = Handed::new();
        let mut members: Vec<Member> = (0..100).map(|_| Member::new(broker.connect(), None)).collect();
        let generation = until_complete(&mut broker, &mut members, &mut handed, 1);
        assert_eq!(describe(&mut broker, asking), ("Stable".to_owned(), 100));

        let late: Vec<Member> = (0..10).map(|_| Member::new(broker.connect(), None)).collect();
        members.extend(late);
        let generation = until_complete(&mut broker, &mut members, &mut handed, generation + 1);
        assert_eq!(describe(&mut broker, asking), ("Stable".to_owned(), 110));

        for mut leaving in members.drain(..50).collect::<Vec<_>>() {
            while leaving.waits_for.is_some() {
                turn(&mut broker, std::slice::from_mut(&mut leaving), &mut handed);
            }
            leaving.leave(&mut broker);
        }
        until_complete(&mut broker, &mut members, &mut handed, generation + 1);
        assert_eq!(describe(&mut broker, asking), ("Stable".to_owned(), 60));
        broker.disconnect_all();
        broker.until("silence empties the group", |broker| {
            let slots = broker.shards.iter().flat_map(|shard| shard.groups.coordinators());
            let mut groups = slots.flat_map(crate::groups::coordinator::Coordinator::groups);
            groups.any(|(name, group)| **name == *GROUP && group.is_empty())
        });
        broker.run_for(Duration::from_secs(1));
        broker.assert_nothing_left();
        broker.close();
    });
}

/// Lives that end in some way while a group comes and goes: whoever was told that he is in a generation still is, and
/// no generation is ever assigned twice.
fn lives(seed: u64, shards: u16, end: impl Fn(&mut Broker)) {
    let mut random = Random::new(seed);
    let mut broker = setup(seed, shards).start();
    let mut handed = Handed::new();
    let mut members: Vec<Member> = Vec::new();
    let mut stable = None;
    for life in 0..4 {
        if life > 0 {
            broker.setup.shards = 1 + u16::try_from(random.below(3)).expect("small");
            broker.boot();
        }
        let asking = broker.connect();
        broker.find_coordinator(asking, GROUP);
        for member in &mut members {
            member.client = broker.connect();
            member.waits_for = None;
            member.to_sync = None;
        }
        if let Some(generation) = stable {
            // The group goes on where it was: heartbeats of the same generation are good.
            for _ in 0..50 {
                turn(&mut broker, &mut members, &mut handed);
            }
            assert!(members.iter().all(|member| member.generation == generation), "SEED={seed}");
            assert!(members.iter().all(|member| member.assigned.is_some()), "SEED={seed}");
        }
        for place in members.len()..6 {
            let instance = (place % 2 == 0).then(|| format!("instance-{place}"));
            members.push(Member::new(broker.connect(), instance));
        }
        until_complete(&mut broker, &mut members, &mut handed, 0);
        if random.below(2) == 0 {
            // A static member is restarted, and a dynamic one leaves.
            let place = usize::try_from(random.below(3)).expect("small") * 2;
            let instance = members[place].instance.clone();
            members[place] = Member::new(broker.connect(), instance);
            let mut leaving = members.remove(1);
            while leaving.waits_for.is_some() {
                turn(&mut broker, std::slice::from_mut(&mut leaving), &mut handed);
            }
            leaving.leave(&mut broker);
        }
        for _ in 0..random.below(400) {
            turn(&mut broker, &mut members, &mut handed);
        }
        let is_stable = is_complete(&members, 0) && describe(&mut broker, asking).0 == "Stable";
        stable = is_stable.then(|| members[0].generation);
        end(&mut broker);
        broker.clients.clear();
    }
}

#[test]
fn groups_go_on_after_kills() {
    with_seeds(6, |seed| lives(seed, 2, Broker::kill));
}

#[test]
fn groups_go_on_after_power_cuts() {
    with_seeds(6, |seed| lives(seed, 3, Broker::cut_power));
}

#[test]
fn groups_go_on_after_clean_stops() {
    with_seeds(3, |seed| lives(seed, 2, Broker::close));
}

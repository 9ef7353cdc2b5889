//! Members of groups: each with a connection of his own, since he may wait for the others.

use crate::talk::{Line, Talk, read};
use harness::{LONG, wait_until};
use loglane_model::TopicId;
use loglane_net::message::find_coordinator::{FindCoordinatorRequest, FindCoordinatorResponse};
use loglane_net::message::heartbeat::{HeartbeatRequest, HeartbeatResponse};
use loglane_net::message::join_group::{JoinGroupRequest, JoinGroupRequestProtocol, JoinGroupResponse};
use loglane_net::message::leave_group::{LeaveGroupRequest, LeaveGroupResponse, MemberIdentity};
use loglane_net::message::offset_commit::{
    OffsetCommitRequest, OffsetCommitRequestPartition, OffsetCommitRequestTopic, OffsetCommitResponse,
};
use loglane_net::message::offset_fetch::{OffsetFetchRequest, OffsetFetchResponse};
use loglane_net::message::sync_group::{SyncGroupRequest, SyncGroupRequestAssignment, SyncGroupResponse};
use std::collections::BTreeMap;

/// COORDINATOR_LOAD_IN_PROGRESS, COORDINATOR_NOT_AVAILABLE and NOT_COORDINATOR: ask again.
const NOT_YET: [i16; 3] = [14, 15, 16];

/// MEMBER_ID_REQUIRED.
const ID_REQUIRED: i16 = 79;

/// Ordinary timeouts: none of them passes in a conversation that does not wait for it.
const LONG_MS: i32 = 60_000;

/// How somebody joins.
#[derive(Clone, Copy)]
pub(crate) struct Join<'a> {
    pub(crate) version: i16,
    pub(crate) instance: Option<&'a str>,
    pub(crate) session_ms: i32,
    pub(crate) rebalance_ms: i32,
    pub(crate) kind: &'a str,
    pub(crate) protocols: &'a [&'a str],
}

/// As most do.
pub(crate) const USUAL: Join<'_> = Join {
    version: 9,
    instance: None,
    session_ms: LONG_MS,
    rebalance_ms: LONG_MS,
    kind: "test",
    protocols: &["one"],
};

/// A group, and who talks about it. People are called by names; what they say of themselves is their name.
pub(crate) struct Room<'t> {
    talk: &'t mut Talk,
    group: &'t str,
    people: BTreeMap<String, Person>,
}

struct Person {
    line: Line,
    /// His id as a member, as far as he knows it.
    id: String,
    instance: Option<String>,
    /// How many ids he was given.
    ids: usize,
}

impl<'t> Room<'t> {
    /// A group that has a coordinator which is ready.
    pub(crate) fn new(talk: &'t mut Talk, group: &'t str) -> Room<'t> {
        talk.note(group);
        until_loaded(talk, group);
        Room { talk, group, people: BTreeMap::new() }
    }

    fn person(&mut self, name: &str) -> &mut Person {
        let talk = &self.talk;
        self.people.entry(name.to_owned()).or_insert_with(|| Person {
            line: talk.open(),
            id: String::new(),
            instance: None,
            ids: 0,
        })
    }

    /// Asks to join, with the id that he has; the answer may take its time.
    pub(crate) fn ask_to_join(&mut self, name: &str, join: &Join<'_>) {
        let group_id = self.group;
        let person = self.person(name);
        person.instance = join.instance.map(str::to_owned);
        let protocols = join
            .protocols
            .iter()
            .map(|protocol| JoinGroupRequestProtocol { name: protocol, metadata: name.as_bytes() });
        let request = JoinGroupRequest {
            group_id,
            session_timeout_ms: join.session_ms,
            rebalance_timeout_ms: if join.version == 0 { -1 } else { join.rebalance_ms },
            member_id: &person.id,
            group_instance_id: join.instance,
            protocol_type: join.kind,
            protocols: protocols.collect(),
            reason: (join.version >= 8).then_some("the conversation says so"),
        };
        person.line.ask(join.version, &request);
        let said = format!("{name} asks to join v{}: {request:?}", join.version);
        self.talk.line(&said);
    }

    /// The answer of a JoinGroup; an id that was made up is written as the name.
    pub(crate) fn hear_joined(&mut self, name: &str, version: i16) -> i16 {
        let person = self.people.get_mut(name).expect("he has asked");
        let Some(body) = person.line.hear::<JoinGroupResponse<'_>>(version) else {
            self.talk.note("closed");
            return -1;
        };
        let mut answer: JoinGroupResponse<'_> = read(&body, version);
        // Kafka has its members in the order of a hash table.
        let mut members: Vec<_> = answer.members.iter().collect();
        members.sort_by_key(|member| member.metadata);
        answer.members = members.into();
        self.learn(name, answer.member_id);
        for member in answer.members.iter() {
            // The leader may hear of others before they do.
            self.learn(&String::from_utf8_lossy(member.metadata), member.member_id);
        }
        let code = answer.error_code;
        self.talk.note(&answer);
        code
    }

    /// Somebody has an id: it is written as his name from now on, with a number.
    fn learn(&mut self, name: &str, id: &str) {
        let person = self.people.get_mut(name).expect("he has asked");
        if id.is_empty() || id == person.id {
            return;
        }
        assert_eq!(id.rsplitn(6, '-').count(), 6, "{id}: a prefix and a uuid");
        let prefix = person.instance.as_deref().unwrap_or("conversation");
        assert!(id.starts_with(&format!("{prefix}-")), "{id}");
        person.ids += 1;
        person.id = id.to_owned();
        let alias = format!("{name}#{}", person.ids);
        self.talk.alias(id, &alias);
    }

    /// Joins and hears about it at once; with what id he gets, if he needs one first.
    pub(crate) fn join(&mut self, name: &str, join: &Join<'_>) -> i16 {
        self.ask_to_join(name, join);
        let code = self.hear_joined(name, join.version);
        if code != ID_REQUIRED {
            return code;
        }
        self.ask_to_join(name, join);
        self.hear_joined(name, join.version)
    }

    /// Gets an id if he needs one, and waits for the others.
    pub(crate) fn begin_to_join(&mut self, name: &str, join: &Join<'_>) {
        self.ask_to_join(name, join);
        if join.version >= 4 && join.instance.is_none() && self.person(name).id.is_empty() {
            assert_eq!(self.hear_joined(name, join.version), ID_REQUIRED);
            self.ask_to_join(name, join);
        }
    }

    /// Asks for an assignment; a leader gives each of `given` something.
    pub(crate) fn ask_to_sync(&mut self, name: &str, version: i16, generation_id: i32, given: &[&str]) {
        let (kind, protocol) = if version >= 5 { (Some("test"), Some("one")) } else { (None, None) };
        let sync = Sync { version, generation_id, kind, protocol, ..Sync::default() };
        self.ask_to_sync_as(name, &sync, given);
    }

    pub(crate) fn ask_to_sync_as(&mut self, name: &str, sync: &Sync<'_>, given: &[&str]) {
        let group_id = self.group;
        self.person(name);
        let ids: Vec<(String, String)> = given
            .iter()
            .map(|to| {
                let id = self.people.get(*to).map_or_else(|| (*to).to_owned(), |person| person.id.clone());
                (id, format!("for {to}"))
            })
            .collect();
        let person = self.people.get_mut(name).expect("made just now");
        let assignments = ids
            .iter()
            .map(|(member_id, text)| SyncGroupRequestAssignment { member_id, assignment: text.as_bytes() });
        let request = SyncGroupRequest {
            group_id,
            generation_id: sync.generation_id,
            member_id: sync.member.unwrap_or(&person.id),
            group_instance_id: if sync.version >= 3 {
                sync.instance.or(person.instance.as_deref())
            } else {
                None
            },
            protocol_type: sync.kind,
            protocol_name: sync.protocol,
            assignments: assignments.collect(),
        };
        person.line.ask(sync.version, &request);
        let said = format!("{name} asks to sync v{}: {request:?}", sync.version);
        self.talk.line(&said);
    }

    pub(crate) fn hear_synced(&mut self, name: &str, version: i16) -> i16 {
        let person = self.people.get_mut(name).expect("he has asked");
        let Some(body) = person.line.hear::<SyncGroupResponse<'_>>(version) else {
            self.talk.note("closed");
            return -1;
        };
        let answer: SyncGroupResponse<'_> = read(&body, version);
        self.talk.line(&name);
        self.talk.note(&answer);
        answer.error_code
    }

    pub(crate) fn sync(&mut self, name: &str, generation_id: i32, given: &[&str]) -> i16 {
        self.ask_to_sync(name, 4, generation_id, given);
        self.hear_synced(name, 4)
    }

    pub(crate) fn heartbeat(&mut self, name: &str, version: i16, generation_id: i32) -> i16 {
        let id = self.person(name).id.clone();
        let instance = self.person(name).instance.clone().filter(|_| version >= 3);
        self.heartbeat_as(name, version, generation_id, &id, instance.as_deref())
    }

    pub(crate) fn heartbeat_as(
        &mut self,
        name: &str,
        version: i16,
        generation_id: i32,
        member_id: &str,
        instance: Option<&str>,
    ) -> i16 {
        let request =
            HeartbeatRequest { group_id: self.group, generation_id, member_id, group_instance_id: instance };
        let said = format!("{name}: {request:?} v{version}");
        let line = &mut self.person(name).line;
        line.ask(version, &request);
        let body = line.hear::<HeartbeatResponse>(version).expect("an answer");
        let answer: HeartbeatResponse = read(&body, version);
        self.talk.line(&said);
        self.talk.line(&answer);
        answer.error_code
    }

    /// `name`, `name@instance` with another instance, or `@instance` alone.
    pub(crate) fn leave(&mut self, who: &str, version: i16, names: &[&str]) {
        let members: Vec<(String, Option<String>)> = names
            .iter()
            .map(|name| match name.split_once('@') {
                Some((name, instance)) => (self.id(name), Some(instance.to_owned())),
                None => (self.id(name), None),
            })
            .collect();
        let request = LeaveGroupRequest {
            group_id: self.group,
            member_id: if version < 3 { &members[0].0 } else { "" },
            members: if version < 3 {
                Vec::new().into()
            } else {
                let leaving = members.iter().map(|(member_id, instance)| MemberIdentity {
                    member_id,
                    group_instance_id: instance.as_deref(),
                    reason: (version >= 5).then_some("enough"),
                });
                leaving.collect()
            },
        };
        let said = format!("{request:?} v{version}");
        let line = &mut self.person(who).line;
        line.ask(version, &request);
        let body = line.hear::<LeaveGroupResponse<'_>>(version).expect("an answer");
        self.talk.line(&said);
        self.talk.note(&read::<LeaveGroupResponse<'_>>(&body, version));
    }

    fn id(&self, name: &str) -> String {
        self.people.get(name).map_or_else(|| name.to_owned(), |person| person.id.clone())
    }

    /// Commits an offset as a member, or as nobody.
    pub(crate) fn commit(&mut self, name: &str, generation: i32) {
        let (id, instance) = self
            .people
            .get(name)
            .map_or_else(|| (name.to_owned(), None), |person| (person.id.clone(), person.instance.clone()));
        let partition =
            OffsetCommitRequestPartition { committed_offset: 5, ..OffsetCommitRequestPartition::default() };
        let topic = OffsetCommitRequestTopic {
            name: "__consumer_offsets",
            topic_id: TopicId::ZERO,
            partitions: [partition].into(),
        };
        let request = OffsetCommitRequest {
            group_id: self.group,
            generation_id_or_member_epoch: generation,
            member_id: &id,
            group_instance_id: instance.as_deref(),
            topics: [topic].into(),
            ..OffsetCommitRequest::default()
        };
        self.talk.line(&format!("{name} commits in {generation}"));
        let body = self.talk.send(9, &request).expect("an answer");
        self.talk.note(&read::<OffsetCommitResponse<'_>>(&body, 9));
    }

    /// He forgets who he was, as after a restart; his line stays.
    pub(crate) fn restart(&mut self, name: &str) {
        self.talk.line(&format!("{name} is restarted"));
        self.person(name).id.clear();
    }

    /// The name of somebody by his id.
    pub(crate) fn name_of(&self, id: &str) -> String {
        let known = self.people.iter().find(|(_, person)| person.id == id);
        known.map_or_else(|| id.to_owned(), |(name, _)| name.clone())
    }

    pub(crate) fn group(&self) -> &'t str {
        self.group
    }

    pub(crate) fn talk(&mut self) -> &mut Talk {
        self.talk
    }
}

/// How somebody asks for an assignment, as himself unless it says otherwise.
#[derive(Clone, Copy, Default)]
pub(crate) struct Sync<'a> {
    pub(crate) version: i16,
    pub(crate) generation_id: i32,
    pub(crate) member: Option<&'a str>,
    pub(crate) instance: Option<&'a str>,
    pub(crate) kind: Option<&'a str>,
    pub(crate) protocol: Option<&'a str>,
}

/// Waits until a group has a coordinator that has loaded.
pub(crate) fn until_loaded(talk: &mut Talk, group: &str) {
    wait_until("a coordinator", LONG, || {
        let request = FindCoordinatorRequest { key: group, ..FindCoordinatorRequest::default() };
        let body = talk.send_quietly(3, &request).expect("an answer");
        let answer: FindCoordinatorResponse<'_> = read(&body, 3);
        (!NOT_YET.contains(&answer.error_code)).then_some(())
    });
    wait_until("a group to be loaded", LONG, || {
        let request =
            OffsetFetchRequest { group_id: group, topics: Some(Vec::new().into()), ..Default::default() };
        let body = talk.send_quietly(6, &request).expect("an answer");
        let answer: OffsetFetchResponse<'_> = read(&body, 6);
        (!NOT_YET.contains(&answer.error_code)).then_some(())
    });
}

/// Two people meet, in every version.
pub(crate) fn every_version(talk: &mut Talk) {
    for version in 0..=9 {
        let name = format!("versions-{version}");
        let mut room = Room::new(talk, &name);
        let join = Join { version, ..USUAL };
        let (sync, heartbeat, leave) = (version.min(5), version.min(4), version.min(5));
        room.join("ann", &join);
        room.ask_to_sync("ann", sync, 1, &["ann"]);
        room.hear_synced("ann", sync);
        room.heartbeat("ann", heartbeat, 1);
        room.begin_to_join("bob", &join);
        room.until_rebalancing("ann", heartbeat, 1);
        room.ask_to_join("ann", &join);
        room.hear_joined("bob", version);
        room.hear_joined("ann", version);
        room.ask_to_sync("bob", sync, 2, &[]);
        room.ask_to_sync("ann", sync, 2, &["ann", "bob"]);
        room.hear_synced("bob", sync);
        room.hear_synced("ann", sync);
        room.heartbeat("bob", heartbeat, 2);
        room.leave("bob", leave, &["bob"]);
        room.heartbeat("ann", heartbeat, 2);
        room.leave("ann", leave, &["ann"]);
        room.heartbeat("ann", heartbeat, 2);
        room.leave("ann", leave, &["ann"]);
    }
}

impl Room<'_> {
    /// Waits until a member hears that he has to join again: another one has been heard on another connection.
    pub(crate) fn until_rebalancing(&mut self, name: &str, version: i16, generation_id: i32) {
        let person = self.people.get_mut(name).expect("a member");
        let (group_id, member_id) = (self.group, person.id.clone());
        let instance = person.instance.clone().filter(|_| version >= 3);
        wait_until("a rebalance", LONG, || {
            let request = HeartbeatRequest {
                group_id,
                generation_id,
                member_id: &member_id,
                group_instance_id: instance.as_deref(),
            };
            person.line.ask(version, &request);
            let body = person.line.hear::<HeartbeatResponse>(version).expect("an answer");
            let answer: HeartbeatResponse = read(&body, version);
            assert!([0, 27].contains(&answer.error_code), "{answer:?}");
            (answer.error_code == 27).then_some(())
        });
        self.talk.line(&format!("{name} hears of a rebalance"));
    }
}

/// Whoever may not enter, and what is wrong with requests of those who are in.
pub(crate) fn refusals(talk: &mut Talk) {
    for (version, group) in [(3, ""), (9, "")] {
        talk.note("no name");
        let mut room = Room { talk: &mut *talk, group, people: BTreeMap::new() };
        room.ask_to_join("ann", &Join { version, ..USUAL });
        room.hear_joined("ann", version);
        room.sync("ann", 1, &[]);
        room.heartbeat("ann", 4, 1);
        room.leave("ann", 2, &["ann"]);
        room.leave("ann", 5, &["ann", "bob@i"]);
    }
    let mut room = Room::new(talk, "refusals");
    // Nobody has ever joined.
    for version in [0, 2, 5] {
        room.ask_to_sync("ann", version, 1, &[]);
        room.hear_synced("ann", version);
        room.leave("ann", version, &["ann"]);
    }
    room.heartbeat("ann", 4, 1);
    room.leave("ann", 5, &["ann", "@i", "bob@j"]);
    room.leave("ann", 5, &[]);
    for session_ms in [0, 99, 1_800_001, -1] {
        room.join("ann", &Join { session_ms, ..USUAL });
    }
    // Of a group that is not there nothing is known; one without a vote is there ever after.
    room.person("stranger").id = "stranger-1".to_owned();
    room.join("stranger", &USUAL);
    room.join("ann", &Join { protocols: &[], ..USUAL });
    room.join("ann", &Join { kind: "", ..USUAL });
    room.join("stranger", &USUAL);
    room.heartbeat("stranger", 4, 0);
    assert_eq!(room.join("ann", &Join { protocols: &["one", "two"], ..USUAL }), 0);
    // In any state.
    for _ in 0..2 {
        refuse_in_any_state(&mut room);
    }
}

/// What nobody may do in a group of which `ann` is the only member.
fn refuse_in_any_state(room: &mut Room<'_>) {
    room.join("bob", &Join { kind: "other", ..USUAL });
    room.join("bob", &Join { protocols: &["three"], ..USUAL });
    room.join("bob", &Join { protocols: &[], ..USUAL });
    room.join("stranger", &USUAL);
    room.join("stranger", &Join { instance: Some("i"), ..USUAL });
    room.join("ann", &Join { protocols: &["three"], ..USUAL });
    room.join("ann", &Join { instance: Some("i"), ..USUAL });
    room.person("ann").instance = None;
    for generation_id in [0, 2, -1] {
        room.sync("ann", generation_id, &[]);
        room.heartbeat("ann", 4, generation_id);
    }
    let usual =
        Sync { version: 5, generation_id: 1, kind: Some("test"), protocol: Some("one"), ..Sync::default() };
    for sync in [
        Sync { member: Some("stranger"), ..usual },
        Sync { instance: Some("i"), ..usual },
        Sync { kind: Some("other"), ..usual },
        Sync { protocol: Some("two"), ..usual },
        Sync { kind: None, ..usual },
        Sync { protocol: None, ..usual },
        Sync { kind: None, member: Some("stranger"), ..usual },
    ] {
        room.ask_to_sync_as("ann", &sync, &["ann"]);
        room.hear_synced("ann", 5);
    }
    room.heartbeat_as("ann", 4, 1, "stranger", None);
    room.heartbeat_as("ann", 4, 1, "", None);
    let id = room.id("ann");
    room.heartbeat_as("ann", 4, 1, &id, Some("i"));
    room.leave("bob", 5, &["stranger", "ann@i", "@i", "stranger@i"]);
    room.sync("ann", 1, &["ann", "stranger"]);
}

/// Joining again: when that changes nothing, and when all have to.
pub(crate) fn rejoining(talk: &mut Talk) {
    let mut room = Room::new(talk, "rejoining");
    room.join("ann", &USUAL);
    room.join("ann", &USUAL);
    room.sync("ann", 1, &["ann"]);
    room.begin_to_join("bob", &USUAL);
    room.until_rebalancing("ann", 4, 1);
    room.join("ann", &USUAL);
    room.hear_joined("bob", 9);
    // All know the generation: the same again, for the leader too.
    room.join("bob", &USUAL);
    room.join("ann", &USUAL);
    room.sync("ann", 2, &["ann"]);
    room.sync("bob", 2, &[]);
    room.sync("bob", 2, &["bob", "ann"]);
    room.join("bob", &USUAL);
    // News from the follower.
    room.ask_to_join("bob", &Join { protocols: &["one", "two"], ..USUAL });
    room.until_rebalancing("ann", 4, 2);
    room.sync("ann", 2, &["ann"]);
    room.join("ann", &USUAL);
    room.hear_joined("bob", 9);
    // And while all wait for the leader.
    room.ask_to_sync("bob", 5, 3, &[]);
    room.ask_to_join("cid", &USUAL);
    room.hear_joined("cid", 9);
    room.ask_to_join("cid", &USUAL);
    room.hear_synced("bob", 5);
    room.sync("ann", 3, &["ann", "bob"]);
    room.ask_to_join("bob", &USUAL);
    room.join("ann", &USUAL);
    room.hear_joined("bob", 9);
    room.hear_joined("cid", 9);
    room.ask_to_sync("bob", 5, 4, &[]);
    room.ask_to_sync("cid", 5, 4, &[]);
    room.sync("ann", 4, &["cid"]);
    room.hear_synced("bob", 5);
    room.hear_synced("cid", 5);
    // The leader joins again, with nothing new to say.
    room.ask_to_join("ann", &USUAL);
    room.until_rebalancing("bob", 4, 4);
    room.ask_to_join("bob", &USUAL);
    room.until_rebalancing("cid", 4, 4);
    room.join("cid", &USUAL);
    room.hear_joined("ann", 9);
    room.hear_joined("bob", 9);
    // A follower goes while the others wait, and then the leader.
    room.ask_to_sync("bob", 5, 5, &[]);
    room.leave("cid", 5, &["cid"]);
    room.hear_synced("bob", 5);
    room.ask_to_join("ann", &USUAL);
    room.until_rebalancing("bob", 4, 5);
    room.leave("cid", 5, &["ann"]);
    room.hear_joined("ann", 9);
    room.join("bob", &USUAL);
}

/// What is voted for.
pub(crate) fn votes(talk: &mut Talk) {
    let mut room = Room::new(talk, "votes");
    room.join("ann", &Join { protocols: &["one", "two", "three"], ..USUAL });
    room.begin_to_join("bob", &Join { protocols: &["two", "three"], ..USUAL });
    room.until_rebalancing("ann", 4, 1);
    room.begin_to_join("cid", &Join { protocols: &["three", "two", "four"], ..USUAL });
    room.join("ann", &Join { protocols: &["three", "two"], ..USUAL });
    room.hear_joined("bob", 9);
    room.hear_joined("cid", 9);
    room.join("dan", &Join { protocols: &["four", "one"], ..USUAL });
}

/// Static members: restarted, fenced, removed.
pub(crate) fn statics(talk: &mut Talk) {
    let mut room = Room::new(talk, "statics");
    let of = |instance| Join { instance: Some(instance), ..USUAL };
    room.join("ann", &of("i"));
    room.sync("ann", 1, &["ann"]);
    room.begin_to_join("bob", &of("j"));
    room.until_rebalancing("ann", 4, 1);
    room.join("ann", &of("i"));
    room.hear_joined("bob", 9);
    room.ask_to_sync("bob", 5, 2, &[]);
    room.sync("ann", 2, &["ann", "bob"]);
    room.hear_synced("bob", 5);
    // The follower is restarted; nobody notices. The old id is fenced.
    let old = room.id("bob");
    room.restart("bob");
    room.join("bob", &of("j"));
    room.sync("bob", 2, &[]);
    room.heartbeat("bob", 4, 2);
    room.heartbeat("ann", 4, 2);
    room.heartbeat_as("bob", 4, 2, &old, Some("j"));
    room.heartbeat_as("bob", 4, 2, &old, None);
    room.heartbeat_as("bob", 2, 2, &old, None);
    let of_old = Sync { version: 4, generation_id: 2, member: Some(&old), ..Sync::default() };
    room.ask_to_sync_as("bob", &of_old, &[]);
    room.hear_synced("bob", 4);
    let new = std::mem::replace(&mut room.person("bob").id, old.clone());
    room.join("bob", &of("j"));
    room.commit("bob", 2);
    room.leave("bob", 5, &["bob@j", "bob"]);
    room.person("bob").id = new;
    room.commit("bob", 2);
    // The leader, in a version that can skip the assignment, and in one that cannot.
    for version in [9, 8, 5] {
        room.restart("ann");
        room.join("ann", &Join { version, ..of("i") });
        room.sync("ann", 2, &["bob"]);
        room.heartbeat("ann", 4, 2);
    }
    // What it says of itself is new, the vote is not.
    room.restart("bob");
    room.join("bob", &Join { protocols: &["two", "one"], session_ms: 50_000, ..of("j") });
    // Now the vote changes, and all join again.
    room.restart("ann");
    room.ask_to_join("ann", &Join { protocols: &["two", "one"], ..of("i") });
    room.until_rebalancing("bob", 4, 2);
    room.ask_to_join("bob", &Join { protocols: &["two", "one"], ..of("j") });
    room.hear_joined("ann", 9);
    room.hear_joined("bob", 9);
}

/// Static members that go, and are made to go.
pub(crate) fn static_departures(talk: &mut Talk) {
    let mut room = Room::new(talk, "departures");
    let of = |instance| Join { instance: Some(instance), ..USUAL };
    room.join("ann", &of("i"));
    room.leave("x", 5, &["@j", "ann@j", "stranger@i"]);
    room.leave("x", 2, &["stranger"]);
    room.leave("x", 3, &["@i"]);
    room.heartbeat("ann", 4, 1);
    room.restart("ann");
    room.join("ann", &of("i"));
    // Without its instance.
    room.leave("x", 4, &["ann"]);
    room.restart("ann");
    room.join("ann", &of("i"));
    room.leave("x", 0, &["ann"]);
    // Waiting for the generation when an administrator comes.
    room.restart("ann");
    room.join("ann", &of("i"));
    room.begin_to_join("bob", &of("j"));
    room.until_rebalancing("ann", 4, 7);
    room.leave("x", 5, &["@j"]);
    room.hear_joined("bob", 9);
    room.join("ann", &of("i"));
}

/// A restarted static member while the others are at something.
pub(crate) fn static_returns(talk: &mut Talk) {
    let mut room = Room::new(talk, "returns");
    let of = |instance| Join { instance: Some(instance), ..USUAL };
    room.join("ann", &of("i"));
    room.begin_to_join("bob", &of("j"));
    room.until_rebalancing("ann", 4, 1);
    // A second one of that name while the first one waits.
    room.begin_to_join("bob-too", &of("j"));
    room.hear_joined("bob", 9);
    room.join("ann", &of("i"));
    room.hear_joined("bob-too", 9);
    // While all wait for the leader.
    room.ask_to_sync("bob-too", 5, 2, &[]);
    room.restart("bob");
    room.begin_to_join("bob", &Join { version: 5, ..of("j") });
    room.hear_synced("bob-too", 5);
    room.until_rebalancing("ann", 4, 2);
    room.join("ann", &of("i"));
    room.hear_joined("bob", 5);
}

/// Commits by members, in every state of the group.
pub(crate) fn commits(talk: &mut Talk) {
    let mut room = Room::new(talk, "commits");
    room.commit("", -1);
    room.commit("stranger", -1);
    room.commit("stranger", 1);
    room.join("ann", &USUAL);
    for step in 0..3 {
        for generation in [1, 0, -1] {
            room.commit("ann", generation);
        }
        room.commit("stranger", 1);
        room.commit("", -1);
        room.commit("", 1);
        match step {
            0 => {
                room.sync("ann", 1, &["ann"]);
            }
            1 => {
                room.begin_to_join("bob", &USUAL);
                room.until_rebalancing("ann", 4, 1);
            }
            _ => {}
        }
    }
    room.commit("bob", 1);
    room.leave("x", 5, &["ann", "bob"]);
    room.hear_joined("bob", 9);
    room.commit("ann", 1);
    room.commit("ann", -1);
    room.commit("", -1);
}

//! Groups seen from outside, and what time does to them.

use crate::members::{Join, Room, USUAL};
use crate::talk::Talk;
use crate::talk::read;
use harness::{LONG, wait_until};
use loglane_net::message::delete_groups::{DeleteGroupsRequest, DeleteGroupsResponse};
use loglane_net::message::describe_groups::{DescribeGroupsRequest, DescribeGroupsResponse};
use loglane_net::message::list_groups::{ListGroupsRequest, ListGroupsResponse};

/// A rebalance timeout that passes in the conversation, and leaves everybody who wants to the time to join.
const SHORT_MS: i32 = 4_000;

impl Room<'_> {
    /// How the group looks.
    fn describe(&mut self, version: i16, include_authorized_operations: bool) -> String {
        let groups = [self.group()];
        let request = DescribeGroupsRequest { groups: groups.into(), include_authorized_operations };
        let body = self.talk().send(version, &request).expect("an answer");
        let mut answer: DescribeGroupsResponse<'_> = read(&body, version);
        let mut described = answer.groups.iter().next().expect("the group that was asked for");
        // Kafka has its members in the order of a hash table.
        let mut members: Vec<_> = described.members.iter().collect();
        members.sort_by_key(|member| self.name_of(member.member_id));
        described.members = members.into();
        let state = described.group_state.to_owned();
        answer.groups = [described].into();
        self.talk().note(&answer);
        state
    }

    /// Waits until the group is in a state.
    fn until_state(&mut self, state: &str) {
        let group = self.group();
        let talk = self.talk();
        wait_until(state, LONG, || {
            let request = DescribeGroupsRequest { groups: [group].into(), ..Default::default() };
            let body = talk.send_quietly(5, &request).expect("an answer");
            let answer: DescribeGroupsResponse<'_> = read(&body, 5);
            let described = answer.groups.iter().next().expect("the group that was asked for");
            (described.group_state == state).then_some(())
        });
        talk.line(&format!("the group is {state}"));
    }

    /// The groups whose names begin as this one's.
    fn list(&mut self, version: i16, states: &[&str], types: &[&str]) {
        let group = self.group();
        let request = ListGroupsRequest { states_filter: states.into(), types_filter: types.into() };
        self.talk().line(&request);
        let Some(body) = self.talk().send(version, &request) else { return };
        let mut answer: ListGroupsResponse<'_> = read(&body, version);
        let mut groups: Vec<_> = answer.groups.iter().filter(|it| it.group_id.starts_with(group)).collect();
        groups.sort_by_key(|listed| listed.group_id);
        answer.groups = groups.into();
        self.talk().note(&answer);
    }

    fn delete(&mut self, version: i16, groups: &[&str]) {
        let request = DeleteGroupsRequest { groups_names: groups.into() };
        let body = self.talk().send(version, &request).expect("an answer");
        let mut answer: DeleteGroupsResponse<'_> = read(&body, version);
        let mut results: Vec<_> = answer.results.iter().collect();
        results.sort_by_key(|result| result.group_id);
        answer.results = results.into();
        self.talk().note(&answer);
    }

    fn look(&mut self) {
        for version in 0..=6 {
            self.describe(version, false);
            if version >= 3 {
                self.describe(version, true);
            }
        }
        for version in 0..=5 {
            self.list(version, &[], &[]);
        }
    }
}

/// Described and listed in every state, in every version.
pub(crate) fn views(talk: &mut Talk) {
    let mut room = Room::new(talk, "views");
    room.look();
    room.ask_to_join("ann", &USUAL);
    room.hear_joined("ann", 9);
    room.look();
    room.ask_to_join("ann", &USUAL);
    room.hear_joined("ann", 9);
    room.look();
    room.sync("ann", 1, &["ann"]);
    room.look();
    room.begin_to_join("bob", &USUAL);
    room.until_rebalancing("ann", 4, 1);
    room.look();
    room.leave("x", 5, &["ann"]);
    room.hear_joined("bob", 9);
    room.sync("bob", 2, &["bob"]);
    room.begin_to_join("cid", &Join { instance: Some("i"), ..USUAL });
    room.until_rebalancing("bob", 4, 2);
    room.ask_to_join("bob", &USUAL);
    room.hear_joined("bob", 9);
    room.hear_joined("cid", 9);
    room.ask_to_sync("cid", 5, 3, &[]);
    room.sync("bob", 3, &["bob", "cid"]);
    room.hear_synced("cid", 5);
    room.look();
    room.leave("x", 5, &["@i", "bob"]);
    room.look();
    let mut room = Room::new(room.talk(), "views-other");
    room.join("ann", &Join { kind: "consumer", ..USUAL });
    drop(room);
    let mut room = Room::new(talk, "views");
    for states in [&["Empty"][..], &["eMPTY"], &[" stable ", "CompletingRebalance"], &["nonsense"], &[""]] {
        room.list(4, states, &[]);
        room.list(5, states, &[]);
    }
    for types in
        [&["classic"][..], &["CLASSIC"], &["consumer"], &["nonsense"], &[""], &["consumer", "classic"]]
    {
        room.list(5, &[], types);
        room.list(5, &["Empty"], types);
    }
}

/// What may be deleted.
pub(crate) fn deletions(talk: &mut Talk) {
    for version in 0..=2 {
        let name = format!("deletions-{version}");
        let mut room = Room::new(talk, &name);
        room.delete(version, &[&name]);
        room.delete(version, &[]);
        room.delete(version, &[""]);
        room.join("ann", &USUAL);
        room.delete(version, &[&name, "nobody's"]);
        room.sync("ann", 1, &["ann"]);
        room.commit("ann", 1);
        room.delete(version, &[&name]);
        room.leave("ann", 5, &["ann"]);
        room.delete(version, &[&name]);
        room.delete(version, &[&name]);
        room.describe(5, false);
        room.heartbeat("ann", 4, 1);
        // A new one of that name begins anew.
        room.restart("ann");
        room.join("ann", &USUAL);
        room.leave("ann", 5, &["ann"]);
        room.commit("", -1);
        room.delete(version, &[&name]);
        room.commit("", -1);
        room.describe(5, false);
        room.delete(version, &[&name]);
    }
}

/// Members that say nothing any more.
pub(crate) fn silence(talk: &mut Talk) {
    let mut room = Room::new(talk, "silence");
    let mortal = Join { session_ms: 1_000, ..USUAL };
    room.join("ann", &mortal);
    room.until_state("Empty");
    room.heartbeat("ann", 4, 1);
    room.describe(5, false);
    // An id that is not used in time holds a rebalance up until then.
    room.restart("ann");
    room.join("ann", &USUAL);
    room.sync("ann", 3, &["ann"]);
    room.ask_to_join("bob", &mortal);
    room.hear_joined("bob", 9);
    room.join("ann", &USUAL);
    room.join("bob", &mortal);
    // Whoever waits for the next generation may be silent; whoever is to join it may not.
    room.sync("ann", 4, &["ann"]);
    room.restart("bob");
    room.begin_to_join("bob", &mortal);
    room.until_rebalancing("ann", 4, 4);
    room.join("ann", &USUAL);
    room.hear_joined("bob", 9);
    room.ask_to_sync("ann", 5, 5, &["ann", "bob"]);
    room.hear_synced("ann", 5);
    room.until_rebalancing("ann", 4, 5);
    room.heartbeat("bob", 4, 5);
    room.join("ann", &USUAL);
}

/// Members that are too slow.
pub(crate) fn slowness(talk: &mut Talk) {
    let slow = Join { rebalance_ms: SHORT_MS, ..USUAL };
    let mut room = Room::new(talk, "slowness");
    room.join("ann", &slow);
    room.begin_to_join("bob", &slow);
    room.until_rebalancing("ann", 4, 1);
    // The leader does not come: it is left behind, and the other one leads.
    room.hear_joined("bob", 9);
    room.heartbeat("ann", 4, 1);
    room.sync("bob", 2, &["bob"]);
    room.begin_to_join("cid", &slow);
    room.until_rebalancing("bob", 4, 2);
    room.join("bob", &slow);
    room.hear_joined("cid", 9);
    // One does not ask for its assignment, and is removed.
    room.sync("bob", 3, &["bob", "cid"]);
    room.until_rebalancing("bob", 4, 3);
    room.heartbeat("cid", 4, 3);
    room.join("bob", &slow);
    // Nor does the only one.
    room.until_state("Empty");
    room.heartbeat("bob", 4, 4);
    // Static members stay, though they do not join in time.
    room.restart("ann");
    room.restart("bob");
    room.join("ann", &Join { instance: Some("i"), ..slow });
    room.sync("ann", 6, &["ann"]);
    room.begin_to_join("bob", &slow);
    room.until_rebalancing("ann", 4, 6);
    room.hear_joined("bob", 9);
    room.heartbeat("ann", 4, 6);
    room.heartbeat("ann", 4, 7);
    room.describe(5, false);
}

/// A group that is full.
pub(crate) fn sizes(talk: &mut Talk) {
    let mut room = Room::new(talk, "sizes");
    room.join("ann", &USUAL);
    room.begin_to_join("bob", &USUAL);
    room.until_rebalancing("ann", 4, 1);
    room.join("ann", &USUAL);
    room.hear_joined("bob", 9);
    for version in [3, 9] {
        room.join("cid", &Join { version, ..USUAL });
    }
    room.join("cid", &Join { instance: Some("i"), ..USUAL });
    room.ask_to_sync("bob", 5, 2, &[]);
    room.sync("ann", 2, &["ann"]);
    room.hear_synced("bob", 5);
    room.join("cid", &USUAL);
    // Ids are given out while others join, and those who wait count.
    room.ask_to_join("ann", &USUAL);
    room.until_rebalancing("bob", 4, 2);
    room.ask_to_join("cid", &USUAL);
    room.hear_joined("cid", 9);
    room.ask_to_join("bob", &USUAL);
    room.talk().line(&"whoever is last is sent away, or the id of the third one is forgotten");
    room.leave("x", 5, &["cid"]);
    room.hear_joined("ann", 9);
    room.hear_joined("bob", 9);
}

/// The first rebalance waits for those who come a little later.
pub(crate) fn patience(talk: &mut Talk) {
    let mut room = Room::new(talk, "patience");
    room.begin_to_join("ann", &USUAL);
    room.begin_to_join("bob", &USUAL);
    room.hear_joined("ann", 9);
    room.hear_joined("bob", 9);
}

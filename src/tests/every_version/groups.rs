//! Members of groups, and those who look after groups, in every version.

use super::super::client::answer_of;
use super::{Asking, TOPICS};
use loglane_net::Array;
use loglane_net::message::delete_groups::{DeleteGroupsRequest, DeleteGroupsResponse};
use loglane_net::message::describe_groups::{DescribeGroupsRequest, DescribeGroupsResponse};
use loglane_net::message::heartbeat::{HeartbeatRequest, HeartbeatResponse};
use loglane_net::message::join_group::{JoinGroupRequest, JoinGroupRequestProtocol, JoinGroupResponse};
use loglane_net::message::leave_group::{LeaveGroupRequest, LeaveGroupResponse, MemberIdentity};
use loglane_net::message::list_groups::{ListGroupsRequest, ListGroupsResponse};
use loglane_net::message::sync_group::{SyncGroupRequest, SyncGroupRequestAssignment, SyncGroupResponse};

impl Asking {
    /// Joins a group of that name until the generation begins; the member's id.
    fn join(&mut self, version: i16, group_id: &str) -> String {
        self.broker.find_coordinator(self.client, group_id);
        let mut id = String::new();
        for _ in 0..2 {
            let request = JoinGroupRequest {
                group_id,
                session_timeout_ms: 30_000,
                rebalance_timeout_ms: if version > 0 { 30_000 } else { -1 },
                member_id: &id,
                protocol_type: "test",
                protocols: [JoinGroupRequestProtocol { name: "one", metadata: b"me" }].into(),
                reason: (version >= 8).then_some("because"),
                ..JoinGroupRequest::default()
            };
            let body = self.broker.ask(self.client, version, &request);
            let answer: JoinGroupResponse<'_> = answer_of(&body, version);
            id = answer.member_id.to_owned();
            if answer.error_code == 0 {
                assert_eq!((answer.generation_id, answer.leader), (1, &*id), "v{version}");
                assert_eq!(answer.members.len(), 1);
                return id;
            }
            assert_eq!(answer.error_code, 79, "v{version}");
        }
        panic!("v{version}: the id that was given out is not taken");
    }

    pub(super) fn join_group(&mut self, version: i16) {
        let group_id = format!("join-{version}");
        let id = self.join(version, &group_id);
        assert!(id.starts_with("test-"), "{id}");
        for (group_id, session_timeout_ms, code) in [("", 30_000, 24), (&*group_id, 1, 26)] {
            let request = JoinGroupRequest { group_id, session_timeout_ms, ..JoinGroupRequest::default() };
            let body = self.broker.ask(self.client, version, &request);
            let answer: JoinGroupResponse<'_> = answer_of(&body, version);
            assert_eq!(answer.error_code, code, "v{version}");
        }
    }

    pub(super) fn sync_group(&mut self, version: i16) {
        let group_id = &*format!("sync-{version}");
        let id = self.join(5, group_id);
        for (member_id, code) in [("nobody", 25), (&*id, 0)] {
            let request = SyncGroupRequest {
                group_id,
                generation_id: 1,
                member_id,
                protocol_type: (version >= 5).then_some("test"),
                protocol_name: (version >= 5).then_some("one"),
                assignments: [SyncGroupRequestAssignment { member_id: &id, assignment: b"all" }].into(),
                ..SyncGroupRequest::default()
            };
            let body = self.broker.ask(self.client, version, &request);
            let answer: SyncGroupResponse<'_> = answer_of(&body, version);
            assert_eq!(answer.error_code, code, "v{version}");
            assert_eq!(answer.assignment == b"all", code == 0);
        }
    }

    pub(super) fn heartbeat(&mut self, version: i16) {
        let group_id = &*format!("heartbeat-{version}");
        let id = self.join(5, group_id);
        for (generation_id, code) in [(0, 22), (1, 0)] {
            let request =
                HeartbeatRequest { group_id, generation_id, member_id: &id, group_instance_id: None };
            let body = self.broker.ask(self.client, version, &request);
            let answer: HeartbeatResponse = answer_of(&body, version);
            assert_eq!(answer.error_code, code, "v{version}");
        }
    }

    pub(super) fn leave_group(&mut self, version: i16) {
        let group_id = &*format!("leave-{version}");
        let id = self.join(5, group_id);
        for code in [0, 25] {
            let member = MemberIdentity { member_id: &id, ..MemberIdentity::default() };
            let request = LeaveGroupRequest {
                group_id,
                member_id: if version < 3 { &id } else { "" },
                members: if version < 3 { Array::default() } else { [member].into() },
            };
            let body = self.broker.ask(self.client, version, &request);
            let answer: LeaveGroupResponse<'_> = answer_of(&body, version);
            let of_member = answer.members.iter().next().map_or(0, |member| member.error_code);
            let expected = if version < 3 { (code, 0) } else { (0, code) };
            assert_eq!((answer.error_code, of_member), expected, "v{version}");
        }
    }

    pub(super) fn list_groups(&mut self, version: i16) {
        let group_id = &*format!("list-{version}");
        self.join(5, group_id);
        for (states, is_listed) in [(&["completingREBALANCE"][..], true), (&["Dead"], false)] {
            let with_states = version >= 4;
            let types = ["classic"];
            let request = ListGroupsRequest {
                states_filter: if with_states { states.into() } else { Array::default() },
                types_filter: if version >= 5 { types[..].into() } else { Array::default() },
            };
            let body = self.broker.ask(self.client, version, &request);
            let answer: ListGroupsResponse<'_> = answer_of(&body, version);
            assert_eq!(answer.error_code, 0);
            let found = answer.groups.iter().find(|group| group.group_id == group_id);
            assert_eq!(found.is_some(), is_listed || !with_states, "v{version}");
            assert!(found.is_none_or(|group| group.protocol_type == "test"));
        }
    }

    pub(super) fn describe_groups(&mut self, version: i16) {
        let group_id = &*format!("describe-{version}");
        let id = self.join(5, group_id);
        let request = DescribeGroupsRequest {
            groups: [group_id, "nobody's"].into(),
            include_authorized_operations: version >= 3,
        };
        let body = self.broker.ask(self.client, version, &request);
        let answer: DescribeGroupsResponse<'_> = answer_of(&body, version);
        let groups: Vec<_> = answer.groups.iter().collect();
        assert_eq!((groups[0].error_code, groups[0].group_state), (0, "CompletingRebalance"));
        assert_eq!(groups[0].members.iter().next().map(|member| member.member_id), Some(&*id));
        let no_group = if version >= 6 { 69 } else { 0 };
        assert_eq!((groups[1].error_code, groups[1].group_state), (no_group, "Dead"));
    }

    pub(super) fn delete_groups(&mut self, version: i16) {
        let group_id = &*format!("delete-{version}");
        self.join(5, group_id);
        self.broker.commit(self.client, "group", TOPICS[0], &[(1, 77)]);
        let groups_names = [group_id, "group", "nobody's"].into();
        let body = self.broker.ask(self.client, version, &DeleteGroupsRequest { groups_names });
        let answer: DeleteGroupsResponse<'_> = answer_of(&body, version);
        let codes: Vec<i16> = answer.results.iter().map(|result| result.error_code).collect();
        assert_eq!(codes, [68, 0, 69], "v{version}");
        assert_eq!(self.broker.committed(self.client, "group", TOPICS[0], 1), -1);
    }
}

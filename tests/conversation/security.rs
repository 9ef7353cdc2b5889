//! What a broker without security says of access rules, quotas and passwords.

use crate::talk::{Talk, read};
use loglane_net::message::create_acls::{AclCreation, CreateAclsRequest, CreateAclsResponse};
use loglane_net::message::delete_acls::{DeleteAclsFilter, DeleteAclsRequest, DeleteAclsResponse};
use loglane_net::message::describe_acls::{DescribeAclsRequest, DescribeAclsResponse};
use loglane_net::message::describe_client_quotas::{
    ComponentData, DescribeClientQuotasRequest, DescribeClientQuotasResponse,
};
use loglane_net::message::describe_user_scram_credentials::{
    DescribeUserScramCredentialsRequest, DescribeUserScramCredentialsResponse, UserName,
};

/// Topics, literally named, read, allowed; then one unknown kind each.
const KINDS: [[i8; 4]; 7] =
    [[2, 3, 3, 3], [1, 1, 2, 1], [99, 3, 3, 3], [0, 3, 3, 3], [2, 0, 3, 3], [2, 3, 0, 3], [2, 3, 3, 0]];

pub(crate) fn acls(talk: &mut Talk) {
    for version in 1..=3 {
        for kinds in KINDS {
            let [resource_type_filter, pattern_type_filter, operation, permission_type] = kinds;
            let request = DescribeAclsRequest {
                resource_type_filter,
                resource_name_filter: Some("orders"),
                pattern_type_filter,
                principal_filter: None,
                host_filter: Some("*"),
                operation,
                permission_type,
            };
            talk.note(&request);
            if let Some(body) = talk.send(version, &request) {
                talk.note(&read::<DescribeAclsResponse<'_>>(&body, version));
            }
            create(talk, version, &[kinds]);
            delete(talk, version, &[kinds]);
        }
        create(talk, version, &KINDS[..3]);
        create(talk, version, &[]);
        delete(talk, version, &KINDS[..3]);
        delete(talk, version, &[]);
    }
}

fn create(talk: &mut Talk, version: i16, kinds: &[[i8; 4]]) {
    let creation =
        |[resource_type, resource_pattern_type, operation, permission_type]: &[i8; 4]| AclCreation {
            resource_type: *resource_type,
            resource_name: "orders",
            resource_pattern_type: *resource_pattern_type,
            principal: "User:alice",
            host: "*",
            operation: *operation,
            permission_type: *permission_type,
        };
    let request = CreateAclsRequest { creations: kinds.iter().map(creation).collect() };
    talk.note(&request);
    let Some(body) = talk.send(version, &request) else { return };
    talk.note(&read::<CreateAclsResponse<'_>>(&body, version));
}

fn delete(talk: &mut Talk, version: i16, kinds: &[[i8; 4]]) {
    let filter = |[resource_type_filter, pattern_type_filter, operation, permission_type]: &[i8; 4]| {
        DeleteAclsFilter {
            resource_type_filter: *resource_type_filter,
            resource_name_filter: None,
            pattern_type_filter: *pattern_type_filter,
            principal_filter: Some("User:alice"),
            host_filter: None,
            operation: *operation,
            permission_type: *permission_type,
        }
    };
    let request = DeleteAclsRequest { filters: kinds.iter().map(filter).collect() };
    talk.note(&request);
    let Some(body) = talk.send(version, &request) else { return };
    talk.note(&read::<DeleteAclsResponse<'_>>(&body, version));
}

pub(crate) fn client_quotas(talk: &mut Talk) {
    const EXACT: i8 = 0;
    const DEFAULT: i8 = 1;
    const ANY: i8 = 2;
    type Component = (&'static str, i8, Option<&'static str>);
    let filters: [&[Component]; 18] = [
        &[],
        &[("user", EXACT, Some("alice"))],
        &[("user", DEFAULT, None), ("client-id", ANY, None)],
        &[("ip", ANY, None)],
        &[("ip", EXACT, Some("no address"))],
        &[("", EXACT, Some("alice"))],
        &[("user", ANY, None), ("user", DEFAULT, None)],
        &[("group", ANY, None)],
        &[("group", 9, Some("x"))],
        &[("User", EXACT, Some("alice"))],
        &[("user", EXACT, None)],
        &[("user", DEFAULT, Some("alice"))],
        &[("user", ANY, Some("alice"))],
        &[("user", 3, None)],
        &[("user", -1, Some("alice"))],
        &[("ip", ANY, None), ("user", ANY, None)],
        &[("client-id", EXACT, Some("c")), ("ip", DEFAULT, None)],
        &[("user", ANY, None), ("", ANY, None), ("user", ANY, None)],
    ];
    for version in 0..=1 {
        for strict in [false, true] {
            for filter in filters {
                let component = |(entity_type, match_type, name): &Component| ComponentData {
                    entity_type,
                    match_type: *match_type,
                    r#match: *name,
                };
                let request = DescribeClientQuotasRequest {
                    components: filter.iter().map(component).collect(),
                    strict,
                };
                talk.note(&request);
                let Some(body) = talk.send(version, &request) else { continue };
                talk.note(&read::<DescribeClientQuotasResponse<'_>>(&body, version));
            }
        }
    }
}

pub(crate) fn scram_credentials(talk: &mut Talk) {
    for users in [
        None,
        Some(&[][..]),
        Some(&["alice"]),
        Some(&["alice", "bob"]),
        Some(&["alice", "alice", "bob"]),
        Some(&[""]),
    ] {
        let users = users.map(|users: &[&str]| users.iter().map(|name| UserName { name }).collect());
        let request = DescribeUserScramCredentialsRequest { users };
        talk.note(&request);
        let Some(body) = talk.send(0, &request) else { continue };
        let mut answer: DescribeUserScramCredentialsResponse<'_> = read(&body, 0);
        // Kafka's order is that of a hash table.
        let mut results: Vec<_> = answer.results.iter().collect();
        results.sort_by_key(|result| result.user);
        answer.results = results.into();
        talk.note(&answer);
    }
}

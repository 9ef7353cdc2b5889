//! Access rules, quotas and passwords, of which there are none.

use super::Asking;
use crate::tests::client::answer_of;
use loglane_net::ApiKey;
use loglane_net::message::create_acls::{AclCreation, CreateAclsRequest, CreateAclsResponse};
use loglane_net::message::delete_acls::{DeleteAclsFilter, DeleteAclsRequest, DeleteAclsResponse};
use loglane_net::message::describe_acls::{DescribeAclsRequest, DescribeAclsResponse};
use loglane_net::message::describe_client_quotas::{
    ComponentData, DescribeClientQuotasRequest, DescribeClientQuotasResponse,
};
use loglane_net::message::describe_user_scram_credentials::{
    DescribeUserScramCredentialsRequest, DescribeUserScramCredentialsResponse, UserName,
};

/// Kafka's SECURITY_DISABLED.
const DISABLED: i16 = 54;

impl Asking {
    pub(super) fn ask_about_security(&mut self, api: ApiKey, version: i16) {
        match api {
            ApiKey::DescribeAcls => self.describe_acls(version),
            ApiKey::CreateAcls => self.create_acls(version),
            ApiKey::DeleteAcls => self.delete_acls(version),
            ApiKey::DescribeClientQuotas => self.describe_client_quotas(version),
            _ => self.describe_user_scram_credentials(version),
        }
    }

    fn describe_acls(&mut self, version: i16) {
        let request = DescribeAclsRequest {
            resource_type_filter: 1,
            resource_name_filter: None,
            pattern_type_filter: 1,
            principal_filter: None,
            host_filter: None,
            operation: 1,
            permission_type: 1,
        };
        let body = self.broker.ask(self.client, version, &request);
        let answer: DescribeAclsResponse<'_> = answer_of(&body, version);
        assert_eq!(answer.error_code, DISABLED);
    }

    fn create_acls(&mut self, version: i16) {
        let creation = AclCreation {
            resource_type: 2,
            resource_name: "orders",
            resource_pattern_type: 3,
            principal: "User:alice",
            host: "*",
            operation: 3,
            permission_type: 3,
        };
        let request = CreateAclsRequest { creations: [creation.clone(), creation].into() };
        let body = self.broker.ask(self.client, version, &request);
        let answer: CreateAclsResponse<'_> = answer_of(&body, version);
        let codes: Vec<_> = answer.results.iter().map(|result| result.error_code).collect();
        assert_eq!(codes, [DISABLED; 2]);
    }

    fn delete_acls(&mut self, version: i16) {
        let filter = DeleteAclsFilter {
            resource_type_filter: 1,
            resource_name_filter: None,
            pattern_type_filter: 1,
            principal_filter: None,
            host_filter: None,
            operation: 1,
            permission_type: 1,
        };
        let request = DeleteAclsRequest { filters: [filter].into() };
        let body = self.broker.ask(self.client, version, &request);
        let answer: DeleteAclsResponse<'_> = answer_of(&body, version);
        let codes: Vec<_> = answer.filter_results.iter().map(|result| result.error_code).collect();
        assert_eq!(codes, [DISABLED]);
    }

    fn describe_client_quotas(&mut self, version: i16) {
        for (entity_type, code) in [("user", 0), ("", 42)] {
            let component = ComponentData { entity_type, match_type: 2, r#match: None };
            let request = DescribeClientQuotasRequest { components: [component].into(), strict: true };
            let body = self.broker.ask(self.client, version, &request);
            let answer: DescribeClientQuotasResponse<'_> = answer_of(&body, version);
            assert_eq!((answer.error_code, answer.entries.is_some()), (code, code == 0));
        }
    }

    fn describe_user_scram_credentials(&mut self, version: i16) {
        let named: Vec<_> = ["a", "b", "b"].iter().map(|name| UserName { name }).collect();
        for (users, codes) in [(None, vec![]), (Some(named.into()), vec![91, 92])] {
            let request = DescribeUserScramCredentialsRequest { users };
            let body = self.broker.ask(self.client, version, &request);
            let answer: DescribeUserScramCredentialsResponse<'_> = answer_of(&body, version);
            let answered: Vec<_> = answer.results.iter().map(|result| result.error_code).collect();
            assert_eq!(answered, codes);
        }
    }
}

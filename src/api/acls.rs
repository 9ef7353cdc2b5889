//! DescribeAcls, CreateAcls, DeleteAcls: without an authorizer there are none, and none can be made.

use super::authorize::Authorized;
use super::{BadRequest, decode};
use crate::shard::Shard;
use crate::shard::mail::Mail;
use loglane_net::ErrorCode;
use loglane_net::message::create_acls::{AclCreationResult, CreateAclsRequest, CreateAclsResponse};
use loglane_net::message::delete_acls::{DeleteAclsFilterResult, DeleteAclsRequest, DeleteAclsResponse};
use loglane_net::message::describe_acls::{DescribeAclsRequest, DescribeAclsResponse};
use loglane_ring::Io;

/// What stands for "none of those that we know"; whoever sends it is answered by Kafka with a closed connection.
const UNKNOWN: i8 = 0;

/// Kafka's sentences.
const DISABLED_ON_BROKER: &str = "No Authorizer is configured on the broker";
const DISABLED: &str = "No Authorizer is configured.";

impl<I: Io<Mail>> Shard<I> {
    pub(super) fn on_describe_acls(&mut self, authorized: Authorized, body: &[u8]) -> Result<(), BadRequest> {
        let call = authorized.call();
        let request: DescribeAclsRequest<'_> = decode(call, body)?;
        let kinds = [
            request.resource_type_filter,
            request.pattern_type_filter,
            request.operation,
            request.permission_type,
        ];
        refuse_unknown([kinds].into_iter())?;
        let response = DescribeAclsResponse {
            error_code: ErrorCode::SecurityDisabled.to_i16(),
            error_message: Some(DISABLED_ON_BROKER),
            ..DescribeAclsResponse::default()
        };
        self.answer(call, &response);
        Ok(())
    }

    pub(super) fn on_create_acls(&mut self, authorized: Authorized, body: &[u8]) -> Result<(), BadRequest> {
        let call = authorized.call();
        let request: CreateAclsRequest<'_> = decode(call, body)?;
        refuse_unknown(request.creations.iter().map(|creation| {
            [
                creation.resource_type,
                creation.resource_pattern_type,
                creation.operation,
                creation.permission_type,
            ]
        }))?;
        let refused = AclCreationResult {
            error_code: ErrorCode::SecurityDisabled.to_i16(),
            error_message: Some(DISABLED),
        };
        let results = vec![refused; request.creations.len()];
        self.answer(call, &CreateAclsResponse { throttle_time_ms: 0, results: results.into() });
        Ok(())
    }

    pub(super) fn on_delete_acls(&mut self, authorized: Authorized, body: &[u8]) -> Result<(), BadRequest> {
        let call = authorized.call();
        let request: DeleteAclsRequest<'_> = decode(call, body)?;
        refuse_unknown(request.filters.iter().map(|filter| {
            [
                filter.resource_type_filter,
                filter.pattern_type_filter,
                filter.operation,
                filter.permission_type,
            ]
        }))?;
        let refused = DeleteAclsFilterResult {
            error_code: ErrorCode::SecurityDisabled.to_i16(),
            error_message: Some(DISABLED),
            ..DeleteAclsFilterResult::default()
        };
        let filter_results = vec![refused; request.filters.len()];
        self.answer(call, &DeleteAclsResponse { throttle_time_ms: 0, filter_results: filter_results.into() });
        Ok(())
    }
}

/// A kind that nobody knows is no request.
fn refuse_unknown(mut kinds: impl Iterator<Item = [i8; 4]>) -> Result<(), BadRequest> {
    if kinds.any(|kinds| kinds.contains(&UNKNOWN)) { Err(BadRequest::UnknownKinds) } else { Ok(()) }
}

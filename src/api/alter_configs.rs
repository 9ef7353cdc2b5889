//! IncrementalAlterConfigs and AlterConfigs: values that change at run time, decided on by the controller and answered
//! when every shard has applied them. The two differ in what becomes of the keys that a request does not name: they
//! stay, or go back to their defaults.

use super::authorize::Authorized;
use super::control::{Asked, error_text};
use super::{BadRequest, Call, decode};
use crate::control::{ControlRequest, ControlTicket};
use crate::controller::{AlterConfigError, ConfigChange, ConfigEdit, ConfigRefusal, PerResource};
use crate::shard::Shard;
use crate::shard::mail::Mail;
use loglane_net::message::alter_configs::{self as whole, AlterConfigsRequest, AlterConfigsResponse};
use loglane_net::message::incremental_alter_configs::{
    self as incremental, IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse,
};
use loglane_net::{ApiKey, ErrorCode};
use loglane_replication::record::ConfigResource;
use loglane_ring::Io;

impl<I: Io<Mail>> Shard<I> {
    pub(super) fn on_incremental_alter_configs(
        &mut self,
        authorized: Authorized,
        body: &[u8],
    ) -> Result<(), BadRequest> {
        let call = authorized.call();
        let request: IncrementalAlterConfigsRequest<'_> = decode(call, body)?;
        let changes = request.resources.iter().map(|resource| ConfigChange {
            resource: named(resource.resource_type, resource.resource_name),
            edits: resource
                .configs
                .iter()
                .map(|config| (config.name.to_owned(), edit(config.config_operation, config.value)))
                .collect(),
        });
        let changes = changes.collect();
        let validate_only = request.validate_only;
        self.begin_alter(call, ControlRequest::IncrementalAlterConfigs { changes, validate_only });
        Ok(())
    }

    pub(super) fn on_alter_configs(&mut self, authorized: Authorized, body: &[u8]) -> Result<(), BadRequest> {
        let call = authorized.call();
        let request: AlterConfigsRequest<'_> = decode(call, body)?;
        let changes = request.resources.iter().map(|resource| ConfigChange {
            resource: named(resource.resource_type, resource.resource_name),
            edits: resource
                .configs
                .iter()
                .map(|config| (config.name.to_owned(), ConfigEdit::Set(config.value.map(str::to_owned))))
                .collect(),
        });
        let changes = changes.collect();
        let validate_only = request.validate_only;
        self.begin_alter(call, ControlRequest::AlterConfigs { changes, validate_only });
        Ok(())
    }

    /// The client does not say how long it waits, so the answer comes when there is one.
    fn begin_alter(&mut self, call: Call, request: ControlRequest) {
        let id = self.wait_for_control(call, Asked::AlterConfigs);
        self.control(ControlTicket::Request { shard: self.id, request: id }, request);
    }

    pub(super) fn answer_alter_configs(&mut self, call: Call, results: &PerResource) {
        let texts: Vec<Option<String>> =
            results.iter().map(|(_, result)| result.as_ref().err().map(error_text)).collect();
        let parts = results.iter().zip(&texts).map(|((resource, result), text)| {
            let error = result.as_ref().err().map_or(ErrorCode::None, error_code);
            (resource, error.to_i16(), text.as_deref())
        });
        if call.api == ApiKey::AlterConfigs {
            let responses =
                parts.map(|(resource, error_code, error_message)| whole::AlterConfigsResourceResponse {
                    error_code,
                    error_message,
                    resource_type: resource.kind,
                    resource_name: &resource.name,
                });
            self.answer(call, &AlterConfigsResponse { throttle_time_ms: 0, responses: responses.collect() });
        } else {
            let responses = parts.map(|(resource, error_code, error_message)| {
                incremental::AlterConfigsResourceResponse {
                    error_code,
                    error_message,
                    resource_type: resource.kind,
                    resource_name: &resource.name,
                }
            });
            let responses = responses.collect();
            self.answer(call, &IncrementalAlterConfigsResponse { throttle_time_ms: 0, responses });
        }
    }
}

fn named(kind: i8, name: &str) -> ConfigResource {
    ConfigResource { kind, name: name.to_owned() }
}

/// The numbers of the operations are Kafka's (`AlterConfigOp.OpType`).
fn edit(operation: i8, value: Option<&str>) -> ConfigEdit {
    let value = value.map(str::to_owned);
    match operation {
        0 => ConfigEdit::Set(value),
        1 => ConfigEdit::Delete,
        2 => ConfigEdit::Append(value),
        3 => ConfigEdit::Subtract(value),
        operation => ConfigEdit::Unknown { operation, value },
    }
}

fn error_code(error: &AlterConfigError) -> ErrorCode {
    match error {
        AlterConfigError::DuplicateResource
        | AlterConfigError::DuplicateKey
        | AlterConfigError::NullValues(_)
        | AlterConfigError::Unnamed(_)
        | AlterConfigError::BrokerNotANumber(_)
        | AlterConfigError::OtherBroker { .. }
        | AlterConfigError::OtherNode { .. }
        | AlterConfigError::UnknownResourceType(_)
        | AlterConfigError::UnknownOperation(_)
        | AlterConfigError::LoggerOperation(_)
        | AlterConfigError::Refused(ConfigRefusal::InvalidRequest(_)) => ErrorCode::InvalidRequest,
        AlterConfigError::NotAList { .. }
        | AlterConfigError::NotABrokersList { .. }
        | AlterConfigError::UnknownLogger(_)
        | AlterConfigError::TooLong(_)
        | AlterConfigError::Refused(ConfigRefusal::InvalidConfig(_)) => ErrorCode::InvalidConfig,
        AlterConfigError::UnknownTopic(_) => ErrorCode::UnknownTopicOrPartition,
        AlterConfigError::TopicName(_) => ErrorCode::InvalidTopicException,
        AlterConfigError::TooManyKeys | AlterConfigError::Excess(_) => ErrorCode::PolicyViolation,
    }
}

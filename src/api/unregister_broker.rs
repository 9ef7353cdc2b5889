//! UnregisterBroker: forgets a broker that will not come back.

use super::authorize::Authorized;
use super::control::{Asked, error_text};
use super::{BadRequest, Call, decode};
use crate::control::{ControlRequest, ControlTicket};
use crate::controller::UnregisterRefusal;
use crate::shard::Shard;
use crate::shard::mail::Mail;
use loglane_model::BrokerId;
use loglane_net::ErrorCode;
use loglane_net::message::unregister_broker::{UnregisterBrokerRequest, UnregisterBrokerResponse};
use loglane_ring::Io;

impl<I: Io<Mail>> Shard<I> {
    pub(super) fn on_unregister_broker(
        &mut self,
        authorized: Authorized,
        body: &[u8],
    ) -> Result<(), BadRequest> {
        let call = authorized.call();
        let request: UnregisterBrokerRequest = decode(call, body)?;
        let broker = BrokerId(request.broker_id);
        let request = self.wait_for_control(call, Asked::Unregistration);
        let change = ControlRequest::UnregisterBroker { broker };
        self.control(ControlTicket::Request { shard: self.id, request }, change);
        Ok(())
    }

    pub(super) fn answer_unregister_broker(&mut self, call: Call, result: Result<(), UnregisterRefusal>) {
        let text = result.as_ref().err().map(error_text).unwrap_or_default();
        let error = match result {
            Ok(()) => ErrorCode::None,
            Err(UnregisterRefusal::Unknown(_)) => ErrorCode::BrokerIdNotRegistered,
            Err(UnregisterRefusal::Running(_)) => ErrorCode::InvalidRequest,
        };
        let response = UnregisterBrokerResponse {
            throttle_time_ms: 0,
            error_code: error.to_i16(),
            error_message: Some(&text),
        };
        self.answer(call, &response);
    }
}

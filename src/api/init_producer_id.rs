//! InitProducerId: an id for a producer that wants its records exactly once.
//!
//! Each shard gives out ids of blocks that it takes from the controller. While a block is on its way requests wait;
//! a connection waits with one request at a time, which bounds how many there can be.

use super::authorize::Authorized;
use super::control::Asked;
use super::{BadRequest, Call, decode};
use crate::control::{ControlRequest, ControlTicket};
use crate::controller::ProducerIdBlock;
use crate::shard::Shard;
use crate::shard::mail::Mail;
use crate::slots::SlotId;
use loglane_model::ProducerId;
use loglane_net::ErrorCode;
use loglane_net::message::init_producer_id::{InitProducerIdRequest, InitProducerIdResponse};
use loglane_ring::Io;
use std::collections::VecDeque;

/// In place of a producer id or epoch where the producer has none yet.
const NONE: i64 = -1;

/// The producer ids that one shard may give out.
#[derive(Debug, Default)]
pub(crate) struct ProducerIds {
    /// The next one, unless it is `end`.
    next: i64,
    /// The first that is not ours.
    end: i64,
    /// Requests that wait for the next block, which is on its way while there are any.
    waiting: VecDeque<SlotId>,
}

impl ProducerIds {
    fn take(&mut self) -> Option<ProducerId> {
        if self.next == self.end {
            return None;
        }
        let id = ProducerId(self.next);
        self.next += 1;
        Some(id)
    }

    fn refill(&mut self, block: ProducerIdBlock) {
        assert_eq!(self.next, self.end, "a block is asked for when the last one is used up");
        self.next = block.first.0;
        self.end = block.first.0 + block.count;
    }
}

impl<I: Io<Mail>> Shard<I> {
    pub(super) fn on_init_producer_id(
        &mut self,
        authorized: Authorized,
        body: &[u8],
    ) -> Result<(), BadRequest> {
        let call = authorized.call();
        let request: InitProducerIdRequest<'_> = decode(call, body)?;
        if let Some(error) = refusal(&request) {
            self.answer_producer_id(call, Err(error));
            return Ok(());
        }
        if let Some(id) = self.producer_ids.take() {
            self.answer_producer_id(call, Ok(id));
            return Ok(());
        }
        let is_first = self.producer_ids.waiting.is_empty();
        let request = self.wait_for_control(call, Asked::ProducerId);
        self.producer_ids.waiting.push_back(request);
        if is_first {
            self.ask_for_producer_ids();
        }
        Ok(())
    }

    fn ask_for_producer_ids(&mut self) {
        self.control(ControlTicket::ProducerIds { shard: self.id }, ControlRequest::AllocateProducerIds);
    }

    /// The controller has given out a block, or has none.
    pub(super) fn on_producer_ids(&mut self, block: Option<ProducerIdBlock>) {
        if let Some(block) = block {
            self.producer_ids.refill(block);
        }
        while let Some(request) = self.producer_ids.waiting.pop_front() {
            // Whoever has gone meanwhile uses up no id.
            let Some(pending) = self.take_control(request) else { continue };
            match self.producer_ids.take() {
                Some(id) => self.answer_producer_id(pending.call, Ok(id)),
                None if block.is_some() => {
                    let request = self.wait_for_control(pending.call, Asked::ProducerId);
                    self.producer_ids.waiting.push_front(request);
                    self.ask_for_producer_ids();
                    return;
                }
                // Kafka's code for "no block yet": the client asks again.
                None => self.answer_producer_id(pending.call, Err(ErrorCode::CoordinatorLoadInProgress)),
            }
            self.end_exclusive(pending.call.connection);
        }
    }

    fn answer_producer_id(&mut self, call: Call, result: Result<ProducerId, ErrorCode>) {
        let response = match result {
            Ok(id) => InitProducerIdResponse {
                producer_id: id.0,
                producer_epoch: 0,
                ..InitProducerIdResponse::default()
            },
            Err(error) => InitProducerIdResponse {
                error_code: error.to_i16(),
                producer_id: NONE,
                producer_epoch: -1,
                ..InitProducerIdResponse::default()
            },
        };
        self.answer(call, &response);
    }
}

/// Why a producer gets no id; `None`: it gets a new one, whatever it had before, as an idempotent producer does.
fn refusal(request: &InitProducerIdRequest<'_>) -> Option<ErrorCode> {
    let half = (request.producer_id == NONE) != (request.producer_epoch == -1);
    match request.transactional_id {
        _ if half => Some(ErrorCode::InvalidRequest),
        None => None,
        Some("") => Some(ErrorCode::InvalidRequest),
        // Until there are transactions. Of all codes it is the one at which both Java clients and librdkafka give up at
        // once; the others that say "never" librdkafka repeats until the application's time is up.
        Some(_) => Some(ErrorCode::TransactionalIdAuthorizationFailed),
    }
}

//! Requests whose answer the controller decides on: they wait until what it wrote is committed and every shard has
//! published it, or until the client's patience ends.

use super::create_partitions::AskedCreatePartitions;
use super::create_topics::AskedCreateTopics;
use super::delete_topics::AskedDeleteTopics;
use super::elect_leaders::AskedElections;
use super::reassignments::AskedReassignments;
use super::update_features::AskedFeatures;
use super::{Call, Pending};
use crate::control::{ControlAnswer, ControlRequest, ControlTicket};
use crate::shard::Shard;
use crate::shard::mail::Mail;
use crate::shard::timers::Timer;
use crate::slots::SlotId;
use loglane_ring::Io;
use std::time::Duration;

/// Bytes of a string of the protocol.
const TEXT_BYTES_MAX: usize = 32_767;

/// A request that waits for the controller.
#[derive(Debug)]
pub(crate) struct PendingControl {
    pub(crate) call: Call,
    pub(crate) asked: Asked,
}

/// What it asked for, as far as the answer needs it.
#[derive(Debug)]
pub(crate) enum Asked {
    CreateTopics(AskedCreateTopics),
    DeleteTopics(AskedDeleteTopics),
    CreatePartitions(AskedCreatePartitions),
    AlterConfigs,
    /// One producer id, of the block that is on its way.
    ProducerId,
    Elections(AskedElections),
    Reassignments(AskedReassignments),
    Features(AskedFeatures),
    Unregistration,
    Quorum,
}

impl<I: Io<Mail>> Shard<I> {
    /// Asks the controller and waits for at most `timeout_ms`, which bounds the wait and not the change: what the
    /// controller has decided happens even if nobody hears of it in time.
    pub(super) fn begin_control(
        &mut self,
        call: Call,
        asked: Asked,
        request: ControlRequest,
        timeout_ms: i32,
    ) {
        let id = self.wait_for_control(call, asked);
        let timeout = Duration::from_millis(u64::try_from(timeout_ms).unwrap_or(0));
        self.timers.set(self.now.after(timeout), Timer::RequestDeadline(id));
        self.control(ControlTicket::Request { shard: self.id, request: id }, request);
    }

    /// Makes the connection wait for an answer of the controller.
    pub(super) fn wait_for_control(&mut self, call: Call, asked: Asked) -> SlotId {
        let id = self.requests.pending.insert(Pending::Control(PendingControl { call, asked }));
        self.connections.get_mut(call.connection).expect("it just sent this").exclusive = Some(id);
        id
    }

    /// The controller has decided, and every shard has published what follows.
    pub(crate) fn on_control_done(&mut self, ticket: ControlTicket, answer: ControlAnswer) {
        match ticket {
            ControlTicket::Request { request, .. } => {
                // It has gone if its time was up, or its connection.
                if let Some(pending) = self.take_control(request) {
                    self.answer_control_request(pending, answer);
                }
            }
            ControlTicket::ProducerIds { .. } => match answer {
                ControlAnswer::ProducerIds(block) => self.on_producer_ids(block),
                other => unreachable!("the controller answers what it was asked, not {other:?}"),
            },
            ControlTicket::Assigned { slot, .. } => match answer {
                ControlAnswer::Assigned(is_done) => self.on_directory_assigned(slot, is_done),
                other => unreachable!("the controller answers what it was asked, not {other:?}"),
            },
            ControlTicket::ConfiguredTopics
            | ControlTicket::Nobody
            | ControlTicket::Registered
            | ControlTicket::Unfenced => {}
        }
    }

    fn answer_control_request(&mut self, pending: PendingControl, answer: ControlAnswer) {
        let call = pending.call;
        match (pending.asked, answer) {
            (Asked::CreateTopics(asked), ControlAnswer::CreateTopics(results)) => {
                self.answer_create_topics(call, &asked, results);
            }
            (Asked::DeleteTopics(asked), ControlAnswer::DeleteTopics(results)) => {
                self.answer_delete_topics(call, &asked, results);
            }
            (Asked::CreatePartitions(_), ControlAnswer::CreatePartitions(results)) => {
                self.answer_create_partitions(call, &results);
            }
            (Asked::AlterConfigs, ControlAnswer::AlterConfigs(results)) => {
                self.answer_alter_configs(call, &results);
            }
            (Asked::Elections(_), ControlAnswer::Elected(elected)) => self.answer_elections(call, elected),
            (Asked::Reassignments(asked), ControlAnswer::Reassigned(reassigned)) => {
                self.answer_reassignments(call, &asked, reassigned);
            }
            (Asked::Features(asked), ControlAnswer::Features(result)) => {
                self.answer_update_features(call, &asked, result);
            }
            (Asked::Unregistration, ControlAnswer::Unregistered(result)) => {
                self.answer_unregister_broker(call, result);
            }
            (Asked::Quorum, ControlAnswer::Quorum(quorum)) => self.answer_describe_quorum(call, &quorum),
            (asked, answer) => unreachable!("{asked:?} was answered with {answer:?}"),
        }
        self.end_exclusive(call.connection);
    }

    /// The client does not wait any longer.
    pub(super) fn on_control_deadline(&mut self, id: SlotId) {
        let Some(pending) = self.take_control(id) else { return };
        match &pending.asked {
            Asked::CreateTopics(asked) => self.time_out_create_topics(pending.call, asked),
            Asked::DeleteTopics(asked) => self.time_out_delete_topics(pending.call, asked),
            Asked::CreatePartitions(asked) => self.time_out_create_partitions(pending.call, asked),
            Asked::Elections(asked) => self.time_out_elections(pending.call, asked),
            Asked::Reassignments(asked) => self.time_out_reassignments(pending.call, asked),
            Asked::AlterConfigs
            | Asked::ProducerId
            | Asked::Features(_)
            | Asked::Unregistration
            | Asked::Quorum => {
                unreachable!("it has no deadline")
            }
        }
        self.end_exclusive(pending.call.connection);
    }

    pub(super) fn take_control(&mut self, id: SlotId) -> Option<PendingControl> {
        if !matches!(self.requests.pending.get(id), Some(Pending::Control(_))) {
            return None;
        }
        match self.requests.pending.remove(id) {
            Some(Pending::Control(pending)) => Some(pending),
            _ => unreachable!("looked at above"),
        }
    }
}

/// An error's text, cut where it is longer than a string can be: a refused name may itself be that long.
pub(super) fn error_text(error: &impl std::fmt::Display) -> String {
    let mut text = error.to_string();
    text.truncate(text.floor_char_boundary(TEXT_BYTES_MAX));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_about_a_long_name_still_fits_a_string() {
        assert_eq!(error_text(&"short"), "short");
        let long = "é".repeat(TEXT_BYTES_MAX);
        assert_eq!(error_text(&long).len(), TEXT_BYTES_MAX - 1);
    }
}

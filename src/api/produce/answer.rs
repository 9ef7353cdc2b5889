//! Writing a produce's answer.

use super::{PendingProduce, ProduceResult};
use crate::error::{explain_append, record_errors};
use crate::shard::Shard;
use crate::shard::mail::Mail;
use loglane_model::{Bug, planted};
use loglane_net::produce::{ProduceOutcome, ProduceResponseWriter};
use loglane_net::{ApiKey, ErrorCode};
use loglane_ring::Io;

/// The first version that names topics by id.
const FIRST_WITH_TOPIC_ID: i16 = 13;

impl<I: Io<Mail>> Shard<I> {
    /// Everything is known: writes the answer, or, where none was asked for, says a failure by closing.
    pub(super) fn answer_produce(&mut self, pending: &PendingProduce) {
        let call = pending.call;
        let Some(connection) = self.connections.get_mut(call.connection) else { return };
        if connection.closing {
            return;
        }
        for result in pending.items.iter().filter_map(|item| item.result.as_ref()) {
            self.counts.on_outcome(ApiKey::Produce, result.error);
        }
        if pending.acks == 0 && !planted(Bug::AnswerAcksZero) {
            let results = pending.items.iter().filter_map(|item| item.result.as_ref());
            if let Some(failed) = results.into_iter().find(|result| result.error != ErrorCode::None) {
                let (peer, error) = (connection.peer, failed.error.name());
                self.complain(
                    peer,
                    format_args!("a produce with acks=0 failed ({error}), which cannot be answered"),
                );
                self.close_connection(call.connection);
            }
            return;
        }
        let head = &mut connection.outgoing.head;
        let from = head.len();
        let mut answer =
            ProduceResponseWriter::new(head, call.version, call.correlation_id, pending.topics.len());
        let mut items = pending.items.iter();
        for (topic, count) in &pending.topics {
            answer.topic(topic.in_answer(call.version >= FIRST_WITH_TOPIC_ID), *count);
            for item in items.by_ref().take(*count) {
                let result = item.result.as_ref().expect("a finished produce has every result");
                write_outcome(&mut answer, item.partition.0, result);
            }
        }
        answer.finish(0, &[]);
        connection.end_answer(from);
        self.want_flush(call.connection);
    }
}

fn write_outcome(answer: &mut ProduceResponseWriter<'_>, partition: i32, result: &ProduceResult) {
    let outcome = ProduceOutcome {
        base_offset: result.base_offset,
        log_append_time_ms: result.append_time_ms,
        log_start_offset: result.log_start_offset,
        ..ProduceOutcome::failed(partition, result.error)
    };
    match &result.refusal {
        None => answer.partition(&outcome),
        Some(refusal) => {
            let message = explain_append(refusal);
            let errors = record_errors(refusal);
            let errors: Vec<_> = errors.iter().map(|error| error.view()).collect();
            answer.partition(&ProduceOutcome {
                record_errors: &errors,
                error_message: message.as_deref(),
                ..outcome
            });
        }
    }
}

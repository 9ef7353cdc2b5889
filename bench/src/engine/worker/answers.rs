//! What comes in: frames become answers, answers become acknowledgements, failures and records.

use super::{FETCH_AGAIN_AFTER_NS, Fault, Flight, Worker};
use crate::engine::consumer::Look;
use crate::engine::lane::Pending;
use crate::engine::line::{Inbound, each_frame};
use crate::engine::notes::{Owner, Report};
use crate::engine::window::monotonic_ns;
use crate::layout::Topic;
use loglane_model::SharedBlock;
use loglane_net::message::fetch::FetchResponse;
use loglane_net::message::produce::ProduceResponse;
use loglane_net::{ApiKey, ErrorCode, Message, Reader, frame, header};
use std::sync::Arc;

impl Worker {
    pub(super) fn on_inbound(&mut self, line: usize, inbound: Inbound) -> Result<(), Fault> {
        match inbound {
            Inbound::Large(block, bytes) => {
                let body = frame::LENGTH_BYTES..bytes;
                self.on_large(line, &block, body)?;
                drop(block);
                self.lines[line].receive_more(&mut self.io, &mut self.pool, Vec::new(), 0)?;
            }
            Inbound::Pieces(pieces) => {
                let used = each_frame(&pieces, |body| self.on_answer(line, body))?;
                self.lines[line].receive_more(&mut self.io, &mut self.pool, pieces, used)?;
            }
        }
        Ok(())
    }

    fn on_large(
        &mut self,
        line: usize,
        block: &SharedBlock,
        body: std::ops::Range<usize>,
    ) -> Result<(), Fault> {
        self.on_answer(line, &block.bytes()[body])
    }

    fn on_answer(&mut self, line: usize, body: &[u8]) -> Result<(), Fault> {
        let flight = self.flights[line].pop_front().ok_or(Fault::Answer)?;
        let mut reader = Reader::new(body);
        let (owner, _) = self.seat.lines[line];
        match (flight, owner) {
            (Flight::Produce { correlation_id, sent_ns, batches }, Owner::Producer(at)) => {
                let version = self.seat.versions.produce;
                let result =
                    answer::<ProduceResponse<'_>>(&mut reader, ApiKey::Produce, version, correlation_id);
                match result {
                    Ok(response) => {
                        self.tally.service.record(self.now.ns.saturating_sub(sent_ns), 1);
                        self.on_produced(at, &response, batches);
                        Ok(())
                    }
                    Err(fault) => {
                        // They are found there, and sent again, when the line is given up.
                        self.flights[line].push_front(Flight::Produce { correlation_id, sent_ns, batches });
                        Err(fault)
                    }
                }
            }
            (Flight::Fetch { correlation_id }, Owner::Consumer(at)) => {
                let version = self.seat.versions.fetch;
                let node = self.lines[line].node;
                self.seat.consumers[at].is_fetching[node] = false;
                let response =
                    answer::<FetchResponse<'_>>(&mut reader, ApiKey::Fetch, version, correlation_id)?;
                self.on_fetched(at, node, &response);
                Ok(())
            }
            _ => Err(Fault::Answer),
        }
    }

    fn on_produced(&mut self, at: usize, response: &ProduceResponse<'_>, mut batches: Vec<(u32, Pending)>) {
        let layout = Arc::clone(&self.seat.layout);
        self.tally.requests += 1;
        for topic in response.responses.iter() {
            // A request is about few topics, a load perhaps about thousands.
            let is_it = |index: &usize| {
                let known = &layout.topics()[*index];
                if topic.name.is_empty() { known.id == topic.topic_id } else { known.name == topic.name }
            };
            let mut topics = batches.iter().map(|(place, _)| layout.places()[*place as usize].topic);
            let Some(topic_index) = topics.find(is_it) else { continue };
            for partition in topic.partition_responses.iter() {
                let place = layout.place_of(topic_index, partition.index);
                let found = batches.iter().position(|(sent, _)| Some(*sent as usize) == place);
                let Some(found) = found else { continue };
                let (place, pending) = batches.swap_remove(found);
                self.on_batch_answered(at, place, pending, partition.error_code);
            }
        }
        // What the broker said nothing about did not arrive.
        for (place, pending) in batches {
            self.tally.error("NOT_ANSWERED", 1);
            self.seat.producers[at].on_retriable(place, pending, self.now.ns, &mut self.tally);
        }
    }

    fn on_batch_answered(&mut self, at: usize, place: u32, pending: Pending, code: i16) {
        let producer = &mut self.seat.producers[at];
        self.tally.batches += 1;
        let code = ErrorCode::from_i16(code).unwrap_or(ErrorCode::UnknownServerError);
        // The original of a batch that was sent again did arrive.
        if matches!(code, ErrorCode::None | ErrorCode::DuplicateSequenceNumber) {
            self.outcome.last_acked_ns = self.now.ns;
            producer.on_acked(place, pending, self.now.ns, &self.window, &mut self.tally);
            return;
        }
        let follows_a_retry = code == ErrorCode::OutOfOrderSequenceNumber && producer.is_retrying(place);
        if !follows_a_retry {
            self.tally.error(code.name(), 1);
        }
        if (code.is_retriable() || follows_a_retry) && !self.has_given_up {
            producer.on_retriable(place, pending, self.now.ns, &mut self.tally);
            self.tell(Report::Stale);
        } else {
            producer.on_failed(place, pending, self.now.ns);
        }
    }

    fn on_fetched(&mut self, at: usize, node: usize, response: &FetchResponse<'_>) {
        // Records are as old as the moment at which somebody looks at them.
        let now_ns = monotonic_ns();
        let layout = Arc::clone(&self.seat.layout);
        self.tally.fetches += 1;
        let consumer = &mut self.seat.consumers[at];
        if response.error_code != 0 {
            consumer.forget_session(node);
            let code = ErrorCode::from_i16(response.error_code).unwrap_or(ErrorCode::UnknownServerError);
            self.tally.error(code.name(), 1);
            consumer.rests_until_ns[node] = now_ns + FETCH_AGAIN_AFTER_NS;
            return;
        }
        consumer.on_session(node, response.session_id);
        let mut is_stale = false;
        for topic in response.responses.iter() {
            let by_id = |known: &Topic| {
                if topic.topic.is_empty() { known.id == topic.topic_id } else { known.name == topic.topic }
            };
            let Some(topic_index) = layout.topics().iter().position(by_id) else { continue };
            for partition in topic.partitions.iter() {
                if partition.error_code != 0 {
                    let code = ErrorCode::from_i16(partition.error_code);
                    self.tally.error(code.unwrap_or(ErrorCode::UnknownServerError).name(), 1);
                    consumer.rests_until_ns[node] = now_ns + FETCH_AGAIN_AFTER_NS;
                    is_stale = true;
                    continue;
                }
                let place = layout.place_of(topic_index, partition.partition_index);
                let Some(place) = place.and_then(|place| u32::try_from(place).ok()) else { continue };
                let records = partition.records.unwrap_or_default();
                let look = Look { now_ns, terms: &self.seat.consumer_terms, window: &self.window };
                if consumer.on_records(place, records, look, &self.seat.ledger, &mut self.tally) {
                    self.outcome.last_received_ns = now_ns;
                }
            }
        }
        if is_stale {
            consumer.forget_session(node);
            self.tell(Report::Stale);
        }
    }
}

/// The answer to the request with this number.
fn answer<'a, R: Message<'a>>(
    reader: &mut Reader<'a>,
    api: ApiKey,
    version: i16,
    correlation_id: i32,
) -> Result<R, Fault> {
    let answered = header::decode_response_header(reader, api, version)?;
    if answered != correlation_id {
        return Err(Fault::Answer);
    }
    Ok(R::decode(reader, version)?)
}

//! Writing a fetch's answer around the record bytes that owners lent.

use super::{FIRST_WITH_TOPIC_ID, Item, PendingFetch};
use crate::api::{Call, Pending};
use crate::fetch_session::SessionAnswer;
use crate::shard::Shard;
use crate::shard::mail::Mail;
use crate::slots::SlotId;
use loglane_model::Extent;
use loglane_net::fetch_response::{EpochAndOffset, FetchOutcome, FetchResponseWriter, FetchSession};
use loglane_net::{ApiKey, ErrorCode};
use loglane_ring::Io;

impl<I: Io<Mail>> Shard<I> {
    /// Everything is here: answers, and lets the connection go on.
    pub(super) fn answer_fetch(&mut self, id: SlotId) {
        let Some(Pending::Fetch(pending)) = self.requests.pending.remove(id) else {
            unreachable!("the caller looked it up as a fetch")
        };
        let connection = pending.call.connection;
        // From here on what is really lent counts, with the connection that holds it.
        self.lent_bytes -= pending.granted_bytes();
        self.write_fetch_answer(&pending);
        self.requests.keep_fetch(pending);
        self.end_exclusive(connection);
    }

    fn write_fetch_answer(&mut self, pending: &PendingFetch) {
        let (call, session) = (pending.call, pending.session);
        let Some(connection) = self.connections.get_mut(call.connection) else { return };
        if connection.closing {
            return;
        }
        let by_id = call.version >= FIRST_WITH_TOPIC_ID;
        let gaps = &mut self.scratch.gaps;
        gaps.clear();
        let head = &mut connection.outgoing.head;
        let from = head.len();
        let topics = topic_runs(&pending.items, session).count();
        let about = FetchSession { throttle_time_ms: 0, error: ErrorCode::None, session_id: session.id };
        let mut answer =
            FetchResponseWriter::new(head, gaps, call.version, call.correlation_id, about, topics);
        for run in topic_runs(&pending.items, session) {
            let partitions = run.iter().filter(|item| item.is_told(session));
            answer.topic(run[0].topic.in_answer(by_id), partitions.clone().count());
            for item in partitions {
                self.counts.on_outcome(ApiKey::Fetch, item.view.error);
                answer.partition(&item.outcome(&pending.extents));
            }
        }
        answer.finish(&[]);
        let end = connection.outgoing.head.len();
        let lent = pending.items.iter().filter(|item| !item.extents.is_empty() && item.is_told(session));
        let lent_before = connection.outgoing_lent_bytes;
        let mut at = from;
        for (item, gap) in lent.zip(&self.scratch.gaps) {
            connection.add_head(at, gap.at as usize);
            at = gap.at as usize;
            for extent in &pending.extents[item.extents.clone()] {
                connection.add_extent(extent.clone());
            }
        }
        connection.add_head(at, end);
        self.lent_bytes += connection.outgoing_lent_bytes - lent_before;
        self.want_flush(call.connection);
        if session.id != 0 {
            for item in pending.items.iter().filter(|item| item.is_told(session)) {
                let told = (item.view.high_watermark, item.view.log_start_offset);
                self.sessions.told(session.id, item.topic.key(by_id), item.query.partition, told);
            }
            self.sessions.rotate(session.id);
        }
    }

    /// An error for the whole fetch.
    pub(super) fn answer_fetch_error(&mut self, call: Call, error: ErrorCode) {
        self.counts.on_outcome(ApiKey::Fetch, error);
        let Some(connection) = self.connections.get_mut(call.connection) else { return };
        let head = &mut connection.outgoing.head;
        let from = head.len();
        let about = FetchSession { throttle_time_ms: 0, error, session_id: 0 };
        let gaps = &mut self.scratch.gaps;
        FetchResponseWriter::new(head, gaps, call.version, call.correlation_id, about, 0).finish(&[]);
        connection.end_answer(from);
        self.want_flush(call.connection);
    }
}

/// The partitions of one topic that stand together, for each topic of which something is told.
fn topic_runs(items: &[Item], session: SessionAnswer) -> impl Iterator<Item = &[Item]> {
    items
        .chunk_by(|before, after| before.topic.is_same(&after.topic))
        .filter(move |run| run.iter().any(|item| item.is_told(session)))
}

impl Item {
    /// Whether the answer names the partition: an incremental one only where there is news.
    fn is_told(&self, session: SessionAnswer) -> bool {
        !session.is_incremental
            || self.view.error != ErrorCode::None
            || self.view.diverging.is_some()
            || !self.extents.is_empty()
            || self.told != Some((self.view.high_watermark, self.view.log_start_offset))
    }

    fn outcome(&self, extents: &[Extent]) -> FetchOutcome<'_> {
        let bytes: usize = extents[self.extents.clone()].iter().map(Extent::len).sum();
        let view = &self.view;
        FetchOutcome {
            high_watermark: view.high_watermark,
            last_stable_offset: view.last_stable_offset,
            log_start_offset: view.log_start_offset,
            diverging_epoch: view
                .diverging
                .map(|(epoch, end)| EpochAndOffset { epoch: epoch.0, end_offset: end.0 }),
            aborted_transactions: self.query.read_committed.then_some(&self.aborted[..]),
            record_bytes: u32::try_from(bytes).expect("a fetch is bounded by fetch.max.bytes or one batch"),
            ..FetchOutcome::failed(self.query.partition.0, view.error)
        }
    }
}

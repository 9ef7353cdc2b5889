//! The owner's side of a fetch: look, watch, lend.

use super::{FetchPart, GrantedItem, PartitionView, PeekPart};
use crate::api::{Pending, number_of};
use crate::error::error_of_read;
use crate::partition::Watch;
use crate::shard::Shard;
use crate::shard::counts::Traffic;
use crate::shard::mail::Mail;
use crate::shard::scrub::Finder;
use crate::slots::SlotId;
use loglane_model::{BlockPool, Extent, PartitionId, ShardId, TopicId};
use loglane_net::ErrorCode;
use loglane_ring::Io;
use loglane_storage::{Log, ReadError, ReadOutcome};

impl<I: Io<Mail>> Shard<I> {
    /// Another shard's fetch wants to know what is there, and to be told of more.
    pub(crate) fn on_peek(&mut self, from: ShardId, mut part: Box<PeekPart>) {
        let request = part.request.expect("filled by the asker");
        for (item, query) in &part.items {
            let view = match self.partition_of(query.topic, query.partition) {
                Some(partition) => {
                    partition.watches.push(Watch { shard: from, request, item: *item, query: *query });
                    partition.peek(query)
                }
                None => PartitionView::failed(ErrorCode::UnknownTopicOrPartition),
            };
            part.views.push(view);
        }
        self.mail(from, Mail::Peeked(part));
    }

    /// A fetch of this shard waits: keep an eye on its partitions that are here.
    pub(super) fn watch_own_partitions(&mut self, request: SlotId) {
        let me = self.id;
        let Some(Pending::Fetch(pending)) = self.requests.pending.get_mut(request) else {
            unreachable!("the caller looked it up")
        };
        pending.is_watching = true;
        for (index, item) in pending.items.iter().enumerate() {
            if item.home == Some(me)
                && let Some(slot) = item.topic.place(item.query.partition).and_then(|place| place.slot)
                && let Some(partition) = self.partitions.get_mut(slot)
            {
                let item_number = number_of(index);
                partition.watches.push(Watch { shard: me, request, item: item_number, query: item.query });
            }
        }
    }

    /// The fetch is being answered, or its connection has gone: nobody needs to be told any more.
    pub(crate) fn unwatch(&mut self, request: SlotId) {
        let me = self.id;
        let Some(pending) = self.requests.fetch_mut(request) else { return };
        let is_watching = std::mem::take(&mut pending.is_watching);
        let mut watched = std::mem::take(&mut self.scratch.watched);
        for item in &pending.items {
            match item.home {
                Some(home) if home != me || is_watching => {
                    watched.push((home, item.query.topic, item.query.partition));
                }
                _ => {}
            }
        }
        for (home, topic, partition) in watched.drain(..) {
            if home == me {
                self.on_unwatch(me, request, topic, partition);
            } else {
                self.mail(home, Mail::Unwatch { request, topic, partition });
            }
        }
        self.scratch.watched = watched;
    }

    pub(crate) fn on_unwatch(&mut self, from: ShardId, request: SlotId, topic: TopicId, number: PartitionId) {
        if let Some(partition) = self.partition_of(topic, number) {
            partition.watches.retain(|watch| watch.shard != from || watch.request != request);
        }
    }

    /// Tells the fetches that watch a partition what it has now.
    pub(crate) fn fire_watches(&mut self, slot: SlotId) {
        let Some(partition) = self.partitions.get_mut(slot) else { return };
        if partition.watches.is_empty() {
            return;
        }
        let mut fired = std::mem::take(&mut self.scratch.fired);
        fired.extend(partition.watches.iter().map(|watch| (*watch, partition.peek(&watch.query))));
        for (watch, view) in fired.drain(..) {
            if watch.shard == self.id {
                self.on_watch_fired(watch.request, watch.item, view);
            } else {
                let mail = Mail::WatchFired { request: watch.request, item: watch.item, view };
                self.mail(watch.shard, mail);
            }
        }
        self.scratch.fired = fired;
    }

    /// Second pass at the owner, unless connections hold too much of its memory.
    pub(crate) fn on_fetch_part(&mut self, mut part: Box<FetchPart>) {
        if self.pool.lent_bytes() < self.limits.lent_bytes_max {
            self.serve_fetch_part(part);
        } else {
            part.is_short = true;
            self.tell_shortage();
            self.return_fetch_part(part);
        }
    }

    /// Lends what is in memory, reads what is not, answers when all is there.
    fn serve_fetch_part(&mut self, mut part: Box<FetchPart>) {
        let mut wait_on = None;
        for index in 0..part.items.len() {
            let granted = &mut part.items[index];
            if granted.is_done {
                continue;
            }
            let Some(slot) = self.slot_of(granted.topic, granted.partition) else {
                granted.fail(ErrorCode::UnknownTopicOrPartition);
                continue;
            };
            let partition = self.partitions.get_mut(slot).expect("a slot in use");
            let absence = partition.absence();
            let Some(log) = partition.served_mut().map(|served| &mut served.log) else {
                granted.fail(absence);
                continue;
            };
            match granted.serve(log, &mut self.pool, &mut part.extents) {
                Ok(true) => {
                    granted.is_done = true;
                    let lent = part.extents[granted.extents.clone()].iter().map(Extent::len).sum::<usize>();
                    let traffic = Traffic { bytes_out: lent as u64, ..Traffic::default() };
                    partition.traffic.add(traffic);
                    self.counts.traffic.add(traffic);
                }
                Ok(false) => {
                    wait_on.get_or_insert(slot);
                    self.mark_dirty(slot);
                }
                Err(error) => {
                    granted.fail(error_of_read(&error));
                    self.report_found_damage(slot, Finder::Read);
                }
            }
        }
        match wait_on {
            Some(slot) => self.partitions.get_mut(slot).expect("found above").parked.push(part),
            None => self.return_fetch_part(part),
        }
    }

    fn return_fetch_part(&mut self, part: Box<FetchPart>) {
        let to = part.reply_to.expect("filled by the asker");
        if to == self.id {
            self.on_fetched(part);
        } else {
            self.mail(to, Mail::Fetched(part));
        }
    }

    /// A cold read of this partition has ended: the fetches that wait for it try again.
    pub(crate) fn resume_parked(&mut self, slot: SlotId) {
        let Some(partition) = self.partitions.get_mut(slot) else { return };
        for part in std::mem::take(&mut partition.parked) {
            self.serve_fetch_part(part);
        }
    }
}

impl GrantedItem {
    /// Takes what was granted out of the log: the batches, then the aborted transactions among them. `false`: the
    /// disk has to be asked first.
    fn serve(
        &mut self,
        log: &mut Log,
        pool: &mut BlockPool,
        extents: &mut Vec<Extent>,
    ) -> Result<bool, ReadError> {
        if self.lent_end.is_none() {
            let start = extents.len();
            let outcome = log.read(self.from, self.up_to, self.bytes_max, self.at_least_one, pool, extents);
            match outcome {
                Ok(ReadOutcome::Bytes { end_offset, .. }) => {
                    self.extents = start..extents.len();
                    self.lent_end = Some(end_offset);
                }
                Ok(ReadOutcome::Empty) => return Ok(true),
                Ok(ReadOutcome::Pending) => {
                    extents.truncate(start);
                    return Ok(false);
                }
                Err(error) => {
                    extents.truncate(start);
                    return Err(error);
                }
            }
        }
        match self.lent_end {
            Some(end) if self.want_aborted => log.aborted_transactions(self.from, end, &mut self.aborted),
            Some(_) | None => Ok(true),
        }
    }

    fn fail(&mut self, error: ErrorCode) {
        self.error = error;
        self.extents = 0..0;
        self.is_done = true;
    }
}
